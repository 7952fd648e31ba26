"""Why a message was understood so, for `taikubot explain`."""

from __future__ import annotations

from dataclasses import replace

from bot.i18n import N_, Message
from bot.knowledge.values import Language
from bot.understanding.entities import MaskedMessage, as_phrase
from bot.understanding.matcher import Matcher
from bot.understanding.model import Evidence
from bot.understanding.questions import QuestionReader
from bot.understanding.talk.follow_ups import is_of_ours
from bot.understanding.talk.memory import ConversationState
from bot.understanding.text import TIME

MAX_PHRASE_WORDS = 12
"""Words of the longest message that `explain` offers as a phrase whole."""


def evidence_of(
    questions: QuestionReader,
    matcher: Matcher,
    masked: MaskedMessage,
    text: str,
    language: Language,
    reason: Message,
    by_names: bool,
    memory: ConversationState | None,
) -> Evidence:
    """The evidence of a message; `by_names` says that the phrases did not decide."""
    parts = questions.clauses(masked, text)
    asked = any(part.kind for part in parts)
    whole = (matcher.interpret(masked.words),) if masked.words else ()
    interpretations = whole + tuple(
        replace(matcher.interpret(part.words), counts=not asked or bool(part.kind))
        for part in parts
    )
    # Of a long message only the question is worth adding to the phrases.
    worth_adding = (
        interpretations[1:] if len(masked.words) > MAX_PHRASE_WORDS else interpretations[:1]
    )
    surest = max(worth_adding or interpretations, key=lambda each: each.confidence, default=None)
    return Evidence(
        tokens=masked.words,
        language_reason=reason,
        mentions=masked.mentions,
        matches=matcher.explain(masked.words) if masked.words else (),
        unknown_words=matcher.unknown_words(masked.words),
        interpretations=interpretations,
        threshold=questions.needed(masked, text, memory),
        by_names=by_names,
        rules=_rules(questions, masked, text, language, memory),
        line=as_phrase(masked, surest.words) if surest else "",
    )


def _rules(
    questions: QuestionReader,
    masked: MaskedMessage,
    text: str,
    language: Language,
    memory: ConversationState | None,
) -> tuple[Message, ...]:
    """What keeps a message from being answered, whatever the phrases say, for `explain`."""
    found: list[Message] = []
    if another := questions.another_body(masked, text, language):
        # i18n: why a question is not answered; {name} is such as Folkhälsan.
        found.append(N_("`{name}` is none of ours", name=another))
    if masked.doubtful:
        found.append(N_("the place is misspelt so that it is asked first whether it is meant"))
    if set(masked.words) == {TIME} and not is_of_ours(memory):
        found.append(N_("a date alone is anybody's"))
    return tuple(found)
