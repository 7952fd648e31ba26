"""`content update`: brings what was copied out up to date with a newer program."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from bot import __version__
from bot.commands.shared import exit_with, exit_with_findings, inform, read_settings, relative_path
from bot.i18n import N_, Message, os_reason, own_language
from bot.knowledge.copied import State, Update, compare
from bot.knowledge.yaml_source import ContentError, read_yaml
from bot.shipped import shipped

BESIDE = "new"
"""The folder, beside the copied ones, for shipped files that are to be merged by hand."""

_SAID = {
    State.NEW: N_("new"),
    State.CHANGED: N_("newer"),
    State.GONE: N_("no longer shipped, and deleted"),
    State.BOTH: N_("changed by you and by the new version"),
    State.DELETED: N_("deleted by you, and left so"),
    State.OWN: N_("changed by you, and left so"),
}


def update(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only list what would be done.")
    ] = False,
    leave_out: Annotated[
        list[str] | None,
        typer.Option(
            "--leave-out",
            metavar="FILE",
            help="A file of intents/ to do without, such as details/meeting_food.yaml.",
        ),
    ] = None,
) -> None:
    """Takes over what a new version brings to copied folders; nothing of yours is lost."""
    settings = read_settings()
    out = frozenset(leave_out or ())
    folders = {"content": settings.content, "intents": settings.intents, "locale": settings.locale}
    own = {name: at for name, at in folders.items() if at.resolve() != shipped(name).resolve()}
    if not own:
        exit_with(
            N_("Nothing was copied out: the settings name no folder. `taikubot init` copies."), 2
        )
    try:
        found = {name: _compared(name, at) for name, at in own.items()}
        _refuse_unknown(out, found.get("intents"))
        for name, each in found.items():
            _list(each, out if name == "intents" else ())
            if not dry_run:
                each.apply(each.folder.parent / BESIDE / name, out if name == "intents" else ())
    except ContentError as error:
        exit_with_findings(error)
    except OSError as error:
        exit_with(
            N_(
                "{path} cannot be written: {reason}.",
                path=error.filename,
                reason=os_reason(error),
            ),
            2,
        )
    _conclude(found.values(), dry_run)


def _compared(name: str, folder: Path) -> Update:
    """What is new for a folder: of another community's content the schemas alone."""
    foreign = name == "content" and _community(folder) != _community(shipped(name))
    if foreign:
        inform(N_("{folder} tells of another community: its facts are left alone.", folder=folder))
    return compare(
        folder,
        shipped(name),
        __version__,
        restore=name == "intents",
        within=".schema/" if foreign else "",
    )


def _community(content: Path) -> object:
    """The community's name, by which it is told from another; raises ContentError."""
    return read_yaml(content / "community.yaml", needed=True).data.get("name")


def _refuse_unknown(leave_out: Iterable[str], intents: Update | None) -> None:
    """Ends the command for a file that is not shipped, or that is still there."""
    for name in leave_out:
        if intents is None or not (intents.source / name).is_file():
            exit_with(N_("{name} is no file of the shipped intents/.", name=name), 2)
        if (intents.folder / name).exists():
            exit_with(N_("{path} is still there: delete it first.", path=intents.folder / name), 2)


def _list(found: Update, leave_out: Iterable[str]) -> None:
    out = set(leave_out)
    for name, state in found.states.items():
        if name not in out:
            print(f"{relative_path(found.folder / name)}: {_SAID[state].said(own_language())}")


def _conclude(found: Iterable[Update], dry_run: bool) -> None:
    updates = list(found)
    both = [each for each in updates if each.among(State.BOTH)]
    message: Message
    if dry_run:
        message = N_("Nothing was written.")
    elif not any(each.among(*State) for each in updates):
        message = N_("All is as this version ships it.")
    elif not both:
        message = N_("All that is new is taken over.")
    else:
        message = N_(
            "All that is new is taken over, but what both changed: yours stays in use. The new "
            "version's files lie in {places}: take over by hand what you want of them, then "
            "delete these folders.",
            places=", ".join(str(each.folder.parent / BESIDE / each.source.name) for each in both),
        )
    inform(message)
