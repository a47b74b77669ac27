"""Numbered copies: what somebody takes out of a look-up as a file, to whom, resting on what, until when.

A copy is a paper: judged, entered, and then handed over. Its number is its place in the record. It says nothing about
anybody: which records are in it stands in lineage, so that a record that is corrected or erased recalls every copy that
it went into, by number and holder. What became of a copy is another paper: recalled, or ended by its holder.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import product
from typing import Any

from peelian.gate.acts import papers
from peelian.gate.house import House
from peelian.gate.judging import circumstances
from peelian.gate.presence import Presence
from peelian.model.paper import Paper
from peelian.store.grant import Grant
from peelian.store.lake import HISTORY
from peelian.store.lineage import Lineage, Thing

TAKEN, RECALLED, ENDED = "copy", "copy-recalled", "copy-ended"
"""Kinds of paper about copies."""

FORMS = ("xlsx", "csv", "json", "graphml", "svg")
"""Forms in which a copy is taken."""

DAYS = 14
"""How long a copy may be held unless ``[copies] days`` in the settings says otherwise, or the operation ends first."""

RECORDS_MAX = 5_000
"""Records in one copy: a file is for a case, not for a system."""

CAUSES = ("erased", "corrected", "restricted", "over", "by-hand")
"""Why a copy is recalled."""


@dataclass(frozen=True)
class Taken:
    """What somebody takes out.

    Parameters
    ----------
    what : str
        ``search``, ``profile``, ``check-list`` or ``link-chart``; never whom it is about.
    form : str
        One of :data:`FORMS`.
    rows : int
        Rows in the file.
    content : str
        Commitment to what the file says, under a salt that stands in the file alone: 64 hex digits.
    look : int
        Entry of the look-up that it was taken from.
    sources : mapping of str to str
        Source -> when its last delivery came in, ISO 8601; ``""`` for one that was not searched.
    records : frozenset of str
        Every record that something in the file was read from.
    """

    what: str
    form: str
    rows: int
    content: str
    look: int
    sources: Mapping[str, str]
    records: frozenset[str] = field(repr=False)


@dataclass(frozen=True)
class NumberedCopy:
    """One copy, and what became of it.

    Parameters
    ----------
    number : int
        Its place in the record.
    state : str
        ``held``, ``expired``, ``recalled`` or ``ended`` (its holder says that it is deleted).
    cause : str
        One of :data:`CAUSES` for one that was recalled; empty else.
    """

    number: int
    id: str
    holder: str
    what: str
    form: str
    rows: int
    purpose: str
    mandate: str
    taken_at: datetime
    expires_at: datetime
    state: str
    cause: str = ""
    recalled_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True)
class Recalled:
    """One copy that has been called back: its number and who holds it."""

    number: int
    holder: str

    def as_dict(self) -> dict[str, object]:
        """Return it as plain data."""
        return {"number": self.number, "holder": self.holder}


def recall_copies(
    house: House, presence: Presence, mandate_id: str, cause: str, record_ids: Collection[str]
) -> list[Recalled]:
    """Recall every copy that some records went into: part of correcting, restricting or erasing them.

    Whoever calls this has had that act judged; recalling is what follows from it, and is entered copy by copy. One that
    was recalled before is recalled again only in the answer. Call it before the records are taken out of lineage.

    Returns
    -------
    list of Recalled
        Each copy's number and holder, by number.
    """
    assert cause in CAUSES, "a cause that the pages have words for"
    resting = Lineage(house.desk).dependants(house.grant("read", "lineage"), [Thing("record", r) for r in record_ids])
    ids = {t.id for t in resting if t.kind == TAKEN}
    taken = [p for p in papers.words_of(house, house.head.follow().papers.find(TAKEN)) if p.id in ids] if ids else []
    now = circumstances(house, presence, mandate_id)
    for paper in taken:
        if not any(house.head.papers.find(RECALLED, about=paper.id)):
            body = {"number": paper.entry, "holder": paper.author, "cause": cause}
            papers.enter_paper(
                house, presence, now, papers.compose_paper(house, presence, now, RECALLED, paper.id, body)
            )
            house.head.follow()
    return sorted((Recalled(p.entry, p.author) for p in taken), key=lambda r: r.number)


def records_of(house: House, grant: Grant, subject_id: str) -> list[str]:
    """Return the ids of a subject's records in every table, current and past: what their copies rest on."""
    done = house.head.follow().done
    vector = done.vector if done else {}
    scans = []
    for table, past in product(house.lake.tables, (False, True)):
        version = vector.get(table + HISTORY if past else table)
        scan = house.lake.scan_sql(grant, table, version, history=past)
        scans.append(f"SELECT record_id FROM ({scan}) WHERE subject_id = '{subject_id}'")
    found = house.engine.run(f"SELECT DISTINCT record_id FROM ({' UNION ALL '.join(scans)}) ORDER BY record_id")
    return [str(r) for r in found.column("record_id").to_pylist()]


def until_of(house: House, met: Presence) -> datetime:
    """Return until when a copy taken now may be held: some days, and never beyond the end of the operation."""
    section = house.deployment.settings.get("copies", {})
    days = int(section.get("days", DAYS)) if isinstance(section, dict) else DAYS
    until = house.clock.now() + timedelta(days=max(1, days))
    ends = met.operation.closes_at if met.operation else until
    return min(until, ends) if ends > house.clock.now() else until


def told_copies(house: House, taken: Iterable[Paper]) -> list[NumberedCopy]:
    """Say what became of copies; whoever may know of a copy may know that it was recalled or ended."""
    held = list(taken)
    index = house.head.follow().papers
    later = [p for paper in held for kind in (RECALLED, ENDED) for p in index.find(kind, about=paper.id)]
    after: dict[str, list[Paper]] = {}
    for paper in papers.words_of(house, later):
        after.setdefault(paper.about, []).append(paper)
    return [numbered(house, paper, after.get(paper.id, ())) for paper in held]


def numbered(house: House, paper: Paper, after: Iterable[Paper]) -> NumberedCopy:
    """Read a copy's paper, with what was written about it after."""
    said: Mapping[str, Any] = paper.body
    ended = next((p for p in after if p.kind == ENDED and p.author == paper.author), None)
    recalled = min((p for p in after if p.kind == RECALLED), key=lambda p: p.entry, default=None)
    over = paper.expired(house.clock.now())
    assert paper.expires_at is not None, "every copy has an end"
    return NumberedCopy(
        number=paper.entry,
        id=paper.id,
        holder=paper.author,
        what=str(said["what"]),
        form=str(said["form"]),
        rows=int(said["rows"]),
        purpose=paper.purpose,
        mandate=paper.mandate,
        taken_at=paper.made_at,
        expires_at=paper.expires_at,
        state="ended" if ended else "recalled" if recalled else "expired" if over else "held",
        cause=str(recalled.body["cause"]) if recalled else "",
        recalled_at=recalled.made_at if recalled else None,
        ended_at=ended.made_at if ended else None,
    )
