"""What replicas share of conversations: rows that expire; no turn waits long for them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from bot.channels import keyed_hash
from bot.channels.conversation import Conversations, IncomingMessage
from bot.channels.shared_talk import MAX_BEHIND, Found, SharedTalk
from bot.store import talk as rows
from bot.store.database import Database
from bot.store.tables import metadata, talk
from bot.understanding.model import Entities, Period, Request, Shown
from bot.understanding.reloader import Snapshot
from bot.understanding.talk.memory import KEPT_SECONDS, ConversationState
from bot.understanding.talk.row import MAX_LENGTH, as_text, from_text

from .talking_replica import NOON, Replica

PATIENT = 20.0
FAR_LONGER = 5.0
"""Seconds in which a turn must be over that waits for the database a twentieth of one."""

PIRKANMAA = Entities(networks=("pirkanmaa",))
STATE = ConversationState(
    Request("meetings", Entities(("pirkanmaa",), period=Period(NOON.date(), NOON.date()))),
    "sv",
    guesses=(Request("join", PIRKANMAA),),
    asked=Request("unfollow", PIRKANMAA, everything=True),
    shown=Shown(("pilvi-kuitu",), ("a@2026-12-10",), ("pirkanmaa",)),
    together=(Request("contacts", PIRKANMAA), Request("meetings", PIRKANMAA, topic="price")),
    earlier=(Request("join", PIRKANMAA),),
    lists=(Shown(("pilvi-kuitu", "pilvi-nissila")),),
)


@pytest.fixture
def replicas(postgres_url: str, snapshot: Snapshot) -> Iterator[tuple[Replica, Replica]]:
    """Two processes on one database, with a model that is trained already."""
    assert snapshot.interpreter.trained
    two = Replica(postgres_url), Replica(postgres_url)
    yield two
    for one in two:
        one.stop()


@contextlib.asynccontextmanager
async def _tables(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    async with database.transaction() as tx:
        await tx.run_sync(metadata.create_all)
    yield database
    await database.close()


async def _all_rows(database: Database) -> list[Any]:
    async with database.reading() as tx:
        return list(await tx.execute(select(talk)))


async def test_a_talk_goes_on_whichever_replica_answers(
    replicas: tuple[Replica, Replica], postgres_url: str
) -> None:
    one, other = replicas
    async with _tables(postgres_url) as database:
        assert "Hangasluoma" in await one.say("a", "Kuka vetää Länsi-Suomen verkostoa?")
        assert "Hautamäki" in await other.say("a", "entä toinen")
        assert "723 5007" in await one.say("a", "hänen numeronsa")
        second = await other.say("a", "ei kun Tampere")
        assert "Kuitu" in second
        assert "Hautamäki" not in second
        # Another conversation has nothing of it.
        assert "Kuitu" not in await other.say("b", "hänen numeronsa")

        found = await _all_rows(database)
        assert len(found) == 2
        for row in found:
            assert len(row.key) == 32
            for word in ("vetää", "numeronsa", "toinen", "Hautamäki", "723"):
                assert word not in row.content

        await one.say("a", "poista tietoni")
        assert len(await _all_rows(database)) == 2  # It has only asked.
        await other.say("a", "kyllä")
        assert [row.key for row in await _all_rows(database)] == [
            row.key for row in found if "pirkanmaa" not in row.content
        ]


async def test_half_an_hour_later_no_replica_knows_of_it(
    replicas: tuple[Replica, Replica], postgres_url: str
) -> None:
    one, other = replicas
    async with _tables(postgres_url) as database:
        assert "Hangasluoma" in await one.say("a", "Kuka vetää Länsi-Suomen verkostoa?")
        async with database.transaction() as tx:
            now = await database.now(tx)
            (until,) = await tx.scalars(select(talk.c.expires_at))
            assert now + KEPT_SECONDS - 60 < until <= now + KEPT_SECONDS
            await tx.execute(update(talk).values(expires_at=now - 1))
        for replica in (other, one):
            assert "Hautamäki" not in await replica.say("a", "entä toinen")


async def test_rows_are_kept_found_forgotten_and_dropped(database: Database) -> None:
    async with database.transaction() as tx:
        await rows.save(tx, "a", "one", 100.0)
        await rows.save(tx, "a", "two", 200.0)
        await rows.save(tx, "b", "three", 100.0)
        assert await rows.find(tx, "a", 150.0) == "two"
        assert await rows.find(tx, "b", 100.0) is None
        assert await rows.drop_expired(tx, 100.0) == 1
        assert await rows.find(tx, "a", 199.9) == "two"
        await rows.forget(tx, "a")
        assert await rows.find(tx, "a", 0.0) is None


async def test_what_has_expired_is_deleted_by_itself(database: Database) -> None:
    async with database.transaction() as tx:
        now = await database.now(tx)
        await rows.save(tx, "old", "x", now - 1)
        await rows.save(tx, "new", "y", now + 600)
    running = asyncio.create_task(SharedTalk(database).run())
    try:
        async with asyncio.timeout(PATIENT):
            while [row.key for row in await _all_rows(database)] != ["new"]:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    finally:
        running.cancel()


def test_a_memory_survives_being_a_text() -> None:
    text = as_text(STATE)
    assert from_text(text) == STATE
    assert len(as_text(ConversationState(Request("contacts"), "fi"))) < 60


@pytest.mark.parametrize(
    "text", ["", "{}", "[1]", '{"request": {"intent": 5}, "language": "fi"}', "x" * MAX_LENGTH * 2]
)
def test_what_cannot_be_read_is_nothing(text: str) -> None:
    assert from_text(text) is None


async def test_a_turn_goes_on_without_a_database_that_does_not_answer(
    snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    @contextlib.asynccontextmanager
    async def stuck(**_: Any) -> AsyncIterator[None]:
        asked.append("once")
        await asyncio.Event().wait()
        yield

    shared = _sharing(stuck, monkeypatch)
    talks = Conversations(lambda: snapshot, lambda: NOON, shared=shared)
    async with asyncio.timeout(FAR_LONGER):
        await talks.reply_to(IncomingMessage("Kuka vetää Länsi-Suomen verkostoa?", "a"))
        reply = await talks.reply_to(IncomingMessage("entä toinen", "a"))
        for _ in range(10):
            await talks.reply_to(IncomingMessage("kiitos", "a"))
    assert reply.understanding.requests[0].entities.persons == ("tarja-hautamaki",)
    # What writes to one row waits for what was written there before.
    assert 1 < len(asked) <= MAX_BEHIND


def _sharing(opened: Any, monkeypatch: pytest.MonkeyPatch) -> SharedTalk:
    """Shares by a database whose transactions are these."""
    database = Database("sqlite+aiosqlite://")
    for name in ("reading", "transaction"):
        monkeypatch.setattr(database, name, opened)
    return SharedTalk(database)


async def test_a_turn_goes_on_without_a_database_that_is_gone(
    snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(**_: Any) -> None:
        raise OperationalError("", None, Exception("gone"))

    talks = Conversations(lambda: snapshot, lambda: NOON, shared=_sharing(gone, monkeypatch))
    await talks.reply_to(IncomingMessage("Kuka vetää Länsi-Suomen verkostoa?", "a"))
    reply = await talks.reply_to(IncomingMessage("entä toinen", "a"))
    assert reply.understanding.requests[0].entities.persons == ("tarja-hautamaki",)


async def test_what_could_not_be_shared_is_not_lost_to_the_replica(snapshot: Snapshot) -> None:
    shared = Failing()
    talks = Conversations(lambda: snapshot, lambda: NOON, shared=shared)
    await talks.reply_to(IncomingMessage("Kuka vetää Länsi-Suomen verkostoa?", "a"))
    # The row is not there, since it could not be written; that is no forgetting.
    shared.works = True
    reply = await talks.reply_to(IncomingMessage("entä toinen", "a"))
    assert reply.understanding.requests[0].entities.persons == ("tarja-hautamaki",)
    # What was written and is gone has been forgotten, or has expired.
    reply = await talks.reply_to(IncomingMessage("entä toinen", "a"))
    assert reply.understanding.refused


async def test_of_two_memories_the_newer_counts(snapshot: Snapshot) -> None:
    shared = Failing()
    talks = Conversations(lambda: snapshot, lambda: NOON, shared=shared)
    await talks.reply_to(IncomingMessage("Kuka vetää Länsi-Suomen verkostoa?", "a"))
    # An older row is left behind, because the newer one could not be written.
    shared.row = ConversationState(Request("meetings", PIRKANMAA), "sv", turns=1)
    await talks.reply_to(IncomingMessage("entä toinen", "a"))
    reply = await talks.reply_to(IncomingMessage("entä toinen", "a"))
    assert reply.understanding.requests[0].entities.persons == ("hanna-hangasluoma",)
    shared.row = ConversationState(Request("contacts", PIRKANMAA), "fi", turns=9)
    reply = await talks.reply_to(IncomingMessage("entä Lapissa", "a"))
    assert reply.understanding.intent == "contacts"


async def test_what_is_forgotten_does_not_come_back_though_its_row_does(
    snapshot: Snapshot,
) -> None:
    shared = Failing()
    talks = Conversations(lambda: snapshot, lambda: NOON, shared=shared)
    shared.row = ConversationState(Request("contacts", PIRKANMAA), "fi", turns=3)
    talks.forget("a")  # Too slow: the row is still there.
    await asyncio.sleep(0)
    reply = await talks.reply_to(IncomingMessage("hänen numeronsa", "a"))
    assert not reply.understanding.requests[0].entities.networks
    # What is said from then on is written over it, and counts again.
    shared.works = True
    await talks.reply_to(IncomingMessage("Kuka vetää Länsi-Suomen verkostoa?", "a"))
    shared.row = ConversationState(Request("contacts", PIRKANMAA), "fi", turns=9)
    reply = await talks.reply_to(IncomingMessage("entä Lapissa", "a"))
    assert reply.understanding.intent == "contacts"


@pytest.mark.parametrize(
    "row", [None, ConversationState(Request("join", PIRKANMAA), "fi", turns=9)]
)
async def test_a_draft_holds_no_words_from_before_another_replica_had_the_talk(
    row: ConversationState | None, snapshot: Snapshot
) -> None:
    shared = Failing()
    shared.works = True
    talks = Conversations(lambda: snapshot, lambda: NOON, shared=shared)
    await talks.reply_to(IncomingMessage("Kuka vetää Länsi-Suomen verkostoa?", "a"))
    shared.row = row
    reply = await talks.reply_to(IncomingMessage("haluan puhua ihmiselle", "a"))
    assert reply.understanding.intent == "human"
    assert not any("vet%C3%A4%C3%A4" in one.url for one in reply.answer.actions)


async def test_what_is_written_late_does_not_overwrite_what_came_after(
    database: Database,
) -> None:
    shared = SharedTalk(database, patience=PATIENT)
    await asyncio.gather(
        shared.save("a", STATE), shared.save("a", STATE), shared.forget("a"), return_exceptions=True
    )
    assert await _all_rows(database) == []


class Failing(SharedTalk):
    """Writes nothing, and says so until it works."""

    def __init__(self) -> None:
        super().__init__(Database("sqlite+aiosqlite://"))
        self.works = False
        self.row: ConversationState | None = None

    async def find(self, conversation: str) -> Found | None:
        return Found(self.row)

    async def save(self, conversation: str, state: ConversationState) -> bool:
        return self.works

    async def forget(self, conversation: str) -> bool:
        return self.works


def test_replicas_that_know_the_secret_name_a_chat_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyed_hash, "_key", b"1" * 32)
    own = keyed_hash.keyed_hash("web", "a")
    keyed_hash.share_names("postgresql://one")
    shared = keyed_hash.keyed_hash("web", "a")
    keyed_hash.share_names("postgresql://other")
    other = keyed_hash.keyed_hash("web", "a")
    keyed_hash.share_names("postgresql://one")
    assert keyed_hash.keyed_hash("web", "a") == shared
    assert len({own, shared, other}) == 3
