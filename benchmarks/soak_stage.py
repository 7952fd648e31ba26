"""What the soak runs: the bot with all that is around it, and what is done to that meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.soak_load import Load
from benchmarks.soak_peer import FAULTS
from benchmarks.turns_process import BenchmarkError, Child, Reading, environment, free_port
from benchmarks.turns_questions import Questions
from bot.ops.settings import load_settings
from tests.channels.connector.fakes import APP_ID, SECRET, TENANT
from tests.postgres import Postgres

CHANNELS = [f"19:soak-{number}@thread.tacv2" for number in range(50)]

NETWORK, FOLLOW = "pirkanmaa", "seuraa Pirkanmaata"

COORDINATOR = "11111111-0000-4000-8000-000000000001"

API_TOKEN = "0123456789abcdef0123456789abcdef"

SPELL = 6.0
"""Seconds that one kind of trouble lasts, and that none does before the next."""

EVERY = 8.0
"""Seconds between announcements: 50 posts, at 30 a second, in time for the next."""

MENDED_FOR, BROKEN_FOR = 20.0, 10.0
"""Seconds that a content file is whole, and then broken."""

RELOADED_WITHIN = 30.0

SETTLE = 35.0
"""Seconds in which idle connections are closed: kept for 15, and looked at every 15."""

DATABASE_AWAY = 6.0

ALL_ARRIVED = 180.0
"""Seconds after the load in which the last announcements must have ended."""


@dataclass
class Soak:
    """What runs, and what was seen of it."""

    child: Child
    peer: Child
    port: int
    content: Path
    load: Load
    postgres: Postgres | None
    http: aiohttp.ClientSession
    readings: list[Reading] = field(default_factory=list)
    announced: dict[str, str] = field(default_factory=dict)
    """Title -> id."""
    api_statuses: Counter[str] = field(default_factory=Counter)
    edits: int = 0

    async def follow(self) -> None:
        """A coordinator has every channel follow the network."""
        bot = {"id": "28:bot", "name": "Taikubot"}
        mention = {"type": "mention", "mentioned": bot, "text": "<at>Taikubot</at>"}
        for number, channel in enumerate(CHANNELS):
            tenant = {"tenant": {"id": TENANT}}
            activity = {
                "type": "message",
                "id": f"follow-{number}",
                "channelId": "msteams",
                "serviceUrl": self.load.url,
                "locale": "fi-FI",
                "from": {"id": "29:c", "name": "Coordinator", "aadObjectId": COORDINATOR},
                "recipient": bot,
                "conversation": {
                    "id": f"{channel};messageid=1",
                    "conversationType": "channel",
                    "tenantId": TENANT,
                },
                "channelData": {**tenant, "team": {"id": "19:team"}, "channel": {"id": channel}},
                "entities": [mention],
                "text": f"<at>Taikubot</at> {FOLLOW}",
            }
            status = await self.load.say(json.dumps(activity).encode())
            if status != "200":
                raise BenchmarkError(f"A channel could not follow: {status}.")

    async def troubles(self) -> None:
        """The connector is well and unwell in turns, until cancelled; well at the end."""
        try:
            while True:
                for kind in FAULTS:
                    for trouble in ("", kind):
                        self.load.trouble = trouble
                        self.peer.say(trouble)
                        await asyncio.sleep(SPELL)
        finally:
            self.load.trouble = ""
            self.peer.say("")

    async def editing(self) -> None:
        """A file of the content is broken and mended, until cancelled."""
        while True:
            await asyncio.sleep(MENDED_FOR)
            with self._broken():
                await asyncio.sleep(BROKEN_FOR)

    async def edit_once(self) -> None:
        """The first reload, which leaves more behind than later ones, is none of the soak."""
        with self._broken():
            await self._until_reloaded("invalid")
        await self._until_reloaded("live")

    @contextlib.contextmanager
    def _broken(self) -> Iterator[None]:
        path = sorted((self.content / "people").glob("*.yaml"))[0]
        whole = path.read_text(encoding="utf-8")
        path.write_text(whole + "\nbroken: [\n", encoding="utf-8")
        self.edits += 1
        try:
            yield
        finally:
            path.write_text(whole, encoding="utf-8")

    async def _until_reloaded(self, outcome: str) -> None:
        async with asyncio.timeout(RELOADED_WITHIN):
            # Another process: its answer is all there is to wait for.
            while not await self.reloads(outcome):  # noqa: ASYNC110
                await asyncio.sleep(0.2)

    async def reloads(self, outcome: str) -> float:
        """How often changed content was read."""
        return await self.metric(f'taikubot_content_reloads_total{{outcome="{outcome}"}}')

    async def at_rest(self) -> int:
        """The open files once connections that nobody uses are closed."""
        self.load.close()
        await asyncio.sleep(SETTLE)
        return self.child.read().files

    async def announcing(self) -> None:
        """An announcement now and then; each is asked for until it is taken, by one key."""
        for number in range(1, 1_000_000):
            title = f"Soak announcement {number}"
            body = {"title": {"fi": title}, "text": {"fi": "Tervetuloa!"}, "networks": [NETWORK]}
            while title not in self.announced:
                status, answer = await self._api("POST", "", body, title)
                if status == 202:
                    self.announced[title] = answer["id"]
                else:
                    await asyncio.sleep(1)
            await asyncio.sleep(EVERY)

    async def _api(
        self, method: str, path: str, body: Any = None, key: str = ""
    ) -> tuple[int, dict[str, Any]]:
        """A call of the API; status 0 where there was no answer."""
        url = f"http://127.0.0.1:{self.port}/api/announcements{path}"
        headers = {"Authorization": f"Bearer {API_TOKEN}"}
        if key:
            headers["Idempotency-Key"] = key.replace(" ", "-")
        try:
            async with self.http.request(method, url, json=body, headers=headers) as answer:
                self.api_statuses[str(answer.status)] += 1
                return answer.status, await answer.json()
        except (aiohttp.ClientError, TimeoutError) as error:
            self.api_statuses[type(error).__name__] += 1
            return 0, {}

    async def database_goes(self, after: float) -> None:
        """PostgreSQL loses its power in the middle, and comes back."""
        await asyncio.sleep(after)
        if self.postgres is not None:
            await asyncio.to_thread(self.postgres.stop)
            await asyncio.sleep(DATABASE_AWAY)
            await asyncio.to_thread(self.postgres.start)

    async def watching(self) -> None:
        """Reads memory and files once a second, until cancelled."""
        while True:
            self.readings.append(self.child.read())
            await asyncio.sleep(1)

    async def reported(self) -> Counter[str]:
        """What the bot says of the announcements, once all have ended or patience has."""
        deadline = time.monotonic() + ALL_ARRIVED
        totals: Counter[str] = Counter()
        while True:
            totals.clear()
            for id_ in self.announced.values():
                status, answer = await self._api("GET", f"/{id_}?limit=1")
                totals.update(answer["counts"] if status == 200 else {"pending": 1})
                await asyncio.sleep(0.11)  # its own pace, which it asks everybody to keep
            if not totals["pending"] or time.monotonic() > deadline:
                return totals

    async def metric(self, line: str) -> float:
        """The value of a sample of `/metrics`; 0 where there is none."""
        async with self.http.get(f"http://127.0.0.1:{self.port}/metrics") as answer:
            for sample in (await answer.text()).splitlines():
                name, _, value = sample.rpartition(" ")
                if name == line:
                    return float(value)
        return 0.0


@contextlib.asynccontextmanager
async def staged(
    folder: Path, postgres: Postgres | None, questions: Questions
) -> AsyncIterator[Soak]:
    """The bot with all that is around it; whatever happens, its processes end."""
    settings = load_settings()
    for name, source in (("content", settings.content), ("intents", settings.intents)):
        shutil.copytree(source, folder / name)
    people = folder / "coordinators.yaml"
    people.write_text(f"coordinators:\n  - id: {COORDINATOR}\n    networks: ['*']\n")
    pem, port = folder / "login.pem", free_port()
    sqlite = f"sqlite+aiosqlite:///{folder / 'taikubot.db'}"
    async with contextlib.AsyncExitStack() as stack:
        command = [sys.executable, "-m", "benchmarks.soak_peer", str(pem), str(folder / "seen")]
        peer = stack.enter_context(Child(command, folder / "peer.log", talks=True))
        places = peer.hear()
        env = environment(
            BOT_APP_ID=APP_ID,
            BOT_APP_TENANT_ID=TENANT,
            BOT_APP_PASSWORD=SECRET,
            BOT_OPENID_METADATA_URL=places["openid"],
            BOT_LOGIN_URL=places["login"],
            SSL_CERT_FILE=str(pem),
            BOT_CONTENT_DIR=str(folder / "content"),
            BOT_INTENTS_DIR=str(folder / "intents"),
            BOT_DATABASE_URL=postgres.database() if postgres else sqlite,
            BOT_COORDINATORS_FILE=str(people),
            BOT_API_TOKEN=API_TOKEN,
        )
        serve = [sys.executable, "-m", "bot", "serve", "--port", str(port)]
        child = stack.enter_context(Child(serve, folder / "bot.log", env=env))
        http = await stack.enter_async_context(
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30))
        )
        await asyncio.to_thread(child.until_healthy, port)
        load = Load(port, places["connector"], places["token"], questions)
        stack.callback(load.close)
        yield Soak(child, peer, port, folder / "content", load, postgres, http)
