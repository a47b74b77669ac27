"""The worker's side: lock the process down, prove it, and only then take in data and load a method.

``wrap`` is the main loop of a worker's entry module. That module imports nothing of the method at its top; the entry
function does, when the sandbox already stands. What each protection means is in ``docs/explanation/sandbox.md``.
"""

from __future__ import annotations

import builtins
import ctypes
import errno
import io
import json
import os
import resource
import signal
import site
import socket
import struct
import sysconfig
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from peelian.core.errors import FAMILIES
from peelian.gate.sandbox.landlock import restrict_to
from peelian.gate.sandbox.own_root import enter_own_root, leave_for_own_namespaces
from peelian.gate.sandbox.seccomp import build_filter, install_filter
from peelian.gate.sandbox.syscalls import call, this_architecture

if TYPE_CHECKING:
    import pyarrow as pa

Entry = Callable[[dict[str, "pa.Table"], dict[str, Any]], bytes]

PROTECTIONS: Mapping[str, str] = {
    "alone": "The worker had one thread when it was locked, so no protection missed a second one.",
    "no_new_privileges": "No program it could start would give it more rights than it has.",
    "no_capabilities": "It holds none of the administrator's powers, even when the service runs as administrator.",
    "limits": "Memory, processor time, open files and the size of written files are bounded.",
    "unreadable": "Other processes of the same account cannot look into its memory.",
    "own_root": "Only the libraries' folders exist for it; other files have no name, size or date.",
    "own_network": "Its network has no other computer and no other process on it.",
    "landlock": "The kernel refuses to open any file outside the libraries' folders, and to write any at all.",
    "landlock_network": "The kernel refuses TCP a second time.",
    "landlock_scope": "The kernel refuses signals and abstract sockets to any process outside.",
    "seccomp": "The kernel refuses every system call that is not on a short list: no sockets, no new processes.",
}
"""What each protection does, in words for the panel's page."""

PACKAGE = Path(__file__).resolve().parents[2]
FRAME = struct.Struct("<cQ")  # kind, length of what follows
SETTINGS, HANDSHAKE, PARAMETERS, RESULT, FAILURE, PROGRESS = (letter.encode() for letter in "SHPREG")

_MIB = 1 << 20
_SLACK_MIB = 4096  # address space beyond RLIMIT_DATA: libraries' code, and reservations that hold nothing
_N_FILES, _N_THREADS = 128, 256
_SET_PDEATHSIG, _SET_DUMPABLE, _SET_NO_NEW_PRIVS, _CAP_AMBIENT, _GET_DUMPABLE, _GET_NO_NEW_PRIVS = 1, 4, 38, 47, 3, 39
_CAPABILITY_VERSION_3 = 0x20080522

_LIMIT_FILES = ("cpu.max", "memory.max", "cpu.cfs_quota_us", "cpu.cfs_period_us", "memory.limit_in_bytes")

SYSTEM_READABLE = (
    "/usr/lib",
    "/usr/lib64",
    "/lib",
    "/lib64",
    "/usr/share/zoneinfo",
    "/etc/ld.so.cache",
    "/dev/null",
    "/dev/urandom",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/sys/devices/system/cpu",
)


def default_readable() -> tuple[Path, ...]:
    """Return what Python and its libraries need to read: standard library, packages, Peelian's code, system libraries.

    Not among it: the deployment, any home, ``/etc``, ``/proc`` of this or any other process.
    """
    variables = sysconfig.get_config_vars()
    library = Path(variables.get("LIBDIR") or "/usr/lib")
    folders = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    folders += [*site.getsitepackages(), str(PACKAGE)]
    if (library / str(variables.get("INSTSONAME"))).exists():  # a Python outside /usr brings its own libpython
        folders.append(str(library))
    return tuple(sorted({Path(f) for f in (*folders, *SYSTEM_READABLE)}))


def own_limit_files() -> tuple[Path, ...]:
    """Return the files in which a container's bounds stand: DuckDB 2.0 crashes if they are there and cannot be opened.

    They hold numbers and the name of the service's control group. A root of its own does without them.
    """
    source = Path("/proc/self/cgroup")
    found = {source.resolve()}
    with suppress(OSError):
        for line in source.read_text().splitlines():
            _, controllers, place = line.split(":", 2)
            for folder in {f"/sys/fs/cgroup/{controllers}", f"/sys/fs/cgroup/{controllers}{place}"}:
                found |= {Path(folder, name) for name in _LIMIT_FILES}
    return tuple(sorted(path for path in found if path.exists()))


