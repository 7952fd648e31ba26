"""How sure the bot may be that a message asks a question of content/questions.

A logistic regression; its weights are in pair_calibration.json, written by
`python -m benchmarks.pairs --calibrate`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from bot.understanding.pair_matcher import FEATURES

CALIBRATION = Path(__file__).with_name("pair_calibration.json")


@dataclass(frozen=True)
class PairCalibration:
    """The weights of the features, and from which confidence a pair is answered and offered."""

    weights: tuple[float, ...]
    bias: float
    answered: float
    offered: float
    """The lowest score, 0 to 1, with which a pair is offered."""

    def confidence(self, features: Sequence[float]) -> float:
        """The probability, 0 to 1, that the best pair is what is asked."""
        score = self.bias + sum(
            feature * weight for feature, weight in zip(features, self.weights, strict=True)
        )
        return 1 / (1 + math.exp(-max(min(score, 30.0), -30.0)))


@cache
def load_pair_calibration(path: Path = CALIBRATION) -> PairCalibration:
    """Reads the fitted weights; raises ValueError when they are for other features."""
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if tuple(data["features"]) != FEATURES:
        raise ValueError(
            f"{path} was fitted for other features; run `python -m benchmarks.pairs --calibrate`"
        )
    return PairCalibration(tuple(data["weights"]), data["bias"], data["answered"], data["offered"])
