"""Reading a million street rows, and the systems of a made-up town, beside plain DuckDB copies of the same files.

The plain copy keeps everything and checks nothing. The reading drops columns, checks each row, projects points, gives
ids and hashes, joins people to the day of their event and says what their labels are; it does not include the commit to
the lake. Rows are made up: no real data is needed. For workbooks, XML and SQLite DuckDB has no reader without an
extension, so nothing stands beside them.
"""

from __future__ import annotations

import argparse
import hashlib
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import numpy as np

from peelian.ingest.catalogue import open_source
from peelian.ingest.run import read_slices
from peelian.ingest.shape import Options
from peelian.synth.city import make_city

N_ROWS = 1_000_000
N_MONTHS = 12
AIM_RATIO = 6.0
TIMES = 10
"""How often the made-up town's files are repeated, each time under other numbers."""
HEADER = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,"
    "Last outcome category,Context\n"
)
TYPES = ("Anti-social behaviour", "Burglary", "Vehicle crime", "Violence and sexual offences", "Shoplifting", "Robbery")
OUTCOMES = ("Investigation complete; no suspect identified", "Unable to prosecute suspect", "Under investigation")


def write_month(folder: Path, month: str, n_rows: int, rng: np.random.Generator) -> Path:
    """Write a month of made-up street rows, about as wide and as repetitive as real ones."""
    points = [
        f"{x:.6f},{y:.6f}" for x, y in zip(rng.normal(-2.1, 0.15, 9000), rng.normal(51.8, 0.1, 9000), strict=True)
    ]
    places = [
        f"{p},On or near Invented Street {i},E0102{i % 400:04d},Northmere {i % 400:03d}A" for i, p in enumerate(points)
    ]
    at, kind, outcome = rng.integers(0, 9000, n_rows), rng.integers(0, 6, n_rows), rng.integers(0, 3, n_rows)
    names = "Northmere Police,Northmere Police"
    path = folder / f"{month}-northmere-street.csv"
    with path.open("w", encoding="utf-8") as out:
        out.write(HEADER)
        for i in range(n_rows):
            known = kind[i] > 0
            crime_id = hashlib.sha256(f"{month}{i}".encode()).hexdigest() if known else ""
            end = OUTCOMES[outcome[i]] if known else ""
            out.write(f"{crime_id},{month},{names},{places[at[i]]},{TYPES[kind[i]]},{end},\n")
    return path


def read_all(folder: Path, threads: int) -> int:
    """Read every slice of a folder; return the rows kept."""
    reading = read_slices(open_source("police_uk"), folder, Options(pepper=b"bench", read_at=0, threads=threads))
    for part in reading:
        assert not part.refused
    return reading.counts.kept


def copy_plainly(folder: Path, target: Path, threads: int) -> None:
    """Copy the same CSV files to Parquet with DuckDB, all columns, no checks."""
    with duckdb.connect(config={"threads": threads}) as con:
        con.execute(f"COPY (SELECT * FROM read_csv('{folder}/*.csv')) TO '{target}' (FORMAT parquet)")


def timed(work: Callable[[], object]) -> float:
    """Return how long something takes, seconds."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def write_systems(folder: Path, times: int) -> None:
    """Write the exports of a made-up town, its larger ones several times over under other numbers."""
    make_city(folder, seed=7, size="town", today=date(2026, 11, 1))
    for name in ("crime", "command_control"):
        for path in (folder / "systems" / name).glob("*.csv"):
            head, _, rows = path.read_bytes().partition(b"\n")
            again = (rows.replace(b'"NM0', b'"N%d0' % i).replace(b'"CC0', b'"C%d0' % i) for i in range(times))
            path.write_bytes(head + b"\n" + b"".join(again))
    reports = folder / "systems" / "intelligence" / "reports.jsonl"
    rows = reports.read_bytes()
    reports.write_bytes(b"".join(rows.replace(b'"urn":"IR0', b'"urn":"I%d0' % i) for i in range(times)))


PLAIN = {
    "crime": "read_csv('{folder}/*.csv', union_by_name = true, all_varchar = true)",
    "command_control": "read_csv('{folder}/*.csv', union_by_name = true, all_varchar = true, delim = ';')",
    "anpr": "read_parquet('{folder}/*.parquet')",
    "intelligence": "read_json('{folder}/reports.jsonl', format = 'newline_delimited')",
    "stop_search": "read_csv('{folder}/*.csv', all_varchar = true)",
    "housing": "read_csv('{folder}/*.csv', all_varchar = true)",
    "custody": "",
    "safeguarding": "",
    "courts": "",
}
"""How DuckDB reads each system's files."""


