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

from tests import node_packages

FOLDER = Path(__file__).parent
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
CLOSE_TIMEOUT = 15.0


def chromium() -> str:
    """The path of Chromium, with the packages from npm installed; raises `Missing` without them."""
    node_packages.install()
    found = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    if found is None:
        raise node_packages.Missing("Chromium is not installed")
    return found


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
