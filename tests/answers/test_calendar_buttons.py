"""Answers lead to the bot's own calendars, where it has a public address."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from bot.answers.compose import Context, compose
from bot.answers.model import Action
from bot.knowledge.library import Knowledge
from bot.understanding.model import Entities, Request, Understanding

NOON = dt.datetime(2026, 11, 21, 10, 0, tzinfo=dt.UTC)
ADDRESS = "https://bot.example.org"


def _actions(
    knowledge: Knowledge, intent: str, address: str | None = ADDRESS, *networks: str
) -> list[Action]:
    request = Request(intent, Entities(networks=networks))
    understanding = Understanding("", "sv", (request,), 1.0)
    return list(compose(understanding, knowledge, Context(NOON, public_url=address)).actions)


def test_the_next_meeting_can_be_added_to_a_calendar(knowledge: Knowledge) -> None:
    action = _actions(knowledge, "meetings", ADDRESS, "pirkanmaa")[0]
    assert action.title == "Lägg till i kalendern"
    day = "2026-12-10"
    wanted = f"{ADDRESS}/calendar/meetings/pirkanmaa-aamukahvit@{day}.ics?lang=sv"
    assert action.url == wanted


def test_the_links_of_a_network_hold_its_feed(knowledge: Knowledge) -> None:
    urls = [action.url for action in _actions(knowledge, "links", ADDRESS, "lansi-suomi")]
    assert f"{ADDRESS}/calendar/lansi-suomi.ics?lang=sv" in urls
    urls = [action.url for action in _actions(knowledge, "links")]
    assert f"{ADDRESS}/calendar.ics?lang=sv" in urls


def test_without_a_public_address_there_is_no_calendar_button(knowledge: Knowledge) -> None:
    for intent in ("meetings", "links"):
        for address in (None, "http://127.0.0.1:3978"):
            actions = _actions(knowledge, intent, address, "pirkanmaa")
            assert not [action for action in actions if ".ics" in action.url]


def test_a_facebook_group_reaches_the_bot_by_the_pages_link(knowledge: Knowledge) -> None:
    assert not [each for each in _actions(knowledge, "links") if "m.me" in each.url]
    community = knowledge.community.model_copy(
        update={"facebook_page_messenger": "https://m.me/example"}
    )
    other = replace(knowledge, community=community)
    action = next(each for each in _actions(other, "links") if "m.me" in each.url)
    assert action == Action("Fråga boten i Messenger", "https://m.me/example")
