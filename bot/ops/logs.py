"""Logging to standard error: for people on a terminal, as JSON elsewhere.

Everything that is logged goes one way, whoever logs it: our modules by structlog, libraries by
`logging`, asyncio's unhandled errors, warnings, and errors that end a thread or the program. On
that way secrets are hidden (`redaction`), in what is written and in tracebacks.
"""

from __future__ import annotations

import logging
import sys
import threading
from types import TracebackType

import structlog

from bot.ops.guarded_streams import unguarded
from bot.ops.redaction import REDACTOR


def configure_logs() -> None:
    """Sets up structlog and `logging` in the same way; call it once, at the start of `serve`."""
    stream = unguarded(sys.stderr)
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        # Tracebacks without local variables: those may hold what a member wrote. As text before
        # secrets are hidden, for an exception's message may hold one.
        structlog.processors.format_exc_info,
        REDACTOR.process,
    ]
    renderer: structlog.types.Processor
    if stream.isatty():
        renderer = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    else:
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    # Libraries log through `logging`; their debug lines may hold headers, so none are shown.
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(True)
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_thread
    sys.unraisablehook = _log_unraisable


def _log_uncaught(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    log = structlog.get_logger("bot")
    log.critical("program.failed", exc_info=(kind, error, trace))


def _log_thread(failed: threading.ExceptHookArgs) -> None:
    if failed.exc_type is SystemExit or failed.exc_value is None:
        return
    log = structlog.get_logger("bot")
    log.error("thread.failed", exc_info=(failed.exc_type, failed.exc_value, failed.exc_traceback))


def _log_unraisable(failed: sys.UnraisableHookArgs) -> None:
    if failed.exc_value is None:
        return
    log = structlog.get_logger("bot")
    log.error(
        "error.not_raised",
        reason=failed.err_msg,
        exc_info=(failed.exc_type, failed.exc_value, failed.exc_traceback),
    )
