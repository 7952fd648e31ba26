"""Makes the tables of bot/understanding/words/ from word lists that packages ship.

    python -m benchmarks.word_table

wordfreq has the words of three languages with their frequencies, simplemma the words of
dictionaries in all their forms, and which of them are names. Both are installed in an environment
of their own, once, as benchmarks/requirements-words.lock pins them; the bot needs neither. Of the
four million forms in the dictionaries, those count that would else be taken for a typo of a place.
Takes some three minutes.
bot/understanding/words/README.md says where their data come from and under which licence.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.environments import python_with, tell
from bot.knowledge.loader import load
from bot.ops.settings import load_settings
from bot.understanding.name_index import NameIndex
from bot.understanding.other_languages import SHORTEST
from bot.understanding.places import place_names
from bot.understanding.text import fold, normalise
from bot.understanding.word_table import (
    MIN_LENGTH,
    OTHER_WORDS,
    OTHERS_WIDTH,
    TABLE,
    WIDTHS,
    WordSet,
    WordTable,
    is_demonym,
    pack,
)

REQUIREMENTS = Path(__file__).with_name("requirements-words.lock")
SOURCE = Path(__file__).with_name("word_table_source.py")
TIMEOUT = 300

SURELY_A_WORD = {"fi": 2.0, "sv": 1.9, "en": 1.9}
"""The Zipf frequency (10 to its power, in a thousand million) from which whatever is written so
often is a word or a name, of any language; below, typos are as frequent."""

COMMON = 2.5
"""From which a dictionary's word is one that people may write beside a name that is alike."""

COMMON_ELSEWHERE = 3.5
"""The same for Swedish and English words, of which no dictionary says whether they are names."""

EVERYDAY = 4.0
"""From which a word says little of what a text is about."""

NAME_IN_FINNISH = 3.0
"""A word that is as frequent in Finnish as well is likely a name in all languages."""

MAX_LENGTH = 30

COMMON_THERE = 3.7
"""The frequency in another language from which a word tells of it."""

MORE_THERE = 1.6
"""By how much more frequent it must be there than in ours, in steps of ten."""

CODES = {"nb": "no"}
"""Languages that have another code in intents/lexicons/other_languages.yaml."""

MISSPELT_FROM, TIMES_AS_FREQUENT = 7, 1.5
"""A word of so many letters that no dictionary has is a typo of one that is a letter away and by so
much more frequent, in steps of ten."""


def sets(
    frequencies: Mapping[str, Mapping[str, float]], finnish: Iterable[str]
) -> dict[str, set[str]]:
    """The sets of the table from frequencies by language, and from the dictionary's words."""
    dictionary = set(finnish)
    written_small = {word for word in dictionary if word == word.lower()}
    names = {word.lower() for word in dictionary - written_small}
    words: set[str] = set()
    plain: set[str] = set()
    everyday: set[str] = set()
    for language, found in frequencies.items():
        doubtful = {
            word: frequency
            for word, frequency in found.items()
            if frequency >= SURELY_A_WORD[language]
            and len(word) >= MISSPELT_FROM
            and not (language == "fi" and word in written_small)
        }
        typos = misspelt(doubtful, found)
        for word, frequency in found.items():
            known = language == "fi" and word in written_small
            if not (word.isalpha() and MIN_LENGTH <= len(word) <= MAX_LENGTH):
                continue
            if frequency >= EVERYDAY:
                everyday.add(fold(normalise(word)))
            if known or (frequency >= SURELY_A_WORD[language] and word not in typos):
                words.add(fold(normalise(word)))
            if (known and frequency >= COMMON) or (
                language != "fi"
                and frequency >= COMMON_ELSEWHERE
                and frequencies["fi"].get(word, 0.0) < NAME_IN_FINNISH
            ):
                plain.add(normalise(word))
    return {"words": words, "plain": plain, "names": plain & names, "everyday": everyday}


