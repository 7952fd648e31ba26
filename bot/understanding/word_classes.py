"""Classes of words by meaning: what is learned of `rädd` and `afraid` holds for `pelokas` too.

The table is `words/classes.bin`, made by `python -m benchmarks.word_classes` from embeddings, which
the bot does not need. It holds no words: a hundred thousand take 370 kB.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from hashlib import blake2b
from pathlib import Path

from bot.understanding.text import fold
from bot.understanding.word_table import SPACE, peeled

TABLE = Path(__file__).with_name("words") / "classes.bin"

WIDTH = 3
"""Bytes of a slot: two for the class, one of the word's hash."""

_NUMBER = 0xFFFF


class WordClasses:
    """The classes of words in three bytes a word, as in a `WordSet`: a Bloomier filter.

    A word has a place in each third of the slots, which together make its class and a byte of its
    hash. Of words that are not in the table one in 256 gets some class.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._third = len(data) // WIDTH // 3

    @classmethod
    def of(cls, classes: Mapping[str, int]) -> WordClasses:
        """The table of some normalised words and their classes, below 65,536."""
        words = sorted(classes)
        slots = 3 * (int(len(words) * SPACE / 3) + 11)
        places = [cls(bytes(slots * WIDTH))._places(word) for word in words]
        filled = [0] * slots
        for number, at in reversed(peeled([each[:3] for each in places], slots)):
            first, second, last, check = places[number]
            wanted = check << 16 | classes[words[number]]
            filled[at] = wanted ^ filled[first] ^ filled[second] ^ filled[last] ^ filled[at]
        return cls(b"".join(slot.to_bytes(WIDTH) for slot in filled))

    def word_class(self, word: str) -> int | None:
        """The class of a normalised word, be it written without its dots; None if unknown."""
        found = self._look_up(word)
        return self._look_up(fold(word)) if found is None and not word.isascii() else found

    def _look_up(self, word: str) -> int | None:
        *places, check = self._places(word)
        slot = 0
        for at in places:
            slot ^= int.from_bytes(self._data[at * WIDTH : (at + 1) * WIDTH])
        return slot & _NUMBER if slot >> 16 == check else None

    def __bytes__(self) -> bytes:
        return self._data

    def _places(self, word: str) -> tuple[int, int, int, int]:
        """The three places of a word, and the byte of its hash that it is known by."""
        digest = blake2b(word.encode(), digest_size=13, person=b"class").digest()
        third = self._third
        return (
            int.from_bytes(digest[:4]) % third,
            int.from_bytes(digest[4:8]) % third + third,
            int.from_bytes(digest[8:12]) % third + 2 * third,
            digest[12],
        )


@cache
def load_word_classes(path: Path = TABLE) -> WordClasses:
    """Reads the table; raises OSError."""
    return WordClasses(path.read_bytes())


def word_class(word: str) -> int | None:
    """The class of a normalised word by the table that comes with the bot; None if unknown."""
    return load_word_classes().word_class(word)
