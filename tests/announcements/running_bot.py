"""The whole bot on a database and a fake connector, with a clock that the test turns.

What it does is asked for and told as everybody else does it: by the API, by activities of Teams,
by rows of the database. How the engine is made is the application's affair, not the tests'.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Protocol

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from pydantic import SecretStr
from sqlalchemy import Row, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import app as app_module
from bot.announcements.delivery import DeliveryEngine
from bot.announcements.permissions import Coordinators
from bot.announcements.service import Announcements
from bot.app import create_app
from bot.channels.connector import RetryPolicy, endpoint
from bot.ops.settings import Settings
from bot.store.database import Database
from bot.store.states import WAITING
from bot.store.tables import announcement, conversation, delivery, follow
from tests.forked import context

from .connector import ConnectorWorld
from .delivering import until
from .world import NOW, World

TOKEN = "0123456789abcdef0123456789abcdef"
NETWORK = "pirkanmaa"
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0

LOOKS = 3
"""How often a server asks for the time until it has seen to everything."""

LOST = 3.0
"""Seconds without any change, and without any post on its way, after which what is claimed is taken
to be claimed by nobody who knows of it."""

MOST_QUIET = 0.2
"""Seconds that count at most of those between two looks."""

QUIET = 0.5
"""Seconds without any change after which what waits is taken to wait for the clock."""


class Clock:
    """The wall clock and the monotonic one, for this process and its children.

    Both run, and both can be moved.
    """

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._skipped = context.Value("d", 0.0)
        self._set = context.Value("d", 0.0)
        self._asked = context.Value("q", 0)

    @property
    def asked(self) -> int:
        """How often servers have asked a database for the time: each time, they had a look."""
        return int(self._asked.value)

    def ask(self) -> float:
        """The time by the wall clock, for a server."""
        with self._asked.get_lock():
            self._asked.value += 1
        return self.wall()

    def wall(self) -> float:
        """Seconds since 1970."""
        return NOW.timestamp() - self._began + self.monotonic() + float(self._set.value)

    def monotonic(self) -> float:
        """Seconds that nobody can set."""
        return time.monotonic() + float(self._skipped.value)

    def skip(self, seconds: float) -> None:
        """Lets time pass at once."""
        self._skipped.value += seconds

    def set(self, seconds: float) -> None:
        """Somebody sets the wall clock forward, or back."""
        self._set.value += seconds


class MovableDatabase(Database):
    """A database on that clock, whichever kind it is; `served`: it is a server's."""

    def __init__(self, url: str, clock: Clock, *, served: bool = True) -> None:
        super().__init__(url)
        self._now = clock.ask if served else clock.wall

    async def now(self, connection: AsyncConnection) -> float:
        """The instant by the clock of the test."""
        return self._now()


def databases(clock: Clock) -> Any:
    """What stands in for the class `Database` where a server makes its own."""
    return SimpleNamespace(
        of=lambda settings: MovableDatabase(settings.database_url.get_secret_value(), clock)
    )


class Server(Protocol):
    """A server that runs, in this process or in one of its own."""

    url: str

    async def stop(self) -> None:
        """Ends it as SIGTERM does."""

    def wake(self) -> None:
        """Tells it that there may be something to do."""


class Inside:
    """A server in this process."""

    def __init__(self, settings: Settings, clock: Clock, patch: pytest.MonkeyPatch) -> None:
        def engine(*arguments: Any, **options: Any) -> DeliveryEngine:
            self.engine = DeliveryEngine(*arguments, **options, monotonic=clock.monotonic)
            return self.engine

        with patch.context() as while_it_is_made:
            while_it_is_made.setattr(app_module, "Database", databases(clock))
            while_it_is_made.setattr(app_module, "DeliveryEngine", engine)
            self._server = TestServer(create_app(settings, World.another_reloader()))
        self.url = ""

    async def start(self) -> None:
        """Serves from now on."""
        await self._server.start_server()
        self.url = str(self._server.make_url("")).rstrip("/")

    async def stop(self) -> None:
        await self._server.close()

    def wake(self) -> None:
        self.engine.wake()


