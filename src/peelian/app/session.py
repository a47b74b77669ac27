"""Signing in and out, and setting what one works on."""

from __future__ import annotations

from peelian.app.caller import Caller
from peelian.core.time import iso
from peelian.gate.identity import request_sign_in
from peelian.people.keyring import HeldSession, Keyring


def sign_in(caller: Caller, account_id: str, passphrase: str | None = None) -> dict[str, object]:
    """Open a session with the account's key, which the caller must hold, and keep the session's key.

    Raises
    ------
    MissingError
        ``account-key-missing``.
    RefusedError
        ``sign-in-refused``.
    """
    assert isinstance(caller.keyring, Keyring), "a browser signs in by its own way (app.signing)"
    key = caller.keyring.account_key(account_id, passphrase)
    request, session_key = request_sign_in(account_id, key, caller.gate.clock.now(), caller.deployment.id)
    session = caller.gate.open_session(request)
    held = HeldSession(session.id, account_id, caller.deployment.id, session.expires_at, session_key)
    caller.keyring.save_session(held)
    person = caller.gate.charter.people[account_id]
    mine = [o for o in caller.gate.charter.operations.values() if account_id in o.members]
    return {
        "account": account_id,
        "roles": sorted(person.roles),
        "until": iso(session.expires_at),
        "operations": [{"id": o.id, "title": o.title, "purpose": o.purpose} for o in mine],
    }


def sign_out(caller: Caller) -> dict[str, object]:
    """End the caller's session."""
    held = caller.keyring.session(caller.place.acting_as)
    caller.gate.close_session(caller.credential)
    caller.keyring.forget_session(held.account_id)
    return {"account": held.account_id, "signed_out": True}


def set_context(caller: Caller, operation_id: str, *, emergency_purpose: str = "") -> dict[str, object]:
    """Set the working context that later commands inherit."""
    context, operation = caller.gate.set_context(caller.credential, operation_id, emergency_purpose=emergency_purpose)
    return {
        "operation": operation_id or None,
        "title": operation.title if operation else "",
        "purpose": context.purpose,
        "reason": operation.reason if operation else "danger to life declared",
        "until": iso(context.expires_at),
        "emergency": context.emergency,
    }


def show_context(caller: Caller) -> dict[str, object]:
    """Say who the caller is and what they work on."""
    met = caller.gate.who(caller.credential)
    return {
        "account": met.actor.id,
        "roles": sorted(met.actor.roles),
        "trained": sorted(met.actor.trained),
        "session_until": iso(met.expires_at),
        "operation": met.operation_ref or None,
        "purpose": met.purpose or None,
        "reason": met.reason or None,
        "until": iso(met.context.expires_at) if met.context else None,
    }
