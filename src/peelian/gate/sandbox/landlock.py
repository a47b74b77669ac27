"""Landlock: the kernel refuses every file, socket and signal that is not on the list handed in.

Each ABI version adds rights; those the running kernel does not know are left out, and the caller learns the version.

References
----------
Linux ``Documentation/userspace-api/landlock.rst``; ``include/uapi/linux/landlock.h``.
"""

from __future__ import annotations

import ctypes
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from peelian.gate.sandbox.syscalls import call, this_architecture

READ_FILE, READ_DIR = 1 << 2, 1 << 3

# ABI version -> number of file system rights it knows (bits from 0): 2 REFER, 3 TRUNCATE, 5 IOCTL_DEV.
_FS_RIGHTS_BY_ABI = {1: 13, 2: 14, 3: 15, 5: 16}
_NET_RIGHTS = 0b11  # BIND_TCP CONNECT_TCP, ABI 4
_SCOPES = 0b11  # ABSTRACT_UNIX_SOCKET SIGNAL, ABI 6
_ABI_NET, _ABI_SCOPE = 4, 6
_RULE_PATH_BENEATH = 1


class _RulesetAttributes(ctypes.Structure):
    _fields_ = (("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def landlock_abi() -> int:
    """Return the kernel's Landlock ABI version, 0 where there is none."""
    if not this_architecture():
        return 0
    try:
        return call("landlock_create_ruleset", 0, 0, 1)
    except OSError:
        return 0


def handled_rights(abi: int) -> tuple[int, int, int]:
    """Return the file system, network and scope bits that a kernel of this ABI version can take away."""
    n_rights = max((n for version, n in _FS_RIGHTS_BY_ABI.items() if version <= abi), default=0)
    return (1 << n_rights) - 1, _NET_RIGHTS if abi >= _ABI_NET else 0, _SCOPES if abi >= _ABI_SCOPE else 0


def restrict_to(readable: Sequence[Path]) -> int:
    """Take every right from this thread but reading what lies at or under the given paths.

    Parameters
    ----------
    readable : sequence of Path
        Files and folders; one that does not exist is passed over. No right to execute goes with reading.

    Returns
    -------
    int
        The ABI version in force.

    Raises
    ------
    OSError
        Where the kernel has no Landlock, or ``no_new_privs`` is not set.

    Notes
    -----
    INVARIANT: called while the process has one thread; Landlock before ABI 8 does not reach the others.
    """
    abi = landlock_abi()
    rights = _RulesetAttributes(*handled_rights(abi))
    size = 8 if abi < _ABI_NET else 16 if abi < _ABI_SCOPE else 24
    ruleset = call("landlock_create_ruleset", ctypes.byref(rights), size, 0)
    try:
        for path in readable:
            _allow_reading(ruleset, path)
        call("landlock_restrict_self", ruleset, 0)
    finally:
        os.close(ruleset)
    return abi


def _allow_reading(ruleset: int, path: Path) -> None:
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        folder = stat.S_ISDIR(os.fstat(handle).st_mode)
        rule = _PathBeneath(READ_FILE | READ_DIR if folder else READ_FILE, handle)
        call("landlock_add_rule", ruleset, _RULE_PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(handle)
