"""The word lists of `benchmarks.word_table`: run by it in an environment of their own.

    PYTHON -P benchmarks/word_table_source.py > LISTS.json

Nothing of ours is imported here.
"""

from __future__ import annotations

import json
import math
import sys

from simplemma.strategies.dictionaries import dictionary_factory
from wordfreq import get_frequency_dict, iter_wordlist, zipf_frequency

OTHERS = ("da", "de", "es", "fr", "hu", "it", "lt", "lv", "nb", "nl", "pl", "pt", "ro", "tr", "vi")


def main() -> None:
    """The command."""
    frequencies = {
        language: {
            word: zipf_frequency(word, language, "large")
            for word in iter_wordlist(language, "large")
        }
        for language in ("fi", "sv", "en")
    }
    # In steps of ten, in a thousand million; the rare words are of no use.
    others = {
        language: {
            word: round(math.log10(frequency) + 9, 2)
            for word, frequency in get_frequency_dict(language, "small").items()
            if word.isalpha()
        }
        for language in OTHERS
    }
    # The only place where simplemma gives its words themselves.
    read = dictionary_factory._load_dictionary_from_disk
    dictionaries = {
        language: [word.decode() for word in read(language)] for language in ("fi", "sv", "en")
    }
    json.dump(
        {"frequencies": frequencies, "others": others, "dictionaries": dictionaries},
        sys.stdout,
    )


if __name__ == "__main__":
    main()
