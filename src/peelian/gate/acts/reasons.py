"""Reasons drawn by lot from the log, for the panel to rate blind: what was done and why, never by whom or about whom.

Drawing them is a reading of the log under the duty that the law allows (DPA 2018 s.62(4)) and is entered. A reason
that is sealed under a subject's key stays sealed: those are not drawn, and the page says so.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from itertools import count as count_up
from itertools import islice

from peelian.core.errors import MissingError
from peelian.core.ids import new_ulid
from peelian.gate.acts.own_entries import own_entries
from peelian.gate.entries import BODY, LOG_KEY, REASON, Act
from peelian.gate.house import House
from peelian.gate.judging import circumstances, insist
from peelian.gate.presence import Presence
from peelian.ledger.entry import STATUTORY
from peelian.ledger.payload import open_payload

LOOKED_AT_MAX = 5_000
"""Entries tried for one lot: a long log with few look-ups must not hold the page up."""


KEPT = timedelta(days=7)
"""So long can a lot be opened again that was drawn and not rated."""


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


@dataclass(frozen=True)
class Lot:
    """Acts that were drawn together, under the number by which their drawing stands in the record."""

    number: str
    drawn: tuple[Drawn, ...]


def draw_reasons(house: House, presence: Presence, mandate_id: str, count: int) -> Lot:
    """Draw acts by lot and return them without who or about whom.

    What is drawn follows from the lot's number and a key that nobody who draws holds, so the record's entry of the
    drawing is all that has to be kept to open the same lot again.

    Raises
    ------
    RefusedError, ExpiredError
        With every reason; recorded.
    """
    number, size = new_ulid(house.clock), house.ledger.size()
    _enter(house, presence, mandate_id, {"asked": "reasons by lot", "count": count, "lot": number, "of": size})
    return Lot(number, _draw(house, presence, number, size, count))


def reopen_lot(house: House, presence: Presence, mandate_id: str, number: str) -> Lot:
    """Open a lot again that the caller drew within :data:`KEPT`, in whatever process; the reading is entered.

    Raises
    ------
    RefusedError, ExpiredError
        With every reason; recorded.
    MissingError
        ``lot-forgotten``.
    """
    mine = own_entries(house, presence, house.clock.now() - KEPT)
    first = next((e.body for e in mine if e.body.get("lot") == number and "of" in e.body), None)
    if first is None:
        raise lot_forgotten()
    size, count = first["of"], first["count"]
    assert isinstance(size, int) and isinstance(count, int), "written by draw_reasons"
    _enter(house, presence, mandate_id, {"asked": "reasons by lot again", "lot": number})
    return Lot(number, _draw(house, presence, number, size, count))


def lot_forgotten() -> MissingError:
    """Return the error for a lot that is not the caller's, is too old or is rated."""
    return MissingError(
        "lot-forgotten",
        "There is no such lot of yours that is open.",
        why="A lot is rated once, by the member who drew it, within a week.",
        do="Draw again.",
    )


def _enter(house: House, presence: Presence, mandate_id: str, told: Mapping[str, object]) -> None:
    now = circumstances(house, presence, mandate_id)
    verdict = house.rulebook.judge_act(presence.actor, now, "read-log")
    insist(house, presence, verdict, "read the log", "read-log", {"mandate": mandate_id})
    body = presence.who() | {"mandate": mandate_id} | dict(told)
    house.recorder.record([Act("consultation", "read-log", now.purpose, "allow", body, presence.reason)])


def _draw(house: House, presence: Presence, number: str, size: int, count: int) -> tuple[Drawn, ...]:
    seed = hmac.new(house.keys.log_key(), f"lot:{number}".encode(), sha256).digest()
    own = presence.actor.id  # nobody rates their own
    acts = (_drawn(house, index, own) for index in _by_lot(size, seed))
    return tuple(islice((act for act in acts if act is not None), count))


def _by_lot(size: int, seed: bytes) -> Iterator[int]:
    """Give positions in an order of chance that the seed alone decides, a bounded number of them."""
    given: set[int] = set()
    for turn in count_up():
        if len(given) == min(size, LOOKED_AT_MAX):
            return
        index = int.from_bytes(sha256(seed + turn.to_bytes(8, "big")).digest(), "big") % size
        if index not in given:
            given.add(index)
            yield index


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
