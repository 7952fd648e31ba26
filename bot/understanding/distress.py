"""Hears distress in a message, before anything else is understood; apart from the intents.

Signs (intents/distress/) and what was learned from examples (`distress_model`) are weighed
together: where a sign stands, a lower score is enough. Signs say which words must stand together. A
word counts with one typing error in it, or without its dots. Wordings that mean no harm are taken
out first (`kuolen nauruun`); what is denied does not count; where art, study or work is spoken of,
a sign counts for less.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal

from bot.knowledge.distress_signs import END, START, Element, always_there
from bot.knowledge.models import DistressKind, DistressSigns
from bot.knowledge.values import Language
from bot.understanding.distress_model import DistressModel
from bot.understanding.misspelt import WordForms
from bot.understanding.model import DistressFound, Tier
from bot.understanding.sign_search import GAP, Part, Roles, SignToken, denied, fits, together
from bot.understanding.text import normalise
from bot.understanding.word_cache import WordCache

SENTENCE = GAP + 1
"""How many words the end of a sentence counts for."""

MAX_TOKENS = 200

DENIED_UP_TO = 8
"""Words up to which a message that denies a sign says nothing else."""

MAX_SPANS = 12
"""Places of one part of a sign that are looked at, so that work is bounded."""

RARE_FROM, COMMON = 5, 1_000
"""A shorter word counts as so many rare ones, where it is chosen at which word a sign is sought."""

_TOKEN = re.compile(r"[^\W_]+(?:['-][^\W_]+)*|[.!?\n;:,()]")
_REPEATED = re.compile(r"([^\W\d_])\1{2,}")
_BREAKS = frozenset(".!?\n;:")


def spoken_words(text: str) -> list[str]:
    """The words of a message as the model reads them."""
    return _without_breaks(_TOKEN.findall(normalise(text))[:MAX_TOKENS])


def _without_breaks(words: Sequence[str]) -> list[str]:
    return [_REPEATED.sub(r"\1\1", word) for word in words if word[0].isalnum()]


LONG = 8
"""Words of the shortest message in which the other words may drown a sign."""


def _sentences(words: Sequence[str]) -> list[list[str]]:
    """The words of each sentence, or part of one between commas, where there are several."""
    found: list[list[str]] = [[]]
    for word in words:
        if word in _BREAKS or word == ",":
            found.append([])
        else:
            found[-1].append(word)
    several = [spoken for one in found if (spoken := _without_breaks(one))]
    return several if len(several) > 1 else []


@dataclass(frozen=True, eq=False)
class _Sign:
    """One line of signs."""

    parts: tuple[Part, ...]
    needed: tuple[tuple[int, ...], ...]
    """Of each choice that must be there, the sets of elements of which one must be there."""
    always: int
    """The set of the elements that must be there whatever is chosen."""
    several: tuple[tuple[int, ...], ...]
    """Those of `needed` that have a choice."""
    tier: Tier | Literal["harmless"]
    kind: DistressKind
    language: Language
    text: str


_Word = tuple[int, tuple[_Sign, ...]]
"""Of a word: its elements, and the signs that are looked for where it stands."""


class _Index(dict[tuple[Language, Element], int]):
    """Numbers the elements of all languages."""

    def __init__(self) -> None:
        super().__init__()
        self._sets: dict[int, int] = {}

    def union(self, masks: Iterator[int] | Sequence[int]) -> int:
        """The union of sets of elements; equal ones are one object, since each takes 400 bytes."""
        whole = _union(masks)
        return self._sets.setdefault(whole, whole)

    def number(self, language: Language, element: Element) -> int:
        """The number of an element."""
        return self.setdefault((language, element), len(self))


class DistressFinder:
    """Built once per Knowledge; remembers words, not messages.

    Without a model signs alone are heard.
    """

    def __init__(
        self, signs: Mapping[Language, DistressSigns], model: DistressModel | None = None
    ) -> None:
        self._model, self.signs = model, signs
        index = _Index()
        self._roles: dict[Language, Roles] = {}
        read = [
            sign for language, data in signs.items() for sign in self._read(language, data, index)
        ]
        self._starts = _keys(read, index)
        self._edges = dict.fromkeys((START, END), 0)
        forms: dict[str, int] = {}
        for (_, element), number in index.items():
            for word in element:
                if word in self._edges:
                    self._edges[word] |= 1 << number
                else:
                    written = normalise(word).replace("'", "")
                    forms[written] = forms.get(written, 0) | 1 << number
        self._forms = WordForms(forms)
        self._words: WordCache[_Word] = WordCache()

    # Reading the signs

    def _read(self, language: Language, data: DistressSigns, index: _Index) -> Iterator[_Sign]:
        read = data.read()
        lists = read.lists
        self._roles[language] = Roles(
            *(
                1 << index.number(language, lists[role]) if role in lists else 0
                for role in Roles._fields
            )
        )
        named: dict[tuple[str, ...], tuple[Tier | Literal["harmless"], DistressKind]] = {
            ("harmless",): ("harmless", "danger"),
            **{("sure", kind): ("sure", kind) for kind in data.sure},
            **{("maybe", kind): ("maybe", kind) for kind in data.maybe},
        }
        for where, text, written in read.signs:
            tier, kind = named[where]
            parts = tuple(
                tuple(
                    tuple(
                        tuple(index.number(language, element) for element in one) for one in choice
                    )
                    for choice in part
                )
                for part in written
            )
            needed = tuple(
                tuple(
                    index.union(1 << index.number(language, element) for element in one)
                    for one in choice
                )
                for part in written
                for choice in always_there(part)
            )
            always = index.union(choice[0] for choice in needed if len(choice) == 1)
            several = tuple(choice for choice in needed if len(choice) > 1)
            yield _Sign(parts, needed, always, several, tier, kind, language, text)

    # Reading a message

    def find(self, text: str, language: Language | None = None) -> DistressFound | None:
        """The gravest that is heard in a message; None where nothing is.

        `language` is the one it seems to be in; signs of all are looked for.
        """
        words = _TOKEN.findall(normalise(text))[:MAX_TOKENS]
        present = self._edges[START] | self._edges[END]
        looked_for: dict[_Sign, None] = {}
        known, look_up = self._words, self._look_up
        for word in words:
            small = known.get(word) or known.get_or_compute(word, look_up)
            if small[0]:
                present |= small[0]
                for sign in small[1]:
                    looked_for[sign] = None
        possible = [sign for sign in looked_for if _possible(sign, present)]
        found: DistressFound | None = None
        if possible:
            tokens = self._tokens(words)
            harmless = [sign for sign in possible if sign.tier == "harmless"]
            if spans := [span for sign in harmless for span in self._spans(sign, tokens)]:
                tokens = _without(tokens, spans)
                gone = {at for span in spans for at in span}
                kept = [token.word for at, token in enumerate(tokens) if at not in gone]
                words = [word for word in kept if word]
            found = self._gravest(possible, tokens)
            if not found and len(words) <= DENIED_UP_TO and self._denies(possible, tokens):
                return None
        return self._weighed(found, words, language)

    def _denies(self, possible: Sequence[_Sign], tokens: Sequence[SignToken]) -> bool:
        """Whether a sign stands where none counted: denied, or about art, study or work."""
        return any(
            sign.tier != "harmless" and next(self._spans(sign, tokens, denials=True), None)
            for sign in possible
        )

    def _weighed(
        self, found: DistressFound | None, words: Sequence[str], language: Language | None
    ) -> DistressFound | None:
        """What a sign and the model make together."""
        whole = _without_breaks(words)
        if self._model is None or not whole:
            return found
        if found is None:
            tier = self._model.tier(whole, language)
            spoken = self._model.weightiest(whole) if tier else ""
            return DistressFound(tier, None, None, spoken) if tier else None
        # A question beside it takes nothing from a cry: `… Ilmajoella? mun mies hakkaa mua`.
        parts = [whole, *_sentences(words)]
        if found.tier == "sure" and len(whole) >= LONG:
            # What hangs together has no comma in a hurry.
            parts.append(found.words.split())
        tiers = {self._model.tier(one, language, found.tier) for one in parts}
        graver: tuple[Tier, ...] = ("sure", "maybe")
        heard = next((tier for tier in graver if tier in tiers), None)
        return replace(found, tier=heard) if heard else None

    def _gravest(
        self, possible: Sequence[_Sign], tokens: Sequence[SignToken]
    ) -> DistressFound | None:
        found: DistressFound | None = None
        for sign in possible:
            if sign.tier == "harmless":
                continue
            span = next(self._spans(sign, tokens), None)
            if span is None:
                continue
            other = self._other_subject(sign, span, tokens)
            if other and sign.tier == "maybe":
                continue
            tier: Tier = "maybe" if other else sign.tier
            if found is None or (found.tier, tier) == ("maybe", "sure"):
                said = " ".join(tokens[at].word for at in sorted(span) if tokens[at].word)
                found = DistressFound(
                    tier, sign.kind, sign.language, said, sign.text, other, sign.tier
                )
            if tier == "sure":
                break
        return found

    def _other_subject(self, sign: _Sign, span: Sequence[int], tokens: Sequence[SignToken]) -> str:
        """The word of art, study or work in the sentences of a span; empty where there is none."""
        about = self._roles[sign.language].about
        sentences = {tokens[at].sentence for at in span}
        return next(
            (one.word for one in tokens if one.elements & about and one.sentence in sentences), ""
        )

    def _tokens(self, words: Sequence[str]) -> list[SignToken]:
        tokens = [SignToken("", 0, 0, 0, self._edges[START])]
        at = clause = sentence = 0
        for word in words:
            if not word[0].isalnum():
                clause += 1
                if word in _BREAKS and tokens[-1].word:
                    at += SENTENCE
                    sentence += 1
                continue
            at += 1
            elements, _ = self._words.get_or_compute(word, self._look_up)
            tokens.append(SignToken(word, at, clause, sentence, elements))
        tokens.append(SignToken("", at + 1, clause, sentence, self._edges[END]))
        return tokens

    def _look_up(self, word: str) -> _Word:
        written = _REPEATED.sub(r"\1\1", word.replace("'", ""))
        elements = self._forms.look_up(written)
        signs = [sign for number in _bits(elements) for sign in self._starts.get(number, ())]
        return elements, tuple(signs)

    def _spans(
        self, sign: _Sign, tokens: Sequence[SignToken], denials: bool = False
    ) -> Iterator[tuple[int, ...]]:
        """The indexes of the words that fit a sign, for every place where it stands undenied.

        With `denials`, where it stands denied or not.
        """
        roles = self._roles[sign.language]
        of_parts = [list(islice(fits(part, 0, (), tokens), MAX_SPANS)) for part in sign.parts]
        for spans in together(of_parts, (), tokens):
            whole = tuple(at for span in spans for at in span)
            # A sign that holds a negation itself (`en halua elää`) is denied by none.
            denies = any(tokens[at].elements & roles.negation for at in whole)
            if (
                denials
                or denies
                or sign.tier == "harmless"
                or not any(denied(span, tokens, roles) for span in spans)
            ):
                yield whole


def _without(tokens: Sequence[SignToken], spans: Sequence[tuple[int, ...]]) -> list[SignToken]:
    """The tokens, those of harmless wordings emptied."""
    gone = {at for span in spans for at in span}
    return [
        token._replace(elements=0) if at in gone and token.word else token
        for at, token in enumerate(tokens)
    ]


def _possible(sign: _Sign, present: int) -> bool:
    """Whether the elements of a sign are among those of the message."""
    if sign.always & ~present:
        return False
    return all(any(not one & ~present for one in choice) for choice in sign.several)


def _union(masks: Iterator[int] | Sequence[int]) -> int:
    whole = 0
    for mask in masks:
        whole |= mask
    return whole


def _keys(signs: Sequence[_Sign], index: _Index) -> dict[int, tuple[_Sign, ...]]:
    """The signs by the elements at which they are looked for: those with the fewest words.

    Every message that has a sign has one of them.
    """
    size = {
        number: sum(1 if len(word) >= RARE_FROM else COMMON for word in element)
        for (_, element), number in index.items()
    }
    found: defaultdict[int, list[_Sign]] = defaultdict(list)
    for sign in signs:
        rarest = [
            {min(_bits(one), key=lambda number: size[number]) for one in choice}
            for choice in sign.needed
        ]
        for number in min(rarest, key=lambda numbers: sum(size[number] for number in numbers)):
            found[number].append(sign)
    return {key: tuple(those) for key, those in found.items()}


def _bits(elements: int) -> Iterator[int]:
    while elements:
        lowest = elements & -elements
        yield lowest.bit_length() - 1
        elements ^= lowest
