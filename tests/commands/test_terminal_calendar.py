"""Meetings that were shown in the terminal become calendar files in the current folder."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from icalendar import Calendar

from bot.channels.conversation import Conversations, IncomingMessage, Reply
from bot.commands.terminal_calendar import write_calendar_files
from bot.understanding.reloader import Snapshot

NOW = dt.datetime(2026, 11, 2, 9, tzinfo=dt.UTC)


def _asked(snapshot: Snapshot, *texts: str) -> Reply:
    talk = Conversations(lambda: snapshot, now=lambda: NOW, calendar_files=True)
    for text in texts:
        reply = talk.respond(IncomingMessage(text, "terminal"))
    return reply


@pytest.mark.parametrize(
    ("meetings", "add"),
    [
        ("milloin on seuraava tapaaminen", "lisää se kalenteriin"),
        ("när är nästa träff", "lägg till den i kalendern"),
        ("when is the next meeting", "add it to my calendar"),
    ],
)
def test_the_meetings_shown_are_written_and_nothing_is_overwritten(
    snapshot: Snapshot, tmp_path: Path, meetings: str, add: str
) -> None:
    reply = _asked(snapshot, meetings, add)
    shown = reply.answer.shown.meetings
    assert shown
    for times in (1, 2):
        said = write_calendar_files(reply, snapshot.knowledge, tmp_path)
        files = sorted(tmp_path.iterdir())
        assert len(said) == len(shown)
        assert len(files) == times * len(shown)
        assert all(any(str(file) in one.said("fi") for file in files) for one in said)
    for file in files:
        (event,) = Calendar.from_ical(file.read_bytes()).walk("VEVENT")
        found = [snapshot.knowledge.find_occurrence(key) for key in shown]
        assert event.decoded("DTSTART") in [one.start for one in found if one]


def test_other_answers_write_nothing(snapshot: Snapshot, tmp_path: Path) -> None:
    reply = _asked(snapshot, "milloin on seuraava tapaaminen")
    assert reply.answer.shown.meetings
    assert write_calendar_files(reply, snapshot.knowledge, tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told(snapshot: Snapshot, tmp_path: Path) -> None:
    reply = _asked(snapshot, "milloin on seuraava tapaaminen", "lisää se kalenteriin")
    (said,) = write_calendar_files(reply, snapshot.knowledge, tmp_path / "gone")
    assert said.said("en").startswith("No calendar file can be written here (")
