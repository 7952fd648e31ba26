"""The trained model: made from the phrases once, and loaded from a cache file at every start."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from bot.knowledge.library import Knowledge
from bot.understanding.alignment import (
    Alignment,
    AlignmentIndex,
    PhraseWording,
    build_index,
    unambiguous_labels,
)
from bot.understanding.array_file import (
    UNREADABLE,
    add_prefix,
    pack_lines,
    read_arrays,
    same_strings,
    strip_prefix,
    temporary_file,
    unpack_lines,
    write_arrays,
)
from bot.understanding.code_version import code_version
from bot.understanding.entities import NameIndexes
from bot.understanding.hash_index import HashIndex, LabelTable
from bot.understanding.linear_model import PREPARED, Fitting, LinearModel, train
from bot.understanding.sample_cache import sample_phrases
from bot.understanding.text import MASKS
from bot.understanding.training import Example, examples_of, refused_labels, vocabulary

LANGUAGE_EPOCHS = 2
"""One epoch tells three languages apart; a second makes the probabilities clearer."""

MAX_FILES = 4
"""Models kept in the cache, the newest."""

Progress = Callable[[float], None]
Item = TypeVar("Item")


@dataclass(frozen=True)
class TrainedModel:
    """All that understanding needs besides Knowledge."""

    intents: LinearModel
    """Its classes are the labels of `training.label_of`."""
    languages: LinearModel
    phrases: AlignmentIndex
    exact: LabelTable
    """The label of each wording, by its words joined by spaces."""
    vocabulary: frozenset[str]
    """The folded words of all phrases."""
    names: NameIndexes
    """Of the content that the model was trained on; other names need new indexes."""

    @cached_property
    def alignment(self) -> Alignment:
        """What scores messages by `phrases`; one for all interpreters of the model."""
        return Alignment(self.phrases)


def train_model(
    knowledge: Knowledge, progress: Progress | None = None, folder: Path | None = None
) -> TrainedModel:
    """Trains on all phrases, which takes seconds; `progress` gets the share done, 0 to 1.

    Samples of phrases are cached in `folder`; the model is the same with and without the cache.
    """
    return train_on(gather(knowledge, folder), progress)


@dataclass(frozen=True)
class Material:
    """What a model is trained on, without the knowledge that it was made of."""

    examples: list[Example]
    wordings: list[PhraseWording]
    vocabulary: frozenset[str]
    names: NameIndexes


def gather(knowledge: Knowledge, folder: Path | None = None) -> Material:
    """Samples all phrases; the samples of each are cached in `folder`."""
    known = frozenset(vocabulary(knowledge))
    path = folder / f"samples-{code_version()}-{knowledge.names}.npz" if folder else None
    names = NameIndexes.of(knowledge)
    examples, wordings = examples_of(knowledge, sample_phrases(knowledge, known, path, names))
    return Material(examples, wordings, known, names)


def train_on(material: Material, progress: Progress | None = None) -> TrainedModel:
    """Trains a model; the lists of the material are empty afterwards, to give their memory back."""
    with temporary_file() as file:
        model, fitting = prepare(material, file, progress)
        say = progress or (lambda share: None)
        fitting.fit(progress=lambda share: say(PREPARED + (1 - PREPARED) * share))
    return model


def prepare(
    material: Material, file: BinaryIO, progress: Progress | None = None
) -> tuple[TrainedModel, Fitting]:
    """All of a model but what tells intents apart, for which texts are written into the file.

    The lists of the material are empty afterwards.
    """
    say = progress or (lambda share: None)
    say(0.2)
    examples, wordings = material.examples, material.wordings
    refused = refused_labels(e.label for e in examples)
    # A mask says nothing of the language.
    spoken = [
        (tuple(word for word in example.words if word not in MASKS), example.language)
        for example in examples[::2]
    ]
    # One after the other: side by side they would be faster where processors are idle, but take
    # memory at the same time.
    exact = LabelTable.of(unambiguous_labels(wordings))
    index = _spilled(build_index(wordings, refused))
    wordings.clear()
    spoken_languages = [language for _, language in spoken]
    languages = train(_emptied(spoken, lambda one: one[0]), spoken_languages, LANGUAGE_EPOCHS)
    say(PREPARED)
    labels = [example.label for example in examples]
    fitting = Fitting.of(_emptied(examples, lambda one: one.words), labels, file)
    model = TrainedModel(
        fitting.model, languages, index, exact, material.vocabulary, material.names
    )
    return model, fitting


def _emptied(found: list[Item], part: Callable[[Item], Sequence[str]]) -> list[Sequence[str]]:
    """A part of each item of a list, which is emptied: nobody else keeps the items alive."""
    parts = [part(one) for one in found]
    found.clear()
    return parts


def _spilled(index: AlignmentIndex) -> AlignmentIndex:
    """The same index in a file that is mapped; itself where none can be written."""
    with suppress(OSError), tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "index.npz"
        write_arrays(path, {name: getattr(index, name) for name in _ARRAYS}, 1)
        return replace(index, **read_arrays(path))
    return index


def cache_folder() -> Path:
    """The folder of trained models: `BOT_CACHE_DIR`, else the user's cache folder."""
    if chosen := os.environ.get("BOT_CACHE_DIR"):
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    return Path(base) / "taikubot" if base else Path.home() / ".cache" / "taikubot"


