"""Sentences about where an announcement is, is not, and may be: for cards and commands."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.announcements.model import Delivery, Reason, Report, State, Suspended
from bot.announcements.names import Known, key
from bot.announcements.permissions import ALL
from bot.announcements.report_reasons import Copies, Trouble, copies_of, reason_text, trouble_of
from bot.announcements.sender import Target
from bot.answers import dates
from bot.i18n import Message, pN_, said, translator
from bot.knowledge.library import Knowledge
from bot.knowledge.values import Language

MOST_REASONS = 5
MOST_DAYS = 5

CONVERSATION_NAMES: Mapping[str, Message] = {
    "channel": pN_("kind of conversation", "channel"),
    "group": pN_("kind of conversation", "group"),
    "personal": pN_("kind of conversation", "chat"),
    "page": pN_("kind of conversation", "Facebook Page"),
}
"""By `Target.kind`."""


def to_be_named(report: Report) -> list[Target]:
    """The conversations of a report, those first whose names matter most."""
    deliveries = (*report.uncertain, *report.missing, *report.waiting)
    return [
        *(one.target for one in deliveries if one.target is not None),
        *(one.target for one in report.suspended.first),
        *(one.target for one in report.arrived if one.target is not None),
    ]


@dataclass(frozen=True)
class ReportTexts:
    """The sentences in one language; `names` are those of conversations that are known."""

    knowledge: Knowledge
    language: Language
    names: Known

    def paused(self, since: dt.datetime | None) -> list[str]:
        """That an administrator has had all sending paused."""
        if since is None:
            return []
        _ = translator(self.language)
        when = dates.instant(since.astimezone(self.knowledge.zone), self.language)
        return [
            _(
                "Sending is paused since {time}: an administrator has stopped it for the time "
                "being. What waits goes out when it is resumed.",
                time=when,
            )
        ]

    def paused_of(self, report: Report) -> list[str]:
        """That what waits of a report waits for the end of a pause."""
        counts, since = report.counts, report.paused_since
        recalled = report.announcement.state is State.RECALLED
        to_be_sent = counts.pending > counts.changing and not recalled
        if report.announcement.state is State.SCHEDULED or to_be_sent:
            return self.paused(since)
        return self.changes_paused(since) if counts.pending else []

    def changes_paused(self, since: dt.datetime | None) -> list[str]:
        """That an administrator has had changes and recalls paused with all sending."""
        if since is None:
            return []
        _ = translator(self.language)
        when = dates.instant(since.astimezone(self.knowledge.zone), self.language)
        return [
            _(
                "Sending is paused since {time}, changes and recalls too. What is to be changed or "
                "deleted stands as it is until an administrator resumes it; then the bot does it "
                "by itself.",
                time=when,
            )
        ]

    def uncertain(self, report: Report) -> list[str]:
        """In which conversations a copy may stand that cannot be reached."""
        _, recalled = translator(self.language), report.announcement.state is State.RECALLED
        times: Counter[Copies] = Counter()
        for reason in report.reasons:
            if (copies := copies_of(reason)) is not None:
                times[copies] += reason.times
        places: dict[Copies, list[str]] = defaultdict(list)
        for one in report.uncertain:
            if (copies := copies_of(one)) is not None:
                places[copies].append(self._place(one.target, one.kind, (one.network,)))
        sentences = []
        for copies in Copies:
            if not (number := times[copies]):
                continue
            names = self._joined(places[copies], number)
            if copies is Copies.OUT_OF_REACH:
                sentence = _.ngettext(
                    "In this channel or chat a copy may stand that can neither be changed nor "
                    "deleted from here: {names}. Look there, and delete by hand what should not "
                    "stand.",
                    "In these {count} channels or chats a copy may stand that can neither be "
                    "changed nor deleted from here: {names}. Look there, and delete by hand what "
                    "should not stand.",
                    number,
                    names=names,
                )
            elif recalled:
                sentence = _.ngettext(
                    "Of this channel or chat nobody knows whether the announcement stands there, "
                    "so the bot cannot delete it: {names}. Look there, and delete every copy by "
                    "hand.",
                    "Of these {count} channels or chats nobody knows whether the announcement "
                    "stands there, so the bot cannot delete it: {names}. Look there, and delete "
                    "every copy by hand.",
                    number,
                    names=names,
                )
            elif copies is Copies.TWO:
                sentence = _.ngettext(
                    "Of this channel or chat nobody knows whether the announcement is there once, "
                    "twice or not at all: {names}. Look there, and delete a second one by hand.",
                    "Of these {count} channels or chats nobody knows whether the announcement is "
                    "there once, twice or not at all: {names}. Look there, and delete a second one "
                    "by hand.",
                    number,
                    names=names,
                )
            else:
                sentence = _.ngettext(
                    "Of this channel or chat nobody knows whether the announcement is there: "
                    "{names}. Look there.",
                    "Of these {count} channels or chats nobody knows whether the announcement is "
                    "there: {names}. Look there.",
                    number,
                    names=names,
                )
            sentences.append(sentence)
        return sentences

    def suspended(self, found: Suspended) -> list[str]:
        """Which conversations could not be reached lately, by the day since when."""
        days: dict[dt.date, list[Target]] = defaultdict(list)
        for one in found.first:
            days[one.since.astimezone(self.knowledge.zone).date()].append(one.target)
        _, sentences, told = translator(self.language), [], 0
        for day, targets in list(days.items())[:MOST_DAYS]:
            places = (self._place(one, one.kind, one.networks) for one in targets)
            told += len(targets)
            sentences.append(
                _.ngettext(
                    "This channel or chat could not be reached since {day}: {names}.",
                    "These {count} channels or chats could not be reached since {day}: {names}.",
                    len(targets),
                    day=dates.day(day, self.language),
                    names=self._joined(places, len(targets)),
                )
            )
        if rest := found.number - told:
            sentences.append(
                _.ngettext(
                    "Nor could {count} other be reached.",
                    "Nor could {count} others be reached.",
                    rest,
                )
            )
        if sentences:
            # i18n: They are channels and chats that could not be reached.
            sentences.append(
                _("Each announcement is tried there all the same. Is the bot still in the team?")
            )
        return sentences

    def reasons(self, report: Report, trouble: Trouble) -> list[str]:
        """Why it has not ended well: how many of a kind, with names where they are known."""
        state = report.announcement.state
        times: Counter[tuple[str, str]] = Counter()
        for one in report.reasons:
            if trouble_of(one, state) is trouble:
                times[one.kind, self._why(one, state)] += one.times
        rows = {one.id: one for one in (*report.missing, *report.waiting, *report.uncertain)}
        named: dict[tuple[str, str], list[str]] = defaultdict(list)
        for row in sorted(rows.values(), key=lambda row: row.id):
            if trouble_of(row, state) is not trouble or row.target is None:
                continue
            if name := self.names.get(key(row.target)):
                named[row.kind, self._why(row, state)].append(name)
        lines = []
        for (kind, reason), number in times.most_common(MOST_REASONS):
            known = named[kind, reason]
            which = f" ({self._joined(known, number)})" if known else ""
            lines.append(f"{number} × {self._kind(kind)}{which}: {reason}")
        return lines

    def arrived(self, report: Report) -> list[str]:
        """Where it is, as far as names are known."""
        targets = [one.target for one in report.arrived if one.target is not None]
        known = [name for one in targets if (name := self.names.get(key(one)))]
        if not known:
            return []
        _ = translator(self.language)
        where = self._joined(known, report.counts.delivered)
        return [_("It is here: {names}", names=where)]

    def _why(self, one: Reason | Delivery, state: State) -> str:
        return reason_text(one, state, self.language) or ""

    def _place(self, target: Target | None, kind: str, networks: Iterable[str | None]) -> str:
        """The name of a conversation, or its kind and what it follows."""
        if target is not None and (name := self.names.get(key(target))):
            return name
        _, known = translator(self.language), self.knowledge.networks
        followed = [
            _("All networks") if one == ALL else known[one].short[self.language]
            for one in networks
            if one is not None and (one == ALL or one in known)
        ]
        named = self._kind(kind)
        return f"{named} ({', '.join(followed)})" if followed else named

    def _kind(self, kind: str) -> str:
        return said(CONVERSATION_NAMES.get(kind, kind), self.language)

    def _joined(self, places: Iterable[str], number: int) -> str:
        """Names as a list; those that are the same are counted, and those left out as well."""
        counted = Counter(places)
        parts = [f"{times} × {name}" if times > 1 else name for name, times in counted.items()]
        if (rest := number - counted.total()) > 0:
            _ = translator(self.language)
            # i18n: The end of a list of channels and chats: "A, B and 5 others".
            parts.append(_.ngettext("{count} other", "{count} others", rest))
        return dates.joined(parts, self.language)


def all_sentences(report: Report, texts: ReportTexts) -> Sequence[str]:
    """All that a command tells of a report beyond its counts."""
    sentences = [
        *texts.paused_of(report),
        *texts.reasons(report, Trouble.WAITS),
        *texts.uncertain(report),
        *texts.reasons(report, Trouble.NOT_DONE),
    ]
    if report.announcement.state is not State.RECALLED:
        sentences += texts.reasons(report, Trouble.NOT_THERE)
        sentences += texts.arrived(report)
        sentences += texts.suspended(report.suspended)
    return sentences
