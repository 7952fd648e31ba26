"""The same talk in three languages: what is said, and which turns lean on what was said before."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Talk:
    """A talk; `locale` is that of the member's client."""

    locale: str
    turns: tuple[str, ...]
    leaning: frozenset[int]
    """Turns, counted from 0, that are answered otherwise where nothing was said before."""


TALKS = {
    "fi": Talk(
        "fi-FI",
        (
            "Hei, mikä verkosto toimii Seinäjoella?",
            "Kuka siellä on yhteyshenkilö?",
            "Mikä on hänen puhelinnumeronsa?",
            "Entä se toinen?",
            "Milloin on seuraava tapaaminen?",
            "Missä se pidetään?",
            "Entä sen jälkeen?",
            "Ei kun tarkoitin Tamperetta",
            "Kiitos!",
            "Paljonko bensa maksaa?",
            "Mitä kuuluu?",
            "entä Lapissa",
            "and in English please",
        ),
        frozenset({1, 4, 11, 12}),
    ),
    "sv": Talk(
        "sv-FI",
        (
            "Hej, vilket nätverk verkar i Vasa?",
            "Vem är kontaktperson där?",
            "Vad har hon för telefonnummer?",
            "Och den andra?",
            "När är nästa träff?",
            "Var hålls den?",
            "Och den därpå?",
            "Nej, jag menade Tammerfors",
            "Tack!",
            "Vad kostar bensin?",
            "Hur mår du?",
            "och i Lappland?",
            "och på finska tack",
        ),
        frozenset({1, 4, 11, 12}),
    ),
    "en": Talk(
        "en-GB",
        (
            "Hello, which network works in Vaasa?",
            "Who is the contact person there?",
            "What is her phone number?",
            "And the other one?",
            "When is the next meeting?",
            "Where is it?",
            "And the one after that?",
            "No, I meant Tampere",
            "Thanks!",
            "How much is petrol?",
            "How are you?",
            "what about Lapland?",
            "samma på svenska",
        ),
        frozenset({1, 4, 11, 12}),
    ),
}
