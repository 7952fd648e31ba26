"""A row that cannot be written stops nobody: not the others, not other announcements."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import text

from .connector import UNUSABLE_IDS, odd
from .delivering import until
from .running_bot import DAY, RunningBot

pytestmark = pytest.mark.slow

SQLITE = (
    """CREATE TRIGGER refuse BEFORE UPDATE ON delivery WHEN NEW.conversation_id = {bad} AND {when}
    BEGIN SELECT RAISE(ABORT, 'refused by the test'); END""",
)
POSTGRESQL = (
    """CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'refused by the test'; END $$""",
    """CREATE TRIGGER refuse BEFORE UPDATE ON delivery FOR EACH ROW
    WHEN (NEW.conversation_id = {bad} AND {when}) EXECUTE FUNCTION refuse()""",
)
THAT_ID = "NEW.remote_id IS NOT NULL AND NEW.remote_id <> ''"
ANY_COMPLETION = "NEW.state <> 'sending' AND OLD.state = 'sending'"


async def refuse(bot: RunningBot, place: str, when: str) -> None:
    """Has the database refuse a change of the deliveries to a place."""
    bad = (await bot.places())[place].id
    async with bot.database.transaction() as tx:
        for statement in POSTGRESQL if bot.database.is_postgres else SQLITE:
            await tx.execute(text(statement.format(bad=bad, when=when)))


async def test_an_id_that_the_database_refuses_ends_its_row_alone(
    bot: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = await bot.channels(30)
    await refuse(bot, "c7", THAT_ID)
    first = await bot.announce("Uutinen a")
    await bot.over(first)
    second = await bot.announce("Uutinen b")
    await bot.over(second)
    for id in (first, second):
        rows = await bot.rows(id)
        assert {row.state for place, row in rows.items() if place != "c7"} == {"delivered"}
        assert rows["c7"].error, "it ends with a reason"
        assert await bot.uncertain(id) == {"c7"}
    await bot.restart(monkeypatch)
    await bot.skip(DAY)
    assert bot.world.here("Uutinen a") == bot.world.here("Uutinen b") == Counter(places)


async def test_where_nothing_at_all_can_be_written_of_a_row_the_others_go_on(
    bot: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = await bot.channels(30)
    await refuse(bot, "c7", ANY_COMPLETION)

    async def others_have(id: str) -> bool:
        rows = await bot.rows(id)
        return all(row.state == "delivered" for place, row in rows.items() if place != "c7")

    ids = [await bot.announce("Uutinen a")]
    await until(lambda: others_have(ids[0]))
    ids.append(await bot.announce("Uutinen b"))
    await until(lambda: others_have(ids[1]))
    await bot.restart(monkeypatch)
    third = await bot.announce("Uutinen c")
    await until(lambda: others_have(third))
    for title in "abc":
        here = bot.world.here(f"Uutinen {title}")
        assert {place: count for place, count in here.items() if place != "c7"} == {
            place: 1 for place in places if place != "c7"
        }
        assert here["c7"] <= 2


@pytest.mark.parametrize("id", UNUSABLE_IDS.values(), ids=UNUSABLE_IDS)
async def test_an_odd_id_in_mid_send_stops_nobody(
    bot: RunningBot, monkeypatch: pytest.MonkeyPatch, id: object
) -> None:
    places = await bot.channels(60)
    bot.world.fault(odd(id=id, activityId=id), "POST", place="c20")
    first = await bot.announce("Uutinen a")
    second = await bot.announce("Uutinen b")
    await bot.over(first, second)
    await bot.restart(monkeypatch)
    await bot.at_rest()
    await bot.skip(DAY)
    for announcement in (first, second):
        assert await bot.states(announcement) == {"delivered": 60}
        assert await bot.uncertain(announcement) == {"c20"}
    assert bot.world.here("Uutinen a") == bot.world.here("Uutinen b") == Counter(places)
