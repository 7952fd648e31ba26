"""The catalogues of translated texts, read from `.po` files as they are; nothing is compiled."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from gettext import NullTranslations
from pathlib import Path
from string import Formatter

from babel.core import UnknownLocaleError
from babel.messages.catalog import Catalog
from babel.messages.catalog import Message as Entry
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from babel.support import Translations

from bot.shipped import shipped

SOURCE_LANGUAGE = "en"
"""The language of the texts in the code."""

_UNTRANSLATED = NullTranslations()
_LINE = re.compile(r'(#.*|((msgctxt|msgid|msgid_plural|msgstr(\[\d\])?)\s*)?"([^"\\]|\\.)*")?')
"""A line of a .po file: a comment, or a text in quotes with what it is."""

LANGUAGE_CODE = re.compile(r"[a-z]{2,3}")

MAY_BE_LEFT_OUT = frozenset({"count", "original"})
"""Placeholders without which a translation says the same: a number of one ("one meeting"), and the
English words of another program that it puts in words of its own, with other values at hand."""

MAX_CACHED_FILES = 32
MAX_TRIED_COUNT = 200
"""Numbers for which the rule of plurals is tried; no language's rule looks further than 100."""
MAX_BYTES = 2_000_000
"""The largest file that is read; ours are a twentieth of it."""

Catalogues = Mapping[str, NullTranslations]
"""Translations by language."""


@dataclass(frozen=True)
class CatalogueFault:
    """What is wrong in a file of texts."""

    path: Path
    line: int
    code: str
    """`unreadable`, `encoding`, `syntax`, `plural`; or of names in braces `missing`, `unknown`,
    `braces`."""
    detail: str
    """The name in braces, the line, or what the parser said."""


def read_catalogues(
    folder: Path, fallback: Catalogues | None = None
) -> tuple[dict[str, NullTranslations], list[CatalogueFault]]:
    """Every `LANGUAGE.po` of a folder, and what is wrong; a file with a fault is left out.

    What a file does not translate is said as `fallback` says it, its languages too.
    """
    catalogues = dict(fallback or {})
    faults: list[CatalogueFault] = []
    for path in sorted(folder.glob("*.po")):
        if not LANGUAGE_CODE.fullmatch(path.stem):
            continue
        try:
            stat = path.stat()
        except OSError as error:
            faults.append(CatalogueFault(path, 1, "unreadable", str(error.strerror)))
            continue
        translations, found = _read_translations(path, stat.st_mtime_ns, stat.st_size)
        faults += found
        if translations is None:
            continue
        if path.stem in catalogues:
            translations = copy(translations)  # The cached one keeps without a fallback.
            translations.add_fallback(catalogues[path.stem])
        catalogues[path.stem] = translations
    return catalogues, faults


@lru_cache(MAX_CACHED_FILES)
def _read_translations(
    path: Path, _mtime: int, _size: int
) -> tuple[NullTranslations | None, tuple[CatalogueFault, ...]]:
    """A file as it was last changed: a start reads the folder twice, a reload only what changed."""
    catalog, faults = read_catalogue(path)
    if catalog is None or faults:
        return None, tuple(faults)
    try:
        return _compiled(catalog), ()
    except (ValueError, ArithmeticError, RecursionError, OverflowError) as error:
        lines = enumerate(path.read_text("utf-8-sig").splitlines(), 1)
        head = (number for number, line in lines if "plural-forms" in line.lower())
        return None, (CatalogueFault(path, next(head, 1), "plural", str(error)),)


def _compiled(catalog: Catalog) -> NullTranslations:
    """The catalogue as gettext reads it; raises an error where its rule of plurals is none."""
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    translations = Translations(compiled)
    forms = {translations.plural(count) for count in range(MAX_TRIED_COUNT)}
    if not forms <= set(range(catalog.num_plurals)) or len(forms) < min(catalog.num_plurals, 2):
        raise ValueError(f"nplurals={catalog.num_plurals}")
    return translations


