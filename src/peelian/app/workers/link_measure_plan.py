"""What the worker does that holds links against a truth: false and missed merges, by who they happen to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb
import pyarrow as pa

from peelian.resolve.cluster import cluster
from peelian.resolve.link import find_candidates
from peelian.resolve.measure import measure_links, reviewed
from peelian.resolve.release import ModelRelease


def run(tables: Mapping[str, pa.Table], parameters: Mapping[str, Any]) -> dict[str, object]:
    """Measure links; ``people links mentions persons`` are given."""
    people, links = tables["people"], tables["links"]
    release = ModelRelease.from_dict(parameters["release"])
    truth = truth_of(people, tables["mentions"], tables["persons"])
    found = cluster(links, people.select(["record_id", "birth_on"]))
    candidates = find_candidates(people, release)
    measures = measure_links(truth, found.assignment, links, candidates)
    counts = {"records": people.num_rows, "known": truth.num_rows, "pairs_compared": candidates.num_rows}
    return counts | measures.as_dict() | reviewed(found)


def truth_of(people: pa.Table, mentions: pa.Table, persons: pa.Table) -> pa.Table:
    """Say of each record who it is about, with what false and missed merges are told apart by."""
    with duckdb.connect(config={"threads": 2, "enable_external_access": False}) as con:
        for name, table in (("people", people), ("mentions", mentions), ("persons", persons)):
            con.register(name, table)
        return con.sql(_TRUTH).to_arrow_table()


_TRUTH = """
SELECT DISTINCT ON (p.record_id) p.record_id, t.person_id::VARCHAR AS person, w.culture AS "name origin", w.sex,
    CASE WHEN w.birth_on IS NULL THEN NULL
         ELSE concat(year(w.birth_on) // 20 * 20, ' to ', year(w.birth_on) // 20 * 20 + 19) END AS born
FROM people p
JOIN mentions t ON t.system = p.source AND t.table = p.of AND t.event_ref = p.event_ref AND t.line = p.person_no
JOIN persons w USING (person_id)
ORDER BY p.record_id, t.person_id
"""
