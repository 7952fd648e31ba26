"""What a release needs to agree on: the tag, the version, the changelog and the packages.

    python3 deploy/release.py notes v1.2.3     the changelog's section of that version, checked
    python3 deploy/release.py packages v1.2.3  that dist/ holds that version's wheel and sdist alone

The version has one source, `bot/__init__.py`. Needs nothing but Python.
"""

from __future__ import annotations

import ast
import datetime as dt
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TAG = re.compile(r"v((?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*))")
HEADING = re.compile(r"^## (.+?)\s*$", re.MULTILINE)
RELEASED = re.compile(r"(\d+\.\d+\.\d+) – (\d{4}-\d\d-\d\d)")
UNRELEASED = "Unreleased"


class Disagreement(Exception):
    """What does not agree, and what to do, in one sentence."""


def version(root: Path = ROOT) -> str:
    """The program's version, read without importing the program."""
    for node in ast.parse((root / "bot" / "__init__.py").read_text("utf-8")).body:
        match node:
            case ast.Assign([ast.Name("__version__")], ast.Constant(str(found))):
                return found
    raise Disagreement("bot/__init__.py names no __version__.")


def sections(text: str) -> dict[str, str]:
    """The changelog's sections: heading -> what stands under it, the newest first."""
    _, *parts = HEADING.split(text)
    headings, bodies = parts[::2], parts[1::2]
    if twice := [each for each in headings if headings.count(each) > 1]:
        raise Disagreement(f"CHANGELOG.md has two sections {twice[0]!r}: make them one.")
    return {each: body.strip() for each, body in zip(headings, bodies, strict=True)}


def checked(tag: str, root: Path = ROOT) -> str:
    """The version that a tag releases; raises Disagreement where the program has another."""
    form = TAG.fullmatch(tag)
    if form is None:
        raise Disagreement(f"The tag {tag!r} is not of the form v1.2.3.")
    if form[1] != (ours := version(root)):
        raise Disagreement(
            f"The tag is {tag}, but bot/__init__.py says {ours}: change one of the two."
        )
    return ours


def notes(tag: str, root: Path = ROOT) -> str:
    """What the changelog says of the version of a tag; raises Disagreement."""
    wanted = checked(tag, root)
    found = sections((root / "CHANGELOG.md").read_text("utf-8"))
    if found.pop(UNRELEASED, ""):
        raise Disagreement(
            f"CHANGELOG.md still has entries under {UNRELEASED!r}: "
            f"put them under '## {wanted} – YYYY-MM-DD'."
        )
    heading = next(iter(found), "")
    form = RELEASED.fullmatch(heading)
    if form is None or form[1] != wanted:
        raise Disagreement(
            f"CHANGELOG.md must begin with '## {wanted} – YYYY-MM-DD', not with {heading!r}."
        )
    try:
        dt.date.fromisoformat(form[2])
    except ValueError:
        raise Disagreement(f"CHANGELOG.md: {form[2]} is no day.") from None
    if not found[heading]:
        raise Disagreement(f"CHANGELOG.md says nothing about {wanted}.")
    return found[heading]


def check_packages(tag: str, root: Path = ROOT) -> None:
    """Raises Disagreement where `dist/` holds other packages than those of a tag's version."""
    wanted = checked(tag, root)
    packages = {f"taikubot-{wanted}-py3-none-any.whl", f"taikubot-{wanted}.tar.gz"}
    held = {path.name for path in (root / "dist").glob("*") if path.name != ".gitignore"}
    if held != packages:
        raise Disagreement(
            f"dist/ must hold {' and '.join(sorted(packages))}, "
            f"but holds {', '.join(sorted(held)) or 'nothing'}."
        )


def main(arguments: list[str]) -> None:
    """Does what the first argument says for the tag that the second one is."""
    try:
        match arguments:
            case ["notes", tag]:
                sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
                print(notes(tag))
            case ["packages", tag]:
                check_packages(tag)
            case _:
                raise SystemExit(__doc__)
    except Disagreement as disagreement:
        raise SystemExit(str(disagreement)) from None


if __name__ == "__main__":
    main(sys.argv[1:])
