"""Meetings and announcements by clicks: a real bot, its database, a real client.

In `--demo` whoever sits at the Playground coordinates all networks.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from .playground import ROOT, Client, client, running_bot, running_playground, speaking
from .test_playground import browser, is_readable

__all__ = ["browser"]

pytestmark = pytest.mark.timeout(480)

CHOSEN = {
    "meeting": "teams-add-meeting",
    "form": "teams-announce",
    "preview": "teams-announce-preview",
    "report": "teams-announce-report",
    "post": "teams-announce-post",
}
"""The pictures of the documentation, by what they are called here."""

CHANNEL, CHAT = "Announcements", "Personal Chat"


@pytest.fixture
def teams(browser: str, tmp_path: Path) -> Iterator[Client]:
    """A coordinator who has just installed a new bot in Teams."""
    with (
        running_bot(tmp_path) as bot,
        speaking("fi-FI", bot) as address,
        running_playground(tmp_path, "announcing", address) as url,
        client(browser, url, tmp_path / "profiles") as one,
    ):
        yield one


def picture(teams: Client, name: str, folder: Path, what: str = "card") -> None:
    """Takes a picture to look at; where pictures are wanted, those that were chosen go there."""
    wanted = os.environ.get("TAIKUBOT_PICTURES")
    place = ROOT / wanted if wanted and name in CHOSEN else folder
    place.mkdir(parents=True, exist_ok=True)
    teams.do("picture", path=str(place / f"{CHOSEN.get(name, name)}.png"), what=what)


def test_from_a_meeting_to_a_recall(teams: Client, tmp_path: Path) -> None:
    teams.open(1280, 900)
    teams.until_cards(1)

    # A channel other than General follows a network.
    teams.go(CHANNEL)
    teams.until_cards(1)
    followed = teams.ask("seuraa Länsi-Suomea", mention=True, post=True)
    assert "Tälle kanavalle tulevat nyt ilmoitukset: Länsi-Suomi." in followed.text

    # What is missing is said in the form itself.
    teams.go(CHAT)
    teams.until_cards(1)
    teams.ask("lisää Länsi-Suomen tapaaminen")
    teams.change("Tallenna", "Tämä puuttuu.")

    # A meeting is added.
    form = teams.ask("lisää Länsi-Suomen tapaaminen")
    assert "Uusi tapaaminen" in form.text
    teams.do("fill", label="Otsikko suomeksi", text="Kulttuuri kotiin")
    teams.do("fill", label="Otsikko ruotsiksi", text="Kultur hem till dig")
    teams.do("pickDay", label="Päivä", months=1, day=15)
    teams.do("pick", label="Alkaa", option="12:00 PM")
    teams.do("pick", label="Päättyy", option="2:00 PM")
    teams.do("fill", label="Paikka suomeksi", text="Kulttuuritalo, Vaasa")
    teams.do("fill", label="Paikka ruotsiksi", text="Kulturhuset, Vasa")
    picture(teams, "meeting", tmp_path)
    saved = teams.change("Tallenna", "Tapaaminen on tallennettu")
    assert "Kulttuuri kotiin" in saved.text
    assert "klo 12.00–14.00" in saved.text

    # It is announced from there.
    form = teams.change("Ilmoita tapaamisesta", "Kirjoita ilmoitus")
    assert "1 kanava tai keskustelu: My Team › Announcements" in form.text
    teams.do("fill", label="Omat sanasi suomeksi", text="Tervetuloa mukaan!")
    teams.do("fill", label="Omat sanasi ruotsiksi", text="Välkommen med!")
    teams.do("tick", label="Muistuta päivää ennen tapaamista")
    picture(teams, "form", tmp_path)
    preview = teams.change("Esikatsele", "Ilmoitus näyttää tältä")
    for words in ("Tervetuloa mukaan!", "Kultur hem till dig", "Kulturhuset, Vasa", "Muistutus"):
        assert words in preview.text
    is_readable(preview)
    picture(teams, "preview", tmp_path)
    teams.do("click", button="Lähetä")
    report = teams.until_last("Lähetetty")
    assert "Perillä\n1" in report.text.replace("\n\n", "\n")
    is_readable(report)
    picture(teams, "report", tmp_path)

    # The post is in the channel, as it was previewed.
    teams.go(CHANNEL)
    post = teams.until_card("Tervetuloa mukaan!")
    assert post.text.strip() in preview.text
    is_readable(post)
    picture(teams, "post", tmp_path, "page")

    # Changed in place.
    teams.go(CHAT)
    teams.until_last("Lähetetty")
    teams.change("Muuta tekstiä", "Muuta ilmoitusta")
    teams.do("fill", label="Omat sanasi suomeksi", text="Tulkaa alakertaan.")
    teams.change("Tallenna muutos", "Kulttuuri kotiin")
    teams.until_last("Lähetetty")
    teams.go(CHANNEL)
    changed = teams.until_card("Tulkaa alakertaan.")
    assert "Tervetuloa mukaan!" not in changed.text
    count = len(teams.cards())

    # The meeting moves: the coordinator is told, and updates the post with one click.
    teams.go(CHAT)
    teams.ask("siirrä tapaaminen")
    teams.change("Siirrä tai peru tapaaminen", "Tulevat tapaamiset")
    teams.do("click", button="Siirrä", first=True)
    teams.until_last("Uusi aika")
    teams.do("pick", label="Päättyy", option="3:00 PM")
    cards = len(teams.cards())
    teams.change("Tallenna", "Kulttuuri kotiin")
    news = teams.until_cards(cards + 1)[-1]
    assert "Tapaaminen on muuttunut siitä, mitä ilmoitettiin" in news.text
    assert "klo 12.00–14.00 →" in news.text
    teams.change("Päivitä kaikki ilmoitukset", "Lähetetty")
    teams.go(CHANNEL)
    moved = teams.until_card("klo 12.00–15.00")
    assert "Tulkaa alakertaan." in moved.text

    # Taken back: the Playground cannot delete, so the post says that it is withdrawn.
    teams.go(CHAT)
    teams.until_last("Lähetetty")
    teams.change("Peru ilmoitus", "Perutaanko ilmoitus?")
    teams.change("Kyllä, peru", "kaikkialla")
    teams.go(CHANNEL)
    teams.until_card("Tämä ilmoitus on peruttu.")
    cards_now = teams.cards()
    assert len(cards_now) == count
    assert not any("Kulttuuri kotiin" in card.text for card in cards_now)
    # The bot is asked about it as about any other meeting.
    teams.go(CHAT)
    teams.until_last("kaikkialla")
    answer = teams.ask("Milloin on seuraava tapaaminen Länsi-Suomessa?")
    assert "Kulttuuri kotiin" in answer.text
    assert "Ilmoita tapaamisesta" in answer.buttons


def test_one_word_ends_it(teams: Client) -> None:
    teams.open(1280, 900)
    teams.until_cards(1)
    chosen = teams.ask("ilmoita minulle tapaamisista")
    assert "Minkä verkoston ilmoitukset lähetän tänne?" in chosen.text
    teams.do("pick", label="Verkosto", option="Lappi")
    followed = teams.change("Seuraa", "Saat nyt tähän keskusteluun ilmoitukset: Lappi.")
    assert "kirjoita ”lopeta”" in followed.text
    ended = teams.ask("lopeta")
    assert "en lähetä tänne enää ilmoituksia" in ended.text
