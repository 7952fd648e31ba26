"""What was entered in the chat, laid over the content of the files.

An entry lies over one network, person, meeting or question, or adds one. Its body is a merge patch
(RFC 7396) on the fields of the file: only what was changed, so that all other fields go on
following the file. What it replaced there is kept with it: where the file says something else by
now, somebody has edited it since, and the file wins. So nothing stays in the way once it was
written into a file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from bot.i18n import N_, Message
from bot.knowledge.crosscheck import (
    check_kind,
    check_meeting,
    check_network,
    check_person,
    check_question,
)
from bot.knowledge.fields import fields_of
from bot.knowledge.library import Knowledge
from bot.knowledge.loader import build_value
from bot.knowledge.models import Meeting, Network, Person
from bot.knowledge.question_pairs import Question
from bot.knowledge.values import Value
from bot.knowledge.yaml_source import YamlPath

Fields = Mapping[str, Any]
"""The fields of a file, in values that JSON can hold."""


class Kind(StrEnum):
    """What can be laid over, in the order in which it is done: persons belong to networks."""

    NETWORK = "network"
    PERSON = "person"
    MEETING = "meeting"
    QUESTION = "question"


MODELS: Mapping[Kind, type[Value]] = {
    Kind.NETWORK: Network,
    Kind.PERSON: Person,
    Kind.MEETING: Meeting,
    Kind.QUESTION: Question,
}

PLACES: Mapping[Kind, str] = {
    Kind.NETWORK: "networks",
    Kind.PERSON: "people",
    Kind.MEETING: "meetings",
    Kind.QUESTION: "questions",
}
"""For each kind its field in `Knowledge`, which is the name of its folder in content/ too."""


@dataclass(frozen=True)
class Entry:
    """What was entered of one network, person, meeting or question."""

    kind: Kind
    key: str
    body: Fields | None
    """The fields that it sets, None for each that it takes out; None alone for all of it: who is
    gone."""
    over: Fields | None
    """What the file said in the place of these; None where there was no file."""


Entries = Mapping[tuple[Kind, str], Entry]


@dataclass(frozen=True)
class Laid:
    """Content with what was entered laid over it."""

    knowledge: Knowledge
    problems: tuple[Message, ...] = ()
    """Which entries cannot be used, or only in part, and why."""
    used: Mapping[tuple[Kind, str], Value] = field(default_factory=dict)
    """What became of each entry that is in use, for the next time."""


def values_of(knowledge: Knowledge, kind: Kind) -> Mapping[str, Any]:
    """All networks, persons, meetings or questions, by key."""
    found: Mapping[str, Any] = getattr(knowledge, PLACES[kind])
    return found


def lay_over(
    knowledge: Knowledge,
    entries: Iterable[Entry],
    used: Mapping[tuple[Kind, str], Value] | None = None,
) -> Laid:
    """The content of the files with the entries laid over it.

    An entry that does not fit the files any more leaves what it led to before, which `used` holds;
    where that does not fit either, or nothing is known of it, what the file says.
    """
    problems: list[Message] = []
    now: dict[tuple[Kind, str], Value] = {}
    files = knowledge
    by_kind: dict[Kind, list[Entry]] = {kind: [] for kind in Kind}
    for entry in entries:
        by_kind[entry.kind].append(entry)
    for kind, ours in by_kind.items():
        of_files = values_of(files, kind)
        changed = dict(of_files)
        for entry in ours:
            place = (kind, entry.key)
            value, found = _laid(entry, of_files.get(entry.key), knowledge, (used or {}).get(place))
            problems += [
                N_(
                    "{kind} `{key}` in the database: {problem}",
                    kind=KIND_WORDS[kind],
                    key=entry.key,
                    problem=one,
                )
                for one in found
            ]
            if value is None:
                changed.pop(entry.key, None)
            else:
                changed[entry.key] = now[place] = value
        if changed != dict(of_files):
            laid: dict[str, Any] = {PLACES[kind]: changed}
            knowledge = replace(knowledge, **laid)
    return Laid(_named(knowledge, files), tuple(problems), now)


KIND_WORDS: Mapping[Kind, Message] = {
    Kind.NETWORK: N_("network"),
    Kind.PERSON: N_("contact person"),
    Kind.MEETING: N_("meeting"),
    Kind.QUESTION: N_("question"),
}


def _laid(
    entry: Entry, of_file: Value | None, knowledge: Knowledge, used: Value | None
) -> tuple[Value | None, list[Message]]:
    """The value of an entry, None for one that is out, and what is wrong with the entry."""
    if entry.body is None:
        return None, []
    if of_file is None and entry.over is not None:
        return None, [N_("its file is gone, so what was entered over it is not used")]
    base = fields_of(of_file) if of_file is not None else None
    if entry.over is None and base is not None:
        same = base == _without_nothing(entry.body)
        message = N_("a file has the same key and is used in its place: rename the file")
        return of_file, [] if same else [message]
    newer: list[str] = []
    fields = merged(base or {}, entry.body, entry.over or {}, newer)
    problems: list[Message] = [
        N_("`{name}` was changed in the file since, so the file is used there", name=name)
        for name in newer
    ]
    built = build_value(MODELS[entry.kind], entry.key, fields, knowledge.languages)
    wrong = built if isinstance(built, list) else faults(built, knowledge)
    if not isinstance(built, list) and not wrong:
        return built, problems
    kept = used if used is not None and not faults(used, knowledge) else of_file
    return kept, [*problems, *(message for _, message in wrong)]


def merged(
    base: Fields, patch: Fields, over: Fields, newer: list[str], at: str = ""
) -> dict[str, Any]:
    """The fields of a file with a patch on them, which was made when it said `over`.

    `newer` gets the names of the fields in which the file says something of its own by now.
    """
    result = dict(base)
    for name, value in patch.items():
        now, before = base.get(name), over.get(name)
        if isinstance(value, Mapping) and (now is None or isinstance(now, Mapping)):
            inner = before if isinstance(before, Mapping) else {}
            result[name] = merged(now or {}, value, inner, newer, f"{at}{name}.")
        elif now == before and value is None:
            result.pop(name, None)
        elif now == before:
            result[name] = value
        elif now != value:
            newer.append(f"{at}{name}")
    return result


def difference(base: Fields, wanted: Fields) -> dict[str, Any]:
    """The patch that makes one state of some fields of another; None for what is taken out."""
    patch: dict[str, Any] = {}
    for name in {**base, **wanted}:
        now, then = base.get(name), wanted.get(name)
        if isinstance(now, Mapping) and isinstance(then, Mapping):
            if inner := difference(now, then):
                patch[name] = inner
        elif now != then:
            patch[name] = then
    return patch


def replaced(base: Fields, patch: Fields) -> dict[str, Any]:
    """What a patch replaces in a file."""
    return {
        name: replaced(base[name], value)
        if isinstance(value, Mapping) and isinstance(base[name], Mapping)
        else base[name]
        for name, value in patch.items()
        if name in base
    }


def entry_of(kind: Kind, key: str, of_file: Value | None, wanted: Fields | None) -> Entry | None:
    """The entry that leads to some fields, or takes all out; None where the file says the same."""
    if of_file is None:
        return None if wanted is None else Entry(kind, key, wanted, None)
    if wanted is None:
        # Of who is gone nothing is kept.
        return Entry(kind, key, None, {})
    base = fields_of(of_file)
    patch = difference(base, wanted)
    return Entry(kind, key, patch, replaced(base, patch)) if patch else None


def faults(value: Value, knowledge: Knowledge) -> list[tuple[YamlPath, Message]]:
    """What of a value does not fit the rest of the content, each with its field."""
    found: list[tuple[YamlPath, Message]] = []

    def report(value: Value, where: YamlPath, message: Message, line: int = 1) -> None:
        found.append((where, message))

    networks, regions = knowledge.networks.keys(), knowledge.regions.keys()
    match value:
        case Meeting():
            check_meeting(value, networks, knowledge.zone, report)
            check_kind(value, knowledge.community, report)
        case Person():
            check_person(value, networks, regions, report)
        case Network():
            check_network(value, regions, report)
        case Question():
            check_question(value, networks, report)
    return found


_NETWORKS_OF: dict[type[Value], Callable[[Any], tuple[str, ...]]] = {
    Network: lambda network: (network.key,),
    Person: lambda person: person.networks,
    Meeting: lambda meeting: meeting.networks,
    Question: lambda question: question.networks,
}
"""By what it is, the networks of something; nobody may change what is not here."""


def networks_of(value: Value, knowledge: Knowledge) -> tuple[str, ...]:
    """The networks to which something belongs: who keeps all of them may change it.

    What names none, such as a question that holds everywhere, belongs to every one.
    """
    return _NETWORKS_OF[type(value)](value) or tuple(knowledge.networks)


def _without_nothing(patch: Fields) -> dict[str, Any]:
    return merged({}, patch, {}, [])


def _named(knowledge: Knowledge, files: Knowledge) -> Knowledge:
    """The same, with a hash of its own where persons have other names than in the files."""
    if [*_names(knowledge)] == [*_names(files)]:
        return knowledge
    digest = hashlib.sha256("\n".join(_names(knowledge)).encode()).hexdigest()[:16]
    return replace(knowledge, names=f"{files.names}+{digest}")


def _names(knowledge: Knowledge) -> Iterator[str]:
    return (f"{key} {person.name}" for key, person in knowledge.people.items())
