"""Who did what: written with what it tells of, never changed, seen by those whom it concerns."""

from __future__ import annotations

import ast
import datetime as dt
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import NoResultFound

import bot
from bot.announcements import record as writing
from bot.announcements.errors import AnnouncementError, Invalid, NotAllowed
from bot.announcements.model import (
    API,
    COMMAND,
    Action,
    By,
    Change,
    Draft,
    Entry,
    Identity,
    Reminder,
    State,
)
from bot.announcements.retention import purge
from bot.store import record as store
from bot.store.tables import conversation, delivery, metadata, record

from .world import (
    COFFEE,
    GUEST,
    MEMBER,
    MONTHLY,
    NATIONAL,
    ONE_TIME,
    PIRKANMAA,
    TENANT,
    WEST,
    World,
    a_channel,
    a_chat,
)

FREE = Draft(title={"fi": "Uutinen"}, text={"fi": "Teksti."}, networks=("pirkanmaa",))
LETTERS = Identity("abcdef11-0000-4000-8000-00000000000a", TENANT)
"""Coordinates all networks; the id has letters."""
GROUP = replace(a_channel("19:group@unq"), kind="group", team=None)


async def kept(world: World) -> list[dict[str, Any]]:
    """All rows, as they stand there."""
    async with world.database.reading() as tx:
        found = await tx.execute(select(record).order_by(record.c.id))
        return [dict(row._mapping) for row in found]


async def told(world: World) -> list[tuple[str, str | None, str, str, list[str]]]:
    """By what kind of actor, who, did what, of what, in which networks."""
    return [
        (row["by"], row["actor"], row["action"], row["subject"], row["networks"])
        for row in await kept(world)
    ]


async def seen(world: World, who: Identity, **which: Any) -> list[Entry]:
    return [one async for one in world.announcements.recorded(who, **which)]


async def test_everything_that_a_coordinator_does_is_recorded(world: World) -> None:
    service, target = world.announcements, a_channel()
    me = ("coordinator", PIRKANMAA.id)
    await world.subscriptions.follow(target, "pirkanmaa", PIRKANMAA)
    await world.subscriptions.follow(target, "pirkanmaa", PIRKANMAA)
    meeting = await world.meetings.add(PIRKANMAA, ONE_TIME)
    key = f"{meeting.key}@2026-12-01"
    draft = await service.draft(PIRKANMAA, Draft(occurrence=key, reminders=(Reminder.DAY,)))
    await service.edit(PIRKANMAA, draft.id, Draft(occurrence=key))
    await service.preview(PIRKANMAA, draft.id)
    world.database.time += 60
    await service.confirm(PIRKANMAA, draft.id)
    await world.deliver_all(draft.id)
    await world.meetings.move(PIRKANMAA, key, "2026-12-02 12:00", "2026-12-02 14:00")
    await service.update(PIRKANMAA, draft.id)
    await world.deliver_all(draft.id, "failed")
    await service.retry(PIRKANMAA, draft.id)
    await service.change(NATIONAL, draft.id, Change(note={"fi": "Tervetuloa!"}))
    await service.stop(PIRKANMAA, draft.id)
    await service.recall(PIRKANMAA, draft.id)
    await world.meetings.cancel(PIRKANMAA, key)
    await world.subscriptions.unfollow(target, None, PIRKANMAA)
    assert await told(world) == [
        (*me, "followed", "channel", ["pirkanmaa"]),
        (*me, "meeting_added", meeting.key, ["pirkanmaa"]),
        (*me, "announced", draft.id, ["pirkanmaa"]),
        (*me, "meeting_changed", meeting.key, ["pirkanmaa"]),
        (*me, "updated", draft.id, ["pirkanmaa"]),
        (*me, "retried", draft.id, ["pirkanmaa"]),
        ("coordinator", NATIONAL.id, "edited", draft.id, ["pirkanmaa"]),
        (*me, "stopped", draft.id, ["pirkanmaa"]),
        (*me, "recalled", draft.id, ["pirkanmaa"]),
        (*me, "meeting_cancelled", meeting.key, ["pirkanmaa"]),
        (*me, "unfollowed", "channel", ["pirkanmaa"]),
    ]
    rows = await kept(world)
    assert {row["tenant"] for row in rows} == {TENANT}
    assert [row["at"] - rows[0]["at"] for row in rows] == [0, 0] + [60] * 9