class RunningBot:
    """One or more servers on one database, and what a test asks of them."""

    def __init__(self, url: str, folder: Path, world: ConnectorWorld, clock: Clock) -> None:
        self.url = url
        self.folder = folder
        """Where processes write what they say."""
        self.world = world
        self.clock = clock
        self.database = MovableDatabase(url, clock, served=False)
        self.servers: list[Server] = []
        knowledge = World.another_reloader().snapshot.knowledge
        self.service = Announcements(
            self.database, lambda: knowledge, Coordinators(None, everyone=True)
        )
        """Another process's view, for what the API has no word for."""
        self.service.events.wake = self.wake
        self._http = aiohttp.ClientSession()

    async def start(self, patch: pytest.MonkeyPatch, **settings: Any) -> Inside:
        """Starts one more server in this process."""
        server = Inside(self.settings(**settings), self.clock, patch)
        await server.start()
        self.servers.append(server)
        return server

    async def stop(self) -> None:
        """Ends the server that was started last."""
        await self.servers.pop().stop()

    async def restart(self, patch: pytest.MonkeyPatch, **settings: Any) -> None:
        """Ends it and starts it again."""
        await self.stop()
        await self.start(patch, **settings)

    async def close(self) -> None:
        """Ends all servers."""
        while self.servers:
            await self.stop()
        await self._http.close()
        await self.database.close()

    def settings(self, **more: Any) -> Settings:
        """The settings of a server."""
        given = {"database_url": SecretStr(self.url), "api_token": SecretStr(TOKEN), "send_rate": 0}
        return Settings(**{**given, **more})

    # What is asked for

    async def channels(
        self,
        count: int,
        prefix: str = "c",
        *,
        tenant: str = "t",
        network: str = NETWORK,
        kind: str = "channel",
    ) -> list[str]:
        """Channels that follow a network; gives their ids, which begin with `prefix`."""
        names = [f"{prefix}{number}" for number in range(count)]
        async with self.database.transaction() as tx:
            for name in names:
                values = {
                    "channel": "msteams",
                    "kind": kind,
                    "remote_id": name,
                    "tenant": tenant,
                    "service_url": self.world.url(tenant),
                    "created_at": 0.0,
                }
                made = await tx.execute(insert(conversation).values(values))
                (id,) = made.inserted_primary_key or (None,)
                await tx.execute(
                    insert(follow).values(conversation_id=id, network=network, created_at=0.0)
                )
        return names

    async def call(self, method: str, path: str = "", body: Mapping[str, Any] | None = None) -> Any:
        """One request to the API that must be taken; gives what is answered."""
        headers = {"Authorization": f"Bearer {TOKEN}"}
        url = f"{self.servers[0].url}/api/announcements{path}"
        async with self._http.request(method, url, headers=headers, json=body) as answer:
            assert answer.status in (200, 202), await answer.text()
            return await answer.json()

    async def read(self, path: str) -> str:
        """A page of the first server."""
        async with self._http.get(f"{self.servers[0].url}{path}") as answer:
            return await answer.text()

    async def announce(self, title: str = "Uutinen v1", network: str = NETWORK) -> str:
        """Sends words of one's own; gives the announcement's id."""
        body = {"title": {"fi": title}, "text": {"fi": "Teksti."}, "networks": [network]}
        return str((await self.call("POST", body=body))["id"])

    async def edit(self, id: str, title: str) -> None:
        """Gives an announcement another title."""
        await self.call("PATCH", f"/{id}", {"title": {"fi": title}})

    async def recall(self, id: str) -> None:
        """Takes an announcement back."""
        await self.call("DELETE", f"/{id}")

    async def activity(self, place: str, tenant: str = "t", **more: Any) -> None:
        """Something that people do in a channel comes in from Teams."""
        activity = {
            "type": "message",
            "id": f"incoming-{time.monotonic_ns()}",
            "channelId": "msteams",
            # Without an app id only an address without a path of a tenant's is let in.
            "serviceUrl": self.world.url(),
            "conversation": {
                "id": f"{place};messageid=1",
                "conversationType": "channel",
                "isGroup": True,
                "tenantId": tenant,
            },
            "channelData": {
                "channel": {"id": place},
                "team": {"id": "19:team"},
                "tenant": {"id": tenant},
            },
            "from": {"id": "29:somebody"},
            "recipient": {"id": "28:bot"},
            "text": "hei vaan",
            **more,
        }
        async with self._http.post(f"{self.servers[0].url}/api/messages", json=activity) as answer:
            assert answer.status < 300, await answer.text()

    async def reply(self, place: str, post: str, tenant: str = "t") -> None:
        """Somebody writes in the thread of a post."""
        thread = {
            "id": f"{place};messageid={post}",
            "conversationType": "channel",
            "isGroup": True,
            "tenantId": tenant,
        }
        await self.activity(place, tenant, conversation=thread)

    def wake(self) -> None:
        """Tells every server that there may be something to do."""
        for server in self.servers:
            server.wake()

    # What is told

    async def report(self, id: str) -> Any:
        """What the API says of an announcement."""
        return await self.call("GET", f"/{id}")

    async def counts(self, id: str) -> Counter[str]:
        """The counts that the API tells; what is nought is left out."""
        found: dict[str, int] = (await self.report(id))["counts"]
        return +Counter(found)

    async def rows(self, id: str) -> dict[str, Row[Any]]:
        """The deliveries of an announcement, with all columns, by place.

        Of a place that was forgotten, by `?` and their number.
        """
        wanted = (
            select(delivery, conversation.c.remote_id.label("place"))
            .join(conversation, isouter=True)
            .where(delivery.c.announcement_id == id)
            .order_by(delivery.c.id)
        )
        async with self.database.reading() as tx:
            return {row.place or f"?{row.id}": row for row in await tx.execute(wanted)}

    async def waiting(self) -> list[Row[Any]]:
        """All deliveries that have not ended."""
        async with self.database.reading() as tx:
            wanted = select(delivery).where(delivery.c.state.in_(WAITING)).order_by(delivery.c.id)
            return list(await tx.execute(wanted))

    async def states(self, id: str) -> Counter[str]:
        """How many deliveries are in which state."""
        return Counter(row.state for row in (await self.rows(id)).values())

    async def uncertain(self, id: str) -> set[str]:
        """The places in which a copy may stand that cannot be reached; the API tells as many."""
        found = {place for place, row in (await self.rows(id)).items() if is_uncertain(row)}
        counts = (await self.report(id))["counts"]
        assert counts["uncertain"] == len(found)
        return found

    async def places(self) -> dict[str, Row[Any]]:
        """The conversations by their ids."""
        async with self.database.reading() as tx:
            return {row.remote_id: row for row in await tx.execute(select(conversation))}

    async def suspended(self) -> set[str]:
        """The places that could not be reached."""
        return {id for id, row in (await self.places()).items() if row.suspended_at is not None}

    async def follows(self) -> int:
        """How many subscriptions there are."""
        async with self.database.reading() as tx:
            return int(await tx.scalar(select(func.count()).select_from(follow)) or 0)

    async def is_over(self, id: str) -> bool:
        """Whether nothing of an announcement waits any more and it has been settled."""
        async with self.database.reading() as tx:
            wanted = select(announcement.c.finished_at).where(announcement.c.id == id)
            ended = (await tx.execute(wanted)).scalar_one() is not None
        return ended and not set(WAITING) & set(await self.states(id))

    async def over(self, *ids: str) -> None:
        """Waits until announcements have ended, without moving the clock."""
        for id in ids:
            try:
                await until(partial(self.is_over, id))
            except TimeoutError:
                raise AssertionError(await self._told(0.0)) from None

    # Time

    async def at_rest(self) -> None:
        """Waits until all that could be done now has been done."""
        last: object = None
        looked, quiet = time.monotonic(), 0.0
        while True:
            rows = await self.waiting()
            now = self.clock.wall()
            seen = [(row.id, row.state, row.due) for row in rows], len(self.world.deeds)
            since, looked = looked, time.monotonic()
            # A machine that is busy elsewhere lets nobody change anything meanwhile.
            quiet = quiet + min(looked - since, MOST_QUIET) if last == seen else 0.0
            last = seen
            known = self.world.under_way.total() or quiet <= LOST
            busy = known and any(row.state == "sending" for row in rows)
            due = any(row.state == "pending" and row.due <= now for row in rows)
            waits = {row.announcement_id for row in rows}
            settled = not (await self._unsettled()) - waits
            if not busy and ((settled and not due) or quiet > QUIET):
                return
            await asyncio.sleep(min(max(0.02, quiet / 5), 0.1))

    async def _unsettled(self) -> set[str]:
        """The announcements that have not been ended."""
        wanted = select(announcement.c.id).where(
            announcement.c.finished_at.is_(None), announcement.c.state == "sending"
        )
        async with self.database.reading() as tx:
            return set(await tx.scalars(wanted))

    def has_looked(self, asked: int) -> bool:
        """Whether servers have asked for the time so often by now."""
        return self.clock.asked >= asked

    async def skip(self, seconds: float) -> None:
        """Lets time pass at once, and all be done that is due then."""
        await self.at_rest()
        looks = self.clock.asked
        self.clock.skip(seconds)
        self.wake()
        if await self.waiting():
            # What is not simply due, such as a try of those held up, needs a look or two.
            with contextlib.suppress(TimeoutError):
                await until(partial(self.has_looked, looks + LOOKS), seconds=2.0)
        await self.at_rest()

    async def lapse(
        self,
        done: Callable[[], Awaitable[object]],
        *,
        step: float = 5 * MINUTE,
        most: float = 2 * DAY,
    ) -> float:
        """Lets time pass until something holds; gives the seconds that went by on the clock."""
        began = self.clock.wall()
        while not await done():
            gone = self.clock.wall() - began
            assert gone <= most, await self._told(gone)
            await self.skip(step)
        return self.clock.wall() - began

    async def _told(self, gone: float) -> str:
        """What waits when something lasts too long."""
        found = Counter(
            (row.task, row.state, row.attempts, round(row.due - self.clock.wall()), row.error)
            for row in await self.waiting()
        )
        lines = [f"{count} × {what}" for what, count in found.most_common(20)]
        return "\n".join([f"still not so after {gone / HOUR:.1f} h of its clock", *lines])


def is_uncertain(row: Row[Any]) -> bool:
    """Whether a copy may stand that no edit and no recall reaches."""
    lost = row.remote_id is not None and row.state in ("failed", "gone", "uncertain")
    return bool(row.doubts > 0 or lost)


def impatient(patch: pytest.MonkeyPatch, seconds: float = 0.5) -> None:
    """The wire waits less long for an answer, so that what hangs is soon seen to."""
    patch.setattr(
        endpoint, "RetryPolicy", lambda **given: RetryPolicy(**{"attempt": seconds, **given})
    )


@contextlib.asynccontextmanager
async def bot_and_world(
    url: str, folder: Path, *, latency: float = 0.0, seed: int = 0
) -> AsyncIterator[RunningBot]:
    """A bot without a server yet, and its connector; all ends with it."""
    clock = Clock()
    async with ConnectorWorld(latency, seed, clock.wall) as world:
        bot = RunningBot(url, folder, world, clock)
        try:
            yield bot
        finally:
            # What hangs is cut first: a server waits at its end for what is under way.
            world.well()
            await bot.close()
