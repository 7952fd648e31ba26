"""Phrases become training texts: wordings with spoken forms, openings and typos added."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from sys import intern

from bot.knowledge.library import FALLBACK, Knowledge, TopicPhrase
from bot.knowledge.models import Lexicon
from bot.knowledge.phrases import phrase_lines
from bot.knowledge.values import Language
from bot.understanding.alignment import PhraseWording
from bot.understanding.text import MASKS, fold, normalise, raw_words

SEED = 7

MIN_SAMPLES, MAX_SAMPLES = 3, 10
"""Wordings sampled from a phrase; between these limits, 2 * log2 of how many it stands for, of a
detail twice as many."""

DETAIL_SAMPLES = 24
"""The same limit for a detail, whose short wordings differ in their only word that counts."""

REFUSED_SAMPLES = 8
"""Of a phrase out of scope, of which there are many: twice as many wordings improve nothing
(measured on left-out phrases)."""

MAX_TEXTS = 100_000
"""Training texts, three times as many as we have: time and memory grow with them. Where there would
be more, each phrase gives half as many, a quarter and so on, and at last some phrases give none."""

ALIGNED_SAMPLES = 5
"""Wordings of a phrase that the alignment compares messages with; of a detail all."""

SPOKEN, OPENING, CLOSING, TYPO = 0.35, 0.18, 0.10, 0.15
"""Probabilities that a training text gets spoken words, an opening, a closing, a typo."""

SHORT_TALK = frozenset({"greeting", "thanks", "goodbye"})
"""Intents whose wordings are openings and closings themselves."""

Mask = Callable[[str], list[str]]
"""Gives the folded words of a text, with entities masked."""


@dataclass(frozen=True)
class Example:
    """A training text."""

    label: str
    language: Language
    template: int
    """The number of the phrase that it was sampled from."""
    words: tuple[str, ...]


@dataclass(frozen=True)
class Speech:
    """How people of one language vary what they write."""

    openings: tuple[str, ...]
    closings: tuple[str, ...]
    spoken: Mapping[str, tuple[str, ...]]


def label_of(phrase: TopicPhrase, knowledge: Knowledge) -> str:
    """The class that a phrase teaches: its intent, a detail, or a topic with its own answer."""
    if phrase.asks_detail or phrase.topic in knowledge.intents[phrase.intent].answers:
        return phrase.label
    return phrase.intent


def refused_labels(labels: Iterable[str]) -> frozenset[str]:
    """The labels that stand for what the bot does not answer."""
    return frozenset(label for label in labels if label.partition(":")[0] == FALLBACK)


@dataclass(frozen=True)
class PhraseSamples:
    """The samples of one phrase, as masked words."""

    texts: tuple[tuple[str, ...], ...]
    """Augmented, for the linear models."""
    aligned: tuple[tuple[str, ...], ...]
    """As the phrase has them, for the alignment."""


def speech(lexicon: Lexicon) -> Speech:
    """How people vary what they write, by a language's word lists."""
    return Speech(
        tuple(line for _, line in phrase_lines(lexicon.openings)),
        tuple(line for _, line in phrase_lines(lexicon.closings)),
        {word: tuple(forms.split("|")) for word, forms in lexicon.spoken.items()},
    )


def sampling_share(phrases: Sequence[TopicPhrase]) -> float:
    """The share of the usual number of texts that is sampled: 1, 1/2, 1/4 and so on.

    In such steps, so that the cached samples of other phrases can be used after an edit.
    """
    share, usual = 1.0, sum(map(_how_many, phrases))
    while usual * share > MAX_TEXTS:
        share /= 2
    return share


