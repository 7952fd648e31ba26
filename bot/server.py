"""Serves the application until SIGINT or SIGTERM."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import sys

import structlog
from aiohttp import web

from bot.announcements.background import DatabaseUnusable
from bot.app import create_app
from bot.channels.front_door import FrontDoor, leave_out_software
from bot.i18n import N_, Message, os_reason, own_language, translator
from bot.ops.logs import configure_logs
from bot.ops.settings import Settings, is_loopback
from bot.understanding.reloader import ContentReloader, Folders, Snapshot

log = structlog.get_logger()

GC_THRESHOLD = 10_000
"""New objects after which garbage is collected. Python's default of 700 is reached every few turns:
collecting that often took about a tenth of the processor time of every turn."""


SHUTDOWN_TIMEOUT = 1.0
"""Seconds that connections get to close at the end, when the turns on them have ended."""


class ServeError(Exception):
    """The program does not start like this; `message` says why and what to do."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message


def run(settings: Settings, folders: Folders, snapshot: Snapshot, host: str, port: int) -> None:
    """Serves until SIGINT or SIGTERM; raises ServeError where that would be unsafe."""
    if settings.app_id is None and not is_loopback(host):
        raise ServeError(
            N_(
                "Without BOT_APP_ID no token is checked, so the bot listens on this machine only: "
                "leave --host {host} out, or set BOT_APP_ID.",
                host=host,
            )
        )
    configure_logs()
    reloader = ContentReloader(folders, snapshot)
    # It is replaced by the first edit, and then nobody is to keep it.
    del snapshot
    app = create_app(settings, reloader, demo=folders.demo, port=port)
    asyncio.run(_serve(app, host, port, page=settings.shows_web_chat))


async def _serve(app: web.Application, host: str, port: int, page: bool) -> None:
    app.on_response_prepare.append(leave_out_software)
    # Signals are handled here, so that turns under way are finished first.
    runner = web.AppRunner(
        app, access_log=None, handle_signals=False, shutdown_timeout=SHUTDOWN_TIMEOUT
    )
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(name, stopped.set)
    try:
        try:
            await runner.setup()
            await FrontDoor(runner, host, port).start()
        except DatabaseUnusable as error:
            raise ServeError(error.message) from None
        except OSError as error:
            raise ServeError(
                N_(
                    "Cannot listen on {host}:{port}: {reason}. Another --port may be free.",
                    host=host,
                    port=port,
                    reason=os_reason(error),
                )
            ) from None
        # What was loaded stays for good: without it, collections are too short to delay a turn.
        gc.collect()
        gc.freeze()
        gc.set_threshold(GC_THRESHOLD, 10, 10)
        _print_addresses(runner, page)
        await stopped.wait()
    finally:
        await runner.cleanup()


def _print_addresses(runner: web.AppRunner, page: bool) -> None:
    address = runner.addresses[0]
    place = f"[{address[0]}]" if ":" in address[0] else address[0]
    url = f"http://{place}:{address[1]}"
    if not sys.stderr.isatty():  # A log, in which every line is a JSON object.
        log.info("server.ready", messages=f"{url}/api/messages", page=f"{url}/" if page else None)
        return
    _ = translator(own_language())
    lines = [
        *([_("Talk to it in a browser: {url}", url=f"{url}/")] if page else []),
        _("Bot Framework channels, the Agents Playground: {url}", url=f"{url}/api/messages"),
        _("Calendar of all networks: {url}", url=f"{url}/calendar.ics"),
        _("Ctrl-C ends."),
    ]
    print(_("Taikubot is ready."), *lines, sep="\n  ", file=sys.stderr, flush=True)