def read_system(folder: Path, source: str, threads: int) -> int:
    """Read one system's export; return the rows read."""
    options = Options(pepper=b"bench", read_at=1_795_000_000_000_000, own_force="northmere", threads=threads)
    reading = read_slices(open_source(source), folder / "systems" / source, options)
    for part in reading:
        assert not part.refused
    return reading.counts.read


def copy_system(folder: Path, source: str, target: Path, threads: int) -> None:
    """Copy the same files to Parquet with DuckDB."""
    read = PLAIN[source].format(folder=folder / "systems" / source)
    with duckdb.connect(config={"threads": threads}) as con:
        con.execute("SET enable_progress_bar = false")
        con.execute(f"COPY (SELECT * FROM {read}) TO '{target}' (FORMAT parquet)")


def run_systems(repeats: int = 3, threads: int = 2, times: int = TIMES) -> list[dict[str, object]]:
    """Measure each system of a made-up town, beside DuckDB where it can read the format."""
    found: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "town"
        write_systems(folder, times)
        for source, plainly in PLAIN.items():
            ours, plain, n = [], [], 0
            for _ in range(repeats):
                if plainly:
                    plain.append(timed(lambda s=source: copy_system(folder, s, Path(name) / "copy.parquet", threads)))
                start = time.perf_counter()
                n = read_system(folder, source, threads)
                ours.append(time.perf_counter() - start)
            value = statistics.median(ours)
            beside = statistics.median(plain) if plain else None
            found.append(
                {
                    "name": f"ingest: read {source}, {n:,} rows of a made-up town (no commit)",
                    "value": round(value, 2),
                    "unit": "s",
                    "ratio": round(value / beside, 2) if beside else None,
                    "beside": f"DuckDB to Parquet, {beside:.2f} s" if beside else "no reader without an extension",
                    "aim": "none stated",
                    "ok": True,
                }
            )
    return found


def run(n_rows: int = N_ROWS, repeats: int = 3, threads: int = 2) -> list[dict[str, object]]:
    """Measure the street rows and the systems."""
    return [*run_street(n_rows, repeats, threads), *run_systems(repeats, threads)]


def run_street(n_rows: int = N_ROWS, repeats: int = 3, threads: int = 2) -> list[dict[str, object]]:
    """Measure both, alternating; return the median time and the ratio of medians."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "csv"
        folder.mkdir()
        rng = np.random.default_rng(1829)
        for m in range(N_MONTHS):
            write_month(folder, f"2024-{m + 1:02d}", n_rows // N_MONTHS + (m < n_rows % N_MONTHS), rng)
        ours, plain = [], []
        for _ in range(repeats):
            plain.append(timed(lambda: copy_plainly(folder, Path(name) / "copy.parquet", threads)))
            ours.append(timed(lambda: read_all(folder, threads)))
    value, beside = statistics.median(ours), statistics.median(plain)
    return [
        {
            "name": f"ingest: read {n_rows:,} street rows (no commit)",
            "value": round(value, 2),
            "unit": "s",
            "ratio": round(value / beside, 2),
            "beside": f"DuckDB CSV to Parquet, {beside:.2f} s",
            "aim": f"ratio <= {AIM_RATIO:g} with the commit",
            "ok": value / beside <= AIM_RATIO,
        }
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=N_ROWS)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    for line in run(arguments.rows, arguments.repeats):
        print(line)
