"""Announcements for scripts: `announce`, `announcements`, `announcement` and `meetings export`.

They write into the database that the server delivers from; they send nothing themselves.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from bot.commands.shared import (
    Demo,
    exit_with,
    exit_with_findings,
    read_folders,
    read_settings,
    relative_path,
    silence_log,
)
from bot.i18n import os_reason, own_language, translator
from bot.knowledge.values import LANGUAGES, Language
from bot.knowledge.yaml_source import ContentError

if TYPE_CHECKING:
    from bot.announcements.drafting import Preview
    from bot.announcements.model import Announcement, Report
    from bot.announcements.service import Announcements
    from bot.store.database import Database

commands = typer.Typer()
_meetings = typer.Typer(no_args_is_help=True, help="Meetings that coordinators entered.")
commands.add_typer(_meetings, name="meetings")

_T = TypeVar("_T")

FIELDS = {"meeting": "OCCURRENCE", "send_at": "--at", "networks": "--network"}
"""How a field of the service is called on the command line; others are options of their name."""

Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="As `announcements` lists it.")]


def _texts(help_: str) -> Any:
    return typer.Option(help=f"{help_}, once for each language: fi=…", metavar="LANGUAGE=TEXT")


@commands.command()
def announce(
    occurrence: Annotated[
        str | None,
        typer.Argument(metavar="[OCCURRENCE]", help="A meeting on one day: key@2026-12-10."),
    ] = None,
    network: Annotated[
        list[str] | None,
        typer.Option(help="A network's key, once for each; by default the meeting's."),
    ] = None,
    title: Annotated[list[str] | None, _texts("Instead of a meeting: the title")] = None,
    text: Annotated[list[str] | None, _texts("Instead of a meeting: the text")] = None,
    note: Annotated[list[str] | None, _texts("Your own words beside the meeting")] = None,
    at: Annotated[
        str | None,
        typer.Option(help="When, by the community's clock: 2026-12-09T12:00; else at once."),
    ] = None,
    reminder: Annotated[
        list[str] | None, typer.Option(help="1d or 1h before the meeting, once for each.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be posted, and post nothing.")
    ] = False,
    demo: Demo = False,
) -> None:
    """Announces a meeting, or a title and a text, to all who follow its networks."""
    from bot.announcements.model import COMMAND, Draft, Reminder
    from bot.announcements.names import NOBODY
    from bot.announcements.report_texts import ReportTexts

    _ = translator(own_language())
    try:
        reminders = tuple(Reminder(one) for one in reminder or [])
    except ValueError:
        exit_with(_("--reminder is 1d or 1h."), 2)
    draft = Draft(
        occurrence=occurrence,
        title=_by_language("--title", title),
        text=_by_language("--text", text),
        note=_by_language("--note", note),
        networks=tuple(network or ()),
        send_at=at,
        reminders=reminders,
    )

    async def do(service: Announcements) -> tuple[str, Announcement | None]:
        preview = await service.dry_run(COMMAND, draft)
        texts = ReportTexts(service.knowledge(), _own_language(), NOBODY)
        hindrances = texts.paused(preview.paused_since) + texts.suspended(preview.suspended)
        text = "\n".join((_preview_text(preview), *hindrances))
        return text, None if dry_run else await service.create(COMMAND, draft)

    text_, made = with_service(do, demo, create=not dry_run)
    # What a script wants to read is on standard output: the post, or the new id.
    typer.echo(text_, err=made is not None)
    if made is None:
        typer.echo(_("Nothing was posted (--dry-run)."), err=True)
        return
    print(made.id)
    typer.echo(
        _(
            "The server that runs on this database sends it; `taikubot announcement {id}` tells "
            "how far it is.",
            id=made.id,
        ),
        err=True,
    )


def _preview_text(preview: Preview) -> str:
    from bot.answers.plain import plain_text

    _ = translator(own_language())
    lines = [
        plain_text(preview.post),
        "",
        _("When: {time}", time=_in_own_language(preview.when) or _("at once")),
        *(_("Reminder: {time}", time=_in_own_language(one)) for one in preview.reminders),
        _("Networks: {networks}", networks=preview.announcement.networks),
        _("Receivers: {count}", count=preview.receivers),
    ]
    return "\n".join(lines)


def _in_own_language(texts: Mapping[Language, str]) -> str:
    """One of the texts by language; empty where there are none."""
    language = own_language()
    return next((text for key, text in texts.items() if key == language), texts.get("en", ""))


def _own_language() -> Language:
    """The language of whoever started the program, as answers know it."""
    return next((one for one in LANGUAGES if one == own_language()), "en")


def _by_language(option: str, given: list[str] | None) -> dict[Any, str]:
    _ = translator(own_language())
    found: dict[Any, str] = {}
    for one in given or []:
        language, sign, text = one.partition("=")
        if language not in LANGUAGES or not sign:
            text = _(
                "{option}: write it as fi=…, sv=… or en=…, not `{given}`.",
                option=option,
                given=one[:40],
            )
            exit_with(text, 2)
        if language in found:
            exit_with(
                _("{option}: {language} is given twice.", option=option, language=language), 2
            )
        found[language] = text.replace("\\n", "\n")
    return found


@commands.command()
def announcements(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 20,
    as_json: Json = False,
) -> None:
    """Lists the newest announcements, reminders included."""
    from bot.announcements.model import COMMAND

    async def do(service: Announcements) -> list[str]:
        found = await service.listing(COMMAND, limit)
        return [_line(report, service, as_json) for report in found]

    for line in with_service(do):
        print(line)


@commands.command()
def announcement(
    id_: Id,
    recall: Annotated[
        bool, typer.Option("--recall", help="Take back every post in reach, or call it off.")
    ] = False,
    tell: Annotated[
        bool,
        typer.Option(
            "--tell", help="Its meeting has changed: change the posts, and tell it in a new one."
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Tells how far an announcement has come; takes it back with `--recall`."""
    from bot.announcements.model import COMMAND
    from bot.announcements.report_texts import ReportTexts, all_sentences, to_be_named
    from bot.announcements.reports import report_json
    from bot.commands.conversation_names import known_names

    settings = read_settings()

    async def do(service: Announcements) -> list[str]:
        if recall:
            await service.recall(COMMAND, id_)
        if tell:
            await service.tell_of(COMMAND, id_)
        report = await service.report(COMMAND, id_)
        known = await known_names(settings, to_be_named(report))
        if as_json:
            return [json.dumps(report_json(report, known), ensure_ascii=False)]
        texts = ReportTexts(service.knowledge(), _own_language(), known)
        return [_line(report, service, as_json), *all_sentences(report, texts)]

    for line in with_service(do):
        print(line)


