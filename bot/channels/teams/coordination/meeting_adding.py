"""Adding meetings: one, over several days, or a series in a person's own words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.announcements.errors import Invalid
from bot.i18n import translator
from bot.knowledge.fields import fields_of
from bot.knowledge.models import Meeting
from bot.understanding.model import Entities
from bot.understanding.new_meeting import NewMeeting, adds_series, read_new_meeting

from ..cards import Json
from . import elements as e
from .actor import Actor
from .card_actions import CardAction, CardReply, button
from .form_fields import languages_of, network_choices, typed_hash
from .meeting_base import MeetingBase
from .meeting_data import (
    deadline_doubts,
    detail_data,
    detail_faults,
    detail_inputs,
    title_inputs,
)
from .meeting_dates import date_lines
from .meeting_times import Times, read_times, time_inputs

SHOWN = "shown"
"""What the button of a form carries whose dates and doubts were looked at: a hash of its fields."""

KEPT = ("host", "price", "languages", "audience")
"""Fields of a meeting that no form has; a copy keeps them."""


@dataclass(frozen=True)
class Look:
    """What is looked at before a meeting is saved."""

    lines: list[Json]
    sure: bool
    """Whether there is something against it, so that it is saved all the same."""


class NewMeetings(MeetingBase):
    """The form of a new meeting, and what comes of it."""

    def start(self, actor: Actor, named: Entities | None = None, text: str = "") -> CardReply:
        """The form, filled in with what a message says; asks for the network if none is known."""
        own, named = self._own(actor), named or Entities()
        said = self._read_said(actor, named, text)
        wanted = [key for key in named.networks if key in own] or (own if len(own) == 1 else [])
        if said.other_network:
            own = [key for key in own if key not in named.networks] or own
            wanted = own if len(own) == 1 else []
        fields = {"day": said.day, "start": said.start, "end": said.end, "repeats": said.repeats}
        # A network of the talk before is no place of a meeting of another one.
        fields |= {} if said.other_network else self._place(named)
        fields = {name: words for name, words in fields.items() if words}
        if wanted:
            action = CardAction("", fields={**fields, "network": wanted[0]})
            return CardReply(self._form(actor, action, change=True, said=said))
        return self._which_network(actor, own, fields)

    def adds_series(self, actor: Actor, text: str) -> bool:
        """Whether a message asks to add a series: rules have words that no phrase has."""
        today = self._now().astimezone(self._knowledge().zone).date()
        return adds_series(text, actor.language, today)

    def _which_network(self, actor: Actor, own: list[str], fields: Mapping[str, str]) -> CardReply:
        """Asks whose meeting it is: the languages of the form are those of the network."""
        language, _ = actor.language, translator(actor.language)
        choices = network_choices(own, language, self._knowledge())
        body = [
            e.heading(_("Which network’s meeting?")),
            e.text(_("The languages of the form are those of the network."), isSubtle=True),
            e.choice_input("network", _("Network"), choices, choices[0][0]),
        ]
        row = [
            button(
                _("Add a meeting"),
                "meeting.form",
                language,
                style="positive",
                inputs=True,
                **fields,
            ),
            button(_("Copy an earlier one"), "meeting.copies", language),
            button(_("Move or cancel a meeting"), "meeting.list", language),
        ]
        return CardReply(e.form(language, body, row))

    def _read_said(self, actor: Actor, named: Entities, text: str) -> NewMeeting:
        knowledge = self._knowledge()
        places = [knowledge.municipalities[key] for key in named.municipalities]
        names = [name for one in places for name in (one.fi, one.sv, one.en or "", *one.also)]
        for one in (knowledge.networks[key] for key in named.networks):
            names += [*fields_of(one.name).values(), *fields_of(one.short).values()]
        period = named.period
        day = period.start if period is not None and period.start == period.end else None
        today = self._now().astimezone(knowledge.zone).date()
        return read_new_meeting(text, actor.language, today, filter(None, names), day)

    def _place(self, named: Entities) -> dict[str, str]:
        """The fields of a place: the municipality that was named, where it is one alone."""
        if len(named.municipalities) != 1:
            return {}
        there = self._knowledge().municipalities[named.municipalities[0]]
        names = {"fi": there.fi, "sv": there.sv, "en": there.en or there.fi}
        return {f"place.{one}": name for one, name in names.items()}

    def form(self, actor: Actor, action: CardAction) -> CardReply:
        """The form of a new meeting of the chosen network."""
        if not self._is_own(actor, action):
            return self.start(actor)
        return CardReply(self._form(actor, action))

    async def save(self, actor: Actor, action: CardAction) -> CardReply:
        """Adds the meeting, or shows the form again: with all faults, or with what to look at.

        What was worked out of a rule, several days and doubts are looked at once before saving.
        """
        if not self._is_own(actor, action):
            return self.start(actor)
        now, zone = self._now(), self._knowledge().zone
        times = read_times(action, actor.language, now, zone)
        faults = [*times.faults, *detail_faults(action)]
        if faults:
            return CardReply(self._form(actor, action, faults))
        data = self._data(actor, action, times)
        # What was worked out stands in the form from now on, where it can be changed.
        action = CardAction(action.do, action.language, {**action.fields, **times.typed})
        try:
            draft = self._meetings.draft(data)
            look = self._look(actor, action, times, draft)
            seen = f"{typed_hash(action)}.{action.get('network')}"
            if look.lines and action.get(SHOWN) != seen:
                return CardReply(self._form(actor, action, look=look, seen=seen))
            meeting, new = await self._meetings.add_once(actor.identity, data)
        except Invalid as error:
            return CardReply(self._form(actor, action, [error]))
        return await self._saved(actor, meeting, new=new)

    async def _saved(self, actor: Actor, meeting: Meeting, *, new: bool) -> CardReply:
        language, _ = actor.language, translator(actor.language)
        saved = _("The meeting is saved, and I now tell those who ask about it.")
        if not new:
            # The answer to the first press was lost, or somebody pressed twice.
            saved = _("This meeting was saved already, and stands once.")
        coming = self._meetings.next_dates(meeting, self._now(), 1)
        key = coming[0].key if coming else f"{meeting.key}@{meeting.start.date().isoformat()}"
        body = [e.heading(saved), *self._summary(key, language)]
        if meeting.recurrence is not None:
            body += date_lines(meeting, self._now(), self._knowledge().zone, language)
        row = [
            button(
                _("Announce the meeting"),
                "announce.meeting",
                language,
                style="positive",
                meeting=key,
            ),
            button(_("Add another"), "meeting.new", language),
            *([await self._undo_button(actor, key)] if new else []),
        ]
        return CardReply(e.form(language, body, row))

    def _data(self, actor: Actor, action: CardAction, times: Times) -> dict[str, Any]:
        """What was typed, in the shape of a file; with what a copy has that no form does."""
        body = {"networks": [action.get("network")], **detail_data(action), **times.fields}
        deadline = body.get("registration", {}).get("deadline")
        if times.rule is not None and deadline:
            # One day would hold for every date.
            first = dt.date.fromisoformat(str(times.fields["start"])[:10])
            before = max((first - dt.date.fromisoformat(deadline)).days, 0)
            del body["registration"]["deadline"]
            body["registration"]["closes"] = f"{before} days before"
        copied = self._knowledge().meetings.get(action.get("meeting").partition("@")[0])
        if copied is not None and {*copied.networks} & {*self._own(actor)}:
            fields = fields_of(copied)
            body |= {name: fields[name] for name in KEPT if name in fields}
        return body

    def _look(self, actor: Actor, action: CardAction, times: Times, draft: Meeting) -> Look:
        """The dates of a series or of several days, and what may be a mistake."""
        language, _ = actor.language, translator(actor.language)
        knowledge, now = self._knowledge(), self._now()
        today = now.astimezone(knowledge.zone).date()
        lines: list[Json] = []
        doubts = [
            one.said(language)
            for one in deadline_doubts(action, draft.start.date().isoformat(), today)
        ]
        beside = self._meetings.beside(fields_of(draft), now)
        if beside:
            doubts.append(_("At the same time there is another meeting:"))
        if doubts:
            lines += [e.error_text(one) for one in doubts]
            lines += self._summary(beside[1].key, language) if beside else []
        if times.shown:
            lines.append(e.text(_("It is held:"), weight="Bolder", spacing="Medium"))
            lines += date_lines(draft, now, knowledge.zone, language)
        return Look(lines, bool(doubts))

    def _form(
        self,
        actor: Actor,
        action: CardAction,
        faults: Iterable[Invalid] = (),
        *,
        change: bool = False,
        said: NewMeeting | None = None,
        look: Look | None = None,
        seen: str = "",
    ) -> Json:
        """The form with what was typed before, each error above its field.

        `look` is shown first, with a button to save it so.
        """
        language, _ = actor.language, translator(actor.language)
        network = self._knowledge().networks[action.get("network")]
        languages = languages_of([network.key], self._knowledge())
        fields = [
            *title_inputs(self._knowledge(), languages, language, action),
            *time_inputs(_, action),
            *detail_inputs(languages, language, action),
        ]
        if said is not None and said.repeats:
            zone = self._knowledge().zone
            times = read_times(action, language, self._now(), zone)
            faults = [one for one in times.faults if one.field == "repeats"]
        head = [e.heading(_("New meeting"))]
        carried = {"meeting": action.get("meeting")} if action.get("meeting") else {}
        own = self._own(actor)
        if len(own) == 1:
            carried["network"] = network.key
        title = _("Save")
        if look is not None and look.lines:
            carried[SHOWN] = seen
            title = _("Save it all the same") if look.sure else title
            head = [e.heading(_("Is it so?")), *look.lines]
        save = button(title, "meeting.save", language, style="positive", inputs=True, **carried)
        if look is not None and look.lines:
            # On a phone the end of the form is far away.
            head.append({"type": "ActionSet", "actions": [save]})
            head.append(e.text(_("Or change it:"), weight="Bolder", spacing="Medium"))
        if said is not None and said.left_out:
            words = ", ".join(f"”{one}”" for one in said.left_out)
            head.append(
                e.warning([_("This I did not understand, and left out: {words}", words=words)])
            )
        if len(own) > 1:
            # Chosen in sight: the one that was talked about may not be the one that is meant.
            choices = network_choices(own, language, self._knowledge())
            head.append(e.choice_input("network", _("Network"), choices, network.key))
        else:
            head.append(e.subline(network.name[language], isSubtle=True))
        row = [save]
        if change:
            row.append(button(_("Copy an earlier one"), "meeting.copies", language))
            row.append(button(_("Move or cancel a meeting"), "meeting.list", language))
        body = e.with_errors(fields, faults, language)
        return e.form(language, head + body, row)
