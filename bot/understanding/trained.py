"""The trained model: made from the phrases once, kept in a cache file, loaded at every start."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.knowledge.library import Knowledge
from bot.understanding.alignment import AlignmentIndex, build_index, word_for_word
from bot.understanding.archive import UNREADABLE, below, pack, read, unpack, write
from bot.understanding.code_version import code_version
from bot.understanding.entities import Names
from bot.understanding.keys import Keys, Labels
from bot.understanding.linear import LinearModel, WordFeatures, train
from bot.understanding.samples import sample_phrases
from bot.understanding.text import MASKS
from bot.understanding.training import examples_of, refused_labels, vocabulary

LANGUAGE_EPOCHS = 2
"""Three languages are told apart after one look at the texts; a second makes it surer."""

MOST_FILES = 4
"""Models kept: the newest."""

Progress = Callable[[float], None]


@dataclass(frozen=True)
class TrainedModel:
    """What training gives: everything that understanding needs beside Knowledge."""

    intents: LinearModel
    languages: LinearModel
    phrases: AlignmentIndex
    exact: Labels
    """The label of wordings that may be met word for word."""
    vocabulary: frozenset[str]
    names: Names
    """Of the content that was learned from; other content makes its own."""


def train_model(
    knowledge: Knowledge, progress: Progress | None = None, folder: Path | None = None
) -> TrainedModel:
    """Trains on all phrases: some seconds; `progress` hears of the share that is done.

    What was sampled of phrases is kept in `folder`. The model is the same with and without.
    """
    say = progress or (lambda share: None)
    known = frozenset(vocabulary(knowledge))
    path = folder / f"samples-{code_version()}-{knowledge.names}.npz" if folder else None
    names = Names.of(knowledge)
    examples, wordings = examples_of(knowledge, sample_phrases(knowledge, known, path, names))
    say(0.2)
    # A mask says nothing of the language.
    spoken = [
        (tuple(word for word in example.words if word not in MASKS), example.language)
        for example in examples[::2]
    ]
    # Most of the time numpy works, which lets another thread work beside.
    with ThreadPoolExecutor(1) as beside:
        languages = beside.submit(
            train,
            [words for words, _ in spoken],
            [language for _, language in spoken],
            LANGUAGE_EPOCHS,
        )
        index = beside.submit(build_index, wordings, refused_labels(e.label for e in examples))
        intents = train(
            [example.words for example in examples],
            [example.label for example in examples],
            progress=lambda share: say(0.2 + 0.8 * share),
        )
    exact = Labels.of(word_for_word(wordings))
    return TrainedModel(intents, languages.result(), index.result(), exact, known, names)


def cache_folder() -> Path:
    """Where trained models are kept: `BOT_CACHE_DIR`, else the user's cache folder."""
    if chosen := os.environ.get("BOT_CACHE_DIR"):
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    return Path(base) / "taikubot" if base else Path.home() / ".cache" / "taikubot"


def cache_path(fingerprint: str, folder: Path | None = None) -> Path:
    """The cache file of the model for the content with this fingerprint."""
    return (folder or cache_folder()) / f"model-{code_version()}-{fingerprint}.npz"


def learned(fingerprint: str) -> bool:
    """Whether the model for the content with this fingerprint is in the cache."""
    return cache_path(fingerprint).exists()


def load_or_train(
    knowledge: Knowledge, folder: Path | None = None, progress: Progress | None = None
) -> TrainedModel:
    """The cached model for this content; trains and caches it where there is none.

    A cache that cannot be written is not an error: the model is then made at every start.
    """
    path = cache_path(knowledge.fingerprint, folder)
    model = _cached(path)
    if model is None:
        model = train_model(knowledge, progress, path.parent)
        with suppress(OSError):
            save(model, path)
    return model


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
    """Writes a model in one step, so that no reader sees half of it; drops older ones."""
    arrays = {
        **_arrays("intents", model.intents),
        **_arrays("languages", model.languages),
        **{f"phrases.{name}": getattr(model.phrases, name) for name in _ARRAYS},
        "phrases.labels": pack(model.phrases.labels),
        "phrases.vocabulary": pack(model.phrases.vocabulary),
        "exact.keys": model.exact.keys.numbers,
        "exact.names": pack(model.exact.names),
        "exact.labels": model.exact.numbers,
        "vocabulary": pack(sorted(model.vocabulary)),
        **{f"names.{name}": array for name, array in model.names.arrays().items()},
    }
    write(path, arrays, MOST_FILES)


def load(path: Path) -> TrainedModel:
    """Reads a model; raises one of UNREADABLE when that cannot be done."""
    arrays = read(path)
    phrases = AlignmentIndex(
        labels=unpack(arrays["phrases.labels"]),
        vocabulary=unpack(arrays["phrases.vocabulary"]),
        **{name: arrays[f"phrases.{name}"] for name in _ARRAYS},
    )
    exact = Labels(
        Keys(arrays["exact.keys"]), unpack(arrays["exact.names"]), arrays["exact.labels"]
    )
    return TrainedModel(
        intents=_model("intents", arrays),
        languages=_model("languages", arrays),
        phrases=phrases,
        exact=exact,
        vocabulary=frozenset(unpack(arrays["vocabulary"])),
        names=Names.from_arrays(below("names.", arrays)),
    )


_ARRAYS = (
    *("starts", "words", "bounds", "postings", "ends", "weights", "in_scope"),
    *("near", "gains", "near_ends", "known_in_scope"),
)


def _arrays(name: str, model: LinearModel) -> dict[str, Any]:
    return {
        f"{name}.classes": pack(model.classes),
        f"{name}.features": model.features.numbers,
        f"{name}.words": model.of_words.words.numbers,
        f"{name}.of_words": model.of_words.features,
        f"{name}.ends_of_words": model.of_words.ends,
        f"{name}.idf": model.idf,
        f"{name}.weights": model.weights,
        f"{name}.bias": model.bias,
    }


def _model(name: str, arrays: Mapping[str, Any]) -> LinearModel:
    return LinearModel(
        classes=unpack(arrays[f"{name}.classes"]),
        features=Keys(arrays[f"{name}.features"]),
        of_words=WordFeatures(
            Keys(arrays[f"{name}.words"]),
            arrays[f"{name}.of_words"],
            arrays[f"{name}.ends_of_words"],
        ),
        idf=arrays[f"{name}.idf"],
        weights=arrays[f"{name}.weights"],
        bias=arrays[f"{name}.bias"],
    )
