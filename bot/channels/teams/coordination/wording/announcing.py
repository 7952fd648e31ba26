"""Words of the forms in which an announcement is written and looked at before it is sent."""

from __future__ import annotations

from dataclasses import dataclass

from bot.knowledge.values import Language


@dataclass(frozen=True)
class Words:
    """See the module."""

    announce: str
    what: str
    meeting: str
    chosen: str
    free: str
    no_meetings: str
    write: str
    change: str
    title: str
    text: str
    note: str
    note_hint: str
    networks: str
    where_to: str
    nobody: str
    receivers: str
    """`{count}` chats or channels."""
    one_receiver: str
    named: str
    """`{names}`, of more than are named."""
    among: str
    when: str
    at_once: str
    later: str
    day: str
    clock: str
    day_before: str
    hour_before: str
    preview: str
    looks_like: str
    sent: str
    """When it will be sent, in a list of facts."""
    reminder: str
    now: str
    send: str
    schedule: str
    edit: str
    this_meeting: str


WORDS: dict[Language, Words] = {
    "fi": Words(
        announce="Uusi ilmoitus",
        what="Mistä ilmoitetaan?",
        meeting="Tapaaminen",
        chosen="Ilmoita tästä tapaamisesta",
        free="Kirjoita vapaa ilmoitus",
        no_meetings="Verkostoillasi ei ole tulevia tapaamisia, mutta voit kirjoittaa vapaan "
        "ilmoituksen tai lisätä tapaamisen.",
        write="Kirjoita ilmoitus",
        change="Muuta ilmoitusta",
        title="Otsikko {language}",
        text="Teksti {language}",
        note="Omat sanasi {language}",
        note_hint="Vapaaehtoinen: näkyy tapaamisen tietojen yllä",
        networks="Minkä verkostojen kanaville?",
        where_to="Minne",
        nobody="Yksikään kanava tai keskustelu ei vielä seuraa tätä verkostoa. Kirjoita kanavalla "
        "”@{bot} seuraa” ja verkoston nimi, niin se saa ilmoitukset.",
        receivers="{count} kanavaa tai keskustelua",
        one_receiver="1 kanava tai keskustelu",
        named="{count}: {names}",
        among="{count}, muun muassa {names}",
        when="Milloin?",
        at_once="Heti",
        later="Ajastettuna",
        day="Päivä",
        clock="Kello (Suomen aikaa)",
        day_before="Muistuta päivää ennen tapaamista",
        hour_before="Muistuta tuntia ennen tapaamista",
        preview="Esikatsele",
        looks_like="Ilmoitus näyttää tältä",
        sent="Lähetetään",
        reminder="Muistutus",
        now="heti, kun hyväksyt",
        send="Lähetä",
        schedule="Ajasta",
        edit="Muokkaa",
        this_meeting="Ilmoita tapaamisesta",
    ),
    "sv": Words(
        announce="Nytt meddelande",
        what="Vad gäller meddelandet?",
        meeting="Träff",
        chosen="Meddela om den här träffen",
        free="Skriv ett fritt meddelande",
        no_meetings="Dina nätverk har inga kommande träffar, men du kan skriva ett fritt "
        "meddelande eller lägga till en träff.",
        write="Skriv meddelandet",
        change="Ändra meddelandet",
        title="Rubrik {language}",
        text="Text {language}",
        note="Dina egna ord {language}",
        note_hint="Frivilligt: visas ovanför uppgifterna om träffen",
        networks="Till vilka nätverks kanaler?",
        where_to="Vart",
        nobody="Ingen kanal eller chatt följer det här nätverket ännu. Skriv ”@{bot} följ” och "
        "nätverkets namn i en kanal, så får den meddelandena.",
        receivers="{count} kanaler eller chattar",
        one_receiver="1 kanal eller chatt",
        named="{count}: {names}",
        among="{count}, bland annat {names}",
        when="När?",
        at_once="Genast",
        later="Vid en viss tid",
        day="Datum",
        clock="Klockslag (finsk tid)",
        day_before="Påminn en dag före träffen",
        hour_before="Påminn en timme före träffen",
        preview="Förhandsgranska",
        looks_like="Meddelandet ser ut så här",
        sent="Skickas",
        reminder="Påminnelse",
        now="genast när du godkänner",
        send="Skicka",
        schedule="Schemalägg",
        edit="Redigera",
        this_meeting="Meddela om träffen",
    ),
    "en": Words(
        announce="New announcement",
        what="What is it about?",
        meeting="Meeting",
        chosen="Announce this meeting",
        free="Write a free announcement",
        no_meetings="Your networks have no coming meetings, but you can write a free announcement "
        "or add a meeting.",
        write="Write the announcement",
        change="Change the announcement",
        title="Title {language}",
        text="Text {language}",
        note="Your own words {language}",
        note_hint="Optional: shown above the details of the meeting",
        networks="To the channels of which networks?",
        where_to="Where",
        nobody="No channel or chat follows this network yet. Write “@{bot} follow” and the "
        "network’s name in a channel, and it will get the announcements.",
        receivers="{count} channels or chats",
        one_receiver="1 channel or chat",
        named="{count}: {names}",
        among="{count}, among them {names}",
        when="When?",
        at_once="At once",
        later="At a set time",
        day="Day",
        clock="Time (in Finland)",
        day_before="Remind one day before the meeting",
        hour_before="Remind one hour before the meeting",
        preview="Preview",
        looks_like="The announcement looks like this",
        sent="Sent",
        reminder="Reminder",
        now="as soon as you confirm",
        send="Send",
        schedule="Schedule",
        edit="Edit",
        this_meeting="Announce the meeting",
    ),
}
