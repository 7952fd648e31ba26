"""Draws the icons of the Teams app: `python deploy/teams/make_icons.py`.

A speech bubble with a star, the sign of the web page. Teams wants `color.png` (192 × 192) with its
sign in the middle, because the edges are cut off, and `outline.png` (32 × 32), white alone on
nothing. Only the standard library is needed.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

FOLDER = Path(__file__).parent
GREEN = (0x0B, 0x61, 0x58)
WHITE = (0xFF, 0xFF, 0xFF)
SAMPLES = 6
"""In each direction of a pixel, so that edges are smooth."""

Pixel = tuple[int, int, int, int]
"""Red, green, blue and opacity, each to 255."""

Shape = Callable[[float, float], bool]
"""Whether a point is inside, in the coordinates of the drawing: 0 to 40, from the top left."""

TAIL = ((13.0, 25.0), (13.0, 31.1), (19.5, 25.4))


def bubble(x: float, y: float) -> bool:
    """The speech bubble: a rectangle with round corners, and its tail."""
    return _round_box(x, y, 9, 9, 31, 26, 5) or _in_triangle(x, y, TAIL)


def star(x: float, y: float) -> bool:
    """A star of four points with hollow sides."""
    across, down = abs(x - 20) / 6, abs(y - 17.5) / 6
    return math.sqrt(across) + math.sqrt(down) <= 1.04


def outline(x: float, y: float) -> bool:
    """The bubble's edge with the star in it."""
    inner = _round_box(x, y, 11, 11, 29, 24, 3) or _in_triangle(
        x, y, ((15.0, 22.0), (15.0, 26.7), (19.0, 23.2))
    )
    return (bubble(x, y) and not inner) or star(x, y)


def _round_box(
    x: float, y: float, left: float, top: float, right: float, bottom: float, radius: float
) -> bool:
    across = max(left + radius - x, 0.0, x - (right - radius))
    down = max(top + radius - y, 0.0, y - (bottom - radius))
    return math.hypot(across, down) <= radius


def _in_triangle(x: float, y: float, corners: tuple[tuple[float, float], ...]) -> bool:
    turns = []
    for (ax, ay), (bx, by) in zip(corners, (*corners[1:], corners[0]), strict=True):
        turns.append((bx - ax) * (y - ay) - (by - ay) * (x - ax))
    return all(turn >= 0 for turn in turns) or all(turn <= 0 for turn in turns)


def cover(shape: Shape, size: int, box: tuple[float, float, float]) -> list[list[float]]:
    """The share of each pixel that a shape covers; `box` is the left, top and width shown."""
    left, top, width = box
    steps = [(step + 0.5) / SAMPLES for step in range(SAMPLES)]
    scale = width / size

    def share(column: int, row: int) -> float:
        hits = sum(
            shape(left + (column + across) * scale, top + (row + down) * scale)
            for across in steps
            for down in steps
        )
        return hits / SAMPLES**2

    return [[share(column, row) for column in range(size)] for row in range(size)]


def color_icon() -> list[list[Pixel]]:
    """White bubble on green, star in green."""
    box = (0.0, 0.0, 40.0)

    def mixed(white: float) -> Pixel:
        red, green, blue = (round(g + (w - g) * white) for g, w in zip(GREEN, WHITE, strict=True))
        return red, green, blue, 255

    rows = zip(cover(bubble, 192, box), cover(star, 192, box), strict=True)
    return [
        [mixed(max(in_bubble - in_star, 0.0)) for in_bubble, in_star in zip(*row, strict=True)]
        for row in rows
    ]


def outline_icon() -> list[list[Pixel]]:
    """White on nothing, as large as it can be."""
    edge = cover(outline, 32, (8.0, 8.0, 24.0))
    return [[(*WHITE, round(255 * share)) for share in row] for row in edge]


def png(rows: list[list[Pixel]]) -> bytes:
    """A PNG file of pixels with red, green, blue and opacity."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 6, 0, 0, 0)
    # Each row begins with the number of its filter: 0, none.
    data = b"".join(b"\0" + bytes(part for pixel in row for part in pixel) for row in rows)
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(data, 9)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def main() -> None:
    """Writes both files beside this one."""
    (FOLDER / "color.png").write_bytes(png(color_icon()))
    (FOLDER / "outline.png").write_bytes(png(outline_icon()))


if __name__ == "__main__":
    main()
