"""The way from words to a meeting that is there: *siirrä tapaaminen*, *ta bort mötet 28.3.*"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from bot.answers.dates import partial, weekday
from bot.i18n import N_, Message, pN_, translator
from bot.knowledge.fields import fields_of
from bot.knowledge.recurrence import Occurrence
from bot.knowledge.values import LANGUAGES, PartialDate
from bot.understanding.meeting_changes import Change, MeetingChange
from bot.understanding.text import words

from ..cards import Json
from . import elements as e
from .actor import Actor
from .card_actions import CardAction, CardReply, button
from .meeting_edit_forms import MeetingEditForms
from .meeting_list import MOST_LISTED

WAYS: Mapping[Change, tuple[str, Message, Message]] = {
    "edit": ("meeting.edit", N_("Change"), N_("Which meeting do you want to change?")),
    "move": ("meeting.time", N_("Move"), N_("Which meeting do you want to move?")),
    "cancel": (
        "meeting.ask",
        pN_("a meeting", "Cancel"),
        N_("Which meeting do you want to cancel?"),
    ),
    "delete": ("meeting.drop", N_("Delete"), N_("Which meeting do you want to delete?")),
}
"""Where a change leads: the action of its button, its title, and the heading of the list."""


class MeetingWays(MeetingEditForms):
    """Leads from words to the form of a meeting, or to a short list to choose from."""

    async def by_words(self, actor: Actor, wish: MeetingChange) -> CardReply:
        """The form of the one meeting that is meant, or those that may be."""
        coming = [one for one in self._coming(actor) if not one.cancelled]
        fits = {one.key: self._fit(one, wish) for one in coming}
        best = max(fits.values(), default=0)
        meant = [one for one in coming if fits[one.key] == best]
        # One of a series is meant by its date alone: without it, by the next.
        named = {one.meeting.key for one in meant}
        if best and len(named) == 1 and not wish.dates:
            meant = meant[:1]
        if len(meant) == 1 and (best or len(coming) == 1):
            return await self._step(actor, meant[0], wish.change)
        return CardReply(self._choice(actor, meant, wish))

    def names_one(self, actor: Actor, wish: MeetingChange) -> bool:
        """Whether a message names one of one's own coming meetings by a word or a date."""
        return any(self._fit(one, wish) for one in self._coming(actor))

    async def _step(self, actor: Actor, found: Occurrence, change: Change) -> CardReply:
        """What follows once it is known which meeting."""
        language, _ = actor.language, translator(actor.language)
        if self._meetings.in_file(found.key):
            in_file = _("It stands in a content file, and is changed there.")
            body = [*self._summary(found.key, language), e.text(in_file)]
            row = [button(_("Coming meetings"), "meeting.list", language)]
            return CardReply(e.form(language, body, row))
        do = WAYS[change][0]
        return await self.steps()[do](actor, CardAction(do, fields={"meeting": found.key}))

    def steps(self) -> Mapping[str, Callable[[Actor, CardAction], Awaitable[CardReply]]]:
        """The forms to which the ways lead, by their actions."""
        return {
            "meeting.edit": self.edit,
            "meeting.time": self.time_form,
            "meeting.ask": self.confirm_cancel,
            "meeting.drop": self.confirm_delete,
        }

    def _choice(self, actor: Actor, meant: list[Occurrence], wish: MeetingChange) -> Json:
        language, _ = actor.language, translator(actor.language)
        do, title, question = WAYS[wish.change]
        body: list[Json] = [e.heading(question.said(language))]
        # What cannot be changed here stands in the way, unless it alone is meant.
        meant = [one for one in meant if not self._meetings.in_file(one.key)] or meant
        if not meant:
            body = [e.text(_("Your networks have no coming meetings."))]
        series: set[str] = set()
        for one in meant[:MOST_LISTED]:
            body += self._summary(one.key, language)
            if self._meetings.in_file(one.key):
                in_file = _("It stands in a content file, and is changed there.")
                body.append(e.subline(in_file, isSubtle=True))
                continue
            row = [button(title.said(language), do, language, meeting=one.key)]
            if one.meeting.recurrence is not None and one.meeting.key not in series:
                series.add(one.meeting.key)
                row.append(button(_("Dates"), "meeting.series", language, meeting=one.key))
            body.append({"type": "ActionSet", "actions": row})
        more = button(_("Coming meetings"), "meeting.list", language)
        add = button(_("Add a meeting"), "meeting.new", language)
        return e.form(language, body, [more, add])

    def _fit(self, one: Occurrence, wish: MeetingChange) -> int:
        """How well a meeting fits what names it."""
        meeting, knowledge = one.meeting, self._knowledge()
        texts = [*fields_of(meeting.title).values()]
        texts += [*(fields_of(meeting.place).values() if meeting.place else ())]
        for key in meeting.networks:
            texts += fields_of(knowledge.networks[key].short).values()
        if kind := knowledge.community.meeting_kinds.get(meeting.kind):
            texts += fields_of(kind.name).values()
        day = one.start.date()
        month = PartialDate(year=day.year, month=day.month)
        texts += [f"{weekday(day, lang)} {partial(month, lang)}" for lang in LANGUAGES]
        described = {word for text in texts for word in words(str(text)) if len(word) > 3}
        return wish.fits(described, day.day, day.month)
