"""What a message with words of its own asks: the whole, its clauses, and whether it is sure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence, Set

from bot.knowledge.library import DISTRESS, FALLBACK
from bot.knowledge.values import Language
from bot.understanding.bodies import BodyReader
from bot.understanding.clauses import (
    Clause,
    ClauseKind,
    asks_by_word,
    clauses,
    joins_questions,
    tells_of_selves,
)
from bot.understanding.confidence import Calibration
from bot.understanding.details import REFERS_BACK, DetailReader, asks_yes_or_no
from bot.understanding.entities import MaskedMessage
from bot.understanding.matcher import Guess, Matcher
from bot.understanding.model import UNANSWERED, Entities, Found, Request
from bot.understanding.talk.follow_ups import FollowUps, is_of_ours
from bot.understanding.talk.memory import ConversationState
from bot.understanding.talk.wordings import kept_words
from bot.understanding.text import PERSON
from bot.understanding.training import SHORT_TALK

MAX_GUESSES = 3

_THERE = frozenset(
    word
    for line in ("siella sinne siellapain heilla niilla", "dar dit de dom", "there they")
    for word in line.split()
)
"""Words, folded, that mean the network that was talked about: `what do they have in March`."""

MIN_GUESS_CONFIDENCE = 0.09
"""From which confidence guesses are offered. Measured on left-out questions that were not answered:
of those in scope 84 % have the right intent among three, of those out of scope three in four get
none; of foreign texts nine in ten get none."""

MIN_UNRELATED_CONFIDENCE = 0.2
"""The same where no word tells that it is ours: of foreign texts a third fewer get offers, and of
our questions that are refused 95 in 100 keep theirs."""

MIN_WORD_CONFIDENCE = 0.04
"""The same for a message of one word (`kaffe`)."""

TOPIC_DISCOUNT = 0.15
"""By how much the threshold is lower for a question in a conversation about a place or a person."""

DETAIL_BAR = 0.35
"""The confidence that it takes where one asks for a detail of what was just talked about, in words
that are all ours. Measured on 4,000 texts that nobody wrote for the bot, each after a question for
a contact, and on conversations: from 0.2 on, 2 in 1,000 of the texts more are answered, and 8 in
1,000 turns more are right."""

LESS_LIKELY_BAR = 0.5
"""The same where a word is hardly ours, where a refused phrase is as near, or for an intent."""

NEXT_INTENTS = frozenset(["contacts", "find_network", "join", "links", "meetings"])
"""What one asks of a network in the middle of a talk, besides details."""

DETAIL_WORDS = 8
"""Words of the longest such question."""

FEW_WORDS = 3
"""So few ask without a word of asking: `and the place`."""

WORD_DISCOUNT = 0.45
"""The same for a word with a question mark that is no question word: `puhelin?`."""

NAME_DISCOUNT = 0.1
"""By how much it is lower where the message names a place or a contact person, without a typo: few
who write of one of ours mean something else."""

PLACE_DISCOUNT = 0.3
"""The same of a question for the network of such a place with SOME_OURS in it, which says no more
than which network is there."""

SOME_OURS = 0.5

OF_A_PLACE = ("find_network", "network_info")
"""What a name with no question of its own reads as: `Satakunta's network, when did it start`."""

OF_COMMUNITY = ("about", "list_networks")
"""What one asks of the whole community."""

MAX_HALVES = 14
"""Words of the longest message in which two things are asked without a word of asking."""

AND = frozenset(["ja", "seka", "och", "samt", "and", "plus"])
"""Words, folded, between two things that are asked."""

CONSENT = 0.1
"""How likely the whole of a message must be ours for one of its clauses to count by itself."""

OURS = 0.3
"""From which evidence a clause has a word of ours (`network`)."""

DATED_OURS = 0.25
"""The same of a question for a detail that names a day."""

SURELY_OURS = 0.36
"""The same where the whole most likely is another's story."""

SURELY_ASKED = 0.9
"""The confidence with which a clause in words that are all ours counts even there with OURS."""

