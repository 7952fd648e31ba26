"""The word lists of `benchmarks.word_table`: run by it in an environment of their own.

    PYTHON -P benchmarks/word_table_source.py > LISTS.json

Nothing of ours is imported here.
"""

from __future__ import annotations

import json
import sys

from simplemma.strategies.dictionaries import dictionary_factory
from wordfreq import iter_wordlist, zipf_frequency


def main() -> None:
    """The command."""
    frequencies = {
        language: {
            word: zipf_frequency(word, language, "large")
            for word in iter_wordlist(language, "large")
        }
        for language in ("fi", "sv", "en")
    }
    # The only place where simplemma gives its words themselves.
    finnish = dictionary_factory._load_dictionary_from_disk("fi")
    json.dump(
        {"frequencies": frequencies, "finnish": [word.decode() for word in finnish]}, sys.stdout
    )


if __name__ == "__main__":
    main()
