"""The parent's side of one worker: start it, talk over three pipes under one deadline, end it whatever happens."""

from __future__ import annotations

import fcntl
import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

import pyarrow as pa

from peelian.gate.sandbox.lockdown import FRAME, PARAMETERS

_MIB = 1 << 20
_TAIL = 2000

TUNING = frozenset({"NPY_DISABLE_CPU_FEATURES", "OPENBLAS_CORETYPE", "ARROW_USER_SIMD_LEVEL"})
"""What a caller may set in a worker's environment: which of the processor's instructions libraries use."""

_SET_PIPE_SIZE = 1031


class WorkerGoneError(Exception):
    """The worker closed its end; whoever asked knows at which point, and so what it means."""


class WorkerLateError(Exception):
    """The deadline passed."""


class WorkerLoudError(Exception):
    """The worker announced more bytes than it may send, or a frame of another kind than expected."""


@dataclass(frozen=True)
class Ended:
    """How a worker ended: exit code (negative for a signal), processor seconds, largest resident size."""

    code: int
    cpu_seconds: float
    peak_memory_mb: float


class WorkerProcess:
    """One child process, its pipes and its clock. Use as a context manager: on leaving it is dead.

    Parameters
    ----------
    command : sequence of str
        What to start.
    timeout_s : float
        Wall clock from now until the last byte is in.
    environment : mapping of str to str
        The whole environment, see :func:`environment`.
    """

    def __init__(self, command: Sequence[str], *, timeout_s: float, environment: Mapping[str, str]) -> None:
        self.started_s = time.monotonic()
        self.timeout_s = timeout_s
        self.stderr_bytes = 0
        self.stderr_tail = b""
        self._received = bytearray()
        self._sender: threading.Thread | None = None
        self._ended: Ended | None = None
        self._process = subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            close_fds=True,
            env=dict(environment),
            cwd="/",
            start_new_session=True,
            bufsize=0,
        )
        self._selector = selectors.DefaultSelector()
        for pipe in (self._out, self._err):
            self._selector.register(pipe, selectors.EVENT_READ)
        for pipe in (self._in, self._out):
            with suppress(OSError):
                fcntl.fcntl(pipe, _SET_PIPE_SIZE, _MIB)

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._process.pid

    @property
    def _in(self) -> IO[bytes]:
        assert self._process.stdin is not None
        return self._process.stdin

    @property
    def _out(self) -> IO[bytes]:
        assert self._process.stdout is not None
        return self._process.stdout

    @property
    def _err(self) -> IO[bytes]:
        assert self._process.stderr is not None
        return self._process.stderr

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def seconds(self) -> float:
        """Return the wall clock since the start."""
        return time.monotonic() - self.started_s

    def send_frame(self, kind: bytes, payload: bytes) -> None:
        """Send a small frame; a worker that is gone is noticed when its answer is missing."""
        with suppress(BrokenPipeError):
            self._in.write(FRAME.pack(kind, len(payload)) + payload)

    def send_inputs(self, head: bytes, tables: Mapping[str, pa.Table]) -> None:
        """Send parameters and tables from a thread, so that a worker which does not read cannot hold us up."""
        self._sender = threading.Thread(target=self._write_inputs, args=(head, tables), daemon=True)
        self._sender.start()

    def _write_inputs(self, head: bytes, tables: Mapping[str, pa.Table]) -> None:
        with suppress(OSError), os.fdopen(os.dup(self._in.fileno()), "wb", buffering=_MIB) as pipe:
            pipe.write(FRAME.pack(PARAMETERS, len(head)) + head)
            for table in tables.values():
                with pa.ipc.new_stream(pa.PythonFile(pipe, mode="w"), table.schema) as writer:
                    writer.write_table(table)

    def read_frame(self, kinds: bytes, *, n_bytes_max: int) -> tuple[bytes, bytes]:
        """Wait for one frame of one of the kinds and return kind and payload."""
        self._read_until(lambda: len(self._received) >= FRAME.size)
        kind, length = FRAME.unpack_from(self._received)
        if kind not in kinds or length > n_bytes_max:
            raise WorkerLoudError
        self._read_until(lambda: len(self._received) >= FRAME.size + length)
        payload = bytes(self._received[FRAME.size : FRAME.size + length])
        del self._received[: FRAME.size + length]
        return kind, payload

    def _read_until(self, enough: Callable[[], bool]) -> None:
        while not enough():
            left_s = self.timeout_s - self.seconds()
            if left_s <= 0:
                raise WorkerLateError
            for key, _ in self._selector.select(left_s):
                self._take(key.fileobj is self._out)

    def _take(self, result: bool) -> None:
        pipe = self._out if result else self._err
        part = os.read(pipe.fileno(), _MIB)
        if not part:
            self._selector.unregister(pipe)
            if result:
                raise WorkerGoneError
        elif result:
            self._received += part
        else:
            self.stderr_bytes += len(part)
            self.stderr_tail = (self.stderr_tail + part)[-_TAIL:]

    def kernel_says(self) -> dict[str, int]:
        """Return what the kernel, not the worker, says of its locks: ``Seccomp NoNewPrivs CapEff`` as numbers."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
        return {name: int(fields[name].strip(), 16) for name in ("Seccomp", "NoNewPrivs", "CapEff") if name in fields}

    def end(self) -> Ended:
        """Kill the worker if it still lives, take its last figures, close the pipes."""
        if self._ended is None:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            _, status, usage = os.wait4(self.pid, 0)
            self._process.returncode = os.waitstatus_to_exitcode(status)
            cpu_seconds = usage.ru_utime + usage.ru_stime
            self._ended = Ended(self._process.returncode, cpu_seconds, usage.ru_maxrss / 1024)
            self._drain_errors()
            if self._sender is not None:
                self._sender.join()
            self._selector.close()
            for pipe in (self._in, self._out, self._err):
                with suppress(OSError):
                    pipe.close()
        return self._ended

    def _drain_errors(self) -> None:
        os.set_blocking(self._err.fileno(), False)
        with suppress(BlockingIOError):
            while part := os.read(self._err.fileno(), _MIB):
                self.stderr_bytes += len(part)
                self.stderr_tail = (self.stderr_tail + part)[-_TAIL:]


def environment(threads: int, tuning: Mapping[str, str]) -> dict[str, str]:
    """Return the whole environment of a worker: nothing of the parent's, only what keeps libraries quiet and small."""
    counts = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "ARROW_IO_THREADS")
    fixed = {"LC_ALL": "C.UTF-8", "TZ": "UTC", "MALLOC_ARENA_MAX": "2"}
    assert set(tuning) <= TUNING, "nothing of the parent's environment goes to a worker"
    return fixed | dict.fromkeys(counts, str(threads)) | dict(tuning)