STORY_REFUSED = 0.5
"""From which probability of a refused label a message most likely is that."""

ADDRESSED = 0.8
"""The confidence that a clause takes by itself in such a story where it addresses us (`your`)."""

FOREIGN = 0.04
"""From which evidence a message has a word that is none of ours: `vem är kantor i Pedersöre`."""

HARDLY_FOREIGN = 0.14
"""To which evidence a word may still be a form of one of ours."""

SURELY_NAMED = 0.8
"""From which evidence a word names something that is ours alone (`Taikusydän`)."""

TOLD_WORDS = 4
"""Words of the shortest clause that tells what is asked about: a shorter one greets or names."""

NEARLY_OURS = 0.2
"""From which evidence what a clause asks is no matter of somebody whom another tells of."""

_OF_ANOTHER = frozenset(
    word
    for line in (
        "han hanen hanta hanella hanelle hanelta hanesta hanet heidan",
        "hon han hans hennes henne honom deras",
        "he she his her hers him their them",
    )
    for word in line.split()
)
"""Words, folded, that mean somebody who was named."""

_OWN = frozenset(
    word
    for line in (
        "haluan haluaisin haluun haluisin paasen paasenko voin voinko saan saanko liityn liitymme"
        " kuulun kuulumme tarvitsen etsin kysyn puhun soitan otan mun minun mulle minulle meidan",
        "min mitt mina mig oss var vart vara",
        "my me our us",
    )
    for word in line.split()
)
"""Words, folded, with which a member asks for himself."""

MIN_WORDS_FOR_CLAUSES = 7
"""Shorter messages are not split into clauses."""

FEWER_IN_TALK = 2
"""So many fewer words it takes in a talk: `pääseekö etänä, olen silloin töissä`."""


