"""What all forms of meetings share: what they work on, whose meetings are whose, summaries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from bot.announcements.errors import NotAllowed, NotFound
from bot.announcements.meeting_editing import MeetingEditor
from bot.announcements.permissions import Coordinators
from bot.announcements.service import Announcements
from bot.answers.dates import moment
from bot.i18n import translator
from bot.knowledge.library import Knowledge
from bot.knowledge.overlay import Kind
from bot.knowledge.recurrence import Occurrence
from bot.knowledge.values import Language

from ..cards import Json
from . import elements as e
from .actor import Actor
from .card_actions import CardAction, button
from .form_fields import own_networks

ALL_DATES = "all"
"""What the button of a series carries that is about all of its dates."""


class MeetingBase:
    """The base of the classes of which the forms of meetings are made; `now` is aware."""

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

    def _mine(self, actor: Actor, action: CardAction) -> Occurrence | None:
        """The meeting of a form; raises NotAllowed for whoever may not change it."""
        own, found = self._own(actor), self._knowledge().find_occurrence(action.get("meeting"))
        if found is not None and not {*found.meeting.networks} <= {*own}:
            raise NotAllowed
        return found

    def _still_there(self, actor: Actor, action: CardAction) -> Occurrence:
        """The same; raises NotFound without one, which leaves the form with what was typed."""
        found = self._mine(actor, action)
        if found is None:
            raise NotFound("not_there")
        return found

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

    async def _undo_button(self, actor: Actor, key: str) -> Json:
        """Undoes the newest change of a meeting, which was just made."""
        language, _ = actor.language, translator(actor.language)
        number = await self._meetings.newest(Kind.MEETING, key.partition("@")[0])
        return button(_("Undo"), "meeting.undo", language, id=str(number), meeting=key)

    async def _settle(
        self, actor: Actor, key: str, shown: str = ""
    ) -> tuple[list[Json], list[Json]]:
        """Has the posts of a meeting that is again as before say so: what is said of it, and the
        button that tells it where the change was told.

        The key alone stands for all of its dates, of which `shown` is the one in view.
        """
        shown = shown or key
        language, _ = actor.language, translator(actor.language)
        settled = await self._announcements.settle(actor.identity, key)
        lines, row = [], []
        if settled.updated:
            lines.append(e.text(_("I now change the posts in which it was announced.")))
        if settled.to_tell:
            # What was told of the change is no longer so.
            tell = _("Tell the followers")
            what = "" if "@" in key else ALL_DATES
            do = "meeting.tell"
            row.append(button(tell, do, language, style="positive", meeting=shown, what=what))
        return lines, row
