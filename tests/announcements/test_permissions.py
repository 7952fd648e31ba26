"""Who is a coordinator of what, and what happens to a broken list."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.announcements import permissions
from bot.announcements.model import API, Identity
from bot.announcements.permissions import (
    LOOK_INTERVAL,
    MAX_BYTES,
    SETTLE,
    Coordinators,
    check_coordinators,
)
from tests.answers.asking import KNOWLEDGE

from .world import COORDINATORS, GUEST, MEMBER, NATIONAL, PIRKANMAA, TENANT, WEST

SOON = 0.05
"""Seconds between two looks at the file here."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "coordinators.yaml"
    path.write_text(COORDINATORS, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("who", "networks"),
    [
        (PIRKANMAA, ("pirkanmaa",)),
        (Identity(PIRKANMAA.id.upper(), TENANT.upper()), ("pirkanmaa",)),
        (WEST, ("lansi-suomi",)),
        (NATIONAL, tuple(KNOWLEDGE.networks)),
        (GUEST, ("uusimaa",)),
        (API, tuple(KNOWLEDGE.networks)),
        (MEMBER, ()),
        # The same id in another tenant, or with none, is somebody else.
        (Identity(PIRKANMAA.id, GUEST.tenant), ()),
        (Identity(PIRKANMAA.id), ()),
        (Identity(GUEST.id, TENANT), ()),
        # The letters of the API's name are no right.
        (Identity("api"), ()),
        (Identity("api", TENANT), ()),
        (Identity("", TENANT), ()),
    ],
)
def test_networks_of_somebody(file: Path, who: Identity, networks: tuple[str, ...]) -> None:
    coordinators = Coordinators(file, [TENANT])
    assert coordinators.networks_of(who, KNOWLEDGE) == networks
    assert coordinators.is_coordinator(who) == bool(networks)
    assert coordinators.may(who, "*") == (len(networks) == len(KNOWLEDGE.networks))


def test_without_a_file_nobody_may() -> None:
    assert not Coordinators(None, [TENANT]).is_coordinator(NATIONAL)


def test_in_a_demo_everybody_may(tmp_path: Path) -> None:
    for file in (None, tmp_path / "nothing.yaml"):
        coordinators = Coordinators(file, everyone=True)
        assert coordinators.may(MEMBER, "pirkanmaa")
        assert not coordinators.awaited


def test_without_a_tenant_of_its_own_an_entry_without_one_is_for_any(file: Path) -> None:
    coordinators = Coordinators(file, None)
    assert coordinators.may(Identity(PIRKANMAA.id, "any"), "pirkanmaa")
    assert not coordinators.may(Identity(GUEST.id, "any"), "uusimaa")


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("coordinators: [", 1, "not YAML"),
        ("coordinators:\n  - id: x\n", 2, "`coordinators.1.networks` is missing"),
        ("coordinators:\n  - id: x\n    networks: []\n", 3, "write at least one"),
        ("coordinators:\n  - networks: [uusimaa]\n", 2, "`coordinators.1.id` is missing"),
        ("coordinators:\n  - id: x\n    networks: [Uusi Maa]\n", 3, "not a network's key"),
        ("coordinators:\n  - id: x\n    nmae: N\n    networks: [uusimaa]\n", 3, "not a field"),
        ("coordinators:\n  - id: x\n    name: [a]\n    networks: [uusimaa]\n", 3, "name"),
        ('coordinators:\n  - {id: x, networks: [uusimaa], name: "a\\nb"}\n', 2, "one line"),
        (f"coordinators:\n  - {{id: x, networks: [uusimaa], name: {101 * 'a'}}}\n", 2, "100"),
        ("people: []\n", 1, "not a field here; there are: coordinators"),
        ("", 1, "the file is empty"),
    ],
)
def test_a_broken_file_names_its_line_and_leaves_nobody(
    file: Path, text: str, line: int, said: str
) -> None:
    coordinators = Coordinators(file, [TENANT])
    file.write_text(text, encoding="utf-8")
    assert not coordinators.reload()
    assert coordinators.problems[0].startswith(f"{file}:{line}: error: ")
    assert said in coordinators.problems[0]
    assert not coordinators.is_coordinator(PIRKANMAA)
    assert not coordinators.is_coordinator(NATIONAL)
    assert coordinators.may(API, "pirkanmaa")
    found = [str(finding) for finding in check_coordinators(file, KNOWLEDGE)]
    until_then = f"Until {file} can be used, nobody may announce in the chat."
    assert [*found, until_then] == [*coordinators.problems]


