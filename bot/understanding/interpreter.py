"""A message becomes an Understanding: here the other modules of this package come together."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from bot.i18n import N_
from bot.knowledge.library import DISTRESS, FALLBACK, Knowledge
from bot.knowledge.values import Language
from bot.understanding.acts import ActReader
from bot.understanding.anonymise import anonymise
from bot.understanding.bodies import BodyReader
from bot.understanding.clauses import ClauseKind, asks_by_word
from bot.understanding.confidence import Calibration, load_calibration
from bot.understanding.denials import DenialReader
from bot.understanding.denied_places import denied_places
from bot.understanding.details import DetailReader, same_word_labels
from bot.understanding.distress import DistressFinder
from bot.understanding.distress_model import load_distress_model
from bot.understanding.entities import EntityFinder, MaskedMessage
from bot.understanding.evidence import evidence_of
from bot.understanding.labels import Labels
from bot.understanding.language import LanguageFinder, LanguageHints
from bot.understanding.matcher import Guess, Matcher
from bot.understanding.meeting_changes import ADD_MEETING
from bot.understanding.model import (
    DOUBTFUL_PLACE,
    DistressFound,
    Evidence,
    Found,
    Manner,
    Move,
    OtherFound,
    Request,
    Understanding,
    Wish,
)
from bot.understanding.negation import Span, asserted_text
from bot.understanding.negation_words import grammars
from bot.understanding.other_languages import OTHER_LANGUAGE, OtherLanguageFinder
from bot.understanding.pairs import PairReader
from bot.understanding.questions import OF_COMMUNITY, QuestionReader
from bot.understanding.small_talk import SmallTalk
from bot.understanding.talk import moves
from bot.understanding.talk.complaints import COMPLAINTS, without_gone
from bot.understanding.talk.earlier import OF_COORDINATING, at_its_time
from bot.understanding.talk.follow_ups import (
    PLACE_INTENTS,
    RULE_CONFIDENCE,
    FollowUps,
    is_of_ours,
)
from bot.understanding.talk.memory import ConversationState
from bot.understanding.talk.moves import Moved, Moves
from bot.understanding.talk.moves_model import MovesModel, load_moves_model
from bot.understanding.talk.replies import Replies
from bot.understanding.talk.same_time import SameTimes
from bot.understanding.talk.turns import OURS, Read, TalkReader
from bot.understanding.talk.wordings import Wordings, kept_words
from bot.understanding.text import MASKS, PLACE, truncate
from bot.understanding.trained_model import TrainedModel

OFFERED_ABROAD = ("contacts", "find_network", "meetings")
"""What is on offer about a place that a message in another language names."""


FIRST_QUESTIONS = frozenset(
    (
        *("about", "find_network", "help", "links", "list_networks"),
        *("network_activity", "network_goals", "network_info"),
    )
)
"""Intents with which talks begin, and which a message in the middle of one may seem to ask."""

ASKED_IN_TALKS = ("meetings", "network_info")
"""Intents that talks are about, of which there are examples of what is said in talks."""

REFERRING = ("both", "other", "person", "last", "after", "before", "which")
"""Wordings that refer to what was shown, which is more than that nothing of ours is named."""

QUITE_SURE = 0.8
"""The confidence below which words alone are not enough for a question in a talk."""

READ_ALIKE = ("add_meeting", "contacts", "meetings", "person", *FIRST_QUESTIONS)
"""Intents as which a request for a language or the calendar may seem to read."""

MAX_EXCLAMATION = 4
"""Words of the sentence before a name that asks nothing itself."""


@dataclass(frozen=True)
class MessageContext:
    """What is known besides the message itself."""

    today: dt.date
    memory: ConversationState | None = None
    """Of the conversation, where there was a message within half an hour."""
    locale: str | None = None
    """The client's, such as `sv-FI`."""


