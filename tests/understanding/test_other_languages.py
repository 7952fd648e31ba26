"""Messages in languages that the bot does not speak, and those that only look like one."""

from __future__ import annotations

import datetime as dt

import pytest

from bot.answers.compose import Context, compose
from bot.answers.plain import plain_text
from bot.knowledge.models import OtherLanguage
from bot.understanding.interpreter import MessageContext
from bot.understanding.model import Entities, OtherFound, Request, Understanding
from bot.understanding.other_languages import OtherLanguageFinder
from bot.understanding.reloader import Snapshot
from bot.understanding.talk.memory import ConversationState
from bot.understanding.text import tokenise

TODAY = dt.date(2026, 11, 20)
NOW = dt.datetime(2026, 11, 20, 10, 0, tzinfo=dt.UTC)
NAME = {"fi": "a", "sv": "b", "en": "c"}
LANGUAGES = {
    "et": OtherLanguage.model_validate(
        {"name": NAME, "says": "Soome.", "words": "kuidas mina kohtumine on", "letters": "õ"}
    ),
    "no": OtherLanguage.model_validate(
        {"name": NAME, "says": "Finsk.", "words": "hvordan ikke", "answered_in": "sv"}
    ),
    "ru": OtherLanguage.model_validate(
        {"name": NAME, "says": "Финский.", "script": "CYRILLIC", "letters": "ы э"}
    ),
    "uk": OtherLanguage.model_validate(
        {"name": NAME, "says": "Фінську.", "script": "CYRILLIC", "letters": "і ї", "words": "хто"}
    ),
}
FINDER = OtherLanguageFinder(LANGUAGES, {"on", "kokous", "milloin", "jag", "kan", "delta"})


def found(text: str) -> tuple[str, bool] | None:
    other = FINDER.find(text, tokenise(text), ())
    return (other.code, other.sure) if other else None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Kuidas mina?", ("et", True)),
        ("kohtumine", ("et", True)),
        ("võrk", ("et", True)),
        ("on kokous", None),  # Known words of ours tell of no other language.
        ("milloin kokous, kohtumine", ("et", False)),
        ("milloin on kokous, milloin on kokous, kohtumine", None),
        ("Õnne Pillak tulee kokous on", None),  # Most of it is Finnish.
        ("milloin Õnne", None),  # A name may have any letter.
        ("hvordan kan jag", ("no", False)),
        ("ты", ("ru", True)),
        ("хто", ("uk", True)),
        ("мої", ("uk", True)),
        ("สวัสดี", ("", True)),
        ("milloin on kokous, мир", None),
        ("", None),
        ("12 !?", None),
        ("👋🏽", None),
    ],
)
def test_a_language_is_told_by_script_words_and_letters(
    text: str, expected: tuple[str, bool] | None
) -> None:
    assert found(text) == expected


def test_what_told_it_can_be_explained() -> None:
    assert FINDER.find("kuidas", tokenise("kuidas"), ()) == OtherFound("et", True, ("kuidas",))
    assert FINDER.find("привет", tokenise("привет"), ()) == OtherFound("ru", True, ("cyrillic",))


# With the real lists

FOREIGN = {
    "ru": "Кто отвечает за сеть?",
    "uk": "Коли наступна зустріч, чи є місце?",
    "ar": "متى الاجتماع القادم؟",
    "so": "Goorma ayuu kulanka xiga yahay?",
    "se": "Goas lea čuovvovaš čoahkkin?",
    "et": "Millal on järgmine koosolek ja kuidas ma liituda saan?",
    "de": "Wann findet das nächste Treffen statt?",
    "fr": "Quand est la prochaine réunion, je voudrais venir",
    "es": "¿Cuándo es la próxima reunión?",
    "tr": "Bir sonraki toplantı ne zaman?",
    "pl": "Kiedy jest następne spotkanie?",
}


def understood(
    snapshot: Snapshot, text: str, memory: ConversationState | None = None
) -> Understanding:
    return snapshot.interpreter.understand(text, MessageContext(TODAY, memory))


@pytest.mark.parametrize(("code", "text"), FOREIGN.items())
def test_what_is_in_another_language_is_told_which_the_bot_speaks(
    snapshot: Snapshot, code: str, text: str
) -> None:
    heard = understood(snapshot, text)
    assert heard.requests[0].topic == f"other_language:{code}"
    assert heard.guesses == ()
    said = plain_text(compose(heard, snapshot.knowledge, Context(NOW)))
    for part in (
        snapshot.knowledge.other_languages[code].says,
        "Puhun suomea, ruotsia ja englantia.",
        "Jag talar finska, svenska och engelska.",
        "I speak Finnish, Swedish and English.",
    ):
        assert part in said
    assert "taikusydan.turkuamk.fi" in said


def test_a_place_in_it_is_offered(snapshot: Snapshot) -> None:
    heard = understood(snapshot, "Кто контактное лицо, Tampere?")
    place = Entities(("pirkanmaa",), ("pirkanmaa",), ("tampere",))
    assert heard.guesses[0] == Request("contacts", place)
    made = compose(heard, snapshot.knowledge, Context(NOW))
    assert "Pirkanmaa" in made.suggestions[0].title


@pytest.mark.parametrize(
    "text", ["Hvem er kontaktperson i Vasa?", "Hvordan kan jeg bli med i nettverket?"]
)
def test_norwegian_that_is_understood_is_answered_in_swedish(snapshot: Snapshot, text: str) -> None:
    heard = understood(snapshot, text)
    assert heard.language == "sv"
    assert not heard.refused


def test_norwegian_that_is_not_understood_is_told(snapshot: Snapshot) -> None:
    heard = understood(snapshot, "Hva koster ikke noe dette og hvorfor?")
    assert heard.requests[0].topic == "other_language:no"


@pytest.mark.parametrize(
    "text",
    [
        "mis on seuraava kokous",
        "ootsie tulos meijän kokoukseen",
        "onks teil mitää juttuu nuorille",
        "mie en oo tästä mittään kuullu",
        "he va ja som sko vara me i nätverke",
        "ja e ny här o vill gärna va me",
        "wats the contct for tampere",
        "Kan Søren vara med på träffen?",
        "onko François Müller mukana verkostossa",
    ],
)
def test_dialect_and_typing_errors_are_no_other_language(snapshot: Snapshot, text: str) -> None:
    assert not understood(snapshot, text).requests[0].topic.startswith("other_language")


def test_the_language_of_the_talk_is_kept(snapshot: Snapshot) -> None:
    memory = ConversationState(Request("greeting"), "sv")
    heard = understood(snapshot, "Привет", memory)
    assert heard.language == "sv"


def test_a_community_may_do_without_the_list() -> None:
    assert OtherLanguageFinder({}, ()).find("kuidas", tokenise("kuidas"), ()) is None
