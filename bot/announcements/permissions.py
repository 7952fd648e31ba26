"""Who may announce: coordinators.yaml, read anew whenever it changes.

It fails closed: while the file is missing, unreadable, empty or has a mistake, nobody may. With the
last good list in use, whoever was just taken out would keep their rights for as long as the mistake
stands, and deleting the file would take nobody's. A mistake costs the others little: they are told,
the log and `/readyz` say why within two seconds, and what they have scheduled waits (`awaited`).

A network that does not exist gives no right, and takes none: the file's other networks hold, and
the log, `/readyz`, `doctor` and `check` warn of it.
"""

from __future__ import annotations

import asyncio
import re
import stat
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import structlog
from pydantic import AfterValidator, Field

from bot.announcements.model import Identity, is_server
from bot.i18n import N_, Message, own_language, said
from bot.knowledge.invalid_value import InvalidValueError
from bot.knowledge.library import Knowledge
from bot.knowledge.loader import read_model
from bot.knowledge.values import Key, NonEmpty, Value
from bot.knowledge.yaml_source import ContentError, Document, Finding
from bot.ops.mounts import is_mounted_alone

log = structlog.get_logger()

ALL = "*"
"""Stands for all networks."""

LOOK_INTERVAL = 0.5
"""Seconds between two looks at the file. It is read each time: no filesystem gives reliable events
for all the ways in which a file is replaced, and a file of so few lines costs nothing to read."""

SETTLE = 0.5
"""Seconds after which a file that cannot be used is looked at again before it counts: an editor
empties or removes the old one before it writes the new."""

MAX_BYTES = 1_000_000
"""Bytes of the file, thousands of coordinators: what is longer is refused, and compared by its
beginning alone."""

MOST_AWAITED = 3600.0
"""Seconds for which what was scheduled waits for a list that can be read. Then its author's right
counts as lost: nothing is to be posted days later because a file came back."""

MAX_NAME_LENGTH = 100
"""Characters of a coordinator's name."""


def _network(text: str) -> str:
    if text != ALL and not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", text):
        raise InvalidValueError(
            N_('`{given}` is not a network\'s key: write pirkanmaa, or "*" for all', given=text)
        )
    return text


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise InvalidValueError(N_("a name is one line without control characters"))
    return text


class Coordinator(Value):
    """Somebody who may announce."""

    id: Annotated[NonEmpty, AfterValidator(str.lower)]
    """The Entra object id, as `whoami` tells it."""
    tenant: Annotated[NonEmpty, AfterValidator(str.lower)] | None = None
    """The tenant that the id belongs to; the bot's own by default."""
    networks: tuple[Annotated[str, AfterValidator(_network)], ...] = Field(min_length=1)
    """Keys of networks, or `*`."""
    name: (
        Annotated[NonEmpty, Field(max_length=MAX_NAME_LENGTH), AfterValidator(_one_line)] | None
    ) = None
    """What the record and reports call them; their id where it is not given."""
    person: Key | None = None
    """Which contact person they are: the name of the file in content/people/, without .yaml."""


class CoordinatorsFile(Value):
    """coordinators.yaml."""

    coordinators: tuple[Coordinator, ...] = ()


def read_coordinators(path: Path) -> tuple[CoordinatorsFile, Document]:
    """Reads the file; raises ContentError with every finding."""
    return read_model(CoordinatorsFile, path)


def check_coordinators(path: Path, knowledge: Knowledge) -> list[Finding]:
    """What is wrong with the file: errors, with which nobody may; or warnings."""
    try:
        found, document = read_coordinators(path)
    except ContentError as error:
        return error.findings
    return [
        *unknown_networks(found, document, knowledge),
        *_unknown_persons(found, document, knowledge),
    ]


