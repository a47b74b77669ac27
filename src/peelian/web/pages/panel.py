"""The panel's room: what happened, stopping a tool step by step, the record; and the officials' answers at the desk."""

from __future__ import annotations

import re
import time
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse, RedirectResponse, Response

from peelian.app.faces import InvalidError, PeelianError, RefusedError
from peelian.app.oversight import panel_look, panel_papers
from peelian.app.oversight import panel_room as room
from peelian.app.oversight.panel_acts import (
    answer,
    ask,
    enrolled_key,
    hand_in_file,
    hand_in_signature,
    lift,
    offered_times,
    propose_again,
    propose_from_page,
    verify_here,
)
from peelian.app.served import Site
from peelian.web.rendering import render
from peelian.web.visits import Visit, require_visit, site_of

Text = Annotated[str, Form(max_length=5_000)]
Seen = Annotated[UploadFile | None, File()]

FILE_MAX = 20_000
"""Bytes of a signed statement; with all signatures of a large panel it has a few thousand."""

pages = APIRouter(include_in_schema=False)


def router(site: Site) -> APIRouter:
    """Return the pages."""
    return pages


def _panel(request: Request) -> Visit:
    """Return a visitor who belongs here: a member, or somebody who watches. Others are told where it is shown to all.

    Raises
    ------
    RefusedError
        ``panel-room``.
    """
    visit = require_visit(request)
    if not visit.roles & {"panel-member", "information-commissioner"}:
        raise RefusedError(
            "panel-room",
            "This is the panel's room.",
            why="What members are asked to sign is theirs to see until it is done. What they did is public.",
            do="Read the stops, the answers and the record at the register.",
        )
    return visit


def _page(request: Request, visit: Visit, template: str, *, status: int = 200, **facts: Any) -> Response:
    """Answer with a page of the room."""
    member = "panel-member" in visit.roles
    me = room.seat_of(visit.caller.gate, visit.account)
    return render(request, f"panel/{template}", status=status, me=me, member=member, **facts)


# The room


@pages.get("/panel")
def show_room(request: Request) -> Response:
    """Show the five cards."""
    visit = _panel(request)
    facts = room.room(site_of(request), visit.caller, visit.account, member="panel-member" in visit.roles)
    return _page(request, visit, "room.html", **facts)


# Stop a tool


@pages.get("/panel/stop")
def choose(request: Request) -> Response:
    """Step 1: which."""
    visit = _panel(request)
    return _page(request, visit, "stop.html", tools=room.tools(visit.caller.gate), error=False)


@pages.get("/panel/stop/why")
def why_and_when(request: Request, mandate: str = "") -> Response:
    """Step 2: why, and when."""
    visit = _panel(request)
    if not mandate:
        tools = room.tools(visit.caller.gate)
        return _page(request, visit, "stop.html", status=422, tools=tools, error=True)
    return _why(request, visit, mandate)


def _why(
    request: Request,
    visit: Visit,
    mandate: str,
    *,
    values: dict[str, str] | None = None,
    errors: list[tuple[str, str]] | None = None,
) -> Response:
    gate = visit.caller.gate
    facts = {
        "tool": room.tool_facts(gate, room.mandate_named(gate, mandate)),
        "ends": offered_times(visit.caller),
        "values": values or {"reason": "", "begins": ""},
        "errors": errors or [],
    }
    return _page(request, visit, "why.html", status=422 if errors else 200, **facts)


@pages.post("/panel/stop")
def make_statement(request: Request, mandate: Text = "", reason: Text = "", begins: Text = "") -> Response:
    """Put the stop before the panel, and go on to reading and signing it."""
    visit = _panel(request)
    errors = []
    if not reason.strip():
        errors.append(("Say why it should stop.", "reason"))
    if begins not in {"now", *(value for value, *_ in offered_times(visit.caller))}:
        errors.append(("Choose when it should stop.", "begins"))
    if not errors:
        try:
            proposal = propose_from_page(visit.caller, mandate, reason, begins)
            return RedirectResponse(f"/panel/proposals/{proposal}", status_code=303)
        except InvalidError as error:
            errors = [(f"{error.what} {error.do}", "reason")]
    return _why(request, visit, mandate, values={"reason": reason, "begins": begins}, errors=errors)


@pages.get("/panel/proposals/{proposal}")
def read_proposal(request: Request, proposal: str) -> Response:
    """Step 3, read and sign; step 4, wait for another member; and then what happens."""
    return _proposal(request, _panel(request), proposal)


