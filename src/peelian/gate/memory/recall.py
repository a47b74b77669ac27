"""Remembering what the ledger said up to a point, so that opening a long ledger does not read it from its start.

Nothing is taken on trust: the memory is sealed under the log's key, names the tree it was read from, and counts only
if the signed tree of today begins with that very tree. Whatever does not fit is passed over, and everything is read
anew; the facts are the same either way. It lies in ``tmp/``, which an erasure empties.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from peelian.core.canonical import canonical_bytes
from peelian.core.errors import PeelianError, TamperedError
from peelian.core.time import from_micros, to_micros
from peelian.gate.entries import LOG_KEY
from peelian.gate.memory.emergency_record import emergency_record_from
from peelian.gate.memory.head import Adopted, Event, Head
from peelian.gate.memory.link_record import link_record_from
from peelian.gate.memory.panel_record import panel_record_from
from peelian.gate.memory.paper_index import index_from
from peelian.gate.memory.practice_record import practice_record_from
from peelian.gate.memory.watch_record import watch_record_from
from peelian.ledger.log import Ledger
from peelian.ledger.payload import open_payload, seal
from peelian.model import stop
from peelian.store.commit import done_from_dict

FILE = "head.sealed"
"""File in ``tmp/``."""

EVERY = 2_000
"""So many entries are read in some 20 ms [M]; the memory is renewed when more have come."""

_PART = "head"  # its key is derived for this name: no payload of the ledger can be passed off as a memory


def recall_head(ledger: Ledger, log_key: bytes, folder: Path) -> Head:
    """Return a head that knows what was remembered, or one that knows nothing yet; the caller lets it follow."""
    try:
        body = json.loads(open_payload((folder / FILE).read_bytes(), {LOG_KEY: log_key})[_PART])
        fits = body["form"] == _form() and ledger.begins_with(body["size"], bytes.fromhex(body["root"]))
        return _restored(ledger, log_key, body) if fits else Head(ledger, log_key)
    except (OSError, PeelianError, KeyError, ValueError, TypeError):
        return Head(ledger, log_key)


def check_memory(ledger: Ledger, log_key: bytes, folder: Path) -> str:
    """Hold what is remembered against the record, read from its first entry.

    The memory is sealed under a key that an administrator holds, so it can be forged: a stopped tool made to run, a
    person's key replaced. The record cannot, and whatever the memory says is worked out again from it.

    Returns
    -------
    str
        ``none`` when nothing is remembered, ``unused`` when it does not fit and is passed over, else ``true``.

    Raises
    ------
    TamperedError
        ``memory-forged``.
    """
    if not (folder / FILE).is_file():
        return "none"
    head = recall_head(ledger, log_key, folder)
    if not head.read_to:
        return "unused"
    anew = Head(ledger, log_key).follow_to(head.read_to)
    told, true = facts_of(head), facts_of(anew)
    # The instant may be the last cosignature's, which is no entry: earlier than the entries' is what would be a lie.
    late = head.latest < anew.latest or head.latest > ledger.last_instant()
    wrong = sorted(name for name in true if name != "latest" and told[name] != true[name]) + ["latest"] * late
    if wrong:
        raise TamperedError(
            "memory-forged",
            "What this deployment remembers of its record is not what the record says.",
            why="Somebody with its keys wrote it: a stopped or ended permission may have been used since.",
            do="Stop the service, keep tmp/head.sealed as evidence, delete it, and tell the panel.",
            facts={"differs": ", ".join(wrong), "entries": head.read_to},
        )
    return "true"


def remember_head(head: Head, folder: Path) -> None:
    """Write down what the head knows, if that is worth while."""
    root = head.ledger.root_at(head.read_to)
    if root is None or head.read_to - head.recalled_to < EVERY:
        return
    body = {"form": _form(), "size": head.read_to, "root": root.hex(), "facts": facts_of(head)}
    _, sealed = seal({_PART: (canonical_bytes(body), [LOG_KEY])}, {LOG_KEY: head.log_key})
    fresh = folder / f"{FILE}.{os.getpid()}"
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(sealed)  # not synced: a torn memory is one that does not fit
    fresh.replace(folder / FILE)
    head.recalled_to = head.read_to


def facts_of(head: Head) -> dict[str, object]:
    """Return everything a head knows, as plain data."""
    return {
        "adopted": {m: [a.digest, a.entry] for m, a in head.adopted.items()},
        "panel": head.panel.as_dict(),
        "practice": head.practice.as_dict(),
        "links": head.links.as_dict(),
        "emergencies": head.emergencies.as_list(),
        "watch": head.watch.as_dict(),
        "done": head.done.as_dict() if head.done else None,
        "intent": head.intent,
        "charter_hash": head.charter_hash,
        "settings": head.settings,
        "registered": head.registered,
        "assessments": sorted(head.assessments),
        "findings": head.findings,
        "users": head.users,
        "accounts": head.accounts,
        "sessions": {s: list(who) for s, who in head.sessions.items()},
        "events": [event.as_list() for event in head.events],
        "arriving": {str(entry): mandate for entry, mandate in head.arriving.items()},
        "loaded": head.loaded,
        "papers": head.papers.as_list(),
        "impact_papers": {tool: list(shown) for tool, shown in head.impact_papers.items()},
        "latest": to_micros(head.latest),
    }


def _restored(ledger: Ledger, log_key: bytes, body: Mapping[str, Any]) -> Head:
    facts = body["facts"]
    head = Head(
        ledger,
        log_key,
        read_to=body["size"],
        recalled_to=body["size"],
        adopted={m: Adopted(digest, entry) for m, (digest, entry) in facts["adopted"].items()},
        done=done_from_dict(facts["done"]) if facts["done"] else None,
        intent=facts["intent"],
        charter_hash=facts["charter_hash"],
        settings=facts["settings"],
        registered=facts["registered"],
        assessments=set(facts["assessments"]),
        findings=facts["findings"],
        users=facts["users"],
        accounts=facts["accounts"],
        sessions={s: (actor, key) for s, (actor, key) in facts["sessions"].items()},
        events=[Event(entry, from_micros(at), op, about, why) for entry, at, op, about, why in facts["events"]],
        arriving={int(entry): mandate for entry, mandate in facts["arriving"].items()},
        loaded=facts["loaded"],
        papers=index_from(facts["papers"]),
        impact_papers={tool: (version, at) for tool, (version, at) in facts["impact_papers"].items()},
        latest=from_micros(facts["latest"]),
    )
    head.panel = panel_record_from(facts["panel"], head.accounts)
    head.practice = practice_record_from(facts["practice"])
    head.links = link_record_from(facts["links"])
    head.emergencies = emergency_record_from(facts["emergencies"])
    head.watch = watch_record_from(facts["watch"])
    return head


def _form() -> str:
    """Return a hash of the code that turns entries into facts: other code would have made something else of them."""
    here = Path(__file__)
    names = (
        "head.py",
        "link_record.py",
        "panel_record.py",
        "paper_index.py",
        "practice_record.py",
        "emergency_record.py",
        "watch_record.py",
    )
    beside = (here.with_name(name) for name in names)
    return sha256(b"".join(path.read_bytes() for path in (here, *beside, Path(stop.__file__)))).hexdigest()
