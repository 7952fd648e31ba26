"""What several commands share: reading settings and content, messages to the user, exits."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, NoReturn
from zoneinfo import ZoneInfo

import structlog
import typer

from bot.answers.templates import check_templates
from bot.i18n import N_, own_language, said
from bot.knowledge.loader import inspect
from bot.knowledge.yaml_source import ContentError, Finding
from bot.ops.redaction import redact
from bot.ops.settings import Settings, SettingsError, load_settings
from bot.understanding.interpreter import Interpreter
from bot.understanding.learning import LearningError, learn
from bot.understanding.learning_progress import show_progress
from bot.understanding.reloader import Folders, Snapshot, build_snapshot
from bot.understanding.trained_model import load_trained

Demo = Annotated[bool, typer.Option("--demo", help="With the demo meetings, for trying it out.")]


def exit_with(message: str, code: int = 1) -> NoReturn:
    """Ends the command with a sentence on standard error; a `Message` in the user's language."""
    inform(message)
    raise typer.Exit(code)


def inform(message: str) -> None:
    """Writes a sentence for people to standard error; a `Message` in the user's language."""
    typer.echo(redact(said(message, own_language())), err=True)


@contextlib.contextmanager
def silence_log() -> Iterator[None]:
    """Turns the log off: a command reports results and errors in its own messages."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        structlog.configure(**before)


def read_settings() -> Settings:
    """The settings; wrong ones end the command with exit code 2."""
    try:
        return load_settings()
    except SettingsError as error:
        exit_with(error.said(own_language()), 2)


def progress(quiet: bool = False) -> Callable[[float], None]:
    """Shows the progress of training on standard error, unless it is to be quiet."""
    return (lambda share: None) if quiet else show_progress()


def read_folders(demo: bool) -> Folders:
    """The folders of the settings; `--demo` for a bot with an app id ends the command."""
    settings = read_settings()
    if demo and settings.app_id:
        exit_with(
            N_("--demo shows made-up meetings: it does not start while BOT_APP_ID is set."), 2
        )
    return Folders(
        settings.content, settings.intents, demo, settings.locale, checks=(check_templates,)
    )


def known_zone(settings: Settings) -> ZoneInfo | None:
    """The community's time zone; None where errors in the content keep it from being read."""
    knowledge, _ = inspect(settings.content, settings.intents)
    return knowledge.zone if knowledge else None


def read_snapshot(folders: Folders, train_in_subprocess: bool = False) -> Snapshot:
    """Reads the content and loads its model, or trains it; errors in files end the command.

    A server trains in a process of its own: training takes memory that a process keeps.
    """
    try:
        knowledge = folders.read()
        if not train_in_subprocess:
            return build_snapshot(knowledge, progress())
        trained = load_trained(knowledge) or asyncio.run(learn(folders, knowledge, quiet=False))
        if trained is None:
            # The files were saved meanwhile.
            knowledge = folders.read()
            trained = asyncio.run(learn(folders, knowledge, quiet=False))
        if trained is None:
            exit_with(N_("The phrases could not be learned: the files were changed. Start again."))
        return Snapshot(knowledge, Interpreter(knowledge, trained))
    except ContentError as error:
        exit_with_findings(error)
    except LearningError as error:
        exit_with(N_("The phrases could not be learned: {reason}.", reason=error.message))


def relative_path(path: Path) -> Path:
    """A path relative to the current folder, if it lies in it."""
    near = Path(os.path.relpath(path))
    return near if not str(near).startswith("..") else path


def finding_line(finding: Finding, language: str) -> str:
    """A finding as a line without secrets, and with a path that can be clicked in a terminal."""
    return redact(replace(finding, path=relative_path(finding.path)).said(language))


def exit_with_findings(error: ContentError) -> NoReturn:
    """Ends a command that needs files without errors, with all findings in them."""
    language = own_language()
    for finding in error.findings:
        typer.echo(finding_line(finding, language), err=True)
    exit_with(N_("Mend these first; `taikubot check` lists them all."))
