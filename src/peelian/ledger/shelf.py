"""Published entries at rest: entry bundles and tiles that anyone may read, private payloads that nobody else may.

Everything here is written once, before the checkpoint that promises it, and is the same however often it is written:
a publication that was interrupted is simply done again.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path

from peelian.core.errors import MissingError, TamperedError
from peelian.ledger import tree
from peelian.ledger.disk import Disk, make_folders, sync_folders, write_whole
from peelian.ledger.fetch import folder_fetch
from peelian.ledger.journal import Kept
from peelian.ledger.tree import ENTRIES, TILE_WIDTH, Edge, Tile
from peelian.ledger.verify import TileReader

_PRIVATE = struct.Struct(">QI")  # instant in microseconds, bytes of payload


def join_bundle(entries: Iterable[bytes]) -> bytes:
    """Write an entry bundle, the inverse of :func:`peelian.ledger.verify.split_bundle`."""
    # tlog-tiles, "Log entries": sequences of big-endian uint16 length-prefixed log entries
    return b"".join(part for e in entries for part in (len(e).to_bytes(2, "big"), e))


def join_private(kept: Iterable[Kept]) -> bytes:
    """Write the private side of a bundle: for each entry its instant and its sealed payload."""
    return b"".join(part for k in kept for part in (_PRIVATE.pack(k.at, len(k.private)), k.private))


def split_private(data: bytes) -> list[tuple[int, bytes]]:
    """Read the private side of a bundle."""
    records, at = [], 0
    while at + _PRIVATE.size <= len(data):
        instant, length = _PRIVATE.unpack_from(data, at)
        at += _PRIVATE.size + length
        records.append((instant, data[at - length : at]))
    if at != len(data):
        raise private_damaged()
    return records


def private_damaged() -> TamperedError:
    """Say that a file of private payloads is not what was written."""
    return TamperedError(
        "private-damaged",
        "A file of private log payloads is cut short or does not fit its entries.",
        why="The public log still verifies; what it says privately about these entries is lost or was altered.",
        do="Restore the `private/` folder from a backup made under keys that still stand.",
    )


class Shelf:
    """The published part of one ledger folder.

    Parameters
    ----------
    folder : Path
        The ledger's folder.
    disk : Disk
        What writes.
    """

    def __init__(self, folder: Path, disk: Disk) -> None:
        self.folder, self.disk = folder, disk

    # ---- reading ----

    def reader(self, size: int) -> TileReader:
        """Give a reader of the tree of a published size."""
        return TileReader(folder_fetch(self.folder), size)

    def edge(self, size: int) -> Edge:
        """Read the right edge of the tree of a published size."""
        return Edge.load(size, self.reader(size).tile)

    def read_bundle(self, n: int, size: int) -> list[Kept]:
        """Read the entries of a bundle with their private side, each held against the tree's leaf hash."""
        reader = self.reader(size)
        leaves = reader.bundle(n)
        hashes = b"".join(map(tree.leaf_hash, leaves))
        if hashes != reader.tile(Tile(0, n, len(leaves))):
            raise TamperedError(
                "entry-edited",
                "A stored log entry does not hash to what the tree holds for it.",
                why="The file was changed after it was written.",
                do="Run `peelian ledger verify` on the folder, and restore the file from a backup.",
                facts={"bundle": n},
            )
        private = self._read_private(n, len(leaves))
        first = n * TILE_WIDTH
        return [Kept(first + i, at, leaf, p) for i, (leaf, (at, p)) in enumerate(zip(leaves, private, strict=True))]

    def _read_private(self, n: int, width: int) -> list[tuple[int, bytes]]:
        try:
            data = self._private_path(n, width).read_bytes()
        except FileNotFoundError:
            try:
                data = self._private_path(n, TILE_WIDTH).read_bytes()
            except FileNotFoundError:
                raise MissingError(
                    "private-missing",
                    "The private side of some log entries is not there.",
                    why="The public log still verifies; what it says privately about these entries cannot be read.",
                    do="Restore the `private/` folder from a backup made under keys that still stand.",
                    facts={"bundle": n},
                ) from None
        records = split_private(data)[:width]
        if len(records) != width:
            raise private_damaged()
        return records

    def _private_path(self, n: int, width: int) -> Path:
        return self.folder / "private" / tree.number_path(n, width)

    # ---- growing ----

    def grow(self, old_size: int, entries: Iterator[Kept]) -> Edge:
        """Write the bundles and tiles for new entries; durable on return. Give the new edge."""
        edge = self.edge(old_size)
        settled = {tile for tile, _ in edge.unfinished()}  # promised by the old checkpoint, so already durable
        folders: set[Path] = set()
        number, full = divmod(old_size, TILE_WIDTH)
        bundle = self.read_bundle(number, old_size) if full else []
        while batch := list(islice(entries, TILE_WIDTH - len(bundle))):
            bundle += batch
            self._put_bundle(number, bundle, folders)
            for tile, data in edge.extend([tree.leaf_hash(kept.leaf) for kept in batch]):
                self._put(self.folder / tile.path, data, folders)
            if len(bundle) == TILE_WIDTH:
                number, bundle = number + 1, []
        for tile, data in edge.unfinished():
            if tile not in settled:
                self._put(self.folder / tile.path, data, folders)
        sync_folders(self.disk, folders)
        return edge

    def _put_bundle(self, n: int, bundle: Sequence[Kept], folders: set[Path]) -> None:
        path = Tile(ENTRIES, n, len(bundle)).path
        self._put(self.folder / path, join_bundle(kept.leaf for kept in bundle), folders)
        self._put(self._private_path(n, len(bundle)), join_private(bundle), folders)

    def _put(self, path: Path, data: bytes, folders: set[Path]) -> None:
        make_folders(self.disk, path.parent)
        write_whole(self.disk, path, data)
        # every folder down from the ledger's own: one may have been made by a process that died before syncing it
        folders.update(f for f in path.parents if f.is_relative_to(self.folder))

    def sweep(self, old_size: int, new_size: int) -> None:
        """Remove partial files that a full one has replaced (tlog-tiles, "Partial Tiles": MAY be deleted then)."""
        gone = [self._private_path(old_size // TILE_WIDTH, 1).parent] if self._filled(0, old_size, new_size) else []
        for level in (ENTRIES, *range(8)):
            if self._filled(level, old_size, new_size):
                number = old_size >> (tree.TILE_HEIGHT * (max(level, 0) + 1))
                gone.append((self.folder / Tile(level, number, 1).path).parent)
        for folder in gone:
            self._remove_folder(folder)

    @staticmethod
    def _filled(level: int, old_size: int, new_size: int) -> bool:
        shift = tree.TILE_HEIGHT * (max(level, 0) + 1)
        return old_size >> shift < new_size >> shift

    def _remove_folder(self, folder: Path) -> None:
        with suppress(FileNotFoundError):
            for name in os.listdir(folder):
                self.disk.remove(folder / name)
            os.rmdir(folder)
