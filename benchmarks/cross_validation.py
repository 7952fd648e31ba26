"""Judges understanding on phrases left out of training, as if other people had written them.

A fold leaves whole templates out: not one of their wordings is seen in training. No measuring set
is read here, so what is tuned on this is not tuned to one.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.knowledge.library import FALLBACK, Knowledge
from bot.understanding.alignment import Alignment, PhraseWording, build_index
from bot.understanding.confidence import CALIBRATION, load_calibration
from bot.understanding.details import same_word_labels
from bot.understanding.linear_model import train
from bot.understanding.matcher import Matcher, are_related
from bot.understanding.questions import MIN_GUESS_CONFIDENCE, suggested
from bot.understanding.sample_cache import sample_phrases
from bot.understanding.trained_model import cache_folder
from bot.understanding.training import (
    SHORT_TALK,
    Example,
    examples_of,
    refused_labels,
    vocabulary,
)

UNDERSTANDING: Path = CALIBRATION.parent
"""Where the code lies that the result depends on."""

FOLDS = 4
MOST_OF_A_TEMPLATE = 3
SEED = 5

OURS_SHARE = 0.74
"""The share of questions that are in scope (as among the questions collected)."""


@dataclass(frozen=True)
class Judged:
    """One left-out example: the best guess, its features, and what was right."""

    guess: str
    gold: str
    features: tuple[float, ...]
    ranking: tuple[str, ...]
    language: str

    @property
    def right(self) -> bool:
        """Whether the guess is the label of the phrase, or a related one."""
        return equivalent(self.guess, self.gold)

    @property
    def suggested(self) -> bool:
        """Whether the right label would be among the guesses on offer."""
        return any(equivalent(label, self.gold) for label in suggested(self.ranking))


def equivalent(one: str, other: str) -> bool:
    """Whether who asks one of two labels is answered by the other, too."""
    return are_related(one, other)


def left_out(
    knowledge: Knowledge,
    say: Callable[[str], None],
    folds: int = FOLDS,
    judged_folds: int | None = None,
) -> list[list[Judged]]:
    """Trains without each fold in turn and judges it; a list for each fold."""
    sampled = sample_phrases(knowledge, frozenset(vocabulary(knowledge)))
    examples, wordings = examples_of(knowledge, sampled)
    same_words = same_word_labels(knowledge)
    return judge_folds(examples, wordings, say, folds, judged_folds, same_words)


def quick_tally(knowledge: Knowledge, say: Callable[[str], None]) -> Tally:
    """One fold, judged with the confidence and threshold in use; kept until something changes."""
    code = b"".join(path.read_bytes() for path in sorted(UNDERSTANDING.iterdir()) if path.is_file())
    digest = hashlib.sha256(code + knowledge.fingerprint.encode()).hexdigest()[:16]
    kept = cache_folder() / f"benchmark-cross-validation-{digest}.json"
    if kept.exists():
        return Tally(**json.loads(kept.read_text(encoding="utf-8")))
    (judged,) = left_out(knowledge, say, judged_folds=1)
    calibration = load_calibration()
    confidences = [calibration.confidence(each.features) for each in judged]
    found = tally(judged, confidences, calibration.threshold)
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(asdict(found)), encoding="utf-8")
    return found


def judge_folds(
    examples: Sequence[Example],
    wordings: Sequence[PhraseWording],
    say: Callable[[str], None],
    folds: int = FOLDS,
    judged_folds: int | None = None,
    same_words: Collection[frozenset[str]] = (),
) -> list[list[Judged]]:
    """The same from samples at hand; only the first `judged_folds`, where that is said."""
    templates = sorted({example.template for example in examples})
    random.Random(SEED).shuffle(templates)
    fold_of = {template: at % folds for at, template in enumerate(templates)}
    judged = []
    for fold in range(folds if judged_folds is None else judged_folds):
        say(f"fold {fold + 1} of {folds}")
        seen = [example for example in examples if fold_of[example.template] != fold]
        linear = train([each.words for each in seen], [each.label for each in seen])
        aligned = [each for each in wordings if fold_of[each.template] != fold]
        alignment = Alignment(build_index(aligned, refused_labels(linear.classes)))
        matcher = Matcher(linear, alignment, None, same_words=same_words)
        rest = [example for example in examples if fold_of[example.template] == fold]
        judged.append(_judge(matcher, rest, same_words))
    return judged


def _judge(
    matcher: Matcher, examples: Sequence[Example], same_words: Collection[frozenset[str]]
) -> list[Judged]:
    counts: dict[int, int] = {}
    judged = []
    for example in examples:
        counts[example.template] = counts.get(example.template, 0) + 1
        if counts[example.template] > MOST_OF_A_TEMPLATE or example.label in SHORT_TALK:
            continue
        guess = matcher.guess(example.words)
        # Of details that are asked in the same words, the talk decides.
        same = frozenset((guess.label, example.label)) in same_words
        gold = guess.label if same else example.label
        judged.append(Judged(guess.label, gold, guess.features, guess.ranking, example.language))
    return judged


@dataclass(frozen=True)
class Tally:
    """Shares of questions in scope (right, wrong, refused) and out of scope (refused).

    Of those in scope that were refused, `suggested` had the right intent among the guesses offered;
    of those out of scope that were refused, `pestered` were offered guesses all the same.
    """

    right: float
    wrong: float
    refused: float
    others_refused: float
    suggested: float
    pestered: float

    @property
    def handled(self) -> float:
        """Handled right over all that people ask."""
        return OURS_SHARE * self.right + (1 - OURS_SHARE) * self.others_refused

    def __str__(self) -> str:
        return (
            f"handled {self.handled:.3f}  right {self.right:.3f}  wrong {self.wrong:.3f}  "
            f"refused {self.refused:.3f}  not ours refused {self.others_refused:.3f}  "
            f"suggested {self.suggested:.3f}  pestered {self.pestered:.3f}"
        )


def tally(judged: Sequence[Judged], confidences: Sequence[float], threshold: float) -> Tally:
    """The shares when answers are given from a confidence on."""
    answered = np.array(confidences) >= threshold
    ours = np.array([not each.gold.startswith(FALLBACK) for each in judged])
    right = np.array([each.right for each in judged])
    offered = np.array(confidences) >= MIN_GUESS_CONFIDENCE
    helpful = np.array([each.suggested for each in judged])
    return Tally(
        right=float((answered & right)[ours].mean()),
        wrong=float((answered & ~right)[ours].mean()),
        refused=float((~answered)[ours].mean()),
        others_refused=float((~answered)[~ours].mean()),
        suggested=_share((offered & helpful)[ours & ~answered]),
        pestered=_share(offered[~ours & ~answered]),
    )


def _share(found: NDArray[np.bool_]) -> float:
    """The share of those found; none of none is nothing."""
    return float(found.mean()) if len(found) else 0.0
