"""Writing an announcement: what about, the form, the preview. The draft itself is in the database.

A card of an announcement carries its id alone; what it may do is checked by the service each time.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Iterable

from bot.announcements.errors import Invalid
from bot.announcements.model import Announcement, Draft, Reminder
from bot.announcements.permissions import Coordinators
from bot.announcements.previews import Preview
from bot.announcements.sender import Target
from bot.announcements.service import Announcements
from bot.answers import dates
from bot.i18n import N_, Translator, translator
from bot.knowledge.library import Knowledge
from bot.knowledge.recurrence import Occurrence
from bot.knowledge.values import LANGUAGES, Language

from . import elements as e
from .actor import Actor
from .card_actions import CardAction, Json, Shown, button
from .form_fields import choices_of, each_language, own_networks, spoken_in, wall_clock, words_of

MOST_OFFERED = 20
"""Coming meetings to choose from."""

MOST_NAMED = 10
"""Receivers whose names are asked for."""

NAMES_WITHIN = 4.0
"""Seconds in which the names must come; a preview without them is better than a late one."""

LATER = "later"

Naming = Callable[[Target], Awaitable[str | None]]


class AnnouncementForms:
    """The forms of an announcement before it is sent; `name_of` asks for a conversation's name."""

    def __init__(
        self,
        announcements: Announcements,
        coordinators: Coordinators,
        knowledge: Callable[[], Knowledge],
        name_of: Naming,
        now: Callable[[], dt.datetime],
    ) -> None:
        self._announcements = announcements
        self._coordinators = coordinators
        self._knowledge = knowledge
        self._name_of = name_of
        self._now = now

    def start(self, actor: Actor) -> Shown:
        """A coming meeting of one's own networks, or free words."""
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
            return Shown(e.form(language, body, [free]))
        choices = [(one.key, _titled(one, language)) for one in coming]
        body.append(e.choice("meeting", _("Meeting"), choices, coming[0].key))
        go = button(
            _("Announce this meeting"), "announce.meeting", language, style="positive", inputs=True
        )
        return Shown(e.form(language, body, [go, free]))

    async def meeting(self, actor: Actor, press: CardAction) -> Shown:
        """Begins the draft about a meeting, and shows its form."""
        try:
            made = await self._announcements.draft(
                actor.identity, Draft(occurrence=press.get("meeting"))
            )
        except Invalid:
            return self.start(actor)  # It is over by now, or was never there.
        return await self.again(actor, CardAction("", fields={"id": made.id}))

    def free(
        self, actor: Actor, press: CardAction | None = None, error: Invalid | None = None
    ) -> Shown:
        """The form of a free announcement."""
        own = self._own(actor)
        language, _ = actor.language, translator(actor.language)
        press = press or CardAction("", fields={"networks": own[0] if len(own) == 1 else ""})
        written = self._written(own), language, press
        fields = [
            *each_language(e.line, N_("Title {language}"), "title", *written, longest=150),
            *each_language(e.lines, N_("Text {language}"), "text", *written, longest=2_000),
            self._networks(own, press, actor),
            *_sending(_, press),
        ]
        return Shown(self._form(actor, _("Write the announcement"), fields, press, error))

    async def again(self, actor: Actor, press: CardAction, error: Invalid | None = None) -> Shown:
        """The form of a draft, filled with what it holds, or with what was just typed."""
        shown = await self._announcements.preview(actor.identity, press.get("id"))
        draft = shown.announcement
        if error is None:
            press = CardAction("", fields=self._fields(draft))
        if draft.occurrence is None:
            return self.free(actor, press, error)
        language, _ = actor.language, translator(actor.language)
        written = self._written(draft.networks), language, press
        fields = each_language(
            e.lines,
            N_("Your own words {language}"),
            "note",
            *written,
            longest=1_500,
            hint=_("Optional: shown above the details of the meeting"),
        )
        if draft.occurrence and len(self._meeting_networks(draft)) > 1:
            fields.append(self._networks(self._meeting_networks(draft), press, actor))
        fields += [
            *_sending(_, press),
            e.toggle(
                "remind.day", _("Remind one day before the meeting"), press.is_on("remind.day")
            ),
            e.toggle(
                "remind.hour", _("Remind one hour before the meeting"), press.is_on("remind.hour")
            ),
        ]
        head = [
            *self._about(draft, language),
            e.text(f"{_where_to(_)}: {await self._receivers(shown, language)}"),
        ]
        return Shown(self._form(actor, _("Write the announcement"), head + fields, press, error))

    async def preview(self, actor: Actor, press: CardAction) -> Shown:
        """Keeps what was typed as the draft, and shows it exactly as it will look."""
        id_ = press.get("id")
        try:
            draft = self._draft(press)
            if id_:
                before = (await self._announcements.preview(actor.identity, id_)).announcement
                made = await self._announcements.edit(
                    actor.identity, id_, _for_occurrence(draft, before)
                )
            else:
                made = await self._announcements.draft(actor.identity, draft)
        except Invalid as error:
            return await self.again(actor, press, error) if id_ else self.free(actor, press, error)
        return await self.shown(actor, made.id)

    async def shown(self, actor: Actor, id_: str) -> Shown:
        """The preview of a draft."""
        language, _ = actor.language, translator(actor.language)
        preview = await self._announcements.preview(actor.identity, id_)
        facts = [
            (_where_to(_), await self._receivers(preview, language)),
            (
                # i18n: The name of a row that says when the announcement will be sent.
                _.pgettext("when an announcement is sent", "Sent"),
                preview.when.get(language) or _("as soon as you confirm"),
            ),
            *((_("Reminder"), one[language]) for one in preview.reminders),
        ]
        heading = e.heading(_("The announcement looks like this"))
        body = [heading, e.framed(preview.post), e.facts(facts)]
        go = _("Schedule") if preview.when else _("Send")
        row = [
            button(go, "announce.confirm", language, style="positive", id=id_),
            button(_("Edit"), "announce.edit", language, id=id_),
        ]
        return Shown(e.form(language, body, row))

    def offers(self, actor: Actor, occurrences: Iterable[str]) -> list[Json]:
        """The button under an answer about meetings, if the asker may announce one of them."""
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
        self, actor: Actor, title: str, fields: list[Json], press: CardAction, error: Invalid | None
    ) -> Json:
        language, _ = actor.language, translator(actor.language)
        id_ = press.get("id")
        data = {"id": id_} if id_ else {}
        go = button(
            _("Preview"), "announce.preview", language, style="positive", inputs=True, **data
        )
        body = e.with_fault(fields, error, language)
        return e.form(language, [e.heading(title), *body], [go])

    def _networks(self, offered: Iterable[str], press: CardAction, actor: Actor) -> Json:
        choices = choices_of(offered, actor.language, self._knowledge())
        _ = translator(actor.language)
        label = _("To the channels of which networks?")
        return e.choice("networks", label, choices, press.get("networks"), several=True)

    def _written(self, networks: Iterable[str]) -> list[Language]:
        """The languages to write in."""
        return spoken_in(networks, self._knowledge()) or list(LANGUAGES[:1])

    def _meeting_networks(self, draft: Announcement) -> tuple[str, ...]:
        found = self._knowledge().find_occurrence(draft.occurrence or "")
        return found.meeting.networks if found else draft.networks

    def _about(self, draft: Announcement, language: Language) -> list[Json]:
        """The meeting that a draft is about."""
        found = self._knowledge().find_occurrence(draft.occurrence or "")
        if found is None:
            return []
        return [
            e.text(found.meeting.title.best(language), weight="Bolder"),
            e.close(dates.moment(found.start, found.end, language)),
        ]

    def _fields(self, draft: Announcement) -> dict[str, str]:
        """A draft as the fields of its form."""
        fields = {"id": draft.id, "networks": ",".join(draft.networks), "when": ""}
        fields |= words_of(draft)
        if draft.send_at is not None:
            day, clock = wall_clock(draft.send_at, self._knowledge())
            fields |= {"when": LATER, "day": day, "clock": clock}
        fields["remind.day"] = "true" if Reminder.DAY in draft.reminders else "false"
        fields["remind.hour"] = "true" if Reminder.HOUR in draft.reminders else "false"
        return fields

    def _draft(self, press: CardAction) -> Draft:
        """What was typed; raises Invalid where no network was chosen for a free announcement."""
        networks = tuple(one for one in press.get("networks").split(",") if one)
        if not networks and not press.get("id"):
            raise Invalid("networks", "missing")
        later = press.get("when") == LATER
        reminders = {"remind.day": Reminder.DAY, "remind.hour": Reminder.HOUR}
        return Draft(
            title=press.languages("title"),
            text=press.languages("text"),
            note=press.languages("note"),
            networks=networks,
            send_at=f"{press.get('day')}T{press.get('clock')}" if later else None,
            reminders=tuple(one for name, one in reminders.items() if press.is_on(name)),
        )

    async def _receivers(self, preview: Preview, language: Language) -> str:
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
        names = await self._names(preview.targets[:MOST_NAMED])
        if not names:
            return count
        named = dates.joined(names, language)
        if len(names) == preview.receivers:
            return f"{count}: {named}"
        # i18n: {channels} is "3 channels or chats"; {names} are some of them.
        return _("{channels}, among them {names}", channels=count, names=named)

    async def _names(self, targets: Iterable[Target]) -> list[str]:
        async def name(target: Target) -> str | None:
            try:
                async with asyncio.timeout(NAMES_WITHIN):
                    return await self._name_of(target)
            except Exception:  # A name is a courtesy: whatever is wrong shows when it is sent.
                return None

        found = await asyncio.gather(*(name(target) for target in targets))
        return [one for one in found if one]


def _for_occurrence(draft: Draft, before: Announcement) -> Draft:
    """What was typed about the meeting that the draft was begun for, whatever a card says."""
    if before.occurrence is None:
        return draft
    return Draft(
        occurrence=before.occurrence,
        note=draft.note,
        networks=draft.networks or before.networks,
        send_at=draft.send_at,
        reminders=draft.reminders,
    )


def _titled(one: Occurrence, language: Language) -> str:
    # The day first: a phone shows the beginning of a choice only.
    return f"{dates.day(one.start.date(), language)}: {one.meeting.title.best(language)}"


def _where_to(_: Translator) -> str:
    # i18n: The name of a row that says which channels and chats get the announcement.
    return _.pgettext("who gets an announcement", "Where")


def _sending(_: Translator, press: CardAction) -> list[Json]:
    """At once or at a time."""
    choices = [("now", _("At once")), (LATER, _("At a set time"))]
    return [
        e.choice("when", _("When?"), choices, press.get("when") or "now", open_=True),
        e.columns(
            e.day("day", _("Day"), press.get("day")),
            e.clock("clock", _("Time (in Finland)"), press.get("clock")),
        ),
    ]
