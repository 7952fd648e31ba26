"""The benchmark of understanding: kinds by rule, honest thresholds, templates of the peers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.understanding import (
    Outcome,
    Question,
    comparison,
    judge,
    of_peer,
    offers,
    read_questions,
)
from benchmarks.understanding_kinds import Kinds
from benchmarks.understanding_peers import (
    Material,
    Peer,
    Text,
    gather,
    guesses_from,
    hassil_template,
    names,
    token_set_ratio,
)
from bot.knowledge.library import Knowledge
from bot.knowledge.phrases import parse_lists, parse_phrase
from bot.understanding.reloader import Snapshot


@pytest.fixture(scope="module")
def kinds(knowledge: Knowledge) -> Kinds:
    return Kinds(knowledge)


@pytest.mark.parametrize(
    ("text", "intent", "found"),
    [
        ("kuka on yhteyshenkilö Kokkolassa", "contacts", ["plain"]),
        ("yhteystiedot", "contacts", ["short"]),
        ("kuka on yhtyshenkilö Kokkolassa", "contacts", ["typo"]),
        ("kuka on yhteyshenkilö Tampeereella", "contacts", ["typo"]),
        ("kuka on yhteyshenkilö Narpiossa", "contacts", ["name without dots"]),
        ("kuka on pormestari Kokkolassa", "fallback", ["not ours, near"]),
        ("integroi sinifunktio paloittain", "fallback", ["not ours, far"]),
    ],
)
def test_rules_tell_the_kind(kinds: Kinds, text: str, intent: str, found: list[str]) -> None:
    assert kinds.of(text, "fi", intent) == found


def test_a_long_message_and_spoken_words(kinds: Kinds) -> None:
    text = "moi mä oon uus kulttuurituottaja täällä ja mietin et kuka täällä on se yhteyshenkilö"
    assert kinds.of(text, "fi", "contacts") == ["spoken", "long"]


@pytest.mark.parametrize(
    ("phrase", "template"),
    [
        ("kuka (on|oli) [se] <v>", "kuka (on|oli) [se] ((verkosto|ryhmä))"),
        ("[hei|moi] kuka on {place}?", "[hei|moi] kuka on {place}"),
        ("verkosto(n|) nimi; mikä", "verkosto[n] nimi mikä"),
    ],
)
def test_a_phrase_is_written_as_hassil_writes_it(phrase: str, template: str) -> None:
    parsed = parse_phrase(phrase, parse_lists({"v": "verkosto|ryhmä"}, {}))
    assert " ".join(hassil_template(parsed.tree).split()) == template


def test_the_threshold_is_chosen_on_the_left_out_texts() -> None:
    asked = [
        *(Text("links", "fi", at, "") for at in range(10)),
        *(Text("fallback", "fi", at, "") for at in range(10, 20)),
    ]
    material = Material(asked, asked, frozenset(range(20)))
    left_out = [("links", 0.9)] * 10 + [("links", 0.6)] * 9 + [("fallback:distress", 0.99)]
    guesses, threshold = guesses_from(
        material, left_out, [("links", 0.95), ("links", 0.6), ("fallback:distress", 0.99)]
    )
    assert guesses == ["links", "fallback", "fallback"]
    assert 0.6 < threshold <= 0.9


@pytest.mark.slow
def test_a_left_out_template_is_in_no_text_that_is_learned(knowledge: Knowledge) -> None:
    material = gather(knowledge, names(knowledge))
    assert not {text.template for text in material.rest()} & material.left_out
    assert {text.template for text in material.asked} <= material.left_out
    assert len(material.left_out) == pytest.approx(len(knowledge.phrases) / 4, rel=0.02)
    assert not [text for text in material.texts if "{" in text.text]


def test_token_set_ratio_finds_a_text_that_it_has_learned() -> None:
    texts = [Text("links", "fi", 0, "missä on facebook"), Text("join", "fi", 1, "miten liityn")]
    left_out = [*texts, Text("fallback", "fi", 2, "millainen")]
    peer = token_set_ratio(Material(texts, left_out, frozenset()), ["Missä on Facebook?", "xyz"])
    assert peer.guesses[0] == "links"
    assert peer.guesses[1] == "fallback"


def test_the_table_sets_peers_beside_ours_by_language_intent_and_kind(kinds: Kinds) -> None:
    questions = [
        Question("yhteystiedot", "fi", "contacts", None),
        Question("vad kostar tåget", "sv", "fallback", None, "trains"),
    ]
    ours = [Outcome(questions[0], "fallback", False, True), Outcome(questions[1], "fallback", True)]
    peer = of_peer(Peer("other", ["contacts", "join"], ""), questions)
    table = comparison({"Taikubot": ours, "other": peer}, kinds)
    rows = [line.rsplit(maxsplit=5) for line in table.splitlines()]
    assert rows[0] == ["n", "right", "wrong", "refused", "other"]
    assert rows[1:] == [
        ["fi", "1", "0.0%", "0.0%", "100.0%", "100.0%"],
        ["sv", "1", "100.0%", "0.0%", "0.0%", "0.0%"],
        ["contacts", "1", "0.0%", "0.0%", "100.0%", "100.0%"],
        ["fallback", "1", "100.0%", "0.0%", "0.0%", "0.0%"],
        ["short", "1", "0.0%", "0.0%", "100.0%", "100.0%"],
        ["trains", "1", "100.0%", "0.0%", "0.0%", "0.0%"],
    ]
    assert offers(ours) == "of 1 questions of ours not answered outright, 1 had the right offer"


def test_a_set_may_name_the_kinds_of_its_questions(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    row = {"lang": "fi", "text": "hei", "intent": "greeting", "kind": "typo"}
    path.write_text(json.dumps(row) + "\n\n", encoding="utf-8")
    assert read_questions(path) == [Question("hei", "fi", "greeting", None, "typo")]


def test_a_conversation_is_judged_by_its_last_turn(snapshot: Snapshot, tmp_path: Path) -> None:
    file = tmp_path / "questions.jsonl"
    rows: list[dict[str, object]] = [
        {"lang": "fi", "turns": ["kuka on yhteyshenkilö Vaasassa", "entä Porissa?"]},
        {"lang": "fi", "text": "entä Porissa?"},
    ]
    wanted = {"intent": "contacts", "place": "Satakunta"}
    lines = [json.dumps(row | wanted, ensure_ascii=False) for row in rows]
    file.write_text("\n".join(lines), encoding="utf-8")
    in_talk, alone = judge(snapshot, read_questions(file))
    assert (in_talk.guess, in_talk.kind) == ("contacts", "right")
    assert (alone.guess, alone.kind) == ("find_network", "wrong")
