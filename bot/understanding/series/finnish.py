"""Rules in Finnish: the words that are read, and the words that say them."""

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

_MONTHS = "tammi|helmi|maalis|huhti|touko|kesa|heina|elo|syys|loka|marras|joulu"
_DAYS = "maanantai|tiistai|keskiviikko|torstai|perjantai|lauantai|sunnuntai"
_SHORT_DAYS = ("ma", "ti", "ke", "to", "pe", "la", "su")
_LIST = r"\d{1,2}(?:\s*(?:,|-|ja|seka|eika|tai)\s*\d{1,2})*(?![\d.:])"

TABLE: Table = (
    (r"kerran (?:viikossa|viikkoon)|viikoittain|viikottain", "Ew", said(None)),
    (r"kerran (?:kuussa|kuukaudessa)|kuukausittain|kuittain", "Em", said(None)),
    (r"paivittain", "Ed", said(None)),
    (r"(?:joka vuosi|vuosittain|vuosittainen)", "y", said(None)),
    (r"arkisin|arkipaivisin|joka arkipaiva(?:na)?", "H", said(None)),
    (rf"(?:klo|kello|kl)\.?\s*{TIME}(?:\s*-\s*{TIME})?", "T", span),
    (rf"(?:viikko\w*|viikoi\w*|viikon|viikolla|vko\w{{0,2}}|vk|v)[. ]?\s*{_LIST}", "K", numbers),
    (r"vuoden loppuun|vuodenvaihteeseen", "G", said(None)),
    (r"vuoden (?P<year>20\d\d) loppuun", "G", number),
    (
        rf"(?P<day>\d{{1,2}})\.?\s+(?P<name>{_MONTHS})kuuta(?:\s+(?P<year>20\d\d))?",
        "D",
        date,
    ),
    (rf"(?P<name>{_MONTHS})kuun (?P<day>\d{{1,2}})\.?\s*paiva\w*", "D", date),
    (rf"(?P<name>{_MONTHS})kuuhun", "V", month),
    (rf"(?P<name>{_MONTHS})kuusta", "Z", month),
    (rf"(?P<name>{_MONTHS})(?=\s*-\s*(?:{_MONTHS})ku)", "M", month),
    (rf"(?P<name>{_MONTHS})-(?=\s*(?:,|ja|seka|eika|tai)(?![a-z]))", "M", month),
    (rf"(?P<name>{_MONTHS})ku(?:un|ussa|us|u|ut|uta|iden|issa|isin)", "M", month),
    (r"kesalla|kesaisin|kesan aikana|kesakaudella", "B", said(SUMMER)),
    (rf"(?P<name>{_DAYS})(?:i?sin|t)", "P", weekday),
    (rf"(?P<name>{_DAYS})(?:na|n|ta|a|ksi)?", "W", weekday),
    *((rf"{short}\.?(?![a-z-])", "W", said(number_)) for number_, short in enumerate(_SHORT_DAYS)),
    (r"ensimmai(?:nen|sen|sena|set|sina|sta)|eka(?:na|n|t)?", "O", said(1)),
    (r"toi(?:nen|sen|sena|set|sina|sta)|toka(?:na|n|t)?", "O", said(2)),
    (r"kolma(?:s|nnen|ntena|nnet|nsina|tta)", "O", said(3)),
    (r"nelja(?:s|nnen|ntena|nnet|nsina|tta)", "O", said(4)),
    (r"viide(?:s|nnen|ntena|nnet|nsina|tta)", "O", said(5)),
    (r"kuude(?:s|nnen|ntena)", "O", said(6)),
    (r"viimei(?:nen|sen|sena|set|sina|sta)|vika(?:na|n|t)?", "O", said(-1)),
    (r"(\d{1,3}) (?:kertaa|kerran|kerralla)", "C", number),
    (r"(\d{1,2})\.(?!\d)", "N", number),
    (r"joka|jokai(?:nen|sen|sena)|kunkin", "E", said(None)),
    (r"kk:?n?|kuun|kuukauden|kuukausi|kuukautena|kuukautta|kuussa|kuu", "m", said(None)),
    (r"viikko|viikon|viikolla|viikkona|viikossa|vko", "w", said(None)),
    (r"paiva|paivan|paivana|paivat|pv", "d", said(None)),
    (r"(?:mutta )?ei(?:\s+kuitenkaan)?|paitsi|lukuun ottamatta|pois lukien", "X", said(None)),
    (r"eika", "x", said(None)),
    (r"asti|saakka", "u", said(None)),
    (r"alkaen|lahtien|alkaa|alkaa", "s", said(None)),
    (r"loppuun", "L", said(None)),
    (r"(?:ja )?(?:myos|lisaksi)", "+", said(None)),
    (r"ja|seka|tai", "A", said(None)),
    (r"aina|vain|toistuu|pidetaan|kokoonnutaan|kokoontuu|on|ole", "F", None),
)
"""Folded words of a rule."""

