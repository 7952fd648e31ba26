"""What a reload of the content costs with few and with many past announcements.

    python -m benchmarks.reloads [--past N] [--rounds N]

After every reload `Announcements.meetings_changed` compares announcements with their meetings and
moves reminders. Here it does so in two databases that differ only in what was announced before: 10
announcements of weekly meetings that have been held, each with its reminder, and `--past` of them;
besides, in both, some of meetings to come. The two take turns, the best of `--rounds` counts. Told
are the time that it takes, and the longest stall of the event loop in it: what a question waits at
worst. The goals are ratios between the two, so that the machine does not count.

Progress goes to standard error, results to standard output; exit code 1 when a goal is missed. With
PostgreSQL where it is installed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import dataclasses
import datetime as dt
import gc
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from benchmarks.environments import tell
from benchmarks.turns_process import BenchmarkError
from bot.announcements.meeting_snapshots import meeting_values
from bot.announcements.model import COMMAND, Draft, Reminder
from bot.announcements.permissions import Coordinators
from bot.announcements.service import Announcements
from bot.commands.shared import silence_log
from bot.knowledge.library import Knowledge
from bot.knowledge.loader import build_value, load
from bot.knowledge.models import Meeting
from bot.knowledge.recurrence import occurrences
from bot.ops.settings import load_settings
from bot.store.database import Database
from bot.store.tables import announcement
from bot.store.upgrade import upgrade
from tests import postgres

FEW = 10
SERIES = 10
"""Weekly meetings, of each of which the next is announced in both databases."""

NETWORK = "pirkanmaa"
GOAL_TIME = 1.5
"""How many times as long it may take with many past announcements as with few."""

GOAL_STALL = 2.0
"""The same for the longest stall of the event loop."""

LEAST_STALL = 0.005
"""Seconds below which a stall is no difference: a garbage collection takes as long."""


@dataclass(frozen=True)
class Measured:
    """Seconds."""

    time: float
    stall: float


def weekly(key: str, first: dt.date) -> Meeting:
    """A weekly meeting since a day."""
    built = build_value(
        Meeting,
        key,
        {
            "title": {"fi": "Viikkokahvit", "sv": "Veckokaffe"},
            "kind": "morning_coffee",
            "networks": [NETWORK],
            "start": f"{first} 08:30",
            "end": f"{first} 10:00",
            "recurrence": {"rrule": "FREQ=WEEKLY"},
            "place": {"fi": "Kulttuuritalo, Tampere"},
        },
    )
    if not isinstance(built, Meeting):
        raise TypeError(built)
    return built


def content(past: int) -> Knowledge:
    """The shipped content with weekly meetings that have been held so many times together."""
    settings = load_settings()
    found = load(settings.content, settings.intents)
    first = dt.date.today() - dt.timedelta(weeks=past // SERIES + 1)
    meetings = (weekly(f"weekly-{number}", first) for number in range(SERIES))
    return dataclasses.replace(found, meetings={one.key: one for one in meetings})


async def prepare(database: Database, knowledge: Knowledge, past: int) -> Announcements:
    """A database with past and coming announcements, and the service on it."""
    await upgrade(database)
    service = Announcements(database, lambda: knowledge, Coordinators(None))
    now = dt.datetime.now(knowledge.zone)
    held = [
        one
        for meeting in knowledge.meetings.values()
        for one in occurrences(meeting, now - dt.timedelta(weeks=past), now, knowledge.zone)
        if one.end < now
    ]
    held.sort(key=lambda one: one.start)
    rows: list[dict[str, Any]] = []
    for number, one in enumerate(held[-past:]):
        common: dict[str, Any] = {
            "state": "sent",
            "version": 1,
            "networks": [NETWORK],
            "occurrence": one.key,
            **meeting_values(one),
            "title": {},
            "text": {},
            "note": {"fi": "Tervetuloa!"},
            "created_at": (one.start - dt.timedelta(days=7)).timestamp(),
            "updated_at": one.end.timestamp(),
            "finished_at": one.start.timestamp(),
        }
        own = {"parent": None, "reminder": None, "reminders": ["1d"]}
        reminder = {"parent": f"past-{number}", "reminder": "1d", "reminders": []}
        rows.append({**common, **own, "id": f"past-{number}"})
        rows.append({**common, **reminder, "id": f"reminder-{number}"})
    async with database.transaction() as tx:
        await tx.execute(insert(announcement), rows)
    if len(rows) != 2 * past:
        raise BenchmarkError(f"{len(rows) // 2} of {past} past announcements were made.")
    for one in knowledge.coming(now + dt.timedelta(days=1), now + dt.timedelta(days=8)):
        await service.create(COMMAND, Draft(occurrence=one.key, reminders=(Reminder.DAY,)))
    return service


async def reload(service: Announcements) -> Measured:
    """One comparison by itself, and one while something else wants its turns all the time."""
    gc.collect()
    started = time.perf_counter()
    await service.meetings_changed()
    took = time.perf_counter() - started
    longest, done = 0.0, False

    async def watch() -> None:
        nonlocal longest
        while not done:
            before = time.perf_counter()
            await asyncio.sleep(0)
            longest = max(longest, time.perf_counter() - before)

    gc.collect()
    watching = asyncio.create_task(watch())
    await service.meetings_changed()
    done = True
    await watching
    return Measured(took, longest)


async def compare(urls: tuple[str, str], past: int, rounds: int) -> tuple[Measured, Measured]:
    """The best of all rounds with few and with many past announcements."""
    knowledge = content(past)
    databases = [Database(url) for url in urls]
    try:
        services = [
            await prepare(database, knowledge, count)
            for database, count in zip(databases, (FEW, past), strict=True)
        ]
        measured: list[list[Measured]] = [[], []]
        for _ in range(rounds):
            for service, found in zip(services, measured, strict=True):
                found.append(await reload(service))
    finally:
        for database in databases:
            await database.close()
    few, many = (
        Measured(min(one.time for one in found), min(one.stall for one in found))
        for found in measured
    )
    return few, many


@contextlib.contextmanager
def kinds(folder: Path) -> Iterator[dict[str, Callable[[], str]]]:
    """For each kind of database something that makes the URL of an empty one."""
    names = iter(range(100))
    found = {"SQLite": lambda: f"sqlite+aiosqlite:///{folder / f'{next(names)}.db'}"}
    bin = postgres.binaries()
    if bin is None:
        yield found
        return
    with postgres.running(bin) as server:
        yield {**found, "PostgreSQL": server.database}


def measure(past: int, rounds: int) -> bool:
    """Measures and shows everything; whether all goals were met."""
    good = True
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores; {rounds} rounds")
    print(f"A reload with {FEW} and with {past} past announcements, {SERIES} of meetings to come")
    with tempfile.TemporaryDirectory() as made, kinds(Path(made)) as urls:
        for name, url in urls.items():
            tell(f"{name} …")
            few, many = asyncio.run(compare((url(), url()), past, rounds))
            slower = many.time / few.time
            stalls = max(many.stall, LEAST_STALL) / max(few.stall, LEAST_STALL)
            met = slower <= GOAL_TIME and stalls <= GOAL_STALL
            good &= met
            print(
                f"   {name:<11}time {few.time * 1000:.1f} → {many.time * 1000:.1f} ms, "
                f"× {slower:.2f}   stall {few.stall * 1000:.1f} → {many.stall * 1000:.1f} ms, "
                f"× {stalls:.2f}   (at most × {GOAL_TIME} and × {GOAL_STALL}: "
                f"{'met' if met else 'MISSED'})"
            )
    return good


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="What a reload costs after many announcements.")
    parser.add_argument("--past", type=int, default=1_000, help="past announcements")
    parser.add_argument("--rounds", type=int, default=15, help="how often each is measured")
    arguments = parser.parse_args()
    if arguments.past < FEW or arguments.rounds < 1:
        parser.error(f"--past is {FEW} or more, --rounds 1 or more")
    try:
        with silence_log():
            good = measure(arguments.past, arguments.rounds)
    except BenchmarkError as error:
        sys.exit(str(error))
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
