"""Places that are named only to deny them are not what a message is about."""

from __future__ import annotations

import datetime as dt

import pytest

from bot.understanding.interpreter import MessageContext
from bot.understanding.reloader import Snapshot

TODAY = MessageContext(dt.date(2026, 11, 20))


@pytest.mark.parametrize(
    ("text", "networks"),
    [
        ("Loimaa ei kuulu Pirkanmaahan, mikä verkosto siellä on?", {"varsinais-suomi"}),
        ("en asu enää Kuopiossa, muutin Ouluun, milloin siellä on kokous", {"pohjois-pohjanmaa"}),
        ("muutimme Tampereelta Turkuun, kuka on yhteyshenkilö", {"varsinais-suomi"}),
        ("Lohja är väl inte Birkaland, vilket nätverk är det?", {"uusimaa"}),
        ("jag bor inte i Vasa längre, kontaktperson i Åbo?", {"varsinais-suomi"}),
        ("we left Tampere, who is the contact person in Turku?", {"varsinais-suomi"}),
        ("Pori isn't in Pirkanmaa, which network is it in?", {"satakunta"}),
        # Both are asked about, or only one is named.
        ("onko kokousta Oulussa vai Turussa", {"pohjois-pohjanmaa", "varsinais-suomi"}),
        ("eikö Oulussa ole kokousta?", {"pohjois-pohjanmaa"}),
        ("en löydä Oulun yhteyshenkilöä", {"pohjois-pohjanmaa"}),
    ],
)
def test_a_denied_place_is_left_out(snapshot: Snapshot, text: str, networks: set[str]) -> None:
    found = snapshot.interpreter.understand(text, TODAY)
    named = {key for one in found.requests for key in one.entities.networks}
    assert named == networks
