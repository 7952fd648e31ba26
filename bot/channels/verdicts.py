"""What an answer to a post means: the one table, for all channels.

A post is a POST that must not be made twice. Only what is surely not posted may be sent again
freely. An edit or a deletion can be repeated whatever happened, so there "in doubt" means no more
than that it has to be.

| Answer | Verdict |
| --- | --- |
| 2xx, whatever its body says | posted; without a usable id in it, the id is unknown |
| no connection made | not posted |
| 3xx; 401, 409, 412, 425, 429, 501, 503, 507, 529 | not posted |
| another 4xx without a code, such as an HTML page | not posted: a gateway said it |
| cut, timed out, unreadable; 408; any other status | in doubt |
| 403 or 404 with a code of `GONE_CODES` | gone |
| 413 that is no HTML page; another 4xx with a code | refused: would be refused again |

A code is the word by which the service itself names its error.
"""

from __future__ import annotations

from enum import StrEnum

import aiohttp


class Verdict(StrEnum):
    """What became of a post."""

    POSTED = "posted"
    NOT_POSTED = "not posted"
    """Surely not, for reasons that pass."""
    IN_DOUBT = "in doubt"
    REFUSED = "refused"
    """Surely not, and the same post would be refused again."""
    GONE = "gone"
    """Surely not: the service says by a name that the bot cannot post there any more."""


NOT_POSTED_STATUSES = frozenset({401, 409, 412, 425, 429, 501, 503, 507, 529})
"""Statuses by which a server says that it has not done what was asked, and why it cannot now."""

GONE_CODES = frozenset(
    {
        "BotNotInConversationRoster",
        "ConversationBlockedByUser",
        "ConversationNotFound",
        "ForbiddenOperationException",
        "MessageWritesBlocked",
    }
)
"""Codes of a 403 or 404 that mean it, as Microsoft documents the status codes of bots in Teams."""

NO_CONNECTION = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
"""Errors of aiohttp before the first byte of a request has left.

The first covers DNS, TCP, a proxy, and the TLS handshake with its certificates; the second the time
limit of all these and of the wait for a free connection. Everything else comes later or may do:
`ServerDisconnectedError` on a connection that was used before, `ClientOSError`, and the limit of
the whole call.
"""


def verdict_of(status: int, code: str | None = None, *, html: bool = False) -> Verdict:
    """What a complete answer means, by its status, its code and whether it is an HTML page."""
    if 200 <= status < 300:
        return Verdict.POSTED
    if 300 <= status < 400 or status in NOT_POSTED_STATUSES:
        return Verdict.NOT_POSTED
    if status == 408 or not 400 <= status < 500:
        return Verdict.IN_DOUBT
    if status == 413 and not html:
        return Verdict.REFUSED
    if code is None or html:
        return Verdict.NOT_POSTED
    if status in (403, 404) and code in GONE_CODES:
        return Verdict.GONE
    return Verdict.REFUSED


def verdict_of_error(error: BaseException) -> Verdict:
    """What it means that no answer came."""
    return Verdict.NOT_POSTED if isinstance(error, NO_CONNECTION) else Verdict.IN_DOUBT


def is_answering(status: int) -> bool:
    """Whether an answer of this status to a harmless question shows that the service is there."""
    return status < 500 and status not in (408, 425, 429)


def is_html(content_type: str, body: bytes) -> bool:
    """Whether an answer is a page for people: it is called so, or begins like one."""
    if content_type.partition(";")[0].strip().lower() in ("text/html", "application/xhtml+xml"):
        return True
    # No JSON begins so; XML is nothing that a connector says either.
    return body.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")