class Interpreter:
    """Understands messages by one Knowledge; stateless, so all conversations share it.

    What was made for the interpreter `before` it and is the same for this one, it takes from there.
    """

    def __init__(
        self,
        knowledge: Knowledge,
        trained: TrainedModel,
        calibration: Calibration | None = None,
        moves_model: MovesModel | None = None,
        before: Interpreter | None = None,
    ) -> None:
        calibration = calibration or load_calibration()
        self._finder = EntityFinder(knowledge, trained.vocabulary, trained.names)
        self._matcher = Matcher(
            trained.intents,
            trained.alignment,
            calibration,
            trained.exact,
            same_word_labels(knowledge),
        )
        self._language = LanguageFinder(knowledge, trained.languages)
        self._spoken = knowledge.languages
        self._knowledge = knowledge
        self.trained = trained
        self._distress: DistressFinder
        if before is not None and before._distress.signs == knowledge.distress:
            self._distress = before._distress
        else:
            self._distress = DistressFinder(knowledge.distress, load_distress_model())
        self._others = OtherLanguageFinder(knowledge.other_languages, trained.vocabulary)
        self._acts = ActReader(knowledge)
        self._wordings = wordings = Wordings(knowledge)
        self._follow_ups = FollowUps(knowledge, wordings)
        self._same_times = SameTimes(knowledge, wordings)
        # A method of the interpreter would make a cycle, which keeps a replaced one in memory.
        self._ours = self._matcher.ours
        details = DetailReader(knowledge, self._follow_ups, wordings)
        self._talk = TalkReader(knowledge, wordings, self._follow_ups, self._ours)
        self._moves = Moves(
            knowledge,
            moves_model or load_moves_model(),
            self._follow_ups,
            details,
            self._talk.corrections,
            self._talk.references,
        )
        self._replies = Replies(knowledge, self._acts, self._follow_ups)
        self._small_talk = SmallTalk(knowledge)
        self._labels = Labels(knowledge)
        bodies = BodyReader(knowledge, self._matcher.is_known, self._matcher.tells)
        self._questions = QuestionReader(
            self._matcher,
            calibration,
            self._follow_ups,
            details,
            bodies,
            self._finder.without_places,
        )
        self._pairs = PairReader(knowledge, self._finder, self._matcher, self._follow_ups)
        self._grammars = grammars(knowledge)
        self._denials = DenialReader(self._matcher, self._acts, self._follow_ups, self._grammars)

    def understand(
        self, text: str, context: MessageContext, explain: bool = False
    ) -> Understanding:
        """Understands one message; `explain` adds the evidence, at some cost."""
        text = truncate(text)
        masked = self._finder.mask(text, context.today)
        memory = self._follow_ups.without_lost_names(context.memory)
        whole = text
        if kept := self._talk.without_dropped(masked, text, memory):
            # `forget Vaasa, what about Seinäjoki`
            text, masked = kept, self._finder.mask(kept, context.today)
        masked = self._same_times.resolved(masked, memory)
        hints = LanguageHints(memory.language if memory else None, context.locale)
        language, reason = self._language.find(masked.words, masked.mentions, hints)
        unspoken = None if language in self._spoken else language
        if unspoken:
            language, reason = self._language.hinted(hints)
        masked = self._without_denied_places(masked, text, language)
        distress = self._distress.find(whole, language)
        learned = distress and distress.tier == "maybe" and not distress.text
        if learned and self._wordings.find(masked.words, ("gone", "silent", "nobody")):
            # What was only learned from examples is no notice where somebody does not answer.
            distress = None
        denials: tuple[Span, ...] = ()
        moved: Moved | None = None
        read, read_text = masked, text
        if memory and (asked := self._replies.requested_language(masked.words)):
            language, reason = asked, N_("the member asks for it")
            found = Found(memory.requests, RULE_CONFIDENCE)
        elif memory and (wanted := self._replies.wanted_language(masked.words)):
            language, reason = wanted[0], N_("the member asks for it")
            found = self._in_wanted_language(masked, wanted[1], text, memory, context.today)
        elif (answered := self._replies.to_asked(masked.words, memory)) is not None:
            found = answered
            language = memory.language if memory else language
        elif decided := self._decided(masked, text, language, memory, context.today):
            found = decided
        elif noted := self._small_talk.read(masked.words, text):
            found = noted
            language = memory.language if memory else language
        else:
            found = self._talk.read(
                masked, text, memory, context.today, self._reader(text, language)
            )
            denials = self._denials.spans(masked, text, language, found)
            if denials:
                read_text = asserted_text(text, masked.tokens, denials)
                read = self._without_denied_places(
                    self._finder.mask(read_text, context.today), read_text, language
                )
                found = self._denials.without_denied(
                    found,
                    masked,
                    denials,
                    read,
                    lambda: self._talk.asserted(
                        read,
                        read_text,
                        memory,
                        context.today,
                        self._reader(read_text, language),
                    ),
                )
            found = self._pairs.read(found, read, context.today, memory)
            short = len(masked.words) <= moves.TELLS_NO_LANGUAGE
            moved = self._moved(found, read, text, language, memory, context.today)
            if moved is None and memory and self._is_unlikely(found, read, text, memory):
                found = self._questions.refused(read, memory)
            if moved:
                found = moved.found
                language = moved.language or (memory.language if memory and short else language)
        found = _asked_first(found, read)
        found = at_its_time(found, self._knowledge, context.today)
        found = without_gone(found, masked, memory, self._wordings, self._follow_ups)
        other = self._others.find(text, masked.tokens, masked.name_tokens)
        if unspoken:
            other = OtherFound(unspoken, True, tuple(masked.words))
        if other and (said := self._in_other_language(other, masked, found)):
            language, reason = self._language.hinted(hints)
            found = said
        if distress:
            if distress.language in self._spoken:
                language, reason = distress.language, N_("the words that tell of distress")
            distress = _of_someone_named(distress, found)
        if distress:
            found = _in_distress(distress, found)
        evidence = Evidence()
        if explain:
            shown = read if read.words else masked
            by_names = self._follow_ups.names_alone(shown, language, memory) is not None
            evidence = evidence_of(
                self._questions,
                self._matcher,
                shown,
                read_text or text,
                language,
                reason,
                by_names,
                memory,
            )
            of_community = found.requests[0].intent in OF_COMMUNITY
            evidence = replace(
                evidence,
                rules=() if of_community else evidence.rules,
                other=other,
                denied=tuple(_text_of(masked, one) for one in denials if one.denied),
                asserted=read_text if denials else "",
                move=moved.move if moved else None,
            )
        home = self._talk.home(masked)
        return Understanding(whole, language, *found, evidence, distress, home)

    def _decided(
        self,
        masked: MaskedMessage,
        text: str,
        language: Language,
        memory: ConversationState | None,
        today: dt.date,
    ) -> Found | None:
        """What a message asks that is nothing but a reply, or references to what was said."""
        if picked := self._replies.to_guesses(masked, memory):
            return picked
        found = self._talk.decided(masked, memory, today)
        if found and len(masked.words) > 1 and self._wordings.alone(masked.words, "more"):
            # *Lisää* is *more* and *add*: `lisää tapaaminen` after any answer.
            added = self._reader(text, language)(masked, None)
            return added if added.requests[0].intent == ADD_MEETING else found
        return found

    def _moved(
        self,
        found: Found,
        masked: MaskedMessage,
        text: str,
        language: Language,
        memory: ConversationState | None,
        today: dt.date,
    ) -> Moved | None:
        """What the message is as a move of the talk, where its words tell nothing else surely.

        That is where nothing is understood; or where it reads as a question with which talks begin,
        of no name, and more surely is a move; or most surely one that any question may seem to be.
        """
        if memory is None or not masked.words:
            return None
        first = found.requests[0]
        unsure = first.intent == FALLBACK and not first.topic
        other = first.intent in READ_ALIKE and len(found.requests) == 1
        if not (unsure or other) or self._questions.another_body(masked, text, language):
            return None
        reader = self._moves
        move, guess = self.move_of(masked, memory)
        named = masked.entities
        names = named.place or named.persons or named.period or named.kinds
        begins = first.intent in FIRST_QUESTIONS and not (first.topic or names)
        if unsure:
            sure = reader.is_sure(move, guess, len(masked.words), "?" in text)
        elif begins and first.manner is Manner.PLAIN:
            sure = move.probability >= moves.SURER
        elif first.intent == "contacts" and not first.topic and move.key in OF_COORDINATING:
            of_all = named.place or not self._moves.is_of_talk(move, memory)
            sure = move.probability >= moves.OF_ALIKE and not of_all
        else:
            sure = move.key in moves.ALIKE and move.probability >= moves.SUREST
        return reader.read(move, masked, memory, today) if sure else None

    def _is_unlikely(
        self, found: Found, masked: MaskedMessage, text: str, memory: ConversationState
    ) -> bool:
        """Whether a question of which its words are not quite sure is none of the talk's.

        Where it names nothing of ours, nothing else tells that it is about what was talked about.
        """
        first, named = found.requests[0], masked.entities
        by_talk = first.topic or first.intent in ASKED_IN_TALKS
        if found.confidence >= QUITE_SURE or len(found.requests) > 1 or not by_talk:
            return False
        names = named.place or named.persons or named.period or named.kinds
        if first.intent == FALLBACK or names or first.manner is not Manner.PLAIN:
            return False
        if self._wordings.find(masked.words, REFERRING):
            return False
        move, guess = self.move_of(masked, memory)
        likely = self._moves.confidence(move, guess, len(masked.words), "?" in text)
        return likely < moves.UNLIKELY

    def move_of(self, masked: MaskedMessage, memory: ConversationState) -> tuple[Move, Guess]:
        """The move that a message most likely is, and what the phrases take it for."""
        guess = self._questions.guess(masked, memory)
        return self._moves.likeliest(masked, memory, guess), guess

    @property
    def moves(self) -> Moves:
        """What is said in the middle of a talk in words of one's own, to be measured."""
        return self._moves

    def _without_denied_places(
        self, masked: MaskedMessage, text: str, language: Language
    ) -> MaskedMessage:
        """The message about the places alone that it does not deny."""
        grammar = self._grammars[language]
        denied = denied_places(masked.tokens, text, grammar, masked.places)
        return self._finder.without_places(masked, denied)

    def _in_wanted_language(
        self,
        masked: MaskedMessage,
        said: frozenset[int],
        text: str,
        memory: ConversationState,
        today: dt.date,
    ) -> Found:
        """What is asked besides that it be answered in a language; else the last question."""
        again = Found(memory.requests, RULE_CONFIDENCE)
        rest = kept_words(masked, [at for at in range(len(masked.words)) if at not in said])
        content = [
            word
            for word in rest.words
            if word not in self._wordings.small and word not in self._wordings.say
        ]
        if not content or not (self._ours(content) >= OURS or asks_by_word(content)):
            return again
        language = memory.language
        found = self._talk.read(rest, text, memory, today, self._reader(text, language))
        understood = found.requests[0].intent in (*PLACE_INTENTS, *OF_COMMUNITY, "person")
        return found if understood else again

    def _in_other_language(
        self, other: OtherFound, masked: MaskedMessage, found: Found
    ) -> Found | None:
        """What is answered to a message in another language; None where `found` is.

        Where it names a place, what there is about that is on offer.
        """
        requests, confidence, _ = found
        if not other.sure and (requests[0].intent != FALLBACK or requests[0].topic):
            return None
        places = masked.entities.only_places()
        guesses = [Request(intent, places) for intent in OFFERED_ABROAD] if places.place else ()
        topic = f"{OTHER_LANGUAGE}:{other.code}"
        return Found(
            (Request(FALLBACK, places, topic),), max(confidence, RULE_CONFIDENCE), tuple(guesses)
        )

    @property
    def pairs(self) -> PairReader:
        """What finds questions of content/questions, to be measured."""
        return self._pairs

    def read_alone(self, text: str, today: dt.date) -> tuple[MaskedMessage, Guess]:
        """A message with its names masked, and the best guess by the phrases, to be measured."""
        masked = self._finder.mask(truncate(text), today)
        return masked, self._matcher.guess(masked.words)

    def guesses(self, text: str, today: dt.date) -> list[Guess]:
        """The guesses for a whole message and for its clauses, to be measured."""
        masked = self._finder.mask(truncate(text), today)
        readings = [
            masked.words,
            *(clause.words for clause in self._questions.clauses(masked, text)),
        ]
        return [self._matcher.guess(each) for each in readings if each]

    def _reader(self, text: str, language: Language) -> Read:
        """Reads a message by its words, or a part of it, as the talk says."""

        def read(
            masked: MaskedMessage, memory: ConversationState | None, asks: bool = False
        ) -> Found:
            return self._read(masked, f"{text}?" if asks else text, language, memory)

        return read

    def _read(
        self,
        masked: MaskedMessage,
        text: str,
        language: Language,
        memory: ConversationState | None,
    ) -> Found:
        """What a message says by itself, with its wishes judged."""
        if label := self._labels.intent(masked):
            asked = self._follow_ups.completed(Request(label, masked.entities), masked, memory)
            found = Found((asked,), RULE_CONFIDENCE)
        else:
            found = (
                self._follow_ups.names_alone(masked, language, memory)
                or self._name_asked(masked, text, language, memory)
                or self._questions.read(masked, text, language, memory)
            )
        requests, confidence, guesses = found
        if not any(self._acts.is_act(one.intent) for one in (*requests, *guesses)):
            return found
        if len(requests) == 1 and self._acts.is_about_something_else(
            requests[0].intent, masked, text, language
        ):
            offered = Request(requests[0].intent, masked.entities.only_places())
            return Found((Request(FALLBACK, masked.entities),), 1 - confidence, (offered,))
        judged = tuple(
            self._acts.judge(one, masked, text, language, confidence) for one in requests
        )
        sure = any(one.wish in (Wish.CLEAR, Wish.DENIED, Wish.QUESTION) for one in judged)
        (first, *others) = judged
        unsure = (first.intent == FALLBACK and not first.topic) or first.wish is not Wish.NONE
        if unsure and not sure and not others:
            ranking = [*dict.fromkeys(one.intent for one in (*guesses, first))]
            if act := self._acts.recognise(ranking, masked, text, language):
                return Found((act,), confidence)
        return found._replace(requests=judged)

    def _name_asked(
        self,
        masked: MaskedMessage,
        text: str,
        language: Language,
        memory: ConversationState | None,
    ) -> Found | None:
        """What a last sentence of names asks, after a short one: `A pity. And in Kokkola?`."""
        if not is_of_ours(memory):
            return None
        found = self._questions.clauses(masked, text, in_talk=True)
        if not found or found[-1].kind is not ClauseKind.QUESTION:
            return None
        last = found[-1]
        before = [word for at, word in enumerate(masked.words) if at not in last.places]
        if PLACE not in last.words or not 0 < len(before) <= MAX_EXCLAMATION:
            return None
        if any(word in MASKS for word in before):
            return None
        return self._follow_ups.names_alone(kept_words(masked, last.places), language, memory)

    def networks_named(self, text: str) -> tuple[str, ...]:
        """The keys of the networks whose places a message names."""
        return self._finder.mask(truncate(text)).entities.networks

    def anonymise(self, text: str) -> str:
        """A message with masks in place of names, numbers and addresses; see `anonymise`."""
        text = truncate(text)
        return anonymise(text, self._finder.mask(text), self._finder.is_common_word)


