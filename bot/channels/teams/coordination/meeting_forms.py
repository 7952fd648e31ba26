"""Adding, moving and cancelling meetings by forms."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bot.announcements.errors import Invalid, NotAllowed, NotFound
from bot.announcements.meeting_editing import MeetingEditor
from bot.announcements.model import Announcement, State
from bot.announcements.permissions import Coordinators
from bot.announcements.service import Announcements
from bot.answers.dates import instant, moment
from bot.i18n import N_, Message, Translator, translator
from bot.knowledge.fields import fields_of
from bot.knowledge.library import Knowledge
from bot.knowledge.overlay import Kind
from bot.knowledge.recurrence import Occurrence
from bot.knowledge.values import Language
from bot.knowledge.visible import hidden_host

from ..cards import Json
from . import elements as e
from .actor import Actor
from .card_actions import CardAction, CardReply, button
from .form_fields import input_per_language, languages_of, network_choices, own_networks

TELL = "tell"
"""The field of a form that says whether a change is told."""

SURE = "sure"
"""What the button carries that saves a meeting beside another one."""

MOST_LISTED = 8
"""Coming meetings in the list; more would not fit on a card."""

ANNOUNCED: Mapping[tuple[str, bool], Message] = {
    ("announcement", False): N_("Announced {time}"),
    ("announcement", True): N_("To be announced {time}"),
    ("reminder", False): N_("Reminded {time}"),
    ("reminder", True): N_("Reminder to come {time}"),
    ("news", False): N_("Told of a change {time}"),
    ("news", True): N_("Told of a change {time}"),
}
"""What the list says of what was announced, and whether that is still to come."""

WEB_ADDRESS = re.compile(r"https?://[^\s<>()\[\]\"']+")
"""An address as files of `content/` may have it."""

ANY_KIND = "meeting"
"""The kind of a meeting in a community that names no kinds."""


class MeetingForms:
    """The forms of coordinators for meetings; `now` is aware."""

    def __init__(
        self,
        meetings: MeetingEditor,
        announcements: Announcements,
        coordinators: Coordinators,
        knowledge: Callable[[], Knowledge],
        now: Callable[[], dt.datetime],
    ) -> None:
        self._meetings = meetings
        self._announcements = announcements
        self._coordinators = coordinators
        self._knowledge = knowledge
        self._now = now

    def start(self, actor: Actor, named: Iterable[str] = ()) -> CardReply:
        """Offers to add or to change a meeting; the form at once if the network is known."""
        own = self._own(actor)
        wanted = [key for key in named if key in own] or (own if len(own) == 1 else [])
        language, _ = actor.language, translator(actor.language)
        change = [button(_("Move or cancel a meeting"), "meeting.list", language)]
        if wanted:
            return CardReply(
                self._form(actor, CardAction("", fields={"network": wanted[0]}), change=True)
            )
        body = [
            e.heading(_("Which network’s meeting?")),
            e.text(_("The languages of the form are those of the network."), isSubtle=True),
            e.choice_input(
                "network", _("Network"), network_choices(own, language, self._knowledge()), own[0]
            ),
        ]
        add = [button(_("Add a meeting"), "meeting.form", language, style="positive", inputs=True)]
        return CardReply(e.form(language, body, add + change))

    def form(self, actor: Actor, action: CardAction) -> CardReply:
        """The form of a new meeting of the chosen network."""
        if not self._is_own(actor, action):
            return self.start(actor)
        return CardReply(self._form(actor, action))

    async def save(self, actor: Actor, action: CardAction) -> CardReply:
        """Adds the meeting, or shows the form again with the error."""
        if not self._is_own(actor, action):
            return self.start(actor)
        language, _ = actor.language, translator(actor.language)
        saved, new = _("The meeting is saved, and I now tell those who ask about it."), False
        try:
            _check(action)
            data = _meeting_data(action)
            other = self._meetings.beside(data)
            if other is not None and not action.is_on(SURE):
                return CardReply(self._form(actor, action, beside=other))
            meeting, new = await self._meetings.add_once(actor.identity, data)
            if not new:
                # The answer to the first press was lost, or somebody pressed twice.
                saved = _("This meeting was saved already, and stands once.")
        except Invalid as error:
            return CardReply(self._form(actor, action, error))
        key = f"{meeting.key}@{meeting.start.date().isoformat()}"
        body = [e.heading(saved), *self._summary(key, language)]
        row = [
            button(
                _("Announce the meeting"),
                "announce.meeting",
                language,
                style="positive",
                meeting=key,
            ),
            button(_("Add another"), "meeting.new", language),
            *([await self._undo_button(actor, meeting.key)] if new else []),
        ]
        return CardReply(e.form(language, body, row))

    async def list_coming(self, actor: Actor, action: CardAction | None = None) -> CardReply:
        """A page of the coming meetings of one's own networks, each with its buttons.

        `search` of the action leaves those in whose title, place, network or day it stands; `at`
        is the number of meetings before the page.
        """
        language, _ = actor.language, translator(actor.language)
        searched = action.get("search") if action else ""
        coming = [one for one in self._coming(actor) if not one.cancelled]
        found = [one for one in coming if self._is_found(one, searched, language)]
        at = _page_start(action.get("at") if action else "", len(found))
        page = found[at : at + MOST_LISTED]
        announced = await self._announcements.all_of(actor.identity, [one.key for one in page])
        body: list[Json] = [e.heading(_("Coming meetings"))]
        if len(coming) > MOST_LISTED:
            body.append(
                e.text_input("search", _("Search by name, place, network or day"), searched)
            )
        if not found:
            none = _("Your networks have no coming meetings.")
            body.append(e.text(_("Nothing was found.") if coming else none))
        elif len(found) > len(page):
            which = _(
                "{first} to {last} of {all}", first=at + 1, last=at + len(page), all=len(found)
            )
            body.append(e.text(which, isSubtle=True))
        for one in page:
            body += self._summary(one.key, language)
            body += self._announced_lines(announced.get(one.key, ()), language)
            if self._meetings.in_file(one.key):
                in_file = _("It stands in a content file, and is changed there.")
                body.append(e.subline(in_file, isSubtle=True))
                continue
            row = [
                button(_("Move"), "meeting.time", language, meeting=one.key),
                button(_.pgettext("a meeting", "Cancel"), "meeting.ask", language, meeting=one.key),
            ]
            body.append({"type": "ActionSet", "actions": row})
        pages = []
        if len(coming) > MOST_LISTED:
            pages.append(button(_("Search"), "meeting.list", language, inputs=True))
        if at:
            before = str(max(0, at - MOST_LISTED))
            pages.append(
                button(_("Earlier ones"), "meeting.list", language, at=before, search=searched)
            )
        if at + len(page) < len(found):
            after = str(at + MOST_LISTED)
            pages.append(
                button(_("Later ones"), "meeting.list", language, at=after, search=searched)
            )
        add = [button(_("Add a meeting"), "meeting.new", language)]
        return CardReply(e.form(language, body, pages, add))

    def _is_found(self, one: Occurrence, searched: str, language: Language) -> bool:
        """Whether every word that was searched for stands in what the list shows of a meeting."""
        knowledge = self._knowledge()
        meeting = one.meeting
        texts = [*fields_of(meeting.title).values(), moment(one.start, one.end, language)]
        texts += [*(fields_of(meeting.place).values() if meeting.place else ())]
        texts += [name for key in meeting.networks for name in _names(knowledge, key)]
        words = " ".join(map(str, texts)).casefold()
        return all(word in words for word in searched.casefold().split())

    def _announced_lines(
        self, announcements: Iterable[Announcement], language: Language
    ) -> list[Json]:
        """When a meeting was announced, and what will come: a line each."""
        zone = self._knowledge().zone
        lines: list[Json] = []
        for one in announcements:
            if one.send_at is None:
                continue
            what = "news" if one.previous else "reminder" if one.reminder else "announcement"
            said = ANNOUNCED[what, one.state is State.SCHEDULED]
            time = instant(one.send_at.astimezone(zone), language)
            lines.append(e.subline(said.filled(time=time).said(language), isSubtle=True))
        return lines

    async def time_form(
        self, actor: Actor, action: CardAction, error: Invalid | None = None
    ) -> CardReply:
        """The form of a meeting's new time."""
        language, _ = actor.language, translator(actor.language)
        found = self._knowledge().find_occurrence(action.get("meeting"))
        if found is None:
            return await self.list_coming(actor)
        body = [e.heading(_("New time")), *self._summary(found.key, language)]
        if error is None:
            times = f"{found.start:%Y-%m-%d}", f"{found.start:%H:%M}", f"{found.end:%H:%M}"
        else:
            times = action.get("day"), action.get("start"), action.get("end")
        body += e.with_error(_time_inputs(_, *times), error, language)
        body += await self._tell_inputs(actor, action, found.key)
        save = button(
            _("Save"), "meeting.move", language, style="positive", inputs=True, meeting=found.key
        )
        back = button(_("Back"), "meeting.list", language)
        return CardReply(e.form(language, body, [save, back]))

    async def move(self, actor: Actor, action: CardAction) -> CardReply:
        """Gives a meeting its new time."""
        day, key = action.get("day"), action.get("meeting")
        start, end = f"{day} {action.get('start')}", f"{day} {action.get('end')}"
        try:
            _check_time(action)
            await self._meetings.move(actor.identity, key, start, end)
        except Invalid as error:
            return await self.time_form(actor, action, error)
        _ = translator(actor.language)
        return await self._changed_card(actor, action, _("The meeting has been moved."))

    async def confirm_cancel(self, actor: Actor, action: CardAction) -> CardReply:
        """Asks once more before a meeting is cancelled."""
        language, _ = actor.language, translator(actor.language)
        key = action.get("meeting")
        if self._knowledge().find_occurrence(key) is None:
            return await self.list_coming(actor)
        sure = _("Cancel this meeting? I will tell those who ask that it is cancelled.")
        body = [e.heading(sure), *self._summary(key, language)]
        body += await self._tell_inputs(actor, action, key)
        row = [
            button(
                _("Cancel the meeting"),
                "meeting.cancel",
                language,
                style="destructive",
                inputs=True,
                meeting=key,
            ),
            button(_("Back"), "meeting.list", language),
        ]
        return CardReply(e.form(language, body, row))

    async def cancel(self, actor: Actor, action: CardAction) -> CardReply:
        """Cancels a meeting."""
        await self._meetings.cancel(actor.identity, action.get("meeting"))
        _ = translator(actor.language)
        return await self._changed_card(actor, action, _("The meeting is cancelled."))

    async def undo(self, actor: Actor, action: CardAction) -> CardReply:
        """Undoes what was just done with a meeting, within ten minutes."""
        key, number = action.get("meeting"), action.get("id")
        if not number.isdigit() or len(number) > 9:
            raise NotFound("no_change")
        name = key.partition("@")[0]
        await self._meetings.undo_lately(actor.identity, name, int(number))
        language, _ = actor.language, translator(actor.language)
        meeting = self._knowledge().meetings.get(name)
        if meeting is None:
            said = [e.heading(_("Undone. The meeting is not saved any more."))]
        else:
            # The day that was moved is named by the one on which it was before.
            there = self._knowledge().find_occurrence(key)
            shown = there.key if there else f"{name}@{meeting.start.date().isoformat()}"
            said = [e.heading(_("Undone. The meeting is as before:"))]
            said += self._summary(shown, language)
        row = [
            button(_("Add a meeting"), "meeting.new", language),
            button(_("Move or cancel a meeting"), "meeting.list", language),
        ]
        if await self._announcements.told_of(actor.identity, key):
            # What was told of the change is no longer so.
            tell = _("Tell the followers")
            row.insert(0, button(tell, "meeting.tell", language, style="positive", meeting=key))
        return CardReply(e.form(language, said, row))

    async def _undo_button(self, actor: Actor, key: str) -> Json:
        """Undoes the newest change of a meeting, which was just made."""
        language, _ = actor.language, translator(actor.language)
        number = await self._meetings.newest(Kind.MEETING, key.partition("@")[0])
        return button(_("Undo"), "meeting.undo", language, id=str(number), meeting=key)

    async def tell(self, actor: Actor, action: CardAction) -> CardReply:
        """Tells of a meeting that has changed, wherever it was announced."""
        _ = translator(actor.language)
        told = CardAction(action.do, fields={**action.fields, TELL: "true"})
        return await self._changed_card(actor, told, _("The meeting has changed."))

    async def _tell_inputs(self, actor: Actor, action: CardAction, key: str) -> list[Json]:
        """Whether the change is told, asked where the meeting was announced."""
        number = await self._announcements.told_of(actor.identity, key)
        if not number:
            return []
        _ = translator(actor.language)
        title = _.ngettext(
            "Tell of it where it was announced ({count} conversation)",
            "Tell of it where it was announced ({count} conversations)",
            number,
        )
        on = action.is_on(TELL) if TELL in action.fields else True
        what = _("The posts that stand are changed in any case. News come as a new post.")
        return [e.toggle_input(TELL, title, on), e.subline(what, isSubtle=True)]

    def _coming(self, actor: Actor) -> list[Occurrence]:
        """The coming occurrences of one's own networks, soonest first."""
        return self._knowledge().coming(self._now(), networks=self._own(actor))

    async def _changed_card(self, actor: Actor, action: CardAction, what: str) -> CardReply:
        """What has become of a meeting, after telling of it where that was chosen."""
        language, _ = actor.language, translator(actor.language)
        key = action.get("meeting")
        told = await self._announcements.tell(actor.identity, key, news=action.is_on(TELL))
        body = [e.heading(what), *self._summary(key, language)]
        if told.news:
            news = _.ngettext(
                "I now tell it in {count} conversation, and change the post there.",
                "I now tell it in {count} conversations, and change the posts there.",
                told.conversations,
            )
            body.append(e.text(news))
        elif told.updated:
            body.append(e.text(_("I now change the posts in which it was announced.")))
        else:
            body.append(e.text(_("There is nothing more to tell.")))
        row = [
            button(_("How far is it?"), "report.show", language, id=id_) for id_ in told.news[:1]
        ]
        row.append(await self._undo_button(actor, key))
        row.append(button(_("Move or cancel a meeting"), "meeting.list", language))
        return CardReply(e.form(language, body, row))

    def _own(self, actor: Actor) -> list[str]:
        return own_networks(actor, self._coordinators, self._knowledge())

    def _is_own(self, actor: Actor, action: CardAction) -> bool:
        """Whether the network of a form is one's own; raises NotAllowed for another's."""
        network = action.get("network")
        if network in self._own(actor):
            return True
        if network in self._knowledge().networks:
            raise NotAllowed
        return False

    def _summary(self, key: str, language: Language) -> list[Json]:
        """Title, time and networks of an occurrence."""
        knowledge, _ = self._knowledge(), translator(language)
        found = knowledge.find_occurrence(key)
        if found is None:
            return []
        meeting = found.meeting
        title = meeting.title.best(language)
        if found.cancelled:
            cancelled = _.pgettext("a meeting", "cancelled")
            title += f" ({cancelled})"
        networks = [knowledge.networks[one].short[language] for one in meeting.networks]
        return [
            e.text(title, weight="Bolder", spacing="Medium"),
            e.subline(moment(found.start, found.end, language)),
            e.subline(", ".join(networks), isSubtle=True),
        ]

    def _form(
        self,
        actor: Actor,
        action: CardAction,
        error: Invalid | None = None,
        *,
        change: bool = False,
        beside: Occurrence | None = None,
    ) -> Json:
        """The form with what was typed before, and an error above the field that it is about.

        `beside`: a meeting in the same hours, which is shown first and asked about.
        """
        language, _ = actor.language, translator(actor.language)
        network = self._knowledge().networks[action.get("network")]
        written = languages_of([network.key], self._knowledge()), language, action
        named = self._knowledge().community.meeting_kinds
        kinds = [(key, kind.name[language]) for key, kind in named.items()]
        kinds = kinds or [(ANY_KIND, _("Meeting"))]
        fields = [
            *input_per_language(e.text_input, N_("Title {language}"), "title", *written),
            e.choice_input("kind", _("Kind"), kinds, action.get("kind") or kinds[0][0]),
            *_time_inputs(_, action.get("day"), action.get("start"), action.get("end")),
            *input_per_language(e.text_input, N_("Place {language}"), "place", *written),
            e.url_input("online.url", _("Link for taking part online"), action.get("online.url")),
            e.toggle_input(
                "online.share",
                _("The link may be shown to everybody, outside Teams as well"),
                action.is_on("online.share"),
            ),
            e.url_input("registration.url", _("Registration link"), action.get("registration.url")),
            e.date_input(
                "registration.deadline", _("Registration by"), action.get("registration.deadline")
            ),
            *input_per_language(
                e.multiline_input, N_("Description {language}"), "description", *written
            ),
        ]
        head = [e.heading(_("New meeting"))]
        own, carried = self._own(actor), {"network": network.key}
        if len(own) > 1:
            # Chosen in sight: the one that was talked about may not be the one that is meant.
            choices, carried = network_choices(own, language, self._knowledge()), {}
            head.append(e.choice_input("network", _("Network"), choices, network.key))
        else:
            head.append(e.subline(network.name[language], isSubtle=True))
        title = _("Save")
        if beside is not None:
            title, carried = _("Save it all the same"), {**carried, SURE: "true"}
            head.append(e.error_text(_("At the same time there is another meeting:")))
            head += self._summary(beside.key, language)
        save = [button(title, "meeting.save", language, style="positive", inputs=True, **carried)]
        if change:
            save.append(button(_("Move or cancel a meeting"), "meeting.list", language))
        body = e.with_error(fields, error, language)
        return e.form(language, head + body, save)


