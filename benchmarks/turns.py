"""How fast the bot starts and answers, and how steadily, compared with other bots.

    python -m benchmarks.turns [--turns N] [--rounds N] [--stock] [--long]

Measures, in one run on one machine: the start; answers in process; whole turns over HTTP of
(b) a bare aiohttp handler that does the same I/O and (c) Taikubot as the real program with tokens
on, and with --stock of (a) an echo bot on botbuilder's own CloudAdapter. All get the same load: a
closed loop of a load generator in its own process, no two questions or ids alike, each reply
counted at a fake connector in its own process. The servers take turns in every round, and medians
over the rounds are shown, so that noise of the machine hits all of them alike.

Everything stays on this machine (loopback); only --stock installs something, once, in the cache
folder. Progress goes to standard error, results to standard output. Linux or macOS.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.metadata
import json
import os
import platform
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.environments import python_with, tell
from benchmarks.turns_load import Job, Outcome, percentiles
from benchmarks.turns_process import (
    BenchmarkError,
    Child,
    Reading,
    environment,
    free_port,
    http_call,
)
from benchmarks.turns_questions import LOCALES, PEOPLE, Questions, activities
from bot.channels.conversation import Conversations, IncomingMessage
from bot.ops.settings import load_settings
from bot.understanding.reloader import Folders, Snapshot, make_snapshot
from tests.channels.connector.fakes import APP_ID, SECRET, TENANT

STOCK_PACKAGE = "botbuilder-integration-aiohttp"
STOCK_VERSION = "4.17.1"
STARTS = 3
WARM_UP = 1000
"""Turns before the clock starts: the bot remembers words that it has looked up, but not answers."""

LONG_TURNS = 100_000
LONG_POINTS = 10
TOP = 12
SETTLE = 0.5
"""Seconds after a load in which connections are closed before memory and files are read."""

ASKED = "Kuka vastaa verkostosta Ilmajoella?"


# ---- The stage: peer, load generator, servers -------------------------------------------------


@dataclass
class Server:
    """A bot under load and what was measured of it."""

    name: str
    child: Child
    port: int
    service_url: str
    token: str = ""
    share: float = 1.0
    """Of the turns of a round: slow servers get fewer."""
    outcomes: list[Outcome] = field(default_factory=list)
    cpu: float = 0.0
    before: Reading | None = None
    after: Reading | None = None
    lost: int = 0

    @property
    def turns(self) -> int:
        """Turns measured."""
        return sum(each.turns for each in self.outcomes)

    @property
    def cpu_milliseconds(self) -> float:
        """Processor time a turn."""
        return self.cpu * 1000 / self.turns

    @property
    def busy(self) -> float:
        """Processor time over wall time: 1 when the server is what limits the turns."""
        return self.cpu / sum(each.seconds for each in self.outcomes)

    def median(self, figure: Callable[[Outcome], float]) -> float:
        """The median of a figure over the rounds."""
        return statistics.median(figure(each) for each in self.outcomes)

    @property
    def rate(self) -> float:
        """Turns a second."""
        return self.median(lambda each: each.turns / each.seconds)


class Stage:
    """The processes around the servers, and the folder for their files."""

    def __init__(self, folder: Path, stack: contextlib.ExitStack) -> None:
        self.folder = folder
        self._stack = stack
        self._logs = 0
        self.pem = folder / "login.pem"
        peer = self.child([sys.executable, "-m", "benchmarks.turns_peer", str(self.pem)])
        self._load = self.child([sys.executable, "-m", "benchmarks.turns_load"])
        self.places: dict[str, str] = peer.hear()

    def child(self, command: list[str], env: dict[str, str] | None = None) -> Child:
        """A process that is talked to."""
        return self._stack.enter_context(Child(command, self.log(), env=env, talks=True))

    def server(self, command: list[str], env: dict[str, str] | None = None) -> Child:
        """A process that is served by."""
        return self._stack.enter_context(Child(command, self.log(), env=env))

    def log(self) -> Path:
        """A new file for what a process says."""
        self._logs += 1
        return self.folder / f"{self._logs}.log"

    def bot_environment(self) -> dict[str, str]:
        """What makes Taikubot check tokens and fetch its own, against the peer.

        Each server has a database of its own: what stands in somebody's would count too.
        """
        database = self.folder / f"{self._logs}.db"
        return environment(
            BOT_APP_ID=APP_ID,
            BOT_APP_TENANT_ID=TENANT,
            BOT_APP_PASSWORD=SECRET,
            BOT_OPENID_METADATA_URL=self.places["openid"],
            BOT_LOGIN_URL=self.places["login"],
            BOT_DATABASE_URL=f"sqlite+aiosqlite:///{database.as_posix()}",
            SSL_CERT_FILE=str(self.pem),
        )

    def counts(self, service_url: str) -> dict[str, int]:
        """What a connector was sent up to now."""
        port = int(service_url.rpartition(":")[2])
        counts: dict[str, int] = json.loads(http_call(port, "GET", "/counts")[1])
        return counts

    def run(self, server: Server, turns: int, concurrency: int) -> Outcome:
        """Puts load on a server and checks that each turn got its reply."""
        replied = self.counts(server.service_url)["replied"]
        job = Job(server.port, turns, concurrency, server.service_url, server.token)
        self._load.say(asdict(job))
        outcome = Outcome(**self._load.hear())
        replied = self.counts(server.service_url)["replied"] - replied
        good = sum(n for status, n in outcome.statuses.items() if status.startswith("2"))
        if min(replied, good) < turns:
            server.lost += turns - min(replied, good)
            tell(f"  {server.name}: {replied} of {turns} answered, statuses {outcome.statuses}")
        return outcome

    def measure(self, server: Server, turns: int, concurrency: int) -> None:
        """One round of one server."""
        cpu = server.child.read().cpu
        server.outcomes.append(self.run(server, turns, concurrency))
        server.cpu += server.child.read().cpu - cpu


def taikubot(stage: Stage, name: str = "(c) Taikubot, tokens on") -> Server:
    """The real program."""
    port = free_port()
    command = [sys.executable, "-m", "bot", "serve", "--port", str(port)]
    child = stage.server(command, stage.bot_environment())
    return Server(name, child, port, stage.places["guarded"], stage.places["token"])


def bare(stage: Stage) -> Server:
    """The same I/O and nothing else."""
    port = free_port()
    child = stage.server([sys.executable, "-m", "benchmarks.turns_bare", str(port)])
    return Server("(b) bare aiohttp handler", child, port, stage.places["open"])


def stock(stage: Stage, python: Path) -> Server:
    """An echo bot on the SDK's adapter."""
    port = free_port()
    script = Path(__file__).with_name("turns_stock.py")
    child = stage.server([str(python), "-P", str(script), str(port)])
    name = "(a) echo on CloudAdapter"
    return Server(name, child, port, stage.places["open"], share=0.25)