def sample_phrase(
    phrase: TopicPhrase, ways: Speech, mask: Mask, share: float = 1.0
) -> PhraseSamples:
    """Samples one phrase, deterministically; where `share` is small, some phrases give none."""
    # A seed of its own for each phrase, so that an edit elsewhere does not change its samples.
    rng = random.Random(f"{SEED}:{phrase.language}:{phrase.phrase.text}")
    texts: list[tuple[str, ...]] = []
    aligned: list[tuple[str, ...]] = []
    count = _how_many(phrase) * share
    if share < 1:
        count = int(count) + (rng.random() < count % 1)
    for index, text in enumerate(phrase.phrase.samples(rng, int(count))):
        # The same few words again and again: each is kept once.
        masked = tuple(map(intern, mask(text)))
        if index < ALIGNED_SAMPLES or phrase.intent == FALLBACK or phrase.asks_detail:
            aligned.append(masked)
        varied = text if phrase.intent in SHORT_TALK else _vary(text, ways, rng)
        texts.append(tuple(map(intern, mask(varied))) if varied != text else masked)
    return PhraseSamples(tuple(texts), tuple(aligned))


def examples_of(
    knowledge: Knowledge, sampled: Sequence[PhraseSamples]
) -> tuple[list[Example], list[PhraseWording]]:
    """Training texts for the linear models, and wordings for the alignment.

    `sampled` are the samples of all phrases, in their order, by which templates are numbered.
    """
    examples: list[Example] = []
    wordings: list[PhraseWording] = []
    for template, (phrase, found) in enumerate(zip(knowledge.phrases, sampled, strict=True)):
        label = label_of(phrase, knowledge)
        examples += [Example(label, phrase.language, template, words) for words in found.texts]
        wordings += [PhraseWording(label, template, words) for words in found.aligned]
    return examples, wordings


def _how_many(phrase: TopicPhrase) -> int:
    if phrase.intent == FALLBACK:
        return min(REFUSED_SAMPLES, phrase.phrase.wordings)
    most, pace = (DETAIL_SAMPLES, 4) if phrase.asks_detail else (MAX_SAMPLES, 2)
    usual = min(most, int(pace * math.log2(phrase.phrase.wordings + 1)))
    return min(max(MIN_SAMPLES, usual), phrase.phrase.wordings)


def _vary(text: str, speech: Speech, rng: random.Random) -> str:
    if rng.random() < SPOKEN:
        text = _speak(text, speech.spoken, rng)
    if speech.openings and rng.random() < OPENING:
        text = f"{rng.choice(speech.openings)} {text}"
    if speech.closings and rng.random() < CLOSING:
        text = f"{text} {rng.choice(speech.closings)}"
    return _mistype(text, rng) if rng.random() < TYPO else text


def _speak(text: str, spoken: Mapping[str, tuple[str, ...]], rng: random.Random) -> str:
    parts = text.split(" ")
    return " ".join(
        rng.choice(spoken[part]) if part in spoken and rng.random() < 0.5 else part
        for part in parts
    )


def _mistype(text: str, rng: random.Random) -> str:
    """One letter lost, doubled, swapped with the next or replaced, in one longer word."""
    parts = text.split(" ")
    at = rng.randrange(len(parts))
    word = parts[at]
    if len(word) < 5 or word in MASKS or not re.fullmatch(r"\w+", word):
        return text
    place = rng.randrange(1, len(word) - 1)
    before, letter, after = word[:place], word[place], word[place + 1 :]
    parts[at] = rng.choice(
        (
            before + after,
            before + letter + letter + after,
            before + after[0] + letter + after[1:],
            before + rng.choice("aeioutnsrlk") + after,
        )
    )
    return " ".join(parts)


def vocabulary(knowledge: Knowledge) -> set[str]:
    """The folded words of all phrases: ordinary words, which are no misspelt names."""
    rng = random.Random(SEED)
    texts: set[str] = set()
    seen: set[int] = set()
    for phrase in knowledge.phrases:
        _collect(phrase.phrase.tree, texts, seen)
        texts.add(phrase.phrase.sample(rng))
    raw = {word for text in texts for word in raw_words(text)}
    return {fold(normalise(word)) for word in raw} - MASKS


def _collect(tree: object, texts: set[str], seen: set[int]) -> None:
    """Every text that stands in a tree of phrases; a list that many share is read once."""
    if isinstance(tree, str):
        texts.add(tree)
    elif isinstance(tree, tuple) and id(tree) not in seen:
        seen.add(id(tree))
        for part in tree:
            _collect(part, texts, seen)
