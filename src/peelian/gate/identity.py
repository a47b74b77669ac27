"""Who is asking: a session whose key the caller holds, proved anew on every call.

A session is opened by a signature with the account's key and is itself a key pair. The gate keeps the public half; the
caller keeps the private half and answers a fresh challenge each time. Knowing a session's number is worth nothing,
and nothing in a running process stands for "the current user".
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from peelian.core.canonical import canonical_bytes
from peelian.core.errors import RefusedError
from peelian.core.time import from_micros, to_micros

_CALL = b"peelian/call/v1\n"  # a signature made for one use is no use for another
_SIGN_IN = b"peelian/sign-in/v1\n"
_SIGN_IN_LATER = b"peelian/sign-in-later/v1\n"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")  # what strangers send goes into a database only in this form

SIGN_IN_WINDOW_S = 120
"""How old a signed request to sign in may be, seconds; also how far its clock may be ahead."""

LATER_MAX = timedelta(hours=12)
"""How long a request to sign in once, later, may wait at the most: a shift."""


@dataclass(frozen=True)
class Credential:
    """What a caller holds: a session's number and its private key."""

    session_id: str
    key: Ed25519PrivateKey

    def answer(self, challenge: bytes) -> bytes:
        """Sign a challenge for one call."""
        return self.key.sign(_CALL + self.session_id.encode() + b"\n" + challenge)


def prove_caller(credential: Credential, session_public_key: bytes) -> None:
    """Challenge the caller and check the answer against the key on record.

    Raises
    ------
    RefusedError
        ``session-not-proved``.
    """
    challenge = os.urandom(32)
    try:
        signed = credential.answer(challenge)
        message = _CALL + credential.session_id.encode() + b"\n" + challenge
        Ed25519PublicKey.from_public_bytes(session_public_key).verify(signed, message)
    except InvalidSignature:
        raise RefusedError(
            "session-not-proved",
            "The caller does not hold the key of the session it names.",
            why="Nobody can act as somebody else: each call is signed with the session's own key.",
            do="Sign in as yourself: peelian sign-in.",
        ) from None


@dataclass(frozen=True)
class SignIn:
    """A request to open a session, signed with the account's key."""

    account_id: str
    session_public_key: bytes
    at: datetime
    deployment: str
    signature: bytes


def sign_in_message(account_id: str, session_public_key: bytes, at: datetime, deployment: str) -> bytes:
    """Return the bytes that an account's key signs to open a session."""
    body = {
        "account": account_id,
        "session_key": session_public_key.hex(),
        "at": to_micros(at),
        "deployment": deployment,
    }
    return _SIGN_IN + canonical_bytes(body)


def request_sign_in(
    account_id: str, account_key: Ed25519PrivateKey, at: datetime, deployment: str
) -> tuple[SignIn, Ed25519PrivateKey]:
    """Make a session key and a signed request to open a session with it.

    Returns
    -------
    tuple of SignIn and Ed25519PrivateKey
        The request, which may travel, and the session's private key, which may not.
    """
    session_key = Ed25519PrivateKey.generate()
    public = session_key.public_key().public_bytes_raw()
    signature = account_key.sign(sign_in_message(account_id, public, at, deployment))
    return SignIn(account_id, public, at, deployment, signature), session_key


def check_sign_in(request: SignIn, account_public_key: bytes, now: datetime, deployment: str) -> None:
    """Refuse a request to sign in that is stale, for another deployment, or not signed with the account's key.

    Raises
    ------
    RefusedError
        ``sign-in-refused``; the same words whichever check failed, and for an account that does not exist.
    """
    fresh = abs((now - request.at).total_seconds()) <= SIGN_IN_WINDOW_S and request.deployment == deployment
    message = sign_in_message(request.account_id, request.session_public_key, request.at, request.deployment)
    try:
        Ed25519PublicKey.from_public_bytes(account_public_key).verify(request.signature, message)
    except InvalidSignature:
        fresh = False
    if not fresh:
        raise sign_in_refused()


@dataclass(frozen=True)
class SignInLater:
    """A request to open one session within a while, signed where the account's key lives; travels as a link or token.

    The session's public key is what makes it good for once: the ledger opens no second session with it.
    """

    account_id: str
    session_public_key: bytes
    at: datetime
    until: datetime
    deployment: str
    signature: bytes

    def as_dict(self) -> dict[str, object]:
        """Return the request as plain data."""
        return {
            "account": self.account_id,
            "session_key": self.session_public_key.hex(),
            "at": to_micros(self.at),
            "until": to_micros(self.until),
            "deployment": self.deployment,
            "signature": self.signature.hex(),
        }


def later_from_dict(body: Mapping[str, Any]) -> SignInLater:
    """Read a request from plain data, the inverse of :meth:`SignInLater.as_dict`.

    Raises
    ------
    RefusedError
        ``sign-in-refused`` for anything else.
    """
    try:
        account, deployment = body["account"], body["deployment"]
        if not _NAME.fullmatch(account) or not _NAME.fullmatch(deployment):
            raise ValueError("name")
        key, signature = bytes.fromhex(body["session_key"]), bytes.fromhex(body["signature"])
        at, until = (from_micros(int(body[name]) % 2**53) for name in ("at", "until"))
    except (KeyError, TypeError, ValueError, OverflowError):
        raise sign_in_refused() from None
    return SignInLater(account, key, at, until, deployment, signature)


def _later_message(request: SignInLater) -> bytes:
    return _SIGN_IN_LATER + canonical_bytes({k: v for k, v in request.as_dict().items() if k != "signature"})


def request_sign_in_later(
    account_id: str, account_key: Ed25519PrivateKey, at: datetime, until: datetime, deployment: str
) -> tuple[SignInLater, Ed25519PrivateKey]:
    """Make a session key and a signed request to open one session with it until an instant."""
    session_key = Ed25519PrivateKey.generate()
    public = session_key.public_key().public_bytes_raw()
    unsigned = SignInLater(account_id, public, at, until, deployment, b"")
    return replace(unsigned, signature=account_key.sign(_later_message(unsigned))), session_key


def check_sign_in_later(request: SignInLater, account_public_key: bytes, now: datetime, deployment: str) -> None:
    """Refuse a request that is over, waits too long, is for another deployment or not signed with the account's key.

    Raises
    ------
    RefusedError
        ``sign-in-refused``, as for :func:`check_sign_in`.
    """
    slack = timedelta(seconds=SIGN_IN_WINDOW_S)
    fresh = request.at - slack <= now < request.until and request.until - request.at <= LATER_MAX
    try:
        Ed25519PublicKey.from_public_bytes(account_public_key).verify(request.signature, _later_message(request))
    except InvalidSignature:
        fresh = False
    if not fresh or request.deployment != deployment:
        raise sign_in_refused()


def sign_in_refused() -> RefusedError:
    """Build the one refusal that every failed sign-in gets."""
    return RefusedError(
        "sign-in-refused",
        "This sign-in is not accepted.",
        why="The account, its key, the time or the deployment does not agree with what is on record.",
        do="Check that you hold the account's key and that your clock is right, then sign in again.",
    )
