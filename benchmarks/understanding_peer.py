"""The peers of the benchmark of understanding: run by it in an environment of their own.

    PYTHON -P benchmarks/understanding_peer.py < JOB.json > ANSWERS.json

PYTHON is that of the environment which `benchmarks.understanding --peers` makes; nothing of ours is
imported here. `benchmarks/understanding_peers.py` describes the job.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Sequence
from typing import Any

from hassil import Intents, recognize_best
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

TOLERANCE, ROUNDS = 1e-3, 60
"""Rounds are bounded so that fitting ends within a minute."""

STRENGTH = 10.0
"""The inverse of the penalty; the usual 1 fits short texts less well."""

SECONDS_BETWEEN_WORDS = 10.0


def tell(text: str) -> None:
    """Progress."""
    print(text, file=sys.stderr, flush=True)


def linear(learn: Sequence[tuple[str, str]], ask: Sequence[str]) -> list[tuple[str, float]]:
    """Character n-gram TF-IDF and logistic regression: the best label and its probability."""
    model = make_pipeline(
        TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), min_df=2, sublinear_tf=True),
        LogisticRegression(C=STRENGTH, tol=TOLERANCE, max_iter=ROUNDS),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit([text for _, text in learn], [label for label, _ in learn])
    found = model.predict_proba(ask)
    best = found.argmax(axis=1)
    return [(str(model.classes_[at]), float(row[at])) for at, row in zip(best, found, strict=True)]


def templates(job: dict[str, Any]) -> list[str | None]:
    """hassil: the label of the template that a question is, told its language; None if none is."""
    lists = {name: {"values": values} for name, values in job["lists"].items()}
    known = {
        language: Intents.from_dict(
            {
                "language": language,
                "intents": {
                    label: {"data": [{"sentences": lines}]} for label, lines in labels.items()
                },
                "lists": lists,
            }
        )
        for language, labels in job["templates"].items()
    }
    found: list[str | None] = []
    last_told = time.monotonic()
    for language, text in job["ask"]:
        best = recognize_best(text, known[language])
        found.append(best.intent.name if best else None)
        if time.monotonic() - last_told > SECONDS_BETWEEN_WORDS:
            last_told = time.monotonic()
            tell(f"  {len(found)} of {len(job['ask'])}")
    return found


def main() -> None:
    """Does the job on standard input."""
    job = json.load(sys.stdin)
    answers: dict[str, Any] = {"linear": []}
    for at, part in enumerate(job["linear"], 1):
        tell(f"TF-IDF + logistic regression ({at} of {len(job['linear'])}) …")
        answers["linear"].append(linear(part["learn"], part["ask"]))
    tell("hassil …")
    answers["templates"] = templates(job["templates"])
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
