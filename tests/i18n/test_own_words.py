"""A community's words in place of the shipped ones."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.i18n import N_, OwnWords, install_community, translator

KREIS = OwnWords({"network": "district", "regional network": "district", "networks": "districts"})


@pytest.mark.parametrize(
    ("shipped", "own"),
    [
        ("the network of {place}", "the district of {place}"),
        ("Networks, and a regional network", "Districts, and a district"),
        (
            "which <network> (network|networks)[ meetings]",
            "which <network> (district|districts)[ meetings]",
        ),
        ("{{ network.name }} is a network", "{{ network.name }} is a district"),
        ("{% if network %}network{% endif %}", "{% if network %}district{% endif %}"),
        ("networking at https://network.example or network@x.example", None),
        ("first\n  network\nlast", "first\n  district\nlast"),
    ],
)
def test_whole_words_are_replaced(shipped: str, own: str | None) -> None:
    assert KREIS(shipped) == (shipped if own is None else own)


def test_forms_of_finnish_are_each_their_own() -> None:
    own = OwnWords({"verkosto": "piiri", "verkostossa": "piirissä", "verkostojen": "piirien"})
    assert own("Mikä verkosto? Verkostossa, verkostojen, verkostoon") == (
        "Mikä piiri? Piirissä, piirien, verkostoon"
    )


@pytest.fixture
def districts() -> Iterator[None]:
    install_community(("en",), {"en": {"network": "district"}})
    yield
    install_community((), {})


@pytest.mark.usefixtures("districts")
def test_texts_are_said_in_them_but_not_what_they_are_filled_with() -> None:
    said = translator("en")("The network {name}", name="Network of the north")
    assert said == "The district Network of the north"
    assert N_("A network").said("en") == "A district"
    assert translator("sv")("A network") == "A network"
