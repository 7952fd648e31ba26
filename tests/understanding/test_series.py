"""Series in plain words: what is read, what is said, and that nothing is guessed."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.knowledge.models import Meeting, Recurrence
from bot.knowledge.recurrence import occurrences
from bot.knowledge.values import LANGUAGES, Language
from bot.understanding.series import Every, Missing, Rule, read, rule_of, say

TODAY = dt.date(2026, 11, 30)
HELSINKI = ZoneInfo("Europe/Helsinki")

READ: list[tuple[Language, str, str, str, str]] = [
    ("fi", "joka kuun toinen tiistai klo 8.30, ei heinäkuussa, kesäkuuhun asti",
     "MONTHLY;BYDAY=2TU;BYMONTH=1,2,3,4,5,6,8,9,10,11,12;UNTIL=20270630", "", "2026-12-08 8:30"),
    ("fi", "joka toinen torstai klo 17-19 20.1. alkaen",
     "WEEKLY;INTERVAL=2;BYDAY=TH", "", "2027-01-21 17:00-19:00"),
    ("fi", "kuukauden viimeinen torstai kesäkuuhun asti",
     "MONTHLY;BYDAY=-1TH;UNTIL=20270630", "", "2026-12-31"),
    ("fi", "viikoittain maanantaisin, ei vko 8", "WEEKLY;BYDAY=MO", "2027-02-22", "2026-11-30"),
    ("fi", "joka toisen kuukauden 1. maanantai tammikuusta alkaen",
     "MONTHLY;INTERVAL=2;BYDAY=1MO", "", "2027-01-04"),
    ("fi", "ti ja to viikoittain klo 9–10, ei 24.12.–6.1., toukokuun loppuun",
     "WEEKLY;BYDAY=TU,TH;UNTIL=20270531", "2026-12-24 2026-12-29 2026-12-31 2027-01-05",
     "2026-12-01 9:00-10:00"),
    ("fi", "helmi-, touko- ja lokakuun toinen tiistai", "MONTHLY;BYDAY=2TU;BYMONTH=2,5,10", "",
     "2027-02-09"),
    ("fi", "torstaisin syys–toukokuussa klo 8", "WEEKLY;BYDAY=TH;BYMONTH=1,2,3,4,5,9,10,11,12",
     "", "2026-12-03 8:00"),
    ("fi", "joka toinen viikko torstaisin 10 kertaa", "WEEKLY;INTERVAL=2;BYDAY=TH;UNTIL=20270408",
     "", "2026-12-03"),
    ("fi", "joka kuun 15. päivä", "MONTHLY;BYMONTHDAY=15", "", "2026-12-15"),
    ("sv", "varannan tisdag kl 8.30", "WEEKLY;INTERVAL=2;BYDAY=TU", "", "2026-12-01 8:30"),
    ("sv", "andra tisdagen varje månad utom juli till juni",
     "MONTHLY;BYDAY=2TU;BYMONTH=1,2,3,4,5,6,8,9,10,11,12;UNTIL=20270630", "", "2026-12-08"),
    ("sv", "måndagar och onsdagar kl. 17-19, inte vecka 8, fr.o.m. 20.1. t.o.m. 30.5.",
     "WEEKLY;BYDAY=MO,WE;UNTIL=20270530", "2027-02-22 2027-02-24", "2027-01-20 17:00-19:00"),
    ("sv", "månadens sista torsdag", "MONTHLY;BYDAY=-1TH", "", "2026-12-31"),
    ("en", "every second Tuesday", "WEEKLY;INTERVAL=2;BYDAY=TU", "", "2026-12-01"),
    ("en", "every second Tuesday of the month at 8.30 am", "MONTHLY;BYDAY=2TU", "",
     "2026-12-08 8:30"),
    ("en", "the last Thursday of the month until June", "MONTHLY;BYDAY=-1TH;UNTIL=20270630", "",
     "2026-12-31"),
    ("en", "every other Thursday from 5 to 7 pm starting 20 January",
     "WEEKLY;INTERVAL=2;BYDAY=TH", "", "2027-01-21 17:00-19:00"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "text", "rule", "skip", "first"), READ)
def test_a_rule_is_read(language: Language, text: str, rule: str, skip: str, first: str) -> None:
    found = read(text, language, TODAY)
    assert found.rule is not None, found
    made = found.rule.recurrence()
    assert made["rrule"] == f"FREQ={rule}"
    assert made.get("skip", []) == skip.split()
    times = [f"{time.hour}:{time:%M}" for time in (found.start, found.end) if time]
    assert " ".join([str(found.first), "-".join(times)]).strip() == first


@pytest.mark.parametrize("language", LANGUAGES)
def test_chosen_days_are_read_in_any_language_of_the_form(language: Language) -> None:
    found = read("5.2., 5.3. ja 9.4. klo 14", language, TODAY)
    assert found.rule is not None
    assert [str(day) for day in found.rule.dates] == ["2027-02-05", "2027-03-05", "2027-04-09"]
    assert found.first == dt.date(2027, 2, 5)
    assert found.start == dt.time(14)


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("fi", "joka kuun toinen tiistai paitsi juhannusviikolla", "paitsi juhannusviikolla"),
        ("fi", "tiistaina", "tiistaina"),
        ("fi", "toinen tiistai", "toinen tiistai"),
        ("fi", "joka kuun toinen tiistai klo 25", "klo 25"),
        ("fi", "joka kuun kuudes tiistai", "kuudes tiistai"),
        ("fi", "joka toinen torstai 20.1.", "20.1"),
        ("fi", "31.2. ja 5.3.", "31.2"),
        ("fi", "maanantaisin keväällä", "keväällä"),
        ("fi", "joka vuosi tiistaisin", "joka vuosi"),
        ("fi", "maanantaisin 8.10", "8.10"),
        ("sv", "varje andra tisdag", "varje andra"),
        ("sv", "måndagar utom runt midsommar", "utom runt midsommar"),
        ("en", "biweekly on Mondays", "biweekly"),
        ("en", "Mondays at 13 pm", "13 pm"),
    ],
)
def test_what_is_not_understood_is_named_and_nothing_is_made_of_the_rest(
    language: Language, text: str, words: str
) -> None:
    found = read(text, language, TODAY)
    assert found.rule is None
    assert words in " | ".join(found.not_understood)


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("joka kuukausi", Missing.DAY_OF_MONTH),
        ("ei heinäkuussa", Missing.HOW_OFTEN),
        ("kesäkuuhun asti", Missing.HOW_OFTEN),
        ("maanantaisin 1.12.2026–1.12.2026", Missing.DATES),
        ("maanantaisin heinäkuussa, ei heinäkuussa", Missing.DATES),
        ("joka kuun 30. päivä helmikuussa", Missing.DATES),
    ],
)
def test_what_a_rule_leaves_out_is_asked_for(text: str, missing: Missing) -> None:
    assert read(text, "fi", TODAY).missing is missing


@pytest.mark.parametrize("part", ["BYDAY=-2FR", "BYDAY=-5MO", "BYMONTHDAY=-3", "BYDAY=1MO,-2TU"])
def test_the_last_but_one_is_not_said_to_be_another(part: str) -> None:
    assert rule_of(Recurrence(rrule=f"FREQ=MONTHLY;{part}"), TODAY) is None


def test_of_every_week_alone_the_day_of_the_form_tells_which_day() -> None:
    found = read("joka toinen viikko", "fi", TODAY, since=dt.date(2027, 1, 14))
    assert found.rule is not None
    assert found.rule.rrule() == "FREQ=WEEKLY;INTERVAL=2;BYDAY=TH"
    assert found.first == dt.date(2027, 1, 14)


@pytest.mark.parametrize(
    ("text", "skip"),
    [
        ("tiistaisin, ei viikoilla 50, 51 ja 52", "12-08 12-15 12-22"),
        ("tiistaisin, ei viikoilla 51-2", "12-15 12-22 12-29 01-05 01-12"),
        ("tiistaisin, ei 8.12., 15.12. eikä 22.12.", "12-08 12-15 12-22"),
        ("Tuesdays, not on 8th, 15th and 22nd December", "12-08 12-15 12-22"),
    ],
)
def test_of_a_series_without_an_end_each_one_named_is_left_out(text: str, skip: str) -> None:
    rule = read(text, "fi", TODAY).rule
    assert rule is not None
    assert " ".join(f"{day:%m-%d}" for day in rule.left_out) == skip


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tiistaisin, ei viikolla 60", "viikolla 60"),
        ("tiistaisin, ei 31.6.", "31.6"),
        ("tiistaisin, ei 20.12.2027–5.1.2027", "ei"),
        ("every 0 weeks on Mondays", "every 0 weeks"),
        ("tiistaisin" + ", ei 1.12." * 60, "1.12"),
    ],
)
def test_what_cannot_be_or_is_too_long_to_be_read_is_named(text: str, words: str) -> None:
    found = read(text, "fi", TODAY)
    assert found.rule is None
    assert words in " | ".join(found.not_understood)


def test_what_has_no_year_is_left_out_in_each_year_up_to_the_end_only() -> None:
    until = read("torstaisin, ei 24.12., 30.1.2033 asti", "fi", TODAY).rule
    assert until is not None
    assert [str(day) for day in until.left_out] == ["2026-12-24"]
    daily = read("arkisin, ei vko 8, 30.5.2033 asti", "fi", TODAY).rule
    assert daily is not None
    assert len(daily.left_out) == 7 * 5
    weeks = read("torstaisin, ei vko 8, 30.5.2028 asti", "fi", TODAY).rule
    assert weeks is not None
    assert [str(day) for day in weeks.left_out] == ["2027-02-25", "2028-02-24"]
    endless = read("torstaisin, ei vko 8", "fi", TODAY).rule
    assert endless is not None
    assert [str(day) for day in endless.left_out] == ["2027-02-25"]


_MONTHS = st.sets(st.integers(1, 12), min_size=1, max_size=11).map(lambda one: tuple(sorted(one)))
_DAY = st.integers(0, 6)
_LIMITS = st.dates(dt.date(2027, 12, 1), dt.date(2031, 1, 1))


@st.composite
def rules(draw: st.DrawFn) -> tuple[Rule, dt.date]:
    """A rule with its first date."""
    since = draw(st.dates(TODAY, TODAY + dt.timedelta(days=800)))
    every = draw(st.sampled_from([Every.DAY, Every.WEEK, Every.MONTH, Every.CHOSEN]))
    if every is Every.CHOSEN:
        chosen = draw(st.sets(st.dates(since, dt.date(2040, 1, 1)), min_size=1, max_size=9))
        return Rule(every, dates=tuple(sorted(chosen))), min(chosen)
    days: tuple[tuple[int, int], ...] = ()
    month_days: tuple[int, ...] = ()
    if every is Every.WEEK:
        days = tuple(sorted((one, 0) for one in draw(st.sets(_DAY, min_size=1, max_size=4))))
    elif every is Every.MONTH and draw(st.booleans()):
        which = st.sets(st.tuples(_DAY, st.sampled_from([1, 2, 3, 4, -1])), min_size=1, max_size=3)
        order = lambda one: (one[1] < 0, one[1], one[0])  # noqa: E731
        days = tuple(sorted(draw(which), key=order))
    elif every is Every.MONTH:
        month_days = tuple(sorted(draw(st.sets(st.sampled_from([1, 9, 28, -1]), min_size=1))))
    interval = draw(st.integers(1, 8))
    # Of every second month not each one is in a rule with months of its own.
    months = draw(st.one_of(st.just(()), _MONTHS)) if every is Every.WEEK or interval == 1 else ()
    rule = Rule(every, interval, days, month_days, months)
    first = rule.first(since)
    assert first is not None
    until = draw(st.none() | _LIMITS)
    if until is not None and until < first:
        until = first
    rule = Rule(every, interval, days, month_days, months, until)
    dates = list(islice((day for day in rule.by_rule(first)), 12))
    out = draw(st.sets(st.sampled_from(dates[1:]), max_size=3)) if dates[1:] else set()
    added = draw(st.sets(st.dates(first, dt.date(2031, 1, 1)), max_size=2)) - {*dates}
    held = {day for day in islice(rule.by_rule(first), 3000) if day <= max(added, default=first)}
    return Rule(
        every,
        interval,
        days,
        month_days,
        months,
        until,
        None,
        tuple(sorted(out)),
        tuple(sorted(added - held)),
    ), first


@given(rules(), st.sampled_from(LANGUAGES))
@settings(max_examples=150, deadline=None)
def test_what_is_said_of_a_rule_is_read_as_the_same_rule(
    made: tuple[Rule, dt.date], language: Language
) -> None:
    rule, first = made
    found = read(say(rule, language), language, TODAY, since=first)
    assert (found.rule, found.first) == (rule, first), say(rule, language)
    since = read(say(rule, language, first), language, TODAY)
    if rule.every is not Every.CHOSEN:
        assert (since.rule, since.first) == (rule, first)
    kept = Recurrence.model_validate(rule.recurrence())
    assert rule_of(kept, first) == rule


def naive(rule: Rule, first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """The dates of a rule, looked up day by day without a library of rules."""
    monday = first - dt.timedelta(days=first.weekday())
    for number in range((last - first).days + 1):
        day = first + dt.timedelta(days=number)
        length = calendar.monthrange(day.year, day.month)[1]
        months = (day.year - first.year) * 12 + day.month - first.month
        match rule.every:
            case Every.DAY:
                fits = number % rule.interval == 0
            case Every.WEEK:
                weeks = (day - monday).days // 7
                fits = (day.weekday(), 0) in rule.days and weeks % rule.interval == 0
            case Every.MONTH:
                at = {(day.weekday(), (day.day + 6) // 7)}
                if day.day + 7 > length:
                    at.add((day.weekday(), -1))
                of_month = {day.day, *([-1] if day.day == length else [])}
                fits = bool(at & {*rule.days} or of_month & {*rule.month_days})
                fits = fits and months % rule.interval == 0
            case _:
                fits = day == first
        fits = fits and (not rule.months or day.month in rule.months)
        fits = fits and (rule.until is None or day <= rule.until) and day not in rule.left_out
        if fits or day in rule.dates:
            yield day


@given(rules())
@settings(max_examples=60, deadline=None)
def test_the_dates_are_those_of_a_second_reader(made: tuple[Rule, dt.date]) -> None:
    rule, first = made
    meeting = Meeting.model_validate(
        {
            "key": "coffee",
            "title": {"fi": "Kahvit"},
            "kind": "coffee",
            "networks": ["pirkanmaa"],
            "place": {"fi": "Tampere"},
            "start": f"{first} 08:30",
            "end": f"{first} 10:00",
            "recurrence": rule.recurrence(),
        }
    )
    last = first + dt.timedelta(days=1500)
    begin = dt.datetime.combine(first, dt.time(), HELSINKI)
    end = dt.datetime.combine(last, dt.time(23, 59), HELSINKI)
    held = list(occurrences(meeting, begin, end, HELSINKI))
    assert [one.start.date() for one in held] == list(naive(rule, first, last))
    # Also over changes of the clock it is at the same time of day.
    assert {(f"{one.start:%H:%M}", f"{one.end:%H:%M}") for one in held} == {("08:30", "10:00")}


@given(st.text(max_size=80))
@settings(max_examples=150, deadline=None)
def test_any_text_is_read_without_an_error(text: str) -> None:
    for language in LANGUAGES:
        found = read(text, language, TODAY)
        assert found.rule is None or found.first is not None


_PIECES = (
    *("joka", "kuun", "toinen", "tiistai", "tiistaisin", "ei", "heinäkuussa", "20.1.", "asti"),
    *("alkaen", "klo 8", "viikko", ",", "ja", "-", "viimeinen", "15.", "2027", "vko 8", "päivä"),
    *("kesäkuuhun", "loppuun", "eikä", "10 kertaa", "myös", "5.3.2027", "juhannuksena"),
)


@given(st.lists(st.sampled_from(_PIECES), max_size=9))
@settings(max_examples=250, deadline=None)
def test_words_of_rules_in_any_order_make_a_rule_that_can_be_kept_or_none(words: list[str]) -> None:
    found = read(" ".join(words), "fi", TODAY)
    if "juhannuksena" in words:
        assert found.rule is None
        assert any("juhannuksena" in one for one in found.not_understood)
    if found.rule is not None and found.first is not None:
        kept = Recurrence.model_validate(found.rule.recurrence())
        assert rule_of(kept, found.first) is not None
        assert found.first not in found.rule.left_out
