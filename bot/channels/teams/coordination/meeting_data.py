"""What the forms of meetings hold, and the fields of content/meetings/ that they become."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from bot.announcements.errors import Invalid
from bot.i18n import N_, Message, Translator, translator
from bot.knowledge.invalid_value import InvalidValueError
from bot.knowledge.library import Knowledge
from bot.knowledge.models import MAIL, Meeting, SomeLanguages
from bot.knowledge.recurrence import Occurrence
from bot.knowledge.values import LANGUAGES, Language, checked_date
from bot.knowledge.visible import hidden_host

from ..cards import Json
from . import elements as e
from .card_actions import CardAction
from .form_fields import input_per_language

WEB_ADDRESS = re.compile(r"https?://[^\s<>()\[\]\"']+")
"""An address as files of `content/` may have it."""

MAIL_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+", re.ASCII)

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)

ANY_KIND = "meeting"
"""The kind of a meeting in a community that names no kinds."""

TEXTS = ("title", "place", "description")

LABELS: Mapping[str, Message] = {
    "title": N_("Title"),
    "kind": N_("Kind"),
    "place": N_("Place"),
    "online": N_("Link for taking part online"),
    "registration": N_("Registration: a link or an e-mail address"),
    "registration.deadline": N_("Registration by"),
    "description": N_("Description"),
}
"""What forms call the fields of a meeting."""

FIELD_NAMES = (
    *(f"title.{one}" for one in LANGUAGES),
    "kind",
    *(f"place.{one}" for one in LANGUAGES),
    "online.url",
    "online.share",
    "registration.url",
    "registration.deadline",
    *(f"description.{one}" for one in LANGUAGES),
)
"""The fields of the form that hold something of the meeting, in their order."""


def time_inputs(_: Translator, day: str, start: str, end: str) -> list[Json]:
    """The fields of a day with its hours."""
    return [
        e.date_input("day", _("Day"), day),
        e.columns(e.time_input("start", _("Starts"), start), e.time_input("end", _("Ends"), end)),
    ]


def title_inputs(
    knowledge: Knowledge, languages: Iterable[Language], language: Language, action: CardAction
) -> list[Json]:
    """The fields of a meeting's title and kind, with what was typed."""
    _, written = translator(language), (languages, language, action)
    named = knowledge.community.meeting_kinds
    kinds = [(key, kind.name[language]) for key, kind in named.items()]
    kinds = kinds or [(ANY_KIND, _("Meeting"))]
    return [
        *input_per_language(e.text_input, N_("Title {language}"), "title", *written),
        e.choice_input("kind", _("Kind"), kinds, action.get("kind") or kinds[0][0]),
    ]


def detail_inputs(
    languages: Iterable[Language], language: Language, action: CardAction
) -> list[Json]:
    """The fields of where a meeting is, how one registers and what it is about."""
    _, written = translator(language), (languages, language, action)
    return [
        *input_per_language(e.text_input, N_("Place {language}"), "place", *written),
        e.url_input("online.url", _("Link for taking part online"), action.get("online.url")),
        e.toggle_input(
            "online.share",
            _("The link may be shown to everybody, outside Teams as well"),
            action.is_on("online.share"),
        ),
        e.text_input(
            "registration.url",
            LABELS["registration"].said(language),
            action.get("registration.url"),
            longest=500,
            hint=_("https://… or name@example.fi"),
        ),
        e.date_input(
            "registration.deadline", _("Registration by"), action.get("registration.deadline")
        ),
        *input_per_language(
            e.multiline_input, N_("Description {language}"), "description", *written
        ),
    ]


def time_faults(action: CardAction, *, one_day: bool = True) -> Iterator[Invalid]:
    """All that is wrong with a day and its hours; with `one_day` both are of the same day."""
    faults = []
    for field in ("day", "start", "end"):
        typed = action.get(field)
        if not typed:
            faults.append(Invalid(field, "missing"))
        elif field == "day":
            faults += day_faults(field, typed)
        elif field != "day" and not _TIME.fullmatch(typed):
            faults.append(Invalid(field, "no_time"))
    if one_day and not faults and action.get("end") <= action.get("start"):
        faults.append(Invalid("end", "end_before_start"))
    yield from faults


def read_day(field: str, typed: str) -> dt.date:
    """The day of a field, as a date picker gives it; raises Invalid for any other text.

    Years that content may not have are refused: far ones cannot be reckoned with.
    """
    try:
        found = dt.date.fromisoformat(typed) if _DAY.fullmatch(typed) else None
    except ValueError:
        found = None
    if found is None:
        raise Invalid(field, "no_day")
    try:
        return checked_date(typed, found.year, found.month, found.day)
    except InvalidValueError as error:
        raise Invalid(field, "meeting_field", reason=error.message) from None


