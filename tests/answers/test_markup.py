"""The light markup: what is markup, and that values never become it."""

from __future__ import annotations

import pytest

from bot.answers import markup
from bot.answers.markup import Trusted, escape, link, parse
from bot.answers.model import Bullets, Heading, LinkSpan, Paragraph, Text
from bot.answers.templates import environment

DANGEROUS = [
    "[x](javascript:alert(1))",
    "[x](https://evil.example)",
    "**bold** _it_ # heading",
    "# heading",
    "- item",
    "\n# heading\n\n- item\n",
    "<at>everyone</at>",
    "<script>alert(1)</script>",
    "{{ 7 * 7 }} {% if x %}",
    "back\\slash \\* \\[",
    "](https://evil.example) [",
]


def test_blocks() -> None:
    blocks = parse("# Head\nfirst\nsecond **bold**\n\n- one\n- [t](https://a.fi)\nafter\n")
    assert blocks == (
        Heading("Head"),
        Paragraph(((Text("first"),), (Text("second "), Text("bold", bold=True)))),
        Bullets(((Text("one"),), (LinkSpan("t", "https://a.fi"),))),
        Paragraph(((Text("after"),),)),
    )


def test_blank_lines_and_spaces_leave_nothing_behind() -> None:
    assert parse("\n\n  a   b \n\n\n\nc\n\n") == (
        Paragraph(((Text("a b"),),)),
        Paragraph(((Text("c"),),)),
    )


@pytest.mark.parametrize("text", DANGEROUS)
@pytest.mark.parametrize("template", ["{{ v }}", "a {{ v }}", "- {{ v }}", "# {{ v }}"])
def test_values_stay_text(text: str, template: str) -> None:
    rendered = environment({}).from_string(template).render(v=text, language="fi")
    (block,) = parse(rendered)
    if isinstance(block, Heading):
        shown = block.text
    else:
        (line,) = block.items if isinstance(block, Bullets) else block.lines
        assert all(isinstance(span, Text) and not span.bold for span in line)
        shown = "".join(span.text for span in line)
    assert shown.removeprefix("a ") == " ".join(text.split())


@pytest.mark.parametrize("text", DANGEROUS)
def test_a_dangerous_title_makes_no_other_link(text: str) -> None:
    (block,) = parse(link("https://good.example", text))
    assert isinstance(block, Paragraph)
    (span,) = block.lines[0]
    assert span == LinkSpan(text, "https://good.example") or "\n" in text


@pytest.mark.parametrize("url", ["javascript:alert(1)", "http://a.fi", "data:x", "//a.fi"])
def test_other_schemes_are_no_links(url: str) -> None:
    (block,) = parse(link(url, "title"))
    assert block == Paragraph(((Text(f"title ({url})"),),))
    (block,) = parse(f"[title]({url.replace('(1)', '')})")
    assert isinstance(block, Paragraph)
    assert all(isinstance(span, Text) for span in block.lines[0])
    with pytest.raises(ValueError, match="address"):
        LinkSpan("title", url)


def test_unseen_characters_are_dropped() -> None:
    assert escape("a\x00b\u202ec\ue000d\u2028e") == "abcd e"
    assert escape(Trusted("**x**")) == "**x**"


def test_what_is_escaped_comes_back() -> None:
    signs = markup._MARKUP + "abc"
    (block,) = parse("x" + escape(signs))
    assert block == Paragraph(((Text("x" + signs),),))
