"""What cards say of where an announcement is not, may be, or cannot go at the moment."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from sqlalchemy import update

from bot.announcements.model import Draft, Reminder
from bot.announcements.pausing import pause, resume
from bot.announcements.sender import Target
from bot.store.tables import announcement, conversation, delivery
from tests.announcements.world import COFFEE, NOW, ONE_TIME, PIRKANMAA

from .chatting import Chat, TeamsFixture

HERE = {"state": "delivered", "remote_id": "post-1"}
NAMES = {f"19:{number}@thread.tacv2": f"Tiimi › Kanava {number}" for number in range(5)}


async def announced(teams: TeamsFixture, *rows: dict[str, Any], state: str = "sent") -> str:
    """An announcement to named channels, a row for each; gives its id."""
    world = teams.world
    teams.names |= NAMES
    for number in range(len(rows)):
        await world.channel(f"19:{number}@thread.tacv2", "pirkanmaa")
    made = await world.announcements.create(PIRKANMAA, Draft(occurrence=COFFEE))
    await put(teams, made.id, *rows, state=state)
    return made.id


async def put(teams: TeamsFixture, id_: str, *rows: dict[str, Any], state: str) -> None:
    """Has the deliveries of an announcement end like this."""
    ids = [row.id for row in await teams.world.deliveries(id_)]
    async with teams.world.database.transaction() as tx:
        for row, values in zip(ids, rows, strict=True):
            await tx.execute(update(delivery).where(delivery.c.id == row).values(**values))
        await tx.execute(update(announcement).where(announcement.c.id == id_).values(state=state))


async def suspend(teams: TeamsFixture, remote_id: str) -> None:
    async with teams.world.database.transaction() as tx:
        which = update(conversation).where(conversation.c.remote_id == remote_id)
        await tx.execute(which.values(suspended_at=NOW.timestamp() - 86_400))


async def opened(chat: Chat) -> Chat:
    """Opens the newest announcement."""
    await chat.say("announcements")
    await chat.press("Avaa")
    return chat


AWAY = "Tätä kanavaa tai keskustelua ei ole tavoitettu 19.11.2026 jälkeen: Tiimi › Kanava 1."


async def test_a_report_names_where_it_is_where_not_and_why(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    large = {"state": "failed", "error": "too_large: x"}
    gone = {"state": "gone", "error": "gone: BotNotInConversationRoster"}
    late = {"state": "stopped", "error": "begun"}
    await announced(teams, HERE, HERE, large, gone, late)
    await opened(coordinator)
    text = coordinator.text
    assert text.startswith("Lähetetty")
    assert "Se on täällä: Tiimi › Kanava 0 ja Tiimi › Kanava 1" in text
    assert "1 × kanava (Tiimi › Kanava 2): Viesti on liian pitkä Teamsiin." in text
    assert "1 × kanava (Tiimi › Kanava 3): Teams tai Facebook sanoo, ettei bottia ole" in text
    assert "1 × kanava (Tiimi › Kanava 4): Tapaaminen oli alkanut tai peruttu" in text
    assert "kopio" not in text


async def test_a_recall_that_may_have_left_a_copy_is_not_called_done(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    id_ = await announced(teams, HERE, {**HERE, "doubts": 1})
    await opened(coordinator)
    copy = "Tässä kanavassa tai keskustelussa voi olla kopio, jota ei voi täältä muuttaa eikä"
    assert f"{copy} poistaa: Tiimi › Kanava 1." in coordinator.text
    assert "Kopio voi olla ulottumattomissa: 1" in coordinator.text
    # It is said before a change and before a recall.
    await coordinator.press("Muuta tekstiä")
    assert copy in coordinator.text
    await coordinator.press("Takaisin")
    await coordinator.press("Peru ilmoitus")
    assert copy in coordinator.text
    await coordinator.press("Kyllä, peru")
    assert coordinator.text.startswith("Perutaan parhaillaan")
    await put(teams, id_, {"state": "deleted"}, {"state": "deleted"}, state="recalled")
    await coordinator.press("Päivitä tämä näkymä")
    assert coordinator.text.startswith("Peruttu osittain")
    assert copy in coordinator.text
    assert "kaikkialla" not in coordinator.text
    assert "Poistettu tai merkitty perutuksi: 2" in coordinator.text
    await coordinator.say("announcements")
    assert "Peruttu osittain" in coordinator.text
    # Without a doubt it is said as before.
    await put(teams, id_, {"doubts": 0}, {"doubts": 0}, state="recalled")
    await coordinator.press("Avaa")
    assert coordinator.text.startswith("Peruttu lähettämisen jälkeen")
    assert "poistettu tai merkitty perutuksi kaikkialla" in coordinator.text


async def test_what_only_may_have_arrived_can_be_recalled(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    await announced(teams, {"state": "uncertain", "doubts": 2})
    await opened(coordinator)
    assert coordinator.text.startswith("Lähetetty, mutta perille tulosta ei ole varmuutta")
    assert "Peru ilmoitus" in coordinator.buttons
    assert "Yritä uudelleen" not in coordinator.buttons


async def test_who_could_not_be_reached_is_told_before_and_after(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    await announced(teams, HERE, {"state": "gone", "error": "gone: ConversationNotFound"})
    await suspend(teams, "19:1@thread.tacv2")
    await coordinator.say("announcements")
    assert AWAY in coordinator.text
    await coordinator.press("Avaa")
    assert AWAY in coordinator.text
    await coordinator.say("announce")
    await coordinator.press("Ilmoita tästä tapaamisesta", meeting=COFFEE)
    assert AWAY in coordinator.text
    await coordinator.press("Esikatsele")
    assert AWAY in coordinator.text
    assert "Jokaista ilmoitusta yritetään silti lähettää sinne." in coordinator.text


async def test_an_outage_of_a_tenant_is_told(teams: TeamsFixture, coordinator: Chat) -> None:
    await announced(teams, HERE, {"state": "held"}, {"state": "held"}, state="sending")
    await opened(coordinator)
    assert "2 × kanava (Tiimi › Kanava 1 ja Tiimi › Kanava 2): Moni kanava" in coordinator.text
    assert "enintään kolmen päivän ajan" in coordinator.text
    assert "Odottaa: 2" in coordinator.text


async def test_what_waits_after_an_attempt_is_named_with_its_reason(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    away = {"state": "pending", "error": "no_answer: The connector answered 404.", "attempts": 5}
    doubt = {"state": "pending", "error": "in_doubt: cut", "doubts": 1}
    await announced(teams, HERE, away, away, doubt, {"state": "pending"}, state="sending")
    await opened(coordinator)
    text = coordinator.text
    assert "Odottaa: 4" in text
    assert "Mikä odottaa, ja miksi" in text
    assert (
        "2 × kanava (Tiimi › Kanava 1 ja Tiimi › Kanava 2): Teams tai Facebook ei ole vielä "
        "ottanut tätä vastaan. Botti yrittää itse uudelleen vuorokauden ajan." in text
    )
    assert "1 × kanava (Tiimi › Kanava 3): Vastausta siitä, menikö viesti perille, ei" in text
    assert "Botti lähettää sen itse vielä kerran" in text
    assert "Missä se ei ole" not in text
    assert "Yritä uudelleen" not in coordinator.buttons


async def test_where_it_stands_twice_or_not_at_all_is_not_where_it_is_not(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    twice = {"state": "uncertain", "doubts": 2, "error": "in_doubt: cut"}
    await announced(teams, HERE, twice, twice)
    await opened(coordinator)
    assert (
        "Näistä 2 kanavasta tai keskustelusta ei tiedetä, onko ilmoitus siellä kerran, kahdesti "
        "vai ei lainkaan: Tiimi › Kanava 1 ja Tiimi › Kanava 2. Käy katsomassa ja poista toinen "
        "käsin." in coordinator.text
    )
    assert "Missä se ei ole" not in coordinator.text
    assert "ei lähetetä uudelleen" not in coordinator.text


NEVER: tuple[dict[str, Any], ...] = (
    {"state": "failed", "error": "too_large: x"},
    {"state": "gone", "error": "gone: ConversationNotFound"},
    {"state": "stopped"},
)


async def test_a_recall_tells_only_of_the_recall(teams: TeamsFixture, coordinator: Chat) -> None:
    id_ = await announced(teams, HERE, *NEVER)
    await suspend(teams, "19:1@thread.tacv2")
    await opened(coordinator)
    assert "Yritä uudelleen" in coordinator.buttons
    await coordinator.press("Peru ilmoitus")
    await coordinator.press("Kyllä, peru")
    for standing in ("Perutaan parhaillaan", "Peruttu lähettämisen jälkeen"):
        assert coordinator.text.startswith(standing)
        assert "osittain" not in coordinator.text
        for advice in ("Lyhennä", "miksi", "Seuraavaa ilmoitusta", "Epäonnistui", "jälkeen: "):
            assert advice not in coordinator.text
        assert "Yritä uudelleen" not in coordinator.buttons
        assert "Lähettämättä: 3" in coordinator.text
        if standing.startswith("Perutaan"):
            assert "Vielä poistamatta: 1" in coordinator.text
            back = {"state": "deleted", "remote_id": "post-1"}
            await put(teams, id_, back, *NEVER, state="recalled")
            await coordinator.press("Päivitä tämä näkymä")
    assert "poistettu tai merkitty perutuksi kaikkialla" in coordinator.text
    await coordinator.say("announcements")
    assert "Peruttu osittain" not in coordinator.text


async def test_a_recall_that_failed_somewhere_is_told_and_can_be_tried_again(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    id_ = await announced(teams, HERE, *NEVER)
    stands = {"state": "failed", "remote_id": "post-1", "error": "no_answer: x"}
    await put(teams, id_, stands, *NEVER, state="recalled")
    await opened(coordinator)
    assert coordinator.text.startswith("Peruttu osittain")
    assert "1 × kanava (Tiimi › Kanava 0): Teams tai Facebook ei poistanut" in coordinator.text
    assert "Epäonnistui: 1" in coordinator.text
    assert "Lyhennä" not in coordinator.text
    await coordinator.press("Yritä uudelleen")
    assert coordinator.text.startswith("Perutaan parhaillaan")
    assert "Vielä poistamatta: 1" in coordinator.text
    rows = await teams.world.deliveries(id_)
    assert [row.state for row in rows] == ["pending", "failed", "gone", "stopped"]


async def test_a_change_is_told_as_a_change(teams: TeamsFixture, coordinator: Chat) -> None:
    id_ = await announced(teams, HERE, HERE)
    await opened(coordinator)
    await coordinator.press("Muuta tekstiä")
    await coordinator.press("Tallenna muutos", note__fi="Huomenna.")
    assert "Perillä, muutos odottaa: 2" in coordinator.text
    assert "Odottaa: " not in coordinator.text
    large = {"state": "failed", "error": "too_large: x"}
    await put(teams, id_, {"state": "delivered"}, large, state="sent")
    await coordinator.press("Päivitä tämä näkymä")
    assert coordinator.text.startswith("Lähetetty")
    assert "Mikä ei onnistunut, ja miksi" in coordinator.text
    assert "1 × kanava (Tiimi › Kanava 1): Viesti on liian pitkä" in coordinator.text
    assert "Missä se ei ole" not in coordinator.text
    assert "Yritä uudelleen" in coordinator.buttons
    await put(teams, id_, large, large, state="failed")
    await coordinator.say("announcements")
    assert "Lähetetty, mutta viimeisin muutos ei onnistunut" in coordinator.text


async def test_what_was_stopped_offers_nothing_that_would_not_be_done(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    large = {"state": "failed", "error": "too_large: x"}
    tried = {"state": "pending", "error": "no_answer: x"}
    await announced(teams, HERE, large, tried, state="sending")
    await opened(coordinator)
    await coordinator.press("Keskeytä")
    assert "1 × kanava (Tiimi › Kanava 1): Viesti on liian pitkä Teamsiin." in coordinator.text
    assert "Lyhennä" not in coordinator.text
    assert "ottanut" not in coordinator.text
    assert "Lähettämättä: 1" in coordinator.text
    assert "Yritä uudelleen" not in coordinator.buttons


async def test_a_pause_is_told_before_and_while_something_waits(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    paused = "tauolla: ylläpitäjä pysäytti sen perjantaina 20.11.2026 klo 12.00."
    await teams.world.channel("19:0@thread.tacv2", "pirkanmaa")
    await pause(teams.world.database)
    await coordinator.say("announce")
    await coordinator.press("Ilmoita tästä tapaamisesta", meeting=COFFEE)
    await coordinator.press("Esikatsele")
    assert paused in coordinator.text
    await coordinator.press("Lähetä")
    assert paused in coordinator.text
    await resume(teams.world.database)
    await coordinator.press("Päivitä tämä näkymä")
    assert "tauolla" not in coordinator.text
    await pause(teams.world.database)
    (row,) = await teams.world.deliveries()
    await teams.world.deliver_all(row.announcement_id)
    await coordinator.press("Päivitä tämä näkymä")
    assert "tauolla" not in coordinator.text, "nothing of it waits"


async def test_in_a_pause_a_recall_and_a_change_are_said_to_wait(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    waits = "Lähettäminen on tauolla, myös muutokset ja perumiset: ylläpitäjä pysäytti ne"
    goes_out = "Odottavat lähtevät"
    id_ = await announced(teams, HERE, HERE, {"state": "pending"}, state="sending")
    await pause(teams.world.database)
    await opened(coordinator)
    assert goes_out in coordinator.text
    assert waits not in coordinator.text
    await put(teams, id_, HERE, HERE, HERE, state="sent")
    await coordinator.press("Päivitä tämä näkymä")
    assert "tauolla" not in coordinator.text, "nothing of it waits"
    await coordinator.press("Muuta tekstiä")
    assert waits in coordinator.text
    await coordinator.press("Tallenna muutos", note__fi="Huomenna.")
    assert waits in coordinator.text
    assert goes_out not in coordinator.text
    await coordinator.press("Peru ilmoitus")
    assert waits in coordinator.text
    await coordinator.press("Kyllä, peru")
    assert coordinator.text.startswith("Perutaan parhaillaan")
    assert waits in coordinator.text
    assert goes_out not in coordinator.text
    await resume(teams.world.database)
    await coordinator.press("Päivitä tämä näkymä")
    assert "tauolla" not in coordinator.text


async def test_what_was_called_off_before_it_was_sent_is_not_called_stopped(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    await teams.world.channel("19:0@thread.tacv2", "pirkanmaa")
    draft = Draft(occurrence=COFFEE, send_at="2026-12-05T12:00", reminders=(Reminder.DAY,))
    await teams.world.announcements.create(PIRKANMAA, draft)
    await coordinator.say("announcements")
    title = "Pirkanmaan kulttuurihyvinvoinnin aamukahvit"
    lines = coordinator.text.split("\n")
    assert (lines.count(title), lines.count(f"Muistutus: {title}")) == (1, 1)
    (id_,) = {row.id for row in await _scheduled(teams) if row.parent is None}
    await coordinator.send({"do": "report.recall", "lang": "fi", "id": id_})
    assert coordinator.text.startswith("Ajastus peruttu, ei lähetetty, perjantaina 20.11.2026")
    assert "Perillä" not in coordinator.text
    await coordinator.say("announcements")
    assert coordinator.text.count("Ajastus peruttu, ei lähetetty") == 2
    assert "Keskeytetty" not in coordinator.text


async def test_a_schedule_whose_meeting_is_cancelled_says_that_it_will_not_leave(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    meeting = await teams.world.meetings.add(PIRKANMAA, ONE_TIME)
    key = f"{meeting.key}@2026-12-01"
    draft = Draft(occurrence=key, send_at="2026-11-28T12:00")
    await teams.world.announcements.create(PIRKANMAA, draft)
    off = "Tapaaminen on peruttu, joten tätä ei lähetetä."
    await opened(coordinator)
    assert off not in coordinator.text
    await teams.world.meetings.cancel(PIRKANMAA, key)
    await opened(coordinator)
    assert off in coordinator.text


async def _scheduled(teams: TeamsFixture) -> list[Any]:
    async with teams.world.database.reading() as tx:
        return list((await tx.execute(announcement.select())).all())


async def test_names_that_never_come_are_replaced_by_kind_and_network(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    await announced(teams, {**HERE, "doubts": 1}, {**HERE, "doubts": 1})
    asked: list[str] = []

    async def never(target: Target) -> str | None:
        asked.append(target.remote_id)
        await asyncio.Event().wait()
        raise AssertionError

    teams.named._name_of = never
    teams.names.clear()
    await coordinator.say("announcements")
    data = {"do": "report.show", "lang": "fi", "id": (await teams.world.deliveries())[0][1]}
    execute = {"action": {"type": "Action.Execute", "verb": "?", "data": data}}
    invoke = {"type": "invoke", "name": "adaptiveCard/action", "text": None, "value": execute}
    await teams.turn(coordinator.activity(replyToId=coordinator.card_id, **invoke))
    answer = json.dumps(teams.adapter.sent[-1], ensure_ascii=False)
    assert "2 × kanava (Pirkanmaa)" in answer
    assert sorted(asked) == ["19:0@thread.tacv2", "19:1@thread.tacv2"]


async def test_no_more_names_are_asked_for_than_a_card_needs(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    asked: list[str] = []

    async def counted(target: Target) -> str | None:
        asked.append(target.remote_id)
        return None

    teams.named._name_of = counted
    await announced(teams, *[{**HERE, "doubts": 1}] * 40)
    await opened(coordinator)
    assert "Näissä 40 kanavassa tai keskustelussa voi olla kopio" in coordinator.text
    assert "20 × kanava (Pirkanmaa) ja 20 muuta" in coordinator.text
    assert len(asked) == 20
