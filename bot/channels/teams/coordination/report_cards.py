"""The cards of a confirmed announcement: progress, report, change, recall and notices."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.announcements.errors import Invalid, NotAllowed, NotFound
from bot.announcements.meeting_snapshots import differences, occurrence_now, occurrence_of
from bot.announcements.model import (
    REASONS,
    Announcement,
    Change,
    Notice,
    Report,
    State,
)
from bot.announcements.names import LATER as NAMES_LATER
from bot.announcements.names import NOBODY, SOON, Known, Names
from bot.announcements.post import compose_post
from bot.announcements.report_reasons import Trouble
from bot.announcements.report_texts import ReportTexts, to_be_named
from bot.announcements.reports import Standing, places_of, standing
from bot.announcements.sender import Target
from bot.announcements.service import Announcements
from bot.answers import dates
from bot.answers.plain import plain_text
from bot.i18n import N_, Message, pN_, translator
from bot.knowledge.library import Knowledge
from bot.knowledge.values import LANGUAGES, Language

from ..cards import Json
from . import elements as e
from .actor import Actor
from .card_actions import CardAction, CardReply, button
from .form_fields import (
    clock_label,
    input_per_language,
    languages_of,
    local_day_and_time,
    local_time,
    text_fields,
)
from .record_cards import MOST_RECENT, announced_by, recent_card, record_button, record_card

MOST_LISTED = 8

STARTED_STATES = frozenset({State.SENDING, State.SENT, State.CANCELLED, State.FAILED})
"""States in which something may have been posted."""

STATE_NAMES: Mapping[State | Standing, Message] = {
    State.DRAFT: pN_("state of an announcement", "Draft"),
    State.SCHEDULED: pN_("state of an announcement", "Scheduled"),
    State.SENDING: pN_("state of an announcement", "Being sent"),
    State.SENT: pN_("state of an announcement", "Sent"),
    State.RECALLED: pN_("state of an announcement", "Recalled"),
    State.CANCELLED: pN_("state of an announcement", "Stopped"),
    State.FAILED: pN_("state of an announcement", "Could not be sent"),
    Standing.RECALLING: pN_("state of an announcement", "Being recalled"),
    Standing.PARTLY_RECALLED: pN_("state of an announcement", "Recalled in part"),
    Standing.REACHED_NOBODY: pN_("state of an announcement", "Reached nobody"),
    Standing.UNKNOWN: pN_("state of an announcement", "Sent, but whether it arrived is not known"),
    Standing.UNCHANGED: pN_("state of an announcement", "Sent, but the last change failed"),
    Standing.CALLED_OFF: pN_("state of an announcement", "Called off, not sent"),
}


EVERYWHERE = N_("The announcement is deleted, or marked as withdrawn, everywhere.")


class ReportCards:
    """The cards about an announcement that was confirmed."""

    def __init__(
        self,
        announcements: Announcements,
        knowledge: Callable[[], Knowledge],
        names: Names,
        public_url: str | None = None,
    ) -> None:
        self._announcements = announcements
        self._knowledge = knowledge
        self._names = names
        self._public_url = public_url

    async def confirm(self, actor: Actor, action: CardAction) -> CardReply:
        """Sends or schedules a draft."""
        announcement = await self._announcements.confirm(actor.identity, action.get("id"))
        return await self._progress_card(actor, announcement.id)

    async def stop(self, actor: Actor, action: CardAction) -> CardReply:
        """Stops posting; what is posted stays."""
        await self._announcements.stop(actor.identity, action.get("id"))
        return await self._progress_card(actor, action.get("id"), acts=True)

    async def retry(self, actor: Actor, action: CardAction) -> CardReply:
        """Posts again where it failed."""
        await self._announcements.retry(actor.identity, action.get("id"))
        return await self._progress_card(actor, action.get("id"), acts=True)

    async def update(self, actor: Actor, action: CardAction) -> CardReply:
        """Brings every post up to date with its meeting."""
        await self._announcements.update(actor.identity, action.get("id"))
        return await self._progress_card(actor, action.get("id"), acts=True)

    async def confirm_recall(self, actor: Actor, action: CardAction) -> CardReply:
        """Asks once more before an announcement is recalled."""
        language, _ = actor.language, translator(actor.language)
        report = await self._take_over_card(actor, action)
        scheduled = report.announcement.state is State.SCHEDULED
        question = _(
            "Recall the announcement? It is deleted, or marked as withdrawn, wherever I can reach "
            "it."
        )
        if scheduled:
            question = _("Call the scheduled announcement off? It will not be sent then.")
        body = [e.heading(self._title(report.announcement, language)), e.text(question)]
        if report.announcement.occurrence is not None:
            stays = _("The meeting itself stays: to cancel it, write “cancel the meeting”.")
            body.append(e.text(stays))
        body += await self._out_of_reach(actor, report)
        id_ = action.get("id")
        row = [
            button(_("Yes, recall it"), "report.recall", language, style="destructive", id=id_),
            button(_("Back"), "report.show", language, id=id_),
        ]
        return CardReply(e.form(language, body, row))

    async def recall(self, actor: Actor, action: CardAction) -> CardReply:
        """Deletes every post, or marks it as withdrawn."""
        await self._announcements.recall(actor.identity, action.get("id"))
        return await self._progress_card(actor, action.get("id"), acts=True)

    async def show(self, actor: Actor, action: CardAction) -> CardReply:
        """The state of an announcement and of its deliveries."""
        return await self._progress_card(actor, action.get("id"), SOON)

    async def edit(
        self, actor: Actor, action: CardAction, error: Invalid | None = None
    ) -> CardReply:
        """The form in which the words of what is posted are changed."""
        language, _ = actor.language, translator(actor.language)
        report = await self._take_over_card(actor, action)
        announcement = report.announcement
        typed = action if error else CardAction("", fields=text_fields(announcement))
        written = self._languages(announcement), language, typed
        if announcement.occurrence:
            fields = input_per_language(
                e.multiline_input, N_("Your own words {language}"), "note", *written, longest=2_000
            )
        else:
            fields = input_per_language(
                e.text_input, N_("Title {language}"), "title", *written, longest=150
            )
            fields += input_per_language(
                e.multiline_input, N_("Text {language}"), "text", *written, longest=2_000
            )
        if announcement.state is State.SCHEDULED and announcement.send_at is not None:
            day, clock = local_day_and_time(announcement.send_at, self._knowledge())
            label = clock_label(self._knowledge(), language)
            fields.append(
                e.columns(
                    e.date_input("day", _("Day"), action.get("day") or day),
                    e.time_input("clock", label, action.get("clock") or clock),
                )
            )
        body = e.with_error(fields, error, language)
        save = button(
            _("Save the change"),
            "report.change",
            language,
            style="positive",
            inputs=True,
            id=announcement.id,
        )
        back = button(_("Back"), "report.show", language, id=announcement.id)
        return CardReply(
            e.form(
                language,
                [
                    e.heading(_("Change the announcement")),
                    *await self._out_of_reach(actor, report),
                    *body,
                ],
                [save, back],
            )
        )

    async def change(self, actor: Actor, action: CardAction) -> CardReply:
        """Changes the words, also where they are posted already."""
        report = await self._announcements.report(actor.identity, action.get("id"))
        announcement = report.announcement
        change = Change(note=action.texts("note"))
        if not announcement.occurrence:
            change = Change(title=action.texts("title"), text=action.texts("text"))
        try:
            if announcement.state is State.SCHEDULED and announcement.send_at is not None:
                typed = action.get("day"), action.get("clock")
                if typed != local_day_and_time(announcement.send_at, self._knowledge()):
                    change = replace(change, send_at=local_time(action, self._knowledge()))
            await self._announcements.change(actor.identity, action.get("id"), change)
        except Invalid as error:
            return await self.edit(actor, action, error)
        return await self._progress_card(actor, action.get("id"), acts=True)

    async def text_to_paste(self, actor: Actor, action: CardAction) -> CardReply:
        """The text for Facebook groups, to which no program can post."""
        language, _ = actor.language, translator(actor.language)
        report = await self._take_over_card(actor, action)
        # As on a Page: what only members may see is left out.
        target = Target("facebook-page", "page", "", "", "")
        announcement = report.announcement
        post = compose_post(announcement, self._knowledge(), target, self._public_url)
        body = [
            e.heading(_("Text for Facebook groups")),
            e.text(
                _("No program can post to Facebook groups. Copy this and paste it in the group.")
            ),
            e.multiline_input(
                "paste", _("Text of the announcement"), plain_text(post), longest=20_000
            ),
        ]
        back = button(_("Back"), "report.show", language, id=announcement.id)
        return CardReply(e.form(language, body, [back]))

    async def record(self, actor: Actor, action: CardAction) -> CardReply:
        """Who did what with an announcement."""
        id_, who = action.get("id"), actor.identity
        report = await self._announcements.report(who, id_)
        entries = await self._announcements.record_of(who, id_)
        if actor.card:
            # Who may only look has no card that shows progress.
            with contextlib.suppress(NotAllowed):
                await self._announcements.hide_progress(who, id_, actor.card)
        title, zone = self._title(report.announcement, actor.language), self._knowledge().zone
        card = record_card(id_, title, entries, self._announcements, zone, actor.language)
        return CardReply(card)

    async def discard(self, actor: Actor, action: CardAction) -> CardReply:
        """Throws a draft away, and shows what is left."""
        _ = translator(actor.language)
        said = _("The draft is thrown away.")
        try:
            await self._announcements.discard(actor.identity, action.get("id"))
        except NotFound:
            # Somebody pressed twice, or the answer was lost.
            said = _("The draft was thrown away already.")
        return await self.listing(actor, said)

    async def listing(self, actor: Actor, said: str = "") -> CardReply:
        """The newest announcements of one's own networks, below what was just done."""
        language, _ = actor.language, translator(actor.language)
        found = await self._announcements.listing(actor.identity, MOST_LISTED)
        suspended = await self._announcements.suspended(actor.identity)
        known = await self._names.of((one.target for one in suspended.first), SOON)
        body: list[Json] = [e.text(said)] if said else []
        body.append(e.heading(_("The newest announcements")))
        texts = ReportTexts(self._knowledge(), language, known)
        body += [e.text(one) for one in texts.suspended(suspended)]
        if not found:
            body.append(e.text(_("Your networks have no announcements yet.")))
        for one in found:
            announcement = one.announcement
            draft = announcement.state is State.DRAFT
            do = "announce.show" if draft else "report.show"
            row = [button(_("Open"), do, language, id=announcement.id)]
            if draft:
                row.append(button(_("Throw away"), "announce.drop", language, id=announcement.id))
            body += [
                e.text(self._title(announcement, language), weight="Bolder", spacing="Medium"),
                e.subline(self._state(one, language), isSubtle=True),
                *announced_by(one, self._announcements, self._knowledge().zone, language),
                {"type": "ActionSet", "actions": row},
            ]
        new = button(_("New announcement"), "announce.new", language)
        recent = button(_("Who did what"), "report.recent", language)
        return CardReply(e.form(language, body, [new, recent]))

    async def recent(self, actor: Actor) -> CardReply:
        """Who did what lately in one's own networks."""
        service, knowledge = self._announcements, self._knowledge()
        found = await service.recent(actor.identity, MOST_RECENT)
        return CardReply(recent_card(found, self._title, service, knowledge, actor.language))

    async def named_card(
        self, report: Report, language: Language, patience: float = NAMES_LATER
    ) -> Json:
        """A report as a card, with the names that are known within so many seconds."""
        known = await self._names.of(to_be_named(report), patience)
        return self.card(report, language, known)

    def card(self, report: Report, language: Language, known: Known = NOBODY) -> Json:
        """A report as a card, with the buttons that fit the state."""
        body = self._report_body(report, known, language)
        return e.form(language, body, *self._report_buttons(report, language))

    def notice(self, notice: Notice, language: Language) -> Json:
        """Tells a coordinator that a meeting has changed, or that an announcement was not sent."""
        _, announcement = translator(language), notice.announcement
        title = e.text(self._title(announcement, language), weight="Bolder")
        if notice.changed is None:
            why = REASONS.get(announcement.reason or "")
            reason = why.said(language) if why else ""
            heading = e.heading(_("The announcement was not sent"))
            body = [heading, title, *([e.text(reason)] if reason else [])]
            return e.form(
                language, body, [button(_("Open"), "report.show", language, id=announcement.id)]
            )
        cancelled = notice.changed.cancelled
        what = (
            _("A meeting that was announced is cancelled")
            if cancelled
            else _("The meeting is no longer as it was announced")
        )
        changes = differences(notice.changed.before, notice.changed.after, language)
        body = [e.heading(what), title]
        if all(one.field != "when" for one in changes):
            # Which one of a series.
            before = notice.changed.before
            body.append(e.subline(dates.moment(before.start, before.end, language)))
        body += [
            e.subline(f"{one.before} → {one.after}") for one in changes if one.field != "cancelled"
        ]
        tell = button(
            _("Tell the followers"),
            "meeting.tell",
            language,
            style="positive",
            meeting=notice.changed.after.key,
        )
        update = button(_("Only change the posts"), "report.update", language, id=announcement.id)
        body.append(e.text(_("News come as a new post wherever it was announced."), isSubtle=True))
        return e.form(language, body, [tell, update])

    async def _take_over_card(self, actor: Actor, action: CardAction) -> Report:
        """The report of an announcement whose card no longer shows progress from now on."""
        who, id_ = actor.identity, action.get("id")
        report = await self._announcements.report(who, id_)
        if actor.card:
            await self._announcements.hide_progress(who, id_, actor.card)
        return report

    async def _out_of_reach(self, actor: Actor, report: Report) -> list[Json]:
        """Where a change or a recall does not come, or not now."""
        announcement = report.announcement
        known = await self._names.of(to_be_named(report), SOON)
        texts = ReportTexts(self._knowledge(), actor.language, known)
        since = None
        if announcement.state in STARTED_STATES:
            since = await self._announcements.changes_paused_since(actor.identity, announcement.id)
        return [e.text(one) for one in (*texts.changes_paused(since), *texts.uncertain(report))]

    async def _progress_card(
        self, actor: Actor, id_: str, patience: float = 0.0, *, acts: bool = False
    ) -> CardReply:
        """A report; `acts`: the one who looks has just had something done."""
        report = await self._announcements.report(actor.identity, id_)
        announcement = report.announcement
        # Progress is shown to the author and to who acts, not to another coordinator who looks.
        own = announcement.author == actor.who or acts
        own = own or any(
            place.get("conversation") == actor.conversation
            for place in places_of(announcement.progress)[1:]
        )
        draft = announcement.state is State.DRAFT

        async def later() -> Json | None:
            newer = await self._announcements.progress(id_)
            if newer is None:
                return None
            places = places_of(newer.announcement.progress)
            if own and not draft and all(one.get("activity") != actor.card for one in places):
                return None  # The card shows a form by now, or progress is shown on another one.
            return await self.named_card(newer, actor.language)

        card = await self.named_card(report, actor.language, patience)
        return CardReply(
            card, progress_of=id_ if own and not draft else None, report=report, later=later
        )

    def _report_body(self, report: Report, known: Known, language: Language) -> list[Json]:
        _, announcement, counts = translator(language), report.announcement, report.counts
        recalled = announcement.state is State.RECALLED
        texts = ReportTexts(self._knowledge(), language, known)
        body = [
            e.heading(self._state(report, language)),
            e.subline(self._title(announcement, language)),
            *announced_by(report, self._announcements, self._knowledge().zone, language),
        ]
        if announcement.reason is not None and announcement.reason in REASONS:
            body.append(e.text(REASONS[announcement.reason].said(language)))
        if announcement.state is State.SCHEDULED and self._is_off(announcement):
            body.append(e.text(_("The meeting is cancelled, so this will not be sent.")))
        body += [e.text(one) for one in texts.paused_of(report)]
        delivered = _.pgettext("number of deliveries", "Delivered")
        failed = _.pgettext("number of deliveries", "Failed")
        not_sent = _.pgettext("number of deliveries", "Not sent")
        if recalled:
            # What was never there is no failure of the recall.
            rows = [
                (
                    _.pgettext("number of deliveries", "Deleted or marked as withdrawn"),
                    counts.deleted,
                ),
                (_("Not yet deleted"), counts.pending),
                (failed, counts.undone),
                (not_sent, counts.never),
            ]
        else:
            rows = [
                (delivered, counts.delivered),
                (
                    _.pgettext("number of deliveries", "Pending"),
                    counts.pending - counts.changing,
                ),
                (
                    _.pgettext("number of deliveries", "Delivered, waiting for the change"),
                    counts.changing,
                ),
                (_("Gone (the bot is not there, says Teams)"), counts.gone),
                (failed, counts.failed),
                (not_sent, counts.stopped),
            ]
        rows.append((_("A copy may stand out of reach"), counts.uncertain))
        shown = [(name, str(number)) for name, number in rows if number]
        called_off = standing(report) is Standing.CALLED_OFF
        if not shown and announcement.state in STARTED_STATES and not called_off:
            shown = [(delivered, "0")]
        if standing(report) is State.RECALLED and counts.deleted:
            body.append(e.text(EVERYWHERE.said(language)))
        if shown:
            body.append(e.facts(shown))
        body += _reasons(_("What waits, and why"), texts.reasons(report, Trouble.WAITS))
        body += [e.text(one) for one in texts.uncertain(report)]
        not_done = texts.reasons(report, Trouble.NOT_DONE)
        body += _reasons(_("What did not succeed, and why"), not_done)
        not_there = texts.reasons(report, Trouble.NOT_THERE)
        body += _reasons(_("Where it is not, and why"), not_there)
        if not recalled:
            body += [e.text(one, isSubtle=True) for one in texts.arrived(report)]
        if announcement.state is State.SCHEDULED or announcement.state in STARTED_STATES:
            body += [e.text(one) for one in texts.suspended(report.suspended)]
        return body

    def _report_buttons(self, report: Report, language: Language) -> list[list[Json]]:
        """The buttons of a report, by row: at most three in a row."""
        _, announcement = translator(language), report.announcement
        id_ = announcement.id

        def offer(title: str, do: str, style: str | None = None) -> Json:
            return button(title, do, language, style=style, id=id_)

        if announcement.state is State.SCHEDULED:
            row = [
                offer(_("Change the text"), "report.edit"),
                offer(_("Call it off"), "report.ask"),
            ]
            return [row, [record_button(id_, language)]]
        first: list[Json] = []
        if announcement.state is State.SENDING:
            stop = _.pgettext("the sending of an announcement", "Stop")
            first.append(offer(stop, "report.stop", "destructive"))
        if _may_retry(report):
            first.append(offer(_("Try again"), "report.retry", "positive"))
        if announcement.state is State.SENDING or report.counts.pending:
            first.append(offer(_("Update this view"), "report.show"))
        second: list[Json] = []
        if announcement.state in (State.SENDING, State.SENT):
            second.append(offer(_("Change the text"), "report.edit"))
        counts = report.counts
        if announcement.state in STARTED_STATES and (
            counts.delivered or counts.pending or counts.uncertain
        ):
            second.append(offer(_("Recall"), "report.ask"))
        if announcement.state in STARTED_STATES:
            second.append(offer(_("Text for Facebook groups"), "report.paste"))
        return [first, second, [record_button(id_, language)]]

    def _title(self, announcement: Announcement, language: Language) -> str:
        title, _ = self._title_of_all(announcement, language), translator(language)
        if announcement.reminder is not None:
            return _("Reminder: {title}", title=title)
        if announcement.previous:
            return _("News of a change: {title}", title=title)
        return title

    def _title_of_all(self, announcement: Announcement, language: Language) -> str:
        knowledge = self._knowledge()
        if announcement.title:
            return next(
                announcement.title[one]
                for one in (language, *LANGUAGES)
                if one in announcement.title
            )
        found = occurrence_of(announcement.meeting_snapshot, knowledge.zone)
        found = found or knowledge.find_occurrence(announcement.occurrence or "")
        return (
            found.meeting.title.best(language)
            if found
            else announcement.occurrence or announcement.id
        )

    def _is_off(self, announcement: Announcement) -> bool:
        """Whether its meeting has been cancelled, or is gone, since it was scheduled."""
        if announcement.occurrence is None:
            return False
        knowledge = self._knowledge()
        before = occurrence_of(announcement.meeting_snapshot, knowledge.zone)
        meeting = occurrence_now(announcement, knowledge)
        known = before is not None and before.cancelled
        return meeting is None or (meeting.cancelled and not known)

    def _state(self, report: Report, language: Language) -> str:
        announcement = report.announcement
        state = STATE_NAMES[standing(report)].said(language)
        when = (
            announcement.send_at
            if announcement.state is State.SCHEDULED
            else announcement.finished_at
        )
        if when is None:
            return state
        return f"{state}, {dates.instant(when.astimezone(self._knowledge().zone), language)}"

    def _languages(self, announcement: Announcement) -> list[Language]:
        spoken = {
            *languages_of(announcement.networks, self._knowledge()),
            *announcement.title,
            *announcement.note,
        }
        return [one for one in LANGUAGES if one in spoken]


def _reasons(heading: str, lines: list[str]) -> list[Json]:
    """Lines below their heading; nothing where there are none."""
    if not lines:
        return []
    return [e.text(heading, weight="Bolder"), *(e.subline(one) for one in lines)]


def _may_retry(report: Report) -> bool:
    """Whether there is something that the service would try again."""
    state, counts = report.announcement.state, report.counts
    if state is State.RECALLED:
        return bool(counts.undone)
    return state in (State.SENDING, State.SENT, State.FAILED) and bool(counts.failed)
