"""Places that a message names only to deny them: `en asu enää Turussa, muutin Poriin`.

Such a place stays in the words, which tell what is asked, and is not what it is asked about. It
counts as denied only where another place is named that is not: else nothing would be left.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.understanding.negation_words import Grammar
from bot.understanding.places import PlaceMatch
from bot.understanding.text import Token

_BREAK = re.compile(r"[,:;.!?()\n]|\s[-–—]\s")

REACH = 6
"""Words between a negation and the place that it denies."""

NEAR = 3
"""Words between a verb and its negation or its place."""


def denied_places(
    tokens: Sequence[Token], text: str, grammar: Grammar, places: Sequence[PlaceMatch]
) -> frozenset[int]:
    """The first tokens of the places that are denied, where others are left."""
    named = {(place.kind, place.key) for place in places}
    if len(named) < 2:
        return frozenset()
    reader = _Reader(tokens, text, grammar, places)
    denied = {place.first for place in places if reader.denies(place)}
    left = {(place.kind, place.key) for place in places if place.first not in denied}
    return frozenset(denied) if denied and left else frozenset()


class _Reader:
    """Reads one message."""

    def __init__(
        self, tokens: Sequence[Token], text: str, grammar: Grammar, places: Sequence[PlaceMatch]
    ) -> None:
        self._tokens, self._text, self._grammar = tokens, text, grammar
        self._of_places = {
            at for place in places for at in range(place.first, place.first + place.length)
        }
        self._places = places
        self._negative = [
            at for at in range(len(tokens)) if self._negates(at) and at not in self._of_places
        ]

    def denies(self, place: PlaceMatch) -> bool:
        """Whether a place is denied, left, or said to be wrong."""
        return self._negated(place) or self._left(place) or self._wrong(place)

    def _negates(self, at: int) -> bool:
        word = self._tokens[at].folded
        contracted = word.endswith("n't") or word in ("isnt", "arent", "cant")
        return self._grammar.negates(self._tokens, at, 0) or contracted

    def _negated(self, place: PlaceMatch) -> bool:
        """`Imatra isn't in Kymenlaakso`, `mikkelissä en enää käy`, `ei Vaasa`."""
        grammar, tokens = self._grammar, self._tokens
        for at in self._negative:
            if at == 0 and self._asks(at) and tokens[at].folded in grammar.question_openers:
                continue
            end = place.first + place.length
            if at < place.first:
                between = range(self._after_subject(at), place.first)
                if self._after_subject(at) > place.first or len(between) > REACH:
                    continue
                if not self._one_clause(at, place.first):
                    continue
                if self._of_places.intersection(between):
                    continue
                words = [tokens[one].folded for one in between]
                verbs = grammar.place_verbs
                near = [tokens[one].folded for one in range(max(at - NEAR, 0), at)]
                known = all(word in verbs or word in grammar.place_between for word in words)
                verb = (
                    not words
                    or any(word in verbs for word in (*words, *near))
                    or tokens[at].folded in verbs
                )
                if known and verb:
                    return True
            elif 0 <= at - end <= 1 and self._one_clause(end - 1, at):
                following = [one.folded for one in tokens[at + 1 : at + 1 + NEAR]]
                first = tokens[at].folded in ("en", "emme", "enka", "emmeka")
                verb = any(word in grammar.place_verbs for word in following)
                after = any(
                    at < one.first and self._one_clause(at, one.first) for one in self._places
                )
                if first and verb and not after:
                    return True
        return False

    def _after_subject(self, at: int) -> int:
        """Where the predicate of a negation begins: `ei Jämsä ole Pirkanmaata`."""
        for place in self._places:
            end = place.first + place.length
            verb = self._tokens[end : end + 1]
            if place.first == at + 1 and verb and verb[0].folded in self._grammar.place_verbs:
                return end
        return at + 1

    def _left(self, place: PlaceMatch) -> bool:
        """`we left Helsinki`, `moved away from Oulu`, `muutin Porista Kemiin`."""
        grammar, tokens = self._grammar, self._tokens
        before = range(max(place.first - NEAR, 0), place.first)
        after = range(
            place.first + place.length, min(place.first + place.length + NEAR, len(tokens))
        )
        left = any(
            tokens[one].folded in grammar.left
            and self._one_clause(min(one, place.first), max(one, place.first))
            for one in (*before, *after)
        )
        if not left:
            return False
        last = tokens[place.first + place.length - 1].folded
        previous = tokens[place.first - 1].folded if place.first else ""
        # `we left Helsinki`, but `muutin Kemiin`.
        if place.first - 1 in self._of_places:
            previous = ""
        straight = previous in grammar.left and not grammar.verb_next
        return straight or last in grammar.left_from or previous in grammar.left_from

    def _wrong(self, place: PlaceMatch) -> bool:
        """`North Karelia is wrong`, `Tampere was last year`."""
        tokens = self._tokens
        after = place.first + place.length
        following = [one.folded for one in tokens[after : after + 3]]
        said = [word for word in following if word in self._grammar.wrong]
        joined = after < len(tokens) and self._one_clause(after - 1, after)
        return joined and len(said) >= 2 and following[0] in self._grammar.wrong

    def _asks(self, at: int) -> bool:
        """Whether the sentence of a word ends in a question mark."""
        rest = re.split(r"[.!\n]", self._text[self._tokens[at].start :])[0]
        return "?" in rest

    def _one_clause(self, first: int, last: int) -> bool:
        """Whether no mark of punctuation and no contrast stands between two words."""
        tokens = self._tokens
        if _BREAK.search(self._text[tokens[first].end : tokens[last].start]):
            return False
        contrasts = self._grammar.contrasts
        return all(tokens[one].folded not in contrasts for one in range(first + 1, last))
