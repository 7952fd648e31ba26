"""Questions of another community, judged by what its bot answers.

    python -m benchmarks.another_community CONTENT FILE [--failures]

CONTENT is a folder made as docs/guides/another-community.md says, FILE JSON Lines with `text`,
`lang`, what the answer must say (`says`: each entry, of a list one) and what it must not (`not`);
benchmarks/sets/choirs.md tells how that is counted. Each question is asked by itself, at a fixed
time.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.answers.model import Answer, Bullets, Heading, LinkSpan
from bot.answers.plain import plain_text
from bot.channels.conversation import Conversations, IncomingMessage
from bot.ops.settings import load_settings
from bot.understanding.reloader import Folders, make_snapshot

NOON = dt.datetime(2026, 10, 5, 10, tzinfo=dt.UTC)
"""Noon in Stockholm on a Monday."""

FORMER = ("network", "nätverk", "finland", "taiku", "+358")
"""What no answer of another community says."""


@dataclass(frozen=True)
class Question:
    """A question, and what its answer must say and must not."""

    text: str
    language: str
    says: tuple[tuple[str, ...], ...]
    never: tuple[str, ...] = ()


@dataclass(frozen=True)
class Judged:
    """A question with its answer, and what is wrong with that."""

    question: Question
    intent: str
    said: str
    faults: tuple[str, ...]


def read_questions(path: Path) -> list[Question]:
    """The questions of a file."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line]
    return [
        Question(
            row["text"],
            row["lang"],
            tuple((one,) if isinstance(one, str) else tuple(one) for one in row["says"]),
            tuple(row.get("not", ())),
        )
        for row in rows
    ]


def judge(conversations: Conversations, questions: Sequence[Question]) -> list[Judged]:
    """What is answered to each question."""
    found = []
    for question in questions:
        reply = conversations.respond(IncomingMessage(question.text))
        said = "\n".join([plain_text(reply.answer), *_numbers(reply.answer)])
        found.append(
            Judged(question, reply.understanding.intent, said, tuple(_faults(question, said)))
        )
    return found


def _faults(question: Question, said: str) -> Iterator[str]:
    text = said.casefold()
    for wanted in question.says:
        if not any(one.casefold() in text for one in wanted):
            yield f"says nothing of {' | '.join(wanted)}"
    for word in (*question.never, *FORMER):
        if word.casefold() in text:
            yield f"says {word}"


def _numbers(answer: Answer) -> Iterator[str]:
    """What the phone links of an answer dial."""
    for block in answer.blocks:
        if isinstance(block, Heading):
            continue
        for line in block.items if isinstance(block, Bullets) else block.lines:
            for span in line:
                if isinstance(span, LinkSpan) and span.url.startswith("tel:"):
                    yield span.url.removeprefix("tel:")


def main() -> None:
    """Prints how many questions are answered right."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("content", type=Path)
    parser.add_argument("file", type=Path)
    parser.add_argument("--failures", action="store_true", help="show what was answered wrong")
    arguments = parser.parse_args()
    snapshot = make_snapshot(Folders(arguments.content, load_settings().intents))
    judged = judge(Conversations(lambda: snapshot, lambda: NOON), read_questions(arguments.file))
    for one in judged:
        if one.faults and arguments.failures:
            print(f"{one.question.text}\n  {one.intent}: {'; '.join(one.faults)}")
            print("".join(f"    {line}\n" for line in one.said.splitlines() if line))
    right = sum(not one.faults for one in judged)
    print(f"{right} of {len(judged)} right")


if __name__ == "__main__":
    main()
