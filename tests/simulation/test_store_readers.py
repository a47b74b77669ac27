"""Readers who run while a writer commits see whole commits, one after the other, and never a mixture."""

from __future__ import annotations

import threading

from peelian.core.time import SystemClock
from peelian.model.record import Column, TableSpec
from peelian.store.erase import _clean_log, _vacuum
from peelian.store.grant import ERASE, READ, WRITE
from peelian.store.leases import Leases
from tests.support.store import Small, make_rows

NOTE = TableSpec("note", (Column("n", "int"),))
MEMO = TableSpec("memo", (Column("n", "int"),))
TABLES = {"note": NOTE, "memo": MEMO}


def write(small, number):
    """Commit a state in which every row of both tables carries the commit's number."""
    with small.writer.begin(small.grant(WRITE), small.journal, small.clock) as transaction:
        for name, spec in TABLES.items():
            rows = make_rows(spec, range(40), "s", version=number, values={"n": lambda i: number})
            transaction.replace_slices(name, rows, {"s"})


def read(small, leases):
    """Read both tables under one vector, as the gate does: lease, last done, then files of that vector only."""
    with leases.hold(60):
        done = small.journal.last_done()
        scans = [small.lake.scan_sql(small.grant(READ), t, done.vector[t]) for t in TABLES]
        query = " UNION ALL ".join(f"SELECT count(*), min(n), max(n), min(seq_from) FROM ({s})" for s in scans)
        earlier = small.lake.known_at_sql(small.grant(READ), "note", done.vector, max(1, done.seq - 1))
        return done.seq, small.query(query), small.query(f"SELECT count(*), min(n), max(n) FROM ({earlier})")


def test_readers_under_a_writer_see_one_consistent_vector(tmp_path):
    """Half of a commit in one answer would be a finding about something that never was."""
    small = Small(tmp_path, SystemClock(), tables=TABLES)
    leases = Leases(tmp_path / "leases", SystemClock())
    write(small, 1)
    stop, seen, wrong = threading.Event(), [], []

    def reader():
        while not stop.is_set():
            try:
                seq, rows, earlier = read(small, leases)
                before = max(1, seq - 1)
                if rows != [(40, seq, seq, seq)] * 2 or earlier != [(40, before, before)]:
                    wrong.append((seq, rows, earlier))
                seen.append(seq)
            except Exception as error:
                wrong.append(error)

    readers = [threading.Thread(target=reader) for _ in range(3)]
    for thread in readers:
        thread.start()
    for number in range(2, 11):
        write(small, number)
    stop.set()
    for thread in readers:
        thread.join()
    assert wrong == []
    assert len(set(seen)) >= 3, "the readers did run while the writer wrote"


def test_readers_with_a_lease_keep_their_files_until_they_let_go(tmp_path):
    """An erasure deletes files for good: not under a reader's feet, and not later than the reader leaves."""
    small = Small(tmp_path, SystemClock(), tables=TABLES)
    leases = Leases(tmp_path / "leases", SystemClock())
    write(small, 1)
    done = small.journal.last_done()
    lease = leases.hold(60)
    lease.__enter__()
    files = small.lake.files(small.grant(READ), "note", done.vector["note"])
    write(small, 2)
    order = []

    def clean():
        leases.wait()
        order.append("cleaned")
        with small.writer.begin(small.grant(ERASE), small.journal, small.clock) as transaction:
            for name in small.lake.names():
                _vacuum(small.lake, name)
            transaction.commit()
            for name in small.lake.names():
                _clean_log(small.lake, name)

    cleaner = threading.Thread(target=clean)
    cleaner.start()
    cleaner.join(timeout=0.3)
    assert small.query(f"SELECT count(*) FROM read_parquet({files})") == [(40,)]
    order.append("left")
    lease.__exit__(None, None, None)
    cleaner.join(timeout=30)
    assert order == ["left", "cleaned"]
    assert not any((small.lake.path("note") / f).exists() for f in files)
    assert read(small, leases)[1] == [(40, 2, 2, 2)] * 2
