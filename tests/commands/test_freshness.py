"""What `check --age` knows of the database."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.commands.freshness import freshness
from bot.knowledge.content_age import old_content
from bot.knowledge.fields import fields_of
from bot.knowledge.overlay import Kind, entry_of
from bot.ops.settings import Settings
from bot.store import coordinator_chats, overlay
from bot.store.database import Database
from bot.store.upgrade import upgrade
from tests.answers.asking import KNOWLEDGE

TODAY = dt.date(2026, 11, 20)
SOURCE = {"title": {"fi": "a", "sv": "b", "en": "c"}, "date": "2026-11-19"}


def age(settings: Settings, days: int) -> tuple[list[str], list[str]]:
    """The persons whose source is old, and the coordinators who cannot be asked."""
    renewed, not_asked = freshness(settings, KNOWLEDGE, TODAY, days)
    old = old_content(KNOWLEDGE, Path("content"), TODAY, days, renewed)
    people = [one.path.stem for one in old if one.path.parent.name == "people"]
    return people, [f"{one.line}: {one.message}" for one in not_asked]


def test_age_knows_who_confirmed_and_who_cannot_be_asked(tmp_path: Path) -> None:
    file = tmp_path / "coordinators.yaml"
    file.write_text(
        "coordinators:\n"
        "  - {id: asked, networks: [pirkanmaa], person: pilvi-kuitu}\n"
        "  - {id: other, networks: [pirkanmaa], person: pilvi-nissila}\n"
        "  - {id: third, networks: [pirkanmaa]}\n"
    )
    path = tmp_path / "taikubot.db"
    url = f"sqlite+aiosqlite:///{path}"
    settings = Settings(database_url=SecretStr(url), coordinators_file=file)
    # Without a database the files count alone, and none is made.
    people, not_asked = age(settings, 30)
    assert {"pilvi-kuitu", "pilvi-nissila"} <= set(people)
    assert not_asked == []
    assert not path.exists()

    async def enter() -> None:
        database = Database(url)
        await upgrade(database)
        before = KNOWLEDGE.people["pilvi-kuitu"]
        entry = entry_of(
            Kind.PERSON, "pilvi-kuitu", before, {**fields_of(before), "source": SOURCE}
        )
        assert entry is not None
        async with database.transaction() as tx:
            await overlay.begin(tx)
            after = {"body": entry.body, "over": entry.over}
            await overlay.write(
                tx,
                overlay.Change(
                    kind="person",
                    key="pilvi-kuitu",
                    at=1.0,
                    action="content_confirmed",
                    by="api",
                    actor=None,
                    tenant=None,
                    networks=("pirkanmaa",),
                    before=None,
                    after=after,
                ),
            )
            await coordinator_chats.remember(tx, "asked", "", "https://a.example", "a:1", "fi")
        await database.close()

    asyncio.run(enter())
    people, not_asked = age(settings, 30)
    assert "pilvi-kuitu" not in people
    assert "pilvi-nissila" in people
    (told,) = not_asked
    assert told.startswith("3: `pilvi-nissila` has not written to the bot")
    # By the same count what was confirmed grows old too.
    assert "pilvi-kuitu" in age(settings, 0)[0]


@pytest.mark.parametrize(("months", "expected"), [(17, False), (19, True), (60, True)])
def test_what_nobody_confirmed_for_eighteen_months(months: int, expected: bool) -> None:
    person = KNOWLEDGE.people["pilvi-kuitu"]
    date = person.source.date
    assert date is not None
    later = date.last_day() + dt.timedelta(days=round(months * 30.44))
    assert person.unconfirmed(later) is expected
