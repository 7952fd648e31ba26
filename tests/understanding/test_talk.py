"""References, corrections and what is told, by the repository's words and by made-up memories."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from bot.channels.conversation import next_state
from bot.knowledge.library import FALLBACK, Knowledge
from bot.knowledge.values import Language
from bot.understanding.entities import MaskedMessage
from bot.understanding.interpreter import MessageContext
from bot.understanding.model import (
    MISUNDERSTOOD,
    UNANSWERED,
    Entities,
    Manner,
    Request,
    Shown,
    Understanding,
)
from bot.understanding.reloader import Snapshot
from bot.understanding.talk.memory import (
    MAX_EARLIER,
    MAX_LISTS,
    ConversationState,
    remembered_lists,
    remembered_requests,
)
from bot.understanding.talk.wordings import OPERATIONS, Wordings, shortened, without

TODAY = dt.date(2026, 11, 29)

WEST = Entities(networks=("lansi-suomi",))
TAMPERE = Entities(("pirkanmaa",), ("pirkanmaa",), ("tampere",))
TWO = Shown(("hanna-hangasluoma", "tarja-hautamaki"), networks=("lansi-suomi",))
ONE = Shown(("hanna-hangasluoma",), networks=("lansi-suomi",))
CONTACTS = ConversationState(Request("contacts", WEST), "en", shown=TWO, lists=(TWO,))
MEETINGS = ConversationState(Request("meetings", WEST), "en")


def understand(snapshot: Snapshot, text: str, memory: ConversationState | None) -> Understanding:
    """A message in a talk."""
    return snapshot.interpreter.understand(text, MessageContext(TODAY, memory))


@pytest.mark.parametrize(
    ("text", "persons"),
    [
        ("the second one", ("tarja-hautamaki",)),
        ("den första", ("hanna-hangasluoma",)),
        ("toinen", ("tarja-hautamaki",)),
        ("both of them", TWO.persons),
        ("bägge två", TWO.persons),
        ("molempien numerot", TWO.persons),
        ("the latter", ("tarja-hautamaki",)),
        ("her e-mail", TWO.persons),
        ("which of them is for Seinäjoki", ("hanna-hangasluoma",)),
        ("kumpi niistä on Pohjanmaan liitosta", ("tarja-hautamaki",)),
    ],
)
def test_persons_of_a_list(snapshot: Snapshot, text: str, persons: tuple[str, ...]) -> None:
    found = understand(snapshot, text, CONTACTS)
    assert found.intent == "person"
    assert found.requests[0].entities.persons == persons


@pytest.mark.parametrize("text", ["the other one", "se toinen", "den andra"])
def test_the_other_is_not_the_one_talked_about(snapshot: Snapshot, text: str) -> None:
    asked = Request("person", Entities(persons=ONE.persons))
    memory = replace(CONTACTS, request=asked, shown=ONE, lists=(ONE, TWO))
    found = understand(snapshot, text, memory)
    assert found.requests[0].entities.persons == ("tarja-hautamaki",)


def test_both_are_the_two_talked_about_one_by_one(snapshot: Snapshot) -> None:
    last = Shown(("pilvi-kuitu",))
    memory = replace(CONTACTS, shown=last, lists=(last, ONE))
    found = understand(snapshot, "both", memory)
    assert found.requests[0].entities.persons == ("hanna-hangasluoma", "pilvi-kuitu")


@pytest.mark.parametrize(
    "text", ["the third one", "the second one", "both", "is it the same person"]
)
def test_nothing_is_meant_of_what_was_not_shown(snapshot: Snapshot, text: str) -> None:
    assert understand(snapshot, text, MEETINGS).refused
    if text == "the third one":
        assert understand(snapshot, text, CONTACTS).refused


def test_who_is_known_no_longer_is_meant_no_longer(snapshot: Snapshot) -> None:
    gone = Shown(("somebody-gone", "hanna-hangasluoma"), ("gone@2026-12-10",), ("gone",))
    memory = replace(CONTACTS, shown=gone, lists=(gone,))
    for text in ("the second one", "the other one", "both", "after that", "is there anyone else"):
        named = understand(snapshot, text, memory).requests[0].entities
        assert "somebody-gone" not in named.persons


def test_the_next_and_the_one_before(snapshot: Snapshot) -> None:
    coming = snapshot.knowledge.coming(
        dt.datetime.combine(TODAY, dt.time(), snapshot.knowledge.zone), None, ("lansi-suomi",)
    )
    keys = [one.key for one in coming]
    shown = Shown(meetings=tuple(keys[:1]))
    memory = replace(MEETINGS, shown=shown, lists=(shown,))
    after = understand(snapshot, "and the one after that?", memory).requests[0]
    assert after.entities.meetings == (keys[1],)
    shown = Shown(meetings=(keys[1],))
    memory = replace(MEETINGS, request=after, shown=shown, lists=(shown,))
    before = understand(snapshot, "the one before that", memory).requests[0]
    assert before.entities.meetings == (keys[0],)
    shown = Shown(meetings=(keys[-1],))
    memory = replace(MEETINGS, request=after, shown=shown, lists=(shown,))
    none = understand(snapshot, "sen jälkeen", memory).requests[0]
    assert none.manner is Manner.END


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("oops i meant Tampere", "tampere"),
        ("not Vaasa but Tampere", "tampere"),
        ("ei kun Tampere", "tampere"),
        ("anteeksi kirjoitin väärin, piti kirjoittaa Tampere", "tampere"),
        ("nej jag menade Tammerfors", "tampere"),
        ("förlåt, fel ort, Tammerfors", "tampere"),
    ],
)
def test_a_correction_asks_the_last_question_anew(
    snapshot: Snapshot, text: str, place: str
) -> None:
    for memory in (CONTACTS, MEETINGS):
        found = understand(snapshot, text, memory)
        assert found.intent == memory.request.intent
        assert found.requests[0].entities.municipalities == (place,)


@pytest.mark.parametrize(
    "text", ["that's not what I asked", "not that", "en kysynyt sitä", "ei tuo", "nej inte det"]
)
def test_what_was_meant_is_asked(snapshot: Snapshot, text: str) -> None:
    found = understand(snapshot, text, CONTACTS)
    assert found.requests[0].topic == MISUNDERSTOOD
    assert [one.intent for one in found.guesses] == ["meetings", "join", "network_info"]
    assert all(one.entities.networks == ("lansi-suomi",) for one in found.guesses)
    assert understand(snapshot, text, None).requests[0].topic != MISUNDERSTOOD


def test_going_back_is_to_the_last_question_about_a_place(snapshot: Snapshot) -> None:
    memory = replace(
        MEETINGS, earlier=(MEETINGS.request, Request("join", TAMPERE), Request("contacts", TAMPERE))
    )
    for text in ("back to Tampere", "takaisin Tampereelle", "tillbaka till Tammerfors"):
        found = understand(snapshot, text, memory)
        assert found.requests == (Request("join", TAMPERE),)
    asked = understand(snapshot, "and back to Tampere, when do they meet", memory)
    assert (asked.intent, asked.requests[0].entities.networks) == ("meetings", ("pirkanmaa",))


@pytest.mark.parametrize("text", ["shorter please", "lyhyemmin", "kortare tack", "in short"])
def test_shorter_is_the_last_question(snapshot: Snapshot, text: str) -> None:
    found = understand(snapshot, text, CONTACTS)
    assert found.requests == (replace(CONTACTS.request, manner=Manner.SHORTER),)


def test_more_after_a_detail_is_all_of_it(snapshot: Snapshot) -> None:
    detail = Request("meetings", replace(WEST, meetings=("a@2026-12-10",)), topic="meeting_place")
    for text in ("more", "lisää", "berätta mer"):
        (found,) = understand(snapshot, text, replace(MEETINGS, request=detail)).requests
        assert found == replace(detail, topic="", manner=Manner.MORE)


@pytest.mark.parametrize(
    "text",
    ["I live in Tampere", "I'm a librarian in Tampere", "olen kuvataiteilija Tampereelta",
     "vi är en liten förening i Tammerfors", "mä oon töissä Tampereella"],
)  # fmt: skip
def test_a_place_that_is_told_answers_what_the_bot_has_asked(snapshot: Snapshot, text: str) -> None:
    waiting = ConversationState(Request("join"), "en")
    found = understand(snapshot, text, waiting)
    assert (found.intent, found.requests[0].entities.municipalities) == ("join", ("tampere",))
    two = replace(waiting, together=(Request("contacts"), Request("meetings")))
    answered = understand(snapshot, text, two)
    assert [one.intent for one in answered.requests] == ["contacts", "meetings"]
    alone = understand(snapshot, text, None).requests[0]
    assert (alone.intent, alone.entities.municipalities) == ("find_network", ("tampere",))


@pytest.mark.parametrize(
    "text",
    ["I was born in Tampere and now I sell cars", "olen lomalla Tampereella ja sataa",
     "jag åker buss till Tammerfors", "I'm a lawyer", "olen insinööri"],
)  # fmt: skip
def test_a_place_in_passing_is_nobody_s(snapshot: Snapshot, text: str) -> None:
    assert understand(snapshot, text, None).refused


def test_a_follow_up_of_two_questions_asks_both(snapshot: Snapshot) -> None:
    memory = replace(MEETINGS, together=(Request("contacts", WEST), Request("meetings", WEST)))
    found = understand(snapshot, "and in Tampere?", memory)
    assert [one.intent for one in found.requests] == ["contacts", "meetings"]
    assert all(one.entities.municipalities == ("tampere",) for one in found.requests)


def test_of_two_questions_the_one_not_understood_is_said(snapshot: Snapshot) -> None:
    text = "Who is the contact in Vaasa and who won the match?"
    contacts, missed = understand(snapshot, text, None).requests
    assert contacts.intent == "contacts"
    assert (missed.intent, missed.topic) == (FALLBACK, UNANSWERED)


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
@pytest.mark.parametrize(
    "text", ["hello", "nej", "bye", "link?", "info", "online?", "tel nr tack", "Tampere", "kiitos"]
)
def test_small_words_keep_the_language(snapshot: Snapshot, text: str, language: Language) -> None:
    memory = replace(CONTACTS, language=language)
    assert understand(snapshot, text, memory).language == language


def test_a_real_question_changes_the_language(snapshot: Snapshot) -> None:
    for text, language in (("miten liityn mukaan", "fi"), ("how do I join", "en")):
        assert understand(snapshot, text, replace(CONTACTS, language="sv")).language == language


def test_what_is_remembered_is_bounded() -> None:
    lists: tuple[Shown, ...] = ()
    requests: tuple[Request, ...] = ()
    for number in range(20):
        lists = remembered_lists(lists, Shown((f"p{number}",)))
        requests = remembered_requests(requests, (Request(f"i{number}"), Request(FALLBACK)))
    assert [one.persons for one in lists] == [(f"p{19 - at}",) for at in range(MAX_LISTS)]
    assert [one.intent for one in requests] == [f"i{19 - at}" for at in range(MAX_EARLIER)]
    assert remembered_lists(lists, lists[2])[0] == lists[2]
    assert len(remembered_lists(lists, lists[2])) == MAX_LISTS


def test_the_next_state_holds_all_that_was_asked_and_shown() -> None:
    asked = (Request("contacts", WEST, manner=Manner.SHORTER), Request(FALLBACK, topic=UNANSWERED))
    state = next_state(Understanding("", "sv", asked, 1.0), TWO, None)
    assert (state.request, state.language, state.shown) == (CONTACTS.request, "sv", TWO)
    assert (state.together, state.lists, state.earlier) == ((), (TWO,), (CONTACTS.request,))
    both = (Request("contacts", TAMPERE), Request("meetings", TAMPERE))
    later = next_state(Understanding("", "sv", both, 1.0), Shown(networks=("pirkanmaa",)), state)
    assert later.requests == both
    assert later.earlier == (both[1], both[0], CONTACTS.request)
    # A meeting of the same network leaves its persons in sight; another network does not.
    assert later.shown.persons == ()
    meeting = Shown(meetings=("a@2026-12-10",), networks=("lansi-suomi",))
    same = next_state(Understanding("", "sv", (MEETINGS.request,), 1.0), meeting, state)
    assert same.shown == replace(meeting, persons=TWO.persons)
    # What is refused, and thanks, leave all as it was.
    refused = Understanding("", "sv", (Request(FALLBACK),), 0.0)
    assert next_state(refused, Shown(), later).requests == both


def test_the_longest_wording_counts_and_is_taken_out(knowledge: Knowledge) -> None:
    wordings = Wordings(knowledge)
    said = ("what", "about", "the", "one", "after", "that", "then")
    (found,) = wordings.find(said, OPERATIONS)
    assert (found.operation, said[found.first : found.end]) == (
        "after",
        ("the", "one", "after", "that"),
    )
    assert without(said, [found]) == ["what", "about", "then"]
    message = MaskedMessage((), said, tuple(range(len(said))), Entities(), ())
    assert shortened(message, [found]).owners == (0, 1, 6)
    assert wordings.alone(said, "after") == "after"
    assert wordings.alone((*said, "venue"), "after") is None
    assert wordings.alone(("{place}", *said), "after") is None


@pytest.mark.parametrize(
    "memory",
    [
        replace(CONTACTS, request=Request("gone", WEST)),
        replace(CONTACTS, together=(Request("contacts", WEST), Request("gone", WEST))),
        replace(CONTACTS, asked=Request("gone")),
        replace(CONTACTS, guesses=(Request("gone"),)),
        replace(CONTACTS, earlier=(Request("gone"), Request("join", WEST))),
    ],
)
@pytest.mark.parametrize("said", ["in English please", "more", "shorter", "yes", "back", "both"])
def test_a_question_that_is_gone_from_the_content_is_not_asked_again(
    memory: ConversationState, said: str, snapshot: Snapshot
) -> None:
    found = snapshot.interpreter.understand(said, MessageContext(TODAY, memory))
    asked = (*found.requests, *found.guesses)
    assert all(one.intent != "gone" for one in asked)
    assert found.language == "en"
