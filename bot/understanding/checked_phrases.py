"""Remembers phrases in which `check` found nothing, so that who edits content need not wait."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

from bot import __version__
from bot.knowledge import phrases
from bot.knowledge.library import Knowledge
from bot.knowledge.yaml_source import Finding
from bot.shipped import shipped
from bot.understanding.phrase_check import check_understanding
from bot.understanding.trained_model import cache_folder

MARK = "checked-phrases"
"""The file with the hash of the last phrases without a finding."""


def check_phrases(knowledge: Knowledge, intents: Path) -> list[Finding]:
    """What `check_understanding` finds; nothing of what it found nothing in the last time."""
    mark, wanted = cache_folder() / MARK, _hash(knowledge, intents)
    with suppress(OSError):
        if mark.read_text("ascii") == wanted:
            return []
    findings = check_understanding(knowledge, intents)
    if not findings:
        with suppress(OSError):
            mark.parent.mkdir(parents=True, exist_ok=True)
            mark.write_text(wanted, "ascii")
    return findings


def _hash(knowledge: Knowledge, intents: Path) -> str:
    """Of all that `check_understanding` depends on: the files, the community's words, the code."""
    community = knowledge.community
    digest = blake2b(f"{__version__} {community.languages} {community.words}".encode())
    for path in _read(intents):
        digest.update(f"\n{path.name} {path.stat().st_size}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _read(intents: Path) -> Iterator[Path]:
    # What a copy lacks comes from the shipped folder.
    for folder in dict.fromkeys((intents.resolve(), shipped("intents").resolve())):
        yield from sorted(folder.rglob("*.yaml"))
    for code in (Path(__file__).parent, Path(phrases.__file__).parent):
        yield from sorted(each for each in code.rglob("*") if each.suffix in (".py", ".bin"))
