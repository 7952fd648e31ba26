"""Every answer about every network, region, person and meeting, in every language."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, replace
from functools import cache
from typing import Any

import pytest

from bot.answers.compose import HANDLERS, Context, apology, compose, compose_named, welcome
from bot.answers.model import (
    MAX_ACTIONS,
    MAX_SUGGESTIONS,
    SCHEMES,
    TITLE_LIMIT,
    Answer,
    Bullets,
    Heading,
    LinkSpan,
    Paragraph,
)
from bot.answers.plain import plain_text
from bot.answers.templates import Environment, Templates
from bot.answers.variants import VARIANTS
from bot.channels.teams import card_activity
from bot.knowledge.library import FALLBACK, Knowledge
from bot.knowledge.models import Meeting
from bot.knowledge.values import LANGUAGES, Language
from bot.understanding.model import (
    DOUBTFUL_PLACE,
    Entities,
    Manner,
    Period,
    Request,
    Understanding,
    Wish,
)
from bot.understanding.small_talk import HOW_ARE_YOU, NOTED

from .asking import KNOWLEDGE, NOW, answer, beside_distress

pytestmark = pytest.mark.slow

MOST_CHARACTERS = 4000
"""About two screens of a computer; what is longer nobody reads in a chat."""

WORDS: dict[Language, str] = {
    "fi": """ja ei että mutta tai voit kun myös joka miten kuka sekä ovat jos niin siitä täältä
        tieto verkosto verkoston tapaaminen tapaamiset lähde lähteet puhelin sähköposti maakunta
        kunta vuodelta klo tiedä minulla paikka järjestäjä esimerkki peruttu yhteyshenkilö arvio""",
    "sv": """och att är inte det som på av jag har från uppgift nätverket träff träffar källa
        källor eller här kl vet vem hur kontaktperson område plats arrangör exempel inställd
        telefon landskap uppskattning ja""",
    "en": """the and of are you with not from who how what information source sources meeting
        meetings network this that know phone place host example cancelled contact estimate""",
}
"""Words that one language has and the others do not."""

PROPER = (
    "Taiteesta ja kulttuurista hyvinvointia",
    "Art and Culture for Well-being",
    "Arts & Health Coordination Centre in Finland",
    "MIELI Psykisk Hälsa Finland",
    "Lapinlahden Lähde",
)
"""Names with such words in them that stand in texts of other languages."""


def _proper_names(knowledge: Knowledge, language: Language) -> list[str]:
    """What stays as it is in every language: titles of sources, and what is not translated."""
    names = [*PROPER]
    for sourced in (knowledge.community, *knowledge.networks.values()):
        titles = [source.title for source in sourced.sources.values()]
        names += [title.fi for title in titles if title.fi == title.sv == title.en]
    for network in knowledge.networks.values():
        names += [network.name.fi, *network.aliases] if language != "fi" else []
    for meeting in knowledge.meetings.values():
        for text in (meeting.title, meeting.place, meeting.host):
            if text and not getattr(text, language):
                names.append(text.best(language))
    return sorted(names, key=len, reverse=True)


def _foreign_words(text: str, knowledge: Knowledge, language: Language) -> set[str]:
    for name in _proper_names(knowledge, language):
        text = text.replace(name, " ")
    # The last part of a name of several words: `Kymenlaakson … -verkosto`.
    text = re.sub(r"(?<!\w)-\w+", " ", text)
    text = re.sub(r"https://\S+|\S+@\S+|[”“\"][^”“\"]*[”“\"]", " ", text)
    found = set(re.findall(r"\w+", text.lower()))
    own = set(WORDS[language].split())
    others = {word for code in LANGUAGES if code != language for word in WORDS[code].split()}
    return found & (others - own)


def check_lines(lines: list[str]) -> None:
    """No line is left over, dangles, or holds something that was not filled in."""
    for number, line in enumerate(lines):
        assert line == line.strip()
        assert not line.endswith(":") or any(lines[number + 1 :]), f"`{line}` announces nothing"
        assert not re.search(r"\{\{|\}\}|\{%|%\}|None|\*\*|\(\)|\(\s|\s\)", line), line
        assert not re.search(r",,|;;| [,.;:!?](\s|$)|:\s*[.,;)]|[.,;]\s*[.,;]\s", line), line
        assert not re.fullmatch(r"[-–:;,. ]+", line), line


@cache
def _on_a_card(made: Answer) -> None:
    """Makes its card for Teams: all cards that are made are judged, see `tests.adaptive_cards`."""
    card_activity(made)


def check(made: Answer, language: Language, knowledge: Knowledge) -> None:
    """All that holds for every answer."""
    _on_a_card(made)
    text = plain_text(made)
    assert made.language == language
    assert made.blocks
    for block in made.blocks:
        match block:
            case Heading(said):
                assert said.strip()
            case Paragraph(lines) | Bullets(lines):
                assert lines
                for line in lines:
                    assert line
                    for span in line:
                        assert span.text.strip(), text
                        assert not isinstance(span, LinkSpan) or span.url.startswith(SCHEMES)
    check_lines(text.splitlines())
    assert len(text) <= MOST_CHARACTERS
    assert len(json.dumps(asdict(made))) <= 28_000
    assert len(made.actions) <= MAX_ACTIONS
    assert len(made.suggestions) <= MAX_SUGGESTIONS
    for action in made.actions:
        assert action.title.strip()
        assert action.url.startswith(("https:", "mailto:"))
    for suggestion in made.suggestions:
        assert 0 < len(suggestion.title) <= TITLE_LIMIT
        assert "{" not in suggestion.text
        assert suggestion.intent in knowledge.intents
    assert len({one.text for one in made.suggestions}) == len(made.suggestions)
    assert len({one.title for one in made.suggestions}) == len(made.suggestions)
    labels = [one.title for one in made.actions] + [one.title for one in made.suggestions]
    foreign = _foreign_words("\n".join([text, *labels]), knowledge, language)
    assert not foreign, f"{foreign} in {text}"


def full_meeting(**changes: Any) -> Meeting:
    """A meeting with everything that a meeting can have."""
    fields: dict[str, Any] = {
        "key": "kokous",
        "title": {"fi": "Kokous", "sv": "Möte", "en": "Gathering"},
        "kind": "network_meeting",
        "networks": ["lappi", "uusimaa"],
        "start": "2026-11-26 09:00",
        "end": "2026-11-26 12:00",
        "recurrence": {
            "rrule": "FREQ=WEEKLY;UNTIL=20270301",
            "moved": {"2026-12-10": {"start": "2026-12-11 13:00", "end": "2026-12-11 15:00"}},
        },
        "place": {"fi": "Kirjasto", "sv": "Biblioteket", "en": "Library"},
        "online": {"url": "https://example.org/members-only"},
        "registration": {"url": "https://example.org/register", "deadline": "2026-11-24"},
        "host": {"fi": "Toimisto", "sv": "Kansliet", "en": "Office"},
        "description": {"fi": "Tervetuloa.", "sv": "Välkommen.", "en": "Welcome."},
        "cancelled_days": ["2026-12-03"],
    }
    return Meeting.model_validate({**fields, **changes})


def _knowledges() -> list[Knowledge]:
    """The real content, the same without meetings, and with a meeting that has everything."""
    full = {"kokous": full_meeting()}
    return [KNOWLEDGE, replace(KNOWLEDGE, meetings={}), replace(KNOWLEDGE, meetings=full)]


PERIODS = (
    None,
    Period(dt.date(2026, 12, 1), dt.date(2026, 12, 31)),
    Period(dt.date(2026, 11, 21), dt.date(2027, 6, 30)),
    Period(dt.date(2026, 11, 21), dt.date(2026, 11, 21)),
    Period(dt.date(2020, 1, 1), dt.date(2020, 1, 5)),
)


def _places(knowledge: Knowledge) -> Iterator[dict[str, Any]]:
    yield {}
    for key in knowledge.networks:
        yield {"networks": (key,)}
    for key, region in knowledge.regions.items():
        network = knowledge.network_of(key)
        networks = (network.key,) if network else ()
        town = next(one for one in knowledge.municipalities.values() if one.region == region.key)
        yield {"networks": networks, "regions": (key,)}
        yield {"networks": networks, "regions": (key,), "municipalities": (town.key,)}
    yield {"networks": tuple(knowledge.networks)}
    yield {"networks": ("lansi-suomi", "pirkanmaa"), "regions": ("kainuu",)}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("intent", sorted(set(KNOWLEDGE.intents) - {"person"}))
def test_every_place(intent: str, language: Language) -> None:
    for knowledge in _knowledges() if intent in HANDLERS else _knowledges()[:1]:
        for place in _places(knowledge):
            for period in PERIODS if intent == "meetings" else PERIODS[:1]:
                for members in (False, True) if intent == "meetings" else (False,):
                    made = answer(
                        knowledge, intent, language, members=members, period=period, **place
                    )
                    assert made.intents == (intent,)
                    check(made, language, knowledge)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_person(language: Language) -> None:
    keys = tuple(KNOWLEDGE.people)
    for persons in ((), *((key,) for key in keys), keys[:2], keys):
        for networks in ((), ("pirkanmaa",)):
            made = answer(KNOWLEDGE, "person", language, persons=persons, networks=networks)
            check(made, language, KNOWLEDGE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_meeting_through_the_year(language: Language) -> None:
    for knowledge in _knowledges():
        for weeks in range(0, 53, 3):
            made = answer(knowledge, "meetings", language, now=NOW + dt.timedelta(weeks=weeks))
            check(made, language, knowledge)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_fallback_and_welcome(language: Language) -> None:
    guesses = tuple(Request(intent) for intent in ("contacts", "meetings", "about"))
    check(answer(KNOWLEDGE, FALLBACK, language, guesses=guesses), language, KNOWLEDGE)
    for named in (
        Entities(("paijat-hame",), ("paijat-hame",), ("sysma",)),
        Entities(("pirkanmaa",), ("pirkanmaa",)),
        Entities(("lansi-suomi",)),
    ):
        doubtful = (Request("contacts", named),)
        asked = answer(KNOWLEDGE, FALLBACK, language, topic=DOUBTFUL_PLACE, guesses=doubtful)
        assert "@" not in plain_text(asked)
        check(asked, language, KNOWLEDGE)
    check(answer(KNOWLEDGE, FALLBACK, language, topic="distress"), language, KNOWLEDGE)
    check(beside_distress(KNOWLEDGE, "thanks", language), language, KNOWLEDGE)
    # Said in all languages at once, so that foreign words are no fault.
    assert answer(KNOWLEDGE, FALLBACK, language, topic="other_language:et").blocks
    check(answer(KNOWLEDGE, FALLBACK, language, topic="weather"), language, KNOWLEDGE)
    check(answer(KNOWLEDGE, FALLBACK, language, topic="denied"), language, KNOWLEDGE)
    check(answer(KNOWLEDGE, FALLBACK, language, topic="unanswered"), language, KNOWLEDGE)
    refused = Understanding("", language, (Request(FALLBACK),), 0.0)
    in_talk = Context(NOW, already_shown=(language, (Request("about"),)))
    check(compose(refused, KNOWLEDGE, in_talk), language, KNOWLEDGE)
    asked = answer(KNOWLEDGE, FALLBACK, language, topic="misunderstood", guesses=guesses)
    assert [one.intent for one in asked.suggestions] == ["contacts", "meetings", "about"]
    check(asked, language, KNOWLEDGE)
    wished = Understanding("", language, (Request("forget_me", wish=Wish.CLEAR),), 1.0)
    check(compose(wished, KNOWLEDGE, Context(NOW)), language, KNOWLEDGE)
    for network in KNOWLEDGE.networks:
        about = tuple(
            Request(intent, Entities(networks=(network,))) for intent in ("join", "links", "human")
        )
        check(answer(KNOWLEDGE, FALLBACK, language, guesses=about), language, KNOWLEDGE)
    check(welcome(language, KNOWLEDGE, Context(NOW)), language, KNOWLEDGE)
    sorry = apology(language, "a1b2", KNOWLEDGE)
    check_lines(sorry.splitlines())
    assert not _foreign_words(sorry, KNOWLEDGE, language)


TOLD: tuple[tuple[str, dict[str, Any]], ...] = (
    ("follow.messenger", {}),
    *(
        ("follow.done", {"networks": names, "everything": everything, "place": place})
        for place in ("personal", "group", "channel")
        for names, everything in ((("Lappi",), False), (("Lappi", "Pirkanmaa"), False), ((), True))
    ),
    *(("follow.refused", {"place": place}) for place in ("group", "channel")),
    ("unfollow.done", {"networks": ("Lappi",), "everything": False, "rest": ("Pirkanmaa",)}),
    ("unfollow.done", {"networks": ("Lappi",), "everything": True, "rest": ()}),
    ("unfollow.nothing", {"networks": ()}),
    ("unfollow.nothing", {"networks": ("Lappi", "Pirkanmaa")}),
    *(
        (
            "whoami.known",
            {"id": "1-2", "tenant": "3-4", "networks": names, "everything": everything},
        )
        for names, everything in (((), False), (("Lappi",), False), (("Lappi", "Pirkanmaa"), True))
    ),
    ("whoami.known", {"id": "1-2", "tenant": None, "networks": (), "everything": False}),
    *((f"forget_me.{name}", {}) for name in ("answer", "followed", "ask_followed", "kept", "how")),
    *((f"{intent}.kept", {}) for intent in ("follow", "unfollow")),
    ("unfollow.how", {}),
    *(
        ("following.list", {"networks": names, "everything": everything, "place": place})
        for place in ("personal", "group", "channel")
        for names, everything in ((("Lappi",), False), ((), True))
    ),
    *(("following.nothing", {"place": place}) for place in ("personal", "group", "channel")),
    ("announce.refused", {}),
)
"""What is told without a question in so many words, with its data."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_that_refers_to_what_was_said(language: Language) -> None:
    lapland, town = Entities(("lappi",), ("lappi",)), Entities(("lappi",), ("lappi",), ("inari",))
    everybody = tuple(KNOWLEDGE.people)
    keys = tuple(one.key for one in KNOWLEDGE.coming(NOW)[:3])
    requests = [
        *(Request("find_network", where, manner=Manner.TOLD) for where in (Entities(), town)),
        Request("find_network", lapland, manner=Manner.TOLD),
        *(
            Request("person", Entities(persons=those), manner=Manner.SAME)
            for those in (everybody[:1], everybody[:2])
        ),
        *(Request("meetings", where, manner=Manner.END) for where in (Entities(), lapland)),
        *(Request("meetings", Entities(meetings=keys[:count])) for count in (1, 3)),
        # All are said to be gone.
        Request("contacts", Entities(("lansi-suomi",)), without=everybody),
    ]
    requests += [
        Request(intent, lapland, manner=manner)
        for manner in (Manner.SHORTER, Manner.MORE)
        for intent in sorted(HANDLERS)
    ]
    for request in requests:
        understanding = Understanding("", language, (request,), 1.0)
        made = compose(understanding, KNOWLEDGE, Context(NOW))
        assert made.blocks
        check(made, language, KNOWLEDGE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_that_is_told(language: Language) -> None:
    for name, data in TOLD:
        check(compose_named(name, language, KNOWLEDGE, Context(NOW), **data), language, KNOWLEDGE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_detail_and_small_talk(language: Language) -> None:
    known = KNOWLEDGE.people["hanna-hangasluoma"]
    requests = [Request("smalltalk", topic=topic) for topic in (NOTED, HOW_ARE_YOU)]
    for detail in KNOWLEDGE.details.values():
        for entities in (
            Entities(),
            Entities(persons=(known.key,)),
            Entities(persons=(known.key,), regions=("pohjanmaa",)),
            *(Entities(networks=(key,)) for key in KNOWLEDGE.networks),
        ):
            for yes_no in (False, True):
                requests.append(Request(detail.counts_as, entities, detail.key, yes_no=yes_no))
    for request in requests:
        understanding = Understanding("?", language, (request,), 1.0)
        made = compose(understanding, KNOWLEDGE, Context(NOW, public_url="https://bot.example.org"))
        assert plain_text(made)
        assert "{" not in plain_text(made)


@pytest.mark.slow
def test_no_template_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests above render every template there is."""
    rendered: set[str] = set()
    get = Environment.get_template

    def remember(self: Environment, name: Any, *rest: Any, **named: Any) -> Any:
        parent = rest[0] if rest else named.get("parent")
        rendered.add(self.join_path(name, parent) if parent else name)
        return get(self, name, *rest, **named)

    text = Templates.text

    def remember_plain(self: Templates, name: str, language: Language, data: Any) -> str:
        rendered.add(f"{name}.{language}")
        return text(self, name, language, data)

    monkeypatch.setattr(Environment, "get_template", remember)
    monkeypatch.setattr(Templates, "text", remember_plain)
    # What they make is checked there; here it only has to be made.
    monkeypatch.setitem(globals(), "check", lambda *_: None)
    for language in LANGUAGES:
        for intent in sorted(set(KNOWLEDGE.intents) - {"person"}):
            test_every_place(intent, language)
        test_every_person(language)
        test_every_fallback_and_welcome(language)
        test_all_that_is_told(language)
        test_all_that_refers_to_what_was_said(language)
        called_off = {"kokous": full_meeting(cancelled=True)}
        answer(
            replace(KNOWLEDGE, meetings=called_off),
            "meetings",
            language,
            topic="meeting_price",
            networks=("lappi",),
        )
        test_every_detail_and_small_talk(language)
        page = {"facebook_page_messenger": "https://m.me/example"}
        community = KNOWLEDGE.community.model_copy(update=page)
        request = Understanding("", language, (Request("links"),), 1.0)
        compose(request, replace(KNOWLEDGE, community=community), Context(NOW))
    wanted = {
        f"{intent}.{variant}.{language}"
        for intent, variants in VARIANTS.items()
        for variant in variants
        for language in LANGUAGES
    }
    assert wanted - rendered == set()


def test_the_detector_of_foreign_words_works() -> None:
    assert _foreign_words("Lähteet: Etusivu", KNOWLEDGE, "sv") == {"lähteet"}
    assert _foreign_words("Nätverket och the network", KNOWLEDGE, "fi") >= {"och", "the"}
    assert _foreign_words("Verkosto ja tapaamiset", KNOWLEDGE, "fi") == set()
