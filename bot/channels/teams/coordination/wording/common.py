"""Words that several forms share."""

from __future__ import annotations

from dataclasses import dataclass

from bot.knowledge.values import Language


@dataclass(frozen=True)
class Words:
    """See the module."""

    languages: dict[Language, str]
    everything: str
    networks: str
    back: str
    yes: str
    no: str
    old_button: str


WORDS: dict[Language, Words] = {
    "fi": Words(
        languages={"fi": "suomeksi", "sv": "ruotsiksi", "en": "englanniksi"},
        everything="Kaikki verkostot",
        networks="Verkostot",
        back="Takaisin",
        yes="Kyllä",
        no="Ei",
        old_button="Tätä painiketta en tunne. Aloita alusta, niin teen uuden.",
    ),
    "sv": Words(
        languages={"fi": "på finska", "sv": "på svenska", "en": "på engelska"},
        everything="Alla nätverk",
        networks="Nätverk",
        back="Tillbaka",
        yes="Ja",
        no="Nej",
        old_button="Den här knappen känner jag inte till. Börja om, så gör jag en ny.",
    ),
    "en": Words(
        languages={"fi": "in Finnish", "sv": "in Swedish", "en": "in English"},
        everything="All networks",
        networks="Networks",
        back="Back",
        yes="Yes",
        no="No",
        old_button="I do not know this button. Start anew, and I will make another.",
    ),
}
