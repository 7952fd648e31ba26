"""How well distress is heard, and how often where there is none.

    python -m benchmarks.distress CRIES.jsonl NEAR_MISSES.jsonl [FOREIGN...] [--failures]

Of CRIES every message is of somebody in distress; of NEAR_MISSES, and of FOREIGN (files, or folders
of them), none is. Lines are JSON with `text`, `lang` and, of cries, `kind` and `tier`. No line is
to be copied among the signs. Prints for each language and each kind how many cries were met, by any
notice and by one that replaces the answer where the set says `sure`; of the others how many got a
notice; and the time that a message takes.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.knowledge.loader import load
from bot.knowledge.values import LANGUAGES
from bot.ops.settings import load_settings
from bot.understanding.distress import DistressFinder
from bot.understanding.distress_model import load_distress_model
from bot.understanding.model import DistressFound


@dataclass(frozen=True)
class Row:
    """A message of a set."""

    text: str
    language: str
    kind: str = ""
    tier: str = ""


@dataclass(frozen=True)
class Heard:
    """What was heard in a message."""

    row: Row
    found: DistressFound | None


def read_rows(path: Path) -> list[Row]:
    """The messages of a file, or of all JSON Lines files of a folder."""
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    lines = [line for file in files for line in file.read_text("utf-8").splitlines() if line]
    return [
        Row(data["text"], data.get("lang", "?"), data.get("kind", ""), data.get("tier", ""))
        for data in map(json.loads, lines)
    ]


def hear(finder: DistressFinder, rows: Iterable[Row]) -> list[Heard]:
    """What is heard in each message."""
    return [
        Heard(row, finder.find(row.text, row.language if row.language in LANGUAGES else None))
        for row in rows
    ]


def recall(heard: Sequence[Heard]) -> Iterator[str]:
    """How many cries were met, by language, then by kind in each language."""
    groups: defaultdict[tuple[str, str], list[Heard]] = defaultdict(list)
    for each in heard:
        groups[each.row.language, ""].append(each)
        groups[each.row.language, each.row.kind].append(each)
    for (language, kind), those in sorted(groups.items()):
        met = sum(each.found is not None for each in those)
        sure = [each for each in those if each.row.tier == "sure"]
        replaced = sum(each.found is not None and each.found.tier == "sure" for each in sure)
        name = f"  {kind}" if kind else language
        yield f"{name:<28}{met:>5} of {len(those):<5}{met / len(those):>7.1%}" + (
            f"   sure {replaced} of {len(sure)}" if sure else ""
        )


def false_notices(heard: Sequence[Heard]) -> Iterator[str]:
    """How many messages got a notice that they should not have, by language."""
    groups: defaultdict[str, list[Heard]] = defaultdict(list)
    for each in heard:
        groups[each.row.language].append(each)
    for language, those in sorted(groups.items()):
        tiers = [each.found.tier for each in those if each.found]
        share = 1_000 * len(tiers) / len(those)
        yield (
            f"{language:<28}{len(tiers):>5} of {len(those):<5}{share:>6.1f} in 1,000"
            f"   sure {tiers.count('sure')}"
        )


def failures(cries: Sequence[Heard], others: Sequence[Heard]) -> Iterator[str]:
    """The cries that were missed, and the other messages that got a notice."""
    for each in cries:
        if each.found is None:
            yield f"missed ({each.row.language}, {each.row.kind}): {each.row.text}"
    for each in others:
        if each.found:
            kind = each.found.kind or "learned"
            reason = f"{each.found.tier} {kind}, `{each.found.words}`"
            yield f"false ({each.row.language}, {reason}): {each.row.text}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("cries", type=Path)
    parser.add_argument("near_misses", type=Path)
    parser.add_argument("foreign", type=Path, nargs="*")
    parser.add_argument("--failures", action="store_true", help="list what went wrong")
    return parser.parse_args()


def main() -> None:
    """Measures and prints."""
    arguments = _arguments()
    settings = load_settings()
    signs = load(settings.content, settings.intents).distress
    finder = DistressFinder(signs, load_distress_model())
    cries = hear(finder, read_rows(arguments.cries))
    near = hear(finder, read_rows(arguments.near_misses))
    rows = [row for path in arguments.foreign for row in read_rows(path)]
    started = time.process_time()
    foreign = hear(finder, rows)
    spent = time.process_time() - started
    print("Cries met", *recall(cries), sep="\n")
    print("\nFalse notices: near misses", *false_notices(near), sep="\n")
    if foreign:
        print("\nFalse notices: foreign", *false_notices(foreign), sep="\n")
        print(f"\n{1e6 * spent / len(rows):.0f} µs a message")
    if arguments.failures:
        print("", *failures(cries, [*near, *foreign]), sep="\n")


if __name__ == "__main__":
    main()
