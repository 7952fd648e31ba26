"""The list of coming meetings, with search and pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.answers.dates import moment
from bot.i18n import N_, Message, pN_, translator
from bot.knowledge.fields import fields_of
from bot.knowledge.library import Knowledge
from bot.knowledge.recurrence import Occurrence
from bot.knowledge.values import Language

from ..cards import Json
from . import elements as e
from .actor import Actor
from .announced import announced_lines
from .card_actions import CardAction, CardReply, button
from .meeting_base import MeetingBase

MOST_LISTED = 8
"""Coming meetings in the list; more would not fit on a card."""

CHANGES: Mapping[str, Message] = {
    "meeting.edit": N_("Change"),
    "meeting.time": N_("Move"),
    "meeting.ask": pN_("a meeting", "Cancel"),
    "meeting.drop": N_("Delete"),
}
"""What can be done with a meeting of the list: buttons and their titles."""

MOST_BUTTONS = 5
"""Teams shows no more beside each other."""


class MeetingList(MeetingBase):
    """The coming meetings of one's own networks, and what can be done with each."""

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
            body += announced_lines(announced.get(one.key, ()), self._knowledge().zone, language)
            if self._meetings.in_file(one.key):
                in_file = _("It stands in a content file, and is changed there.")
                body.append(e.subline(in_file, isSubtle=True))
                body.append({"type": "ActionSet", "actions": self._new_dates(one, language)})
                continue
            row = [
                button(title.said(language), do, language, meeting=one.key)
                for do, title in CHANGES.items()
                if not (do == "meeting.drop" and announced.get(one.key))
            ]
            row += self._new_dates(one, language)[: MOST_BUTTONS - len(row)]
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

    def _new_dates(self, one: Occurrence, language: Language) -> list[Json]:
        """The buttons that lead to further dates: all dates of a series, and a copy."""
        _ = translator(language)
        row = [button(_("Copy"), "meeting.copy", language, meeting=one.key)]
        if one.meeting.recurrence is not None and not self._meetings.in_file(one.key):
            row.insert(0, button(_("Dates"), "meeting.series", language, meeting=one.key))
        return row

    def _is_found(self, one: Occurrence, searched: str, language: Language) -> bool:
        """Whether every word that was searched for stands in what the list shows of a meeting."""
        knowledge = self._knowledge()
        meeting = one.meeting
        texts = [*fields_of(meeting.title).values(), moment(one.start, one.end, language)]
        texts += [*(fields_of(meeting.place).values() if meeting.place else ())]
        texts += [name for key in meeting.networks for name in _names(knowledge, key)]
        words = " ".join(map(str, texts)).casefold()
        return all(word in words for word in searched.casefold().split())

    def _coming(self, actor: Actor) -> list[Occurrence]:
        """The coming occurrences of one's own networks, soonest first."""
        return self._knowledge().coming(self._now(), networks=self._own(actor))


def _page_start(given: str, all_: int) -> int:
    """How many meetings lie before a page; the first page for what is no such number."""
    at = int(given) if given.isdecimal() and len(given) < 6 else 0
    return at if at < all_ else 0


def _names(knowledge: Knowledge, key: str) -> Iterable[str]:
    network = knowledge.networks[key]
    return (*fields_of(network.short).values(), *fields_of(network.name).values())
