"""Learning in a process of its own: one that answers never trains inside itself.

Training takes memory that a process does not give back, and the GIL, which a server needs.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bot.i18n import N_, Message
from bot.knowledge.library import Knowledge
from bot.understanding.trained_model import TrainedModel, cache_folder, load_trained

if TYPE_CHECKING:
    from bot.understanding.reloader import Folders


class LearningError(Exception):
    """A process that learned has failed; `message` tells how it ended."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message


async def learn(folders: Folders, knowledge: Knowledge, quiet: bool = True) -> TrainedModel | None:
    """Learns from the files in a process of its own, and gives the model of this knowledge.

    None where the files were another content by then. Raises LearningError where the process
    fails; ended early, it ends that process too.
    """
    if await asyncio.to_thread(_is_writable, cache_folder()):
        await _train(folders, cache_folder(), quiet)
        return await asyncio.to_thread(load_trained, knowledge)
    # A cache that cannot be written is no reason to train here: the model goes another way.
    place = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="taikubot-"))
    try:
        await _train(folders, place, quiet)
        return await asyncio.to_thread(load_trained, knowledge, place)
    finally:
        await asyncio.to_thread(shutil.rmtree, place, ignore_errors=True)


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


async def _train(folders: Folders, cache: Path, quiet: bool) -> None:
    try:
        process = await asyncio.create_subprocess_exec(
            *training_command(folders, quiet),
            env={**os.environ, "BOT_CACHE_DIR": str(cache)},
        )
    except OSError as error:
        raise LearningError(
            N_("no process for learning can be started ({reason})", reason=str(error))
        ) from None
    try:
        code = await process.wait()
    except asyncio.CancelledError:
        process.terminate()
        # Waited for, so that nothing of it is left when the server has ended.
        await asyncio.shield(process.wait())
        raise
    if code < 0:
        raise LearningError(
            N_(
                "the process that learned was ended from outside (signal {signal}), as happens "
                "where memory is short",
                signal=-code,
            )
        )
    if code:
        raise LearningError(N_("the process that learned failed (exit code {code})", code=code))


def training_command(folders: Folders, quiet: bool = False) -> list[str]:
    """The command that trains and leaves the model in the cache; `quiet` beside a server."""
    command = [sys.executable, "-m", "bot.understanding.learning_process"]
    command += ["--content", str(folders.content), "--intents", str(folders.intents)]
    command += ["--beside"] if quiet else []
    return [*command, "--demo"] if folders.demo else command
