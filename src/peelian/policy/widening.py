"""Does an amended policy set allow anything that the approved one refuses? z3 looks at every request.

The check is about policies. A charter's other files (a new purpose, another column in a mandate) change what requests
say, not what the rules allow, and are amended by adopting mandates in public.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from peelian.core.errors import Reason, RefusedError
from peelian.policy.cedar import Est
from peelian.policy.proofs import Prover


@dataclass(frozen=True)
class Widened:
    """An action that the amendment allows in a case where the approved rules refuse it, with that case."""

    action: str
    example: Mapping[str, object]


def widenings(prover: Prover, approved: Mapping[str, Est], amended: Mapping[str, Est]) -> list[Widened]:
    """Return, for each action that is widened, one request that shows it; an empty list when nothing is."""
    z3, formulas = prover.formulas.z3, prover.formulas
    out = []
    for action in sorted(prover.shape.actions):
        before, after = formulas.allowed(approved, action), formulas.allowed(amended, action)
        if z3.is_true(z3.simplify(before == after)):
            continue
        example = prover.find(action, after, z3.Not(before))
        if example:
            out.append(Widened(action, example))
    return out


def refuse_widening(prover: Prover, approved: Mapping[str, Est], amended: Mapping[str, Est]) -> None:
    """Accept an amendment that only narrows; refuse one that allows anything new.

    Raises
    ------
    RefusedError
        ``amendment-widens`` with a reason for each action that is widened.
    """
    found = widenings(prover, approved, amended)
    if found:
        raise RefusedError(
            "amendment-widens",
            f"The amendment allows what the approved rules refuse: {', '.join(w.action for w in found)}.",
            reasons=[_reason(w) for w in found],
            why="Access widens only by a published, signed panel ruling, never by a changed file.",
            do="Narrow the amendment, or take it to the approving body and the panel.",
        )


def _reason(widened: Widened) -> Reason:
    shown = ", ".join(f"{k}={v}" for k, v in widened.example.items() if v not in ("", 0, False, []))
    return Reason(
        "amendment-widens",
        f"The action {widened.action} becomes possible, for instance with {shown}.",
        "the approving body and the panel",
        "Look at this case and say in public whether it is meant.",
    )
