"""Look-ups out of the log: who looked, when, for what, and digests of what about. Nobody but the gate reads it so.

The ordinary part of each entry is opened; subjects and reasons stay sealed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from peelian.core.time import from_micros
from peelian.gate.entries import read_body
from peelian.gate.house import House
from peelian.gate.looking.watched import SELF_SEARCH, TOOL
from peelian.model.looks import LookSeen


def looks_since(house: House, since: datetime) -> list[LookSeen]:
    """Return every look-up since an instant that was made, or refused because it was about whoever looked."""
    found: dict[int, LookSeen] = {}
    log_key = house.keys.log_key()
    for index, leaf, private in house.ledger.read(house.own.first_of(since.date()), house.ledger.size()):
        public = json.loads(leaf)
        if public["tool"] == TOOL and public["op"] in ("consultation", "refusal"):
            body = read_body(private, log_key, leaf=leaf)
            if public["op"] == "consultation" or SELF_SEARCH in body.get("reasons", ()):  # type: ignore[operator]
                _take(found, index, body, refused=public["op"] == "refusal")
    return [one for one in found.values() if one.at >= since]


def _take(found: dict[int, LookSeen], index: int, body: Mapping[str, object], *, refused: bool) -> None:
    said, at = body.get("look"), body["at"]
    marks = body.get("marks")
    about = frozenset(map(str, marks)) if isinstance(marks, list) else frozenset[str]()
    assert isinstance(at, int)
    if isinstance(said, list) and said and said[0] in found:  # says more about a look-up before it
        one = found[said[0]]
        found[one.entry] = replace(one, marks=one.marks | about, own=one.own or body.get("own") is True)
    elif not isinstance(said, list):
        what = str(said if said is not None else body.get("what", ""))
        found[index] = LookSeen(
            index, from_micros(at), str(body["actor"]), what, str(body.get("purpose", "")),
            str(body.get("operation", "")), about, refused, emergency=body.get("emergency") is True,
        )  # fmt: skip
