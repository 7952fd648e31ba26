"""Places in a message: municipalities, regions and networks, in any form and language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.i18n import Message
from bot.knowledge.library import Knowledge
from bot.knowledge.values import LANGUAGES
from bot.understanding.inflection import finnish_forms, inhabitant_forms, name_forms
from bot.understanding.name_index import EXACT, IsCommonWord, NameIndex, NameMatch
from bot.understanding.text import Token, fold, normalise
from bot.understanding.typos import MIN_LENGTH_WITH_TYPO
from bot.understanding.word_cache import WordCache
from bot.understanding.word_table import is_demonym, load_word_table

SURE_WITHOUT_DOTS = 8
"""Letters from which a name without its dots is the name, even if phrases have the same word: only
short names look like common words."""

MAX_ABBREVIATION = 3
"""Letters; shorter names (Hki, Tre) are inflected with a colon only."""

DASHED_PREFIX = 3
"""Letters by which the first part of a name with a dash is recognised (Pohjois-Karjala)."""

MAX_WORDS_APART = 3
"""Words between two places that are named together."""

OWN_NAME = "!"
"""Ends the keys of networks' proper names in the index."""

_AROUND = re.compile(
    r"(?P<head>\w{3,})(?:trakten|nejden|regionen|området|bygden|nätverket|seudulla|seudulta)"
)
"""A Swedish or Finnish compound of a place and what is around it: `Vasatrakten`."""

NETWORK, REGION, MUNICIPALITY = "network", "region", "municipality"


@dataclass(frozen=True)
class PlaceMatch:
    """Words that name a place."""

    kind: str
    """NETWORK, REGION or MUNICIPALITY."""
    key: str
    first: int
    """The position of the first token."""
    length: int
    """In tokens."""
    how: Message
    """How the name was recognised, for `explain`."""
    typo: bool = False
    sure: bool = True
    """Whether it is surely meant; not so where a typo leaves doubt."""
    own_name: bool = False
    """A network's own name, such as POPkulta: it says by itself that a network is meant."""


