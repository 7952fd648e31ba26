"""What the soak saw, held against what should have been: answers one by one, posts one by one."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.soak_load import Turn
from bot.answers.compose import apology
from bot.channels.conversation import Conversations, IncomingMessage
from bot.channels.teams.cards import card
from bot.knowledge.values import LANGUAGES
from bot.understanding.reloader import Snapshot

DEEDS = frozenset(
    (
        *("follow", "unfollow", "following", "forget_me", "whoami"),
        *("announce", "announcements", "add_meeting"),
    )
)
"""Intents that do more than answer: what they say depends on the database."""

CODE = "000000"
"""Stands for the code in an apology."""

UNSEEN = frozenset({"429", "500", "503"})
"""Trouble in which the connector did not take the message; in any other it did."""


@dataclass
class Seen:
    """What the connector was sent: texts by what they answer, and the trouble that calls had."""

    texts: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    troubled: set[str] = field(default_factory=set)
    faults: Counter[str] = field(default_factory=Counter)
    posts: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By channel and title, those that its members see."""
    uncertain: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Those among them of which the bot could not know."""


def read_seen(path: Path, titles: Iterable[str]) -> Seen:
    """What `soak_peer` wrote down."""
    seen, known = Seen(), set(titles)
    with path.open(encoding="utf-8") as file:
        for line in file:
            one = json.loads(line)
            to, fault = one["to"], one["fault"]
            title = one["text"].partition("\n")[0].strip()
            if fault:
                seen.faults[fault] += 1
                seen.troubled.add(to)
            if fault in UNSEEN:
                continue
            seen.texts[to].append(one["text"])
            if title in known:
                seen.posts[to, title] += 1
                seen.uncertain[to, title] += bool(fault)
    return seen


@dataclass
class Answers:
    """How the turns were answered."""

    right: int = 0
    deeds: int = 0
    wrong: list[tuple[str, str, str]] = field(default_factory=list)
    """Question, what should have been said, what was."""
    unanswered: int = 0
    """Without an answer, though no call of theirs had trouble."""
    lost_in_trouble: int = 0
    apologised: int = 0
    """Told that something went wrong, since a call of theirs had trouble."""
    twice: int = 0


def check_answers(turns: list[Turn], seen: Seen, snapshot: Snapshot) -> Answers:
    """Answers every question once more in this process, in order, and compares."""
    instant = 0.0
    conversations = Conversations(
        lambda: snapshot,
        now=lambda: dt.datetime.fromtimestamp(instant, dt.UTC),
        monotonic=lambda: instant,
    )
    found = Answers()
    sorry = tuple(apology(one, CODE, snapshot.knowledge).partition(CODE)[0] for one in LANGUAGES)
    for one in turns:
        instant = one.at
        text = " ".join(one.text.split())
        reply = conversations.respond(IncomingMessage(text, one.chat, one.locale, members=True))
        said = seen.texts.get(one.id, [])
        wanted = card(reply.answer)["fallbackText"]
        troubled = one.id in seen.troubled
        if not said:
            found.lost_in_trouble += troubled
            found.unanswered += not troubled
        elif not DEEDS.isdisjoint(request.intent for request in reply.understanding.requests):
            found.deeds += 1
        elif troubled and said[-1].startswith(sorry):
            found.apologised += 1
        elif any(each != wanted for each in said):
            found.wrong.append((one.text, wanted, said[0]))
        else:
            found.right += 1
        found.twice += len(said) > 1 and not troubled
    return found


@dataclass
class Posts:
    """How the announcements arrived, counted by conversation."""

    once: int = 0
    lost: int = 0
    again_uncertain: int = 0
    """Seen once more, because the connector had taken one without saying so."""
    again: int = 0
    """Seen once more without that."""
    reported: Mapping[str, int] = field(default_factory=dict)
    """What the bot itself says, by outcome."""


def check_posts(seen: Seen, titles: Iterable[str], channels: Iterable[str]) -> Posts:
    """Each announcement in each channel."""
    found = Posts()
    places = list(channels)
    for title in titles:
        for place in places:
            times = seen.posts[place, title]
            found.lost += times == 0
            found.once += times == 1
            if times > 1:
                excused = min(times - 1, seen.uncertain[place, title])
                found.again_uncertain += excused > 0
                found.again += times - 1 > excused
    return found


def read_log(path: Path) -> Counter[str]:
    """How often the bot logged each kind of error and warning, with the exception behind it."""
    found: Counter[str] = Counter()
    with path.open(encoding="utf-8") as file:
        for line in file:
            try:
                one = json.loads(line)
            except ValueError:
                found["a line that is not JSON"] += 1
                continue
            if one.get("level") in ("info", "debug"):
                continue
            trace = str(one.get("exception", "")).partition("\n(Background on")[0].strip()
            cause = trace.rpartition("\n")[2].partition(":")[0]
            kind = f"{one.get('level')}: {one.get('event')}"
            found[f"{kind} ({cause})" if cause else kind] += 1
    return found
