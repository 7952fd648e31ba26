"""The oracle of the randomised run finds what is wrong, and nothing where all is right."""

from __future__ import annotations

from dataclasses import replace

import pytest

from .connector import CUT, Copy, Deed, Fault, html
from .oracle import Asked, Excuses, Told, counted, excuses, verdict

ASKED = Asked("#1", frozenset({"c0"}), ["#1 v1", "#1 v2"])
RECALLED = replace(ASKED, recalled=True)
STOPPED = replace(ASKED, stopped=True)
GOOD = Told("delivered", remote_id="7")


def copy(id: str = "7", *texts: str, deleted: bool = False) -> Copy:
    return Copy("t", "c0", f"c0;messageid={id}", id, list(texts or ASKED.texts), deleted=deleted)


def deed(
    method: str, fault: Fault | None = None, text: str = "#1 v1", of: Copy | None = None
) -> Deed:
    return Deed(0.0, method, "t", "c0", text, fault, about=of)


CUT_ONCE = Excuses([deed("POST", CUT), deed("POST")])
REFUSED = Excuses([deed("POST", html(503))])
NO_EXCUSE = Excuses([deed("POST")])
KILLED = Excuses([deed("POST")], interrupted=True)


@pytest.mark.parametrize(
    ("asked", "told", "copies", "done"),
    [
        (ASKED, GOOD, [copy()], NO_EXCUSE),
        (ASKED, replace(GOOD, doubts=1), [copy(), copy("8", "#1 v1")], CUT_ONCE),
        (ASKED, replace(GOOD, doubts=1), [copy()], KILLED),
        (ASKED, Told("uncertain", doubts=2, error="in_doubt"), [copy("8"), copy("9")], CUT_ONCE),
        (ASKED, Told("delivered", doubts=1, remote_id=""), [copy("8", "#1 v1")], CUT_ONCE),
        (ASKED, Told("failed", error="no_answer: 503"), [], REFUSED),
        (
            ASKED,
            Told("failed", remote_id="7", error="no_answer"),
            [copy("7", "#1 v1")],
            Excuses([deed("POST"), deed("PUT", html(503))]),
        ),
        (RECALLED, Told("deleted", remote_id="7"), [copy(deleted=True)], NO_EXCUSE),
        (RECALLED, Told("stopped"), [], NO_EXCUSE),
        (RECALLED, Told("uncertain", doubts=1), [copy("8")], CUT_ONCE),
        (STOPPED, Told("stopped"), [], NO_EXCUSE),
        (STOPPED, GOOD, [copy("7", "#1 v1")], NO_EXCUSE),
    ],
)
def test_a_good_world_is_found_good(
    asked: Asked, told: Told, copies: list[Copy], done: Excuses
) -> None:
    assert list(verdict(asked, "c0", told, copies, done)) == []


@pytest.mark.parametrize(
    ("asked", "told", "copies", "done", "said"),
    [
        (ASKED, None, [], NO_EXCUSE, "no row tells of it"),
        (ASKED, GOOD, [], NO_EXCUSE, "7 does not stand"),
        (ASKED, GOOD, [copy(deleted=True)], NO_EXCUSE, "7 does not stand"),
        (ASKED, GOOD, [copy(), copy("8"), copy("9")], CUT_ONCE, "3 copies were made"),
        (ASKED, GOOD, [copy(deleted=True), copy("8"), copy("9")], CUT_ONCE, "3 copies were made"),
        (ASKED, GOOD, [copy(), copy("8")], CUT_ONCE, "1 copies stand that are not told of"),
        (ASKED, replace(GOOD, doubts=1), [copy()], NO_EXCUSE, "nothing happened to it"),
        (ASKED, replace(GOOD, doubts=1), [copy()], REFUSED, "nothing happened to it"),
        (ASKED, GOOD, [copy("7", "#1 v1")], NO_EXCUSE, "says '#1 v1' instead of '#1 v2'"),
        (ASKED, Told("failed", error="x"), [], NO_EXCUSE, "a reason that nobody gave"),
        (ASKED, Told("gone", error="x"), [], NO_EXCUSE, "a reason that nobody gave"),
        (ASKED, Told("failed"), [], REFUSED, "without a reason"),
        (ASKED, Told("stopped"), [], REFUSED, "it has not arrived"),
        (ASKED, Told("pending"), [], REFUSED, "it still waits"),
        (ASKED, Told("held"), [], REFUSED, "it still waits"),
        (ASKED, Told("delivered", remote_id=""), [], NO_EXCUSE, "nothing stands"),
        (RECALLED, Told("deleted", remote_id="7"), [copy()], NO_EXCUSE, "after the recall"),
        (RECALLED, Told("stopped"), [copy("8")], CUT_ONCE, "after the recall"),
        (RECALLED, Told("deleted", remote_id="7"), [copy(deleted=True), copy("8")], CUT_ONCE, "1"),
        (RECALLED, GOOD, [copy()], NO_EXCUSE, "delivered after a recall"),
        (STOPPED, Told("stopped"), [copy()], CUT_ONCE, "called stopped"),
        (STOPPED, GOOD, [copy("7", "#1 v9")], NO_EXCUSE, "never asked for"),
    ],
)
def test_what_is_wrong_is_found(
    asked: Asked, told: Told | None, copies: list[Copy], done: Excuses, said: str
) -> None:
    found = list(verdict(asked, "c0", told, copies, done))
    assert any(said in one for one in found), found


def test_only_what_was_done_to_it_is_an_excuse() -> None:
    other = copy("9", "#2 v1")
    deeds = [
        deed("POST", CUT, "#2 v1"),
        replace(deed("POST", CUT), place="c1"),
        deed("DELETE", html(503), "", of=other),
        deed("PUT", html(503)),
        deed("DELETE", html(503), ""),
    ]
    found = excuses(ASKED, "c0", deeds, {("#1", "c1"), ("#2", "c0")})
    assert found.deeds == deeds[3:]
    assert not found.interrupted
    assert not found.doubtful
    assert excuses(ASKED, "c0", deeds, {("#1", "c0")}).doubtful


def test_the_counts_are_those_of_the_rows() -> None:
    rows = [GOOD, replace(GOOD, doubts=1), Told("held"), Told("failed", remote_id="1")]
    assert counted([*rows, Told("gone"), Told("uncertain", doubts=2)]) == {
        "delivered": 2,
        "gone": 1,
        "failed": 1,
        "pending": 1,
        "uncertain": 3,
    }
