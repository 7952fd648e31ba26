"""Reload: valid changes go live, invalid ones are reported while the last good state serves."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import shutil
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
import watchfiles

from bot.i18n import Message, install, read_catalogues, translator
from bot.knowledge.library import Knowledge
from bot.knowledge.yaml_source import ContentError
from bot.shipped import shipped
from bot.understanding import reloader as snapshots
from bot.understanding.interpreter import MessageContext
from bot.understanding.reloader import ContentReloader, Folders, make_snapshot
from tests.knowledge.world import World

from .small import small_world

PERSON = "content/people/anna.yaml"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("BOT_CACHE_DIR", str(tmp_path / "cache"))
    return small_world(tmp_path / "world")


@pytest.fixture
async def reloader(world: World) -> AsyncIterator[ContentReloader]:
    folders = Folders(world.content, world.intents)
    made = ContentReloader(folders, make_snapshot(folders))
    yield made
    await made.end_learning()


def _phone(reloader: ContentReloader) -> str | None:
    return reloader.snapshot.knowledge.people["anna"].phone


async def test_a_new_phone_number_is_live(world: World, reloader: ContentReloader) -> None:
    world.change(PERSON, "0400 123 456", "0400 123 457")
    assert await reloader.reload()
    assert _phone(reloader) == "0400 123 457"
    assert (reloader.reloads, reloader.problems) == (1, ())


async def test_an_invalid_file_keeps_the_last_good_state(
    world: World, reloader: ContentReloader
) -> None:
    before = reloader.snapshot
    line = world.change(PERSON, "0400 123 456", "none")
    assert not await reloader.reload()
    assert reloader.snapshot is before
    (problem,) = reloader.problems
    assert problem.startswith(f"{world.root / PERSON}:{line}: error: `none` is not a phone number")
    assert reloader.reloads == 0
    world.change(PERSON, "phone: none", "phone: 0400 123 458")
    assert await reloader.reload()
    assert (reloader.problems, _phone(reloader)) == ((), "0400 123 458")


async def test_a_broken_phrase_is_reported_before_anything_is_learned(
    world: World, reloader: ContentReloader, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def train(*arguments: object) -> None:
        raise AssertionError("nothing can be learned from this")

    monkeypatch.setattr(snapshots, "learn", train)
    before = reloader.snapshot
    line = world.change("intents/contacts.yaml", "who answers", "who (answers")
    assert not await reloader.reload()
    assert reloader.snapshot is before
    (problem,) = reloader.problems
    path = world.root / "intents/contacts.yaml"
    assert problem == f"{path}:{line}: error: the phrase `who (answers`: `)` is missing"
    with pytest.raises(ContentError):
        make_snapshot(reloader.folders)
    world.change("intents/contacts.yaml", "who (answers", "who answers")
    assert await reloader.reload()
    assert reloader.problems == ()


async def test_what_is_wrong_is_said_in_the_language_of_whoever_started_the_server(
    world: World, reloader: ContentReloader, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = world.change(PERSON, "0400 123 456", "040O 123 456")
    for locale, said in (
        ("fi_FI.UTF-8", "`040O 123 456` ei ole puhelinnumero: kirjoita se näin: 0400 123 456"),
        ("sv_FI", "`040O 123 456` är inget telefonnummer: skriv det så här: 0400 123 456"),
        ("de_DE", "`040O 123 456` is not a phone number: write it as 0400 123 456"),
    ):
        monkeypatch.setenv("LC_ALL", locale)
        assert not await reloader.reload()
        assert reloader.problems == (f"{world.root / PERSON}:{line}: error: {said}",)


NOT_THIS = Message("not this number")


async def test_a_check_of_another_room_holds_new_content_back(world: World) -> None:
    def refuse(knowledge: Any, report: Any) -> None:
        if knowledge.people["anna"].phone == "112":
            report(knowledge.people["anna"], ("phone",), NOT_THIS)

    folders = Folders(world.content, world.intents, checks=(refuse,))
    reloader = ContentReloader(folders, make_snapshot(folders))
    line = world.change(PERSON, "0400 123 456", "112")
    assert not await reloader.reload()
    assert reloader.problems == (f"{world.root / PERSON}:{line}: error: not this number",)


async def test_a_corrected_text_is_said_at_once_and_a_broken_one_is_held_back(
    world: World, tmp_path: Path
) -> None:
    shutil.copytree(shipped("locale"), tmp_path / "locale")
    file = tmp_path / "locale" / "sv.po"
    folders = Folders(world.content, world.intents, locale=tmp_path / "locale")
    reloader = ContentReloader(folders, make_snapshot(folders))
    text, old = "there is no `{key}` among the networks: {known}", "nätverken är: {known}"
    whole = file.read_text("utf-8")

    def said() -> str:
        return translator("sv")(text, key="c", known="a")

    try:
        file.write_text(whole.replace(old, "de heter: {known}"), "utf-8")
        assert await reloader.reload()
        assert said() == "nätverket `c` finns inte; de heter: a"
        file.write_text(whole.replace(old, "de är: {kända}"), "utf-8")
        assert not await reloader.reload()
        assert str(file) in reloader.problems[0]
        assert said() == "nätverket `c` finns inte; de heter: a"
    finally:
        install(read_catalogues(shipped("locale"))[0])


async def test_a_new_name_is_understood_after_training_beside(
    world: World, reloader: ContentReloader
) -> None:
    world.change(PERSON, "Anna Esimerkki", "Berit Mallikas")
    assert await reloader.reload()
    await reloader.learned()
    found = reloader.snapshot.interpreter.understand(
        "kuka on Berit", MessageContext(dt.date(2026, 11, 20))
    )
    assert (found.intent, found.requests[0].entities.persons) == ("person", ("anna",))


async def test_an_edited_phrase_is_understood_after_training_beside(
    world: World, reloader: ContentReloader
) -> None:
    def intent() -> str:
        circumstances = MessageContext(dt.date(2026, 11, 20))
        return reloader.snapshot.interpreter.understand(
            "paljonko bensa maksaa", circumstances
        ).intent

    assert intent() == "fallback"
    world.change("intents/fallback.yaml", "paljonko bensa maksaa", "sataako ulkona")
    world.change("intents/contacts.yaml", "who answers", "paljonko bensa maksaa")
    assert await reloader.reload()
    await reloader.learned()
    assert intent() == "contacts"


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("intents/person.yaml", "{fi: Hän., ", "{fi: Hän se on., "),
        ("intents/person.yaml", "question: {fi: Kuka hän on?", "question: {fi: Kukas hän on?"),
        ("content/people/anna.yaml", "0400 123 456", "0400 123 457"),
    ],
)
async def test_a_change_of_answers_or_content_trains_nothing(
    world: World,
    reloader: ContentReloader,
    monkeypatch: pytest.MonkeyPatch,
    file: str,
    old: str,
    new: str,
) -> None:
    learned: list[Knowledge] = []

    async def learns(_: Folders, knowledge: Knowledge) -> None:
        learned.append(knowledge)

    monkeypatch.setattr(snapshots, "learn", learns)
    before = reloader.snapshot.interpreter.trained
    world.change(file, old, new)
    assert await reloader.reload()
    await reloader.learned()
    assert learned == []
    assert reloader.snapshot.interpreter.trained is before
    assert reloader.reloads == 1


@pytest.fixture
def watching(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Set once the watcher has looked at the folders; it then looks often."""
    ready = asyncio.Event()
    awatch = watchfiles.awatch

    async def told(*paths: Path, **options: Any) -> AsyncGenerator[Any]:
        async with aclosing(awatch(*paths, **options | {"rust_timeout": 50})) as found:
            async for changes in found:
                ready.set()
                yield changes

    monkeypatch.setattr(watchfiles, "awatch", told)
    return ready


