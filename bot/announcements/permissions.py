"""Who may announce: coordinators.yaml, read anew whenever it changes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import structlog
from pydantic import AfterValidator, Field

from bot.announcements.model import Identity, is_server
from bot.i18n import N_, own_language
from bot.knowledge.folder_watch import changes
from bot.knowledge.invalid_value import InvalidValueError
from bot.knowledge.library import Knowledge
from bot.knowledge.loader import read_model
from bot.knowledge.values import NonEmpty, Value
from bot.knowledge.yaml_source import ContentError, Document, Finding

log = structlog.get_logger()

ALL = "*"
"""Stands for all networks."""

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


class CoordinatorsFile(Value):
    """coordinators.yaml."""

    coordinators: tuple[Coordinator, ...] = ()


def read_coordinators(path: Path) -> tuple[CoordinatorsFile, Document]:
    """Reads the file; raises ContentError with every finding."""
    return read_model(CoordinatorsFile, path)


def check_coordinators(path: Path, knowledge: Knowledge) -> list[Finding]:
    """What is wrong with the file, networks that do not exist included."""
    try:
        found, document = read_coordinators(path)
    except ContentError as error:
        return error.findings
    known = list(knowledge.networks)
    return [
        document.finding(
            ("coordinators", place, "networks", index),
            N_("there is no `{key}` among the networks: {known}", key=network, known=known),
        )
        for place, coordinator in enumerate(found.coordinators)
        for index, network in enumerate(coordinator.networks)
        if network != ALL and network not in knowledge.networks
    ]


class Coordinators:
    """The coordinators and their networks; nobody where there is no file.

    `tenants` are the bot's own: an entry without a tenant is for them alone; None where the bot
    checks no tokens and so has no tenant, and such an entry is for any. `everyone` makes everybody
    a coordinator of all networks (`--demo`). A file that cannot be read leaves the last
    good list in use and `problems` set; raises nothing.
    """

    def __init__(
        self, path: Path | None, tenants: Iterable[str] | None = (), *, everyone: bool = False
    ) -> None:
        self._path = path
        self._tenants = None if tenants is None else frozenset(tenant.lower() for tenant in tenants)
        self._everyone = everyone
        self._entries: tuple[Coordinator, ...] = ()
        self.loaded = path is None
        """Whether the list was ever read: before that, nobody's right can be called lost."""
        self.problems: tuple[str, ...] = ()
        """What is wrong with the file on disk, for the operator."""
        self._read_as: object = None
        self.reload()

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

    def _entries_of(self, who: Identity) -> Iterable[Coordinator]:
        id_, tenant = who.id.lower(), (who.tenant or "").lower()
        return (one for one in self._entries if one.id == id_ and self._is_of(tenant, one))

    def _is_of(self, tenant: str, entry: Coordinator) -> bool:
        if entry.tenant is not None:
            return tenant == entry.tenant
        return self._tenants is None or tenant in self._tenants

    def reload(self) -> bool:
        """Reads the file anew; False, with `problems` set and the old list in use, on errors."""
        if self._path is None:
            return True
        self._read_as = _state_of(self._path)
        try:
            found, _ = read_coordinators(self._path)
        except ContentError as error:
            self.problems = tuple(error.said(own_language()))
            for problem in self.problems:
                log.error("coordinators.invalid", finding=problem)
            return False
        self._entries, self.problems, self.loaded = found.coordinators, (), True
        log.info("coordinators.read", count=len(self._entries))
        return True

    async def watch(self) -> None:
        """Reads the file anew whenever it changes, until cancelled."""
        from watchfiles import DefaultFilter

        path = self._path
        if path is None:
            return
        # Editors and mounted configurations put another file in its place: watch the folder.
        # What else changes there, such as a log or the database, is none of its business.
        async for _ in changes(path.parent, wanted=DefaultFilter(), debounce=200, recursive=False):
            if await asyncio.to_thread(_state_of, path) != self._read_as:
                await asyncio.to_thread(self.reload)


def _state_of(path: Path) -> object:
    """What tells a file from what it was or another one; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size)
