"""What is valid in other files and is probably a mistake: dates, phone numbers, addresses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from yarl import URL

from bot.i18n import N_, Message
from bot.knowledge.coordination import newest
from bot.knowledge.doubts import Doubt, Doubts
from bot.knowledge.library import Knowledge
from bot.knowledge.models import Network
from bot.knowledge.phone_numbers import exists, looks_cut
from bot.knowledge.values import Source, Value
from bot.knowledge.yaml_source import YamlPath

EXAMPLES = ("example.org", "example.com", "example.net", "example.fi")


def network_doubts(knowledge: Knowledge, today: dt.date) -> Doubts:
    """What looks wrong in the coordinations of networks."""
    for network in knowledge.networks.values():
        yield from _coordination_doubts(network, today)


def _coordination_doubts(network: Network, today: dt.date) -> Doubts:
    latest = newest(network)
    for index, one in enumerate(network.coordination):
        at = ("coordination", index)
        if one.since and one.until and one.since.first_day() > one.until.last_day():
            message = N_("this is before `since`: mend one of the two")
            yield Doubt(network, (*at, "until"), message)
        for name, date in (("since", one.since), ("as_of", one.as_of)):
            if date and date.first_day() > today:
                message = N_("{date} is still to come: is the year right?", date=date.first_day())
                yield Doubt(network, (*at, name), message)
        ended = one is latest and one.until and one.until.last_day() < today
        if ended and "coordination" not in network.not_found:
            message = N_(
                "this is over, and nothing says who coordinates {network} now: find it out and "
                "add it, or write under `not_found` when it was looked for",
                network=network.short.fi,
            )
            yield Doubt(network, (*at, "until"), message)
        if one is not latest and one.since and not (one.until or one.as_of):
            message = N_(
                "this has no `until`, though a newer one stands in this file: add when it ended, "
                "or as `as_of` when it last held"
            )
            yield Doubt(network, (*at, "since"), message)


def field_doubts(knowledge: Knowledge, today: dt.date) -> Doubts:
    """What looks wrong wherever it stands: dates of sources, phone numbers, examples left over."""
    files: list[Value] = [knowledge.community, *knowledge.networks.values()]
    files += knowledge.people.values()
    files += (one for one in knowledge.meetings.values() if not one.demo)
    for value in files:
        for where, below in _fields(value, ()):
            if isinstance(below, Source):
                if below.date and below.date.first_day() > today:
                    message = N_("a source cannot be of {date}: mend it", date=_written(below))
                    yield Doubt(value, (*where, "date"), message)
            elif where[-1] in ("phone", "emergency"):
                if fault := _number_fault(str(below), knowledge.community.country_code):
                    yield Doubt(value, where, fault.filled(given=below))
            elif isinstance(below, str) and (host := _example(below)):
                message = N_("{host} is only an example: write the real address", host=host)
                yield Doubt(value, where, message)


def _number_fault(number: str, country_code: str | None) -> Message | None:
    if not exists(number, country_code):
        return N_("`{given}` is a phone number in no country: compare it with its source")
    if looks_cut(number, country_code):
        return N_("`{given}` is shorter than phone numbers are: is its end missing?")
    return None


def _written(source: Source) -> str:
    assert source.date is not None
    parts = (source.date.year, source.date.month, source.date.day)
    return "-".join(f"{part:02}" for part in parts if part)


def _example(text: str) -> str | None:
    """The host of an address that is only an example."""
    if text.startswith(("http://", "https://")):
        host = URL(text).host or ""
    else:
        host = text.rpartition("@")[2] if " " not in text and "@" in text else ""
    return next((one for one in EXAMPLES if host == one or host.endswith(f".{one}")), None)


def _fields(value: object, where: YamlPath) -> Iterator[tuple[YamlPath, object]]:
    """Every source and text within a value, with its position."""
    if isinstance(value, Source):
        yield where, value
        if value.url:
            yield (*where, "url"), value.url
    elif isinstance(value, Value):
        for name, below in value:
            yield from _fields(below, (*where, name))
    elif isinstance(value, dict):
        for name, below in value.items():
            yield from _fields(below, (*where, str(name)))
    elif isinstance(value, tuple):
        for index, below in enumerate(value):
            yield from _fields(below, (*where, index))
    elif isinstance(value, str):
        yield where, value
