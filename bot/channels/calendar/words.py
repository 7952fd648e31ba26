"""The calendar's own words in each language, and texts as a calendar can hold them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.knowledge.values import Language

_BREAKS = re.compile("\r\n|[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]")
"""All that some reader takes for the end of a line; RFC 5545 knows `\\n` alone."""

_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")
"""Characters that RFC 5545 forbids in a text (section 3.3.11)."""


@dataclass(frozen=True)
class Words:
    """What is said around the content, in one language."""

    meetings: str
    cancelled: str
    """As a title begins: some calendars show a cancelled meeting like any other."""
    is_cancelled: str
    example: str
    is_example: str
    new_time: str
    """`{day}`: when it was to be held."""
    on_the_net: str
    join: str
    for_members: str
    """The link is not shown here."""
    register: str
    register_by: str
    host: str
    network: str
    networks: str
    unknown_network: str
    unknown_meeting: str
    unknown_language: str


WORDS: Mapping[Language, Words] = {
    "fi": Words(
        meetings="tapaamiset",
        cancelled="Peruttu",
        is_cancelled="Tapaaminen on peruttu.",
        example="esimerkki",
        is_example="Keksitty esimerkki, ei oikea tapaaminen.",
        new_time="Uusi aika: tapaamisen piti olla {day}.",
        on_the_net="Verkossa",
        join="Osallistu verkossa",
        for_members="Verkossa: linkki näytetään verkoston jäsenille Teamsissa.",
        register="Ilmoittaudu",
        register_by="Ilmoittaudu viimeistään {day}",
        host="Järjestäjä",
        network="Verkosto",
        networks="Verkostot",
        unknown_network="Tällaista verkostoa ei ole.",
        unknown_meeting="Tällaista tapaamista ei ole.",
        unknown_language="Kielen voi valita näin: ?lang=fi, ?lang=sv tai ?lang=en.",
    ),
    "sv": Words(
        meetings="träffar",
        cancelled="Inställt",
        is_cancelled="Träffen är inställd.",
        example="exempel",
        is_example="Ett påhittat exempel, ingen verklig träff.",
        new_time="Ny tid: träffen skulle ha hållits den {day}.",
        on_the_net="På nätet",
        join="Delta på nätet",
        for_members="På nätet: länken visas för nätverkets medlemmar i Teams.",
        register="Anmäl dig",
        register_by="Anmäl dig senast den {day}",
        host="Arrangör",
        network="Nätverk",
        networks="Nätverk",
        unknown_network="Det finns inget sådant nätverk.",
        unknown_meeting="Det finns ingen sådan träff.",
        unknown_language="Språket väljs så här: ?lang=fi, ?lang=sv eller ?lang=en.",
    ),
    "en": Words(
        meetings="meetings",
        cancelled="Cancelled",
        is_cancelled="The meeting is cancelled.",
        example="example",
        is_example="A made-up example, not a real meeting.",
        new_time="New time: the meeting was to be held on {day}.",
        on_the_net="Online",
        join="Join online",
        for_members="Online: the link is shown to members of the network in Teams.",
        register="Register",
        register_by="Register by {day}",
        host="Host",
        network="Network",
        networks="Networks",
        unknown_network="There is no such network.",
        unknown_meeting="There is no such meeting.",
        unknown_language="Choose the language with ?lang=fi, ?lang=sv or ?lang=en.",
    ),
}


def text(written: str) -> str:
    """A text of several lines without characters that a calendar must not hold."""
    return _CONTROLS.sub("", _BREAKS.sub("\n", written))


def line(written: str) -> str:
    """The same on one line, for titles and places."""
    return " ".join(text(written).split())
