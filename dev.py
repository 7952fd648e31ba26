"""Sets the project up on a fresh machine and runs it.

Needs nothing but Python 3.11 or newer. It makes `.venv` beside this file, installs the locked
dependencies into it, and does so again only when a lock file has changed.

    python3 dev.py serve [ARGUMENTS]    the bot with demo meetings (`taikubot serve --demo`)
    python3 dev.py test [ARGUMENTS]     every check and every test; ARGUMENTS go to pytest
    python3 dev.py test PATH …          the tests of these files or folders, without the checks
    python3 dev.py test --quick         the quick checks, and the tests that are quick and need
                                        neither a browser nor PostgreSQL
    python3 dev.py lint                 the checks alone: lint, format, types, imports, content
    python3 dev.py smoke                starts the bot and asks it, as CI does on each system
    python3 dev.py texts                brings locale/ up to date with the texts of the code
    python3 dev.py build                wheel and sdist, into dist/
    python3 dev.py audit                known weaknesses of the locked libraries (online)
    python3 dev.py lock [ARGUMENTS]     makes the lock files anew; ARGUMENTS go to uv: --upgrade, …
    python3 dev.py COMMAND …            any other command of taikubot: chat, ask, explain, check …
"""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
RUN_LOCK = "requirements.lock"
DEV_LOCK = "requirements-dev.lock"
BENCHMARKS = ("classes", "peers", "words")
"""What benchmarks install apart from the program: `benchmarks/requirements-NAME`."""
TOOLS = ("audit", "uv")
"""What is locked and installed apart from the program: `deploy/requirements-NAME`."""
APART = (
    *(f"benchmarks/requirements-{name}" for name in BENCHMARKS),
    *(f"deploy/requirements-{name}" for name in TOOLS),
)
"""The lock files of both, without their ending."""

CHECKS = (
    ("lint", ["-m", "ruff", "check", "."]),
    ("format", ["-m", "ruff", "format", "--check", "."]),
    ("types", ["-m", "mypy"]),
    ("imports", ["-c", "from importlinter.cli import lint_imports_command as run; run()"]),
    ("content", ["-m", "bot", "check"]),
)

QUICK_CHECKS = ("lint", "format", "imports")
"""Those of a quick run: types (without mypy's cache) and content take longer than all of them."""
QUICK_TESTS = "not (browser or playground or postgresql or slow)"
PARALLEL = ("-n", "logical", "--dist", "worksteal")
"""How all tests are run: by as many processes as there are processors."""
ALONE = {"-n", "--numprocesses", "--pdb", "-s", "--collect-only", "--co"}
"""Options of pytest that say, or want, another number of processes."""
TAKES_VALUE = (
    *("-c", "-k", "-m", "-n", "-o", "-p", "-r", "-W", "--basetemp", "--confcutdir", "--deselect"),
    *("--ignore", "--junitxml", "--junit-xml", "--log-file", "--rootdir"),
)
"""Options of pytest whose next argument is their value, and names no tests to run."""
PATIENCE = 30.0
"""Seconds that what runs gets to end after Ctrl-C."""


