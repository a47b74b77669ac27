"""Deciding a patrol plan: the queue, the own view, the reveal, the decision, its copies, and what was found.

Each step asks the check that the screen asked before the click (:mod:`peelian.decide.checks`), then the gate, which
judges it by the charter's rules and enters it. The forecast itself is read at the reveal and not before: its entry in
the record comes after the own view's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from peelian.app.caller import Caller
from peelian.app.patrol.patrol_ground import PatrolGround, patrol_ground
from peelian.core.errors import InvalidError, MissingError, RefusedError
from peelian.core.time import from_micros, to_micros
from peelian.decide import released
from peelian.decide.checks import CHECKS, Situation, why_not
from peelian.decide.outcome import read_outcome
from peelian.decide.own_view import OwnView, check_places, own_view_from, read_own_view
from peelian.decide.plan import Compared, Decision, ToolPlace, read_decision, reference_of, tool_choice, tool_places
from peelian.decide.products import Copy, PlannedPlace, Product, check_code, plan_csv, plan_geojson, read_recipient
from peelian.decide.shift import Shift, read_shift, shifts_ahead, tonight
from peelian.decide.states import State, Written
from peelian.model.finding import Finding
from peelian.model.mandate import Mandate
from peelian.model.paper import Paper, about_shift
from peelian.publish.picture import corner_of as _corner
from peelian.store.locks import exclusive

if TYPE_CHECKING:
    from peelian.gate.lead import Lead
    from peelian.gate.presence import Presence

METHOD = "hotspots"
PLANS_SHOWN = 30
_NUMBER_TRIES = 8
_NUMBER_WAIT_S = 10.0


@dataclass(frozen=True)
class Tool:
    """The tool as its users meet it: on, off or ending, who answers for it, and what to do without it."""

    mandate: Mandate
    state: str
    owner: str
    fallback: str
    timezone: str

    @property
    def running(self) -> bool:
        """Say whether it may run."""
        return self.state == "in force"


@dataclass(frozen=True)
class Job:
    """One finding and one shift: what a plan would be made from, and where it stands."""

    lead: Lead
    shift: Shift
    tool: Tool
    situation: Situation

    @property
    def key(self) -> str:
        """Return what the papers of this plan are about."""
        return key_of(self.lead.id, self.shift)

    @property
    def account(self) -> str:
        """Return whose plan it would be."""
        return self.situation.account

    @property
    def state(self) -> State:
        """Return where the plan stands."""
        return self.situation.state

    @property
    def offences(self) -> tuple[str, ...]:
        """Return the offences that the finding is about."""
        return _offences(self.lead)

    @property
    def month(self) -> str:
        """Return the month that the finding is for, ``2026-11``."""
        return str(self.lead.about.get("month", ""))

    def why_not(self, act: str) -> Any:
        """Return what the act's check would raise now, or None."""
        return why_not(act, self.situation)


def key_of(finding_id: str, shift: Shift) -> str:
    """Return what the papers about a finding and a shift are about."""
    return about_shift(finding_id, shift.name)


def _offences(lead: Lead) -> tuple[str, ...]:
    named = lead.about.get("offences", ())
    return tuple(map(str, named)) if isinstance(named, Sequence) else ()


@dataclass(frozen=True)
class Mine:
    """A plan of one's own in the list: its reference, where it stands, and what comes next."""

    reference: str
    shift: Shift
    state: State
    places: int


@dataclass(frozen=True)
class Queue:
    """What is ready tonight, what was begun, and what waits for an answer."""

    tool: Tool
    shifts: tuple[Shift, ...]
    tonight: Shift
    jobs: tuple[Job, ...]
    plans: tuple[Mine, ...]
    trained: bool
    now: datetime
    met: Presence = field(repr=False)


