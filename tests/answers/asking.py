"""What the tests of answers stand on: the real content with its demo meetings, and a fixed time."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

from bot.answers.compose import Context, compose
from bot.answers.model import Answer
from bot.knowledge import loader
from bot.knowledge.library import Knowledge
from bot.knowledge.models import (
    Community,
    Detail,
    Intent,
    Lexicon,
    Meeting,
    Municipality,
    Network,
    Person,
    Region,
)
from bot.knowledge.values import LANGUAGES, Language
from bot.understanding.model import DistressFound, Entities, Request, Understanding

ROOT = Path(__file__).parents[2]
NOW = dt.datetime(2026, 11, 20, 10, 0, tzinfo=dt.UTC)


def read_knowledge() -> Knowledge:
    """The repository's content with its demo meetings and intents, without their phrases."""
    sources = loader.SourceMap()
    content, intents = ROOT / "content", ROOT / "intents"
    folders = [content, content / loader.DEMO]
    community = loader._one(Community, content / "community.yaml", sources)
    places, lexicons = content / "places", intents / "lexicons"
    regions = loader._listed(Region, places / "regions.yaml", "regions", sources)
    towns = loader._listed(Municipality, places / "municipalities.yaml", "municipalities", sources)
    assert community is not None, sources.findings
    knowledge = Knowledge(
        community=community,
        networks=loader._folder(Network, folders, "networks", sources),
        people=loader._folder(Person, folders, "people", sources),
        regions={region.key: region for region in regions},
        municipalities={town.key: town for town in towns},
        meetings=loader._folder(Meeting, folders, "meetings", sources),
        intents=loader._folder(Intent, [intents], "", sources),
        lexicons={
            language: lexicon
            for language in LANGUAGES
            if (lexicon := loader._one(Lexicon, lexicons / f"{language}.yaml", sources))
        },
        details=loader._folder(Detail, [intents], "details", sources),
    )
    assert not sources.findings, [str(finding) for finding in sources.findings]
    return knowledge


KNOWLEDGE = read_knowledge()


def understood(
    intent: str,
    language: Language = "fi",
    topic: str = "",
    guesses: tuple[Request, ...] = (),
    **entities: object,
) -> Understanding:
    """An understanding with one request."""
    request = Request(intent, Entities(**entities), topic)  # type: ignore[arg-type]
    return Understanding("?", language, (request,), 1.0, guesses)


def beside_distress(knowledge: Knowledge, intent: str, language: Language) -> Answer:
    """The answer to a message that may tell of distress as well."""
    heard = DistressFound("maybe", "alone", language, "?")
    asked = replace(understood(intent, language), distress=heard)
    return compose(asked, knowledge, Context(NOW))


def answer(
    knowledge: Knowledge,
    intent: str,
    language: Language = "fi",
    *,
    now: dt.datetime = NOW,
    members: bool = False,
    topic: str = "",
    guesses: tuple[Request, ...] = (),
    **entities: object,
) -> Answer:
    """The answer to one request about these entities."""
    asked = understood(intent, language, topic, guesses, **entities)
    return compose(asked, knowledge, Context(now, members, "https://bot.example.org"))
