"""An account's key, locked with a passphrase, so that the server holds it and cannot use it.

    passphrase -> Argon2id -> hardened with a secret kept apart -> AES-256-GCM key -> the account's private key

The server keeps the locked key only. To sign in, the key is unlocked in memory, signs one request and is forgotten.
Whoever steals the desk database can not even try passphrases on it: the hardening secret lies in the ``keys`` folder.
"""

from __future__ import annotations

import os
import threading
import unicodedata
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from peelian.core.canonical import canonical_bytes
from peelian.core.errors import InvalidError

Harden = Callable[[bytes], bytes]
"""Turns 32 bytes into 32 others with a secret that is kept apart from the locked keys."""

LENGTH_MIN, LENGTH_MAX = 15, 256
"""Characters of a passphrase. NIST SP 800-63B-4 section 3.1.1.2 asks for 15 where it is the only factor."""

_DIFFERENT_MIN = 6
_TURNS = threading.BoundedSemaphore(2)  # each takes 64 MiB and a processor: strangers must not start fifty at once


@dataclass(frozen=True)
class Cost:
    """What one try at a passphrase costs.

    Parameters
    ----------
    memory_kib, passes, lanes : int
        Argon2id's m, t and p. The default is the second recommended setting of RFC 9106 section 4, on one lane.
    """

    memory_kib: int = 65_536
    passes: int = 3
    lanes: int = 1

    def within_bounds(self) -> bool:
        """Say whether the cost is one that we would spend: it is read from a row that somebody may have altered."""
        return 8 <= self.memory_kib <= 262_144 and 1 <= self.passes <= 10 and 1 <= self.lanes <= 4


SERVICE_COST = Cost()


def check_passphrase(passphrase: str, account_id: str) -> None:
    """Refuse a passphrase that is short, endless, one letter over and over, or the account's own name.

    Raises
    ------
    InvalidError
        ``passphrase-weak``.
    """
    plain = _normal(passphrase)
    long_enough = LENGTH_MIN <= len(plain) <= LENGTH_MAX and len(set(plain)) >= _DIFFERENT_MIN
    if not long_enough or plain.casefold().replace(account_id.casefold(), "").strip("-_. 0123456789") == "":
        raise InvalidError(
            "passphrase-weak",
            "This passphrase would be guessed.",
            why=f"It is shorter than {LENGTH_MIN} characters, longer than {LENGTH_MAX}, or says next to nothing.",
            do="Take four or more words that have nothing to do with each other.",
        )


def lock_key(
    key: Ed25519PrivateKey,
    passphrase: str,
    *,
    account_id: str,
    deployment: str,
    harden: Harden,
    cost: Cost = SERVICE_COST,
    random_bytes: Callable[[int], bytes] = os.urandom,
) -> dict[str, object]:
    """Lock an account's private key with a passphrase; returns plain data that the server may keep."""
    salt, nonce = random_bytes(16), random_bytes(12)
    head = {"v": 1, "kdf": "argon2id"} | asdict(cost) | {"salt": _text(salt), "nonce": _text(nonce)}
    bound = _bound(head, account_id, deployment)
    box = AESGCM(_locking_key(passphrase, salt, cost, harden)).encrypt(nonce, key.private_bytes_raw(), bound)
    return head | {"box": _text(box)}


def unlock_key(
    locked: Mapping[str, object] | None,
    passphrase: str,
    *,
    account_id: str,
    deployment: str,
    harden: Harden,
    cost: Cost = SERVICE_COST,
) -> Ed25519PrivateKey | None:
    """Unlock an account's private key, or return None.

    The same work is done for an account that has no locked key or does not exist (``locked`` is None): neither the
    answer nor the time it takes says which it was.
    """
    head, box = _parse(locked, cost)
    used = Cost(head["memory_kib"], head["passes"], head["lanes"])
    key = _locking_key(passphrase, b64decode(head["salt"]), used, harden)
    try:
        opened = AESGCM(key).decrypt(b64decode(head["nonce"]), box, _bound(head, account_id, deployment))
    except InvalidTag:
        return None
    return Ed25519PrivateKey.from_private_bytes(opened)


def _parse(locked: Mapping[str, Any] | None, cost: Cost) -> tuple[dict[str, Any], bytes]:
    """Read a locked key; what is missing, damaged or dear beyond measure is replaced by one that nothing opens."""
    try:
        body = dict(locked or {})
        used = Cost(body["memory_kib"], body["passes"], body["lanes"])
        salt, nonce, box = (b64decode(body[name], validate=True) for name in ("salt", "nonce", "box"))
        if body["v"] == 1 and used.within_bounds() and (len(salt), len(nonce)) == (16, 12) and len(box) == 48:
            return {k: v for k, v in body.items() if k != "box"}, box
    except (ValueError, KeyError, TypeError):
        pass
    nothing = asdict(cost) | {"salt": _text(os.urandom(16)), "nonce": _text(os.urandom(12))}
    return {"v": 1, "kdf": "argon2id"} | nothing, os.urandom(48)


def _locking_key(passphrase: str, salt: bytes, cost: Cost, harden: Harden) -> bytes:
    plain = _normal(passphrase)[: LENGTH_MAX * 4].encode("utf-8", "surrogatepass")
    with _TURNS:
        stretched = hash_secret_raw(plain, salt, cost.passes, cost.memory_kib, cost.lanes, 32, Type.ID)
    return HKDF(hashes.SHA256(), 32, None, b"peelian/account-key/v1").derive(harden(stretched))


def _bound(head: Mapping[str, object], account_id: str, deployment: str) -> bytes:
    """Bind the locked key to its account, its deployment and the way it was locked: moved elsewhere it stays shut."""
    return canonical_bytes(dict(head) | {"account": account_id, "deployment": deployment})


def _normal(passphrase: str) -> str:
    return unicodedata.normalize("NFKC", passphrase)


def _text(data: bytes) -> str:
    return b64encode(data).decode()
