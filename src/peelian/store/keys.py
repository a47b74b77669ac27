"""Keys at rest: one a subject for the ledger's private payloads, the log's own, the pepper, the deployment's secret.

Destroying a subject's key makes every payload part sealed under it unreadable while the ledger's tree still verifies.
The table never holds a subject's id: rows are named by an HMAC of it under the deployment's secret, so neither the
database nor an old backup of it says who had a key without that secret.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from peelian.core.errors import MissingError
from peelian.store.sqlite_log import truncate_log

KEY_BYTES = 32
SECRETS = ("deployment.secret", "pepper", "log.key")
"""Files of 32 random bytes: names rows here; peppers record ids; seals the ordinary part of ledger payloads."""


def make_secrets(folder: Path, random_bytes: Callable[[int], bytes] = os.urandom) -> None:
    """Make a deployment's secrets, readable by their owner alone. Those that are there stay as they are."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in SECRETS:
        if not (folder / name).exists():
            handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(handle, "wb") as out:
                out.write(random_bytes(KEY_BYTES))
                out.flush()
                os.fsync(out.fileno())


def read_secret(folder: Path, name: str) -> bytes:
    """Read one of :data:`SECRETS`."""
    assert name in SECRETS, name
    path = folder / name
    if not path.exists() or path.stat().st_size != KEY_BYTES:
        raise MissingError(
            "secret-missing",
            f'The deployment\'s "{name}" is missing or damaged.',
            why="Without it ids cannot be made again, or what was sealed cannot be opened; a new one would not fit.",
            do="Restore the keys folder from its backup. Never make a new one for existing data.",
        )
    return path.read_bytes()


def pepper(folder: Path) -> bytes:
    """Read the pepper that record and subject ids are hashed with."""
    return read_secret(folder, "pepper")


class SubjectKeys:
    """Payload keys in an SQLite file of their own, which overwrites what it deletes.

    Parameters
    ----------
    folder : Path
        The deployment's ``keys`` folder; secrets must have been made there.
    """

    def __init__(self, folder: Path, random_bytes: Callable[[int], bytes] = os.urandom) -> None:
        self._secret = read_secret(folder, "deployment.secret")
        self._log_key = read_secret(folder, "log.key")
        self._random = random_bytes
        self._lock = threading.Lock()
        path = folder / "subjects.db"
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        self._con = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
        for pragma in ("secure_delete=ON", "journal_mode=WAL", "synchronous=FULL"):
            self._con.execute(f"PRAGMA {pragma}")
        self._con.execute(
            "CREATE TABLE IF NOT EXISTS keys (name TEXT PRIMARY KEY CHECK (length(name) = 64), "
            "key BLOB NOT NULL CHECK (length(key) = 32)) WITHOUT ROWID"
        )

    def log_key(self) -> bytes:
        """Return the log's own key."""
        return self._log_key

    def name(self, subject_id: str) -> str:
        """Return the pseudonym under which a subject's key is kept: 64 hex digits."""
        return hmac.new(self._secret, b"subject-key\x00" + subject_id.encode(), hashlib.sha256).hexdigest()

    def mark(self, text: str) -> str:
        """Return a keyed digest under which what a look-up was about can be compared and not read: 32 hex digits."""
        return hmac.new(self._secret, b"mark\x00" + text.encode(), hashlib.sha256).hexdigest()[:32]

    def get(self, subject_id: str) -> bytes | None:
        """Return a subject's key, or None if it has none (any more)."""
        return self.by_name(self.name(subject_id))

    def by_name(self, name: str) -> bytes | None:
        """Return the key kept under a pseudonym, as sealed payloads name it."""
        with self._lock, closing(self._con.execute("SELECT key FROM keys WHERE name = ?", [name])) as rows:
            row = rows.fetchone()
        return bytes(row[0]) if row else None

    def count(self) -> int:
        """Return how many keys there are."""
        with self._lock, closing(self._con.execute("SELECT count(*) FROM keys")) as rows:
            return int(rows.fetchone()[0])

    def held(self, subject_ids: Iterable[str]) -> set[str]:
        """Return those of some subjects who have a key."""
        with self._lock, closing(self._con.execute("SELECT name FROM keys")) as rows:
            names = {row[0] for row in rows}
        return {s for s in subject_ids if self.name(s) in names}

    def get_or_create(self, subject_id: str) -> bytes:
        """Return a subject's key, made on first use and on the disk when this returns."""
        name = self.name(subject_id)
        known = self.by_name(name)
        if known is not None:
            return known
        with self._writing() as con:  # another process may have been quicker: its key stands
            con.execute("INSERT OR IGNORE INTO keys VALUES (?, ?)", [name, self._random(KEY_BYTES)])
        made = self.by_name(name)
        assert made is not None, "a key that was just written is there"
        return made

    def destroy(self, subject_id: str) -> bool:
        """Destroy a subject's key, write-ahead log included; says whether there was one."""
        with self._writing() as con:
            gone = con.execute("DELETE FROM keys WHERE name = ?", [self.name(subject_id)]).rowcount
        with self._lock:
            truncate_log(self._con.cursor())
        return gone > 0

    def close(self) -> None:
        """Close the file."""
        self._con.close()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._con.execute("BEGIN IMMEDIATE")
            try:
                yield self._con
                self._con.execute("COMMIT")
            except BaseException:
                self._con.execute("ROLLBACK")
                raise
