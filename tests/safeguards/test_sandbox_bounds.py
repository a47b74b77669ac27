"""A worker's bounds, its silence about values, its refusal to start half-locked, and that honest work still runs."""

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import sandbox_attacks

from peelian.core.errors import InvalidError, LimitError, PeelianError, RefusedError
from peelian.gate.sandbox.landlock import landlock_abi
from peelian.gate.sandbox.worker import run_in_worker

SCRIPT = str(Path(sandbox_attacks.__file__))
COMMAND = [sys.executable, "-I", SCRIPT]

pytestmark = pytest.mark.skipif(not landlock_abi(), reason="this kernel has no Landlock: methods are refused on it")


def run(act: str, *, tables=None, command=COMMAND, timeout_s=30, memory_mb=512, parameters=None, **more):
    """Have the hostile script do one act as a method."""
    given = {"act": act} | (parameters or {})
    return run_in_worker(command, tables or {}, given, timeout_s=timeout_s, memory_mb=memory_mb, **more)


def stop_of(act: str, **more) -> PeelianError:
    """Return the error that a run ends with."""
    with pytest.raises(PeelianError) as caught:
        run(act, **more)
    assert "Jane" not in str(caught.value)
    assert "Jane" not in json.dumps(caught.value.as_dict())
    return caught.value


def test_endless_loop_that_ignores_signals_is_ended():
    """One method must not hold up the force, nor be able to refuse to die."""
    started = time.monotonic()
    error = stop_of("loop_forever", timeout_s=1.5)
    assert isinstance(error, LimitError)
    assert error.code == "worker-timeout"
    assert time.monotonic() - started < 4


def test_worker_that_sleeps_on_is_ended():
    """Closing the pipes must not make a worker outlive its run."""
    assert stop_of("close_pipes_and_sleep", timeout_s=5).code == "worker-died"


@pytest.mark.parametrize("act", ["eat_memory", "eat_memory_in_arrow"])
def test_memory_bomb_stops_at_its_limit(act):
    """One method must not take the machine's memory from safety look-ups."""
    error = stop_of(act, memory_mb=400)
    assert isinstance(error, LimitError)
    assert error.code == "worker-memory"


def test_thread_bomb_stops_at_its_limit():
    """Threads are allowed, without end they would starve the machine."""
    n_threads = int(run("start_threads_without_end", memory_mb=512).output)
    assert n_threads < 1000


def test_result_larger_than_its_limit_is_refused():
    """A result is a finding; a copy of the data must not leave as one."""
    assert stop_of("flood_output", output_mb=1, parameters={"n_bytes": 3 << 20}).code == "worker-output"
    assert len(run("flood_output", output_mb=4, parameters={"n_bytes": 3 << 20}).output) == 3 << 20


def test_false_length_of_a_result_is_refused():
    """The parent must not wait for, or make room for, what a hostile method merely announces."""
    assert stop_of("lie_about_output").code == "worker-output"


SAID = [
    '[1, 2, "Jane Doe"]',
    '["Jane Doe", 2, "2019-01"]',
    '[1, 2, "2019-13"]',
    '[1, -2, "2019-01"]',
    '[true, 2, "2019-01"]',
    "[1e400, 2, 3]",
    '{"Jane": 1}',
    "Jane Doe",
    "[" * 190,
]


def test_progress_is_two_counts_and_a_month_and_nothing_else():
    """It is shown while a method runs, to whoever runs it: hostile code must not be able to say a name in it."""
    told = []
    done = run("tell", parameters={"said": SAID}, progress=lambda *what: told.append(what))
    assert done.output == b"done"
    assert told == [(1, 2, "2019-01"), (1, 2, ""), (1, 2, ""), (2, 2, "2019-02")]
    assert run("tell", parameters={"said": SAID}).output == b"done", "nobody has to listen"


def test_progress_without_end_is_ended():
    """A worker that only ever tells would hold its caller up for as long as its time allows."""
    assert stop_of("tell_without_end", timeout_s=30).code == "worker-output"


def test_error_output_is_counted_and_thrown_away():
    """What a method prints may hold values and would end in an ordinary log."""
    done = run("flood_errors")
    assert done.output == b"done"
    assert done.stderr_bytes > 1_000_000


