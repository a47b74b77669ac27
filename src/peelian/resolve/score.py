"""SQL that weighs a pair: written from the release alone, the same for a batch, an increment and an explanation.

Weights are whole thousandths of a bit and are added as integers, so a total is exactly the sum of its parts and does
not depend on the order in which an engine adds.
"""

from __future__ import annotations

from collections.abc import Sequence

from peelian.core.errors import InvalidError
from peelian.model.links import NAME_AND_HOME
from peelian.resolve.release import ModelRelease
from peelian.resolve.shape import BLOCKING, GENERATION, LADDERS, NAMES, NEITHER_KNOWN, WIDE, Ladder, Step

NO_EVIDENCE = "unknown"
NO_EDGE = "other-name"
"""Rule by which two records are left apart, whatever they weigh."""


def shape_rows() -> tuple[tuple[str, str, str], ...]:
    """Return the comparisons word for word (ladder, step, condition), and the rules by which an edge is held."""
    compared = tuple((ladder.name, step.name, step.when) for ladder in LADDERS for step in ladder.steps)
    return compared + tuple(("held", reason, when) for reason, when in held_rules())


def check_shape(release: ModelRelease) -> None:
    """Refuse a release whose comparisons or rules are not those of this code.

    Raises
    ------
    InvalidError
        ``release-of-other-code`` when code and release differ in a rule or a comparison.
    """
    if not set(release.blocking) <= {*BLOCKING, *WIDE} or release.ladders != shape_rows():
        raise InvalidError(
            "release-of-other-code",
            "The release was trained with other rules or comparisons than this version of Peelian has.",
            why="Its weights would be applied to something they were not learnt from.",
            do="Run the version that the release names, or train and assess a new release.",
        )


def step_case(ladder: Ladder) -> str:
    """Return SQL that names the step of a ladder on which a pair stands, as a number from 0."""
    whens = [f"WHEN {step.when} THEN {i}" for i, step in enumerate(ladder.steps) if step.when]
    return f"CASE {' '.join(whens)} ELSE {len(ladder.steps) - 1} END"


def weight_case(ladder: Ladder, release: ModelRelease) -> str:
    """Return SQL for the weight of a pair on a ladder whose step is in the column ``on_<ladder>``."""
    whens = [
        f"WHEN {i} THEN {_weight(ladder, s, release)}" for i, s in enumerate(ladder.steps) if s.kind != NO_EVIDENCE
    ]
    return f"CASE on_{ladder.name} {' '.join(whens)} ELSE 0 END"


def _weight(ladder: Ladder, step: Step, release: ModelRelease) -> str:
    base = release.weights[ladder.name][step.name].mbit
    return f"{base} + term_{step.terms}_l" if step.terms in release.terms else str(base)


def kinds(ladder: Ladder, *wanted: str) -> str:
    """Return SQL that says whether the step reached is of one of the kinds."""
    steps = [str(i) for i, step in enumerate(ladder.steps) if step.kind in wanted]
    return f"on_{ladder.name} IN ({', '.join(steps)})" if steps else "false"


def held_rules() -> tuple[tuple[str, str], ...]:
    """Return why an edge is not accepted whatever it weighs: reason and SQL condition; the first that holds counts.

    :data:`NO_EDGE` is none at all: first names that plainly differ are two people of one home, unless one date of
    birth (twins: a person decides) or one system's number says otherwise.
    """
    named = f"{_on('given', 'agrees')} OR {_on('given', 'near')} OR {_on('surname', 'agrees')}"
    own, phone, nameless = _on("reference", "agrees"), _on("phone", "agrees"), _on("given", NO_EVIDENCE)
    firm = f"{_on('birth', 'agrees')} OR {own}"
    return (
        (NO_EDGE, f"{_on('given', 'differs')} AND NOT ({firm})"),
        ("name-alone", f"NOT ({_corroborated()})"),
        ("names-differ", f"NOT ({own}) AND ({_on('given', 'differs')} OR NOT ({named}))"),
        ("generation-apart", f"{_at(GENERATION)} AND NOT ({own} OR ({phone} AND {_on('given', 'agrees')}))"),
        ("household", f"{nameless} AND NOT ({phone} OR {firm})"),
        (NAME_AND_HOME, f"{_at(NEITHER_KNOWN)} AND NOT ({phone} OR {own})"),
    )


def _on(ladder: str, kind: str) -> str:
    return kinds(next(x for x in LADDERS if x.name == ladder), kind)


def _at(step: Step) -> str:
    """Return SQL for: the pair stands on this very step."""
    ((ladder, at),) = ((x.name, i) for x in LADDERS for i, one in enumerate(x.steps) if one is step)
    return f"on_{ladder} = {at}"


def _corroborated() -> str:
    """Return SQL for: something besides the name agrees."""
    return " OR ".join(kinds(ladder, "agrees") for ladder in LADDERS if ladder.name not in NAMES)


def scored_sql(release: ModelRelease, pairs: str) -> str:
    """Return SQL over a relation of pairs (feature columns with ``_l`` and ``_r``): steps, parts, total, reason."""
    return f"""
        WITH weighed AS ({weighed_sql(release, f"FROM {pairs}", LADDERS)}),
             summed AS (SELECT *, ({total_sql(release)})::BIGINT AS weight_mbit FROM weighed)
        SELECT *, {reason_case(release)} AS reason FROM summed
    """


def weighed_sql(release: ModelRelease, pairs: str, ladders: Sequence[Ladder]) -> str:
    """Return SQL that adds to pairs (a query), for some ladders, the step reached and what it weighs."""
    steps = ", ".join(f"{step_case(x)} AS on_{x.name}" for x in ladders)
    parts = ", ".join(f"{weight_case(x, release)} AS mbit_{x.name}" for x in ladders)
    return f"SELECT *, {parts} FROM (SELECT *, {steps} FROM ({pairs}))"


def total_sql(release: ModelRelease, ladders: Sequence[Ladder] = LADDERS) -> str:
    """Return SQL for the sum of the prior and of what some ladders weigh."""
    return " + ".join([str(release.prior_mbit), *(f"mbit_{x.name}" for x in ladders)])


def reason_case(release: ModelRelease) -> str:
    """Return SQL for why an edge is not accepted, empty for one that is; too little weight goes before the last."""
    whens = [f"WHEN {when} THEN '{reason}'" for reason, when in held_rules()]
    too_little = f"WHEN weight_mbit < {release.accept_mbit} THEN 'middle-weight'"
    return f"CASE {' '.join([*whens[:-1], too_little, whens[-1]])} ELSE '' END"


def most_mbit(ladder: Ladder, release: ModelRelease) -> int:
    """Return the most that a ladder can add to a pair."""
    most = [0]
    for step in ladder.known:
        terms = release.terms.get(step.terms, {}) if step.terms else {}
        most.append(release.weights[ladder.name][step.name].mbit + max([0, *terms.values()]))
    return max(most)
