"""Words of the form in which a chat chooses what it follows."""

from __future__ import annotations

from dataclasses import dataclass

from bot.knowledge.values import Language


@dataclass(frozen=True)
class Words:
    """See the module."""

    which: str
    now: str
    """What is followed already: `{networks}`."""
    network: str
    follow: str
    stop: str


WORDS: dict[Language, Words] = {
    "fi": Words(
        which="Minkä verkoston ilmoitukset lähetän tänne?",
        now="Nyt tänne tulevat: {networks}.",
        network="Verkosto",
        follow="Seuraa",
        stop="Lopeta ilmoitukset",
    ),
    "sv": Words(
        which="Vilket nätverks meddelanden ska jag skicka hit?",
        now="Nu kommer hit: {networks}.",
        network="Nätverk",
        follow="Följ",
        stop="Avsluta meddelandena",
    ),
    "en": Words(
        which="Which network’s announcements shall I send here?",
        now="Now coming here: {networks}.",
        network="Network",
        follow="Follow",
        stop="Stop the announcements",
    ),
}
