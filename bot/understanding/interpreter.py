"""A message becomes an Understanding: here the other modules of this package come together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.i18n import N_, Message
from bot.knowledge.library import DISTRESS, FALLBACK, Knowledge
from bot.knowledge.values import Language
from bot.understanding.acts import ActReader
from bot.understanding.alignment import Alignment
from bot.understanding.anonymise import anonymise
from bot.understanding.clauses import SENTENCE_END, Clause, ClauseKind, asks_by_word, clauses
from bot.understanding.confidence import Calibration, load_calibration
from bot.understanding.conversation_memory import ConversationState
from bot.understanding.distress import DistressFinder
from bot.understanding.distress_model import load_distress_model
from bot.understanding.entities import EntityFinder, MaskedMessage, as_phrase
from bot.understanding.language import LanguageFinder, LanguageHints
from bot.understanding.matcher import Guess, Matcher
from bot.understanding.model import (
    DENIED,
    DOUBTFUL_PLACE,
    UNKNOWN_PERSON,
    DistressFound,
    Entities,
    Evidence,
    OtherFound,
    Request,
    Understanding,
    Wish,
)
from bot.understanding.negation import Span, asserted_text, spans
from bot.understanding.other_languages import OTHER_LANGUAGE, OtherLanguageFinder
from bot.understanding.short_replies import AMBIGUOUS, ShortReplies
from bot.understanding.text import MASKS, TIME, truncate, words
from bot.understanding.trained_model import TrainedModel
from bot.understanding.training import SHORT_TALK

PLACE_INTENTS = frozenset(
    [
        "contacts",
        "find_network",
        "network_info",
        "network_goals",
        "network_activity",
        "join",
        "links",
        "meetings",
        "human",
        "announce",
        "announcements",
        "add_meeting",
        "follow",
        "unfollow",
    ]
)
"""Intents about a network: without a place they take the one of the conversation."""

DENIABLE_INTENTS = PLACE_INTENTS - {"human", "follow", "unfollow"} | {"person", "list_networks"}
"""Intents that are not answered where a message only says that it does not want them. Others are
asked for by a denial: `en halua jutella robotin kanssa`."""

RULE_CONFIDENCE = 0.95
"""The confidence of what a rule decides without matching, such as a name alone."""

MAX_GUESSES = 3

OFFERED_ABROAD = ("contacts", "find_network", "meetings")
"""What is on offer about a place that a message in another language names."""

MIN_GUESS_CONFIDENCE = 0.09
"""From which confidence guesses are offered. Measured on left-out questions that were not answered:
of those in scope 84 % have the right intent among three, of those out of scope three in four get
none; of foreign texts nine in ten get none."""

MIN_WORD_CONFIDENCE = 0.04
"""The same for a message of one word (`kaffe`)."""

TOPIC_DISCOUNT = 0.15
"""By how much the threshold is lower for a question in a conversation about a place or a person."""

WORD_DISCOUNT = 0.45
"""The same for a word with a question mark that is no question word: `puhelin?`."""

NAME_DISCOUNT = 0.1
"""By how much it is lower where the message names a place or a contact person, without a typo: few
who write of one of ours mean something else."""

CONSENT = 0.1
"""How likely the whole of a message must be ours for one of its clauses to count by itself."""

OURS = 0.3
"""From which evidence a clause has a word of ours (`network`)."""

FOREIGN = 0.04
"""From which evidence a message has a word that is none of ours: `vem är kantor i Pedersöre`."""

MIN_SMALL_WORDS = 2
"""Words without a capital that show that a message does not begin every word with one."""

MAX_PHRASE_WORDS = 12
"""Words of the longest message that `explain` offers as a phrase whole."""

MIN_WORDS_FOR_CLAUSES = 7
"""Shorter messages are not split into clauses."""


MIN_DENIED_WORDS = 2
"""Words besides names that make a denial one of more than a name: `en Pirkanmaalla` denies that."""

_Found = tuple[tuple[Request, ...], float, tuple[Request, ...]]
"""Requests, confidence and guesses."""


@dataclass(frozen=True)
class MessageContext:
    """What is known besides the message itself."""

    today: dt.date
    memory: ConversationState | None = None
    """Of the conversation, where there was a message within half an hour."""
    locale: str | None = None
    """The client's, such as `sv-FI`."""


