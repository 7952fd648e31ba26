"""Fits the confidence model on left-out phrases and writes bot/understanding/calibration.json.

    python -m benchmarks.calibrate [--dry-run]

Prints what cross-validation promises: each fold is judged with a model fitted on the others.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.cross_validation import OURS_SHARE, Judged, left_out, tally
from bot.knowledge.library import FALLBACK
from bot.knowledge.loader import load
from bot.ops.settings import load_settings
from bot.understanding.confidence import CALIBRATION, FEATURES, Calibration

PENALTY = 1.0
STEPS = 25

WRONG_COSTS = 2.75
"""A wrong answer is worse than a refusal: it costs so many right answers when the threshold is
chosen."""

Floats = NDArray[np.float64]

LEVELS: Floats = np.arange(0.30, 0.85, 0.01)


def fit(judged: Sequence[Judged]) -> Calibration:
    """A logistic regression by Newton's method, each side weighted as people ask."""
    features = np.array([each.features for each in judged])
    right = np.array([float(each.right) for each in judged])
    ours = np.array([not each.gold.startswith(FALLBACK) for each in judged])
    weight = np.where(ours, OURS_SHARE / ours.mean(), (1 - OURS_SHARE) / (1 - ours.mean()))
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


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--dry-run", action="store_true", help="print, but write nothing")
    arguments = parser.parse_args()
    settings = load_settings()
    knowledge = load(settings.content, settings.intents)
    folds = left_out(knowledge, lambda text: print(text, file=sys.stderr, flush=True))
    everything = [each for fold in folds for each in fold]
    confidences: list[float] = []
    for at, fold in enumerate(folds):
        others = [each for number, rest in enumerate(folds) if number != at for each in rest]
        model = fit(others)
        confidences += [model.confidence(each.features) for each in fold]
    threshold = best_threshold(everything, confidences)
    for language in ("fi", "sv", "en"):
        chosen = [at for at, each in enumerate(everything) if each.language == language]
        found = tally(
            [everything[at] for at in chosen], [confidences[at] for at in chosen], threshold
        )
        print(f"{language}   {found}")
    for level in sorted({0.4, 0.5, 0.6, 0.7, round(threshold, 2)}):
        print(f"{level:.2f} {tally(everything, confidences, level)}")
    if arguments.dry_run:
        return
    final = fit(everything)
    data = {
        "written_by": "python -m benchmarks.calibrate",
        "features": FEATURES,
        "means": final.means,
        "scales": final.scales,
        "weights": final.weights,
        "bias": final.bias,
        "threshold": round(threshold, 2),
    }
    CALIBRATION.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    print(f"wrote {CALIBRATION}")


if __name__ == "__main__":
    main()
