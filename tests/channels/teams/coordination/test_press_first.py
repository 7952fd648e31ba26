"""A press is answered whatever the connector does, over HTTP; what it shows follows.

Nothing here measures time: while the connector is held, no call to it ends, so an answer that comes
has waited for none.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from botbuilder.core import TurnContext

from bot.announcements.model import Draft
from bot.announcements.sender import Target
from bot.channels.connector import Connector
from bot.channels.teams import TeamsBot
from bot.channels.teams.card_updates import CardUpdates
from bot.ops.settings import Settings
from bot.store.tables import overlay as entered
from tests.announcements.world import COFFEE, NOW, ONE_TIME, PIRKANMAA

from ...connector.fakes import FakeConnector, Status
from ...turning import Clock, settle
from .chatting import CHANNEL, Chat, TeamsFixture

PATIENCE = 60.0
Servers = Callable[..., Awaitable[TestServer]]

MEETING = {
    "network": "pirkanmaa",
    "title.fi": "Syystapaaminen",
    "kind": "network_meeting",
    "day": "2026-12-01",
    "start": "12:00",
    "end": "14:00",
    "place.fi": "Kulttuuritalo, Tampere",
}


@dataclass
class Wire:
    """The bot behind its endpoint, a connector, and a coordinator's client between them."""

    teams: TeamsFixture
    service: FakeConnector
    url: str
    session: aiohttp.ClientSession
    updates: CardUpdates
    clock: Clock
    chat: Chat = field(init=False)
    pressed: int = 0

    def __post_init__(self) -> None:
        self.chat = Chat(self.teams, PIRKANMAA)

    async def press(self, do: str, *, submit: bool = False, **fields: str) -> dict[str, Any] | None:
        """Presses a button of the card `card-1`; gives what the client is answered."""
        self.pressed += 1
        data = {"do": do, "lang": "fi", **{k.replace("__", "."): v for k, v in fields.items()}}
        changes: dict[str, Any] = {"value": data}
        if not submit:
            execute = {"type": "Action.Execute", "verb": do, "data": data}
            changes = {
                "type": "invoke",
                "name": "adaptiveCard/action",
                "value": {"action": execute},
            }
        activity = self.chat.activity(
            id=f"press-{self.pressed}",
            text=None,
            replyToId="card-1",
            serviceUrl=self.service.url,
            **changes,
        )
        async with (
            asyncio.timeout(PATIENCE),
            self.session.post(self.url, json=activity) as response,
        ):
            assert response.status == 200, "202 would be the answer to a turn that still runs"
            raw = await response.read()
        return json.loads(raw) if raw else None

    def cards(self) -> list[str]:
        """What was put on `card-1`, in the order of the calls."""
        path = "/v3/conversations/a%3Achat/activities/card-1"
        return [
            json.dumps(call.body["attachments"], ensure_ascii=False)
            for call in self.service.calls
            if (call.method, call.path) == ("PUT", path)
        ]

    async def until_shown(self, words: str) -> None:
        """Waits until the last state of the card says something."""
        async with asyncio.timeout(PATIENCE):
            while not any(words in card for card in self.cards()[-1:]):
                await settle()
                await asyncio.sleep(0.01)


@pytest.fixture
async def wire(teams: TeamsFixture, aiohttp_server: Servers) -> AsyncIterator[Wire]:
    """A bot without an app id, whose service is on loopback."""
    service, clock = FakeConnector(None), Clock()
    service.url = str((await aiohttp_server(service.app)).make_url("/")).rstrip("/")
    app = web.Application()

    async def on_turn(context: TurnContext) -> None:
        await bot.on_turn(context)

    connector = Connector(Settings(), on_turn, lambda _language, code: f"Anteeksi, {code}.")
    updates = CardUpdates(connector.single_attempt_client, sleep=clock.sleep, monotonic=clock)
    knowledge = teams.world.knowledge
    bot = TeamsBot(teams.conversations, knowledge, teams.router, updates, now=lambda: NOW)
    connector.attach(app)
    app.on_shutdown.append(lambda _: updates.close())
    server = await aiohttp_server(app)

    async def name_of(target: Target) -> str | None:
        await service.gate.wait()
        return teams.names.get(target.remote_id)

    teams.named._name_of = name_of
    await teams.world.channel(CHANNEL, "pirkanmaa")
    teams.names[CHANNEL] = "Pirkanmaa › Yleinen"
    async with aiohttp.ClientSession() as session:
        yield Wire(teams, service, str(server.make_url("/api/messages")), session, updates, clock)
        service.gate.set()


async def draft(wire: Wire) -> str:
    """A draft about the coffee."""
    made = await wire.teams.world.announcements.draft(PIRKANMAA, Draft(occurrence=COFFEE))
    return made.id


async def sent(wire: Wire, end: str = "delivered") -> str:
    """An announcement about the coffee whose deliveries have ended in one way."""
    made = await wire.teams.world.announcements.create(PIRKANMAA, Draft(occurrence=COFFEE))
    if end != "pending":
        await wire.teams.world.deliver_all(made.id, end)
    return made.id


