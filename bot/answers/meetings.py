"""Answers about meetings, coming or past."""

from __future__ import annotations

from dataclasses import dataclass

from bot.answers import dates
from bot.answers.builder import AnswerBuilder, Part, Subject
from bot.answers.calendar_links import meeting_url
from bot.answers.coming import asked_for, coming, demo_note, is_past
from bot.answers.meeting_views import MeetingView
from bot.answers.model import Action
from bot.answers.networks import GENERAL, each, follow_up_suggestions
from bot.knowledge.models import MeetingKind, Network
from bot.knowledge.recurrence import Occurrence
from bot.understanding.model import Manner

NEXT = 3
"""Meetings in an answer where no time was asked for."""

MOST = 5
"""Meetings in an answer about a time; of more, only the number is given."""


@dataclass(frozen=True)
class _Found:
    """The meetings of an answer: the first in full, the others in a line each."""

    meetings: tuple[MeetingView, ...]
    more: int = 0
    """How many more there are in the period asked for."""
    missing: tuple[MeetingKind, ...] = ()
    """The kinds that were asked for, and of which there are none; then others are told of."""


def meetings(builder: AnswerBuilder) -> Part:
    """The next meetings, or those of the period asked for; without a place, of all networks."""
    if builder.entities.meetings or builder.request.manner is Manner.END:
        return _these(builder)
    if builder.named:
        return each(builder, _of_network, pages=False)
    if _asks_past(builder):
        return _past(builder, None)
    found = _find(builder, ())
    blocks = builder.render(
        "meetings.all" if found.meetings else "meetings.all_none",
        meetings=found.meetings or _next(builder, ()),
        period=_period(builder),
        more=found.more,
        missing=found.missing,
        none_of=_none_of(builder, found.missing),
    )
    shown = found.meetings or _next(builder, ())
    actions = (*_to_calendar(builder, shown), *builder.wrong_information()) if shown else ()
    return Part(
        blocks,
        actions,
        builder.suggest(GENERAL),
        notes=demo_note(builder, *shown),
        occurrences=_keys(shown),
    )


def _these(builder: AnswerBuilder) -> Part:
    """Meetings that the message picked out of those shown, or that there are no more of them."""
    known = (builder.scope.knowledge.find_occurrence(key) for key in builder.entities.meetings)
    picked = [one for one in known if one][:MOST]
    found = _views(builder, picked, whole=len(picked) == 1)
    network = next((one.network for one in builder.subjects if one.network), None)
    suggestions = follow_up_suggestions(builder, network) if network else builder.suggest(GENERAL)
    networks = (network.key,) if network else ()
    if not found:
        view = builder.view(network) if network else None
        blocks = builder.render("meetings.no_other", network=view)
        return Part(blocks, suggestions=suggestions, networks=networks)
    return Part(
        builder.render("meetings.these", meetings=found),
        _to_calendar(builder, found),
        suggestions,
        occurrences=_keys(found),
        networks=networks,
    )


def _of_network(builder: AnswerBuilder, subject: Subject, network: Network) -> Part:
    if _asks_past(builder):
        return _past(builder, network)
    view = builder.view(network)
    found = _find(builder, (network.key,))
    shown = found.meetings
    persons: tuple[str, ...] = ()
    asked = {
        "network": view,
        "period": _period(builder),
        "missing": found.missing,
        "none_of": _none_of(builder, found.missing),
    }
    if shown:
        blocks = builder.render("meetings.network", meetings=shown, more=found.more, **asked)
    else:
        shown = _next(builder, (network.key,))
        people = builder.people(subject)
        not_given_yet = builder.not_given_yet(people)
        # Persons are named only where no meeting is known.
        persons = () if shown else tuple(person.key for person in not_given_yet)
        blocks = builder.render(
            "meetings.network_none",
            place=builder.place(subject),
            meetings=shown,
            persons=builder.views(not_given_yet),
            persons_told=len(not_given_yet) < len(people),
            **asked,
        )
    return Part(
        blocks,
        (*_to_calendar(builder, shown), *builder.wrong_information()),
        notes=demo_note(builder, *shown),
        persons=persons,
        occurrences=_keys(shown),
    )


def _asks_past(builder: AnswerBuilder) -> bool:
    period = builder.entities.period
    return period is not None and is_past(period, builder.scope.today)


def _past(builder: AnswerBuilder, network: Network | None) -> Part:
    """What is known of the meetings of a time that is over."""
    found = _find(builder, (network.key,) if network else ())
    blocks = builder.render(
        "meetings.past",
        network=builder.view(network) if network else None,
        meetings=found.meetings,
        period=_period(builder),
        more=found.more,
        missing=found.missing,
        none_of=_none_of(builder, found.missing),
    )
    notes = demo_note(builder, *found.meetings)
    return Part(blocks, notes=notes, occurrences=_keys(found.meetings))


def _keys(found: tuple[MeetingView, ...]) -> tuple[str, ...]:
    return tuple(meeting.key for meeting in found)


def _to_calendar(builder: AnswerBuilder, found: tuple[MeetingView, ...]) -> tuple[Action, ...]:
    """The button that puts the first of the meetings into a calendar."""
    held = next((meeting for meeting in found if not meeting.cancelled), None)
    if held is None:
        return ()
    url = meeting_url(builder.scope.context.public_url, held.key, builder.scope.language)
    return builder.calendar_action("meetings.add_to_calendar", url)


def _find(builder: AnswerBuilder, networks: tuple[str, ...]) -> _Found:
    """The meetings that were asked for; where there are none of their kind, the others."""
    period, kinds = builder.entities.period, builder.entities.kinds
    found = asked_for(builder.scope, networks, period)
    of_kind = [one for one in found if one.meeting.kind in kinds]
    known = {one.meeting.kind for one in of_kind}
    missing = tuple(kind for kind in kinds if kind not in known)
    chosen, most = of_kind or found, NEXT if period is None else MOST
    if kinds and not of_kind and period is None:
        # There is none of that kind: the next other one is enough.
        most = 1
    more = 0 if period is None else max(0, len(chosen) - most)
    return _Found(_views(builder, chosen[:most]), more, missing)


def _none_of(builder: AnswerBuilder, missing: tuple[MeetingKind, ...]) -> tuple[str, ...]:
    """`no seminars`, of each kind that is missing."""
    kinds = builder.scope.knowledge.community.meeting_kinds
    return tuple(kinds[kind].none[builder.scope.language] for kind in missing if kind in kinds)


def _next(builder: AnswerBuilder, networks: tuple[str, ...]) -> tuple[MeetingView, ...]:
    """The next meeting that is known, of the kind that was asked for where there is one."""
    found = coming(builder.scope, networks)
    of_kind = [one for one in found if one.meeting.kind in builder.entities.kinds]
    return _views(builder, (of_kind or found)[:1])


def _views(
    builder: AnswerBuilder, occurrences: list[Occurrence], whole: bool = False
) -> tuple[MeetingView, ...]:
    views = []
    seen: set[str] = set()
    for occurrence in occurrences:
        key = occurrence.meeting.key
        view = MeetingView.of(occurrence, builder.scope, key in seen, not seen, whole)
        views.append(view)
        if not occurrence.cancelled:
            seen.add(key)
    return tuple(views)


def _period(builder: AnswerBuilder) -> str | None:
    period = builder.entities.period
    return dates.span(period, builder.scope.language) if period else None
