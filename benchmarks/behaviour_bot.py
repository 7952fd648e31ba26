"""The bot of a checkout as a black box: its commands, its server, and a connector on loopback.

Everything runs at a time of day of its own, so what is said of today is the same on any day.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
import os
import shutil
import socket
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import aiohttp
from aiohttp import web

START = dt.datetime(2026, 12, 8, 8, 17, tzinfo=dt.UTC)
"""10.17 in Finland, two days before a demo meeting; no meeting and no form names that time."""

TENANT = "99999999-8888-7777-6666-555555555555"
TOKEN = "token-of-the-api"
PUBLIC_URL = "https://bot.example.org"
START_WITHIN = 300.0
END_WITHIN = 20.0

Json = dict[str, Any]


class Failed(Exception):
    """The check cannot go on; the text says why."""


@dataclass(frozen=True)
class Ended:
    """What a command said."""

    code: int
    out: str
    err: str


@dataclass
class Checkout:
    """A checkout whose bot is looked at; `folder` holds all that is written, the model too."""

    root: Path
    folder: Path

    @property
    def _python(self) -> str:
        own = self.root / ".venv" / "bin" / "python"
        return str(own) if own.exists() else sys.executable

    async def prepare(self) -> None:
        """Makes what sets the clock of a process."""
        compiler = shutil.which("cc")
        if compiler is None or not sys.platform.startswith("linux"):
            raise Failed("Setting the clock takes Linux and a C compiler (cc).")
        source = Path(__file__).with_name("behaviour_clock.c")
        made = await asyncio.create_subprocess_exec(
            compiler, "-shared", "-fPIC", "-o", str(self._clock), str(source), "-ldl"
        )
        if await made.wait():
            raise Failed("The C compiler did not make what sets the clock.")

    async def command(
        self,
        *arguments: str,
        stdin: str = "",
        language: str = "en",
        state: str = "commands",
        settings: dict[str, str] | None = None,
        at: dt.datetime = START,
    ) -> Ended:
        """Runs a command to its end."""
        process = await asyncio.create_subprocess_exec(
            self._python,
            *("-m", "bot", *arguments),
            cwd=self.root,
            env=self._environment(state, at, language) | (settings or {}),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            out, err = await process.communicate(stdin.encode())
        finally:
            if process.returncode is None:
                process.kill()
        assert process.returncode is not None  # noqa: S101
        return Ended(process.returncode, out.decode(), err.decode())

    @contextlib.asynccontextmanager
    async def serve(
        self, state: str, connector: Connector, at: dt.datetime = START
    ) -> AsyncIterator[Server]:
        """A server with the database that is named by `state`; it ends with the block."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        log = self.folder / f"{state}.log"
        with log.open("ab") as file:
            process = await asyncio.create_subprocess_exec(
                self._python,
                *("-m", "bot", "serve", "--demo", "--port", str(port)),
                cwd=self.root,
                env=self._environment(state, at, "en"),
                stdout=file,
                stderr=file,
            )
        try:
            async with aiohttp.ClientSession() as http:
                server = Server(port, http, connector)
                await _until_up(server, process, log)
                yield server
        finally:
            for end in (process.terminate, process.kill):
                if process.returncode is None:
                    end()
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(process.wait(), END_WITHIN)

    @property
    def _clock(self) -> Path:
        return self.folder / "clock.so"

    def _environment(self, state: str, at: dt.datetime, language: str) -> dict[str, str]:
        # Nothing of ours: a setting of the bot or a proxy would change what it does.
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.folder),
            "TZ": "UTC",
            "LANG": {"fi": "fi_FI", "sv": "sv_FI"}.get(language, "en_GB") + ".UTF-8",
            "PYTHONUTF8": "1",
            "PYTHONHASHSEED": "0",
            "LD_PRELOAD": str(self._clock),
            "CLOCK_START": str(int(at.timestamp())),
            "BOT_CACHE_DIR": str(self.folder / "cache"),
            "XDG_STATE_HOME": str(self.folder / state),
            "BOT_API_TOKEN": TOKEN,
            "BOT_PUBLIC_URL": PUBLIC_URL,
        }


async def _until_up(server: Server, process: asyncio.subprocess.Process, log: Path) -> None:
    async with asyncio.timeout(START_WITHIN):
        while process.returncode is None:
            with contextlib.suppress(aiohttp.ClientError):
                if (await server.get("/calendar.ics"))["status"] == 200:
                    return
            await asyncio.sleep(0.1)
    last = await asyncio.to_thread(log.read_text)
    raise Failed(f"The server ended with {process.returncode}:\n{last[-2000:]}")


