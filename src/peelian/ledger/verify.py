"""Check a log from outside: who signed it, whether every entry is still what it was, and who else has seen it.

This module and :mod:`peelian.ledger.tree` are all that an outsider needs to read. It takes nothing on trust but a
public key, and reads everything through ``fetch(path) -> bytes``, so a folder, a web address and a list of attacks in
a test look the same to it. (:mod:`peelian.ledger.fetch` has a ``fetch`` for folders and for addresses.)

It reads signed notes (c2sp.org/signed-note), checkpoints (c2sp.org/tlog-checkpoint), witness cosignatures
(c2sp.org/tlog-cosignature), tiles and entry bundles (c2sp.org/tlog-tiles), and receipts (c2sp.org/tlog-proof).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from peelian.core.errors import InvalidError, MissingError, PeelianError, TamperedError
from peelian.core.time import from_micros
from peelian.ledger import tree
from peelian.ledger.tree import ENTRIES, HASH_SIZE, TILE_WIDTH, Edge, Tile

Fetch = Callable[[str], bytes]
"""Give the bytes at a path below the log's prefix; raise MissingError where there is nothing."""

ED25519 = 0x01  # signed-note, "Signature types"
COSIGNATURE_V1 = 0x04  # signed-note, "Signature types"; tlog-cosignature, "Format"

NOTE_BYTES_MAX = 1 << 20
SIGNATURES_MAX = 100  # signed-note, "Format": a limit, and at least 16
PROBLEMS_MAX = 20


# ---- keys ----


@dataclass(frozen=True)
class Verifier:
    """A public key that may have signed a note: a log's (Ed25519) or a witness's (cosignature/v1).

    Parameters
    ----------
    name : str
        Key name, as in the signature line.
    algorithm : int
        ``0x01`` for a log, ``0x04`` for a witness.
    public : bytes
        The 32 bytes of the Ed25519 public key.
    """

    name: str
    algorithm: int
    public: bytes

    @property
    def key_id(self) -> bytes:
        """Four bytes that, with the name, say which key made a signature."""
        # signed-note, "Signatures": SHA-256(key name || 0x0A || signature type || public key)[:4]
        return sha256(self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public).digest()[:4]

    @property
    def vkey(self) -> str:
        """The key in one line: ``<name>+<key id>+<base64 of type and key>``."""
        return f"{self.name}+{self.key_id.hex()}+{to_base64(bytes([self.algorithm]) + self.public)}"

    def check(self, text: bytes, signature: bytes) -> int:
        """Check one signature; return the second it was made, 0 for a log's own (it has no time)."""
        made_at, message = 0, text
        if self.algorithm == COSIGNATURE_V1:  # tlog-cosignature, "Format": u64 timestamp, then the signature
            made_at, signature = int.from_bytes(signature[:8], "big"), signature[8:]
            message = cosigned_message(text, made_at)
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError) as error:
            raise TamperedError(
                "signature-wrong",
                "A signature by a known key does not fit the text.",
                why="The text was changed after signing, or the signature was made up.",
                do="Do not use this note. Compare it with a copy from another place.",
                facts={"key": self.name},
            ) from error
        return made_at


def cosigned_message(text: bytes, made_at: int) -> bytes:
    """Build what a witness signs (tlog-cosignature, "Ed25519 signed message")."""
    if not 0 <= made_at < 1 << 63:  # "It MUST NOT exceed 2^63 - 1"
        raise _malformed("the time of a cosignature is out of range")
    return b"cosignature/v1\ntime %d\n" % made_at + text


def read_vkey(text: str) -> Verifier:
    """Read a public key written as ``<name>+<key id>+<base64>`` (signed-note, "Verifier keys")."""
    name, _, rest = text.strip().partition("+")
    key_id, _, encoded = rest.partition("+")
    try:
        key = from_base64(encoded)
    except ValueError:
        key = b""
    verifier = Verifier(name, key[0] if key else 0, key[1:])
    good = _is_key_name(name) and verifier.algorithm in (ED25519, COSIGNATURE_V1) and len(verifier.public) == 32
    if not good or verifier.key_id.hex() != key_id:
        raise InvalidError(
            "vkey-malformed",
            "A public key is not in the form <name>+<8 hex digits>+<base64>, or its digits do not fit the key.",
            why="A mistyped key would make every check fail, or worse, pass for another log.",
            do="Copy the whole line again from where it was published. Ed25519 (01) and cosignature/v1 (04) are read.",
        )
    return verifier


