"""The words of times, and the parts of expressions that the rules share."""

from __future__ import annotations

from collections.abc import Sequence

_MONTH_NAMES = {
    "fi": "tammi helmi maalis huhti touko kesa heina elo syys loka marras joulu",
    "sv": "januari februari mars april maj juni juli augusti september oktober november december",
    "en": "january february march april may june july august september october november december",
}
MONTHS = {language: names.split() for language, names in _MONTH_NAMES.items()}
"""The names of the months, the stems of the Finnish ones."""
SHORT_MONTHS = ["jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec"]
NUMBERS = {
    **{"a": 1, "an": 1, "yhden": 1, "en": 1, "ett": 1, "one": 1},
    **{"parin": 2, "kahden": 2, "ett par": 2, "tva": 2, "a couple of": 2, "two": 2},
    **{"pari": 2, "kaksi": 2, "kolme": 3, "nelja": 4},
    **{"kolmen": 3, "tre": 3, "three": 3, "neljan": 4, "fyra": 4, "four": 4},
    **{"viiden": 5, "fem": 5, "five": 5, "kuuden": 6, "sex": 6, "six": 6},
}
"""How many days, weeks or months ahead, as written between `in` and `weeks`."""
WEEKDAYS = {
    "fi": ["maanantai", "tiistai", "keskiviikko", "torstai", "perjantai", "lauantai", "sunnuntai"],
    "sv": ["mandag", "tisdag", "onsdag", "torsdag", "fredag", "lordag", "sondag"],
    "en": ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
}


def month_number(name: str) -> int:
    """The number of a month, by a word that begins with its name in any of the languages."""
    for names in MONTHS.values():
        for number, stem in enumerate(names, 1):
            if name.startswith(stem):
                return number
    return SHORT_MONTHS.index({"oct": "okt", "may": "maj"}.get(name[:3], name[:3])) + 1


def weekday_number(name: str) -> int:
    """The number of a day of the week from Monday, 0, by a word that begins with its name."""
    for names in WEEKDAYS.values():
        for number, stem in enumerate(names):
            if name.startswith(stem):
                return number
    raise AssertionError(name)


def one_of(names: Sequence[str]) -> str:
    """An expression for any of some words."""
    return "|".join(names)


FI_MONTH = (
    rf"(?P<name>(?:{one_of(MONTHS['fi'])})ku(?:u(?:n|ssa|s|lle|hun|ta)?|inen|is\w{{1,6}}))"
    r"(?:kin|ko|kohan|han)?"
)
SV_EN_MONTH = rf"(?P<name>{one_of(sorted({*MONTHS['sv'], *MONTHS['en']}))})"
YEAR = r"(?: (?P<year>20\d\d))?"
FI_DAY = rf"(?P<name>{one_of(WEEKDAYS['fi'])})(?:na|sin|ksi|ks|nen|n|lle)?"
SV_EN_DAY = rf"(?P<name>{one_of([*WEEKDAYS['sv'], *WEEKDAYS['en']])})(?:en|s)?"

SV_GATHERING = r"(?P<rest>(?:traff|mot|kaff|gang|seminari|evenemang|tillstallning)\w*)"
"""What a Swedish month is written together with: `majträffen`."""
EN_GATHERING = (
    r"(?:ones?|meetings?|coffees?|sessions?|gatherings?|events?|seminars?|meet-?ups?"
    r"|get-togethers?|morning|network|agenda|programme?)"
)
"""With what a month that is also another word is a month: `the May one`."""

A_DAY = rf"(?:(?:{one_of([day for days in WEEKDAYS.values() for day in days])})\w{{0,4}} )?"
"""The day of the week before a date, which says no more than the date."""
EARLY = r"(?P<early>alussa|alkupuolella|alkuun|alkupuolelle)"
MID = r"(?P<mid>puolivalissa|puolessavalissa|puolivaliin)"
LATE = r"lopussa|loppupuolella|loppuun|loppupuolelle"
FI_NUMBER = r"\d{1,2}|yhden|parin|kahden|kolmen|neljan|viiden|kuuden"
SV_NUMBER = r"\d{1,2}|en|ett par|tva|tre|fyra|fem|sex"
EN_NUMBER = r"\d{1,2}|a couple of|a|one|two|three|four|five|six"

# What `i vår` is no spring before: `i vår kommun`.
OURS = (
    r"(?:kommun|forening|region|grupp|trakt|stad|by\b|anda|del|kor|natverk|landskap|bygd|organisation"
    r"|klubb|skol|forsamling|avdelning|enhet|teater|orkester|verksamhet)"
)
