"""How many words of each language that name nobody and no place are read as such.

    python -m benchmarks.word_readings [--failures] [--sample FOLDER]

Asks about every word of the lists of `benchmarks.word_table` that is frequent enough to be no typo,
written small and alone, as a member of a sentence. Left out is what a dictionary or we know as a
name: words that a Finnish dictionary writes with a capital too, our places and persons in all
forms, who lives in them (`seinäjokelainen`). What is left and still read as one of ours was taken
for a typo of it, or for another form. Prints the share in 1,000, which should be at most 1.

With --sample it writes instead, by chance, words of the dictionaries that none of them writes with
a capital: the lists that a test asks about, half of them too rare for the lists of frequencies.
"""

from __future__ import annotations

import argparse
import gzip
import random
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.word_table import MAX_LENGTH, SURELY_A_WORD, word_lists
from bot.ops.settings import load_settings
from bot.understanding.entities import EntityFinder
from bot.understanding.model import Mention
from bot.understanding.name_index import EXACT
from bot.understanding.reloader import Folders, make_snapshot
from bot.understanding.trained_model import TrainedModel
from bot.understanding.word_table import MIN_LENGTH, is_demonym

SAMPLE, SEED = 20_000, 15

SENTENCES = {"fi": "onko {} kiva", "sv": "är {} kul", "en": "is {} nice"}


def readings(
    finder: EntityFinder, words: Iterable[str], sentence: str
) -> Iterator[tuple[str, Mention]]:
    """The words that are read as a place or a person, with what each was taken for."""
    for word in words:
        for mention in finder.mask(sentence.format(word)).mentions:
            if mention.kind != "time" and mention.text == word:
                exact_people = mention.how == EXACT and is_demonym(word)
                if not exact_people:
                    yield word, mention


def write_sample(lists: Mapping[str, Any], folder: Path) -> None:
    """Writes SAMPLE words of each language into a compressed file of its own."""
    names = {
        word.lower() for each in lists["dictionaries"].values() for word in each if is_name(word)
    }
    rng = random.Random(SEED)
    for language, dictionary in lists["dictionaries"].items():
        common = lists["frequencies"][language]
        words = sorted({word for word in dictionary if is_asked(word)} - names)
        chosen = [
            word
            for known in (True, False)
            for word in rng.sample([one for one in words if (one in common) == known], SAMPLE // 2)
        ]
        data = "\n".join(sorted(chosen)).encode()
        (folder / f"{language}.txt.gz").write_bytes(gzip.compress(data, mtime=0))


def is_name(word: str) -> bool:
    """Whether a dictionary's word has a capital."""
    return word != word.lower()


def is_asked(word: str) -> bool:
    """Whether a dictionary's word is one to ask about: of letters, neither short nor very long."""
    return not is_name(word) and word.isalpha() and MIN_LENGTH <= len(word) <= MAX_LENGTH


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--failures", action="store_true", help="print each such word")
    parser.add_argument("--sample", type=Path, metavar="FOLDER", help="write the test's words")
    arguments = parser.parse_args()
    lists = word_lists()
    if arguments.sample:
        write_sample(lists, arguments.sample)
        return
    settings = load_settings()
    snapshot = make_snapshot(Folders(settings.content, settings.intents, demo=True))
    trained: TrainedModel = snapshot.interpreter.trained
    finder = EntityFinder(snapshot.knowledge, trained.vocabulary, trained.names)
    names = {word.lower() for word in lists["dictionaries"]["fi"] if word != word.lower()}
    for language, sentence in SENTENCES.items():
        words = [
            word
            for word, frequency in lists["frequencies"][language].items()
            if frequency >= SURELY_A_WORD[language] and word.isalpha() and word not in names
        ]
        # What is one of our names as it stands is one, however common the word is.
        found = [
            (word, mention)
            for word, mention in readings(finder, words, sentence)
            if mention.how != EXACT
        ]
        for word, mention in found if arguments.failures else ():
            print(f"{language} {word}: {mention.kind} {mention.key} ({mention.how})")
        share = 1000 * len(found) / len(words)
        print(f"{language}: {len(found)} of {len(words):,}, {share:.2f} in 1,000")


if __name__ == "__main__":
    main()
