"""Sealed payloads: what the log knows privately, in parts that can be erased without touching the tree.

Each part is encrypted under *all* the keys it names - one for each subject it speaks of - so that destroying any one
of them erases that part for ever, and no other. The public leaf carries a commitment that stays checkable for the
parts that remain: it is built from one salted hash a part, and each salt is sealed with its part, so that after an
erasure nobody can guess at what was there.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from peelian.core.canonical import canonical_bytes, digest, digest_bytes
from peelian.core.errors import InvalidError, MissingError, TamperedError
from peelian.ledger.verify import from_base64, to_base64

KEY_BYTES = SALT_BYTES = 32
_NONCE_BYTES = 12


@dataclass(frozen=True)
class _Part:
    """One sealed part as stored: which keys it needs, its salted hash, its ciphertext."""

    keys: tuple[str, ...]
    hash: str
    sealed: bytes


def part_hash(name: str, content: bytes, salt: bytes) -> str:
    """Hash one part so that it can be checked once revealed, and not be guessed before."""
    return sha256(salt + canonical_bytes({"part": name, "sha256": digest_bytes(content)})).hexdigest()


def commitment_of(hashes: Mapping[str, str]) -> str:
    """Combine the parts' salted hashes into the commitment that the public leaf carries."""
    return digest(dict(hashes))


def seal(
    parts: Mapping[str, tuple[bytes, Sequence[str]]],
    keys: Mapping[str, bytes],
    *,
    random_bytes: Callable[[int], bytes] = os.urandom,
) -> tuple[str, bytes]:
    """Seal parts, each under every key it names.

    Parameters
    ----------
    parts : mapping of str to (bytes, sequence of str)
        Part name to its content and the names of the keys it shall need. Names of parts and keys are stored in the
        clear beside the payload: they must be surrogates, never personal values.
    keys : mapping of str to bytes
        Key name to key, 32 bytes each.
    random_bytes : callable
        Source of salts and nonces.

    Returns
    -------
    str
        The commitment for the public leaf, 64 hex digits.
    bytes
        The sealed payload for :class:`peelian.ledger.log.Entry`.

    Raises
    ------
    InvalidError
        ``payload-keyless`` when a part names no key, or a key is not 32 bytes.
    MissingError
        ``payload-key-missing``.
    """
    sealed = {
        name: _seal_part(name, content, key_names, keys, random_bytes) for name, (content, key_names) in parts.items()
    }
    commitment = commitment_of({name: part.hash for name, part in sealed.items()})
    return commitment, _write(sealed)


def _seal_part(
    name: str, content: bytes, key_names: Sequence[str], keys: Mapping[str, bytes], random_bytes: Callable[[int], bytes]
) -> _Part:
    salt, nonce = random_bytes(SALT_BYTES), random_bytes(_NONCE_BYTES)
    names = tuple(sorted(set(key_names)))
    kept_hash = part_hash(name, content, salt)
    cipher = AESGCM(_part_key(name, names, keys, nonce))
    return _Part(names, kept_hash, nonce + cipher.encrypt(nonce, salt + content, kept_hash.encode()))


def _part_key(name: str, names: tuple[str, ...], keys: Mapping[str, bytes], nonce: bytes) -> bytes:
    """Derive a part's key from all the keys it names: without any one of them it cannot be had."""
    if not names or any(len(keys.get(n, b"x" * KEY_BYTES)) != KEY_BYTES for n in names):
        raise InvalidError(
            "payload-keyless",
            "A part of a log payload names no key, or a key is not 32 bytes long.",
            why="A part without a key could never be erased.",
            do="Name at least one key for every part; a part about no subject takes the deployment's own log key.",
        )
    if not all(n in keys for n in names):
        raise MissingError(
            "payload-key-missing",
            "A key that a part of a log payload needs is not at hand.",
            why="It was destroyed, or is not held here.",
            do="If it was destroyed this part is erased for good; the tree still verifies.",
        )
    # RFC 5869: extract from all keys together, expand for this part; the nonce makes it a key for one use
    together = b"".join(keys[n] for n in names)
    info = canonical_bytes({"form": "peelian-payload/1", "part": name, "keys": names})
    return HKDF(SHA256(), KEY_BYTES, salt=nonce, info=info).derive(together)


