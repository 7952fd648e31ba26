"""The forms of an announcement until it is confirmed: subject, texts, time, preview.

The draft is in the database. A card carries its id only; the service checks the permissions of
whoever presses a button each time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping

from bot.announcements.drafting import Preview
from bot.announcements.errors import AnnouncementError, Invalid
from bot.announcements.model import Announcement, Draft, Reminder, State
from bot.announcements.names import LATER as NAMES_LATER
from bot.announcements.names import SOON, Known, Names, key
from bot.announcements.permissions import Coordinators
from bot.announcements.report_texts import ReportTexts
from bot.announcements.sender import Target
from bot.announcements.service import Announcements
from bot.answers import dates
from bot.i18n import N_, Message, Translator, translator
from bot.knowledge.library import Knowledge
from bot.knowledge.recurrence import Occurrence
from bot.knowledge.values import Language

from ..cards import Json
from . import elements as e
from .actor import Actor
from .announced import announced_before
from .card_actions import CardAction, CardReply, button
from .form_fields import (
    IN_LANGUAGE,
    clock_label,
    input_per_language,
    languages_of,
    local_day_and_time,
    local_time,
    network_choices,
    own_networks,
    text_fields,
)

MOST_OFFERED = 20
"""Coming meetings to choose from."""

MOST_NAMED = 10
"""Receivers that are named."""

LATER = "later"

LATE: Mapping[Reminder, Message] = {
    Reminder.DAY: N_("The reminder one day before is not sent: its time is past."),
    Reminder.HOUR: N_("The reminder one hour before is not sent: its time is past."),
}
"""What is said of a reminder that was asked for too late."""


class AnnouncementForms:
    """The forms of an announcement before it is sent."""

    def __init__(
        self,
        announcements: Announcements,
        coordinators: Coordinators,
        knowledge: Callable[[], Knowledge],
        names: Names,
        now: Callable[[], dt.datetime],
    ) -> None:
        self._announcements = announcements
        self._coordinators = coordinators
        self._knowledge = knowledge
        self._names = names
        self._now = now

    def start(self, actor: Actor) -> CardReply:
        """Asks what to announce: a coming meeting of the actor's networks, or a free text."""
        language, _ = actor.language, translator(actor.language)
        now = self._now()
        coming = [
            one
            for one in self._knowledge().coming(now, networks=self._own(actor))
            if one.start > now and not one.cancelled
        ][:MOST_OFFERED]
        body = [e.heading(_("What is it about?"))]
        free = button(_("Write a free announcement"), "announce.free", language)
        if not coming:
            none = _(
                "Your networks have no coming meetings, but you can write a free announcement or "
                "add a meeting."
            )
            body.append(e.text(none))
            return CardReply(e.form(language, body, [free]))
        choices = [(one.key, _choice_title(one, language)) for one in coming]
        body.append(e.choice_input("meeting", _("Meeting"), choices, coming[0].key))
        go = button(
            _("Announce this meeting"), "announce.meeting", language, style="positive", inputs=True
        )
        return CardReply(e.form(language, body, [go, free]))

    async def draft_for_meeting(self, actor: Actor, action: CardAction) -> CardReply:
        """Makes the draft about a meeting, and shows its form."""
        try:
            made = await self._announcements.draft(
                actor.identity, Draft(occurrence=action.get("meeting"))
            )
        except Invalid:
            return self.start(actor)  # It is over by now, or was never there.
        return await self.draft_form(actor, CardAction("", fields={"id": made.id}))

    def free_form(
        self, actor: Actor, action: CardAction | None = None, error: Invalid | None = None
    ) -> CardReply:
        """The form of a free announcement."""
        own = self._own(actor)
        language, _ = actor.language, translator(actor.language)
        action = action or CardAction("", fields={"networks": own[0] if len(own) == 1 else ""})
        written = self._text_languages(own), language, action
        fields = [
            *input_per_language(
                e.text_input, N_("Title {language}"), "title", *written, longest=150
            ),
            *input_per_language(
                e.multiline_input,
                N_("Text {language}"),
                "text",
                *written,
                longest=2_000,
                hint=_("**bold**, [name of a link](https://…), and lists with -"),
            ),
            self._network_choice(own, action, actor),
            *_send_time_inputs(_, action, clock_label(self._knowledge(), actor.language)),
        ]
        return CardReply(self._form(actor, _("Write the announcement"), fields, action, error))

    async def draft_form(
        self, actor: Actor, action: CardAction, error: Invalid | None = None
    ) -> CardReply:
        """The form of a draft, filled with what it holds, or with what was just typed."""
        shown = await self._announcements.preview(actor.identity, action.get("id"))
        draft = shown.announcement
        if error is None:
            action = CardAction("", fields=self._fields(draft))
        if draft.occurrence is None:
            return self.free_form(actor, action, error)
        language, _ = actor.language, translator(actor.language)
        known = await self._names.of(_to_be_named(shown), SOON)
        written = self._text_languages(draft.networks), language, action
        fields = input_per_language(
            e.multiline_input,
            N_("Your own words {language}"),
            "note",
            *written,
            longest=1_500,
            hint=_("Optional: shown above the details of the meeting"),
        )
        if draft.occurrence and len(self._meeting_networks(draft)) > 1:
            fields.append(self._network_choice(self._meeting_networks(draft), action, actor))
        fields += [
            *_send_time_inputs(_, action, clock_label(self._knowledge(), actor.language)),
            e.toggle_input(
                "remind.day", _("Remind one day before the meeting"), action.is_on("remind.day")
            ),
            e.toggle_input(
                "remind.hour", _("Remind one hour before the meeting"), action.is_on("remind.hour")
            ),
        ]
        head = [
            *self._meeting_lines(draft, language),
            *await self._announced_before(actor, draft),
            e.text(f"{_where_to(_)}: {self._receivers(shown, known, language)}"),
            *self._hindrances(shown, known, language),
        ]
        return CardReply(
            self._form(actor, _("Write the announcement"), head + fields, action, error)
        )

    async def preview(self, actor: Actor, action: CardAction) -> CardReply:
        """Saves what was typed as the draft, and shows the post as it will look."""
        id_ = action.get("id")
        try:
            draft = self._draft(action)
            if id_:
                before = (await self._announcements.preview(actor.identity, id_)).announcement
                made = await self._announcements.edit(
                    actor.identity, id_, _keep_occurrence(draft, before)
                )
            else:
                made = await self._announcements.draft(actor.identity, draft)
        except Invalid as error:
            if id_:
                return await self.draft_form(actor, action, error)
            return self.free_form(actor, action, error)
        return await self.preview_card(actor, made.id)

    async def preview_card(self, actor: Actor, id_: str) -> CardReply:
        """The preview of a draft."""

        async def later() -> Json | None:
            try:
                preview = await self._announcements.preview(actor.identity, id_)
            except AnnouncementError:
                return None
            if preview.announcement.state is not State.DRAFT:
                return None
            return await self._preview_card(preview, actor, NAMES_LATER)

        preview = await self._announcements.preview(actor.identity, id_)
        return CardReply(await self._preview_card(preview, actor, SOON), later=later)

    async def _preview_card(self, preview: Preview, actor: Actor, patience: float) -> Json:
        language, id_ = actor.language, preview.announcement.id
        _ = translator(language)
        known = await self._names.of(_to_be_named(preview), patience)
        facts = [
            (_where_to(_), self._receivers(preview, known, language)),
            (
                # i18n: The name of a row that says when the announcement will be sent.
                _.pgettext("when an announcement is sent", "Sent"),
                preview.when.get(language) or _("as soon as you confirm"),
            ),
            *((_("Reminder"), one[language]) for one in preview.reminders),
        ]
        heading = e.heading(_("The announcement looks like this"))
        hindrances = self._hindrances(preview, known, language)
        late = [LATE[one].said(language) for one in preview.late]
        body = [heading, e.framed_post(preview.post), e.facts(facts), *hindrances]
        late += self._unwritten(preview.announcement, language)
        body += [e.warning(late)] if late else []
        body += await self._announced_before(actor, preview.announcement)
        go = _("Schedule") if preview.when else _("Send")
        row = [
            button(go, "announce.confirm", language, style="positive", id=id_),
            button(_("Edit"), "announce.edit", language, id=id_),
            button(_("Throw away"), "announce.drop", language, id=id_),
        ]
        return e.form(language, body, row)

    def announce_buttons(self, actor: Actor, occurrences: Iterable[str]) -> list[Json]:
        """The button under an answer about meetings, if the actor may announce one of them."""
        if actor.who is None or not self._coordinators.is_coordinator(actor.who):
            return []
        knowledge, now = self._knowledge(), self._now()
        own = set(self._coordinators.networks_of(actor.who, knowledge))
        found = [
            one
            for key in occurrences
            if (one := knowledge.find_occurrence(key)) is not None
            and own.issuperset(one.meeting.networks)
            and one.start > now
            and not one.cancelled
        ]
        if not found:
            return []
        language, _ = actor.language, translator(actor.language)
        title = _("Announce the meeting")
        if len(found) > 1:
            return [button(title, "announce.new", language)]
        return [button(title, "announce.meeting", language, meeting=found[0].key)]

    def _own(self, actor: Actor) -> list[str]:
        return own_networks(actor, self._coordinators, self._knowledge())

    def _form(
        self,
        actor: Actor,
        title: str,
        fields: list[Json],
        action: CardAction,
        error: Invalid | None,
    ) -> Json:
        language, _ = actor.language, translator(actor.language)
        id_ = action.get("id")
        data = {"id": id_} if id_ else {}
        go = button(
            _("Preview"), "announce.preview", language, style="positive", inputs=True, **data
        )
        body = e.with_error(fields, error, language)
        return e.form(language, [e.heading(title), *body], [go])

    def _network_choice(self, offered: Iterable[str], action: CardAction, actor: Actor) -> Json:
        choices = network_choices(offered, actor.language, self._knowledge())
        _ = translator(actor.language)
        label = _("To the channels of which networks?")
        return e.choice_input("networks", label, choices, action.get("networks"), several=True)

    def _text_languages(self, networks: Iterable[str]) -> list[Language]:
        """The languages to write in."""
        return languages_of(networks, self._knowledge()) or [*self._knowledge().languages[:1]]

    def _meeting_networks(self, draft: Announcement) -> tuple[str, ...]:
        found = self._knowledge().find_occurrence(draft.occurrence or "")
        return found.meeting.networks if found else draft.networks

    async def _announced_before(self, actor: Actor, draft: Announcement) -> list[Json]:
        """That the meeting was announced already, and when."""
        if draft.occurrence is None:
            return []
        found = await self._announcements.all_of(actor.identity, [draft.occurrence])
        zone = self._knowledge().zone
        return announced_before(found.get(draft.occurrence, ()), zone, actor.language)

    def _unwritten(self, draft: Announcement, language: Language) -> list[str]:
        """That own words stand in some languages of the networks only."""
        written = {one for texts in (draft.title, draft.text, draft.note) for one in texts}
        missing = [one for one in self._text_languages(draft.networks) if one not in written]
        if not written or not missing:
            return []
        _ = translator(language)
        named = dates.joined([IN_LANGUAGE[one].said(language) for one in missing], language)
        return [_("You have written nothing {languages}. With Edit you can.", languages=named)]

    def _meeting_lines(self, draft: Announcement, language: Language) -> list[Json]:
        """The meeting that a draft is about."""
        found = self._knowledge().find_occurrence(draft.occurrence or "")
        if found is None:
            return []
        return [
            e.text(found.meeting.title.best(language), weight="Bolder"),
            e.subline(dates.moment(found.start, found.end, language)),
        ]

    def _fields(self, draft: Announcement) -> dict[str, str]:
        """A draft as the fields of its form."""
        fields = {"id": draft.id, "networks": ",".join(draft.networks), "when": ""}
        fields |= text_fields(draft)
        if draft.send_at is not None:
            day, clock = local_day_and_time(draft.send_at, self._knowledge())
            fields |= {"when": LATER, "day": day, "clock": clock}
        fields["remind.day"] = "true" if Reminder.DAY in draft.reminders else "false"
        fields["remind.hour"] = "true" if Reminder.HOUR in draft.reminders else "false"
        return fields

    def _draft(self, action: CardAction) -> Draft:
        """What was typed; raises Invalid where no network was chosen for a free announcement."""
        networks = tuple(one for one in action.get("networks").split(",") if one)
        if not networks and not action.get("id"):
            raise Invalid("networks", "missing")
        later = action.get("when") == LATER
        reminders = {"remind.day": Reminder.DAY, "remind.hour": Reminder.HOUR}
        return Draft(
            title=action.texts("title"),
            text=action.texts("text"),
            note=action.texts("note"),
            networks=networks,
            send_at=local_time(action, self._knowledge()) if later else None,
            reminders=tuple(one for name, one in reminders.items() if action.is_on(name)),
        )

    def _receivers(self, preview: Preview, known: Known, language: Language) -> str:
        """How many will get it, and the names of some."""
        _ = translator(language)
        if not preview.receivers:
            return _(
                "No channel or chat follows this network yet. Write “@{bot} follow” and the "
                "network’s name in a channel, and it will get the announcements.",
                bot=self._knowledge().community.bot_name,
            )
        count = _.ngettext(
            "{count} channel or chat", "{count} channels or chats", preview.receivers
        )
        targets = preview.targets[:MOST_NAMED]
        names = [name for one in targets if (name := known.get(key(one)))]
        if not names:
            return count
        named = dates.joined(names, language)
        if len(names) == preview.receivers:
            return f"{count}: {named}"
        # i18n: {channels} is "3 channels or chats"; {names} are some of them.
        return _("{channels}, among them {names}", channels=count, names=named)

    def _hindrances(self, preview: Preview, known: Known, language: Language) -> list[Json]:
        """What will keep it from arriving, as far as that is known before."""
        texts = ReportTexts(self._knowledge(), language, known)
        paused, away = texts.paused(preview.paused_since), texts.suspended(preview.suspended)
        return [e.text(one) for one in (*paused, *away)]


