"""Wishes, and what looks like one: over whole sets of sentences, and in a conversation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.channels.conversation import Conversations, IncomingMessage, Reply
from bot.knowledge.library import FALLBACK, Knowledge
from bot.understanding.acts import FOLLOW, FORGET, UNFOLLOW, Step, step
from bot.understanding.interpreter import MessageContext
from bot.understanding.model import Request, Understanding, Wish
from bot.understanding.reloader import Snapshot
from bot.understanding.text import words

FOLDER = Path(__file__).parent
LOCALES = {"fi": "fi-FI", "sv": "sv-FI", "en": "en-GB"}
NOON = dt.datetime(2026, 11, 21, 10, 0, tzinfo=dt.UTC)


def read(name: str) -> dict[str, Any]:
    """A measuring set."""
    found: dict[str, Any] = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return found


WISHES, NO_WISHES, NEGATIONS = read("wishes"), read("no_wishes"), read("negations")


def texts(kind: str) -> Iterator[tuple[str, str]]:
    """Language and text of all that are no wishes in one way."""
    for language, sentences in NO_WISHES[kind].items():
        for text in sentences:
            yield language, text


def understand(snapshot: Snapshot, language: str, text: str) -> Understanding:
    """What a message means by itself."""
    return snapshot.interpreter.understand(
        text, MessageContext(NOON.date(), None, LOCALES[language])
    )


def steps(snapshot: Snapshot, language: str, text: str) -> set[Step]:
    """What a message leads to."""
    requests = understand(snapshot, language, text).requests
    return {step(request, snapshot.knowledge) for request in requests}


def test_no_sentence_of_the_sets_is_a_phrase(knowledge: Knowledge) -> None:
    phrases = {" ".join(words(one.phrase.text)) for one in knowledge.phrases}
    longer = [
        text
        for _, text in [pair for kind in ("told", "questions") for pair in texts(kind)]
        if " ".join(words(text)) in phrases
    ]
    assert longer == []


def test_clear_wishes_are_done_and_the_others_asked(snapshot: Snapshot) -> None:
    missed = []
    total = 0
    for kind, wanted in (("done", Step.DO), ("asked", Step.ASK)):
        for language, intents in WISHES[kind].items():
            for intent, sentences in intents.items():
                for text in sentences:
                    total += 1
                    (request, *_) = understand(snapshot, language, text).requests
                    if (request.intent, step(request, snapshot.knowledge)) != (intent, wanted):
                        missed.append((text, request.intent, request.wish))
    assert total >= 60
    assert len(missed) <= total * 0.05, missed


def test_forgetting_is_never_done_without_a_yes(snapshot: Snapshot) -> None:
    for sets in WISHES.values():
        for language, intents in sets.items():
            for text in intents.get(FORGET, ()):
                assert Step.DO not in steps(snapshot, language, text), text


@pytest.mark.parametrize("kind", sorted(NO_WISHES))
def test_what_is_no_wish_does_nothing(snapshot: Snapshot, kind: str) -> None:
    done = [text for language, text in texts(kind) if Step.DO in steps(snapshot, language, text)]
    assert done == []


@pytest.mark.parametrize("kind", ["denied", "alone", "questions", "listing"])
def test_what_is_no_wish_is_not_asked_about(snapshot: Snapshot, kind: str) -> None:
    asked = [text for language, text in texts(kind) if Step.ASK in steps(snapshot, language, text)]
    assert asked == []


def test_the_set_of_what_is_no_wish_is_large() -> None:
    assert sum(1 for kind in NO_WISHES for _ in texts(kind)) >= 60


def test_questions_about_acts_are_answered(snapshot: Snapshot) -> None:
    found = [
        steps(snapshot, language, text) == {Step.EXPLAIN} for language, text in texts("questions")
    ]
    assert sum(found) >= len(found) * 0.8


def test_what_is_followed_is_listed(snapshot: Snapshot) -> None:
    for language, text in texts("listing"):
        assert understand(snapshot, language, text).intent == "following", text


@pytest.mark.parametrize("kind", ["contrast", "plain"])
def test_what_is_asserted_is_answered(snapshot: Snapshot, kind: str) -> None:
    missed = []
    total = 0
    for language, sentences in NEGATIONS[kind].items():
        for text, intent, *networks in sentences:
            total += 1
            found = understand(snapshot, language, text)
            (request, *others) = found.requests
            right = request.intent == intent and not others
            if networks:
                right = right and [*request.entities.networks] == networks[0]
            if not right:
                missed.append((text, found.requests))
    assert total >= 27
    assert len(missed) <= total * 0.06, missed


def test_what_is_only_denied_is_not_answered(snapshot: Snapshot) -> None:
    for language, sentences in NEGATIONS["only_denied"].items():
        for text in sentences:
            assert understand(snapshot, language, text).intent == FALLBACK, text


def test_there_are_enough_negations() -> None:
    assert sum(len(one) for kind in NEGATIONS.values() for one in kind.values()) >= 60


def test_a_request_that_nobody_wished_for_does_nothing(knowledge: Knowledge) -> None:
    for intent in knowledge.intents:
        assert step(Request(intent), knowledge) is Step.KEEP
        if intent not in (FOLLOW, UNFOLLOW, FORGET):
            assert step(Request(intent, wish=Wish.CONFIRMED), knowledge) is Step.KEEP


class Talk:
    """One conversation, by default where networks can be followed."""

    def __init__(self, snapshot: Snapshot, *, follows: bool = True) -> None:
        self._conversations = Conversations(lambda: snapshot, now=lambda: NOON)
        self._follows = follows

    def say(self, text: str) -> Reply:
        """The reply to a message."""
        message = IncomingMessage(text, "talk", "fi-FI", members=True, follows=self._follows)
        return self._conversations.respond(message)

    def wish(self, text: str) -> Request:
        """The first request of a message."""
        return self.say(text).understanding.requests[0]


@pytest.mark.parametrize(
    ("answer", "wish"),
    [
        ("kyllä", Wish.CONFIRMED),
        ("joo", Wish.CONFIRMED),
        ("Kyllä kiitos!", Wish.CONFIRMED),
        ("poista", Wish.CONFIRMED),
        ("joo poista vaan", None),
        ("ei", Wish.DECLINED),
        ("En", Wish.DECLINED),
        ("älä poista", Wish.DECLINED),
        ("ei kiitos", Wish.DECLINED),
        ("yes", Wish.CONFIRMED),
        ("no", Wish.DECLINED),
        ("nej tack", Wish.DECLINED),
        ("ja tack", Wish.CONFIRMED),
        ("kiitos", None),
        ("ehkä", None),
        ("kuka on yhteyshenkilö Vaasassa", None),
    ],
)
def test_a_yes_and_a_no_are_understood(snapshot: Snapshot, answer: str, wish: Wish | None) -> None:
    talk = Talk(snapshot)
    assert talk.wish("poista tietoni").wish is Wish.CLEAR
    reply = talk.say(answer)
    (request, *_) = reply.understanding.requests
    if wish is None:
        assert request.wish is not Wish.CONFIRMED
    else:
        assert (request.intent, request.wish) == (FORGET, wish)
    assert reply.forgotten == (wish is Wish.CONFIRMED)


def test_a_yes_counts_right_after_the_question_only(snapshot: Snapshot) -> None:
    talk = Talk(snapshot)
    talk.say("poista tietoni")
    talk.say("kuka on yhteyshenkilö Vaasassa")
    assert not talk.say("kyllä").forgotten
    talk.say("poista tietoni")
    assert talk.say("joo").forgotten
    assert not talk.say("joo").forgotten


def test_a_network_that_was_talked_about_is_only_offered(snapshot: Snapshot) -> None:
    talk = Talk(snapshot)
    talk.say("kuka on yhteyshenkilö Tampereella")
    request = talk.wish("haluan tilata ilmoitukset")
    assert (request.intent, request.entities.networks) == (FOLLOW, ("pirkanmaa",))
    assert step(request, talk._conversations._snapshot().knowledge) is Step.ASK
    # Without a network of its own a clear wish to end means all, whatever was talked about.
    request = talk.wish("lopeta ilmoitukset")
    assert (request.wish, request.entities.networks) == (Wish.CLEAR, ())


def test_a_guess_that_was_picked_is_asked_first(snapshot: Snapshot) -> None:
    talk = Talk(snapshot)
    memory = talk._conversations._memory
    talk.say("kuka on yhteyshenkilö Vaasassa")
    guesses = (Request(UNFOLLOW), Request("meetings"))
    memory["talk"] = replace(memory["talk"], guesses=guesses)
    assert talk.wish("ensimmäinen").wish is Wish.GUESSED


@pytest.mark.parametrize("follows", [True, False])
def test_a_yes_to_following_is_understood_where_it_was_asked(
    snapshot: Snapshot, follows: bool
) -> None:
    talk = Talk(snapshot, follows=follows)
    talk.say("kuka on yhteyshenkilö Tampereella")
    assert talk.wish("haluan tilata ilmoitukset").wish is Wish.GUESSED
    confirmed = talk.wish("joo")
    assert (confirmed.wish is Wish.CONFIRMED) == follows
    if follows:
        assert confirmed.entities.networks == ("pirkanmaa",)


def test_a_mistyped_network_is_asked_about(snapshot: Snapshot) -> None:
    clear = understand(snapshot, "fi", "seuraa Pirkanmaata").requests[0]
    mistyped = understand(snapshot, "fi", "seuraa Pirknmaata").requests[0]
    assert (clear.wish, mistyped.wish) == (Wish.CLEAR, Wish.GUESSED)
    assert clear.entities.networks == mistyped.entities.networks


@pytest.mark.parametrize("text", ["shoppa", "shoppa meddelanden", "stopa notiserna"])
def test_a_word_that_only_looks_like_the_verb_does_nothing(snapshot: Snapshot, text: str) -> None:
    assert Step.DO not in steps(snapshot, "sv", text)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "I follow Lapland"),
        ("en", "does the bot follow Lapland"),
        ("en", "people who follow Lapland"),
        ("fi", "botti seuraa Lappia"),
        ("fi", "hän seuraa Lappia"),
        ("sv", "jag följer Lappland"),
        ("en", "if I say stop the announcements"),
        ("en", 'she wrote "unsubscribe me from all announcements" yesterday'),
        ("fi", "ilmoitukset lopetetaan kesäksi"),
        ("fi", "lopeta ilmoitukset, tai siis älä vielä"),
    ],
)
def test_a_statement_is_no_wish(snapshot: Snapshot, language: str, text: str) -> None:
    assert Step.DO not in steps(snapshot, language, text)


def test_a_denial_that_is_a_cry_stays_one(snapshot: Snapshot) -> None:
    for language, text in (
        ("fi", "en halua elää enää"),
        ("sv", "jag vill inte leva längre"),
        ("en", "I don't want to live any more"),
    ):
        (request, *_) = understand(snapshot, language, text).requests
        assert (request.intent, request.topic) == (FALLBACK, "distress"), text


@pytest.mark.parametrize(
    "text",
    ["ei Vaasa vaan Tampere", "ei vaasassa vaan tampereella", "en Vaasassa, vaan Tampereella"],
)
def test_a_denied_place_is_corrected_in_a_talk(snapshot: Snapshot, text: str) -> None:
    talk = Talk(snapshot)
    talk.say("kuka on yhteyshenkilö Vaasassa")
    request = talk.wish(text)
    assert (request.intent, request.entities.networks) == ("contacts", ("pirkanmaa",))
    assert request.entities.municipalities == ("tampere",)


def test_what_is_denied_with_its_place_leaves_the_place(snapshot: Snapshot) -> None:
    found = understand(snapshot, "en", "not the contacts in Tampere, when is the next meeting?")
    (request,) = found.requests
    assert (request.intent, request.entities.networks) == ("meetings", ("pirkanmaa",))


def test_explain_shows_what_was_denied(snapshot: Snapshot) -> None:
    context = MessageContext(NOON.date(), None, "fi-FI")
    text = "En tarvitse kokouksia vaan yhteystiedot"
    evidence = snapshot.interpreter.understand(text, context, explain=True).evidence
    assert evidence.denied == ("En tarvitse kokouksia",)
    assert evidence.asserted == "yhteystiedot"


def test_what_was_done_is_not_done_again_by_a_repetition(snapshot: Snapshot) -> None:
    for text in ("Seuraa Pirkanmaata", "lopeta ilmoitukset"):
        talk = Talk(snapshot)
        assert talk.wish(text).wish is Wish.CLEAR
        for again in ("sama englanniksi", "in Swedish please", "entä Lappi?"):
            assert step(talk.wish(again), snapshot.knowledge) is not Step.DO, again


def test_nothing_is_left_of_a_wish_in_the_memory(snapshot: Snapshot) -> None:
    talk = Talk(snapshot)
    talk.say("Seuraa Pirkanmaata")
    assert talk._conversations._memory["talk"].request.wish is Wish.NONE
