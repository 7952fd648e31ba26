"""Texts as a calendar can hold them: without control characters and foreign line ends."""

from __future__ import annotations

import re

_BREAKS = re.compile("\r\n|[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]")
"""All that some reader takes for the end of a line; RFC 5545 knows `\\n` alone."""

_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")
"""Characters that RFC 5545 forbids in a text (section 3.3.11)."""


def clean_text(text: str) -> str:
    """A text of several lines without characters that a calendar must not hold."""
    return _CONTROLS.sub("", _BREAKS.sub("\n", text))


def clean_line(text: str) -> str:
    """The same on one line, for titles and places."""
    return " ".join(clean_text(text).split())
