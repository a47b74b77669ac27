"""Addresses that say nothing: what somebody asked for, sealed so that only their own session can read it.

A name, a plate or a phone number in an address would stay in the browser's history, in logs and on a shared screen.
What stands there instead opens with the secret that the browser's cookie holds, for one session and for a while.
"""

from __future__ import annotations

import json
import os
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from peelian.app.signing import Visit
from peelian.core.errors import MissingError

LASTS = timedelta(hours=1)
"""How long an address leads somewhere. The page behind it is looked up and judged anew each time in between."""

BLOCK = 48
"""Sealed texts are filled up to a multiple of so many bytes: their length does not tell a plate from a name."""

TOKEN_MAX = 12_000
"""Letters of an address that are looked at."""


@dataclass(frozen=True)
class Links:
    """Seals and opens the addresses of one visit.

    Parameters
    ----------
    key : bytes
        Made from the session's secret, for this and nothing else.
    session : str
        The session that the addresses are for.
    now : datetime
    """

    key: bytes = field(repr=False)
    session: str
    now: datetime
    random_bytes: Callable[[int], bytes] = os.urandom

    def seal(self, kind: str, said: Mapping[str, Any]) -> str:
        """Return what stands in an address for something that was asked."""
        told = {"until": int((self.now + LASTS).timestamp()), "said": said}
        body = zlib.compress(json.dumps(told, separators=(",", ":")).encode(), 9)
        body += bytes(-len(body) % BLOCK)
        nonce = self.random_bytes(12)
        sealed = nonce + AESGCM(self.key).encrypt(nonce, body, self._bound_to(kind))
        return urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def open(self, kind: str, token: str) -> dict[str, Any]:
        """Return what an address stands for.

        Raises
        ------
        MissingError
            ``address-lapsed``: too old, of another session, or not one of ours; the three are told the same.
        """
        opened = self._opened(kind, token)
        if opened is None or opened["until"] < self.now.timestamp():
            raise MissingError(
                "address-lapsed",
                "This address leads nowhere any more.",
                why="What was looked up stands in no address. Each is made for one session and ends after an hour.",
                do="Search again.",
            )
        return dict(opened["said"])

    def _opened(self, kind: str, token: str) -> dict[str, Any] | None:
        try:
            data = urlsafe_b64decode(token[:TOKEN_MAX].encode("ascii") + b"==")
            body = AESGCM(self.key).decrypt(data[:12], data[12:], self._bound_to(kind))
            return dict(json.loads(zlib.decompressobj().decompress(body)))
        except (InvalidTag, ValueError):
            return None

    def _bound_to(self, kind: str) -> bytes:
        return f"find\n{kind}\n{self.session}".encode()


def links_of(visit: Visit) -> Links:
    """Return what seals the addresses of a visit."""
    key = HKDF(hashes.SHA256(), 32, None, b"peelian/find/v1/address").derive(visit.secret.value)
    return Links(key, visit.row.session_id, visit.caller.gate.clock.now())
