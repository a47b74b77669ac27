"""SQL that weighs a pair: written from the release alone, the same for a batch, an increment and an explanation.

Weights are whole thousandths of a bit and are added as integers, so a total is exactly the sum of its parts and does
not depend on the order in which an engine adds.
"""

from __future__ import annotations

from peelian.core.errors import InvalidError
from peelian.resolve.release import ModelRelease
from peelian.resolve.shape import BLOCKING, LADDERS, NAMES, WIDE, Ladder, Step

NO_EVIDENCE = "unknown"


def shape_rows() -> tuple[tuple[str, str, str], ...]:
    """Return the comparisons word for word: ladder, step, condition."""
    return tuple((ladder.name, step.name, step.when) for ladder in LADDERS for step in ladder.steps)


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


def named_alike() -> str:
    """Return SQL for: the names agree well enough to be one person's.

    First names that plainly differ are twins' names, unless one system gives both rows one number. At least one of
    first name and surname must agree, and none may be unknown without the other agreeing.
    """
    given, surname = (next(x for x in LADDERS if x.name == name) for name in NAMES)
    reference = next(x for x in LADDERS if x.name == "reference")
    alike = f"(NOT {kinds(given, 'differs')} AND ({kinds(given, 'agrees', 'near')} OR {kinds(surname, 'agrees')}))"
    return f"({alike} OR {kinds(reference, 'agrees')})"


def corroborated() -> str:
    """Return SQL for: something besides the name agrees."""
    return "(" + " OR ".join(kinds(ladder, "agrees") for ladder in LADDERS if ladder.name not in NAMES) + ")"


def pair_columns() -> tuple[str, ...]:
    """Columns of a record's features that any comparison looks at."""
    return tuple(dict.fromkeys(c for ladder in LADDERS for c in ladder.columns))


def scored_sql(release: ModelRelease, pairs: str) -> str:
    """Return SQL over a relation of pairs (feature columns with ``_l`` and ``_r``): steps, parts, total, reason."""
    steps = ", ".join(f"{step_case(x)} AS on_{x.name}" for x in LADDERS)
    parts = ", ".join(f"{weight_case(x, release)} AS mbit_{x.name}" for x in LADDERS)
    total = " + ".join([str(release.prior_mbit), *(f"mbit_{x.name}" for x in LADDERS)])
    why = f"""CASE WHEN NOT {corroborated()} THEN 'name-alone' WHEN NOT {named_alike()} THEN 'names-differ'
        WHEN weight_mbit < {release.accept_mbit} THEN 'middle-weight' ELSE '' END"""
    return f"""
        WITH stepped AS (SELECT *, {steps} FROM {pairs}),
             weighed AS (SELECT *, {parts} FROM stepped),
             summed AS (SELECT *, ({total})::BIGINT AS weight_mbit FROM weighed)
        SELECT *, {why} AS reason FROM summed
    """
