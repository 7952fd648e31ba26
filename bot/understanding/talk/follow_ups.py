"""What a message leaves to the conversation: the place, the person, the question."""

from __future__ import annotations

from dataclasses import replace

from dateutil.relativedelta import relativedelta

from bot.knowledge.library import FALLBACK, Knowledge
from bot.knowledge.values import Language
from bot.understanding.entities import MaskedMessage
from bot.understanding.model import (
    NOTHING_SHOWN,
    QUESTION,
    SMALL_TALK,
    UNKNOWN_PERSON,
    Entities,
    Found,
    Period,
    Request,
    Shown,
)
from bot.understanding.talk.earlier import EARLIER, NOW, NOW_WORDS
from bot.understanding.talk.memory import ConversationState
from bot.understanding.talk.wordings import Wordings, without
from bot.understanding.text import MASKS, words

RULE_CONFIDENCE = 0.95
"""The confidence of what a rule decides without matching, such as a name alone."""

A_YEAR = 300
"""Days from which a time that is asked for is as good as a year, within which others are named."""

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
        "calendar",
        "human",
        "announce",
        "announcements",
        "add_meeting",
        "change_details",
        "follow",
        "unfollow",
    ]
)
"""Intents about a network: without a place they take the one of the conversation."""


_EXISTS = frozenset(["oliko", "oliks", "onko", "fanns", "finns", "hade", "did", "had", "is"])
"""Words, folded, that ask whether there was or is any."""


class FollowUps:
    """Built once per Knowledge."""

    def __init__(self, knowledge: Knowledge, wordings: Wordings) -> None:
        self._knowledge, self._wordings = knowledge, wordings
        self._small_words = {
            language: frozenset(words(lexicon.follow_up_words))
            for language, lexicon in knowledge.lexicons.items()
        }

    def without_lost_names(self, memory: ConversationState | None) -> ConversationState | None:
        """The memory, without its entities where the content has lost one of them meanwhile.

        Of a question that the content knows no longer only the language is left; a row of a replica
        with other content may hold one.
        """
        if memory is None:
            return None
        if not self._knows_intents(memory):
            return ConversationState(Request(FALLBACK), memory.language)
        if not self._is_known(memory.request):
            return ConversationState(Request(memory.request.intent), memory.language)
        people_known = all(key in self._knowledge.people for key in memory.gone)
        if (
            people_known
            and all(map(self._is_known, memory.requests + memory.earlier))
            and all(self._known_of(one) == one for one in (memory.shown, *memory.lists))
            and self._known_home(memory.home) == memory.home
        ):
            return memory
        lists = tuple(map(self._known_of, memory.lists))
        return replace(
            memory,
            together=(),
            earlier=tuple(filter(self._is_known, memory.earlier)),
            shown=self._known_of(memory.shown),
            gone=tuple(key for key in memory.gone if key in self._knowledge.people),
            home=self._known_home(memory.home),
            lists=tuple(one for one in lists if one != NOTHING_SHOWN),
        )

    def _knows_intents(self, memory: ConversationState) -> bool:
        asked = (memory.asked,) if memory.asked else ()
        requests = (*memory.requests, *memory.guesses, *memory.earlier, *asked)
        known = self._knowledge.intents
        no_file = (FALLBACK, SMALL_TALK, QUESTION)
        return all(one.intent in known or one.intent in no_file for one in requests)

    def _known_of(self, shown: Shown) -> Shown:
        known = self._knowledge
        return Shown(
            tuple(key for key in shown.persons if key in known.people),
            tuple(key for key in shown.meetings if key.partition("@")[0] in known.meetings),
            tuple(key for key in shown.networks if key in known.networks),
        )

    def _known_home(self, home: Entities) -> Entities:
        return home if self._is_known(Request(FALLBACK, home)) else Entities()

    def _is_known(self, request: Request) -> bool:
        known, entities = self._knowledge, request.entities
        return (
            all(key in known.networks for key in entities.networks)
            and all(key in known.regions for key in entities.regions)
            and all(key in known.municipalities for key in entities.municipalities)
            and all(key in known.people for key in entities.persons)
            and all(key in known.questions for key in entities.questions)
        )

    def names_alone(
        self, masked: MaskedMessage, language: Language, memory: ConversationState | None
    ) -> Found | None:
        """What a message of names and small words asks: `entä Pirkanmaalla?`."""
        small = self._small_words[language]
        if memory and memory.request.topic == EARLIER:
            small |= NOW_WORDS
        rest = [word for word in masked.words if word not in MASKS and word not in small]
        back = False
        if rest and memory and (found := self._wordings.find(masked.words, ("mistake", "back"))):
            # `oops I meant Tampere`, `takaisin Vaasaan`
            back = any(one.operation == "back" for one in found)
            left = without(masked.words, found)
            rest = [one for one in left if one not in MASKS and one not in self._wordings.plain]
        entities = masked.entities
        if rest or not masked.words:
            return None
        names = entities.place or entities.persons
        if not names and entities.period is None:
            return self._now(masked, memory)
        coordinated = memory is not None and memory.request.topic in (EARLIER, NOW)
        if not names and masked.long_ago and not coordinated:
            return Found((Request(FALLBACK),), 0.0)
        if not names and not is_of_ours(memory):
            # A date alone is anybody's.
            return Found((Request(FALLBACK),), 0.0, (Request("meetings", entities),))
        if memory and back and (asked := last_about(entities, memory)):
            return Found((asked,), RULE_CONFIDENCE)
        requests: tuple[Request | None, ...] = memory.requests if memory else (None,)
        if entities.period and not entities.place and _EXISTS.intersection(masked.words):
            # `did they have one in May`: whether there was any, not what was asked of the last.
            requests = tuple(
                replace(one, topic="", yes_no=False) if one else None for one in requests
            )
        asked_anew = dict.fromkeys(self.about_names(entities, before) for before in requests)
        return Found(tuple(asked_anew), RULE_CONFIDENCE)

    @staticmethod
    def _now(masked: MaskedMessage, memory: ConversationState | None) -> Found | None:
        """Who coordinates now, after who did: `and nowadays?`."""
        if memory is None or memory.request.topic != EARLIER:
            return None
        if not NOW_WORDS.intersection(masked.words):
            return None
        there = replace(memory.request.entities, period=None)
        return Found((replace(memory.request, entities=there, topic=NOW),), RULE_CONFIDENCE)

    def about_names(self, entities: Entities, last: Request | None) -> Request:
        """What was asked last, now about these names."""
        before = last.entities if last else Entities()
        intent = _intent_of_names(entities, last)
        of_time = entities.period and not (entities.place or entities.persons or entities.kinds)
        if last and last.topic in (EARLIER, NOW) and of_time:
            # `and in 2019?`
            return replace(last, entities=self.with_place_of(entities, before))
        if intent == QUESTION:
            return Request(QUESTION, replace(entities.only_places(), questions=before.questions))
        if not entities.place and intent != "person":
            entities = self.with_place_of(entities, before)
        if intent == "meetings":
            period = _in_the_year(entities.period, before.period) or before.period
            kinds = entities.kinds or (before.kinds if entities.period else ())
            entities = replace(entities, period=period, kinds=kinds)
        both = {intent, last.intent if last else ""}
        if last and last.topic and (len(both) == 1 or both == {"contacts", "person"}):
            return Request(intent, entities, topic=last.topic, yes_no=last.yes_no)
        return Request(intent, entities)

    def completed(
        self, request: Request, masked: MaskedMessage, memory: ConversationState | None
    ) -> Request:
        """Fills in from the conversation what the message does not name: the place, the person."""
        if request.intent in ("contacts", "person") and masked.names_unknown_person:
            # Nobody else's number: neither a coordinator's nor that of whom was talked about.
            return Request(FALLBACK, request.entities, UNKNOWN_PERSON)
        if request.intent == "contacts" and request.entities.persons:
            return replace(request, intent="person")
        entities = request.entities
        before = memory.about if memory else Entities()
        shown = memory.shown.persons if memory else ()
        if request.intent == "person" and not entities.place and not entities.persons and shown:
            return Request("person", replace(entities, persons=shown))
        if request.intent == "person" and not (entities.persons or before.persons):
            # `vad har hon för nummer`, of whom an answer about a place has named.
            there = self.with_place_of(entities, before)
            return Request("contacts", there) if there.place else request
        if memory is None:
            return request
        if request.intent in ("contacts", "person") and not entities.place and before.persons:
            return Request("person", replace(entities, persons=entities.persons or before.persons))
        if request.intent == "calendar" and not entities.place and memory.shown.meetings:
            entities = replace(entities, meetings=memory.shown.meetings)
            request = replace(request, entities=entities)
        if request.intent in PLACE_INTENTS:
            return replace(request, entities=self.with_place_of(entities, before))
        return request

    def with_place_of(self, entities: Entities, before: Entities) -> Entities:
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


