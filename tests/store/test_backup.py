"""Backup and restore, from each database into each."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from bot.store.backup import backup, held_back, restore
from bot.store.database import Database
from bot.store.deliveries import fan_out
from bot.store.replicas import ALIVE
from bot.store.tables import (
    announcement,
    conversation,
    delivery,
    follow,
    metadata,
    overlay,
    overlay_change,
    pause,
    rate,
    record,
    replica,
    revision,
)
from bot.store.upgrade import StoreError, newest, upgrade

Make = Callable[[str], Awaitable[Database]]


@pytest.fixture
async def make(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Make]:
    """Makes a new database of a kind."""
    made: list[Database] = []

    async def one(kind: str) -> Database:
        url = f"sqlite+aiosqlite:///{tmp_path / f'{len(made)}.db'}"
        if kind == "postgresql":
            url = request.getfixturevalue("postgres").database()
        made.append(Database(url))
        return made[-1]

    yield one
    for database in made:
        await database.close()


async def fill(database: Database) -> None:
    """Something in nearly every table, with what is easily lost: None, JSON, letters, fractions."""
    await upgrade(database)
    async with database.transaction() as tx:
        for number in range(3):
            await tx.execute(
                insert(conversation).values(
                    channel="msteams",
                    kind="channel",
                    remote_id=f"19:{number}@thread.tacv2",
                    tenant="t",
                    team=None if number else "ryhmä",
                    service_url="https://smba.example/emea/",
                    next_post=1_800_000_000.123456,
                    created_at=1.5,
                )
            )
        ids = (await tx.execute(select(conversation.c.id))).scalars().all()
        for id in ids:
            await tx.execute(
                insert(follow).values(conversation_id=id, network="etela-savo", created_at=2.0)
            )
        body = {"title": {"fi": "Työpaja\n”ääni”"}, "starts": "2026-12-10 18:00"}
        await tx.execute(
            insert(overlay).values(kind="meeting", key="m", body=body, change=1, updated_at=2)
        )
        gone: dict[str, Any] = {"kind": "person", "key": "p", "body": None, "over": {}, "change": 2}
        await tx.execute(insert(overlay).values(**gone, updated_at=2))
        for before in (None, {"body": {"phone": None}, "over": {"phone": "1"}}):
            await tx.execute(
                insert(overlay_change).values(
                    kind="person",
                    key="p",
                    at=2.5,
                    action="content_removed",
                    by="api",
                    networks=["etela-savo"],
                    before=before,
                    after={"body": None, "over": {}},
                )
            )
        await tx.execute(insert(revision).values(name="overlay", value=4))
        for actor in ("who", None):
            await tx.execute(
                insert(record).values(
                    at=1.25,
                    action="announced",
                    by="coordinator",
                    actor=actor,
                    subject="b",
                    networks=["etela-savo", "*"],
                )
            )
        # A reminder whose id comes before its parent's.
        for id, parent, progress in (("b", None, {"activity": "1"}), ("a", "b", None)):
            await tx.execute(
                insert(announcement).values(
                    id=id,
                    parent=parent,
                    state="sending",
                    version=1,
                    networks=["etela-savo"],
                    title={"fi": "Kahvit"},
                    text={},
                    note={},
                    facts={"place": None},
                    reminders=["1d"],
                    progress=progress,
                    created_at=3.0,
                    updated_at=3.0,
                )
            )
        assert await fan_out(tx, "b", ["etela-savo"], 5.0) == 3


async def contents(database: Database) -> dict[str, list[dict[str, Any]]]:
    async with database.reading() as tx:
        return {
            table.name: [
                dict(row._mapping)
                for row in await tx.execute(select(table).order_by(*table.primary_key))
            ]
            for table in metadata.sorted_tables
        }


def but_for_pauses(found: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    return {name: rows for name, rows in found.items() if name != "pause"}


@pytest.mark.parametrize("source", ["sqlite", "postgresql"])
@pytest.mark.parametrize("target", ["sqlite", "postgresql"])
async def test_what_was_backed_up_is_there_after_a_restore(
    make: Make, tmp_path: Path, source: str, target: str
) -> None:
    file = tmp_path / "backup.jsonl"
    old, new = await make(source), await make(target)
    await fill(old)
    before = await contents(old)
    assert await backup(old, file) == await restore(new, file) == sum(map(len, before.values()))
    assert file.stat().st_mode & 0o777 == 0o600
    assert but_for_pauses(await contents(new)) == but_for_pauses(before)
    # New rows get ids after those that were restored.
    async with new.transaction() as tx:
        added = await tx.execute(
            insert(conversation)
            .values(channel="msteams", kind="group", remote_id="x", service_url="s", created_at=1)
            .returning(conversation.c.id)
        )
        assert added.scalar_one() == 1 + max(row["id"] for row in before["conversation"])


async def test_a_database_that_holds_something_is_replaced_only_when_asked(
    make: Make, tmp_path: Path
) -> None:
    file = tmp_path / "backup.jsonl"
    database = await make("sqlite")
    await fill(database)
    before = await contents(database)
    await backup(database, file)
    async with database.transaction() as tx:
        await tx.execute(insert(rate).values(tenant="added", next_post=0, not_before=0))
    with pytest.raises(StoreError, match="--replace"):
        await restore(database, file)
    assert len((await contents(database))["rate"]) == 2
    await restore(database, file, replace=True)
    assert but_for_pauses(await contents(database)) == but_for_pauses(before)


NOW = 1_800_000_000.0


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize(
    ("post", "sent", "waits"),
    [
        ("pending", "sending", 3),
        ("sending", "sending", 3),
        ("held", "sending", 3),
        ("delivered", "overdue", 1),
        ("delivered", "to come", 0),
        ("delivered", "sent", 0),
        ("uncertain", "sent", 0),
    ],
)
async def test_what_may_have_left_since_the_backup_is_held_back(
    make: Make, tmp_path: Path, kind: str, post: str, sent: str, waits: int
) -> None:
    file = tmp_path / "backup.jsonl"
    old, new = await make(kind), await make(kind)
    await fill(old)
    send_at = {"overdue": 1.0, "to come": NOW * 2}.get(sent)
    state = "scheduled" if send_at is not None else sent
    async with old.transaction() as tx:
        await tx.execute(update(delivery).values(state=post))
        await tx.execute(
            update(announcement)
            .where(announcement.c.id == "b")
            .values(state=state, send_at=send_at)
        )
    await backup(old, file)
    await restore(new, file)
    paused = [row["tenant"] for row in (await contents(new))["pause"]]
    assert paused == (["*"] if waits else [])
    assert await held_back(new) == waits


async def test_a_pause_that_was_backed_up_stays_one(make: Make, tmp_path: Path) -> None:
    file = tmp_path / "backup.jsonl"
    old, new = await make("sqlite"), await make("sqlite")
    await fill(old)
    async with old.transaction() as tx:
        await tx.execute(insert(pause).values(tenant="*", since=5.0))
    before = await contents(old)
    await backup(old, file)
    await restore(new, file)
    assert await contents(new) == before


async def test_a_backup_never_takes_the_place_of_a_file(make: Make, tmp_path: Path) -> None:
    file = tmp_path / "backup.jsonl"
    file.write_text("precious")
    database = await make("sqlite")
    await fill(database)
    with pytest.raises(StoreError, match="already there"):
        await backup(database, file)
    assert file.read_text() == "precious"
    with pytest.raises(StoreError, match="cannot be written: No such file"):
        await backup(database, tmp_path / "nowhere" / "backup.jsonl")


def _cut(lines: list[str]) -> list[str]:
    return lines[:-1]


def _lost(lines: list[str]) -> list[str]:
    return [*lines[:-2], lines[-1]]


def _strange_table(lines: list[str]) -> list[str]:
    return [lines[0], json.dumps({"table": "alembic_version", "row": {}}), *lines[1:]]


def _strange_column(lines: list[str]) -> list[str]:
    return [line.replace('"team"', '"crew"') for line in lines]


def _older(lines: list[str]) -> list[str]:
    return [lines[0].replace(newest(), "0000"), *lines[1:]]


def _doubled(lines: list[str]) -> list[str]:
    doubled = [line for line in lines if '"table":"revision"' in line]
    last = json.dumps({"rows": json.loads(lines[-1])["rows"] + 1})
    return [*lines[:-1], *doubled, last]


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (_cut, r"backup\.jsonl: the backup is cut off"),
        (_lost, r"backup\.jsonl:\d+: this is not what a backup holds here"),
        (_strange_table, r"backup\.jsonl:2: this is no row of a table `alembic_version`"),
        (_strange_column, r"backup\.jsonl:\d+: this is no row of a table `conversation`"),
        (_older, r"backup\.jsonl:1: the backup is of schema 0000, this version has \d{4}"),
        (_doubled, r"backup\.jsonl: a row does not fit its table \(IntegrityError\)"),
        (lambda lines: ["no json"], r"backup\.jsonl:1: this is not a line of a backup"),
        (lambda lines: [], r"backup\.jsonl: the backup is cut off"),
    ],
)
async def test_a_harmed_file_restores_nothing_and_says_where(
    make: Make, tmp_path: Path, harm: Callable[[list[str]], list[str]], said: str
) -> None:
    file = tmp_path / "backup.jsonl"
    old, new = await make("sqlite"), await make("sqlite")
    await fill(old)
    await backup(old, file)
    file.write_text("".join(line + "\n" for line in harm(file.read_text().splitlines())))
    await fill(new)
    before = await contents(new)
    with pytest.raises(StoreError, match=said):
        await restore(new, file, replace=True)
    assert await contents(new) == before


async def test_a_file_that_is_missing_or_no_text_is_one_sentence(
    make: Make, tmp_path: Path
) -> None:
    database = await make("sqlite")
    with pytest.raises(StoreError, match="cannot be read: No such file"):
        await restore(database, tmp_path / "missing.jsonl")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(StoreError, match="cannot be read: it is no text"):
        await restore(database, tmp_path / "binary")


async def _server_seen(database: Database, ago: float) -> None:
    async with database.transaction() as tx:
        now = await database.now(tx)
        await tx.execute(insert(replica).values(owner=f"vm/{ago}", seen_at=now - ago))


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_who_runs_is_neither_backed_up_nor_left_after_a_restore(
    make: Make, tmp_path: Path, kind: str
) -> None:
    file = tmp_path / "backup.jsonl"
    database = await make(kind)
    await upgrade(database)
    # One that was killed a while ago, and nothing else: the database counts as empty.
    await _server_seen(database, ALIVE + 5)
    assert await backup(database, file) == 0
    assert await restore(database, file) == 0
    assert (await contents(database))["replica"] == []
    await _server_seen(database, 2 * ALIVE)
    await restore(database, file, replace=True)
    assert (await contents(database))["replica"] == []


@pytest.mark.parametrize("replace", [False, True])
async def test_nothing_is_restored_under_a_server_that_runs_on_postgresql(
    make: Make, tmp_path: Path, replace: bool
) -> None:
    file = tmp_path / "backup.jsonl"
    database = await make("postgresql")
    await upgrade(database)
    await backup(database, file)
    async with database.transaction() as tx:
        await tx.execute(insert(rate).values(tenant="kept", next_post=0, not_before=0))
    await _server_seen(database, 1.0)
    with pytest.raises(StoreError, match=r"A server runs on the database \(vm/1\.0\): end"):
        await restore(database, file, replace=replace)
    kept = await contents(database)
    assert (len(kept["rate"]), len(kept["replica"])) == (1, 1)
