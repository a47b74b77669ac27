"""Run a method in a process of its own that can reach nothing but the tables it was given.

The parent starts the worker, hears which protections hold, asks the kernel as well, and only then hands over data:
nothing is sent to a worker that is too weakly locked. What comes back is bytes, or the kind and line of an error; never
a message, never a log.
"""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pyarrow as pa

from peelian.core.canonical import canonical_bytes
from peelian.core.errors import InvalidError, LimitError, PeelianError, Reason, RefusedError
from peelian.gate.sandbox.lockdown import (
    FAILURE,
    HANDSHAKE,
    PACKAGE,
    PROGRESS,
    PROTECTIONS,
    RESULT,
    SETTINGS,
    failure_names,
)
from peelian.gate.sandbox.process import WorkerGoneError, WorkerLateError, WorkerLoudError, WorkerProcess, environment
from peelian.gate.sandbox.tables import detach_table

REQUIRED = ("landlock", "seccomp")
"""The protections without which no method is given data, unless the caller passes an accepted set of its own."""

_MIB = 1 << 20
_SMALL = 1 * _MIB
_LINE_MAX = 100_000
_SECCOMP_MODE_FILTER = 2
_TOLD_MAX = 10_000
_STEPS_MAX = 1_000_000
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")

Progress = Callable[[int, int, str], None]
"""Called with steps done, steps in all, and the month that is being worked on."""


@dataclass(frozen=True)
class WorkerResult:
    """What a worker gave back, and how well it was locked while it worked.

    Attributes
    ----------
    output : bytes
        The method's result, unread: to be checked like anything from outside.
    protections : mapping of str to bool
        A value for each name in :data:`peelian.gate.sandbox.lockdown.PROTECTIONS`; for the panel's page.
    seconds, start_seconds : float
        Wall clock from start to end, and of it until the sandbox stood.
    cpu_seconds : float
        Processor time of all its threads.
    peak_memory_mb : float
        Largest resident size, mebibytes.
    stderr_bytes : int
        How much it wrote to its error output, which is counted and thrown away.
    """

    output: bytes
    protections: Mapping[str, bool]
    seconds: float
    start_seconds: float
    cpu_seconds: float
    peak_memory_mb: float
    stderr_bytes: int


@dataclass(frozen=True)
class _Run:
    """One run's bounds and conditions, as :func:`run_in_worker` was given them."""

    timeout_s: float
    memory_mb: int
    output_mb: int
    threads: int
    require: Sequence[str]
    private: Sequence[Path]

    @property
    def cpu_s(self) -> int:
        return int(self.timeout_s * self.threads) + 1


def run_in_worker(
    command: Sequence[str],
    tables: Mapping[str, pa.Table],
    parameters: Mapping[str, object],
    *,
    timeout_s: float,
    memory_mb: int,
    output_mb: int = 64,
    threads: int = 2,
    readable: Sequence[Path] = (),
    private: Sequence[Path] = (),
    require: Sequence[str] = REQUIRED,
    namespaces: bool = True,
    locked: bool = True,
    tuning: Mapping[str, str] = MappingProxyType({}),
    progress: Progress | None = None,
) -> WorkerResult:
    """Run a method on some tables in a locked-down process.

    Parameters
    ----------
    command : sequence of str
        Starts the worker; its module ends in :func:`peelian.gate.sandbox.lockdown.wrap`.
    tables : mapping of str to pyarrow.Table
        All the data it will ever see. Flat columns; stripped of everything but their cells before they go.
    parameters : mapping
        Plain data, sent as canonical JSON.
    timeout_s : float
        Wall clock for everything, start included; all threads together get that much processor time each.
    memory_mb, output_mb : int
        Private memory and size of the result, mebibytes.
    threads : int
        How many threads the libraries in it are told to use.
    readable : sequence of Path
        Code it may read beyond Python, the installed packages and Peelian.
    private : sequence of Path
        Folders that must not be readable, the deployment first of all; a run that would reach one is refused.
    require : sequence of str
        Names of :data:`peelian.gate.sandbox.lockdown.PROTECTIONS` that must be seen to hold. Fewer than the usual is
        a decision that the panel's page shows.
    namespaces : bool
        Whether to try for a root and a network of its own.
    locked : bool
        False starts a worker that is not locked at all, whatever else is asked: for linking on Spark, where a
        deployment's settings say so, and for nothing else (:mod:`peelian.gate.linking.link_engine`).
    tuning : mapping of str to str
        Values for the names in :data:`peelian.gate.sandbox.process.TUNING`, with which a replay turns the processor's
        newer instructions off. Nothing else enters the worker's environment.
    progress : callable, optional
        Told how far the work is, as the worker says: two counts and a month, and nothing that is neither.

    Returns
    -------
    WorkerResult
        Output, protections in force, times.

    Raises
    ------
    RefusedError
        ``sandbox-weak`` when a required protection does not hold, ``sandbox-too-wide`` when the worker could read a
        private folder. No data has been sent in either case.
    LimitError
        ``worker-timeout``, ``worker-memory``, ``worker-output``.
    InvalidError
        ``method-failed``, ``worker-died``, ``worker-not-started``, ``worker-column-type``.
    """
    run = _Run(timeout_s, memory_mb, output_mb, threads, require if locked else (), private if locked else ())
    inputs = {name: detach_table(table) for name, table in tables.items()}
    head = canonical_bytes({"tables": list(inputs), "parameters": parameters})
    with _start(command, run, tuning) as worker:
        worker.send_frame(SETTINGS, _settings(run, readable, namespaces=namespaces, locked=locked))
        protections = _check_handshake(worker, run)
        start_seconds = worker.seconds()
        worker.send_inputs(head, inputs)
        output = _read_outcome(worker, run, progress)
        seconds = worker.seconds()
        ended = worker.end()
    return WorkerResult(
        output, protections, seconds, start_seconds, ended.cpu_seconds, ended.peak_memory_mb, worker.stderr_bytes
    )


