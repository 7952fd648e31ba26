"""Own words: bold, named links and lists are read, everything else stays as it was typed."""

from __future__ import annotations

import pytest

from bot.announcements.own_words import own_words, paragraphs
from bot.answers.model import Bullets, LinkSpan, Paragraph, Text

URL = "https://example.org/opas"


def test_bold_a_named_link_and_a_list() -> None:
    text = f"**Tärkeää:** lue [uusi opas]({URL}).\nHeti.\n- eka\n- **toka**\nLoppu\n\nToinen {URL}."
    assert list(own_words(text)) == [
        Paragraph(
            (
                (Text("Tärkeää:", bold=True), Text(" lue "), LinkSpan("uusi opas", URL), Text(".")),
                (Text("Heti."),),
            )
        ),
        Bullets(((Text("eka"),), (Text("toka", bold=True),))),
        Paragraph(((Text("Loppu"),),)),
        Paragraph(((Text("Toinen "), LinkSpan(URL, URL), Text(".")),)),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "2 ** 3 ** 4",
        "** lihava **",
        "*yksi* ja ***",
        "[opas](javascript:alert)",
        "[opas](http://example.org/)",
        "[](https:)",
        "-5 astetta",
        "<b>ei</b>",
    ],
)
def test_what_is_no_markup_stays_as_it_was_typed(text: str) -> None:
    assert list(own_words(text)) == [Paragraph(((Text(text),),))]


@pytest.mark.parametrize("name", ["https://bank.example", "www.bank.example", "//bank.example"])
def test_a_name_does_not_tell_another_address(name: str) -> None:
    (block,) = own_words(f"[{name}]({URL})")
    assert isinstance(block, Paragraph)
    links = {
        span.text: span.url for line in block.lines for span in line if isinstance(span, LinkSpan)
    }
    assert all(text == url for text, url in links.items())
    assert URL in links


def test_a_description_keeps_its_asterisks() -> None:
    assert list(paragraphs("**ei**\n- ei")) == [Paragraph(((Text("**ei**"),), (Text("- ei"),)))]
