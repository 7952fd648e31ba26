"""The one place in Teams where following, ending it and forgetting are carried out.

Whatever asks for an act comes through here: a message, whose wish `understanding.acts` has judged,
a button of a form, a yes, an undo. A clear wish is done and can be undone; the rest is asked first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.announcements.errors import NotAllowed
from bot.announcements.model import Forgotten
from bot.announcements.permissions import ALL, Coordinators
from bot.announcements.service import Announcements
from bot.announcements.subscriptions import Change, Subscriptions, Undo
from bot.answers.compose import Context, compose_named
from bot.answers.dates import joined
from bot.answers.model import Answer, Paragraph, Text
from bot.answers.plain import plain_text
from bot.i18n import N_, Message, translator
from bot.knowledge.library import Knowledge
from bot.knowledge.values import Language
from bot.understanding.acts import FOLLOW, FORGET, UNFOLLOW, Step, step
from bot.understanding.model import Request

from ..cards import Json, card
from .act_buttons import (
    change_of,
    chat_mark,
    decline_button,
    do_button,
    networks_of,
    person_mark,
    undo_button,
)
from .actor import Actor
from .card_actions import CardAction, CardReply
from .follow_forms import FollowForm, check_tenant, forgotten_texts, network_names

FOLLOWING = "following"
"""The intent that asks what is followed."""

MOST_ENDED = 5
"""Buttons of what is followed: Teams shows no more beside each other."""

NOT_UNDONE: dict[Undo, Message] = {
    Undo.ALREADY: N_("This was undone already: all is as it was before."),
    Undo.LATE: N_("This could be undone for ten minutes. I changed nothing now."),
    Undo.CHANGED: N_("Something else has been changed since, so I changed nothing now."),
}
"""What is said of an undo that did nothing."""

Said = Answer | CardReply | str


class Acts:
    """Carries out acts for a chat; `context` gives the circumstances of an answer."""

    def __init__(
        self,
        announcements: Announcements,
        subscriptions: Subscriptions,
        coordinators: Coordinators,
        knowledge: Callable[[], Knowledge],
        context: Callable[[], Context],
    ) -> None:
        self._announcements = announcements
        self._subscriptions = subscriptions
        self._coordinators = coordinators
        self._knowledge = knowledge
        self._context = context
        self._form = FollowForm(subscriptions, coordinators, knowledge)

    async def reply(self, actor: Actor, request: Request) -> Answer | CardReply | None:
        """The reply to a request for an act; None where its composed answer says it all."""
        next_step = step(request, self._knowledge())
        match request.intent:
            case "follow":
                return await self._asked_to_follow(actor, request, next_step)
            case "unfollow":
                return await self._asked_to_end(actor, request, next_step)
            case "forget_me" if next_step is Step.DO:
                return await self._forget(actor)
            case "forget_me" if next_step is Step.ASK:
                return self._ask_to_forget(actor)
            case "following":
                return self._listed(actor, await self._subscriptions.followed(actor.target))
        return None

    async def reply_to_stop_word(self, actor: Actor, text: str) -> Answer | CardReply | None:
        """The offer to end, for a message of one stop word where something is followed."""
        if text.strip(" .!?”\"'").casefold() not in stop_words(self._knowledge()):
            return None
        followed = await self._subscriptions.followed(actor.target)
        return self._ask_to_end(actor, followed, ()) if followed else None

    # Buttons

    async def follow_chosen(self, actor: Actor, action: CardAction) -> Said:
        """Follows the network that was chosen in the form."""
        network = action.get("network")
        if network != ALL and network not in self._knowledge().networks:
            return await self._show_form(actor)
        return await self._follow(actor, (network,))

    async def end_all(self, actor: Actor, _: CardAction) -> Said:
        """Ends all that may be ended: a button of the form."""
        return await self._end(actor, ())

    async def confirmed(self, actor: Actor, action: CardAction) -> Said:
        """Does what the bot asked about."""
        if (why := self._of_others(actor, action)) is not None:
            return why
        known = self._knowledge().networks
        networks = tuple(one for one in networks_of(action) if one == ALL or one in known)
        match action.get("act"):
            case "follow" if networks:
                return await self._follow(actor, networks)
            case "follow":
                return await self._show_form(actor)
            case "unfollow":
                return await self._end(actor, networks)
            case "forget_me":
                return await self._forget(actor) or self._tell(f"{FORGET}.answer", actor)
        return self._unknown(actor)

    async def declined(self, actor: Actor, action: CardAction) -> Said:
        """Leaves everything as it is."""
        act = action.get("act")
        if act not in (FOLLOW, UNFOLLOW, FORGET):
            return self._unknown(actor)
        return self._tell(f"{act}.kept", actor)

    async def undo(self, actor: Actor, action: CardAction) -> Said:
        """Brings back what was followed before, within ten minutes and where nothing changed."""
        if (why := self._of_others(actor, action)) is not None:
            return why
        change = change_of(action)
        if change is None:
            return self._unknown(actor)
        check_tenant(actor)
        try:
            undone = await self._subscriptions.undo(actor.target, change, actor.who)
        except NotAllowed:
            return self._refused_sentence(actor)
        if undone is not Undo.DONE:
            return NOT_UNDONE[undone].said(actor.language)
        _ = translator(actor.language)
        listed = self._list(actor, await self._subscriptions.followed(actor.target))
        return replace(listed, blocks=(_line(_("Undone: all is as before.")), *listed.blocks))

    @staticmethod
    def forgets(action: CardAction) -> bool:
        """Whether a button has its presser forgotten."""
        return action.do == "act.do" and action.get("act") == FORGET

    # Following

    async def _asked_to_follow(
        self, actor: Actor, request: Request, next_step: Step
    ) -> Answer | CardReply:
        known = self._knowledge().networks
        named = tuple(key for key in request.entities.networks if key in known)
        networks = (ALL,) if request.everything else named
        if next_step is Step.KEEP:
            return self._tell("follow.kept", actor)
        if not networks or next_step in (Step.OFFER, Step.EXPLAIN):
            return await self._show_form(actor, named)
        if next_step is Step.DO:
            return await self._follow(actor, networks)
        if not self._subscriptions.may_decide(actor.target, networks, actor.who):
            return self._refused(actor)
        _ = translator(actor.language)
        names = joined(network_names(networks, self._knowledge(), actor.language), actor.language)
        text = _("Shall I send these announcements here: {networks}?", networks=names)
        buttons = [
            do_button(_("Follow"), actor, FOLLOW, networks),
            do_button(_("Choose another"), actor, FOLLOW, style="default"),
            decline_button(_("No"), actor, FOLLOW),
        ]
        return _asking(self._answer(FOLLOW, actor, text), buttons)

    async def _follow(self, actor: Actor, networks: Sequence[str]) -> Answer | CardReply:
        check_tenant(actor)
        try:
            change = await self._subscriptions.follow_all_of(actor.target, networks, actor.who)
        except NotAllowed:
            return self._refused(actor)
        followed = sorted(change.after)
        answer = self._tell(
            "follow.done",
            actor,
            networks=network_names(followed, self._knowledge(), actor.language),
            everything=ALL in followed,
            place=actor.target.kind,
        )
        return self._undoable(actor, answer, change)

    async def _show_form(self, actor: Actor, networks: Sequence[str] = ()) -> Answer | CardReply:
        form = await self._form.card(actor, networks)
        return form if form is not None else self._refused(actor)

    # Ending

    async def _asked_to_end(
        self, actor: Actor, request: Request, next_step: Step
    ) -> Answer | CardReply:
        known = self._knowledge().networks
        named = tuple(key for key in request.entities.networks if key in known)
        if next_step is Step.DO:
            return await self._end(actor, named)
        if next_step is Step.KEEP:
            return self._tell("unfollow.kept", actor)
        if next_step is Step.EXPLAIN:
            return self._tell("unfollow.how", actor)
        followed = await self._subscriptions.followed(actor.target)
        if not followed:
            return self._nothing(actor, ())
        return self._ask_to_end(actor, followed, named)

    def _ask_to_end(
        self, actor: Actor, followed: Sequence[str], named: Sequence[str]
    ) -> Answer | CardReply:
        """Asks whether following is to end: of what was named and is followed, else of all."""
        if not any(
            self._subscriptions.may_decide(actor.target, (one,), actor.who) for one in followed
        ):
            return self._refused(actor)
        _ = translator(actor.language)
        meant = tuple(one for one in named if one in followed)
        names = network_names(meant or followed, self._knowledge(), actor.language)
        text = _(
            "Shall I stop sending these announcements here: {networks}?",
            networks=joined(names, actor.language),
        )
        buttons = [do_button(_("Stop them"), actor, UNFOLLOW, meant, style="destructive")]
        if meant and len(meant) < len(followed):
            buttons.append(do_button(_("Stop all"), actor, UNFOLLOW, style="destructive"))
        buttons.append(decline_button(_("No"), actor, UNFOLLOW))
        return _asking(self._answer(UNFOLLOW, actor, text), buttons)

    async def _end(self, actor: Actor, networks: Sequence[str]) -> Answer | CardReply:
        try:
            change = await self._subscriptions.end(actor.target, networks or None, actor.who)
        except NotAllowed:
            return self._refused(actor)
        if not change.ended:
            return self._nothing(actor, networks)
        knowledge, language = self._knowledge(), actor.language
        answer = self._tell(
            "unfollow.done",
            actor,
            networks=network_names(change.ended, knowledge, language),
            everything=not change.after,
            rest=network_names(change.after, knowledge, language),
        )
        return self._undoable(actor, answer, change)

    def _nothing(self, actor: Actor, networks: Sequence[str]) -> Answer:
        names = network_names(networks, self._knowledge(), actor.language)
        return self._tell("unfollow.nothing", actor, networks=names)

    def _undoable(self, actor: Actor, answer: Answer, change: Change) -> Answer | CardReply:
        """An answer with the button that undoes it, where something was changed."""
        if not (change.added or change.ended):
            return answer
        _ = translator(actor.language)
        return _asking(answer, [undo_button(_("Undo"), actor, change)])

    # Forgetting

    def _ask_to_forget(self, actor: Actor) -> CardReply:
        _ = translator(actor.language)
        buttons = [
            do_button(_("Delete"), actor, FORGET, style="destructive"),
            decline_button(_("No"), actor, FORGET),
        ]
        return _asking(self._tell(f"{FORGET}.ask_followed", actor), buttons)

    async def _forget(self, actor: Actor) -> Answer | None:
        """Deletes what is stored about a person; None where there was nothing but the conversation.

        Stored are the subscriptions of their own chat and, of a coordinator, the id with each
        announcement.
        """
        # What a channel follows is nobody's own.
        own = actor.target.kind == "personal"
        forgotten, listed = Forgotten(), False
        if actor.who is not None:
            chat = actor.conversation if own else None
            forgotten = await self._announcements.forget(actor.who, chat)
            listed = self._coordinators.lists(actor.who)
        followed = own and await self._subscriptions.forget_everything(actor.target)
        if forgotten or listed:
            answer = self._tell(f"{FORGET}.answer", actor)
            texts = forgotten_texts(forgotten, actor.language, followed=followed, listed=listed)
            return replace(answer, blocks=tuple(map(_line, texts)))
        return self._tell(f"{FORGET}.followed", actor) if followed else None

    # What is said

    def _list(self, actor: Actor, followed: Sequence[str]) -> Answer:
        if not followed:
            return self._tell(f"{FOLLOWING}.nothing", actor, place=actor.target.kind)
        return self._tell(
            f"{FOLLOWING}.list",
            actor,
            networks=network_names(followed, self._knowledge(), actor.language),
            everything=ALL in followed,
            place=actor.target.kind,
        )

    def _listed(self, actor: Actor, followed: Sequence[str]) -> Answer | CardReply:
        """What is followed, each with a button that ends it for whoever may."""
        answer, _ = self._list(actor, followed), translator(actor.language)
        known = self._knowledge()
        buttons = [
            do_button(_("Stop: {network}", network=name), actor, UNFOLLOW, (key,), style="default")
            for key in followed
            for name in network_names((key,), known, actor.language)
            if self._subscriptions.may_decide(actor.target, (key,), actor.who)
        ]
        if not buttons:
            return answer
        if len(buttons) > MOST_ENDED:
            rest = do_button(_("Stop all"), actor, UNFOLLOW, style="destructive")
            buttons = [*buttons[: MOST_ENDED - 1], rest]
        return _asking(answer, buttons)

    def _of_others(self, actor: Actor, action: CardAction) -> str | None:
        """Why a button does nothing here: it was made for another chat, or another person."""
        _ = translator(actor.language)
        if action.get("chat") != chat_mark(actor):
            return _("This button was made for another conversation, so I changed nothing.")
        if action.get("act") == FORGET and action.get("person") != person_mark(actor):
            return _("Only who asked for it can press this, so I changed nothing.")
        return None

    def _unknown(self, actor: Actor) -> str:
        _ = translator(actor.language)
        return _("I do not know this button. Start anew, and I will make another.")

    def _refused(self, actor: Actor) -> Answer:
        return self._tell("follow.refused", actor, place=actor.target.kind)

    def _refused_sentence(self, actor: Actor) -> str:
        return plain_text(self._refused(actor))

    def _answer(self, intent: str, actor: Actor, text: str) -> Answer:
        return Answer(actor.language, (intent,), (_line(text),))

    def _tell(self, name: str, actor: Actor, **data: object) -> Answer:
        language: Language = actor.language
        return compose_named(name, language, self._knowledge(), self._context(), **data)


def _line(text: str) -> Paragraph:
    return Paragraph(((Text(text),),))


def _asking(answer: Answer, buttons: Sequence[Json]) -> CardReply:
    """An answer with buttons of its own below it, in place of suggestions."""
    made = card(replace(answer, suggestions=(), actions=()))
    row = {"type": "ActionSet", "actions": list(buttons), "spacing": "Medium"}
    return CardReply({**made, "body": [*made["body"], row]})


def stop_words(knowledge: Knowledge) -> frozenset[str]:
    """Messages of one word on which ending is offered, whatever they may mean elsewhere."""
    return frozenset(
        word
        for lexicon in knowledge.lexicons.values()
        for word in lexicon.stop_words.casefold().split()
    )
