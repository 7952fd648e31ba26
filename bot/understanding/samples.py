"""What was sampled of each phrase, kept, so that an edit samples only what it changed.

Sampling is the same every time for the same phrase, names and word lists, so what is kept is what
sampling anew would give. A change of names or word lists begins anew. So does a new word in the
phrases that lets a name be read otherwise, which is rare: `tarpeen` is a misspelt Tampereen as
long as no phrase has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

from bot.knowledge.library import Knowledge, TopicPhrase
from bot.understanding.archive import UNREADABLE, pack, read, unpack, write
from bot.understanding.entities import EntityFinder, Names
from bot.understanding.text import fold, normalise
from bot.understanding.training import Sampled, sample_phrase, sampling_share, speech

MOST_FILES = 3


def sample_phrases(
    knowledge: Knowledge,
    known: frozenset[str],
    path: Path | None = None,
    names: Names | None = None,
) -> list[Sampled]:
    """The samples of all phrases, in their order; those kept in a file are taken from there.

    `known` are the words of the phrases. A file that cannot be read or written is no error.
    """
    names = Names.of(knowledge, names)
    finder = EntityFinder(knowledge, known, names)
    kept: Mapping[str, Sampled] = {}
    words: set[str] = set()
    if path:
        with suppress(*UNREADABLE):
            kept, words = _read(path, knowledge, finder, names)
    ways = {language: speech(lexicon) for language, lexicon in knowledge.lexicons.items()}
    share = sampling_share(knowledge.phrases)
    keys = [f"{_key(phrase)}-{share}" for phrase in knowledge.phrases]
    sampled = [
        kept.get(key) or sample_phrase(phrase, ways[phrase.language], finder.words, share)
        for key, phrase in zip(keys, knowledge.phrases, strict=True)
    ]
    if path:
        with suppress(OSError):
            _write(path, dict(zip(keys, sampled, strict=True)), words | finder.seen, known)
    return sampled


def _key(phrase: TopicPhrase) -> str:
    """Names all that the samples of a phrase depend on, beside names and word lists."""
    about = f"{phrase.intent}\n{phrase.language}\n{phrase.phrase.text}\n{phrase.phrase.tree!r}"
    return blake2b(about.encode(), digest_size=16).hexdigest()


def _read(
    path: Path, knowledge: Knowledge, finder: EntityFinder, names: Names
) -> tuple[dict[str, Sampled], set[str]]:
    """What is kept, and the words that stood in it before masking."""
    arrays = read(path)
    words = set(unpack(arrays["words"]))
    before = EntityFinder(knowledge, unpack(arrays["known"]), names)
    for word in {part for whole in words for part in (whole, *whole.split("-"))}:
        folded = fold(normalise(word))
        changed = before.known(folded) != finder.known(folded)
        if changed and before.plain(word) != finder.plain(word):
            return {}, set()
    columns = (unpack(arrays[name]) for name in ("keys", "texts", "aligned"))
    return {
        key: Sampled(_split(texts), _split(aligned))
        for key, texts, aligned in zip(*columns, strict=True)
    }, words


def _write(
    path: Path, sampled: Mapping[str, Sampled], words: set[str], known: frozenset[str]
) -> None:
    # A line could not tell no text from a text without words.
    whole = {
        key: each
        for key, each in sampled.items()
        if each.texts and all(each.texts) and all(each.aligned)
    }
    arrays = {
        "keys": pack(whole),
        "texts": pack(map(_joined, (each.texts for each in whole.values()))),
        "aligned": pack(map(_joined, (each.aligned for each in whole.values()))),
        "words": pack(sorted(words)),
        "known": pack(sorted(known)),
    }
    write(path, arrays, MOST_FILES)


def _joined(texts: tuple[tuple[str, ...], ...]) -> str:
    return "\t".join(" ".join(words) for words in texts)


def _split(line: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(words.split(" ")) for words in line.split("\t"))
