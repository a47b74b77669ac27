"""Tombstones: which records have been erased, so that a source that re-publishes them does not bring them back.

A tombstone is an HMAC under the deployment's secret: it says *this one, if you show it to me* and nothing else. It
stands for one record, or for one subject's row of a shared record, never for a person: a new record about the same
person is a new record.
After a restore from a backup made before an erasure, the tombstones say what must be erased again.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import sqlite3
import threading
from collections.abc import Collection
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from peelian.store.keys import read_secret
from peelian.store.parts import last_digits


class Tombstones:
    """An SQLite file beside the keys.

    Parameters
    ----------
    folder : Path
        The deployment's ``keys`` folder.
    """

    def __init__(self, folder: Path) -> None:
        self._secret = read_secret(folder, "deployment.secret")
        self._lock = threading.Lock()
        path = folder / "erased.db"
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        self._con = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            self._con.execute(f"PRAGMA {pragma}")
        # ``tail``, sixteen bits of the id, spares a million HMACs when a million rows come in.
        self._con.execute(
            "CREATE TABLE IF NOT EXISTS erased (name TEXT PRIMARY KEY CHECK (length(name) = 64), "
            "tail INTEGER NOT NULL) WITHOUT ROWID"
        )

    def add(self, rows: Collection[tuple[str, str]]) -> None:
        """Set tombstones for (record id, subject id); subject ``""`` stands for all rows of the record."""
        named = [(self._name(*row), int(row[0][-4:], 16)) for row in sorted(set(rows))]
        with self._lock:
            self._con.execute("BEGIN IMMEDIATE")
            self._con.executemany("INSERT OR IGNORE INTO erased VALUES (?, ?)", named)
            self._con.execute("COMMIT")

    def among(self, record_ids: pa.ChunkedArray, subject_ids: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
        """Say of each row whether it, or the whole of its record, has a tombstone."""
        with self._lock:
            rows = self._con.execute("SELECT name, tail FROM erased").fetchall()
        erased = np.zeros(len(record_ids), bool)
        if not rows:
            return erased
        names = {name for name, _ in rows}
        for i in np.flatnonzero(np.isin(last_digits(record_ids), [tail for _, tail in rows])):
            record, subject = record_ids[int(i)].as_py(), subject_ids[int(i)].as_py()
            erased[i] = self._name(record, subject) in names or self._name(record, "") in names
        return erased

    def count(self) -> int:
        """Count the tombstones."""
        with self._lock:
            return int(self._con.execute("SELECT count(*) FROM erased").fetchone()[0])

    def close(self) -> None:
        """Close the file."""
        self._con.close()

    def _name(self, record_id: str, subject_id: str) -> str:
        named = b"erased-row\x00" + record_id.encode() + b"\x00" + subject_id.encode()
        return hmac.new(self._secret, named, hashlib.sha256).hexdigest()
