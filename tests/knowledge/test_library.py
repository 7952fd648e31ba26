"""Questions that other rooms put to Knowledge."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from bot.knowledge.library import Knowledge
from bot.knowledge.models import Person, e164
from bot.knowledge.values import PartialDate, slug

from .world import World

NOW = dt.datetime(2026, 11, 20, 10, 0, tzinfo=dt.UTC)


def test_coming_is_sorted_by_start_over_all_meetings(knowledge: Knowledge) -> None:
    coming = knowledge.coming(NOW)
    assert len({occurrence.meeting.key for occurrence in coming}) == 3
    starts = [occurrence.start for occurrence in coming]
    assert starts == sorted(starts)
    assert coming[0].key == "pirkanmaa-aamukahvit@2026-12-10"


def test_coming_can_be_of_some_networks(knowledge: Knowledge) -> None:
    coming = knowledge.coming(NOW, networks=["lansi-suomi"])
    assert [occurrence.key.partition("@")[2] for occurrence in coming] == [
        "2027-02-09",
        "2027-05-11",
        "2027-10-12",
    ]
    assert knowledge.coming(NOW, networks=["lappi"]) == []


def test_coming_ends_at_the_limit(knowledge: Knowledge) -> None:
    until = dt.datetime(2026, 12, 10, 6, 30, tzinfo=dt.UTC)
    assert knowledge.coming(NOW, until) == []
    assert len(knowledge.coming(NOW, until + dt.timedelta(minutes=1))) == 1


def test_an_occurrence_is_found_by_its_name(knowledge: Knowledge) -> None:
    found = knowledge.occurrence("pirkanmaa-aamukahvit@2026-12-10")
    assert found is not None
    assert found.start.isoformat() == "2026-12-10T08:30:00+02:00"


@pytest.mark.parametrize(
    "name",
    [
        "pirkanmaa-aamukahvit@2026-12-11",
        "pirkanmaa-aamukahvit@2026-13-40",
        "pirkanmaa-aamukahvit",
        "nothing@2026-12-10",
        "@",
        "",
        "pirkanmaa-aamukahvit@0001-01-01",
        "pirkanmaa-aamukahvit@9999-12-31",
    ],
)
def test_a_name_of_no_occurrence_gives_none(knowledge: Knowledge, name: str) -> None:
    assert knowledge.occurrence(name) is None


def _valid(world: World, since: str, until: str) -> Person:
    world.change("content/people/anna.yaml", "2024-01-01", f"{since}\nvalid_until: {until}")
    return world.knowledge().people["anna"]


@pytest.mark.parametrize(
    ("today", "given_out"),
    [
        ("2024-01-31", False),
        ("2024-02-01", True),
        ("2024-06-30", True),
        ("2024-07-01", False),
    ],
)
def test_nobody_is_given_out_outside_a_stated_validity(
    world: World, today: str, given_out: bool
) -> None:
    person = _valid(world, "2024-02-01", "2024-06-30")
    day = dt.date.fromisoformat(today)
    assert person.given_out(day) is given_out
    assert bool(world.knowledge().contacts("north", day)) is given_out


def test_removing_a_file_removes_the_person(world: World) -> None:
    (world.root / "content/people/anna.yaml").unlink()
    assert world.knowledge().contacts("north", dt.date(2026, 1, 1)) == ()


def test_the_fingerprint_changes_with_names_and_phrases_only(world: World) -> None:
    before = world.knowledge().fingerprint
    world.change("content/people/anna.yaml", "0400 123 456", "0400 123 457")
    assert world.knowledge().fingerprint == before
    world.change("content/people/anna.yaml", "Anna Esimerkki", "Anna Toinen")
    renamed = world.knowledge().fingerprint
    world.change("intents/contacts.yaml", "who answers", "who is in charge")
    assert len({before, renamed, world.knowledge().fingerprint}) == 3


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("content/people/anna.yaml", "\nregions: [north]", ""),
        ("content/networks/north.yaml", "Se auttaa.", "Se auttaa paljon."),
        ("content/community.yaml", "Yhteisö on yhteisö.", "Se on yhteisö."),
    ],
)
def test_what_training_does_not_read_is_not_in_the_fingerprint(
    world: World, file: str, old: str, new: str
) -> None:
    before = world.knowledge()
    world.change(file, old, new)
    after = world.knowledge()
    assert (after.names, after.fingerprint) == (before.names, before.fingerprint)


def test_an_edited_phrase_leaves_the_names_as_they_were(world: World) -> None:
    before = world.knowledge()
    world.change("intents/contacts.yaml", "who answers", "who is in charge")
    after = world.knowledge()
    assert after.names == before.names
    assert after.fingerprint != before.fingerprint


def test_knowledge_cannot_be_changed(knowledge: Knowledge) -> None:
    with pytest.raises(AttributeError):
        knowledge.community = replace(knowledge).community  # type: ignore[misc]
    with pytest.raises(ValueError, match="frozen"):
        knowledge.networks["lappi"].name.fi = "x"  # type: ignore[misc]  # what must not work


@pytest.mark.parametrize(
    ("written", "link"),
    [
        ("0400 433 722", "+358400433722"),
        ("+358 40 751 5610", "+358407515610"),
        ("00358 40 751 5610", "+358407515610"),
        ("(09) 2525-0111", "+358925250111"),
        ("112", "112"),
    ],
)
def test_phone_numbers_as_links(written: str, link: str) -> None:
    assert e164(written, "+358") == link


def test_without_a_country_code_a_number_is_dialled_as_it_is_written() -> None:
    assert e164("0400 433 722", None) == "0400433722"
    assert e164("070-123 45 67", "46") == "+46701234567"


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("2017", dt.date(2017, 12, 31)),
        ("2017-02", dt.date(2017, 2, 28)),
        ("2016-02", dt.date(2016, 2, 29)),
        ("2017-12", dt.date(2017, 12, 31)),
        ("2017-01-25", dt.date(2017, 1, 25)),
    ],
)
def test_the_last_day_of_a_partial_date(text: str, last: dt.date) -> None:
    assert PartialDate.parse(text).last_day() == last


@pytest.mark.parametrize(
    ("name", "key"),
    [("Etelä-Savo", "etela-savo"), ("Koski Tl", "koski-tl"), ("Åbo", "abo"), ("  Ii ", "ii")],
)
def test_the_slug_of_a_name(name: str, key: str) -> None:
    assert slug(name) == key
