"""Who is here: the session proved on this call, the person's roles as the charter has them now, what they work on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from peelian.core.errors import ExpiredError, InvalidError, RefusedError
from peelian.core.ids import is_ulid, new_ulid
from peelian.gate.entries import Act
from peelian.gate.house import House
from peelian.gate.identity import (
    Credential,
    SignIn,
    SignInLater,
    check_sign_in,
    check_sign_in_later,
    prove_caller,
    sign_in_refused,
)
from peelian.policy.charter import Operation
from peelian.policy.rules import Actor
from peelian.store.desk import Session, WorkingContext
from peelian.store.web_rows import SignInLink

SESSION_HOURS = 12
"""A session lasts a shift."""

EMERGENCY_HOURS = 24
"""An emergency context is joined to an operation, before a supervisor, within this time (DESIGN section 5)."""


def _nobody() -> bytes:
    """Return a public key whose private half is gone: an unknown account takes the same path as a wrong key."""
    return Ed25519PrivateKey.generate().public_key().public_bytes_raw()


@dataclass(frozen=True)
class Presence:
    """A caller who has proved on this very call that they hold the session's key."""

    actor: Actor
    session_id: str
    expires_at: datetime
    context: WorkingContext | None
    operation: Operation | None

    @property
    def purpose(self) -> str:
        """Return the purpose of the working context, or none: the operation's, as the charter in force has it."""
        if self.context and self.context.emergency:
            return self.context.purpose
        return self.operation.purpose if self.operation else ""

    @property
    def operation_ref(self) -> str:
        """Return the operation that the working context refers to."""
        return (self.context.joined_operation or self.context.operation_id or "") if self.context else ""

    @property
    def reason(self) -> str:
        """Return the standing reason: from the operation, never typed at the look-up."""
        if self.operation:
            return self.operation.reason
        return "danger to life declared" if self.context and self.context.emergency else ""

    def who(self) -> dict[str, object]:
        """Return who and what for, for the private part of a ledger entry."""
        return {
            "actor": self.actor.id,
            "roles": sorted(self.actor.roles),
            "session": self.session_id,
            "operation": self.operation_ref,
            "emergency": bool(self.context and self.context.emergency),
        }


def open_session(house: House, request: SignIn) -> Session:
    """Open a session for somebody who signs with their account's key.

    Raises
    ------
    RefusedError
        ``sign-in-refused``, in the same words for an unknown account and a wrong key.
    """
    return _open(house, request, check_sign_in)


def open_session_later(house: House, request: SignInLater) -> Session:
    """Open the one session that was asked for beforehand, by a key that is not here.

    Raises
    ------
    RefusedError
        ``sign-in-refused``; also when the session that was asked for has been opened before.
    """
    return _open(house, request, check_sign_in_later, once=True)


Request = TypeVar("Request", SignIn, SignInLater)


def _open(
    house: House, request: Request, check: Callable[[Request, bytes, datetime, str], None], *, once: bool = False
) -> Session:
    house.ready()
    account = house.desk.account(house.grant("read", "accounts"), request.account_id)
    now = house.clock.now()
    known = account is not None and account.disabled_at is None and request.account_id in house.charter.people
    # The desk is a file; the ledger says whose key it is. A key that was written into the desk opens nothing.
    known = known and account is not None and house.head.accounts.get(account.id) == account.public_key
    try:
        check(request, bytes.fromhex(account.public_key) if account else _nobody(), now, house.deployment.id)
        if not known or (once and not _spend(house, request, now)):
            raise sign_in_refused()
    except RefusedError:
        refuse_sign_in(house)
        raise
    ends = now + timedelta(hours=SESSION_HOURS)
    session = Session(new_ulid(house.clock), request.account_id, request.session_public_key.hex(), now, ends)
    opened = {"actor": session.account_id, "session": session.id, "key": session.session_public_key}
    house.recorder.record([Act("session-opened", "sign-in", "", "record", opened)])
    house.desk.open_session(house.grant("write", "sessions"), session)
    return session


