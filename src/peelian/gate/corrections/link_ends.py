"""Edges that end in some records: they go when the records go or change, from current data and history alike."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

from peelian.gate.house import House
from peelian.model.links import PERSON_LINK
from peelian.model.pole import PERSON_TABLES
from peelian.store.grant import Grant
from peelian.store.lake import HISTORY, quote


def edges_of_subject(house: House, grant: Grant, subject_id: str) -> list[str]:
    """Return the ids of every edge, past ones among them, with a record of a subject at one end.

    What people judged of those records needs no search: its rows are the subject's own.
    """
    whose = [
        f"SELECT record_id FROM ({_scan(house, grant, t, past)}) WHERE subject_id = {quote(subject_id)}"
        for t, past in product(PERSON_TABLES, (False, True))
    ]
    return _edges(house, grant, " UNION ".join(whose))


def edges_of_records(house: House, grant: Grant, record_ids: Iterable[str]) -> list[str]:
    """Return the ids of every edge, past ones among them, with one of some records at one end."""
    listed = ", ".join(f"({quote(r)})" for r in sorted(set(record_ids)))
    return _edges(house, grant, f"SELECT * FROM (VALUES {listed}) AS given(record_id)") if listed else []


def _edges(house: House, grant: Grant, whose: str) -> list[str]:
    edges = [
        f"SELECT record_id, record_a, record_b FROM ({_scan(house, grant, PERSON_LINK.name, past)})"
        for past in (False, True)
    ]
    rows = house.engine.run(
        f"WITH own AS ({whose}) SELECT DISTINCT record_id FROM ({' UNION ALL '.join(edges)}) "
        "WHERE record_a IN (SELECT record_id FROM own) OR record_b IN (SELECT record_id FROM own) ORDER BY record_id"
    )
    return [str(i) for i in rows.column("record_id").to_pylist()]


def _scan(house: House, grant: Grant, table: str, history: bool) -> str:
    done = house.head.follow().done
    version = (done.vector if done else {}).get(table + HISTORY if history else table)
    return house.lake.scan_sql(grant, table, version, history=history)
