"""The builder of answers to one request, which the modules of each subject use."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bot.answers.drafts import mail_link
from bot.answers.model import (
    MAX_ACTIONS,
    MAX_SUGGESTIONS,
    TITLE_LIMIT,
    Action,
    Block,
    Heading,
    Suggestion,
)
from bot.answers.scope import Scope
from bot.answers.templates import Templates
from bot.answers.views import CommunityView, LinkView, NetworkView, PersonView, PlaceView
from bot.knowledge.library import FALLBACK
from bot.knowledge.models import Municipality, Network, Person, Region
from bot.understanding.model import Entities, Manner, Request

SAID_IN_LINES = ("contacts", "person", "meetings")
"""Intents whose answer in short still has what was asked for. Of a longer text another part may be
asked for than its beginning."""

DONE_WHERE_POSTED = (
    *("announce", "announcements", "add_meeting", "change_details"),
    *("follow", "following", "unfollow"),
)
"""Intents that lead to something only where the bot posts to the conversation."""

MAX_SUBJECTS = 3
"""Networks or regions that one answer covers at most."""


@dataclass(frozen=True)
class Part:
    """The answer to one request."""

    blocks: tuple[Block, ...]
    actions: tuple[Action, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    private: bool = False
    """Nothing of the question or the answer may be recorded."""
    notes: tuple[Block, ...] = ()
    """Blocks for the end of the whole answer, where each stands once."""
    persons: tuple[str, ...] = ()
    """The keys of the persons whose contacts it gives."""
    occurrences: tuple[str, ...] = ()
    """The keys of the occurrences of meetings that it names."""
    networks: tuple[str, ...] = ()
    """The keys of the networks that it is about."""


@dataclass(frozen=True)
class Subject:
    """A network, or a region that has none, with the places by which it was named."""

    network: Network | None
    regions: tuple[Region, ...] = ()
    municipalities: tuple[Municipality, ...] = ()


@dataclass(frozen=True)
class AnswerBuilder:
    """A request with its scope, and what turns it into parts of an answer."""

    request: Request
    scope: Scope
    templates: Templates
    already_given: frozenset[str] = frozenset()
    """The keys of the persons whose contacts another part of the same answer gives."""

    @property
    def short(self) -> bool:
        """Whether the answer is wanted in short, or was the last one already."""
        last = self.scope.context.already_shown
        repeated = last and last[0] == self.scope.language and self.request in last[1]
        said_in_lines = self.request.intent in SAID_IN_LINES
        return self.request.manner is Manner.SHORTER or bool(repeated and said_in_lines)

    @property
    def in_talk(self) -> bool:
        """Whether something was said before in the conversation."""
        return self.scope.context.already_shown is not None

    @property
    def goes_on(self) -> bool:
        """Whether the last answer was about the same place, in the same language."""
        last, about = self.scope.context.already_shown, self.entities.only_places()
        if last is None or last[0] != self.scope.language or not about.place:
            return False
        return any(one.entities.only_places() == about for one in last[1])

    @property
    def rest(self) -> bool:
        """Whether the rest is wanted of an answer whose beginning was said."""
        return self.request.manner is Manner.MORE

    @property
    def entities(self) -> Entities:
        """What the request names."""
        return self.request.entities

    def render(self, answer: str, **data: Any) -> tuple[Block, ...]:
        """The blocks of the answer `intent.variant` with its data.

        Raises MissingAnswerError or jinja2.TemplateError.
        """
        return self.templates.blocks(answer, self.scope.language, {**self._common, **data})

    def label(self, answer: str) -> str:
        """A short text without markup, such as a button's."""
        return self.templates.text(answer, self.scope.language, self._common).strip()

    @cached_property
    def community(self) -> CommunityView:
        """The community as templates see it."""
        return CommunityView(self.scope.knowledge.community, self.scope)

    @property
    def _common(self) -> dict[str, Any]:
        return {"community": self.community, "language": self.scope.language}

    @cached_property
    def named(self) -> tuple[Subject, ...]:
        """All that the request is about, in the order in which it was named."""
        knowledge, entities = self.scope.knowledge, self.entities
        municipalities = [
            knowledge.municipalities[key]
            for key in entities.municipalities
            if key in knowledge.municipalities
        ]
        keys = dict.fromkeys((*entities.regions, *(town.region for town in municipalities)))
        regions = [knowledge.regions[key] for key in keys if key in knowledge.regions]

        def subject(network: Network | None, covered: Iterable[Region]) -> Subject:
            there = tuple(covered)
            inside = {region.key for region in there}
            towns = tuple(town for town in municipalities if town.region in inside)
            return Subject(network, there, towns)

        networks = {
            key: knowledge.networks[key] for key in entities.networks if key in knowledge.networks
        }
        found: list[Subject] = []
        for region in regions:
            if network := knowledge.network_of(region.key):
                networks.setdefault(network.key, network)
            else:
                found.append(subject(None, [region]))
        with_network = [
            subject(network, (region for region in regions if region.key in network.regions))
            for network in networks.values()
        ]
        return (*with_network, *found)

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """What the answer covers: the first MAX_SUBJECTS of those named."""
        return self.named[:MAX_SUBJECTS]

    def view(self, network: Network) -> NetworkView:
        """A network as templates see it."""
        return NetworkView(network, self.scope)

    def place(self, subject: Subject) -> PlaceView:
        """A subject's place as templates see it."""
        return PlaceView.of(subject.network, subject.regions, subject.municipalities, self.scope)

    def people(self, subject: Subject) -> tuple[Person, ...]:
        """The contact persons of a subject who may be given out today."""
        if subject.network is None:
            return ()
        regions = [region.key for region in subject.regions]
        found = self.scope.knowledge.contacts(subject.network.key, self.scope.today, regions)
        gone = self.request.without
        if not gone:
            return found
        # Who was said to be gone is not offered again: others of the network are.
        others = self.scope.knowledge.contacts(subject.network.key, self.scope.today)
        left = tuple(person for person in found if person.key not in gone)
        return left or tuple(person for person in others if person.key not in gone)

    def not_given_yet(self, people: Iterable[Person]) -> tuple[Person, ...]:
        """The persons whose contacts no other part of the answer gives."""
        return tuple(person for person in people if person.key not in self.already_given)

    def views(self, people: Iterable[Person]) -> tuple[PersonView, ...]:
        """Persons as templates see them."""
        return tuple(PersonView.of(person, self.scope) for person in people)

    def persons(self, subject: Subject) -> tuple[PersonView, ...]:
        """The contact persons of a subject as templates see them."""
        return self.views(self.people(subject))

    def heading(self, subject: Subject) -> tuple[Block, ...]:
        """A heading for a subject, where the answer has several."""
        if len(self.named) < 2:
            return ()
        language = self.scope.language
        if subject.network:
            return (Heading(subject.network.name[language]),)
        return (Heading(subject.regions[0].name(language)),)

    def no_network(self, subject: Subject) -> Part:
        """The answer about a region that no network covers."""
        blocks = self.render("find_network.no_network", place=self.place(subject))
        return Part(blocks, suggestions=self.suggest(("list_networks", "about")))

    def limit(self) -> tuple[Block, ...]:
        """A note where more was named than one answer covers."""
        return self.render("find_network.limit") if len(self.named) > MAX_SUBJECTS else ()

    def wrong_information(self, network: Network | None = None) -> tuple[Action, ...]:
        """The button by which wrong information is reported: a mail to the network's coordinator
        or to the content's keeper, else the keeper's page."""
        community = self.scope.knowledge.community
        about = next((one for one in self.named if one.network == network), Subject(network))
        people = self.people(about)
        email = self._address(people[0] if people else None, network) or community.keeper.email
        url = f"mailto:{email}" if email else community.keeper.url
        title = self.label("contacts.wrong_information")
        if not url or not url.startswith(("https:", "mailto:")):
            return ()
        return (Action(title, url, reports=True),)

    def write_to(self, person: Person | None, network: Network | None) -> tuple[Action, ...]:
        """The button that opens a mail to somebody who can help, with what was asked and said."""
        contact_point = self.scope.knowledge.community.contact_point
        email = self._address(person, network) or contact_point.email
        if not email:
            return ()
        before = self.scope.context.last_turn
        question, answer = (before.question, before.answer) if before else ("", "")
        link = mail_link(email, question, answer, self.scope.language)
        return (Action(self.label("human.write"), link),)

    def _address(self, person: Person | None, network: Network | None) -> str | None:
        return (person.email if person else None) or (network.email if network else None)

    def calendar_action(self, answer: str, url: str | None) -> tuple[Action, ...]:
        """The button that leads to a calendar; none where the bot has no public address."""
        safe = url is not None and url.startswith("https:")
        return (Action(self.label(answer), url),) if url and safe else ()

    def network_actions(self, network: Network, most: int) -> tuple[Action, ...]:
        """The buttons of an answer about a network: its pages, at most so many of them, and
        `wrong information?`."""
        language = self.scope.language
        before = f"{network.short[language]}: " if len(self.named) > 1 else ""
        pages = [LinkView.of(link, self.scope) for link in network.links if link.url]
        actions = [
            Action(before + page.title, page.url)
            for page in pages
            if page.url and page.url.startswith("https:")
        ]
        return (*actions[: min(most, MAX_ACTIONS - 1)], *self.wrong_information(network))

    def suggest(
        self, intents: Iterable[str], network: Network | None = None
    ) -> tuple[Suggestion, ...]:
        """Buttons that ask for these intents, about a network where one is given."""
        made = [self.suggestion(intent, network) for intent in intents]
        return tuple(suggestion for suggestion in made if suggestion)[:MAX_SUGGESTIONS]

    def tell_more(self, network: Network | None = None) -> tuple[Suggestion, ...]:
        """The button that asks for the rest of an answer; none where that is said already."""
        if self.rest or len(self.named) > 1:
            return ()
        text = self.label("about.tell_more")
        networks = (network.key,) if network else ()
        return (Suggestion(text, text, self.request.intent, networks),)

    def suggestion(self, intent: str, network: Network | None = None) -> Suggestion | None:
        """A button that asks for an intent; None where this content has no such intent."""
        found = self.scope.knowledge.intents.get(intent)
        if found is None:
            return None
        if intent in DONE_WHERE_POSTED and not self.scope.context.can_follow:
            return None
        language = self.scope.language
        title = found.question[language]
        if network is None or found.question_about is None:
            return Suggestion(title, title, intent)
        if len(self.named) > 1 or self.request.intent == FALLBACK:
            # The answer is not about this network alone, so the button names it.
            about = found.asked_about(network, language)
            title = fitting_label(about, f"{network.short[language]}: {title}")
            return Suggestion(title, about, intent, (network.key,))
        # It sends what it shows: the conversation knows the place, and the municipality too.
        return Suggestion(title, title, intent, (network.key,))