def enter_sandbox(readable: Sequence[Path], *, memory_mb: int, cpu_s: int, namespaces: bool = True) -> dict[str, bool]:
    """Lock this process down, for good, and say which protections are proven to be in force.

    Parameters
    ----------
    readable : sequence of Path
        All that may be read from now on, see :func:`default_readable`.
    memory_mb : int
        Private memory, mebibytes.
    cpu_s : int
        Processor time of all threads together, seconds.
    namespaces : bool
        Whether to try for a root and a network of its own.

    Returns
    -------
    dict of str to bool
        A value for each name in :data:`PROTECTIONS`. True means tried and seen to hold, not merely asked for.

    Notes
    -----
    Order matters: namespaces need rights that the later steps give away, Landlock needs ``no_new_privs``, the filter
    comes last because it refuses the calls of all the steps before it.
    """
    report = dict.fromkeys(PROTECTIONS, False)
    n_threads_max = _threads_of_account() + _N_THREADS
    if not this_architecture():
        return report
    report["alone"] = len(os.listdir("/proc/self/task")) == 1
    if report["alone"] and namespaces:
        report["own_network"] = leave_for_own_namespaces()
        report["own_root"] = report["own_network"] and enter_own_root(readable)
    report["no_new_privileges"] = _give_up_privileges()
    report["no_capabilities"] = _drop_capabilities()
    report["limits"] = _set_limits(memory_mb=memory_mb, cpu_s=cpu_s, n_threads=n_threads_max)
    report["unreadable"] = _prctl(_SET_DUMPABLE, 0) == 0 and _prctl(_GET_DUMPABLE, 0) == 0
    _prctl(_SET_PDEATHSIG, signal.SIGKILL)
    more = () if report["own_root"] else own_limit_files()
    report |= _enter_landlock([*readable, *more]) if report["alone"] else {}
    report["seccomp"] = _enter_seccomp()
    return report


def _prctl(option: int, value: int) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    return int(libc.prctl(option, ctypes.c_ulong(value), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0)))


def _give_up_privileges() -> bool:
    return _prctl(_SET_NO_NEW_PRIVS, 1) == 0 and _prctl(_GET_NO_NEW_PRIVS, 0) == 1


def _drop_capabilities() -> bool:
    """Empty every capability set; what is left in the bounding set is out of reach without a new program."""
    header = ctypes.byref((ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0))
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable, twice
    try:
        _prctl(_CAP_AMBIENT, 4)  # PR_CAP_AMBIENT_CLEAR_ALL
        call("capset", header, ctypes.byref(sets))
        call("capget", header, ctypes.byref(sets))
    except OSError:
        return False
    return not any(sets)


def _set_limits(*, memory_mb: int, cpu_s: int, n_threads: int) -> bool:
    wanted = {
        resource.RLIMIT_DATA: memory_mb * _MIB,
        resource.RLIMIT_AS: (memory_mb + _SLACK_MIB) * _MIB,
        resource.RLIMIT_STACK: 8 * _MIB,
        resource.RLIMIT_CPU: cpu_s,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_NOFILE: _N_FILES,
        resource.RLIMIT_NPROC: n_threads,
    }
    try:
        for which, value in wanted.items():
            _, hard = resource.getrlimit(which)
            bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(which, (bound, bound))
        return all(0 <= resource.getrlimit(which)[1] <= value for which, value in wanted.items())
    except (OSError, ValueError):
        return False


def _threads_of_account() -> int:
    """Count the account's threads: the kernel's limit is for the account, ours is meant for this worker."""
    count = 0
    with suppress(OSError):
        for process in Path("/proc").glob("[0-9]*/task"):
            with suppress(OSError):
                count += process.stat().st_nlink - 2 if process.stat().st_uid == os.geteuid() else 0
    return count


def _enter_landlock(readable: Sequence[Path]) -> dict[str, bool]:
    try:
        restrict_to(readable)
    except OSError:
        return {}
    return {
        "landlock": _cannot(lambda: os.close(os.open("/", os.O_RDONLY)), errno.EACCES),
        "landlock_network": _cannot(_reach_out, errno.EACCES),
        "landlock_scope": os.getppid() != 0 and _cannot(lambda: os.kill(os.getppid(), 0), errno.EPERM),
    }


def _reach_out() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as end:
        end.connect(("127.0.0.1", 9))


def _enter_seccomp() -> bool:
    try:
        install_filter(build_filter(this_architecture(), os.getpid()))
    except OSError:
        return False
    return _cannot(lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM).close(), errno.EPERM)


