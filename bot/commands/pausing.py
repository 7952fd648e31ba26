"""The outage switch: `pause` and `resume` stop and go on with all sending, on every replica."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.announce import with_database
from bot.commands.shared import exit_with, known_zone, read_settings
from bot.i18n import own_language, translator

if TYPE_CHECKING:
    from bot.announcements.pausing import Paused
    from bot.store.database import Database

commands = typer.Typer()

Tenant = Annotated[
    str | None, typer.Option(metavar="ID", help="Only what goes to this tenant; else everything.")
]
Json = Annotated[bool, typer.Option("--json", help="What is so afterwards as one JSON object.")]


@commands.command()
def pause(tenant: Tenant = None, as_json: Json = False) -> None:
    """Stops all sending at once, on every replica; questions are answered as always."""
    from bot.announcements.pausing import pause

    _switch(pause, tenant, as_json)


@commands.command()
def resume(tenant: Tenant = None, as_json: Json = False) -> None:
    """Goes on with what was paused; what waited is sent now."""
    from bot.announcements.pausing import resume

    _switch(resume, tenant, as_json)


def _switch(
    work: Callable[[Database, str | None], Awaitable[Paused]], tenant: str | None, as_json: bool
) -> None:
    from bot.announcements.pausing import UnknownTenant, pause_text

    _ = translator(own_language())
    try:
        done = with_database(lambda database: work(database, tenant))
    except UnknownTenant as error:
        known = ", ".join(one or '""' for one in error.known) or _("none")
        text = _(
            "--tenant: there is no conversation of tenant {tenant}. Those known: {known}.",
            tenant=error.tenant,
            known=known,
        )
        exit_with(text, 2)
    if as_json:
        found = [{"tenant": one.tenant, "since": _iso(one.since)} for one in done.pauses]
        print(json.dumps({"pauses": found, "waiting": done.waiting}))
        return
    # The switch works with errors in the content too.
    zone = known_zone(read_settings()) if done.pauses else None
    for one in done.pauses:
        print(pause_text(one, zone, own_language()))
    if not done.pauses:
        print(_("Sending is not paused."))
    print(_.ngettext("{count} delivery waits.", "{count} deliveries wait.", done.waiting))


def _iso(instant: float) -> str:
    return dt.datetime.fromtimestamp(instant, dt.UTC).isoformat(timespec="seconds")
