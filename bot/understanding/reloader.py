"""Content with its interpreter, and how both are replaced when a file changes."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import structlog

from bot.i18n import N_, Message, install, install_community, own_language
from bot.knowledge.folder_watch import changes
from bot.knowledge.known_files import KnownFiles
from bot.knowledge.library import Knowledge
from bot.knowledge.loader import Check, load
from bot.knowledge.overlay import Entries, Kind, lay_over
from bot.knowledge.texts import read_texts
from bot.knowledge.values import Value
from bot.knowledge.yaml_source import ContentError
from bot.ops import metrics
from bot.ops.memory import give_back
from bot.understanding.interpreter import Interpreter
from bot.understanding.learning import LearningError, learn
from bot.understanding.trained_model import (
    Progress,
    TrainedModel,
    is_trained,
    load_or_train,
    load_trained,
)

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
    known: KnownFiles = field(default_factory=KnownFiles, compare=False, repr=False)
    """The files as they were read last."""

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
            knowledge = load(
                self.content, self.intents, self.demo, self.checks, is_trained, self.known
            )
        finally:
            if collects:
                gc.enable()
        if texts is not None:
            install(texts)
        community = knowledge.community
        install_community(community.languages, community.words)
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


SETTLE = 1.5
"""Seconds after which a file that was saved while something was learned has been noticed."""

RETRY_AFTER = (60.0, 600.0, 3600.0)
"""Seconds until learning that failed is tried again, the last again and again; a change of the
files is learned at once."""


@dataclass
class ContentReloader:
    """Holds the snapshot in use, and replaces it when the files have changed.

    What changed is used at once. Phrases and names are learned beside it, by a process of its own;
    until that is done, the new content is used with the model from before. Files with errors are
    reported, and the snapshot stays.
    """

    folders: Folders
    snapshot: Snapshot
    """With the entries given to `use_entries` laid over the files."""
    problems: tuple[str, ...] = ()
    """The errors of the files on disk, while the last valid snapshot is in use."""
    reloads: int = 0
    """How many times the snapshot was replaced by changed files."""
    training: bool = False
    """Whether a process learns changed phrases or names right now."""
    learning_problems: tuple[Message, ...] = ()
    """Why the last learning failed, until one succeeds."""
    entry_problems: tuple[Message, ...] = ()
    """Which of the entries given to `use_entries` cannot be used, and why."""
    _busy: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)
    _of_files: Snapshot = field(init=False, repr=False)
    _entries: Entries = field(default_factory=dict, repr=False)
    _used: Mapping[tuple[Kind, str], Value] = field(default_factory=dict, repr=False)
    _laying: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)
    _trained_on: str = field(init=False, repr=False)
    """The fingerprint of the content that the model in use was trained on."""
    _wanted: Knowledge = field(init=False, repr=False)
    """The content of the files, as last read without an error."""
    _changed: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    """Set when `_wanted` is another."""
    _learning: asyncio.Task[None] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self._of_files = self.snapshot
        self._wanted = self.snapshot.knowledge
        self._trained_on = self.snapshot.knowledge.fingerprint
        _warn_of_fallback(self.snapshot.knowledge)

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
            if _found_alike(laid.knowledge, files.knowledge):
                # Meetings are found by nothing of their own, so the interpreter stays.
                self.snapshot = replace(files, knowledge=laid.knowledge)
            elif _found_alike(laid.knowledge, self.snapshot.knowledge) and (
                self.snapshot.interpreter.trained is files.interpreter.trained
            ):
                self.snapshot = replace(self.snapshot, knowledge=laid.knowledge)
            else:
                trained = files.interpreter.trained
                made = await self._made(laid.knowledge, trained)
                self.snapshot = Snapshot(laid.knowledge, made)
            self.entry_problems, self._used = laid.problems, laid.used

    async def reload(self) -> bool:
        """Reads the files again; False, with `problems` set, where they have errors.

        Does not wait for learning; `learned` does.
        """
        async with self._busy:
            try:
                knowledge = await asyncio.to_thread(self.folders.read)
            except ContentError as error:
                self.problems = tuple(error.said(own_language()))
                for problem in self.problems:
                    log.error("content.invalid", finding=problem)
                metrics.RELOADS.labels("invalid").inc()
                return False
            before = self._wanted
            await self._take(knowledge)
            self.problems = ()
            self.reloads += 1
            metrics.RELOADS.labels("live").inc()
            log.info("content.reloaded", fingerprint=knowledge.fingerprint)
            if knowledge.fallen_back != before.fallen_back:
                _warn_of_fallback(knowledge)
        if knowledge.fingerprint != self._trained_on:
            self._begin_learning()
        await asyncio.to_thread(give_back)
        return True

    async def _take(self, knowledge: Knowledge) -> None:
        """Uses new content, with the model that was trained on it where there is one."""
        if knowledge.distress == self._wanted.distress:
            # Many small objects, which hardly ever change.
            knowledge = replace(knowledge, distress=self._wanted.distress)
        trained = self.snapshot.interpreter.trained
        if knowledge.fingerprint != self._trained_on:
            found = await asyncio.to_thread(load_trained, knowledge)
            if found is not None:
                trained, self._trained_on = found, knowledge.fingerprint
                self.learning_problems = ()
        self._wanted = knowledge
        self._changed.set()
        if knowledge.fingerprint != self._trained_on:
            knowledge = _with_what_is_known(knowledge, self._of_files.knowledge, trained)
        interpreter = await self._made(knowledge, trained)
        await self._use(Snapshot(knowledge, interpreter))

    async def _made(self, knowledge: Knowledge, trained: TrainedModel) -> Interpreter:
        before = self._of_files.interpreter
        return await asyncio.to_thread(partial(Interpreter, knowledge, trained, before=before))

    def _begin_learning(self) -> None:
        if self._learning is None or self._learning.done():
            self._learning = asyncio.create_task(self._learn())

    async def learned(self) -> None:
        """Waits until all that was read is learned, or will not be: its files have errors."""
        if self._learning is not None:
            await self._learning

    async def _learn(self) -> None:
        try:
            await self._learn_what_is_new()
        except Exception as error:
            # Whatever went wrong, the snapshot in use stays; the next change is learned.
            log.exception("content.learning_failed")
            self._report(str(error))

    def _report(self, reason: str) -> None:
        """Takes down that learning failed, and why."""
        metrics.RELOADS.labels("not_learned").inc()
        message = N_("what was changed is not learned yet: {reason}", reason=reason)
        self.learning_problems = (message,)

    async def _learn_what_is_new(self) -> None:
        failures = 0
        while (wanted := self._wanted).fingerprint != self._trained_on:
            log.info("content.training_started", fingerprint=wanted.fingerprint)
            self._changed.clear()
            self.training = True
            trained: TrainedModel | None = None
            failed = N_("the files were others when they were learned")
            try:
                trained = await learn(self.folders, wanted)
            except LearningError as error:
                failed = error.message
            finally:
                self.training = False
            if trained is not None:
                await self._use_learned(wanted, trained)
                continue
            # Files that were saved meanwhile are another content, or have errors by now.
            await self._until_changed(SETTLE)
            if self.problems:
                return
            if self._wanted is wanted:
                log.error("content.learning_failed", reason=failed.said("en"))
                self._report(failed)
                await self._until_changed(RETRY_AFTER[min(failures, len(RETRY_AFTER) - 1)])
                failures += 1

    async def _until_changed(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()

    async def _use_learned(self, wanted: Knowledge, trained: TrainedModel) -> None:
        async with self._busy:
            if self._wanted.fingerprint != wanted.fingerprint:
                return
            # Contacts may have changed since, which the model does not depend on.
            knowledge = self._wanted
            interpreter = await self._made(knowledge, trained)
            await self._use(Snapshot(knowledge, interpreter))
            self._trained_on = knowledge.fingerprint
            self.learning_problems = ()
            log.info("content.learned", fingerprint=knowledge.fingerprint)
        await asyncio.to_thread(give_back)

    async def watch(self) -> None:
        """Reloads when a file in the folders changes or a folder is replaced, until cancelled."""
        from watchfiles import DefaultFilter

        edited = _ContentFilter(DefaultFilter())
        folders = [self.folders.content, self.folders.intents, self.folders.locale]
        try:
            async for _ in changes(*filter(None, folders), wanted=edited, debounce=400):
                try:
                    await self.reload()
                except Exception:
                    # Whatever went wrong, the snapshot in use stays.
                    log.exception("content.reload_failed")
        finally:
            await self.end_learning()

    async def end_learning(self) -> None:
        """Ends the process that learns, if there is one."""
        if self._learning is not None and not self._learning.done():
            self._learning.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._learning


def _warn_of_fallback(knowledge: Knowledge) -> None:
    for finding in knowledge.fallen_back:
        log.warning("content.fallback", finding=finding.said(own_language()))


def _with_what_is_known(
    knowledge: Knowledge, before: Knowledge, trained: TrainedModel
) -> Knowledge:
    """The knowledge with the intents and details that were taken out and a model still gives."""
    labels = [label.partition(":") for label in trained.intents.classes]
    intents = {intent for intent, _, _ in labels if intent in before.intents}
    details = {topic for _, _, topic in labels if topic in before.details}
    return replace(
        knowledge,
        intents={**{key: before.intents[key] for key in intents}, **knowledge.intents},
        details={**{key: before.details[key] for key in details}, **knowledge.details},
    )


class _ContentFilter:
    """A filter for watchfiles: YAML and .po files, without the temporary copies of editors."""

    def __init__(self, usual: Callable[..., bool]) -> None:
        self._usual = usual

    def __call__(self, change: object, path: str) -> bool:
        return path.endswith((".yaml", ".yml", ".po")) and self._usual(change, path)


def _found_alike(one: Knowledge, other: Knowledge) -> bool:
    """Whether an interpreter of one serves the other: all else is looked up in the knowledge."""
    return (
        one.people == other.people
        and one.networks == other.networks
        and one.questions == other.questions
    )
