"""Wheel and sdist: what they hold, and that the wheel alone is a bot that works anywhere.

Each Python from 3.11 to 3.13 that is found gets an environment outside the checkout. For the Python
that runs the tests, the libraries are those of the running environment, reached by a `.pth` file,
which takes seconds; a test of its own holds that the program needs none but the locked ones. For
the others the locked requirements are really installed, into `.cache/`, once for each state of the
lock file.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot import __version__
from bot.understanding.reloader import Snapshot
from bot.understanding.trained_model import cache_folder
from tests.alone import alone
from tests.packages import (
    PATIENCE,
    ROOT,
    SUPPORTED,
    Built,
    borrowing_environment,
    pip_install,
    python_of,
    run,
)

LOCK = ROOT / "requirements.lock"
THIS = "{}.{}".format(*sys.version_info)
pytestmark = pytest.mark.timeout(PATIENCE)


def _files(folder: Path) -> set[str]:
    """Every file of a folder of the checkout that is no by-product, from the checkout's root."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return {name for name in listed.stdout.splitlines() if (ROOT / name).is_file()}


def test_the_wheel_holds_the_program_its_content_and_nothing_else(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
        metadata = archive.read(f"taikubot-{__version__}.dist-info/METADATA").decode()
        scripts = archive.read(f"taikubot-{__version__}.dist-info/entry_points.txt").decode()
    data = {
        f"bot/data/{name}"
        for folder in ("content", "intents", "locale", ".vscode")
        for name in _files(Path(folder))
    }
    data |= {f"bot/data/deploy/teams/{name}.png" for name in ("color", "outline")}
    assert names == _files(Path("bot")) | data
    assert {"bot/channels/web/page.html", "bot/data/content/community.yaml"} <= names
    assert f"\nVersion: {__version__}\n" in metadata
    assert "taikubot = bot.cli:main" in scripts


def test_the_sdist_holds_all_that_is_needed_to_build_test_and_deploy(built: Built) -> None:
    with tarfile.open(built.sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert names - {"PKG-INFO"} == _files(Path())


def test_the_version_stands_in_one_place() -> None:
    assert 'dynamic = ["version"]' in (ROOT / "pyproject.toml").read_text()
    places = [
        name
        for name in _files(Path("bot"))
        if f'"{__version__}"'.encode() in (ROOT / name).read_bytes()
    ]
    assert places == ["bot/__init__.py"]


@functools.cache
def pythons() -> dict[str, str]:
    """Version -> executable of each supported Python on this machine, this one among them."""
    found = {THIS: sys.executable}
    roots = (os.environ.get("PYENV_ROOT"), str(Path.home() / ".pyenv"))
    for version in SUPPORTED:
        places = [shutil.which(f"python{version}")]
        for root in filter(None, roots):
            places += sorted(map(str, Path(root).glob(f"versions/{version}.*/bin/python")))
        for place in filter(None, places):
            # A name on the path may be a stand-in for a Python that is not chosen.
            said = subprocess.run([place, "--version"], capture_output=True, text=True, check=False)
            if version not in found and said.stdout.startswith(f"Python {version}."):
                found[version] = place
    return {version: found[version] for version in sorted(found)}


def _locked_environment(version: str, executable: str) -> Path:
    """An environment with the locked libraries, made once for each state of the lock file."""
    state = hashlib.sha256(LOCK.read_bytes() + executable.encode()).hexdigest()[:12]
    folder = ROOT / ".cache" / f"python{version}-{state}"
    if not (folder / "whole").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(exist_ok=True)
        run(executable, "-m", "venv", "--without-pip", folder, cwd=folder.parent)
        # `--no-deps`: the lock file is complete, and nothing else may come in.
        locked = ("--require-hashes", "--only-binary", ":all:", "-r", LOCK)
        pip_install(python_of(folder), "--no-compile", *locked)
        (folder / "whole").touch()
    return python_of(folder)


@pytest.fixture(scope="session")
def environments(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Version -> Python of an environment without the program; made at the same time."""
    folder = tmp_path_factory.mktemp("this") / "venv"
    others = {version: place for version, place in pythons().items() if version != THIS}
    with alone("environments"), ThreadPoolExecutor() as pool:
        made = pool.map(_locked_environment, others.keys(), others.values())
        return {THIS: borrowing_environment(folder), **dict(zip(others, made, strict=True))}


@pytest.mark.parametrize("version", pythons())
def test_the_wheel_alone_is_a_bot_that_works_anywhere(
    built: Built,
    snapshot: Snapshot,
    environments: dict[str, Path],
    tmp_path: Path,
    record_property: Callable[[str, str], None],
    version: str,
) -> None:
    """`snapshot` is asked for, because it leaves its model in the cache: no Python has to learn."""
    python = environments[version]
    pip_install(python, "--no-index", "--force-reinstall", built.wheel)
    taikubot = python.parent / "taikubot"
    cached = functools.partial(
        run, taikubot, cwd=tmp_path, BOT_CACHE_DIR=str(cache_folder()), HOME=str(tmp_path)
    )
    said = run(taikubot, "version", cwd=tmp_path)
    assert said.stdout == f"{__version__}\n"
    questions = ("Kuka on yhteyshenkilö Vaasassa?", "vem är kontaktperson i Närpes", "thanks")
    asked = cached("ask", "--json", *questions)
    rows = [json.loads(line) for line in asked.stdout.splitlines()]
    told = [(row["language"], row["intent"]) for row in rows]
    assert told == [("fi", "contacts"), ("sv", "contacts"), ("en", "thanks")]
    assert "Hautamäki" in rows[0]["text"]
    if version == THIS:
        checked = cached("check")
        assert "data/content" in checked.stderr
    walk = (
        "import importlib, pkgutil, bot\n"
        "for each in pkgutil.walk_packages(bot.__path__, 'bot.'):\n"
        "    if each.name != 'bot.__main__': importlib.import_module(each.name)\n"
        "print(bot.__file__)"
    )
    imported = run(python, "-c", walk, cwd=tmp_path).stdout
    assert not Path(imported).is_relative_to(ROOT / "bot")
    how = "libraries of this environment" if version == THIS else "locked libraries installed"
    release = run(python, "--version", cwd=tmp_path).stdout.strip()
    record_property("told", f"{release}: wheel installed and asked, all of it imported ({how})")


def test_the_supported_pythons_that_are_missing_are_told(
    record_property: Callable[[str, str], None],
) -> None:
    missing = [version for version in SUPPORTED if version not in pythons()]
    for version in missing:
        record_property("told", f"Python {version}: not found on this machine, not tried")
    assert THIS in pythons()


@pytest.mark.slow
def test_the_program_needs_none_but_the_locked_libraries() -> None:
    """The running environment also holds what only tests use: the program must not import it."""
    walk = (
        "import importlib, importlib.metadata, json, pkgutil, sys\n"
        "before = set(sys.modules)\n"
        "import bot\n"
        "for each in pkgutil.walk_packages(bot.__path__, 'bot.'):\n"
        "    if each.name != 'bot.__main__': importlib.import_module(each.name)\n"
        "owners = importlib.metadata.packages_distributions()\n"
        "tops = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "print(json.dumps(sorted({o for t in tops for o in owners.get(t, ())})))"
    )
    used = json.loads(run(sys.executable, "-c", walk, cwd=ROOT).stdout)
    locked = set(re.findall(r"^([a-z0-9.-]+)==", LOCK.read_text(), re.MULTILINE))
    normal = {re.sub(r"[-_.]+", "-", name).lower() for name in used}
    assert {"aiohttp", "pydantic", "sqlalchemy"} <= normal
    assert normal - {"taikubot"} <= locked
