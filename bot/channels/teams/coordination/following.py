"""What a chat follows: chosen by words or in a form, ended by one word."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bot.announcements.errors import NotAllowed
from bot.announcements.rights import ALL, Coordinators
from bot.announcements.service import Announcements
from bot.announcements.subscriptions import Subscriptions
from bot.answers.compose import Context, tell
from bot.answers.dates import joined
from bot.answers.model import Answer
from bot.knowledge.library import Knowledge
from bot.knowledge.values import Language
from bot.understanding.model import Request

from . import elements as e
from .asking import Asker
from .presses import Press, Shown, button
from .wording import common
from .wording.following import WORDS

STOPPING = frozenset({"lopeta", "seis", "sluta", "stopp", "stop", "unsubscribe"})
"""One word that ends what a chat follows, whatever else it may mean."""


class Following:
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

    async def follow(self, asker: Asker, request: Request) -> Answer | Shown:
        """Follows the networks that were named; asks for one where none was."""
        networks = [key for key in request.entities.networks if key in self._knowledge().networks]
        return await self._begin(asker, networks) if networks else await self._choose(asker)

    async def chosen(self, asker: Asker, press: Press) -> Answer | Shown:
        """Follows what was chosen in the form."""
        network = press.get("network")
        if network != ALL and network not in self._knowledge().networks:
            return await self._choose(asker)
        return await self._begin(asker, [network])

    async def unfollow(self, asker: Asker, request: Request | None = None) -> Answer:
        """Ends what was named, or all."""
        named = request.entities.networks if request else ()
        networks = [key for key in named if key in self._knowledge().networks]
        wanted: list[str | None] = [*networks] or [None]
        ended: list[str] = []
        try:
            for network in wanted:
                ended += await self._subscriptions.unfollow(asker.target, network, asker.who)
        except NotAllowed:
            return self._refused(asker)
        if not ended:
            return self._tell(
                "unfollow.nothing", asker.language, networks=self._names(networks, asker.language)
            )
        rest = await self._subscriptions.followed(asker.target)
        return self._tell(
            "unfollow.done",
            asker.language,
            networks=self._names(ended, asker.language),
            everything=not rest,
            rest=self._names(rest, asker.language),
        )

    async def stops(self, asker: Asker, text: str) -> bool:
        """Whether a message is the one word that ends what the chat follows."""
        word = text.strip(" .!?”\"'").casefold()
        return word in STOPPING and bool(await self._subscriptions.followed(asker.target))

    async def forget(self, asker: Asker) -> Answer | None:
        """Drops what hangs on a person; None where there is nothing to say of it.

        That is what their own chat follows and, of a coordinator, the id beside what they sent.
        """
        if asker.who is not None:
            await self._announcements.forget(asker.who)
        if asker.target.kind != "personal":
            return None  # What a channel follows is nobody's own.
        if not await self._subscriptions.forget_everything(asker.target):
            return None
        return self._tell("forget_me.followed", asker.language)

    async def _begin(self, asker: Asker, networks: list[str]) -> Answer:
        try:
            for network in networks:
                await self._subscriptions.follow(asker.target, network, asker.who)
        except NotAllowed:
            return self._refused(asker)
        return self._tell(
            "follow.done",
            asker.language,
            networks=self._names(networks, asker.language),
            everything=ALL in networks,
            place=asker.target.kind,
        )

    async def _choose(self, asker: Asker) -> Answer | Shown:
        knowledge, language = self._knowledge(), asker.language
        words = WORDS[language]
        offered = list(knowledge.networks)
        if asker.target.kind != "personal":
            who = asker.who
            offered = list(self._coordinators.networks_of(who, knowledge)) if who else []
            if not offered:
                return self._refused(asker)
        choices = [(key, knowledge.networks[key].short[language]) for key in offered]
        choices.sort(key=lambda one: one[1])
        if len(offered) == len(knowledge.networks):
            choices.insert(0, (ALL, common.WORDS[language].everything))
        followed = await self._subscriptions.followed(asker.target)
        body = [e.heading(words.which)]
        if followed:
            names = joined(self._names(followed, language), language)
            body.append(e.text(words.now.format(networks=names)))
        body.append(e.choice("network", words.network, choices, choices[0][0]))
        row = [button(words.follow, "follow", language, style="positive", inputs=True)]
        if followed:
            row.append(button(words.stop, "unfollow", language))
        return Shown(e.form(language, body, row))

    def _refused(self, asker: Asker) -> Answer:
        return self._tell("follow.refused", asker.language, place=asker.target.kind)

    def _names(self, networks: Iterable[str], language: Language) -> tuple[str, ...]:
        known = self._knowledge().networks
        return tuple(
            common.WORDS[language].everything if key == ALL else known[key].short[language]
            for key in networks
            if key == ALL or key in known
        )

    def _tell(self, name: str, language: Language, **data: object) -> Answer:
        return tell(name, language, self._knowledge(), self._context(), **data)
