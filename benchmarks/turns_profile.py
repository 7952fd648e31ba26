"""Taikubot as it serves, with its main thread sampled: run by the benchmark of turns.

    python -m benchmarks.turns_profile PORT

The environment is that of `taikubot serve`. Every millisecond a timer looks at which function runs;
unlike cProfile, that costs the same whatever runs. Looks from the first line of its standard input
on, until that ends, and then writes the samples as a line of JSON. What C code takes counts for the
Python function that called it.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections import Counter
from pathlib import Path
from types import FrameType

from aiohttp import web

from benchmarks.turns_process import ROOT
from bot.app import create_app
from bot.ops.logs import configure_logs
from bot.ops.settings import load_settings
from bot.understanding.reloader import ContentReloader, Folders, make_snapshot

EVERY = 0.001
OTHER = "aiohttp server, event loop"

PARTS = (
    ("/bot/understanding/", "understanding"),
    ("/bot/answers/", "answer (templates)"),
    ("/bot/knowledge/", "knowledge look-ups"),
    ("/bot/channels/teams/cards.py", "card"),
    ("/bot/channels/teams/markdown.py", "card"),
    ("/structlog/", "logging"),
    ("/bot/channels/connector/activity_json.py", "JSON and activities"),
    ("/bot/channels/connector/inbound_tokens.py", "token check"),
    ("/bot/channels/connector/signing_keys.py", "token check"),
    ("/aiohttp/client", "sending (aiohttp client)"),
    ("/bot/channels/connector/sender.py", "sending (aiohttp client)"),
    ("/bot/channels/connector/credentials.py", "sending (aiohttp client)"),
    ("/botbuilder/", "botbuilder"),
    ("/bot/channels/", "rest of channels"),
)
"""The innermost frame whose path holds the text decides which part of a turn a sample counts for;
so the standard library counts for whoever calls it."""


class Samples:
    """Where the main thread was, sample by sample."""

    def __init__(self) -> None:
        self._own: Counter[tuple[str, str]] = Counter()
        self._parts: Counter[str] = Counter()
        self._looking = False

    def take(self, _: int, frame: FrameType | None) -> None:
        """The handler of the timer's signal."""
        if self._looking or frame is None or frame.f_code.co_filename.endswith("selectors.py"):
            return  # Late, or waiting for somebody to ask.
        self._looking = True
        code = frame.f_code
        self._own[code.co_filename, code.co_qualname] += 1
        self._parts[_part(frame)] += 1
        self._looking = False

    def as_json(self) -> dict[str, dict[str, int]]:
        """How many samples fell into each function, and into each part of a turn."""
        own = Counter[str]()
        for (path, function), count in self._own.items():
            own[f"{_short(path)} {function}"] += count
        return {"own": own, "parts": self._parts}


def _part(frame: FrameType | None) -> str:
    while frame is not None:
        path = frame.f_code.co_filename.replace("\\", "/")
        for text, part in PARTS:
            if text in path:
                return part
        frame = frame.f_back
    return OTHER


def _short(path: str) -> str:
    """The last folders of a path, enough to tell it."""
    file = Path(path)
    if file.is_relative_to(ROOT / "bot"):
        return str(file.relative_to(ROOT))
    return "/".join(file.parts[-2:])


async def _serve(app: web.Application, port: int) -> Samples:
    samples = Samples()
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.to_thread(sys.stdin.buffer.readline)
    signal.signal(signal.SIGALRM, samples.take)
    signal.setitimer(signal.ITIMER_REAL, EVERY, EVERY)
    try:
        await asyncio.to_thread(sys.stdin.buffer.read)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        await runner.cleanup()
    return samples


def main() -> None:
    """Serves, then writes the samples."""
    settings = load_settings()
    folders = Folders(settings.content, settings.intents)
    configure_logs()
    app = create_app(settings, ContentReloader(folders, make_snapshot(folders)))
    samples = asyncio.run(_serve(app, int(sys.argv[1])))
    print(json.dumps(samples.as_json()), flush=True)


if __name__ == "__main__":
    main()
