"""After an announcement is confirmed: progress, report, changes, recall, and news unasked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.announcements.errors import Invalid
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

from . import elements as e
from .actor import Actor
from .card_actions import CardAction, Json, Shown, button
from .form_fields import each_language, spoken_in, wall_clock, words_of

MOST_LISTED = 8
MOST_REASONS = 5

BEGUN = frozenset({State.SENDING, State.SENT, State.CANCELLED, State.FAILED})
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

    async def confirm(self, actor: Actor, press: CardAction) -> Shown:
        """Sends or schedules a draft."""
        made = await self._announcements.confirm(actor.identity, press.get("id"))
        return await self._followed(actor, made.id)

    async def stop(self, actor: Actor, press: CardAction) -> Shown:
        """Posts no further."""
        await self._announcements.stop(actor.identity, press.get("id"))
        return await self._followed(actor, press.get("id"))

    async def retry(self, actor: Actor, press: CardAction) -> Shown:
        """Tries again what failed."""
        await self._announcements.retry(actor.identity, press.get("id"))
        return await self._followed(actor, press.get("id"))

    async def update(self, actor: Actor, press: CardAction) -> Shown:
        """Brings every post up to date with its meeting."""
        await self._announcements.update(actor.identity, press.get("id"))
        return await self._followed(actor, press.get("id"))

    async def ask_recall(self, actor: Actor, press: CardAction) -> Shown:
        """Asks once more before posts are taken back."""
        language, _ = actor.language, translator(actor.language)
        report = await self._instead(actor, press)
        scheduled = report.announcement.state is State.SCHEDULED
        sure = (
            _("Call the scheduled announcement off? It will not be sent then.")
            if scheduled
            else _(
                "Recall the announcement? It is deleted, or marked as withdrawn, wherever it is."
            )
        )
        body = [e.heading(self._title(report.announcement, language)), e.text(sure)]
        id_ = press.get("id")
        row = [
            button(_("Yes, recall it"), "report.recall", language, style="destructive", id=id_),
            button(_("Back"), "report.show", language, id=id_),
        ]
        return Shown(e.form(language, body, row))

    async def recall(self, actor: Actor, press: CardAction) -> Shown:
        """Takes every post back."""
        await self._announcements.recall(actor.identity, press.get("id"))
        return await self._followed(actor, press.get("id"))

    async def show(self, actor: Actor, press: CardAction) -> Shown:
        """How far it has come."""
        return await self._followed(actor, press.get("id"))

    async def edit(self, actor: Actor, press: CardAction, error: Invalid | None = None) -> Shown:
        """The form in which the words of what is posted are changed."""
        language, _ = actor.language, translator(actor.language)
        report = await self._instead(actor, press)
        made = report.announcement
        typed = press if error else CardAction("", fields=words_of(made))
        written = self._languages(made), language, typed
        if made.occurrence:
            fields = each_language(
                e.lines, N_("Your own words {language}"), "note", *written, longest=2_000
            )
        else:
            fields = each_language(e.line, N_("Title {language}"), "title", *written, longest=150)
            fields += each_language(e.lines, N_("Text {language}"), "text", *written, longest=2_000)
        if made.state is State.SCHEDULED and made.send_at is not None:
            day, clock = wall_clock(made.send_at, self._knowledge())
            fields.append(
                e.columns(
                    e.day("day", _("Day"), press.get("day") or day),
                    e.clock("clock", _("Time (in Finland)"), press.get("clock") or clock),
                )
            )
        body = e.with_fault(fields, error, language)
        save = button(
            _("Save the change"),
            "report.change",
            language,
            style="positive",
            inputs=True,
            id=made.id,
        )
        back = button(_("Back"), "report.show", language, id=made.id)
        return Shown(
            e.form(language, [e.heading(_("Change the announcement")), *body], [save, back])
        )

    async def change(self, actor: Actor, press: CardAction) -> Shown:
        """Changes the words, also where they are posted already."""
        report = await self._announcements.report(actor.identity, press.get("id"))
        made = report.announcement
        change = Change(note=press.languages("note"))
        if not made.occurrence:
            change = Change(title=press.languages("title"), text=press.languages("text"))
        if made.state is State.SCHEDULED and made.send_at is not None:
            typed = press.get("day"), press.get("clock")
            if typed != wall_clock(made.send_at, self._knowledge()):
                change = replace(change, send_at="T".join(typed))
        try:
            await self._announcements.change(actor.identity, press.get("id"), change)
        except Invalid as error:
            return await self.edit(actor, press, error)
        return await self._followed(actor, press.get("id"))

    async def paste(self, actor: Actor, press: CardAction) -> Shown:
        """The text for Facebook groups, to which nobody but a person can post."""
        language, _ = actor.language, translator(actor.language)
        report = await self._instead(actor, press)
        # As on a Page: what only members may see is left out.
        target = Target("facebook-page", "page", "", "", "")
        made = report.announcement
        post = compose_post(made, self._knowledge(), target, self._public_url)
        body = [
            e.heading(_("Text for Facebook groups")),
            e.text(
                _("No program can post to Facebook groups. Copy this and paste it in the group.")
            ),
            e.lines("paste", _("Text of the announcement"), plain_text(post), longest=20_000),
        ]
        back = button(_("Back"), "report.show", language, id=made.id)
        return Shown(e.form(language, body, [back]))

    async def listing(self, actor: Actor) -> Shown:
        """The newest announcements of one's own networks."""
        language, _ = actor.language, translator(actor.language)
        found = await self._announcements.listing(actor.identity, MOST_LISTED)
        body: list[Json] = [e.heading(_("The newest announcements"))]
        if not found:
            body.append(e.text(_("Your networks have no announcements yet.")))
        for one in found:
            made = one.announcement
            draft = made.state is State.DRAFT
            do = "announce.show" if draft else "report.show"
            body += [
                e.text(self._title(made, language), weight="Bolder", spacing="Medium"),
                e.close(self._state(made, language), isSubtle=True),
                {
                    "type": "ActionSet",
                    "actions": [button(_("Open"), do, language, id=made.id)],
                },
            ]
        new = button(_("New announcement"), "announce.new", language)
        return Shown(e.form(language, body, [new]))

    def card(self, report: Report, language: Language) -> Json:
        """A report as a card, with what can be done now."""
        return e.form(language, self._told(report, language), *self._rows(report, language))

    def notice(self, notice: Notice, language: Language) -> Json:
        """What a coordinator is told unasked: a meeting that changed, a send that did not come."""
        _, made = translator(language), notice.announcement
        title = e.text(self._title(made, language), weight="Bolder")
        recall = button(_("Recall"), "report.ask", language, id=made.id)
        if notice.changed is None:
            why = REASONS.get(made.reason or "")
            reason = why.said(language) if why else ""
            heading = e.heading(_("The announcement was not sent"))
            body = [heading, title, *([e.text(reason)] if reason else [])]
            return e.form(language, body, [button(_("Open"), "report.show", language, id=made.id)])
        cancelled = notice.changed.cancelled
        what = (
            _("A meeting that was announced is cancelled")
            if cancelled
            else _("The meeting is no longer as it was announced")
        )
        body = [e.heading(what), title]
        body += [
            e.close(f"{one.before} → {one.after}")
            for one in differences(notice.changed.before, notice.changed.after, language)
            if one.field != "cancelled"
        ]
        update = button(_("Update all posts"), "report.update", language, id=made.id)
        row = [recall, update] if cancelled else [update, recall]
        row[0]["style"] = row[0]["fallback"]["style"] = "positive"
        return e.form(language, body, row)

    async def _instead(self, actor: Actor, press: CardAction) -> Report:
        """The report in whose place something else is shown now; progress leaves that alone."""
        who, id_ = actor.identity, press.get("id")
        report = await self._announcements.report(who, id_)
        if actor.card:
            await self._announcements.hide_progress(who, id_, actor.card)
        return report

    async def _followed(self, actor: Actor, id_: str) -> Shown:
        report = await self._announcements.report(actor.identity, id_)
        made = report.announcement
        # Progress and news go to the chat of whoever made it, not of whoever looks.
        own = made.author == actor.who
        draft = made.state is State.DRAFT
        card = self.card(report, actor.language)
        return Shown(card, follows=id_ if own and not draft else None, draft=draft)

    def _told(self, report: Report, language: Language) -> list[Json]:
        _, made, counts = translator(language), report.announcement, report.counts
        body = [
            e.heading(self._state(made, language)),
            e.close(self._title(made, language)),
        ]
        if made.reason is not None and made.reason in REASONS:
            body.append(e.text(REASONS[made.reason].said(language)))
        told = [
            (_("Gone (the bot was removed there)"), counts.gone),
            (_.pgettext("number of deliveries", "Failed"), counts.failed),
        ]
        delivered = _.pgettext("number of deliveries", "Delivered")
        if made.state is State.RECALLED:
            told.insert(0, (_("Not yet deleted"), counts.pending))
            if not counts.pending and not counts.failed:
                done = _("The announcement is deleted, or marked as withdrawn, everywhere.")
                body.append(e.text(done))
        else:
            pending = _.pgettext("number of deliveries", "Pending")
            told = [(delivered, counts.delivered), (pending, counts.pending), *told]
        shown = [(name, str(number)) for name, number in told if number]
        if not shown and made.state in BEGUN:
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
                e.close(f"{times} × {kind}: {reason}")
                for (kind, reason), times in failures.most_common(MOST_REASONS)
            ]
        return body

    def _rows(self, report: Report, language: Language) -> list[list[Json]]:
        """What can be done now, at most three buttons a row."""
        _, made = translator(language), report.announcement
        id_ = made.id

        def offer(title: str, do: str, style: str | None = None) -> Json:
            return button(title, do, language, style=style, id=id_)

        if made.state is State.SCHEDULED:
            row = [
                offer(_("Change the text"), "report.edit"),
                offer(_("Call it off"), "report.ask"),
            ]
            return [row]
        first: list[Json] = []
        if made.state is State.SENDING:
            stop = _.pgettext("the sending of an announcement", "Stop")
            first.append(offer(stop, "report.stop", "destructive"))
        if report.counts.failed:
            first.append(offer(_("Try again"), "report.retry", "positive"))
        if made.state is State.SENDING or report.counts.pending:
            first.append(offer(_("Update this view"), "report.show"))
        second: list[Json] = []
        if made.state in (State.SENDING, State.SENT):
            second.append(offer(_("Change the text"), "report.edit"))
        if made.state in BEGUN and (report.counts.delivered or report.counts.pending):
            second.append(offer(_("Recall"), "report.ask"))
        if made.state in BEGUN:
            second.append(offer(_("Text for Facebook groups"), "report.paste"))
        return [first, second]

    def _title(self, made: Announcement, language: Language) -> str:
        knowledge = self._knowledge()
        if made.title:
            return next(made.title[one] for one in (language, *LANGUAGES) if one in made.title)
        found = occurrence_of(made.meeting_snapshot, knowledge.zone)
        found = found or knowledge.find_occurrence(made.occurrence or "")
        return found.meeting.title.best(language) if found else made.occurrence or made.id

    def _state(self, made: Announcement, language: Language) -> str:
        state = STATE_NAMES[made.state].said(language)
        when = made.send_at if made.state is State.SCHEDULED else made.finished_at
        if when is None:
            return state
        return f"{state}, {dates.instant(when.astimezone(self._knowledge().zone), language)}"

    def _languages(self, made: Announcement) -> list[Language]:
        spoken = {*spoken_in(made.networks, self._knowledge()), *made.title, *made.note}
        return [one for one in LANGUAGES if one in spoken]
