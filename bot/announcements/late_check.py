"""Whether what is posted late is still true: each post asks when it leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from cachetools import LRUCache

from bot.announcements.meeting_snapshots import MeetingSnapshot, compare, differ, snapshot_of
from bot.announcements.model import Announcement
from bot.knowledge.library import Knowledge

MOST_CACHED = 256
"""Announcements whose meetings are looked up once for all of their posts."""


@dataclass(frozen=True)
class _Meeting:
    start: float
    """Seconds since 1970."""
    snapshot: MeetingSnapshot | None
    """The meeting as it is now; None: as it was announced."""


class LateCheck:
    """Announcements as their meetings are by now."""

    def __init__(self, knowledge: Callable[[], Knowledge]) -> None:
        self._knowledge = knowledge
        self._cached_for: Knowledge | None = None
        self._cache: LRUCache[tuple[str, int], _Meeting | None] = LRUCache(MOST_CACHED)

    def __call__(self, found: Announcement, now: float) -> Announcement | None:
        """The announcement to post at an instant (seconds since 1970); None when it has begun.

        One whose meeting was moved, changed or called off shows that.
        """
        knowledge = self._knowledge()
        if self._cached_for is not knowledge:
            self._cache.clear()
            self._cached_for = knowledge
        key = (found.id, found.version)
        if key not in self._cache:
            self._cache[key] = _meeting_of(found, knowledge)
        meeting = self._cache[key]
        if meeting is None:
            return found
        if meeting.start <= now:
            return None
        if meeting.snapshot is None:
            return found
        return replace(found, meeting_snapshot=meeting.snapshot, late=True)


def _meeting_of(found: Announcement, knowledge: Knowledge) -> _Meeting | None:
    changed = compare(found, knowledge)
    if changed is None:
        return None
    differs = differ(changed.before, changed.after)
    snapshot = snapshot_of(changed.after) if differs else None
    return _Meeting(changed.after.start.timestamp(), snapshot)
