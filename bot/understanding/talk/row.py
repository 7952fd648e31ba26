"""A conversation's memory as a text for a row, and back; keys of the content alone."""

from __future__ import annotations

from functools import cache

from pydantic import TypeAdapter, ValidationError

from bot.understanding.talk.memory import ConversationState

MAX_LENGTH = 20_000
"""Characters of the longest text; a memory is some hundred, so a longer one is none of ours."""


@cache
def _adapter() -> TypeAdapter[ConversationState]:
    return TypeAdapter(ConversationState)


def as_text(state: ConversationState) -> str:
    """The memory as compact JSON, without what is as usual."""
    return _adapter().dump_json(state, exclude_defaults=True).decode()


def from_text(text: str) -> ConversationState | None:
    """The memory again; None where another version wrote it so that this one cannot read it."""
    if len(text) > MAX_LENGTH:
        return None
    try:
        return _adapter().validate_json(text)
    except ValidationError:
        return None
