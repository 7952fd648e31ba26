"""What other code has made is not used, and what the same code has made is."""

from __future__ import annotations

import compileall
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from bot.knowledge.library import Knowledge
from bot.understanding import trained_model
from bot.understanding.code_version import MODULES, code_version
from bot.understanding.trained_model import TrainedModel, load_or_train

from .small import small_world

BOT = Path(trained_model.__file__).parents[1]

NOT_LEARNED_FROM = {
    "bot.i18n.catalogue",  # Sentences about what is wrong.
    "bot.i18n.message",
    "bot.i18n.os_error",
    "bot.private_files",
    "bot.shipped",
    "bot.knowledge.odd_yaml",
    "bot.knowledge.yaml_source",
    "bot.knowledge.distress_signs",  # Heard apart from the intents.
    "bot.knowledge.invalid_value",
    "bot.knowledge.question_pairs",  # Found without learning.
    "bot.knowledge.models",  # Their values stand in the fingerprint of the content.
    "bot.knowledge.values",
    "bot.knowledge.visible",
    "bot.knowledge.recurrence",  # Meetings.
    "bot.understanding.code_version",
    "bot.understanding.model",  # What a message is understood as.
    "bot.understanding.word_cache",  # Makes nothing else, only sooner.
}

MAKES_KNOWLEDGE = {"bot.knowledge.loader"}
"""What training is given, and so does not import."""


def test_all_code_that_training_imports_counts() -> None:
    imported = {
        name
        for name in _said(
            BOT, "import sys, bot.understanding.trained_model; print(*sys.modules)"
        ).split()
        if name.startswith("bot.") and not _is_package(name)
    }
    assert trained_model.__name__ in imported
    assert set(MODULES) - MAKES_KNOWLEDGE == imported - NOT_LEARNED_FROM


def _is_package(name: str) -> bool:
    found = find_spec(name)
    return found is not None and found.submodule_search_locations is not None


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The program in another place."""
    (tmp_path / "program").mkdir()
    unused = shutil.ignore_patterns("__pycache__")
    return Path(shutil.copytree(BOT, tmp_path / "program" / "bot", ignore=unused))


def _said(package: Path, what: str) -> str:
    program = f"from bot.understanding.code_version import *\n{what}"
    command = [sys.executable, "-B", "-c", program]
    done = subprocess.run(command, cwd=package.parent, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _version(package: Path) -> str:
    return _said(package, "print(code_version())")


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("understanding/linear_model.py", "\nEPOCHS = ", "\nEPOCHS = 1 + "),
        ("understanding/training.py", "REFUSED_SAMPLES = 8", "REFUSED_SAMPLES = 9"),
        ("understanding/training.py", "TYPO = 0.35, ", "TYPO = 0.36, "),
        ("understanding/trained_model.py", "LANGUAGE_EPOCHS = 2", "LANGUAGE_EPOCHS = 3"),
        ("knowledge/phrases.py", '"""', '""" '),
    ],
)
def test_a_change_of_training_names_another_version(
    copy: Path, file: str, old: str, new: str
) -> None:
    assert _version(copy) == code_version()
    text = (copy / file).read_text("utf-8")
    assert old in text
    (copy / file).write_text(text.replace(old, new, 1), "utf-8")
    assert _version(copy) != code_version()


def test_a_change_elsewhere_trains_nothing(copy: Path) -> None:
    for file in ("app.py", "understanding/interpreter.py", "answers/compose.py"):
        with (copy / file).open("a", encoding="utf-8") as end:
            end.write("\n")
    assert _version(copy) == code_version()


def test_it_can_be_told_without_the_sources(copy: Path) -> None:
    assert compileall.compile_dir(copy, quiet=1, legacy=True)
    for source in copy.rglob("*.py"):
        source.unlink()
    first = _version(copy)
    assert first == _version(copy) != code_version()


def test_what_other_code_has_learned_is_learned_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = small_world(tmp_path / "world").knowledge()
    trainings: list[Knowledge] = []
    train = trained_model.train_model

    def counted(knowledge: Knowledge, *more: object) -> TrainedModel:
        trainings.append(knowledge)
        return train(knowledge)

    monkeypatch.setattr(trained_model, "train_model", counted)
    monkeypatch.setenv("BOT_CACHE_DIR", str(tmp_path / "cache"))
    load_or_train(known)
    load_or_train(known)
    assert len(trainings) == 1
    assert trained_model.is_trained(known.fingerprint)
    monkeypatch.setattr(trained_model, "code_version", lambda: "another")
    assert not trained_model.is_trained(known.fingerprint)
    load_or_train(known)
    assert len(trainings) == 2