class PlaceFinder:
    """Finds places in messages; built once per Knowledge, with its `place_names`."""

    def __init__(
        self, knowledge: Knowledge, is_common_word: IsCommonWord, names: NameIndex
    ) -> None:
        self._is_common_word = is_common_word
        self._index = names
        self._table = load_word_table()
        self._ambiguous = {
            normalise(name)
            for municipality in knowledge.municipalities.values()
            for name in (municipality.fi, municipality.sv)
            if municipality.common_word
        }
        self._main = _main_names(knowledge)
        self._own = self._main | _other_names(knowledge)
        self._excluded = {
            fold(normalise(word))
            for lexicon in knowledge.lexicons.values()
            for word in lexicon.not_places.split()
        }
        self._cues = _cues(knowledge)
        self._dashed = {
            fold(normalise(name))[:DASHED_PREFIX]
            for region in knowledge.regions.values()
            for name in (region.fi, region.sv)
            if "-" in name
        }
        self._cache: WordCache[NameMatch | None] = WordCache(self._search)

    def split(self, tokens: Sequence[Token]) -> list[Token]:
        """The tokens with `Pirkanmaa-verkosto` as two: a place, and what it is the place of."""
        parted: list[Token] = []
        for token in tokens:
            head, dash, tail = token.raw.rpartition("-")
            if (
                dash
                and len(head) > 3
                and tail
                and not self._index.exact(token.norm)
                and self._index.exact(normalise(head))
            ):
                parted.append(Token.of(head, token.start))
                token = Token.of(tail, token.end - len(tail))
            elif length := self._head_of_compound(token):
                parted.append(Token.of(token.raw[:length], token.start))
                around = token.raw[length:].removeprefix("s")
                token = Token.of(around, token.end - len(around))
            parted.append(token)
        return parted

    def _head_of_compound(self, token: Token) -> int:
        """The letters of the place in `Borgåtrakten`; 0 when the word is no such compound."""
        found = _AROUND.fullmatch(token.norm)
        if found is None or self._index.exact(token.norm):
            return 0
        # `Närpesnejden` has the s of its name, `Kyrkslättsregionen` one that joins.
        heads = (found["head"], found["head"].removesuffix("s"))
        return next((len(head) for head in heads if self._index.exact(head)), 0)

    def find(self, tokens: Sequence[Token]) -> list[PlaceMatch]:
        """The places named, in order; longer names win over shorter ones inside them."""
        found: list[PlaceMatch] = []
        position = 0
        while position < len(tokens):
            place = self._longest(tokens, position) or self._one(tokens, position)
            if place:
                found.append(place)
            position += place.length if place else 1
        return [place for place in found if not self._overruled(tokens, place, found)]

    def _overruled(
        self, tokens: Sequence[Token], place: PlaceMatch, found: Sequence[PlaceMatch]
    ) -> bool:
        """Whether a place found by a typo does not count, because another is written correctly.

        Not so where both stand together: `Kokkolan ja seinäjoe yhteyshenkilöt`.
        """
        if not place.typo:
            return False
        if tokens[place.first].capital:
            return self._is_last_name(tokens, place.first, found)
        sure = [other for other in found if not other.typo]
        near = any(abs(other.first - place.first) <= MAX_WORDS_APART for other in sure)
        return bool(sure) and not near

    def _is_last_name(self, tokens: Sequence[Token], at: int, found: Sequence[PlaceMatch]) -> bool:
        """Whether what looks like a misspelt place is a last name: `ja Raisa Lapinlampi`."""
        if at < 2 or tokens[at].start != tokens[at - 1].end + 1:
            return False
        before = tokens[at - 1]
        of_places = any(one.first <= at - 1 < one.first + one.length for one in found)
        named = before.capital and not before.raw.isupper() and not of_places
        return named and not self._is_ordinary(before.folded)

    def may_name(self, token: Token) -> bool:
        """Whether a word can name a place, or begin the name of one."""
        return self._index.longest_from(token.folded) > 1 or self._cache[token.norm] is not None

    def _longest(self, tokens: Sequence[Token], position: int) -> PlaceMatch | None:
        most = self._index.longest_from(tokens[position].folded)
        for length in range(min(most, len(tokens) - position), 1, -1):
            text = " ".join(token.norm for token in tokens[position : position + length])
            if match := self._index.exact(text):
                return _place(match, position, length)
        return self._two_with_typo(tokens[position : position + 2], position)

    def _two_with_typo(self, pair: Sequence[Token], position: int) -> PlaceMatch | None:
        """`pohjos karjaln`, `egentliga finlnd`: a name of two words with a typo or two."""
        if len(pair) < 2:
            return None
        first, second = pair
        dashed = first.folded[:DASHED_PREFIX] in self._dashed
        if not (dashed or self._index.longest_from(first.folded) > 1):
            return None
        if self._is_common_word(second.folded) or self._index.exact(second.norm):
            return None
        match = self._index.of_two_words(f"{first.norm} {second.norm}")
        if match is None and dashed:
            match = self._index.with_typo(f"{first.norm}-{second.norm}")
        return _place(match, position, 2) if match else None

    def _one(self, tokens: Sequence[Token], position: int) -> PlaceMatch | None:
        token = tokens[position]
        match = self._cache[token.norm] or self._short_with_typo(tokens, position)
        if match is None:
            return None
        word = token.norm
        alone = len(tokens) == 1 and match.how == EXACT
        if token.folded in self._excluded and not (token.capital and position > 0) and not alone:
            return None
        doubtful = word in self._ambiguous or self._is_plain(word)
        if doubtful and not self._surely_place(tokens, position):
            return None
        return _place(match, position, 1)

    def _is_plain(self, word: str) -> bool:
        """Whether a form of a name is another word, which is written small: `tiukka`, `avaan`.

        Not so the name itself, nor the word for who lives there.
        """
        return self._table.is_plain(word) and word not in self._main and not is_demonym(fold(word))

    def _is_ordinary(self, folded: str) -> bool:
        """Whether a folded word is a word by itself, of the phrases or of a language: no typo."""
        return self._is_common_word(folded) or self._table.is_word(folded) or is_demonym(folded)

    def _short_with_typo(self, tokens: Sequence[Token], position: int) -> NameMatch | None:
        """A short name misspelt, where capital and word before tell of a place: `in Vassa`."""
        token = tokens[position]
        short = len(token.norm) == MIN_LENGTH_WITH_TYPO - 1
        if not (short and token.capital and position) or self._is_common_word(fold(token.norm)):
            return None
        cued = fold(tokens[position - 1].norm) in self._cues
        return self._index.with_typo(token.norm, len(token.norm)) if cued else None

    def _surely_place(self, tokens: Sequence[Token], position: int) -> bool:
        """Whether a name that is a common word as well means the place here."""
        if len(tokens) == 1:
            word = tokens[position].norm
            return word in self._own or not self._is_plain(word)
        if tokens[position].capital:
            return True
        # `i` tells only of what follows it: `ingå i nätverket` is no `i Ingå`.
        before = tokens[max(position - 1, 0) : position]
        after = [each for each in tokens[position + 1 : position + 2] if len(each.norm) > 3]
        return any(token.folded in self._cues for token in (*before, *after))

    def _search(self, norm: str) -> NameMatch | None:
        if match := self._index.exact(norm):
            short = len(norm) < SURE_WITHOUT_DOTS
            if match.how != EXACT and short and self._is_common_word(fold(norm)):
                return None
            return match
        if norm.endswith(("'s", ":s")) and (match := self._index.exact(norm[:-2])):
            return match
        if self._is_ordinary(fold(norm)) or fold(norm) in self._excluded:
            return None
        return self._index.with_typo(norm)