def _to_be_named(preview: Preview) -> list[Target]:
    """The conversations of a preview that are named."""
    return [*preview.targets[:MOST_NAMED], *(one.target for one in preview.suspended.first)]


def _keep_occurrence(draft: Draft, before: Announcement) -> Draft:
    """The typed draft with the meeting of the saved one, whatever a card says."""
    if before.occurrence is None:
        return draft
    return Draft(
        occurrence=before.occurrence,
        note=draft.note,
        networks=draft.networks or before.networks,
        send_at=draft.send_at,
        reminders=draft.reminders,
    )


def _choice_title(one: Occurrence, language: Language) -> str:
    # The day first: a phone shows the beginning of a choice only.
    return f"{dates.day(one.start.date(), language)}: {one.meeting.title.best(language)}"


def _where_to(_: Translator) -> str:
    # i18n: The name of a row that says which channels and chats get the announcement.
    return _.pgettext("who gets an announcement", "Where")


def _send_time_inputs(_: Translator, action: CardAction, label: str) -> list[Json]:
    """The choice between now and a time, and the fields for the time."""
    choices = [("now", _("At once")), (LATER, _("At a set time"))]
    return [
        e.choice_input("when", _("When?"), choices, action.get("when") or "now", open_=True),
        e.columns(
            e.date_input("day", _("Day"), action.get("day")),
            e.time_input("clock", label, action.get("clock")),
        ),
    ]
