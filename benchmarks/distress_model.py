"""Fits bot/understanding/distress_model.bin to the examples in intents/distress/examples/.

    python -m benchmarks.distress_model [--cries FILE... --quiet FILE... --near FILE...]

Examples of no distress are, besides those listed there, wordings of every phrase that the bot
answers, and several examples one after the other. Without an argument the thresholds stay. With
--cries, --quiet (texts of which none tells of distress) and --near (texts that sound like it; each
files or folders) they are set anew: where a sign stands, to where the odds of distress are even;
else, for each language, so that NOTICES of the quiet texts and NEAR_NOTICES of the near ones get a
notice. Takes some minutes, and gives the same file each time on one machine.
"""

from __future__ import annotations

import argparse
import hashlib
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.distress import read_rows
from benchmarks.distress_thresholds import TIERS, Heard, sign_thresholds, thresholds_for
from benchmarks.environments import tell
from bot.knowledge.library import DISTRESS, Knowledge
from bot.knowledge.loader import load
from bot.knowledge.phrases import parse_lists, parse_phrase, phrase_lines
from bot.knowledge.values import LANGUAGES
from bot.knowledge.yaml_source import read_yaml
from bot.ops.settings import load_settings
from bot.understanding.distress import DistressFinder, spoken_words
from bot.understanding.distress_model import (
    BITS,
    MODEL,
    DistressModel,
    Head,
    features,
    load_distress_model,
)

EXAMPLES = "examples"

WORDINGS, CRIES = (80, 30, 30), 4
"""Wordings of each line in the syntax of phrases, by its tier, and of each phrase of distress."""
MADE_COUNTS = 0.5
"""What such a wording counts beside an example that somebody wrote."""

JOINED, JOINED_CRIES = 1_500, 500
"""Messages of each language that are made of several without distress, and of such with a cry among
them: else long ones, with many words that tell nothing, would be rare, or all without distress."""

EPOCHS = 25
BATCH = 512
LEARNING_RATE = 0.5
PENALTY = 0.003
"""Strength of the regularisation, over all examples (L2)."""
SEED = 1

HASHED = 50
"""Every so many lines, the features of one are hashed as well."""
EMPTY = Head((0.0, 0.0), (1.0, 1.0), {})

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


def wordings(path: Path) -> Iterator[Example]:
    """Wordings of the lines of a file in the syntax of phrases, under the names of tiers."""
    data = read_yaml(path).data
    lists = parse_lists(data["lists"], {})
    rng = random.Random(SEED)
    for tier, (name, limit) in enumerate(zip(TIERS, WORDINGS, strict=True)):
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


def joined(examples: Sequence[Example], rng: random.Random) -> Iterator[Example]:
    """Messages made of several texts, some of them with a cry among them."""
    texts = [text for text, tier, _ in examples if tier == 0]
    cries = [(text, tier) for text, tier, _ in examples if tier]
    for _ in range(JOINED):
        yield " ".join(rng.choices(texts, k=rng.choice((2, 3, 3, 4, 5)))), 0, 1.0
    for _ in range(JOINED_CRIES if cries else 0):
        cry, tier = rng.choice(cries)
        others = rng.choices(texts, k=rng.choice((1, 1, 2)))
        others.insert(rng.randrange(len(others) + 1), cry)
        yield " ".join(others), tier, MADE_COUNTS


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

    def batch(self, chosen: NDArray[np.int64]) -> Batch:
        """Some of the texts."""
        spans = [np.arange(self.bounds[at], self.bounds[at + 1]) for at in chosen]
        places = np.concatenate(spans)
        owners = np.repeat(np.arange(len(chosen)), [len(span) for span in spans])
        numbers, columns = np.unique(self.numbers[places], return_inverse=True)
        return Batch(chosen, owners, numbers, columns, self.values[places])


class Batch(NamedTuple):
    """Texts that a step is made from."""

    chosen: NDArray[np.int64]
    owners: NDArray[np.int64]
    """Of each feature of each text, the place of the text among the chosen."""
    numbers: NDArray[np.int64]
    """The features that there are, each once."""
    columns: NDArray[np.int64]
    """Of each feature of each text, its place in `numbers`."""
    values: Floats