async def added(wire: Wire) -> str:
    """A meeting of the database."""
    made = await wire.teams.world.meetings.add(PIRKANMAA, ONE_TIME)
    return f"{made.key}@2026-12-01"


async def confirm(wire: Wire, submit: bool) -> Any:
    return await wire.press("announce.confirm", submit=submit, id=await draft(wire))


async def stop(wire: Wire, submit: bool) -> Any:
    return await wire.press("report.stop", submit=submit, id=await sent(wire, "pending"))


async def retry(wire: Wire, submit: bool) -> Any:
    return await wire.press("report.retry", submit=submit, id=await sent(wire, "failed"))


async def recall(wire: Wire, submit: bool) -> Any:
    return await wire.press("report.recall", submit=submit, id=await sent(wire))


async def change(wire: Wire, submit: bool) -> Any:
    id_ = await sent(wire)
    return await wire.press("report.change", submit=submit, id=id_, note__fi="Uusi huone.")


async def update(wire: Wire, submit: bool) -> Any:
    key, world = await added(wire), wire.teams.world
    made = await world.announcements.create(PIRKANMAA, Draft(occurrence=key))
    await world.deliver_all(made.id)
    await world.meetings.move(PIRKANMAA, key, "2026-12-02 12:00", "2026-12-02 14:00")
    return await wire.press("report.update", submit=submit, id=made.id)


async def preview(wire: Wire, submit: bool) -> Any:
    return await wire.press(
        "announce.preview", submit=submit, id=await draft(wire), note__fi="Tervetuloa!"
    )


async def show(wire: Wire, submit: bool) -> Any:
    return await wire.press("report.show", submit=submit, id=await sent(wire))


async def follow(wire: Wire, submit: bool) -> Any:
    return await wire.press("follow", submit=submit, network="pirkanmaa")


async def unfollow(wire: Wire, submit: bool) -> Any:
    await wire.teams.world.subscriptions.follow(
        Target("msteams", "personal", "a:chat", wire.service.url, ""), "pirkanmaa", PIRKANMAA
    )
    return await wire.press("unfollow", submit=submit)


async def save(wire: Wire, submit: bool) -> Any:
    return await wire.press("meeting.save", submit=submit, **MEETING)


async def move(wire: Wire, submit: bool) -> Any:
    times = {"day": "2026-12-02", "start": "12:00", "end": "14:00"}
    return await wire.press("meeting.move", submit=submit, meeting=await added(wire), **times)


async def cancel(wire: Wire, submit: bool) -> Any:
    return await wire.press("meeting.cancel", submit=submit, meeting=await added(wire))


DEEDS = {
    confirm: "Lähetetään",
    stop: "Keskeytetty",
    retry: "Lähetetään",
    recall: "Perutaan parhaillaan",
    change: "Lähetetään",
    update: "Lähetetään",
    preview: "Tervetuloa!",
    show: "Lähetetty",
    follow: "Pirkanmaa",
    unfollow: "en lähetä tänne enää",
    save: "Tapaaminen on tallennettu",
    move: "Tapaaminen on siirretty",
    cancel: "Tapaaminen on peruttu",
}
"""What a card says after each press."""


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.__name__)
async def test_a_press_is_answered_while_the_connector_hangs(wire: Wire, deed: Any) -> None:
    wire.service.gate.clear()
    answer = await deed(wire, submit=False)
    assert answer["statusCode"] == 200
    assert answer["type"] == "application/vnd.microsoft.card.adaptive"
    assert DEEDS[deed] in json.dumps(answer["value"], ensure_ascii=False)
    # Only now does the connector answer, and other clients see the same.
    wire.service.gate.set()
    await wire.until_shown(DEEDS[deed])


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.__name__)
async def test_an_old_clients_press_is_taken_while_the_connector_hangs(
    wire: Wire, deed: Any
) -> None:
    wire.service.gate.clear()
    assert await deed(wire, submit=True) is None
    wire.service.gate.set()
    await wire.until_shown(DEEDS[deed])


@pytest.mark.parametrize("submit", [False, True])
async def test_a_refusal_is_answered_while_the_connector_hangs(wire: Wire, submit: bool) -> None:
    wire.service.gate.clear()
    id_ = "00000000-0000-4000-8000-000000000000"
    answer = await wire.press("report.recall", submit=submit, id=id_)
    if not submit:
        assert answer is not None
        assert answer["value"] == "Tätä ilmoitusta ei ole (enää)."
        return
    assert answer is None
    wire.service.gate.set()
    await wire.service.until_called(1)
    (call,) = wire.service.calls
    assert call.method == "POST"
    assert "Tätä ilmoitusta ei ole" in json.dumps(call.body, ensure_ascii=False)


async def test_names_that_do_not_come_follow_on_the_card(wire: Wire) -> None:
    wire.service.gate.clear()
    answer = await preview(wire, submit=False)
    shown = json.dumps(answer["value"], ensure_ascii=False)
    assert "1 kanava tai keskustelu" in shown
    assert "Yleinen" not in shown
    wire.service.gate.set()
    await wire.until_shown("1 kanava tai keskustelu: Pirkanmaa › Yleinen")


