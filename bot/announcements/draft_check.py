"""Whether a draft can be announced: words, networks, meeting, time; errors name the field."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from bot.announcements.errors import Invalid
from bot.announcements.model import Announcement, ByLanguage, Draft, Reminder
from bot.announcements.permissions import ALL
from bot.announcements.schedule import reminder_time, sending_time
from bot.knowledge.library import Knowledge
from bot.knowledge.recurrence import Occurrence
from bot.knowledge.values import LANGUAGES, Language
from bot.knowledge.visible import hidden_host, shows, visible

MAX_LENGTH: Mapping[str, int] = {"title": 150, "text": 4_000, "note": 2_000}
"""Characters in one language: with all three languages a card stays below what Teams takes."""

MAX_OCCURRENCE_LENGTH = 80


@dataclass(frozen=True)
class Checked:
    """A draft in which everything fits."""

    draft: Draft
    """With words cleaned and networks named one by one."""
    occurrence: Occurrence | None
    send_at: dt.datetime | None
    """None: at once."""


def check_draft(draft: Draft, knowledge: Knowledge, now: dt.datetime) -> Checked:
    """Checks a draft at an instant; raises Invalid."""
    occurrence = check_occurrence(draft.occurrence, knowledge, now)
    title, text, note = (
        clean(getattr(draft, name), name, one_line=name == "title")
        for name in ("title", "text", "note")
    )
    if occurrence is None:
        _check_free(draft, title, text)
    elif title or text:
        raise Invalid("title" if title else "text", "not_for_meeting")
    send_at = sending_time(draft.send_at, now, knowledge.zone)
    check_before_start(send_at, occurrence)
    checked = Draft(
        occurrence=occurrence.key if occurrence else None,
        title=title,
        text=text,
        note=note,
        networks=_networks(draft, occurrence, knowledge),
        send_at=draft.send_at if send_at else None,
        reminders=tuple(dict.fromkeys(draft.reminders)),
    )
    return Checked(checked, occurrence, send_at)


def check_occurrence(key: str | None, knowledge: Knowledge, now: dt.datetime) -> Occurrence | None:
    """The occurrence of a key; None for none. Raises Invalid for one that is unknown or over."""
    if key is None:
        return None
    found = knowledge.find_occurrence(key) if len(key) <= MAX_OCCURRENCE_LENGTH else None
    if found is None:
        raise Invalid("meeting", "no_meeting")
    if found.start <= now:
        raise Invalid("meeting", "meeting_begun")
    return found


def check_before_start(send_at: dt.datetime | None, occurrence: Occurrence | None) -> None:
    """Raises Invalid for a time at which the meeting has begun."""
    if send_at is not None and occurrence is not None and send_at >= occurrence.start:
        raise Invalid("send_at", "after_start")


def _check_free(draft: Draft, title: ByLanguage, text: ByLanguage) -> None:
    if not title:
        raise Invalid("title", "missing")
    if not text:
        raise Invalid("text", "missing")
    if title.keys() != text.keys():
        missing = title.keys() - text.keys()
        raise Invalid(
            "text" if missing else "title",
            "missing_languages",
            languages=", ".join(sorted(missing or text.keys() - title.keys())),
        )
    if draft.reminders:
        raise Invalid("reminders", "only_for_meeting")


def clean(words: ByLanguage, field: str, *, one_line: bool = False) -> dict[Language, str]:
    """What somebody wrote, by language, without what cannot be seen; raises Invalid."""
    found: dict[Language, str] = {}
    for language in LANGUAGES:
        typed = words.get(language, "")
        text = typed.replace("\r\n", "\n").replace("\r", "\n")
        text = visible(text).replace("\u2028", "\n").replace("\u2029", "\n").strip()
        if one_line:
            text = " ".join(text.split())
        # As the API describes it: counted as typed, not as it is kept.
        if len(typed) > MAX_LENGTH[field]:
            raise Invalid(f"{field}.{language}", "too_long", limit=MAX_LENGTH[field])
        if host := hidden_host(text):
            raise Invalid(f"{field}.{language}", "hidden_host", host=host)
        if shows(text):
            found[language] = text
    return found


def _networks(draft: Draft, occurrence: Occurrence | None, knowledge: Knowledge) -> tuple[str, ...]:
    if not draft.networks and occurrence is not None:
        return occurrence.meeting.networks
    if not draft.networks or ALL in draft.networks:
        return tuple(knowledge.networks)
    for network in draft.networks:
        if network not in knowledge.networks:
            raise Invalid("networks", "no_network", network=network[:64])
    return tuple(dict.fromkeys(draft.networks))


def reminders_to_come(
    reminders: tuple[Reminder, ...], start: dt.datetime, after: dt.datetime, knowledge: Knowledge
) -> dict[Reminder, dt.datetime]:
    """When each reminder is to be sent; those that would not come after an instant are left out."""
    times = {one: reminder_time(one, start, knowledge.zone) for one in reminders}
    return {one: time for one, time in sorted(times.items()) if time > after}


def draft_of(found: Announcement) -> Draft:
    """An announcement as the draft that it was made from."""
    return Draft(
        occurrence=found.occurrence,
        title=found.title,
        text=found.text,
        note=found.note,
        networks=found.networks,
        send_at=found.send_at.isoformat() if found.send_at else None,
        reminders=found.reminders,
    )
