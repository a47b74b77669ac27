"""What is in files of cases: sealed under a key of each file's own, opened and written anew by the gate alone.

A file has one key at a time, in one of two places. To write it anew is to seal it under a new key in the other place
and to put it where the old one was; only then is the old key destroyed. So whoever interrupts it leaves the old file
or the new one, whole, and what the file system keeps of the old one is sealed under a key that is gone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from peelian.core.canonical import canonical_bytes
from peelian.core.errors import TamperedError
from peelian.gate.entries import Act
from peelian.gate.house import House
from peelian.ledger.payload import open_payload, seal
from peelian.store.case_shelf import CASES, CaseShelf

KIND = "case-file"
_PART = "file"


def key_names(file_id: str) -> tuple[str, str]:
    """Return the names under which a file's key may stand."""
    return f"case-file/{file_id}", f"case-file/{file_id}/other"


def shelf_of(house: House) -> CaseShelf:
    """Return the shelf of a deployment."""
    return CaseShelf(house.deployment.folder)


def seal_content(house: House, file_id: str, packed: bytes, name: str = "") -> bytes:
    """Seal a file's content, already in canonical bytes, under a key of its own."""
    name = name or key_names(file_id)[0]
    return seal({_PART: (packed, [name])}, {name: house.keys.get_or_create(name)})[1]


def open_content(house: House, file_id: str) -> dict[str, Any] | None:
    """Return what is in a file, or None when the file or its key is gone.

    Raises
    ------
    TamperedError
        ``case-file-altered``.
    """
    sealed = shelf_of(house).get(house.grant("read", CASES), file_id)
    keys = _keys(house, file_id)
    if sealed is None or not keys:
        return None
    parts = open_payload(sealed, keys)
    if _PART not in parts:
        raise TamperedError(
            "case-file-altered",
            "A file of a case is not what was kept.",
            why="Somebody put another in its place behind the gate's back.",
            do="Do not rely on it. Keep the folder as it is, and tell the panel.",
        )
    content = json.loads(parts[_PART])
    assert isinstance(content, dict), "what was kept was a mapping"
    return content


def opened_files(house: House) -> Iterator[tuple[str, bytes]]:
    """Give every file that can be opened, by name, for a search of what should not be there any more."""
    for file_id in shelf_of(house).ids(house.grant("read", CASES)):
        content = open_content(house, file_id)
        if content is not None:
            yield f"{CASES}/{file_id}", canonical_bytes(content)


def rewrite_content(house: House, file_id: str, content: Mapping[str, Any], entry: int) -> None:
    """Put other content in a file's place, under a new key; the old one is destroyed."""
    old = _keys(house, file_id)
    fresh = next(name for name in key_names(file_id) if name not in old)
    sealed = seal_content(house, file_id, canonical_bytes(content), fresh)
    shelf_of(house).replace(house.grant("write", CASES, entry=entry), file_id, sealed)
    for name in old:
        house.keys.destroy(name)


def destroy_file(house: House, file_id: str, why: str, actor: str) -> None:
    """Enter it, destroy the key, delete the file, in this order: what was interrupted is gone on with."""
    body = {"file": file_id, "why": why, "actor": actor}
    [entry] = house.recorder.record([Act("case-file-gone", KIND, "", "record", body)])
    for name in key_names(file_id):
        house.keys.destroy(name)
    shelf_of(house).drop(house.grant("erase", CASES, entry=entry), file_id)


def _keys(house: House, file_id: str) -> dict[str, bytes]:
    found = ((name, house.keys.get(name)) for name in key_names(file_id))
    return {name: key for name, key in found if key is not None}
