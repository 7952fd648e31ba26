"""Where the bot may post: what is remembered, who may follow, and what is forgotten."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from bot.announcements.errors import NotAllowed, NotFound
from bot.announcements.sender import Target
from bot.store.tables import conversation

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
