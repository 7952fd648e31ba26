"""What is believed of a pressed button, and that no card becomes too large."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.teams.cards import MOST_BYTES
from bot.channels.teams.coordination import elements as e
from bot.channels.teams.coordination.card_actions import (
    LONGEST_FIELD,
    MOST_FIELDS,
    CardAction,
    button,
    read_action,
)

from ..test_incoming import JSON


@given(JSON)
def test_no_value_fails(value: Any) -> None:
    for one in (value, {"do": value}, {"action": {"data": value}}, {"do": "x", "title.fi": value}):
        action = read_action(one)
        if action is not None:
            assert all(isinstance(text, str) for text in action.fields.values())
            assert len(action.fields) <= MOST_FIELDS


def test_a_button_brings_the_same_by_either_way() -> None:
    made = button("Lähetä", "announce.confirm", "fi", id="7")
    for action in (made, made["fallback"]):
        typed = {**action["data"], "note.fi": " sana \n toinen "}
        submitted, executed = read_action(typed), read_action({"action": {"data": typed}})
        assert submitted == executed
        assert submitted is not None
        assert (submitted.do, submitted.language) == ("announce.confirm", "fi")
        assert submitted.get("id") == "7"
        assert submitted.texts("note") == {"fi": "sana \n toinen"}
        assert submitted.get("missing") == ""


@pytest.mark.parametrize(
    "value", [None, 5, "x", [], {}, {"text": "Who?"}, {"do": 5}, {"do": "Drop Table"}, {"do": ""}]
)
def test_what_is_no_press_of_ours(value: Any) -> None:
    assert read_action(value) is None


def test_fields_are_bounded() -> None:
    action = read_action({"do": "x", "long": "x" * (LONGEST_FIELD + 1), "Odd Name": "x", "n": 5})
    assert action == CardAction("x", None, {"do": "x"})


@given(st.lists(st.text(max_size=4_000), min_size=1, max_size=6))
def test_no_form_is_too_large(typed: list[str]) -> None:
    fields = [
        e.multiline_input(f"text.{place}", "Teksti", text) for place, text in enumerate(typed)
    ]
    made = e.form("fi", [*fields, *(e.text(text) for text in typed)])
    assert len(json.dumps(made).encode()) <= MOST_BYTES


def test_the_worst_form_is_cut_and_the_usual_is_not() -> None:
    usual = [e.multiline_input(f"text.{place}", "Teksti", "å" * 1_000) for place in range(3)]
    assert [one["value"] for one in e.form("fi", usual)["body"]] == ["å" * 1_000] * 3
    worst = [
        e.multiline_input(f"text.{place}", "Teksti", "\N{GRINNING FACE}" * 4_000)
        for place in range(3)
    ]
    cut = e.form("fi", worst)["body"]
    assert all(one["value"].endswith("…") for one in cut)
    assert len(json.dumps(e.form("fi", worst)).encode()) <= MOST_BYTES


LINES = st.text(max_size=200)
PARTS = st.one_of(
    LINES.map(e.text),
    st.tuples(LINES, LINES).map(lambda pair: e.text_input("a", *pair)),
    st.lists(st.tuples(LINES, LINES), max_size=8).map(e.facts),
    st.lists(st.tuples(LINES, LINES), max_size=20).map(
        lambda pairs: e.choice_input("b", "Valinta", pairs)
    ),
    LINES.map(lambda data: {"type": "ActionSet", "actions": [button("Avaa", "a", "fi", id=data)]}),
)


@given(
    st.lists(PARTS, min_size=1, max_size=8),
    st.integers(1, 150),
    st.lists(LINES, max_size=3),
    st.integers(0, 4_000),
)
def test_every_form_is_cut_to_the_limit_however_many_parts_it_has(
    parts: list[Any], times: int, carried: list[str], longest: int
) -> None:
    rows = [[button("Tallenna", "a", "fi", id=data + "x" * longest)] for data in carried]
    made = e.form("fi", [dict(part) for _ in range(times) for part in parts], *rows)
    assert len(json.dumps(made).encode()) <= MOST_BYTES


def test_of_a_list_that_is_too_long_the_end_is_left_out_and_the_buttons_stay() -> None:
    body = [e.text(f"Rivi {number}") for number in range(2_000)]
    save = button("Tallenna", "a", "fi", id="7")
    made = e.form("en", body, [save])
    assert made["body"][:9] == body[:9]
    assert made["body"][-2]["text"] == "And more, which does not fit here."
    assert made["body"][-1]["actions"] == [save]
