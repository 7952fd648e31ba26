"""What the bot says in Messenger only, in its three languages."""

from __future__ import annotations

from typing import Literal

from bot.knowledge.values import Language

Kind = Literal["image", "sticker", "voice", "video", "file", "location", "other", "nothing"]
"""What a person sent instead of words."""

DISCLOSURE: dict[Language, str] = {
    "fi": "Hei! Olen {name}, botti enkä ihminen.",
    "sv": "Hej! Jag heter {name} och är en bot, ingen människa.",
    "en": "Hello! I am {name}, a bot and not a human being.",
}

READ_ON: dict[Language, str] = {
    "fi": "Vastaus jatkuisi vielä. Lue lisää: {where} – tai kysy tarkemmin, niin kerron lisää.",
    "sv": "Svaret fortsätter. Läs mer: {where} – eller fråga mer exakt, så berättar jag mer.",
    "en": "There is more. Read on: {where} – or ask about one thing, and I will tell more.",
}

ASK_ON: dict[Language, str] = {
    "fi": "Vastaus jatkuisi vielä. Kysy tarkemmin, niin kerron lisää.",
    "sv": "Svaret fortsätter. Fråga mer exakt, så berättar jag mer.",
    "en": "There is more. Ask about one thing, and I will tell more.",
}

_UNREADABLE: dict[Kind, dict[Language, str]] = {
    "image": {
        "fi": "Kiitos kuvasta! En osaa katsoa kuvia.",
        "sv": "Tack för bilden! Jag kan inte se på bilder.",
        "en": "Thank you for the picture! I cannot look at pictures.",
    },
    "sticker": {
        "fi": "Kiitos tarrasta! Ymmärrän vain kirjoitettua.",
        "sv": "Tack för dekalen! Jag förstår bara det som är skrivet.",
        "en": "Thank you for the sticker! I understand written words only.",
    },
    "voice": {
        "fi": "Kiitos viestistä! En osaa kuunnella ääntä.",
        "sv": "Tack för meddelandet! Jag kan inte lyssna på ljud.",
        "en": "Thank you for the message! I cannot listen to sound.",
    },
    "video": {
        "fi": "Kiitos videosta! En osaa katsoa videoita.",
        "sv": "Tack för videon! Jag kan inte se på videor.",
        "en": "Thank you for the video! I cannot watch videos.",
    },
    "file": {
        "fi": "Kiitos tiedostosta! En osaa lukea tiedostoja, enkä avannut sitä.",
        "sv": "Tack för filen! Jag kan inte läsa filer, och jag öppnade den inte.",
        "en": "Thank you for the file! I cannot read files, and I did not open it.",
    },
    "location": {
        "fi": "Kiitos! En osaa lukea sijaintia kartalta, mutta kunnan nimen ymmärrän.",
        "sv": "Tack! Jag kan inte läsa en plats på kartan, men namnet på en kommun förstår jag.",
        "en": "Thank you! I cannot read places on a map, but I know the names of municipalities.",
    },
    "other": {
        "fi": "Kiitos! Ymmärrän vain kirjoitettua.",
        "sv": "Tack! Jag förstår bara det som är skrivet.",
        "en": "Thank you! I understand written words only.",
    },
    "nothing": {
        "fi": "Viestissäsi ei näkynyt tekstiä.",
        "sv": "Jag såg ingen text i ditt meddelande.",
        "en": "I saw no text in your message.",
    },
}

_WRITE: dict[Language, str] = {
    "fi": "Kirjoita kysymyksesi sanoin, niin autan mielelläni.",
    "sv": "Skriv din fråga med ord, så hjälper jag gärna till.",
    "en": "Write your question in words, and I will gladly help.",
}


def disclosure(name: str, language: Language) -> str:
    """Who is answering, and that it is a bot."""
    return DISCLOSURE[language].format(name=name)


def unreadable(kind: Kind, language: Language) -> str:
    """The answer to what the bot cannot read."""
    return f"{_UNREADABLE[kind][language]} {_WRITE[language]}"


def closing(where: str | None, language: Language) -> str:
    """The line after an answer that was cut; `where` is the address to read on at."""
    return READ_ON[language].format(where=where) if where else ASK_ON[language]
