"""Secrets planted wherever a text comes in are looked for wherever one goes out.

Comes in: variables, env file, files of secrets, YAML, names of files, addresses, headers, bad
requests, bodies, and what other servers answer. Goes out: what commands print, the log, answers,
`/readyz`, `/metrics`, the database.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from tests import forked
from tests.understanding.small import small_world

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The settings that name a small community, which is read in an instant."""
    world = small_world(tmp_path_factory.mktemp("small"))
    return {"BOT_CONTENT_DIR": str(world.content), "BOT_INTENTS_DIR": str(world.intents)}


def planted(name: str) -> str:
    """A secret that is found again, with what it stands for in it."""
    return f"Planted-{name}~7f3b91c2d4e5"


@dataclass
class Sinks:
    """Whatever the bot has said anywhere, by where."""

    said: dict[str, str] = field(default_factory=dict)

    def add(self, where: str, text: str | bytes) -> None:
        text = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
        self.said[where] = self.said.get(where, "") + text

    def hold_none(self, *secrets: str) -> None:
        for where, text in self.said.items():
            for secret in secrets:
                middle = base64.b64encode(f"xx{secret}".encode()).decode()[4:24]
                for form in (secret, secret[:20], secret[-16:], quote(secret, safe=""), middle):
                    assert form not in text, f"{where}: {text[-3000:]}"


def environment(**changes: str) -> dict[str, str]:
    mine = {name: value for name, value in os.environ.items() if not name.startswith("BOT_")}
    return mine | changes


def run(sinks: Sinks, *arguments: str, **changes: str) -> subprocess.CompletedProcess[bytes]:
    done = forked.run(*arguments, env=environment(**changes))
    name = " ".join(arguments)
    sinks.add(f"output of {name}", done.stdout)
    sinks.add(f"errors of {name}", done.stderr)
    return done


SETTINGS = {
    "BOT_APP_PASSWORD": planted("app-password"),
    "BOT_API_TOKEN": planted("api-token"),
    "BOT_FACEBOOK_PAGE_TOKEN": planted("page-token"),
}

ADDRESSES = {
    "before the host": "postgresql+asyncpg://u:{}@127.0.0.1:9/bot",
    "in the query": "postgresql+asyncpg://127.0.0.1:9/bot?user=u&password={}",
    "before the host, for another driver": "mysql://u:{}@127.0.0.1:9/bot",
    "in an address without a database": "postgresql://u:{}@127.0.0.1:9",
    "with a bad port": "postgresql+asyncpg://u:{}@127.0.0.1:nine/bot",
    "with a bad option": "postgresql+asyncpg://u:{}@127.0.0.1:9/bot?nonsense={}",
    "in a bad address": "postgresql+asyncpg://u:{}@[127.0.0.1/bot?password={}",
}

COMMANDS = (("doctor", "--json"), ("announcements",), ("db", "upgrade"))


SERVE = ("serve", "--host", "0.0.0.0")  # noqa: S104 - refused without an app id


@pytest.mark.parametrize("address", ADDRESSES.values(), ids=list(ADDRESSES))
def test_no_command_shows_the_password_of_the_database(address: str, small: dict[str, str]) -> None:
    sinks, secret = Sinks(), planted("database")
    for command in COMMANDS:
        run(sinks, *command, **small, BOT_DATABASE_URL=address.replace("{}", secret))
    assert all(
        sinks.said[f"output of {name}"] or sinks.said[f"errors of {name}"]
        for name in map(" ".join, COMMANDS)
    )
    sinks.hold_none(secret)


@pytest.mark.parametrize("way", ["variables", "env file", "files", "wrong", "misplaced", "no text"])
def test_no_command_shows_a_secret_of_the_settings(
    way: str, small: dict[str, str], tmp_path: Path
) -> None:
    sinks, given = Sinks(), dict(SETTINGS)
    secrets = tuple(given.values())
    if way == "env file":
        (tmp_path / "bot.env").write_text("".join(f"{a}={b}\n" for a, b in given.items()))
        given = {"BOT_ENV_FILE": str(tmp_path / "bot.env")}
    elif way == "files":
        for name, value in given.items():
            (tmp_path / name).write_text(f"{value}\n")
        given = {f"{name}_FILE": str(tmp_path / name) for name in given}
    elif way == "wrong":
        given = {name: f"{value} and å more" for name, value in given.items()}
    elif way == "misplaced":
        given = {f"{name}_FILE": value for name, value in given.items()}
    elif way == "no text":
        (tmp_path / "bot.env").write_text(
            "".join(f"{value}\n{name} {value}\n" for name, value in given.items())
        )
        given = {"BOT_ENV_FILE": str(tmp_path / "bot.env")}
    given |= {"BOT_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path / 'x.db'}"}
    for command in (*COMMANDS, ("check",), SERVE):
        run(sinks, *command, **small, **given)
    sinks.hold_none(*secrets)
    assert sinks.said[f"errors of {' '.join(SERVE)}"]


