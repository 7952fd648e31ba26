"""Which activities have been seen: channels send one again when our answer was lost or late."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

REMEMBERED_FOR = 600.0
"""Seconds. Facebook sends again every 20 s; what comes later than this is a new conversation."""

MOST_REMEMBERED = 20_000
"""About 4 MB."""

PARTS = 50
"""A table in which keys come and go is made anew now and then. One of 1 MB would leave holes as
large in the heap, which grows by them; small ones fit where the last one was."""


class SeenActivities:
    """Remembers activities for a while; `clock` counts seconds and never goes back."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # A plain dict would look past all that were forgotten, each time, for the oldest.
        self._parts: list[OrderedDict[int, float]] = [OrderedDict() for _ in range(PARTS)]

    def first_time(self, key: int) -> bool:
        """Whether this key (see `key_of`) is new; from now on it is not."""
        now = self._clock()
        seen = self._parts[key % PARTS]
        # The oldest come first, so the search ends at the first that is young enough.
        while seen and (
            now - seen[oldest := next(iter(seen))] > REMEMBERED_FOR
            or len(seen) >= MOST_REMEMBERED // PARTS
        ):
            del seen[oldest]
        if key in seen:
            return False
        seen[key] = now
        return True

    def __len__(self) -> int:
        return sum(map(len, self._parts))


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
