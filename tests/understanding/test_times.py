"""Times in a message, against a fixed Friday: 20 November 2026."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.understanding.text import fold, tokenise
from bot.understanding.times import find_times
from bot.understanding.times.finding import has_sign, match_at
from bot.understanding.times.rules import RULES
from bot.understanding.times.spans import Now

FRIDAY = dt.date(2026, 11, 20)


def _found(text: str, today: dt.date = FRIDAY) -> list[str]:
    """Each time found, as `2026-11-20` or `2026-11-20..2026-11-22`."""
    periods = [when.period for when in find_times(tokenise(text), today)]
    return [
        f"{period.start}" if period.start == period.end else f"{period.start}..{period.end}"
        for period in periods
    ]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (
            "tänään|tännään|tän päivän|idag|i dag|dagens|today|today's|tonight|ikväll|tänä iltana",
            "2026-11-20",
        ),
        ("huomenna|huomisen|imorgon|i morgon|morgondagens|tomorrow|tomorrow's", "2026-11-21"),
        ("ylihuomenna|i övermorgon|the day after tomorrow", "2026-11-22"),
        (
            "tällä viikolla|täl viikol|tän viikon|denna vecka|den här veckan|veckans|this week",
            "2026-11-16..2026-11-22",
        ),
        (
            "ensi viikolla|ens viikol|ensviikolla|nästa vecka|next week",
            "2026-11-23..2026-11-29",
        ),
        (
            "tässä kuussa|tämän kuun|denna månad|den här månaden|this month",
            "2026-11-01..2026-11-30",
        ),
        ("ensi kuussa|ens kuus|nästa månad|next month", "2026-12-01..2026-12-31"),
        (
            "kuun lopussa|i slutet av månaden|at the end of the month",
            "2026-11-20..2026-11-30",
        ),
        ("tänä vuonna|i år|this year", "2026-11-20..2026-12-31"),
        ("ensi vuonna|nästa år|next year", "2027-01-01..2027-12-31"),
        ("ennen joulua|före jul|before christmas", "2026-11-20..2026-12-24"),
        ("viikonloppuna|i helgen|at the weekend|this weekend", "2026-11-21..2026-11-22"),
        # Months: this year's, or next year's once they are over
        ("marraskuussa|i november|in november", "2026-11-01..2026-11-30"),
        (
            "joulukuussa|joulukuus|i december|in december|december",
            "2026-12-01..2026-12-31",
        ),
        ("lokakuussa|i oktober|in october", "2027-10-01..2027-10-31"),
        ("helmikuussa|i februari|in february", "2027-02-01..2027-02-28"),
        ("toukokuussa|i maj|in may", "2027-05-01..2027-05-31"),
        ("maaliskuussa|i mars|in march", "2027-03-01..2027-03-31"),
        ("lokakuussa 2026|i oktober 2026|in october 2026", "2026-10-01..2026-10-31"),
        ("helmikuussa 2028|i februari 2028|in february 2028", "2028-02-01..2028-02-29"),
        # Days
        ("10.12.|10.12.2026|10.12.26|2026-12-10", "2026-12-10"),
        (
            "10. joulukuuta|den 10 december|10 december|10th of december|december 10|December 10th",
            "2026-12-10",
        ),
        ("19.11.|19. marraskuuta|den 19 november|november 19", "2027-11-19"),
        ("20.11.", "2026-11-20"),
        (
            "10. joulukuuta 2027|den 10 december 2027|10 December 2027|December 10, 2027",
            "2027-12-10",
        ),
        ("29.2.|29. helmikuuta|den 29 februari|february 29", "2028-02-29"),
        ("29.2.2028", "2028-02-29"),
        # Weekdays: the next one, today included
        ("perjantaina|på fredag|on Friday|fredag", "2026-11-20"),
        ("maanantaina|på måndag|on monday", "2026-11-23"),
        ("torstaina|på torsdag|on Thursday", "2026-11-26"),
        ("ensi maanantaina|nästa måndag|next monday", "2026-11-23"),
        ("ensi perjantaina|nästa fredag|next friday", "2026-11-27"),
        # Weeks
        ("viikolla 48|vecka 48|week 48|vk 48|v. 48", "2026-11-23..2026-11-29"),
        ("viikolla 47|vecka 47|week 47", "2026-11-16..2026-11-22"),
        ("viikolla 46|vecka 46|week 46", "2027-11-15..2027-11-21"),
        ("viikolla 53|vecka 53|week 53", "2026-12-28..2027-01-03"),
        ("viikolla 1|vecka 1|week 1", "2027-01-04..2027-01-10"),
        # Seasons: under way or coming
        ("syksyllä|i höst|in autumn|this fall", "2026-09-01..2026-11-30"),
        ("talvella|i vinter|in winter", "2026-12-01..2027-02-28"),
        ("keväällä|ensi keväällä|i vår|in spring|next spring", "2027-03-01..2027-05-31"),
        ("kesällä|ensi kesällä|i sommar|in the summer", "2027-06-01..2027-08-31"),
        ("lähiaikoina|inom kort|in the coming weeks", "2026-11-20..2027-01-18"),
        # A year, a season of a year
        ("vuonna 2027|v. 2027|2027|år 2027|under 2027|in 2027", "2027-01-01..2027-12-31"),
        ("keväällä 2028|under våren 2028|in spring 2028", "2028-03-01..2028-05-31"),
        ("talvella 2027|in the winter 2027", "2027-12-01..2028-02-29"),
        ("tulevana kesänä|ens kesänä|nästa sommar|next summer", "2027-06-01..2027-08-31"),
        # Parts of a month and of a year
        (
            "joulukuun alussa|i början av december|in early December|at the beginning of december",
            "2026-12-01..2026-12-10",
        ),
        ("tammikuun puolivälissä|i mitten av januari|mid-January", "2027-01-10..2027-01-20"),
        (
            "tammikuun lopussa|i slutet av januari|at the end of January|late january 2027",
            "2027-01-20..2027-01-31",
        ),
        (
            "alkuvuodesta|ensi vuoden alussa|i början av nästa år|early next year",
            "2027-01-01..2027-03-31",
        ),
        ("vuoden lopussa|i slutet av året|the end of the year", "2026-11-20..2026-12-31"),
        # Other ways to write dates
        ("10/12/2026|10/12|torstaina 10.12.|den 10.12", "2026-12-10"),
        ("12/13/2026|sunnuntaina 13.12.|söndag 13.12|Sunday 13 December", "2026-12-13"),
        ("joulukuun 10.", "2026-12-10"),
        ("i jan|in jan|in Jan 2027", "2027-01-01..2027-01-31"),
        ("v.51|vk 51|vko 51|v51|viikko 51", "2026-12-14..2026-12-20"),
        ("ens tiistaina|tiistaina|nästa tisdag|next tuesday", "2026-11-24"),
        ("ensi viikonloppuna|nästa helg|next weekend", "2026-11-28..2026-11-29"),
        # Counted from today
        ("kolmen päivän päästä|om tre dagar|in three days|in 3 days", "2026-11-23"),
        (
            "kahden viikon päästä|parin viikon kuluttua|om två veckor|om ett par veckor"
            "|in two weeks|in a couple of weeks|in two weeks' time|the week after next",
            "2026-11-30..2026-12-06",
        ),
        ("yhden kuukauden päästä|om en månad|in a month", "2026-12-01..2026-12-31"),
        # Around Christmas and the summer
        ("joulun alla|innan jul", "2026-11-20..2026-12-24"),
        ("joulun jälkeen|efter nyår|after Christmas|after the new year", "2026-12-26..2027-01-31"),
        ("ennen kesää|före sommaren|before the summer", "2026-11-20..2027-05-31"),
    ],
)
def test_times_in_three_languages(texts: str, expected: str) -> None:
    wrong = {
        text: found
        for text in texts.split("|")
        if (found := _found(f"onko {text} mitään")) != [expected]
    }
    assert wrong == {}


@pytest.mark.parametrize(
    "text",
    [
        "may i join",
        "is there a network i may join",
        "mars mars",
        "march on",
        "vår verksamhet",
        "kuusi kuusta",
        "32.12.",
        "10.13.",
        "30.2.",
        "viikolla 0",
        "viikolla 54",
        "0400 433 722",
        "vem är det",
        "taika",
        "varje år",
        "joka kuukausi",
        "1.1.0000",
        "31/31/2026",
        "044 2027 123",
        "om det",
        "i vår kommun",
    ],
)
def test_words_that_name_no_time(text: str) -> None:
    assert _found(text) == []


@pytest.mark.parametrize(
    ("today", "text", "expected"),
    [
        ("2026-12-31", "huomenna", "2027-01-01"),
        ("2027-01-05", "after new year", "2027-01-05..2027-01-31"),
        ("2026-12-30", "joulun jälkeen", "2026-12-30..2027-01-31"),
        ("2026-11-30", "in 3 months", "2027-02-01..2027-02-28"),
        ("2026-12-31", "ensi kuussa", "2027-01-01..2027-01-31"),
        ("2026-12-31", "tällä viikolla", "2026-12-28..2027-01-03"),
        ("2026-12-25", "ennen joulua", "2026-12-25..2027-12-24"),
        ("2026-12-24", "before Christmas", "2026-12-24"),
        ("2027-01-02", "vecka 53", "2026-12-28..2027-01-03"),
        ("2027-01-02", "vecka 1", "2027-01-04..2027-01-10"),
        ("2024-12-30", "week 1", "2024-12-30..2025-01-05"),
        ("2027-01-15", "talvella", "2026-12-01..2027-02-28"),
        ("2028-01-15", "i vinter", "2027-12-01..2028-02-29"),
        ("2028-02-29", "29.2.", "2028-02-29"),
        ("2028-03-01", "29.2.", "2032-02-29"),
        ("2028-02-29", "ensi vuonna", "2029-01-01..2029-12-31"),
        ("2028-02-01", "tässä kuussa", "2028-02-01..2028-02-29"),
        ("2026-11-05", "kuun lopussa", "2026-11-20..2026-11-30"),
    ],
)
def test_times_at_the_turn_of_the_year_and_on_leap_days(
    today: str, text: str, expected: str
) -> None:
    assert _found(text, dt.date.fromisoformat(today)) == [expected]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        # The tense decides which October is meant
        (
            "oliko lokakuussa tapaamista|pidettiinkö lokakuussa mitään|var det en träff i oktober"
            "|hade ni möte i oktober|was there one in October|did you meet in october",
            "2026-10-01..2026-10-31",
        ),
        (
            "onko lokakuussa|är det träff i oktober|is there one in October",
            "2027-10-01..2027-10-31",
        ),
        # Which was is asked, and then what comes
        ("olin poissa, oliko siellä kiva? onko seuraava lokakuussa", "2027-10-01..2027-10-31"),
        ("var hålls träffen i oktober|var är det i oktober", "2027-10-01..2027-10-31"),
        # What is remembered of a meeting that was spoken of may be to come
        ("oliko se tammikuussa|var den i januari|was it in january", "2027-01-01..2027-01-31"),
        ("oliko se lokakuussa|var den i oktober|was it in october", "2026-10-01..2026-10-31"),
        ("oliko joulukuussa tapaamista|was there one in december", "2025-12-01..2025-12-31"),
        ("oliko torstaina jotain|var det nåt på torsdag", "2026-11-19"),
        ("oliko se tiistaina|was it on tuesday", "2026-11-17"),
        ("oliko 10.9. kokous|was there a meeting on 10 September", "2026-09-10"),
        ("oliko keväällä tapaamista|was there anything in the spring", "2026-03-01..2026-05-31"),
        ("oliko viikolla 46 jotain|var det nåt vecka 46", "2026-11-09..2026-11-15"),
        ("oliko tänä vuonna tapaamista|var det träffar i år", "2026-01-01..2026-11-20"),
        # The past by name
        ("viime lokakuussa|förra oktober|last October", "2026-10-01..2026-10-31"),
        ("viime joulukuussa|förra december|last december", "2025-12-01..2025-12-31"),
        ("viime vuoden lokakuussa|oktober i fjol|October last year", "2025-10-01..2025-10-31"),
        ("viime keväänä|i våras|förra våren|last spring", "2026-03-01..2026-05-31"),
        ("viime syksynä|last autumn|last fall", "2025-09-01..2025-11-30"),
        # Late in autumn it is this one, up to today
        ("fanns det nåt i höstas|i höstas", "2026-09-01..2026-11-20"),
        (
            "oliko marraskuussa jotain|fanns det nåt i november|did any take place in November",
            "2026-11-01..2026-11-20",
        ),
        ("did one take place this October|did they have any in October", "2026-10-01..2026-10-31"),
        ("viime viikolla|förra veckan|last week", "2026-11-09..2026-11-15"),
        ("viime kuussa|förra månaden|last month", "2026-10-01..2026-10-31"),
        ("viime vuonna|i fjol|last year", "2025-01-01..2025-12-31"),
        ("viime torstaina|i torsdags|förra torsdagen|last Thursday", "2026-11-19"),
        ("eilen|igår|yesterday", "2026-11-19"),
        ("kaksi viikkoa sitten|för två veckor sen|two weeks ago", "2026-11-02..2026-11-08"),
        ("aiemmin tänä vuonna|tidigare i år|earlier this year", "2026-01-01..2026-11-20"),
        ("kuukausi sitten|a month ago", "2026-10-01..2026-10-31"),
        ("kaksi vuotta sitten|för två år sedan|two years ago", "2024-01-01..2024-12-31"),
        ("vuonna 2018|år 2018|in 2018", "2018-01-01..2018-12-31"),
        # Counted ahead, of one without its number
        ("kuukauden päästä|om en månad|a month from now", "2026-12-01..2026-12-31"),
        ("vuoden päästä|om ett år|in a year", "2027-01-01..2027-12-31"),
        # A month beside a meeting, or alone
        ("toukokuinen tapaaminen|majträffen|the May one|May's meeting", "2027-05-01..2027-05-31"),
        ("entä maaliskuu|och mars då|what about March", "2027-03-01..2027-03-31"),
        # The next by name
        ("ensi huhtikuussa|nästa april|next April", "2027-04-01..2027-04-30"),
        ("ensi syksynä|nästa höst|next autumn", "2027-09-01..2027-11-30"),
        ("hösten 2027|autumn 2027|syksyllä 2027", "2027-09-01..2027-11-30"),
        ("tänä keväänä|i vår|this spring", "2027-03-01..2027-05-31"),
        ("the one in April|se huhtikuussa|den i april", "2027-04-01..2027-04-30"),
    ],
)
def test_the_past_is_past_and_the_next_is_to_come(texts: str, expected: str) -> None:
    wrong = {text: found for text in texts.split("|") if (found := _found(text)) != [expected]}
    assert wrong == {}


def test_several_times_are_found_in_order() -> None:
    found = find_times(tokenise("ensi viikolla vai vasta joulukuussa 2027"), FRIDAY)
    assert [(when.first, when.length) for when in found] == [(0, 2), (4, 2)]


_WORDS = [
    *("29.2.", "31.12.", "viikolla", "53", "1", "ensi", "tällä", "kuussa", "kuun", "lopussa"),
    *("joulukuussa", "december", "31", "den", "i", "vinter", "next", "friday", "loppuvuodesta"),
    *("talvella", "week", "2028", "before", "christmas", "nästa", "år", "huomenna", "kokous"),
]


@given(
    st.dates(dt.date(1990, 1, 1), dt.date(2100, 1, 1)),
    st.lists(
        st.sampled_from(_WORDS),
        max_size=8,
    ),
)
def test_any_times_on_any_day_are_spans_that_end_after_they_start(
    today: dt.date, parts: list[str]
) -> None:
    tokens = tokenise(" ".join(parts))
    end = 0
    for when in find_times(tokens, today):
        assert when.period.start <= when.period.end
        assert when.first >= end
        end = when.first + when.length
    assert end <= len(tokens)


@given(st.lists(st.sampled_from(_WORDS), max_size=8))
def test_looking_at_every_word_finds_no_more(parts: list[str]) -> None:
    tokens = tokenise(" ".join(parts))
    words = [fold(token.norm) for token in tokens]
    found, at = [], 0
    while at < len(words):
        offset = sum(len(word) + 1 for word in words[:at])
        when = match_at(" ".join(words), offset, at, Now(FRIDAY))
        found += [when] if when else []
        at += when.length if when else 1
    assert find_times(tokens, FRIDAY) == found


@pytest.mark.parametrize("pattern", [pattern for pattern, _ in RULES])
@settings(max_examples=40, deadline=None)
@given(st.data())
def test_each_time_that_a_rule_names_has_a_sign(pattern: str, data: st.DataObject) -> None:
    named = data.draw(st.from_regex(f"(?:{pattern})", fullmatch=True))
    assert any(map(has_sign, named.split(" ")))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tamikuussa", "2027-01-01..2027-01-31"),
        ("toukokuusa", "2027-05-01..2027-05-31"),
        ("in feburary", "2027-02-01..2027-02-28"),
        ("i janurari", "2027-01-01..2027-01-31"),
    ],
)
def test_a_month_may_have_a_letter_wrong(text: str, expected: str) -> None:
    assert _found(text) == [expected]


@pytest.mark.parametrize("text", ["joulukuusi", "elokuvassa", "haen elokuvaa", "marsch"])
def test_a_word_that_is_like_a_month_is_none(text: str) -> None:
    assert _found(text) == []
