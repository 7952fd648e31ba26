"""What several commands need: the settings, the content, and how a person is told."""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, NoReturn

import structlog
import typer

from bot.answers.templates import check_templates
from bot.i18n import N_, own_language, said, translator
from bot.knowledge.yaml_source import ContentError, Finding
from bot.ops.settings import Settings, SettingsError, load_settings
from bot.understanding.reloader import Folders, Snapshot, build_snapshot, training_command
from bot.understanding.trained_model import is_trained

Demo = Annotated[bool, typer.Option("--demo", help="With the demo meetings, for trying it out.")]


def stop(message: str, code: int = 1) -> NoReturn:
    """Ends the command with a sentence on standard error; a `Message` in the user's language."""
    tell(message)
    raise typer.Exit(code)


def tell(message: str) -> None:
    """Writes a sentence for people to standard error; a `Message` in the user's language."""
    typer.echo(said(message, own_language()), err=True)


@contextlib.contextmanager
def quiet_log() -> Iterator[None]:
    """A command tells what it did and what went wrong in words of its own, not by the log."""
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
        stop(error.said(own_language()), 2)


def progress(quiet: bool = False) -> Callable[[float], None]:
    """Shows how far training is, on standard error, if a person is looking."""
    if quiet:
        return lambda share: None
    _ = translator(own_language())
    shown = False

    def show(share: float) -> None:
        nonlocal shown
        if sys.stderr.isatty():
            end = "\n" if share >= 1 else ""
            line = _("Learning the phrases … {share}", share=f"{share:4.0%}")
            print(f"\r{line}", end=end, file=sys.stderr, flush=True)
        elif not shown:
            line = _("Learning the phrases (once after each change) …")
            print(line, file=sys.stderr, flush=True)
            shown = True

    return show


def read_folders(demo: bool) -> Folders:
    """Where content and intents lie; ends the command where demo meetings would do harm."""
    settings = read_settings()
    if demo and settings.app_id:
        stop(N_("--demo shows made-up meetings: it does not start while BOT_APP_ID is set."), 2)
    return Folders(
        settings.content, settings.intents, demo, settings.locale, checks=(check_templates,)
    )


def read_snapshot(folders: Folders, beside: bool = False) -> Snapshot:
    """Reads the content and what was learned from it; a server learns `beside` itself."""
    try:
        knowledge = folders.read()
        if beside and not is_trained(knowledge.fingerprint):
            subprocess.run(training_command(folders), check=False)
        return build_snapshot(knowledge, progress())
    except ContentError as error:
        refuse(error)


def as_seen(path: Path) -> Path:
    """A path as seen from here, where that is shorter."""
    near = Path(os.path.relpath(path))
    return near if not str(near).startswith("..") else path


def shown(finding: Finding, language: str) -> str:
    """A finding with its path as seen from here, so that an editor can click it."""
    return replace(finding, path=as_seen(finding.path)).said(language)


def refuse(error: ContentError) -> NoReturn:
    """Ends a command that needs files without errors, with what is wrong in them."""
    language = own_language()
    for finding in error.findings:
        typer.echo(shown(finding, language), err=True)
    stop(N_("Mend these first; `taikubot check` lists them all."))