def _page_start(given: str, all_: int) -> int:
    """How many meetings lie before a page; the first page for what is no such number."""
    at = int(given) if given.isdecimal() and len(given) < 6 else 0
    return at if at < all_ else 0


def _names(knowledge: Knowledge, key: str) -> Iterable[str]:
    network = knowledge.networks[key]
    return (*fields_of(network.short).values(), *fields_of(network.name).values())


def _time_inputs(_: Translator, day: str, start: str, end: str) -> list[Json]:
    return [
        e.date_input("day", _("Day"), day),
        e.columns(e.time_input("start", _("Starts"), start), e.time_input("end", _("Ends"), end)),
    ]


def _check(action: CardAction) -> None:
    """Raises Invalid with codes that have texts for people, before the model of a meeting would."""
    if not action.texts("title"):
        raise Invalid("title", "missing")
    _check_time(action)
    if not action.texts("place") and not action.get("online.url"):
        raise Invalid("place", "place_or_online")
    for field in ("online.url", "registration.url"):
        url = action.get(field)
        if url and not WEB_ADDRESS.fullmatch(url):
            raise Invalid(field, "web_address")
        if host := hidden_host(url):
            raise Invalid(field, "hidden_host", host=host)


def _check_time(action: CardAction) -> None:
    for field in ("day", "start", "end"):
        if not action.get(field):
            raise Invalid(field, "missing")
    if action.get("end") <= action.get("start"):
        raise Invalid("end", "end_before_start")


def _meeting_data(action: CardAction) -> dict[str, Any]:
    """What was typed, in the shape of a file of `content/meetings/`."""
    body: dict[str, Any] = {"networks": [action.get("network")], "kind": action.get("kind")}
    for name in ("title", "place", "description"):
        if texts := action.texts(name):
            body[name] = texts
    day = action.get("day")
    for name in ("start", "end"):
        if day and action.get(name):
            body[name] = f"{day} {action.get(name)}"
    if url := action.get("online.url"):
        share = "public" if action.is_on("online.share") else "members"
        body["online"] = {"url": url, "share": share}
    if url := action.get("registration.url"):
        body["registration"] = {"url": url}
        if deadline := action.get("registration.deadline"):
            body["registration"]["deadline"] = deadline
    return body
