"""How each language denies and contrasts, by the words of its lexicon (`negation:`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.knowledge.library import Knowledge
from bot.knowledge.models import Negation
from bot.knowledge.values import Language
from bot.understanding.text import Token, fold, normalise
from bot.understanding.word_patterns import WordPatterns

MIN_NOUN = 5
"""Letters of the shortest word that looks like a noun by its ending."""


class Grammar:
    """How one language denies: what each set of folded words is for stands with `Negation`."""

    def __init__(self, words: Negation) -> None:
        self.negators = _words(words.negators)
        self.noun_negators = _words(words.noun_negators)
        self.contrasts = _words(words.contrasts)
        self.corrections = _words(words.corrections)
        self.limiters = _words(words.limiters)
        self.leads = _words(words.leads)
        self.copulas = _words(words.copulas)
        self.why = _words(words.why)
        self.question_openers = _words(words.question_openers)
        self.forbids = _words(words.forbids)
        self.tells = _words(words.tells)
        self.misses = _words(words.misses)
        self.subordinate = _words(words.subordinate)
        self.continuing = _words(words.continuing)
        self.joiners = _words(words.joiners)
        self.clauses = _words(words.clauses)
        self.articles = _words(words.articles)
        self.predicates = _words(words.predicates)
        self.instead = _words(words.instead)
        self.subjects = _words(words.subjects)
        self.exceptions = frozenset(map(" ".join, _phrases(words.exceptions)))
        self.instead_phrases = _phrases(words.instead_phrases)
        self.instead_follows = words.instead_follows
        self.not_instead = _words(words.not_instead)
        self.verb_first, self.verb_next = words.verb_first, words.verb_next
        self.place_verbs = _words(words.place_verbs)
        self.place_between = _words(words.place_between)
        self.left, self.wrong = _words(words.left), _words(words.wrong)
        self.already, self.having = _words(words.already), _words(words.having)
        self.dismissing = _words(words.dismissing)
        self.preferring, self.than = _words(words.preferring), _words(words.than)
        self.asking = _words(words.asking)
        self.asking_beside = self.asking | _words(words.asking_beside)
        self.complaining = _words(words.complaining)
        self.denying = (
            self.negators | self.instead | self.already | self.dismissing | self.preferring
        )
        """Of these words, each message has one that denies something or sets it aside."""
        self.left_from = WordPatterns([words.left_from])
        self._after_no, self._answers = _words(words.after_no), _words(words.an_answer)
        self._after_subject, self._dotted = _words(words.after_subject), _words(words.dotted)
        self._begun = WordPatterns([words.begun])
        self._wish, self._not_denied = WordPatterns([words.wish]), WordPatterns([words.not_denied])
        self._affirmative = WordPatterns([words.affirmative])
        self._noun = WordPatterns([words.noun])
        self._nouns = _words(words.noun)

    def negates(self, tokens: Sequence[Token], at: int, first: int) -> bool:
        """Whether a word is negative, in a part of a message that begins at `first`."""
        token = tokens[at]
        word = token.folded
        if word not in self.negators:
            return False
        if word in self._after_subject and at > first:
            # Spoken `että`: `sori et vaivaan`, but `sä et saa`.
            return tokens[at - 1].folded in self.subjects
        if word in self._dotted and token.norm == word:
            # Typed without dots: `ala unohda minua`, but not `ala seurata Lappia`.
            return at + 1 < len(tokens) and tokens[at + 1].folded not in self._begun
        if word in self._answers and at + 1 < len(tokens):
            return tokens[at + 1].folded not in self._after_no
        return True

    def wishes(self, word: str) -> bool:
        """Whether a word is a verb of wanting, needing, asking or meaning."""
        return word in self._wish and word not in self._affirmative

    def plain(self, word: str) -> bool:
        """Whether a word is a verb whose negation is no denial."""
        return word in self._not_denied

    def nominal(self, word: str) -> bool:
        """Whether a word looks like a noun."""
        return word in self._nouns or (len(word) >= MIN_NOUN and word in self._noun)


def grammars(knowledge: Knowledge) -> Mapping[Language, Grammar]:
    """The grammar of each language."""
    return {language: Grammar(lexicon.negation) for language, lexicon in knowledge.lexicons.items()}


def _words(text: str) -> frozenset[str]:
    return frozenset(fold(normalise(text)).split())


def _phrases(text: str) -> tuple[tuple[str, ...], ...]:
    """Phrases with `|` between, as folded words."""
    parts = (tuple(fold(normalise(part)).split()) for part in text.split("|"))
    return tuple(part for part in parts if part)
