"""Words in the record under a key of their own: what a saved search looks for, what a flag is on, what a chart holds.

When the key is destroyed the record still says that there were words, and nobody can read them.
"""

from __future__ import annotations

import json

from peelian.gate.entries import LOG_KEY, REASON
from peelian.gate.house import House
from peelian.ledger.payload import open_payload


def key_of(kind: str, id: str) -> str:
    """Name the key under which the words of one thing that stands are sealed; no subject has such a name."""
    return f"standing/{kind}/{id}"


def words_under(house: House, entry: int, key: str) -> dict[str, object]:
    """Open what an entry says under a key of its own; nothing once that key is gone."""
    own = house.keys.get(key)
    if own is None:
        return {}
    [(_, leaf, private)] = house.ledger.read(entry, entry + 1)
    keys = {LOG_KEY: house.keys.log_key(), house.keys.name(key): own}
    parts = open_payload(private, keys, commitment=str(json.loads(leaf)["commitment"]))
    said = json.loads(parts[REASON])
    assert isinstance(said, dict)
    return said
