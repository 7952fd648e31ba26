"""A server in a process of its own, with a tenant around it."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import aiohttp

from bot.understanding.trained_model import cache_folder
from tests.channels.connector.fakes import APP_ID, SECRET, TENANT
from tests.end_to_end.machine import free_port
from tests.end_to_end.teams import Teams, tenant
from tests.packages import clean_environment

ROOT = Path(__file__).parents[2]
PATIENCE = 150.0
"""Seconds for a process to start or to say something, on a machine that does much else: the server
may have to learn its phrases first."""

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
            # What begins a chat replies to nothing.
            and call.body.get("replyToId", activity["id"]) == activity["id"]
        ]


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
