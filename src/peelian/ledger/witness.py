"""A witness that anyone can run: it cosigns a log's checkpoints as long as each contains the one before.

The protocol is c2sp.org/tlog-witness. What a log does to its past - an edit, a deletion, a rollback, a second version
for somebody else - shows as a checkpoint that is not consistent with the last one cosigned, and is refused.

A witness is a folder: ``witness.key`` (its private key), ``logs`` (one line a log: public key, then the log's origin
line where it is not the key's name), ``state/`` (the last checkpoint cosigned for each log) and ``evidence/`` (pairs
of checkpoints that a log signed and that cannot both be true).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from peelian.core.errors import InvalidError, MissingError, PeelianError, StoppedError, TamperedError
from peelian.core.time import Clock, SystemClock
from peelian.ledger import tree
from peelian.ledger.disk import Disk, file_lock, make_folders, sync_folders, write_whole
from peelian.ledger.note import Signer
from peelian.ledger.tree import HASH_SIZE
from peelian.ledger.verify import (
    ED25519,
    Checkpoint,
    Verifier,
    from_base64,
    open_note,
    parse_size,
    read_checkpoint,
    read_note,
    read_vkey,
)

REQUEST_BYTES_MAX = 1 << 18
EVIDENCE_MAX = 1000


@dataclass(frozen=True)
class Answer:
    """An HTTP answer."""

    status: int
    body: str
    content_type: str = "text/plain; charset=utf-8"


@dataclass(frozen=True)
class Request:
    """A request to cosign: the size seen last, the proof from there, and the checkpoint (still unread)."""

    old: int
    proof: tuple[bytes, ...]
    note: bytes


def read_request(body: bytes) -> Request:
    """Take an add-checkpoint request apart (tlog-witness, "add-checkpoint"); ValueError if it cannot be."""
    head, gap, note = body.partition(b"\n\n")
    first, *lines = head.decode("utf-8").split("\n")
    proof = tuple(from_base64(line) for line in lines)
    # "The client MUST NOT send more than 63 consistency proof lines"
    if not gap or not first.startswith("old ") or len(proof) > 63 or any(len(h) != HASH_SIZE for h in proof):
        raise ValueError("not an add-checkpoint request")
    return Request(parse_size(first.removeprefix("old ")), proof, note)


def read_log_line(line: str) -> tuple[str, Verifier]:
    """Read one line of ``logs``: a public key, then the origin where it is not the key's name."""
    key, _, origin = line.partition(" ")
    if len(key) == 2 * HASH_SIZE and origin and not set(key) - set("0123456789abcdef"):
        return origin, read_vkey(Verifier(origin, ED25519, bytes.fromhex(key)).vkey)  # as sigsum publishes keys
    verifier = read_vkey(key)
    return origin or verifier.name, verifier


