"""What the sandbox costs: starting a worker beside a bare Python, handing over 100 MB beside a plain pipe."""

from __future__ import annotations

import fcntl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa

from peelian.gate.sandbox.worker import run_in_worker

N_ROUNDS = 7
N_ROWS = 12_500_000  # times eight bytes: 100 MB

ENTRY = """
from peelian.gate.sandbox.lockdown import wrap

def entry(tables, parameters):
    import numpy, pyarrow
    return str(sum(table.num_rows for table in tables.values())).encode()

wrap(entry)
"""
BARE = "import os, numpy, pyarrow; os._exit(0)"  # a worker does not tidy up on leaving either
SINK = """
import mmap, sys
n = int(sys.argv[1])
kept = memoryview(mmap.mmap(-1, n, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))  # fresh memory, as a table's would be
while n:
    n -= sys.stdin.buffer.raw.readinto(kept[-n:])
print("read")
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
    same = "bare python, same imports"
    return [
        _row("worker start, imports included", worker_s * 1000, worker_s / bare_s, same, 1.5),
        _row("worker start, no namespaces", plain_s * 1000, plain_s / bare_s, same, 1.5),
        _row("100 MB of Arrow into a worker", passed_s * 1000, passed_s / piped_s, "the same bytes by pipe", 2.5),
    ]


def _row(name: str, value: float, ratio: float, beside: str, aim: float) -> dict:
    return {
        "name": name,
        "value": round(value, 1),
        "unit": "ms",
        "ratio": round(ratio, 2),
        "beside": beside,
        "aim": f"<= {aim}",
        "ok": ratio <= aim,
    }


def _alternate(one: Callable[[], float], other: Callable[[], float]) -> tuple[float, float]:
    pairs = [(one(), other()) for _ in range(N_ROUNDS)]
    return min(a for a, _ in pairs), min(b for _, b in pairs)


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
    process = subprocess.Popen(
        [sys.executable, "-I", "-c", SINK, str(len(data))], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    fcntl.fcntl(process.stdin, fcntl.F_SETPIPE_SZ, 1 << 20)
    time.sleep(0.1)
    started = time.perf_counter()
    process.stdin.write(data)
    process.stdin.close()
    process.stdout.read()
    seconds = time.perf_counter() - started
    process.stdout.close()
    process.wait()
    return seconds


if __name__ == "__main__":
    for line in run():
        print(line)
