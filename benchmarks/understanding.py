"""How well the bot understands questions that nobody tuned it to.

    python -m benchmarks.understanding [QUESTIONS.jsonl] [--peers] [--failures]

Without a file it asks `questions.jsonl` next to this module, written by people who had seen none of
the phrases; nobody tunes the bot to them.

Evaluates the bot as it is, with the demo meetings, against other matchers on the same phrases:
rapidfuzz's `token_set_ratio`, and with --peers character n-gram TF-IDF with logistic regression
(scikit-learn) and hassil's templates, which are installed once in an environment of their own. The
threshold of each is chosen on phrases left out of its training. A question in scope counts as right
when it got its intent (the related network_info, network_activity and network_goals overlap in the
set and count as one) and, from the bot alone, where the set names a place, the right network, or a
person of it where a contact was asked for; one out of scope when it was refused. The sets know no
details, so what is answered by one that tells just what was asked counts as right whichever intent
it belongs to (`DETAILS`): how often a network meets, which area it covers.

Questions are lines of JSON with `text`, `lang`, `intent` and, where they have them, `place` and
`kind`; without `kind`, plain rules tell typos, spoken forms and what is near our domain. A line
with `turns` in place of `text` is a short conversation, of which the last turn is judged. Progress
goes to standard error, and a warning of questions that measure nothing, since they stand among the
phrases word for word; results go to standard output.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.cross_validation import equivalent, quick_tally
from benchmarks.environments import tell
from benchmarks.turns_process import BenchmarkError
from benchmarks.understanding_kinds import Kinds
from benchmarks.understanding_peers import Peer, gather, installed_peers, names, token_set_ratio
from bot.channels.conversation import Conversations, IncomingMessage
from bot.knowledge.library import FALLBACK, Knowledge
from bot.ops.settings import load_settings
from bot.understanding.interpreter import MessageContext
from bot.understanding.model import Request
from bot.understanding.reloader import Folders, Snapshot, make_snapshot
from bot.understanding.text import words

QUESTIONS = Path(__file__).with_name("questions.jsonl")


DETAILS = {
    "network_frequency": ("meetings", "network_activity"),
    "network_area": ("find_network", "network_info"),
    "joining_newsletter": ("join", "links"),
    "community_newsletter": ("join", "links"),
}
"""The intents under which a set may file what is answered by a detail."""


@dataclass(frozen=True)
class Question:
    """One question of the set."""

    text: str
    language: str
    intent: str
    place: str | None
    kind: str | None = None
    before: tuple[str, ...] = ()
    """What was said in the conversation before it."""


@dataclass(frozen=True)
class Outcome:
    """What became of a question."""

    question: Question
    guess: str
    right: bool
    offered: bool = False
    """Whether the right intent was among the guesses on offer."""

    @property
    def kind(self) -> str:
        """`right`, `wrong` or `refused`."""
        if self.right:
            return "right"
        return "refused" if self.guess == FALLBACK else "wrong"


def read_questions(path: Path) -> list[Question]:
    """The questions of a JSON Lines file, those at the end of a conversation among them."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    return [_question(row) for row in rows]


def _question(row: Mapping[str, Any]) -> Question:
    *before, text = row.get("turns") or [row["text"]]
    return Question(
        text, row["lang"], row["intent"], row.get("place"), row.get("kind"), tuple(before)
    )


def copied(questions: Iterable[Question], knowledge: Knowledge) -> list[str]:
    """The questions that stand among the phrases, each with the place of the phrase."""
    phrases = {" ".join(words(phrase.phrase.text)): phrase for phrase in knowledge.phrases}
    return [
        f"{phrases[text].intent}.yaml:{phrases[text].line}: {question.text}"
        for question in questions
        # A short turn of a conversation, such as `kiitos`, belongs to everybody.
        if not question.before and (text := " ".join(words(question.text))) in phrases
    ]


