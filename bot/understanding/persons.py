"""Contact persons in a message: by first name, last name or both, inflected or with a typo."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from bot.i18n import Message
from bot.knowledge.library import Knowledge
from bot.knowledge.values import LANGUAGES
from bot.understanding.inflection import name_forms
from bot.understanding.name_index import EXACT, IsCommonWord, NameIndex, NameMatch
from bot.understanding.own_names import FOLLOWING, OwnNames
from bot.understanding.text import Token, fold, normalise, words
from bot.understanding.word_cache import WordCache
from bot.understanding.word_table import is_demonym, load_word_table

_SURNAME = re.compile(
    r"\w{2,}(?:nen|se(?:n|lla|lta|lle|ssa|sta|en)|strom|berg|qvist|kvist|lund|holm)s?"
)
"""Common endings of Finnish and Swedish last names, folded: Virtanen, Virtasen, Nyströms."""

_FROM_OR_IN = re.compile(r".+(?:st[aä]|lt[aä]|ss[aä]|ll[aä]|seen)")
"""Case endings, normalised, of a place that somebody is from or in: `Pertti Ylöjärveltä`."""

_OF_A_FAMILY = ("län", "lan", "sen", "mäen", "niemen", "kosken", "järven", "lahden", "ahon")
"""Endings of Finnish last names in the genitive, normalised: `Kivelän Sanna`."""

INTRODUCED_WITHIN = 3
"""Words after a name among which one tells that it is the writer's: `Olli Turku Varkaudesta
kysyy`."""

INTRODUCTION_WORDS = 3
"""Words of the longest introduction before a name: `my name is`."""

MIN_SIMILARITY = 70
"""From which rapidfuzz ratio, 0 to 100, a word next to a name may be the other half of it."""

MIN_NAME_LENGTH = 4
"""Letters; shorter words next to a name are titles and such: fru, rva, Ms."""

MIN_LENGTH_WITH_TYPO = 7
"""Letters; shorter last names are one letter away from ordinary words (Kuitu, kuitti)."""


@dataclass(frozen=True)
class PersonMatch:
    """Words that name one person, or several of the same first name."""

    keys: tuple[str, ...]
    """Of the contact persons; empty for the name of an unknown person."""
    first: int
    """The position of the first token."""
    length: int
    """In tokens."""
    how: Message = EXACT
    """How the name was recognised, for `explain`."""
    is_writer: bool = False
    """Whether somebody introduces themselves by this name: then nobody asks about it."""


class PersonFinder:
    """Finds persons in messages; built once per Knowledge, with its `first_names` and `last_names`.

    `is_place` tells whether a token may name a place.
    """

    def __init__(
        self,
        knowledge: Knowledge,
        is_common_word: IsCommonWord,
        is_place: Callable[[Token], bool],
        first: NameIndex,
        last: NameIndex,
    ) -> None:
        self._is_common_word, self._is_place = is_common_word, is_place
        self._usual = {
            form
            for person in knowledge.people.values()
            for part in map(normalise, person.name.split())
            for form in (part, part + "n", part + "s", part + "lle", part + "lta", part + "ltä")
        }
        self._titles = {
            word
            for person in knowledge.people.values()
            for text in (person.role, person.organisation)
            for language in LANGUAGES
            for word in words(text[language])
        }
        self._names = {key: person.name.split() for key, person in knowledge.people.items()}
        self._first_names = {
            normalise(name)
            for lexicon in knowledge.lexicons.values()
            for name in lexicon.first_names.split()
        }
        self._introductions = {
            " ".join(words(phrase))
            for lexicon in knowledge.lexicons.values()
            for phrase in lexicon.introductions.split("|")
            if phrase.strip()
        }
        self._introduced_by = {
            word for lexicon in knowledge.lexicons.values() for word in words(lexicon.introduced_by)
        }
        self._first, self._last = first, last
        self._table = load_word_table()
        self._cache: WordCache[NameMatch | None] = WordCache(self._search)
        # A method of this object would make a cycle, which keeps a replaced one in memory.
        self._looks_like_name = _LooksLikeName(is_common_word, self._titles, is_place)
        self._own = OwnNames(knowledge, is_place, self._looks_like_name)

    def find(self, tokens: Sequence[Token], text: str = "") -> list[PersonMatch]:
        """The persons named, in order; a first and a last name side by side are one person.

        Without the text of the tokens, nobody introduces himself by a single name.
        """
        parts: dict[int, tuple[frozenset[str], Message]] = {}
        matches = [self._cache[token.norm] for token in tokens]
        for position, (token, match) in enumerate(zip(tokens, matches, strict=True)):
            beside = [*matches[max(position - 1, 0) : position], *matches[position + 1 :][:1]]
            if match and (any(beside) or not self._is_word(token)):
                parts[position] = (match.keys, match.how)
        found: list[PersonMatch] = []
        for position, (keys, how) in parts.items():
            before = found[-1] if found else None
            if before and before.first + before.length == position and set(before.keys) & keys:
                both = tuple(key for key in before.keys if key in keys)
                found[-1] = PersonMatch(both, before.first, before.length + 1, before.how)
            else:
                found.append(PersonMatch(tuple(sorted(keys)), position, 1, how))
        persons = self._with_unknown_persons(tokens, found)
        return self._with_writer(tokens, text, persons) if text else persons

    def _with_writer(
        self, tokens: Sequence[Token], text: str, found: Sequence[PersonMatch]
    ) -> list[PersonMatch]:
        """The same, with the name by which somebody introduces himself; see `own_names`."""
        persons = [
            replace(named, is_writer=True)
            if not named.keys
            and self._own.introduces(tokens, text, named.first, named.first + named.length)
            else named
            for named in found
        ]
        taken = {at for named in found for at in range(named.first, named.first + named.length)}
        persons += [
            PersonMatch((), first, 2, is_writer=True)
            for first in range(min(len(tokens) - 2, FOLLOWING + 1))
            if taken.isdisjoint((first, first + 1)) and self._last_name_first(tokens, text, first)
        ]
        taken |= {at for named in persons for at in range(named.first, named.first + named.length)}
        persons += [
            PersonMatch((), first, length, is_writer=own)
            for first, length, own in self._own.find(tokens, text, taken)
        ]
        return sorted(persons, key=lambda named: named.first)

    def _last_name_first(self, tokens: Sequence[Token], text: str, first: int) -> bool:
        """Whether a message begins with a name as lists have it: `Sulkava, Esko. Kuka …`."""
        last, name, after = tokens[first : first + 3]
        between = text[last.end : name.start], text[name.end : after.start]
        return (
            last.capital
            and name.capital
            and name.norm in self._first_names
            and between == (", ", between[1])
            and not between[1].isspace()
            and not self._is_common_word(last.folded)
        )

    def _with_unknown_persons(
        self, tokens: Sequence[Token], found: Sequence[PersonMatch]
    ) -> list[PersonMatch]:
        """The same, with persons whom a neighbouring name makes unknown, and unknown full names.

        `Hanna Virtasen numero` does not ask for our Hanna, nor `Matti Hautamäki` for our Tarja.
        """
        persons: list[PersonMatch] = []
        taken = {at for named in found for at in range(named.first, named.first + named.length)}
        for named in found:
            before, after = named.first - 1, named.first + named.length
            if named.length == 1 and self._other_last_name(tokens, named, after):
                is_writer = self._is_writer(tokens, named.first, after + 1)
                persons.append(PersonMatch((), named.first, 2, is_writer=is_writer))
                taken.add(after)
            elif named.length == 1 and self._other_first_name(tokens, named, before):
                persons.append(PersonMatch((), before, 2))
                taken.add(before)
            else:
                persons.append(named)
        for first in range(len(tokens) - 1):
            free = first not in taken and first + 1 not in taken
            if free and self._names_after(tokens, first):
                continue
            if free and self._full_name(*tokens[first : first + 2]):
                is_writer = self._is_writer(tokens, first, first + 2)
                persons.append(PersonMatch((), first, 2, is_writer=is_writer))
                taken |= {first, first + 1}
        return sorted(persons, key=lambda named: named.first)

    def _names_after(self, tokens: Sequence[Token], first: int) -> bool:
        """Whether a first name belongs to what follows it: `Espoolainen Jukka Kemi kyselee`."""
        if first + 2 >= len(tokens) or not is_demonym(tokens[first].folded):
            return False
        name, last = tokens[first + 1 : first + 3]
        return name.norm in self._first_names and last.capital and self._full_name(name, last)

    def _is_writer(self, tokens: Sequence[Token], first: int, end: int) -> bool:
        """Whether a name is that of whoever writes, by the words before or after it."""
        before = [token.folded for token in tokens[max(first - INTRODUCTION_WORDS, 0) : first]]
        if any(" ".join(before[at:]) in self._introductions for at in range(len(before))):
            return True
        if len(before) > 2:
            return False
        after = tokens[end : end + INTRODUCED_WITHIN]
        return any(token.folded in self._introduced_by for token in after)

    def _full_name(self, first: Token, last: Token) -> bool:
        """Whether two words are a first and a last name, which may be a place's: `Matti Salo`."""
        if first.end + 1 != last.start:
            return False
        if _is_surname(last) and last.capital and self._looks_like_name(first):
            return True
        reversed_name = last.capital and first.capital and last.norm in self._first_names
        if reversed_name and (
            self._is_place(first) or _is_surname(first) or first.norm.endswith(_OF_A_FAMILY)
        ):
            # `Kivelän Sanna`, as Finns say it.
            return True
        if self._first_names.isdisjoint((first.norm, *first.norm.split("-"))):
            return False
        if self._is_place(first) and not (self._is_place(last) or _is_surname(last)):
            # `Gustav Adolfs`: the name of a place in two words.
            return False
        if not first.capital and self._is_common_word(first.folded):
            # `ei ole ajankohtainen`
            return False
        if self._is_place(last) and _FROM_OR_IN.fullmatch(last.norm):
            return False
        return _is_surname(last) or (first.capital and _written_as_name(last))

    def _other_last_name(self, tokens: Sequence[Token], named: PersonMatch, at: int) -> bool:
        """Whether a contact person's first name is followed by somebody else's last name."""
        if at >= len(tokens) or self._last.exact(tokens[named.first].norm):
            return False
        token = tokens[at]
        if token.capital and self._is_place(token) and not _FROM_OR_IN.fullmatch(token.norm):
            # `Hanna Tammela här`: a last name that is a place's, where somebody introduces himself.
            return self._is_writer(tokens, named.first, at + 1)
        unknown = not self._is_common_word(fold(token.norm)) and not self._is_place(token)
        looks = self._looks_like_name(token) or (unknown and _is_surname(token))
        return looks and not any(_similar(token, self._names[key][-1]) for key in named.keys)

    def _other_first_name(self, tokens: Sequence[Token], named: PersonMatch, at: int) -> bool:
        """Whether a contact person's last name follows somebody else's first name."""
        if at < 0 or not self._last.exact(tokens[named.first].norm):
            return False
        own = (name for key in named.keys for name in self._names[key][:-1])
        return self._looks_like_name(tokens[at]) and not any(
            _similar(tokens[at], name) for name in own
        )

    def _is_word(self, token: Token) -> bool:
        """Whether a form of a name, written small, is another word: `pilvistä`, not `pilvin`."""
        unusual = not token.capital and token.norm not in self._usual
        return unusual and self._table.is_homograph(token.norm)

    def _search(self, norm: str) -> NameMatch | None:
        if match := self._last.exact(norm) or self._first.exact(norm):
            return match
        word = fold(norm)
        ordinary = self._is_common_word(word) or self._table.is_word(word)
        if len(norm) < MIN_LENGTH_WITH_TYPO or ordinary:
            return None
        return self._last.with_typo(norm)


@dataclass(frozen=True)
class _LooksLikeName:
    """Tells whether a word is written as a name is, and is no word of a phrase and no place."""

    is_common_word: IsCommonWord
    titles: Collection[str]
    is_place: Callable[[Token], bool]

    def __call__(self, token: Token) -> bool:
        if not _written_as_name(token):
            return False
        word = fold(token.norm)
        return not (self.is_common_word(word) or word in self.titles or self.is_place(token))


def _written_as_name(token: Token) -> bool:
    """Whether a word is written as a name is: a capital and small letters."""
    written = token.capital and token.raw[1:] == token.raw[1:].lower()
    return written and len(token.norm) >= MIN_NAME_LENGTH


def _is_surname(token: Token) -> bool:
    return _SURNAME.fullmatch(fold(token.norm)) is not None


def _similar(token: Token, name: str) -> bool:
    """Whether a word may be a misspelt or inflected form of a name."""
    return fuzz.ratio(fold(token.norm), fold(normalise(name))) >= MIN_SIMILARITY


def person_keys(named: Sequence[PersonMatch]) -> tuple[str, ...]:
    """The keys of all persons named, each once, in the order of mention."""
    keys: defaultdict[str, None] = defaultdict()
    for one in named:
        for key in one.keys:
            keys.setdefault(key)
    return tuple(keys)


def first_names(knowledge: Knowledge) -> NameIndex:
    """The first names of all persons in all forms."""
    return _index((person.key, person.name.split()[:-1]) for person in knowledge.people.values())


def last_names(knowledge: Knowledge) -> NameIndex:
    """The last names of all persons in all forms."""
    return _index((person.key, person.name.split()[-1:]) for person in knowledge.people.values())


def _index(persons: Iterable[tuple[str, Sequence[str]]]) -> NameIndex:
    index = NameIndex()
    for key, names in persons:
        for name in names:
            for language in LANGUAGES:
                index.add(key, name_forms(name, language))
    index.freeze()
    return index
