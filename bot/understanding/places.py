"""Places in a message: municipalities, regions and networks, in any form and language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.knowledge.library import Knowledge
from bot.knowledge.values import LANGUAGES
from bot.understanding.inflection import finnish_forms, inhabitant_forms, name_forms
from bot.understanding.names import TYPO, Hit, Known, NameIndex
from bot.understanding.text import Token, fold, normalise
from bot.understanding.typos import SHORTEST_WITH_TYPO
from bot.understanding.word_memory import WordMemory

SURE_WITHOUT_DOTS = 8
"""Letters from which a name without its dots is the name, even if phrases hold the same word:
only short names have a twin among common words."""

LONGEST_ABBREVIATION = 3
"""Names of so few letters (Hki, Tre) have no case forms of their own."""

DASHED = 3
"""Letters by which a word may begin a name with a dash (Pohjois-Karjala)."""

TOGETHER = 3
"""Places whose words are so near each other are named together."""

OWN_NAME = "!"
"""Marks a network's own names in the index."""

_AROUND = re.compile(
    r"(?P<head>\w{3,})(?:trakten|nejden|regionen|området|bygden|nätverket|seudulla|seudulta)"
)
"""A Swedish or Finnish compound of a place and what is around it: `Vasatrakten`."""

NETWORK, REGION, MUNICIPALITY = "network", "region", "municipality"


@dataclass(frozen=True)
class Place:
    """A place that a message names."""

    kind: str
    key: str
    first: int
    """The position of its first word, and how many words it has."""
    length: int
    how: str
    own_name: bool = False
    """A network's own name, such as POPkulta: it says by itself that a network is meant."""