def _cannot(act: Callable[[], object], expected: int) -> bool:
    """Say whether the act fails, and fails for the reason that the protection gives."""
    try:
        act()
    except OSError as error:
        return error.errno == expected
    return False


def wrap(entry: Entry) -> NoReturn:
    """Serve one run for :func:`peelian.gate.sandbox.worker.run_in_worker` and leave.

    Parameters
    ----------
    entry : callable
        Takes the tables by name and the parameters, gives the result's bytes. Loads the method's code itself, inside.
        A refusal meant for a reader belongs in those bytes: an exception's message never leaves the worker.
    """
    incoming, outgoing = _take_pipes()
    settings = json.loads(_receive(incoming, SETTINGS))
    readable = sorted({*default_readable(), *map(Path, settings["readable"])})
    # Resolved while the real root is still there: the parent compares these with what must stay private.
    resolved = sorted({str(path.resolve()) for path in readable})
    report = dict.fromkeys(PROTECTIONS, False)
    if settings.get("locked", True):  # the parent's choice, made before any data: see run_in_worker
        report = enter_sandbox(
            readable, memory_mb=settings["memory_mb"], cpu_s=settings["cpu_s"], namespaces=settings["namespaces"]
        )
    _send(outgoing, HANDSHAKE, json.dumps({"protections": report, "readable": resolved}).encode())
    try:
        tables, parameters = _take_inputs(incoming, settings["threads"])
        _told.append(outgoing)
        _send(outgoing, RESULT, entry(tables, parameters))
    except BaseException as error:  # whatever ends the method is told to the parent, scrubbed
        _send(outgoing, FAILURE, json.dumps(describe_failure(error)).encode())
    os._exit(0)


_told: list[io.FileIO] = []  # where progress goes, in a worker; nowhere elsewhere


def tell_progress(done: int, of: int, what: str) -> None:
    """Tell the parent how far the work is: counts and a month, which is all that it will repeat."""
    for outgoing in _told:
        _send(outgoing, PROGRESS, json.dumps([done, of, what]).encode())


def _take_pipes() -> tuple[io.BufferedReader, io.FileIO]:
    """Move the two pipes off the standard numbers, so that a stray ``print`` cannot write into the result."""
    incoming, outgoing = os.dup(0), os.dup(1)
    nothing = os.open("/dev/null", os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    return io.BufferedReader(io.FileIO(incoming, "rb"), _MIB), io.FileIO(outgoing, "wb")


def _receive(incoming: io.BufferedReader, kind: bytes) -> bytes:
    head = incoming.read(FRAME.size)
    if len(head) < FRAME.size:  # the parent saw too weak a handshake and closed the door
        os._exit(0)
    seen, length = FRAME.unpack(head)
    assert seen == kind
    return incoming.read(length)


def _send(outgoing: io.FileIO, kind: bytes, payload: bytes) -> None:
    for part in (FRAME.pack(kind, len(payload)), payload):
        rest = memoryview(part)
        while len(rest):
            rest = rest[outgoing.write(rest) :]


def _take_inputs(incoming: io.BufferedReader, threads: int) -> tuple[dict[str, pa.Table], dict[str, Any]]:
    import pyarrow as pa  # loaded under lock and key, like all that touches data

    pa.set_cpu_count(threads)
    pa.set_io_thread_count(threads)
    head = json.loads(_receive(incoming, PARAMETERS))
    tables = {}
    for name in head["tables"]:
        with pa.ipc.open_stream(pa.PythonFile(incoming, mode="r")) as reader:
            tables[name] = reader.read_all()
    return tables, head["parameters"]


def describe_failure(error: BaseException) -> dict[str, str | int]:
    """Say what kind of error ended the method and on which line; never its message, which may hold values."""
    known = failure_names()
    name = next(kind.__name__ for kind in type(error).__mro__ if kind.__name__ in known)
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if Path(frame.filename).is_relative_to(PACKAGE):
            return {"error": name, "file": str(Path(frame.filename).relative_to(PACKAGE)), "line": frame.lineno or 0}
    return {"error": name, "file": "", "line": 0}


def failure_names() -> frozenset[str]:
    """Return the names under which a failure may be told: Python's own and the families of Peelian's errors."""
    own: Iterable[Any] = (value for value in vars(builtins).values() if isinstance(value, type))
    names = {kind.__name__ for kind in own if issubclass(kind, BaseException)}
    return frozenset(names | {family.__name__ for family in FAMILIES})