def tool_of(caller: Caller) -> Tool:
    """Return the tool as it stands now."""
    charter, mandate = caller.gate.charter, caller.mandate("method", METHOD)
    state = caller.gate.mandate_states()[mandate.id]
    office = charter.officials.get(mandate.owner)
    owner = office.title if office else mandate.owner
    return Tool(mandate, state, owner, " ".join(mandate.fallback.split()), charter.jurisdiction.timezone)


def queue(caller: Caller, shift_name: str = "", leads: Sequence[Lead] | None = None) -> Queue:
    """List the findings that a plan can be made from, for one shift, and one's own plans.

    Parameters
    ----------
    shift_name : str
        Of the shift asked about; this evening's when empty.
    leads : sequence of Lead, optional
        Everything that the gate listed for this very page, where it has; else it is asked.
    """
    tool, now = tool_of(caller), caller.gate.clock.now()
    shift = read_shift(shift_name, tool.timezone) if shift_name else tonight(now, tool.timezone)
    asked = METHOD if tool.running and leads is None else ""
    facts = caller.gate.queue_facts(caller.credential, tool.mandate.id, asked, MINE)
    known = [lead for lead in leads or () if lead.method == METHOD and tool.running] or facts.leads
    met, written = facts.presence, facts.papers
    jobs = tuple(_job(caller, met, lead, shift, tool, written) for lead in _newest(known))
    plans = tuple(_mine(p, written, tool, now) for p in written["plan"][:PLANS_SHOWN])
    trained = METHOD in met.actor.trained
    return Queue(tool, tuple(shifts_ahead(now, tool.timezone)), shift, jobs, plans, trained, now, met)


def _newest(leads: Sequence[Lead]) -> list[Lead]:
    """Keep the newest finding for each month and set of offences: an older one is out of date."""
    newest: dict[tuple[object, ...], Lead] = {}
    for lead in leads:
        newest.setdefault((lead.about.get("month"), _offences(lead), lead.about.get("cell_m")), lead)
    return list(newest.values())


Written3 = Mapping[str, Sequence[Paper]]


MINE = ("own-view", "plan", "outcome")
"""Kinds of paper that somebody writes about one plan, in their order."""


def _papers_mine(caller: Caller, tool: Tool) -> dict[str, list[Paper]]:
    return caller.gate.own_papers(caller.credential, tool.mandate.id, MINE)


def _job(caller: Caller, met: Presence, lead: Lead, shift: Shift, tool: Tool, written: Written3) -> Job:
    key = key_of(lead.id, shift)
    plan = _about(written["plan"], key)
    outcome = bool(plan and _about(written["outcome"], str(plan.body["reference"])))
    stands = Written(bool(_about(written["own-view"], key)), plan is not None, outcome)
    return Job(lead, shift, tool, _situation(caller, met, shift, tool, stands))


def _about(papers: Sequence[Paper], about: str) -> Paper | None:
    return next((p for p in papers if p.about == about), None)


def _situation(
    caller: Caller, met: Presence, shift: Shift, tool: Tool, written: Written, decider: str = ""
) -> Situation:
    actor = met.actor
    return Situation(
        account=actor.id,
        decider=decider or actor.id,
        trained=METHOD in actor.trained,
        tool_state=tool.state,
        shift=shift,
        now=caller.gate.clock.now(),
        written=written,
        working=met.purpose in tool.mandate.purposes,
        owner=tool.owner,
        fallback=tool.fallback,
    )


def job_of(caller: Caller, finding_id: str, shift_name: str) -> Job:
    """Return one finding and one shift, and where the plan stands.

    Raises
    ------
    MissingError
        ``finding-missing`` in the words that the gate has for it.
    """
    tool = tool_of(caller)
    shift = read_shift(shift_name, tool.timezone)
    facts = caller.gate.queue_facts(caller.credential, tool.mandate.id, METHOD if tool.running else "", MINE, 200)
    lead = next((f for f in facts.leads if f.id == finding_id), None)
    if lead is None:
        # A stopped tool says so before it says that there is nothing: officers need the fallback, not a riddle.
        CHECKS["mark"](_situation(caller, facts.presence, shift, tool, Written()))
        raise MissingError(
            "result-missing",
            "There is no result of that number that you may see.",
            why="It was never made, or is not open to you for what you work on; the answer is always the same.",
            do="Start from the list of patrol places.",
        )
    return _job(caller, facts.presence, lead, shift, tool, facts.papers)