class Interpreter:
    """Understands messages by one Knowledge; stateless, so all conversations share it."""

    def __init__(
        self,
        knowledge: Knowledge,
        trained: TrainedModel,
        calibration: Calibration | None = None,
    ) -> None:
        self._calibration = calibration or load_calibration()
        self._finder = EntityFinder(knowledge, trained.vocabulary, trained.names)
        alignment = Alignment(trained.phrases)
        self._matcher = Matcher(trained.intents, alignment, self._calibration, trained.exact)
        self._language = LanguageFinder(knowledge, trained.languages)
        self._knowledge = knowledge
        self.trained = trained
        self._small_words = {
            language: frozenset(words(lexicon.follow_up_words))
            for language, lexicon in knowledge.lexicons.items()
        }
        self._replies = ShortReplies(knowledge)
        self._distress = DistressFinder(knowledge.distress, load_distress_model())
        self._others = OtherLanguageFinder(knowledge.other_languages, trained.vocabulary)
        self._acts = ActReader(knowledge)

    def understand(
        self, text: str, context: MessageContext, explain: bool = False
    ) -> Understanding:
        """Understands one message; `explain` adds the evidence, at some cost."""
        text = truncate(text)
        masked = self._finder.mask(text, context.today)
        memory = self._without_lost_names(context.memory)
        hints = LanguageHints(memory.language if memory else None, context.locale)
        language, reason = self._language.find(masked.words, masked.mentions, hints)
        distress = self._distress.find(text, language)
        denials: tuple[Span, ...] = ()
        read, read_text = masked, text
        if memory and (asked := self._replies.requested_language(masked.words)):
            language, reason = asked, N_("the member asks for it")
            found: _Found = ((memory.request,), RULE_CONFIDENCE, ())
        elif (answered := self._answer_to_asked(masked, memory)) is not None:
            found = answered
            language = memory.language if memory else language
        else:
            found = self._answer_to_guesses(masked, memory) or self._read(
                masked, text, language, memory
            )
            denials = self._denials(masked, text, language, found)
            if denials:
                read_text = asserted_text(text, masked.tokens, denials)
                read = self._finder.mask(read_text, context.today)
                found = self._without_denied(
                    found, masked, denials, read, read_text, memory, language
                )
        found = _asked_first(found, read)
        other = self._others.find(text, masked.tokens, masked.name_tokens)
        if other and (said := self._in_other_language(other, masked, found)):
            language, reason = self._language.hinted(hints)
            found = said
        if distress:
            if distress.language:
                language, reason = distress.language, N_("the words that tell of distress")
            found = _in_distress(distress, found)
        requests, confidence, guesses = found
        evidence = Evidence()
        if explain:
            shown = read if read.words else masked
            by_names = self._follow_up(shown, language, memory) is not None
            evidence = self._evidence(shown, read_text or text, reason, by_names, memory)
            evidence = replace(
                evidence,
                other=other,
                denied=tuple(_text_of(masked, one) for one in denials if one.denied),
                asserted=read_text if denials else "",
            )
        return Understanding(text, language, requests, confidence, guesses, evidence, distress)

    def _in_other_language(
        self, other: OtherFound, masked: MaskedMessage, found: _Found
    ) -> _Found | None:
        """What is answered to a message in another language; None where `found` is.

        Where it names a place, what there is about that is on offer.
        """
        requests, confidence, _ = found
        if not other.sure and (requests[0].intent != FALLBACK or requests[0].topic):
            return None
        places = masked.entities.only_places()
        guesses = [Request(intent, places) for intent in OFFERED_ABROAD] if places.place else ()
        topic = f"{OTHER_LANGUAGE}:{other.code}"
        return (Request(FALLBACK, places, topic),), max(confidence, RULE_CONFIDENCE), tuple(guesses)

    def guesses(self, text: str, today: dt.date) -> list[Guess]:
        """The guesses for a whole message and for its clauses, to be measured."""
        masked = self._finder.mask(truncate(text), today)
        readings = [masked.words, *(clause.words for clause in self._clauses(masked, text))]
        return [self._matcher.guess(each) for each in readings if each]

    def _read(
        self,
        masked: MaskedMessage,
        text: str,
        language: Language,
        memory: ConversationState | None,
    ) -> _Found:
        """What a message says by itself, with its wishes judged."""
        found = self._follow_up(masked, language, memory) or self._match(masked, text, memory)
        requests, confidence, guesses = found
        if not any(self._acts.is_act(one.intent) for one in (*requests, *guesses)):
            return found
        if len(requests) == 1 and self._acts.is_about_something_else(
            requests[0].intent, masked, text, language
        ):
            offered = Request(requests[0].intent, masked.entities.only_places())
            return (Request(FALLBACK, masked.entities),), 1 - confidence, (offered,)
        judged = tuple(
            self._acts.judge(one, masked, text, language, confidence) for one in requests
        )
        sure = any(one.wish in (Wish.CLEAR, Wish.DENIED, Wish.QUESTION) for one in judged)
        (first, *others) = judged
        unsure = (first.intent == FALLBACK and not first.topic) or first.wish is not Wish.NONE
        if unsure and not sure and not others:
            ranking = [*dict.fromkeys(one.intent for one in (*guesses, first))]
            if act := self._acts.recognise(ranking, masked, text, language):
                return (act,), confidence, ()
        return judged, confidence, guesses

    def anonymise(self, text: str) -> str:
        """A message with masks in place of names, numbers and addresses; see `anonymise`."""
        text = truncate(text)
        return anonymise(text, self._finder.mask(text), self._finder.is_common_word)

    def _without_lost_names(self, memory: ConversationState | None) -> ConversationState | None:
        """The memory, without its entities where the content has lost one of them meanwhile."""
        if memory is None:
            return None
        known, entities = self._knowledge, memory.request.entities
        kept = (
            all(key in known.networks for key in entities.networks)
            and all(key in known.regions for key in entities.regions)
            and all(key in known.municipalities for key in entities.municipalities)
            and all(key in known.people for key in entities.persons)
        )
        return (
            memory if kept else ConversationState(Request(memory.request.intent), memory.language)
        )

    # A message that denies something

    def _denials(
        self, masked: MaskedMessage, text: str, language: Language, found: _Found
    ) -> tuple[Span, ...]:
        """The denied and asserted parts; none where the denial is itself what is meant."""
        request = found[0][0]
        if request.topic or self._acts.is_act(request.intent) or len(masked.tokens) < 2:
            return ()
        names = frozenset(
            owner for word, owner in zip(masked.words, masked.owners, strict=True) if word in MASKS
        )
        if self._matcher.is_phrase(masked.words):
            return ()
        return spans(masked.tokens, text, language, names)

    def _without_denied(
        self,
        whole: _Found,
        masked: MaskedMessage,
        denials: tuple[Span, ...],
        read: MaskedMessage,
        read_text: str,
        memory: ConversationState | None,
        language: Language,
    ) -> _Found:
        """What is asserted; nothing where the message only denies what it is taken for."""
        (request, *_), confidence, guesses = whole
        denied = self._label_of_denied(masked, denials)
        kept = tuple(guess for guess in guesses if guess.intent != denied)
        if not read.words:
            if request.intent in DENIABLE_INTENTS:
                return (Request(FALLBACK, topic=DENIED),), RULE_CONFIDENCE, ()
            return whole[0], confidence, kept
        asserted = self._read(read, read_text, language, memory)
        if asserted[0][0].intent != FALLBACK or asserted[0][0].topic:
            if denied is None or read.entities.place:
                return asserted
            # `not the contacts in Tampere, the meetings`: still there.
            with_place = tuple(
                replace(one, entities=self._with_place_of(one.entities, masked.entities))
                if one.intent in PLACE_INTENTS and masked.entities.place
                else one
                for one in asserted[0]
            )
            return with_place, asserted[1], asserted[2]
        if request.intent == denied:
            others = tuple(guess for guess in asserted[2] if guess.intent != denied)
            return (Request(FALLBACK, request.entities),), 1 - confidence, others
        return whole[0], confidence, kept

    def _label_of_denied(self, masked: MaskedMessage, denials: tuple[Span, ...]) -> str | None:
        """What the denied parts are about; None where they only name a place, person or time."""
        inside = {at for one in denials if one.denied for at in range(one.first, one.end)}
        words = [
            word for word, owner in zip(masked.words, masked.owners, strict=True) if owner in inside
        ]
        if len([word for word in words if word not in MASKS]) < MIN_DENIED_WORDS:
            return None
        return self._matcher.guess(words).label

    # A message that answers what the bot asked

    def _answer_to_asked(
        self, masked: MaskedMessage, memory: ConversationState | None
    ) -> _Found | None:
        """A yes or no to whether an act is wanted."""
        if memory is None or memory.asked is None:
            return None
        wish = self._acts.answer(memory.asked, masked.words)
        if wish is None:
            return None
        return (replace(memory.asked, wish=wish),), RULE_CONFIDENCE, ()

    def _answer_to_guesses(
        self, masked: MaskedMessage, memory: ConversationState | None
    ) -> _Found | None:
        """The guess that the message picks of those offered; all again where that is not clear."""
        if memory is None or not memory.guesses:
            return None
        picked_guess = self._replies.picked_guess(masked.words, len(memory.guesses))
        if picked_guess is None:
            return None
        if picked_guess == AMBIGUOUS:
            return (Request(FALLBACK),), 0.0, memory.guesses
        picked = memory.guesses[picked_guess]
        if self._acts.is_act(picked.intent):
            # What the bot has guessed is asked before it is done.
            picked = replace(picked, wish=Wish.GUESSED)
        return (picked,), RULE_CONFIDENCE, ()

    # A message that is only a name, or a name and small words

    def _follow_up(
        self, masked: MaskedMessage, language: Language, memory: ConversationState | None
    ) -> _Found | None:
        small = self._small_words[language]
        rest = [word for word in masked.words if word not in MASKS and word not in small]
        entities = masked.entities
        if rest or not masked.words:
            return None
        if not (entities.place or entities.persons or entities.period):
            return None
        if not (entities.place or entities.persons or self._is_of_ours(memory)):
            # A date alone is anybody's.
            return (Request(FALLBACK),), 0.0, (Request("meetings", entities),)
        intent = _intent_of_names(entities, memory.request if memory else None)
        before = memory.request.entities if memory else Entities()
        if not entities.place and intent != "person":
            entities = self._with_place_of(entities, before)
        if intent == "meetings" and entities.period is None and memory:
            entities = replace(entities, period=before.period)
        return (Request(intent, entities),), RULE_CONFIDENCE, ()

    def _is_of_ours(self, memory: ConversationState | None) -> bool:
        """Whether a conversation has been about anything of ours."""
        return memory is not None and memory.request.intent in (*PLACE_INTENTS, "person")

    # A message with words of its own

    def _match(self, masked: MaskedMessage, text: str, memory: ConversationState | None) -> _Found:
        if not masked.words:
            return (Request(FALLBACK),), 0.0, ()
        whole = self._matcher.guess(masked.words)
        parts = [
            (clause.kind, self._matcher.guess(clause.words))
            for clause in self._clauses(masked, text)
        ]
        discount = self._discount(masked, text, memory, whole)
        if topic := self._topic_with_answer([whole, *(part for _, part in parts)], discount):
            return (Request(FALLBACK, masked.entities, topic),), 1 - whole.confidence, ()
        chosen = self._choose(whole, parts, discount)
        if not parts and self._another_name(masked, text):
            chosen = [guess for guess in chosen if guess.label in SHORT_TALK]
        if not chosen:
            return self._refuse(masked, whole)
        requests = tuple(
            self._complete(Request(guess.label, masked.entities), masked, memory)
            for guess in chosen
        )
        # `Hanna Hangasluoman numero ja sähköposti` asks one thing in two ways.
        return tuple(dict.fromkeys(requests)), min(guess.confidence for guess in chosen), ()

    def _clauses(self, masked: MaskedMessage, text: str) -> list[Clause]:
        """The clauses of a longer message."""
        if len(masked.words) < MIN_WORDS_FOR_CLAUSES:
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
        if continues and "?" in text and len(masked.words) == 1 and not asks_by_word(masked.words):
            return WORD_DISCOUNT
        if continues and asks:
            return TOPIC_DISCOUNT
        place = masked.names_place_exactly and whole.foreign < FOREIGN
        return NAME_DISCOUNT if place or masked.entities.persons else 0.0

    def _needed(self, masked: MaskedMessage, text: str, memory: ConversationState | None) -> float:
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
        self, whole: Guess, parts: Sequence[tuple[ClauseKind, Guess]], discount: float
    ) -> list[Guess]:
        """The guesses to answer: two when two clauses surely ask two things; none when unsure.

        A statement ("en saanut sivuilta selvää") counts only where no clause asks; and a clause of
        a story that reads as another's (`putki vuotaa, kehen otan yhteyttä?`) only where it has a
        word or a name of ours itself.
        """
        asked = any(kind for kind, _ in parts)
        of_whole = whole.label if self._is_sure(whole, discount) else None
        sure: dict[str, Guess] = {}
        for level in (
            (ClauseKind.QUESTION, ClauseKind.REQUEST) if asked else (ClauseKind.STATEMENT,)
        ):
            for kind, part in parts:
                known = part.label in SHORT_TALK or part.label in sure
                # What the whole surely asks needs less in the clause where it stands.
                consent = whole.confidence >= CONSENT or part.ours >= OURS or part.names
                enough = part.label == of_whole or (consent and self._is_sure(part, discount))
                if kind == level and enough and not known:
                    sure[part.label] = whole if part.label == of_whole else part
            if sure:
                break
        if len(sure) > 1:
            return list(sure.values())[:2]
        if of_whole and (whole.label not in SHORT_TALK or not sure):
            return [whole]
        return list(sure.values())

    def _another_name(self, masked: MaskedMessage, text: str) -> str | None:
        """The name of a body that is not ours, if one is named: `kontaktperson för Folkhälsan`.

        It has a capital within a sentence, and is no word of ours.
        """
        tokens = masked.tokens
        if sum(not token.capital for token in tokens) < MIN_SMALL_WORDS:
            return None
        for word, at in zip(masked.words, masked.owners, strict=True):
            inside = at > 0 and not SENTENCE_END.search(text[tokens[at - 1].end : tokens[at].start])
            named = inside and tokens[at].capital and len(word) > 1 and word not in MASKS
            if named and not any(map(self._matcher.is_known, word.split("-"))):
                return tokens[at].raw
        return None

    def _refuse(self, masked: MaskedMessage, whole: Guess) -> _Found:
        guesses: tuple[Request, ...] = ()
        least = MIN_GUESS_CONFIDENCE if len(masked.words) > 1 else MIN_WORD_CONFIDENCE
        if whole.confidence >= least:
            guesses = tuple(
                Request(label, masked.entities.only_places()) for label in suggested(whole.ranking)
            )
        return (Request(FALLBACK, masked.entities),), 1 - whole.confidence, guesses

    def _complete(
        self, request: Request, masked: MaskedMessage, memory: ConversationState | None
    ) -> Request:
        """Fills in from the conversation what the message does not name: the place, the person."""
        if request.intent in ("contacts", "person") and masked.names_unknown_person:
            # Nobody else's number: neither a coordinator's nor that of whom was talked about.
            return Request(FALLBACK, request.entities, UNKNOWN_PERSON)
        if request.intent == "contacts" and request.entities.persons:
            return replace(request, intent="person")
        entities = request.entities
        before = memory.request.entities if memory else Entities()
        if request.intent == "person" and not (entities.persons or before.persons):
            # `vad har hon för nummer`, of whom an answer about a place has named.
            there = self._with_place_of(entities, before)
            return Request("contacts", there) if there.place else request
        if memory is None:
            return request
        if request.intent in ("contacts", "person") and not entities.place and before.persons:
            return Request("person", replace(entities, persons=entities.persons or before.persons))
        if request.intent in PLACE_INTENTS:
            return replace(request, entities=self._with_place_of(entities, before))
        return request

    def _with_place_of(self, entities: Entities, before: Entities) -> Entities:
        """The entities with the place that was talked about, unless they name one."""
        if entities.place:
            return entities
        if before.persons and not before.place:
            # `milloin heillä on kokous`, after a person: the person's network.
            people = self._knowledge.people
            networks = (key for person in before.persons for key in people[person].networks)
            return replace(entities, networks=tuple(dict.fromkeys(networks)))
        return replace(
            entities,
            networks=before.networks,
            regions=before.regions,
            municipalities=before.municipalities,
        )

    def _rules(
        self, masked: MaskedMessage, text: str, memory: ConversationState | None
    ) -> tuple[Message, ...]:
        """What keeps a message from being answered, whatever the phrases say, for `explain`."""
        found: list[Message] = []
        if another := self._another_name(masked, text):
            # i18n: why a question is not answered; {name} is such as Folkhälsan.
            found.append(N_("`{name}` is none of ours", name=another))
        if masked.doubtful:
            found.append(N_("the place is misspelt so that it is asked first whether it is meant"))
        if set(masked.words) == {TIME} and not self._is_of_ours(memory):
            found.append(N_("a date alone is anybody's"))
        return tuple(found)

    def _evidence(
        self,
        masked: MaskedMessage,
        text: str,
        reason: Message,
        by_names: bool,
        memory: ConversationState | None,
    ) -> Evidence:
        parts = self._clauses(masked, text)
        asked = any(part.kind for part in parts)
        whole = (self._matcher.interpret(masked.words),) if masked.words else ()
        interpretations = whole + tuple(
            replace(self._matcher.interpret(part.words), counts=not asked or bool(part.kind))
            for part in parts
        )
        # Of a long message only the question is worth adding to the phrases.
        worth_adding = (
            interpretations[1:] if len(masked.words) > MAX_PHRASE_WORDS else interpretations[:1]
        )
        surest = max(
            worth_adding or interpretations, key=lambda each: each.confidence, default=None
        )
        return Evidence(
            tokens=masked.words,
            language_reason=reason,
            mentions=masked.mentions,
            matches=self._matcher.explain(masked.words) if masked.words else (),
            unknown_words=self._matcher.unknown_words(masked.words),
            interpretations=interpretations,
            threshold=self._needed(masked, text, memory),
            by_names=by_names,
            rules=self._rules(masked, text, memory),
            line=as_phrase(masked, surest.words) if surest else "",
        )


