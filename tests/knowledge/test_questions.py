"""content/questions: what is read, and what check says of it."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from bot.knowledge.library import Knowledge
from bot.understanding.pair_check import check_questions

from .world import World

DAY = dt.date(2026, 11, 20)

PARKING = """\
question:
  fi:
    - Mihin auton voi jättää tapaamisen ajaksi?
    - Onko tapaamispaikalla pysäköintitilaa?
    - Maksaako parkkeeraus siellä?
answer:
  fi: |
    Talon pihassa on kymmenen paikkaa.
networks: [north]
source: {name: Kutsu, url: "https://example.org/kutsu", date: 2026-10}
valid_until: 2027-06-30
"""


def test_a_question_is_read(world: World) -> None:
    world.write("content/questions/parking.yaml", PARKING)
    question = world.knowledge().questions["parking"]
    assert question.shown("sv") == "Mihin auton voi jättää tapaamisen ajaksi?"
    assert question.answer_language("en") == "fi"
    assert question.holds(dt.date(2027, 6, 30))
    assert not question.holds(dt.date(2027, 7, 1))


def test_a_question_does_not_change_what_is_learned(world: World) -> None:
    before = world.knowledge().fingerprint
    world.write("content/questions/parking.yaml", PARKING)
    assert world.knowledge().fingerprint == before


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("networks: [north]", "networks: [nort]", 9, "`nort`"),
        ("answer:\n  fi: |\n    Talon pihassa on kymmenen paikkaa.\n", "", 1, "answer"),
        ("valid_until: 2027-06-30", "valid_until: 2027-13-30", 11, "month"),
        ("https://example.org/kutsu", "https://example.org@evil.example", 10, "evil.example"),
        ("kymmenen paikkaa", "https://example.org@evil.example", 8, "evil.example"),
        ("source:", "sauce:", 10, "sauce"),
        ("  fi:\n    - M", "  xx:\n    - M", 2, "xx"),
    ],
)
def test_a_mistake_is_named_at_its_line(
    world: World, old: str, new: str, line: int, said: str
) -> None:
    assert old in PARKING
    world.write("content/questions/parking.yaml", PARKING.replace(old, new))
    at = f"content/questions/parking.yaml:{line}: error: "
    found = world.findings()
    assert any(one.startswith(at) and said in one for one in found), found


def test_what_cannot_be_seen_never_comes_to_an_answer(world: World) -> None:
    hidden = PARKING.replace("kymmenen", "kym\u200b\u202emenen")
    world.write("content/questions/parking.yaml", hidden)
    refused = any("parking.yaml:8: error" in one for one in world.findings())
    assert refused or world.knowledge().questions["parking"].answer.best("fi").isprintable()


def _checked(world: World, day: dt.date = DAY) -> list[str]:
    knowledge: Knowledge = world.knowledge()
    return [
        f"{one.path.name}:{one.line}: {one.severity}: {one.message.said('en')}"
        for one in check_questions(knowledge, world.content, day)
    ]


def test_a_good_question_gives_no_warning(world: World) -> None:
    world.write("content/questions/parking.yaml", PARKING)
    assert _checked(world) == []


def test_an_answer_that_is_no_longer_valid_is_named(world: World) -> None:
    world.write("content/questions/parking.yaml", PARKING)
    (found,) = _checked(world, dt.date(2027, 7, 1))
    assert found.startswith("parking.yaml:11: warning: this answer was valid until 2027-06-30")


def test_too_few_wordings_are_named(world: World) -> None:
    few = PARKING.replace("    - Maksaako parkkeeraus siellä?\n", "")
    world.write("content/questions/parking.yaml", few)
    (found,) = _checked(world)
    assert found.startswith("parking.yaml:2: warning: 2 wordings are hardly enough")


def test_the_same_wording_in_two_files_is_an_error(world: World) -> None:
    world.write("content/questions/parking.yaml", PARKING)
    world.write("content/questions/yard.yaml", PARKING.replace("Talon", "Toisen talon"))
    found = _checked(world)
    assert any(one.startswith("yard.yaml:3: error:") and "parking.yaml" in one for one in found)


def test_two_questions_that_say_the_same_are_named(world: World) -> None:
    world.write("content/questions/parking.yaml", PARKING)
    other = PARKING.replace("Mihin auton voi jättää", "Mihin voi auton jättää")
    other = other.replace("tapaamispaikalla pysäköintitilaa", "paikalla pysäköintitilaa")
    other = other.replace("Maksaako parkkeeraus", "Maksaakohan parkkeeraus")
    world.write("content/questions/yard.yaml", other)
    found = _checked(world)
    assert any("yard.yaml" in one and "warning" in one and "parking.yaml" in one for one in found)


def test_a_wording_that_an_intent_has_is_named(world: World) -> None:
    phrase = next(
        text
        for one in world.knowledge().phrases
        if one.intent != "fallback"
        for text in one.phrase.samples(random.Random(1), 1)
        if "{" not in text and len(text.split()) > 1
    )
    world.write(
        "content/questions/parking.yaml",
        PARKING.replace("Maksaako parkkeeraus siellä?", phrase),
    )
    found = _checked(world)
    assert any("phrase of" in one for one in found), (phrase, found)
