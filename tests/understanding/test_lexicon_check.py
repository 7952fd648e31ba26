"""A lexicon that has lost a part is an error, with the part's name."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from bot.knowledge.library import Knowledge
from bot.knowledge.loader import load
from bot.knowledge.values import LANGUAGES, Language
from bot.understanding.lexicon_check import MAY_LACK, check_lexicons, lacking

ROOT = Path(__file__).parents[2]


@pytest.fixture
def intents(tmp_path: Path, few_intents: Path) -> Path:
    return shutil.copytree(few_intents, tmp_path / "intents")


def _without(path: Path, part: str) -> None:
    """Takes a part out of a file: its line, and those below that stand farther in."""
    text = path.read_text("utf-8")
    left, taken = re.subn(rf"(?m)^{part}:.*\n(?:[ ].*\n|\n)*", "", text)
    assert taken == 1
    path.write_text(left, "utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("part", ["talk", "negation", "wish_words"])
def test_a_lost_part_is_an_error(intents: Path, language: Language, part: str) -> None:
    path = intents / "lexicons" / f"{language}.yaml"
    _without(path, part)
    found = check_lexicons(load(ROOT / "content", intents), intents)
    (finding,) = found
    assert (finding.path, finding.severity) == (path, "error")
    assert finding.message.startswith(f"`{part}` is missing or empty")


def test_lost_words_of_a_part_are_an_error_on_its_line(intents: Path) -> None:
    path = intents / "lexicons" / "sv.yaml"
    text = path.read_text("utf-8")
    left, taken = re.subn(r"(?m)^  both:.*\n", "", text, count=1)
    assert taken == 1
    path.write_text(left, "utf-8")
    (finding,) = check_lexicons(load(ROOT / "content", intents), intents)
    assert finding.message.startswith("`talk: both` is missing or empty")
    assert left.splitlines()[finding.line - 1] == "talk:"


def test_ours_lack_nothing_but_what_a_language_may_lack(knowledge: Knowledge) -> None:
    assert check_lexicons(knowledge, ROOT / "intents") == []
    missing = {name for lexicon in knowledge.lexicons.values() for name in lacking(lexicon)}
    assert missing == MAY_LACK
