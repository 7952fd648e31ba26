"""The workflows, as far as they can be tried outside GitHub: linted, and their steps run."""

from __future__ import annotations

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

from bot.cli import app
from tests.packages import SUPPORTED

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
OF_DEV = ("audit", "build", "lint", "lock", "smoke", "test")
PROGRAMS = ("apt-get", "bash", "gh", "git", "python", "python3")
CHECKOUT = "actions/checkout@8e8c483db84b4bee98b60c0593521ed34d9990e8"
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
        ("tests.yml", "os: [macos-latest,", "os: [macos-newest,", "unknown-runner-label"),
        ("tests.yml", "python:${{ matrix.python }}", "${{ matrix.it }}", "undefined-property"),
        ("tests.yml", "  pull_request:\n", "  pull_requests:\n", "unknown-event"),
        ("tests.yml", "    timeout-minutes: 60\n", "", "missing-timeout"),
        ("tests.yml", "permissions: {}\n", "permissions: write-all\n", "excessive-permissions"),
        ("release.yml", "needs: build\n", "needs: built\n", "undefined-job-needs"),
        ("release.yml", "tests.yml", "test.yml", "invalid-local-workflow"),
        ("release.yml", '"$GITHUB_REF_NAME"', "${{ github.head_ref }}", "template-injection"),
        ("release.yml", "    tags: [", "    tag: [", "workflow-syntax"),
        ("release.yml", "python-version:", "python-versions:", "unknown-action-input"),
        ("dependencies.yml", '"17 4 * * 1"', '"17 25 * * 1"', "invalid-cron"),
        ("dependencies.yml", "persist-credentials: false", "clean: true", "artipacked"),
        ("dependencies.yml", CHECKOUT, "actions/checkout@v6", "unpinned-uses"),
        ("../dependabot.yml", "interval: monthly", "interval: mothly", "dependabot-syntax"),
        ("../dependabot.yml", "ecosystem: npm", "ecosystem: nmp", "dependabot-syntax"),
    ],
)
def test_the_linter_finds_a_planted_mistake(
    copy: Path, file: str, right: str, wrong: str, rule: str
) -> None:
    path = (copy / ".github" / "workflows" / file).resolve()
    text = path.read_text("utf-8")
    assert right in text
    assert _lint(copy) == (0, "")
    path.write_text(text.replace(right, wrong, 1), "utf-8")
    code, told = _lint(copy)
    assert code == 1
    findings = [line for line in told.splitlines() if path.name in line]
    assert any(line.endswith(f"[{rule}]") for line in findings), told


def test_an_action_is_the_same_everywhere() -> None:
    """And its commit stands with the version that it is, for whoever reads it."""
    used: dict[str, set[str]] = {}
    for path in WORKFLOWS:
        for line in path.read_text("utf-8").splitlines():
            if found := re.search(r"uses: (actions/[\w-]+)@(.*)", line):
                used.setdefault(found[1], set()).add(found[2])
    assert set(used) >= {"actions/checkout", "actions/setup-python"}
    for action, pins in used.items():
        (pin,) = pins
        assert re.fullmatch(r"[0-9a-f]{40} # v\d+\.\d+\.\d+", pin), action


def test_every_supported_python_is_tried() -> None:
    job = _read(ROOT / ".github" / "workflows" / "tests.yml")["jobs"]["linux"]
    tried = job["strategy"]["matrix"]["python"]
    assert set(SUPPORTED) <= set(tried)
    # The others may fail: each is named where the job says so.
    for version in set(tried) - set(SUPPORTED):
        assert f"'{version}'" in job["continue-on-error"]
    for version in SUPPORTED:
        assert f"'{version}'" not in job["continue-on-error"]
    assert [step["run"] for step in job["steps"] if "run" in step][-1] == "bash .ci/run"


def test_dependabot_looks_at_all_that_only_it_can_keep() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()

    def folders(*names: str) -> set[str]:
        paths = [Path(name) for name in tracked]
        return {f"/{path.parent.as_posix()}" for path in paths if path.name in names}

    kept: dict[str, set[str]] = {}
    for update in _read(ROOT / ".github" / "dependabot.yml")["updates"]:
        places = update.get("directories") or [update["directory"]]
        kept.setdefault(update["package-ecosystem"], set()).update(places)
    assert kept == {
        "github-actions": {"/"},
        "npm": folders("package.json"),
        "docker": folders("Dockerfile"),
        "docker-compose": folders("compose.yaml"),
    }


