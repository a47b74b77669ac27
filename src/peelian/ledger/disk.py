"""Everything the ledger does to a disk, in one small object, so that a test can make each step fail.

Three rules make a write durable here: the bytes are synced before anything points at them; a file that others read
appears under its name whole or not at all (write beside it, sync, rename); and a new name is synced with its folder.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class Disk:
    """The real disk. Subclasses in tests fail on demand or forget what was not synced."""

    def open(self, path: Path) -> int:
        """Open a file for reading and writing at given places; make it if it is not there."""
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)

    def close(self, file: int) -> None:
        """Close a file."""
        os.close(file)

    def write(self, file: int, data: bytes, at: int) -> None:
        """Write all the bytes at a place in the file."""
        done = 0
        while done < len(data):
            done += os.pwrite(file, data[done:] if done else data, at + done)

    def cut(self, file: int, length: int) -> None:
        """Cut the file off at a length."""
        os.ftruncate(file, length)

    def sync(self, file: int) -> None:
        """Return only when what was written is on the disk."""
        os.fdatasync(file)

    def rename(self, source: Path, target: Path) -> None:
        """Give a file another name, replacing what had it."""
        os.rename(source, target)

    def remove(self, path: Path) -> None:
        """Remove a file."""
        os.unlink(path)

    def make_folder(self, path: Path, mode: int = 0o755) -> None:
        """Make one folder whose parent exists."""
        os.mkdir(path, mode)

    def sync_folder(self, path: Path) -> None:
        """Return only when the folder's names are on the disk."""
        file = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(file)
        finally:
            os.close(file)

    def boot(self) -> str:
        """Name the present run of the machine: changes with a power cut, empty where the kernel does not tell."""
        with suppress(OSError):
            return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return ""


def make_folders(disk: Disk, path: Path, *, mode: int = 0o755) -> None:
    """Make a folder and those above it that are missing; their names are still to be synced by the caller."""
    if path.is_dir():
        return
    make_folders(disk, path.parent)
    with suppress(FileExistsError):
        disk.make_folder(path, mode)


def write_whole(disk: Disk, path: Path, data: bytes) -> None:
    """Write a file so that it is whole or absent; its folder is still to be synced by the caller.

    The caller holds a lock, so there is one writer: what an interrupted one left beside it is overwritten.
    """
    beside = path.with_name(f".{path.name}.new")
    file = disk.open(beside)
    try:
        disk.cut(file, 0)
        disk.write(file, data, 0)
        disk.sync(file)
    finally:
        disk.close(file)
    disk.rename(beside, path)


def sync_folders(disk: Disk, folders: Iterable[Path]) -> None:
    """Sync each folder once."""
    for folder in sorted(set(folders)):
        disk.sync_folder(folder)


@contextmanager
def file_lock(path: Path) -> Iterator[None]:
    """Hold a lock that other processes see; the kernel drops it if this one dies.

    The file is opened afresh each time, so that a forked child never shares its parent's lock.
    """
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)
