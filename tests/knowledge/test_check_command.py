"""`taikubot check` as a process: what an editor sees, and what a script can rely on."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests import forked

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]

MEETING = """\
title: {fi: Kokous}
kind: seminar
networks: [pirkanmaa]
start: 2026-10-25 03:30
end: 2026-10-25 05:00
place: {fi: Tampere}
"""


def _check(content: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    given = {**os.environ, "BOT_CONTENT_DIR": str(content), **environment}
    done = forked.run("check", *arguments, env=given, timeout=250)
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
    )


def _lines(stdout: str, intents: Path) -> list[str]:
    """What `check` says, without its warnings of few phrases and of addresses that nobody knows."""
    lines = stdout.splitlines()
    lines = [one for one in lines if "no e-mail address is known" not in one]
    return [one for one in lines if not (one.startswith(f"{intents}/") and ": warning: " in one)]


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A copy of the repository's content, to be damaged."""
    return shutil.copytree(ROOT / "content", tmp_path / "content")


@pytest.fixture
def intents(tmp_path: Path, few_intents: Path) -> Path:
    """A copy of the repository's intents with few phrases, to be damaged."""
    return shutil.copytree(few_intents, tmp_path / "intents")


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def _bad_phone(content: Path) -> str:
    _replace(content / "people/pilvi-kuitu.yaml", "0400 433 722", "0400 433 7ZZ")
    return (
        "people/pilvi-kuitu.yaml:12: error: `0400 433 7ZZ` is not a phone number: "
        "write it as 0400 123 456"
    )


def _bad_yaml(content: Path) -> str:
    _replace(content / "networks/lappi.yaml", "sources:", "sources: [")
    return "networks/lappi.yaml:"


def _explosion(content: Path) -> str:
    (content / "people/laughs.yaml").write_text("a: &a [ha, ha]\nb: [*a, *a]\n", encoding="utf-8")
    return (
        "people/laughs.yaml:1: error: anchors and aliases (&a, *a) are not used here; write it out"
    )


def _bad_encoding(content: Path) -> str:
    path = content / "people/tarja-hautamaki.yaml"
    path.write_bytes(path.read_text(encoding="utf-8").encode("latin-1", "replace"))
    return (
        "people/tarja-hautamaki.yaml:1: error: this line is not UTF-8; "
        "save the file with the encoding UTF-8"
    )


def _bad_time_in_the_demo(content: Path) -> str:
    (content / "demo/meetings/night.yaml").write_text(MEETING, encoding="utf-8")
    return (
        "demo/meetings/night.yaml:4: error: 2026-10-25 03:30 happens twice: "
        "the clocks are changed that night; choose another time"
    )


def test_every_damage_is_one_line_with_its_path_and_the_exit_code_is_1(
    content: Path, few_intents: Path
) -> None:
    damages = [_bad_time_in_the_demo, _bad_yaml, _explosion, _bad_phone, _bad_encoding]
    expected = [f"{content}/{damage(content)}" for damage in damages]
    done = _check(content, "--all", BOT_INTENTS_DIR=str(few_intents))
    assert done.returncode == 1
    lines = _lines(done.stdout, few_intents)
    assert len(lines) == len(expected)
    for start in expected:
        (line,) = [line for line in lines if line.startswith(start)]
        assert ": error: " in line
    assert done.stderr == ""


def test_the_repository_is_clean_and_lists_what_is_old_on_request() -> None:
    done = _check(ROOT / "content", "--all", "--age", "365")
    assert done.returncode == 0
    assert done.stderr.endswith("no errors.\n")
    lines = done.stdout.splitlines()
    assert any(line.startswith("content/people/pilvi-kuitu.yaml:") for line in lines)
    assert [line for line in lines if ": warning: old: this source is " not in line] == []


def test_the_editor_s_language_is_spoken_and_the_shape_stays(
    content: Path, few_intents: Path
) -> None:
    def said_in(*arguments: str, **environment: str) -> list[str]:
        done = _check(content, *arguments, BOT_INTENTS_DIR=str(few_intents), **environment)
        return [line for line in done.stdout.splitlines() if ": error: " in line]

    _bad_phone(content)
    place = f"{content}/people/pilvi-kuitu.yaml:12: error: "
    said = {
        "fi": f"{place}`0400 433 7ZZ` ei ole puhelinnumero: kirjoita se näin: 0400 123 456",
        "sv": f"{place}`0400 433 7ZZ` är inget telefonnummer: skriv det så här: 0400 123 456",
        "en": f"{place}`0400 433 7ZZ` is not a phone number: write it as 0400 123 456",
    }
    assert said_in(LANG="fi_FI.UTF-8") == [said["fi"]]
    assert said_in(LC_ALL="sv_FI", LANG="fi_FI.UTF-8") == [said["sv"]]
    assert said_in(LANG="de_DE.UTF-8") == [said["en"]]
    assert said_in("--language", "en", LANG="fi_FI.UTF-8") == [said["en"]]


def test_the_last_line_speaks_too_and_another_language_is_refused() -> None:
    done = _check(ROOT / "content", "--language", "fi", "--preview", "uusimaa")
    assert done.returncode == 0
    assert ": error: " not in done.stdout
    assert "Verkoston koordinointi: Uudenmaan liitto (tammikuusta 2025 alkaen)." in done.stdout
    assert done.stdout.rstrip().endswith("Seuraavat päivät (uusimaa):\nyhtään ei ole tulossa")
    folders = f"{ROOT / 'content'}, {ROOT / 'intents'} ja {ROOT / 'locale'}"
    assert done.stderr.splitlines()[-1] == f"{folders}: ei virheitä."
    refused = _check(ROOT / "content", "--language", "de")
    assert refused.returncode == 2
    assert "there are texts in en, fi, sv, none in de." in refused.stderr


def test_a_file_that_cannot_be_read_brings_no_errors_elsewhere(
    content: Path, intents: Path
) -> None:
    _replace(intents / "contacts.yaml", "answers:\n", "unknown_field: 1\nanswers:\n")
    _replace(content / "people" / "tarja-hautamaki.yaml", "name:", "nam:")
    _replace(content / "people" / "hanna-hangasluoma.yaml", "[lansi-suomi]", "[lansisuomi]")
    said = _lines(_check(content, BOT_INTENTS_DIR=str(intents)).stdout, intents)
    files = {Path(line.partition(":")[0]).name for line in said}
    assert files == {"contacts.yaml", "tarja-hautamaki.yaml", "hanna-hangasluoma.yaml"}
    (networks,) = (line for line in said if "among the networks" in line)
    assert "lappi" in networks
    assert "tarja-hautamaki" not in networks


def test_a_lexicon_that_has_lost_a_part_is_an_error(content: Path, intents: Path) -> None:
    path = intents / "lexicons" / "fi.yaml"
    text = path.read_text("utf-8")
    path.write_text(re.sub(r"(?m)^talk:\n(?:[ ].*\n|\n)*", "", text), "utf-8")
    done = _check(content, "--language", "sv", "--preview", "uusimaa", BOT_INTENTS_DIR=str(intents))
    assert done.returncode == 1
    (error,) = (line for line in done.stdout.splitlines() if ": error: " in line)
    assert error.startswith(f"{path}:2: error: `talk` saknas eller är tomt")
    # What the bot will say is shown once there is no error.
    assert "Nylands förbund" not in done.stdout
