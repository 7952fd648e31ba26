"""`taikubot chat` in a terminal, as a process; and what it completes and writes."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bot.commands.terminal_line import completions
from bot.commands.terminal_output import READABLE, prompt, write_anything
from bot.understanding.trained_model import cache_folder
from tests import forked

from .pseudo_terminal import PATIENCE, Terminal, environment

# `snapshot` leaves its model for these processes.
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("snapshot")]


def chatting(folder: Path, **changes: str) -> Terminal:
    """`taikubot chat` with the model of the other tests and a history of its own."""
    return Terminal(
        *(sys.executable, "-m", "bot", "chat", "--demo"),
        **{"LANG": "fi_FI.UTF-8", **changes},
        XDG_STATE_HOME=str(folder),
        BOT_CACHE_DIR=str(cache_folder()),
    )


def ready(terminal: Terminal) -> Terminal:
    """The same, once it waits for the first line."""
    terminal.until("Ctrl-D")
    terminal.until("›")
    terminal.until_it_waits()
    return terminal


@pytest.fixture
def chat(tmp_path: Path) -> Iterator[Terminal]:
    terminal = chatting(tmp_path)
    yield terminal
    terminal.close()


@pytest.fixture(params=[signal.SIG_DFL, signal.SIG_IGN], ids=["default", "ignored"])
def interrupted_chat(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Terminal]:
    """Started from a shell's foreground, and as its background jobs are: with Ctrl-C ignored."""
    ours = signal.signal(signal.SIGINT, request.param)  # A process inherits it.
    try:
        terminal = chatting(tmp_path)
    finally:
        signal.signal(signal.SIGINT, ours)
    yield terminal
    terminal.close()


def test_chat_answers_takes_suggestions_by_number_and_ends_on_ctrl_d(chat: Terminal) -> None:
    chat.until("Ctrl-D")
    chat.until("›")
    chat.type("kehen otan yhteyttä Kokkolassa\n")
    chat.until("Hanna Hangasluoma")
    chat.until("Tarja Hautamäki")
    # readline draws the prompt anew while one types: the answer's end comes before the next one.
    chat.until("Väärä tieto?")
    chat.until("›")
    chat.type("1\n")
    chat.until("Keski-Pohjanmaalla")
    chat.until("Väärä tieto?")
    chat.until("›")
    chat.type("\x04")
    chat.until("Hei hei!")
    assert chat.process.wait(PATIENCE) == 0


def test_chat_ends_cleanly_on_ctrl_c(interrupted_chat: Terminal) -> None:
    chat = interrupted_chat
    chat.until("Ctrl-D")
    chat.until("›")
    chat.until_it_waits()
    # readline loses a signal that comes between its prompt and its wait: one presses again.
    os.kill(chat.process.pid, signal.SIGINT)
    while not chat.shows("Hei hei!", 5):
        os.kill(chat.process.pid, signal.SIGINT)
    assert "Traceback" not in chat.until("Hei hei!")
    assert chat.process.wait(PATIENCE) == 0


def test_chat_remembers_what_was_typed_the_last_time(chat: Terminal, tmp_path: Path) -> None:
    chat.until("Ctrl-D")
    chat.until("›")
    chat.type("kiitos vielä kerran\n")
    chat.until("›")
    chat.type("\x04")
    chat.until("Hei hei!")
    chat.process.wait(PATIENCE)
    history = tmp_path / "taikubot" / "history"
    assert "kiitos vielä kerran" in history.read_text(encoding="utf-8")
    assert history.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("word", ["quit", "exit", "lopeta", "sluta", "  Lopeta "])
def test_chat_ends_on_a_word(chat: Terminal, word: str) -> None:
    ready(chat).type(f"{word}\n")
    chat.until("Hei hei!")
    assert chat.process.wait(PATIENCE) == 0


def press_ctrl_c(chat: Terminal, then: str) -> None:
    """Presses Ctrl-C until something is shown: readline may lose it before it waits."""
    chat.until_it_waits()
    chat.type("\x03")
    while not chat.shows(then, 5):
        chat.type("\x03")
    chat.until(then)


def test_ctrl_c_clears_a_half_written_line_and_ends_on_an_empty_one(chat: Terminal) -> None:
    ready(chat).type("kuka vastaa jos")
    chat.until("jos")
    press_ctrl_c(chat, "›")
    chat.until_it_waits()
    # What was cleared is no part of the next line.
    chat.type("moi\n")
    chat.until("Taikubot")
    chat.until("›")
    press_ctrl_c(chat, "Hei hei!")
    assert chat.process.wait(PATIENCE) == 0


def test_tab_completes_names_and_suggestions(chat: Terminal) -> None:
    ready(chat).type("kehen otan yhteyttä Kokk\t")
    chat.until("Kokkola")
    chat.type("ssa\n")
    chat.until("Hanna Hangasluoma")
    chat.until("Väärä tieto?")
    chat.until("›")
    chat.type("Miten p\t")
    chat.until("Miten pääsen mukaan?")
    chat.type("\n")
    # It asks what the button would: about the network just named.
    chat.until("Keski-Pohjanmaalla")
    chat.until("›")
    chat.type("\x04")
    chat.until("Hei hei!")


def test_a_number_without_a_suggestion_is_told(chat: Terminal) -> None:
    ready(chat).type("9\n")
    chat.until("9")
    said = chat.until("›")
    assert re.search(r"\b3\b", said)
    assert "• " not in said
    chat.type("2\n")
    chat.until("Milloin on seuraava tapaaminen?")
    chat.until("›")


