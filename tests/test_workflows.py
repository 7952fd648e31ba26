"""The workflows, as far as they can be tried outside GitHub: linted, and their steps run."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from test_package import SUPPORTED

from bot.cli import app

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
OF_DEV = ("audit", "build", "lint", "lock", "smoke", "test")
PROGRAMS = ("bash", "gh", "git", "python", "python3")
PATIENCE = 60.0


@dataclass(frozen=True)
class Step:
    """A step of a job that runs a script."""

    workflow: str
    name: str
    script: str


def _read(path: Path) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load(path.read_text("utf-8"))
    return found


def _scripts() -> Iterator[Step]:
    for path in WORKFLOWS:
        for job in _read(path)["jobs"].values():
            for step in job.get("steps", ()):
                if "run" in step:
                    yield Step(path.name, step["name"], step["run"])


def _step(name: str) -> Step:
    (found,) = (step for step in _scripts() if step.name == name)
    return found


def _lint(folder: Path) -> tuple[int, str]:
    # Warnings count too. The scripts are looked at by a test below: no other linter is asked.
    linter = (sys.executable, "-m", "jactionlint", "--oneline", "--strict-exit")
    done = subprocess.run(
        [*linter, "--no-color", "--shellcheck=", "--pyflakes="],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A repository with the workflows alone, to spoil them in."""
    shutil.copytree(ROOT / ".github", tmp_path / ".github")
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    return tmp_path


def test_the_linter_finds_no_mistake() -> None:
    assert _lint(ROOT) == (0, "")


@pytest.mark.parametrize(
    ("file", "right", "wrong", "rule"),
    [
        ("workflows/tests.yml", "os: [macos-latest,", "os: [macos-newest,", "runner-label"),
        ("workflows/tests.yml", "image: python:${{ matrix.python }}", "image: ${{ matrix.p }}", "p"),
        ("workflows/tests.yml", "  pull_request:\n", "  pull_requests:\n", "events"),
        ("workflows/tests.yml", "    timeout-minutes: 60\n", "", "missing-timeout"),
        ("workflows/tests.yml", "permissions: {}\n", "permissions: write-all\n", "permissions"),
        ("workflows/release.yml", "needs: build\n", "needs: built\n", "job-needs"),
        ("workflows/release.yml", "tests.yml", "test.yml", "workflow-call"),
        ("workflows/release.yml", '"$GITHUB_REF_NAME" >', '"${{ github.head_ref }}" >', "template"),
        ("workflows/release.yml", "    tags: [", "    tag: [", "workflow-syntax"),
        ("workflows/dependencies.yml", '"17 4 * * 1"', '"17 25 * * 1"', "events"),
        ("workflows/dependencies.yml", "persist-credentials: false", "clean: true", "artipacked"),
        ("workflows/dependencies.yml", "persist-credentials:", "persist-credential:", "action"),
        ("workflows/dependencies.yml", "@8e8c483db84b4bee98b60c0593521ed34d9990e8", "@v6", "unpinned"),
        ("dependabot.yml", "interval: monthly", "interval: mothly", "dependabot"),
        ("dependabot.yml", "package-ecosystem: npm", "package-ecosystem: nmp", "dependabot"),
    ],
)
def test_the_linter_finds_a_planted_mistake(
    copy: Path, file: str, right: str, wrong: str, rule: str
) -> None:
    path = copy / ".github" / file
    text = path.read_text("utf-8")
    assert right in text
    assert _lint(copy) == (0, "")
    path.write_text(text.replace(right, wrong, 1), "utf-8")
    code, told = _lint(copy)
    assert code == 1
    assert any(rule in line for line in told.splitlines() if file in line), told
