"""Edges that end in a subject's records: they go when the records go, from current data and history alike."""

from __future__ import annotations

from itertools import product

from peelian.gate.house import House
from peelian.model.links import PERSON_LINK
from peelian.model.pole import PERSON_TABLES
from peelian.store.grant import Grant
from peelian.store.lake import HISTORY


def edges_of_subject(house: House, grant: Grant, subject_id: str) -> list[str]:
    """Return the ids of every edge, past ones among them, with a record of a subject at one end.

    What people judged of those records needs no search: its rows are the subject's own.
    """
    done = house.head.follow().done
    vector = done.vector if done else {}

    def scan(table: str, history: bool) -> str:
        version = vector.get(table + HISTORY if history else table)
        return house.lake.scan_sql(grant, table, version, history=history)

    whose = [
        f"SELECT record_id FROM ({scan(t, past)}) WHERE subject_id = '{subject_id}'"
        for t, past in product(PERSON_TABLES, (False, True))
    ]
    edges = [f"SELECT record_id, record_a, record_b FROM ({scan(PERSON_LINK.name, past)})" for past in (False, True)]
    rows = house.engine.run(
        f"WITH own AS ({' UNION '.join(whose)}) SELECT DISTINCT record_id FROM ({' UNION ALL '.join(edges)}) "
        "WHERE record_a IN (SELECT record_id FROM own) OR record_b IN (SELECT record_id FROM own) ORDER BY record_id"
    )
    return [str(i) for i in rows.column("record_id").to_pylist()]
