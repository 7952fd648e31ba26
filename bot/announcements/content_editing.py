"""What coordinators enter of content: kept in the database, used as if it stood in the files."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.announcements import record
from bot.announcements.asked_in_vain import AskedInVain
from bot.announcements.errors import Invalid, NotAllowed, NotFound, WrongState
from bot.announcements.model import Action, By, Identity
from bot.announcements.permissions import Coordinators
from bot.i18n import Message
from bot.knowledge.fields import as_yaml, fields_of
from bot.knowledge.library import Knowledge
from bot.knowledge.loader import build_value
from bot.knowledge.overlay import (
    MODELS,
    PLACES,
    Entries,
    Entry,
    Fields,
    Kind,
    difference,
    entry_of,
    faults,
    lay_over,
    networks_of,
    values_of,
)
from bot.knowledge.question_pairs import Question
from bot.knowledge.values import Value
from bot.knowledge.visible import hidden_host, shows, visible
from bot.knowledge.yaml_source import YamlPath
from bot.store import overlay as rows
from bot.store.database import DATABASE_GONE, Database
from bot.store.overlay import ChangeRow, State
from bot.understanding.pair_doubts import Doubt, find_doubts, same_wording
from bot.understanding.reloader import ContentReloader

log = structlog.get_logger()

FOLLOW_SECONDS = 1.0
"""How often a replica looks whether another has changed something."""

LAST_LOOK_SECONDS = 5.0
"""How long a look that is under way is waited for when the server ends."""

MAX_TEXT_LENGTH = 4_000
"""Characters of one text."""

EDITABLE: Mapping[Kind, frozenset[str]] = {
    Kind.NETWORK: frozenset(
        {"sources", "links", "mailing_list", "members", "meets", "joining", "email"}
    ),
}
"""The fields that can be entered, for kinds of which not all can: names and areas of networks are
learned, and stand in the files alone."""


_OF_NETWORKS = (Kind.NETWORK, Kind.PERSON, Kind.QUESTION)
"""What is told of a network; meetings have a list of their own."""


@dataclass(frozen=True)
class Change:
    """A change of what was entered, as the history has it."""

    number: int
    kind: Kind
    key: str
    at: dt.datetime
    action: Action
    by: By
    who: Identity | None
    networks: tuple[str, ...]
    before: State | None
    after: State | None


class ContentEditor:
    """Changes networks, persons, meetings, questions; whoever asks has the right to their networks.

    What is entered has the fields of a file in content/, checked by the same model. Every change is
    used at once by this process, and within a few seconds by other replicas; it can be undone.
    """

    def __init__(
        self, database: Database, reloader: ContentReloader, coordinators: Coordinators
    ) -> None:
        self._database = database
        self._reloader = reloader
        self._coordinators = coordinators
        self._revision: int | None = None
        self.in_vain = AskedInVain(database, reloader, coordinators)
        self._refreshing = asyncio.Lock()

    @property
    def knowledge(self) -> Knowledge:
        """The content in use, with all that was entered."""
        return self._reloader.snapshot.knowledge

    def in_files(self, kind: Kind) -> Iterable[str]:
        """The keys of all that files hold, in use or taken out in the chat."""
        return values_of(self._reloader.of_files, kind)

    def fields(self, kind: Kind, key: str) -> dict[str, Any] | None:
        """The fields of one as they are in use; None for nothing."""
        found = values_of(self.knowledge, kind).get(key)
        return None if found is None else fields_of(found)

    def preview(self, who: Identity, kind: Kind, key: str, wanted: Fields | None) -> Knowledge:
        """The content as it would be; raises as `put` does, and changes nothing."""
        entry, _ = self._entry(who, kind, key, wanted)
        entries = {**self._reloader.entries}
        entries.pop((kind, key), None)
        if entry is not None:
            entries[kind, key] = entry
        return lay_over(self._reloader.of_files, entries.values()).knowledge

    async def doubts(
        self, who: Identity, key: str, wanted: Fields, today: dt.date
    ) -> tuple[Doubt, ...]:
        """What `check` would say of a question as it would be; raises as `preview` does.

        Takes a second or two, in a thread.
        """
        would_be = self.preview(who, Kind.QUESTION, key, wanted)
        return await asyncio.to_thread(lambda: tuple(find_doubts(would_be, today, key)))

    async def put(
        self,
        who: Identity,
        kind: Kind,
        key: str,
        wanted: Fields | None,
        *,
        seen: int | None = None,
        action: Action | None = None,
    ) -> int:
        """Gives one its fields, all of them, or takes it out (None); gives the change's number.

        `seen` is the newest change that whoever asks has seen; where another came since, nothing is
        done. Raises NotAllowed, Invalid, which names the field, NotFound or WrongState.
        """
        if not self._coordinators.is_coordinator(who):
            raise NotAllowed
        async with self._database.transaction() as tx:
            await self._begin(tx)
            there = self._of(kind, key)
            entry, networks = self._entry(who, kind, key, wanted)
            if seen is not None and seen != await rows.newest(tx, kind, key):
                raise WrongState("entered_meanwhile")
            if action is None:
                action = Action.CONTENT_CHANGED
                if wanted is None:
                    action = Action.CONTENT_REMOVED
                elif there is None:
                    action = Action.CONTENT_ADDED
            number = await self._write(tx, who, action, (kind, key), networks, _state(entry))
        await self.refresh()
        return number

    async def add_new(
        self,
        who: Identity,
        kind: Kind,
        keys: Iterable[str],
        wanted: Fields,
        same: Callable[[Knowledge], str | None],
    ) -> tuple[str, int | None]:
        """Adds one under the first of some keys that nothing ever had; its key and the change.

        Where `same` finds one that says all the same, that one's key, and no change: of two presses
        at once, also on two replicas, one adds. Raises as `put` does.
        """
        if not self._coordinators.is_coordinator(who):
            raise NotAllowed
        async with self._database.transaction() as tx:
            await self._begin(tx)
            if (there := same(self.knowledge)) is not None:
                return there, None
            taken = {*self.in_files(kind), *await rows.keys(tx, kind)}
            key = next(one for one in keys if one not in taken)
            entry, networks = self._entry(who, kind, key, wanted)
            place = (kind, key)
            action = Action.CONTENT_ADDED
            number = await self._write(tx, who, action, place, networks, _state(entry))
        await self.refresh()
        return key, number

    async def undo(self, who: Identity, number: int) -> int:
        """Brings back what was before a change; gives the number of the change that does so.

        Raises NotAllowed, NotFound, or WrongState where something came after it or what was there
        does not fit any more.
        """
        if not self._coordinators.is_coordinator(who):
            raise NotAllowed
        async with self._database.transaction() as tx:
            await self._begin(tx)
            found = await rows.change_of(tx, number)
            if found is None:
                raise NotFound("no_change")
            networks = tuple(found.networks)
            self._require(who, networks)
            kind = Kind(found.kind)
            if await rows.newest(tx, kind, found.key) != number:
                raise WrongState("entered_meanwhile")
            before = _again(kind, found)
            if before is not None:
                entry = Entry(kind, found.key, before["body"], before["over"])
                laid = lay_over(self._without(kind, found.key), [entry])
                if laid.problems:
                    raise WrongState("fits_no_more")
            action, place = Action.CONTENT_RESTORED, (kind, found.key)
            done = await self._write(tx, who, action, place, networks, before)
        await self.refresh()
        return done

    async def history(self, who: Identity, kind: Kind, key: str) -> tuple[Change, ...]:
        """The changes of one that somebody may see, the newest first."""
        async with self._database.reading() as tx:
            found = await rows.history(tx, kind, key)
        changes = (change_of(row) for row in found)
        return tuple(one for one in changes if self._may_all(who, one.networks))

    async def history_of(self, who: Identity, network: str, limit: int = 50) -> tuple[Change, ...]:
        """The changes of a network, its persons and questions that somebody may see, the newest
        first."""
        async with self._database.reading() as tx:
            found = await rows.history_of(tx, _OF_NETWORKS, network, limit)
        changes = (change_of(row) for row in found)
        return tuple(one for one in changes if self._may_all(who, one.networks))

    async def newest(self, kind: Kind, key: str) -> int:
        """The number of the newest change of one; 0 where there is none."""
        async with self._database.reading() as tx:
            return await rows.newest(tx, kind, key)

    def name_of(self, change: Change) -> str | None:
        """What a coordinator is called: by name, else by id; None for nobody and once forgotten."""
        if change.by is not By.COORDINATOR or change.who is None:
            return None
        return self._coordinators.name_of(change.who) or change.who.id

    async def refresh(self) -> bool:
        """Takes what is in the database into use; whether it had changed."""
        async with self._database.reading() as tx:
            return await self.read(tx)

    async def follow(self) -> None:
        """Takes what other replicas change into use, until it is cancelled.

        A look under way then ends first: a connection in the middle of a query would be lost.
        """
        while True:
            await asyncio.sleep(FOLLOW_SECONDS)
            look = asyncio.create_task(self.refresh())
            # What is wrong with the database the self check says.
            with contextlib.suppress(*DATABASE_GONE):
                try:
                    await asyncio.shield(look)
                except asyncio.CancelledError:
                    await asyncio.wait([look], timeout=LAST_LOOK_SECONDS)
                    look.cancel()
                    await asyncio.gather(look, return_exceptions=True)
                    raise

    async def read(self, tx: AsyncConnection) -> bool:
        """The same within a transaction; without a change it reads one number."""
        async with self._refreshing:
            revision = await rows.revision_of(tx)
            if revision == self._revision:
                return False
            await self._reloader.use_entries(_entries(await rows.rows(tx)))
            self._revision = revision
            return True

    async def _begin(self, tx: AsyncConnection) -> None:
        """Begins a change: what other replicas changed before is known from here on."""
        await rows.begin(tx)
        await self._reloader.use_entries(_entries(await rows.rows(tx)))

    def _of(self, kind: Kind, key: str) -> Value | None:
        found: Value | None = values_of(self.knowledge, kind).get(key)
        return found

    def _without(self, kind: Kind, key: str) -> Knowledge:
        """The content without what was entered of one."""
        others = (one for place, one in self._reloader.entries.items() if place != (kind, key))
        return lay_over(self._reloader.of_files, others).knowledge

    def _entry(
        self, who: Identity, kind: Kind, key: str, wanted: Fields | None
    ) -> tuple[Entry | None, tuple[str, ...]]:
        """The entry that leads to some fields, and the networks it touches; checks both."""
        there = self._of(kind, key)
        networks = networks_of(there, self.knowledge) if there is not None else ()
        self._require(who, networks)
        of_file = values_of(self._reloader.of_files, kind).get(key)
        if wanted is None:
            if there is None or kind is Kind.NETWORK:
                raise NotFound("not_there")
            return entry_of(kind, key, of_file, None), networks
        built = self._build(kind, key, cleaned(wanted))
        networks = tuple(dict.fromkeys((*networks, *networks_of(built, self.knowledge))))
        self._require(who, networks)
        may = EDITABLE.get(kind)
        if may is not None:
            before = fields_of(there) if there is not None else {}
            if there is None or not set(difference(before, fields_of(built))) <= may:
                raise NotAllowed
        return entry_of(kind, key, of_file, fields_of(built)), networks

    def faults(self, kind: Kind, fields: Fields) -> list[Invalid]:
        """All that is wrong with the fields of one, in their order; none where all is well."""
        built = build_value(MODELS[kind], "new", cleaned(fields), self.knowledge.languages)
        problems = built if isinstance(built, list) else faults(built, self.knowledge)
        return [_invalid(kind, where, reason) for where, reason in problems]

    def _build(self, kind: Kind, key: str, fields: Mapping[str, Any]) -> Any:
        """A checked value; raises Invalid with the first thing that is wrong."""
        built = build_value(MODELS[kind], key, fields, self.knowledge.languages)
        problems = built if isinstance(built, list) else faults(built, self.knowledge)
        if isinstance(built, list) or problems:
            raise _invalid(kind, *problems[0])
        if isinstance(built, Question):
            twice = same_wording(self.knowledge, built)
            if twice is not None:
                field = ".".join(str(part) for part in twice.where)
                raise Invalid(field, "said_already", text=twice.text)
        return built

    async def _write(
        self,
        tx: AsyncConnection,
        who: Identity,
        action: Action,
        place: tuple[Kind, str],
        networks: tuple[str, ...],
        after: State | None,
        subject: str | None = None,
    ) -> int:
        """Writes what is entered of one from now on, in a transaction that has begun a change.

        `subject` is what the record calls it: the name of a person is not among that.
        """
        kind, key = place
        now = await self._database.now(tx)
        by = record.by(who)
        change = rows.Change(
            kind=kind,
            key=key,
            at=now,
            action=action,
            by=by.by,
            actor=by.actor,
            tenant=by.tenant,
            networks=networks,
            before=await rows.find(tx, kind, key),
            after=after,
        )
        if subject is None:
            subject = key if kind is Kind.MEETING else kind
        await record.note(tx, now, who, action, subject, networks)
        return await rows.write(tx, change)

    def _require(self, who: Identity, networks: Iterable[str]) -> None:
        if not self._may_all(who, networks):
            raise NotAllowed

    def _may_all(self, who: Identity, networks: Iterable[str]) -> bool:
        return all(self._coordinators.may(who, network) for network in networks)


async def read_entries(database: Database) -> Entries:
    """All that was entered."""
    async with database.reading() as tx:
        return _entries(await rows.rows(tx))


async def exported(
    database: Database, of_files: Knowledge, kinds: Iterable[Kind] = tuple(Kind)
) -> dict[str, str | None]:
    """What was entered as whole files: their text by path in content/, None for one to delete."""
    entries = await read_entries(database)
    knowledge = lay_over(of_files, entries.values()).knowledge
    files: dict[str, str | None] = {}
    for kind, key in entries:
        if kind not in kinds:
            continue
        there, before = (values_of(one, kind).get(key) for one in (knowledge, of_files))
        if there != before:
            text = as_yaml(fields_of(there)) if there is not None else None
            files[f"{PLACES[kind]}/{key}.yaml"] = text
    return files


def change_of(row: ChangeRow) -> Change:
    """A row of the history."""
    return Change(
        number=row.id,
        kind=Kind(row.kind),
        key=row.key,
        at=dt.datetime.fromtimestamp(row.at, dt.UTC),
        action=Action(row.action),
        by=By(row.by),
        who=Identity(row.actor, row.tenant) if row.actor else None,
        networks=tuple(row.networks),
        before=row.before,
        after=row.after,
    )


def _again(kind: Kind, change: ChangeRow) -> State | None:
    """What a change replaced, to be entered again."""
    before: State | None = change.before
    if kind is not Kind.MEETING or before is None or not before["body"]:
        return before
    # Calendars take the highest number of a meeting for the newest.
    after = (change.after or {}).get("body") or {}
    number = max(int(body.get("revision", 0)) for body in (before["body"], after)) + 1
    return {**before, "body": {**before["body"], "revision": number}}


def _invalid(kind: Kind, where: YamlPath, reason: Message) -> Invalid:
    field = ".".join(str(part) for part in where) or str(kind)
    return Invalid(field, "meeting_field", reason=reason)


def _state(entry: Entry | None) -> State | None:
    return None if entry is None else {"body": entry.body, "over": entry.over}


def _entries(found: Iterable[ChangeRow]) -> Entries:
    entries: dict[tuple[Kind, str], Entry] = {}
    for row in found:
        if row.kind not in list(Kind):
            # Of another version of the program; the rest serves.
            log.error("overlay.unknown_kind", kind=row.kind, key=row.key)
            continue
        kind = Kind(row.kind)
        entries[kind, row.key] = Entry(kind, row.key, row.body, row.over)
    return entries


def cleaned(value: Any) -> Any:
    """What somebody wrote, without what cannot be seen; raises Invalid for what cannot be used."""
    if isinstance(value, str):
        if len(value) > MAX_TEXT_LENGTH:
            raise Invalid("meeting", "too_long", limit=MAX_TEXT_LENGTH)
        text = visible(value.replace("\r\n", "\n")).strip()
        if host := hidden_host(text):
            raise Invalid("meeting", "hidden_host", host=host)
        return text if shows(text) else ""
    if isinstance(value, Mapping):
        return {cleaned(key): cleaned(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [cleaned(one) for one in value]
    return value
