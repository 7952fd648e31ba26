"""What was understood becomes an answer. The time comes in as an argument; nothing is read."""

from __future__ import annotations

from collections.abc import Callable

from bot.answers import general, meetings, networks, people
from bot.answers.ask import Ask, Part, unique_parts
from bot.answers.model import MAX_ACTIONS, Action, Answer
from bot.answers.plain import plain_text
from bot.answers.scope import Context, Scope
from bot.answers.templates import Templates, templates_of
from bot.knowledge.library import FALLBACK, Knowledge
from bot.knowledge.values import LANGUAGES, Language
from bot.understanding.model import Request, Understanding

MAX_REQUESTS = 3
"""How many questions of one message are answered."""

GIVING = ("contacts", "human", "person")
"""The intents that ask for somebody's contacts, the fullest answer first."""

HANDLERS: dict[str, Callable[[Ask], Part]] = {
    "contacts": people.contacts,
    "person": people.person,
    "human": people.human,
    "find_network": networks.find_network,
    "network_info": networks.network_info,
    "network_goals": networks.network_goals,
    "network_activity": networks.network_activity,
    "list_networks": networks.list_networks,
    "join": networks.join,
    "links": networks.links,
    "meetings": meetings.meetings,
    "about": general.about,
}
"""The intents whose answer depends on what is asked about; all others have one answer."""


def compose(understanding: Understanding, knowledge: Knowledge, context: Context) -> Answer:
    """The answer to a message.

    Raises MissingAnswerError or jinja2.TemplateError where intents/ lacks an answer or a template
    fails; `check_templates` finds both beforehand.
    """
    scope = Scope(understanding.language, knowledge, context)
    templates = templates_of(knowledge)
    requests = understanding.requests[:MAX_REQUESTS]
    distress = [one for one in understanding.requests if _distress(one)]
    if distress:
        # Whatever else was asked: nothing stands beside this.
        requests = (distress[0],)
    parts = _parts(requests, scope, templates, understanding.guesses)
    return _answer(scope, tuple(one.intent for one in requests), parts)


def welcome(language: Language, knowledge: Knowledge, context: Context) -> Answer:
    """What the bot says when it is added to a chat."""
    scope = Scope(language, knowledge, context)
    ask = Ask(Request("greeting"), scope, templates_of(knowledge))
    return _answer(scope, ("greeting",), [general.welcome(ask)])


def tell(
    name: str, language: Language, knowledge: Knowledge, context: Context, **data: object
) -> Answer:
    """The answer `intent.variant` with its data, for what no question asked in so many words."""
    scope = Scope(language, knowledge, context)
    intent = name.partition(".")[0]
    ask = Ask(Request(intent), scope, templates_of(knowledge))
    return _answer(scope, (intent,), [general.told(ask, name, **data)])


def apology(language: str, code: str, knowledge: Knowledge) -> str:
    """One plain sentence or two for when answering failed; `code` finds the failure in the log.

    Of a language that the bot does not speak, Finnish is taken.
    """
    spoken: Language = next((one for one in LANGUAGES if language.startswith(one)), LANGUAGES[0])
    blocks = templates_of(knowledge).blocks(
        "fallback.apology", spoken, {"code": code, "language": spoken}
    )
    return plain_text(Answer(spoken, (FALLBACK,), blocks))


def _distress(request: Request) -> bool:
    return request.intent == FALLBACK and request.topic == general.DISTRESS


def _parts(
    requests: tuple[Request, ...], scope: Scope, templates: Templates, guesses: tuple[Request, ...]
) -> list[Part]:
    """The parts that say something, in the order of the requests.

    Nobody's contacts come twice: where they were asked for, there they are given.
    """
    made: dict[int, Part] = {}
    told: frozenset[str] = frozenset()
    for number in sorted(range(len(requests)), key=lambda number: _rank(requests[number])):
        part = made[number] = _part(Ask(requests[number], scope, templates, told), guesses)
        told |= frozenset(part.persons)
    parts: list[Part] = []
    for _, part in sorted(made.items()):
        said = {block for earlier in parts for block in earlier.blocks}
        if not said.issuperset(part.blocks):
            parts.append(part)
    return parts


def _rank(request: Request) -> int:
    return GIVING.index(request.intent) if request.intent in GIVING else len(GIVING)


def _part(ask: Ask, guesses: tuple[Request, ...]) -> Part:
    if ask.request.intent == FALLBACK:
        return general.fallback(ask, guesses)
    return HANDLERS.get(ask.request.intent, general.alone)(ask)


def _answer(scope: Scope, intents: tuple[str, ...], parts: list[Part]) -> Answer:
    whole = unique_parts(parts)
    # One message may ask two things: neither answer then offers what the other has said.
    said = intents if len(intents) > 1 else ()
    return Answer(
        language=scope.language,
        intents=intents,
        blocks=whole.blocks + whole.notes,
        actions=_within_limit(whole.actions, scope.knowledge),
        suggestions=tuple(one for one in whole.suggestions if one.intent not in said),
        occurrences=whole.occurrences,
        private=whole.private,
    )


def _within_limit(actions: tuple[Action, ...], knowledge: Knowledge) -> tuple[Action, ...]:
    """As many actions as an answer may have, `wrong information?` last and always among them."""
    keeper = knowledge.community.keeper
    last = [one for one in actions if one.url in (keeper.url, f"mailto:{keeper.email}")][-1:]
    others = [one for one in actions if one not in last]
    return (*others[: MAX_ACTIONS - len(last)], *last)


__all__ = ["Context", "apology", "compose", "tell", "welcome"]
