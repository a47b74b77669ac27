"""Linux system calls by number, for the protections that the standard library has no function for.

Numbers are from ``asm/unistd_64.h`` (x86-64) and ``asm-generic/unistd.h`` (aarch64); a test holds them against the
headers of the machine it runs on. ``None`` means that the processor never had that call.
"""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from collections.abc import Mapping
from typing import Any

ARCHITECTURES = ("x86_64", "aarch64")

_TABLE = """
read 0 63            write 1 64           readv 19 65          writev 20 66         pread64 17 67
preadv 295 69        preadv2 327 286      pwrite64 18 68       lseek 8 62           open 2 -
openat 257 56        close 3 57           close_range 436 436  dup 32 23            dup2 33 -
dup3 292 24          fcntl 72 25          ioctl 16 29          stat 4 -             lstat 6 -
fstat 5 80           newfstatat 262 79    statx 332 291        access 21 -          faccessat 269 48
faccessat2 439 439   readlink 89 -        readlinkat 267 78    getdents64 217 61    getcwd 79 17
statfs 137 43        fstatfs 138 44       fadvise64 221 223    mmap 9 222           munmap 11 215
mremap 25 216        mprotect 10 226      madvise 28 233       brk 12 214           membarrier 324 283
mincore 27 232       pipe 22 -            pipe2 293 59         eventfd2 290 19      poll 7 -
ppoll 271 73         select 23 -          pselect6 270 72      epoll_create1 291 20 epoll_ctl 233 21
epoll_wait 232 -     epoll_pwait 281 22   epoll_pwait2 441 441 clone 56 220         futex 202 98
futex_waitv 449 449  set_robust_list 273 99                    get_robust_list 274 100
rseq 334 293         set_tid_address 218 96                    sched_yield 24 124   sched_getaffinity 204 123
sched_getparam 143 121                    sched_getscheduler 145 120                getcpu 309 168
gettid 186 178       getpid 39 172        exit 60 93           exit_group 231 94    rt_sigaction 13 134
rt_sigprocmask 14 135                     rt_sigreturn 15 139  rt_sigpending 127 136
rt_sigtimedwait 128 137                   rt_sigsuspend 130 133                     sigaltstack 131 132
restart_syscall 219 128                   kill 62 129          tgkill 234 131       clock_gettime 228 113
clock_getres 229 114 clock_nanosleep 230 115                   nanosleep 35 101     gettimeofday 96 169
time 201 -           getitimer 36 102     setitimer 38 103     getuid 102 174       geteuid 107 175
getgid 104 176       getegid 108 177      getresuid 118 148    getresgid 120 150    uname 63 160
sysinfo 99 179       getrandom 318 278    getrusage 98 165     times 100 153        getrlimit 97 163
prlimit64 302 261    prctl 157 167        arch_prctl 158 -     clone3 435 435       openat2 437 437
capset 126 91        capget 125 90        seccomp 317 277      unshare 272 97       mount 165 40
umount2 166 39       pivot_root 155 41    mount_setattr 442 442                     landlock_create_ruleset 444 444
landlock_add_rule 445 445                 landlock_restrict_self 446 446
"""


def _read_table(text: str) -> dict[str, dict[str, int]]:
    words = text.split()
    numbers: dict[str, dict[str, int]] = {name: {} for name in ARCHITECTURES}
    for name, *of_each in zip(words[0::3], words[1::3], words[2::3], strict=True):
        for architecture, number in zip(ARCHITECTURES, of_each, strict=True):
            if number != "-":
                numbers[architecture][name] = int(number)
    return numbers


NUMBERS: Mapping[str, Mapping[str, int]] = _read_table(_TABLE)


def this_architecture() -> str:
    """Return the processor's name as in :data:`ARCHITECTURES`, or ``""`` where nothing here applies."""
    machine = platform.machine()
    return machine if sys.platform == "linux" and machine in ARCHITECTURES else ""


def call(name: str, *arguments: Any) -> int:
    """Make one system call; integers go as 64 bits, ctypes values as they are.

    Raises
    ------
    OSError
        With the kernel's errno, as any wrapper of the C library would.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    wide = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    result = int(libc.syscall(ctypes.c_long(NUMBERS[this_architecture()][name]), *wide))
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
