"""A long message clause by clause."""

from __future__ import annotations

import pytest

from bot.understanding.clauses import ClauseKind, clauses
from bot.understanding.entities import EntityFinder


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kuka vastaa verkostosta", ["kuka vastaa verkostosta"]),
        (
            "olen uusi täällä, kuka vastaa verkostosta?",
            ["olen uusi taalla", "kuka vastaa verkostosta"],
        ),
        (
            "kuka vastaa verkostosta ja milloin on tapaaminen",
            ["kuka vastaa verkostosta", "milloin on tapaaminen"],
        ),
        (
            "vem svarar för nätverket och när är nästa träff",
            ["vem svarar for natverket", "nar ar nasta traff"],
        ),
        (
            "who is in charge and when do you meet",
            ["who is in charge", "when do you meet"],
        ),
        ("monelta se alkaa ja missä on", ["monelta se alkaa", "missa on"]),
        ("är den gratis och sedan när", ["ar den gratis", "sedan nar"]),
        ("var hålls den och sedan när finns ni", ["var halls den", "sedan nar finns ni"]),
        ("who runs it and since when", ["who runs it", "since when"]),
        ("var hålls den och måste man betala", ["var halls den", "maste man betala"]),
        ("kauanko se kestää, entä kuka puhuu", ["kauanko se kestaa", "kuka puhuu"]),
        ("who speaks and where", ["who speaks", "where"]),
        ("jag har hund och har tid", ["jag har hund och har tid"]),
        ("kahvit ja pullat", ["kahvit ja pullat"]),
        ("olen uusi - kuka vastaa", ["olen uusi kuka vastaa"]),
        ("kävin siellä eilen - kuka siitä vastaa", ["kavin siella {time}", "kuka siita vastaa"]),
        ("lansi-rannikko ja kahvit", ["lansi-rannikko ja kahvit"]),
        ("olen uusi\nkuka vastaa", ["olen uusi", "kuka vastaa"]),
        ("hei! kuka vastaa", ["kuka vastaa"]),
        ("...", []),
        ("", []),
    ],
)
def test_where_a_message_is_parted(finder: EntityFinder, text: str, expected: list[str]) -> None:
    masked = finder.mask(text)
    found = clauses(masked.tokens, text, masked.words, masked.owners)
    assert [" ".join(clause.words) for clause in found] == expected


def test_a_mark_inside_a_name_does_not_part(finder: EntityFinder) -> None:
    text = "kuka vastaa, S:t Karins, Egentliga Finland ja kahvit"
    masked = finder.mask(text)
    found = clauses(masked.tokens, text, masked.words, masked.owners)
    assert [clause.words for clause in found] == [("kuka", "vastaa"), ("{place}", "ja", "kahvit")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Olin juhlissa. Kuulin teistä, milloin on tapaaminen? Terveisin uusi jäsen",
            {
                "olin juhlissa": 0,
                "kuulin teista": 0,
                "milloin on tapaaminen": 2,
                "terveisin uusi jasen": 0,
            },
        ),
        (
            "en saanut sivuilta selvää, missä kokous on",
            {"en saanut sivuilta selvaa": 0, "missa kokous on": 1},
        ),
        (
            "olen tanssija. hyväksytäänkö yrittäjiä",
            {"olen tanssija": 0, "hyvaksytaanko yrittajia": 1},
        ),
        (
            "jag är ny här. skulle vilja ha numret",
            {"jag ar ny har": 0, "skulle vilja ha numret": 1},
        ),
        ("I am new here. please send the link", {"i am new here": 0, "please send the link": 1}),
    ],
)
def test_the_kind_of_a_clause(finder: EntityFinder, text: str, expected: dict[str, int]) -> None:
    masked = finder.mask(text)
    found = clauses(masked.tokens, text, masked.words, masked.owners)
    assert {" ".join(clause.words): clause.kind for clause in found} == {
        words: ClauseKind(kind) for words, kind in expected.items()
    }


@pytest.mark.parametrize(
    ("text", "leads"),
    [
        ("next coffee and who is in charge there?", [True, False]),
        ("seuraavat kahvit ja kuka vastaa verkostosta", [True, False]),
        ("we drink coffee and who is in charge there?", [False, False]),
    ],
)
def test_what_is_asked_in_short_before_a_question(
    finder: EntityFinder, text: str, leads: list[bool]
) -> None:
    masked = finder.mask(text)
    found = clauses(masked.tokens, text, masked.words, masked.owners)
    assert [clause.leads for clause in found] == leads
