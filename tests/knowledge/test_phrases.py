"""The syntax of phrases: which wordings a line stands for, and what is said of a broken one."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge.phrases import (
    MAX_NESTING,
    Phrase,
    PhraseError,
    parse_lists,
    parse_phrase,
    phrase_lines,
)

LISTS = parse_lists({"who": "kuka|ketkä", "asks": "<who> vastaa|missä"}, {})


def _wordings(phrase: Phrase) -> set[str]:
    rng = random.Random(0)
    return {phrase.sample(rng) for _ in range(400)}


@pytest.mark.parametrize(
    ("line", "wordings"),
    [
        ("kuka vastaa", {"kuka vastaa"}),
        ("(kuka|ketkä)", {"kuka", "ketkä"}),
        ("kuka|ketkä", {"kuka", "ketkä"}),
        ("kuka [nyt] vastaa", {"kuka vastaa", "kuka nyt vastaa"}),
        ("kuka [nyt|siis] vastaa", {"kuka vastaa", "kuka nyt vastaa", "kuka siis vastaa"}),
        ("(kuka|kuka (muu|toinen))", {"kuka", "kuka muu", "kuka toinen"}),
        ("[[a] b]", {"", "b", "a b"}),
        ("(a|) b", {"a b", "b"}),
        ("verkosto(n|sta)", {"verkoston", "verkostosta"}),
        ("<who>", {"kuka", "ketkä"}),
        ("<asks>", {"kuka vastaa", "ketkä vastaa", "missä"}),
        ("<who> (on|ovat)", {"kuka on", "kuka ovat", "ketkä on", "ketkä ovat"}),
        ("kuka on {person}", {"kuka on {person}"}),
        ("missä {place}", {"missä {place}"}),
        ("entä{place}?", {"entä {place} ?"}),
        ("  a   b  ", {"a b"}),
        ("what's on, 24/7 - ok?", {"what's on, 24/7 - ok?"}),
    ],
)
def test_a_line_stands_for_its_wordings(line: str, wordings: set[str]) -> None:
    phrase = parse_phrase(line, LISTS)
    assert _wordings(phrase) == wordings
    assert phrase.wordings == len(wordings)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("(a", "`)` is missing"),
        ("[a", "`]` is missing"),
        ("a)", "`)` has no partner; brackets come in pairs"),
        ("a]", "`]` has no partner; brackets come in pairs"),
        ("(a]", "`]` has no partner; brackets come in pairs"),
        ("<who", "`<` has no partner; brackets come in pairs"),
        ("who>", "`>` has no partner; brackets come in pairs"),
        ("{place", "`{` has no partner; brackets come in pairs"),
        ("place}", "`}` has no partner; brackets come in pairs"),
        ("{town}", "`{town}` is not a slot; there are: person, place"),
        ("{}", "`{}` is not a slot; there are: person, place"),
        ("<hello>", "there is no word list `hello`; write it under `lists:`"),
        ("<>", "`<>` has no partner; brackets come in pairs"),
        ("(" * (MAX_NESTING + 1) + ")" * (MAX_NESTING + 1), "nested too deeply"),
        ("(" * 100_000, "nested too deeply"),
    ],
)
def test_a_broken_line_is_explained(line: str, says: str) -> None:
    with pytest.raises(PhraseError, match=re.escape(says)):
        parse_phrase(line, LISTS)


def test_a_list_may_use_those_before_it_only() -> None:
    with pytest.raises(PhraseError, match="in the list `first`: there is no word list `second`"):
        parse_lists({"first": "<second>", "second": "x"}, {})
    with pytest.raises(PhraseError, match="in the list `own`: there is no word list `own`"):
        parse_lists({"own": "x|<own>"}, {})


def test_lines_are_numbered_past_comments_and_blanks() -> None:
    assert phrase_lines("# one\nkuka\n\n  missä  \n#\n") == [(1, "kuka"), (3, "missä")]


def test_samples_are_different_and_repeatable() -> None:
    phrase = parse_phrase("(a|b|c) (d|e|f)", {})
    first = phrase.samples(random.Random(3), 5)
    assert len(first) == len(set(first)) == 5
    assert phrase.samples(random.Random(3), 5) == first
    assert phrase.samples(random.Random(3), 100) != []
    assert set(phrase.samples(random.Random(3), 100)) <= {f"{x} {y}" for x in "abc" for y in "def"}


def test_a_line_of_countless_wordings_is_sampled_at_once() -> None:
    phrase = parse_phrase(" ".join(["(a|b|c|d)"] * 100), {})
    assert phrase.wordings == 4**100
    assert len(phrase.samples(random.Random(1), 8)) == 8


@given(st.text(max_size=300) | st.text("()[]|<>{}ab ", max_size=60))
def test_any_text_is_refused_or_its_samples_can_be_parsed(text: str) -> None:
    try:
        phrase = parse_phrase(text, LISTS)
    except PhraseError:
        return
    assert phrase.wordings >= 1
    for wording in phrase.samples(random.Random(1), 5):
        again = parse_phrase(wording, {})
        assert _wordings(again) == {wording}
