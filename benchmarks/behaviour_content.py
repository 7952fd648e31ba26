"""Content and intents that are wrong in many ways, always alike, for `check` to tell of."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path

Damage = Callable[[list[str], random.Random], None]
"""Changes the lines of a file."""

KEY = re.compile(r"^(\s*(?:- )?)([a-z_]+):(.*)$")


def _at_key(lines: list[str], chance: random.Random, like: str = "") -> tuple[int, re.Match[str]]:
    """A line that begins with a key, whose value is `like` something where such a one is there."""
    found = [(at, match) for at, line in enumerate(lines) if (match := KEY.match(line))]
    fitting = [one for one in found if re.search(like, one[1][3])]
    return chance.choice(fitting or found)


def _misspelt(lines: list[str], chance: random.Random) -> None:
    at, match = _at_key(lines, chance)
    lines[at] = f"{match[1]}{match[2][1:]}q:{match[3]}"


def _left_out(lines: list[str], chance: random.Random) -> None:
    del lines[_at_key(lines, chance, r"\S")[0]]


def _twice(lines: list[str], chance: random.Random) -> None:
    at, _ = _at_key(lines, chance, r"\S")
    lines.insert(at, lines[at])


def _another_type(lines: list[str], chance: random.Random) -> None:
    at, match = _at_key(lines, chance, r"\S")
    lines[at] = (
        f"{match[1]}{match[2]}: {chance.choice(('12', '[]', '{a: b}', 'true', '2026-02-30'))}"
    )


def _empty(lines: list[str], chance: random.Random) -> None:
    at, match = _at_key(lines, chance, r"\S")
    lines[at] = f"{match[1]}{match[2]}:"


def _no_yaml(lines: list[str], chance: random.Random) -> None:
    at = chance.randrange(len(lines))
    lines[at] = chance.choice(("\tx: 1", "a: b: c", '"', "  - x\n y", "%", "*nobody", "&x &y z"))


def _unknown_name(lines: list[str], chance: random.Random) -> None:
    at, match = _at_key(lines, chance, r"^ *[a-z0-9-]+$|^ \[")
    value = " [nowhere]" if "[" in match[3] else " nowhere"
    lines[at] = f"{match[1]}{match[2]}:{value}"


def _template(lines: list[str], chance: random.Random) -> None:
    marked = [at for at, line in enumerate(lines) if "{" in line] or [0]
    at = chance.choice(marked)
    new = ("{{ nothing }}", "{{ network.nothing }}", "{% if %}", "{% endfor %}", "{{ x | y }}")
    lines[at] += " " + chance.choice(new)


def _phrase(lines: list[str], chance: random.Random) -> None:
    deep = [at for at, line in enumerate(lines) if line.startswith("    ")] or [0]
    at = chance.choice(deep)
    new = ("(a|b", "[c", "{nothing}", "<nolist>", "(a||b)", "@nobody", "a | b", "x" * 300)
    lines[at] = lines[at][: len(lines[at]) - len(lines[at].lstrip())] + chance.choice(new)


DAMAGES: tuple[Damage, ...] = (
    *(_misspelt, _left_out, _twice, _another_type, _empty, _no_yaml, _unknown_name),
    *(_template, _phrase),
)


def _has_keys(file: Path) -> bool:
    return any(map(KEY.match, file.read_text("utf-8").splitlines()))


def broken_copies(root: Path, folder: Path, single: int) -> list[Path]:
    """Copies of the content and intents of a checkout: one a kind of damage, in which every file
    is damaged, and `single` ones with one damaged file, so that what is found later is found."""
    copies = []
    for number in range(len(DAMAGES) + single):
        copy = folder / f"copy-{number}"
        for name in ("content", "intents"):
            shutil.copytree(root / name, copy / name)
        files = [file for file in sorted(copy.rglob("*.yaml")) if _has_keys(file)]
        chance = random.Random(number)
        damage = DAMAGES[number % len(DAMAGES)]
        for file in files if number < len(DAMAGES) else [chance.choice(files)]:
            lines = file.read_text("utf-8").splitlines()
            damage(lines, chance)
            file.write_text("\n".join(lines) + "\n", "utf-8")
        copies.append(copy)
    return copies
