"""Weakened policy sets, made systematically: a prover that does not notice them proves nothing.

Each mutation is one change that somebody might make, by mistake or on purpose: a rule dropped, a condition dropped, a
list shortened, a comparison moved by one, an exemption for a powerful role, a permit added. Whether a change really
weakens the rules is not guessed but decided by :func:`peelian.policy.widening.widenings`.

References
----------
Martin and Xie (2007), A fault model and mutation testing of access control policies, WWW.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from peelian.policy.cedar import Est
from peelian.policy.formula import Term, in_scope
from peelian.policy.proofs import Prover

Policies = dict[str, Est]

WEAKER = {">=": (">", "=="), "<": ("<=", "!="), "<=": ("<", "=="), ">": (">=", "!="), "==": ("!=",), "!=": ("==",)}
"""What each comparison may be mistaken for."""

SWAPS = {"&&": "||", "||": "&&", "containsAll": "containsAny", "containsAny": "containsAll"}
"""Words that are easily taken for one another."""

_ROLES: Est = {".": {"left": {"Var": "principal"}, "attr": "roles"}}

EXEMPTIONS: Mapping[str, Est] = {
    "administrators": {"contains": {"left": _ROLES, "right": {"Value": "system-administrator"}}},
    "emergencies": {".": {"left": {"Var": "context"}, "attr": "emergency"}},
    "officials": {"contains": {"left": _ROLES, "right": {"Value": "official"}}},
}
"""Back doors that have been asked for in real systems."""


@dataclass(frozen=True)
class Mutation:
    """One changed policy set: what was done to which policy."""

    kind: str
    rule: str
    what: str
    policies: Policies


@dataclass(frozen=True)
class Judged:
    """What became of a mutation.

    ``weaker``: it allows a request that the original refuses, or Cedar's schema refuses it. ``by``: what caught it,
    ``schema`` or the id of a theorem it breaks; empty when nothing did.
    """

    mutation: Mutation
    weaker: bool
    by: str
    action: str = ""


def judge_mutations(prover: Prover, policies: Mapping[str, Est]) -> list[Judged]:
    """Judge every distinct mutation of a policy set against the theorems."""
    judge = _Judge(prover, policies)
    seen: set[str] = set()
    out = []
    for mutation in mutations(policies, sorted(prover.shape.actions)):
        key = json.dumps(mutation.policies, sort_keys=True)
        if key not in seen:
            seen.add(key)
            out.append(judge.judge(mutation))
    return out


class _Judge:
    """The original's formulas, made once."""

    def __init__(self, prover: Prover, policies: Mapping[str, Est]) -> None:
        self.prover, self.z3, self.policies = prover, prover.formulas.z3, policies
        self.actions = sorted(prover.shape.actions)
        self.before = {a: prover.formulas.allowed(policies, a) for a in self.actions}
        never = [t for t in prover.theorems if t.kind == "never"]
        self.said = {a: [(t.id, t.says(prover.ask(a))) for t in never if a in prover.actions(t)] for a in self.actions}

    def judge(self, mutation: Mutation) -> Judged:
        """Find the first action that is widened, and the theorem that notices."""
        try:
            after = {a: self.prover.formulas.allowed(mutation.policies, a) for a in self._touched(mutation)}
        except KeyError:  # it names an attribute that some action's resource does not have: strict validation says no
            return Judged(mutation, True, "schema")
        weaker = ""
        for action in after:
            if not self._sat(after[action], self.z3.Not(self.before[action])):
                continue
            weaker = action
            by = self._broken(action, after[action])
            if by:
                return Judged(mutation, True, by, action)
        return Judged(mutation, bool(weaker), "", weaker)

    def _touched(self, mutation: Mutation) -> list[str]:
        """Return the actions that the changed policies, as they were or as they are, speak of."""
        old, new = self.policies, mutation.policies
        changed = [p for n in {*old, *new} if old.get(n) is not new.get(n) for p in (old.get(n), new.get(n)) if p]
        return [a for a in self.actions if any(in_scope(p, a, self.prover.shape) for p in changed)]

    def _broken(self, action: str, allowed: Term) -> str:
        return next((name for name, said in self.said[action] if self._sat(allowed, said)), "")

    def _sat(self, *terms: Term) -> bool:
        solver = self.z3.Solver()
        solver.add(*terms)
        return bool(solver.check() == self.z3.sat)


