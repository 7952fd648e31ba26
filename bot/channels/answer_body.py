"""Reads the body of an answer, but no more of it than was expected.

An answer that is compressed counts as it is when inflated: aiohttp inflates a quarter of a megabyte
at a time, and only as much as is read. What was not read is not waited for: the connection is
closed. How long it may take is the caller's timeout for the whole call.
"""

from __future__ import annotations

import aiohttp


async def read_up_to(content: aiohttp.StreamReader, most: int) -> tuple[bytes, bool]:
    """At most `most` bytes of a body, and whether that is all of it.

    Raises what aiohttp does where the body breaks off.
    """
    body = bytearray()
    async for chunk in content.iter_any():
        body += chunk
        if len(body) > most:
            return bytes(body[:most]), False
    return bytes(body), True
