"""The JSON objects of `taikubot ask --json`."""

from __future__ import annotations

from typing import Any

from bot.answers.plain import plain_text
from bot.channels.conversation import Reply
from bot.understanding.model import Entities, Understanding


def as_json(question: str, reply: Reply) -> dict[str, Any]:
    """One object for each question; docs/commands.md describes the fields."""
    understanding = reply.understanding
    return {
        "question": question,
        "language": understanding.language,
        "intent": understanding.intent,
        "intents": [request.intent for request in understanding.requests],
        "confidence": round(understanding.confidence, 3),
        "entities": _entities(understanding),
        "text": plain_text(reply.answer),
        "suggestions": _suggestions(reply),
    }


def _entities(understanding: Understanding) -> dict[str, Any]:
    entities: Entities = understanding.requests[0].entities
    period = entities.period
    found: dict[str, Any] = {
        "networks": list(entities.networks),
        "regions": list(entities.regions),
        "municipalities": list(entities.municipalities),
        "persons": list(entities.persons),
        "period": {"from": period.start.isoformat(), "to": period.end.isoformat()}
        if period
        else None,
    }
    if entities.questions:
        # Of the intent `question` alone.
        found["questions"] = list(entities.questions)
    return found


def _suggestions(reply: Reply) -> list[str]:
    """The intents on offer below the answer."""
    return list(dict.fromkeys(each.intent for each in reply.answer.suggestions))
