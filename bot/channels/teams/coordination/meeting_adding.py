"""Adding meetings."""

from __future__ import annotations

from collections.abc import Iterable

from bot.announcements.errors import Invalid
from bot.i18n import N_, translator
from bot.knowledge.recurrence import Occurrence

from ..cards import Json
from . import elements as e
from .actor import Actor
from .card_actions import CardAction, CardReply, button
from .form_fields import input_per_language, languages_of, network_choices
from .meeting_base import MeetingBase
from .meeting_data import check_meeting, meeting_data, time_inputs

SURE = "sure"
"""What the button carries that saves a meeting beside another one."""

ANY_KIND = "meeting"
"""The kind of a meeting in a community that names no kinds."""


class NewMeetings(MeetingBase):
    """The form of a new meeting, and what comes of it."""

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
            check_meeting(action)
            data = meeting_data(action)
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
            *time_inputs(_, action.get("day"), action.get("start"), action.get("end")),
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
