"""An eraser waits for readers, and for no reader longer than its lease."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from peelian.core.time import SystemClock
from peelian.store.leases import Leases


@pytest.fixture
def leases(tmp_path, clock):
    """Give the leases of an empty deployment."""
    return Leases(tmp_path / "leases", clock)


def test_a_lease_is_live_while_held_and_gone_after(leases):
    """An erasure that waited for a reader who has left would never finish."""
    assert leases.live() == []
    with leases.hold(60), leases.hold(60):
        assert len(leases.live()) == 2
    assert leases.live() == []
    assert list(leases.folder.iterdir()) == []


def test_a_lease_that_ran_out_no_longer_counts(leases, clock):
    """A reader that hangs must not keep a person's data on the disk for ever."""
    with leases.hold(60):
        clock.move(seconds=59)
        assert len(leases.live()) == 1
        clock.move(seconds=1)
        assert leases.live() == []


def test_a_lease_dies_with_its_process(tmp_path):
    """A reader that was killed cannot say goodbye; the system drops its lock."""
    leases = Leases(tmp_path, SystemClock())
    code = (
        "import sys, os; from pathlib import Path; from peelian.core.time import SystemClock;"
        "from peelian.store.leases import Leases\n"
        f"with Leases(Path({str(tmp_path)!r}), SystemClock()).hold(600):\n"
        "    print('held', flush=True); sys.stdin.read(); os._exit(9)"
    )
    child = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout.readline() == b"held\n"
    assert len(leases.live()) == 1
    child.kill()
    child.communicate()
    assert leases.live() == []


def test_waiting_ends_when_the_last_reader_of_that_moment_has_left(leases):
    """Readers who come later already read the new versions: waiting for those would never end."""
    first, later = leases.hold(60), leases.hold(60)
    first.__enter__()
    waited = []

    def sleep(seconds):
        waited.append(seconds)
        if len(waited) == 2:
            later.__enter__()
        if len(waited) == 4:
            first.__exit__(None, None, None)

    assert leases.wait(sleep) == 1
    assert len(waited) == 4
    assert len(leases.live()) == 1
    later.__exit__(None, None, None)


def test_a_lease_that_is_being_made_is_never_taken_for_a_dead_one(tmp_path):
    """Between making the file and locking it a lease looks dead; it has to be made again then."""
    leases = Leases(tmp_path, SystemClock())
    stop = threading.Event()

    def look():
        while not stop.is_set():
            leases.live()

    looker = threading.Thread(target=look)
    looker.start()
    try:
        for _ in range(300):
            with leases.hold(60):
                assert len(list(tmp_path.iterdir())) == 1
    finally:
        stop.set()
        looker.join()