async def test_states_of_a_card_go_out_in_their_order(wire: Wire) -> None:
    id_ = await sent(wire, "pending")
    wire.service.gate.clear()
    for do in ("report.show", "report.stop"):
        answer = await wire.press(do, id=id_)
        assert answer is not None
        assert answer["statusCode"] == 200
    await wire.service.until_called(1)
    await settle()
    assert len(wire.service.calls) == 1, "the second state waits for the first"
    wire.service.gate.set()
    await wire.until_shown("Keskeytetty")
    assert len(wire.cards()) == 2


@pytest.mark.parametrize("status", [500, 503, 429])
@pytest.mark.parametrize("submit", [False, True])
async def test_a_card_that_cannot_be_changed_at_once_follows_later(
    wire: Wire, status: int, submit: bool
) -> None:
    wire.service.script += [Status(status)] * 2
    id_ = await draft(wire)
    answer = await wire.press("announce.confirm", submit=submit, id=id_)
    assert submit or answer is not None
    assert len(await wire.teams.world.deliveries(id_)) == 1
    await wire.teams.world.deliver_all(id_)
    for calls in (2, 3):
        await settle()
        async with asyncio.timeout(PATIENCE):
            while len(wire.service.calls) < calls:
                await wire.clock.move(1.0)
                await asyncio.sleep(0.01)
    # By then it says what is so by then.
    await wire.until_shown("Lähetetty")
    assert {call.method for call in wire.service.calls} == {"PUT"}


async def test_a_report_that_follows_late_does_not_replace_a_form(wire: Wire) -> None:
    id_ = await sent(wire)
    wire.service.script.append(Status(503))
    await wire.press("report.show", id=id_)
    async with asyncio.timeout(PATIENCE):
        await wire.service.until_called(1)
    # Meanwhile the form to change it was opened on the card, by way of another replica.
    await wire.teams.world.announcements.hide_progress(PIRKANMAA, id_, "card-1")
    async with asyncio.timeout(PATIENCE):
        while wire.updates.running:
            await wire.clock.move(1.0)
            await asyncio.sleep(0.01)
    assert len(wire.service.calls) == 1


@pytest.mark.parametrize("status", [403, 404, 405])
async def test_where_a_card_cannot_be_changed_an_old_client_gets_a_new_one(
    wire: Wire, status: int
) -> None:
    wire.service.script.append(Status(status))
    id_ = await draft(wire)
    await wire.press("announce.confirm", submit=True, id=id_)
    async with asyncio.timeout(PATIENCE):
        await wire.service.until_called(2)
        await asyncio.gather(*wire.updates.running)
    assert [call.method for call in wire.service.calls] == ["PUT", "POST"]
    assert "Lähetetään" in json.dumps(wire.service.calls[1].body, ensure_ascii=False)
    # Its progress is shown there from now on.
    assert (await wire.teams.world.row(id_)).progress["activity"] != "card-1"


@pytest.mark.parametrize("submit", [False, True])
async def test_a_second_press_after_a_lost_answer_sends_nothing_and_says_so(
    wire: Wire, submit: bool
) -> None:
    id_ = await draft(wire)
    # What was pressed is done, and the process ends before it could answer.
    await wire.teams.world.announcements.confirm(PIRKANMAA, id_)
    assert (await wire.teams.world.row(id_)).progress is None
    answer = await wire.press("announce.confirm", submit=submit, id=id_)
    await wire.until_shown("Tämä on jo lähetetty, eikä mitään lähetetä kahdesti.")
    if answer is not None:
        assert "Tämä on jo lähetetty" in json.dumps(answer["value"], ensure_ascii=False)
    assert len(await wire.teams.world.deliveries()) == 1
    assert (await wire.teams.world.row(id_)).progress["activity"] == "card-1"


@pytest.mark.parametrize(
    ("do", "before", "told"),
    [
        ("report.stop", "pending", "Tämä on jo keskeytetty."),
        ("report.recall", "delivered", "Tätä perutaan jo."),
        ("report.retry", "failed", "Uusi yritys on jo käynnissä."),
    ],
)
async def test_other_deeds_say_too_that_they_were_done_before(
    wire: Wire, do: str, before: str, told: str
) -> None:
    id_ = await sent(wire, before)
    await wire.press(do, id=id_)
    rows = await wire.teams.world.deliveries(id_)
    answer = await wire.press(do, id=id_)
    assert answer is not None
    assert told in json.dumps(answer["value"], ensure_ascii=False)
    assert await wire.teams.world.deliveries(id_) == rows


async def test_a_meeting_that_is_saved_twice_is_one_meeting(wire: Wire) -> None:
    await save(wire, submit=False)
    answer = await save(wire, submit=False)
    assert "Tämä tapaaminen on jo tallennettu" in json.dumps(answer["value"], ensure_ascii=False)
    async with wire.teams.world.database.reading() as tx:
        assert len((await tx.execute(entered.select())).all()) == 1
    # At another time it is another one.
    other = {**MEETING, "day": "2026-12-02"}
    await wire.press("meeting.save", submit=False, **other)
    async with wire.teams.world.database.reading() as tx:
        assert len((await tx.execute(entered.select())).all()) == 2
