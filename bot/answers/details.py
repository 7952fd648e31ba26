"""Answers to questions for one detail of a person, meeting or network: a sentence each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from bot.answers import dates
from bot.answers.builder import AnswerBuilder, Part, Subject, merge_parts
from bot.answers.coming import asked_for, demo_note
from bot.answers.meeting_views import MeetingView, SeriesView
from bot.answers.model import Block, Heading, Suggestion
from bot.answers.networks import GENERAL, follow_up_suggestions
from bot.answers.variants import DETAILS
from bot.knowledge.models import Detail, Network, Person
from bot.knowledge.recurrence import Occurrence
from bot.understanding.model import LAST_MEETING, Manner

OF_SOMEBODY = ("no_answer", "wrong_information")
"""The details for which the person talked about is no help."""

MOST = 2
"""So many persons or meetings get a sentence; of more, only the first."""

MAX_SUGGESTIONS = 2
"""So many questions are offered after a detail, so that the answer stays short."""


def detail(builder: AnswerBuilder, asked: Detail) -> Part | None:
    """The detail of all that it is asked of; None where none of it is known any more."""
    match asked.of:
        case "person":
            parts = [_of_person(builder, asked, person) for person in _persons(builder)]
        case "meeting":
            parts = [_of_meeting(builder, asked, one) for one in _meetings(builder)]
            if not parts and asked.key == LAST_MEETING:
                parts = [_none_known(builder, asked, one) for one in builder.subjects]
        case "network" | "joining":
            parts = [
                _of_network(builder, asked, subject)
                if subject.network
                else builder.no_network(subject)
                for subject in builder.subjects
            ]
            if asked.of == "network" and not parts and asked.counts_as == "network_activity":
                return Part(
                    builder.render("network_info.ask"), suggestions=builder.suggest(GENERAL)
                )
            if asked.of == "joining" and not parts:
                offered = builder.suggest(("find_network",))
                parts = [Part(_said(builder, asked), suggestions=offered)]
        case "human":
            parts = [_to_a_human(builder, asked)]
        case "community":
            parts = [Part(_said(builder, asked), suggestions=builder.suggest(("about",)))]
    return merge_parts(_once(parts)) if parts else None


def _once(parts: list[Part]) -> list[Part]:
    """The parts, with what all of several say, such as whom one may ask, at the end and once."""
    said = [block for block in parts[0].blocks if all(block in one.blocks for one in parts)]
    if len(parts) == 1 or not said:
        return parts
    kept = [
        replace(one, blocks=tuple(block for block in one.blocks if block not in said))
        for one in parts
    ]
    return [*kept, Part(tuple(said))]


def _said(builder: AnswerBuilder, asked: Detail, **data: Any) -> Any:
    places = builder.named if builder.entities.municipalities or builder.entities.regions else ()
    names = {
        "yes_no": builder.request.yes_no,
        "place": builder.place(places[0]) if places else None,
        "network": None,
        "persons": (),
    }
    if asked.of == "network":
        names |= {"then": (), "time": None}
    return builder.render(f"{DETAILS}.{asked.key}", **(names | data))


def _persons(builder: AnswerBuilder) -> list[Person]:
    known, today = builder.scope.knowledge.people, builder.scope.today
    named = [known[key] for key in builder.entities.persons if key in known]
    if not builder.entities.persons:
        named = [one for subject in builder.subjects for one in builder.people(subject)]
    given_out = [one for one in named if one.given_out(today)]
    return given_out if len(given_out) <= MOST else given_out[:1]


def _of_person(builder: AnswerBuilder, asked: Detail, person: Person) -> Part:
    (view,) = builder.views((person,))
    network = builder.scope.knowledge.networks[person.networks[0]]
    there = [one for subject in builder.named for one in builder.people(subject)]
    blocks = _said(
        builder,
        asked,
        person=view,
        network=builder.view(network),
        here=person in there if builder.named else None,
        persons=builder.views(one for one in there if one != person),
    )
    suggestions = _suggestions(builder, network)
    return Part(blocks, suggestions=suggestions, persons=(person.key,), networks=(network.key,))


def _suggestions(builder: AnswerBuilder, network: Network) -> tuple[Suggestion, ...]:
    return follow_up_suggestions(builder, network)[:MAX_SUGGESTIONS]


def _all_of(builder: AnswerBuilder, network: Network | None) -> tuple[Person, ...]:
    return builder.people(Subject(network)) if network else ()


def _to_a_human(builder: AnswerBuilder, asked: Detail) -> Part:
    """Who can help on: the person talked about or a contact person of the place, in one press."""
    people = _persons(builder)
    networks = [one.network for one in builder.named if one.network]
    known = builder.scope.knowledge.networks
    network = next(iter([*networks, *(known[key] for one in people for key in one.networks)]), None)
    asked_of = builder.entities.persons
    if asked_of and asked.key in OF_SOMEBODY:
        gone = (*asked_of, *builder.request.without)
        people = [one for one in _all_of(builder, network) if one.key not in gone]
    elif gone := builder.request.without:
        others = [one for one in _all_of(builder, network) if one.key not in gone]
        people = [one for one in people if one.key not in gone] or others
    person = people[0] if people else None
    blocks = _said(
        builder,
        asked,
        person=builder.views((person,))[0] if person else None,
        network=builder.view(network) if network else None,
    )
    suggestions = builder.suggest(("contacts",), network)
    return Part(
        blocks,
        builder.write_to(person, network),
        suggestions,
        persons=(person.key,) if person else (),
        networks=(network.key,) if network else (),
    )


def _meetings(builder: AnswerBuilder) -> Iterator[Occurrence]:
    """The meetings that were shown, else the next one of each network that was named."""
    if keys := builder.entities.meetings:
        found = [one for one in map(builder.scope.knowledge.find_occurrence, keys) if one]
        different = len({one.meeting.key for one in found}) == len(found) == MOST
        yield from found if different else found[:1]
        return
    networks: list[tuple[str, ...]] = [
        (one.network.key,) for one in builder.subjects if one.network
    ]
    for named in networks if builder.named else [()]:
        if builder.request.manner is Manner.LAST:
            yield from _last(builder, named)
            continue
        found = _of_kind(builder, asked_for(builder.scope, named, builder.entities.period))
        yield from found[:1]


def _last(builder: AnswerBuilder, networks: tuple[str, ...]) -> list[Occurrence]:
    """The last meeting of some networks that is over, or of all."""
    scope, kinds = builder.scope, builder.entities.kinds
    keys = networks or tuple(scope.knowledge.networks)
    views = (SeriesView(key, scope, kinds).last for key in keys)
    known = (scope.knowledge.find_occurrence(view.key) for view in views if view)
    return sorted((one for one in known if one), key=lambda one: one.start)[-1:]


def _of_kind(builder: AnswerBuilder, found: list[Occurrence]) -> list[Occurrence]:
    """Those of the kind that was asked for, if one was."""
    kinds = builder.entities.kinds
    return [one for one in found if not kinds or one.meeting.kind in kinds]


def _of_meeting(builder: AnswerBuilder, asked: Detail, occurrence: Occurrence) -> Part:
    network = builder.scope.knowledge.networks[occurrence.meeting.networks[0]]
    view = MeetingView.of(occurrence, builder.scope)
    subject = next((one for one in builder.subjects if one.network == network), Subject(network))
    # Who knows which meeting is meant knows that it is an example.
    notes = () if builder.entities.meetings else demo_note(builder, view)
    kinds = builder.entities.kinds
    cancelled = builder.render("meetings.cancelled") if view.cancelled else ()
    series = SeriesView(network.key, builder.scope, builder.entities.kinds, view)
    shown = series.last if asked.key == LAST_MEETING else view
    data = {
        "meeting": view,
        "series": series,
        "network": builder.view(network),
        "persons": builder.persons(subject),
        "of_kind": occurrence.meeting.kind in kinds if kinds else None,
    }
    return Part(
        cancelled + _said(builder, asked, **data),
        suggestions=_suggestions(builder, network),
        notes=notes,
        occurrences=(shown.key,) if shown else (),
        networks=(network.key,),
    )


def _none_known(builder: AnswerBuilder, asked: Detail, subject: Subject) -> Part:
    """What is said of the last meeting where the list has none of the network."""
    if subject.network is None:
        return builder.no_network(subject)
    network = subject.network
    said = _said(
        builder,
        asked,
        meeting=None,
        series=SeriesView(network.key, builder.scope),
        network=builder.view(network),
        persons=builder.persons(subject),
        of_kind=None,
    )
    return Part(said, suggestions=_suggestions(builder, network), networks=(network.key,))


def _elsewhere(builder: AnswerBuilder, subject: Subject) -> tuple[Block, ...]:
    """The network's name where the talk was about another place before, also one of its own."""
    last = builder.scope.context.already_shown
    if not subject.network or last is None or builder.goes_on:
        return ()
    known = {key for one in last[1] for key in one.entities.networks}
    before = {key for one in last[1] for key in one.entities.municipalities}
    same = before.issuperset(builder.entities.municipalities) or not before
    if not known or (subject.network.key in known and same):
        return ()
    return (Heading(subject.network.name[builder.scope.language]),)


def _of_network(builder: AnswerBuilder, asked: Detail, subject: Subject) -> Part:
    assert subject.network
    view, persons = builder.view(subject.network), builder.persons(subject)
    period = builder.entities.period
    past = period is not None and period.end < builder.scope.today
    data = {
        "network": view,
        "persons": persons,
        "then": view.coordinated_in(period) if period and past else (),
        "time": dates.span(period, builder.scope.language) if period and past else None,
    }
    return Part(
        (builder.heading(subject) or _elsewhere(builder, subject)) + _said(builder, asked, **data),
        suggestions=_suggestions(builder, subject.network),
        networks=(subject.network.key,),
    )
