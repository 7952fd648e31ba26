"""Subscriptions of a chat to networks: by a message or a form; a stop word ends them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from bot.announcements.errors import NotAllowed
from bot.announcements.model import Forgotten
from bot.announcements.permissions import ALL, Coordinators
from bot.announcements.service import Announcements
from bot.announcements.subscriptions import Subscriptions
from bot.answers.compose import Context, compose_named
from bot.answers.dates import joined
from bot.answers.model import Answer, Paragraph, Text
from bot.i18n import translator
from bot.knowledge.library import Knowledge
from bot.knowledge.values import Language
from bot.understanding.model import Request

from . import elements as e
from .actor import Actor
from .card_actions import CardAction, CardReply, button

STOP_WORDS = frozenset({"lopeta", "seis", "sluta", "stopp", "stop", "unsubscribe"})
"""Messages of one word that end all subscriptions of a chat, whatever they may mean elsewhere."""


class FollowForms:
    """Follows and unfollows for a chat; `context` gives the circumstances of an answer."""

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

    async def follow(self, actor: Actor, request: Request) -> Answer | CardReply:
        """Follows the networks of a message, or asks for one with a form."""
        networks = [key for key in request.entities.networks if key in self._knowledge().networks]
        if not networks:
            return await self._follow_form(actor)
        return await self._follow_networks(actor, networks)

    async def follow_chosen(self, actor: Actor, action: CardAction) -> Answer | CardReply:
        """Follows the network that was chosen in the form."""
        network = action.get("network")
        if network != ALL and network not in self._knowledge().networks:
            return await self._follow_form(actor)
        return await self._follow_networks(actor, [network])

    async def unfollow(self, actor: Actor, request: Request | None = None) -> Answer:
        """Unfollows the networks of a message, or all that the chat follows."""
        named = request.entities.networks if request else ()
        networks = [key for key in named if key in self._knowledge().networks]
        wanted: list[str | None] = [*networks] or [None]
        ended: list[str] = []
        try:
            for network in wanted:
                ended += await self._subscriptions.unfollow(actor.target, network, actor.who)
        except NotAllowed:
            return self._refused(actor)
        if not ended:
            return self._tell(
                "unfollow.nothing", actor.language, networks=self._names(networks, actor.language)
            )
        rest = await self._subscriptions.followed(actor.target)
        return self._tell(
            "unfollow.done",
            actor.language,
            networks=self._names(ended, actor.language),
            everything=not rest,
            rest=self._names(rest, actor.language),
        )

    async def is_stop_word(self, actor: Actor, text: str) -> bool:
        """Whether a message is a stop word, in a chat that follows something."""
        word = text.strip(" .!?”\"'").casefold()
        return word in STOP_WORDS and bool(await self._subscriptions.followed(actor.target))

    async def forget(self, actor: Actor) -> Answer | None:
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
            answer = self._tell("forget_me.answer", actor.language)
            texts = forgotten_texts(forgotten, actor.language, followed=followed, listed=listed)
            return replace(answer, blocks=tuple(Paragraph(((Text(one),),)) for one in texts))
        return self._tell("forget_me.followed", actor.language) if followed else None

    async def _follow_networks(self, actor: Actor, networks: list[str]) -> Answer:
        _check_tenant(actor)
        try:
            for network in networks:
                await self._subscriptions.follow(actor.target, network, actor.who)
        except NotAllowed:
            return self._refused(actor)
        return self._tell(
            "follow.done",
            actor.language,
            networks=self._names(networks, actor.language),
            everything=ALL in networks,
            place=actor.target.kind,
        )

    async def _follow_form(self, actor: Actor) -> Answer | CardReply:
        _check_tenant(actor)
        knowledge, language = self._knowledge(), actor.language
        _ = translator(language)
        offered = list(knowledge.networks)
        if actor.target.kind != "personal":
            who = actor.who
            offered = list(self._coordinators.networks_of(who, knowledge)) if who else []
            if not offered:
                return self._refused(actor)
        choices = [(key, knowledge.networks[key].short[language]) for key in offered]
        choices.sort(key=lambda one: one[1])
        if len(offered) == len(knowledge.networks):
            choices.insert(0, (ALL, _("All networks")))
        followed = await self._subscriptions.followed(actor.target)
        body = [e.heading(_("Which network’s announcements shall I send here?"))]
        if followed:
            names = joined(self._names(followed, language), language)
            body.append(e.text(_("Now coming here: {networks}.", networks=names)))
        body.append(e.choice_input("network", _("Network"), choices, choices[0][0]))
        row = [button(_("Follow"), "follow", language, style="positive", inputs=True)]
        if followed:
            row.append(button(_("Stop the announcements"), "unfollow", language))
        return CardReply(e.form(language, body, row))

    def _refused(self, actor: Actor) -> Answer:
        return self._tell("follow.refused", actor.language, place=actor.target.kind)

    def _names(self, networks: Iterable[str], language: Language) -> tuple[str, ...]:
        known, _ = self._knowledge().networks, translator(language)
        return tuple(
            _("All networks") if key == ALL else known[key].short[language]
            for key in networks
            if key == ALL or key in known
        )

    def _tell(self, name: str, language: Language, **data: object) -> Answer:
        return compose_named(name, language, self._knowledge(), self._context(), **data)


def _check_tenant(actor: Actor) -> None:
    """Raises NotAllowed for what comes from no organisation: nothing is sent there later."""
    if not actor.target.tenant:
        raise NotAllowed


def forgotten_texts(
    forgotten: Forgotten, language: Language, *, followed: bool, listed: bool
) -> list[str]:
    """What was cleared of somebody who coordinates or did, and what stays until when.

    The answer of `intents/` is for members: of these more is stored than it speaks of.
    """
    _ = translator(language)
    texts = [
        _(
            "I have now forgotten this conversation, and which networks you followed: no more "
            "announcements will come."
        )
        if followed
        else _("I have now forgotten this conversation.")
    ]
    if forgotten.cleared:
        texts.append(
            _(
                "Your id is no longer with the announcements that were sent, nor in the record of "
                "who did what. Your drafts are deleted."
            )
        )
    if forgotten.scheduled:
        texts.append(
            _.ngettext(
                "{count} scheduled announcement keeps your id until it is sent or called off: "
                "your right to announce is looked at then.",
                "{count} scheduled announcements keep your id until they are sent or called off, "
                "reminders included: your right to announce is looked at then.",
                forgotten.scheduled,
            )
        )
    if listed:
        texts.append(
            _("Your id stands in the list of coordinators too: the administrator keeps that list.")
        )
    if not (listed or forgotten.scheduled):
        texts.append(_("I have stored nothing else about you."))
    return texts
