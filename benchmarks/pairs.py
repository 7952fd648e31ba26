"""Questions and answers of content/questions: are they found in other words, and those alone?

    python -m benchmarks.pairs FILE --near FILE [--failures]
    python -m benchmarks.pairs FILE --near FILE --calibrate

A line of FILE is a pair: `key`, `lang`, `question`, `other_wordings`, `answer`, `networks` and
`paraphrases`, which the bot does not see. A line of the other is a message that sounds like a pair
and asks something else, or what our own intents answer: `lang` and `text`. The pairs are loaded
beside the shipped content; the answers are those of a first message, at noon of 29 November 2026.

A paraphrase is answered with the right pair, offered (the pair is among at most three buttons),
answered by another pair, by an intent, or not at all. `--calibrate` fits the confidence to both
files, and to parts of the pairs, so that a paraphrase whose pair is missing counts as a near miss;
it writes bot/understanding/pair_calibration.json.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.knowledge.question_pairs import Question
from bot.ops.settings import load_settings
from bot.understanding.interpreter import Interpreter, MessageContext
from bot.understanding.matcher import Guess
from bot.understanding.model import QUESTION, Found, Understanding
from bot.understanding.pair_confidence import CALIBRATION, PairCalibration
from bot.understanding.pair_matcher import FEATURES, Word
from bot.understanding.pairs import pair_features, pair_words
from bot.understanding.reloader import Folders, Snapshot, make_snapshot

DAY = dt.date(2026, 11, 29)

EVERYDAY = Path(__file__).with_name("sets") / "development" / "everyday.jsonl"
"""Texts that have nothing to do with us, on which the confidence is calibrated too."""

MAX_EVERYDAY = 0.004
"""The share of everyday texts that may be answered with a pair."""

MAX_OFFERED_EVERYDAY = 0.25
"""The share of them to which pairs may be offered."""

PARTS = (5, 10, 20, 30)
"""Sizes of the parts of the pairs that are calibrated on besides all of them."""

EVERYDAY_WEIGHT = 0.5
PENALTY = 3.0
STEPS = 30
MAX_NEAR = 0.03
"""The share of near misses that may be answered with a pair."""

SEED = 17

Rows = NDArray[np.float64]


NEAR = "-"
"""In place of the key of a pair, for a near miss."""


@dataclass(frozen=True)
class Case:
    """A message, and the key of the pair that it asks: NEAR for a near miss, else empty."""

    text: str
    language: str
    key: str = ""


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a file of JSON Lines."""
    for line in path.read_text("utf-8").splitlines():
        if line.strip():
            yield json.loads(line)


def read_pairs(path: Path) -> tuple[dict[str, Question], list[Case]]:
    """The pairs of a file as content, and what is asked of them."""
    questions: dict[str, Question] = {}
    cases: list[Case] = []
    for one in lines(path):
        key, language = one["key"].replace("_", "-"), one["lang"]
        questions[key] = Question.model_validate(
            {
                "key": key,
                "question": {language: [one["question"], *one["other_wordings"]]},
                "answer": {language: one["answer"]},
                "networks": one["networks"],
            }
        )
        cases += [Case(text, language, key) for text in one["paraphrases"]]
    return questions, cases


def loaded(snapshot: Snapshot, questions: dict[str, Question]) -> Interpreter:
    """An interpreter that knows these pairs besides the content."""
    knowledge = replace(snapshot.knowledge, questions=questions)
    return Interpreter(knowledge, snapshot.interpreter.trained)


def verdict(understood: Understanding, case: Case) -> str:
    """How a message was met."""
    first = understood.requests[0]
    if first.intent == QUESTION:
        return "answered" if case.key in first.entities.questions else "other pair"
    if any(case.key in one.entities.questions for one in understood.guesses):
        return "offered"
    return "refused" if understood.refused else "intent"


@dataclass(frozen=True)
class Read:
    """What the phrases alone say of a message."""

    words: list[Word]
    guess: Guess
    found: Found


def read_alone(snapshot: Snapshot, case: Case) -> Read:
    """Reads a message by a snapshot that knows no pairs."""
    masked, guess = snapshot.interpreter.read_alone(case.text, DAY)
    plain = snapshot.interpreter.understand(case.text, MessageContext(DAY))
    return Read(pair_words(masked), guess, Found(plain.requests, plain.confidence, plain.guesses))


def samples(
    snapshot: Snapshot, questions: dict[str, Question], cases: Sequence[Case]
) -> tuple[Rows, NDArray[np.bool_], NDArray[np.float64], list[str]]:
    """Features, whether right, weights and the pair asked, for all pairs and parts of them."""
    rng = random.Random(SEED)
    read = [read_alone(snapshot, case) for case in cases]
    parts = [dict(questions)]
    for size in PARTS:
        # As many messages of each size, roughly.
        parts += [
            {
                key: questions[key]
                for key in rng.sample(sorted(questions), min(size, len(questions)))
            }
            for _ in range(2)
        ]
    rows: list[tuple[float, ...]] = []
    right: list[bool] = []
    weights: list[float] = []
    asked: list[str] = []
    for part in parts:
        matcher = loaded(snapshot, part).pairs.pairs
        for case, each in zip(cases, read, strict=True):
            if matches := matcher.find(each.words, frozenset(part)):
                rows.append(pair_features(matches[0], each.guess, each.found))
                right.append(matches[0].key == case.key)
                asked.append(case.key)
                whole = 1.0 if len(part) == len(questions) else 0.15
                weights.append(whole if case.key else EVERYDAY_WEIGHT * whole)
    return np.array(rows), np.array(right), np.array(weights), asked