def _line(report: Report, service: Announcements, as_json: bool) -> str:
    from bot.announcements.reports import Standing, listing_json, standing, standing_word

    if as_json:
        return json.dumps(listing_json(report), ensure_ascii=False)
    one, counts = report.announcement, report.counts
    titles = listing_json(report)["title"]
    language = own_language()
    title = next((titles[code] for code in (language, *LANGUAGES) if code in titles), "")
    _ = translator(language)
    if one.state == "recalled":
        how = _(
            "{deleted} deleted, {pending} not yet deleted, {failed} failed, {uncertain} uncertain",
            deleted=counts.deleted,
            pending=counts.pending,
            failed=counts.undone,
            uncertain=counts.uncertain,
        )
    else:
        how = _(
            "{delivered} delivered, {gone} gone, {failed} failed, {pending} pending, "
            "{uncertain} uncertain",
            delivered=counts.delivered,
            gone=counts.gone,
            failed=counts.failed,
            pending=counts.pending,
            uncertain=counts.uncertain,
        )
    if counts.stopped and one.state != "recalled":
        how = ", ".join((how, _("{count} not sent", count=counts.stopped)))
    at = one.finished_at if standing(report) is Standing.CALLED_OFF else one.send_at
    when = _in_own_language(service.written(at)) if at else ""
    if one.reminder:
        title = _("Reminder: {title}", title=title)
    elif one.previous:
        title = _("News of a change: {title}", title=title)
    parts = (one.id, standing_word(report).said(language), when, one.occurrence or "", title, how)
    return "  ".join(part for part in parts if part)


@_meetings.command()
def export(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="An existing folder; else standard output."),
    ] = None,
) -> None:
    """Writes the meetings that coordinators entered as YAML files for content/meetings/."""
    from bot.announcements.meeting_editing import exported_meetings

    try:
        of_files = read_folders(demo=False).read()
    except ContentError as error:
        exit_with_findings(error)
    files = with_database(lambda database: exported_meetings(database, of_files))
    for name, text in files.items():
        if folder is None:
            print(f"# {name}\n{text}---")
            continue
        path = folder / name
        try:
            # A file that stands there may have been edited since: it is nobody's to overwrite.
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            exit_with(f"{relative_path(path)}: {os_reason(error).said(own_language())}.")
        print(relative_path(path))
    if not files:
        _ = translator(own_language())
        typer.echo(_("No meetings were entered in the chat."), err=True)


def with_database(work: Callable[[Database], Awaitable[_T]], *, create: bool = False) -> _T:
    """Does something with the database, brought up to this version; errors end the command.

    What writes may `create` it.
    """
    from bot.store.database import DATABASE_GONE, Database
    from bot.store.upgrade import StoreError, unreachable, upgrade

    settings = read_settings()

    async def run() -> _T:
        database = Database.of(settings)
        try:
            await upgrade(database, create=create)
            return await work(database)
        except DATABASE_GONE as error:
            raise unreachable(database, error) from error
        finally:
            await database.close()

    try:
        with silence_log():
            return asyncio.run(run())
    except StoreError as error:
        exit_with(error.message.said(own_language()))


def with_service(
    work: Callable[[Announcements], Awaitable[_T]], demo: bool = False, *, create: bool = False
) -> _T:
    """Does something with the service, in the name of whoever may run commands here.

    Errors end the command.
    """
    from bot.announcements.content_editing import read_entries
    from bot.announcements.errors import AnnouncementError, Invalid
    from bot.announcements.permissions import Coordinators
    from bot.announcements.service import Announcements
    from bot.knowledge.overlay import lay_over

    settings = read_settings()
    folders = read_folders(demo)
    try:
        of_files = folders.read()
    except ContentError as error:
        exit_with_findings(error)

    async def do(database: Database) -> _T:
        knowledge = lay_over(of_files, (await read_entries(database)).values()).knowledge
        coordinators = Coordinators(
            settings.coordinators_file, settings.tenants if settings.app_id else None
        )
        service = Announcements(
            database, lambda: knowledge, coordinators, public_url=settings.public_url
        )
        return await work(service)

    try:
        return with_database(do, create=create)
    except Invalid as error:
        head, _, tail = error.field.partition(".")
        where = FIELDS.get(head, f"--{head}") + (f" {tail}" if tail else "")
        exit_with(f"{where}: {error.said(own_language())}", 2)
    except AnnouncementError as error:
        exit_with(error.said(own_language()))
