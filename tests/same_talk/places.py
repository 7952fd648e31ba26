"""The five places in which people talk with the bot, each with its own wire."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import fcntl
import json
import os
import pty
import select
import shutil
import struct
import subprocess
import sys
import termios
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import aiohttp

from bot.understanding.trained_model import cache_folder
from tests.channels.connector.fakes import APP_ID, SECRET, TENANT
from tests.end_to_end.machine import free_port
from tests.end_to_end.teams import AT, BOT, TEAM, Teams, tenant
from tests.packages import clean_environment

from .shown import Shown, of_ask, of_card, of_messenger, of_page, of_terminal, without_escapes

ROOT = Path(__file__).parents[2]
PATIENCE = 150.0
"""Seconds for a process to start or to say something, on a machine that does much else: the server
may have to learn its phrases first."""

COLUMNS = 4_000
"""So wide that no line is broken."""

PUBLIC_URL = "https://taikubot.example.org"
"""Where people find the server, as its settings have it."""

CHANGES = {
    # One has a link for everybody; the other, in a network of its own, one for members.
    "pirkanmaa-aamukahvit.yaml": {"share: members": "share: public"},
    "pirkanmaa-verkostotapaaminen.yaml": {
        "[pirkanmaa]": "[uusimaa]",
        "FREQ=YEARLY;BYMONTH=4,10;BYDAY=2WE": "FREQ=WEEKLY",
        "registration:": "online:",
        "/pirkanmaa/ilmoittautuminen": "/members\n  share: members",
    },
}
"""What is otherwise in the demo meetings; their names stay, so nothing has to be learned anew."""

_numbers = count(1)


class Place(ABC):
    """A conversation of one person in one place."""

    name: str

    @abstractmethod
    async def say(self, text: str) -> Shown:
        """Writes something; gives the answer."""

    @abstractmethod
    async def tap(self, shown: Shown, number: int) -> Shown:
        """Taps a suggestion of an answer, counted from 0; gives the answer to that."""


@dataclass
class House:
    """A server with its tenant, and what commands on its machine have as environment."""

    teams: Teams
    folder: Path
    environment: dict[str, str]

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.teams.port}"

    def replies(self, activity: dict[str, Any]) -> list[dict[str, Any]]:
        """The messages by which the bot replied to an activity."""
        return [
            call.body
            for call in self.teams.connector.calls
            if call.method == "POST"
            and unquote(call.path).split("/")[3] == activity["conversation"]["id"]
            and call.body.get("type") == "message"
            and call.body.get("replyToId") == activity["id"]
        ]


@dataclass
class InTeams(Place):
    """Teams: a chat with the bot alone or, with `thread`, a thread of a channel."""

    house: House
    locale: str
    thread: str = ""
    who: str = field(default_factory=lambda: f"29:someone-{next(_numbers)}")
    channel: str = "19:channel@thread.tacv2"
    execute: bool = False
    """Whether taps come as Action.Execute, whose answer is the response, and not as Submit."""
    name = "teams"

    async def say(self, text: str) -> Shown:
        more: dict[str, Any] = {"text": text}
        if self.thread:
            mention = {"type": "mention", "mentioned": BOT, "text": AT}
            more = {"text": f"{AT} {text}", "entities": [mention]}
        (shown,) = await self._turn(type="message", **more)
        return shown

    async def overhear(self, text: str) -> list[Shown]:
        """People write to each other: nobody mentions the bot."""
        return await self._turn(type="message", text=text)

    async def tap(self, shown: Shown, number: int) -> Shown:
        assert shown.asks is not None
        data = {"text": shown.asks[number]}
        if not self.execute:
            (answer,) = await self._turn(type="message", value=data)
            return answer
        action = {"type": "Action.Execute", "verb": "", "data": data}
        activity = self._activity(
            type="invoke", name="adaptiveCard/action", value={"action": action}
        )
        status, body = await self.house.teams.send(activity)
        assert status == 200, body
        return of_card(json.loads(body)["value"])

    async def _turn(self, **more: Any) -> list[Shown]:
        activity = self._activity(**more)
        status, body = await self.house.teams.send(activity)
        assert status == 200, body
        sent = self.house.replies(activity)
        cards = [one["content"] for message in sent for one in message["attachments"]]
        return [of_card(one) for one in cards]

    def _activity(self, **more: Any) -> dict[str, Any]:
        data: dict[str, Any] = {"tenant": {"id": TENANT}}
        kind, id_ = "personal", f"a:{self.who}"
        if self.thread:
            data |= {"team": {"id": TEAM}, "channel": {"id": self.channel}}
            kind, id_ = "channel", f"{self.channel};messageid={self.thread}"
        return {
            "id": f"talk-{next(_numbers)}",
            "channelId": "msteams",
            "serviceUrl": self.house.teams.connector.url,
            "locale": self.locale,
            "from": {"id": self.who, "name": "Member"},
            "recipient": BOT,
            "conversation": {"id": id_, "conversationType": kind, "tenantId": TENANT},
            "channelData": data,
        } | more


@dataclass
class InMessenger(Place):
    """Messenger; `postback`: taps come as postbacks, and not as quick replies."""

    house: House
    locale: str
    postback: bool = False
    who: str = field(default_factory=lambda: f"40000000{next(_numbers):08}")
    name = "messenger"

    async def say(self, text: str) -> Shown:
        return await self._turn(text, {"message": {"mid": "m", "text": text}})

    async def tap(self, shown: Shown, number: int) -> Shown:
        assert shown.asks is not None
        assert shown.titles is not None
        title, payload = shown.titles[number], shown.asks[number]
        if self.postback:
            # Azure Bot Service gives the payload as the text.
            return await self._turn(payload, {"postback": {"title": title, "payload": payload}})
        reply = {"mid": "m", "text": title, "quick_reply": {"payload": payload}}
        return await self._turn(title, {"message": reply})

    async def _turn(self, text: str, data: dict[str, Any]) -> Shown:
        page = "100000000000042"
        conversation = f"{self.who}-{page}"
        activity = {
            "type": "message",
            "id": f"talk-{next(_numbers)}",
            "channelId": "facebook",
            "serviceUrl": self.house.teams.connector.url,
            "locale": self.locale.replace("-", "_"),
            "from": {"id": self.who, "name": "Member"},
            "conversation": {"isGroup": False, "id": conversation},
            "recipient": {"id": page, "name": "page"},
            "textFormat": "plain",
            "text": text,
            "channelData": {"sender": {"id": self.who}, "recipient": {"id": page}} | data,
        }
        status, body = await self.house.teams.send(activity)
        assert status == 200, body
        return of_messenger(self.house.replies(activity))


@dataclass
class OnPage(Place):
    """The web page: what its script sends."""

    house: House
    locale: str
    conversation: str | None = field(default_factory=lambda: f"tab-{next(_numbers)}")
    """What names the conversation; without it nothing is remembered."""
    name = "page"

    async def say(self, text: str) -> Shown:
        question = {"text": text, "conversation": self.conversation, "language": self.locale[:2]}
        async with asyncio.timeout(PATIENCE):
            while True:
                async with self.house.teams.http.post(
                    f"{self.house.url}/api/chat", json=question
                ) as answer:
                    if answer.status == 200:
                        return of_page(await answer.json())
                    assert answer.status == 429, await answer.text()
                    await asyncio.sleep(int(answer.headers["Retry-After"]))

    async def tap(self, shown: Shown, number: int) -> Shown:
        assert shown.asks is not None
        return await self.say(shown.asks[number])


class InTerminal(Place):
    """`taikubot chat` in a terminal of its own."""

    name = "terminal"

    def __init__(self, house: House, locale: str) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, COLUMNS, 0, 0))
        language = locale.replace("-", "_") + ".UTF-8"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bot", "chat"],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=ROOT,
            env=house.environment | {"TERM": "xterm", "LC_ALL": language},
            start_new_session=True,
        )
        os.close(slave)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    async def begin(self) -> Shown:
        """Waits for the first prompt; gives the welcome."""
        return of_terminal("\n" + await asyncio.to_thread(self._until_prompt))

    async def say(self, text: str) -> Shown:
        os.write(self._master, f"{text}\n".encode())
        return of_terminal(await asyncio.to_thread(self._until_prompt))

    async def tap(self, shown: Shown, number: int) -> Shown:
        return await self.say(str(number + 1))

    def _until_prompt(self) -> str:
        """What is shown up to the next prompt."""
        end = time.monotonic() + PATIENCE
        shown = ""
        while not (text := without_escapes(shown)).endswith("\n› "):
            left = max(end - time.monotonic(), 0)
            assert select.select([self._master], [], [], left)[0], f"no prompt: {shown!r}"
            shown += self._decoder.decode(os.read(self._master, 65536))
        return text.removesuffix("\n› ")

    def close(self) -> None:
        """Ends it."""
        self._process.kill()
        self._process.wait()
        os.close(self._master)


async def asked(house: House, lines: str, *options: str) -> list[Shown]:
    """What `ask --json` answers to the lines of its standard input."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot", "ask", "--json", *options),
        cwd=ROOT,
        env=house.environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(PATIENCE):
        out, _ = await process.communicate(lines.encode())
    assert process.returncode == 0
    return [of_ask(json.loads(line)) for line in out.decode().splitlines()]


