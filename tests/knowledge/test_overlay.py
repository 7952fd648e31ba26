"""What was entered, laid over the files."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge.fields import as_yaml, fields_of
from bot.knowledge.library import Knowledge
from bot.knowledge.loader import build_value
from bot.knowledge.models import Network, Person
from bot.knowledge.overlay import (
    MODELS,
    Entry,
    Kind,
    difference,
    entry_of,
    lay_over,
    merged,
    replaced,
    values_of,
)
from bot.knowledge.question_pairs import Question
from bot.knowledge.yaml_source import read_yaml

WHO = "pilvi-kuitu"
NEW: dict[str, Any] = {
    "name": "Uuno Uusikumpu",
    "role": {"fi": "koordinaattori", "sv": "koordinator", "en": "coordinator"},
    "organisation": {"fi": "Yhdistys", "sv": "Förening", "en": "Association"},
    "networks": ["pirkanmaa"],
    "source": {"title": {"fi": "Oma ilmoitus", "sv": "Egen uppgift", "en": "Own word"}},
}


def fields(knowledge: Knowledge, key: str = WHO) -> dict[str, Any]:
    return fields_of(knowledge.people[key])


def with_person(knowledge: Knowledge, key: str = WHO, **changes: Any) -> Knowledge:
    """The files as they are once somebody has edited a person's."""
    edited = build_value(Person, key, {**fields(knowledge, key), **changes})
    assert isinstance(edited, Person)
    return replace(knowledge, people={**knowledge.people, key: edited})


PIANO = Question.model_validate(
    {
        "key": "piano",
        "question": {"fi": ["Onko talossa flyygeliä?"], "en": ["Is there a piano?"]},
        "answer": {"fi": "On.\n\n- Viritetty: keväällä."},
        "source": {"name": "Talon säännöt", "date": "2026-10"},
        "valid_until": "2027-05-31",
    }
)


def entry(knowledge: Knowledge, key: str = WHO, **changes: Any) -> Entry:
    """A person with some fields changed in the chat."""
    wanted = {**fields(knowledge, key), **changes}
    wanted = {name: value for name, value in wanted.items() if value is not None}
    made = entry_of(Kind.PERSON, key, knowledge.people[key], wanted)
    assert made is not None
    return made


def test_the_fields_of_everything_in_the_files_make_it_again(
    knowledge: Knowledge, tmp_path: Any
) -> None:
    knowledge = replace(knowledge, questions={"piano": PIANO})
    for kind in Kind:
        assert values_of(knowledge, kind)
        for key, value in values_of(knowledge, kind).items():
            path = tmp_path / f"{key}.yaml"
            path.write_text(as_yaml(fields_of(value)), "utf-8")
            assert build_value(MODELS[kind], key, read_yaml(path).data) == value


def test_only_what_was_changed_is_kept_and_the_rest_follows_the_file(knowledge: Knowledge) -> None:
    new_phone = entry(knowledge, phone="0400 111 222")
    assert new_phone.body == {"phone": "0400 111 222"}
    assert new_phone.over == {"phone": "0400 433 722"}
    edited = with_person(knowledge, email="pilvi@example.org")
    person = lay_over(edited, [new_phone]).knowledge.people[WHO]
    assert (person.phone, person.email) == ("0400 111 222", "pilvi@example.org")


def test_a_file_that_was_edited_since_wins_and_that_is_told(knowledge: Knowledge) -> None:
    new_phone = entry(knowledge, phone="0400 111 222", note={"fi": "a", "sv": "b", "en": "c"})
    edited = with_person(knowledge, phone="0400 999 888")
    laid = lay_over(edited, [new_phone])
    assert laid.knowledge.people[WHO].phone == "0400 999 888"
    assert laid.knowledge.people[WHO].note is not None
    assert ["`phone`" in str(one.said("en")) for one in laid.problems] == [True]
    # What was exported and merged is in nobody's way, whatever the file says later.
    merged_file = lay_over(knowledge, [new_phone]).knowledge
    assert lay_over(merged_file, [new_phone]).problems == ()
    later = with_person(merged_file, phone="0400 555 555", note={"fi": "d", "sv": "e", "en": "f"})
    assert lay_over(later, [new_phone]).knowledge.people[WHO] == later.people[WHO]


def test_somebody_new_and_somebody_gone(knowledge: Knowledge) -> None:
    new = entry_of(Kind.PERSON, "uuno", None, NEW)
    gone = entry_of(Kind.PERSON, WHO, knowledge.people[WHO], None)
    assert new is not None
    assert gone is not None
    assert gone.over == {}, "nothing is kept of who is gone"
    laid = lay_over(knowledge, [new, gone])
    assert laid.problems == ()
    assert laid.knowledge.people.keys() - knowledge.people.keys() == {"uuno"}
    assert knowledge.people.keys() - laid.knowledge.people.keys() == {WHO}
    assert laid.knowledge.names.startswith(f"{knowledge.names}+")
    # Who was written into a file is that of the file, and who lost the file is gone.
    assert lay_over(laid.knowledge, [new]).problems == ()
    orphan = entry(knowledge, phone="0400 111 222")
    laid = lay_over(laid.knowledge, [orphan])
    assert WHO not in laid.knowledge.people
    assert "its file is gone" in laid.problems[0].said("en")


