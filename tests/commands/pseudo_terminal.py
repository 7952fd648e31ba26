"""Commands in a terminal of their own."""

from __future__ import annotations

import codecs
import os
import pty
import select
import subprocess
import sys
import time

import psutil

PATIENCE = 60.0

IN_ITS_TERMINAL = """\
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execvp(sys.argv[1], sys.argv[1:])
"""
"""Runs a command whose terminal is its own, so that Ctrl-C typed there is heard."""


def environment(**changes: str) -> dict[str, str]:
    """The environment of a command: this one's without the bot's settings, and changes."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith("BOT_")}
    return mine | changes


class Terminal:
    """A command in a terminal of its own: what it shows, and what is typed into it."""

    def __init__(self, *command: str, **changes: str) -> None:
        self._master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-c", IN_ITS_TERMINAL, *command],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment(**{"TERM": "xterm", **changes}),
            start_new_session=True,
        )
        os.close(slave)
        self._unread = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def type(self, text: str) -> None:
        """Types a text; `\\x03` is Ctrl-C, `\\x04` Ctrl-D."""
        os.write(self._master, text.encode())

    def shows(self, wanted: str, seconds: float) -> bool:
        """Whether a text is shown within so many seconds, which stays to be read."""
        end = time.monotonic() + seconds
        while wanted not in self._unread:
            left = max(end - time.monotonic(), 0)
            if not select.select([self._master], [], [], left)[0]:
                return False
            self._unread += self._decoder.decode(os.read(self._master, 65536))
        return True

    def until(self, wanted: str) -> str:
        """Waits until a text is shown, and gives what was shown up to its end."""
        assert self.shows(wanted, PATIENCE), f"`{wanted}` never came; shown: {self._unread}"
        shown, _, self._unread = self._unread.partition(wanted)
        return shown + wanted

    def until_it_waits(self) -> None:
        """Waits until the process sleeps: it has nothing to do until something is typed."""
        end = time.monotonic() + PATIENCE
        while psutil.Process(self.process.pid).status() != psutil.STATUS_SLEEPING:
            assert time.monotonic() < end, "The process never came to rest."
            time.sleep(0.01)

    def close(self) -> None:
        """Ends the command, if it has not ended."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)
        os.close(self._master)
