"""`dev.py`: which checks and which tests a command runs. Nothing is installed, no test is run."""

from __future__ import annotations

import importlib.util
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
HERE = str(Path(__file__))
QUICK = ["-m", "not (browser or playground or postgresql or slow)"]
PARALLEL = ["-n", "logical", "--dist", "worksteal"]
PATIENCE = 120.0


def _dev() -> ModuleType:
    spec = importlib.util.spec_from_file_location("dev_under_test", ROOT / "dev.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Dev:
    """`dev.py` in the project's folder, which writes down what it would install and run."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.module = _dev()
        self.installed: list[str] = []
        self.commands: list[list[str]] = []
        monkeypatch.setattr(self.module, "install", self.installed.append)
        monkeypatch.setattr(self.module, "run", self._run)
        monkeypatch.chdir(ROOT)

    def _run(self, command: list[object]) -> None:
        self.commands.append([str(part) for part in command])

    def pytest(self, *arguments: str) -> list[str]:
        """What `dev.py test` gives to pytest."""
        self.commands.clear()
        self.module.main(["test", *arguments])
        python, *rest = self.commands.pop()
        assert python == str(self.module.PYTHON)
        assert rest[:2] == ["-m", "pytest"]
        return rest[2:]

    def checks(self) -> list[str]:
        """The names of the checks that ran before."""
        names = {tuple(arguments): name for name, arguments in self.module.CHECKS}
        return [names[tuple(command[1:])] for command in self.commands]


@pytest.fixture
def dev(monkeypatch: pytest.MonkeyPatch) -> Dev:
    return Dev(monkeypatch)


def test_all_tests_come_after_all_checks(dev: Dev) -> None:
    assert dev.pytest() == [*PARALLEL]
    assert dev.checks() == ["lint", "format", "types", "imports", "content"]
    assert dev.installed == ["requirements-dev.lock"]
    assert dev.pytest("-x", "-k", "tests", "--deselect", "tests/test_dev.py") == [
        *(*PARALLEL, "-x", "-k", "tests", "--deselect", "tests/test_dev.py")
    ]
    assert dev.checks() == ["lint", "format", "types", "imports", "content"]


@pytest.mark.parametrize(
    ("given", "run"),
    [
        (["tests/test_dev.py"], [HERE]),
        ([HERE], [HERE]),
        (["-x", "tests/test_dev.py::test_x[a::b]", "-q"], ["-x", f"{HERE}::test_x[a::b]", "-q"]),
        (["tests", "-k", "word"], [str(ROOT / "tests"), "-k", "word"]),
    ],
)
def test_named_tests_run_alone(dev: Dev, given: list[str], run: list[str]) -> None:
    assert dev.pytest(*given) == run
    assert dev.checks() == []


def test_a_path_may_begin_where_one_stands(dev: Dev, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT / "tests")
    assert dev.pytest("test_dev.py") == [HERE]
    assert dev.pytest("tests/test_dev.py") == [HERE]


@pytest.mark.parametrize("path", ["tests/test_nothing.py", "tests/nothing", "nothing"])
def test_what_is_not_there_is_told_before_anything_runs(dev: Dev, path: str) -> None:
    with pytest.raises(SystemExit, match=f"There is no {re.escape(path)}\\."):
        dev.module.main(["test", "-x", f"{path}::test_x"])
    assert dev.commands == []


def test_a_quick_run_leaves_out_slow_checks_and_tests(dev: Dev) -> None:
    assert dev.pytest("--quick") == [*PARALLEL, *QUICK]
    assert dev.checks() == ["lint", "format", "imports"]
    assert dev.pytest("tests/test_dev.py", "--quick", "-x") == [*QUICK, HERE, "-x"]
    assert dev.checks() == []


@pytest.mark.parametrize("option", [("-n", "0"), ("--pdb",), ("-s",)])
def test_who_wants_another_number_of_processes_gets_it(dev: Dev, option: tuple[str, ...]) -> None:
    assert dev.pytest("--quick", *option) == [*QUICK, *option]


def test_the_marks_of_a_quick_run_are_known(pytestconfig: pytest.Config) -> None:
    known = {line.partition(":")[0] for line in pytestconfig.getini("markers")}
    assert {"browser", "playground", "postgresql", "slow"} <= known


def test_an_ignored_ctrl_c_works_again_in_what_is_started(
    dev: Dev, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a job in the background of a shell."""
    ask = "import signal; print(signal.getsignal(signal.SIGINT) is signal.SIG_IGN)"
    told: list[str] = []

    def run(_: list[object]) -> None:
        command = [sys.executable, "-c", ask]
        told.append(subprocess.check_output(command, text=True, timeout=PATIENCE).strip())

    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        run([])
        monkeypatch.setattr(dev.module, "run", run)
        dev.module.main(["test", "tests/test_dev.py"])
    finally:
        signal.signal(signal.SIGINT, before)
    assert told == ["True", "False"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signal that a process could catch")
def test_what_runs_ends_with_dev_py(tmp_path: Path) -> None:
    """As `dev.py serve` is ended by whatever started it: no server is left behind."""
    told = tmp_path / "told"
    child = (
        "import os, signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))\n"
        f"open({str(tmp_path / 'new')!r}, 'w').write(str(os.getpid()))\n"
        f"os.rename({str(tmp_path / 'new')!r}, {str(told)!r})\n"
        "time.sleep(600)\n"
    )
    code = f"import dev; dev.run([dev.sys.executable, '-c', {child!r}])"
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    try:
        deadline = time.monotonic() + PATIENCE
        while not told.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 7
    finally:
        process.kill()
        process.wait()
    with pytest.raises(ProcessLookupError):
        os.kill(int(told.read_text()), 0)


def test_other_commands(dev: Dev) -> None:
    dev.module.main(["serve", "--port", "0"])
    dev.module.main(["ask", "kaffe"])
    dev.module.main(["build"])
    dev.module.main(["smoke"])
    assert [command[1:] for command in dev.commands] == [
        ["-m", "bot", "serve", "--demo", "--port", "0"],
        ["-m", "bot", "ask", "kaffe"],
        ["-m", "hatchling", "build"],
        ["deploy/smoke.py"],
    ]
    assert set(dev.installed) == {"requirements.lock"}


def test_the_lock_files_are_made_by_the_locked_tool(
    dev: Dev, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dev.module, "tool", lambda name: f"python-of-{name}")
    dev.module.main(["lock", "--upgrade"])
    made = []
    for command in dev.commands:
        assert command[:5] == ["python-of-uv", "-m", "uv", "pip", "compile"]
        assert {"--upgrade", "--generate-hashes", "--no-emit-index-url"} <= set(command)
        made.append(command[command.index("-o") + 1])
    kept = subprocess.run(
        ["git", "ls-files", "*.lock"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert sorted(made) == sorted(kept.stdout.split())


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path


@pytest.mark.slow
def test_the_smoke_test_starts_the_bot_and_asks_it(state: Path) -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "deploy" / "smoke.py"],
        cwd=state,
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert first.startswith("Asked in a shell: Hei!")
    assert second.startswith("Asked over HTTP: ")
    assert "Hei!" in second
    # Its server keeps nothing where a bot of this machine would.
    assert list(state.iterdir()) == []


@pytest.mark.parametrize(
    ("code", "error", "ends"),
    [
        (0, "No known vulnerabilities found", 0),
        (1, "Found 1 known vulnerability", 1),
        (
            1,
            "requests.exceptions.ConnectionError: no way",
            "cannot be reached: nothing was audited",
        ),
    ],
)
def test_an_audit_looks_at_every_lock_file(
    monkeypatch: pytest.MonkeyPatch, code: int, error: str, ends: int | str
) -> None:
    module = _dev()
    tracked = subprocess.run(
        ["git", "ls-files", "*.lock"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    asked: list[str] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        asked.extend(command)
        return subprocess.CompletedProcess(command, code, "", error)

    monkeypatch.setattr(module, "tool", lambda name: Path(name))
    monkeypatch.setattr(module.subprocess, "run", run)
    with pytest.raises(SystemExit, match=str(ends)):
        module.main(["audit"])
    audited = [asked[at + 1] for at, word in enumerate(asked) if word == "-r"]
    assert sorted(audited) == sorted(tracked)
    assert len(tracked) > 2
