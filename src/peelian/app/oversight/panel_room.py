"""What the panel's pages show: what needs an answer, what changed, what went wrong, whether to believe the record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from peelian.app.caller import Caller
from peelian.app.emergencies import late_ones
from peelian.app.served import Site
from peelian.core.errors import MissingError
from peelian.core.local_time import near_words
from peelian.gate.door import Gate
from peelian.model.mandate import Mandate
from peelian.model.paper import Paper
from peelian.model.stop import STOP, Proposal, Stop
from peelian.oversee.clocks import AnswerClock, clock_of, owes_answer
from peelian.publish.disclosure_control import Limits, in_words, shown

RECENT = timedelta(days=30)
YEAR = timedelta(days=365)
WARN_BEFORE = timedelta(days=30)
OVERSEE = "oversee"


# Who sits there


def seat_of(gate: Gate, account: str) -> dict[str, Any]:
    """Return the visitor's seat, how many are held, and whether that is a quorum."""
    panel = gate.charter.panel
    seat = next((s for s in panel.seats if s.held_by == account), None)
    return {
        "seat": seat.id if seat else "",
        "appointed_by": seat.appointed_by if seat else "",
        "held": len(panel.members),
        "seats": len(panel.seats),
        "quorum": panel.quorum,
        "quorate": panel.quorate,
        "needed": panel.stop_signatures,
        "answer_days": panel.answer_days,
    }


def begin_oversight(caller: Caller, purpose: str = "oversight") -> None:
    """Work on an open operation for oversight from here on: what is written and opened needs a purpose."""
    if caller.gate.who(caller.credential).purpose == purpose:
        return
    account, now = caller.gate.who(caller.credential).actor.id, caller.gate.clock.now()
    for operation in sorted(caller.gate.charter.operations.values(), key=lambda o: o.id):
        if operation.purpose == purpose and account in operation.members and operation.is_open(now):
            caller.gate.set_context(caller.credential, operation.id)
            return
    caller.gate.set_context(caller.credential, "")  # refused, with the reason


# Stops


def tools(gate: Gate) -> list[dict[str, Any]]:
    """Return what could be stopped: methods first, then sources and duties."""
    order = {"method": 0, "assessment": 1, "source": 2, "sharing": 3, "duty": 4}
    states = gate.mandate_states()
    mandates = sorted(gate.charter.mandates.values(), key=lambda m: (order[m.subject], m.title))
    return [tool_facts(gate, m, states) for m in mandates]


