"""The inflected forms of names: Finnish cases by rule, Swedish and English genitives.

The rules give too many forms rather than too few. A form that nobody uses costs a little memory;
a missing one costs an answer. Names that no rule fits have `forms:` in content/.
"""

from __future__ import annotations

import re

from bot.understanding.text import normalise

VOWELS = "aeiouyäöå"

# Consonant gradation before the last vowel: strong grade, weak grades (Finnish grammar, VISK § 41).
_GRADES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("kk", ("k",)),
    ("pp", ("p",)),
    ("tt", ("t",)),
    ("nk", ("ng",)),
    ("nt", ("nn",)),
    ("lt", ("ll",)),
    ("rt", ("rr",)),
    ("mp", ("mm",)),
    ("ht", ("hd", "h")),  # and in speech: Lahessa
    ("lk", ("l", "lj")),
    ("rk", ("r", "rj")),
    ("hk", ("h",)),
    ("lp", ("lv",)),
    ("rp", ("rv",)),
    ("k", ("", "v")),
    ("p", ("v",)),
    ("t", ("d",)),
)
_UNGRADED = ("sk", "tk", "st", "sp", "ts", "kt", "pt")

# Vowel harmony depends on where a compound is joined, which is not known: endings come in both.
_SHARED = ("ssa", "ssä", "sta", "stä", "lla", "llä", "lta", "ltä", "lle", "ksi", "s", "l")
_LOCAL_CASES = (*_SHARED, "n", "st", "lt", "ks")
_PLURAL_CASES = (*_SHARED, "in", "hin", "en", "den", "ta", "tä")

# The first part of these compounds is inflected too: Uudessakaupungissa, Uudellamaalla.
_INFLECTED_FIRST_PARTS = {
    "uusi": "uuden uudessa uudesta uuteen uudella uudelta uudelle uutta",
    "iso": "ison isossa isosta isoon isolla isolta isolle isoa",
    "vanha": "vanhan vanhassa vanhasta vanhaan vanhalla vanhalta vanhalle",
}


def name_forms(name: str, language: str) -> set[str]:
    """The forms of a name in a language (`fi`, `sv` or `en`), normalised; its own among them."""
    base = normalise(name)
    if language == "fi":
        return finnish_forms(base)
    ending = "" if base.endswith(("s", "x", "z")) else "s"
    forms = {base, base + ending}
    if language == "en":
        forms |= {base + "'s", base + "'"}
    else:
        forms |= {base + ":s"}
    return forms


_THREE_ALIKE = re.compile(rf"([{VOWELS}])\1\1")
"""No Finnish word has that: what rules make of Akaa is not all a word."""


def finnish_forms(base: str) -> set[str]:
    """The Finnish case forms of a normalised name; of several words, the last is inflected."""
    head, last = _split_last_word(base)
    forms = {head + form for form in _word_forms(last)}
    for first, inflected in _INFLECTED_FIRST_PARTS.items():
        if last.startswith(first) and len(last) > len(first) + 2:
            rest = _word_forms(last[len(first) :])
            forms |= {head + part + form for part in inflected.split() for form in rest}
    return {form for form in forms if not _THREE_ALIKE.search(form)}


_INHABITANTS = re.compile(r"\w+").findall(
    "nen sen sta stä sena senä seen sella sellä selta seltä selle set sten sia siä sina sinä siin "
    "silla sillä silta siltä sille"
)


def inhabitant_forms(name: str) -> set[str]:
    """The case forms of the Finnish word for who lives in a place: Tampere, `tamperelaisille`.

    `name` is normalised; names of several words and those in -nen have none here.
    """
    if not name.isalpha() or name.endswith("nen"):
        return set()
    stems = {name, f"{name[:-1]}e"} if name.endswith("i") else {name}
    middle = "lai" if set(name) & set("aou") else "läi"
    return {f"{stem}{middle}{ending}" for stem in stems for ending in _INHABITANTS}


def _split_last_word(base: str) -> tuple[str, str]:
    cut = max(base.rfind(" "), base.rfind("-")) + 1
    return base[:cut], base[cut:]


