"""The name by which somebody introduces himself: `Nimeni on Salo`, `Hej! Ekström, Jakobstad.`

Nobody asks about it: where it is a place's as well, that place is not meant. What tells of it is
the words before it (`my name is`, `mvh`), a title with a verb of asking (`rouva Salo kysyy`), the
words after it (`heter jag`), or that a message begins with a last name and a place. Where only a
place could be meant, another one must be named. The words stand in the lexicons.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence

from bot.knowledge.library import Knowledge
from bot.understanding.text import Token, fold, words
from bot.understanding.word_table import load_word_table

_LAST_NAME = re.compile(
    r"\w{2,}(?:nen|la|maki|niemi|jarvi|lahti|koski|aho|salo|ranta|strom|berg|[qk]vist|lund|holm"
    r"|man|gren|roos|s+on|sen|stedt|dahl|blad|feldt|wall|mark|strand|blom|fors|backa|gard|sten"
    r"|sund|vik|back|lind|lof|hall|set|lampi|puro|saari|suo|korpi|harju|vuori|virta|kangas|pelto"
    r"|nurmi|kallio|metsa|rinne|joki)"
)
"""Common endings of last names in Finland, folded, of words with a capital."""

_ELSEWHERE = re.compile(r".+(?:st[aä]|lt[aä]|ss[aä]|ll[aä]|seen|h[aeiouyäö]n|([aeiouyäö])\1n)")
"""Case endings, normalised, of a place that somebody is in, from or on the way to."""

_SENTENCE_END = re.compile(r"[.!?\n]")

FOLLOWING = 2
"""Words at most before a name with which a message begins: `Hei kaikille! Lehtinen, Rovaniemi.`"""

PHRASE = 4
"""Words of the longest introduction."""

ASKING = 4
"""Words after a name among which one tells that the writer goes by it: `Fru Öhman i Vasa undrar`.
"""


class OwnNames:
    """Finds writers' names; built once per Knowledge."""

    def __init__(
        self,
        knowledge: Knowledge,
        is_place: Callable[[Token], bool],
        looks_like_name: Callable[[Token], bool],
    ) -> None:
        lexicons = knowledge.lexicons.values()
        self._is_place, self._looks_like_name = is_place, looks_like_name
        self._table = load_word_table()
        self._naming = _phrases(lexicon.naming for lexicon in lexicons)
        self._named = _phrases(lexicon.named for lexicon in lexicons)
        self._introductions = _phrases(lexicon.introductions for lexicon in lexicons)
        self._by = {word for lexicon in lexicons for word in _folded(lexicon.introduced_by)}
        self._titles = {word for lexicon in lexicons for word in _folded(lexicon.titles)}
        self._from = {word for lexicon in lexicons for word in _folded(lexicon.from_words)}

    def find(
        self, tokens: Sequence[Token], text: str, taken: Collection[int]
    ) -> Iterator[tuple[int, int, bool]]:
        """The first token and the length of each name, and whether it is the writer's.

        A title makes a name of any word with a capital. `taken` are the tokens of other persons.
        """
        at = 0
        while at < len(tokens):
            token = tokens[at]
            length = 1
            if at not in taken and (token.capital or self._is_place(token)):
                titled = self._titled(tokens, at)
                end = at + 1 + self._goes_on(tokens, at, taken)
                if self._is_own(tokens, text, at, end, titled):
                    yield at - titled, end - at + titled, True
                    length = end - at
                elif titled:
                    yield at - 1, end - at + 1, False
                    length = end - at
            at += length

    def introduces(self, tokens: Sequence[Token], text: str, first: int, end: int) -> bool:
        """Whether a message begins with a full name and where that is: `Eva Ek, Vasa. Vem …`."""
        if not self._is_early(tokens, text, first) or end >= len(tokens):
            return False
        if self._says_where(tokens, text, end, comma=False):
            return True
        if not self._says_where(tokens, text, end, comma=True) or end + 1 >= len(tokens):
            return False
        return bool(_SENTENCE_END.search(text[tokens[end].end : tokens[end + 1].start]))

    def _titled(self, tokens: Sequence[Token], at: int) -> bool:
        """Whether a title stands before a word with a capital: `Mr. Winter`."""
        near = at > 0 and tokens[at].start - tokens[at - 1].end <= len(". ")
        return near and tokens[at].capital and tokens[at - 1].folded in self._titles

    def _goes_on(self, tokens: Sequence[Token], at: int, taken: Collection[int]) -> bool:
        """Whether a name of two words begins here."""
        if at + 1 >= len(tokens) or at + 1 in taken or not tokens[at].capital:
            return False
        after = tokens[at + 1]
        joined = after.capital and after.start == tokens[at].end + 1
        place = self._is_place(after) and not _ELSEWHERE.fullmatch(after.norm)
        return joined and (place or self._looks_like_name(after))

    def _is_own(self, tokens: Sequence[Token], text: str, at: int, end: int, titled: bool) -> bool:
        token = tokens[at]
        elsewhere = _ELSEWHERE.fullmatch(token.norm) is not None and self._is_place(token)
        if elsewhere and not titled:
            return False
        if _ends_with(tokens, at, self._naming) or _begins_with(tokens, end, self._named):
            return True
        first = at - titled
        asks = any(one.folded in self._by for one in tokens[end : end + ASKING])
        introduced = _ends_with(tokens, first, self._introductions)
        if titled:
            return introduced or (first <= FOLLOWING and asks)
        if not token.capital:
            return False
        early = self._is_early(tokens, text, at)
        if self._is_place(token):
            told = introduced or (early and asks and tokens[end : end + 1] != [])
            close = self._says_where(tokens, text, end, comma=False)
            return (told or (early and close)) and self._names_another(tokens, at, end)
        if not self._looks_like_name(token):
            return False
        shaped = _LAST_NAME.fullmatch(tokens[end - 1].folded) is not None
        apart = at > 0 and token.start > tokens[at - 1].end + 1
        plain = self._table.is_plain(token.norm)
        if introduced:
            return shaped or not plain or apart
        if not early or not (shaped or end - at > 1):
            return False
        by = end < len(tokens) and tokens[end].folded in self._by
        return by or self._says_where(tokens, text, end, comma=True)

    def _is_early(self, tokens: Sequence[Token], text: str, at: int) -> bool:
        """Whether a message begins with a name, after a greeting at most."""
        if at == 0:
            return True
        return at <= FOLLOWING and not text[tokens[at - 1].end : tokens[at].start].isspace()

    def _says_where(self, tokens: Sequence[Token], text: str, end: int, comma: bool) -> bool:
        """Whether a place follows where somebody is or is from, or after a comma stands alone."""
        if end >= len(tokens):
            return False
        between = text[tokens[end - 1].end : tokens[end].start]
        if between != " ":
            alone = not _SENTENCE_END.search(between) and self._is_place(tokens[end])
            return comma and alone and end + 1 < len(tokens)
        if self._is_place(tokens[end]):
            return _ELSEWHERE.fullmatch(tokens[end].norm) is not None
        following = tokens[end + 1 : end + 2]
        return tokens[end].folded in self._from and any(map(self._is_place, following))

    def _names_another(self, tokens: Sequence[Token], at: int, end: int) -> bool:
        """Whether a place is named besides the words from `at` to `end`."""
        others = (*tokens[:at], *tokens[end:])
        return any(self._is_place(one) for one in others)


def _folded(text: str) -> list[str]:
    return [fold(word) for word in words(text)]


def _phrases(texts: Iterator[str]) -> frozenset[str]:
    """Phrases with `|` between, as folded words with spaces between."""
    parts = (" ".join(_folded(part)) for text in texts for part in text.split("|"))
    return frozenset(part for part in parts if part)


def _ends_with(tokens: Sequence[Token], end: int, phrases: Collection[str]) -> bool:
    """Whether one of the phrases stands right before a token."""
    said = [token.folded for token in tokens[max(end - PHRASE, 0) : end]]
    return any(" ".join(said[at:]) in phrases for at in range(len(said)))


def _begins_with(tokens: Sequence[Token], first: int, phrases: Collection[str]) -> bool:
    """Whether one of the phrases stands from a token on."""
    said = [token.folded for token in tokens[first : first + PHRASE]]
    return any(" ".join(said[:at]) in phrases for at in range(1, len(said) + 1))
