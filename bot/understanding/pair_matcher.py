"""Finds the questions of content/questions that a message asks in other words.

Built from the questions alone in milliseconds, without training, so that an edit is live at once.
A message is compared by the letters of its words with each wording, with all wordings together and
with the answer, and by the classes of words (`word_classes`), which hold across languages. Words
that say little count little: short ones, everyday ones, those that our own intents are asked in.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from bot.knowledge.question_pairs import Question
from bot.understanding.word_classes import word_class
from bot.understanding.word_table import load_word_table

GRAMS = (3, 4, 5)
"""Letters of the parts of words that are compared."""

SHORT_WORD, EVERYDAY, OURS = 0.1, 0.35, 0.5
"""What words count that say little; others count 1. Measured on left-out wordings."""

MIN_LETTERS = 4

ANSWER_SHARE = 0.8
"""What the likeness to the answer counts; that to the wordings counts 1."""

CLASS_SHARE = 0.1
"""What the likeness by classes of words counts, of each of the three texts."""

MOST = 2 + ANSWER_SHARE + 3 * CLASS_SHARE

UNLIKE = 0.3
"""Below this likeness to every word of a question and its answer, a word is none of theirs."""

ALIKE = 0.5
"""From this likeness two words are forms of one."""

Floats = NDArray[np.float32]

Word = tuple[str, str]
"""Folded and normalised."""

FEATURES = (
    *("score", "margin", "wordings", "with_answer", "strange", "mass", "length", "one_word"),
    *("intent", "taken", "refused", "refused_topic"),
    *("linear_refusal", "linear", "alignment", "alignment_refusal"),
    *("unknown", "unknown_in_scope", "ours", "ours_share", "foreign"),
)
"""What the confidence of the best pair is computed from: what `PairMatch.features` gives, then what
the phrases say of the same message."""

OF_PAIR = 8
"""How many of FEATURES are of the pair."""

OF_ANSWERS = 12
"""How many of FEATURES tell whether a pair is answered; all of them whether it is offered."""


@dataclass(frozen=True)
class PairMatch:
    """A question that a message may ask."""

    key: str
    score: float
    """0 to 1."""
    features: tuple[float, ...] = ()
    """The first OF_PAIR of FEATURES; of the best match alone."""
    tells: bool = False
    """Whether the message has a word of its wordings that is neither everyday nor one of ours; of
    the best match alone."""


@lru_cache(8_192)
def _grams(word: str) -> frozenset[str]:
    bounded = f"<{word}>"
    return frozenset(
        bounded[at : at + size] for size in GRAMS for at in range(max(1, len(bounded) - size + 1))
    )


def _likeness(one: str, other: str) -> float:
    """How many parts two words share, 0 to 1."""
    mine, theirs = _grams(one), _grams(other)
    return len(mine & theirs) / math.sqrt(len(mine) * len(theirs))


class _Texts:
    """Texts as weighted parts; which of them a message is like, by cosine."""

    def __init__(self, texts: Sequence[Mapping[str, float]], rarity: Mapping[str, float]) -> None:
        self._rarity, self._count = rarity, len(texts)
        postings: defaultdict[str, tuple[list[int], list[float]]] = defaultdict(lambda: ([], []))
        for number, parts in enumerate(texts):
            weighted = {part: weight * rarity[part] for part, weight in parts.items()}
            length = math.sqrt(sum(weight**2 for weight in weighted.values())) or 1.0
            for part, weight in weighted.items():
                rows, values = postings[part]
                rows.append(number)
                values.append(weight / length)
        self._postings = {
            part: (np.array(rows, np.intp), np.array(values, np.float32))
            for part, (rows, values) in postings.items()
        }

    def like(self, parts: Mapping[str, float], unseen: float) -> Floats:
        """The cosine with each text, 0 to 1; `unseen` is the rarity of a part that none has."""
        found = np.zeros(self._count, np.float32)
        total = 0.0
        for part, weight in parts.items():
            weighted = weight * self._rarity.get(part, unseen)
            total += weighted**2
            if posting := self._postings.get(part):
                rows, values = posting
                found[rows] += values * np.float32(weighted)
        return found / np.float32(math.sqrt(total)) if total else found


class PairMatcher:
    """Built once per Knowledge.

    `read` gives the words of a text with its names left out; `is_ours` tells which words our own
    intents are asked in.
    """

    def __init__(
        self,
        questions: Iterable[Question],
        read: Callable[[str], Sequence[Word]],
        is_ours: Callable[[str], bool],
    ) -> None:
        self._is_ours, self._table = is_ours, load_word_table()
        self.keys: tuple[str, ...] = ()
        self._wordings: list[tuple[Word, ...]] = []
        self._answers: list[tuple[Word, ...]] = []
        owners: list[int] = []
        singles: list[tuple[Word, ...]] = []
        for number, question in enumerate(questions):
            self.keys += (question.key,)
            worded = [tuple(read(text)) for _, _, text in question.question.all()]
            singles += worded
            owners += [number] * len(worded)
            self._wordings.append(tuple(word for one in worded for word in one))
            given = (getattr(question.answer, code) for code in question.answer.languages())
            self._answers.append(tuple(word for text in given for word in read(text)))
        self._owners = np.array(owners, np.intp)
        known = {word for text in (*self._wordings, *self._answers) for word, _ in text}
        self._weights = {word: self._new_weight(word) for word in sorted(known)}
        self._letters = self._texts(singles, self._parts)
        self._classes = self._texts(singles, self._class_parts)

    def _texts(
        self,
        singles: Sequence[tuple[Word, ...]],
        parts_of: Callable[[Iterable[Word]], dict[str, float]],
    ) -> tuple[_Texts, _Texts, _Texts]:
        wordings = [parts_of(words) for words in self._wordings]
        answers = [parts_of(words) for words in self._answers]
        seen = Counter(
            part
            for one, other in zip(wordings, answers, strict=True)
            for part in one.keys() | other.keys()
        )
        rarity = {part: _rarity(len(self.keys), count) for part, count in seen.items()}
        each = [parts_of(words) for words in singles]
        return _Texts(each, rarity), _Texts(wordings, rarity), _Texts(answers, rarity)

    def weight(self, word: str) -> float:
        """How much a folded word tells, 0 to 1."""
        known = self._weights.get(word)
        return self._new_weight(word) if known is None else known

    def _new_weight(self, word: str) -> float:
        if len(word) < MIN_LETTERS:
            return SHORT_WORD
        if self._table.is_everyday(word):
            return EVERYDAY
        return OURS if self._is_ours(word) else 1.0

    def _parts(self, words: Iterable[Word]) -> dict[str, float]:
        found: defaultdict[str, float] = defaultdict(float)
        for folded, _ in words:
            grams = _grams(folded)
            share = self.weight(folded) / math.sqrt(len(grams))
            for gram in grams:
                found[gram] += share
        return found

    def _class_parts(self, words: Iterable[Word]) -> dict[str, float]:
        found: defaultdict[str, float] = defaultdict(float)
        for folded, norm in words:
            number = word_class(norm)
            if number is not None:
                found[str(number)] += self.weight(folded)
        return found

    def find(self, words: Sequence[Word], among: frozenset[str]) -> list[PairMatch]:
        """The questions out of `among` that are like a message, best first; the first with what its
        confidence is computed from."""
        if not words or not self.keys:
            return []
        unseen = _rarity(len(self.keys), 0)
        scores = np.zeros(len(self.keys), np.float32)
        for texts, share, parts in (
            (self._letters, 1.0, self._parts(words)),
            (self._classes, CLASS_SHARE, self._class_parts(words)),
        ):
            single, wordings, answer = (each.like(parts, unseen) for each in texts)
            best = np.zeros(len(self.keys), np.float32)
            np.maximum.at(best, self._owners, single)
            answer_share = ANSWER_SHARE if share == 1.0 else 1.0
            scores += share * (best + wordings + answer_share * answer)
        order = [at for at in np.argsort(-scores, kind="stable").tolist() if self.keys[at] in among]
        found = [PairMatch(self.keys[at], float(scores[at]) / MOST) for at in order if scores[at]]
        if found:
            second = found[1].score if len(found) > 1 else 0.0
            first = found[0]
            features = self._features(words, order[0], first.score, first.score - second)
            found[0] = PairMatch(first.key, first.score, features, self._tells(words, order[0]))
        return found

    def _tells(self, words: Sequence[Word], at: int) -> bool:
        asked = {folded for folded, _ in self._wordings[at]}
        return any(
            self.weight(folded) > OURS and any(_likeness(folded, one) >= ALIKE for one in asked)
            for folded, _ in words
        )

    def _features(
        self, words: Sequence[Word], at: int, score: float, margin: float
    ) -> tuple[float, ...]:
        asked = dict.fromkeys(folded for folded, _ in self._wordings[at])
        said = dict.fromkeys(folded for folded, _ in self._answers[at])
        mass = wordings = with_answer = strange = 0.0
        for folded, _ in words:
            weight = self.weight(folded)
            by_wordings = max((_likeness(folded, one) for one in asked), default=0.0)
            by_answer = max((_likeness(folded, one) for one in said), default=0.0)
            by_either = max(by_wordings, ANSWER_SHARE * by_answer)
            mass += weight
            wordings += weight * by_wordings
            with_answer += weight * by_either
            strange += weight > EVERYDAY and by_either < UNLIKE
        count = len(words)
        return (
            *(score, margin, wordings / mass, with_answer / mass),
            *(min(strange, 6) / 6, min(mass, 8) / 8, min(count, 12) / 12, 1 / count),
        )


def _rarity(questions: int, having: int) -> float:
    """How much a part tells that so many of all questions have."""
    return math.log((questions + 1) / (having + 1)) + 0.3
