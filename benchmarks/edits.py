"""What a server holds in memory after edits of its content, and how soon an edit is answered.

    python -m benchmarks.edits [--edits N] [--phrases N]

Starts `taikubot serve --demo` on a copy of the content, saves a new phone number in it `--edits`
times, waiting each time until the answer tells it, and a new phrase `--phrases` times, which a
process of its own learns; meanwhile phone numbers and a file with a mistake are saved as well. Told
are the memory after the start and after 1, 10 and so on edits, the peak of the server and what it
started together, and the times until an edit was answered and a mistake was logged. RSS counts
pages that processes share in each, PSS once in all.

Progress goes to standard error, results to standard output; exit code 1 when a goal is missed. On
Linux only, which tells the memory of processes in /proc.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.environments import tell
from benchmarks.turns_process import BenchmarkError, environment
from bot.ops.settings import load_settings

PATIENCE = 300.0
"""Seconds for anything here, a first learning among them."""

ASK_EVERY = 0.1
LOOK_EVERY = 0.05
"""Seconds between two readings of the memory."""

SERVER_GOAL, TOGETHER_GOAL = 220.0, 400.0
"""MiB: RSS of the server after all edits, and of both together at their peak, pages that they share
counted once."""

LIVE_GOAL = 2.0
"""Seconds until an edit is answered, or a mistake logged."""

PERSON, QUESTION = "hanna-hangasluoma", "Mikä on Hanna Hangasluoman puhelinnumero?"
PHRASES = "contacts.yaml"


@dataclass(frozen=True)
class Memory:
    """MiB of a process."""

    rss: float
    pss: float

    def __str__(self) -> str:
        return f"RSS {self.rss:5.0f}   PSS {self.pss:5.0f}"


def memory(pid: int) -> Memory:
    """The memory of a process; none where it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()[1:]
    except OSError:
        return Memory(0, 0)
    found = {name: int(rest.split()[0]) for name, _, rest in (one.partition(":") for one in lines)}
    return Memory(found.get("Rss", 0) / 1024, found.get("Pss", 0) / 1024)


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (task / "children").read_text("ascii").split())
    return found


@dataclass
class Server:
    """The server under measurement."""

    process: subprocess.Popen[str]
    content: Path
    intents: Path
    page: str = ""
    log: list[str] = field(default_factory=list)
    together: Memory = Memory(0, 0)
    """The peak of the server and what it has started."""
    learning: Memory = Memory(0, 0)
    """The peak of what it has started."""
    _number: int = 1000

    def watch(self) -> None:
        """Reads the memory until the server has ended."""
        while self.process.poll() is None:
            ours = memory(self.process.pid)
            others = [memory(pid) for pid in children(self.process.pid)]
            of_others = Memory(sum(one.rss for one in others), sum(one.pss for one in others))
            self.learning = _most(self.learning, of_others)
            both = Memory(ours.rss + of_others.rss, ours.pss + of_others.pss)
            self.together = _most(self.together, both)
            time.sleep(LOOK_EVERY)

    def read_log(self) -> None:
        """Keeps the lines of the log; the first of its kind tells where the page is."""
        for line in self.process.stderr or ():
            self.log.append(line)
            if '"server.ready"' in line:
                self.page = json.loads(line)["page"]

    def until(self, true: Callable[[], bool], what: str) -> float:
        """Waits; gives the seconds that it took."""
        started = time.perf_counter()
        while not true():
            if self.process.poll() is not None:
                raise BenchmarkError(f"The server ended: {''.join(self.log[-5:])}")
            if time.perf_counter() - started > PATIENCE:
                raise BenchmarkError(f"Not within {PATIENCE:.0f} s: {what}")
            time.sleep(ASK_EVERY)
        return time.perf_counter() - started

    def answer(self) -> str:
        """What the bot answers to whoever asks for the phone number."""
        request = urllib.request.Request(
            f"{self.page}api/chat",
            json.dumps({"text": QUESTION}).encode(),
            {"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as response:
                return str(response.read().decode())
        except urllib.error.HTTPError as error:
            if error.code == 429:  # Too many questions; the next one is asked later.
                return ""
            raise

    def edit_phone(self) -> float:
        """Saves another phone number; gives the seconds until it is answered."""
        self._number += 1
        path = self.content / "people" / f"{PERSON}.yaml"
        number = f"+358 40 751 {self._number}"
        text = path.read_text("utf-8")
        path.write_text(re.sub(r"(?m)^phone: .*$", f"phone: {number}", text), "utf-8")
        digits = number.replace(" ", "")
        return self.until(lambda: digits in re.sub(r"[\s\xa0]", "", self.answer()), number)

    def edit_phrase(self, number: int) -> None:
        """Saves a phrase more."""
        path = self.intents / PHRASES
        text = path.read_text("utf-8")
        path.write_text(re.sub(r"(?m)^  fi: \|$", _with_phrase(number), text, count=1), "utf-8")

    def logged(self, event: str) -> int:
        """How many lines of the log tell of an event."""
        return sum(f'"{event}"' in line for line in [*self.log])

    @property
    def learns(self) -> bool:
        """Whether a process learns."""
        return bool(children(self.process.pid))

    def break_file(self) -> float:
        """Saves a file with a mistake for a moment; gives the seconds until that is logged."""
        path, before = self.content / "people" / "broken.yaml", self.logged("content.invalid")
        path.write_text("name: [\n", "utf-8")
        took = self.until(lambda: self.logged("content.invalid") > before, "a mistake is logged")
        path.unlink()
        return took


def _with_phrase(number: int) -> str:
    return f"  fi: |\n    kukahan hoitelee vanhoja pikkuasioita{'x' * number} {{place}}"


def _most(one: Memory, other: Memory) -> Memory:
    return Memory(max(one.rss, other.rss), max(one.pss, other.pss))


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Server]:
    """A server on a copy of the content, with its log and its memory read beside it."""
    settings = load_settings()
    content, intents = folder / "content", folder / "intents"
    shutil.copytree(settings.content, content)
    shutil.copytree(settings.intents, intents)
    env = environment(
        BOT_CONTENT_DIR=str(content), BOT_INTENTS_DIR=str(intents), XDG_STATE_HOME=str(folder)
    )
    env.setdefault("BOT_CACHE_DIR", str(folder / "cache"))
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "serve", "--demo", "--port", "0"],
        stderr=subprocess.PIPE,
        env=env,
        encoding="utf-8",
    )
    server = Server(process, content, intents)
    threads = [threading.Thread(target=one) for one in (server.watch, server.read_log)]
    for thread in threads:
        thread.start()
    try:
        server.until(lambda: bool(server.page), "the server is ready")
        yield server
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        for thread in threads:
            thread.join()