def refuse_sign_in(house: House) -> None:
    """Enter a sign-in that was not accepted. Not whose: a stranger may type any name, and a name is no evidence."""
    house.recorder.record([Act("refusal", "sign-in", "", "refuse", {"asked": "session", "code": "sign-in-refused"})])


def _spend(house: House, request: SignIn | SignInLater, now: datetime) -> bool:
    """Use a request up: of two at once the desk lets one through, and the ledger knows what an old desk forgot."""
    assert isinstance(request, SignInLater), "only a request that waits can be used twice"
    key = request.session_public_key.hex()
    if any(key == used for _, used in house.head.sessions.values()):
        return False
    spent = SignInLink(
        sha256(b"spent\n" + request.session_public_key).hexdigest(),
        request.account_id,
        {},
        now,
        max(request.until, now + timedelta(seconds=1)),
        now,
    )
    try:
        house.desk.add_sign_in_link(house.grant("write", "sign_in_links"), spent)
    except InvalidError:  # its row is there: somebody was quicker
        return False
    return True


def meet(house: House, credential: Credential) -> Presence:
    """Check who calls, anew: session, key, account, roles, context. Nothing here is remembered between calls.

    Raises
    ------
    RefusedError
        ``session-not-proved``, ``account-not-in-charter``.
    ExpiredError
        ``session-ended``.
    """
    try:
        return _meet(house, credential)
    except RefusedError as error:
        body = {"asked": "call", "reasons": [error.code]}
        if is_ulid(credential.session_id):
            body["session"] = [credential.session_id]
        house.recorder.record([Act("refusal", "session", "", "refuse", body)])
        raise


def _meet(house: House, credential: Credential) -> Presence:
    house.ready()
    session = house.desk.session(house.grant("read", "sessions"), credential.session_id)
    if session and house.head.sessions.get(session.id) != (session.account_id, session.session_public_key):
        session = None  # a row of the desk that no entry of the ledger made is nobody's session
    prove_caller(credential, bytes.fromhex(session.session_public_key) if session else _nobody())
    assert session is not None, "nobody proves a session that is not on record"
    now = house.clock.now()
    if session.closed_at is not None or now >= session.expires_at:
        raise ExpiredError(
            "session-ended",
            "This session has ended.",
            why=f"A session lasts {SESSION_HOURS} hours, or until it is closed.",
            do="Sign in again: peelian sign-in.",
        )
    context = _open_context(house, session, now)
    operation = _operation(house, context)
    return Presence(_actor(house, session.account_id, now), session.id, session.expires_at, context, operation)


def close_session(house: House, credential: Credential) -> None:
    """End the caller's session at once."""
    presence = meet(house, credential)
    house.desk.close_session(house.grant("write", "sessions"), presence.session_id, house.clock.now())


def _actor(house: House, account_id: str, now: datetime) -> Actor:
    account = house.desk.account(house.grant("read", "accounts"), account_id)
    person = house.charter.people.get(account_id)
    if account is None or account.disabled_at is not None or person is None:
        raise RefusedError(
            "account-not-in-charter",
            "This account is disabled, or the charter in force no longer names its holder.",
            why="Roles come from the charter on every call; a session does not outlive them.",
            do="Ask the senior responsible officer.",
        )
    # Trained is who passed a practice set that is in date, as the ledger has it; nobody can write it down anywhere.
    sets, shown = house.charter.practice, house.charter.force.demonstration
    trained = house.head.practice.trained(account_id, sets, now, demonstration=shown)
    return Actor(account_id, person.roles, house.charter.force.id, person.markings, trained)


def _open_context(house: House, session: Session, now: datetime) -> WorkingContext | None:
    for context in house.desk.contexts(house.grant("read", "working_contexts"), session.id):
        if context.closed_at is None and now < context.expires_at:
            return context
    return None


def _operation(house: House, context: WorkingContext | None) -> Operation | None:
    if context is None:
        return None
    return house.charter.operations.get(context.joined_operation or context.operation_id or "")