def _proposal(request: Request, visit: Visit, proposal_id: str, error: PeelianError | None = None) -> Response:
    facts = room.proposal_facts(visit.caller.gate, room.proposal_named(visit.caller, proposal_id), visit.account)
    told = error and {"what": error.what, "reasons": getattr(error, "reasons", ())}
    return _page(
        request,
        visit,
        "proposal.html",
        status=422 if error else 200,
        p=facts,
        account=visit.account,
        key=enrolled_key(visit.caller, visit.account),
        command=f"peelian panel sign {_file_name(proposal_id)} --account {visit.account} --key {visit.account}.pem",
        error=told,
    )


@pages.post("/panel/proposals/{proposal}/again")
def again(request: Request, proposal: str) -> Response:
    """Put a proposal that became void forward again, in the same words."""
    number = propose_again(_panel(request).caller, proposal)
    return RedirectResponse(f"/panel/proposals/{number}", status_code=303)


def _file_name(proposal_id: str) -> str:
    return f"statement-{proposal_id}.txt"


@pages.get("/panel/proposals/{proposal}/statement.txt")
def statement(request: Request, proposal: str) -> Response:
    """Give the exact text, for signing elsewhere."""
    text = room.proposal_named(_panel(request).caller, proposal).statement.text
    headers = {"Content-Disposition": f'attachment; filename="{_file_name(proposal)}"'}
    return PlainTextResponse(text, headers=headers)


@pages.post("/panel/proposals/{proposal}")
async def sign(request: Request, proposal: str, signature: Text = "", signed: Seen = None) -> Response:
    """Take a signature: made in the browser, or in a file that was signed elsewhere."""
    visit = _panel(request)
    content = (await signed.read(FILE_MAX)).decode("utf-8", "replace") if signed is not None else ""

    def take() -> Response:
        try:
            if content.strip():
                hand_in_file(visit.caller, proposal, content)
            else:
                hand_in_signature(visit.caller, proposal, visit.account, signature)
        except (RefusedError, InvalidError) as error:
            if error.code not in AT_THE_FORM:
                raise
            return _proposal(request, visit, proposal, error)
        site_of(request).stir()
        return RedirectResponse(f"/panel/proposals/{proposal}", status_code=303)

    return await run_in_threadpool(take)


AT_THE_FORM = frozenset(
    {
        "signature-not-counted",
        "signature-not-sent",
        "statement-malformed",
        "statement-not-the-proposed",
        "statement-unsigned",
        "note-malformed",
    }
)
"""What is told beside the form, so that the member can try again."""


# A stop, and letting it go on


@pages.get("/panel/stops/{stop}")
def follow_stop(request: Request, stop: str) -> Response:
    """Show a stop, its clock and its answer."""
    visit = _panel(request)
    gate = visit.caller.gate
    return _page(
        request, visit, "stopped_tool.html", stop=room.stop_facts(gate, room.stop_named(gate, stop)), errors=[]
    )


@pages.post("/panel/stops/{stop}")
def propose_lift(request: Request, stop: str, reason: Text = "") -> Response:
    """Put the lifting before the panel; an owner's own stop one member lifts."""
    visit = _panel(request)
    gate = visit.caller.gate
    found = room.stop_named(gate, stop)
    if not reason.strip():
        facts = {"stop": room.stop_facts(gate, found), "errors": [("Say why it may go on.", "reason")]}
        return _page(request, visit, "stopped_tool.html", status=422, **facts)
    proposal = lift(visit.caller, found, reason)
    site_of(request).stir()
    to = f"/panel/proposals/{proposal}" if proposal else f"/panel/stops/{stop}"
    return RedirectResponse(to, status_code=303)


# Questions, and the officials' answers


@pages.get("/panel/questions")
def questions(request: Request) -> Response:
    """Show the panel's questions."""
    return _questions(request, _panel(request))


def _questions(
    request: Request,
    visit: Visit,
    errors: list[tuple[str, str]] | None = None,
    values: dict[str, str] | None = None,
) -> Response:
    gate = visit.caller.gate
    facts = {
        "questions": room.every_question(gate),
        "tools": [(t["id"], t["title"]) for t in room.tools(gate)],
        "days": gate.charter.panel.answer_days,
        "errors": errors or [],
        "values": values or {"mandate": "", "text": ""},
    }
    return _page(request, visit, "questions.html", status=422 if errors else 200, **facts)


@pages.post("/panel/questions")
def ask_question(request: Request, mandate: Text = "", text: Text = "") -> Response:
    """Ask the officials, in public."""
    visit = _panel(request)
    if not text.strip():
        return _questions(request, visit, [("Write the question.", "text")], {"mandate": mandate, "text": text})
    ask(visit.caller, mandate, text)
    site_of(request).stir()
    return RedirectResponse("/panel/questions", status_code=303)


