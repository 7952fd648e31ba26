"""The words around an announcement: on the post itself, and for what cannot be done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot import i18n
from bot.announcements.errors import AnnouncementError
from bot.announcements.model import State
from bot.knowledge.values import Language


@dataclass(frozen=True)
class PostWords:
    """What stands on a post, in one language."""

    cancelled: str
    reminder: str
    """Before the title of a reminder."""
    when: str
    where: str
    online: str
    for_members: str
    """In the place of a link that this audience is not shown."""
    register: str
    register_by: str
    host: str
    ask: str
    ask_bot: str
    """The link to the chat with the bot in Messenger; `{bot}` is its name."""
    add_to_calendar: str
    example: str
    why: str
    """To a personal chat; `{networks}` is what it follows."""
    everything: str
    """In the place of the networks where all are followed."""


POST: Mapping[Language, PostWords] = {
    "fi": PostWords(
        cancelled="Peruttu",
        reminder="Muistutus",
        when="Milloin",
        where="Missä",
        online="Osallistu verkossa",
        for_members="Verkossa: linkki näytetään verkoston jäsenille Teamsissa.",
        register="Ilmoittaudu",
        register_by="Ilmoittaudu viimeistään {day}",
        host="Järjestäjä",
        ask="Lisätietoja",
        ask_bot="Kysy Messengerissä: {bot}",
        add_to_calendar="Lisää kalenteriin",
        example="Keksitty esimerkki, ei oikea tapaaminen.",
        why=(
            "Saat tämän viestin, koska seuraat täällä: {networks}. Jos et halua enää viestejä, "
            "kirjoita lopeta."
        ),
        everything="kaikki verkostot",
    ),
    "sv": PostWords(
        cancelled="Inställt",
        reminder="Påminnelse",
        when="När",
        where="Var",
        online="Delta på nätet",
        for_members="På nätet: länken visas för nätverkets medlemmar i Teams.",
        register="Anmäl dig",
        register_by="Anmäl dig senast den {day}",
        host="Arrangör",
        ask="Mer information",
        ask_bot="Fråga i Messenger: {bot}",
        add_to_calendar="Lägg till i kalendern",
        example="Ett påhittat exempel, ingen verklig träff.",
        why=(
            "Du får det här meddelandet eftersom du här följer: {networks}. Skriv stopp om du "
            "inte längre vill få meddelanden."
        ),
        everything="alla nätverk",
    ),
    "en": PostWords(
        cancelled="Cancelled",
        reminder="Reminder",
        when="When",
        where="Where",
        online="Join online",
        for_members="Online: the link is shown to members of the network in Teams.",
        register="Register",
        register_by="Register by {day}",
        host="Host",
        ask="More information",
        ask_bot="Ask in Messenger: {bot}",
        add_to_calendar="Add to calendar",
        example="A made-up example, not a real meeting.",
        why=(
            "You get this message because you follow here: {networks}. If you want no more "
            "messages, write stop."
        ),
        everything="all networks",
    ),
}

Sentences = Mapping[Language, str]

STATES: Mapping[State, Sentences] = {
    State.DRAFT: {"fi": "luonnos", "sv": "utkast", "en": "draft"},
    State.SCHEDULED: {"fi": "ajastettu", "sv": "schemalagt", "en": "scheduled"},
    State.SENDING: {"fi": "lähtemässä", "sv": "skickas", "en": "being sent"},
    State.SENT: {"fi": "lähetetty", "sv": "skickat", "en": "sent"},
    State.RECALLED: {"fi": "peruttu kanavilta", "sv": "återkallat", "en": "recalled"},
    State.CANCELLED: {"fi": "keskeytetty", "sv": "avbrutet", "en": "stopped"},
    State.FAILED: {"fi": "epäonnistunut", "sv": "misslyckat", "en": "failed"},
}
"""Where an announcement is, ready to follow `is`."""

REASONS: Mapping[str, Sentences] = {
    "begun": {
        "fi": "Tapaaminen oli jo alkanut, joten ilmoitusta ei lähetetty.",
        "sv": "Träffen hade redan börjat, så meddelandet skickades inte.",
        "en": "The meeting had begun, so the announcement was not sent.",
    },
    "meeting_cancelled": {
        "fi": "Tapaaminen oli peruttu, joten ilmoitusta ei lähetetty.",
        "sv": "Träffen var inställd, så meddelandet skickades inte.",
        "en": "The meeting had been cancelled, so the announcement was not sent.",
    },
    "no_right": {
        "fi": "Ilmoituksen tekijä ei enää ole verkoston koordinaattori, joten sitä ei lähetetty.",
        "sv": "Den som gjorde meddelandet är inte längre nätverkets koordinator, så det skickades "
        "inte.",
        "en": "Its author is no longer a coordinator of the network, so it was not sent.",
    },
    "late": {
        "fi": "Muistutus jäi pois, koska toinen viesti lähti samaan aikaan.",
        "sv": "Påminnelsen lämnades bort, eftersom ett annat meddelande gick iväg samtidigt.",
        "en": "The reminder was left out, because another message went out at the same time.",
    },
    "past": {
        "fi": "Muistutus jäi pois, koska sen aika oli jo ohi, kun tapaaminen siirtyi.",
        "sv": "Påminnelsen lämnades bort, eftersom dess tid redan var förbi när träffen flyttades.",
        "en": "The reminder was left out: its time was past when the meeting was moved.",
    },
}
"""Why something was not sent although it was asked for."""

FAILURES: Mapping[str, Sentences] = {
    "no_answer": {
        "fi": "Teams tai Facebook ei ottanut viestiä vastaan monesta yrityksestä huolimatta. "
        "Yritä myöhemmin uudelleen.",
        "sv": "Teams eller Facebook tog inte emot meddelandet trots många försök. Försök igen "
        "senare.",
        "en": "Teams or Facebook did not take the message in many attempts. Try again later.",
    },
    "no_token": {
        "fi": "Botti ei päässyt kirjautumaan Microsoftin palveluun. Kerro asiasta ylläpitäjälle.",
        "sv": "Boten kunde inte logga in hos Microsoft. Berätta det för administratören.",
        "en": "The bot could not sign in to Microsoft. Tell the administrator.",
    },
    "refused": {
        "fi": "Viestiä ei hyväksytty, eikä uusi yritys auttaisi. Kerro asiasta ylläpitäjälle.",
        "sv": "Meddelandet godtogs inte, och ett nytt försök skulle inte hjälpa. Berätta det för "
        "administratören.",
        "en": "The message was not accepted, and trying again would not help. Tell the "
        "administrator.",
    },
    "too_large": {
        "fi": "Viesti on liian pitkä Teamsiin. Lyhennä tekstiä ja yritä uudelleen.",
        "sv": "Meddelandet är för långt för Teams. Förkorta texten och försök igen.",
        "en": "The message is too long for Teams. Shorten the text and try again.",
    },
    "post_missing": {
        "fi": "Viestiä ei enää ole siellä: joku on poistanut sen.",
        "sv": "Meddelandet finns inte längre där: någon har tagit bort det.",
        "en": "The message is no longer there: somebody has deleted it.",
    },
    "switched_off": {
        "fi": "Ylläpitäjä on poistanut botin käytöstä siellä.",
        "sv": "En administratör har stängt av boten där.",
        "en": "An administrator has switched the bot off there.",
    },
    "page_token": {
        "fi": "Botilla ei ole oikeutta julkaista Facebook-sivulla: ylläpitäjän pitää uusia sivun "
        "avain (BOT_FACEBOOK_PAGE_TOKEN).",
        "sv": "Boten har inte rätt att publicera på Facebook-sidan: administratören måste förnya "
        "sidans nyckel (BOT_FACEBOOK_PAGE_TOKEN).",
        "en": "The bot may not post on the Facebook Page: the administrator has to renew the "
        "Page's token (BOT_FACEBOOK_PAGE_TOKEN).",
    },
    "page_missing": {
        "fi": "Facebook-sivua tai julkaisua ei löydy, tai botti ei pääse siihen.",
        "sv": "Facebook-sidan eller inlägget finns inte, eller så kommer boten inte åt det.",
        "en": "The Facebook Page or the post is not there, or not for the bot.",
    },
    "duplicate": {
        "fi": "Täsmälleen sama teksti on juuri julkaistu Facebook-sivulla.",
        "sv": "Exakt samma text har just publicerats på Facebook-sidan.",
        "en": "The very same text has just been posted on the Facebook Page.",
    },
    "not_set_up": {
        "fi": "Botilta puuttuvat asetukset, joilla tänne lähetetään. Kerro asiasta ylläpitäjälle.",
        "sv": "Boten saknar de inställningar som behövs för att skicka hit. Berätta det för "
        "administratören.",
        "en": "The bot lacks the settings to post here. Tell the administrator.",
    },
    "not_written": {
        "fi": "Viestiä ei saatu koottua ohjelmassa olevan virheen vuoksi. Kerro asiasta "
        "ylläpitäjälle.",
        "sv": "Meddelandet kunde inte sättas ihop på grund av ett fel i programmet. Berätta det "
        "för administratören.",
        "en": "The message could not be put together because of an error in the program. Tell the "
        "administrator.",
    },
}
"""Why a delivery failed, by `sender.Failure`."""

ERRORS: Mapping[str, Sentences] = {
    "not_allowed": {
        "fi": "Sinulla ei ole oikeutta tähän: sen tekee verkoston koordinaattori.",
        "sv": "Du har inte rätt till det här: det gör nätverkets koordinator.",
        "en": "You may not do this: it takes a coordinator of the network.",
    },
    "not_found": {
        "fi": "Tätä ilmoitusta ei ole (enää).",
        "sv": "Det här meddelandet finns inte (längre).",
        "en": "There is no such announcement (any more).",
    },
    "no_meeting": {
        "fi": "Tällaista tapaamista ei ole. Tapaamisen nimi on esimerkiksi avain@2026-12-10.",
        "sv": "Det finns ingen sådan träff. En träff heter till exempel nyckel@2026-12-10.",
        "en": "There is no such meeting. A meeting is named like key@2026-12-10.",
    },
    "no_network": {
        "fi": "Tällaista verkostoa ei ole: {network}.",
        "sv": "Det finns inget sådant nätverk: {network}.",
        "en": "There is no such network: {network}.",
    },
    "wrong_state": {
        "fi": "Ilmoitus on {state}, joten tätä ei voi enää tehdä.",
        "sv": "Meddelandet är {state}, så det här kan inte längre göras.",
        "en": "The announcement is {state}, so this cannot be done.",
    },
    "meeting_in_file": {
        "fi": "Tämä tapaaminen on tiedostossa content/meetings/{key}.yaml: muuta sitä siellä.",
        "sv": "Den här träffen finns i filen content/meetings/{key}.yaml: ändra den där.",
        "en": "This meeting stands in the file content/meetings/{key}.yaml: change it there.",
    },
    "already_cancelled": {
        "fi": "Tapaaminen on jo peruttu.",
        "sv": "Träffen är redan inställd.",
        "en": "The meeting is cancelled already.",
    },
    "key_used": {
        "fi": "Samalla Idempotency-Key-avaimella on jo tehty toinen ilmoitus.",
        "sv": "Ett annat meddelande har redan gjorts med samma Idempotency-Key.",
        "en": "Another announcement was made with the same Idempotency-Key.",
    },
    "changed_meanwhile": {
        "fi": "Tapaaminen on muuttunut esikatselun jälkeen: katso ilmoitus vielä kerran läpi.",
        "sv": "Träffen har ändrats efter förhandsvisningen: titta igenom meddelandet en gång till.",
        "en": "The meeting has changed since the preview: look at the announcement once more.",
    },
    "nothing_failed": {
        "fi": "Mikään lähetys ei ole epäonnistunut.",
        "sv": "Inget utskick har misslyckats.",
        "en": "No delivery has failed.",
    },
    "missing": {
        "fi": "Tämä puuttuu.",
        "sv": "Det här saknas.",
        "en": "This is missing.",
    },
    "missing_languages": {
        "fi": "Tästä puuttuu kieli, jolla toinen on kirjoitettu: {languages}.",
        "sv": "Det här saknas på ett språk som det andra är skrivet på: {languages}.",
        "en": "This is missing in a language that the other has: {languages}.",
    },
    "too_long": {
        "fi": "Enintään {limit} merkkiä.",
        "sv": "Högst {limit} tecken.",
        "en": "At most {limit} characters.",
    },
    "not_for_meeting": {
        "fi": "Tapaamisen ilmoitus saa otsikkonsa ja tekstinsä tapaamisesta: kirjoita omat sanasi "
        "saatteeseen (note).",
        "sv": "Ett meddelande om en träff får rubrik och text från träffen: skriv dina egna ord "
        "som följetext (note).",
        "en": "An announcement of a meeting has the meeting's title and text: write your own "
        "words as its note.",
    },
    "only_for_meeting": {
        "fi": "Muistutuksia voi olla vain tapaamisella.",
        "sv": "Bara en träff kan ha påminnelser.",
        "en": "Only a meeting can have reminders.",
    },
    "meeting_begun": {
        "fi": "Tapaaminen on jo alkanut.",
        "sv": "Träffen har redan börjat.",
        "en": "The meeting has begun already.",
    },
    "after_start": {
        "fi": "Aika on tapaamisen alun jälkeen.",
        "sv": "Tiden är efter att träffen börjat.",
        "en": "The time is after the meeting's start.",
    },
    "time_form": {
        "fi": "Tämä ei ole aika: kirjoita 2026-12-10T08:30.",
        "sv": "Det här är ingen tid: skriv 2026-12-10T08:30.",
        "en": "This is not a time: write 2026-12-10T08:30.",
    },
    "time_past": {
        "fi": "Tämä aika on jo mennyt.",
        "sv": "Den här tiden har redan gått.",
        "en": "This time is past.",
    },
    "time_far": {
        "fi": "Tämä aika on yli kahden vuoden päässä.",
        "sv": "Den här tiden är över två år framåt.",
        "en": "This time is more than two years ahead.",
    },
    "not_scheduled": {
        "fi": "Vain ajastetun ilmoituksen lähetysaikaa voi muuttaa.",
        "sv": "Bara ett schemalagt meddelandes tid kan ändras.",
        "en": "Only the time of a scheduled announcement can be changed.",
    },
    "end_before_start": {
        "fi": "Lopun pitää olla alun jälkeen.",
        "sv": "Slutet ska vara efter början.",
        "en": "The end must be later than the start.",
    },
    "place_or_online": {
        "fi": "Anna paikka, etälinkki tai molemmat, jotta tapaaminen löytyy.",
        "sv": "Ange en plats, en länk för distansdeltagande eller båda, så att träffen hittas.",
        "en": "Give a place, an online link or both, so that people find the meeting.",
    },
    "web_address": {
        "fi": "Tämä ei ole verkko-osoite: kirjoita https://… kokonaan.",
        "sv": "Det här är ingen webbadress: skriv hela https://…",
        "en": "This is not a web address: write all of https://…",
    },
    "meeting_field": {
        "fi": "{reason}",
        "sv": "{reason}",
        "en": "{reason}",
    },
}
"""What is said of an error, by its code."""


def why_failed(error: str | None, language: Language) -> str:
    """The error of a failed delivery, `code: reason` in English, as a sentence for coordinators."""
    code = (error or "").partition(":")[0]
    return FAILURES[code][language] if code in FAILURES else error or ""


def said(error: AnnouncementError, language: Language) -> str:
    """An error as a sentence for whoever asked."""
    data = dict(error.data)
    if isinstance(state := data.get("state"), State):
        data["state"] = STATES[state][language]
    filled = {name: i18n.said(value, language) for name, value in data.items()}
    return ERRORS[error.code][language].format_map(filled)