def ground_of(caller: Caller, job: Job) -> PatrolGround:
    """Return the squares a plan may name, and what they are called."""
    return patrol_ground(caller, job.tool.mandate, float(str(job.lead.about["cell_m"])))


# Own view


def mark(
    caller: Caller, finding_id: str, shift_name: str, cells: Sequence[str], whys: Sequence[str], words: Sequence[str]
) -> Paper:
    """Write one's own view. It is entered before it can be compared with anything, and stays as it is."""
    job = job_of(caller, finding_id, shift_name)
    CHECKS["mark"](job.situation)
    view = read_own_view(cells, whys, words, ground_of(caller, job).cells)
    seen = any(_tells_of(p, job) for p in _papers_mine(caller, job.tool)["own-view"])
    body = view.as_dict() | {
        "finding": job.lead.id,
        "finding_digest": job.lead.digest,
        "shift": job.shift.name,
        "month": job.month,
        "offences": list(job.offences),
        "blind": not seen,  # whoever was shown this forecast before has no blind view of it any more
    }
    return caller.gate.post_paper(caller.credential, job.tool.mandate.id, "own-view", job.key, body, once=True)


def _tells_of(paper: Paper, job: Job) -> bool:
    """Say whether whoever wrote an own view was then shown what this finding says too: a month may be run anew."""
    same = paper.body.get("month") == job.month and set(paper.body.get("offences", ())) & set(job.offences)
    return paper.body.get("finding") == job.lead.id or bool(same)


def check_ticked(caller: Caller, job: Job, cells: Sequence[str]) -> None:
    """Say what is wrong with places that were ticked, before a reason is asked for each."""
    check_places(cells, ground_of(caller, job).cells)


# Reveal


@dataclass(frozen=True)
class Revealed:
    """Own view and tool beside each other, with the ground they lie on."""

    job: Job
    view: OwnView
    compared: Compared
    places: Mapping[str, ToolPlace] = field(repr=False)
    finding: Finding = field(repr=False)
    ground: PatrolGround = field(repr=False)
    blind: bool = True

    @property
    def least(self) -> float:
        """Return the smallest figure on the tool's list: what is not on it is expected to have less."""
        return min((p.expected for p in self.places.values()), default=0.0)


def reveal(caller: Caller, finding_id: str, shift_name: str) -> Revealed:
    """Show yours, the tool's and both; refused before the own view is written."""
    job = job_of(caller, finding_id, shift_name)
    _insist(caller, "reveal", job.tool, job.situation)
    return _revealed(caller, job)


_BY_RED_LINE = frozenset({"own-view-first"})
"""Checks that stand for a red line of the charter: being stopped by one is entered, as being stopped by a rule is."""


def _insist(caller: Caller, act: str, tool: Tool, situation: Situation) -> None:
    """Raise what the act's check says; what a red line stopped is entered first."""
    try:
        CHECKS[act](situation)
    except RefusedError as error:
        if error.code in _BY_RED_LINE:
            caller.gate.enter_stopped(caller.credential, tool.mandate.id, f"{act} before the own view", error)
        raise


def _revealed(caller: Caller, job: Job) -> Revealed:
    paper = _about(_papers_mine(caller, job.tool)["own-view"], job.key)
    assert paper is not None, "the check saw an own view"
    view = own_view_from(paper.body)
    finding = caller.gate.finding(caller.credential, job.lead.id)
    places = tool_places(finding.result)
    compared = Compared(view.cells, tool_choice(places))
    return Revealed(job, view, compared, places, finding, ground_of(caller, job), bool(paper.body.get("blind")))


# Decision


