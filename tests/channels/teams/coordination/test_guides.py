"""The guides of coordinators name buttons as the bot does, and words that it understands."""

from __future__ import annotations

import re

import pytest

from bot.i18n import translator
from bot.i18n.extraction import extract
from bot.knowledge.values import Language
from bot.understanding.interpreter import MessageContext
from bot.understanding.reloader import Snapshot

from ...turning import NOW
from ..conftest import ROOT

GUIDES: list[Language] = ["fi", "sv"]
INTENTS = {
    *("follow", "unfollow", "following", "whoami", "add_meeting", "announce", "announcements"),
    "change_details",
}


def guide(language: Language) -> str:
    """The text of a guide, its lines joined."""
    path = ROOT / "docs" / "guides" / f"coordinator.{language}.md"
    return " ".join(path.read_text(encoding="utf-8").split())


FORMS = "bot/channels/teams/coordination/"

SAID = re.compile(r"\*\*(?:@Taikubot )?(.+?)\*\*")
BUTTON = re.compile(r"(?<!\*)\*([^*@]+)\*(?!\*)")


@pytest.mark.parametrize("language", GUIDES)
def test_every_button_of_a_guide_is_one_of_the_bot(language: Language) -> None:
    _ = translator(language)
    known = {
        _.pgettext(text.context, text.id) if text.context else _(text.id)
        for text in extract(ROOT)
        if isinstance(text.id, str)
        and any(path.startswith(FORMS) for path, _line in text.locations)
    }
    named = BUTTON.findall(guide(language))
    assert len(named) > 12
    assert set(named) <= known


@pytest.mark.parametrize("language", GUIDES)
def test_the_bot_understands_the_words_of_a_guide(language: Language, snapshot: Snapshot) -> None:
    said = set(SAID.findall(guide(language)))
    assert len(said) >= 6
    understood = {
        words: snapshot.interpreter.understand(words, MessageContext(NOW.date())).intent
        for words in said
    }
    assert set(understood.values()) == INTENTS, understood
