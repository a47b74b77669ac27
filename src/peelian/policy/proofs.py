"""Prove the red lines: over all requests, by z3, from the policies as Cedar reads them.

``python -m peelian.policy.proofs CHARTER_FOLDER OUT_FOLDER`` writes the proof log as JSON and as a page.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from peelian.core.errors import InvalidError
from peelian.policy.cedar import CedarRules, Est
from peelian.policy.charter import Charter, load_charter
from peelian.policy.formula import Formulas, Term
from peelian.policy.shape import read_shape
from peelian.policy.theorems import Ask, Theorem, theorems

NOT_PROVED = (
    "That the policies are good law, or that the charter says what the public agreed to.",
    "That the caller tells the truth: who asks, the time, the operation, the mandate, whether witnesses stand, and "
    "what a method declares of itself are facts that the gate supplies. Other tests are about those.",
    "That every read and write goes through the gate. Import contracts, grants and the sandbox are about that.",
    "That Cedar evaluates as it documents, or that z3 is right. Thousands of random requests are decided both ways in "
    "the tests and must agree, rule by rule.",
    "Anything about the data: what a method finds may still be wrong, unfair or useless. Assessments are about that.",
    "That the proxies listed are all the proxies there are.",
    "Timing, and what a person may work out from many permitted answers.",
)
"""The box beside every proof."""


@dataclass(frozen=True)
class Proved:
    """What became of one theorem: ``holds``, or ``broken`` with a request that breaks it."""

    theorem: Theorem
    actions: tuple[str, ...]
    holds: bool
    action: str = ""
    example: Mapping[str, object] | None = None


class Prover:
    """Theorems about policy sets over one schema.

    Parameters
    ----------
    charter : Charter
        Its schema and its lists; the policies to prove are given to each call.
    """

    def __init__(self, charter: Charter) -> None:
        self.shape = read_shape(charter.schema)
        self.formulas = Formulas(self.shape)
        self.theorems = theorems(charter)

    def actions(self, theorem: Theorem) -> tuple[str, ...]:
        """Return the actions a theorem speaks of."""
        wanted = set(theorem.on)
        return tuple(sorted(n for n, a in self.shape.actions.items() if not wanted or a.groups & wanted))

    def ask(self, action: str) -> Ask:
        """Return the symbols of an action."""
        return Ask(self.formulas, action)

    def prove(self, policies: Mapping[str, Est]) -> list[Proved]:
        """Prove every theorem of a policy set, and that combined labels are never easier to see than their parts."""
        allowed = {a: self.formulas.allowed(policies, a) for a in self.shape.actions}
        return [*(self._prove(t, allowed) for t in self.theorems), self._combination(policies)]

    def first_broken(self, policies: Mapping[str, Est]) -> Proved | None:
        """Return one theorem that a policy set breaks, or None."""
        return next((p for p in self._lazily(policies) if not p.holds), None)

    def _lazily(self, policies: Mapping[str, Est]) -> Iterator[Proved]:
        allowed = {a: self.formulas.allowed(policies, a) for a in self.shape.actions}
        yield from (self._prove(t, allowed) for t in self.theorems)
        yield self._combination(policies)

    def _prove(self, theorem: Theorem, allowed: Mapping[str, Term]) -> Proved:
        actions, z3 = self.actions(theorem), self.formulas.z3
        for action in actions:
            said = theorem.says(self.ask(action))
            if theorem.kind == "possible":
                if not self.find(action, allowed[action], said):
                    return Proved(theorem, actions, False, action)
                continue
            found = self.find(action, z3.Not(allowed[action]) if theorem.kind == "always" else allowed[action], said)
            if found:
                return Proved(theorem, actions, False, action, found)
        return Proved(theorem, actions, bool(actions))

    def find(self, action: str, *terms: Term) -> dict[str, object] | None:
        """Find a request for an action for which all terms hold, as plain as can be; None when there is none.

        Raises
        ------
        InvalidError
            ``prover-gave-up`` when z3 answers neither yes nor no.
        """
        solver = self.formulas.z3.Solver()
        solver.set("random_seed", 1)
        solver.add(*terms)
        if not self._sat(solver):
            return None
        for simpler in self.formulas.simpler(action):
            solver.push()
            solver.add(simpler)
            if not self._sat(solver):
                solver.pop()
        assert self._sat(solver)
        return self.formulas.example(solver.model(), action)

    def _sat(self, solver: Term) -> bool:
        answer = str(solver.check())
        if answer == "unknown":
            raise InvalidError(
                "prover-gave-up",
                "The prover could neither prove nor break a theorem.",
                why="What is not proved is not published as proved.",
                do="Say the rule more simply.",
            )
        return answer == "sat"

    def _combination(self, policies: Mapping[str, Est]) -> Proved:
        """Prove that whoever may see a combined label may see each of its parts (model.label.combine_labels)."""
        one, other, both = (Ask(self.formulas, "see", about) for about in ("", "-other", "-combined"))
        whole = self.formulas.allowed(policies, "see", both.about)
        part = self.formulas.allowed(policies, "see", one.about)
        theorem = Theorem(
            "combined-never-easier",
            "Whoever may see what was made from several rows may see each of those rows: combining labels opens "
            "nothing. (No force and no operation is called 'many'.)",
            lambda a: self.formulas.z3.BoolVal(True),
            on=("see",),
        )
        named = one.both(one.not_("principal.force", "many"), one.not_("context.operation", "many"))
        z3 = self.formulas.z3
        found = self.find("see", whole, z3.Not(part), combined(one, other, both), named)
        return Proved(theorem, ("see",), found is None, "see" if found else "", found)


def combined(one: Ask, other: Ask, both: Ask) -> Term:
    """Say that one label is the combination of two others, as ``combine_labels`` makes it."""
    z3 = one.formulas.z3

    def same_or(name: str, otherwise: str) -> Term:
        return both[name] == z3.If(one[name] == other[name], one[name], one.formulas.text(otherwise))

    c, p, none = (one.formulas.text(t) for t in ("C", "P", "none"))
    codes = one["resource.handling"], other["resource.handling"]
    return z3.And(
        both["resource.purposes"] == z3.SetIntersect(one["resource.purposes"], other["resource.purposes"]),
        both["resource.markings"] == z3.SetUnion(one["resource.markings"], other["resource.markings"]),
        same_or("resource.force", "many"),
        same_or("resource.operation", "many"),
        both["resource.handling"]
        == z3.If(z3.Or(*(h == c for h in codes)), c, z3.If(z3.Or(*(h == p for h in codes)), p, none)),
    )


def proof_log(charter: Charter) -> dict[str, object]:
    """Prove everything and return the log: policy hash, each theorem in words, its result, the solver."""
    rules = CedarRules(charter.policies, charter.schema)
    prover = Prover(charter)
    return {
        "policy_hash": rules.hash,
        "policies": len(rules.policies),
        "solver": f"z3 {prover.formulas.z3.get_version_string()}",
        "theorems": [_entry(p) for p in prover.prove(rules.policies)],
        "not_proved": list(NOT_PROVED),
    }


def _entry(proved: Proved) -> dict[str, object]:
    theorem = proved.theorem
    out: dict[str, object] = {
        "id": theorem.id,
        "words": theorem.words,
        "kind": theorem.kind,
        "red_line": int(theorem.redline) if theorem.redline else None,
        "actions": list(proved.actions),
        "result": "holds" if proved.holds else "broken",
    }
    return out if proved.example is None else out | {"example": dict(proved.example)}


def as_page(log: Mapping[str, object]) -> str:
    """Write a proof log as a page for people."""
    entries: list[dict[str, object]] = log["theorems"]  # type: ignore[assignment]
    broken = [e for e in entries if e["result"] != "holds"]
    lines = [
        "# What is proved of the rules",
        "",
        "This page is written by `python -m peelian.policy.proofs charter docs/reference`.",
        "A test writes it again and compares.",
        "",
        f"Policy hash: `{log['policy_hash']}` ({log['policies']} policies).",
        f"Solver: {log['solver']}.",
        f"{len(entries) - len(broken)} of {len(entries)} theorems hold over all requests.",
        "",
        "> **What this does not prove**",
        ">",
        *(f"> * {words}" for words in log["not_proved"]),  # type: ignore[attr-defined]
        "",
        "| red line | in words | said of | result |",
        "|---|---|---|---|",
    ]
    for entry in entries:
        actions: list[str] = entry["actions"]  # type: ignore[assignment]
        said_of = "every action" if len(actions) > 15 else ", ".join(actions)
        lines.append(f"| {entry['red_line'] or ''} | {entry['words']} | {said_of} | {entry['result']} |")
    return "\n".join(lines) + "\n"


def write_log(charter: Charter, folder: Path) -> dict[str, object]:
    """Write ``proofs.json`` and ``proofs.md`` into a folder, and return the log."""
    log = proof_log(charter)
    (folder / "proofs.json").write_text(json.dumps(log, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    (folder / "proofs.md").write_text(as_page(log), encoding="utf-8")
    return log


if __name__ == "__main__":
    entries: list[dict[str, object]] = write_log(load_charter(Path(sys.argv[1])), Path(sys.argv[2]))["theorems"]  # type: ignore[assignment]
    sys.exit(0 if all(e["result"] == "holds" for e in entries) else 1)
