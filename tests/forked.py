"""Processes of the bot that are forked from one which has imported everything.

Importing takes longer than what most commands do. What is about starting itself, about signals,
terminals or pipes that stay open, starts `python -m bot` all the same.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
PATIENCE = 240.0
"""Seconds that a command may take on a machine that does much else."""

context = multiprocessing.get_context("forkserver")
"""One process of each run imports this and forks all others."""
context.set_forkserver_preload(
    ["bot.cli", "tests.announcements.bot_process", "tests.announcements.worker"]
)

STREAMS = ("stdin", "stdout", "stderr")


def run(
    *arguments: str,
    env: Mapping[str, str],
    cwd: Path = ROOT,
    input: bytes = b"",
    timeout: float = PATIENCE,
) -> subprocess.CompletedProcess[bytes]:
    """Runs `taikubot` to its end, with these variables and no others; its streams are files."""
    with tempfile.TemporaryDirectory(prefix="taikubot-run-") as folder:
        files = {name: Path(folder, name) for name in STREAMS}
        files["stdin"].write_bytes(input)
        process = context.Process(target=_command, args=(arguments, dict(env), cwd, files))
        process.start()
        process.join(timeout)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(arguments, timeout)
        code = process.exitcode
        process.close()
        said = [files[name].read_bytes() for name in STREAMS[1:]]
    return subprocess.CompletedProcess(arguments, code, *said)


def _command(
    arguments: tuple[str, ...], env: dict[str, str], cwd: Path, files: dict[str, Path]
) -> None:
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    os.chdir(cwd)
    for number, path in enumerate(files.values()):
        opened = os.open(path, os.O_RDWR | os.O_CREAT)
        os.dup2(opened, number)
        os.close(opened)
    encoding, _, errors = env.get("PYTHONIOENCODING", "utf-8").partition(":")
    strict = errors or "strict"
    sys.stdin = open(0, encoding=encoding, errors=strict, closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", encoding=encoding, errors=strict, closefd=False)  # noqa: SIM115
    sys.stderr = open(  # noqa: SIM115
        2, "w", encoding=encoding, errors="backslashreplace", closefd=False
    )
    sys.argv = ["taikubot", *arguments]
    from bot.cli import main

    main()
