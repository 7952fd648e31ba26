"""Builders for the Adaptive Card elements of which forms are made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from bot.announcements.errors import Invalid
from bot.answers.model import Answer
from bot.i18n import translator
from bot.knowledge.values import Language

from ..cards import MOST_BYTES, Json, adaptive_card, card, size_of, text_block
from ..markdown import plain

ELLIPSIS = "…"

SHORTEST_CUT = 80
"""Characters that are left of every text of a card that is too large."""

MOST_BESIDE = 500
"""Characters of the texts beside the body of a card that is too large."""

FORM_FIELDS = {"send_at": "day"}
"""The form's name of a field where it is not the service's."""


def form(language: Language, body: Sequence[Json], *rows: Sequence[Json]) -> Json:
    """A card with rows of buttons below its body, cut where Teams would refuse its size."""
    sets = [{"type": "ActionSet", "actions": list(row)} for row in rows if row]
    return _fitted(language, list(body), sets)


def heading(words: str) -> Json:
    """The title of a card or of a part of it."""
    return text(words, weight="Bolder", size="Medium")


def text(words: str, **more: object) -> Json:
    """A paragraph of plain text: nothing in it is taken for Markdown."""
    return text_block(plain(words), **more)


def subline(words: str, **more: object) -> Json:
    """A line that belongs to the one above it."""
    return text(words, spacing="None", **more)


def error_text(words: str) -> Json:
    """An error, shown above the field that it is about."""
    return text(words, color="Attention", weight="Bolder")


def warning(lines: Iterable[str]) -> Json:
    """What need not be mended, but looked at; yellow letters could not be read on white."""
    return {"type": "Container", "style": "warning", "items": [text(one) for one in lines]}


def text_input(
    id_: str, label: str, value: str = "", *, longest: int = 200, hint: str = ""
) -> Json:
    """A field of one line."""
    return _input("Input.Text", id_, label, value, hint) | {"maxLength": longest}


def multiline_input(
    id_: str, label: str, value: str = "", *, longest: int = 1_500, hint: str = ""
) -> Json:
    """A field of several lines."""
    return text_input(id_, label, value, longest=longest, hint=hint) | {"isMultiline": True}


def url_input(id_: str, label: str, value: str = "") -> Json:
    """A field for a web address."""
    made = _input("Input.Text", id_, label, value, "https://")
    return made | {"style": "Url", "maxLength": 500}


def date_input(id_: str, label: str, value: str = "") -> Json:
    """A field for a date, `2026-12-10`."""
    return _input("Input.Date", id_, label, value, "")


def time_input(id_: str, label: str, value: str = "") -> Json:
    """A field for a time of day, `08:30`."""
    return _input("Input.Time", id_, label, value, "")


def toggle_input(id_: str, title: str, on: bool = False) -> Json:
    """A field that is on or off."""
    return {"type": "Input.Toggle", "id": id_, "title": title, "value": "true" if on else "false"}


def choice_input(
    id_: str,
    label: str,
    choices: Mapping[str, str] | Iterable[tuple[str, str]],
    value: str = "",
    *,
    several: bool = False,
    open_: bool = False,
) -> Json:
    """A choice of one or several; `choices` gives each value its title."""
    pairs = choices.items() if isinstance(choices, Mapping) else choices
    made = _input("Input.ChoiceSet", id_, label, value, "") | {
        "style": "expanded" if several or open_ else "compact",
        "choices": [{"title": _short(title), "value": key} for key, title in pairs],
        "wrap": True,
    }
    return made | {"isMultiSelect": True} if several else made


def columns(*parts: Json) -> Json:
    """Fields next to each other, aligned at the bottom: one may have an error above it."""
    common = {"type": "Column", "width": "stretch", "verticalContentAlignment": "Bottom"}
    return {"type": "ColumnSet", "columns": [{**common, "items": [part]} for part in parts]}


def facts(pairs: Iterable[tuple[str, str]]) -> Json:
    """Names and values, one pair a line."""
    return {
        "type": "FactSet",
        "facts": [{"title": plain(name), "value": plain(value)} for name, value in pairs],
    }


def with_error(fields: list[Json], error: Invalid | None, language: Language) -> list[Json]:
    """The fields with the error above the one that it is about, or above all."""
    if error is None:
        return fields
    field = FORM_FIELDS.get(error.field, error.field)
    ids = [_ids(one) for one in fields]
    exact = (at for at, own in enumerate(ids) if field in own)
    same_group = (
        at for at, own in enumerate(ids) if any(_head(one) == _head(field) for one in own)
    )
    place = next(exact, next(same_group, 0))
    message = error_text(error.said(language))
    if len(ids[place]) < 2:
        return [*fields[:place], message, *fields[place:]]
    at = ids[place].index(field) if field in ids[place] else 0
    columns = [dict(column) for column in fields[place]["columns"]]
    columns[at]["items"] = [message, *columns[at]["items"]]
    return [*fields[:place], fields[place] | {"columns": columns}, *fields[place + 1 :]]


def with_errors(fields: list[Json], errors: Iterable[Invalid], language: Language) -> list[Json]:
    """The fields with each error above the one that it is about."""
    for error in errors:
        fields = with_error(fields, error, language)
    return fields


def has_inputs(made: Json) -> bool:
    """Whether a card has fields to type in."""
    return any(part["type"].startswith("Input.") for part in _elements(made["body"]))


def _elements(parts: Sequence[Json]) -> Iterator[Json]:
    for part in parts:
        yield part
        yield from _elements(part.get("items", ()))
        for column in part.get("columns", ()):
            yield from _elements(column.get("items", ()))


def _head(id_: str) -> str:
    return id_.partition(".")[0]


def _ids(field: Json) -> list[str]:
    if field["type"] == "ColumnSet":
        return [one["id"] for column in field["columns"] for one in column["items"] if "id" in one]
    return [field["id"]] if "id" in field else []


def framed_post(post: Answer) -> Json:
    """A post as it will look, in a frame."""
    items = card(post)["body"]
    return {"type": "Container", "style": "emphasis", "items": items}


def _input(kind: str, id_: str, label: str, value: str, hint: str) -> Json:
    made: Json = {"type": kind, "id": id_, "label": label}
    # Phones that do not show labels show this in the empty field.
    if kind not in ("Input.ChoiceSet", "Input.Time", "Input.Date"):
        made["placeholder"] = hint or label
    return made | {"value": value} if value else made


def _short(title: str, most: int = 100) -> str:
    return title if len(title) <= most else title[: most - 1].rstrip() + ELLIPSIS


def _fitted(language: Language, body: list[Json], sets: list[Json]) -> Json:
    """The card, not larger than `MOST_BYTES`: its longest texts are cut, then its end left out.

    What fields hold is cut last: it was typed, and comes back as it stands there.
    """
    texts = [str(part["text"]) for part in body if part["type"] == "TextBlock"]
    fallback, speak = "\n".join(texts), texts[0] if texts else ""
    made = adaptive_card(language, [*body, *sets], fallback, speak)
    if size_of(made) <= MOST_BYTES:
        return made
    made |= {"fallbackText": fallback[:MOST_BESIDE], "speak": speak[:MOST_BESIDE]}
    places = _texts(made["body"])
    for some in ([one for one in places if one[1] != "value"], places):
        longest = max((len(holder[key]) for holder, key in some), default=0)
        while longest > SHORTEST_CUT and size_of(made) > MOST_BYTES:
            longest = max(SHORTEST_CUT, longest * 3 // 4)
            for holder, key in some:
                if len(holder[key]) > longest:
                    holder[key] = holder[key][: longest - 1].rstrip(ELLIPSIS) + ELLIPSIS
        if size_of(made) <= MOST_BYTES:
            return made

    _ = translator(language)
    more = subline(_("And more, which does not fit here."), isSubtle=True)

    def shortened(parts: int) -> Json:
        # The buttons are of more use than the end of a list.
        kept = body[: max(0, parts - len(sets))]
        return made | {"body": [*kept, more, *sets[:parts]]}

    # The size grows with every part, so the most that fit are found by halving.
    fits, too_many = 0, len(body) + len(sets)
    while fits + 1 < too_many:
        middle = (fits + too_many) // 2
        if size_of(shortened(middle)) <= MOST_BYTES:
            fits = middle
        else:
            too_many = middle
    return shortened(fits)


def _texts(value: object) -> list[tuple[Json, str]]:
    """The texts of a card, and those of its fields, each as the object and the key that hold it.

    Without what a button carries or a choice stands for: half of that would be another thing.
    """
    if isinstance(value, list):
        return [place for one in value for place in _texts(one)]
    if not isinstance(value, dict) or value.get("type") in ("Input.ChoiceSet", "ActionSet"):
        return []
    own = [(value, key) for key in ("text", "value") if isinstance(value.get(key), str)]
    return own + [place for one in value.values() for place in _texts(one)]
