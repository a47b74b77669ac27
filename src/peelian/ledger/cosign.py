"""Ask witnesses to cosign a checkpoint: the log's side of c2sp.org/tlog-witness.

A witness that cannot be reached, or says no, is reported and never stops the log: safety look-ups go on against the
durable local log, and are cosigned when the witnesses are back.
"""

from __future__ import annotations

import http.client
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from peelian.core.errors import PeelianError
from peelian.core.time import to_micros
from peelian.ledger.verify import Checkpoint, Signature, Verifier, parse_size, read_signature, read_vkey, to_base64

AHEAD_MAX_S = 300
"""A cosignature from further in the future is not taken: it would move our own clock's floor."""

Prove = Callable[[int], list[bytes]]
"""Give the consistency proof from a size to the checkpoint's."""


@dataclass(frozen=True)
class WitnessAddress:
    """A witness that a log asks: our name for it, where it answers (submission prefix), its public key."""

    name: str
    url: str
    vkey: str


@dataclass(frozen=True)
class Witnesses:
    """The witnesses a log asks at each publication."""

    addresses: tuple[WitnessAddress, ...] = ()
    timeout_s: float = 5.0

    @property
    def vkeys(self) -> tuple[str, ...]:
        """Their public keys."""
        return tuple(a.vkey for a in self.addresses)


@dataclass(frozen=True)
class WitnessAnswer:
    """What one witness said to the last checkpoint.

    ``state`` is ``cosigned``; ``unreachable``; ``refused`` (it found the checkpoint wrong, or does not know the log);
    ``ahead`` (it has seen a longer log than this one: **this folder was rolled back**, or somebody answers in its
    name); or ``bad-answer`` (it answered, but not with a good cosignature).
    """

    name: str
    state: str
    size: int
    status: int = 0


def write_request(old: int, proof: Sequence[bytes], checkpoint: Checkpoint) -> bytes:
    """Write the body of an add-checkpoint request (tlog-witness, "add-checkpoint")."""
    assert checkpoint.note is not None, "only a signed checkpoint is submitted"
    assert len(proof) <= 63, "The client MUST NOT send more than 63 consistency proof lines"
    lines = "".join(f"{to_base64(h)}\n" for h in proof)
    return f"old {old}\n{lines}\n{checkpoint.note.content}".encode()


def ask_witnesses(
    witnesses: Witnesses, checkpoint: Checkpoint, before: Callable[[Verifier], int], prove: Prove, now: datetime
) -> tuple[list[Signature], tuple[WitnessAnswer, ...]]:
    """Ask all witnesses at once; give their cosignatures and what each one said.

    Parameters
    ----------
    witnesses : Witnesses
        Whom to ask.
    checkpoint : Checkpoint
        Signed by the log.
    before : callable
        The size that a witness is thought to have seen last.
    prove : callable
        Gives consistency proofs up to the checkpoint.
    now : datetime
        The log's clock.
    """
    if not witnesses.addresses:
        return [], ()
    with ThreadPoolExecutor(min(8, len(witnesses.addresses))) as pool:
        futures = [
            pool.submit(ask_witness, a, checkpoint, before(read_vkey(a.vkey)), prove, now, witnesses.timeout_s)
            for a in witnesses.addresses
        ]
        answers = [f.result() for f in futures]
    return [line for line, _ in answers if line is not None], tuple(answer for _, answer in answers)


def ask_witness(
    address: WitnessAddress, checkpoint: Checkpoint, old: int, prove: Prove, now: datetime, timeout_s: float = 5.0
) -> tuple[Signature | None, WitnessAnswer]:
    """Ask one witness; ask once more when it says which size it has really seen (tlog-witness: 409 Conflict)."""

    def said(state: str, size: int = checkpoint.size, status: int = 0) -> tuple[None, WitnessAnswer]:
        return None, WitnessAnswer(address.name, state, size, status)

    status, body = 0, b""
    for _ in range(2):
        try:
            status, body = _post(address.url, write_request(old, prove(old) if old else [], checkpoint), timeout_s)
        except (OSError, http.client.HTTPException, ValueError):
            return said("unreachable")
        if status == 200:
            line = _own_line(body, read_vkey(address.vkey), checkpoint, now)
            return (line, WitnessAnswer(address.name, "cosigned", checkpoint.size, 200)) if line else said("bad-answer")
        if status != 409:
            break
        known = _size_in(body)
        if known is None or known == old:
            break
        if known > checkpoint.size:
            return said("ahead", known, status)
        old = known
    return said("refused", old, status)


def _own_line(body: bytes, witness: Verifier, checkpoint: Checkpoint, now: datetime) -> Signature | None:
    """Find the witness's own good cosignature in its answer; other lines are ignored."""
    for text in body.decode("utf-8", "replace").split("\n")[:16]:
        try:
            line = read_signature(text)
            if (line.name, line.key_id) == (witness.name, witness.key_id):
                made_at = witness.check(checkpoint.text.encode(), line.signature)
                return line if made_at <= to_micros(now) // 1_000_000 + AHEAD_MAX_S else None
        except PeelianError:
            continue
    return None


def _size_in(body: bytes) -> int | None:
    # tlog-witness: the tree size of the latest cosigned checkpoint in decimal, followed by a newline
    try:
        return parse_size(body.decode("ascii", "replace").removesuffix("\n"))
    except ValueError:
        return None


def _post(prefix: str, body: bytes, timeout_s: float) -> tuple[int, bytes]:
    url = urlsplit(prefix)
    if url.scheme not in ("http", "https") or not url.hostname:
        raise ValueError("not a web address")
    make = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    connection = make(url.hostname, url.port, timeout=timeout_s)
    try:
        connection.request("POST", url.path.rstrip("/") + "/add-checkpoint", body, {"User-Agent": "peelian"})
        response = connection.getresponse()
        return response.status, response.read(1 << 16)
    finally:
        connection.close()
