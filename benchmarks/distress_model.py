"""Fits bot/understanding/distress_model.bin to the examples in intents/distress/examples/.

    python -m benchmarks.distress_model [--quiet FILE...] [--near FILE...]

Examples of no distress are, besides those listed there, wordings of everyday-*.yaml and of the
phrases, and several of them one after the other. Without an argument the thresholds stay. With
--quiet (files or folders of texts of which none tells of distress) they are set for each language
so that a notice comes to at most one text in a thousand, with --near (texts that sound like it)
to at most three in a hundred. Takes a minute or two, and gives the same file each time on one
machine.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.distress import Row, read_rows
from benchmarks.environments import tell
from bot.knowledge.library import DISTRESS, Knowledge
from bot.knowledge.loader import load
from bot.knowledge.phrases import parse_lists, parse_phrase, phrase_lines
from bot.knowledge.values import LANGUAGES
from bot.knowledge.yaml_source import read_yaml
from bot.ops.settings import load_settings
from bot.understanding.distress import spoken_words
from bot.understanding.distress_model import (
    BITS,
    MODEL,
    DistressModel,
    Head,
    features,
    load_distress_model,
)

EXAMPLES = "examples"
TIERS = ("none", "maybe", "sure")

WORDINGS, CRIES = 30, 4
"""Wordings of each line in the syntax of phrases, and of each phrase of distress."""
MADE_COUNTS = 0.5
"""What such a wording counts beside an example that somebody wrote."""

JOINED = 1_500
"""Messages of each language that are made of several without distress: else long ones, with many
words that tell nothing, would be rare among these."""

EPOCHS = 25
BATCH = 512
LEARNING_RATE = 0.5
PENALTY = 0.003
"""Strength of the regularisation, over all examples (L2)."""
SEED = 1

MAYBE, SURE = 0, 1
NOTICES = (0.001, 0.0003)
"""Of texts without distress, how many get a notice, and how many one in place of an answer."""
NEAR_NOTICES = (0.03, 0.01)
"""The same of texts that sound like distress."""

Floats = NDArray[np.float64]
Example = tuple[str, int, float]
"""A text, the place of its tier in TIERS, and what it counts."""


class ExamplesError(ValueError):
    """A file of examples that cannot be read."""


def read_examples(path: Path) -> Iterator[Example]:
    """The examples of a file: a heading `## TIER`, then a message a line; `#` begins a comment."""
    tier: int | None = None
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        text = line.strip()
        if text.startswith("##"):
            name = text.removeprefix("##").strip()
            if name not in TIERS:
                raise ExamplesError(f"{path}:{number}: `{name}` is none of {', '.join(TIERS)}")
            tier = TIERS.index(name)
        elif text and not text.startswith("#"):
            if tier is None:
                raise ExamplesError(f"{path}:{number}: a heading such as `## none` must come first")
            yield text, tier, 1.0


def wordings(path: Path, limit: int = WORDINGS) -> Iterator[Example]:
    """Wordings of the lines of a file in the syntax of phrases, under the names of tiers."""
    data = read_yaml(path).data
    lists = parse_lists(data["lists"], {})
    rng = random.Random(SEED)
    for tier, name in enumerate(TIERS):
        for _, line in phrase_lines(data.get(name, "")):
            for text in parse_phrase(line, lists).samples(rng, limit):
                yield text, tier, MADE_COUNTS


def phrases(knowledge: Knowledge) -> Iterator[Example]:
    """Wordings of phrases that are answered or refused, and of those that tell of distress."""
    rng = random.Random(SEED)
    for each in knowledge.phrases:
        if each.topic == DISTRESS:
            for text in each.phrase.samples(rng, CRIES):
                yield text, 1, MADE_COUNTS
        else:
            yield each.phrase.sample(rng), 0, MADE_COUNTS


def joined(texts: Sequence[str], rng: random.Random) -> Iterator[Example]:
    """Messages made of several texts without distress."""
    for _ in range(JOINED):
        yield " ".join(rng.choices(texts, k=rng.choice((2, 3, 3, 4, 5)))), 0, 1.0


class Rows:
    """The features of texts, one text after the other."""

    def __init__(self, texts: Iterable[str]) -> None:
        numbers: list[int] = []
        values: list[float] = []
        self.bounds = [0]
        for text in texts:
            found = features(spoken_words(text))
            norm = sum(value * value for _, value in found) ** 0.5 or 1.0
            numbers += [number for number, _ in found]
            values += [value / norm for _, value in found]
            self.bounds.append(len(numbers))
        self.numbers = np.array(numbers, np.int64)
        self.values = np.array(values)

    def part(self, chosen: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
        """Of some texts, for each feature the place of its text, its number and its value."""
        spans = [np.arange(self.bounds[at], self.bounds[at + 1]) for at in chosen]
        places = np.concatenate(spans)
        owners = np.repeat(np.arange(len(chosen)), [len(span) for span in spans])
        return owners, self.numbers[places], self.values[places]


def fit(rows: Rows, wanted: Floats, counts: Floats) -> tuple[Floats, float]:
    """Logistic regression by AdaGrad steps (Duchi, Hazan and Singer, 2011): weights and bias."""
    rng = np.random.default_rng(SEED)
    weights, bias = np.zeros(1 << BITS), 0.0
    squares, bias_squares = np.full(1 << BITS, 1e-3), 1e-3
    batches = np.array_split(rng.permutation(len(wanted)), max(1, len(wanted) // BATCH))
    parts = [rows.part(chosen.tolist()) for chosen in batches]
    for epoch in range(EPOCHS):
        rate = LEARNING_RATE * (1 - epoch / EPOCHS)
        for at in rng.permutation(len(batches)):
            (owners, numbers, values), chosen = parts[at], batches[at]
            scores = np.bincount(owners, values * weights[numbers], len(chosen)) + bias
            errors = (1 / (1 + np.exp(-scores)) - wanted[chosen]) * counts[chosen]
            sums = np.bincount(numbers, values * errors[owners], 1 << BITS)
            slope: Floats = sums + PENALTY * len(chosen) / len(wanted) * weights
            squares += slope**2
            weights -= rate * slope / np.sqrt(squares)
            bias_squares += errors.sum() ** 2
            bias -= rate * errors.sum() / bias_squares**0.5
    return weights, float(bias)


def model_of(
    examples: Sequence[Example], thresholds: Mapping[str, tuple[float, float]]
) -> DistressModel:
    """The model that examples give."""
    rows = Rows(text for text, _, _ in examples)
    tiers = np.array([tier for _, tier, _ in examples])
    counts = np.array([count for _, _, count in examples])
    biases, scales, packed = [], [], []
    for least in (1, 2):
        weights, bias = fit(rows, (tiers >= least).astype(float), counts)
        scale = float(np.abs(weights).max()) / 127 or 1.0
        packed.append(np.round(weights / scale).astype(np.int8).tobytes())
        biases.append(bias)
        scales.append(scale)
    head = Head((biases[0], biases[1]), (scales[0], scales[1]), thresholds)
    return DistressModel(head, packed[0], packed[1])


def thresholds_for(
    model: DistressModel, quiet: Sequence[Row], near: Sequence[Row]
) -> dict[str, tuple[float, float]]:
    """By language, the lowest scores that give no more notices than NOTICES and NEAR_NOTICES."""
    found: dict[str, tuple[float, float]] = {}
    for language in LANGUAGES:
        limits = []
        for output in (MAYBE, SURE):
            above = [
                _exceeded_by(
                    [model.scores(spoken_words(row.text))[output] for row in rows], share[output]
                )
                for rows, share in (
                    ([row for row in quiet if row.language == language], NOTICES),
                    ([row for row in near if row.language == language], NEAR_NOTICES),
                )
            ]
            limits.append(round(max(above) + 0.005, 2))
        found[language] = limits[MAYBE], limits[SURE]
    return found


def _exceeded_by(scores: list[float], share: float) -> float:
    """The score above which at most a share of the scores is."""
    return sorted(scores, reverse=True)[round(share * len(scores))] if scores else 0.0


def all_examples(knowledge: Knowledge, folder: Path) -> list[Example]:
    """Everything that is learned from."""
    found: list[Example] = []
    rng = random.Random(SEED)
    for language in LANGUAGES:
        own = [
            *read_examples(folder / f"{language}.txt"),
            *wordings(folder / f"everyday-{language}.yaml"),
            *wordings(folder / f"cries-{language}.yaml"),
        ]
        found += own
        found += joined([text for text, tier, _ in own if tier == 0], rng)
    return [*found, *phrases(knowledge)]


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quiet", type=Path, nargs="*", default=[], help="none tells of distress")
    parser.add_argument("--near", type=Path, nargs="*", default=[], help="they sound like distress")
    arguments = parser.parse_args()
    quiet = [row for path in arguments.quiet for row in read_rows(path)]
    near = [row for path in arguments.near for row in read_rows(path)]
    settings = load_settings()
    knowledge = load(settings.content, settings.intents)
    examples = all_examples(knowledge, settings.intents / DISTRESS / EXAMPLES)
    tell(f"Learning from {len(examples):,} examples …")
    measured = bool(quiet or near)
    model = model_of(examples, {} if measured else load_distress_model().head.thresholds)
    if measured:
        model = model.with_thresholds(thresholds_for(model, quiet, near))
    MODEL.write_bytes(bytes(model))
    print(f"wrote {MODEL}: {MODEL.stat().st_size:,} bytes, thresholds {model.head.thresholds}")


if __name__ == "__main__":
    main()
