"""Another community takes the bot over as docs/guides/another-community.md says."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.answers.plain import plain_text
from bot.answers.templates import check_templates
from bot.channels.conversation import Conversations, IncomingMessage, Reply
from bot.cli import app
from bot.knowledge.loader import inspect
from bot.shipped import shipped
from bot.understanding.reloader import Folders, make_snapshot

pytestmark = pytest.mark.slow

COMMUNITY = Path(__file__).parent / "another_community"
FORMER = re.compile(r"[Tt]aikusydä\w*")
NOW = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `taikubot init` copies out, changed step by step as the guide says."""
    folder = tmp_path_factory.mktemp("community") / "ours"
    assert CliRunner().invoke(app, ["init", str(folder)]).exit_code == 0
    content = folder / "content"
    for name in ("networks", "people", "meetings", "demo"):
        shutil.rmtree(content / name)
    shutil.copytree(COMMUNITY / "content", content, dirs_exist_ok=True)
    for name in ("intents", "locale"):
        shutil.rmtree(folder / name)
    return folder


@pytest.fixture(scope="module")
def conversations(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Conversations:
    """The bot on that community, learned from nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BOT_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        snapshot = make_snapshot(Folders(folder / "content", shipped("intents")))
    return Conversations(lambda: snapshot)


def test_its_content_is_in_order_and_nothing_of_the_former_community_is_left(folder: Path) -> None:
    knowledge, findings = inspect(
        folder / "content", shipped("intents"), False, [check_templates], now=NOW
    )
    assert [str(one) for one in findings if one.severity == "error"] == []
    assert [str(one) for one in findings if "words:" in str(one)] == []
    assert knowledge is not None
    asked = [*knowledge.intents.values(), *knowledge.details.values(), *knowledge.lexicons.values()]
    texts = (text for file in asked for text in _texts(file.model_dump()))
    assert [one for text in texts for one in FORMER.findall(text)] == []


def _texts(value: object) -> Iterator[str]:
    """Texts without the names of word lists in them."""
    if isinstance(value, dict | list | tuple):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)
    elif isinstance(value, str):
        yield re.sub("<[^<>]*>", "", value)


@pytest.mark.parametrize(
    ("question", "intent", "said"),
    [
        ("kehen otan yhteyttä Tampereella", "contacts", "050 000 0000"),
        ("kuka on yhteyshenkilö Järvikylissä?", "contacts", "jarvikylat@kylaverkko.example"),
        ("milloin on seuraava tapaaminen Hämeenlinnassa", "meetings", "Järvikylien ilta"),
        ("vilket nätverk hör Jakobstad till?", "find_network", "Kustbyarna"),
        ("mikä on Kyläverkko", "about", "kylätaloja pysymään auki"),
        ("what are the goals of the Järvikylät network", "network_goals", "house where people"),
        ("how do I join in Tampere?", "join", "Write to the office"),
        ("hej", "greeting", "Kyläbotti"),
    ],
)
def test_it_answers_about_that_community(
    conversations: Conversations, question: str, intent: str, said: str
) -> None:
    reply = conversations.respond(IncomingMessage(question))
    assert reply.understanding.intent == intent
    assert said in plain_text(reply.answer)


@pytest.mark.parametrize("question", ["kuka on Tampereen pormestari", "när går tåget till Vasa"])
def test_it_refuses_what_is_not_its_own(conversations: Conversations, question: str) -> None:
    reply: Reply = conversations.respond(IncomingMessage(question))
    assert reply.understanding.intent == "fallback"
    assert "050 000 0000" not in plain_text(reply.answer)


def test_its_own_question_is_answered(conversations: Conversations) -> None:
    reply = conversations.respond(IncomingMessage("Are there music stands at the venue?"))
    assert "forty stands" in plain_text(reply.answer)
