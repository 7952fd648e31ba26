"""Finds the entities of a message and masks them: the matchers see `{place}` for any place."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.knowledge.library import Knowledge
from bot.understanding.array_file import pack_lines, strip_prefix, unpack_lines
from bot.understanding.kinds import KindFinder
from bot.understanding.model import Entities, Mention
from bot.understanding.name_index import EXACT, NameIndex
from bot.understanding.persons import (
    PersonFinder,
    PersonMatch,
    first_names,
    last_names,
    person_keys,
)
from bot.understanding.places import (
    MUNICIPALITY,
    NETWORK,
    REGION,
    PlaceFinder,
    PlaceMatch,
    place_names,
)
from bot.understanding.text import (
    MASKS,
    PERSON,
    PLACE,
    TIME,
    Token,
    raw_words,
    tokenise,
    words,
)
from bot.understanding.times import TimeMatch, find_times, has_sign, names_time
from bot.understanding.word_patterns import WordPatterns
from bot.understanding.word_table import is_demonym

ADJACENT_MASKS = "} {"
"""The end of a mask and the beginning of the next: the two may name one thing."""

_AS_SUBJECT = ("nen", "set")
"""How a Finnish nationality ends that says who does something, in one and in several."""

MIN_PEOPLE = 5
"""Letters of the shortest word for people that is told by its ending (`painter`)."""

LONG_AGO = dt.timedelta(days=3 * 366)
"""What has been before that, nobody asks for by a date alone."""

MIN_ALIAS = 4
"""Letters of a name that tell which of a network's names it is."""

ANY_DAY = dt.date(2026, 1, 1)
"""For masking phrases, where only that a time is named matters, not which."""


@dataclass(frozen=True)
class MaskedMessage:
    """A message whose names are replaced by masks."""

    tokens: tuple[Token, ...]
    words: tuple[str, ...]
    """Folded words, with a mask in place of each name."""
    owners: tuple[int, ...]
    """For each word, the position in `tokens` of its first token."""
    entities: Entities
    mentions: tuple[Mention, ...]
    repaired: bool = False
    """Whether places are named with typos only."""
    doubtful: bool = False
    """Whether it is not sure that a place is meant: all that are named are typos with doubts."""

    places: tuple[PlaceMatch, ...] = ()
    """The places, in their order."""
    origins: frozenset[int] = frozenset()
    """The positions in `tokens` of words that say where somebody comes from, left out of `words`
    with the noun that they describe (`a Polish director`)."""

    long_ago: bool = False
    """Whether the time that is named is so long ago that alone it asks for no meetings."""

    @property
    def names_place_exactly(self) -> bool:
        """Whether a place is named, and without a typo."""
        return self.entities.place and not self.repaired

    @property
    def name_tokens(self) -> frozenset[int]:
        """The positions in `tokens` of what was masked."""
        said = {
            owner for word, owner in zip(self.words, self.owners, strict=True) if word not in MASKS
        }
        return frozenset(range(len(self.tokens))) - said

    @property
    def names_unknown_person(self) -> bool:
        """Whether a person is named who is no contact person."""
        return PERSON in self.words and not self.entities.persons


@dataclass(frozen=True)
class NameIndexes:
    """The names in content/ in all their forms; they take long to make, so files keep them."""

    names_hash: str
    """The hash of the content that they depend on: `Knowledge.names`."""
    places: NameIndex
    first: NameIndex
    last: NameIndex

    @classmethod
    def of(cls, knowledge: Knowledge, kept: NameIndexes | None = None) -> NameIndexes:
        """The indexes of some knowledge: those `kept` if of the same names, else new ones."""
        if kept and kept.names_hash == knowledge.names:
            return kept
        of_files = knowledge.names.partition("+")[0]
        # Persons that were entered in the chat change no name of a place.
        same_places = kept is not None and kept.names_hash.partition("+")[0] == of_files
        places = kept.places if kept and same_places else place_names(knowledge)
        return cls(knowledge.names, places, first_names(knowledge), last_names(knowledge))

    def arrays(self) -> dict[str, Any]:
        """The indexes as arrays for a file."""
        indexes = {"places": self.places, "first": self.first, "last": self.last}
        return {
            "names_hash": pack_lines([self.names_hash]),
            **{
                f"{name}.{part}": array
                for name, index in indexes.items()
                for part, array in index.arrays().items()
            },
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any]) -> NameIndexes:
        """The indexes from their `arrays`; raises KeyError or ValueError for others."""
        (names_hash,) = unpack_lines(arrays["names_hash"])
        indexes = (
            NameIndex.from_arrays(strip_prefix(f"{name}.", arrays))
            for name in ("places", "first", "last")
        )
        return cls(names_hash, *indexes)


