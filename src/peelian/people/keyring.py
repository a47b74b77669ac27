"""A person's own key folder: account keys and open sessions, readable by that person alone.

The folder belongs to the person, not to the deployment. ``--as`` picks one of the sessions found here; it never makes
one. Someone who cannot read this folder cannot act as its owner.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from peelian.core.errors import InvalidError, MissingError, RefusedError
from peelian.core.time import from_micros, to_micros

_ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True)
class HeldSession:
    """A session whose private key is held here."""

    session_id: str
    account_id: str
    deployment: str
    expires_at: datetime
    key: Ed25519PrivateKey


@dataclass(frozen=True)
class OneSession:
    """The keyring of somebody who came with a browser: the one session that this request brought the key of."""

    held: HeldSession

    def session(self, account_id: str | None = None) -> HeldSession:
        """Return the session. Raises ``not-signed-in`` for anybody else's."""
        if account_id not in (None, self.held.account_id):
            raise RefusedError(
                "not-signed-in",
                "This browser is signed in as somebody else.",
                why="A page acts as the one person whose key the browser's cookie opens.",
                do="Sign out, then sign in as yourself.",
            )
        return self.held

    def forget_session(self, account_id: str) -> None:
        """Do nothing: the key was opened for this request and goes with it."""

    def account_key(self, account_id: str, passphrase: str | None = None) -> Ed25519PrivateKey:
        """Raise ``account-key-missing``: account keys do not come with a browser."""
        raise MissingError(
            "account-key-missing",
            "The account's key is not here.",
            why="A browser brings the key of a session, never the key of an account.",
            do="Use the command line on the machine where your key is.",
        )


class Keyring:
    """Keys of one person for one deployment, under one folder with mode 0700.

    Parameters
    ----------
    home : Path
        The person's key folder; deployments have sub-folders named by their id.
    deployment : str
        Deployment id.
    """

    def __init__(self, home: Path, deployment: str) -> None:
        self.folder = home / deployment
        self.deployment = deployment

    def save_account_key(self, account_id: str, key: Ed25519PrivateKey, passphrase: str | None = None) -> Path:
        """Write an account's private key, encrypted when a passphrase is given."""
        how = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how)
        return self._write(self.folder / "accounts" / f"{account_id}.pem", pem)

    def account_key(self, account_id: str, passphrase: str | None = None) -> Ed25519PrivateKey:
        """Read an account's private key.

        Raises
        ------
        MissingError
            ``account-key-missing``.
        InvalidError
            ``account-key-locked`` when the passphrase is wrong or missing.
        """
        path = self._file("accounts", account_id, ".pem")
        if path is None or not path.is_file():
            raise MissingError(
                "account-key-missing",
                "You do not hold a key for that account.",
                why="Signing in takes the account's private key; nobody can sign in for somebody else.",
                do="Use the account whose key is in your key folder, or ask for your own to be enrolled.",
            )
        try:
            key = load_pem_private_key(path.read_bytes(), passphrase.encode() if passphrase else None)
        except (TypeError, ValueError):
            raise InvalidError(
                "account-key-locked",
                "The account's key could not be opened.",
                why="Its passphrase is missing or wrong, or the file is damaged.",
                do="Give the passphrase again.",
            ) from None
        assert isinstance(key, Ed25519PrivateKey), "account keys are Ed25519"
        return key

    def save_session(self, session: HeldSession) -> None:
        """Write a session's private key and make it the current one."""
        body = {
            "session": session.session_id,
            "account": session.account_id,
            "expires_at": to_micros(session.expires_at),
            "key": session.key.private_bytes_raw().hex(),
        }
        self._write(self.folder / "sessions" / f"{session.account_id}.json", json.dumps(body).encode())
        self._write(self.folder / "current", session.account_id.encode())

    def session(self, account_id: str | None = None) -> HeldSession:
        """Return the session of the account named, or the current one.

        Raises
        ------
        RefusedError
            ``not-signed-in`` when no such session is held here.
        """
        chosen = account_id or self._current()
        path = self._file("sessions", chosen, ".json")
        if path is None or not path.is_file():
            raise RefusedError(
                "not-signed-in",
                "You hold no session for that account." if account_id else "You are not signed in.",
                why="A command acts as somebody whose key you hold; --as picks a session, it never makes one.",
                do="peelian sign-in ACCOUNT --in DIR",
            )
        try:
            body = json.loads(path.read_text())
            key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(body["key"]))
            ends = from_micros(body["expires_at"])
            return HeldSession(str(body["session"]), str(body["account"]), self.deployment, ends, key)
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidError(
                "session-file-damaged",
                "The file of that session cannot be used.",
                why=f"It does not hold a whole session with its private key ({type(error).__name__}).",
                do="Sign in again: peelian sign-in.",
            ) from None

    def forget_session(self, account_id: str) -> None:
        """Delete a session's private key."""
        (self.folder / "sessions" / f"{account_id}.json").unlink(missing_ok=True)

    def accounts(self) -> list[str]:
        """Name the accounts whose keys are held here."""
        return sorted(p.stem for p in (self.folder / "accounts").glob("*.pem"))

    def _file(self, kind: str, account_id: str, ending: str) -> Path | None:
        """Return where an account's file lies; none for what cannot be an account's id, such as a way out of here."""
        return self.folder / kind / (account_id + ending) if _ACCOUNT.fullmatch(account_id) else None

    def _current(self) -> str:
        marker = self.folder / "current"
        return marker.read_text().strip() if marker.is_file() else ""

    def _write(self, path: Path, data: bytes) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.chmod(self.folder, 0o700)
        temporary = path.with_name(path.name + ".new")
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        temporary.replace(path)
        return path
