"""A kill at any step of a commit leaves either all of it or nothing, and the next writer cleans up by itself.

A kill is simulated by copying the folder as it lies on the disk at each step and going on from the copy: nothing that
the dying process would have tidied up is tidied. One run with a real kill -9 a step keeps the simulation honest.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from peelian.model.record import Column, TableSpec
from peelian.store.grant import WRITE
from tests.support.store import Small, make_rows

NOTE = TableSpec("note", (Column("n", "int"),))
MEMO = TableSpec("memo", (Column("n", "int"),))
TABLES = {"note": NOTE, "memo": MEMO}
ROOT = Path(__file__).resolve().parents[2]


def before(small):
    """Make the state that is there before the commit under test."""
    small.replace("note", make_rows(NOTE, range(30), "a"), {"a"})


def commit(small):
    """Make a commit that inserts, supersedes and deletes, and makes a second table."""
    with small.writer.begin(small.grant(WRITE), small.journal, small.clock) as transaction:
        transaction.replace_slices("note", make_rows(NOTE, range(10, 40), "a", version=1), {"a"})
        transaction.append("memo", make_rows(MEMO, range(5), "m"))


def state(small):
    """Return everything a reader can see, at every commit."""
    done = small.journal.last_done()
    seqs = range(done.seq + 1) if done else []
    return {t: [small.known_at(t, s) for s in seqs] for t in TABLES}


def names_of_steps(tmp_path, clock):
    """Run the commit once, undisturbed, and note its steps."""
    steps = []
    small = Small(tmp_path / "count", clock, tables=TABLES)
    before(small)
    small.writer.step = steps.append
    commit(small)
    return steps, state(small)


def test_a_copy_of_the_disk_at_every_step_holds_all_of_a_commit_or_nothing(tmp_path, clock):
    """Power fails when it likes."""
    small = Small(tmp_path / "live", clock, tables=TABLES)
    before(small)
    old = state(small)
    copies = []

    def copy(name):
        copies.append((name, tmp_path / f"copy-{len(copies)}"))
        shutil.copytree(small.folder, copies[-1][1])

    small.writer.step = copy
    commit(small)
    new = state(small)
    names = [n for n, _ in copies]
    assert {"intent", "files:note", "files:note_history", "delta:note", "delta:note_history", "delta:memo"} <= set(
        names
    )
    assert names[-2:] == ["before-done", "done"]
    for name, folder in copies:
        found = Small(folder, clock, tables=TABLES)
        expected = new if name == "done" else old
        assert state(found) == expected, f"a reader that never waits for recovery, killed at {name}"
        undone = found.writer.recover(found.journal)
        assert undone == (not name.startswith("put-back") and name != "done"), name
        assert state(found) == expected, f"after recovery, killed at {name}"
        commit(found)
        assert state(found)["note"][-1] == new["note"][-1], f"the next commit, killed at {name}"
        kinds = [k for k, _ in found.journal.entries()]
        assert kinds.count("intent") == kinds.count("done") + kinds.count("abandoned")


def test_a_kill_during_recovery_is_recovered_from(tmp_path, clock):
    """The machine that crashed once may crash again while it starts."""
    small = Small(tmp_path / "live", clock, tables=TABLES)
    before(small)
    old = state(small)
    small.writer.step = lambda name: shutil.copytree(small.folder, tmp_path / "dead") if name == "before-done" else None
    commit(small)
    copies = []

    def copy(name):
        copies.append(tmp_path / f"again-{len(copies)}")
        shutil.copytree(tmp_path / "dead", copies[-1])

    dead = Small(tmp_path / "dead", clock, tables=TABLES)
    dead.writer.step = copy
    dead.writer.recover(dead.journal)
    assert len(copies) > len(TABLES)
    for folder in copies:
        again = Small(folder, clock, tables=TABLES)
        again.writer.recover(again.journal)
        assert again.journal.open_intent() is None
        assert state(again) == old


def test_an_error_at_any_step_undoes_the_commit_and_says_why(tmp_path, clock):
    """A full disk is no kill: the process lives on and must put things right at once."""
    steps, _ = names_of_steps(tmp_path, clock)
    for number, name in enumerate(steps[:-1]):
        if name.startswith("put-back"):
            continue
        small = Small(tmp_path / f"error-{number}", clock, tables=TABLES)
        before(small)
        old = state(small)

        passed = []

        def fail(at, number=number, passed=passed):
            passed.append(at)
            if len(passed) == number + 1:
                raise OSError("no space left on device")

        small.writer.step = fail
        with pytest.raises(OSError, match="no space"):
            commit(small)
        assert small.journal.entries()[-1] == ("abandoned", {"seq": 2, "reason": "OSError"}), name
        small.writer.step = lambda at: None
        assert state(small) == old, name
        commit(small)
        assert small.journal.last_done().seq == 2


def victim(folder, at):
    """Commit in this process and kill it with signal 9 at one step."""
    from datetime import UTC, datetime

    from peelian.core.time import FixedClock

    small = Small(Path(folder), FixedClock(datetime(2026, 11, 22, tzinfo=UTC)), tables=TABLES)
    small.writer.step = lambda name: os.kill(os.getpid(), signal.SIGKILL) if name == at else None
    commit(small)


@pytest.mark.parametrize("at", ["intent", "files:note_history", "delta:note", "before-done", "done"])
def test_a_real_kill_leaves_all_or_nothing(tmp_path, clock, at):
    """Signal 9 asks nobody: locks fall, nothing is tidied up."""
    small = Small(tmp_path / "d", clock, tables=TABLES)
    before(small)
    old = state(small)
    code = f"import tests.simulation.test_store_crashes as t; t.victim({str(small.folder)!r}, {at!r})"
    child = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, timeout=60, check=False)
    assert child.returncode == -signal.SIGKILL, child.stderr.decode()
    assert (state(small) == old) is (at != "done")
    assert small.writer.recover(small.journal) is (at != "done")
    commit(small)
    assert len(small.current("note")) == 30
    assert small.journal.last_done().seq == (3 if at == "done" else 2)
