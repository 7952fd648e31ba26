"""Classifies a masked message: two scorers over the same phrases, and a confidence on top."""

from __future__ import annotations

from collections.abc import Collection, Sequence, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.understanding.alignment import Alignment, Scores
from bot.understanding.confidence import FEATURES, Calibration
from bot.understanding.hash_index import LabelTable
from bot.understanding.linear_model import LinearModel
from bot.understanding.model import IntentMatch, Interpretation
from bot.understanding.text import MASKS, PERSON, PLACE, TIME
from bot.understanding.training import refused_labels

Floats = NDArray[np.float32]

LINEAR_SHARE = 0.5
"""How much of the mixed score the linear model gives; the alignment gives the rest."""


@dataclass(frozen=True)
class ScoreShift:
    """What a name in the message says of two intents that are worded alike.

    Where `mask` is in the message, `share` (0 to 1) of the score of `loser` moves to `winner`;
    where it is not, `share_without` of the score of `winner` moves to `loser`.
    """

    mask: str
    winner: str
    loser: str
    share: float
    share_without: float


SCORE_SHIFTS = (
    # `Hangasluoman numero` asks for the person, `koordinaattorin numero` for a contact.
    ScoreShift(PERSON, winner="person", loser="contacts", share=0.9, share_without=0.7),
    # `mihin verkostoon Hanna kuuluu` asks about a person, whatever else it names.
    *(
        ScoreShift(PERSON, winner="person", loser=loser, share=0.6, share_without=0.0)
        for loser in ("find_network", "network_info", "network_activity", "list_networks")
    ),
    # `mikä on Lapin Taikusydän` asks about a network, `mikä on Taikusydän` about the whole.
    ScoreShift(PLACE, winner="network_info", loser="about", share=0.5, share_without=0.0),
)

FOREIGN_WORDS = 4
"""More words that are none of ours say no more."""

NEARLY = 0.8
"""From which similarity a word is a form of a known one."""

EXACT_CONFIDENCE = 0.97
"""The confidence of a message that is a phrase of one intent word for word."""

RELATED_INTENTS = (frozenset({"network_info", "network_activity", "network_goals"}),)
"""Intents whose answers overlap, so that they are no rivals when doubt is measured."""


def are_related(a: str, b: str) -> bool:
    """Whether who asks one of two labels is answered by the other, too."""
    intents = [one.partition(":")[0] for one in (a, b)]
    # A person's details are asked of the contact persons of a place, too.
    of_same = len({"contacts" if one == "person" else one for one in intents}) == 1
    of_same = of_same and not (":" in a and ":" in b)
    return a == b or of_same or any({a, b} <= group for group in RELATED_INTENTS)


TALKED_OF = 1.25
"""By how much a label counts more that asks about what the conversation is about."""

_OURS, _FOREIGN, _PLACE, _PERSON, _REFUSED = map(
    FEATURES.index, ("ours", "foreign", "place", "person", "linear_refusal")
)


LIKELY = 8
"""So many labels of a ranking have their score beside them."""


@dataclass(frozen=True)
class Guess:
    """The best label for a message, and how sure it is."""

    label: str
    confidence: float
    """The probability, 0 to 1, that the label is right."""
    ranking: tuple[str, ...]
    """All labels that the bot answers, best first."""
    features: tuple[float, ...]
    """What the confidence was computed from, in the order of `confidence.FEATURES`."""
    refusal: str | None = None
    """The refused label that fits best of all labels; None when one that is answered does."""
    scores: tuple[float, ...] = ()
    """How well the labels of the ranking fit, as far as they are likely at all."""

    @property
    def ours(self) -> float:
        """How much the words tell that the question is ours, 0 to 1."""
        return self.features[_OURS]

    @property
    def refused(self) -> float:
        """How likely it is, by the linear model alone, that a refused label fits best."""
        return self.features[_REFUSED]

    @property
    def names(self) -> bool:
        """Whether a place or a person is named."""
        return bool(self.features[_PLACE] or self.features[_PERSON])

    @property
    def foreign(self) -> float:
        """How much of it is words that are none of ours, 0 to 1."""
        return self.features[_FOREIGN]


