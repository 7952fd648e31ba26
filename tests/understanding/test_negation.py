"""What a message denies and what it asserts."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import yaml

from bot.knowledge.models import Negation
from bot.knowledge.values import LANGUAGES, Language
from bot.understanding.negation import asserted_text, negated_words, spans
from bot.understanding.negation_words import Grammar
from bot.understanding.text import tokenise, truncate

LEXICONS = Path(__file__).parents[2] / "intents" / "lexicons"

GRAMMARS: dict[Language, Grammar] = {
    language: Grammar(
        Negation.model_validate(
            yaml.safe_load((LEXICONS / f"{language}.yaml").read_text("utf-8"))["negation"]
        )
    )
    for language in LANGUAGES
}

# `<denied>` parts in angle brackets; what stands outside is asserted, words of contrast in neither.
SPLIT: list[tuple[Language, str]] = [
    ("fi", "<En tarvitse kokouksia> vaan yhteystiedot"),
    ("fi", "<en mä kokouksia kysynyt> vaan yhteystietoja Pirkanmaalta"),
    ("fi", "<emmä tarvi linkkejä>, haluun tietää milloin tavataan"),
    ("fi", "<ei tartte kokouksia>, yhteystiedot riittää"),
    ("fi", "<en tarvitse muuta> kuin yhteystiedot"),
    ("fi", "<en tarvitse kokouksia>, <linkkejä>, vaan yhteystiedot"),
    ("fi", "<ei Vaasa> vaan Seinäjoki"),
    ("fi", "<en Pirkanmaalla> vaan Länsi-Suomessa"),
    ("fi", "<yhteystietojen sijaan> kerro kokouksista"),
    ("fi", "kerro kokouksista, <ei yhteystietoja>"),
    ("fi", "<älä kerro tavoitteista>, kerro kokouksista"),
    ("sv", "<jag behöver inte kontakterna i Vasa>, bara mötena"),
    ("sv", "<jag behöver inte kontakterna> bara mötena"),
    ("sv", "<jag frågade icke efter möten> utan efter kontaktpersonen"),
    ("sv", "<nej inte Vasa> utan Nykarleby"),
    ("sv", "<inga möten>, bara kontakter"),
    ("sv", "<vi behöver ej länkar> utan kontaktpersonen"),
    ("sv", "<berätta inte om målen>, berätta om mötena"),
    ("sv", "mötena <istället för kontakterna>"),
    ("en", "<not the contacts>, I asked when you meet"),
    ("en", "<I don't need the meetings>, just the phone number"),
    ("en", "<I don’t need the meetings>, just the phone number"),
    ("en", "<I dont need the meetings>, just the phone number"),
    ("en", "<don´t want meetings> only contacts"),
    ("en", "I asked for the dates <not the contacts>"),
    ("en", "<instead of contacts> tell me when you meet"),
    ("en", "<don't tell me the goals>, I need the contact person"),
    ("en", "<that's not what I asked>"),
]

PLAIN: list[tuple[Language, str]] = [
    ("fi", "enkö voi liittyä"),
    ("fi", "miksi kokousta ei ole"),
    ("fi", "eikö Kokkolassa ole verkostoa"),
    ("fi", "en löydä yhteystietoja"),
    ("fi", "en tiedä kehen ottaa yhteyttä"),
    ("fi", "en ole jäsen, voinko tulla"),
    ("fi", "en halua missata tapaamisia"),
    ("fi", "ei ainoastaan kokoukset vaan myös yhteystiedot"),
    ("fi", "ei anteeksi tarkoitin Lapuaa"),
    ("fi", "sori et vaivaan, kuka on yhteyshenkilö"),
    ("fi", "haluaisin alkaa seurata Lappia"),
    ("fi", "ala seurata Lappia"),
    ("sv", "en kontaktperson i Vasa"),
    ("sv", "jag hittar inte kontaktuppgifter"),
    ("sv", "finns det inga möten i Vasa?"),
    ("sv", "varför finns det inte möten"),
    ("sv", "kan jag komma utan att vara medlem"),
    ("sv", "inte bara mötena utan också kontakterna"),
    ("en", "I don't know who to contact"),
    ("en", "isn't there a network in Kokkola?"),
    ("en", "why is there no meeting"),
    ("en", "I'm not a member, can I join?"),
    ("en", "no sorry I meant Lapua"),
    ("en", "no idea who to contact"),
    ("en", "not only contacts but also meetings"),
]


PARTS = (
    "en ei vaan mutta kuin muuta sijaan älä ala et enkä vain inte utan bara inga istället för "
    "not no don't but just instead of rather than nor I you kokouksia Vaasa möten the contacts "
    "want vill halua ? . , - ! ( ) \n"
)
"""Words and marks of which messages are made at random."""


def split(text: str, language: Language) -> str:
    """The text with its denied parts in angle brackets."""
    text = truncate(text)
    tokens = tokenise(text)
    marked = text
    for span in reversed(spans(tokens, text, GRAMMARS[language])):
        if span.denied:
            start, end = tokens[span.first].start, tokens[span.end - 1].end
            marked = f"{marked[:start]}<{marked[start:end]}>{marked[end:]}"
    return marked


@pytest.mark.parametrize(("language", "marked"), SPLIT)
def test_what_is_denied_is_told_from_what_is_asserted(language: Language, marked: str) -> None:
    text = marked.replace("<", "").replace(">", "")
    assert split(text, language) == truncate(marked)


@pytest.mark.parametrize(("language", "text"), PLAIN)
def test_not_every_negation_denies(language: Language, text: str) -> None:
    assert spans(tokenise(text), text, GRAMMARS[language]) == ()


def test_the_asserted_text_leaves_out_denials_and_words_of_contrast() -> None:
    text = "En tarvitse kokouksia vaan yhteystiedot Pirkanmaalla, kiitos!"
    tokens = tokenise(text)
    assert asserted_text(text, tokens, spans(tokens, text, GRAMMARS["fi"])) == (
        "yhteystiedot Pirkanmaalla, kiitos!"
    )


def test_each_denial_names_its_word() -> None:
    text = "I don't need the meetings but the contacts"
    tokens = tokenise(text)
    denied, asserted = spans(tokens, text, GRAMMARS["en"])
    assert (denied.denied, denied.word) == (True, "don't")
    assert (asserted.denied, asserted.word) == (False, "but")


def test_a_name_is_denied_where_it_is_known_to_be_one() -> None:
    text = "kuka on Lapin yhteyshenkilö ei Pirkanmaan"
    tokens = tokenise(text)
    assert spans(tokens, text, GRAMMARS["fi"]) == ()
    (_, denied) = spans(tokens, text, GRAMMARS["fi"], names={2, 5})
    assert (denied.first, denied.denied) == (4, True)


@pytest.mark.parametrize(
    ("language", "text", "negated"),
    [
        ("fi", "älä unohda minua", {"unohda", "minua"}),
        ("fi", "Älkää poistako mitään", {"poistako", "mitään"}),
        ("fi", "ala unohda minua", {"unohda", "minua"}),
        ("fi", "ala seurata Lappia", set()),
        ("fi", "en halua, että poistat tietoni", {"halua", "että", "poistat", "tietoni"}),
        ("fi", "lopeta ilmoitukset, en halua niitä", {"halua", "niitä"}),
        ("fi", "emmä haluu lopettaa", {"haluu", "lopettaa"}),
        ("sv", "sluta inte", {"sluta"}),
        ("sv", "glöm mig inte", {"glöm", "mig"}),
        ("sv", "jag vill inte att du glömmer", {"jag", "vill", "att", "du", "glömmer"}),
        ("en", "don’t forget me", {"forget", "me"}),
        ("en", "dont stop", {"stop"}),
        ("en", "stop it", set()),
    ],
)
def test_what_stands_under_a_negation(language: Language, text: str, negated: set[str]) -> None:
    text = truncate(text)
    tokens = tokenise(text)
    found = {tokens[at].norm for at in negated_words(tokens, text, GRAMMARS[language])}
    assert found == negated


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_is_written_the_spans_are_in_order_and_apart(language: Language) -> None:
    parts = PARTS.split(" ")
    rng = random.Random(15)
    for _ in range(3000):
        text = " ".join(rng.choice(parts) for _ in range(rng.randint(0, 12)))
        tokens = tokenise(text)
        found = spans(tokens, text, GRAMMARS[language])
        end = 0
        for span in found:
            assert end <= span.first < span.end <= len(tokens), text
            end = span.end
        assert not found or any(span.denied for span in found)
        asserted_text(text, tokens, found)
        assert all(0 <= at < len(tokens) for at in negated_words(tokens, text, GRAMMARS[language]))
