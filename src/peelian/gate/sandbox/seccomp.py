"""A list of the system calls a method needs; the kernel refuses every other one (seccomp-bpf).

The list is closed: a call that is not named here is refused, one that a later kernel adds does not exist (``ENOSYS``,
so that the C library falls back). Arguments are looked at where the call alone is too wide: files open for reading
only, new threads but no new processes, signals to itself alone, memory that the limits can count.

References
----------
Linux ``Documentation/userspace-api/seccomp_filter.rst``; ``include/uapi/linux/{seccomp,filter,audit}.h``.
"""

from __future__ import annotations

import ctypes
import errno
import struct
from collections.abc import Sequence
from typing import NamedTuple

from peelian.gate.sandbox.syscalls import NUMBERS, call

AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

ALLOW = 0x7FFF0000
KILL = 0x80000000
REFUSE = 0x00050000 | errno.EPERM
ABSENT = 0x00050000 | errno.ENOSYS

# struct seccomp_data { int nr; __u32 arch; __u64 instruction_pointer; __u64 args[6]; }
_NR, _ARCH, _ARGUMENTS = 0, 4, 16
_X32 = 0x40000000  # the x32 table answers to the x86-64 arch value: refuse it by its bit
_LOAD, _AND, _JUMP_EQUAL, _JUMP_GREATER, _JUMP_SET, _RETURN = 0x20, 0x54, 0x15, 0x25, 0x45, 0x06


class Instruction(NamedTuple):
    """One ``struct sock_filter``: code, jump if true, jump if false, constant."""

    code: int
    if_true: int
    if_false: int
    k: int


class Test(NamedTuple):
    """``argument & mask == value`` on the low 32 bits (or, ``high``, on the high ones)."""

    argument: int
    mask: int
    value: int
    high: bool = False


PLAIN = (
    # What is already open, and looking at names: Landlock and the private root decide which files there are.
    "read write readv writev pread64 preadv preadv2 pwrite64 lseek close close_range dup dup2 dup3 "
    "stat lstat fstat newfstatat statx access faccessat faccessat2 readlink readlinkat getdents64 getcwd statfs "
    "fstatfs fadvise64 "
    # Memory of its own.
    "munmap mremap mprotect madvise brk membarrier mincore "
    # Waiting, within the process.
    "pipe pipe2 eventfd2 poll ppoll select pselect6 epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 "
    # Threads and their locks.
    "futex futex_waitv set_robust_list get_robust_list rseq set_tid_address sched_yield sched_getaffinity "
    "sched_getparam sched_getscheduler getcpu gettid getpid exit exit_group arch_prctl "
    # Signals it handles; whom it may signal is below.
    "rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait rt_sigsuspend sigaltstack restart_syscall "
    # Clocks, chance and facts about itself.
    "clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time getitimer setitimer "
    "getuid geteuid getgid getegid getresuid getresgid uname sysinfo getrandom getrusage times getrlimit"
).split()

_READ_ONLY = 0o3 | 0o100 | 0o1000 | 0o20000000 | 0o10000000  # O_ACCMODE O_CREAT O_TRUNC O_TMPFILE O_PATH: none set
_CLONE_THREAD, _CLONE_NEW_AND_PTRACE = 0x10000, 0x7E020000 | 0x2000
_MAP_SHARED, _MAP_ANONYMOUS, _MAP_UNCOUNTED = 0x01, 0x20, 0x100 | 0x40000  # GROWSDOWN and HUGETLB escape RLIMIT_DATA
_FCNTL = (0, 1, 2, 3, 4, 1030, 1031, 1032)  # DUPFD GETFD SETFD GETFL SETFL DUPFD_CLOEXEC SETPIPE_SZ GETPIPE_SZ
_IOCTL = (0x5401, 0x541B, 0x5421, 0x5450, 0x5451)  # TCGETS (isatty) FIONREAD FIONBIO FIONCLEX FIOCLEX
_PRCTL = (3, 15, 16, 21, 39, 42, 0x53564D41)  # GET_DUMPABLE SET_NAME GET_NAME GET_SECCOMP GET_NO_NEW_PRIVS GET_THP VMA
_ALL = 0xFFFFFFFF
_JUMP_MAX = 255  # a jump is one byte


def _one_of(argument: int, values: Sequence[int]) -> list[list[Test]]:
    return [[Test(argument, _ALL, value)] for value in values]


