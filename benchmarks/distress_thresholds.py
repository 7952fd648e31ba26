"""From which score on distress is heard, with and without a sign: for `distress_model`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.distress import Row
from bot.knowledge.values import LANGUAGES, Language
from bot.understanding.distress import DistressFinder, spoken_words
from bot.understanding.distress_model import DistressModel

TIERS = ("none", "maybe", "sure")

MAYBE, SURE = 0, 1
NOTICES = (0.0015, 0.0003)
"""Of texts without distress, how many get a notice, and how many one in place of an answer."""
NEAR_NOTICES = (0.03, 0.005)
"""The same of texts that sound like distress."""

MARGINS: dict[Language, tuple[float, float]] = {
    "fi": (1.0, 1.5),
    "sv": (0.5, 1.5),
    "en": (0.5, 1.5),
}
"""What is added for each tier: what people write elsewhere, in forums and stories, sounds more like
distress than the quiet texts here (measured by `benchmarks.foreign`, most in Finnish)."""

NEWTON = 30
"""Steps in which the odds of signs are fitted."""
PRIOR = 1.0
"""How many texts the odds of the model itself count for there."""
Floats = NDArray[np.float64]


class Heard:
    """What the model and the signs make of texts that were not learned from."""

    def __init__(self, model: DistressModel, signs: DistressFinder, rows: Sequence[Row]) -> None:
        self.languages = np.array([row.language for row in rows])
        self.tiers = np.array([TIERS.index(row.tier or "none") for row in rows])
        found = [signs.find(row.text) for row in rows]
        self.signs = np.array([TIERS.index(each.tier if each else "none") for each in found])
        self.scores = np.array([model.scores(spoken_words(row.text)) for row in rows])


def sign_thresholds(every: Sequence[Heard]) -> dict[str, tuple[float, float]]:
    """By the tier of a sign, the scores from which on it tells of distress more often than not."""
    signs = np.concatenate([each.signs for each in every])
    scores = np.concatenate([each.scores for each in every])
    tiers = np.concatenate([each.tiers for each in every])
    found: dict[str, tuple[float, float]] = {}
    for sign in (1, 2):
        chosen = signs == sign
        maybe, sure = (
            _even(scores[chosen, output], tiers[chosen] >= least)
            for output, least in ((MAYBE, 1), (SURE, 2))
        )
        found[TIERS[sign]] = maybe, sure
    return found


def _even(scores: Floats, wanted: NDArray[np.bool_]) -> float:
    """The score at which the odds are even, by logistic regression."""
    inputs = np.stack([scores, np.ones(len(scores))], axis=1)
    weights = np.array([1.0, 0.0])
    for _ in range(NEWTON):
        odds = 1 / (1 + np.exp(-np.clip(inputs @ weights, -30, 30)))
        slope = inputs.T @ (odds - wanted) + PRIOR * (weights - (1.0, 0.0))
        curve = (inputs.T * (odds * (1 - odds))) @ inputs + PRIOR * np.eye(2)
        weights -= np.linalg.solve(curve, slope)
    return round(float(-weights[1] / weights[0]), 2)


def thresholds_for(quiet: Heard, near: Heard) -> dict[str, tuple[float, float]]:
    """By language, the scores from which on NOTICES and NEAR_NOTICES of texts without a sign are.

    The stricter of what the texts of the language ask for and what those of all do: of some hundred
    of a language the highest score may be low by accident.
    """
    found: dict[str, tuple[float, float]] = {}
    for language in LANGUAGES:
        limits = []
        for output in (MAYBE, SURE):
            asked = [
                float(
                    np.quantile(each.scores[chosen & (each.signs == 0), output], 1 - share[output])
                )
                for each, share in ((quiet, NOTICES), (near, NEAR_NOTICES))
                for chosen in (each.languages == language, each.languages != "")
            ]
            limits.append(max(asked))
        maybe, sure = (limit + more for limit, more in zip(limits, MARGINS[language], strict=True))
        found[language] = round(maybe + 0.005, 2), round(sure + 0.005, 2)
    return found