def prepare(caller: Caller, finding_id: str, shift_name: str, filled: Mapping[str, Any]) -> tuple[Revealed, Decision]:
    """Check the answers of a decision before they are confirmed; nothing is written."""
    job = job_of(caller, finding_id, shift_name)
    _insist(caller, "decide", job.tool, job.situation)
    shown = _revealed(caller, job)
    return shown, read_decision(filled, shown.compared)


def decide(caller: Caller, finding_id: str, shift_name: str, filled: Mapping[str, Any]) -> Paper:
    """Write the plan, and give it its reference."""
    shown, decision = prepare(caller, finding_id, shift_name, filled)
    job = shown.job
    with exclusive(caller.place.folder / "tmp" / "plan-number.lock", wait_s=_NUMBER_WAIT_S):
        reference = reference_of(job.shift.on, _next_number(caller, job))
        body = _plan_body(caller, shown, decision, reference)
        return caller.gate.post_paper(
            caller.credential, job.tool.mandate.id, "plan", job.key, body, expires_at=job.shift.ends_at, once=True
        )


def _plan_body(caller: Caller, shown: Revealed, decision: Decision, reference: str) -> dict[str, Any]:
    job, delay = shown.job, caller.gate.charter.publication.plan_delay_days
    return decision.as_dict() | {
        "reference": reference,
        "finding": job.lead.id,
        "finding_digest": job.lead.digest,
        "shift": job.shift.name,
        "month": job.month,
        "offences": list(job.offences),
        "own": list(shown.compared.own),
        "tool_cells": list(shown.compared.tool),
        "blind": shown.blind,
        "places": [_planned(shown, cell, n).__dict__ for n, cell in enumerate(decision.cells, start=1)],
        "known_error": error_words(shown.finding),
        "expires_at": to_micros(job.shift.ends_at),
        "public_from": to_micros(released.public_from(job.shift.ends_at, delay)),
        "public": released.public_part(reference, job.shift.name, job.offences, _streets(shown, decision), METHOD),
    }


def _next_number(caller: Caller, job: Job) -> int:
    """Return the next number of a day's plans, whoever made them; plans are never taken back."""
    return caller.gate.count_plans(job.shift.on.isoformat()) + 1


def _planned(shown: Revealed, cell: str, number: int) -> PlannedPlace:
    told, (east, north, side) = shown.places.get(cell), _corner(cell)
    place = PlannedPlace(number, shown.ground.name(cell), cell, east, north, side, shown.compared.whose(cell))
    return replace(place, expected=told.expected, low=told.low, high=told.high) if told else place


def _streets(shown: Revealed, decision: Decision) -> list[str]:
    """Return the streets of a plan, for the public part; a square without any goes by its name."""
    known = [shown.ground.cells[c] for c in decision.cells if c in shown.ground.cells]
    return [street for cell in known for street in (cell.streets or (cell.name,))]


def error_words(finding: Finding) -> str:
    """Say how wrong the tool is known to be, in words that go on every copy."""
    known = finding.known_error
    budgets = known.get("budgets") or {}
    if not known.get("assessed") or not budgets:
        return "This tool has not been tested. Nobody knows how often it is wrong."
    share, figures = min(budgets.items(), key=lambda item: float(item[0]))
    hit = figures["hit_rate"]
    inside = round(100 * float(hit["value"]))
    spread = f" (range {100 * float(hit['low']):.0f} to {100 * float(hit['high']):.0f})" if hit.get("low") else ""
    return (
        f"In its test {inside} in 100 offences fell inside its best {100 * float(share):g} % of the area{spread}; "
        f"{100 - inside} did not."
    )


# A plan


