"""Somebody who was given out is gone or does not answer, or a number is wrong: who helps then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.knowledge.library import Knowledge
from bot.understanding.clauses import asks_by_word
from bot.understanding.entities import MaskedMessage
from bot.understanding.model import Entities, Found, Manner, Request
from bot.understanding.talk.described import Described
from bot.understanding.talk.follow_ups import RULE_CONFIDENCE, FollowUps, is_of_ours
from bot.understanding.talk.memory import ConversationState
from bot.understanding.talk.references import References
from bot.understanding.talk.wordings import Wording, Wordings, without
from bot.understanding.text import MASKS, PERSON

WRONG, NO_ANSWER = "wrong_information", "no_answer"
"""The details that answer such messages."""

COMPLAINTS = (WRONG, NO_ANSWER)

MAX_WORDS = 14
"""Words of the longest message that is nothing but such a complaint."""

MAX_BETWEEN = 3
"""Words between who is complained of and what is said of them."""

MAX_ALONE = 6
"""Words of the longest such message where nobody was named before."""

NUMBERS = ("numer", "numre", "nummer", "number", "yhteystie", "kontaktuppgift")
"""How the words begin, folded, that can only mean what was given out."""

WHOM = ("person", "other", "last", "which")
"""The operations by which a message means somebody who was named before."""


class Complaints:
    """Built once per Knowledge."""

    def __init__(
        self,
        knowledge: Knowledge,
        wordings: Wordings,
        follow_ups: FollowUps,
        references: References,
        people: Described,
    ) -> None:
        self._knowledge, self._wordings, self._follow_ups = knowledge, wordings, follow_ups
        self._references, self._people = references, people

    def read(self, masked: MaskedMessage, memory: ConversationState | None) -> Found | None:
        """What is asked where a message says this of somebody or of a number; else None."""
        said = masked.words
        if len(said) > MAX_WORDS or masked.names_unknown_person:
            return None
        if memory and (found := self._instead(masked, memory)):
            return found
        topic = self._topic(masked) or self._nobody(masked, memory)
        if topic is None or topic not in self._knowledge.details:
            return None
        persons = self._persons(masked, memory)
        if not (persons or self._is_of_a_number(masked) or self._nobody(masked, memory)):
            return None
        before = memory.about if memory else Entities()
        there = self._follow_ups.with_place_of(masked.entities.only_places(), before)
        if not there.place or masked.entities.persons:
            there = self._follow_ups.with_place_of(Entities(), Entities(persons=persons))
        manner = Manner.GONE if self._is_gone(masked) else Manner.PLAIN
        asked = Request("human", replace(there, persons=persons), topic=topic, manner=manner)
        return Found((asked,), RULE_CONFIDENCE)

    def _is_gone(self, masked: MaskedMessage) -> bool:
        return bool(self._wordings.find(masked.words, ("gone",)))

    def _nobody(self, masked: MaskedMessage, memory: ConversationState | None) -> str | None:
        """`Nobody answers`, where it is ours: in a talk, of a place, or by phone."""
        if not self._wordings.find(masked.words, ("nobody",)):
            return None
        called = any(word in self._wordings.reached_by for word in masked.words)
        ours = is_of_ours(memory) or masked.names_place_exactly or called
        return NO_ANSWER if ours else None

    def _is_of_a_number(self, masked: MaskedMessage) -> bool:
        """Whether the message is about a number alone, and not the member's own."""
        said = masked.words
        if len(said) > MAX_ALONE or self._wordings.selves.intersection(said):
            return False
        return any(word.startswith(NUMBERS) for word in said)

    def _topic(self, masked: MaskedMessage) -> str | None:
        """The detail that answers it; None where it is no complaint."""
        said = masked.words
        found = self._wordings.find(said, ("gone", "silent", "wrong"))
        found += self._no_answers(said) if not masked.entities.place else []
        means = [at for at, word in enumerate(said) if word in self._wordings.reached_by]
        wrong_word = self._wordings.find(said, ("not_that",)) if means else []
        whom = [at for at, word in enumerate(said) if word == PERSON]
        whom += [at for one in self._wordings.find(said, WHOM) for at in (one.first, one.end - 1)]
        for one in found:
            near = (*whom, *means) if one.operation == "silent" else whom
            if one.operation == "wrong":
                near = means
            if not _is_near(one.first, one.end, near):
                continue
            if one.operation == "gone" and asks_by_word(said[:1]):
                # `when did she leave` is a question.
                continue
            return NO_ANSWER if one.operation == "silent" else WRONG
        single = [one for one in wrong_word if one.end - one.first == 1]
        return WRONG if any(_is_near(one.first, one.end, means) for one in single) else None

    def _no_answers(self, said: Sequence[str]) -> list[Wording]:
        """Where a verb of answering is denied: `hon svarade aldrig`."""
        verbs = [at for at, word in enumerate(said) if word in self._wordings.answering]
        return [
            Wording("silent", min(verb, at), max(verb, at) + 1)
            for verb in verbs
            for at, word in enumerate(said)
            if 0 < abs(at - verb) <= 2
            and (word in self._wordings.negatives or word.endswith("n't"))
        ]

    def _persons(self, masked: MaskedMessage, memory: ConversationState | None) -> tuple[str, ...]:
        """Of whom it is said; none where nobody was named."""
        named = masked.entities.persons
        shown = (memory.shown.persons or memory.about.persons) if memory else ()
        candidates = named or shown
        if len(candidates) > 1 or (candidates and not named):
            around = dict.fromkeys(candidates)
            if not named:
                around |= dict.fromkeys(
                    key for one in candidates for key in self._people.colleagues(one)
                )
            regions = self._people.regions(masked.entities)
            picked, _ = self._people.pick(masked.words, regions, around)
            if picked:
                return (picked,)
        if memory and not named and (other := self._references.other(masked.words, memory)):
            return other
        if memory and not named and candidates and set(candidates) <= set(memory.gone):
            # Said of one already: now of whoever was offered instead.
            offered = next((one.persons for one in memory.lists if one.persons), ())
            left = tuple(key for key in offered if key not in memory.gone)
            return left or candidates
        return candidates

    def _instead(self, masked: MaskedMessage, memory: ConversationState) -> Found | None:
        """`Who then?`, after somebody who is gone: whom else one may turn to there."""
        if not memory.gone or any(word in MASKS for word in masked.words):
            return None
        wordings = self._wordings.find(masked.words, ("instead",))
        rest = without(masked.words, wordings)
        if not wordings or not self._wordings.small.issuperset(rest):
            return None
        there = self._follow_ups.with_place_of(Entities(), memory.about)
        return Found((Request("contacts", there),), RULE_CONFIDENCE)


