"""Moving, cancelling and deleting meetings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from bot.announcements.errors import Invalid, WrongState
from bot.i18n import translator
from bot.knowledge.overlay import Kind

from . import elements as e
from .actor import Actor
from .card_actions import CardAction, CardReply, button
from .meeting_data import time_faults, time_inputs
from .meeting_results import MeetingResults


class MeetingChangeForms(MeetingResults):
    """The forms in which a meeting changes."""

    async def time_form(
        self,
        actor: Actor,
        action: CardAction,
        faults: Iterable[Invalid] = (),
        *,
        typed: bool = False,
        changed: str = "",
    ) -> CardReply:
        """The form of a meeting's new time, with what was typed; `changed`: who changed it since.

        The meeting's time above it is the one that it has now.
        """
        language, _ = actor.language, translator(actor.language)
        found = self._mine(actor, action)
        if found is None:
            return await self.list_coming(actor)
        body = [e.heading(_("New time")), *self._summary(found.key, language)]
        if changed:
            body.append(e.warning([changed, _("Save your time all the same?")]))
        seen = action.get("id")
        if changed or not typed:
            seen = str(await self._meetings.newest(Kind.MEETING, found.meeting.key))
        if not typed:
            times = f"{found.start:%Y-%m-%d}", f"{found.start:%H:%M}", f"{found.end:%H:%M}"
        else:
            times = action.get("day"), action.get("start"), action.get("end")
        body += e.with_errors(time_inputs(_, *times), faults, language)
        body += await self._tell_inputs(actor, action, found.key)
        save = button(
            _("Save"),
            "meeting.move",
            language,
            style="positive",
            inputs=True,
            meeting=found.key,
            id=seen,
        )
        back = button(_("Back"), "meeting.list", language)
        return CardReply(e.form(language, body, [save, back]))

    async def move(self, actor: Actor, action: CardAction) -> CardReply:
        """Gives a meeting its new time."""
        day, key = action.get("day"), action.get("meeting")
        found = self._still_there(actor, action)
        # What lasts over midnight, or for days, still does.
        nights = (found.end.date() - found.start.date()).days
        faults = list(time_faults(action, one_day=not nights))
        if faults:
            return await self.time_form(actor, action, faults, typed=True)
        last = dt.date.fromisoformat(day) + dt.timedelta(days=nights)
        start, end = f"{day} {action.get('start')}", f"{last} {action.get('end')}"
        try:
            await self._meetings.move(actor.identity, key, start, end, seen=action.number("id"))
        except Invalid as error:
            return await self.time_form(actor, action, [error], typed=True)
        except WrongState as error:
            if error.code != "entered_meanwhile":
                raise
            who = self._who_changed(actor.language, await self._newest_change(actor, found))
            return await self.time_form(actor, action, typed=True, changed=who)
        _ = translator(actor.language)
        return await self._changed_card(actor, action, _("The meeting has been moved."))

    async def confirm_cancel(self, actor: Actor, action: CardAction) -> CardReply:
        """Asks once more before a meeting is cancelled."""
        language, _ = actor.language, translator(actor.language)
        key = action.get("meeting")
        if self._mine(actor, action) is None:
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
        _ = translator(actor.language)
        done = _("The meeting is cancelled.")
        try:
            await self._meetings.cancel(actor.identity, action.get("meeting"))
        except WrongState as error:
            if error.code != "already_cancelled":
                raise
            # Whoever pressed before may have been cut off before it was told.
            done = error.said(actor.language)
        return await self._changed_card(actor, action, done)

    async def confirm_delete(self, actor: Actor, action: CardAction) -> CardReply:
        """Asks once more before a meeting is deleted that nobody was told of."""
        language, _ = actor.language, translator(actor.language)
        found = self._mine(actor, action)
        if found is None:
            return await self.list_coming(actor)
        key = found.key
        if await self._meetings.told_of(found.meeting.key):
            body = [e.heading(WrongState("told_already").said(language))]
            cancel = _.pgettext("a meeting", "Cancel")
            row = [button(cancel, "meeting.ask", language, style="positive", meeting=key)]
        else:
            body = [e.heading(_("Delete this meeting? Nobody was told of it."))]
            title = _("Delete")
            if found.meeting.recurrence is not None:
                body.append(e.text(_("All dates of the series go with it.")))
            row = [
                button(title, "meeting.delete", language, style="destructive", meeting=key),
            ]
        body += self._summary(key, language)
        return CardReply(
            e.form(language, body, [*row, button(_("Back"), "meeting.list", language)])
        )

    async def delete(self, actor: Actor, action: CardAction) -> CardReply:
        """Deletes a meeting."""
        _ = translator(actor.language)
        self._own(actor)
        key = action.get("meeting")
        name = key.partition("@")[0]
        if name not in self._knowledge().meetings:
            # Somebody pressed twice, or the answer was lost.
            return await self._deleted_card(actor, key, _("The meeting is deleted already."))
        await self._meetings.delete(actor.identity, key)
        return await self._deleted_card(actor, key, _("The meeting is deleted."))

    async def _deleted_card(self, actor: Actor, key: str, said: str) -> CardReply:
        language, _ = actor.language, translator(actor.language)
        row = [
            await self._undo_button(actor, key),
            button(_("Coming meetings"), "meeting.list", language),
            button(_("Add a meeting"), "meeting.new", language),
        ]
        return CardReply(e.form(language, [e.heading(said)], row))
