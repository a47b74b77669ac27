"""A root of its own: a tree that holds the readable folders and nothing else, and a network with nobody on it.

Landlock refuses to open a file but not to ask for its size and date, and the size of a Parquet file says how many rows
it holds. In a mount namespace the files of the deployment have no name at all. Kernels and containers that forbid user
namespaces go without; the report says so.

References
----------
``user_namespaces(7)``, ``mount_namespaces(7)``, ``pivot_root(2)`` (the section on ``pivot_root(".", ".")``).
"""

from __future__ import annotations

import ctypes
import os
import stat
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from peelian.gate.sandbox.syscalls import call

_NEW_MOUNTS, _NEW_IPC, _NEW_USER, _NEW_NET = 0x20000, 0x8000000, 0x10000000, 0x40000000
_NOSUID, _NODEV, _NOEXEC = 2, 4, 8
_BIND_ALL, _PRIVATE_ALL = 4096 | 16384, (1 << 18) | 16384
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_ATTRIBUTE_READ_ONLY, _ATTRIBUTE_NOSUID = 1, 2
_DETACH = 2
_BASE = "/tmp"  # only a place to mount on, in a mount namespace that nobody else sees


class _MountAttributes(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "userns_fd"))


def leave_for_own_namespaces() -> bool:
    """Move to fresh user, mount, network and IPC namespaces under the same user id; False where not allowed."""
    user, group = os.geteuid(), os.getegid()
    try:
        call("unshare", _NEW_USER | _NEW_MOUNTS | _NEW_NET | _NEW_IPC)
    except OSError:
        return False
    # Without these two lines files would belong to "nobody", so failing here must end the worker, not go on.
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    return True


def enter_own_root(readable: Sequence[Path]) -> bool:
    """Make a tree of read-only bind mounts of the given paths the root; False where the kernel refuses.

    The caller has its own mount namespace, so nothing here is seen by any other process.
    """
    sources = [(path, os.open(path, os.O_PATH | os.O_CLOEXEC)) for path in _outermost(readable)]
    try:
        call("mount", b"none", b"/", None, _PRIVATE_ALL, None)
        call("mount", b"tmpfs", _BASE.encode(), b"tmpfs", _NOSUID | _NODEV | _NOEXEC, b"size=1m,mode=755")
        _lay_out(sources)
        for path, handle in sources:
            _bind(handle, _BASE + str(path.resolve()))
        _become_root()
    except OSError:
        with suppress(OSError):
            call("umount2", _BASE.encode(), _DETACH)
        return False
    finally:
        for _, handle in sources:
            os.close(handle)
    return True


def _outermost(paths: Sequence[Path]) -> list[Path]:
    """Drop what is missing and what lies under another path of the list, by its name or by where it leads."""
    kept: list[Path] = []
    for path in sorted({p for p in paths if p.exists()}, key=lambda p: len(p.parts)):
        if not any(path.is_relative_to(k) or path.is_relative_to(k.resolve()) for k in kept):
            kept.append(path)
    return kept


def _lay_out(sources: Sequence[tuple[Path, int]]) -> None:
    """Make the empty folders, files and links of the tree, all before the first mount: none may land on real files."""
    for path, handle in sources:
        target = Path(_BASE + str(path.resolve()))
        if not target.exists():
            _make_folder(target.parent)
            target.mkdir() if stat.S_ISDIR(os.fstat(handle).st_mode) else target.touch()
    for path, _ in sources:
        link = Path(_BASE + str(path))
        if path != path.resolve() and not os.path.lexists(link):
            _make_folder(link.parent)
            link.symlink_to(path.resolve())


def _make_folder(folder: Path) -> None:
    # INVARIANT: no link of the tree is followed while building it; links point out into the real root.
    assert folder.resolve() == folder
    folder.mkdir(parents=True, exist_ok=True)


def _bind(handle: int, target: str) -> None:
    call("mount", f"/proc/self/fd/{handle}".encode(), target.encode(), None, _BIND_ALL, None)
    _make_read_only(target)


def _make_read_only(target: str) -> None:
    attributes = _MountAttributes(_ATTRIBUTE_READ_ONLY | _ATTRIBUTE_NOSUID, 0, 0, 0)
    size = ctypes.sizeof(attributes)
    call("mount_setattr", _AT_FDCWD, target.encode(), _AT_RECURSIVE, ctypes.byref(attributes), size)


def _become_root() -> None:
    _make_read_only(_BASE)
    os.chdir(_BASE)
    call("pivot_root", b".", b".")
    call("umount2", b".", _DETACH)
    os.chdir("/")
