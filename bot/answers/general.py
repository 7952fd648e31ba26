"""Answers about the community and the bot itself, and what the bot says when it does not know."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from bot.answers import pairs
from bot.answers.builder import AnswerBuilder, Part
from bot.answers.language_names import we_speak
from bot.answers.model import MAX_SUGGESTIONS, Suggestion
from bot.answers.networks import GENERAL
from bot.answers.people import unknown_person
from bot.answers.variants import SINGLE
from bot.answers.views import HelpLineView
from bot.i18n import pN_
from bot.knowledge.library import DISTRESS, FALLBACK
from bot.knowledge.values import LANGUAGES, Language
from bot.understanding.acts import FORGET, Step, step
from bot.understanding.model import (
    DOUBTFUL_PLACE,
    MISUNDERSTOOD,
    QUESTION,
    UNKNOWN_PERSON,
    Request,
)
from bot.understanding.other_languages import OTHER_LANGUAGE
from bot.understanding.small_talk import NOTED

FIRST_QUESTIONS = ("contacts", "meetings", "join")
"""What a newcomer is offered to ask."""

FOLLOW_UPS = {
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
    "following": ("follow", "meetings"),
}
"""The intents suggested after answers that are the same for everybody."""


def about(builder: AnswerBuilder) -> Part:
    """What the community is."""
    blocks = builder.render("about.answer", rest=builder.rest)
    others = builder.suggest(("list_networks", "find_network", "join"))
    return Part(blocks, builder.wrong_information(), (*builder.tell_more(), *others))


def single_answer(builder: AnswerBuilder) -> Part:
    """The answer of an intent that has a single one, also of intents that a community adds."""
    intent = builder.request.intent
    blocks = builder.render(f"{intent}.{SINGLE}")
    return Part(blocks, suggestions=builder.suggest(FOLLOW_UPS.get(intent, FIRST_QUESTIONS)))


FORGET_VARIANTS = {
    Step.DO: SINGLE,
    Step.ASK: "ask",
    Step.OFFER: "kept",
    Step.EXPLAIN: "how",
    Step.KEEP: "kept",
}
"""The answer about forgetting, by what is to be done; only the first says that it was."""


def forget_me(builder: AnswerBuilder) -> Part:
    """What is said of a wish to be forgotten: it is asked first, here with two buttons."""
    next_step = step(builder.request, builder.scope.knowledge)
    blocks = builder.render(f"{FORGET}.{FORGET_VARIANTS[next_step]}")
    if next_step is Step.ASK:
        labels = (builder.label(f"{FORGET}.{name}") for name in ("yes", "no"))
        return Part(blocks, suggestions=tuple(Suggestion(one, one, FORGET) for one in labels))
    if next_step is Step.EXPLAIN:
        return Part(blocks, suggestions=builder.suggest((FORGET, "privacy")))
    return Part(blocks, suggestions=builder.suggest(FOLLOW_UPS[FORGET]))


def small_talk(builder: AnswerBuilder) -> Part:
    """A short friendly line, after which nothing is suggested."""
    return Part(builder.render(f"greeting.{builder.request.topic or NOTED}"))


def named_answer(builder: AnswerBuilder, name: str, **data: object) -> Part:
    """The answer `intent.variant`, with the suggestions of its intent."""
    after = FOLLOW_UPS.get(builder.request.intent, FIRST_QUESTIONS)
    return Part(builder.render(name, **data), suggestions=builder.suggest(after))


def welcome(builder: AnswerBuilder) -> Part:
    """What the bot says when it is added to a chat: who it is, and three things to ask."""
    return Part(builder.render("greeting.welcome"), suggestions=builder.suggest(FIRST_QUESTIONS))


def fallback(builder: AnswerBuilder, guesses: tuple[Request, ...] = ()) -> Part:
    """The answer when the bot is not sure; its guesses become buttons."""
    if builder.request.topic == DISTRESS:
        return distress(builder)
    if builder.request.topic == UNKNOWN_PERSON:
        return unknown_person(builder)
    if builder.request.topic == DOUBTFUL_PLACE and guesses:
        return doubtful_place(builder, guesses)
    if builder.request.topic.startswith(OTHER_LANGUAGE):
        return other_language(builder, guesses)
    if builder.request.topic == MISUNDERSTOOD:
        blocks = builder.render("fallback.misunderstood")
        return Part(blocks, suggestions=offered(builder, guesses))
    topic = f"fallback.{builder.request.topic}"
    if builder.request.topic and topic in builder.templates:
        return Part(builder.render(topic), suggestions=builder.suggest(GENERAL))
    if buttons := offered(builder, guesses):
        return Part(builder.render("fallback.guesses"), suggestions=buttons)
    unknown = "fallback.unknown_again" if builder.in_talk else "fallback.unknown"
    return Part(builder.render(unknown), suggestions=builder.suggest(FIRST_QUESTIONS))


def doubtful_place(builder: AnswerBuilder, guesses: tuple[Request, ...]) -> Part:
    """Asks whether a place is meant that was named with a typo; a button says yes."""
    about = replace(builder, request=guesses[0])
    language, subjects = builder.scope.language, about.named
    names = [town.name(language) for each in subjects for town in each.municipalities]
    names += [region.name(language) for each in subjects for region in each.regions]
    names += [each.network.short[language] for each in subjects if each.network]
    place = names[0]
    return Part(
        builder.render("fallback.place", place=place), suggestions=offered(builder, guesses)
    )


def offered(builder: AnswerBuilder, guesses: tuple[Request, ...]) -> tuple[Suggestion, ...]:
    """The buttons for what may have been meant."""
    networks = builder.scope.knowledge.networks
    made_of: dict[str, Suggestion] = {}
    for guess in guesses:
        network = next((networks[key] for key in guess.entities.networks if key in networks), None)
        if guess.intent == QUESTION:
            made = pairs.offered(builder, guess)
        else:
            made = builder.suggestion(guess.intent, network) if guess.intent != FALLBACK else None
        if made:
            made_of.setdefault(made.title, made)
    return tuple(made_of.values())[:MAX_SUGGESTIONS]


def distress(builder: AnswerBuilder) -> Part:
    """Where to get help at once; nothing else, and nothing of it may be recorded."""
    return Part(builder.render("fallback.distress", help_line=_help_line(builder)), private=True)


def other_language(builder: AnswerBuilder, guesses: tuple[Request, ...] = ()) -> Part:
    """Which languages the bot speaks, in all of them and in the writer's own."""
    code = builder.request.topic.partition(":")[2]
    knowledge = builder.scope.knowledge
    known = knowledge.other_languages.get(code)
    # What stands there names all languages of the program.
    says_so = known is not None and len(knowledge.languages) == len(LANGUAGES)
    blocks = builder.render(
        "fallback.other_language",
        said_in_theirs=known.says if known and says_so else None,
        we_speak=_in_each(knowledge.languages, partial(we_speak, knowledge.languages)),
        help=_in_each(knowledge.languages, pN_("asking for help", "Help").said),
    )
    return Part(blocks, suggestions=offered(builder, guesses))


def _in_each(languages: Sequence[Language], said: Callable[[Language], str]) -> str:
    return " – ".join(map(said, languages))


def maybe_distress(builder: AnswerBuilder) -> Part:
    """One line above an answer, for who may be in distress; nothing of it may be recorded."""
    blocks = builder.render("fallback.maybe_distress", help_line=_help_line(builder))
    return Part(blocks, private=True)


def _help_line(builder: AnswerBuilder) -> HelpLineView:
    lines = builder.scope.knowledge.community.help_lines
    line = lines.line(builder.scope.language)
    return HelpLineView(lines.emergency, line.name, line.phone, line.hours)
