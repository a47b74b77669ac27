"""Saying of one record that it is wrong, contested, not to be used or to be kept, and what follows in everything built.

The record gets a new version with the label that follows; its earlier versions take that label too. In the same commit
the edges that end in it go, and what reviewers found about it is shut as the record is. Then the index, the findings
and the numbered copies that rested on it are brought up to date, re-opened and recalled, and the receipt names each.
What was said stays beside the record (:mod:`peelian.model.amendment`): a source that delivers the record again meets
it at the door.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from peelian.core.errors import InvalidError, MissingError, Reason
from peelian.core.ids import new_ulid
from peelian.core.time import to_micros
from peelian.gate import presence as presences
from peelian.gate.amendments import (
    HOLD,
    TABLE,
    amended_rows,
    amendments_of,
    as_stored,
    holds_in_force,
    put_labels,
    rows_of,
    source_hash_of,
)
from peelian.gate.corrections.link_ends import edges_of_records
from peelian.gate.corrections.objections import Objection, due_on, objectors, open_objections
from peelian.gate.corrections.reopening import charts_on, findings_on, reopen
from peelian.gate.door import Gate
from peelian.gate.entries import Act
from peelian.gate.house import House
from peelian.gate.identity import Credential
from peelian.gate.judging import circumstances, insist, refuse
from peelian.gate.looking.copies import recall_copies
from peelian.gate.looking.indexing import bring_up_to_date, index_standing, take_out
from peelian.gate.looking.watched import insist_of_others
from peelian.gate.presence import Presence
from peelian.gate.room import Room
from peelian.model.amendment import (
    AMENDED_AS,
    CORRECTED,
    HELD,
    Amendment,
    amended_label,
    value_of,
)
from peelian.model.label import CONTESTED, RESTRICTED, Label
from peelian.model.links import LINK_TABLES, LINK_VERDICT, PERSON_LINK
from peelian.model.table import TableSpec
from peelian.policy.rules import Verdict
from peelian.store.commit import Transaction
from peelian.store.desk import CommitMade
from peelian.store.lake import quote

TOOL = "amend"
LIFT = "lift"
REASON_MIN, REASON_MAX = 10, 2000

_RECORD = re.compile(r"[0-9a-f]{32}")
_SERVES = frozenset({"erasure-on-request", "oversight"})
_DERIVED = frozenset({*(t.name for t in LINK_TABLES), TABLE, "quarantine"})


@dataclass(frozen=True)
class Said:
    """What is said of one record.

    Parameters
    ----------
    kind : str
        ``contested``, ``restricted``, ``corrected``, ``held``, or ``lift``, which takes back all but corrections.
    reason : str
        Why, in a sentence; kept beside the record, and nowhere in the open.
    column, value : str, str or None
        What is corrected, and what it is corrected to, written as text.
    under : str
        The mandate that holds it.
    """

    kind: str
    reason: str
    column: str = ""
    value: str | None = None
    under: str = ""


@dataclass(frozen=True)
class _Record:
    """One record as it lies in the lake, with what was said of it before."""

    table: str
    record: str
    rows: tuple[Mapping[str, Any], ...]
    before: tuple[Amendment, ...]

    @property
    def subjects(self) -> tuple[str, ...]:
        """Whom its rows are about."""
        return tuple(sorted({str(r["subject_id"]) for r in self.rows}))


def amend(house: House, presence: Presence, mandate_id: str, key: str, said: Said) -> dict[str, object]:
    """Say something of one record and have everything that rests on it follow.

    Parameters
    ----------
    key : str
        ``table:record_id``, as pages and lists give it; never a name.

    Returns
    -------
    dict
        ``reference entry seq kind table versions links verdicts findings copies charts index places``: the receipt.
        Charts that are kept hold no row: the next time they are opened they are drawn from what is so then.

    Raises
    ------
    RefusedError, ExpiredError
        With every reason; recorded.
    InvalidError
        ``record-key-malformed``, ``amendment-malformed``, ``hold-not-in-force``.
    MissingError
        ``record-missing``.
    """
    table, record = read_key(house, key)
    _check(house, table, said)
    now = circumstances(house, presence, mandate_id)
    who = objectors(house, table, record) if said.kind in (CORRECTED, LIFT) else frozenset()
    verdict = house.rulebook.judge_amend(presence.actor, now, decides=bool(who), mine=presence.actor.id in who)
    insist(house, presence, verdict, "amend a record", TOOL, {"mandate": mandate_id, "kind": said.kind})
    found = _find(house, table, record)
    insist_of_others(house, presence, mandate_id, found.rows, "amend a record")
    _insist_may_lift(house, presence, found, said)
    reference = new_ulid(house.clock)
    body = presence.who() | {"mandate": mandate_id, "kind": said.kind, "table": table, "amendment": reference}
    [entry] = house.recorder.record([Act("alteration", TOOL, now.purpose, "allow", body, said.reason, found.subjects)])
    house.ready()
    receipt = _carry_out(house, presence, found, said, entry)
    copies = _recall(house, presence, mandate_id, said, record)
    charts = [] if said.kind == HELD else charts_on(house, [record])
    return (
        {"reference": reference, "entry": entry, "kind": said.kind, "table": table}
        | ({"due_on": due_on(house, now.now).isoformat()} if said.kind == CONTESTED else {})
        | receipt
        | {"copies": copies, "charts": charts}
    )


def read_key(house: House, key: str) -> tuple[str, str]:
    """Take a record's key apart.

    Raises
    ------
    InvalidError
        ``record-key-malformed``.
    """
    table, _, record = key.partition(":")
    if table not in house.lake.tables or table in _DERIVED or not _RECORD.fullmatch(record):
        raise InvalidError(
            "record-key-malformed",
            "A record is named by its table and 32 hex digits, with a colon between.",
            why="Names and other personal values never go into a command line, where other programs can read them.",
            do="Take the key from the page or the list on which the record stands.",
        )
    return table, record


def _check(house: House, table: str, said: Said) -> None:
    spec = house.lake.spec(table)
    fits = said.kind in AMENDED_AS | {LIFT} and REASON_MIN <= len(said.reason.strip()) <= REASON_MAX
    if not fits or (said.kind == CORRECTED and not _is_value(spec, said)):
        raise InvalidError(
            "amendment-malformed",
            "This cannot be said of a record.",
            why=f"It says what it is, why in {REASON_MIN} to {REASON_MAX} characters, and for a correction which "
            "column is to say what, in that column's own kind.",
            do="Name a column of the table and give the value as text: days as 2026-11-22, true or false.",
        )
    if said.kind == HELD:
        _check_hold(house, table, said.under)


def _is_value(spec: TableSpec, said: Said) -> bool:
    kinds = {c.name: c.kind for c in spec.columns}
    try:
        value_of(said.value, kinds[said.column])
    except (KeyError, ValueError):
        return False
    return True


def _check_hold(house: House, table: str, under: str) -> None:
    mandate = house.charter.mandates.get(under)
    names = (
        mandate is not None and (mandate.subject, mandate.target) == ("duty", HOLD) and table in mandate.scope.tables
    )
    if not names or under not in holds_in_force(house):
        raise InvalidError(
            "hold-not-in-force",
            "Nothing in force lets records of this table be held past their day.",
            why="A hold is a mandate with an owner and an end, decided in public; nobody keeps records by themselves.",
            do="Name a hold of the charter that covers the table, or ask its owner for one.",
        )


def _find(house: House, table: str, record: str) -> _Record:
    rows = rows_of(house, table, f"record_id = {quote(record)}")
    if not rows:
        raise MissingError(
            "record-missing",
            "There is no such record.",
            why="It was never here, was deleted by its source, or has been erased.",
            do="Take the key from the page or the list on which the record stands.",
        )
    before = amendments_of(house, table, f"record = {quote(record)}").get(record, ())
    return _Record(table, record, tuple(rows), before)


def _insist_may_lift(house: House, presence: Presence, found: _Record, said: Said) -> None:
    """Refuse to take back a hold in force, but to whoever answers for it: else it would keep nobody from erasing."""
    held = {a.under for a in found.before if a.kind == HELD} & holds_in_force(house) if said.kind == LIFT else set()
    offices = {o.id for o in house.charter.officials.values() if o.held_by == presence.actor.id}
    owners = {m: house.charter.mandates[m] for m in sorted(held)}
    others = [m for m in owners.values() if not offices & {m.owner, m.approver}]
    if others:
        reasons = [Reason("hold-not-yours", f"Mandate {m.id} holds it.", m.owner, "Ask for an end.") for m in others]
        verdict = Verdict(False, tuple(reasons), house.rulebook.policy_hash, ())
        refuse(house, presence, verdict, "take back a hold", TOOL, {"kind": said.kind})


def _carry_out(house: House, presence: Presence, found: _Record, said: Said, entry: int) -> dict[str, object]:
    """Write the record's new version and what was said, cut its edges, shut its verdicts; then what is built on it."""
    grant = house.grant("erase", *house.lake.tables, "findings", "index", entry=entry)
    with house.writer.begin(grant, house.journal(), house.clock) as transaction:
        found = _find(house, found.table, found.record)  # a delivery may have come in since; from here on none does
        after = _after(house, found, said)
        relabel = _relabelling(house, after)
        edges = [] if said.kind == HELD else edges_of_records(house, grant, [found.record])
        verdicts = _verdict_rows(house, found.record, after)
        if said.kind != HELD:
            kept = amended_rows(house, found.table, found.rows, {found.record: after}, found.before)
            transaction.amend(found.table, as_stored(house, found.table, kept), relabel)
        if edges:
            transaction.erase(PERSON_LINK.name, record_ids=edges)
        if verdicts:
            transaction.amend(LINK_VERDICT.name, as_stored(house, LINK_VERDICT.name, verdicts), relabel)
        _write_beside(house, presence, transaction, found, after, said)
        seq = transaction.commit()
    _note_commit(house, seq)
    take_out(house, grant, PERSON_LINK.name, edges)
    done = {"seq": seq, "versions": len(found.rows), "links": len(edges)}
    return done | {"verdicts": len({v["verdict_id"] for v in verdicts})} | _follow(house, found, said)


