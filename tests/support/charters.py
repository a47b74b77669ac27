"""The example charter for tests: loaded once, with actors and circumstances in which the answer is yes."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from peelian.policy.charter import Charter, load_charter
from peelian.policy.rules import Actor, Circumstances, MethodFacts, Rulebook, Verdict, actor_of
from tests.support.trained import TRAINED

CHARTER = Path(__file__).resolve().parents[2] / "charter"
NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
ZEROES = "0" * 64


@cache
def charter() -> Charter:
    """Return the example charter."""
    return load_charter(CHARTER)


@cache
def rulebook() -> Rulebook:
    """Return the example charter's rulebook."""
    return Rulebook(charter())


def actor(person: str) -> Actor:
    """Return a person of the example as an actor, with the practice sets that they have passed."""
    return actor_of(charter(), person, TRAINED.get(person, ()))


def circumstances(mandate: str | None = "hotspots", **changed: object) -> Circumstances:
    """Return circumstances in which the mandate's people may do what it is for, but for what is changed."""
    found = charter().mandates[mandate] if mandate else None
    purpose = min(found.purposes) if found else "burglary-prevention"
    given: dict[str, object] = {
        "now": NOON,
        "purpose": purpose,
        "mandate": found,
        "mandate_adopted": True,
        "halted": False,
        "operation_ref": "op-any",
        "operation_open": True,
        "actor_on_operation": True,
        "witnesses_ok": True,
        "code_hash": ZEROES,
        "papers_days": 0,
    }
    return Circumstances(**(given | changed))  # type: ignore[arg-type]


def hotspots(**changed: object) -> MethodFacts:
    """Return a run of the hotspots method that its mandate covers, but for what is changed."""
    given: dict[str, object] = {
        "name": "hotspots",
        "target": "place",
        "inputs": frozenset({"incident.month", "incident.easting_m", "incident.northing_m"}),
        "offences": frozenset({"burglary"}),
        "area": "study-area",
        "glass_box": True,
    }
    return MethodFacts(**(given | changed))  # type: ignore[arg-type]


def codes(verdict: Verdict) -> set[str]:
    """Return the codes of a verdict's reasons."""
    return {r.code for r in verdict.reasons}


def copy_charter(to: Path) -> Path:
    """Copy the example charter, to be broken."""
    shutil.copytree(CHARTER, to)
    return to
