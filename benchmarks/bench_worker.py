"""What the method sandbox costs: starting a worker beside a bare Python, and handing over 100 MB beside a plain pipe."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import pyarrow as pa

from peelian.gate.worker import run_in_worker

N_ROUNDS = 7
N_ROWS = 12_500_000  # times eight bytes: 100 MB

ENTRY = """
from peelian.gate.sandbox import wrap

def entry(tables, parameters):
    import numpy, pyarrow
    return str(sum(table.num_rows for table in tables.values())).encode()

wrap(entry)
"""
BARE = "import numpy, pyarrow"
SINK = """
import sys
n = 0
while part := sys.stdin.buffer.raw.read(1 << 20):
    n += len(part)
print(n)
"""


def run() -> list[dict]:
    """Measure and return the rows of the report; each pair alternates within one run."""
    with tempfile.TemporaryDirectory() as folder:
        entry = Path(folder) / "entry.py"
        entry.write_text(ENTRY)
        command = [sys.executable, "-I", str(entry)]
        worker_s, bare_s = _alternate(lambda: _worker(command, {}), _bare)
        plain_s, _ = _alternate(lambda: _worker(command, {}, namespaces=False), _bare)
        table = {"t": pa.table({"x": np.random.default_rng(1).integers(0, 1 << 40, N_ROWS)})}
        passed_s, piped_s = _alternate(lambda: _worker(command, table) - worker_s, lambda: _pipe(table["t"]))
    return [
        _row(
            "worker start, imports included", worker_s * 1000, "ms", worker_s / bare_s, "bare python, same imports", 2
        ),
        _row("worker start, no namespaces", plain_s * 1000, "ms", plain_s / bare_s, "bare python, same imports", 2),
        _row("100 MB of Arrow into a worker", passed_s * 1000, "ms", passed_s / piped_s, "the same bytes by pipe", 4),
    ]


def _row(name: str, value: float, unit: str, ratio: float, beside: str, aim: float) -> dict:
    return {
        "name": name,
        "value": round(value, 1),
        "unit": unit,
        "ratio": round(ratio, 2),
        "beside": beside,
        "aim": f"<= {aim}",
        "ok": ratio <= aim,
    }


def _alternate(one: Callable[[], float], other: Callable[[], float]) -> tuple[float, float]:
    pairs = [(one(), other()) for _ in range(N_ROUNDS)]
    return median(a for a, _ in pairs), median(b for _, b in pairs)


def _worker(command: list[str], tables: dict[str, pa.Table], *, namespaces: bool = True) -> float:
    started = time.perf_counter()
    run_in_worker(command, tables, {}, timeout_s=60, memory_mb=2048, namespaces=namespaces)
    return time.perf_counter() - started


def _bare() -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-I", "-c", BARE], check=True)
    return time.perf_counter() - started


def _pipe(table: pa.Table) -> float:
    """Write the column's bytes to another process and wait until it has read them all, its start left out."""
    data = memoryview(table.column("x").chunk(0).buffers()[1])
    process = subprocess.Popen([sys.executable, "-I", "-c", SINK], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    time.sleep(0.1)
    started = time.perf_counter()
    process.communicate(data)
    return time.perf_counter() - started


if __name__ == "__main__":
    for line in run():
        print(line)
