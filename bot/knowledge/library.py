"""All content and intents as one immutable object, with the queries that other packages make."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from zoneinfo import ZoneInfo

from bot.knowledge.models import (
    Community,
    Detail,
    DistressSigns,
    Intent,
    Lexicon,
    Meeting,
    Municipality,
    Network,
    OtherLanguage,
    Person,
    Region,
)
from bot.knowledge.phrases import Phrase
from bot.knowledge.question_pairs import Question
from bot.knowledge.recurrence import (
    Occurrence,
    occurrence_on,
    occurrence_or_only,
    occurrences,
)
from bot.knowledge.values import Language
from bot.knowledge.yaml_source import Finding

FALLBACK = "fallback"

DISTRESS = "distress"
"""The topic of `fallback` in which somebody may be in danger, and the folder of its signs."""


@dataclass(frozen=True)
class TopicPhrase:
    """A phrase with the intent, topic and language that it stands for."""

    intent: str
    topic: str
    """Of `fallback`: what the question is about. Elsewhere the detail that is asked, or empty."""
    language: Language
    phrase: Phrase
    line: int = 0
    """Its line in the intent's file; 0 where it is in none."""

    @property
    def label(self) -> str:
        """The intent with its topic: `contacts`, `meetings:place`, `fallback:weather`."""
        return f"{self.intent}:{self.topic}" if self.topic else self.intent

    @property
    def asks_detail(self) -> bool:
        """Whether it stands in intents/details/."""
        return bool(self.topic) and self.intent != FALLBACK

    @property
    def file(self) -> str:
        """The file in intents/ in which it stands."""
        return f"details/{self.topic}.yaml" if self.asks_detail else f"{self.intent}.yaml"


@dataclass(frozen=True)
class Knowledge:
    """Checked content and intents; immutable, so a reload makes a new one."""

    community: Community
    networks: Mapping[str, Network]
    people: Mapping[str, Person]
    regions: Mapping[str, Region]
    municipalities: Mapping[str, Municipality]
    meetings: Mapping[str, Meeting]
    intents: Mapping[str, Intent]
    lexicons: Mapping[Language, Lexicon]
    details: Mapping[str, Detail] = field(default_factory=dict)
    """What is asked of persons, meetings, networks, by key."""
    questions: Mapping[str, Question] = field(default_factory=dict)
    """Questions with their answers, by key; the trained model does not depend on them."""
    distress: Mapping[Language, DistressSigns] = field(default_factory=dict)
    """What people write in distress; empty for a language that has no such file."""
    other_languages: Mapping[str, OtherLanguage] = field(default_factory=dict)
    """Languages that the bot does not speak, by their codes."""
    read_phrases: Callable[[], tuple[TopicPhrase, ...]] = field(default=tuple, repr=False)
    """Gives `phrases`; parses them only then where a model was already trained on them."""
    names: str = ""
    """A hash of names and word lists, on which sampling depends besides the phrases; where persons
    were entered in the chat, a `+` and a hash of their names follow."""
    fingerprint: str = ""
    """A hash of all that the trained model depends on."""
    fallen_back: tuple[Finding, ...] = ()
    """Warnings of what a copied intents/ lacks, so that the shipped files stand in for it."""

    @cached_property
    def phrases(self) -> tuple[TopicPhrase, ...]:
        """All phrases; only training, checks and explanations need them."""
        return self.read_phrases()

    @property
    def languages(self) -> tuple[Language, ...]:
        """The languages that the bot speaks, the usual one first."""
        return self.community.languages

    def in_spoken(self, language: str) -> Language:
        """That language where the bot speaks it, else its usual one."""
        return next((one for one in self.languages if one == language), self.languages[0])

    @cached_property
    def zone(self) -> ZoneInfo:
        """The community's time zone, in which meetings are written."""
        return ZoneInfo(self.community.time_zone)

    @cached_property
    def _network_by_region(self) -> dict[str, Network]:
        return {region: net for net in self.networks.values() for region in net.regions}

    def network_of(self, region: str) -> Network | None:
        """The network that covers a region, by the region's key."""
        return self._network_by_region.get(region)

    def contacts(
        self, network: str, today: dt.date, regions: Iterable[str] = ()
    ) -> tuple[Person, ...]:
        """The contact persons of a network that may be given out that day.

        Where somebody is responsible for one of `regions`, only these persons; otherwise all of
        the network, by file name.
        """
        people = [
            person
            for person in self.people.values()
            if network in person.networks and person.given_out(today)
        ]
        wanted = set(regions)
        first = [person for person in people if wanted & set(person.regions)]
        return tuple(first or people)

    def coming(
        self,
        now: dt.datetime,
        until: dt.datetime | None = None,
        networks: Iterable[str] = (),
    ) -> list[Occurrence]:
        """The occurrences not yet over at `now`, soonest first; of all networks if none is named.

        Looks a year ahead unless `until` says otherwise. Cancelled ones are included, so that
        an answer can say so.
        """
        wanted = set(networks)
        found = [
            occurrence
            for meeting in self.meetings.values()
            if not wanted or wanted & set(meeting.networks)
            for occurrence in occurrences(
                meeting, now, until or now + dt.timedelta(days=366), self.zone
            )
        ]
        return sorted(found, key=lambda occurrence: (occurrence.start, occurrence.key))

    def occurrence(self, key: str) -> Occurrence | None:
        """The occurrence named `key@2026-12-10`; None where there is none."""
        name, _, day = key.partition("@")
        meeting = self.meetings.get(name)
        try:
            date = dt.date.fromisoformat(day)
        except ValueError:
            return None
        return occurrence_on(meeting, date, self.zone) if meeting else None

    def find_occurrence(self, key: str) -> Occurrence | None:
        """The occurrence named `key@2026-12-10`.

        A meeting that is held once is found by a day on which it was to be held before, too.
        """
        if found := self.occurrence(key):
            return found
        name, _, day = key.partition("@")
        meeting = self.meetings.get(name)
        if meeting is None or meeting.recurrence is not None:
            return None
        try:
            return occurrence_or_only(meeting, dt.date.fromisoformat(day), self.zone)
        except ValueError:
            return None
