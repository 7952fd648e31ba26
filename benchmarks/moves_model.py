"""Fits bot/understanding/talk/moves_model.bin to the examples in intents/moves/.

    python -m benchmarks.moves_model [--folds N]

Besides these it learns wordings of the phrases of details, and as what is not answered: phrases
out of scope and the examples of intents/distress/examples/. With --folds the model is not written:
it is fitted N times without one Nth of the examples, and what it says of these is printed. Takes a
minute or two, and gives the same file each time on one machine.
"""

from __future__ import annotations

import argparse
import hashlib
import random
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.distress_model import EXAMPLES, read_examples
from benchmarks.environments import tell
from bot.knowledge.library import DISTRESS, FALLBACK, Knowledge
from bot.knowledge.loader import load
from bot.knowledge.values import LANGUAGES
from bot.ops.settings import load_settings
from bot.understanding.talk.moves import MOVES
from bot.understanding.talk.moves_model import (
    BITS,
    MODEL,
    NOT_OURS,
    QUIET,
    Floats,
    Head,
    MovesModel,
    Numbers,
    load_moves_model,
    row_of,
)
from bot.understanding.text import words

FOLDER = "moves"
"""Below the folder of intents."""

WORDINGS = 3
"""Wordings of each phrase of a detail."""
MADE_COUNTS, QUIET_COUNTS = 0.3, 0.015
"""What such a wording counts, and a text that is not answered, of which there are thousands, beside
an example that somebody wrote for its heading."""

TYPO_COUNTS = 0.4
"""What an example with a typing error made counts."""

EPOCHS = 14
BATCH = 256
LEARNING_RATE = 0.7
PENALTY = 1e-5
SEED = 1
BARS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
"""Probabilities for which --folds says how much would be answered."""


class ExamplesError(ValueError):
    """A file of examples that cannot be read."""


class Example(NamedTuple):
    """A text of a class, and what it counts."""

    text: str
    key: str
    counts: float


def read_moves(path: Path, known: Iterable[str]) -> Iterator[Example]:
    """The examples of a file: a heading `## KEY`, then a message a line; `#` begins a comment."""
    keys = frozenset(known)
    key = ""
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        text = line.strip()
        if text.startswith("##"):
            key = text.removeprefix("##").strip()
            if key not in keys:
                raise ExamplesError(f"{path}:{number}: `{key}` is neither a move nor a detail")
        elif text and not text.startswith("#"):
            if not key:
                raise ExamplesError(f"{path}:{number}: a heading such as `## more` must come first")
            yield Example(text, key, 1.0)


def keys_of(knowledge: Knowledge) -> frozenset[str]:
    """All that a heading may be."""
    return frozenset((*MOVES, *QUIET, *knowledge.details))


def written(knowledge: Knowledge, folder: Path) -> list[Example]:
    """The examples that somebody wrote."""
    keys = keys_of(knowledge)
    return [one for language in LANGUAGES for one in read_moves(folder / f"{language}.txt", keys)]


def others(knowledge: Knowledge, intents: Path) -> Iterator[Example]:
    """What is learned besides: phrases, and what is not answered."""
    rng = random.Random(SEED)
    for each in knowledge.phrases:
        if each.intent == FALLBACK:
            yield Example(each.phrase.sample(rng), NOT_OURS, QUIET_COUNTS)
        elif each.asks_detail:
            key = each.label.partition(":")[2]
            texts = dict.fromkeys(each.phrase.sample(rng) for _ in range(WORDINGS))
            yield from (Example(text, key, MADE_COUNTS) for text in texts)
    for language in LANGUAGES:
        for text, _, _ in read_examples(intents / DISTRESS / EXAMPLES / f"{language}.txt"):
            yield Example(text, NOT_OURS, QUIET_COUNTS)


def misspelt(examples: Iterable[Example]) -> Iterator[Example]:
    """The examples once more, each with a letter left out or two in the wrong order."""
    rng = random.Random(SEED)
    for text, key, _ in examples:
        spots = [at for at in range(1, len(text) - 1) if text[at : at + 2].isalpha()]
        if spots and "{" not in text:
            at = rng.choice(spots)
            put = rng.choice(("", text[at + 1] + text[at]))
            yield Example(text[:at] + put + text[at + 1 + bool(put) :], key, TYPO_COUNTS)


def inputs_hash(folder: Path) -> str:
    """Tells whether the examples, or how features are made of them, have changed since."""
    digest = hashlib.sha256()
    for language in LANGUAGES:
        text = (folder / f"{language}.txt").read_text("utf-8")
        digest.update(text.encode())
        for line in text.splitlines()[::50]:
            numbers, _ = row_of(words(line))
            digest.update(numbers.tobytes())
    return digest.hexdigest()


class _Batch(NamedTuple):
    """Texts that a step is made from."""

    used: Numbers
    """The features that there are, each once."""
    texts: Floats
    """Of shape texts x used features."""
    targets: Numbers
    counts: Floats