def stock_python() -> Path:
    """The interpreter of the environment with the SDK's adapter, made if it is not there."""
    return python_with(f"{STOCK_PACKAGE}-{STOCK_VERSION}", f"{STOCK_PACKAGE}=={STOCK_VERSION}")


# ---- 1. Start ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Start:
    """Seconds from process start, and MiB."""

    ready: float
    answer: float
    cpu: float
    memory: float


def first_answer(stage: Stage, questions: Questions, number: int) -> Start:
    """Starts the real program and asks it one question."""
    with contextlib.ExitStack() as stack:
        server = taikubot(stage)
        stack.callback(server.child.end)
        ready = server.child.until_healthy(server.port)
        body = next(activities(questions, server.service_url, f"start-{number}"))
        status, _ = http_call(server.port, "POST", "/api/messages", body, server.token)
        answer = time.perf_counter() - server.child.started
        if status != 200:
            raise BenchmarkError(f"The first question was answered with {status}.")
        reading = server.child.read()
        return Start(ready, answer, reading.cpu, reading.memory)


def first_line(stage: Stage) -> float:
    """Seconds from the start of `taikubot ask` to its answer."""
    with Child([sys.executable, "-m", "bot", "ask", ASKED], stage.log(), talks=True) as child:
        if not child.read_line():
            raise child.failed()
        return time.perf_counter() - child.started


