"""Making a made-up town, beside copying its tables row by row with Python's csv module in the same run.

With ``PEELIAN_BENCH_CITY=1`` a city is made, too: 500,000 people, some five million events, twenty million reads.
With ``PEELIAN_BENCH_METROPOLIS=1`` a metropolis, four times that: 11 GB of disk, 10 GB of memory.
"""

from __future__ import annotations

import csv
import os
import resource
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

from peelian.synth.city import CityMade, make_city

TODAY = date(2026, 10, 15)
CITY_AIM_S = 300.0
TOWN_AIM_S = 15.0
METROPOLIS_AIM_S = 1200.0
LARGE = {"city": ("PEELIAN_BENCH_CITY", CITY_AIM_S), "metropolis": ("PEELIAN_BENCH_METROPOLIS", METROPOLIS_AIM_S)}
"""Made when asked for: the variable that asks, and the aim."""


def run() -> list[dict[str, Any]]:
    """Make the town, and what is larger when asked to."""
    sizes = {"town": TOWN_AIM_S} | {size: aim for size, (asks, aim) in LARGE.items() if os.environ.get(asks)}
    return [measured(size, aim) for size, aim in sizes.items()]


def measured(size: str, aim_s: float) -> dict[str, Any]:
    """Make one place, then copy its tables."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / size
        started, processor = time.perf_counter(), time.process_time()
        made = make_city(out, seed=1829, size=size, today=TODAY)
        took, processor = time.perf_counter() - started, time.process_time() - processor
        peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        started = time.perf_counter()
        copied = sum(copy(path) for path in out.rglob("*.csv"))
        beside = time.perf_counter() - started
    return {
        "name": f"made-up {size}, {told(made)}; {processor:.0f} s of processor time, {peak_gb:.1f} GB (synthetic)",
        "value": took,
        "unit": "s",
        "ratio": took / beside,
        "beside": f"copying {copied:,} rows of its tables by csv: {beside:.2f} s",
        "aim": f"<= {aim_s:.0f} s",
        "ok": took <= aim_s,
    }


def told(made: CityMade) -> str:
    """Say how much was made."""
    return f"{made.people:,} people, {sum(made.events.values()):,} events, {made.reads:,} reads"


def copy(path: Path) -> int:
    """Copy a table row by row; return how many rows it has."""
    with path.open(encoding="utf-8", newline="") as given, path.with_suffix(".copy").open("w", newline="") as out:
        writer = csv.writer(out)
        count = 0
        for row in csv.reader(given):
            writer.writerow(row)
            count += 1
    return count


if __name__ == "__main__":
    for line in run():
        print(line)
