"""Mistakes that editors make: each is named once, at its line, in three languages."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.knowledge.loader import inspect
from bot.knowledge.values import LANGUAGES

from .world import FILES, World

NOW = dt.datetime(2026, 2, 2, 10, tzinfo=dt.UTC)

SERIES = "content/meetings/reading.yaml"
SINGLE = "content/meetings/seminar.yaml"
COFFEE = "content/meetings/coffee.yaml"
PERSON = "content/people/anna.yaml"
NETWORK = "content/networks/north.yaml"
COMMUNITY = "content/community.yaml"

READING = """\
title:
  fi: Lukupiiri
kind: network_meeting
networks: [north]
start: 2026-02-03 17:00
end: 2026-02-03 19:00
recurrence:
  rrule: FREQ=WEEKLY;BYDAY=TU
place:
  fi: Kirjasto, sali 3
registration:
  url: https://pohjoinen.fi/lukupiiri
  closes: 2 days before
"""

SEMINAR = """\
# Syksyn seminaari
title:
  fi: Syksyn seminaari
  sv: Höstens seminarium
  en: Autumn seminar
kind: seminar
networks: [north]
start: 2026-10-14 12:00
end: 2026-10-14 15:00
place:
  fi: Kulttuuritalo, Ylikylä
registration:
  url: https://pohjoinen.fi/seminaari
  deadline: 2026-10-07
"""

BERIT = """\
name: Berit Malli
role:
  fi: tuottaja
  sv: producent
  en: producer
organisation: {fi: Talo, sv: Huset, en: The House}
phone: 040 765 4321
email: berit.malli@pohjoinen.fi
networks: [north]
source:
  title: A page
  date: 2024
"""

COORDINATION = """\
coordination:
  - organisations:
      - {fi: Vanha talo, sv: Gamla huset, en: The Old House}
    since: 2017
    until: 2023-12
    source: page
  - organisations:
      - {fi: Uusi talo, sv: Nya huset, en: The New House}
    since: 2024-01
    source: new-page
"""

NEW_PAGE = """\
  new-page:
    title: Another page
    date: 2025-05
name:"""


@dataclass(frozen=True)
class Mistake:
    """A mistake in one file: what is changed, or the text of a new file."""

    kind: str
    file: str
    old: str = ""
    """What `new` stands in place of; empty for a new file, or one that is written anew."""
    new: str | bytes = ""
    at: str = ""
    """A text of the line that is named; empty for the first line."""
    with_: tuple[str, ...] = field(default=())
    """Texts that the sentence holds in every language."""


def _single(kind: str, old: str, new: str, *with_: str, at: str | None = None) -> Mistake:
    return Mistake(kind, SINGLE, old, new, new if at is None else at, with_)


def _series(kind: str, old: str, new: str, *with_: str, at: str | None = None) -> Mistake:
    return Mistake(kind, SERIES, old, new, new if at is None else at, with_)


def _coffee(kind: str, old: str, new: str, *with_: str, at: str | None = None) -> Mistake:
    return Mistake(kind, COFFEE, old, new, new if at is None else at, with_)


def _person(kind: str, old: str, new: str, *with_: str, at: str | None = None) -> Mistake:
    return Mistake(kind, PERSON, old, new, new if at is None else at, with_)


def _network(kind: str, old: str, new: str, *with_: str, at: str | None = None) -> Mistake:
    return Mistake(kind, NETWORK, old, new, new if at is None else at, with_)


def _file(kind: str, file: str, text: str | bytes, *with_: str, at: str = "") -> Mistake:
    return Mistake(kind, file, "", text, at, with_)


SERIES_START = """\
start: 2026-02-03 17:00
end: 2026-02-03 19:00
recurrence:
  rrule: FREQ=WEEKLY;BYDAY=TU
