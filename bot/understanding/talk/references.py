"""What a message refers to of what was shown: `den andra`, `both`, `ensimmäisen sähköposti`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bot.knowledge.library import Knowledge
from bot.knowledge.models import MeetingKind
from bot.knowledge.recurrence import Occurrence
from bot.understanding.clauses import asks_by_word
from bot.understanding.details import asks_yes_or_no
from bot.understanding.entities import MaskedMessage
from bot.understanding.model import LAST_MEETING, Entities, Found, Manner, Request, Shown
from bot.understanding.talk.described import Described
from bot.understanding.talk.follow_ups import RULE_CONFIDENCE, FollowUps
from bot.understanding.talk.memory import ConversationState
from bot.understanding.talk.wordings import (
    Wording,
    Wordings,
    kept_words,
    shortened,
    without,
)
from bot.understanding.text import MASKS, PLACE, words
from bot.understanding.times.tense import Tense, tense_of

Kind = Literal["persons", "meetings", "networks"]
KINDS: tuple[Kind, ...] = ("persons", "meetings", "networks")

BY_RANK = ("which", "both", "after", "before", "other", "ordinal", "last", "person")
"""Of several references in a message, the first of these counts: `the other one after that`."""

MAX_WORDS = 4
"""Words of the longest message in which an ordinal refers by itself (`ensimmäisen sähköposti`);
in a longer one it may be a word like others (`when did it first meet`)."""

_POINTING = frozenset(
    word
    for line in ("den det", "the that", "se sen sita siita siina siihen sille silla tuo tuon")
    for word in line.split()
)
_OF, _OF_THEM = frozenset(["av", "utav", "of"]), frozenset(["niista", "heista", "naista", "noista"])
"""Words, folded, after an ordinal that still belong to it: `den första av dem`."""

LONG_FORM = 11
"""Letters of an ordinal that is no other word: `entä ensimmäisellä, onko hänellä …`."""

_ELSE = (
    *("muu", "muit", "kolleg", "tyokaver"),
    *("annan", "annars", "fler"),
    *("else", "another", "colleag", "different", "besides"),
)
"""How the words begin, folded, that mean whoever else there is, also where one was shown alone."""

_GIVE = frozenset(["ge", "visa", "anna", "antakaa", "nayta", "give", "show"])
"""Words, folded, that ask for somebody's details as a whole."""

_WORKS = frozenset(
    word
    for line in (
        "toissa tyoskentelee tyoskenteleva toimii oleva",
        "jobbar arbetar",
        "works working worked who that lady woman man person",
    )
    for word in line.split()
)
"""Words, folded, of a description that ask nothing: `se joka on PiiPoossa töissä`."""

_POINTED = frozenset(["one", "one's", "ones"])
"""Words before and after an ordinal that make it one of those that were shown."""

_ASKS_WHICH = frozenset(
    word
    for line in (
        "kumpi kumman kummalla kuka mika kenella kenen",
        "vilken vilkendera vem",
        "which whichever who",
    )
    for word in line.split()
)
"""Words, folded, with which one asks which of several it is, rather than pointing at one."""

SHOWS_PERSONS = ("contacts", "person", "human", "join", "find_network", "network_info")
"""Intents whose answers name persons first."""


@dataclass(frozen=True)
class Referred:
    """What a reference came to: what is asked, or how the rest of the message is to be read."""

    found: Found | None
    masked: MaskedMessage
    memory: ConversationState
    meetings: tuple[str, ...] = ()
    """What a question for meetings in the rest is about."""
    otherwise: Found | None = None
    """What is asked where the rest says nothing by itself."""


