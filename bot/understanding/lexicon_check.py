"""Finds parts of lexicons that are lost, without which the bot understands less."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bot.i18n import N_
from bot.knowledge.library import Knowledge
from bot.knowledge.models import Lexicon
from bot.knowledge.values import Language, Value
from bot.knowledge.yaml_source import Finding, read_yaml

MAY_LACK = frozenset(
    {
        *("from_words", "not_places"),
        *("arguments.of", "negation.affirmative", "negation.after_no", "negation.after_subject"),
        *("negation.an_answer", "negation.begun", "negation.clauses", "negation.dotted"),
        *("negation.instead_follows", "negation.instead_phrases", "negation.not_instead"),
        *("negation.noun", "negation.subjects", "negation.verb_first", "negation.verb_next"),
    }
)
"""What a language may do without: words that it does not need to be told apart by."""


def check_lexicons(knowledge: Knowledge, intents: Path) -> list[Finding]:
    """An error for each part that a lexicon lacks, on the line of the part it belongs to."""
    return [
        finding
        for language, lexicon in knowledge.lexicons.items()
        for finding in _lost(language, lexicon, intents)
    ]


def lacking(lexicon: Lexicon) -> Iterator[str]:
    """The names of what a lexicon lacks, `part` or `part.words`, needed or not."""
    for name, part in lexicon:
        if not part or (isinstance(part, Value) and not any(words for _, words in part)):
            yield name
        elif isinstance(part, Value):
            yield from (f"{name}.{below}" for below, words in part if not words)


def _lost(language: Language, lexicon: Lexicon, intents: Path) -> Iterator[Finding]:
    lost = [name for name in lacking(lexicon) if name not in MAY_LACK]
    if not lost:
        return
    document = read_yaml(intents / "lexicons" / f"{language}.yaml")
    for name in lost:
        part, _, words = name.partition(".")
        message = N_(
            "`{name}` is missing or empty, and the bot understands less without it: copy it from "
            "the lexicon that comes with the program",
            name=f"{part}: {words}" if words else part,
        )
        yield document.finding((part,), message)
