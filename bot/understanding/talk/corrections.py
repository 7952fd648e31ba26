"""What a message takes back, asks again shorter or longer, or goes back to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from bot.knowledge.library import FALLBACK, Knowledge
from bot.understanding.model import MISUNDERSTOOD, Found, Manner, Request
from bot.understanding.talk.follow_ups import RULE_CONFIDENCE, FollowUps, is_of_ours
from bot.understanding.talk.memory import ConversationState
from bot.understanding.talk.references import year_after
from bot.understanding.talk.wordings import Wordings

OFFERED = ("contacts", "meetings", "join", "network_info")
"""What may have been meant where the last answer was not it, likeliest first."""

MOST_OFFERED = 3

MORE_MEETINGS = 5
"""Meetings that one `more` shows."""

LONGER = {"contacts": "network_info", "person": "network_info", "find_network": "network_info"}
"""What `more` asks where the last answer was already all of its kind."""


class Corrections:
    """Built once per Knowledge."""

    def __init__(self, knowledge: Knowledge, wordings: Wordings, follow_ups: FollowUps) -> None:
        self._knowledge, self._wordings, self._follow_ups = knowledge, wordings, follow_ups

    def read(self, said: Sequence[str], memory: ConversationState, today: dt.date) -> Found | None:
        """What a message of such wordings alone asks; None for any other."""
        match self._wordings.alone(said, "not_that", "mistake", "more", "shorter", "back"):
            case "not_that" | "mistake":
                return self.misunderstood(memory)
            case "shorter":
                return self.shorter(memory)
            case "more":
                return self.more(memory, today)
            case "back":
                return self.back(memory)
        return None

    def shorter(self, memory: ConversationState) -> Found | None:
        """The last questions, to be answered in short."""
        if not is_asked(memory):
            return None
        requests = tuple(replace(one, manner=Manner.SHORTER) for one in memory.requests)
        return Found(requests, RULE_CONFIDENCE)

    def more(self, memory: ConversationState, today: dt.date) -> Found | None:
        """All of what the last answer had a part of."""
        if not is_asked(memory):
            return None
        longer = dict.fromkeys(self._longer(one, memory, today) for one in memory.requests)
        return Found(tuple(longer), RULE_CONFIDENCE)

    def back(self, memory: ConversationState) -> Found | None:
        """The question before the last."""
        if len(memory.earlier) <= len(memory.requests):
            return None
        before = [one for one in memory.earlier if one not in memory.requests]
        return Found((before[0],), RULE_CONFIDENCE) if before else None

    def misunderstood(self, memory: ConversationState) -> Found | None:
        """Asks what was meant, and offers what is asked most besides the last question."""
        if not is_of_ours(memory):
            return None
        last = {one.intent for one in memory.requests}
        place = self._follow_ups.with_place_of(
            memory.request.entities.only_places(), memory.request.entities
        )
        others = [intent for intent in OFFERED if intent not in last][:MOST_OFFERED]
        offered = tuple(Request(intent, place) for intent in others)
        return Found((Request(FALLBACK, topic=MISUNDERSTOOD),), RULE_CONFIDENCE, offered)

    def _longer(self, request: Request, memory: ConversationState, today: dt.date) -> Request:
        """The question whose answer is what the last one had a part of."""
        if request.intent == "meetings" and not request.topic:
            return self._next_meetings(request, memory, today)
        if request.topic:
            return replace(request, topic="", yes_no=False, manner=Manner.MORE)
        intent = LONGER.get(request.intent, request.intent)
        place = self._follow_ups.with_place_of(request.entities.only_places(), request.entities)
        entities = request.entities if intent == request.intent else place
        return replace(request, intent=intent, entities=entities, manner=Manner.MORE)

    def _next_meetings(
        self, request: Request, memory: ConversationState, today: dt.date
    ) -> Request:
        """The meetings after those that were shown."""
        found = [self._knowledge.find_occurrence(key) for key in memory.shown.meetings]
        shown = [one for one in found if one]
        place = self._follow_ups.with_place_of(request.entities.only_places(), request.entities)
        if not shown:
            return replace(request, manner=Manner.MORE)
        last = max(shown, key=lambda one: (one.start, one.key))
        coming = self._knowledge.coming(last.start, year_after(today, last), place.networks)
        kinds = request.entities.kinds
        later = [
            one.key
            for one in coming
            if (one.start, one.key) > (last.start, last.key)
            and (not kinds or one.meeting.kind in kinds)
        ]
        if not later:
            # The time that was asked for stays what is talked about.
            there = replace(place, period=request.entities.period, kinds=kinds)
            return Request("meetings", there, manner=Manner.END)
        more = replace(place, meetings=tuple(later[:MORE_MEETINGS]), kinds=kinds)
        return Request("meetings", more)


def is_asked(memory: ConversationState) -> bool:
    """Whether the last answer was one to a question, so that it can be longer or shorter."""
    return all(one.intent != FALLBACK for one in memory.requests)
