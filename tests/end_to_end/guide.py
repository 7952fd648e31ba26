"""The administrator's guide as a program reads it: its code blocks, with places of this machine."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.packages import ROOT

PATH = ROOT / "docs" / "guides" / "administrator.md"
FOLDERS = ("/srv", "/etc", "/var/lib", "/run/secrets", "/backup")
"""Folders that the guide writes into; a test has them all in a folder of its own."""


@dataclass(frozen=True)
class Guide:
    """The guide for one machine: `root` holds its folders, `places` replaces names in it."""

    root: Path
    places: Mapping[str, str]

    def block(self, step: int, holding: str) -> str:
        """The one code block of a numbered step that holds a text."""
        text = PATH.read_text("utf-8")
        (part,) = re.findall(rf"^## {step}\. .*?(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
        blocks = re.findall(r"^```\w*\n(.*?)^```$", part, re.DOTALL | re.MULTILINE)
        (found,) = [block for block in blocks if holding in block]
        return self.here(found)

    def commands(self, step: int, holding: str) -> list[list[str]]:
        """The lines of a block that are commands of the program, without its name."""
        lines = (shlex.split(line) for line in self.block(step, holding).splitlines())
        return [words[1:] for words in lines if words[:1] == ["taikubot"]]

    def here(self, text: str) -> str:
        """A text of the guide with the places of this machine."""
        for written in self.places:
            assert written in PATH.read_text("utf-8"), f"the guide does not say {written}"
        # All at once: a port that was put in may itself hold the number of another (39781: 3978).
        names = "|".join(map(re.escape, self.places))
        text = re.sub(names, lambda found: self.places[found[0]], text)
        folders = "|".join(map(re.escape, FOLDERS))
        return re.sub(rf"(?<![\w.])({folders})/", rf"{self.root}\1/", text)