@pytest.mark.parametrize("step", list(_scripts()), ids=lambda step: f"{step.workflow}: {step.name}")
def test_a_step_calls_what_is_there(step: Step) -> None:
    """Its script is one that bash understands; programs, files and commands in it exist."""
    parsed = subprocess.run(["bash", "-n"], input=step.script.encode(), check=False)
    assert parsed.returncode == 0
    for line in step.script.replace("\\\n", " ").splitlines():
        words = shlex.split(line.partition(">")[0])
        assert words[0] in PROGRAMS
        if words[0] not in ("bash", "python", "python3"):
            continue
        assert (ROOT / words[1]).is_file()
        if words[1] == "dev.py":
            assert words[2] in {*OF_DEV, *typer.main.get_group(app).commands}


def _bash(script: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a step's script as a runner would: every failing command ends it."""
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_the_steps_of_a_release_refuse_another_tag(tmp_path: Path) -> None:
    (tmp_path / "deploy").mkdir()
    (tmp_path / "bot").mkdir()
    shutil.copy(ROOT / "deploy" / "release.py", tmp_path / "deploy")
    (tmp_path / "bot" / "__init__.py").write_text('__version__ = "1.2.3"\n')
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## 1.2.3 – 2026-12-01\n\n- New: ä.\n")
    check = _step("Check tag, version and changelog, and take the notes out").script
    done = _bash(check, tmp_path, GITHUB_REF_NAME="v1.2.3")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "notes.md").read_text("utf-8") == "- New: ä.\n"
    assert _bash(check, tmp_path, GITHUB_REF_NAME="v1.2.4").returncode == 1
    built = _step("Check what was built").script
    assert _bash(built, tmp_path, GITHUB_REF_NAME="v1.2.3").returncode == 1


LOCKS = ("requirements.lock", "deploy/requirements-audit.lock")
IMAGES = ("deploy/Dockerfile", "deploy/compose.yaml", "deploy/azure/main.bicep")

FAKE_GH = """#!/usr/bin/env bash
printf '%s\\n' "$*" >> "$CALLS"
case "$1 $2" in "pr list") printf '%s' "$OPEN" ;; esac
"""


@dataclass(frozen=True)
class Checkout:
    """A clone in which newer libraries are proposed; `gh` writes down how it was called."""

    folder: Path
    origin: Path
    bin: Path

    def git(self, *arguments: str) -> str:
        return subprocess.run(
            ["git", *arguments], cwd=self.folder, capture_output=True, text=True, check=True
        ).stdout

    def propose(self, patch: str, open_: str = "") -> list[str]:
        """Runs the workflow's step; gives the calls of `gh`."""
        (self.folder / "locks.patch").write_text(patch)
        calls = self.folder.parent / "calls"
        calls.write_text("")
        path = f"{self.bin}{os.pathsep}{os.environ['PATH']}"
        script = _step("Open a pull request, or renew the one that is open").script
        done = _bash(script, self.folder, PATH=path, CALLS=str(calls), OPEN=open_)
        assert done.returncode == 0, done.stderr
        return calls.read_text().splitlines()


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    made = Checkout(tmp_path / "checkout", tmp_path / "origin", tmp_path / "bin")
    subprocess.run(["git", "init", "--quiet", "--bare", made.origin], check=True)
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", made.folder], check=True)
    for name in (*LOCKS, *IMAGES, "dev.py"):
        path = made.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("old\n")
    shutil.copy(ROOT / "deploy" / "propose-locks", made.folder / "deploy")
    made.git("add", ".")
    made.git("-c", "user.name=A", "-c", "user.email=a@example.fi", "commit", "-qm", "All")
    made.git("remote", "add", "origin", str(made.origin))
    made.git("push", "--quiet", "origin", "main")
    made.bin.mkdir()
    (made.bin / "gh").write_text(FAKE_GH)
    (made.bin / "gh").chmod(0o755)
    return made


def _patch(checkout: Checkout, *names: str) -> str:
    for name in names:
        (checkout.folder / name).write_text("new\n")
    patch = checkout.git("diff")
    checkout.git("checkout", "--quiet", ".")
    return patch


def test_newer_libraries_become_a_pull_request(checkout: Checkout) -> None:
    calls = checkout.propose(_patch(checkout, *LOCKS))
    assert [call.split()[:2] for call in calls] == [
        ["auth", "setup-git"],
        ["pr", "list"],
        ["pr", "create"],
        ["workflow", "run"],
        ["workflow", "run"],
    ]
    assert "--base main --head dependencies" in calls[2]
    assert calls[3:] == [
        "workflow run tests.yml --ref dependencies",
        "workflow run audit.yml --ref dependencies",
    ]
    changed = checkout.git("diff", "--name-only", "main", "dependencies").split()
    assert sorted(changed) == sorted(LOCKS)
    pushed = checkout.git("ls-remote", "origin", "dependencies").split()[0]
    assert pushed == checkout.git("rev-parse", "dependencies").strip()


