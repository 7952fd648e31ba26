"""Tokens of a rule become what was said; what fits nowhere is named."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.understanding.series.tokens import MOST_WEEKS, Token

Date = tuple[int, int, int | None]
"""Day, month and year; None where no year was said."""

Item = tuple[str, Any]
"""What is left out: `months`, `dates`, `weeks`, `span` or `month_of` with its value."""

LONGEST = 120
"""Tokens of the longest rule; more are not looked at."""


@dataclass
class Said:
    """What a text says of a series."""

    every: str = ""
    """`d`, `w`, `m`, or nothing."""
    interval: int = 1
    days: list[tuple[int, int]] = field(default_factory=list)
    month_days: list[int] = field(default_factory=list)
    months: list[int] = field(default_factory=list)
    left_out: list[Item] = field(default_factory=list)
    dates: list[Date] = field(default_factory=list)
    added: list[Date] = field(default_factory=list)
    since: Date | None = None
    until: Date | None = None
    """The day 0 stands for the last of its month, the month 0 for the last of the year."""
    count: int | None = None
    start: tuple[int, int] | None = None
    end: tuple[int, int] | None = None
    yearly: Token | None = None
    excepts: bool = False
    not_understood: list[tuple[int, int]] = field(default_factory=list)
    """Where in the text."""
    begin: int | None = None
    """Where the first words that say something of a series begin."""


_NTH = "[ON](?:A[ON])*[WP](?:A[ON]?[WP])*"
_OFTEN = "(?:E[ON]|E|I)"
_MONTHS = "M(?:RM)?(?:A+M(?:RM)?)*"
_WEEKDAYS = "[WP](?:A*[WP])*"
_DAYS = "(?:Nd?|Od)(?:A*(?:Nd?|Od))*"
_ITEM = "(?:MRM|MY|M|B|DRD|NRD|(?:NA)*D|K)"

Tokens = Sequence[Token]
Take = Callable[[Said, Tokens], bool]
"""Takes what some tokens say; False where it cannot be, for it was said before, or is no date."""


def read_tokens(tokens: Sequence[Token]) -> Said:
    """What the tokens of a text say together."""
    ordered = _prefixed(tokens[:LONGEST])
    codes = "".join(token.code for token in ordered)
    said, at = Said(excepts=any(code in "Xx" for code in codes)), 0
    while at < len(ordered):
        for expression, take in RULES:
            match = expression.match(codes, at)
            if match and take(said, ordered[at : match.end()]):
                taken = ordered[at : match.end()]
                if any(token.code not in "ARTY" for token in taken):
                    begin = min(token.begin for token in taken)
                    said.begin = begin if said.begin is None else min(begin, said.begin)
                at = match.end()
                break
        else:
            token = ordered[at]
            if token.code not in "AR":
                said.not_understood.append((token.begin, token.end))
            at += 1
    said.not_understood += [(one.begin, one.end) for one in tokens[LONGEST:]]
    said.not_understood.sort()
    return said


def _prefixed(tokens: Sequence[Token]) -> list[Token]:
    """The tokens with what stands behind a word in Finnish before it: `asti`, `alkaen`."""
    made: list[Token] = []
    for token in tokens:
        match token.code:
            case "V":
                made += [_of("U", token), _of("M", token)]
            case "Z":
                made += [_of("S", token), _of("M", token)]
            case "u" | "s" | "L" if made and made[-1].code in "DMYG":
                at = len(made) - 1
                if made[at].code == "Y" and at and made[at - 1].code == "M":
                    at -= 1
                before = made[at - 1].code if at else ""
                if token.code == "L":
                    before = made[at - 1].code if at else ""
                    made[at:at] = [] if before in ("U", "L") else [_of("U", token)]
                elif before not in ("U", "S"):
                    made.insert(at, _of(token.code.upper(), token))
            case "s":
                made.append(_of("S", token))
            case _:
                made.append(token)
    return made


def _of(code: str, token: Token) -> Token:
    return Token(code, token.value, token.text, token.begin, token.end)


def _numbers(tokens: Tokens, codes: str) -> list[int]:
    return [token.value for token in tokens if token.code in codes]


def _often(tokens: Tokens) -> int:
    """The interval of `joka toinen`, `varannan`, `every`."""
    for token in tokens:
        if token.code in "ION" and token.value is not None:
            return int(token.value)
    return 1


def _set(said: Said, every: str, interval: int) -> bool:
    if (said.every and said.every != every) or interval < 1:
        return False
    if said.every and interval > 1 and said.interval not in (1, interval):
        return False
    said.every, said.interval = every, max(interval, said.interval)
    return True


def _nth(tokens: Tokens) -> list[tuple[int, int]] | None:
    """`the first and third Tuesday`: each day of the week with its positions."""
    found: list[tuple[int, int]] = []
    positions: list[int] = []
    fresh = True
    for token in tokens:
        if token.code in "ON":
            if fresh:
                positions, fresh = [], False
            if not (1 <= token.value <= 5 or token.value == -1):
                return None
            positions.append(token.value)
        elif token.code in "WP":
            found += [(token.value, at) for at in positions]
            fresh = True
    return found


def _split(tokens: Tokens, codes: str) -> tuple[Tokens, Tokens]:
    """The tokens up to the last one of some codes, and the others."""
    at = max((at for at, one in enumerate(tokens) if one.code in codes), default=-1) + 1
    return tokens[:at], tokens[at:]


def _take_nth(said: Said, often: Tokens, nth: Tokens) -> bool:
    days = _nth(nth)
    if not days or said.days or said.month_days or not _set(said, "m", _often(often)):
        return False
    said.days = days
    return True


def _month_first(said: Said, tokens: Tokens) -> bool:
    often, nth = _split(tokens, "m")
    return _take_nth(said, often, nth)


def _month_last(said: Said, tokens: Tokens) -> bool:
    body = tokens[1:] if tokens[0].code == "E" else tokens
    nth, often = _split(body, "WP")
    return _take_nth(said, often, nth)


def _nth_in_months(said: Said, tokens: Tokens) -> bool:
    nth, months = _split(tokens, "WP")
    if not any(token.code == "M" for token in months):
        last = max(at for at, token in enumerate(tokens) if token.code == "M") + 1
        months, nth = tokens[:last], tokens[last:]
    if said.months or not _take_nth(said, (), nth):
        return False
    said.months = _months(months)
    return True


def _months(tokens: Tokens) -> list[int]:
    found: list[int] = []
    for at, token in enumerate(tokens):
        if token.code == "M":
            if at and tokens[at - 1].code == "R" and found:
                first = found[-1]
                found += [
                    (first + more - 1) % 12 + 1 for more in range(1, (token.value - first) % 12 + 1)
                ]
            else:
                found.append(token.value)
        elif token.code == "B":
            found += token.value
    return sorted({*found})


def _only_months(said: Said, tokens: Tokens) -> bool:
    if said.months:
        return False
    said.months = _months(tokens)
    return True


def _weekly(said: Said, tokens: Tokens) -> bool:
    """Days of the week, with how often before or behind them, or nothing."""
    often = [token for token in tokens if token.code in "EIONw"]
    days = [token for token in tokens if token.code in "WP"]
    if said.days or said.month_days or not _set(said, "w", _often(often)):
        return False
    said.days = [(token.value, 0) for token in days]
    return True


def _every_unit(said: Said, tokens: Tokens) -> bool:
    return _set(said, tokens[-1].code, _often(tokens))


def _working_days(said: Said, tokens: Tokens) -> bool:
    if said.days or not _set(said, "w", 1):
        return False
    said.days = [(day, 0) for day in range(5)]
    return True


def _month_days(said: Said, tokens: Tokens) -> bool:
    """`kuukauden 15. päivä`; the often of the month is what stands with its word."""
    at = next(at for at, one in enumerate(tokens) if one.code == "m")
    before = tokens[:at]
    if any(one.code in "EI" for one in before):
        first = next(at for at, one in enumerate(before) if one.code in "EI")
        often, days = before[first:], [*before[:first], *tokens[at + 1 :]]
    else:
        often, days = (), [one for one in tokens if one.code in "ON"]
    numbers = _numbers(days, "NO")
    if said.days or said.month_days or not numbers:
        return False
    if not all(1 <= day <= 31 or day == -1 for day in numbers):
        return False
    if not _set(said, "m", _often(often)):
        return False
    said.month_days = sorted({*numbers})
    return True


def _days_in_months(said: Said, tokens: Tokens) -> bool:
    """`helmi- ja lokakuun 15. päivä`."""
    numbers = _numbers(tokens, "NO")
    if said.days or said.month_days or said.months or not _set(said, "m", 1):
        return False
    if not all(1 <= day <= 31 or day == -1 for day in numbers):
        return False
    said.month_days, said.months = sorted({*numbers}), _months(tokens)
    return True


def _left_out(said: Said, tokens: Tokens) -> bool:
    rest, found = list(tokens), []
    while rest:
        codes = "".join(token.code for token in rest)
        match = re.match(_ITEM, codes)
        if match is None:
            rest = rest[1:]
            continue
        taken, rest = rest[: match.end()], rest[match.end() :]
        found.append(_item(match[0], taken))
    weeks = [week for kind, value in found if kind == "weeks" for week in value]
    if not all(1 <= week <= MOST_WEEKS for week in weeks):
        return False
    said.left_out += found
    return True


def _item(codes: str, tokens: Tokens) -> Item:
    if codes == "K":
        return "weeks", tokens[0].value
    if codes == "MY":
        return "month_of", (tokens[0].value, tokens[1].value)
    if codes[0] in "MB":
        return "months", _months(tokens)
    if "R" in codes:
        last: Date = tokens[2].value
        first = tokens[0].value
        return "span", (first if codes[0] == "D" else (first, last[1], last[2]), last)
    return "dates", _dates(tokens)


def _dates(tokens: Tokens) -> list[Date]:
    """`5., 12. ja 19.2.`: days without a month are of the month that follows."""
    found: list[Date] = []
    waiting: list[int] = []
    for token in tokens:
        if token.code == "N":
            waiting.append(token.value)
        elif token.code == "D":
            day, month, year = token.value
            found += [(one, month, year) for one in waiting]
            found.append((day, month, year))
            waiting = []
    return found


def _until(said: Said, tokens: Tokens) -> bool:
    if said.until or said.count:
        return False
    said.until = _limit(tokens, last=True)
    return said.until is not None


def _since(said: Said, tokens: Tokens) -> bool:
    if said.since:
        return False
    said.since = _limit(tokens, last=False)
    return said.since is not None


def _limit(tokens: Tokens, *, last: bool) -> Date | None:
    year = next((token.value for token in tokens if token.code == "Y"), None)
    for token in tokens:
        if token.code == "D":
            day, month, own = token.value
            return day, month, own or year
        if token.code == "M":
            return (0 if last else 1), token.value, year
        if token.code == "G":
            return 31, 12, token.value or year
    return None


def _between(said: Said, tokens: Tokens) -> bool:
    if said.since or said.until:
        return False
    first, last = (token for token in tokens if token.code in "DN")
    said.until = last.value
    since = first.value
    said.since = since if first.code == "D" else (since, last.value[1], last.value[2])
    return True


def _chosen(said: Said, tokens: Tokens) -> bool:
    if said.dates or said.every:
        return False
    said.dates = _dates(tokens)
    return True


def _added(said: Said, tokens: Tokens) -> bool:
    said.added += _dates(tokens)
    return True


def _count(said: Said, tokens: Tokens) -> bool:
    if said.count or said.until or not tokens[0].value:
        return False
    said.count = tokens[0].value
    return True


def _times(said: Said, tokens: Tokens) -> bool:
    first, last = tokens[0].value
    if said.start or not all(_is_time(one) for one in (first, last) if one):
        return False
    said.start, said.end = first, last
    return True


def _is_time(time: tuple[int, int]) -> bool:
    return time[0] < 24 and time[1] < 60


def _yearly(said: Said, tokens: Tokens) -> bool:
    said.yearly = tokens[0]
    return True


RULES: Sequence[tuple[re.Pattern[str], Take]] = tuple(
    (re.compile(pattern), take)
    for pattern, take in (
        (f"X(?:{_ITEM})(?:[AXx]+{_ITEM})*", _left_out),
        (f"x(?:{_ITEM})(?:[AXx]+{_ITEM})*", _left_out),
        ("UL?(?:DY?|MY?|G)", _until),
        ("SL?(?:DY?|MY?)", _since),
        ("G", _until),
        (f"{_OFTEN}?m{_NTH}", _month_first),
        (f"E?{_NTH}{_OFTEN}?m", _month_last),
        (f"{_MONTHS}{_NTH}", _nth_in_months),
        (f"{_NTH}{_MONTHS}(?![A]*[ONW])", _nth_in_months),
        (f"{_OFTEN}w{_WEEKDAYS}", _weekly),
        (f"{_WEEKDAYS}{_OFTEN}w", _weekly),
        (f"{_OFTEN}{_WEEKDAYS}", _weekly),
        ("P(?:A*[WP])*", _weekly),
        ("H", _working_days),
        (f"{_OFTEN}?m{_DAYS}", _month_days),
        (f"{_DAYS}{_OFTEN}?m", _month_days),
        (f"{_MONTHS}{_DAYS}", _days_in_months),
        (f"{_DAYS}{_MONTHS}", _days_in_months),
        (f"{_OFTEN}[dwm]", _every_unit),
        (r"\+A?(?:NA)*D(?:A*D)*", _added),
        ("[DN]RD", _between),
        ("(?:NA)*D(?:A*(?:NA)*D)*", _chosen),
        (f"(?:{_MONTHS}|B)", _only_months),
        ("C", _count),
        ("T", _times),
        ("y", _yearly),
    )
)
"""What tokens can say together, as letters of their codes; the first that fits holds."""