class Witness:
    """One witness's state machine; threads and processes may share a folder.

    Parameters
    ----------
    folder : Path
        Made by :meth:`create`.
    clock : Clock
        Gives the time of a cosignature.
    disk : Disk, optional
        What writes.
    unknown_log_status : int
        HTTP status for a log that is not in ``logs``. The present text of tlog-witness has 404; witnesses in use,
        and the published request pairs, answer 403. Both mean no.
    """

    def __init__(self, folder: Path, *, clock: Clock, disk: Disk | None = None, unknown_log_status: int = 403) -> None:
        self.folder, self.clock, self.disk = folder, clock, disk or Disk()
        self.unknown_log_status = unknown_log_status
        try:
            self._signer = Signer.load(folder / "witness.key")
        except FileNotFoundError:
            raise MissingError(
                "witness-missing-key",
                "The folder holds no witness.",
                why="A witness needs its private key to cosign.",
                do="Make one with `peelian witness`, or give the folder of an existing one.",
            ) from None
        self._turn = threading.Lock()
        self._stopped = False

    @classmethod
    def create(cls, folder: Path, name: str, *, clock: Clock, disk: Disk | None = None) -> Witness:
        """Make a witness with a new key; an existing key is never replaced."""
        disk = disk or Disk()
        for part in (folder, folder / "state", folder / "evidence"):
            make_folders(disk, part)
        if (folder / "witness.key").exists():
            raise InvalidError(
                "witness-exists",
                "The folder already holds a witness.",
                why="A new key would make the witness a stranger to every log that knows it.",
                do="Use it as it is, or choose another folder.",
            )
        Signer.generate_witness(name).save(folder / "witness.key")
        sync_folders(disk, [folder, folder.parent])
        return cls(folder, clock=clock, disk=disk)

    @property
    def vkey(self) -> str:
        """The witness's public key."""
        return self._signer.vkey

    # ---- which logs ----

    def add_log(self, key: str, origin: str = "") -> None:
        """Start to witness a log.

        Parameters
        ----------
        key : str
            The log's public key as a vkey, or 64 hex digits; its origin may follow after a space.
        origin : str, optional
            The log's first line, where it is not the key's name.
        """
        line = f"{key} {origin}".strip()
        read_log_line(line)
        with self._turn, file_lock(self.folder / "lock"):
            before = self._logs_text()
            if line not in before.splitlines():
                write_whole(self.disk, self.folder / "logs", f"{before}{line}\n".encode())
                self.disk.sync_folder(self.folder)

    def logs(self) -> dict[str, list[Verifier]]:
        """Read which keys are trusted for which origin."""
        known: dict[str, list[Verifier]] = {}
        for line in self._logs_text().splitlines():
            if line.strip() and not line.startswith("#"):
                origin, verifier = read_log_line(line.strip())
                known.setdefault(origin, []).append(verifier)
        return known

    def _logs_text(self) -> str:
        try:
            return (self.folder / "logs").read_text()
        except FileNotFoundError:
            return ""

    # ---- the protocol ----

    def add_checkpoint(self, body: bytes) -> Answer:
        """Answer one add-checkpoint request, in the order of tlog-witness, "add-checkpoint"."""
        try:
            request = read_request(body)
            origin = request.note.partition(b"\n")[0].decode("utf-8")
            keys = self.logs().get(origin)
            if not keys:  # "If the checkpoint origin is unknown"
                return Answer(self.unknown_log_status, "unknown log\n")
            note = read_note(request.note)
            try:
                signed = open_note(note, keys)
            except TamperedError:
                signed = {}
            if not signed:  # "none of the signatures verify against a trusted public key": 403
                return Answer(403, "invalid signature\n")
            checkpoint = read_checkpoint(note)
        except (ValueError, InvalidError):
            return Answer(400, "invalid input\n")
        if request.old > checkpoint.size:  # "MUST be equal to or lower than the checkpoint size. Otherwise" 400
            return Answer(400, "old size is larger than the checkpoint\n")
        with self._one_at_a_time():
            return self._judge(request, checkpoint)

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        # "checking the old size against the latest checkpoint and persisting the new checkpoint must be performed
        # atomically"
        with self._turn, file_lock(self.folder / "lock"):
            if self._stopped:
                raise _stopped()
            try:
                yield
            except OSError as error:
                self._stopped = True  # what the disk holds now is unknown: cosign nothing more
                raise _stopped() from error

    def _judge(self, request: Request, checkpoint: Checkpoint) -> Answer:
        last = self.last(checkpoint.origin)
        if request.old != last.size:  # "If it doesn't match": 409 with the size
            return Answer(409, f"{last.size}\n", "text/x.tlog.size")
        if request.old == checkpoint.size and request.old and checkpoint.root != last.root:
            # "If the old size matches the checkpoint size, the witness MUST check that the root hashes are identical"
            self._keep_evidence(last, checkpoint)
            return Answer(409, f"{last.size}\n", "text/x.tlog.size")
        try:
            _check_growth(request, last, checkpoint)
        except TamperedError:
            return Answer(422, "bad consistency proof\n")
        # INVARIANT: a cosigned checkpoint never shrinks.
        assert checkpoint.size >= last.size, "a cosigned checkpoint never shrinks"
        if checkpoint.size > last.size or last.note is None:
            self._persist(checkpoint)  # "The witness MUST persist the new checkpoint before responding"
        return Answer(200, self._signer.cosign(checkpoint.text, self.clock.now()).line)

    # ---- state ----

    def last(self, origin: str) -> Checkpoint:
        """Give the last checkpoint cosigned for a log; size 0 if there was none."""
        try:
            checkpoint = read_checkpoint(read_note(self._state_path(origin).read_bytes()))
        except FileNotFoundError:
            return Checkpoint(origin, 0, tree.EMPTY_ROOT)
        except InvalidError:
            checkpoint = Checkpoint("", 0, b"")
        if checkpoint.origin != origin:
            raise TamperedError(
                "witness-state-damaged",
                "What the witness remembers of a log cannot be read.",
                why="Without it the witness cannot tell a log that grew from one that was changed.",
                do="Restore the witness's state folder; do not let it start from nothing for this log.",
            )
        return checkpoint

    def _state_path(self, origin: str) -> Path:
        return self.folder / "state" / sha256(origin.encode()).hexdigest()

    def _persist(self, checkpoint: Checkpoint) -> None:
        assert checkpoint.note is not None, "only a signed checkpoint is remembered"
        path = self._state_path(checkpoint.origin)
        write_whole(self.disk, path, checkpoint.note.content.encode())
        self.disk.sync_folder(path.parent)
        assert self.last(checkpoint.origin) == checkpoint, "what was written reads back"

    def _keep_evidence(self, last: Checkpoint, checkpoint: Checkpoint) -> None:
        """Keep two checkpoints of one size and different roots, both signed: proof that the log forked."""
        # "the witness MAY log the request [...] as it might be proof of log misbehavior"
        assert last.note is not None and checkpoint.note is not None, "both are signed"
        folder = self.folder / "evidence"
        path = folder / sha256(checkpoint.text.encode()).hexdigest()
        if not path.exists() and sum(1 for _ in folder.iterdir()) < EVIDENCE_MAX:
            write_whole(self.disk, path, f"{last.note.content}\n\n{checkpoint.note.content}".encode())


