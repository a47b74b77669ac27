"""Masking somebody's own words out of free text before they are erased: names, addresses, numbers, as their rows have.

Only texts of events that the person's own rows belong to are masked, span by span, and only what stands there as it
stands in those rows: anywhere else the same name may be another's. Which texts were not touched and want a human eye is
in the answer: those of the person's own events in which nothing was found, and others that hold the whole name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from peelian.core.time import to_micros
from peelian.gate.amendments import TABLE, amendments_of, as_stored, put_labels, rows_of, source_hash_of
from peelian.gate.house import House
from peelian.model.amendment import MASKED, Amendment, amended_row
from peelian.model.label import Label
from peelian.model.pole import PERSON_TABLES
from peelian.model.record import TABLES
from peelian.store.desk import CommitMade
from peelian.store.grant import Grant
from peelian.store.lake import HISTORY, quote

MASK = "[erased]"
COLUMN = "text"
LISTED_MAX = 200
"""So many texts are named for a human eye, one by one; beyond that their number says enough."""

_OWN = ("forenames", "surname", "aliases", "address", "postcode", "phones", "person_ref")
_SHORT = 3
_TEXT_TABLES = {t: f"{t.removesuffix('_person')}_text" for t in PERSON_TABLES}


@dataclass(frozen=True)
class Masked:
    """What became of free text.

    Parameters
    ----------
    records : tuple of str
        Texts in which something was masked, by key.
    to_read : tuple of str
        Texts that want a human eye, by key, at most :data:`LISTED_MAX`.
    to_read_count : int
        How many those are.
    """

    records: tuple[str, ...] = ()
    to_read: tuple[str, ...] = ()
    to_read_count: int = 0


@dataclass
class _Words:
    """What the rows of some subjects say of them, and the events that those rows belong to."""

    names: set[tuple[str, str]] = field(default_factory=set)  # forename, surname
    terms: set[str] = field(default_factory=set)
    events: dict[str, set[tuple[str, str]]] = field(default_factory=dict)  # text table -> (source, event)

    def add(self, table: str, row: Mapping[str, Any], source: str) -> None:
        """Take over one row's words and its event."""
        parts = [p.strip() for c in _OWN for p in str(row[c] or "").split("|")]
        given = str(row["forenames"] or "").split()
        surname = str(row["surname"] or "").strip()
        self.terms |= {t for t in (*parts, *given) if len(t) >= _SHORT}
        self.names |= {(g, surname) for g in given[:1] if g and surname}
        text_table = _TEXT_TABLES[table]
        if text_table in TABLES and row["event_ref"]:
            self.events.setdefault(text_table, set()).add((source, str(row["event_ref"])))


def mask_texts(house: House, grant: Grant, subject_ids: Sequence[str]) -> Masked:
    """Mask what is some subjects' own in the texts of their events, in one commit; earlier versions are gone."""
    words = _words_of(house, grant, subject_ids)
    if not words.terms:
        return Masked()
    spans = _pattern(words.terms)
    past = _past_hits(house, grant, words, spans)
    changed: dict[str, list[tuple[dict[str, Any], str]]] = {table: [] for table in past}
    untouched: list[str] = []
    for table, row in _own_texts(house, words):
        said = str(row[COLUMN] or "")
        masked = spans.sub(MASK, said)
        if masked != said or row["record_id"] in past.get(table, ()):
            changed.setdefault(table, []).append((row, masked))
        elif said:
            untouched.append(f"{table}:{row['record_id']}")
    records = tuple(f"{t}:{row['record_id']}" for t, rows in changed.items() for row, _ in rows)
    if changed:
        _write(house, grant, changed, past)
    to_read = [*untouched, *_elsewhere(house, words, {*records, *untouched})]
    return Masked(records, tuple(to_read[:LISTED_MAX]), len(to_read))


def _words_of(house: House, grant: Grant, subject_ids: Sequence[str]) -> _Words:
    """Gather what all versions of the subjects' rows say of them."""
    words, labels, done = _Words(), house.labels(), house.head.follow().done
    listed = ", ".join(quote(s) for s in subject_ids)
    names = ", ".join(("event_ref", "label_id", *_OWN))
    for table, past in product(PERSON_TABLES, (False, True)):
        version = (done.vector if done else {}).get(table + HISTORY if past else table)
        scan = house.lake.scan_sql(grant, table, version, history=past)
        for row in house.engine.run(f"SELECT {names} FROM ({scan}) WHERE subject_id IN ({listed})").to_pylist():
            words.add(table, row, labels[row["label_id"]].source)
    return words


def _pattern(terms: Iterable[str]) -> re.Pattern[str]:
    """Return what finds any of some terms as whole words, the longest first, however they are spaced or in capitals."""
    spelt = [r"\s+".join(re.escape(w) for w in t.split()) for t in sorted(terms, key=lambda t: (-len(t), t))]
    return re.compile(rf"(?<!\w)(?:{'|'.join(spelt)})(?!\w)", re.IGNORECASE)