class References:
    """Built once per Knowledge."""

    def __init__(
        self,
        knowledge: Knowledge,
        wordings: Wordings,
        follow_ups: FollowUps,
        people: Described,
    ) -> None:
        self._knowledge, self._wordings, self._follow_ups = knowledge, wordings, follow_ups
        self._people = people
        self._ordinals = {
            word: at
            for lexicon in knowledge.lexicons.values()
            for at, ordinals in enumerate(lexicon.ordinals)
            for word in words(ordinals)
        }

    def read(
        self, masked: MaskedMessage, memory: ConversationState, today: dt.date
    ) -> Referred | None:
        """What a message refers to; None where it refers to nothing that was shown."""
        if not memory.lists:
            return None
        if same := self._same(masked, memory):
            return Referred(same, masked, memory)
        said = masked.words
        found = self._wordings.find(said, BY_RANK) + self._ordinal(said)
        if not found:
            return None
        by_kind = {one.operation: one for one in reversed(found)}
        how = next(one for one in BY_RANK if one in by_kind)
        if how == "which":
            if described := self._described(masked, memory, by_kind[how]):
                return described
            if len(by_kind) == 1:
                return None
            how = next(one for one in BY_RANK if one in by_kind and one != "which")
        if masked.entities.place and self._wordings.find(said, ("mistake",)):
            # `not Vaasa but Seinäjoki, I mixed them up`
            return None
        if masked.entities.place and not masked.entities.period:
            return self._of_place(how, by_kind[how], masked, memory)
        if masked.entities.place or masked.entities.period:
            return None
        newest = memory.lists[0]
        if how in ("before", "after") and newest.persons and not newest.meetings:
            # Of two persons: `entä edellinen?`
            by_kind["other"], how = by_kind[how], "other"
        if how in ("last", "before") and tense_of(" ".join(said)) is Tense.PAST:
            # `when was the last meeting` asks for one that is over, not the last of a list.
            return None
        named = masked.entities
        picked = self._picked(how, by_kind[how], said, named.persons, memory, today, named.kinds)
        if picked is None:
            return None
        rest = [word for word in without(said, [by_kind[how]]) if word not in MASKS]
        if how == "person" and not picked.persons:
            return None
        asks_of_person = how == "person" and len(rest) > 1 and asks_by_word(said)
        if self._wordings.small.issuperset(rest) and not asks_of_person:
            last = _without_topic(memory) if _GIVE.intersection(rest) else memory
            return Referred(self._asked_of(picked, how, last), masked, memory)
        narrowed = _narrowed(memory, picked)
        read = shortened(masked, [by_kind[how]])
        if picked.persons and masked.entities.persons:
            read = replace(read, entities=replace(read.entities, persons=picked.persons))
        return Referred(None, read, narrowed, picked.meetings)

    def picked(
        self,
        how: str,
        number: int | None,
        masked: MaskedMessage,
        memory: ConversationState,
        today: dt.date,
    ) -> Found | None:
        """The last question about what is picked, whatever words say so; None where nothing is."""
        kinds = masked.entities.kinds
        named = {self._ordinals[word] for word in masked.words if word in self._ordinals}
        if how in ("ordinal", "last") and named - {number}:
            # `the third one`, of two.
            return None
        anybody = len(masked.words) > MAX_WORDS
        shown = self._shown(how, number, memory, today, kinds, anybody=anybody)
        return self._asked_of(shown, how, memory) if shown else None

    def other(self, said: Sequence[str], memory: ConversationState) -> tuple[str, ...]:
        """The one person whom `the other one`, `the first` means; none without such a word."""
        found = self._wordings.find(said, ("other", "last")) + self._ordinal(said)
        if not found:
            return ()
        picked = self._picked(found[0].operation, found[0], said, (), memory, dt.date.min)
        return picked.persons if picked and len(picked.persons) == 1 else ()

    def _ordinal(self, said: Sequence[str]) -> list[Wording]:
        at = [at for at, word in enumerate(said) if word in self._ordinals]
        if len(at) != 1:
            return []
        before, after = said[max(0, at[0] - 1) : at[0]], said[at[0] + 1 : at[0] + 2]
        points = bool(before) and before[0] in _POINTING
        follows = bool(after) and after[0] in _POINTED
        begins = at[0] <= 1 and len(said[at[0]]) >= LONG_FORM
        begins = begins and self._wordings.small.issuperset(said[: at[0]])
        end = at[0] + 1 + follows
        of_them = len(said) > end and (said[end] in _OF_THEM or said[end] in _OF)
        if said[end : end + 1] and said[end] in _OF and len(said) > end + 1:
            end += 2
        elif said[end : end + 1] and said[end] in _OF_THEM:
            end += 1
        long = len(said) > MAX_WORDS or (len(said) > 1 and said[at[0]].isdigit())
        if long and not (points or follows or begins or of_them):
            return []
        return [Wording("ordinal", at[0] - points, end)]

    def _picked(
        self,
        how: str,
        wording: Wording,
        said: Sequence[str],
        named: tuple[str, ...],
        memory: ConversationState,
        today: dt.date,
        kinds: tuple[MeetingKind, ...] = (),
    ) -> Shown | None:
        """What is referred to; None where nothing of it was shown."""
        if how not in ("after", "before"):
            if named:
                return self._other_named(named, memory) if how == "other" else None
            if how == "person":
                last = next((one.persons for one in memory.lists if one.persons), ())
                return Shown(persons=memory.shown.persons or last)
        inside = said[wording.first : wording.end]
        number = next((self._ordinals[one] for one in inside if one in self._ordinals), None)
        anybody = any(word.startswith(_ELSE) for word in inside)
        anybody = anybody or len(without(said, [wording])) > 1
        return self._shown(how, number, memory, today, kinds, anybody=anybody)

    def _shown(
        self,
        how: str,
        number: int | None,
        memory: ConversationState,
        today: dt.date,
        kinds: tuple[MeetingKind, ...],
        *,
        anybody: bool,
    ) -> Shown | None:
        """What of all that was shown is meant; `anybody` also means a colleague not shown."""
        if how in ("after", "before"):
            return self._around(how, memory, today, kinds)
        picks = {kind: _pick(how, number, _lists(memory, kind)) for kind in KINDS}
        found = self._not_gone(how, Shown(**picks), memory)
        talked = memory.shown.persons or memory.about.persons
        of_persons = found == Shown() or memory.request.intent in SHOWS_PERSONS
        alone = len(talked) == 1 and of_persons and not found.persons
        if how == "other" and anybody and alone:
            # `is there anyone else whom I could call`
            found = replace(found, persons=self._colleagues(talked[0]))
        if how == "both" and len(talked) == 1 and of_persons and not found.persons:
            # Of the two of a network only one was named.
            named = talked + self._colleagues(talked[0])
            found = Shown(persons=named if len(named) == 2 else ())
        return found if found != Shown() else None

    @staticmethod
    def _not_gone(how: str, found: Shown, memory: ConversationState) -> Shown:
        """`The other one`, after one who is gone or does not answer: another than that one."""
        if how != "other" or not memory.gone or not set(found.persons) <= set(memory.gone):
            return found
        lists = (one for one in _lists(memory, "persons") if len(one) > 1)
        left = [key for one in lists for key in one if key not in memory.gone]
        return replace(found, persons=tuple(left[:1]) or found.persons)

    @staticmethod
    def _other_named(named: tuple[str, ...], memory: ConversationState) -> Shown | None:
        """`the other Pilvi`: of those of the name the one that was not talked about last."""
        left = tuple(key for key in named if key not in memory.gone)
        if len(left) == 1 and len(named) > 1:
            return Shown(persons=left)
        talked = next((one for one in _lists(memory, "persons") if len(one) == 1), ())
        others = tuple(key for key in named if key not in talked)
        if talked and len(others) == len(named) - 1:
            return Shown(persons=others)
        return Shown(persons=named[1:2]) if len(named) > 1 else None

    def _colleagues(self, key: str) -> tuple[str, ...]:
        """The other contact persons of the networks of one."""
        return self._people.colleagues(key)

    def _around(
        self,
        how: str,
        memory: ConversationState,
        today: dt.date,
        kinds: tuple[MeetingKind, ...],
    ) -> Shown | None:
        """The meeting after, or before, those that were shown; empty where there is none.

        Of the kinds that are named, else of those that were asked for before.
        """
        shown = next((one.meetings for one in memory.lists if one.meetings), ())
        known = [one for one in map(self._knowledge.find_occurrence, shown) if one]
        if not known:
            return None
        networks = dict.fromkeys(key for one in known for key in one.meeting.networks)
        kinds = kinds or memory.request.entities.kinds
        if how == "after":
            # After `when is the next one`, answered with several, the one after that next one.
            picked = memory.request.entities.meetings or memory.request.intent != "meetings"
            anchor = (max if picked else min)(known, key=lambda one: one.start)
            later = self._knowledge.coming(anchor.start, year_after(today, anchor), networks)
            found = [one for one in later if one.start > anchor.start and not one.cancelled]
        else:
            anchor = min(known, key=lambda one: one.start)
            first = anchor.start.replace(year=anchor.start.year - 1, day=1)
            earlier = self._knowledge.coming(first, anchor.start, networks)
            held = [one for one in earlier if one.start < anchor.start and not one.cancelled]
            found = list(reversed(held))
        keys = [one.key for one in found if not kinds or one.meeting.kind in kinds]
        return Shown(meetings=tuple(keys[:1]))

    def _asked_of(self, picked: Shown, how: str, memory: ConversationState) -> Found:
        """The last question anew, about what was picked."""
        last = memory.request
        place = self._follow_ups.with_place_of(Entities(), last.entities)
        if how in ("after", "before") and not picked.meetings:
            asked = Request("meetings", place, manner=Manner.END)
        elif picked.persons and (last.intent in SHOWS_PERSONS or not picked.meetings):
            topic = last.topic if last.intent in ("contacts", "person") else ""
            asked = Request("person", Entities(persons=picked.persons), topic=topic)
        elif picked.meetings:
            # Which one was the last is nothing that is asked of each.
            of_one = last.intent == "meetings" and last.topic != LAST_MEETING
            there = replace(place, meetings=picked.meetings, kinds=last.entities.kinds)
            asked = Request("meetings", there, topic=last.topic if of_one else "")
        else:
            asked = replace(last, entities=Entities(networks=picked.networks))
        return Found((asked,), RULE_CONFIDENCE)

    def _described(
        self, masked: MaskedMessage, memory: ConversationState, wording: Wording
    ) -> Referred | None:
        """The one of several that the message describes: `which one is from the city`."""
        if inside := self._in_period(masked, memory):
            found = self._asked_of(Shown(meetings=(inside,)), "which", memory)
            return Referred(found, masked, memory)
        several = next((one for one in _lists(memory, "persons") if len(one) > 1), ())
        if not several and len(memory.shown.persons) == 1:
            several = memory.shown.persons + self._people.colleagues(memory.shown.persons[0])
        rest = without(masked.words, [wording])
        asks = masked.words[wording.first] in _ASKS_WHICH
        regions = self._people.regions(masked.entities)
        picked, by = self._people.pick(rest, regions, several)
        if picked is None and asks and not masked.entities.place:
            # `which of them is nearest to me`, of whom it was told where.
            picked, by = self._people.pick((), self._people.regions(memory.about), several)
        if picked is None:
            return None
        shown = Shown(persons=(picked,))
        found = self._asked_of(shown, "which", memory)
        more = {one for one in rest if one not in MASKS and one not in by} - _WORKS
        if asks or self._wordings.small.issuperset(more):
            return Referred(found, masked, memory)
        inside_words = range(wording.first, wording.end)
        kept = [
            at
            for at, one in enumerate(masked.words)
            if at not in inside_words and one not in by and one != PLACE
        ]
        read = kept_words(masked, kept)
        read = replace(read, entities=replace(Entities(), persons=shown.persons))
        return Referred(None, read, _narrowed(memory, shown), otherwise=found)

    def _in_period(self, masked: MaskedMessage, memory: ConversationState) -> str | None:
        """The one of the meetings that were shown that is in the period which is named."""
        period = masked.entities.period
        lists = _lists(memory, "meetings")
        if not period or masked.entities.place or not lists:
            return None
        occurrences = [self._knowledge.find_occurrence(key) for key in lists[0]]
        inside = [one.key for one in occurrences if one and period.start <= one.day <= period.end]
        return inside[0] if len(inside) == 1 else None

    def _of_place(
        self, how: str, wording: Wording, masked: MaskedMessage, memory: ConversationState
    ) -> Referred | None:
        """The other one, who is of the place that is named: `och den andra, i Seinäjoki?`."""
        talked = memory.shown.persons or memory.about.persons
        if how not in ("other", "ordinal", "person", "last") or not talked:
            return None
        if asks_yes_or_no(masked.words):
            # `is she the contact person in South Ostrobothnia?`
            return None
        keys = dict.fromkeys([*talked, *(each for one in talked for each in self._colleagues(one))])
        picked, _ = self._people.pick((), self._people.regions(masked.entities), keys)
        rest = [word for word in without(masked.words, [wording]) if word not in MASKS]
        if picked is None or (how == "person" and picked in talked and len(talked) == 1):
            return None
        shown = Shown(persons=(picked,))
        if self._wordings.small.issuperset(rest):
            return Referred(self._asked_of(shown, how, memory), masked, memory)
        read = shortened(masked, [wording])
        kept = kept_words(read, [at for at, one in enumerate(read.words) if one != PLACE])
        kept = replace(kept, entities=replace(Entities(), persons=shown.persons))
        otherwise = self._asked_of(shown, how, memory)
        return Referred(None, kept, _narrowed(memory, shown), otherwise=otherwise)

    def _same(self, masked: MaskedMessage, memory: ConversationState) -> Found | None:
        """Whether the persons of the last two answers are the same, if that is asked."""
        if not self._wordings.alone(masked.words, "same"):
            return None
        named = [one.persons for one in memory.lists if one.persons][:2]
        persons = tuple(dict.fromkeys(key for keys in reversed(named) for key in keys))
        if not persons:
            return None
        asked = Request("person", Entities(persons=persons), manner=Manner.SAME)
        return Found((asked,), RULE_CONFIDENCE)


