"""Answers about networks: which one, what it is, does and wants, how to join, its pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.answers.ask import Ask, Part, Subject, unique_parts
from bot.answers.calendar_links import feed_url
from bot.answers.coming import demo_note, next_meeting
from bot.answers.model import Action, Suggestion
from bot.answers.views import unique
from bot.knowledge.models import Network

AboutNetwork = Callable[[Ask, Subject, Network], Part]

FOLLOWING: dict[str, tuple[str, ...]] = {
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
}
"""What a person is likely to ask next, likeliest first."""

GENERAL = ("find_network", "list_networks", "about")
"""What fits when no network is known yet."""


def following(ask: Ask, network: Network) -> tuple[Suggestion, ...]:
    """The suggestions after an answer about a network, without what is not known of it."""
    known = {
        "contacts": bool(ask.people(Subject(network)) or network.coordination),
        "network_goals": bool(network.goals),
        "network_activity": bool(network.activity or network.meets),
    }
    intents = [intent for intent in FOLLOWING[ask.request.intent] if known.get(intent, True)]
    # An answer about several networks offers one question about each of them.
    return ask.suggest(intents[:1] if len(ask.named) > 1 else intents, network)


def each(ask: Ask, about: AboutNetwork) -> Part:
    """The answer about each network and region that was named, up to a few."""
    parts = []
    for subject in ask.subjects:
        if subject.network is None:
            part = ask.no_network(subject)
        else:
            part = about(ask, subject, subject.network)
            links = ask.network_actions(subject.network)
            suggestions = following(ask, subject.network)
            part = replace(part, actions=(*part.actions, *links), suggestions=suggestions)
        if part.blocks:
            parts.append(replace(part, blocks=ask.heading(subject) + part.blocks))
    return unique_parts([*parts, Part(ask.limit())])


def find_network(ask: Ask) -> Part:
    """Which network covers a place."""
    if not ask.named:
        return Part(
            ask.render("find_network.ask"), suggestions=ask.suggest(("list_networks", "about"))
        )
    return each(ask, _find_network)


def _find_network(ask: Ask, subject: Subject, network: Network) -> Part:
    blocks = ask.render(
        "find_network.network",
        network=ask.view(network),
        place=ask.place(subject),
        persons=ask.persons(subject),
    )
    return Part(blocks)


def network_info(ask: Ask) -> Part:
    """What a network is; without a place, which one is meant."""
    if not ask.named:
        return Part(ask.render("network_info.ask"), suggestions=ask.suggest(GENERAL))
    return each(ask, _network_info)


def _network_info(ask: Ask, subject: Subject, network: Network) -> Part:
    view = ask.view(network)
    meeting = next_meeting(ask.scope, network)
    blocks = ask.render(
        "network_info.network",
        network=view,
        # Everybody of the network: the question is about all of it.
        persons=ask.persons(Subject(network)),
        next_meeting=meeting,
        sources=view.sources("start", "coordination", "background", "members", "meets"),
    )
    return Part(blocks, notes=demo_note(ask, meeting))


def network_goals(ask: Ask) -> Part:
    """What a network strives for; without a place, what every network does."""
    if not ask.named:
        return _network_tasks(ask, "network_goals.general")
    return each(ask, _network_goals)


def _network_goals(ask: Ask, subject: Subject, network: Network) -> Part:
    view = ask.view(network)
    sources = view.sources("goals") or _task_sources(ask)
    return Part(ask.render("network_goals.network", network=view, sources=sources))


def network_activity(ask: Ask) -> Part:
    """What a network does and how often it meets; without a place, what every network does."""
    if not ask.named:
        return _network_tasks(ask, "network_activity.general")
    return each(ask, _network_activity)


def _network_activity(ask: Ask, subject: Subject, network: Network) -> Part:
    view = ask.view(network)
    sources = view.sources("activity", "meets")
    if not network.activity:
        sources = unique((*sources, *_task_sources(ask)))
    meeting = next_meeting(ask.scope, network)
    blocks = ask.render(
        "network_activity.network", network=view, next_meeting=meeting, sources=sources
    )
    return Part(blocks, notes=demo_note(ask, meeting))


def _network_tasks(ask: Ask, answer: str) -> Part:
    blocks = ask.render(answer, sources=_task_sources(ask))
    return Part(blocks, suggestions=ask.suggest(GENERAL))


def _task_sources(ask: Ask) -> tuple[str, ...]:
    return ask.community.sources("network_tasks")


def join(ask: Ask) -> Part:
    """How one joins a network; without a place, how one joins in general."""
    if not ask.named:
        sources = ask.community.sources("network_joining", "newsletter")
        blocks = ask.render("join.general", sources=sources)
        return Part(blocks, suggestions=ask.suggest(GENERAL))
    return each(ask, _join)


def _join(ask: Ask, subject: Subject, network: Network) -> Part:
    view = ask.view(network)
    fields = ("joining_who", "joining_how")
    general = ["newsletter"] if network.joining.how else ["network_joining", "newsletter"]
    people = ask.people(subject)
    untold = ask.untold(people)
    blocks = ask.render(
        "join.network",
        network=view,
        place=ask.place(subject),
        persons=ask.views(untold),
        persons_told=len(untold) < len(people),
        sources=unique((*view.sources(*fields), *ask.community.sources(*general))),
    )
    return Part(blocks, persons=tuple(person.key for person in untold))


def links(ask: Ask) -> Part:
    """Pages and groups of a network; without a place, the national ones."""
    if not ask.named:
        actions = (*_feed(ask, None), *_messenger(ask))
        return Part(ask.render("links.general"), actions, ask.suggest(GENERAL))
    return each(ask, _links)


def _links(ask: Ask, subject: Subject, network: Network) -> Part:
    return Part(ask.render("links.network", network=ask.view(network)), _feed(ask, network))


def _feed(ask: Ask, network: Network | None) -> tuple[Action, ...]:
    """The button to subscribe to a calendar of meetings."""
    key = network.key if network else None
    url = feed_url(ask.scope.context.public_url, key, ask.scope.language)
    return ask.calendar_action("links.feed", url)


def _messenger(ask: Ask) -> tuple[Action, ...]:
    """The button by which a Facebook group's members reach the bot."""
    url = ask.scope.knowledge.community.facebook_page_messenger
    return (Action(ask.label("links.messenger"), url),) if url and url.startswith("https:") else ()


def list_networks(ask: Ask) -> Part:
    """All networks with their regions."""
    networks = tuple(ask.view(network) for network in ask.scope.knowledge.networks.values())
    blocks = ask.render(
        "list_networks.answer",
        networks=tuple(sorted(networks, key=lambda network: network.short)),
        sources=ask.community.sources("networks"),
    )
    suggestions = ask.suggest(("find_network", "join", "about"))
    return Part(blocks, ask.wrong_information(), suggestions)
