"""What an edit replaces is freed at once; the process that learns imports what it needs alone."""

from __future__ import annotations

import dataclasses
import datetime as dt
import gc
import subprocess
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.knowledge.library import Knowledge
from bot.understanding.interpreter import Interpreter, MessageContext
from bot.understanding.reloader import ContentReloader, Folders, Snapshot, make_snapshot
from bot.understanding.trained_model import load_trained
from bot.understanding.word_cache import WordCache
from tests.knowledge.world import World

from .small import small_world

MESSAGES = ("kuka on Anna Esimerkki", "vad kostar bensin", "och i Vasa?", "moi", "I need help")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("BOT_CACHE_DIR", str(tmp_path / "cache"))
    return small_world(tmp_path / "world")


@pytest.fixture
def no_collection() -> Iterator[None]:
    """As on a server, whose garbage collector leaves what was frozen alone."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def _ask(snapshot: Snapshot) -> None:
    for text in MESSAGES:
        snapshot.interpreter.understand(text, MessageContext(dt.date(2026, 11, 30)))


@pytest.mark.usefixtures("no_collection")
async def test_an_old_snapshot_is_gone_once_it_is_replaced(world: World) -> None:
    reloader = ContentReloader(
        Folders(world.content, world.intents), make_snapshot(Folders(world.content, world.intents))
    )
    _ask(reloader.snapshot)
    before = reloader.snapshot
    parts: list[object] = [before, before.knowledge, before.interpreter]
    old = [weakref.ref(one) for one in parts]
    parts.clear()
    del before
    world.change("content/people/anna.yaml", "0400 123 456", "0400 123 457")
    assert await reloader.reload()
    assert reloader.snapshot.knowledge.people["anna"].phone == "0400 123 457"
    assert [one() for one in old] == [None, None, None]


@pytest.mark.usefixtures("no_collection")
def test_an_interpreter_and_its_model_are_in_no_cycle(world: World) -> None:
    snapshot = make_snapshot(Folders(world.content, world.intents))
    loaded = load_trained(snapshot.knowledge)
    assert loaded is not None
    made = Snapshot(snapshot.knowledge, Interpreter(snapshot.knowledge, loaded))
    _ask(made)
    old: list[weakref.ref[object]] = [weakref.ref(loaded), weakref.ref(made.interpreter)]
    del loaded, made
    assert [one() for one in old] == [None, None]
    assert _in_cycles() == []


def _in_cycles() -> list[str]:
    """The objects of our own that only a collection of garbage frees."""
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        gc.collect()
        kinds = [type(one) for one in gc.garbage]
        return sorted({one.__qualname__ for one in kinds if one.__module__.startswith("bot.")})
    finally:
        gc.set_debug(0)
        gc.garbage.clear()


def test_interpreters_of_one_model_share_what_scores_its_phrases(world: World) -> None:
    snapshot = make_snapshot(Folders(world.content, world.intents))
    trained = snapshot.interpreter.trained
    assert trained.alignment is trained.alignment


def test_what_is_the_same_after_an_edit_is_not_made_again(
    world: World, knowledge: Knowledge
) -> None:
    snapshot = make_snapshot(Folders(world.content, world.intents))
    small, interpreter = snapshot.knowledge, snapshot.interpreter
    assert small.distress != knowledge.distress
    same = Interpreter(small, interpreter.trained, before=interpreter)
    other = Interpreter(
        dataclasses.replace(small, distress=knowledge.distress),
        interpreter.trained,
        before=interpreter,
    )
    assert same._distress is interpreter._distress
    assert other._distress is not interpreter._distress
    assert other._distress.signs == knowledge.distress


@pytest.mark.usefixtures("no_collection")
def test_a_cache_keeps_no_owner_alive() -> None:
    class Owner:
        def __init__(self) -> None:
            self.cache = WordCache[int](self.look_up)

        def look_up(self, word: str) -> int:
            return len(word)

    owner = Owner()
    assert owner.cache["word"] == 4
    gone, cache = weakref.ref(owner), owner.cache
    del owner
    assert gone() is None
    assert cache["word"] == 4
    with pytest.raises(KeyError):
        cache["another"]


HEAVY = (
    *("aiohttp", "alembic", "azure", "botbuilder", "cryptography", "icalendar", "jinja2"),
    *("msal", "rich", "sqlalchemy", "structlog", "typer", "watchfiles"),
)


def test_the_process_that_learns_imports_no_server_and_no_database() -> None:
    code = (
        "import sys, bot.understanding.learning_process\n"
        f"print(*(name for name in {HEAVY!r} if name in sys.modules))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert found.stdout.split() == []
