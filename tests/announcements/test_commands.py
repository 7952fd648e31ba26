"""The commands, in a process of their own database: what scripts see."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update
from typer.testing import CliRunner, Result

from bot.announcements.content_editing import ContentEditor
from bot.announcements.meeting_editing import MeetingEditor
from bot.announcements.model import API, Draft
from bot.announcements.permissions import Coordinators
from bot.announcements.service import Announcements
from bot.announcements.subscriptions import Subscriptions
from bot.answers import dates
from bot.cli import app
from bot.knowledge.loader import build_value, load
from bot.knowledge.models import Meeting
from bot.knowledge.overlay import Kind
from bot.knowledge.yaml_source import read_yaml
from bot.store.database import Database
from bot.store.tables import announcement, conversation, delivery
from bot.store.upgrade import upgrade
from bot.understanding import reloader
from bot.understanding.reloader import ContentReloader, Folders, Snapshot

from .world import MONTHLY, NATIONAL, ONE_TIME, World, a_channel

pytestmark = pytest.mark.slow

WORDS = Draft(title={"fi": "Uutinen"}, text={"fi": "Rivi"}, networks=("pirkanmaa",))
FREE = ("announce", "--title", "fi=Uutinen", "--text", "fi=Rivi\\nToinen", "--network", "pirkanmaa")


@pytest.fixture
def url(tmp_path: Path, few_intents: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    made = f"sqlite+aiosqlite:///{tmp_path / 'state' / 'taikubot.db'}"
    monkeypatch.setenv("BOT_DATABASE_URL", made)
    monkeypatch.setenv("BOT_INTENTS_DIR", str(few_intents))
    return made


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


@pytest.mark.parametrize(
    "command",
    [
        ("announcements",),
        ("announcement", "an-id"),
        (*FREE, "--dry-run"),
        ("meetings", "export"),
        ("content", "export", "entered"),
        ("content", "show", "pirkanmaa"),
        ("record",),
        ("unanswered",),
        ("pause",),
        ("db", "purge", "--dry-run"),
        ("db", "backup", "backup.jsonl"),
        ("doctor",),
    ],
    ids=" ".join,
)
def test_no_command_that_reads_makes_a_database(
    url: str, tmp_path: Path, command: tuple[str, ...]
) -> None:
    done = run(*command)
    assert done.exit_code == (0 if command == ("doctor",) else 1), done.output
    assert not list(tmp_path.rglob("*.db*"))
    if command[0] not in ("db", "doctor"):
        assert f"There is no database {tmp_path / 'state' / 'taikubot.db'} yet" in done.stderr
    made = run("db", "upgrade")
    assert made.exit_code == 0, made.output
    assert list(tmp_path.rglob("taikubot.db"))


def test_a_dry_run_shows_the_post_and_keeps_nothing(url: str) -> None:
    assert run("db", "upgrade").exit_code == 0
    done = run(*FREE, "--at", "2099-01-01T09:00", "--dry-run")
    assert done.exit_code == 2
    assert "--at: This time is more than two years ahead." in done.stderr
    done = run(*FREE, "--dry-run")
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("Uutinen\n\nRivi\nToinen\n\nLisätietoja: ")
    assert "When: at once\nNetworks: pirkanmaa\nReceivers: 0" in done.stdout
    assert "Nothing was posted" in done.stderr
    assert run("announcements").stdout == ""


def test_an_announcement_is_made_listed_and_called_back(url: str) -> None:
    made = run(*FREE)
    assert made.exit_code == 0, made.output
    id_ = made.stdout.strip()
    (line,) = run("announcements", "--json").stdout.splitlines()
    listed = json.loads(line)
    assert (listed["id"], listed["state"], listed["title"]) == (id_, "sending", {"fi": "Uutinen"})
    assert f"{id_}  being sent" in run("announcements").stdout
    # Nobody follows: nothing was posted, so nothing can be taken back.
    done = run("announcement", id_, "--recall")
    assert done.exit_code == 1
    assert "The announcement is being sent, so this cannot be done." in done.stderr
    done = run("announcement", "x")
    assert (done.exit_code, done.stderr) == (1, "There is no such announcement (any more).\n")


async def _in_doubt(url: str) -> None:
    """A channel that follows, an announcement to it, and a post whose answer was lost."""
    database = Database(url)
    await upgrade(database)
    reloader = World.another_reloader()
    coordinators = Coordinators(None)
    knowledge = reloader.snapshot.knowledge
    subscriptions = Subscriptions(database, lambda: knowledge, Coordinators(None, everyone=True))
    await subscriptions.follow(a_channel(), "pirkanmaa", API)
    service = Announcements(database, lambda: knowledge, coordinators)
    await service.create(API, WORDS)
    async with database.transaction() as tx:
        doubt = {"state": "uncertain", "doubts": 2, "error": "in_doubt: no answer"}
        await tx.execute(update(delivery).values(**doubt))
        await tx.execute(update(conversation).values(suspended_at=1_796_299_200.0))
        await tx.execute(update(announcement).values(state="sent"))
    await database.close()


def test_where_a_copy_may_stand_is_told_also_after_a_recall(url: str) -> None:
    asyncio.run(_in_doubt(url))
    (line,) = run("announcements").stdout.splitlines()
    assert "sent, but it is not known whether it arrived" in line
    assert "0 delivered, 0 gone, 0 failed, 0 pending, 1 uncertain" in line
    id_ = line.split()[0]
    assert run("announcement", id_).stdout.splitlines()[1:] == [
        "Of this channel or chat nobody knows whether the announcement is there once, twice or "
        "not at all: channel (Pirkanmaa). Look there, and delete a second one by hand.",
        "This channel or chat could not be reached since 3 December 2026: channel (Pirkanmaa).",
        "Each announcement is tried there all the same. Is the bot still in the team?",
    ]
    done = run("announcement", id_, "--recall")
    assert done.exit_code == 0, done.output
    head, *lines = done.stdout.splitlines()
    assert "recalled in part" in head
    assert "0 deleted, 0 not yet deleted, 0 failed, 1 uncertain" in head
    assert lines == [
        "Of this channel or chat nobody knows whether the announcement stands there, so the bot "
        "cannot delete it: channel (Pirkanmaa). Look there, and delete every copy by hand.",
    ]
    found = json.loads(run("announcement", id_, "--json").stdout)
    assert found["counts"]["uncertain"] == 1
    assert [one["error"] for one in found["uncertain"]] == ["in_doubt: no answer"]
    assert found["unreachable"][0]["since"] == "2026-12-03T12:00:00+00:00"


async def _ends(url: str, of_all: str, **row: object) -> None:
    """Has the one announcement and its delivery be like this."""
    database = Database(url)
    async with database.transaction() as tx:
        await tx.execute(update(delivery).values(doubts=0, **row))
        await tx.execute(update(announcement).values(state=of_all))
    await database.close()


def test_a_line_tells_what_waits_and_what_was_not_sent(url: str) -> None:
    asyncio.run(_in_doubt(url))
    asyncio.run(_ends(url, "sending", state="pending", error="no_answer: 404"))
    (line,) = run("announcements").stdout.splitlines()
    id_ = line.split()[0]
    _, why, *_ = run("announcement", id_).stdout.splitlines()
    assert why == (
        "1 × channel: Teams or Facebook has not taken this yet. The bot tries again by itself for "
        "a day."
    )
    (waiting,) = json.loads(run("announcement", id_, "--json").stdout)["waiting"]
    assert waiting["reason"] == why.partition(": ")[2]
    asyncio.run(_ends(url, "cancelled", state="stopped"))
    (line,) = run("announcements").stdout.splitlines()
    assert line.endswith("0 uncertain, 1 not sent")
    assert "stopped" in line
    stopped = run("announcement", id_).stdout.splitlines()
    assert [one for one in stopped if "again" in one or "later" in one] == []


def test_a_schedule_that_was_called_off_is_told_as_that(url: str) -> None:
    day = dt.date.today() + dt.timedelta(days=30)
    done = run(*FREE, "--at", f"{day}T09:00")
    assert done.exit_code == 0, done.output
    assert run("announcement", done.stdout.strip(), "--recall").exit_code == 0
    (line,) = run("announcements").stdout.splitlines()
    assert "called off" in line
    assert dates.day(day, "en") not in line


def test_sending_is_paused_and_resumed(url: str) -> None:
    asyncio.run(_in_doubt(url))
    tenant = a_channel().tenant
    for _ in range(2):
        done = run("pause", "--json")
        assert done.exit_code == 0, done.output
        found = json.loads(done.stdout)
        assert [one["tenant"] for one in found["pauses"]] == ["*"]
        assert found["waiting"] == 0
    assert dt.datetime.fromisoformat(found["pauses"][0]["since"]).tzinfo is not None
    done = run("pause", "--tenant", tenant)
    everything, one, rest = done.stdout.splitlines()
    assert everything.startswith("Sending is paused for all tenants since ")
    assert one.startswith(f"Sending to tenant {tenant} is paused since ")
    assert rest == "0 deliveries wait."
    # The community's clock, as coordinators read it.
    since = dt.datetime.fromisoformat(found["pauses"][0]["since"])
    clock = dates.instant(since.astimezone(ZoneInfo("Europe/Helsinki")), "en")
    assert everything.endswith(f"since {clock}.")
    for command in ("pause", "resume"):
        wrong = run(command, "--tenant", "nobody")
        assert wrong.exit_code == 2
        assert f"there is no conversation of tenant nobody. Those known: {tenant}." in wrong.stderr
    assert [one["tenant"] for one in json.loads(run("resume", "--json").stdout)["pauses"]] == [
        tenant
    ]
    # Also where something is announced meanwhile.
    dry = run(*FREE, "--dry-run").stdout
    assert "Sending is paused since" in dry
    assert "could not be reached since 3 December 2026: channel (Pirkanmaa)." in dry
    checked = run("doctor").stdout
    assert f"taikubot pause: {one}" in checked
    for _ in range(2):
        done = run("resume", "--tenant", tenant)
        assert done.exit_code == 0, done.output
        assert done.stdout.startswith("Sending is not paused.\n")
    assert "is paused since" not in run("doctor").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("announce", "x@2026-12-10"), "OCCURRENCE: There is no such meeting."),
        (("announce",), "--title: This is missing."),
        ((*FREE, "--network", "uusi"), "--network: There is no such network: uusi."),
        ((*FREE, "--title", "fi=Toinen"), "--title: fi is given twice."),
        ((*FREE, "--note", "Hei"), "--note: write it as fi=…"),
        ((*FREE, "--note", "de=Hei"), "--note: write it as fi=…"),
        ((*FREE, "--reminder", "2d"), "--reminder is 1d or 1h."),
        ((*FREE, "--at", "tomorrow"), "--at: This is not a time: write 2026-12-10T08:30."),
    ],
)
def test_a_wrong_option_is_named(url: str, arguments: tuple[str, ...], said: str) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert said in done.stderr
    assert done.stdout == ""


def test_meetings_come_out_as_files_that_can_be_read_in(
    url: str, tmp_path: Path, world_of_meetings: list[Meeting]
) -> None:
    folder = tmp_path / "meetings"
    folder.mkdir()
    done = run("meetings", "export", str(folder))
    assert done.exit_code == 0, done.output
    for meeting in world_of_meetings:
        document = read_yaml(folder / f"{meeting.key}.yaml")
        assert build_value(Meeting, meeting.key, document.data) == meeting
    again = run("meetings", "export", str(folder))
    assert again.exit_code == 1
    assert "File exists" in again.stderr
    printed = run("meetings", "export").stdout
    assert all(f"# {meeting.key}.yaml\n" in printed for meeting in world_of_meetings)


@pytest.fixture
def world_of_meetings(url: str) -> list[Meeting]:
    """Meetings that were entered: one that was moved, and one of a series that was called off."""

    async def enter() -> list[Meeting]:
        database = Database(url)
        await upgrade(database)
        meetings = MeetingEditor(database, World.another_reloader(), Coordinators(None))
        one = await meetings.add(
            API, {**ONE_TIME, "start": "2098-12-01 12:00", "end": "2098-12-01 14:00"}
        )
        one = await meetings.move(
            API, f"{one.key}@2098-12-01", "2098-12-02 12:00", "2098-12-02 14:00"
        )
        series = await meetings.add(API, MONTHLY)
        series = await meetings.cancel(API, f"{series.key}@2027-01-05")
        series = await meetings.move(
            API, f"{series.key}@2027-02-02", "2027-02-09 12:00", "2027-02-09 14:00"
        )
        await database.close()
        return [one, series]

    return asyncio.run(enter())


def test_check_reads_the_coordinators_too(
    tmp_path: Path, few_intents: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "coordinators.yaml"
    file.write_text("coordinators:\n  - id: x\n    networks: [uusima]\n", encoding="utf-8")
    monkeypatch.setenv("BOT_COORDINATORS_FILE", str(file))
    monkeypatch.setenv("BOT_INTENTS_DIR", str(few_intents))
    done = run("check")
    assert done.exit_code == 0
    assert "coordinators.yaml:3: warning: there is no `uusima` among the networks" in done.stdout
    file.write_text("coordinators:\n  - id: x\n    networks: uusimaa\n", encoding="utf-8")
    done = run("check")
    assert done.exit_code == 1
    assert "coordinators.yaml:3: error: " in done.stdout


def test_what_was_entered_comes_out_as_files_and_says_where_it_comes_from(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "coordinators.yaml"
    file.write_text(f"coordinators:\n  - id: {NATIONAL.id}\n    name: Nelli\n    networks: ['*']\n")
    monkeypatch.setenv("BOT_COORDINATORS_FILE", str(file))
    nothing = run("db", "upgrade")
    assert nothing.exit_code == 0, nothing.output
    assert "Nothing was entered" in run("content", "export", str(tmp_path / "none")).stderr

    async def enter() -> None:
        database = Database(url)
        deaf: Any = SimpleNamespace(trained=None)
        monkeypatch.setattr(reloader, "Interpreter", lambda *_, **__: deaf)
        snapshot = Snapshot(load(Path("content"), Path("intents")), deaf)
        read = ContentReloader(Folders(Path("content"), Path("intents")), snapshot)
        editor = ContentEditor(database, read, Coordinators(file, None))
        pilvi = editor.fields(Kind.PERSON, "pilvi-kuitu")
        assert pilvi is not None
        del pilvi["email"]
        await editor.put(NATIONAL, Kind.PERSON, "pilvi-kuitu", {**pilvi, "phone": "0400 111 222"})
        await editor.put(API, Kind.PERSON, "pilvi-nissila", None)
        await database.close()

    asyncio.run(enter())
    folder = tmp_path / "entered"
    done = run("content", "export", str(folder))
    assert done.exit_code == 0, done.output
    assert "Delete content/people/pilvi-nissila.yaml" in done.stderr
    (path,) = folder.rglob("*.yaml")
    assert path.relative_to(folder) == Path("people/pilvi-kuitu.yaml")
    assert read_yaml(path).data["phone"] == "0400 111 222"
    assert "email" not in read_yaml(path).data
    again = run("content", "export", str(folder))
    assert again.exit_code == 1
    assert "File exists" in again.stderr

    shown = run("content", "show", "pilvi-kuitu")
    assert shown.exit_code == 0, shown.output
    lines = shown.stdout.splitlines()
    assert lines[0] == "people/pilvi-kuitu"
    number = read_yaml(Path("content/people/pilvi-kuitu.yaml")).line(("role", "sv"))
    assert any(
        re.fullmatch(rf"  role.sv: verksamhetsledare  \[.*/?pilvi-kuitu.yaml:{number}\]", line)
        for line in lines
    )
    today = r"\d{4}-\d\d-\d\d \d\d:\d\d"
    assert any(re.fullmatch(rf"  phone: 0400 111 222  \[Nelli, {today}\]", one) for one in lines)
    gone = rf"  email: .*@.*  \[taken out: Nelli, {today}\]"
    assert any(re.fullmatch(gone, one) for one in lines)
    shown = run("content", "show", "pilvi-nissila")
    assert shown.stdout.splitlines()[1].startswith("  taken out: Another system, ")
    unknown = run("content", "show", "nobody")
    assert unknown.exit_code == 1
    assert "the key nobody" in unknown.stderr
