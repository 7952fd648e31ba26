"""Ids that others give us: which of them can be kept and used in a URL."""

from __future__ import annotations

MAX_ID_LENGTH = 512
"""Characters that an id of a channel, such as that of a conversation or a post, may have."""


def usable_id(value: object, most: int = MAX_ID_LENGTH) -> str | None:
    """The value, if it is an id that can be kept and used; None whatever else it is.

    Refused are lone surrogates, NUL and other characters that cannot be seen, which databases or
    URLs do not take, and what means another place in a URL.
    """
    if not isinstance(value, str) or not 0 < len(value) <= most:
        return None
    return value if value.isprintable() and value not in (".", "..") else None
