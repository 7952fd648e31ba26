"""What callers may send, and the errors for what is wrong."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.announcements.model import Change, Draft, Reminder
from bot.knowledge.values import LANGUAGES, Language

MAX_TEXT = 5_000
"""Characters of any one text; each field has a smaller limit of its own."""

Text = Annotated[str, Field(max_length=MAX_TEXT)]
Short = Annotated[str, Field(pattern=r"\S", max_length=100)]


class BodyInvalid(Exception):
    """A request that cannot be done: the status, and what is wrong with which field."""

    def __init__(self, status: int, errors: list[tuple[str, str]], retry_after: int = 0) -> None:
        super().__init__(errors[0][1])
        self.status = status
        self.errors = errors
        self.retry_after = retry_after


class Body(BaseModel):
    """Nothing is guessed: unknown fields and values of another type are errors."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Words(Body):
    """A text by language."""

    fi: Text = ""
    sv: Text = ""
    en: Text = ""

    def by_language(self) -> dict[Language, str]:
        """The languages that were given."""
        return {one: getattr(self, one) for one in LANGUAGES if one in self.model_fields_set}


class NewAnnouncement(Body):
    """The body of a POST."""

    meeting: Short = ""
    title: Words = Words()
    text: Words = Words()
    note: Words = Words()
    networks: Annotated[list[Short], Field(min_length=1, max_length=200)] = []
    send_at: Short = ""
    reminders: Annotated[list[Literal["1d", "1h"]], Field(max_length=2)] = []

    def draft(self) -> Draft:
        """What is to be announced."""
        return Draft(
            occurrence=self.meeting if "meeting" in self.model_fields_set else None,
            title=self.title.by_language(),
            text=self.text.by_language(),
            note=self.note.by_language(),
            networks=tuple(self.networks),
            send_at=self.send_at if "send_at" in self.model_fields_set else None,
            reminders=tuple(Reminder(one) for one in self.reminders),
        )


class ChangedAnnouncement(Body):
    """The body of a PATCH: only what is named changes, and a text in all its languages."""

    title: Words = Words()
    text: Words = Words()
    note: Words = Words()
    send_at: Short = ""

    def change(self) -> Change:
        """What is to be changed."""
        given = self.model_fields_set
        return Change(
            title=self.title.by_language() if "title" in given else None,
            text=self.text.by_language() if "text" in given else None,
            note=self.note.by_language() if "note" in given else None,
            send_at=self.send_at if "send_at" in given else None,
        )


B = TypeVar("B", bound=Body)


def read(model: type[B], raw: bytes) -> B:
    """The body as a model; raises BodyInvalid (400 for what is no JSON, 422 for wrong fields)."""
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        if found[0]["type"] == "json_invalid":
            raise BodyInvalid(400, [("", "The body is not JSON.")]) from None
        raise BodyInvalid(422, [(_field(one), _sentence(one)) for one in found]) from None


def _field(detail: Any) -> str:
    return ".".join(str(part) for part in detail["loc"])


def _sentence(detail: Any) -> str:
    match detail["type"]:
        case "extra_forbidden":
            return "There is no such field."
        case "model_type":
            return "This must be an object with fields."
        case _:
            return f"{detail['msg']}."
