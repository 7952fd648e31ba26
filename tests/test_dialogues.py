"""Every conversation in tests/dialogues/ goes as it is written there."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.answers.plain import plain_text
from bot.channels.conversation import Conversations, IncomingMessage, Reply
from bot.knowledge.library import Knowledge
from bot.understanding.reloader import Snapshot

FOLDER = Path(__file__).with_name("dialogues")
NOON = dt.datetime(2026, 11, 21, 10, 0, tzinfo=dt.UTC)
FIELDS = {"ask", "intent", "intents", "language", "period", "suggests", "answer", "says", "never"}
ENTITIES = ("networks", "regions", "municipalities", "persons")

Turn = dict[str, Any]


def _conversations() -> list[Any]:
    found = []
    for path in sorted(FOLDER.glob("*/*.yaml")):
        for number, turns in enumerate(yaml.load(path.read_bytes(), yaml.CSafeLoader), 1):
            name = f"{path.parent.name}/{path.stem}-{number}"
            found.append(pytest.param(path, turns, id=name))
    return found


@pytest.mark.parametrize(("path", "turns"), _conversations())
def test_the_conversation_goes_as_written(
    path: Path, turns: list[Turn], snapshot: Snapshot
) -> None:
    conversations = Conversations(lambda: snapshot, now=lambda: NOON)
    for turn in turns:
        unknown = turn.keys() - FIELDS - set(ENTITIES)
        assert not unknown, f"{path}: unknown fields {unknown}"
        reply = conversations.respond(
            IncomingMessage(turn["ask"], conversation="dialogue", members=True)
        )
        _check(turn, reply, path.parent.name)


def _check(turn: Turn, reply: Reply, language: str) -> None:
    understanding, text = reply.understanding, plain_text(reply.answer)
    wanted = turn.get("intents") or [turn["intent"]]
    assert [request.intent for request in understanding.requests] == wanted, turn["ask"]
    assert understanding.language == turn.get("language", language), turn["ask"]
    entities = understanding.requests[0].entities
    for name in ENTITIES:
        if name in turn:
            assert list(getattr(entities, name)) == turn[name], (turn["ask"], name)
    if "period" in turn:
        assert entities.period is not None, turn["ask"]
        assert f"{entities.period.start}..{entities.period.end}" == turn["period"]
    if "suggests" in turn:
        offered = [each.intent for each in reply.answer.suggestions]
        assert set(turn["suggests"]) <= set(offered), (turn["ask"], offered)
    assert "answer" in turn or "says" in turn, f"{turn['ask']}: write what the answer is"
    if "answer" in turn:
        assert text == turn["answer"].strip(), turn["ask"]
    for part in turn.get("says", ()):
        assert part in text, f"{turn['ask']}: `{part}` is missing in\n{text}"
    for part in turn.get("never", ()):
        assert part not in text, f"{turn['ask']}: `{part}` stands in\n{text}"


def test_every_intent_has_a_conversation_in_every_language(knowledge: Knowledge) -> None:
    missing = [
        f"{language}/{intent}.yaml"
        for language in ("fi", "sv", "en")
        for intent in knowledge.intents
        if not (FOLDER / language / f"{intent}.yaml").exists()
    ]
    assert not missing


def test_every_file_shows_a_whole_answer() -> None:
    without = [
        str(path.relative_to(FOLDER))
        for path in sorted(FOLDER.glob("*/*.yaml"))
        if not any(
            "answer" in turn
            for turns in yaml.load(path.read_bytes(), yaml.CSafeLoader)
            for turn in turns
        )
    ]
    assert not without
