"""The cards of a confirmed announcement: progress, report, change, recall and notices."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.announcements.errors import Invalid, NotAllowed
from bot.announcements.meeting_snapshots import differences, occurrence_of
from bot.announcements.model import (
    REASONS,
    Announcement,
    Change,
    Notice,
    Outcome,
    Report,
    State,
)
from bot.announcements.post import compose_post
from bot.announcements.sender import Target, failure_text
from bot.announcements.service import Announcements
from bot.answers import dates
from bot.answers.plain import plain_text
from bot.i18n import N_, Message, pN_, said, translator
from bot.knowledge.library import Knowledge
from bot.knowledge.values import LANGUAGES, Language

from ..cards import Json
from . import elements as e
from .actor import Actor
from .card_actions import CardAction, CardReply, button
from .form_fields import input_per_language, languages_of, local_day_and_time, text_fields
from .record_cards import MOST_RECENT, announced_by, recent_card, record_button, record_card

MOST_LISTED = 8
MOST_REASONS = 5

STARTED_STATES = frozenset({State.SENDING, State.SENT, State.CANCELLED, State.FAILED})
"""States in which something may have been posted."""

STATE_NAMES: Mapping[State, Message] = {
    State.DRAFT: pN_("state of an announcement", "Draft"),
    State.SCHEDULED: pN_("state of an announcement", "Scheduled"),
    State.SENDING: pN_("state of an announcement", "Being sent"),
    State.SENT: pN_("state of an announcement", "Sent"),
    State.RECALLED: pN_("state of an announcement", "Recalled"),
    State.CANCELLED: pN_("state of an announcement", "Stopped"),
    State.FAILED: pN_("state of an announcement", "Could not be sent"),
}

CONVERSATION_NAMES: Mapping[str, Message] = {
    "channel": pN_("kind of conversation", "channel"),
    "group": pN_("kind of conversation", "group"),
    "personal": pN_("kind of conversation", "chat"),
    "page": pN_("kind of conversation", "Facebook Page"),
}
"""By `Target.kind`."""


class ReportCards:
    """The cards about an announcement that was confirmed."""

    def __init__(
        self,
        announcements: Announcements,
        knowledge: Callable[[], Knowledge],
        public_url: str | None = None,
    ) -> None:
        self._announcements = announcements
        self._knowledge = knowledge
        self._public_url = public_url

    async def confirm(self, actor: Actor, action: CardAction) -> CardReply:
        """Sends or schedules a draft."""
        announcement = await self._announcements.confirm(actor.identity, action.get("id"))
        return await self._progress_card(actor, announcement.id)

    async def stop(self, actor: Actor, action: CardAction) -> CardReply:
        """Stops posting; what is posted stays."""
        await self._announcements.stop(actor.identity, action.get("id"))
        return await self._progress_card(actor, action.get("id"))

    async def retry(self, actor: Actor, action: CardAction) -> CardReply:
        """Posts again where it failed."""
        await self._announcements.retry(actor.identity, action.get("id"))
        return await self._progress_card(actor, action.get("id"))

    async def update(self, actor: Actor, action: CardAction) -> CardReply:
        """Brings every post up to date with its meeting."""
        await self._announcements.update(actor.identity, action.get("id"))
        return await self._progress_card(actor, action.get("id"))

    async def confirm_recall(self, actor: Actor, action: CardAction) -> CardReply:
        """Asks once more before an announcement is recalled."""
        language, _ = actor.language, translator(actor.language)
        report = await self._take_over_card(actor, action)
        scheduled = report.announcement.state is State.SCHEDULED
        question = _(
            "Recall the announcement? It is deleted, or marked as withdrawn, wherever it is."
        )
        if scheduled:
            question = _("Call the scheduled announcement off? It will not be sent then.")
        body = [e.heading(self._title(report.announcement, language)), e.text(question)]
        id_ = action.get("id")
        row = [
            button(_("Yes, recall it"), "report.recall", language, style="destructive", id=id_),
            button(_("Back"), "report.show", language, id=id_),
        ]
        return CardReply(e.form(language, body, row))

    async def recall(self, actor: Actor, action: CardAction) -> CardReply:
        """Deletes every post, or marks it as withdrawn."""
        await self._announcements.recall(actor.identity, action.get("id"))
        return await self._progress_card(actor, action.get("id"))

    async def show(self, actor: Actor, action: CardAction) -> CardReply:
        """The state of an announcement and of its deliveries."""
        return await self._progress_card(actor, action.get("id"))

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
            fields.append(
                e.columns(
                    e.date_input("day", _("Day"), action.get("day") or day),
                    e.time_input("clock", _("Time (in Finland)"), action.get("clock") or clock),
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
            e.form(language, [e.heading(_("Change the announcement")), *body], [save, back])
        )

    async def change(self, actor: Actor, action: CardAction) -> CardReply:
        """Changes the words, also where they are posted already."""
        report = await self._announcements.report(actor.identity, action.get("id"))
        announcement = report.announcement
        change = Change(note=action.texts("note"))
        if not announcement.occurrence:
            change = Change(title=action.texts("title"), text=action.texts("text"))
        if announcement.state is State.SCHEDULED and announcement.send_at is not None:
            typed = action.get("day"), action.get("clock")
            if typed != local_day_and_time(announcement.send_at, self._knowledge()):
                change = replace(change, send_at="T".join(typed))
        try:
            await self._announcements.change(actor.identity, action.get("id"), change)
        except Invalid as error:
            return await self.edit(actor, action, error)
        return await self._progress_card(actor, action.get("id"))

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

    async def listing(self, actor: Actor) -> CardReply:
        """The newest announcements of one's own networks."""
        language, _ = actor.language, translator(actor.language)
        found = await self._announcements.listing(actor.identity, MOST_LISTED)
        body: list[Json] = [e.heading(_("The newest announcements"))]
        if not found:
            body.append(e.text(_("Your networks have no announcements yet.")))
        for one in found:
            announcement = one.announcement
            draft = announcement.state is State.DRAFT
            do = "announce.show" if draft else "report.show"
            body += [
                e.text(self._title(announcement, language), weight="Bolder", spacing="Medium"),
                e.subline(self._state(announcement, language), isSubtle=True),
                *announced_by(one, self._announcements, self._knowledge().zone, language),
                {
                    "type": "ActionSet",
                    "actions": [button(_("Open"), do, language, id=announcement.id)],
                },
            ]
        new = button(_("New announcement"), "announce.new", language)
        recent = button(_("Who did what"), "report.recent", language)
        return CardReply(e.form(language, body, [new, recent]))

    async def recent(self, actor: Actor) -> CardReply:
        """Who did what lately in one's own networks."""
        service, knowledge = self._announcements, self._knowledge()
        found = await service.recent(actor.identity, MOST_RECENT)
        return CardReply(recent_card(found, self._title, service, knowledge, actor.language))

    def card(self, report: Report, language: Language) -> Json:
        """A report as a card, with the buttons that fit the state."""
        return e.form(
            language, self._report_body(report, language), *self._report_buttons(report, language)
        )

    def notice(self, notice: Notice, language: Language) -> Json:
        """Tells a coordinator that a meeting has changed, or that an announcement was not sent."""
        _, announcement = translator(language), notice.announcement
        title = e.text(self._title(announcement, language), weight="Bolder")
        recall = button(_("Recall"), "report.ask", language, id=announcement.id)
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
        body = [e.heading(what), title]
        body += [
            e.subline(f"{one.before} → {one.after}")
            for one in differences(notice.changed.before, notice.changed.after, language)
            if one.field != "cancelled"
        ]
        update = button(_("Update all posts"), "report.update", language, id=announcement.id)
        row = [recall, update] if cancelled else [update, recall]
        row[0]["style"] = row[0]["fallback"]["style"] = "positive"
        return e.form(language, body, row)

    async def _take_over_card(self, actor: Actor, action: CardAction) -> Report:
        """The report of an announcement whose card no longer shows progress from now on."""
        who, id_ = actor.identity, action.get("id")
        report = await self._announcements.report(who, id_)
        if actor.card:
            await self._announcements.hide_progress(who, id_, actor.card)
        return report

    async def _progress_card(self, actor: Actor, id_: str) -> CardReply:
        report = await self._announcements.report(actor.identity, id_)
        announcement = report.announcement
        # Progress and notices go to the chat of the author, not of another coordinator who looks.
        own = announcement.author == actor.who
        draft = announcement.state is State.DRAFT
        card = self.card(report, actor.language)
        return CardReply(card, progress_of=id_ if own and not draft else None, is_draft=draft)

    def _report_body(self, report: Report, language: Language) -> list[Json]:
        _, announcement, counts = translator(language), report.announcement, report.counts
        body = [
            e.heading(self._state(announcement, language)),
            e.subline(self._title(announcement, language)),
            *announced_by(report, self._announcements, self._knowledge().zone, language),
        ]
        if announcement.reason is not None and announcement.reason in REASONS:
            body.append(e.text(REASONS[announcement.reason].said(language)))
        rows = [
            (_("Gone (the bot was removed there)"), counts.gone),
            (_.pgettext("number of deliveries", "Failed"), counts.failed),
        ]
        delivered = _.pgettext("number of deliveries", "Delivered")
        if announcement.state is State.RECALLED:
            rows.insert(0, (_("Not yet deleted"), counts.pending))
            if not counts.pending and not counts.failed:
                done = _("The announcement is deleted, or marked as withdrawn, everywhere.")
                body.append(e.text(done))
        else:
            pending = _.pgettext("number of deliveries", "Pending")
            rows = [(delivered, counts.delivered), (pending, counts.pending), *rows]
        shown = [(name, str(number)) for name, number in rows if number]
        if not shown and announcement.state in STARTED_STATES:
            shown = [(delivered, "0")]
        if shown:
            body.append(e.facts(shown))
        failures = Counter(
            (
                said(CONVERSATION_NAMES.get(one.kind, one.kind), language),
                failure_text(one.error, language),
            )
            for one in report.deliveries
            if one.outcome is Outcome.FAILED
        )
        if failures:
            body.append(e.text(_("Why it failed"), weight="Bolder"))
            body += [
                e.subline(f"{times} × {kind}: {reason}")
                for (kind, reason), times in failures.most_common(MOST_REASONS)
            ]
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
        if report.counts.failed:
            first.append(offer(_("Try again"), "report.retry", "positive"))
        if announcement.state is State.SENDING or report.counts.pending:
            first.append(offer(_("Update this view"), "report.show"))
        second: list[Json] = []
        if announcement.state in (State.SENDING, State.SENT):
            second.append(offer(_("Change the text"), "report.edit"))
        if announcement.state in STARTED_STATES and (
            report.counts.delivered or report.counts.pending
        ):
            second.append(offer(_("Recall"), "report.ask"))
        if announcement.state in STARTED_STATES:
            second.append(offer(_("Text for Facebook groups"), "report.paste"))
        return [first, second, [record_button(id_, language)]]

    def _title(self, announcement: Announcement, language: Language) -> str:
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

    def _state(self, announcement: Announcement, language: Language) -> str:
        state = STATE_NAMES[announcement.state].said(language)
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
