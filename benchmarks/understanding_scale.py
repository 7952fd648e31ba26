"""How understanding grows: with 1, 10 and 100 times our content and phrases.

    python -m benchmarks.understanding_scale [--times 1 10 100]

Writes the larger content into a temporary folder, learns it in one process, and measures in others
that load it as a server does: the time until the bot can answer, memory, and questions it has not
met, made of the phrases, with place names and typos. Everything is measured three times (100 times
our content once) and the best counts, because other work on the machine only adds. It takes some
five minutes. The exit code is 1 where a target is missed; 100 times has none.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import quantiles
from typing import Any

import psutil

from benchmarks.scaled_content import grow
from benchmarks.turns_process import MIB, environment
from benchmarks.turns_questions import Questions
from bot.answers.templates import check_templates
from bot.knowledge import yaml_source
from bot.ops.settings import load_settings
from bot.understanding.interpreter import MessageContext
from bot.understanding.reloader import Folders, make_snapshot
from bot.understanding.trained_model import load_or_train

TIMES = (1, 10, 100)
ROUNDS = 3
QUESTIONS = 2_000
WARMING = 100
"""Questions before the measured ones: a server has been asked something before."""

DEADLINE = 420.0
"""Seconds until the whole run is broken off."""

LARGEST_FILE = 200 * yaml_source.MAX_BYTES
"""An intent's phrases a hundred times in one file, which the bot would refuse as too large."""

TODAY = dt.date(2026, 11, 21)


@dataclass(frozen=True)
class Target:
    """What is measured, and the most that it may be: at 1 and at 10 times."""

    name: str
    unit: str
    most: dict[int, float]


TARGETS = (
    Target("a question, p50", "ms", {1: 1.0, 10: 3.0}),
    Target("a question, p99", "ms", {1: 3.0, 10: 9.0}),
    Target("load, modules imported", "s", {1: 1.0, 10: 3.0}),
    Target("start as a whole", "s", {1: 2.5}),
    Target("memory", "MiB", {}),
    Target("learning", "s", {}),
)


def learn(folders: Folders) -> dict[str, float]:
    """Trains and leaves the model in the cache."""
    knowledge = folders.read()
    start = time.perf_counter()
    load_or_train(knowledge)
    return {"learning": time.perf_counter() - start}


def measure(folders: Folders, started: float, seed: int) -> dict[str, float]:
    """What a server would see; `started` is when the process was, seconds since 1970."""
    start = time.perf_counter()
    snapshot = make_snapshot(folders)
    gc.collect()
    gc.freeze()
    loaded = time.perf_counter() - start
    whole = time.time() - started
    memory = psutil.Process().memory_info().rss / MIB
    asked = islice(Questions(snapshot.knowledge, seed), WARMING + QUESTIONS)
    times = []
    for question, _ in asked:
        before = time.perf_counter()
        snapshot.interpreter.understand(question, MessageContext(TODAY))
        times.append((time.perf_counter() - before) * 1000)
    cuts = quantiles(times[WARMING:], n=100)
    return {
        "a question, p50": cuts[49],
        "a question, p99": cuts[98],
        "load, modules imported": loaded,
        "start as a whole": whole,
        "memory": memory,
    }


def _child(what: str, folder: Path, seed: int, until: float) -> dict[str, float]:
    """Runs `learn` or `measure` in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.understanding_scale", "--child", what]
    command += ["--folder", str(folder), "--seed", str(seed), "--started", str(time.time())]
    left = max(until - time.monotonic(), 1)
    done = subprocess.run(
        command,
        env=environment(BOT_CACHE_DIR=str(folder / "cache")),
        stdout=subprocess.PIPE,
        timeout=left,
        check=True,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def run(times: int, content: Path, intents: Path, until: float) -> dict[str, float]:
    """All figures at one size."""
    with tempfile.TemporaryDirectory(prefix="taikubot-scale-") as name:
        folder = Path(name)
        grow(content, intents, folder, times)
        found = _child("learn", folder, 0, until)
        for seed in range(ROUNDS if times < max(TIMES) else 1):
            for what, value in _child("measure", folder, seed, until).items():
                found[what] = min(found.get(what, value), value)
    return found


def table(found: dict[int, dict[str, float] | None]) -> tuple[str, bool]:
    """The figures for people, and whether all targets were met."""
    lines = [f"{'':26}" + "".join(f"{f'{times} ×':>24}" for times in found)]
    met = True
    for target in TARGETS:
        cells = []
        for times, figures in found.items():
            if figures is None:
                cells.append("not finished")
                met = met and times not in target.most
                continue
            value, most = figures[target.name], target.most.get(times)
            cell = f"{value:.2f}" if value < 100 else f"{value:.0f}"
            if most is not None:
                right = value <= most
                met = met and right
                cell += f" (≤ {most:g}: {'met' if right else 'MISSED'})"
            cells.append(cell)
        lines.append(f"{f'{target.name}, {target.unit}':26}" + "".join(f"{c:>24}" for c in cells))
    return "\n".join(lines), met


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--times", type=int, nargs="+", default=list(TIMES))
    parser.add_argument("--child", choices=("learn", "measure"), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--started", type=float, default=0.0, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.child:
        yaml_source.MAX_BYTES = LARGEST_FILE
        path: Path = given.folder
        checks = (check_templates,)
        folders = Folders(path / "content", path / "intents", demo=True, checks=checks)
        figures: Any = (
            learn(folders)
            if given.child == "learn"
            else measure(folders, given.started, given.seed)
        )
        print(json.dumps(figures))
        return 0
    settings = load_settings()
    until = time.monotonic() + DEADLINE
    found: dict[int, dict[str, float] | None] = {}
    for times in given.times:
        print(f"{times} × …", file=sys.stderr, flush=True)
        try:
            found[times] = run(times, settings.content, settings.intents, until)
        except subprocess.TimeoutExpired:
            found[times] = None
    text, met = table(found)
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    print(f"{os.cpu_count()} processors{load}\n\n{text}")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
