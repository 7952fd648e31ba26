"""Whether an act is meant: following networks, ending it, forgetting somebody.

Such a request changes something, so it takes more than a likely intent. A wish is clear when its
intent is sure, a verb of the act stands in the message itself and is not negated, what it is done
to is named, and every other word belongs to the wish. The words stand with the intent (`act:`) and
in the lexicons. What is not clear is asked first, and `step` is the one gate that every place which
carries out an act passes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from bot.i18n import Message, pN_
from bot.knowledge.library import Knowledge
from bot.knowledge.models import Act
from bot.knowledge.values import Language
from bot.understanding.entities import MaskedMessage
from bot.understanding.model import Entities, Request, Wish
from bot.understanding.name_index import EXACT, WITHOUT_DOTS
from bot.understanding.negation import negated_words
from bot.understanding.negation_words import Grammar, grammars
from bot.understanding.text import MASKS, PLACE, words

FOLLOW, UNFOLLOW, FORGET = "follow", "unfollow", "forget_me"
"""The intents that the program carries out."""


class Step(Enum):
    """What a request for an act leads to."""

    DO = "do"
    ASK = "ask"
    """Ask first; nothing is done."""
    OFFER = "offer"
    """Nothing is done; what could be meant is offered."""
    EXPLAIN = "explain"
    """Nothing is done; the question about it is answered."""
    KEEP = "keep"
    """Nothing is done; that is said."""


_STEPS: Mapping[Wish, Step] = {
    Wish.CONFIRMED: Step.DO,
    Wish.CLEAR: Step.DO,
    Wish.GUESSED: Step.ASK,
    Wish.ALONE: Step.OFFER,
    Wish.QUESTION: Step.EXPLAIN,
    Wish.DENIED: Step.KEEP,
    Wish.DECLINED: Step.KEEP,
    Wish.NONE: Step.KEEP,
}

WISH_WORDS: Mapping[Wish, Message] = {
    # i18n: what `taikubot explain` says of a wish that something be done.
    Wish.CLEAR: pN_("explain act", "a clear wish"),
    Wish.GUESSED: pN_("explain act", "it may be meant: the bot asks first"),
    Wish.ALONE: pN_("explain act", "not said to what: nothing is done"),
    Wish.QUESTION: pN_("explain act", "a question about it: answered, nothing is done"),
    Wish.DENIED: pN_("explain act", "said not to be done: nothing is done"),
    Wish.CONFIRMED: pN_("explain act", "a yes to what the bot asked"),
    Wish.DECLINED: pN_("explain act", "a no to what the bot asked: nothing is done"),
}


def step(request: Request, knowledge: Knowledge) -> Step:
    """What is to be done about a request: the gate of every act. KEEP for what is no act."""
    intent = knowledge.intents.get(request.intent)
    act = intent.act if intent else None
    if act is None:
        return Step.KEEP
    if request.wish is Wish.CLEAR and act.asked_first:
        return Step.ASK
    return _STEPS[request.wish]


def forgets(requests: Sequence[Request], knowledge: Knowledge) -> bool:
    """Whether a conversation is to be forgotten, in every channel."""
    return any(
        request.intent == FORGET and step(request, knowledge) is Step.DO for request in requests
    )


_Entries = frozenset[tuple[str, ...]]


def _entries(text: str) -> _Entries:
    """Alternatives as tuples of folded words."""
    return frozenset(tuple(words(part)) for part in text.split("|") if part.strip())


@dataclass(frozen=True)
class _Words:
    """The words of one act in one language."""

    verbs: _Entries
    denied: _Entries
    objects: _Entries
    everything: _Entries
    around: _Entries
    how: _Entries
    not_me: _Entries


class ActReader:
    """Judges requests for acts; built once per Knowledge."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._acts: dict[str, Act] = {
            key: intent.act for key, intent in knowledge.intents.items() if intent.act
        }
        self._words: dict[tuple[str, Language], _Words] = {
            (key, language): _Words(
                _entries(act.verbs.get(language, "")),
                _entries(act.denied.get(language, "")),
                _entries(act.objects.get(language, "")),
                _entries(act.everything.get(language, "")),
                _entries(lexicon.wish_words),
                _entries(lexicon.how_words),
                _entries(lexicon.not_me),
            )
            for key, act in self._acts.items()
            for language, lexicon in knowledge.lexicons.items()
        }
        self._knowledge = knowledge
        self._grammars = grammars(knowledge)
        self._vocabularies: dict[tuple[str, Language], frozenset[str]] = {}
        self._yes = {word for one in knowledge.lexicons.values() for word in words(one.yes)}
        self._no = {word for one in knowledge.lexicons.values() for word in words(one.no)}
        self._courtesy = {
            word
            for one in knowledge.lexicons.values()
            for entry in _entries(one.wish_words)
            for word in entry
        } - self._no

    def is_act(self, intent: str) -> bool:
        """Whether an intent does something."""
        return intent in self._acts

    def answer(self, asked: Request, message: Sequence[str]) -> Wish | None:
        """How a message answers whether an act is wanted; None where it says something else."""
        known = self._yes | self._no | self._courtesy | self._verbs(asked.intent)
        if not message or any(word not in known for word in message):
            return None
        if any(word in self._no for word in message):
            return Wish.DECLINED
        agreed = self._yes | self._verbs(asked.intent)
        return Wish.CONFIRMED if any(word in agreed for word in message) else None

    def is_about_something_else(
        self, intent: str, masked: MaskedMessage, text: str, language: Language
    ) -> bool:
        """Whether an act's verb has an object that is nothing of ours: `stop the mower`."""
        if intent not in self._acts:
            return False
        reading = _Reading(self._words[intent, language], masked, text, self._grammars[language])
        left = reading.left_without_object()
        return bool(left) and not left.issubset(self._vocabulary(intent, language))

    def _vocabulary(self, intent: str, language: Language) -> frozenset[str]:
        """The words of an intent's phrases, with those of the lists and small words."""
        key = intent, language
        if key not in self._vocabularies:
            found = self._knowledge.intents[intent]
            lexicon = self._knowledge.lexicons[language]
            lists = {**lexicon.lists, **found.lists.get(language, {})}.values()
            texts = [found.phrases.get(language, ""), lexicon.follow_up_words, *lists]
            self._vocabularies[key] = frozenset(word for text in texts for word in words(text))
        return self._vocabularies[key]

    def judge(
        self,
        request: Request,
        masked: MaskedMessage,
        text: str,
        language: Language,
        confidence: float,
    ) -> Request:
        """The request with its wish; one that is no act stays as it is."""
        if request.intent not in self._acts:
            return request
        reading = _Reading(
            self._words[request.intent, language], masked, text, self._grammars[language]
        )
        act = self._acts[request.intent]
        wish = reading.wish(act, confidence)
        if request.intent != UNFOLLOW or masked.entities.place or wish is not Wish.CLEAR:
            everything = request.intent == FOLLOW and reading.names_all
            return replace(request, wish=wish, everything=everything)
        # `lopeta ilmoitukset` means all, whatever network was talked about.
        return replace(request, wish=wish, entities=Entities())

    def recognise(
        self, ranking: Sequence[str], masked: MaskedMessage, text: str, language: Language
    ) -> Request | None:
        """The act that a message asks for by its words, though its intent is not sure."""
        found = [
            key
            for key in ranking
            if key in self._acts
            and _Reading(
                self._words[key, language], masked, text, self._grammars[language]
            ).is_whole_wish(self._acts[key])
        ]
        return Request(found[0], masked.entities, wish=Wish.GUESSED) if len(found) == 1 else None

    def _verbs(self, intent: str) -> set[str]:
        return {
            entry[0]
            for (key, _), one in self._words.items()
            if key == intent
            for entry in one.verbs
            if len(entry) == 1
        }


