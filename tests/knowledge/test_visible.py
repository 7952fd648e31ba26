"""Nothing that is posted has hidden characters, and links lead where they seem to."""

from __future__ import annotations

import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from bot.knowledge.values import NonEmpty, WebAddress
from bot.knowledge.visible import hidden_host, shows, visible
from bot.knowledge.yaml_source import ContentError, read_yaml

STAYS = [
    "Ääkköset, Åbo: “sitaatti” – 5 €",
    "Taide & hyvinvointi: klo 9–10\n\tja toinen rivi",
    "🎭 🎨 ❤️ ☀︎ 1️⃣ #️⃣ ℹ️ ‼️ ™️",
    "👩‍👩‍👧 👩🏽‍⚕️ 🏳️‍🌈 🧑‍🦰 🇫🇮 ⛹🏻‍♀️",
    "Sámi giella, čáhppes, Łódź, Đorđe",
    "نامه‌ای از ایران",
    "क्‍ष हिन्दी",
    "日本語と한국어",
    "e\u0301 a\u0308",
]


@pytest.mark.parametrize("text", STAYS)
def test_what_people_write_stays(text: str) -> None:
    assert visible(text) == text
    assert shows(text)


def _hidden() -> list[str]:
    """Characters of format, fillers and variants, of which none may come through in a word."""
    every = map(chr, range(sys.maxunicode + 1))
    formats = [char for char in every if unicodedata.category(char) in ("Cf", "Cs")]
    others = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2065\u3164\uffa0\ufff0"
    variants = [chr(code) for code in (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))]
    # Signs of Arabic, Egyptian and other scripts that are drawn, though they count as formats.
    drawn = ("ARABIC", "SYRIAC", "KAITHI", "EGYPTIAN")
    named = [char for char in formats if not unicodedata.name(char, "").startswith(drawn)]
    return [*named, *others, *variants, "\u061c", "\x00", "\x1b", "\x7f", "\x85", "\ufff9"]


@pytest.mark.parametrize("template", ["{}", "a{}b", "{}a", "a{}", "ä{0}{0}ö", "a {} b"])
def test_no_hidden_character_comes_through(template: str) -> None:
    through = {
        f"U+{ord(char):04X}"
        for char in _hidden()
        if visible(template.format(char)) != template.replace("{0}", "{}").replace("{}", "")
    }
    assert not through


@given(st.text())
def test_looking_twice_changes_nothing_more(text: str) -> None:
    once = visible(text)
    assert visible(once) == once
    assert set(once) <= set(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\u200b\u200f",
        "\u2800",
        "\u3164 \u115f",
        "\u00a0\u2003",
        "\u0301",
        "\U000e0041",
        "\ufe0f",
        "\U0001d159",
        "\ufffc",
    ],
)
def test_a_text_of_nothing_to_see_is_none(text: str) -> None:
    assert not shows(visible(text))
    with pytest.raises(ValidationError):
        TypeAdapter(NonEmpty).validate_python(text)


LEADS_ELSEWHERE = {
    "https://good.example@evil.example/": "evil.example",
    "https://good.example:443@evil.example:8443/x": "evil.example:8443",
    "https://good.example%2f@evil.example/": "evil.example",
    "https://good.example\\@evil.example/": "evil.example",
    "https://good.example\\.evil.example/": "good.example\\.evil.example",
    "HTTP://good.example@evil.example": "evil.example",
    "https://аррӏе.com/": "xn--80ak6aa92e.com",
    "https://xn--80ak6aa92e.com/": "xn--80ak6aa92e.com",
    "https://www.tаikusydan.fi/": "www.xn--tikusydan-0yh.fi",
    "https://gοοgle.com/": "xn--ggle-0nda.com",
    "https://ɢoogle.com/": "xn--oogle-wmc.com",
    "https://ıbm.com/": "xn--bm-gpa.com",
    "https://ｇoogle.com/": "google.com",
    "https://good․example/": "good.example",
    "https://a%2eb.example/": "a%2eb.example",
    "https:/good.example@evil.example": "evil.example",
    "https:\\\\good.example@evil.example/": "evil.example",
    "http:good.example@evil.example": "evil.example",
    "https:/\\/good.example@evil.example": "evil.example",
    "see www.gооgle.com": "www.xn--ggle-55da.com",
    "see teams.mіcrosoft.com": "teams.xn--mcrosoft-thh.com",
    "(gοogle.com/x)": "xn--gogle-rce.com",
    "first https://ä.fi, then https://u@x.fi.": "x.fi.",
}


@pytest.mark.parametrize("text", LEADS_ELSEWHERE)
def test_a_link_that_leads_elsewhere_is_found_with_its_true_host(text: str) -> None:
    assert hidden_host(text) == LEADS_ELSEWHERE[text]


@pytest.mark.parametrize("address", [one for one in LEADS_ELSEWHERE if one.startswith("http")])
def test_no_file_may_hold_such_a_link(address: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(WebAddress).validate_python(address)


@pytest.mark.parametrize(
    "text",
    [
        "https://taikusydan.turkuamk.fi/verkostot?a=b@c#d@e",
        "https://medium.com/@user/x",
        "https://pääkaupunki.fi/äiti, (https://www.åbo.fi/).",
        "https://xn--pkaupunki-x2aa.fi/",
        "https://Sámi.no/",
        "https://пример.рф/ https://例え.jp/ https://ქართული.გე/",
        "http://127.0.0.1:8080/x http://[::1]:3978/",
        "https://a_b.example.org:443/",
        "write to somebody@example.org or see www.turku.fi!",
        "no link: аррӏе.com, @somebody",
        "https: on suojattu, https:llä alkava osoite",
        "Hei.Moi ääkköset.docx Österbottens.kulturförbund.fi см.документ.pdf 東京tower.jp",
    ],
)
def test_other_links_stay(text: str) -> None:
    assert hidden_host(text) is None


@given(st.text(max_size=50))
def test_whatever_stands_for_a_host_is_judged(text: str) -> None:
    hidden_host(f"https://{text}/ www.{text}")


@pytest.mark.parametrize("address", LEADS_ELSEWHERE)
def test_no_text_of_a_file_leads_elsewhere(address: str, tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(f"title: x\ntexts:\n- fi: |\n    y\n    see {address} x\n", "utf-8")
    with pytest.raises(ContentError) as raised:
        read_yaml(path)
    (finding,) = raised.value.findings
    assert finding.line == 4
    assert LEADS_ELSEWHERE[address] in str(finding)


def test_a_file_has_no_hidden_characters_escaped_or_not(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    title = 'title: "a\\u202Eb\\U000E0041"\n'
    rest = "text: |\n  c\u200fd\u2067e 👩‍👧\nlist: [f\u00adg]\n"
    path.write_text(title + rest, "utf-8")
    assert read_yaml(path).data == {"title": "ab", "text": "cde 👩‍👧\n", "list": ["fg"]}
