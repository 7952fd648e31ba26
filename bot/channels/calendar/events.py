"""Meetings as VEVENTs: the whole of a meeting, or one occurrence of it.

A series is one event with its rule, EXDATE for the days on which it is not held, and an event of
its own with RECURRENCE-ID for each occurrence that was moved or cancelled.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote
from zoneinfo import ZoneInfo

from icalendar import Event, vRecur

from bot.answers import dates
from bot.answers.meeting_views import MeetingView
from bot.answers.scope import Context, Scope
from bot.i18n import translator
from bot.knowledge.library import Knowledge
from bot.knowledge.models import Meeting, Recurrence
from bot.knowledge.recurrence import Occurrence, occurrence_on
from bot.knowledge.values import Language, slug

from .series import Series, added_days, is_added, rule_parts, series_name, series_of
from .text import clean_line, clean_text

REVISION_ZERO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
"""The DTSTAMP of revision 0. Content has revision numbers but no dates of change, and calendars
expect a later time for a later revision, so each revision adds a second to this."""

REVISION_STEP = dt.timedelta(seconds=1)

MAX_SEQUENCE = 2**31 - 1
"""RFC 5545 counts in 32 bits (section 3.3.8)."""

LAST_SECOND = dt.time(23, 59, 59)

LAST_DATE = dt.date(9999, 12, 30)
"""The last day that ends in every time zone before Python's dates do."""

SAFE_CHARACTERS = ":/?#[]@!$&'()*+,;=%~"
"""Characters of a web address that are not percent-encoded."""


@dataclass(frozen=True)
class EventWriter:
    """Writes the events of one community in one language."""

    knowledge: Knowledge
    language: Language

    def meeting_events(self, meeting: Meeting) -> Iterator[Event]:
        """All events of a meeting: each series, then what differs from it, by day."""
        if meeting.recurrence is None:
            yield self._event(_occurrence(meeting, meeting.start, self.knowledge.zone))
            return
        for series in series_of(meeting):
            yield self._series(series)
            yield from self._exceptions(series)
        for day in added_days(meeting):
            if (occurrence := occurrence_on(meeting, day, self.knowledge.zone)) is not None:
                yield self.occurrence_event(occurrence)

    def occurrence_event(self, occurrence: Occurrence) -> Event:
        """One occurrence; of a recurring meeting it tells which one it is."""
        meeting = occurrence.meeting
        return self._named_event(occurrence, series_name(meeting, occurrence.day))

    def _named_event(self, occurrence: Occurrence, name: str) -> Event:
        event = self._event(occurrence, name)
        recurs = occurrence.meeting.recurrence is not None
        if recurs and not is_added(occurrence.meeting, occurrence.day):
            planned = _planned(occurrence.meeting, occurrence.day, self.knowledge.zone)
            event.add("recurrence-id", planned)
        return event

    def _series(self, series: Series) -> Event:
        zone, recurrence = self.knowledge.zone, series.recurrence
        # A single day may be cancelled, even the first; the series stays confirmed.
        meeting = series.meeting.model_copy(update={"cancelled_days": ()})
        event = self._event(_occurrence(meeting, series.first, zone), series.name, of_all=True)
        event.add("rrule", _rrule(recurrence, zone))
        added = {*added_days(series.meeting)}
        skipped = sorted({*recurrence.skip} - recurrence.moved.keys() - added)
        if skipped:
            event.add("exdate", [_planned(meeting, day, zone) for day in skipped])
        return event

    def _exceptions(self, series: Series) -> Iterator[Event]:
        """The occurrences that were moved, changed or cancelled."""
        zone, all_days, moved = self.knowledge.zone, series.meeting, series.recurrence.moved
        days = {*all_days.cancelled_days, *all_days.changed_days} - {*series.recurrence.skip}
        for day in sorted((days | moved.keys()) - {*added_days(all_days)}):
            meeting = all_days.on(day)
            if day in moved:
                start, end = (
                    time.replace(tzinfo=zone) for time in (moved[day].start, moved[day].end)
                )
                occurrence = Occurrence(meeting, day, start, end, moved=True)
            else:
                planned = dt.datetime.combine(day, meeting.start.time())
                occurrence = _occurrence(meeting, planned, zone)
            yield self._named_event(occurrence, series.name)

    def _event(
        self, occurrence: Occurrence, name: str | None = None, *, of_all: bool = False
    ) -> Event:
        """The event of an occurrence; `of_all` stands for every date of its series."""
        meeting, cancelled = occurrence.meeting, occurrence.cancelled
        view = self._view(occurrence)
        revision = min(meeting.revision, MAX_SEQUENCE)
        revised = REVISION_ZERO + revision * REVISION_STEP
        event = Event()
        event.add("uid", f"{name or meeting.key}@{_domain(self.knowledge)}")
        event.add("dtstamp", revised)
        event.add("last-modified", revised)
        event.add("sequence", revision)
        event.add("dtstart", occurrence.start)
        event.add("dtend", occurrence.end)
        event.add("summary", self._summary(view, cancelled))
        event.add("description", self._description(occurrence, view, cancelled, of_all))
        event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
        event.add("transp", "TRANSPARENT" if cancelled else "OPAQUE")
        if not cancelled:
            self._add_where(event, view)
        return event

    def _view(self, occurrence: Occurrence) -> MeetingView:
        """The meeting as answers outside the members' circle show it.

        The time is the meeting's own, for nothing here may depend on when the calendar is read.
        """
        context = Context(now=occurrence.start, members=False)
        return MeetingView.of(occurrence, Scope(self.language, self.knowledge, context))

    def _summary(self, view: MeetingView, cancelled: bool) -> str:
        _ = translator(self.language)
        title = clean_line(view.title)
        if view.demo:
            # i18n: the title of a made-up meeting.
            title = _("{title} (example)", title=title)
        # Some calendars show a cancelled meeting like any other.
        return _("Cancelled: {title}", title=title) if cancelled else title

    def _add_where(self, event: Event, view: MeetingView) -> None:
        _ = translator(self.language)
        place = clean_line(view.place) if view.place else None
        online = uri(view.online_url) if view.online_url else None
        event.add("location", place or online or _.pgettext("place of a meeting", "Online"))
        if online:
            event.add("conference", online, {"VALUE": "URI"})
        if online or view.registration_url:
            event.add("url", online or uri(view.registration_url or ""))

    def _description(
        self, occurrence: Occurrence, view: MeetingView, cancelled: bool, of_all: bool
    ) -> str:
        _ = translator(self.language)
        lines = [_("A made-up example, not a real meeting.")] if view.demo else []
        if cancelled:
            lines.append(_("The meeting is cancelled."))
        else:
            if occurrence.moved:
                planned = dates.day(occurrence.day, self.language)
                lines.append(_("New time: the meeting was to be held on {day}.", day=planned))
            lines += [view.description] if view.description else []
            if view.online_url:
                lines.append(_("Join online: {url}", url=uri(view.online_url)))
            elif view.online_for_members:
                lines.append(_("Online: the link is shown to members of the network in Teams."))
            if view.registration_url:
                lines.append(self._registration(occurrence.meeting, view, of_all))
            lines += [_("Host: {name}", name=view.host)] if view.host else []
        names = dates.joined(view.networks, self.language)
        lines.append(
            _.ngettext("Network: {names}", "Networks: {names}", len(view.networks), names=names)
        )
        return clean_text("\n".join(lines))

    def _registration(self, meeting: Meeting, view: MeetingView, of_all: bool) -> str:
        """How one registers; of all dates of a series how long before, since each has its day."""
        _, url = translator(self.language), uri(view.registration_url or "")
        days = meeting.registration.days_before() if meeting.registration and of_all else None
        if days:
            return _.ngettext(
                "Register at the latest {count} day before: {url}",
                "Register at the latest {count} days before: {url}",
                days,
                url=url,
            )
        if days == 0:
            return _("Register at the latest on the same day: {url}", url=url)
        if view.deadline:
            return _("Register by {day}: {url}", day=view.deadline, url=url)
        return _("Register: {url}", url=url)


