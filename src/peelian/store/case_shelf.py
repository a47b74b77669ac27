"""Files of cases at rest: sealed, named by surrogates, beside the lake and in no table of it."""

from __future__ import annotations

import os
import re
from pathlib import Path

from peelian.store.grant import ERASE, READ, WRITE, Grant, need

CASES = "cases"
"""Folder of a deployment, and what a grant for it names."""

_ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
_END = ".sealed"


class CaseShelf:
    """The sealed files of one deployment.

    Parameters
    ----------
    folder : Path
        The deployment's folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / CASES

    def put(self, grant: Grant, id: str, sealed: bytes) -> None:
        """Write a file that is not there yet; on the disk when this returns."""
        need(grant, WRITE, CASES)
        self._folder.mkdir(mode=0o700, exist_ok=True)
        with open(os.open(self._path(id), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(sealed)
            out.flush()
            os.fsync(out.fileno())

    def replace(self, grant: Grant, id: str, sealed: bytes) -> None:
        """Put another file in the place of one that is there, whole or not at all; on the disk when this returns."""
        need(grant, WRITE, CASES)
        assert self._path(id).exists(), "there is a file to replace"
        fresh = self._path(id).with_suffix(".fresh")
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            out.write(sealed)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(self._path(id))

    def get(self, grant: Grant, id: str) -> bytes | None:
        """Return a file, or None when it is not there any more."""
        need(grant, READ, CASES)
        path = self._path(id)
        return path.read_bytes() if path.exists() else None

    def ids(self, grant: Grant) -> list[str]:
        """List the files that are there."""
        need(grant, READ, CASES)
        return sorted(p.name.removesuffix(_END) for p in self._folder.glob(f"*{_END}"))

    def drop(self, grant: Grant, id: str) -> None:
        """Delete a file; what the file system keeps of it is sealed under a key that is gone by then."""
        need(grant, ERASE, CASES)
        self._path(id).unlink(missing_ok=True)

    def _path(self, id: str) -> Path:
        assert _ID.fullmatch(id), "ids are ULIDs of ours: no way out of the folder"
        return self._folder / f"{id}{_END}"
