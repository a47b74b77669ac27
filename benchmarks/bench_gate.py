"""The gate: questions over five million rows beside the same by hand, what a call costs at least, and opening the door.

The table lies in a real deployment, written by the store, in 16 buckets clustered by label; four labels, of which the
session may see three (nine rows in ten). By hand means DuckDB over the same Parquet files, two threads, footers cached
as the gate caches them, the answer as Arrow; with the restriction somebody would write who knew the labels, and
without any. The gated figure is the whole call: session proved, rules asked, entry synced to disk, answer labelled
and digested.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow as pa

from benchmarks.deployments import ANALYST, found, opened, place_of, ratio_of, sync_s, taking_turns, timed
from peelian.app.caller import Caller
from peelian.gate.digest import table_digest
from peelian.gate.engine import narrow_connection
from peelian.gate.entries import Act
from peelian.model.label import Label
from peelian.model.question import Measure, Question, Where

N_ROWS = 5_000_000
N_ENTRIES = 100_000
RUNS = 15
MANDATE = "hotspots"
AIM_HAND, AIM_FREE, AIM_WARM_MS = 1.15, 1.3, 10.0

SEEN = [
    Label(frozenset({"burglary-prevention", "method-assessment"}), source=source, force="northmere")
    for source in ("police_uk", "incidents", "control-room")
]
HIDDEN = Label(frozenset({"method-assessment"}), source="panel", force="northmere")

_ROWS = """
SELECT 'northmere' AS force,
    ['burglary', 'robbery', 'vehicle-crime', 'shoplifting', 'assault', 'other-theft'][i * 7 % 6 + 1] AS offence,
    (24228 + i * 60 // {n})::BIGINT AS month, 1550000000000000 AS at_start, 1552419200000000 AS at_end,
    'month' AS "precision", (i * 7919 % 1000003) / 10.0 AS easting_m, (i * 104729 % 1000003) / 10.0 AS northing_m,
    'On or near ' || (i % 5000) AS place, 'E0' || (i % 4800) AS area_code, ['a', 'b', 'c'][i % 3 + 1] AS outcome,
    '' AS mo, md5('ref' || i) AS source_ref, md5(i::VARCHAR) AS record_id, md5(i::VARCHAR) AS subject_id,
    'month-' || (i * 60 // {n}) AS slice_id, md5('v' || i) AS row_hash,
    ({labels})[[4, 1, 1, 1, 1, 2, 2, 2, 3, 3][i % 10 + 1]]::BIGINT AS label_id,
    DATE '2042-01-01' + (i * 60 // {n})::INT AS expires_on, 1750000000000000 AS recorded_at
FROM range({start}, {end}) t(i)
"""

QUESTIONS = {
    "count by month and offence": (
        Question("incident", ("month", "offence"), measures=(Measure("n", "count"),)),
        "SELECT month, offence, count(*) AS n FROM {files} WHERE {allowed} GROUP BY 1, 2 ORDER BY 1, 2",
    ),
    "two offences of 28 months, by area": (
        Question(
            "incident",
            ("area_code",),
            (Where("offence", "in", ("burglary", "robbery")), Where("month", ">=", 24260)),
            (Measure("n", "count"), Measure("last", "max", "month")),
        ),
        "SELECT area_code, count(*) AS n, max(month) AS last FROM {files} WHERE {allowed} "
        "AND offence IN ('burglary', 'robbery') AND month >= 24260 GROUP BY 1 ORDER BY 1",
    ),
    "the 100 easternmost burglaries": (
        Question(
            "incident",
            ("record_id", "month", "easting_m", "northing_m"),
            (Where("offence", "==", "burglary"),),
            order_by=(("easting_m", "desc"),),
            limit=100,
        ),
        "SELECT record_id, month, easting_m, northing_m FROM {files} WHERE {allowed} AND offence = 'burglary' "
        "ORDER BY easting_m DESC, record_id LIMIT 100",
    ),
}


def fill(folder: Path, n_rows: int) -> None:
    """Write the table through the gate's own writer, as one commit."""
    labels = [*SEEN, HIDDEN]
    ids, step = [label.label_id for label in labels], 1_000_000
    with opened(folder, ANALYST) as caller, duckdb.connect(config={"threads": 2}) as con:
        house = caller.gate._house
        house.desk.put_labels(house.grant("write", "labels"), {label.label_id: label for label in labels})
        with house.writer.begin(house.grant("write", "incident"), house.journal(), house.clock) as transaction:
            for start in range(0, n_rows, step):
                sql = _ROWS.format(n=n_rows, labels=ids, start=start, end=min(start + step, n_rows))
                transaction.append("incident", con.sql(sql).to_arrow_table())


def questions(folder: Path, runs: int) -> list[dict[str, object]]:
    """Ask each question through the gate, by hand with the restriction, and by hand without."""
    lines = []
    with opened(folder, ANALYST) as caller, duckdb.connect(config={"threads": 2}) as con:
        con.execute("SET parquet_metadata_cache = true")
        files, allowed = _files(caller), _allowed(caller)
        for name, (question, sql) in QUESTIONS.items():
            by_hand, free = sql.format(files=files, allowed=allowed), sql.format(files=files, allowed="true")
            answer = caller.gate.view(caller.credential, MANDATE, question).rows
            assert answer.to_pylist() == con.sql(by_hand).to_arrow_table().to_pylist(), "the same question"
            works: dict[str, Callable[[], object]] = {
                "gate": lambda q=question: caller.gate.view(caller.credential, MANDATE, q),
                "hand": lambda s=by_hand: con.sql(s).to_arrow_table(),
                "free": lambda s=free: con.sql(s).to_arrow_table(),
            }
            lines += _against(name, taking_turns(works, runs))
    return lines


def _files(caller: Caller) -> str:
    house = caller.gate._house
    done = house.head.done
    assert done is not None
    paths = house.lake.files(house.grant("read", "incident"), "incident", done.vector["incident"])
    return f"read_parquet({paths})"


def _allowed(caller: Caller) -> str:
    ids = ", ".join(str(label.label_id) for label in SEEN)
    return f"label_id IN ({ids}) AND expires_on > DATE '{caller.gate.clock.now().date()}'"


def _against(name: str, taken: dict[str, list[float]]) -> list[dict[str, object]]:
    lines = []
    for other, what, aim in (("hand", "the same restriction by hand", AIM_HAND), ("free", "unrestricted", AIM_FREE)):
        ratio = ratio_of(taken["gate"], taken[other])
        beside = f"{what}, {statistics.median(taken[other]) * 1000:.0f} ms"
        value = statistics.median(taken["gate"]) * 1000
        line = {"name": name, "value": value, "unit": "ms", "ratio": ratio, "beside": beside, "aim": f"<= {aim}"}
        lines.append(line | {"ok": ratio <= aim})
    return lines


def warm_call(folder: Path, runs: int = 60) -> list[dict[str, object]]:
    """Ask a table that holds nothing, again and again: what is left is what every call costs."""
    question = Question("plan", ("month",), measures=(Measure("n", "count"),))
    with opened(folder, ANALYST) as caller:
        works: dict[str, Callable[[], object]] = {
            "gate": lambda: caller.gate.view(caller.credential, MANDATE, question),
            "sync": lambda: sync_s(folder, runs=1),
        }
        taken = taking_turns(works, runs)
    call, sync = (statistics.median(taken[name]) * 1000 for name in ("gate", "sync"))
    return [
        {"name": "one gated call, no rows, warm", "value": call, "unit": "ms", "beside": f"one fsync, {sync:.2f} ms",
         "aim": f"<= {AIM_WARM_MS:g} ms + one fsync", "ok": call <= AIM_WARM_MS + sync},
    ]  # fmt: skip


_COLD = """
import json, sys, time
taken, last = {}, time.perf_counter()
def lap(name):
    global last
    now = time.perf_counter()
    taken[name], last = now - last, now
from pathlib import Path
from peelian.app.caller import at_door
from benchmarks.deployments import ANALYST, place_of
import peelian.gate.opening
lap("imports")
from peelian.model.question import Measure, Question
from peelian.policy.charter import load_charter
place = place_of(Path(sys.argv[1]), ANALYST)
load_charter(place.folder / "charter")
lap("charter")
with at_door(place) as caller:
    lap("door: charter again, rules, ledger, desk, keys")
    question = Question("plan", ("month",), measures=(Measure("n", "count"),))
    caller.gate.view(caller.credential, "hotspots", question)
    lap("first view")
    caller.gate.view(caller.credential, "hotspots", question)
    lap("second view")
lap("closing: publishing the head")
print(json.dumps(taken))
"""


def cold_call(folder: Path, runs: int = 5) -> list[dict[str, object]]:
    """Start a process, open the door, ask, close; say where the time goes."""
    home, laps, whole, bare = Path(__file__).parents[1], [], [], []
    for _ in range(runs):
        bare.append(timed(lambda: subprocess.run([sys.executable, "-c", "pass"], check=True)))
        command = [sys.executable, "-c", _COLD, str(folder)]
        found_out: list[str] = []
        whole.append(timed(lambda c=command, f=found_out: f.append(_output(c, home))))
        laps.append(json.loads(found_out[0]))
    name, beside = "one gated call, cold: a new process", f"python -c pass, {statistics.median(bare) * 1000:.0f} ms"
    lines = [{"name": name, "value": statistics.median(whole) * 1000, "unit": "ms", "beside": beside}]
    for part in laps[0]:
        value = statistics.median(lap[part] for lap in laps) * 1000
        lines.append({"name": f"  of that, {part}", "value": value, "unit": "ms"})
    return lines


def _output(command: list[str], where: Path) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=where).stdout


def commands(folder: Path, runs: int = 3) -> list[dict[str, object]]:
    """Time commands as a person meets them."""
    lines = []
    place = place_of(folder, ANALYST)
    environment = {"PEELIAN_HOME": str(place.home), "PATH": "/usr/bin:/bin"}
    for words in (["--help"], ["context", "show", "--in", str(folder), "--as", ANALYST]):
        command = [str(Path(sys.executable).with_name("peelian")), *words]
        act = [timed(lambda c=command: subprocess.run(c, check=True, capture_output=True, env=environment))
               for _ in range(runs)]  # fmt: skip
        name = f"command: peelian {' '.join(words[:2])}"
        lines.append({"name": name, "value": statistics.median(act) * 1000, "unit": "ms"})
    return lines


def long_ledger(folder: Path, n_entries: int, runs: int = 3) -> list[dict[str, object]]:
    """Open the door of a deployment whose ledger is long, with what is remembered of it and without."""
    with opened(folder, ANALYST) as caller:
        house = caller.gate._house
        entry = house.recorder._entry(Act("consultation", MANDATE, "burglary-prevention", "allow", {"asked": "before"}))
        for _ in range(n_entries // 1000):
            house.ledger.append([entry] * 1000)
    memory = folder / "tmp" / "head.sealed"
    with_it, without = [], []
    for _ in range(runs):
        with_it.append(_opening_s(folder))
        memory.unlink()
        without.append(_opening_s(folder))
    beside = f"reading every entry, {statistics.median(without) * 1000:.0f} ms"
    name, value = f"open the door, {n_entries:,} entries", statistics.median(with_it) * 1000
    return [{"name": name, "value": value, "unit": "ms", "ratio": ratio_of(with_it, without), "beside": beside}]


def _opening_s(folder: Path) -> float:
    entered: list[Caller] = []
    door = opened(folder, ANALYST)
    taken = timed(lambda: entered.append(door.__enter__()))
    door.__exit__(None, None, None)
    return taken


def views(n_rows: int = 1_000_000, runs: int = 5) -> list[dict[str, object]]:
    """Digest a million rows, and put them into a view's locked connection."""
    with duckdb.connect(config={"threads": 2}) as con:
        rows = con.sql(_ROWS.format(n=n_rows, labels=[1, 2, 3, 4], start=0, end=n_rows)).to_arrow_table()
    rows = rows.select(["record_id", "offence", "month", "easting_m", "northing_m", "place"])
    taken = taking_turns(
        {
            "digest": lambda: table_digest(rows),
            "hash": lambda: hashlib.sha256(bytes(rows.nbytes)).digest(),
            "view": lambda: narrow_connection("incident", rows).close(),
            "plain": lambda: _plainly(rows),
        },
        runs,
        warm=1,
    )
    digest, raw, view, plain = (statistics.median(taken[n]) * 1000 for n in ("digest", "hash", "view", "plain"))
    size = rows.nbytes / 1e6
    return [
        {"name": f"digest of {n_rows:,} rows, 6 columns", "value": digest, "unit": "ms",
         "ratio": ratio_of(taken["digest"], taken["hash"]), "beside": f"SHA-256 of {size:.0f} MB, {raw:.0f} ms"},
        {"name": f"{n_rows:,} rows into a view's connection", "value": view, "unit": "ms",
         "ratio": ratio_of(taken["view"], taken["plain"]), "beside": f"CREATE TABLE from Arrow, {plain:.0f} ms"},
    ]  # fmt: skip


def _plainly(rows: pa.Table) -> None:
    with duckdb.connect(config={"threads": 2}) as con:
        con.register("incoming", rows)
        con.execute("CREATE TABLE incident AS SELECT * FROM incoming")


def run(n_rows: int = N_ROWS, n_entries: int = N_ENTRIES, runs: int = RUNS) -> list[dict[str, object]]:
    """Measure, on the disk that holds the temporary folder."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "deployment"
        found(folder)
        fill(folder, n_rows)
        lines = [*questions(folder, runs), *warm_call(folder), *cold_call(folder), *commands(folder), *views()]
        return [*lines, *long_ledger(folder, n_entries)]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=N_ROWS)
    parser.add_argument("--entries", type=int, default=N_ENTRIES)
    parser.add_argument("--runs", type=int, default=RUNS)
    arguments = parser.parse_args()
    print(json.dumps(run(arguments.rows, arguments.entries, arguments.runs), indent=2))