def _own_texts(house: House, words: _Words) -> Iterator[tuple[str, dict[str, Any]]]:
    labels = house.labels()
    for table, events in sorted(words.events.items()):
        listed = ", ".join(quote(ref) for ref in sorted({ref for _, ref in events}))
        for row in rows_of(house, table, f"event_ref IN ({listed})"):
            if (labels[row["label_id"]].source, str(row["event_ref"])) in events:
                yield table, row


def _past_hits(house: House, grant: Grant, words: _Words, spans: re.Pattern[str]) -> dict[str, set[str]]:
    """Return the texts of the subjects' events that an earlier version of holds something of theirs, by table."""
    done, found = house.head.follow().done, {}
    for table, events in words.events.items():
        scan = house.lake.scan_sql(grant, table, (done.vector if done else {}).get(table + HISTORY), history=True)
        listed = ", ".join(quote(ref) for ref in sorted({ref for _, ref in events}))
        rows = house.engine.run(f"SELECT record_id, {COLUMN} AS said FROM ({scan}) WHERE event_ref IN ({listed})")
        hits = {str(r["record_id"]) for r in rows.to_pylist() if spans.search(str(r["said"] or ""))}
        if hits:
            found[table] = hits
    return found


def _elsewhere(house: House, words: _Words, known: set[str]) -> list[str]:
    """List texts of other events that hold a forename and the surname: the same person's, or somebody else's."""
    conditions = [
        f"(contains(lower({COLUMN}), {quote(given.lower())}) AND contains(lower({COLUMN}), {quote(last.lower())}))"
        for given, last in sorted(words.names)
    ]
    if not conditions:
        return []
    tables = sorted({t for t in _TEXT_TABLES.values() if t in TABLES})
    found = [f"{t}:{row['record_id']}" for t in tables for row in rows_of(house, t, " OR ".join(conditions))]
    return [key for key in found if key not in known]


def _write(
    house: House,
    grant: Grant,
    changed: Mapping[str, Sequence[tuple[dict[str, Any], str]]],
    past: Mapping[str, set[str]],
) -> None:
    """Put the masked texts in the place of all versions of the old ones, and beside each what a source meets again."""
    house.index.announce(grant, [row["record_id"] for rows in changed.values() for row, _ in rows])
    with house.writer.begin(grant, house.journal(), house.clock) as transaction:
        for table, rows in changed.items():
            ids = [row["record_id"] for row, _ in rows]
            fresh, beside, gone = _amended(house, table, rows)
            transaction.erase(table, record_ids={*ids, *past.get(table, ())})
            transaction.append(table, as_stored(house, table, fresh))
            if gone:
                transaction.erase(TABLE, record_ids=gone)
            transaction.append(TABLE, as_stored(house, TABLE, beside))
        seq = transaction.commit()
    done = house.head.follow().done
    assert done is not None and done.seq == seq, "the commit just made is the last one done"
    house.desk.add_commit(house.grant("write", "commits"), CommitMade(seq, done.at, done.vector))
    house.forget_labels()


def _amended(
    house: House, table: str, rows: Sequence[tuple[dict[str, Any], str]]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[str]]:
    """Return the masked rows, the amendments that go beside them, and those that are gone: they may hold the name."""
    kinds = {c.name: c.kind for c in house.lake.spec(table).columns}
    listed = ", ".join(quote(str(row["record_id"])) for row, _ in rows)
    said = amendments_of(house, table, f"record IN ({listed})")
    fresh, beside, gone = [], [], []
    for row, masked in rows:
        if masked == str(row[COLUMN] or ""):  # only an earlier version of it held something
            fresh.append(dict(row))
            continue
        before = said.get(str(row["record_id"]), ())
        source = source_hash_of(row, before, kinds)
        one = Amendment(str(row["record_id"]), str(row["subject_id"]), MASKED, COLUMN, masked, source)
        fresh.append(amended_row(row | {"row_hash": source}, [one], kinds))
        beside.append(_beside(house, table, row, one))
        gone += [a.id for a in before if a.column == COLUMN]
    return fresh, beside, gone


def _beside(house: House, table: str, row: Mapping[str, Any], one: Amendment) -> dict[str, Any]:
    own, at = house.labels()[row["label_id"]], to_micros(house.clock.now())
    label = Label(frozenset({"erasure-on-request", "oversight"}), source=own.source, force=own.force)
    put_labels(house, {label.label_id: label})
    return {
        "of": table, "record": one.record, "kind": one.kind, "column_name": one.column, "value": one.value, "under": "",
        "source_hash": one.source_hash, "reason": "Somebody whom the text named was erased.", "author": "", "at": at,
        "record_id": one.id, "subject_id": one.subject, "row_hash": one.id, "slice_id": TABLE,
        "label_id": label.label_id, "expires_on": row["expires_on"], "recorded_at": at,
    }  # fmt: skip