def place_names(knowledge: Knowledge) -> NameIndex:
    """The names of all places in all forms, by which `PlaceFinder` finds them."""
    index = NameIndex()
    cues = _cues(knowledge)
    swedish: list[tuple[str, str]] = []
    for region in knowledge.regions.values():
        key = f"{REGION}:{region.key}"
        index.add(key, name_forms(region.fi, "fi") | name_forms(region.sv, "sv"))
        index.add(key, name_forms(region.en, "en"))
        swedish.append((key, region.sv))
        _add_others(index, key, region.also, region.forms)
    for network in knowledge.networks.values():
        key = f"{NETWORK}:{network.key}"
        for language in LANGUAGES:
            index.add(key, name_forms(network.short[language], language), replace=False)
        own = (_proper_part(name, cues) for name in network.aliases)
        _add_others(index, f"{key}{OWN_NAME}", own, ())
    for municipality in knowledge.municipalities.values():
        key = f"{MUNICIPALITY}:{municipality.key}"
        index.add(key, name_forms(municipality.fi, "fi") | name_forms(municipality.sv, "sv"))
        if municipality.sv != municipality.fi:
            swedish.append((key, municipality.sv))
        _add_others(index, key, municipality.also, municipality.forms)
        index.add(key, inhabitant_forms(normalise(municipality.fi)), replace=False)
    # Finns inflect Swedish names too (Närpesissä), but a Finnish name comes first.
    for key, name in swedish:
        index.add(key, finnish_forms(normalise(name)), replace=False)
    index.freeze()
    return index


def _main_names(knowledge: Knowledge) -> set[str]:
    """The names of municipalities and regions, normalised, with Swedish genitives."""
    names = {name for place in knowledge.municipalities.values() for name in (place.fi, place.sv)}
    names |= {name for region in knowledge.regions.values() for name in (region.fi, region.sv)}
    found = {normalise(name) for name in names}
    return found | {name + "s" for name in found}


def _other_names(knowledge: Knowledge) -> set[str]:
    """Their other names, and those of networks, normalised."""
    names: set[str] = set()
    for municipality in knowledge.municipalities.values():
        names |= {*municipality.also, *municipality.forms}
    for region in knowledge.regions.values():
        names |= {region.en, *region.also, *region.forms}
    for network in knowledge.networks.values():
        names |= {*network.aliases, *(network.short[language] for language in LANGUAGES)}
    return {normalise(name) for name in names}


def _cues(knowledge: Knowledge) -> set[str]:
    """The words next to which an ambiguous name is a place."""
    return {
        fold(normalise(word))
        for lexicon in knowledge.lexicons.values()
        for word in lexicon.place_cues.split()
    }


def _proper_part(name: str, cues: set[str]) -> str:
    """A name without `verkosto` at its end: `Itä-Suomen` of `Itä-Suomen alueverkosto`.

    Such a word stays in the message, because it tells the matchers what is asked.
    """
    parts = name.split()
    while len(parts) > 1 and fold(normalise(parts[-1])) in cues:
        parts.pop()
    return " ".join(parts)


def _add_others(index: NameIndex, key: str, names: Iterable[str], forms: Iterable[str]) -> None:
    for name in names:
        index.add(key, _forms_everywhere(name), replace=False)
    index.add(key, (normalise(form) for form in forms))


def _forms_everywhere(name: str) -> set[str]:
    """The forms of a name in all languages; an abbreviation is inflected with a colon only."""
    if len(name) > MAX_ABBREVIATION:
        return set().union(*(name_forms(name, language) for language in LANGUAGES))
    short = normalise(name)
    endings = ("n", "ssa", "ssä", "sta", "stä", "lla", "llä", "lle", "lta", "ltä", "seen", "s")
    return {short, *(f"{short}:{ending}" for ending in endings)}


_RANK = {NETWORK: 0, REGION: 1, MUNICIPALITY: 2}


def _place(match: NameMatch, position: int, length: int) -> PlaceMatch:
    """The place that a form means; of several, the largest (Satakunta the region)."""
    name = min(match.keys, key=lambda key: (_RANK[key.partition(":")[0]], key))
    if any(key.startswith(REGION) for key in match.keys) and name.startswith(NETWORK):
        # A network named after its region: the region says more, and brings the network along.
        name = min(key for key in match.keys if key.startswith(REGION))
    kind, _, key = name.partition(":")
    own_name = key.endswith(OWN_NAME)
    return PlaceMatch(
        kind,
        key.removesuffix(OWN_NAME),
        position,
        length,
        match.how,
        match.typo,
        match.sure,
        own_name,
    )
