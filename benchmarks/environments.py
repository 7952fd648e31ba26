"""Environments of what the bot is compared with: nothing of it is a dependency of the bot."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.turns_process import BenchmarkError
from bot.understanding.trained_model import cache_folder

INSTALL_TIMEOUT = 900


def tell(text: str) -> None:
    """Progress."""
    print(text, file=sys.stderr, flush=True)


def python_with(name: str, *install: str) -> Path:
    """The interpreter of the environment `name`, made in the cache folder if it is not there.

    `install` are pip's arguments. Raises BenchmarkError when it cannot be made.
    """
    folder = cache_folder() / f"benchmark-{name}"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    done = folder / "installed"
    if not done.exists():
        tell(f"Installing {name} in {folder} …")
        shutil.rmtree(folder, ignore_errors=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        for command in ([sys.executable, "-m", "venv", str(folder)], [*pip, *install]):
            made = subprocess.run(
                command, capture_output=True, text=True, timeout=INSTALL_TIMEOUT, check=False
            )
            if made.returncode:
                raise BenchmarkError(f"{' '.join(command)} failed:\n{made.stderr[-2000:]}")
        done.touch()
    return python
