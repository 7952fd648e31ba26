"""Processes of the benchmark of turns: started, watched and ended by their id."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import psutil

ROOT = Path(__file__).resolve().parent.parent
START_TIMEOUT = 300.0
LEAVE_TIMEOUT = 2.0
END_TIMEOUT = 15.0
MIB = 1024 * 1024
KEPT_SETTINGS = frozenset({"BOT_CACHE_DIR", "BOT_CONTENT_DIR", "BOT_INTENTS_DIR"})


class BenchmarkError(Exception):
    """The benchmark cannot go on; the text says why."""


def environment(**more: str) -> dict[str, str]:
    """Ours, without a setting of the bot or a proxy that would get into the measurement."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if (not name.startswith("BOT_") or name in KEPT_SETTINGS)
        and not name.lower().endswith("_proxy")
    }
    return kept | more


@dataclass(frozen=True)
class Reading:
    """What a process holds and has used at a moment."""

    memory: float
    """Resident, MiB."""
    files: int
    """Open files, sockets among them."""
    cpu: float
    """Seconds of processor time since its start."""


class Child:
    """A process that ends, at the latest, with the `with` block it was started in."""

    def __init__(
        self,
        command: Sequence[str],
        log: Path,
        *,
        env: Mapping[str, str] | None = None,
        talks: bool = False,
    ) -> None:
        """`talks`: its standard input and output are pipes; it ends with its input."""
        pipe = subprocess.PIPE if talks else subprocess.DEVNULL
        self.log = log
        self.started = time.perf_counter()
        with log.open("ab") as file:
            # In a session of its own: Ctrl-C is for the benchmark, which then ends the others.
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=dict(env or environment()),
                stdin=pipe,
                stdout=pipe,
                stderr=file,
                start_new_session=True,
            )
        self._watched = psutil.Process(self._process.pid)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """Lets the process end, then asks it to, then makes it."""
        process = self._process
        if process.stdin:
            with contextlib.suppress(OSError):
                process.stdin.close()
            self._wait(LEAVE_TIMEOUT)
        for end in (process.terminate, process.kill):
            if process.poll() is None:
                end()
                self._wait()
        if process.stdout:
            process.stdout.close()

    def _wait(self, seconds: float = END_TIMEOUT) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)

    def say(self, value: Any) -> None:
        """Writes a line of JSON."""
        assert self._process.stdin is not None  # noqa: S101
        try:
            self._process.stdin.write(json.dumps(value).encode() + b"\n")
            self._process.stdin.flush()
        except OSError:
            raise self.failed() from None

    def hear(self) -> Any:
        """Reads a line of JSON."""
        line = self.read_line()
        if not line:
            raise self.failed()
        return json.loads(line)

    def last_words(self) -> Any:
        """Ends its input and reads the line of JSON it says then."""
        assert self._process.stdin is not None  # noqa: S101
        self._process.stdin.close()
        return self.hear()

    def read_line(self) -> bytes:
        """Reads a line; empty at the end."""
        assert self._process.stdout is not None  # noqa: S101
        return self._process.stdout.readline()

    def failed(self) -> BenchmarkError:
        """The error that says what the process wrote last."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        last = self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-12:]
        code = self._process.poll()
        end = "does not answer" if code is None else f"ended with {code}"
        return BenchmarkError("\n".join([f"{self._process.args!r} {end}:", *last]))

    def read(self) -> Reading:
        """What it holds and has used now."""
        with self._watched.oneshot():
            times = self._watched.cpu_times()
            return Reading(
                self._watched.memory_info().rss / MIB,
                self._watched.num_fds() if sys.platform != "win32" else 0,
                times.user + times.system,
            )

    def until_healthy(self, port: int) -> float:
        """Waits until `/healthz` answers 200; seconds since the process was started."""
        while time.perf_counter() - self.started < START_TIMEOUT:
            if self._process.poll() is not None:
                raise self.failed()
            with contextlib.suppress(OSError, http.client.HTTPException):
                if http_call(port, "GET", "/healthz")[0] == 200:
                    return time.perf_counter() - self.started
            time.sleep(0.005)
        raise self.failed()


def http_call(
    port: int, method: str, path: str, body: bytes | None = None, token: str = ""
) -> tuple[int, bytes]:
    """One call to this machine: status and body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Content-Type": "application/json"} if body is not None else {}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def free_port() -> int:
    """A port of this machine that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
