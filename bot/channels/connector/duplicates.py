"""Which activities have been seen: channels send one again when our answer was lost or late."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from cachetools import TTLCache

REMEMBERED_FOR = 600.0
"""Seconds. Facebook sends again every 20 s; what comes later than this is a new conversation."""

MAX_REMEMBERED = 20_000
"""About 8 MB."""


class SeenActivities:
    """Remembers activities for a while; `clock` counts seconds and never goes back."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._seen: TTLCache[int, None] = TTLCache(MAX_REMEMBERED, REMEMBERED_FOR, timer=clock)

    def first_time(self, key: int) -> bool:
        """Whether this key (see `key_of`) is new; from now on it is not."""
        if key in self._seen:
            return False
        self._seen[key] = None
        return True

    def __len__(self) -> int:
        return len(self._seen)


def key_of(activity: dict[str, Any]) -> int | None:
    """What makes an activity the same as another; None if it has no id.

    That is the id, the channel and the conversation. But an edit, a deletion and a reaction may
    carry the id of the message they are about, so for anything that is no message or invoke the
    kind and the time count too. A hash will do: Python's is keyed afresh in every process, so
    nobody outside can aim for a collision.
    """
    if not activity.get("id"):
        return None
    key = (activity["channelId"], str(activity["conversation"]["id"]), str(activity["id"]))
    if activity["type"] in ("message", "invoke"):
        return hash(key)
    return hash((*key, activity["type"], str(activity.get("timestamp"))))
