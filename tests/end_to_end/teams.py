"""Teams and Entra on loopback, and people in it who write to the bot and press its buttons."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from tests.channels.connector.fakes import (
    APP_ID,
    ISSUER,
    TENANT,
    Call,
    FakeConnector,
    FakeLogin,
    FakeOpenId,
    Signer,
    self_signed,
    write_pem,
)

BOT = {"id": "28:bot", "name": "Taikubot"}
TEAM = "19:team@thread.tacv2"
AT = "<at>Taikubot</at>"
PATIENCE = 30.0


@dataclass(frozen=True)
class Person:
    """Somebody in the tenant."""

    name: str
    account: str
    entra: str


@dataclass(frozen=True)
class Place:
    """A chat with the bot alone, or a channel of the team."""

    kind: str
    id: str


@dataclass
class Teams:
    """The tenant; `port` is where its bot listens."""

    login: FakeLogin
    openid: FakeOpenId
    connector: FakeConnector
    signer: Signer
    pem: Path
    http: aiohttp.ClientSession
    port: int
    tokens: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    """All that people wrote."""
    _numbers: int = 0

    async def say(self, who: Person, place: Place, text: str) -> dict[str, Any]:
        """Writes to the bot, in a channel by mentioning it; gives the card of its reply."""
        self.said.append(text)
        before = len(self.connector.calls)
        more: dict[str, Any] = {"text": text}
        if place.kind == "channel":
            mention = {"type": "mention", "mentioned": BOT, "text": AT}
            more = {"text": f"{AT} {text}", "entities": [mention]}
        status, _ = await self.send(self._activity(who, place, type="message", **more))
        assert status == 200
        (reply,) = [call for call in self.connector.calls[before:] if _is_message(call)]
        return _card(reply.body) | {"id": f"act-{self.connector.calls.index(reply) + 1}"}

    async def press(
        self, who: Person, place: Place, card: dict[str, Any], title: str, **typed: str
    ) -> dict[str, Any]:
        """Fills fields of a card (`title__fi` is `title.fi`), presses a button; gives the card."""
        (action,) = [one for one in _parts(card, "Action.Execute") if one["title"] == title]
        inputs = {one["id"]: one.get("value", "") for one in _parts(card, "Input.")}
        written = {name.replace("__", "."): text for name, text in typed.items()}
        assert written.keys() <= inputs.keys(), f"{written.keys()} of {inputs.keys()}"
        data = {**action["data"], **{k: v for k, v in (inputs | written).items() if v}}
        invoke = {"name": "adaptiveCard/action", "replyToId": card["id"]}
        invoke["value"] = {"action": {"type": "Action.Execute", "verb": "?", "data": data}}
        status, body = await self.send(self._activity(who, place, type="invoke", **invoke))
        assert status == 200, body
        shown: dict[str, Any] = json.loads(body)["value"]
        return shown | {"id": card["id"]}

    async def send(self, activity: dict[str, Any]) -> tuple[int, str]:
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": APP_ID, "serviceurl": self.connector.url}
        self.tokens.append(self.signer.sign(claims | {"nbf": now - 60, "exp": now + 600}))
        async with self.http.post(
            f"http://127.0.0.1:{self.port}/api/messages",
            json=activity,
            headers={"Authorization": f"Bearer {self.tokens[-1]}"},
        ) as answer:
            return answer.status, await answer.text()

    def _activity(self, who: Person, place: Place, **more: Any) -> dict[str, Any]:
        self._numbers += 1
        data: dict[str, Any] = {"tenant": {"id": TENANT}}
        thread = ""
        if place.kind == "channel":
            data |= {"team": {"id": TEAM}, "channel": {"id": place.id}}
            thread = ";messageid=17"
        return {
            "id": f"activity-{self._numbers}",
            "channelId": "msteams",
            "serviceUrl": self.connector.url,
            "locale": "fi-FI",
            "from": {"id": who.account, "name": who.name, "aadObjectId": who.entra},
            "recipient": BOT,
            "conversation": {
                "id": place.id + thread,
                "conversationType": place.kind,
                "tenantId": TENANT,
            },
            "channelData": data,
        } | more

    def posts(self, place: Place, title: str) -> int:
        """How often a post with a title was put into a channel as a thread of its own."""
        return sum(
            call.method == "POST"
            and call.path == "/v3/conversations"
            and call.body["channelData"]["channel"]["id"] == place.id
            and title in json.dumps(call.body, ensure_ascii=False)
            for call in self.connector.calls
        )

    async def until_posted(self, places: list[Place], title: str) -> None:
        """Waits until a post with a title was put into each channel."""
        async with asyncio.timeout(PATIENCE):
            while not all(self.posts(place, title) for place in places):
                await self.connector.until_called(len(self.connector.calls) + 1)


def text_of(card: dict[str, Any]) -> str:
    """All that a card says."""
    return "\n".join(one["text"] for one in _parts(card, "TextBlock"))


def _is_message(call: Call) -> bool:
    return call.method == "POST" and call.body.get("type") == "message"


def _card(activity: dict[str, Any]) -> dict[str, Any]:
    (attachment,) = activity["attachments"]
    return dict(attachment["content"])


def _parts(value: Any, kind: str) -> Iterator[dict[str, Any]]:
    """Everything in a card whose type begins so; not what older clients show instead."""
    if isinstance(value, list):
        for one in value:
            yield from _parts(one, kind)
    elif isinstance(value, dict):
        if str(value.get("type", "")).startswith(kind):
            yield value
        for name, one in value.items():
            if name not in ("fallback", "data"):
                yield from _parts(one, kind)


@contextlib.asynccontextmanager
async def tenant(folder: Path, port: int) -> AsyncIterator[Teams]:
    """A tenant whose servers run for a while."""
    signer, login = Signer("key-1"), FakeLogin()
    openid, connector = FakeOpenId(signer), FakeConnector(login.issued)
    pem = write_pem(folder / "login.pem", *self_signed(["127.0.0.1"]))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)
    async with contextlib.AsyncExitStack() as stack:
        for fake, scheme, tls in (
            (login, "https", context),
            (openid, "http", None),
            (connector, "http", None),
        ):
            runner = web.AppRunner(fake.app, access_log=None, shutdown_timeout=1)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
            fake.url = f"{scheme}://127.0.0.1:{runner.addresses[0][1]}"
        openid.url += "/metadata"
        http = await stack.enter_async_context(aiohttp.ClientSession())
        yield Teams(login, openid, connector, signer, pem, http, port)
        connector.gate.set()
