"""What the tests of announcements share: a clock to turn, coordinators, conversations, meetings."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.announcements.meeting_editing import MeetingEditor
from bot.announcements.model import Identity, Notice
from bot.announcements.permissions import Coordinators
from bot.announcements.sender import Target
from bot.announcements.service import Announcements
from bot.announcements.service_base import AnnouncementEvents
from bot.announcements.subscriptions import Subscriptions
from bot.knowledge.library import Knowledge
from bot.store.database import Database
from bot.store.tables import announcement, delivery
from bot.understanding.interpreter import Interpreter
from bot.understanding.model import Request, Understanding
from bot.understanding.reloader import ContentReloader, Folders, Snapshot
from tests.answers.asking import KNOWLEDGE

TENANT = "0b3c6f0e-0000-4000-8000-000000000001"
PIRKANMAA = Identity("11111111-0000-4000-8000-000000000001", TENANT)
"""Coordinates Pirkanmaa."""
WEST = Identity("11111111-0000-4000-8000-000000000002", TENANT)
"""Coordinates Western Finland, of two languages."""
NATIONAL = Identity("11111111-0000-4000-8000-000000000003", TENANT)
"""Coordinates all networks."""
GUEST = Identity("11111111-0000-4000-8000-000000000004", "f0f0f0f0-0000-4000-8000-000000000001")
"""Coordinates Uusimaa, and comes from a tenant that the list names."""
MEMBER = Identity("11111111-0000-4000-8000-000000000009", TENANT)

COORDINATORS = f"""\
coordinators:
  - id: {PIRKANMAA.id}
    networks: [pirkanmaa]
  - id: {WEST.id.upper()}
    networks: [lansi-suomi]
  - id: {NATIONAL.id}
    networks: ["*"]
  - id: {GUEST.id}
    tenant: {GUEST.tenant}
    networks: [uusimaa]
"""

COFFEE = "pirkanmaa-aamukahvit@2026-12-10"
"""A demo meeting: Thursday 10 December 2026, 8.30 to 10.00."""

NOW = dt.datetime(2026, 11, 20, 10, 0, tzinfo=dt.UTC)
"""Noon in Helsinki."""

ONE_TIME = {
    "title": {"fi": "Syystapaaminen", "sv": "Höstträff"},
    "kind": "network_meeting",
    "networks": ["pirkanmaa"],
    "start": "2026-12-01 12:00",
    "end": "2026-12-01 14:00",
    "place": {"fi": "Kulttuuritalo, Tampere"},
}
MONTHLY = {**ONE_TIME, "recurrence": {"rrule": "FREQ=MONTHLY;BYDAY=1TU"}}


DEAF = SimpleNamespace(
    trained=None,
    understand=lambda text, context: Understanding(text, "fi", (Request("fallback"),), 0.0),
)
"""In the place of an interpreter: it understands nothing."""


class ClockedDatabase(Database):
    """A database whose clock the test turns."""

    time = NOW.timestamp()

    async def now(self, connection: AsyncConnection) -> float:
        return self.time


class World:
    """The services on one database."""

    def __init__(self, database: ClockedDatabase, folder: Path) -> None:
        self.database = database
        self.file = folder / "coordinators.yaml"
        self.file.write_text(COORDINATORS, encoding="utf-8")
        self.coordinators = Coordinators(self.file, [TENANT])
        self.reloader = self.another_reloader()
        self.subscriptions = Subscriptions(database, self.knowledge, self.coordinators)
        self.meetings = MeetingEditor(database, self.reloader, self.coordinators)
        self.notices: list[Notice] = []
        self.woken = 0
        self.announcements = Announcements(
            database,
            self.knowledge,
            self.coordinators,
            public_url="https://bot.example.org",
            events=AnnouncementEvents(wake=self._wake, notify=self._notice),
            read=self.meetings.read,
        )

    @staticmethod
    def another_reloader() -> ContentReloader:
        """The content of one more replica."""
        snapshot = Snapshot(KNOWLEDGE, cast(Interpreter, DEAF))
        return ContentReloader(Folders(Path("content"), Path("intents")), snapshot)

    def knowledge(self) -> Knowledge:
        return self.reloader.snapshot.knowledge

    def _wake(self) -> None:
        self.woken += 1

    async def _notice(self, notice: Notice) -> None:
        self.notices.append(notice)

    def set_clock(self, text: str) -> None:
        """Turns the clock to a time of Helsinki, `2026-12-10 08:30`."""
        time = dt.datetime.fromisoformat(text).replace(tzinfo=self.knowledge().zone)
        self.database.time = time.timestamp()

    async def fire(self) -> int:
        """Lets what is due now go out."""
        return await self.announcements.dispatch_due(self.database.time)

    async def channel(self, name: str, network: str) -> Target:
        """A channel of a team that follows a network."""
        target = a_channel(name)
        await self.subscriptions.follow(target, network, NATIONAL)
        return target

    async def row(self, id_: str) -> Any:
        """An announcement's row."""
        async with self.database.reading() as tx:
            return (await tx.execute(select(announcement).where(announcement.c.id == id_))).one()

    async def deliveries(self, id_: str | None = None) -> list[Any]:
        """The deliveries of an announcement, or all."""
        wanted = select(delivery).order_by(delivery.c.id)
        if id_ is not None:
            wanted = wanted.where(delivery.c.announcement_id == id_)
        async with self.database.reading() as tx:
            return list((await tx.execute(wanted)).all())

    async def reminders(self, id_: str) -> dict[str, Any]:
        """The rows of an announcement's reminders, by which they are."""
        wanted = select(announcement).where(announcement.c.parent == id_)
        async with self.database.reading() as tx:
            return {row.reminder: row for row in (await tx.execute(wanted)).all()}

    async def deliver_all(self, id_: str, state: str = "delivered") -> None:
        """Does what the engine would: every waiting delivery of an announcement ends."""
        async with self.database.transaction() as tx:
            waiting = (delivery.c.announcement_id == id_, delivery.c.state == "pending")
            remote = {"remote_id": "post-1"} if state == "delivered" else {}
            await tx.execute(update(delivery).where(*waiting).values(state=state, **remote))
            ended = announcement.c.id == id_, announcement.c.state == "sending"
            await tx.execute(update(announcement).where(*ended).values(state="sent"))


def a_channel(name: str = "19:yleinen@thread.tacv2") -> Target:
    """A channel of a team in Teams."""
    return Target(
        channel="msteams",
        kind="channel",
        remote_id=name,
        service_url="https://smba.example.org/emea/",
        tenant=TENANT,
        team="19:team@thread.tacv2",
        bot_id="28:bot",
    )


def a_chat(name: str = "a:chat") -> Target:
    """A personal chat in Teams."""
    return Target(
        channel="msteams",
        kind="personal",
        remote_id=name,
        service_url="https://smba.example.org/emea/",
        tenant=TENANT,
        bot_id="28:bot",
        locale="sv-FI",
    )