def cache_path(fingerprint: str, folder: Path | None = None) -> Path:
    """The cache file of the model for the content with this fingerprint."""
    return (folder or cache_folder()) / f"model-{code_version()}-{fingerprint}.npz"


def is_trained(fingerprint: str) -> bool:
    """Whether the model for the content with this fingerprint is in the cache."""
    return cache_path(fingerprint).exists()


def load_or_train(
    knowledge: Knowledge, folder: Path | None = None, progress: Progress | None = None
) -> TrainedModel:
    """The cached model for this content; trains and caches it where there is none.

    A cache that cannot be written is not an error: the model is then trained at every start.
    """
    path = cache_path(knowledge.fingerprint, folder)
    model = _cached(path)
    if model is None:
        model = train_model(knowledge, progress, path.parent)
        with suppress(OSError):
            save(model, path)
    return model


HandOver = Callable[[Path, Mapping[str, Any], Fitting], None]
"""Has another process fit a model: gets its file, its arrays without the weights, and the texts.
Does not return where it can."""


def train_for_cache(
    read: Callable[[], Knowledge],
    progress: Progress | None = None,
    hand_over: HandOver | None = None,
) -> None:
    """Trains for the content that `read` gives and caches the model, unless there is one.

    Nothing but what training needs is kept meanwhile. A cache that cannot be written is no error.
    """
    knowledge = read()
    path = cache_path(knowledge.fingerprint)
    if _cached(path) is not None:
        return
    material = gather(knowledge, path.parent)
    del knowledge
    with temporary_file() as file:
        model, fitting = prepare(material, file, progress)
        del material
        if hand_over is not None:
            hand_over(path, arrays_of(model), fitting)
        say = progress or (lambda share: None)
        fitting.fit(progress=lambda share: say(PREPARED + (1 - PREPARED) * share))
    with suppress(OSError):
        save(model, path)


def load_trained(knowledge: Knowledge, folder: Path | None = None) -> TrainedModel | None:
    """The cached model for this content; None where there is none."""
    return _cached(cache_path(knowledge.fingerprint, folder))


def _cached(path: Path) -> TrainedModel | None:
    """The model in a cache file; None where there is none, or one that cannot be read."""
    try:
        return load(path)
    except FileNotFoundError:
        return None
    except UNREADABLE:
        with suppress(OSError):
            path.unlink()
        return None


def save(model: TrainedModel, path: Path) -> None:
    """Writes a model atomically and drops the oldest ones; raises OSError."""
    write_arrays(path, arrays_of(model), MAX_FILES)


def arrays_of(model: TrainedModel) -> dict[str, Any]:
    """All of a model as arrays by name."""
    return {
        **add_prefix("intents.", model.intents.arrays()),
        **add_prefix("languages.", model.languages.arrays()),
        **{f"phrases.{name}": getattr(model.phrases, name) for name in _ARRAYS},
        "phrases.labels": pack_lines(model.phrases.labels),
        "phrases.vocabulary": pack_lines(model.phrases.vocabulary),
        "exact.texts": model.exact.texts.hashes,
        "exact.names": pack_lines(model.exact.names),
        "exact.labels": model.exact.numbers,
        "vocabulary": pack_lines(sorted(model.vocabulary)),
        **add_prefix("names.", model.names.arrays()),
    }


def load(path: Path) -> TrainedModel:
    """Reads a model; raises one of UNREADABLE when that cannot be done."""
    arrays = read_arrays(path)
    phrases = AlignmentIndex(
        labels=unpack_lines(arrays["phrases.labels"]),
        vocabulary=unpack_lines(arrays["phrases.vocabulary"]),
        **{name: arrays[f"phrases.{name}"] for name in _ARRAYS},
    )
    exact = LabelTable(
        HashIndex(arrays["exact.texts"]),
        unpack_lines(arrays["exact.names"]),
        arrays["exact.labels"],
    )
    return TrainedModel(
        intents=LinearModel.from_arrays(strip_prefix("intents.", arrays)),
        languages=LinearModel.from_arrays(strip_prefix("languages.", arrays)),
        phrases=phrases,
        exact=exact,
        vocabulary=frozenset(same_strings(unpack_lines(arrays["vocabulary"]), phrases.vocabulary)),
        names=NameIndexes.from_arrays(strip_prefix("names.", arrays)),
    )


_ARRAYS = (
    *("starts", "words", "bounds", "postings", "ends", "weights", "in_scope"),
    *("near", "gains", "near_ends", "known_in_scope", "ours"),
)