def _check_growth(request: Request, last: Checkpoint, checkpoint: Checkpoint) -> None:
    if request.old == 0 and checkpoint.size > 0:
        # "The proof MUST be empty if the old size is zero"
        tree.verify_subtree(0, 0, 0, tree.EMPTY_ROOT, tree.EMPTY_ROOT, request.proof)
        return
    tree.verify_consistency(request.old, checkpoint.size, last.root, checkpoint.root, request.proof)


def _stopped() -> StoppedError:
    return StoppedError(
        "witness-stopped",
        "The witness's disk did not do as told, so it has stopped.",
        why="It must not cosign what it may not remember.",
        do="Look at the disk, then start the witness again: it goes on from what is on the disk.",
    )


# ---- HTTP ----


class _Handler(BaseHTTPRequestHandler):
    """POST <prefix>/add-checkpoint, with connections kept open (tlog-witness: witnesses SHOULD support keep-alive)."""

    protocol_version = "HTTP/1.1"
    server_version = "peelian-witness"
    sys_version = ""
    timeout = 30
    witness: Witness

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit():
            self._send(Answer(411, "length required\n"), close=True)
        elif int(length) > REQUEST_BYTES_MAX:
            self._send(Answer(413, "too long\n"), close=True)
        else:
            self._send(self._answer(self.rfile.read(int(length))))

    def _answer(self, body: bytes) -> Answer:
        if self.path != "/add-checkpoint":
            return Answer(404, "not found\n")
        try:
            return self.witness.add_checkpoint(body)
        except PeelianError as error:
            return Answer(500, f"{error.code}\n")

    def _send(self, answer: Answer, *, close: bool = False) -> None:
        data = answer.body.encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(data)))
        if close:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Keep no access log: who asks a witness is nobody's business."""


def make_server(witness: Witness, host: str, port: int) -> ThreadingHTTPServer:
    """Make the HTTP server of a witness; port 0 picks a free one. The caller runs and closes it."""
    handler = type("WitnessHandler", (_Handler,), {"witness": witness})
    server = ThreadingHTTPServer((host, port), handler)
    server.daemon_threads = True
    return server


def serve_witness(
    folder: Path,
    host: str = "127.0.0.1",
    port: int = 7380,
    *,
    clock: Clock | None = None,
    ready: Callable[[str, str], None] | None = None,
    unknown_log_status: int = 403,
) -> None:
    """Run a witness until interrupted.

    Parameters
    ----------
    folder : Path
        Made by :meth:`Witness.create`.
    host, port : str, int
        Where to listen; port 0 picks a free one.
    clock : Clock, optional
        The time of cosignatures; the system's clock by default.
    ready : callable, optional
        Called once with the address and the witness's public key.
    unknown_log_status : int
        See :class:`Witness`.
    """
    witness = Witness(folder, clock=clock or SystemClock(), unknown_log_status=unknown_log_status)
    with make_server(witness, host, port) as server:
        if ready:
            ready(f"http://{host}:{server.server_address[1]}", witness.vkey)
        server.serve_forever()
