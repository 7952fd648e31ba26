"""Distress in a message: signs, what denies them, what only looks like one, and whole messages."""

from __future__ import annotations

import datetime as dt
import random
import string
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.knowledge.library import DISTRESS, Knowledge
from bot.knowledge.models import DistressSigns
from bot.understanding.distress import DistressFinder
from bot.understanding.distress_model import load_distress_model
from bot.understanding.interpreter import MessageContext
from bot.understanding.misspelt import WordForms
from bot.understanding.model import DistressFound, Request
from bot.understanding.reloader import Snapshot
from bot.understanding.talk.memory import ConversationState

SIGNS = DistressSigns.model_validate(
    {
        "words": {
            "negation": "not never dont",
            "subject": "i he they",
            "about": "novel*",
            "hurt": "hits hit beats",
        },
        "harmless": "hits the road\n",
        "sure": {"violence": "he <hurt> (me|us)\n<hurt> me + cellar*", "danger": "^ save me $"},
        "maybe": {"alone": "dont [really] know anybody\nlonely"},
    }
)
FINDER = DistressFinder({"en": SIGNS})


def tier(text: str) -> str | None:
    found = FINDER.find(text)
    return found.tier if found else None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He hits me", "sure"),
        ("he often hits me", "sure"),
        ("he hits, beats and then hugs me", None),  # Too far apart.
        ("he came home. me and", None),
        ("they locked the cellars where he beat... hit me", "sure"),
        ("he never hits me", None),
        ("he does not hit me", None),
        ("i dont know why he hits me", "sure"),  # The negation is of another clause's subject.
        ("I dont really know anybody", "maybe"),  # A sign's own negation.
        ("save me!", "sure"),
        ("save me a seat", None),
        ("he hits the road with me", None),
        ("so lonely", "maybe"),
        ("not lonely", None),
        ("a novel about lonely people", None),
        ("in my novel he hits me", "maybe"),
        ("lonely, and he hits me", "sure"),
        ("loooonely", None),
        ("HE HITS MEEEE", None),
        ("", None),
        ("?!", None),
    ],
)
def test_a_sign_is_words_that_stand_together(text: str, expected: str | None) -> None:
    assert tier(text) == expected


def test_what_was_heard_can_be_explained() -> None:
    assert FINDER.find("in a novel he hits me") == DistressFound(
        "maybe", "violence", "en", "he hits me", "he <hurt> (me|us)", "novel", "sure"
    )


def test_a_word_may_have_one_typing_error_or_no_dots() -> None:
    forms = WordForms({"itsemurha*": 1, "kipeä": 2, "pelottaa": 4, "lahti": 8})
    assert forms.look_up("itsemurhaa") == 1
    assert forms.look_up("itsemruhaa") == 1
    assert forms.look_up("itsmurhan") == 1
    assert forms.look_up("pelotta") == 4
    assert forms.look_up("pelttoa") == 0
    assert forms.look_up("kipea") == 2
    assert forms.look_up("kepeä") == 0  # Too short for a typing error.
    assert forms.look_up("lähti") == 0


# The real signs, by messages of our own

SURE = {
    "fi": (
        "haluun kuolla",
        "en jaksa enää elää tätä elämää",
        "isäpuoli hakkaa mua vyöllä",
        "mulla on purkki unilääkkeitä, otin jo puolet ja otan loput liikaa lääkkeitä",
        "viilsin taas ranteeni auki",
        "joku seuraa minua kotiin ja pelkään",
    ),
    "sv": (
        "jag vill dö",
        "min fru slår mig när hon har druckit",
        "jag skar mig i armen igen",
        "en man följer efter mig från bussen",
        "jag håller på att dö",
    ),
    "en": (
        "i want to kill myself",
        "my stepfather beats me",
        "i have been cutting my arms",
        "a man is following me home",
        "nobody would notice if i died",
    ),
}
MAYBE = {
    "fi": ("olen niin yksinäinen", "ahdistaa", "ei ole ketään kelle puhua"),
    "sv": ("jag är så ensam", "har ångest", "mår så dåligt"),
    "en": ("i feel so lonely", "i have no friends", "i miss my mother so much it hurts"),
}
HARMLESS = (
    "kuolen nauruun",
    "missä näkee sen teatteriesityksen itsemurhasta",
    "kuka vastaa verkostosta Kuolajärvellä",
    "hakkaan halkoja mökillä",
    "lyödään lukkoon ensi viikon tapaaminen",
    "I'm dying to see the show",
    "my phone died",
    "can i kill time in the museum",
    "Dödsdansen av Strindberg",
    "jag skrattade ihjäl mig",
    "batteriet dog",
    "är träffen inställd",
    "minun mieheni ei lyö minua",
    "he does not hit me",
    "min man slår mig inte",
    "i am not suicidal",
    "seuraa Pirkanmaata",
    "stop following",
    "I am dying to join",
    "hon svarar inte",
)


