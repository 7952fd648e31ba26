"""Which of several contact persons a message describes: `the one from the city`, `se Vaasan`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.knowledge.library import Knowledge
from bot.knowledge.models import Network, Person
from bot.understanding.entities import MaskedMessage
from bot.understanding.model import Entities, Found, Request
from bot.understanding.talk.memory import ConversationState
from bot.understanding.talk.wordings import Wordings
from bot.understanding.text import MASKS, words

MIN_STEM = 4
"""Letters that a description and the words of a person must share."""

CUT = 2
"""Letters at the end of a word that may be its ending."""

PERSON_INTENTS = ("person", "contacts", "human")
"""Intents whose answers are about persons."""

WORD_LISTS = ("contact", "details", "give")
"""How the lists of the lexicons begin whose words tell no person from another."""


class Described:
    """Built once per Knowledge."""

    def __init__(self, knowledge: Knowledge, wordings: Wordings) -> None:
        self._knowledge, self._wordings = knowledge, wordings
        self._plain = {
            word
            for lexicon in knowledge.lexicons.values()
            for name, text in lexicon.lists.items()
            if name.startswith(WORD_LISTS)
            for word in words(text)
            if len(word) >= MIN_STEM
        }

    def colleagues(self, key: str) -> tuple[str, ...]:
        """The other contact persons of the networks of one."""
        networks = set(self._knowledge.people[key].networks)
        return tuple(
            other.key
            for other in self._knowledge.people.values()
            if other.key != key and networks & set(other.networks)
        )

    def regions(self, entities: Entities) -> set[str]:
        """The regions of the places that are named."""
        known = self._knowledge.municipalities
        return {*entities.regions, *(known[key].region for key in entities.municipalities)}

    def describing(self, said: Sequence[str]) -> list[str]:
        """The words that may describe somebody."""
        return [
            word
            for word in said
            if word not in MASKS and word not in self._wordings.small and len(word) >= MIN_STEM
        ]

    def pick(
        self, said: Sequence[str], regions: set[str], keys: Iterable[str]
    ) -> tuple[str | None, frozenset[str]]:
        """The one of some persons who is described, and the words that did it.

        None where it is nobody or not clear who; what is true of all of them describes none.
        """
        people = [self._knowledge.people[key] for key in keys if key in self._knowledge.people]
        own = [self._words_of(person) for person in people]
        found: dict[str, set[str]] = {person.key: set() for person in people}
        for word in self.describing(said):
            if any(same_stem(word, plain) for plain in self._plain):
                continue
            fitting = [
                person.key
                for person, theirs in zip(people, own, strict=True)
                if any(same_stem(word, other) for other in theirs)
            ]
            if len(fitting) == 1 and len(people) > 1:
                found[fitting[0]].add(word)
        scores = {
            person.key: len(found[person.key]) + 2 * len(regions & set(person.regions))
            for person in people
        }
        best = max(scores.values(), default=0)
        picked = [key for key, score in scores.items() if score == best and best]
        return (picked[0], frozenset(found[picked[0]])) if len(picked) == 1 else (None, frozenset())

    def singled_out(
        self, masked: MaskedMessage, memory: ConversationState | None
    ) -> tuple[str, list[int]] | None:
        """Who of those that were shown is described by words, and where the other words stand."""
        if memory is None or masked.entities.place or masked.entities.persons:
            return None
        several = next((one.persons for one in memory.lists if len(one.persons) > 1), ())
        shown = memory.shown.persons
        if not several and len(shown) == 1:
            several = shown + self.colleagues(shown[0])
        picked, by = self.pick(masked.words, set(), several)
        if picked is None or not by:
            return None
        return picked, [at for at, word in enumerate(masked.words) if word not in by]

    def narrowed(
        self, found: Found, masked: MaskedMessage, memory: ConversationState | None
    ) -> Found:
        """What is asked of several persons, asked of the one whom the message describes."""
        if memory is None or not memory.lists:
            return found
        requests = tuple(self._narrowed(one, masked, memory) for one in found.requests)
        return found._replace(requests=tuple(dict.fromkeys(requests)))

    def _narrowed(
        self, asked: Request, masked: MaskedMessage, memory: ConversationState
    ) -> Request:
        if asked.intent not in PERSON_INTENTS or (asked.intent == "human" and asked.topic):
            return asked
        if asked.yes_no and len(asked.entities.persons) < 2:
            # `is she at the city`: not another one.
            return asked
        keys, current = self._candidates(asked, masked, memory)
        if len(keys) < 2:
            return asked
        regions = self.regions(masked.entities)
        picked, _ = self.pick(masked.words, regions, keys)
        if picked is None or picked == current:
            return asked
        entities = replace(asked.entities, persons=(picked,))
        return replace(asked, intent="person", entities=entities)

    def _candidates(
        self, asked: Request, masked: MaskedMessage, memory: ConversationState
    ) -> tuple[tuple[str, ...], str]:
        """Of whom one may be meant, and who is meant without a description."""
        persons = asked.entities.persons
        if len(persons) == 1:
            if masked.entities.persons:
                return (), ""
            return persons + self.colleagues(persons[0]), persons[0]
        if persons:
            return persons, ""
        shown = {key for one in memory.lists for key in one.persons}
        there = set(asked.entities.networks)
        own = (one for one in self._knowledge.people.values() if there & set(one.networks))
        keys = tuple(one.key for one in own)
        return (keys, "") if shown & set(keys) and not masked.entities.place else ((), "")

    def _words_of(self, person: Person) -> set[str]:
        networks: list[Network] = [self._knowledge.networks[key] for key in person.networks]
        texts = [person.role, person.organisation, *(one.short for one in networks)]
        return {
            word for text in texts for part in (text.fi, text.sv, text.en) for word in words(part)
        }


def same_stem(word: str, other: str) -> bool:
    """Whether two folded words may be forms of one: `piipoossa`, `piipoo`.

    Or the second a compound with it: `johtajan`, `toiminnanjohtaja`.
    """
    shortest = min(len(word), len(other))
    if shortest < MIN_STEM:
        return False
    length = max(MIN_STEM, shortest - CUT)
    if word[:length] == other[:length]:
        return abs(len(word) - len(other)) <= 2 * CUT + 1
    stem = word[: max(MIN_STEM + 1, len(word) - CUT)]
    return len(stem) > MIN_STEM and len(other) > len(stem) + MIN_STEM and stem in other[MIN_STEM:]
