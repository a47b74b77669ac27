"""Releases of counts: proposed by an official, checked by enough others, held against all that left, then public.

A release is three kinds of paper: the proposal, the checks, and the release itself. The register shows a release only
when its checks are there, by different people, of the very numbers that it shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Protocol

from peelian.app.caller import Caller
from peelian.core.errors import InvalidError, MissingError, Reason, RefusedError
from peelian.core.time import month_of
from peelian.gate.door import Gate
from peelian.model.paper import Paper
from peelian.publish.disclosure_control import (
    Bounded,
    Cell,
    Limits,
    disclose,
    entry_cell,
    insist_on_safety,
    keep_safe,
    known_exactly,
    known_from_shown,
)
from peelian.store.locks import exclusive

MANDATE = "publish-register"
_WAIT_S = 10.0
HELD = "Rows held, by source"
PROPOSED = "proposed"
DECISIONS = "decisions"
"""Kind of release about decided plans; one without a kind is about rows held."""


class Chartered(Protocol):
    """Anybody with an open door."""

    @property
    def gate(self) -> Gate:
        """The door."""
        ...


def propose_counts(caller: Caller) -> dict[str, object]:
    """Count what is held, put the counts through disclosure control, and lay the table before the checkers.

    Raises
    ------
    RefusedError
        ``disclosure-by-difference`` when it would tell small groups apart, together with what has left before.
    InvalidError
        ``nothing-new`` when the table shows what the last one showed.
    """
    gate, limits = caller.gate, limits_of(caller)
    counts: dict[str, int] = {}
    for row in gate.count_holdings(caller.credential, MANDATE):
        counts[str(row["source"])] = counts.get(str(row["source"]), 0) + int(str(row["rows"]))
    earlier, day = public_releases(gate), gate.clock.now().date().isoformat()
    last = next((r for r in reversed(earlier) if r["title"] == HELD), None)
    before: dict[str, int | None] = dict(last["tables"][0]["rows"]) if last else {}
    table = disclose(counts, limits)
    fresh = {n: v for n, v in table.cells.items() if n not in before or before[n] != v}
    if not fresh:
        raise InvalidError(
            "nothing-new",
            "The table would show what the last one showed.",
            why="To say so anew would tell that next to nothing has come in since.",
            do="Wait until more has come in.",
        )
    epochs = dict(last["epochs"]) if last else {}
    epochs |= {n: [*epochs.get(n, ()), f"{day} no {len(epochs.get(n, ())) + 1}"] for n in fresh}
    insist_on_safety([_cell(n, epochs[n], counts[n]) for n in fresh], _known(gate, earlier, limits), limits)
    shown = {
        "caption": HELD,
        "head": "Source",
        "rows": [[n, table.cells[n]] for n in sorted(counts)],
        "total": table.total,
    }
    body = {"stage": PROPOSED, "title": HELD, "day": day, "epochs": epochs, "tables": [shown]}
    paper = gate.post_paper(caller.credential, MANDATE, "release", PROPOSED, body)
    return {"proposal": paper.id, "tables": [shown], "checkers": gate.charter.publication.checkers}


def propose_decisions(caller: Caller) -> dict[str, object]:
    """Lay the newest measure of decisions before the checkers, less what would tell of a small group.

    Whoever measured has seen plans; whoever proposes sees rounded counts alone.

    Raises
    ------
    MissingError
        ``measure-missing`` when nobody has filed one.
    InvalidError
        ``nothing-new`` when its months have been released already.
    """
    gate, limits = caller.gate, limits_of(caller)
    filed = caller.gate.papers(caller.credential, MANDATE, "measure", limit=1)
    if not filed:
        raise MissingError(
            "measure-missing",
            "Nobody has filed a measure of decisions.",
            why="Decisions are counted by whoever has the duty to measure, who sees them; you see rounded counts.",
            do="Ask the model owner: peelian measure decisions --file.",
        )
    said = filed[0].body
    through = decisions_through(gate, str(said["tool"]))
    if through is not None and _month(said["first_month"]) <= through:
        raise InvalidError(
            "nothing-new",
            "The months of the newest measure have been released already.",
            why="A plan is counted in one release and in no other: two could be taken from each other.",
            do="Have the months after them measured: peelian measure decisions --file.",
        )
    table = _safe_table(gate, said, limits)
    day = gate.clock.now().date().isoformat()
    title = f"Decisions, {said['first_month']} to {said['last_month']}"
    same = {name: said[name] for name in ("kind", "tool", "first_month", "last_month")}
    body = same | {"stage": PROPOSED, "title": title, "day": day, "measure": filed[0].id, "tables": [table]}
    paper = gate.post_paper(caller.credential, MANDATE, "release", PROPOSED, body)
    return {"proposal": paper.id, "tables": [table], "checkers": gate.charter.publication.checkers}


def _safe_table(gate: Gate, said: Mapping[str, Any], limits: Limits) -> dict[str, Any]:
    """Return a filed table with what could tell of a small group held back, given all that has left."""
    [table] = said["tables"]
    fresh = {name: known_from_shown(cell, value, limits) for name, cell, value in _decision_cells(said)}
    kept = set(keep_safe(fresh, _known(gate, public_releases(gate), limits), limits))
    rows = [[name, value] for name, value in table["rows"] if name in kept]
    return {**table, "rows": rows, "held": [name for name, _ in table["rows"] if name not in kept]}


def _decision_cells(said: Mapping[str, Any]) -> list[tuple[str, Cell, int | None]]:
    """Return what a measure or a release of decisions counts: name, group, and what is shown of it."""
    stretch = f"{said['tool']} {said['first_month']} to {said['last_month']}"
    return [
        (str(name), _decision_cell(stretch, table["groups"][name]), value)
        for table in said["tables"]
        for name, value in table["rows"]
    ]


def _decision_cell(stretch: str, group: Mapping[str, Any]) -> Cell:
    """Return a group of plans of some months; no plan is in two stretches, so they are about different things."""
    return Cell(f"{group['about']} {stretch}", {"outcome": frozenset(group["of"])})


def decisions_through(gate: Gate, tool: str) -> int | None:
    """Return the last month whose decisions have been released; None when none have."""
    about = [r for r in public_releases(gate) if r.get("kind") == DECISIONS and r["tool"] == tool]
    return max((_month(r["last_month"]) for r in about), default=None)


def _month(name: object) -> int:
    return month_of(date.fromisoformat(f"{name}-01"))


def _cell(source: str, epochs: Sequence[str], count: int = 0) -> Cell:
    """Return the group of a source's rows that had come in by the last of some days."""
    return Cell("rows", {"source": frozenset([source]), "come in by": frozenset(epochs)}, count)