def _is_key_name(name: str) -> bool:
    """Key names MUST be non-empty and MUST NOT contain Unicode spaces or plus (signed-note, "Format")."""
    return bool(name) and "+" not in name and not any(c.isspace() or c < " " for c in name)


# ---- signed notes ----


@dataclass(frozen=True)
class Signature:
    """One signature line of a note, not yet checked."""

    name: str
    key_id: bytes
    signature: bytes

    @property
    def line(self) -> str:
        """The line as it stands in the note, with its newline."""
        return f"— {self.name} {to_base64(self.key_id + self.signature)}\n"


@dataclass(frozen=True)
class Note:
    """A text and its signature lines. Nothing is checked until :func:`open_note` is."""

    text: str
    signatures: tuple[Signature, ...]

    @property
    def content(self) -> str:
        """The whole note, as stored and served."""
        return self.text + "\n" + "".join(s.line for s in self.signatures)


def read_note(content: bytes) -> Note:
    """Take a signed note apart (signed-note, "Format"). Checks the form only."""
    if len(content) > NOTE_BYTES_MAX:
        raise _malformed("it is too long")
    try:
        whole = content.decode("utf-8")  # "Signed notes MUST be valid UTF-8"
    except UnicodeDecodeError:
        raise _malformed("it is not UTF-8") from None
    if any(c < " " and c != "\n" for c in whole):  # "MUST NOT contain any ASCII control characters"
        raise _malformed("it contains control characters")
    # "the text is separated from the signatures by the last empty line in the note"
    text, gap, lines = whole.rpartition("\n\n")
    if not gap or not lines.endswith("\n"):
        raise _malformed("it has no signature lines, or is cut short")
    split = lines[:-1].split("\n")
    if len(split) > SIGNATURES_MAX:
        raise _malformed("it has too many signatures")
    return Note(text + "\n", tuple(read_signature(line) for line in split))


def read_signature(line: str) -> Signature:
    """Read one signature line: em dash, space, name, space, base64 of key id and signature."""
    dash, name, encoded = [*line.split(" "), "", ""][:3]
    try:
        raw = from_base64(encoded, stray_bits=True)  # as Go's note package reads them; the signature is checked anyway
    except ValueError:
        raw = b""
    if dash != "—" or line.count(" ") != 2 or not _is_key_name(name) or len(raw) < 5:
        raise _malformed("a signature line is not of the right form")
    return Signature(name, raw[:4], raw[4:])


def open_note(note: Note, known: Sequence[Verifier]) -> dict[Verifier, int]:
    """Check a note's signatures against known keys; give each key that signed, with the second it did.

    Unknown signatures are passed over (signed-note, "Signatures": verifiers MUST ignore them); one bad signature by
    a known key spoils the note.
    """
    keys = {(v.name, v.key_id): v for v in known}
    signed: dict[Verifier, int] = {}
    for line in note.signatures:
        verifier = keys.get((line.name, line.key_id))
        if verifier and verifier not in signed:
            signed[verifier] = verifier.check(note.text.encode(), line.signature)
    return signed


def _malformed(what: str) -> InvalidError:
    return InvalidError(
        "note-malformed",
        f"A signed note cannot be read: {what}.",
        why="Only a note in its exact form can be checked (c2sp.org/signed-note).",
        do="Fetch it again; if it stays so, ask the log's operator.",
    )


# ---- checkpoints ----


