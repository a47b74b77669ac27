"""What the page of counts shows: tables that were proposed, who has checked them, and what keeps each inside."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from peelian.app.caller import Caller
from peelian.app.oversight.panel_room import begin_oversight
from peelian.app.publishing.releases import (
    MANDATE,
    PROPOSED,
    author_mark,
    lacking_checks,
    proposal_missing,
    propose_counts,
    propose_decisions,
    public_releases,
    tables_mark,
)
from peelian.core.errors import InvalidError
from peelian.core.local_time import day_words
from peelian.model.paper import Paper

KINDS = {"held": propose_counts, "decisions": propose_decisions}
"""What may be counted for a release -> what lays it before the checkers."""


@dataclass(frozen=True)
class Waiting:
    """A proposed table, as one of those who publish meets it.

    Parameters
    ----------
    state : str
        ``waits`` for checks, ``ready`` to be released, ``against`` when a checker has not agreed, ``public``,
        ``outdated`` when another table has left since it was proposed.
    mine, checked : bool
        Whether the visitor made it, or has checked it.
    lacking : str
        What is lacking in its checks, in words; empty when nothing is.
    """

    id: str
    title: str
    day: str
    state: str
    mine: bool
    checked: bool
    lacking: str
    tables: tuple[dict[str, Any], ...] = field(repr=False)
    checks: tuple[tuple[bool, str], ...] = field(repr=False)


def waiting(caller: Caller) -> list[Waiting]:
    """Return every table that was proposed, newest first."""
    begin_oversight(caller)
    gate, me = caller.gate, caller.gate.who(caller.credential).actor.id
    out = public_releases(gate)
    entries = {str(p.about): p.entry for p in gate.public_papers("release")}
    last = max((int(r["entry"]) for r in out), default=-1)
    proposed = gate.papers(caller.credential, MANDATE, "release", about=PROPOSED)
    return [_waiting(caller, paper, me, paper.id in entries, last) for paper in proposed]


def _waiting(caller: Caller, paper: Paper, me: str, left: bool, last: int) -> Waiting:
    tables = tuple(dict(t) for t in paper.body["tables"])
    checks = caller.gate.public_papers("release-check", about=paper.id)
    author = author_mark(caller.gate, paper.id, paper.author)
    lacking = lacking_checks(caller.gate, paper.id, tables_mark(caller.gate, paper.id, tables), author)
    against = any(not c.body["agreed"] for c in checks)
    outdated = last > paper.entry
    state = "public" if left else "outdated" if outdated else "against" if against else "waits" if lacking else "ready"
    return Waiting(
        id=paper.id,
        title=str(paper.body["title"]),
        day=day_words(date.fromisoformat(str(paper.body["day"]))),
        state=state,
        mine=paper.author == me,
        checked=any(c.author == me for c in checks),
        lacking=lacking,
        tables=tables,
        checks=tuple((bool(c.body["agreed"]), str(c.body["words"])) for c in checks),
    )


def waiting_one(caller: Caller, proposal_id: str) -> Waiting:
    """Return one proposed table.

    Raises
    ------
    MissingError
        ``release-proposal-missing``.
    """
    found = next((w for w in waiting(caller) if w.id == proposal_id), None)
    if found is None:
        raise proposal_missing()
    return found


def propose(caller: Caller, kind: str) -> str:
    """Count anew and lay the table before the checkers; return the proposal's number.

    Raises
    ------
    InvalidError
        ``count-unknown`` for a kind that there is not; beside what the counting itself raises.
    """
    if kind not in KINDS:
        raise InvalidError("count-unknown", "Nothing of that kind is counted.", do="Choose one of the two.")
    begin_oversight(caller)
    return str(KINDS[kind](caller)["proposal"])
