"""Warnings about phrases: worded like another intent's, too few, or redundant."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.i18n import N_, Message
from bot.knowledge.library import DISTRESS, FALLBACK, Knowledge, TopicPhrase
from bot.knowledge.phrases import phrase_lines
from bot.knowledge.values import LANGUAGES, Language
from bot.knowledge.yaml_source import Finding
from bot.understanding.distress import DistressFinder
from bot.understanding.distress_model import load_distress_model
from bot.understanding.matcher import RELATED_INTENTS
from bot.understanding.phrase_confusion import find_confusions
from bot.understanding.text import fold, normalise, raw_words
from bot.understanding.training import label_of

MAX_WORDINGS = 120
"""Wordings of a phrase that are compared; nearly every phrase has fewer."""

MIN_PHRASES = 20
"""With fewer templates in a language an intent is not understood well (measured: recall falls
steeply below this)."""

MIN_DETAIL_PHRASES = 6
"""The same for a detail, of which there is less to say."""

ENOUGH_ORDERS = 2
"""So many phrases with the same words in other orders are enough; one more adds nothing."""

MAX_HEARD = 4
"""Wordings of a phrase in which distress is listened for."""

MAX_SHOWN = 60
"""Characters of a phrase in a message."""

Words = tuple[str, ...]


@dataclass(frozen=True)
class _SampledPhrase:
    """A phrase with its label and its wordings as the matchers see them."""

    phrase: TopicPhrase
    label: str
    texts: tuple[str, ...]
    words: tuple[Words, ...]
    """The folded words of each text, in the same order."""

    @property
    def language(self) -> Language:
        """The phrase's language."""
        return self.phrase.language

    @property
    def shown(self) -> str:
        """Its text in a message, truncated where it is long."""
        text = self.phrase.phrase.text
        return f"`{text}`" if len(text) <= MAX_SHOWN else f"`{text[:MAX_SHOWN]}…`"

    @property
    def place(self) -> Message:
        """Where it stands, for a message."""
        return N_("{file} line {line}", file=self.phrase.file, line=self.phrase.line)

    def finding(self, intents: Path, message: Message, severity: str = "warning") -> Finding:
        """A finding on the phrase's line."""
        return Finding(intents / self.phrase.file, self.phrase.line, message, severity)


def check_understanding(knowledge: Knowledge, intents: Path) -> list[Finding]:
    """Errors for wordings that two intents have; warnings for phrases that do not help.

    Takes a few seconds; needs no trained model. Of each phrase only the gravest finding is given.
    """
    folded = _Folded()
    phrases = [_sample(phrase, knowledge, folded) for phrase in knowledge.phrases]
    found: dict[tuple[Path, int], Finding] = {}
    for finding in (
        *_shared_wordings(phrases, intents),
        *_like_distress(phrases, knowledge, intents),
        *_confusing(phrases, knowledge, intents),
        *_redundant(phrases, intents),
    ):
        found.setdefault((finding.path, finding.line), finding)
    return sorted([*found.values(), *_too_few(knowledge, intents)])


class _Folded(dict[str, str]):
    """A cache: written word -> folded word, as the matchers compare them."""

    def __missing__(self, raw: str) -> str:
        folded = self[raw] = fold(normalise(raw))
        return folded


def _sample(phrase: TopicPhrase, knowledge: Knowledge, folded: _Folded) -> _SampledPhrase:
    rng = random.Random(phrase.phrase.text)
    texts = tuple(phrase.phrase.samples(rng, MAX_WORDINGS))
    worded = tuple(tuple(folded[raw] for raw in raw_words(text)) for text in texts)
    return _SampledPhrase(phrase, label_of(phrase, knowledge), texts, worded)


def _shared_wordings(phrases: Sequence[_SampledPhrase], intents: Path) -> Iterator[Finding]:
    first: dict[tuple[str, Words], _SampledPhrase] = {}
    for each in phrases:
        for text, worded in zip(each.texts, each.words, strict=True):
            other = first.setdefault((each.language, worded), each)
            if other.label != each.label:
                yield each.finding(
                    intents,
                    N_(
                        "the wording `{text}` stands in {place} as well; keep it where it belongs",
                        text=text,
                        place=other.place,
                    ),
                    "error",
                )
                break


def _like_distress(
    phrases: Sequence[_SampledPhrase], knowledge: Knowledge, intents: Path
) -> Iterator[Finding]:
    """Phrases that would get the notice of distress in place of their answer."""
    ear = DistressFinder(knowledge.distress, load_distress_model())
    for each in phrases:
        if each.phrase.topic == DISTRESS:
            continue
        heard = filter(None, map(ear.find, each.texts[:MAX_HEARD]))
        if found := next((one for one in heard if one.tier == "sure"), None):
            sign = found.text or found.words
            sign = sign if len(sign) <= MAX_SHOWN else f"{sign[:MAX_SHOWN]}…"
            message = N_(
                "the phrase sounds like distress (`{sign}`), so it would not be answered", sign=sign
            )
            yield each.finding(intents, message)


