"""What a copied intents/ lacks and a newer program needs is taken from the shipped files.

Only in a folder that says that it was copied out (`copied.LIST`): another community's own intents
are all there is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass, field
from pathlib import Path

from bot.i18n import N_, Message
from bot.knowledge.copied import read_list
from bot.knowledge.models import Detail, Intent
from bot.knowledge.unread_files import yaml_files
from bot.knowledge.yaml_source import Finding
from bot.shipped import shipped

_NO_FILE = N_(
    "there is no such file, and the shipped one is used: `taikubot content update` copies it, with "
    "`--leave-out {name}` the bot does without"
)
_NO_ANSWER = N_(
    "the answer `{name}` is missing, and the shipped one is used: copy it from {path}",
)
_NO_ACT = N_("`act` is missing, and the shipped one is used: copy it from {path}")
_UNUSED = N_("the answer `{name}` is never used: the program knows no answer of this name")


@dataclass
class Fallback:
    """The shipped intents behind a copied folder."""

    folder: Path
    home: Path
    left_out: frozenset[str]
    findings: list[Finding] = field(default_factory=list)
    """Warnings of what was taken from the shipped files."""

    @classmethod
    def of(cls, intents: Path, home: Path | None = None) -> Fallback | None:
        """What stands behind a folder; None where it is no copy. Raises ContentError."""
        home = home or shipped("intents")
        copied = read_list(intents)
        if copied is None or intents.resolve() == home.resolve():
            return None
        return cls(intents, home, frozenset(copied.left_out))

    def path(self, name: str, *, needed: bool = False) -> Path:
        """The file of the copy; the shipped one where the copy has none and `name` is wanted."""
        own, theirs = self.folder / name, self.home / name
        there = own.exists() or own.with_suffix(".yml").exists()
        if there or not theirs.exists() or (name in self.left_out and not needed):
            return own
        self._warn(own, _NO_FILE.filled(name=name))
        return theirs

    def missing(self, below: str) -> Iterator[Path]:
        """The shipped files of a folder that the copy has not and that are wanted."""
        for path in yaml_files(self.home / below):
            name = path.relative_to(self.home).as_posix()
            if self.path(name) == path:
                yield path

    def whole(self, intent: Intent, read: Callable[[Path], Intent | None]) -> Intent:
        """An intent with the answers that the program needs, and with no others."""
        own, theirs = self._files(f"{intent.key}.yaml")
        if not theirs.exists() or own.read_bytes() == theirs.read_bytes():
            return intent
        model = read(theirs)
        if model is None:
            return intent
        answers = dict(intent.answers)
        for name in intent.answers.keys() - model.answers.keys():
            self._warn(own, _UNUSED.filled(name=name))
            del answers[name]
        for name in model.answers.keys() - intent.answers.keys():
            self._warn(own, _NO_ANSWER.filled(name=name, path=theirs))
            answers[name] = model.answers[name]
        act = intent.act
        if act is None and model.act is not None:
            self._warn(own, _NO_ACT.filled(path=theirs))
            act = model.act
        changes = intent.changes or model.changes
        if answers == intent.answers and act is intent.act and changes is intent.changes:
            return intent
        return intent.model_copy(update={"answers": answers, "act": act, "changes": changes})

    def fitting(self, detail: Detail, known: Set[str]) -> Detail | None:
        """A shipped detail without what was left out; None where it can be asked of nothing."""
        if detail.intent is not None and detail.intent not in known:
            return None
        same = tuple(key for key in detail.same_words if key in known)
        return detail.model_copy(update={"same_words": same})

    def _files(self, name: str) -> tuple[Path, Path]:
        own = self.folder / name
        return (own if own.exists() else own.with_suffix(".yml")), self.home / name

    def _warn(self, path: Path, message: Message) -> None:
        self.findings.append(Finding(path, 1, message, "warning"))