def _in_the_year(period: Period | None, before: Period | None) -> Period | None:
    """A time in the year that was talked about: `och på hösten`, after `nästa år`."""
    if period is None or before is None or (before.end - before.start).days < A_YEAR:
        return period
    ahead = before.start.year - period.start.year
    if ahead == 0 or (period.end - period.start).days >= A_YEAR:
        return period
    there = Period(*(one + relativedelta(years=ahead) for one in (period.start, period.end)))
    return there if before.start <= there.start <= before.end else period


def last_about(entities: Entities, memory: ConversationState) -> Request | None:
    """The last question about a place or person that is named, with all that it was about."""
    about: list[Request] = []
    for one in memory.earlier:
        same_place = set(entities.networks) & set(one.entities.networks)
        if same_place or set(entities.persons) & set(one.entities.persons):
            about.append(one)
    # Of two places of one network the one that is named.
    same = (one for one in about if set(entities.regions) & set(one.entities.regions))
    return next(same, about[0] if about else None)


def is_of_ours(memory: ConversationState | None) -> bool:
    """Whether a conversation has been about anything of ours."""
    return memory is not None and memory.request.intent in (*PLACE_INTENTS, "person")


def _intent_of_names(entities: Entities, before: Request | None) -> str:
    """What a message of names alone asks: what was asked before, now about these."""
    if entities.persons:
        return "person"
    if before and entities.place and before.intent == QUESTION:
        return QUESTION
    if before and entities.place and before.intent == "human" and before.topic:
        # After a complaint of a contact: not the same of this place, but whom to turn to there.
        return "contacts"
    if before and (before.intent in PLACE_INTENTS or before.intent == "person"):
        if entities.place:
            return "contacts" if before.intent == "person" else before.intent
        return "meetings"
    # `what about the one in April in Tampere`
    return "meetings" if entities.period or not entities.place else "find_network"
