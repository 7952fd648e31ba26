"""What the forms share: networks to choose from, languages to write in, words and times."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping

from bot.announcements.errors import NotAllowed
from bot.announcements.model import Announcement
from bot.announcements.permissions import Coordinators
from bot.i18n import N_, Message
from bot.knowledge.library import Knowledge
from bot.knowledge.values import LANGUAGES, Language

from .actor import Actor
from .card_actions import CardAction, Json

IN_LANGUAGE: Mapping[Language, Message] = {
    # i18n: Follows the name of a field in which something is written: "Title in Finnish".
    "fi": N_("in Finnish"),
    "sv": N_("in Swedish"),
    "en": N_("in English"),
}


def own_networks(actor: Actor, coordinators: Coordinators, knowledge: Knowledge) -> list[str]:
    """The networks that somebody coordinates; raises NotAllowed where there are none."""
    found = coordinators.networks_of(actor.identity, knowledge)
    if not found:
        raise NotAllowed
    return list(found)


def choices_of(
    networks: Iterable[str], language: Language, knowledge: Knowledge
) -> list[tuple[str, str]]:
    """Networks to choose from, with their names, by which they are sorted."""
    named = [(key, knowledge.networks[key].short[language]) for key in networks]
    return sorted(named, key=lambda one: one[1])


def spoken_in(networks: Iterable[str], knowledge: Knowledge) -> list[Language]:
    """The languages of those networks that are known."""
    known = knowledge.networks
    spoken = {one for key in networks if key in known for one in known[key].languages}
    return [one for one in LANGUAGES if one in spoken]


def each_language(
    make: Callable[..., Json],
    label: Message,
    name: str,
    languages: Iterable[Language],
    language: Language,
    press: CardAction,
    **more: object,
) -> list[Json]:
    """The same field once for each of the languages, with what was typed in it before.

    `label` has the placeholder `language`; `language` is the one of the form itself.
    """
    labels = {one: label.filled(language=IN_LANGUAGE[one]).said(language) for one in languages}
    return [
        make(f"{name}.{one}", said, press.get(f"{name}.{one}"), **more)
        for one, said in labels.items()
    ]


def words_of(made: Announcement) -> dict[str, str]:
    """The words of an announcement as the fields of a form."""
    fields: dict[str, str] = {}
    for name in ("title", "text", "note"):
        texts: Mapping[Language, str] = getattr(made, name)
        fields |= {f"{name}.{one}": words for one, words in texts.items()}
    return fields


def wall_clock(instant: dt.datetime, knowledge: Knowledge) -> tuple[str, str]:
    """A day and a time of day, as fields of a form hold them."""
    local = instant.astimezone(knowledge.zone)
    return f"{local:%Y-%m-%d}", f"{local:%H:%M}"