def fit(batches: Sequence[Batch], wanted: Floats, counts: Floats) -> tuple[Floats, float]:
    """Logistic regression by AdaGrad steps (Duchi, Hazan and Singer, 2011): weights and bias."""
    rng = np.random.default_rng(SEED)
    weights, bias = np.zeros(1 << BITS), 0.0
    squares, bias_squares = np.full(1 << BITS, 1e-3), 1e-3
    for epoch in range(EPOCHS):
        rate = LEARNING_RATE * (1 - epoch / EPOCHS)
        for at in rng.permutation(len(batches)):
            chosen, owners, numbers, columns, values = batches[at]
            known = weights[numbers]
            scores = np.bincount(owners, values * known[columns], len(chosen)) + bias
            errors = (1 / (1 + np.exp(-scores)) - wanted[chosen]) * counts[chosen]
            slope = np.bincount(columns, values * errors[owners], len(numbers))
            slope += PENALTY * len(chosen) / len(wanted) * known
            squares[numbers] += slope**2
            weights[numbers] -= rate * slope / np.sqrt(squares[numbers])
            bias_squares += errors.sum() ** 2
            bias -= rate * errors.sum() / bias_squares**0.5
    return weights, float(bias)


def model_of(examples: Sequence[Example], head: Head) -> DistressModel:
    """The model that examples give, with the thresholds of a head."""
    rows = Rows(text for text, _, _ in examples)
    tiers = np.array([tier for _, tier, _ in examples])
    counts = np.array([count for _, _, count in examples])
    order = np.random.default_rng(SEED).permutation(len(tiers))
    parts = np.array_split(order, max(1, len(tiers) // BATCH))
    batches = [rows.batch(chosen) for chosen in parts]
    biases, scales, packed = [], [], []
    for least in (1, 2):
        weights, bias = fit(batches, (tiers >= least).astype(float), counts)
        scale = float(np.abs(weights).max()) / 127 or 1.0
        packed.append(np.round(weights / scale).astype(np.int8).tobytes())
        biases.append(bias)
        scales.append(scale)
    fitted = replace(head, biases=(biases[0], biases[1]), scales=(scales[0], scales[1]))
    return DistressModel(fitted, packed[0], packed[1])


def example_files(folder: Path) -> list[Path]:
    """The files of examples, in their order."""
    return sorted([*folder.glob("*.txt"), *folder.glob("*.yaml")])


def inputs_hash(folder: Path) -> str:
    """Tells whether files of examples, or how features are made of them, have changed since."""
    digest = hashlib.sha256()
    for path in example_files(folder):
        text = path.read_text("utf-8")
        digest.update(f"{path.name}\n{text}".encode())
        for line in text.splitlines()[::HASHED]:
            digest.update(repr(features(spoken_words(line))).encode())
    return digest.hexdigest()


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
        found += joined(own, rng)
    return [*found, *phrases(knowledge)]


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cries", type=Path, nargs="*", default=[], help="all tell of distress")
    parser.add_argument("--quiet", type=Path, nargs="*", default=[], help="none tells of distress")
    parser.add_argument("--near", type=Path, nargs="*", default=[], help="they sound like distress")
    arguments = parser.parse_args()
    measured = [
        [row for path in paths for row in read_rows(path) if row.language in LANGUAGES]
        for paths in (arguments.cries, arguments.quiet, arguments.near)
    ]
    if any(measured) and not all(measured):
        parser.error("--cries, --quiet and --near go together")
    settings = load_settings()
    knowledge = load(settings.content, settings.intents)
    folder = settings.intents / DISTRESS / EXAMPLES
    examples = all_examples(knowledge, folder)
    tell(f"Learning from {len(examples):,} examples …")
    head = EMPTY if all(measured) else load_distress_model().head
    model = model_of(examples, replace(head, learned_from=inputs_hash(folder)))
    if all(measured):
        signs = DistressFinder(knowledge.distress)
        cries, quiet, near = (Heard(model, signs, rows) for rows in measured)
        thresholds = thresholds_for(quiet, near)
        with_sign = sign_thresholds((cries, quiet, near))
        model = model.with_head(replace(model.head, thresholds=thresholds, signs=with_sign))
    MODEL.write_bytes(bytes(model))
    print(f"wrote {MODEL}: {MODEL.stat().st_size:,} bytes, {model.head}")


if __name__ == "__main__":
    main()