@dataclass(frozen=True)
class Checkpoint:
    """What a log promises: so many entries, with this root hash.

    Parameters
    ----------
    origin : str
        The log's identity, first line of the checkpoint.
    size : int
        Number of entries.
    root : bytes
        Root hash, 32 bytes.
    note : Note, optional
        The signed note it came from.
    extensions : tuple of str
        Further lines, opaque.
    """

    origin: str
    size: int
    root: bytes
    note: Note | None = field(default=None, compare=False)
    extensions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The note text (tlog-checkpoint, "Note text")."""
        return "".join(f"{x}\n" for x in (self.origin, self.size, to_base64(self.root), *self.extensions))


def read_checkpoint(note: Note) -> Checkpoint:
    """Read the three lines (and any extensions) of a checkpoint (tlog-checkpoint, "Note text")."""
    lines = note.text.split("\n")[:-1]
    origin, size, root = [*lines, "", "", ""][:3]
    try:
        checkpoint = Checkpoint(origin, parse_size(size), from_base64(root), note, tuple(lines[3:]))
    except ValueError:
        checkpoint = Checkpoint("", 0, b"")
    if not all(lines) or not origin or len(checkpoint.root) != HASH_SIZE:
        raise InvalidError(
            "checkpoint-malformed",
            "A checkpoint is not three lines of origin, size and root hash.",
            why="Without them there is nothing to check the entries against (c2sp.org/tlog-checkpoint).",
            do="Fetch it again; if it stays so, ask the log's operator.",
        )
    return checkpoint


def parse_size(text: str) -> int:
    """Read an ASCII decimal with no leading zeroes, below 2**63 (tlog-checkpoint, "Note text", 2)."""
    value = int(text) if text.isascii() and text.isdigit() else -1
    if str(value) != text or not 0 <= value < 1 << 63:
        raise ValueError("not a size")
    return value


def open_checkpoint(content: bytes, log: Verifier, *, origin: str | None = None) -> Checkpoint:
    """Read a checkpoint and check that the log's key signed it.

    Raises
    ------
    TamperedError
        ``signature-missing`` when the log's key has not signed; ``signature-wrong``; ``origin-wrong``.
    InvalidError
        ``note-malformed`` or ``checkpoint-malformed``.
    """
    note = read_note(content)
    if log not in open_note(note, [log]):
        raise TamperedError(
            "signature-missing",
            "A checkpoint is not signed by the log's key.",
            why="Anyone could have written it.",
            do="Check that the key is the one the log published, and that this is the right log.",
            facts={"key": log.name},
        )
    checkpoint = read_checkpoint(note)
    if checkpoint.origin != (origin or log.name):
        raise TamperedError(
            "origin-wrong",
            "A checkpoint is signed by the right key but for another log.",
            why="The first line names the log; one key must not speak for two.",
            do="Check which log you meant, and ask its operator why its key signed this.",
        )
    return checkpoint


# ---- tiles and entry bundles ----


def split_bundle(data: bytes) -> list[bytes]:
    """Cut an entry bundle apart: big-endian uint16 length, then the entry (tlog-tiles, "Log entries")."""
    entries, at, end = [], 0, len(data)
    while at + 2 <= end:
        stop = at + 2 + (data[at] << 8 | data[at + 1])
        entries.append(data[at + 2 : stop])
        at = stop
    if at != end:
        raise TamperedError(
            "bundle-malformed",
            "A file of log entries is cut short or has bytes to spare.",
            why="An entry is missing or was made longer or shorter.",
            do="Fetch the file again; if it stays so, the log was changed.",
        )
    return entries


class TileReader:
    """Read tiles and bundles of one tree size, and the nodes inside them; keeps the tiles it has seen."""

    def __init__(self, fetch: Fetch, size: int) -> None:
        self.fetch, self.size = fetch, size
        self._tiles: dict[Tile, bytes] = {}

    def tile(self, tile: Tile) -> bytes:
        """Fetch a tile of hashes and check its length."""
        if tile not in self._tiles:
            data = self._fetch_or_cut(tile, lambda full: full[: tile.width * HASH_SIZE])
            if len(data) != tile.width * HASH_SIZE:
                raise _tile_malformed(tile)
            self._tiles[tile] = data
        return self._tiles[tile]

    def bundle(self, n: int) -> list[bytes]:
        """Fetch the entries of bundle ``n``."""
        tile = Tile(ENTRIES, n, tree.tile_width(ENTRIES, n, self.size))
        entries = split_bundle(self._fetch_or_cut(tile, lambda full: full))[: tile.width]
        if len(entries) != tile.width:
            raise _tile_malformed(tile)
        return entries

    def node(self, level: int, n: int) -> bytes:
        """Give the hash of a perfect subtree, as the proofs of :mod:`~peelian.ledger.tree` ask for it."""
        tile, first, count = tree.locate(level, n, self.size)
        return tree.hash_in_tile(self.tile(tile), first, count)

    def _fetch_or_cut(self, tile: Tile, cut: Callable[[bytes], bytes]) -> bytes:
        try:
            return self.fetch(tile.path)
        except MissingError as missing:
            if tile.width == TILE_WIDTH:
                raise
            try:  # tlog-tiles, "Partial Tiles": the full tile is a fallback once the partial one is gone
                return cut(self.fetch(tile._replace(width=TILE_WIDTH).path))
            except MissingError:
                raise missing from None


def _tile_malformed(tile: Tile) -> TamperedError:
    return TamperedError(
        "tile-malformed",
        "A tile or entry bundle does not hold the number of items its name says.",
        why="Entries are missing or were added.",
        do="Fetch the file again; if it stays so, the log was changed.",
        facts={"path": tile.path},
    )


# ---- a whole log ----


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a log: its code (see the error pages), a sentence, and where."""

    code: str
    what: str
    where: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return the problem as plain data."""
        return {"code": self.code, "what": self.what, "where": self.where}


@dataclass(frozen=True)
class Witnessed:
    """A witness's word that it saw this checkpoint, and when."""

    name: str
    vkey: str
    at: datetime


