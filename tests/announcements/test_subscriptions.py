"""Where the bot may post: what is remembered, who may follow, and what is forgotten."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from bot.announcements.errors import NotAllowed, NotFound
from bot.announcements.sender import Target
from bot.announcements.subscriptions import UNDO_SECONDS, Change, Undo
from bot.store.tables import conversation, follow

from .world import GUEST, MEMBER, NATIONAL, PIRKANMAA, WEST, World, a_channel, a_chat

GROUP = replace(a_channel("19:group@unq"), kind="group", team=None)


async def kept(world: World) -> list[Any]:
    async with world.database.reading() as tx:
        return list((await tx.execute(select(conversation))).all())


async def test_a_channel_is_remembered_with_its_newest_address(world: World) -> None:
    await world.subscriptions.remember(a_channel())
    await world.subscriptions.remember(
        replace(a_channel(), service_url="https://new.example.org/", locale="sv-FI", bot_id=None)
    )
    (row,) = await kept(world)
    assert (row.service_url, row.locale, row.bot_id) == (
        "https://new.example.org/",
        "sv-FI",
        "28:bot",
    )


async def test_of_somebody_who_only_asks_nothing_is_kept(world: World) -> None:
    await world.subscriptions.remember(a_chat())
    assert await kept(world) == []
    await world.subscriptions.follow(a_chat(), "pirkanmaa", None)
    await world.subscriptions.remember(replace(a_chat(), service_url="https://new.example.org/"))
    assert [row.service_url for row in await kept(world)] == ["https://new.example.org/"]
    assert await world.subscriptions.unfollow(a_chat(), None, None) == ("pirkanmaa",)
    assert await kept(world) == []


async def test_in_a_personal_chat_anybody_may(world: World) -> None:
    for network in ("pirkanmaa", "uusimaa", "*"):
        await world.subscriptions.follow(a_chat(), network, MEMBER)
        await world.subscriptions.follow(a_chat(), network, MEMBER)
    assert set(await world.subscriptions.followed(a_chat())) == {"pirkanmaa", "uusimaa", "*"}
    assert await world.subscriptions.unfollow(a_chat(), "uusimaa", None) == ("uusimaa",)
    assert await world.subscriptions.unfollow(a_chat(), "uusimaa", None) == ()
    assert await world.subscriptions.forget_everything(a_chat())
    assert not await world.subscriptions.forget_everything(a_chat())
    assert await world.subscriptions.followed(a_chat()) == ()


@pytest.mark.parametrize("target", [a_channel("19:not-general@thread.tacv2"), GROUP])
async def test_elsewhere_it_takes_a_coordinator_of_the_network(
    world: World, target: Target
) -> None:
    for who in (None, MEMBER, WEST, GUEST):
        with pytest.raises(NotAllowed):
            await world.subscriptions.follow(target, "pirkanmaa", who)
    with pytest.raises(NotAllowed):
        await world.subscriptions.follow(target, "*", PIRKANMAA)
    assert await kept(world) == []
    await world.subscriptions.follow(target, "pirkanmaa", PIRKANMAA)
    await world.subscriptions.follow(target, "*", NATIONAL)
    for who in (None, MEMBER, WEST):
        with pytest.raises(NotAllowed):
            await world.subscriptions.unfollow(target, None, who)
    assert await world.subscriptions.unfollow(target, None, PIRKANMAA) == ("pirkanmaa",)
    assert await world.subscriptions.followed(target) == ("*",)
    assert len(await kept(world)) == 1


async def test_an_unknown_network_cannot_be_followed(world: World) -> None:
    for target in (a_chat(), a_channel()):
        with pytest.raises(NotFound):
            await world.subscriptions.follow(target, "uusi", NATIONAL)


async def test_where_the_bot_was_removed_nothing_is_left(world: World) -> None:
    for name in "abc":
        await world.channel(f"19:{name}", "pirkanmaa")
    other = replace(a_channel("19:other"), team="19:another@thread.tacv2")
    await world.subscriptions.follow(other, "pirkanmaa", NATIONAL)
    await world.subscriptions.forget("msteams", "19:a")
    assert await world.subscriptions.followed(a_channel("19:a")) == ()
    assert await world.subscriptions.team_deleted("msteams", "19:team@thread.tacv2") == 2
    assert [row.remote_id for row in await kept(world)] == ["19:other"]


async def test_the_page_gets_everything_while_it_is_set(world: World) -> None:
    page = Target("facebook-page", "page", "1234", "https://graph.example.org", "facebook-page")
    for one in (page, page, replace(page, remote_id="5678")):
        await world.subscriptions.keep_page(one, "facebook-page")
        assert await world.subscriptions.followed(one) == ("*",)
    assert [row.remote_id for row in await kept(world)] == ["5678"]
    await world.subscriptions.keep_page(None, "facebook-page")
    assert await kept(world) == []


async def test_what_is_no_real_conversation_is_not_kept(world: World) -> None:
    for forged in (
        a_channel("x" * 513),
        a_channel("\0"),
        a_channel("19:\ud800"),
        a_channel(""),
        a_channel(".."),
        replace(a_channel(), team="\udfff"),
        replace(a_channel(), service_url="https://x.example/\ud800"),
        replace(a_channel(), bot_id="28:\0"),
        replace(a_chat(), tenant="t" * 65),
        replace(a_chat(), tenant="\ud800"),
    ):
        await world.subscriptions.remember(forged)
        await world.subscriptions.refresh([forged])
        with pytest.raises(NotFound):
            await world.subscriptions.follow(forged, "pirkanmaa", NATIONAL)
    assert await kept(world) == []


@pytest.mark.parametrize("id", ["", "\0", "19:\ud800", "x" * 5_000])
async def test_what_cannot_be_looked_up_is_not_known(world: World, id: str) -> None:
    await world.subscriptions.remember(a_channel())
    assert await world.subscriptions.followed(a_channel(id)) == ()
    assert await world.subscriptions.unfollow(a_channel(id), None, NATIONAL) == ()
    assert not await world.subscriptions.forget_everything(a_channel(id))
    await world.subscriptions.forget("msteams", id)
    assert await world.subscriptions.team_deleted("msteams", id) == 0
    assert len(await kept(world)) == 1


async def test_an_odd_locale_costs_no_channel(world: World) -> None:
    await world.subscriptions.remember(replace(a_channel(), locale="fi\ud800"))
    assert [row.locale for row in await kept(world)] == [None]


async def state(world: World) -> list[tuple[Any, ...]]:
    """All follows, with their conversations and instants."""
    rows = select(conversation.c.remote_id, follow.c.network, follow.c.created_at).join(
        follow, follow.c.conversation_id == conversation.c.id
    )
    async with world.database.reading() as tx:
        return sorted(tuple(row) for row in await tx.execute(rows))


async def test_several_networks_are_followed_together_or_not_at_all(world: World) -> None:
    with pytest.raises(NotAllowed):
        await world.subscriptions.follow_all_of(a_channel(), ("pirkanmaa", "lappi"), PIRKANMAA)
    with pytest.raises(NotFound):
        await world.subscriptions.follow_all_of(a_channel(), ("pirkanmaa", "moomin"), NATIONAL)
    assert await state(world) == []
    change = await world.subscriptions.follow_all_of(a_channel(), ("pirkanmaa", "lappi"), NATIONAL)
    assert change.added == ("pirkanmaa", "lappi")
    again = await world.subscriptions.follow_all_of(a_channel(), ("lappi", "uusimaa"), NATIONAL)
    assert (again.added, again.ended) == (("uusimaa",), ())
    assert again.before == change.after


@pytest.mark.parametrize("target", [a_chat(), a_channel(), GROUP])
async def test_a_change_is_undone_to_the_very_state_before(world: World, target: Target) -> None:
    subscriptions = world.subscriptions
    await subscriptions.follow(target, "pirkanmaa", NATIONAL)
    world.database.time += 100
    await subscriptions.follow(target, "lappi", NATIONAL)
    before = await state(world)
    for networks in (None, ("lappi",), ("pirkanmaa",), ("lappi", "pirkanmaa")):
        world.database.time += 100
        change = await subscriptions.end(target, networks, NATIONAL)
        assert await state(world) != before
        assert await subscriptions.undo(target, change, NATIONAL) is Undo.DONE
        assert await state(world) == before
        assert await subscriptions.undo(target, change, NATIONAL) is Undo.ALREADY
        assert await state(world) == before
    change = await subscriptions.follow_all_of(target, ("uusimaa", "lappi"), NATIONAL)
    assert await subscriptions.undo(target, change, NATIONAL) is Undo.DONE
    assert await state(world) == before


async def test_an_undo_pressed_twice_at_once_is_done_once(world: World) -> None:
    await world.subscriptions.follow(a_channel(), "pirkanmaa", NATIONAL)
    before = await state(world)
    change = await world.subscriptions.end(a_channel(), None, NATIONAL)
    presses = (world.subscriptions.undo(a_channel(), change, NATIONAL) for _ in range(5))
    found = await asyncio.gather(*presses)
    assert Undo.DONE in found
    assert set(found) <= {Undo.DONE, Undo.ALREADY}
    assert await state(world) == before


async def test_an_undo_is_bound_in_time_state_and_rights(world: World) -> None:
    subscriptions, target = world.subscriptions, a_channel()
    await subscriptions.follow_all_of(target, ("pirkanmaa", "lappi"), NATIONAL)
    change = await subscriptions.end(target, None, NATIONAL)
    for who in (MEMBER, GUEST, PIRKANMAA, None):
        with pytest.raises(NotAllowed):
            await subscriptions.undo(target, change, who)
    assert await state(world) == []
    world.database.time += UNDO_SECONDS + 0.5
    assert await subscriptions.undo(target, change, NATIONAL) is Undo.LATE
    world.database.time -= 2 * UNDO_SECONDS
    assert await subscriptions.undo(target, change, NATIONAL) is Undo.LATE
    world.database.time += UNDO_SECONDS
    await subscriptions.follow(target, "uusimaa", NATIONAL)
    assert await subscriptions.undo(target, change, NATIONAL) is Undo.CHANGED
    await subscriptions.end(target, None, NATIONAL)
    assert await subscriptions.undo(target, change, NATIONAL) is Undo.DONE
    assert {network for _, network, _ in await state(world)} == {"pirkanmaa", "lappi"}


async def test_an_undo_brings_back_no_network_that_is_gone(world: World) -> None:
    forged = Change({"moomin-valley": 1.0}, {}, world.database.time)
    assert await world.subscriptions.undo(a_chat(), forged, MEMBER) is Undo.CHANGED
    assert await state(world) == []
