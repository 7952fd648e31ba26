"""Whole conversations with the bot, judged turn by turn.

    python -m benchmarks.conversations [FILE...] [--failures] [--all]

Without a FILE it takes benchmarks/conversations.jsonl. A line is a conversation: `id`, `lang` and
`turns`, each with what the member says (`say`) and what the answer must be like:

- `must`: groups of texts; of each group at least one stands in the answer;
- `must_not`: texts that make the answer wrong;
- `max`: the most characters that the turn may show, buttons and links by their labels included;
- `unknown`: the answer says honestly that this is not known; `asks`: it asks back; `refuse`: it
  gives nothing of ours; `lang`: the language of the answer where it is not the conversation's.

Texts are compared without regard to case, with the addresses of links. A turn is right; too long,
where it is right but for its length; refused, where the bot says that it is not sure; else wrong.
The content is the shipped one with the demo meetings, at noon of 29 November 2026. None of the
lines belongs into the phrases.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from bot.answers.model import Answer, Bullets, Heading, Line
from bot.answers.plain import plain_text
from bot.channels.conversation import Conversations, IncomingMessage, Reply
from bot.ops.settings import load_settings
from bot.understanding.reloader import Folders, Snapshot, make_snapshot

CONVERSATIONS = Path(__file__).with_name("conversations.jsonl")

NOON = dt.datetime(2026, 11, 29, 10, tzinfo=dt.UTC)

NOT_KNOWN = (
    *("ei ole tietoa", "en tiedä", "ei ole tiedossa", "en tunne", "listallani ei ole", "ei tietoa"),
    *("ei kerrota", "vet jag inte", "jag vet inte", "inga uppgifter", "ingen uppgift"),
    *(
        "känner inte till",
        "känner jag inte till",
        "vet inte",
        "har jag inga",
        "jag har inga",
        "framgår inte",
    ),
    *("framgår inte", "do not know", "don't know", "no information", "i have no", "not been told"),
)
"""How an answer says that something is not known."""


class Verdict(StrEnum):
    """How an answer counts."""

    RIGHT = "right"
    TOO_LONG = "too long"
    REFUSED = "refused"
    WRONG = "wrong"


@dataclass(frozen=True)
class Turn:
    """What a member says, and what the answer must be like."""

    say: str
    kind: str
    language: str
    must: tuple[tuple[str, ...], ...] = ()
    must_not: tuple[str, ...] = ()
    longest: int | None = None
    unknown: bool = False
    asks: bool = False
    refuse: bool = False


@dataclass(frozen=True)
class Conversation:
    """A conversation of a set."""

    name: str
    language: str
    turns: tuple[Turn, ...]


@dataclass(frozen=True)
class Judged:
    """A turn with its answer."""

    conversation: str
    language: str
    """The conversation's."""
    turn: Turn
    answer: str
    length: int
    verdict: Verdict
    why: str = ""
    """What of it is not so."""


def read_conversations(paths: Iterable[Path]) -> list[Conversation]:
    """The conversations of JSON Lines files; raises ValueError naming a bad line."""
    found = []
    for path in paths:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            try:
                row = json.loads(line)
                turns = tuple(_turn(turn, row["lang"]) for turn in row["turns"])
                found.append(Conversation(row["id"], row["lang"], turns))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise ValueError(f"{path}:{number}: no conversation: {error!r}") from error
    return found


def _turn(row: dict[str, Any], language: str) -> Turn:
    return Turn(
        row["say"],
        row["kind"],
        row.get("lang", language),
        tuple(tuple(group) for group in row.get("must", ())),
        tuple(row.get("must_not", ())),
        row.get("max"),
        row.get("unknown", False),
        row.get("asks", False),
        row.get("refuse", False),
    )


def shown_length(answer: Answer) -> int:
    """The characters that a turn shows: its lines and the labels of its links and buttons."""
    lines: list[Line] = []
    texts = [one.title for one in answer.actions] + [one.title for one in answer.suggestions]
    for block in answer.blocks:
        if isinstance(block, Heading):
            texts.append(block.text)
        else:
            lines += block.items if isinstance(block, Bullets) else block.lines
    return sum(map(len, texts)) + sum(len(span.text) for line in lines for span in line)


def faults(turn: Turn, reply: Reply) -> Iterator[str]:
    """What of an answer is not as it must be, its length aside."""
    answer = reply.answer
    text = _comparable(
        "\n".join([plain_text(answer), *(f"{one.title} {one.url}" for one in answer.actions)])
    )
    for group in turn.must:
        if not any(_comparable(one) in text for one in group):
            yield f"without {' / '.join(group)}"
    for one in turn.must_not:
        if _comparable(one) in text:
            yield f"with {one}"
    if answer.language != turn.language:
        yield f"in {answer.language}"
    if turn.unknown and not any(one in text for one in NOT_KNOWN):
        yield "does not say that it is not known"
    if turn.asks and "?" not in text:
        yield "asks nothing"
    if turn.refuse and not reply.understanding.refused:
        yield "answers what is none of ours"


def _comparable(text: str) -> str:
    return text.casefold().replace("\u00a0", " ").replace("\u202f", " ")


def judge(snapshot: Snapshot, conversations: Iterable[Conversation]) -> Iterator[Judged]:
    """Holds each conversation and judges its turns."""
    for conversation in conversations:
        bot = Conversations(lambda: snapshot, lambda: NOON)
        for turn in conversation.turns:
            reply = bot.respond(IncomingMessage(turn.say, conversation=conversation.name))
            wrong = "; ".join(faults(turn, reply))
            length = shown_length(reply.answer)
            if wrong:
                verdict = Verdict.REFUSED if reply.understanding.refused else Verdict.WRONG
            elif turn.longest is not None and length > turn.longest:
                verdict, wrong = Verdict.TOO_LONG, f"{length} of {turn.longest} characters"
            else:
                verdict = Verdict.RIGHT
            answer = plain_text(reply.answer)
            yield Judged(
                conversation.name, conversation.language, turn, answer, length, verdict, wrong
            )


def table(judged: Sequence[Judged]) -> Iterator[str]:
    """Shares of verdicts, of all and by language and kind of turn."""
    yield f"{'':<16}{'turns':>6}" + "".join(f"{each:>10}" for each in Verdict)
    groups: tuple[Callable[[Judged], str], ...] = (
        lambda one: "all",
        lambda one: one.language,
        lambda one: one.turn.kind,
    )
    for key in groups:
        found: defaultdict[str, list[Judged]] = defaultdict(list)
        for one in judged:
            found[key(one)].append(one)
        for name, those in sorted(found.items()):
            counts = Counter(one.verdict for one in those)
            shares = "".join(f"{counts[each] / len(those):>10.1%}" for each in Verdict)
            yield f"{name:<16}{len(those):>6}{shares}"


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("files", nargs="*", type=Path, default=[CONVERSATIONS])
    parser.add_argument("--failures", action="store_true", help="print what is not right")
    parser.add_argument("--all", action="store_true", help="print every turn with its answer")
    arguments = parser.parse_args()
    settings = load_settings()
    snapshot = make_snapshot(Folders(settings.content, settings.intents, demo=True))
    judged = list(judge(snapshot, read_conversations(arguments.files)))
    for one in judged:
        if arguments.all or (arguments.failures and one.verdict is not Verdict.RIGHT):
            print(f"{one.conversation} [{one.turn.kind}] {one.verdict}: {one.turn.say}")
            print(f"    {one.why}" if one.why else "", *one.answer.splitlines(), sep="\n    | ")
    print("\n".join(table(judged)))


if __name__ == "__main__":
    main()