"""
ENDED = SERIES_START.replace("02-03", "01-06").replace("=TU", "=TU;{}")
MOVED = "start: 2026-05-21 08:30\n      end: 2026-05-21 10:00"
RULE, START = "rrule: FREQ=WEEKLY;BYDAY=TU", "start: 2026-10-14 12:00"
END, DEADLINE = "end: 2026-10-14 15:00", "deadline: 2026-10-07"

MISTAKES = [
    # A start that the rule does not give
    _series("start", "start: 2026-02-03 17", "start: 2026-02-02 17", "2026-02-02", "2026-02-03"),
    _series("start", RULE, "rrule: FREQ=WEEKLY;BYDAY=FR", "2026-02-06", at="start:"),
    _series("start", RULE, "rrule: FREQ=MONTHLY;BYDAY=2TU", "2026-02-10", at="start:"),
    _series("start", RULE, "rrule: FREQ=YEARLY;BYMONTH=4,10;BYDAY=2WE", "04-08", at="start:"),
    _coffee("start", "start: 2026-01-08", "start: 2026-01-07", "2026-01-07", "2026-01-08"),
    # Days called off, left out and moved
    _single("nothing off", START, f"cancelled_days: [2026-10-15]\n{START}", "10-15", at="[2026"),
    _single("nothing off", START, f"cancelled_days:\n  - 2025-10-14\n{START}", at="- 2025"),
    _series("nothing off", f"recurrence:\n  {RULE}", "cancelled_days: [2026-02-10]", "2026-02-03"),
    _coffee("not a day", "- 2026-06-11", "- 2026-06-12", "2026-06-12"),
    _coffee("not a day", "- 2026-03-12", "- 2026-03-13", "2026-03-13"),
    _coffee("not a day", "2026-05-14:", "2026-05-15:", "2026-05-15"),
    _coffee(
        "skipped too",
        "- 2026-06-11",
        "- 2026-04-09\n  - 2026-06-11",
        "2026-04-09",
        at="- 2026-04-09\n  - 2026-06",
    ),
    _coffee("far moved", MOVED, MOVED.replace("-05-", "-08-"), "2026-08-21", at="start: 2026-08"),
    _coffee("too long", "end: 2026-05-21 10", "end: 2026-06-21 10", "31"),
    _coffee("end first", "end: 2026-05-21 10", "end: 2026-05-20 10"),
    # Registration
    _series("one date", "closes: 2 days before", "deadline: 2026-02-01"),
    _coffee(
        "one date",
        "online:",
        "registration:\n  url: https://pohjoinen.fi\n  deadline: 2026-02-10\nonline:",
        at="deadline:",
    ),
    _single("closes late", DEADLINE, "deadline: 2026-10-17", "2026-10-17"),
    _single("closes early", DEADLINE, "deadline: 2025-10-07", "2025-10-07"),
    _single("both limits", DEADLINE, f"{DEADLINE}\n  closes: 7 days before", at="registration:"),
    _single("how long", DEADLINE, "closes: 7", "`7`"),
    _single("how long", DEADLINE, "closes: viikkoa ennen", "`viikkoa ennen`"),
    _single("example", "https://pohjoinen.fi/seminaari", "https://example.org/x", "example.org"),
    _single("no address", "url: https://pohjoinen.fi/seminaari", "url: pohjoinen.fi"),
    # Beginnings and ends
    _single("too long", END, "end: 2027-10-14 15:00", "365"),
    _single("too long", END, "end: 2026-11-14 15:00", "31"),
    _single("end first", END, "end: 2026-10-13 15:00"),
    _single("end first", END, "end: 2026-10-14 10:00"),
    _single(
        "over", f"{START}\n{END}", "start: 2025-10-14 12:00\nend: 2025-10-14 15:00", at="start"
    ),
    _single(
        "over", f"{START}\n{END}", "start: 2026-01-14 12:00\nend: 2026-01-14 15:00", at="start"
    ),
    _series("no more", SERIES_START, ENDED.format("UNTIL=20260131"), at="rrule"),
    _series("no more", SERIES_START, ENDED.format("COUNT=2"), at="rrule"),
    _single("at night", START, "start: 2026-10-14 00:30", "00:30"),
    _single("years ahead", f"{START}\n{END}", "start: 2036-10-14 12:00\nend: 2036-10-14 15:00"),
    _single("no date", START, "start: 2026-02-31 12:00", at="2026-02-31"),
    _single("no date", START, "start: 2026-13-14 12:00", at="2026-13-14"),
    _single("no time", START, "start: 14.10.2026 klo 12", "14.10.2026 klo 12"),
    _single("no hour", f"{START}\n{END}", "start: 2026-03-29 03:30\nend: 2026-03-29 04:30"),
    # Rules
    _series("every day", RULE, "rrule: FREQ=DAILY"),
    _series("every such day", RULE, "rrule: FREQ=MONTHLY;BYDAY=TU", "2TU"),
    _series(
        "from january",
        SERIES_START,
        SERIES_START.replace("02-03", "01-06").replace("WEEKLY;BYDAY=", "YEARLY;BYDAY=1"),
        "BYMONTH",
        at="rrule",
    ),
    _series(
        "no 31st",
        f"start: 2026-02-03 17:00\nend: 2026-02-03 19:00\nrecurrence:\n  {RULE}",
        "start: 2026-03-31 17:00\nend: 2026-03-31 19:00\nrecurrence:\n  rrule: FREQ=MONTHLY",
        "31",
        at="rrule",
    ),
    _series("no rule", RULE, "rrule: joka tiistai", "`joka tiistai`"),
    # Twins and titles
    _file("twin", "content/meetings/seminar-kopio.yaml", SEMINAR, "seminar.yaml", at="start:"),
    _file(
        "twin",
        "content/meetings/tiistai.yaml",
        SEMINAR.replace("kind: seminar", "kind: network_meeting")
        .replace("2026-10-14 12", "2026-10-13 17")
        .replace("2026-10-14 15", "2026-10-13 19"),
        "reading.yaml",
        at="start:",
    ),
    _single("title off", "fi: Syksyn seminaari", "fi: PERUTTU - Syksyn seminaari"),
    _single("title off", "sv: Höstens seminarium", "sv: Inställt! Höstens seminarium"),
    _single("title off", "en: Autumn seminar", "en: Autumn seminar (cancelled)"),
    # Names and fields
    _single("choice", "kind: seminar", "kind: seminaari", "seminaari"),
    _single("not a key", "networks: [north]", "networks: [North]", "`North`"),
    _single("unknown network", "networks: [north]", "networks: [norht]", "`norht`"),
    _single("no field", "place:", "paikka:", "paikka"),
    _single("nowhere", "place:\n  fi: Kulttuuritalo, Ylikylä\n", "", at="title:"),
    _person("no field", "phone:", "puhelin:", "puhelin"),
    _person("other language", "  sv: koordinator\n", "", "role.sv", at="role:"),
    _person("twice", "email:", "phone: 0400 123 457\nemail:", "`phone`", at="0400 123 457"),
    _person("unknown region", "regions: [north]", "regions: [west]", "`west`"),
    _person("other area", "regions: [north]", "regions: [south]", "`south`", "north"),
    # Phone numbers and addresses
    _person("cut number", "0400 123 456", "0400 433", "0400 433"),
    _person("no number", "0400 123 456", "0400 123 45678", "0400 123 45678"),
    _person("no number", "0400 123 456", "+359 400 123 4567", "+359"),
    _person("not a number", "0400 123 456", "0400 I23 456", "0400 I23 456"),
    _person("not mail", "anna.esimerkki@pohjoinen.fi", "anna.esimerkki(at)pohjoinen.fi", "(at)"),
    _person("other person", "name: Anna Esimerkki", "name: Oona Malli", "Oona Malli", at="email"),
    _file(
        "copied",
        "content/people/berit.yaml",
        BERIT.replace("040 765 4321", "+358 400 123456"),
        "Anna Esimerkki",
        "anna.yaml",
        at="phone:",
    ),
    _file(
        "copied",
        "content/people/tuomo.yaml",
        BERIT.replace("berit.malli@", "info@").replace("email: info@", "email: Info@"),
        "info.yaml",
        at="email:",
    ),
    Mistake(
        "no number",
        COMMUNITY,
        "email: info@pohjoinen.fi",
        "email: info@pohjoinen.fi\n  phone: 09 12",
        "09 12",
    ),
    Mistake("no address known", COMMUNITY, "  email: info@pohjoinen.fi\n", at="contact_point"),
    # Persons
    _person("capitals", "name: Anna Esimerkki", "name: anna esimerkki", "anna esimerkki"),
    _person("capitals", "name: Anna Esimerkki", "name: Anna", "Anna"),
    _person(
        "never",
        "valid_from: 2024-01-01",
        "valid_from: 2027-01-01\nvalid_until: 2026-12-31",
        at="valid_until",
    ),
    _person("nobody now", "valid_from:", "valid_until: 2025-12-31\nvalid_from:", at="2025-12-31"),
    _person("a year ahead", "valid_from: 2024-01-01", "valid_from: 2042-01-01", "2042-01-01"),
    _person("same role", "sv: koordinator\n", "sv: koordinaattori\n", at="sv: koordinaattori"),
    _person("same role", "en: coordinator\n", "en: Koordinaattori\n", at="en: Koordinaattori"),
    _person("future source", "date: 2024", "date: 2031", "2031"),
    _file(
        "named twice",
        "content/people/tyyne.yaml",
        BERIT.replace("Berit Malli", "Anna Esimerkki").replace("berit.malli", "anna.esimerkki2"),
        "Anna Esimerkki",
        at="name:",
    ),
    # Networks
    _network("reverse", "until: 2023-12", "until: 2013-12", at="2013-12"),
    _network("to come", "since: 2024-01", "since: 2027-01", at="2027-01"),
    _network("ended", "since: 2024-01", "since: 2024-01\n    until: 2025-12", at="2025-12"),
    _network("no end", "    until: 2023-12\n", "", at="since: 2017"),
    _network("future source", "date: 2025-05", "date: 2052-05", "2052-05"),
    _network("no source", "source: new-page", "source: old-page", "`old-page`"),
    # What word processors write
    _person("curly", "name: Anna Esimerkki", "name: ”Anna Esimerkki”", "”Anna Esimerkki”"),
    _single("curly", "fi: Syksyn seminaari", "fi: “Syksyn seminaari“"),
    _single("curly colon", "fi: Syksyn seminaari", "fi: ”Aihe: taide ja hoiva”"),
    _person("no-break", "  fi: koordinaattori", "\u00a0\u00a0fi: koordinaattori"),
    _file("of word", "content/people/~$anna.yaml", b"\x05Editor\x00\x00"),
    _file("other file", "content/meetings/kahvit.docx", b"PK\x03\x04"),
    _file("other file", "content/people/yhteystiedot.xlsx", b"PK\x03\x04"),
    _file("ending", "content/meetings/kahvit.yaml.txt", SEMINAR),
    _file("ending", "content/meetings/Kahvit.YAML", SEMINAR),
    # Files in the wrong place or with a wrong name
    _file("example file", "content/meetings/_syyskahvit.yaml", SEMINAR, at="title:"),
    _file("example file", "content/people/_kopio.yaml", BERIT, at="name:"),
    _file("wrong folder", "content/syyskahvit.yaml", SEMINAR),
    _file("wrong folder", "content/places/kirjasto.yaml", SEMINAR),
    _file("file name", "content/meetings/Syys_kahvit.yaml", SEMINAR, "Syys_kahvit"),
    # Signs of YAML
    _series("cut", "Kirjasto, sali 3", "Kirjasto, sali #3, kerros 2", "#3, kerros 2"),
    _series("cut", "Kirjasto, sali 3", "Kirjasto # 3", "# 3"),
    _series("cut in bracket", "place:\n  fi: Kirjasto, sali 3", "place: {fi: Sali #3}"),
    _single("uneven", "  fi: Syksyn seminaari", "fi: Syksyn seminaari", at="fi: Syksyn"),
    _single("colon", "fi: Kulttuuritalo, Ylikylä", "fi: Ylikylä: Kulttuuritalo"),
    _file("not utf-8", SINGLE, SEMINAR.encode("latin-1"), at="sv: "),
    _single("empty", "", "# vain kommentti\n"),
    _file(
        "too far in",
        "content/questions/auto.yaml",
        "question:\n  fi:\n    - Mihin auto?\n      - Onko tilaa?\nanswer: {fi: Pihaan.}\n",
        "- Onko tilaa?",
        at="- Onko tilaa?",
    ),
]

WORDS: dict[str, tuple[str, str, str]] = {
    "start": ("oma sääntö ei anna", "egen regel ger inte", "by its own rule the meeting does not"),
    "nothing off": ("ei ole sääntöä", "har ingen regel", "has no rule and is only on"),
    "not a day": ("toistumissäännön mukaan", "regel", "does not fall on"),
    "skipped too": ("myös kohdassa `skip`", "också under `skip`", "under `skip` too"),
    "far moved": ("kuukausien päähän", "flera månader", "months away"),
    "too long": ("kokous kestäisi", "mötet skulle räcka", "this meeting would last"),
    "end first": ("`end`", "`end`", "`end` must be later than `start`"),
    "one date": ("sarjan jokaista kertaa", "alla tillfällen i serien", "every date of the series"),
    "closes late": ("kokouksen jälkeen", "efter mötet", "after the meeting"),
    "closes early": ("kauan ennen kokousta", "långt före mötet", "long before the meeting"),
    "both limits": ("ei molempia", "inte båda", "not both"),
    "how long": ("kuinka kauan ennen", "hur långt före", "how long before the meeting"),
    "example": ("vain esimerkki", "bara ett exempel", "only an example"),
    "no address": ("sähköpostiosoite", "e-postadress", "neither a web address nor"),
    "over": ("ollut ja mennyt", "är förbi", "this meeting is over"),
    "no more": ("tulevaa kokousta", "inga fler möten", "no meeting is to come"),
    "at night": ("yöllä", "på natten", "at night"),
    "years ahead": ("vuosien päässä", "flera år framåt", "years ahead"),
    "no date": ("ei ole päivä", "datum", "is not a date"),
    "no time": ("2026-12-10 08:30", "2026-12-10 08:30", "is not a time"),
    "no hour": ("kelloja", "klockan", "the clocks are changed"),
    "every day": ("joka päivä", "varje dag", "this is every day"),
    "every such day": ("jokainen sellainen", "varje sådan", "every such day"),
    "from january": ("vuoden alusta", "årets början", "beginning of the year"),
    "no 31st": ("ei ole kokousta", "inget möte", "has no meeting"),
    "no rule": ("FREQ=MONTHLY;BYDAY=2TH", "FREQ=MONTHLY;BYDAY=2TH", "not a recurrence rule"),
    "twin": ("kerrotaan kahdesti", "berättas två gånger", "told twice"),
    "title off": ("otsikon mukaan", "enligt rubriken", "the title says"),
    "choice": (
        "tapaamislajeissa ei ole",
        "bland typerna av träffar",
        "among the kinds of meetings",
    ),
    "not a key": ("`networks.1`", "`networks.1`", "is not a key"),
    "unknown network": (
        "verkostot ovat: north",
        "nätverken är: north",
        "among the networks: north",
    ),
    "no field": ("tässä ei ole kenttää", "finns inte här", "is not a field here"),
    "nowhere": ("`place`", "`place`", "give `place`"),
    "other language": ("myös tällä kielellä", "också på det språket", "in this language as well"),
    "twice": ("kahteen kertaan", "två gånger", "twice"),
    "unknown region": ("north", "north", "among the regions"),
    "other area": ("verkostojen alueeseen", "området för de nätverk", "not in the area"),
    "no number": ("missään maassa", "i något land", "in no country"),
    "cut number": ("puuttuuko siitä loppu", "saknas slutet", "is its end missing"),
    "not a number": ("ei ole puhelinnumero", "är inget telefonnummer", "is not a phone number"),
    "not mail": ("sähköposti", "e-post", "is not an e-mail address"),
    "other person": ("jonkun toisen", "någon annans", "somebody else"),
    "copied": ("jäikö se kopiosta", "kvar från en kopia", "left over from a copy"),
    "no address known": (
        "`not_found:`",
        "`not_found:`",
        "no e-mail address is known",
    ),
    "capitals": ("isoilla alkukirjaimilla", "med stor bokstav", "with capitals"),
    "never": ("ei anneta koskaan", "ges aldrig ut", "is never given out"),
    "nobody now": ("ei anneta kenellekään", "ges inte ut", "given to nobody"),
    "a year ahead": ("yli vuoden päässä", "över ett år framåt", "over a year ahead"),
    "same role": ("sama teksti", "samma text", "the same text"),
    "future source": ("lähde ei voi olla", "en källa kan inte", "a source cannot be of"),
    "named twice": ("anna.yaml", "anna.yaml", "named twice in answers"),
    "reverse": ("ennen päivää `since`", "före `since`", "before `since`"),
    "to come": ("vasta tulossa", "först på kommande", "still to come"),
    "ended": ("kuka koordinoi nyt", "vem som koordinerar nu", "who coordinates Pohjoinen now"),
    "no end": ("puuttuu `until`", "saknas `until`", "has no `until`"),
    "no source": ("`sources:`", "`sources:`", "is not listed under `sources:`"),
    "curly": ("tekstinkäsittelyn", "ordbehandlarens", "those of a word processor"),
    "curly colon": ("kirjoita suorat", "skriv raka", "write straight ones"),
    "no-break": ("sitova välilyönti", "fast mellanslag", "no-break space"),
    "of word": ("Word teki sen", "Word gjorde den", "Word made it"),
    "other file": ("tätä tiedostoa ei lueta", "filen läses inte", "an editor for plain text"),
    "ending": (".yaml", ".yaml", "must end with .yaml"),
    "example file": ("alkaa merkillä `_`", "börjar med `_`", "begins with `_`"),
    "wrong folder": ("tästä kansiosta", "läses inte här", "is not read here"),
    "file name": ("tiedoston", "fil", "the file's name"),
    "cut": ("jää pois", "faller bort", "is left out"),
    "cut in bracket": ("sulje jää sulkematta", "parentesen blir öppen", "bracket is not closed"),
    "uneven": ("samasta kohdasta", "lika långt in", "equally far in"),
    "colon": ("lainausmerkit", "citattecken", "needs quotes"),
    "not utf-8": ("UTF-8", "UTF-8", "this line is not UTF-8"),
    "too far in": ("liian sisältä", "för långt in", "farther in than the item above"),
    "empty": ("tyhjä", "tom", "the file is empty"),
}


@pytest.fixture
def world(tmp_path: Path) -> World:
    """The small community, without a mistake, at the time of the tests."""
    made = World(tmp_path)
    for name, text in FILES.items():
        made.write(name, text.replace("example.org", "pohjoinen.fi"))
    made.change(PERSON, "anna@", "anna.esimerkki@")
    made.change(NETWORK, "\nregions:", "\nemail: posti@pohjoinen.fi\nregions:")
    made.change(NETWORK, "name:", NEW_PAGE)
    made.change(NETWORK, "start:", f"{COORDINATION}start:")
    made.write("content/people/info.yaml", _desk())
    made.write(SERIES, READING)
    made.write(SINGLE, SEMINAR)
    return made


def _desk() -> str:
    """The file of somebody who has an address that others could share."""
    text = BERIT.replace("Berit Malli", "Siiri Neuvo").replace("040 765 4321", "040 765 4322")
    return text.replace("berit.malli@", "info@")


def test_there_are_enough_mistakes_and_words_for_each() -> None:
    assert len(MISTAKES) >= 84
    assert {one.kind for one in MISTAKES} == WORDS.keys()
    assert all(
        len(set(words)) == 3 or "`" in words[0] or words[0] == words[1] for words in WORDS.values()
    )


def test_without_a_mistake_nothing_is_found(world: World) -> None:
    assert inspect(world.content, world.intents, now=NOW)[1] == []


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda one: one.kind)
def test_a_mistake_is_named_at_its_line_in_three_languages(world: World, mistake: Mistake) -> None:
    if mistake.old:
        assert isinstance(mistake.new, str)
        world.change(mistake.file, mistake.old, mistake.new)
    else:
        world.write(mistake.file, mistake.new)
    _, findings = inspect(world.content, world.intents, now=NOW)
    (finding,) = findings
    assert finding.path == world.root / mistake.file
    if mistake.at:
        text = finding.path.read_bytes().decode("utf-8", "replace")
        begins = text.index(mistake.at)
        assert finding.line == text[:begins].count("\n") + 1
    else:
        assert finding.line == 1
    for language, words in zip(LANGUAGES, WORDS[mistake.kind], strict=True):
        said = finding.message.said(language)
        assert words in said
        for given in mistake.with_:
            assert given in said


def test_all_kinds_of_mistakes_in_one_file_are_named_at_once(world: World) -> None:
    for old, new in (
        ("email:", "phone: 0400 123 457\nemail:"),
        ("anna.esimerkki@pohjoinen.fi", "anna.esimerkki(at)pohjoinen.fi"),
        ("regions: [north]", "regions: [west]"),
        ("name: Anna Esimerkki", "name: anna esimerkki"),
        ("date: 2024", "date: 2031"),
        ("valid_from: 2024-01-01", "valid_from: 2027-01-01\nvalid_until: 2026-12-31"),
    ):
        world.change(PERSON, old, new)
    _, findings = inspect(world.content, world.intents, now=NOW)
    path = world.root / PERSON
    lines = path.read_text("utf-8").splitlines()
    assert {one.path for one in findings} == {path}
    named = [(lines[one.line - 1].strip(), one.severity) for one in findings]
    assert set(named) == {
        ("name: anna esimerkki", "warning"),
        ("phone: 0400 123 457", "error"),
        ("email: anna.esimerkki(at)pohjoinen.fi", "error"),
        ("regions: [west]", "error"),
        ("valid_until: 2026-12-31", "warning"),
        ("date: 2031", "warning"),
    }


def test_a_warning_is_given_beside_an_error_of_its_file(world: World) -> None:
    world.change(PERSON, "anna.esimerkki@pohjoinen.fi", "anna.esimerkki(at)pohjoinen.fi")
    world.change(PERSON, "name: Anna Esimerkki", "name: anna esimerkki")
    _, findings = inspect(world.content, world.intents, now=NOW)
    said = " ".join(map(str, findings))
    assert [one.severity for one in findings] == ["warning", "error"]
    assert "with capitals" in said
    assert "is not an e-mail address" in said
