"""The process that learns: reads the files, trains, and leaves the model in the cache.

    python -m bot.understanding.learning_process --content DIR --intents DIR [--demo] [--beside]

It imports what learning needs and no more: where memory is short, the command line, the web server
and the database would take as much as the phrases.
"""

from __future__ import annotations

import argparse
import os
import sys
from functools import partial
from pathlib import Path

from bot.i18n import own_language
from bot.knowledge.loader import load
from bot.knowledge.yaml_source import ContentError
from bot.ops.guarded_streams import guard_streams
from bot.ops.memory import keep_small
from bot.understanding.fitting_process import hand_over
from bot.understanding.learning_progress import show_progress
from bot.understanding.trained_model import MAX_FILES, train_for_cache

BESIDE = 10
"""By how much less a process that learns beside a server counts for the system than others."""


def main() -> None:
    """The process; it is quiet `--beside` a server that answers."""
    keep_small()
    parser = argparse.ArgumentParser()
    parser.add_argument("--content", type=Path, required=True)
    parser.add_argument("--intents", type=Path, required=True)
    parser.add_argument("--demo", action="store_true")
    parser.add_argument("--beside", action="store_true")
    arguments = parser.parse_args()
    guard_streams()
    progress = None if arguments.beside else show_progress()
    if arguments.beside and hasattr(os, "nice"):
        # Answers and saved changes come first.
        os.nice(BESIDE)
    try:
        train_for_cache(
            lambda: load(arguments.content, arguments.intents, arguments.demo),
            progress,
            partial(hand_over, keep=MAX_FILES, shown=not arguments.beside),
        )
    except ContentError as error:
        sys.exit("\n".join(error.said(own_language())))


if __name__ == "__main__":
    main()
