"""What a coordinator wants to do with a meeting, by words in three languages."""

from __future__ import annotations

import pytest

from bot.understanding.meeting_changes import change_wished
from tests.answers.asking import KNOWLEDGE


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("muokkaa tapaamista", "edit"),
        ("Korjaa kokous", "edit"),
        ("vaihda tapaamisen paikka", "edit"),
        ("vaihda tapaamisen aika", "move"),
        ("siirrä tapaaminen", "move"),
        ("haluaisin siirtää aamukahvit", "move"),
        ("peru tapaaminen Testi 28.3.", "cancel"),
        ("poista seminaari", "delete"),
        ("kopioi tapaaminen", "copy"),
        ("ändra mötet", "edit"),
        ("flytta träffen till onsdag", "move"),
        ("ställ in mötet", "cancel"),
        ("ta bort träffen", "delete"),
        ("kopiera mötet", "copy"),
        ("edit the meeting", "edit"),
        ("change the date of the meeting", "move"),
        ("call off the gathering", "cancel"),
        ("delete a meeting", "delete"),
    ],
)
def test_a_change_of_a_meeting_is_read(text: str, change: str) -> None:
    found = change_wished(text, KNOWLEDGE)
    assert found is not None
    assert (found.change, found.about) == (change, True)


@pytest.mark.parametrize(
    "text",
    [
        "lisää tapaaminen",
        "milloin tapaaminen on",
        "onko tapaaminen peruttu",
        "peru ilmoitus tapaamisesta",
        "peru ilmoittautumiseni tapaamiseen",
        "är mötet inställt",
        "jag vill lägga till ett möte",
        "ta bort meddelandet om mötet",
        "when is the next meeting",
        "cancel my registration for the meeting",
        "",
        "tapaaminen " * 40 + "peru",
    ],
)
def test_anything_else_is_none(text: str) -> None:
    assert change_wished(text, KNOWLEDGE) is None


def test_a_meeting_is_named_by_words_and_dates() -> None:
    found = change_wished("peru tiistain kulttuurikahvit 28.3.2027", KNOWLEDGE)
    assert found is not None
    assert found.dates == ((28, 3),)
    assert found.fits(["kulttuurikahvit", "tiistaina"], 28, 3) == 4
    assert found.fits(["kulttuurikahvien"], 1, 3) == 1
    assert found.fits(["kulkue", "tilat"], 1, 3) == 0
    assert found.first
    other = change_wished("voisitko siirtää kokouksen", KNOWLEDGE)
    assert other is not None
    assert not other.first