def _confusing(
    phrases: Sequence[_SampledPhrase], knowledge: Knowledge, intents: Path
) -> Iterator[Finding]:
    """Phrases that are worded like another label's, but for those that are so on purpose.

    What a file lists under `alike` and is no longer there is named as well.
    """
    allowed = _Allowed(knowledge)
    for language in LANGUAGES:
        # Phrases out of scope are worded like those in scope on purpose; their nouns differ.
        chosen = [
            each for each in phrases if each.language == language and each.phrase.intent != FALLBACK
        ]
        labels = [_related_group(each.label) for each in chosen]
        for confusion in find_confusions(labels, [each.words for each in chosen]):
            each, rival = chosen[confusion.phrase], chosen[confusion.rival]
            if allowed.is_so(each.phrase, rival.phrase):
                continue
            message = N_(
                "{phrase} is worded like {rival} in {place}: who asks one may get "
                "the answer of the other; move it there, write more phrases like it here, or "
                "list it under `alike:`",
                phrase=each.shown,
                rival=rival.shown,
                place=rival.place,
            )
            yield each.finding(intents, message)
    for file, key, text in allowed.left_over():
        message = N_(
            "`alike:` lists `{phrase}` for `{other}`, and one of the two is not there: take it out",
            phrase=text[:MAX_SHOWN],
            other=key,
        )
        yield Finding(intents / file, 1, message, "warning")


class _Allowed:
    """Which phrases may be worded like others: by `alike`, and details with the same words."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._same_words = {
            frozenset((key, other))
            for key, detail in knowledge.details.items()
            for other in detail.same_words
        }
        self._listed: set[tuple[str, str, str]] = set()
        self._written = {(one.file, one.phrase.text) for one in knowledge.phrases}
        self._keys = knowledge.intents.keys() | knowledge.details.keys()
        files = [(f"{key}.yaml", intent.alike) for key, intent in knowledge.intents.items()]
        files += [(f"details/{key}.yaml", one.alike) for key, one in knowledge.details.items()]
        for file, alike in files:
            for key, block in alike.items():
                for _, text in phrase_lines(block):
                    self._listed.add((file, key, text))

    def is_so(self, phrase: TopicPhrase, rival: TopicPhrase) -> bool:
        """Whether a phrase may be worded like another one."""
        of, other = (one.topic if one.asks_detail else one.intent for one in (phrase, rival))
        listed = (phrase.file, other, phrase.phrase.text) in self._listed
        return listed or frozenset((of, other)) in self._same_words

    def left_over(self) -> list[tuple[str, str, str]]:
        """The file, other key and text of what is listed, and of which one is no longer there."""
        return sorted(
            (file, key, text)
            for file, key, text in self._listed
            if key not in self._keys or (file, text) not in self._written
        )


def _related_group(label: str) -> str:
    """One name for all labels of a group of RELATED_INTENTS; other labels as they are."""
    return next((min(group) for group in RELATED_INTENTS if label in group), label)


def _redundant(phrases: Sequence[_SampledPhrase], intents: Path) -> Iterator[Finding]:
    """Phrases all of whose wordings other phrases of the same label and language have.

    Of two phrases with the same wordings, the one with fewer, or further down, is reported.
    """
    same: defaultdict[tuple[str, str, Words], list[int]] = defaultdict(list)
    orders: defaultdict[tuple[str, str, Words], list[int]] = defaultdict(list)
    for at, each in enumerate(phrases):
        for worded in each.words:
            same[each.label, each.language, worded].append(at)
        for bag in {tuple(sorted(worded)) for worded in each.words}:
            orders[each.label, each.language, bag].append(at)
    redundant: set[int] = set()
    for at in sorted(range(len(phrases)), key=lambda at: (len(phrases[at].words), -at)):
        each = phrases[at]
        having = [
            _others(same[each.label, each.language, worded], at, redundant) for worded in each.words
        ]
        ordered = [
            _others(orders[each.label, each.language, tuple(sorted(worded))], at, redundant)
            for worded in each.words
        ]
        if not having:
            continue
        if all(having):
            message = N_(
                "{phrase} adds nothing: all it stands for is in {places}; remove it",
                phrase=each.shown,
                places=_places(phrases, having),
            )
        elif all(len(others) >= ENOUGH_ORDERS for others in ordered):
            message = N_(
                "{phrase} adds next to nothing: its words stand in other orders in "
                "{places}; remove it, or ask in other words",
                phrase=each.shown,
                places=_places(phrases, ordered),
            )
        else:
            continue
        redundant.add(at)
        yield each.finding(intents, message)


def _others(having: Sequence[int], at: int, redundant: set[int]) -> list[int]:
    """The other phrases that have a wording, without those found redundant."""
    return [other for other in having if other != at and other not in redundant]


def _places(phrases: Sequence[_SampledPhrase], having: Sequence[Sequence[int]]) -> Message:
    """The places of the first phrases, for a message."""
    found = list(
        dict.fromkeys(phrases[at].place for others in having for at in others[:ENOUGH_ORDERS])
    )
    if len(found) == 1:
        return found[0]
    both = N_("{first} and {second}", first=found[0], second=found[1])
    return both if len(found) == ENOUGH_ORDERS else N_("{places} and elsewhere", places=both)


def _too_few(knowledge: Knowledge, intents: Path) -> list[Finding]:
    counts: defaultdict[tuple[str, str], int] = defaultdict(int)
    for phrase in knowledge.phrases:
        counts[phrase.file, phrase.language] += 1
    enough = {f"{intent}.yaml": MIN_PHRASES for intent in knowledge.intents if intent != FALLBACK}
    enough |= {f"details/{detail}.yaml": MIN_DETAIL_PHRASES for detail in knowledge.details}
    found = []
    for file, wanted in enough.items():
        few = [
            N_("{count} in `{language}`", count=counts[file, language], language=language)
            for language in LANGUAGES
            if counts[file, language] < wanted
        ]
        if few:
            message = N_(
                "too few phrases to be understood well: {counts}; {enough} or more "
                "in each language are advised, each another idea of asking",
                counts=few,
                enough=wanted,
            )
            found.append(Finding(intents / file, 1, message, "warning"))
    return found
