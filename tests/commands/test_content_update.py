"""A copied folder and a newer program: what `content update` takes over, and what stands in."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner

from bot.answers.templates import check_templates
from bot.cli import app
from bot.commands import content, content_update
from bot.knowledge import fallback
from bot.knowledge.copied import LIST, State, compare, read_list
from bot.knowledge.loader import inspect, load
from bot.knowledge.yaml_source import ContentError
from bot.understanding.reloader import ContentReloader, Folders, Snapshot

ROOT = Path(__file__).parents[2]
NAMES = ("content", "intents", "locale")
runner = CliRunner()


@pytest.fixture
def shipped(tmp_path: Path, few_intents: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a program ships, which a test may change into what a newer one ships."""
    home = tmp_path / "shipped"
    for name in (*NAMES, ".vscode"):
        shutil.copytree(few_intents if name == "intents" else ROOT / name, home / name)
    for module in (content, content_update, fallback):
        monkeypatch.setattr(module, "shipped", lambda name: home / name)
    return home


@pytest.fixture
def own(tmp_path: Path, shipped: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that `init` copied to, with the settings that lead to it."""
    folder = tmp_path / "own"
    assert runner.invoke(app, ["init", str(folder)]).exit_code == 0
    for name in NAMES:
        monkeypatch.setenv(f"BOT_{name.upper()}_DIR", str(folder / name))
    return folder


def _append(path: Path, text: str) -> None:
    path.write_text(path.read_text("utf-8") + text, "utf-8")


def _update(*words: str, code: int = 0) -> str:
    done = runner.invoke(app, ["content", "update", *words])
    assert done.exit_code == code, done.output
    return done.output


def test_a_fresh_copy_has_nothing_new(own: Path, shipped: Path) -> None:
    assert "All is as this version ships it." in _update()
    for name in NAMES:
        assert compare(own / name, shipped / name, "1").states == {}
    assert not (own / "new").exists()


def test_each_kind_of_change_is_told_and_what_is_safe_is_done(own: Path, shipped: Path) -> None:
    names = sorted(path.name for path in (own / "content/networks").glob("[a-z]*.yaml"))
    changed, both, mine, gone, deleted = (f"content/networks/{name}" for name in names[:5])
    for name in (changed, both, deleted):
        _append(shipped / name, "# newer\n")
    for name in (both, mine):
        _append(own / name, "# mine\n")
    (shipped / gone).unlink()
    (own / deleted).unlink()
    (shipped / "content/questions/fresh.yaml").write_text("# fresh\n")
    (own / "content/questions/of-ours.yaml").write_text("# ours\n")
    wanted = {
        changed: State.CHANGED,
        both: State.BOTH,
        mine: State.OWN,
        gone: State.GONE,
        deleted: State.DELETED,
        "content/questions/fresh.yaml": State.NEW,
    }
    found = compare(own / "content", shipped / "content", "1").states
    assert {f"content/{name}": state for name, state in found.items()} == wanted
    before = {path: path.read_bytes() for path in own.rglob("*") if path.is_file()}
    dry = _update("--dry-run")
    assert before == {path: path.read_bytes() for path in own.rglob("*") if path.is_file()}
    told = _update()
    for name, state in wanted.items():
        (line,) = (line for line in told.splitlines() if f"{name}:" in line)
        assert str(content_update._SAID[state]) in line
        assert line in dry
    for name in (changed, "content/questions/fresh.yaml"):
        assert (own / name).read_bytes() == (shipped / name).read_bytes()
    for name in (both, mine, "content/questions/of-ours.yaml"):
        assert (own / name).read_bytes() == before[own / name]
    assert not (own / gone).exists()
    assert not (own / deleted).exists()
    # Beside it, where no bot reads: told once, and no more until the program changes it again.
    laid = own / "new" / both
    assert laid.read_bytes() == (shipped / both).read_bytes()
    assert str(laid.parents[1]) in told
    again = _update()
    assert f"{both}: {content_update._SAID[State.OWN]}" in again
    assert str(content_update._SAID[State.BOTH]) not in again


def test_examples_of_moves_are_brought_up_to_date(own: Path, shipped: Path) -> None:
    changed, both, lost = (f"intents/moves/{code}.txt" for code in ("fi", "sv", "en"))
    for name in (changed, both):
        _append(shipped / name, "## shorter\nnewer\n")
    _append(own / both, "## shorter\nmine\n")
    mine = (own / both).read_bytes()
    (own / lost).unlink()
    told = _update()
    for name, state in ((changed, State.CHANGED), (both, State.BOTH)):
        assert f"{name}: {content_update._SAID[state]}" in told
    assert (own / changed).read_bytes() == (shipped / changed).read_bytes()
    assert (own / both).read_bytes() == mine
    assert (own / "new" / both).read_bytes() == (shipped / both).read_bytes()
    # What an intents/ lacks is put back.
    assert f"{lost}: {content_update._SAID[State.NEW]}" in told
    assert (own / lost).read_bytes() == (shipped / lost).read_bytes()


def test_lines_that_end_otherwise_are_no_change(own: Path, shipped: Path) -> None:
    path = own / "intents/thanks.yaml"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert compare(own / "intents", shipped / "intents", "1").states == {}


def test_another_communitys_facts_are_left_alone(own: Path, shipped: Path) -> None:
    path = own / "content/community.yaml"
    text = path.read_text("utf-8")
    name = text[text.index("\nname:") :].split("\n")[2]
    path.write_text(text.replace(name, f"{name} 2", 1), "utf-8")
    (shipped / "content/people/new-one.yaml").write_text("# not of theirs\n")
    _append(shipped / "content/.schema/person.json", "\n")
    told = _update()
    assert "another community" in told
    assert not (own / "content/people/new-one.yaml").exists()
    assert (own / "content/.schema/person.json").read_bytes() == (
        shipped / "content/.schema/person.json"
    ).read_bytes()


@pytest.mark.parametrize(
    "lost",
    ["thanks.yaml", "details/meeting_food.yaml", "distress/fi.yaml", "lexicons/sv.yaml"],
)
def test_what_a_copy_lacks_is_taken_from_the_shipped_one(
    own: Path, shipped: Path, lost: str
) -> None:
    whole = load(own / "content", own / "intents", checks=[check_templates])
    assert whole.fallen_back == ()
    (own / "intents" / lost).unlink()
    found, findings = inspect(own / "content", own / "intents", checks=[check_templates])
    assert found is not None
    assert found.fingerprint == whole.fingerprint
    assert (found.intents, found.details) == (whole.intents, whole.details)
    assert (found.distress, found.lexicons) == (whole.distress, whole.lexicons)
    (finding,) = findings
    assert found.fallen_back == (finding,)
    assert finding.severity == "warning"
    assert finding.path == own / "intents" / lost
    assert f"--leave-out {lost}" in str(finding)
    # The update puts it back.
    assert f"{lost}: new" in _update()
    assert load(own / "content", own / "intents").fallen_back == ()


def test_an_answer_that_a_copy_lacks_is_taken_from_the_shipped_one(own: Path) -> None:
    whole = load(own / "content", own / "intents", checks=[check_templates])
    path = own / "intents/contacts.yaml"
    text = path.read_text("utf-8")
    assert text.count("  wrong_information:\n") == 1
    path.write_text(text.replace("  wrong_information:\n", "  a_former_name:\n"), "utf-8")
    found = load(own / "content", own / "intents", checks=[check_templates])
    assert found.intents["contacts"] == whole.intents["contacts"]
    said = sorted(map(str, found.fallen_back))
    assert len(said) == 2
    assert "`a_former_name` is never used" in said[0]
    assert "`wrong_information` is missing" in said[1]


def test_an_act_that_a_copy_lacks_is_taken_from_the_shipped_one(own: Path) -> None:
    whole = load(own / "content", own / "intents", checks=[check_templates])
    path = own / "intents/follow.yaml"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    at = lines.index("act:\n")
    end = next(
        (n for n, line in enumerate(lines) if n > at and line.strip() and line[0] not in " #"),
        len(lines),
    )
    path.write_text("".join([*lines[:at], *lines[end:]]), "utf-8")
    found = load(own / "content", own / "intents", checks=[check_templates])
    assert found.intents["follow"] == whole.intents["follow"]
    assert "`act` is missing" in str(*found.fallen_back)


def test_what_is_left_out_on_purpose_stays_out(own: Path, shipped: Path) -> None:
    words = ("--leave-out", "details/meeting_food.yaml", "--leave-out", "thanks.yaml")
    assert "still there" in _update(*words, code=2)
    for name in ("details/meeting_food.yaml", "thanks.yaml"):
        (own / "intents" / name).unlink()
    assert "no file of the shipped" in _update("--leave-out", "thank.yaml", code=2)
    _update(*words)
    _append(shipped / "intents/thanks.yaml", "# newer\n")
    _update()
    found = load(own / "content", own / "intents", checks=[check_templates])
    assert found.fallen_back == ()
    assert "thanks" not in found.intents
    assert "meeting_food" not in found.details


def test_a_folder_that_is_no_copy_is_all_there_is(own: Path) -> None:
    (own / "intents" / LIST).unlink()
    (own / "intents/thanks.yaml").unlink()
    assert "thanks" not in load(own / "content", own / "intents").intents


def test_a_folder_that_does_not_say_gets_its_list(own: Path, shipped: Path) -> None:
    (own / "intents" / LIST).unlink()
    _append(own / "intents/thanks.yaml", "# mine\n")
    (own / "intents/goodbye.yaml").unlink()
    told = _update()
    assert "goodbye.yaml: new" in told
    assert (own / "new/intents/thanks.yaml").is_file()
    assert read_list(own / "intents") is not None
    assert compare(own / "intents", shipped / "intents", "1").states == {"thanks.yaml": State.OWN}


def test_a_list_that_cannot_be_read_is_an_error_with_its_file(own: Path) -> None:
    (own / "intents" / LIST).write_text("{")
    with pytest.raises(ContentError, match="delete this file"):
        load(own / "content", own / "intents")
    assert "delete this file" in _update(code=1)


def test_nothing_to_update_where_nothing_was_copied() -> None:
    assert "Nothing was copied out" in _update(code=2)


async def test_the_log_warns_of_what_stands_in(own: Path, snapshot: Snapshot) -> None:
    folders = Folders(own / "content", own / "intents")
    (own / "intents/thanks.yaml").unlink()
    fallen = load(own / "content", own / "intents")
    with structlog.testing.capture_logs() as lines:
        ContentReloader(folders, Snapshot(fallen, snapshot.interpreter))
    (line,) = (line for line in lines if line["event"] == "content.fallback")
    assert line["log_level"] == "warning"
    assert "thanks.yaml" in line["finding"]


def test_init_says_how_a_copy_is_brought_up_to_date(own: Path) -> None:
    done = runner.invoke(app, ["init", str(own)])
    assert done.exit_code == 2
    assert "taikubot content update" in done.output


def test_init_fills_a_file_system_of_its_own(tmp_path: Path, shipped: Path) -> None:
    (tmp_path / "disk" / "lost+found").mkdir(parents=True)
    assert runner.invoke(app, ["init", str(tmp_path / "disk")]).exit_code == 0
    assert (tmp_path / "disk/content" / LIST).is_file()