def show_start(stage: Stage, questions: Questions) -> None:
    """Part 1."""
    tell("Start …")
    starts = [first_answer(stage, questions, number) for number in range(STARTS)]
    lines = [first_line(stage) for _ in range(STARTS)]
    ready, answer, cpu, memory = (
        statistics.median(getattr(each, name) for each in starts)
        for name in ("ready", "answer", "cpu", "memory")
    )
    print(f"1. Start (medians of {STARTS}; the model is in the cache)")
    print(f"   serve, tokens on: ready (healthz 200) after     {ready:6.2f} s")
    print(f"   serve, tokens on: first answer over HTTP after  {answer:6.2f} s")
    print(f"   processor time up to then                       {cpu:6.2f} s")
    print(f"   resident memory then                            {memory:6.0f} MiB")
    print(f"   ask: first answer after                         {statistics.median(lines):6.2f} s")


# ---- 2. In process ----------------------------------------------------------------------------


def show_in_process(snapshot: Snapshot, questions: Questions, turns: int) -> None:
    """Part 2."""
    tell("In process …")
    conversations = Conversations(lambda: snapshot)
    asked = [
        IncomingMessage(text, f"chat-{number % PEOPLE}", LOCALES[language], members=True)
        for number, (text, language) in enumerate(islice(questions, turns + WARM_UP))
    ]
    intents: set[str] = set()

    def answer(messages: list[IncomingMessage]) -> tuple[list[float], float]:
        """Wall times in milliseconds, and the mean of processor time."""
        times: list[float] = []
        cpu = time.process_time()
        for message in messages:
            started = time.perf_counter()
            reply = conversations.respond(message)
            times.append((time.perf_counter() - started) * 1000)
            intents.add(reply.understanding.intent)
        return times, (time.process_time() - cpu) * 1000 / len(messages)

    _, cold = answer(asked[:WARM_UP])
    times, cpu = answer(asked[WARM_UP:])
    p50, p99 = percentiles(times)
    rate = 1000 / statistics.fmean(times)
    print(f"\n2. In process: Conversations.respond, {turns} questions, {len(intents)} intents")
    print(f"   {rate:.0f} answers/s   p50 {p50:.2f} ms   p99 {p99:.2f} ms   CPU {cpu:.2f} ms")
    print(f"   before, the first {WARM_UP} took CPU {cold:.2f} ms each (new words, templates)")


# ---- 3. Over HTTP -----------------------------------------------------------------------------


def under_load(
    stage: Stage, servers: list[Server], arguments: argparse.Namespace
) -> dict[str, int]:
    """Rounds in which the servers take turns; returns what the connector got of Taikubot."""
    for server in servers:
        server.child.until_healthy(server.port)
        stage.run(server, int(WARM_UP * server.share), arguments.concurrency)
        time.sleep(SETTLE)
        server.before = server.child.read()
    first = stage.counts(stage.places["guarded"])
    for number in range(arguments.rounds):
        for server in servers:
            tell(f"Round {number + 1} of {arguments.rounds}: {server.name} …")
            turns = int(arguments.turns * server.share / arguments.rounds)
            stage.measure(server, max(turns, arguments.concurrency), arguments.concurrency)
            time.sleep(SETTLE)
    for server in servers:
        server.after = server.child.read()
    last = stage.counts(stage.places["guarded"])
    return {name: last[name] - first[name] for name in last}


