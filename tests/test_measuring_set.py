"""The measuring set stays a measuring set: none of its questions stands among the phrases."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.knowledge.library import Knowledge
from bot.understanding.text import words

QUESTIONS = Path(__file__).resolve().parents[2] / "shared" / "questions" / "questions.jsonl"


@pytest.mark.skipif(not QUESTIONS.exists(), reason="the measuring set lies outside this clone")
def test_no_question_of_the_measuring_set_is_a_phrase(knowledge: Knowledge) -> None:
    phrases = {" ".join(words(phrase.phrase.text)): phrase for phrase in knowledge.phrases}
    rows = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    assert len(rows) > 500
    copied = [
        f"{phrases[text].intent}.yaml:{phrases[text].line}: {row['text']}"
        for row in rows
        if (text := " ".join(words(row["text"]))) in phrases
    ]
    assert not copied