def _start(command: Sequence[str], run: _Run, tuning: Mapping[str, str]) -> WorkerProcess:
    try:
        return WorkerProcess(command, timeout_s=run.timeout_s, environment=environment(run.threads, tuning))
    except OSError as error:
        raise _not_started(type(error).__name__) from error


def _settings(run: _Run, readable: Sequence[Path], *, namespaces: bool, locked: bool) -> bytes:
    settings = {
        "readable": [str(path.resolve()) for path in readable],
        "memory_mb": run.memory_mb,
        "cpu_s": run.cpu_s,
        "threads": run.threads,
        "namespaces": namespaces,
        "locked": locked,
    }
    return json.dumps(settings).encode()


def _check_handshake(worker: WorkerProcess, run: _Run) -> dict[str, bool]:
    """Hear what the worker reports, hold it against what the kernel says, and refuse what is too little."""
    try:
        _, payload = worker.read_frame(HANDSHAKE, n_bytes_max=_SMALL)
        report = json.loads(payload)
        protections = {name: report["protections"][name] is True for name in PROTECTIONS}
        kernel = worker.kernel_says()
    except (WorkerGoneError, WorkerLoudError, OSError, ValueError, KeyError, TypeError) as error:
        worker.end()
        # No data has been sent yet, so what it wrote can hold none.
        raise _not_started(worker.stderr_tail.decode(errors="replace").strip().rpartition("\n")[2]) from error
    except WorkerLateError as error:
        raise _timeout(run) from error
    protections["seccomp"] &= kernel.get("Seccomp") == _SECCOMP_MODE_FILTER
    protections["no_new_privileges"] &= kernel.get("NoNewPrivs") == 1
    protections["no_capabilities"] &= kernel.get("CapEff") == 0
    _refuse_if_weak(protections, run.require)
    _refuse_if_too_wide([Path(path) for path in report["readable"]], run.private)
    return protections


def _refuse_if_weak(protections: Mapping[str, bool], require: Sequence[str]) -> None:
    missing = [name for name in require if not protections.get(name, False)]
    if missing:
        raise RefusedError(
            "sandbox-weak",
            f"The method was not run: {len(missing)} required protection(s) of its worker do not hold on this machine.",
            reasons=[Reason("sandbox-weak", f"{n}: {PROTECTIONS.get(n, 'not a protection')}") for n in missing],
            why="A method is treated as hostile code; it was given no data.",
            do="Use a kernel with Landlock and seccomp, or have the lesser set accepted and shown on the panel's page.",
            facts={"missing": ", ".join(missing)},
        )


def _refuse_if_too_wide(readable: Sequence[Path], private: Sequence[Path]) -> None:
    closed = [path.resolve() for path in private]
    n_open = sum(c.is_relative_to(r) or r.is_relative_to(c) for c in closed for r in readable)
    if n_open:
        raise RefusedError(
            "sandbox-too-wide",
            "The method was not run: a folder that must stay private lies under one that the worker may read.",
            why="Landlock gives whole folders, so a deployment inside Python's own folders cannot be shut out.",
            do="Move the deployment out of Python's and the packages' folders.",
            facts={"overlaps": n_open},
        )


