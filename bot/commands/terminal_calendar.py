"""Calendar files of the meetings that an answer in the terminal shows."""

from __future__ import annotations

import re
from pathlib import Path

from bot.channels.calendar.files import single_meeting
from bot.channels.conversation import Reply
from bot.i18n import N_, Message, os_reason
from bot.knowledge.library import Knowledge

CALENDAR = "calendar"
"""The intent of who wants meetings in a calendar."""

MOST_NAMES = 1000


def write_calendar_files(reply: Reply, knowledge: Knowledge, folder: Path) -> list[Message]:
    """Writes the meetings that were asked for into a folder; tells where, or why not.

    A file that is there already stays as it is, and the new one gets a number.
    """
    if CALENDAR not in reply.answer.intents:
        return []
    said: list[Message] = []
    for key in reply.answer.shown.meetings:
        occurrence = knowledge.find_occurrence(key)
        if occurrence is None:
            continue
        content = single_meeting(knowledge, occurrence, reply.answer.language)
        try:
            path = _write(folder, re.sub(r"[^\w-]", "-", key), content)
        except OSError as error:
            reason = os_reason(error)
            said.append(
                N_("No calendar file can be written here ({reason}).", reason=reason),
            )
            break
        said.append(N_("Calendar file: {path}", path=path))
    return said


def _write(folder: Path, name: str, content: bytes) -> Path:
    """Writes a file of a name that is free; raises OSError."""
    for number in range(1, MOST_NAMES):
        path = folder / (f"{name}.ics" if number == 1 else f"{name}-{number}.ics")
        try:
            with path.open("xb") as file:
                file.write(content)
        except FileExistsError:
            continue
        return path
    raise FileExistsError(17, "too many files of this name", str(folder))
