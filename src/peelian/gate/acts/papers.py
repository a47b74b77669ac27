"""Papers: judged, entered by their digest, kept once. What a paper says is the desk's; that it was said, the ledger's.

The words are written to the desk first and then entered: a paper exists from its entry on. What the desk holds beside
that was never entered and is shown to nobody; what was entered and is not in the desk word for word is an alarm.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import datetime
from itertools import islice

from peelian.core.canonical import canonical_bytes
from peelian.core.errors import InvalidError, LimitError, Reason, RefusedError, TamperedError
from peelian.core.ids import new_ulid
from peelian.gate.entries import Act
from peelian.gate.house import House
from peelian.gate.judging import admit_user, circumstances, insist
from peelian.gate.memory.paper_index import OPERATIONS, PaperKnown
from peelian.gate.own_view import has_own_view
from peelian.gate.presence import Presence
from peelian.model.paper import KINDS, PUBLIC_KINDS, Paper, shift_of, subject_of
from peelian.policy.rules import Circumstances
from peelian.store.locks import exclusive

BODY_BYTES_MAX = 256 * 1024
LOCK_WAIT_S = 30
_ABOUT = re.compile(r"[A-Za-z0-9._:/@#-]{0,200}")


def post_paper(
    house: House,
    presence: Presence,
    mandate_id: str,
    kind: str,
    about: str,
    body: Mapping[str, object],
    *,
    public: bool = False,
    expires_at: datetime | None = None,
    once: bool = False,
) -> Paper:
    """Write a paper, judged as its act (:data:`peelian.model.paper.KINDS`).

    Raises
    ------
    RefusedError, ExpiredError
        With every reason, recorded; ``already-written`` with ``once`` when there is one of that kind by this author
        about this thing.
    InvalidError
        ``paper-malformed``, ``not-canonical``.
    LimitError
        ``paper-too-long``.
    """
    now = _circumstances(house, presence, mandate_id)
    _check_form(kind, about, body, public, expires_at, now.now)
    if kind == "hand-over" and about != presence.operation_ref:
        raise _malformed("A note for the next shift is about the operation that its writer works on.")
    tool = now.mandate.target if now.mandate else ""
    detail = {"mandate": mandate_id, "kind": kind, "about": about}
    verdict = house.rulebook.judge_act(presence.actor, now, KINDS[kind])
    insist(house, presence, verdict, f"write a paper ({kind})", tool, detail)
    paper = compose_paper(house, presence, now, kind, about, body, public, expires_at)
    with _alone(house) if once else nullcontext():
        if once:
            _insist_first(house, presence, paper)
        admit_user(house, presence, now.mandate if now.mandate and now.mandate.subject == "method" else None)
        return enter_paper(house, presence, now, paper)


def enter_paper(house: House, presence: Presence, now: Circumstances, paper: Paper) -> Paper:
    """Write a paper's words to the desk and enter it: judged by :func:`post_paper`, or part of what was judged."""
    house.desk.add_paper(house.grant("write", "papers"), paper)
    told = presence.who() | {"mandate": paper.mandate, "kind": paper.kind, "about": paper.about}
    told |= {"digest": paper.digest, "public": paper.public, "tool": paper.tool}
    act = Act(OPERATIONS[paper.kind], paper.tool, now.purpose, "allow", told, presence.reason)
    [entry] = house.recorder.record([act])
    return replace(paper, entry=entry)


def read_papers(
    house: House,
    presence: Presence,
    mandate_id: str,
    kind: str,
    *,
    about: str | None = None,
    mine: bool = False,
    limit: int = 200,
) -> list[Paper]:
    """Read papers, newest first: with ``mine`` one's own, which needs no mandate; else those of others too.

    Reading what others wrote is an entry in the ledger, made before anything is read. Under the mandate of a method
    only papers of that method are found. A plan holds what the tool said, so whoever decides on patrols is given those
    of results that they have an own view of.

    Raises
    ------
    RefusedError, ExpiredError
        With every reason; recorded.
    TamperedError
        ``paper-altered``.
    """
    now = circumstances(house, presence, mandate_id)
    verdict = house.rulebook.judge_papers(presence.actor, now, kind, mine=mine)
    tool = now.mandate.target if now.mandate else ""
    detail = {"mandate": mandate_id, "kind": kind, "about": about or ""}
    insist(house, presence, verdict, f"read papers ({_known(kind)})", tool, detail)
    if mine:
        found = house.head.papers.find(kind, about=about, author=presence.actor.id)
        return words_of(house, islice(found, limit))
    of_tool = tool if now.mandate and now.mandate.subject == "method" else None
    found = house.head.papers.find(kind, about=about, tool=of_tool)
    known = list(islice((p for p in found if may_be_told(house, presence, now, p)), limit))
    told = presence.who() | detail | {"papers": [p.digest for p in known]}
    house.recorder.record([Act("consultation", tool, now.purpose, "allow", told, presence.reason)])
    return words_of(house, known)


def may_be_told(house: House, presence: Presence, now: Circumstances, paper: PaperKnown) -> bool:
    """Say whether somebody else's paper tells no more than reading the result itself would (red line 4)."""
    if paper.kind != "plan" or now.mandate is None or now.mandate.subject != "method":
        return True
    judged = replace(now, own_view=has_own_view(house, presence, subject_of(paper.about)))
    return house.rulebook.judge_result(presence.actor, judged, now.mandate.target).allow