def open_payload(sealed: bytes, keys: Mapping[str, bytes], *, commitment: str | None = None) -> dict[str, bytes]:
    """Open the parts that these keys can open; the others are left out.

    Parameters
    ----------
    sealed : bytes
        From :func:`seal`.
    keys : mapping of str to bytes
        The keys that still stand.
    commitment : str, optional
        The public leaf's commitment: the payload is held against it, erased parts included.

    Raises
    ------
    TamperedError
        ``payload-altered``.
    InvalidError
        ``payload-malformed``.
    """
    return {name: content for name, (content, _) in open_salted(sealed, keys, commitment=commitment).items()}


def open_salted(
    sealed: bytes, keys: Mapping[str, bytes], *, commitment: str | None = None
) -> dict[str, tuple[bytes, bytes]]:
    """Open parts with their salts, which :func:`check_revealed` needs: reveal both to prove what was logged."""
    parts = _read(sealed)
    if commitment is not None and commitment_of({name: p.hash for name, p in parts.items()}) != commitment:
        raise _altered()
    return {name: _open_part(name, part, keys) for name, part in parts.items() if all(k in keys for k in part.keys)}


def _open_part(name: str, part: _Part, keys: Mapping[str, bytes]) -> tuple[bytes, bytes]:
    nonce, ciphertext = part.sealed[:_NONCE_BYTES], part.sealed[_NONCE_BYTES:]
    try:
        plain = AESGCM(_part_key(name, part.keys, keys, nonce)).decrypt(nonce, ciphertext, part.hash.encode())
    except (InvalidTag, ValueError):
        raise _altered() from None
    salt, content = plain[:SALT_BYTES], plain[SALT_BYTES:]
    if part_hash(name, content, salt) != part.hash:
        raise _altered()
    return content, salt


def part_hashes(sealed: bytes) -> dict[str, str]:
    """Give the salted hash of each part, erased or not: what somebody needs to check one revealed part."""
    return {name: part.hash for name, part in _read(sealed).items()}


def check_revealed(commitment: str, hashes: Mapping[str, str], name: str, content: bytes, salt: bytes) -> None:
    """Check, without any key, that revealed content is what was committed to. Raises ``payload-altered``."""
    if commitment_of(hashes) != commitment or hashes.get(name) != part_hash(name, content, salt):
        raise _altered()


def _write(parts: Mapping[str, _Part]) -> bytes:
    body = {name: {"hash": p.hash, "keys": p.keys, "sealed": to_base64(p.sealed)} for name, p in parts.items()}
    return canonical_bytes({"parts": body, "v": 1})


def _read(sealed: bytes) -> dict[str, _Part]:
    try:
        body = json.loads(sealed)
        parts = {
            str(name): _Part(tuple(map(str, p["keys"])), str(p["hash"]), from_base64(p["sealed"]))
            for name, p in body["parts"].items()
        }
        version = body["v"]
    except (ValueError, KeyError, TypeError, AttributeError):
        version, parts = 0, {}
    if version != 1:
        raise InvalidError(
            "payload-malformed",
            "A sealed log payload cannot be read.",
            why="It is damaged, or was written by another version.",
            do="Restore the `private/` folder from a backup; the public log verifies without it.",
        )
    return parts


def _altered() -> TamperedError:
    return TamperedError(
        "payload-altered",
        "A private log payload is not what the public log committed to.",
        why="It was altered, swapped with another entry's, or opened with a wrong key.",
        do="Restore the `private/` folder from a backup, and find out who could write to it.",
    )