def mutations(policies: Mapping[str, Est], actions: Iterable[str]) -> Iterator[Mutation]:
    """Give every mutation of a policy set over some actions."""
    base = dict(policies)
    for name, est in base.items():
        if est["effect"] == "forbid":
            yield from _forbid(base, name, est)
        else:
            yield from _permit(base, name, est)
        yield from _inside(base, name, est)
    for action in actions:
        yield Mutation(
            "add-permit", action, f"anybody may {action}", base | {f"back-door-{action}": _permit_all(action)}
        )


def _with(base: Policies, name: str, est: Est) -> Policies:
    return {**base, name: est}


def _forbid(base: Policies, name: str, est: Est) -> Iterator[Mutation]:
    yield Mutation("drop-rule", name, "the rule is gone", {k: v for k, v in base.items() if k != name})
    yield Mutation("flip-effect", name, "forbid becomes permit", _with(base, name, {**est, "effect": "permit"}))
    for who, body in EXEMPTIONS.items():
        exempt = {**est, "conditions": [*est["conditions"], {"kind": "unless", "body": body}]}
        yield Mutation("exempt", name, f"not for {who}", _with(base, name, exempt))
    for n, condition in enumerate(est["conditions"]):
        other = {"when": "unless", "unless": "when"}[condition["kind"]]
        changed = _replaced(est, ("conditions", n, "kind"), other)
        yield Mutation("swap-when-unless", name, f"condition {n + 1}", _with(base, name, changed))
    for n, entity in enumerate(est["action"].get("entities", [])):
        rest = [e for i, e in enumerate(est["action"]["entities"]) if i != n]
        changed = {**est, "action": {"op": "in", "entities": rest}}
        yield Mutation("narrow-scope", name, f"no longer for {entity['id']}", _with(base, name, changed))


def _permit(base: Policies, name: str, est: Est) -> Iterator[Mutation]:
    for n in range(len(est["conditions"])):
        rest = [c for i, c in enumerate(est["conditions"]) if i != n]
        yield Mutation("drop-condition", name, f"condition {n + 1}", _with(base, name, {**est, "conditions": rest}))
    yield Mutation("widen-scope", name, "for every action", _with(base, name, _unscoped(est)))


def _inside(base: Policies, name: str, est: Est) -> Iterator[Mutation]:
    """Change one place inside the conditions: drop a part, move a comparison, shorten a list, loosen a set."""
    for path, node in _nodes(est["conditions"], ("conditions",)):
        if len(node) == 1:
            ((op, inner),) = node.items()
            for kind, what, changed in _changes(op, inner):
                yield Mutation(kind, name, what, _with(base, name, _replaced(est, path, changed)))


def _changes(op: str, inner: Any) -> Iterator[tuple[str, str, object]]:
    """Give the changes of one expression: their kind, what was done, and the new expression."""
    if op in {"&&", "||"}:
        yield from (("drop-part", f"only the {side} of {op}", inner[side]) for side in ("left", "right"))
    if op in SWAPS:
        yield "swap", f"{op} becomes {SWAPS[op]}", {SWAPS[op]: inner}
    for weaker in WEAKER.get(op, ()):
        yield "compare", f"{op} becomes {weaker}", {weaker: inner}
    if op == "Set":
        for n, item in enumerate(inner):
            yield "shorten-list", f"without {item.get('Value')}", {"Set": inner[:n] + inner[n + 1 :]}
        yield "lengthen-list", "one more", {"Set": [*inner, {"Value": "anything-else"}]}
    if op == "!":
        yield "drop-not", "without the not", inner["arg"]


Place = tuple[str | int, ...]


def _nodes(node: object, path: Place) -> Iterator[tuple[Place, Est]]:
    """Give every expression inside conditions with where it stands."""
    if isinstance(node, dict):
        if "kind" not in node and set(node) != {"left", "right"}:
            yield path, node
        for key, child in node.items():
            yield from _nodes(child, (*path, key))
    elif isinstance(node, list):
        for n, child in enumerate(node):
            yield from _nodes(child, (*path, n))


def _replaced(est: Est, path: Place, value: object) -> Est:
    out = copy.deepcopy(est)
    at: object = out
    for key in path[:-1]:
        at = at[key]  # type: ignore[index]
    at[path[-1]] = value  # type: ignore[index]
    return out


def _unscoped(est: Est) -> Est:
    return {**est, "action": {"op": "All"}}


def _permit_all(action: str) -> Est:
    return {
        "effect": "permit",
        "principal": {"op": "All"},
        "action": {"op": "==", "entity": {"type": "Action", "id": action}},
        "resource": {"op": "All"},
        "conditions": [],
        "annotations": {},
    }
