"""The Merkle tree of a log: hashing, proofs and tiles. Pure functions on bytes; no files, no keys.

In the manner of Go's ``sumdb/tlog``. Hashing and proofs follow RFC 6962; subtrees follow
draft-ietf-plants-merkle-tree-certs; tiles follow c2sp.org/tlog-tiles.

A *node* is named by ``(level, n)``: the hash of the perfect subtree over leaves ``n * 2**level`` up to
``(n + 1) * 2**level``. Whoever stores the tree hands in ``read(level, n) -> hash``.

One idea carries the module: an inclusion proof is the proof that a *subtree of one leaf* belongs to the tree, a
consistency proof that the *subtree from leaf 0* does. So there is one prover and one verifier.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from typing import NamedTuple, NoReturn

from peelian.core.errors import InvalidError, TamperedError

HASH_SIZE = 32
TILE_WIDTH = 256  # tlog-tiles, "Merkle Tree": full tiles MUST be exactly 256 hashes wide
TILE_HEIGHT = 8
ENTRIES = -1
"""The "level" of an entry bundle: what lies below the level 0 tile of the same number."""

EMPTY_ROOT = sha256(b"").digest()  # RFC 6962 section 2.1: MTH({}) = SHA-256()

ReadHash = Callable[[int, int], bytes]
"""Give the hash of the perfect subtree ``(level, n)``."""


# ---- hashing ----


def leaf_hash(leaf: bytes) -> bytes:
    """Hash one entry: SHA-256(0x00 || entry)."""
    return sha256(b"\x00" + leaf).digest()  # RFC 6962 section 2.1


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two children: SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()  # RFC 6962 section 2.1


def root_of(hashes: Sequence[bytes]) -> bytes:
    """Hash a row of nodes up to one: pair by pair, an odd last one moves up as it is (RFC 6962 section 2.1)."""
    if not hashes:
        return EMPTY_ROOT
    hash_ = sha256
    row = list(hashes)
    while len(row) > 1:
        odd = row[-1:] if len(row) % 2 else []
        row = [hash_(b"\x01" + left + right).digest() for left, right in zip(row[::2], row[1::2], strict=False)] + odd
    return row[0]


def split(width: int) -> int:
    """Largest power of two smaller than the width: where RFC 6962 section 2.1 divides a tree."""
    assert width > 1, "a tree of one leaf is not divided"
    return 1 << ((width - 1).bit_length() - 1)


def cover(start: int, end: int) -> list[tuple[int, int]]:
    """List the nodes ``(level, n)`` that together span leaves ``start`` to ``end``, largest first."""
    nodes = []
    while start < end:
        level = (end - start).bit_length() - 1
        assert start % (1 << level) == 0, "the range starts where a subtree starts"
        nodes.append((level, start >> level))
        start += 1 << level
    return nodes


def range_hash(start: int, end: int, read: ReadHash) -> bytes:
    """Compute MTH(D[start:end]) from stored nodes; the range must be a subtree."""
    nodes = cover(start, end)
    if not nodes:
        return EMPTY_ROOT
    acc = read(*nodes[-1])
    for level, n in reversed(nodes[:-1]):
        acc = node_hash(read(level, n), acc)
    return acc


def tree_hash(size: int, read: ReadHash) -> bytes:
    """Compute the root of the tree of the first ``size`` leaves."""
    return range_hash(0, size, read)


# ---- proofs ----


def is_subtree(start: int, end: int) -> bool:
    """Say whether ``[start, end)`` is a subtree: non-empty and aligned to the power of two that holds it."""
    # draft-ietf-plants-merkle-tree-certs section 4.1: start is a multiple of BIT_CEIL(end - start)
    return 0 <= start < end < 1 << 64 and start % (1 << (end - start - 1).bit_length()) == 0


def prove_subtree(start: int, end: int, size: int, read: ReadHash) -> list[bytes]:
    """Prove that the subtree ``[start, end)`` is part of the tree of ``size`` leaves."""
    if not (is_subtree(start, end) and end <= size):
        raise InvalidError(
            "range-outside-tree",
            f"There is no subtree [{start}, {end}) in a tree of {size} entries.",
            why="Proofs exist only for entries and earlier sizes that the tree contains.",
            do="Ask for an index below the size of the published checkpoint.",
        )
    return _prove(start, end, 0, size, True, read)


def _prove(start: int, end: int, low: int, high: int, known: bool, read: ReadHash) -> list[bytes]:
    """SUBPROOF of RFC 6962 section 2.1.2, for a subtree; ``known``: the verifier has this subtree's hash."""
    if (start, end) == (low, high):
        return [] if known else [range_hash(low, high, read)]
    middle = low + split(high - low)
    if end <= middle:
        return [*_prove(start, end, low, middle, known, read), range_hash(middle, high, read)]
    if start >= middle:
        return [*_prove(start, end, middle, high, known, read), range_hash(low, middle, read)]
    return [*_prove(middle, end, middle, high, False, read), range_hash(low, middle, read)]


