"""Finnish case forms by rule, checked against forms that people really use."""

from __future__ import annotations

import pytest

from bot.understanding.inflection import finnish_forms, name_forms

# Each name with its inessive or adessive, elative or ablative, illative or allative, genitive,
# and partitive: https://kotus.fi (asutusnimihakemisto) for the places.
FORMS = """
Helsinki: Helsingissä Helsingistä Helsinkiin Helsingin Helsinkiä
Espoo: Espoossa Espoosta Espooseen Espoon Espoota
Vantaa: Vantaalla Vantaalta Vantaalle Vantaan Vantaata
Tampere: Tampereella Tampereelta Tampereelle Tampereen Tamperetta
Turku: Turussa Turusta Turkuun Turun Turkua
Oulu: Oulussa Oulusta Ouluun Oulun Oulua
Lahti: Lahdessa Lahdesta Lahteen Lahden Lahtea
Kuopio: Kuopiossa Kuopiosta Kuopioon Kuopion Kuopiota
Jyväskylä: Jyväskylässä Jyväskylästä Jyväskylään Jyväskylän Jyväskylää
Pori: Porissa Porista Poriin Porin Poria
Lappeenranta: Lappeenrannassa Lappeenrannasta Lappeenrantaan Lappeenrannan Lappeenrantaa
Vaasa: Vaasassa Vaasasta Vaasaan Vaasan Vaasaa
Kotka: Kotkassa Kotkasta Kotkaan Kotkan Kotkaa
Joensuu: Joensuussa Joensuusta Joensuuhun Joensuun Joensuuta
Hämeenlinna: Hämeenlinnassa Hämeenlinnasta Hämeenlinnaan Hämeenlinnan Hämeenlinnaa
Porvoo: Porvoossa Porvoosta Porvooseen Porvoon Porvoota
Mikkeli: Mikkelissä Mikkelistä Mikkeliin Mikkelin Mikkeliä
Hyvinkää: Hyvinkäällä Hyvinkäältä Hyvinkäälle Hyvinkään Hyvinkäätä
Nurmijärvi: Nurmijärvellä Nurmijärveltä Nurmijärvelle Nurmijärven Nurmijärveä
Rauma: Raumalla Raumalta Raumalle Rauman Raumaa
Lohja: Lohjalla Lohjalta Lohjalle Lohjan Lohjaa
Kirkkonummi: Kirkkonummella Kirkkonummelta Kirkkonummelle Kirkkonummen Kirkkonummea
Kajaani: Kajaanissa Kajaanista Kajaaniin Kajaanin Kajaania
Rovaniemi: Rovaniemellä Rovaniemeltä Rovaniemelle Rovaniemen Rovaniemeä
Seinäjoki: Seinäjoella Seinäjoelta Seinäjoelle Seinäjoen Seinäjokea
Kouvola: Kouvolassa Kouvolasta Kouvolaan Kouvolan Kouvolaa
Kerava: Keravalla Keravalta Keravalle Keravan Keravaa
Järvenpää: Järvenpäässä Järvenpäästä Järvenpäähän Järvenpään Järvenpäätä
Kokkola: Kokkolassa Kokkolasta Kokkolaan Kokkolan Kokkolaa
Savonlinna: Savonlinnassa Savonlinnasta Savonlinnaan Savonlinnan Savonlinnaa
Riihimäki: Riihimäellä Riihimäeltä Riihimäelle Riihimäen Riihimäkeä
Raasepori: Raaseporissa Raaseporista Raaseporiin Raaseporin Raaseporia
Imatra: Imatralla Imatralta Imatralle Imatran Imatraa
Raahe: Raahessa Raahesta Raaheen Raahen Raahea
Raisio: Raisiossa Raisiosta Raisioon Raision Raisiota
Hamina: Haminassa Haminasta Haminaan Haminan Haminaa
Kempele: Kempeleessä Kempeleestä Kempeleeseen Kempeleen Kempelettä
Varkaus: Varkaudessa Varkaudesta Varkauteen Varkauden Varkautta
Alavus: Alavudella Alavudelta Alavudelle Alavuden Alavutta
Nurmes: Nurmeksessa Nurmeksesta Nurmekseen Nurmeksen Nurmesta
Kannus: Kannuksessa Kannuksesta Kannukseen Kannuksen Kannusta
Muhos: Muhoksella Muhokselta Muhokselle Muhoksen Muhosta
Pihtipudas: Pihtiputaalla Pihtiputaalta Pihtiputaalle Pihtiputaan Pihtipudasta
Punkalaidun: Punkalaitumella Punkalaitumelta Punkalaitumelle Punkalaitumen Punkalaidunta
Pietarsaari: Pietarsaaressa Pietarsaaresta Pietarsaareen Pietarsaaren Pietarsaarta
Mustasaari: Mustasaaressa Mustasaaresta Mustasaareen Mustasaaren Mustasaarta
Outokumpu: Outokummussa Outokummusta Outokumpuun Outokummun Outokumpua
Liminka: Limingassa Limingasta Liminkaan Limingan Liminkaa
Kurikka: Kurikassa Kurikasta Kurikkaan Kurikan Kurikkaa
Harjavalta: Harjavallassa Harjavallasta Harjavaltaan Harjavallan Harjavaltaa
Orivesi: Orivedellä Orivedeltä Orivedelle Oriveden Orivettä
Haapavesi: Haapavedellä Haapavedeltä Haapavedelle Haapaveden Haapavettä
Hailuoto: Hailuodossa Hailuodosta Hailuotoon Hailuodon Hailuotoa
Lieto: Liedossa Liedosta Lietoon Liedon Lietoa
Pomarkku: Pomarkussa Pomarkusta Pomarkkuun Pomarkun Pomarkkua
Vihti: Vihdissä Vihdistä Vihtiin Vihdin Vihtiä
Rautalampi: Rautalammilla Rautalammilta Rautalammille Rautalammin Rautalampia
Toholampi: Toholammilla Toholammilta Toholammille Toholammin Toholampia
Loppi: Lopella Lopelta Lopelle Lopen Loppea
Leppävirta: Leppävirralla Leppävirralta Leppävirralle Leppävirran Leppävirtaa
Ikaalinen: Ikaalisissa Ikaalisista Ikaalisiin Ikaalisten
Huittinen: Huittisissa Huittisista Huittisiin Huittisten
Kaustinen: Kaustisella Kaustiselta Kaustiselle Kaustisen Kaustista
Kuhmoinen: Kuhmoisissa Kuhmoisista Kuhmoisiin Kuhmoisten
Virrat: Virroilla Virroilta Virroille Virtain
Ii: Iissä Iistä Iihin Iin Iitä
Iitti: Iitissä Iitistä Iittiin Iitin Iittiä
Enontekiö: Enontekiöllä Enontekiöltä Enontekiölle Enontekiön Enontekiötä
Keuruu: Keuruulla Keuruulta Keuruulle Keuruun Keuruuta
Kruunupyy: Kruunupyyssä Kruunupyystä Kruunupyyhyn Kruunupyyn Kruunupyytä
Vöyri: Vöyrillä Vöyriltä Vöyrille Vöyrin Vöyriä
Kittilä: Kittilässä Kittilästä Kittilään Kittilän Kittilää
Savitaipale: Savitaipaleella Savitaipaleelta Savitaipaleelle Savitaipaleen Savitaipaletta
Uusikaupunki: Uudessakaupungissa Uudestakaupungista Uuteenkaupunkiin Uudenkaupungin
Uusikaarlepyy: Uudessakaarlepyyssä Uudestakaarlepyystä Uudenkaarlepyyn
Isokyrö: Isossakyrössä Isostakyröstä Isoonkyröön Isonkyrön
Mänttä-Vilppula: Mänttä-Vilppulassa Mänttä-Vilppulasta Mänttä-Vilppulaan Mänttä-Vilppulan
Pirkanmaa: Pirkanmaalla Pirkanmaalta Pirkanmaalle Pirkanmaan Pirkanmaata
Uusimaa: Uudellamaalla Uudenmaan
Varsinais-Suomi: Varsinais-Suomessa Varsinais-Suomesta Varsinais-Suomeen Varsinais-Suomen
Länsi-Suomi: Länsi-Suomessa Länsi-Suomesta Länsi-Suomeen Länsi-Suomen Länsi-Suomea
Kanta-Häme: Kanta-Hämeessä Kanta-Hämeestä Kanta-Hämeeseen Kanta-Hämeen Kanta-Hämettä
Etelä-Savo: Etelä-Savossa Etelä-Savosta Etelä-Savoon Etelä-Savon Etelä-Savoa
Pohjois-Karjala: Pohjois-Karjalassa Pohjois-Karjalasta Pohjois-Karjalaan Pohjois-Karjalan
Satakunta: Satakunnassa Satakunnasta Satakuntaan Satakunnan Satakuntaa
Kymenlaakso: Kymenlaaksossa Kymenlaaksosta Kymenlaaksoon Kymenlaakson Kymenlaaksoa
Lappi: Lapissa Lapista Lappiin Lapin Lappia
Kainuu: Kainuussa Kainuusta Kainuuseen Kainuun Kainuuta
Ahvenanmaa: Ahvenanmaalla Ahvenanmaalta Ahvenanmaalle Ahvenanmaan Ahvenanmaata
Pilvi: Pilvin Pilviltä Pilville Pilviä
Kuitu: Kuidun Kuidulta Kuidulle Kuitua
Nissilä: Nissilän Nissilältä Nissilälle Nissilää
Hanna: Hannan Hannalta Hannalle Hannaa
Hangasluoma: Hangasluoman Hangasluomalta Hangasluomalle Hangasluomaa
Tarja: Tarjan Tarjalta Tarjalle Tarjaa
Hautamäki: Hautamäen Hautamäeltä Hautamäelle Hautamäkeä
"""

