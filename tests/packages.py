"""The packages, built as anybody would, and environments to install them in, in seconds.

The wheel is built from the unpacked sdist, so the sdist is whole too. Nothing is fetched: hatchling
is among the locked requirements.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tarfile
from dataclasses import dataclass
from pathlib import Path

from bot import __version__

ROOT = Path(__file__).parents[1]
PATIENCE = 600.0
SUPPORTED = ("3.11", "3.12", "3.13")
"""The versions of Python that the program is for."""


def clean_environment(**more: str) -> dict[str, str]:
    """An environment that shows nothing of the checkout or of this process's settings."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("BOT_", "PYTHON", "VIRTUAL_ENV"))
    }
    return kept | {"PYTHONUTF8": "1"} | more


def run(
    *command: str | Path, cwd: Path, check: bool = True, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Runs a program in a clean environment."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=clean_environment(**environment),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert not check or done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done


@dataclass(frozen=True)
class Built:
    """Both packages, and the folder that the sdist was unpacked to."""

    sdist: Path
    wheel: Path
    unpacked: Path


def build(folder: Path) -> Built:
    """Builds both into a folder."""
    hatchling = (sys.executable, "-m", "hatchling", "build", "-d", folder)
    run(*hatchling, "-t", "sdist", cwd=ROOT)
    sdist = folder / f"taikubot-{__version__}.tar.gz"
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    unpacked = folder / f"taikubot-{__version__}"
    run(*hatchling, "-t", "wheel", cwd=unpacked)
    return Built(sdist, folder / f"taikubot-{__version__}-py3-none-any.whl", unpacked)


def python_of(folder: Path) -> Path:
    """The interpreter of an environment."""
    return folder / ("Scripts" if os.name == "nt" else "bin") / "python"


def borrowing_environment(folder: Path) -> Path:
    """Makes an environment that borrows the libraries of the running one."""
    run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder.parent)
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    libraries = run(python_of(folder), "-c", where, cwd=folder).stdout.strip()
    # A `.pth` file inside these is not followed: the checkout stays out of sight.
    (Path(libraries) / "libraries.pth").write_text(sysconfig.get_path("purelib"))
    return python_of(folder)


def pip_install(python: Path, *arguments: str | Path) -> None:
    """Installs into an environment, without what is not named."""
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python)
    run(*pip, "install", "--quiet", "--no-deps", *arguments, cwd=python.parent)
