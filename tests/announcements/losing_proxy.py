"""A proxy before PostgreSQL that loses the answers of commits which arrive."""

from __future__ import annotations

import asyncio
import contextlib
from types import TracebackType

from sqlalchemy.engine import make_url

_CHUNK = 65_536


class LosingProxy:
    """Between the bot and PostgreSQL; while `losing`, each COMMIT arrives and its answer does not.

    The connection is then cut, as a failover or a network does it.
    """

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self.losing = False
        self.lost = 0
        """How many answers were lost."""
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """The URL of the database, through this."""
        assert self._server is not None
        port = self._server.sockets[0].getsockname()[1]
        made = self._url.set(host="127.0.0.1", port=port, query={})
        return made.render_as_string(hide_password=False)

    async def __aenter__(self) -> LosingProxy:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._serving:
            task.cancel()
        if self._serving:
            await asyncio.wait(self._serving)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)
        path = f"{self._url.query['host']}/.s.PGSQL.5432"
        theirs = None
        with contextlib.suppress(OSError, asyncio.CancelledError):
            from_database, theirs = await asyncio.open_unix_connection(path)
            answers = asyncio.create_task(_copy(from_database, writer))
            try:
                await self._requests(reader, from_database, theirs, answers)
            finally:
                answers.cancel()
                await asyncio.wait([answers])
        for one in (writer, theirs):
            if one is not None:
                one.transport.abort()
        # A transport that was aborted is closed in the next round of the loop.
        await asyncio.sleep(0)

    async def _requests(
        self,
        reader: asyncio.StreamReader,
        from_database: asyncio.StreamReader,
        theirs: asyncio.StreamWriter,
        answers: asyncio.Task[None],
    ) -> None:
        while data := await reader.read(_CHUNK):
            lose = self.losing and b"COMMIT" in data
            if lose:
                self.lost += 1
                answers.cancel()
                await asyncio.wait([answers])
            theirs.write(data)
            await theirs.drain()
            if lose:
                # The database has done it when it answers, however busy the machine is.
                await from_database.read(_CHUNK)
                return


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
