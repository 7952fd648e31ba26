"""Whether what is posted late is still true: each post asks when it leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from cachetools import LRUCache

from bot.announcements.meeting_snapshots import (
    MeetingSnapshot,
    compare,
    differ,
    says_nothing_new,
    snapshot_of,
)
from bot.announcements.model import Announcement
from bot.knowledge.library import Knowledge

MOST_CACHED = 256
"""Announcements whose meetings are looked up once for all of their posts."""


@dataclass(frozen=True)
class AsOfNow:
    """An announcement as it is to be posted at this moment."""

    announcement: Announcement
    start: float | None = None
    """When its meeting begins, in seconds since 1970; None without a meeting."""

    needless: bool = False
    """Whether it is news, and the meeting is again as it was before them."""

    def has_begun(self, now: float) -> bool:
        """Whether it is too late to be posted."""
        return self.start is not None and self.start <= now


@dataclass(frozen=True)
class _Meeting:
    start: float
    """Seconds since 1970."""
    snapshot: MeetingSnapshot | None
    """The meeting as it is now; None: as it was announced."""
    needless: bool


class LateCheck:
    """Announcements as their meetings are by now."""

    def __init__(self, knowledge: Callable[[], Knowledge]) -> None:
        self._knowledge = knowledge
        self._cached_for: Knowledge | None = None
        self._cache: LRUCache[tuple[str, int], _Meeting | None] = LRUCache(MOST_CACHED)

    def __call__(self, found: Announcement) -> AsOfNow:
        """The announcement with its meeting as that is now: moved, changed or called off."""
        knowledge = self._knowledge()
        if self._cached_for is not knowledge:
            self._cache.clear()
            self._cached_for = knowledge
        key = (found.id, found.version)
        if key not in self._cache:
            self._cache[key] = _meeting_of(found, knowledge)
        meeting = self._cache[key]
        if meeting is None:
            return AsOfNow(found)
        if meeting.snapshot is None:
            return AsOfNow(found, meeting.start, meeting.needless)
        late = replace(found, meeting_snapshot=meeting.snapshot, late=True)
        return AsOfNow(late, meeting.start, meeting.needless)


def _meeting_of(found: Announcement, knowledge: Knowledge) -> _Meeting | None:
    changed = compare(found, knowledge)
    if changed is None:
        return None
    differs = differ(changed.before, changed.after)
    snapshot = snapshot_of(changed.after) if differs else None
    needless = says_nothing_new(found, knowledge)
    return _Meeting(changed.after.start.timestamp(), snapshot, needless)
