"""Look for yourself: results made again, who may see what, reasons drawn by lot."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from peelian.app.caller import Caller
from peelian.app.methods import METHODS
from peelian.app.oversight.panel_room import begin_oversight, oversight_mandate
from peelian.app.patrol.places import place_parameters
from peelian.core.errors import InvalidError, MissingError, PeelianError
from peelian.gate.acts.reasons import Drawn, Lot, lot_forgotten
from peelian.gate.door import Gate
from peelian.gate.findings.running import Program
from peelian.model.finding import Finding
from peelian.model.plain_words import table_words
from peelian.model.record import TABLES
from peelian.oversee.reasons import LOT, RATINGS, count_ratings, share_in_words
from peelian.publish.register.words import column_words

KEPT = 200
"""Replays and lots that a server holds open; older ones are looked up in the record when they are asked for."""

STEPS = ("rows", "method", "compare")


# Making a result again


@dataclass
class Job:
    """A result being made again."""

    id: str
    account: str
    finding: str
    step: str = ""
    outcome: Mapping[str, Any] | None = None
    error: PeelianError | None = None
    interrupted: bool = False  # begun by a server that ended before it was done

    @property
    def over(self) -> bool:
        """Say whether there is nothing more to wait for."""
        return self.outcome is not None or self.error is not None


@dataclass
class Desk:
    """What a server holds open between two requests: replays under way, lots drawn. The record has both."""

    jobs: dict[str, Job] = field(default_factory=dict)
    lots: dict[str, tuple[str, Sequence[Drawn]]] = field(default_factory=dict)


def results(caller: Caller) -> list[dict[str, Any]]:
    """Return which results there are, newest first."""
    begin_oversight(caller)
    mandate = caller.mandate("duty", "replay")
    titles = {m.target: m.title for m in caller.gate.charter.mandates.values() if m.subject == "method"}
    return [
        {
            "id": lead.id,
            "title": titles.get(lead.method, lead.method),
            "made_at": lead.made_at,
            "about": lead.about.get("month", ""),
            "digest": lead.digest,
        }
        for lead in caller.gate.results(caller.credential, mandate.id)
    ]


def start_replay(desk: Desk, caller: Caller, account: str, finding_id: str) -> str:
    """Begin making a result again, beside the request; return the job's number, which the record has."""
    begin_oversight(caller)
    number = caller.gate.begin_replay(caller.credential, caller.mandate("duty", "replay").id, finding_id)
    _run(desk, caller, Job(number, account, finding_id))
    return number


def resume_replay(desk: Desk, caller: Caller, account: str, number: str) -> None:
    """Go on with a replay of one's own that was interrupted, by the server's end; one under way goes on as it is.

    Raises
    ------
    MissingError
        ``replay-forgotten``.
    """
    job = job_of(desk, caller, account, number)
    if job.interrupted:
        begin_oversight(caller)
        _run(desk, caller, Job(number, account, job.finding))


def _run(desk: Desk, caller: Caller, job: Job) -> None:
    while len(desk.jobs) >= KEPT:
        desk.jobs.pop(next(iter(desk.jobs)))
    desk.jobs[job.id] = job
    threading.Thread(target=_replay, args=(job, caller), name="replay", daemon=True).start()


def _replay(job: Job, caller: Caller) -> None:
    def tell(step: str) -> None:
        job.step = step

    try:
        job.outcome = replay_now(caller, job.finding, tell, job.id)
    except PeelianError as error:
        job.error = error
    except Exception as error:  # its message may hold a row's value
        job.error = PeelianError("replay-broke", f"Making the result again broke ({type(error).__name__}).")