@pages.get("/desk/answers")
def answers(request: Request) -> Response:
    """Show officials what they owe."""
    visit = require_visit(request)
    return render(
        request, "panel/answers.html", working_on=room.working_on(visit.caller), **room.owed(visit.caller.gate)
    )


@pages.get("/desk/answers/{about}")
def answer_form(request: Request, about: str, done: str = "") -> Response:
    """Show what an answer is owed to."""
    return _answer(request, require_visit(request), about, done=bool(done))


def _answer(
    request: Request, visit: Visit, about: str, *, errors: list[tuple[str, str]] | None = None, done: bool = False
) -> Response:
    gate = visit.caller.gate
    facts: dict[str, Any] = {"it": room.answer_for(gate, about, _now(visit)), "errors": errors or []}
    facts |= {"values": {"text": ""}, "done": done, "working_on": room.working_on(visit.caller)}
    return render(request, "panel/answer.html", status=422 if errors else 200, **facts)


def _now(visit: Visit) -> datetime:
    return visit.caller.gate.clock.now()


@pages.post("/desk/answers/{about}")
def publish_answer(request: Request, about: str, text: Text = "") -> Response:
    """Publish an answer."""
    visit = require_visit(request)
    if not text.strip():
        return _answer(request, visit, about, errors=[("Write the answer.", "text")])
    answer(visit.caller, about, text)
    site_of(request).stir()
    return RedirectResponse(f"/desk/answers/{about}?done=1", status_code=303)


# Look for yourself


@pages.get("/panel/look")
def look(request: Request) -> Response:
    """Show the three ways."""
    return _page(request, _panel(request), "look.html")


@pages.get("/panel/look/results")
def results(request: Request) -> Response:
    """Show which results there are."""
    visit = _panel(request)
    begun = panel_look.replays(_desk(request), visit.caller, visit.account)
    return _page(request, visit, "results.html", results=panel_look.results(visit.caller), begun=begun)


@pages.post("/panel/look/results")
def replay(request: Request, finding: Text = "") -> Response:
    """Begin making a result again."""
    visit = _panel(request)
    job = panel_look.start_replay(_desk(request), visit.caller, visit.account, finding)
    return RedirectResponse(f"/panel/look/replays/{job}", status_code=303)


@pages.get("/panel/look/replays/{job}")
def replayed(request: Request, job: str) -> Response:
    """Show how far it is, and then whether it is the same."""
    visit = _panel(request)
    found = panel_look.job_of(_desk(request), visit.caller, visit.account, job)
    at = panel_look.STEPS.index(found.step) if found.step in panel_look.STEPS else 0
    return _page(request, visit, "replay.html", job=found, steps=panel_look.STEPS, at=at)


@pages.post("/panel/look/replays/{job}")
def resume(request: Request, job: str) -> Response:
    """Go on with one that the server's end interrupted."""
    visit = _panel(request)
    panel_look.resume_replay(_desk(request), visit.caller, visit.account, job)
    return RedirectResponse(f"/panel/look/replays/{job}", status_code=303)


def _desk(request: Request) -> panel_look.Desk:
    """Return what the panel's pages remember between two requests."""
    if not hasattr(request.app.state, "panel"):
        request.app.state.panel = panel_look.Desk()
    desk: panel_look.Desk = request.app.state.panel
    return desk


@pages.get("/panel/look/why")
def who_may(request: Request, purpose: str = "", table: str = "") -> Response:
    """Ask the rules."""
    visit = _panel(request)
    return _page(request, visit, "explorer.html", **panel_look.explorer(visit.caller.gate, purpose, table))


@pages.get("/panel/look/reasons")
def reasons(request: Request, done: int = 0, published: str = "") -> Response:
    """Show what was said so far, and offer a lot."""
    return _reasons(request, _panel(request), done=done, published=bool(published))


def _reasons(
    request: Request,
    visit: Visit,
    *,
    done: int = 0,
    published: bool = False,
    errors: list[tuple[str, str]] | None = None,
) -> Response:
    facts = {"shares": panel_look.shares(visit.caller), "errors": errors or [], "done": done, "published": published}
    return _page(request, visit, "reasons.html", status=422 if errors else 200, **facts)


@pages.post("/panel/look/reasons")
def draw(request: Request) -> Response:
    """Draw a lot."""
    visit = _panel(request)
    lot = panel_look.draw(_desk(request), visit.caller, visit.account)
    return RedirectResponse(f"/panel/look/reasons/{lot}", status_code=303)


