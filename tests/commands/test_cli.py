"""The commands, as processes: what scripts and people in a terminal see."""

from __future__ import annotations

import io
import json
import os
import select
import shutil
import subprocess
import sys
import urllib.request
from collections import Counter
from pathlib import Path

import pytest

from bot import cli
from bot.knowledge.yaml_source import MAX_WARNINGS, MAX_WARNINGS_PER_FILE
from tests import forked

from .pseudo_terminal import PATIENCE, environment

FIELDS = (
    "question language intent intents confidence entities text suggestions".split()  # noqa: SIM905
)
ENTITIES = {"networks", "regions", "municipalities", "persons", "period"}
ROOT = Path(__file__).parents[2]

# `snapshot` leaves its model for these processes.
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("snapshot")]


def run(
    *arguments: str, stdin: str | bytes = b"", **changes: str
) -> subprocess.CompletedProcess[str]:
    """Runs `taikubot` to its end."""
    raw = stdin.encode() if isinstance(stdin, str) else stdin
    done = forked.run(*arguments, input=raw, env=environment(**changes))
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
    )


def test_ask_lists_what_the_answer_asks_about() -> None:
    done = run("ask", "--json", "kaffe")
    asked = json.loads(done.stdout)["suggestions"]
    assert asked
    shown = run("ask", "kaffe").stdout.splitlines()
    assert len([line for line in shown if line.startswith("- ")]) == len(asked)


