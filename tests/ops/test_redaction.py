"""What is hidden, what stays, and that neither takes long whatever comes from outside."""

from __future__ import annotations

import base64
import html
import json
import subprocess
import sys
import time
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ops.redaction import MOST_KNOWN, Redactor, address_secrets
from bot.ops.secret_patterns import HIDDEN

ODD = "p/ä&ss \"w'ö\\rd<%+=é"
PLAIN = "0123456789abcdef0123456789abcdef"
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"

WRITTEN = {
    "as it is": str,
    "percent-encoded": lambda one: quote(one, safe=""),
    "percent-encoded but for slashes": quote,
    "percent-encoded as in a form": quote_plus,
    "percent-encoded in small letters": lambda one: quote(one, safe="").lower(),
    "in JSON": json.dumps,
    "in JSON as it is": lambda one: json.dumps(one, ensure_ascii=False),
    "in a repr": repr,
    "in HTML": html.escape,
}


@pytest.mark.parametrize("written", WRITTEN.values(), ids=list(WRITTEN))
@pytest.mark.parametrize("secret", [ODD, PLAIN])
def test_a_known_secret_is_hidden_however_it_is_written(secret: str, written: object) -> None:
    assert callable(written)
    redactor = Redactor()
    redactor.know(secret)
    text = redactor.known_hidden(f"before{written(secret)}after")
    assert text.strip("'\"").replace("'", "").replace('"', "") == f"before{HIDDEN}after"


