"""Starts the bot as its users do and asks it: in a shell, and over HTTP.

CI runs this on every system (`python3 dev.py smoke`). It knows nothing of the content: the bot of
any community answers a greeting and thanks.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 300.0
"""Seconds: the first start learns the phrases, which takes a small machine a minute or two."""
QUESTIONS = {"Hyvää päivää": ("fi", "greeting"), "tack så mycket": ("sv", "thanks")}
BOT = (sys.executable, "-m", "bot")
ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith("BOT_") or name == "BOT_CACHE_DIR"
}
"""The bot of nobody: no setting of whoever runs this but where its models are kept."""


def main() -> None:
    """Asks in both ways; raises an error at what is wrong."""
    if os.name == "nt" and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    print(f"Asked in a shell: {asked_in_a_shell()}", flush=True)
    # Its database is not that of the bot that somebody may run on this machine.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as state, serving(state) as page:
        print(f"Asked over HTTP: {asked_over_http(page)}", flush=True)


def asked_in_a_shell() -> str:
    """The first answer of `taikubot ask`, whose letters come and go as UTF-8."""
    done = subprocess.run(
        [*BOT, "ask", "--json"],
        input="\n".join(QUESTIONS).encode(),
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env=ENVIRONMENT,
        timeout=PATIENCE,
        check=True,
    )
    rows = [json.loads(line) for line in done.stdout.decode().splitlines()]
    wanted = [(question, *told) for question, told in QUESTIONS.items()]
    require([(row["question"], row["language"], row["intent"]) for row in rows] == wanted, rows)
    return str(rows[0]["text"])


@contextlib.contextmanager
def serving(state: str) -> Iterator[str]:
    """A server on a free port, and the address of its page; it is asked to end, and ends well."""
    server = subprocess.Popen(
        [*BOT, "serve", "--demo", "--port", "0"],
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env=ENVIRONMENT | {"XDG_STATE_HOME": state},
        encoding="utf-8",
    )
    lines: queue.Queue[str] = queue.Queue()
    assert server.stderr is not None  # noqa: S101 - it was asked for
    reading = threading.Thread(target=_read, args=(server.stderr, lines))
    reading.start()
    try:
        yield _ready(lines)
        if os.name == "nt":
            server.terminate()  # Windows has no signal that another process could catch.
            server.wait(PATIENCE)
        else:
            server.send_signal(signal.SIGINT)
            require(server.wait(PATIENCE) == 0, f"the server ended with {server.returncode}")
    finally:
        if server.poll() is None:
            server.kill()
            server.wait()
        reading.join()


def _read(log: IO[str], lines: queue.Queue[str]) -> None:
    with log:
        for line in log:
            lines.put(line)
    lines.put("")


def _ready(lines: queue.Queue[str]) -> str:
    """The address of the page, from the first line of the log that tells it."""
    while line := lines.get(timeout=PATIENCE):
        print(line, end="", file=sys.stderr, flush=True)
        with contextlib.suppress(ValueError):
            event = json.loads(line)
            if isinstance(event, dict) and event.get("event") == "server.ready":
                return str(event["page"])
    raise SystemExit("Smoke test: the server ended before it was ready.")


def asked_over_http(page: str) -> str:
    """What the answer on the page at this address begins with."""
    require(b"<html" in _got(page), "the page is no page")
    request = urllib.request.Request(
        f"{page}api/chat",
        json.dumps({"text": "Hyvää päivää"}).encode(),
        {"Content-Type": "application/json"},
    )
    answer: dict[str, Any] = json.loads(_got(request))
    require(answer["language"] == "fi" and answer["blocks"], answer)
    return json.dumps(answer["blocks"][0], ensure_ascii=False)


def _got(what: str | urllib.request.Request) -> bytes:
    with urllib.request.urlopen(what, timeout=PATIENCE) as response:
        content: bytes = response.read()
        return content


def require(true: bool, found: object) -> None:
    """Ends this program where something is not as it must be."""
    if not true:
        raise SystemExit(f"Smoke test: not as expected: {found}")


if __name__ == "__main__":
    main()