def _read_outcome(worker: WorkerProcess, run: _Run, progress: Progress | None) -> bytes:
    try:
        kind, payload = _read_last_frame(worker, run, progress)
    except WorkerLateError as error:
        raise _timeout(run) from error
    except WorkerLoudError as error:
        raise LimitError(
            "worker-output",
            f"The method's result is larger than {run.output_mb} MiB, or not a result at all.",
            why="A result is a finding, not a copy of the data.",
            do="Return aggregates, or have the method's limit raised in its mandate.",
            facts={"output_mb": run.output_mb},
        ) from error
    except WorkerGoneError as error:
        raise _death(worker, run) from error
    if kind == FAILURE:
        raise _failure(payload, run)
    return payload


def _read_last_frame(worker: WorkerProcess, run: _Run, progress: Progress | None) -> tuple[bytes, bytes]:
    """Read what comes until it is a result or a failure; pass on what was told on the way."""
    for _ in range(_TOLD_MAX):
        kind, payload = worker.read_frame(RESULT + FAILURE + PROGRESS, n_bytes_max=run.output_mb * _MIB)
        if kind != PROGRESS:
            return kind, payload
        told = _read_progress(payload)
        if progress and told:
            progress(*told)
    raise WorkerLoudError


def _read_progress(payload: bytes) -> tuple[int, int, str] | None:
    """Take two counts and a month from what hostile code may have written: anything else could carry a value."""
    try:
        done, of, what = json.loads(payload[:200])
    except (ValueError, TypeError):
        return None
    if not all(type(n) is int and 0 <= n <= _STEPS_MAX for n in (done, of)):
        return None
    return done, of, what if isinstance(what, str) and _MONTH.fullmatch(what) else ""


def _death(worker: WorkerProcess, run: _Run) -> PeelianError:
    ended = worker.end()
    if ended.cpu_seconds >= run.cpu_s or ended.code == -signal.SIGXCPU:
        return _timeout(run)
    return InvalidError(
        "worker-died",
        "The method's worker ended without a result.",
        why="It crashed or was ended by the system; what it wrote is thrown away, since it may hold values.",
        do="Run the method on synthetic data to see the crash; check the machine's memory.",
        facts={"exit": ended.code, "cpu_seconds": round(ended.cpu_seconds, 1)},
    )


def _failure(payload: bytes, run: _Run) -> PeelianError:
    """Turn the worker's word about its own failure into an error, taking only what cannot carry a value."""
    error, file, line = _read_failure(payload)
    if error == "MemoryError":
        return LimitError(
            "worker-memory",
            f"The method needed more than {run.memory_mb} MiB of memory.",
            why="Each run is bounded so that one method cannot starve the rest.",
            do="Ask for fewer rows or columns, or have the method's limit raised in its mandate.",
            facts={"memory_mb": run.memory_mb},
        )
    return InvalidError(
        "method-failed",
        f"The method stopped with {error}" + (f" at {file}, line {line}." if file else "."),
        why="Its message is not shown, because it may hold values from the data.",
        do="Run the method on synthetic data to see the whole message.",
        facts={"error": error, "file": file, "line": line},
    )


def _read_failure(payload: bytes) -> tuple[str, str, int]:
    try:
        told = json.loads(payload)
        error, file, line = str(told["error"]), str(told["file"]), int(told["line"])
    except (ValueError, KeyError, TypeError):
        return "an error", "", 0
    # Hostile code can send what it likes here: only names that exist already are repeated.
    known_file = "\0" not in file and ".." not in file and file.endswith(".py") and (PACKAGE / file).is_file()
    known_line = known_file and 0 < line < _LINE_MAX
    return error if error in failure_names() else "an error", file if known_file else "", line if known_line else 0


def _timeout(run: _Run) -> LimitError:
    return LimitError(
        "worker-timeout",
        f"The method did not finish within {run.timeout_s:g} seconds.",
        why="Each run is bounded in time; its worker has been ended.",
        do="Ask for fewer rows, or have the method's limit raised in its mandate.",
        facts={"timeout_s": run.timeout_s},
    )


def _not_started(detail: str) -> InvalidError:
    return InvalidError(
        "worker-not-started",
        "The method's worker did not start.",
        why="It ended before it was locked and before any data was sent.",
        do="Check the installation: the worker's command, the Python it names and the packages.",
        facts={"detail": detail[:200]},
    )
