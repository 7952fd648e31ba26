"""Answers about networks: which one, what it is, does and wants, how to join, its pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.answers.builder import AnswerBuilder, Part, Subject, merge_parts
from bot.answers.calendar_links import feed_url
from bot.answers.coming import demo_note, next_meeting
from bot.answers.model import MAX_ACTIONS, Action, Heading, Suggestion
from bot.answers.views import unique
from bot.knowledge.models import Network
from bot.understanding.model import Manner

AboutNetwork = Callable[[AnswerBuilder, Subject, Network], Part]

FOLLOW_UP_INTENTS: dict[str, tuple[str, ...]] = {
    "contacts": ("join", "meetings", "network_goals", "network_info"),
    "human": ("contacts", "join", "network_info"),
    "person": ("network_info", "meetings", "join"),
    "find_network": ("contacts", "join", "meetings"),
    "network_info": ("contacts", "meetings", "join"),
    "network_goals": ("network_activity", "join", "contacts", "network_info"),
    "network_activity": ("meetings", "join", "network_goals", "contacts"),
    "join": ("contacts", "meetings", "network_goals", "network_info"),
    "links": ("contacts", "network_info", "meetings"),
    "meetings": ("contacts", "network_activity", "join"),
    "calendar": ("contacts", "join"),
}
"""Intent -> the intents suggested after an answer about a network, likeliest next first."""

GENERAL = ("find_network", "list_networks", "about")
"""What fits when no network is known yet."""


def follow_up_suggestions(builder: AnswerBuilder, network: Network) -> tuple[Suggestion, ...]:
    """The suggestions after an answer about a network, without what is not known of it."""
    known = {
        "contacts": bool(builder.people(Subject(network)) or network.coordination),
        "network_goals": bool(network.goals),
        "network_activity": bool(network.activity or network.meets),
    }
    intents = [
        intent for intent in FOLLOW_UP_INTENTS[builder.request.intent] if known.get(intent, True)
    ]
    # An answer about several networks offers one question about each of them.
    return builder.suggest(intents[:1] if len(builder.named) > 1 else intents, network)


def each(
    builder: AnswerBuilder, about: AboutNetwork, *, pages: bool = True, most_pages: int = 1
) -> Part:
    """The answer about each network and region that was named, up to a few.

    `pages`: with `wrong information?` and the buttons that lead to so many of the network's pages.
    """
    parts = []
    for subject in builder.subjects:
        if subject.network is None:
            part = builder.no_network(subject)
        else:
            part = about(builder, subject, subject.network)
            links = builder.network_actions(subject.network, most_pages) if pages else ()
            suggestions = (*part.suggestions, *follow_up_suggestions(builder, subject.network))
            part = replace(part, actions=(*part.actions, *links), suggestions=suggestions)
        if part.blocks:
            parts.append(replace(part, blocks=builder.heading(subject) + part.blocks))
    return merge_parts([*parts, Part(builder.limit())])


MENTIONS = 2
"""Statements about a name of its own by which a network is asked about: `what is Varavoimaa`."""


def find_network(builder: AnswerBuilder) -> Part:
    """Which network covers a place."""
    told = builder.request.manner is Manner.TOLD
    if not builder.named and told:
        blocks = builder.render("find_network.told", network=None, place=None)
        return Part(blocks, suggestions=builder.suggest(("list_networks", "about")))
    if not builder.named:
        return Part(
            builder.render("find_network.ask"),
            suggestions=builder.suggest(("list_networks", "about")),
        )
    return each(builder, _find_network, most_pages=MAX_ACTIONS)


def _find_network(builder: AnswerBuilder, subject: Subject, network: Network) -> Part:
    if builder.request.manner is Manner.TOLD:
        view, place = builder.view(network), builder.place(subject)
        return Part(builder.render("find_network.told", network=view, place=place))
    blocks = builder.render(
        "find_network.network",
        network=builder.view(network),
        place=builder.place(subject),
        persons=builder.persons(subject),
    )
    return Part(blocks)


def network_info(builder: AnswerBuilder) -> Part:
    """What a network is; without a place, which one is meant."""
    if not builder.named:
        return Part(builder.render("network_info.ask"), suggestions=builder.suggest(GENERAL))
    pages = 1 if builder.entities.aliases else MAX_ACTIONS
    return each(builder, _network_info, most_pages=pages)


def _network_info(builder: AnswerBuilder, subject: Subject, network: Network) -> Part:
    view = builder.view(network)
    meeting = next_meeting(builder.scope, network)
    blocks = builder.render(
        "network_info.network",
        network=view,
        # Everybody of the network: the question is about all of it.
        persons=builder.persons(Subject(network)),
        next_meeting=meeting,
        sources=view.sources(
            "start", "coordination", "background", "population", "members", "meets"
        ),
        rest=builder.rest,
        mentions=view.mentions(builder.entities.aliases)[:MENTIONS],
    )
    notes = demo_note(builder, meeting) if builder.rest else ()
    return Part(blocks, notes=notes, suggestions=builder.tell_more(network))


def network_goals(builder: AnswerBuilder) -> Part:
    """What a network strives for; without a place, what every network does."""
    if not builder.named:
        return _network_tasks(builder, "network_goals.general")
    return each(builder, _network_goals)


def _network_goals(builder: AnswerBuilder, subject: Subject, network: Network) -> Part:
    view = builder.view(network)
    sources = view.sources("goals") or _task_sources(builder)
    blocks = builder.render(
        "network_goals.network", network=view, sources=sources, rest=builder.rest
    )
    return Part(blocks, suggestions=builder.tell_more(network))


def network_activity(builder: AnswerBuilder) -> Part:
    """What a network does and how often it meets; without a place, what every network does."""
    if not builder.named:
        return _network_tasks(builder, "network_activity.general")
    return each(builder, _network_activity)


def _network_activity(builder: AnswerBuilder, subject: Subject, network: Network) -> Part:
    view = builder.view(network)
    sources = view.sources("activity", "meets")
    if not network.activity:
        sources = unique((*sources, *_task_sources(builder)))
    meeting = next_meeting(builder.scope, network)
    blocks = builder.render(
        "network_activity.network",
        network=view,
        next_meeting=meeting,
        sources=sources,
        rest=builder.rest,
    )
    return Part(blocks, notes=demo_note(builder, meeting), suggestions=builder.tell_more(network))


def _network_tasks(builder: AnswerBuilder, answer: str) -> Part:
    blocks = builder.render(answer, sources=_task_sources(builder), rest=builder.rest)
    return Part(blocks, suggestions=(*builder.tell_more(), *builder.suggest(GENERAL)))


def _task_sources(builder: AnswerBuilder) -> tuple[str, ...]:
    return builder.community.sources("network_tasks")


def join(builder: AnswerBuilder) -> Part:
    """How one joins a network; without a place, how one joins in general."""
    if not builder.named:
        return Part(builder.render("join.general"), suggestions=builder.suggest(GENERAL))
    return each(builder, _join, most_pages=0)


def _join(builder: AnswerBuilder, subject: Subject, network: Network) -> Part:
    view = builder.view(network)
    people = builder.people(subject)
    not_given_yet = builder.not_given_yet(people)
    blocks = builder.render(
        "join.network",
        network=view,
        place=builder.place(subject),
        persons=builder.views(not_given_yet),
        persons_told=len(not_given_yet) < len(people),
    )
    if not builder.goes_on and not builder.heading(subject):
        blocks = (Heading(view.name), *blocks)
    return Part(blocks, persons=tuple(person.key for person in not_given_yet))


def links(builder: AnswerBuilder) -> Part:
    """Pages and groups of a network; without a place, the national ones."""
    if not builder.named:
        actions = (*_feed(builder, None), *_messenger(builder))
        return Part(builder.render("links.general"), actions, builder.suggest(GENERAL))
    # The text has them already.
    return each(builder, _links, most_pages=0)


def _links(builder: AnswerBuilder, subject: Subject, network: Network) -> Part:
    return Part(
        builder.render("links.network", network=builder.view(network)), _feed(builder, network)
    )


def _feed(builder: AnswerBuilder, network: Network | None) -> tuple[Action, ...]:
    """The button to subscribe to a calendar of meetings."""
    key = network.key if network else None
    url = feed_url(builder.scope.context.public_url, key, builder.scope.language)
    return builder.calendar_action("links.feed", url)


def _messenger(builder: AnswerBuilder) -> tuple[Action, ...]:
    """The button by which a Facebook group's members reach the bot."""
    url = builder.scope.knowledge.community.facebook_page_messenger
    return (
        (Action(builder.label("links.messenger"), url),) if url and url.startswith("https:") else ()
    )


def list_networks(builder: AnswerBuilder) -> Part:
    """All networks with their regions."""
    networks = tuple(builder.view(network) for network in builder.scope.knowledge.networks.values())
    blocks = builder.render(
        "list_networks.answer",
        networks=tuple(sorted(networks, key=lambda network: network.short)),
        sources=builder.community.sources("networks"),
    )
    suggestions = builder.suggest(("find_network", "join", "about"))
    return Part(blocks, builder.wrong_information(), suggestions)
