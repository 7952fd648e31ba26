"""Which intent a masked message has: two scorers over the same phrases, and a confidence on top."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.understanding.alignment import Alignment, Scores
from bot.understanding.confidence import Calibration
from bot.understanding.keys import Labels
from bot.understanding.linear import LinearModel
from bot.understanding.model import Match, Reading
from bot.understanding.text import MASKS, PERSON, PLACE
from bot.understanding.training import refused_labels

Floats = NDArray[np.float32]

LINEAR_SHARE = 0.5
"""How much of the mixed score the linear model gives; the alignment gives the rest."""


@dataclass(frozen=True)
class Pull:
    """What a name in the message says of two intents that are worded alike.

    While `mask` is in the message, `share` of the score of `loser` goes to `winner`; while it is
    not, the same the other way round.
    """

    mask: str
    winner: str
    loser: str
    share: float
    back: float


PULLS = (
    # `Hangasluoman numero` asks for the person, `koordinaattorin numero` for a contact.
    Pull(PERSON, winner="person", loser="contacts", share=0.9, back=0.7),
    # `mihin verkostoon Hanna kuuluu` asks about a person, whatever else it names.
    *(
        Pull(PERSON, winner="person", loser=loser, share=0.6, back=0.0)
        for loser in ("find_network", "network_info", "network_activity", "list_networks")
    ),
    # `mikä on Lapin Taikusydän` asks about a network, `mikä on Taikusydän` about the whole.
    Pull(PLACE, winner="network_info", loser="about", share=0.5, back=0.0),
)

WORD_FOR_WORD = 0.97
"""The confidence of a message that is a phrase of one intent word for word."""

RELATED_INTENTS = (frozenset({"network_info", "network_activity", "network_goals"}),)
"""Intents whose answers overlap, so that they are no rivals when doubt is measured."""


@dataclass(frozen=True)
class Guess:
    """The best label for a message, and what speaks for and against it."""

    label: str
    confidence: float
    ranking: tuple[str, ...]
    """All labels that the bot answers, best first."""
    signs: tuple[float, ...]
    refusal: str | None = None
    """The refused label that fits best of all labels; None when one that is answered does."""


class Matcher:
    """Scores masked words against all intents."""

    def __init__(
        self,
        linear: LinearModel,
        alignment: Alignment,
        calibration: Calibration | None,
        exact: Labels | None = None,
    ) -> None:
        if linear.classes != alignment.labels:
            raise ValueError("the linear model and the alignment know different labels")
        self.labels = linear.classes
        self._linear, self._alignment, self._calibration = linear, alignment, calibration
        self._exact = exact
        refused = refused_labels(self.labels)
        self._refused = np.array([label in refused for label in self.labels])
        self._answered = len(self.labels) - len(refused.intersection(self.labels))
        self._pulls = [
            (pull, self.labels.index(pull.winner), self.labels.index(pull.loser))
            for pull in PULLS
            if {pull.winner, pull.loser} <= set(self.labels)
        ]
        self._kin = np.array(
            [
                [a == b or any({a, b} <= group for group in RELATED_INTENTS) for b in self.labels]
                for a in self.labels
            ]
        )
        self._rivals = ~self._kin & ~self._refused

    def guess(self, words: Sequence[str]) -> Guess:
        """The best label among those that the bot answers, and how sure it is."""
        words = self._alignment.spelled(words)
        linear = self._linear.probabilities(words)
        scores = self._alignment.scores(words)
        mixed = self._mix(linear, scores, words)
        answered = np.where(self._refused, -1.0, mixed)
        order = np.argsort(-answered)
        signs = self._signs(words, linear, scores, mixed, order)
        confidence = self._calibration.confidence(signs) if self._calibration else 0.0
        # The refused are last, since nothing scores as low as they do now.
        ranking = tuple([self.labels[at] for at in order[: self._answered].tolist()])
        best = int(mixed.argmax())
        refusal = self.labels[best] if self._refused[best] else None
        if self._exact and (written := self._exact.get(" ".join(words))):
            if written not in ranking:
                unsure = min(confidence, 1 - WORD_FOR_WORD)
                return Guess(ranking[0], unsure, ranking, signs, written)
            confidence = max(confidence, WORD_FOR_WORD)
            ranking = (written, *(label for label in ranking if label != written))
        return Guess(ranking[0], confidence, ranking, signs, refusal)

    def _mix(self, linear: Floats, scores: Scores, words: Sequence[str]) -> Floats:
        mixed: Floats = LINEAR_SHARE * linear + (1 - LINEAR_SHARE) * scores.best
        for pull, winner, loser in self._pulls:
            named = pull.mask in words
            share = pull.share if named else pull.back
            if not named:
                winner, loser = loser, winner
            gained = share * mixed[loser]
            mixed[loser] -= gained
            mixed[winner] = max(mixed[winner], gained)
        return mixed

    def _signs(
        self,
        words: Sequence[str],
        linear: Floats,
        scores: Scores,
        mixed: Floats,
        order: NDArray[np.intp],
    ) -> tuple[float, ...]:
        top = int(order[0])
        kin, refused = self._kin[top], self._refused
        rivals = mixed[self._rivals[top]]
        runner_up = float(rivals.max()) if len(rivals) else 0.0
        refusal = float(mixed[refused].max(initial=0.0))
        aligned = float(scores.best[top])
        aligned_refusal = float(scores.best[refused].max(initial=0.0))
        of_kin = float(linear[kin].sum())
        linear_best = int(np.where(refused, -1.0, linear).argmax())
        alignment_best = int(np.where(refused, -1.0, scores.best).argmax())
        known = 1 - scores.unknown_in_scope
        count = len(words)
        best = float(mixed[top])
        return (
            best,
            runner_up,
            best - runner_up,
            refusal,
            best - refusal,
            float(linear[refused].sum()),
            of_kin,
            aligned,
            aligned_refusal,
            aligned - aligned_refusal,
            float(kin[linear_best]),
            float(kin[alignment_best]),
            scores.unknown,
            scores.unknown_in_scope,
            min(count, 12) / 12,
            1 / max(count, 1),
            float(PLACE in words),
            float(PERSON in words),
            of_kin * known,
            aligned * known,
        )

    def explain(self, words: Sequence[str], count: int = 5) -> tuple[Match, ...]:
        """The best labels, refused ones included, each with the wording that fits it best."""
        words = self._alignment.spelled(words)
        linear = self._linear.probabilities(words)
        scores = self._alignment.scores(words)
        mixed = self._mix(linear, scores, words)
        return tuple(
            Match(
                label=self.labels[index],
                score=float(mixed[index]),
                linear=float(linear[index]),
                alignment=float(scores.best[index]),
                phrase=self._alignment.nearest(self.labels[index], scores),
            )
            for index in np.argsort(-mixed)[:count]
        )

    def read(self, words: tuple[str, ...]) -> Reading:
        """The guess, and what each of the two scorers says by itself."""
        guess = self.guess(words)
        spelled = self._alignment.spelled(words)
        linear = self.labels[int(self._linear.probabilities(spelled).argmax())]
        alignment = self.labels[int(self._alignment.scores(spelled).best.argmax())]
        return Reading(words, guess.label, guess.confidence, linear, alignment)

    def unknown_words(self, words: Sequence[str]) -> tuple[str, ...]:
        """The words that no phrase of the bot's own subjects knows."""
        return tuple(
            word
            for word in dict.fromkeys(words)
            if word not in MASKS and self._alignment.neighbours(word).known_in_scope < 0.6
        )
