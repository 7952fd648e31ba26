"""What the bot does with texts that nobody wrote for it: what it says or does on a guess.

    python -m benchmarks.foreign FILE_OR_FOLDER... [--in-talk [contacts|meetings]] [--failures]

Files are JSON Lines (of a folder all `*.jsonl`) with `lang`, `source`, `text` and, where the text
is a greeting, thanks, "are you a bot" or the like, `small_talk`. None of it belongs into the
phrases: what is measured here is how seldom the bot is sure of what is not meant for it.

A reply is
- wrong, when it gives something of ours, does something or asks for a place;
- misplaced, when it is small talk where there was none;
- a false distress notice, since nobody in such texts is known to be in distress;
- right otherwise: refused, with or without guesses on offer, or small talk answered as that.

Each text is said in a conversation of its own, without a locale; with --in-talk, after one real
question of its language. Counts are printed by source, intent and confidence, per 1,000 texts.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from benchmarks.environments import tell
from bot.channels.conversation import Conversations, IncomingMessage
from bot.knowledge.library import DISTRESS, FALLBACK
from bot.ops.settings import load_settings
from bot.understanding.model import Understanding
from bot.understanding.reloader import Folders, Snapshot, make_snapshot

SMALL_TALK = frozenset({"greeting", "thanks", "goodbye", "help", "smalltalk"})
"""Intents that are small talk."""

ABOUT_THE_BOT = frozenset({"about", "whoami", "privacy", "human"})
"""Intents that also answer small talk, such as `are you a bot` and `who made you`."""

REAL_QUESTIONS = {
    "contacts": {
        "fi": "Kuka on yhteyshenkilö Tampereella?",
        "sv": "Vem är kontaktperson i Österbotten?",
        "en": "Who is the contact person in Tampere?",
    },
    "meetings": {
        "fi": "Milloin on seuraava tapaaminen Pirkanmaalla?",
        "sv": "När är nästa träff i Österbotten?",
        "en": "When is the next meeting in Pirkanmaa?",
    },
}
"""What is asked before each text with --in-talk, by the subject of the talk and the language."""

NOON = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)


class Verdict(StrEnum):
    """How a reply to a foreign text counts."""

    WRONG = "wrong"
    MISPLACED = "misplaced"
    DISTRESS = "distress"
    OFFERED = "offered"
    """Refused, with guesses on offer: right, but it may pester."""
    RIGHT = "right"


@dataclass(frozen=True)
class ForeignText:
    """A text, and where it comes from."""

    text: str
    language: str
    source: str
    small_talk: bool


@dataclass(frozen=True)
class Judged:
    """What became of a text."""

    text: ForeignText
    verdict: Verdict
    intent: str
    confidence: float


def read_texts(paths: Iterable[Path]) -> list[ForeignText]:
    """The texts of JSON Lines files, or of all in folders; raises ValueError naming a bad line."""
    files = [
        file
        for path in paths
        for file in (sorted(path.glob("*.jsonl")) if path.is_dir() else [path])
    ]
    return [text for file in files for text in _read(file)]


def _read(file: Path) -> Iterator[ForeignText]:
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            yield ForeignText(
                row["text"], row["lang"], row["source"], bool(row.get("small_talk", False))
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{file}:{number}: no text with lang and source: {error!r}") from error


def verdict(text: ForeignText, found: Understanding) -> Verdict:
    """How the reply to a text counts."""
    allowed = SMALL_TALK | (ABOUT_THE_BOT if text.small_talk else frozenset())
    if any(one.intent == FALLBACK and one.topic == DISTRESS for one in found.requests):
        return Verdict.DISTRESS
    intents = {one.intent for one in found.requests} - {FALLBACK}
    if intents - allowed:
        return Verdict.WRONG
    if intents and not text.small_talk:
        return Verdict.MISPLACED
    return Verdict.OFFERED if found.guesses else Verdict.RIGHT


def judge(
    snapshot: Snapshot, texts: Iterable[ForeignText], talk_of: str | None
) -> Iterator[Judged]:
    """Says each text to the bot, in a conversation of its own, after a question of `talk_of`."""
    for text in texts:
        talk = Conversations(lambda: snapshot, lambda: NOON)
        if talk_of:
            question = REAL_QUESTIONS[talk_of][text.language]
            talk.respond(IncomingMessage(question, conversation="one"))
        found = talk.respond(IncomingMessage(text.text, conversation="one")).understanding
        yield Judged(text, verdict(text, found), found.intent, found.confidence)


def by_source(judged: Sequence[Judged]) -> str:
    """A table of verdicts per 1,000 texts, by source and language, and of all."""
    lines = [f"{'':<22}{'texts':>7}" + "".join(f"{each:>11}" for each in tuple(Verdict)[:-1])]
    groups: list[tuple[str, Callable[[ForeignText], bool]]] = [
        (source, lambda text, source=source: text.source == source)  # type: ignore[misc]
        for source in sorted({each.text.source for each in judged})
    ]
    groups += [
        (f"all in {language}", lambda text, language=language: text.language == language)  # type: ignore[misc]
        for language in sorted({each.text.language for each in judged})
    ]
    for name, belongs in [*groups, ("all", lambda _: True)]:
        counts = Counter(each.verdict for each in judged if belongs(each.text))
        total = counts.total()
        shares = "".join(f"{counts[each] / total * 1000:>11.1f}" for each in tuple(Verdict)[:-1])
        lines.append(f"{name:<22}{total:>7}{shares}")
    return "\n".join(lines)


def counted(title: str, rows: Mapping[str, int]) -> str:
    """One line of counts, the most first."""
    ordered = sorted(rows.items(), key=lambda row: (-row[1], row[0]))
    return f"{title}: " + (", ".join(f"{name} {count}" for name, count in ordered) or "none")


def breakdown(judged: Sequence[Judged]) -> str:
    """Of what is wrong or misplaced, the intents, and by twentieths the confidence."""
    lines = []
    for kind in (Verdict.WRONG, Verdict.MISPLACED):
        chosen = [each for each in judged if each.verdict == kind]
        levels: defaultdict[str, int] = defaultdict(int)
        for each in chosen:
            levels[f"{int(each.confidence * 20) / 20:.2f}"] += 1
        lines.append(counted(f"{kind} by intent", Counter(each.intent for each in chosen)))
        lines.append(
            f"{kind} by confidence from: "
            + (", ".join(f"{level} {levels[level]}" for level in sorted(levels)) or "none")
        )
    return "\n".join(lines)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("texts", nargs="+", type=Path, metavar="FILE_OR_FOLDER")
    parser.add_argument(
        "--in-talk",
        nargs="?",
        const="contacts",
        choices=sorted(REAL_QUESTIONS),
        help="each text after a real question, for contacts if nothing is said",
    )
    parser.add_argument("--failures", action="store_true", help="list what is wrong or misplaced")
    arguments = parser.parse_args()
    try:
        texts = read_texts(arguments.texts)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    if not texts:
        parser.error("there are no texts in what was named")
    settings = load_settings()
    tell("Taikubot (a model is trained if there is none) …")
    snapshot = make_snapshot(Folders(settings.content, settings.intents, demo=True))
    judged = list(judge(snapshot, texts, arguments.in_talk))
    print(f"per 1,000 texts{', each after a real question' if arguments.in_talk else ''}\n")
    print(by_source(judged))
    print(f"\n{breakdown(judged)}")
    if arguments.failures:
        print()
        for each in sorted(judged, key=lambda one: (one.verdict, one.intent, one.text.source)):
            if each.verdict in (Verdict.WRONG, Verdict.MISPLACED, Verdict.DISTRESS):
                print(
                    f"{each.verdict} {each.text.source} {each.intent} {each.confidence:.2f}: "
                    f"{each.text.text}"
                )


if __name__ == "__main__":
    main()
