"""Real processes on one ledger: many at once, and some killed in the middle of a word."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from peelian.core.time import SystemClock
from peelian.ledger.disk import Disk
from peelian.ledger.fetch import folder_fetch
from peelian.ledger.log import Entry, Ledger
from peelian.ledger.note import Signer
from peelian.ledger.verify import verify_log

SIGNER = Signer("log.example/processes", bytes(range(32)))

WORKER = """
import json, random, sys, threading
from pathlib import Path
from peelian.core.time import SystemClock
from peelian.ledger.log import Entry, Ledger
from peelian.ledger.note import Signer

folder, name, rounds, threads, seed = Path(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:])
signer = Signer("log.example/processes", bytes(range(32)))
ledger = Ledger.open(folder, signer=signer, clock=SystemClock())
says = threading.Lock()

def work(thread):
    rng = random.Random(seed * 100 + thread)
    for round in range(rounds):
        leaves = [f"{name} {thread} {round} {i}" for i in range(rng.choice([1, 1, 3, 64]))]
        first = ledger.append([Entry(leaf.encode(), leaf.upper().encode()) for leaf in leaves])[0]
        with says:
            print(json.dumps([first, leaves]), flush=True)  # said only once acknowledged
        if rng.random() < 0.1:
            ledger.publish()

crowd = [threading.Thread(target=work, args=(t,)) for t in range(threads)]
for thread in crowd: thread.start()
for thread in crowd: thread.join()
"""


def start(folder: Path, name: str, *, rounds: int, threads: int, seed: int) -> subprocess.Popen[bytes]:
    """Start a process that appends and says what was acknowledged."""
    arguments = [str(folder), name, str(rounds), str(threads), str(seed)]
    return subprocess.Popen([sys.executable, "-c", WORKER, *arguments], stdout=subprocess.PIPE)


def acknowledged(output: bytes) -> dict[int, str]:
    """Read what a process said; a line cut off by its death counts for nothing."""
    kept: dict[int, str] = {}
    for line in output.splitlines(keepends=True):
        if line.endswith(b"\n"):
            first, leaves = json.loads(line)
            for i, leaf in enumerate(leaves):
                assert first + i not in kept, "an index is given out once"
                kept[first + i] = leaf
    return kept


def check(folder: Path, promised: dict[int, str]) -> int:
    """Hold the ledger against what was said; give its size."""
    ledger = Ledger.open(folder, signer=SIGNER, clock=SystemClock())
    seen = ledger.checkpoint()
    kept = {index: (leaf.decode(), private.decode()) for index, leaf, private in ledger.read()}
    assert all(kept[index] == (leaf, leaf.upper()) for index, leaf in promised.items())
    assert sorted(kept) == list(range(ledger.size()))
    ledger.publish()
    found = verify_log(folder_fetch(folder), vkey=SIGNER.vkey, seen=seen)
    assert found.ok, found.problems
    assert found.size == len(kept)
    ledger.close()
    return len(kept)


def test_several_processes_and_threads_append_and_publish_at_once(tmp_path):
    """A desk, a loader and a watch all write to one log; none may overwrite another."""
    folder = tmp_path / "ledger"
    Ledger.create(folder, origin=SIGNER.name, signer=SIGNER, clock=SystemClock()).close()
    workers = [start(folder, f"worker {i}", rounds=25, threads=3, seed=i) for i in range(3)]
    outputs = [worker.communicate(timeout=120)[0] for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0, 0]
    promised: dict[int, str] = {}
    for output in outputs:
        one = acknowledged(output)
        assert not promised.keys() & one.keys(), "an index is given out once"
        promised |= one
    assert check(folder, promised) == len(promised)


def test_nothing_acknowledged_is_lost_by_kill_nine(tmp_path):
    """An operator, the kernel or a crash may end a process between any two instructions."""
    folder, rng, promised = tmp_path / "ledger", random.Random(9), {}
    Ledger.create(folder, origin=SIGNER.name, signer=SIGNER, clock=SystemClock()).close()
    for turn in range(10):
        workers = [start(folder, f"turn {turn} worker {i}", rounds=10**6, threads=2, seed=turn) for i in range(2)]
        first_words = [worker.stdout.readline() for worker in workers]
        time.sleep(rng.uniform(0.0, 0.25))
        for worker in workers:
            worker.send_signal(signal.SIGKILL)
        for worker, word in zip(workers, first_words, strict=True):
            one = acknowledged(word + worker.communicate()[0])
            assert not promised.keys() & one.keys(), "an index is given out once"
            promised |= one
    assert check(folder, promised) >= len(promised) > 12


def test_threads_share_one_sync(tmp_path):
    """A sync costs more than everything else: those who wait for the same one must not each pay it."""

    class Counting(Disk):
        syncs = 0

        def sync(self, file):
            Counting.syncs += 1
            time.sleep(0.002)
            super().sync(file)

    ledger = Ledger.create(tmp_path / "ledger", origin=SIGNER.name, signer=SIGNER, clock=SystemClock(), disk=Counting())
    Counting.syncs = 0
    crowd = [
        threading.Thread(target=lambda: [ledger.append([Entry(b"x")]) for _ in range(20)], daemon=True)
        for _ in range(8)
    ]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    assert ledger.size() == 160
    assert Counting.syncs < 80
    ledger.close()


def test_one_process_sees_what_another_appended(tmp_path):
    """The gate's clock and its halts are read from the log's head, whoever wrote it."""
    folder = tmp_path / "ledger"
    one = Ledger.create(folder, origin=SIGNER.name, signer=SIGNER, clock=SystemClock())
    two = Ledger.open(folder, signer=SIGNER, clock=SystemClock())
    reader = Ledger.open(folder, signer=None, clock=SystemClock())
    assert one.append([Entry(b"a")]) == [0]
    assert two.size() == reader.size() == 1
    assert two.append([Entry(b"b")]) == [1]
    two.publish()
    assert one.append([Entry(b"c")]) == [2]
    assert [leaf for _, leaf, _ in reader.read()] == [b"a", b"b", b"c"]
    assert one.last_instant() == two.last_instant() == reader.last_instant()
    for ledger in (one, two, reader):
        ledger.close()
