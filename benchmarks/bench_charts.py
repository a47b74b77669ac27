"""Who is near somebody, beside a graph library on the same graph: out of the records at the gate, and within a chart.

The graph is of made-up people and the events they were in. At the gate ours is the whole look-up: session proved, rules
asked, entry synced to disk, rows of the person, of their events and of everybody in those read and composed; the peer
has the whole graph in memory, without session, rules, record or labels. The peer is igraph, which is a rival here and
nothing else: its licence is not ours, and no code of Peelian imports it. ``PEELIAN_BENCH_CHART`` sets how many records
there are: 60,000 unless told.
"""

from __future__ import annotations

import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import igraph
import pyarrow as pa

from benchmarks.bench_search import LABEL, p95_ms, rows_sql
from benchmarks.deployments import ANALYST, opened, place_of, timed
from peelian.app.caller import Caller, at_door
from peelian.app.finding.chart_wanted import Wanted
from peelian.app.finding.find import bring_index_up_to_date, profile, profiles
from peelian.app.finding.find_chart import Around, draw
from peelian.app.practice import show_training
from peelian.app.session import set_context, sign_in
from peelian.app.start import Founding, init
from peelian.find.answer import Connection, Coverage, Fact, Profile
from peelian.find.chart import Chart, draw_chart, neighbours, shortest_path, thin_chart
from peelian.find.layout import lay_out
from peelian.model.record import TABLES
from peelian.store.lake import arrow_schema

N_RECORDS = int(os.environ.get("PEELIAN_BENCH_CHART", "60000"))
IN_EVENT, PER_PERSON = 3, 5
ASKED = 30
OPEN = 10
HUBS, LINKS = 5, 10_000
AIM_S = 2.0

Pairs = list[tuple[int, int]]


def run() -> list[dict]:
    """Measure expansion at the gate, and a chart of fifty thousand links."""
    return [*_at_the_gate(), *_in_a_chart()]


# At the gate


def people_sql(n: int) -> str:
    """Write the statement that makes people who come up about five times each, three in an event."""
    number = "substr(event_ref, 4)::BIGINT"
    event = f"'NM/' || ({number} // {IN_EVENT})"
    subject = f"md5('s' || ({number} * 7919 % {n // PER_PERSON}))"
    return f"SELECT * REPLACE ({event} AS event_ref, {subject} AS subject_id) FROM ({rows_sql(0, n)})"


def _at_the_gate() -> list[dict]:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "force"
        init(place_of(folder, None), Founding())
        show_training(place_of(folder, None), {ANALYST: ("incident_person",)})
        with duckdb.connect(config={"threads": 2}) as con:
            rows = con.sql(people_sql(N_RECORDS)).to_arrow_table()
        with at_door(place_of(folder, ANALYST)) as caller:
            sign_in(caller, ANALYST)
            set_context(caller, "op-investigation-1")
            _fill(caller, rows)
            bring_index_up_to_date(caller)
        asked = random.Random(5).sample(rows.column("record_id").to_pylist(), ASKED)
        with opened(folder, ANALYST) as caller:
            profile(caller, "person", f"incident_person:{asked[0]}")
            ours = _taken(lambda r: profile(caller, "person", f"incident_person:{r}"), asked)
            step, anew = _steps(caller, asked)
    n, pairs, point_of = _numbered(rows)
    graph = igraph.Graph(n, pairs)
    number = {r: i for i, r in enumerate(rows.column("record_id").to_pylist())}
    theirs = _taken(lambda r: graph.neighborhood(point_of(number[r]), order=2), asked)
    return [
        {
            "name": f"who is near somebody, out of {N_RECORDS:,} records at the gate, median",
            "value": 1000 * statistics.median(ours),
            "unit": "ms",
            "ratio": statistics.median(ours) / statistics.median(theirs),
            "beside": "igraph, all in memory, without session, rules, record or labels",
        },
        {"name": "who is near somebody, 95th percentile", "value": p95_ms(ours), "unit": "ms"},
        {"name": f"a step of a chart with {OPEN} pages open", "value": 1000 * step, "unit": "ms", "ratio": step / anew,
         "beside": f"looking all {OPEN} up anew"},
    ]  # fmt: skip