def _write_beside(
    house: House,
    presence: Presence,
    transaction: Transaction,
    found: _Record,
    after: tuple[Amendment, ...],
    said: Said,
) -> None:
    """Write what is said anew beside the record; take away what is not said any more."""
    gone = [a.id for a in found.before if a not in after]
    fresh = _as_rows(house, presence, found, [a for a in after if a not in found.before], said)
    if gone:
        transaction.erase(TABLE, record_ids=gone)
    if fresh:
        transaction.append(TABLE, as_stored(house, TABLE, fresh))


_CAUSES = {CORRECTED: "corrected", CONTESTED: "restricted", RESTRICTED: "restricted"}
"""Why a copy is recalled, in the words of :mod:`peelian.gate.looking.copies`."""


def _recall(house: House, presence: Presence, mandate_id: str, said: Said, record: str) -> list[dict[str, object]]:
    """Recall every numbered copy that the record went into."""
    if said.kind not in _CAUSES:
        return []
    return [one.as_dict() for one in recall_copies(house, presence, mandate_id, _CAUSES[said.kind], [record])]


def _follow(house: House, found: _Record, said: Said) -> dict[str, object]:
    """Re-open the findings that read the record and bring the index up to date."""
    findings = [] if said.kind == HELD else findings_on(house, "record_id", [found.record], [found.table])
    reopen(house, findings)
    indexed = bring_up_to_date(house) if said.kind != HELD and index_standing(house).seq else None
    places = [f"lake/{TABLE}: what was said"]
    if said.kind != HELD:
        places += [f"lake/{found.table}: current and past versions"]
        places += ["lake/person_link: edges that ended in it cut"]
    places += [f"index: {indexed.records} entries"] if indexed else []
    return {"findings": findings, "index": indexed.records if indexed else 0, "places": places}


