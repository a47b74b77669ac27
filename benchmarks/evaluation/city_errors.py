"""Show what the made-up city's errors cost: `python -m benchmarks.evaluation.city_errors [--size town] [--json FILE]`.

One city is made twice from one seed, as it is and without errors; each is read through its sources' contracts, people
are linked by a model trained on it without labels, and held against the truth. The same people live the same lives in
both, so what lies between the two rows is what was written wrongly. All of it is synthetic.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from peelian.app.linking.entities import EVENT_TIMES
from peelian.app.linking.resolve_testing import SEEN
from peelian.app.synth import SEED
from peelian.ingest.catalogue import open_source
from peelian.ingest.run import Reading
from peelian.ingest.shape import Options
from peelian.model.links import COMPARED
from peelian.model.pole import PERSON_TABLES
from peelian.resolve.cluster import cluster
from peelian.resolve.link import find_candidates, find_links
from peelian.resolve.measure import measure_links
from peelian.resolve.train import train
from peelian.synth.city import make_city

SYSTEMS = ("crime", "custody", "intelligence", "command_control", "stop_search", "safeguarding", "courts")
TODAY = date(2026, 10, 15)
_OPTIONS = Options(pepper=b"evaluation", read_at=0, own_force="northmere")
_STAY = ("suite", "at_arrival", "at_release")


def compare(size: str, seed: int) -> list[dict[str, Any]]:
    """Score the city with its errors and without."""
    return [scored(size, seed, clean=clean) for clean in (False, True)]


def scored(size: str, seed: int, *, clean: bool) -> dict[str, Any]:
    """Make a city, link its people, and count what was merged wrongly and what was missed."""
    started = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        city = Path(folder) / "city"
        make_city(city, seed=seed, size=size, today=TODAY, clean=clean)
        tables = _taken_in(city / "systems")
        people = pa.concat_tables(_people(tables))
        truth = _truth(people, city / "truth" / "mentions.parquet")
    release = train(people)
    links = find_links(people, release)
    found = cluster(links, people)
    measures = measure_links(truth, found.assignment, links, find_candidates(people, release))
    errors = "none" if clean else "as documented"
    said = {"city": size, "seed": seed, "errors": errors, "records": people.num_rows, "release": release.hash}
    return said | measures.as_dict() | {"processor_seconds": round(time.process_time() - started, 1)}


def _taken_in(systems: Path) -> dict[str, pa.Table]:
    """Read every system's export through its contract, and lay each table's rows together."""
    tables: dict[str, list[pa.Table]] = {}
    for system in SYSTEMS:
        for part in Reading(open_source(system), systems / system, _OPTIONS):
            for name, rows in part.tables.items():
                wanted = [c for c in rows.column_names if not c.startswith("_")]
                tables.setdefault(name, []).append(
                    rows.select(wanted).append_column("source", pa.repeat(pa.scalar(system), rows.num_rows))
                )
    return {name: pa.concat_tables(some) for name, some in tables.items()}


def _people(tables: dict[str, pa.Table]) -> Iterator[pa.Table]:
    """Give the rows about people of each table, with when they were met and where they were held."""
    for name in PERSON_TABLES:
        rows = tables[name]
        met, stay = pa.nulls(rows.num_rows, pa.int64()), {c: pa.nulls(rows.num_rows) for c in _STAY}
        if name in EVENT_TIMES:
            event, at = EVENT_TIMES[name]
            events = tables[event]
            place = pc.index_in(rows["event_ref"].combine_chunks(), value_set=events["source_ref"].combine_chunks())
            met = events[at].combine_chunks().take(place)
            if event == "custody":
                stay = {c: events[c].combine_chunks().take(place) for c in _STAY}
        facts = {"event_at": met, "at_arrival": stay["at_arrival"], "at_release": stay["at_release"]}
        yield pa.table({
            **{c: rows[c].cast(pa.string()) for c in ("record_id", "source", "event_ref", "person_no")},
            **{c: rows[c] for c in COMPARED if c not in ("record_id", "source")},
            "died_on": rows["died_on"], "suite": stay["suite"].cast(pa.string()),
            **{c: values.cast(pa.int64()).cast(pa.timestamp("us", "UTC")) for c, values in facts.items()},
        })  # fmt: skip


def _truth(people: pa.Table, mentions: Path) -> pa.Table:
    """Say who is meant by each record that the truth knows; a firm is nobody."""
    key = ["source", "event_ref", "person_no"]
    told = pq.read_table(mentions).rename_columns({"system": "source", "line": "person_no"})
    told = told.set_column(told.column_names.index("person_no"), "person_no", told["person_no"].cast(pa.string()))
    joined = people.select(["record_id", *key]).join(told.select([*key, "person_id"]), key, join_type="left outer")
    firm = pc.is_null(joined["person_id"])
    alone = pa.array(-1 - np.arange(joined.num_rows))
    who = pc.if_else(firm, alone, joined["person_id"]).cast(pa.string())
    return pa.table({"record_id": joined["record_id"], "person": who})


def main() -> None:
    """Print both rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="town")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    rows = compare(chosen.size, chosen.seed)
    if chosen.json:
        chosen.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    print(SEEN["made-up city"])
    for row in rows:
        print(json.dumps(row))


if __name__ == "__main__":
    main()
