"""Progress cards are updated in place, and coordinators get notices."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, get_args

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from sqlalchemy import update
from structlog.testing import capture_logs

from bot.announcements.model import API, COMMAND, Draft, Identity, Notice
from bot.announcements.sender import FAILURES, Failure
from bot.channels.connector import RetryPolicy
from bot.channels.connector.client import ConnectorClient
from bot.channels.teams.card_updates import CardUpdates
from bot.channels.teams.coordination import ProgressCards
from bot.knowledge.values import Language
from bot.store import coordinator_chats
from bot.store.tables import announcement, delivery
from tests.announcements.world import COFFEE, MEMBER, NATIONAL, ONE_TIME, PIRKANMAA, WEST

from ...connector.fakes import FakeConnector, Status
from ...turning import Clock, settle
from .chatting import Chat, TeamsFixture


@pytest.fixture
async def service(
    aiohttp_server: Callable[..., Awaitable[TestServer]],
) -> FakeConnector:
    """The connector on loopback, which wants no token."""
    fake = FakeConnector(None)
    server = await aiohttp_server(fake.app)
    fake.url = str(server.make_url("/")).rstrip("/")
    return fake


@pytest.fixture
def clock() -> Clock:
    """The time between two updates."""
    return Clock()


@pytest.fixture
async def progress(
    teams: TeamsFixture, service: FakeConnector, clock: Clock
) -> AsyncIterator[ProgressCards]:
    """Progress cards over HTTP."""
    async with aiohttp.ClientSession() as session:
        connector = ConnectorClient(None, lambda: session, retry_policy=RetryPolicy(attempts=1))
        updates = CardUpdates(connector, sleep=clock.sleep, monotonic=clock)
        made = ProgressCards(
            teams.world.announcements, teams.router.reports, connector, updates, sleep=clock.sleep
        )
        teams.world.announcements.events.notify = made.send_notice
        yield made
        await made.close()
        await updates.close()


async def sending(teams: TeamsFixture, service: FakeConnector, language: str = "fi") -> str:
    """An announcement to three channels whose progress is shown on a card."""
    for number in range(3):
        await teams.world.channel(f"19:{number}@thread.tacv2", "pirkanmaa")
    made = await teams.world.announcements.create(PIRKANMAA, Draft(occurrence=COFFEE))
    place = {"service_url": service.url, "conversation": "a:chat", "activity": "card-1"}
    await teams.world.announcements.show_progress(
        PIRKANMAA, made.id, {**place, "language": language}
    )
    return made.id


async def until_called(service: FakeConnector, clock: Clock, times: int) -> None:
    """Moves the clock and waits for the calls."""
    await clock.move(1.1)
    await service.until_called(times)
    await settle()


def shown(service: FakeConnector) -> str:
    """The text of the card in the last call."""
    content = service.calls[-1].body["attachments"][0]["content"]
    parts = [part.get("text") or str(part.get("facts")) for part in content["body"]]
    return "\n".join(part for part in parts if part)


async def test_a_card_is_updated_in_place_at_most_once_a_second(
    teams: TeamsFixture, service: FakeConnector, progress: ProgressCards, clock: Clock
) -> None:
    id_ = await sending(teams, service)
    for _ in range(50):
        progress.on_progress(id_)
    await settle()
    assert service.calls == [], "the card may still be on its way"
    await until_called(service, clock, 1)
    assert (service.calls[0].method, len(service.calls)) == ("PUT", 1)
    assert service.calls[0].path == "/v3/conversations/a%3Achat/activities/card-1"
    assert "Lähetetään" in shown(service)
    await teams.world.deliver_all(id_)
    progress.on_progress(id_)
    await until_called(service, clock, 2)
    assert "Lähetetty" in shown(service)
    assert "'value': '3'" in shown(service)
    await clock.move(10)
    assert len(service.calls) == 2


async def test_a_card_that_shows_a_form_is_left_alone(
    teams: TeamsFixture, service: FakeConnector, progress: ProgressCards, clock: Clock
) -> None:
    id_ = await sending(teams, service)
    await teams.world.announcements.hide_progress(PIRKANMAA, id_, "card-1")
    progress.on_progress(id_)
    await settle()
    await clock.move(1.1)
    await settle()
    assert service.calls == []


async def test_what_comes_forward_while_a_card_is_updated_is_shown_too(
    teams: TeamsFixture, service: FakeConnector, progress: ProgressCards, clock: Clock
) -> None:
    id_ = await sending(teams, service)
    service.gate.clear()
    progress.on_progress(id_)
    await until_called(service, clock, 1)
    await teams.world.deliver_all(id_)
    progress.on_progress(id_)
    service.gate.set()
    while len(service.calls) < 2:
        await clock.move(1.1)
    assert "Lähetetty" in shown(service)


@pytest.mark.parametrize("status", [403, 404, 429, 500])
async def test_a_card_that_cannot_be_reached_is_left_alone(
    teams: TeamsFixture, service: FakeConnector, progress: ProgressCards, clock: Clock, status: int
) -> None:
    id_ = await sending(teams, service)
    service.script.append(Status(status))
    progress.on_progress(id_)
    await until_called(service, clock, 1)
    progress.on_progress(id_)
    await until_called(service, clock, 2)
    assert len(service.calls) == 2


async def test_without_a_card_nothing_is_shown(
    teams: TeamsFixture, service: FakeConnector, progress: ProgressCards, clock: Clock
) -> None:
    made = await teams.world.announcements.create(API, Draft(occurrence=COFFEE))
    progress.on_progress(made.id)
    progress.on_progress("00000000-0000-4000-8000-000000000000")
    await clock.move(1.1)
    await settle()
    assert service.calls == []


def test_every_failure_has_a_sentence() -> None:
    assert set(FAILURES) == set(get_args(Failure))


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("fi", "2 × kanava: Viesti on liian pitkä Teamsiin. Lyhennä"),
        ("sv", "2 × kanal: Meddelandet är för långt för Teams. Förkorta"),
        ("en", "2 × channel: The message is too long for Teams. Shorten"),
    ],
)
async def test_failures_are_told_with_their_reasons_in_the_coordinators_language(
    teams: TeamsFixture,
    service: FakeConnector,
    progress: ProgressCards,
    clock: Clock,
    language: Language,
    told: str,
) -> None:
    id_ = await sending(teams, service, language)
    refused = "too_large: The post is too large."
    async with teams.world.database.transaction() as tx:
        rows = await tx.execute(delivery.select())
        ids = [row.id for row in rows]
        for at, reason in enumerate((refused, refused, "As an older version wrote it.")):
            values = {"state": "failed", "error": reason}
            await tx.execute(update(delivery).where(delivery.c.id == ids[at]).values(**values))
        await tx.execute(update(announcement).values(state="failed"))
    progress.on_progress(id_)
    await until_called(service, clock, 1)
    assert told in shown(service)
    assert ": As an older version wrote it." in shown(service)


async def announced(teams: TeamsFixture, service: FakeConnector, language: str) -> tuple[str, str]:
    """A meeting of the database that was announced; gives its key and the announcement's id."""
    meeting = await teams.world.meetings.add(PIRKANMAA, ONE_TIME)
    key = f"{meeting.key}@2026-12-01"
    await teams.world.channel("19:0@thread.tacv2", "pirkanmaa")
    made = await teams.world.announcements.create(PIRKANMAA, Draft(occurrence=key))
    place = {"service_url": service.url, "conversation": "a:chat", "activity": "card-1"}
    await teams.world.announcements.show_progress(
        PIRKANMAA, made.id, {**place, "language": language}
    )
    await teams.world.deliver_all(made.id)
    return key, made.id


