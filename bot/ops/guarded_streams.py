"""Standard output and error of a command without secrets, whoever writes to them.

Commands, typer, rich, `warnings`, a traceback of Python: all write to `sys.stdout` or `sys.stderr`.
What goes to standard output are results, which scripts read: there only secrets that are known are
hidden. Standard error is for sentences and tracebacks: there also what looks like a secret.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from typing import TextIO

from bot.ops.redaction import REDACTOR

MOST_WAITING = 65_536
"""Characters of a line without an end that wait for it."""


class GuardedStream(io.TextIOWrapper):
    """A text stream that hides secrets line by line: one may be written in several pieces."""

    def __init__(self, stream: io.TextIOWrapper, hide: Callable[[str], str]) -> None:
        # The other stream stays open and must not be collected: it would close what both write to.
        self.unguarded = stream
        super().__init__(
            stream.buffer,
            encoding=stream.encoding,
            errors=stream.errors,
            line_buffering=stream.line_buffering,
            write_through=stream.write_through,
        )
        self._hide = hide
        self._pending = ""

    def write(self, text: str) -> int:
        """Writes the lines that are whole; what has no end yet waits for `flush`."""
        self._pending += text
        end = self._pending.rfind("\n") + 1
        if not end and len(self._pending) > MOST_WAITING:
            end = len(self._pending)
        if end:
            whole, self._pending = self._pending[:end], self._pending[end:]
            super().write(self._hide(whole))
        return len(text)

    def flush(self) -> None:
        """Writes also what has no end, such as a question to the user."""
        if self._pending:
            rest, self._pending = self._pending, ""
            super().write(self._hide(rest))
        super().flush()


def guard_streams() -> None:
    """Hides secrets in what this process writes from now on; does nothing where it does already."""
    for name, hide in (("stdout", REDACTOR.known_hidden), ("stderr", REDACTOR.redact)):
        stream = getattr(sys, name)
        if type(stream) is io.TextIOWrapper:
            stream.flush()
            setattr(sys, name, GuardedStream(stream, hide))


def unguarded(stream: TextIO) -> TextIO:
    """The stream itself, for whoever hides secrets before writing."""
    return stream.unguarded if isinstance(stream, GuardedStream) else stream
