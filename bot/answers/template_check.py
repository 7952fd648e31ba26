"""Finds unknown names in a template without rendering it, by the types of what templates see.

Rendering with sample data would end at the first fault, and see those branches only that the
samples take.
"""

from __future__ import annotations

import functools
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import nodes

from bot.i18n import N_, Message

Scope = dict[str, Any]
"""The names that a template may use at some place, with their types; Any where unknown."""

VIEWS = ("bot.answers.views", "bot.answers.meeting_views")
"""The modules of what templates see."""

_LOOP: Scope = {
    "loop": types.SimpleNamespace  # its fields are Jinja's own and are not looked into
}


@dataclass(frozen=True, order=True)
class Fault:
    """Something wrong in a template: the line within its text, counted from 1, and what."""

    line: int
    message: Message


@dataclass(frozen=True)
class Rules:
    """What a template may use besides its own names."""

    filters: frozenset[str]
    tests: frozenset[str]
    includes: Callable[[str], Mapping[str, Any] | None]
    """The names that an answer `intent.variant` needs; None where there is no such answer."""


def find_faults(template: nodes.Template, names: Mapping[str, Any], rules: Rules) -> list[Fault]:
    """The faults of a parsed template whose data have these names and types."""
    checker = _Checker(rules)
    checker.body(template.body, dict(names))
    return sorted(set(checker.faults))


class _Checker:
    def __init__(self, rules: Rules) -> None:
        self.faults: list[Fault] = []
        self._rules = rules

    def fault(self, node: nodes.Node, message: Message) -> None:
        self.faults.append(Fault(node.lineno, message))

    def body(self, body: list[nodes.Node], scope: Scope) -> None:
        """Checks statements in order; what they set is known to those after them."""
        for node in body:
            self.statement(node, scope)

    def statement(self, node: nodes.Node, scope: Scope) -> None:
        if isinstance(node, nodes.For):
            items = _items(self.type_of(node.iter, scope))
            inner = scope | _LOOP | dict.fromkeys(_targets(node.target), items)
            if node.test is not None:
                self.type_of(node.test, inner)
            self.body(node.body, inner)
            self.body(node.else_, dict(scope))
        elif isinstance(node, nodes.If):
            self.type_of(node.test, scope)
            for branch in (node.body, *(other.body for other in node.elif_), node.else_):
                self.body(branch, scope)
            for other in node.elif_:
                self.type_of(other.test, scope)
        elif isinstance(node, nodes.Assign):
            value = self.type_of(node.node, scope)
            scope.update(dict.fromkeys(_targets(node.target), value))
        elif isinstance(node, nodes.Include):
            self.include(node, scope)
        elif isinstance(node, nodes.Output):
            for expression in node.nodes:
                self.type_of(expression, scope)
        else:
            self.fault(node, N_("this tag is not used here; there are: if, for, set, include"))

    def include(self, node: nodes.Include, scope: Scope) -> None:
        name = node.template.value if isinstance(node.template, nodes.Const) else None
        needed = self._rules.includes(str(name))
        if needed is None:
            self.fault(
                node,
                N_("there is no answer `{name}` to include; write `intent.variant`", name=name),
            )
            return
        if missing := sorted(needed.keys() - scope.keys()):
            self.fault(
                node,
                N_(
                    "`{name}` needs names that are not known here: {missing}",
                    name=name,
                    missing=missing,
                ),
            )

    def type_of(self, node: nodes.Node, scope: Scope) -> Any:
        """The type of an expression, Any where that is not known; reports faults within it."""
        if isinstance(node, nodes.Name):
            return self.name(node, scope)
        if isinstance(node, nodes.Getattr):
            return self.attribute(node, self.type_of(node.node, scope))
        if isinstance(node, nodes.Getitem):
            self.type_of(node.arg, scope)
            return _items(self.type_of(node.node, scope))
        if isinstance(node, nodes.Filter):
            return self.filter(node, scope)
        if isinstance(node, nodes.Test) and node.name not in self._rules.tests:
            self.fault(node, N_("there is no test `{name}`", name=node.name))
        found = [self.type_of(child, scope) for child in node.iter_child_nodes()]
        if isinstance(node, nodes.Call) and found:
            return _returned(found[0])
        return Any

    def name(self, node: nodes.Name, scope: Scope) -> Any:
        if node.name in scope:
            return scope[node.name]
        self.fault(
            node,
            N_(
                "`{name}` is not known here; there are: {known}",
                name=node.name,
                known=sorted(scope),
            ),
        )
        return Any

    def attribute(self, node: nodes.Getattr, owner: Any) -> Any:
        owner = _without_none(owner)
        if not isinstance(owner, type) or owner is types.SimpleNamespace:
            return Any
        fields = _fields(owner)
        if fields is None:
            return Any
        if node.attr in fields:
            return fields[node.attr]
        known = sorted(fields) or N_("none")
        self.fault(
            node,
            N_("`.{name}` is not a field here; there are: {known}", name=node.attr, known=known),
        )
        return Any

    def filter(self, node: nodes.Filter, scope: Scope) -> Any:
        if node.name not in self._rules.filters:
            known = sorted(self._rules.filters)
            self.fault(
                node,
                N_("there is no filter `{name}`; there are: {known}", name=node.name, known=known),
            )
        for argument in (*node.args, *node.kwargs):
            self.type_of(argument, scope)
        value = self.type_of(node.node, scope) if node.node is not None else Any
        if node.name in ("first", "last"):
            return _items(value)
        return int if node.name == "length" else str


def _targets(target: nodes.Node) -> Iterator[str]:
    for node in (target, *target.find_all(nodes.Name)):
        if isinstance(node, nodes.Name):
            yield node.name


def _without_none(kind: Any) -> Any:
    if isinstance(kind, types.UnionType) or typing.get_origin(kind) is typing.Union:
        kinds = [one for one in typing.get_args(kind) if one is not type(None)]
        return kinds[0] if len(kinds) == 1 else Any
    return kind


def _items(kind: Any) -> Any:
    arguments = typing.get_args(kind)
    return arguments[0] if typing.get_origin(kind) in (tuple, list) and arguments else Any


def _returned(kind: Any) -> Any:
    return typing.get_type_hints(kind).get("return", Any) if callable(kind) else Any


@functools.cache
def _fields(owner: type) -> dict[str, Any] | None:
    """The public fields of a view with their types; None for a type that is not looked into."""
    if owner in (str, int, bool):
        return {}
    if owner.__module__ not in VIEWS:
        return None
    found = {
        name: kind
        for name, kind in typing.get_type_hints(owner).items()
        if not name.startswith("_")
    }
    for name in dir(owner):
        value = getattr(owner, name, None)
        if name.startswith("_") or name == "of":
            continue
        if isinstance(value, property):
            found[name] = typing.get_type_hints(value.fget).get("return", Any)
        elif callable(value):
            found.setdefault(name, value)
    return found