def show_load(servers: list[Server], got: dict[str, int], arguments: argparse.Namespace) -> None:
    """Part 3: the table and the ratios."""
    print(
        f"\n3. Over HTTP: closed loop of {arguments.concurrency}, "
        f"medians of {arguments.rounds} rounds in which the servers take turns, "
        f"after {WARM_UP} turns to warm up"
    )
    print(
        f"   {'':<26}{'turns':>7}{'turns/s':>9}{'p50 ms':>8}{'p99 ms':>8}{'p99/p50':>9}"
        f"{'CPU ms':>8}{'busy':>6}{'MiB':>13}{'files':>10}{'lost':>6}"
    )
    for server in servers:
        print("   " + _row(server))
    ours, others = servers[-1], servers[:-1]
    for other in others:
        print(
            f"   (c)/{other.name[:3]}   turns/s × {ours.rate / other.rate:.2f}   "
            f"CPU ms × {ours.cpu_milliseconds / other.cpu_milliseconds:.2f}"
        )
    print(f"   p99/p50 of (c)   {_spread(ours):.2f}")
    if len(others) > 1:
        print("   (a) checks no token and fetches none, which is the least it can do; (b) neither")
    print(
        f"   (c) got {got['replies']} replies to the connector, {got['cards']} with a card, "
        f"{got['bytes'] / max(got['replies'], 1) / 1000:.1f} kB each; refused: {got['refused']}"
    )


def _spread(server: Server) -> float:
    return server.median(lambda each: each.p99 / each.p50)


def _row(server: Server) -> str:
    assert server.before  # noqa: S101
    assert server.after  # noqa: S101
    memory = f"{server.before.memory:.0f} → {server.after.memory:.0f}"
    files = f"{server.before.files} → {server.after.files}"
    return (
        f"{server.name:<26}{server.turns:>7}{server.rate:>9.0f}"
        f"{server.median(lambda each: each.p50):>8.1f}{server.median(lambda each: each.p99):>8.1f}"
        f"{_spread(server):>9.2f}{server.cpu_milliseconds:>8.2f}{server.busy:>6.0%}"
        f"{memory:>13}{files:>10}{server.lost:>6}"
    )


def show_profile(stage: Stage, turns: int, concurrency: int, cpu: float) -> None:
    """What dominates a turn of Taikubot; `cpu` is the milliseconds it takes when not watched."""
    tell("Profile …")
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.turns_profile", str(port)]
    child = stage.child(command, stage.bot_environment())
    child.until_healthy(port)
    server = Server("profile", child, port, stage.places["guarded"], stage.places["token"])
    stage.run(server, WARM_UP, concurrency)
    child.say("now")
    stage.run(server, turns, concurrency)
    # It writes what it has seen when its input ends.
    samples: dict[str, dict[str, int]] = child.last_words()
    total = max(1, sum(samples["parts"].values()))
    print(f"\n   Where (c) spends its time ({total} samples of 1 ms over {turns} turns)")
    for part, count in _most(samples["parts"], TOP + 2):
        print(f"   {count / total:7.1%} {cpu * count / total:6.2f} ms  {part}")
    print(f"   the {TOP} functions with most own time, C code counted for its caller")
    for function, count in _most(samples["own"], TOP):
        print(f"   {count / total:7.1%} {cpu * count / total:6.2f} ms  {function}")


def _most(counts: dict[str, int], how_many: int) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda pair: -pair[1])[:how_many]


# ---- 4. Long ----------------------------------------------------------------------------------


