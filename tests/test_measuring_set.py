"""The measuring set stays a measuring set: none of its questions stands among the phrases."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.understanding import QUESTIONS, Question, copied, read_questions
from bot.knowledge.library import Knowledge


def test_no_question_of_our_measuring_set_is_a_phrase(knowledge: Knowledge) -> None:
    asked = read_questions(QUESTIONS)
    assert len(asked) > 200
    assert copied(asked, knowledge) == []


def test_a_question_that_is_a_phrase_is_found(knowledge: Knowledge) -> None:
    phrase = next(one for one in knowledge.phrases if one.phrase.text.isalpha())
    question = Question(f"{phrase.phrase.text.upper()}!", "fi", phrase.intent, None)
    (found,) = copied([question], knowledge)
    assert found.startswith(f"{phrase.intent}.yaml:")
    assert found.endswith(question.text)
    assert copied([replace(question, before=("Hei",))], knowledge) == []