async def test_a_meeting_that_moved_is_told_with_a_button_that_updates_every_post(
    teams: TeamsFixture, service: FakeConnector, progress: ProgressCards
) -> None:
    key, id_ = await announced(teams, service, "fi")
    await teams.world.meetings.move(PIRKANMAA, key, "2026-12-02 12:00", "2026-12-02 14:00")
    await teams.world.announcements.meetings_changed()
    await teams.world.announcements.meetings_changed()
    (call,) = service.calls
    assert (call.method, call.path) == ("POST", "/v3/conversations/a%3Achat/activities")
    assert "Tapaaminen on muuttunut" in shown(service)
    assert "tiistaina 1.12.2026 klo 12.00–14.00 → keskiviikkona 2.12.2026" in shown(service)
    card = call.body["attachments"][0]["content"]
    chat = with_card(teams, card)
    await chat.press("Muuta vain ilmoitukset")
    (row,) = await teams.world.deliveries(id_)
    assert (row.task, row.state) == ("update", "pending")


async def test_what_the_api_announced_is_told_to_who_coordinates_it(
    teams: TeamsFixture, service: FakeConnector, progress: ProgressCards
) -> None:
    world = teams.world
    for who, chat in ((PIRKANMAA, "a:mine"), (NATIONAL, "a:national"), (WEST, "a:west")):
        async with world.database.transaction() as tx:
            tenant = who.tenant or ""
            await coordinator_chats.remember(tx, who.id, tenant, service.url, chat, "fi")
    meeting = await world.meetings.add(PIRKANMAA, ONE_TIME)
    key = f"{meeting.key}@2026-12-01"
    await world.channel("19:0@thread.tacv2", "pirkanmaa")
    made = await world.announcements.create(API, Draft(occurrence=key))
    await world.deliver_all(made.id)
    await world.meetings.cancel(PIRKANMAA, key)
    await world.announcements.meetings_changed()
    (call,) = service.calls
    assert call.path == "/v3/conversations/a%3Amine/activities"
    chat_card = with_card(teams, call.body["attachments"][0]["content"])
    await chat_card.press("Kerro seuraajille")
    assert "Kerron siitä nyt 1 keskustelussa" in chat_card.text
    await chat_card.press("Missä se on?")
    assert "Muutosilmoitus: Syystapaaminen" in chat_card.text