def mistakable(words: Iterable[str], table: WordTable, places: NameIndex) -> set[str]:
    """Words of a dictionary, folded, that `table` lacks and that are near to a name of a place."""
    found: set[str] = set()
    for word in words:
        if not (word == word.lower() and word.isalpha() and MIN_LENGTH <= len(word) <= MAX_LENGTH):
            continue
        norm = normalise(word)
        folded = fold(norm)
        if table.is_word(folded) or is_demonym(folded) or places.exact(norm):
            continue
        if places.with_typo(norm):
            found.add(folded)
    return found


def other_sets(
    frequencies: Mapping[str, Mapping[str, float]], others: Mapping[str, Mapping[str, float]]
) -> dict[str, set[str]]:
    """The frequent words of each other language that are far less so in each of ours."""
    ours: dict[str, float] = {}
    for found in frequencies.values():
        for word, frequency in found.items():
            folded = fold(normalise(word))
            ours[folded] = max(ours.get(folded, 0.0), frequency)
    return {
        CODES.get(language, language): {
            word
            for written, frequency in found.items()
            if frequency >= COMMON_THERE
            and SHORTEST <= len(word := normalise(written)) <= MAX_LENGTH
            and frequency >= ours.get(fold(word), 0.0) + MORE_THERE
        }
        for language, found in others.items()
    }


def packable(words: set[str]) -> set[str]:
    """The same, without the few by which they have no order; see `word_table.WordSet`."""
    kept = sorted(words)
    while kept:
        try:
            WordSet.of(kept, OTHERS_WIDTH)
        except ValueError:
            kept.pop()
        else:
            break
    return set(kept)


def misspelt(words: Mapping[str, float], frequencies: Mapping[str, float]) -> set[str]:
    """Those of `words`, given with their frequencies, that are typos of much more frequent ones."""
    least = min(words.values(), default=0.0) + TIMES_AS_FREQUENT
    of_shorter: dict[str, float] = {}
    for word, frequency in frequencies.items():
        if frequency >= least and len(word) >= MISSPELT_FROM - 1:
            for shorter in _shorter(word):
                of_shorter[shorter] = max(of_shorter.get(shorter, 0.0), frequency)
    return {
        word
        for word, frequency in words.items()
        if max(of_shorter.get(shorter, 0.0) for shorter in _shorter(word))
        >= frequency + TIMES_AS_FREQUENT
    }


def _shorter(word: str) -> list[str]:
    """A word, and the word with any one letter left out; not the last ones, which inflect it."""
    return [word, *(word[:at] + word[at + 1 :] for at in range(1, len(word) - 2))]


def word_lists() -> dict[str, Any]:
    """The word lists of the packages, as `word_table_source` gives them."""
    digest = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12]
    python = python_with(f"words-{digest}", "--require-hashes", "-r", str(REQUIREMENTS))
    tell("Reading the word lists …")
    done = subprocess.run(
        [str(python), "-P", str(SOURCE)], stdout=subprocess.PIPE, timeout=TIMEOUT, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def main() -> None:
    """The command."""
    material = word_lists()
    made = sets(material["frequencies"], material["dictionaries"]["fi"])
    settings = load_settings()
    places = place_names(load(settings.content, settings.intents))
    table = WordTable(**made)
    tell("Looking for words that are near to names of places …")
    for language, words in material["dictionaries"].items():
        near = mistakable(words, table, places)
        tell(f"{language}: {len(near):,}")
        made["words"] |= near
    found_there = other_sets(material["frequencies"], material["others"])
    elsewhere = {code: packable(words) for code, words in found_there.items()}
    for path, found, widths in (
        (TABLE, made, WIDTHS),
        (OTHER_WORDS, elsewhere, dict.fromkeys(elsewhere, OTHERS_WIDTH)),
    ):
        path.write_bytes(pack(found, widths))
        counts = ", ".join(f"{name} {len(words):,}" for name, words in found.items())
        print(f"wrote {path}: {counts}; {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
