"""The syntax of signs of distress, and what editors are told of mistakes in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.knowledge.distress_signs import SignError, always_there, parse_sign, parse_words

from .world import World

LISTS = parse_words({"want": "want wanna", "wish": "<want> wish"})


def test_a_list_may_use_those_before_it() -> None:
    assert LISTS["wish"] == {"want", "wanna", "wish"}


def test_a_line_is_its_parts_their_choices_and_the_words_of_each() -> None:
    first, second = parse_sign("<want> [to] (die|end it) + now*", LISTS)
    assert first == (
        ((frozenset({"want", "wanna"}),),),
        ((frozenset({"to"}),), ()),
        ((frozenset({"die"}),), (frozenset({"end"}), frozenset({"it"}))),
    )
    assert second == (((frozenset({"now*"}),),),)
    assert always_there(first) == (first[0], first[2])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("<wnat> to die", "there is no list `wnat`; there are: want, wish"),
        ("(want|) to die", None),
        ("(want to die", "`(` has no partner; brackets come in pairs"),
        ("[very] + die", "`[very]` may be without any word"),
        ("^ $", "`^ $` may be without any word"),
        ("die!", "`die!` is no word"),
        ("d*e", "`d*e` is no word"),
        ("(die||end)", "`(die||end)` has an empty alternative"),
    ],
)
def test_a_mistake_is_told(line: str, said: str | None) -> None:
    if said is None:
        said = "`(want|)` has an empty alternative"
    with pytest.raises(SignError) as error:
        parse_sign(line, LISTS)
    assert error.value.message.said("en") == said


SIGNS = """\
words:
  want: want wanna
sure:
  wish_to_die: |
    # Somebody says it.
    <want> to die
    <wnat> to die
"""


def test_check_names_the_file_and_the_line(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.write("intents/distress/en.yaml", SIGNS)
    (finding,) = world.findings()
    assert "en.yaml:7: error: there is no list `wnat`" in finding


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("wish_to_die:", "wish_to_dye:", "wish_to_dye"),
        ("sure:", "certain:", "certain"),
        ("want: want wanna", "want: want <wanna>", "in the list `want`"),
    ],
)
def test_what_is_unknown_is_an_error(tmp_path: Path, old: str, new: str, said: str) -> None:
    world = World(tmp_path)
    world.write(
        "intents/distress/en.yaml", SIGNS.replace("    <wnat> to die\n", "").replace(old, new)
    )
    assert any("error" in finding and said in finding for finding in world.findings())


def test_a_community_may_do_without_signs(tmp_path: Path) -> None:
    assert World(tmp_path).knowledge().distress == {}
