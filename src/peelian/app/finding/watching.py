"""Watching over use, for professional standards and the panel: who looked, what to look into, who staff are."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from peelian.app.caller import Caller
from peelian.app.desk import zone_of
from peelian.core.errors import InvalidError
from peelian.core.local_time import near_words
from peelian.gate.rooms.watching import Declared, watch_room
from peelian.model.looks import LEADS, Lead, LookSeen

DAYS = 30
"""How far back is looked where nobody says otherwise."""

WATCHERS = frozenset({"professional-standards", "panel-member"})
"""Roles to which pages offer it; the rule ``grant-watch-use`` decides."""

_LISTS = ("addresses", "phones", "plates")
_TEXTS = ("forenames", "surname")


@dataclass(frozen=True)
class Looked:
    """One look-up, in words.

    Parameters
    ----------
    who, roles : str
        The person's name in the charter, and what they are.
    how : str
        ``search``, ``profile``, ...
    stopped : bool
        Refused, or nothing was shown, because it was about themselves.
    """

    entry: int
    at: str
    who: str
    account: str
    roles: tuple[str, ...]
    how: str
    purpose: str
    operation: str
    emergency: bool
    stopped: bool


@dataclass(frozen=True)
class LeadShown:
    """One lead, in words; ``asked_at`` is empty but for a pair."""

    kind: str
    says: str
    strong: bool
    who: str
    account: str
    about: str
    about_account: str
    at: str
    entry: int
    asked_at: str
    asked_entry: int
    evidence: tuple[str, ...]


EVIDENCE = {
    "person": "name and birth date",
    "name": "name alone",
    "plate": "plate",
    "phone": "phone number",
    "address": "address",
    "place": "address, no postcode said",
    "subject": "the record itself",
    "record": "the record itself",
}
"""Kind of mark -> what it is called."""


def may_watch(caller: Caller) -> bool:
    """Say whether pages offer it to the caller; the gate decides."""
    return bool(caller.gate.who(caller.credential).actor.roles & WATCHERS)


def who_looked(caller: Caller, text: str, days: int = DAYS) -> list[Looked]:
    """Return who looked for somebody or something, newest first; reading it is itself in the record.

    Raises
    ------
    InvalidError
        ``question-empty``, ``days-out-of-range``.
    RefusedError, ExpiredError
        With every reason; recorded.
    """
    if len(text.strip()) < 2:
        raise InvalidError(
            "question-empty", "There is nothing in the question to look for.",
            do="Type a name with a birth date, a plate, a phone, an address, or the key of a record.",
        )  # fmt: skip
    looks = watch_room(caller.gate).who_looked(caller.credential, _mandate(caller), text, days)
    return looked_in_words(caller, looks)


def looked_in_words(caller: Caller, looks: Sequence[LookSeen]) -> list[Looked]:
    """Word look-ups as the record has them."""
    charter, now, zone = caller.gate.charter, caller.gate.clock.now(), zone_of(caller)
    roles = {r.id: r.title for r in charter.roles.values()}
    told = []
    for one in looks:
        person = charter.people.get(one.actor)
        purpose, operation = charter.purposes.get(one.purpose), charter.operations.get(one.operation)
        told.append(
            Looked(
                entry=one.entry,
                at=near_words(one.at, now, zone),
                who=person.display_name if person else one.actor,
                account=one.actor,
                roles=tuple(roles.get(r, r) for r in sorted(person.roles)) if person else (),
                how=one.what,
                purpose=purpose.title if purpose else one.purpose,
                operation=operation.title if operation else "",
                emergency=one.emergency,
                stopped=one.refused or one.own,
            )
        )
    return told


def leads(caller: Caller, days: int = DAYS) -> list[LeadShown]:
    """Return what should be looked into, newest first. It says nothing about guilt; reading it is in the record."""
    found = watch_room(caller.gate).leads(caller.credential, _mandate(caller), days)
    return [_lead(caller, lead) for lead in found]


def _lead(caller: Caller, lead: Lead) -> LeadShown:
    people, now, zone = caller.gate.charter.people, caller.gate.clock.now(), zone_of(caller)

    def name(account: str) -> str:
        return people[account].display_name if account in people else account

    return LeadShown(
        kind=lead.kind,
        says=LEADS[lead.kind],
        strong=lead.strong,
        who=name(lead.looker),
        account=lead.looker,
        about=name(lead.about),
        about_account=lead.about,
        at=near_words(lead.at, now, zone),
        entry=lead.entry,
        asked_at=near_words(lead.asked_at, now, zone) if lead.asked_at else "",
        asked_entry=lead.asked_entry,
        evidence=tuple(dict.fromkeys(EVIDENCE.get(kind, kind) for kind in lead.evidence)),
    )


def pair_days(caller: Caller) -> int:
    """Return within how many days a colleague's look-up is put beside an asking; the charter says."""
    return caller.gate.charter.panel.pair_days


def keep_details(caller: Caller, account: str, document: str) -> dict[str, object]:
    """Enter by what a member of staff is known, out of a JSON document; only digests are kept.

    Raises
    ------
    InvalidError
        ``details-malformed``, ``details-empty``.
    RefusedError, ExpiredError
        With every reason; recorded.
    """
    declared = read_details(document)
    marks = watch_room(caller.gate).keep_details(caller.credential, _mandate(caller), account, declared)
    return {"account": account, "marks": marks, "relations": len(declared.relations)}


def details_known(caller: Caller) -> dict[str, object]:
    """Return of whom details are kept, by how many marks, and of whom they are not."""
    known = watch_room(caller.gate).known(caller.credential, _mandate(caller))
    return {"known": dict(known), "missing": sorted(set(caller.gate.charter.people) - set(known))}


def read_details(document: str) -> Declared:
    """Read the details of a member of staff.

    Raises
    ------
    InvalidError
        ``details-malformed``; what stood there is not said.
    """
    try:
        said = json.loads(document)
        relations = tuple(_declared(one, ()) for one in said.pop("relations", []))
        return _declared(said, relations)
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise InvalidError(
            "details-malformed",
            "The details of a member of staff are not of the form that is read.",
            why="What is left out by mistake would never be noticed.",
            do="See docs/how-to/watch-over-use.md.",
        ) from error


def _declared(said: Mapping[str, Any], relations: tuple[Declared, ...]) -> Declared:
    if not set(said) <= {*_TEXTS, *_LISTS, "born_on"}:
        raise ValueError("a word that is not read")
    texts = {name: str(said.get(name, "")) for name in _TEXTS}
    lists = {name: tuple(str(one) for one in _list(said.get(name, []))) for name in _LISTS}
    born = date.fromisoformat(said["born_on"]) if said.get("born_on") else None
    return Declared(**texts, **lists, born_on=born, relations=relations)  # type: ignore[arg-type]


def _list(said: object) -> list[object]:
    if not isinstance(said, list):
        raise TypeError("a list")
    return said


def _mandate(caller: Caller) -> str:
    return caller.mandate("duty", "watch-use").id