def _note_commit(house: House, seq: int) -> None:
    done = house.head.follow().done
    assert done is not None and done.seq == seq, "the commit just made is the last one done"
    house.desk.add_commit(house.grant("write", "commits"), CommitMade(seq, done.at, done.vector))
    house.forget_labels()


def _after(house: House, found: _Record, said: Said) -> tuple[Amendment, ...]:
    """Return what stands said of the record afterwards: one of each kind for a row, and one for each column."""
    if said.kind == LIFT:
        return tuple(a for a in found.before if a.kind not in (CONTESTED, RESTRICTED, HELD))
    kinds = {c.name: c.kind for c in house.lake.spec(found.table).columns}
    fresh = {}
    for row in found.rows:
        source = source_hash_of(row, found.before, kinds)
        one = Amendment(found.record, str(row["subject_id"]), said.kind, said.column, said.value, source, said.under)
        fresh[one.id] = one
    decided = {CONTESTED} if said.kind == CORRECTED else set()  # a correction is the answer to an objection
    return tuple(({a.id: a for a in found.before if a.kind not in decided} | fresh).values())


def _relabelling(house: House, after: Iterable[Amendment]) -> dict[int, int]:
    """Say of every label which one follows for a record of which all this is said."""
    kinds = {a.kind for a in after}
    follows = {i: amended_label(label, kinds) for i, label in house.labels().items()}
    put_labels(house, {label.label_id: label for label in follows.values()})
    return {i: label.label_id for i, label in follows.items()}


