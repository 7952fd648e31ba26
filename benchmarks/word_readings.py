"""How many words of each language that name nobody and no place are read as such.

    python -m benchmarks.word_readings [--failures]

Asks about every word of the lists of `benchmarks.word_table` that is frequent enough to be no typo,
written small and alone, as a member of a sentence. Left out is what a dictionary or we know as a
name: words that a Finnish dictionary writes with a capital too, our places and persons in all
forms, who lives in them (`seinäjokelainen`). What is left and still read as one of ours was taken
for a typo of it, or for another form. Prints the share in 1,000, which should be at most 1.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator

from benchmarks.word_table import SURELY_A_WORD, word_lists
from bot.ops.settings import load_settings
from bot.understanding.entities import EntityFinder
from bot.understanding.model import Mention
from bot.understanding.name_index import EXACT
from bot.understanding.reloader import Folders, make_snapshot
from bot.understanding.trained_model import TrainedModel
from bot.understanding.word_table import is_demonym

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


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--failures", action="store_true", help="print each such word")
    arguments = parser.parse_args()
    lists = word_lists()
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
