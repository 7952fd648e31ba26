"""Answers that give contacts: of a network or region, of a person, and for who wants a human."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.answers.builder import AnswerBuilder, Part, Subject, merge_parts
from bot.answers.model import Block
from bot.answers.networks import each, follow_up_suggestions
from bot.knowledge.models import Network, Person
from bot.understanding.model import Manner


def contacts(builder: AnswerBuilder) -> Part:
    """The contact persons of the places named; without a place, which place is meant."""
    if not builder.named:
        suggestions = builder.suggest(("find_network", "list_networks"))
        return Part(builder.render("contacts.ask"), suggestions=suggestions)
    # In a talk about the network its name and page were said before.
    return each(builder, _contacts, most_pages=0 if builder.goes_on else 1)


def _contacts(builder: AnswerBuilder, subject: Subject, network: Network) -> Part:
    if not builder.people(subject):
        view, place = builder.view(network), builder.place(subject)
        others = builder.scope.knowledge.contacts(network.key, builder.scope.today)
        answer = "contacts.no_other" if others else "contacts.no_person"
        return Part(builder.render(answer, network=view, place=place))
    elsewhere = _answer_for_others(builder.people(subject), subject)
    return _cards(builder, "contacts.persons", subject, network, elsewhere=elsewhere)


def _answer_for_others(people: Iterable[Person], subject: Subject) -> bool:
    """Whether each of them answers for other regions of the network than the one asked about."""
    wanted = {region.key for region in subject.regions}
    return bool(wanted) and all(one.regions and not wanted & set(one.regions) for one in people)


def _cards(
    builder: AnswerBuilder, answer: str, subject: Subject, network: Network, **more: bool
) -> Part:
    """The cards of a place's contact persons, without those whom the answer gives already."""
    people = builder.not_given_yet(builder.people(subject))
    if not people:
        return Part(())
    if builder.short:
        return _lines(builder, people)
    if builder.goes_on and len(people) > 1 and not more.get("elsewhere"):
        part = _lines(builder, people)
        return replace(part, blocks=(*_unconfirmed(builder, people), *part.blocks))
    view, place, persons = builder.view(network), builder.place(subject), builder.views(people)
    blocks = builder.render(answer, network=view, place=place, persons=persons, **more)
    blocks = (*_unconfirmed(builder, people), *blocks)
    return Part(blocks, persons=tuple(person.key for person in people))


def _unconfirmed(builder: AnswerBuilder, people: Iterable[Person]) -> tuple[Block, ...]:
    """That nobody has confirmed any of these for long, with where one is helped all the same.

    In a conversation it is said once of each.
    """
    shown = tuple(people)
    if builder.scope.context.persons_shown.issuperset(one.key for one in shown):
        return ()
    if not all(one.unconfirmed(builder.scope.today) for one in shown):
        return ()
    language = builder.scope.language
    organisations = tuple(dict.fromkeys(one.organisation[language] for one in shown))
    year = max(one.source.date.year for one in shown if one.source.date)
    return tuple(builder.render("contacts.unconfirmed", organisations=organisations, year=year))


def _lines(builder: AnswerBuilder, people: Iterable[Person]) -> Part:
    """A line with the contacts of each person."""
    lines = [builder.render("contacts.line", person=view) for view in builder.views(tuple(people))]
    blocks = tuple(block for each in lines for block in each)
    return Part(blocks, persons=tuple(one.key for one in people))


def person(builder: AnswerBuilder) -> Part:
    """All that is known of the persons named, as far as it may be given out today."""
    knowledge, today = builder.scope.knowledge, builder.scope.today
    named = [knowledge.people[key] for key in builder.entities.persons if key in knowledge.people]
    given_out = [one for one in named if one.given_out(today)]
    if not given_out:
        return unknown_person(builder)
    if builder.request.manner is Manner.SAME:
        views = builder.views(given_out)
        return Part(
            builder.render("person.same", persons=views),
            persons=tuple(one.key for one in given_out),
        )
    not_given_yet = builder.not_given_yet(given_out)
    if not not_given_yet:
        return Part(())
    networks = dict.fromkeys(key for one in given_out for key in one.networks)
    parts = []
    for key in networks:
        network = knowledge.networks[key]
        suggestions = follow_up_suggestions(builder, network)
        parts.append(Part((), builder.network_actions(network, 1), suggestions))
    if builder.short:
        offered = [replace(part, actions=()) for part in parts]
        return merge_parts([_lines(builder, not_given_yet), *offered])
    cards = builder.render("person.cards", persons=builder.views(not_given_yet))
    cards = (*_unconfirmed(builder, not_given_yet), *cards)
    return merge_parts([Part(cards, persons=tuple(one.key for one in not_given_yet)), *parts])


def unknown_person(builder: AnswerBuilder) -> Part:
    """Who was named is no contact person, or is one no longer; whom to ask instead."""
    # Asking for the contacts of the place named comes before asking for any.
    networks = [subject.network for subject in builder.subjects if subject.network]
    parts = [Part((), suggestions=builder.suggest(("contacts",), network)) for network in networks]
    general = builder.suggest(("contacts", "find_network", "list_networks"))
    return merge_parts(
        [Part(builder.render("person.unknown")), *parts, Part((), suggestions=general)]
    )


def human(builder: AnswerBuilder) -> Part:
    """Somebody to talk to: the contact of the place named, else the national contact point."""
    if builder.named:
        return each(builder, _human)
    suggestions = builder.suggest(("contacts", "find_network"))
    actions = builder.write_to(None, None)
    return Part(builder.render("human.contact_point"), actions, suggestions)


def change_details(builder: AnswerBuilder) -> Part:
    """Who changes what is told of a network, and the contact person to tell of a change."""
    subject = builder.named[0] if builder.named else None
    people = builder.people(subject)[:1] if subject else ()
    persons = builder.persons(subject)[:1] if subject else ()
    blocks = builder.render("change_details.answer", persons=persons)
    network = subject.network if subject else None
    keys = tuple(one.key for one in people)
    return Part(blocks, suggestions=builder.suggest(("contacts", "human"), network), persons=keys)


def _human(builder: AnswerBuilder, subject: Subject, network: Network) -> Part:
    if not builder.people(subject):
        return _contacts(builder, subject, network)
    part = _cards(builder, "human.persons", subject, network)
    return replace(part, actions=builder.write_to(builder.people(subject)[0], network))
