"""Every card that forms, previews, reports, notices and posts can be, in every language.

Whoever explores presses every button that they see, with nothing typed, with what is right and
with what is wrong. What is made on the way is judged with all other cards: `tests.adaptive_cards`.
"""

from __future__ import annotations

import ast
import itertools
import json
import sys
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest
from botbuilder.schema import Activity

from bot.announcements.freshness import Question
from bot.announcements.model import (
    REASONS,
    Counts,
    Delivery,
    Draft,
    Notice,
    Outcome,
    Reason,
    Reminder,
    Report,
    State,
    Suspended,
    Unreachable,
)
from bot.announcements.names import NOBODY, Known
from bot.announcements.post import compose_post
from bot.announcements.reports import standing
from bot.announcements.sender import FAILURES
from bot.channels.connector import ConnectorClient, SendRefused
from bot.channels.connector.client import Thread
from bot.channels.teams import coordination
from bot.channels.teams.coordination import elements, message
from bot.channels.teams.coordination.report_cards import EVERYWHERE, STATE_NAMES
from bot.channels.teams.posting import WITHDRAWN, TeamsPosting
from bot.knowledge.overlay import Kind
from bot.knowledge.values import LANGUAGES, Language
from bot.store import unanswered
from bot.understanding.model import Shown, Wish
from tests.announcements.world import (
    COFFEE,
    MEMBER,
    MONTHLY,
    NATIONAL,
    NOW,
    ONE_TIME,
    PIRKANMAA,
    a_channel,
)

from .chatting import CHANNEL, LOCALES, Chat, TeamsFixture

pytestmark = pytest.mark.slow

FOLDER = Path(coordination.__file__).parent
PRESSES = 3
"""How often a button is pressed in one way: things stand differently each time."""

RIGHT = {
    "title": "Kulttuuri & hyvinvointi *nyt*",
    "text": "Tervetuloa!\n\nLisää: https://example.org/",
    "note": "Tarjolla **pullaa**.",
    "networks": "pirkanmaa,lansi-suomi",
    "when": "later",
    "clock": "08:30",
    "day": "2026-12-15",
    "start": "12:00",
    "end": "14:30",
    "repeats": "joka kuun kolmas tiistai",
    "last": "2027-06-30",
    "place": "Kulttuuritalo, Tampere",
    "description": "Puhumme siitä, mikä toimii.",
    "online.url": "https://example.org/meet",
    "online.share": "true",
    "registration.url": "https://example.org/form",
    "registration.deadline": "2026-12-11",
    "name": "Uuno Uusikumpu",
    "role": "Koordinaattori",
    "organisation": "Yhdistys & ystävät",
    "phone": "0400 123 456",
    "email": "uuno@example.org",
    "remind.day": "true",
    "remind.hour": "true",
}
QUESTION = {
    "question": "Missä on piano?\nOnko talossa flyygeliä?",
    "answer": "Salissa, *oven* vieressä.\n\n- Se on vireessä.",
}
WRONG = RIGHT | {
    "networks": "",
    "day": "2020-01-01",
    "end": "11:00",
    "phone": "soita",
    "online.url": "no address",
}
ENDS = ("pending", "delivered", "failed")
"""What comes of the deliveries of the announcements that are confirmed, in turn."""


def _makers() -> set[str]:
    """The functions that make forms, by module and name."""
    found = set()
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                calls = [one.func for one in ast.walk(node) if isinstance(one, ast.Call)]
                if any(ast.unparse(call) == "e.form" for call in calls):
                    found.add(f"{path.stem}.{node.name}")
    return found