def test_a_broken_file_is_told_of_in_the_language_of_whoever_started_the_server(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text("coordinators: [{id: x, networks: []}]\n", encoding="utf-8")
    monkeypatch.setenv("LANG", "fi_FI.UTF-8")
    assert Coordinators(file).problems[0] == (
        f"{file}:1: error: kenttä `coordinators.1.networks` on tyhjä: kirjoita siihen ainakin yksi"
    )


def test_a_mended_file_serves(file: Path) -> None:
    coordinators = Coordinators(file, [TENANT])
    file.unlink()
    assert not coordinators.reload()
    assert "there is no such file" in coordinators.problems[0]
    assert not coordinators.is_coordinator(PIRKANMAA)
    file.write_text(f"coordinators: [{{id: {MEMBER.id}, networks: [uusimaa]}}]", encoding="utf-8")
    assert coordinators.reload()
    assert coordinators.problems == ()
    assert coordinators.may(MEMBER, "uusimaa")
    assert not coordinators.is_coordinator(PIRKANMAA)


def test_an_unknown_network_is_found_with_its_line(file: Path) -> None:
    file.write_text(
        "coordinators:\n  - id: x\n    networks:\n      - uusimaa\n      - uusima\n",
        encoding="utf-8",
    )
    (finding,) = check_coordinators(file, KNOWLEDGE)
    assert finding.line == 5
    assert "there is no `uusima` among the networks" in finding.message
    # The running server does what this says.
    assert finding.severity == "warning"


def _of(*networks: str) -> str:
    return f"coordinators: [{{id: {MEMBER.id}, networks: [{', '.join(networks)}]}}]"


def test_a_network_that_does_not_exist_is_told_and_takes_no_right(file: Path) -> None:
    file.write_text(_of("uusimaa", "uusima"), encoding="utf-8")
    with capture_logs() as logs:
        coordinators = Coordinators(file, [TENANT], knowledge=lambda: KNOWLEDGE)
    assert coordinators.networks_of(MEMBER, KNOWLEDGE) == ("uusimaa",)
    assert coordinators.problems == ()
    (told,) = coordinators.warnings
    assert told.startswith(f"{file}:1: warning: there is no `uusima` among the networks, so it")
    assert [str(one) for one in check_coordinators(file, KNOWLEDGE)] == [told]
    (line,) = [one for one in logs if one["event"] == "coordinators.unknown_network"]
    assert line["finding"] == told
    assert line["log_level"] == "warning"
    file.write_text(_of("uusimaa"), encoding="utf-8")
    coordinators.reload()
    assert coordinators.warnings == ()


async def test_a_network_that_is_taken_out_of_the_content_is_told_once(file: Path) -> None:
    _in_place(file, _of("uusimaa", "lappi"))
    rest = {key: one for key, one in KNOWLEDGE.networks.items() if key != "lappi"}
    known = [KNOWLEDGE]
    coordinators = Coordinators(file, [TENANT], knowledge=lambda: known[-1])
    assert coordinators.warnings == ()
    known.append(dataclasses.replace(KNOWLEDGE, networks=rest))
    with capture_logs() as logs:
        async with watched(coordinators):
            async with asyncio.timeout(30):
                while not coordinators.warnings:  # noqa: ASYNC110 - no event tells
                    await asyncio.sleep(0.02)
            await asyncio.sleep(6 * SOON)
    assert [one["event"] for one in logs] == ["coordinators.unknown_network"]
    assert coordinators.networks_of(MEMBER, known[-1]) == ("uusimaa",)


def test_a_file_that_is_mounted_by_itself_is_told(
    file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mounts = tmp_path / "mountinfo"
    monkeypatch.setattr("bot.ops.mounts.MOUNTS", mounts)
    mounts.write_text(f"36 35 8:1 / {file.parent} rw - ext4 /dev/sda1 rw\n")
    assert Coordinators(file, [TENANT], knowledge=lambda: KNOWLEDGE).warnings == ()
    mounts.write_text(f"36 35 8:1 /x {file} rw - ext4 /dev/sda1 rw\n")
    with capture_logs() as logs:
        coordinators = Coordinators(file, [TENANT], knowledge=lambda: KNOWLEDGE)
        coordinators.reload()
    (told,) = coordinators.warnings
    assert told.startswith(f"{file} is mounted by itself")
    assert [one["event"] for one in logs].count("coordinators.mounted_alone") == 1
    assert coordinators.may(PIRKANMAA, "pirkanmaa")


@pytest.mark.parametrize("lose", ["empty", "missing", "unreadable"])
def test_nobody_is_told_to_take_the_file_away(file: Path, lose: str) -> None:
    """Which would take everybody's right, and be the next error."""
    file.unlink()
    if lose == "empty":
        file.touch()
    elif lose == "unreadable":
        file.mkdir()
    (told,) = check_coordinators(file, KNOWLEDGE)
    assert "remove" not in str(told)
    coordinators = Coordinators(file, [TENANT])
    assert not [one for one in coordinators.problems if "remove" in one]


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """A change of the file is seen sooner than where nobody waits for it."""
    monkeypatch.setattr(permissions, "LOOK_INTERVAL", SOON)


@contextlib.asynccontextmanager
async def watched(coordinators: Coordinators) -> AsyncIterator[None]:
    watching = asyncio.create_task(coordinators.watch())
    try:
        yield
        assert not watching.done()
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching


async def seen(coordinators: Coordinators, who: Identity, network: str | None) -> None:
    """Waits until somebody has the right in one network, or in none."""
    wanted = (network,) if network else ()
    async with asyncio.timeout(30):
        while coordinators.networks_of(who, KNOWLEDGE) != wanted:  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.02)


def _text(network: str) -> str:
    return f"coordinators: [{{id: {MEMBER.id}, networks: [{network}]}}]"


Replace = Callable[[Path, str], None]


def _in_place(file: Path, text: str) -> None:
    file.write_text(text, "utf-8")


def _renamed_over(file: Path, text: str) -> None:
    new = file.with_suffix(".new")
    new.write_text(text, "utf-8")
    new.replace(file)


def _deleted_and_written(file: Path, text: str) -> None:
    file.unlink()
    file.write_text(text, "utf-8")


def _same_size_and_time(file: Path, text: str) -> None:
    before = file.stat()
    file.write_text(text.ljust(before.st_size), "utf-8")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def _link_swapped(file: Path, text: str) -> None:
    target = file.with_name(f"target-{text[-12:-2]}")
    target.write_text(text, "utf-8")
    new = file.with_name("new-link")
    new.symlink_to(target)
    new.replace(file)


def _as_kubernetes_does(file: Path, text: str) -> None:
    """`coordinators.yaml -> ..data/coordinators.yaml`, and `..data` is swapped."""
    folder = file.parent
    version = folder / f"..version-{text[-12:-2]}"
    version.mkdir()
    (version / file.name).write_text(text, "utf-8")
    (folder / "..new").symlink_to(version.name)
    (folder / "..new").replace(folder / "..data")
    if not file.is_symlink():
        file.unlink()
        file.symlink_to(Path("..data") / file.name)


def _folder_replaced(file: Path, text: str) -> None:
    folder = file.parent
    new = folder.with_suffix(f".{text[-12:-2]}")
    shutil.copytree(folder, new)
    (new / file.name).write_text(text, "utf-8")
    folder.rename(folder.with_suffix(f".old-{text[-12:-2]}"))
    new.rename(folder)


WAYS: list[Replace] = [
    _in_place,
    _renamed_over,
    _deleted_and_written,
    _same_size_and_time,
    _link_swapped,
    _as_kubernetes_does,
    _folder_replaced,
]


@pytest.mark.parametrize("replace", WAYS, ids=[one.__name__.strip("_") for one in WAYS])
async def test_the_file_is_read_however_it_is_replaced(file: Path, replace: Replace) -> None:
    coordinators = Coordinators(file, [TENANT])
    async with watched(coordinators):
        for network in ("uusimaa", "lappi", "satakunta"):
            await asyncio.to_thread(replace, file, _text(network))
            await seen(coordinators, MEMBER, network)
        assert coordinators.problems == ()


def _delete(file: Path) -> None:
    file.unlink()


def _empty(file: Path) -> None:
    file.write_text("", "utf-8")


def _damage(file: Path) -> None:
    file.write_text("coordinators: [", "utf-8")


def _make_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def _move_folder_away(file: Path) -> None:
    file.parent.rename(file.parent.with_suffix(".away"))


def _break_link(file: Path) -> None:
    file.unlink()
    file.symlink_to("nothing")


def _make_pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def _forbid(file: Path) -> None:
    file.chmod(0)


def _mend(file: Path) -> None:
    if not file.parent.exists():
        file.parent.mkdir()
    elif file.is_dir():
        file.rmdir()
    elif file.is_symlink() or file.is_fifo():
        file.unlink()
    elif file.exists():
        file.chmod(0o600)
    file.write_text(_text("lappi"), "utf-8")


LOSSES = [
    _delete,
    _empty,
    _damage,
    _make_folder,
    _move_folder_away,
    _break_link,
    *([_make_pipe] if hasattr(os, "mkfifo") else []),
    # Root may read everything.
    *([_forbid] if hasattr(os, "geteuid") and os.geteuid() else []),
]


@pytest.mark.parametrize("lose", LOSSES, ids=[one.__name__.strip("_") for one in LOSSES])
async def test_without_a_usable_file_nobody_may_and_it_is_told(
    file: Path, lose: Callable[[Path], None]
) -> None:
    coordinators = Coordinators(file, [TENANT])
    assert coordinators.may(PIRKANMAA, "pirkanmaa")
    with capture_logs() as logs:
        async with watched(coordinators):
            lose(file)
            await seen(coordinators, PIRKANMAA, None)
            assert not coordinators.is_coordinator(NATIONAL)
            assert coordinators.awaited
            assert str(file) in coordinators.problems[0]
            assert "nobody may announce" in coordinators.problems[-1]
            assert {one["event"] for one in logs} == {"coordinators.invalid"}
            # It is told once, and not at each look.
            told = len(logs)
            await asyncio.sleep(6 * SOON)
            assert len(logs) == told
            _mend(file)
            await seen(coordinators, MEMBER, "lappi")
            assert coordinators.problems == ()
            assert not coordinators.awaited


def _pad(file: Path) -> None:
    file.write_bytes(f"{COORDINATORS}\n#".encode().ljust(MAX_BYTES, b"x"))


@pytest.mark.parametrize("size", [MAX_BYTES + 1, 50 * 1024**3], ids=["a little", "far"])
async def test_a_file_that_is_too_large_is_refused_without_reading_it(
    file: Path, size: int
) -> None:
    """50 GB would fill the memory, or take minutes, in which everybody would keep their rights."""
    _pad(file)
    coordinators = Coordinators(file, [TENANT])
    assert coordinators.is_coordinator(PIRKANMAA)
    async with asyncio.timeout(30):
        watching = asyncio.create_task(coordinators.watch())
        os.truncate(file, size)
        while not coordinators.problems:  # noqa: ASYNC110  # it has no event for that
            await asyncio.sleep(0.05)
        watching.cancel()
        await asyncio.wait([watching])
    assert not coordinators.is_coordinator(PIRKANMAA)
    assert "1,000,000 bytes" in coordinators.problems[0]


def test_a_right_is_gone_within_two_seconds() -> None:
    """A look, a second one, and time to read."""
    assert LOOK_INTERVAL + SETTLE <= 1.5


async def test_an_editor_that_is_saving_takes_nobodys_right(file: Path) -> None:
    """It deletes the file, or empties it, and writes the new one right after."""
    coordinators = Coordinators(file, [TENANT])
    with capture_logs() as logs:
        async with watched(coordinators):
            for lose in (_delete, _empty, _damage):
                lose(file)
                await asyncio.sleep(2 * SOON)
                _in_place(file, COORDINATORS)
                # Until it has been looked at a second time.
                await asyncio.sleep(SETTLE + 4 * SOON)
                assert coordinators.may(PIRKANMAA, "pirkanmaa")
    assert not [one for one in logs if one["event"] == "coordinators.invalid"]


async def test_what_else_changes_in_the_folder_has_nothing_read(file: Path) -> None:
    coordinators = Coordinators(file, [TENANT])
    with capture_logs() as logs:
        async with watched(coordinators):
            for number in range(30):
                log = file.with_name("bot.log")
                await asyncio.to_thread(log.write_text, f"{number}", encoding="utf-8")
                await asyncio.sleep(SOON / 2)
            assert not logs
            # The watcher was awake all the time.
            await asyncio.to_thread(file.write_text, _text("uusimaa"), encoding="utf-8")
            await seen(coordinators, MEMBER, "uusimaa")


def test_a_server_starts_without_the_file_and_reads_it_later(tmp_path: Path) -> None:
    file = tmp_path / "later.yaml"
    coordinators = Coordinators(file, [TENANT])
    assert not coordinators.is_coordinator(NATIONAL)
    assert "there is no such file" in coordinators.problems[0]
    file.write_text(COORDINATORS, "utf-8")
    assert coordinators.reload()
    assert coordinators.is_coordinator(NATIONAL)


def test_a_list_is_awaited_for_an_hour(file: Path) -> None:
    clock = [10.0]
    coordinators = Coordinators(file, [TENANT], clock=lambda: clock[-1])
    assert not coordinators.awaited
    file.unlink()
    for now in (10.0, 3000.0, 3609.0):
        clock.append(now)
        coordinators.reload()
        assert coordinators.awaited
    clock.append(3611.0)
    assert not coordinators.awaited
    # A list that names nobody is a list.
    file.write_text("coordinators: []", "utf-8")
    assert coordinators.reload()
    assert not coordinators.awaited


def test_a_name_is_told_of_who_has_one(file: Path) -> None:
    file.write_text(
        f"coordinators:\n  - id: {PIRKANMAA.id.upper()}\n    name: ' Maija Malli '\n"
        f"    networks: [pirkanmaa]\n  - id: {NATIONAL.id}\n    networks: ['*']\n",
        encoding="utf-8",
    )
    coordinators = Coordinators(file, [TENANT])
    assert coordinators.problems == ()
    assert coordinators.name_of(PIRKANMAA) == "Maija Malli"
    assert coordinators.name_of(NATIONAL) is None
    assert coordinators.name_of(Identity(PIRKANMAA.id, "another")) is None
