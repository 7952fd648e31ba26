"""How far training has come, shown to whoever started it by a command."""

from __future__ import annotations

import sys
from collections.abc import Callable

from bot.i18n import own_language, translator


def show_progress() -> Callable[[float], None]:
    """Shows the progress of training on standard error: on a terminal in percent."""
    _ = translator(own_language())
    shown = False

    def show(share: float) -> None:
        nonlocal shown
        if sys.stderr.isatty():
            end = "\n" if share >= 1 else ""
            line = _("Learning the phrases … {share}", share=f"{share:4.0%}")
            print(f"\r{line}", end=end, file=sys.stderr, flush=True)
        elif not shown:
            line = _("Learning the phrases (once after each change) …")
            print(line, file=sys.stderr, flush=True)
            shown = True

    return show