def test_on_windows_a_pipe_gets_utf_8_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its code page lacks the arrow; there Python takes UTF-8 only for a console."""
    pipe = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(pipe, encoding="cp1252"))
    monkeypatch.setattr(cli, "app", lambda: print("Närpes → Vaasa", flush=True))
    with monkeypatch.context() as on_windows:
        on_windows.setattr(os, "name", "nt")
        cli.main()
    assert pipe.getvalue().decode("utf-8").rstrip() == "Närpes → Vaasa"


def test_ask_gives_the_contacts_in_the_language_of_each_question() -> None:
    questions = [
        "Ketkä vastaavat verkostosta Ilmajoella?",
        "hej, vem svarar för nätverket i Närpes",
        "any contact for Nokia area",
        "Paljonko bensa maksaa Tampereella?",
    ]
    done = run("ask", "--json", stdin="\n".join(questions) + "\n")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert [row["question"] for row in rows] == questions
    assert [row["language"] for row in rows] == ["fi", "sv", "en", "fi"]
    assert [row["intent"] for row in rows] == ["contacts"] * 3 + ["fallback"]
    wanted = [
        ("Hanna Hangasluoma", "+358 40 751 5610", "hanna.hangasluoma@etela-pohjanmaa.fi"),
        ("Tarja Hautamäki", "+358 44 723 5007", "tarja.hautamaki@obotnia.fi"),
        ("Pilvi Kuitu", "0400 433 722", "pilvi.kuitu@kulttuuripiipoo.fi", "Pilvi Nissilä"),
    ]
    for row, parts in zip(rows, wanted, strict=False):
        assert all(part in row["text"] for part in parts), row["text"]
    refused = rows[3]["text"]
    assert "@" not in refused
    assert "Pilvi" not in refused


def test_every_json_object_has_the_fields_of_the_design() -> None:
    done = run("ask", "--json", "moi", "tapaamiset ensi kuussa Pirkanmaalla", "asdf qwer")
    for line in done.stdout.splitlines():
        row = json.loads(line)
        assert list(row) == FIELDS
        assert set(row["entities"]) == ENTITIES
        assert row["intent"] == row["intents"][0]
        assert 0 <= row["confidence"] <= 1
    period = json.loads(done.stdout.splitlines()[1])["entities"]["period"]
    assert list(period) == ["from", "to"]


def test_answers_come_line_by_line_while_the_pipe_stays_open() -> None:
    command = [sys.executable, "-m", "bot", "ask", "--json"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment()
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for question in ("kiitos", "tack"):
            process.stdin.write(question.encode() + b"\n")
            process.stdin.flush()
            ready, _, _ = select.select([process.stdout], [], [], PATIENCE)
            assert ready
            assert json.loads(process.stdout.readline())["question"] == question
        process.stdin.close()
        assert process.wait(PATIENCE) == 0


def test_lines_share_a_conversation_only_in_a_dialogue() -> None:
    lines = "kuka on yhteyshenkilö Vaasassa\nentä Pirkanmaalla?\n\nentä Pirkanmaalla?\n"
    together = run("ask", "--json", "--dialogue", stdin=lines)
    intents = [json.loads(line)["intent"] for line in together.stdout.splitlines()]
    assert intents == ["contacts", "contacts", "find_network"]
    alone = run("ask", "--json", stdin=lines)
    intents = [json.loads(line)["intent"] for line in alone.stdout.splitlines()]
    assert intents == ["contacts", "find_network", "find_network"]


def test_bytes_that_are_no_text_are_a_question_like_another() -> None:
    done = run("ask", "--json", stdin=b"\xff\xfe\x00\nkiitos\n")
    assert done.returncode == 0
    assert json.loads(done.stdout.splitlines()[-1])["intent"] == "thanks"


def test_a_closed_pipe_ends_it_quietly() -> None:
    script = f"yes moi | head -200 | {sys.executable} -m bot ask | head -1"
    done = subprocess.run(
        ["/bin/sh", "-c", script],
        capture_output=True,
        env=environment(),
        timeout=PATIENCE,
        check=False,
    )
    assert done.stdout
    assert b"Traceback" not in done.stderr


def test_explain_names_the_words_the_place_and_the_intents() -> None:
    done = run("explain", "monelta ne aamukahvit on Tampereella")
    assert "municipality  tampere, from `Tampereella`" in done.stdout
    assert "fi, by its words" in done.stdout
    assert "understood    meetings:meeting_time about pirkanmaa" in done.stdout
    assert "confidence" in done.stdout


def test_explain_takes_what_was_asked_before() -> None:
    before = ("--after", "kuka on yhteyshenkilö Vaasassa")
    assert "contacts about pirkanmaa" in run("explain", *before, "entä Pirkanmaalla").stdout


def test_check_shows_the_first_warnings_and_all_on_request(
    tmp_path: Path, few_intents: Path
) -> None:
    intents = shutil.copytree(few_intents, tmp_path / "intents")
    # The first files: what follows them has no room for as many.
    for name in ("about", "add_meeting"):
        path = intents / f"{name}.yaml"
        text = path.read_text(encoding="utf-8")
        twice = "".join(f"    aivan oma sanamuoto {name} {at % 9}\n" for at in range(18))
        path.write_text(text.replace("phrases:\n  fi: |\n", f"phrases:\n  fi: |\n{twice}"), "utf-8")
    some = run("check", BOT_INTENTS_DIR=str(intents))
    every = run("check", "--all", BOT_INTENTS_DIR=str(intents))
    assert some.returncode == every.returncode == 0
    first, warnings = some.stdout.splitlines(), every.stdout.splitlines()
    more = len(warnings) - len(first)
    assert f"… and {more} more warnings: `taikubot check --all` shows them." in some.stderr
    assert "more warnings" not in every.stderr
    of_file = Counter(line.partition(":")[0] for line in first)
    assert max(of_file.values()) == MAX_WARNINGS_PER_FILE
    assert len(first) <= MAX_WARNINGS
    assert set(first) < set(warnings)
    assert sum(": warning: `aivan oma sanamuoto " in line for line in warnings) == 18


def test_the_demo_does_not_start_with_an_app_id() -> None:
    done = run("serve", "--demo", BOT_APP_ID="1", BOT_APP_TENANT_ID="2")
    assert done.returncode == 2
    assert "BOT_APP_ID" in done.stderr


def test_without_an_app_id_only_this_machine_is_served() -> None:
    done = run("serve", "--host", "0.0.0.0")  # noqa: S104 - it must be refused
    assert done.returncode == 2
    assert "BOT_APP_ID" in done.stderr


def test_serve_says_what_to_set_where_it_cannot_keep_announcements(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.touch()
    done = run("serve", "--port", "0", BOT_DATABASE_URL=f"sqlite+aiosqlite:///{taken}/x.db")
    assert done.returncode == 2
    assert f"{taken}/x.db" in done.stderr
    assert "or set BOT_DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr


def test_settings_come_from_an_env_file_too(tmp_path: Path) -> None:
    file = tmp_path / "bot.env"
    (tmp_path / "empty").mkdir()
    file.write_text(f"BOT_CONTENT_DIR={tmp_path / 'empty'}\n")
    for done in (run("--env-file", str(file), "check"), run("check", BOT_ENV_FILE=str(file))):
        assert done.returncode == 1
        assert str(tmp_path / "empty") in done.stdout
    for name in ("CONTENT", "INTENTS", "LOCALE"):
        file.write_text(f"BOT_{name}_DIR=/nowhere\n")
        done = run("--env-file", str(file), "check")
        assert done.returncode == 2
        assert done.stderr.startswith(f"BOT_{name}_DIR: there is no such folder;")
    file.write_text("BOT_CONTENT_DIR\n")
    done = run("--env-file", str(file), "check")
    assert done.returncode == 2
    assert done.stderr == f"{file}:1: write NAME=value, or # before a comment.\n"


def test_commands_speak_the_language_of_the_terminal(tmp_path: Path) -> None:
    finnish = {"LANG": "fi_FI.UTF-8"}
    taken = run("init", str(ROOT), **finnish)
    assert taken.stderr == (f"{ROOT} ei ole tyhjä kansio: anna jokin muu, mitään ei kopioitu.\n")
    serving = run("serve", "--host", "0.0.0.0", LC_ALL="sv_FI.UTF-8")  # noqa: S104
    assert serving.stderr.startswith("Utan BOT_APP_ID kontrolleras inga token")
    wrong = run("check", BOT_WEB_CHAT="perhaps", **finnish)
    assert wrong.returncode == 2
    assert wrong.stderr == "BOT_WEB_CHAT: on oltava on tai off.\n"
    no_file = run("--env-file", str(tmp_path / "none"), "check", **finnish)
    assert no_file.stderr.endswith("tiedostoa ei voi lukea: tiedostoa tai kansiota ei ole.\n")
    shown = run("explain", "monelta ne aamukahvit on Tampereella", **finnish).stdout
    assert "kunta         tampere, sanoista `Tampereella` (täsmälleen)" in shown


def test_a_wording_of_an_editor_is_what_commands_say(tmp_path: Path) -> None:
    texts = shutil.copytree(ROOT / "locale", tmp_path / "locale")
    file = texts / "fi.po"
    ours = file.read_text("utf-8")
    file.write_text(ours.replace("anna jokin muu", "valitse toinen"), "utf-8")
    settings = {"LANG": "fi_FI.UTF-8", "BOT_LOCALE_DIR": str(texts)}
    assert "valitse toinen" in run("init", str(ROOT), **settings).stderr
    # With a fault in the file the shipped texts are said, and `check` names the line.
    lines = ours.splitlines(keepends=True)
    at = next(at for at, line in enumerate(lines) if "ei ole tyhjä kansio" in line)
    broken = lines[at].rstrip().removesuffix('"') + "\n"
    file.write_text("".join([*lines[:at], broken, *lines[at + 1 :]]), "utf-8")
    assert "anna jokin muu" in run("init", str(ROOT), **settings).stderr
    checked = run("check", **settings)
    assert checked.returncode == 1
    assert checked.stdout.startswith(f"{file}:{at + 1}: error: ")


def test_init_copies_out_what_can_be_edited(tmp_path: Path) -> None:
    target = tmp_path / "new" / "our bot"
    done = run("init", str(target))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        f"BOT_CONTENT_DIR={target}/content",
        f"BOT_INTENTS_DIR={target}/intents",
        f"BOT_LOCALE_DIR={target}/locale",
    ]
    for name, kind in (("content", "*.yaml"), ("intents", "*.yaml"), ("locale", "*.po")):
        theirs, ours = target / name, ROOT / name
        files = sorted(path.relative_to(ours) for path in ours.rglob(kind))
        assert files
        assert sorted(path.relative_to(theirs) for path in theirs.rglob(kind)) == files
    assert (target / ".vscode" / "settings.json").is_file()
    assert (target / "content" / ".schema" / "network.json").is_file()
    assert list(target.parent.iterdir()) == [target]
    (tmp_path / "bot.env").write_text(done.stdout)
    from_there = ("--env-file", str(tmp_path / "bot.env"))
    asked = run(*from_there, "ask", "--json", "kiitos")
    assert json.loads(asked.stdout)["intent"] == "thanks"
    person = target / "content" / "people" / "hanna-hangasluoma.yaml"
    person.write_text(person.read_text("utf-8").replace("name:", "nam:"), "utf-8")
    refused = run(*from_there, "ask", "kiitos")
    assert refused.returncode == 1
    assert f"{person}:" in refused.stderr


def test_init_leaves_alone_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    for target in (tmp_path, tmp_path / "mine"):
        done = run("init", str(target))
        assert done.returncode == 2
        assert "is not an empty folder" in done.stderr
    done = run("init", str(tmp_path / "mine" / "below"))
    assert done.returncode == 2
    assert "Nothing was copied." in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    assert (tmp_path / "mine").read_text() == "mine"


@pytest.mark.skipif(os.name == "nt", reason="files have no modes there")
def test_init_fills_a_folder_that_is_there_and_leaves_it_as_it_is(tmp_path: Path) -> None:
    """As an administrator makes it in a folder where the bot's user may not write."""
    (tmp_path / "srv").mkdir()
    target = tmp_path / "srv" / "taikubot"
    target.mkdir()
    target.chmod(0o750)
    before = target.stat()
    assert run("init", str(target)).returncode == 0
    assert {path.name for path in target.iterdir()} == {"content", "intents", "locale", ".vscode"}
    after = target.stat()
    assert (after.st_ino, after.st_mode) == (before.st_ino, before.st_mode)


