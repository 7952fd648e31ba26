"""What is saved is used at once; phrases and names are learned beside it, by another process."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot.i18n import N_
from bot.knowledge.library import Knowledge
from bot.understanding import learning, trained_model
from bot.understanding import reloader as snapshots
from bot.understanding.learning import LearningError, learn
from bot.understanding.reloader import ContentReloader, Folders, make_snapshot
from bot.understanding.trained_model import TrainedModel, train_model
from tests.knowledge.world import World

from .small import small_world

PERSON = "content/people/anna.yaml"
PATIENCE = 60
"""Seconds within which anything here is done, however busy the machine is."""


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("BOT_CACHE_DIR", str(tmp_path / "cache"))
    return small_world(tmp_path / "world")


class Teacher:
    """Learns in place of a process, when it is told to."""

    def __init__(self) -> None:
        self.asked: list[Knowledge] = []
        self.may: asyncio.Queue[TrainedModel | LearningError | None] = asyncio.Queue()

    async def learn(self, folders: Folders, knowledge: Knowledge) -> TrainedModel | None:
        self.asked.append(knowledge)
        result = await self.may.get()
        if isinstance(result, LearningError):
            raise result
        return result

    def tell(self, result: TrainedModel | LearningError | None) -> None:
        self.may.put_nowait(result)


@pytest.fixture
def teacher(monkeypatch: pytest.MonkeyPatch) -> Teacher:
    made = Teacher()
    monkeypatch.setattr(snapshots, "learn", made.learn)
    monkeypatch.setattr(snapshots, "SETTLE", 0.01)
    return made


@pytest.fixture
async def reloader(
    world: World, teacher: Teacher, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[ContentReloader]:
    folders = Folders(world.content, world.intents)
    made = ContentReloader(folders, make_snapshot(folders))

    def train(*arguments: object, **options: object) -> TrainedModel:
        raise AssertionError("a server never trains inside itself")

    monkeypatch.setattr(trained_model, "train_model", train)
    yield made
    await made.end_learning()


async def _until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not done():  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)


def _phone(reloader: ContentReloader) -> str | None:
    return reloader.snapshot.knowledge.people["anna"].phone


async def test_facts_and_faults_do_not_wait_for_learning(
    world: World, reloader: ContentReloader, teacher: Teacher
) -> None:
    world.change(PERSON, "Anna Esimerkki", "Berit Mallikas")
    assert await reloader.reload()
    await _until(lambda: reloader.training)
    assert reloader.snapshot.knowledge.people["anna"].name == "Berit Mallikas"
    world.change(PERSON, "0400 123 456", "0400 123 457")
    assert await reloader.reload()
    assert _phone(reloader) == "0400 123 457"
    world.change(PERSON, "phone: 0400 123 457", "phone: none")
    assert not await reloader.reload()
    assert "none" in reloader.problems[0]
    assert reloader.training
    assert len(teacher.asked) == 1


async def test_what_was_saved_while_something_was_learned_is_learned_next(
    world: World, reloader: ContentReloader, teacher: Teacher
) -> None:
    world.change(PERSON, "Anna Esimerkki", "Berit Mallikas")
    await reloader.reload()
    await _until(lambda: len(teacher.asked) == 1)
    world.change(PERSON, "Berit Mallikas", "Cecilia Mallikas")
    await reloader.reload()
    teacher.tell(train_model(teacher.asked[0]))
    await _until(lambda: len(teacher.asked) == 2)
    # A number that changes meanwhile needs no other model.
    world.change(PERSON, "0400 123 456", "0400 123 457")
    await reloader.reload()
    model = train_model(teacher.asked[1])
    teacher.tell(model)
    await reloader.learned()
    assert reloader.snapshot.interpreter.trained is model
    assert reloader.snapshot.knowledge.people["anna"].name == "Cecilia Mallikas"
    assert _phone(reloader) == "0400 123 457"
    assert reloader.learning_problems == ()


async def test_learning_that_fails_is_reported_and_tried_again(
    world: World, reloader: ContentReloader, teacher: Teacher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "RETRY_AFTER", (0.01,))
    before = reloader.snapshot.interpreter.trained
    world.change(PERSON, "Anna Esimerkki", "Berit Mallikas")
    await reloader.reload()
    teacher.tell(LearningError(N_("memory is short")))
    await _until(lambda: len(teacher.asked) == 2)
    (problem,) = reloader.learning_problems
    assert problem == "what was changed is not learned yet: memory is short"
    assert reloader.snapshot.interpreter.trained is before
    # The process may have learned another content than the one that is wanted.
    teacher.tell(None)
    await _until(lambda: len(teacher.asked) == 3)
    assert "others" in reloader.learning_problems[0]
    teacher.tell(train_model(teacher.asked[2]))
    await reloader.learned()
    assert reloader.learning_problems == ()
    assert reloader.snapshot.interpreter.trained is not before


async def test_whatever_else_goes_wrong_is_reported_and_the_next_change_is_learned(
    world: World, reloader: ContentReloader, teacher: Teacher, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(folders: Folders, knowledge: Knowledge) -> None:
        raise ValueError("nobody thought of this")

    monkeypatch.setattr(snapshots, "learn", fail)
    world.change(PERSON, "Anna Esimerkki", "Berit Mallikas")
    await reloader.reload()
    await reloader.learned()
    assert "nobody thought of this" in reloader.learning_problems[0]
    monkeypatch.setattr(snapshots, "learn", teacher.learn)
    world.change(PERSON, "Berit Mallikas", "Cecilia Mallikas")
    await reloader.reload()
    await _until(lambda: len(teacher.asked) == 1)
    teacher.tell(train_model(teacher.asked[0]))
    await reloader.learned()
    assert reloader.learning_problems == ()


async def test_a_change_is_learned_at_once_after_a_failure(
    world: World, reloader: ContentReloader, teacher: Teacher
) -> None:
    """The pause before the next try is a minute, which nothing here waits for."""
    world.change(PERSON, "Anna Esimerkki", "Berit Mallikas")
    await reloader.reload()
    teacher.tell(LearningError(N_("memory is short")))
    await _until(lambda: bool(reloader.learning_problems))
    world.change(PERSON, "Berit Mallikas", "Cecilia Mallikas")
    await reloader.reload()
    await _until(lambda: len(teacher.asked) == 2)


async def test_files_that_break_while_they_are_learned_are_learned_when_mended(
    world: World, reloader: ContentReloader, teacher: Teacher
) -> None:
    world.change(PERSON, "Anna Esimerkki", "Berit Mallikas")
    await reloader.reload()
    await _until(lambda: len(teacher.asked) == 1)
    world.change(PERSON, "0400 123 456", "none")
    await reloader.reload()
    teacher.tell(LearningError(N_("the files have errors")))
    await reloader.learned()
    assert reloader.learning_problems == ()
    world.change(PERSON, "phone: none", "phone: 0400 123 457")
    await reloader.reload()
    await _until(lambda: len(teacher.asked) == 2)


async def test_a_removed_person_is_gone_while_the_names_are_learned(
    world: World, reloader: ContentReloader, teacher: Teacher
) -> None:
    (world.root / PERSON).unlink()
    assert await reloader.reload()
    assert "anna" not in reloader.snapshot.knowledge.people
    teacher.tell(train_model(reloader.snapshot.knowledge))
    await reloader.learned()
    assert "anna" not in reloader.snapshot.knowledge.people


async def test_a_removed_intent_is_answered_until_the_others_are_learned(
    world: World, reloader: ContentReloader, teacher: Teacher
) -> None:
    (world.intents / "person.yaml").unlink()
    world.change(PERSON, "0400 123 456", "0400 123 457")
    assert await reloader.reload()
    assert _phone(reloader) == "0400 123 457"
    assert "person" in reloader.snapshot.knowledge.intents
    await _until(lambda: len(teacher.asked) == 1)
    teacher.tell(train_model(teacher.asked[0]))
    await reloader.learned()
    assert "person" not in reloader.snapshot.knowledge.intents


async def test_a_change_that_is_taken_back_needs_no_learning(
    world: World, reloader: ContentReloader, teacher: Teacher
) -> None:
    before = reloader.snapshot.interpreter.trained
    world.change(PERSON, "Anna Esimerkki", "Berit Mallikas")
    await reloader.reload()
    await _until(lambda: len(teacher.asked) == 1)
    world.change(PERSON, "Berit Mallikas", "Anna Esimerkki")
    await reloader.reload()
    teacher.tell(None)
    await reloader.learned()
    assert len(teacher.asked) == 1
    assert reloader.snapshot.interpreter.trained is before
    assert reloader.snapshot.knowledge.people["anna"].name == "Anna Esimerkki"


# The process


def _python(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    def command(folders: Folders, quiet: bool = False) -> list[str]:
        return [sys.executable, "-c", code]

    monkeypatch.setattr(learning, "training_command", command)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("raise SystemExit(3)", "the process that learned failed (exit code 3)"),
        (
            "import os; os.kill(os.getpid(), 9)",
            "the process that learned was ended from outside (signal 9), as happens where memory "
            "is short",
        ),
    ],
)
async def test_how_a_process_ended_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch, code: str, said: str
) -> None:
    _python(monkeypatch, code)
    with pytest.raises(LearningError) as raised:
        await learn(Folders(world.content, world.intents), world.knowledge())
    assert raised.value.message == said


async def test_where_no_process_can_be_started_that_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def command(folders: Folders, quiet: bool = False) -> list[str]:
        return [str(world.root / "no-such-program")]

    monkeypatch.setattr(learning, "training_command", command)
    with pytest.raises(LearningError, match="no process for learning can be started"):
        await learn(Folders(world.content, world.intents), world.knowledge())


async def test_the_process_ends_with_whoever_waits_for_it(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tmp_path / "pid"
    _python(
        monkeypatch,
        f"import os, time; open({str(tmp_path / 'new')!r}, 'w').write(str(os.getpid())); "
        f"os.rename({str(tmp_path / 'new')!r}, {str(told)!r}); time.sleep(600)",
    )
    task = asyncio.create_task(learn(Folders(world.content, world.intents), world.knowledge()))
    await _until(told.exists)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(ProcessLookupError):
        os.kill(int(told.read_text()), 0)


@pytest.mark.slow
@pytest.mark.parametrize("writable", [True, False])
async def test_a_process_learns_also_where_the_cache_cannot_be_written(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writable: bool
) -> None:
    if not writable:
        (tmp_path / "file").write_text("")
        monkeypatch.setenv("BOT_CACHE_DIR", str(tmp_path / "file" / "cache"))
    folders = Folders(world.content, world.intents)
    knowledge = folders.read()
    model = await learn(folders, knowledge)
    assert model is not None
    assert model.intents.classes == train_model(knowledge).intents.classes
    world.change(PERSON, "Anna Esimerkki", "Berit Mallikas")
    assert await learn(folders, knowledge) is None or writable
