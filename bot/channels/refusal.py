"""A request that is refused, whichever channel it came to."""

from __future__ import annotations

from bot.i18n import Message


class RequestRefused(Exception):
    """A request that is not carried out.

    `status` is the HTTP status, `rule` says in the log and the metrics which check failed, `text`
    is one sentence for the caller (empty where a caller without a token is to learn nothing), and
    `retry_after` the number of seconds to wait before another try.
    """

    def __init__(
        self, status: int, rule: str, text: str | Message = "", retry_after: int | None = None
    ) -> None:
        super().__init__(f"{status}: {rule}")
        self.status = status
        self.rule = rule
        self.text = text
        self.retry_after = retry_after
