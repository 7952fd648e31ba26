"""`taikubot explain`: why a message was understood so, for editors, on one screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import wrap

from bot.answers.model import Suggestion
from bot.channels.conversation import Reply
from bot.knowledge.library import FALLBACK, Knowledge
from bot.understanding.model import Evidence, IntentMatch, Interpretation, Request, Understanding
from bot.understanding.phrase_source import find_source_phrase, last_phrase_line
from bot.understanding.training import refused_labels

WIDTH = 80
HEAD = 14
"""Columns of the names at the left."""

MOST_OF_A_MESSAGE = 3 * (WIDTH - HEAD)
"""Letters of the message that are shown: a thousand would push the rest off the screen."""

MOST_CLAUSES = 3
MOST_PLACES = 2
"""Intents for which it is told where a phrase would go."""


def explanation(reply: Reply, knowledge: Knowledge, intents: Path) -> str:
    """The screen: at most 80 columns wide. `intents` is the folder as the editor knows it."""
    understanding = reply.understanding
    evidence = understanding.evidence
    lines = [
        *_row("words", _cut(" ".join(evidence.tokens), MOST_OF_A_MESSAGE) or "(none)"),
        *_row("language", f"{understanding.language}, by {evidence.language_reason}"),
    ]
    for mention in dict.fromkeys(evidence.mentions):
        lines += _row(mention.kind, f"{mention.key}, from `{mention.text}` ({mention.how})")
    if not evidence.mentions:
        lines += _row("names", "none found")
    lines.append("")
    if evidence.by_names:
        lines += _row("matched", "nothing: names and small words alone decide")
    else:
        lines += _matching(evidence, knowledge)
    lines += ["", *_outcome(understanding, reply.answer.suggestions)]
    if not evidence.by_names and evidence.line:
        lines += ["", *_to_add(understanding, knowledge, intents)]
    return "\n".join(lines)


def _row(name: str, text: str) -> list[str]:
    """A named row, wrapped; the name stands at its first line only."""
    rows = wrap(text, WIDTH - HEAD, break_on_hyphens=False) or [""]
    return [f"{name if at == 0 else '':<{HEAD}}{row}".rstrip() for at, row in enumerate(rows)]


# What the matchers say


def _matching(evidence: Evidence, knowledge: Knowledge) -> Iterator[str]:
    if not evidence.matches:
        yield from _row("matched", "nothing: there are no words")
        return
    yield f"{'intent':<19}{'score':>6}{'model':>7}{'words':>7}  nearest phrase"
    for match in evidence.matches:
        numbers = f"{match.score:>6.2f}{match.linear:>7.2f}{match.alignment:>7.2f}"
        yield f"{_cut(match.label, 18):<19}{numbers}  {_phrase(match, knowledge, WIDTH - 41)}"
    yield ""
    whole = evidence.interpretations[0]
    best, *others = evidence.matches
    if others:
        margin = best.score - others[0].score
        yield from _row("margin", f"{margin:.2f} between {best.label} and {others[0].label}")
    yield from _row("scorers", _agreement(whole))
    unknown = ", ".join(evidence.unknown_words)
    yield from _row("unknown", f"{unknown}: in no phrase that is answered" if unknown else "none")
    yield from _row("confidence", _against(whole, evidence.threshold))
    for number, reading in enumerate(_surest(evidence.interpretations[1:]), 1):
        judged = _against(reading, evidence.threshold) if reading.counts else "tells, asks nothing"
        said = f"`{' '.join(reading.words)}`: {judged}"
        yield from _row(f"clause {number}", said)


def _surest(interpretations: Sequence[Interpretation]) -> list[Interpretation]:
    """The surest few different ones, in their order."""
    different = list(dict.fromkeys(interpretations))
    surest = sorted(different, key=lambda each: -each.confidence)[:MOST_CLAUSES]
    return [reading for reading in different if reading in surest]


def _phrase(match: IntentMatch, knowledge: Knowledge, width: int) -> str:
    source = find_source_phrase(match.label, match.phrase, knowledge)
    if source is None:
        return _cut(match.phrase, width)
    topic = f" {source.topic}" if source.topic else ""
    return _cut(f"line {source.line}{topic}: {source.phrase.text}", width)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _agreement(reading: Interpretation) -> str:
    if reading.linear == reading.alignment:
        return f"agree: both take it for {reading.linear}"
    return f"disagree: the model says {reading.linear}, the words say {reading.alignment}"


def _against(reading: Interpretation, threshold: float) -> str:
    enough = "enough" if reading.confidence >= threshold else "not enough"
    return (
        f"{reading.confidence:.2f} that it is {reading.label}; {enough} (it takes {threshold:.2f})"
    )


# What became of it


def _outcome(understanding: Understanding, suggestions: Sequence[Suggestion]) -> Iterator[str]:
    for request in understanding.requests:
        yield from _row("understood", _request(request))
    if not understanding.refused:
        return
    titles = {each.intent: each.title for each in suggestions}
    for at, guess in enumerate(understanding.guesses):
        title = titles.get(guess.intent)
        button = f", as `{title}`" if title else ""
        yield from _row("" if at else "offered", f"{guess.intent}{button}")
    if not understanding.guesses:
        yield from _row("offered", "nothing")


def _request(request: Request) -> str:
    if request.intent == FALLBACK:
        topic = f" ({request.topic}, which has an answer of its own)" if request.topic else ""
        return f"nothing that is answered{topic}"
    entities = request.entities
    about = [*entities.networks, *entities.persons]
    if entities.period:
        about.append(f"{entities.period.start} to {entities.period.end}")
    return f"{request.intent} about {', '.join(about)}" if about else request.intent


# What to add


def _to_add(understanding: Understanding, knowledge: Knowledge, intents: Path) -> Iterator[str]:
    evidence = understanding.evidence
    if not understanding.refused:
        yield from _row("to change", "if it means something else, write it to the file of that:")
        yield f"{'':<{HEAD}}{evidence.line}"
        return
    refused = refused_labels(match.label for match in evidence.matches)
    nearest = [match.label for match in evidence.matches if match.label not in refused]
    wanted = [guess.intent for guess in understanding.guesses][:MOST_PLACES]
    yield from _row("to add", "nothing, if a question like this must not be answered")
    for intent in wanted or nearest[:1]:
        where = _section(intent, "", understanding.language, knowledge, intents)
        yield from _row("", f"for {intent}: {where}")
    topic = next(
        (
            source.topic
            for match in evidence.matches
            if match.label in refused
            and (source := find_source_phrase(match.label, match.phrase, knowledge)) is not None
        ),
        "",
    )
    if topic:
        where = _section(FALLBACK, topic, understanding.language, knowledge, intents)
        yield from _row("", f"if it is not ours, to be surer of it: {where}")
    yield from _row("", "the line to paste there:")
    yield f"{'':<{HEAD}}{evidence.line}"


def _section(intent: str, topic: str, language: str, knowledge: Knowledge, intents: Path) -> str:
    keys = f"topics: {topic}: {language}:" if topic else f"phrases: {language}:"
    end = last_phrase_line(intent, topic, language, knowledge)
    after = f", after line {end}" if end else ""
    return f"{intents / intent}.yaml, `{keys}`{after}"
