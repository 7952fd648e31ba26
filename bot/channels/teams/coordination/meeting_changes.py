"""Moving and cancelling meetings, undoing it, and telling of it."""

from __future__ import annotations

from bot.announcements.errors import Invalid, NotFound, WrongState
from bot.i18n import translator

from ..cards import Json
from . import elements as e
from .actor import Actor
from .card_actions import CardAction, CardReply, button
from .meeting_data import check_time, time_inputs
from .meeting_list import MeetingList

TELL = "tell"
"""The field of a form that says whether a change is told."""


class MeetingChanges(MeetingList):
    """The forms in which a meeting changes."""

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
        body += e.with_error(time_inputs(_, *times), error, language)
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
            check_time(action)
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
        settled = await self._announcements.settle(actor.identity, key)
        if settled.updated:
            said.append(e.text(_("I now change the posts in which it was announced.")))
        if settled.to_tell:
            # What was told of the change is no longer so.
            tell = _("Tell the followers")
            row.insert(0, button(tell, "meeting.tell", language, style="positive", meeting=key))
        return CardReply(e.form(language, said, row))

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
