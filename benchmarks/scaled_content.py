"""Content and phrases many times as large, made of ours and of made-up words.

A copy of a place, network, person or meeting has a made-up beginning before its name. A copy of a
phrase has made-up words in place of nearly a third of its own, the same one for the same word
throughout a copy, with the ends of the words kept, so that vocabulary grows as language does and
no wording stands there twice.
"""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

MOST_PLACES = 10
"""Municipalities are copied so many times at most: no country has more of them."""

REPLACED = 0.3
_WORD = re.compile(r"(<[^>]*>|\{[^}]*\})|([^\W\d_]{4,})")
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Dumper(_DUMPER):  # type: ignore[misc]
    """Writes texts of several lines as blocks and everything out, as people do."""

    def ignore_aliases(self, data: Any) -> bool:
        """No anchors: the bot refuses them."""
        return True


def _text(dumper: Any, text: str) -> Any:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def grow(content: Path, intents: Path, target: Path, times: int) -> tuple[Path, Path]:
    """Writes both folders, `times` as large, into `target`; gives their paths."""
    grown, asked = target / "content", target / "intents"
    shutil.copytree(content, grown)
    shutil.copytree(intents, asked)
    _grow_places(grown / "places", "regions", times)
    _grow_places(grown / "places", "municipalities", min(times, MOST_PLACES))
    for copy in range(1, times):
        for path in sorted((content / "networks").glob("*.yaml")):
            _copy(path, grown / "networks", copy, _network)
        for path in sorted((content / "people").glob("*.yaml")):
            _copy(path, grown / "people", copy, _person)
        for path in sorted((content / "demo" / "meetings").glob("*.yaml")):
            _copy(path, grown / "demo" / "meetings", copy, _meeting)
    for path in sorted(intents.glob("*.yaml")):
        _grow_phrases(path, asked / path.name, times)
    return grown, asked


def _read(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)


def _write(path: Path, data: Any) -> None:
    text = yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=1_000_000)
    path.write_text(text, encoding="utf-8")


def _copy(path: Path, folder: Path, copy: int, change: Callable[[Any, int], None]) -> None:
    data = _read(path)
    change(data, copy)
    _write(folder / f"{path.stem}-{copy}.yaml", data)


def _network(data: Any, copy: int) -> None:
    beginning = _beginning(data["short"]["fi"], copy)
    data["short"] = {code: _begun(name, beginning) for code, name in data["short"].items()}
    data["aliases"] = [_begun(name, beginning) for name in data.get("aliases", [])]
    data["regions"] = [f"{key}-{copy}" for key in data["regions"]]


def _person(data: Any, copy: int) -> None:
    *first, last = data["name"].split()
    data["name"] = " ".join([*first, _begun(last, _beginning(last, copy))])
    data["networks"] = [f"{key}-{copy}" for key in data["networks"]]
    data.pop("regions", None)


def _meeting(data: Any, copy: int) -> None:
    data["networks"] = [f"{key}-{copy}" for key in data["networks"]]


def _grow_places(folder: Path, name: str, times: int) -> None:
    data = _read(folder / f"{name}.yaml")
    data[name] += [_place(place, copy) for copy in range(1, times) for place in data[name]]
    _write(folder / f"{name}.yaml", data)


def _place(place: dict[str, Any], copy: int) -> dict[str, Any]:
    beginning = _beginning(place["fi"], copy)
    grown = {key: value for key, value in place.items() if key != "common_word"}
    for code in ("fi", "sv", "en"):
        if code in place:
            grown[code] = _begun(place[code], beginning)
    for field in ("also", "forms"):
        if field in place:
            grown[field] = [_begun(name, beginning) for name in place[field]]
    for field in ("key", "region"):
        if field in place:
            grown[field] = f"{place[field]}-{copy}"
    return grown


def _grow_phrases(path: Path, target: Path, times: int) -> None:
    data = _read(path)
    blocks = [data.get("phrases", {}), *data.get("topics", {}).values()]
    for block in blocks:
        for code, text in block.items():
            lines = [line.strip() for line in text.splitlines()]
            lines = [line for line in lines if line and not line.startswith("#")]
            copies = [_varied(line, copy) for copy in range(1, times) for line in lines]
            block[code] = "\n".join([*lines, *copies]) + "\n"
    _write(target, data)


def _varied(line: str, copy: int) -> str:
    varied = _WORD.sub(lambda match: match[1] or _other_word(match[2], copy), line)
    return varied if varied != line else f"{line} {_made_up(f'{copy}:{line}', 3)}"


@lru_cache(maxsize=200_000)
def _other_word(word: str, copy: int) -> str:
    if random.Random(f"{copy}:{word}").random() > REPLACED:
        return word
    return _made_up(f"{copy}:{word}", 2) + word[-3:]


def _beginning(name: str, copy: int) -> str:
    return _made_up(f"{copy}:{name}", 3).capitalize()


def _begun(name: str, beginning: str) -> str:
    return beginning + name[0].lower() + name[1:]


def _made_up(seed: str, syllables: int) -> str:
    rng = random.Random(seed)
    parts = (rng.choice("hjklmnprstv") + rng.choice("aeiouyäö") for _ in range(syllables))
    return "".join(parts) + rng.choice("lnrs")
