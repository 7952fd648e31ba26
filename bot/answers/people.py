"""Answers that give contacts: of a network or region, of a person, and for who wants a human."""

from __future__ import annotations

from collections.abc import Iterable

from bot.answers.ask import Ask, Part, Subject, unique_parts
from bot.answers.networks import each, following
from bot.knowledge.models import Network, Person


def contacts(ask: Ask) -> Part:
    """The contact persons of the places named; without a place, which place is meant."""
    if not ask.named:
        suggestions = ask.suggest(("find_network", "list_networks"))
        return Part(ask.render("contacts.ask"), suggestions=suggestions)
    return each(ask, _contacts)


def _contacts(ask: Ask, subject: Subject, network: Network) -> Part:
    if not ask.people(subject):
        view, place = ask.view(network), ask.place(subject)
        return Part(ask.render("contacts.no_person", network=view, place=place))
    elsewhere = _answer_for_others(ask.people(subject), subject)
    return _cards(ask, "contacts.persons", subject, network, elsewhere=elsewhere)


def _answer_for_others(people: Iterable[Person], subject: Subject) -> bool:
    """Whether each of them answers for other regions of the network than the one asked about."""
    wanted = {region.key for region in subject.regions}
    return bool(wanted) and all(one.regions and not wanted & set(one.regions) for one in people)


def _cards(ask: Ask, answer: str, subject: Subject, network: Network, **more: bool) -> Part:
    """The cards of a place's contact persons, without those whom the answer gives already."""
    people = ask.untold(ask.people(subject))
    if not people:
        return Part(())
    view, place, persons = ask.view(network), ask.place(subject), ask.views(people)
    blocks = ask.render(answer, network=view, place=place, persons=persons, **more)
    return Part(blocks, persons=tuple(person.key for person in people))


def person(ask: Ask) -> Part:
    """All that is known of the persons named, as far as it may be given out today."""
    knowledge, today = ask.scope.knowledge, ask.scope.today
    named = [knowledge.people[key] for key in ask.entities.persons if key in knowledge.people]
    given_out = [one for one in named if one.given_out(today)]
    if not given_out:
        return unknown_person(ask)
    untold = ask.untold(given_out)
    if not untold:
        return Part(())
    networks = dict.fromkeys(key for one in given_out for key in one.networks)
    parts = []
    for key in networks:
        network = knowledge.networks[key]
        suggestions = following(ask, network)
        parts.append(Part((), ask.network_actions(network), suggestions))
    cards = ask.render("person.cards", persons=ask.views(untold))
    return unique_parts([Part(cards, persons=tuple(one.key for one in untold)), *parts])


def unknown_person(ask: Ask) -> Part:
    """Who was named is no contact person, or is one no longer; whom to ask instead."""
    # Asking for the contacts of the place named comes before asking for any.
    networks = [subject.network for subject in ask.subjects if subject.network]
    parts = [Part((), suggestions=ask.suggest(("contacts",), network)) for network in networks]
    general = ask.suggest(("contacts", "find_network", "list_networks"))
    return unique_parts([Part(ask.render("person.unknown")), *parts, Part((), suggestions=general)])


def human(ask: Ask) -> Part:
    """Somebody to talk to: the contact of the place named, else the national contact point."""
    if ask.named:
        return each(ask, _human)
    suggestions = ask.suggest(("contacts", "find_network"))
    return Part(ask.render("human.contact_point"), suggestions=suggestions)


def _human(ask: Ask, subject: Subject, network: Network) -> Part:
    if not ask.people(subject):
        return _contacts(ask, subject, network)
    return _cards(ask, "human.persons", subject, network)