class _Reading:
    """The words of one act found in one message."""

    def __init__(self, known: _Words, masked: MaskedMessage, text: str, grammar: Grammar) -> None:
        self._masked, self._text, self._known = masked, text, known
        self._grammar = grammar
        negated = negated_words(masked.tokens, text, grammar)
        owners = masked.owners
        verbs = self._places(known.verbs)
        self._verbs = [one for one in verbs if owners[one[0]] not in negated]
        self._denied = [one for one in verbs if owners[one[0]] in negated]
        wished_not = self._places(known.denied)
        self._turned = [one for one in wished_not if owners[one[0]] in negated]
        self._all = self._places(known.everything)
        self._objects = self._places(known.objects)

    @property
    def names_all(self) -> bool:
        """Whether all networks are meant."""
        return bool(self._all) and not self._masked.entities.place

    def wish(self, act: Act, confidence: float) -> Wish:
        """What the message says of the act."""
        if (self._denied and not self._verbs) or self._places(self._known.not_me):
            return Wish.DENIED
        if self._asks_about():
            return Wish.QUESTION
        if not self._has_object():
            return Wish.ALONE
        clear = confidence >= act.confidence and ("?" not in self._text or self._polite())
        return Wish.CLEAR if clear and self.is_whole_wish(act) else Wish.GUESSED

    def left_without_object(self) -> set[str]:
        """The words that belong to no wish, where a verb of it has no object that is ours."""
        ours = self._objects or PLACE in self._masked.words
        if ours or self._asks_about() or not (self._verbs or self._denied):
            return set()
        covered = self._covered()
        return {
            word
            for at, word in enumerate(self._masked.words)
            if at not in covered and word not in MASKS and word not in self._grammar.negators
        }

    def is_whole_wish(self, act: Act) -> bool:
        """Whether the message has all that a clear wish has, and nothing else."""
        masked = self._masked
        if not (self._verbs or self._turned) or self._denied or not self._has_object():
            return False
        if act.names_network and not (masked.entities.networks or self.names_all):
            return False
        sure = all(one.how in (EXACT, WITHOUT_DOTS) for one in masked.mentions)
        return sure and not masked.entities.persons and self._covers()

    def _polite(self) -> bool:
        """`Voisitko lopettaa ilmoitukset?` asks for it, though it ends in a question mark."""
        first = self._masked.words[0] if self._masked.words else ""
        polite = {entry[0] for entry in self._known.around if len(entry) <= 2}
        return first in polite

    def _has_object(self) -> bool:
        return bool(self._objects or self._all or PLACE in self._masked.words)

    def _asks_about(self) -> bool:
        """`Miten lopetan …`: a word of asking before the verb."""
        verbs = [*self._verbs, *self._turned]
        end = min((first for first, _ in verbs), default=len(self._masked.words))
        return any(first < end for first, _ in self._places(self._known.how))

    def _covers(self) -> bool:
        """Whether every word belongs to the wish."""
        return len(self._covered()) == len(self._masked.words)

    def _covered(self) -> set[int]:
        """The words that belong to the wish, by their positions."""
        covered: set[int] = set()
        known = self._known
        for entries in (known.verbs, known.denied, known.objects, known.everything, known.around):
            for first, end in self._places(entries):
                covered.update(range(first, end))
        for at, word in enumerate(self._masked.words):
            if word == PLACE or (self._turned and word in self._grammar.negators):
                covered.add(at)
        return covered

    def _places(self, entries: _Entries) -> list[tuple[int, int]]:
        """Where entries stand among the words, from where to before where."""
        message = self._masked.words
        longest = max((len(entry) for entry in entries), default=0)
        return [
            (first, first + length)
            for first in range(len(message))
            for length in range(1, longest + 1)
            if first + length <= len(message) and tuple(message[first : first + length]) in entries
        ]
