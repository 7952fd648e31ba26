"""What a reader sees is what is there: no hidden characters, no links to elsewhere.

Every text that is posted passes here once, where it comes in: YAML files, forms, the API, rows of
the database. Finnish, Swedish and emoji stay as they are.
"""

from __future__ import annotations

import re
from itertools import chain
from unicodedata import category, name, normalize

from yarl import URL

from bot.i18n import N_, Message

_HIDDEN = re.compile(
    # Control characters and halves of characters.
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff"
    # What turns the direction of writing, so that `exe.txt` reads as another name.
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
    # What has no width: soft hyphens, joiners, fillers, marks of annotations.
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u2060-\u2065\u206a-\u206f"
    "\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    # Tags, which can carry a whole hidden text, and variants of ideographs.
    "\U000e0000-\U000e0fff]"
)

_JOINERS = re.compile("[\u200c\u200d\ufe0e\ufe0f]")
"""Have no width either, and are needed in emoji and in some scripts, there alone."""

_JOINING = frozenset({"Lo", "Mn", "Mc"})
"""Categories of the letters and marks of scripts whose letters join."""

_BLANK = frozenset("\u2800\ufffc\U0001d159")
"""Signs that show nothing: Braille without dots, what stands for an object, the head of a note."""

_ADDRESS = re.compile(r"(?:https?:[/\\]*|\bwww\.)[^\s<>\"]+", re.IGNORECASE)
_HOST = re.compile(r"https?:[/\\]*([^/?#]*)", re.IGNORECASE)
"""Browsers take any number of slashes, also turned ones, for two."""

_BARE_HOST = re.compile(r"(?:[^\W_]|-)+(?:\.(?:[^\W_]|-)+)*\.[a-z]{2,}\b", re.IGNORECASE)
"""A name that clients make a link of though it does not begin like one."""

_MANY_LETTERS = frozenset("æøßœþðłđħŋŧ")
"""Latin letters of European languages that are no letter of ASCII with a mark."""

_LOOKS_LATIN = frozenset({"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU"})
"""Scripts that have letters which look like Latin ones."""

_EAST_ASIAN = frozenset({"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO"})
"""Scripts that are written together, and with Latin."""


def visible(text: str) -> str:
    """The text without what cannot be seen; line breaks and tabs stay."""
    if text.isascii() and text.isprintable():
        return text
    text = _HIDDEN.sub("", text)
    return _JOINERS.sub(_needed, text)


def _needed(found: re.Match[str]) -> str:
    text, at = found.string, found.start()
    before = text[at - 1] if at else " "
    after = text[at + 1] if at + 1 < len(text) else " "
    sign = found[0]
    kind, next_kind = category(before), category(after)
    if sign in "\ufe0e\ufe0f":
        # How a sign is drawn: ☀ or ☀️, 1️⃣, ℹ️.
        return sign if kind[0] == "S" or kind in ("Po", "Pd", "Nd") or before == "ℹ" else ""
    if kind in _JOINING and next_kind in _JOINING and before not in "\ufe0e\ufe0f":
        return sign
    joins_emoji = sign == "\u200d" and (kind in ("So", "Sk") or before == "\ufe0f")
    return sign if joins_emoji and next_kind in ("So", "Sm") else ""


def shows(text: str) -> bool:
    """Whether there is anything to see in a text."""
    return any(category(char)[0] in "LNPS" and char not in _BLANK for char in text)


def hidden_host(text: str) -> str | None:
    """The true host of the first address in a text that seems to lead elsewhere; None for none.

    Such is an address with a name before an @, or whose host has letters that look like others:
    of several alphabets, or Latin ones that no language of Europe writes. It is refused rather
    than shown in another way, since each client shows a link as it likes.
    """
    found = _first_elsewhere(text)
    return found and found[1]


def leads_elsewhere(text: str) -> Message | None:
    """What is said of the first such address in a text of a file; None where there is none."""
    found = _first_elsewhere(text)
    return found and N_(
        "`{given}` does not lead where it seems to, but to {host}: write it without a name "
        "before an @, and in letters of one alphabet",
        given=found[0],
        host=found[1],
    )


def _first_elsewhere(text: str) -> tuple[str, str] | None:
    # Looked for only where one may be: files hold thousands of phrases, and searching takes long.
    small = text.lower()
    if "http" in small or "www." in small:
        for address in _ADDRESS.findall(text):
            if host := _elsewhere(address):
                return address, host
    if "." in text and not text.isascii():
        for name_ in chain.from_iterable(_BARE_HOST.findall(w) for w in text.split() if "." in w):
            if not all(map(_is_of_one_alphabet, name_.split("."))):
                return name_, _encoded(name_)
    return None


def _encoded(host: str) -> str:
    try:
        return URL(f"https://{host}").raw_host or host
    except ValueError:
        return host


def _elsewhere(found: str) -> str | None:
    address = f"https://{found}" if found[:4].lower() == "www." else found
    match = _HOST.match(address)
    place = match[1] if match else ""
    if not re.search(r"[^a-zA-Z0-9.:\[\]-]", place) and "xn--" not in place.lower():
        return None
    # Browsers take a backslash for a slash, other programs do not.
    if re.search(r"[@\\%]", place):
        return place.rpartition("@")[2] or place
    try:
        url = URL(f"https://{place.rstrip('.,;:!?)')}")
        host, encoded = url.host or "", url.raw_host or ""
    except ValueError:
        return place
    if normalize("NFC", place.partition(":")[0]).lower().rstrip(".,;!?)") not in (
        host,
        encoded,
    ):
        return encoded
    if not _is_of_one_alphabet(host):
        return encoded
    return None


def _is_of_one_alphabet(host: str) -> bool:
    whole: set[str] = set()
    for label in host.split("."):
        scripts = {_script(char) for char in label if not char.isascii() or char.isalpha()}
        if "" in scripts or (len(scripts) > 1 and not scripts <= _EAST_ASIAN | {"LATIN"}):
            return False
        whole |= scripts
    return not ("LATIN" in whole and whole & _LOOKS_LATIN)


def _script(char: str) -> str:
    """The script of a letter, by its name; "" for a letter that may not stand in a host."""
    if category(char)[0] in "MN":
        return "LATIN" if char.isascii() else "MARK"
    script = name(char, "").partition(" ")[0]
    if script == "LATIN" and not char.isascii():
        plain = normalize("NFD", char)[0]
        return script if plain.isascii() or char in _MANY_LETTERS else ""
    return script
