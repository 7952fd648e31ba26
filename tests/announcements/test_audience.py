"""A wrong answer never costs the audience: who leaves, who is suspended, and what is an outage."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from bot.announcements import self_check
from bot.announcements.model import API
from bot.store import conversations
from bot.store.deliveries import fan_out
from bot.store.tables import announcement, conversation, delivery

from .connector import Fault, foreign, html, named, says, throttled
from .delivering import until
from .running_bot import DAY, HOUR, MINUTE, NETWORK, RunningBot

pytestmark = pytest.mark.slow

GONE = named(404, "ConversationNotFound")
NOT_IN_ROSTER = named(403, "BotNotInConversationRoster")


def name_of(value: object) -> str | None:
    return value.name if isinstance(value, Fault) else None


async def deliver(bot: RunningBot, title: str) -> str:
    """An announcement that ends by itself; gives its id."""
    id = await bot.announce(title)
    await bot.over(id)
    return id


@pytest.mark.parametrize(
    ("fault", "retried"),
    [
        (html(404), True),
        (html(403), True),
        (html(400), True),
        (foreign(404), False),
        (foreign(403), False),
        (says(404), False),
        (named(404, "NotFound"), False),
        (named(403, "BotDisabledByAdmin"), False),
    ],
    ids=name_of,
)
async def test_one_bad_hour_costs_no_subscription(
    bot: RunningBot, fault: Fault, retried: bool
) -> None:
    places = set(await bot.channels(40))
    bot.world.fault(fault)
    during = await bot.announce("Uutinen a")
    await bot.at_rest()
    if retried:
        waiting = await bot.states(during)
        assert waiting["pending"] + waiting["sending"] == waiting.total() == 40
    bot.world.well()
    after = await deliver(bot, "Uutinen b")
    assert (await bot.report(after))["counts"]["delivered"] == 40
    assert bot.world.here("Uutinen b") == Counter(places)
    assert await bot.follows() == 40
    assert await bot.suspended() == set()
    await bot.lapse(partial(bot.is_over, during))
    if retried:
        assert bot.world.here("Uutinen a") == Counter(places)
        assert await bot.states(during) == {"delivered": 40}
    else:
        # Some mean that it would be refused again: then it is admitted, and not called gone.
        found = await bot.states(during)
        assert set(found) <= {"delivered", "failed"}
        assert bot.world.here("Uutinen a").total() == found["delivered"]
    assert await bot.uncertain(during) == await bot.uncertain(after) == set()


@pytest.mark.parametrize("fault", [GONE, NOT_IN_ROSTER], ids=name_of)
async def test_a_named_code_suspends_until_a_post_arrives(bot: RunningBot, fault: Fault) -> None:
    await bot.channels(10)
    bot.world.fault(fault, "POST", place="c3")
    first = await deliver(bot, "Uutinen a")
    assert await bot.states(first) == {"delivered": 9, "gone": 1}
    assert (await bot.rows(first))["c3"].state == "gone"
    assert await bot.suspended() == {"c3"}
    row = (await bot.places())["c3"]
    assert (row.gone_days, row.gone_code) == (1, fault.name.split()[-1])
    assert await bot.follows() == 10
    assert re.search(r"suspended\S* 1(\.0)?$", await bot.read("/metrics"), re.MULTILINE)

    await deliver(bot, "Uutinen b")
    assert len(bot.world.asked("POST", "c3")) == 2, "it is tried with the next announcement"
    bot.world.well()
    third = await deliver(bot, "Uutinen c")
    assert await bot.states(third) == {"delivered": 10}
    assert len(bot.world.standing("c3", "Uutinen c")) == 1
    row = (await bot.places())["c3"]
    assert (row.suspended_at, row.gone_at, row.gone_days, row.gone_code) == (None, None, 0, None)


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"type": "messageReaction", "text": None},
        {
            "type": "conversationUpdate",
            "text": None,
            "channelData": {
                "eventType": "channelRenamed",
                "channel": {"id": "c3"},
                "team": {"id": "19:team"},
                "tenant": {"id": "t"},
            },
        },
    ],
    ids=["message", "reaction", "renamed"],
)
async def test_anything_from_there_revives_it(bot: RunningBot, event: dict[str, Any]) -> None:
    await bot.channels(10)
    bot.world.fault(GONE, "POST", place="c3")
    await deliver(bot, "Uutinen a")
    assert await bot.suspended() == {"c3"}
    await bot.activity("c3", **event)
    await until(partial(_is_suspended, bot, set()))
    row = (await bot.places())["c3"]
    assert (row.gone_at, row.gone_days, row.gone_code) == (None, 0, None)


async def test_after_three_days_of_it_the_sweep_drops_it_and_not_before(
    idle_bot: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = idle_bot
    await bot.start(monkeypatch)
    await bot.channels(10)
    bot.world.fault(GONE, "POST", place="c3")
    ids = []
    for day in range(3):
        for _ in range(2):
            ids.append(await deliver(bot, f"Uutinen {day}"))
        assert (await bot.places())["c3"].gone_days == day + 1, "twice on a day is one day"
        assert await bot.follows() == 10, "it is not deleted in the moment of failing"
        # What sweeps once a day sweeps first when a server begins.
        await bot.restart(monkeypatch)
        await bot.skip(DAY)
        assert await bot.follows() == 10, "nor on the day of the last such answer"
    await bot.restart(monkeypatch)
    await until(partial(_follow, bot, 9))
    assert "c3" not in await bot.places()
    for id in ids:
        assert (await bot.report(id))["counts"]["gone"] == 1, "the reports stay as they were"


async def _follow(bot: RunningBot, count: int) -> bool:
    return await bot.follows() == count


async def test_a_day_that_goes_well_begins_the_count_again(
    idle_bot: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = idle_bot
    await bot.start(monkeypatch)
    await bot.channels(10)
    for day in range(4):
        bot.world.fault(GONE, "POST", place="c3")
        await deliver(bot, f"Uutinen {day}")
        if day == 1:
            bot.world.well()
            await deliver(bot, "Uutinen, hyvin")
        await bot.restart(monkeypatch)
        await bot.skip(DAY)
    assert (await bot.places())["c3"].gone_days == 2
    assert await bot.follows() == 10


@pytest.mark.parametrize("fault", [GONE, NOT_IN_ROSTER, html(404), foreign(403)], ids=name_of)
async def test_an_edit_or_a_recall_that_fails_says_nothing_of_the_audience(
    bot: RunningBot, fault: Fault
) -> None:
    await bot.channels(10)
    first = await deliver(bot, "Uutinen a")
    second = await deliver(bot, "Uutinen b")
    bot.world.fault(fault, "PUT", "DELETE", place="c3")
    await bot.edit(first, "Uutinen A")
    await bot.recall(second)
    await bot.at_rest()
    await bot.skip(HOUR)
    assert await bot.suspended() == set()
    assert await bot.follows() == 10
    assert (await bot.places())["c3"].gone_days == 0
    # What stands all the same is admitted, as long as it stands.
    for id, text in ((first, "Uutinen a"), (second, "Uutinen b")):
        row = (await bot.rows(id))["c3"]
        waits = row.state in ("pending", "sending", "held")
        assert len(bot.world.standing("c3", text)) == 1
        assert waits or "c3" in await bot.uncertain(id)
    third = await deliver(bot, "Uutinen c")
    assert await bot.states(third) == {"delivered": 10}


# The breaker


SECOND = "aaaaaaaa-0000-4000-8000-00000000000b"


async def held(bot: RunningBot, *ids: str) -> set[str]:
    """The places in which something is held up."""
    return {
        place for id in ids for place, row in (await bot.rows(id)).items() if row.state == "held"
    }


async def are_held(bot: RunningBot, places: set[str], id: str) -> bool:
    return await held(bot, id) == places


async def operator_is_told(bot: RunningBot, of: int) -> bool:
    told = json.loads(await bot.read("/readyz"))
    said = any("outage" in line for line in told["deliveries"])
    return said and told["delivery_counts"]["in_outage"] == of


async def test_many_at_once_are_an_outage(bot: RunningBot, monkeypatch: pytest.MonkeyPatch) -> None:
    places = await bot.channels(200)
    disturbed = set(places[::7])  # 29 of them
    rule = bot.world.fault(GONE, "POST", place=lambda place: place in disturbed)
    id = await bot.announce()
    await bot.at_rest()
    assert await bot.suspended() == set()
    # But for the one that is tried at the moment.
    await until(partial(are_held, bot, disturbed, id))
    assert await bot.states(id) == {"delivered": 171, "held": 29}, "all others have theirs"
    monkeypatch.setattr(self_check, "COUNT_INTERVAL", 0.0)
    await until(partial(operator_is_told, bot, 29))

    # They are tried one at a time, after seconds, then minutes.
    tried = len(rule.hits)
    for _ in range(60):
        before = len(rule.hits)
        await bot.skip(MINUTE)
        assert len(rule.hits) - before <= 6
    assert 10 <= len(rule.hits) - tried <= 90
    await until(partial(are_held, bot, disturbed, id))
    assert await bot.suspended() == set()

    rule.end()
    await bot.lapse(partial(bot.is_over, id), step=MINUTE, most=HOUR)
    assert await bot.states(id) == {"delivered": 200}
    assert bot.world.here() == Counter(places)
    assert await bot.uncertain(id) == set()
    assert await bot.suspended() == set()
    assert (await bot.places())["c0"].outage_since is None


async def test_a_few_are_no_outage(bot: RunningBot) -> None:
    await bot.channels(60)
    few = {"c1", "c2", "c3", "c4", "c5", "c6"}  # not more than a tenth
    bot.world.fault(GONE, "POST", place=lambda place: place in few)
    id = await bot.announce()
    await bot.lapse(partial(bot.is_over, id), most=HOUR)
    assert await bot.states(id) == {"delivered": 54, "gone": 6}
    assert await bot.suspended() == few


async def test_four_are_no_outage_however_small_the_tenant(bot: RunningBot) -> None:
    await bot.channels(8)
    bot.world.fault(GONE, "POST", place=lambda place: place in {"c1", "c2", "c3", "c4"})
    id = await bot.announce()
    await bot.lapse(partial(bot.is_over, id), most=HOUR)
    assert await bot.states(id) == {"delivered": 4, "gone": 4}
    assert len(await bot.suspended()) == 4


async def test_many_over_hours_are_no_outage(bot: RunningBot) -> None:
    await bot.channels(20)
    networks = ("uusimaa", "lappi", "lansi-suomi", "keski-suomi", "satakunta", "kymenlaakso")
    for network in networks:
        await bot.channels(1, network, network=network)
    bot.world.fault(GONE, "POST", place=lambda place: not place.startswith("c"))
    for network in networks:
        id = await bot.announce(network=network)
        await bot.over(id)
        assert await bot.states(id) == {"gone": 1}
        await bot.skip(HOUR)
    assert await bot.suspended() == {f"{network}0" for network in networks}
    assert await held(bot, id) == set()


async def test_tenants_are_judged_apart(bot: RunningBot) -> None:
    await bot.channels(20, "a", tenant="a")
    await bot.channels(20, "b", tenant="b")
    bot.world.fault(GONE, "POST", tenant="a", place=lambda place: len(place) == 3)
    bot.world.fault(GONE, "POST", place="b1")
    id = await bot.announce()
    await bot.at_rest()
    assert await held(bot, id) == {f"a{number}" for number in range(10, 20)}
    assert await bot.suspended() == {"b1"}
    assert await bot.states(id) == {"delivered": 29, "held": 10, "gone": 1}
    bot.world.well()
    await bot.lapse(partial(bot.is_over, id), step=MINUTE, most=HOUR)
    assert await bot.states(id) == {"delivered": 39, "gone": 1}


async def test_while_it_lasts_the_next_announcement_waits_there_too(bot: RunningBot) -> None:
    await bot.channels(40)
    rule = bot.world.fault(GONE, "POST", place=lambda place: len(place) == 3)  # 30 of them
    first = await bot.announce("Uutinen a")
    await bot.at_rest()
    second = await bot.announce("Uutinen b")
    await bot.at_rest()
    assert len(await held(bot, first)) == 30
    assert (await bot.states(second))["delivered"] == 10
    assert await bot.suspended() == set()
    rule.end()
    for id in (first, second):
        await bot.lapse(partial(bot.is_over, id), step=MINUTE, most=2 * HOUR)
        assert await bot.states(id) == {"delivered": 40}
    assert bot.world.here().total() == 80


@pytest.mark.parametrize("recalled", [True, False], ids=["recalled", "stopped"])
async def test_what_is_held_up_can_be_recalled_and_stopped(bot: RunningBot, recalled: bool) -> None:
    await bot.channels(40)
    bot.world.fault(GONE, "POST", place=lambda place: len(place) == 3)  # 30 of them
    id = await bot.announce("Uutinen a")
    await bot.at_rest()
    assert len(await held(bot, id)) == 30
    if recalled:
        await bot.recall(id)
    else:
        await bot.service.stop(API, id)
    await bot.over(id)
    bot.world.well()
    await bot.skip(HOUR)
    assert len(bot.world.copies) == 10
    ended = {"deleted": 10} if recalled else {"delivered": 10}
    assert await bot.states(id) == {**ended, "stopped": 30}
    assert await bot.uncertain(id) == set()
    again = await bot.announce("Uutinen b")
    await bot.lapse(partial(bot.is_over, again), step=MINUTE, most=HOUR)
    assert await bot.states(again) == {"delivered": 40}
    assert await bot.suspended() == set()
    assert all(row.outage_since is None for row in (await bot.places()).values())


async def test_what_still_answers_so_after_three_days_is_suspended(bot: RunningBot) -> None:
    places = await bot.channels(40)
    gone = set(places[10:20])
    bot.world.fault(GONE, "POST", place=lambda place: place in gone)
    ids = []
    for day in range(4):
        ids.append(await bot.announce(f"Uutinen {day}"))
        await bot.at_rest()
        if day < 3:
            assert await bot.suspended() == set(), f"after {day} days"
        for _ in range(4):
            await bot.skip(DAY / 4)
    await bot.lapse(partial(_is_suspended, bot, gone), step=10 * MINUTE, most=2 * HOUR)
    assert await bot.follows() == 40
    for id in ids:
        await bot.lapse(partial(bot.is_over, id))
        assert (await bot.states(id))["delivered"] == 30
    bot.world.well()
    last = await deliver(bot, "Uutinen, viimein")
    assert await bot.states(last) == {"delivered": 40}
    assert await bot.suspended() == set()


async def _is_suspended(bot: RunningBot, places: set[str]) -> bool:
    return await bot.suspended() == places


async def all_are_held(bot: RunningBot, id: str) -> bool:
    return set(await bot.states(id)) == {"held"}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_what_is_made_while_an_outage_ends_is_posted(
    idle_bot: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has read that there is an outage, and is there only when that is over.

    SQLite lets one writer in at a time.
    """
    bot = idle_bot
    await bot.start(monkeypatch)
    await bot.channels(20)
    bot.world.fault(GONE, "POST")
    first = await bot.announce("Uutinen a")
    await until(partial(all_are_held, bot, first))
    bot.world.well()
    async with bot.database.transaction() as tx:
        now = await bot.database.now(tx)
        row = select(announcement).where(announcement.c.id == first)
        values = {**(await tx.execute(row)).one()._mapping, "id": SECOND}
        await tx.execute(insert(announcement).values(values))
        await fan_out(tx, SECOND, [NETWORK], now)
        await bot.activity("c3")
        await until(partial(nobody_waits, bot))
    await bot.over(first)
    await bot.lapse(partial(bot.is_over, SECOND))
    assert await bot.states(SECOND) == {"delivered": 20}