async def test_a_cancelled_meeting_proposes_to_tell_and_no_recall(
    teams: TeamsFixture, service: FakeConnector, progress: ProgressCards
) -> None:
    key, id_ = await announced(teams, service, "sv")
    await teams.world.meetings.cancel(PIRKANMAA, key)
    await teams.world.announcements.meetings_changed()
    assert "är inställd" in shown(service)
    # Of a series it must be seen which one.
    assert "tisdag 1 december 2026 kl. 12.00" in shown(service)
    chat = with_card(teams, service.calls[0].body["attachments"][0]["content"], "sv")
    assert chat.buttons == ["Berätta för följarna", "Ändra bara meddelandena"]
    await chat.press("Berätta för följarna")
    (row,) = await teams.world.deliveries(id_)
    assert row.task == "update"
    assert [one.task for one in await teams.world.deliveries() if one.id != row.id] == ["post"]


async def test_what_could_not_be_sent_is_told(
    teams: TeamsFixture, service: FakeConnector, progress: ProgressCards
) -> None:
    draft = Draft(occurrence=COFFEE, send_at="2026-12-01T08:00")
    made = await teams.world.announcements.create(PIRKANMAA, draft)
    place = {"service_url": service.url, "conversation": "a:chat", "activity": "card-1"}
    await teams.world.announcements.show_progress(PIRKANMAA, made.id, {**place, "language": "en"})
    teams.world.set_clock("2026-12-11 08:00")
    await teams.world.fire()
    assert "The announcement was not sent" in shown(service)
    assert "The meeting had begun" in shown(service)


async def test_a_notice_that_cannot_be_sent_harms_nothing(
    teams: TeamsFixture, service: FakeConnector, progress: ProgressCards
) -> None:
    made = await teams.world.announcements.create(PIRKANMAA, Draft(occurrence=COFFEE))
    await progress.send_notice(Notice(made))
    assert service.calls == []
    id_ = await sending(teams, service)
    report = await teams.world.announcements.progress(id_)
    assert report is not None
    service.script.append(Status(403))
    await progress.send_notice(Notice(report.announcement))
    assert len(service.calls) == 1


async def by_others(teams: TeamsFixture, chat: Chat, who: Identity) -> str:
    """An announcement to two channels that is opened by another than who made it."""
    for number in range(2):
        await teams.world.channel(f"19:{number}@thread.tacv2", "pirkanmaa")
    made = await teams.world.announcements.create(who, Draft(occurrence=COFFEE))
    if who is NATIONAL:
        place = {"service_url": "x", "conversation": "a:author", "activity": "card-1"}
        await teams.world.announcements.show_progress(who, made.id, {**place, "language": "sv"})
    await teams.world.deliver_all(made.id)
    await chat.say("announcements")
    await chat.press("Avaa")
    return made.id


@pytest.mark.parametrize("who", [API, COMMAND, NATIONAL])
async def test_the_card_of_who_acts_on_what_others_made_comes_to_its_end(
    teams: TeamsFixture,
    coordinator: Chat,
    service: FakeConnector,
    progress: ProgressCards,
    clock: Clock,
    who: Identity,
) -> None:
    id_ = await by_others(teams, coordinator, who)
    author = (await teams.world.row(id_)).progress
    progress.on_progress(id_)
    await clock.move(1.1)
    await settle()
    assert [one for one in service.calls if coordinator.card_id in one.path] == [], "only a look"
    await coordinator.press("Peru ilmoitus")
    await coordinator.press("Kyllä, peru")
    assert coordinator.text.startswith("Perutaan parhaillaan")
    place = (await teams.world.row(id_)).progress
    assert place["acting"]["activity"] == coordinator.card_id
    # The author's own card, and where news of it go, stay as they were.
    assert {name: one for name, one in place.items() if name != "acting"} == (author or {})
    await retarget(teams, id_, service.url)
    async with teams.world.database.transaction() as tx:
        await tx.execute(update(delivery).values(state="deleted"))
    before = len(service.calls)
    progress.on_progress(id_)
    await until_called(service, clock, before + (2 if author else 1))
    shown_on = {one.path.rpartition("/")[2]: one for one in service.calls[before:]}
    assert shown_on.keys() == {coordinator.card_id, *(["card-1"] if author else [])}
    content = shown_on[str(coordinator.card_id)].body["attachments"][0]["content"]
    assert content["body"][0]["text"].startswith("Peruttu lähettämisen jälkeen")
    if author:
        own = shown_on["card-1"].body["attachments"][0]["content"]
        assert own["body"][0]["text"].startswith("Återkallat")


