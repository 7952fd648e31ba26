"""Places among other words: typos, missing dots, and words that only look like a place."""

from __future__ import annotations

import pytest

from bot.understanding.entities import EntityFinder


def _municipalities(finder: EntityFinder, text: str) -> tuple[str, ...]:
    return finder.mask(text).entities.municipalities


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("kuka vastaa jyvaskylassa", "jyvaskyla"),
        ("yhteystiedot seinajoella", "seinajoki"),
        ("vem svarar i narpes", "narpio"),
        ("vem svarar i abo", "turku"),
        ("olen tamperelainen valokuvaaja", "tampere"),
        ("lahtelaisille", "lahti"),
        ("helsinkiläisten kokous", "helsinki"),
        ("kuka vastaa jyväskyläsä", "jyvaskyla"),
        ("kuka vastaa Seinäjoela", "seinajoki"),
        ("yhteyshenkilö Tamperella", "tampere"),
        ("yhteyshenkilö lappeenranassa", "lappeenranta"),
        ("yhteyshenkilö Hämenlinnassa", "hameenlinna"),
        ("kontaktperson i Jakobsstad", "pietarsaari"),
        ("kontaktperson i Helsinfgors", "helsinki"),
        ("contact in Rovanimi", "rovaniemi"),
        ("contact in Kirkonummi", "kirkkonummi"),
        ("Tampereellakin", "tampere"),
        ("Kokkolassako", "kokkola"),
        ("Närpesissä", "narpio"),
        ("hki:ssä", "helsinki"),
        ("Hki", "helsinki"),
        ("ÄHTÄRI", "ahtari"),
        ("contact in Länsi–Pori", "pori"),
        ("Tampere's network", "tampere"),
        ("Mariehamn:s nätverk", "maarianhamina"),
        ("Seinäjoki's coordinator", "seinajoki"),
        ("Åbos nätverk", "turku"),
        ("vem svarar i Borgåtrakten", "porvoo"),
        ("I live in Vassa", "vaasa"),
        ("nätverket i Närpesnejden", "narpio"),
        ("tapaaminen Kurikanseudulla", "kurikka"),
    ],
)
def test_a_place_is_found_with_typos_and_without_dots(
    finder: EntityFinder, text: str, key: str
) -> None:
    assert _municipalities(finder, text) == (key,)


@pytest.mark.parametrize(
    "text",
    [
        "lähti kotiin",
        "kun bussi lähti",
        "haluan soitella jollekin",
        "voinko soitella",
        "en ole enää mukana",
        "meillä on uusi koti",
        "vad är det för en förening",
        "where is the information",
        "tule mukaan",
        "i am new here",
        "min son är med",
        "Pilvi",
        "lahdet jäätyvät",
        "salot ovat vihreät",
        "tampereensisko",
        "supertampere",
    ],
)
def test_ordinary_words_are_no_places(finder: EntityFinder, text: str) -> None:
    assert not finder.mask(text).entities.place


DOUBTFUL = {
    "salo": "Salossa",
    "lahti": "Lahdessa",
    "simo": "Simossa",
    "soini": "Soinissa",
    "nokia": "Nokialla",
    "ii": "Iissä",
    "sund": "Sundissa",
}


@pytest.mark.parametrize("word", DOUBTFUL)
def test_a_name_that_is_a_common_word_needs_a_sign(finder: EntityFinder, word: str) -> None:
    assert _municipalities(finder, f"se oli {word} joka tuli") == ()
    assert _municipalities(finder, f"se oli {word.capitalize()} joka tuli") == (word,)
    assert _municipalities(finder, f"se oli {DOUBTFUL[word].lower()} joka tuli") == (word,)
    assert _municipalities(finder, f"mikä on {word} kunta") == (word,)
    assert _municipalities(finder, word) == (word,)


