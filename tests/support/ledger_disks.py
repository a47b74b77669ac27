"""Disks that fail: one reports errors on demand, one loses its power and forgets what was not synced."""

from __future__ import annotations

import errno
import os
import random
import shutil
from pathlib import Path

from peelian.ledger.disk import Disk


class QuickDisk(Disk):
    """A disk that syncs nothing: for tests of what is written, not of what survives."""

    def sync(self, file):
        """Do nothing."""

    def sync_folder(self, path):
        """Do nothing."""


class FaultDisk(QuickDisk):
    """A disk whose ``fail_at``-th step fails, in one of three ways.

    ``before``: nothing happens and an error is reported. ``after``: it happens and an error is reported all the same.
    ``torn``: half of a write happens. Later steps work again, as they would after a failed fsync.
    """

    def __init__(self, fail_at: int = -1, how: str = "before") -> None:
        self.fail_at, self.how, self.steps = fail_at, how, 0

    def _step(self, act, torn=None):
        self.steps += 1
        if self.steps - 1 != self.fail_at:
            return act()
        if self.how == "after":
            act()
        elif self.how == "torn" and torn:
            torn()
        raise OSError(errno.EIO, "injected")

    def open(self, path):
        return self._step(lambda: Disk.open(self, path))

    def write(self, file, data, at):
        half = data[: len(data) // 2]
        self._step(lambda: Disk.write(self, file, data, at), lambda: Disk.write(self, file, half, at))

    def cut(self, file, length):
        self._step(lambda: Disk.cut(self, file, length))

    def sync(self, file):
        self._step(lambda: None)

    def rename(self, source, target):
        self._step(lambda: Disk.rename(self, source, target))

    def remove(self, path):
        self._step(lambda: Disk.remove(self, path))

    def make_folder(self, path, mode=0o755):
        self._step(lambda: Disk.make_folder(self, path, mode))

    def sync_folder(self, path):
        self._step(lambda: None)


class PowerCut(BaseException):
    """The lights went out: nothing in the process runs on."""


class PowerCutDisk(Disk):
    """A disk on which the power fails before step ``cut_at``; ``restore`` then leaves what a real one might hold.

    ``lost``: only what was synced survives, names as well as bytes. ``torn``: names survive, unsynced bytes survive
    in part. ``kept``: everything survives. In each case the machine's next run has another boot name.
    """

    def __init__(self, root: Path, cut_at: int = -1, boot_name: str = "first") -> None:
        self.root, self.cut_at, self.boot_name, self.steps, self.dead = root, cut_at, boot_name, 0, False
        self._ids: dict[int, int] = {}  # inode to our own number: inodes are used again, ours are not
        self._durable: dict[int, bytes] = {}
        self._names: dict[Path, dict[str, int]] = {}  # folder to its durable names; -1 is a folder
        self._next = 0
        for folder, folders, files in os.walk(root):
            here = Path(folder)
            self._names[here] = dict.fromkeys(folders, -1)
            for name in files:
                self._names[here][name] = self._identify(here / name, (here / name).read_bytes())

    def _identify(self, path: Path, durable: bytes) -> int:
        self._next += 1
        self._ids[path.stat().st_ino], self._durable[self._next] = self._next, durable
        return self._next

    def _step(self):
        if self.dead or self.steps == self.cut_at:
            self.dead = True
            raise PowerCut
        self.steps += 1

    def boot(self):
        return self.boot_name

    def open(self, path):
        self._step()
        new = not path.exists()
        file = Disk.open(self, path)
        if new:
            self._identify(path, b"")
        return file

    def write(self, file, data, at):
        self._step()
        Disk.write(self, file, data, at)

    def cut(self, file, length):
        self._step()
        Disk.cut(self, file, length)

    def sync(self, file):
        self._step()
        size = os.fstat(file).st_size
        self._durable[self._ids[os.fstat(file).st_ino]] = os.pread(file, size, 0)

    def rename(self, source, target):
        self._step()
        Disk.rename(self, source, target)

    def remove(self, path):
        self._step()
        Disk.remove(self, path)

    def make_folder(self, path, mode=0o755):
        self._step()
        Disk.make_folder(self, path, mode)

    def sync_folder(self, path):
        self._step()
        self._names[path] = {p.name: -1 if p.is_dir() else self._ids.get(p.stat().st_ino, -2) for p in path.iterdir()}

    def restore(self, how: str, rng: random.Random) -> None:
        """Leave in the folder what the disk holds when the power is back."""
        if how == "lost":
            shutil.rmtree(self.root)
            self._rebuild(self.root)
        elif how == "torn":
            for path in self.root.rglob("*"):
                if path.is_file() and path.stat().st_ino in self._ids:
                    self._tear(path, rng)

    def _rebuild(self, folder: Path) -> None:
        folder.mkdir()
        for name, number in self._names.get(folder, {}).items():
            if number == -1:
                self._rebuild(folder / name)
            elif number >= 0:
                (folder / name).write_bytes(self._durable[number])

    def _tear(self, path: Path, rng: random.Random) -> None:
        now, durable = path.read_bytes(), self._durable[self._ids[path.stat().st_ino]]
        if now == durable:
            return
        if now.startswith(durable):
            path.write_bytes(now[: rng.randint(len(durable), len(now))])
        else:
            path.write_bytes(rng.choice([now, durable]))