@pytest.fixture
def made_by(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The functions that have made a form, filled while a test runs."""
    seen: set[str] = set()
    form = elements.form

    def noted(*arguments: Any) -> dict[str, Any]:
        code = sys._getframe(1).f_code
        seen.add(f"{Path(code.co_filename).stem}.{code.co_name}")
        return form(*arguments)

    monkeypatch.setattr(elements, "form", noted)
    return seen


def _buttons(value: Any) -> Iterator[dict[str, Any]]:
    """The executed buttons of a card, wherever they are."""
    if isinstance(value, dict):
        if value.get("type") == "Action.Execute":
            yield value
        for name, inner in value.items():
            if name != "fallback":
                yield from _buttons(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _buttons(inner)


@dataclass
class Explorer:
    """Presses whatever can be pressed; a button that was seen once is pressed later too."""

    chat: Chat
    typed: dict[str, str]
    """What is typed in fields; the others are left as they are."""
    pressed: Counter[str] = field(default_factory=Counter)
    confirmed: int = 0

    async def explore(self, intent: str, *networks: str, **said: Any) -> None:
        """Begins with words."""
        await self.chat.say(intent, *networks, **said)
        waiting = deque(self._seen())
        while waiting:
            data = waiting.popleft()
            if self.pressed[data["do"]] < PRESSES:
                self.pressed[data["do"]] += 1
                shown = await self.chat.send(data)
                if shown.card is not None:
                    if data["do"] == "announce.confirm":
                        await self._confirmed(data["id"])
                    waiting += self._seen()

    def _seen(self) -> Iterator[dict[str, Any]]:
        """What the buttons of the card send."""
        for button in _buttons(self.chat.card):
            fields: dict[str, str] = {}
            if button.get("associatedInputs") != "none":
                fields = {name: self._value(name, old) for name, old in self.chat.fields.items()}
            yield {**button["data"], **{name: text for name, text in fields.items() if text}}

    def _value(self, name: str, old: str) -> str:
        head, _, language = name.rpartition(".")
        return self.typed.get(head if language in LANGUAGES else name, old)

    async def _confirmed(self, id_: str) -> None:
        """Something comes of the deliveries, each time another thing."""
        end = ENDS[self.confirmed % len(ENDS)]
        self.confirmed += 1
        if end != "pending":
            await self.chat.teams.world.deliver_all(id_, end)
        await self.chat.send({"do": "report.show", "lang": self.chat.language, "id": id_})


class ConnectorWithoutDelete:
    """Takes what is posted in Teams, and deletes nothing."""

    def __init__(self) -> None:
        self.taken: list[Activity] = []

    async def send(self, url: str, chat: str, activity: Activity, *, once: bool) -> str:
        """A post in a chat."""
        self.taken.append(activity)
        return "post-1"

    async def new_thread(self, url: str, channel: str, activity: Activity, **_: Any) -> Thread:
        """A post in a channel."""
        self.taken.append(activity)
        return Thread("thread-1", "post-1")

    async def update(self, url: str, chat: str, id_: str, activity: Activity) -> None:
        """A post in the place of one."""
        self.taken.append(activity)

    async def delete(self, url: str, chat: str, id_: str) -> None:
        """Not here: a card says that the post is withdrawn."""
        raise SendRefused("Deleting is not allowed.", status=405)


async def _notices(teams: TeamsFixture) -> list[Notice]:
    """All that a coordinator is told unasked: what moved, was cancelled, could not be sent."""
    world = teams.world
    meeting = await world.meetings.add(PIRKANMAA, ONE_TIME)
    key = f"{meeting.key}@2026-12-01"
    await world.channel("19:0@thread.tacv2", "pirkanmaa")
    made = await world.announcements.create(PIRKANMAA, Draft(occurrence=key))
    await world.announcements.show_progress(PIRKANMAA, made.id, {"activity": "card-1"})
    await world.deliver_all(made.id)
    await world.meetings.move(PIRKANMAA, key, "2026-12-02 12:00", "2026-12-02 14:00")
    await world.announcements.meetings_changed()
    await world.meetings.cancel(PIRKANMAA, key)
    await world.announcements.meetings_changed()
    changed = [one.changed for one in world.notices if one.changed is not None]
    assert [one.cancelled for one in changed] == [False, True]
    unsent = [Notice(replace(made, reason=reason)) for reason in (None, *REASONS)]
    return world.notices + unsent


@pytest.mark.usefixtures("deaf")
@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_form_is_made_in_every_language(
    teams: TeamsFixture, made_by: set[str], language: Language
) -> None:
    await teams.world.channel("19:pirkanmaa@thread.tacv2", "pirkanmaa")
    await teams.world.channel("19:all@thread.tacv2", "*")
    # The explorer throws drafts away, so that few of its own are sent.
    failed = await teams.world.announcements.create(NATIONAL, Draft(occurrence=COFFEE))
    await teams.world.deliver_all(failed.id, "failed")
    question = teams.router.question(
        Question(PIRKANMAA, teams.world.knowledge().people["pilvi-kuitu"], "", "", language)
    )
    message(question)
    chat = await Chat(teams, PIRKANMAA, language).say("whoami")
    await chat.send(next(_buttons(question))["data"])
    await chat.send({"do": "report.show", "lang": language, "id": failed.id})
    (retry,) = (one for one in _buttons(chat.card) if one["data"]["do"] == "report.retry")
    await chat.send(retry["data"])
    pressed = {"content.confirm", "report.retry"}
    # What the explorer adds, it also undoes.
    await teams.world.meetings.add(PIRKANMAA, ONE_TIME)
    await teams.world.meetings.add(PIRKANMAA, MONTHLY | {"title": {"fi": "Kahvit"}})
    spare = await teams.world.meetings.add(PIRKANMAA, ONE_TIME | {"title": {"fi": "Turha"}})
    key = f"{spare.key}@2026-12-01"
    await chat.send({"do": "meeting.delete", "lang": language, "meeting": key})
    for text in ("poista tapaaminen", "peru aamukahvit"):
        await chat.say("fallback", text=text)
    canoe = {"question": {"sv": ["Finns det kanoter?"]}, "answer": {"sv": "Ja."}}
    await teams.world.meetings.put(NATIONAL, Kind.QUESTION, "kanootti", canoe)
    async with teams.world.database.transaction() as tx:
        await unanswered.add(tx, [unanswered.Question("missä voi soutaa", "fi", "2026-11-19")])
    for who, place, typed in (
        (NATIONAL, "personal", {}),
        (NATIONAL, "personal", RIGHT),
        (PIRKANMAA, "personal", RIGHT | QUESTION | {"what": "question", "networks": "pirkanmaa"}),
        (NATIONAL, "personal", {"what": "question:kanootti"}),
        (NATIONAL, "personal", WRONG),
        (PIRKANMAA, "channel", RIGHT),
        (MEMBER, "personal", {}),
    ):
        where = CHANNEL if place == "channel" else "a:chat"
        explorer = Explorer(Chat(teams, who, language, place, where), typed)
        for intent in ("follow", "add_meeting", "announce", "announcements", "whoami", "unfollow"):
            await explorer.explore(intent)
        await explorer.explore("follow", "pirkanmaa")
        for intent in ("follow", "unfollow", "forget_me"):
            for wish in (Wish.GUESSED, Wish.ALONE, Wish.QUESTION, Wish.DENIED):
                await explorer.chat.say("follow", "pirkanmaa")
                await explorer.explore(intent, "pirkanmaa", wish=wish)
        await explorer.chat.say("follow", "pirkanmaa")
        await explorer.explore("follow")
        await explorer.explore("following")
        await explorer.explore("add_meeting", "pirkanmaa")
        await explorer.explore("meetings", shown=Shown(meetings=(COFFEE,)))
        await explorer.explore("forget_me")
        pressed |= explorer.pressed.keys()
    reports = teams.router.reports
    for notice in await _notices(teams):
        message(reports.notice(notice, language))
    assert pressed | {"report.update", "meeting.tell"} == teams.router._handlers.keys()
    assert made_by == _makers()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_state_reason_and_failure_is_reported(
    teams: TeamsFixture, language: Language
) -> None:
    made = await teams.world.announcements.create(PIRKANMAA, Draft(occurrence=COFFEE))
    reports = teams.router.reports

    def text(report: Report, names: Known = NOBODY) -> str:
        (attachment,) = message(reports.card(report, language, names)).attachments
        return json.dumps(attachment.content, ensure_ascii=False)

    everything = Counts(
        delivered=3, gone=1, failed=2, pending=4, uncertain=3, held=2, stopped=1, deleted=2
    )
    for state, reason in itertools.product(State, (None, *REASONS)):
        for counts in (
            Counts(),
            Counts(delivered=3, gone=1, failed=2, pending=1),
            Counts(deleted=3),
            Counts(delivered=3, uncertain=1),
            Counts(uncertain=3),
            everything,
        ):
            one = replace(made, state=state, reason=reason, send_at=NOW, finished_at=NOW)
            report = Report(one, counts)
            told = text(report)
            assert STATE_NAMES[standing(report)].said(language) in told
            assert reason is None or REASONS[reason].said(language) in told
            if state is State.RECALLED and (counts.uncertain or counts.pending):
                assert EVERYWHERE.said(language) not in told
                assert f"{STATE_NAMES[State.RECALLED].said(language)}, " not in told
    for code, sentence in FAILURES.items():
        failed = Reason(Outcome.FAILED, "channel", f"{code}: in English", 1)
        assert sentence.said(language) in text(Report(made, Counts(failed=1), reasons=(failed,)))

    place = a_channel()
    targets = [replace(place, remote_id=f"19:{one}@thread.tacv2") for one in range(20)]
    named = {(one.channel, one.remote_id): f"Tiimi *{one.remote_id}* › Kanava" for one in targets}
    rows = tuple(
        Delivery(
            at,
            "channel",
            "pirkanmaa",
            Outcome.FAILED,
            1,
            "refused: no",
            True,
            posted=True,
            suspended_at=NOW,
            target=one,
        )
        for at, one in enumerate(targets)
    )
    suspended = Suspended(40, tuple(Unreachable(one, NOW) for one in targets))
    reasons = tuple(
        Reason(Outcome.FAILED, "channel", f"{one}: x", 20, posted=posted)
        for one in FAILURES
        for posted in (False, True)
    )
    for state, names in itertools.product(State, (NOBODY, named)):
        full = Report(
            replace(made, state=state, finished_at=NOW),
            everything,
            reasons=reasons,
            uncertain=rows,
            missing=rows,
            arrived=rows,
            suspended=suspended,
            paused_since=NOW,
        )
        told = text(full, names)
        assert ("Kanava" in told) is bool(names)
        assert reports.card(full, language, names)["body"][-1]["type"] == "ActionSet" or (
            state is State.DRAFT
        )


async def test_every_post_is_made_for_every_kind_of_conversation(teams: TeamsFixture) -> None:
    announcements, knowledge = teams.world.announcements, teams.world.knowledge()
    words: dict[Language, str] = {one: f"{RIGHT['text']} ({one})" for one in LANGUAGES}
    titles: dict[Language, str] = {one: f"{RIGHT['title']} ({one})" for one in LANGUAGES}
    drafts = [
        Draft(occurrence=COFFEE),
        Draft(occurrence=COFFEE, note=words),
        Draft(title={"fi": titles["fi"]}, text={"fi": words["fi"]}, networks=("pirkanmaa",)),
        Draft(title=titles, text=words),
    ]
    made = [await announcements.create(NATIONAL, one) for one in drafts]
    made += [replace(made[0], id=f"reminder-{one}", reminder=one) for one in Reminder]
    connector = ConnectorWithoutDelete()
    posting = TeamsPosting(cast(ConnectorClient, connector))
    kinds = (("channel", None), ("group", None), *(("personal", one) for one in LOCALES.values()))
    for one, (kind, locale) in itertools.product(made, kinds):
        target = replace(a_channel(), kind=kind, locale=locale, networks=("pirkanmaa",))
        post = compose_post(one, knowledge, target, "https://bot.example.org")
        posted = await posting.post(target, post)
        await posting.update(target, posted, post)
        await posting.delete(target, posted)
    assert len(connector.taken) == 3 * len(made) * len(kinds)
    read = {activity.attachments[0].content["fallbackText"] for activity in connector.taken}
    in_all = [WITHDRAWN.said(one) for one in LANGUAGES]
    withdrawn = [text for text in read if text in in_all]
    assert len(withdrawn) == len(LANGUAGES)
    assert "\n".join(in_all) in read
    for language in LANGUAGES:
        assert any(f"({language})" in text for text in read)
