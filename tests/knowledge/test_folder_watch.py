"""Changes are noticed where no notice comes, too: on a network share, or where none can be had."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
import watchfiles

from bot.knowledge import folder_watch
from bot.knowledge.folder_watch import changes

PATIENCE = 60
"""Seconds within which a change is noticed, however busy the machine is."""


def _only_yaml(change: object, path: str) -> bool:
    return path.endswith(".yaml")


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_watch, "POLL_INTERVAL", 0.02)
    monkeypatch.setattr(folder_watch, "NOTICE_WITHIN", 0.02)
    monkeypatch.setattr(folder_watch, "CHECK_INTERVAL", 0.02)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "one.yaml").write_text("a: 1")
    return tmp_path


async def _silent(*paths: Path, **options: Any) -> AsyncGenerator[set[tuple[Any, str]]]:
    """A watch to which nobody tells anything."""
    while True:
        await asyncio.sleep(0.02)
        yield set()


async def _refused(*paths: Path, **options: Any) -> AsyncGenerator[set[tuple[Any, str]]]:
    """A watch that the system does not give."""
    raise RuntimeError("no watches are left")
    yield set()


@pytest.mark.parametrize("watch", [_silent, _refused])
async def test_each_change_is_noticed_without_a_notice(
    folder: Path, monkeypatch: pytest.MonkeyPatch, watch: Any
) -> None:
    monkeypatch.setattr(watchfiles, "awatch", watch)
    noticed = changes(folder, wanted=_only_yaml, debounce=10)
    file = folder / "below" / "one.yaml"
    if watch is _refused:
        # Told once, since files may have changed before.
        await asyncio.wait_for(anext(noticed), PATIENCE)

    async def told() -> None:
        await asyncio.wait_for(anext(noticed), PATIENCE)

    for edit in (
        lambda: file.write_text("a: 12"),
        lambda: (folder / "two.yaml").write_text("b: 1"),
        file.unlink,
    ):
        waiting = asyncio.create_task(told())
        await asyncio.sleep(0.2)
        assert not waiting.done()
        edit()
        await waiting
    waiting = asyncio.create_task(told())
    (folder / "notes.txt").write_text("nobody wants this")
    await asyncio.sleep(0.5)
    assert not waiting.done()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await noticed.aclose()  # type: ignore[attr-defined]


def test_a_change_without_a_notice_is_known_within_ten_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.undo()
    rounds = 3 * folder_watch.CHECK_INTERVAL
    assert folder_watch.POLL_INTERVAL + folder_watch.NOTICE_WITHIN + rounds < 10