async def nobody_waits(bot: RunningBot) -> bool:
    return not any(row.outage_since for row in (await bot.places()).values())


async def test_an_outage_of_long_ago_ends_no_patience(bot: RunningBot) -> None:
    """All its conversations were removed; days later there is another one, of minutes."""
    await bot.channels(8)
    rule = bot.world.fault(GONE, "POST")
    first = await bot.announce("Uutinen a")
    await until(partial(all_are_held, bot, first))
    async with bot.database.transaction() as tx:
        now = await bot.database.now(tx)
        for number in range(8):
            await conversations.forget(tx, "msteams", f"c{number}", now)
    rule.end()
    await bot.skip(6 * DAY)
    await bot.channels(40, "d")
    await deliver(bot, "Uutinen b")
    rule = bot.world.fault(GONE, "POST")
    last = await bot.announce("Uutinen c")
    await until(partial(all_are_held, bot, last))
    rule.end()
    await bot.lapse(partial(bot.is_over, last))
    assert await bot.states(last) == {"delivered": 40}


async def test_one_that_is_gone_costs_no_other_its_post_after_a_long_outage(
    bot: RunningBot,
) -> None:
    """What waited was recalled, so nobody was tried for days."""
    await bot.channels(40)
    rule = bot.world.fault(GONE, "POST")
    first = await bot.announce("Uutinen a")
    await until(partial(all_are_held, bot, first))
    await bot.recall(first)
    await bot.at_rest()
    rule.end()
    bot.world.fault(GONE, "POST", place="c0")
    bot.clock.skip(4 * DAY)
    second = await bot.announce("Uutinen b")
    await bot.lapse(partial(bot.is_over, second))
    assert await bot.states(second) == {"delivered": 39, "gone": 1}


