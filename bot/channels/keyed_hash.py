"""Names for chats that are kept in memory, from which nobody can be found out."""

from __future__ import annotations

import hashlib
import secrets

_PURPOSE = b"taikubot: names of chats"

_key = secrets.token_bytes(32)
"""New in every process, so that a name says nothing outside it; but see `share_names`."""


def share_names(secret: str) -> None:
    """Makes this process name chats as all do that know the secret.

    For replicas that keep conversations in one database, where the names are keys of rows. Who
    has only the rows can compute no name.
    """
    global _key
    _key = hashlib.blake2b(_PURPOSE, key=hashlib.sha256(secret.encode()).digest()).digest()[:32]


def keyed_hash(*parts: object) -> str:
    """A hash that only this process, or its replicas, can compute, in hexadecimal digits.

    None counts as empty.
    """
    digest = hashlib.blake2b(key=_key, digest_size=16)
    for part in parts:
        raw = str(part or "").encode(errors="surrogatepass")
        digest.update(len(raw).to_bytes(4, "big") + raw)
    return digest.hexdigest()
