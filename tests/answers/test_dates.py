"""Dates, times and lists in three languages."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from bot.answers import dates
from bot.knowledge.models import Coordination
from bot.knowledge.values import LANGUAGES, Language, Localized, PartialDate, Source
from bot.understanding.model import Period

HELSINKI = ZoneInfo("Europe/Helsinki")
START = dt.datetime(2026, 12, 10, 8, 30, tzinfo=HELSINKI)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("fi", "torstaina 10.12.2026 klo 8.30-10.00"),
        ("sv", "torsdag 10 december 2026 kl. 8.30-10.00"),
        ("en", "Thursday 10 December 2026, 8:30-10:00"),
    ],
)
def test_moment(language: Language, expected: str) -> None:
    said = dates.moment(START, START + dt.timedelta(minutes=90), language)
    assert said == expected.replace("-", dates.DASH)


def test_every_finnish_weekday_has_its_ending() -> None:
    week = [dates.instant(START + dt.timedelta(day), "fi").split()[0] for day in range(7)]
    names = "torstai perjantai lauantai sunnuntai maanantai tiistai keskiviikko"
    assert week == [f"{name}na" for name in names.split()]


def test_moment_over_midnight() -> None:
    said = dates.moment(START, START + dt.timedelta(days=1), "fi")
    expected = f"torstaina 10.12.2026 klo 8.30 {dates.DASH} perjantaina 11.12.2026 klo 8.30"
    assert said == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2017", ("2017", "2017", "2017")),
        ("2017-01", ("tammikuu 2017", "januari 2017", "January 2017")),
        ("2017-01-25", ("25.1.2017", "25 januari 2017", "25 January 2017")),
    ],
)
def test_partial(text: str, expected: tuple[str, str, str]) -> None:
    date = PartialDate.parse(text)
    assert tuple(dates.partial(date, language) for language in ("fi", "sv", "en")) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2021", ("tieto vuodelta 2021", "uppgift från 2021", "information from 2021")),
        ("2023-10", ("tieto lokakuulta 2023", "uppgift från oktober 2023", None)),
        ("2023-10-03", ("tieto 3.10.2023", None, "information from 3 October 2023")),
    ],
)
def test_information_from(text: str, expected: tuple[str | None, ...]) -> None:
    date = PartialDate.parse(text)
    for language, wanted in zip(LANGUAGES, expected, strict=True):
        assert wanted is None or dates.information_from(date, language) == wanted


@pytest.mark.parametrize(
    ("since", "date", "dated", "age"),
    [
        ("2019", "2022", "2019-2022", "tieto vuosilta 2019-2022"),
        ("2017-01", "2019-03", "2017-2019", "tieto vuosilta 2017-2019"),
        ("2022-01", "2022-06", "kesäkuu 2022", "tieto kesäkuulta 2022"),
        (None, "2023-10-03", "3.10.2023", "tieto 3.10.2023"),
        (None, None, "", ""),
    ],
)
def test_a_source_between_two_years(
    since: str | None, date: str | None, dated: str, age: str
) -> None:
    source = Source.model_validate({"title": "t", "since": since, "date": date})
    assert dates.dated(source, "fi").replace(dates.DASH, "-") == dated
    assert dates.source_age(source, "fi").replace(dates.DASH, "-") == age


@pytest.mark.parametrize(
    ("date", "said"),
    [(None, "give `date` as well"), ("2018", "`since` must not be later than `date`")],
)
def test_a_time_that_never_ends_or_runs_backwards(date: str | None, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Source.model_validate({"title": "t", "since": "2019", "date": date})


def test_the_age_of_a_contact_is_its_years() -> None:
    wide = Source.model_validate({"title": "t", "since": "2019", "date": "2022"})
    day = Source.model_validate({"title": "t", "date": "2023-10-03"})
    assert dates.source_year(wide, "sv") == f"uppgift från 2019{dates.DASH}2022"
    assert dates.source_year(wide, "en") == f"information from 2019{dates.DASH}2022"
    assert dates.source_year(day, "en") == "information from 2023"


@pytest.mark.parametrize(
    ("since", "until", "as_of", "expected"),
    [
        ("2018", None, None, "vuodesta 2018 alkaen"),
        ("2025-01", None, None, "tammikuusta 2025 alkaen"),
        ("2025-01-01", None, None, "1.1.2025 alkaen"),
        (None, "2022", None, "vuoteen 2022 asti"),
        (None, "2022-12", None, "joulukuuhun 2022 asti"),
        (None, None, "2023-10-03", "tieto 3.10.2023"),
        (None, None, None, "tieto vuodelta 2022"),
        ("2017-01", "2018-02", None, "tammikuu 2017 - helmikuu 2018"),
    ],
)
def test_coordinated(
    since: str | None, until: str | None, as_of: str | None, expected: str
) -> None:
    name = Localized(fi="a", sv="b", en="c")
    when = {"since": since, "until": until, "as_of": as_of}
    coordination = Coordination.model_validate({"organisations": [name], "source": "s", **when})
    source = Source.model_validate({"title": "t", "date": "2022"})
    said = dates.coordinated(coordination, source, "fi")
    assert said == expected.replace(" - ", f" {dates.DASH} ")


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (
            "2026-12-01",
            "2026-12-31",
            ("joulukuussa 2026", "i december 2026", "in December 2026"),
        ),
        (
            "2026-12-10",
            "2026-12-10",
            ("10.12.2026", "den 10 december 2026", "on 10 December 2026"),
        ),
        (
            "2026-12-07",
            "2026-12-13",
            ("7.-13.12.2026", "den 7-13 december 2026", "on 7-13 December 2026"),
        ),
        (
            "2026-12-28",
            "2027-01-03",
            (
                "28.12.2026-3.1.2027",
                "den 28 december 2026 - 3 januari 2027",
                "from 28 December 2026 to 3 January 2027",
            ),
        ),
        (
            "2026-11-28",
            "2026-12-03",
            (
                "28.11.-3.12.2026",
                "den 28 november - 3 december 2026",
                "from 28 November to 3 December 2026",
            ),
        ),
        ("2027-01-01", "2027-12-31", ("vuonna 2027", "år 2027", "in 2027")),
    ],
)
def test_span(start: str, end: str, expected: tuple[str, ...]) -> None:
    period = Period(dt.date.fromisoformat(start), dt.date.fromisoformat(end))
    for language, wanted in zip(LANGUAGES, expected, strict=True):
        said = dates.span(period, language).replace(dates.DASH, "-")
        assert said == wanted


@pytest.mark.parametrize(
    ("items", "expected"),
    [([], ""), (["a"], "a"), (["a", "b"], "a ja b"), (["a", "b", "c"], "a, b ja c")],
)
def test_joined(items: list[str], expected: str) -> None:
    assert dates.joined(items, "fi") == expected


@pytest.mark.parametrize(
    ("date", "old"),
    [("2021", True), ("2025", False), ("2025-11-18", True), ("2025-11-30", False), (None, False)],
)
def test_over_a_year_old(date: str | None, old: bool) -> None:
    source = Source.model_validate({"title": "t", "date": date})
    assert dates.over_a_year_old(source, dt.date(2026, 11, 20)) is old