def test_error_in_a_method_is_told_without_its_message():
    """Messages of exceptions quote the data."""
    error = stop_of("raise_with_value")
    assert isinstance(error, InvalidError)
    assert (error.code, error.facts["error"]) == ("method-failed", "ValueError")


def test_error_named_after_a_value_is_told_by_its_family():
    """A class name is free text as well."""
    assert stop_of("raise_named_value").facts["error"] == "KeyError"


def test_forged_failure_carries_nothing_out():
    """Hostile code writes to the pipe itself; only names that exist already may be repeated."""
    facts = stop_of("forge_failure").facts
    assert (facts["error"], facts["file"], facts["line"]) == ("an error", "", 0)


@pytest.mark.parametrize("act", ["crash", "leave_quietly"])
def test_crash_is_told_as_a_crash(act):
    """A worker that ends without a result must never look like one with an empty result."""
    assert stop_of(act).code == "worker-died"


def test_worker_that_does_not_read_its_data_cannot_hold_up_the_gate(tmp_path):
    """The sender must not wait for ever on a full pipe."""
    script = tmp_path / "deaf.py"
    script.write_text(
        "import os, time\nfrom peelian.gate.sandbox import lockdown as sandbox\n"
        "sandbox._take_inputs = lambda *_: time.sleep(60)\nsandbox.wrap(None)\n"
    )
    big = pa.table({"x": np.zeros(4_000_000)})
    error = stop_of("none", command=[sys.executable, "-I", str(script)], tables={"t": big}, timeout_s=1.5)
    assert error.code == "worker-timeout"


def test_worker_sees_no_byte_beyond_its_cells():
    """Column and row were not declared, so not even their traces in Arrow's buffers may arrive."""
    full = pa.table({"x": [1, 2, 3], "name": ["kept", "Jane Doe", "kept"], "home": ["Jane Doe"] * 3})
    coded = full.set_column(1, "name", full["name"].dictionary_encode())
    view = coded.filter(pa.array([True, False, True])).select(["x", "name"])
    view = view.replace_schema_metadata({"note": "Jane Doe"})
    assert b"Jane Doe" in serialise(view), "the trap must be armed"
    output = run("give_back_all_bytes", tables={"t": view}).output
    assert b"kept" in output
    assert b"Jane" not in output