def argument_rules(own_pid: int) -> dict[str, list[list[Test]]]:
    """Say for each call with looked-at arguments which combinations pass: any row, all tests of that row."""
    return {
        "open": [[Test(1, _READ_ONLY, 0)]],
        "openat": [[Test(2, _READ_ONLY, 0)]],
        # A thread shares this process's fate and filter; anything else would be a new process.
        "clone": [[Test(0, _CLONE_THREAD | _CLONE_NEW_AND_PTRACE, _CLONE_THREAD)]],
        # Shared anonymous memory is not in RLIMIT_DATA's count; a shared mapping of a read-only file is harmless.
        "mmap": [
            [Test(3, _MAP_SHARED | _MAP_UNCOUNTED, 0)],
            [Test(3, _MAP_SHARED | _MAP_ANONYMOUS | _MAP_UNCOUNTED, _MAP_SHARED)],
        ],
        "fcntl": _one_of(1, _FCNTL),
        "ioctl": _one_of(1, _IOCTL),
        "prctl": _one_of(0, _PRCTL),
        "kill": _one_of(0, [own_pid]),
        "tgkill": _one_of(0, [own_pid]),
        # Its own limits, to read (the pointer to new ones is null).
        "prlimit64": [[Test(0, _ALL, 0), Test(2, _ALL, 0), Test(2, _ALL, 0, high=True)]],
    }


def build_filter(architecture: str, own_pid: int) -> list[Instruction]:
    """Assemble the filter program for one processor and one process.

    Returns
    -------
    list of Instruction
        Ends every path in ``ALLOW``, ``REFUSE``, ``ABSENT`` or, for a foreign calling convention, ``KILL``.
    """
    numbers = NUMBERS[architecture]
    newest = max(numbers.values())
    program = [
        # A number means another call under another architecture, so this test comes before all others.
        Instruction(_LOAD, 0, 0, _ARCH),
        Instruction(_JUMP_EQUAL, 1, 0, AUDIT_ARCH[architecture]),
        Instruction(_RETURN, 0, 0, KILL),
        Instruction(_LOAD, 0, 0, _NR),
        Instruction(_JUMP_SET, 0, 1, _X32),
        Instruction(_RETURN, 0, 0, REFUSE),
        Instruction(_JUMP_GREATER, 0, 1, newest),
        Instruction(_RETURN, 0, 0, ABSENT),
    ]
    for name in PLAIN:
        if name in numbers:
            program += _answer(numbers[name], ALLOW)
    for name, rows in argument_rules(own_pid).items():
        if name in numbers:
            program += _check_arguments(numbers[name], rows)
    for name in ("clone3", "openat2"):  # flags behind a pointer cannot be read here; the C library falls back
        program += _answer(numbers[name], ABSENT)
    return [*program, Instruction(_RETURN, 0, 0, REFUSE)]


def _answer(number: int, verdict: int) -> list[Instruction]:
    return [Instruction(_JUMP_EQUAL, 0, 1, number), Instruction(_RETURN, 0, 0, verdict)]


def _check_arguments(number: int, rows: list[list[Test]]) -> list[Instruction]:
    body: list[Instruction] = []
    for row in rows:
        size = 3 * len(row)
        for place, test in enumerate(row):
            body += [
                Instruction(_LOAD, 0, 0, _ARGUMENTS + 8 * test.argument + 4 * test.high),
                Instruction(_AND, 0, 0, test.mask),
                Instruction(_JUMP_EQUAL, 0, size - 3 * place - 2, test.value),
            ]
        body.append(Instruction(_RETURN, 0, 0, ALLOW))
    body.append(Instruction(_RETURN, 0, 0, REFUSE))
    assert len(body) <= _JUMP_MAX
    return [Instruction(_JUMP_EQUAL, 0, len(body), number), *body]


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def install_filter(program: Sequence[Instruction]) -> None:
    """Put the filter on every thread of this process, for good (``SECCOMP_FILTER_FLAG_TSYNC``).

    Raises
    ------
    OSError
        Where the kernel has no seccomp, or ``no_new_privs`` is not set.
    """
    code = b"".join(struct.pack("=HBBI", *instruction) for instruction in program)
    buffer = ctypes.create_string_buffer(code, len(code))
    header = _Program(len(program), ctypes.addressof(buffer))
    if call("seccomp", 1, 1, ctypes.byref(header)) != 0:
        raise OSError(errno.EAGAIN, "a thread could not take the filter")