def read_catalogue(path: Path) -> tuple[Catalog | None, list[CatalogueFault]]:
    """One file with its faults; no catalogue where it cannot be read at all.

    Its rule of plurals is tried where it is compiled, for `read_catalogues`.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            return None, [CatalogueFault(path, 1, "unreadable", f"> {MAX_BYTES:,} bytes")]
        raw = path.read_bytes()
    except OSError as error:
        return None, [CatalogueFault(path, 1, "unreadable", str(error.strerror))]
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return None, [CatalogueFault(path, raw[: error.start].count(b"\n") + 1, "encoding", "")]
    # Babel lets a missing or a doubled quote pass, and says less than stands there.
    for number, line in enumerate(text.splitlines(), 1):
        if not _LINE.fullmatch(line.strip()):
            return None, [CatalogueFault(path, number, "syntax", line.strip()[:60])]
    try:
        catalog = read_po(io.StringIO(text), locale=path.stem, abort_invalid=True)
    except PoFileError as error:
        return None, [CatalogueFault(path, error.lineno + 1, "syntax", str(error.args[0]))]
    except (ValueError, LookupError, UnknownLocaleError) as error:
        return None, [CatalogueFault(path, 1, "unreadable", str(error))]
    catalog.charset = "utf-8"  # Whatever the head says: the file was read as that.
    return catalog, list(_wrong_placeholders(path, catalog))


def _wrong_placeholders(path: Path, catalog: Catalog) -> Iterator[CatalogueFault]:
    for entry in catalog:
        if not entry.id:
            continue
        wanted = placeholders(_texts(entry.id)[-1]) or set()
        # Where another program's words are said in others, more values are at hand.
        closed = "original" not in wanted
        for text in filter(None, _texts(entry.string)):
            found = placeholders(text)
            if found is None:
                fault = "braces", text[:60]
            elif closed and (unknown := found - wanted):
                fault = "unknown", f"{{{min(unknown)}}}"
            elif missing := wanted - found - MAY_BE_LEFT_OUT:
                fault = "missing", f"{{{min(missing)}}}"
            else:
                continue
            yield CatalogueFault(path, entry.lineno or 1, *fault)
            break


def _texts(text: str | Sequence[str] | None) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text or ())


def placeholders(text: str) -> set[str] | None:
    """The names in braces that a text has; None where braces hold anything but a name."""
    try:
        fields = [field for field in Formatter().parse(text) if field[1] is not None]
    except ValueError:
        return None
    if any(
        spec or conversion or not str(name).isidentifier() for _, name, spec, conversion in fields
    ):
        return None
    return {str(name) for _, name, _, _ in fields}


def is_translated(entry: Entry) -> bool:
    """Whether an entry says something in its language, in every plural form.

    One marked `fuzzy`, as translators' tools mark what is to be looked at, is not said.
    """
    return not entry.fuzzy and bool(entry.string) and all(_texts(entry.string))


_installed: Catalogues | None = None


def install(catalogues: Catalogues) -> None:
    """Takes catalogues into use in this process, at once and as a whole."""
    global _installed
    _installed = dict(catalogues)


def _in_use() -> Catalogues:
    if _installed is None:
        install(read_catalogues(shipped("locale"))[0])
    assert _installed is not None
    return _installed


def translations(language: str) -> NullTranslations:
    """The translations of a language; the texts of the code where there are none."""
    return _in_use().get(language, _UNTRANSLATED)


def languages() -> tuple[str, ...]:
    """The languages that texts can be said in, the one of the code included."""
    return tuple(sorted({SOURCE_LANGUAGE, *_in_use()}))


def own_language() -> str:
    """The language of whoever started the program; English where there are no texts in it."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    locale = next(filter(None, map(os.environ.get, names)), "")
    code = re.split("[-_.]", locale)[0].lower()
    return code if code in languages() else SOURCE_LANGUAGE
