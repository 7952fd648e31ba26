"""What answer templates see of meetings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Container
from dataclasses import dataclass

from bot.answers import dates
from bot.answers.calendar_links import meeting_url
from bot.answers.scope import Scope
from bot.knowledge.recurrence import Occurrence
from bot.knowledge.values import Language

YEAR = dt.timedelta(days=365)
"""How far back the last meeting is looked for."""


@dataclass(frozen=True)
class MeetingView:
    """One occurrence of a meeting."""

    key: str
    title: str
    kind: str
    when: str
    day: str
    """`torstaina 10.12.2026`."""
    starts: str
    """The time of day, as `8.30`."""
    ends: str
    hours: int
    minutes: int
    """How long it lasts, besides the hours."""
    over: bool
    place: str | None
    online_url: str | None
    online_for_members: bool
    """There is a link, but it is not shown to this audience."""
    registration_url: str | None
    deadline: str | None
    registration_closed: bool
    calendar_url: str | None
    """The meeting as a file for calendars; none where the bot has no public address."""
    host: str | None
    description: str | None
    price: str | None
    languages: tuple[Language, ...]
    audience: str | None
    cancelled: bool
    moved: bool
    demo: bool
    networks: tuple[str, ...]
    again: bool
    """An earlier occurrence of the meeting stands in the same answer, so only the time is new."""
    full: bool
    """Whether a list has a card of it: so of the next one, and of cancelled ones before it."""
    whole: bool
    """Whether its card tells the host and the programme too."""

    @classmethod
    def of(
        cls,
        occurrence: Occurrence,
        scope: Scope,
        again: bool = False,
        full: bool = True,
        whole: bool = False,
    ) -> MeetingView:
        """An occurrence in the language of the answer."""
        meeting, language = occurrence.meeting, scope.language
        online, registration = meeting.online, meeting.registration
        shown = online is not None and (online.share == "public" or scope.context.members)
        starts_on = occurrence.start.date()
        deadline = registration.last_day(starts_on) if registration else None
        networks = scope.knowledge.networks
        minutes = round((occurrence.end - occurrence.start).total_seconds() / 60)
        return cls(
            key=occurrence.key,
            title=meeting.title.best(language),
            kind=meeting.kind,
            when=dates.moment(occurrence.start, occurrence.end, language),
            day=dates.weekday(occurrence.start.date(), language),
            starts=dates.clock(occurrence.start, language),
            ends=dates.clock(occurrence.end, language),
            hours=minutes // 60,
            minutes=minutes % 60,
            over=occurrence.end <= scope.now,
            place=meeting.place.best(language) if meeting.place else None,
            online_url=online.url if online and shown else None,
            online_for_members=online is not None and not shown,
            registration_url=registration.url if registration else None,
            deadline=dates.day(deadline, language) if deadline else None,
            registration_closed=deadline is not None and deadline < scope.today,
            calendar_url=meeting_url(scope.context.public_url, occurrence.key, language),
            host=meeting.host.best(language) if meeting.host else None,
            # A name stands in any language; whole sentences only in the one that was asked in.
            description=getattr(meeting.description, language, None),
            price=meeting.price.best(language) if meeting.price else None,
            languages=meeting.languages,
            audience=getattr(meeting.audience, language, None),
            cancelled=occurrence.cancelled,
            moved=occurrence.moved,
            demo=meeting.demo,
            networks=tuple(networks[key].short[language] for key in meeting.networks),
            again=again,
            full=full,
            whole=whole,
        )


class SeriesView:
    """The meetings of a network around one of them, expanded only where a template asks."""

    def __init__(
        self,
        network: str,
        scope: Scope,
        kinds: Container[str] = (),
        shown: MeetingView | None = None,
    ) -> None:
        self._network, self._scope, self._kinds = network, scope, kinds
        self._shown = shown

    @property
    def last(self) -> MeetingView | None:
        """The last one that is over and was held, of the kinds that were asked for.

        Where one that is over was shown, the one before that. None where none is known.
        """
        now = self._scope.now
        found = self._scope.knowledge.coming(now - YEAR, now, (self._network,))
        over = [one for one in found if one.end <= now and self._counts(one)]
        keys = [one.key for one in over]
        if self._shown and self._shown.key in keys:
            over = over[: keys.index(self._shown.key)]
        return MeetingView.of(over[-1], self._scope) if over else None

    @property
    def next(self) -> MeetingView | None:
        """The next one that is held, of those kinds; None where none is known."""
        found = self._scope.knowledge.coming(self._scope.now, None, (self._network,))
        held = next((one for one in found if self._counts(one)), None)
        return MeetingView.of(held, self._scope) if held else None

    def _counts(self, occurrence: Occurrence) -> bool:
        of_kind = not self._kinds or occurrence.meeting.kind in self._kinds
        return of_kind and not occurrence.cancelled