ORDINALS = ("", "ensimmäinen", "toinen", "kolmas", "neljäs", "viides", "kuudes")
_OF = ("", "ensimmäisen", "toisen", "kolmannen", "neljännen", "viidennen", "kuudennen")
DAYS = ("maanantai", "tiistai", "keskiviikko", "torstai", "perjantai", "lauantai", "sunnuntai")
MONTHS = (
    *("", "tammi", "helmi", "maalis", "huhti", "touko", "kesä"),
    *("heinä", "elo", "syys", "loka", "marras", "joulu"),
)


class Finnish:
    """Says the parts of a rule in Finnish."""

    also = "myös"

    def date(self, day: int, month_: int, year: int) -> str:
        """`5.2.2027`."""
        return f"{day}.{month_}.{year}"

    def listed(self, items: list[str]) -> str:
        """`a, b ja c`."""
        return listed(items, "ja")

    def none_of(self, items: list[str]) -> str:
        """`ei a, b eikä c`."""
        return "ei " + listed(items, "eikä")

    def every(self, interval: int, unit: str) -> str:
        """`joka toinen viikko`."""
        if interval == 1:
            return f"joka {unit}"
        number_ = ORDINALS[interval] if interval < len(ORDINALS) else f"{interval}."
        return f"joka {number_} {unit}"

    def days(self, interval: int) -> str:
        """`joka toinen päivä`."""
        return self.every(interval, "päivä")

    def weekly(self, interval: int, days: list[int]) -> str:
        """`joka toinen viikko torstaisin`."""
        plural = [DAYS[day] + ("isin" if day == 2 else "sin") for day in days]
        often = "" if interval == 1 else self.every(interval, "viikko") + " "
        return often + self.listed(plural)

    def of_month(self, interval: int, days: list[tuple[int, int]], months: list[int]) -> str:
        """`joka kuun toinen tiistai`, `helmi- ja lokakuun toinen tiistai`."""
        held = self.listed([f"{_which(at)} {DAYS[day]}" for day, at in days])
        return f"{self._months_of(interval, months)} {held}"

    def on_days(self, interval: int, days: list[int]) -> str:
        """`joka kuun 15. päivä`."""
        held = self.listed([f"{_which(day) if day == -1 else f'{day}.'} päivä" for day in days])
        return f"{self._months_of(interval, [])} {held}"

    def in_months(self, months: list[int]) -> str:
        """`helmi- ja lokakuussa`."""
        return self.listed(_stems(months, "kuussa"))

    def not_in_months(self, months: list[int]) -> str:
        """`ei kesä- eikä heinäkuussa`."""
        return self.none_of(_stems(months, "kuussa"))

    def until(self, date_: str) -> str:
        """`30.6.2027 asti`."""
        return f"{date_} asti"

    def since(self, date_: str) -> str:
        """`20.1.2027 alkaen`."""
        return f"{date_} alkaen"

    def times(self, count: int) -> str:
        """`10 kertaa`."""
        return f"{count} kertaa"

    def not_on(self, dates: list[str]) -> str:
        """`ei 14.4.2027 eikä 21.4.2027`."""
        return self.none_of(dates)

    def _months_of(self, interval: int, months: list[int]) -> str:
        if months:
            return self.listed(_stems(months, "kuun"))
        if interval == 1:
            return "joka kuun"
        number_ = _OF[interval] if interval < len(_OF) else f"{interval}."
        return f"joka {number_} kuukauden"


def _stems(months: list[int], ending: str) -> list[str]:
    stems = [MONTHS[one] for one in months]
    return [f"{one}-" for one in stems[:-1]] + [stems[-1] + ending]


def _which(at: int) -> str:
    return "viimeinen" if at == -1 else ORDINALS[at]
