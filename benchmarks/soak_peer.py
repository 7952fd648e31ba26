"""The other side of the soak, in a process of its own: a connector that is often not well.

    python -m benchmarks.soak_peer PEM FILE

Says where it is as a line of JSON and ends with its standard input. Each line that it reads is a
kind of trouble (`FAULTS`, or nothing) which a share of the calls has from then on. FILE gets a line
of JSON for each message: what it answered to or which channel it was posted to, its text, and what
trouble the call had. A message that was taken before the trouble counts as seen: there, and not
where it was refused, sending it again makes a duplicate.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import unquote

from benchmarks.turns_peer import Counts, LeanConnector, identity, response, token_of

FAULTS = {"429": 0.2, "500": 0.1, "503": 0.2, "reset": 0.1, "hang": 0.02}
"""How many of the calls have each kind of trouble while it lasts. A hanging call never ends."""

REFUSED = {
    "429": b"429 Too Many Requests\r\nRetry-After: 1",
    "500": b"500 Internal Server Error",
    "503": b"503 Service Unavailable",
}


class Sickly:
    """What all connections share: the trouble of the moment, and the file of what was seen."""

    def __init__(self, file: TextIO) -> None:
        self.trouble = ""
        self._file = file
        self._random = random.Random(5)

    def fault(self) -> str:
        """The trouble that this call has; empty for most."""
        share = FAULTS.get(self.trouble, 0.0)
        return self.trouble if self._random.random() < share else ""

    def note(self, path: str, body: dict[str, Any], fault: str) -> None:
        """Writes down a message."""
        activity = body.get("activity", body)
        if activity.get("type") != "message":
            return
        seen = {"to": unquote(path.rpartition("/")[2]), "fault": fault}
        if "activity" in body:
            seen["to"] = body["channelData"]["channel"]["id"]
        content = (activity.get("attachments") or [{}])[0].get("content", {})
        seen["text"] = content.get("fallbackText") or activity.get("text") or ""
        self._file.write(json.dumps(seen) + "\n")


class SoakConnector(LeanConnector):
    """A connection to the connector, which takes replies and posts to channels."""

    def __init__(self, tokens: list[str], sickly: Sickly) -> None:
        super().__init__(tokens, Counts())
        self._sickly = sickly
        self._number = 0

    def _answer(self, line: str, headers: dict[str, str], body: bytes) -> bytes:
        if status := self._refusal(line, headers):
            return response(status, b'{"error": {"code": "Bad"}}')
        fault = self._sickly.fault()
        self._sickly.note(line.split(" ")[1], json.loads(body), fault)
        if fault in REFUSED:
            error = b'{"error": {"code": "Soak", "message": "injected"}}'
            return response(REFUSED[fault].decode(), error)
        if fault == "reset":
            assert self._transport is not None  # noqa: S101
            self._transport.abort()
        if fault:
            return b""
        self._number += 1
        number = f"{id(self)}-{self._number}"
        made = {"id": f"thread-{number}", "activityId": number}
        return response("201 Created", json.dumps(made).encode())

    def _refusal(self, line: str, headers: dict[str, str]) -> str:
        if line.startswith("POST /v3/conversations ") or "/activities HTTP" in line:
            # A post, not a reply; else as strict as with those.
            line = "POST /v3/conversations/-/activities/- HTTP/1.1"
        return super()._refusal(line, headers)


async def serve(pem: Path, file: TextIO) -> None:
    """Starts all of it, says where, and obeys until the end of the standard input."""
    signer, login, places = await identity(pem)
    sickly = Sickly(file)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SoakConnector(login.issued, sickly), "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    print(json.dumps(places | {"connector": url, "token": token_of(signer, url)}), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        sickly.trouble = json.loads(line)


def main() -> None:
    """The process."""
    with Path(sys.argv[2]).open("w", encoding="utf-8") as file:
        asyncio.run(serve(Path(sys.argv[1]), file))


if __name__ == "__main__":
    main()
