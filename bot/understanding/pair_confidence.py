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
class Judgement:
    """The weights of the first features, and from which confidence on it says yes."""

    weights: tuple[float, ...]
    bias: float
    bar: float

    def confidence(self, features: Sequence[float]) -> float:
        """The probability, 0 to 1; of the features as many count as there are weights."""
        score = self.bias + sum(
            feature * weight for feature, weight in zip(features, self.weights, strict=False)
        )
        return 1 / (1 + math.exp(-max(min(score, 30.0), -30.0)))

    def agrees(self, features: Sequence[float]) -> bool:
        """Whether the features are enough."""
        return self.confidence(features) >= self.bar


@dataclass(frozen=True)
class PairCalibration:
    """Two judgements of one match: whether it is what is asked, and whether the message is about
    anything of the pairs at all."""

    answered: Judgement
    offered: Judgement


@cache
def load_pair_calibration(path: Path = CALIBRATION) -> PairCalibration:
    """Reads the fitted weights; raises ValueError when they are for other features."""
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if tuple(data["features"]) != FEATURES:
        raise ValueError(
            f"{path} was fitted for other features; run `python -m benchmarks.pairs --calibrate`"
        )
    answered, offered = (
        Judgement(tuple(one["weights"]), one["bias"], one["bar"])
        for one in (data["answered"], data["offered"])
    )
    return PairCalibration(answered, offered)
