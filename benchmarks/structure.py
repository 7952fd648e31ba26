"""Sets whose lines say what is expected of the bot: what is refused, answered, done, asked first.

    python -m benchmarks.structure FILE... [--failures]

Files are JSON Lines with `text` and `lang`. A line with `kind` and `expect` is judged by those
(benchmarks/sets/structure.jsonl): `expect` is an intent, `answer` (whatever is asked of us),
`ask_place` (the same, and no network is taken for granted), `refuse`, `unknown_person`, or of acts
`ask` (nothing is done before a yes) and `nothing` (nothing is done); `network` is the one that the
answer must be about. A line without them is everyday text or one in a language, by the name of its
file: of `languages*.jsonl` it must be told apart whether the bot speaks the language; of any other
nothing of ours may be said. Each text is said in a conversation of its own. No line belongs into
the phrases.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from benchmarks.foreign import NOON, SMALL_TALK
from bot.channels.conversation import Conversations, IncomingMessage
from bot.knowledge.library import DISTRESS, FALLBACK
from bot.knowledge.values import LANGUAGES
from bot.ops.settings import load_settings
from bot.understanding.acts import Step, step
from bot.understanding.model import Understanding
from bot.understanding.other_languages import OTHER_LANGUAGE
from bot.understanding.reloader import Folders, Snapshot, make_snapshot

EQUIVALENT = (
    frozenset({"contacts", "person", "human"}),
    frozenset({"find_network", "network_info", "list_networks"}),
    frozenset({"network_activity", "network_goals"}),
)
"""Intents of which any answers the question."""

HARMLESS = SMALL_TALK | {"about", "whoami", "privacy"}
"""What may be said where nothing of ours was asked."""


class Verdict(StrEnum):
    """How a reply counts."""

    RIGHT = "right"
    REFUSED = "refused"
    """Not answered, where an answer was expected."""
    WRONG = "wrong"
    DISTRESS = "distress"
    """A notice that should not have been."""


@dataclass(frozen=True)
class Row:
    """A text, and what is expected."""

    text: str
    language: str
    kind: str
    expect: str
    network: str = ""


@dataclass(frozen=True)
class Judged:
    """What became of a text."""

    row: Row
    verdict: Verdict
    found: str


def read_rows(paths: Iterable[Path]) -> list[Row]:
    """The rows of JSON Lines files; raises ValueError naming a bad line."""
    rows = []
    for path in paths:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            try:
                data = json.loads(line)
                language = data["lang"]
                kind, expect = path.stem, "refuse"
                if path.stem.startswith("languages"):
                    kind = "own language" if language in LANGUAGES else "other language"
                    expect = "spoken" if language in LANGUAGES else "not spoken"
                kind, expect = data.get("kind", kind), data.get("expect", expect)
                network = data.get("network") or ""
                rows.append(Row(data["text"], language, kind, expect, network))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise ValueError(f"{path}:{number}: no text with lang: {error!r}") from error
    return rows


def verdict(row: Row, found: Understanding, snapshot: Snapshot) -> Verdict:
    """How a reply counts."""
    first = found.requests[0]
    if found.distress or (first.intent == FALLBACK and first.topic == DISTRESS):
        return Verdict.DISTRESS
    intents = {one.intent for one in found.requests} - {FALLBACK}
    refused = not intents
    other = first.topic.startswith(OTHER_LANGUAGE)
    match row.expect:
        case "spoken" | "not spoken":
            return Verdict.RIGHT if other == (row.expect == "not spoken") else Verdict.WRONG
        case "refuse" | "unknown_person":
            return Verdict.RIGHT if intents <= HARMLESS else Verdict.WRONG
        case "ask" | "nothing":
            steps = {step(one, snapshot.knowledge) for one in found.requests}
            done = Step.DO in steps or (row.expect == "nothing" and Step.ASK in steps)
            return Verdict.WRONG if done else Verdict.RIGHT
    if refused:
        return Verdict.REFUSED
    networks = {key for one in found.requests for key in one.entities.networks}
    if row.expect == "ask_place":
        return Verdict.WRONG if networks else Verdict.RIGHT
    there = networks == {row.network} if row.network else True
    wanted = next((group for group in EQUIVALENT if row.expect in group), {row.expect})
    asked = intents - SMALL_TALK if row.expect == "answer" else wanted & intents
    return Verdict.RIGHT if asked and there else Verdict.WRONG


def judge(snapshot: Snapshot, rows: Iterable[Row]) -> Iterator[Judged]:
    """Says each text to the bot."""
    for row in rows:
        talk = Conversations(lambda: snapshot, lambda: NOON)
        found = talk.respond(IncomingMessage(row.text, conversation="one")).understanding
        asked = ", ".join(
            " ".join([f"{one.intent}:{one.topic}".rstrip(":"), *one.entities.networks])
            for one in found.requests
        )
        yield Judged(row, verdict(row, found, snapshot), asked)


def table(judged: Sequence[Judged]) -> Iterator[str]:
    """Counts of verdicts, by kind and by kind and language."""
    yield f"{'':<26}{'texts':>6}" + "".join(f"{each:>10}" for each in Verdict)
    groups: tuple[Callable[[Judged], str], ...] = (
        lambda one: one.row.kind,
        lambda one: f"{one.row.kind} {one.row.language}",
    )
    for group in groups:
        found: defaultdict[str, list[Judged]] = defaultdict(list)
        for one in judged:
            found[group(one)].append(one)
        for name, those in sorted(found.items()):
            counts = Counter(one.verdict for one in those)
            share = counts[Verdict.RIGHT] / len(those)
            told = "".join(f"{counts[each]:>10}" for each in Verdict)
            yield f"{name:<26}{len(those):>6}{told}{share:>8.1%}"


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--failures", action="store_true", help="print what is not right")
    arguments = parser.parse_args()
    settings = load_settings()
    snapshot = make_snapshot(Folders(settings.content, settings.intents, demo=True))
    judged = list(judge(snapshot, read_rows(arguments.files)))
    for one in judged:
        if arguments.failures and one.verdict is not Verdict.RIGHT:
            row = one.row
            print(
                f"{one.verdict} {row.kind} {row.language} {row.expect}: {row.text} -> {one.found}"
            )
    print("\n".join(table(judged)))


if __name__ == "__main__":
    main()
