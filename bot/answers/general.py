"""Answers about the community and the bot itself, and what the bot says when it does not know."""

from __future__ import annotations

from bot.answers.ask import Ask, Part
from bot.answers.model import MAX_SUGGESTIONS, Suggestion
from bot.answers.networks import GENERAL
from bot.answers.people import unknown_person
from bot.answers.variants import ALONE
from bot.answers.views import HelpLineView
from bot.knowledge.library import FALLBACK
from bot.understanding.model import UNKNOWN_PERSON, Request

DISTRESS = "distress"
"""The topic of `fallback` in which somebody may be in danger."""

FIRST_QUESTIONS = ("contacts", "meetings", "join")
"""What a newcomer is offered to ask."""

AFTER = {
    "goodbye": (),
    "thanks": ("meetings", "join"),
    "announce": ("meetings", "contacts"),
    "announcements": ("meetings", "contacts"),
    "add_meeting": ("meetings", "contacts"),
    "follow": ("meetings", "contacts"),
    "unfollow": ("meetings", "contacts"),
    "privacy": ("forget_me", "help"),
    "forget_me": ("privacy", "help"),
    "whoami": ("help", "privacy"),
}
"""What fits after the answers that are the same for everybody."""


def about(ask: Ask) -> Part:
    """What the community is."""
    fields = ("what", "start", "run_by", "funders", "networks", "numbers")
    blocks = ask.render("about.answer", sources=ask.community.sources(*fields))
    actions = ask.wrong_information()
    return Part(blocks, actions, ask.suggest(("list_networks", "find_network", "join")))


def alone(ask: Ask) -> Part:
    """The answer of an intent that has one only, known to the program or not."""
    intent = ask.request.intent
    blocks = ask.render(f"{intent}.{ALONE}")
    return Part(blocks, suggestions=ask.suggest(AFTER.get(intent, FIRST_QUESTIONS)))


def told(ask: Ask, name: str, **data: object) -> Part:
    """An answer by its name, with what fits after its intent."""
    after = AFTER.get(ask.request.intent, FIRST_QUESTIONS)
    return Part(ask.render(name, **data), suggestions=ask.suggest(after))


def welcome(ask: Ask) -> Part:
    """What the bot says when it is added to a chat: who it is, and three things to ask."""
    return Part(ask.render("greeting.welcome"), suggestions=ask.suggest(FIRST_QUESTIONS))


def fallback(ask: Ask, guesses: tuple[Request, ...] = ()) -> Part:
    """The answer when nothing was understood; what may have been meant becomes buttons."""
    if ask.request.topic == DISTRESS:
        return distress(ask)
    if ask.request.topic == UNKNOWN_PERSON:
        return unknown_person(ask)
    topic = f"fallback.{ask.request.topic}"
    if ask.request.topic and topic in ask.templates:
        return Part(ask.render(topic), suggestions=ask.suggest(GENERAL))
    offered = _offered(ask, guesses)
    if offered:
        return Part(ask.render("fallback.guesses"), suggestions=offered)
    return Part(ask.render("fallback.unknown"), suggestions=ask.suggest(FIRST_QUESTIONS))


def _offered(ask: Ask, guesses: tuple[Request, ...]) -> tuple[Suggestion, ...]:
    networks = ask.scope.knowledge.networks
    offered: dict[str, Suggestion] = {}
    for guess in guesses:
        network = next((networks[key] for key in guess.entities.networks if key in networks), None)
        if guess.intent != FALLBACK and (made := ask.suggestion(guess.intent, network)):
            offered.setdefault(made.title, made)
    return tuple(offered.values())[:MAX_SUGGESTIONS]


def distress(ask: Ask) -> Part:
    """Where to get help at once; nothing else, and nothing of it may be recorded."""
    lines = ask.scope.knowledge.community.help_lines
    line = lines.line(ask.scope.language)
    view = HelpLineView(lines.emergency, line.name, line.phone, line.hours)
    return Part(ask.render("fallback.distress", help_line=view), private=True)