def verify_subtree(start: int, end: int, size: int, part: bytes, root: bytes, proof: Sequence[bytes]) -> None:
    """Check that a subtree with hash ``part`` belongs to the tree with hash ``root``.

    Raises
    ------
    TamperedError
        ``proof-rejected`` for anything but a proof that fits exactly.
    """
    if 0 <= start == end <= size:  # the empty subtree has one possible hash and needs no proof
        _require(part == EMPTY_ROOT and not proof)
        return
    _require(is_subtree(start, end) and end <= size)
    part_seen, root_seen = _run(list(proof), start, end, 0, size, part)
    _require(part_seen == part and root_seen == root)


def _run(proof: list[bytes], start: int, end: int, low: int, high: int, part: bytes | None) -> tuple[bytes, bytes]:
    """Run a proof: give the hash of the subtree within ``[low, high)``, and that of ``[low, high)`` itself."""
    if (start, end) == (low, high):
        if part is None:
            _require(len(proof) == 1)
            return proof[0], proof[0]
        _require(not proof)
        return part, part
    _require(bool(proof))
    *below, beside = proof
    middle = low + split(high - low)
    if end <= middle:
        inner, whole = _run(below, start, end, low, middle, part)
        return inner, node_hash(whole, beside)
    if start >= middle:
        inner, whole = _run(below, start, end, middle, high, part)
        return inner, node_hash(beside, whole)
    inner, whole = _run(below, middle, end, middle, high, None)
    return node_hash(beside, inner), node_hash(beside, whole)


def prove_inclusion(index: int, size: int, read: ReadHash) -> list[bytes]:
    """Prove that entry ``index`` is in the tree of ``size`` leaves: PATH of RFC 6962 section 2.1.1."""
    return prove_subtree(index, index + 1, size, read)


def verify_inclusion(index: int, size: int, leaf: bytes, root: bytes, proof: Sequence[bytes]) -> None:
    """Check an audit path (RFC 6962 section 2.1.1); ``leaf`` is the leaf's hash. Raises ``proof-rejected``."""
    _require(len(leaf) == HASH_SIZE == len(root) and 0 <= index < size)
    verify_subtree(index, index + 1, size, leaf, root, proof)


def verify_subtree_inclusion(
    index: int, start: int, end: int, leaf: bytes, root: bytes, proof: Sequence[bytes]
) -> None:
    """Check that a leaf is in the subtree ``[start, end)``, which is a tree of its own. Raises ``proof-rejected``."""
    _require(is_subtree(start, end))
    verify_inclusion(index - start, end - start, leaf, root, proof)


def prove_consistency(old: int, new: int, read: ReadHash) -> list[bytes]:
    """Prove that the tree of ``new`` leaves begins with the tree of ``old`` leaves (RFC 6962 section 2.1.2)."""
    return prove_subtree(0, old, new, read)


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Check that nothing was changed or dropped between two sizes. Raises ``proof-rejected``."""
    if old == 0:  # RFC 6962 section 2.1.2 has 0 < m: from the empty tree every tree follows, so a proof says nothing
        _require(new == 0 and old_root == new_root == EMPTY_ROOT and not proof)
        return
    verify_subtree(0, old, new, old_root, new_root, proof)


def _require(fits: bool) -> None:
    if not fits:
        _reject()


def _reject() -> NoReturn:
    raise TamperedError(
        "proof-rejected",
        "A proof does not connect the two hashes it was given for.",
        why="Either the proof is damaged, or the log was changed after it was promised.",
        do="Keep both checkpoints and the proof: together they are evidence. Ask the log's operator and its witnesses.",
    )


# ---- tiles ----


class Tile(NamedTuple):
    """One tile: the hashes ``n * 256`` up to ``n * 256 + width`` of tile level ``level`` (tree level ``8 * level``)."""

    level: int
    n: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """Path below the log's prefix: ``tile/<L>/<N>[.p/<W>]`` or ``tile/entries/<N>[.p/<W>]``."""
        level = "entries" if self.level == ENTRIES else str(self.level)
        return f"tile/{level}/{number_path(self.n, self.width)}"


def number_path(n: int, width: int = TILE_WIDTH) -> str:
    """Write a tile's number as path elements: 1234067 is ``x001/x234/067``, and ``.p/<W>`` when partial."""
    parts = [f"{n % 1000:03d}"]  # tlog-tiles, "Merkle Tree": all but the last element MUST begin with an x
    while n := n // 1000:
        parts.insert(0, f"x{n % 1000:03d}")
    return "/".join(parts) + ("" if width == TILE_WIDTH else f".p/{width}")