@dataclass(frozen=True)
class PlanPage:
    """A decided plan, where it stands, its copies, and what was found."""

    paper: Paper
    shift: Shift
    tool: Tool
    situation: Situation
    outcome: Paper | None
    copies: tuple[Paper, ...]

    @property
    def body(self) -> Mapping[str, Any]:
        """Return what the plan says."""
        return self.paper.body

    @property
    def reference(self) -> str:
        """Return its reference."""
        return str(self.body["reference"])

    @property
    def public_from(self) -> datetime:
        """Return the instant from which its streets are public."""
        return from_micros(int(self.body["public_from"]))

    @property
    def places(self) -> tuple[PlannedPlace, ...]:
        """Return its places, in the order of the plan."""
        return tuple(PlannedPlace(**p) for p in self.body["places"])

    @property
    def cells(self) -> tuple[str, ...]:
        """Return its squares."""
        return tuple(self.body["cells"])

    def why_not(self, act: str) -> Any:
        """Return what the act's check would raise now, or None."""
        return why_not(act, self.situation)


def plan_page(caller: Caller, reference: str) -> PlanPage:
    """Return a plan; its page shows nothing of it while the tool is stopped, or to others.

    Raises
    ------
    MissingError
        ``plan-missing``.
    """
    page = _plan(caller, reference)
    CHECKS["reveal"](page.situation)
    return page


def _plan(caller: Caller, reference: str) -> PlanPage:
    tool, credential = tool_of(caller), caller.credential
    plans = caller.gate.papers(credential, tool.mandate.id, "plan", mine=True)
    paper = next((p for p in plans if p.body.get("reference") == reference), None)
    if paper is None:
        raise MissingError(
            "plan-missing",
            "There is no plan of that reference that you may see.",
            why="It was never made, or is somebody else's; the answer is always the same.",
            do="Start from the list of patrol places.",
        )
    shift = read_shift(str(paper.body["shift"]), tool.timezone)
    outcome = _about(caller.gate.papers(credential, tool.mandate.id, "outcome", about=reference, mine=True), reference)
    issued = caller.gate.papers(credential, tool.mandate.id, "plan-issued", mine=True)
    copies = sorted((p for p in issued if p.body.get("reference") == reference), key=lambda p: int(p.body["number"]))
    written = Written(True, True, outcome is not None)
    met = caller.gate.who(caller.credential)
    situation = _situation(caller, met, shift, tool, written, decider=paper.author)
    return PlanPage(paper, shift, tool, situation, outcome, tuple(copies))


def reference_about(caller: Caller, job: Job) -> str:
    """Return the reference of the plan that was made in a job; ``""`` when there is none."""
    paper = _about(_papers_mine(caller, job.tool)["plan"], job.key)
    return str(paper.body["reference"]) if paper else ""


def ground_under(caller: Caller, page: PlanPage) -> PatrolGround:
    """Return the ground that a plan lies on."""
    return patrol_ground(caller, page.tool.mandate, page.places[0].cell_m)


def _mine(paper: Paper, written: Written3, tool: Tool, now: datetime) -> Mine:
    reference = str(paper.body["reference"])
    shift = read_shift(str(paper.body["shift"]), tool.timezone)
    stands = Written(True, True, _about(written["outcome"], reference) is not None)
    situation = Situation("", "", True, tool.state, shift, now, stands)
    return Mine(reference, shift, situation.state, len(paper.body["cells"]))


# Copies


def issue(caller: Caller, reference: str, form: str, recipient: str) -> Copy:
    """Hand out a numbered copy; it is on record before anybody has it."""
    page = _plan(caller, reference)
    CHECKS["issue"](page.situation)
    if form not in released_forms():
        raise InvalidError("form-unknown", "Copies come in no such form.", do="Choose print, CSV or GeoJSON.")
    whom = read_recipient(recipient)
    number = len(page.copies) + 1
    for tried in range(number, number + _NUMBER_TRIES):
        try:
            return _issue(caller, page, tried, form, whom)
        except RefusedError as error:
            if error.code != "already-written":
                raise
    raise InvalidError("copy-not-numbered", "The copy could not be numbered.", do="Try once more.")


