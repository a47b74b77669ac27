"""Durable appends beside raw synced writes of the same bytes; re-verification beside raw hashing of the same bytes."""

from __future__ import annotations

import hashlib
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from peelian.core.time import SystemClock
from peelian.ledger.fetch import folder_fetch
from peelian.ledger.journal import encode_frame
from peelian.ledger.log import Entry, Ledger
from peelian.ledger.note import Signer
from peelian.ledger.verify import verify_log

SIGNER = Signer("log.example/bench", bytes(32))
GROUP = 64
GROUPS, SINGLES, RUNS = 200, 400, 5
VERIFIED = 100_000
APPENDS_AIM, VERIFY_AIM = 10_000, 200_000


def entries(n: int) -> list[Entry]:
    """Make entries of the size that real ones have."""
    return [Entry(b"%08d" % i + os.urandom(250), os.urandom(500)) for i in range(n)]


def timed(act: Callable[[], object]) -> float:
    """Time one act, in seconds."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def raw_synced_writes(path: Path, frames: list[bytes]) -> None:
    """Write the same frames plainly: one write and one sync each."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for frame in frames:
        os.write(file, frame)
        os.fdatasync(file)
    os.close(file)


def appends(folder: Path, name: str, size: int, count: int, aim: float | None) -> dict[str, object]:
    """Measure appends in groups of one size, each run beside the raw writes of the same frames."""
    ledger = Ledger.create(folder / name, origin=SIGNER.name, signer=SIGNER, clock=SystemClock())
    group = entries(size)
    frames = [encode_frame(i, 0, group) for i in range(count)]
    rates, ratios = [], []
    for turn in range(RUNS):
        ours = timed(lambda: [ledger.append(group) for _ in range(count)])
        raw = timed(lambda turn=turn: raw_synced_writes(folder / f"{name}-{turn}", frames))  # type: ignore[misc]
        rates.append(count * size / ours)
        ratios.append(ours / raw)
    ledger.close()
    return row(f"durable appends, {name}", rates, ratios, "raw synced writes of the same bytes", aim)


def threaded_appends(folder: Path, threads: int, count: int) -> dict[str, object]:
    """Measure threads that each append one at a time and share the syncs, beside one thread doing the same."""
    ledger = Ledger.create(folder / "threads", origin=SIGNER.name, signer=SIGNER, clock=SystemClock())
    (entry,) = entries(1)

    def work(n: int) -> None:
        for _ in range(n):
            ledger.append([entry])

    def crowd() -> None:
        members = [threading.Thread(target=work, args=(count,)) for _ in range(threads)]
        for member in members:
            member.start()
        for member in members:
            member.join()

    rates, ratios = [], []
    for _ in range(RUNS):
        together = timed(crowd) / (threads * count)
        alone = timed(lambda: work(count)) / count
        rates.append(1 / together)
        ratios.append(together / alone)
    ledger.close()
    return row(f"durable appends, one by one from {threads} threads", rates, ratios, "one thread", None)


def raw_hashing(leaves: list[bytes]) -> None:
    """Hash the same bytes plainly: each leaf once, and one node for each leaf."""
    sha256 = hashlib.sha256
    for leaf in leaves:
        sha256(b"\x00" + leaf).digest()
    node = b"\x01" + bytes(64)
    for _ in leaves:
        sha256(node).digest()


def verification(folder: Path) -> list[dict[str, object]]:
    """Measure publication and re-verification of a whole log."""
    ledger = Ledger.create(folder / "verified", origin=SIGNER.name, signer=SIGNER, clock=SystemClock())
    leaves = entries(VERIFIED)
    for start in range(0, VERIFIED, 1000):
        ledger.append(leaves[start : start + 1000])
    hashing = timed(lambda: raw_hashing([e.leaf for e in leaves]))
    publishing = timed(ledger.publish)
    rates, ratios = [], []
    for _ in range(RUNS):
        ours = timed(lambda: verify_log(folder_fetch(folder / "verified"), vkey=SIGNER.vkey))
        raw = timed(lambda: raw_hashing([e.leaf for e in leaves]))
        rates.append(VERIFIED / ours)
        ratios.append(ours / raw)
    found = verify_log(folder_fetch(folder / "verified"), vkey=SIGNER.vkey)
    assert found.ok and found.size == VERIFIED, "what is measured is a verification that passes"
    ledger.close()
    beside = "raw hashing of the same bytes"
    return [
        row("entries published", [VERIFIED / publishing], [publishing / hashing], beside, None),
        row("entries re-verified", rates, ratios, beside, VERIFY_AIM),
    ]


def row(name: str, rates: list[float], ratios: list[float], beside: str, aim: float | None) -> dict[str, object]:
    """Put one line of the table together: the median rate, and the median of the ratios taken run by run."""
    rate = statistics.median(rates)
    return {
        "name": name,
        "value": rate,
        "unit": "1/s",
        "ratio": statistics.median(ratios),
        "beside": beside,
        "aim": f">= {aim:,.0f}" if aim else "",
        "ok": rate >= aim if aim else None,
    }


def run() -> list[dict[str, object]]:
    """Measure, on the disk that holds the temporary folder."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return [
            appends(folder, f"in groups of {GROUP}", GROUP, GROUPS, APPENDS_AIM),
            appends(folder, "one by one", 1, SINGLES, None),
            threaded_appends(folder, 16, 40),
            *verification(folder),
        ]


if __name__ == "__main__":
    for line in run():
        print(line)