class CommonWords:
    """The folded words of the phrases."""

    def __init__(self, vocabulary: Iterable[str]) -> None:
        self._vocabulary = frozenset(vocabulary)

    def __call__(self, word: str) -> bool:
        """Whether some phrase has a folded word, as it is or with a common ending."""
        if word in self._vocabulary:
            return True
        return len(word) > 5 and any(
            word.endswith(ending) and word[: -len(ending)] in self._vocabulary
            for ending in ("'s", "kin", "ko", "n", "s")
        )


class EntityFinder:
    """Finds and masks entities; built once per Knowledge.

    `vocabulary` are the folded words of the phrases, `names` the indexes of names if there are any.
    """

    def __init__(
        self, knowledge: Knowledge, vocabulary: Iterable[str], names: NameIndexes | None = None
    ) -> None:
        names = NameIndexes.of(knowledge, names)
        self._knowledge = knowledge
        self.is_common_word = CommonWords(vocabulary)
        self._places = PlaceFinder(knowledge, self.is_common_word, names.places)
        self._persons = PersonFinder(
            knowledge, self.is_common_word, self._places.may_name, names.first, names.last
        )
        self._kinds = KindFinder(knowledge.community.meeting_kinds)
        self._plain_words: dict[str, str] = {}
        self._signs_of_time: set[str] = set()
        self._nationalities = WordPatterns(
            lexicon.nationalities for lexicon in knowledge.lexicons.values()
        )
        arguments = [lexicon.arguments for lexicon in knowledge.lexicons.values()]
        self._people = WordPatterns(one.people for one in arguments)
        self._of = WordPatterns(one.of for one in arguments)
        self._asked_of = WordPatterns(one.asked_of for one in arguments)
        self._spoken = {
            word
            for lexicon in knowledge.lexicons.values()
            for word in words(lexicon.language_names)
        }
        # A network's own name reads as a place and the community's name: `mikä on POPkulta` as
        # `mikä on Lapin Taikusydän`.
        name = tokenise(knowledge.community.name.fi)[0]
        self._own_name = f"{PLACE} {name.folded}"

    def _is_nationality(self, folded: str) -> bool:
        """Whether a folded word is a nationality or a language, and none that the bot speaks."""
        return folded in self._nationalities and folded not in self._spoken

    def mask(self, text: str, today: dt.date = ANY_DAY) -> MaskedMessage:
        """Finds places, persons and times. `today` decides what `next week` means."""
        tokens = self._places.split(tokenise(text))
        persons = self._persons.find(tokens, text)
        taken = {at for named in persons for at in range(named.first, named.first + named.length)}
        places = [place for place in self._places.find(tokens) if place.first not in taken]
        taken |= {at for place in places for at in range(place.first, place.first + place.length)}
        times = [time for time in find_times(tokens, today) if time.first not in taken]
        spans = {
            # Who writes is no part of what is asked.
            named.first: ("" if named.is_writer else PERSON, named.length)
            for named in persons
        }
        spans |= {
            place.first: (self._own_name if place.own_name else PLACE, place.length)
            for place in places
        }
        spans |= {
            # `majträffen` is a time and a meeting.
            time.first: (f"{TIME} {time.rest}" if time.rest else TIME, time.length)
            for time in times
        }
        # Where somebody comes from is no part of what is asked either.
        origins = self._origins(tokens, text, taken)
        spans |= dict.fromkeys(origins, ("", 1))
        masked, owners = _masked_words(tokens, spans)
        return MaskedMessage(
            tuple(tokens),
            masked,
            owners,
            replace(
                self._entities(places, persons, times),
                kinds=self._kinds.find_asked(tokens, text),
                aliases=self._aliases(tokens, places),
            ),
            _mentions(tokens, places, persons, times),
            bool(places) and all(place.typo for place in places),
            bool(places) and not any(place.sure for place in places),
            tuple(places),
            origins,
            bool(times) and times[0].period.end < today - LONG_AGO,
        )

    def _origins(
        self, tokens: Sequence[Token], text: str, taken: Collection[int]
    ) -> frozenset[int]:
        """The positions of nationalities, and of the people of whom they are said."""
        found = {
            at
            for at, token in enumerate(tokens)
            if at not in taken and self._is_nationality(token.folded)
        }
        described = {
            at
            for at, token in enumerate(tokens[1:], 1)
            if at - 1 in found and text[tokens[at - 1].end : token.start] == " "
            # A name has a capital: `Expat Painters`.
            if at not in taken and not token.capital and len(token.folded) >= MIN_PEOPLE
            if token.folded in self._people and token.folded not in self._asked_of
            if not self._is_for_whom(tokens, at - 1)
        }
        return frozenset(found | described)

    def _aliases(self, tokens: Sequence[Token], places: Sequence[PlaceMatch]) -> tuple[str, ...]:
        """The names of their own by which networks are named."""
        found: dict[str, None] = {}
        for place in places:
            said = tokens[place.first].folded[:MIN_ALIAS]
            if place.kind == NETWORK and place.own_name:
                named = self._knowledge.networks[place.key].aliases
                found |= dict.fromkeys(one for one in named if words(one)[0].startswith(said))
        return tuple(found)

    def _is_for_whom(self, tokens: Sequence[Token], at: int) -> bool:
        """Whether a nationality tells for whom something is: `for Polish pensioners`.

        A Finnish one shows it by its case (`puolalaisille`).
        """
        oblique = is_demonym(tokens[at].folded) and not tokens[at].folded.endswith(_AS_SUBJECT)
        return oblique or any(one.folded in self._of for one in tokens[max(at - 2, 0) : at])

    def without_places(self, masked: MaskedMessage, denied: Collection[int]) -> MaskedMessage:
        """The same words, about the places alone that do not begin at the tokens `denied`."""
        if not denied:
            return masked
        places = tuple(place for place in masked.places if place.first not in denied)
        found = self._entities(places, (), ())
        entities = replace(
            masked.entities,
            networks=found.networks,
            aliases=(),
            regions=found.regions,
            municipalities=found.municipalities,
        )
        return replace(
            masked,
            entities=entities,
            places=places,
            repaired=all(place.typo for place in places),
            doubtful=not any(place.sure for place in places),
        )

    def masked_words(self, text: str) -> list[str]:
        """The words of `mask` for a phrase, faster: for training.

        Most phrases have no names, and the same words occur again and again.
        """
        plain = self._plain_words
        found = [plain[raw] if raw in plain else self.plain_word(raw) for raw in raw_words(text)]
        line = " ".join(found)
        # The whole expression of times takes long, and most phrases have no sign of one.
        named = not self._signs_of_time.isdisjoint(found) and names_time(line)
        if all(found) and ADJACENT_MASKS not in line and not named:
            return found
        return list(self.mask(text).words)

    @property
    def seen_words(self) -> frozenset[str]:
        """The words of the texts given to `masked_words`, as written."""
        return frozenset(self._plain_words)

    def plain_word(self, raw: str) -> str:
        """A word as folded; empty when it may be a name or a part of one."""
        if raw not in self._plain_words:
            (token,) = tokenise(raw)
            parts = len(self._places.split([token]))
            may_name = "-" in raw or parts > 1 or self._places.may_name(token)
            may_name = may_name or bool(self._persons.find([token]))
            may_name = may_name or self._is_nationality(token.folded)
            self._plain_words[raw] = "" if may_name else token.folded
            if has_sign(token.folded):
                self._signs_of_time.add(token.folded)
        return self._plain_words[raw]

    def _entities(
        self,
        places: Sequence[PlaceMatch],
        persons: Sequence[PersonMatch],
        times: Sequence[TimeMatch],
    ) -> Entities:
        networks: dict[str, None] = {}
        regions: dict[str, None] = {}
        municipalities: dict[str, None] = {}
        for place in places:
            if place.kind == NETWORK:
                networks.setdefault(place.key)
                continue
            region = place.key
            if place.kind == MUNICIPALITY:
                municipalities.setdefault(place.key)
                region = self._knowledge.municipalities[place.key].region
            regions.setdefault(region)
            if network := self._knowledge.network_of(region):
                networks.setdefault(network.key)
        return Entities(
            networks=tuple(networks),
            regions=tuple(regions),
            municipalities=tuple(municipalities),
            persons=person_keys(persons),
            period=times[0].period if times else None,
        )