def test_what_fits_no_more_leaves_the_last_good_state(knowledge: Knowledge) -> None:
    local = entry(knowledge, regions=["pirkanmaa"], phone="0400 111 222")
    good = lay_over(knowledge, [local])
    assert good.problems == ()
    # A field of a newer program: this one knows nothing of it.
    strange = replace(local, body={**(local.body or {}), "pigeon": "grey"})
    later = lay_over(knowledge, [strange], good.used)
    assert later.knowledge.people[WHO].phone == "0400 111 222"
    assert "`pigeon`" in later.problems[0].said("en")
    assert lay_over(knowledge, [strange], later.used).knowledge.people[WHO].phone == "0400 111 222"
    # Without a state before it, and where that does not fit either: the file's.
    assert lay_over(knowledge, [strange]).knowledge.people[WHO] == knowledge.people[WHO]
    places = {key: one for key, one in knowledge.regions.items() if key != "pirkanmaa"}
    fewer = replace(knowledge, regions=places)
    laid = lay_over(fewer, [local], good.used)
    assert laid.knowledge.people[WHO] == knowledge.people[WHO]
    assert "no `pirkanmaa` among the regions" in laid.problems[0].said("en")


def test_a_network_s_sources_are_merged_one_by_one(knowledge: Knowledge) -> None:
    before = knowledge.networks["pirkanmaa"]
    wanted = fields_of(before)
    wanted["sources"]["own"] = {"title": {"fi": "x", "sv": "y", "en": "z"}, "date": "2026-11-30"}
    wanted["meets"] = {
        "fi": "Kuukausittain.",
        "sv": "Varje månad.",
        "en": "Monthly.",
        "source": "own",
    }
    made = entry_of(Kind.NETWORK, "pirkanmaa", before, wanted)
    assert made is not None
    assert made.body is not None
    assert made.body.keys() == {"sources", "meets"}
    assert made.body["sources"].keys() == {"own"}
    after = lay_over(knowledge, [made]).knowledge.networks["pirkanmaa"]
    assert isinstance(after, Network)
    assert after.meets is not None
    assert after.meets.source == "own"
    assert after.sources.keys() == before.sources.keys() | {"own"}
    without = replace(made, body={"meets": made.body["meets"]})
    laid = lay_over(knowledge, [without])
    assert laid.knowledge.networks["pirkanmaa"] == before
    assert "source `own` is not listed" in laid.problems[0].said("en")


def test_nothing_entered_changes_nothing(knowledge: Knowledge) -> None:
    assert lay_over(knowledge, []).knowledge is knowledge
    same = entry_of(Kind.PERSON, WHO, knowledge.people[WHO], fields(knowledge))
    assert same is None


JSON = st.recursive(
    st.text("ab", max_size=2) | st.integers(0, 2),
    lambda inner: (
        st.dictionaries(st.sampled_from("xyz"), inner, max_size=3) | st.lists(inner, max_size=2)
    ),
    max_leaves=6,
)
FIELDS = st.dictionaries(st.sampled_from("xyz"), JSON, max_size=3)


def _pruned(value: Any) -> Any:
    """Without empty mappings, which say nothing in any model."""
    if isinstance(value, dict):
        inner = {name: _pruned(one) for name, one in value.items()}
        return {name: one for name, one in inner.items() if one != {}}
    return value


@given(FIELDS, FIELDS)
def test_a_patch_leads_to_what_was_wanted(base: dict[str, Any], wanted: dict[str, Any]) -> None:
    patch = difference(base, wanted)
    newer: list[str] = []
    result = merged(base, patch, replaced(base, patch), newer)
    assert (_pruned(result), newer) == (_pruned(wanted), [])
    # Once the file says it, the patch changes nothing and is in nobody's way.
    again = merged(wanted, patch, replaced(base, patch), newer)
    assert (_pruned(again), newer) == (_pruned(wanted), [])


@given(FIELDS, FIELDS, FIELDS)
def test_what_the_file_says_anew_is_never_lost(
    base: dict[str, Any], wanted: dict[str, Any], edited: dict[str, Any]
) -> None:
    patch = difference(base, wanted)
    result = merged(edited, patch, replaced(base, patch), [])
    for name, value in edited.items():
        if not isinstance(value, dict) and value != base.get(name):
            assert result[name] == value


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_a_model_and_a_place(kind: Kind, knowledge: Knowledge) -> None:
    assert MODELS[kind]
    assert kind is Kind.QUESTION or values_of(knowledge, kind)
    assert values_of(replace(knowledge, questions={"piano": PIANO}), kind)
