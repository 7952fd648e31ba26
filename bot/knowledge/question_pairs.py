"""A question with its answer, as an editor writes it: one file in content/questions/."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from pydantic import Field, model_validator

from bot.i18n import N_
from bot.knowledge.invalid_value import InvalidValueError
from bot.knowledge.models import SomeLanguages
from bot.knowledge.values import (
    LANGUAGES,
    Day,
    Key,
    Language,
    NonEmpty,
    PartialDateField,
    Value,
    WebAddress,
)

Wordings = tuple[NonEmpty, ...]


class QuestionWordings(Value):
    """How a question is asked, in at least one language; the first wording is the one shown."""

    fi: Wordings = ()
    sv: Wordings = ()
    en: Wordings = ()

    @model_validator(mode="after")
    def _one_at_least(self) -> QuestionWordings:
        if not (self.fi or self.sv or self.en):
            raise InvalidValueError(
                N_("write the question in at least one language (fi, sv, en), a wording a line")
            )
        return self

    def __getitem__(self, language: Language) -> Wordings:
        found: Wordings = getattr(self, language)
        return found

    def all(self) -> Iterator[tuple[Language, int, str]]:
        """Every wording with its language and its position there."""
        for language in LANGUAGES:
            for at, text in enumerate(self[language]):
                yield language, at, text


class QuestionSource(Value):
    """Who says what the answer says, and when."""

    name: NonEmpty
    url: WebAddress | None = None
    date: PartialDateField | None = None


class Question(Value):
    """A question and its answer: one file in content/questions/."""

    key: Key
    question: QuestionWordings
    answer: SomeLanguages
    """Text: empty lines part paragraphs, lines that begin with `- ` are a list."""
    networks: tuple[Key, ...] = Field(default=(), description="Left out: all networks.")
    source: QuestionSource | None = None
    valid_until: Day | None = None
    """The last day on which the answer is given."""

    def holds(self, today: dt.date) -> bool:
        """Whether the answer may be given that day."""
        return self.valid_until is None or today <= self.valid_until

    def shown(self, language: Language) -> str:
        """The question as shown: in a language, else in the first that it has."""
        found = self.question[language] or next(
            self.question[other] for other in LANGUAGES if self.question[other]
        )
        return found[0]

    def answer_language(self, language: Language) -> Language:
        """The language in which who asks in this one is answered."""
        given = self.answer.languages()
        return next(one for one in (language, *LANGUAGES) if one in given)

    def concerns(self, networks: tuple[str, ...]) -> bool:
        """Whether it says anything of one of these networks; of no network in particular, yes."""
        return not self.networks or not networks or bool(set(networks) & set(self.networks))
