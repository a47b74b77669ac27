"""Run every benchmark and print one table: `make bench`, or `python -m benchmarks.run ledger ingest` for some.

A benchmark is a module ``bench_<area>.py`` here with ``run() -> list[dict]``; each dict says ``name value unit
ratio beside aim ok``: the figure, and the same work done plainly beside it in the same run, so that a slow machine
slows both.
"""

from __future__ import annotations

import importlib
import json
import os
import platform
import sys
import time
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).resolve().parent
COLUMNS = ("name", "value", "unit", "ratio", "beside", "aim", "ok")


def areas(wanted: Iterable[str]) -> list[str]:
    """Name the benchmarks asked for, or all of them."""
    found = sorted(p.stem.removeprefix("bench_") for p in HERE.glob("bench_*.py"))
    unknown = set(wanted) - set(found)
    if unknown:
        raise SystemExit(f"no such benchmark: {', '.join(sorted(unknown))}; there are: {', '.join(found)}")
    return [a for a in found if not wanted or a in wanted]


def shown(value: object) -> str:
    """Write one cell: three significant digits for numbers, a word for yes, no and not applicable."""
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "NO"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def table(rows: list[dict]) -> str:
    """Lay rows out in columns."""
    cells = [COLUMNS, *(tuple(shown(r.get(c)) for c in COLUMNS) for r in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(COLUMNS))]
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() for line in cells)


def main(arguments: list[str]) -> int:
    """Run, print, and leave with 1 when a figure misses its aim."""
    as_json = "--json" in arguments
    rows: list[dict] = []
    for area in areas([a for a in arguments if not a.startswith("--")]):
        started = time.perf_counter()
        rows += [{"area": area, **row} for row in importlib.import_module(f"benchmarks.bench_{area}").run()]
        print(f"{area}: {time.perf_counter() - started:.0f} s", file=sys.stderr)
    if as_json:
        print(json.dumps(rows, indent=2))
    else:
        print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
        print(table(rows) if rows else "no benchmarks yet")
    return any(row.get("ok") is False for row in rows)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
