"""Questions and answers for scripts: `taikubot ask`, plain or as JSON, and `taikubot explain`."""

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
    return {
        "networks": list(entities.networks),
        "regions": list(entities.regions),
        "municipalities": list(entities.municipalities),
        "persons": list(entities.persons),
        "period": {"from": period.start.isoformat(), "to": period.end.isoformat()}
        if period
        else None,
    }


def _suggestions(reply: Reply) -> list[str]:
    """The intents on offer: what an unsure bot would have guessed, or what fits the answer."""
    if reply.understanding.refused:
        return [guess.intent for guess in reply.understanding.guesses]
    return list(dict.fromkeys(each.intent for each in reply.answer.suggestions))


def explanation(understanding: Understanding) -> str:
    """Why a message was understood so, for editors, on one screen."""
    evidence = understanding.evidence
    lines = [
        f"words      {' '.join(evidence.tokens) or '(none)'}",
        f"language   {understanding.language}, by {evidence.language_reason}",
    ]
    for mention in evidence.mentions:
        lines.append(f"{mention.kind:<10} {mention.key}, from `{mention.text}` ({mention.how})")
    if evidence.matches:
        lines.append("")
        lines.append("intent               score  linear  alignment  nearest phrase (its words)")
    for match in evidence.matches:
        numbers = f"{match.score:.2f}   {match.linear:.2f}    {match.alignment:.2f}"
        lines.append(f"{match.label:<20} {numbers}       {match.phrase}")
    if len(evidence.matches) > 1:
        margin = evidence.matches[0].score - evidence.matches[1].score
        lines.append(f"margin     {margin:.2f} between the best two")
    if evidence.unknown_words:
        lines.append(f"unknown    {', '.join(evidence.unknown_words)}: in no phrase of ours")
    lines.append("")
    for request in understanding.requests:
        topic = f" ({request.topic})" if request.topic else ""
        about = ", ".join((*request.entities.networks, *request.entities.persons))
        lines.append(
            f"→ {request.intent}{topic}{' about ' + about if about else ''}, "
            f"confidence {understanding.confidence:.2f}"
        )
    if understanding.refused:
        guesses = ", ".join(guess.intent for guess in understanding.guesses)
        if guesses:
            lines.append(f"  offered instead: {guesses}")
        lines.append(_advice(understanding))
    return "\n".join(lines)


def _advice(understanding: Understanding) -> str:
    """What an editor could add, so that a message like this is understood."""
    matches = [each for each in understanding.evidence.matches if "fallback" not in each.label]
    if not matches:
        return "  to have it understood, add a phrase to the file of the intent that it means"
    file = f"intents/{matches[0].label}.yaml"
    return (
        f"  to have it understood as {matches[0].label}, add a phrase like it to {file} "
        f"under {understanding.language}"
    )