@pages.post("/panel/look/reasons/publish")
def publish_shares(request: Request) -> Response:
    """Put the shares on the register."""
    visit = _panel(request)
    try:
        panel_look.publish_shares(visit.caller)
    except InvalidError as error:
        return _reasons(request, visit, errors=[(f"{error.what} {error.do}", "")])
    site_of(request).stir()
    return RedirectResponse("/panel/look/reasons?published=1", status_code=303)


@pages.get("/panel/look/reasons/{lot}")
def rate_form(request: Request, lot: str) -> Response:
    """Show what was drawn."""
    return _lot(request, _panel(request), lot)


def _lot(request: Request, visit: Visit, lot: str, errors: list[tuple[str, str]] | None = None) -> Response:
    drawn = panel_look.lot_of(_desk(request), visit.caller, visit.account, lot)
    facts = {"cards": panel_look.cards(visit.caller.gate, drawn), "number": lot, "errors": errors or []}
    ratings = list(panel_look.RATINGS.items())
    return _page(request, visit, "lot.html", status=422 if errors else 200, ratings=ratings, **facts)


@pages.post("/panel/look/reasons/{lot}")
async def rate(request: Request, lot: str) -> Response:
    """Keep a member's ratings."""
    visit, form = _panel(request), await request.form()
    given = {int(k[1:]): str(v) for k, v in form.items() if re.fullmatch(r"r[0-9]{1,2}", k)}

    def keep() -> Response:
        try:
            kept = panel_look.rate(_desk(request), visit.caller, visit.account, lot, given)
        except InvalidError as error:
            return _lot(request, visit, lot, [(f"{error.what} {error.do}", "")])
        return RedirectResponse(f"/panel/look/reasons?done={kept}", status_code=303)

    return await run_in_threadpool(keep)


# Impact papers


@pages.get("/panel/papers")
def papers(request: Request) -> Response:
    """Show every tool's impact papers, and who has signed them."""
    visit = _panel(request)
    return _page(request, visit, "papers.html", papers=panel_papers.papers_list(visit.caller.gate, visit.account))


@pages.get("/panel/papers/{tool}/{kind}")
def read_paper(request: Request, tool: str, kind: str) -> Response:
    """Show one paper, and the form to sign it."""
    return _paper(request, _panel(request), tool, kind)


def _paper(
    request: Request, visit: Visit, tool: str, kind: str, *, values: Any = None, error: InvalidError | None = None
) -> Response:
    gate = visit.caller.gate
    facts = panel_papers.paper_facts(gate, panel_papers.paper_named(gate.charter, tool, kind), visit.account)
    errors = [(f"{error.what} {error.do}", "verdict")] if error else []
    values = values or {"verdict": "", "because": ""}
    return _page(request, visit, "paper.html", status=422 if error else 200, p=facts, values=values, errors=errors)


@pages.post("/panel/papers/{tool}/{kind}")
def sign_paper(
    request: Request, tool: str, kind: str, version: Text = "", verdict: Text = "", because: Text = ""
) -> Response:
    """Sign a paper as read."""
    visit = _panel(request)
    try:
        panel_papers.sign_off(visit.caller, tool, kind, version, verdict, because)
    except InvalidError as error:
        return _paper(request, visit, tool, kind, values={"verdict": verdict, "because": because}, error=error)
    site_of(request).stir()
    return RedirectResponse(f"/panel/papers/{tool}/{kind}", status_code=303)


# The record


@pages.get("/panel/record")
def record(request: Request) -> Response:
    """Show how long the record is, who has seen it, and how to check it."""
    return _record(request, _panel(request))


@pages.post("/panel/record")
def check_record(request: Request) -> Response:
    """Read every entry again from disk and check the whole."""
    visit, began = _panel(request), time.perf_counter()
    checked = verify_here(visit.caller)
    seconds = f"{max(0.1, time.perf_counter() - began):.1f}"
    return _record(request, visit, checked | {"seconds": seconds})


def _record(request: Request, visit: Visit, checked: dict[str, Any] | None = None) -> Response:
    facts = room.record_facts(visit.caller.gate)
    address = f"{str(request.base_url).rstrip('/')}/record/log"
    told: dict[str, Any] = {
        "record": facts,
        "checked": checked,
        "command": f"peelian ledger verify {address} --vkey {facts['vkey']}",
        "seen_command": f"peelian ledger verify {address} --vkey {facts['vkey']} --seen checkpoint-you-kept",
    }
    return _page(request, visit, "record.html", **told)