def replay_now(caller: Caller, finding_id: str, tell: Any = lambda step: None, number: str = "") -> dict[str, Any]:
    """Make a result again and say whether it is the same."""
    mandate = caller.mandate("duty", "replay")

    def program_of(kept: Finding) -> Program:
        area = caller.gate.charter.mandates[kept.mandate].scope.area
        return METHODS[kept.method].program_for(frozenset(kept.parameters["offences"]), area)

    def parameters_of(kept: Finding) -> dict[str, Any]:
        offences, cell_m = list(kept.parameters["offences"]), float(kept.parameters["cell_m"])
        fresh = place_parameters(caller, caller.gate.charter.mandates[kept.mandate], offences, cell_m)
        given = dict(kept.parameters) | {"polygon": fresh["polygon"]}
        given.pop("polygon_sha256", None)
        return given

    made = caller.gate.replay(caller.credential, mandate.id, finding_id, program_of, parameters_of, tell, number)
    return dict(made.__dict__)


def job_of(desk: Desk, caller: Caller, account: str, number: str) -> Job:
    """Return a job of this member's own, from the record where this server did not begin it.

    Raises
    ------
    MissingError
        ``replay-forgotten``.
    """
    job = desk.jobs.get(number)
    if job is not None and job.account == account:
        return job
    begun = next((b for b in caller.gate.own_replays(caller.credential) if b.number == number), None)
    if begun is None:
        raise MissingError(
            "replay-forgotten",
            "There is no such replay of yours.",
            why="A replay is shown to the member who began it, for a week; how it came out stays in the record.",
            do="Make the result again.",
        )
    return Job(number, account, begun.finding, outcome=begun.outcome, interrupted=begun.outcome is None)


def replays(desk: Desk, caller: Caller, account: str) -> list[Job]:
    """Return this member's replays of the last days, newest first."""
    begun = caller.gate.own_replays(caller.credential)
    known = {n: j for n, j in desk.jobs.items() if j.account == account}
    return [known.get(b.number) or Job(b.number, account, b.finding, "", b.outcome, None, not b.outcome) for b in begun]


# Who may see what


def explorer(gate: Gate, purpose: str, table: str) -> dict[str, Any]:
    """Return what can be asked, and the answer if something was."""
    charter = gate.charter
    shown = [t.name for t in TABLES.values()]
    asked = purpose in charter.purposes and table in shown
    answers = gate.who_may(purpose, table) if asked else []
    for answer in answers:
        mandate, role = charter.mandates[str(answer["mandate"])], charter.roles.get(str(answer["role"]))
        answer["mandate_title"], answer["role_title"] = mandate.title, role.title if role else answer["role"]
        columns = answer.get("columns", ())
        assert isinstance(columns, Sequence), "a list of names"
        answer["columns_told"] = sorted({column_words(str(c)) for c in columns})
    return {
        "purposes": [(p.id, p.title) for p in charter.purposes.values()],
        "tables": sorted(((t, table_words(t)) for t in shown), key=lambda told: told[1]),
        "purpose": purpose,
        "table": table,
        "asked": asked,
        "refused": asked and charter.purposes[purpose].refused,
        "yes": [a for a in answers if a["allowed"]],
        "no": [a for a in answers if not a["allowed"]],
    }


# Twenty reasons


def draw(desk: Desk, caller: Caller, account: str) -> str:
    """Draw a lot of reasons under the duty to read the log, and go back to oversight; return the lot's number."""
    with _reading_the_log(caller) as mandate_id:
        lot = caller.gate.draw_reasons(caller.credential, mandate_id, LOT)
    return _hold(desk, account, lot)


@contextmanager
def _reading_the_log(caller: Caller) -> Iterator[str]:
    begin_oversight(caller, "log-lawfulness")
    try:
        yield caller.mandate("duty", "read-log").id
    finally:
        begin_oversight(caller)


def _hold(desk: Desk, account: str, lot: Lot) -> str:
    while len(desk.lots) >= KEPT:
        desk.lots.pop(next(iter(desk.lots)))
    desk.lots[lot.number] = (account, lot.drawn)
    return lot.number