def _verdict_rows(house: House, record: str, after: tuple[Amendment, ...]) -> list[dict[str, Any]]:
    """Return what reviewers found about the record, shut as the record is, or as any other that they named is."""
    done = house.head.follow().done
    if done is None or LINK_VERDICT.name not in done.vector:
        return []
    name = house.engine.relation(house.grant("read", LINK_VERDICT.name), LINK_VERDICT.name, done, None)
    rows = rows_of(
        house, LINK_VERDICT.name, f'verdict_id IN (SELECT verdict_id FROM "{name}" WHERE record = {quote(record)})'
    )
    if not rows:
        return []
    listed = ", ".join(quote(str(r["record"])) for r in rows)
    said = rows_of(house, TABLE, f"record IN ({listed}) AND record <> {quote(record)}") if TABLE in done.vector else []
    kinds = {str(s["kind"]) for s in said} | {a.kind for a in after}
    labels = house.labels()
    follows = {r["label_id"]: amended_label(labels[r["label_id"]], kinds) for r in rows}
    put_labels(house, {label.label_id: label for label in follows.values()})
    return [r | {"label_id": follows[r["label_id"]].label_id} for r in rows]


def _as_rows(
    house: House, presence: Presence, found: _Record, fresh: Iterable[Amendment], said: Said
) -> list[dict[str, Any]]:
    """Write what stands said of the record as rows beside it: about the same subject, and gone with it."""
    row, at = found.rows[0], to_micros(house.clock.now())
    own = house.labels()[row["label_id"]]
    label = Label(_SERVES, source=own.source, force=own.force, basis="assessment")
    put_labels(house, {label.label_id: label})
    day = max(r["expires_on"] for r in found.rows)
    ends = [house.charter.mandates[said.under].ends_at.date()] if said.kind == HELD else []
    common = {"of": found.table, "reason": said.reason.strip(), "author": presence.actor.id, "at": at}
    common |= {"slice_id": TABLE, "label_id": label.label_id, "expires_on": max([day, *ends]), "recorded_at": at}
    return [
        {
            **common, "record": a.record, "kind": a.kind, "column_name": a.column, "value": a.value, "under": a.under,
            "source_hash": a.source_hash, "record_id": a.id, "subject_id": a.subject, "row_hash": a.id,
        }
        for a in fresh
    ]  # fmt: skip


class AmendRoom(Room):
    """Saying things of single records, at one deployment's gate."""

    def objections(self, credential: Credential, mandate_id: str) -> list[Objection]:
        """Return the objections that are open, the one that is due first before the others; entered."""
        return open_objections(self._house, presences.meet(self._house, credential), mandate_id)

    def amend(self, credential: Credential, mandate_id: str, key: str, said: Said) -> dict[str, object]:
        """Say something of one record; everything that rests on it follows, and the receipt names each place."""
        return amend(self._house, presences.meet(self._house, credential), mandate_id, key, said)


def amend_room(gate: Gate) -> AmendRoom:
    """Return the room beside a gate in which records are amended."""
    return AmendRoom(gate._house)
