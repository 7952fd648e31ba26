"""What answer templates see of content: texts in one language, formatted.

The public names of these classes are the names that editors may use in templates; the check of
templates (template_check.py) reads their types.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from bot.answers import dates
from bot.answers.language_names import all_of, any_of
from bot.answers.scope import Scope
from bot.i18n import translator
from bot.knowledge.coordination import coordinated_in, newest
from bot.knowledge.models import (
    Address,
    Community,
    Coordination,
    Municipality,
    Network,
    Person,
    Region,
    Sourced,
)
from bot.knowledge.values import Link, Source, Statement
from bot.understanding.model import Period


@dataclass(frozen=True)
class LinkView:
    """A page or group; without an address where only its name is known."""

    title: str
    url: str | None

    @classmethod
    def of(cls, link: Link, scope: Scope) -> LinkView:
        """A link in the language of the answer."""
        return cls(link.title[scope.language], link.url)


@dataclass(frozen=True)
class AddressView:
    """Somewhere to turn to."""

    name: str
    url: str | None
    email: str | None
    phone: str | None

    @classmethod
    def of(cls, address: Address, scope: Scope) -> AddressView:
        """An address in the language of the answer."""
        return cls(address.name[scope.language], address.url, address.email, address.phone)


@dataclass(frozen=True)
class PersonView:
    """A contact person."""

    name: str
    role: str
    organisation: str
    phone: str | None
    email: str | None
    note: str | None
    age: str | None
    """`tieto vuodelta 2021`, where the information is over a year old."""
    undated: bool
    """Whether it is unknown how old the information is."""
    source: str
    """Where the information comes from, and of what date it is."""
    networks: tuple[str, ...]
    regions: tuple[str, ...]
    """The regions for which this person answers first."""
    where: str
    """`in these regions`, else in the network's area, ready to stand in a sentence."""

    @classmethod
    def of(cls, person: Person, scope: Scope) -> PersonView:
        """A person in the language of the answer."""
        language, knowledge = scope.language, scope.knowledge
        old = dates.over_a_year_old(person.source, scope.today)
        areas: list[Region | Network] = [knowledge.regions[key] for key in person.regions]
        areas = areas or [knowledge.networks[key] for key in person.networks]
        return cls(
            name=person.name,
            role=person.role[language],
            organisation=person.organisation[language],
            phone=person.phone,
            email=person.email,
            note=person.note[language] if person.note else None,
            age=dates.source_year(person.source, language) if old else None,
            undated=person.source.date is None,
            source=source_notes((person.source,), scope)[0],
            networks=tuple(knowledge.networks[key].name[language] for key in person.networks),
            regions=tuple(knowledge.regions[key].name(language) for key in person.regions),
            where=dates.joined((one.where[language] for one in areas), language),
        )


@dataclass(frozen=True)
class CoordinationView:
    """Who coordinates a network, by the newest that is known."""

    organisations: tuple[str, ...]
    period: str
    """When it is known to have held; empty where nothing tells it."""
    past: bool
    """Whether it has ended."""

    @classmethod
    def of(cls, coordination: Coordination, network: Network, scope: Scope) -> CoordinationView:
        """A coordination in the language of the answer."""
        until = coordination.until
        source = network.sources[coordination.source]
        return cls(
            tuple(name[scope.language] for name in coordination.organisations),
            dates.coordinated(coordination, source, scope.language),
            until is not None and until.last_day() < scope.today,
        )


@dataclass(frozen=True)
class PlaceView:
    """The place that an answer is about, as it was asked."""

    where: str
    """`in the region`, or in the network's area, ready to stand in a sentence."""
    regions: tuple[str, ...]
    """The names of the regions that were asked about."""
    municipalities: tuple[str, ...]
    """The names of the municipalities that were asked about."""

    @classmethod
    def of(
        cls,
        network: Network | None,
        regions: tuple[Region, ...],
        municipalities: tuple[Municipality, ...],
        scope: Scope,
    ) -> PlaceView:
        """The place in the language of the answer."""
        language = scope.language
        wheres = [region.where[language] for region in regions]
        if network and (not wheres or len(network.regions) == 1):
            wheres = [network.where[language]]
        return cls(
            dates.joined(wheres, language),
            tuple(region.name(language) for region in regions),
            tuple(municipality.name(language) for municipality in municipalities),
        )


def source_notes(sources: Iterable[Source], scope: Scope) -> tuple[str, ...]:
    """Sources as an answer names them, each once: `Etusivu, 3.10.2023`."""
    _ = translator(scope.language)
    notes = []
    for source in sources:
        note = source.title[scope.language]
        if source.date:
            date = dates.dated(source, scope.language)
            if source.inferred:
                date = _("{date} (estimate)", date=date)
            note += f", {date}"
        notes.append(note)
    return unique(notes)


def unique(texts: Iterable[str]) -> tuple[str, ...]:
    """Texts in their order, each once."""
    return tuple(dict.fromkeys(texts))


