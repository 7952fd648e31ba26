"""Other matchers on the same phrases, with which the benchmark of understanding compares ours.

All of them are trained on the same wordings as ours (spoken forms, openings and typos among them),
with names filled in. The threshold of each is chosen, as ours is, on phrases that were left out of
its training, never on the questions that are measured.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rapidfuzz import fuzz, process

from benchmarks.calibrate import best_threshold
from benchmarks.cross_validation import FOLDS, Judged
from benchmarks.environments import python_with, tell
from benchmarks.turns_process import BenchmarkError, environment
from bot.knowledge.library import FALLBACK, Knowledge
from bot.knowledge.phrases import PhraseTree
from bot.knowledge.values import LANGUAGES
from bot.understanding.inflection import name_forms
from bot.understanding.text import PERSON, PLACE, normalise, tokenise, words
from bot.understanding.training import SHORT_TALK, examples_of, label_of, sample_phrase, speech

REQUIREMENTS = Path(__file__).with_name("requirements-peers.lock")
SEED = 3
MOST_LEFT_OUT = 1000
"""Left-out texts on which a threshold is chosen."""

TEXTS_OF_A_PHRASE = 3
"""Texts of a phrase that token_set_ratio compares with: more make it slower, hardly better."""

CHUNK = 64
PEER_TIMEOUT = 900
LEVELS = np.arange(0.05, 1.0, 0.01)

Scored = tuple[str, float]
"""A label and a score from 0 to 1."""


@dataclass(frozen=True)
class Text:
    """What a peer learns from, or is asked when a threshold is chosen."""

    label: str
    language: str
    template: int
    text: str


@dataclass(frozen=True)
class Material:
    """The texts, and which templates are left out while a threshold is chosen."""

    texts: Sequence[Text]
    asked: Sequence[Text]
    """One of each of some left-out templates."""
    left_out: frozenset[int]

    def rest(self) -> list[Text]:
        """The texts of the templates that are not left out."""
        return [text for text in self.texts if text.template not in self.left_out]


@dataclass(frozen=True)
class Peer:
    """What a matcher said to the questions: a label each, FALLBACK where it refused."""

    name: str
    guesses: Sequence[str]
    note: str


def names(knowledge: Knowledge) -> dict[str, list[str]]:
    """Every form of every place and person, as entity lists."""
    places: set[str] = set()
    persons: set[str] = set()
    for language in LANGUAGES:
        for region in knowledge.regions.values():
            places |= name_forms(region.name(language), language)
        for network in knowledge.networks.values():
            places |= name_forms(network.short[language], language)
        for municipality in knowledge.municipalities.values():
            places |= name_forms(municipality.name(language), language)
        for person in knowledge.people.values():
            first, *_, last = person.name.split()
            lasts = name_forms(last, language)
            persons |= lasts | name_forms(first, language)
            persons |= {f"{normalise(first)} {form}" for form in lasts}
    return {"place": sorted(places), "person": sorted(persons)}


def gather(knowledge: Knowledge, lists: dict[str, list[str]]) -> Material:
    """The training texts of ours with random names in place of the slots."""
    rng = random.Random(SEED)
    ways = {language: speech(lexicon) for language, lexicon in knowledge.lexicons.items()}
    sampled = [sample_phrase(phrase, ways[phrase.language], words) for phrase in knowledge.phrases]
    examples, _ = examples_of(knowledge, sampled)

    def fill(word: str) -> str:
        kind = {PLACE: "place", PERSON: "person"}.get(word)
        return " ".join(words(rng.choice(lists[kind]))) if kind else word

    texts = [
        Text(each.label, each.language, each.template, " ".join(map(fill, each.words)))
        for each in examples
    ]
    templates = sorted({text.template for text in texts})
    rng.shuffle(templates)
    left_out = frozenset(templates[::FOLDS])
    first = {text.template: text for text in texts if text.label not in SHORT_TALK}
    asked = [first[template] for template in templates[::FOLDS] if template in first]
    return Material(texts, asked[:MOST_LEFT_OUT], left_out)


def guesses_from(
    material: Material, left_out: Sequence[Scored], asked: Sequence[Scored]
) -> tuple[list[str], float]:
    """What is guessed at the threshold that suits the left-out texts best, and the threshold."""
    judged = [
        Judged(_intent(label), text.label, (), (), text.language)
        for (label, _), text in zip(left_out, material.asked, strict=True)
    ]
    threshold = best_threshold(judged, [_confidence(each) for each in left_out], LEVELS)
    return [
        _intent(each[0]) if _confidence(each) >= threshold else FALLBACK for each in asked
    ], threshold


def _intent(label: str) -> str:
    """A label without its topic: `fallback:distress` is not answered either."""
    return label.partition(":")[0]


def _confidence(scored: Scored) -> float:
    label, score = scored
    return 0.0 if _intent(label) == FALLBACK else score


def token_set_ratio(material: Material, questions: Sequence[str]) -> Peer:
    """Plain rapidfuzz: the label of the text that is most similar."""
    tell("token_set_ratio …")
    left_out = _nearest(material.rest(), [each.text for each in material.asked])
    asked = _nearest(material.texts, [" ".join(words(text)) for text in questions])
    guesses, threshold = guesses_from(material, left_out, asked)
    return Peer("token_set_ratio", guesses, f"threshold {threshold:.2f}")


def _nearest(texts: Iterable[Text], queries: Sequence[str]) -> list[Scored]:
    taken: defaultdict[int, list[Text]] = defaultdict(list)
    for text in texts:
        if len(taken[text.template]) < TEXTS_OF_A_PHRASE:
            taken[text.template].append(text)
    known = [text for each in taken.values() for text in each]
    choices = [text.text for text in known]
    found: list[Scored] = []
    for start in range(0, len(queries), CHUNK):
        scores = process.cdist(
            queries[start : start + CHUNK],
            choices,
            scorer=fuzz.token_set_ratio,
            dtype=np.float32,
            workers=-1,
        )
        best = scores.argmax(axis=1)
        found += [
            (known[at].label, float(row[at]) / 100) for at, row in zip(best, scores, strict=True)
        ]
    return found


def installed_peers(
    knowledge: Knowledge,
    material: Material,
    lists: dict[str, list[str]],
    questions: Sequence[tuple[str, str]],
) -> list[Peer]:
    """scikit-learn's and hassil's answers to questions, given as language and text.

    Installs both, once, in an environment of their own. Raises BenchmarkError.
    """
    digest = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12]
    python = python_with(f"peers-{digest}", "--require-hashes", "-r", str(REQUIREMENTS))
    asked = [" ".join(words(text)) for _, text in questions]
    job = {
        "linear": [
            {"learn": _pairs(material.rest()), "ask": [each.text for each in material.asked]},
            {"learn": _pairs(material.texts), "ask": asked},
        ],
        "templates": {
            "lists": lists,
            "templates": _templates(knowledge),
            "ask": [
                (language, " ".join(token.norm for token in tokenise(text)))
                for language, text in questions
            ],
        },
    }
    answers = _run(python, job)
    guesses, threshold = guesses_from(material, *answers["linear"])
    matched = sum(each is not None for each in answers["templates"])
    return [
        Peer("TF-IDF + LR", guesses, f"threshold {threshold:.2f}"),
        Peer(
            "hassil",
            [_intent(label or FALLBACK) for label in answers["templates"]],
            f"no threshold; told the language; {matched} of {len(questions)} questions are one of "
            "its templates, the rest it does not know",
        ),
    ]


def _pairs(texts: Iterable[Text]) -> list[tuple[str, str]]:
    return [(text.label, text.text) for text in texts]


def _run(python: Path, job: dict[str, Any]) -> dict[str, Any]:
    script = Path(__file__).with_name("understanding_peer.py")
    done = subprocess.run(
        [str(python), "-P", str(script)],
        input=json.dumps(job),
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
        timeout=PEER_TIMEOUT,
        check=False,
    )
    if done.returncode:
        raise BenchmarkError(f"{script.name} ended with {done.returncode}")
    answers: dict[str, Any] = json.loads(done.stdout)
    return answers


def _templates(knowledge: Knowledge) -> dict[str, dict[str, list[str]]]:
    """The phrases as hassil writes them, by language and label; word lists written out."""
    found: dict[str, dict[str, list[str]]] = {language: {} for language in LANGUAGES}
    for phrase in knowledge.phrases:
        lines = found[phrase.language].setdefault(label_of(phrase, knowledge), [])
        lines.append(" ".join(hassil_template(phrase.phrase.tree).split()))
    return found


def hassil_template(tree: PhraseTree) -> str:
    """A phrase's tree in hassil's syntax, without the signs that mean something there."""
    parts: list[str] = []
    for part in tree:
        if isinstance(part, str):
            slot = part.strip() in (PLACE, PERSON)
            parts.append(part if slot else re.sub(r"[^\w\s'’-]", "", part))
            continue
        texts = [hassil_template(alternative) for alternative in part]
        full = [text for text in texts if text.strip()]
        if full:
            opening, closing = "[]" if len(full) < len(texts) else "()"
            parts.append(opening + "|".join(full) + closing)
    return "".join(parts)
