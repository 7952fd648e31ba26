"""What an answer means: each row of the table, in the code and in the docs."""

from __future__ import annotations

import re
import ssl
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import pytest

from bot.channels.verdicts import (
    GONE_CODES,
    NOT_POSTED_STATUSES,
    Verdict,
    is_answering,
    is_html,
    verdict_of,
    verdict_of_error,
)

POSTED, NOT_POSTED, IN_DOUBT = Verdict.POSTED, Verdict.NOT_POSTED, Verdict.IN_DOUBT
REFUSED, GONE = Verdict.REFUSED, Verdict.GONE
KEY = cast(Any, SimpleNamespace(host="h", port=1, ssl=True, is_ssl=True))


@pytest.mark.parametrize("status", [200, 201, 202, 204, 207, 299])
def test_every_good_status_is_posted(status: int) -> None:
    assert verdict_of(status) is verdict_of(status, "Odd") is POSTED
    assert verdict_of(status, html=True) is POSTED


@pytest.mark.parametrize(
    "status", [300, 301, 302, 304, 307, 308, 401, 409, 412, 425, 429, 501, 503, 507, 529]
)
@pytest.mark.parametrize("code", [None, "Throttled", "ConversationNotFound"])
@pytest.mark.parametrize("html", [False, True])
def test_what_is_surely_not_posted(status: int, code: str | None, html: bool) -> None:
    assert verdict_of(status, code, html=html) is NOT_POSTED


@pytest.mark.parametrize(
    "status", [0, 100, 101, 199, 408, 500, 502, 504, 505, 508, 511, 520, 521, 524, 530, 599, 999]
)
@pytest.mark.parametrize("code", [None, "ServiceError", "ConversationNotFound"])
@pytest.mark.parametrize("html", [False, True])
def test_what_is_in_doubt(status: int, code: str | None, html: bool) -> None:
    assert verdict_of(status, code, html=html) is IN_DOUBT


@pytest.mark.parametrize("status", [400, 402, 403, 404, 405, 406, 410, 414, 415, 422, 431, 451])
def test_a_refusal_without_a_code_is_a_gateways(status: int) -> None:
    assert verdict_of(status) is verdict_of(status, html=True) is NOT_POSTED
    assert verdict_of(status, "BadArgument") is REFUSED


def test_too_large_needs_no_code_but_no_page_either() -> None:
    assert verdict_of(413) is verdict_of(413, "MessageSizeTooBig") is REFUSED
    assert verdict_of(413, html=True) is NOT_POSTED


@pytest.mark.parametrize("code", sorted(GONE_CODES))
def test_gone_is_a_name_and_a_status(code: str) -> None:
    assert verdict_of(403, code) is verdict_of(404, code) is GONE
    assert verdict_of(400, code) is verdict_of(410, code) is REFUSED
    assert verdict_of(503, code) is NOT_POSTED


@pytest.mark.parametrize(
    "code", ["BotDisabledByAdmin", "ActivityNotFoundInConversation", "NotEnoughPermissions", "x"]
)
def test_no_other_name_means_gone(code: str) -> None:
    assert verdict_of(403, code) is verdict_of(404, code) is REFUSED


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (aiohttp.ClientConnectorError(KEY, OSError(111, "refused")), NOT_POSTED),
        (aiohttp.ClientConnectorDNSError(KEY, OSError(-2, "unknown")), NOT_POSTED),
        (aiohttp.ClientProxyConnectionError(KEY, OSError(111, "refused")), NOT_POSTED),
        (aiohttp.ClientConnectorSSLError(KEY, ssl.SSLError(1, "handshake")), NOT_POSTED),
        (
            aiohttp.ClientConnectorCertificateError(KEY, ssl.CertificateError("name")),
            NOT_POSTED,
        ),
        (aiohttp.ConnectionTimeoutError(), NOT_POSTED),
        (aiohttp.ServerDisconnectedError(), IN_DOUBT),
        (aiohttp.ClientOSError(104, "reset"), IN_DOUBT),
        (aiohttp.ClientConnectionResetError("reset"), IN_DOUBT),
        (aiohttp.ClientPayloadError("half"), IN_DOUBT),
        (aiohttp.SocketTimeoutError(), IN_DOUBT),
        (aiohttp.ServerTimeoutError(), IN_DOUBT),
        (TimeoutError(), IN_DOUBT),
        (ConnectionResetError(), IN_DOUBT),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_what_no_answer_means(error: Exception, verdict: Verdict) -> None:
    assert verdict_of_error(error) is verdict


@pytest.mark.parametrize(
    ("content_type", "body", "html"),
    [
        ("text/html", b"", True),
        ("Text/HTML; charset=utf-8", b"{}", True),
        ("application/xhtml+xml", b"", True),
        ("application/json", b"<!DOCTYPE html><html>", True),
        ("", b"\xef\xbb\xbf \r\n <html>", True),
        ("text/plain", b'<?xml version="1.0"?>', True),
        ("", b"", False),
        ("application/json", b'{"a": "<html>"}', False),
        ("junk", b"Not found", False),
    ],
)
def test_what_is_a_page(content_type: str, body: bytes, html: bool) -> None:
    assert is_html(content_type, body) is html


def test_a_refusal_is_an_answer_too() -> None:
    answering = {status for status in range(200, 600) if is_answering(status)}
    assert answering == {*range(200, 500)} - {408, 425, 429}


def test_the_docs_have_the_same_table() -> None:
    text = Path("docs/architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.+) \| (posted|not posted|in doubt|refused|gone) \|", text, re.M)
    numbers = {
        int(found): verdict for said, verdict in rows for found in re.findall(r"\d{3}", said)
    }
    not_posted = {status for status, verdict in numbers.items() if verdict == "not posted"}
    assert not_posted == NOT_POSTED_STATUSES
    assert {status for status, verdict in numbers.items() if verdict == "in doubt"} >= {408, 500}
    for status, verdict in numbers.items():
        if verdict in ("not posted", "in doubt"):
            assert verdict_of(status) == verdict
    named = {found for said, verdict in rows for found in re.findall(r"`(\w+)`", said)}
    assert named == GONE_CODES
