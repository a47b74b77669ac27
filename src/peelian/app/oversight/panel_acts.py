"""What members and officials do on the panel's pages, each through the gate."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from peelian.app.caller import Caller
from peelian.app.corrections.record import verify
from peelian.app.oversight.panel import insist_on_text, one_proposal
from peelian.app.oversight.panel_room import answer_for, begin_oversight, oversight_mandate
from peelian.core.errors import InvalidError, Reason, RefusedError
from peelian.core.local_time import near_words
from peelian.decide.shift import HOURS
from peelian.model.stop import LIFT, PANEL, Stop
from peelian.oversee.signing import read_signed

SHIFT_ENDS = tuple(sorted(end % 24 for _, end in HOURS.values()))
"""Hours, local time, at which shifts end; the page offers them, and any other minute goes by the command line."""

_SIGNATURE = re.compile(r"[A-Za-z0-9+/]{86}==")


def offered_times(caller: Caller) -> list[tuple[str, str]]:
    """Return the next ends of shifts, as value and words."""
    zone, now = ZoneInfo(caller.gate.charter.jurisdiction.timezone), caller.gate.clock.now()
    today = now.astimezone(zone).replace(minute=0, second=0, microsecond=0)
    ends = [(today + timedelta(days=d)).replace(hour=h) for d in (0, 1) for h in SHIFT_ENDS]
    soon = [e for e in ends if now + timedelta(minutes=5) < e <= now + timedelta(hours=23)][:2]
    return [(e.isoformat(), f"At the end of the shift, {near_words(e, now, zone)}") for e in soon]


def propose_from_page(caller: Caller, mandate_id: str, reason: str, begins: str) -> str:
    """Put a stop before the panel; return its number."""
    at = None if begins == "now" else datetime.fromisoformat(begins)
    return caller.gate.propose_stop(caller.credential, mandate_id, reason, at).id


def propose_again(caller: Caller, proposal_id: str) -> str:
    """Put a proposal that a change of the permission made void forward again, in the same words; return its number.

    A beginning that has passed, or is more than a day ahead by now, becomes "at once".
    """
    gate, said = caller.gate, one_proposal(caller, proposal_id).statement
    if said.act == LIFT:
        return gate.propose_lift(caller.credential, said.lifts, said.reason).id
    ahead = said.begins_at is not None and timedelta(0) < said.begins_at - gate.clock.now() < timedelta(hours=23)
    return gate.propose_stop(caller.credential, said.mandate, said.reason, said.begins_at if ahead else None).id


def hand_in_signature(caller: Caller, proposal_id: str, account: str, signature: str) -> None:
    """Hand in one signature, in the visitor's own name.

    Raises
    ------
    InvalidError
        ``signature-not-sent``.
    """
    if not _SIGNATURE.fullmatch(signature):
        raise InvalidError(
            "signature-not-sent",
            "There is no signature in what you sent.",
            why="The page signs in your browser, or you hand in a file that you signed elsewhere.",
            do="Choose your key file and press sign; or take the other way below.",
        )
    caller.gate.sign_for_panel(caller.credential, proposal_id, {account: signature})


def hand_in_file(caller: Caller, proposal_id: str, content: str) -> None:
    """Hand in a statement that was signed elsewhere, with every signature under it."""
    statement, signatures = read_signed(content)
    insist_on_text(one_proposal(caller, proposal_id), statement)
    new = {a: s for a, s in signatures.items()}
    if not new:
        raise InvalidError(
            "statement-unsigned", "Nobody has signed this statement.", do="Sign it first: peelian panel sign FILE."
        )
    caller.gate.sign_for_panel(caller.credential, proposal_id, new)


def enrolled_key(caller: Caller, account: str) -> str:
    """Return the public key that the record has enrolled for an account, hex."""
    return caller.gate.enrolled_key(account)


def lift(caller: Caller, stop: Stop, reason: str) -> str:
    """Put the lifting of the panel's stop before the panel and return its number; lift an owner's at once."""
    if stop.whose == PANEL:
        return caller.gate.propose_lift(caller.credential, stop.id, reason).id
    caller.gate.act_on_mandate(caller.credential, stop.mandate, "lift", reason)
    return ""


def ask(caller: Caller, mandate_id: str, text: str) -> None:
    """Ask the officials a question in public."""
    begin_oversight(caller)
    body = {"text": _plain(text)}
    caller.gate.post_paper(caller.credential, oversight_mandate(caller), "question", mandate_id, body, public=True)


def answer(caller: Caller, about: str, text: str) -> None:
    """Answer a stop or a question in public.

    Raises
    ------
    MissingError
        ``nothing-to-answer``.
    RefusedError
        ``not-your-answer`` for a stop on a tool that another office answers for.
    """
    answer_for(caller.gate, about, caller.gate.clock.now())
    _insist_on_owner(caller, about)
    begin_oversight(caller)
    body = {"text": _plain(text)}
    caller.gate.post_paper(caller.credential, oversight_mandate(caller), "answer", about, body, public=True)


def _insist_on_owner(caller: Caller, about: str) -> None:
    """Refuse an answer to a stop by anybody but its owner, while there is one: it would end the owner's clock."""
    charter = caller.gate.charter
    stopped = [
        charter.mandates[s.mandate] for s in caller.gate.stops() if s.id == about and s.mandate in charter.mandates
    ]
    offices = [charter.officials[m.owner] for m in stopped if m.owner in charter.officials]
    others = [o for o in offices if o.held_by and o.held_by != caller.gate.who(caller.credential).actor.id]
    if others:
        what = f"The answer is owed by another office: {others[0].title}."
        raise RefusedError(
            "not-your-answer",
            "This stop is not yours to answer.",
            why=f"{what} An answer by somebody else would end the days that they have for it.",
            do="Tell them what you know; they answer.",
            reasons=[Reason("not-your-answer", what, others[0].title, "Ask them to answer.")],
        )


def _plain(text: str) -> str:
    return "\n".join(" ".join(line.split()) for line in text.strip().splitlines())


def verify_here(caller: Caller) -> dict[str, object]:
    """Sign what is there, then check the whole record from its files alone."""
    caller.gate.publish_head()
    result = verify(str(caller.place.folder))
    problems = [{"what": p.what} for p in result.problems]
    return {"ok": result.ok, "size": result.size, "problems": problems}