def day_faults(field: str, typed: str) -> list[Invalid]:
    """What is wrong with a day of a field."""
    try:
        read_day(field, typed)
    except Invalid as error:
        return [error]
    return []


def detail_faults(action: CardAction) -> Iterator[Invalid]:
    """All that is wrong with the words, places and addresses of a meeting."""
    if not action.texts("title"):
        yield Invalid("title", "missing")
    if not action.texts("place") and not action.get("online.url"):
        yield Invalid("place", "place_or_online")
    online, registration = action.get("online.url"), action.get("registration.url")
    if online and not WEB_ADDRESS.fullmatch(online):
        yield Invalid("online.url", "web_address")
    elif host := hidden_host(online):
        yield Invalid("online.url", "hidden_host", host=host)
    if registration and not MAIL_ADDRESS.fullmatch(registration):
        if not WEB_ADDRESS.fullmatch(registration):
            yield Invalid("registration.url", "web_or_mail")
        elif host := hidden_host(registration):
            yield Invalid("registration.url", "hidden_host", host=host)
    deadline = action.get("registration.deadline")
    if deadline and (faults := day_faults("registration.deadline", deadline)):
        yield from faults
    elif deadline and not registration:
        yield Invalid("registration.deadline", "deadline_alone")


def deadline_doubts(action: CardAction, held: str, today: dt.date) -> list[Message]:
    """What is probably a mistake of a registration's last day, of a meeting held on a day."""
    deadline = action.get("registration.deadline")
    if not deadline:
        return []
    if deadline > held:
        return [N_("The last day for registering is after the meeting. Is that meant?")]
    if deadline < today.isoformat():
        return [N_("The last day for registering is past. Is that meant?")]
    return []


def detail_data(action: CardAction) -> dict[str, Any]:
    """What was typed of a meeting besides its time, in the shape of a file's fields."""
    body: dict[str, Any] = {"kind": action.get("kind")}
    for name in TEXTS:
        if texts := action.texts(name):
            body[name] = texts
    if url := action.get("online.url"):
        share = "public" if action.is_on("online.share") else "members"
        body["online"] = {"url": url, "share": share}
    if url := action.get("registration.url"):
        body["registration"] = {"url": url}
        if deadline := action.get("registration.deadline"):
            body["registration"]["deadline"] = deadline
    return body


def detail_values(occurrence: Occurrence) -> dict[str, str]:
    """What the fields of a form hold of a meeting besides its time."""
    meeting = occurrence.meeting
    values = {"kind": meeting.kind}
    for name in TEXTS:
        texts: SomeLanguages | None = getattr(meeting, name)
        values |= {f"{name}.{one}": getattr(texts, one, None) or "" for one in LANGUAGES}
    if meeting.online is not None:
        public = meeting.online.share == "public"
        values |= {"online.url": meeting.online.url, "online.share": "true" if public else "false"}
    if meeting.registration is not None:
        last = meeting.registration.last_day(occurrence.start.date())
        values["registration.url"] = meeting.registration.url.removeprefix(MAIL)
        values["registration.deadline"] = last.isoformat() if last else ""
    return values


def written_languages(meeting: Meeting) -> frozenset[str]:
    """The languages in which a meeting has any text."""
    texts = (getattr(meeting, name) for name in TEXTS)
    return frozenset(one for text in texts if text is not None for one in text.languages())


def as_usual(action: CardAction, occurrence: Occurrence, usual: Meeting) -> CardAction:
    """What was typed in the form of one date, for all dates of a series.

    What stands as it was is that of the date, which may have words of its own: the series keeps
    what it has.
    """
    here, there = detail_values(occurrence), detail_values(replace(occurrence, meeting=usual))
    kept = {
        name: there.get(name, "")
        for name in FIELD_NAMES
        if _value(action.fields, name) == _value(here, name)
    }
    return replace(action, fields={**action.fields, **kept})


def _value(fields: Mapping[str, str], name: str) -> str:
    """The value of a field; a toggle that is off may be missing, and line breaks differ."""
    value = fields.get(name, "").replace("\r\n", "\n").strip()
    return "" if value == "false" and name == "online.share" else value


def edited_data(action: CardAction, occurrence: Occurrence, *, one_day: bool) -> dict[str, Any]:
    """The fields of a meeting as they were changed in a form of one of its occurrences.

    For a series the last day for registering is kept as so many days before each date.
    """
    body = detail_data(action)
    deadline = action.get("registration.deadline")
    of_all = occurrence.meeting.recurrence is not None and not one_day
    if of_all and deadline and "registration" in body:
        days = (occurrence.start.date() - dt.date.fromisoformat(deadline)).days
        del body["registration"]["deadline"]
        body["registration"]["closes"] = f"{max(days, 0)} days before"
    return body
