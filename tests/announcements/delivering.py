"""A channel in memory and an announcement to deliver: what the engine's tests share."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from sqlalchemy import insert, select, update

from bot.announcements.delivery import DeliveryEngine
from bot.announcements.model import Announcement
from bot.announcements.sender import Posted, Sender, Target
from bot.answers.model import Answer, Paragraph, Text
from bot.store.database import Database
from bot.store.deliveries import fan_out
from bot.store.tables import announcement, conversation, delivery, follow

PATIENCE = 100.0
"""Seconds that something may take on a machine that does much else; a time limit of a test that
waits more than once must leave room for it."""

Deed = tuple[float, str, str, str]
"""When, what (post, update, delete), where (remote id of the conversation) and the text."""


class Channel:
    """A sender that keeps what it posts; `answer` may raise, or wait, before it does."""

    def __init__(self) -> None:
        self.deeds: list[Deed] = []
        self.here: dict[str, str] = {}
        """The posts that people see: text by conversation."""

    async def answer(self, task: str, target: Target) -> None:
        """What the channel does first; replaced by tests."""

    def count(self, task: str) -> Counter[str]:
        """How often each conversation saw a task done."""
        return Counter(where for _, what, where, _ in self.deeds if what == task)

    async def post(self, target: Target, post: Answer) -> Posted:
        await self._do("post", target, _text(post))
        return Posted(f"post-{target.remote_id}", None)

    async def update(self, target: Target, posted: Posted, post: Answer) -> None:
        assert posted.remote_id == f"post-{target.remote_id}"
        await self._do("update", target, _text(post))

    async def delete(self, target: Target, posted: Posted) -> None:
        assert posted.remote_id == f"post-{target.remote_id}"
        await self._do("delete", target, "")
        del self.here[target.remote_id]

    async def name(self, target: Target) -> str | None:
        return None

    async def answers(self, target: Target) -> bool:
        return True

    async def _do(self, task: str, target: Target, text: str) -> None:
        await self.answer(task, target)
        self.deeds.append((time.monotonic(), task, target.remote_id, text))
        self.here[target.remote_id] = text


def compose(announcement: Announcement, target: Target) -> Answer:
    """A post that says which version it is."""
    return Answer("fi", ("announce",), (Paragraph(((Text(f"v{announcement.version}"),),)),))


def _text(post: Answer) -> str:
    block = post.blocks[0]
    assert isinstance(block, Paragraph)
    return "".join(span.text for span in block.lines[0])


async def conversations(
    database: Database,
    count: int,
    *,
    tenant: str = "t",
    network: str = "uusimaa",
    prefix: str = "c",
    service_url: str = "http://127.0.0.1:1",
) -> None:
    """Puts channels in that follow a network."""
    async with database.transaction() as tx:
        rows = [
            {
                "channel": "msteams",
                "kind": "channel",
                "remote_id": f"{prefix}{number}",
                "tenant": tenant,
                "service_url": service_url,
                "created_at": 0.0,
            }
            for number in range(count)
        ]
        await tx.execute(insert(conversation), rows)
        found = select(conversation.c.id).where(conversation.c.remote_id.startswith(prefix))
        ids = (await tx.execute(found)).scalars().all()
        await tx.execute(
            insert(follow),
            [{"conversation_id": id, "network": network, "created_at": 0.0} for id in ids],
        )


async def announce(
    database: Database, id: str = "a", network: str = "uusimaa", now: float | None = None
) -> int:
    """Sends an announcement now; gives the number of its deliveries."""
    async with database.transaction() as tx:
        now = await database.now(tx) if now is None else now
        await tx.execute(
            insert(announcement).values(
                id=id,
                state="sending",
                version=1,
                networks=[network],
                title={"fi": "Kahvit"},
                text={"fi": "Tervetuloa"},
                note={},
                facts={},
                reminders=[],
                created_at=now,
                updated_at=now,
            )
        )
        return await fan_out(tx, id, [network], now)


async def change(
    database: Database,
    ask: Callable[..., Awaitable[int]],
    id: str = "a",
    **values: Any,
) -> int:
    """Changes an announcement's row and asks its deliveries to follow, in one transaction."""
    async with database.transaction() as tx:
        await tx.execute(
            update(announcement)
            .where(announcement.c.id == id)
            .values(**{"finished_at": None, **values})
        )
        return await ask(tx, id, await database.now(tx))


async def states(database: Database, id: str = "a") -> Counter[str]:
    """How many deliveries of an announcement are in which state."""
    async with database.reading() as tx:
        found = select(delivery.c.state).where(delivery.c.announcement_id == id)
        return Counter((await tx.execute(found)).scalars())


async def state(database: Database, id: str = "a") -> str:
    """The state of an announcement."""
    async with database.reading() as tx:
        found = select(announcement.c.state).where(announcement.c.id == id)
        return str((await tx.execute(found)).scalar_one())


class Running:
    """An engine at work and the announcements that it says have moved."""

    def __init__(self, engine: DeliveryEngine, moved: list[str]) -> None:
        self.engine = engine
        self.moved = moved


@contextlib.asynccontextmanager
async def running(
    database: Database, channel: Sender, *, owner: str = "one", rate: float = 0, **options: Any
) -> AsyncIterator[Running]:
    """An engine that delivers through a channel in memory."""
    moved: list[str] = []
    engine = DeliveryEngine(
        database,
        {"msteams": channel},
        compose,
        rate=rate,
        owner=owner,
        on_progress=moved.append,
        **options,
    )
    task = asyncio.create_task(engine.run())
    try:
        yield Running(engine, moved)
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(condition: Callable[[], Any], seconds: float = PATIENCE) -> None:
    """Waits until something (a coroutine function or a plain one) holds.

    It looks often at first, and more seldom the longer it lasts: looking costs what it waits for.
    """
    wait = 0.01
    async with asyncio.timeout(seconds):
        while True:
            found = condition()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return
            await asyncio.sleep(wait)
            wait = min(1.2 * wait, 0.1)


async def ended(database: Database, id: str = "a", seconds: float = PATIENCE) -> None:
    """Waits until nothing of an announcement waits any more and it has been settled."""

    async def over() -> bool:
        async with database.reading() as tx:
            found = select(announcement.c.finished_at).where(announcement.c.id == id)
            return (await tx.execute(found)).scalar_one() is not None

    await until(over, seconds)
