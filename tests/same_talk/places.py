"""The five places in which people talk with the bot, each with its own wire."""

from __future__ import annotations

import asyncio
import codecs
import fcntl
import json
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any

from tests import forked
from tests.channels.connector.fakes import TENANT
from tests.end_to_end.teams import AT, BOT, TEAM

from .house import PATIENCE, ROOT, House
from .shown import Shown, of_ask, of_card, of_messenger, of_page, of_terminal, without_escapes

COLUMNS = 4_000
"""So wide that no line is broken."""

_numbers = count(1)


class Place(ABC):
    """A conversation of one person in one place."""

    name: str

    @abstractmethod
    async def welcome(self) -> Shown:
        """Comes for the first time; gives what is said before anything is asked."""

    @abstractmethod
    async def say(self, text: str) -> Shown:
        """Writes something; gives the answer."""

    @abstractmethod
    async def tap(self, shown: Shown, number: int) -> Shown:
        """Taps a suggestion of an answer, counted from 0; gives the answer to that."""


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

    async def welcome(self) -> Shown:
        (shown,) = await self._turn(type="conversationUpdate", membersAdded=[BOT])
        return shown

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

    async def welcome(self) -> Shown:
        begun = {"postback": {"title": "Get Started", "payload": "GET_STARTED"}}
        return await self._turn("GET_STARTED", begun)

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

    async def welcome(self) -> Shown:
        url = f"{self.house.url}/api/chat"
        async with self.house.teams.http.get(url, params={"language": self.locale[:2]}) as answer:
            assert answer.status == 200, await answer.text()
            return of_page(await answer.json())

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
            env=house.environment | {"TERM": "xterm", "LC_ALL": language, "COLUMNS": str(COLUMNS)},
            start_new_session=True,
        )
        os.close(slave)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    async def welcome(self) -> Shown:
        shown = await asyncio.to_thread(self._until_prompt)
        # Before it stands what is said while it loads, behind it how the terminal is used.
        return of_terminal("\n" + shown.partition("\n")[2].rpartition("\n")[0])

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
    ask = partial(forked.run, "ask", "--json", *options)
    done = await asyncio.to_thread(ask, env=house.environment, input=lines.encode())
    assert done.returncode == 0, done.stderr
    return [of_ask(json.loads(line)) for line in done.stdout.decode().splitlines()]
