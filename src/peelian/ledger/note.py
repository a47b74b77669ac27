"""Sign notes: a log's Ed25519 signatures and a witness's cosignatures. Checking them is :mod:`.verify`'s part."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from peelian.core.errors import InvalidError
from peelian.core.time import to_micros
from peelian.ledger.verify import (
    COSIGNATURE_V1,
    ED25519,
    Signature,
    Verifier,
    cosigned_message,
    from_base64,
    read_vkey,
    to_base64,
)


@dataclass(frozen=True, repr=False)
class Signer:
    """A private key with a name. ``algorithm`` says what it may sign: a log's notes or a witness's cosignatures.

    One key must not serve both (tlog-cosignature: the message does not commit to the name).
    """

    name: str
    seed: bytes
    algorithm: int = ED25519

    @classmethod
    def generate(cls, name: str, *, random_bytes: Callable[[int], bytes] = os.urandom) -> Signer:
        """Make a key for a log; the name should be the log's origin."""
        return _checked(cls(name, random_bytes(32)))

    @classmethod
    def generate_witness(cls, name: str, *, random_bytes: Callable[[int], bytes] = os.urandom) -> Signer:
        """Make a key for a witness."""
        return _checked(cls(name, random_bytes(32), COSIGNATURE_V1))

    @property
    def verifier(self) -> Verifier:
        """The public half."""
        public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()
        return Verifier(self.name, self.algorithm, public)

    @property
    def vkey(self) -> str:
        """The public half in one line."""
        return self.verifier.vkey

    def sign(self, text: str) -> Signature:
        """Sign a note's text (signed-note, "Ed25519 signatures")."""
        assert self.algorithm == ED25519, "a witness's key signs cosignatures only"
        return Signature(self.name, self.verifier.key_id, self._sign(text.encode()))

    def cosign(self, text: str, at: datetime) -> Signature:
        """Cosign a checkpoint's text at an instant (tlog-cosignature, "Format")."""
        assert self.algorithm == COSIGNATURE_V1, "a log's key signs notes only"
        second = to_micros(at) // 1_000_000
        signature = self._sign(cosigned_message(text.encode(), second))
        return Signature(self.name, self.verifier.key_id, second.to_bytes(8, "big") + signature)

    def _sign(self, message: bytes) -> bytes:
        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(message)

    @property
    def secret(self) -> str:
        """The private half in one line, in the form of Go's note package. Keep it secret."""
        return f"PRIVATE+KEY+{self.name}+{self.verifier.key_id.hex()}+{to_base64(bytes([self.algorithm]) + self.seed)}"

    def save(self, path: Path) -> None:
        """Write the private half to a new file that only its owner can read; never over another."""
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(self.secret + "\n")
            file.flush()
            os.fsync(file.fileno())

    @classmethod
    def load(cls, path: Path) -> Signer:
        """Read what :meth:`save` wrote."""
        return read_secret(path.read_text())

    def __repr__(self) -> str:  # a private key never lands in a log or a traceback
        return f"Signer({self.name!r})"


def read_secret(text: str) -> Signer:
    """Read a private key line, the inverse of :attr:`Signer.secret`."""
    head, _, rest = text.strip().partition("PRIVATE+KEY+")
    name, _, rest = rest.partition("+")
    key_id, _, encoded = rest.partition("+")
    try:
        key = from_base64(encoded)
    except ValueError:
        key = b""
    good = not head and len(key) == 33 and key[0] in (ED25519, COSIGNATURE_V1)
    if not good or (signer := Signer(name, key[1:], key[0])).verifier.key_id.hex() != key_id:
        raise InvalidError(
            "secret-key-malformed",
            "A private key is not in the form PRIVATE+KEY+<name>+<8 hex digits>+<base64>.",
            why="A damaged key would sign what nobody can check.",
            do="Restore the key file from its backup; do not make a new key for an existing log.",
        )
    return signer


def _checked(signer: Signer) -> Signer:
    read_vkey(signer.vkey)  # the name must survive being written as a key
    return signer
