"""Which code makes the trained model: what other code has made is made anew."""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path

MODULES = (
    "bot.knowledge.library",
    "bot.knowledge.loader",
    "bot.knowledge.phrases",
    "bot.understanding.alignment",
    "bot.understanding.archive",
    "bot.understanding.entities",
    "bot.understanding.inflection",
    "bot.understanding.keys",
    "bot.understanding.linear",
    "bot.understanding.names",
    "bot.understanding.persons",
    "bot.understanding.places",
    "bot.understanding.samples",
    "bot.understanding.sparse",
    "bot.understanding.text",
    "bot.understanding.times",
    "bot.understanding.trained",
    "bot.understanding.training",
    "bot.understanding.typos",
)
"""What reads the phrases, and what learns from them; a test compares them with the imports."""


@cache
def code_version() -> str:
    """A name for the code of these modules; it changes with any of them."""
    digest = blake2b(digest_size=8)
    for module in MODULES:
        found = find_spec(module)
        assert found
        assert found.origin
        # The source, or what was compiled from it where that is all there is.
        digest.update(Path(found.origin).read_bytes())
    return digest.hexdigest()
