"""Splits a long message into clauses: where the question is, and whether there are two."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from enum import IntEnum

from bot.understanding.text import Token
from bot.understanding.word_cache import WordCache

MAX_BEFORE_QUESTION = 3
"""Among so many first words the question word of the first of two questions stands."""

MIN_WORDS = 3
"""A shorter clause is joined to the one before it in its sentence: `lamppu on rikki, kelle soitan`.
"""

SENTENCE_END = re.compile(r"[.!?\n]")
_BREAK = re.compile(r"[.!?;:\n,()]|(?<=\s)(?:[-–—])(?=\s)")

# Words that join two questions, and words that a question begins with, folded, by language.
_JOINERS = frozenset(
    word
    for line in (
        "ja seka eli mutta enta entas sit sitten lisaksi",
        "och samt men sen dessutom",
        "and plus but then also",
    )
    for word in line.split()
)
_QUESTION_WORDS = frozenset(
    [
        "kuka",
        "onks",
        "kauanko",
        "kauan",
        "ketka",
        "kenet",
        "kenen",
        "keneen",
        "kehen",
        "kenelle",
        "kelle",
        "mika",
        "mitka",
        "mita",
        "mihin",
        "mista",
        "missa",
        "milloin",
        "millon",
        "koska",
        "miten",
        "kuinka",
        "miksi",
        "onko",
        "voiko",
        "voinko",
        "saako",
        "saanko",
        "kuuluuko",
        "paljonko",
        "montako",
        "mis",
        "vem",
        "vad",
        "var",
        "nar",
        "hur",
        "vilken",
        "vilket",
        "vilka",
        "vart",
        "finns",
        "kan",
        "far",
        "vems",
        "who",
        "whom",
        "what",
        "when",
        "where",
        "how",
        "which",
        "is",
        "are",
        "can",
        "could",
        "does",
        "do",
        "may",
        "kenelta",
        "keilta",
        "minne",
        "monelta",
        "moneltako",
        "minka",
        "millainen",
        "paaseeko",
        "varifran",
        "who's",
        "whos",
        "what's",
        "whats",
        "when's",
        "whens",
        "where's",
        "wheres",
        "how's",
    ]
)

_LEADS = frozenset(
    ["no", "niin", "enta", "entas", "ja", "na", "och", "men", "so", "and", "but", "well"]
)
"""Small words that may stand before a question word."""

_SINCE = frozenset(["sedan", "sen", "since", "until", "till", "fran"])
_WHEN = frozenset(["nar", "when"])
"""What makes a question of the words before: `since when`."""

_VERBS_AFTER = frozenset(
    word
    for line in (
        "maste behover gar kostar racker ordnas sker har skall ska brukar fanns var ar talar",
        "did must was were has have will would should need",
    )
    for word in line.split()
)
"""Verbs with which the second of two questions begins: `var hålls den och måste man anmäla sig`."""

_SELVES = frozenset(
    word
    for line in (
        "mina ma mie mulla minulla meilla me olen oon olemme asun asumme meidan mun minun haluan",
        "jag ja vi min mitt mina vart var oss",
        "i i'm im i've we we're my our",
    )
    for word in line.split()
)
"""With one of these at its beginning a clause tells of the member."""

_TELLERS = frozenset(
    word
    for line in (
        "mina ma mie me meilla olen oon olemme ollaan olin tyoskentelen teen kuulun vedan johdan"
        " soitan laulan ohjaan edustan edustamme tulen",
        "jag ja vi",
        "i i'm im i've we we're",
    )
    for word in line.split()
)
"""Words with which a member says who does something: the member."""

_HEARD = frozenset(
    word
    for line in ("kuullut kuullu kuulin luin lukenut", "hort last laste sett", "heard read")
    for word in line.split()
)
"""Words with which they tell of others: `olen kuullut hyvää X:stä`."""

_ASKS_POLITELY = frozenset(["voiko", "voinko", "kan", "can", "could", "may", "onko", "finns"])
"""Question words that may begin what only leads to the question: `kan ni säga vem`."""


# Words with which one asks without a question, folded: `tarvitsisin hänen numeronsa`.
_REQUESTS = re.compile(
    r"halu\w+|tarvi\w+|tart\w+|pita(?:is|s)\w*|etsin|etsimme|etsiskel\w+|kaipa(?:a|is)\w*|kerro\w*"
    r"|kysyisin|kysymys|kysyn|tiedustel\w+|laita\w*|laitta\w+|anna\w*|saisi\w*|voisi\w*"
    r"|kiinnosta\w*|vill|skulle|sku|behov\w+|soker|undrar|fragar?|beratta|ge|skicka|onskar"
    r"|need|want|would|like|looking|wonder\w*|tell|give|send|please|share|asking"
)
_PARTICLE = re.compile(r"\w{3,}(?:ko|kohan|koha|ks|kos)")
"""A Finnish verb that asks: `hyväksytäänkö`."""

_requests: WordCache[bool] = WordCache(
    lambda word: bool(_REQUESTS.fullmatch(word) or _PARTICLE.fullmatch(word))
)


class ClauseKind(IntEnum):
    """What a clause does; of two clauses, the one of the higher kind is what is asked."""

    STATEMENT = 0
    REQUEST = 1
    """It has a question word or a word of requesting."""
    QUESTION = 2
    """It is what its sentence asks, which ends in a question mark."""


@dataclass(frozen=True)
class Clause:
    """A part of a longer message."""

    words: tuple[str, ...]
    kind: ClauseKind
    own: bool = False
    """Whether it is a question of its own: it begins with a question word, and ends a sentence that
    asks or stands beside another with `and` between."""
    places: tuple[int, ...] = ()
    """Where its words stand among those of the message."""
    leads: bool = False
    """Whether `and` and a question follow on it, so that it may be one in short: `next meeting in
    Tampere and who is the contact in Kokkola`."""


def clauses(
    tokens: Sequence[Token], text: str, words: Sequence[str], owners: Sequence[int]
) -> list[Clause]:
    """The clauses of a message with their masked words; one when the message has but one.

    A clause ends at a punctuation mark between words, or before a joining word that a question
    word follows.
    """
    sentences: list[list[list[int]]] = [[[]]]
    asked: list[bool] = [False]
    two: list[bool] = [False]
    previous_end = 0
    for at, word in enumerate(words):
        token = tokens[owners[at]]
        between = text[previous_end : token.start]
        before = any(_asks_at(words, one) for part in sentences[-1] for one in part)
        joined = word in _JOINERS and (
            _asks_at(words, at + 1) or (before and _follows_at(words, at + 1))
        )
        asked[-1] |= "?" in between
        if SENTENCE_END.search(between):
            sentences.append([[]])
            asked.append(False)
            two.append(False)
        elif joined or _BREAK.search(between):
            sentences[-1].append([])
        two[-1] |= joined and any(sentences[-1])
        if not joined:
            sentences[-1][-1].append(at)
        last = owners[at + 1] - 1 if at + 1 < len(owners) else len(tokens) - 1
        previous_end = tokens[last].end
    asked[-1] |= "?" in text[previous_end:]
    return [
        clause
        for parts, question, joined in zip(sentences, asked, two, strict=True)
        for clause in _of_sentence(words, parts, question, joined)
    ]


def _of_sentence(
    words: Sequence[str], parts: Sequence[Sequence[int]], question: bool, two: bool
) -> Iterator[Clause]:
    """The clauses of one sentence, short ones joined to what stands before them.

    Of a sentence that ends in a question mark, those clauses are questions that have a question
    word or a word of requesting; where none has, all are.
    """
    written = [part for part in parts if part]
    kinds = [_kind([words[at] for at in part]) for part in written]
    asking = [at for at, part in enumerate(written) if _begins_question(words, part, two)]
    if two and asking:
        kinds = [
            max(kind, ClauseKind.REQUEST)
            if at > asking[0] and _follows_at(words, written[at][0])
            else kind
            for at, kind in enumerate(kinds)
        ]
    # `where is it, do I have to register?`
    two = two or len(asking) > 1
    if question:
        by_word = any(kinds)
        kinds = [ClauseKind.QUESTION if kind or not by_word else kind for kind in kinds]
    found: list[Clause] = []
    for number, (part, kind) in enumerate(zip(written, kinds, strict=True)):
        asks = _begins_question(words, part, two)
        if number and two and asking and asking[0] < number:
            asks = asks or _follows_at(words, part[0])
        own = asks and (two or (question and len(written) == 1))
        leads = two and not asks and number + 1 in asking and not _of_selves(words, part)
        clause = Clause(tuple(words[at] for at in part), kind, own, tuple(part), leads)
        if found and len(part) < MIN_WORDS and not (two and _asks_at(words, part[0])):
            before = found.pop()
            clause = Clause(
                before.words + clause.words,
                max(before.kind, clause.kind),
                before.own,
                before.places + clause.places,
                clause.leads,
            )
        found.append(clause)
    return (clause for clause in found if len(clause.words) > 1 or (two and clause.own))


def joins_questions(words: Sequence[str]) -> bool:
    """Whether a word like `and` stands before a question word, and a question word before it."""
    joins = (
        at
        for at, word in enumerate(words[:-1])
        if word in _JOINERS and (_asks_at(words, at + 1) or _follows_at(words, at + 1))
    )
    first = next(joins, 0)
    return any(_asks_at(words, at) for at in range(min(first, MAX_BEFORE_QUESTION)))


def _asks_at(words: Sequence[str], at: int, but: Set[str] = frozenset()) -> bool:
    """Whether a question may begin there: `missä`, `pääseekö`, `since when`."""
    word, following = ([*words[at : at + 2], "", ""])[:2]
    if word in _SINCE:
        return following in _WHEN
    asks = word in _QUESTION_WORDS or _PARTICLE.fullmatch(word) is not None
    return asks and word not in but


def _follows_at(words: Sequence[str], at: int) -> bool:
    """Whether the second of two questions may begin there, with a verb."""
    return at < len(words) and words[at] in _VERBS_AFTER


def _begins_question(words: Sequence[str], part: Sequence[int], two: bool) -> bool:
    """Whether a clause begins as a question does: `where is it`, `tell me where it is`.

    Of two with `and` between, also one that begins with a verb: `är den på nätet`.
    """
    if _asks_at(words, part[0], frozenset() if two else _ASKS_POLITELY):
        return True
    if two and _follows_at(words, part[0]):
        return True
    if not _REQUESTS.fullmatch(words[part[0]]):
        return False
    return any(_asks_at(words, at, _ASKS_POLITELY) for at in part[1 : 1 + MAX_BEFORE_QUESTION])


def tells_of_selves(words: Sequence[str]) -> bool:
    """Whether masked words say what the member is or does: `olen kuorosta`, `I work there`."""
    return any(word in _TELLERS for word in words) and _HEARD.isdisjoint(words)


def _of_selves(words: Sequence[str], part: Sequence[int]) -> bool:
    """Whether a clause tells of the member."""
    return any(words[at] in _SELVES for at in part[:2])


def asks_by_word(words: Sequence[str]) -> bool:
    """Whether masked words ask or request something by a word, whatever the punctuation."""
    return bool(words) and _kind(words) > ClauseKind.STATEMENT


def _kind(words: Sequence[str]) -> ClauseKind:
    leads = words[0] in _LEADS and len(words) > 1
    requests = words[leads] in _QUESTION_WORDS or any(_requests[word] for word in words)
    return ClauseKind.REQUEST if requests else ClauseKind.STATEMENT
