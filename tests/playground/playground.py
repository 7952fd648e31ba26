"""Starts Microsoft's Agents Playground, the bot and Chromium, and puts the client into words."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests import node_packages

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CLI = node_packages.MODULES / "@microsoft" / "m365agentsplayground" / "cli.js"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BOT_NAME = "Taikubot"
USERS = ("Culture Producer", "Dance Artist", "Museum Educator", "Music Therapist", "Choir Leader")

START = 300.0
"""Seconds in which the bot must be up: it may have to learn its phrases first."""

WAIT, SOON = 40.0, 10.0
"""Seconds in which the client must show something, and in which it mostly does."""

PERSONAL = "Personal Chat"
"""The chat that is in view at first."""


def needed() -> str:
    """The browser's path; raises Missing where it, node, npm or a package is not installed."""
    node_packages.install()
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        raise node_packages.Missing("Chromium is not installed")
    return browser


def free_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@contextmanager
def process(
    command: list[str], log: Path, cwd: Path = ROOT, **environment: str
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that ends with the block; what it says goes to `log`."""
    with log.open("wb") as output:
        started = subprocess.Popen(
            command,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**clean_environment(), **environment},
        )
        try:
            yield started
        finally:
            started.terminate()
            try:
                started.wait(15)
            except subprocess.TimeoutExpired:
                started.kill()
                started.wait()


def clean_environment() -> dict[str, str]:
    """The environment without settings of the bot."""
    return {name: value for name, value in os.environ.items() if not name.startswith("BOT_")}


def until_up(url: str, one: subprocess.Popen[bytes], log: Path, seconds: float = START) -> None:
    """Waits until a URL answers."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if one.poll() is not None:
            break
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"{url} does not answer: {log.read_text()[-3000:]}")


@contextmanager
def running_bot(folder: Path) -> Iterator[str]:
    """The bot itself with its demo meetings, as `serve` starts it; yields its address."""
    port, log = free_port(), folder / "bot.log"
    command = [sys.executable, "-m", "bot", "serve", "--demo", "--port", str(port)]
    database = f"sqlite+aiosqlite:///{folder / 'taikubot.db'}"
    with process(command, log, BOT_DATABASE_URL=database) as one:
        until_up(f"http://127.0.0.1:{port}/healthz", one, log)
        yield f"http://127.0.0.1:{port}/api/messages"


@contextmanager
def speaking(locale: str, bot: str) -> Iterator[str]:
    """A client in a language: the Playground is always American, so this passes its posts on."""

    class Post(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            activity = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            body = json.dumps(activity | {"locale": locale}).encode()
            request = urllib.request.Request(
                bot, body, {"Content-Type": "application/json"}, method="POST"
            )
            try:
                with urllib.request.urlopen(request, timeout=30) as response:
                    status, answer = response.status, response.read()
            except urllib.error.HTTPError as error:
                with error:
                    status, answer = error.code, error.read()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Post) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/api/messages"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def running_playground(folder: Path, name: str, bot: str) -> Iterator[str]:
    """The Playground with chats of its own; yields its address."""
    port, log = free_port(), folder / f"playground-{name}.log"
    home = folder / name
    home.mkdir()
    (home / ".m365agentsplayground.yml").write_text(json.dumps(_configuration(name)))
    command = ["node", str(CLI), "start", "-e", bot, "-c", "msteams", "-p", str(port)]
    command.append("--disable-telemetry")
    with process(command, log, home, TEAMSAPPTESTER_BROWSER="none") as one:
        until_up(f"http://localhost:{port}/", one, log)
        yield f"http://localhost:{port}/"


def _configuration(name: str) -> dict[str, Any]:
    """Who is there; the Playground wants five users and at most one channel beside General."""

    def user(number: int, full_name: str) -> dict[str, str]:
        first, last = full_name.split()
        return {
            "id": f"user-{number}",
            "name": full_name,
            "userPrincipleName": f"{first.lower()}@example.com",
            "aadObjectId": f"00000000-0000-0000-0000-0000000001{number:02}",
            "givenName": first,
            "surname": last,
            "email": f"{first.lower()}@example.com",
        }

    return {
        "version": "0.1.1",
        "tenantId": "00000000-0000-0000-0000-0000000000001",
        "bot": {"id": "00000000-0000-0000-0000-00000000000011", "name": BOT_NAME},
        "currentUser": user(0, "New Member"),
        "users": [user(number, one) for number, one in enumerate(USERS, 1)],
        "personalChat": {"id": f"personal-{name}"},
        "groupChat": {"id": f"group-{name}", "name": "Group Chat"},
        "team": {
            "id": f"team-{name}",
            "name": "My Team",
            "aadGroupId": "00000000-0000-0000-0000-000000000031",
            "channels": [{"id": f"channel-{name}", "name": "Announcements"}],
        },
    }


