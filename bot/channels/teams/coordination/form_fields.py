"""Fields that several forms have: networks, texts in several languages, local times."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping

from bot.announcements.errors import Invalid, NotAllowed
from bot.announcements.model import Announcement
from bot.announcements.permissions import Coordinators
from bot.i18n import N_, Message, translator
from bot.knowledge.library import Knowledge
from bot.knowledge.recurrence import LocalTimeError, localise
from bot.knowledge.values import LANGUAGES, Language

from ..cards import Json
from .actor import Actor
from .card_actions import CardAction

IN_LANGUAGE: Mapping[Language, Message] = {
    # i18n: Follows the name of a field in which something is written: "Title in Finnish".
    "fi": N_("in Finnish"),
    "sv": N_("in Swedish"),
    "en": N_("in English"),
}


def own_networks(actor: Actor, coordinators: Coordinators, knowledge: Knowledge) -> list[str]:
    """The keys of the networks that the actor coordinates; raises NotAllowed if there are none."""
    found = coordinators.networks_of(actor.identity, knowledge)
    if not found:
        raise NotAllowed
    return list(found)


def own_network(
    actor: Actor, action: CardAction, coordinators: Coordinators, knowledge: Knowledge
) -> str:
    """The network of a form, which is one's own; raises NotAllowed for any other."""
    network = action.get("network")
    if network not in own_networks(actor, coordinators, knowledge):
        raise NotAllowed
    return network


def network_choices(
    networks: Iterable[str], language: Language, knowledge: Knowledge
) -> list[tuple[str, str]]:
    """Keys and short names of networks, sorted by name."""
    named = [(key, knowledge.networks[key].short[language]) for key in networks]
    return sorted(named, key=lambda one: one[1])


def clock_label(knowledge: Knowledge, language: Language) -> str:
    """What a field for the time of day is called: in whose time it is meant."""
    _ = translator(language)
    community = knowledge.community
    name = community.time_zone_name
    zone = name[language] if name else community.time_zone
    return _("Time ({zone})", zone=zone)


def languages_of(networks: Iterable[str], knowledge: Knowledge) -> list[Language]:
    """The languages of networks, in the usual order; unknown networks are ignored."""
    known = knowledge.networks
    spoken = {one for key in networks if key in known for one in known[key].languages}
    return [one for one in LANGUAGES if one in spoken and one in knowledge.languages]


def input_per_language(
    make: Callable[..., Json],
    label: Message,
    name: str,
    languages: Iterable[Language],
    language: Language,
    action: CardAction,
    **more: object,
) -> list[Json]:
    """The same field once for each of the languages, with what was typed in it before.

    `label` has the placeholder `language`; `language` is the one of the form itself.
    """
    labels = {one: label.filled(language=IN_LANGUAGE[one]).said(language) for one in languages}
    return [
        make(f"{name}.{one}", said, action.get(f"{name}.{one}"), **more)
        for one, said in labels.items()
    ]


def text_fields(made: Announcement) -> dict[str, str]:
    """The texts of an announcement as values of form fields."""
    fields: dict[str, str] = {}
    for name in ("title", "text", "note"):
        texts: Mapping[Language, str] = getattr(made, name)
        fields |= {f"{name}.{one}": words for one, words in texts.items()}
    return fields


def local_day_and_time(instant: dt.datetime, knowledge: Knowledge) -> tuple[str, str]:
    """An instant as values of form fields, `2026-12-10` and `08:30`, in the community's zone."""
    local = instant.astimezone(knowledge.zone)
    return f"{local:%Y-%m-%d}", f"{local:%H:%M}"


def local_time(action: CardAction, knowledge: Knowledge) -> str:
    """The day and time of a form as `2026-12-10T08:30`.

    Raises Invalid where one is missing, and in the night when the clocks are changed for a time
    that there is not, or twice: whoever chooses it is not to be surprised.
    """
    for field, code in (("day", "no_day"), ("clock", "no_time")):
        if not action.get(field):
            raise Invalid(field, code)
    written = f"{action.get('day')}T{action.get('clock')}"
    try:
        localise(dt.datetime.fromisoformat(written).replace(tzinfo=None), knowledge.zone)
    except LocalTimeError as error:
        raise Invalid("clock", "time_twice" if error.twice else "time_skipped") from None
    except ValueError:
        pass  # What it is lies with whoever reads it.
    return written


def typed_hash(action: CardAction) -> str:
    """What tells whether anything was typed since a preview was made."""
    left_out = {"do", "lang", "network", "what", "id", "shown"}
    typed = {name: text for name, text in action.fields.items() if name not in left_out and text}
    digest = hashlib.sha256(json.dumps(typed, sort_keys=True).encode())
    return digest.hexdigest()[:16]
