"""What all tests share: the repository's own content and intents, read and learned once."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from bot.knowledge.library import Knowledge
from bot.knowledge.loader import load
from bot.ops.redaction import REDACTOR, Redactor
from bot.store.database import Database
from bot.store.tables import metadata
from bot.understanding.interpreter import Interpreter
from bot.understanding.reloader import Snapshot
from bot.understanding.trained_model import cache_path, load_or_train
from tests import databases, node_packages, packages
from tests import postgres as server
from tests.adaptive_cards import Cards, Renderer, undeclared, watched, wrong_with
from tests.alone import alone
from tests.few_phrases import copy_few_phrases

ROOT = Path(__file__).parents[1]
# Examples are bounded by their number: how long one takes is the machine's affair, not the test's.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

SHOWN = 5
"""How many of the cards that are wrong are shown."""


LONG = (
    *("playground", "end_to_end", "outage", "same_talk", "test_package.py", "test_deploy.py"),
    *("announcements/test_random_faults.py", "store/test_upgrade.py"),
)
"""Where tests take many seconds each: begun last, one would keep a whole run waiting."""

OWN_MODELS: list[Path] = []
"""The file of the model of `snapshot`, once there is one."""

SLOW_FIXTURES = {"built", "environments", "image", "taikubot"}
"""What makes packages and environments: whoever uses it takes seconds."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks tests by what they use, so that nobody has to remember it, and begins with long ones.

    Leaves out what need not run on two databases.
    """
    long = tuple(str(ROOT / "tests" / name) for name in LONG)
    items.sort(key=lambda item: not str(item.path).startswith(long))
    left_out = databases.spared(items)
    if left_out:
        config.hook.pytest_deselected(items=[item for item in items if item in left_out])
        items[:] = [item for item in items if item not in left_out]
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        params = item.callspec.params.values() if hasattr(item, "callspec") else ()
        if "postgres" in fixtures or "postgresql" in params:
            item.add_marker("postgresql")
        if item.path.is_relative_to(ROOT / "tests" / "playground"):
            item.add_marker("playground")
        if "browser" in fixtures:
            item.add_marker("browser")
        if fixtures & SLOW_FIXTURES:
            item.add_marker("slow")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says at the end what tests recorded as `told`, whichever process they ran in."""
    for report in terminalreporter.getreports("passed"):
        for name, said in report.user_properties:
            if name == "told":
                terminalreporter.write_line(str(said))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, Any, Any]:
    """Where CI=true nothing may be missing, so a skipped test has failed."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not allow: {report.longrepr}"
    return report


@pytest.fixture(scope="session", autouse=True)
def state_folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What a server keeps goes into a folder of this run, never into that of whoever runs it."""
    os.environ["XDG_STATE_HOME"] = str(tmp_path_factory.mktemp("state"))


@pytest.fixture(scope="session", autouse=True)
def english() -> None:
    """What is said to whoever started a program is said in English, on everybody's machine."""
    os.environ["LANG"] = "C.UTF-8"
    for name in ("LC_ALL", "LC_MESSAGES"):
        os.environ.pop(name, None)


@pytest.fixture(autouse=True)
def nothing_of_another_test(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What was a secret in one test, or an env file, is none in any other."""
    monkeypatch.setattr("bot.ops.settings._ENV_FILES", {})
    yield
    vars(REDACTOR).update(vars(Redactor()))


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    """The repository's content and intents, with the demo meetings."""
    return load(ROOT / "content", ROOT / "intents", demo=True)


@pytest.fixture(scope="session")
def snapshot(knowledge: Knowledge) -> Snapshot:
    """The bot's understanding of that knowledge; the model comes from the cache if it can."""
    with alone("training"):
        model = load_or_train(knowledge)
    OWN_MODELS.append(cache_path(knowledge.fingerprint))
    return Snapshot(knowledge, Interpreter(knowledge, model))


@pytest.fixture(scope="module", autouse=True)
def own_model_stays() -> None:
    """The cache drops the oldest models, and many processes of tests load that of our content."""
    for path in OWN_MODELS:
        with contextlib.suppress(OSError):
            os.utime(path)


@pytest.fixture(scope="session")
def few_intents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository's intents with few phrases each, for what only needs some."""
    return copy_few_phrases(tmp_path_factory.mktemp("few") / "intents")


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> packages.Built:
    """The wheel and the sdist."""
    return packages.build(tmp_path_factory.mktemp("packages"))


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The packages from npm."""
    try:
        return node_packages.install()
    except node_packages.Missing as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="session", autouse=True)
def cards() -> Iterator[Cards]:
    """The cards that the bot makes in this run."""
    cards = Cards()
    with watched(cards.note):
        yield cards


@pytest.fixture(scope="session", autouse=True)
def renderer() -> Iterator[Renderer]:
    """What parses and renders cards as Microsoft's clients do."""
    renderer = Renderer()
    yield renderer
    renderer.close()


@pytest.fixture(scope="module", autouse=True)
def every_card_is_sound(cards: Cards, renderer: Renderer) -> Iterator[None]:
    """After the tests of a module, both of Microsoft's libraries judge the cards made in it."""
    yield
    made = cards.take()
    for judge in (undeclared, renderer.faults) if made else ():
        try:
            wrong = wrong_with(made, judge)
        except node_packages.Missing as missing:
            pytest.skip(f"cards were not rendered: {missing}")
        assert not wrong, "\n\n".join([f"{len(wrong)} cards are wrong:", *wrong[:SHOWN]])


@pytest.fixture(scope="session")
def postgres() -> Iterator[server.Postgres]:
    """A PostgreSQL server that the whole run shares."""
    binaries = server.binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed on this machine")
    with server.running(binaries) as started:
        yield started


@pytest.fixture(params=databases.KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a new, empty database, SQLite or PostgreSQL: see `databases`."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'taikubot.db'}"
    started: server.Postgres = request.getfixturevalue("postgres")
    return started.database()


@pytest.fixture
def postgres_url(postgres: server.Postgres) -> str:
    """The URL of a new, empty database on PostgreSQL."""
    return postgres.database()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A new database with its tables, on SQLite and on PostgreSQL."""
    database = Database(database_url)
    async with database.transaction() as tx:
        await tx.run_sync(metadata.create_all)
    yield database
    await database.close()