@dataclass(frozen=True)
class VerifyResult:
    """What was found: ``ok`` only if nothing at all is wrong.

    ``first_use`` says that the key came from the log itself: the result then means no more than "consistent with
    itself", and the key should be written down for next time.
    """

    origin: str
    size: int
    root: bytes
    ok: bool
    witnesses: tuple[Witnessed, ...]
    problems: tuple[Problem, ...]
    vkey: str = ""
    first_use: bool = False
    checkpoint: Checkpoint | None = None

    def as_dict(self) -> dict[str, object]:
        """Return the result as plain data."""
        return {
            "origin": self.origin,
            "size": self.size,
            "root": self.root.hex(),
            "ok": self.ok,
            "witnesses": [{"name": w.name, "vkey": w.vkey, "at": w.at.isoformat()} for w in self.witnesses],
            "problems": [p.as_dict() for p in self.problems],
            "vkey": self.vkey,
            "first_use": self.first_use,
        }


def verify_log(
    fetch: Fetch,
    *,
    vkey: str | None = None,
    origin: str | None = None,
    witnesses: Sequence[str] = (),
    quorum: Callable[[frozenset[str]], bool] | None = None,
    seen: Checkpoint | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> VerifyResult:
    """Check a whole log: the signature, every entry, every tile, the root, the witnesses, and what was seen before.

    Parameters
    ----------
    fetch : callable
        Gives the bytes at a path below the log's prefix.
    vkey : str, optional
        The log's public key. Without it the log's own ``vkey`` file is trusted this once (``first_use``).
    origin : str, optional
        First line of the checkpoint, where it differs from the key's name.
    witnesses : sequence of str
        Public keys of the witnesses expected; each that is missing is a problem, unless ``quorum`` is given.
    quorum : callable, optional
        Given the vkeys that cosigned, says whether they are enough (see :mod:`peelian.ledger.quorum`).
    seen : Checkpoint, optional
        A checkpoint of this log that was kept from before: the log must contain it.
    progress : callable, optional
        Called with entries checked and entries in all, after each bundle.

    Returns
    -------
    VerifyResult
        Never raises for what is wrong with the log: that is the result.

    Notes
    -----
    O(n) time, O(log n) memory. Needs each tile and each bundle once.
    """
    problems: list[Problem] = []
    try:
        log = read_vkey(vkey or _fetch_text(fetch, "vkey"))
        checkpoint = open_checkpoint(_fetch_bytes(fetch, "checkpoint"), log, origin=origin)
    except PeelianError as error:
        return VerifyResult(origin or "", 0, b"", False, (), (_problem(error, "checkpoint"),))
    cosigned, missing = witnessed_by(checkpoint, witnesses, quorum)
    problems.extend(missing)
    _check_entries(fetch, checkpoint, progress or (lambda done, total: None), problems)
    _check_seen(fetch, checkpoint, seen, problems)
    return VerifyResult(
        checkpoint.origin,
        checkpoint.size,
        checkpoint.root,
        not problems,
        cosigned,
        tuple(problems),
        log.vkey,
        first_use=vkey is None,
        checkpoint=checkpoint,
    )


def _fetch_bytes(fetch: Fetch, path: str) -> bytes:
    try:
        return fetch(path)
    except MissingError as error:
        if error.code != "log-file-missing":  # out of reach is not the same as not there
            raise
        raise MissingError(
            "checkpoint-missing",
            "The log has no checkpoint, or no public key beside it.",
            why="Without a signed checkpoint there is no promise to hold the entries against.",
            do="Check the address or folder; a log has the files `checkpoint` and `vkey` at its top.",
        ) from error


def _fetch_text(fetch: Fetch, path: str) -> str:
    return _fetch_bytes(fetch, path).decode("utf-8", "replace")


def _problem(error: PeelianError, where: str) -> Problem:
    return Problem(error.code, error.what, str(error.facts.get("path", where)))


def witnessed_by(
    checkpoint: Checkpoint, witnesses: Sequence[str], quorum: Callable[[frozenset[str]], bool] | None = None
) -> tuple[tuple[Witnessed, ...], tuple[Problem, ...]]:
    """Check cosignatures one by one: who has seen this checkpoint, and what is missing.

    A bad cosignature counts as missing and spoils no other. Without a quorum every witness named must have signed.
    """
    assert checkpoint.note is not None, "an opened checkpoint keeps its note"
    cosigned, problems = [], []
    for verifier in [read_vkey(w) for w in witnesses]:
        try:
            made_at = open_note(checkpoint.note, [verifier]).get(verifier)
        except PeelianError as error:
            problems.append(_problem(error, verifier.name))
            continue
        if made_at is not None:
            cosigned.append(Witnessed(verifier.name, verifier.vkey, from_micros(made_at * 1_000_000)))
        elif quorum is None:
            problems.append(Problem("witness-missing", "A witness has not cosigned this checkpoint.", verifier.name))
    if quorum is not None and not quorum(frozenset(w.vkey for w in cosigned)):
        problems.append(Problem("quorum-unmet", "Too few witnesses have cosigned this checkpoint.", "checkpoint"))
    return tuple(cosigned), tuple(problems)


def _check_entries(
    fetch: Fetch, checkpoint: Checkpoint, progress: Callable[[int, int], None], problems: list[Problem]
) -> None:
    """Hash every entry, build the tree anew, and compare each tile and the root."""
    reader, edge = TileReader(fetch, checkpoint.size), Edge()
    try:
        for n in range(-(-checkpoint.size // TILE_WIDTH)):
            hashes = _check_bundle(reader, n, problems)
            for tile, data in edge.extend(hashes):
                _check_tile(reader, tile, data, problems)
            progress(edge.size, checkpoint.size)
            if len(problems) >= PROBLEMS_MAX:
                return
        for tile, data in edge.unfinished():
            _check_tile(reader, tile, data, problems)
    except PeelianError as error:
        problems.append(_problem(error, "tile"))
        return
    if edge.root() != checkpoint.root:
        problems.append(Problem("root-mismatch", "The entries do not hash to the root that was signed.", "checkpoint"))


def _check_bundle(reader: TileReader, n: int, problems: list[Problem]) -> list[bytes]:
    """Hash a bundle's entries and compare with its level 0 tile; go on with the tile, to find only what differs."""
    hash_ = sha256
    hashes = [hash_(b"\x00" + entry).digest() for entry in reader.bundle(n)]  # RFC 6962 section 2.1
    tile = Tile(0, n, len(hashes))
    stored = reader.fetch(tile.path) if tile.width == TILE_WIDTH else reader.tile(tile)
    if b"".join(hashes) == stored:
        return hashes
    kept = tree.split_hashes(stored)
    if len(kept) != len(hashes):
        raise _tile_malformed(tile)
    edited = [i for i, (a, b) in enumerate(zip(hashes, kept, strict=True)) if a != b]
    for i in edited[: PROBLEMS_MAX - len(problems)]:
        where = f"entry {n * TILE_WIDTH + i}"
        problems.append(Problem("leaf-edited", "An entry does not hash to what the tree holds for it.", where))
    return kept


def _check_tile(reader: TileReader, tile: Tile, data: bytes, problems: list[Problem]) -> None:
    if tile.level > 0 and reader.tile(tile) != data:  # level 0 is compared with the entries themselves
        problems.append(Problem("tile-edited", "A tile is not the hash of the tiles below it.", tile.path))


def _check_seen(fetch: Fetch, checkpoint: Checkpoint, seen: Checkpoint | None, problems: list[Problem]) -> None:
    """Hold the log to a checkpoint that was kept from before."""
    if seen is None or any(p.code.startswith("tile-") for p in problems):
        return
    if seen.size > checkpoint.size:
        problems.append(Problem("log-rolled-back", "The log is shorter than it has been.", "checkpoint"))
        return
    try:
        root = tree.tree_hash(seen.size, TileReader(fetch, checkpoint.size).node)
    except PeelianError as error:
        problems.append(_problem(error, "tile"))
        return
    if root != seen.root or seen.origin != checkpoint.origin:
        problems.append(Problem("log-forked", "The log does not contain what it promised before.", "checkpoint"))


# ---- receipts ----


@dataclass(frozen=True)
class Receipt:
    """Proof that one entry is in a log: its index, the audit path, the checkpoint (c2sp.org/tlog-proof)."""

    index: int
    proof: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes = b""

    @property
    def content(self) -> str:
        """The receipt as text, to be stored as ``*.tlog-proof``."""
        extra = f"extra {to_base64(self.extra)}\n" if self.extra else ""
        path = "".join(f"{to_base64(h)}\n" for h in self.proof)
        return f"c2sp.org/tlog-proof@v1\n{extra}index {self.index}\n{path}\n{self.checkpoint.decode()}"


def read_receipt(content: str) -> Receipt:
    """Take a receipt apart (tlog-proof, "Format"). Checks the form only."""
    head, gap, checkpoint = content.partition("\n\n")
    first, *lines = head.split("\n")
    try:
        extra = from_base64(lines.pop(0).removeprefix("extra ")) if lines[:1] and lines[0][:6] == "extra " else b""
        index = parse_size(lines.pop(0).removeprefix("index ")) if lines[:1] and lines[0][:6] == "index " else -1
        receipt = Receipt(index, tuple(from_base64(line) for line in lines), checkpoint.encode(), extra)
    except ValueError:
        receipt = Receipt(-1, (), b"")
    if first != "c2sp.org/tlog-proof@v1" or not gap or receipt.index < 0:
        raise InvalidError(
            "receipt-malformed",
            "A receipt is not in the form of a tlog-proof.",
            why="Only the exact form can be checked (c2sp.org/tlog-proof).",
            do="Ask for the receipt again; it starts with c2sp.org/tlog-proof@v1.",
        )
    return receipt


def verify_receipt(
    content: str,
    leaf: bytes,
    *,
    vkey: str,
    origin: str | None = None,
    witnesses: Sequence[str] = (),
    quorum: Callable[[frozenset[str]], bool] | None = None,
) -> Checkpoint:
    """Check that an entry is in the log that a key speaks for; give the checkpoint that proves it. Works offline.

    Raises
    ------
    TamperedError
        ``proof-rejected``, ``signature-missing``, ``signature-wrong``, ``origin-wrong`` or ``receipt-unwitnessed``.
    InvalidError
        ``receipt-malformed``, ``note-malformed`` or ``checkpoint-malformed``.
    """
    receipt = read_receipt(content)
    checkpoint = open_checkpoint(receipt.checkpoint, read_vkey(vkey), origin=origin)
    tree.verify_inclusion(receipt.index, checkpoint.size, tree.leaf_hash(leaf), checkpoint.root, receipt.proof)
    _, problems = witnessed_by(checkpoint, witnesses, quorum)
    if problems:
        raise TamperedError(
            "receipt-unwitnessed",
            "A receipt's checkpoint lacks the witnesses that were asked for.",
            why="A log could show this checkpoint to you and another one to everybody else.",
            do="Ask for a newer receipt, or compare the checkpoint with one that the witnesses have cosigned.",
            facts={"problems": len(problems)},
        )
    return checkpoint


# ---- base64 ----


def to_base64(data: bytes) -> str:
    """Write standard base64 (RFC 4648 section 4)."""
    return base64.b64encode(data).decode()


def from_base64(text: str, *, stray_bits: bool = False) -> bytes:
    """Read standard base64; only the one spelling that :func:`to_base64` writes. Raises ValueError.

    With ``stray_bits`` the unused bits of the last digit may be anything, which gives some bytes more spellings.
    """
    try:
        data = binascii.a2b_base64(text, strict_mode=True)
    except binascii.Error:
        raise ValueError("not base64") from None
    if not stray_bits and to_base64(data) != text:
        raise ValueError("not base64")
    return data
