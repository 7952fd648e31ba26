"""A request that is refused, whichever channel it came to."""

from __future__ import annotations

from bot.i18n import Message
from bot.ops import metrics
from bot.ops.summed_log import SummedLog


class RequestRefused(Exception):
    """A request that is not carried out.

    `status` is the HTTP status, `rule` says in the log and the metrics which check failed, in words
    of our own, `text` is one sentence for the caller (empty where a caller without a token is to
    learn nothing), and `retry_after` the number of seconds to wait before another try.
    """

    def __init__(
        self, status: int, rule: str, text: str | Message = "", retry_after: int | None = None
    ) -> None:
        super().__init__(f"{status}: {rule}")
        self.status = status
        self.rule = rule
        self.text = text
        self.retry_after = retry_after


class Refusals:
    """Counts what a channel refuses, and logs it: of a flood a few lines a minute and a sum."""

    def __init__(self, channel: str) -> None:
        self._channel = channel
        self._log = SummedLog("request.refused")

    def note(self, refusal: RequestRefused) -> None:
        """Notes a refusal, by its rule and nothing else."""
        self._log.warning(channel=self._channel, status=refusal.status, rule=refusal.rule)
        metrics.REFUSED.labels(self._channel, refusal.rule).inc()
