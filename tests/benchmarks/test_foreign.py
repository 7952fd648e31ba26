"""The benchmark of foreign texts: what counts as wrong, and what a file must hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.foreign import (
    ForeignText,
    Judged,
    Verdict,
    breakdown,
    by_source,
    judge,
    read_texts,
    verdict,
)
from bot.knowledge.library import DISTRESS
from bot.understanding.model import Request, Understanding
from bot.understanding.reloader import Snapshot

PLAIN = ForeignText("put on the lights", "en", "home", small_talk=False)
TALK = ForeignText("hello there", "en", "home", small_talk=True)


def _understood(*requests: Request, guesses: tuple[Request, ...] = ()) -> Understanding:
    return Understanding("", "en", requests, 0.5, guesses)


@pytest.mark.parametrize(
    ("text", "found", "counts"),
    [
        (PLAIN, _understood(Request("contacts")), Verdict.WRONG),
        (PLAIN, _understood(Request("greeting"), Request("join")), Verdict.WRONG),
        (PLAIN, _understood(Request("about")), Verdict.WRONG),
        (PLAIN, _understood(Request("thanks")), Verdict.MISPLACED),
        (PLAIN, _understood(Request("fallback", topic=DISTRESS)), Verdict.DISTRESS),
        (PLAIN, _understood(Request("fallback")), Verdict.RIGHT),
        (PLAIN, _understood(Request("fallback"), guesses=(Request("join"),)), Verdict.OFFERED),
        (TALK, _understood(Request("greeting")), Verdict.RIGHT),
        (TALK, _understood(Request("about")), Verdict.RIGHT),
        (TALK, _understood(Request("meetings")), Verdict.WRONG),
    ],
)
def test_how_a_reply_counts(text: ForeignText, found: Understanding, counts: Verdict) -> None:
    assert verdict(text, found) == counts


def test_texts_are_read_of_files_and_of_folders(tmp_path: Path) -> None:
    (tmp_path / "b.jsonl").write_text(
        '{"lang": "fi", "source": "b", "text": "kytke valot", "small_talk": true}\n\n'
    )
    (tmp_path / "a.jsonl").write_text('{"lang": "en", "source": "a", "text": "lights on"}\n')
    (tmp_path / "README.md").write_text("no texts")
    found = read_texts([tmp_path, tmp_path / "a.jsonl"])
    assert [text.source for text in found] == ["a", "b", "a"]
    assert [text.small_talk for text in found] == [False, True, False]


@pytest.mark.parametrize("line", ["{", "[]", '{"lang": "fi", "text": "a"}'])
def test_a_bad_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(f'{{"lang": "en", "source": "a", "text": "b"}}\n{line}\n')
    with pytest.raises(ValueError, match=r"a\.jsonl:2: "):
        read_texts([path])


def test_the_counts_are_per_thousand_texts() -> None:
    judged = [
        Judged(PLAIN, Verdict.WRONG, "join", 0.93),
        Judged(PLAIN, Verdict.OFFERED, "fallback", 0.2),
        Judged(TALK, Verdict.RIGHT, "greeting", 0.9),
        Judged(TALK, Verdict.RIGHT, "greeting", 0.9),
    ]
    head, home, *_ = by_source(judged).splitlines()
    assert head.split() == ["texts", "wrong", "misplaced", "distress", "offered"]
    assert home.split() == ["home", "4", "250.0", "0.0", "0.0", "250.0"]
    assert "wrong by intent: join 1" in breakdown(judged)
    assert "wrong by confidence from: 0.90 1" in breakdown(judged)


def test_a_talk_goes_on_after_a_real_question(snapshot: Snapshot) -> None:
    text = ForeignText("entä Kuopiossa?", "fi", "a", small_talk=False)
    (alone,) = judge(snapshot, [text], talk_of=None)
    (after,) = judge(snapshot, [text], talk_of="contacts")
    assert (alone.intent, after.intent) == ("find_network", "contacts")