def test_no_colour_where_none_is_wished(tmp_path: Path) -> None:
    chat = chatting(tmp_path, NO_COLOR="1")
    try:
        shown = chat.until("Ctrl-D") + chat.until("›")
        assert not re.search(r"\x1b\[[0-9;]*(3[0-7]|9[0-7]|38|48|4[0-7])[;m]", shown)
    finally:
        chat.close()


def test_a_dumb_terminal_gets_text_alone(tmp_path: Path) -> None:
    chat = chatting(tmp_path, TERM="dumb")
    try:
        chat.until("Ctrl-D")
        chat.until("›")
        chat.until_it_waits()
        chat.type("kehen otan yhteyttä Kokkolassa\n")
        shown = chat.until("Väärä tieto?") + chat.until("›")
        assert "\x1b" not in shown
        assert "hanna.hangasluoma@etela-pohjanmaa.fi" in shown
    finally:
        chat.close()


def test_loading_is_told_on_a_terminal_and_taken_away(tmp_path: Path) -> None:
    chat = chatting(tmp_path, LANG="en_GB.UTF-8")
    try:
        shown = chat.until("Hello!")
        assert re.search(r"^Loading …\r {9,}\r", shown)
    finally:
        chat.close()


@pytest.mark.parametrize(
    ("command", "encoding"),
    [
        (["chat"], "ascii"),
        (["chat"], "cp1252"),
        (["ask", "yhteyshenkilö Kokkola"], "latin-1"),
        (["explain", "Kokkola"], "ascii"),
    ],
)
def test_an_output_that_cannot_write_a_sign(
    tmp_path: Path, command: list[str], encoding: str
) -> None:
    done = forked.run(
        *command,
        input="yhteyshenkilö Kokkola\n".encode(encoding, "replace"),
        env=environment(
            PYTHONIOENCODING=encoding,
            LANG="fi_FI.UTF-8",
            XDG_STATE_HOME=str(tmp_path),
            BOT_CACHE_DIR=str(cache_folder()),
        ),
    )
    assert done.returncode == 0, done.stderr
    # Nothing about loading is written where nobody watches.
    assert done.stderr == b""
    said = done.stdout.decode(encoding)
    if command[0] == "chat":
        assert ("  * " if encoding != "cp1252" else "  • ") in said
        assert "Hei hei!" in said
    if command[0] == "ask":
        assert "Hautamäki" in said
    if command[0] == "explain":
        assert "(tasmalleen)" in said


def test_json_for_a_script_loses_nothing(tmp_path: Path) -> None:
    shown = {}
    for encoding in ("ascii", "utf-8"):
        env = environment(PYTHONIOENCODING=encoding, BOT_CACHE_DIR=str(cache_folder()))
        done = forked.run("ask", "--json", "yhteyshenkilö Kokkola", env=env)
        assert done.returncode == 0, done.stderr
        shown[encoding] = json.loads(done.stdout.decode(encoding))
    assert shown["ascii"] == shown["utf-8"]
    assert "Hautamäki" in shown["ascii"]["text"]


NAMES = ("Etelä-Karjala", "Järvenpää", "Kokkola", "Koski Tl", "Vasa", "Västra Finland")
OFFERED = ("Kuka on yhteyshenkilö?", "Mitä verkostoja on?")


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("", list(OFFERED)),
        ("kuka", ["Kuka on yhteyshenkilö?"]),
        ("Kuka on yht", ["yhteyshenkilö?"]),
        ("  mita verk", ["verkostoja on?"]),
        ("tapaamiset kok", ["Kokkola"]),
        ("tapaamiset kos", ["Koski Tl"]),
        ("tapaamiset koski t", ["Tl"]),
        ("kuka on etela-k", ["Etelä-Karjala"]),
        ("jarv", ["Järvenpää"]),
        # What begins so exactly; else nothing would be left of what was typed.
        ("i vas", ["Vasa"]),
        ("ko", ["Kokkola", "Koski Tl"]),
        ("tapaamiset ", []),
        ("qwerty", []),
        ("kokkolassa", []),
    ],
)
def test_what_tab_offers(line: str, found: list[str]) -> None:
    assert completions(line, NAMES, OFFERED) == found
    typed = line.rpartition(" ")[2]
    # Each begins as the typed word does: readline never takes anything away.
    assert len({one[: len(typed)] for one in found}) <= 1 or not typed


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Närpiö – Närpes", b"Narpio - Narpes"),
        ("• “5 €” …", b'* "5 EUR" ...'),
        ("Ω 👍 \ud800", b"? ? ?"),
        ("½ ﬁ", b"12 fi"),
    ],
)
def test_the_nearest_signs(monkeypatch: pytest.MonkeyPatch, text: str, written: bytes) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    write_anything()
    print(text, end="", flush=True)
    assert raw.getvalue() == written


def test_other_errors_of_encodings_stay_errors() -> None:
    write_anything()
    with pytest.raises(UnicodeDecodeError):
        b"\xff".decode("utf-8", READABLE)


@pytest.mark.parametrize(
    ("terminal", "edits", "shown"),
    [
        ({"force_terminal": False}, True, ""),
        ({"force_terminal": True, "color_system": "standard"}, False, "› "),
        ({"force_terminal": True, "color_system": None}, True, "› "),
        ({"force_terminal": True, "color_system": "standard", "no_color": True}, True, "› "),
        (
            {"force_terminal": True, "color_system": "standard", "no_color": False},
            True,
            "\001\033[1;36m\002›\001\033[0m\002 ",
        ),
    ],
)
def test_the_prompt(
    monkeypatch: pytest.MonkeyPatch, terminal: dict[str, Any], edits: bool, shown: str
) -> None:
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
    assert prompt(Console(file=io.StringIO(), **terminal), edits) == shown
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="latin-1"))
    assert prompt(Console(file=io.StringIO(), **terminal), edits) == shown.replace("›", ">")
