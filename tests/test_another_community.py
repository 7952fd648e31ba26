"""Another community takes the bot over as docs/guides/another-community.md says."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from bot.answers.plain import plain_text
from bot.answers.templates import check_templates
from bot.channels.conversation import Conversations, IncomingMessage, Reply
from bot.cli import app
from bot.knowledge.loader import inspect
from bot.understanding.reloader import Folders, make_snapshot

pytestmark = pytest.mark.slow

COMMUNITY = Path(__file__).parent / "another_community"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `taikubot init` copies out, changed step by step as the guide says."""
    folder = tmp_path_factory.mktemp("community") / "ours"
    assert CliRunner().invoke(app, ["init", str(folder)]).exit_code == 0
    content, intents = folder / "content", folder / "intents"
    for name in ("networks", "people", "meetings", "demo"):
        shutil.rmtree(content / name)
    shutil.copytree(COMMUNITY / "content", content, dirs_exist_ok=True)
    names = yaml.safe_load((COMMUNITY / "names.yaml").read_text("utf-8"))
    form = re.compile("|".join(names), re.IGNORECASE)
    for path in intents.rglob("*.yaml"):
        text = path.read_text("utf-8")
        path.write_text(form.sub(lambda found: names[found[0].lower()], text), "utf-8")
    return folder


@pytest.fixture(scope="module")
def conversations(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Conversations:
    """The bot on that community, learned from nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BOT_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        snapshot = make_snapshot(Folders(folder / "content", folder / "intents"))
    return Conversations(lambda: snapshot)


def test_its_content_and_intents_are_in_order(folder: Path) -> None:
    _, findings = inspect(folder / "content", folder / "intents", False, [check_templates])
    assert [str(one) for one in findings if one.severity == "error"] == []


def test_nothing_of_the_former_community_is_left(folder: Path) -> None:
    left = [
        path
        for path in folder.rglob("*.yaml")
        if path.parts[-2] != "places" and "taikusyd" in path.read_text("utf-8").lower()
    ]
    assert left == []


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