def as_phrase(masked: MaskedMessage, words: Sequence[str]) -> str:
    """Words of a message as an editor may paste them under `phrases:`, names as slots.

    `words` are all masked words of the message or those of one of its clauses.
    """
    length = len(words)
    starts = range(len(masked.words) - length + 1)
    first = next(at for at in starts if masked.words[at : at + length] == tuple(words))
    bounds = (*masked.owners, len(masked.tokens))
    parts: list[str] = []
    for at in range(first, first + length):
        word, owner, end = masked.words[at], bounds[at], bounds[at + 1]
        if word in (PLACE, PERSON):
            parts.append(word)
        elif end > owner:
            # A time stays as it was written: the program finds it there by itself.
            last = end if word in MASKS else owner + 1
            parts.extend(token.norm for token in masked.tokens[owner:last])
        else:
            parts.append(word)
    return " ".join(parts)


def _masked_words(
    tokens: Sequence[Token], spans: dict[int, tuple[str, int]]
) -> tuple[tuple[str, ...], tuple[int, ...]]:
    words: list[str] = []
    owners: list[int] = []
    position = 0
    while position < len(tokens):
        word, length = spans.get(position, (tokens[position].folded, 1))
        for part in word.split(" "):
            # Two places side by side ("Kurikka, Etelä-Pohjanmaa") are one to the matchers.
            if part and not (words and part in MASKS and words[-1] == part):
                words.append(part)
                owners.append(position)
        position += length
    return tuple(words), tuple(owners)


def _mentions(
    tokens: Sequence[Token],
    places: Sequence[PlaceMatch],
    persons: Sequence[PersonMatch],
    times: Sequence[TimeMatch],
) -> tuple[Mention, ...]:
    found = [
        (
            place.first,
            Mention(place.kind, place.key, _text(tokens, place.first, place.length), place.how),
        )
        for place in places
    ]
    found += [
        (named.first, Mention("person", key, _text(tokens, named.first, named.length), named.how))
        for named in persons
        for key in named.keys
    ]
    found += [
        (
            time.first,
            Mention(
                "time",
                f"{time.period.start}..{time.period.end}",
                _text(tokens, time.first, time.length),
                EXACT,
            ),
        )
        for time in times
    ]
    return tuple(mention for _, mention in sorted(found, key=lambda pair: pair[0]))


def _text(tokens: Sequence[Token], first: int, length: int) -> str:
    return " ".join(token.raw for token in tokens[first : first + length])


__all__ = ["MUNICIPALITY", "NETWORK", "REGION", "EntityFinder", "MaskedMessage"]
