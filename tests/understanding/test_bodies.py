"""Questions about bodies that are not ours are refused, whatever their case; ours are answered."""

from __future__ import annotations

import datetime as dt

import pytest

from bot.knowledge.library import FALLBACK
from bot.understanding.interpreter import MessageContext
from bot.understanding.model import Understanding
from bot.understanding.reloader import Snapshot

TODAY = MessageContext(dt.date(2026, 11, 20))


def understood(snapshot: Snapshot, text: str) -> Understanding:
    return snapshot.interpreter.understand(text, TODAY, explain=True)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("kuka on mieskuoron yhteyshenkilö", "mieskuoron"),
        ("milloin on kylätoimikunnan kokous", "kylätoimikunnan"),
        ("miten pääsen mukaan purjehdusseuraan", "purjehdusseuraan"),
        ("who is the contact person for the chess club", "chess"),
        ("when is the next ABC meeting", "ABC"),
        ("how do i join the scouts", "scouts"),
        ("vem är kontaktperson för schackklubben", "schackklubben"),
        ("när har blandkören möte", None),
        ("XY i Vasa, nån koordinator?", "XY"),
        ("5G in Kuopio, who do I call", "5G"),
        ("milloin lähtee seuraava juna Ouluun", "juna"),
        ("when is the next holiday", "holiday"),
        ("who is the coordinator of the Open Arts Forum", "Open"),
    ],
)
def test_a_body_is_none_of_ours(snapshot: Snapshot, text: str, name: str | None) -> None:
    found = understood(snapshot, text)
    assert found.intent == FALLBACK or name is None
    if name:
        assert any(name in str(rule) for rule in found.evidence.rules)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("kuka on verkoston yhteyshenkilö Oulussa", "contacts"),
        ("olen kuoronjohtaja Porissa, kehen otan yhteyttä teillä?", "contacts"),
        ("when is the next network meeting in Tampere", "meetings"),
        ("our choir in Oulu wants to join, who is your contact person?", "contacts"),
        ("vem är kontaktperson i Österbotten", "contacts"),
        ("nigerialainen kuoromme Oulussa, kehen otamme yhteyttä teillä?", "contacts"),
        ("when is the next online meeting in Oulu", "meetings"),
        # Who coordinates a network is no other body, nor is a word for now.
        ("what was the network in Turku called before Varha", "network_info"),
        ("kuka Turun verkostoa johtaa nykyisin", "contacts"),
        ("I study policy in York and would like to understand what Taikusydän is", "about"),
    ],
)
def test_ours_are_answered(snapshot: Snapshot, text: str, intent: str) -> None:
    found = understood(snapshot, text)
    assert intent in {one.intent for one in found.requests}
    assert found.evidence.rules == ()


@pytest.mark.parametrize(
    "text",
    [
        "olen syyrialainen muusikko, kehen otan yhteyttä",
        "olen chileläinen taiteilija, kehen otan yhteyttä",
        "jag är en ukrainsk konstnär, vem kan jag kontakta",
        "i am a brazilian artist, who is the contact person",
    ],
)
def test_where_somebody_comes_from_does_not_refuse(snapshot: Snapshot, text: str) -> None:
    assert understood(snapshot, text).intent == "contacts"