async def test_a_saved_file_is_noticed_and_a_broken_one_does_not_end_the_watch(
    world: World,
    reloader: ContentReloader,
    watching: asyncio.Event,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: asyncio.Queue[bool] = asyncio.Queue()
    reload = reloader.reload
    failures = [OSError("the disk is away")]

    async def counted() -> bool:
        if failures and _is_gone(world):
            done.put_nowait(False)
            raise failures.pop()
        result = await reload()
        done.put_nowait(result)
        return result

    monkeypatch.setattr(reloader, "reload", counted)
    async with asyncio.timeout(30):
        task = asyncio.create_task(reloader.watch())
        await watching.wait()
        world.change(PERSON, "0400 123 456", "none")
        assert await done.get() is False
        world.change(PERSON, "phone: none", "phone: 0400 123 459")
        assert await done.get() is True
        assert _phone(reloader) == "0400 123 459"
        (world.content / "people/anna.yaml").rename(world.content / "people/berit.yaml")
        assert await done.get() is False
        world.change("content/people/berit.yaml", "0400 123 459", "0400 123 460")
        assert await done.get() is True
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert reloader.snapshot.knowledge.people["berit"].phone == "0400 123 460"


@pytest.mark.slow
@pytest.mark.parametrize("room", ["content", "intents"])
async def test_a_folder_that_is_replaced_by_renaming_is_read_and_watched(
    world: World, reloader: ContentReloader, watching: asyncio.Event, room: str
) -> None:
    folder = world.root / room
    old, new = folder.with_suffix(".old"), folder.with_suffix(".new")
    shutil.copytree(folder, new)

    async def edited(text: str) -> None:
        _edit(folder, text)
        await _until(lambda: _told(reloader, room) == text)

    async with asyncio.timeout(60):
        task = asyncio.create_task(reloader.watch())
        await watching.wait()
        await edited("0400 123 401")
        _edit(new, "0400 123 402")
        folder.rename(old)
        new.rename(folder)
        await _until(lambda: _told(reloader, room) == "0400 123 402")
        await edited("0400 123 403")
        # Away for a while.
        folder.rename(new)
        await _until(lambda: bool(reloader.problems))
        assert _told(reloader, room) == "0400 123 403"
        _edit(new, "0400 123 406")
        new.rename(folder)
        await _until(lambda: _told(reloader, room) == "0400 123 406")
        assert reloader.problems == ()
        await edited("0400 123 407")
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_link_that_leads_to_another_folder_is_noticed(
    world: World, reloader: ContentReloader, watching: asyncio.Event
) -> None:
    first, second, link = (world.root / name for name in ("first", "second", "content"))
    link.rename(first)
    shutil.copytree(first, second)
    _edit(second, "0400 123 401")
    link.symlink_to(first, target_is_directory=True)
    async with asyncio.timeout(30):
        task = asyncio.create_task(reloader.watch())
        await watching.wait()
        (other := world.root / "other").symlink_to(second, target_is_directory=True)
        other.rename(link)
        await _until(lambda: _phone(reloader) == "0400 123 401")
        _edit(second, "0400 123 402")
        await _until(lambda: _phone(reloader) == "0400 123 402")
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def _edit(folder: Path, text: str) -> None:
    """Puts another telephone number into content, or into an answer of intents."""
    content = folder / "people/anna.yaml"
    path = content if content.exists() else folder / "person.yaml"
    path.write_text(re.sub(r"0400 123 \d+|Hän\.", text, path.read_text("utf-8")), "utf-8")


def _told(reloader: ContentReloader, room: str) -> str | None:
    if room == "content":
        return _phone(reloader)
    found = re.search(r"0400 123 \d+", repr(reloader.snapshot.knowledge.intents["person"].answers))
    return found[0] if found else None


async def _until(done: Callable[[], bool]) -> None:
    while not done():  # noqa: ASYNC110 - a reload sets no event
        await asyncio.sleep(0.02)


def _is_gone(world: World) -> bool:
    return not (world.root / PERSON).exists()


@pytest.mark.parametrize(
    ("name", "watched"),
    [
        ("people/anna.yaml", True),
        ("people/anna.yml", True),
        ("people/anna.yaml~", False),
        ("people/.anna.yaml.swp", False),
        ("people/4913", False),
    ],
)
def test_only_yaml_files_are_watched(name: str, watched: bool) -> None:
    only_yaml = snapshots._ContentFilter(watchfiles.DefaultFilter())
    assert only_yaml(watchfiles.Change.modified, f"/content/{name}") is watched


PARKING = """\
question:
  fi:
    - Mihin auton voi jättää?
    - Onko siellä pysäköintitilaa?
    - Maksaako parkkeeraus?
answer: {fi: Pihaan.}
"""


def _question(reloader: ContentReloader, text: str) -> tuple[str, ...]:
    asked = MessageContext(dt.date(2026, 11, 20))
    return reloader.snapshot.interpreter.understand(text, asked).requests[0].entities.questions


async def test_a_question_with_its_answer_is_live_without_learning(
    world: World, reloader: ContentReloader, monkeypatch: pytest.MonkeyPatch
) -> None:
    learned: list[Knowledge] = []

    async def learns(_: Folders, knowledge: Knowledge) -> None:
        learned.append(knowledge)

    monkeypatch.setattr(snapshots, "learn", learns)
    world.write("content/questions/parking.yaml", PARKING)
    assert await reloader.reload()
    assert _question(reloader, "onko siellä pysäköintitilaa?") == ("parking",)
    world.write("content/questions/parking.yaml", PARKING.replace("answer:", "anser:"))
    assert not await reloader.reload()
    assert _question(reloader, "onko siellä pysäköintitilaa?") == ("parking",)
    (world.root / "content/questions/parking.yaml").unlink()
    assert await reloader.reload()
    assert _question(reloader, "onko siellä pysäköintitilaa?") == ()
    await reloader.learned()
    assert learned == []
