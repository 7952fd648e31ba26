"""Where files that come with the program lie."""

from __future__ import annotations

from pathlib import Path


def shipped(name: str) -> Path:
    """A folder that comes with the program: inside the package when installed, else beside it."""
    package = Path(__file__).resolve().parent
    inside = package / "data" / name
    return inside if inside.is_dir() else package.parent / name