def _steps(caller: Caller, asked: Sequence[str]) -> tuple[float, float]:
    """Return how long a step takes that opens nothing, and how long looking up all that is open."""
    names = [("person", f"incident_person:{record}") for record in asked[:OPEN]]
    wanted = Wanted(tuple((name, Around()) for name in names))
    draw(caller, wanted)
    return min(timed(lambda: draw(caller, wanted)) for _ in range(5)), min(
        timed(lambda: profiles(caller, names)) for _ in range(5)
    )


def _fill(caller: Caller, rows: pa.Table) -> None:
    house, spec = caller.gate._house, TABLES["incident_person"]
    house.desk.put_labels(house.grant("write", "labels"), {LABEL.label_id: LABEL})
    house.forget_labels()
    wanted = pa.schema([f for f in arrow_schema(spec) if f.name != "seq_from"])
    with house.writer.begin(house.grant("write", "incident_person"), house.journal(), house.clock) as transaction:
        transaction.append("incident_person", rows.select(wanted.names).cast(wanted))
    house.head.follow()


def _numbered(rows: pa.Table) -> tuple[int, Pairs, Callable[[int], int]]:
    """Return the graph of people and events by number, and which point a record is of."""
    people = rows.column("subject_id").combine_chunks().dictionary_encode()
    events = rows.column("event_ref").combine_chunks().dictionary_encode()
    first, second = people.indices.to_pylist(), [i + len(people.dictionary) for i in events.indices.to_pylist()]
    return len(people.dictionary) + len(events.dictionary), list(zip(first, second, strict=True)), first.__getitem__


def _taken(work: Callable[[Any], object], asked: Sequence[Any]) -> list[float]:
    taken = []
    for one in asked:
        started = time.perf_counter()
        work(one)
        taken.append(time.perf_counter() - started)
    return taken


# In a chart


def _hub(number: int) -> Profile:
    """Make somebody who is linked with ten thousand others, a tenth of whom the next one is linked with too."""
    start = number * (LINKS - LINKS // 10)
    links = tuple(
        Connection("phone", f"p{i}", f"p{i}", "gave this phone",
                   Fact("phone", f"p{i}", "crime", date(2026, 1, 1), record_id=f"{number}-{i}"))
        for i in range(start, start + LINKS)
    )  # fmt: skip
    return Profile("person", f"h{number}", f"Hub {number}", Coverage(), connections=links)


def _in_a_chart() -> list[dict]:
    hubs = [(("person", f"h{i}"), _hub(i)) for i in range(HUBS)]
    drawn: list[Chart] = []

    def draw() -> None:
        drawn.append(draw_chart(hubs, date(2026, 11, 22)))
        lay_out(drawn[-1], 800, 500)

    ours = min(timed(draw) for _ in range(3))
    ends = ("person", "h0"), ("person", "h1")
    way = min(timed(lambda: shortest_path(drawn[-1], *ends)) for _ in range(5))
    names = {p.name: i for i, p in enumerate(drawn[-1].points)}
    graph = igraph.Graph(len(names), [(names[t.one], names[t.other]) for t in drawn[-1].ties])
    near = min(timed(lambda: neighbours(drawn[-1])) for _ in range(5))
    near_theirs = min(timed(lambda: graph.neighborhood(order=1)) for _ in range(5))
    theirs = min(timed(lambda: graph.get_shortest_path(names[ends[0]], names[ends[1]])) for _ in range(5))
    assert thin_chart(drawn[-1]) == drawn[-1] and shortest_path(drawn[-1], *ends), "those whom two share stayed"
    return [
        {"name": f"a chart of {HUBS * LINKS:,} links thinned and laid out", "value": ours, "unit": "s",
         "aim": f"at most {AIM_S:.0f} s", "ok": ours <= AIM_S},
        {"name": "who is near everybody in that chart", "value": 1000 * near, "unit": "ms",
         "ratio": near / near_theirs, "beside": "igraph's neighbourhoods of the same chart, in memory"},
        {"name": "the shortest way in that chart", "value": 1000 * way, "unit": "ms", "ratio": way / theirs,
         "beside": "igraph's shortest path in the same chart, in memory"},
    ]  # fmt: skip


if __name__ == "__main__":
    from benchmarks.run import table

    print(table(run()))
