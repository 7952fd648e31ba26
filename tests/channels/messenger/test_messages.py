"""Messages: every answer that the content gives, within Messenger's limits; quick replies."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator

import pytest

from bot.answers.compose import Context, compose, welcome
from bot.answers.model import Action, Answer, Bullets, Heading, LinkSpan, Paragraph, Suggestion
from bot.answers.model import Text as Words
from bot.answers.plain import plain_text
from bot.channels.connector.activity_json import dump, parse
from bot.channels.messenger.bot import CANNOT_READ, cannot_read, introduction
from bot.channels.messenger.messages import closing_line, messages, quick_replies
from bot.channels.messenger.splitting import length
from bot.knowledge.library import FALLBACK, Knowledge
from bot.knowledge.values import LANGUAGES, Language
from bot.understanding.model import Entities, Request, Understanding

from ..turning import NOW
from .conftest import ANSWER

MEMBERS, PUBLIC = Context(NOW, members=True), Context(NOW, members=False)


def suggestion(title: str, text: str = "") -> Suggestion:
    """A suggestion; asks what it is called unless told otherwise."""
    return Suggestion(title, text or title, "join")


def requests(knowledge: Knowledge) -> Iterator[Request]:
    """Every intent alone and about every network; every person and topic; all networks at once."""
    places = [Entities()]
    for key, network in knowledge.networks.items():
        places.append(Entities(networks=(key,), regions=network.regions))
    places += [
        Entities(regions=(key,)) for key in knowledge.regions if not knowledge.network_of(key)
    ]
    places.append(Entities(networks=tuple(knowledge.networks)))
    yield from (Request(*one) for one in itertools.product(knowledge.intents, places))
    for person in knowledge.people:
        for intent in ("person", "contacts"):
            yield Request(intent, Entities(persons=(person,)))
    topics = {one.topic for one in knowledge.phrases if one.intent == FALLBACK}
    yield from (Request(FALLBACK, topic=topic) for topic in sorted(topics))


def answers(
    knowledge: Knowledge, language: Language, context: Context = PUBLIC
) -> Iterator[tuple[str, Answer]]:
    """Every answer that the content gives, and the longest of those to three questions."""
    guesses = (Request("join"), Request("meetings", Entities(networks=("pirkanmaa",))))
    for request in requests(knowledge):
        guessed = guesses if request.intent == FALLBACK and not request.topic else ()
        understanding = Understanding("?", language, (request,), 1.0, guessed)
        yield str(request), compose(understanding, knowledge, context)
    everywhere = Entities(networks=tuple(knowledge.networks))
    three = tuple(Request(intent, everywhere) for intent in ("network_info", "join", "meetings"))
    understanding = Understanding("?", language, three, 1.0)
    yield "three questions", compose(understanding, knowledge, context)
    yield "welcome", welcome(language, knowledge, context)


def words(text: str) -> list[str]:
    """The words of a text."""
    return text.split()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_answer_fits(knowledge: Knowledge, language: Language) -> None:
    several = 0
    for name, answer in answers(knowledge, language):
        made = messages(answer, "https://example.fi")
        sent = [parse(dump(one)) for one in made]
        assert 1 <= len(sent) <= 3, name
        several += len(sent) > 1
        for one in sent:
            assert one["text"].strip(), name
            assert length(one["text"]) <= 2_000, name
            assert one["textFormat"] == "plain", name
            assert one["locale"] == language, name
            assert "attachments" not in one, name
        whole = [word for one in sent for word in words(one["text"])]
        assert whole == words(plain_text(answer)), f"{name}: nothing is lost"
        assert all("channelData" not in one for one in sent[:-1]), name
        replies = sent[-1].get("channelData", {}).get("quick_replies", [])
        assert len(replies) == len(answer.suggestions), name
        assert len({one["title"].casefold() for one in replies}) == len(replies), name
        for one, asked in zip(replies, answer.suggestions, strict=True):
            assert set(one) == {"content_type", "title", "payload"}, name
            assert one["content_type"] == "text", name
            assert 1 <= length(one["title"]) <= 20, name
            assert one["payload"] == asked.text, name
    assert several


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_heading_ends_a_message(knowledge: Knowledge, language: Language) -> None:
    for name, answer in answers(knowledge, language):
        headings = {block.text for block in answer.blocks if isinstance(block, Heading)}
        for one in messages(answer):
            last = one.text.splitlines()[-1]
            assert last not in headings, name


@pytest.mark.parametrize("language", LANGUAGES)
def test_links_for_members_are_never_shown(knowledge: Knowledge, language: Language) -> None:
    """What only members may see is in none of the messages made for Messenger."""
    hidden = {
        meeting.online.url
        for meeting in knowledge.meetings.values()
        if meeting.online and meeting.online.share == "members"
    }
    assert hidden
    shown = "".join(plain_text(one) for _, one in answers(knowledge, language, MEMBERS))
    assert any(url in shown for url in hidden)
    for name, answer in answers(knowledge, language):
        for one in messages(answer):
            assert not any(url in json.dumps(parse(dump(one))) for url in hidden), name


def test_an_answer_says_everything_as_plain_text() -> None:
    bold = Words("nimi_ja*merkki*", bold=True)
    page = LinkSpan("Sivu", "https://example.fi/a_b")
    answer = Answer(
        "fi",
        ("contacts",),
        (
            Heading("Otsikko"),
            Paragraph(((bold, Words(", p. "), LinkSpan("050 123", "tel:+35850123")),)),
            Paragraph(((Words("Katso:"),),)),
            Bullets(((page,),)),
        ),
        (Action("Väärää tietoa?", "mailto:a@example.fi"),),
    )
    (one,) = messages(answer)
    assert one.text == (
        "Otsikko\nnimi_ja*merkki*, p. 050 123\n\nKatso:\n- Sivu: https://example.fi/a_b\n\n"
        "Väärää tietoa? a@example.fi"
    )
    assert one.channel_data is None


def test_an_answer_without_a_word_is_no_message() -> None:
    assert messages(Answer("fi", ("contacts",), ())) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_answer_that_is_cut_says_where_to_read_on(language: Language) -> None:
    line = (Words("Yksi lause on tässä, ja se on näin pitkä. " * 10),)
    blocks = tuple(Paragraph((line,)) for _ in range(20))
    actions = (
        Action("Kirjoita", "mailto:a@example.fi"),
        Action("Sivu", "https://example.fi/sivu"),
    )
    for made, url in (
        (messages(Answer(language, (), blocks, actions), "https://point.fi"), "example.fi/sivu"),
        (messages(Answer(language, (), blocks), "https://point.fi"), "https://point.fi"),
    ):
        assert len(made) == 3
        assert all(length(one.text) <= 2_000 for one in made)
        *_, last, closing = made[-1].text.split("\n\n")
        assert last.endswith("pitkä.")
        assert url in closing
    (*_, last) = messages(Answer(language, (), blocks))
    assert "http" not in last.text
    assert messages(Answer(language, (), blocks), "https://x.fi/" + "x" * 600)[-1].text == last.text


def test_no_two_buttons_look_or_ask_the_same() -> None:
    made = quick_replies(
        (
            suggestion("Miten pääsen mukaan?"),
            suggestion("MITEN pääsen mukaan?", "Miten pääsen mukaan?"),
            suggestion("Miten pääsen mukaan?", "Miten liityn?"),
            suggestion("Toinen", "Miten liityn?"),
            suggestion("", " "),
        )
    )
    assert [(one["title"], one["payload"]) for one in made] == [
        ("Miten pääsen mukaan?", "Miten pääsen mukaan?"),
        ("Miten liityn?", "Miten liityn?"),
    ]


def test_the_question_matters_more_than_the_network() -> None:
    made = quick_replies(
        (
            suggestion("Etelä-Karjala: Milloin on seuraava tapa…", "Milloin Etelä-Karjalassa?"),
            suggestion("Etelä-Savo: Milloin on seuraava tapa…", "Milloin Etelä-Savossa?"),
            suggestion("Lappi: Miten liityn?", "Miten liityn Lapissa?"),
        )
    )
    assert [one["title"] for one in made] == [
        "Milloin on seuraava…",
        "Etelä-Savo: Milloin…",
        "Lappi: Miten liityn?",
    ]


def test_the_ends_of_long_questions_tell_them_apart() -> None:
    names = ("South Karelia", "Etelä-Savo", "Kanta-Häme")
    texts = [f"How do I join the {name} network?" for name in names]
    made = quick_replies(tuple(suggestion(text) for text in texts))
    assert [one["title"] for one in made] == [
        "…Karelia network?",
        "…Etelä-Savo network?",
        "…Kanta-Häme network?",
    ]
    assert [one["payload"] for one in made] == texts
    long = "x" * 30
    made = quick_replies((suggestion(long, "a"), suggestion(long, "b")))
    assert [one["title"] for one in made] == ["x" * 19 + "…", "b"]


def test_thirteen_buttons_at_most_and_no_long_payload() -> None:
    made = quick_replies(tuple(suggestion(f"Kysymys {number}") for number in range(30)))
    assert [one["title"] for one in made] == [f"Kysymys {number}" for number in range(13)]
    (one,) = quick_replies((suggestion("Kysymys", "x" * 3_000),))
    assert one["payload"] == "x" * 1_000


def test_buttons_stand_below_the_last_message() -> None:
    blocks = tuple(Paragraph(((Words("sana " * 300),),)) for _ in range(3))
    first, *_, last = messages(Answer("fi", (), blocks, (), ANSWER.suggestions))
    assert first.channel_data is None
    assert last.channel_data["quick_replies"][0]["title"] == "Miten pääsen mukaan?"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_wording_stands_in_every_language(language: Language) -> None:
    texts = {
        *(cannot_read(kind, language) for kind in CANNOT_READ),
        introduction("Puhuri", language),
        closing_line(None, language),
        closing_line("https://example.org/", language),
    }
    assert len(texts) == len(CANNOT_READ) + 3
    assert all(text.endswith(".") for text in texts)
    assert "Puhuri" in introduction("Puhuri", language)
    assert "https://example.org/" in closing_line("https://example.org/", language)
    if language != "en":
        assert not texts & {cannot_read(kind, "en") for kind in CANNOT_READ}


def test_the_words_in_finnish_and_swedish() -> None:
    assert (
        introduction("Taikubot", "sv") == "Hej! Jag heter Taikubot och är en bot, ingen människa."
    )
    assert cannot_read("image", "fi") == (
        "Kiitos kuvasta! En osaa katsoa kuvia. Kirjoita kysymyksesi sanoin, niin autan mielelläni."
    )
    assert closing_line(None, "sv") == ("Svaret fortsätter. Fråga mer exakt, så berättar jag mer.")