@pytest.mark.parametrize(
    ("text", "region", "network"),
    [
        ("Pohjanmaalla", "pohjanmaa", "lansi-suomi"),
        ("Etelä-Pohjanmaalla", "etela-pohjanmaa", "lansi-suomi"),
        ("Keski-Pohjanmaalla", "keski-pohjanmaa", "lansi-suomi"),
        ("Pohjois-Pohjanmaalla", "pohjois-pohjanmaa", "pohjois-pohjanmaa"),
        ("etelä pohjanmaalla", "etela-pohjanmaa", "lansi-suomi"),
        ("i Österbotten", "pohjanmaa", "lansi-suomi"),
        ("i Södra Österbotten", "etela-pohjanmaa", "lansi-suomi"),
        ("i Mellersta Österbotten", "keski-pohjanmaa", "lansi-suomi"),
        ("i Norra Österbotten", "pohjois-pohjanmaa", "pohjois-pohjanmaa"),
        ("in Ostrobothnia", "pohjanmaa", "lansi-suomi"),
        ("in South Ostrobothnia", "etela-pohjanmaa", "lansi-suomi"),
        ("in Central Ostrobothnia", "keski-pohjanmaa", "lansi-suomi"),
        ("in North Ostrobothnia", "pohjois-pohjanmaa", "pohjois-pohjanmaa"),
    ],
)
def test_the_four_ostrobothnias_are_kept_apart(
    finder: EntityFinder, text: str, region: str, network: str
) -> None:
    found = finder.mask(f"kuka vastaa {text}?").entities
    assert (found.regions, found.networks) == ((region,), (network,))


def test_a_place_in_another_name_is_that_name_s_place(finder: EntityFinder) -> None:
    found = finder.mask("Onko Lapinlahden Lähteellä toimintaa?").entities
    assert found.municipalities == ("helsinki",)
    assert _municipalities(finder, "Lapinlahden Lähde") == ("helsinki",)
    assert _municipalities(finder, "Lapinlahdella") == ("lapinlahti",)


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("West Finland", "lansi-suomi"),
        ("Itä-Suomessa", "pohjois-savo"),
        ("östra Finland", "pohjois-savo"),
        ("pohjois karjaln kokous", "pohjois-karjala"),
        ("kokous pohjos karjalassa", "pohjois-karjala"),
        ("koordinatorn i egentliga finlnd", "varsinais-suomi"),
        ("Satakundanätverket", "satakunta"),
        ("eteläpohjalaisille", "lansi-suomi"),
        ("nylänningarnas träff", "uusimaa"),
        ("Kulttuurihyvinvointia ilman rajoja", "lansi-suomi"),
        ("kulturvälfärd över gränser", "lansi-suomi"),
        ("Länsi-Suomen alueverkosto", "lansi-suomi"),
        ("nätverket i Västra Finland", "lansi-suomi"),
    ],
)
def test_a_network_is_found_by_its_other_names(
    finder: EntityFinder, text: str, network: str
) -> None:
    assert finder.mask(text).entities.networks == (network,)


def test_a_place_joined_to_a_word_is_split(finder: EntityFinder) -> None:
    masked = finder.mask("Mikä on Pirkanmaa-verkosto?")
    assert masked.entities.regions == ("pirkanmaa",)
    assert masked.words == ("mika", "on", "{place}", "verkosto")
    assert finder.mask("taikusydän-verkosto").words == ("taikusydan-verkosto",)


def test_places_side_by_side_are_one_to_the_matchers(finder: EntityFinder) -> None:
    masked = finder.mask("kuka vastaa Kurikka, Etelä-Pohjanmaa")
    assert masked.words == ("kuka", "vastaa", "{place}")
    assert masked.entities.municipalities == ("kurikka",)
    assert masked.entities.regions == ("etela-pohjanmaa",)


def test_places_are_given_in_the_order_of_mention(finder: EntityFinder) -> None:
    found = finder.mask("Vaasa, Tampere vai Vaasa").entities
    assert found.municipalities == ("vaasa", "tampere")
    assert found.networks == ("lansi-suomi", "pirkanmaa")


def test_how_a_place_was_recognised_is_told(finder: EntityFinder) -> None:
    mentions = finder.mask("Tampere, jyvaskyla, Seinäjoela").mentions
    assert [(mention.text, mention.how) for mention in mentions] == [
        ("Tampere", "exact"),
        ("jyvaskyla", "without dots"),
        ("Seinäjoela", "typo: seinajoea"),
    ]


def test_a_likeness_to_a_place_is_none_beside_a_place_well_written(finder: EntityFinder) -> None:
    text = "esimerkki kaakosta, kerro siis taustaa Etelä-Karjalan verkostosta"
    assert finder.mask(text).entities.municipalities == ()
    assert finder.mask(text).entities.networks == ("etela-karjala",)
    both = finder.mask("Kokkolan ja seinäjoe yhteyshenkilöt").entities
    assert both.municipalities == ("kokkola", "seinajoki")
