"""Who is a coordinator of what, and what happens to a broken list."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.announcements.model import API, Identity
from bot.announcements.permissions import Coordinators, check_coordinators
from tests.answers.asking import KNOWLEDGE

from .world import COORDINATORS, GUEST, MEMBER, NATIONAL, PIRKANMAA, TENANT, WEST


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


def test_in_a_demo_everybody_may() -> None:
    assert Coordinators(None, everyone=True).may(MEMBER, "pirkanmaa")


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
def test_a_broken_file_names_its_line_and_changes_nothing(
    file: Path, text: str, line: int, said: str
) -> None:
    coordinators = Coordinators(file, [TENANT])
    file.write_text(text, encoding="utf-8")
    assert not coordinators.reload()
    assert coordinators.problems[0].startswith(f"{file}:{line}: error: ")
    assert said in coordinators.problems[0]
    assert coordinators.may(PIRKANMAA, "pirkanmaa")
    assert [str(finding) for finding in check_coordinators(file, KNOWLEDGE)] == [
        *coordinators.problems
    ]


def test_a_broken_file_is_told_of_in_the_language_of_whoever_started_the_server(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text("coordinators: [{id: x, networks: []}]\n", encoding="utf-8")
    monkeypatch.setenv("LANG", "fi_FI.UTF-8")
    assert Coordinators(file).problems == (
        f"{file}:1: error: kenttä `coordinators.1.networks` on tyhjä: kirjoita siihen ainakin yksi",
    )


def test_a_mended_file_serves(file: Path) -> None:
    coordinators = Coordinators(file, [TENANT])
    file.unlink()
    assert not coordinators.reload()
    assert "there is no such file" in coordinators.problems[0]
    assert coordinators.may(PIRKANMAA, "pirkanmaa")
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


async def test_a_changed_file_is_read_by_itself(file: Path) -> None:
    coordinators = Coordinators(file, [TENANT])
    read = asyncio.Event()
    loop = asyncio.get_running_loop()
    reload = coordinators.reload

    def noticed() -> bool:
        done = reload()
        loop.call_soon_threadsafe(read.set)
        return done

    changed = f"coordinators: [{{id: {MEMBER.id}, networks: [uusimaa]}}]"
    coordinators.reload = noticed  # type: ignore[method-assign]
    watching = asyncio.create_task(coordinators.watch())
    try:
        # The watcher needs a moment to begin: the file is written until it is seen.
        for _ in range(40):
            await asyncio.to_thread(file.write_text, changed, encoding="utf-8")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.5):
                    await read.wait()
                break
        assert coordinators.may(MEMBER, "uusimaa")
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching


@pytest.mark.slow
async def test_what_else_changes_in_the_folder_has_nothing_read(file: Path) -> None:
    coordinators = Coordinators(file, [TENANT])
    with capture_logs() as logs:
        watching = asyncio.create_task(coordinators.watch())
        try:
            for number in range(30):
                log = file.with_name("bot.log")
                await asyncio.to_thread(log.write_text, f"{number}", encoding="utf-8")
                await asyncio.sleep(0.1)
            assert not logs
            # The watcher was awake all the time.
            text = f"coordinators: [{{id: {MEMBER.id}, networks: [uusimaa]}}]"
            async with asyncio.timeout(30):
                while not coordinators.may(MEMBER, "uusimaa"):
                    await asyncio.to_thread(file.write_text, text, encoding="utf-8")
                    await asyncio.sleep(0.5)
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching


@pytest.mark.slow
async def test_a_folder_that_is_replaced_by_renaming_is_read_and_watched(file: Path) -> None:
    coordinators = Coordinators(file, [TENANT])
    folder = file.parent
    new = folder.with_suffix(".new")
    watching = asyncio.create_task(coordinators.watch())

    async def written(where: Path, network: str) -> None:
        """Writes until it is seen: the watcher needs a moment to begin."""
        text = f"coordinators: [{{id: {MEMBER.id}, networks: [{network}]}}]"
        while not coordinators.may(MEMBER, network):
            await asyncio.to_thread((where / file.name).write_text, text, encoding="utf-8")
            await asyncio.sleep(0.5)

    try:
        async with asyncio.timeout(30):
            await written(folder, "uusimaa")
            await asyncio.to_thread(shutil.copytree, folder, new)
            text = f"coordinators: [{{id: {MEMBER.id}, networks: [lappi]}}]"
            await asyncio.to_thread((new / file.name).write_text, text, encoding="utf-8")
            folder.rename(folder.with_suffix(".old"))
            new.rename(folder)
            while not coordinators.may(MEMBER, "lappi"):  # noqa: ASYNC110 - a reload sets no event
                await asyncio.sleep(0.05)
            await written(folder, "pirkanmaa")
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching


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