async def test_who_was_removed_uses_up_no_try(bot: RunningBot) -> None:
    """Of those in an outage most are removed: the others do not wait for a try of each."""
    await bot.channels(30)
    live = await bot.channels(10, "live")
    rule = bot.world.fault(GONE, "POST")
    id = await bot.announce()
    await until(partial(all_are_held, bot, id))
    async with bot.database.transaction() as tx:
        now = await bot.database.now(tx)
        for number in range(30):
            await conversations.forget(tx, "msteams", f"c{number}", now)
    rule.end()
    await bot.lapse(partial(bot.is_over, id), step=MINUTE, most=20 * MINUTE)
    assert bot.world.here() == Counter(live)


async def test_an_answer_from_before_the_end_of_an_outage_costs_nothing(bot: RunningBot) -> None:
    await bot.channels(10)
    rule = bot.world.fault(GONE, "POST")
    id = await bot.announce()
    await until(partial(all_are_held, bot, id))
    rule.end()
    slow = bot.world.fault(replace(GONE, wait=2.0), "POST", times=1)
    bot.clock.skip(10)
    bot.wake()
    await until(lambda: slow.hits)
    await bot.activity("c5")
    await bot.lapse(partial(bot.is_over, id), step=5 * MINUTE, most=HOUR)
    assert await bot.states(id) == {"delivered": 10}
    assert await bot.suspended() == set()


