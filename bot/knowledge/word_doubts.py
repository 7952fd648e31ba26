"""Words of the shipped texts for which a community has given some forms and not others."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from bot.i18n import N_
from bot.knowledge.doubts import Doubt, Doubts
from bot.knowledge.library import Knowledge
from bot.knowledge.models import ALIKE
from bot.knowledge.values import LANGUAGES, Language

SHORTEST_STEM = 5
"""Letters from which a word that begins like one under `words:` is a form of it."""

OFTEN = 3
"""How many times a form must stand in the texts: rarer ones are compounds of other things."""

_NAMES = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{[^{}]*\}|<[^<>]*>", re.S)


def word_doubts(knowledge: Knowledge) -> Doubts:
    """Forms that still stand in `intents/` as they were shipped: `nätverkets` beside `nätverk`."""
    for language in knowledge.languages:
        words = knowledge.community.words.get(language, {})
        known = {one.casefold() for one in words}
        stems = tuple(one for one in known if len(one) >= SHORTEST_STEM and one.isalpha())
        own = {part for said in words.values() for part in re.findall(r"\w+", said.casefold())}
        left = _forms(knowledge, language, stems) if stems else Counter()
        for word, count in left.most_common():
            if count >= OFTEN and word not in own:
                message = N_(
                    "`{word}` stands in the shipped texts {count} times, but not under `words:`; "
                    "add it with what you say there",
                    word=word,
                    count=count,
                )
                yield Doubt(knowledge.community, ("words", language), message)


def _forms(knowledge: Knowledge, language: Language, stems: tuple[str, ...]) -> Counter[str]:
    files = (*knowledge.intents.values(), *knowledge.details.values())
    texts = (text for file in files for text in _texts(file.model_dump(), language))
    return Counter(
        word
        for text in texts
        for word in re.findall(r"\w+", _NAMES.sub(" ", text).casefold())
        if word.startswith(stems)
    )


def _texts(value: object, language: Language, below: bool = False) -> Iterator[str]:
    """The texts that stand under the name of a language."""
    if isinstance(value, dict):
        for key, each in value.items():
            if key != ALIKE:
                yield from _texts(each, language, key == language if key in LANGUAGES else below)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each, language, below)
    elif isinstance(value, str) and below:
        yield value
