"""Files that are no YAML, or YAML that would harm: one finding with path, line and what to do."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from bot.knowledge.yaml_source import MAX_BYTES, MAX_DEPTH, ContentError, read_yaml

from .world import PERSON as TEXT
from .world import World

PERSON = "content/people/anna.yaml"

LAUGHS = "a: &a [ha, ha, ha, ha, ha, ha, ha, ha, ha]\n" + "".join(
    f"{name}: &{name} [{', '.join(f'*{before}' for _ in range(9))}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)

UNREADABLE: dict[str, tuple[str | bytes, int, str]] = {
    "tab as indentation": (
        "name: Anna\nrole:\n\tfi: koordinaattori\n",
        3,
        "indent with spaces",
    ),
    "colon in a text without quotes": (
        "name: Anna\nnote: huom: uusi numero\n",
        2,
        "a text with a colon needs quotes around it",
    ),
    "quote that is not closed": (
        'name: Anna\nnote: "huom\nphone: 112\nemail: a@b.fi\n',
        2,
        "the quote that opens here is not closed",
    ),
    "colon without a space": (
        "name: Anna\nphone:0400 123 456\nemail: a@b.fi\n",
        2,
        "write `field: text`, with a colon and a space",
    ),
    "line that begins further in": (
        "name: Anna\nrole:\n  fi: vetäjä\n   sv: ledare\n",
        4,
        "lines that belong together begin equally far in",
    ),
    "bracket that is not closed": ("name: Anna\nnetworks: [north\n", 3, "this is not YAML"),
    "two documents": ("name: Anna\n---\nname: Anna\n", 2, "this is not YAML"),
    "latin-1": (
        "name: Anna\nrole: {fi: vetäjä}\n".encode("latin-1"),
        2,
        "this line is not UTF-8; save the file with the encoding UTF-8",
    ),
    "UTF-16": (
        TEXT.encode("utf-16"),
        1,
        "this line is not UTF-8; save the file with the encoding UTF-8",
    ),
    "UTF-16 without its mark": (
        TEXT.encode("utf-16-le"),
        1,
        "a control character stands here; delete it, or save the file as UTF-8",
    ),
    "control character": (
        "name: Anna\nrole: ä\x07\n",
        2,
        "a control character stands here; delete it, or save the file as UTF-8",
    ),
    "empty file": ("", 1, "the file is empty; write its fields or remove it"),
    "comments alone": ("# nothing yet\n\n", 1, "the file is empty; write its fields or remove it"),
    "a list": (
        "# people\n- name: Anna\n",
        2,
        "the file must hold fields (`key: value`), not a list or a single text",
    ),
    "a single text": (
        "Anna\n",
        1,
        "the file must hold fields (`key: value`), not a list or a single text",
    ),
    "an alias": (
        "role: &role {fi: x}\norganisation: *role\n",
        1,
        "anchors and aliases (&role, *role) are not used here; write it out",
    ),
    "aliases that explode": (
        LAUGHS,
        1,
        "anchors and aliases (&a, *a) are not used here; write it out",
    ),
    "100,000 brackets": ("name: Anna\nnote: " + "[" * 100_000, 2, "this is nested too deeply"),
    "100,000 nested dashes": ("name: Anna\nnote:\n" + "- " * 100_000, 3, "nested too deeply"),
    "too large": (
        b"# " + b"x" * MAX_BYTES,
        1,
        "the file is over 1,000,000 bytes; split it into several",
    ),
}


@pytest.mark.parametrize(("text", "line", "says"), UNREADABLE.values(), ids=list(UNREADABLE))
def test_unreadable_files_are_named_by_path_and_line(
    world: World, text: str | bytes, line: int, says: str
) -> None:
    world.write(PERSON, text)
    (found,) = world.findings()
    assert found.startswith(f"{PERSON}:{line}: error: ")
    assert says in found
    assert "\n" not in found


@pytest.mark.parametrize(
    "name",
    ["content/community.yaml", "content/places/regions.yaml", "intents/lexicons/sv.yaml"],
)
def test_a_missing_file_is_named(world: World, name: str) -> None:
    (world.root / name).unlink()
    assert f"{name}:1: error: there is no such file; put it back or write it" in world.findings()


@pytest.mark.parametrize(
    "name",
    ["content/community.yaml", "content/places/regions.yaml", "intents/lexicons/sv.yaml"],
)
def test_nobody_is_told_to_remove_a_file_that_must_be_there(world: World, name: str) -> None:
    world.write(name, "")
    assert f"{name}:1: error: the file is empty; write its fields" in world.findings()
    (world.root / name).unlink()
    (world.root / name).mkdir()
    told = [one for one in world.findings() if one.startswith(f"{name}:1: error: cannot be read (")]
    assert len(told) == 1
    assert told[0].endswith("); let the program read it")


def test_an_unreadable_file_is_named(world: World) -> None:
    (world.root / "content/people/berit.yaml").mkdir()
    (found,) = world.findings()
    assert found.startswith("content/people/berit.yaml:1: error: cannot be read (")
    assert found.endswith("let the program read it, or remove it")


def test_a_byte_order_mark_is_accepted(world: World) -> None:
    world.write(PERSON, TEXT.encode("utf-8-sig"))
    assert world.findings() == []
    assert world.knowledge().people["anna"].name == "Anna Esimerkki"


def test_decomposed_characters_are_composed(world: World) -> None:
    world.write(PERSON, unicodedata.normalize("NFD", TEXT.replace("Anna", "Äiti")))
    assert world.knowledge().people["anna"].name == "\u00c4iti Esimerkki"


def test_windows_line_ends_are_accepted(world: World) -> None:
    contacts = (world.root / "intents/contacts.yaml").read_bytes()
    world.write("intents/contacts.yaml", contacts.replace(b"\n", b"\r\n"))
    assert world.findings() == []
    phrases = [phrase.phrase.text for phrase in world.knowledge().phrases]
    assert "<greet> kuka koordinoi {place}" in phrases
    world.change("intents/contacts.yaml", "{place}", "{town}")
    assert [finding.split(": ")[0] for finding in world.findings()] == ["intents/contacts.yaml:12"]


def test_the_deepest_nesting_allowed_is_read(tmp_path: Path) -> None:
    path = tmp_path / "deep.yaml"
    inside = MAX_DEPTH - 1
    path.write_text("a: " + "[" * inside + "x" + "]" * inside, encoding="utf-8")
    value = read_yaml(path).data["a"]
    for _ in range(inside):
        (value,) = value
    assert value == "x"
    path.write_text("a: " + "[" * MAX_DEPTH + "]" * MAX_DEPTH, encoding="utf-8")
    with pytest.raises(ContentError, match="nested too deeply"):
        read_yaml(path)


def test_scalars_stay_as_written(tmp_path: Path) -> None:
    path = tmp_path / "plain.yaml"
    path.write_text("phone: 0400\nword: no\ntime: 8:30\nnothing: ~\n", encoding="utf-8")
    document = read_yaml(path)
    assert document.data == {"phone": "0400", "word": "no", "time": "8:30", "nothing": "~"}
    assert document.line(("time",)) == 3
    assert document.line(("time", "below", 0)) == 3
