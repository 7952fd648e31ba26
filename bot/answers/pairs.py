"""The answers of content/questions, and what is said where a network has none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from bot.answers.builder import AnswerBuilder, Part, fitting_label
from bot.answers.dates import partial
from bot.answers.model import (
    Block,
    Bullets,
    Heading,
    Line,
    LinkSpan,
    Paragraph,
    Suggestion,
    Text,
)
from bot.i18n import N_, translator
from bot.knowledge.models import Network
from bot.knowledge.question_pairs import Question
from bot.knowledge.values import Language
from bot.understanding.model import QUESTION, Request

_ADDRESS = re.compile(r"https://[^\s<>()\[\]\"']*[^\s<>()\[\]\"'.,;:!?]")

_ONLY_IN = {
    "fi": N_("I have this answer in Finnish only:"),
    "sv": N_("I have this answer in Swedish only:"),
    "en": N_("I have this answer in English only:"),
}

AFTER = ("contacts", "meetings")
"""What may be asked after an answer."""


def question(builder: AnswerBuilder) -> Part | None:
    """The answer to a question of content/questions; None where it is there no longer."""
    asked = _asked(builder)
    if asked is None:
        return None
    networks = builder.scope.knowledge.networks
    named = tuple(one.network for one in builder.named if one.network)
    if asked.networks and builder.named and not any(one.key in asked.networks for one in named):
        return _unknown(builder, named)
    own = [networks[key] for key in asked.networks if key in networks]
    about = next((one for one in named if one in own), None)
    network = about or (own[0] if len(own) == 1 else None)
    language = builder.scope.language
    given = asked.answer_language(language)
    title = asked.shown(given)
    if own:
        title = f"{', '.join(one.short[given] for one in own)}: {title}"
    blocks: list[Block] = [Heading(title)]
    if given != language:
        blocks.append(Paragraph(((Text(_ONLY_IN[given].said(language)),),)))
    blocks += text_blocks(asked.answer.best(given))
    if line := _source(asked, language):
        blocks.append(Paragraph((line,)))
    suggestions = builder.suggest(AFTER, network)
    return Part(tuple(blocks), builder.wrong_information(network), suggestions)


def _asked(builder: AnswerBuilder) -> Question | None:
    known = builder.scope.knowledge.questions
    key = next((key for key in builder.entities.questions if key in known), None)
    return known[key] if key and known[key].holds(builder.scope.today) else None


def _unknown(builder: AnswerBuilder, named: tuple[Network, ...]) -> Part:
    """That it is not known of the places named, and who may know."""
    language = builder.scope.language
    _ = translator(language)
    places = [one.short[language] for one in named]
    places += [one.regions[0].name(language) for one in builder.named if one.network is None]
    said = _("That I do not know for {network}.", network=", ".join(dict.fromkeys(places)))
    blocks: list[Block] = [Paragraph(((Text(said),),))]
    first = builder.named[0]
    persons = builder.persons(first)
    view = builder.view(first.network) if first.network else None
    blocks += builder.render("contacts.who_knows", persons=persons, network=view)
    keys = tuple(one.key for one in builder.people(first)[:1])
    return Part(
        tuple(blocks), suggestions=builder.suggest(("contacts",), first.network), persons=keys
    )


def _source(asked: Question, language: Language) -> Line:
    if asked.source is None:
        return ()
    _ = translator(language)
    source = asked.source
    day = f" ({partial(source.date, language)})" if source.date else ""
    label = _("Source:")
    said = f"{label} "
    if source.url and source.url.startswith("https:"):
        return (Text(said), LinkSpan(source.name, source.url), *([Text(day)] if day else []))
    return (Text(f"{said}{source.name}{day}"),)


def text_blocks(text: str) -> Iterator[Block]:
    """An editor's text: paragraphs, lists, and addresses as links. Nothing else is markup."""
    lines: list[Line] = []
    items: list[Line] = []
    for raw in [*text.splitlines(), ""]:
        line = " ".join(raw.split())
        item = line.startswith("- ")
        if lines and (item or not line):
            yield Paragraph(tuple(lines))
            lines = []
        if items and not item:
            yield Bullets(tuple(items))
            items = []
        if item:
            items.append(_spans(line[2:]))
        elif line:
            lines.append(_spans(line))


def _spans(line: str) -> Line:
    spans: list[Text | LinkSpan] = []
    last = 0
    for found in _ADDRESS.finditer(line):
        if found.start() > last:
            spans.append(Text(line[last : found.start()]))
        spans.append(LinkSpan(found[0], found[0]))
        last = found.end()
    if last < len(line):
        spans.append(Text(line[last:]))
    return tuple(spans)


def offered(builder: AnswerBuilder, guess: Request) -> Suggestion | None:
    """The button that asks a question of content/questions; None where there is none any more."""
    at = replace(builder, request=guess)
    asked = _asked(at)
    if asked is None:
        return None
    language = builder.scope.language
    text = asked.shown(language)
    networks = builder.scope.knowledge.networks
    named = [networks[key] for key in guess.entities.networks if key in networks]
    own = [networks[key] for key in asked.networks if key in networks]
    about = next((one for one in named if one in own), own[0] if len(own) == 1 else None)
    sent = text
    if about and own:
        # The place that is meant goes along, also where two networks have the same question.
        sent = f"{about.short[language]}: {text}"
    keys = (about.key,) if about else ()
    return Suggestion(fitting_label(sent), sent, f"{QUESTION}:{asked.key}", keys)
