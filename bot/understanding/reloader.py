"""Content with its interpreter, and how both are replaced when a file changes."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import structlog

from bot.i18n import Message, install, own_language
from bot.knowledge.folder_watch import changes
from bot.knowledge.library import Knowledge
from bot.knowledge.loader import Check, load
from bot.knowledge.overlay import Entries, Kind, lay_over
from bot.knowledge.texts import read_texts
from bot.knowledge.values import Value
from bot.knowledge.yaml_source import ContentError
from bot.ops import metrics
from bot.understanding.interpreter import Interpreter
from bot.understanding.trained_model import Progress, is_trained, load_or_train

log = structlog.get_logger()


@dataclass(frozen=True)
class Folders:
    """The folders of content, intents and other texts, and whether the demo meetings are added."""

    content: Path
    intents: Path
    demo: bool = False
    locale: Path | None = None
    """The folder of the other texts; None for those that come with the program."""
    checks: tuple[Check, ...] = ()
    """Checks of packages that this one must not import, made before new content goes live."""

    def read(self) -> Knowledge:
        """Reads all files and installs the other texts; raises ContentError.

        Phrases that a model in the cache was trained on are not parsed again.
        """
        texts = read_texts(self.locale) if self.locale is not None else None
        # Very many small objects are made, and nearly all stay: garbage collection would take a
        # third of the time (measured with ten times our phrases).
        collects = gc.isenabled()
        gc.disable()
        try:
            knowledge = load(self.content, self.intents, self.demo, self.checks, is_trained)
        finally:
            if collects:
                gc.enable()
        if texts is not None:
            install(texts)
        return knowledge


@dataclass(frozen=True)
class Snapshot:
    """Knowledge, and the interpreter made for it; never changes."""

    knowledge: Knowledge
    interpreter: Interpreter


def make_snapshot(folders: Folders, progress: Progress | None = None) -> Snapshot:
    """Reads the folders and loads or trains the model; raises ContentError."""
    return build_snapshot(folders.read(), progress)


def build_snapshot(knowledge: Knowledge, progress: Progress | None = None) -> Snapshot:
    """The snapshot of some knowledge; loads its model from the cache, or trains it."""
    return Snapshot(knowledge, Interpreter(knowledge, load_or_train(knowledge, progress=progress)))


@dataclass
class ContentReloader:
    """Holds the snapshot in use, and replaces it when the files have changed.

    A change of phrases or names needs training, which runs in a subprocess, so that the bot answers
    meanwhile. Files with errors are reported, and the snapshot stays.
    """

    folders: Folders
    snapshot: Snapshot
    """With the entries given to `use_entries` laid over the files."""
    problems: tuple[str, ...] = ()
    """The errors of the files on disk, while the last valid snapshot is in use."""
    reloads: int = 0
    """How many times the snapshot was replaced."""
    training: bool = False
    """Whether a subprocess trains on changed phrases or names right now."""
    entry_problems: tuple[Message, ...] = ()
    """Which of the entries given to `use_entries` cannot be used, and why."""
    _busy: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)
    _of_files: Snapshot = field(init=False, repr=False)
    _entries: Entries = field(default_factory=dict, repr=False)
    _used: Mapping[tuple[Kind, str], Value] = field(default_factory=dict, repr=False)
    _laying: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)
    _trained_on: str = field(init=False, repr=False)
    """The fingerprint of the content that the model in use was trained on."""

    def __post_init__(self) -> None:
        self._of_files = self.snapshot
        self._trained_on = self.snapshot.knowledge.fingerprint

    @property
    def of_files(self) -> Knowledge:
        """The content of the files, without what was given to `use_entries`."""
        return self._of_files.knowledge

    @property
    def entries(self) -> Entries:
        """What was given to `use_entries`."""
        return self._entries

    async def use_entries(self, entries: Entries) -> None:
        """Lays entries over the files, in place of those before."""
        self._entries = entries
        await self._lay_over()

    async def _use(self, snapshot: Snapshot) -> None:
        """Replaces the snapshot by one of the files, with the entries laid over it."""
        self._of_files = snapshot
        await self._lay_over()

    async def _lay_over(self) -> None:
        # One at a time, each with the newest of both: whoever comes last has all of it.
        async with self._laying:
            files = self._of_files
            laid = lay_over(files.knowledge, self._entries.values(), self._used)
            if _same_names(laid.knowledge, files.knowledge):
                # Meetings are found by no name, so the interpreter stays.
                self.snapshot = replace(files, knowledge=laid.knowledge)
            elif _same_names(laid.knowledge, self.snapshot.knowledge) and (
                self.snapshot.interpreter.trained is files.interpreter.trained
            ):
                self.snapshot = replace(self.snapshot, knowledge=laid.knowledge)
            else:
                trained = files.interpreter.trained
                made = await asyncio.to_thread(Interpreter, laid.knowledge, trained)
                self.snapshot = Snapshot(laid.knowledge, made)
            self.entry_problems, self._used = laid.problems, laid.used

    async def reload(self) -> bool:
        """Reads the files again; False, with `problems` set, where they have errors."""
        async with self._busy:
            try:
                snapshot = await self._read_snapshot()
            except ContentError as error:
                self.problems = tuple(error.said(own_language()))
                for problem in self.problems:
                    log.error("content.invalid", finding=problem)
                metrics.RELOADS.labels("invalid").inc()
                return False
            await self._use(snapshot)
            self.problems = ()
            self._trained_on = snapshot.knowledge.fingerprint
            self.reloads += 1
            metrics.RELOADS.labels("live").inc()
            log.info("content.reloaded", fingerprint=snapshot.knowledge.fingerprint)
            return True

    async def _read_snapshot(self) -> Snapshot:
        folders = self.folders
        knowledge = await asyncio.to_thread(folders.read)
        if knowledge.fingerprint == self._trained_on:
            trained = self.snapshot.interpreter.trained
            return Snapshot(knowledge, await asyncio.to_thread(Interpreter, knowledge, trained))
        if not is_trained(knowledge.fingerprint):
            await self._train(knowledge)
        return await asyncio.to_thread(build_snapshot, knowledge)

    async def _train(self, knowledge: Knowledge) -> None:
        """Trains in a subprocess; until that is done, the new content is used with the old model.

        So a removed person is gone at once, and a new telephone number is there.
        """
        trained = self.snapshot.interpreter.trained
        if {label.partition(":")[0] for label in trained.intents.classes} <= set(knowledge.intents):
            interpreter = await asyncio.to_thread(Interpreter, knowledge, trained)
            await self._use(Snapshot(knowledge, interpreter))
        log.info("content.training_started", fingerprint=knowledge.fingerprint)
        self.training = True
        try:
            await _train_in_subprocess(self.folders)
        finally:
            self.training = False

    async def watch(self) -> None:
        """Reloads when a file in the folders changes or a folder is replaced, until cancelled."""
        from watchfiles import DefaultFilter

        edited = _ContentFilter(DefaultFilter())
        folders = [self.folders.content, self.folders.intents, self.folders.locale]
        async for _ in changes(*filter(None, folders), wanted=edited, debounce=400):
            try:
                await self.reload()
            except Exception:
                # Whatever went wrong, the snapshot in use stays.
                log.exception("content.reload_failed")


class _ContentFilter:
    """A filter for watchfiles: YAML and .po files, without the temporary copies of editors."""

    def __init__(self, usual: Callable[..., bool]) -> None:
        self._usual = usual

    def __call__(self, change: object, path: str) -> bool:
        return path.endswith((".yaml", ".yml", ".po")) and self._usual(change, path)


def _same_names(one: Knowledge, other: Knowledge) -> bool:
    """Whether an interpreter of one serves the other: all else is looked up in the knowledge."""
    return one.people == other.people and one.networks == other.networks


def training_command(folders: Folders, *options: str) -> list[str]:
    """The command that trains in a subprocess and leaves the model in the cache.

    Training takes memory that a process does not give back, and the GIL, which a server needs.
    """
    command = [sys.executable, "-m", "bot", "train", *options]
    command += ["--content", str(folders.content), "--intents", str(folders.intents)]
    return [*command, "--demo"] if folders.demo else command


async def _train_in_subprocess(folders: Folders) -> None:
    process = await asyncio.create_subprocess_exec(*training_command(folders, "--quiet"))
    try:
        await process.wait()
    except asyncio.CancelledError:
        process.terminate()
        raise
