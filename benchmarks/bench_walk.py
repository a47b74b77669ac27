"""Taking in a million rows end to end, beside plain DuckDB; taking in the same again; and a commit's fixed cost.

End to end is what ``peelian ingest`` does after it has started: read, check, drop, project, hash; ask the rules, enter
it in the ledger, compare with what is stored, write, commit, enter that. DuckDB's ``COPY`` of the same CSV files to
Parquet keeps everything, checks nothing and records nothing. Rows are made up: no real data is needed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.bench_ingest import N_MONTHS, copy_plainly, write_month
from benchmarks.deployments import ENGINEER, found, opened, ratio_of, sync_s, timed
from peelian.app.intake.sources import ingest

N_ROWS = 1_000_000
AIM_S, AIM_RATIO = 10.0, 6.0


def take_in(deployment: Path, files: Path) -> dict[str, object]:
    """Take in a folder of files."""
    with opened(deployment, ENGINEER) as caller:
        return ingest(caller, "police_uk", files)


def run(n_rows: int = N_ROWS, runs: int = 3) -> list[dict[str, object]]:
    """Measure, each run in a deployment of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = folder / "csv"
        files.mkdir()
        rng = np.random.default_rng(1829)
        for m in range(N_MONTHS):
            write_month(files, f"2024-{m + 1:02d}", n_rows // N_MONTHS + (m < n_rows % N_MONTHS), rng)
        ours, plain, again, rereads = [], [], [], []
        for number in range(runs):
            deployment = folder / f"deployment-{number}"
            found(deployment)
            plain.append(timed(lambda: copy_plainly(files, folder / "copy.parquet", 2)))
            result: dict[str, object] = {}
            ours.append(timed(lambda d=deployment, r=result: r.update(take_in(d, files))))
            assert result["added"] == n_rows, result
            again.append(timed(lambda d=deployment, r=result: r.update(take_in(d, files))))
            assert result["skipped_slices"], result
            _forget_files(deployment)
            rereads.append(timed(lambda d=deployment, r=result: r.update(take_in(d, files))))
            assert result["same"] == n_rows, result
        sync = sync_s(folder)
    return _lines(n_rows, ours, plain, again, rereads, sync)


def _forget_files(deployment: Path) -> None:
    """Make every file look unread, so that its rows are compared one by one with what is stored."""
    with opened(deployment, ENGINEER) as caller:
        house = caller.gate._house
        with house.desk.writing(house.grant("write", "files_seen"), "files_seen") as con:
            con.exec_driver_sql("DELETE FROM files_seen")


def _lines(
    n: int, ours: list[float], plain: list[float], again: list[float], rereads: list[float], sync: float
) -> list[dict[str, object]]:
    beside = f"DuckDB CSV to Parquet, {statistics.median(plain):.2f} s"
    value, ratio = statistics.median(ours), ratio_of(ours, plain)

    def line(name: str, value: float, unit: str, ratio: float | None, aim: str, ok: bool | None) -> dict[str, object]:
        return {"name": name, "value": value, "unit": unit, "ratio": ratio, "beside": beside, "aim": aim, "ok": ok}

    return [
        line(
            f"take in {n:,} rows, end to end", value, "s", ratio, f"< {AIM_S:g} s, ratio <= {AIM_RATIO:g}",
            value < AIM_S and ratio <= AIM_RATIO,
        ),
        line("the same, as a rate", n / value, "rows/s", None, "", None),
        line("the same files again, skipped unread", statistics.median(again), "s", ratio_of(again, plain), "", None),
        line("the same rows again, each compared", statistics.median(rereads), "s", ratio_of(rereads, plain), "", None),
        {"name": "one fsync on this disk", "value": sync * 1000, "unit": "ms"},
    ]  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=N_ROWS)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    print(json.dumps(run(arguments.rows, arguments.runs), indent=2))