def test_an_edit_after_init_reaches_the_running_server(tmp_path: Path) -> None:
    done = run("init", str(tmp_path / "ours"))
    (tmp_path / "bot.env").write_text(done.stdout)
    server = subprocess.Popen(
        [sys.executable, "-m", "bot", "serve", "--port", "0"],
        stderr=subprocess.PIPE,
        env=environment(BOT_ENV_FILE=str(tmp_path / "bot.env")),
        text=True,
    )
    try:
        browser = json.loads(_said(server, '"server.ready"'))["page"]
        assert "+358 40 751 5610" in _answer(browser, "Hanna Hangasluoman puhelinnumero?")
        person = tmp_path / "ours" / "content" / "people" / "hanna-hangasluoma.yaml"
        text = person.read_text()
        person.write_text(text.replace("+358 40 751 5610", "+358 40 000 0001"))
        _said(server, '"content.reloaded"')
        assert "+358 40 000 0001" in _answer(browser, "Hanna Hangasluoman puhelinnumero?")
        person.write_text(text)
        _said(server, '"content.reloaded"')
        assert "+358 40 751 5610" in _answer(browser, "Hanna Hangasluoman puhelinnumero?")
    finally:
        server.terminate()
        assert server.wait(PATIENCE) == 0
        assert server.stderr is not None
        server.stderr.close()


def _said(server: subprocess.Popen[str], wanted: str) -> str:
    """The next line of a server's log that holds some words."""
    assert server.stderr is not None
    for line in server.stderr:
        if wanted in line:
            return line
    raise AssertionError(f"The server ended without `{wanted}`.")


def _answer(browser: str, question: str) -> str:
    request = urllib.request.Request(
        f"{browser}api/chat",
        json.dumps({"text": question}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=PATIENCE) as response:
        return str(response.read().decode())
