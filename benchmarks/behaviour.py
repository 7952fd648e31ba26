"""Whether the bot still does the same: one hash over answers, cards, forms, posts and findings.

    python -m benchmarks.behaviour INPUTS.jsonl [--checkout DIR] [--out DIR] [--only SECTION …]

Looks at a checkout (this one by default) through what it offers outside alone: its commands, its
server and the wire of its channels, so that it can compare versions that share no line of code.
INPUTS has a JSON object a line: `text`, `lang`, and `card: true` where the text is to go through
the channels too. With --out the items of each section are written, one a line: two runs differ
where `diff` says so. Ids are numbered, and the time is always the same (see `behaviour_bot`).
Nothing leaves this machine. Takes Linux, a C compiler and some five minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import re
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import behaviour_channels as channels
from benchmarks.behaviour_bot import TENANT, Checkout, Failed, Json

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
OURS = (TENANT, channels.PERSON)
NOW = re.compile(
    r"\b(?:10[.:](?:1[7-9]|[2-4]\d)|0?[78][.:]3[1-9])(?::\d\d)?(?:\.\d+)?\b"
    r"|(?<=T)(?:08:?(?:1[7-9]|[2-4]\d)|0[56]:?3[1-9])(?::?\d\d(?:\.\d+)?)?(?=Z|\+00:00)"
)
"""The time of day at which a run is, as people, programs and calendars write it."""

LOOPBACK = re.compile(r"(?<=127\.0\.0\.1:)\d+")


@dataclass
class Section:
    """Items of one kind, without what differs from run to run."""

    name: str
    folder: str
    """What stands for the folder of this run in what is said."""
    lines: list[str] = field(default_factory=list)
    _ids: dict[str, str] = field(default_factory=dict)

    def add(self, items: Iterable[Any]) -> None:
        """Adds items, in their order."""
        for item in items:
            line = json.dumps(_rounded(item), ensure_ascii=False, sort_keys=True)
            line = line.replace(self.folder, "<folder>")
            line = LOOPBACK.sub("<port>", NOW.sub("<now>", line))
            self.lines.append(ID.sub(self._numbered, line))

    @property
    def digest(self) -> str:
        """The hash of all items."""
        return hashlib.sha256("".join(f"{one}\n" for one in self.lines).encode()).hexdigest()

    def _numbered(self, found: re.Match[str]) -> str:
        if found[0] in OURS:
            return found[0]
        return self._ids.setdefault(found[0], f"<id {len(self._ids) + 1}>")


def _rounded(value: Any) -> Any:
    """The value with its floating-point numbers cut where platforms begin to differ."""
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {name: _rounded(below) for name, below in value.items()}
    return [_rounded(below) for below in value] if isinstance(value, list) else value


Found = dict[str, list[Any]]
"""Items by section."""


async def answers(checkout: Checkout, inputs: list[Json]) -> Found:
    """What every text is answered, alone and some in conversations of four lines."""
    texts = [one["text"] for one in inputs]
    talk = "".join(f"{text}\n" + "\n" * (number % 4 == 3) for number, text in enumerate(texts[::8]))
    alone = await _asked(checkout, "\n".join(texts))
    return {"answers": alone, "dialogues": await _asked(checkout, talk, "--dialogue")}


async def _asked(checkout: Checkout, lines: str, *options: str) -> list[Any]:
    ended = await checkout.command("ask", "--json", "--demo", *options, stdin=lines)
    if ended.code:
        raise Failed(f"`ask` ended with {ended.code}:\n{ended.err[-2000:]}")
    found = [json.loads(line) for line in ended.out.splitlines()]
    asked = sum(bool(line.strip()) for line in lines.splitlines())
    if len(found) != asked:
        raise Failed(f"{asked} questions were asked, {len(found)} answered.")
    return found


PARTS: dict[str, Callable[[Checkout, list[Json]], Awaitable[Found]]] = {
    "answers": answers,
    "cards": channels.cards,
    "forms": channels.forms,
    "findings": channels.findings,
}
"""What can be looked at by itself; a part makes one section or more."""


async def look(checkout: Checkout, inputs: list[Json], parts: Iterable[str]) -> list[Section]:
    """The sections of a checkout."""
    await checkout.prepare()
    # Learned once, before the parts start side by side.
    await _asked(checkout, "Hello")
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_part(one, checkout, inputs)) for one in parts]
    found = [task.result() for task in tasks]
    sections = []
    for name, items in ((name, items) for one in found for name, items in one.items()):
        section = Section(name, str(checkout.folder))
        section.add(items)
        sections.append(section)
    return sections


async def _part(name: str, checkout: Checkout, inputs: list[Json]) -> Found:
    started = time.monotonic()
    found = await PARTS[name](checkout, inputs)
    print(f"{name}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    return found


def report(sections: list[Section]) -> str:
    """How many items and which hash each section has, and the hash of all."""
    lines = [f"{one.name:<10} {len(one.lines):>6}  {one.digest}" for one in sections]
    whole = hashlib.sha256("".join(one.digest for one in sections).encode()).hexdigest()
    items = sum(len(one.lines) for one in sections)
    return "\n".join([*lines, f"{'all':<10} {items:>6}  {whole}"])


def main() -> None:
    """Looks, and prints the hashes."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.behaviour")
    parser.add_argument("inputs", type=Path)
    parser.add_argument("--checkout", type=Path, default=Path(__file__).resolve().parent.parent)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    options = parser.parse_args()
    inputs = [json.loads(line) for line in options.inputs.read_text("utf-8").splitlines()]
    with tempfile.TemporaryDirectory(prefix="behaviour-") as folder:
        checkout = Checkout(options.checkout.resolve(), Path(folder))
        try:
            sections = asyncio.run(look(checkout, inputs, options.only))
        except* Failed as failed:
            sys.exit("\n".join(map(str, failed.exceptions)))
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        for one in sections:
            text = "".join(f"{line}\n" for line in one.lines)
            (options.out / f"{one.name}.jsonl").write_text(text, "utf-8")
    print(report(sections))


if __name__ == "__main__":
    main()
