"""What a coordinator in a hurry finds without help: the ways in, and what is said before."""

from __future__ import annotations

import pytest

from bot.announcements.model import Draft
from bot.knowledge.values import Language
from bot.understanding.model import Shown
from tests.announcements.world import COFFEE, MEMBER, NATIONAL, PIRKANMAA, WEST

from .chatting import CHANNEL, Chat, TeamsFixture

WAYS: dict[Language, list[str]] = {
    "fi": [
        *("Uusi ilmoitus", "Ilmoitukset", "Lisää tapaaminen", "Tulevat tapaamiset"),
        "Verkostosi tiedot",
    ],
    "sv": [
        *("Nytt meddelande", "Meddelanden", "Lägg till träff", "Kommande träffar"),
        "Ditt nätverks uppgifter",
    ],
    "en": [
        *("New announcement", "Announcements", "Add a meeting", "Coming meetings"),
        "Your network’s details",
    ],
}


@pytest.mark.parametrize("language", WAYS)
@pytest.mark.parametrize("intent", ["whoami", "help"])
async def test_a_coordinator_sees_what_she_can_do(
    teams: TeamsFixture, language: Language, intent: str
) -> None:
    chat = Chat(teams, PIRKANMAA, language)
    for way in WAYS[language]:
        await chat.say(intent)
        assert chat.buttons[-5:] == WAYS[language]
        before = chat.text
        assert (await chat.press(way)).card is not None
        assert chat.text != before
    member = await Chat(teams, MEMBER, language).say(intent)
    channel = await Chat(teams, PIRKANMAA, language, "channel", CHANNEL).say(intent)
    for other in (member, channel):
        assert WAYS[language][0] not in other.buttons


async def test_the_list_of_meetings_is_below_an_answer_about_them(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    await coordinator.say("meetings", shown=Shown(meetings=(COFFEE,)))
    assert coordinator.buttons == ["Ilmoita tapaamisesta", "Tulevat tapaamiset"]
    await coordinator.press("Tulevat tapaamiset")
    assert "Pirkanmaan kulttuurihyvinvoinnin aamukahvit" in coordinator.text
    member = await Chat(teams, MEMBER).say("meetings", shown=Shown(meetings=(COFFEE,)))
    assert member.buttons == []


async def test_following_one_more_says_all_that_is_followed(teams: TeamsFixture) -> None:
    chat = Chat(teams, NATIONAL, kind="channel", conversation=CHANNEL)
    await chat.say("follow", "pirkanmaa")
    assert "ilmoitukset: **Pirkanmaa**." in chat.text
    await chat.say("follow", "lansi-suomi")
    assert "ilmoitukset: **Länsi-Suomi ja Pirkanmaa**." in chat.text


async def test_what_is_followed_has_a_button_each_to_end_it(teams: TeamsFixture) -> None:
    chat = Chat(teams, NATIONAL, kind="channel", conversation=CHANNEL)
    await chat.say("follow", "pirkanmaa", "lansi-suomi")
    await chat.say("following")
    assert sorted(chat.buttons) == ["Lopeta: Länsi-Suomi", "Lopeta: Pirkanmaa"]
    # Whoever coordinates one of them may end that one, and a member none.
    west = await Chat(teams, WEST, kind="channel", conversation=CHANNEL).say("following")
    assert west.buttons == ["Lopeta: Länsi-Suomi"]
    member = await Chat(teams, MEMBER, kind="channel", conversation=CHANNEL).say("following")
    assert not any("Lopeta:" in one for one in member.buttons)
    await chat.press("Lopeta: Pirkanmaa")
    assert "Tänne tulevat yhä: Länsi-Suomi." in chat.text


async def test_of_many_that_are_followed_all_can_be_ended_at_once(teams: TeamsFixture) -> None:
    chat = Chat(teams, MEMBER)
    await chat.say(
        "follow", "lappi", "uusimaa", "pirkanmaa", "lansi-suomi", "satakunta", "etela-savo"
    )
    await chat.say("following")
    assert len(chat.buttons) == 5
    await chat.press("Lopeta kaikki")
    await chat.say("following")
    assert "Et seuraa" in chat.text


async def test_who_announces_again_is_told_before(teams: TeamsFixture, coordinator: Chat) -> None:
    await teams.world.channel("19:pirkanmaa@thread.tacv2", "pirkanmaa")
    said = "Tästä tapaamisesta on jo ilmoitettu:"
    await coordinator.say("announce")
    await coordinator.press("Ilmoita tästä tapaamisesta", meeting=COFFEE)
    assert said not in coordinator.text
    await coordinator.press("Esikatsele")
    assert said not in coordinator.text
    await coordinator.press("Lähetä")
    await coordinator.say("announce")
    await coordinator.press("Ilmoita tästä tapaamisesta", meeting=COFFEE)
    assert said in coordinator.text
    await coordinator.press("Esikatsele")
    assert said in coordinator.text
    assert "Ilmoitettu " in coordinator.text


async def test_what_is_written_in_one_language_only_is_said_before_it_is_sent(
    teams: TeamsFixture,
) -> None:
    chat = Chat(teams, WEST)
    await chat.say("announce")
    await chat.press("Kirjoita vapaa ilmoitus")
    await chat.press("Esikatsele", title__fi="Uutinen", text__fi="Rivi")
    said = "Et ole kirjoittanut mitään ruotsiksi."
    assert said in chat.text
    await chat.press("Muokkaa")
    await chat.press("Esikatsele", title__sv="Nyhet", text__sv="Rad")
    assert said not in chat.text


async def test_a_recall_says_that_the_meeting_stays(teams: TeamsFixture, coordinator: Chat) -> None:
    await teams.world.channel("19:pirkanmaa@thread.tacv2", "pirkanmaa")
    free = Draft(title={"fi": "Uutinen"}, text={"fi": "Rivi"}, networks=("pirkanmaa",))
    for draft, stays in ((Draft(occurrence=COFFEE), True), (free, False)):
        made = await teams.world.announcements.create(PIRKANMAA, draft)
        await coordinator.say("announcements")
        await coordinator.send({"do": "report.ask", "lang": "fi", "id": made.id})
        assert ("Tapaaminen itse ei peruunnu" in coordinator.text) is stays


async def test_the_dates_of_a_series_are_one_press_from_words(coordinator: Chat) -> None:
    await coordinator.say("add_meeting")
    typed = {
        "title__fi": "Tiistaikahvit",
        "place__fi": "Kirjasto",
        "start": "09:00",
        "end": "10:00",
    }
    await coordinator.press("Tallenna", {**typed, "repeats": "joka kuun toinen tiistai"})
    await coordinator.press("Tallenna")
    await coordinator.say("fallback", text="päätä sarja")
    assert coordinator.buttons.count("Muuta") > 1
    assert coordinator.buttons.count("Päivät") == 1
    await coordinator.press("Päivät")
    assert "Päätä sarja" in coordinator.buttons
    # Also where the words name it and lead to its form.
    await coordinator.say("fallback", text="päätä sarja Tiistaikahvit")
    assert "Muuta tapaamista" in coordinator.text
    await coordinator.press("Päivät")
    await coordinator.press("Päätä sarja")
    await coordinator.press("Päätä sarja", last="2027-05-31")
    assert "31.5.2027 asti" in coordinator.text
