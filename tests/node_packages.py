"""What the tests take from npm: installed from the lock file beside this one, once for all suites.

Node finds these packages from every folder of the tests, since they lie in one above it.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.alone import alone

FOLDER = Path(__file__).parent
MODULES = FOLDER / "node_modules"
TIMEOUT = 300.0


class Missing(Exception):
    """Something that a suite needs is not on this machine; the text says what."""


def install() -> Path:
    """`npm ci`, unless that has been done for this lock file; the folder of the packages.

    No package runs a script of its own. Raises `Missing` where Node, npm or a package is not there.
    """
    for tool in ("node", "npm"):
        if shutil.which(tool) is None:
            raise Missing(f"{tool} is not installed")
    with alone("npm"):
        return _installed()


def _installed() -> Path:
    lock, stamp = FOLDER / "package-lock.json", MODULES / ".installed"
    if stamp.exists() and stamp.read_bytes() == lock.read_bytes():
        return MODULES
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        done = subprocess.run(
            command, cwd=FOLDER, capture_output=True, text=True, timeout=TIMEOUT, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Missing(f"npm ci failed: {error}") from error
    if done.returncode:
        raise Missing(f"npm ci failed: {done.stderr[-1000:]}")
    stamp.write_bytes(lock.read_bytes())
    return MODULES