def _is_near(first: int, end: int, places: Sequence[int]) -> bool:
    """Whether one of some words stands in, or a few words before or after, a wording."""
    return any(first - MAX_BETWEEN - 1 <= at <= end + MAX_BETWEEN for at in places)


def without_gone(
    found: Found,
    masked: MaskedMessage,
    memory: ConversationState | None,
    wordings: Wordings,
    follow_ups: FollowUps,
) -> Found:
    """What is asked, so that nobody is offered who was just said to be gone or not to answer.

    Whoever is asked for by name, or by `her number`, is given.
    """
    if memory is None or not memory.gone or masked.entities.persons:
        return found
    pointed = bool(wordings.find(masked.words, ("person", "other", "last", "which")))
    requests = []
    for one in found.requests:
        persons = one.entities.persons
        if one.intent == "person" and not pointed and not one.topic and persons:
            left = tuple(key for key in persons if key not in memory.gone)
            if not left:
                there = follow_ups.with_place_of(Entities(), one.entities)
                one = Request("contacts", there)
            elif left != persons:
                one = replace(one, entities=replace(one.entities, persons=left))
        if one.intent == "human" or (
            one.intent in ("contacts", "join") and not (pointed and one.topic)
        ):
            one = replace(one, without=memory.gone)
        requests.append(one)
    return found._replace(requests=tuple(requests))
