"""Sets the project up on a fresh machine and runs it.

Needs nothing but Python 3.11 or newer. It makes `.venv` beside this file, installs the locked
dependencies into it, and does so again only when a lock file has changed.

    python3 dev.py serve [ARGUMENTS]    the bot with demo meetings (`taikubot serve --demo`)
    python3 dev.py test [ARGUMENTS]     every check and every test; ARGUMENTS go to pytest
    python3 dev.py lint                 the checks alone: lint, format, types, imports, content
    python3 dev.py build                wheel and sdist, into dist/
    python3 dev.py audit                known weaknesses of the locked libraries (online)
    python3 dev.py lock                 makes the lock files anew (needs `uv`)
    python3 dev.py COMMAND …            any other command of taikubot: chat, ask, explain, check …
"""

from __future__ import annotations

import hashlib
import os
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
PEERS = "benchmarks/requirements-peers"
AUDIT = "deploy/requirements-audit"
AUDIT_VENV = ROOT / ".cache" / "audit"

CHECKS = (
    ("lint", ["-m", "ruff", "check", "."]),
    ("format", ["-m", "ruff", "format", "--check", "."]),
    ("types", ["-m", "mypy"]),
    ("imports", ["-c", "from importlinter.cli import lint_imports_command as run; run()"]),
    ("content", ["-m", "bot", "check"]),
)


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
    done = subprocess.run([str(part) for part in command], cwd=ROOT, check=False)
    if done.returncode:
        raise SystemExit(done.returncode)


def say(text: str) -> None:
    """Tells of progress on standard error, so that standard output can be piped."""
    print(text, file=sys.stderr, flush=True)


def check() -> None:
    """Runs every check, stopping at the first that fails."""
    for name, arguments in CHECKS:
        say(f"— {name}")
        run([PYTHON, *arguments])


def lock() -> None:
    """Writes the lock files: versions and hashes, and no name of a package host."""
    compile_ = ["uv", "pip", "compile", "--universal", "--python-version", "3.11"]
    compile_ += ["--generate-hashes", "--no-emit-index-url", "--no-header", "--quiet"]
    ours = [*compile_, "pyproject.toml", "--extra", "build"]
    run([*ours, "-o", RUN_LOCK])
    run([*ours, "--extra", "dev", "-c", RUN_LOCK, "-o", DEV_LOCK])
    # The benchmarks' peers and the audit live in environments of their own.
    for name in (PEERS, AUDIT):
        run([*compile_, f"{name}.in", "-o", f"{name}.lock"])


def audit() -> None:
    """Asks a public database for weaknesses of what is locked; says so where it is not reached."""
    python = AUDIT_VENV / BIN.name / PYTHON.name
    if not python.exists():
        say("Installing the audit …")
        venv.create(AUDIT_VENV, with_pip=True)
    pip = [python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    run([*pip, "--require-hashes", "-r", f"{AUDIT}.lock"])
    command = [python, "-m", "pip_audit", "--disable-pip", "--require-hashes", "-s", "osv"]
    locks = [part for lock in (RUN_LOCK, DEV_LOCK) for part in ("-r", lock)]
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
    match arguments:
        case [] | ["-h" | "--help", *_]:
            print(__doc__)
        case ["lock"]:
            lock()
        case ["audit"]:
            audit()
        case ["build"]:
            install(RUN_LOCK)
            run([PYTHON, "-m", "hatchling", "build"])
        case ["lint"]:
            install(DEV_LOCK)
            check()
        case ["test", *rest]:
            install(DEV_LOCK)
            check()
            run([PYTHON, "-m", "pytest", *rest])
        case [command, *rest]:
            install(RUN_LOCK)
            demo = ["--demo"] if command == "serve" and "--demo" not in rest else []
            run([PYTHON, "-m", "bot", command, *demo, *rest])


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
