"""A message that denies something: what of it is left to be read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.knowledge.library import FALLBACK
from bot.knowledge.values import Language
from bot.understanding.acts import ActReader
from bot.understanding.entities import MaskedMessage
from bot.understanding.matcher import Matcher
from bot.understanding.model import DENIED, Found, Request
from bot.understanding.negation import Span, spans
from bot.understanding.negation_words import Grammar
from bot.understanding.talk.follow_ups import PLACE_INTENTS, RULE_CONFIDENCE, FollowUps
from bot.understanding.text import MASKS

DENIABLE_INTENTS = PLACE_INTENTS - {"human", "follow", "unfollow"} | {"person", "list_networks"}
"""Intents that are not answered where a message only says that it does not want them. Others are
asked for by a denial: `en halua jutella robotin kanssa`."""

CONTRASTED = 0.35
"""The confidence that it takes for what is asked instead of something else of ours."""

MIN_DENIED_WORDS = 2
"""Words besides names that make a denial one of more than a name: `en Pirkanmaalla` denies that."""


class DenialReader:
    """Tells what a message denies, and what it asks without that."""

    def __init__(
        self,
        matcher: Matcher,
        acts: ActReader,
        follow_ups: FollowUps,
        grammars: Mapping[Language, Grammar],
    ) -> None:
        self._grammars = grammars
        self._matcher, self._acts, self._follow_ups = matcher, acts, follow_ups

    def spans(
        self, masked: MaskedMessage, text: str, language: Language, found: Found
    ) -> tuple[Span, ...]:
        """The denied and asserted parts; none where the denial is itself what is meant."""
        request = found.requests[0]
        if request.intent == FALLBACK and request.topic:
            return ()
        if self._acts.is_act(request.intent) or len(masked.tokens) < 2:
            return ()
        names = frozenset(
            owner for word, owner in zip(masked.words, masked.owners, strict=True) if word in MASKS
        )
        if self._matcher.is_phrase(masked.words):
            return ()
        return spans(masked.tokens, text, self._grammars[language], names)

    def without_denied(
        self,
        whole: Found,
        masked: MaskedMessage,
        denials: tuple[Span, ...],
        read: MaskedMessage,
        read_again: Callable[[], Found],
    ) -> Found:
        """What is asserted; nothing where the message only denies what it is taken for.

        `whole` is what was found in the message as it stands, `read` what is left of it, and
        `read_again` finds what that asks.
        """
        request, guesses = whole.requests[0], whole.guesses
        denied = self._label_of_denied(masked, denials)
        kept = tuple(guess for guess in guesses if guess.intent != denied)
        if not read.words:
            if request.intent in DENIABLE_INTENTS:
                return Found((Request(FALLBACK, topic=DENIED),), RULE_CONFIDENCE)
            return whole._replace(guesses=kept)
        asserted = read_again()
        if asserted.requests[0].intent != FALLBACK or asserted.requests[0].topic:
            if denied is None or read.entities.place:
                return asserted
            # `not the contacts in Tampere, the meetings`: still there.
            with_place = tuple(
                replace(one, entities=self._follow_ups.with_place_of(one.entities, masked.entities))
                if one.intent in PLACE_INTENTS and masked.entities.place
                else one
                for one in asserted.requests
            )
            return asserted._replace(requests=with_place)
        ours = denied is not None and denied.partition(":")[0] in DENIABLE_INTENTS
        instead = [one for one in asserted.guesses if one.intent in DENIABLE_INTENTS]
        if ours and instead and 1 - asserted.confidence >= CONTRASTED:
            # `I do not care who, I care when`: nobody sets one thing of ours against nothing.
            first = next((one for one in instead if one.intent != denied), None)
            if first and first == asserted.guesses[0]:
                asked = self._follow_ups.with_place_of(first.entities, masked.entities)
                return Found((replace(first, entities=asked),), 1 - asserted.confidence)
        if request.intent == denied:
            others = tuple(guess for guess in asserted.guesses if guess.intent != denied)
            return Found((Request(FALLBACK, request.entities),), 1 - whole.confidence, others)
        return whole._replace(guesses=kept)

    def _label_of_denied(self, masked: MaskedMessage, denials: tuple[Span, ...]) -> str | None:
        """What the denied parts are about; None where they only name a place, person or time."""
        inside = {at for one in denials if one.denied for at in range(one.first, one.end)}
        words = [
            word for word, owner in zip(masked.words, masked.owners, strict=True) if owner in inside
        ]
        if len([word for word in words if word not in MASKS]) < MIN_DENIED_WORDS:
            return None
        return self._matcher.guess(words).label
