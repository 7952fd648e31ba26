"""/healthz, /readyz and /metrics: what an operator sees, and others do not."""

from __future__ import annotations

import datetime as dt

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, make_mocked_request
from prometheus_client.parser import text_string_to_metric_families
from pytest_aiohttp import AiohttpClient

from bot.i18n import N_
from bot.ops import metrics
from bot.ops.status import Status, is_operator, start_of_day

FORWARDED = {"X-Forwarded-For": "198.51.100.7"}

Client = TestClient[web.Request, web.Application]


class _From:
    """A connection from an address, as aiohttp sees one."""

    def __init__(self, address: str) -> None:
        self._address = address

    def get_extra_info(self, name: str, default: object = None) -> object:
        return (self._address, 50_000) if name == "peername" else default

    def is_closing(self) -> bool:
        return False


@pytest.mark.parametrize(
    ("address", "headers", "expected"),
    [
        ("127.0.0.1", {}, True),
        ("::1", {}, True),
        ("10.1.2.3", {}, True),
        ("::ffff:192.168.1.5", {}, True),
        ("8.8.8.8", {}, False),
        ("2001:4860:4860::8888", {}, False),
        ("127.0.0.1", FORWARDED, False),
        ("10.0.0.2", {"Forwarded": "for=198.51.100.7"}, False),
        ("10.0.0.2", {"X-Real-IP": "198.51.100.7"}, False),
    ],
)
def test_an_operator_asks_from_near_and_for_himself(
    address: str, headers: dict[str, str], expected: bool
) -> None:
    request = make_mocked_request("GET", "/readyz", headers=headers, transport=_From(address))
    assert is_operator(request) is expected


@pytest.fixture
def problems() -> list[str]:
    """What keeps the bot from its work: a test adds to it."""
    return []


@pytest.fixture
async def client(aiohttp_client: AiohttpClient, problems: list[str]) -> Client:
    async def measure() -> None:
        metrics.QUEUE_DEPTH.set(7)

    status = Status(
        blocking={"wire": lambda: problems},
        warnings={"content": lambda: ["content/people/x.yaml:3: error: no such network"]},
        measures=[measure],
        more=lambda: {"learning": False},
    )
    app = web.Application()
    status.attach(app)
    return await aiohttp_client(app)


async def test_ready_tells_an_operator_why_not(client: Client, problems: list[str]) -> None:
    good = await client.get("/readyz")
    assert good.status == 200
    assert (await good.json())["ready"] is True
    problems.append("The client secret has expired.")
    bad = await client.get("/readyz")
    assert bad.status == 503
    body = await bad.json()
    assert body["problems"] == ["The client secret has expired."]
    assert body["content"] == ["content/people/x.yaml:3: error: no such network"]


async def test_ready_speaks_the_language_of_the_server(
    client: Client, problems: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    problems.append(N_("The bot is shutting down."))
    monkeypatch.setenv("LANG", "sv_FI.UTF-8")
    body = await (await client.get("/readyz")).json()
    assert body["problems"] == ["Boten håller på att stängas."]


async def test_ready_tells_others_only_whether(client: Client, problems: list[str]) -> None:
    problems.append("The client secret has expired.")
    bad = await client.get("/readyz", headers=FORWARDED)
    assert bad.status == 503
    assert await bad.json() == {"ready": False}


async def test_health_is_of_the_process_alone(client: Client, problems: list[str]) -> None:
    problems.append("The client secret has expired.")
    answer = await client.get("/healthz", headers=FORWARDED)
    assert answer.status == 200
    assert await answer.json() == {"status": "ok"}


async def test_metrics_are_measured_when_they_are_read(client: Client) -> None:
    answer = await client.get("/metrics")
    assert answer.status == 200
    families = {one.name: one for one in text_string_to_metric_families(await answer.text())}
    assert families["taikubot_delivery_queue_depth"].samples[0].value == 7
    assert families["taikubot_ready"].samples[0].value == 1
    assert families["process_resident_memory_bytes"].samples[0].value > 1e6


async def test_metrics_are_for_operators_only(client: Client) -> None:
    assert (await client.get("/metrics", headers=FORWARDED)).status == 404


def test_the_day_a_secret_ends() -> None:
    assert start_of_day(None) == 0
    assert start_of_day(dt.date(2027, 1, 1)) == 1_798_761_600
