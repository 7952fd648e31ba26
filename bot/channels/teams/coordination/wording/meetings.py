"""Words of the forms in which meetings are added, moved and cancelled."""

from __future__ import annotations

from dataclasses import dataclass

from bot.knowledge.values import Language


@dataclass(frozen=True)
class Words:
    """See the module."""

    which: str
    whose: str
    whose_hint: str
    add: str
    change: str
    new: str
    network: str
    network_meeting: str
    morning_coffee: str
    seminar: str
    kind: str
    title: str
    place: str
    description: str
    day: str
    start: str
    end: str
    online: str
    online_public: str
    registration: str
    deadline: str
    save: str
    saved: str
    announce: str
    another: str
    coming: str
    none_coming: str
    move: str
    cancel: str
    new_time: str
    moved: str
    sure: str
    do_cancel: str
    cancelled: str
    was_cancelled: str
    in_files: str
    """Of the meetings that are not listed."""
    posted: str
    """What follows a change of a meeting that was announced."""


WORDS: dict[Language, Words] = {
    "fi": Words(
        which="Tapaamiset",
        whose="Minkä verkoston tapaaminen?",
        whose_hint="Lomakkeen kielet tulevat verkoston mukaan.",
        add="Lisää tapaaminen",
        change="Siirrä tai peru tapaaminen",
        new="Uusi tapaaminen",
        network="Verkosto",
        network_meeting="Verkostotapaaminen",
        morning_coffee="Aamukahvit",
        seminar="Seminaari",
        kind="Laji",
        title="Otsikko {language}",
        place="Paikka {language}",
        description="Kuvaus {language}",
        day="Päivä",
        start="Alkaa",
        end="Päättyy",
        online="Etäosallistumisen linkki",
        online_public="Linkin saa näyttää kaikille, myös Teamsin ulkopuolella",
        registration="Ilmoittautumislinkki",
        deadline="Ilmoittautuminen viimeistään",
        save="Tallenna",
        saved="Tapaaminen on tallennettu, ja kerron siitä nyt kysyjille.",
        announce="Ilmoita tapaamisesta",
        another="Lisää toinen",
        coming="Tulevat tapaamiset",
        none_coming="Verkostoillasi ei ole täällä lisättyjä tulevia tapaamisia.",
        move="Siirrä",
        cancel="Peru",
        new_time="Uusi aika",
        moved="Tapaaminen on siirretty.",
        sure="Perutaanko tämä tapaaminen? Kerron kysyjille, että se on peruttu.",
        do_cancel="Peru tapaaminen",
        cancelled="Tapaaminen on peruttu.",
        was_cancelled="peruttu",
        in_files="Sisältötiedostoissa olevat tapaamiset muutetaan ja perutaan tiedostoissa.",
        posted="Jos siitä on ilmoitettu, kerron sinulle kohta, miten ilmoitukset päivitetään.",
    ),
    "sv": Words(
        which="Träffar",
        whose="Vilket nätverks träff?",
        whose_hint="Formulärets språk beror på nätverket.",
        add="Lägg till träff",
        change="Flytta eller ställ in en träff",
        new="Ny träff",
        network="Nätverk",
        network_meeting="Nätverksträff",
        morning_coffee="Morgonkaffe",
        seminar="Seminarium",
        kind="Typ",
        title="Rubrik {language}",
        place="Plats {language}",
        description="Beskrivning {language}",
        day="Datum",
        start="Börjar",
        end="Slutar",
        online="Länk för distansdeltagande",
        online_public="Länken får visas för alla, också utanför Teams",
        registration="Anmälningslänk",
        deadline="Anmälan senast",
        save="Spara",
        saved="Träffen är sparad, och jag berättar nu om den för dem som frågar.",
        announce="Meddela om träffen",
        another="Lägg till en till",
        coming="Kommande träffar",
        none_coming="Dina nätverk har inga kommande träffar som har lagts till här.",
        move="Flytta",
        cancel="Ställ in",
        new_time="Ny tid",
        moved="Träffen är flyttad.",
        sure="Ska träffen ställas in? Jag säger till dem som frågar att den är inställd.",
        do_cancel="Ställ in träffen",
        cancelled="Träffen är inställd.",
        was_cancelled="inställd",
        in_files="Träffar som står i innehållsfiler ändras och ställs in i filerna.",
        posted=("Om den har meddelats berättar jag strax för dig hur meddelandena kan uppdateras."),
    ),
    "en": Words(
        which="Meetings",
        whose="Which network’s meeting?",
        whose_hint="The languages of the form are those of the network.",
        add="Add a meeting",
        change="Move or cancel a meeting",
        new="New meeting",
        network="Network",
        network_meeting="Network meeting",
        morning_coffee="Morning coffee",
        seminar="Seminar",
        kind="Kind",
        title="Title {language}",
        place="Place {language}",
        description="Description {language}",
        day="Day",
        start="Starts",
        end="Ends",
        online="Link for taking part online",
        online_public="The link may be shown to everybody, outside Teams as well",
        registration="Registration link",
        deadline="Registration by",
        save="Save",
        saved="The meeting is saved, and I now tell those who ask about it.",
        announce="Announce the meeting",
        another="Add another",
        coming="Coming meetings",
        none_coming="Your networks have no coming meetings that were added here.",
        move="Move",
        cancel="Cancel",
        new_time="New time",
        moved="The meeting has been moved.",
        sure="Cancel this meeting? I will tell those who ask that it is cancelled.",
        do_cancel="Cancel the meeting",
        cancelled="The meeting is cancelled.",
        was_cancelled="cancelled",
        in_files="Meetings that stand in content files are changed and cancelled in the files.",
        posted="If it was announced, I will soon tell you how to update the posts.",
    ),
}
