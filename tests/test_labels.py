"""What a button says may be typed instead, with and without a place, and leads to the same."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator

import pytest

from bot.answers.builder import DONE_WHERE_POSTED
from bot.answers.compose import Context, compose
from bot.channels.conversation import Conversations, IncomingMessage
from bot.knowledge.library import Knowledge
from bot.knowledge.models import Intent
from bot.knowledge.values import LANGUAGES, Language
from bot.understanding.interpreter import Interpreter, MessageContext
from bot.understanding.reloader import Snapshot


@pytest.fixture(name="interpreter")
def _interpreter(snapshot: Snapshot) -> Interpreter:
    return snapshot.interpreter


TODAY = dt.date(2026, 11, 29)
NOW = dt.datetime(2026, 11, 29, 12, tzinfo=dt.UTC)
MUNICIPALITIES = 30


def _asking(knowledge: Knowledge) -> list[Intent]:
    return [one for one in knowledge.intents.values() if one.question_about is not None]


def _understood(interpreter: Interpreter, text: str, language: Language) -> tuple[str, str]:
    context = MessageContext(TODAY, locale=language)
    found = interpreter.understand(text, context)
    (request,) = found.requests
    return request.intent, " ".join(request.entities.networks)


def _with_municipality(label: str, name: str, language: Language) -> str:
    bare = label.rstrip("?")
    return {"fi": f"{name}: {label}", "sv": f"{bare} i {name}?", "en": f"{bare} in {name}?"}[
        language
    ]


def _municipalities(knowledge: Knowledge) -> Iterator[tuple[str, dict[Language, str]]]:
    """Municipalities whose region has a network, and whose name is nothing else."""
    plain = [
        one
        for one in knowledge.municipalities.values()
        if knowledge.network_of(one.region) and not one.common_word
    ]
    for one in random.Random(7).sample(sorted(plain, key=lambda one: one.key), MUNICIPALITIES):
        network = knowledge.network_of(one.region)
        assert network
        yield network.key, {language: one.name(language) for language in LANGUAGES}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_button_says_is_understood(
    knowledge: Knowledge, interpreter: Interpreter, language: Language
) -> None:
    wrong = [
        (one.question[language], found)
        for one in knowledge.intents.values()
        if (found := _understood(interpreter, one.question[language], language))[0] != one.key
        and one.key != "fallback"
    ]
    assert not wrong, wrong[:12]


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_understood_with_each_network(
    knowledge: Knowledge, interpreter: Interpreter, language: Language
) -> None:
    wrong = []
    for one in _asking(knowledge):
        for network in knowledge.networks.values():
            label = one.question[language]
            assert one.question_about
            for text in (
                f"{label.rstrip('?')} {network.where[language]}?",
                one.asked_about(network, language),
                f"{network.short[language]}: {label}",
            ):
                found = _understood(interpreter, text, language)
                if found != (one.key, network.key):
                    wrong.append((text, found))
    assert not wrong, wrong[:12]


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_understood_with_a_municipality(
    knowledge: Knowledge, interpreter: Interpreter, language: Language
) -> None:
    wrong = []
    for one in _asking(knowledge):
        for network, names in _municipalities(knowledge):
            text = _with_municipality(one.question[language], names[language], language)
            found = _understood(interpreter, text, language)
            if found != (one.key, network):
                wrong.append((text, found))
    assert not wrong, wrong[:12]


def test_a_tap_sends_what_the_button_says_and_keeps_the_municipality(snapshot: Snapshot) -> None:
    conversations = Conversations(lambda: snapshot, now=lambda: NOW)
    asked = {
        "fi": "kuka on yhteyshenkilö Vaasassa",
        "sv": "vem är kontaktperson i Vasa",
        "en": "who is the contact person in Vaasa",
    }
    for language, text in asked.items():
        first = conversations.respond(IncomingMessage(text, language))
        assert first.answer.suggestions
        for suggestion in first.answer.suggestions:
            assert suggestion.text == suggestion.title
            conversations.respond(IncomingMessage(text, language))
            tapped = conversations.respond(IncomingMessage(suggestion.text, language))
            (request,) = tapped.understanding.requests
            assert request.intent == suggestion.intent
            assert request.entities.municipalities == ("vaasa",)


@pytest.mark.parametrize("follows", [True, False])
def test_what_cannot_be_done_there_is_not_suggested(
    knowledge: Knowledge, interpreter: Interpreter, follows: bool
) -> None:
    offered = set()
    for text in ("lopeta ilmoitukset", "haluan lähettää ilmoituksen", "tilaa", "ilmoitus", "9"):
        found = interpreter.understand(text, MessageContext(TODAY))
        context = Context(NOW, can_follow=follows)
        offered |= {one.intent for one in compose(found, knowledge, context).suggestions}
    assert bool(offered & set(DONE_WHERE_POSTED)) is follows
