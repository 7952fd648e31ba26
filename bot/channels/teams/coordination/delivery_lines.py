"""Sentences for coordinators about where an announcement is, is not, and may be."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from bot.announcements.model import Delivery, Outcome, Reason, Report, Suspended
from bot.announcements.permissions import ALL
from bot.announcements.sender import Target, failure_text
from bot.answers import dates
from bot.i18n import Message, pN_, said, translator
from bot.knowledge.library import Knowledge
from bot.knowledge.values import Language

from ..cards import Json
from . import elements as e
from .names import Known, key

MOST_REASONS = 5
MOST_DAYS = 5

CONVERSATION_NAMES: Mapping[str, Message] = {
    "channel": pN_("kind of conversation", "channel"),
    "group": pN_("kind of conversation", "group"),
    "personal": pN_("kind of conversation", "chat"),
    "page": pN_("kind of conversation", "Facebook Page"),
}
"""By `Target.kind`."""


def paused(since: dt.datetime | None, knowledge: Knowledge, language: Language) -> list[Json]:
    """That an administrator has had all sending paused."""
    if since is None:
        return []
    when = dates.instant(since.astimezone(knowledge.zone), language)
    _ = translator(language)
    words = _(
        "Sending is paused since {time}: an administrator has stopped it for the time being. What "
        "waits goes out when it is resumed.",
        time=when,
    )
    return [e.text(words, color="Warning")]


def held_up(report: Report, language: Language) -> list[Json]:
    """That many conversations of a tenant cannot be reached, so that they wait."""
    if not report.counts.held:
        return []
    words = translator(language).ngettext(
        "Teams does not reach {count} channel or chat at the moment; it is tried again by itself "
        "for up to three days.",
        "Teams does not reach {count} channels or chats at the moment; they are tried again by "
        "themselves for up to three days.",
        report.counts.held,
    )
    return [e.text(words, color="Warning")]


def uncertain(report: Report, names: Known, knowledge: Knowledge, language: Language) -> list[Json]:
    """In which conversations a copy may stand that cannot be reached."""
    number = report.counts.uncertain
    if not number:
        return []
    where = _places_of(report.uncertain, number, names, knowledge, language)
    words = translator(language).ngettext(
        "In this channel or chat a copy may stand that I can neither change nor delete: {names}. "
        "Look there, and delete by hand what should not stand.",
        "In these {count} channels or chats a copy may stand that I can neither change nor "
        "delete: {names}. Look there, and delete by hand what should not stand.",
        number,
        names=where,
    )
    return [e.text(words, color="Warning")]


def suspended(
    found: Suspended, names: Known, knowledge: Knowledge, language: Language
) -> list[Json]:
    """Which conversations could not be reached lately, by the day since when."""
    days: dict[dt.date, list[Target]] = defaultdict(list)
    for one in found.first:
        days[one.since.astimezone(knowledge.zone).date()].append(one.target)
    _, lines = translator(language), []
    for day, targets in list(days.items())[:MOST_DAYS]:
        places = (
            _place(one, one.kind, one.networks, names, knowledge, language) for one in targets
        )
        words = _.ngettext(
            "This channel or chat could not be reached since {day}: {names}.",
            "These {count} channels or chats could not be reached since {day}: {names}.",
            len(targets),
            day=dates.day(day, language),
            names=_joined(places, len(targets), language),
        )
        lines.append(e.text(words, color="Warning"))
    rest = found.number - sum(len(targets) for targets in list(days.values())[:MOST_DAYS])
    if rest:
        more = _.ngettext(
            "Nor could {count} other be reached.", "Nor could {count} others be reached.", rest
        )
        lines.append(e.text(more, color="Warning"))
    if lines:
        # i18n: They are channels and chats that could not be reached.
        again = _("Each announcement is tried there all the same. Is the bot still in the team?")
        lines.append(e.subline(again, isSubtle=True))
    return lines


def reasons(report: Report, names: Known, knowledge: Knowledge, language: Language) -> list[Json]:
    """Where it is not, and why: how many of a kind, their names where they are known."""
    times: Counter[tuple[str, str]] = Counter()
    for one in report.reasons:
        times[one.kind, _sentence(one, language)] += one.times
    if not times:
        return []
    named: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in report.missing:
        if row.target is not None and (name := names.get(key(row.target))):
            named[row.kind, _sentence(row, language)].append(name)
    _ = translator(language)
    lines = [e.text(_("Where it is not, and why"), weight="Bolder")]
    for (kind, reason), number in times.most_common(MOST_REASONS):
        kind_name = said(CONVERSATION_NAMES.get(kind, kind), language)
        known = named[kind, reason]
        which = f" ({_joined(known, number, language)})" if known else ""
        lines.append(e.subline(f"{number} × {kind_name}{which}: {reason}"))
    return lines


def arrived(report: Report, names: Known, language: Language) -> list[Json]:
    """Where it is, as far as names are known."""
    known = [name for one in report.arrived if one.target and (name := names.get(key(one.target)))]
    if not known:
        return []
    _ = translator(language)
    where = _joined(known, report.counts.delivered, language)
    return [e.subline(_("It is here: {names}", names=where), isSubtle=True)]


def to_be_named(report: Report) -> list[Target]:
    """The conversations of a report, those first whose names matter most."""
    deliveries = (*report.uncertain, *report.missing)
    return [
        *(one.target for one in deliveries if one.target is not None),
        *(one.target for one in report.suspended.first),
        *(one.target for one in report.arrived if one.target is not None),
    ]


def _sentence(one: Reason | Delivery, language: Language) -> str:
    if one.error is None and one.outcome is Outcome.GONE:
        return failure_text("gone", language)
    if one.error is None and one.outcome is Outcome.UNCERTAIN:
        return failure_text("in_doubt", language)
    return failure_text(one.error, language)


def _places_of(
    rows: Sequence[Delivery],
    number: int,
    names: Known,
    knowledge: Knowledge,
    language: Language,
) -> str:
    places = (
        _place(one.target, one.kind, (one.network or ALL,), names, knowledge, language)
        for one in rows
    )
    return _joined(places, number, language)


def _place(
    target: Target | None,
    kind: str,
    networks: Iterable[str],
    names: Known,
    knowledge: Knowledge,
    language: Language,
) -> str:
    """The name of a conversation, or its kind and what it follows."""
    if target is not None and (name := names.get(key(target))):
        return name
    _, known = translator(language), knowledge.networks
    followed = [
        known[one].short[language] if one in known else _("All networks")
        for one in networks
        if one in known or one == ALL
    ]
    kind_name = said(CONVERSATION_NAMES.get(kind, kind), language)
    return f"{kind_name} ({', '.join(followed)})" if followed else kind_name


def _joined(places: Iterable[str], number: int, language: Language) -> str:
    """Names as a list; those that are the same are counted, and those left out as well."""
    counted = Counter(places)
    parts = [f"{times} × {name}" if times > 1 else name for name, times in counted.items()]
    if (rest := number - counted.total()) > 0:
        _ = translator(language)
        # i18n: The end of a list of channels and chats: "A, B and 5 others".
        parts.append(_.ngettext("{count} other", "{count} others", rest))
    return dates.joined(parts, language)
