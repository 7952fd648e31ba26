"""Questions for the benchmark of turns: no two alike, made from the phrases of intents/.

A phrase is taken at random, so what is asked is as varied as intents/ itself; its slots are filled
with places and persons at random. Some words are mistyped, so that there are always words never
seen before. Where a wording is used up, an opening or a closing is added, as people do.
"""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.knowledge.library import Knowledge, TopicPhrase
from bot.knowledge.phrases import phrase_lines
from bot.knowledge.values import LANGUAGES, Language
from tests.channels.connector.fakes import TENANT

PEOPLE = 2_000
"""Who ask, each in a chat of their own: a follow-up finds what its chat was about."""

TYPOS = 0.15
"""How many questions have one: as many as training expects."""

LONG_WORD = 5

COMMANDS = frozenset({"follow", "unfollow", "forget_me", "following", "announcements"})
"""No questions, but words that have something looked up or written in the database; what that
takes is measured in `benchmarks.delivery` and `benchmarks.soak`."""

LOCALES: dict[Language, str] = {"fi": "fi-FI", "sv": "sv-FI", "en": "en-GB"}


@dataclass
class Questions:
    """An endless supply of different questions with their languages; the same for a seed."""

    knowledge: Knowledge
    seed: int = 11
    _asked: set[str] = field(default_factory=set, repr=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._places = {language: _places(self.knowledge, language) for language in LANGUAGES}
        self._persons = [
            name for each in self.knowledge.people.values() for name in (each.name, *_parts(each))
        ]
        self._talk = {code: _talk(self.knowledge, code) for code in LANGUAGES}

    def __iter__(self) -> Iterator[tuple[str, Language]]:
        phrases = [each for each in self.knowledge.phrases if each.intent not in COMMANDS]
        while True:
            phrase = self._random.choice(phrases)
            text = self._mistyped(self._wording(phrase))
            if text in self._asked:
                text = self._politely(text, phrase.language)
            if text not in self._asked:
                self._asked.add(text)
                yield text, phrase.language

    def _wording(self, phrase: TopicPhrase) -> str:
        return self._filled(phrase.phrase.sample(self._random), phrase.language)

    def _filled(self, text: str, language: Language) -> str:
        """The text with a place or a person in each slot."""
        for slot, names in (("{place}", self._places[language]), ("{person}", self._persons)):
            while slot in text:
                text = text.replace(slot, self._random.choice(names), 1)
        return text

    def _mistyped(self, text: str) -> str:
        """Now and then without one letter of one of the longer words."""
        words = text.split()
        long = [at for at, word in enumerate(words) if len(word) >= LONG_WORD and word.isalpha()]
        if long and self._random.random() < TYPOS:
            at = self._random.choice(long)
            letter = self._random.randrange(1, len(words[at]))
            words[at] = words[at][:letter] + words[at][letter + 1 :]
        return " ".join(words)

    def _politely(self, text: str, language: Language) -> str:
        openings, closings = self._talk[language]
        opening, closing = self._random.choice(openings), self._random.choice(closings)
        return self._filled(f"{opening} {text} {closing}".strip(), language)


def _parts(person: Any) -> list[str]:
    """The first and the last name by themselves."""
    return [str(part) for part in person.name.split()]


def _places(knowledge: Knowledge, language: Language) -> list[str]:
    names = [each.name(language) for each in knowledge.municipalities.values()]
    for region in knowledge.regions.values():
        names += [region.name(language), region.where[language]]
    return names


def _talk(knowledge: Knowledge, language: Language) -> tuple[list[str], list[str]]:
    """Openings and closings, and nothing as one of them."""
    lexicon = knowledge.lexicons[language]
    openings = ["", *(line for _, line in phrase_lines(lexicon.openings))]
    return openings, ["", *(line for _, line in phrase_lines(lexicon.closings))]


def activities(questions: Questions, service_url: str, prefix: str) -> Iterator[bytes]:
    """Messages of Teams as JSON, each with another id and another text."""
    for number, (text, language) in enumerate(questions):
        person = number % PEOPLE
        activity = {
            "type": "message",
            "id": f"{prefix}-{number}",
            "timestamp": dt.datetime.now(dt.UTC).isoformat().replace("+00:00", "Z"),
            "channelId": "msteams",
            "serviceUrl": service_url,
            "from": {"id": f"29:person-{person}", "name": "Aino", "aadObjectId": f"{person:032x}"},
            "recipient": {"id": "28:bot", "name": "Taikubot"},
            "conversation": {
                "id": f"a:chat-{person}",
                "conversationType": "personal",
                "tenantId": TENANT,
            },
            "channelData": {"tenant": {"id": TENANT}},
            "entities": [{"type": "clientInfo", "locale": LOCALES[language], "country": "FI"}],
            "locale": LOCALES[language],
            "textFormat": "plain",
            "text": text,
        }
        yield json.dumps(activity).encode()
