"""The release script: tag, version, changelog and packages must say the same."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from bot import __version__

ROOT = Path(__file__).parents[1]
PATIENCE = 60.0
CHANGELOG = """# Changelog

What changes.

## Unreleased

## 1.3.0 – 2026-12-01

- New: a thing for ä.
  It has two lines.

### Mended

- A bug.

## 1.2.0 – 2026-11-01

- Older.
"""
NOTES = "- New: a thing for ä.\n  It has two lines.\n\n### Mended\n\n- A bug.\n"


@dataclass(frozen=True)
class Project:
    """As much of a checkout as a release looks at, with the real script."""

    folder: Path

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, self.folder / "deploy" / "release.py", *arguments],
            cwd=self.folder.parent,
            capture_output=True,
            encoding="utf-8",
            timeout=PATIENCE,
            check=False,
        )

    def version(self, version: str) -> None:
        text = f'"""A bot."""\n\n__version__ = "{version}"\n'
        (self.folder / "bot" / "__init__.py").write_text(text)

    def changelog(self, text: str) -> None:
        (self.folder / "CHANGELOG.md").write_text(text, "utf-8")

    def packages(self, *names: str) -> None:
        (self.folder / "dist").mkdir(exist_ok=True)
        for name in names:
            (self.folder / "dist" / name).touch()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path / "project")
    for name in ("deploy", "bot"):
        (made.folder / name).mkdir(parents=True)
    shutil.copy(ROOT / "deploy" / "release.py", made.folder / "deploy")
    made.version("1.3.0")
    made.changelog(CHANGELOG)
    return made


def test_the_notes_are_the_changelogs_section(project: Project) -> None:
    done = project.run("notes", "v1.3.0")
    assert (done.returncode, done.stdout, done.stderr) == (0, NOTES, "")
    project.changelog(CHANGELOG.replace("## Unreleased\n\n", ""))
    assert project.run("notes", "v1.3.0").stdout == NOTES
    project.changelog(CHANGELOG.partition("## 1.2.0")[0])
    assert project.run("notes", "v1.3.0").stdout == NOTES


@pytest.mark.parametrize("tag", ["1.3.0", "v1.3", "v1.3.0-rc1", "v01.3.0", "v1.3.0\n", ""])
def test_a_tag_has_one_form(project: Project, tag: str) -> None:
    done = project.run("notes", tag)
    assert (done.returncode, done.stdout) == (1, "")
    assert "is not of the form v1.2.3" in done.stderr


@pytest.mark.parametrize("command", ["notes", "packages"])
def test_the_version_must_be_the_tags(project: Project, command: str) -> None:
    project.version("1.3.1")
    done = project.run(command, "v1.3.0")
    assert (done.returncode, done.stdout) == (1, "")
    assert "The tag is v1.3.0, but bot/__init__.py says 1.3.1" in done.stderr


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("## 1.3.0 – 2026-12-01", "## 1.3.1 – 2026-12-01", "must begin with '## 1.3.0 – "),
        ("## 1.3.0 – 2026-12-01", "## 1.3.0", "must begin with '## 1.3.0 – "),
        ("## 1.3.0 – 2026-12-01", "## 1.3.0 – 2026-13-01", "2026-13-01 is no day"),
        ("## 1.3.0 – 2026-12-01", "## 1.4.0 – 2026-12-01\n\n## 1.3.0 – 2026-12-01", "must begin"),
        ("## Unreleased\n", "## Unreleased\n\n- Forgotten.\n", "still has entries under"),
        ("## 1.2.0 – 2026-11-01", "## 1.3.0 – 2026-12-01", "has two sections"),
        (CHANGELOG, "# Changelog\n", "must begin with"),
        (CHANGELOG, "## 1.3.0 – 2026-12-01\n\n## 1.2.0 – 2026-11-01\n\n- A.\n", "says nothing"),
    ],
)
def test_the_changelog_must_tell_of_the_version(
    project: Project, right: str, wrong: str, told: str
) -> None:
    project.changelog(CHANGELOG.replace(right, wrong))
    done = project.run("notes", "v1.3.0")
    assert (done.returncode, done.stdout) == (1, "")
    assert told in done.stderr


def test_the_packages_must_be_those_of_the_version(project: Project) -> None:
    assert "but holds nothing" in project.run("packages", "v1.3.0").stderr
    project.packages("taikubot-1.3.0.tar.gz")
    assert project.run("packages", "v1.3.0").returncode == 1
    project.packages("taikubot-1.3.0-py3-none-any.whl")
    done = project.run("packages", "v1.3.0")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    project.packages("taikubot-1.2.0.tar.gz")
    assert project.run("packages", "v1.3.0").returncode == 1


def test_wrong_arguments_are_answered_with_how_it_is_called(project: Project) -> None:
    done = project.run("note", "v1.3.0")
    assert done.returncode == 1
    assert "python3 deploy/release.py notes v1.2.3" in done.stderr


def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("release", ROOT / "deploy" / "release.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_our_own_version_and_changelog_are_read() -> None:
    """Each section is of a form that a release takes, from the newest version to the oldest."""
    script = _script()
    assert script.version() == __version__
    headings = list(script.sections((ROOT / "CHANGELOG.md").read_text("utf-8")))
    released = headings[1:] if headings[0] == script.UNRELEASED else headings
    forms = [script.RELEASED.fullmatch(heading) for heading in released]
    assert all(forms)
    texts = [script.version(), *(form[1] for form in forms)]
    ours, *versions = [tuple(map(int, text.split("."))) for text in texts]
    assert versions == sorted(versions, reverse=True)
    assert all(version <= ours for version in versions)


def test_no_document_names_a_package_of_one_version() -> None:
    """The version has one source: a copy of it would grow old."""
    documents = [ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    documents += sorted([*(ROOT / "docs").rglob("*.md"), *(ROOT / "deploy").rglob("*.md")])
    assert len(documents) > 5
    for path in documents:
        assert not re.search(r"taikubot[-=]+v?\d+\.\d", path.read_text("utf-8")), path
