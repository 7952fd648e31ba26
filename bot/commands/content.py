"""Content and intents on disk: `init`, `check` and `train`."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from bot import __version__
from bot.answers.templates import check_templates
from bot.commands.freshness import freshness
from bot.commands.preview import preview, unknown_key
from bot.commands.shared import Demo, exit_with, finding_line, inform, progress, read_settings
from bot.i18n import N_, install, languages, os_reason, own_language
from bot.knowledge.content_age import old_content
from bot.knowledge.copied import LIST, Copied, files_of, write_list
from bot.knowledge.library import Knowledge
from bot.knowledge.loader import inspect
from bot.knowledge.schemas import as_text, schemas
from bot.knowledge.texts import read_texts, text_warnings
from bot.knowledge.yaml_source import ContentError, Finding, first_ones
from bot.shipped import shipped
from bot.understanding.checked_phrases import check_phrases
from bot.understanding.lexicon_check import check_lexicons
from bot.understanding.pair_check import check_questions
from bot.understanding.reloader import Folders
from bot.understanding.trained_model import load_or_train

commands = typer.Typer()

BESIDE = 10
"""By how much less a process that learns beside a server counts for the system than others."""

COPIED = ("content", "intents", "locale")
"""The folders that are copied out, each with a list of what it was copied from."""

READABLE = 0o755
"""The mode of a folder in which others may read and not write."""


@commands.command()
def init(
    folder: Annotated[Path, typer.Argument(help="A new or empty folder.", metavar="DIR")],
) -> None:
    """Copies content, intents and texts out for editing, and tells which settings lead to them."""
    folder = folder.absolute()
    try:
        if any((folder / name / LIST).exists() for name in COPIED):
            exit_with(
                N_(
                    "{folder} holds a copy already, and nothing was copied: `taikubot content "
                    "update` brings it up to date.",
                    folder=folder,
                ),
                2,
            )
        if folder.exists() and not (folder.is_dir() and _is_empty(folder)):
            exit_with(
                N_(
                    "{folder} is not an empty folder: name another one, nothing was copied.",
                    folder=folder,
                ),
                2,
            )
        exists = folder.exists()
        if not exists:
            _make(folder.parent)
        # Made under another name and put in place at the end: no half of a copy is left. A folder
        # that is there stays as it is; what lies above it need not be this user's.
        place = folder if exists else folder.parent
        with tempfile.TemporaryDirectory(dir=place, prefix=".taikubot-") as temporary:
            made = Path(temporary) / "made"
            # With the settings that let an editor complete and underline.
            _make(made)
            for name in ("content", "intents", "locale", ".vscode"):
                shutil.copytree(shipped(name), made / name)
            for name in COPIED:
                copied = Copied(version=__version__, files=files_of(shipped(name)))
                write_list(made / name, copied)
            if exists:
                for one in made.iterdir():
                    one.rename(folder / one.name)
            else:
                made.rename(folder)
    except OSError as error:
        exit_with(
            N_(
                "{folder} cannot be made: {reason}. Nothing was copied.",
                folder=folder,
                reason=os_reason(error),
            ),
            2,
        )
    inform(N_("Content, intents and texts are copied. The bot uses them with these settings:"))
    for name in COPIED:
        print(f"BOT_{name.upper()}_DIR={folder / name}")
    inform(N_("A running bot takes each saved file into use by itself."))


def _is_empty(folder: Path) -> bool:
    """Whether nothing is in a folder but what each file system of its own begins with."""
    return {path.name for path in folder.iterdir()} <= {"lost+found"}


def _make(folder: Path) -> None:
    """Makes a folder, with those above it that are missing, which others may read: the server is
    another user than who edits. They may not write in it, whatever the umask."""
    for each in (*reversed(folder.parents), folder):
        if not each.exists():
            each.mkdir(READABLE)


@commands.command()
def check(
    age: Annotated[
        int | None, typer.Option("--age", metavar="DAYS", help="List content older than this.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Show every warning, not just the first ones.")
    ] = False,
    shown: Annotated[
        str | None,
        typer.Option(
            "--preview",
            metavar="KEY",
            help="End with what the bot will now say of a network, person, meeting or question.",
        ),
    ] = None,
    language: Annotated[
        str | None,
        typer.Option(
            "--language", help="What it speaks, such as fi; by default the terminal's language."
        ),
    ] = None,
) -> None:
    """Checks content/, intents/, locale/ and coordinators.yaml; exit code 1 on an error."""
    if language is not None and language not in languages():
        known = ", ".join(languages())
        raise typer.BadParameter(
            f"there are texts in {known}, none in {language}.", param_hint="--language"
        )
    spoken = language or own_language()
    # Imported here: most commands start faster without announcements.
    from bot.announcements.permissions import check_coordinators

    settings = read_settings()
    now = dt.datetime.now(dt.UTC)
    read: list[Knowledge] = []
    errors = left_out = 0
    seen: set[Finding] = set()
    try:
        install(read_texts(settings.locale))
    except ContentError as error:
        errors += len(error.findings)
        for finding in error.findings:
            print(finding_line(finding, spoken))
    for finding in text_warnings(settings.locale):
        print(finding_line(finding, spoken))
    for demo in (False, True):
        knowledge, findings = inspect(
            settings.content, settings.intents, demo, [check_templates], now=now
        )
        if knowledge is not None:
            read.append(knowledge)
        if knowledge is not None and not demo:
            findings += check_lexicons(knowledge, settings.intents)
            if _own_phrases(knowledge, settings.intents):
                findings += check_phrases(knowledge, settings.intents)
        if knowledge is not None:
            day = now.astimezone(knowledge.zone).date()
            findings += check_questions(knowledge, settings.content, day)
        new = [finding for finding in dict.fromkeys(findings) if finding not in seen]
        seen.update(new)
        listed = new if every else first_ones(new)
        left_out += len(new) - len(listed)
        errors += sum(finding.severity == "error" for finding in new)
        for finding in listed:
            print(finding_line(finding, spoken))
        if age is not None and knowledge is not None and not demo:
            today = now.astimezone(knowledge.zone).date()
            renewed, not_asked = freshness(settings, knowledge, today, age)
            old = old_content(knowledge, settings.content, today, age, renewed)
            for finding in (*old, *not_asked):
                print(finding_line(finding, spoken))
        if not demo and knowledge is not None and settings.coordinators_file is not None:
            for finding in check_coordinators(settings.coordinators_file, knowledge):
                errors += finding.severity == "error"
                print(finding_line(finding, spoken))
    if left_out:
        typer.echo(
            N_(
                "… and {count} more warnings: `taikubot check --all` shows them.", count=left_out
            ).said(spoken),
            err=True,
        )
    if errors:
        raise typer.Exit(1)
    if shown is not None:
        _show_preview(read, shown, spoken, now)
    end = N_(
        "{content}, {intents} and {locale}: no errors.",
        content=settings.content,
        intents=settings.intents,
        locale=settings.locale,
    )
    typer.echo(end.said(spoken), err=True)


def _own_phrases(knowledge: Knowledge, intents: Path) -> bool:
    """Whether the phrases are an editor's to mend: not where shipped ones, which were checked as
    they are, only hold the community's words. These make some say the same, which does no harm."""
    own = intents.resolve() != shipped("intents").resolve()
    return own or not any(knowledge.community.words.values())