class Matcher:
    """Scores masked words against all intents.

    `same_words` are pairs of labels that are asked in the same words, so that they are no rivals.
    Raises ValueError where the two scorers were trained for different labels.
    """

    def __init__(
        self,
        linear: LinearModel,
        alignment: Alignment,
        calibration: Calibration | None,
        exact: LabelTable | None = None,
        same_words: Collection[frozenset[str]] = (),
    ) -> None:
        if linear.classes != alignment.labels:
            raise ValueError("the linear model and the alignment know different labels")
        self.labels = linear.classes
        self._names = np.array(self.labels, object)
        self._linear, self._alignment, self._calibration = linear, alignment, calibration
        self._exact = exact
        refused = refused_labels(self.labels)
        self._refused = np.array([label in refused for label in self.labels])
        self._answered = len(self.labels) - len(refused.intersection(self.labels))
        self._shifts = [
            (shift, self.labels.index(shift.winner), self.labels.index(shift.loser))
            for shift in SCORE_SHIFTS
            if {shift.winner, shift.loser} <= set(self.labels)
        ]
        self._related = np.array(
            [
                [are_related(a, b) or frozenset((a, b)) in same_words for b in self.labels]
                for a in self.labels
            ]
        )
        # Positions, because looking a few numbers up by them is faster than by yes and no.
        self._rivals_of = [row.nonzero()[0] for row in ~self._related & ~self._refused]
        self._related_to = [row.nonzero()[0] for row in self._related]
        (self._refused_at,) = self._refused.nonzero()
        self._lowered = np.where(self._refused, np.float32(-10), np.float32(0))

    def guess(self, words: Sequence[str], talked_of: Set[str] = frozenset()) -> Guess:
        """The best label among those that the bot answers, and how sure it is.

        `talked_of` are the labels that ask about what the conversation is about: they come before
        others that fit hardly better. How much is refused they do not change.
        """
        words = self._alignment.correct_spelling(words)
        linear = self._linear.probabilities(words)
        scores = self._alignment.scores(words)
        mixed = self._mix(linear, scores, words)
        answered = np.where(self._refused, -1.0, mixed)
        if talked_of:
            talked = [at for at, label in enumerate(self.labels) if label in talked_of]
            answered[talked] *= TALKED_OF
        order = np.argsort(-answered)
        features = self._features(words, linear, scores, mixed, order)
        confidence = self._calibration.confidence(features) if self._calibration else 0.0
        # The refused are last, since nothing scores as low as they do now.
        ranking = tuple(self._names.take(order[: self._answered]).tolist())
        fit = tuple(answered[order[:LIKELY]].tolist())
        best = int(mixed.argmax())
        refusal = self.labels[best] if self._refused[best] else None
        if self._exact and (written := self._exact.get(" ".join(words))):
            if written not in ranking:
                unsure = min(confidence, 1 - EXACT_CONFIDENCE)
                return Guess(ranking[0], unsure, ranking, features, written, fit)
            confidence = max(confidence, EXACT_CONFIDENCE)
            ranking = (written, *(label for label in ranking if label != written))
            fit = (1.0, *fit)
        return Guess(ranking[0], confidence, ranking, features, refusal, fit)

    def ours(self, words: Sequence[str]) -> float:
        """How much words tell that a question is ours, 0 to 1."""
        return self.guess(words).ours if words else 0.0

    def is_phrase(self, words: Sequence[str]) -> bool:
        """Whether words are a phrase of an intent word for word."""
        return self._exact is not None and self._exact.get(" ".join(words)) is not None

    def _mix(self, linear: Floats, scores: Scores, words: Sequence[str]) -> Floats:
        """The score of each label, 0 to 1, in the order of `labels`."""
        mixed: Floats = LINEAR_SHARE * linear + (1 - LINEAR_SHARE) * scores.best
        for shift, winner, loser in self._shifts:
            named = shift.mask in words
            share = shift.share if named else shift.share_without
            if not named:
                winner, loser = loser, winner
            gained = share * mixed[loser]
            mixed[loser] -= gained
            mixed[winner] = max(mixed[winner], gained)
        return mixed

    def _features(
        self,
        words: Sequence[str],
        linear: Floats,
        scores: Scores,
        mixed: Floats,
        order: NDArray[np.intp],
    ) -> tuple[float, ...]:
        """The features of confidence for the first label of `order`."""
        top = int(order[0])
        related, refused = self._related[top], self._refused_at
        runner_up = _highest(mixed, self._rivals_of[top])
        refusal = _highest(mixed, refused)
        aligned = float(scores.best[top])
        aligned_refusal = _highest(scores.best, refused)
        related_probability = float(np.add.reduce(linear.take(self._related_to[top])))
        linear_best = int((linear + self._lowered).argmax())
        alignment_best = int((scores.best + self._lowered).argmax())
        known = 1 - scores.unknown_in_scope
        foreign = min(scores.foreign, FOREIGN_WORDS) / FOREIGN_WORDS
        time = float(TIME in words)
        count = len(words)
        best = float(mixed[top])
        return (
            best,
            runner_up,
            best - runner_up,
            refusal,
            best - refusal,
            float(np.add.reduce(linear.take(refused))),
            related_probability,
            aligned,
            aligned_refusal,
            aligned - aligned_refusal,
            float(related[linear_best]),
            float(related[alignment_best]),
            scores.unknown,
            scores.unknown_in_scope,
            min(count, 12) / 12,
            1 / max(count, 1),
            float(PLACE in words),
            float(PERSON in words),
            related_probability * known,
            aligned * known,
            scores.ours,
            scores.ours_share,
            foreign,
            foreign * (1 - scores.ours),
            related_probability * scores.ours,
            aligned * scores.ours,
            time,
            time * (1 - scores.ours),
        )

    def explain(self, words: Sequence[str], count: int = 5) -> tuple[IntentMatch, ...]:
        """The best labels, refused ones included, each with the wording that fits it best."""
        words = self._alignment.correct_spelling(words)
        linear = self._linear.probabilities(words)
        scores = self._alignment.scores(words)
        mixed = self._mix(linear, scores, words)
        by_wording = self._alignment.by_wording(words)
        return tuple(
            IntentMatch(
                label=self.labels[index],
                score=float(mixed[index]),
                linear=float(linear[index]),
                alignment=float(scores.best[index]),
                phrase=self._alignment.nearest(self.labels[index], by_wording),
            )
            for index in np.argsort(-mixed)[:count]
        )

    def interpret(self, words: tuple[str, ...]) -> Interpretation:
        """The guess, and the best label of each of the two scorers alone."""
        guess = self.guess(words)
        corrected = self._alignment.correct_spelling(words)
        linear = self.labels[int(self._linear.probabilities(corrected).argmax())]
        alignment = self.labels[int(self._alignment.scores(corrected).best.argmax())]
        return Interpretation(words, guess.label, guess.confidence, linear, alignment)

    def is_known(self, word: str) -> bool:
        """Whether a phrase that the bot answers has a folded word, or nearly that."""
        return self._alignment.neighbours(word).known_in_scope >= NEARLY

    def tells(self, word: str) -> float:
        """How much a folded word tells by itself that a question is ours, 0 to 1."""
        return self._alignment.neighbours(word).ours

    def unknown_words(self, words: Sequence[str]) -> tuple[str, ...]:
        """The words that no phrase in scope has, nor a similar one."""
        return tuple(
            word
            for word in dict.fromkeys(words)
            if word not in MASKS and self._alignment.neighbours(word).known_in_scope < 0.6
        )


def _highest(scores: Floats, at: NDArray[np.intp]) -> float:
    """The highest of some scores, which are not negative; 0 where there are none."""
    return float(np.maximum.reduce(scores.take(at))) if len(at) else 0.0
