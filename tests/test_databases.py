"""On which databases a test for both runs: see `databases`."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.databases import KINDS, spared


class Item:
    """A collected test, as far as it is looked at."""

    def __init__(self, name: str, kind: str | None, case: object = None, *marks: str) -> None:
        self.nodeid = f"{name}[{kind}-{case}]"
        params = {"database_url": kind} if kind else {}
        self.callspec = SimpleNamespace(params=params if case is None else {**params, "case": case})
        self.fixturenames = ["idle_bot"] if name.startswith("bot") else []
        self.get_closest_marker = {mark: mark for mark in marks}.get


def kept(*items: Item) -> list[str]:
    left_out = spared(cast(list[pytest.Item], items))
    return [item.nodeid for item in items if cast(Any, item) not in left_out]


def both(name: str, *cases: object, marks: tuple[str, ...] = ()) -> list[Item]:
    return [Item(name, kind, case, *marks) for kind in KINDS for case in cases]


def test_each_case_runs_on_one_database_and_both_are_used() -> None:
    ran = kept(*both("many", *range(6)))
    assert Counter(name.partition("-")[2] for name in ran) == {f"{n}]": 1 for n in range(6)}
    assert Counter(name.partition("-")[0] for name in ran) == {
        "many[sqlite": 3,
        "many[postgresql": 3,
    }


def test_without_other_parameters_a_test_runs_on_both() -> None:
    assert len(kept(*both("one", None))) == 2


def test_with_the_whole_bot_on_one() -> None:
    names = [f"bot{number}" for number in range(20)]
    ran = [kept(*both(name, None)) for name in names]
    assert {len(one) for one in ran} == {1}
    assert {one[0].partition("[")[2] for one in ran} == {f"{kind}-None]" for kind in KINDS}


def test_what_is_marked_or_names_its_database_is_left_as_it_is() -> None:
    assert len(kept(*both("bot", 1, 2, marks=("both_databases",)))) == 4
    named = [Item("bot", "postgresql", case) for case in range(3)]
    assert len(kept(*named)) == 3
    assert len(kept(*(Item("none", None, case) for case in range(3)))) == 3