YAML = {
    "a value": "coordinators:\n- id: abc\n  networks: [\"Bearer {}\"]\n",
    "a field": "coordinators:\n- id: abc\n  networks: [pirkanmaa]\n  \"password={}\": x\n",
    "broken": "coordinators: [{{password={}\n",
    "a tag": "coordinators: !client_secret={} x\n",
}  # fmt: skip


@pytest.mark.parametrize("text", YAML.values(), ids=list(YAML))
def test_no_error_in_a_file_shows_what_looks_like_a_secret(
    text: str, small: dict[str, str], tmp_path: Path
) -> None:
    sinks, secret = Sinks(), planted("yaml")
    path = tmp_path / "coordinators.yaml"
    path.write_text(text.replace("{{", "{").replace("{}", secret))
    shutil.copytree(small["BOT_CONTENT_DIR"], tmp_path / "content")
    named = tmp_path / "content" / "people" / f"access_token={secret}.YAML"
    named.write_text("name: x\n")
    given = {"BOT_COORDINATORS_FILE": str(path), "BOT_CONTENT_DIR": str(tmp_path / "content")}
    given |= {"BOT_INTENTS_DIR": small["BOT_INTENTS_DIR"]}
    assert run(sinks, "check", **given).returncode == 1
    run(sinks, "doctor", **given)
    sinks.hold_none(secret)


class Hostile(BaseHTTPRequestHandler):
    """Answers with a secret in all that an answer has."""

    secret = planted("other-server")

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        told = f"Bearer {self.secret} password={self.secret}"
        body = json.dumps(
            {
                "error": {"code": told, "message": told, "type": told},
                "error_description": told,
                "jwks_uri": f"http://127.0.0.1:1/?access_token={self.secret}",
                "id": told,
            }
        ).encode()
        self.send_response(400 if self.path.count("/") % 2 else 200, told)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("WWW-Authenticate", told)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = _answer

    def log_message(self, *_: object) -> None:
        """The test's own output is not looked at."""


@contextmanager
def hostile_server() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hostile)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def serving(sinks: Sinks, *options: str, **changes: str) -> Iterator[tuple[str, int]]:
    """A server in a process of its own; what it logs goes into a sink at the end."""
    server = subprocess.Popen(
        [sys.executable, "-m", "bot", "serve", "--port", "0", *options],
        stderr=subprocess.PIPE,
        env=environment(**changes),
        cwd=ROOT,
        text=True,
    )
    assert server.stderr is not None
    said: list[str] = []
    try:
        for line in server.stderr:
            said.append(line)
            if '"server.ready"' in line:
                break
        else:
            raise AssertionError(f"It does not start: {said}")
        address = urlsplit(json.loads(said[-1])["messages"])
        reader = threading.Thread(target=lambda: said.extend(server.stderr or ()))
        reader.start()
        yield str(address.hostname), int(address.port or 0)
    finally:
        server.terminate()
        assert server.wait(PATIENCE) == 0
        reader.join()
        server.stderr.close()
        sinks.add("log", "".join(said))
    # Whatever is hidden, each line stays what it was.
    assert all(json.loads(line) for line in said)


def _request(address: tuple[str, int], raw: bytes, wait: float = PATIENCE) -> bytes:
    answer = b""
    with closing(socket.create_connection(address, timeout=wait)) as connection:
        connection.sendall(raw)
        try:
            while part := connection.recv(65536):
                answer += part
        except TimeoutError:
            pass  # It waits for more of a request that never ends.
        except ConnectionError:
            pass  # It was closed at once.
    return answer


def _body(path: str, value: object, *headers: str) -> bytes:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Connection: close",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *headers,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def _bad_requests(secret: str) -> Iterator[bytes]:
    """Requests that hold a secret and are refused, or nearly so."""
    s = secret.encode()
    head = b"GET /api/announcements HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    for name in (b"Authorization: Bearer ", b"X-Api-Key: ", b"Cookie: session=", b"authorization:"):
        for after in (
            b"\r\r\n\r\n",
            b"\0\r\n\r\n",
            b"\r\n folded\r\n\r\n",
            b"\n\n",
            b"\x7f\r\n\r\n",
        ):
            yield head + name + s + after
        yield head + name + b"\r\n " + s + b"\r\n\r\n"
        yield head + name + s + b"\r\nContent-Length: nine\r\n\r\n"
    for target in (b"/?access_token=", b"/\x00?sig=", b"http://u:%s@h/?password=" % s, b" /?sig="):
        for version in (b" HTTP/1.1", b" HTTP/9.9.9", b"", b" HTTP/1.1 x"):
            yield b"GET " + target + s + version + b"\r\nHost: 127.0.0.1\r\n\r\n"
    yield b"B\0D /?client_secret=" + s + b" HTTP/1.1\r\n\r\n"
    yield b"Bearer " + s + b"\r\n\r\n"
    yield b"\x16\x03\x01password=" + s
    yield head + b"Transfer-Encoding: chunked\r\n\r\npassword=" + s + b"\r\n"
    yield head + b"A" * 9000 + b": password=" + s + b"\r\n\r\n"


