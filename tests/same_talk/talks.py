"""The same talk in three languages: what is said, and which turns lean on what was said before."""

from __future__ import annotations

from dataclasses import dataclass

LEANING = frozenset({1, 2, 3, 6, 7, 12, 13})
"""Turns, counted from 0, that are answered otherwise where nothing was said before."""


@dataclass(frozen=True)
class Talk:
    """A talk; `locale` is that of the member's client, `forget` has it forgotten."""

    locale: str
    forget: tuple[str, str]
    turns: tuple[str, ...]


TALKS = {
    "fi": Talk(
        "fi-FI",
        ("Unohda minut", "Kyllä"),
        (
            "Hei, olen kirjastonhoitaja Tampereelta",
            "Kuka siellä on yhteyshenkilö?",
            "Mikä on ensimmäisen puhelinnumero?",
            "Entä se toinen?",
            "Milloin on seuraava tapaaminen?",
            "Missä se pidetään?",
            "Entä sen jälkeen?",
            "Ei kun tarkoitin Vaasaa",
            "Kiitos!",
            "Paljonko bensa maksaa?",
            "Mitä kuuluu?",
            "Milloin on seuraava tapaaminen Uudellamaalla?",
            "entä Lapissa?",
            "and in English please",
        ),
    ),
    "sv": Talk(
        "sv-FI",
        ("Glöm mig", "Ja"),
        (
            "Hej, jag är bibliotekarie i Tammerfors",
            "Vem är kontaktperson där?",
            "Vad har den första för telefonnummer?",
            "Och den andra?",
            "När är nästa träff?",
            "Var hålls den?",
            "Och den därpå?",
            "Nej, jag menade Vasa",
            "Tack!",
            "Vad kostar bensin?",
            "Hur mår du?",
            "När är nästa träff i Nyland?",
            "och i Lappland?",
            "och på finska tack",
        ),
    ),
    "en": Talk(
        "en-GB",
        ("Forget me", "Yes"),
        (
            "Hello, I am a librarian in Tampere",
            "Who is the contact person there?",
            "What is the phone number of the first one?",
            "And the other one?",
            "When is the next meeting?",
            "Where is it?",
            "And the one after that?",
            "No, I meant Vaasa",
            "Thanks!",
            "How much is petrol?",
            "How are you?",
            "When is the next meeting in Uusimaa?",
            "what about Lapland?",
            "samma på svenska",
        ),
    ),
}