class Connector:
    """The Bot Connector. It keeps what each conversation shows; it refuses some announcements.

    A channel whose id holds `refuses` takes no announcement, one that holds `gone` is not there.
    """

    def __init__(self) -> None:
        self.url = ""
        self.shown: dict[tuple[str, str], Any] = {}
        """What each message says now, by conversation and id; None where it was deleted."""
        self.changed: dict[tuple[str, str], None] = {}
        """Which of them changed since this was last emptied, in order."""
        self.last_call = 0.0
        self._numbers: dict[str, int] = {}
        app = web.Application(client_max_size=1_000_000)
        app.router.add_route("*", "/{tail:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None)

    async def __aenter__(self) -> Connector:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    def newest_card(self, conversation: str) -> tuple[str, Json] | None:
        """The last message in a conversation that is a card, with its id."""
        for (place, id_), said in reversed(self.shown.items()):
            if place == conversation and (card := card_of(said)):
                return id_, card
        return None

    def take_changes(self) -> dict[str, list[Any]]:
        """What changed, by conversation, as it is shown now; empties what is kept of changes."""
        found: dict[str, list[Any]] = {}
        for place, id_ in self.changed:
            found.setdefault(place, []).append(self.shown[place, id_])
        self.changed = {}
        return dict(sorted(found.items()))

    def _keep(self, place: str, id_: str, said: Any) -> None:
        self.shown[place, id_] = said
        self.changed.setdefault((place, id_))
        self.last_call = time.monotonic()

    def _next(self, place: str) -> str:
        self._numbers[place] = self._numbers.get(place, 0) + 1
        return f"m{self._numbers[place]}"

    async def _handle(self, request: web.Request) -> web.Response:
        parts = [unquote(part) for part in request.raw_path.partition("?")[0].split("/")[2:]]
        body = await request.json() if request.can_read_body else {}
        if request.method == "GET":
            return _told(request.raw_path)
        if body.get("type") == "typing":
            return web.json_response({"id": "typing"}, status=201)
        if parts == ["conversations"]:  # A thread of its own in a channel.
            place = str(body["channelData"]["channel"]["id"])
            if refusal := _refusal(place):
                return refusal
            id_ = self._next(place)
            self._keep(place, id_, body)
            thread = {"id": f"{place};messageid={id_}", "activityId": id_}
            return web.json_response(thread, status=201)
        place, id_ = parts[1].partition(";")[0], parts[3] if len(parts) > 3 else ""
        match request.method:
            case "POST":
                id_ = self._next(place)
                self._keep(place, id_, body)
            case "PUT":
                self._keep(place, id_, body)
            case "DELETE":
                self._keep(place, id_, None)
                return web.Response()
        return web.json_response({"id": id_}, status=201)


def _refusal(place: str) -> web.Response | None:
    for word, status, code in (("refuses", 400, "BadArgument"), ("gone", 404, "NotFound")):
        if word in place:
            error = {"error": {"code": code, "message": "said by the check"}}
            return web.json_response(error, status=status)
    return None


def _told(path: str) -> web.Response:
    """What is known of a team, its channels or a member."""
    if path.startswith("/v3/teams/"):
        if path.endswith("/conversations"):
            found = [{"id": "19:general@thread.tacv2"}, {"id": "19:one@x", "name": "Dance"}]
            return web.json_response({"conversations": found})
        return web.json_response({"id": "19:general@thread.tacv2", "name": "Culture team"})
    member = {"id": "29:u1", "name": "Member", "tenantId": TENANT}
    return web.json_response({"members": [member]} if "members" in path[-13:] else member)


def card_of(said: Any) -> Json | None:
    """The card of an activity, or of one that begins a thread."""
    activity = said.get("activity", said) if isinstance(said, dict) else {}
    for attachment in activity.get("attachments") or ():
        if isinstance(attachment.get("content"), dict):
            card: Json = attachment["content"]
            return card
    return None


@dataclass
class Server:
    """A running server, and what people and programs send to it."""

    port: int
    http: aiohttp.ClientSession
    connector: Connector
    _sent: int = field(default=0)

    async def get(self, path: str, **headers: str) -> Json:
        """Gets a page: status, type and text."""
        async with self.http.get(self.address + path, headers=headers) as answer:
            found: Json = {"path": path, "status": answer.status, "type": answer.content_type}
            return found | {"text": await answer.text()}

    async def call(
        self, method: str, path: str, body: Any, *, source: str | None = None, **headers: str
    ) -> Json:
        """Sends JSON (or bytes as they are) to an endpoint: status, and the JSON that it answers.

        Waits where the endpoint asks to. `source` is the address of this machine to send from.
        """
        if source is not None:
            connector = aiohttp.TCPConnector(local_addr=(source, 0))
            async with aiohttp.ClientSession(connector=connector) as http:
                return await replace(self, http=http).call(method, path, body, **headers)
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} | headers
        while True:
            async with self.http.request(
                method, self.address + path, data=data, headers=headers
            ) as answer:
                if answer.status == 429:
                    await asyncio.sleep(float(answer.headers.get("Retry-After", "1")))
                    continue
                text = await answer.text()
            with contextlib.suppress(ValueError):
                return {"status": answer.status, "body": json.loads(text)}
            return {"status": answer.status, "body": text}

    async def api(self, method: str, path: str = "", body: Any = b"") -> Json:
        """Calls the API of announcements."""
        url = f"/api/announcements{path}"
        return await self.call(method, url, body, Authorization=f"Bearer {TOKEN}")

    async def send(self, activity: Json) -> Json:
        """Sends an activity, as a channel does, under an id of its own."""
        self._sent += 1
        whole = {"id": f"sent-{self._sent}", "serviceUrl": self.connector.url} | activity
        return await self.call("POST", "/api/messages", whole)

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"
