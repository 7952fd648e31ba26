"""Adding, moving and cancelling meetings by forms."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bot.announcements.errors import Invalid, NotAllowed
from bot.announcements.meeting_editing import MeetingEditor
from bot.announcements.permissions import Coordinators
from bot.answers.dates import moment
from bot.i18n import N_, Translator, translator
from bot.knowledge.fields import fields_of
from bot.knowledge.library import Knowledge
from bot.knowledge.models import Meeting
from bot.knowledge.recurrence import Occurrence
from bot.knowledge.values import Language
from bot.knowledge.visible import hidden_host

from ..cards import Json
from . import elements as e
from .actor import Actor
from .card_actions import CardAction, CardReply, button
from .form_fields import input_per_language, languages_of, network_choices, own_networks

MOST_LISTED = 8
"""Coming meetings in the list; more would not fit on a card."""

WEB_ADDRESS = re.compile(r"https?://[^\s<>()\[\]\"']+")
"""An address as files of `content/` may have it."""

ANY_KIND = "meeting"
"""The kind of a meeting in a community that names no kinds."""


class MeetingForms:
    """The forms of coordinators for meetings; `now` is aware."""

    def __init__(
        self,
        meetings: MeetingEditor,
        coordinators: Coordinators,
        knowledge: Callable[[], Knowledge],
        now: Callable[[], dt.datetime],
    ) -> None:
        self._meetings = meetings
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
        saved = _("The meeting is saved, and I now tell those who ask about it.")
        try:
            _check(action)
            data = _meeting_data(action)
            meeting = self._same(data)
            if meeting is not None:
                # The answer to the first press was lost, or somebody pressed twice.
                saved = _("This meeting was saved already, and stands once.")
            else:
                meeting = await self._meetings.add(actor.identity, data)
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
        ]
        return CardReply(e.form(language, body, row))

    def list_coming(self, actor: Actor) -> CardReply:
        """The coming meetings of one's own networks that can be changed, each with its buttons."""
        language, _ = actor.language, translator(actor.language)
        coming = [one for one in self._coming(actor) if not one.cancelled]
        listed = [one for one in coming if not self._meetings.in_file(one.key)]
        body: list[Json] = [e.heading(_("Coming meetings"))]
        if not listed:
            none = _("Your networks have no coming meetings that were added here.")
            body.append(e.text(none))
        for one in listed[:MOST_LISTED]:
            row = [
                button(_("Move"), "meeting.time", language, meeting=one.key),
                button(_.pgettext("a meeting", "Cancel"), "meeting.ask", language, meeting=one.key),
            ]
            body += self._summary(one.key, language)
            body.append({"type": "ActionSet", "actions": row})
        if len(listed) < len(coming):
            rest = _("Meetings that stand in content files are changed and cancelled in the files.")
            body.append(e.text(rest, isSubtle=True, spacing="Medium"))
        return CardReply(
            e.form(language, body, [button(_("Add a meeting"), "meeting.new", language)])
        )

    def time_form(
        self, actor: Actor, action: CardAction, error: Invalid | None = None
    ) -> CardReply:
        """The form of a meeting's new time."""
        language, _ = actor.language, translator(actor.language)
        found = self._knowledge().find_occurrence(action.get("meeting"))
        if found is None:
            return self.list_coming(actor)
        body = [e.heading(_("New time")), *self._summary(found.key, language)]
        if error is None:
            times = f"{found.start:%Y-%m-%d}", f"{found.start:%H:%M}", f"{found.end:%H:%M}"
        else:
            times = action.get("day"), action.get("start"), action.get("end")
        body += e.with_error(_time_inputs(_, *times), error, language)
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
            return self.time_form(actor, action, error)
        _ = translator(actor.language)
        return self._changed_card(actor, key, _("The meeting has been moved."))

    def confirm_cancel(self, actor: Actor, action: CardAction) -> CardReply:
        """Asks once more before a meeting is cancelled."""
        language, _ = actor.language, translator(actor.language)
        key = action.get("meeting")
        if self._knowledge().find_occurrence(key) is None:
            return self.list_coming(actor)
        sure = _("Cancel this meeting? I will tell those who ask that it is cancelled.")
        body = [e.heading(sure), *self._summary(key, language)]
        row = [
            button(
                _("Cancel the meeting"),
                "meeting.cancel",
                language,
                style="destructive",
                meeting=key,
            ),
            button(_("Back"), "meeting.list", language),
        ]
        return CardReply(e.form(language, body, row))

    async def cancel(self, actor: Actor, action: CardAction) -> CardReply:
        """Cancels a meeting."""
        key = action.get("meeting")
        await self._meetings.cancel(actor.identity, key)
        _ = translator(actor.language)
        return self._changed_card(actor, key, _("The meeting is cancelled."))

    def _same(self, data: Mapping[str, Any]) -> Meeting | None:
        """A meeting that was entered before with the same title, time and networks."""
        same = ("title", "start", "end", "networks")
        for meeting in self._knowledge().meetings.values():
            if set(data["networks"]) == set(meeting.networks) and not meeting.cancelled:
                fields = fields_of(meeting)
                if all(fields.get(name) == data.get(name) for name in same):
                    return meeting
        return None

    def _coming(self, actor: Actor) -> list[Occurrence]:
        """The coming occurrences of one's own networks, soonest first."""
        return self._knowledge().coming(self._now(), networks=self._own(actor))

    def _changed_card(self, actor: Actor, key: str, what: str) -> CardReply:
        language, _ = actor.language, translator(actor.language)
        posts = _("If it was announced, I will soon tell you how to update the posts.")
        body = [e.heading(what), *self._summary(key, language), e.text(posts)]
        change = button(_("Move or cancel a meeting"), "meeting.list", language)
        return CardReply(e.form(language, body, [change]))

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
    ) -> Json:
        """The form with what was typed before, and an error above the field that it is about."""
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
        head = [e.heading(_("New meeting")), e.subline(network.name[language], isSubtle=True)]
        save = [
            button(
                _("Save"),
                "meeting.save",
                language,
                style="positive",
                inputs=True,
                network=network.key,
            )
        ]
        if change:
            save.append(button(_("Move or cancel a meeting"), "meeting.list", language))
        body = e.with_error(fields, error, language)
        return e.form(language, head + body, save)


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