def tool_facts(gate: Gate, mandate: Mandate, states: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return what a member should know of a tool before stopping it."""
    office = gate.charter.officials.get(mandate.owner)
    told = gate.charter.tools.get(mandate.target) if mandate.subject == "method" else None
    return {
        "id": mandate.id,
        "title": mandate.title,
        "what": told.one_line if told else "",
        "subject": mandate.subject,
        "target": mandate.target,
        "state": (states or gate.mandate_states())[mandate.id],
        "ends_at": mandate.ends_at,
        "fallback": mandate.fallback,
        "owner": office.title if office else mandate.owner,
        "safety": any(gate.charter.purposes[p].safety for p in mandate.purposes),
    }


def mandate_named(gate: Gate, mandate_id: str) -> Mandate:
    """Return a mandate. Raises ``permission-missing``."""
    mandate = gate.charter.mandates.get(mandate_id)
    if mandate is None:
        raise MissingError("permission-missing", "There is no such permission.", do="Choose one from the list.")
    return mandate


def stop_named(gate: Gate, stop_id: str) -> Stop:
    """Return a stop. Raises ``stop-unknown``."""
    for stop in gate.stops():
        if stop.id == stop_id:
            return stop
    raise MissingError("stop-unknown", "There is no such stop.", do="Choose one from the panel room.")


def stop_facts(gate: Gate, stop: Stop) -> dict[str, Any]:
    """Return a stop with its clock and what was answered."""
    mandate, now = gate.charter.mandates.get(stop.mandate), gate.clock.now()
    return {
        "id": stop.id,
        "mandate": stop.mandate,
        "title": mandate.title if mandate else stop.mandate,
        "whose": stop.whose,
        "reason": stop.reason,
        "made_at": stop.made_at,
        "begins_at": stop.begins_at,
        "begun": now >= stop.begins_at,
        "entry": stop.entry,
        "stands": stop.stands,
        "lifted": stop.lifted,
        "proved": stop.proved,
        "statement": stop.statement,
        "signed_by": [account for account, _ in stop.signatures],
        "fallback": mandate.fallback if mandate else "",
        "owner": _office(gate, mandate.owner) if mandate else "",
        "answers": [paper_facts(gate, p) for p in answers_to(gate, stop.id)],
        "clock": clock_facts(stop_clock(gate, stop)) if owes_answer(stop) else None,
    }


def stop_clock(gate: Gate, stop: Stop) -> AnswerClock:
    """Return the clock of the answer that is owed to the public."""
    return clock_of(stop.made_at, gate.charter.panel.answer_days, answers_to(gate, stop.id), gate.clock.now())


def answers_to(gate: Gate, about: str) -> list[Paper]:
    """Return the public answers about something, oldest first."""
    return gate.public_papers("answer", about=about)[::-1]


CLOCK_TAGS = {
    "answered": "done",
    "answered late": "wait",
    "late": "stopped",
    "due soon": "wait",
    "waiting": "plain",
}


def clock_facts(clock: AnswerClock) -> dict[str, Any]:
    """Return a clock as plain data, with the tag it is shown as."""
    return {
        "state": clock.state,
        "tag": CLOCK_TAGS[clock.state],
        "due_at": clock.due_at,
        "days_left": clock.days_left,
        "days_late": clock.days_late,
        "answered_at": clock.answered_at,
    }


def _office(gate: Gate, office_id: str) -> str:
    office = gate.charter.officials.get(office_id)
    return office.title if office else office_id


def paper_facts(gate: Gate, paper: Paper) -> dict[str, Any]:
    """Return a public paper for a page: by role, never by name."""
    role = gate.charter.roles.get(paper.role)
    return {
        "id": paper.id,
        "kind": paper.kind,
        "about": paper.about,
        "by": role.title if role else paper.role,
        "at": paper.made_at,
        "text": str(paper.body.get("text", "")),
        "entry": paper.entry,
    }


# Proposals


def proposal_facts(gate: Gate, proposal: Proposal, account: str) -> dict[str, Any]:
    """Return a proposal for its page, as the member who looks at it needs it."""
    s, now = proposal.statement, gate.clock.now()
    needed = gate.charter.panel.stop_signatures
    members = sorted(gate.charter.panel.members)
    return {
        "id": proposal.id,
        "act": s.act,
        "mandate": s.mandate,
        "title": s.title,
        "reason": s.reason,
        "begins_at": s.begins_at,
        "lapses_at": s.lapses_at,
        "proposed_at": s.proposed_at,
        "proposed_by": proposal.proposed_by,
        "statement": s.text,
        "signed_by": sorted(proposal.signatures),
        "signed_by_me": account in proposal.signatures,
        "mine": proposal.proposed_by == account,
        "needed": needed,
        "missing": max(0, needed - len(proposal.signatures)),
        "waits_for": [m for m in members if m not in proposal.signatures],
        "done": proposal.done,
        "open": proposal.open_at(now),
        "lifts": s.lifts,
        "void": is_void(gate, proposal),
        "again": _again(gate, proposal),
    }


def is_void(gate: Gate, proposal: Proposal) -> bool:
    """Say whether the permission was changed after the proposal: nobody can sign that any more."""
    mandate = gate.charter.mandates.get(proposal.statement.mandate)
    return not proposal.done and (mandate is None or mandate.digest != proposal.statement.version)


def _again(gate: Gate, proposal: Proposal) -> bool:
    """Say whether a proposal that became void can be put forward again: what it is about is still there."""
    s = proposal.statement
    standing = {stop.id for stop in gate.stops() if stop.stands}
    return s.mandate in gate.charter.mandates if s.act == STOP else s.lifts in standing


def proposal_named(caller: Caller, proposal_id: str) -> Proposal:
    """Return a proposal. Raises ``proposal-unknown``."""
    from peelian.app.oversight.panel import one_proposal

    return one_proposal(caller, proposal_id)


# The room


def room(site: Site, caller: Caller, account: str, *, member: bool) -> dict[str, Any]:
    """Return the five cards."""
    gate = site.gate
    return {
        "waiting": needs_answer(caller, account, member=member),
        "tools": [t for t in tools(gate) if t["subject"] == "method"],
        "changed": what_changed(gate),
        "wrong": what_went_wrong(gate) | {"emergencies": late_ones(caller)},
        "record": record_facts(gate),
        "unlocked": "unlocked" in gate.link_rates(),
        "stopped": [stop_facts(gate, s) for s in gate.stops() if s.stands],
    }


def needs_answer(caller: Caller, account: str, *, member: bool) -> list[dict[str, Any]]:
    """Return what waits for this member, most pressing first."""
    gate, now = caller.gate, caller.gate.clock.now()
    put = open_proposals(caller, now) if member else []
    out = [_proposal_task(proposal_facts(gate, p, account)) for p in put]
    for question in open_questions(gate):
        out.append(_question_task(question))
    for mandate in sorted(gate.charter.mandates.values(), key=lambda m: m.ends_at):
        if now < mandate.ends_at <= now + WARN_BEFORE:
            out.append(
                {
                    "title": f"{mandate.title}: the permission ends",
                    "hint": "It goes off by itself unless the approving body adopts a new one on fresh evidence.",
                    "address": f"/tools/{mandate.target}/" if mandate.subject == "method" else "",
                    "state": "wait",
                    "word": f"{(mandate.ends_at - now).days} days",
                }
            )
    return out


def open_proposals(caller: Caller, now: datetime) -> list[Proposal]:
    """Return what members can sign, newest first, and what became void and nobody has put forward again."""
    there = [p for p in caller.gate.proposals(caller.credential) if p.open_at(now)]
    fresh = {_aim(p) for p in there if not is_void(caller.gate, p)}
    return [p for p in there if not is_void(caller.gate, p) or _aim(p) not in fresh]


def _aim(proposal: Proposal) -> tuple[str, str, str]:
    s = proposal.statement
    return s.act, s.mandate, s.lifts


def _proposal_task(p: Mapping[str, Any]) -> dict[str, Any]:
    what = f"Stop {p['title']}" if p["act"] == "stop" else f"Let {p['title']} go on"
    n = f"{len(p['signed_by'])} of {p['needed']} have signed"
    word, state = ("Waits for others", "plain") if p["signed_by_me"] else ("Sign or leave", "wait")
    if p["void"]:
        n, word, state = "The permission was changed, so it is void", "Propose again", "stopped"
    return {
        "title": what,
        "hint": f"{p['reason']} {n}.",
        "address": f"/panel/proposals/{p['id']}",
        "state": state,
        "word": word,
    }


def every_question(gate: Gate) -> list[dict[str, Any]]:
    """Return the panel's questions with their answers and clocks, newest first."""
    out = []
    for question in gate.public_papers("question"):
        answers = answers_to(gate, question.id)
        clock = clock_of(question.made_at, gate.charter.panel.answer_days, answers, gate.clock.now())
        mandate = gate.charter.mandates.get(question.about)
        more = {"clock": clock_facts(clock), "answers": [paper_facts(gate, a) for a in answers]}
        out.append(paper_facts(gate, question) | more | {"title": mandate.title if mandate else question.about})
    return out


def open_questions(gate: Gate) -> list[dict[str, Any]]:
    """Return the panel's questions that nobody has answered, oldest first."""
    return [q for q in every_question(gate)[::-1] if q["clock"]["answered_at"] is None]


def owed(gate: Gate) -> dict[str, Any]:
    """Return what officials owe an answer to, as task lists."""
    stops = [stop_facts(gate, s) for s in gate.stops() if owes_answer(s)]
    questions = every_question(gate)
    return {
        "stops": [_owed(s["id"], f"Stop on {s['title']}", s["reason"], s["clock"]) for s in stops],
        "questions": [_owed(q["id"], q["text"], f"About {q['title']}", q["clock"]) for q in questions],
    }


def _owed(about: str, title: str, hint: str, clock: Mapping[str, Any]) -> dict[str, Any]:
    words = {"late": f"{clock['days_late']} days late", "answered": "answered", "answered late": "answered late"}
    word = words.get(clock["state"], f"due in {clock['days_left']} days")
    return {"title": title, "hint": hint, "address": f"/desk/answers/{about}", "state": clock["tag"], "word": word}


def working_on(caller: Caller) -> dict[str, Any] | None:
    """Return what the visitor is working on, for the bar of the desk's pages."""
    met = caller.gate.who(caller.credential)
    if met.operation is None:
        return None
    until = met.context.expires_at if met.context else met.expires_at
    zone = ZoneInfo(caller.gate.charter.jurisdiction.timezone)
    return {
        "operation": met.operation_ref,
        "title": met.operation.title,
        "purpose": met.purpose,
        "until": near_words(until, caller.gate.clock.now(), zone),
    }


def _question_task(question: Mapping[str, Any]) -> dict[str, Any]:
    clock = question["clock"]
    late = clock["state"] == "late"
    word = f"{clock['days_late']} days late" if late else f"due in {clock['days_left']} days"
    return {
        "title": f"Question: {question['text']}",
        "hint": f"About {question['title']}. The officials owe the answer.",
        "address": "/panel/questions",
        "state": "stopped" if late else "plain",
        "word": word,
    }


EVENT_WORDS = {
    "mandate-adopted": "Permission adopted",
    "mandate-ended": "Permission ended",
    "halt": "Stopped",
    "lift": "Stop lifted",
    "charter-loaded": "Charter put into force",
    "settings-loaded": "Settings of the installation changed",
    "assessment": "Test recorded",
    "account-enrolled": "Account enrolled",
}


def what_changed(gate: Gate, most: int = 8) -> list[dict[str, Any]]:
    """Return the newest changes of permissions, rules and evidence, from the record."""
    since = gate.clock.now() - RECENT
    events = [e for e in gate.events() if e.at >= since and e.op in EVENT_WORDS]
    charter = gate.charter
    out: list[dict[str, Any]] = []
    for event in sorted(events, key=lambda e: e.entry, reverse=True):
        mandate = charter.mandates.get(event.about)
        words, about = EVENT_WORDS[event.op], mandate.title if mandate else ""
        if out and (out[-1]["words"], out[-1]["day"]) == (words, event.at.date()) and event.op == "mandate-adopted":
            out[-1]["titles"].append(about)
            continue
        out.append(
            {
                "words": words,
                "titles": [about] if about else [],
                "day": event.at.date(),
                "at": event.at,
                "reason": event.reason,
                "entry": event.entry,
            }
        )
    return out[:most]


def what_went_wrong(gate: Gate) -> dict[str, Any]:
    """Return stops of a year, late answers, how often the rules said no, and tests that fell short."""
    now = gate.clock.now()
    limits = Limits(gate.charter.publication.suppress_below, gate.charter.publication.round_to)
    stops = [stop_facts(gate, s) for s in gate.stops() if s.made_at >= now - YEAR]
    first = (now - RECENT).date().isoformat()
    refusals = sum(
        n for (day, decision, *_), n in gate.count_entries().items() if decision == "refuse" and day >= first
    )
    late = [s for s in stops if s["clock"] and s["clock"]["state"] in ("late", "answered late")]
    return {
        "stops": stops,
        "late": late,
        "refusals": in_words(shown(refusals, limits), limits),
        "tests": _tests_short(gate),
    }


def _tests_short(gate: Gate) -> list[dict[str, Any]]:
    out = []
    for tool in sorted(gate.charter.tools):
        latest = gate.latest_assessment(tool)
        if latest is None:
            out.append(
                {"tool": gate.charter.tools[tool].title, "tool_id": tool, "what": ["It has not been tested here."]}
            )
            continue
        verdict = latest.results.get("verdict", {})
        if not verdict.get("may_be_mandated", True):
            out.append(
                {"tool": gate.charter.tools[tool].title, "tool_id": tool, "what": list(verdict.get("reasons", ()))}
            )
    return out


# The record


def record_facts(gate: Gate) -> dict[str, Any]:
    """Return how long the record is, how it grew, who countersigns, and what nobody outside has seen."""
    head, counts, now = gate.head_of_record(), gate.count_entries(), gate.clock.now()
    by_day: dict[str, int] = {}
    for (day, *_), n in counts.items():
        by_day[day] = by_day.get(day, 0) + n
    force = {gate.charter.force.id.casefold(), gate.charter.force.name.casefold()}
    witnesses = [
        dict(w) | {"outside": bool(w["run_by"].strip()) and w["run_by"].strip().casefold() not in force}
        for w in head["witnesses"]  # type: ignore[attr-defined]
    ]
    size = head["size"]
    assert isinstance(size, int)
    return dict(head) | {
        "today": by_day.get(now.date().isoformat(), 0),
        "yesterday": by_day.get((now - timedelta(days=1)).date().isoformat(), 0),
        "days": sorted(by_day.items(), reverse=True)[:14],
        "witnesses": witnesses,
        "outside": sum(w["outside"] for w in witnesses),
        "minimum": gate.charter.panel.witnesses_min,
        "demonstration": gate.charter.force.demonstration,
        "size": size,
    }


def answer_for(gate: Gate, about: str, now: datetime) -> dict[str, Any]:
    """Return the stop or the question that an official is about to answer. Raises ``nothing-to-answer``."""
    for stop in gate.stops():
        if stop.id == about:
            return stop_facts(gate, stop) | {"kind": "stop"}
    for paper in gate.public_papers("question"):
        if paper.id == about:
            clock = clock_of(paper.made_at, gate.charter.panel.answer_days, answers_to(gate, paper.id), now)
            answers = [paper_facts(gate, p) for p in answers_to(gate, paper.id)]
            return paper_facts(gate, paper) | {"kind": "question", "clock": clock_facts(clock), "answers": answers}
    raise MissingError("nothing-to-answer", "There is no stop and no question of that number.", do="See the list.")


def oversight_mandate(caller: Caller) -> str:
    """Return the id of the duty under which the panel asks and officials answer."""
    return caller.mandate("duty", OVERSEE).id
