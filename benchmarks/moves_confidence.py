"""Fits what the confidence of moves is computed by, and writes it into moves_model.bin.

    python -m benchmarks.moves_confidence FILE_OR_FOLDER...

A model is fitted to half of the examples in intents/moves/. The other half, and every other one of
the texts in the files (as `benchmarks.foreign` takes them, which nobody wrote for the bot), are
said in a talk. Of those in which nothing is understood by their words, logistic regression learns
when the model is right. Run it after `benchmarks.moves_model`; it takes some minutes.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.environments import tell
from benchmarks.foreign import NOON, REAL_QUESTIONS, read_texts
from benchmarks.moves_model import FOLDER, SEED, fit, keys_of, misspelt, others, read_moves
from bot.answers.compose import Context, compose
from bot.channels.conversation import next_state
from bot.knowledge.library import FALLBACK, Knowledge
from bot.knowledge.values import LANGUAGES
from bot.ops.settings import load_settings
from bot.understanding.interpreter import Interpreter, MessageContext
from bot.understanding.matcher import Guess
from bot.understanding.model import Move, Request
from bot.understanding.reloader import Folders, Snapshot, make_snapshot
from bot.understanding.talk.memory import ConversationState
from bot.understanding.talk.moves import features_of
from bot.understanding.talk.moves_model import MODEL, MovesModel, load_moves_model

FOREIGN = "foreign"
"""The key of texts that ask nothing of ours."""

NAMES = {"{place}": "Kuopio", "{person}": "Hanna"}
"""What stands for the slots of examples."""

STRENGTH = 0.5
"""Of the regularisation (L2)."""
STEPS = 50


class Said(NamedTuple):
    """A message with what it means, in the language of the talk."""

    text: str
    language: str
    key: str


class Row(NamedTuple):
    """A message that was not understood by its words, and whether the model is right about it."""

    move: Move
    guess: Guess
    features: tuple[float, ...]
    right: bool
    key: str


def held_out(folder: Path, knowledge: Knowledge) -> tuple[MovesModel, list[Said]]:
    """A model of half of the examples, and the other half."""
    keys = keys_of(knowledge)
    own = [
        (language, one)
        for language in LANGUAGES
        for one in read_moves(folder / f"{language}.txt", keys)
    ]
    halves = np.random.default_rng(SEED).integers(0, 2, len(own))
    kept = [one for half, (_, one) in zip(halves, own, strict=True) if half]
    left = [
        Said(one.text, language, one.key)
        for half, (language, one) in zip(halves, own, strict=True)
        if not half and not one.key.startswith("community")
    ]
    rest = others(knowledge, folder.parent)
    return fit([*kept, *misspelt(kept), *rest], ""), left


def talks_of(said: Said) -> Sequence[str]:
    """The subjects of the talks in which something is said: details where they may be asked."""
    if said.key.startswith("meeting"):
        return ("meetings",)
    alone = said.key.startswith(("person", "network", "joining"))
    return ("contacts",) if alone else tuple(REAL_QUESTIONS)


def states(snapshot: Snapshot) -> dict[tuple[str, str], ConversationState]:
    """What is remembered after the first question of a talk, by its subject and language."""
    found = {}
    for subject, questions in REAL_QUESTIONS.items():
        for language, question in questions.items():
            first = MessageContext(NOON.date())
            understanding = snapshot.interpreter.understand(question, first)
            answer = compose(understanding, snapshot.knowledge, Context(NOON))
            found[subject, language] = next_state(understanding, answer.shown, None)
    return found


def rows(snapshot: Snapshot, interpreter: Interpreter, messages: Iterable[Said]) -> Iterator[Row]:
    """What the model of an interpreter says of messages in a talk."""
    same = {key: {key, *one.same_words} for key, one in snapshot.knowledge.details.items()}
    remembered = states(snapshot)
    today = NOON.date()
    for said in messages:
        text = said.text
        for slot, name in NAMES.items():
            text = text.replace(slot, name)
        masked, _ = interpreter.read_alone(text, today)
        for talk in talks_of(said) if masked.words else ():
            state = remembered[talk, said.language]
            understood = interpreter.understand(text, MessageContext(today, state))
            if understood.requests == (Request(FALLBACK, understood.requests[0].entities),):
                move, guess = interpreter.move_of(masked, state)
                right = said.key in same.get(move.key, {move.key})
                yield Row(move, guess, features_of(move, guess), right, said.key)


def fitted(found: Sequence[Row]) -> NDArray[np.float64]:
    """Logistic regression by Newton's steps; the bias first."""
    features = np.array([(1.0, *one.features) for one in found])
    right = np.array([float(one.right) for one in found])
    weights = np.zeros(features.shape[1])
    for _ in range(STEPS):
        likely = 1 / (1 + np.exp(-features @ weights))
        curve = (features * (likely * (1 - likely))[:, None]).T @ features
        slope = features.T @ (right - likely) - STRENGTH * weights
        weights += np.linalg.solve(curve + STRENGTH * np.eye(len(weights)), slope)
    return weights


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("texts", nargs="+", type=Path, metavar="FILE_OR_FOLDER")
    arguments = parser.parse_args()
    settings = load_settings()
    snapshot = make_snapshot(Folders(settings.content, settings.intents, demo=True))
    tell("Fitting a model to half of the examples …")
    model, left = held_out(settings.intents / FOLDER, snapshot.knowledge)
    foreign = [Said(one.text, one.language, FOREIGN) for one in read_texts(arguments.texts)[::2]]
    trained = snapshot.interpreter.trained
    # Without its confidence the model decides nothing.
    interpreter = Interpreter(snapshot.knowledge, trained, moves_model=model)
    found = [*rows(snapshot, interpreter, [*left, *foreign])]
    weights = fitted(found)
    confident = load_moves_model().with_confidence([round(float(one), 4) for one in weights])
    judge = Interpreter(snapshot.knowledge, trained, moves_model=confident)
    taken = [one for one in found if judge.is_sure_of(one.move, one.guess)]
    of_ours = [one.right for one in taken if one.key != FOREIGN]
    ours = sum(one.key != FOREIGN for one in found)
    print(
        f"of {ours} examples that were not understood: {len(of_ours)} taken, {sum(of_ours)} right"
    )
    wrong = len(taken) - len(of_ours)
    print(f"of {len(foreign)} other texts, each in {len(REAL_QUESTIONS)} talks: {wrong} taken")
    MODEL.write_bytes(bytes(confident))
    print(f"wrote {MODEL}: {confident.head.confidence}")


if __name__ == "__main__":
    main()
