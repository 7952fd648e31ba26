"""How sure the bot may be of its best guess: a logistic model over a few plain signs.

The weights lie in calibration.json beside this file, written by `python -m benchmarks.calibrate`
from phrases that were left out of training. They speak of signs between 0 and 1, not of words, so
they hold for other content too.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

CALIBRATION = Path(__file__).with_name("calibration.json")

SIGNS = (
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
)
"""What confidence is computed from, in the order of `signs`."""


@dataclass(frozen=True)
class Calibration:
    """Means and scales of the signs, and the logistic weights."""

    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float
    threshold: float
    """From which confidence a question is answered."""

    def confidence(self, signs: Sequence[float]) -> float:
        """The probability, 0 to 1, that the best guess is right."""
        score = self.bias
        for sign, mean, scale, weight in zip(
            signs, self.means, self.scales, self.weights, strict=True
        ):
            score += (sign - mean) / scale * weight
        return 1 / (1 + math.exp(-max(min(score, 30.0), -30.0)))


@cache
def load_calibration(path: Path = CALIBRATION) -> Calibration:
    """Reads the fitted weights; raises ValueError when they are for other signs."""
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if tuple(data["signs"]) != SIGNS:
        raise ValueError(f"{path} was fitted for other signs; run `python -m benchmarks.calibrate`")
    return Calibration(
        tuple(data["means"]),
        tuple(data["scales"]),
        tuple(data["weights"]),
        data["bias"],
        data["threshold"],
    )
