"""Names for chats that are kept in memory, from which nobody can be found out."""

from __future__ import annotations

import hashlib
import secrets

_KEY = secrets.token_bytes(32)
"""New in every process, so that a name says nothing outside it."""


def keyed_hash(*parts: object) -> str:
    """A hash that only this process can compute, in hexadecimal digits; None counts as empty."""
    digest = hashlib.blake2b(key=_KEY, digest_size=16)
    for part in parts:
        raw = str(part or "").encode(errors="surrogatepass")
        digest.update(len(raw).to_bytes(4, "big") + raw)
    return digest.hexdigest()
