"""Who may announce: coordinators.yaml, read anew whenever it changes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from bot.announcements.model import Identity
from bot.knowledge.library import Knowledge


class Coordinators:
    """The coordinators and their networks; nobody where there is no file.

    `tenants` are the bot's own, in lower case: an entry without a tenant is for them alone.
    `everyone` makes everybody a coordinator of all networks (`--demo`).
    """

    def __init__(
        self, path: Path | None, tenants: Iterable[str] = (), *, everyone: bool = False
    ) -> None:
        raise NotImplementedError

    def may(self, who: Identity, network: str) -> bool:
        """Whether somebody may announce to a network, by its key; `*` is all networks."""
        raise NotImplementedError

    def is_coordinator(self, who: Identity) -> bool:
        """Whether somebody may announce to any network."""
        raise NotImplementedError

    def networks_of(self, who: Identity, knowledge: Knowledge) -> tuple[str, ...]:
        """The keys of the networks to which somebody may announce, in the content's order."""
        raise NotImplementedError

    def reload(self) -> bool:
        """Reads the file anew; False, with `problems` set and the old list in use, on errors."""
        raise NotImplementedError