def fit(rows: Rows, right: NDArray[np.bool_], weights: NDArray[np.float64]) -> PairCalibration:
    """A logistic regression by Newton's method."""
    means, scales = rows.mean(0), rows.std(0) + 1e-6
    inputs = np.hstack([(rows - means) / scales, np.ones((len(rows), 1))])
    solution = np.zeros(inputs.shape[1])
    ridge = np.diag([PENALTY] * rows.shape[1] + [0.0])
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-inputs @ solution))
        slope = inputs.T @ (weights * (chance - right)) + ridge @ solution
        curve = (inputs * (weights * chance * (1 - chance))[:, None]).T @ inputs + ridge
        solution -= np.linalg.solve(curve, slope)
    bare = solution[:-1] / scales
    return PairCalibration(
        tuple(bare.tolist()), float(solution[-1] - bare @ means), answered=0.5, offered=0.0
    )


def calibrate(snapshot: Snapshot, questions: dict[str, Question], cases: list[Case]) -> None:
    """Fits the confidence, and sets the bar so that few near misses are answered."""
    rows, right, weights, asked = samples(snapshot, questions, cases)
    whole = slice(0, int((weights >= EVERYDAY_WEIGHT).sum()))
    keys = sorted(questions)
    fold_of = {key: number % 8 for number, key in enumerate(keys)}
    folds = np.array([fold_of.get(key, number % 8) for number, key in enumerate(asked)])
    held = np.zeros(len(rows))
    for fold in range(8):
        inside = folds != fold
        model = fit(rows[inside], right[inside], weights[inside])
        held[~inside] = [model.confidence(row) for row in rows[~inside]]
    asked_here = np.array(asked)[whole]
    near, everyday = asked_here == NEAR, asked_here == ""
    model = fit(rows, right, weights)
    of_all = np.array([model.confidence(row) for row in rows])
    bar = 1e-6 + max(
        float(np.sort(those[whole][some])[::-1][int(share * some.sum())])
        for those in (held, of_all)
        for some, share in ((near, MAX_NEAR), (everyday, MAX_EVERYDAY))
    )
    sure, ours = held[whole] >= bar, ~near & ~everyday
    print(
        f"left out: answered right {(sure & right[whole]).sum() / ours.sum():.1%}, "
        f"wrong {(sure & ~right[whole] & ours).sum() / ours.sum():.1%}, "
        f"near misses {(sure & near).sum() / near.sum():.1%}, "
        f"everyday {(sure & everyday).sum() / everyday.sum():.1%}, at {bar:.3f}"
    )
    scores = np.sort(rows[whole][everyday, 0])[::-1]
    data = {
        "written_by": "python -m benchmarks.pairs FILE --near FILE --calibrate",
        "features": FEATURES,
        "weights": [round(one, 4) for one in model.weights],
        "bias": round(model.bias, 4),
        "answered": round(bar, 3),
        "offered": round(float(scores[int(MAX_OFFERED_EVERYDAY * len(scores))]), 3),
    }
    CALIBRATION.write_text(json.dumps(data, indent=1) + "\n", "utf-8")
    print(f"wrote {CALIBRATION}: {data}")


def measure(interpreter: Interpreter, cases: Iterable[Case]) -> dict[str, list[tuple[Case, str]]]:
    """The verdicts of messages, by language."""
    found: defaultdict[str, list[tuple[Case, str]]] = defaultdict(list)
    for case in cases:
        understood = interpreter.understand(case.text, MessageContext(DAY))
        found[case.language].append((case, verdict(understood, case)))
    return found


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pairs")
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--near", type=Path, required=True)
    parser.add_argument("--failures", action="store_true")
    parser.add_argument("--calibrate", action="store_true")
    options = parser.parse_args()
    settings = load_settings()
    snapshot = make_snapshot(Folders(settings.content, settings.intents, demo=True))
    questions, cases = read_pairs(options.pairs)
    near = [Case(one["text"], one["lang"], NEAR) for one in lines(options.near)]
    if options.calibrate:
        everyday = [Case(one["text"], one["lang"]) for one in lines(EVERYDAY)]
        calibrate(snapshot, questions, [*cases, *near, *everyday])
        return
    interpreter = loaded(snapshot, questions)
    for name, some in (("paraphrases", cases), ("near misses", near)):
        by_language = measure(interpreter, some)
        by_language["all"] = [one for those in list(by_language.values()) for one in those]
        for language, those in by_language.items():
            counts = Counter(each for _, each in those)
            said = ", ".join(
                f"{each} {count / len(those):.1%}" for each, count in counts.most_common()
            )
            print(f"{name} {language:3} ({len(those)}): {said}")
        if options.failures:
            for case, each in by_language["all"]:
                if each not in ("answered", "refused") or (case.key != NEAR and each != "answered"):
                    print(f"  {each}: {case.key} | {case.text}")


if __name__ == "__main__":
    main()
