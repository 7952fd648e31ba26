"""The repository's intents with few phrases each: read, checked and learned in an instant.

They are no good teachers: `check` may warn of phrases that pull at another intent.
"""

from __future__ import annotations

import shutil
from pathlib import Path

INTENTS = Path(__file__).parents[1] / "intents"

MOST = 20
"""Phrases that are kept of each block: as many as `check` wants to see."""


def copy_few_phrases(target: Path) -> Path:
    """Copies the intents with the shortest phrases of each block; gives the folder of the copy."""
    shutil.copytree(INTENTS, target)
    for path in target.glob("*.yaml"):
        lines = path.read_text("utf-8").splitlines(keepends=True)
        path.write_text("".join(_shortened(lines)), "utf-8")
    return target


def _shortened(lines: list[str]) -> list[str]:
    kept: list[str] = []
    section, begins, phrases = "", -1, list[str]()
    for line in [*lines, ""]:
        indent = len(line) - len(line.lstrip())
        if begins >= 0 and line.strip() and indent > begins:
            phrases.append(line)
            continue
        # A long one stands for thousands of wordings.
        kept += sorted(phrases, key=len)[:MOST]
        begins, phrases = -1, []
        if line.strip() and not indent:
            section = line.partition(":")[0]
        if section in ("phrases", "topics") and line.rstrip().endswith(": |"):
            begins = indent
        kept.append(line)
    return kept
