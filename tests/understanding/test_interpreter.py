"""Whole messages with the real model: follow-ups, one-word replies, language, bounded work."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.answers.plain import plain_text
from bot.channels.conversation import Conversations, IncomingMessage, Reply
from bot.knowledge.values import Language
from bot.understanding.confidence import load_calibration
from bot.understanding.interpreter import Interpreter, MessageContext
from bot.understanding.model import (
    DOUBTFUL_PLACE,
    UNKNOWN_PERSON,
    Entities,
    Period,
    Request,
    Understanding,
)
from bot.understanding.questions import MAX_GUESSES
from bot.understanding.reloader import Snapshot
from bot.understanding.talk.memory import ConversationState
from bot.understanding.text import MAX_CHARACTERS

TODAY = dt.date(2026, 11, 20)
NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
DECEMBER = Period(dt.date(2026, 12, 1), dt.date(2026, 12, 31))


def _talk(snapshot: Snapshot, *messages: str) -> list[Understanding]:
    """A conversation, each message knowing of the one before it."""
    found: list[Understanding] = []
    for message in messages:
        memory = ConversationState(found[-1].requests[-1], found[-1].language) if found else None
        found.append(snapshot.interpreter.understand(message, MessageContext(TODAY, memory)))
    return found


def _said(understanding: Understanding) -> tuple[str, str, tuple[str, ...], tuple[str, ...]]:
    entities = understanding.requests[0].entities
    return understanding.language, understanding.intent, entities.networks, entities.persons


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        (
            ["Kuka vastaa verkostosta Ilmajoella?", "entä Pirkanmaalla?"],
            ("fi", "contacts", ("pirkanmaa",), ()),
        ),
        (
            ["Vem ansvarar för nätverket i Nyland?", "och i Vasa?"],
            ("sv", "contacts", ("lansi-suomi",), ()),
        ),
        (
            ["Who is the contact person in Lapland?", "and in Tampere?"],
            ("en", "contacts", ("pirkanmaa",), ()),
        ),
        (
            ["Kuka vastaa verkostosta Ilmajoella?", "Vaasa"],
            ("fi", "contacts", ("lansi-suomi",), ()),
        ),
        (
            ["Kuka vastaa verkostosta Ilmajoella?", "ja puhelinnumero?"],
            ("fi", "contacts", ("lansi-suomi",), ()),
        ),
        (
            ["Kuka on Hanna Hangasluoma?", "ja puhelinnumero?"],
            ("fi", "person", (), ("hanna-hangasluoma",)),
        ),
        (
            ["Kuka on Hanna Hangasluoma?", "entä Tarja?"],
            ("fi", "person", (), ("tarja-hautamaki",)),
        ),
        (
            ["Kuka on Hanna Hangasluoma?", "Oulu"],
            ("fi", "contacts", ("pohjois-pohjanmaa",), ()),
        ),
        (
            ["Mikä on Pirkanmaan verkoston tavoite?", "entä Lapissa?"],
            ("fi", "network_goals", ("lappi",), ()),
        ),
        (
            ["Milloin on seuraava tapaaminen?", "Pirkanmaa"],
            ("fi", "meetings", ("pirkanmaa",), ()),
        ),
        (["När är nästa träff?", "Vasa"], ("sv", "meetings", ("lansi-suomi",), ())),
        (["kiitos", "Tampere"], ("fi", "find_network", ("pirkanmaa",), ())),
        (["Tampere"], ("fi", "find_network", ("pirkanmaa",), ())),
        (["Pilvi"], ("fi", "person", (), ("pilvi-kuitu", "pilvi-nissila"))),
        (["Jakobstad"], ("sv", "find_network", ("lansi-suomi",), ())),
        (["Ingå"], ("sv", "find_network", ("uusimaa",), ())),
    ],
)
def test_a_follow_up_is_about_what_was_asked_before(
    snapshot: Snapshot,
    messages: list[str],
    expected: tuple[str, str, tuple[str, ...], tuple[str, ...]],
) -> None:
    *_, last = _talk(snapshot, *messages)
    assert _said(last) == expected
    assert last.guesses == ()


def test_a_time_alone_asks_for_meetings_of_the_place_before(snapshot: Snapshot) -> None:
    first, second, third = _talk(
        snapshot, "Milloin on seuraava tapaaminen Pirkanmaalla?", "joulukuussa", "entä Lapissa?"
    )
    assert first.requests[0].entities.period is None
    assert second.requests[0].entities.period == DECEMBER
    assert second.requests[0].entities.networks == ("pirkanmaa",)
    assert third.requests[0].entities.period == DECEMBER
    assert third.requests[0].entities.networks == ("lappi",)


def test_the_language_of_a_whole_question_overrules_the_conversation(snapshot: Snapshot) -> None:
    first, second = _talk(
        snapshot, "Kuka vastaa verkostosta Ilmajoella?", "vem svarar för nätverket i Vasa?"
    )
    assert (first.language, second.language) == ("fi", "sv")


@pytest.mark.parametrize("text", ["hello", "nej", "bye", "link?", "info", "online?"])
@pytest.mark.parametrize("language", ["fi", "sv"])
def test_a_word_of_many_languages_keeps_the_language_of_the_talk(
    snapshot: Snapshot, text: str, language: Language
) -> None:
    memory = ConversationState(Request("contacts"), language)
    found = snapshot.interpreter.understand(text, MessageContext(TODAY, memory))
    assert found.language == language


def test_the_number_is_asked_for_in_the_language_of_the_talk(snapshot: Snapshot) -> None:
    memory = ConversationState(Request("contacts"), "sv")
    found = snapshot.interpreter.understand("tel nr tack", MessageContext(TODAY, memory))
    assert found.language == "sv"


def test_two_questions_in_one_message_are_both_found(snapshot: Snapshot) -> None:
    (found,) = _talk(
        snapshot, "Kuka vastaa verkostosta Ilmajoella ja milloin on seuraava tapaaminen?"
    )
    assert [request.intent for request in found.requests] == ["contacts", "meetings"]
    assert all(request.entities.municipalities == ("ilmajoki",) for request in found.requests)


def test_what_is_not_ours_is_refused(snapshot: Snapshot) -> None:
    (found,) = _talk(snapshot, "Paljonko bensa maksaa Tampereella?")
    assert found.refused


def test_distress_is_a_topic_of_its_own(snapshot: Snapshot) -> None:
    for text in ("en jaksa enää elää", "jag orkar inte leva mer", "i want to end my life"):
        (found,) = _talk(snapshot, text)
        assert (found.intent, found.requests[0].topic) == ("fallback", "distress")


@pytest.mark.parametrize("text", ["", "   ", "?!…", "\u200b", "\x00"])
def test_a_message_without_words_is_not_understood(snapshot: Snapshot, text: str) -> None:
    (found,) = _talk(snapshot, text)
    assert found.requests == (Request("fallback"),)
    assert found.confidence == 0.0


def test_a_smile_alone_gets_a_short_line(snapshot: Snapshot) -> None:
    (found,) = _talk(snapshot, "🙂🙂")
    assert found.requests == (Request("smalltalk", topic="noted"),)


def test_evidence_is_given_on_request_only(snapshot: Snapshot) -> None:
    text = "Kuka vastaa verkostosta Ilmajoella?"
    plain = snapshot.interpreter.understand(text, MessageContext(TODAY))
    explained = snapshot.interpreter.understand(text, MessageContext(TODAY), explain=True)
    assert plain == explained
    assert plain.evidence.tokens == ()
    assert explained.evidence.tokens == ("kuka", "vastaa", "verkostosta", "{place}")
    assert explained.evidence.matches[0].label == "contacts"
    assert [mention.key for mention in explained.evidence.mentions] == ["ilmajoki"]
    assert explained.evidence.language_reason
    assert explained.evidence.language_reason.startswith("its words")


def test_only_the_beginning_of_a_long_message_is_read(snapshot: Snapshot) -> None:
    question = "Kuka vastaa verkostosta Ilmajoella? "
    padding = " " * (MAX_CHARACTERS - len(question))
    short = snapshot.interpreter.understand(question + padding, MessageContext(TODAY))
    long = snapshot.interpreter.understand(
        question + padding + "Kuka on Tarja? " * 9_000, MessageContext(TODAY)
    )
    assert long == short
    assert len(long.text) == MAX_CHARACTERS


_PIECES = st.sampled_from(
    [
        "Kuka ",
        "Vaasassa ",
        "Pilvi ",
        "29.2. ",
        "{place}",
        "{person}",
        "{time}",
        "-",
        "’",
        "S:t ",
        "\n",
    ]
)
_TEXT = st.text(st.characters(), max_size=300) | st.lists(_PIECES, max_size=60).map("".join)
_TIMES = st.sampled_from([1, 1, 1, 7, 1_000])


@settings(deadline=None)
@given(text=_TEXT, times=_TIMES, before=st.sampled_from(["", "Kuka vastaa Vaasassa?", "Pilvi"]))
def test_any_text_is_understood_to_mean_something(
    snapshot: Snapshot, text: str, times: int, before: str
) -> None:
    message = (text * times)[:100_000]
    *_, found = _talk(snapshot, *([before] if before else []), message)
    assert len(found.text) <= MAX_CHARACTERS
    assert 1 <= len(found.requests) <= 2
    assert {each.intent for each in found.requests} <= snapshot.knowledge.intents.keys()
    assert found.language in ("fi", "sv", "en")
    assert 0.0 <= found.confidence <= 1.0
    assert len(found.guesses) <= MAX_GUESSES
    known = snapshot.knowledge
    for request in (*found.requests, *found.guesses):
        assert known.networks.keys() >= set(request.entities.networks)
        assert known.people.keys() >= set(request.entities.persons)


def test_a_person_removed_from_the_content_is_forgotten_in_conversations(
    snapshot: Snapshot,
) -> None:
    gone = Request("person", Entities(persons=("no-longer-there",)))
    memory = ConversationState(gone, "fi")
    found = snapshot.interpreter.understand("ja puhelinnumero?", MessageContext(TODAY, memory))
    assert not found.requests[0].entities.persons
    assert found.language == "fi"


@pytest.mark.parametrize(
    ("message", "language"),
    [
        ("and in English please?", "en"),
        ("samma på svenska tack", "sv"),
        ("voitko sanoa saman suomeksi", "fi"),
        ("ruotsiksi", "sv"),
        ("could you repeat that in Swedish", "sv"),
    ],
)
def test_the_last_answer_in_another_language(
    snapshot: Snapshot, message: str, language: str
) -> None:
    first, again = _talk(snapshot, "Kuka vastaa verkostosta Ilmajoella?", message)
    assert again.requests == first.requests
    assert again.language == language


def test_a_language_alone_repeats_nothing_where_nothing_was_said(snapshot: Snapshot) -> None:
    found = snapshot.interpreter.understand("in English please", MessageContext(TODAY))
    assert found.intent in ("help", "fallback")


_GUESSES = tuple(Request(intent) for intent in ("contacts", "meetings", "join"))


@pytest.mark.parametrize(
    ("message", "intent"),
    [
        ("toinen", "meetings"),
        ("sitä ekaa", "contacts"),
        ("2", "meetings"),
        ("den tredje tack", "join"),
        ("the first one please", "contacts"),
    ],
)
def test_a_guess_on_offer_is_picked(snapshot: Snapshot, message: str, intent: str) -> None:
    memory = ConversationState(Request("fallback"), "fi", _GUESSES)
    found = snapshot.interpreter.understand(message, MessageContext(TODAY, memory))
    assert found.intent == intent


@pytest.mark.parametrize("message", ["joo", "kyllä kiitos", "yes please", "ja just det"])
def test_a_yes_takes_the_only_guess_and_none_of_several(snapshot: Snapshot, message: str) -> None:
    only = ConversationState(Request("fallback"), "fi", _GUESSES[1:2])
    several = ConversationState(Request("fallback"), "fi", _GUESSES)
    assert (
        snapshot.interpreter.understand(message, MessageContext(TODAY, only)).intent == "meetings"
    )
    found = snapshot.interpreter.understand(message, MessageContext(TODAY, several))
    assert (found.intent, found.guesses) == ("fallback", _GUESSES)


@pytest.mark.parametrize("message", ["4", "eka ja toka", "ensimmäinen tapaaminen Vaasassa"])
def test_what_picks_no_guess_is_read_as_any_message(snapshot: Snapshot, message: str) -> None:
    memory = ConversationState(Request("fallback"), "fi", _GUESSES)
    with_guesses = snapshot.interpreter.understand(message, MessageContext(TODAY, memory))
    without = snapshot.interpreter.understand(
        message, MessageContext(TODAY, ConversationState(Request("fallback"), "fi"))
    )
    assert with_guesses == without


@pytest.mark.parametrize(
    "message",
    ["Matti Meikäläisen puhelinnumero", "numret till Hanna Nyström", "Who is Hanna Smith?"],
)
def test_a_stranger_is_not_answered_for(snapshot: Snapshot, message: str) -> None:
    memory = ConversationState(Request("person", Entities(persons=("tarja-hautamaki",))), "fi")
    found = snapshot.interpreter.understand(message, MessageContext(TODAY, memory))
    assert found.requests[0] == Request("fallback", found.requests[0].entities, UNKNOWN_PERSON)
    assert found.requests[0].entities.persons == ()


def test_she_after_an_answer_about_a_place_is_who_answers_there(snapshot: Snapshot) -> None:
    _, found = _talk(snapshot, "Vem är kontaktperson i Vasa?", "och hennes titel?")
    assert found.intent == "contacts"
    assert found.requests[0].entities.networks == ("lansi-suomi",)


def test_in_a_talk_about_one_of_ours_a_question_needs_less_confidence(snapshot: Snapshot) -> None:
    message = "milloin verkosto tapaa"
    sure = snapshot.interpreter.understand(message, MessageContext(TODAY)).confidence
    strict = replace(load_calibration(), threshold=sure + 0.01)
    interpreter = Interpreter(snapshot.knowledge, snapshot.interpreter.trained, strict)
    about = Request("contacts", Entities(networks=("lappi",)))
    assert interpreter.understand(message, MessageContext(TODAY)).refused
    talk = MessageContext(TODAY, ConversationState(about, "fi"))
    found = interpreter.understand(message, talk)
    assert (found.intent, found.requests[0].entities.networks) == ("meetings", ("lappi",))
    other = MessageContext(TODAY, ConversationState(Request("greeting"), "fi"))
    assert interpreter.understand(message, other).refused


@pytest.mark.parametrize(
    "message",
    [
        "vem är kontaktperson för Solglimten",
        "kuka on Kuutamokuoron yhteyshenkilö",
        "when is the next Brightmoor meeting",
        "miten liityn Hiidenkirnuun",
    ],
)
def test_what_is_asked_about_another_body_is_refused(snapshot: Snapshot, message: str) -> None:
    found = snapshot.interpreter.understand(message, MessageContext(TODAY), explain=True)
    assert found.refused
    name = next(word for word in message.split()[1:] if word[0].isupper())
    assert [str(rule) for rule in found.evidence.rules] == [f"`{name}` is none of ours"]


def test_a_word_of_ours_may_have_a_capital(snapshot: Snapshot) -> None:
    assert _talk(snapshot, "milloin on seuraava Teams-kokous")[0].intent == "meetings"
    assert _talk(snapshot, "mitä Taikusydän-verkosto tekee")[0].refused is False


@pytest.mark.parametrize("message", ["28.8.2026", "tiistai 14. joulukuuta", "28 August 2026"])
def test_a_date_alone_is_anybodys_until_the_talk_is_of_ours(
    snapshot: Snapshot, message: str
) -> None:
    alone = _talk(snapshot, message)[0]
    assert alone.refused
    assert [guess.intent for guess in alone.guesses] == ["meetings"]
    after = _talk(snapshot, "milloin on Pirkanmaan seuraava kokous", message)[1]
    assert after.intent == "meetings"
    assert after.requests[0].entities.networks == ("pirkanmaa",)


@pytest.mark.parametrize(
    "message", ["nii on", "toi kuulostaa iha hyvältä", "okei ymmärrän", "that sounds nice to me"]
)
def test_what_asks_nothing_gets_no_fact_in_a_talk(snapshot: Snapshot, message: str) -> None:
    found = _talk(snapshot, "Kuka on yhteyshenkilö Tampereella?", message)[1]
    assert found.intent in ("fallback", "thanks", "greeting", "goodbye", "smalltalk")


def test_a_doubtful_place_is_asked_first_and_not_remembered(snapshot: Snapshot) -> None:
    talk = Conversations(lambda: snapshot, lambda: NOON)

    def say(text: str) -> Reply:
        return talk.respond(IncomingMessage(text, conversation="one"))

    asked = say("kuka on yhteyshenkilö lapenranta")
    assert asked.understanding.requests == (Request("fallback", topic=DOUBTFUL_PLACE),)
    assert "Tarkoititko paikkaa Lappeenranta?" in plain_text(asked.answer)
    assert "@" not in plain_text(asked.answer)
    assert say("milloin on kokous").understanding.requests[0].entities == Entities()
    say("kuka on yhteyshenkilö lapenranta")
    confirmed = say("kyllä").understanding.requests[0]
    assert (confirmed.intent, confirmed.entities.municipalities) == ("contacts", ("lappeenranta",))


@pytest.mark.parametrize(
    "message",
    [
        "olen suomalainen taiteilija, kehen otan yhteyttä?",
        "norjalainen soittaja, kehen otan yhteyttä?",
        "haluan rauhallista tekemistä, kenelle soitan?",
        "onko verkostossa lukiolaisia mukana?",
        "pilvistä",
        "aaaa",
    ],
)
def test_a_word_is_no_place_and_no_person(snapshot: Snapshot, message: str) -> None:
    found = _talk(snapshot, message)[0].requests[0].entities
    assert not found.place
    assert not found.persons
