"""An honest ledger of posts: what is in doubt is repeated once at most, and always said."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest

from bot.announcements.model import API

from .connector import (
    CUT,
    CUT_BEFORE,
    HALF_JSON,
    HANG,
    HANG_BEFORE,
    NO_ID,
    NO_OBJECT,
    NOTHING,
    TOO_DEEP,
    UNUSABLE_IDS,
    Fault,
    accepted,
    foreign,
    html,
    late,
    named,
    odd,
    throttled,
)
from .delivering import until
from .running_bot import DAY, HOUR, MINUTE, RunningBot, impatient

pytestmark = pytest.mark.slow

WITHOUT_ID = (NOTHING, NO_ID, HALF_JSON, NO_OBJECT, TOO_DEEP)
ODD = tuple(odd(id=id, activityId=id) for id in UNUSABLE_IDS.values())
IN_DOUBT = (CUT, *(accepted(html(one)) for one in (408, 500, 502, 504, *range(520, 525))))
SURELY_NOT = tuple(html(one) for one in (400, 401, 403, 404, 425, 429, 501, 503, 507, 529))


async def kind_of_each(
    bot: RunningBot, faults: tuple[Fault, ...], times: int | None = None
) -> list[str]:
    """As many channels as faults and one more, which is well; each has its own fault with posts."""
    places = await bot.channels(len(faults) + 1)
    for place, fault in zip(places, faults, strict=False):
        bot.world.fault(fault, "POST", place=place, times=times)
    return places[:-1]


def copies(bot: RunningBot, place: str) -> int:
    """How many copies were ever posted in a place."""
    return sum(copy.place == place for copy in bot.world.copies)


async def test_what_goes_well_leaves_no_doubt(bot: RunningBot) -> None:
    await bot.channels(20)
    await bot.channels(5, "chat", kind="group")
    id = await bot.announce()
    await bot.over(id)
    assert await bot.uncertain(id) == set()
    await bot.edit(id, "Uutinen v2")
    await bot.over(id)
    assert await bot.uncertain(id) == set()
    assert len(bot.world.standing(text="Uutinen v2")) == len(bot.world.standing()) == 25
    await bot.recall(id)
    await bot.over(id)
    assert bot.world.standing() == []
    assert await bot.uncertain(id) == set()
    assert await bot.states(id) == {"deleted": 25}
    assert (await bot.report(id))["counts"]["uncertain"] == 0


@pytest.mark.parametrize("kind", ["channel", "group"])
async def test_a_good_answer_without_an_id_means_posted(bot: RunningBot, kind: str) -> None:
    faults = (*WITHOUT_ID, *ODD)
    places = set(await bot.channels(len(faults), kind=kind))
    for place, fault in zip(sorted(places), faults, strict=True):
        bot.world.fault(fault, "POST", place=place)
    await bot.channels(3, "good", kind=kind)
    id = await bot.announce()
    await bot.over(id)
    assert await bot.states(id) == {"delivered": len(places) + 3}
    assert await bot.uncertain(id) == places
    for _ in range(6):
        await bot.skip(6 * HOUR)
    assert len(bot.world.copies) == len(places) + 3, "exactly one copy each"

    await bot.edit(id, "Uutinen v2")
    await bot.lapse(partial(bot.is_over, id))
    assert {copy.place for copy in bot.world.standing(text="Uutinen v1")} == places
    assert await bot.uncertain(id) == places
    await bot.recall(id)
    await bot.lapse(partial(bot.is_over, id))
    assert {copy.place for copy in bot.world.standing()} == places
    assert await bot.uncertain(id) == places
    rows = await bot.rows(id)
    assert {rows[place].state for place in places} == {"uncertain"}, "not called taken back"
    assert len(bot.world.copies) == len(places) + 3


async def test_cut_for_ever_makes_two_copies_at_most(bot: RunningBot) -> None:
    places = set(await bot.channels(6))
    good = await bot.channels(3, "good")
    rule = bot.world.fault(CUT, "POST", place=lambda place: place in places)
    id = await bot.announce()
    await bot.lapse(partial(bot.is_over, id), step=10 * MINUTE)
    assert {copies(bot, place) for place in places} == {2}, "one repeat, as the wire answers"
    assert {copies(bot, place) for place in good} == {1}
    assert len(rule.hits) == 12
    assert await bot.uncertain(id) == places
    rows = await bot.rows(id)
    assert {rows[place].state for place in places} == {"uncertain"}
    await bot.skip(2 * DAY)
    rule.end()
    await bot.skip(2 * DAY)
    assert {copies(bot, place) for place in places} == {2}, "also when it is well again"

    await bot.recall(id)
    await bot.lapse(partial(bot.is_over, id))
    assert {copy.place for copy in bot.world.standing()} == places
    assert await bot.uncertain(id) == places
    counts = (await bot.report(id))["counts"]
    assert counts["uncertain"] == len(places)
    rows = await bot.rows(id)
    assert {rows[place].state for place in places} == {"uncertain"}
    assert {rows[place].state for place in good} == {"deleted"}


async def test_while_nothing_answers_what_is_in_doubt_is_not_repeated(bot: RunningBot) -> None:
    places = set(await bot.channels(6))
    bot.world.fault(CUT, "POST", "PUT", "DELETE", "GET")
    id = await bot.announce()
    for _ in range(8):
        await bot.skip(HOUR)
    assert {copies(bot, place) for place in places} == {1}
    assert await bot.uncertain(id) == places
    bot.world.well()
    await bot.lapse(partial(bot.is_over, id), step=MINUTE, most=HOUR)
    assert {copies(bot, place) for place in places} == {2}
    assert await bot.states(id) == {"delivered": 6}
    assert await bot.uncertain(id) == places


async def test_the_repeat_is_made_within_a_day_or_not_at_all(bot: RunningBot) -> None:
    places = set(await bot.channels(6))
    bot.world.fault(CUT, "POST", "PUT", "DELETE", "GET")
    id = await bot.announce()
    await bot.lapse(partial(bot.is_over, id), step=HOUR, most=27 * HOUR)
    assert await bot.states(id) == {"uncertain": 6}
    bot.world.well()
    await bot.skip(DAY)
    assert {copies(bot, place) for place in places} == {1}
    assert await bot.uncertain(id) == places


@pytest.mark.parametrize("fault", [CUT, CUT_BEFORE], ids=lambda fault: fault.name)
async def test_cut_once_then_well(bot: RunningBot, fault: Fault) -> None:
    doubted = set(await bot.channels(5))
    await bot.channels(5, "good")
    for place in doubted:
        bot.world.fault(fault, "POST", place=place, times=1)
    id = await bot.announce()
    await bot.lapse(partial(bot.is_over, id), step=MINUTE, most=2 * HOUR)
    assert await bot.states(id) == {"delivered": 10}
    assert await bot.uncertain(id) == doubted, "those that may have two"
    assert {len(bot.world.asked("POST", place)) for place in doubted} == {2}
    stands = 2 if fault.carried_out else 1
    assert {copies(bot, place) for place in doubted} == {stands}

    await bot.edit(id, "Uutinen v2")
    await bot.lapse(partial(bot.is_over, id))
    assert len(bot.world.standing(text="Uutinen v2")) == 10, "each known copy follows"
    assert await bot.uncertain(id) == doubted
    await bot.recall(id)
    await bot.lapse(partial(bot.is_over, id))
    assert len(bot.world.standing()) == 5 * (stands - 1)
    assert await bot.uncertain(id) == doubted


async def test_every_answer_that_leaves_a_doubt(bot: RunningBot) -> None:
    places = await kind_of_each(bot, IN_DOUBT)
    id = await bot.announce()
    await bot.lapse(partial(bot.is_over, id), step=10 * MINUTE)
    for place, fault in zip(places, IN_DOUBT, strict=True):
        assert copies(bot, place) == 2, fault.name
    assert await bot.uncertain(id) == set(places)


async def test_what_was_surely_not_posted_is_repeated_freely(bot: RunningBot) -> None:
    places = await kind_of_each(bot, SURELY_NOT, times=4)
    id = await bot.announce()
    await bot.lapse(partial(bot.is_over, id), step=10 * MINUTE)
    for place, fault in zip(places, SURELY_NOT, strict=True):
        assert len(bot.world.asked("POST", place)) == 5, fault.name
        assert copies(bot, place) == 1, fault.name
    assert await bot.states(id) == {"delivered": len(places) + 1}
    assert await bot.uncertain(id) == set()


async def test_no_connection_leaves_no_doubt(bot: RunningBot) -> None:
    places = set(await bot.channels(20))
    await bot.world.go_away()
    id = await bot.announce()
    await bot.at_rest()
    await bot.skip(2 * HOUR)
    assert await bot.states(id) == {"pending": 20}
    assert await bot.uncertain(id) == set()
    await bot.world.come_back()
    await bot.lapse(partial(bot.is_over, id))
    assert {copies(bot, place) for place in places} == {1}
    assert await bot.uncertain(id) == set()


@pytest.mark.parametrize(
    "fault",
    [named(413, "MessageSizeTooBig"), named(400, "BadSyntax"), named(403, "BotDisabledByAdmin")],
    ids=lambda fault: fault.name,
)
async def test_what_is_refused_for_good_is_asked_once(bot: RunningBot, fault: Fault) -> None:
    await bot.channels(3)
    bot.world.fault(fault, "POST", place="c1")
    id = await bot.announce()
    await bot.over(id)
    await bot.skip(2 * HOUR)
    assert await bot.states(id) == {"delivered": 2, "failed": 1}
    assert len(bot.world.asked("POST", "c1")) == 1
    assert await bot.uncertain(id) == set()


@pytest.mark.parametrize("fault", [HANG, HANG_BEFORE, late(6.0)], ids=lambda fault: fault.name)
async def test_what_answers_too_late_or_never_is_in_doubt(
    idle_bot: RunningBot, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    bot = idle_bot
    impatient(monkeypatch, 1.0)
    await bot.start(monkeypatch)
    places = set(await bot.channels(4))
    rule = bot.world.fault(fault, "POST")
    id = await bot.announce()
    await bot.lapse(partial(bot.is_over, id), step=10 * MINUTE)
    # On a machine that stands still, one may be given up before it comes in: so at most.
    asked = Counter(deed.place for deed in rule.hits)
    assert max(asked.values()) == 2, "one repeat"
    assert {copies(bot, place) for place in places} <= ({1, 2} if fault.carried_out else {0})
    assert await bot.uncertain(id) == places
    assert await bot.states(id) == {"uncertain": 4}


async def test_a_slow_answer_in_time_leaves_no_doubt(bot: RunningBot) -> None:
    await bot.channels(20)
    bot.world.fault(late(0.8), "POST")
    id = await bot.announce()
    await bot.over(id)
    assert len(bot.world.copies) == 20
    assert await bot.uncertain(id) == set()


async def test_edits_and_recalls_in_doubt_are_repeated_until_they_arrive(bot: RunningBot) -> None:
    await bot.channels(6)
    id = await bot.announce()
    await bot.over(id)
    for place, fault in (("c0", CUT), ("c1", CUT_BEFORE), ("c2", html(500)), ("c3", html(404))):
        bot.world.fault(fault, "PUT", "DELETE", place=place, times=5)
    await bot.edit(id, "Uutinen v2")
    await bot.lapse(partial(bot.is_over, id), step=10 * MINUTE)
    assert len(bot.world.standing(text="Uutinen v2")) == len(bot.world.copies) == 6
    assert await bot.uncertain(id) == set()
    bot.world.well()
    for place, fault in (("c0", CUT), ("c1", CUT_BEFORE), ("c2", html(500)), ("c3", html(404))):
        bot.world.fault(fault, "PUT", "DELETE", place=place, times=5)
    await bot.recall(id)
    await bot.lapse(partial(bot.is_over, id), step=10 * MINUTE)
    assert bot.world.standing() == []
    assert await bot.uncertain(id) == set()
    assert await bot.states(id) == {"deleted": 6}


async def test_a_recall_that_never_arrives_is_not_called_done(bot: RunningBot) -> None:
    await bot.channels(6)
    id = await bot.announce()
    await bot.over(id)
    bot.world.fault(foreign(500), "PUT", "DELETE", place="c2")
    await bot.recall(id)
    await bot.lapse(partial(bot.is_over, id), step=HOUR, most=27 * HOUR)
    assert [copy.place for copy in bot.world.standing()] == ["c2"]
    assert await bot.uncertain(id) == {"c2"}
    assert (await bot.rows(id))["c2"].state in ("failed", "uncertain")
    assert (await bot.states(id))["deleted"] == 5


async def test_a_recall_while_posts_are_in_doubt_ends_them_as_uncertain(bot: RunningBot) -> None:
    places = set(await bot.channels(6))
    await bot.channels(3, "good")
    bot.world.fault(CUT, "POST", "GET", place=lambda place: place in places)
    id = await bot.announce()
    await bot.at_rest()
    await bot.recall(id)
    bot.world.well()
    await bot.lapse(partial(bot.is_over, id))
    for _ in range(4):
        await bot.skip(6 * HOUR)
    assert {copies(bot, place) for place in places} == {1}, "not repeated after the recall"
    assert {copy.place for copy in bot.world.standing()} == places
    assert await bot.uncertain(id) == places
    assert await bot.states(id) == {"uncertain": 6, "deleted": 3}


async def test_a_stop_while_posts_are_in_doubt_says_so(bot: RunningBot) -> None:
    places = set(await bot.channels(6))
    bot.world.fault(CUT, "POST", "GET")
    id = await bot.announce()
    await bot.at_rest()
    await bot.service.stop(API, id)
    bot.world.well()
    await bot.at_rest()
    for _ in range(4):
        await bot.skip(6 * HOUR)
    assert {copies(bot, place) for place in places} == {1}
    assert await bot.uncertain(id) == places
    assert not {"stopped", "delivered"} & set(await bot.states(id))


async def test_a_recall_while_a_post_is_under_way_takes_it_back(bot: RunningBot) -> None:
    await bot.channels(10)
    rule = bot.world.fault(late(1.0), "POST")
    id = await bot.announce()
    await until(lambda: len(rule.hits) == 10)
    await bot.recall(id)
    await bot.over(id)
    await bot.at_rest()
    assert len(bot.world.copies) == 10
    assert bot.world.standing() == []
    assert await bot.uncertain(id) == set()


async def test_throttled_for_an_hour_nothing_is_doubled(bot: RunningBot) -> None:
    await bot.channels(20)
    bot.world.fault(throttled(3600, tenant=True), "POST", times=1)
    id = await bot.announce()
    await bot.at_rest()
    assert (await bot.states(id))["pending"] > 0
    await bot.lapse(partial(bot.is_over, id), step=10 * MINUTE, most=3 * HOUR)
    assert len(bot.world.copies) == 20
    assert await bot.uncertain(id) == set()


@pytest.mark.parametrize(
    "fault", [html(504), html(500), CUT_BEFORE, CUT], ids=lambda fault: fault.name
)
async def test_where_only_posts_fail_for_a_minute_hardly_any_is_given_up(
    bot: RunningBot, fault: Fault
) -> None:
    """Reads are answered meanwhile, and say nothing of posts."""
    places = await bot.channels(40)
    rule = bot.world.fault(fault, "POST")
    id = await bot.announce()
    await bot.at_rest()
    for _ in range(12):
        await bot.skip(5)
    rule.end()
    await bot.lapse(partial(bot.is_over, id), step=5 * MINUTE, most=3 * HOUR)
    found = await bot.states(id)
    assert found["delivered"] >= 39
    assert found.total() == found["delivered"] + found["uncertain"] == 40
    assert await bot.uncertain(id) == set(places), "how many copies stand is not known"
    assert set(bot.world.here().values()) <= ({1, 2} if fault.carried_out else {1})
    assert len(bot.world.here()) >= 39


async def test_the_bots_own_welcome_is_no_lost_copy(bot: RunningBot) -> None:
    bot.world.name_by_time()
    await bot.channels(1)
    await bot.activity(
        "c0",
        type="conversationUpdate",
        text=None,
        membersAdded=[{"id": "28:bot"}],
        conversation={
            "id": "c0",
            "conversationType": "channel",
            "isGroup": True,
            "tenantId": "t",
        },
    )
    await until(lambda: bot.world.copies)
    (welcome,) = bot.world.copies
    bot.clock.skip(MINUTE)
    bot.world.fault(CUT, "POST", times=1)
    id = await bot.announce("Uutinen a")
    await bot.lapse(partial(bot.is_over, id), step=MINUTE, most=HOUR)
    lost, known = bot.world.standing(text="Uutinen a")
    assert await bot.uncertain(id) == {"c0"}
    await bot.reply("c0", welcome.id)
    await bot.reply("c0", lost.id)

    async def clear() -> bool:
        return bool((await bot.rows(id))["c0"].doubts == 0)

    await until(clear)
    assert lost.deleted
    assert bot.world.standing() == [welcome, known]
    assert len(welcome.texts) == 1
    await bot.recall(id)
    await bot.over(id)
    assert bot.world.standing() == [welcome]
    assert await bot.uncertain(id) == set()


async def test_what_somebody_deleted_by_hand_is_not_in_doubt(bot: RunningBot) -> None:
    await bot.channels(3)
    id = await bot.announce()
    await bot.over(id)
    for copy in bot.world.standing("c1"):
        copy.deleted = True
    await bot.edit(id, "Uutinen v2")
    await bot.over(id)
    assert await bot.states(id) == {"delivered": 2, "failed": 1}
    assert (await bot.report(id))["counts"]["uncertain"] == 0
    await bot.recall(id)
    await bot.over(id)
    assert bot.world.standing() == []
    assert (await bot.report(id))["counts"]["uncertain"] == 0