def show_long(stage: Stage, turns: int, concurrency: int) -> int:
    """Memory and open files over many turns; returns how many replies were lost.

    Turns get slower on the way: where a wording is used up the next one is longer, so of 100,000
    questions the last have a quarter more words than the first.
    """
    tell(f"{turns} turns …")
    server = taikubot(stage)
    server.child.until_healthy(server.port)
    stage.run(server, WARM_UP, concurrency)
    time.sleep(SETTLE)
    readings = [server.child.read()]
    print(f"\n4. {turns} turns of (c)")
    names = "".join(f"{name:>8}" for name in ("CPU ms", "p50 ms", "p99 ms"))
    print(f"   {'turns':>8}{'MiB':>8}{'files':>7}{'turns/s':>9}{names}")
    print(f"   {0:>8}{readings[0].memory:>8.1f}{readings[0].files:>7}", flush=True)
    for point in range(1, LONG_POINTS + 1):
        outcome = stage.run(server, turns // LONG_POINTS, concurrency)
        time.sleep(SETTLE)
        readings.append(server.child.read())
        cpu = readings[-1].cpu - readings[-2].cpu
        print(
            f"   {point * outcome.turns:>8}{readings[-1].memory:>8.1f}{readings[-1].files:>7}"
            f"{outcome.turns / outcome.seconds:>9.0f}{cpu * 1000 / outcome.turns:>8.2f}"
            f"{outcome.p50:>8.1f}{outcome.p99:>8.1f}",
            flush=True,
        )
    half = readings[LONG_POINTS // 2 :]
    growth = half[-1].memory - half[0].memory
    print(
        f"   second half: memory {growth:+.1f} MiB, files {half[-1].files - half[0].files:+d}; "
        "bounded by design: ids seen, chats remembered, tokens, words looked up"
    )
    return server.lost


# ---- The command ------------------------------------------------------------------------------


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--turns", type=int, default=6000, help="of (b) and (c), default 6000")
    parser.add_argument("--rounds", type=int, default=3, help="default 3")
    parser.add_argument("--concurrency", type=int, default=16, help="default 16")
    parser.add_argument("--stock", action="store_true", help="measure (a) as well")
    parser.add_argument("--long", action="store_true", help=f"{LONG_TURNS} turns at the end")
    parser.add_argument("--long-turns", type=int, default=LONG_TURNS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if min(arguments.turns, arguments.rounds, arguments.concurrency) < 1:
        parser.error("the numbers must be positive")
    return arguments


@contextlib.contextmanager
def _stage() -> Iterator[Stage]:
    """The stage; whatever happens, its processes end and its files go."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="taikubot-turns-"))
        yield Stage(Path(folder), stack)


def _machine() -> str:
    versions = " ".join(
        f"{name} {importlib.metadata.version(name)}" for name in ("aiohttp", "botbuilder-core")
    )
    return (
        f"Python {platform.python_version()}, {versions}, {os.cpu_count()} processors, "
        f"load average {os.getloadavg()[0]:.1f} at the start"
    )


def run(arguments: argparse.Namespace) -> int:
    """All parts; returns how many replies were lost."""
    print(_machine(), flush=True)
    python = stock_python() if arguments.stock else None
    settings = load_settings()
    tell("Reading content and intents (a model is trained if there is none) …")
    snapshot = make_snapshot(Folders(settings.content, settings.intents))
    questions = Questions(snapshot.knowledge, seed=12)
    with _stage() as stage:
        show_start(stage, questions)
        show_in_process(snapshot, questions, arguments.turns)
        servers = [bare(stage), taikubot(stage)]
        if python:
            servers.insert(0, stock(stage, python))
        got = under_load(stage, servers, arguments)
        show_load(servers, got, arguments)
        for server in servers:
            server.child.end()
        watched = max(arguments.concurrency, arguments.turns // 2)
        show_profile(stage, watched, arguments.concurrency, servers[-1].cpu_milliseconds)
        lost = sum(server.lost for server in servers)
        if arguments.long:
            lost += show_long(stage, arguments.long_turns, arguments.concurrency)
    return lost


def _interrupted(*_: Any) -> None:
    """Ends the run once; what cleans up after it is not interrupted again."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def main() -> None:
    """The command."""
    arguments = _arguments()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupted)
    try:
        lost = run(arguments)
    except KeyboardInterrupt:
        tell("\nInterrupted.")
        sys.exit(130)
    except BenchmarkError as error:
        tell(str(error))
        sys.exit(1)
    if lost:
        print(f"\n{lost} turns got no reply.")
        sys.exit(1)


if __name__ == "__main__":
    main()
