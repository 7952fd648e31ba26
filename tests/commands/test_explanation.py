"""`taikubot explain`, by what it shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.channels.conversation import Conversations, IncomingMessage
from bot.commands.explanation import WIDTH, explanation
from bot.knowledge.phrases import parse_phrase
from bot.understanding.reloader import Snapshot

pytestmark = pytest.mark.slow

INTENTS = Path("intents")


def explain(snapshot: Snapshot, text: str, *earlier: str, language: str = "en") -> str:
    """The screen, no line of which may be too wide."""
    conversations = Conversations(lambda: snapshot)
    for before in earlier:
        conversations.respond(IncomingMessage(before, "explain"))
    reply = conversations.respond(IncomingMessage(text, "explain"), explain=True)
    shown = explanation(reply, snapshot.knowledge, INTENTS, language)
    lines = shown.splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert len(lines) <= 32
    assert lines == [line.rstrip() for line in lines]
    return shown


def rows(shown: str) -> dict[str, str]:
    """The named rows with what they say, wrapped lines joined."""
    found: dict[str, str] = {}
    name = ""
    for line in shown.splitlines():
        name = line[:14].strip() or name
        if line[:14].strip() and name in found:
            name = f"{name} again"
        found[name] = f"{found.get(name, '')} {line[14:].strip()}".strip()
    return found


def test_what_is_understood_shows_names_evidence_and_confidence(snapshot: Snapshot) -> None:
    shown = explain(snapshot, "monelta ne aamukahvit on Tampereella")
    said = rows(shown)
    assert said["language"].startswith("fi, by its words (")
    assert said["municipality"] == "tampere, from `Tampereella` (exact)"
    assert said["scorers"] == "agree: both take it for meetings:meeting_time"
    assert re.fullmatch(r"0\.\d\d between meetings:meeting_time and \w+", said["margin"])
    assert re.match(
        r"0\.9\d that it is meetings:meeting_time; enough \(it takes 0\.\d\d\)", said["confidence"]
    )
    assert said["understood"] == "meetings:meeting_time about pirkanmaa"
    assert said["to change"].endswith("monelta ne aamukahvit on {place}")
    assert "offered" not in said


def test_the_evidence_is_a_phrase_that_stands_on_that_line(snapshot: Snapshot) -> None:
    shown = explain(snapshot, "kuka on yhteyshenkilö Kokkolassa")
    row = next(line for line in shown.splitlines() if line.startswith("contacts "))
    found = re.search(r"line (\d+): (.+)$", row)
    assert found
    lines = (Path(__file__).parents[2] / "intents/contacts.yaml").read_text("utf-8").splitlines()
    assert lines[int(found[1]) - 1].strip().startswith(found[2].rstrip("…"))


def test_what_is_refused_says_why_and_where_a_phrase_would_go(snapshot: Snapshot) -> None:
    shown = explain(snapshot, "paljonko bensa maksaa Tampereella")
    said = rows(shown)
    assert said["scorers"] == "agree: both take it for fallback"
    assert said["unknown"] == "bensa: in no phrase that is answered"
    assert "not enough" in said["confidence"]
    assert said["understood"] == "nothing that is answered"
    assert said["offered"] == "nothing"
    assert "nothing, if a question like this must not be answered" in said["to add"]
    assert re.search(r"intents/fallback\.yaml, `topics: \w+: fi:`, after line \d+", said["to add"])
    assert said["to add"].endswith("the line to paste there: paljonko bensa maksaa {place}")


def test_what_is_unsure_shows_the_offers_and_the_place_for_each(snapshot: Snapshot) -> None:
    conversations = Conversations(lambda: snapshot)
    text = next(
        text
        for text in ("verkoston juttu", "ihmiset verkostossa", "kuka mitä missä", "verkostoasiaa")
        if conversations.respond(IncomingMessage(text)).understanding.guesses
    )
    guesses = conversations.respond(IncomingMessage(text)).understanding.guesses
    said = rows(explain(snapshot, text))
    assert said["offered"].startswith(guesses[0].intent)
    where = rf"for {guesses[0].intent}: intents/{guesses[0].intent}\.yaml, `phrases: fi:`, "
    found = re.search(rf"{where}after line (\d+)", said["to add"])
    assert found
    path = Path(__file__).parents[2] / f"intents/{guesses[0].intent}.yaml"
    lines = path.read_text("utf-8").splitlines()
    # The next line that is not empty begins another section.
    after = next(line for line in lines[int(found[1]) :] if line.strip())
    assert lines[int(found[1]) - 1].startswith("    ")
    assert not after.startswith("    ") or after.strip().startswith("#")


def test_two_questions_are_read_clause_by_clause(snapshot: Snapshot) -> None:
    text = "Kuka on yhteyshenkilö Vaasassa ja milloin seuraava tapaaminen on?"
    said = rows(explain(snapshot, text))
    assert re.match(r"`kuka on .+`: 0\.9\d that it is contacts; enough", said["clause 1"])
    assert re.match(r"`milloin .+`: 0\.9\d that it is meetings; enough", said["clause 2"])
    assert said["understood"] == "contacts about lansi-suomi"
    assert said["understood again"] == "meetings about lansi-suomi"


def test_a_clause_that_only_tells_is_said_to_tell(snapshot: Snapshot) -> None:
    text = "En saanut sivuilta mitään selvää. Milloin on seuraava tapaaminen?"
    said = rows(explain(snapshot, text))
    assert said["clause 1"] == "`en saanut sivuilta mitaan selvaa`: tells, asks nothing"
    assert re.match(r"`milloin on .+`: 0\.9\d that it is meetings; enough", said["clause 2"])


def test_a_follow_up_is_decided_by_the_name_and_what_went_before(snapshot: Snapshot) -> None:
    said = rows(explain(snapshot, "entä Pirkanmaalla?", "kuka on yhteyshenkilö Vaasassa"))
    assert said["language"] == "fi, by the conversation's language"
    assert said["matched"] == "nothing: names and small words alone decide"
    assert said["understood"] == "contacts about pirkanmaa"
    assert "to add" not in said
    alone = rows(explain(snapshot, "entä Pirkanmaalla?"))
    assert alone["understood"] == "find_network about pirkanmaa"


def test_distress_is_told_apart_from_what_is_merely_refused(snapshot: Snapshot) -> None:
    said = rows(explain(snapshot, "haluan kuolla"))
    assert said["understood"] == (
        "nothing that is answered (distress, which has an answer of its own)"
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Mikä on {sulkeet} (tässä) [näin] <ja> näin|?", "mikä on sulkeet tässä näin ja näin"),
        ("kokous ensi viikolla Närpiössä", "kokous ensi viikolla {place}"),
        ("Hanna Hangasluoman numero", "{person} numero"),
        ("", ""),
        ("?!", ""),
    ],
)
def test_the_line_to_paste_is_a_phrase_with_slots(snapshot: Snapshot, text: str, line: str) -> None:
    conversations = Conversations(lambda: snapshot)
    understanding = conversations.respond(IncomingMessage(text), explain=True).understanding
    assert understanding.evidence.line == line
    assert parse_phrase(line, {}).wordings == 1
    explain(snapshot, text)


def test_a_long_message_stays_within_the_columns(snapshot: Snapshot) -> None:
    shown = explain(
        snapshot, "Hei! Olen uusi kulttuurituottaja Kurikasta. " * 5 + "Kuka on yhteyshenkilö?"
    )
    assert rows(shown)["to change"].endswith(": kuka on yhteyshenkilö")


ENGLISH = re.compile(
    r"\b(nothing|none|agree|disagree|that it is|enough|between|from|by|line|words|intent)\b"
)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "fi",
            {
                "kunta": "tampere, sanoista `Tamperella` (täsmälleen)",
                "varmuus": "että se on meetings:meeting_time; riittää",
                "tulkinta": "meetings:meeting_time, kohteena pirkanmaa",
                "muutettava": "monelta ne aamukahvit on {place}",
            },
        ),
        (
            "sv",
            {
                "kommun": "tampere, av `Tamperella` (exakt)",
                "säkerhet": "att det är meetings:meeting_time; räcker",
                "tolkning": "meetings:meeting_time om pirkanmaa",
                "att ändra": "monelta ne aamukahvit on {place}",
            },
        ),
    ],
)
def test_it_is_said_in_the_language_of_the_editor(
    snapshot: Snapshot, language: str, said: dict[str, str]
) -> None:
    shown = explain(snapshot, "monelta ne aamukahvit on Tamperella", language=language)
    found = rows(shown)
    for name, text in said.items():
        assert text in found[name]
    for text in ("paljonko bensa maksaa Tampereella", "haluan kuolla", "verkostoasiaa", "?!"):
        shown += explain(snapshot, text, language=language)
    assert not ENGLISH.search(shown)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kuka on yhteyshenkilo Narpiossa", "ilman pisteitä"),
        ("kuka on yhteyshenkilö Tamppereella", "kirjoitusvirhe: tampereella"),
    ],
)
def test_how_a_name_was_found_is_translated(snapshot: Snapshot, text: str, said: str) -> None:
    assert rows(explain(snapshot, text, language="fi"))["kunta"].endswith(f"({said})")


def test_what_is_denied_and_what_alone_is_read_are_shown(snapshot: Snapshot) -> None:
    said = rows(explain(snapshot, "I don't need the meetings, just the contact in Tampere"))
    assert said["denied"] == "`I don't need the meetings`: not answered"
    assert said["asked"] == "`the contact in Tampere`: this alone is read"
    assert said["understood"] == "contacts about pirkanmaa"
    said = rows(explain(snapshot, "not the contacts"))
    assert said["asked"] == "nothing else"
    assert said["understood"].startswith("nothing that is answered")
    assert "denied" not in rows(explain(snapshot, "I can't find the contact in Tampere"))


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("stop the announcements", "a clear wish"),
        ("forget it please", "not said to what: nothing is done"),
        ("don't forget me", "said not to be done: nothing is done"),
        ("how do I stop following", "a question about it: answered, nothing is done"),
        ("erase me from your memory", "it may be meant: the bot asks first"),
    ],
)
def test_it_says_whether_an_act_is_wished(snapshot: Snapshot, text: str, wish: str) -> None:
    assert rows(explain(snapshot, text))["wish"] == wish