async def test_the_api_and_commands_are_told_by_their_kind(world: World) -> None:
    by_api = await world.announcements.create(API, FREE)
    by_command = await world.announcements.create(COMMAND, FREE)
    assert await told(world) == [
        ("api", None, "announced", by_api.id, ["pirkanmaa"]),
        ("command", None, "announced", by_command.id, ["pirkanmaa"]),
    ]
    assert (await world.row(by_command.id)).author is None
    # The same key gives the announcement that was made before: nothing new was done.
    keyed = await world.announcements.create(API, FREE, "key")
    await world.announcements.create(API, FREE, "key")
    assert [row[3] for row in await told(world)][2:] == [keyed.id]


async def test_of_a_series_the_day_is_told(world: World) -> None:
    meeting = await world.meetings.add(NATIONAL, MONTHLY)
    day = f"{meeting.key}@2027-01-05"
    await world.meetings.move(NATIONAL, day, "2027-01-12 12:00", "2027-01-12 14:00")
    await world.meetings.cancel(NATIONAL, day)
    assert [row[2:4] for row in await told(world)] == [
        ("meeting_added", meeting.key),
        ("meeting_changed", day),
        ("meeting_cancelled", day),
    ]


async def test_what_one_person_follows_is_not_recorded(world: World) -> None:
    for who in (MEMBER, PIRKANMAA, None):
        await world.subscriptions.follow(a_chat(), "pirkanmaa", who)
        await world.subscriptions.unfollow(a_chat(), None, who)
        await world.subscriptions.follow(a_chat(), "*", who)
        await world.subscriptions.forget_everything(a_chat())
        await world.subscriptions.follow(a_chat(), "pirkanmaa", who)
        await world.subscriptions.forget("msteams", a_chat().remote_id)
    assert await told(world) == []


async def test_follows_that_end_with_the_bot_are_recorded(world: World) -> None:
    follows = world.subscriptions
    await follows.remember(a_channel("19:silent@thread.tacv2"))
    await follows.forget("msteams", "19:silent@thread.tacv2")
    assert await told(world) == []
    await follows.follow(GROUP, "uusimaa", NATIONAL)
    await follows.follow(GROUP, "pirkanmaa", NATIONAL)
    await follows.forget("msteams", GROUP.remote_id)
    await follows.forget("msteams", GROUP.remote_id)
    for name in ("19:a", "19:b"):
        await follows.follow(a_channel(name), "*", NATIONAL)
    await follows.team_deleted("msteams", "19:team@thread.tacv2")
    ended = [row for row in await told(world) if row[2] == "removed"]
    assert ended == [
        ("bot", None, "removed", "group", ["pirkanmaa", "uusimaa"]),
        ("bot", None, "removed", "channel", ["*"]),
        ("bot", None, "removed", "channel", ["*"]),
    ]


async def test_a_conversation_that_is_given_up_is_told_apart(world: World) -> None:
    await world.subscriptions.follow(GROUP, "uusimaa", NATIONAL)
    await world.subscriptions.follow(a_chat(), "uusimaa", MEMBER)
    async with world.database.transaction() as tx:
        # Not reached on three days.
        gone = {"suspended_at": 1.0, "gone_at": 1.0, "gone_days": 3}
        await tx.execute(update(conversation).values(gone))
    await world.subscriptions.drop_gone()
    assert (await told(world))[1:] == [("bot", None, "given_up", "group", ["uusimaa"])]


