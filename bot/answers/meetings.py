"""Answers about coming meetings."""

from __future__ import annotations

from bot.answers import dates
from bot.answers.builder import AnswerBuilder, Part, Subject
from bot.answers.calendar_links import meeting_url
from bot.answers.coming import coming, demo_note
from bot.answers.model import Action
from bot.answers.networks import GENERAL, each, follow_up_suggestions
from bot.answers.views import MeetingView
from bot.knowledge.models import Network
from bot.knowledge.recurrence import Occurrence
from bot.understanding.model import Manner

NEXT = 3
"""Meetings in an answer where no time was asked for."""

MOST = 8
"""Meetings in an answer about a time; of more, only the number is given."""


def meetings(builder: AnswerBuilder) -> Part:
    """The next meetings, or those of the period asked for; without a place, of all networks."""
    if builder.entities.meetings or builder.request.manner is Manner.END:
        return _these(builder)
    if builder.named:
        return each(builder, _of_network)
    found, more = _found(builder, ())
    if found:
        blocks = builder.render("meetings.all", meetings=found, period=_period(builder), more=more)
    else:
        later = _views(builder, coming(builder.scope)[:1])
        blocks = builder.render("meetings.all_none", meetings=later, period=_period(builder))
        found = later
    actions = (*_to_calendar(builder, found), *builder.wrong_information()) if found else ()
    return Part(
        blocks,
        actions,
        builder.suggest(GENERAL),
        notes=demo_note(builder, *found),
        occurrences=_keys(found),
    )


def _these(builder: AnswerBuilder) -> Part:
    """Meetings that the message picked out of those shown, or that there are no more of them."""
    known = (builder.scope.knowledge.find_occurrence(key) for key in builder.entities.meetings)
    found = _views(builder, [one for one in known if one][:MOST])
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
    view = builder.view(network)
    found, more = _found(builder, (network.key,))
    persons: tuple[str, ...] = ()
    if found:
        blocks = builder.render(
            "meetings.network", network=view, meetings=found, period=_period(builder), more=more
        )
    else:
        found = _views(builder, coming(builder.scope, (network.key,))[:1])
        people = builder.people(subject)
        not_given_yet = builder.not_given_yet(people)
        # Persons are named only where no meeting is known.
        persons = () if found else tuple(person.key for person in not_given_yet)
        blocks = builder.render(
            "meetings.network_none",
            network=view,
            place=builder.place(subject),
            meetings=found,
            period=_period(builder),
            persons=builder.views(not_given_yet),
            persons_told=len(not_given_yet) < len(people),
        )
    actions = _to_calendar(builder, found)
    return Part(
        blocks,
        actions,
        notes=demo_note(builder, *found),
        persons=persons,
        occurrences=_keys(found),
    )


def _keys(found: tuple[MeetingView, ...]) -> tuple[str, ...]:
    return tuple(meeting.key for meeting in found)


def _to_calendar(builder: AnswerBuilder, found: tuple[MeetingView, ...]) -> tuple[Action, ...]:
    """The button that puts the first of the meetings into a calendar."""
    held = next((meeting for meeting in found if not meeting.cancelled), None)
    if held is None:
        return ()
    url = meeting_url(builder.scope.context.public_url, held.key, builder.scope.language)
    return builder.calendar_action("meetings.add_to_calendar", url)


def _found(
    builder: AnswerBuilder, networks: tuple[str, ...]
) -> tuple[tuple[MeetingView, ...], int]:
    """The meetings of the answer, and how many more there are in the period asked for."""
    period = builder.entities.period
    if period is None:
        return _views(builder, coming(builder.scope, networks)[:NEXT]), 0
    found = coming(builder.scope, networks, period.start, period.end)
    return _views(builder, found[:MOST]), max(0, len(found) - MOST)


def _views(builder: AnswerBuilder, occurrences: list[Occurrence]) -> tuple[MeetingView, ...]:
    views = []
    seen: set[str] = set()
    for occurrence in occurrences:
        key = occurrence.meeting.key
        views.append(MeetingView.of(occurrence, builder.scope, again=key in seen))
        if not occurrence.cancelled:
            seen.add(key)
    return tuple(views)


def _period(builder: AnswerBuilder) -> str | None:
    period = builder.entities.period
    return dates.span(period, builder.scope.language) if period else None