@pytest.mark.parametrize("before", ["", "u", "us", "user:", "taikubot:"])
@pytest.mark.parametrize("after", ["", "x", "xy", ":more"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("secret", [ODD, PLAIN])
def test_a_known_secret_is_hidden_in_base64(
    secret: str, encode: object, before: str, after: str
) -> None:
    assert callable(encode)
    redactor = Redactor()
    redactor.know(secret)
    text = encode(f"{before}{secret}{after}".encode()).decode()
    left = redactor.known_hidden(f"header {text}.").removeprefix("header ")
    assert HIDDEN in left
    # No more than the ends that hold what stood before and after.
    assert len(left.replace(HIDDEN, "")) <= (len(before) + len(after)) * 4 // 3 + 8


def test_a_part_of_a_known_secret_is_hidden() -> None:
    redactor = Redactor()
    redactor.know(PLAIN)
    assert redactor.known_hidden(f"cut {PLAIN[5:20]}, {PLAIN[:13]}") == f"cut {HIDDEN}, {HIDDEN}"
    assert redactor.known_hidden("cut 89abcdef01") == "cut 89abcdef01"


GLUED = [
    *("…", "...", ".", "/", "|", "`", "#", "$", "*", "!", "+", "-", "_", "~", "^", "%20"),
    *("abc", "\\n", "\n", "é", "[", "0", "%", "%2", "\\", "\\x"),
]


@pytest.mark.parametrize("glue", GLUED)
@pytest.mark.parametrize("secret", [ODD * 2, PLAIN, base64.b64encode(ODD.encode() * 2).decode()])
def test_a_part_is_hidden_whatever_is_glued_to_it(secret: str, glue: str) -> None:
    redactor = Redactor()
    redactor.know(secret)
    for part in (secret[:13], secret[3:20], secret[-12:], base64.b64encode(secret.encode())[4:30]):
        shown = part if isinstance(part, str) else part.decode()
        for text in (f"{glue}{shown}", f"{shown}{glue}", f"x{glue}{shown}{glue}y"):
            hidden = redactor.known_hidden(f"got '{text}'")
            assert HIDDEN in hidden
            assert not any(shown[at : at + 8] in hidden for at in range(len(shown) - 7))


def test_what_is_cut_in_the_middle_is_hidden_at_both_ends() -> None:
    redactor = Redactor()
    redactor.know(TOKEN)
    cut = f"input_value='{TOKEN[:25]}...{TOKEN[-24:]}', input_type=str"
    assert redactor.redact(cut) == f"input_value='{HIDDEN}...{HIDDEN}', input_type=str"


def percent(text: str, letters: str = "X") -> str:
    """Each of its bytes percent-encoded."""
    return "".join(f"%{byte:02{letters}}" for byte in text.encode())


ENCODED = {
    "twice": lambda one: quote(quote(one, safe=""), safe=""),
    "twice as in a form": lambda one: quote_plus(quote(one, safe=""), safe=""),
    "three times": lambda one: quote(quote(quote(one, safe=""), safe=""), safe=""),
    "every letter": percent,
    "every letter in small ones": lambda one: percent(one, "x"),
    "every letter twice": lambda one: quote(percent(one)),
    "every other letter": lambda one: "".join(
        percent(letter) if at % 2 else letter for at, letter in enumerate(one)
    ),
    "bytes of Python": lambda one: "".join(f"\\x{byte:02x}" for byte in one.encode()),
    "letters of JSON": lambda one: "".join(f"\\u{ord(letter):04x}" for letter in one),
    "letters of JSON in JSON": lambda one: "".join(f"\\\\u{ord(letter):04x}" for letter in one),
    "hexadecimals": lambda one: one.encode().hex(),
    "hexadecimals in capitals": lambda one: one.encode().hex().upper(),
    "as a host": str.lower,
    "in capitals": str.upper,
}


@pytest.mark.parametrize("how", ENCODED.values(), ids=list(ENCODED))
@pytest.mark.parametrize("secret", ["p@ss:word,with=seps&more;zz", "Zx9kLmPq7RtVwYb2NcDf"])
def test_a_known_secret_is_hidden_however_it_is_encoded(secret: str, how: object) -> None:
    assert callable(how)
    redactor = Redactor()
    redactor.know(secret)
    assert redactor.known_hidden(f"GET /x/{how(secret)} HTTP") == f"GET /x/{HIDDEN} HTTP"
    event = redactor.process(None, "info", {"event": f"{how(secret)} x", "n": 1})
    assert event == {"event": f"{HIDDEN} x", "n": 1}
    part = how(secret[2:18])
    assert redactor.known_hidden(f"GET /x/{part}…") == f"GET /x/{HIDDEN}…"


@given(st.text(max_size=60), st.text(max_size=60))
def test_what_stands_around_a_secret_stays(before: str, after: str) -> None:
    redactor = Redactor()
    redactor.know(PLAIN + "ghijkl")
    text = f"{quote(before)}: {percent(PLAIN)} :{after}"
    assert redactor.known_hidden(text) == f"{quote(before)}: {HIDDEN} :{after}"


def test_what_shares_little_with_a_secret_stays() -> None:
    redactor = Redactor()
    redactor.know("salasana-pirkanmaa-2026", PLAIN)
    for line in (
        "Pirkanmaa: https://taike.example/maa-2026 sees salasana-pi",
        "%C3%A4iti%20kanmaa-2026 0123456789 89abcdef01 C:\\x64\\u00e4",
    ):
        assert redactor.redact(line) == line


def test_a_short_secret_is_hidden_as_a_word() -> None:
    redactor = Redactor()
    redactor.know("bot", "salas")
    assert redactor.known_hidden("robot bot salas salasana") == f"robot bot {HIDDEN} salasana"


def test_secrets_of_before_stay_hidden_when_new_ones_come() -> None:
    redactor = Redactor()
    for number in range(MOST_KNOWN + 50):
        redactor.know(f"renewed-token-{number:06}-of-some-length")
    assert redactor.redact(f"renewed-token-{MOST_KNOWN:06}-of-some-length") == HIDDEN
    assert redactor.redact(f"renewed-token-{MOST_KNOWN + 49:06}-of-some-length") == HIDDEN


LOOKS_LIKE_A_SECRET = [
    "Authorization: Bearer {}",
    "authorization:Basic {}",
    "b'Authorization: Bearer\\r\\n {}\\r\\r\\n'",
    "Authorization: Bearer\r\n {}",
    "Proxy-Authorization: Token {}",
    "{{'Authorization': 'Bearer {}'}}",
    "(b'Authorization', b'Digest {}')",
    "X-Api-Key: {}",
    "Cookie: session={}",
    "Invalid header value char:\n\n  b' {}'\n    ^",
    '400, message:\n  Invalid header token:\n\n    b"\'{}"\n    ^\n',
    "Bearer {}",
    "Bearer%20{}",
    "BEARER\t{}",
    "GET /x?access_token={}&y=1 HTTP/1.1",
    "/x?sv=1&sig={}",
    "password={}",
    "Password = '{}'",
    "password: {}",
    '{{"password": "{}"}}',
    '{{\\"client_secret\\": \\"{}\\"}}',
    "client_secret={}&grant_type=x",
    "client_assertion={}",
    "BOT_APP_PASSWORD={}",
    "BOT_FACEBOOK_PAGE_TOKEN={}",
    "{{'refresh_token': '{}'}}",
    "appsecret_proof={}",
    "postgresql+asyncpg://user:{}@host/db",
    "https://user:{}@host/",
    "postgresql://host/db?user=u&password={}",
    "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----",
    "-----BEGIN RSA PRIVATE KEY-----\\n{}",
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\n{} and nothing more",
]


@pytest.mark.parametrize("text", LOOKS_LIKE_A_SECRET)
@pytest.mark.parametrize("secret", ["hemlighet12", TOKEN, "a%2Fb%3D~c", "x"])
def test_what_looks_like_a_secret_is_hidden(text: str, secret: str) -> None:
    filled = text.format(secret)
    hidden = Redactor().redact(filled)
    marked = text.format("\0")
    assert HIDDEN in hidden
    assert len(hidden) <= len(marked) + len(HIDDEN)
    if secret != "x":
        assert secret not in hidden
        assert hidden == Redactor().redact(text.format("something-else-5"))


@pytest.mark.parametrize(
    "text", [TOKEN, f"x {TOKEN} y", "abc8Q~" + "a" * 34, "EAAB" + "x1" * 20, f"[{TOKEN[:60]}]"]
)
def test_a_token_is_known_by_its_form(text: str) -> None:
    hidden = Redactor().redact(text)
    assert HIDDEN in hidden
    assert len(hidden) <= 12


@pytest.mark.parametrize(
    "text",
    [
        "BOT_APP_PASSWORD: the file is empty.",
        "BOT_APP_PASSWORD_FILE: the file cannot be read: no such file.",
        "The client secret is wrong (AADSTS7000215): set BOT_APP_PASSWORD anew.",
        "a bearer token, and the bearer tokens",
        "https://example.org:8080/path?day=2026-12-10#sign",
        "19:kanava1@thread.tacv2 someone@example.org",
        "sqlite+aiosqlite:////var/lib/taikubot/taikubot.db",
        "postgresql+asyncpg://user@host/db?ssl=require",
        "Taidetta ja hyvinvointia – Österbotten 🎭 tokens=5",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert Redactor().redact(text) == text


@given(st.text(max_size=200))
def test_hiding_twice_changes_nothing_more(text: str) -> None:
    redactor = Redactor()
    redactor.know(PLAIN)
    once = redactor.redact(f"{text} password={text} {PLAIN}")
    assert redactor.known_hidden(once) == once
    assert PLAIN not in once


def test_the_passwords_of_an_address_are_found() -> None:
    found = set(
        address_secrets("postgresql+asyncpg://u:a%2Fb@c@host/db?user=u&password=q%2Br&sslmode=x")
    )
    assert found == {"a%2Fb@c", "a/b@c", "q%2Br", "q+r"}
    assert not list(address_secrets("sqlite+aiosqlite:////var/lib/u:x/bot.db"))


TRICKY = {
    "tokens": "eyJ" * 30_000,
    "names": "password " * 10_000,
    "addresses": "://a:" * 15_000,
    "bearers": "bearer+" * 10_000 + " " * 30_000,
    "one word": "a" * 100_000,
    "headers": "authorization:" * 10_000,
    "percents": "%25" * 30_000,
    "parts": PLAIN[:12] * 8_000,
    "nearly parts": (PLAIN[:11] + "-") * 8_000,
    "backslashes": "\\" * 100_000 + "password=\\\\",
    "open quotes": "password='" + "\\" * 100_000,
    "keys": "-----BEGIN PRIVATE KEY-----" * 4_000,
    "spaces": "password" + " " * 100_000,
    "secrets of Entra": "x~Q~" * 20_000,
}


@pytest.mark.parametrize("text", TRICKY.values(), ids=list(TRICKY))
def test_no_text_takes_long(text: str) -> None:
    """Quadratic time would be minutes; the limit leaves a slow machine room."""
    redactor = Redactor()
    redactor.know(PLAIN, ODD)
    began = time.process_time()
    redactor.redact(f"{text} token")
    assert time.process_time() - began < 20


class _Odd:
    def __repr__(self) -> str:
        return f"<odd {PLAIN}>"


class _Broken:
    def __repr__(self) -> str:
        raise RuntimeError(PLAIN)


@pytest.mark.parametrize(
    "value",
    [
        PLAIN,
        f"a {PLAIN}",
        [PLAIN],
        {"a": (PLAIN, {"b": PLAIN})},
        {PLAIN: 1},
        ValueError(PLAIN),
        _Odd(),
        _Broken(),
        PLAIN.encode(),
        [[[[[[[[[PLAIN]]]]]]]]],
    ],
    ids=lambda value: type(value).__name__,
)
def test_no_value_of_an_event_shows_a_secret(value: object) -> None:
    redactor = Redactor()
    redactor.know(PLAIN)
    event = redactor.process(None, "info", {"event": "x", "number": 1, "value": value})
    line = json.dumps(event)
    assert PLAIN not in line
    assert event["number"] == 1


def test_a_value_whose_name_says_secret_is_hidden() -> None:
    event = {"event": "x", "client_secret": "abc", "headers": {"Authorization": "abc"}, "token": 5}
    hidden = Redactor().process(None, "info", event)
    assert hidden["client_secret"] == HIDDEN
    assert hidden["headers"] == {"Authorization": HIDDEN}
    assert hidden["token"] == 5


def test_an_event_without_secrets_is_left_as_it_is() -> None:
    event = {"event": "turn.answered", "ms": 3.5, "kind": "personal", "none": None}
    assert Redactor().process(None, "info", event) is event


LOGGING = """
import asyncio, logging, sys, threading, warnings
import structlog
from bot.ops.guarded_streams import guard_streams
from bot.ops.logs import configure_logs
from bot.ops.redaction import know

SECRET, HALVES = sys.argv[1], (sys.argv[1][:11], sys.argv[1][11:])
know(SECRET)
guard_streams()
configure_logs()
log = structlog.get_logger()
log.info("ours", text=f"a {SECRET}", listed=[SECRET], error=ValueError(SECRET))
structlog.contextvars.bind_contextvars(bound=SECRET)
log.warning("bound")
structlog.contextvars.clear_contextvars()
logging.getLogger("some.library").error("split %s%s and Bearer %s", *HALVES, "stranger-token")
logging.getLogger("some.library").warning({"password": SECRET})
try:
    try:
        raise KeyError(SECRET)
    except KeyError as error:
        raise RuntimeError(f"password={SECRET}") from error
except RuntimeError:
    log.exception("caught")
    logging.getLogger("other").exception("caught too")
warnings.warn(f"warned of {SECRET}")
threading.Thread(target=lambda: int(SECRET)).start()

class Bad:
    def __del__(self): raise ValueError(SECRET)
Bad()

async def main():
    async def fails(): raise ValueError(SECRET)
    task = asyncio.create_task(fails(), name=SECRET)
    await asyncio.sleep(0.01)
    del task
    import gc; gc.collect()
    asyncio.get_running_loop().call_soon(lambda: int(SECRET))
    asyncio.get_running_loop().call_exception_handler({"message": "handler", "who": SECRET})
    await asyncio.sleep(0.01)
asyncio.run(main())
print("split", *HALVES, sep="", file=sys.stderr)
print("result", SECRET)
logging.getLogger("bad.arguments").error("%d", SECRET)
raise SystemError(SECRET)
"""


def test_no_way_of_logging_shows_a_secret() -> None:
    """Each in the program of its own: what is logged by asyncio and by Python itself, too."""
    secret = "a-planted\"secret'with\\signs-in-it"
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", LOGGING, secret],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    for shown in (secret, secret[:16], secret[16:], "stranger-token", json.dumps(secret)[1:-1]):
        assert shown not in done.stderr + done.stdout, done.stderr
    assert done.stdout == f"result {HIDDEN}\n"
    lines = [line for line in done.stderr.splitlines() if line.startswith("{")]
    events = [json.loads(line) for line in lines]
    said = " ".join(str(event["event"]) for event in events)
    for expected in (
        *("ours", "bound", f"split {HIDDEN}", "caught", "caught too", "warned of", "thread.failed"),
        *("error.not_raised", "Task exception was never retrieved", "Exception in callback"),
        *("handler", "program.failed"),
    ):
        assert expected in said, expected
    assert sum(HIDDEN in line for line in lines) >= 12


TERMINAL = """
import pty, os, sys
pid, descriptor = pty.fork()
if pid == 0:
    os.execv(sys.executable, [sys.executable, "-W", "always", "-c", *sys.argv[1:]])
text = b""
try:
    while part := os.read(descriptor, 65536):
        text += part
except OSError:
    pass
os.waitpid(pid, 0)
sys.stdout.buffer.write(text)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_on_a_terminal_no_secret_is_shown_either() -> None:
    secret = "a-planted-secret-of-some-length"
    done = subprocess.run(
        [sys.executable, "-c", TERMINAL, LOGGING, secret],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert secret not in done.stdout
    assert secret[:16] not in done.stdout
    assert "stranger-token" not in done.stdout
    assert done.stdout.count(HIDDEN) >= 15
