"""What was asked in vain: kept masked, beside the turns, and grouped for the editors."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import structlog
from rapidfuzz import fuzz
from sqlalchemy.exc import SQLAlchemyError

from bot.knowledge.library import FALLBACK
from bot.knowledge.values import Language
from bot.store import unanswered as rows
from bot.store.database import Database
from bot.understanding.interpreter import Circumstances, Interpreter
from bot.understanding.masking import as_pasted
from bot.understanding.reloader import ContentReloader

log = structlog.get_logger()

KEPT_DAYS = 90
WAITING = 500
"""Questions that may wait to be written; beyond, they are let go: no turn waits for them."""

GATHER = 2.0
"""Seconds for which questions are gathered into one transaction."""

ALIKE = 80
"""From which likeness, of 100, two questions are one."""

MOST_GROUPED = 2_000
"""Different questions that are looked at, the most asked first."""


class Unanswered:
    """Takes questions in without waiting, masks and writes them beside the turns."""

    def __init__(self, database: Database, reloader: ContentReloader) -> None:
        self._database = database
        self._reloader = reloader
        self._waiting: asyncio.Queue[tuple[str, Language]] = asyncio.Queue(WAITING)

    def take(self, text: str, language: Language) -> None:
        """Takes a question in; lets it go where too many wait already."""
        if not self._waiting.full():
            self._waiting.put_nowait((text, language))

    async def run(self) -> None:
        """Writes what comes in until it is cancelled; then what is left."""
        try:
            while True:
                first = await self._waiting.get()
                try:
                    await asyncio.sleep(GATHER)
                finally:
                    await self._write([first, *self._all_waiting()])
        finally:
            await self._write(self._all_waiting())

    def _all_waiting(self) -> list[tuple[str, Language]]:
        return [self._waiting.get_nowait() for _ in range(self._waiting.qsize())]

    async def _write(self, questions: Iterable[tuple[str, Language]]) -> None:
        snapshot = self._reloader.snapshot
        today = dt.datetime.now(snapshot.knowledge.zone).date().isoformat()
        masked = [
            (snapshot.interpreter.without_persons(text), language, today)
            for text, language in questions
        ]
        try:
            async with self._database.transaction() as tx:
                await rows.add(tx, [one for one in masked if one[0]])
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            # A question less is no harm, and it must not be kept anywhere else.
            log.warning("unanswered.not_kept", count=len(masked), error=type(error).__name__)


async def drop_old(
    database: Database,
    zone: ZoneInfo,
    now: Callable[[ZoneInfo], dt.datetime] = lambda zone: dt.datetime.now(zone),
) -> int:
    """Deletes what is older than 90 days; gives how many."""
    day = now(zone).date() - dt.timedelta(days=KEPT_DAYS)
    async with database.transaction() as tx:
        return await rows.drop_before(tx, day.isoformat())


@dataclass
class Group:
    """Questions that are alike, in one language."""

    language: Language
    intent: str | None
    """What they may have meant; None where nothing is near."""
    count: int = 0
    last: str = ""
    """The last day on which one was asked."""
    texts: list[str] = field(default_factory=list)
    """The different wordings, the most asked first."""

    def add(self, text: str, count: int, last: str) -> None:
        """Takes a wording in."""
        self.count += count
        self.last = max(self.last, last)
        self.texts.append(text)


async def grouped(database: Database, interpreter: Interpreter) -> list[Group]:
    """What was asked in vain, alike together, the most asked first."""
    async with database.reading() as tx:
        found = await rows.most_asked(tx, MOST_GROUPED)
    groups: list[Group] = []
    for row in found:
        text, language = row.text, row.language
        group = next((one for one in groups if one.language == language and _like(one, text)), None)
        if group is None:
            group = Group(language, _intent(interpreter, text))
            groups.append(group)
        group.add(text, row.times, row.last)
    return sorted(groups, key=lambda one: (-one.count, one.texts))


def _like(group: Group, text: str) -> bool:
    return fuzz.token_set_ratio(group.texts[0], text) >= ALIKE


def _intent(interpreter: Interpreter, text: str) -> str | None:
    circumstances = Circumstances(dt.date.today())
    understanding = interpreter.understand(as_pasted(text), circumstances, explain=True)
    guessed = [guess.intent for guess in understanding.guesses]
    matched = [match.label.partition(":")[0] for match in understanding.evidence.matches]
    return next((one for one in (*guessed, *matched) if one != FALLBACK), None)


def as_yaml(groups: Iterable[Group]) -> str:
    """The groups by intent, as phrases that can be pasted into the intent's file."""
    by_intent: dict[str | None, dict[Language, list[Group]]] = {}
    for group in groups:
        by_intent.setdefault(group.intent, {}).setdefault(group.language, []).append(group)
    lines: list[str] = []
    for intent, languages in by_intent.items():
        lines += [f"# intents/{intent}.yaml" if intent else "# near no intent", "phrases:"]
        for language, those in languages.items():
            lines.append(f"  {language}: |")
            for group in those:
                lines.append(f"    # asked {group.count} times, last on {group.last}")
                phrases = dict.fromkeys(as_pasted(text) for text in group.texts)
                lines += [f"    {phrase}" for phrase in phrases if phrase]
        lines.append("")
    return "\n".join(lines)
