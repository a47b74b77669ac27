"""The system call filter, run through a small interpreter of its own, so that both processors are tested on either."""

import errno
import re
import struct
from pathlib import Path

import pytest

from peelian.gate.sandbox import landlock as sandbox_landlock
from peelian.gate.sandbox.seccomp import ABSENT, ALLOW, AUDIT_ARCH, KILL, PLAIN, REFUSE, argument_rules, build_filter
from peelian.gate.sandbox.syscalls import ARCHITECTURES, NUMBERS, this_architecture

PID = 4242


def judge(architecture, number, *arguments, arch=None):
    """Run the filter on one call and return its verdict (classic BPF: load, and, jumps, return)."""
    program = build_filter(architecture, PID)
    six = [a & (2**64 - 1) for a in (*arguments, 0, 0, 0, 0, 0, 0)[:6]]
    data = struct.pack("<IIQ6Q", number, arch or AUDIT_ARCH[architecture], 0, *six)
    place = accumulator = 0
    while True:
        code, if_true, if_false, k = program[place]
        place += 1
        if code == 0x20:
            (accumulator,) = struct.unpack_from("<I", data, k)
        elif code == 0x54:
            accumulator &= k
        elif code == 0x06:
            return k
        else:
            holds = {0x15: accumulator == k, 0x25: accumulator > k, 0x45: bool(accumulator & k)}[code]
            place += if_true if holds else if_false


@pytest.fixture(params=ARCHITECTURES)
def ask(request):
    """Ask the filter of one processor about a call by name."""

    def by_name(name, *arguments):
        if name not in NUMBERS[request.param]:
            pytest.skip(f"{request.param} never had {name}")
        return judge(request.param, NUMBERS[request.param][name], *arguments)

    return by_name


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_filter_is_within_the_kernels_bounds(architecture):
    """A program of more than 4096 instructions, or a jump past its end, would not be taken."""
    program = build_filter(architecture, PID)
    assert len(program) <= 4096
    for place, (code, if_true, if_false, _) in enumerate(program):
        assert place + 1 + max(if_true, if_false) < len(program) or code == 0x06


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_foreign_calling_convention_ends_the_process(architecture):
    """Under another convention the same number is another call: 32-bit code would walk past every rule."""
    for arch in (0x40000003, 0x40000028, *AUDIT_ARCH.values()):
        if arch != AUDIT_ARCH[architecture]:
            assert judge(architecture, 0, arch=arch) == KILL


def test_x32_calls_are_refused():
    """The x32 table answers under the x86-64 arch value, with other numbers for the same acts."""
    for number in (0, 1, 41, 59):
        assert judge("x86_64", 0x40000000 | number) == REFUSE


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_call_off_the_list_is_refused(architecture):
    """The list is closed: forgetting to name a dangerous call must not let it through."""
    numbers = NUMBERS[architecture]
    named = {numbers[n] for n in (*PLAIN, *argument_rules(PID)) if n in numbers}
    for number in range(max(numbers.values()) + 1):
        if number not in named:
            assert judge(architecture, number) in (REFUSE, ABSENT)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_calls_newer_than_the_list_do_not_exist(architecture):
    """The C library falls back from what is absent, and gives up on what is refused."""
    for number in (max(NUMBERS[architecture].values()) + 1, 463, 1000, 0x3FFFFFFF):
        assert judge(architecture, number) == ABSENT
    assert ABSENT & 0xFFFF == errno.ENOSYS


def test_files_open_for_reading_only(ask):
    """The third lock on writing, after Landlock and the size limit; it holds where Landlock is missing."""
    assert ask("openat", -100, 0, 0o2000000) == ALLOW  # O_RDONLY | O_CLOEXEC
    for flags in (1, 2, 3, 0o100, 0o1000, 0o20200000, 0o10000000):
        assert ask("openat", -100, 0, flags) == REFUSE


def test_threads_may_start_and_processes_may_not(ask):
    """NumPy needs threads; a new process could outlive the run."""
    thread = 0x3D0F00  # what the C library's pthread_create asks for
    assert ask("clone", thread) == ALLOW
    assert ask("clone3", 0) == ABSENT
    for flags in (17, 0x4111, 0x1200011, thread & ~0x10000, thread | 0x10000000, thread | 0x2000):
        assert ask("clone", flags) == REFUSE


def test_signals_reach_only_the_worker_itself(ask):
    """A method must not end the gate or a sibling; raising a signal on itself is what abort does."""
    for name in ("kill", "tgkill"):
        assert ask(name, PID, 6) == ALLOW
        for target in (1, 0, -1, -PID, PID + 1):
            assert ask(name, target, 6) == REFUSE


def test_memory_that_the_limit_cannot_count_is_refused(ask):
    """Shared anonymous memory, stacks that grow and huge pages are not in RLIMIT_DATA's count."""
    assert ask("mmap", 0, 4096, 3, 0x22) == ALLOW  # private anonymous
    assert ask("mmap", 0, 4096, 1, 0x02) == ALLOW  # private file
    assert ask("mmap", 0, 4096, 1, 0x01) == ALLOW  # shared file, opened for reading
    for flags in (0x21, 0x23, 0x122, 0x40022, 0x101):
        assert ask("mmap", 0, 4096, 3, flags) == REFUSE


def test_limits_can_be_read_and_not_set(ask):
    """Raising its own limits, or lowering the gate's, is out of reach; both halves of the pointer count."""
    assert ask("prlimit64", 0, 7, 0, 0x7FFF00000000) == ALLOW
    assert ask("prlimit64", 0, 7, 0x1000) == REFUSE
    assert ask("prlimit64", 0, 7, 0x100000000) == REFUSE
    assert ask("prlimit64", 1, 7, 0) == REFUSE


def test_locks_cannot_be_touched_again(ask):
    """Dumpable, ptracer, a new filter: nothing that changes the sandbox from within."""
    for option in (4, 0x59616D61, 22, 38, 47, 1):
        assert ask("prctl", option) == REFUSE
    for name in ("seccomp", "capset", "unshare", "mount", "landlock_restrict_self"):
        assert ask(name) == REFUSE


def test_descriptors_cannot_signal_others(ask):
    """F_SETOWN makes the kernel send signals to a chosen process."""
    assert ask("fcntl", 3, 3) == ALLOW
    for command in (8, 15, 10, 1026, 1024, 6, 7):
        assert ask("fcntl", 3, command) == REFUSE


def test_numbers_agree_with_this_machines_headers():
    """One wrong number would allow the wrong call."""
    header = Path(f"/usr/include/{this_architecture()}-linux-gnu/asm/unistd_64.h")
    if not header.exists():
        pytest.skip("no kernel headers on this machine")
    known = {m[1]: int(m[2]) for m in re.finditer(r"#define __NR_(\w+) (\d+)", header.read_text())}
    ours = NUMBERS[this_architecture()]
    assert {name: number for name, number in ours.items() if known.get(name, number) != number} == {}


def test_rights_grow_with_the_kernels_version():
    """A right the kernel does not know makes it refuse the whole set; one left out stays open."""
    rights = sandbox_landlock.handled_rights
    assert rights(0) == (0, 0, 0)
    assert [rights(abi)[0].bit_length() for abi in (1, 2, 3, 4, 5, 9)] == [13, 14, 15, 15, 16, 16]
    assert [rights(abi)[1:] for abi in (3, 4, 5, 6)] == [(0, 0), (3, 0), (3, 0), (3, 3)]
