"""The seam for ways of saying who one is: each ends with a request that the account's own key has signed.

There is one way here, the passphrase. An identity provider (OpenID Connect) could stand behind this seam, but it is
not enough by itself: it can say who somebody is, and cannot sign for them. It needs a key that the person's device
holds beside it, or the server could act as anybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from peelian.gate.identity import SignIn, request_sign_in
from peelian.people.passphrases import SERVICE_COST, Cost, Harden, unlock_key


class ProofOfIdentity(Protocol):
    """A way of saying who one is."""

    @property
    def account_id(self) -> str:
        """Whom it is a proof of."""
        ...

    def sign_in(self, at: datetime, deployment: str) -> tuple[SignIn, Ed25519PrivateKey] | None:
        """Return a signed request to open a session and the session's key; None when the proof does not hold."""
        ...


@dataclass(frozen=True)
class PassphraseProof:
    """The account's key, locked with a passphrase, and the passphrase as given."""

    account_id: str
    passphrase: str = field(repr=False)
    locked: Mapping[str, object] | None = field(repr=False)
    harden: Harden = field(repr=False)
    cost: Cost = SERVICE_COST

    def account_key(self, deployment: str) -> Ed25519PrivateKey | None:
        """Unlock the account's key; None when the passphrase does not open it."""
        return unlock_key(
            self.locked,
            self.passphrase,
            account_id=self.account_id,
            deployment=deployment,
            harden=self.harden,
            cost=self.cost,
        )

    def sign_in(self, at: datetime, deployment: str) -> tuple[SignIn, Ed25519PrivateKey] | None:
        """Unlock the key, sign one request with it, and let go of it."""
        key = self.account_key(deployment)
        return None if key is None else request_sign_in(self.account_id, key, at, deployment)
