"""What the bot will now say of what has a key, for `taikubot check --preview KEY`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from difflib import get_close_matches
from itertools import islice

from bot.answers import dates
from bot.answers.compose import compose
from bot.answers.plain import plain_text
from bot.answers.scope import Context
from bot.i18n import N_, Message, translator
from bot.knowledge.library import Knowledge
from bot.knowledge.question_pairs import Question
from bot.knowledge.recurrence import Occurrence
from bot.knowledge.values import LANGUAGES, Language
from bot.understanding.model import QUESTION, Entities, Request, Understanding

DATES = 5
"""How many coming dates are shown."""

AHEAD = dt.timedelta(days=3 * 366)
"""How far ahead they are looked for: some meetings are held once a year, or less."""


def preview(knowledge: Knowledge, key: str, language: str, now: dt.datetime) -> Iterator[str]:
    """The answers about a key and its next dates, as texts; nothing where no file has that key."""
    spoken: Language = next((one for one in LANGUAGES if one == language), LANGUAGES[0])
    _ = translator(language)
    coming = _coming(knowledge, key, now)
    if question := knowledge.questions.get(key):
        yield from _question(question, knowledge, spoken, now)
    for request in _requests(knowledge, key, coming, now):
        understanding = Understanding("", spoken, (request,), 1.0)
        yield plain_text(compose(understanding, knowledge, Context(now, members=True)))
    if key in knowledge.meetings or key in knowledge.networks:
        lines = [_line(one, spoken) for one in coming]
        heading = _("The next dates ({key}):", key=key)
        yield "\n".join([heading, *(lines or [_("none is to come")])])


def unknown_key(knowledge: Knowledge, key: str) -> Message:
    """What is said of a key that no file has."""
    known = [
        *knowledge.networks,
        *knowledge.people,
        *knowledge.meetings,
        *knowledge.questions,
    ]
    near = get_close_matches(key, known, 3, 0.5) or sorted(known)
    return N_(
        "--preview: there is no `{key}` among networks, people, meetings and questions; there are: "
        "{known}",
        key=key,
        known=near,
    )


def _question(
    question: Question, knowledge: Knowledge, language: Language, now: dt.datetime
) -> Iterator[str]:
    """The answer to a question, then whom it holds for and until when."""
    _ = translator(language)
    lasting = question.model_copy(update={"valid_until": None})
    shown = replace(knowledge, questions={**knowledge.questions, question.key: lasting})
    about = Entities(networks=question.networks[:1], questions=(question.key,))
    understanding = Understanding("", language, (Request(QUESTION, about),), 1.0)
    yield plain_text(compose(understanding, shown, Context(now, members=True)))
    names = [knowledge.networks[key].short[language] for key in question.networks]
    lines = [_("For: {networks}", networks=", ".join(names) if names else _("all networks"))]
    if question.valid_until is None:
        lines.append(_("Valid without an end"))
    else:
        day = dates.day(question.valid_until, language)
        today = now.astimezone(knowledge.zone).date()
        lines.append(
            _("Valid until {day}", day=day)
            if question.holds(today)
            else _("Was valid until {day}: the bot no longer says this", day=day)
        )
    yield "\n".join(lines)


def _requests(
    knowledge: Knowledge, key: str, coming: list[Occurrence], now: dt.datetime
) -> Iterator[Request]:
    if key in knowledge.networks:
        yield Request("network_info", Entities(networks=(key,)))
    if person := knowledge.people.get(key):
        yield Request("person", Entities(networks=person.networks, persons=(key,)))
    if meeting := knowledge.meetings.get(key):
        next_one = next((one for one in coming if not one.cancelled), coming[0] if coming else None)
        found = next_one.key if next_one else f"{key}@{meeting.start.date().isoformat()}"
        yield Request("meetings", Entities(networks=meeting.networks, meetings=(found,)))


def _coming(knowledge: Knowledge, key: str, now: dt.datetime) -> list[Occurrence]:
    networks = (key,) if key in knowledge.networks else ()
    found = knowledge.coming(now, now + AHEAD, networks)
    if not networks:
        found = [one for one in found if one.meeting.key == key]
    return list(islice(found, DATES))


def _line(occurrence: Occurrence, language: Language) -> str:
    _ = translator(language)
    meeting = occurrence.meeting
    start = occurrence.start.date()
    when = dates.moment(occurrence.start, occurrence.end, language)
    notes = [meeting.title.best(language)]
    if occurrence.cancelled:
        notes.append(_("cancelled"))
    elif occurrence.moved:
        notes.append(_("moved from {day}", day=dates.day(occurrence.day, language)))
    last = meeting.registration.last_day(start) if meeting.registration else None
    if last and not occurrence.cancelled:
        notes.append(_("Register by {day}", day=dates.day(last, language)))
    return f"- {when}: {', '.join(notes)}"
