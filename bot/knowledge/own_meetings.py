"""Meetings that stand in no file, laid beside those of the files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from bot.i18n import N_, Message
from bot.knowledge.crosscheck import check_meeting
from bot.knowledge.library import Knowledge
from bot.knowledge.models import Meeting
from bot.knowledge.values import Value
from bot.knowledge.yaml_source import Path_


def with_meetings(
    knowledge: Knowledge, own: Mapping[str, Meeting]
) -> tuple[Knowledge, tuple[Message, ...]]:
    """The knowledge with these meetings as well, and what keeps any of them from use.

    Where a file has the same key, the file is used.
    """
    problems: list[Message] = []
    usable: dict[str, Meeting] = {}
    for key, meeting in own.items():
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
    """What does not fit in a meeting: networks that do not exist, impossible times."""
    return (message for _, message in misfits(meeting, knowledge))


def misfits(meeting: Meeting, knowledge: Knowledge) -> list[tuple[Path_, Message]]:
    """The same with the field that each is about."""
    found: list[tuple[Path_, Message]] = []

    def report(value: Value, where: Path_, message: Message, line: int = 1) -> None:
        found.append((where, message))

    check_meeting(meeting, knowledge.networks.keys(), knowledge.zone, report)
    return found
