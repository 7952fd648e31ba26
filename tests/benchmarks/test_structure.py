"""The benchmark of structure: what counts as right, and that the sets in the tree can be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.structure import Row, Verdict, read_rows, verdict
from bot.understanding.model import DistressFound, Entities, Request, Understanding, Wish
from bot.understanding.reloader import Snapshot

SETS = Path(__file__).parents[2] / "benchmarks" / "sets"
LAPPI = Entities(networks=("lappi",))
ELSEWHERE = Entities(networks=("lappi", "uusimaa"))


def _row(expect: str, network: str = "") -> Row:
    return Row("", "en", "kind", expect, network)


def _found(*requests: Request) -> Understanding:
    return Understanding("", "en", requests, 0.9)


@pytest.mark.parametrize(
    ("row", "found", "counts"),
    [
        (_row("refuse"), _found(Request("fallback")), Verdict.RIGHT),
        (_row("refuse"), _found(Request("thanks")), Verdict.RIGHT),
        (_row("refuse"), _found(Request("meetings")), Verdict.WRONG),
        (_row("contacts"), _found(Request("fallback")), Verdict.REFUSED),
        (_row("contacts"), _found(Request("person")), Verdict.RIGHT),
        (_row("contacts"), _found(Request("meetings")), Verdict.WRONG),
        (_row("meetings"), _found(Request("meetings", topic="meeting_place")), Verdict.RIGHT),
        (_row("contacts", "lappi"), _found(Request("contacts", LAPPI)), Verdict.RIGHT),
        (_row("contacts", "lappi"), _found(Request("contacts", ELSEWHERE)), Verdict.WRONG),
        (_row("answer", "lappi"), _found(Request("meetings", LAPPI)), Verdict.RIGHT),
        (_row("answer", "lappi"), _found(Request("meetings", ELSEWHERE)), Verdict.WRONG),
        (_row("answer"), _found(Request("thanks")), Verdict.WRONG),
        (_row("ask_place"), _found(Request("contacts")), Verdict.RIGHT),
        (_row("ask_place"), _found(Request("contacts", LAPPI)), Verdict.WRONG),
        (_row("ask_place"), _found(Request("fallback")), Verdict.REFUSED),
        (_row("nothing"), _found(Request("forget_me", wish=Wish.DENIED)), Verdict.RIGHT),
        (_row("nothing"), _found(Request("forget_me", wish=Wish.CLEAR)), Verdict.WRONG),
        (_row("ask"), _found(Request("forget_me", wish=Wish.CLEAR)), Verdict.RIGHT),
        (_row("ask"), _found(Request("unfollow", wish=Wish.CLEAR)), Verdict.WRONG),
        (
            _row("not spoken"),
            _found(Request("fallback", topic="other_language:ru")),
            Verdict.RIGHT,
        ),
        (_row("spoken"), _found(Request("fallback", topic="other_language:ru")), Verdict.WRONG),
    ],
)
def test_how_a_reply_counts(
    row: Row, found: Understanding, counts: Verdict, snapshot: Snapshot
) -> None:
    assert verdict(row, found, snapshot) == counts


def test_a_notice_is_no_right_answer(snapshot: Snapshot) -> None:
    heard = DistressFound("maybe", "alone", "en", "alone")
    found = Understanding("", "en", (Request("contacts"),), 0.9, distress=heard)
    assert verdict(_row("contacts"), found, snapshot) == Verdict.DISTRESS


def test_the_sets_in_the_tree_can_be_read(tmp_path: Path, snapshot: Snapshot) -> None:
    names = ("structure", "languages", "everyday")
    rows = read_rows([SETS / f"{name}.jsonl" for name in names])
    assert {row.language for row in rows} >= {"fi", "sv", "en", "ru"}
    known = snapshot.knowledge
    expected = {"refuse", "unknown_person", "ask", "nothing", "spoken", "not spoken"}
    expected |= {"answer", "ask_place"}
    assert {row.expect for row in rows} <= expected | known.intents.keys()
    assert {row.network for row in rows} <= {"", *known.networks}
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"text": "a"}\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"bad\.jsonl:1: no text with lang"):
        read_rows([bad])
