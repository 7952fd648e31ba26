"""What is said of a database in trouble: by kind, with what to do, in three languages."""

from __future__ import annotations

import asyncio
import errno
import socket

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.i18n import languages
from bot.store import database as room
from bot.store.database import Database, DatabaseNotReady
from bot.store.trouble import TRANSIENT, Kind, kind_of, of_kind, short_reason, trouble
from bot.store.upgrade import StoreError, upgrade

URLS = ("sqlite+aiosqlite:////var/lib/x.db", "postgresql+asyncpg://bot:sesame@db.example/bot")


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_is_said_without_a_password(url: str, kind: Kind) -> None:
    told = of_kind(Database(url), kind, "Reason").text
    for language in ("en", "fi", "sv"):
        assert language in languages()
        text = told.said(language)
        assert text.endswith(".")
        assert "x.db" in text or "db.example" in text
        assert "sesame" not in text
        assert "{" not in text


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ConnectionRefusedError(), Kind.AWAY),
        (socket.gaierror(socket.EAI_NONAME, "no such name"), Kind.AWAY),
        (TimeoutError(), Kind.AWAY),
        (OSError(errno.ENOSPC, "full"), Kind.FULL),
        (DatabaseNotReady(), Kind.NOT_READY),
        (ValueError(), Kind.REFUSED),
    ],
)
def test_errors_that_no_database_raises(error: Exception, kind: Kind) -> None:
    assert kind_of(error) is kind
    assert short_reason(error).endswith(".")


def test_a_timeout_after_having_been_let_in_is_a_lock() -> None:
    database = Database(URLS[1])
    assert trouble(database, TimeoutError(), waited=True).kind is Kind.LOCKED


async def test_postgresql_that_is_away_may_come_back_and_a_wrong_name_does_not(
    postgres_url: str,
) -> None:
    wrong = Database(postgres_url.replace("/test", "/no_such_"))
    with pytest.raises(StoreError, match="BOT_DATABASE_URL") as refused:
        await upgrade(wrong)
    assert not refused.value.transient
    nowhere = Database("postgresql+asyncpg://bot@127.0.0.1:9/bot")
    with pytest.raises(StoreError, match="BOT_DATABASE_URL") as away:
        await upgrade(nowhere)
    assert away.value.transient
    assert Kind.CORRUPT not in TRANSIENT
    for one in (wrong, nowhere):
        await one.close()


async def test_a_server_that_does_not_answer_does_not_hold_up_the_end(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(database_url)
    dispose = database.engine.dispose
    monkeypatch.setattr(room, "CLOSE_TIMEOUT", 0.05)
    with monkeypatch.context() as hanging:
        hanging.setattr(AsyncEngine, "dispose", lambda _: asyncio.Event().wait())
        await asyncio.wait_for(database.close(), 60)
    await dispose()
