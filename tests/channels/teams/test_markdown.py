"""No text becomes markup, in any way of reading Markdown that Teams' clients have."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.answers.model import Line, LinkSpan, Text
from bot.channels.teams.markdown import SEPARATOR, markdown, plain

READER = MarkdownIt("commonmark", {"html": True}).enable(["strikethrough", "table"])

HOSTILE = [
    "*a*",
    "**a**",
    "_a_ and __b__",
    "`code`",
    "~~gone~~ and ~one~",
    "[text](https://evil.example)",
    "![picture](https://evil.example/x.png)",
    "[text]: https://evil.example",
    "[text][label]",
    "<at>Everyone</at>",
    "<script>alert(1)</script>",
    "<https://evil.example>",
    "&lt;at&gt;Member&lt;/at&gt;",
    "&#60;b&#62;",
    "# heading",
    "#",
    "- item",
    "+ item",
    "* item",
    "1. item",
    "10. joulukuuta",
    "3) item",
    "> quote",
    "---",
    "***",
    "===",
    "    indented",
    "\tindented",
    "```",
    "a\n# b",
    "a\r\n- b",
    "a  \nb",
    "\\*a\\*",
    "\\",
    "| a | b |",
    "line\u2028separator",
    "{{DATE(2026-12-10T10:00:00Z)}}",
    "${payload}",
]


def leaves(text: str) -> list[Token]:
    """What a reader of Markdown makes of a line."""
    return [leaf for token in READER.parse(text) for leaf in token.children or [token]]


def shape(text: str) -> list[str]:
    """The kinds of a line's parts, without plain paragraphs and text."""
    usual = ("paragraph_open", "paragraph_close", "text", "inline")
    return [leaf.type for leaf in leaves(text) if leaf.type not in usual]


def shown(text: str) -> str:
    """What one reads of a line."""
    return "".join(leaf.content for leaf in leaves(text) if leaf.type == "text")


@pytest.mark.parametrize("text", HOSTILE)
def test_text_is_no_markup(text: str) -> None:
    made = plain(text)
    assert shape(made) == []
    assert not [character for character in ("<", "](", "{{", "${") if character in made]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("around", ["bold", "link", "before a link", "after a link", "bullet"])
def test_text_is_no_markup_beside_markup(text: str, around: str) -> None:
    link = LinkSpan("page", "https://example.org/")
    one = ["link_open", "link_close"]
    match around:
        case "bold":
            line: Line = (Text("x "), Text(text, bold=True), Text(" y"))
            # Of characters alone nothing is left to be bold.
            allowed = [["strong_open", "strong_close"], []]
        case "link":
            line, allowed = (LinkSpan(text, "https://example.org/"),), [one]
        case "before a link":
            line, allowed = (Text(text), link), [one]
        case "after a link":
            line, allowed = (link, Text(text)), [one]
        case _:
            line, allowed = (Text(text),), [[]]
    assert shape(markdown(line)) in allowed


@given(st.text(alphabet=st.sampled_from("ab1 *_`~[]()<>&;#-+.!\\\n:\"'{}$|="), max_size=40))
def test_any_text_is_no_markup(text: str) -> None:
    assert shape(plain(text)) == []
    parts = shape(markdown((Text(text), LinkSpan(text, "mailto:a@example.org"), Text(text))))
    assert parts == ["link_open", "link_close"]
    parts = shape(markdown((Text(text), Text(text, bold=True), Text(text))))
    assert parts in ([], ["strong_open", "strong_close"])


@given(st.text(max_size=60))
def test_any_unicode_can_be_sent(text: str) -> None:
    plain(text).encode()
    markdown((LinkSpan(text, f"https://example.org/{text}"),)).encode()


@pytest.mark.parametrize(
    "text",
    [
        "Etelä-Pohjanmaa, 445 000 asukasta (2021)",
        "klo 9.30–11, 10.12.2026",
        "first_last@example.org",
        "R&D, S:t Karins; 50 %",
        "https://taikusydan.turkuamk.fi/alueverkostot/",
        "What? Yes! (No.)",
    ],
)
def test_usual_text_stays_as_it_is(text: str) -> None:
    assert plain(text) == text


def test_a_replaced_sign_looks_the_same() -> None:
    assert plain("5 * 3 <at>") == "5 ∗ 3 ‹at›"
    assert plain("10. joulukuuta") == f"{SEPARATOR}10. joulukuuta"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ((Text("Hanna Hangasluoma", bold=True),), "**Hanna Hangasluoma**"),
        ((Text("Nimi:", bold=True), Text("arvo")), "**Nimi**:arvo"),
        ((Text("Nimi:", bold=True), Text(" arvo")), "**Nimi:** arvo"),
        ((Text("x"), Text("(b)", bold=True)), "x(**b)**"),
        ((Text("!", bold=True), Text("a")), f"!{SEPARATOR}a"),
        (
            (Text("Puhelin: "), LinkSpan("040 123", "tel:+35840123")),
            "Puhelin: [040 123](tel:+35840123)",
        ),
        (
            (LinkSpan("sidan (på finska)", "https://example.org/a_(b)"),),
            "[sidan (på finska)](https://example.org/a%5F%28b%29)",
        ),
        (
            (LinkSpan("a", "https://example.org/?a=1&copy;=2"),),
            "[a](https://example.org/?a=1&copy%3B=2)",
        ),
        ((LinkSpan("a]b[", "https://example.org"),), "[a］b［](https://example.org)"),
        ((LinkSpan(" ", "https://example.org"),), "[https://example.org](https://example.org)"),
    ],
)
def test_lines(line: Line, expected: str) -> None:
    assert markdown(line) == expected


def test_bold_is_bold_for_a_reader() -> None:
    made = markdown((Text("Etelä-Pohjanmaa (PiiPoo)", bold=True), Text(", x")))
    assert shape(made) == ["strong_open", "strong_close"]
    assert shown(made) == "Etelä-Pohjanmaa (PiiPoo), x"
