"""An Understanding becomes an Answer. The time is an argument, and nothing is read from disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.answers import calendar, details, general, meetings, networks, pairs, people
from bot.answers.builder import AnswerBuilder, Part, merge_parts
from bot.answers.coming import is_past
from bot.answers.drafts import reported_with
from bot.answers.model import MAX_ACTIONS, Action, Answer, Block, Heading
from bot.answers.plain import plain_text
from bot.answers.scope import Context, Scope
from bot.answers.shorter import SHORT, fitting, shortened
from bot.answers.templates import Templates, templates_of
from bot.knowledge.library import DISTRESS, FALLBACK, Knowledge
from bot.knowledge.values import Language
from bot.understanding.acts import FORGET
from bot.understanding.model import QUESTION, SMALL_TALK, Manner, Request, Shown, Understanding

MAX_REQUESTS = 3
"""How many questions of one message are answered."""

COORDINATOR, EARLIER_COORDINATORS = "network_coordinator", "network_earlier_coordinators"
"""The details of who leads a network, and who did before."""

A_MONTH = 27
"""Days from which a past time is one of which it is asked who led a network then."""

CONTACT_INTENTS = ("contacts", "human", "person")
"""The intents that ask for somebody's contacts, the fullest answer first."""

HANDLERS: dict[str, Callable[[AnswerBuilder], Part]] = {
    "contacts": people.contacts,
    "person": people.person,
    "human": people.human,
    "change_details": people.change_details,
    "find_network": networks.find_network,
    "network_info": networks.network_info,
    "network_goals": networks.network_goals,
    "network_activity": networks.network_activity,
    "list_networks": networks.list_networks,
    "join": networks.join,
    "links": networks.links,
    "meetings": meetings.meetings,
    "about": general.about,
    "forget_me": general.forget_me,
    "calendar": calendar.calendar,
    SMALL_TALK: general.small_talk,
}
"""The intents whose answer depends on entities or content; all others have a single answer."""


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
        # Whatever else was asked: the answer is this alone.
        requests = (distress[0],)
    parts = _parts(requests, scope, templates, understanding.guesses)
    if understanding.distress and not distress:
        above = AnswerBuilder(Request(FALLBACK), scope, templates)
        parts.insert(0, general.maybe_distress(above))
    if understanding.guesses and not understanding.refused:
        beside = AnswerBuilder(Request(FALLBACK), scope, templates)
        parts.insert(0, Part((), suggestions=general.offered(beside, understanding.guesses)))
    answer = _answer(scope, tuple(one.intent for one in requests), parts)
    return answer if answer.private else reported_with(answer, understanding.text)


def welcome(language: Language, knowledge: Knowledge, context: Context) -> Answer:
    """What the bot says when it is added to a chat."""
    scope = Scope(knowledge.in_spoken(language), knowledge, context)
    builder = AnswerBuilder(Request("greeting"), scope, templates_of(knowledge))
    return _answer(scope, ("greeting",), [general.welcome(builder)])


def compose_named(
    name: str, language: Language, knowledge: Knowledge, context: Context, **data: object
) -> Answer:
    """The answer `intent.variant` with its data, such as the result of a command."""
    scope = Scope(knowledge.in_spoken(language), knowledge, context)
    intent = name.partition(".")[0]
    builder = AnswerBuilder(Request(intent), scope, templates_of(knowledge))
    return _answer(scope, (intent,), [general.named_answer(builder, name, **data)])


def apology(language: str, code: str, knowledge: Knowledge) -> str:
    """One plain sentence or two for when answering failed; `code` finds the failure in the log.

    Of a language that the bot does not speak, its usual one is taken.
    """
    spoken = knowledge.in_spoken(language[:2])
    blocks = templates_of(knowledge).blocks(
        "fallback.apology", spoken, {"code": code, "language": spoken}
    )
    return plain_text(Answer(spoken, (FALLBACK,), blocks))


def _distress(request: Request) -> bool:
    return request.intent == FALLBACK and request.topic == DISTRESS


