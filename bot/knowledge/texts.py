"""The catalogues of texts as files that an editor changes: what is wrong in them, as findings."""

from __future__ import annotations

from pathlib import Path

from bot.i18n import N_, CatalogueFault, Message, read_catalogues
from bot.i18n.catalogue import Catalogues
from bot.knowledge.yaml_source import ContentError, Finding


def read_texts(folder: Path) -> Catalogues:
    """The catalogues of a folder; raises ContentError with all that is wrong in them."""
    catalogues, faults = read_catalogues(folder)
    if faults:
        raise ContentError([Finding(one.path, one.line, _sentence(one)) for one in faults])
    if not catalogues:
        # Without any, everything would be said in English.
        missing = N_(
            "there is no file of texts here, such as fi.po; put it back, or name its folder"
        )
        raise ContentError([Finding(folder, 1, missing)])
    return catalogues


def _sentence(fault: CatalogueFault) -> Message:
    match fault.code:
        case "placeholders":
            return N_(
                "the names in braces must be those of the English text: {names}",
                names=fault.detail,
            )
        case "syntax":
            return N_(
                "this is no line of a .po file ({original}); put the text in quotes, and write "
                'a quote inside it as \\"',
                original=fault.detail,
            )
        case _:
            return N_("the texts cannot be read: {original}", original=fault.detail)