def _known(gate: Gate, earlier: Sequence[Mapping[str, Any]], limits: Limits) -> list[Bounded]:
    """Return everything that has left: earlier releases, and the public record, which counts its entries exactly."""
    rows = [r for r in earlier if r.get("kind") != DECISIONS]
    released = [
        known_from_shown(_cell(str(name), r["epochs"][name]), value, limits)
        for r in rows
        for table in r["tables"]
        for name, value in table["rows"]
    ]
    decided = [cells for r in earlier if r.get("kind") == DECISIONS for cells in _decision_cells(r)]
    released += [known_from_shown(cell, value, limits) for _, cell, value in decided]
    names = ("day", "decision", "op", "purpose", "tool")
    log = [known_exactly(entry_cell(dict(zip(names, key, strict=True)), n)) for key, n in gate.count_entries().items()]
    return [*released, *log]


def check_counts(caller: Caller, proposal_id: str, *, agreed: bool, words: str) -> dict[str, object]:
    """Say as a checker whether a proposed table may go out; who made it cannot check it, and nobody checks twice."""
    proposal = _proposal(caller, proposal_id)
    if proposal.author == caller.gate.who(caller.credential).actor.id:
        raise _own_release()
    body = {"agreed": agreed, "words": words, "tables": tables_mark(caller.gate, proposal_id, proposal.body["tables"])}
    gate = caller.gate
    paper = gate.post_paper(caller.credential, MANDATE, "release-check", proposal_id, body, public=True, once=True)
    return {"check": paper.id, "proposal": proposal_id, "agreed": agreed}


def _own_release() -> RefusedError:
    what = "You made this table."
    return RefusedError(
        "own-release",
        "Whoever made a table does not check it.",
        why="Two pairs of other eyes are the safeguard.",
        do="Ask another checker.",
        reasons=[Reason("own-release", what, "the charter, publication.yml", "Ask another checker.")],
    )


