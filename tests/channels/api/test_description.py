"""The running API is what openapi.json says: schemathesis makes requests from it and judges."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from aiohttp.typedefs import Handler
from pydantic import SecretStr

from bot.channels.api import Api
from bot.channels.api.routes import description
from bot.channels.rate_limit import RateLimit
from tests.announcements.world import COFFEE

from .conftest import TOKEN, Room

FREE = {"title": {"fi": "Uutinen"}, "text": {"fi": "Teksti."}}

SEEN: web.AppKey[Counter[tuple[str, int]]] = web.AppKey("seen", Counter)


@web.middleware
async def note(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Counts what was asked and how it was answered."""
    try:
        answer = await handler(request)
    except web.HTTPException as error:
        request.app[SEEN][request.method, error.status] += 1
        raise
    request.app[SEEN][request.method, answer.status] += 1
    return answer


@pytest.mark.slow
async def test_schemathesis_finds_nothing(room: Room, tmp_path: Path) -> None:
    app = web.Application(middlewares=[note])
    app[SEEN] = Counter()
    limit = RateLimit(1_000_000, 0.001)
    Api(room.world.announcements, SecretStr(TOKEN), limit=limit, failures=limit).attach(app)
    ids = [await room.announce(**FREE), await room.announce(meeting=COFFEE)]
    schema = description(None)
    # What nobody can guess from a schema: ids and meetings that exist.
    body = schema["definitions"]["NewAnnouncement"]
    body["example"] = {"meeting": COFFEE, "note": {"fi": "Hei"}, "reminders": ["1d"]}
    schema["paths"]["/api/announcements/{id}"]["parameters"][0]["x-example"] = ids[0]
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(schema), encoding="utf-8")
    async with TestServer(app) as server:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "schemathesis.cli", "run", str(file)),
            *("--url", str(server.make_url("/")), "--header", f"Authorization: Bearer {TOKEN}"),
            *("--phases", "examples,coverage,fuzzing,stateful", "--max-examples", "6"),
            *("--seed", "1", "--generation-database", "none"),
            # No schema can say that a meeting exists or that a time is not past; and what was
            # recalled can still be looked at, for its report.
            *("--exclude-checks", "positive_data_acceptance,use_after_free", "--no-color"),
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()
    seen = app[SEEN]
    assert process.returncode == 0, said.decode()
    assert seen.total() > 200, seen
    wanted = {("POST", 202), ("POST", 422), ("GET", 200), ("GET", 404), ("PATCH", 422)}
    assert wanted | {("DELETE", 404), ("POST", 401)} <= seen.keys(), seen
    assert not [status for _, status in seen if status >= 500]
