"""What the bot thinks with at one moment, and how it is exchanged when a file changes."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import structlog

from bot.i18n import install, own_language
from bot.knowledge.library import Knowledge
from bot.knowledge.loader import Check, load
from bot.knowledge.models import Meeting
from bot.knowledge.own_meetings import with_meetings
from bot.knowledge.texts import read_texts
from bot.knowledge.watching import changes
from bot.knowledge.yaml_source import ContentError
from bot.ops import metrics
from bot.understanding.interpreter import Interpreter
from bot.understanding.trained import Progress, learned, load_or_train

log = structlog.get_logger()


@dataclass(frozen=True)
class Folders:
    """Where content and intents lie, and whether the demo meetings are laid over them."""

    content: Path
    intents: Path
    demo: bool = False
    locale: Path | None = None
    """The folder of the other texts; None for those that come with the program."""
    checks: tuple[Check, ...] = ()
    """What the rooms above want to have checked before new content goes live."""

    def read(self) -> Knowledge:
        """Reads all and takes the other texts into use; raises ContentError.

        Phrases that were learned are not parsed again.
        """
        texts = read_texts(self.locale) if self.locale is not None else None
        # Very many small objects are made, and nearly all stay: looking for garbage among them
        # takes a third of the time (measured with ten times our phrases).
        collects = gc.isenabled()
        gc.disable()
        try:
            knowledge = load(self.content, self.intents, self.demo, self.checks, learned)
        finally:
            if collects:
                gc.enable()
        if texts is not None:
            install(texts)
        return knowledge


@dataclass(frozen=True)
class Snapshot:
    """Knowledge, and the interpreter that was made for it."""

    knowledge: Knowledge
    interpreter: Interpreter


def make_snapshot(folders: Folders, progress: Progress | None = None) -> Snapshot:
    """Reads the folders and loads or trains the model; raises ContentError."""
    return build_snapshot(folders.read(), progress)


def build_snapshot(knowledge: Knowledge, progress: Progress | None = None) -> Snapshot:
    """Loads the model for some knowledge, or trains it."""
    return Snapshot(knowledge, Interpreter(knowledge, load_or_train(knowledge, progress=progress)))


@dataclass
class ContentReloader:
    """Holds the snapshot in use, and makes a new one when the files have changed.

    A change of phrases or names needs training, which runs in a process of its own, so that the
    bot goes on answering meanwhile. What cannot be used is reported and left alone.
    """

    folders: Folders
    snapshot: Snapshot
    """In use: knows the meetings of the files, and those that `use_meetings` was given."""
    problems: tuple[str, ...] = ()
    """What is wrong with the files on disk, while the last good state serves."""
    reloads: int = 0
    learning: bool = False
    """Whether changed phrases or names are being learned right now."""
    meeting_problems: tuple[str, ...] = ()
    """Which of the meetings from elsewhere cannot be used, and why."""
    _busy: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)
    _of_files: Snapshot = field(init=False, repr=False)
    _meetings: Mapping[str, Meeting] = field(default_factory=dict, repr=False)
    _learned: str = field(init=False, repr=False)
    """The fingerprint of what the trained model in use was made from."""

    def __post_init__(self) -> None:
        self._of_files = self.snapshot
        self._learned = self.snapshot.knowledge.fingerprint

    @property
    def file_meetings(self) -> Mapping[str, Meeting]:
        """The meetings of the files alone."""
        return self._of_files.knowledge.meetings

    def use_meetings(self, meetings: Mapping[str, Meeting]) -> None:
        """Puts meetings from elsewhere beside those of the files, in the place of earlier ones."""
        self._meetings = meetings
        self._use(self._of_files)

    def _use(self, snapshot: Snapshot) -> None:
        """Takes what the files hold into use, with the meetings from elsewhere."""
        self._of_files = snapshot
        knowledge, self.meeting_problems = with_meetings(snapshot.knowledge, self._meetings)
        # Nothing is learned from meetings, so the interpreter stays.
        self.snapshot = replace(snapshot, knowledge=knowledge)

    async def reload(self) -> bool:
        """Reads the files anew; False, with `problems` set, when they hold errors."""
        async with self._busy:
            try:
                snapshot = await self._make()
            except ContentError as error:
                self.problems = tuple(error.said(own_language()))
                for problem in self.problems:
                    log.error("content.invalid", finding=problem)
                metrics.RELOADS.labels("invalid").inc()
                return False
            self._use(snapshot)
            self.problems = ()
            self._learned = snapshot.knowledge.fingerprint
            self.reloads += 1
            metrics.RELOADS.labels("live").inc()
            log.info("content.reloaded", fingerprint=snapshot.knowledge.fingerprint)
            return True

    async def _make(self) -> Snapshot:
        folders = self.folders
        knowledge = await asyncio.to_thread(folders.read)
        if knowledge.fingerprint == self._learned:
            trained = self.snapshot.interpreter.trained
            return Snapshot(knowledge, await asyncio.to_thread(Interpreter, knowledge, trained))
        if not learned(knowledge.fingerprint):
            await self._learn(knowledge)
        return await asyncio.to_thread(build_snapshot, knowledge)

    async def _learn(self, knowledge: Knowledge) -> None:
        """Learns beside; until that is done, the new content is answered with the old learning.

        So a person who was removed is gone at once, and a new telephone number is there.
        """
        trained = self.snapshot.interpreter.trained
        if {label.partition(":")[0] for label in trained.intents.classes} <= set(knowledge.intents):
            interpreter = await asyncio.to_thread(Interpreter, knowledge, trained)
            self._use(Snapshot(knowledge, interpreter))
        log.info("content.learning", fingerprint=knowledge.fingerprint)
        self.learning = True
        try:
            await _train_beside(self.folders)
        finally:
            self.learning = False

    async def watch(self) -> None:
        """Reloads when a file in the folders changes or a folder is replaced, until cancelled."""
        from watchfiles import DefaultFilter

        edited = _Edited(DefaultFilter())
        folders = [self.folders.content, self.folders.intents, self.folders.locale]
        async for _ in changes(*filter(None, folders), wanted=edited, debounce=400):
            try:
                await self.reload()
            except Exception:
                # Whatever went wrong, the bot goes on with what it has.
                log.exception("content.reload_failed")


class _Edited:
    """Lets through what editors save: YAML and .po files, not their temporary copies."""

    def __init__(self, usual: Callable[..., bool]) -> None:
        self._usual = usual

    def __call__(self, change: object, path: str) -> bool:
        return path.endswith((".yaml", ".yml", ".po")) and self._usual(change, path)


def training_command(folders: Folders, *options: str) -> list[str]:
    """The command that trains in another process and leaves the model in the cache.

    Training takes memory that a process keeps, and the interpreter's lock, which a server needs.
    """
    command = [sys.executable, "-m", "bot", "train", *options]
    command += ["--content", str(folders.content), "--intents", str(folders.intents)]
    return [*command, "--demo"] if folders.demo else command


async def _train_beside(folders: Folders) -> None:
    process = await asyncio.create_subprocess_exec(*training_command(folders, "--quiet"))
    try:
        await process.wait()
    except asyncio.CancelledError:
        process.terminate()
        raise
