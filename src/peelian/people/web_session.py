"""A session in a browser: one secret in a cookie, from which everything else follows, and a row that opens nothing.

The row is found by a hash of the secret and holds the gate session's private key sealed under another. Reading the
desk database therefore lets nobody act as somebody who is signed in; and the server itself can only while the
browser's request is in its hands.
"""

from __future__ import annotations

import hmac
import os
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

IDLE_END = timedelta(minutes=60)
"""A browser session without a request for so long has ended."""

TOUCH_EVERY = timedelta(seconds=60)
"""How finely the last request is noted: a write a click would be too many."""

_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class Secret:
    """32 random bytes that only the browser keeps."""

    value: bytes

    @property
    def text(self) -> str:
        """Return it as a cookie or a link carries it: 43 characters."""
        return urlsafe_b64encode(self.value).rstrip(b"=").decode()

    @property
    def row_id(self) -> str:
        """Return the name of its row: 64 hex digits that lead nowhere."""
        return self._derive(b"row").hex()

    def seal(self, key: Ed25519PrivateKey, bound_to: str, random_bytes: Callable[[int], bytes] = os.urandom) -> str:
        """Seal a private key so that only this secret opens it, and only for what it is bound to."""
        nonce = random_bytes(12)
        return (nonce + AESGCM(self._derive(b"seal")).encrypt(nonce, key.private_bytes_raw(), bound_to.encode())).hex()

    def open(self, sealed: str, bound_to: str) -> Ed25519PrivateKey | None:
        """Open a sealed private key; None when it is not for this secret, or not for this."""
        try:
            data = bytes.fromhex(sealed)
            opened = AESGCM(self._derive(b"seal")).decrypt(data[:12], data[12:], bound_to.encode())
            return Ed25519PrivateKey.from_private_bytes(opened)
        except (InvalidTag, ValueError):
            return None

    def form_token(self, random_bytes: Callable[[int], bytes] = os.urandom) -> str:
        """Return a token for the forms of one page: proves that a form was made for this session.

        Masked anew each time, so that compressing a page next to it gives nothing away (BREACH).
        """
        mask = random_bytes(32)
        masked = bytes(a ^ b for a, b in zip(mask, self._derive(b"form"), strict=True))
        return urlsafe_b64encode(mask + masked).rstrip(b"=").decode()

    def is_form_token(self, given: str) -> bool:
        """Say whether a token that came with a form is this session's; compared in constant time."""
        try:
            data = urlsafe_b64decode(given.encode("ascii") + b"==")
        except ValueError:
            return False
        unmasked = bytes(a ^ b for a, b in zip(data[:32], data[32:64], strict=False))
        return len(data) == 64 and hmac.compare_digest(unmasked, self._derive(b"form"))

    def _derive(self, what: bytes) -> bytes:
        return HKDF(hashes.SHA256(), 32, None, b"peelian/browser/v1/" + what).derive(self.value)


def new_secret(random_bytes: Callable[[int], bytes] = os.urandom) -> Secret:
    """Make a secret. A session always starts with a fresh one, never with one that a request brought."""
    return Secret(random_bytes(32))


def secret_of(text: str | None) -> Secret | None:
    """Read a secret as a cookie or a link carries it; None for anything else."""
    if text is None or not _SECRET.fullmatch(text):
        return None
    secret = Secret(urlsafe_b64decode(text + "="))
    return secret if secret.text == text else None  # one spelling a secret


@dataclass(frozen=True)
class Cookie:
    """What the browser is told to keep.

    Parameters
    ----------
    name : str
        ``__Host-peelian`` over TLS: the browser itself then holds it to this host, the whole path and TLS.
    """

    name: str
    value: str
    secure: bool
    max_age_s: int
    http_only: bool = True
    same_site: str = "strict"
    path: str = "/"

    def header(self) -> str:
        """Return the value of a ``Set-Cookie`` header."""
        parts = [f"{self.name}={self.value}", f"Path={self.path}", f"Max-Age={self.max_age_s}"]
        return "; ".join([*parts, "HttpOnly", "SameSite=Strict", *(["Secure"] if self.secure else [])])


def cookie_name(*, tls: bool) -> str:
    """Return the name of the session's cookie."""
    return "__Host-peelian" if tls else "peelian"


def cookie_for(secret: Secret, *, tls: bool, now: datetime, ends_at: datetime) -> Cookie:
    """Return the cookie for a session that ends at an instant."""
    return Cookie(cookie_name(tls=tls), secret.text, tls, max(0, int((ends_at - now).total_seconds())))


def no_cookie(*, tls: bool) -> Cookie:
    """Return the cookie that takes a session's away."""
    return Cookie(cookie_name(tls=tls), "", tls, 0)


def has_ended(last_seen_at: datetime, ends_at: datetime, now: datetime) -> bool:
    """Say whether a browser session has ended: by the clock, or because nobody was there."""
    return now >= ends_at or now - last_seen_at >= IDLE_END


def is_own_request(headers: Mapping[str, str], own_origin: str) -> bool:
    """Say whether a browser made a request from one of our own pages; for forms that no session guards yet.

    ``Sec-Fetch-Site`` where the browser sends it, else ``Origin``, else ``Referer``; a request with none of them is
    not a browser's form (headers are named in lower case).
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    said = headers.get("origin") or headers.get("referer")
    return said is not None and _origin(said) == _origin(own_origin)


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()
