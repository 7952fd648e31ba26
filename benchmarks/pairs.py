"""Questions and answers of content/questions: are they found in other words, and those alone?

    python -m benchmarks.pairs FILE --near FILE [--failures]
    python -m benchmarks.pairs FILE --near FILE --calibrate

A line of FILE is a pair: `key`, `lang`, `question`, `other_wordings`, `answer`, `networks` and
`paraphrases`, which the bot does not see. A line of the other is a message that sounds like a pair
and asks something else, or what our own intents answer: `lang` and `text`. The pairs are loaded
beside the shipped content; the answers are those of a first message, at noon of 29 November 2026.

A paraphrase is answered with the right pair, offered (the pair is among at most three buttons),
answered by another pair or an intent, with the right pair among the buttons or not, or refused.
`--calibrate` fits the confidence to both files, to everyday texts, and to parts of the pairs, so
that a paraphrase whose pair is missing counts as a near miss; it writes
bot/understanding/pair_calibration.json.
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

from bot.channels.conversation import Conversations, IncomingMessage, Reply
from bot.knowledge.question_pairs import Question
from bot.ops.settings import load_settings
from bot.understanding.interpreter import Interpreter, MessageContext
from bot.understanding.matcher import Guess
from bot.understanding.model import QUESTION, Found
from bot.understanding.pair_confidence import CALIBRATION, Judgement
from bot.understanding.pair_matcher import FEATURES, OF_ANSWERS, Word
from bot.understanding.pairs import pair_features, pair_words
from bot.understanding.reloader import Folders, Snapshot, make_snapshot

NOON = dt.datetime(2026, 11, 29, 10, tzinfo=dt.UTC)
DAY = NOON.date()

EVERYDAY = Path(__file__).with_name("sets") / "development" / "everyday.jsonl"
"""Texts that have nothing to do with us, on which the confidence is calibrated too."""

MAX_EVERYDAY = 0.004
"""The share of everyday texts that may be answered with a pair."""

MAX_OFFERED_EVERYDAY = 0.3
"""The share of them to which pairs may be offered."""

PARTS = (5, 10, 20, 30)
"""Sizes of the parts of the pairs that are calibrated on besides all of them."""

EVERYDAY_WEIGHT = 0.3
PENALTY = 3.0
STEPS = 30
FOLDS = 8
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


def verdict(reply: Reply, case: Case) -> str:
    """How a message was met."""
    understood = reply.understanding
    first = understood.requests[0]
    if first.intent == QUESTION and case.key in first.entities.questions:
        return "answered"
    beside = any(one.intent == f"{QUESTION}:{case.key}" for one in reply.answer.suggestions)
    if understood.refused:
        return "offered" if beside else "refused"
    met = "other pair" if first.intent == QUESTION else "intent"
    return f"{met}, offered beside" if beside else met


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


def fit(
    rows: Rows, right: NDArray[np.bool_], weights: NDArray[np.float64], bar: float = 0.5
) -> Judgement:
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
    return Judgement(tuple(bare.tolist()), float(solution[-1] - bare @ means), bar)


def calibrate(snapshot: Snapshot, questions: dict[str, Question], cases: list[Case]) -> None:
    """Fits both judgements, and sets their bars so that few messages are met wrongly."""
    rows, right, weights, asked = samples(snapshot, questions, cases)
    whole = np.array([weight in (1.0, EVERYDAY_WEIGHT) for weight in weights])
    keys = np.array(asked)
    near, everyday = keys == NEAR, keys == ""
    answered = rows[:, :OF_ANSWERS]
    held = left_out(answered, right, weights, asked)
    model = fit(answered, right, weights)
    seen = np.array([model.confidence(row) for row in answered])
    bar = 1e-4 + max(
        float(np.sort(those[whole & some])[::-1][int(share * (whole & some).sum())])
        for those in (held, seen)
        for some, share in ((near, MAX_NEAR), (everyday, MAX_EVERYDAY))
    )
    sure, ours = whole & (held >= bar), whole & ~near & ~everyday
    print(
        f"left out: answered right {(sure & right)[ours].mean():.1%}, "
        f"wrong {(sure & ~right)[ours].mean():.1%}, near misses {sure[whole & near].mean():.1%}, "
        f"everyday {sure[whole & everyday].mean():.1%}, at {bar:.3f}"
    )
    of_ours = whole & ~near
    about = left_out(rows[of_ours], ~everyday[of_ours], np.ones(of_ours.sum()), keys[of_ours])
    offered_bar = float(np.quantile(about[everyday[of_ours]], 1 - MAX_OFFERED_EVERYDAY))
    print(f"left out: about a pair {(about >= offered_bar)[~everyday[of_ours]].mean():.1%}")
    judgements = {
        "answered": replace(model, bar=bar),
        "offered": fit(rows[of_ours], ~everyday[of_ours], np.ones(of_ours.sum()), offered_bar),
    }
    data = {
        "written_by": "python -m benchmarks.pairs FILE --near FILE --calibrate",
        "features": FEATURES,
        **{
            name: {
                "weights": [round(weight, 4) for weight in one.weights],
                "bias": round(one.bias, 4),
                "bar": round(one.bar, 4),
            }
            for name, one in judgements.items()
        },
    }
    CALIBRATION.write_text(json.dumps(data, indent=1) + "\n", "utf-8")
    print(f"wrote {CALIBRATION}")


def left_out(
    rows: Rows, right: NDArray[np.bool_], weights: NDArray[np.float64], asked: Sequence[str]
) -> Rows:
    """The confidence of each message by a fit that has not seen its pair."""
    fold_of = {key: number % FOLDS for number, key in enumerate(sorted({*asked} - {NEAR, ""}))}
    folds = np.array([fold_of.get(key, number % FOLDS) for number, key in enumerate(asked)])
    held = np.zeros(len(rows))
    for fold in range(FOLDS):
        inside = folds != fold
        model = fit(rows[inside], right[inside], weights[inside])
        held[~inside] = [model.confidence(row) for row in rows[~inside]]
    return held


def measure(
    snapshot: Snapshot, questions: dict[str, Question], cases: Iterable[Case]
) -> dict[str, list[tuple[Case, str]]]:
    """The verdicts of messages, by language."""
    bot = Conversations(
        lambda: Snapshot(replace(snapshot.knowledge, questions=questions), interpreter),
        now=lambda: NOON,
    )
    interpreter = loaded(snapshot, questions)
    found: defaultdict[str, list[tuple[Case, str]]] = defaultdict(list)
    for case in cases:
        reply = bot.respond(IncomingMessage(case.text))
        found[case.language].append((case, verdict(reply, case)))
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
    for name, some in (("paraphrases", cases), ("near misses", near)):
        by_language = measure(snapshot, questions, some)
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
