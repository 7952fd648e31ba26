"""What a scripted bot answers, and the page that shows it."""

from __future__ import annotations

from aiohttp import web

from bot.answers.model import (
    Action,
    Answer,
    Bullets,
    Heading,
    LinkSpan,
    Paragraph,
    Suggestion,
    Text,
)
from bot.channels.web import WebChat

CONVERSATION = "0123456789abcdef0123456789abcdef"
HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>"

ANSWER = Answer(
    "en",
    ("contacts",),
    (
        Heading("Member"),
        Paragraph(
            (
                (Text("Coordinator", bold=True), Text(" in Pirkanmaa")),
                (Text("Phone: "), LinkSpan("040 123", "tel:+358401234")),
            )
        ),
        Bullets(((Text("one"),), (LinkSpan("two", "https://example.org/"),))),
    ),
    (Action("Wrong information?", "mailto:keeper@example.org"),),
    (Suggestion("How do I join?", "How do I join Pirkanmaa?", "join", ("pirkanmaa",)),),
)


def page_app(chat: WebChat) -> web.Application:
    """An application with nothing but the page."""
    app = web.Application()
    chat.attach(app)
    return app
