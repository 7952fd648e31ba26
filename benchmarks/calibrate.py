"""Fits the confidence model and writes bot/understanding/calibration.json.

    python -m benchmarks.calibrate FILE_OR_FOLDER... [--dry-run]

It is fitted on phrases that were left out of training, and on texts that nobody wrote for the bot:
the files of `benchmarks.foreign`, of which nothing is right but small talk. Prints what
cross-validation promises: each fold, of phrases and of texts, is judged with a model fitted on the
others.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.cross_validation import FOLDS, OURS_SHARE, Judged, left_out, tally
from benchmarks.environments import tell
from benchmarks.foreign import ABOUT_THE_BOT, NOON, SMALL_TALK, ForeignText, read_texts
from bot.knowledge.library import FALLBACK
from bot.ops.settings import load_settings
from bot.understanding.confidence import CALIBRATION, CAUTION, FEATURES, Calibration
from bot.understanding.questions import OURS
from bot.understanding.reloader import Folders, Snapshot, make_snapshot

PENALTY = 1.0
STEPS = 25

WRONG_COSTS = 2.75
"""A wrong answer is worse than a refusal: it costs so many right answers when the threshold is
chosen."""

COSTS = {"contacts": 4.0, "person": 4.0, "human": 4.0}
"""The same for intents whose answer gives somebody's contact; `CAUTION` comes on top for acts."""

MOST_LOWER, MOST_HIGHER = 0.06, 0.2
"""By how much the bar of one intent may differ from the threshold of all."""

MIN_GUESSES = 60
"""Guesses of an intent, of phrases and texts together, from which it gets a bar of its own."""

MOST_WRONG = 0.013
"""The share of foreign texts that may be answered wrongly, before the rules of the interpreter."""

Floats = NDArray[np.float64]

LEVELS: Floats = np.arange(0.30, 0.85, 0.01)


FOREIGN_SHARE = 0.5
"""The share of texts that nobody wrote for the bot, among all that it is fitted to."""


@dataclass(frozen=True)
class ForeignGuess:
    """A guess for a foreign text or a clause of it."""

    text: ForeignText
    guess: str
    features: tuple[float, ...]

    @property
    def right(self) -> bool:
        """Whether the text is small talk and was guessed to be that."""
        return self.text.small_talk and self.guess in SMALL_TALK | ABOUT_THE_BOT


def fit(judged: Sequence[Judged], foreign: Sequence[ForeignGuess]) -> Calibration:
    """A logistic regression by Newton's method, each side weighted as people ask."""
    everything: list[Judged | ForeignGuess] = [*judged, *foreign]
    features = np.array([each.features for each in everything])
    right = np.array([float(each.right) for each in everything])
    ours = np.array([not each.gold.startswith(FALLBACK) for each in judged])
    of_phrases = (OURS_SHARE / ours.mean(), (1 - OURS_SHARE) / (1 - ours.mean()))
    weight = np.concatenate(
        [
            (1 - FOREIGN_SHARE) * np.where(ours, *of_phrases) / len(judged),
            np.full(len(foreign), FOREIGN_SHARE / max(len(foreign), 1)),
        ]
    )
    weight /= weight.mean()
    means, scales = features.mean(axis=0), features.std(axis=0) + 1e-6
    inputs = np.hstack([(features - means) / scales, np.ones((len(features), 1))])
    solution = np.zeros(inputs.shape[1])
    ridge = np.diag([PENALTY] * len(FEATURES) + [0.0])
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-inputs @ solution))
        slope = inputs.T @ (weight * (chance - right)) + ridge @ solution
        curve = (inputs * (weight * chance * (1 - chance))[:, None]).T @ inputs + ridge
        solution -= np.linalg.solve(curve, slope)
    return Calibration(
        tuple(means.tolist()),
        tuple(scales.tolist()),
        tuple(solution[:-1].tolist()),
        float(solution[-1]),
        0.5,
    )


def best_threshold(
    judged: Sequence[Judged], confidences: Sequence[float], levels: Floats = LEVELS
) -> float:
    """The one of `levels` with the best balance of right answers, wrong ones and refusals."""

    def worth(threshold: float) -> float:
        found = tally(judged, confidences, threshold)
        wrong = OURS_SHARE * found.wrong + (1 - OURS_SHARE) * (1 - found.others_refused)
        return found.handled - (WRONG_COSTS - 1) * wrong

    return float(max(levels, key=worth))


