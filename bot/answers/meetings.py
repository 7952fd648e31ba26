"""Answers about coming meetings."""

from __future__ import annotations

from bot.answers import dates
from bot.answers.ask import Ask, Part, Subject
from bot.answers.calendar_links import meeting_url
from bot.answers.coming import coming, demo_note
from bot.answers.model import Action
from bot.answers.networks import GENERAL, each
from bot.answers.views import MeetingView
from bot.knowledge.models import Network
from bot.knowledge.recurrence import Occurrence

NEXT = 3
"""How many meetings are told of when no time was asked for."""

MOST = 8
"""How many meetings of an asked time are told of; of more, only their number."""


def meetings(ask: Ask) -> Part:
    """The next meetings, or those of the period asked for; without a place, of all networks."""
    if ask.named:
        return each(ask, _of_network)
    found, more = _found(ask, ())
    if found:
        blocks = ask.render("meetings.all", meetings=found, period=_period(ask), more=more)
    else:
        later = _views(ask, coming(ask.scope)[:1])
        blocks = ask.render("meetings.all_none", meetings=later, period=_period(ask))
        found = later
    actions = (*_to_calendar(ask, found), *ask.wrong_information()) if found else ()
    return Part(
        blocks,
        actions,
        ask.suggest(GENERAL),
        notes=demo_note(ask, *found),
        occurrences=_keys(found),
    )


def _of_network(ask: Ask, subject: Subject, network: Network) -> Part:
    view = ask.view(network)
    found, more = _found(ask, (network.key,))
    persons: tuple[str, ...] = ()
    if found:
        blocks = ask.render(
            "meetings.network", network=view, meetings=found, period=_period(ask), more=more
        )
    else:
        found = _views(ask, coming(ask.scope, (network.key,))[:1])
        people = ask.people(subject)
        untold = ask.untold(people)
        # Persons are named only where no meeting is known.
        persons = () if found else tuple(person.key for person in untold)
        blocks = ask.render(
            "meetings.network_none",
            network=view,
            place=ask.place(subject),
            meetings=found,
            period=_period(ask),
            persons=ask.views(untold),
            persons_told=len(untold) < len(people),
        )
    actions = _to_calendar(ask, found)
    return Part(
        blocks,
        actions,
        notes=demo_note(ask, *found),
        persons=persons,
        occurrences=_keys(found),
    )


def _keys(found: tuple[MeetingView, ...]) -> tuple[str, ...]:
    return tuple(meeting.key for meeting in found)


def _to_calendar(ask: Ask, found: tuple[MeetingView, ...]) -> tuple[Action, ...]:
    """The button that puts the first of the meetings into a calendar."""
    held = next((meeting for meeting in found if not meeting.cancelled), None)
    if held is None:
        return ()
    url = meeting_url(ask.scope.context.public_url, held.key, ask.scope.language)
    return ask.calendar_action("meetings.add_to_calendar", url)


def _found(ask: Ask, networks: tuple[str, ...]) -> tuple[tuple[MeetingView, ...], int]:
    """The meetings to tell of, and how many more there are in the period asked for."""
    period = ask.entities.period
    if period is None:
        return _views(ask, coming(ask.scope, networks)[:NEXT]), 0
    found = coming(ask.scope, networks, period.start, period.end)
    return _views(ask, found[:MOST]), max(0, len(found) - MOST)


def _views(ask: Ask, occurrences: list[Occurrence]) -> tuple[MeetingView, ...]:
    views = []
    told: set[str] = set()
    for occurrence in occurrences:
        key = occurrence.meeting.key
        views.append(MeetingView.of(occurrence, ask.scope, again=key in told))
        if not occurrence.cancelled:
            told.add(key)
    return tuple(views)


def _period(ask: Ask) -> str | None:
    period = ask.entities.period
    return dates.span(period, ask.scope.language) if period else None
