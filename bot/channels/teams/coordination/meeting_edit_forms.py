"""Changing what is said of a meeting: its words, place, links, registration.

Nothing is saved that was not shown before, and nothing that was typed is lost: where something is
wrong, or somebody else has changed the meeting since, the form comes back with it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace

from bot.announcements.errors import Invalid, WrongState
from bot.announcements.meeting_snapshots import differences
from bot.answers.dates import day
from bot.i18n import Message, translator
from bot.knowledge.overlay import Kind
from bot.knowledge.recurrence import Occurrence
from bot.knowledge.values import LANGUAGES, Language

from ..cards import Json
from . import elements as e
from .actor import Actor
from .card_actions import CardAction, CardReply, button
from .content_data import label_of
from .form_fields import languages_of, typed_hash
from .meeting_changes import MeetingChangeForms
from .meeting_data import (
    FIELD_NAMES,
    LABELS,
    as_usual,
    day_faults,
    deadline_doubts,
    detail_faults,
    detail_inputs,
    detail_values,
    edited_data,
    title_inputs,
    written_languages,
)
from .meeting_results import TELL

SCOPE, ONE, ALL = "scope", "one", "all"
"""The field of the form of a series: what is changed, this date or all."""

NOTHING = "–"


class MeetingEditForms(MeetingChangeForms):
    """The form in which a meeting's fields change."""

    async def edit(self, actor: Actor, action: CardAction) -> CardReply:
        """The form, filled with what is said of the meeting now."""
        found = self._mine(actor, action)
        if found is None:
            return await self.list_coming(actor)
        seen = str(await self._meetings.newest(Kind.MEETING, found.meeting.key))
        fields = {**detail_values(found), SCOPE: ONE, "meeting": found.key, "id": seen}
        return CardReply(self._edit_form(actor, CardAction("", fields=fields), found))

    async def preview_edit(self, actor: Actor, action: CardAction) -> CardReply:
        """What the bot will say, above the form; or what is wrong, each at its field."""
        found = self._still_there(actor, action)
        faults = self._faults(action, found)
        if faults:
            return CardReply(self._edit_form(actor, action, found, faults=faults))
        wanted, one_day = self._wanted(action, found)
        would_be = self._meetings.preview_edit(actor.identity, found.key, wanted, one_day=one_day)
        shown = self._shown(actor, action, found, would_be)
        keys = await self._told_keys(actor, action, found)
        shown += await self._tell_inputs(actor, action, *keys)
        return CardReply(self._edit_form(actor, action, found, shown))

    async def save_edit(self, actor: Actor, action: CardAction) -> CardReply:
        """Saves what was shown; shows it first where it was changed since."""
        found = self._still_there(actor, action)
        if action.get("shown") != _hash(action) or self._faults(action, found):
            return await self.preview_edit(actor, action)
        wanted, one_day = self._wanted(action, found)
        seen = action.number("id")
        try:
            await self._meetings.edit(actor.identity, found.key, wanted, one_day=one_day, seen=seen)
        except WrongState as error:
            if error.code != "entered_meanwhile":
                raise
            return await self._both(actor, action, self._still_there(actor, action))
        _ = translator(actor.language)
        keys = await self._told_keys(actor, action, found)
        return await self._changed_card(actor, action, _("The meeting has been changed."), *keys)

    async def _both(self, actor: Actor, action: CardAction, found: Occurrence) -> CardReply:
        """What somebody else has made of a meeting beside what was typed; asks which is right."""
        language, _ = actor.language, translator(actor.language)
        now = detail_values(found)
        lines = [self._who_changed(language, await self._newest_change(actor, found))]
        for name in FIELD_NAMES:
            theirs, yours = (self._value_said(name, one, language) for one in (now, action.fields))
            if theirs != yours:
                label = label_of(name, language, LABELS)
                what = _(
                    "{field} – now: {theirs}; yours: {yours}",
                    field=label,
                    theirs=theirs,
                    yours=yours,
                )
                lines.append(what)
        seen = str(await self._meetings.newest(Kind.MEETING, found.meeting.key))
        typed = replace(action, fields={**action.fields, "id": seen})
        keep = e.text(_("What you typed stands below. Save it all the same, or take theirs."))
        return CardReply(
            self._edit_form(actor, typed, found, [e.warning(lines), keep], conflict=True)
        )

    def _value_said(self, name: str, values: Mapping[str, str], language: Language) -> str:
        """A field's value as a person reads it."""
        _, value = translator(language), values.get(name, "")
        if name == "kind" and (kind := self._knowledge().community.meeting_kinds.get(value)):
            return kind.name[language]
        if name == "online.share":
            return _("for everybody") if value == "true" else _("for members")
        if name == "registration.deadline" and value and not day_faults(name, value):
            return day(dt.date.fromisoformat(value), language)
        return value or _("nothing")

    def _wanted(self, action: CardAction, found: Occurrence) -> tuple[dict[str, object], bool]:
        """The fields as typed, and whether they are of one date alone."""
        one_day = found.meeting.recurrence is not None and action.get(SCOPE) != ALL
        usual = self._knowledge().meetings.get(found.meeting.key)
        if usual is not None and not one_day:
            action = as_usual(action, found, usual)
        return edited_data(action, found, one_day=one_day), one_day

    def _faults(self, action: CardAction, found: Occurrence) -> list[Invalid]:
        """All that is wrong with what was typed, in words for people where there are any."""
        faults = list(detail_faults(action))
        if faults:
            return faults
        try:
            wanted, _one_day = self._wanted(action, found)
            base = self._meetings.fields(Kind.MEETING, found.meeting.key) or {}
            unchanged = {name: base[name] for name in base if name not in LABELS}
            return self._meetings.faults(Kind.MEETING, {**unchanged, **wanted})
        except Invalid as invalid:
            return [invalid]

    async def _told_keys(self, actor: Actor, action: CardAction, found: Occurrence) -> list[str]:
        """The occurrences that a change touches: of a whole series those that were announced."""
        if found.meeting.recurrence is None or action.get(SCOPE) != ALL:
            return [found.key]
        return await self._announced_dates(actor, found)

    def _shown(
        self, actor: Actor, action: CardAction, found: Occurrence, would_be: Occurrence
    ) -> list[Json]:
        """The post as it will look, what differs, and what is probably a mistake."""
        language, _ = actor.language, translator(actor.language)
        today = self._now().astimezone(self._knowledge().zone).date()
        doubts: list[Message] = []
        if action.get("registration.deadline") != detail_values(found).get("registration.deadline"):
            doubts = deadline_doubts(action, found.start.date().isoformat(), today)
        changes = differences(found, would_be, language)
        shown = [e.heading(_("I will say it like this:")), e.framed_post(self._post(would_be))]
        if not changes:
            shown.append(e.text(_("What is posted of it does not change."), isSubtle=True))
        shown += [
            e.subline(f"{one.before or NOTHING} → {one.after or NOTHING}", isSubtle=True)
            for one in changes
        ]
        return shown + ([e.warning(one.said(language) for one in doubts)] if doubts else [])

    def _edit_form(
        self,
        actor: Actor,
        action: CardAction,
        found: Occurrence,
        shown: Iterable[Json] = (),
        faults: Iterable[Invalid] = (),
        *,
        conflict: bool = False,
    ) -> Json:
        """The form with what was typed, below what is shown of it."""
        language, _ = actor.language, translator(actor.language)
        shown, knowledge = list(shown), self._knowledge()
        spoken = {*languages_of(found.meeting.networks, knowledge)}
        spoken |= {one for one in LANGUAGES if one in written_languages(found.meeting)}
        languages: list[Language] = [one for one in LANGUAGES if one in spoken]
        fields = [
            *title_inputs(knowledge, languages, language, action),
            *detail_inputs(languages, language, action),
        ]
        if found.meeting.recurrence is not None:
            scopes = [(ONE, _("This date alone")), (ALL, _("All dates of the series"))]
            chosen = action.get(SCOPE) or ONE
            fields.insert(0, e.choice_input(SCOPE, _("What changes?"), scopes, chosen, open_=True))
        head = [e.heading(_("Change the meeting")), *self._summary(found.key, language)]
        if shown and not conflict:
            head = []
        carried = {"meeting": found.key, "id": action.get("id")}
        show = button(
            _("Preview"),
            "meeting.preview",
            language,
            style="default" if shown else "positive",
            inputs=True,
            **carried,
        )
        row = [show]
        if shown:
            title = _("Save it all the same") if conflict else _("Save")
            save = button(
                title,
                "meeting.change",
                language,
                style="positive",
                inputs=True,
                shown=_hash(action),
                **carried,
            )
            row.insert(0, save)
            # On a phone the end of the form is far away.
            shown.append({"type": "ActionSet", "actions": [save]})
            shown.append(e.text(_("Or change it:"), weight="Bolder", spacing="Medium"))
        if conflict:
            row.append(button(_("Take theirs"), "meeting.edit", language, meeting=found.key))
        elif found.meeting.recurrence is not None and not shown:
            row.append(button(_("Dates"), "meeting.series", language, meeting=found.key))
        row.append(button(_("Back"), "meeting.list", language))
        body = e.with_errors(fields, faults, language)
        return e.form(language, [*head, *shown, *body], row)


def _hash(action: CardAction) -> str:
    """What tells whether anything was typed since the preview; whether it is told may change."""
    left_out = (TELL, "meeting")
    fields = {name: one for name, one in action.fields.items() if name not in left_out}
    if fields.get("online.share") == "false":
        del fields["online.share"]
    return typed_hash(replace(action, fields=fields))
