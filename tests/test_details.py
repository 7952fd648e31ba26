"""Details: how long their answers are, and that an editor adds one by a file alone."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.conversations import shown_length
from bot.answers.compose import Context, compose
from bot.answers.details import MAX_SUGGESTIONS
from bot.answers.model import Answer
from bot.answers.plain import plain_text
from bot.answers.templates import check_templates
from bot.channels.conversation import Conversations, IncomingMessage
from bot.knowledge.library import Knowledge
from bot.knowledge.loader import inspect
from bot.knowledge.models import Detail
from bot.knowledge.values import LANGUAGES, Language
from bot.understanding.model import Entities, Request, Understanding
from bot.understanding.reloader import Snapshot, build_snapshot

ROOT = Path(__file__).parents[1]
NOW = dt.datetime(2026, 11, 29, 12, tzinfo=dt.UTC)
LONGEST = 350
LONGEST_WHOLE = 900

OTHERS = ("meeting",)
"""What has tests of its own."""


def _answer(knowledge: Knowledge, request: Request, language: Language) -> Answer:
    understanding = Understanding("?", language, (request,), 1.0)
    return compose(understanding, knowledge, Context(NOW))


def _asked(knowledge: Knowledge, detail: Detail) -> Iterator[Request]:
    if detail.of == "person":
        for person in knowledge.people.values():
            for networks in ((), person.networks):
                entities = Entities(persons=(person.key,), networks=networks)
                yield Request("person", entities, detail.key, yes_no=True)
        return
    if detail.of == "community":
        yield Request(detail.counts_as, topic=detail.key)
        return
    for key in knowledge.networks:
        yield Request(detail.counts_as, Entities(networks=(key,)), detail.key)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_detail_is_short(knowledge: Knowledge, language: Language) -> None:
    long = []
    for detail in knowledge.details.values():
        for request in _asked(knowledge, detail) if detail.of not in OTHERS else ():
            answer = _answer(knowledge, request, language)
            assert answer.blocks
            assert len(answer.suggestions) <= MAX_SUGGESTIONS
            if (length := shown_length(answer)) > LONGEST:
                long.append((length, detail.key, request.entities, plain_text(answer)))
    assert not long, sorted(long, key=lambda one: one[0])[-3:]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "intent", ["contacts", "join", "network_info", "network_goals", "network_activity", "human"]
)
def test_no_answer_about_a_network_is_long(
    knowledge: Knowledge, intent: str, language: Language
) -> None:
    # Of two persons, with the line that nobody has confirmed them.
    most = 700 if intent == "contacts" else LONGEST_WHOLE
    for key in knowledge.networks:
        answer = _answer(knowledge, Request(intent, Entities(networks=(key,))), language)
        assert shown_length(answer) <= most, plain_text(answer)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_community_is_takes_three_lines(knowledge: Knowledge, language: Language) -> None:
    (said,) = _answer(knowledge, Request("about"), language).blocks
    assert len(said.lines) == 3  # type: ignore[union-attr]


NEW = """\
of: network
phrases:
  fi: |
    mikä on verkoston (koko nimi|virallinen nimi)
    millä nimellä verkosto tunnetaan virallisesti
    verkoston virallinen nimi
    {place} verkoston virallinen nimi
    mikä {place} verkoston virallinen nimi on
    virallinen nimi
  sv: |
    vad är nätverkets (fulla namn|officiella namn)
    nätverkets officiella namn
    vad heter nätverket officiellt
    vad heter nätverket i {place} officiellt
    officiella namnet på nätverket i {place}
    officiellt namn
  en: |
    what is the (full name|official name) of the network
    the official name of the network
    what is the network officially called
    official name of the {place} network
    what is the {place} network officially called
    official name
answer:
  fi: "Virallinen nimi on {{ network.name }}."
  sv: "Det officiella namnet är {{ network.name }}."
  en: "The official name is {{ network.name }}."
"""


@pytest.fixture(name="edited")
def _edited(tmp_path: Path, few_intents: Path) -> Snapshot:
    """Intents with one file more, as an editor would write it."""
    intents = tmp_path / "intents"
    shutil.copytree(few_intents, intents)
    (intents / "details" / "network_official_name.yaml").write_text(NEW, encoding="utf-8")
    knowledge, findings = inspect(ROOT / "content", intents, False, [check_templates])
    assert knowledge is not None
    assert not [one for one in findings if one.severity == "error"]
    return build_snapshot(knowledge)


def test_an_editor_adds_a_detail_by_a_file_alone(edited: Snapshot) -> None:
    conversations = Conversations(lambda: edited, now=lambda: NOW)
    reply = conversations.respond(
        IncomingMessage("official name of the Pirkanmaa network", "talk", "en")
    )
    (request,) = reply.understanding.requests
    assert request.topic == "network_official_name"
    assert "The official name is Pirkanmaa regional network" in plain_text(reply.answer)


@pytest.mark.parametrize(
    ("field", "said"), [("intent: nowhere", "nowhere"), ("same_words: [nothing]", "nothing")]
)
def test_what_a_detail_names_must_exist(
    tmp_path: Path, few_intents: Path, field: str, said: str
) -> None:
    intents = tmp_path / "intents"
    shutil.copytree(few_intents, intents)
    path = intents / "details" / "network_official_name.yaml"
    path.write_text(f"{field}\n{NEW}", encoding="utf-8")
    _, findings = inspect(ROOT / "content", intents, False, [])
    (error,) = [one for one in findings if one.severity == "error"]
    assert (error.path, error.line) == (path, 1)
    assert said in str(error.message)
