"""The shape of a request, read from the Cedar schema: which attributes there are, and which action is about what.

Only the part of Cedar's schema language that the charter uses; anything else is refused rather than guessed.

References
----------
Cedar schema grammar, https://docs.cedarpolicy.com/schema/human-readable-schema-grammar.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from peelian.core.errors import InvalidError
from peelian.policy.cedar import cedar_words

_RECORD = re.compile(r"^(entity|type) (\w+) = \{(.*)\}$")
_ACTION = re.compile(
    r'^action (?P<names>"[^"]+"(?:, ?"[^"]+")*)(?: in \[(?P<parents>[^\]]*)\])?'
    r"(?: appliesTo \{ ?principal: \[(?P<principal>\w+)\], resource: \[(?P<resource>\w+)\], "
    r"context: (?P<context>\w+),? ?\})?$"
)
SCALARS = {"String", "Long", "Bool", "Set<String>"}


@dataclass(frozen=True)
class ActionShape:
    """An action: the groups it is in, itself included, and what its request is about."""

    name: str
    groups: frozenset[str]
    principal: str
    resource: str
    context: str


@dataclass(frozen=True)
class Shape:
    """A schema: the attributes of each type, and the actions that requests may name."""

    types: Mapping[str, Mapping[str, str]]
    actions: Mapping[str, ActionShape]

    def kind(self, action: str, path: tuple[str, ...]) -> str:
        """Return the kind of an attribute path such as ``("context", "mandate", "ends_at")``."""
        shape = self.actions[action]
        kind = {"principal": shape.principal, "resource": shape.resource, "context": shape.context}[path[0]]
        for name in path[1:]:
            kind = self.types[kind][name]
        return kind

    def paths(self, action: str) -> dict[tuple[str, ...], str]:
        """Return every attribute path of an action's request, with its kind."""
        out: dict[tuple[str, ...], str] = {}

        def walk(path: tuple[str, ...], kind: str) -> None:
            if kind in SCALARS:
                out[path] = kind
            else:
                for name, inner in self.types[kind].items():
                    walk((*path, name), inner)

        for root in ("principal", "resource", "context"):
            walk((root,), self.kind(action, (root,)))
        return out


def read_shape(schema: str) -> Shape:
    """Read a schema that Cedar itself has accepted.

    Raises
    ------
    InvalidError
        ``schema-too-rich`` when it uses more of Cedar's schema language than is read here.
    """
    types: dict[str, dict[str, str]] = {}
    declared: dict[str, tuple[list[str], re.Match[str]]] = {}
    for statement in filter(None, (s.strip() for s in cedar_words(schema).split(";"))):
        record, action = _RECORD.match(statement), _ACTION.match(statement)
        if record:
            types[record.group(2)] = _attributes(record.group(3))
        elif action:
            parents = re.findall(r'"([^"]+)"', action.group("parents") or "")
            for name in re.findall(r'"([^"]+)"', action.group("names")):
                declared[name] = (parents, action)
        else:
            raise _too_rich(statement)
    known = SCALARS | set(types)
    for attributes in types.values():
        for kind in attributes.values():
            if kind not in known:
                raise _too_rich(kind)
    return Shape(types, _actions(declared))


def _attributes(body: str) -> dict[str, str]:
    pairs = [part.split(":", 1) for part in body.split(",") if part.strip()]
    return {name.strip(): kind.strip() for name, kind in pairs}


def _actions(declared: Mapping[str, tuple[list[str], re.Match[str]]]) -> dict[str, ActionShape]:
    def groups(name: str) -> frozenset[str]:
        return frozenset({name}).union(*(groups(p) for p in declared[name][0]))

    return {
        name: ActionShape(name, groups(name), found["principal"], found["resource"], found["context"])
        for name, (_, found) in declared.items()
        if found["principal"]  # a group applies to nothing: no request names it
    }


def _too_rich(what: str) -> InvalidError:
    return InvalidError(
        "schema-too-rich",
        f"The schema says something the prover does not read: {what[:60]}",
        why="What the prover cannot read it cannot prove.",
        do="Use entities and records of String, Long, Bool and Set<String>, and actions with one resource each.",
    )
