"""The trained model: made from the phrases once, kept in a cache file, loaded at every start."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from bot.knowledge.library import Knowledge
from bot.understanding.alignment import AlignmentIndex, build_index, word_for_word
from bot.understanding.entities import EntityFinder
from bot.understanding.linear import LinearModel, train
from bot.understanding.text import MASKS
from bot.understanding.training import refused_labels, sample, vocabulary

FORMAT = 9
"""Raise this when training or its features change: old cache files are then made anew."""

LANGUAGE_EPOCHS = 2
"""Three languages are told apart after one look at the texts; a second makes it surer."""

UNREADABLE = (OSError, EOFError, ValueError, KeyError, BadZipFile)
"""What reading a damaged cache file raises."""

Progress = Callable[[float], None]


@dataclass(frozen=True)
class TrainedModel:
    """What training gives: everything that understanding needs beside Knowledge."""

    intents: LinearModel
    languages: LinearModel
    phrases: AlignmentIndex
    exact: Mapping[str, str]
    """The label of wordings that may be met word for word."""
    vocabulary: frozenset[str]


def train_model(knowledge: Knowledge, progress: Progress | None = None) -> TrainedModel:
    """Trains on all phrases: about ten seconds; `progress` hears of the share that is done."""
    say = progress or (lambda share: None)
    known = vocabulary(knowledge)
    finder = EntityFinder(knowledge, known)
    examples, wordings = sample(knowledge, finder.words)
    say(0.2)
    intents = train(
        [example.words for example in examples],
        [example.label for example in examples],
        progress=lambda share: say(0.2 + 0.6 * share),
    )
    # A mask says nothing of the language.
    spoken = [
        (tuple(word for word in example.words if word not in MASKS), example.language)
        for example in examples[::2]
    ]
    languages = train(
        [words for words, _ in spoken],
        [language for _, language in spoken],
        epochs=LANGUAGE_EPOCHS,
        progress=lambda share: say(0.8 + 0.2 * share),
    )
    phrases = build_index(wordings, refused_labels(intents.classes))
    return TrainedModel(intents, languages, phrases, word_for_word(wordings), frozenset(known))


def cache_folder() -> Path:
    """Where trained models are kept: `BOT_CACHE_DIR`, else the user's cache folder."""
    if chosen := os.environ.get("BOT_CACHE_DIR"):
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    return Path(base) / "taikubot" if base else Path.home() / ".cache" / "taikubot"


def cache_path(knowledge: Knowledge, folder: Path | None = None) -> Path:
    """The cache file of the model for this very content."""
    return (folder or cache_folder()) / f"model-{FORMAT}-{knowledge.fingerprint}.npz"


def load_or_train(
    knowledge: Knowledge, folder: Path | None = None, progress: Progress | None = None
) -> TrainedModel:
    """The cached model for this content; trains and caches it where there is none.

    A cache that cannot be written is not an error: the model is then made at every start.
    """
    path = cache_path(knowledge, folder)
    try:
        return load(path)
    except FileNotFoundError:
        pass
    except UNREADABLE:
        with suppress(OSError):
            path.unlink()
    model = train_model(knowledge, progress)
    with suppress(OSError):
        save(model, path)
    return model


def save(model: TrainedModel, path: Path) -> None:
    """Writes a model in one step, so that no reader sees half of it; drops older ones."""
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = {
        **_pack("intents", model.intents),
        **_pack("languages", model.languages),
        **{f"phrases.{name}": getattr(model.phrases, name) for name in _ARRAYS},
        "phrases.labels": _lines(model.phrases.labels),
        "phrases.vocabulary": _lines(model.phrases.vocabulary),
        "exact.words": _lines(model.exact),
        "exact.labels": _lines(model.exact.values()),
        "vocabulary": _lines(sorted(model.vocabulary)),
    }
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
        np.savez(file, **arrays)
    os.replace(file.name, path)
    for old in sorted(path.parent.glob("model-*.npz"), key=lambda each: each.stat().st_mtime)[:-4]:
        old.unlink(missing_ok=True)


def load(path: Path) -> TrainedModel:
    """Reads a model; raises one of UNREADABLE when that cannot be done."""
    # Opened here, because numpy leaves a file that is no archive open.
    with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        phrases = AlignmentIndex(
            labels=_texts(arrays["phrases.labels"]),
            vocabulary=_texts(arrays["phrases.vocabulary"]),
            **{name: arrays[f"phrases.{name}"] for name in _ARRAYS},
        )
        return TrainedModel(
            intents=_unpack("intents", arrays),
            languages=_unpack("languages", arrays),
            phrases=phrases,
            exact=dict(
                zip(_texts(arrays["exact.words"]), _texts(arrays["exact.labels"]), strict=True)
            ),
            vocabulary=frozenset(_texts(arrays["vocabulary"])),
        )


_ARRAYS = (
    *("starts", "words", "bounds", "postings", "ends", "weights", "in_scope"),
    *("near", "gains", "near_ends", "known_in_scope"),
)


def _pack(name: str, model: LinearModel) -> dict[str, Any]:
    return {
        f"{name}.classes": _lines(model.classes),
        f"{name}.features": _lines(model.features),
        f"{name}.idf": model.idf,
        f"{name}.weights": model.weights.astype(np.float16),
        f"{name}.bias": model.bias,
    }


def _unpack(name: str, arrays: Mapping[str, Any]) -> LinearModel:
    features = _texts(arrays[f"{name}.features"])
    return LinearModel(
        classes=_texts(arrays[f"{name}.classes"]),
        features={feature: index for index, feature in enumerate(features)},
        idf=arrays[f"{name}.idf"],
        weights=arrays[f"{name}.weights"].astype(np.float32),
        bias=arrays[f"{name}.bias"],
    )


def _lines(texts: Iterable[str]) -> Any:
    """Texts without line breaks, as an array of bytes."""
    return np.frombuffer("\n".join(texts).encode(), np.uint8)


def _texts(array: Any) -> tuple[str, ...]:
    return tuple(array.tobytes().decode().split("\n"))
