"""Unanswered questions: recorded anonymised in the background, and grouped for the editors."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from rapidfuzz import fuzz
from sqlalchemy import Row
from sqlalchemy.exc import SQLAlchemyError

from bot.i18n import translator
from bot.knowledge.library import FALLBACK
from bot.knowledge.values import Language
from bot.store import unanswered as rows
from bot.store.database import Database
from bot.understanding.anonymise import as_phrase_text
from bot.understanding.interpreter import Interpreter, MessageContext
from bot.understanding.reloader import ContentReloader

log = structlog.get_logger()

KEPT_DAYS = 90
MAX_QUEUED = 500
"""Questions that may wait to be written; more are dropped, so that no turn waits."""

BATCH_SECONDS = 2.0
"""Seconds in which questions are collected for one transaction."""

MIN_SIMILARITY = 80
"""From which token set ratio, 0 to 100, two questions belong to one group."""

MAX_GROUPED = 2_000
"""Different questions that are grouped, the most frequent ones."""


class UnansweredRecorder:
    """Queues questions without waiting; anonymises and writes them in the background."""

    def __init__(self, database: Database, reloader: ContentReloader) -> None:
        self._database = database
        self._reloader = reloader
        self._queue: asyncio.Queue[tuple[str, Language]] = asyncio.Queue(MAX_QUEUED)

    def record(self, text: str, language: Language) -> None:
        """Queues a question; drops it where MAX_QUEUED wait already."""
        if not self._queue.full():
            self._queue.put_nowait((text, language))

    async def run(self) -> None:
        """Writes queued questions until it is cancelled, and then the rest."""
        try:
            while True:
                first = await self._queue.get()
                try:
                    await asyncio.sleep(BATCH_SECONDS)
                finally:
                    await self._write([first, *self._drain()])
        finally:
            await self._write(self._drain())

    def _drain(self) -> list[tuple[str, Language]]:
        return [self._queue.get_nowait() for _ in range(self._queue.qsize())]

    async def _write(self, questions: Iterable[tuple[str, Language]]) -> None:
        snapshot = self._reloader.snapshot
        today = dt.datetime.now(snapshot.knowledge.zone).date().isoformat()
        interpreter = snapshot.interpreter
        masked = [
            rows.Question(
                interpreter.anonymise(text), language, today, interpreter.networks_named(text)
            )
            for text, language in questions
        ]
        try:
            async with self._database.transaction() as tx:
                await rows.add(tx, [one for one in masked if one.text])
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            # A question less is no harm, and it must not be kept anywhere else.
            log.warning("unanswered.not_written", count=len(masked), error=type(error).__name__)


async def delete_old(
    database: Database,
    zone: ZoneInfo,
    now: Callable[[ZoneInfo], dt.datetime] = lambda zone: dt.datetime.now(zone),
) -> int:
    """Deletes questions older than KEPT_DAYS; gives how many."""
    day = now(zone).date() - dt.timedelta(days=KEPT_DAYS)
    async with database.transaction() as tx:
        return await rows.drop_before(tx, day.isoformat())


@dataclass
class Group:
    """Similar questions in one language."""

    language: Language
    intent: str | None
    """The likeliest intent; None where no intent is near."""
    count: int = 0
    last: str = ""
    """The last day on which one was asked, `2026-12-10`."""
    texts: list[str] = field(default_factory=list)
    """The different wordings, the most frequent first."""
    number: int = 0
    """The id of one that was worded as the first."""

    def add(self, text: str, count: int, last: str) -> None:
        """Adds a wording."""
        self.count += count
        self.last = max(self.last, last)
        self.texts.append(text)


async def group_unanswered(database: Database, interpreter: Interpreter) -> list[Group]:
    """The groups of unanswered questions, the most frequent first."""
    async with database.reading() as tx:
        found = await rows.most_asked(tx, MAX_GROUPED)
    return grouped(found, partial(_intent, interpreter))


def grouped(
    found: Iterable[Row[Any]], intent_of: Callable[[str], str | None] = lambda _: None
) -> list[Group]:
    """Rows of `most_asked` as groups of similar questions, the most frequent first."""
    groups: list[Group] = []
    for row in found:
        text, language = row.text, row.language
        group = next(
            (one for one in groups if one.language == language and _similar(one, text)), None
        )
        if group is None:
            group = Group(language, intent_of(text), number=row.id)
            groups.append(group)
        group.add(text, row.times, row.last)
    return sorted(groups, key=lambda one: (-one.count, one.texts))


def _similar(group: Group, text: str) -> bool:
    return fuzz.token_set_ratio(group.texts[0], text) >= MIN_SIMILARITY


def _intent(interpreter: Interpreter, text: str) -> str | None:
    circumstances = MessageContext(dt.date.today())
    understanding = interpreter.understand(as_phrase_text(text), circumstances, explain=True)
    guessed = [guess.intent for guess in understanding.guesses]
    matched = [match.label.partition(":")[0] for match in understanding.evidence.matches]
    return next((one for one in (*guessed, *matched) if one != FALLBACK), None)


def as_yaml(groups: Iterable[Group], language: str) -> str:
    """The groups by intent, as phrases that can be pasted; the comments are in `language`."""
    _ = translator(language)
    by_intent: dict[str | None, dict[Language, list[Group]]] = {}
    for group in groups:
        by_intent.setdefault(group.intent, {}).setdefault(group.language, []).append(group)
    nowhere = _("near no intent")
    lines: list[str] = []
    for intent, languages in by_intent.items():
        lines += [f"# intents/{intent}.yaml" if intent else f"# {nowhere}", "phrases:"]
        for code, those in languages.items():
            lines.append(f"  {code}: |")
            for group in those:
                asked = _.ngettext(
                    "asked {count} time, last on {day}",
                    "asked {count} times, last on {day}",
                    group.count,
                    day=group.last,
                )
                lines.append(f"    # {asked}")
                phrases = dict.fromkeys(as_phrase_text(text) for text in group.texts)
                lines += [f"    {phrase}" for phrase in phrases if phrase]
        lines.append("")
    return "\n".join(lines)
