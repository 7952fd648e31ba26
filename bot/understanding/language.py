"""Which language a message is in, and how sure that is."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.i18n import N_, Message, spoken_languages
from bot.knowledge.library import Knowledge
from bot.knowledge.values import LANGUAGES, Language
from bot.understanding.linear_model import LinearModel
from bot.understanding.model import Mention
from bot.understanding.text import MASKS, normalise, words

DEFAULT: Language = "fi"

SURE, LIKELY = 0.9, 0.7
"""From which probability the words of a short message, and of a longer one, decide against a hint.
"""

ODDS_OF_FEW, ODDS = 30.0, 3.0
"""How many times likelier than the hint the language of a short or longer message must be."""

UNHINTED = 0.6
"""From which probability the words of a short message decide where there is no hint."""

FEW_WORDS = 2
"""Words up to which a message is short."""

FEW_IN_TALK = 4
"""Words up to which a message of such as `hello`, `nej`, `link` goes on in the talk's language."""

INTERNATIONAL = frozenset(
    [
        *(
            "app",
            "facebook",
            "fb",
            "gps",
            "info",
            "internet",
            "link",
            "messenger",
            "nr",
            "ok",
            "okay",
        ),
        *("online", "pdf", "pm", "sms", "teams", "tel", "tv", "url", "web", "whatsapp", "wifi"),
        *("www", "zoom"),
    ]
)
"""Folded words that are written alike in several languages, so that they tell of none."""


@dataclass(frozen=True)
class LanguageHints:
    """What suggests a language before the message is read."""

    conversation: Language | None = None
    """The language of the last message."""
    locale: str | None = None
    """The client's, such as `sv-FI`."""


def from_locale(locale: str | None) -> Language | None:
    """The bot's language for a locale; None for a language that it does not speak."""
    code = re.split("[-_.]", locale or "")[0].lower()
    return next((language for language in LANGUAGES if language == code), None)


def usual_language(locale: str | None = None) -> Language:
    """The language of a locale where the community speaks it, else the community's usual one: for
    what is said without any content at hand."""
    spoken = spoken_languages() or (DEFAULT,)
    known = from_locale(locale)
    if known and (known in spoken or not spoken_languages()):
        return known
    return from_locale(spoken[0]) or DEFAULT


def own_locale() -> str | None:
    """The locale of whoever started the program."""
    return next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), None)


class LanguageFinder:
    """Detects the language by the words; of short messages by the hints and names as well."""

    def __init__(self, knowledge: Knowledge, model: LinearModel) -> None:
        self._model = model
        self._spoken = knowledge.languages
        self._names = _names_of_one_language(knowledge)
        self._small_words: dict[Language, frozenset[str]] = {
            language: frozenset(words(lexicon.follow_up_words))
            for language, lexicon in knowledge.lexicons.items()
        }

        lexicons = knowledge.lexicons.values()
        said_anywhere = (" ".join((one.talk.anywhere, one.yes, one.no)) for one in lexicons)
        self._anywhere = INTERNATIONAL.union(*map(words, said_anywhere))

    def find(
        self, message: Sequence[str], mentions: Sequence[Mention], hints: LanguageHints
    ) -> tuple[Language, Message]:
        """The language, and why, in a few words for `explain`."""
        spoken = [word for word in message if word not in MASKS and word not in INTERNATIONAL]
        if spoken:
            probabilities = self._model.probabilities(spoken)
            best = int(probabilities.argmax())
            language: Language = self._model.classes[best]  # type: ignore[assignment]
            chance = float(probabilities[best])
            few = len(spoken) <= FEW_WORDS
            if language not in self._spoken:
                if chance >= SURE and not few:
                    return language, N_("its words ({probability})", probability=f"{chance:.0%}")
                # It may be a slip: the likeliest of those that are spoken.
                classes = [*map(str, self._model.classes)]
                chances = {one: float(probabilities[classes.index(one)]) for one in self._spoken}
                language = max(self._spoken, key=chances.__getitem__)
                chance = chances[language]
            # `ja` is a word of Swedish too, but `ja Vaasassa?` continues in Finnish.
            hinted = self._hint(hints)
            if hinted:
                of_hint = float(probabilities[self._model.classes.index(hinted)])
                odds = ODDS_OF_FEW if few else ODDS
                decides = chance >= (SURE if few else LIKELY) and chance >= odds * of_hint
                decides = decides or language == hinted
            else:
                decides = not few or chance >= UNHINTED
            small = self._small_words[hinted or self._spoken[0]]
            continues = few and small.issuperset(spoken)
            if hints.conversation and len(spoken) <= FEW_IN_TALK:
                continues |= all(word in self._anywhere or word in small for word in spoken)
            if decides and not continues:
                return language, N_("its words ({probability})", probability=f"{chance:.0%}")
        if not self._hint(hints):
            for mention in mentions:
                named = self._names.get(normalise(mention.text))
                if named in self._spoken:
                    return named, N_("the name `{name}`", name=mention.text)
        return self.hinted(hints)

    def _hint(self, hints: LanguageHints) -> Language | None:
        """The language that is suggested, where it is spoken."""
        suggested = (hints.conversation, from_locale(hints.locale))
        return next((one for one in suggested if one in self._spoken), None)

    def hinted(self, hints: LanguageHints) -> tuple[Language, Message]:
        """The language that is suggested besides the message, and why."""
        if hints.conversation in self._spoken:
            return hints.conversation, N_("the conversation's language")
        if (known := from_locale(hints.locale)) in self._spoken:
            return known, N_("the client's locale ({locale})", locale=hints.locale)
        return self._spoken[0], N_("the default")


def _names_of_one_language(knowledge: Knowledge) -> Mapping[str, Language]:
    """Names that are Swedish or English only: Jakobstad, Lapland."""
    found: dict[str, Language] = {}
    if "fi" not in knowledge.languages:
        return found
    finnish = {normalise(place.fi) for place in knowledge.municipalities.values()}
    finnish |= {normalise(region.fi) for region in knowledge.regions.values()}
    for region in knowledge.regions.values():
        found.setdefault(normalise(region.en), "en")
    for municipality in knowledge.municipalities.values():
        found[normalise(municipality.sv)] = "sv"
    for region in knowledge.regions.values():
        found[normalise(region.sv)] = "sv"
    return {name: language for name, language in found.items() if name not in finnish}
