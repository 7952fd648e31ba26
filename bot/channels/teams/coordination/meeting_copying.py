"""Copying a meeting, and the dates of a series: one more, an end."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

from bot.announcements.errors import Invalid
from bot.answers.dates import weekday
from bot.i18n import translator
from bot.knowledge.recurrence import Occurrence
from bot.knowledge.values import Language
from bot.understanding.series import rule_of, say

from ..cards import Json
from . import elements as e
from .actor import Actor
from .card_actions import CardAction, CardReply, button
from .meeting_adding import NewMeetings
from .meeting_data import detail_values, read_day
from .meeting_dates import date_lines
from .meeting_times import read_times

BACK = dt.timedelta(days=200)
"""How long ago a meeting may have been that is offered to be copied."""

MOST_COPIES = 8


class MeetingCopies(NewMeetings):
    """New meetings made from those that were, and further dates of a series."""

    def copies(self, actor: Actor, action: CardAction | None = None) -> CardReply:
        """The meetings of one's networks that can be copied: the latest first, each once."""
        language, _ = actor.language, translator(actor.language)
        body: list[Json] = [e.heading(_("Which meeting is held again?"))]
        found = self._latest(self._own(actor))
        if not found:
            body.append(e.text(_("Your networks have no meetings yet.")))
        for one in found:
            body += self._summary(one.key, language)
            copy = button(_("Copy"), "meeting.copy", language, meeting=one.key)
            body.append({"type": "ActionSet", "actions": [copy]})
        add = [button(_("Add a meeting"), "meeting.new", language)]
        return CardReply(e.form(language, body, add))

    def _latest(self, own: Iterable[str]) -> list[Occurrence]:
        """What was held last, then what is coming; of each meeting one date."""
        knowledge, now = self._knowledge(), self._now()
        there = knowledge.coming(now - BACK, networks=own)
        past = [one for one in reversed(there) if one.end <= now and not one.cancelled]
        coming = [one for one in there if one.end > now and not one.cancelled]
        each = {one.meeting.key: one for one in reversed([*past, *coming])}
        first = [one for one in [*past, *coming] if each[one.meeting.key] is one]
        return first[:MOST_COPIES]

    def copy(self, actor: Actor, action: CardAction) -> CardReply:
        """The form of a new meeting, filled in with another: the next day of the same kind."""
        found = self._knowledge().find_occurrence(action.get("meeting"))
        own = self._own(actor)
        network = next((key for key in found.meeting.networks if key in own), "") if found else ""
        if found is None or not network:
            return self.copies(actor)
        today = self._now().astimezone(self._knowledge().zone).date()
        fields = detail_values(found) | {
            "network": network,
            "meeting": found.key,
            "start": f"{found.start:%H:%M}",
            "end": f"{found.end:%H:%M}",
            "registration.deadline": "",
        }
        is_series = found.meeting.recurrence is not None
        day = (
            self._season(found, fields, actor.language, today)
            if is_series
            else next_alike(found.start.date(), today)
        )
        length = found.end.date() - found.start.date()
        fields["day"] = day.isoformat() if day else ""
        if length and day:
            fields["last_day"] = (day + length).isoformat()
        kept = {name: words for name, words in fields.items() if words}
        return CardReply(self._form(actor, CardAction("", fields=kept)))

    def _season(
        self, found: Occurrence, fields: dict[str, str], language: Language, today: dt.date
    ) -> dt.date | None:
        """Of a series that is over its rule, to be held again; else a date is left to be chosen."""
        meeting = found.meeting
        if meeting.recurrence is None or self._meetings.next_dates(meeting, self._now(), 1):
            return None
        rule = rule_of(meeting.recurrence, meeting.start.date())
        if rule is None or not rule.rrule().startswith("FREQ=") or rule.dates:
            return None
        again = replace(rule, until=None, count=None, left_out=())
        fields["repeats"] = say(again, language)
        return again.first(today + dt.timedelta(days=1))

    def series(self, actor: Actor, action: CardAction) -> CardReply:
        """How a series repeats, its next five dates, and what can be done with them."""
        language, _ = actor.language, translator(actor.language)
        self._own(actor)
        found = self._knowledge().find_occurrence(action.get("meeting"))
        if found is None:
            return self.copies(actor)
        body = [
            e.heading(found.meeting.title.best(language)),
            *date_lines(found.meeting, self._now(), self._knowledge().zone, language),
        ]
        if self._meetings.in_file(found.key):
            in_file = _("It stands in a content file, and is changed there.")
            return CardReply(e.form(language, [*body, e.text(in_file, isSubtle=True)], []))
        row = [button(_("Add a date"), "meeting.date", language, meeting=found.key)]
        if found.meeting.recurrence is not None:
            row.append(button(_("End the series"), "meeting.last", language, meeting=found.key))
        row.append(button(_("Back"), "meeting.list", language))
        return CardReply(e.form(language, body, row))

    def date_form(
        self, actor: Actor, action: CardAction, faults: Iterable[Invalid] = ()
    ) -> CardReply:
        """The form of one more date of a meeting."""
        language, _ = actor.language, translator(actor.language)
        found = self._mine(actor, action)
        if found is None:
            return self.copies(actor)
        start, end = f"{found.start:%H:%M}", f"{found.end:%H:%M}"
        fields = [
            e.date_input("day", _("Day"), action.get("day")),
            e.columns(
                e.time_input("start", _("Starts"), action.get("start") or start),
                e.time_input("end", _("Ends"), action.get("end") or end),
            ),
        ]
        head = [e.heading(_("One more date")), *self._summary(found.key, language)]
        save = button(
            _("Save"), "meeting.add", language, style="positive", inputs=True, meeting=found.key
        )
        back = button(_("Back"), "meeting.series", language, meeting=found.key)
        body = head + e.with_errors(fields, faults, language)
        return CardReply(e.form(language, body, [save, back]))

    async def add_date(self, actor: Actor, action: CardAction) -> CardReply:
        """Adds the date, or shows the form again with what is wrong."""
        times = read_times(
            CardAction("", fields={n: action.get(n) for n in ("day", "start", "end")}),
            actor.language,
            self._now(),
            self._knowledge().zone,
        )
        if times.faults:
            return self.date_form(actor, action, times.faults)
        start, end = (dt.datetime.fromisoformat(times.fields[name]) for name in ("start", "end"))
        try:
            added = await self._meetings.add_date(actor.identity, action.get("meeting"), start, end)
        except Invalid as error:
            return self.date_form(actor, action, [error])
        _ = translator(actor.language)
        # A date that was called off may have been announced.
        lines, tell = await self._settle(actor, added.key)
        said = _("The date has been added.")
        return await self._series_changed(actor, added, said, lines, tell)

    def last_form(
        self, actor: Actor, action: CardAction, faults: Iterable[Invalid] = ()
    ) -> CardReply:
        """The form of the day with which a series ends."""
        language, _ = actor.language, translator(actor.language)
        found = self._mine(actor, action)
        if found is None:
            return self.copies(actor)
        fields = [e.date_input("last", _("Last day of the series"), action.get("last"))]
        head = [
            e.heading(_("When does the series end?")),
            e.text(found.meeting.title.best(language), weight="Bolder"),
            *date_lines(found.meeting, self._now(), self._knowledge().zone, language),
        ]
        save = button(
            _("End the series"),
            "meeting.end",
            language,
            style="positive",
            inputs=True,
            meeting=found.key,
        )
        back = button(_("Back"), "meeting.series", language, meeting=found.key)
        body = head + e.with_errors(fields, faults, language)
        return CardReply(e.form(language, body, [save, back]))

    async def end_series(self, actor: Actor, action: CardAction) -> CardReply:
        """Ends the series, or says what is against it."""
        found = self._mine(actor, action)
        if found is None:
            return self.copies(actor)
        try:
            last = read_day("last", action.get("last"))
        except Invalid as error:
            return self.last_form(actor, action, [error])
        try:
            await self._meetings.end_series(actor.identity, found.key, last)
        except Invalid as error:
            if isinstance(told := error.data.get("day"), dt.date):
                error = Invalid(error.field, error.code, day=weekday(told, actor.language))
            return self.last_form(actor, action, [error])
        _ = translator(actor.language)
        return await self._series_changed(actor, found, _("The end of the series is saved."))

    async def _series_changed(
        self,
        actor: Actor,
        found: Occurrence,
        what: str,
        lines: Iterable[Json] = (),
        tell: Iterable[Json] = (),
    ) -> CardReply:
        language, _ = actor.language, translator(actor.language)
        meeting = self._knowledge().meetings[found.meeting.key]
        body = [
            e.heading(what),
            e.text(meeting.title.best(language), weight="Bolder"),
            *date_lines(meeting, self._now(), self._knowledge().zone, language),
            *lines,
        ]
        row = [
            *tell,
            await self._undo_button(actor, found.key),
            button(_("Add a date"), "meeting.date", language, meeting=found.key),
            button(_("Move or cancel a meeting"), "meeting.list", language),
        ]
        return CardReply(e.form(language, body, row))


def next_alike(day: dt.date, today: dt.date) -> dt.date:
    """The next day after today that is the same one of its month: the second Tuesday, the last."""
    position = (day.day - 1) // 7
    is_last = day.day + 7 > calendar.monthrange(day.year, day.month)[1]
    year, month = day.year, day.month
    while True:
        year, month = year + month // 12, month % 12 + 1
        first, length = calendar.monthrange(year, month)
        found = 1 + (day.weekday() - first) % 7 + 7 * position
        if is_last and position >= 3:
            # The fourth one or the fifth: the last in either case.
            found += 7 * ((length - found) // 7)
        if found <= length and dt.date(year, month, found) > today:
            return dt.date(year, month, found)
