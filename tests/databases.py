"""On which databases a test runs that is written for both.

What it costs to run everything twice buys little: the rules are the same code on both. So

- a test without other parameters runs on both,
- of a test with parameters each case runs on one of them, in turn,
- with the whole bot (`idle_bot`) also a test without parameters runs on one, chosen by its name:
  the statements below are tested on both.

A test in which the database itself matters is marked `both_databases`, or names the one it means.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable

import pytest

KINDS = ("sqlite", "postgresql")
PARAMETER = "database_url"
WHOLE_BOT = "idle_bot"


def spared(items: Iterable[pytest.Item]) -> set[pytest.Item]:
    """Those of the collected tests that need not run, as each runs on the other database."""
    cases: dict[str, dict[object, dict[str, pytest.Item]]] = {}
    for item in items:
        callspec = getattr(item, "callspec", None)
        if callspec is None or PARAMETER not in callspec.params:
            continue
        function = item.nodeid.partition("[")[0]
        others = tuple((name, id(it)) for name, it in callspec.params.items() if name != PARAMETER)
        both = cases.setdefault(function, {}).setdefault(others, {})
        both[callspec.params[PARAMETER]] = item
    found: set[pytest.Item] = set()
    for function, by_case in cases.items():
        first = zlib.crc32(function.encode()) % len(KINDS)
        for number, by_kind in enumerate(by_case.values()):
            one = next(iter(by_kind.values()))
            alone = len(by_case) == 1 and WHOLE_BOT not in getattr(one, "fixturenames", ())
            if len(by_kind) < len(KINDS) or alone or one.get_closest_marker("both_databases"):
                continue
            found.add(by_kind[KINDS[(first + number) % len(KINDS)]])
    return found
