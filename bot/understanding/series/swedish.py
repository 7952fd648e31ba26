"""Rules in Swedish: the words that are read, and the words that say them."""

from __future__ import annotations

from bot.understanding.series.listing import listed
from bot.understanding.series.tokens import (
    SUMMER,
    TIME,
    Table,
    date,
    month,
    number,
    numbers,
    said,
    span,
    weekday,
)

_MONTHS = (
    "januari|februari|mars|april|maj|juni|juli|augusti|september|oktober|november|december"
    "|jan|feb|apr|jun|jul|aug|sept?|okt|nov|dec"
)
_DAYS = "mandag|tisdag|onsdag|torsdag|fredag|lordag|sondag"
_ORDINAL = "forsta|andra|tredje|fjarde|femte|sjatte|sista"
_LIST = r"\d{1,2}(?:\s*(?:,|-|och|eller|samt)\s*\d{1,2})*(?![\d.:])"

TABLE: Table = (
    (r"en gang (?:i|per) vecka(?:n)?|veckovis", "Ew", said(None)),
    (r"en gang (?:i|per) manad(?:en)?|manatligen|manadsvis", "Em", said(None)),
    (r"dagligen", "Ed", said(None)),
    (r"varje ar|arligen", "y", said(None)),
    (r"(?:pa )?vardagar|varje vardag", "H", said(None)),
    (rf"(?:kl|klo|klockan)\.?\s*{TIME}(?:\s*(?:-|till)\s*{TIME})?", "T", span),
    (rf"(?:vecka|veckan|veckorna|veckor|v)[. ]?\s*{_LIST}", "K", numbers),
    (r"(?:till )?(?:arets slut|slutet av aret|arsskiftet)", "G", said(None)),
    (
        rf"(?:den )?(?P<day>\d{{1,2}})(?::?[ae])?\.? (?P<name>{_MONTHS})\.?"
        r"(?:\s+(?P<year>20\d\d))?",
        "D",
        date,
    ),
    (rf"(?P<name>{_MONTHS})s?\.?", "M", month),
    (r"(?:pa |om )?(?:sommaren|somrarna|sommartid)", "B", said(SUMMER)),
    (rf"(?P<name>{_DAYS})(?:ar|arna)", "P", weekday),
    (rf"(?P<name>{_DAYS})(?:en|s|ens)?", "W", weekday),
    (r"varannan|vartannat|var annan|vart annat", "I", said(2)),
    # Some mean every second one by it, and some the second one.
    (rf"varje (?:{_ORDINAL})", "?", said(None)),
    (r"forsta", "O", said(1)),
    (r"andra", "O", said(2)),
    (r"tredje", "O", said(3)),
    (r"fjarde", "O", said(4)),
    (r"femte", "O", said(5)),
    (r"sjatte", "O", said(6)),
    (r"sista", "O", said(-1)),
    (r"(\d{1,3}) (?:ganger|tillfallen|traffar)", "C", number),
    (r"(?:den )?(\d{1,2})(?::[ae]|\.(?!\d))", "N", number),
    (r"den (\d{1,2})(?![\d.:])", "N", number),
    (r"varje|var|vart", "E", said(None)),
    (r"manad(?:en|ens|s|er)?", "m", said(None)),
    (r"vecka|veckan|veckor", "w", said(None)),
    (r"dag|dagen|dagar", "d", said(None)),
    (
        r"(?:men |dock )?(?:inte|ej)(?: heller)?|utom|forutom|med undantag (?:av|for)|undantaget",
        "X",
        said(None),
    ),
    (r"(?:och|eller) inte", "x", said(None)),
    (r"(?:fram |anda )?till(?: och med)?|t\.?\s?o\.?\s?m\.?", "U", said(None)),
    (r"fran(?: och med)?|fr\.?\s?o\.?\s?m\.?|med borjan|med start|borjar|startar", "S", said(None)),
    (r"slutet av|slutet pa|utgangen av", "L", said(None)),
    (r"(?:och )?(?:ocksa|dessutom|aven)", "+", said(None)),
    (r"och|samt|eller", "A", said(None)),
    (r"i|pa|den|det|under|av|om|bara|endast|alltid|halls|traffas", "F", None),
)
"""Folded words of a rule."""

ORDINALS = ("", "första", "andra", "tredje", "fjärde", "femte", "sjätte")
DAYS = ("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag")
MONTHS = (
    *("", "januari", "februari", "mars", "april", "maj", "juni"),
    *("juli", "augusti", "september", "oktober", "november", "december"),
)


class Swedish:
    """Says the parts of a rule in Swedish."""

    also = "också"

    def date(self, day: int, month_: int, year: int) -> str:
        """`den 5 februari 2027`."""
        return f"den {day} {MONTHS[month_]} {year}"

    def listed(self, items: list[str]) -> str:
        """`a, b och c`."""
        return listed(items, "och")

    def none_of(self, items: list[str]) -> str:
        """`a, b eller c`."""
        return listed(items, "eller")

    def every(self, interval: int, unit: str) -> str:
        """`varannan vecka`."""
        if interval < 3:
            return f"{'varje' if interval == 1 else 'varannan'} {unit}"
        number_ = ORDINALS[interval] if interval < len(ORDINALS) else f"{interval}:e"
        return f"var {number_} {unit}"

    def days(self, interval: int) -> str:
        """`varannan dag`."""
        return self.every(interval, "dag")

    def weekly(self, interval: int, days: list[int]) -> str:
        """`varannan vecka på torsdagar`."""
        held = self.listed([f"{DAYS[day]}ar" for day in days])
        return held if interval == 1 else f"{self.every(interval, 'vecka')} på {held}"

    def of_month(self, interval: int, days: list[tuple[int, int]], months: list[int]) -> str:
        """`andra tisdagen i månaden`, `andra tisdagen i februari och oktober`."""
        held = self.listed([f"{_which(at)} {DAYS[day]}en" for day, at in days])
        return self._held(interval, held, months)

    def on_days(self, interval: int, days: list[int]) -> str:
        """`den 15 i varje månad`."""
        held = self.listed(["sista dagen" if day == -1 else f"den {day}:e" for day in days])
        return self._held(interval, held, [])

    def in_months(self, months: list[int]) -> str:
        """`i februari och oktober`."""
        return "i " + self.listed([MONTHS[one] for one in months])

    def not_in_months(self, months: list[int]) -> str:
        """`inte i juni eller juli`."""
        return "inte i " + self.none_of([MONTHS[one] for one in months])

    def until(self, date_: str) -> str:
        """`till den 30 juni 2027`."""
        return f"till {date_}"

    def since(self, date_: str) -> str:
        """`från den 20 januari 2027`."""
        return f"från {date_}"

    def times(self, count: int) -> str:
        """`10 gånger`."""
        return f"{count} gånger"

    def not_on(self, dates: list[str]) -> str:
        """`inte den 14 april 2027 eller den 21 april 2027`."""
        return "inte " + self.none_of(dates)

    def _held(self, interval: int, held: str, months: list[int]) -> str:
        if months:
            return f"{held} {self.in_months(months)}"
        if interval == 1:
            return f"{held} i månaden"
        return f"{self.every(interval, 'månad')} {held}"


def _which(at: int) -> str:
    return "sista" if at == -1 else ORDINALS[at]