def judge(snapshot: Snapshot, questions: Iterable[Question]) -> Iterator[Outcome]:
    """Asks the bot, each question in a conversation of its own."""
    noon = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
    for question in questions:
        conversations = Conversations(lambda: snapshot, lambda: noon)
        for said in (*question.before, question.text):
            found = conversations.respond(IncomingMessage(said, conversation="one")).understanding
        right = answers(found.requests[0], question.intent)
        if right and question.place and question.intent not in (FALLBACK, "person"):
            # The place is named in the set as a text: the bot must find the same in it.
            meant = snapshot.interpreter.understand(question.place, MessageContext(noon.date()))
            networks = meant.requests[0].entities.networks
            right = networks_of(found.requests[0], snapshot.knowledge) == networks
        offered = any(equivalent(guess.intent, question.intent) for guess in found.guesses)
        yield Outcome(question, found.intent, right, offered)


def answers(request: Request, intent: str) -> bool:
    """Whether what was understood answers a question of an intent of the sets."""
    return equivalent(request.intent, intent) or intent in DETAILS.get(request.topic, ())


def networks_of(request: Request, knowledge: Knowledge) -> tuple[str, ...]:
    """The networks that a request is about; of a contact person's, where it names none."""
    of_persons = (key for one in request.entities.persons for key in knowledge.people[one].networks)
    return request.entities.networks or tuple(dict.fromkeys(of_persons))


def of_peer(peer: Peer, questions: Sequence[Question]) -> list[Outcome]:
    """What became of the questions at a peer, which need not find the place."""
    return [
        Outcome(question, guess, equivalent(guess, question.intent))
        for question, guess in zip(questions, peer.guesses, strict=True)
    ]


def handled(outcomes: Sequence[Outcome]) -> float:
    """The share of all questions handled right."""
    return sum(each.right for each in outcomes) / max(len(outcomes), 1)


def summary(name: str, outcomes: Sequence[Outcome]) -> str:
    """One line of figures."""
    ours = [each for each in outcomes if each.question.intent != FALLBACK]
    others = [each for each in outcomes if each.question.intent == FALLBACK]
    counts = Counter(each.kind for each in ours)
    total = max(len(ours), 1)
    wrong = sum(each.kind == "wrong" for each in outcomes)
    figures = [
        f"handled right {handled(outcomes):6.1%}",
        f"answered wrongly {wrong / max(len(outcomes), 1):5.1%}",
    ]
    if ours:
        figures.append(
            f"ours: right {counts['right'] / total:6.1%}  wrong {counts['wrong'] / total:5.1%}"
            f"  refused {counts['refused'] / total:5.1%}"
        )
    if others:
        refused = sum(each.right for each in others) / len(others)
        figures.append(f"not ours refused {refused:6.1%}")
    return f"{name:<18} {len(outcomes):>4}  " + "  ".join(figures)


def confusion(outcomes: Sequence[Outcome]) -> str:
    """A table: what was asked (down) and what was understood (across), empty columns left out."""
    table: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for each in outcomes:
        table[each.question.intent][each.guess] += 1
    asked = sorted(table)
    guessed = sorted({guess for row in table.values() for guess in row})
    head = " " * 18 + "".join(f"{at:>5}" for at in range(1, len(guessed) + 1))
    rows = [
        f"{intent:<18}" + "".join(f"{table[intent][guess] or '·':>5}" for guess in guessed)
        for intent in asked
    ]
    legend = ", ".join(f"{at} {guess}" for at, guess in enumerate(guessed, 1))
    return "\n".join([head, *rows, legend])


def groups(outcomes: Sequence[Outcome], kinds: Kinds) -> Iterator[tuple[str, list[int]]]:
    """Names of groups, and the positions of their questions: by language, intent and kind."""
    found: defaultdict[tuple[int, str], list[int]] = defaultdict(list)
    for at, each in enumerate(outcomes):
        question = each.question
        found[0, question.language].append(at)
        found[1, question.intent].append(at)
        given = [question.kind] if question.kind else None
        for kind in given or kinds.of(question.text, question.language, question.intent):
            found[2, kind].append(at)
    for (_, name), members in sorted(found.items()):
        yield name, members