@dataclass(frozen=True)
class Card:
    """A card as it is shown."""

    text: str
    links: list[tuple[str, str]]
    buttons: list[str]
    cut: list[str]
    """Texts that do not fit where they stand."""
    right: int
    width: int
    """The window's."""


@dataclass
class Client:
    """The Playground in a browser, for one person who looks at it."""

    driver: subprocess.Popen[str]
    browser: str
    url: str
    profiles: Path
    opened: int = field(default=0)
    chat: str = PERSONAL
    """The chat or channel in view."""

    def do(self, command: str, **more: Any) -> Any:
        """Has the driver do something; raises AssertionError with what went wrong."""
        assert self.driver.stdin is not None
        assert self.driver.stdout is not None
        self.driver.stdin.write(json.dumps({"command": command, **more}) + "\n")
        self.driver.stdin.flush()
        line = self.driver.stdout.readline()
        assert line, "the driver has ended"
        answer = json.loads(line)
        assert "error" not in answer, f"{command} {more}: {answer['error']}"
        return answer["result"]

    def open(self, width: int = 1280, height: int = 900, *, dark: bool = False) -> None:
        """Opens the client in a new browser."""
        self.opened += 1
        profile = str(self.profiles / str(self.opened))
        place = {"browser": self.browser, "profile": profile, "url": self.url}
        self.do("open", **place, width=width, height=height, dark=dark)

    def go(self, chat: str) -> None:
        """Turns to a chat or channel."""
        self.do("go", chat=chat)
        self.chat = chat

    def cards(self) -> list[Card]:
        """The cards in view."""
        return [
            Card(**{**one, "links": [(text, url) for text, url in one["links"]]})
            for one in self.do("cards")
        ]

    def until_gone(self, words: str) -> list[Card]:
        """The cards, once none says something any more."""
        end = time.monotonic() + WAIT
        while True:
            cards = self.cards()
            if not any(words in card.text for card in cards):
                return cards
            assert time.monotonic() < end, f"a card still says {words!r}: {self.do('texts')}"
            time.sleep(0.2)

    def until_cards(self, count: int, seconds: float = WAIT) -> list[Card]:
        """The cards, once there are so many; raises AssertionError where there are not in time."""
        end = time.monotonic() + seconds
        while len(cards := self.cards()) < count:
            assert time.monotonic() < end, f"{len(cards)} cards of {count}: {self.do('texts')}"
            time.sleep(0.05)
        return cards

    def ask(self, text: str, *, mention: bool = False, post: bool = False) -> Card:
        """Says something and waits for the answer: the card that was not there before."""
        before = self.cards()
        self.say(text, mention=mention, post=post)
        if post:
            self._redraw_unless(len(before) + 1)
        after = self.until_cards(len(before) + 1)
        return _new(before, after)

    def _redraw_unless(self, count: int) -> None:
        """Turns away and back where there are not so many cards soon.

        The Playground does not draw an answer that comes before it has drawn the post itself.
        """
        try:
            self.until_cards(count, SOON)
        except AssertionError:
            here = self.chat
            self.go(PERSONAL)
            self.until_cards(1)
            self.go(here)

    def say(self, text: str, *, mention: bool = False, post: bool = False) -> None:
        """Says something; `post` begins a new thread in a channel."""
        self.do("say", text=text, mention=BOT_NAME if mention else None, post=post)

    def until_last(self, words: str) -> Card:
        """The last card, once it says something: cards are also changed in place."""
        return self.until_card(words, last=True)

    def until_card(self, *words: str, last: bool = False) -> Card:
        """A card that says all of some words, once there is one."""
        end = time.monotonic() + WAIT
        while True:
            cards = self.cards()
            looked_at = cards[-1:] if last else cards
            found = [card for card in looked_at if all(one in card.text for one in words)]
            if found:
                return found[-1]
            assert time.monotonic() < end, f"no card says {words!r}: {self.do('texts')}"
            time.sleep(0.05)

    def change(self, button: str, words: str) -> Card:
        """Presses a button of the last card and waits until that card says something."""
        self.do("press", button=button)
        return self.until_last(words)

    def press(self, button: str) -> Card:
        """Presses the last button of that name and waits for the answer."""
        before = self.cards()
        self.do("click", button=button)
        return _new(before, self.until_cards(len(before) + 1))


def _new(before: list[Card], after: list[Card]) -> Card:
    """The card that was added: threads of a channel are not in the order of their answers."""
    rest = [card.text for card in before]
    for card in reversed(after):
        if card.text in rest:
            rest.remove(card.text)
        else:
            return card
    return after[-1]


@contextmanager
def client(browser: str, url: str, folder: Path) -> Iterator[Client]:
    """A browser that is closed with the block."""
    folder.mkdir(parents=True)
    with subprocess.Popen(
        ["node", str(HERE / "driver.mjs")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as driver:
        try:
            yield Client(driver, browser, url, folder)
        finally:
            assert driver.stdin is not None
            driver.stdin.close()
            try:
                driver.wait(15)
            except subprocess.TimeoutExpired:
                driver.kill()