def source_pages(sources: Iterable[Source], scope: Scope) -> tuple[LinkView, ...]:
    """Sources as pages, each once, by title and date."""
    notes = ((source_notes((one,), scope)[0], one.url) for one in sources)
    return tuple(LinkView(note, str(url) if url else None) for note, url in dict(notes).items())


Said = Statement | tuple[Statement, ...] | None


class _Sourced:
    """Texts of a file whose statements name their sources."""

    def __init__(self, value: Sourced, scope: Scope) -> None:
        self._sources = value.sources
        self._scope = scope

    def _text(self, statement: Statement | None) -> str | None:
        return statement[self._scope.language] if statement else None

    def _texts(self, statements: tuple[Statement, ...]) -> tuple[str, ...]:
        return tuple(statement[self._scope.language] for statement in statements)

    def _named(self, *said: Said | Coordination) -> list[Source]:
        """The sources that statements name, each once."""
        keys: dict[str, None] = {}
        for one in said:
            for statement in one if isinstance(one, tuple) else (one,):
                if statement is not None:
                    keys.setdefault(statement.source)
        return [self._sources[key] for key in keys]

    def _notes(self, *said: Said | Coordination) -> tuple[str, ...]:
        return source_notes(self._named(*said), self._scope)


class NetworkView(_Sourced):
    """A regional network."""

    def __init__(self, network: Network, scope: Scope) -> None:
        super().__init__(network, scope)
        self._network = network
        self._language = scope.language

    @property
    def name(self) -> str:
        """The network's name."""
        return self._network.name[self._language]

    @property
    def short(self) -> str:
        """The area's name alone."""
        return self._network.short[self._language]

    @property
    def where(self) -> str:
        """`in the area of …`, ready to stand in a sentence."""
        return self._network.where[self._language]

    @property
    def regions(self) -> tuple[str, ...]:
        """The names of the regions covered."""
        known = self._scope.knowledge.regions
        return tuple(known[key].name(self._language) for key in self._network.regions)

    @property
    def area_is_region(self) -> bool:
        """Whether the area has its one region's name, so that it need not be told twice."""
        return self.regions == (self.short,)

    @property
    def start(self) -> str | None:
        """When and how the network began."""
        return self._text(self._network.start)

    @property
    def former_names(self) -> str | None:
        """What the network was called before."""
        return self._text(self._network.former_names)

    @cached_property
    def _newest(self) -> Coordination | None:
        return newest(self._network)

    @property
    def coordination(self) -> CoordinationView | None:
        """The newest coordination that is known."""
        if self._newest is None:
            return None
        return CoordinationView.of(self._newest, self._network, self._scope)

    @property
    def earlier(self) -> tuple[CoordinationView, ...]:
        """The coordinations before the newest, the latest first."""
        others = [one for one in self._network.coordination if one is not self._newest]
        return tuple(
            CoordinationView.of(one, self._network, self._scope) for one in reversed(others)
        )

    def coordinated_in(self, period: Period) -> tuple[CoordinationView, ...]:
        """Who is known to have coordinated it at a time, the first first."""
        found = coordinated_in(self._network, period.start, period.end)
        return tuple(CoordinationView.of(one, self._network, self._scope) for one in found)

    @property
    def background(self) -> tuple[str, ...]:
        """More about the network."""
        return self._texts(self._network.background)

    @property
    def members(self) -> str | None:
        """Who or how many belong to it."""
        return self._text(self._network.members)

    @property
    def mailing_list(self) -> str | None:
        """Its mailing list, and how many are on it."""
        return self._text(self._network.mailing_list)

    @property
    def population(self) -> str | None:
        """How many people live in its area."""
        return self._text(self._network.population)

    @property
    def goals(self) -> tuple[str, ...]:
        """What it strives for."""
        return self._texts(self._network.goals)

    @property
    def activity(self) -> tuple[str, ...]:
        """What it does."""
        return self._texts(self._network.activity)

    @property
    def meets(self) -> str | None:
        """How often it meets."""
        return self._text(self._network.meets)

    @property
    def closed(self) -> bool:
        """Whether only appointed members belong to it, so that nobody can join."""
        return self._network.open is False

    @property
    def joining_who(self) -> str | None:
        """Who may take part."""
        return self._text(self._network.joining.who)

    @property
    def joining_how(self) -> str | None:
        """How one joins."""
        return self._text(self._network.joining.how)

    @property
    def links(self) -> tuple[LinkView, ...]:
        """Its pages and groups, those without an address as well."""
        return tuple(LinkView.of(link, self._scope) for link in self._network.links)

    @property
    def email(self) -> str | None:
        """The network's own address, not a person's."""
        return self._network.email

    @property
    def languages(self) -> tuple[str, ...]:
        """The codes of the languages in which it works: `fi`, `sv`, `en`."""
        return self._network.languages

    @property
    def works_in(self) -> str:
        """In which languages it works, in words: `suomeksi ja ruotsiksi`."""
        return all_of(self._network.languages, self._language)

    @property
    def groups(self) -> tuple[LinkView, ...]:
        """Its groups and pages on Facebook."""
        return self._links("facebook")

    @property
    def sites(self) -> tuple[LinkView, ...]:
        """Its web pages that have an address."""
        return tuple(link for link in self._links("web") if link.url)

    def _links(self, kind: str) -> tuple[LinkView, ...]:
        links = (link for link in self._network.links if link.kind == kind)
        return tuple(LinkView.of(link, self._scope) for link in links)

    @property
    def pages(self) -> tuple[LinkView, ...]:
        """Those of its pages and groups that have an address."""
        return tuple(link for link in self.links if link.url)

    def sources(self, *fields: str) -> tuple[str, ...]:
        """The sources of the named fields, as an answer names them.

        `coordination` is the newest one's source; other names are those of the YAML file.
        """
        said: list[Said | Coordination] = []
        for field in fields:
            if field == "coordination":
                said.append(self._newest)
            elif field in ("joining_who", "joining_how"):
                said.append(getattr(self._network.joining, field.removeprefix("joining_")))
            else:
                said.append(getattr(self._network, field))
        return self._notes(*said)

    @property
    def source_pages(self) -> tuple[LinkView, ...]:
        """The sources of what is said first of it, by title and date, with their pages."""
        of = self._network
        said = self._named(self._newest, of.start, of.goals, of.activity, of.background)
        return source_pages(said, self._scope)

    def mentions(self, names: Iterable[str]) -> tuple[str, ...]:
        """What is known of it in which one of some names stands."""
        of = self._network
        fields = (*of.background, *of.activity, of.joining.who, of.joining.how, of.former_names)
        texts = [self._text(one) or "" for one in fields]
        wanted = [name.casefold() for name in names]
        return unique(text for text in texts if any(name in text.casefold() for name in wanted))


