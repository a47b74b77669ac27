"""Model releases: kept as files named by their hash, frozen by an entry in the ledger, read back and checked.

A release decides who is taken for one person, so it is never edited: another release is another hash, another entry
and, past pre-deployment, another mandate.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping

from peelian.core.canonical import canonical_bytes, digest, digest_bytes
from peelian.core.errors import MissingError, TamperedError
from peelian.gate.entries import Act
from peelian.gate.house import House
from peelian.gate.presence import Presence

_HASH = re.compile(r"[0-9a-f]{64}")


def keep_release(house: House, presence: Presence, mandate_id: str, document: Mapping[str, object]) -> str:
    """Freeze a release: write its file, then enter its hash; return the hash. Whoever calls has judged."""
    release = digest(document)
    folder = house.deployment.models
    folder.mkdir(mode=0o700, exist_ok=True)
    fresh = folder / f"{release}.json.{os.getpid()}"
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(canonical_bytes(document))
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(folder / f"{release}.json")
    if release not in house.head.follow().links.frozen:
        body = presence.who() | {"mandate": mandate_id, "release": release}
        act = Act("model-frozen", "link-people", presence.purpose, "record", body, presence.reason)
        house.recorder.record([act])
        house.head.follow()
    return release


def read_release(house: House, release: str) -> Mapping[str, object]:
    """Read a frozen release.

    Raises
    ------
    MissingError
        ``release-missing`` when none of that hash was frozen here.
    TamperedError
        ``release-altered`` when its file is gone, or is not what was frozen.
    """
    if not _HASH.fullmatch(release) or release not in house.head.follow().links.frozen:
        raise MissingError(
            "release-missing",
            "No model release of that hash was frozen here.",
            why="Records are linked with a release that stands in the record of use, or not at all.",
            do="Name one that does, or train one with `peelian resolve --train`.",
        )
    try:
        content = (house.deployment.models / f"{release}.json").read_bytes()
    except OSError:
        content = b""
    if digest_bytes(content) != release:
        raise TamperedError(
            "release-altered",
            "The model release on the disk is not the one that was frozen.",
            why="The record of use holds its hash; the file was edited or removed behind the gate's back.",
            do="Restore the folder models/ from a backup, and tell the owner of the mandate.",
        )
    found = json.loads(content)
    assert isinstance(found, dict)
    return found
