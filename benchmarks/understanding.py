"""How well the bot understands questions that nobody tuned it to.

    python -m benchmarks.understanding [QUESTIONS.jsonl] [--failures]

Judges the bot as it is, with the demo meetings, and plain rapidfuzz `token_set_ratio` over the same
phrases in the same run. A question that is ours counts as right when it got its intent (the kin
network_info, network_activity and network_goals overlap in the set and count as one) and, where
the set names a place, the right network; one that is not ours when it was refused.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz import fuzz, process

from benchmarks.cross_validation import alike
from bot.knowledge.library import FALLBACK, Knowledge
from bot.settings import load_settings
from bot.understanding.brain import Folders, make_brain
from bot.understanding.interpreter import Circumstances, Interpreter
from bot.understanding.text import words

QUESTIONS = Path(__file__).resolve().parents[2] / "shared" / "questions" / "questions.jsonl"
BASELINE_THRESHOLDS = range(50, 100, 2)
BASELINE_WORDINGS = 10
SEED = 3


@dataclass(frozen=True)
class Question:
    """One question of the set."""

    text: str
    language: str
    intent: str
    place: str | None


@dataclass(frozen=True)
class Outcome:
    """What became of a question."""

    question: Question
    guess: str
    right: bool

    @property
    def kind(self) -> str:
        """`right`, `wrong` or `refused`."""
        if self.right:
            return "right"
        return "refused" if self.guess == FALLBACK else "wrong"


def read_questions(path: Path) -> list[Question]:
    """The questions of a JSON Lines file."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    return [Question(row["text"], row["lang"], row["intent"], row.get("place")) for row in rows]


def judge(interpreter: Interpreter, questions: Iterable[Question]) -> Iterator[Outcome]:
    """Asks the bot."""
    circumstances = Circumstances(dt.date(2026, 11, 21))
    for question in questions:
        found = interpreter.understand(question.text, circumstances)
        right = alike(found.intent, question.intent)
        if right and question.place and question.intent not in (FALLBACK, "person"):
            # The place is named in the set as a text: the bot must find the same in it.
            meant = interpreter.understand(question.place, circumstances).requests[0].entities
            right = found.requests[0].entities.networks == meant.networks
        yield Outcome(question, found.intent, right)


def baseline(knowledge: Knowledge, questions: Sequence[Question]) -> list[Outcome]:
    """Plain token_set_ratio over wordings of the same phrases, at the threshold that suits the
    set best: more than it could have in use."""
    rng = random.Random(SEED)
    labels: list[str] = []
    texts: list[str] = []
    for phrase in knowledge.phrases:
        for text in phrase.phrase.samples(rng, BASELINE_WORDINGS):
            filled = text.replace("{place}", "Pirkanmaa").replace("{person}", "Hanna")
            labels.append(phrase.intent)
            texts.append(" ".join(words(filled)))
    guesses = []
    for question in questions:
        query = " ".join(words(question.text))
        best = process.extractOne(query, texts, scorer=fuzz.token_set_ratio)
        guesses.append((labels[best[2]], best[1]) if best else (FALLBACK, 0.0))

    def outcomes(threshold: int) -> list[Outcome]:
        found = []
        for question, (label, score) in zip(questions, guesses, strict=True):
            guess = label if score >= threshold else FALLBACK
            found.append(Outcome(question, guess, alike(guess, question.intent)))
        return found

    return max((outcomes(level) for level in BASELINE_THRESHOLDS), key=handled)


def handled(outcomes: Sequence[Outcome]) -> float:
    """The share of all questions handled right."""
    return sum(each.right for each in outcomes) / max(len(outcomes), 1)


def summary(name: str, outcomes: Sequence[Outcome]) -> str:
    """One line of figures."""
    ours = [each for each in outcomes if each.question.intent != FALLBACK]
    others = [each for each in outcomes if each.question.intent == FALLBACK]
    counts = Counter(each.kind for each in ours)
    total = max(len(ours), 1)
    wrong = sum(each.kind == "wrong" for each in outcomes)
    figures = [
        f"handled right {handled(outcomes):6.1%}",
        f"answered wrongly {wrong / max(len(outcomes), 1):5.1%}",
    ]
    if ours:
        figures.append(
            f"ours: right {counts['right'] / total:6.1%}  wrong {counts['wrong'] / total:5.1%}"
            f"  refused {counts['refused'] / total:5.1%}"
        )
    if others:
        refused = sum(each.right for each in others) / len(others)
        figures.append(f"not ours refused {refused:6.1%}")
    return f"{name:<18} {len(outcomes):>4}  " + "  ".join(figures)


def confusion(outcomes: Sequence[Outcome]) -> str:
    """A table: what was asked (down) and what was understood (across), empty columns left out."""
    table: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for each in outcomes:
        table[each.question.intent][each.guess] += 1
    asked = sorted(table)
    guessed = sorted({guess for row in table.values() for guess in row})
    head = " " * 18 + "".join(f"{at:>5}" for at in range(1, len(guessed) + 1))
    rows = [
        f"{intent:<18}" + "".join(f"{table[intent][guess] or '·':>5}" for guess in guessed)
        for intent in asked
    ]
    legend = ", ".join(f"{at} {guess}" for at, guess in enumerate(guessed, 1))
    return "\n".join([head, *rows, legend])


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("questions", nargs="?", type=Path, default=QUESTIONS)
    parser.add_argument("--failures", action="store_true", help="list what went wrong")
    arguments = parser.parse_args()
    if not arguments.questions.exists():
        parser.error(f"{arguments.questions} does not exist: name a file of questions")
    questions = read_questions(arguments.questions)
    settings = load_settings()
    brain = make_brain(Folders(settings.content, settings.intents, demo=True))
    ours = list(judge(brain.interpreter, questions))
    print(summary("Taikubot", ours))
    print(summary("token_set_ratio", baseline(brain.knowledge, questions)))
    print()
    for language in ("fi", "sv", "en"):
        chosen = [each for each in ours if each.question.language == language]
        print(summary(f"  {language}", chosen))
    print()
    for intent in sorted({each.question.intent for each in ours}):
        print(summary(f"  {intent}", [each for each in ours if each.question.intent == intent]))
    print("\nasked (down), understood (across)\n" + confusion(ours))
    if arguments.failures:
        print()
        for each in ours:
            if not each.right:
                question = each.question
                print(f"{question.language} {question.intent} -> {each.guess}: {question.text}")


if __name__ == "__main__":
    main()
