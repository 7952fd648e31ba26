"""Random faults, kills, edits, recalls, stops and restarts; then an oracle judges what is left.

    FAULTS_SEED=17 FAULTS_SECONDS=300 pytest tests/announcements/test_random_faults.py

The seed decides what is done in which order, not what of it meets: the same seed finds a fault
again most of the time. It is told at the end of a run, and with all that was done on a failure.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import aiohttp
import pytest
from sqlalchemy import delete, insert

from bot.announcements.errors import AnnouncementError
from bot.announcements.model import API
from bot.store.states import WAITING
from bot.store.tables import pause

from .bot_process import BotProcess
from .connector import (
    CUT,
    CUT_BEFORE,
    HALF_JSON,
    HANG,
    HANG_BEFORE,
    NO_ID,
    NO_OBJECT,
    NOTHING,
    UNUSABLE_IDS,
    Deed,
    Rule,
    accepted,
    foreign,
    html,
    late,
    named,
    odd,
    throttled,
)
from .oracle import Asked, Told, counted, excuses, verdict
from .running_bot import DAY, HOUR, MINUTE, TOKEN, RunningBot

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_800)]

SECONDS = float(os.environ.get("FAULTS_SECONDS", "20"))
"""How long everything goes wrong, on each database."""

ANSWER_WITHIN = 2.0
"""Seconds for which the wire waits, so that much fits into a short run."""

BEAT = 0.05
STALL = 0.4
"""Seconds after which this machine is taken to have stood still: then a good answer may have come
too late, and a doubt needs no other reason."""

TENANTS = {"a": 20, "b": 12, "c": 8}
MOST_ANNOUNCEMENTS = 12
MOST_SKIPPED = 20 * HOUR
"""Less than a day: what fails is still tried when the faults end, mostly."""

GONE = ("ConversationNotFound", "BotNotInConversationRoster")
IN_DOUBT = (
    *(CUT, CUT, CUT_BEFORE, HANG, HANG_BEFORE, late(0.2), late(1.0), late(4.0)),
    *(accepted(html(status)) for status in (408, 500, 502, 504, 522)),
)
WITHOUT_ID = (
    *(NOTHING, NO_ID, HALF_JSON, NO_OBJECT),
    *(odd(id=id, activityId=id) for id in UNUSABLE_IDS.values()),
)
NOT_POSTED = (
    *(html(status) for status in (401, 403, 404, 500, 502, 503, 504)),
    *(foreign(404), foreign(500), named(413, "MessageSizeTooBig")),
    *(throttled(2), throttled(30), throttled(5, tenant=True), throttled()),
)
CALLED_GONE = tuple(named(404, code) for code in GONE)
KINDS, OFTEN = (IN_DOUBT, WITHOUT_ID, NOT_POSTED, CALLED_GONE), (5, 2, 3, 1)
METHODS = (("POST",), ("PUT",), ("DELETE",), ("POST", "GET"), ("POST", "PUT", "DELETE", "GET"), ())


@dataclass
class Chaos:
    """One run."""

    bot: RunningBot
    seed: int
    places: list[str] = field(default_factory=list)
    asked: dict[str, Asked] = field(default_factory=dict)
    """By the announcement's id."""
    interrupted: set[tuple[str, str]] = field(default_factory=set)
    rules: list[Rule] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    servers: list[BotProcess] = field(default_factory=list)
    skipped: float = 0.0
    stalls: list[tuple[float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.began = time.monotonic()

    def note(self, what: str) -> None:
        self.done.append(f"{time.monotonic() - self.began:6.2f}  {what}")

    async def begin(self) -> None:
        """A server, or two where several may share the database."""
        await self.start()
        if self.bot.database.is_postgres:
            await self.start()
        for tenant, count in TENANTS.items():
            kind = "group" if tenant == "c" else "channel"
            self.places += await self.bot.channels(count, tenant, tenant=tenant, kind=kind)
        self.began = time.monotonic()

    async def start(self, port: int = 0) -> None:
        server = await BotProcess.start(self.bot, port, ANSWER_WITHIN)
        self.servers.append(server)

    async def note_interrupted(self, *states: str) -> None:
        """What is in hand now: whoever has it is killed, or taken for lost."""
        for id, asked in self.asked.items():
            self.interrupted |= {
                (asked.name, place)
                for place, row in (await self.bot.rows(id)).items()
                if row.state in (states or ("sending",))
            }

    # What is done

    async def fault(self, *methods: str) -> None:
        """Somewhere something begins to go wrong."""
        if len(self.rules) >= 6:
            await self.end_fault()
        (kind,) = self.random.choices(KINDS, OFTEN)
        fault = self.random.choice(kind)
        tenant = self.random.choice((None, *TENANTS))
        place = self.random.choice(self.places) if self.random.random() < 0.2 else None
        times = self.random.choice((None, None, 3, 20))
        rule = self.bot.world.fault(
            fault,
            *(methods or self.random.choice(METHODS)),
            place=place,
            tenant=None if place else tenant,
            times=times,
            chance=self.random.choice((1.0, 0.5, 0.2)),
        )
        self.rules.append(rule)
        self.note(f"{fault.name}: {sorted(rule.methods)} {place or tenant or 'all'} × {times}")

    async def end_fault(self) -> None:
        if self.rules:
            rule = self.rules.pop(self.random.randrange(len(self.rules)))
            rule.end()
            self.note(f"no more: {rule.fault.name}")

    async def all_well(self) -> None:
        self.bot.world.well()
        self.rules = []
        self.note("all faults end")

    async def announce(self) -> None:
        if len(self.asked) == MOST_ANNOUNCEMENTS:
            return
        name = f"#{len(self.asked)}#"
        text = f"Uutinen {name} v1"
        id = await self.bot.announce(text)
        self.asked[id] = Asked(name, frozenset(self.places), [text])
        self.note(f"announced {name}")

    async def bad_start(self) -> None:
        """Posts that go wrong from their first moment, and often again when they are repeated."""
        for _ in range(self.random.randrange(3)):
            await self.fault("POST")
        await self.announce()
        for _ in range(self.random.randrange(4)):
            await asyncio.sleep(self.random.random() * 0.15)
            if self.random.random() < 0.3:
                await self.kill()
            await self.skip(60)

    async def edit(self) -> None:
        if self.asked:
            id, asked = self.random.choice([*self.asked.items()])
            text = f"Uutinen {asked.name} v{len(asked.texts) + 1}"
            if await self._ask("PATCH", id, {"title": {"fi": text}}):
                asked.texts.append(text)
                self.note(f"edited {asked.name}")

    async def recall(self) -> None:
        if self.asked:
            id, asked = self.random.choice([*self.asked.items()])
            if await self._ask("DELETE", id):
                asked.recalled = True
                self.note(f"recalled {asked.name}")

    async def stop(self) -> None:
        if self.asked:
            id, asked = self.random.choice([*self.asked.items()])
            try:
                await self.bot.service.stop(API, id)
            except AnnouncementError:
                return
            asked.stopped = True
            self.note(f"stopped {asked.name}")

    async def kill(self) -> None:
        server = self.servers.pop(self.random.randrange(len(self.servers)))
        self.note("killed")
        await server.kill(self.bot)
        await self.note_interrupted()
        await self.start(server.port)
        self.note("started again")

    async def restart(self) -> None:
        server = self.servers.pop(self.random.randrange(len(self.servers)))
        self.note("ended")
        self.bot.servers.remove(server)
        await server.stop()
        await self.start(server.port)
        self.note("started again")

    async def skip(self, most: float | None = None) -> None:
        """Lets time pass; with several servers slowly enough that a live one keeps its leases."""
        most = most or self.random.choice((5, 5, 60, 10 * MINUTE, 2 * HOUR))
        seconds = self.random.random() * (most if len(self.servers) == 1 else 4)
        if len(self.servers) > 1:
            await asyncio.sleep(seconds / 10)
        if self.skipped + seconds < MOST_SKIPPED:
            self.skipped += seconds
            self.bot.clock.skip(seconds)
            self.bot.wake()
            self.note(f"{seconds:.0f} s later")

    async def set_clock(self) -> None:
        seconds = self.random.choice((-30 * MINUTE, -HOUR, HOUR))
        if len(self.servers) == 1:
            # Whatever is in hand may be taken for lost by such a clock.
            await self.note_interrupted()
            self.bot.clock.set(seconds)
            self.note(f"clock set by {seconds:.0f} s")

    async def hear(self) -> None:
        place = self.random.choice(self.places)
        await self.bot.activity(place, place[0])
        self.note(f"something came from {place}")

    async def go_away(self) -> None:
        # A post that leaves by a connection that is just being closed never comes in.
        await self.note_interrupted(*WAITING)
        self.note("connector away")
        await self.bot.world.go_away()
        await asyncio.sleep(self.random.random())
        await self.bot.world.come_back()
        self.note("connector back")

    async def pause(self) -> None:
        tenant = self.random.choice(("*", *TENANTS))
        async with self.bot.database.transaction() as tx:
            await tx.execute(insert(pause).values(tenant=tenant, since=self.bot.clock.wall()))
        self.note(f"paused {tenant}")
        await asyncio.sleep(self.random.random() / 2)
        await self.resume()

    async def resume(self) -> None:
        async with self.bot.database.transaction() as tx:
            await tx.execute(delete(pause))
        self.bot.wake()
        self.note("resumed")

    async def _ask(self, method: str, id: str, body: object = None) -> bool:
        """A request that may be refused, by what the announcement is by now."""
        url = f"{self.bot.servers[0].url}/api/announcements/{id}"
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with aiohttp.request(method, url, headers=headers, json=body) as answer:
            assert answer.status in (200, 202, 409, 422, 429), await answer.text()
            return answer.status < 300

    # The run

    async def feel_pulse(self) -> None:
        """Notes when the machine stands still."""
        last = time.monotonic()
        while True:
            await asyncio.sleep(BEAT)
            now = time.monotonic()
            if now - last > STALL:
                self.stalls.append((last, now))
                self.note(f"the machine stood still for {now - last:.1f} s")
                # What was given up before it came in waits to be repeated.
                await self.note_interrupted(*WAITING)
            last = now

    def stood_still(self, deed: Deed) -> bool:
        """Whether the machine did while a request may have been under way."""
        return any(
            begin - ANSWER_WITHIN <= deed.came <= end + ANSWER_WITHIN for begin, end in self.stalls
        )

    async def rage(self) -> None:
        """Does one thing after the other; at first everywhere something is to be sent."""
        actions: dict[Callable[[], object], float] = {
            self.fault: 5,
            self.end_fault: 5,
            self.all_well: 0.6,
            self.announce: 1,
            self.bad_start: 5,
            self.edit: 3,
            self.recall: 0.7,
            self.stop: 0.5,
            self.kill: 1.5,
            self.restart: 0.4,
            self.skip: 7,
            self.set_clock: 0.3,
            self.hear: 1,
            self.go_away: 0.4,
            self.pause: 0.4,
        }
        await self.announce()
        while (gone := time.monotonic() - self.began) < SECONDS:
            if gone > SECONDS / 2 and len(self.servers) > 1:
                server = self.servers.pop()
                await server.kill(self.bot)
                await self.note_interrupted()
                self.note("one server less")
            (action,) = self.random.choices([*actions], [*actions.values()])
            await action()  # type: ignore[misc]
            await asyncio.sleep(self.random.random() * 0.2)

    async def calm_down(self) -> None:
        """Ends all faults and waits until nothing waits any more."""
        await self.all_well()
        for id in self.asked:

            async def over(id: str = id) -> bool:
                return await self.bot.is_over(id)

            await self.bot.lapse(over, step=10 * MINUTE, most=3 * DAY)

    async def uncertain(self) -> int:
        """In how many places copies may stand that nothing reaches, of all announcements."""
        return sum([len(await self.bot.uncertain(id)) for id in self.asked])

    async def judge(self) -> list[str]:
        """All that is wrong."""
        found: list[str] = []
        for id, asked in self.asked.items():
            rows = {
                place: Told(row.state, row.doubts, row.remote_id, row.error)
                for place, row in (await self.bot.rows(id)).items()
            }
            for place in sorted(asked.places):
                copies = [
                    copy
                    for copy in self.bot.world.copies
                    if copy.place == place and asked.name in copy.text
                ]
                done = excuses(asked, place, self.bot.world.deeds, self.interrupted)
                if any(self.stood_still(deed) for deed in done.deeds):
                    done.interrupted = True
                for wrong in verdict(asked, place, rows.get(place), copies, done):
                    found.append(f"{asked.name} in {place}: {wrong}  ({rows.get(place)})")
            counts = (await self.bot.report(id))["counts"]
            right = counted(rows.values())
            if any(counts[name] != right[name] for name in right):
                found.append(f"{asked.name}: the report counts {counts} instead of {right}")
        if await self.bot.follows() != len(self.places):
            found.append(f"{await self.bot.follows()} of {len(self.places)} subscriptions are left")
        for place in await self.bot.suspended():
            posts = self.bot.world.asked("POST", place)
            codes = {deed.fault.name.split()[-1] for deed in posts if deed.fault}
            if not codes & {*GONE}:
                found.append(f"{place} is suspended, although nobody said that it is gone")
        return found


async def test_whatever_goes_wrong_the_report_is_true(
    idle_bot: RunningBot, record_property: Callable[[str, object], None]
) -> None:
    seed = int(os.environ.get("FAULTS_SEED") or random.randrange(1_000_000))
    idle_bot.world.latency = 0.03
    chaos = Chaos(idle_bot, seed)
    pulse = asyncio.create_task(chaos.feel_pulse())
    try:
        await chaos.begin()
        await chaos.rage()
        await chaos.calm_down()
        found = await chaos.judge()
        # Now that nothing goes wrong, an edit and a recall reach every copy that is known.
        chaos.note("judged")
        for id, asked in chaos.asked.items():
            text = f"Uutinen {asked.name} v{len(asked.texts) + 1}"
            if await chaos._ask("PATCH", id, {"title": {"fi": text}}):
                asked.texts.append(text)
                chaos.note(f"edited {asked.name}")
        await chaos.calm_down()
        found += await chaos.judge()
        await chaos.recall()
        await chaos.calm_down()
        found += await chaos.judge()
    except Exception as error:
        error.add_note("\n".join([f"FAULTS_SEED={seed}", *chaos.done]))
        raise
    finally:
        pulse.cancel()
    kind = "PostgreSQL" if idle_bot.database.is_postgres else "SQLite"
    deeds, copies = len(idle_bot.world.deeds), len(idle_bot.world.copies)
    told = f"Random faults on {kind}: FAULTS_SEED={seed}, {deeds} requests, {copies} copies"
    told += f", {await chaos.uncertain()} places uncertain"
    record_property("told", told)
    assert not found, "\n".join([told, *dict.fromkeys(found), "", "What was done:", *chaos.done])
