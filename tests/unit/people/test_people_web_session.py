"""A browser's secret: the row it leaves at the server opens nothing, and forms of one session fit no other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from peelian.people.web_session import (
    IDLE_END,
    cookie_for,
    has_ended,
    is_own_request,
    new_secret,
    no_cookie,
    secret_of,
)

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_a_secret_comes_back_from_its_cookie_and_only_in_one_spelling():
    """Two spellings of one secret would be two cookies for one row."""
    secret = new_secret()
    assert secret_of(secret.text) == secret
    assert len(secret.text) == 43
    for other in (None, "", secret.text + "=", secret.text[:-1], secret.text + "A", secret.text[:-1] + "-\n"):
        assert secret_of(other) is None
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    same_bytes = secret.text[:-1] + last[last.index(secret.text[-1]) ^ 1]
    assert secret_of(same_bytes) is None


def test_a_sealed_key_opens_for_its_secret_and_its_session_alone():
    """A stolen row, or a row moved to another session, is worth nothing."""
    secret, key = new_secret(), Ed25519PrivateKey.generate()
    sealed = secret.seal(key, "session 1")
    opened = secret.open(sealed, "session 1")
    assert opened is not None and opened.private_bytes_raw() == key.private_bytes_raw()
    assert secret.open(sealed, "session 2") is None
    assert new_secret().open(sealed, "session 1") is None
    assert secret.open("", "session 1") is None and secret.open("zz", "session 1") is None
    assert key.private_bytes_raw().hex() not in sealed and secret.value.hex() not in sealed


def test_the_rows_name_says_nothing_of_the_secret_or_of_the_key_it_seals_with():
    """The row's name stands in the database: it must not open what stands beside it."""
    secret, key = new_secret(), Ed25519PrivateKey.generate()
    by_name = secret_of(None) or type(secret)(bytes.fromhex(secret.row_id))
    assert by_name.open(secret.seal(key, "s"), "s") is None
    assert not by_name.is_form_token(secret.form_token())


def test_a_form_made_for_one_session_fits_no_other():
    """Otherwise a stranger's page could press our buttons with somebody's cookie."""
    mine, other = new_secret(), new_secret()
    first, second = mine.form_token(), mine.form_token()
    assert first != second and mine.is_form_token(first) and mine.is_form_token(second)
    assert not other.is_form_token(first)
    for forged in ("", "é", "A" * 86, first[:-2], first + "AAAA", "\x00"):
        assert not mine.is_form_token(forged)


def test_cookies_are_kept_from_scripts_and_other_sites():
    """Over TLS the browser itself holds the cookie to this host; a script never reads it."""
    secret = new_secret()
    header = cookie_for(secret, tls=True, now=NOW, ends_at=NOW + timedelta(hours=12)).header()
    assert header == f"__Host-peelian={secret.text}; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict; Secure"
    assert cookie_for(secret, tls=False, now=NOW, ends_at=NOW + timedelta(hours=1)).name == "peelian"
    assert "Max-Age=0" in no_cookie(tls=True).header()


def test_a_session_ends_by_the_clock_and_when_nobody_is_there():
    """A browser left open in an office is not a door."""
    ends = NOW + timedelta(hours=12)
    assert not has_ended(NOW, ends, NOW + IDLE_END - timedelta(seconds=1))
    assert has_ended(NOW, ends, NOW + IDLE_END)
    assert has_ended(ends, ends, ends)


@pytest.mark.parametrize(
    ("headers", "own"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "cross-site", "origin": "https://force.example"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"origin": "https://force.example"}, True),
        ({"origin": "https://FORCE.example"}, True),
        ({"origin": "http://force.example"}, False),
        ({"origin": "https://force.example.evil.invalid"}, False),
        ({"origin": "null"}, False),
        ({"referer": "https://force.example/sign-in"}, True),
        ({}, False),
    ],
)
def test_a_form_without_a_session_is_taken_from_our_own_pages_only(headers: dict[str, str], own: bool):
    """A stranger's page must not be able to sign somebody in as somebody else."""
    assert is_own_request(headers, "https://force.example") is own