def _batches(examples: Sequence[Example], number: dict[str, int]) -> list[_Batch]:
    order = np.random.default_rng(SEED).permutation(len(examples))
    found = []
    for start in range(0, len(order), BATCH):
        chosen = [examples[at] for at in order[start : start + BATCH]]
        rows = [row_of(words(one.text)) for one in chosen]
        owners = np.repeat(np.arange(len(rows)), [len(numbers) for numbers, _ in rows])
        numbers = np.concatenate([numbers for numbers, _ in rows])
        used, columns = np.unique(numbers, return_inverse=True)
        texts = np.zeros((len(rows), len(used)), np.float32)
        texts[owners, columns] = np.concatenate([values for _, values in rows])
        targets = np.array([number[one.key] for one in chosen])
        counts = np.array([one.counts for one in chosen], np.float32)
        found.append(_Batch(used, texts, targets, counts))
    return found


def fit(examples: Sequence[Example], learned_from: str) -> MovesModel:
    """Softmax regression by AdaGrad steps (Duchi, Hazan and Singer, 2011)."""
    classes = tuple(sorted({one.key for one in examples}))
    batches = _batches(examples, {key: at for at, key in enumerate(classes)})
    rng = np.random.default_rng(SEED)
    weights = np.zeros((1 << BITS, len(classes)), np.float32)
    squares = np.full(weights.shape, 1e-3, np.float32)
    bias, bias_squares = np.zeros(len(classes)), np.full(len(classes), 1e-3)
    penalty = np.float32(PENALTY * len(examples) / BATCH)
    for epoch in range(EPOCHS):
        rate = np.float32(LEARNING_RATE * (1 - epoch / EPOCHS))
        for at in rng.permutation(len(batches)):
            used, texts, targets, counts = batches[at]
            known = weights[used]
            errors = _softmax(texts @ known + bias.astype(np.float32))
            errors[np.arange(len(targets)), targets] -= 1
            errors *= counts[:, None]
            slope = texts.T @ errors + penalty * known
            squares[used] += slope**2
            weights[used] = known - rate * slope / np.sqrt(squares[used])
            of_bias = errors.sum(axis=0)
            bias_squares += of_bias**2
            bias -= rate * of_bias / np.sqrt(bias_squares)
    scale = float(np.abs(weights).max()) / 127 or 1.0
    packed = np.round(weights / scale).astype(np.int8)
    return MovesModel(Head(classes, tuple(bias.tolist()), scale, learned_from), packed)


def _softmax(scores: Floats) -> Floats:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: Floats = powers / powers.sum(axis=1, keepdims=True)
    return shares


def cross_validated(own: Sequence[Example], rest: Sequence[Example], folds: int) -> Iterator[str]:
    """What models say of the examples that they were fitted without, by probability."""
    fold_of: NDArray[np.int64] = np.random.default_rng(SEED).integers(0, folds, len(own))
    said: list[tuple[Example, str, float]] = []
    for fold in range(folds):
        kept = [one for one, of in zip(own, fold_of, strict=True) if of != fold]
        left = [one for one, of in zip(own, fold_of, strict=True) if of == fold]
        model = fit([*kept, *misspelt(kept), *rest], "")
        for one in left:
            shares = _softmax(model.scores(words(one.text))[None, :])[0]
            best = int(shares.argmax())
            said.append((one, model.head.classes[best], float(shares[best])))
    asked = [each for each in said if each[0].key not in QUIET]
    quiet = [each for each in said if each[0].key in QUIET]
    for bar in BARS:
        taken = [each for each in asked if each[1] not in QUIET and each[2] >= bar]
        right = sum(example.key == key for example, key, _ in taken)
        wrong = sum(key not in QUIET and share >= bar for _, key, share in quiet)
        yield (
            f"from {bar:.1f}: {len(taken) / len(asked):.1%} taken, {right / len(taken):.1%} of them"
            f" right; {wrong / len(quiet):.1%} of what asks nothing taken"
        )


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--folds", type=int, default=0, help="measure instead of writing")
    arguments = parser.parse_args()
    settings = load_settings()
    knowledge = load(settings.content, settings.intents)
    folder = settings.intents / FOLDER
    own = written(knowledge, folder)
    rest = [*others(knowledge, settings.intents)]
    tell(f"Learning from {len(own):,} examples and {len(rest):,} other texts …")
    if arguments.folds:
        print("\n".join(cross_validated(own, rest, arguments.folds)))
        return
    fitted = fit([*own, *misspelt(own), *rest], inputs_hash(folder))
    # The confidence stays, until `benchmarks.moves_confidence` fits it anew.
    fitted = fitted.with_confidence(load_moves_model().head.confidence if MODEL.exists() else ())
    MODEL.write_bytes(bytes(fitted))
    print(f"wrote {MODEL}: {MODEL.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
