"""The conversations that the bot may post in, and what they follow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import coordinator_chats, record
from bot.store.audience import failing
from bot.store.tables import conversation, follow
from bot.store.upsert import insert_into


async def save(tx: AsyncConnection, values: Mapping[str, Any]) -> int:
    """Keeps a conversation, or its newest address where it is known; gives its id.

    `values` holds channel, kind, remote_id, tenant, team, service_url, bot_id, locale and
    created_at. What is None leaves an earlier value as it is.
    """
    given = {name: value for name, value in values.items() if value is not None}
    newest = {name: value for name, value in given.items() if name != "created_at"}
    statement = (
        insert_into(tx, conversation)
        .values(given)
        .on_conflict_do_update(index_elements=["channel", "remote_id"], set_=newest)
        .returning(conversation.c.id)
    )
    return int((await tx.execute(statement)).scalar_one())


async def find(tx: AsyncConnection, channel: str, remote_id: str) -> int | None:
    """The id of a conversation; None where it is not known."""
    named = (conversation.c.channel == channel, conversation.c.remote_id == remote_id)
    found = await tx.scalar(select(conversation.c.id).where(*named))
    return None if found is None else int(found)


@dataclass(frozen=True)
class Known:
    """What is known of where a conversation is."""

    id: int
    service_url: str
    failing: bool
    """Whether it answered lately that the bot is not there."""


async def known(tx: AsyncConnection, remote_ids: Iterable[str]) -> dict[tuple[str, str], Known]:
    """Those conversations that are known, by channel and remote id."""
    found = await tx.execute(
        select(conversation).where(conversation.c.remote_id.in_([*remote_ids]))
    )
    return {
        (row.channel, row.remote_id): Known(row.id, row.service_url, failing(row)) for row in found
    }


async def forget(tx: AsyncConnection, channel: str, remote_id: str, now: float) -> bool:
    """Drops a conversation and what it follows, which is recorded; whether there was one."""
    named = (conversation.c.channel == channel, conversation.c.remote_id == remote_id)
    await record.add_removed(tx, now, *named)
    await coordinator_chats.forget_conversation(tx, remote_id)
    return bool((await tx.execute(delete(conversation).where(*named))).rowcount)


async def forget_team(tx: AsyncConnection, channel: str, team: str, now: float) -> int:
    """Drops all conversations of a team, which is recorded; gives how many."""
    named = (conversation.c.channel == channel, conversation.c.team == team)
    await record.add_removed(tx, now, *named)
    return (await tx.execute(delete(conversation).where(*named))).rowcount


async def add_follow(tx: AsyncConnection, conversation_id: int, network: str, now: float) -> bool:
    """Lets a conversation follow a network; False where it does already."""
    values = {"conversation_id": conversation_id, "network": network, "created_at": now}
    added = await tx.execute(insert_into(tx, follow).values(values).on_conflict_do_nothing())
    return bool(added.rowcount)


async def end_follows(tx: AsyncConnection, conversation_id: int, networks: Iterable[str]) -> None:
    """Ends following these networks."""
    those = (follow.c.conversation_id == conversation_id, follow.c.network.in_([*networks]))
    await tx.execute(delete(follow).where(*those))


async def follows(tx: AsyncConnection, conversation_id: int) -> Sequence[str]:
    """What a conversation follows, the longest-followed first."""
    found = (
        select(follow.c.network)
        .where(follow.c.conversation_id == conversation_id)
        .order_by(follow.c.created_at, follow.c.network)
    )
    return (await tx.scalars(found)).all()


async def follows_since(tx: AsyncConnection, conversation_id: int) -> dict[str, float]:
    """What a conversation follows and since when, the longest-followed first."""
    found = (
        select(follow.c.network, follow.c.created_at)
        .where(follow.c.conversation_id == conversation_id)
        .order_by(follow.c.created_at, follow.c.network)
    )
    return {row.network: float(row.created_at) for row in await tx.execute(found)}


async def follows_of_all(
    tx: AsyncConnection, conversation_ids: Iterable[int]
) -> dict[int, tuple[str, ...]]:
    """What each of these conversations follows."""
    found: dict[int, tuple[str, ...]] = {}
    rows = await tx.execute(
        select(follow.c.conversation_id, follow.c.network)
        .where(follow.c.conversation_id.in_([*conversation_ids]))
        .order_by(follow.c.network)
    )
    for id_, network in rows:
        found[id_] = (*found.get(id_, ()), network)
    return found


async def of_channel(tx: AsyncConnection, channel: str) -> Sequence[str]:
    """The remote ids of all conversations of a channel."""
    wanted = select(conversation.c.remote_id).where(conversation.c.channel == channel)
    return (await tx.scalars(wanted)).all()


async def count_receivers(tx: AsyncConnection, networks: Iterable[str]) -> int:
    """How many conversations follow one of the networks, or all."""
    ids = func.count(follow.c.conversation_id.distinct())
    wanted = select(ids).where(follow.c.network.in_([*networks, "*"]))
    return int(await tx.scalar(wanted) or 0)
