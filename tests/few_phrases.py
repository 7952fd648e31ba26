"""The repository's intents with few phrases each: read, checked and learned in an instant."""

from __future__ import annotations

import shutil
from pathlib import Path

INTENTS = Path(__file__).parents[1] / "intents"

MOST = 20
"""Phrases that are kept of each block: enough that `check` does not find them too few."""


def copy_few_phrases(target: Path) -> Path:
    """Copies the intents with the first phrases of each block; gives the folder of the copy."""
    shutil.copytree(INTENTS, target)
    for path in target.glob("*.yaml"):
        lines = path.read_text("utf-8").splitlines(keepends=True)
        path.write_text("".join(_shortened(lines)), "utf-8")
    return target


def _shortened(lines: list[str]) -> list[str]:
    kept: list[str] = []
    section, block, count = "", 0, 0
    for line in lines:
        indent = len(line) - len(line.lstrip())
        if line.strip() and not indent:
            section = line.partition(":")[0]
        if section in ("phrases", "topics"):
            if line.rstrip().endswith(": |"):
                block, count = indent, 0
            elif indent > block:
                count += 1
            elif line.strip():
                count = 0
            if count > MOST:
                continue
        kept.append(line)
    return kept