def best_bars(
    judged: Sequence[Judged],
    confidences: Sequence[float],
    foreign: Sequence[ForeignGuess],
    of_foreign: Sequence[float],
    threshold: float,
) -> dict[str, float]:
    """The bar of each intent, with the best balance of right answers and of wrong ones by cost.

    Of phrases and of foreign texts as many are counted as in the fit.
    """
    share = len(judged) / max(len(foreign), 1)
    found: dict[str, float] = {}
    intents = sorted({one.guess.partition(":")[0] for one in judged})
    for intent in intents:
        ours = [
            (confidence, one.right)
            for one, confidence in zip(judged, confidences, strict=True)
            if one.guess.partition(":")[0] == intent
        ]
        others = [
            (confidence, one.right)
            for one, confidence in zip(foreign, of_foreign, strict=True)
            if one.guess.partition(":")[0] == intent
        ]
        if len(ours) + len(others) < MIN_GUESSES or intent in SMALL_TALK:
            continue
        cost = COSTS.get(intent, WRONG_COSTS)

        around: list[float] = np.arange(
            threshold - MOST_LOWER, threshold + MOST_HIGHER + 0.001, 0.01
        ).tolist()
        worth = {level: _worth(level, ours, others, cost, share) for level in around}
        best = max(worth.values())
        # Of levels that are as good, the one nearest to the threshold of all.
        equal = [level for level, value in worth.items() if value == best]
        nearest = min(equal, key=lambda level: abs(level - threshold))
        found[intent] = round(nearest, 2)
    return found


def _worth(
    level: float,
    ours: Iterable[tuple[float, bool]],
    others: Iterable[tuple[float, bool]],
    cost: float,
    share: float,
) -> float:
    """What a bar is worth: right answers less the cost of wrong ones, each with its confidence."""
    of_ours = sum(1.0 if right else -cost for confidence, right in ours if confidence >= level)
    wrong = sum(confidence >= level and not right for confidence, right in others)
    return of_ours - cost * share * wrong


def guesses(snapshot: Snapshot, texts: Iterable[ForeignText]) -> list[list[ForeignGuess]]:
    """The guesses for each foreign text and its clauses, but for what is refused by rule.

    That is a detail in words that do not tell that the question is ours.
    """
    details = {f"{one.counts_as}:{one.key}" for one in snapshot.knowledge.details.values()}
    return [
        [
            ForeignGuess(text, guess.label, guess.features)
            for guess in snapshot.interpreter.guesses(text.text, NOON.date())
            if guess.label not in details or guess.ours >= OURS
        ]
        for text in texts
    ]


def wrongly_sure(model: Calibration, guessed: Sequence[ForeignGuess]) -> float:
    """The highest confidence of a guess that is not right, 0 to 1, caution taken off."""
    return max(
        (
            model.confidence(each.features) - CAUTION.get(each.guess, 0.0)
            for each in guessed
            if not each.right
        ),
        default=0.0,
    )


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("foreign", nargs="+", type=Path, metavar="FILE_OR_FOLDER")
    parser.add_argument("--dry-run", action="store_true", help="print, but write nothing")
    arguments = parser.parse_args()
    settings = load_settings()
    try:
        texts = read_texts(arguments.foreign)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    snapshot = make_snapshot(Folders(settings.content, settings.intents, demo=True))
    folds = left_out(snapshot.knowledge, tell)
    guessed = guesses(snapshot, texts)
    everything = [each for fold in folds for each in fold]
    confidences: list[float] = []
    surest: list[float] = []
    of_foreign: list[ForeignGuess] = []
    sure_of_foreign: list[float] = []
    for at, fold in enumerate(folds):
        others = [each for number, rest in enumerate(folds) if number != at for each in rest]
        model = fit(
            others,
            [each for number, one in enumerate(guessed) if number % FOLDS != at for each in one],
        )
        confidences += [model.confidence(each.features) for each in fold]
        surest += [wrongly_sure(model, one) for one in guessed[at::FOLDS]]
        for one in guessed[at::FOLDS]:
            of_foreign += one
            sure_of_foreign += [model.confidence(each.features) for each in one]
    threshold = best_threshold(everything, confidences)
    while np.mean(np.array(surest) >= threshold) > MOST_WRONG:
        threshold += 0.01
    for language in ("fi", "sv", "en"):
        chosen = [at for at, each in enumerate(everything) if each.language == language]
        found = tally(
            [everything[at] for at in chosen], [confidences[at] for at in chosen], threshold
        )
        print(f"{language}   {found}")
    for level in sorted({0.4, 0.5, 0.6, 0.7, 0.8, round(threshold, 2)}):
        wrong = np.mean(np.array(surest) >= level) * 1000
        print(
            f"{level:.2f} {tally(everything, confidences, level)}  foreign wrong {wrong:.1f}/1000"
        )
    bars = best_bars(everything, confidences, of_foreign, sure_of_foreign, threshold)
    print("bars: " + ", ".join(f"{intent} {bar:.2f}" for intent, bar in bars.items()))
    if arguments.dry_run:
        return
    final = fit(everything, [each for one in guessed for each in one])
    data = {
        "written_by": "python -m benchmarks.calibrate FOREIGN_TEXTS",
        "features": FEATURES,
        "means": final.means,
        "scales": final.scales,
        "weights": final.weights,
        "bias": final.bias,
        "threshold": round(threshold, 2),
        "bars": bars,
    }
    CALIBRATION.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    print(f"wrote {CALIBRATION}")


if __name__ == "__main__":
    main()
