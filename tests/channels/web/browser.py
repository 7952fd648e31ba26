"""Chromium, driven by driver.mjs: scenarios go in, what was seen comes out."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
INSTALL_TIMEOUT = 100.0
CLOSE_TIMEOUT = 15.0


def missing(reason: str) -> None:
    """Skips the tests in Chromium; where CI=true, where nothing may be missing, fails."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason} (CI=true: no test may skip)", pytrace=False)
    pytest.skip(reason)


def chromium() -> str:
    """The path of Chromium, once it, Node and npm have been found."""
    found = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    if found is None:
        missing("Chromium is not installed")
    for name in ("node", "npm"):
        if shutil.which(name) is None:
            missing(f"{name} is not installed")
    return str(found)


def install() -> None:
    """Installs the locked packages beside this file, unless that has been done."""
    lock, done = FOLDER / "package-lock.json", FOLDER / "node_modules" / ".package-lock.json"
    if done.exists() and done.stat().st_mtime >= lock.stat().st_mtime:
        return
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        subprocess.run(
            command, cwd=FOLDER, check=True, capture_output=True, timeout=INSTALL_TIMEOUT
        )
    except (subprocess.SubprocessError, OSError) as error:
        missing(f"npm ci in {FOLDER} failed: {error}")
    done.touch()


@dataclass
class Browser:
    """One Chromium for all tests; each scenario gets a profile of its own."""

    process: subprocess.Popen[str]

    @classmethod
    def start(cls, path: str) -> Browser:
        """Starts the driver and, through it, the browser."""
        command = ["node", "driver.mjs", path]
        process = subprocess.Popen(
            command,
            cwd=FOLDER,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        return cls(process)

    def run(self, scenario: str, url: str, options: dict[str, Any]) -> dict[str, Any]:
        """Runs a scenario of scenarios.mjs; blocks until it has ended."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        task = {"scenario": scenario, "url": url, "options": options}
        self.process.stdin.write(json.dumps(task) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "the driver has ended"
        seen: dict[str, Any] = json.loads(line)
        assert "failed" not in seen, seen["failed"]
        return seen

    def close(self) -> None:
        """Lets the driver end; what it has started ends with it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        try:
            self.process.wait(CLOSE_TIMEOUT)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process.stdout.close()
