"""Unanswered questions: anonymised, written in the background, grouped, deleted."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.answers.unanswered import (
    MAX_QUEUED,
    UnansweredRecorder,
    as_yaml,
    delete_old,
    group_unanswered,
)
from bot.channels.conversation import Conversations, IncomingMessage
from bot.cli import app
from bot.knowledge.phrases import parse_phrase
from bot.store import unanswered as rows
from bot.store.database import Database
from bot.store.upgrade import upgrade
from bot.understanding.anonymise import as_phrase_text
from bot.understanding.reloader import ContentReloader, Folders, Snapshot


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Missä on Matti Meikäläisen ateljee?", "missä on {person} ateljee"),
        ("Ukri Tuntematonnen ei vastaa", "{person} ei vastaa"),
        ("Hei! Terveisin Liisa", "hei {name}"),
        ("t. Liisa", "t"),
        ("Kuka on Pilvi Kuidun koira?", "kuka on {person} koira"),
        ("soita +358 40 123 4567 heti", "soita {number} heti"),
        ("hetu 010190-123A ja pnro 33100", "hetu {number} ja pnro {number}"),
        ("vastaa osoitteeseen liisa.x@example.org kiitos", "vastaa osoitteeseen {email} kiitos"),
        ("katso https://example.org/a?b=liisa nyt", "katso {link} nyt"),
        ("katso example.fi/liisa nyt", "katso {link} nyt"),
        ("kysy @liisa_x neuvoa", "kysy {name} neuvoa"),
        ("asun Hämeenkatu 5 B 12 talossa", "asun {address} talossa"),
        ("jag bor på storgatan 7", "jag bor på {address}"),
        ("kuka on Tampereen pormestari", "kuka on {place} pormestari"),
        ("Pormestari hukassa", "pormestari hukassa"),
        ("\0\n  ", ""),
    ],
)
def test_nothing_is_left_of_a_person(snapshot: Snapshot, text: str, masked: str) -> None:
    assert snapshot.interpreter.anonymise(text) == masked
    if pasted := as_phrase_text(masked):
        parse_phrase(pasted, {})


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = Database(f"sqlite+aiosqlite:///{tmp_path / 'taikubot.db'}")
    await upgrade(opened)
    yield opened
    await opened.close()


@pytest.fixture
def reloader(snapshot: Snapshot) -> ContentReloader:
    return ContentReloader(Folders(Path("content"), Path("intents")), snapshot)


async def kept(database: Database) -> list[tuple[str, str, int, str]]:
    async with database.reading() as tx:
        return [tuple(row)[:4] for row in await rows.most_asked(tx, 100)]


async def test_only_what_was_refused_is_kept_and_nothing_private(
    database: Database, reloader: ContentReloader
) -> None:
    unanswered = UnansweredRecorder(database, reloader)
    conversations = Conversations(lambda: reloader.snapshot, on_refused=unanswered.record)
    writing = asyncio.create_task(unanswered.run())
    await asyncio.sleep(0)
    for text in (
        "Milloin on Pirkanmaan seuraava tapaaminen?",
        "Haluan kuolla",
        "Kuka on Tampereen pormestari?",
    ):
        conversations.respond(IncomingMessage(text, "one"))
    await asyncio.sleep(0)
    # What waits when the server ends is written still.
    writing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await writing
    today = dt.datetime.now(reloader.snapshot.knowledge.zone).date().isoformat()
    assert await kept(database) == [("kuka on {place} pormestari", "fi", 1, today)]


async def test_no_turn_waits_for_the_database(
    database: Database, reloader: ContentReloader
) -> None:
    unanswered = UnansweredRecorder(database, reloader)
    for number in range(MAX_QUEUED + 10):
        unanswered.record(f"outo kysymys {number}", "fi")
    await database.close()
    writing = asyncio.create_task(unanswered.run())
    await asyncio.sleep(0)
    writing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await writing
    assert (await kept(database))[0][:3] == ("outo kysymys {number}", "fi", MAX_QUEUED)


async def test_alike_questions_are_one_group_with_an_intent(
    database: Database, reloader: ContentReloader
) -> None:
    asked = [
        ("kenelle {name} soittaa {place} asioissa", "fi", "2026-11-18"),
        ("kenelle soittaa {place} asioissa {number}", "fi", "2026-11-20"),
        ("kenelle soittaa {place} asioissa {number}", "fi", "2026-11-19"),
        ("vem är borgmästare", "sv", "2026-11-17"),
    ]
    async with database.transaction() as tx:
        await rows.add(tx, [rows.Question(*one) for one in asked])
    first, second = await group_unanswered(database, reloader.snapshot.interpreter)
    assert (first.language, first.count, first.last, first.intent) == (
        "fi",
        3,
        "2026-11-20",
        "contacts",
    )
    assert (second.language, second.count) == ("sv", 1)
    pasted = as_yaml([first, second], "en")
    assert pasted.startswith(
        "# intents/contacts.yaml\nphrases:\n  fi: |\n"
        "    # asked 3 times, last on 2026-11-20\n    kenelle soittaa {place} asioissa\n"
    )
    assert "{number}" not in pasted


async def test_after_ninety_days_they_go(database: Database, reloader: ContentReloader) -> None:
    async with database.transaction() as tx:
        await rows.add(
            tx,
            [
                rows.Question("vanha", "fi", "2026-08-21"),
                rows.Question("uusi", "fi", "2026-08-22"),
            ],
        )
    zone = reloader.snapshot.knowledge.zone
    now = dt.datetime(2026, 11, 20, 0, 30, tzinfo=zone)
    assert await delete_old(database, zone, lambda _: now) == 1
    assert [row[0] for row in await kept(database)] == ["uusi"]


def test_the_command_tells_that_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'taikubot.db'}"
    monkeypatch.setenv("BOT_DATABASE_URL", url)
    assert CliRunner().invoke(app, ["db", "upgrade"]).exit_code == 0
    done = CliRunner().invoke(app, ["unanswered"])
    assert (done.exit_code, done.stdout) == (0, "")
    assert "kept only with BOT_RECORD_UNANSWERED=on" in done.stderr
