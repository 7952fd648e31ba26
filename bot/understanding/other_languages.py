"""Other languages than the bot's: by script, by words that only they have, by letters."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache

from bot.knowledge.models import OtherLanguage
from bot.understanding.model import OtherFound
from bot.understanding.text import Token, fold, normalise
from bot.understanding.word_cache import WordCache
from bot.understanding.word_table import load_other_words, load_word_table

OTHER_LANGUAGE = "other_language"
"""The topic of `fallback` in which a message is in another language; its code follows a colon."""

SOME_OTHER = ""
"""The code of a language of which only the script is known."""

ENOUGH = 2
"""Words of another language from which a message is in it, unless more are of ours."""

SHORTEST = 2
"""Shorter words are written in too many languages, and by too many slips of the finger."""

SHORTEST_LISTED, SHORTEST_ALONE = 3, 5
"""The same for a message of one word, of the lexicon or of the table of frequent words."""

OF_TABLE = 0.9
"""What a word counts that is frequent in that language and hardly written in ours."""

OF_LETTERS = 0.6
"""What a word counts in which only a letter is of that language."""

_LATIN_UNTIL = "\u02ff"


class OtherLanguageFinder:
    """Built once per Knowledge and trained model."""

    def __init__(self, languages: Mapping[str, OtherLanguage], known: Collection[str]) -> None:
        """`known` are the folded words of ours, which tell of no other language."""
        self._known = known
        self._languages = languages
        self._words: dict[str, list[str]] = {}
        self._letters: dict[str, list[str]] = {}
        for code, language in languages.items():
            for word in set(map(normalise, language.words.split())):
                if len(word) >= SHORTEST and fold(word) not in known:
                    self._words.setdefault(word, []).append(code)
                    if (plain := fold(word)) != word:
                        self._words.setdefault(plain, []).append(code)
            for letter in language.letters.split():
                self._letters.setdefault(letter, []).append(code)
        self._table = load_word_table()
        self._frequent = {
            code: found for code, found in load_other_words().items() if code in languages
        }
        self._cache: WordCache[tuple[str, ...]] = WordCache()
        letters = "".join(map(re.escape, (one for one in self._letters if len(one) == 1)))
        self._any_letter = re.compile(f"[{letters}]" if letters else r"(?!)")

    def find(self, text: str, tokens: Sequence[Token], names: Collection[int]) -> OtherFound | None:
        """The other language of a message; `names` are the indexes of tokens that are names."""
        if text and max(text) > _LATIN_UNTIL and (found := self._by_script(text)):
            return found
        weights: defaultdict[str, float] = defaultdict(float)
        told: dict[str, list[str]] = {}
        ours = 0
        for at, token in enumerate(tokens):
            codes = dict.fromkeys(self._words.get(token.norm, ()), 1.0)
            if not codes and (at in names or token.norm[0].isdigit()):
                continue
            if not (token.capital and at):
                for code in self._cache.get_or_compute(token.norm, self._frequent_in):
                    codes.setdefault(code, OF_TABLE)
                for letter in self._any_letter.findall(token.norm):
                    for code in self._letters[letter]:
                        codes.setdefault(code, OF_LETTERS)
            for code, weight in codes.items():
                told.setdefault(code, []).append(token.raw)
                weights[code] += weight
            ours += not codes and self._is_ours(token.folded)
        if not weights:
            return None
        code = max(weights, key=weights.__getitem__)
        count = len(told[code])
        nearly_all = count > ours and len(tokens) <= ENOUGH
        if len(tokens) == 1:
            # A single short word is as likely a slip of the finger.
            word = tokens[0].norm
            listed = code in self._words.get(word, ()) or self._any_letter.search(word)
            if len(word) < (SHORTEST_LISTED if listed else SHORTEST_ALONE):
                return None
        sure = (count >= ENOUGH and 2 * count > ours) or nearly_all
        if not sure and 2 * count < ours:
            return None
        if self._languages[code].answered_in:
            # What is so near to a language of ours may have been understood.
            sure = False
        return OtherFound(code, sure, tuple(told[code]))

    def _is_ours(self, folded: str) -> bool:
        return folded in self._known or self._table.is_word(folded)

    def _frequent_in(self, word: str) -> tuple[str, ...]:
        """The languages in which a word is frequent that is none of ours."""
        if len(word) < SHORTEST or fold(word) in self._known:
            return ()
        return tuple(code for code, found in self._frequent.items() if word in found)

    def _by_script(self, text: str) -> OtherFound | None:
        scripts = Counter(map(_script, filter(str.isalpha, text)))
        script, count = (scripts or Counter({"LATIN": 1})).most_common(1)[0]
        if script == "LATIN" or 2 * count <= scripts.total():
            return None
        candidates = [
            code for code, one in self._languages.items() if one.script and one.script == script
        ]
        if script == "CJK" and "HIRAGANA" in scripts:
            candidates = [code for code, one in self._languages.items() if one.script == "HIRAGANA"]
        letters = Counter(normalise(text))
        words = Counter(normalise(text).split())

        def fits(code: str) -> int:
            language = self._languages[code]
            letters_of = sum(letters[each] for each in language.letters.split())
            return letters_of + 3 * sum(words[each] for each in language.words.split())

        best = max(candidates, key=fits, default=SOME_OTHER)
        return OtherFound(best, True, (script.lower(),))


@lru_cache(maxsize=4_096)
def _script(letter: str) -> str:
    """The script of a letter, as Unicode names it: `LATIN`, `CYRILLIC`."""
    return unicodedata.name(letter, "LATIN").partition(" ")[0]