def released_forms() -> tuple[str, ...]:
    """Return the forms in which a plan may leave."""
    return ("print", "csv", "geojson")


def _issue(caller: Caller, page: PlanPage, number: int, form: str, recipient: str) -> Copy:
    now = caller.gate.clock.now()
    copy = Copy(page.reference, number, form, recipient, now, page.paper.id)
    body = {
        "reference": page.reference,
        "number": number,
        "form": form,
        "recipient": recipient,
        "issued_at": to_micros(now),
        "expires_at": to_micros(page.shift.ends_at),
        "check_code": check_code(product_of(caller, page), copy),
    }
    about = f"{page.reference}/{number}"
    caller.gate.post_paper(caller.credential, page.tool.mandate.id, "plan-issued", about, body, once=True)
    return copy


def copy_of(caller: Caller, reference: str, number: int) -> tuple[Product, Copy]:
    """Return a copy that was handed out, until the plan expires or its tool is stopped.

    Raises
    ------
    MissingError
        ``copy-missing``.
    """
    page = _plan(caller, reference)
    CHECKS["issue"](page.situation)
    paper = next((p for p in page.copies if p.body["number"] == number), None)
    if paper is None:
        raise MissingError(
            "copy-missing", "There is no copy of that number.", why="Each copy is on record.", do="Hand one out."
        )
    said = paper.body
    issued_at = from_micros(int(said["issued_at"]))
    copy = Copy(reference, number, str(said["form"]), str(said["recipient"]), issued_at, page.paper.id)
    return product_of(caller, page), copy


def person_words(caller: Caller, account: str) -> str:
    """Name somebody as the charter does, with their office; the account alone when it no longer names them."""
    charter = caller.gate.charter
    person = charter.people.get(account)
    titles = [charter.roles[r].title for r in sorted(person.roles) if r in charter.roles] if person else []
    return ", ".join([person.display_name if person else account, *titles])


def product_of(caller: Caller, page: PlanPage) -> Product:
    """Put together everything that a copy says."""
    charter, body = caller.gate.charter, page.body
    return Product(
        reference=page.reference,
        force=charter.force.name,
        title=page.tool.mandate.title,
        shift=page.shift.words,
        offences=tuple(body["offences"]),
        month=str(body["month"]),
        places=page.places,
        decided_by=person_words(caller, page.paper.author),
        choice=str(body["choice"]),
        mandate=page.tool.mandate.id,
        mandate_ends_at=page.tool.mandate.ends_at,
        known_error=str(body["known_error"]),
        fallback=page.tool.fallback,
        begins_at=page.shift.begins_at,
        expires_at=page.shift.ends_at,
        demonstration=charter.force.demonstration,
    )


def copy_file(caller: Caller, reference: str, number: int) -> tuple[bytes, str, str]:
    """Return a CSV or GeoJSON copy: its bytes, media type and file name."""
    product, copy = copy_of(caller, reference, number)
    stem = f"{reference}-copy-{number}"
    if copy.form == "csv":
        return plan_csv(product, copy), "text/csv; charset=utf-8", f"{stem}.csv"
    ground = product_ground(caller, product)
    rings = {p.cell: ground.ring(p.cell) for p in product.places}
    return plan_geojson(product, copy, rings), "application/geo+json", f"{stem}.geojson"


def product_ground(caller: Caller, product: Product) -> PatrolGround:
    """Return the ground that a copy's places lie on."""
    return patrol_ground(caller, tool_of(caller).mandate, product.places[0].cell_m)


# Next day


def report(caller: Caller, reference: str, said: Mapping[str, str], wrong: str, note: str = "") -> Paper:
    """Write what was found, place by place."""
    page = _plan(caller, reference)
    CHECKS["report"](page.situation)
    outcome = read_outcome(page.cells, said, wrong, note)
    body = outcome.as_dict() | {"reference": reference, "shift": page.shift.name}
    return caller.gate.post_paper(caller.credential, page.tool.mandate.id, "outcome", reference, body, once=True)