def _asked_first(found: Found, masked: MaskedMessage) -> Found:
    """The same, but for a place of which it is not sure that it is meant: that is asked first.

    Nothing is said of the place until then, and it is not remembered.
    """
    about = tuple(one for one in found.requests if one.intent != FALLBACK)
    if not (masked.doubtful and about and about[0].intent in (*PLACE_INTENTS, "person")):
        return found
    return Found((Request(FALLBACK, topic=DOUBTFUL_PLACE),), found.confidence, about)


def _text_of(masked: MaskedMessage, span: Span) -> str:
    return " ".join(token.raw for token in masked.tokens[span.first : span.end])


def _of_someone_named(distress: DistressFound, found: Found) -> DistressFound | None:
    """`She does not answer` of a contact person who was talked about: most likely no danger.

    None where nothing else told of distress than that it was learned from examples, or that nobody
    answers.
    """
    first = found.requests[0]
    if first.intent != "human" or not (first.entities.persons or first.topic in COMPLAINTS):
        return distress
    if first.topic in COMPLAINTS and (not distress.text or distress.kind == "alone"):
        return None
    return replace(distress, tier="maybe") if distress.kind == "danger" else distress


def _in_distress(distress: DistressFound, found: Found) -> Found:
    """What is answered where distress was heard: where nothing else is, that alone."""
    if distress.tier == "sure" or found.requests[0].intent == FALLBACK:
        return Found((Request(FALLBACK, topic=DISTRESS),), RULE_CONFIDENCE)
    return found._replace(guesses=())
