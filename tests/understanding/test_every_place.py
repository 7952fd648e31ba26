"""Every municipality and region is found as itself, in Finnish, Swedish and English."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.knowledge.library import Knowledge
from bot.knowledge.models import Municipality
from bot.understanding.entities import EntityFinder

LOCAL_FORMS = dict(
    line.split(": ")
    for line in Path(__file__).with_name("local_forms.txt").read_text("utf-8").splitlines()
)
"""`Lahti: Lahdessa`: where something happens, as people there say it."""


def _swedish_genitive(name: str) -> str:
    return name if name.endswith("s") else f"{name}s"


def _sentences(place: Municipality) -> list[str]:
    local = LOCAL_FORMS[place.fi]
    found = [
        place.fi,
        place.fi.lower(),
        place.sv,
        place.sv.lower(),
        local,
        f"Mitä tapahtuu {local}?",
        f"mitä tapahtuu {local.lower()}",
        f"Kuka vastaa, {place.fi}?",
        f"Vad händer i {place.sv}?",
        f"Vem leder {_swedish_genitive(place.sv)} nätverk?",
        f"Who is in charge in {place.fi}?",
        f"vad händer i {place.sv.lower()}",
    ]
    return found


def test_every_municipality_has_a_local_form(knowledge: Knowledge) -> None:
    assert LOCAL_FORMS.keys() == {place.fi for place in knowledge.municipalities.values()}


def test_every_municipality_is_found_as_itself(knowledge: Knowledge, finder: EntityFinder) -> None:
    lost = []
    for place in knowledge.municipalities.values():
        for sentence in _sentences(place):
            found = finder.mask(sentence).entities
            if (found.municipalities, found.regions) != ((place.key,), (place.region,)):
                lost.append((sentence, found.municipalities, found.regions))
    assert lost == []


@pytest.mark.parametrize(
    "text",
    [
        "vi vill ingå i nätverket",
        "det kokar i kastrullen",
        "vi har stora planer",
        "aikataulu on tiukka",
        "avaan linkin kohta",
    ],
)
def test_a_word_that_is_also_a_form_of_a_name_is_no_place(finder: EntityFinder, text: str) -> None:
    assert not finder.mask(text).entities.place


def test_every_other_name_of_a_municipality_is_found(
    knowledge: Knowledge, finder: EntityFinder
) -> None:
    lost = [
        (name, place.key)
        for place in knowledge.municipalities.values()
        for name in (*place.also, *place.forms)
        if finder.mask(name).entities.municipalities != (place.key,)
    ]
    assert lost == []


def test_every_region_is_found_as_itself_with_its_network(
    knowledge: Knowledge, finder: EntityFinder
) -> None:
    lost = []
    for region in knowledge.regions.values():
        network = knowledge.network_of(region.key)
        where = [region.where[language] for language in ("fi", "sv", "en")]
        names = [region.fi, region.sv, region.en, *where, *region.also, *region.forms]
        for name in [*names, *(name.lower() for name in names)]:
            found = finder.mask(name).entities
            expected = ((region.key,), (), (network.key,) if network else ())
            if (found.regions, found.municipalities, found.networks) != expected:
                lost.append((name, found))
    assert lost == []


def test_every_network_is_found_by_all_its_names(
    knowledge: Knowledge, finder: EntityFinder
) -> None:
    lost = []
    for network in knowledge.networks.values():
        names = [*network.aliases]
        for language in ("fi", "sv", "en"):
            names += [
                network.name[language],
                network.short[language],
                network.where[language],
            ]
        for name in names:
            found = finder.mask(name).entities
            if found.networks != (network.key,):
                lost.append((name, network.key, found.networks))
    assert lost == []
