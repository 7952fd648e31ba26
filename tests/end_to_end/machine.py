"""A machine on which the program was installed: its folders, its commands, its server."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from tests.packages import clean_environment

PATIENCE = 60.0
"""Seconds for a command, or for a server to answer, on a machine that does much else."""


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Done:
    """A command that has ended."""

    code: int
    out: str
    err: str


@dataclass
class Serving:
    """`taikubot serve` while it runs."""

    process: asyncio.subprocess.Process
    port: int

    async def get(self, path: str) -> tuple[int, str]:
        """Asks the server something, from its own machine."""
        async with (
            aiohttp.ClientSession() as http,
            http.get(f"http://127.0.0.1:{self.port}{path}") as answer,
        ):
            return answer.status, await answer.text()

    async def end(self) -> tuple[int, float]:
        """SIGTERM; gives the exit code and the seconds it took."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE):
            code = await self.process.wait()
        return code, time.monotonic() - started

    async def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        await self.process.wait()


@dataclass
class Machine:
    """`taikubot` is the installed script, `root` the folder in which it may write."""

    taikubot: Path
    root: Path
    environment: dict[str, str]
    said: list[str] = field(default_factory=list)
    """All that its commands printed."""

    @property
    def log(self) -> Path:
        """What its servers wrote to standard error."""
        return self.root / "server.log"

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The log, line by line; every line of it must be JSON."""
        found = self.log.read_text("utf-8").splitlines()
        return [json.loads(line) for line in found]

    async def command(self, *words: str) -> Done:
        """Runs a command of the program."""
        process = await asyncio.create_subprocess_exec(
            self.taikubot,
            *words,
            cwd=self.root,
            env=clean_environment(**self.environment),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(PATIENCE):
            out, err = await process.communicate()
        assert process.returncode is not None
        done = Done(process.returncode, out.decode(), err.decode())
        self.said += [done.out, done.err]
        return done

    async def right(self, *words: str) -> Done:
        """A command that must succeed."""
        done = await self.command(*words)
        assert done.code == 0, f"{words}: {done.out}{done.err}"
        return done

    @contextlib.asynccontextmanager
    async def serving(self, *words: str) -> AsyncIterator[Serving]:
        """`serve` with its options, from when it answers; ended at the latest here."""
        port = int(words[words.index("--port") + 1])
        with self.log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                self.taikubot,
                *words,
                cwd=self.root,
                env=clean_environment(**self.environment),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        serving = Serving(process, port)
        try:
            async with asyncio.timeout(PATIENCE):
                await _until_ready(serving)
            yield serving
        finally:
            if process.returncode is None:
                await serving.kill()


async def _until_ready(serving: Serving) -> None:
    # Another process: there is nothing of it to wait for but its answer.
    while not await _ready(serving):  # noqa: ASYNC110
        await asyncio.sleep(0.05)


async def _ready(serving: Serving) -> bool:
    assert serving.process.returncode is None, "the server has ended"
    with contextlib.suppress(aiohttp.ClientError):
        return (await serving.get("/readyz"))[0] == 200
    return False
