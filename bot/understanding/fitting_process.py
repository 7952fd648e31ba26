"""The last step of learning: fits what tells intents apart, after the process that prepared it.

Python gives back little of the memory that making texts takes, so that process becomes this one,
which imports no more than it needs. What is handed over are files without names, so that nothing
is left behind by a process that is ended.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from bot.ops.memory import keep_small
from bot.understanding.array_file import (
    read_from,
    strip_prefix,
    temporary_file,
    write_arrays,
    write_into,
)
from bot.understanding.linear_model import PREPARED, Fitting, LinearModel, Progress

MODEL, TEXTS = "intents.", "texts."
"""How the names of the arrays begin of the model that is fitted, and of what is no part of it."""


def hand_over(
    path: Path, arrays: Mapping[str, Any], fitting: Fitting, keep: int, shown: bool
) -> None:
    """Becomes the process that fits the model and writes it to its file; returns where it cannot.

    `keep` is how many files of models stay, `shown` whether progress is shown.
    """
    if os.name != "posix":
        # Elsewhere the process would end for whoever waits for it.
        return
    with suppress(OSError), temporary_file() as rest:
        write_into(
            rest,
            {
                **arrays,
                f"{MODEL}weights": np.zeros(0, np.float16),
                f"{TEXTS}lengths": fitting.lengths,
                f"{TEXTS}targets": fitting.targets,
            },
        )
        files = [rest, fitting.file]
        for file in files:
            file.flush()
            os.set_inheritable(file.fileno(), True)
        numbers = [str(file.fileno()) for file in files]
        shows = ["--shown"] if shown else []
        command = [sys.executable, "-m", __name__, str(path), *numbers, str(keep), *shows]
        os.execv(sys.executable, command)


def fit(
    path: Path, rest: BinaryIO, texts: BinaryIO, keep: int, progress: Progress | None = None
) -> None:
    """Fits the model of the arrays in `rest` to the texts, and writes all to its file."""
    arrays = read_from(rest)
    lengths, targets = (arrays.pop(f"{TEXTS}{name}") for name in ("lengths", "targets"))
    model = LinearModel.from_arrays(strip_prefix(MODEL, arrays))
    model.weights = np.zeros((len(model.features), len(model.classes)), np.float16)
    model.bias = model.bias.copy()
    Fitting(model, texts, lengths, targets).fit(progress=progress)
    arrays |= {f"{MODEL}weights": model.weights, f"{MODEL}bias": model.bias}
    # A cache that cannot be written is no error.
    with suppress(OSError):
        write_arrays(path, arrays, keep)


def main() -> None:
    """The process."""
    keep_small()
    parser = argparse.ArgumentParser()
    parser.add_argument("path", type=Path)
    parser.add_argument("rest", type=int)
    parser.add_argument("texts", type=int)
    parser.add_argument("keep", type=int)
    parser.add_argument("--shown", action="store_true")
    arguments = parser.parse_args()
    progress: Progress | None = None
    if arguments.shown:
        from bot.understanding.learning_progress import show_progress

        show = show_progress()
        progress = lambda share: show(PREPARED + (1 - PREPARED) * share)  # noqa: E731
    with os.fdopen(arguments.rest, "rb") as rest, os.fdopen(arguments.texts, "rb") as texts:
        fit(arguments.path, rest, texts, arguments.keep, progress)


if __name__ == "__main__":
    main()
