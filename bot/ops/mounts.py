"""Whether a file is a mount of its own, as `docker run -v FILE:FILE` and a `subPath` make it."""

from __future__ import annotations

import os
import re
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")
"""Where Linux lists them; nothing is known elsewhere."""


def is_mounted_alone(path: Path) -> bool:
    """Whether a file is mounted by itself: it stays the old one when another takes its place.

    A folder that is mounted shows what lies in it at any time.
    """
    try:
        lines = MOUNTS.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return False
    places = {_unescaped(fields[4]) for line in lines if len(fields := line.split(" ")) > 4}
    real = os.path.realpath(path)
    return real in places and not os.path.isdir(real)


def _unescaped(place: str) -> str:
    """Spaces and their like are written as octal numbers."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), place)