class PlaceFinder:
    """Built once per Knowledge, with its `place_names`; `find` is what the message asks about."""

    def __init__(self, knowledge: Knowledge, known: Known, names: NameIndex) -> None:
        self._known = known
        self._index = names
        self._doubtful = {
            normalise(name)
            for municipality in knowledge.municipalities.values()
            for name in (municipality.fi, municipality.sv)
            if municipality.common_word
        }
        self._refused = {
            fold(normalise(word))
            for lexicon in knowledge.lexicons.values()
            for word in lexicon.not_places.split()
        }
        self._cues = _cues(knowledge)
        self._dashed = {
            fold(normalise(name))[:DASHED]
            for region in knowledge.regions.values()
            for name in (region.fi, region.sv)
            if "-" in name
        }
        self._single: WordMemory[Hit | None] = WordMemory()

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

    def find(self, tokens: Sequence[Token]) -> list[Place]:
        """The places named, in order; longer names win over shorter ones inside them."""
        found: list[Place] = []
        position = 0
        while position < len(tokens):
            place = self._longest(tokens, position) or self._one(tokens, position)
            if place:
                found.append(place)
            position += place.length if place else 1
        return [place for place in found if not self._outdone(tokens, place, found)]

    def _outdone(self, tokens: Sequence[Token], place: Place, found: Sequence[Place]) -> bool:
        """Whether a likeness to a place counts for nothing beside a place well written.

        Not so where both stand together: `Kokkolan ja seinäjoe yhteyshenkilöt`.
        """
        if not place.how.startswith(TYPO) or tokens[place.first].capital:
            return False
        sure = [other for other in found if not other.how.startswith(TYPO)]
        near = any(abs(other.first - place.first) <= TOGETHER for other in sure)
        return bool(sure) and not near

    def may_name(self, token: Token) -> bool:
        """Whether a word can name a place, or begin the name of one."""
        return self._index.longest_from(token.folded) > 1 or self._look_up(token.norm) is not None

    def _longest(self, tokens: Sequence[Token], position: int) -> Place | None:
        most = self._index.longest_from(tokens[position].folded)
        for length in range(min(most, len(tokens) - position), 1, -1):
            text = " ".join(token.norm for token in tokens[position : position + length])
            if hit := self._index.exact(text):
                return _place(hit, position, length)
        return self._two_with_typo(tokens[position : position + 2], position)

    def _two_with_typo(self, pair: Sequence[Token], position: int) -> Place | None:
        """`pohjos karjaln`, `egentliga finlnd`: a name of two words with a typo or two."""
        if len(pair) < 2:
            return None
        first, second = pair
        dashed = first.folded[:DASHED] in self._dashed
        if not (dashed or self._index.longest_from(first.folded) > 1):
            return None
        if self._known(second.folded) or self._index.exact(second.norm):
            return None
        hit = self._index.of_two_words(f"{first.norm} {second.norm}")
        if hit is None and dashed:
            hit = self._index.with_typo(f"{first.norm}-{second.norm}")
        return _place(hit, position, 2) if hit else None

    def _one(self, tokens: Sequence[Token], position: int) -> Place | None:
        token = tokens[position]
        hit = self._look_up(token.norm) or self._short_with_typo(tokens, position)
        if hit is None:
            return None
        word = token.norm
        alone = len(tokens) == 1 and hit.how == "exact"
        if token.folded in self._refused and not (token.capital and position > 0) and not alone:
            return None
        if word in self._doubtful and not self._certain(tokens, position):
            return None
        return _place(hit, position, 1)

    def _short_with_typo(self, tokens: Sequence[Token], position: int) -> Hit | None:
        """A short name misspelt, where capital and word before tell of a place: `in Vassa`."""
        token = tokens[position]
        short = len(token.norm) == SHORTEST_WITH_TYPO - 1
        if not (short and token.capital and position) or self._known(fold(token.norm)):
            return None
        cued = fold(tokens[position - 1].norm) in self._cues
        return self._index.with_typo(token.norm, len(token.norm)) if cued else None

    def _certain(self, tokens: Sequence[Token], position: int) -> bool:
        """Whether a name that is a common word too means the place here."""
        if tokens[position].capital or len(tokens) == 1:
            return True
        beside = [*tokens[max(position - 1, 0) : position], *tokens[position + 1 : position + 2]]
        return any(token.folded in self._cues for token in beside)

    def _look_up(self, norm: str) -> Hit | None:
        return self._single.find(norm, self._search)

    def _search(self, norm: str) -> Hit | None:
        if hit := self._index.exact(norm):
            short = len(norm) < SURE_WITHOUT_DOTS
            if hit.how != "exact" and short and self._known(fold(norm)):
                return None
            return hit
        if norm.endswith(("'s", ":s")) and (hit := self._index.exact(norm[:-2])):
            return hit
        if self._known(fold(norm)) or fold(norm) in self._refused:
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


def _cues(knowledge: Knowledge) -> set[str]:
    """The words beside which a doubtful name is a place."""
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
    if len(name) > LONGEST_ABBREVIATION:
        return set().union(*(name_forms(name, language) for language in LANGUAGES))
    short = normalise(name)
    endings = ("n", "ssa", "ssä", "sta", "stä", "lla", "llä", "lle", "lta", "ltä", "seen", "s")
    return {short, *(f"{short}:{ending}" for ending in endings)}


_RANK = {NETWORK: 0, REGION: 1, MUNICIPALITY: 2}


def _place(hit: Hit, position: int, length: int) -> Place:
    """The place that a form means; of several, the largest (Satakunta the region)."""
    name = min(hit.keys, key=lambda key: (_RANK[key.partition(":")[0]], key))
    if any(key.startswith(REGION) for key in hit.keys) and name.startswith(NETWORK):
        # A network named after its region: the region says more, and brings the network along.
        name = min(key for key in hit.keys if key.startswith(REGION))
    kind, _, key = name.partition(":")
    own_name = key.endswith(OWN_NAME)
    return Place(kind, key.removesuffix(OWN_NAME), position, length, hit.how, own_name)