def _asked_first(found: _Found, masked: MaskedMessage) -> _Found:
    """The same, but for a place of which it is not sure that it is meant: that is asked first.

    Nothing is said of the place until then, and it is not remembered.
    """
    requests, confidence, _ = found
    about = tuple(one for one in requests if one.intent != FALLBACK)
    if not (masked.doubtful and about and about[0].intent in (*PLACE_INTENTS, "person")):
        return found
    return (Request(FALLBACK, topic=DOUBTFUL_PLACE),), confidence, about


def _text_of(masked: MaskedMessage, span: Span) -> str:
    return " ".join(token.raw for token in masked.tokens[span.first : span.end])


def suggested(ranking: Sequence[str]) -> list[str]:
    """The labels to offer when unsure, out of all, best first."""
    return [label for label in ranking if label not in SHORT_TALK][:MAX_GUESSES]


def _in_distress(distress: DistressFound, found: _Found) -> _Found:
    """What is answered where distress was heard: where nothing else is, that alone."""
    requests, confidence, _ = found
    if distress.tier == "sure" or requests[0].intent == FALLBACK:
        return (Request(FALLBACK, topic=DISTRESS),), RULE_CONFIDENCE, ()
    return requests, confidence, ()


def _intent_of_names(entities: Entities, before: Request | None) -> str:
    """What a message of names alone asks: what was asked before, now about these."""
    if entities.persons:
        return "person"
    if before and (before.intent in PLACE_INTENTS or before.intent == "person"):
        if entities.place:
            return "contacts" if before.intent == "person" else before.intent
        return "meetings"
    return "find_network" if entities.place else "meetings"