def comparison(all_outcomes: Mapping[str, Sequence[Outcome]], kinds: Kinds) -> str:
    """A table of groups: ours right, wrong and refused, and handled right by each peer."""
    ours, *others = all_outcomes
    head = "".join(f"{name:>17}" for name in others)
    lines = [f"{'':<19}{'n':>4}{'right':>8}{'wrong':>8}{'refused':>9}{head}"]
    for name, members in groups(all_outcomes[ours], kinds):
        shares = [
            [sum(each[at].kind == kind for at in members) / len(members) for each in outcomes]
            for kind, outcomes in (
                ("right", [all_outcomes[ours]]),
                ("wrong", [all_outcomes[ours]]),
                ("refused", [all_outcomes[ours]]),
                ("right", [all_outcomes[other] for other in others]),
            )
        ]
        (right,), (wrong,), (refused,), rest = shares
        figures = f"{right:>8.1%}{wrong:>8.1%}{refused:>9.1%}"
        lines.append(f"{name:<19}{len(members):>4}{figures}" + "".join(f"{x:>17.1%}" for x in rest))
    return "\n".join(lines)


def offers(outcomes: Sequence[Outcome]) -> str:
    """How often the right intent was on offer where the bot was not sure."""
    unsure = [
        each for each in outcomes if each.question.intent != FALLBACK and each.kind == "refused"
    ]
    right = sum(each.offered for each in unsure)
    return f"of {len(unsure)} questions of ours not answered outright, {right} had the right offer"


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("questions", nargs="?", type=Path, default=QUESTIONS)
    parser.add_argument("--peers", action="store_true", help="install and judge the others too")
    parser.add_argument("--failures", action="store_true", help="list what went wrong")
    arguments = parser.parse_args()
    if not arguments.questions.exists():
        parser.error(f"{arguments.questions} does not exist: name a file of questions")
    found = read_questions(arguments.questions)
    questions = [each for each in found if not each.before]
    settings = load_settings()
    tell("Taikubot (a model is trained if there is none) …")
    snapshot = make_snapshot(Folders(settings.content, settings.intents, demo=True))
    knowledge = snapshot.knowledge
    for line in copied(questions, knowledge):
        tell(f"Measures nothing, a phrase says the same: {line}")
    results = {"Taikubot": list(judge(snapshot, questions))}
    last_turns = list(judge(snapshot, [each for each in found if each.before]))
    lists = names(knowledge)
    material = gather(knowledge, lists)
    peers = [token_set_ratio(material, [question.text for question in questions])]
    if arguments.peers:
        asked = [(question.language, question.text) for question in questions]
        try:
            peers += installed_peers(knowledge, material, lists, asked)
        except BenchmarkError as error:
            parser.exit(1, f"{error}\n")
    results |= {peer.name: of_peer(peer, questions) for peer in peers}
    tell("Cross-validation (kept until phrases or code change) …")
    promised = quick_tally(knowledge, tell)
    for name, outcomes in results.items():
        print(summary(name, outcomes))
    for peer in peers:
        print(f"  {peer.name}: {peer.note}")
    ours = results["Taikubot"]
    if last_turns:
        print(f"\n{summary('last turns', last_turns)}")
    print(f"\n{offers(ours)}")
    print(f"a quarter of the phrases left out of learning: {promised}")
    print(f"\nTaikubot, and handled right by the others\n{comparison(results, Kinds(knowledge))}")
    print("\nTaikubot: asked (down), understood (across)\n" + confusion(ours))
    if arguments.failures:
        print()
        for each in (*ours, *last_turns):
            if not each.right:
                question = each.question
                said = " | ".join([*question.before, question.text])
                print(f"{question.language} {question.intent} -> {each.guess}: {said}")


if __name__ == "__main__":
    main()
