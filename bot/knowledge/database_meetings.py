"""Adds the meetings of the database to those of the files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from bot.i18n import N_, Message
from bot.knowledge.crosscheck import check_meeting
from bot.knowledge.library import Knowledge
from bot.knowledge.models import Meeting
from bot.knowledge.values import Value
from bot.knowledge.yaml_source import YamlPath


def with_meetings(
    knowledge: Knowledge, stored: Mapping[str, Meeting]
) -> tuple[Knowledge, tuple[Message, ...]]:
    """The knowledge with these meetings added, and the problems of those that cannot be used.

    Where a file has the same key, its meeting is used.
    """
    problems: list[Message] = []
    usable: dict[str, Meeting] = {}
    for key, meeting in stored.items():
        found = list(meeting_problems(meeting, knowledge))
        if key in knowledge.meetings:
            found = [N_("a file has the same key and is used in its place: rename the file")]
        problems += [
            N_("meeting `{key}` in the database: {problem}", key=key, problem=one) for one in found
        ]
        if not found:
            usable[key] = meeting
    if not usable:
        return knowledge, tuple(problems)
    return replace(knowledge, meetings={**knowledge.meetings, **usable}), tuple(problems)


def meeting_problems(meeting: Meeting, knowledge: Knowledge) -> Iterator[Message]:
    """The faults of a meeting: networks that do not exist, impossible times."""
    return (message for _, message in meeting_faults(meeting, knowledge))


def meeting_faults(meeting: Meeting, knowledge: Knowledge) -> list[tuple[YamlPath, Message]]:
    """The same, each with the position of its field."""
    found: list[tuple[YamlPath, Message]] = []

    def report(value: Value, where: YamlPath, message: Message, line: int = 1) -> None:
        found.append((where, message))

    check_meeting(meeting, knowledge.networks.keys(), knowledge.zone, report)
    return found
