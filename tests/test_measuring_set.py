"""The measuring set stays a measuring set: none of its questions stands among the phrases."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.understanding import QUESTIONS, read_questions
from bot.knowledge.library import Knowledge
from bot.understanding.text import words

OUTSIDE = Path(__file__).resolve().parents[2] / "shared" / "questions" / "questions.jsonl"


def _copied(questions: Path, fewest: int, knowledge: Knowledge) -> list[str]:
    phrases = {" ".join(words(phrase.phrase.text)): phrase for phrase in knowledge.phrases}
    asked = read_questions(questions)
    assert len(asked) > fewest
    return [
        f"{phrases[text].intent}.yaml:{phrases[text].line}: {question.text}"
        for question in asked
        # A short turn of a conversation, such as `kiitos`, belongs to everybody.
        if not question.before and (text := " ".join(words(question.text))) in phrases
    ]


def test_no_question_of_our_measuring_set_is_a_phrase(knowledge: Knowledge) -> None:
    assert not _copied(QUESTIONS, 200, knowledge)


@pytest.mark.skipif(not OUTSIDE.exists(), reason="the measuring set lies outside this clone")
def test_no_question_of_the_outside_measuring_set_is_a_phrase(knowledge: Knowledge) -> None:
    assert not _copied(OUTSIDE, 500, knowledge)
