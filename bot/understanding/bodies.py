"""Bodies that are not ours, where a question is about them: `kuoron vetäjä`, `next AA meeting`.

What is looked at is what stands in the question's argument: before or after a word for what a body
has (`kokous`, `contact person`), after a word of joining or leading, or before the question. A
kind of body there (`yhdistys`, `choir`), a name, or a word of the language that no phrase has is
what is asked about, so that the question is not ours. The words stand in the lexicons
(`arguments:`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence

from bot.knowledge.library import Knowledge
from bot.knowledge.models import Arguments
from bot.knowledge.values import LANGUAGES, Language
from bot.understanding.clauses import SENTENCE_END
from bot.understanding.entities import MaskedMessage
from bot.understanding.text import MASKS, PLACE, words
from bot.understanding.word_cache import WordCache
from bot.understanding.word_patterns import WordPatterns
from bot.understanding.word_table import MIN_LENGTH, is_demonym, load_word_table

IsKnown = Callable[[str], bool]
"""Whether a phrase that the bot answers has a folded word, or nearly that."""

Tells = Callable[[str], float]
"""How much a folded word tells by itself that a question is ours, 0 to 1."""

_OUR_SUFFIX = re.compile(r"\w{3,}mme")
"""A Finnish word with the suffix `our`, folded: `kuoromme`."""

MIN_SMALL_WORDS = 2
"""Words without a capital that show that a message does not begin every word with one."""

MIN_ARGUMENT = 3
"""Letters of the shortest common word that is taken for what is asked about."""

MIN_NAME = 4
"""Letters of the shortest name of an organisation."""

HINTS = 0.15
"""From which a word may be one of those that we have the next of."""

TELLS = 0.3
"""From which a word tells so surely that a question is ours that it is no other body's name:
`facebookgruppen`."""

TOPIC_WORDS = 5
"""Words of the longest name that stands before its question: `4H-kerho Ruovedellä, kenelle soitan`.
"""

_BREAK = re.compile(r"[,:;.!?–—\n]|\s-\s")

_GENITIVE = re.compile(r"\w{2,}(?<!aa)(?<!ee)[aeiouy]n")
"""A Finnish genitive, folded; passives (`pidetään`) and forms of the illative are none."""

_ILLATIVE = re.compile(r"\w{2,}(?:([aeiouy])\1n|seen|(?<!tai)siin|hin|h[aeiouy]n)")
"""A Finnish illative, folded; passives (`päästäisiin`) are none."""

_REGISTERED = re.compile(r"(?:ry|rf)(?::\w+)?")
"""What stands after the name of a registered association, with an ending: `ry:n`."""

_CLITIC = re.compile(r"(?<=\w\w)(?:kaan|kin|han)$")
"""What a Finnish word may have after all its endings, folded: `onkaan`."""

_SYMBOL = re.compile(r"[^\W\d_]*\d+[^\W\d_]+")
"""A name with a digit in it: `4H`, `3C`."""


class _Words:
    """The words of one language."""

    def __init__(
        self, language: Language, arguments: Arguments, is_known: IsKnown, tells: Tells
    ) -> None:
        self.genitive = language == "fi"
        self.asked = WordPatterns([arguments.asked_of])
        self.of = WordPatterns([arguments.of])
        self.joining = WordPatterns([arguments.joining])
        self.leading = WordPatterns([arguments.leading])
        self.following = WordPatterns([arguments.following])
        self.passed = WordPatterns([arguments.passed_over])
        self.bodies = WordPatterns([arguments.bodies])
        self.people = WordPatterns([arguments.people])
        self.selves = WordPatterns([arguments.selves])
        self.yours = WordPatterns([arguments.yours])
        self._is_known, self._tells = is_known, tells
        self.may_be_body = WordCache[bool](self._may_be_body)

    def _may_be_body(self, word: str) -> bool:
        if word in MASKS or len(word) < MIN_ARGUMENT or word[0].isdigit():
            return False
        if word in self.passed or self._tells(word) >= TELLS:
            return False
        if word in self.bodies:
            return True
        if word in self.people or is_demonym(word):
            return False
        bare = _CLITIC.sub("", word) if self.genitive else word
        known = self._is_known(word) or self._is_known(bare)
        return not known and load_word_table().is_word(word)


class BodyReader:
    """Built once per Knowledge and trained model."""

    def __init__(self, knowledge: Knowledge, is_known: IsKnown, tells: Tells) -> None:
        self._words: dict[Language, _Words] = {
            language: _Words(language, lexicon.arguments, is_known, tells)
            for language, lexicon in knowledge.lexicons.items()
        }
        self._is_known, self._tells = is_known, tells
        self._table = load_word_table()
        self._coordinators = tuple(_names_of_coordinators(knowledge, self._table.is_word))

    def addresses_us(self, words: Sequence[str], language: Language) -> bool:
        """Whether masked words speak of us: `who is your contact`."""
        return any(word in self._words[language].yours for word in words)

    def find(
        self,
        masked: MaskedMessage,
        text: str,
        language: Language,
        asked: Collection[int],
        told: Collection[int] = (),
    ) -> str | None:
        """The body that is asked about, as written; None where there is none.

        `asked` are the positions among the masked words of the clauses that ask, `told` those of
        others that say what it is asked about, by the name or the kind of a body.
        """
        known = self._words[language]
        found = self._topic(masked, text, known)
        if found is None:
            found = next(
                (
                    at
                    for at in sorted(asked)
                    if self._is_name(masked, text, at, known)
                    or self._is_argument(masked, text, at, known)
                ),
                None,
            )
        if found is None:
            found = next(
                (
                    at
                    for at in sorted(told)
                    if self._is_name(masked, text, at, known)
                    or (
                        masked.words[at] in known.bodies
                        and self._is_argument(masked, text, at, known)
                    )
                ),
                None,
            )
        return None if found is None else masked.tokens[masked.owners[found]].raw

    def _is_name(self, masked: MaskedMessage, text: str, at: int, known: _Words) -> bool:
        """Whether a word is written as a name and is none of ours."""
        word, place, tokens = masked.words[at], masked.owners[at], masked.tokens
        raw = tokens[place].raw
        if self._is_registered(masked, text, at, known):
            return True
        if raw.isalpha() and raw.islower():
            return False
        if word in MASKS or len(word) < 2 or word in known.passed:
            return False
        if word.startswith(self._coordinators):
            return False
        if any(tokens[one].folded == word for one in masked.name_tokens):
            # `olen Juha Kauppila, sukunimi Kauppila`
            return False
        if sum(not token.capital for token in tokens) < MIN_SMALL_WORDS:
            return False
        token = tokens[place]
        if self._is_symbol(token.raw):
            return not self._is_known(word.split("-")[0])
        between = text[tokens[place - 1].end : token.start] if place else "."
        inside = SENTENCE_END.search(between) is None
        if not (inside and token.capital):
            return False
        # `Iloliike-verkosto` is called by its first part.
        return not self._is_known(word.split("-")[0])

    def _is_registered(self, masked: MaskedMessage, text: str, at: int, known: _Words) -> bool:
        """Whether a word stands before the abbreviation of a registered body: `Värikylpy ry`."""
        words = masked.words
        if at + 1 >= len(words) or words[at] in MASKS or words[at] in known.passed:
            return False
        theirs = any(word in known.selves for word in words[max(at - 2, 0) : at])
        registered = _REGISTERED.fullmatch(words[at + 1]) is not None
        return registered and not theirs and self._joined(masked, text, at, at + 1)

    @staticmethod
    def _is_symbol(raw: str) -> bool:
        """Whether a word is an acronym, or has a digit as a name has: `AA`, `4H-kerho`."""
        letters = raw.split("-")[0].split(":")[0]
        return (len(letters) > 1 and letters.isupper()) or _SYMBOL.fullmatch(letters) is not None

    def _is_argument(self, masked: MaskedMessage, text: str, at: int, known: _Words) -> bool:
        """Whether a common word stands where a question has what it is asked about."""
        words = masked.words
        word = words[at]
        if self._is_next(masked, text, at, known):
            return True
        if not (known.may_be_body[word] or self._is_in_name(masked, text, at, known)):
            return False
        before = self._before(words, at, known)
        if before is not None and words[before] in known.yours:
            return False
        if self._is_theirs(masked, at) or (at and words[at - 1] in known.selves):
            return False
        following = words[at + 1] if at + 1 < len(words) else ""
        body = word in known.bodies
        theirs = any(one in known.selves for one in words)
        if body and at and words[at - 1] == PLACE and not theirs:
            # `Hämeen heimoliitossa`, `Replot byateater`
            return True
        if self._joined(masked, text, at, at + 1) and following in known.asked:
            return body or not known.genitive or _GENITIVE.fullmatch(word) is not None
        if known.genitive:
            near = {*words[max(at - 2, 0) : at], *words[at + 1 : at + 3]}
            if _ILLATIVE.fullmatch(word) and any(one in known.joining for one in near):
                return True
        if before is None or not self._joined(masked, text, before, at):
            return False
        if words[before] in known.leading:
            return True
        if words[before] in known.joining and not known.genitive:
            return True
        if words[before] not in known.of or not before:
            return False
        earlier = words[:before][-3:]
        return any(one in known.asked or one in known.joining for one in earlier)

    def _is_in_name(self, masked: MaskedMessage, text: str, at: int, known: _Words) -> bool:
        """Whether a word is part of a name of several, as its capitals show: `Arts for All`."""
        tokens, place = masked.tokens, masked.owners[at]
        if masked.words[at] in MASKS or masked.words[at] in known.asked or not place:
            return False
        if sum(not token.capital for token in tokens) < MIN_SMALL_WORDS:
            return False
        masks = masked.name_tokens
        beside = [one for one in (place - 1, place + 1) if 0 < one < len(tokens)]
        inside = SENTENCE_END.search(text[tokens[place - 1].end : tokens[place].start]) is None
        named = tokens[place].capital and self._tells(masked.words[at]) < TELLS
        return inside and named and any(tokens[one].capital and one not in masks for one in beside)

    def _is_next(self, masked: MaskedMessage, text: str, at: int, known: _Words) -> bool:
        """Whether the next of something is asked that we never have: `när går nästa buss`."""
        words = masked.words
        if not at or words[at - 1] not in known.following or words[at] in MASKS:
            return False
        if any(words[at] in small for small in (known.of, known.selves, known.yours)):
            return False
        # `next online meeting` has its noun later.
        end = at + 1 + self._joined(masked, text, at, at + 1)
        named = [
            word for word in words[at:end] if word in known.asked or self._tells(word) >= HINTS
        ]
        return not named and words[at] not in known.passed and self._is_ordinary(words[at])

    def _is_ordinary(self, word: str) -> bool:
        return not word[0].isdigit() and (
            len(word) < MIN_LENGTH or self._table.is_word(word) or self._table.is_everyday(word)
        )

    @staticmethod
    def _is_theirs(masked: MaskedMessage, at: int) -> bool:
        """Whether a body is that of who writes: `kuoromme`, `en somalisk kör`."""
        place = masked.owners[at]
        from_there = not masked.origins.isdisjoint(range(place - 2, place))
        return from_there or _OUR_SUFFIX.fullmatch(masked.words[at]) is not None

    @staticmethod
    def _before(words: Sequence[str], at: int, known: _Words) -> int | None:
        """The position of the word before, articles and the like left out."""
        return next((one for one in range(at - 1, -1, -1) if words[one] not in known.passed), None)

    @staticmethod
    def _joined(masked: MaskedMessage, text: str, first: int, last: int) -> bool:
        """Whether no punctuation stands between two words."""
        if last >= len(masked.words):
            return False
        tokens, owners = masked.tokens, masked.owners
        between = text[tokens[owners[first]].end : tokens[owners[last]].start]
        return between == " " or not _BREAK.search(between)

    def _topic(self, masked: MaskedMessage, text: str, known: _Words) -> int | None:
        """The body with which a message begins, before its question."""
        words, tokens, owners = masked.words, masked.tokens, masked.owners
        end = next(
            (at for at in range(1, len(words)) if not self._joined(masked, text, at - 1, at)), 0
        )
        if not 0 < end <= TOPIC_WORDS or end == len(words):
            return None
        theirs = any(word in known.selves or word in known.yours for word in words)
        for at in range(end):
            symbol = self._is_symbol(tokens[owners[at]].raw) and self._is_name(
                masked, text, at, known
            )
            body = words[at] in known.bodies and words[at] not in known.passed
            if symbol or (body and not theirs and not self._is_theirs(masked, at)):
                return at
        return None


def _names_of_coordinators(knowledge: Knowledge, is_word: Callable[[str], bool]) -> Iterator[str]:
    """The words, folded, that are the names of organisations which coordinate networks: `Varha`."""
    for network in knowledge.networks.values():
        for coordination in network.coordination:
            for organisation in coordination.organisations:
                for text in (organisation[language] for language in LANGUAGES):
                    named = (word for word in words(text) if len(word) >= MIN_NAME)
                    yield from (word for word in named if not is_word(word))