def times(name: str, seconds: list[float]) -> bool:
    """Shows times; whether all are within the goal."""
    met = max(seconds) <= LIVE_GOAL
    print(
        f"   {name:<44}median {statistics.median(seconds):4.1f} s, longest {max(seconds):4.1f} s "
        f"(of {len(seconds)}, at most {LIVE_GOAL:.0f} s: {'met' if met else 'MISSED'})"
    )
    return met


def measure(server: Server, edits: int, phrases: int) -> bool:
    """Measures and shows everything; whether all goals were met."""
    pid = server.process.pid
    print(f"   {'after the start':<44}{memory(pid)}")
    tell("facts …")
    alone, beside, mistakes = [], [], []
    for number in range(1, edits + 1):
        alone.append(server.edit_phone())
        if number in (1, 10, 100, edits):
            print(f"   {f'after {number} edits of a fact':<44}{memory(pid)}", flush=True)
    for number in range(1, phrases + 1):
        tell(f"phrase {number} …")
        learned = server.logged("content.learned")
        server.edit_phrase(number)
        server.until(lambda: server.learns, "a process learns")
        while server.learns:
            took = server.edit_phone()
            if server.learns:
                beside.append(took)
                mistakes.append(server.break_file())
        server.until(lambda: server.logged("content.learned") > learned, "the phrase is learned")  # noqa: B023
        print(f"   {f'after {number} edits of phrases':<44}{memory(pid)}", flush=True)
    last = memory(pid)
    good = times("a fact is answered", alone)
    if beside:
        good &= times("a fact is answered while phrases are learned", beside)
        good &= times("a mistake is logged meanwhile", mistakes)
    print(f"   {'learning at its peak':<44}{server.learning}")
    print(f"   {'server and learning at their peak':<44}{server.together}")
    met = last.rss <= SERVER_GOAL and server.together.pss <= TOGETHER_GOAL
    print(f"   at most {SERVER_GOAL:.0f} and together {TOGETHER_GOAL:.0f} MiB: ", end="")
    print("met" if met else "MISSED")
    return good and met


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Memory and liveness of edits on a server.")
    parser.add_argument("--edits", type=int, default=100, help="edits of a fact")
    parser.add_argument("--phrases", type=int, default=3, help="edits of phrases")
    arguments = parser.parse_args()
    if arguments.edits < 1 or arguments.phrases < 0:
        parser.error("--edits is 1 or more, --phrases 0 or more")
    if not Path("/proc/self/smaps_rollup").exists():
        parser.error("this system does not tell the memory of processes")
    print(f"{os.cpu_count()} cores")
    try:
        with tempfile.TemporaryDirectory() as made, running(Path(made)) as server:
            good = measure(server, arguments.edits, arguments.phrases)
    except BenchmarkError as error:
        sys.exit(str(error))
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