def unknown_networks(
    found: CoordinatorsFile, document: Document, knowledge: Knowledge
) -> list[Finding]:
    """A warning for each network that does not exist."""
    known = list(knowledge.networks)
    return [
        document.finding(
            ("coordinators", place, "networks", index),
            N_(
                "there is no `{key}` among the networks, so it gives no right: {known}",
                key=network,
                known=known,
            ),
            "warning",
        )
        for place, coordinator in enumerate(found.coordinators)
        for index, network in enumerate(coordinator.networks)
        if network != ALL and network not in knowledge.networks
    ]


def _unknown_persons(
    found: CoordinatorsFile, document: Document, knowledge: Knowledge
) -> list[Finding]:
    """A warning for each person who does not exist in the files."""
    return [
        document.finding(
            ("coordinators", place, "person"),
            N_(
                "there is no `{key}` among the people in content/people/: unless the person was "
                "entered in the chat, nobody is asked whether what I tell is still right",
                key=coordinator.person,
            ),
            "warning",
        )
        for place, coordinator in enumerate(found.coordinators)
        if coordinator.person is not None and coordinator.person not in knowledge.people
    ]


def mounted_alone(path: Path) -> Message:
    """What is wrong with a file that is mounted by itself: nobody can be taken out."""
    return N_(
        "{path} is mounted by itself, so that it stays as it is when another file is put in its "
        "place: whoever was taken out would keep their right. Mount its folder.",
        path=path,
    )


@dataclass(frozen=True)
class _Reading:
    """What was read of the file: who may, or why it cannot be used."""

    found: CoordinatorsFile = field(default_factory=CoordinatorsFile)
    document: Document | None = None
    problems: tuple[str, ...] = ()