class QuestionReader:
    """Reads masked messages by one Matcher."""

    def __init__(
        self,
        matcher: Matcher,
        calibration: Calibration,
        follow_ups: FollowUps,
        details: DetailReader,
        bodies: BodyReader,
        without_places: Callable[[MaskedMessage, Collection[int]], MaskedMessage],
    ) -> None:
        self._without_places = without_places
        self._matcher, self._calibration, self._bodies = matcher, calibration, bodies
        self._follow_ups, self._details = follow_ups, details

    def read(
        self,
        masked: MaskedMessage,
        text: str,
        language: Language,
        memory: ConversationState | None,
    ) -> Found:
        """What the message asks, completed from the conversation; `fallback` where unsure."""
        if not masked.words:
            return Found((Request(FALLBACK),), 0.0)
        masked = self._without_told_person(masked, text)
        talked_of = self._details.talked_of(memory)
        whole = self._matcher.guess(masked.words, talked_of)
        found = self.clauses(masked, text, is_of_ours(memory))
        parts = [
            *zip([clause.kind for clause in found], self._guesses(found, talked_of), strict=True)
        ]
        discount = self._discount(masked, text, memory, whole)
        if topic := self._topic_with_answer([whole, *(part for _, part in parts)], discount):
            return Found((Request(FALLBACK, masked.entities, topic),), 1 - whole.confidence)
        next_ones = {
            guess.label: bar
            for clause, (_, guess) in zip(found, parts, strict=True)
            if (bar := self._bar_of_next(guess, clause.words, masked, text, memory))
        }
        yours = [self._bodies.addresses_us(clause.words, language) for clause in found]
        chosen = self._choose(whole, parts, discount, next_ones, yours)
        second = self._second(chosen, found, [part for _, part in parts])
        if second and self._is_sure(second, discount + TOPIC_DISCOUNT):
            chosen, second = [*chosen, second], None
        if not second and len(chosen) < 2 and not self._matcher.is_phrase(masked.words):
            halves = self._halves(masked, text, memory, talked_of)
            if halves:
                found = [clause for clause, _ in halves]
                parts = [(ClauseKind.REQUEST, guess) for _, guess in halves]
                chosen = [guess for _, guess in halves]
        chosen = self._with_leading(chosen, found, [part for _, part in parts], discount)
        of_any = None if is_of_ours(memory) else found
        if chosen and self.another_body(masked, text, language, of_any):
            kept = (*SHORT_TALK, *OF_COMMUNITY) if self._names_us(masked) else SHORT_TALK
            chosen = [guess for guess in chosen if guess.label in kept]
        of_each = self._of_each(chosen, masked, found, [part for _, part in parts])
        requests = tuple(
            request
            for guess in chosen
            if (request := self._request(guess, of_each[guess.label], memory)) is not None
        )
        if not requests:
            return self._refuse(masked, whole)
        # `Hanna Hangasluoman numero ja sähköposti` asks one thing in two ways.
        surest = min(guess.confidence for guess in chosen)
        missed = (Request(FALLBACK, topic=UNANSWERED),) if second else ()
        return Found((*dict.fromkeys(requests), *missed), surest)

    def _names_us(self, masked: MaskedMessage) -> bool:
        """Whether a word names the community: what it is may be asked from anywhere."""
        return any(self._matcher.tells(word) >= SURELY_NAMED for word in masked.words)

    def _without_told_person(self, masked: MaskedMessage, text: str) -> MaskedMessage:
        """The message without an unknown person whom it only tells of: `Bengt Kemi, hur kommer …`.

        Not so where what it asks may be about them.
        """
        if not masked.names_unknown_person:
            return masked
        found = clauses(masked.tokens, text, masked.words, masked.owners)
        asking = [clause for clause in found if clause.kind]
        if not asking or len(found) < 2:
            return masked
        for clause in asking:
            guess = self._matcher.guess(clause.words)
            if PERSON in clause.words or not _OF_ANOTHER.isdisjoint(clause.words):
                return masked
            of_person = _is_of_person(guess.label) or guess.label == "contacts"
            if of_person and len(clause.words) < TOLD_WORDS:
                # `an Arto Vaasalainen; who's that`
                return masked
            own = tells_of_selves(clause.words) or not _OWN.isdisjoint(clause.words)
            plain = guess.ours >= NEARLY_OURS and not _is_of_person(guess.label)
            if not (own or plain):
                return masked
        left = [at for at, word in enumerate(masked.words) if word != PERSON]
        return kept_words(masked, left)

    def _guesses(self, found: Sequence[Clause], talked_of: Set[str]) -> Iterator[Guess]:
        """The guess for each clause.

        A word of ours alone, such as the community's name, is what a question after it may mean
        by `it`.
        """
        named = ""
        for clause in found:
            guess = self._matcher.guess(clause.words, talked_of)
            if named and clause.kind is ClauseKind.QUESTION:
                said = [named if word in REFERS_BACK else word for word in clause.words]
                of_named = self._matcher.guess(said, talked_of)
                guess = max(guess, of_named, key=lambda one: one.confidence)
            yield guess
            told = max(clause.words, key=self._matcher.tells)
            named = told if self._matcher.tells(told) >= SURELY_NAMED else named

    def _halves(
        self,
        masked: MaskedMessage,
        text: str,
        memory: ConversationState | None,
        talked_of: Set[str],
    ) -> list[tuple[Clause, Guess]]:
        """Two things asked with nothing but `and` between: `the contact in Vaasa and the date`.

        Each half must be sure by itself, and about another thing than the other.
        """
        said = masked.words
        if len(said) > MAX_HALVES:
            return []
        for at in range(1, len(said) - 1):
            if said[at] not in AND:
                continue
            halves = [tuple(range(at)), tuple(range(at + 1, len(said)))]
            made = [
                Clause(tuple(said[one] for one in half), ClauseKind.REQUEST, places=half)
                for half in halves
            ]
            guesses = [self._matcher.guess(clause.words, talked_of) for clause in made]
            kinds = [self._details.kind_of(guess.label) for guess in guesses]
            if None in kinds or kinds[0] == kinds[1]:
                continue
            if all(
                self._is_sure_half(guess, clause.words, masked, text, memory)
                for clause, guess in zip(made, guesses, strict=True)
            ):
                return list(zip(made, guesses, strict=True))
        return []

    def _is_sure_half(
        self,
        guess: Guess,
        words: Sequence[str],
        masked: MaskedMessage,
        text: str,
        memory: ConversationState | None,
    ) -> bool:
        bar = self._bar_of_next(guess, words, masked, text, memory)
        if not (_is_ours(guess) or (bar and guess.foreign < FOREIGN)):
            return False
        if guess.label in SHORT_TALK:
            return False
        return guess.confidence >= (bar or self._calibration.bar(guess.label))

    def _with_leading(
        self,
        chosen: list[Guess],
        found: Sequence[Clause],
        parts: Sequence[Guess],
        discount: float,
    ) -> list[Guess]:
        """The same, after what is asked in short before a question with `and`."""
        if len(chosen) != 1 or chosen[0].label in SHORT_TALK:
            return chosen
        for clause, part in zip(found, parts, strict=True):
            other = part.label not in (chosen[0].label, *SHORT_TALK, *OF_A_PLACE)
            if clause.leads and _is_ours(part) and other and self._is_sure(part, discount):
                return [part, *chosen]
        return chosen

    def _of_each(
        self,
        chosen: Sequence[Guess],
        masked: MaskedMessage,
        found: Sequence[Clause],
        parts: Sequence[Guess],
    ) -> dict[str, MaskedMessage]:
        """For each of two questions its own words, about the places that it names itself."""
        if len(chosen) < 2:
            return {guess.label: masked for guess in chosen}
        at_of = {
            guess.label: next(
                (at for at, part in enumerate(parts) if part.label == guess.label), None
            )
            for guess in chosen
        }
        return {
            label: masked if at is None else self._of_clause(at, masked, found)
            for label, at in at_of.items()
        }

    def _of_clause(
        self, number: int, masked: MaskedMessage, found: Sequence[Clause]
    ) -> MaskedMessage:
        """One clause; where it names no place, about the places of the nearest that does."""
        firsts = [_first_tokens(masked, clause) for clause in found]
        nearest = sorted(
            (at for at, one in enumerate(firsts) if one),
            key=lambda at: (abs(at - number), at > number),
        )
        about = firsts[nearest[0]] if nearest else frozenset[int]()
        others = {place.first for place in masked.places} - about
        clause = self._without_places(masked, others) if about else masked
        return kept_words(clause, found[number].places)

    def clauses(self, masked: MaskedMessage, text: str, in_talk: bool = False) -> list[Clause]:
        """The clauses of a longer message; in a talk of ours also of a rather short one."""
        least = MIN_WORDS_FOR_CLAUSES - FEWER_IN_TALK * in_talk
        if len(masked.words) + len(masked.origins) < least and not joins_questions(masked.words):
            return []
        found = clauses(masked.tokens, text, masked.words, masked.owners)
        return found if len(found) > 1 else []

    def _discount(
        self, masked: MaskedMessage, text: str, memory: ConversationState | None, whole: Guess
    ) -> float:
        """By how much less sure than usual the bot may be of a message.

        Where the conversation is about a place or a person, a question that may be about them most
        likely is; not so what asks nothing (`toi kuulostaa hyvältä`).
        """
        entities = memory.request.entities if memory else Entities()
        continues = entities.place or entities.persons
        asks = "?" in text or asks_by_word(masked.words)
        if not asks and whole.label in self._details.talked_of(memory):
            # `is it recorded`, of the meeting that was shown.
            asks = asks_yes_or_no(masked.words)
        if bar := self._bar_of_next(whole, masked.words, masked, text, memory):
            return self._calibration.bar(whole.label) - bar
        if continues and "?" in text and len(masked.words) == 1 and not asks_by_word(masked.words):
            return WORD_DISCOUNT
        if continues and asks:
            return TOPIC_DISCOUNT
        place = masked.names_place_exactly and whole.foreign < FOREIGN
        if place and whole.label == OF_A_PLACE[0] and whole.ours >= SOME_OURS:
            return PLACE_DISCOUNT
        return NAME_DISCOUNT if place or masked.entities.persons else 0.0

    def _bar_of_next(
        self,
        guess: Guess,
        words: Sequence[str],
        masked: MaskedMessage,
        text: str,
        memory: ConversationState | None,
    ) -> float | None:
        """The confidence that it takes where words may well ask what comes next in the talk.

        That is a detail of what is talked about, or the same for another time or kind, or with
        more confidence anything else that one asks of a network; in words that are all ours. None
        where the talk says nothing of it.
        """
        if len(words) > DETAIL_WORDS or guess.foreign >= HARDLY_FOREIGN:
            return None
        if guess.refusal and guess.refusal != FALLBACK:
            return None
        again = bool(masked.entities.kinds or masked.entities.period) and is_of_ours(memory)
        same = again and guess.label in self._details.talked_of(memory)
        few = len(words) <= FEW_WORDS
        asks = few or "?" in text or asks_by_word(words) or asks_yes_or_no(words)
        detail = asks and self._details.is_likely(guess.label, memory)
        if guess.foreign >= FOREIGN or guess.refusal:
            return LESS_LIKELY_BAR if detail else None
        there = again and guess.label == "meetings" and _THERE.intersection(words)
        if same or detail or there:
            return DETAIL_BAR
        ours = is_of_ours(memory) and guess.label in NEXT_INTENTS
        return LESS_LIKELY_BAR if ours and asks else None

    def guess(self, masked: MaskedMessage, memory: ConversationState | None) -> Guess:
        """What the phrases take a whole message for."""
        return self._matcher.guess(masked.words, self._details.talked_of(memory))

    def refused(self, masked: MaskedMessage, memory: ConversationState | None) -> Found:
        """A whole message that is not answered, with what may have been meant."""
        return self._refuse(masked, self.guess(masked, memory))

    def needed(self, masked: MaskedMessage, text: str, memory: ConversationState | None) -> float:
        """The confidence that a message takes to be answered."""
        if not masked.words:
            return self._calibration.threshold
        whole = self._matcher.guess(masked.words)
        return self._calibration.bar(whole.label) - self._discount(masked, text, memory, whole)

    def _is_sure(self, guess: Guess, discount: float) -> bool:
        """Whether a guess is sure enough to be answered."""
        return guess.confidence >= self._calibration.bar(guess.label) - discount

    def _topic_with_answer(self, guesses: Sequence[Guess], discount: float) -> str | None:
        """The topic out of scope that one of the guesses has, if the topic has its own answer."""
        for guess in guesses:
            topic = (guess.refusal or "").partition(":")[2]
            # Distress has its own ear; the phrases only tell it apart from what is answered.
            if topic and topic != DISTRESS and not self._is_sure(guess, discount):
                return topic
        return None

    def _choose(
        self,
        whole: Guess,
        parts: Sequence[tuple[ClauseKind, Guess]],
        discount: float,
        next_ones: Mapping[str, float],
        yours: Sequence[bool],
    ) -> list[Guess]:
        """The guesses to answer: two when two clauses surely ask two things; none when unsure.

        `next_ones` are labels that may well be asked next in the conversation, with their bars;
        `yours` tells of each clause whether it addresses us.

        A statement ("en saanut sivuilta selvää") counts only where no clause asks; and a clause of
        a story that reads as another's (`putki vuotaa, kehen otan yhteyttä?`) only where it has a
        word or a name of ours itself.
        """
        asked = any(kind for kind, _ in parts)
        tells = any(not kind for kind, _ in parts)
        of_whole = whole.label if self._is_sure(whole, discount) else None
        sure: dict[str, Guess] = {}
        for level in (
            (ClauseKind.QUESTION, ClauseKind.REQUEST) if asked else (ClauseKind.STATEMENT,)
        ):
            for (kind, part), addressed in zip(parts, yours, strict=True):
                known = part.label in SHORT_TALK or part.label in sure
                # What the whole surely asks needs less in the clause where it stands.
                consent = self._consents(whole, part, addressed, tells)
                bar = self._calibration.bar(part.label)
                lower = bar - next_ones[part.label] if part.label in next_ones else discount
                enough = part.label == of_whole or (consent and self._is_sure(part, lower))
                if kind == level and enough and not known:
                    sure[part.label] = whole if part.label == of_whole else part
            if sure:
                break
        if len(sure) > 1:
            return list(sure.values())[:2]
        if of_whole and (whole.label not in SHORT_TALK or not sure):
            return self._asked_instead(whole, parts, discount) or [whole]
        return list(sure.values())

    @staticmethod
    def _consents(whole: Guess, part: Guess, addressed: bool, tells: bool) -> bool:
        """Whether the whole of a message lets one of its clauses count by itself.

        `addressed` says whether the clause speaks of us, `tells` whether another tells something.
        A story that most likely is another's (`the tax office wrote, where do I call in Vasa?`)
        takes more than a word that tells a little, or the name of a place.
        """
        if whole.confidence >= CONSENT or (addressed and part.confidence >= ADDRESSED):
            return True
        if tells and whole.refusal and whole.refused >= STORY_REFUSED:
            asked = part.confidence >= SURELY_ASKED and part.foreign < FOREIGN
            return part.ours >= (OURS if part.names or asked else SURELY_OURS)
        return part.ours >= OURS or part.names

    def _asked_instead(
        self, whole: Guess, parts: Sequence[tuple[ClauseKind, Guess]], discount: float
    ) -> list[Guess]:
        """What is asked where the whole reads as what a clause beside it only tells.

        `Membership isn't our aim; who represents the network in Tampere?`
        """
        told = any(not kind and part.label == whole.label for kind, part in parts)
        asking = [part for kind, part in parts if kind]
        if not told or not asking or any(part.label == whole.label for part in asking):
            return []
        best = max(asking, key=lambda part: part.confidence)
        ours = best.names or best.ours >= OURS
        # An act takes its own bar; and what the whole is surer of is no mere aside.
        acts = self._calibration.bar(best.label) > self._calibration.threshold
        less = 0.0 if acts else discount + TOPIC_DISCOUNT
        surer = self._is_sure(whole, 0.0) and whole.confidence > best.confidence
        return [best] if ours and not surer and self._is_sure(best, less) else []

    @staticmethod
    def _second(
        chosen: Sequence[Guess], found: Sequence[Clause], parts: Sequence[Guess]
    ) -> Guess | None:
        """Of a message with two questions of which one is answered, the other."""
        own = [part for clause, part in zip(found, parts, strict=True) if clause.own]
        if len(chosen) != 1 or len(own) < 2 or chosen[0].label in SHORT_TALK:
            return None
        others = [
            part for part in own if part.label != chosen[0].label and part.label not in SHORT_TALK
        ]
        # Where neither is what is answered, the whole is read as one question.
        return others[0] if 0 < len(others) < len(own) else None

    def another_body(
        self,
        masked: MaskedMessage,
        text: str,
        language: Language,
        found: Sequence[Clause] | None = None,
    ) -> str | None:
        """The body that is not ours which the message asks about: `kontaktperson för Folkhälsan`.

        Of a longer message, only the clauses that ask count: who writes may work for anybody.
        Where these say nothing of ours or refer back, so do those that tell of others before them;
        and where a question stands besides requests, these are looked at for names of bodies alone.
        `found` are its clauses, where they are known.
        """
        parts = self.clauses(masked, text) if found is None else found
        asking = [part for part in parts if part.kind] or parts
        asked = {at for part in asking for at in part.places} or set(range(len(masked.words)))
        told: set[int] = set()
        refers = self._refers(asking)
        if not refers and any(part.kind is ClauseKind.QUESTION for part in asking):
            told = {
                at for part in asking if part.kind is not ClauseKind.QUESTION for at in part.places
            }
        first = min((part.places[0] for part in asking), default=0)
        if refers:
            told |= {
                at
                for part in parts
                if part.places[0] < first and len(part.words) >= TOLD_WORDS
                if not tells_of_selves(part.words) and _OWN.isdisjoint(part.words)
                for at in part.places
            }
        return self._bodies.find(masked, text, language, asked - told, told)

    def _refers(self, asking: Sequence[Clause]) -> bool:
        """Whether what asks says nothing of ours itself, or speaks of what stands before it."""
        if any(word in REFERS_BACK or word in _THERE for part in asking for word in part.words):
            return True
        return all(self._matcher.ours(part.words) < OURS for part in asking)

    def _request(
        self, guess: Guess, masked: MaskedMessage, memory: ConversationState | None
    ) -> Request | None:
        """What a guess asks; None for a detail of nothing that is known."""
        intent = intent_of(guess.label)
        if masked.names_unknown_person and intent in ("human", "meetings") and guess.ours < OURS:
            # `may I talk to Sirkka Palo`: of somebody unknown nothing of ours is said.
            return self._follow_ups.completed(Request("person", masked.entities), masked, memory)
        if asked := self._details.of_kind(intent, masked, memory):
            return asked
        label = self._details.instead_of(guess.label, masked.words, memory) or guess.label
        if self._details.of_another_kind(label, masked):
            label = intent = "meetings"
        elif other := self._details.unless_shown(label, masked, memory):
            label = intent = other
        if self._details.is_detail(label):
            # `is the June meeting online`: of a day, a word says enough that tells less.
            dated = masked.entities.period is not None and guess.ours >= DATED_OURS
            ours = guess.ours >= OURS or dated
            detail = self._details.request(label, masked, memory, ours)
            alone = guess.ours >= OURS or self._details.stands_alone(label)
            of_nobody = detail is None and masked.names_unknown_person
            if not of_nobody and (detail is not None or not alone):
                return detail
            if not of_nobody and self._details.asks_for_network(label):
                return self._details.of_any_network(label, masked)
            intent = self._details.whole(label)
        return self._follow_ups.completed(Request(intent, masked.entities), masked, memory)

    def _refuse(self, masked: MaskedMessage, whole: Guess) -> Found:
        """Nothing is answered; what may have been meant is offered."""
        guesses: tuple[Request, ...] = ()
        least = MIN_WORD_CONFIDENCE
        if len(masked.words) > 1:
            related = whole.names or whole.ours >= OURS
            least = MIN_GUESS_CONFIDENCE if related else MIN_UNRELATED_CONFIDENCE
        if whole.confidence >= least:
            guesses = tuple(
                Request(label, masked.entities.only_places()) for label in suggested(whole.ranking)
            )
        return Found((Request(FALLBACK, masked.entities),), 1 - whole.confidence, guesses)


def _first_tokens(masked: MaskedMessage, clause: Clause) -> frozenset[int]:
    """The first tokens of the places that stand in a clause."""
    bounds = (*masked.owners, len(masked.tokens))
    inside = {token for at in clause.places for token in range(bounds[at], bounds[at + 1])}
    return frozenset(place.first for place in masked.places if place.first in inside)


def _is_of_person(label: str) -> bool:
    """Whether a label asks for a person or a fact of one."""
    return intent_of(label) == "person" or label.startswith("contacts:")


def _is_ours(guess: Guess) -> bool:
    """Whether words have one of ours, or a name, and none that is another's."""
    return (guess.ours >= OURS or guess.names) and guess.foreign < FOREIGN


def intent_of(label: str) -> str:
    """The intent of a label: `meetings` of `meetings:place`."""
    return label.partition(":")[0]


def suggested(ranking: Sequence[str]) -> list[str]:
    """The intents to offer when unsure, out of the labels of all, best first."""
    intents = dict.fromkeys(map(intent_of, ranking))
    return [intent for intent in intents if intent not in SHORT_TALK][:MAX_GUESSES]
