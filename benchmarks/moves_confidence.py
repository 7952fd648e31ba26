"""Fits what the confidence of moves is computed by, and writes it into moves_model.bin.

    python -m benchmarks.moves_confidence FILE_OR_FOLDER... [--conversations FILE...]

The messages of conversations (as `benchmarks.conversations` takes them) and the texts in the files
(as `benchmarks.foreign` takes them, which nobody wrote for the bot) are said in a talk. Of those in
which nothing is understood by their words, logistic regression learns when the move that the model
finds likeliest gives a right answer. What it says of conversations that it was fitted without is
printed. Run it after `benchmarks.moves_model`; it takes some minutes.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from benchmarks.conversations import CONVERSATIONS, NOON, Turn, faults, read_conversations
from benchmarks.environments import tell
from benchmarks.foreign import REAL_QUESTIONS, ForeignText, read_texts
from bot.answers.compose import Context, compose
from bot.channels.conversation import Reply, next_state
from bot.knowledge.library import FALLBACK, Knowledge
from bot.ops.settings import load_settings
from bot.understanding.interpreter import Interpreter, MessageContext
from bot.understanding.model import Understanding
from bot.understanding.reloader import Folders, make_snapshot
from bot.understanding.talk.memory import ConversationState
from bot.understanding.talk.moves import BAR, features_of
from bot.understanding.talk.moves_model import MODEL, load_moves_model

FOREIGN_COUNT = 0.4
"""What a text that nobody wrote for the bot counts, of which there are more, beside a message."""

STRENGTH = 3.0
"""Of the regularisation (L2), of features of variance 1."""
STEPS = 30
FOLDS = 10
BARS = (0.25, 0.35, BAR, 0.55, 0.65, 0.8)


class Row(NamedTuple):
    """A message that was not understood by its words, and whether its move is answered rightly."""

    features: tuple[float, ...]
    right: bool
    foreign: bool
    group: str
    """What is left out together: the conversation, or the text."""


class Talks:
    """Says messages in talks to an interpreter whose moves are not made."""

    def __init__(self, knowledge: Knowledge, interpreter: Interpreter) -> None:
        self._knowledge, self._interpreter = knowledge, interpreter

    def _read(
        self, text: str, state: ConversationState | None
    ) -> tuple[Understanding, ConversationState]:
        context = MessageContext(NOON.date(), state)
        understanding = self._interpreter.understand(text, context)
        answer = compose(understanding, self._knowledge, Context(NOON))
        return understanding, next_state(understanding, answer.shown, state)

    def of_conversations(self, paths: Iterable[Path]) -> Iterator[Row]:
        """The rows of conversations' messages of which it is known what the answer must be like."""
        for conversation in read_conversations(paths):
            state: ConversationState | None = None
            for turn in conversation.turns:
                understanding, after = self._read(turn.say, state)
                known = turn.must or turn.unknown or turn.refuse
                if state and known and (found := self._moved(turn.say, understanding, state)):
                    features, reply = found
                    yield Row(features, is_right(turn, reply), False, conversation.name)
                state = after

    def of_texts(self, texts: Iterable[ForeignText]) -> Iterator[Row]:
        """The rows of texts that nobody wrote for the bot, each after a real question."""
        states = {
            (talk, language): self._read(question, None)[1]
            for talk, questions in REAL_QUESTIONS.items()
            for language, question in questions.items()
        }
        for one in texts:
            for talk in REAL_QUESTIONS:
                state = states[talk, one.language]
                understanding, _ = self._read(one.text, state)
                if found := self._moved(one.text, understanding, state):
                    yield Row(found[0], False, True, one.text)

    def _moved(
        self, text: str, understanding: Understanding, state: ConversationState
    ) -> tuple[tuple[float, ...], Reply] | None:
        """The likeliest move of a message that is not understood, and what it would be answered."""
        first = understanding.requests[0]
        masked, _ = self._interpreter.read_alone(text, NOON.date())
        if first.intent != FALLBACK or first.topic or not masked.words:
            return None
        move, guess = self._interpreter.move_of(masked, state)
        moved = self._interpreter.moves.read(move, masked, state, NOON.date())
        if moved is None:
            return None
        language = moved.language or understanding.language
        read = replace(understanding, language=language, requests=moved.found.requests, guesses=())
        answer = compose(read, self._knowledge, Context(NOON))
        features = features_of(move, guess, len(masked.words), "?" in text)
        return features, Reply(read, answer)


def is_right(turn: Turn, reply: Reply) -> bool:
    """Whether an answer is as it must be; what is none of ours has no right answer."""
    return not turn.refuse and not any(faults(turn, reply))


def fitted(rows: Sequence[Row]) -> NDArray[np.float64]:
    """Logistic regression by Newton's steps; the bias first."""
    features = np.array([one.features for one in rows])
    mean, scale = features.mean(axis=0), features.std(axis=0) + 1e-9
    features = np.c_[np.ones(len(rows)), (features - mean) / scale]
    right = np.array([float(one.right) for one in rows])
    counts = np.array([FOREIGN_COUNT if one.foreign else 1.0 for one in rows])
    penalty = np.diag([1e-2, *[STRENGTH] * len(mean)])
    weights = np.zeros(features.shape[1])
    for _ in range(STEPS):
        likely = 1 / (1 + np.exp(-features @ weights))
        curve = (features * (counts * likely * (1 - likely))[:, None]).T @ features
        slope = features.T @ (counts * (right - likely)) - penalty @ weights
        weights += np.linalg.solve(curve + penalty, slope)
    of_each = weights[1:] / scale
    return np.array([weights[0] - of_each @ mean, *of_each])


def cross_validated(rows: Sequence[Row]) -> Iterator[str]:
    """What models say of the rows that they were fitted without, by bar."""
    folds = np.array([crc32(one.group.encode()) % FOLDS for one in rows])
    features = np.array([(1.0, *one.features) for one in rows])
    likely = np.zeros(len(rows))
    for fold in range(FOLDS):
        kept = [one for one, of in zip(rows, folds, strict=True) if of != fold]
        at = folds == fold
        likely[at] = 1 / (1 + np.exp(-features[at] @ fitted(kept)))
    right = np.array([one.right for one in rows])
    foreign = np.array([one.foreign for one in rows])
    yield f"{(~foreign).sum()} messages, {foreign.sum()} other texts that were not understood"
    for bar in BARS:
        taken = likely >= bar
        yield (
            f"from {bar:.2f}: {(taken & right).sum()} messages answered rightly,"
            f" {(taken & ~right & ~foreign).sum()} wrongly; {(taken & foreign).sum()} other texts"
        )


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("texts", nargs="+", type=Path, metavar="FILE_OR_FOLDER")
    parser.add_argument("--conversations", nargs="+", type=Path, default=[CONVERSATIONS])
    arguments = parser.parse_args()
    settings = load_settings()
    snapshot = make_snapshot(Folders(settings.content, settings.intents, demo=True))
    model = load_moves_model()
    knowledge, trained = snapshot.knowledge, snapshot.interpreter.trained
    # Without its confidence the model decides nothing.
    talks = Talks(knowledge, Interpreter(knowledge, trained, moves_model=model.with_confidence(())))
    tell("Saying the messages …")
    found = [
        *talks.of_conversations(arguments.conversations),
        *talks.of_texts(read_texts(arguments.texts)),
    ]
    print("\n".join(cross_validated(found)))
    confident = model.with_confidence([round(float(one), 4) for one in fitted(found)])
    MODEL.write_bytes(bytes(confident))
    print(f"wrote {MODEL}: {confident.head.confidence}")


if __name__ == "__main__":
    main()
