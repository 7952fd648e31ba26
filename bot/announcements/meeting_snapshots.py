"""What was posted of a meeting, kept with the announcement, and how the meeting differs now."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from bot.announcements.model import Announcement, Changed, Difference
from bot.answers import dates
from bot.knowledge.fields import fields_of
from bot.knowledge.library import Knowledge
from bot.knowledge.models import MAIL, Meeting
from bot.knowledge.recurrence import Occurrence, occurrence_or_only
from bot.knowledge.values import LANGUAGES, Language

MeetingSnapshot = Mapping[str, Any]


def snapshot_of(occurrence: Occurrence) -> dict[str, Any]:
    """An occurrence as the database keeps it with the announcement."""
    meeting = occurrence.meeting
    return {
        "key": meeting.key,
        "day": occurrence.day.isoformat(),
        "meeting": fields_of(meeting),
    }


def meeting_values(occurrence: Occurrence | None) -> dict[str, Any]:
    """What the row of an announcement says of its meeting; of a free one, nothing."""
    return {
        "facts": snapshot_of(occurrence) if occurrence else {},
        "meeting_key": occurrence.meeting.key if occurrence else None,
        "meeting_until": occurrence.end.timestamp() if occurrence else None,
    }


def occurrence_of(snapshot: MeetingSnapshot, zone: ZoneInfo) -> Occurrence | None:
    """The occurrence that `snapshot_of` kept; None for a free announcement."""
    if not snapshot:
        return None
    meeting = Meeting.model_validate({"key": snapshot["key"], **snapshot["meeting"]})
    return occurrence_or_only(meeting, dt.date.fromisoformat(snapshot["day"]), zone)


def called_off(occurrence: Occurrence) -> Occurrence:
    """The same occurrence, cancelled: what is left of a meeting that is no longer known."""
    meeting = occurrence.meeting.model_copy(update={"cancelled": True})
    return Occurrence(meeting, occurrence.day, occurrence.start, occurrence.end, occurrence.moved)


def occurrence_now(found: Announcement, knowledge: Knowledge) -> Occurrence | None:
    """What an announcement is about, as it is now; None for nothing that is known.

    A meeting held once is the same however often it moves, and so is a day of a series. What was
    posted of it names the day too, where a meeting held once has become a series.
    """
    was_series = _recurs(found.meeting_snapshot)
    for key in (found.occurrence, _key_of(found.meeting_snapshot)):
        now = knowledge.find_occurrence(key) if key else None
        # The last day of what was a series is not each of its days.
        other = was_series and now is not None and not now.meeting.recurrence and now.key != key
        if now is not None and not other:
            return now
    return None


def names_of(found: Announcement, knowledge: Knowledge) -> frozenset[str]:
    """Under which keys an announcement's meeting is known, now and from before it was moved."""
    now, names = occurrence_now(found, knowledge), {_key_of(found.meeting_snapshot)}
    if found.occurrence is not None:
        names.add(found.occurrence)
        if now is not None:
            names.add(now.key)
        elif not _recurs(found.meeting_snapshot):
            names.add(_gone(found.occurrence))
        # The key alone is the meeting with all of its days.
        names.add(meeting_key(found.occurrence))
    return frozenset(names - {""})


def names_for(occurrence: str, knowledge: Knowledge) -> frozenset[str]:
    """Which of `names_of` a key, of now or from before, stands for."""
    now = knowledge.find_occurrence(occurrence)
    return frozenset({occurrence, now.key if now is not None else _gone(occurrence)})


def is_known(occurrence: str, knowledge: Knowledge) -> bool:
    """Whether anything is known of what a key names: of a day, or of a meeting."""
    if "@" not in occurrence:
        return occurrence in knowledge.meetings
    return knowledge.find_occurrence(occurrence) is not None


def meeting_key(occurrence: str) -> str:
    """The meeting's part of `key@2026-12-10`."""
    return occurrence.partition("@")[0]


def _gone(occurrence: str) -> str:
    # Of a meeting held once that is gone, all days on which it was to be held are the same.
    return f"{meeting_key(occurrence)}@"


def _recurs(snapshot: MeetingSnapshot) -> bool:
    return bool(snapshot) and bool(snapshot["meeting"].get("recurrence"))


def _key_of(snapshot: MeetingSnapshot) -> str:
    return f"{snapshot['key']}@{snapshot['day']}" if snapshot else ""


def compare(found: Announcement, knowledge: Knowledge) -> Changed | None:
    """The meeting as it was announced and as it is now; None for a free announcement.

    A meeting of which nothing is known any more counts as cancelled.
    """
    before = occurrence_of(found.meeting_snapshot, knowledge.zone)
    if before is None or found.occurrence is None:
        return None
    return Changed(found, before, occurrence_now(found, knowledge) or called_off(before))


def says_nothing_new(found: Announcement, knowledge: Knowledge) -> bool:
    """Whether the meeting of some news is again as it was before them."""
    changed = compare(found, knowledge)
    before = occurrence_of(found.previous, knowledge.zone)
    return changed is not None and before is not None and not differ(before, changed.after)


def _when(occurrence: Occurrence, language: Language) -> str:
    return dates.moment(occurrence.start, occurrence.end, language)


def _place(occurrence: Occurrence, language: Language) -> str:
    place = occurrence.meeting.place
    return place.best(language) if place else ""


def _online(occurrence: Occurrence, language: Language) -> str:
    online = occurrence.meeting.online
    return online.url if online else ""


def _registration(occurrence: Occurrence, language: Language) -> str:
    registration = occurrence.meeting.registration
    if registration is None:
        return ""
    deadline = registration.last_day(occurrence.start.date())
    return registration.url.removeprefix(MAIL) + (
        f" ({dates.day(deadline, language)})" if deadline else ""
    )


def _host(occurrence: Occurrence, language: Language) -> str:
    host = occurrence.meeting.host
    return host.best(language) if host else ""


def _description(occurrence: Occurrence, language: Language) -> str:
    description = occurrence.meeting.description
    return description.best(language) if description else ""


FIELD_TEXTS: Mapping[str, Callable[[Occurrence, Language], str]] = {
    "title": lambda occurrence, language: occurrence.meeting.title.best(language),
    "when": _when,
    "place": _place,
    "online": _online,
    "registration": _registration,
    "host": _host,
    "description": _description,
}
"""What a post says of a meeting, by field."""


def differences(
    before: Occurrence, after: Occurrence, language: Language
) -> tuple[Difference, ...]:
    """How a post would differ now, in one language; `cancelled` comes first."""
    found = [
        Difference(field, shown(before, language), shown(after, language))
        for field, shown in FIELD_TEXTS.items()
        if shown(before, language) != shown(after, language)
    ]
    if before.cancelled != after.cancelled:
        words = {True: "cancelled", False: ""}
        found.insert(0, Difference("cancelled", words[before.cancelled], words[after.cancelled]))
    return tuple(found)


def differ(before: Occurrence, after: Occurrence) -> bool:
    """Whether a post would differ now in any language."""
    return any(differences(before, after, language) for language in LANGUAGES)


def fingerprint(snapshot: MeetingSnapshot) -> str:
    """A hash of a snapshot, to recognise a change that was seen before."""
    written = json.dumps(snapshot, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(written.encode()).hexdigest()