def fitting_label(*labels: str) -> str:
    """The first label that fits on a button, else the last one truncated."""
    fitting = (label for label in labels if len(label) <= TITLE_LIMIT)
    return next(fitting, labels[-1][: TITLE_LIMIT - 1].rstrip() + "…")


def merge_parts(parts: Iterable[Part]) -> Part:
    """Several parts as one: each action and suggestion once, at most MAX_SUGGESTIONS."""
    blocks: list[Block] = []
    actions: dict[Action, Action] = {}
    suggestions: dict[str, Suggestion] = {}
    notes: dict[Block, Block] = {}
    persons: dict[str, None] = {}
    occurrences: dict[str, None] = {}
    networks: dict[str, None] = {}
    private = False
    for part in parts:
        blocks += part.blocks
        persons |= dict.fromkeys(part.persons)
        occurrences |= dict.fromkeys(part.occurrences)
        networks |= dict.fromkeys(part.networks)
        notes |= {note: note for note in part.notes}
        private = private or part.private
        for action in part.actions:
            actions.setdefault(action, action)
        for suggestion in part.suggestions:
            suggestions.setdefault(suggestion.title, suggestion)
    return Part(
        tuple(blocks),
        tuple(actions.values()),
        tuple(suggestions.values())[:MAX_SUGGESTIONS],
        private,
        tuple(notes),
        tuple(persons),
        tuple(occurrences),
        tuple(networks),
    )
