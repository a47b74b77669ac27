"""Who is asking: signatures made for one use are no use for another."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from peelian.core.errors import RefusedError
from peelian.gate.identity import (
    SIGN_IN_WINDOW_S,
    Credential,
    check_sign_in,
    prove_caller,
    request_sign_in,
    sign_in_message,
)

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
ACCOUNT = Ed25519PrivateKey.generate()
PUBLIC = ACCOUNT.public_key().public_bytes_raw()


def test_a_session_is_opened_with_the_accounts_key_and_proved_with_its_own():
    """The two keys do different things, so that a session can end without the account."""
    request, key = request_sign_in("analyst-1", ACCOUNT, NOW, "here")
    check_sign_in(request, PUBLIC, NOW, "here")
    prove_caller(Credential("S", key), request.session_public_key)
    with pytest.raises(RefusedError):
        prove_caller(Credential("S", ACCOUNT), request.session_public_key)


CHANGES = {
    "another account": {"account_id": "official-1"},
    "another session key": {"session_public_key": bytes(32)},
    "another time": {"at": NOW + timedelta(seconds=1)},
    "another deployment": {"deployment": "there"},
    "another signature": {"signature": bytes(64)},
    "half a signature": {"signature": b"half"},
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_request_changed_on_its_way_is_refused(what):
    """Everything in the request is signed."""
    request, _ = request_sign_in("analyst-1", ACCOUNT, NOW, "here")
    with pytest.raises(RefusedError) as error:
        check_sign_in(replace(request, **CHANGES[what]), PUBLIC, NOW, "here")
    assert error.value.code == "sign-in-refused"


@pytest.mark.parametrize("seconds", [-SIGN_IN_WINDOW_S - 1, SIGN_IN_WINDOW_S + 1, 86_400])
def test_an_old_request_is_no_use(seconds):
    """A request seen on the way cannot be kept for later, nor made ahead of time."""
    request, _ = request_sign_in("analyst-1", ACCOUNT, NOW, "here")
    check_sign_in(request, PUBLIC, NOW + timedelta(seconds=SIGN_IN_WINDOW_S), "here")
    with pytest.raises(RefusedError):
        check_sign_in(request, PUBLIC, NOW + timedelta(seconds=seconds), "here")


def test_an_answer_to_a_challenge_is_for_this_session_and_this_call():
    """Words that were signed for one call prove nothing in the next."""
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes_raw()

    class Replayed(Credential):
        def answer(self, challenge):
            return Credential("S", key).answer(bytes(32))

    class OtherSession(Credential):
        def answer(self, challenge):
            return Credential("T", key).answer(challenge)

    prove_caller(Credential("S", key), public)
    for liar in (Replayed("S", key), OtherSession("S", key)):
        with pytest.raises(RefusedError) as error:
            prove_caller(liar, public)
        assert error.value.code == "session-not-proved"


def test_a_call_cannot_be_passed_off_as_a_sign_in():
    """A caller who can be made to sign challenges must not so sign anybody in."""
    message = sign_in_message("analyst-1", bytes(32), NOW, "here")
    signed = Credential("S", ACCOUNT).answer(message)
    request, _ = request_sign_in("analyst-1", ACCOUNT, NOW, "here")
    with pytest.raises(RefusedError):
        check_sign_in(replace(request, session_public_key=bytes(32), signature=signed), PUBLIC, NOW, "here")


def test_a_credential_does_not_print_its_key():
    """Credentials end up in tracebacks; keys must not."""
    raw = ACCOUNT.private_bytes_raw()
    shown = repr(Credential("S", ACCOUNT))
    assert raw.hex() not in shown and repr(raw) not in shown
