"""What the record says to everybody: acts of office with proofs, who countersigns, and the state of today, signed.

Nothing here needs a session, and nothing here is data: the acts are those that are public by law, their reasons were
given as public ones, and who acted is told by office or role, never by account. What people looked up stays sealed.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from peelian.core.canonical import canonical_bytes
from peelian.core.errors import InvalidError, MissingError
from peelian.core.time import from_micros, iso
from peelian.gate.acts.office import mandate_states
from peelian.gate.house import SIGNING_KEY, House
from peelian.gate.memory.link_record import LinkRecord
from peelian.gate.witnessing import read_terms
from peelian.ledger.note import Signer
from peelian.ledger.verify import (
    Note,
    Signature,
    open_note,
    read_note,
    read_receipt,
    read_vkey,
    to_base64,
    witnessed_by,
)

LEAF_DIMENSIONS = ("day", "decision", "op", "purpose", "tool")
"""What every public leaf says that can be counted."""

STATUS_FORM = "peelian status v1"
"""First line of a signed state. A checkpoint's first line is the log's origin, so neither can pass for the other."""


def public_acts(house: House) -> list[dict[str, object]]:
    """Return the acts of office in the record, oldest first: what, when, about what, the public reason, and the leaf.

    The leaf is what the tree proves; the rest is the part of its sealed body that was always meant for the public.
    """
    head = house.head.follow()
    acts: list[dict[str, object]] = [
        {"entry": e.entry, "day": e.at.date().isoformat(), "op": e.op, "about": e.about, "reason": e.reason}
        for e in head.events
    ]
    acts += [
        {"entry": entry, "day": "", "op": "registration", "about": registered, "reason": ""}
        for registered, entry in head.registered.items()
    ]
    for act in acts:
        entry = act["entry"]
        assert isinstance(entry, int)
        [(_, leaf, _)] = house.ledger.read(entry, entry + 1)
        public = json.loads(leaf)
        act |= {"leaf": leaf.decode(), "day": public["day"], "tool": public["tool"]}
    return sorted(acts, key=lambda act: str(act["entry"]).zfill(20))


def link_rates(house: House) -> dict[str, Any]:
    """Return what is public of how records of people are linked: the release in use, and its rates where measured.

    ``before`` is the same of the newest release frozen earlier that was measured; empty where there is none.
    """
    links = house.head.follow().links
    if not links.release:
        return {}
    earlier = links.frozen[: links.frozen.index(links.release)] if links.release in links.frozen else []
    before = next((r for r in reversed(earlier) if r in links.measured), "")
    return _measured(links, links.release) | {"before": _measured(links, before) if before else {}}


def _measured(links: LinkRecord, release: str) -> dict[str, Any]:
    found = dict(links.measured.get(release, {}))
    day = from_micros(found.pop("at")).date().isoformat() if found else ""
    return {"release": release, "measured_on": day, "figures": found}


def count_entries(house: House) -> dict[tuple[str, ...], int]:
    """Count the record's public leaves by day, decision, operation, purpose and tool: what anybody can count."""
    counted, counts = house._counted  # of one tree that only grows: what was counted once stays counted
    size = house.ledger.checkpoint().size
    counts = dict(counts)
    for _, leaf, _ in house.ledger.read(counted, size):
        public = json.loads(leaf)
        key = tuple(str(public[name]) for name in LEAF_DIMENSIONS)
        counts[key] = counts.get(key, 0) + 1
    house._counted = (size, counts)
    return dict(counts)


def last_taken_in(house: House) -> dict[str, str]:
    """Return the day on which each source was last taken in, by its mandate."""
    return {mandate: iso(from_micros(at))[:10] for mandate, at in sorted(house.head.follow().loaded.items())}


def head_of_record(house: House) -> dict[str, object]:
    """Return the published checkpoint, the log's key, and each witness with who runs it and when it last signed."""
    terms, head = read_terms(house.deployment.settings), house.ledger.checkpoint()
    assert head.note is not None, "a published checkpoint is a signed note"
    signed = {w.name: w.at for w in witnessed_by(head, terms.witnesses.vkeys)[0]}
    return {
        "origin": head.origin,
        "size": head.size,
        "root": head.root.hex(),
        "checkpoint": head.note.content,
        "vkey": Signer.load(house.deployment.keys / SIGNING_KEY).vkey,
        "quorum": terms.quorum,
        "gap_minutes": int(terms.gap.total_seconds() // 60),
        "witnesses": [
            {
                "name": address.name,
                "vkey": address.vkey,
                "run_by": terms.run_by.get(address.name, ""),
                "signed_at": iso(signed[address.name]) if address.name in signed else None,
            }
            for address in terms.witnesses.addresses
        ],
    }


def proof_of(house: House, entry: int) -> list[str] | None:
    """Return the audit path of an entry under the published checkpoint, base64; None while it is not published yet."""
    if entry >= house.ledger.checkpoint().size:
        return None
    return [to_base64(h) for h in read_receipt(house.ledger.receipt(entry)).proof]


def sign_status(house: House, facts: str, valid_until: datetime) -> str:
    """Sign what is so now: the states of all permissions, at this instant, over this head of the record.

    Parameters
    ----------
    facts : str
        SHA-256 of the published facts that the state goes with, 64 hex digits. It is the only thing in the text that
        the gate does not say itself: the log's key signs nothing that somebody else has worded.
    valid_until : datetime
        After this the state is out of date.
    """
    if len(facts) != 64 or not set(facts) <= set("0123456789abcdef"):
        raise InvalidError(
            "facts-not-named",
            "A signed state names the facts it goes with by their SHA-256.",
            why="The log's key signs nothing that somebody else has worded.",
            do="Give the digest of the bundle, 64 hex digits.",
        )
    head = house.ledger.checkpoint()
    said = {
        "at": iso(house.clock.now()),
        "valid_until": iso(valid_until),
        "facts": facts,
        "origin": head.origin,
        "size": head.size,
        "root": head.root.hex(),
        "permissions": mandate_states(house),
        "charter": house.head.charter_hash,
        "policy": house.rulebook.policy_hash,
        "witnesses_ok": house.witnesses_ok(),
    }
    text = f"{STATUS_FORM}\n{canonical_bytes(said).decode()}\n"
    signature: Signature = Signer.load(house.deployment.keys / SIGNING_KEY).sign(text)
    return Note(text, (signature,)).content


def read_status(note: str, vkey: str) -> dict[str, object]:
    """Read a signed state back and check the log's signature on it.

    Raises
    ------
    MissingError
        ``status-unsigned`` when the key has not signed it.
    TamperedError
        ``signature-wrong``.
    InvalidError
        ``note-malformed``.
    """
    opened, key = read_note(note.encode()), read_vkey(vkey)
    form, _, body = opened.text.partition("\n")
    if key not in open_note(opened, [key]) or form != STATUS_FORM:
        raise MissingError(
            "status-unsigned",
            "The state of today does not bear the signature of the record's key.",
            why="Anyone could have written it.",
            do="Fetch it again; if it stays so, do not believe it, and tell the oversight panel.",
        )
    said = json.loads(body)
    assert isinstance(said, dict)
    return said
