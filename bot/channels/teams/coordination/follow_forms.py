"""Subscriptions of a chat to networks: by a message or a form; a stop word ends them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bot.announcements.errors import NotAllowed
from bot.announcements.permissions import ALL, Coordinators
from bot.announcements.service import Announcements
from bot.announcements.subscriptions import Subscriptions
from bot.answers.compose import Context, compose_named
from bot.answers.dates import joined
from bot.answers.model import Answer
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
        """Deletes what is stored about a person; None where their chat followed nothing.

        Stored are the subscriptions of their own chat and, of a coordinator, the id with each
        announcement.
        """
        if actor.who is not None:
            own = actor.target.kind == "personal"
            await self._announcements.forget(actor.who, actor.conversation if own else None)
        if actor.target.kind != "personal":
            return None  # What a channel follows is nobody's own.
        if not await self._subscriptions.forget_everything(actor.target):
            return None
        return self._tell("forget_me.followed", actor.language)

    async def _follow_networks(self, actor: Actor, networks: list[str]) -> Answer:
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