def test_an_open_pull_request_is_renewed(checkout: Checkout) -> None:
    patch = _patch(checkout, *LOCKS)
    checkout.propose(_patch(checkout, LOCKS[0]))
    checkout.git("switch", "--quiet", "main")
    checkout.git("branch", "--quiet", "-D", "dependencies")
    calls = checkout.propose(patch, open_="7")
    assert [call.split()[:2] for call in calls] == [
        ["auth", "setup-git"],
        ["pr", "list"],
        ["workflow", "run"],
        ["workflow", "run"],
    ]
    pushed = checkout.git("ls-remote", "origin", "dependencies").split()[0]
    assert pushed == checkout.git("rev-parse", "dependencies").strip()


def test_nothing_is_proposed_where_nothing_is_newer(checkout: Checkout) -> None:
    assert checkout.propose("") == []
    assert checkout.git("ls-remote", "origin", "dependencies") == ""


def test_a_patch_can_change_lock_files_and_images_alone(checkout: Checkout) -> None:
    checkout.propose(_patch(checkout, LOCKS[0], *IMAGES, "dev.py"))
    changed = checkout.git("diff", "--name-only", "main", "dependencies").split()
    assert sorted(changed) == sorted([LOCKS[0], *IMAGES])
    kept = shlex.split(_step("Keep what changed").script)
    assert sorted(kept[kept.index("--") + 1 :]) == sorted(["*.lock", *IMAGES])


def test_what_is_locked_is_audited_daily_and_where_it_changes() -> None:
    audit = _read(ROOT / ".github" / "workflows" / "audit.yml")
    (job,) = audit["jobs"].values()
    assert [step["run"] for step in job["steps"] if "run" in step] == ["python3 dev.py audit"]
    assert "continue-on-error" not in job
    assert job["permissions"] == {"contents": "read"}
    triggers = audit[True]  # YAML 1.1 reads `on` so.
    (schedule,) = triggers["schedule"]
    assert schedule["cron"].split()[2:] == ["*", "*", "*"]
    for name in ("push", "pull_request"):
        assert "**/*.lock" in triggers[name]["paths"]
    assert "branches" not in triggers["pull_request"]


DIGEST = "sha256:" + "0123456789abcdef" * 4
FAKE_DOCKER = """#!/usr/bin/env bash
printf '%s\\n' "$4" >> "$CALLS"
[ "$1 $2 $3" = 'buildx imagetools inspect' ] || exit 1
case "$4" in *"$UNKNOWN"*) echo 'no such image' >&2; exit 1 ;; esac
echo "$DIGEST"
"""


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """A copy of what names images, and a `docker` that tells digests."""
    for name in IMAGES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "deploy" / "pin_images.py", tmp_path / "deploy")
    (tmp_path / "docker").write_text(FAKE_DOCKER)
    (tmp_path / "docker").chmod(0o755)
    return tmp_path


def _pin(folder: Path, digest: str = DIGEST, unknown: str = "none") -> int:
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    calls = str(folder / "calls")
    script = _step("Pin the images").script
    return _bash(script, folder, PATH=path, CALLS=calls, DIGEST=digest, UNKNOWN=unknown).returncode


def test_images_are_pinned_and_pinned_anew(images: Path) -> None:
    for digest in (DIGEST, DIGEST.replace("0", "f")):
        assert _pin(images, digest) == 0
        for name in IMAGES:
            text = (images / name).read_text()
            assert f"@{digest}" in text, name
            # Nothing else is changed.
            unpinned = re.sub("@sha256:[0-9a-f]{64}", "", (ROOT / name).read_text())
            assert text.replace(f"@{digest}", "") == unpinned
    compose = yaml.safe_load((images / "deploy/compose.yaml").read_text())
    for service in compose["services"].values():
        assert ("build" in service) or "@sha256:" in service["image"]
    asked = set((images / "calls").read_text().split())
    assert {image.split(":")[0] for image in asked} >= {"python", "postgres"}


def test_nothing_is_pinned_where_one_image_is_unknown(images: Path) -> None:
    for unknown, digest in (("postgres", DIGEST), ("none", "no digest")):
        assert _pin(images, digest, unknown) != 0
        for name in IMAGES:
            assert (images / name).read_text() == (ROOT / name).read_text()
