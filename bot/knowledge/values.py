"""The value types of content: texts in three languages, partial dates, statements."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    model_validator,
)

from bot.i18n import N_
from bot.knowledge.invalid_value import InvalidValueError
from bot.knowledge.visible import leads_elsewhere, shows, visible

Language = Literal["fi", "sv", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


class Value(BaseModel):
    """The base of all models of content: immutable, and unknown fields are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _seen(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text = visible(value)
    return text if shows(text) else ""


def _leads_where_it_says(url: str) -> str:
    if elsewhere := leads_elsewhere(url):
        raise InvalidValueError(elsewhere)
    return url


NonEmpty = Annotated[
    str, BeforeValidator(_seen), StringConstraints(strip_whitespace=True, min_length=1)
]
"""A text in which there is something to see, without what cannot be seen."""

KEY_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$"
Key = Annotated[str, StringConstraints(pattern=KEY_PATTERN)]
"""An ASCII slug such as `etela-savo`; file names and references use it."""


def slug(name: str) -> str:
    """The key of a name: `Etelä-Savo` becomes `etela-savo`."""
    plain = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


SPOKEN = "languages"
"""In a validation's context: the languages of the community, where not all are spoken."""


class InSpoken(Value):
    """Texts by language. In a language that the community does not speak none is wanted: there the
    text in its first language stands."""

    @model_validator(mode="before")
    @classmethod
    def _filled(cls, data: Any, info: ValidationInfo) -> Any:
        spoken = (info.context or {}).get(SPOKEN, LANGUAGES)
        if not isinstance(data, dict) or len(spoken) == len(LANGUAGES):
            return data
        known = next((data[one] for one in spoken if one in data), None)
        # Without any, the error names the languages that are spoken.
        filler = "-" if known is None else known
        needed = [one for one in LANGUAGES if cls.model_fields[one].is_required()]
        return {**{one: filler for one in needed if one not in spoken}, **data}


class Localized(InSpoken):
    """A text in each language of the bot."""

    fi: NonEmpty
    sv: NonEmpty
    en: NonEmpty

    def __getitem__(self, language: Language) -> str:
        text: str = getattr(self, language)
        return text

    def __contains__(self, text: object) -> bool:
        return text in (self.fi, self.sv, self.en)


def same_in_all(value: Any) -> Any:
    """A plain text as the same text in every language."""
    return dict.fromkeys(LANGUAGES, value) if isinstance(value, str) else value


Title = Annotated[Localized, BeforeValidator(same_in_all, json_schema_input_type=Localized | str)]
"""A title: a plain text is the same in every language, as the real title of a page is."""


FIRST_YEAR, LAST_YEAR = 1900, 2200
"""Other years are typing errors, and far ones cannot be converted between time zones."""


def checked_date(text: str, year: int, month: int, day: int) -> dt.date:
    """The date that `text` writes; raises Unusable where the calendar does not have it."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        message = N_(
            "`{given}`: the year must be from {first} to {last}",
            given=text,
            first=FIRST_YEAR,
            last=LAST_YEAR,
        )
        raise InvalidValueError(message)
    if not 1 <= month <= 12:
        raise InvalidValueError(N_("`{given}` is not a date: month must be in 1..12", given=text))
    try:
        return dt.date(year, month, day)
    except ValueError:
        raise InvalidValueError(
            N_("`{given}` is not a date: day is out of range for month", given=text)
        ) from None


def _day(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", value.strip())
    if not match:
        raise InvalidValueError(N_("`{given}` is not a date: write 2026-12-10", given=value))
    return checked_date(value, int(match[1]), int(match[2]), int(match[3]))


Day = Annotated[dt.date, BeforeValidator(_day, json_schema_input_type=str)]
"""A whole date, `2026-12-10`; pydantic alone would read `2026` as seconds since 1970."""


class PartialDate(Value):
    """A date of which the month or the day may be unknown."""

    year: int = Field(ge=FIRST_YEAR, le=LAST_YEAR)
    month: int | None = None
    day: int | None = None

    @classmethod
    def parse(cls, text: str) -> PartialDate:
        """Reads `2017`, `2017-01` or `2017-01-25`; raises Unusable for anything else."""
        match = re.fullmatch(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?", text.strip())
        if not match:
            raise InvalidValueError(
                N_("`{given}` is not a date: write 2017, 2017-01 or 2017-01-25", given=text)
            )
        year, month, day = (int(part) if part else None for part in match.groups())
        checked_date(text, year or 0, month or 1, day or 1)
        return cls(year=year or 0, month=month, day=day)

    def iso(self) -> str:
        """The date as `parse` reads it: `2017-01`."""
        return "-".join(f"{part:02}" for part in (self.year, self.month, self.day) if part)

    def first_day(self) -> dt.date:
        """The earliest day that the date can mean."""
        return dt.date(self.year, self.month or 1, self.day or 1)

    def last_day(self) -> dt.date:
        """The latest day that the date can mean."""
        if self.day and self.month:
            return dt.date(self.year, self.month, self.day)
        month = self.month or 12
        after = dt.date(self.year + month // 12, month % 12 + 1, 1)
        return after - dt.timedelta(days=1)


def _partial_date(value: Any) -> Any:
    return PartialDate.parse(value) if isinstance(value, str) else value


PartialDateField = Annotated[
    PartialDate, BeforeValidator(_partial_date, json_schema_input_type=str)
]

WebAddress = Annotated[
    str,
    StringConstraints(pattern=r"^https?://[^\s<>()\[\]\"']+$", max_length=500),
    AfterValidator(_leads_where_it_says),
]


class Source(Value):
    """Where a statement comes from, and of what date it is."""

    title: Title
    url: WebAddress | None = None
    since: PartialDateField | None = None
    """The earliest date that it can have, where only a range up to `date` is known."""
    date: PartialDateField | None = None
    inferred: bool = False
    """The page shows no date; this one was inferred from what it says."""

    @model_validator(mode="after")
    def _range(self) -> Source:
        if self.since is None:
            return self
        if self.date is None:
            raise InvalidValueError(
                N_("`since` begins a time that `date` ends: give `date` as well")
            )
        if self.since.first_day() > self.date.last_day():
            raise InvalidValueError(N_("`since` must not be later than `date`"))
        return self


class Statement(Localized):
    """One thing that a source says."""

    source: Key


class Link(Value):
    """A page or group; without an address where only its name is known."""

    kind: Literal["web", "facebook", "instagram", "newsletter", "publication", "other"]
    title: Localized
    url: WebAddress | None = None
    source: Key
