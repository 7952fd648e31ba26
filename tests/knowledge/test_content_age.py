"""`check --age`: which sources are old, on which line, and what rests on them."""

from __future__ import annotations

import datetime as dt

from bot.knowledge.content_age import days_since_news, old_content

from .world import World

ON_PERSON = dt.date(2024, 12, 31)


def _old(world: World, today: dt.date, days: int) -> list[str]:
    found = old_content(world.knowledge(), world.content, today, days)
    return [str(finding).replace(f"{world.content}/", "") for finding in found]


def test_a_source_is_old_after_the_limit_not_on_it(world: World) -> None:
    # The network's page is of 2023-10-03; the community's, `2023-10`, may be of the 31st.
    assert _old(world, dt.date(2023, 10, 13), 10) == []
    assert _old(world, dt.date(2023, 10, 14), 10) == [
        "networks/north.yaml:5: warning: old: this source is 11 days old (2023-10-03); "
        "2 statements rest on it"
    ]


def test_partial_dates_count_from_their_last_day(world: World) -> None:
    lines = _old(world, ON_PERSON + dt.timedelta(days=8), 7)
    assert "people/anna.yaml:14: warning: old: this source is 8 days old (2024)" in lines
    assert any(line.startswith("community.yaml:4: warning: old: ") for line in lines)


def test_a_range_counts_from_its_last_day(world: World) -> None:
    world.change("content/people/anna.yaml", "  date: 2024\n", "  since: 2019\n  date: 2024\n")
    lines = _old(world, ON_PERSON + dt.timedelta(days=8), 7)
    assert "people/anna.yaml:15: warning: old: this source is 8 days old (2019 to 2024)" in lines


def test_when_something_was_last_looked_up(world: World) -> None:
    # The newest source of that world is of 2024, which may be its last day.
    assert days_since_news(world.content, dt.date(2025, 1, 10)) == 10
    assert days_since_news(world.content, dt.date(2024, 6, 1)) == 0
    (world.content / "community.yaml").write_text("name: [")
    assert days_since_news(world.content, dt.date(2025, 1, 10)) == 0
