"""The catalogues of texts as files that an editor changes: what is wrong in them, as findings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bot.i18n import N_, CatalogueFault, Message, read_catalogues
from bot.i18n.catalogue import LANGUAGE_CODE, Catalogues, is_translated, read_catalogue
from bot.knowledge.yaml_source import ContentError, Finding
from bot.shipped import shipped

MAX_UNUSED = 5
"""Texts of a file that are named as no longer said: after an upgrade there may be many."""


def read_texts(folder: Path) -> Catalogues:
    """The catalogues of a folder; raises ContentError with all that is wrong in them.

    What they do not translate is said as the program was shipped with it: an editor's copy may be
    older than the program, or lack an entry.
    """
    own = folder.resolve() != shipped("locale").resolve()
    fallback = read_catalogues(shipped("locale"))[0] if own else None
    catalogues, faults = read_catalogues(folder, fallback)
    if faults:
        raise ContentError([Finding(one.path, one.line, _sentence(one)) for one in faults])
    if not any(folder.glob("*.po")):
        missing = N_(
            "there is no file of texts here, such as fi.po; put it back, or name its folder"
        )
        raise ContentError([Finding(folder, 1, missing)])
    return catalogues


def text_warnings(folder: Path) -> Iterator[Finding]:
    """What a folder of one's own has otherwise than the shipped one, file by file."""
    home = shipped("locale")
    if folder.resolve() == home.resolve():
        return
    for path in sorted(folder.iterdir()):
        meant = ".po" in path.suffixes or path.suffix.lower() == ".po"
        if meant and not (path.suffix == ".po" and LANGUAGE_CODE.fullmatch(path.stem)):
            said = N_("this file is not read: its name must be that of a language, such as fi.po")
            yield Finding(path, 1, said, "warning")
    for path in sorted(home.glob("*.po")):
        if not (folder / path.name).exists():
            said = N_("there is no such file: the shipped texts are used in its place")
            yield Finding(folder / path.name, 1, said, "warning")
    for path in sorted(folder.glob("*.po")):
        yield from _file_warnings(path, home / "en.po")


def _file_warnings(path: Path, texts: Path) -> Iterator[Finding]:
    """`texts` is a file with every text of the program."""
    catalog, _ = read_catalogue(path)
    shipped_one, _ = read_catalogue(texts)
    if catalog is None or shipped_one is None:
        return
    wanted = {(entry.context, entry.id) for entry in shipped_one if entry.id}
    entries = {(entry.context, entry.id): entry for entry in catalog if entry.id}
    unused = [entry for key, entry in entries.items() if key not in wanted]
    for entry in unused[:MAX_UNUSED]:
        said = N_(
            "the program does not say this text: change the line that begins with msgstr, not the "
            "one with msgid"
        )
        yield Finding(path, entry.lineno or 1, said, "warning")
    if path.stem == texts.stem:
        return
    missing = [key for key in wanted if key not in entries or not is_translated(entries[key])]
    if missing:
        first = min(text if isinstance(text, str) else text[0] for _, text in missing)
        said = N_(
            "texts without a translation here: {count}, such as `{text}`; they are said as the "
            "program was shipped with them",
            count=len(missing),
            text=first[:60],
        )
        yield Finding(path, 1, said, "warning")


def _sentence(fault: CatalogueFault) -> Message:
    match fault.code:
        case "missing":
            return N_("the translation lacks {name}: write it where it belongs", name=fault.detail)
        case "unknown":
            return N_(
                "{name} is no name of the English text: names in braces stay as they are",
                name=fault.detail,
            )
        case "braces":
            return N_(
                "braces hold a name alone, such as those of the English text, and come in pairs: "
                "{original}",
                original=fault.detail,
            )
        case "encoding":
            return N_("this line is not UTF-8; save the file with the encoding UTF-8")
        case "plural":
            return N_(
                "the rule of plurals cannot be read ({original}); put back the line as it was",
                original=fault.detail,
            )
        case "syntax":
            return N_(
                "this line cannot be read ({original}): msgid or msgstr is followed by a text in "
                'quotes, and a quote inside it is written \\"',
                original=fault.detail,
            )
        case _:
            return N_("the texts cannot be read: {original}", original=fault.detail)