def _without_topic(memory: ConversationState) -> ConversationState:
    """The talk as if all had been asked for: `give me the other one`, after a detail of one."""
    return replace(memory, request=replace(memory.request, topic="", yes_no=False))


def year_after(today: dt.date, occurrence: Occurrence) -> dt.datetime:
    """Until when meetings are looked for: those of series would never end."""
    last = dt.datetime.combine(today, dt.time(), occurrence.start.tzinfo) + dt.timedelta(days=366)
    return max(last, occurrence.start)


def _lists(memory: ConversationState, kind: Kind) -> list[tuple[str, ...]]:
    """What the last answers have shown of a kind, newest first, each once."""
    shown: list[tuple[str, ...]] = [getattr(one, kind) for one in memory.lists]
    return list(dict.fromkeys(one for one in shown if one))


def _pick(how: str, number: int | None, lists: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """The keys that `both`, `the other one`, `the second one` mean; none where nothing fits."""
    several = next((one for one in lists if len(one) > 1), ())
    current = lists[0] if lists else ()
    if how == "both":
        alone = list(dict.fromkeys(one[0] for one in lists if len(one) == 1))[:2]
        return several or (tuple(reversed(alone)) if len(alone) > 1 else ())
    if how == "last":
        return several[-1:]
    if how == "ordinal" and number is not None and not (number == 1 and len(current) == 1):
        return several[number : number + 1]
    if len(current) != 1:
        return several[1:2]
    around = next((one for one in lists if len(one) > 1 and current[0] in one), None)
    if around is None:
        return next((one for one in lists if len(one) == 1 and one != current), ())
    others = tuple(key for key in around if key != current[0])
    second = around[1:2]
    return others if len(others) == 1 or second == current else second


def _narrowed(memory: ConversationState, picked: Shown) -> ConversationState:
    """The conversation as if only what was picked had been shown."""
    shown, request = memory.shown, memory.request
    entities = request.entities
    if picked.persons:
        shown = replace(shown, persons=picked.persons)
        entities = replace(entities, persons=picked.persons)
    if picked.meetings:
        shown = replace(shown, meetings=picked.meetings)
    if picked.networks:
        shown = replace(shown, networks=picked.networks)
        entities = replace(entities, networks=picked.networks, regions=(), municipalities=())
    return replace(memory, shown=shown, request=replace(request, entities=entities))
