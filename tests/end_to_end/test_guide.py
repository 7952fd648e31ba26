"""The administrator's guide, followed by a reader without rights: each command as it stands."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from bot.understanding.reloader import Snapshot
from bot.understanding.trained_model import cache_folder
from tests.packages import ROOT, Built

from .guide import FOLDERS, PATH, Guide
from .machine import free_port

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(os.name == "nt", reason="the guide is for Linux"),
]

POWERLESS = ("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs", "--")
"""Root without any right of root: it may write no more than the modes of files say."""

PIPX = """#!/bin/bash
# Stands for pipx where nothing can be fetched: the libraries are those of the running environment.
set -euo pipefail
venv="$HOME/.local/share/pipx/venvs/taikubot"
if [ "$1" = uninstall ]; then
  rm -r "$venv" "$HOME/.local/bin/taikubot"
  exit
fi
[ "$1" = install ] || exit 2
wheel="${{!#}}"
[ -f "$wheel" ] || exit 3
rm -rf "$venv"
"{python}" -m venv --without-pip "$venv"
echo "{libraries}" > "$(echo "$venv"/lib/python*/site-packages)/libraries.pth"
"{python}" -m pip --disable-pip-version-check --python "$venv/bin/python" \\
  install --quiet --no-deps --no-index "$wheel"
mkdir -p "$HOME/.local/bin"
ln -sf "$venv/bin/taikubot" "$HOME/.local/bin/taikubot"
"""


def _follow_guide() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "follow_guide", ROOT / "deploy" / "follow_guide.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


follow_guide = _follow_guide()


def _install(root: Path) -> None:
    """What the guide's first block does as root: folders of one's own, in folders that are not."""
    mine = [root / "home/taikubot", root / "srv/taikubot", root / "var/lib/taikubot"]
    for folder in [*mine, root / "backup", root / "etc"]:
        folder.mkdir(parents=True)
    settings = root / "etc/taikubot.env"
    settings.touch(0o600)
    for path in (root / "var/lib/taikubot", root / "backup"):
        path.chmod(0o700)
    for path in (root / "srv", root / "var/lib", root / "home"):
        path.chmod(0o555)


def test_the_guide_is_followed_by_a_reader_without_rights(
    built: Built, snapshot: Snapshot, tmp_path: Path
) -> None:
    root = tmp_path / "machine"
    _install(root)
    become = POWERLESS if os.geteuid() == 0 else ()
    touch = subprocess.run([*become, "touch", root / "srv" / "x"], capture_output=True, check=False)
    assert touch.returncode != 0, "the reader has rights"
    home, tools, cache = root / "home/taikubot", tmp_path / "tools", tmp_path / "cache"
    tools.mkdir()
    libraries = subprocess.run(
        [sys.executable, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    (tools / "pipx").write_text(PIPX.format(python=sys.executable, libraries=libraries))
    (tools / "pipx").chmod(0o755)
    shutil.copy(built.wheel, home)
    cache.mkdir()
    for model in cache_folder().glob(f"model-*-{snapshot.knowledge.fingerprint}.npz"):
        shutil.copy(model, cache)
    port = str(free_port())
    guide = Guide(root, {"3978": port, "https://bot.example.org": f"http://127.0.0.1:{port}"})
    reader = follow_guide.Reader(
        home,
        here=guide.here,
        become=become,
        environment={
            "PATH": f"{tools}:/usr/local/bin:/usr/bin:/bin",
            "BOT_CACHE_DIR": str(cache),
            "PYTHONUTF8": "1",
        },
    )
    wanted = list(follow_guide.blocks(PATH.read_text("utf-8")))
    try:
        for block in wanted:
            if "pipx uninstall" in block.text:
                _all_is_there(root)
            reader.follow(block)
    finally:
        reader.close()
    left = {block.mark for block in reader.left}
    assert left <= set(follow_guide.MARKS) - {"run", "serve", "ended"}
    assert len(reader.done) >= 10
    assert [block for block in reader.done if block.mark == "serve"]
    assert not (home / ".local/bin/taikubot").exists()


def _all_is_there(root: Path) -> None:
    """What the commands were to make."""
    for name in (
        *("srv/taikubot/content/.shipped.json", "srv/taikubot/coordinators.yaml"),
        *("var/lib/taikubot/taikubot.db", "backup/taikubot-2027-01-31.jsonl"),
        *("home/taikubot/taikubot.zip", "home/taikubot/server.crt"),
    ):
        assert (root / name).is_file(), name
    assert not (root / "srv/taikubot/new").exists()


@pytest.mark.parametrize("path", [PATH, ROOT / "deploy" / "README.md"], ids=["guide", "deploy"])
def test_every_block_says_who_runs_it(path: Path) -> None:
    found = list(follow_guide.blocks(path.read_text("utf-8")))
    assert len(found) == path.read_text("utf-8").count("```") / 2
    assert len(found) > 5
    for block in found:
        # What needs rights, Docker or Azure is not called harmless.
        for word, mark in (
            ("sudo ", {"root", "systemd"}),
            ("docker ", {"docker"}),
            ("az ", {"azure"}),
        ):
            if any(line.startswith(word) for line in block.text.splitlines()):
                assert block.mark in mark, block


@pytest.mark.parametrize("before", ["", "<!-- somebody -->\n", "<!-- run -->\n\n"])
def test_a_block_that_does_not_say_who_runs_it_is_found(before: str) -> None:
    with pytest.raises(follow_guide.GuideError, match="says who runs it"):
        list(follow_guide.blocks(f"# Guide\n\n{before}```\nls\n```\n"))


def test_a_command_that_fails_ends_the_reading(tmp_path: Path) -> None:
    reader = follow_guide.Reader(tmp_path)
    (block,) = follow_guide.blocks("<!-- run -->\n```\nfalse\necho on > on\n```\n")
    with pytest.raises(follow_guide.GuideError, match="line 3: ended with 1"):
        reader.follow(block)
    assert not (tmp_path / "on").exists()
    assert reader.done == []


def test_the_folders_of_the_guide_are_those_of_the_test() -> None:
    first = next(follow_guide.blocks(PATH.read_text("utf-8")))
    made = [word for word in first.text.split() if word.startswith("/") and word != "/dev/null"]
    for name in made:
        assert name.startswith((*FOLDERS, "/bin/bash")), name