async def retarget(teams: TeamsFixture, id_: str, url: str) -> None:
    """Has the cards of an announcement be on the connector of the test."""
    place = dict((await teams.world.row(id_)).progress)
    for one in (place, place.get("acting", {})):
        if "conversation" in one:
            one["service_url"] = url
    async with teams.world.database.transaction() as tx:
        values = update(announcement).where(announcement.c.id == id_).values(progress=place)
        await tx.execute(values)


async def test_each_act_on_what_others_made_shows_its_progress(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    id_ = await by_others(teams, coordinator, API)

    async def card() -> object:
        row = await teams.world.row(id_)
        return ((row.progress or {}).get("acting") or {}).get("activity")

    assert await card() is None
    await coordinator.press("Muuta tekstiä")
    await coordinator.press("Tallenna muutos", note__fi="Huomenna.")
    assert await card() == coordinator.card_id
    # While a form is shown there, it is left alone; back from it, progress is shown again.
    await coordinator.press("Muuta tekstiä")
    assert await card() is None
    await coordinator.press("Takaisin")
    assert await card() == coordinator.card_id
    await coordinator.say("announcements")
    await coordinator.press("Avaa")
    await coordinator.press("Keskeytä")
    assert await card() == coordinator.card_id
    async with teams.world.database.transaction() as tx:
        await tx.execute(update(announcement).values(state="sent"))
        failed = {"state": "failed", "error": "refused: x", "remote_id": None}
        await tx.execute(update(delivery).values(**failed))
    await coordinator.say("announcements")
    await coordinator.press("Avaa")
    await coordinator.press("Yritä uudelleen")
    assert await card() == coordinator.card_id


async def test_who_acted_is_forgotten_with_their_chat(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    id_ = await by_others(teams, coordinator, NATIONAL)
    author = (await teams.world.row(id_)).progress
    await coordinator.press("Peru ilmoitus")
    await coordinator.press("Kyllä, peru")
    assert "a:chat" in str((await teams.world.row(id_)).progress)
    assert not await teams.world.announcements.forget(MEMBER, "a:another")
    assert await teams.world.announcements.forget(PIRKANMAA, "a:chat")
    assert (await teams.world.row(id_)).progress == author
    assert not await teams.world.announcements.forget(PIRKANMAA, "a:chat")


async def test_news_of_what_others_made_do_not_go_to_who_acted(
    teams: TeamsFixture, coordinator: Chat, service: FakeConnector, progress: ProgressCards
) -> None:
    id_ = await by_others(teams, coordinator, API)
    await coordinator.press("Peru ilmoitus")
    await coordinator.press("Kyllä, peru")
    await retarget(teams, id_, service.url)
    report = await teams.world.announcements.progress(id_)
    assert report is not None
    await progress.send_notice(Notice(report.announcement))
    assert service.calls == []


def with_card(teams: TeamsFixture, card: dict[str, Any], language: Any = "fi") -> Chat:
    """A coordinator who looks at a card that came unasked."""
    teams.adapter.cards["news"] = card
    teams.check(card)
    return Chat(teams, PIRKANMAA, language, card_id="news")


async def test_a_database_that_is_away_is_one_line_and_the_card_follows_later(
    teams: TeamsFixture, service: FakeConnector, progress: ProgressCards, clock: Clock
) -> None:
    id_ = await sending(teams, service)
    teams.world.database.ready = False
    progress.on_progress(id_)
    await settle()
    with capture_logs() as logs:
        await clock.move(1.1)
        await settle()
    (line,) = [one for one in logs if one["event"] == "progress.not_read"]
    assert (line["error"], line["exc_info"]) == ("DatabaseNotReady", False)
    teams.world.database.ready = True
    progress.on_progress(id_)
    await until_called(service, clock, 1)
    assert "Lähetetään" in shown(service)
