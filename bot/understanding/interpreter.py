"""A message becomes an Understanding: the one place where the parts of this room meet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.i18n import N_
from bot.knowledge.library import FALLBACK, Knowledge
from bot.knowledge.values import Language
from bot.understanding.alignment import Alignment
from bot.understanding.clauses import Asking, Clause, clauses
from bot.understanding.confidence import Calibration, load_calibration
from bot.understanding.entities import EntityFinder, Masked, as_phrase
from bot.understanding.language import Hints, LanguageFinder
from bot.understanding.masking import without_persons
from bot.understanding.matcher import Guess, Matcher
from bot.understanding.memory import Remembered
from bot.understanding.model import UNKNOWN_PERSON, Entities, Evidence, Request, Understanding
from bot.understanding.replies import UNCLEAR, Replies
from bot.understanding.text import MASKS, cut, words
from bot.understanding.trained import TrainedModel
from bot.understanding.training import SHORT_TALK

ABOUT_A_PLACE = frozenset(
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
"""Intents that are asked about a network: they take the place that was talked about."""

SURE = 0.95
"""The confidence of what needs no matching: a name alone, a follow-up made of one."""

MOST_GUESSES = 3

GUESS_FROM = 0.08
"""From which confidence guesses are offered: of left-out questions that are ours and were not
answered, 84 % then have the right one among three; of those that are not ours, four in five get
none."""

GOES_ON = 0.15
"""How much less confidence a question needs once a place or a person has been talked about."""

LONGEST_PHRASE = 12
"""Words up to which `explain` offers a message as a phrase whole."""

LONG = 7
"""From how many words a message is also read clause by clause."""


_Found = tuple[tuple[Request, ...], float, tuple[Request, ...]]
"""Requests, confidence and guesses."""


@dataclass(frozen=True)
class Circumstances:
    """What is known beside the message."""

    today: dt.date
    memory: Remembered | None = None
    locale: str | None = None


class Interpreter:
    """Understands messages with one state of Knowledge; safe to share, keeps nothing of them."""

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
        self._replies = Replies(knowledge)

    def understand(
        self, text: str, circumstances: Circumstances, explain: bool = False
    ) -> Understanding:
        """Understands one message; `explain` adds the evidence, at some cost."""
        text = cut(text)
        masked = self._finder.mask(text, circumstances.today)
        memory = self._still_true(circumstances.memory)
        hints = Hints(memory.language if memory else None, circumstances.locale)
        language, reason = self._language.find(masked.words, masked.mentions, hints)
        if memory and (asked := self._replies.language_asked(masked.words)):
            language, reason = asked, N_("the member asks for it")
            found: _Found = ((memory.request,), SURE, ())
        else:
            found = (
                self._reply(masked, memory)
                or self._follow_up(masked, language, memory)
                or self._match(masked, text, memory)
            )
        requests, confidence, guesses = found
        evidence = Evidence()
        if explain:
            by_names = self._follow_up(masked, language, memory) is not None
            evidence = self._evidence(masked, text, reason, by_names)
        return Understanding(text, language, requests, confidence, guesses, evidence)

    def without_persons(self, text: str) -> str:
        """A message with masks in place of names, numbers and addresses; see `masking`."""
        text = cut(text)
        return without_persons(text, self._finder.mask(text), self._finder.known)

    def _still_true(self, memory: Remembered | None) -> Remembered | None:
        """The memory, without its names when the content has changed and lost one of them."""
        if memory is None:
            return None
        known, entities = self._knowledge, memory.request.entities
        kept = (
            all(key in known.networks for key in entities.networks)
            and all(key in known.regions for key in entities.regions)
            and all(key in known.municipalities for key in entities.municipalities)
            and all(key in known.people for key in entities.persons)
        )
        return memory if kept else Remembered(Request(memory.request.intent), memory.language)

    # A message that answers what the bot asked

    def _reply(self, masked: Masked, memory: Remembered | None) -> _Found | None:
        """Takes one of the guesses on offer; offers them again where it is not clear which."""
        if memory is None or not memory.guesses:
            return None
        picked = self._replies.picked(masked.words, len(memory.guesses))
        if picked is None:
            return None
        if picked == UNCLEAR:
            return (Request(FALLBACK),), 0.0, memory.guesses
        return (memory.guesses[picked],), SURE, ()

    # A message that is only a name, or a name and small words

    def _follow_up(
        self, masked: Masked, language: Language, memory: Remembered | None
    ) -> _Found | None:
        small = self._small_words[language]
        rest = [word for word in masked.words if word not in MASKS and word not in small]
        entities = masked.entities
        if rest or not masked.words:
            return None
        if not (entities.place or entities.persons or entities.period):
            return None
        intent = _intent_of_names(entities, memory.request if memory else None)
        before = memory.request.entities if memory else Entities()
        if not entities.place and intent != "person":
            entities = self._with_place_of(entities, before)
        if intent == "meetings" and entities.period is None and memory:
            entities = replace(entities, period=before.period)
        return (Request(intent, entities),), SURE, ()

    # A message with words of its own

    def _match(self, masked: Masked, text: str, memory: Remembered | None) -> _Found:
        if not masked.words:
            return (Request(FALLBACK),), 0.0, ()
        whole = self._matcher.guess(masked.words)
        parts = [
            (clause.asking, self._matcher.guess(clause.words))
            for clause in self._parts(masked, text)
        ]
        threshold = self._threshold(memory)
        if topic := self._topic_with_answer([whole, *(part for _, part in parts)], threshold):
            return (Request(FALLBACK, masked.entities, topic),), 1 - whole.confidence, ()
        chosen = self._choose(whole, parts, threshold)
        if not chosen:
            return self._refuse(masked, whole)
        requests = tuple(
            self._complete(Request(guess.label, masked.entities), masked, memory)
            for guess in chosen
        )
        # `Hanna Hangasluoman numero ja sähköposti` asks one thing in two ways.
        return tuple(dict.fromkeys(requests)), min(guess.confidence for guess in chosen), ()

    def _parts(self, masked: Masked, text: str) -> list[Clause]:
        """The clauses of a longer message."""
        if len(masked.words) < LONG:
            return []
        found = clauses(masked.tokens, text, masked.words, masked.owners)
        return found if len(found) > 1 else []

    def _threshold(self, memory: Remembered | None) -> float:
        """From which confidence a question is answered; in the middle of a talk about one of
        ours, what might be asked of it most likely is."""
        entities = memory.request.entities if memory else Entities()
        goes_on = entities.place or entities.persons
        return self._calibration.threshold - (GOES_ON if goes_on else 0.0)

    def _topic_with_answer(self, guesses: Sequence[Guess], threshold: float) -> str | None:
        """A topic that is not ours but has an answer of its own: distress comes before all else."""
        for guess in guesses:
            topic = (guess.refusal or "").partition(":")[2]
            if topic and guess.confidence < threshold:
                return topic
        return None

    def _choose(
        self, whole: Guess, parts: Sequence[tuple[Asking, Guess]], threshold: float
    ) -> list[Guess]:
        """The guesses to answer: two when two clauses surely ask two things; none when unsure.

        What only tells of something ("en saanut sivuilta selvää") counts where nothing asks.
        """
        asking = max((asks for asks, _ in parts), default=Asking.TELLS)
        of_whole = whole.label if whole.confidence >= threshold else None
        sure: dict[str, Guess] = {}
        for level in (Asking.QUESTION, Asking.ASKS) if asking else (Asking.TELLS,):
            for asks, part in parts:
                known = part.label in SHORT_TALK or part.label in sure
                # What the whole surely asks needs less in the clause where it stands.
                enough = part.confidence >= threshold or part.label == of_whole
                if asks == level and enough and not known:
                    sure[part.label] = whole if part.label == of_whole else part
            if sure:
                break
        if len(sure) > 1:
            return list(sure.values())[:2]
        if whole.confidence >= threshold and (whole.label not in SHORT_TALK or not sure):
            return [whole]
        return list(sure.values())

    def _refuse(self, masked: Masked, whole: Guess) -> _Found:
        guesses: tuple[Request, ...] = ()
        if whole.confidence >= GUESS_FROM:
            guesses = tuple(
                Request(label, masked.entities.only_places()) for label in suggested(whole.ranking)
            )
        return (Request(FALLBACK, masked.entities),), 1 - whole.confidence, guesses

    def _complete(self, request: Request, masked: Masked, memory: Remembered | None) -> Request:
        """Fills in what the message leaves to the conversation: the place, the person."""
        if request.intent in ("contacts", "person") and masked.stranger:
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
        if request.intent in ABOUT_A_PLACE:
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

    def _evidence(self, masked: Masked, text: str, reason: str, by_names: bool) -> Evidence:
        parts = self._parts(masked, text)
        asking = any(part.asking for part in parts)
        whole = (self._matcher.read(masked.words),) if masked.words else ()
        readings = whole + tuple(
            replace(self._matcher.read(part.words), counts=not asking or bool(part.asking))
            for part in parts
        )
        # Of a long message only the question is worth adding to the phrases.
        asked = readings[1:] if len(masked.words) > LONGEST_PHRASE else readings[:1]
        surest = max(asked or readings, key=lambda each: each.confidence, default=None)
        return Evidence(
            tokens=masked.words,
            language_reason=reason,
            mentions=masked.mentions,
            matches=self._matcher.explain(masked.words) if masked.words else (),
            unknown_words=self._matcher.unknown_words(masked.words),
            readings=readings,
            threshold=self._calibration.threshold,
            by_names=by_names,
            line=as_phrase(masked, surest.words) if surest else "",
        )


def suggested(ranking: Sequence[str]) -> list[str]:
    """The labels to offer when unsure, out of all, best first."""
    return [label for label in ranking if label not in SHORT_TALK][:MOST_GUESSES]


def _intent_of_names(entities: Entities, before: Request | None) -> str:
    """What a message of names alone asks: what was asked before, now about these."""
    if entities.persons:
        return "person"
    if before and (before.intent in ABOUT_A_PLACE or before.intent == "person"):
        if entities.place:
            return "contacts" if before.intent == "person" else before.intent
        return "meetings"
    return "find_network" if entities.place else "meetings"
