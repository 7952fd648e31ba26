"""Meetings and announcements by clicks: a real bot, its database, a real client.

In `--demo` whoever sits at the Playground coordinates all networks.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.announcements.errors import SENTENCES
from bot.i18n import translator
from bot.knowledge.values import Language

from .playground import (
    PERSONAL,
    ROOT,
    Card,
    Client,
    client,
    running_bot,
    running_playground,
    speaking,
)
from .test_playground import browser, is_readable

__all__ = ["browser"]

pytestmark = [pytest.mark.timeout(480), pytest.mark.usefixtures("snapshot")]

CHOSEN = {
    f"{name}{suffix}": f"{chosen}{suffix}"
    for name, chosen in {
        "meeting": "teams-add-meeting",
        "form": "teams-announce",
        "preview": "teams-announce-preview",
        "report": "teams-announce-report",
    }.items()
    for suffix in ("", ".sv")
} | {"post": "teams-announce-post"}
"""The pictures of the documentation, by what they are called here."""

CHANNEL, CHAT = "Announcements", PERSONAL

SAID: dict[Language, tuple[str, str, str]] = {
    "fi": (
        "seuraa Länsi-Suomea",
        "Tälle kanavalle tulevat nyt ilmoitukset: Länsi-Suomi.",
        "lisää Länsi-Suomen tapaaminen",
    ),
    "sv": (
        "följ Österbotten",
        "Till den här kanalen kommer nu meddelanden: Västra Finland.",
        "lägg till möte i Österbotten",
    ),
}
"""Words to follow, what is answered, and words to add a meeting."""

TIME: dict[Language, str] = {"fi": "klo 12.00–14.00", "sv": "kl. 12.00–14.00"}


@pytest.fixture
def teams(browser: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Client]:
    """A coordinator who has just installed a new bot in Teams, in Finnish or as parametrized."""
    with (
        running_bot(tmp_path) as bot,
        speaking(getattr(request, "param", "fi-FI"), bot) as address,
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


def announced(teams: Client, language: Language, folder: Path) -> Card:
    """Adds a meeting and announces it in a channel that follows; gives the post there."""
    follow, followed, add = SAID[language]
    _ = translator(language)
    suffix = "" if language == "fi" else f".{language}"
    fi, sv = _("in Finnish"), _("in Swedish")

    # A channel other than General follows a network.
    teams.go(CHANNEL)
    teams.until_cards(1)
    assert followed in teams.ask(follow, mention=True, post=True).text

    # What is missing is said in the form itself.
    teams.go(CHAT)
    teams.until_cards(1)
    teams.ask(add)
    teams.change(_("Save"), SENTENCES["missing"].said(language))

    # A meeting is added.
    assert _("New meeting") in teams.ask(add).text
    teams.do("fill", label=_("Title {language}", language=fi), text="Kulttuuri kotiin")
    teams.do("fill", label=_("Title {language}", language=sv), text="Kultur hem till dig")
    teams.do("pickDay", label=_("Day"), months=1, day=15)
    teams.do("pick", label=_("Starts"), option="12:00 PM")
    teams.do("pick", label=_("Ends"), option="2:00 PM")
    teams.do("fill", label=_("Place {language}", language=fi), text="Kulttuuritalo, Vaasa")
    teams.do("fill", label=_("Place {language}", language=sv), text="Kulturhuset, Vasa")
    picture(teams, f"meeting{suffix}", folder)

    # What is wrong with one of two fields is said above that one.
    teams.do("pick", label=_("Ends"), option="11:00 AM")
    is_readable(teams.change(_("Save"), SENTENCES["end_before_start"].said(language)))
    picture(teams, f"wrong{suffix}", folder)
    teams.do("pick", label=_("Ends"), option="2:00 PM")
    saved = teams.change(
        _("Save"), _("The meeting is saved, and I now tell those who ask about it.")
    )
    assert TIME[language] in saved.text

    # It is announced from there.
    written = teams.change(_("Announce the meeting"), _("Write the announcement"))
    receivers = _.ngettext("{count} channel or chat", "{count} channels or chats", 1)
    assert f"{receivers}: My Team › Announcements" in written.text
    teams.do("fill", label=_("Your own words {language}", language=fi), text="Tervetuloa mukaan!")
    teams.do("fill", label=_("Your own words {language}", language=sv), text="Välkommen med!")
    teams.do("tick", label=_("Remind one day before the meeting"))
    picture(teams, f"form{suffix}", folder)
    preview = teams.change(_("Preview"), _("The announcement looks like this"))
    shown = "Tervetuloa mukaan!", "Kultur hem till dig", "Kulturhuset, Vasa", _("Reminder")
    for words in shown:
        assert words in preview.text
    is_readable(preview)
    picture(teams, f"preview{suffix}", folder)
    teams.do("click", button=_("Send"))
    report = teams.until_last(_.pgettext("state of an announcement", "Sent"))
    delivered = _.pgettext("number of deliveries", "Delivered")
    assert f"{delivered}\n1" in report.text.replace("\n\n", "\n")
    is_readable(report)
    picture(teams, f"report{suffix}", folder)

    # The post is in the channel, as it was previewed.
    teams.go(CHANNEL)
    post = teams.until_card("Tervetuloa mukaan!")
    assert post.text.strip() in preview.text
    is_readable(post)
    picture(teams, f"post{suffix}", folder, "page")
    return post


@pytest.mark.parametrize("teams", ["sv-FI"], indirect=True)
def test_the_forms_are_in_swedish_for_who_writes_swedish(teams: Client, tmp_path: Path) -> None:
    teams.open(1280, 900)
    teams.until_cards(1)
    assert "Kultur hem till dig" in announced(teams, "sv", tmp_path).text


def test_from_a_meeting_to_a_recall(teams: Client, tmp_path: Path) -> None:
    teams.open(1280, 900)
    teams.until_cards(1)

    announced(teams, "fi", tmp_path)

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

    # The meeting moves: the card asks whether it is told, and yes is chosen.
    teams.go(CHAT)
    asked = teams.ask("siirrä tapaaminen")
    assert "Minkä tapaamisen haluat siirtää?" in asked.text, asked.text
    teams.do("click", button="Siirrä", first=True)
    teams.until_last("Uusi aika")
    teams.do("pick", label="Päättyy", option="3:00 PM")
    teams.change("Tallenna", "Kerron siitä nyt")
    teams.go(CHANNEL)
    news = teams.until_card("Uusi aika: ")
    assert "klo 12.00–14.00" in news.text
    assert "klo 12.00–15.00" in news.text
    teams.until_card("Tulkaa alakertaan.", "klo 12.00–15.00")
    count = len(teams.cards())

    # Taken back: the Playground cannot delete, so the post says that it is withdrawn.
    teams.go(CHAT)
    teams.ask("ilmoitukset")
    teams.until_last("Muutosilmoitus: ")
    # The last one is the oldest: the announcement itself, with which its news are taken back.
    teams.change("Avaa", "Lähetetty")
    teams.change("Peru ilmoitus", "Perutaanko ilmoitus?")
    teams.change("Kyllä, peru", "kaikkialla")
    teams.go(CHANNEL)
    teams.until_card("Tämä ilmoitus on peruttu.")
    cards_now = teams.until_gone("Kulttuuri kotiin")
    assert len(cards_now) == count
    # The bot is asked about it as about any other meeting.
    teams.go(CHAT)
    teams.until_last("kaikkialla")
    answer = teams.ask("Milloin on seuraava tapaaminen Länsi-Suomessa?")
    assert "Kulttuuri kotiin" in answer.text
    assert "Ilmoita tapaamisesta" in answer.buttons


def test_one_word_offers_to_end_it(teams: Client) -> None:
    teams.open(1280, 900)
    teams.until_cards(1)
    chosen = teams.ask("ilmoita minulle tapaamisista")
    assert "Minkä verkoston ilmoitukset lähetän tänne?" in chosen.text
    teams.do("pick", label="Verkosto", option="Lappi")
    followed = teams.change("Seuraa", "Saat nyt tähän keskusteluun ilmoitukset: Lappi.")
    assert "kirjoita ”lopeta ilmoitukset”" in followed.text
    asked = teams.ask("lopeta")
    assert "Lopetanko" in asked.text
    ended = teams.change("Lopeta", "Selvä, en lähetä tänne enää ilmoituksia.")
    assert ended.buttons == ["Kumoa"]
