"""Who changed what the bot tells, as cards show it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.announcements.content_editing import Change, ContentEditor
from bot.announcements.record import ACTION_WORDS, ACTOR_WORDS
from bot.answers import dates
from bot.i18n import translator
from bot.knowledge.library import Knowledge
from bot.knowledge.overlay import Kind
from bot.knowledge.values import LANGUAGES, Language

from ..cards import Json
from . import elements as e
from .card_actions import button
from .content_data import FIELDS, PERSON, label_of
from .question_data import FIELDS as QUESTION_FIELDS
from .question_forms import NEW

MOST = 8
"""Changes that are listed; more would not fit on a card."""

MOST_LINES = 8
"""Fields of one change that are listed."""

NOTHING = "–"


def history_card(
    changes: Sequence[Change],
    content: ContentEditor,
    network: str,
    knowledge: Knowledge,
    language: Language,
) -> Json:
    """The newest changes of a network, its persons and questions, each with before and after.

    What is the newest of its person or network can be undone.
    """
    _ = translator(language)
    body: list[Json] = [
        e.heading(_("Who changed what")),
        e.subline(knowledge.networks[network].name[language], isSubtle=True),
    ]
    undone: set[tuple[Kind, str]] = set()
    for one in changes[:MOST]:
        who = content.name_of(one) or ACTOR_WORDS[one.by].said(language)
        what = ACTION_WORDS[one.action].said(language)
        when = dates.instant(one.at.astimezone(knowledge.zone), language)
        body += [
            e.text(f"{who}: {what}", spacing="Medium"),
            e.subline(
                ", ".join(filter(None, [_name(one, knowledge, language), when])), isSubtle=True
            ),
            *(e.subline(line) for line in differences(one, knowledge, language)),
        ]
        if (one.kind, one.key) not in undone:
            undone.add((one.kind, one.key))
            part = PERSON if one.kind is Kind.PERSON else "meets"
            do = "content.undo"
            if one.kind is Kind.QUESTION:
                part, do = f"{NEW}:{one.key}", "question.undo"
            undo = button(
                _("Undo"),
                do,
                language,
                id=str(one.number),
                network=network,
                what=part,
            )
            body.append({"type": "ActionSet", "actions": [undo]})
    if not changes:
        body.append(e.text(_("Nothing was changed in the chat.")))
    return e.form(language, body, [button(_("Back"), "content.show", language, network=network)])


def differences(change: Change, knowledge: Knowledge, language: Language) -> list[str]:
    """What a change changed, a line for each field: before and after."""
    lines: dict[str, None] = {}
    known = QUESTION_FIELDS if change.kind is Kind.QUESTION else FIELDS
    before, after = (dict(_leaves((state or {}).get("body") or {})) for state in _states(change))
    over = dict(_leaves((change.after or {}).get("over") or {}))
    for name in {**before, **after}:
        if name.partition(".")[0] not in known or name.endswith(".source"):
            continue
        then = before.get(name, over.get(name))
        now = after.get(name, dict(_leaves((change.before or {}).get("over") or {})).get(name))
        if then != now:
            if name == "networks":
                then = _networks(then, knowledge, language) if before or over else None
                now = _networks(now, knowledge, language) if after else None
            lines[f"{label_of(name, language, known)}: {_said(then)} → {_said(now)}"] = None
    most = list(lines)[:MOST_LINES]
    return most if len(most) == len(lines) else [*most, "…"]


def _states(change: Change) -> tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]:
    return change.before, change.after


def _name(change: Change, knowledge: Knowledge, language: Language) -> str:
    """The name of the person or the question, as far as it is known."""
    if change.kind is Kind.QUESTION:
        return _question(change, knowledge, language)
    if change.kind is not Kind.PERSON:
        return ""
    person = knowledge.people.get(change.key)
    if person is not None:
        return person.name
    bodies = ((state or {}).get("body") or {} for state in _states(change))
    return next((str(body["name"]) for body in bodies if body.get("name")), change.key)


def _question(change: Change, knowledge: Knowledge, language: Language) -> str:
    """The question as it is shown, or was before it was taken out."""
    question = knowledge.questions.get(change.key)
    if question is not None:
        return question.shown(language)
    for state in _states(change):
        worded = ((state or {}).get("body") or {}).get("question") or {}
        found = next((worded[one] for one in (language, *LANGUAGES) if worded.get(one)), None)
        if found:
            return str(found[0])
    return change.key


def _networks(keys: Any, knowledge: Knowledge, language: Language) -> list[str]:
    """The names of the networks for which something holds."""
    if not keys:
        return [translator(language)("All networks")]
    known = knowledge.networks
    return [known[one].short[language] if one in known else str(one) for one in keys]


def _leaves(fields: Mapping[str, Any], at: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in fields.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{at}{name}.")
        else:
            yield f"{at}{name}", value


def _said(value: Any) -> str:
    if isinstance(value, list):
        parts = [one.get("url") or "" if isinstance(one, Mapping) else str(one) for one in value]
        between = " / " if any(part.endswith(("?", ".")) for part in parts) else ", "
        return between.join(filter(None, parts)) or NOTHING
    return NOTHING if value in (None, "") else str(value)
