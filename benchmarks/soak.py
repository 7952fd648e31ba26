"""Hours in minutes: the bot under half its greatest load while everything around it fails in turn.

    python -m benchmarks.soak [--minutes 10] [--share 0.5]

Measures first how many turns a second go (a closed loop, nothing failing). Then asks that share of
it, paced, while the connector refuses (429, 500, 503), resets and hangs in spells, a content file
is broken and mended again and again, PostgreSQL is stopped for a while in the middle as if its
power had gone, and announcements to 50 channels are made all along over the API.

Promises: no answer other than the same content gives in this process; every announcement seen in
every channel, twice only where the connector had taken one without saying so; memory and open files
flat (second half against first). Exit code 1 when one is broken. Everything is on loopback, in
processes that end with this one. Linux or macOS; without PostgreSQL on SQLite, never stopped.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import platform
import signal
import statistics
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from benchmarks.environments import tell
from benchmarks.soak_check import (
    Answers,
    Posts,
    Seen,
    check_answers,
    check_posts,
    read_log,
    read_seen,
)
from benchmarks.soak_load import Turn
from benchmarks.soak_peer import FAULTS
from benchmarks.soak_stage import CHANNELS, DATABASE_AWAY, staged
from benchmarks.turns_load import percentiles
from benchmarks.turns_process import BenchmarkError, Reading
from benchmarks.turns_questions import Questions
from bot.ops.settings import load_settings
from bot.understanding.reloader import Folders, make_snapshot
from tests.postgres import Postgres, binaries, running

WARM_UP, MEASURE, CONNECTIONS = 5.0, 15.0, 16
"""Seconds before and of the measurement of the maximum, and its connections."""

MOST_EVENTS = 12
"""Kinds of errors and warnings that are shown, the most frequent ones."""

MEMORY_MAY, MEMORY_SINCE = 1.05, 300.0
"""Times the median of the first half, in the second; in fewer seconds than that what is kept for
the next question still fills, so memory is shown and not judged."""

FILES_MAY = 5
"""More open files at rest after the soak than before."""


@dataclass(frozen=True)
class Found:
    """All that came of a soak."""

    maximum: float
    rate: float
    seconds: float
    turns: list[Turn]
    """The paced ones."""
    answers: Answers
    posts: Posts
    seen: Seen
    readings: list[Reading]
    files: list[int]
    """Open at rest, before and after."""
    statuses: Counter[str]
    api_statuses: Counter[str]
    edits: int
    noticed: float
    """Edits that the bot told to be invalid."""
    logged: Counter[str]
    """What it logged as an error or a warning."""


async def soak(folder: Path, postgres: Postgres | None, minutes: float, share: float) -> Found:
    """Runs it."""
    settings = load_settings()
    snapshot = make_snapshot(Folders(settings.content, settings.intents))
    seconds = minutes * 60
    async with staged(folder, postgres, Questions(snapshot.knowledge, seed=13)) as one:
        await one.follow()
        await one.edit_once()
        tell(f"How many go: {WARM_UP + MEASURE:.0f} s …")
        await one.load.as_many_as_go(WARM_UP, CONNECTIONS)
        maximum = await one.load.as_many_as_go(MEASURE, CONNECTIONS)
        rate, first = maximum * share, len(one.load.turns)
        files = [await one.at_rest()]
        tell(f"{maximum:.0f} turns/s; now {rate:.0f} turns/s for {minutes:g} min …")
        background = (one.troubles(), one.editing(), one.announcing(), one.watching())
        tasks = [asyncio.create_task(work) for work in background]
        tasks.append(asyncio.create_task(one.database_goes(seconds / 2)))
        try:
            await one.load.paced(rate, seconds)
            for task in tasks:
                if task.done() and (error := task.exception()):
                    raise error
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        tell("Waiting for the last announcements …")
        reported = await one.reported()
        noticed = await one.reloads("invalid")
        files.append(await one.at_rest())
    tell(f"Answering {len(one.load.turns)} questions once more in this process …")
    seen = read_seen(folder / "seen", one.announced)
    answers = check_answers(one.load.turns, seen, snapshot)
    posts = check_posts(seen, one.announced, CHANNELS)
    posts.reported = reported
    turns = one.load.turns[first:]
    logged = read_log(folder / "bot.log")
    statuses = Counter(each.status for each in turns)
    return Found(
        maximum,
        rate,
        seconds,
        turns,
        answers,
        posts,
        seen,
        one.readings,
        files,
        statuses,
        one.api_statuses,
        one.edits,
        noticed,
        logged,
    )


def show(found: Found, postgres: bool) -> bool:
    """The table and the verdicts; gives whether every promise was kept."""
    print(f"   maximum {found.maximum:.0f} turns/s; asked {found.rate:.0f} turns/s, paced")
    print(f"\n   {'connector':<12}{'turns':>8}{'p50 ms':>9}{'p99 ms':>9}{'calls it failed':>17}")
    for kind in ("", *FAULTS):
        times = [one.milliseconds for one in found.turns if one.trouble == kind]
        if times:
            p50, p99 = percentiles(times)
            failed = found.seen.faults[kind] if kind else ""
            print(f"   {kind or 'well':<12}{len(times):>8}{p50:>9.1f}{p99:>9.1f}{failed:>17}")
    print(f"   turns by status       {_counts(found.statuses)}")
    print(f"   API calls by status   {_counts(found.api_statuses)}")
    answers, posts = found.answers, found.posts
    print(
        f"   answers               {answers.right} as in process, {answers.deeds} not compared "
        f"(deeds)\n{'':25}with the connector's trouble {answers.lost_in_trouble} lost, "
        f"{answers.apologised} apologised for"
    )
    print(
        f"   posts                 {posts.once} once, {posts.again_uncertain} again after trouble "
        f"of which the bot could not know; it reports {_counts(Counter(posts.reported))}"
    )
    print(f"   content               broken {found.edits} times, noticed {found.noticed:.0f} times")
    away = f"away for {DATABASE_AWAY:.0f} s in the middle" if postgres else "SQLite, not stopped"
    print(f"   database              {away}")
    for event, count in found.logged.most_common(MOST_EVENTS):
        print(f"   logged {count:>6} ×       {event}")
    half = len(found.readings) // 2
    memory = _halves([one.memory for one in found.readings], half)
    busy = _halves([float(one.files) for one in found.readings], half)
    files = found.files
    used = found.readings[-1].cpu - found.readings[0].cpu
    print(f"   bot's processor       busy {used / len(found.readings):.0%} of the time")
    print(f"   memory, median MiB    {memory[0]:.0f} → {memory[1]:.0f}")
    print(f"   open files            at rest {files[0]} → {files[1]}")
    print(f"   open files, median    {busy[0]:.0f} → {busy[1]:.0f}")
    for question, wanted, said in answers.wrong[:3]:
        print(f"\n   wrong: {question!r}\n     wanted {wanted[:300]!r}\n     said   {said[:300]!r}")
    print()
    unheard = sum(n for status, n in found.statuses.items() if not status.startswith("2"))
    verdicts = {
        f"no wrong answer ({len(answers.wrong)})": not answers.wrong,
        f"no answer lost or doubled while its connector was well "
        f"({answers.unanswered}, {answers.twice})": not answers.unanswered + answers.twice,
        f"every turn let in ({unheard} not)": not unheard,
        f"no lost announcement ({posts.lost} of {posts.lost + posts.once})": not posts.lost,
        f"no post doubled without cause ({posts.again})": not posts.again,
        "the bot's report agrees": set(+Counter(posts.reported)) == {"delivered"},
        "trouble of every kind was there": set(FAULTS) == set(found.seen.faults)
        and found.noticed > 0,
        f"open files flat ({files[1] - files[0]:+d})": files[1] <= files[0] + FILES_MAY,
    }
    if found.seconds >= MEMORY_SINCE:
        flat = memory[1] / memory[0]
        verdicts[f"memory flat (× {flat:.3f})"] = flat <= MEMORY_MAY
    for promise, kept in verdicts.items():
        print(f"   {'kept  ' if kept else 'BROKEN'} {promise}")
    return all(verdicts.values())


def _halves(values: list[float], half: int) -> tuple[float, float]:
    return statistics.median(values[:half]), statistics.median(values[half:])


def _counts(found: Counter[str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(found.items())) or "none"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--share", type=float, default=0.5, help="of the maximum")
    arguments = parser.parse_args()
    if arguments.minutes < 1 or not 0 < arguments.share <= 1:
        parser.error("--minutes is at least 1 and --share at most 1")
    return arguments


def main() -> None:
    """The command."""
    arguments = _arguments()
    # SIGTERM ends it as Ctrl-C does: with everything that it has started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    print(
        f"Soak, {arguments.minutes:g} min: Python {platform.python_version()}, {os.cpu_count()} "
        f"processors, load average {os.getloadavg()[0]:.1f} at the start",
        flush=True,
    )
    try:
        with contextlib.ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="taikubot-soak-")))
            found = binaries()
            postgres = stack.enter_context(running(found)) if found else None
            ended = asyncio.run(soak(folder, postgres, arguments.minutes, arguments.share))
        kept = show(ended, postgres is not None)
    except KeyboardInterrupt:
        tell("\nInterrupted.")
        sys.exit(130)
    except BenchmarkError as error:
        tell(str(error))
        sys.exit(1)
    sys.exit(0 if kept else 1)


if __name__ == "__main__":
    main()
