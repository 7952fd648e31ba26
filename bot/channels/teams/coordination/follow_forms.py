"""The form by which a chat chooses a network to follow, and what is said of being forgotten."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from bot.announcements.errors import NotAllowed
from bot.announcements.model import Forgotten
from bot.announcements.permissions import ALL, Coordinators
from bot.announcements.subscriptions import Subscriptions
from bot.answers.dates import joined
from bot.i18n import translator
from bot.knowledge.library import Knowledge
from bot.knowledge.values import Language

from . import elements as e
from .actor import Actor
from .card_actions import CardReply, button


class FollowForm:
    """Makes the form; what it sends is carried out in `acts`."""

    def __init__(
        self,
        subscriptions: Subscriptions,
        coordinators: Coordinators,
        knowledge: Callable[[], Knowledge],
    ) -> None:
        self._subscriptions = subscriptions
        self._coordinators = coordinators
        self._knowledge = knowledge

    async def card(self, actor: Actor, chosen: Sequence[str] = ()) -> CardReply | None:
        """The form, with the first of `chosen` chosen; None where nothing can be offered.

        Raises NotAllowed for what comes from no organisation.
        """
        check_tenant(actor)
        knowledge, language = self._knowledge(), actor.language
        _ = translator(language)
        offered = list(knowledge.networks)
        if actor.target.kind != "personal":
            who = actor.who
            offered = list(self._coordinators.networks_of(who, knowledge)) if who else []
            if not offered:
                return None
        choices = [(key, knowledge.networks[key].short[language]) for key in offered]
        choices.sort(key=lambda one: one[1])
        if len(offered) == len(knowledge.networks):
            choices.insert(0, (ALL, _("All networks")))
        followed = await self._subscriptions.followed(actor.target)
        body = [e.heading(_("Which network’s announcements shall I send here?"))]
        if followed:
            names = joined(network_names(followed, knowledge, language), language)
            body.append(e.text(_("Now coming here: {networks}.", networks=names)))
        first = next((key for key in chosen if key in offered), choices[0][0])
        body.append(e.choice_input("network", _("Network"), choices, first))
        row = [button(_("Follow"), "follow", language, style="positive", inputs=True)]
        if followed:
            row.append(button(_("Stop the announcements"), "unfollow", language))
        return CardReply(e.form(language, body, row))


def network_names(
    networks: Iterable[str], knowledge: Knowledge, language: Language
) -> tuple[str, ...]:
    """The names of networks, `*` among them; unknown ones are left out."""
    known, _ = knowledge.networks, translator(language)
    return tuple(
        _("All networks") if key == ALL else known[key].short[language]
        for key in networks
        if key == ALL or key in known
    )


def check_tenant(actor: Actor) -> None:
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