class CommunityView(_Sourced):
    """The national community."""

    def __init__(self, community: Community, scope: Scope) -> None:
        super().__init__(community, scope)
        self._community = community

    @property
    def name(self) -> str:
        """The community's name."""
        return self._community.name[self._scope.language]

    @property
    def bot_name(self) -> str:
        """The bot's own name."""
        return self._community.bot_name

    @property
    def contact_point(self) -> AddressView:
        """Where anybody may turn to."""
        return AddressView.of(self._community.contact_point, self._scope)

    @property
    def keeper(self) -> AddressView:
        """Who mends wrong information."""
        return AddressView.of(self._community.keeper, self._scope)

    @property
    def what(self) -> tuple[str, ...]:
        """What the community is."""
        return self._texts(self._community.what)

    @property
    def networks(self) -> str:
        """How many networks there are, and where."""
        return self._community.networks[self._scope.language]

    @property
    def start(self) -> str | None:
        """When it began."""
        return self._text(self._community.start)

    @property
    def run_by(self) -> str | None:
        """Who runs it."""
        return self._text(self._community.run_by)

    @property
    def funders(self) -> str | None:
        """Who has funded it."""
        return self._text(self._community.funders)

    @property
    def budget(self) -> str | None:
        """How much money it has."""
        return self._text(self._community.budget)

    @property
    def events(self) -> str | None:
        """How many events it has held."""
        return self._text(self._community.events)

    @property
    def tasks(self) -> tuple[str, ...]:
        """What it does."""
        return self._texts(self._community.tasks)

    @property
    def network_tasks(self) -> tuple[str, ...]:
        """What every regional network does."""
        return self._texts(self._community.network_tasks)

    @property
    def network_joining(self) -> str | None:
        """How one joins a regional network in general."""
        return self._text(self._community.network_joining)

    @property
    def write_in(self) -> str:
        """In which languages one may write to the bot, in words: `English or Swedish`."""
        return any_of(self._community.languages, self._scope.language)

    @property
    def newsletter(self) -> str | None:
        """The newsletter."""
        return self._text(self._community.newsletter)

    @property
    def numbers(self) -> tuple[str, ...]:
        """Figures about the work."""
        return self._texts(self._community.numbers)

    @property
    def sites(self) -> tuple[LinkView, ...]:
        """Its web pages that have an address."""
        return tuple(link for link in self._links("web") if link.url)

    def _links(self, kind: str) -> tuple[LinkView, ...]:
        links = (link for link in self._community.links if link.kind == kind)
        return tuple(LinkView.of(link, self._scope) for link in links)

    @property
    def links(self) -> tuple[LinkView, ...]:
        """National pages and groups, those without an address as well."""
        return tuple(LinkView.of(link, self._scope) for link in self._community.links)

    @property
    def source_pages(self) -> tuple[LinkView, ...]:
        """The sources of what is said first of it, by title and date, with their pages."""
        of = self._community
        return source_pages(self._named(of.what, of.networks, of.run_by, of.start), self._scope)

    def sources(self, *fields: str) -> tuple[str, ...]:
        """The sources of the named fields, as an answer names them."""
        return self._notes(*(getattr(self._community, field) for field in fields))


@dataclass(frozen=True)
class HelpLineView:
    """Where a person in distress is sent."""

    emergency: str
    name: str
    phone: str
    hours: str | None
