"""Reading what is typed into a terminal: history, completion, Ctrl-C."""

from __future__ import annotations

import contextlib
import signal
import sys
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import FrameType, ModuleType

from bot import private_files

HISTORY_LENGTH = 500


class LineReader:
    """Reads lines; what was typed is remembered in `history`, on this machine.

    Tab completes `names` wherever a word begins, and `suggestions` at the beginning of the line.
    """

    def __init__(self, history: Path, names: Sequence[str]) -> None:
        self.suggestions: tuple[str, ...] = ()
        self._history = history
        self._names = names
        self._found: list[str] = []
        self._readline = _readline()
        self._half_written: bool | None = None
        self.cleared = False
        """Whether Ctrl-C has cleared the last line."""
        # Ctrl-C is heard even where the process was started with SIGINT ignored, as background jobs
        # of a shell are.
        signal.signal(signal.SIGINT, self._interrupt)
        if self._readline:
            _set_up(self._readline, history)
            self._readline.set_completer(self._complete)

    @property
    def edits(self) -> bool:
        """Whether readline draws the prompt."""
        return self._readline is not None and sys.stdin.isatty() and sys.stdout.isatty()

    def read(self, prompt: str) -> str:
        """The next line; an empty one where Ctrl-C cleared what was half written.

        Raises EOFError at Ctrl-D, and at Ctrl-C where nothing was written.
        """
        try:
            typed = input(prompt).strip()
        except KeyboardInterrupt:
            if not self._clears():
                raise EOFError from None
            self.cleared = True
            return ""
        self.cleared = False
        return typed

    def close(self) -> None:
        """Writes the history."""
        write_history(self._history)

    def _interrupt(self, _signal: int, _frame: FrameType | None) -> None:
        # Afterwards readline has forgotten the line.
        self._half_written = None
        if self._readline and self.edits:
            self._half_written = bool(self._readline.get_line_buffer().strip())
        raise KeyboardInterrupt

    def _clears(self) -> bool:
        """Whether Ctrl-C has cleared a line rather than ended the conversation."""
        if not sys.stdin.isatty():
            return False
        if self._half_written is None:
            # The line is not known: the terminal cleared it. Twice in a row ends.
            return not self.cleared
        return self._half_written

    def _complete(self, word: str, state: int) -> str | None:
        if state == 0 and self._readline:
            line = self._readline.get_line_buffer()[: self._readline.get_endidx()]
            self._found = completions(line, self._names, self.suggestions)
        return self._found[state] if state < len(self._found) else None


def completions(line: str, names: Iterable[str], suggestions: Iterable[str]) -> list[str]:
    """What may stand in place of the last word of a line.

    Of a name or suggestion of several words the earlier ones are in the line already. `järv` finds
    what `Järv` begins, and `jarv` too, if nothing begins with that.
    """
    names, suggestions = tuple(names), tuple(suggestions)
    for alike in (str.casefold, _without_marks):
        if found := _completions(line, names, suggestions, alike):
            # readline puts what all have in common in place of the word: never less than that.
            typed = len(line) - line.rfind(" ") - 1
            return [one for one in found if one[:typed] == found[0][:typed]]
    return []


def _completions(
    line: str, names: Iterable[str], suggestions: Iterable[str], alike: Callable[[str], str]
) -> list[str]:
    def begins(text: str, typed: str) -> bool:
        return alike(text[: len(typed)]) == alike(typed)

    last = line.rfind(" ") + 1
    first = len(line) - len(line.lstrip())
    starts = [start for start in range(last + 1) if start == 0 or line[start - 1] == " "]
    found = [one[last - first :] for one in suggestions if begins(one, line[first:])]
    for name in names:
        begun = (start for start in starts if line[start:] and begins(name, line[start:]))
        if (start := next(begun, None)) is not None:
            found.append(name[last - start :])
    return list(dict.fromkeys(found))


def _without_marks(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in plain if not unicodedata.combining(one))


def write_history(path: Path) -> None:
    """Writes what was typed into a file that only this user may read; where it cannot, nothing."""
    if (readline := _readline()) is None:
        return
    with contextlib.suppress(OSError):
        private_files.make_folder(path.parent)
        private_files.touch(path)
        private_files.close_to_others(path)
        readline.write_history_file(path)


def _readline() -> ModuleType | None:
    try:
        import readline
    except ImportError:  # Windows: the console keeps a history of its own.
        return None
    return readline


def _set_up(readline: ModuleType, history: Path) -> None:
    with contextlib.suppress(OSError):
        if history.exists():
            readline.read_history_file(history)
    readline.set_history_length(HISTORY_LENGTH)
    readline.set_completer_delims(" ")
    libedit = "libedit" in (readline.__doc__ or "")
    readline.parse_and_bind("bind ^I rl_complete" if libedit else "tab: complete")