class Coordinators:
    """The coordinators and their networks; nobody where there is no file that can be used.

    `tenants` are the bot's own: an entry without a tenant is for them alone; None where the bot
    checks no tokens and so has no tenant, and such an entry is for any. `everyone` makes everybody
    a coordinator of all networks (`--demo`). `knowledge` is what its networks are compared with.
    `clock` counts seconds. A file that cannot be used leaves nobody, and `problems` set; raises
    nothing.
    """

    def __init__(
        self,
        path: Path | None,
        tenants: Iterable[str] | None = (),
        *,
        everyone: bool = False,
        knowledge: Callable[[], Knowledge] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path = path
        self._tenants = None if tenants is None else frozenset(tenant.lower() for tenant in tenants)
        self._everyone = everyone
        self._clock = clock
        self._knowledge = knowledge
        self._reading = _Reading()
        self._compared: tuple[_Reading, Knowledge] | None = None
        self._unusable_since: float | None = None
        self.problems: tuple[str, ...] = ()
        """What is wrong with the file on disk, so that nobody may; for the operator."""
        self.warnings: tuple[str, ...] = ()
        """Its networks that do not exist, and that it is mounted by itself; for the operator."""
        self._read_as: object = None
        self.reload()

    @property
    def awaited(self) -> bool:
        """Whether the list cannot be read, and has been so for so short a time that nobody's right
        can be called lost."""
        since = self._unusable_since
        if since is None or self._everyone:
            return False
        return self._clock() - since < MOST_AWAITED

    def may(self, who: Identity, network: str) -> bool:
        """Whether somebody may announce to a network, by its key; `*` is all networks."""
        if is_server(who) or self._everyone:
            return True
        return any(network in one.networks or ALL in one.networks for one in self._entries_of(who))

    def is_coordinator(self, who: Identity) -> bool:
        """Whether somebody may announce to any network."""
        return is_server(who) or self._everyone or any(True for _ in self._entries_of(who))

    def lists(self, who: Identity) -> bool:
        """Whether the file names somebody."""
        return any(True for _ in self._entries_of(who))

    def networks_of(self, who: Identity, knowledge: Knowledge) -> tuple[str, ...]:
        """The keys of the networks to which somebody may announce, in the content's order."""
        return tuple(network for network in knowledge.networks if self.may(who, network))

    def name_of(self, who: Identity) -> str | None:
        """The name that the file gives somebody."""
        return next((one.name for one in self._entries_of(who) if one.name), None)

    def person_of(self, who: Identity) -> str | None:
        """The key of the contact person that somebody is, as the file says."""
        return next((one.person for one in self._entries_of(who) if one.person), None)

    @property
    def entries(self) -> tuple[Coordinator, ...]:
        """All that the file lists."""
        return self._reading.found.coordinators

    def _entries_of(self, who: Identity) -> Iterable[Coordinator]:
        id_, tenant = who.id.lower(), (who.tenant or "").lower()
        entries = self._reading.found.coordinators
        return (one for one in entries if one.id == id_ and self._is_of(tenant, one))

    def _is_of(self, tenant: str, entry: Coordinator) -> bool:
        if entry.tenant is not None:
            return tenant == entry.tenant
        return self._tenants is None or tenant in self._tenants

    def reload(self) -> bool:
        """Reads the file anew; False, with `problems` set and no coordinators, on errors."""
        if self._path is None:
            return True
        self._read_as = _state_of(self._path)
        return self._use(_read(self._path))

    def _use(self, reading: _Reading) -> bool:
        self._reading, self.problems = reading, reading.problems
        if self.problems:
            if self._unusable_since is None:
                self._unusable_since = self._clock()
            for problem in self.problems:
                log.error("coordinators.invalid", finding=problem)
        else:
            self._unusable_since = None
            log.info("coordinators.read", count=len(reading.found.coordinators))
        self._compare()
        return not self.problems

    def _compare(self) -> None:
        """Looks which networks do not exist, where the file or what is known has changed."""
        if self._knowledge is None:
            return
        reading, knowledge = self._reading, self._knowledge()
        if self._compared is not None:
            before, known = self._compared
            if before is reading and known is knowledge:
                return
        self._compared = reading, knowledge
        found: tuple[str, ...] = ()
        if reading.document is not None:
            unknown = unknown_networks(reading.found, reading.document, knowledge)
            found = tuple(one.said(own_language()) for one in unknown)
        for one in found:
            if one not in self.warnings:
                log.warning("coordinators.unknown_network", finding=one)
        if self._path is not None and is_mounted_alone(self._path):
            alone = said(mounted_alone(self._path), own_language())
            if alone not in self.warnings:
                log.warning("coordinators.mounted_alone", finding=alone)
            found = (*found, alone)
        self.warnings = found

    async def watch(self) -> None:
        """Reads the file anew whenever it changes, however it is replaced, until cancelled."""
        path = self._path
        if path is None:
            return
        while True:
            await asyncio.sleep(LOOK_INTERVAL)
            state = await asyncio.to_thread(_state_of, path)
            if state == self._read_as:
                self._compare()
                continue
            found = await asyncio.to_thread(_read, path)
            if found.problems and not self.problems:
                await asyncio.sleep(SETTLE)
                state = await asyncio.to_thread(_state_of, path)
                if state == self._read_as:
                    continue
                found = await asyncio.to_thread(_read, path)
            # What has changed since is seen at the next look: it was read after `state`.
            self._read_as = state
            self._use(found)


def _read(path: Path) -> _Reading:
    """What a file says, or what is wrong with it."""
    try:
        if _state_of(path) == _NO_FILE:
            raise ContentError([Finding(path, 1, N_("this is no file; put one in its place"))])
        return _Reading(*read_coordinators(path))
    except ContentError as error:
        until_then = N_("Until {path} can be used, nobody may announce in the chat.", path=path)
        said_ = (*error.said(own_language()), said(until_then, own_language()))
        return _Reading(problems=said_)


_NO_FILE = "no file"


def _state_of(path: Path) -> object:
    """What a file holds, or why it cannot be read: links are followed, whatever they lead to."""
    try:
        # A pipe in its place would be waited for.
        if not stat.S_ISREG(path.stat().st_mode):
            return _NO_FILE
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        return type(error), error.errno
