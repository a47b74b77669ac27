"""Reading a million street rows through the door, beside a plain DuckDB copy of the same CSV to Parquet.

The plain copy keeps everything and checks nothing. The reading drops columns, checks each row, projects points, gives
ids and hashes; it does not include the commit to the lake. Rows are made up: no real data is needed.
"""

from __future__ import annotations

import argparse
import hashlib
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np

from peelian.ingest.catalogue import open_source
from peelian.ingest.run import read_slices
from peelian.ingest.shape import Options

N_ROWS = 1_000_000
N_MONTHS = 12
AIM_RATIO = 6.0
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


def run(n_rows: int = N_ROWS, repeats: int = 3, threads: int = 2) -> list[dict[str, object]]:
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
