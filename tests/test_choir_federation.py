"""A choir federation makes the bot its own, as docs/guides/another-community.md says."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from aiohttp.test_utils import make_mocked_request
from typer.testing import CliRunner

from benchmarks.another_community import NOON, judge, read_questions
from bot.answers.compose import welcome
from bot.answers.plain import plain_text
from bot.answers.scope import Context
from bot.answers.templates import check_templates
from bot.channels.conversation import Conversations, IncomingMessage
from bot.channels.teams.coordination.card_actions import CardAction
from bot.channels.teams.coordination.content_data import person_fields
from bot.channels.teams.coordination.form_fields import clock_label, languages_of
from bot.channels.web.documents import Documents
from bot.channels.web.page_texts import texts_script
from bot.cli import app
from bot.i18n import install_community, translator
from bot.knowledge.library import Knowledge
from bot.knowledge.loader import build_value, inspect
from bot.knowledge.models import Network, Person
from bot.shipped import shipped
from bot.understanding.reloader import Folders, Snapshot, make_snapshot

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
FEDERATION = Path(__file__).parent / "choir_federation"
QUESTIONS = ROOT / "benchmarks" / "sets" / "choirs.jsonl"
GUIDE = ROOT / "docs" / "guides" / "another-community.md"

RIGHT = 36
"""Of its 42 questions, which were written first."""


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `taikubot init` copies out, changed step by step as the guide says."""
    ours = tmp_path_factory.mktemp("federation") / "ours"
    assert CliRunner().invoke(app, ["init", str(ours)]).exit_code == 0
    for name in ("intents", "locale"):
        shutil.rmtree(ours / name)
    for name in ("networks", "people", "meetings", "demo", "places"):
        shutil.rmtree(ours / "content" / name)
    shutil.copytree(FEDERATION / "content", ours / "content", dirs_exist_ok=True)
    return ours / "content"


@pytest.fixture(scope="module")
def snapshot(content: Path, tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """The bot on that content, learned from nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BOT_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        return make_snapshot(Folders(content, shipped("intents")))


@pytest.fixture
def knowledge(snapshot: Snapshot) -> Iterator[Knowledge]:
    """Its content, with its languages and words in use."""
    community = snapshot.knowledge.community
    install_community(community.languages, community.words)
    yield snapshot.knowledge
    install_community((), {})


@pytest.fixture
def conversations(snapshot: Snapshot, knowledge: Knowledge) -> Conversations:
    return Conversations(lambda: snapshot, lambda: NOON)


def test_no_finnish_is_wanted_and_nothing_is_left_over(content: Path) -> None:
    _, findings = inspect(content, shipped("intents"), False, [check_templates], now=NOON)
    assert [str(one) for one in findings if one.severity == "error"] == []
    said = [str(one) for one in findings]
    assert [one for one in said if "`fi`" in one or "words:" in one] == []


def test_check_finds_no_error_in_what_the_guide_made(content: Path) -> None:
    found = CliRunner().invoke(app, ["check", "--all"], env={"BOT_CONTENT_DIR": str(content)})
    assert found.exit_code == 0, found.output
    assert f"{shipped('intents')}" not in found.stdout


def test_a_text_that_is_missing_is_asked_for_in_a_language_that_is_spoken() -> None:
    fields = {"name": {"sv": "Dalarnas distrikt"}, "short": {}, "where": {"en": "in Dalarna"}}
    found = build_value(Network, "dalarna", {**fields, "regions": ["dalarna"]}, ("sv", "en"))
    assert isinstance(found, list)
    assert {where for where, _ in found} == {
        *(("name", "en"), ("short", "sv"), ("short", "en"), ("where", "sv")),
    }


def test_its_questions_are_answered(conversations: Conversations) -> None:
    judged = judge(conversations, read_questions(QUESTIONS))
    wrong = [f"{one.question.text}: {', '.join(one.faults)}" for one in judged if one.faults]
    assert len(judged) == 42
    assert len(judged) - len(wrong) >= RIGHT, wrong


@pytest.mark.parametrize(
    ("text", "said", "never"),
    [
        ("Vilket språk arbetar Skånes distrikt på?", "svenska", "finska"),
        ("hej", "Klangbot", "nätverk"),
        ("What can I ask you?", "in English or Swedish", "Finnish"),
        ("When is the next sectional in Uppsala?", "no sectionals", "seminar"),
    ],
)
def test_answers_speak_of_its_languages_and_kinds(
    conversations: Conversations, text: str, said: str, never: str
) -> None:
    answer = plain_text(conversations.respond(IncomingMessage(text)).answer)
    assert said in answer
    assert never not in answer


def test_a_form_wants_no_finnish(knowledge: Knowledge) -> None:
    typed = {"name": "Eva Ny", "role.sv": "kassör", "role.en": "treasurer"}
    typed |= {"organisation.sv": "Klangbro", "organisation.en": "Klangbro"}
    network = knowledge.networks["skane"]
    fields = person_fields(CardAction("", fields=typed), network, None, NOON.date())
    person = build_value(Person, "eva-ny", fields, knowledge.languages)
    assert isinstance(person, Person)
    assert person.role["en"] == "treasurer"


@pytest.mark.parametrize(
    "text", ["Milloin on seuraava tapaaminen Uppsalassa?", "Kuka on yhteyshenkilö Skånessa?"]
)
@pytest.mark.parametrize("locale", ["fi-FI", "sv-SE", None])
def test_finnish_is_told_which_languages_are_spoken(
    conversations: Conversations, text: str, locale: str | None
) -> None:
    reply = conversations.respond(IncomingMessage(text, locale=locale))
    said = plain_text(reply.answer)
    assert "Jag talar svenska och engelska. – I speak Swedish and English." in said
    assert "kansli@klangbro.example" in said
    assert "Puhun" not in said


def test_a_greeting_in_another_locale_is_in_the_usual_language(knowledge: Knowledge) -> None:
    said = welcome("fi", knowledge, Context(NOON))
    assert said.language == "sv"
    assert "nätverk" not in plain_text(said)


def test_the_page_offers_its_languages_alone(knowledge: Knowledge) -> None:
    page = Documents().page(make_mocked_request("GET", "/"), knowledge)
    assert isinstance(page.body, bytes)
    assert set(re.findall(r'lang="(\w\w)"', page.body.decode())) <= {"sv", "en"}
    assert 'LANGUAGES = ["sv", "en"]' in texts_script(knowledge)


def test_forms_write_in_its_languages_time_and_words(knowledge: Knowledge) -> None:
    assert languages_of(["skane"], knowledge) == ["sv"]
    assert clock_label(knowledge, "en") == "Time (in Sweden)"
    assert "svensk tid" in clock_label(knowledge, "sv")
    assert translator("en")("To the channels of which networks?").endswith("which districts?")


def test_every_word_of_the_guide_stands_in_the_shipped_texts() -> None:
    shown = re.search(r"```yaml\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    assert shown is not None
    words = yaml.safe_load(shown[1])["words"]
    texts = " ".join(path.read_text("utf-8") for path in (ROOT / "intents").rglob("*.yaml"))
    said = texts.casefold()
    missing = [one for forms in words.values() for one in forms if one.casefold() not in said]
    assert missing == []