def _bodies(secret: str, service_url: str) -> Iterator[bytes]:
    """Bodies with a secret in them, for each endpoint that takes one."""
    told = f"Bearer {secret}"
    authorization = f"Authorization: Bearer {secret}"
    for path in ("/api/messages", "/api/announcements", "/api/chat"):
        values: tuple[object, ...] = (
            b'{"password": "' + secret.encode() + b'", ]',
            [told],
            {"type": told, "id": told, "text": [told], "title": {"fi": told}, "networks": [told]},
            {told: told},
            b"\xff\xfe" + told.encode(),
        )
        for value in values:
            yield _body(path, value, authorization)
            yield _body(path, value)
    activity: dict[str, object] = {
        "type": "message",
        "id": "1",
        "channelId": "msteams",
        "serviceUrl": service_url,
        "conversation": {"id": "19:x"},
        "from": {"id": "29:x", "name": told, "aadObjectId": "abc"},
        "recipient": {"id": "28:bot"},
        "text": "moi",
    }
    yield _body("/api/messages", activity)
    card = {"action": "announce.save", "title": told, "draft": told, "networks": told}
    for more in (
        {"value": card, "text": None},
        {"attachments": [{"name": told, "content": told}]},
    ):
        yield _body("/api/messages", activity | {"id": str(more)[:9]} | more)
    invoke = {"type": "invoke", "name": "adaptiveCard/action", "id": "i", "value": {"action": card}}
    yield _body("/api/messages", activity | invoke)
    wrong = {"serviceUrl": f"http://u:{secret}@127.0.0.1:1/?access_token={secret}", "id": "w"}
    yield _body("/api/messages", activity | wrong)


@pytest.mark.usefixtures("snapshot")  # It leaves its model for the server.
@pytest.mark.parametrize("with_app", [False, True], ids=["without an app id", "with an app id"])
def test_a_server_shows_no_secret_anywhere(
    with_app: bool, small: dict[str, str], tmp_path: Path
) -> None:
    sinks = Sinks()
    api_token, database = SETTINGS["BOT_API_TOKEN"], tmp_path / "bot.db"
    coordinators = tmp_path / "coordinators.yaml"
    coordinators.write_text(f"coordinators: [password={Hostile.secret}\n")
    with hostile_server() as hostile:
        given = {
            "BOT_API_TOKEN": api_token,
            "BOT_DATABASE_URL": f"sqlite+aiosqlite:///{database}",
            "BOT_FACEBOOK_PAGE_ID": "1234",
            "BOT_FACEBOOK_PAGE_TOKEN": SETTINGS["BOT_FACEBOOK_PAGE_TOKEN"],
            "BOT_FACEBOOK_GRAPH_URL": hostile,
            "BOT_COORDINATORS_FILE": str(coordinators),
        }
        if with_app:
            given |= {
                "BOT_APP_ID": "12345678-90ab-cdef-1234-567890abcdef",
                "BOT_APP_TENANT_ID": "12345678-90ab-cdef-1234-567890abcdee",
                "BOT_APP_PASSWORD": SETTINGS["BOT_APP_PASSWORD"],
                "BOT_LOGIN_URL": "https://127.0.0.1:1",
                "BOT_OPENID_METADATA_URL": f"{hostile}/metadata/keys",
            }
        with serving(sinks, *([] if with_app else ["--demo"]), **given) as address:
            stranger = planted("stranger")
            for secret in (api_token, stranger):
                bad = [(raw, 0.5) for raw in _bad_requests(secret)]
                for raw, wait in (*bad, *((raw, PATIENCE) for raw in _bodies(secret, hostile))):
                    answer = _request(address, raw, wait)
                    if wait == PATIENCE:  # Who sends a body may be told their own words.
                        answer = answer.replace(secret.encode(), b"")
                    sinks.add(f"answer to {raw[:300]!r}".replace(secret, ""), answer)
            for path in ("/readyz", "/metrics", "/healthz"):
                asked = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
                answer = _request(address, asked.encode())
                assert b"HTTP/1.1 200" in answer or (with_app and b" 503" in answer)
                sinks.add(path, answer)
        run(sinks, "doctor", **given, **small)
        run(sinks, "check", **given, **small)
    sinks.add("database", b"".join(path.read_bytes() for path in tmp_path.glob("bot.db*")))
    assert "log" in sinks.said
    sinks.hold_none(*SETTINGS.values(), Hostile.secret, stranger)