def parse_tile_path(path: str) -> Tile:
    """Read a tile's path; only the one spelling that :attr:`Tile.path` writes is accepted."""
    try:
        kind, level_text, rest = path.split("/", 2)
        number, _, width = rest.partition(".p/")
        n = int("".join(part.removeprefix("x") for part in number.split("/")))
        level = ENTRIES if level_text == "entries" else int(level_text)
        tile = Tile(level, n, int(width) if width else TILE_WIDTH)
    except ValueError:
        tile, kind = Tile(0, 0), ""
    if kind != "tile" or not ENTRIES <= tile.level < 64 or not 0 < tile.width <= TILE_WIDTH or tile.path != path:
        raise InvalidError(
            "tile-path-malformed",
            "A path does not name a tile.",
            why="Tiles have one path each (c2sp.org/tlog-tiles).",
            do="Ask for tile/<level>/<number> or tile/entries/<number>, with .p/<width> when partial.",
        )
    return tile


def tile_width(level: int, n: int, size: int) -> int:
    """Width of a tile in a tree of ``size`` leaves; 0 when the tree does not reach it."""
    # tlog-tiles, "Partial Tiles": floor(s / 256**l) mod 256 hashes in the last tile of a level
    return max(0, min(TILE_WIDTH, (size >> (TILE_HEIGHT * max(level, 0))) - n * TILE_WIDTH))


def tiles_of(size: int, level: int = 0) -> Iterator[Tile]:
    """List the tiles of one level of a tree, full ones first, then the partial one if there is one."""
    hashes = size >> (TILE_HEIGHT * max(level, 0))
    for n in range(-(-hashes // TILE_WIDTH)):
        yield Tile(level, n, tile_width(level, n, size))


def locate(level: int, n: int, size: int) -> tuple[Tile, int, int]:
    """Say which tile holds a node: the tile, and the first and the number of its hashes that make up the node."""
    height = level % TILE_HEIGHT
    first = n << height
    tile_level, number = level // TILE_HEIGHT, first // TILE_WIDTH
    return Tile(tile_level, number, tile_width(tile_level, number, size)), first % TILE_WIDTH, 1 << height


def hash_in_tile(data: bytes, first: int, count: int) -> bytes:
    """Compute a node from the hashes of a tile that lie below it."""
    return root_of(split_hashes(data)[first : first + count])


def split_hashes(data: bytes) -> list[bytes]:
    """Cut concatenated hashes apart."""
    return [data[i : i + HASH_SIZE] for i in range(0, len(data), HASH_SIZE)]


class Edge:
    """The right edge of a growing tree: on each tile level, the hashes of the last, unfinished tile.

    What a log must hold in memory to grow, and a verifier to check: at most 255 hashes a level. ``extend`` gives
    out each tile as it fills; ``unfinished`` gives the partial ones; ``root`` closes the tree for the moment.
    """

    def __init__(self, size: int = 0, levels: Sequence[Sequence[bytes]] = ()) -> None:
        self.size = size
        self.levels = [list(level) for level in levels] or [[]]

    @classmethod
    def load(cls, size: int, read_tile: Callable[[Tile], bytes]) -> Edge:
        """Read the edge of a tree of ``size`` leaves from its partial tiles."""
        levels = []
        for level in range(max(1, -(-size.bit_length() // TILE_HEIGHT))):
            number, width = divmod(size >> (TILE_HEIGHT * level), TILE_WIDTH)
            levels.append(split_hashes(read_tile(Tile(level, number, width))) if width else [])
        return cls(size, levels)

    def extend(self, hashes: Sequence[bytes]) -> Iterator[tuple[Tile, bytes]]:
        """Add leaf hashes; yield each tile that fills up, with its content, lower levels first."""
        done = 0
        while done < len(hashes):
            take = min(TILE_WIDTH - len(self.levels[0]), len(hashes) - done)
            self.levels[0] += hashes[done : done + take]
            self.size, done = self.size + take, done + take
            yield from self._close_full(0)

    def _close_full(self, level: int) -> Iterator[tuple[Tile, bytes]]:
        full = self.levels[level]
        if len(full) < TILE_WIDTH:
            return
        yield Tile(level, (self.size >> (TILE_HEIGHT * (level + 1))) - 1), b"".join(full)
        if level + 1 == len(self.levels):
            self.levels.append([])
        self.levels[level] = []
        self.levels[level + 1].append(root_of(full))
        yield from self._close_full(level + 1)

    def unfinished(self) -> Iterator[tuple[Tile, bytes]]:
        """Yield the partial tiles of the present size (tlog-tiles: empty tiles MUST NOT be served)."""
        for level, hashes in enumerate(self.levels):
            if hashes:
                yield Tile(level, self.size >> (TILE_HEIGHT * (level + 1)), len(hashes)), b"".join(hashes)

    def root(self) -> bytes:
        """Compute the root: each level's unfinished tile, closed by what is left of the levels below."""
        below: list[bytes] = []
        for hashes in self.levels:
            below = [root_of([*hashes, *below])] if hashes or below else []
        return below[0] if below else EMPTY_ROOT
