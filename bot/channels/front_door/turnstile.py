"""Lets requests begin a few at a time, so that no round of the event loop takes long.

What is answered needs several rounds. If a thousand requests that arrive together all began at
once, each of its rounds would have to wait for a thousand others.
"""

from __future__ import annotations

import asyncio
from collections import deque

A_ROUND = 4
"""Requests that begin in one round of the event loop."""


class Turnstile:
    """Where requests wait for their turn, in the order in which they came.

    Who has sent further requests before an answer to one comes after everybody else: a thousand
    of those are a single client's, a thousand others are many people's.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._lanes: tuple[deque[asyncio.Future[None]], ...] = (deque(), deque())
        self._free = A_ROUND
        self._turning = False

    async def enter(self, *, last: bool) -> None:
        """Waits until a request may begin; `last` after those that are not."""
        if self._free and not any(self._lanes):
            self._free -= 1
            self._turn_on()
            return
        turn = self._loop.create_future()
        self._lanes[last].append(turn)
        await turn

    def _turn_on(self) -> None:
        if not self._turning:
            self._turning = True
            self._loop.call_soon(self._turn)

    def _turn(self) -> None:
        self._turning = False
        self._free = A_ROUND
        for lane in self._lanes:
            while lane and self._free:
                turn = lane.popleft()
                if not turn.done():  # Its client may have gone meanwhile.
                    turn.set_result(None)
                    self._free -= 1
        if self._free < A_ROUND:
            self._turn_on()