def _word_forms(word: str) -> set[str]:
    forms = {word}
    if len(word) < 2:
        return forms
    weak, strong, plural = _stems(word)
    for stem in weak:
        forms |= {stem + ending for ending in _LOCAL_CASES}
    for stem in strong | weak:
        forms |= _strong_forms(stem)
    for stem in plural:
        forms |= {stem + ending for ending in _PLURAL_CASES}
    if word.endswith("nen"):
        forms |= {word[:-3] + ending for ending in ("sta", "stä", "sten")}
    for stem in _consonant_stems(word):
        forms |= {stem + "ta", stem + "tä"}
    if word.endswith("t"):
        forms |= {stem[:-1] + "ain" for stem in _strong_grades(word[:-1])}
    return forms


def _consonant_stems(word: str) -> set[str]:
    """What the partitive is made of where no vowel stands before its ending: Tamperetta, Nurmesta,
    Alavutta, Orivettä, Pietarsaarta."""
    if word.endswith("si"):
        return {word[:-2] + "t"}
    if word.endswith("e"):
        return {word + "t"}
    if word.endswith("s"):
        return {word, word[:-1] + "t"}
    if word.endswith(("ri", "ni", "li")):
        return {word[:-1]}
    return {word} if word.endswith("n") else set()


def _strong_forms(stem: str) -> set[str]:
    """Partitive, essive and illative of a vowel stem."""
    vowel = stem[-1]
    forms = {stem + ending for ending in ("a", "ä", "na", "nä", vowel + "n")}
    if len(stem) > 1 and stem[-2] in VOWELS:
        forms |= {stem + ending for ending in ("ta", "tä", "seen", f"h{vowel}n")}
    return forms


def _stems(word: str) -> tuple[set[str], set[str], set[str]]:
    """The vowel stems of a word: before closed syllables, before open ones, and plural."""
    if word.endswith("nen"):
        return {word[:-3] + "se"}, {word[:-3] + "se"}, {word[:-3] + "si"}
    if word.endswith("t") and word[-2] in VOWELS:
        return set(), set(), _plural_stems(word[:-1])
    if word[-1] not in VOWELS:
        stems = {word + "i"}
        if word.endswith("s"):
            body = word[:-1]
            stems |= {body + "kse"}
            if body[-1] in VOWELS:
                stems |= {grade + body[-1] for grade in _strong_grades(body)}
            if body[-1] in "uy":
                stems |= {body + "de", body + "te"}
        elif word.endswith(("n", "l", "r")):
            stems |= {word + "e"}
            if word.endswith("n") and len(word) > 3:
                stems |= {grade + "me" for grade in _strong_grades(word[:-1])}
        return stems, stems, set()
    weak, strong = _weak_grades(word), {word}
    if word.endswith("e"):
        lengthened = {grade + "e" for grade in _strong_grades(word)}
        weak, strong = weak | lengthened, strong | lengthened
    if word.endswith("i"):
        with_e = word[:-1] + "e"
        weak, strong = weak | _weak_grades(with_e), strong | {with_e}
        if word.endswith("si"):
            weak, strong = weak | {word[:-2] + "de"}, strong | {word[:-2] + "te"}
    return weak, strong, set()


def _plural_stems(base: str) -> set[str]:
    stems = set()
    for grade in _strong_grades(base):
        for stem in ({grade[:-1] + "oi"} if grade[-1] in "aä" else set()) | {grade[:-1] + "i"}:
            stems |= {stem, *(_weak_grades(stem))}
    return stems


def _cluster(stem: str) -> tuple[str, str, str] | None:
    match = re.fullmatch(rf"(.*?)([^{VOWELS}]+)([{VOWELS}]{{1,2}})", stem)
    return (match[1], match[2], match[3]) if match else None


def _weak_grades(stem: str) -> set[str]:
    """The stem and its forms with the last consonants in the weak grade."""
    parts = _cluster(stem)
    if parts is None or parts[1].endswith(_UNGRADED):
        return {stem}
    before, consonants, vowels = parts
    for strong, weak in _GRADES:
        if consonants.endswith(strong):
            if len(strong) == 1 and len(consonants) > 1:
                break
            kept = before + consonants[: -len(strong)]
            return {stem, *(kept + grade + vowels for grade in weak)}
    return {stem}


def _strong_grades(stem: str) -> set[str]:
    """The stem and its forms with the last consonants in the strong grade."""
    parts = _cluster(stem)
    if parts is None:
        return {stem}
    before, consonants, vowels = parts
    found = {stem}
    for strong, weak in _GRADES:
        found |= {before + strong + vowels for grade in weak if grade and consonants == grade}
    return found