def serialise(table: pa.Table) -> bytes:
    """Write a table as it would be sent without care."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def test_required_protection_that_does_not_hold_is_a_refusal():
    """A machine without the protection must say so, not run the method anyway."""
    with pytest.raises(RefusedError) as caught:
        run("sum_column", require=("landlock", "seccomp", "own_root"), namespaces=False)
    assert caught.value.code == "sandbox-weak"
    assert caught.value.facts["missing"] == "own_root"


def test_kernel_without_landlock_is_a_refusal_unless_accepted(tmp_path):
    """Old kernels: refused by default; when accepted, the report still says that Landlock was off."""
    command = [*COMMAND, "--no-landlock"]
    assert stop_of("sum_column", command=command).code == "sandbox-weak"
    done = run("write_without_landlock", command=command, require=("seccomp",), parameters={"writable": str(tmp_path)})
    assert done.protections["landlock"] is False
    assert json.loads(done.output) == {"write": "refused EPERM", "run": "refused EPERM"}
    assert not list(tmp_path.iterdir())


def test_no_data_is_sent_to_a_worker_that_lies_about_its_locks(tmp_path):
    """The kernel is asked too; a worker that only claims to be locked gets nothing but the settings."""
    script = tmp_path / "liar.py"
    script.write_text(
        "import json, os, sys\nfrom peelian.gate.sandbox.lockdown import FRAME, HANDSHAKE, PROTECTIONS\n"
        "kind, n = FRAME.unpack(sys.stdin.buffer.read(FRAME.size)); sys.stdin.buffer.read(n)\n"
        "word = json.dumps({'protections': dict.fromkeys(PROTECTIONS, True), 'readable': []}).encode()\n"
        "os.write(1, FRAME.pack(HANDSHAKE, len(word)) + word)\n"
        f"open({str(tmp_path / 'got')!r}, 'wb', 0).write(sys.stdin.buffer.read())\n"
    )
    error = stop_of("none", command=[sys.executable, str(script)], tables={"t": pa.table({"x": [1]})})
    assert error.code == "sandbox-weak"
    got = tmp_path / "got"
    assert not got.exists() or not got.read_bytes()


def test_second_thread_before_the_lock_is_not_called_locked(tmp_path):
    """Landlock binds the calling thread; an older thread would stay free and hostile code could use it."""
    script = tmp_path / "two.py"
    script.write_text(
        "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n"
        "from peelian.gate.sandbox.lockdown import wrap\nwrap(lambda t, p: b'')\n"
    )
    error = stop_of("none", command=[sys.executable, str(script)])
    assert error.code == "sandbox-weak"
    assert error.facts["missing"] == "landlock"


def test_deployment_inside_a_readable_folder_is_a_refusal(tmp_path):
    """Landlock cannot carve a hole; the gate must notice before data flows."""
    (tmp_path / "code" / "deployment").mkdir(parents=True)
    private = [tmp_path / "code" / "deployment"]
    error = stop_of("sum_column", readable=[tmp_path / "code"], private=private)
    assert error.code == "sandbox-too-wide"
    (tmp_path / "link").symlink_to(tmp_path / "code")
    assert stop_of("sum_column", readable=[tmp_path / "link"], private=private).code == "sandbox-too-wide"


def test_worker_that_cannot_start_is_told_plainly(tmp_path):
    """A wrong installation must not look like a failing method."""
    assert stop_of("none", command=[str(tmp_path / "nothing")]).code == "worker-not-started"
    error = stop_of("none", command=[sys.executable, "-I", "-m", "peelian.no_such_module"])
    assert error.code == "worker-not-started"
    assert "no_such_module" in error.facts["detail"]


def test_worker_dies_with_the_gate(tmp_path):
    """A gate that is killed must not leave a method running with data."""
    code = (
        "import os, sys, threading, time\nfrom peelian.gate.sandbox.worker import run_in_worker\n"
        f"run = lambda: run_in_worker({COMMAND!r}, {{}}, {{'act': 'loop_forever'}}, timeout_s=60, memory_mb=400)\n"
        "threading.Thread(target=run, daemon=True).start()\n"
        "time.sleep(1.0)\n"
        "task = open(f'/proc/{os.getpid()}/task/{threading.enumerate()[1].native_id}/children').read()\n"
        "print(task.split()[0], flush=True)\nos._exit(0)\n"
    )
    gate = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, timeout=20)
    worker = int(gate.stdout)
    for _ in range(50):
        if not Path(f"/proc/{worker}").exists() or "\nState:\tZ" in Path(f"/proc/{worker}/status").read_text():
            return
        time.sleep(0.05)
    pytest.fail("the worker lives on")


def test_parallel_workers_do_not_mix():
    """Two mandates at once: each gets its own tables and gives its own answer."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(2) as pool:
        sums = pool.map(lambda n: run("sum_column", tables={"t": pa.table({"x": [n, 1]})}).output, range(4))
        assert list(sums) == [b"1", b"2", b"3", b"4"]


@pytest.mark.parametrize("namespaces", [True, False])
def test_honest_work_runs(namespaces):
    """A sandbox that breaks NumPy's threads, Arrow, DuckDB or SciPy would be switched off by its users."""
    table = pa.table({"x": np.arange(1_000_000)})
    done = run("compute_honestly", tables={"t": table}, memory_mb=2048, namespaces=namespaces)
    answer = json.loads(done.output)
    assert answer == {
        "same": True,
        "arrow": 499_999_500_000,
        "duckdb": 499_999_500_000,
        "joined": 1_000_000,
        "scipy": 1.414214,
        "shapely": 0.5,
        "pyproj": 400,
        "zone": "Europe/London",
        "chance": 8,
        "threads": 1,
    }
    assert done.seconds > done.start_seconds > 0
    assert done.peak_memory_mb > 50


def test_caller_can_tune_instructions_and_nothing_else():
    """A replay with the processor's newer instructions off needs one door into the environment; no other exists."""
    done = run("tell_environment", tuning={"OPENBLAS_CORETYPE": "Prescott"}, threads=1)
    assert json.loads(done.output) == {
        "ARROW_IO_THREADS": "1",
        "LC_ALL": "C.UTF-8",
        "MALLOC_ARENA_MAX": "2",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_CORETYPE": "Prescott",
        "OPENBLAS_NUM_THREADS": "1",
        "TZ": "UTC",
    }
    with pytest.raises(AssertionError):
        run("tell_environment", tuning={"LD_PRELOAD": "x"})