def lot_of(desk: Desk, caller: Caller, account: str, number: str) -> Sequence[Drawn]:
    """Return a lot of this member's own, opened again from the record where this server did not draw it.

    Raises
    ------
    MissingError
        ``lot-forgotten``: another's, too old, or rated.
    """
    owner, drawn = desk.lots.get(number, ("", ()))
    if owner == account:
        return drawn
    rated = caller.gate.papers(caller.credential, oversight_mandate(caller), "rating", mine=True)
    if any(p.body.get("lot") == number for p in rated):
        raise lot_forgotten()
    with _reading_the_log(caller) as mandate_id:
        lot = caller.gate.reopen_lot(caller.credential, mandate_id, number)
    _hold(desk, account, lot)
    return lot.drawn


def cards(gate: Gate, drawn: Sequence[Drawn]) -> list[dict[str, Any]]:
    """Return what a rater is shown: what was done, for what, and why. No person, no place, no position in the log."""
    law = gate.charter
    return [
        {
            "what": _words({m.id: m.title for m in law.mandates.values()}, d),
            "columns": [column_words(c) for c in d.columns],
            "purpose": law.purposes[d.purpose].title if d.purpose in law.purposes else d.purpose,
            "reason": d.reason,
        }
        for d in drawn
    ]


def _words(titles: Mapping[str, str], d: Drawn) -> str:
    """Say in words what was done, under which permission."""
    deed = {
        "consultation": "Looked at",
        "combination": "Ran a tool",
        "collection": "Took in rows",
        "erasure": "Erased",
        "alteration": "Changed",
        "disclosure": "Gave out",
    }.get(d.op, d.op)
    rows = f" {table_words(d.table)}" if d.table else " something" if d.op == "consultation" else ""
    under = titles.get(d.mandate, "")
    return f"{deed}{rows}, under “{under}”" if under else f"{deed}{rows}"


def rate(desk: Desk, caller: Caller, account: str, number: str, given: Mapping[int, str]) -> int:
    """Keep a member's ratings, each a paper of its own; return how many.

    Raises
    ------
    InvalidError
        ``nothing-rated``.
    """
    drawn = lot_of(desk, caller, account, number)
    chosen = {i: r for i, r in given.items() if r in RATINGS and 0 <= i < len(drawn)}
    if not chosen:
        raise InvalidError("nothing-rated", "Nothing was rated.", do="Choose an answer for at least one of them.")
    begin_oversight(caller)
    for i, rating in sorted(chosen.items()):
        about, body = f"entry-{drawn[i].index}", {"rating": rating, "lot": number}
        caller.gate.post_paper(caller.credential, oversight_mandate(caller), "rating", about, body)
    desk.lots.pop(number, None)
    return len(chosen)


def shares(caller: Caller) -> dict[str, Any]:
    """Return what members said of all reasons rated so far, in tenths; nothing while few were rated."""
    begin_oversight(caller)
    papers = caller.gate.papers(caller.credential, oversight_mandate(caller), "rating", limit=10_000)
    counts = count_ratings(str(p.body["rating"]) for p in papers)
    total, least = sum(counts.values()), caller.gate.charter.publication.suppress_below
    enough = total >= least
    told = [(RATINGS[r], share_in_words(n, total)) for r, n in counts.items()] if enough else []
    return {"enough": enough, "least": least, "rows": told, "rated": total}


def publish_shares(caller: Caller) -> None:
    """Put the shares on the register, as the panel's own words.

    Raises
    ------
    InvalidError
        ``too-few-rated``.
    """
    found = shares(caller)
    if not found["enough"]:
        raise InvalidError(
            "too-few-rated",
            "Too few reasons were rated to say anything in public.",
            why="Shares of a few would tell about single look-ups.",
            do=f"Rate at least {found['least']}.",
        )
    words = "; ".join(f"{what.lower()}: {share}" for what, share in found["rows"])
    body = {"text": f"Reasons for look-ups, drawn by lot and rated blind by members of the panel: {words}."}
    caller.gate.post_paper(caller.credential, oversight_mandate(caller), "sign-off", "reasons", body, public=True)