REFUSED: dict[str, Callable[[World, str], Awaitable[object]]] = {
    "announcing": lambda world, id_: world.announcements.create(WEST, FREE),
    "announcing nothing": lambda world, id_: world.announcements.create(PIRKANMAA, Draft()),
    "confirming again": lambda world, id_: world.announcements.confirm(PIRKANMAA, id_),
    "editing": lambda world, id_: world.announcements.change(
        WEST, id_, Change(title={"fi": "Muu"})
    ),
    "editing nothing": lambda world, id_: world.announcements.change(PIRKANMAA, id_, Change()),
    "editing to the same": lambda world, id_: world.announcements.change(
        PIRKANMAA, id_, Change(title={"fi": "Uutinen"})
    ),
    "updating": lambda world, id_: world.announcements.update(WEST, id_),
    "updating what has not changed": lambda world, id_: world.announcements.update(PIRKANMAA, id_),
    "recalling": lambda world, id_: world.announcements.recall(WEST, id_),
    "recalling what is nowhere": lambda world, id_: world.announcements.recall(PIRKANMAA, id_),
    "stopping": lambda world, id_: world.announcements.stop(WEST, id_),
    "retrying what did not fail": lambda world, id_: world.announcements.retry(PIRKANMAA, id_),
    "adding": lambda world, id_: world.meetings.add(WEST, ONE_TIME),
    "moving": lambda world, id_: world.meetings.move(
        PIRKANMAA, COFFEE, "2026-12-11 08:30", "2026-12-11 10:00"
    ),
    "cancelling": lambda world, id_: world.meetings.cancel(WEST, "x@2026-12-10"),
    "following": lambda world, id_: world.subscriptions.follow(a_channel(), "pirkanmaa", WEST),
    "ending what is not followed": lambda world, id_: world.subscriptions.unfollow(
        a_channel(), "pirkanmaa", PIRKANMAA
    ),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_of_what_was_not_done_nothing_is_recorded(world: World, what: str) -> None:
    made = await world.announcements.create(PIRKANMAA, FREE)
    before = await kept(world)
    try:
        await REFUSED[what](world, made.id)
    except AnnouncementError:
        pass
    else:
        assert "nothing" in what or "not" in what or "same" in what
    assert await kept(world) == before


@pytest.mark.parametrize("what", ["announce", "edit", "recall", "meeting", "follow"])
async def test_what_cannot_be_recorded_is_not_done(
    world: World, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    await world.channel("19:a", "pirkanmaa")
    sent = await world.announcements.create(PIRKANMAA, FREE)
    await world.deliver_all(sent.id)

    async def everything() -> dict[str, list[tuple[Any, ...]]]:
        async with world.database.reading() as tx:
            return {
                name: [tuple(row) for row in await tx.execute(select(table))]
                for name, table in metadata.tables.items()
            }

    async def breaks(*_: object, **__: object) -> None:
        raise RuntimeError("the record cannot be written")

    before = await everything()
    monkeypatch.setattr(store, "add", breaks)
    deeds: dict[str, Callable[[], Awaitable[object]]] = {
        "announce": lambda: world.announcements.create(PIRKANMAA, FREE),
        "edit": lambda: world.announcements.change(PIRKANMAA, sent.id, Change(title={"fi": "Muu"})),
        "recall": lambda: world.announcements.recall(PIRKANMAA, sent.id),
        "meeting": lambda: world.meetings.add(PIRKANMAA, ONE_TIME),
        "follow": lambda: world.subscriptions.follow(a_channel("19:b"), "pirkanmaa", PIRKANMAA),
    }
    with pytest.raises(RuntimeError, match="cannot be written"):
        await deeds[what]()
    assert await everything() == before


async def test_a_row_is_never_changed_but_to_blank_and_purge_it(world: World) -> None:
    """Whatever is done afterwards, what was recorded before stands there as it was."""
    service = world.announcements
    steps: list[Callable[[], Awaitable[object]]] = []
    await world.channel("19:a", "pirkanmaa")
    sent = await service.create(PIRKANMAA, replace(FREE, send_at="2026-12-01T12:00"))
    meeting = await world.meetings.add(PIRKANMAA, ONE_TIME)
    key = f"{meeting.key}@2026-12-01"
    steps += [
        lambda: service.change(PIRKANMAA, sent.id, Change(title={"fi": "Muu"})),
        lambda: service.recall(NATIONAL, sent.id),
        lambda: world.meetings.move(PIRKANMAA, key, "2026-12-02 12:00", "2026-12-02 14:00"),
        service.meetings_changed,
        world.fire,
        lambda: world.meetings.cancel(PIRKANMAA, key),
        lambda: world.subscriptions.forget("msteams", "19:a"),
        lambda: world.subscriptions.keep_page(None, "facebook-page"),
        lambda: service.forget(GUEST),
        lambda: purge(world.database, 24),
    ]
    for step in steps:
        before = await kept(world)
        await step()
        assert (await kept(world))[: len(before)] == before
    before = await kept(world)
    assert await service.forget(PIRKANMAA)
    blanked = [
        row | ({"actor": None, "tenant": None} if row["actor"] == PIRKANMAA.id else {})
        for row in before
    ]
    assert blanked != before
    assert await kept(world) == blanked


async def test_whoever_asks_to_be_forgotten_is_however_their_id_is_spelt(world: World) -> None:
    service = world.announcements
    in_capitals = Identity(LETTERS.id.upper(), TENANT.upper())
    world.file.write_text(
        f"coordinators:\n  - id: {LETTERS.id}\n    networks: ['*']\n", encoding="utf-8"
    )
    assert world.coordinators.reload()
    made = await service.create(in_capitals, FREE)
    drafted = await service.draft(in_capitals, FREE)
    assert (await world.row(made.id)).author is not None
    assert await service.forget(LETTERS)
    assert (await world.row(made.id)).author is None
    with pytest.raises(NoResultFound):
        await world.row(drafted.id)
    assert not await service.forget(LETTERS)
    assert not await service.forget(in_capitals)


def test_one_module_alone_writes_to_the_record_and_changes_it_in_two_places_only() -> None:
    writes = {"insert", "update", "delete"}
    found = []
    for path in sorted(Path(bot.__file__).parent.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"(UPDATE|DELETE FROM|INSERT INTO) \"?record\b", text), path
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            calls = [one for one in ast.walk(node) if isinstance(one, ast.Call) and one.args]
            for call in calls:
                does = ast.unparse(call.func).split(".")[-1]
                if does in writes and ast.unparse(call.args[0]).split(".")[-1] == "record":
                    found.append((path.stem, node.name, does))
    assert found == [
        ("record", "add", "insert"),
        ("record", "blank", "update"),
        ("record", "purge", "delete"),
    ]


async def test_a_coordinator_sees_what_concerns_a_network_of_their_own(world: World) -> None:
    here = await world.announcements.create(PIRKANMAA, FREE)
    there = await world.announcements.create(GUEST, replace(FREE, networks=("uusimaa",)))
    both = await world.announcements.create(
        NATIONAL, replace(FREE, networks=("uusimaa", "pirkanmaa"))
    )
    await world.channel("19:all", "*")
    async with world.database.transaction() as tx:
        await writing.note(tx, 1.0, COMMAND, Action.PAUSED, "*", ())

    async def subjects(who: Identity, **which: Any) -> list[str]:
        return [one.subject for one in await seen(world, who, **which)]

    assert await subjects(PIRKANMAA) == [here.id, both.id, "channel"]
    assert await subjects(GUEST) == [there.id, both.id, "channel"]
    assert await subjects(WEST) == ["channel"]
    everything = [here.id, there.id, both.id, "channel", "*"]
    for who in (NATIONAL, API, COMMAND):
        assert await subjects(who) == everything
    for stranger in (MEMBER, Identity("api"), replace(PIRKANMAA, tenant="another")):
        with pytest.raises(NotAllowed):
            await seen(world, stranger)
    assert await subjects(COMMAND, network="uusimaa") == [there.id, both.id, "channel"]
    assert await subjects(PIRKANMAA, network="uusimaa") == [both.id, "channel"]
    assert await subjects(COMMAND, network="lappi") == ["channel"]
    with pytest.raises(Invalid, match="no_network"):
        await seen(world, COMMAND, network="uusima%")


async def test_the_record_of_one_announcement_is_for_who_may_see_it(world: World) -> None:
    service = world.announcements
    meeting = await world.meetings.add(PIRKANMAA, MONTHLY)
    key = f"{meeting.key}@2027-01-05"
    draft = Draft(occurrence=key, reminders=(Reminder.DAY,), networks=("pirkanmaa",))
    made = await service.create(PIRKANMAA, draft)
    await service.create(PIRKANMAA, FREE)
    await world.meetings.move(NATIONAL, key, "2027-01-06 12:00", "2027-01-06 14:00")
    await world.meetings.move(
        NATIONAL, f"{meeting.key}@2027-02-02", "2027-02-03 12:00", "2027-02-03 14:00"
    )
    found = await service.record_of(PIRKANMAA, made.id)
    assert [(one.action, one.who) for one in found] == [
        (Action.MEETING_CHANGED, NATIONAL),
        (Action.ANNOUNCED, PIRKANMAA),
        (Action.MEETING_ADDED, PIRKANMAA),
    ]
    (reminder,) = (await world.reminders(made.id)).values()
    assert await service.record_of(PIRKANMAA, reminder.id) == found
    assert await service.record_of(PIRKANMAA, made.id, limit=1) == found[:1]
    for stranger in (WEST, GUEST, MEMBER):
        with pytest.raises(NotAllowed):
            await service.record_of(stranger, made.id)


async def test_of_a_meeting_of_two_networks_each_sees_its_own(world: World) -> None:
    """An announcement may go to one network of several: what it does not concern is not shown."""
    meeting = await world.meetings.add(NATIONAL, {**ONE_TIME, "networks": ["uusimaa"]})
    made = await world.announcements.create(
        NATIONAL,
        Draft(occurrence=f"{meeting.key}@2026-12-01", networks=("uusimaa", "pirkanmaa")),
    )
    mine = await world.announcements.record_of(PIRKANMAA, made.id)
    assert [one.action for one in mine] == [Action.ANNOUNCED]
    theirs = await world.announcements.record_of(GUEST, made.id)
    assert [one.action for one in theirs] == [Action.ANNOUNCED, Action.MEETING_ADDED]


async def test_a_report_says_who_made_it(world: World) -> None:
    service = world.announcements
    draft = Draft(occurrence=COFFEE, reminders=(Reminder.DAY,))
    made = await service.create(PIRKANMAA, draft)
    (reminder,) = (await world.reminders(made.id)).values()
    drafted = await service.draft(PIRKANMAA, FREE)
    listed = {one.announcement.id: one.made for one in await service.listing(PIRKANMAA)}
    entry = listed[made.id]
    assert entry is not None
    assert (entry.by, entry.who, entry.at.timestamp()) == (
        By.COORDINATOR,
        PIRKANMAA,
        world.database.time,
    )
    assert listed[reminder.id] == entry
    assert listed[drafted.id] is None
    assert (await service.report(PIRKANMAA, made.id)).made == entry
    progress = await service.progress(made.id)
    assert progress is not None
    assert progress.made == entry


async def test_names_come_from_the_file_of_coordinators(world: World) -> None:
    world.file.write_text(
        f"coordinators:\n  - id: {PIRKANMAA.id.upper()}\n    name: Maija\n    networks: ['*']\n"
        f"  - id: {WEST.id}\n    networks: ['*']\n",
        encoding="utf-8",
    )
    assert world.coordinators.reload()
    for who in (PIRKANMAA, WEST, API):
        await world.announcements.create(who, FREE)
    assert [world.announcements.name_of(one) for one in await seen(world, API)] == [
        "Maija",
        WEST.id,
        None,
    ]
    await world.announcements.forget(PIRKANMAA)
    first = (await seen(world, API))[0]
    assert (first.by, first.who, world.announcements.name_of(first)) == (
        By.COORDINATOR,
        None,
        None,
    )


async def test_who_only_followed_is_forgotten_too(world: World) -> None:
    await world.subscriptions.follow(a_channel(), "pirkanmaa", PIRKANMAA)
    shouted = Identity(PIRKANMAA.id.upper(), TENANT.upper())
    await world.subscriptions.follow(GROUP, "pirkanmaa", shouted)
    await world.subscriptions.follow(GROUP, "uusimaa", GUEST)
    assert not await world.announcements.forget(replace(PIRKANMAA, tenant="another"))
    assert await world.announcements.forget(PIRKANMAA)
    assert [row[1] for row in await told(world)] == [None, None, GUEST.id]
    assert not await world.announcements.forget(PIRKANMAA)


async def test_it_is_read_in_order_however_much_there_is(world: World) -> None:
    async with world.database.transaction() as tx:
        for number in range(1_203):
            await writing.note(
                tx, float(number), COMMAND, Action.EDITED, str(number), ("pirkanmaa",)
            )
    found = [one.subject for one in await seen(world, API)]
    assert found == [str(number) for number in range(1_203)]
    since = dt.datetime.fromtimestamp(1_200, dt.UTC)
    assert [one.subject for one in await seen(world, API, since=since)] == ["1200", "1201", "1202"]


async def test_it_holds_no_text_that_somebody_wrote(world: World) -> None:
    secret = "Salaisuus"
    words = replace(FREE, title={"fi": secret}, text={"fi": secret})
    made = await world.announcements.create(PIRKANMAA, words)
    await world.announcements.change(PIRKANMAA, made.id, Change(text={"fi": f"{secret} 2"}))
    await world.meetings.add(
        PIRKANMAA, {**ONE_TIME, "title": {"fi": "Nimi"}, "place": {"fi": secret}}
    )
    assert secret.lower() not in str(await kept(world)).lower()


async def test_what_was_sent_by_the_clock_adds_nothing(world: World) -> None:
    made = await world.announcements.create(PIRKANMAA, replace(FREE, send_at="2026-12-24T08:00"))
    world.set_clock("2026-12-24 08:00")
    assert await world.fire() == 1
    assert (await world.row(made.id)).state == State.SENDING
    async with world.database.transaction() as tx:
        await tx.execute(update(delivery).values(state="failed"))
    assert [row[2] for row in await told(world)] == ["announced"]


def test_every_action_and_actor_has_words() -> None:
    assert set(writing.ACTION_WORDS) == set(Action)
    assert set(writing.ACTOR_WORDS) == set(By)
