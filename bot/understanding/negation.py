"""Negation and contrast: which part of a message is denied, and which part is asserted.

`En tarvitse kokouksia vaan yhteystiedot` denies the meetings and asserts the contacts. Most
negations deny nothing that could be answered: `en löydä yhteystietoja` asks for them, and `eikö
Kokkolassa ole verkostoa` is a question. So a negation is a denial only where it negates a wish
(`en tarvitse`, `I did not ask`), a mere name or noun (`ei Vaasa vaan Seinäjoki`), or stands before
the word of contrast that belongs to it. What one has already, does without or likes less is set
aside in the same way (`the dates I have already`). The words of each language stand in its lexicon.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from bot.understanding.negation_words import Grammar
from bot.understanding.text import Token

_SENTENCE_END = re.compile(r"[.!?\n]")
_BREAK = re.compile(r"[.!?;:,()\n]|\s[-–—]\s")

SEARCHED = 4
"""Words after a negative word among which its verb is looked for."""

LISTED = 2
"""Words of a part that goes on with a list of what is denied: `en kokouksia, linkkejä, vaan …`."""


@dataclass(frozen=True)
class Span:
    """A part of a message, from one token to before another."""

    first: int
    end: int
    denied: bool
    word: str = ""
    """The word that denies it, or that sets it against what is denied, as written."""


@dataclass(frozen=True)
class _Piece:
    """What stands between two marks of punctuation or words of contrast."""

    first: int
    end: int
    sentence: int
    asked: bool
    """Whether its sentence ends in a question mark."""
    word: str = ""
    strong: bool = False
    """Whether it is set against what stands before it (`vaan`, `utan`, `but`)."""


def spans(
    tokens: Sequence[Token], text: str, grammar: Grammar, names: Collection[int] = ()
) -> tuple[Span, ...]:
    """The denied and the asserted parts of a message in their order; none where nothing is denied.

    `names` are the positions of tokens that are names. Words of contrast are in no span.
    """
    if grammar.denying.isdisjoint(token.folded for token in tokens):
        return ()
    reader = _Reader(tokens, grammar, frozenset(names))
    found = reader.read(list(_pieces(tokens, text)))
    if not any(span.denied for span in found):
        return ()
    return tuple(span for one in found if (span := reader.without_frame(one)) is not None)


def asserted_text(text: str, tokens: Sequence[Token], found: Sequence[Span]) -> str:
    """The message without what it denies."""
    kept = (
        text[tokens[one.first].start : _end(text, tokens, one)].strip()
        for one in found
        if not one.denied
    )
    return " ".join(part for part in kept if part)


def negated_words(tokens: Sequence[Token], text: str, grammar: Grammar) -> frozenset[int]:
    """The positions of the tokens in the scope of a negative word, whether denied or not.

    `älä unohda minua` negates `unohda`; `sluta inte` negates `sluta`. A question (`etkö voisi
    lopettaa`) negates nothing.
    """
    scope: set[int] = set()
    before: _Piece | None = None
    for piece in _pieces(tokens, text):
        negative = (at for at in _range(piece) if grammar.negates(tokens, at, piece.first))
        at = next(negative, None)
        if at is None:
            goes_on = tokens[piece.first].folded in grammar.subordinate
            if goes_on and before is not None and before.sentence == piece.sentence:
                scope.update(_range(piece))
            else:
                before = None
            continue
        before = piece
        first = at
        if grammar.verb_first:
            # `glöm för all del inte mig`: the verb stands before, in the same clause.
            joined = (
                one
                for one in range(at - 1, piece.first - 1, -1)
                if tokens[one].folded in grammar.clauses
            )
            first = next(joined, piece.first - 1) + 1
        scope.update(one for one in range(first, piece.end) if one != at)
    return frozenset(scope)


class _Reader:
    """Reads the pieces of one message."""

    def __init__(self, tokens: Sequence[Token], grammar: Grammar, names: frozenset[int]) -> None:
        self._tokens, self._grammar, self._names = tokens, grammar, names

    def read(self, pieces: list[_Piece]) -> list[Span]:
        """The spans of a message; pieces are split further as contrasts are found."""
        found: list[Span] = []
        denied_in = -1
        waiting = pieces[::-1]
        while waiting:
            piece = waiting.pop()
            if not _range(piece):
                continue
            head = self._instead(piece)
            if head is not None:
                denied, rest = head
                waiting.extend(one for one in rest[::-1] if _range(one))
                found.append(denied)
                denied_in = piece.sentence
                continue
            aside = self._aside(piece, waiting, bool(found))
            if aside is not None:
                spans_of_it, rest = aside
                found += spans_of_it
                waiting.extend(rest)
                denied_in = piece.sentence
                continue
            at = self._negator(piece)
            contrast = self._contrast(piece, at) if at is not None else None
            if at is not None and self._denies(piece, at, contrast, denied_in, waiting):
                first, cut = piece.first, contrast or piece.end
                word = self._tokens[at].raw
                if (begin := self._begin(piece, at)) > piece.first:
                    found.append(Span(piece.first, begin, denied=False, word=piece.word))
                    first = begin
                found.append(Span(first, cut, denied=True, word=word))
                denied_in = piece.sentence
                if contrast:
                    waiting.append(self._after(piece, contrast))
                continue
            lists = denied_in == piece.sentence and self._goes_on(piece, waiting)
            if lists:
                found.append(replace(found[-1], first=piece.first, end=piece.end))
                continue
            piece = self._without_marker(piece, denied_in)
            if _range(piece):
                found.append(Span(piece.first, piece.end, denied=False, word=piece.word))
        return sorted(found, key=lambda span: span.first)

    def without_frame(self, span: Span) -> Span | None:
        """What is asserted, without `I asked for`; None for a part that only complains."""
        if span.denied:
            return span
        grammar, words = self._grammar, self._words(span.first, span.end)
        if all(word in grammar.complaining for word in words):
            return None
        framed = next(
            (at for at, word in enumerate(words) if word not in grammar.asking_beside), len(words)
        )
        if framed == len(words) or grammar.asking.isdisjoint(words[:framed]):
            return span
        return replace(span, first=span.first + framed)

    def _aside(
        self, piece: _Piece, waiting: Sequence[_Piece], later: bool
    ) -> tuple[list[Span], list[_Piece]] | None:
        """What is set aside without a word that negates, and what is left of the piece."""
        grammar, tokens = self._grammar, self._tokens
        words = self._words(piece.first, piece.end)
        for at, word in enumerate(words):
            if word in grammar.preferring:
                than = next(
                    (to for to in range(at + 2, len(words)) if words[to] in grammar.than), 0
                )
                if than and than + 1 < len(words):
                    first, end = piece.first, piece.first + than
                    spans = [Span(first, end, denied=False, word=piece.word)]
                    return [*spans, Span(end, piece.end, denied=True, word=tokens[end].raw)], []
        places = [
            at
            for at, word in enumerate(words)
            if word in grammar.dismissing
            or (word in grammar.already and not grammar.having.isdisjoint(words))
        ]
        if not places or len(words) < 2 or words[0] in grammar.question_openers:
            return None
        last = not waiting or waiting[-1].sentence != piece.sentence
        contrast = self._contrast(piece, piece.first + places[0])
        rest = [self._after(piece, contrast)] if contrast else []
        others = rest or any(one.end - one.first > 1 for one in waiting) or later
        if not others or (last and piece.asked and not rest):
            return None
        word = tokens[piece.first + places[0]].raw
        return [Span(piece.first, contrast or piece.end, denied=True, word=word)], rest

    def _words(self, first: int, end: int) -> list[str]:
        return [token.folded for token in self._tokens[first:end]]

    def _negator(self, piece: _Piece) -> int | None:
        """Where the word stands that may deny something of a piece."""
        grammar, tokens = self._grammar, self._tokens
        if piece.asked and self._words(piece.first, piece.first + 1)[0] in grammar.question_openers:
            return None
        if any(word in grammar.why for word in self._words(piece.first, piece.end)):
            return None
        for at in _range(piece):
            if not grammar.negates(tokens, at, piece.first):
                continue
            following = tokens[at + 1] if at + 1 < piece.end else None
            if following is None and at == piece.first:
                return None  # `No, …` and `Ei.` answer something.
            # `not only … but also` denies nothing.
            if following is not None and following.folded in grammar.limiters:
                return None
            return at
        return None

    def _contrast(self, piece: _Piece, at: int) -> int | None:
        """Where a word of contrast stands after the negative word of the same piece."""
        grammar = self._grammar
        for place in range(at + 1, piece.end - 1):
            word = self._tokens[place].folded
            before = self._tokens[place - 1].folded
            if word in grammar.contrasts:
                return place
            if f"{before} {word}" in grammar.exceptions:
                return place
            if word in grammar.limiters and place - at > 1 and not grammar.wishes(before):
                return place
        return None

    def _after(self, piece: _Piece, contrast: int) -> _Piece:
        word = self._tokens[contrast]
        strong = word.folded in self._grammar.contrasts
        return replace(piece, first=contrast + 1, word=word.raw, strong=strong)

    def _begin(self, piece: _Piece, at: int) -> int:
        """Where the denied part begins: `the dates not the contacts` denies the second half."""
        tokens, grammar = self._tokens, self._grammar
        alone = at == piece.first or at + 1 == piece.end
        if alone or tokens[at].folded not in grammar.noun_negators:
            return piece.first
        before, after = tokens[at - 1].folded, tokens[at + 1].folded
        nominal = after in grammar.articles or self._is_noun(at + 1)
        if grammar.verb_first:
            # `jag hittar inte länken` denies no noun; `mötena inte kontakterna` does.
            nominal = nominal and (before in grammar.joiners or self._is_noun(at - 1))
        bare = not any(map(grammar.wishes, self._words(at, min(at + SEARCHED, piece.end))))
        if nominal and bare and before not in grammar.copulas and before not in grammar.leads:
            wished_before = grammar.verb_first and any(
                map(grammar.wishes, self._words(max(piece.first, at - 3), at))
            )
            joined = before in grammar.joiners and at - 1 > piece.first
            return piece.first if wished_before else at - joined
        return piece.first

    def _denies(
        self,
        piece: _Piece,
        at: int,
        contrast: int | None,
        denied_in: int,
        waiting: Sequence[_Piece],
    ) -> bool:
        grammar, end = self._grammar, contrast or piece.end
        after = self._words(at + 1, min(at + 1 + SEARCHED, end))
        near = after
        if grammar.verb_first:
            near = self._words(max(piece.first, at - 3), at) + after
        if any(word in grammar.misses for word in after):
            return False  # `en halua missata tapaamisia`
        if self._forbids(piece, at, after):
            return True
        verb = self._verb(piece, at, end)
        if verb is not None and grammar.wishes(verb):
            return True
        strong = contrast is not None and self._tokens[contrast].folded in grammar.contrasts
        following = waiting[-1] if waiting else None
        if following is not None and following.sentence == piece.sentence and _range(following):
            # `ei Vaasa, vaan Seinäjoki`
            strong = strong or self._tokens[following.first].folded in grammar.corrections
        if verb is not None:
            return False
        if strong and (not piece.asked or not set(near) & grammar.copulas):
            return True
        if self._begin(piece, at) > piece.first:
            return True
        lead = self._words(piece.first, at)
        if any(word not in grammar.leads for word in lead):
            return False
        if self._tokens[at].folded in grammar.continuing and denied_in == piece.sentence:
            return True
        return (
            self._tokens[at].folded in grammar.noun_negators
            and bool(after)
            and after[0] not in grammar.predicates
            and (not grammar.verb_next or self._is_noun(at + 1))
        )

    def _forbids(self, piece: _Piece, at: int, after: Sequence[str]) -> bool:
        """`Don't tell me the goals`, `berätta inte om målen`."""
        grammar = self._grammar
        if self._tokens[at].folded not in grammar.forbids:
            return False
        before = [word for word in self._words(piece.first, at) if word not in grammar.leads]
        if grammar.verb_first:
            return len(before) == 1 and before[0] in grammar.tells
        return before in ([], ["do"]) and bool(after) and after[0] in grammar.tells

    def _verb(self, piece: _Piece, at: int, end: int) -> str | None:
        """The verb that is negated, the nearest one, of those that tell whether it is a denial."""
        grammar = self._grammar
        places = [*range(at + 1, min(at + 1 + SEARCHED, end))]
        if grammar.verb_first:
            before = range(max(piece.first, at - 3), at)
            places = sorted([*places, *before], key=lambda place: (abs(place - at), place))
        words = (self._tokens[place].folded for place in places)
        return next((word for word in words if grammar.wishes(word) or grammar.plain(word)), None)

    def _is_noun(self, at: int) -> bool:
        """Whether a word is a name, or looks like a noun in a language where a verb is likelier."""
        word = self._tokens[at].folded
        return at in self._names or self._grammar.nominal(word)

    def _goes_on(self, piece: _Piece, waiting: Sequence[_Piece]) -> bool:
        """Whether a piece goes on with what was denied before it."""
        tokens, grammar = self._tokens, self._grammar
        if piece.word or tokens[piece.first].folded in grammar.corrections:
            return False
        if tokens[piece.first].folded in grammar.subordinate:
            return True
        later = (one for one in reversed(waiting) if one.sentence == piece.sentence)
        contrasted = any(tokens[one.first].folded in grammar.corrections for one in later)
        return piece.end - piece.first <= LISTED and contrasted

    def _without_marker(self, piece: _Piece, denied_in: int) -> _Piece:
        """A piece that begins with a word of contrast, without it."""
        token = self._tokens[piece.first]
        against = token.folded in self._grammar.contrasts | self._grammar.limiters
        if denied_in < 0 or not against:
            return piece
        return replace(piece, first=piece.first + 1, word=token.raw)

    def _instead(self, piece: _Piece) -> tuple[Span, list[_Piece]] | None:
        """What is denied by `instead of`, with what is left of the piece."""
        grammar, tokens = self._grammar, self._tokens
        words = self._words(piece.first, piece.end)
        for at, word in enumerate(words):
            if word not in grammar.instead:
                continue
            place = piece.first + at
            raw = tokens[place].raw
            if grammar.instead_follows:
                if not at or words[at - 1] in grammar.not_instead:
                    return None
                begin = piece.first if at <= LISTED + 1 else place - 1
                rest = [replace(piece, end=begin), replace(piece, first=place + 1, word=raw)]
                return Span(begin, place + 1, denied=True, word=raw), rest
            for phrase in grammar.instead_phrases:
                if tuple(words[at : at + len(phrase)]) == phrase and at + len(phrase) < len(words):
                    named = place + len(phrase)
                    end = piece.end
                    if not at:
                        # `instead of the contacts tell me when`: no comma ends what is denied.
                        named += tokens[named].folded in grammar.articles
                        end = min(named + 1, piece.end)
                        near = range(end, min(end + LISTED, piece.end))
                        begins = (to for to in near if tokens[to].folded in grammar.subjects)
                        end = next(begins, end)
                    rest = [replace(piece, end=place), replace(piece, first=end, word=raw)]
                    return Span(place, end, denied=True, word=" ".join(phrase)), rest
        return None


def _pieces(tokens: Sequence[Token], text: str) -> Iterator[_Piece]:
    """The parts of a message between marks of punctuation."""
    bounds = [0]
    sentences = [0]
    for at in range(1, len(tokens)):
        between = text[tokens[at - 1].end : tokens[at].start]
        if _BREAK.search(between):
            bounds.append(at)
            sentences.append(sentences[-1] + bool(_SENTENCE_END.search(between)))
    ends = [*bounds[1:], len(tokens)]
    asked: set[int] = set()
    for end, sentence in zip(ends, sentences, strict=True):
        following = tokens[end].start if end < len(tokens) else len(text)
        if end and "?" in text[tokens[end - 1].end : following]:
            asked.add(sentence)
    for first, end, sentence in zip(bounds, ends, sentences, strict=True):
        if end > first:
            yield _Piece(first, end, sentence, sentence in asked)


def _range(piece: _Piece) -> range:
    return range(piece.first, piece.end)


def _end(text: str, tokens: Sequence[Token], span: Span) -> int:
    """The end of a span in the text, with the punctuation after it."""
    return tokens[span.end].start if span.end < len(tokens) else len(text)