@pytest.fixture(scope="module")
def ear(knowledge: Knowledge) -> DistressFinder:
    return DistressFinder(knowledge.distress, load_distress_model())


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_cries_are_heard_in_their_language(ear: DistressFinder, language: str) -> None:
    for expected, texts in (("sure", SURE[language]), ("maybe", MAYBE[language])):
        for text in texts:
            found = ear.find(text)
            assert found is not None, text
            assert found.tier == expected, text
            assert found.language in (language, None), text


@pytest.mark.parametrize(
    "text", ["viiltelen", "mä kuolen", "my students are self-harming", "jag mår inte så bra"]
)
def test_a_short_cry_is_heard(ear: DistressFinder, text: str) -> None:
    assert ear.find(text)


def test_what_was_learned_outweighs_a_sign() -> None:
    signs = DistressSigns.model_validate({"sure": {"danger": "meeting"}})
    text = "when is the next meeting"
    assert DistressFinder({"en": signs}).find(text)
    assert DistressFinder({"en": signs}, load_distress_model()).find(text) is None


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_looks_like_distress_gets_no_notice(ear: DistressFinder, text: str) -> None:
    assert ear.find(text) is None


def test_nothing_that_is_answered_sounds_like_distress(
    ear: DistressFinder, knowledge: Knowledge
) -> None:
    """But for a bare `apua` or `hjälp mig`, whose answer gets one line more."""
    rng = random.Random(1)
    heard = [
        (phrase.label, phrase.line, text, found.text)
        for phrase in knowledge.phrases
        if phrase.topic != DISTRESS
        for text in phrase.phrase.samples(rng, 2)
        if (found := ear.find(text)) and (phrase.intent != "help" or found.tier == "sure")
    ]
    answered = [each for each in heard if not each[0].startswith("fallback")]
    assert not [each for each in answered if ear_is_sure(ear, each[2])]
    assert len(answered) <= 5, answered
    assert len(heard) <= 25, heard


def ear_is_sure(ear: DistressFinder, text: str) -> bool:
    found = ear.find(text)
    return found is not None and found.tier == "sure"


def test_the_phrases_of_distress_are_heard(ear: DistressFinder, knowledge: Knowledge) -> None:
    rng = random.Random(1)
    texts = [
        text
        for phrase in knowledge.phrases
        if phrase.topic == DISTRESS
        for text in phrase.phrase.samples(rng, 3)
    ]
    missed = [text for text in texts if ear.find(text) is None]
    assert len(missed) <= len(texts) / 40, missed


_WORDS = ("en", "minä", "haluan", "kuolla", "jag", "slår", "mig", "inte", "i", "me", "kill", ".")


@settings(deadline=None)
@given(st.text(max_size=1_000) | st.lists(st.sampled_from(_WORDS), max_size=300).map(" ".join))
def test_any_text_is_heard(ear: DistressFinder, text: str) -> None:
    found = ear.find(text)
    assert found is None or found.words


def test_the_work_for_a_message_is_bounded(ear: DistressFinder) -> None:
    started = time.process_time()
    for word in (*_WORDS, "i me my want to", "mies lyö mua ei"):
        ear.find((word + " ") * (1_000 // len(word)))
    assert time.process_time() - started < 20


def test_letters_of_other_scripts_are_no_signs(ear: DistressFinder) -> None:
    assert ear.find("".join(map(chr, range(0x400, 0x500))) + string.punctuation) is None


# Within the whole

TODAY = dt.date(2026, 11, 20)


def test_where_it_is_sure_nothing_else_is_answered(snapshot: Snapshot) -> None:
    text = "Kuka vastaa verkostosta Ilmajoella? mun mies hakkaa mua"
    found = snapshot.interpreter.understand(text, MessageContext(TODAY))
    assert found.requests == (Request("fallback", topic="distress"),)
    assert found.distress is not None
    assert found.distress.kind == "violence"


def test_where_it_may_be_the_question_is_answered(snapshot: Snapshot) -> None:
    text = "Kuka vastaa verkostosta Ilmajoella? olen niin yksinäinen"
    found = snapshot.interpreter.understand(text, MessageContext(TODAY))
    assert found.intent == "contacts"
    assert found.distress is not None
    assert found.distress.tier == "maybe"


def test_where_nothing_else_is_answered_it_is(snapshot: Snapshot) -> None:
    found = snapshot.interpreter.understand("mua ahdistaa", MessageContext(TODAY))
    assert found.distress is not None
    assert found.distress.tier == "maybe"
    assert found.requests == (Request("fallback", topic="distress"),)
    assert found.guesses == ()


def test_the_language_of_distress_is_its_own(snapshot: Snapshot) -> None:
    memory = ConversationState(Request("contacts"), "fi")
    found = snapshot.interpreter.understand("jag vill dö", MessageContext(TODAY, memory, "en-GB"))
    assert found.language == "sv"


def test_the_phrases_alone_give_no_notice(snapshot: Snapshot) -> None:
    for text in ("nukkunut hyvin", "no way", "drop some beats", "luft"):
        found = snapshot.interpreter.understand(text, MessageContext(TODAY))
        assert found.distress is None
        assert "distress" not in {request.topic for request in found.requests}