def install(lock: str) -> None:
    """Makes `.venv` and installs `lock` into it, unless that has been done for these very files."""
    stamp = VENV / f"{lock}.stamp"
    wanted = hashlib.sha256((ROOT / lock).read_bytes() + (ROOT / "pyproject.toml").read_bytes())
    if stamp.exists() and stamp.read_text() == wanted.hexdigest() and PYTHON.exists():
        return
    if not PYTHON.exists():
        say(f"Making {VENV.name} …")
        venv.create(VENV, with_pip=True)
    say(f"Installing {lock} …")
    pip = [PYTHON, "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    run([*pip, "--require-hashes", "-r", lock])
    # The lock files hold the build backend as well, so this step fetches nothing unlocked.
    run([*pip, "--no-deps", "--no-build-isolation", "--editable", "."])
    stamp.write_text(wanted.hexdigest())


def run(command: list[object]) -> None:
    """Runs a command in the project's folder; ends this program with its exit code if it fails."""
    # Windows would write in a code page of its own to whatever is no console.
    environment = os.environ | ({"PYTHONUTF8": "1"} if os.name == "nt" else {})
    words = [str(part) for part in command]
    started: list[subprocess.Popen[bytes]] = []
    ended = False

    def end(*_: object) -> None:
        nonlocal ended
        ended = True
        for process in started:
            process.terminate()

    # Whoever ends this program means what it runs: that ends first, in its own way.
    before = signal.signal(signal.SIGTERM, end)
    try:
        started.append(subprocess.Popen(words, cwd=ROOT, env=environment))
        if ended:
            started[0].terminate()
        code = wait(started[0])
    finally:
        signal.signal(signal.SIGTERM, before)
    if code:
        raise SystemExit(code)


def wait(process: subprocess.Popen[bytes]) -> int:
    """The exit code of a process; Ctrl-C reaches it as well, and it is waited for."""
    try:
        return process.wait()
    except KeyboardInterrupt:
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        raise


def say(text: str) -> None:
    """Tells of progress on standard error, so that standard output can be piped."""
    print(text, file=sys.stderr, flush=True)


def check(quick: bool = False) -> None:
    """Runs the checks, or the quick ones alone, stopping at the first that fails."""
    for name, arguments in CHECKS:
        if not quick or name in QUICK_CHECKS:
            say(f"— {name}")
            run([PYTHON, *arguments])


def test(arguments: list[str]) -> None:
    """Runs the checks and pytest; of the checks none where it is told which tests to run."""
    quick = "--quick" in arguments
    rest, paths = tests_named([each for each in arguments if each != "--quick"])
    if not paths:
        check(quick)
    parallel = () if paths or ALONE & set(rest) else PARALLEL
    run([PYTHON, "-m", "pytest", *parallel, *(["-m", QUICK_TESTS] if quick else []), *rest])


def tests_named(arguments: list[str]) -> tuple[list[str], bool]:
    """The arguments for pytest, which runs in the project's folder, and whether they name tests.

    A path may also be given from where one stands.
    """
    given, named, value = [], False, False
    for argument in arguments:
        path, separator, rest = argument.partition("::")
        if not value and not argument.startswith("-"):
            places = [base / path for base in (Path.cwd(), ROOT) if (base / path).exists()]
            if places:
                named, argument = True, f"{places[0]}{separator}{rest}"
            else:
                raise SystemExit(f"There is no {path}.")
        given.append(argument)
        value = argument in TAKES_VALUE
    return given, named


def tool(name: str) -> Path:
    """The Python of a tool's own environment, with what its lock file says."""
    folder = ROOT / ".cache" / name
    python = folder / BIN.name / PYTHON.name
    if not python.exists():
        say(f"Installing {name} …")
        venv.create(folder, with_pip=True)
    pip = [python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    run([*pip, "--require-hashes", "-r", f"deploy/requirements-{name}.lock"])
    return python


def lock(arguments: list[str]) -> None:
    """Writes the lock files: versions and hashes, and no name of a package host."""
    compile_ = [tool("uv"), "-m", "uv", "pip", "compile", "--universal", "--python-version", "3.11"]
    compile_ += ["--generate-hashes", "--no-emit-index-url", "--no-header", "--quiet", *arguments]
    ours = [*compile_, "pyproject.toml", "--extra", "build"]
    run([*ours, "-o", RUN_LOCK])
    run([*ours, "--extra", "dev", "-c", RUN_LOCK, "-o", DEV_LOCK])
    # What benchmarks install and the tools live in environments of their own.
    for name in APART:
        run([*compile_, f"{name}.in", "-o", f"{name}.lock"])


def audit() -> None:
    """Asks a public database for weaknesses of all that is locked; says so if it is not reached."""
    command = [tool("audit"), "-m", "pip_audit", "--disable-pip", "--require-hashes", "-s", "osv"]
    apart = [f"{name}.lock" for name in APART]
    locks = [part for lock in (RUN_LOCK, DEV_LOCK, *apart) for part in ("-r", lock)]
    done = subprocess.run(
        [str(part) for part in (*command, *locks)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if "ConnectionError" in done.stderr:
        raise SystemExit("The database of weaknesses cannot be reached: nothing was audited.")
    print(done.stdout, done.stderr, sep="", end="")
    raise SystemExit(done.returncode)


def main(arguments: list[str]) -> None:
    """Does what the first argument says."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this is where an older one is told
        raise SystemExit(f"Taikubot needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A shell starts background jobs so, and what they start inherits it: Ctrl-C, and the tests
        # of it, would do nothing.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    match arguments:
        case [] | ["-h" | "--help", *_]:
            print(__doc__)
        case ["lock", *rest]:
            lock(rest)
        case ["audit"]:
            audit()
        case ["texts"]:
            install(RUN_LOCK)
            run([PYTHON, "-m", "bot.i18n.extraction"])
        case ["build"]:
            install(RUN_LOCK)
            run([PYTHON, "-m", "hatchling", "build"])
        case ["lint"]:
            install(DEV_LOCK)
            check()
        case ["test", *rest]:
            install(DEV_LOCK)
            test(rest)
        case ["smoke"]:
            install(RUN_LOCK)
            run([PYTHON, "deploy/smoke.py"])
        case [command, *rest]:
            install(RUN_LOCK)
            demo = ["--demo"] if command == "serve" and "--demo" not in rest else []
            run([PYTHON, "-m", "bot", command, *demo, *rest])


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
