"""A new user's machine set up as the guide says, with a tenant around it."""

from __future__ import annotations

import contextlib
import json
import secrets
import shlex
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.understanding.trained_model import cache_folder
from tests.channels.connector.fakes import APP_ID, SECRET, TENANT

from .guide import Guide
from .machine import Machine, Serving, free_port
from .teams import Person, Place, Teams, tenant

COORDINATOR = Person(
    "Vastaava Verkostolainen", "29:vastaava", "11111111-aaaa-4000-8000-000000000001"
)
CHANNELS = [Place("channel", f"19:kanava{number}@thread.tacv2") for number in (1, 2, 3)]


@dataclass
class House:
    """The machine, the guide for it, and who writes to the bot."""

    machine: Machine
    guide: Guide
    teams: Teams
    api_token: str = field(default_factory=lambda: secrets.token_hex(32))

    @property
    def secrets(self) -> list[str]:
        """What must not be found anywhere."""
        return [SECRET, self.api_token, *self.teams.login.issued, *self.teams.tokens]

    @property
    def database(self) -> Path:
        """The file that BOT_DATABASE_URL names."""
        return self.machine.root / "var/lib/taikubot/taikubot.db"

    @property
    def coordinators(self) -> Path:
        """The file that BOT_COORDINATORS_FILE names."""
        return self.machine.root / "srv/taikubot/coordinators.yaml"

    async def set_up(self) -> None:
        """Steps 2 and 3 of the guide: content copied out, settings written, secrets as files."""
        root = self.machine.root
        (init,) = self.guide.commands(2, "taikubot init")
        told = await self.machine.right(*init)
        settings = self.guide.block(3, "BOT_CONTENT_DIR")
        assert set(told.out.splitlines()) <= set(settings.splitlines())
        for name, secret in (("app_password", SECRET), ("api_token", self.api_token)):
            path = root / "run/secrets" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(0o600)
            path.write_text(secret + "\n")
            settings += f"BOT_{name.upper()}_FILE={path}\n"
        settings += f"BOT_APP_ID={APP_ID}\nBOT_APP_TENANT_ID={TENANT}\n"
        settings += "BOT_APP_PASSWORD_EXPIRES=2099-01-31\n"
        # The tenant is on loopback; all else is as in the guide.
        settings += f"BOT_LOGIN_URL={self.teams.login.url}\n"
        settings += f"BOT_OPENID_METADATA_URL={self.teams.openid.url}\n"
        env_file = root / "etc/taikubot.env"
        env_file.parent.mkdir()
        env_file.touch(0o600)
        env_file.write_text(settings)
        self.machine.environment["BOT_ENV_FILE"] = str(env_file)
        echo, text, arrow, target = shlex.split(self.guide.block(3, "coordinators: []"))
        assert (echo, arrow) == ("echo", ">")
        assert target == str(self.coordinators)
        self.coordinators.write_text(text + "\n")

    def serving(self) -> AbstractAsyncContextManager[Serving]:
        """Step 5: the server."""
        (serve,) = self.guide.commands(5, "taikubot serve --host")
        return self.machine.serving(*serve)

    def name_coordinators(self, whoami: str) -> None:
        """Step 7: the coordinator's id, as the bot told it, goes into the guide's file."""
        text = self.guide.block(7, "coordinators:")
        (first, *_) = [line for line in text.splitlines() if "- id:" in line]
        text = text.replace(first, f'  - id: "{whoami}"')
        self.coordinators.write_text(text)

    async def follow(self) -> None:
        """The coordinator has each channel follow the network."""
        for place in CHANNELS:
            await self.teams.say(COORDINATOR, place, "seuraa Pirkanmaata")

    async def api(self, method: str, path: str = "", **body: Any) -> Any:
        """Another system calls the API of announcements; gives what it is answered."""
        url = f"http://127.0.0.1:{self.teams.port}/api/announcements{path}"
        headers = {"Authorization": f"Bearer {self.api_token}"}
        sent = body or None
        async with self.teams.http.request(method, url, headers=headers, json=sent) as answer:
            assert answer.status < 300, await answer.text()
            return await answer.json()

    async def announce(self, title: str) -> str:
        """Another system announces to the network; gives the announcement's id."""
        made = await self.api(
            "POST", title={"fi": title}, text={"fi": "Tervetuloa!"}, networks=["pirkanmaa"]
        )
        return str(made["id"])

    def rows(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every row of every table, those of the migrations too, with the table's name."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            for (table,) in tables.fetchall():
                for row in connection.execute(f'SELECT * FROM "{table}"'):
                    yield table, dict(row)

    def stored(self) -> str:
        """All that the tables hold, and all that is in the file, as one text."""
        rows = "\n".join(json.dumps(row, ensure_ascii=False) for row in self.rows())
        beside = self.database.parent.glob(self.database.name + "*")
        files = "\n".join(path.read_bytes().decode("utf-8", "replace") for path in sorted(beside))
        return rows + files


@contextlib.asynccontextmanager
async def new_house(taikubot: Path, root: Path) -> AsyncIterator[House]:
    """A machine with nothing on it but the installed program."""
    port = free_port()
    async with tenant(root, port) as teams:
        environment = {
            "HOME": str(root),
            "BOT_CACHE_DIR": str(cache_folder()),
            "SSL_CERT_FILE": str(teams.pem),
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }
        places = {"https://bot.example.org": f"http://127.0.0.1:{port}", "3978": str(port)}
        house = House(Machine(taikubot, root, environment), Guide(root, places), teams)
        (root / "var/lib").mkdir(parents=True)
        (root / "backup").mkdir()
        yield house