async def test_who_asks_for_a_pause_after_a_long_outage_still_gets_it(bot: RunningBot) -> None:
    """All go on at once then, and most are told to wait a moment."""
    await bot.channels(20)
    rule = bot.world.fault(GONE, "POST")
    id = await bot.announce()
    await until(partial(all_are_held, bot, id))
    for _ in range(26):
        await bot.skip(HOUR)
    rule.end()
    throttling = bot.world.fault(throttled(2), "POST", times=80, place=lambda place: place != "c0")
    await bot.lapse(partial(bot.is_over, id), step=MINUTE, most=3 * HOUR)
    assert len(throttling.hits) >= 38, "most were told so twice"
    assert await bot.states(id) == {"delivered": 20}


async def test_a_conversation_of_another_tenant_by_now_is_released_with_it(
    bot: RunningBot,
) -> None:
    """Its tenant changes between the announcement and an outage of the new tenant."""
    names = await bot.channels(8, tenant="t")
    await bot.channels(1, "u", tenant="u")
    await deliver(bot, "Uutinen 0")
    rule = bot.world.fault(html(503), "POST", tenant="t")
    id = await bot.announce("Uutinen a")
    await bot.at_rest()
    async with bot.database.transaction() as tx:
        for name in names:
            values = {
                "channel": "msteams",
                "kind": "channel",
                "remote_id": name,
                "tenant": "u",
                "service_url": bot.world.url("t"),
                "created_at": 0.0,
            }
            await conversations.save(tx, values)
        rule.end()
        rule = bot.world.fault(GONE, "POST", tenant="t")
        await tx.execute(update(delivery).values(due=0.0))
    bot.wake()

    async def held() -> bool:
        return (await bot.states(id)) == {"delivered": 1, "held": 8}

    await until(held)
    rule.end()
    await bot.activity("c5", tenant="u", serviceUrl=bot.world.url("t"))
    await bot.lapse(partial(bot.is_over, id), step=MINUTE, most=HOUR)
    assert await bot.states(id) == {"delivered": 9}
    assert await nobody_waits(bot)


async def test_an_outage_holds_up_conversations_that_have_moved_to_another_tenant(
    idle_bot: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the moment in which an announcement was made and its posts."""
    bot = idle_bot
    await bot.start(monkeypatch)
    await bot.channels(8)
    rule = bot.world.fault(html(503), "POST")
    id = await bot.announce()
    await bot.at_rest()
    async with bot.database.transaction() as tx:
        await tx.execute(update(conversation).values(tenant="u"))
    rule.end()
    rule = bot.world.fault(GONE, "POST")
    await bot.lapse(partial(all_are_held, bot, id))
    assert await bot.suspended() == set()
    rule.end()
    await bot.lapse(partial(bot.is_over, id))
    assert await bot.states(id) == {"delivered": 8}
