"""Links that open a mail draft: what they hold, and how long they get."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from bot.answers.drafts import MAX_LINK, mail_link, reported_with
from bot.answers.model import Action, Answer, Paragraph, Text
from bot.answers.plain import plain_text

EMAIL = "hanna.hangasluoma@etela-pohjanmaa.fi"


def _read(link: str) -> tuple[str, str, str]:
    parts = urlsplit(link)
    fields = parse_qs(parts.query)
    assert parts.scheme == "mailto"
    return parts.path, fields["subject"][0], fields["body"][0]


def test_a_draft_holds_the_question_and_the_answer() -> None:
    link = mail_link(EMAIL, "Mikä on Hannan numero?", "040 123 & 45\nToinen rivi", "en")
    email, subject, body = _read(link)
    assert email == EMAIL
    assert "Mikä on Hannan numero?" in subject
    assert "Mikä on Hannan numero?" in body
    assert "040 123 & 45\r\nToinen rivi" in body


@pytest.mark.parametrize("letter", ["a", "ä", "&", "\n", "👍", "ж"])
@pytest.mark.parametrize("asked", [10, 1_000])
@pytest.mark.parametrize("answered", [0, 10, 5_000])
def test_a_link_is_never_too_long(letter: str, asked: int, answered: int) -> None:
    link = mail_link(EMAIL, letter * asked, letter * answered, "fi")
    assert len(link) <= MAX_LINK
    assert link.startswith(f"mailto:{EMAIL}")


def test_the_answer_is_cut_before_the_question() -> None:
    question = "ä" * 60
    _, _, body = _read(mail_link(EMAIL, question, "ö" * 3_000, "en"))
    assert question in body
    assert "ö" * 50 in body


def test_nothing_to_tell_is_an_empty_draft() -> None:
    assert mail_link(EMAIL, " ", "", "sv") == f"mailto:{EMAIL}"


def test_a_question_adds_no_field_of_its_own() -> None:
    link = mail_link(EMAIL, "x&bcc=other@example.org?cc=a@example.org#x", "\r\nBcc: b@c.fi", "en")
    assert set(parse_qs(urlsplit(link).query)) == {"subject", "body"}
    assert not urlsplit(link).fragment
    assert "\n" not in link


@pytest.mark.parametrize("cut", ["\ud83d", "\0"])
def test_half_a_sign_does_not_break_a_draft(cut: str) -> None:
    _, subject, body = _read(mail_link(EMAIL, f"Numero {cut} väärin", f"040{cut}123", "fi"))
    for text in (subject, body):
        assert "Numero" in text
        assert "väärin" in text
        assert cut not in text


def test_wrong_information_carries_the_turn_and_plain_text_the_address_alone() -> None:
    blocks = (Paragraph(((Text("Numero on 040 123."),),)),)
    page = Action("Sivu", "https://example.org")
    answer = Answer(
        "fi", ("person",), blocks, (page, Action("Väärä tieto?", f"mailto:{EMAIL}", True))
    )
    filled = reported_with(answer, "Mikä on numero?")
    assert filled.actions[0] == page
    _, _, body = _read(filled.actions[1].url)
    assert "Mikä on numero?" in body
    assert "Numero on 040 123." in body
    assert plain_text(filled).endswith(f"Väärä tieto? {EMAIL}")
