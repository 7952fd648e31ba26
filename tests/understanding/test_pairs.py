"""Questions of content/questions are found in other words, and do not take what is another's."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.answers.compose import Context, compose
from bot.answers.model import Answer
from bot.answers.plain import plain_text
from bot.channels.conversation import Conversations, IncomingMessage, Reply
from bot.commands.ask_json import as_json
from bot.commands.explanation import explanation
from bot.knowledge.question_pairs import Question
from bot.understanding.interpreter import Interpreter, MessageContext
from bot.understanding.model import QUESTION, Entities, Request, Understanding
from bot.understanding.reloader import Snapshot

NOW = dt.datetime(2026, 11, 20, 10, tzinfo=dt.UTC)

PIANO: dict[str, Any] = {
    "key": "piano",
    "question": {
        "fi": [
            "Voiko kokoontumistilan pianoa soittaa?",
            "Onko talossa flyygeliä?",
            "Saako talon pianolla harjoitella?",
        ]
    },
    "answer": {"fi": "Piano on vapaasti käytössä, kun sali on tyhjä. Viritys tehdään keväisin."},
    "networks": ["pirkanmaa"],
    "source": {"name": "Talon säännöt", "url": "https://example.org/piano", "date": "2026-10"},
    "valid_until": "2027-05-31",
}

CANOE: dict[str, Any] = {
    "key": "canoe",
    "question": {
        "sv": [
            "Kan man hyra kanot under lägret?",
            "Finns det kanoter att låna?",
            "Vad kostar en kajak per dag?",
        ],
        "en": [
            "Can I rent a canoe during the camp?",
            "Are there kayaks to borrow?",
            "How much is a kayak per day?",
        ],
    },
    "answer": {
        "sv": "Kanoterna är gratis.\n\n- Flytväst ingår.\n- Boka hos värden.",
        "en": "Canoes are free of charge. Book them with the host.",
    },
}


def world(snapshot: Snapshot, *pairs: dict[str, Any]) -> Snapshot:
    """The shipped knowledge with these questions."""
    questions = {one["key"]: Question.model_validate(one) for one in pairs}
    knowledge = replace(snapshot.knowledge, questions=questions)
    return Snapshot(knowledge, Interpreter(knowledge, snapshot.interpreter.trained))


@pytest.fixture(scope="module")
def loaded(snapshot: Snapshot) -> Snapshot:
    return world(snapshot, PIANO, CANOE)


def reply(snapshot: Snapshot, *texts: str, now: dt.datetime = NOW) -> Reply:
    """The reply to the last of some messages of one talk."""
    talk = Conversations(lambda: snapshot, now=lambda: now)
    replies = [talk.respond(IncomingMessage(text, conversation="one")) for text in texts]
    return replies[-1]


def asked(one: Reply) -> tuple[str, ...]:
    return one.understanding.requests[0].entities.questions


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Onko talossa flyygeliä?", "piano"),
        ("onko talossa flyygeliä", "piano"),
        ("Vad kostar en kajak per dag?", "canoe"),
        ("are there kayaks to borrow", "canoe"),
        # In other words.
        ("piano?", "piano"),
        ("soitetaanko pianoa talossa", "piano"),
        ("finns det en kanot att hyra under lägret", "canoe"),
        ("canoe rental during the camp?", "canoe"),
    ],
)
def test_a_question_is_found(loaded: Snapshot, text: str, key: str) -> None:
    found = reply(loaded, text)
    assert asked(found) == (key,)
    assert as_json(text, found)["intent"] == QUESTION
    assert as_json(text, found)["entities"]["questions"] == [key]


@pytest.mark.parametrize(
    "text",
    ["kuka on yhteyshenkilö Pirkanmaalla", "när är nästa träff", "how do I join", "moi", "kiitos"],
)
def test_what_belongs_to_an_intent_stays_there(
    snapshot: Snapshot, loaded: Snapshot, text: str
) -> None:
    assert reply(loaded, text).understanding.intent == reply(snapshot, text).understanding.intent


@pytest.mark.parametrize("text", ["millainen sää huomenna on", "who won the match yesterday"])
def test_what_is_nobodys_is_not_answered(loaded: Snapshot, text: str) -> None:
    assert reply(loaded, text).understanding.refused


def test_an_answer_tells_its_question_network_and_source(loaded: Snapshot) -> None:
    said = plain_text(reply(loaded, "Onko talossa flyygeliä?").answer)
    assert said.startswith("Pirkanmaa: Voiko kokoontumistilan pianoa soittaa?")
    assert "Piano on vapaasti käytössä" in said
    assert "Talon säännöt" in said
    assert "https://example.org/piano" in said


def test_an_answer_in_another_language_says_which_it_is(loaded: Snapshot) -> None:
    request = Request(QUESTION, Entities(questions=("piano",)))
    for language, said in (("sv", "finska"), ("en", "Finnish")):
        understood = Understanding("", language, (request,), 1.0)  # type: ignore[arg-type]
        text = plain_text(compose(understood, loaded.knowledge, Context(NOW)))
        assert "Piano on vapaasti käytössä" in text
        assert language != "en" or said in text


@pytest.mark.parametrize(
    "text", ["Onko talossa flyygeliä Lapissa?", "Onko talossa flyygeliä Rovaniemellä?"]
)
def test_of_another_network_it_is_not_known_and_who_may_know(loaded: Snapshot, text: str) -> None:
    found = reply(loaded, text)
    said = plain_text(found.answer)
    assert "Piano on vapaasti" not in said
    assert "Lappi" in said
    assert len(found.answer.blocks) > 1


def test_the_place_of_a_talk_counts(loaded: Snapshot) -> None:
    found = reply(loaded, "Kuka on Lapin yhteyshenkilö?", "Onko talossa flyygeliä?")
    assert "Piano on vapaasti" not in plain_text(found.answer)
    back = reply(loaded, "Onko talossa flyygeliä?", "entä Lapissa?")
    assert asked(back) == ("piano",)
    assert "Piano on vapaasti" not in plain_text(back.answer)


def test_the_question_of_the_network_that_is_asked_about_is_answered(snapshot: Snapshot) -> None:
    lapland = {
        **PIANO,
        "key": "piano-lappi",
        "networks": ["lappi"],
        "answer": {"fi": "Piano on rikki."},
    }
    both = world(snapshot, PIANO, lapland)
    assert asked(reply(both, "Onko talossa flyygeliä Lapissa?")) == ("piano-lappi",)
    assert asked(reply(both, "Onko talossa flyygeliä Tampereella?")) == ("piano",)
    which = reply(both, "Onko talossa flyygeliä?")
    assert which.understanding.refused
    labels = {one.intent: one.text for one in which.answer.suggestions}
    assert set(labels) == {"question:piano", "question:piano-lappi"}
    assert asked(reply(both, labels["question:piano-lappi"])) == ("piano-lappi",)


def test_an_answer_is_not_given_after_its_last_day(loaded: Snapshot) -> None:
    last = dt.datetime(2027, 5, 31, 10, tzinfo=dt.UTC)
    assert asked(reply(loaded, "Onko talossa flyygeliä?", now=last)) == ("piano",)
    after = reply(loaded, "Onko talossa flyygeliä?", now=last + dt.timedelta(days=1))
    assert not asked(after)
    assert "Piano on vapaasti" not in plain_text(after.answer)


def test_an_answer_that_was_removed_in_mid_talk_is_not_given(
    snapshot: Snapshot, loaded: Snapshot
) -> None:
    current = loaded
    talk = Conversations(lambda: current, now=lambda: NOW)
    talk.respond(IncomingMessage("Onko talossa flyygeliä?", conversation="one"))
    current = snapshot
    said = talk.respond(IncomingMessage("entä Pirkanmaalla?", conversation="one"))
    assert "Piano on vapaasti" not in plain_text(said.answer)


def test_an_offered_question_is_a_button_that_leads_to_it(loaded: Snapshot) -> None:
    guesses = (Request(QUESTION, Entities(questions=("canoe",))),)
    understood = Understanding("", "sv", (Request("fallback"),), 0.2, guesses)
    (button,) = compose(understood, loaded.knowledge, Context(NOW)).suggestions
    assert button.intent == "question:canoe"
    assert asked(reply(loaded, button.text)) == ("canoe",)


def test_what_an_answer_holds_is_no_markup(snapshot: Snapshot) -> None:
    text = "**Lue** [tästä](https://evil.example) # ei otsikko {{ community.name }} {% x %}"
    odd = world(snapshot, {**PIANO, "answer": {"fi": text}, "source": {"name": "*A* [b](c)"}})
    answer: Answer = reply(odd, "Onko talossa flyygeliä?").answer
    said = plain_text(answer)
    assert "**Lue** [tästä](" in said
    assert "{{ community.name }}" in said
    assert "*A* [b](c)" in said


def test_an_intent_is_not_taken_by_words_that_name_nothing(snapshot: Snapshot) -> None:
    tutoring = {
        "key": "tutoring",
        "question": {
            "fi": [
                "Miten mentorointiin pääsee mukaan?",
                "Kuka ohjaa aloittelijaa?",
                "Saako kokeneelta neuvoja?",
            ]
        },
        "answer": {"fi": "Ilmoittaudu tammikuussa."},
    }
    one = world(snapshot, tutoring)
    assert reply(one, "Miten pääsee mukaan?").understanding.intent == "join"
    assert asked(reply(one, "Miten mentorointiin pääsee mukaan?")) == ("tutoring",)


def test_explain_names_the_question(loaded: Snapshot) -> None:
    talk = Conversations(lambda: loaded, now=lambda: NOW)
    answered = talk.respond(IncomingMessage("Onko talossa flyygeliä?"), explain=True)
    assert "question about piano" in explanation(answered, loaded.knowledge, Path("intents"))
    guesses = (Request(QUESTION, Entities(questions=("canoe",))),)
    offered = replace(
        answered.understanding, requests=(Request("fallback"),), guesses=guesses, language="sv"
    )
    answer = compose(offered, loaded.knowledge, Context(NOW))
    said = explanation(Reply(offered, answer), loaded.knowledge, Path("intents"))
    assert "question:canoe, as `Kan man hyra kanot under lägret?`" in " ".join(said.split())
    assert "questions/canoe.yaml" in said


def test_a_list_and_paragraphs_are_kept(loaded: Snapshot) -> None:
    said = plain_text(reply(loaded, "Finns det kanoter att låna?").answer)
    assert "Kanoterna är gratis.\n\n- Flytväst ingår.\n- Boka hos värden." in said


def test_without_questions_nothing_changes(snapshot: Snapshot) -> None:
    text = "Onko talossa flyygeliä?"
    plain = snapshot.interpreter.understand(text, MessageContext(NOW.date()))
    assert plain.intent != QUESTION
