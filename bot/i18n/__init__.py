"""The texts that people read and that do not stand in `intents/`: one gettext file a language.

    from bot.i18n import N_, translator

    _ = translator("sv")                          # says a text in a language now
    _("Register by {day}", day=day)
    _.ngettext("{count} thing needs care", "{count} things need care", count)
    _.pgettext("state of an announcement", "Sent")  # the same English word, other translations

    fault = N_("there is no such file")           # a text whose language is known only later
    fault.said("fi")

The English text in the code is the name of a message; `locale/fi.po` and its like hold the
translations. `python3 dev.py texts` puts new texts into them and takes out unused ones.
"""

from .catalogue import CatalogueFault, install, languages, own_language, read_catalogues
from .message import N_, Message, Translator, error_message, nN_, pN_, said, translator
from .os_error import os_reason
from .own_words import OwnWords, install_community, spoken_languages

__all__ = [
    "N_",
    "CatalogueFault",
    "Message",
    "OwnWords",
    "Translator",
    "error_message",
    "install",
    "install_community",
    "languages",
    "nN_",
    "os_reason",
    "own_language",
    "pN_",
    "read_catalogues",
    "said",
    "spoken_languages",
    "translator",
]
