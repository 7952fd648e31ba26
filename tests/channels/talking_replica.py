"""A replica for the tests: the real conversations on a database, as a process of its own."""

from __future__ import annotations

import asyncio
import datetime as dt
import multiprocessing
from multiprocessing.connection import Connection
from pathlib import Path

from bot.answers.plain import plain_text
from bot.channels.conversation import Conversations, IncomingMessage
from bot.channels.keyed_hash import keyed_hash, share_names
from bot.channels.shared_talk import SharedTalk
from bot.store.database import Database
from bot.understanding.reloader import Folders, make_snapshot

ROOT = Path(__file__).parents[2]
NOON = dt.datetime(2026, 11, 29, 10, tzinfo=dt.UTC)
PATIENT = 20.0
"""Seconds: a test on a busy machine must not lose a turn to the short patience of the real one."""
LONGEST_START = 120.0

_context = multiprocessing.get_context("spawn")


class Replica:
    """A process that answers what it is sent."""

    def __init__(self, database_url: str) -> None:
        self._ours, theirs = _context.Pipe()
        self._process = _context.Process(target=_run, args=(database_url, theirs), daemon=True)
        self._process.start()

    async def say(self, conversation: str, text: str) -> str:
        """The answer to a message, as plain text."""
        self._ours.send((conversation, text))
        if not await asyncio.to_thread(self._ours.poll, LONGEST_START):
            raise TimeoutError
        answer = self._ours.recv()
        assert isinstance(answer, str)
        return answer

    def stop(self) -> None:
        """Ends the process."""
        self._process.kill()
        self._process.join(10)
        self._process.close()


def _run(database_url: str, channel: Connection) -> None:
    asyncio.run(_answer(database_url, channel))


async def _answer(database_url: str, channel: Connection) -> None:
    share_names(database_url)
    snapshot = make_snapshot(Folders(ROOT / "content", ROOT / "intents", demo=True))
    database = Database(database_url)
    talk = SharedTalk(database, patience=PATIENT)
    conversations = Conversations(lambda: snapshot, lambda: NOON, shared=talk)
    while True:
        conversation, text = await asyncio.to_thread(channel.recv)
        key = keyed_hash("test", conversation)
        reply = await conversations.reply_to(IncomingMessage(text, conversation=key))
        channel.send(plain_text(reply.answer))