@contextlib.asynccontextmanager
async def new_house(folder: Path) -> AsyncIterator[House]:
    """`taikubot serve` in a process of its own, with a tenant around it."""
    port = free_port()
    async with tenant(folder, port) as teams:
        environment = clean_environment(
            BOT_CACHE_DIR=str(cache_folder()),
            BOT_CONTENT_DIR=str(_content(folder)),
            XDG_STATE_HOME=str(folder),
            NO_PROXY="127.0.0.1",
        )
        house = House(teams, folder, environment)
        log = folder / "server.log"
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "bot", "serve", "--port", str(port)),
                cwd=ROOT,
                env=environment
                | {
                    "BOT_APP_ID": APP_ID,
                    "BOT_APP_TENANT_ID": TENANT,
                    "BOT_APP_PASSWORD": SECRET,
                    "BOT_LOGIN_URL": teams.login.url,
                    "BOT_OPENID_METADATA_URL": teams.openid.url,
                    "BOT_PUBLIC_URL": PUBLIC_URL,
                    "BOT_WEB_CHAT": "true",
                    "BOT_DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'taikubot.db'}",
                    "SSL_CERT_FILE": str(teams.pem),
                },
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        try:
            async with asyncio.timeout(PATIENCE):
                while not await _answers(house):
                    assert process.returncode is None, log.read_text("utf-8")
                    await asyncio.sleep(0.05)
            yield house
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


def _content(folder: Path) -> Path:
    """The repository's content with the demo meetings as if they were real ones.

    A server that is reached by tokens does not start with `--demo`.
    """
    made = folder / "content"
    shutil.copytree(ROOT / "content", made, ignore=shutil.ignore_patterns("demo"))
    for path in (ROOT / "content/demo/meetings").glob("*.yaml"):
        real = path.read_text("utf-8").replace("demo: true\n", "")
        for before, after in CHANGES.get(path.name, {}).items():
            assert before in real
            real = real.replace(before, after)
        (made / "meetings" / path.name).write_text(real, "utf-8")
    return made


async def _answers(house: House) -> bool:
    with contextlib.suppress(aiohttp.ClientError):
        async with house.teams.http.get(f"{house.url}/healthz") as answer:
            return answer.status == 200
    return False
