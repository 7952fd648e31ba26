"""What the bot tells of a network and its contact persons, changed by forms.

Nothing is saved that was not shown before: the button that saves carries a hash of what was typed
when the preview was made. It gives no right: that is asked for where it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from bot.announcements.content_editing import ContentEditor
from bot.announcements.errors import Invalid, NotFound
from bot.announcements.freshness import Freshness, Question
from bot.announcements.permissions import Coordinators
from bot.answers.compose import Context, compose
from bot.answers.dates import day
from bot.answers.model import Answer
from bot.i18n import N_, translator
from bot.knowledge.library import Knowledge
from bot.knowledge.models import Person
from bot.knowledge.overlay import Fields, Kind
from bot.knowledge.values import Language
from bot.understanding.model import QUESTION, Entities, Request, Understanding

from ..cards import Json
from . import elements as e
from .actor import Actor
from .card_actions import CardAction, CardReply, button
from .content_data import (
    LINKS,
    PARTS,
    PERSON,
    kind_of,
    part_fields,
    part_values,
    person_fields,
    person_values,
    question_about,
    source,
    subject_of,
)
from .content_history import history_card
from .form_fields import (
    input_per_language,
    network_choices,
    own_network,
    own_networks,
    typed_hash,
)
from .question_forms import NEW, QuestionForms


class ContentForms:
    """The forms of coordinators for networks and contact persons; `now` is aware."""

    def __init__(
        self,
        content: ContentEditor,
        coordinators: Coordinators,
        freshness: Freshness,
        context: Callable[[], Context],
    ) -> None:
        self._content = content
        self._freshness = freshness
        self._coordinators = coordinators
        self._context = context
        self.questions = QuestionForms(content, coordinators, context)

    def start(self, actor: Actor, named: Iterable[str] = ()) -> CardReply:
        """What the bot tells of one's network; asks which where there are several."""
        own = own_networks(actor, self._coordinators, self._knowledge)
        wanted = [key for key in named if key in own] or (own if len(own) == 1 else [])
        if wanted:
            return CardReply(self._overview(actor, wanted[0]))
        language, _ = actor.language, translator(actor.language)
        choices = network_choices(own, language, self._knowledge)
        body = [
            e.heading(_("Which network’s details?")),
            e.choice_input("network", _("Network"), choices, own[0]),
        ]
        show = button(_("Show"), "content.show", language, style="positive", inputs=True)
        return CardReply(e.form(language, body, [show]))

    def buttons(self, actor: Actor, answer: Answer) -> list[Json]:
        """The button under an answer about a network of one's own, or about oneself."""
        if actor.who is None or not self._coordinators.is_coordinator(actor.who):
            return []
        own = self._coordinators.networks_of(actor.who, self._knowledge)
        language, _ = actor.language, translator(actor.language)
        title = _("Change these details")
        if "whoami" in answer.intents and own:
            return [button(_("Your network’s details"), "content.start", language)]
        told = set(answer.intents) & {"contacts", "network_info", "join", "links", QUESTION}
        if told and len(answer.shown.networks) == 1 and answer.shown.networks[0] in own:
            return [button(title, "content.show", language, network=answer.shown.networks[0])]
        return []

    def show(self, actor: Actor, action: CardAction) -> CardReply:
        """What the bot tells of a network, and what of it can be changed."""
        return CardReply(self._overview(actor, self._network(actor, action)))

    async def pick(self, actor: Actor, action: CardAction) -> CardReply:
        """The form of what was chosen."""
        if action.get("what").partition(":")[0] == NEW:
            return await self.questions.pick(actor, action)
        network, what = self._network(actor, action), self._what(action)
        if what in PARTS:
            values = part_values(what, self._knowledge.networks[network])
        elif what == PERSON:
            values = {}
        else:
            values = person_values(self._person(what))
        seen = await self._seen(network, what, action)
        filled = CardAction("", fields={**values, "network": network, "what": what})
        return CardReply(self._form(actor, filled, seen))

    async def preview(
        self, actor: Actor, action: CardAction, error: Invalid | None = None
    ) -> CardReply:
        """What the bot will say, above the form: what is wrong is said in it."""
        network, what = self._network(actor, action), self._what(action)
        seen = action.get("id")
        frame: list[Json] = []
        if error is None:
            try:
                frame = self._framed(actor, network, what, self._would_be(actor, action))
            except Invalid as invalid:
                error = _in_form(invalid)
        return CardReply(self._form(actor, action, seen, error, frame))

    async def save(self, actor: Actor, action: CardAction) -> CardReply:
        """Saves what was shown; shows it first where it was changed since."""
        network, what = self._network(actor, action), self._what(action)
        if action.get("shown") != typed_hash(action):
            return await self.preview(actor, action)
        key = subject_of(what, network, self._knowledge, action)
        try:
            wanted = self._wanted(actor, action, key)
            seen = action.number("id")
            number = await self._content.put(actor.identity, kind_of(what), key, wanted, seen=seen)
        except Invalid as invalid:
            return await self.preview(actor, action, _in_form(invalid))
        _ = translator(actor.language)
        return self._done(actor, network, what, number, _("Saved. I now tell it like this:"))

    async def leave(self, actor: Actor, action: CardAction) -> CardReply:
        """Asks before a contact person is taken out, and shows what the bot will say then."""
        network, what = self._network(actor, action), self._what(action)
        person = self._person(what)
        language, _ = actor.language, translator(actor.language)
        would_be = self._content.preview(actor.identity, Kind.PERSON, person.key, None)
        seen = await self._seen(network, what, action)
        sure = _("{name} is no contact person any more? I will then say:", name=person.name)
        row = [
            button(
                _("Take out"),
                "content.remove",
                language,
                style="destructive",
                network=network,
                what=what,
                id=seen,
            ),
            button(_("Back"), "content.pick", language, network=network, what=what, id=seen),
        ]
        hint = _("If the day is still to come, write it in the form in place of this.")
        body = [e.heading(sure), *self._framed(actor, network, what, would_be)]
        return CardReply(e.form(language, [*body, e.text(hint, isSubtle=True)], row))

    async def remove(self, actor: Actor, action: CardAction) -> CardReply:
        """Takes a contact person out."""
        network, what = self._network(actor, action), self._what(action)
        person = self._person(what)
        seen = action.number("id")
        number = await self._content.put(actor.identity, Kind.PERSON, person.key, None, seen=seen)
        _ = translator(actor.language)
        done = _("{name} is taken out. I now say:", name=person.name)
        return self._done(actor, network, PERSON, number, done)

    async def undo(self, actor: Actor, action: CardAction) -> CardReply:
        """Brings back what was before a change."""
        network = self._network(actor, action)
        number = action.number("id")
        if number is None:
            raise NotFound("no_change")
        await self._content.undo(actor.identity, number)
        _ = translator(actor.language)
        return self._done(actor, network, self._what(action), None, _("Undone. I now say:"))

    async def history(self, actor: Actor, action: CardAction) -> CardReply:
        """Who changed what of a network and its contact persons."""
        network = self._network(actor, action)
        changes = await self._content.history_of(actor.identity, network)
        made = history_card(changes, self._content, network, self._knowledge, actor.language)
        return CardReply(made)

    def question(self, question: Question) -> Json:
        """Asks a coordinator whether what is told of them is still right."""
        person, language = question.person, question.language
        _ = translator(language)
        network, what = person.networks[0], f"{PERSON}:{person.key}"
        row = [
            button(
                _("Still right"),
                "content.confirm",
                language,
                style="positive",
                network=network,
                what=what,
            ),
            button(_("Change"), "content.pick", language, network=network, what=what),
        ]
        asked = e.heading(_("Is this still right? I tell it to those who ask for you:"))
        return e.form(language, [asked, self._told_of(person, language)], row)

    async def confirm(self, actor: Actor, action: CardAction) -> CardReply:
        """Notes that what is told of a contact person is still right."""
        network, what = self._network(actor, action), self._what(action)
        person, language = self._person(what), actor.language
        today = self._context().now.date()
        number = await self._freshness.confirm(actor.identity, person.key, source(today))
        _ = translator(language)
        thanks = _("Thank you! I now say that this was right on {day}.", day=day(today, language))
        row = [
            button(_("Undo"), "content.undo", language, id=str(number), network=network, what=what),
            button(_("Change"), "content.pick", language, network=network, what=what),
        ]
        told = self._told_of(self._person(what), language)
        return CardReply(e.form(language, [e.heading(thanks), told], row))

    def _told_of(self, person: Person, language: Language) -> Json:
        """What the bot says of one person, in a frame."""
        request = Request("person", Entities(persons=(person.key,), networks=person.networks))
        understanding = Understanding("", language, (request,), 1.0)
        answer = compose(understanding, self._knowledge, self._context())
        return e.framed_post(replace(answer, actions=(), suggestions=()))

    @property
    def _knowledge(self) -> Knowledge:
        return self._content.knowledge

    def _network(self, actor: Actor, action: CardAction) -> str:
        """The network of a form, which is one's own; raises NotAllowed for any other."""
        return own_network(actor, action, self._coordinators, self._knowledge)

    def _what(self, action: CardAction) -> str:
        what = action.get("what")
        if what not in PARTS and what.partition(":")[0] != PERSON:
            raise NotFound("not_there")
        return what

    def _person(self, what: str) -> Person:
        person = self._knowledge.people.get(what.partition(":")[2])
        if person is None:
            raise NotFound("not_there")
        return person

    async def _seen(self, network: str, what: str, action: CardAction) -> str:
        """The number of the newest change that a form is made from."""
        key = subject_of(what, network, self._knowledge, action)
        return str(await self._content.newest(kind_of(what), key)) if what != PERSON else ""

    def _wanted(self, actor: Actor, action: CardAction, key: str) -> Fields:
        what, network = self._what(action), action.get("network")
        before, today = self._content.fields(kind_of(what), key), self._context().now.date()
        if what in PARTS:
            return part_fields(what, action, before or {}, today)
        return person_fields(action, self._knowledge.networks[network], before, today)

    def _would_be(self, actor: Actor, action: CardAction) -> Knowledge:
        what, network = self._what(action), action.get("network")
        key = subject_of(what, network, self._knowledge, action)
        wanted = self._wanted(actor, action, key)
        return self._content.preview(actor.identity, kind_of(what), key, wanted)

    def _framed(self, actor: Actor, network: str, what: str, knowledge: Knowledge) -> list[Json]:
        """What the bot says of a part of a network, in a frame."""
        request = question_about(what, network, knowledge)
        understanding = Understanding("", actor.language, (request,), 1.0)
        answer = compose(understanding, knowledge, self._context())
        return [e.framed_post(replace(answer, actions=(), suggestions=()))]

    def _done(
        self, actor: Actor, network: str, what: str, number: int | None, said: str
    ) -> CardReply:
        """What was done and what the bot says from now on; a number is the change to undo."""
        language, _ = actor.language, translator(actor.language)
        row = [button(_("Other details"), "content.show", language, network=network)]
        if number is not None:
            undo = button(
                _("Undo"), "content.undo", language, id=str(number), network=network, what=what
            )
            row.insert(0, undo)
        body = [e.heading(said), *self._framed(actor, network, what, self._knowledge)]
        return CardReply(e.form(language, body, row))

    def _overview(self, actor: Actor, network: str) -> Json:
        knowledge, language = self._knowledge, actor.language
        found, _ = knowledge.networks[network], translator(actor.language)
        none = _("not known")
        people = [one for one in knowledge.people.values() if network in one.networks]
        told = [(_("Contact person"), ", ".join(one.name for one in people) or none)]
        for what, label in PARTS.items():
            values = part_values(what, found)
            value = _short(values.get("url", "")) or values.get(f"{what}.{language}") or none
            told.append((label.said(language), value))
        questions = self.questions.choices(actor, network)
        told.append((_("Questions with answers"), str(len(questions) - 1)))
        choices = [
            *((f"{PERSON}:{one.key}", one.name) for one in people),
            (PERSON, _("A new contact person")),
            *((what, label.said(language)) for what, label in PARTS.items()),
            *questions,
        ]
        body = [
            e.heading(_("What I tell of your network")),
            e.subline(found.name[language], isSubtle=True),
            e.facts(told),
            e.choice_input("what", _("What do you want to change?"), choices, choices[0][0]),
        ]
        row = [
            button(
                _("Change"),
                "content.pick",
                language,
                style="positive",
                inputs=True,
                network=network,
            ),
            button(_("Asked without an answer"), "question.vain", language, network=network),
            button(_("Who changed what"), "content.history", language, network=network),
        ]
        return e.form(language, body, row)

    def _form(
        self,
        actor: Actor,
        action: CardAction,
        seen: str,
        error: Invalid | None = None,
        frame: Iterable[Json] = (),
    ) -> Json:
        """The form with what was typed, below what the bot will say where that is known."""
        language, _ = actor.language, translator(actor.language)
        network, what = action.get("network"), action.get("what")
        frame = list(frame)
        fields = (
            self._part_fields(what, language, action)
            if what in PARTS
            else self._person_fields(network, language, action)
        )
        name = self._knowledge.networks[network].name[language]
        title = PARTS[what].said(language) if what in PARTS else _("Contact person")
        head = [e.heading(title), e.subline(name, isSubtle=True)]
        if frame:
            head = [e.heading(_("I will say it like this:")), *frame]
        preview = button(
            _("Preview"),
            "content.preview",
            language,
            style="default" if frame else "positive",
            inputs=True,
            network=network,
            what=what,
            id=seen,
        )
        row = [preview]
        if frame:
            save = button(
                _("Save"),
                "content.save",
                language,
                style="positive",
                inputs=True,
                shown=typed_hash(action),
                network=network,
                what=what,
                id=seen,
            )
            row.insert(0, save)
        if what not in PARTS and what != PERSON:
            row.append(
                button(_("Leaves"), "content.leave", language, network=network, what=what, id=seen)
            )
        row.append(button(_("Back"), "content.show", language, network=network))
        return e.form(language, [*head, *e.with_error(fields, error, language)], row)

    def _part_fields(self, what: str, language: Language, action: CardAction) -> list[Json]:
        _ = translator(language)
        if what in LINKS:
            return [e.url_input("url", _("Web address; empty if there is none"), action.get("url"))]
        written = self._knowledge.languages, language, action
        hint = e.text(
            _("A sentence in each language; all empty if it is not known."), isSubtle=True
        )
        label = N_("Text {language}")
        return [
            hint,
            *input_per_language(e.multiline_input, label, what, *written, longest=500),
        ]

    def _person_fields(self, network: str, language: Language, action: CardAction) -> list[Json]:
        _ = translator(language)
        written = self._knowledge.languages, language, action
        regions = {
            key: self._knowledge.regions[key].name(language)
            for key in self._knowledge.networks[network].regions
        }
        areas = e.choice_input("regions", _("Areas"), regions, action.get("regions"), several=True)
        return [
            e.text_input("name", _("Name"), action.get("name")),
            *input_per_language(e.text_input, N_("Job title {language}"), "role", *written),
            *input_per_language(
                e.text_input, N_("Organisation {language}"), "organisation", *written
            ),
            e.text_input("phone", _("Phone"), action.get("phone")),
            e.text_input("email", _("E-mail"), action.get("email")),
            *([areas] if len(regions) > 1 else []),
            e.date_input("valid_until", _("Contact person until"), action.get("valid_until")),
        ]


def _short(url: str, most: int = 32) -> str:
    """An address without what makes a card wider than a phone."""
    _, _, said = url.rpartition("://")
    said = said.rstrip("/")
    return said if len(said) <= most else f"{said[: most - 1]}…"


def _in_form(error: Invalid) -> Invalid:
    """The error with its field as the form has it."""
    if error.field.startswith("links."):
        return Invalid("url", error.code, **error.data)
    return error
