"""Whose signatures count for the panel: those of people who hold a seat, with the key enrolled for them, once each."""

from __future__ import annotations

from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from peelian.ledger.verify import from_base64


def signatures_that_count(
    text: str, signatures: Mapping[str, str], seats: Mapping[str, str], accounts: Mapping[str, str]
) -> dict[str, str]:
    """Return the signatures under a statement that count.

    Parameters
    ----------
    text : str
        The statement.
    signatures : mapping of str to str
        Account -> signature, base64. One an account: nobody counts twice.
    seats : mapping of str to str
        Seat -> who holds it, in the charter in force.
    accounts : mapping of str to str
        Account -> public key, hex, as enrolled in the ledger.
    """
    held = set(seats.values())
    keys = {a: key for a in signatures if a in held and (key := known_key(a, accounts)) is not None}
    good = {a: signatures[a] for a, key in keys.items() if fits(text, signatures[a], key)}
    # INVARIANT: two signatures are two keys; one key enrolled for two members is one person who would count twice.
    return good if len({accounts[a] for a in good}) == len(good) else {}


def known_key(account: str, accounts: Mapping[str, str]) -> Ed25519PublicKey | None:
    """Return the public key enrolled for an account, if there is one."""
    try:
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(accounts[account]))
    except (KeyError, ValueError):
        return None


def fits(text: str, signature: str, key: Ed25519PublicKey) -> bool:
    """Say whether a signature (base64) is one of this text by this key."""
    try:
        key.verify(from_base64(signature), text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True
