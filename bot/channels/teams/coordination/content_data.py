"""What the forms of content hold, and the fields of content/ that they make of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from bot.announcements.errors import Invalid
from bot.i18n import N_, Message, spoken_languages
from bot.knowledge.library import Knowledge
from bot.knowledge.models import Network, Person
from bot.knowledge.overlay import Fields, Kind
from bot.knowledge.values import LANGUAGES, Language, slug
from bot.understanding.model import Entities, Request

from .card_actions import CardAction
from .form_fields import IN_LANGUAGE
from .meeting_data import WEB_ADDRESS

PERSON = "person"
"""The part of a network that is a contact person; `person:KEY` for one that is known."""

TEXTS: Mapping[str, Message] = {
    "meets": N_("How often it meets"),
    "joining.how": N_("How to join"),
    "mailing_list": N_("Mailing list"),
    "members": N_("Members"),
}
"""The texts of a network that can be changed, in all languages."""

LINKS: Mapping[str, tuple[str, Message, Message]] = {
    "page": ("web", N_("Page"), N_("The network’s page")),
    "group": ("facebook", N_("Facebook group"), N_("The network’s Facebook group")),
}
"""The links of a network that can be changed: their kind, their name in forms, and their title."""

PARTS: Mapping[str, Message] = {
    "page": LINKS["page"][1],
    "group": LINKS["group"][1],
    **TEXTS,
}
"""The parts of a network besides its contact persons, in their order."""

_INTENTS: Mapping[str, str] = {"page": "links", "group": "links", "joining.how": "join"}
_DETAILS: Mapping[str, str] = {
    "meets": "network_frequency",
    "mailing_list": "joining_mailing_list",
    "members": "network_members",
}
"""The intents and details whose answers show a part; where there is none, `network_info` does."""


def question_about(what: str, network: str, knowledge: Knowledge) -> Request:
    """What is asked for a part to be told."""
    about = Entities(networks=(network,))
    if what not in PARTS:
        return Request("contacts", about)
    detail = knowledge.details.get(_DETAILS.get(what, ""))
    if detail is not None:
        return Request(detail.counts_as, about, topic=detail.key)
    return Request(_INTENTS.get(what, "network_info"), about)


SOURCE = N_("The network’s coordinator, in the chat")
"""Where something comes from that was entered."""


def subject_of(what: str, network: str, knowledge: Knowledge, action: CardAction) -> str:
    """The key of the person or network that a part of the forms changes.

    Of a new person it is made from the name.
    """
    if what in PARTS:
        return network
    key = what.partition(":")[2]
    if key:
        return key
    base = slug(action.get("name"))[:50].strip("-") or PERSON
    names = (base, *(f"{base}-{number}" for number in range(2, 1000)))
    return next(name for name in names if name not in knowledge.people)


def kind_of(what: str) -> Kind:
    """Whether a part of the forms changes a person or a network."""
    return Kind.NETWORK if what in PARTS else Kind.PERSON


def person_values(person: Person) -> dict[str, str]:
    """What the fields of the form hold of a person."""
    until = person.valid_until
    return {
        "name": person.name,
        **{f"role.{one}": person.role[one] for one in LANGUAGES},
        **{f"organisation.{one}": person.organisation[one] for one in LANGUAGES},
        "phone": person.phone or "",
        "email": person.email or "",
        "regions": ",".join(person.regions),
        "valid_until": until.isoformat() if until else "",
    }


def part_values(what: str, network: Network) -> dict[str, str]:
    """What the fields of the form hold of a part of a network."""
    if what in LINKS:
        found = next((one for one in network.links if one.kind == LINKS[what][0]), None)
        return {"url": found.url or "" if found else ""}
    value: Any = network
    for name in what.split("."):
        value = getattr(value, name)
    return {f"{what}.{one}": value[one] if value else "" for one in LANGUAGES}


def person_fields(
    action: CardAction, network: Network, before: Fields | None, today: dt.date
) -> dict[str, Any]:
    """A person's fields as typed, on what stood there before; raises Invalid."""
    if not action.get("name"):
        raise Invalid("name", "missing")
    fields: dict[str, Any] = dict(before or {"networks": [network.key]})
    fields["name"] = action.get("name")
    for name in ("role", "organisation"):
        fields[name] = _in_all_languages(name, action)
    for name in ("phone", "email", "valid_until"):
        fields.pop(name, None)
        if typed := action.get(name):
            fields[name] = typed
    if len(network.regions) > 1:
        # Those of other networks are not in the form, and stay.
        others = [one for one in fields.pop("regions", []) if one not in network.regions]
        regions = [one for one in action.get("regions").split(",") if one]
        if regions or others:
            fields["regions"] = [*others, *regions]
    return {**fields, "source": source(today)}


