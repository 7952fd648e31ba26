"""Questions with their answers, added, changed and taken out by forms.

As with all content, nothing is saved that was not shown before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from bot.announcements.content_editing import ContentEditor
from bot.announcements.errors import Invalid, NotFound
from bot.announcements.permissions import Coordinators
from bot.answers.compose import Context, compose
from bot.answers.dates import day
from bot.i18n import N_, translator
from bot.knowledge.library import Knowledge
from bot.knowledge.overlay import Kind
from bot.knowledge.question_pairs import Question
from bot.knowledge.values import LANGUAGES, Language
from bot.understanding.model import QUESTION, Entities, Request, Understanding

from ..cards import Json
from . import elements as e
from .actor import Actor
from .card_actions import CardAction, CardReply, button
from .form_fields import (
    input_per_language,
    network_choices,
    own_network,
    own_networks,
    typed_hash,
)
from .question_data import (
    ALL,
    FIELDS,
    asked_values,
    doubts_said,
    free_key,
    free_keys,
    question_fields,
    question_values,
    saved_already,
)

NEW = "question"
"""The part of a network that is a new question; `question:KEY` for one that is there."""

MOST_ASKED = 6
"""Questions asked in vain that are listed; more would not fit on a card."""


@dataclass(frozen=True)
class _About:
    """What the buttons of a question's form carry: the network it was opened from, the question,
    and the newest change of it that was seen."""

    network: str
    what: str
    seen: str

    def button(
        self,
        title: str,
        do: str,
        language: Language,
        *,
        style: str | None = None,
        inputs: bool = False,
        **more: str,
    ) -> Json:
        """A button that carries it."""
        carried = {"network": self.network, "what": self.what, "id": self.seen, **more}
        return button(title, do, language, style=style, inputs=inputs, **carried)


class QuestionForms:
    """The forms of coordinators for questions and their answers."""

    def __init__(
        self,
        content: ContentEditor,
        coordinators: Coordinators,
        context: Callable[[], Context],
    ) -> None:
        self._content = content
        self._coordinators = coordinators
        self._context = context

    def choices(self, actor: Actor, network: str) -> list[tuple[str, str]]:
        """The questions about a network that somebody may change, and a new one."""
        language, _ = actor.language, translator(actor.language)
        own = set(own_networks(actor, self._coordinators, self._knowledge))
        found = [
            one
            for one in self._knowledge.questions.values()
            if set(one.networks or self._knowledge.networks) <= own and one.concerns((network,))
        ]
        return [
            *((f"{NEW}:{one.key}", one.shown(language)) for one in found),
            (NEW, _("A new question and its answer")),
        ]

    async def pick(self, actor: Actor, action: CardAction) -> CardReply:
        """The form of a question that is there, or of a new one."""
        network, key = self._network(actor, action), self._key(action)
        values = {"networks": network}
        if key:
            values = question_values(self._question(key))
        seen = str(await self._content.newest(Kind.QUESTION, key)) if key else ""
        return self._filled(actor, action, network, values, seen)

    async def vain(self, actor: Actor, action: CardAction) -> CardReply:
        """What was asked in vain about a network."""
        network, language = self._network(actor, action), actor.language
        _ = translator(language)
        asked = await self._content.in_vain.about(actor.identity, network)
        name = self._knowledge.networks[network].name[language]
        body = [e.heading(_("Asked without an answer")), e.subline(name, isSubtle=True)]
        if not asked:
            body.append(e.text(_("Nothing is kept that was asked without an answer.")))
        for one in asked[:MOST_ASKED]:
            times = _.ngettext(
                "asked {count} time, last on {day}",
                "asked {count} times, last on {day}",
                one.count,
                day=day(one.last, language),
            )
            answer = button(
                _("Answer this"), "question.answer", language, id=str(one.number), network=network
            )
            body += [
                e.text(one.wordings[0], weight="Bolder", spacing="Medium"),
                e.subline(times, isSubtle=True),
                {"type": "ActionSet", "actions": [answer]},
            ]
        if asked:
            hint = _("Names of people are left out, and who asked is not known.")
            body.append(e.text(hint, isSubtle=True, spacing="Medium"))
        return CardReply(e.form(language, body, [self._back(network, language)]))

    async def answer(self, actor: Actor, action: CardAction) -> CardReply:
        """The form of a new question, filled with what was asked in vain."""
        network, number = self._network(actor, action), action.number("id")
        if number is None:
            raise NotFound("not_there")
        asked = await self._content.in_vain.find(actor.identity, network, number)
        return self._filled(actor, action, network, asked_values(asked, network), "")

    async def preview(
        self, actor: Actor, action: CardAction, error: Invalid | None = None
    ) -> CardReply:
        """What the bot will say, with what is doubtful of it, above the form."""
        network, key = self._network(actor, action), self._key(action)
        shown: list[Json] = []
        if error is None:
            try:
                shown = await self._shown(actor, action, key)
            except Invalid as invalid:
                error = _in_form(invalid)
        return CardReply(self._form(actor, action, network, error, shown))

    async def save(self, actor: Actor, action: CardAction) -> CardReply:
        """Saves what was shown; shows it first where it was changed since."""
        network, key = self._network(actor, action), self._key(action)
        if action.get("shown") != typed_hash(action):
            return await self.preview(actor, action)
        _ = translator(actor.language)
        try:
            number: int | None
            new, wanted = self._wanted(actor, action, key)
            if not key:
                new, number = await self._content.add_new(
                    actor.identity,
                    Kind.QUESTION,
                    free_keys(action),
                    wanted,
                    lambda known: saved_already(wanted, known),
                )
                if number is None:
                    said = _("This question was saved already, and stands once.")
                    return self._done(actor, network, new, None, said)
            else:
                seen = action.number("id")
                place = actor.identity, Kind.QUESTION, new
                number = await self._content.put(*place, wanted, seen=seen)
        except Invalid as invalid:
            return await self.preview(actor, action, _in_form(invalid))
        return self._done(actor, network, new, number, _("Saved. I now answer like this:"))

    async def leave(self, actor: Actor, action: CardAction) -> CardReply:
        """Asks before a question is taken out."""
        network, key = self._network(actor, action), self._key(action)
        question = self._question(key)
        language, _ = actor.language, translator(actor.language)
        # Whoever may not change it is told so before the question.
        self._content.preview(actor.identity, Kind.QUESTION, key, None)
        about = _About(network, f"{NEW}:{key}", str(await self._content.newest(Kind.QUESTION, key)))
        row = [
            about.button(_("Take out"), "question.remove", language, style="destructive"),
            about.button(_("Back"), "question.pick", language),
        ]
        body = [
            e.heading(_("Shall I not answer this any more?")),
            *self._frames(actor.language, question, self._knowledge),
        ]
        return CardReply(e.form(language, body, row))

    async def remove(self, actor: Actor, action: CardAction) -> CardReply:
        """Takes a question out."""
        network, key = self._network(actor, action), self._key(action)
        seen = action.number("id")
        number = await self._content.put(actor.identity, Kind.QUESTION, key, None, seen=seen)
        _ = translator(actor.language)
        return self._done(actor, network, key, number, _("This question is taken out."))

    async def undo(self, actor: Actor, action: CardAction) -> CardReply:
        """Brings back what was before a change."""
        network, number = self._network(actor, action), action.number("id")
        if number is None:
            raise NotFound("no_change")
        await self._content.undo(actor.identity, number)
        _ = translator(actor.language)
        key = self._key(action)
        said = _("Undone. I now answer like this:")
        if key not in self._knowledge.questions:
            said = _("Undone. This question is taken out.")
        return self._done(actor, network, key, None, said)

    @property
    def _knowledge(self) -> Knowledge:
        return self._content.knowledge

    def _network(self, actor: Actor, action: CardAction) -> str:
        """The network from which a form was opened, one's own; else raises NotAllowed."""
        return own_network(actor, action, self._coordinators, self._knowledge)

    def _key(self, action: CardAction) -> str:
        """The key of a form's question; empty for a new one."""
        part, _, key = action.get("what").partition(":")
        if part not in ("", NEW):
            raise NotFound("not_there")
        return key

    def _question(self, key: str) -> Question:
        found = self._knowledge.questions.get(key)
        if found is None:
            raise NotFound("not_there")
        return found

    def _wanted(self, actor: Actor, action: CardAction, key: str) -> tuple[str, dict[str, object]]:
        """The key and the fields of what was typed; raises Invalid."""
        if not action.get("networks") and len(self._network_choices(actor)) == 1:
            # A single one is not asked for.
            fields = {**action.fields, "networks": action.get("network")}
            action = replace(action, fields=fields)
        before = self._content.fields(Kind.QUESTION, key) if key else None
        today = self._context().now.date()
        wanted = question_fields(action, before, today, actor.language)
        if key:
            self._question(key)
        return key or free_key(
            action, self._knowledge, self._content.in_files(Kind.QUESTION)
        ), wanted

    async def _shown(self, actor: Actor, action: CardAction, key: str) -> list[Json]:
        """The answer in each language, how it is asked, and what is doubtful."""
        _, who, today = translator(actor.language), actor.identity, self._context().now.date()
        new, wanted = self._wanted(actor, action, key)
        would_be = self._content.preview(who, Kind.QUESTION, new, wanted)
        question = would_be.questions[new]
        doubts = await self._content.doubts(who, new, wanted, today)
        said = doubts_said(doubts, question, would_be, actor.language)
        wordings = [text for _language, _at, text in question.question.all()]
        return [
            e.heading(_("I will answer like this:")),
            *self._frames(actor.language, question, would_be),
            e.text(_("I answer it when it is asked like this, or in words near to these:")),
            *(e.subline(f"– {text}", isSubtle=True) for text in wordings),
            *([e.warning(said)] if said else []),
        ]

    def _frames(self, language: Language, question: Question, knowledge: Knowledge) -> list[Json]:
        """What the bot says, in each language in which there is an answer, one's own first."""
        asked = Entities(networks=question.networks[:1], questions=(question.key,))
        frames = []
        given = question.answer.languages()
        for one in dict.fromkeys((language, *LANGUAGES)):
            if one in given:
                understanding = Understanding("", one, (Request(QUESTION, asked),), 1.0)
                answer = compose(understanding, knowledge, self._context())
                frames.append(e.framed_post(replace(answer, actions=(), suggestions=())))
        return frames

    def _done(
        self, actor: Actor, network: str, key: str, number: int | None, said: str
    ) -> CardReply:
        """What was done and what the bot says from now on; a number is the change to undo."""
        language, _ = actor.language, translator(actor.language)
        what = f"{NEW}:{key}"
        row = [
            button(_("Another question"), "question.pick", language, network=network, what=NEW),
            button(_("Other details"), "content.show", language, network=network),
        ]
        if number is not None:
            undo = button(
                _("Undo"), "question.undo", language, id=str(number), network=network, what=what
            )
            row.insert(0, undo)
        body = [e.heading(said)]
        if question := self._knowledge.questions.get(key):
            body += self._frames(language, question, self._knowledge)
        return CardReply(e.form(language, body, row))

    def _filled(
        self, actor: Actor, action: CardAction, network: str, values: dict[str, str], seen: str
    ) -> CardReply:
        key = self._key(action)
        fields = {**values, "network": network, "what": f"{NEW}:{key}" if key else NEW, "id": seen}
        return CardReply(self._form(actor, CardAction("", fields=fields), network))

    def _network_choices(self, actor: Actor) -> list[tuple[str, str]]:
        """The networks for which somebody may answer; all together only for who keeps all."""
        language, _ = actor.language, translator(actor.language)
        own = own_networks(actor, self._coordinators, self._knowledge)
        choices = network_choices(own, language, self._knowledge)
        if len(own) == len(self._knowledge.networks):
            choices.insert(0, (ALL, _("All networks")))
        return choices

    def _back(self, network: str, language: Language) -> Json:
        return button(translator(language)("Back"), "content.show", language, network=network)

    def _form(
        self,
        actor: Actor,
        action: CardAction,
        network: str,
        error: Invalid | None = None,
        shown: Iterable[Json] = (),
    ) -> Json:
        """The form with what was typed, below what the bot will say where that is known."""
        language, _ = actor.language, translator(actor.language)
        shown, key = list(shown), self._key(action)
        what, seen = f"{NEW}:{key}" if key else NEW, action.get("id")
        title = _("A question and its answer")
        name = self._knowledge.networks[network].name[language]
        head = shown or [e.heading(title), e.subline(name, isSubtle=True)]
        fields = self._fields(actor, action)
        about = _About(network, what, seen)
        row = [
            about.button(
                _("Preview"),
                "question.preview",
                language,
                style="default" if shown else "positive",
                inputs=True,
            )
        ]
        if shown:
            save = about.button(
                _("Save"),
                "question.save",
                language,
                style="positive",
                inputs=True,
                shown=typed_hash(action),
            )
            row.insert(0, save)
        if key:
            row.append(about.button(_("Take out"), "question.leave", language))
        row.append(self._back(network, language))
        return e.form(language, [*head, *e.with_error(fields, error, language)], row)

    def _fields(self, actor: Actor, action: CardAction) -> list[Json]:
        language, _ = actor.language, translator(actor.language)
        hint = _("One language is enough: I say which it is to those who ask in another.")
        wordings = _("One wording a line, at least three: the first is the one shown.")
        fields = [e.text(wordings, isSubtle=True), e.subline(hint, isSubtle=True)]
        # One's own language first: often it is the only one that is filled in.
        for one in dict.fromkeys((language, *LANGUAGES)):
            written = (one,), language, action
            fields += input_per_language(
                e.multiline_input, N_("Question {language}"), "question", *written, longest=800
            )
            fields += input_per_language(
                e.multiline_input, N_("Answer {language}"), "answer", *written
            )
        choices = self._network_choices(actor)
        until = FIELDS["valid_until"].said(language)
        if len(choices) > 1:
            label = FIELDS["networks"].said(language)
            chosen = action.get("networks")
            fields.append(e.choice_input("networks", label, choices, chosen, several=True))
        return [*fields, e.date_input("valid_until", until, action.get("valid_until"))]


def _in_form(error: Invalid) -> Invalid:
    """The error with its field as the form has it: a wording stands in its language's field."""
    return Invalid(".".join(error.field.split(".")[:2]), error.code, **error.data)