TABLE = [
    (name, forms.split())
    for name, _, forms in (line.partition(": ") for line in FORMS.strip().splitlines())
]


def test_the_table_is_broad() -> None:
    assert len(TABLE) >= 80


@pytest.mark.parametrize(("name", "forms"), TABLE, ids=[name for name, _ in TABLE])
def test_the_forms_of_a_name_are_generated(name: str, forms: list[str]) -> None:
    generated = finnish_forms(name.lower())
    assert name.lower() in generated
    assert {form.lower() for form in forms} <= generated


def test_the_number_of_forms_is_bounded() -> None:
    assert max(len(finnish_forms(name.lower())) for name, _ in TABLE) < 1_000


@pytest.mark.parametrize(
    ("name", "language", "forms"),
    [
        ("Vasa", "sv", {"vasa", "vasas", "vasa:s"}),
        ("Närpes", "sv", {"närpes", "närpes:s"}),
        ("Lapland", "en", {"lapland", "laplands", "lapland's", "lapland'"}),
        ("Korsnäs", "en", {"korsnäs", "korsnäs's", "korsnäs'"}),
    ],
)
def test_genitives_of_other_languages(name: str, language: str, forms: set[str]) -> None:
    assert name_forms(name, language) == forms


@pytest.mark.parametrize("name", ["", "a", "å", "-", "x-", "  "])
def test_odd_names_do_not_break_the_rules(name: str) -> None:
    assert name in finnish_forms(name)
