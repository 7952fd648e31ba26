"""How sure the bot may be of its best guess: logistic regression over a few features.

The weights are in calibration.json next to this file, written by `python -m benchmarks.calibrate`
from phrases that were left out of training and from texts that nobody wrote for the bot. The
features are shares between 0 and 1, not words, so
the weights hold for other content too.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

CALIBRATION = Path(__file__).with_name("calibration.json")

FEATURES = (
    "mixed",
    "runner_up",
    "margin",
    "refusal",
    "over_refusal",
    "linear_refusal",
    "linear",
    "alignment",
    "alignment_refusal",
    "over_alignment_refusal",
    "linear_agrees",
    "alignment_agrees",
    "unknown",
    "unknown_in_scope",
    "length",
    "one_word",
    "place",
    "person",
    "linear_known",
    "alignment_known",
    "ours",
    "ours_share",
    "foreign",
    "foreign_without_ours",
    "linear_ours",
    "alignment_ours",
    "time",
    "time_without_ours",
)
"""The names of the features, in the order in which `Matcher` computes them: scores and shares
between 0 and 1, their differences, and yes or no as 1 or 0."""


CAUTION = dict.fromkeys(
    ("follow", "unfollow", "forget_me", "announce", "add_meeting", "change_details"), 0.1
)
"""By how much surer the bot must be of an intent whose answer costs more where it was not asked
for, because something is done."""


@dataclass(frozen=True)
class Calibration:
    """Means and standard deviations of the features, and the weights fitted to them."""

    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float
    threshold: float
    """The lowest confidence with which a question is answered."""
    bars: Mapping[str, float] = field(default_factory=dict)
    """The same of single intents, where it is another."""

    def bar(self, label: str) -> float:
        """The lowest confidence with which this intent is answered."""
        intent = label.partition(":")[0]
        return self.bars.get(intent, self.threshold) + CAUTION.get(intent, 0.0)

    def confidence(self, features: Sequence[float]) -> float:
        """The probability, 0 to 1, that the best guess is right: the sigmoid of the weighted sum.

        Raises ValueError for another number of features than FEATURES.
        """
        score = self.bias
        for feature, mean, scale, weight in zip(
            features, self.means, self.scales, self.weights, strict=True
        ):
            score += (feature - mean) / scale * weight
        return 1 / (1 + math.exp(-max(min(score, 30.0), -30.0)))


@cache
def load_calibration(path: Path = CALIBRATION) -> Calibration:
    """Reads the fitted weights; raises ValueError when they are for other features."""
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if tuple(data["features"]) != FEATURES:
        raise ValueError(
            f"{path} was fitted for other features; run `python -m benchmarks.calibrate`"
        )
    return Calibration(
        tuple(data["means"]),
        tuple(data["scales"]),
        tuple(data["weights"]),
        data["bias"],
        data["threshold"],
        data.get("bars", {}),
    )