def _parts(
    requests: tuple[Request, ...], scope: Scope, templates: Templates, guesses: tuple[Request, ...]
) -> list[Part]:
    """The parts that say something, in the order of the requests.

    No contacts are given twice: the part that was asked for them gives them.
    """
    made: dict[int, Part] = {}
    already_given: frozenset[str] = frozenset()
    for number in sorted(range(len(requests)), key=lambda number: _contact_rank(requests[number])):
        part = made[number] = _part(
            AnswerBuilder(requests[number], scope, templates, already_given), guesses, len(requests)
        )
        already_given |= frozenset(part.persons)
    parts: list[Part] = []
    for _, part in sorted(made.items()):
        said = {block for earlier in parts for block in earlier.blocks}
        if not said.issuperset(part.blocks):
            parts.append(part)
    return parts


def _contact_rank(request: Request) -> int:
    return (
        CONTACT_INTENTS.index(request.intent)
        if request.intent in CONTACT_INTENTS
        else len(CONTACT_INTENTS)
    )


def _part(builder: AnswerBuilder, guesses: tuple[Request, ...], together: int) -> Part:
    """The answer to one request; `together` says how many share the room of a short answer."""
    if builder.request.intent == FALLBACK:
        return general.fallback(builder, guesses)
    if builder.request.intent == QUESTION:
        found = pairs.question(builder)
        # An edit may have taken the answer away while it was talked about.
        return found or general.fallback(replace(builder, request=Request(FALLBACK)), guesses)
    topic = EARLIER_COORDINATORS if _asks_who_was(builder) else builder.request.topic
    asked = builder.scope.knowledge.details.get(topic)
    # A detail of what is known no longer is answered like a question for all of it.
    if asked and (found := details.detail(builder, asked)):
        if builder.request.manner is Manner.SHORTER:
            return replace(found, blocks=shortened(found.blocks, SHORT // together), actions=())
        return found
    part = HANDLERS.get(builder.request.intent, general.single_answer)(builder)
    if builder.short:
        lines = builder.request.intent in CONTACT_INTENTS
        room = SHORT // together
        part = replace(
            part, blocks=part.blocks if lines else shortened(part.blocks, room), actions=()
        )
    about = tuple(subject.network.key for subject in builder.subjects if subject.network)
    return replace(part, networks=about)


def _asks_who_was(builder: AnswerBuilder) -> bool:
    """Whether it is asked who led a network at a time that is over: `who led it in 2018`."""
    request = builder.request
    leads = request.intent == "contacts" or request.topic == COORDINATOR
    period = request.entities.period
    past = period is not None and is_past(period, builder.scope.today)
    past = past and period is not None and (period.end - period.start).days >= A_MONTH
    return leads and past and not request.entities.persons and bool(builder.named)


def _answer(scope: Scope, intents: tuple[str, ...], parts: list[Part]) -> Answer:
    whole = merge_parts(_each_once(parts))
    actions = _within_limit(whole.actions)
    # One message may ask two things: neither answer then suggests what the other has answered.
    said = intents if len(intents) > 1 else ()
    return Answer(
        language=scope.language,
        intents=intents,
        blocks=whole.blocks + whole.notes,
        actions=actions,
        suggestions=fitting(
            tuple(one for one in whole.suggestions if one.intent not in said),
            blocks=whole.blocks + whole.notes,
            actions=actions,
            chosen_from=whole.private
            or any(one not in HANDLERS or one == FORGET for one in intents),
        ),
        shown=Shown(whole.persons, whole.occurrences, whole.networks),
        private=whole.private,
    )


def _each_once(parts: list[Part]) -> list[Part]:
    """The parts without what an earlier one says too, such as whom one may ask."""
    said: set[Block] = set()
    kept = []
    for part in parts:
        if not any(isinstance(block, Heading) for block in part.blocks):
            part = replace(part, blocks=tuple(one for one in part.blocks if one not in said))
        said |= set(part.blocks)
        kept.append(part)
    return kept


def _within_limit(actions: tuple[Action, ...]) -> tuple[Action, ...]:
    """As many actions as an answer may have, `wrong information?` last and always among them."""
    last = [one for one in actions if one.reports][-1:]
    others = [one for one in actions if not one.reports]
    return (*others[: MAX_ACTIONS - len(last)], *last)


__all__ = ["Context", "apology", "compose", "compose_named", "welcome"]
