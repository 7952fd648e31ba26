"""What is wrong with an Adaptive Card, by two libraries of Microsoft's.

`adaptivecards` of npm, with which clients show cards, parses and renders each at the version that
the card states. It passes over properties that it does not know, and over values of a wrong type,
so every property must also be a declared one of its type's model in `microsoft_teams.cards`, with
a value that the model takes.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import microsoft_teams.cards as models
import pytest
from botbuilder.core import InvokeResponse
from botbuilder.schema import Attachment
from microsoft_teams.cards.core import SerializableObject
from pydantic import BaseModel, ValidationError

from tests import node_packages

SCRIPT = Path(__file__).with_suffix(".mjs")
CONTENT_TYPE = "application/vnd.microsoft.card.adaptive"

Judge = Callable[[Sequence[Any]], list[list[str]]]
"""Says for each card what is wrong with it."""

UNLIKE = {"schema": "$schema"}
"""Properties that the models declare by another name than cards have."""

BASES = (models.CardElement, models.Action, models.ContainerLayout)
"""Stand in the models where a card may have one of many types."""


def _typed_models() -> dict[str, type[BaseModel]]:
    """The models of elements and actions by the `type` of theirs."""
    found = (one for base in BASES for one in base.__subclasses__())
    return {model.model_fields["type"].default: model for model in found}


MODELS = _typed_models()


def undeclared(cards: Sequence[Any]) -> list[list[str]]:
    """For each card the properties that its types do not have, and values that they do not take."""
    return [list(_typed(card, "card", "AdaptiveCard")) for card in cards]


def _typed(raw: Any, path: str, expected: str | None = None) -> Iterator[str]:
    """The findings about an object that says itself of what type it is."""
    named = raw.get("type") if isinstance(raw, dict) else None
    model = MODELS.get(named) if isinstance(named, str) else None
    if model is None or (expected and named != expected):
        yield f"{path}: {named!r} is not a type here"
        return
    try:
        # As JSON, where strict means that no type passes for another.
        made = model.model_validate_json(json.dumps(raw), strict=True)
    except ValidationError as error:
        for one in error.errors():
            yield f"{path} ({named}): {'.'.join(map(str, one['loc']))}: {one['msg']}"
        return
    yield from _properties(raw, made, f"{path} ({named})")


def _properties(raw: dict[str, Any], made: BaseModel, path: str) -> Iterator[str]:
    fields = type(made).model_fields.items()
    aliases = {str(field.validation_alias or field.alias): name for name, field in fields}
    declared = {UNLIKE.get(alias, alias): name for alias, name in aliases.items()}
    for key, value in raw.items():
        if key in declared:
            yield from _below(value, getattr(made, declared[key], None), f"{path}.{key}")
        else:
            yield f"{path}: has no property {key!r}"


def _below(raw: Any, made: Any, path: str) -> Iterator[str]:
    if isinstance(made, list):
        for number, (value, one) in enumerate(zip(raw, made, strict=True)):
            yield from _below(value, one, f"{path}[{number}]")
    elif type(made) in BASES:
        yield from _typed(raw, path)
    elif isinstance(made, SerializableObject) and not isinstance(made, models.SubmitActionData):
        # What a button carries is the bot's own matter.
        yield from _properties(raw, made, path)


class Renderer:
    """A Node process that parses and renders cards: one for a run, started with the first card."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def faults(self, cards: Sequence[Any]) -> list[list[str]]:
        """What is wrong with each of the cards; raises `Missing` where there is no Node."""
        process = self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(list(cards)) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        assert line, "the renderer has ended"
        found: list[list[str]] = json.loads(line)
        return found

    def close(self) -> None:
        """Ends the process."""
        if self._process is not None:
            self._process.communicate(timeout=15)

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None:
            node_packages.install()
            self._process = subprocess.Popen(
                ["node", str(SCRIPT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        return self._process


def faults(renderer: Renderer, cards: Sequence[Any]) -> list[list[str]]:
    """What both libraries find wrong with each of the cards."""
    both = zip(undeclared(cards), renderer.faults(cards), strict=True)
    return [declared + rendered for declared, rendered in both]


class Cards:
    """Every different card that the bot has made in this run, and the test that made it first."""

    def __init__(self) -> None:
        self._seen: set[int] = set()
        self._new: dict[str, str] = {}

    def note(self, card: Any) -> None:
        """Keeps a card, as it is now, until it is taken."""
        text = json.dumps(card, sort_keys=True)
        if (key := hash(text)) not in self._seen:
            self._seen.add(key)
            self._new[text] = os.environ.get("PYTEST_CURRENT_TEST", "")

    def take(self) -> dict[str, str]:
        """The cards that were made since the last time, as JSON, and by which test."""
        new, self._new = self._new, {}
        return new


def wrong_with(made: Mapping[str, str], judge: Judge) -> list[str]:
    """What a judge finds wrong with cards that were taken: which test made which card, and what."""
    found = judge([json.loads(card) for card in made])
    told = zip(made.items(), found, strict=True)
    return [f"{test}\n{card}\n{'; '.join(faults)}" for (card, test), faults in told if faults]


@contextmanager
def watched(note: Callable[[Any], None]) -> Iterator[None]:
    """Notes each card on its way out: in an attachment, or as what a pressed button is answered.

    There is no other, whatever code makes it and whatever carries it.
    """

    def attached(attachment: Attachment, name: str, value: Any) -> None:
        object.__setattr__(attachment, name, value)
        if name == "content" and attachment.content_type == CONTENT_TYPE:
            note(value)

    def answered(response: InvokeResponse, name: str, value: Any) -> None:
        object.__setattr__(response, name, value)
        if name == "body" and isinstance(value, dict) and value.get("type") == CONTENT_TYPE:
            note(value["value"])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Attachment, "__setattr__", attached)
        patch.setattr(InvokeResponse, "__setattr__", answered)
        yield
