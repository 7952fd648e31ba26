"""While somebody attacks the server, whoever asks properly is answered; and nothing is left of it.

The server is the real one, with signed tokens; it, the attacker and who asks are processes of their
own on loopback. Answers have a second, some hundred times what they need: a machine that does much
else keeps to that, and a server that is held up does not.
"""

from __future__ import annotations

import statistics
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from bot.understanding.reloader import Snapshot

from .attacks import ATTACKS, PLANTED
from .siege import GIVEN_UP, Siege, described, siege

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.asyncio(loop_scope="module"),
]

MOST_SECONDS = 1.0
MOST_LINES = 20
MOST_BYTES = 10_000
"""Of the log, for an attack of some seconds."""
MORE_MEMORY = 96.0
"""MiB; what was used once for all connections, the allocator may keep."""
MORE_FILES = 4


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def besieged(
    snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Siege]:
    """A server, which has to outlive all attacks.

    `snapshot` leaves its model in the cache, so that it has nothing to learn.
    """
    async with siege(tmp_path_factory.mktemp("outage")) as made:
        yield made


@pytest.mark.parametrize("attack", ATTACKS)
async def test_whoever_asks_properly_is_answered(
    besieged: Siege, attack: str, record_property: Callable[[str, object], None]
) -> None:
    before = besieged.holding()
    besieged.written()
    async with besieged.attacked(attack) as counts:
        answered = await besieged.answered()
        during = besieged.holding()
    after = await besieged.until_back(before, MORE_FILES, MORE_MEMORY)
    lines = besieged.written()
    told = f"{attack}: {answered}; {len(lines)} lines; {counts}; {before} {during} {after}"
    record_property("told", told)
    assert counts["sent"] > 10, counts
    faults = {
        "a turn or /healthz was not answered": max(answered.turns + answered.health) >= GIVEN_UP,
        "turns are slow": statistics.median(answered.turns) > MOST_SECONDS,
        "/healthz is slow": statistics.median(answered.health) > MOST_SECONDS,
        "the log grows": len(lines) > MOST_LINES or len("".join(lines)) > MOST_BYTES,
        "a token is in the log": PLANTED in "".join(lines),
        "files stay open": after.files > before.files + MORE_FILES,
        "memory stays used": after.memory > before.memory + MORE_MEMORY,
    }
    assert not [fault for fault, is_so in faults.items() if is_so], described(f"{told}\n{lines}")