def count_plans(house: House, day: str) -> int:
    """Count the plans for the shifts of a day, ``2026-11-23``, whoever made them; nothing of any of them is read."""
    plans = house.head.follow().papers.find("plan")
    return sum(shift_of(paper.about).startswith(day) for paper in plans)


def public_papers(house: House, kind: str, *, about: str | None = None) -> list[Paper]:
    """Return the public papers of a kind, newest first; anybody may."""
    house.head.follow()
    return words_of(house, (p for p in house.head.papers.find(kind, about=about) if p.public))


def papers_by(house: House, kind: str, author: str, *, about: str | None = None) -> list[Paper]:
    """Return somebody's papers of a kind, newest first, for the gate's own decisions; judged and told to nobody."""
    return words_of(house, house.head.papers.find(kind, about=about, author=author))


def _circumstances(house: House, presence: Presence, mandate_id: str) -> Circumstances:
    """Collect circumstances; acts that need no working context take the mandate's own purpose where none is set."""
    mandate = house.charter.mandates.get(mandate_id)
    purpose = presence.purpose or (min(mandate.purposes) if mandate else "")
    return circumstances(house, presence, mandate_id, purpose=purpose)


def _check_form(
    kind: str, about: str, body: Mapping[str, object], public: bool, expires_at: datetime | None, now: datetime
) -> None:
    what = ""
    if kind not in KINDS:
        what = "There is no such kind of paper."
    elif not _ABOUT.fullmatch(about):
        what = "What a paper is about is named by an id."
    elif public and kind not in PUBLIC_KINDS:
        what = f"A paper of the kind {kind} is never public."
    elif expires_at is not None and (expires_at.tzinfo is None or expires_at <= now):
        what = "A paper ends after it is written, at an instant with its time zone."
    if what:
        raise _malformed(what)
    if len(canonical_bytes(body)) > BODY_BYTES_MAX:
        raise LimitError(
            "paper-too-long",
            f"A paper holds at most {BODY_BYTES_MAX // 1024} KiB.",
            why="A paper is what one person wrote, not a place to keep data.",
            do="Shorten it.",
        )


def _malformed(what: str) -> InvalidError:
    return InvalidError(
        "paper-malformed", what, why="Papers are found, kept and published by these.", do="Put it right."
    )


def compose_paper(
    house: House,
    presence: Presence,
    now: Circumstances,
    kind: str,
    about: str,
    body: Mapping[str, object],
    public: bool = False,
    expires_at: datetime | None = None,
) -> Paper:
    """Compose a paper; until it is entered nobody is shown it."""
    roles = presence.actor.roles & now.mandate.roles if now.mandate else frozenset()
    paper = Paper(
        id=new_ulid(house.clock),
        kind=kind,
        about=about,
        tool=now.mandate.target if now.mandate else "",
        mandate=now.mandate.id if now.mandate else "",
        author=presence.actor.id,
        role=min(roles or presence.actor.roles),
        purpose=now.purpose,
        made_at=now.now,
        expires_at=expires_at,
        public=public,
        body=body,
    )
    return replace(paper, digest=paper.true_digest)


def _alone(house: House) -> AbstractContextManager[None]:
    """Hold the lock under which a paper that may be written once is looked for and written."""
    return exclusive(house.deployment.tmp / "papers.lock", wait_s=LOCK_WAIT_S)


def _insist_first(house: House, presence: Presence, paper: Paper) -> None:
    """Refuse a second paper of a kind by one author about one thing; the ledger knows, whatever became of the row."""
    house.head.follow()
    if next(house.head.papers.find(paper.kind, about=paper.about, author=paper.author), None) is None:
        return
    told = presence.who() | {"asked": "write a paper twice", "reasons": ["already-written"], "kind": paper.kind}
    house.recorder.record([Act("refusal", paper.tool, paper.purpose, "refuse", told, presence.reason)])
    raise RefusedError(
        "already-written",
        f"You have written a paper of the kind {paper.kind} about this before.",
        why="It is written once, before anything else is seen; a second one would be written with hindsight.",
        do="Read the one you wrote. It stands.",
        reasons=[Reason("already-written", "There is one of yours about this.", "nobody", "Read the one you wrote.")],
    )


def words_of(house: House, known: Iterable[PaperKnown]) -> list[Paper]:
    """Return the papers' words as they were entered.

    Raises
    ------
    TamperedError
        ``paper-altered`` when one that was entered is not in the desk word for word.
    """
    wanted = list(known)
    rows = house.desk.papers(house.grant("read", "papers"), [p.digest for p in wanted])
    true = [replace(rows[p.digest], entry=p.entry) for p in wanted if _is_true(rows.get(p.digest), p)]
    if len(true) < len(wanted):
        raise TamperedError(
            "paper-altered",
            f"{len(wanted) - len(true)} of {len(wanted)} papers are not what was entered in the record.",
            why="Somebody changed or removed them in the desk database behind the gate's back.",
            do="Keep the database as it is, restore a copy, and tell the panel.",
            facts={"asked": len(wanted), "true": len(true)},
        )
    return true


def _is_true(row: Paper | None, known: PaperKnown) -> bool:
    return row is not None and row.true_digest == known.digest


def _known(kind: str) -> str:
    return kind if kind in KINDS else "unknown kind"
