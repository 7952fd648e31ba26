"""Which words are ordinary words of Finnish, Swedish or English: these are no typos of ours.

The table is `words/table.bin`, made by `python -m benchmarks.word_table`: sets of words, of which a
hundred thousand take 123 kB. A word of a set is always found; of other words one in 256 is found as
well, and if it was a typo of ours, it is not repaired.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path
from struct import Struct

TABLE = Path(__file__).with_name("words") / "table.bin"

OTHER_WORDS = TABLE.with_name("languages.bin")
"""The frequent words of other languages that are hardly written in ours."""

OTHERS_WIDTH = 2
"""Bytes for each of these."""

SPACE = 1.23
"""Bytes for each word of a set: with fewer there is no order in which to place them."""

WIDTHS = {"words": 1, "plain": 2, "names": 2, "everyday": 1}
"""Bytes for each word of a set: where a chance would hide a name, it is one in 65,536."""

MIN_LENGTH = 4
"""Letters; no shorter word is repaired, so none is kept."""

# Finnish possessive suffixes and enclitics, folded (VISK § 96, § 126): `suomalaisillekin`.
_ADDED = ("kohan", "kaan", "kin", "han", "ko", "pa", "nsa", "mme", "nne", "ni", "si", "an", "en")

# Finnish case endings after a stem that the genitive shares, folded: `laulajalle`, `laulajan`.
_CASES = ("ssa", "sta", "lla", "lta", "lle", "ksi", "tta", "na", "ta", "t")

_ILLATIVE = re.compile(r"(\w{2,}([aeouy])\2)seen|(\w{3,}([aeiouy]))\4n")
"""The Finnish case for where to, folded, whose vowels show the word itself: `esseeseen`."""

_DEMONYM = re.compile(
    r"(\w{2,}lai)(?:nen|sen|sta|sena|see[nk]|se(?:ssa|sta|lla|lta|lle|ksi|t)"
    r"|set|sten|sia|siin|si(?:na|ssa|sta|lla|lta|lle|ksi))"
)
"""A Finnish word for who lives somewhere, folded, in any case: `norjalaisille`."""


_PLACES = {1: Struct(">IIIB"), 2: Struct(">IIIH")}
"""How a hash is read, by `width`."""


class WordSet:
    """A set of texts in a few bits each: an xor filter (Graf and Lemire, 2019).

    A text has a place in each third of the slots; where it is in the set, the three slots there
    together make a part of its hash, `width` bytes long. Of texts that are not in it one in
    256 ** `width` seems to be.
    """

    def __init__(self, data: bytes, width: int) -> None:
        self._data, self._width = data, width
        self._third = len(data) // width // 3

    @classmethod
    def of(cls, texts: Iterable[str], width: int) -> WordSet:
        """The set of some texts."""
        distinct = sorted(set(texts))
        slots = 3 * (int(len(distinct) * SPACE / 3) + 11)
        places = [cls(bytes(slots * width), width)._places(text) for text in distinct]
        filled = [0] * slots
        for number, at in reversed(peeled([each[:3] for each in places], slots)):
            first, second, last, part = places[number]
            filled[at] = part ^ filled[first] ^ filled[second] ^ filled[last] ^ filled[at]
        return cls(b"".join(part.to_bytes(width) for part in filled), width)

    def __contains__(self, text: str) -> bool:
        first, second, last, part = self._places(text)
        data = self._data
        if self._width == 1:
            return data[first] ^ data[second] ^ data[last] == part
        for at in (2 * first, 2 * second, 2 * last):
            part ^= data[at] << 8 | data[at + 1]
        return part == 0

    def __bytes__(self) -> bytes:
        return self._data

    def _places(self, text: str) -> tuple[int, int, int, int]:
        """The three places of a text, and the part of its hash that they make."""
        width, third = self._width, self._third
        digest = blake2b(text.encode(), digest_size=12 + width, person=b"word").digest()
        first, second, last, part = _PLACES[width].unpack(digest)
        return first % third, second % third + third, last % third + 2 * third, part


def peeled(places: Sequence[tuple[int, ...]], size: int) -> list[tuple[int, int]]:
    """The numbers of texts, each with a place that it has alone among those after it.

    Raises ValueError where there is no such order, which happens once in very many sets.
    """
    mixed, count = [0] * size, [0] * size
    for number, each in enumerate(places):
        for at in each:
            mixed[at] ^= number
            count[at] += 1
    waiting = [at for at in range(size) if count[at] == 1]
    order: list[tuple[int, int]] = []
    while waiting:
        at = waiting.pop()
        if count[at] != 1:
            continue
        number = mixed[at]
        order.append((number, at))
        for other in places[number]:
            mixed[other] ^= number
            count[other] -= 1
            if count[other] == 1:
                waiting.append(other)
    if len(order) < len(places):
        raise ValueError("these words have no order: leave one out, or add one")
    return order


@dataclass(frozen=True)
class WordTable:
    """The sets of words."""

    words: WordSet | Set[str]
    """Words of the three languages, folded, in the forms in which people write them."""
    plain: WordSet | Set[str]
    """Words that are written small, not folded: of these names have homographs (`pilvi`)."""
    names: WordSet | Set[str]
    """Those of `plain` that are written with a capital as often: names and words (`kotka`)."""

    everyday: WordSet | Set[str]
    """The most frequent words, folded: they tell nothing of what a text is about."""

    def is_everyday(self, folded: str) -> bool:
        """Whether a folded word is one of the most frequent; short ones all count as such."""
        return len(folded) < MIN_LENGTH or folded in self.everyday

    def is_word(self, folded: str) -> bool:
        """Whether a folded word is an ordinary word in one of its forms."""
        if folded in self.words:
            return True
        if demonym := _DEMONYM.fullmatch(folded):
            return demonym[1] + "nen" in self.words
        if illative := _ILLATIVE.fullmatch(folded):
            stem = illative[1] or illative[3]
            if len(stem) > MIN_LENGTH and stem in self.words:
                return True
        bare = {folded[: -len(end)] for end in _ADDED if folded.endswith(end)}
        stems = {each for each in bare if len(each) > MIN_LENGTH}
        if any(each in self.words for each in stems):
            return True
        return any(
            stem + "n" in self.words and stem[-1] in "aeiouy"
            for word in (folded, *stems)
            for end in _CASES
            if word.endswith(end) and len(stem := word[: -len(end)]) > MIN_LENGTH
        )

    def is_plain(self, norm: str) -> bool:
        """Whether a normalised word is written small by itself: no name is written so."""
        return norm in self.plain and norm not in self.names

    def is_homograph(self, norm: str) -> bool:
        """Whether a normalised word is written small, be it a name as well or not."""
        return norm in self.plain


def is_demonym(folded: str) -> bool:
    """Whether a folded word says, in full, who lives somewhere."""
    return _DEMONYM.fullmatch(folded) is not None


def pack(sets: Mapping[str, set[str]], widths: Mapping[str, int]) -> bytes:
    """The content of a table's file: a line of JSON with the sizes, then the sets."""
    packed = {name: bytes(WordSet.of(words, widths[name])) for name, words in sets.items()}
    sizes = {name: len(data) for name, data in packed.items()}
    return json.dumps(sizes).encode() + b"\n" + b"".join(packed.values())


def _unpacked(path: Path) -> dict[str, bytes]:
    """The bytes of each set of a table's file; raises OSError or ValueError."""
    head, _, rest = path.read_bytes().partition(b"\n")
    found = {}
    for name, size in json.loads(head).items():
        found[name] = rest[:size]
        rest = rest[size:]
    return found


@cache
def load_word_table(path: Path = TABLE) -> WordTable:
    """Reads the table, which takes a millisecond; raises OSError or ValueError."""
    found = {name: WordSet(data, WIDTHS[name]) for name, data in _unpacked(path).items()}
    return WordTable(**found)


@cache
def load_other_words(path: Path = OTHER_WORDS) -> Mapping[str, WordSet]:
    """The words of other languages, normalised, by their codes; raises OSError or ValueError."""
    return {code: WordSet(data, OTHERS_WIDTH) for code, data in _unpacked(path).items()}