def part_fields(what: str, action: CardAction, before: Fields, today: dt.date) -> dict[str, Any]:
    """A network's fields with a part as typed; nothing typed takes it out. Raises Invalid."""
    if what in LINKS:
        return _with_link(what, action, before, today)
    texts = action.texts(what)
    name, _, inner = what.partition(".")
    fields = dict(before)
    key, said = _source_key(today)
    statement: dict[str, Any] | None = None
    if texts:
        statement = dict(_in_all_languages(what, action).items())
        statement["source"] = key
    if inner:
        group: dict[str, Any] = {**fields.get(name, {}), inner: statement}
        fields[name] = {one: text for one, text in group.items() if text is not None}
    else:
        fields[name] = statement
    if fields[name] in (None, {}):
        del fields[name]
    return _with_source(fields, key, said, texts)


def source(today: dt.date) -> dict[str, Any]:
    """The source of what was entered on a day."""
    title = {one: SOURCE.said(one) for one in LANGUAGES}
    return {"title": title, "date": today.isoformat()}


def _with_link(what: str, action: CardAction, before: Fields, today: dt.date) -> dict[str, Any]:
    kind, _, title = LINKS[what]
    url = action.get("url")
    if url and not WEB_ADDRESS.fullmatch(url):
        raise Invalid("url", "web_address")
    links = [dict(one) for one in before.get("links", [])]
    place = next((at for at, one in enumerate(links) if one["kind"] == kind), None)
    key, said = _source_key(today)
    if place is not None and not url:
        del links[place]
    elif place is not None:
        links[place] |= {"url": url, "source": key}
    elif url:
        titles = {one: title.said(one) for one in LANGUAGES}
        links.append({"kind": kind, "title": titles, "url": url, "source": key})
    fields = {name: one for name, one in before.items() if name != "links"}
    if links:
        fields["links"] = links
    return _with_source(fields, key, said, url)


def _source_key(today: dt.date) -> tuple[str, dict[str, Any]]:
    """One source for each day: another day's entry leaves the date of this one as it is."""
    return f"coordinator-{today.isoformat()}", source(today)


def _with_source(fields: dict[str, Any], key: str, said: Fields, is_used: object) -> dict[str, Any]:
    if is_used:
        fields["sources"] = {**fields.get("sources", {}), key: said}
    return fields


def _in_all_languages(name: str, action: CardAction) -> dict[Language, str]:
    texts = action.texts(name)
    for language in spoken_languages() or LANGUAGES:
        if language not in texts:
            raise Invalid(f"{name}.{language}", "missing")
    return texts


def label_of(name: str, language: Language, fields: Mapping[str, Message] | None = None) -> str:
    """A field of content as forms call it, with the language of its text; itself in no form."""
    fields = FIELDS if fields is None else fields
    *path, last = name.split(".")
    written = next((words for one, words in IN_LANGUAGE.items() if one == last), None)
    if path and written is not None:
        return f"{label_of('.'.join(path), language, fields)} {written.said(language)}"
    found = fields.get(name) or fields.get(name.partition(".")[0])
    return found.said(language) if found else name


FIELDS: Mapping[str, Message] = {
    "name": N_("Name"),
    "role": N_("Job title"),
    "organisation": N_("Organisation"),
    "phone": N_("Phone"),
    "email": N_("E-mail"),
    "regions": N_("Areas"),
    "valid_until": N_("Contact person until"),
    "links": N_("Pages and groups"),
    "joining": TEXTS["joining.how"],
    **{name: said for name, said in TEXTS.items() if "." not in name},
}
"""What forms call the fields of content."""