def release_counts(caller: Caller, proposal_id: str) -> dict[str, object]:
    """Make a checked table public.

    Raises
    ------
    RefusedError
        ``release-unchecked`` when too few others have agreed to these very numbers, or one has not agreed;
        ``release-outdated`` when another has left since these were held against all that had.
    """
    with exclusive(caller.place.folder / "tmp" / "release.lock", wait_s=_WAIT_S):
        return _release_checked(caller, proposal_id)


def _release_checked(caller: Caller, proposal_id: str) -> dict[str, object]:
    proposal, gate = _proposal(caller, proposal_id), caller.gate
    tables = list(proposal.body["tables"])
    made_by = author_mark(gate, proposal_id, proposal.author)
    lacking = lacking_checks(gate, proposal_id, tables_mark(gate, proposal_id, tables), made_by)
    if lacking:
        raise RefusedError(
            "release-unchecked",
            "This table has not been checked by enough people.",
            why=lacking,
            do="Checkers find it under Counts for the public; at a terminal: peelian publish check PROPOSAL.",
            reasons=[Reason("release-unchecked", lacking, "the publication checkers", "Ask them.")],
        )
    if any(int(r["entry"]) > proposal.entry for r in public_releases(gate)):
        raise _outdated()
    body = {k: v for k, v in proposal.body.items() if k != "stage"} | {"author": made_by}
    paper = gate.post_paper(caller.credential, MANDATE, "release", proposal_id, body, public=True, once=True)
    return {"release": paper.id, "entry": paper.entry, "tables": tables}


def _outdated() -> RefusedError:
    what = "Another table has left since this one was proposed; the two were never held against each other."
    return RefusedError(
        "release-outdated",
        "This table was proposed before the last one left.",
        why=what,
        do="Count anew, under Counts for the public; at a terminal: peelian publish counts, or decisions.",
        reasons=[Reason("release-outdated", what, "the release's author", "Propose it anew.")],
    )


def tables_mark(gate: Gate, proposal_id: str, tables: Sequence[Mapping[str, Any]]) -> str:
    """Return by what a check says which numbers it was of, without telling them."""
    return gate.release_mark(proposal_id, {"tables": list(tables)})


def author_mark(gate: Gate, proposal_id: str, account: str) -> str:
    """Return by what a release says who made it, so that their own check never counts, without telling who."""
    return gate.release_mark(proposal_id, {"author": account})


def lacking_checks(gate: Gate, proposal_id: str, tables: str, author: str) -> str:
    """Say what is lacking in the checks of a proposal; ``""`` when nothing is.

    Parameters
    ----------
    tables, author : str
        Marks of the numbers and of who made them.
    """
    checks = [p for p in gate.public_papers("release-check", about=proposal_id) if p.body["tables"] == tables]
    others = [p for p in checks if author_mark(gate, proposal_id, p.author) != author]
    agreed, needed = {p.author for p in others if p.body["agreed"]}, gate.charter.publication.checkers
    if any(not p.body["agreed"] for p in others):
        return "A checker has not agreed."
    return "" if len(agreed) >= needed else f"{len(agreed)} of {needed} checkers have agreed to these numbers."


def public_releases(gate: Gate) -> list[dict[str, Any]]:
    """Return the releases that were checked, oldest first. One that was not is no release, whoever wrote it."""
    found = []
    for paper in sorted(gate.public_papers("release"), key=lambda p: p.id):
        tables = tables_mark(gate, paper.about, paper.body["tables"])
        if not lacking_checks(gate, paper.about, tables, str(paper.body["author"])):
            found.append(
                {k: v for k, v in paper.body.items() if k != "author"} | {"id": paper.id, "entry": paper.entry}
            )
    return found


def limits_of(at: Chartered) -> Limits:
    """Return what the charter lays down about counts."""
    law = at.gate.charter.publication
    return Limits(law.suppress_below, law.round_to)


def _proposal(caller: Caller, proposal_id: str) -> Paper:
    papers = caller.gate.papers(caller.credential, MANDATE, "release", about=PROPOSED)
    for paper in papers:
        if paper.id == proposal_id:
            return paper
    raise proposal_missing()


def proposal_missing() -> MissingError:
    """Return the error for a proposal that there is not."""
    return MissingError(
        "release-proposal-missing",
        "No table of that number was proposed.",
        do="Have it proposed: peelian publish counts, or peelian publish decisions.",
    )