def _show_preview(read: list[Knowledge], key: str, language: str, now: dt.datetime) -> None:
    """Prints the preview of a key; where only the demo has it, that of the demo."""
    for knowledge in read:
        if texts := list(preview(knowledge, key, language, now)):
            print("\n" + "\n\n".join(texts) + "\n")
            return
    exit_with(unknown_key(read[-1], key), 2)


@commands.command(hidden=True)
def train(
    content: Annotated[Path | None, typer.Option()] = None,
    intents: Annotated[Path | None, typer.Option()] = None,
    quiet: Annotated[bool, typer.Option("--quiet")] = False,
    beside: Annotated[bool, typer.Option("--beside")] = False,
    demo: Demo = False,
) -> None:
    """Learns the phrases now, so that the next start is quick; `--beside` a server that answers."""
    if beside and hasattr(os, "nice"):
        # Answers and saved changes come first.
        os.nice(BESIDE)
    settings = read_settings()
    folders = Folders(
        content or settings.content, intents or settings.intents, demo, settings.locale
    )
    try:
        load_or_train(folders.read(), progress=progress(quiet))
    except ContentError as error:
        exit_with("\n".join(error.said(own_language())))


@commands.command(hidden=True)
def schema(
    folder: Annotated[Path, typer.Argument(help="The folder to write to.", metavar="DIR")] = Path(
        "content/.schema"
    ),
) -> None:
    """Writes the JSON Schemas of the YAML files, by which editors complete and underline."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in schemas().items():
            (folder / f"{name}.json").write_text(as_text(content), "utf-8")
    except OSError as error:
        exit_with(
            N_("{path} cannot be written: {reason}.", path=folder, reason=os_reason(error)), 2
        )
