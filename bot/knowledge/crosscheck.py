"""Checks across files: keys that must exist, regions covered once, times that must exist."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.i18n import N_, Message
from bot.knowledge.invalid_value import InvalidValueError
from bot.knowledge.library import Knowledge
from bot.knowledge.models import (
    MAX_TEAMS_COMMAND,
    Community,
    Detail,
    DistressSigns,
    Intent,
    Lexicon,
    Meeting,
    Network,
    Person,
    Region,
    Sourced,
    TalkWords,
)
from bot.knowledge.question_pairs import Question
from bot.knowledge.recurrence import gives, localise, parse_rule
from bot.knowledge.values import LANGUAGES, Value
from bot.knowledge.yaml_source import YamlPath

ACTS = ("follow", "unfollow", "forget_me")
"""The intents by which the bot does something: without their `act` it would do nothing."""


class AddFinding(Protocol):
    """Takes a finding about a field of an object; `line` counts from 1 within a text of several."""

    def __call__(self, value: Value, where: YamlPath, message: Message, line: int = 1) -> None:
        """Takes the finding."""


def cross_check(
    knowledge: Knowledge, report: AddFinding, unreadable: Mapping[type[Value], Set[str]]
) -> None:
    """Reports every reference to a missing key and every time that does not exist.

    `unreadable` are the keys of files and entries that exist but have errors.
    """
    networks = knowledge.networks.keys() | unreadable.get(Network, set())
    regions = knowledge.regions.keys() | unreadable.get(Region, set())
    intents, details = unreadable.get(Intent, set()), unreadable.get(Detail, set())
    try:
        zone = ZoneInfo(knowledge.community.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        # A folder of zones (`Europe`) and a name too long for a file are OSErrors.
        message = N_(
            "`{zone}` is not a time zone: write Europe/Helsinki", zone=knowledge.community.time_zone
        )
        report(knowledge.community, ("time_zone",), message)
        return
    _check_sources(knowledge.community, report)
    for network in knowledge.networks.values():
        check_network(network, regions, report)
    _check_places(knowledge, regions, report)
    _check_teams_commands(knowledge, report, intents)
    for signs in knowledge.distress.values():
        _check_signs(signs, report)
    _check_acts(knowledge, report)
    for lexicon in knowledge.lexicons.values():
        _check_talk(lexicon, report)
    _check_kinds(knowledge.community, report)
    for detail in knowledge.details.values():
        asked = knowledge.intents.keys() | intents
        if detail.intent is not None and detail.intent not in asked:
            message = _MISSING["intent"].filled(key=detail.intent, known=sorted(asked))
            report(detail, ("intent",), message)
        known = knowledge.details.keys() | details | asked
        _exist(detail, "same_words", detail.same_words, known, report)
    for person in knowledge.people.values():
        check_person(person, networks, regions, report)
    for question in knowledge.questions.values():
        check_question(question, networks, report)
    for meeting in knowledge.meetings.values():
        check_meeting(meeting, networks, zone, report)
        check_kind(meeting, knowledge.community, report)


REFERENCES: Mapping[type[Value], tuple[str, ...]] = {
    Network: ("regions",),
    Person: ("networks", "regions"),
    Meeting: ("networks",),
    Question: ("networks",),
}
"""Fields that list keys of other files."""


@dataclass(frozen=True)
class Faulty:
    """A file with errors: what else is wrong there is looked for, and nothing answered from it."""

    path: Path
    model: type[Value]
    fields: Mapping[str, Any]
    """As written, without those that have an error."""
    report: Callable[[YamlPath, Message], None]
    value: Value | None = None
    """What these fields make, where they are enough."""
    left_out: Set[str] = frozenset()
    """The fields with an error."""


def check_references(
    knowledge: Knowledge, faulty: Iterable[Faulty], unreadable: Mapping[type[Value], Set[str]]
) -> None:
    """Reports what files with other errors name and nobody has."""
    known = {
        "networks": knowledge.networks.keys() | unreadable.get(Network, set()),
        "regions": knowledge.regions.keys() | unreadable.get(Region, set()),
    }
    for one in faulty:
        for name in REFERENCES.get(one.model, ()):
            given = one.fields.get(name)
            for index, key in enumerate(given if isinstance(given, list) else ()):
                if key not in known[name]:
                    message = _MISSING[name].filled(key=key, known=sorted(known[name]))
                    one.report((name, index), message)


def _check_talk(lexicon: Lexicon, report: AddFinding) -> None:
    """Each wording that refers to what was said before does one thing, and has words."""
    found: dict[tuple[str, ...], str] = {}
    for name, text in lexicon.talk:
        if name in TalkWords.SINGLE_WORDS or not text:
            continue
        for wording in text.split("|"):
            said = tuple(wording.casefold().split())
            other = found.setdefault(said, name)
            if not said:
                message = N_("two `|` with nothing between: write a wording there, or one `|`")
                report(lexicon, ("talk", name), message)
            elif other != name:
                message = N_(
                    "`{wording}` stands under `{other}` too: it can do one thing only",
                    wording=" ".join(said),
                    other=other,
                )
                report(lexicon, ("talk", name), message)


def _check_signs(signs: DistressSigns, report: AddFinding) -> None:
    for fault in signs.faults:
        report(signs, fault.where, fault.message, fault.line)


def _check_kinds(community: Community, report: AddFinding) -> None:
    """Reports kinds of meetings that people cannot name, and words that name two."""
    named: dict[str, str] = {}
    for key, kind in community.meeting_kinds.items():
        for language in community.languages:
            if language not in kind.words:
                message = N_(
                    "`{kind}` has no words in `{language}` by which people name it",
                    kind=key,
                    language=language,
                )
                report(community, ("meeting_kinds", key), message)
        for language, text in kind.words.items():
            for word in text.split("|"):
                other = named.setdefault(word.strip().casefold(), key)
                if other != key:
                    message = N_("`{word}` names `{other}` as well", word=word.strip(), other=other)
                    report(community, ("meeting_kinds", key, "words", language), message)


def check_network(network: Network, regions: Set[str], report: AddFinding) -> None:
    """Reports regions of a network that do not exist, and sources that it does not list."""
    _check_sources(network, report)
    _exist(network, "regions", network.regions, regions, report)


def check_person(person: Person, networks: Set[str], regions: Set[str], report: AddFinding) -> None:
    """Reports networks and regions of a person that do not exist."""
    _exist(person, "networks", person.networks, networks, report)
    _exist(person, "regions", person.regions, regions, report)


def check_question(question: Question, networks: Set[str], report: AddFinding) -> None:
    """Reports networks of a question that do not exist."""
    _exist(question, "networks", question.networks, networks, report)


def check_meeting(meeting: Meeting, networks: Set[str], zone: ZoneInfo, report: AddFinding) -> None:
    """Reports networks of a meeting that do not exist, and impossible times."""
    _exist(meeting, "networks", meeting.networks, networks, report)
    _check_times(meeting, zone, report)


def check_kind(meeting: Meeting, community: Community, report: AddFinding) -> None:
    """Reports a kind of meeting that the community does not name, where it names any."""
    known = community.meeting_kinds
    if known and meeting.kind not in known:
        message = N_(
            "there is no `{key}` among the kinds of meetings in community.yaml: {known}",
            key=meeting.kind,
            known=[*known],
        )
        report(meeting, ("kind",), message)


def _exist(
    value: Value, field: str, keys: tuple[str, ...], known: Set[str], report: AddFinding
) -> None:
    for index, key in enumerate(keys):
        if key not in known:
            report(value, (field, index), _MISSING[field].filled(key=key, known=sorted(known)))


_MISSING: dict[str, Message] = {
    "networks": N_("there is no `{key}` among the networks: {known}"),
    "intent": N_("there is no `{key}` among the intents: {known}"),
    "same_words": N_("there is no `{key}` among the details: {known}"),
    "regions": N_("there is no `{key}` among the regions: {known}"),
}


def _check_sources(sourced: Sourced, report: AddFinding) -> None:
    known = list(sourced.sources) or N_("none")
    for where, key in _sources_named(sourced, ()):
        if key not in sourced.sources:
            report(
                sourced,
                where,
                N_("source `{key}` is not listed under `sources:` ({known})", key=key, known=known),
            )


def _sources_named(value: object, where: YamlPath) -> Iterator[tuple[YamlPath, str]]:
    """Every source named within a value, with its position."""
    if isinstance(value, Value):
        for name, below in value:
            if name == "source" and isinstance(below, str):
                yield (*where, name), below
            else:
                yield from _sources_named(below, (*where, name))
    elif isinstance(value, tuple):
        for index, below in enumerate(value):
            yield from _sources_named(below, (*where, index))


def _check_places(knowledge: Knowledge, regions: Set[str], report: AddFinding) -> None:
    covered = Counter[str]()
    for network in knowledge.networks.values():
        covered.update(network.regions)
        for index, region in enumerate(network.regions):
            if covered[region] > 1:
                report(
                    network,
                    ("regions", index),
                    N_("another network covers `{key}` already", key=region),
                )
    for municipality in knowledge.municipalities.values():
        if municipality.region not in regions:
            report(
                municipality, ("region",), N_("there is no region `{key}`", key=municipality.region)
            )


def _check_teams_commands(knowledge: Knowledge, report: AddFinding, unreadable: Set[str]) -> None:
    community = knowledge.community
    for index, command in enumerate(community.teams_app.commands if community.teams_app else ()):
        where: YamlPath = ("teams_app", "commands", index, "intent")
        intent = knowledge.intents.get(command.intent)
        if intent is None:
            if command.intent not in unreadable:
                report(
                    community,
                    where,
                    N_("there is no intent `{intent}` in intents/", intent=command.intent),
                )
            continue
        for language in LANGUAGES if command.title is None else ():
            question = intent.question[language]
            if len(question) > MAX_TEAMS_COMMAND:
                message = N_(
                    "`{question}`, the {language} question of that intent, is longer "
                    "than the 32 characters of a command",
                    question=question,
                    language=language,
                )
                report(community, where, message)


def _check_acts(knowledge: Knowledge, report: AddFinding) -> None:
    for key in ACTS:
        intent = knowledge.intents.get(key)
        if intent is not None and intent.act is None:
            message = N_(
                "`act` is missing, the words of a clear wish: without it the bot does nothing. "
                "Copy it from the intents that come with the program"
            )
            report(intent, ("question",), message)
    for intent in knowledge.intents.values():
        if intent.act is None:
            continue
        for name, given in (("verbs", intent.act.verbs), ("objects", intent.act.objects)):
            for language in LANGUAGES:
                if language not in given:
                    message = N_("write `{language}` as well", language=language)
                    report(intent, ("act", name), message)


def _check_times(meeting: Meeting, zone: ZoneInfo, report: AddFinding) -> None:
    times: list[tuple[YamlPath, dt.datetime]] = [
        (("start",), meeting.start),
        (("end",), meeting.end),
    ]
    recurrence = meeting.recurrence
    for day, moved in (recurrence.moved if recurrence else {}).items():
        where: YamlPath = ("recurrence", "moved", day.isoformat())
        times += [((*where, "start"), moved.start), ((*where, "end"), moved.end)]
    for place, time in times:
        try:
            localise(time, zone)
        except InvalidValueError as error:
            report(meeting, place, error.message)
    try:
        rule = parse_rule(meeting)
    except InvalidValueError as error:
        report(meeting, ("recurrence", "rrule"), error.message)
        return
    if rule is None or recurrence is None:
        return
    named: list[tuple[YamlPath, dt.date]] = [
        *((("recurrence", "skip", index), day) for index, day in enumerate(recurrence.skip)),
        *((("recurrence", "moved", day.isoformat()), day) for day in recurrence.moved),
        *((("cancelled_days", index), day) for index, day in enumerate(meeting.cancelled_days)),
        *((("changed_days", day.isoformat()), day) for day in meeting.changed_days),
    ]
    for where, day in named:
        if not gives(meeting, day):
            report(
                meeting,
                where,
                N_(
                    "the meeting does not fall on {day} by its rule: write a day that it gives",
                    day=day,
                ),
            )
