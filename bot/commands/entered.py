"""The group `content`: what coordinators entered (`export`, `show`), and `update`."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from bot.commands.announce import with_database
from bot.commands.content_update import update
from bot.commands.shared import (
    exit_with,
    exit_with_findings,
    inform,
    read_folders,
    read_settings,
    relative_path,
)
from bot.i18n import N_, os_reason, own_language, translator
from bot.knowledge.yaml_source import ContentError, Document, read_yaml

if TYPE_CHECKING:
    from bot.announcements.content_editing import Change
    from bot.knowledge.library import Knowledge
    from bot.knowledge.overlay import Kind
    from bot.store.database import Database

commands = typer.Typer()
_content = typer.Typer(
    no_args_is_help=True, help="Content that was copied out, and what coordinators entered."
)
_content.command()(update)
commands.add_typer(_content, name="content")


@_content.command()
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder, made if need be.")],
) -> None:
    """Writes what coordinators entered as whole YAML files, to be put into content/."""
    from bot.announcements.content_editing import exported

    of_files = _of_files()
    files = with_database(lambda database: exported(database, of_files))
    for name, text in files.items():
        path = folder / name
        if text is None:
            inform(N_("Delete content/{path}: it was taken out in the chat.", path=name))
            continue
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # A file that stands there may have been edited since: it is nobody's to overwrite.
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            exit_with(f"{relative_path(path)}: {os_reason(error).said(own_language())}.")
        print(relative_path(path))
    if not files:
        inform(N_("Nothing was entered in the chat that the files do not say."))


@_content.command()
def show(
    key: Annotated[
        str,
        typer.Argument(metavar="KEY", help="Of a network, person, meeting, question: pilvi-kuitu."),
    ],
) -> None:
    """Tells where each field comes from: a file's line, or who entered it and when."""
    of_files = _of_files()

    async def told(database: Database) -> list[str]:
        return await _told(database, of_files, key)

    lines = with_database(told)
    if not lines:
        exit_with(N_("No network, person, meeting or question has the key {key}.", key=key))
    for line in lines:
        print(line)


def _of_files() -> Knowledge:
    try:
        return read_folders(demo=False).read()
    except ContentError as error:
        exit_with_findings(error)


async def _told(database: Database, of_files: Knowledge, key: str) -> list[str]:
    """A line for each field of whatever has a key, and what is wrong with what was entered."""
    from bot.announcements.content_editing import change_of, read_entries
    from bot.knowledge.fields import fields_of
    from bot.knowledge.overlay import PLACES, Kind, lay_over, values_of
    from bot.store import overlay

    language, _ = own_language(), translator(own_language())
    entries = await read_entries(database)
    knowledge = lay_over(of_files, entries.values()).knowledge
    lines: list[str] = []
    for kind in Kind:
        before, value = (values_of(one, kind).get(key) for one in (of_files, knowledge))
        entry = entries.get((kind, key))
        if value is None and entry is None:
            continue
        async with database.reading() as tx:
            history = [change_of(row) for row in await overlay.history(tx, kind, key)]
        lines.append(f"{PLACES[kind]}/{key}")
        if value is None:
            lines.append("  " + _("taken out: {who}", who=_entered(history, (), knowledge.zone)))
        fields = fields_of(value) if value is not None else {}
        base = fields_of(before) if before is not None else {}
        document = _document(kind, key)
        for where, one in _leaves(fields):
            if document is not None and _at(base, where) == one:
                source = f"{relative_path(document.path)}:{document.line(where)}"
            else:
                source = _entered(history, where, knowledge.zone)
            lines.append(f"  {'.'.join(where)}: {_text(one)}  [{source}]")
        for where, one in _leaves(base if value is not None else {}):
            if _at(fields, where) is None:
                source = _("taken out: {who}", who=_entered(history, where, knowledge.zone))
                lines.append(f"  {'.'.join(where)}: {_text(one)}  [{source}]")
        problems = lay_over(of_files, [entry]).problems if entry is not None else ()
        lines += [f"  {problem.said(language)}" for problem in problems]
    return lines


def _document(kind: Kind, key: str) -> Document | None:
    from bot.knowledge.overlay import PLACES

    folder = read_settings().content / PLACES[kind]
    for path in (folder / f"{key}.yaml", folder / f"{key}.yml"):
        if path.exists():
            with contextlib.suppress(ContentError):
                return read_yaml(path)
    return None


def _entered(history: list[Change], where: tuple[str, ...], zone: ZoneInfo) -> str:
    """Who gave a field what it says now, and when, as far as the history tells."""
    from bot.announcements.permissions import Coordinators
    from bot.announcements.record import ACTOR_WORDS

    language, _ = own_language(), translator(own_language())
    since: Change | None = None
    for change in history:
        if _set(change.after, where) != _set(history[0].after, where):
            break
        since = change
    if since is None:
        return _("in the chat; by whom and when is not kept any more")
    settings = read_settings()
    tenants = settings.tenants if settings.app_id else None
    who = since.who and (
        Coordinators(settings.coordinators_file, tenants).name_of(since.who) or since.who.id
    )
    return (
        f"{who or ACTOR_WORDS[since.by].said(language)}, {since.at.astimezone(zone):%Y-%m-%d %H:%M}"
    )


def _set(state: Mapping[str, Any] | None, where: tuple[str, ...]) -> Any:
    """What an entry sets a field to."""
    body = None if state is None else state["body"]
    return body is None if not where else _at(body, where)


def _leaves(fields: Mapping[str, Any], at: tuple[str, ...] = ()) -> Iterator[tuple[Any, Any]]:
    """The position and the value of each field that has no fields of its own."""
    for name, value in fields.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, (*at, str(name)))
        else:
            yield (*at, str(name)), value


def _at(fields: Any, where: tuple[str, ...]) -> Any:
    for name in where:
        fields = fields.get(name) if isinstance(fields, Mapping) else None
    return fields


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
