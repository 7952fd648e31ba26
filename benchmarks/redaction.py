"""What it costs to keep secrets out of the log.

    python -m benchmarks.redaction [--rounds N]

The line of an answered turn is written to nowhere, as JSON, with the redactor on the way and
without it; both take turns, the best of `--rounds` counts. The redactor knows as many secrets as a
server with all settings and a day of renewed tokens. Told are the two times, their ratio, and how
many lines with a secret, and how many long tracebacks, it hides a second. The goal is a ratio, so
that the machine does not count: a line may take two and a half times as long as without it.

Exit code 1 when the goal is missed.
"""

from __future__ import annotations

import argparse
import io
import secrets
import sys
import time
from collections.abc import Callable

import structlog

from bot.ops.redaction import Redactor

LINES = 5_000
KNOWN = 28
"""Four secrets and 24 tokens."""

MOST = 2.5
"""How many times as long as without it a line may take."""

TURN = {
    "channel": "msteams",
    "place": "personal",
    "language": "fi",
    "intent": "contacts",
    "confidence": 0.93,
    "entities": ["networks", "municipalities"],
    "milliseconds": 4.2,
}


def _writer(redactor: Redactor | None) -> Callable[[], None]:
    hide = [redactor.process] if redactor is not None else []
    log = structlog.wrap_logger(
        structlog.WriteLogger(io.StringIO()),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            *hide,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
    return lambda: log.info("turn.answered", **TURN)


def _microseconds(work: Callable[[], object], times: int) -> float:
    began = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - began) / times * 1e6


def main() -> int:
    """Measures, prints, and judges."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    redactor = Redactor()
    redactor.know(*(secrets.token_urlsafe(40) for _ in range(KNOWN - 1)), "salainen sana/&")
    plain, hiding = _writer(None), _writer(redactor)
    times: list[tuple[float, float]] = []
    for _ in range(rounds):
        times.append((_microseconds(plain, LINES), _microseconds(hiding, LINES)))
    without, with_it = (min(column) for column in zip(*times, strict=True))
    ratio = with_it / without
    bad = "400, message:\n  Invalid header:\n\n    b'Authorization: Bearer some-token'\n    ^"
    trace = 'Traceback (most recent call last):\n  File "x.py", line 1, in f\n    f(token)\n' * 50
    print(f"a line without the redactor: {without:6.1f} µs")
    print(f"a line with it:              {with_it:6.1f} µs, {ratio:.2f} times as long")
    print(
        f"a line with a secret:        {_microseconds(lambda: redactor.redact(bad), 500):6.1f} µs"
    )
    print(
        f"a traceback of 150 lines:    {_microseconds(lambda: redactor.redact(trace), 50):6.1f} µs"
    )
    if ratio > MOST:
        print(f"Missed: at most {MOST} times as long.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
