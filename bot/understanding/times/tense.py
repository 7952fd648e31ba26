"""Whether a message asks about what was or about what comes: `oliko lokakuussa`, `in October`."""

from __future__ import annotations

import re
from enum import Enum


class Tense(Enum):
    """Which of the Octobers a message means that names none."""

    COMING = "coming"
    PAST = "past"
    NEAREST = "nearest"
    """`was it in October`, of a meeting that was spoken of: what is remembered may be to come."""


_IT = r"(?P<it> (?:se|ne|it|they|den|de|nu)\b)?"

# Folded words. Swedish `var` asks for a place as well, so it tells only before its subject.
_PAST = re.compile(
    r"\b(?:"
    rf"oli(?:ko|kos|kohan|ks|vatko|vat|han)?{_IT}"
    r"|(?:pidettiin|jarjestettiin|tavattiin|kokoonnuttiin|kahviteltiin|nahtiin|oltiin)(?:ko|ks)?"
    r"|(?:kokoontui|tapasi|jarjesti|tapahtui)(?:vat|tte)?(?:ko)?|kokoonnuitte(?:ko)?|ollut|olleet"
    r"|var (?:det|dar|nagon|nagot|nan|nat|ni|vi|var|motet|traffen|motena|traffarna|morgonkaffet)\b"
    r"(?P<it2> nu\b)?"
    r"|var? de (?:nat|nan|nagot|nagon|nagra)\b"
    r"|var(?P<it3> (?:den|de)\b)"
    r"|holls|fanns|hade (?:ni|de|dom|vi|natverket)|har (?:det|ni|de|natverket) haft"
    r"|ordnades|traffades|samlades|traffats|varit|agde rum|hande\b"
    rf"|(?:was|were){_IT.replace('it', 'it4', 1)}"
    r"|did (?:you|they|we|the|one|any|anything)|took place|happened|has been held"
    r"|(?:has|have|had) (?:there|they|you|we|it) (?:ever )?(?:been|met|had)"
    r")"
)
_COMING = re.compile(
    r"\b(?:tulossa|tulevat?|seuraavan?|seuraavat|nasta|kommande|foljande|next|upcoming|coming)\b"
)
"""Words by which a message asks about what comes, whatever it tells of before."""


def tense_of(line: str) -> Tense:
    """The tense of a message, by its folded words with single spaces between."""
    said = _PAST.search(line)
    if said is None or _COMING.search(line):
        return Tense.COMING
    return Tense.NEAREST if any(said.groups()) else Tense.PAST
