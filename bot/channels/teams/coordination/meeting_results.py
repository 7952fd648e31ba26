"""What comes of a change of a meeting: telling of it, undoing it, who made it."""

from __future__ import annotations

from bot.announcements.content_editing import Change
from bot.announcements.errors import NotFound
from bot.announcements.meeting_snapshots import snapshot_of
from bot.announcements.model import Announcement, State
from bot.announcements.post import compose_post
from bot.announcements.sender import Target
from bot.answers.dates import instant
from bot.answers.model import Answer
from bot.i18n import translator
from bot.knowledge.overlay import Kind
from bot.knowledge.recurrence import Occurrence
from bot.knowledge.values import Language

from ..cards import Json
from . import elements as e
from .actor import Actor
from .card_actions import CardAction, CardReply, button
from .meeting_base import ALL_DATES
from .meeting_list import MeetingList

TELL = "tell"
"""The field of a form that says whether a change is told."""


class MeetingResults(MeetingList):
    """The cards that follow a change of a meeting."""

    async def undo(self, actor: Actor, action: CardAction) -> CardReply:
        """Undoes what was just done with a meeting, within ten minutes."""
        key, number = action.get("meeting"), action.number("id")
        if number is None:
            raise NotFound("no_change")
        name = key.partition("@")[0]
        await self._meetings.undo_lately(actor.identity, name, number)
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
        lines, tell = await self._settle(actor, name, key)
        return CardReply(e.form(language, [*said, *lines], [*tell, *row]))

    async def tell(self, actor: Actor, action: CardAction) -> CardReply:
        """Tells of a meeting that has changed, wherever it was announced."""
        _ = translator(actor.language)
        told = CardAction(action.do, fields={**action.fields, TELL: "true"})
        found, keys = self._knowledge().find_occurrence(action.get("meeting")), list[str]()
        if action.get("what") == ALL_DATES:
            # Each date has news of its own.
            name = action.get("meeting").partition("@")[0]
            keys = await self._announced_dates(actor, found) if found is not None else [name]
        return await self._changed_card(actor, told, _("The meeting has changed."), *keys)

    async def _announced_dates(self, actor: Actor, found: Occurrence) -> list[str]:
        """An occurrence, and the coming ones of its series that were announced."""
        coming = self._knowledge().coming(self._now(), networks=found.meeting.networks)
        same = [one.key for one in coming if one.meeting.key == found.meeting.key]
        announced = await self._announcements.all_of(actor.identity, same)
        return [found.key, *(key for key in announced if key != found.key)]

    async def _tell_inputs(self, actor: Actor, action: CardAction, *keys: str) -> list[Json]:
        """Whether the change is told, asked where the meeting was announced."""
        told = [await self._announcements.told_of(actor.identity, key) for key in keys]
        number = sum(told)
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

    async def _changed_card(
        self, actor: Actor, action: CardAction, what: str, *keys: str
    ) -> CardReply:
        """What has become of a meeting, after telling of it where that was chosen.

        `keys` are the occurrences that changed, where it is not the one of the form alone.
        """
        language, _ = actor.language, translator(actor.language)
        key = action.get("meeting")
        newest = await self._meetings.newest(Kind.MEETING, key.partition("@")[0])
        is_changed = action.number("id") != newest
        told = [
            await self._announcements.tell(actor.identity, one, news=action.is_on(TELL))
            for one in keys or (key,)
        ]
        news_ids = [id_ for one in told for id_ in one.news]
        if not is_changed:
            what = _("It stood so already: nothing was changed.")
        body = [e.heading(what), *self._summary(key, language)]
        if news_ids:
            news = _.ngettext(
                "I now tell it in {count} conversation, and change the post there.",
                "I now tell it in {count} conversations, and change the posts there.",
                sum(one.conversations for one in told),
            )
            body.append(e.text(news))
        elif any(one.updated for one in told):
            body.append(e.text(_("I now change the posts in which it was announced.")))
        else:
            body.append(e.text(_("There is nothing more to tell.")))
        row = [button(_("How far is it?"), "report.show", language, id=id_) for id_ in news_ids[:1]]
        if is_changed:
            row.append(await self._undo_button(actor, key))
        row.append(button(_("Move or cancel a meeting"), "meeting.list", language))
        return CardReply(e.form(language, body, row))

    async def _newest_change(self, actor: Actor, found: Occurrence) -> Change | None:
        changes = await self._meetings.history(actor.identity, Kind.MEETING, found.meeting.key)
        return changes[0] if changes else None

    def _who_changed(self, language: Language, change: Change | None) -> str:
        """Who has changed a meeting that somebody has a form of."""
        _ = translator(language)
        name = self._meetings.name_of(change) if change is not None else None
        if change is None or name is None:
            return _("Somebody else has changed this meeting since you opened the form.")
        time = instant(change.at.astimezone(self._knowledge().zone), language)
        return _(
            "{name} has changed this meeting since you opened the form ({time}).",
            name=name,
            time=time,
        )

    def _post(self, occurrence: Occurrence) -> Answer:
        """The post of a meeting as it would be in a team's channel."""
        networks = occurrence.meeting.networks
        made = Announcement(
            id="",
            state=State.DRAFT,
            version=0,
            networks=networks,
            occurrence=occurrence.key,
            title={},
            text={},
            note={},
            meeting_snapshot=snapshot_of(occurrence),
        )
        target = Target("teams", "channel", "", "", "", networks=tuple(networks))
        return compose_post(made, self._knowledge(), target, None)
