"""What the form of a question holds, and the fields of content/questions/ that it becomes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.announcements.asked_in_vain import Asked
from bot.announcements.errors import Invalid
from bot.i18n import N_, Message
from bot.knowledge.library import Knowledge
from bot.knowledge.overlay import Fields
from bot.knowledge.question_pairs import Question
from bot.knowledge.values import LANGUAGES, Language, slug
from bot.understanding.pair_check import few_wordings
from bot.understanding.pair_doubts import Doubt, Kind
from bot.understanding.text import MASKS

from .card_actions import CardAction
from .content_data import SOURCE

ALL = "*"
"""What stands in the choice of networks for all of them."""

LONGEST_KEY = 50


def question_values(question: Question) -> dict[str, str]:
    """What the fields of the form hold of a question."""
    until = question.valid_until
    return {
        **{f"question.{one}": "\n".join(question.question[one]) for one in LANGUAGES},
        **{f"answer.{one}": getattr(question.answer, one) or "" for one in LANGUAGES},
        "networks": ",".join(question.networks) or ALL,
        "valid_until": until.isoformat() if until else "",
    }


def asked_values(asked: Asked, network: str) -> dict[str, str]:
    """The same of what was asked in vain."""
    return {f"question.{asked.language}": "\n".join(asked.wordings), "networks": network}


def question_fields(
    action: CardAction, before: Fields | None, today: dt.date, language: Language
) -> dict[str, Any]:
    """A question's fields as typed, in a form in `language`; raises Invalid."""
    questions = {one: found for one in LANGUAGES if (found := wordings_of(action, one))}
    answers = action.texts("answer")
    first = next((one for one in (language, *LANGUAGES) if one in questions), language)
    if not questions:
        raise Invalid(f"question.{first}", "missing")
    if not answers:
        raise Invalid(f"answer.{first}", "missing")
    networks = [one for one in action.get("networks").split(",") if one]
    if not networks:
        raise Invalid("networks", "missing")
    fields: dict[str, Any] = {
        # Not in the form: what a newer version may add.
        **{name: one for name, one in (before or {}).items() if name not in _OF_FORM},
        "question": questions,
        "answer": answers,
        "source": {
            "name": SOURCE.said(language if language in answers else next(iter(answers))),
            "date": today.isoformat(),
        },
    }
    if ALL not in networks:
        fields["networks"] = networks
    if until := action.get("valid_until"):
        if until < today.isoformat():
            raise Invalid("valid_until", "time_past")
        fields["valid_until"] = until
    return fields


_OF_FORM = ("question", "answer", "networks", "source", "valid_until")


def wordings_of(action: CardAction, language: Language) -> list[str]:
    """What was typed as wordings in a language, one a line, each once."""
    lines = (line.strip().lstrip("-–• ") for line in _lines(action, language))
    return list(dict.fromkeys(line for line in lines if line))


def _lines(action: CardAction, language: Language) -> list[str]:
    return action.get(f"question.{language}").splitlines()


def free_key(action: CardAction, knowledge: Knowledge, of_files: Iterable[str]) -> str:
    """A key for a new question, made from its first wording."""
    taken = {*knowledge.questions, *of_files}
    return next(name for name in free_keys(action) if name not in taken)


def free_keys(action: CardAction) -> tuple[str, ...]:
    """The keys that a new question may have, made from its first wording: the first free one."""
    first = next((found[0] for one in LANGUAGES if (found := wordings_of(action, one))), "")
    base = slug(first)[:LONGEST_KEY].strip("-") or "question"
    return (base, *(f"{base}-{number}" for number in range(2, 1000)))


def saved_already(wanted: Fields, knowledge: Knowledge) -> str | None:
    """The key of a question that says all the same: the answer to a first press was lost."""
    for key, question in knowledge.questions.items():
        values = question.model_dump(mode="json", exclude_none=True)
        same = all(
            list(values["question"].get(one, ())) == wanted["question"].get(one, [])
            for one in LANGUAGES
        )
        answered = all(
            (getattr(question.answer, one) or "") == wanted["answer"].get(one, "")
            for one in LANGUAGES
        )
        if same and answered and set(question.networks) == set(wanted.get("networks", ())):
            return key
    return None


def doubts_said(
    doubts: Sequence[Doubt], wanted: Question, knowledge: Knowledge, language: Language
) -> list[str]:
    """What `check` says of a question, for somebody who sees no files."""
    said = (_doubt(one, wanted, knowledge, language).said(language) for one in doubts)
    # Several phrases may be worded alike.
    return [*dict.fromkeys(said)]


def _doubt(doubt: Doubt, wanted: Question, knowledge: Knowledge, language: Language) -> Message:
    if doubt.kind is Kind.FEW_WORDINGS:
        written: Language = doubt.where[1]  # type: ignore[assignment]
        return few_wordings(wanted, written)
    if doubt.other:
        return N_(
            "“{text}” asks nearly the same as “{other}”, which is answered already: who asks "
            "one may get the other’s answer.",
            text=doubt.text,
            other=knowledge.questions[doubt.other].shown(language),
        )
    if doubt.kind is Kind.A_PHRASE:
        code, at = doubt.where[1], doubt.where[2]
        return N_(
            "“{text}” has an answer of its own already, and keeps it: ask it in other words.",
            text=wanted.question[code][at],  # type: ignore[index]
        )
    # A place stands there as a mask.
    return N_(
        "This would also be the answer to “{text}”, which has another one already: word it more "
        "narrowly.",
        text=" ".join(word for word in doubt.text.split() if word not in MASKS),
    )


FIELDS: Mapping[str, Message] = {
    "question": N_("Question"),
    "answer": N_("Answer"),
    "networks": N_("For which networks"),
    "valid_until": N_("Answer valid until"),
}
"""What forms call the fields of a question."""
