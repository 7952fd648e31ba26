"""A real server with a tenant around it, and what it does while it is attacked."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import resource
import statistics
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from tests.channels.connector.fakes import APP_ID, ISSUER, SECRET, TENANT, Signer
from tests.end_to_end.machine import free_port
from tests.end_to_end.teams import Person, Place, Teams, tenant
from tests.packages import clean_environment

from .attacks import PLANTED, Job

ROOT = Path(__file__).parents[2]
FILES = 256
"""Files that the server may open, as many as macOS gives: fewer than attacks have connections."""

API_TOKEN = "a-right-api-token-0123456789abcdef"
MEMBER = Person("Made Up", "29:made-up", "22222222-bbbb-4000-8000-000000000001")

TRIES = 9
GIVEN_UP = 10.0
"""Seconds after which a turn, or `/healthz`, has not been answered."""

STARTS_WITHIN = 120.0
ENDS_WITHIN = 60.0
BACK_WITHIN = 60.0
"""Seconds after an attack in which memory and files are back where they were."""

OF_TURNS = {"turn.answered", "token.fetched", "signing_keys.fetched"}
"""Lines of the log that are due to who asks properly."""


@dataclass(frozen=True)
class Answered:
    """How long it took, in seconds."""

    turns: list[float]
    health: list[float]

    def __str__(self) -> str:
        turn, health = statistics.median(self.turns), statistics.median(self.health)
        return f"a turn {turn:.3f} s ({max(self.turns):.3f}), /healthz {health:.3f} s"


@dataclass(frozen=True)
class Holding:
    """What the server holds."""

    memory: float
    """Resident, MiB."""
    files: int


@dataclass
class Siege:
    """The server, and who writes to it in earnest."""

    process: asyncio.subprocess.Process
    teams: Teams
    log: Path
    read_to: int = 0
    numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.teams.port}"

    def holding(self) -> Holding:
        """What it holds now."""
        watched = psutil.Process(self.process.pid)
        return Holding(watched.memory_info().rss / 2**20, watched.num_fds())

    def written(self) -> list[str]:
        """Lines of the log since the last call, but those of turns."""
        with self.log.open("rb") as file:
            file.seek(self.read_to)
            text = file.read()
        self.read_to += len(text)
        lines = text.decode("utf-8").splitlines()
        return [line for line in lines if not _is_of_turns(line)]

    async def turn(self) -> float:
        """Somebody writes, on a connection of their own, and is answered in the chat."""
        began = time.perf_counter()
        with contextlib.suppress(TimeoutError, aiohttp.ClientError):
            async with asyncio.timeout(GIVEN_UP):
                # A chat of its own: in one and the same, there is a limit.
                chat = Place("personal", f"a:made-up-{next(self.numbers)}")
                await self.teams.say(MEMBER, chat, "kuka minä olen")
                return time.perf_counter() - began
        return GIVEN_UP

    async def health(self) -> float:
        """Somebody asks whether it lives, on a connection of their own."""
        began = time.perf_counter()
        with contextlib.suppress(TimeoutError, aiohttp.ClientError):
            async with asyncio.timeout(GIVEN_UP):
                async with self.teams.http.get(f"{self.url}/healthz") as answer:
                    assert answer.status == 200
                    assert "Server" not in answer.headers
                    return time.perf_counter() - began
        return GIVEN_UP

    async def answered(self) -> Answered:
        """How long several turns take, one after the other."""
        answered = Answered([], [])
        for _ in range(TRIES):
            answered.turns.append(await self.turn())
            answered.health.append(await self.health())
            if sum(answered.turns) + sum(answered.health) > 2 * GIVEN_UP:
                break
            await asyncio.sleep(0.2)
        return answered

    async def until_back(self, before: Holding, files: int, memory: float) -> Holding:
        """Waits until it holds no more than before and so much; gives what it holds then."""
        waited = time.monotonic() + BACK_WITHIN
        while True:
            now = self.holding()
            back = now.files <= before.files + files and now.memory <= before.memory + memory
            if back or time.monotonic() > waited:
                return now
            await asyncio.sleep(0.2)

    @contextlib.asynccontextmanager
    async def attacked(self, attack: str) -> AsyncIterator[dict[str, int]]:
        """Lets an attack go on; what it counted is filled in when it has ended."""
        counts: dict[str, int] = {}
        attacker = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tests.outage.attacks"),
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert attacker.stdin is not None
        assert attacker.stdout is not None
        try:
            attacker.stdin.write(json.dumps(vars(self._job(attack))).encode() + b"\n")
            async with asyncio.timeout(ENDS_WITHIN):
                assert await attacker.stdout.readline() == b"{}\n"
            yield counts
            attacker.stdin.close()
            async with asyncio.timeout(ENDS_WITHIN):
                counts.update(json.loads(await attacker.stdout.readline()))
                assert await attacker.wait() == 0
        finally:
            if attacker.returncode is None:
                attacker.kill()
                await attacker.wait()

    def _job(self, attack: str) -> Job:
        """The good tokens that an attack has, and the bad ones."""
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": APP_ID,
            "serviceurl": self.teams.connector.url,
        }
        claims |= {"nbf": now - 60, "exp": now + 600}
        stranger = Signer(self.teams.signer.key_id)
        if attack == "unknown keys":
            bad = [stranger.sign(claims, kid=f"{PLANTED}-{number}") for number in range(50)]
        else:
            bad = [stranger.sign(claims), self.teams.signer.sign(claims | {"exp": now - 3600})]
        good = {
            "/api/messages": f"Authorization: Bearer {self.teams.signer.sign(claims)}",
            "/api/announcements": f"Authorization: Bearer {API_TOKEN}",
        }
        return Job(attack, self.teams.port, good, bad)


def _is_of_turns(line: str) -> bool:
    try:
        return json.loads(line)["event"] in OF_TURNS
    except (ValueError, KeyError, TypeError):
        return False


def _settings(teams: Teams, folder: Path) -> dict[str, str]:
    return {
        "BOT_APP_ID": APP_ID,
        "BOT_APP_TENANT_ID": TENANT,
        "BOT_APP_PASSWORD": SECRET,
        "BOT_APP_PASSWORD_EXPIRES": "2099-01-31",
        "BOT_API_TOKEN": API_TOKEN,
        "BOT_WEB_CHAT": "true",
        "BOT_LOGIN_URL": teams.login.url,
        "BOT_OPENID_METADATA_URL": teams.openid.url,
        "BOT_DATABASE_URL": f"sqlite:///{folder / 'taikubot.db'}",
        "SSL_CERT_FILE": str(teams.pem),
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }


def _few_files() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, hard))


@contextlib.asynccontextmanager
async def siege(folder: Path) -> AsyncIterator[Siege]:
    """A server that has started and has answered something."""
    async with tenant(folder, free_port()) as teams, _new_connections() as http:
        teams.http = http
        log = folder / "server.log"
        with log.open("ab") as file:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "bot", "serve", "--port", str(teams.port)),
                cwd=ROOT,
                env=clean_environment(**_settings(teams, folder)) | _cache(),
                preexec_fn=_few_files,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=file,
                stderr=file,
            )
        made = Siege(process, teams, log)
        try:
            await _until_ready(made)
            await made.answered()
            yield made
        finally:
            if process.returncode is None:
                process.terminate()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(ENDS_WITHIN):
                        await process.wait()
            if process.returncode is None:
                process.kill()
                await process.wait()


def _new_connections() -> aiohttp.ClientSession:
    """Whoever connects anew is served the worst."""
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True))


def _cache() -> dict[str, str]:
    from bot.understanding.trained_model import cache_folder

    return {"BOT_CACHE_DIR": str(cache_folder())}


async def _until_ready(made: Siege) -> None:
    async with asyncio.timeout(STARTS_WITHIN):
        while True:
            assert made.process.returncode is None, made.log.read_text("utf-8")[-4_000:]
            with contextlib.suppress(aiohttp.ClientError):
                async with made.teams.http.get(f"{made.url}/readyz") as answer:
                    if answer.status == 200:
                        return
            await asyncio.sleep(0.1)


def described(value: Any) -> str:
    """A value for a message of a failed test, not too long."""
    return str(value)[:3_000]
