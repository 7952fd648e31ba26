"""The newest coordination is the one that is known to have held last, with or without an end."""

from __future__ import annotations

import datetime as dt

import pytest

from bot.knowledge.coordination import coordinated_in, newest
from bot.knowledge.models import Network

NAME = {"fi": "x", "sv": "x", "en": "x"}


def _network(*coordinations: tuple[str, dict[str, str]], **dates: str) -> Network:
    listed = [
        {
            "organisations": [{"fi": name, "sv": name, "en": name}],
            "source": f"source-{name}" if name in dates else "undated",
            **times,
        }
        for name, times in coordinations
    ]
    sources = {"undated": {"title": "A page"}}
    sources |= {f"source-{name}": {"title": "A page", "date": day} for name, day in dates.items()}
    data = {"name": NAME, "short": NAME, "where": NAME, "key": "north", "regions": ["north"]}
    return Network.model_validate({**data, "sources": sources, "coordination": listed})


@pytest.mark.parametrize(
    ("old", "new", "dates"),
    [
        # An entry without an end is older than one that has ended since.
        ({"as_of": "2023"}, {"since": "2023-10", "until": "2025-12"}, {"new": "2025"}),
        ({}, {"since": "2020", "until": "2024"}, {"old": "2019", "new": "2024"}),
        ({"since": "2016"}, {"until": "2022-12"}, {"old": "2020"}),
        # One that goes on is newer than one that ended before its source was written.
        ({"since": "2024", "until": "2024"}, {"since": "2025-01"}, {"new": "2025-01-08"}),
        # An end that lay ahead when the source was written proves nothing.
        ({"since": "2018", "until": "2030"}, {"since": "2025"}, {"old": "2019", "new": "2025-05"}),
        ({"as_of": "2021"}, {"as_of": "2024"}, {}),
        ({"since": "2021"}, {"since": "2024"}, {}),
        ({}, {"as_of": "2023-01-09"}, {"old": "2022"}),
        ({}, {"as_of": "2000"}, {}),
        # Of two that held on the same day the one that has not ended.
        ({"until": "2024"}, {"as_of": "2024"}, {}),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_the_newest_is_found_wherever_it_stands(
    old: dict[str, str], new: dict[str, str], dates: dict[str, str], turned: bool
) -> None:
    listed = [("old", old), ("new", new)]
    found = newest(_network(*(listed[::-1] if turned else listed), **dates))
    assert found is not None
    assert found.organisations[0].fi == "new"


def test_without_any_there_is_none() -> None:
    assert newest(_network()) is None


@pytest.mark.parametrize(
    ("year", "expected"),
    [
        (2015, []),
        (2016, ["first"]),
        (2018, ["first", "told"]),
        (2020, []),
        # What another has followed held when it was told, and nothing more is known.
        (2021, ["replaced"]),
        (2023, ["now"]),
        (2026, ["now"]),
    ],
)
def test_who_held_it_in_a_year(year: int, expected: list[str]) -> None:
    network = _network(
        ("first", {"since": "2016", "until": "2018-03"}),
        ("told", {"as_of": "2018-10-01"}),
        ("replaced", {"since": "2021"}),
        ("now", {"since": "2023"}),
        replaced="2021-06",
    )
    found = coordinated_in(network, dt.date(year, 1, 1), dt.date(year, 12, 31))
    assert [one.organisations[0].fi for one in found] == expected
