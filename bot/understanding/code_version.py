"""A hash of the code that makes the trained model: a model of other code is trained anew."""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path

from bot.understanding.word_table import TABLE

MODULES = (
    "bot.i18n.own_words",
    "bot.knowledge.library",
    "bot.knowledge.loader",
    "bot.knowledge.phrases",
    "bot.understanding.alignment",
    "bot.understanding.array_file",
    "bot.understanding.clauses",
    "bot.understanding.entities",
    "bot.understanding.inflection",
    "bot.understanding.hash_index",
    "bot.understanding.kinds",
    "bot.understanding.linear_model",
    "bot.understanding.name_index",
    "bot.understanding.own_names",
    "bot.understanding.packed_texts",
    "bot.understanding.persons",
    "bot.understanding.places",
    "bot.understanding.sample_cache",
    "bot.understanding.similar_words",
    "bot.understanding.sparse",
    "bot.understanding.text",
    "bot.understanding.times.dates",
    "bot.understanding.times.finding",
    "bot.understanding.times.months",
    "bot.understanding.times.named",
    "bot.understanding.times.relative",
    "bot.understanding.times.rules",
    "bot.understanding.times.spans",
    "bot.understanding.times.tense",
    "bot.understanding.times.words",
    "bot.understanding.trained_model",
    "bot.understanding.training",
    "bot.understanding.typos",
    "bot.understanding.word_patterns",
    "bot.understanding.word_table",
)
"""The modules that read the phrases and train on them; a test compares them with the imports."""


@cache
def code_version() -> str:
    """The hash of the source of MODULES and of the table of words, 16 hexadecimal digits."""
    digest = blake2b(digest_size=8)
    for module in MODULES:
        found = find_spec(module)
        assert found
        assert found.origin
        # The source, or what was compiled from it where that is all there is.
        digest.update(Path(found.origin).read_bytes())
    digest.update(TABLE.read_bytes())
    return digest.hexdigest()
