"""Warnings about content/questions: what is out of date, said twice, or asked of an intent."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from bot.i18n import N_, Message
from bot.knowledge.library import Knowledge
from bot.knowledge.loader import DEMO
from bot.knowledge.question_pairs import Question
from bot.knowledge.values import Language
from bot.knowledge.yaml_source import Document, Finding, read_yaml
from bot.understanding.pair_doubts import ENOUGH, Doubt, Kind, find_doubts


def check_questions(knowledge: Knowledge, content: Path, today: dt.date) -> list[Finding]:
    """What an editor should look at; one wording in two files is an error."""
    documents = {key: _document(content, key) for key in knowledge.questions}
    findings = (
        documents[one.key].finding(
            one.where,
            _message(one, knowledge.questions[one.key], documents),
            "error" if one.kind is Kind.SAME_WORDING else "warning",
        )
        for one in find_doubts(knowledge, today)
    )
    return sorted(findings)


def _document(content: Path, key: str) -> Document:
    folders = (content / "questions", content / DEMO / "questions")
    found = (folder / f"{key}{end}" for folder in folders for end in (".yaml", ".yml"))
    return read_yaml(next(path for path in found if path.exists()))


def few_wordings(question: Question, language: Language) -> Message:
    """That a question has hardly enough wordings in a language."""
    return N_(
        "{count} wordings are hardly enough for the question to be found in other "
        "words: write {enough} or more, each in words of its own",
        count=len(question.question[language]),
        enough=ENOUGH,
    )


def _message(doubt: Doubt, question: Question, documents: dict[str, Document]) -> Message:
    match doubt.kind:
        case Kind.OUTDATED:
            return N_(
                "this answer was valid until {day} and is not given any more: look whether it "
                "still holds and set `valid_until` anew, or remove the file",
                day=str(question.valid_until),
            )
        case Kind.FEW_WORDINGS:
            language: Language = doubt.where[1]  # type: ignore[assignment]
            return few_wordings(question, language)
        case Kind.SAME_WORDING:
            return N_(
                "the wording `{text}` stands in {place} as well; keep it where it belongs",
                text=doubt.text,
                place=documents[doubt.other].path.name,
            )
        case Kind.SAME_QUESTION:
            return N_(
                "`{text}` asks the same as {place}: who asks one may get the other's "
                "answer; make one of the two, or word them further apart",
                text=doubt.text,
                place=documents[doubt.other].path.name,
            )
    assert doubt.phrase is not None
    place = N_("{file} line {line}", file=doubt.phrase.file, line=doubt.phrase.line)
    if doubt.kind is Kind.A_PHRASE:
        return N_(
            "this is a phrase of {place} too, and answered by that: ask it in other words",
            place=place,
        )
    return N_(
        "this would take questions such as `{text}`, which {place} answers: word it "
        "more narrowly, or leave it to that",
        text=doubt.text,
        place=place,
    )
