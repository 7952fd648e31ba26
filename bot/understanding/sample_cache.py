"""A cache of the samples of each phrase, so that an edit samples only what it changed.

Sampling is deterministic for the same phrase, names and word lists, so a cached sample equals a new
one. A change of names or word lists empties the cache. So does a new word in the phrases by which a
name is recognised differently, which is rare: `tarpeen` is a misspelt Tampereen as long as no
phrase has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from sys import intern

from bot.knowledge.library import Knowledge, TopicPhrase
from bot.understanding.array_file import (
    UNREADABLE,
    pack_lines,
    read_arrays,
    unpack_lines,
    write_arrays,
)
from bot.understanding.entities import EntityFinder, NameIndexes
from bot.understanding.text import fold, normalise
from bot.understanding.training import PhraseSamples, sample_phrase, sampling_share, speech

MAX_FILES = 3


def sample_phrases(
    knowledge: Knowledge,
    known: frozenset[str],
    path: Path | None = None,
    names: NameIndexes | None = None,
) -> list[PhraseSamples]:
    """The samples of all phrases, in their order; cached ones are read from the file `path`.

    `known` are the words of the phrases. A file that cannot be read or written is no error.
    """
    names = NameIndexes.of(knowledge, names)
    finder = EntityFinder(knowledge, known, names)
    kept: Mapping[str, PhraseSamples] = {}
    words: set[str] = set()
    if path:
        with suppress(*UNREADABLE):
            kept, words = _read(path, knowledge, finder, names)
    ways = {language: speech(lexicon) for language, lexicon in knowledge.lexicons.items()}
    share = sampling_share(knowledge.phrases)
    keys = [f"{_key(phrase)}-{share}" for phrase in knowledge.phrases]
    sampled = [
        kept.get(key) or sample_phrase(phrase, ways[phrase.language], finder.masked_words, share)
        for key, phrase in zip(keys, knowledge.phrases, strict=True)
    ]
    if path:
        with suppress(OSError):
            _write(path, dict(zip(keys, sampled, strict=True)), words | finder.seen_words, known)
    return sampled


def _key(phrase: TopicPhrase) -> str:
    """A hash of what the samples of a phrase depend on, apart from names and word lists."""
    about = f"{phrase.intent}\n{phrase.language}\n{phrase.phrase.text}\n{phrase.phrase.tree!r}"
    return blake2b(about.encode(), digest_size=16).hexdigest()


def _read(
    path: Path, knowledge: Knowledge, finder: EntityFinder, names: NameIndexes
) -> tuple[dict[str, PhraseSamples], set[str]]:
    """The samples by key, and the words that their texts had before masking."""
    arrays = read_arrays(path)
    words = set(unpack_lines(arrays["words"]))
    before = EntityFinder(knowledge, unpack_lines(arrays["known"]), names)
    for word in {part for whole in words for part in (whole, *whole.split("-"))}:
        folded = fold(normalise(word))
        changed = before.is_common_word(folded) != finder.is_common_word(folded)
        if changed and before.plain_word(word) != finder.plain_word(word):
            return {}, set()
    columns = (unpack_lines(arrays[name]) for name in ("keys", "texts", "aligned"))
    return {
        key: PhraseSamples(_split(texts), _split(aligned))
        for key, texts, aligned in zip(*columns, strict=True)
    }, words


def _write(
    path: Path, sampled: Mapping[str, PhraseSamples], words: set[str], known: frozenset[str]
) -> None:
    # A line could not tell no text from a text without words.
    whole = {
        key: each
        for key, each in sampled.items()
        if each.texts and all(each.texts) and all(each.aligned)
    }
    arrays = {
        "keys": pack_lines(whole),
        "texts": pack_lines(map(_joined, (each.texts for each in whole.values()))),
        "aligned": pack_lines(map(_joined, (each.aligned for each in whole.values()))),
        "words": pack_lines(sorted(words)),
        "known": pack_lines(sorted(known)),
    }
    write_arrays(path, arrays, MAX_FILES)


def _joined(texts: tuple[tuple[str, ...], ...]) -> str:
    return "\t".join(" ".join(words) for words in texts)


def _split(line: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(map(intern, words.split(" "))) for words in line.split("\t"))
