"""From which score on distress is heard, and what a sign adds to it: for `distress_model`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.distress import Row
from bot.knowledge.values import LANGUAGES
from bot.understanding.distress import DistressFinder, spoken_words
from bot.understanding.distress_model import DistressModel

TIERS = ("none", "maybe", "sure")

MAYBE, SURE = 0, 1
NOTICES = (0.003, 0.001)
"""Of texts without distress, how many get a notice, and how many one in place of an answer."""
NEAR_NOTICES = (0.03, 0.01)
"""The same of texts that sound like distress."""

NEWTON = 30
"""Steps in which what a sign counts is fitted."""
Floats = NDArray[np.float64]


class Heard:
    """What the model and the signs make of texts that were not learned from."""

    def __init__(self, model: DistressModel, signs: DistressFinder, rows: Sequence[Row]) -> None:
        self.languages = np.array([row.language for row in rows])
        self.tiers = np.array([TIERS.index(row.tier or "none") for row in rows])
        found = [signs.find(row.text) for row in rows]
        self.signs = np.array([TIERS.index(each.tier if each else "none") for each in found])
        self.scores = np.array([model.scores(spoken_words(row.text)) for row in rows])


def sign_counts(cries: Heard, others: Sequence[Heard]) -> dict[str, tuple[float, float]]:
    """By the tier of a sign, what it adds to both scores: fitted by logistic regression."""
    every = (cries, *others)
    signs = np.concatenate([each.signs for each in every])
    scores = np.concatenate([each.scores for each in every])
    tiers = np.concatenate([each.tiers for each in every])
    found = []
    for output, least in ((MAYBE, 1), (SURE, 2)):
        inputs = np.stack([scores[:, output], signs == 1, signs == 2, np.ones(len(signs))], axis=1)
        weights = np.zeros(4)
        for _ in range(NEWTON):
            odds = 1 / (1 + np.exp(-inputs @ weights))
            slope = inputs.T @ (odds - (tiers >= least)) + weights
            curve = (inputs.T * (odds * (1 - odds))) @ inputs + np.eye(4)
            weights -= np.linalg.solve(curve, slope)
        found.append([round(float(weights[at] / weights[0]), 2) for at in (1, 2)])
    return {"maybe": (found[MAYBE][0], found[SURE][0]), "sure": (found[MAYBE][1], found[SURE][1])}


def thresholds_for(
    counts: Mapping[str, tuple[float, float]], quiet: Heard, near: Heard
) -> dict[str, tuple[float, float]]:
    """By language, the scores from which on there are NOTICES and NEAR_NOTICES of notices.

    Halfway between what the texts of the language ask for and what those of all do: of some hundred
    of a language one may be an accident.
    """
    more = np.array([(0.0, 0.0), counts["maybe"], counts["sure"]])
    found: dict[str, tuple[float, float]] = {}
    for language in LANGUAGES:
        limits = []
        for output in (MAYBE, SURE):
            asked = [
                float(np.quantile(scores[chosen], 1 - share[output]))
                for each, share in ((quiet, NOTICES), (near, NEAR_NOTICES))
                for scores in ((each.scores + more[each.signs])[:, output],)
                for chosen in (each.languages == language, slice(None))
            ]
            limits.append(max(sum(asked[:2]), sum(asked[2:])) / 2)
        found[language] = round(limits[MAYBE] + 0.005, 2), round(limits[SURE] + 0.005, 2)
    return found
