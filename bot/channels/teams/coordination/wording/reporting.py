"""Words of progress, reports, recalls and of what a coordinator is told without asking."""

from __future__ import annotations

from dataclasses import dataclass

from bot.announcements.model import State
from bot.knowledge.values import Language


@dataclass(frozen=True)
class Words:
    """See the module."""

    states: dict[State, str]
    delivered: str
    gone: str
    failed: str
    pending: str
    failures: str
    kinds: dict[str, str]
    stop: str
    retry: str
    edit: str
    recall: str
    call_off: str
    refresh: str
    paste: str
    paste_how: str
    paste_text: str
    sure: str
    """Before a recall."""
    taken_back: str
    taking_back: str
    sure_scheduled: str
    do_recall: str
    save: str
    listed: str
    none_listed: str
    open: str
    changed: str
    cancelled: str
    not_sent: str
    was: str
    update: str


WORDS: dict[Language, Words] = {
    "fi": Words(
        states={
            State.DRAFT: "Luonnos",
            State.SCHEDULED: "Ajastettu",
            State.SENDING: "Lähetetään",
            State.SENT: "Lähetetty",
            State.RECALLED: "Peruttu lähettämisen jälkeen",
            State.CANCELLED: "Keskeytetty",
            State.FAILED: "Lähettäminen ei onnistunut",
        },
        delivered="Perillä",
        gone="Poistunut (botti on poistettu sieltä)",
        failed="Epäonnistui",
        pending="Odottaa",
        failures="Miksi epäonnistui",
        kinds={
            "channel": "kanava",
            "group": "ryhmä",
            "personal": "keskustelu",
            "page": "Facebook-sivu",
        },
        stop="Keskeytä",
        retry="Yritä uudelleen",
        edit="Muuta tekstiä",
        recall="Peru ilmoitus",
        call_off="Peru ajastus",
        refresh="Päivitä tämä näkymä",
        paste="Teksti Facebook-ryhmiin",
        paste_how="Facebook-ryhmiin ei voi lähettää ohjelmalla. Kopioi tämä ja liitä se ryhmään.",
        paste_text="Ilmoituksen teksti",
        sure="Perutaanko ilmoitus? Se poistetaan tai merkitään perutuksi kaikkialla, missä se on.",
        taken_back="Ilmoitus on poistettu tai merkitty perutuksi kaikkialla.",
        taking_back="Vielä poistamatta",
        sure_scheduled="Perutaanko ajastettu ilmoitus? Sitä ei silloin lähetetä.",
        do_recall="Kyllä, peru",
        save="Tallenna muutos",
        listed="Uusimmat ilmoitukset",
        none_listed="Verkostoillasi ei ole vielä ilmoituksia.",
        open="Avaa",
        changed="Tapaaminen on muuttunut siitä, mitä ilmoitettiin",
        cancelled="Tapaaminen, josta ilmoitettiin, on peruttu",
        not_sent="Ilmoitusta ei lähetetty",
        was="{before} → {after}",
        update="Päivitä kaikki ilmoitukset",
    ),
    "sv": Words(
        states={
            State.DRAFT: "Utkast",
            State.SCHEDULED: "Schemalagt",
            State.SENDING: "Skickas",
            State.SENT: "Skickat",
            State.RECALLED: "Återkallat",
            State.CANCELLED: "Avbrutet",
            State.FAILED: "Kunde inte skickas",
        },
        delivered="Framme",
        gone="Borta (boten har tagits bort där)",
        failed="Misslyckades",
        pending="Väntar",
        failures="Varför det misslyckades",
        kinds={
            "channel": "kanal",
            "group": "grupp",
            "personal": "chatt",
            "page": "Facebook-sida",
        },
        stop="Avbryt",
        retry="Försök igen",
        edit="Ändra texten",
        recall="Återkalla meddelandet",
        call_off="Avboka",
        refresh="Uppdatera den här vyn",
        paste="Text för Facebook-grupper",
        paste_how=(
            "Inget program kan skicka till Facebook-grupper. Kopiera texten och klistra in den "
            "i gruppen."
        ),
        paste_text="Meddelandets text",
        sure="Ska meddelandet återkallas? Det tas bort eller märks som återkallat överallt där det "
        "finns.",
        taken_back="Meddelandet är borttaget eller märkt som återkallat överallt.",
        taking_back="Ännu inte borttaget",
        sure_scheduled="Ska det schemalagda meddelandet avbokas? Då skickas det inte.",
        do_recall="Ja, återkalla",
        save="Spara ändringen",
        listed="De senaste meddelandena",
        none_listed="Dina nätverk har inga meddelanden ännu.",
        open="Öppna",
        changed="Träffen är inte längre som det meddelades",
        cancelled="Träffen som meddelades är inställd",
        not_sent="Meddelandet skickades inte",
        was="{before} → {after}",
        update="Uppdatera alla meddelanden",
    ),
    "en": Words(
        states={
            State.DRAFT: "Draft",
            State.SCHEDULED: "Scheduled",
            State.SENDING: "Being sent",
            State.SENT: "Sent",
            State.RECALLED: "Recalled",
            State.CANCELLED: "Stopped",
            State.FAILED: "Could not be sent",
        },
        delivered="Delivered",
        gone="Gone (the bot was removed there)",
        failed="Failed",
        pending="Pending",
        failures="Why it failed",
        kinds={
            "channel": "channel",
            "group": "group",
            "personal": "chat",
            "page": "Facebook Page",
        },
        stop="Stop",
        retry="Try again",
        edit="Change the text",
        recall="Recall",
        call_off="Call it off",
        refresh="Update this view",
        paste="Text for Facebook groups",
        paste_how="No program can post to Facebook groups. Copy this and paste it in the group.",
        paste_text="Text of the announcement",
        sure="Recall the announcement? It is deleted, or marked as withdrawn, wherever it is.",
        taken_back="The announcement is deleted, or marked as withdrawn, everywhere.",
        taking_back="Not yet deleted",
        sure_scheduled="Call the scheduled announcement off? It will not be sent then.",
        do_recall="Yes, recall it",
        save="Save the change",
        listed="The newest announcements",
        none_listed="Your networks have no announcements yet.",
        open="Open",
        changed="The meeting is no longer as it was announced",
        cancelled="A meeting that was announced is cancelled",
        not_sent="The announcement was not sent",
        was="{before} → {after}",
        update="Update all posts",
    ),
}
