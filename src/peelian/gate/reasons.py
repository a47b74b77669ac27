"""Reasons drawn by lot from the log, for the panel to rate blind: what was done and why, never by whom or about whom.

Drawing them is a reading of the log under the duty that the law allows (DPA 2018 s.62(4)) and is entered. A reason
that is sealed under a subject's key stays sealed: those are not drawn, and the page says so.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random

from peelian.gate.entries import BODY, LOG_KEY, REASON, Act
from peelian.gate.house import House
from peelian.gate.judging import circumstances, insist
from peelian.gate.presence import Presence
from peelian.ledger.entry import STATUTORY
from peelian.ledger.payload import open_payload

LOOKED_AT_MAX = 5_000
"""Entries tried for one lot: a long log with few look-ups must not hold the page up."""


@dataclass(frozen=True)
class Drawn:
    """One act drawn by lot.

    Parameters
    ----------
    index : int
        Position in the log: what a rating is about. Not shown to who rates.
    op, mandate, purpose : str
    table : str
        What was opened; ``""`` where nothing was.
    columns : tuple of str
    reason : str
        As given.
    """

    index: int
    op: str
    mandate: str
    purpose: str
    table: str
    columns: tuple[str, ...]
    reason: str


def draw_reasons(house: House, presence: Presence, mandate_id: str, count: int, lot: Random) -> list[Drawn]:
    """Draw acts by lot and return them without who or about whom.

    Parameters
    ----------
    lot : random.Random
        Passed in, so that a draw can be tested.

    Raises
    ------
    RefusedError, ExpiredError
        With every reason; recorded.
    """
    now = circumstances(house, presence, mandate_id)
    verdict = house.rulebook.judge_act(presence.actor, now, "read-log")
    insist(house, presence, verdict, "read the log", "read-log", {"mandate": mandate_id})
    body = presence.who() | {"mandate": mandate_id, "asked": "reasons by lot", "count": count}
    house.recorder.record([Act("consultation", "read-log", now.purpose, "allow", body, presence.reason)])
    own = presence.actor.id  # nobody rates their own
    found: list[Drawn] = []
    for index in _by_lot(house.ledger.size(), lot):
        drawn = _drawn(house, index, own)
        if drawn is not None:
            found.append(drawn)
        if len(found) == count:
            break
    return found


def _by_lot(size: int, lot: Random) -> Iterator[int]:
    """Give positions in an order of chance, a bounded number of them."""
    yield from lot.sample(range(size), min(size, LOOKED_AT_MAX))


def _drawn(house: House, index: int, own: str) -> Drawn | None:
    [(_, leaf, private)] = house.ledger.read(index, index + 1)
    public = json.loads(leaf)
    if public["op"] not in STATUTORY or public["decision"] != "allow" or public["tool"] == "read-log":
        return None
    commitment = str(public["commitment"])
    parts = open_payload(private, {LOG_KEY: house.keys.log_key()}, commitment=commitment)
    body: Mapping[str, object] = json.loads(parts[BODY])
    if REASON not in parts or body.get("actor") == own:
        return None
    question = body.get("question")
    asked: Mapping[str, object] = question if isinstance(question, dict) else {}
    columns = asked.get("columns")
    return Drawn(
        index=index,
        op=str(public["op"]),
        mandate=str(body.get("mandate", "")),
        purpose=str(body.get("purpose", "")),
        table=str(asked.get("table", "")),
        columns=tuple(map(str, columns)) if isinstance(columns, list) else (),
        reason=parts[REASON].decode(),
    )