def _domain(knowledge: Knowledge) -> str:
    """The right-hand side of UIDs: the community, so that they are unique whatever the host is."""
    community = knowledge.community
    return slug(community.name.fi) or slug(community.bot_name) or "community"


def _rrule(recurrence: Recurrence, zone: ZoneInfo) -> vRecur:
    """A rule as a calendar wants it: the end of its last day in UTC."""
    parts = rule_parts(recurrence)
    if "UNTIL" in parts:
        day = dt.datetime.strptime(parts["UNTIL"][:8], "%Y%m%d").date()
        last = dt.datetime.combine(min(day, LAST_DATE), LAST_SECOND, zone).astimezone(dt.UTC)
        parts["UNTIL"] = f"{last:%Y%m%dT%H%M%SZ}"
    written: vRecur = vRecur.from_ical(";".join("=".join(part) for part in parts.items()))
    return written


def uri(address: str) -> str:
    """A web address in ASCII, without characters that could end a line."""
    return quote(clean_line(address), safe=SAFE_CHARACTERS)


def _planned(meeting: Meeting, day: dt.date, zone: ZoneInfo) -> dt.datetime:
    """When the occurrence of a day is by the rule."""
    return dt.datetime.combine(day, meeting.start.time(), zone)


def _occurrence(meeting: Meeting, start: dt.datetime, zone: ZoneInfo) -> Occurrence:
    """The occurrence that begins at a wall-clock time, as planned."""
    first, last = start, start + (meeting.end - meeting.start)
    return Occurrence(meeting, start.date(), first.replace(tzinfo=zone), last.replace(tzinfo=zone))
