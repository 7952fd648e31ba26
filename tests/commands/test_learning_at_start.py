"""A server learns before it serves, by another process, and says where that fails."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

from bot.commands import shared
from bot.i18n import N_
from bot.knowledge.library import Knowledge
from bot.understanding import trained_model
from bot.understanding.learning import LearningError
from bot.understanding.reloader import Folders
from bot.understanding.trained_model import TrainedModel, train_model
from tests.knowledge.world import World
from tests.understanding.small import small_world


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("BOT_CACHE_DIR", str(tmp_path / "cache"))

    def train(*arguments: object, **options: object) -> TrainedModel:
        raise AssertionError("a server never trains inside itself")

    monkeypatch.setattr(trained_model, "train_model", train)
    return small_world(tmp_path / "world")


def test_where_learning_fails_the_server_does_not_start(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def learn(folders: Folders, knowledge: Knowledge, quiet: bool = True) -> None:
        raise LearningError(N_("memory is short"))

    monkeypatch.setattr(shared, "learn", learn)
    with pytest.raises(typer.Exit) as ended:
        shared.read_snapshot(Folders(world.content, world.intents), train_in_subprocess=True)
    assert ended.value.exit_code == 1
    assert "The phrases could not be learned: memory is short." in capsys.readouterr().err


def test_files_that_change_meanwhile_are_learned_once_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Knowledge] = []

    async def learn(
        folders: Folders, knowledge: Knowledge, quiet: bool = True
    ) -> TrainedModel | None:
        asked.append(knowledge)
        if len(asked) == 1:
            world.change("content/people/anna.yaml", "Anna Esimerkki", "Berit Mallikas")
            return None
        return train_model(knowledge)

    monkeypatch.setattr(shared, "learn", learn)
    folders = Folders(world.content, world.intents)
    snapshot = shared.read_snapshot(folders, train_in_subprocess=True)
    assert snapshot.knowledge.people["anna"].name == "Berit Mallikas"
    assert len(asked) == 2


def test_files_that_keep_changing_end_the_start(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def learn(folders: Folders, knowledge: Knowledge, quiet: bool = True) -> None:
        return None

    monkeypatch.setattr(shared, "learn", learn)
    with pytest.raises(typer.Exit):
        shared.read_snapshot(Folders(world.content, world.intents), train_in_subprocess=True)
    assert "the files were changed" in capsys.readouterr().err
