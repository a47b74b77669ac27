"""Finding things out: search, profile, incident page, checked list: one look at the gate, then pure composition."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pyarrow as pa

from peelian.app.caller import Caller
from peelian.app.finding.named_in_words import named_elsewhere, with_named, with_words
from peelian.app.linking.entities import joined_in, members_in
from peelian.core.canonical_forms import (
    canonical_address,
    canonical_firm,
    canonical_phone,
    canonical_plate,
    canonical_postcode,
)
from peelian.core.errors import InvalidError, MissingError
from peelian.core.search_keys import NAME, PHONE, PLACE, name_parts, plate_keys, postcode_keys
from peelian.find.answer import (
    NO_CONTESTED,
    NOTHING,
    Answer,
    CheckTable,
    Coverage,
    Flagged,
    Found,
    IncidentPage,
    Profile,
    SourceSearched,
)
from peelian.find.check_list import check_line, lines_of
from peelian.find.compose import SLIPS, compose_answer, leave_out_slips, notes_for
from peelian.find.incident_page import compose_incident_page, people_there, same_address
from peelian.find.material import (
    EVENT_TABLES,
    Material,
    event_table,
    full_address,
    full_name,
    is_firm,
)
from peelian.find.parse import Parsed, parse_question
from peelian.find.profile import NOT_CONFIRMED, compose_organisation, compose_person, compose_thing
from peelian.find.steps import PLACES, VEHICLES, exactly, steps_for
from peelian.gate.acts.source_ages import SourceAge
from peelian.gate.looking.index_entries import INDEXED
from peelian.gate.rooms.searching import LINES_MAX, NOT_ASKED, Asked, Look, look_room
from peelian.model.plain_words import table_words
from peelian.model.pole import PERSON_TABLES
from peelian.model.record import TABLES
from peelian.model.search import AnyOf, Sought, Spotted, Step

__all__ = [
    "bring_index_up_to_date",
    "check_list",
    "incident_page",
    "lines_of",
    "nothing_to_show",
    "profile",
    "profiles",
    "search",
]

LOOKED_INTO = (*sorted(INDEXED), "plate_read")
"""Tables that a look reads."""

Page = TypeVar("Page", Profile, IncidentPage)

PEOPLE_FOLLOWED = 12
"""People at an address whose orders are looked for by name and birth date."""


def bring_index_up_to_date(
    caller: Caller, *, whole: bool = False, tell: Callable[[int, int], None] = lambda built, of: None
) -> dict[str, object]:
    """Bring the search index up to the last commit, or build it anew; ``tell`` hears of each part that is built."""
    done = look_room(caller.gate).bring_up_to_date(whole=whole, tell=tell)
    return {"records": done.records, "whole": done.whole, "seq": done.seq}


def search(caller: Caller, text: str, *, what: str = "search") -> Answer:
    """Search for what was typed.

    Parameters
    ----------
    what : str
        What the record calls it: ``saved-search`` where one that was saved is asked again.

    Raises
    ------
    InvalidError
        ``question-empty``.
    RefusedError, ExpiredError
        With every reason; recorded.
    """
    asked = parsed(text)
    with open_look(caller, what, (text,)) as look:
        material, spotted, more = _gather(caller, look, steps_for(asked))
        joined = joined_in(look, [record for table, record in spotted if table in PERSON_TABLES])
        edges, maybe = (joined.same, joined.maybe) if joined else (None, ())
        return compose_answer(asked, material, spotted, _coverage(look), edges=edges, maybe=maybe, more=more)


def check_list(caller: Caller, lines: Sequence[str]) -> CheckTable:
    """Check a pasted list line by line; each line is a look-up of its own in the record.

    Raises
    ------
    LimitError
        ``list-too-long``.
    """
    with open_look(caller, "check-list", tuple(lines)) as look:
        coverage, rows = _coverage(look), []
        for number, line in enumerate(lines, start=1):
            rows.append(check_line(number, line, parse_question(line), on_record(caller, look, line, coverage)))
        return CheckTable(tuple(rows), coverage, LINES_MAX, (*notes_for(coverage, linked=False), NO_CONTESTED))


def on_record(caller: Caller, look: Look, text: str, coverage: Coverage) -> tuple[Found, ...]:
    """Return what is on record under a plate, phone, name or reference; what somebody contests is in no list."""
    asked = parse_question(text)
    if not asked:
        return ()
    material, spotted, _ = _gather(caller, look, steps_for(asked, limit=20))
    material.leave_out_contested()
    return compose_answer(asked, material, spotted, coverage).found


def profile(caller: Caller, kind: str, key: str) -> Profile:
    """Show what may be shown of a person, organisation, vehicle, phone or address.

    Parameters
    ----------
    kind : str
        ``person``, ``organisation``, ``vehicle``, ``phone`` or ``address``.
    key : str
        For a person the key of a hit (``table:record_id``); else the plate, number or address itself.

    Raises
    ------
    InvalidError
        ``profile-kind-unknown``, ``profile-key-malformed``.
    MissingError
        ``nothing-to-show``, whether there is nothing or nothing that the caller may see.
    """
    with open_look(caller, "profile", (_named(kind, key),)) as look:
        return _with_flags(look, with_named(caller, look, _maker(kind)(caller, look, key)), 0)


def _with_flags(look: Look, page: Page, nth: int) -> Page:
    """Put beside a page the overt flags on whom or what it is about; of covert ones it knows nothing."""
    found = look.flags(nth, person=not isinstance(page, Profile) or page.kind == "person")
    operations = look.house.charter.operations
    told = tuple(Flagged(f.about, f.contact, operations[f.operation].title, f.expires_at.date()) for f in found)
    return replace(page, flags=told)


def profiles(caller: Caller, names: Sequence[tuple[str, str]]) -> list[Profile | None]:
    """Show several of them under one judgement, each with an entry of its own; None where there is nothing to show.

    Raises
    ------
    InvalidError
        ``profile-kind-unknown``, ``profile-key-malformed``.
    """
    with open_look(caller, "profile", tuple(_named(kind, key) for kind, key in names)) as look:
        joined = members_in(look, [_record_of(key) for kind, key in names if kind == "person"])
        return [_shown(caller, look, n, kind, key, joined) for n, (kind, key) in enumerate(names)]


def _shown(caller: Caller, look: Look, nth: int, kind: str, key: str, joined: Joined) -> Profile | None:
    try:
        made = _person(caller, look, key, joined) if kind == "person" else _maker(kind)(caller, look, key)
    except MissingError:
        return None
    return _with_flags(look, with_named(caller, look, made), nth)


Joined = Mapping[str, tuple[str, ...]] | None
"""Record -> the records that are of one person with it; None where records were never linked."""


def _named(kind: str, key: str) -> str:
    """Say what is asked for, as the record of use has it."""
    _maker(kind)
    return f"{kind} {key}"


def _maker(kind: str) -> Callable[[Caller, Look, str], Profile]:
    makers = {
        "person": _person_linked,
        "organisation": _organisation,
        "vehicle": _vehicle,
        "phone": _phone,
        "address": _address,
    }
    if kind not in makers:
        raise InvalidError(
            "profile-kind-unknown",
            "There is no page for that kind of thing.",
            why="Pages are about persons, organisations, vehicles, phones and addresses.",
            do=f"Use one of: {', '.join(sorted(makers))}.",
        )
    return makers[kind]


def incident_page(caller: Caller, address_or_number: str) -> IncidentPage:
    """Show what somebody at a door needs to know, from an address or a call's number."""
    asked = parsed(address_or_number)
    with open_look(caller, "incident-page", (address_or_number,)) as look:
        material = _material(caller)
        called: set[str] = set()
        if asked.references and not asked.address:
            found, spotted, _ = _gather(caller, look, exactly(asked), events=False)
            called = {r for t, r in spotted if t in ("call", "incident")}
            for table, rows in found.rows.items():
                material.add(table, [r for r in rows if r["record_id"] in called])
        address, postcode = _place_of(asked, material)
        if address or postcode:
            _gather_place(look, material, address, postcode)
        _follow_people(look, material, address, postcode)
        parties = [(t, r) for t, r in material.of("court_order_person")]
        about = {str(r.get("event_ref")): _party(r, address, postcode) for _, r in parties}
        people = [r for rows in people_there(material, address, postcode) for _, r in rows]
        look.note_subjects(str(r["subject_id"]) for r in people if r.get("subject_id"))
        made = compose_incident_page(
            address_or_number,
            address,
            postcode,
            material,
            _coverage(look),
            call_ids=called,
            orders_about=about,
        )
        return _with_flags(look, made, 0)


def _party(row: Mapping[str, Any], address: str, postcode: str) -> str:
    """Name the party to an order, and say when it is only by name and birth date that they are somebody there."""
    return full_name(row) if same_address(row, address, postcode) else f"{full_name(row)} ({NOT_CONFIRMED})"


def parsed(text: str) -> Parsed:
    asked = parse_question(text)
    if not asked:
        raise InvalidError(
            "question-empty",
            "There is nothing in the question to look for.",
            why="A search needs a name, a plate (with * and ? if need be), a phone, an address, a date or a reference.",
            do="Type at least two letters or digits of one of these.",
        )
    return asked


@contextmanager
def open_look(caller: Caller, what: str, words: tuple[str, ...]) -> Iterator[Look]:
    """Open a look over every table that finding reads, with an entry for each thing asked."""
    room, credential = look_room(caller.gate), caller.credential
    wanted = {t: _columns(t) for t in LOOKED_INTO}
    with room.look(credential, room.mandate_for(credential), wanted, Asked(what, words)) as look:
        yield look


def _columns(table: str) -> tuple[str, ...]:
    own = TABLES[table].column_names
    return (*own, "subject_id") if table in PERSON_TABLES else own


def _material(caller: Caller) -> Material:
    zone = ZoneInfo(caller.gate.charter.jurisdiction.timezone)
    return Material(caller.gate.clock.now().astimezone(zone).date(), zone)


def _gather(
    caller: Caller, look: Look, sought: Sought, *, events: bool = True
) -> tuple[Material, frozenset[tuple[str, str]], bool]:
    """Search, and read what was spotted, with the events it belongs to."""
    seen = look.search(sought)
    material = _material(caller)
    _read(look, material, seen.spotted)
    if events:
        _add_events(look, material)
    return material, frozenset((s.table, s.record_id) for s in seen.spotted), seen.more


def _read(look: Look, material: Material, spotted: Iterable[Spotted]) -> None:
    by_table: dict[str, set[str]] = {}
    for one in spotted:
        by_table.setdefault(one.table, set()).add(one.record_id)
    _add(look, material, [(t, "record_id", ids) for t, ids in sorted(by_table.items())])


def _add(look: Look, material: Material, reads: Sequence[tuple[str, str, Iterable[str]]]) -> None:
    """Read rows of several tables, each by one column's values."""
    for table, column, values in reads:
        material.add(table, _dicts(look.among(table, _columns(table), column, sorted(set(values)))))


def _dicts(rows: pa.Table) -> list[Mapping[str, Any]]:
    return rows.to_pylist()


def _add_events(look: Look, material: Material) -> None:
    """Read the events of the rows at hand."""
    wanted: dict[str, set[str]] = {}
    for table, rows in material.rows.items():
        if event_table(table) in EVENT_TABLES and table not in EVENT_TABLES:
            wanted.setdefault(event_table(table), set()).update(str(r.get("event_ref") or "") for r in rows)
    _add(look, material, [(t, "source_ref", refs) for t, refs in sorted(wanted.items()) if refs - {""}])


def _add_company(look: Look, material: Material, rows: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
    """Read who and what else was in the events of some rows: people, vehicles, words."""
    refs: dict[str, set[str]] = {}
    for table, row in rows:
        refs.setdefault(event_table(table), set()).add(str(row.get("event_ref") or ""))
    reads = [
        (f"{event}_{end}", "event_ref", found)
        for event, found in sorted(refs.items())
        for end in ("person", "vehicle", "text")
        if f"{event}_{end}" in TABLES
    ]
    sources = {str(r["_source"]) for _, r in rows}
    before = {t: {r["record_id"] for r in held} for t, held in material.rows.items()}
    _add(look, material, reads)
    for table, held in material.rows.items():  # one number may stand for two events in two systems
        known = before.get(table, set())
        held[:] = [r for r in held if r["record_id"] in known or str(r["_source"]) in sources]


def _person_linked(caller: Caller, look: Look, key: str) -> Profile:
    return _person(caller, look, key, members_in(look, [_record_of(key)]))


def _record_of(key: str) -> str:
    """Return the record id in a person's key.

    Raises
    ------
    InvalidError
        ``profile-key-malformed``.
    """
    table, _, record_id = key.partition(":")
    if table not in PERSON_TABLES or len(record_id) != 32 or set(record_id) - set("0123456789abcdef"):
        raise InvalidError(
            "profile-key-malformed",
            "A person's page is asked for by the key of a record about them.",
            why="No page is asked for by a name: many people have the same one.",
            do="Search, and use the key of what was found.",
        )
    return record_id


def _person(caller: Caller, look: Look, key: str, joined: Joined) -> Profile:
    table, record_id = key.partition(":")[0], _record_of(key)
    material = _material(caller)
    _add(look, material, [(table, "record_id", [record_id])])
    own = list(material.people())
    if not own:
        raise nothing_to_show()
    if is_firm(own[0][1]):
        return _organisation(caller, look, full_name(own[0][1]))
    members = (joined or {}).get(record_id, ())
    _add(look, material, [(t, "record_id", members) for t in PERSON_TABLES])
    subjects = {str(r["subject_id"]) for _, r in material.people() if r.get("subject_id")}
    sure = [row for _, row in material.people()]
    _add(look, material, [(t, "subject_id", subjects) for t in PERSON_TABLES])
    slips = leave_out_slips(material, sure)
    own = list(material.people())
    ids = frozenset(str(r["record_id"]) for _, r in own)
    look.note_subjects(subjects)
    _add_company(look, material, own)
    _add_warnings(look, material, [r for _, r in own])
    _add_orders_alike(look, material, [r for _, r in own])
    _add_events(look, material)
    made = compose_person(key, material, ids, look.purpose, _coverage(look), linked=joined is not None)
    return replace(made, notes=(*made.notes, SLIPS)) if slips else made


def _organisation(caller: Caller, look: Look, key: str) -> Profile:
    """Show a firm: every record that names it, whichever way its legal form is written."""
    firm, people = canonical_firm(key), frozenset(PERSON_TABLES)
    parts = [part for part in name_parts(firm) if part != "and"]
    found = look.search(
        Sought((Step("exact", tuple(AnyOf((NAME + p,)) for p in parts), people),), limit=200, enough=201)
    )
    material = _material(caller)
    _read(look, material, found.spotted if parts else ())
    for rows in material.rows.values():
        rows[:] = [r for r in rows if is_firm(r) and canonical_firm(full_name(r)) == firm]
    own = list(material.people())
    if not own:
        raise nothing_to_show()
    ids = frozenset(str(r["record_id"]) for _, r in own)
    look.note_subjects(str(r["subject_id"]) for _, r in own if r.get("subject_id"))
    _add_company(look, material, own)
    _add_warnings(look, material, [r for _, r in own])
    _add_events(look, material)
    return compose_organisation(full_name(own[0][1]), material, ids, look.purpose, _coverage(look))


def _vehicle(caller: Caller, look: Look, key: str) -> Profile:
    plate = canonical_plate(key)
    seen = look.search(Sought((Step("plate", (AnyOf(plate_keys(plate)[:1]),), VEHICLES),), limit=200, enough=201))
    material = _material(caller)
    _read(look, material, seen.spotted)
    _add(look, material, [("plate_read", "plate", [plate])])
    ids = frozenset(s.record_id for s in seen.spotted)
    named = named_elsewhere(caller, look, "plate", plate)
    if not any(material.rows.values()) and named is None:
        raise nothing_to_show()
    vehicles = [(t, r) for t, r in material.of(*sorted(VEHICLES - {"warning"}))]
    _add_company(look, material, vehicles)
    _add_events(look, material)
    return with_words(compose_thing("vehicle", plate, plate, material, ids, _coverage(look)), named)


def _phone(caller: Caller, look: Look, key: str) -> Profile:
    number = canonical_phone(key)
    people = frozenset(PERSON_TABLES)
    seen = look.search(Sought((Step("phone", (AnyOf((PHONE + number,)),), people),), limit=200, enough=201))
    return _thing(caller, look, "phone", number, seen.spotted, named_elsewhere(caller, look, "phone", number))


def _address(caller: Caller, look: Look, key: str) -> Profile:
    asked = parse_question(key)
    address, postcode = asked.address or canonical_address(key), asked.postcode
    seen = look.search(_place_steps(address, postcode))
    title = ", ".join(filter(None, (address, postcode)))
    return _thing(caller, look, "address", title, seen.spotted)


def _thing(
    caller: Caller, look: Look, kind: str, title: str, spotted: Sequence[Spotted], named: Profile | None = None
) -> Profile:
    material = _material(caller)
    _read(look, material, spotted)
    if not any(material.rows.values()) and named is None:
        raise nothing_to_show()
    _add_events(look, material)
    ids = frozenset(s.record_id for s in spotted)
    return with_words(compose_thing(kind, title, title, material, ids, _coverage(look)), named)


def _add_warnings(look: Look, material: Material, rows: Iterable[Mapping[str, Any]]) -> None:
    """Read warnings about people, by the systems' own numbers for them, and about where they live."""
    rows = list(rows)
    _add(look, material, [("warning", "person_ref", {str(r.get("person_ref") or "") for r in rows})])
    steps = []
    for place in sorted({full_address(r) for r in rows} - {""})[:PEOPLE_FOLLOWED]:
        words = canonical_address(place).split()
        steps.append(Step("address", tuple(AnyOf((PLACE + w,)) for w in words), frozenset({"warning"})))
    if steps:
        _read(look, material, look.search(Sought(tuple(steps), limit=60, enough=61)).spotted)


def _add_orders_alike(look: Look, material: Material, rows: Iterable[Mapping[str, Any]]) -> None:
    """Read court orders on somebody of the same name and birth date, and the parties to them."""
    steps = []
    for row in rows:
        parts, born = name_parts(f"{row.get('forenames') or ''} {row.get('surname') or ''}"), row.get("birth_on")
        if parts and born:
            exact = exactly(Parsed("", names=parts, born_on=born)).steps
            steps += [Step(s.name, s.all_of, frozenset({"court_order_person"})) for s in exact]
    if steps:
        _read(look, material, look.search(Sought(tuple(dict.fromkeys(steps)), limit=60, enough=61)).spotted)


def _place_steps(address: str, postcode: str) -> Sought:
    words = tuple(AnyOf((PLACE + w,)) for w in address.split())
    if not words:
        return Sought((Step("postcode", (AnyOf(postcode_keys(postcode)),), PLACES),), limit=200, enough=201)
    return Sought((Step("address", words, PLACES),), limit=200, enough=201)


def _place_of(asked: Parsed, material: Material) -> tuple[str, str]:
    """Return the address that a page is about: the one asked for, or where the call was."""
    if asked.address or asked.postcode:
        return asked.address, canonical_postcode(asked.postcode)
    for _, row in material.of("call", "incident"):
        if row.get("place"):
            return canonical_address(str(row["place"])), ""
    return "", ""


def _gather_place(look: Look, material: Material, address: str, postcode: str) -> None:
    _read(look, material, look.search(_place_steps(address, postcode)).spotted)


def _follow_people(look: Look, material: Material, address: str, postcode: str) -> None:
    """Read what concerns the people at an address: warnings, orders, vehicles, the events themselves."""
    groups = people_there(material, address, postcode)[:PEOPLE_FOLLOWED]
    rows = [pair for group in groups for pair in group]
    _add_warnings(look, material, [r for _, r in rows])
    _add_orders_alike(look, material, [group[0][1] for group in groups])
    refs: dict[str, set[str]] = {}
    for table, row in rows:
        refs.setdefault(event_table(table), set()).add(str(row.get("event_ref") or ""))
    vehicles = [(f"{e}_vehicle", "event_ref", found) for e, found in refs.items() if f"{e}_vehicle" in TABLES]
    _add(look, material, vehicles)
    _add_events(look, material)


def _coverage(look: Look) -> Coverage:
    """Say what was searched and what was not, from the charter and the record alone."""
    sources = tuple(_source(s) for s in look.source_ages())
    standing = look.index_standing()
    purpose = look.house.charter.purposes.get(look.purpose)
    return Coverage(
        sources=sources,
        newest_at=max((s.loaded_at for s in sources if s.searched and s.loaded_at), default=None),
        index_behind=standing.behind,
        index_at=standing.at,
        purpose=purpose.title if purpose else "",
        entry=look.entries[0],
    )


def _source(age: SourceAge) -> SourceSearched:
    why: tuple[str, ...] = () if age.loaded_at else ("Nothing of it has been taken in.",)
    return SourceSearched(age.source, age.title, age.searched, why + tuple(_why_shut(age)), age.loaded_at)


def _why_shut(age: SourceAge) -> list[str]:
    """Say why, each reason once; what shuts the whole source leaves nothing to say of its tables."""
    whole = [r.what for s in age.shut for r in s.reasons if r.code == "label-purpose"]
    if whole and not age.searched:
        return whole[:1]
    unread = [table_words(s.table) for s in age.shut if any(r.code == NOT_ASKED for r in s.reasons)]
    other = [r.what for s in age.shut for r in s.reasons if r.code != NOT_ASKED]
    return list(dict.fromkeys(other)) + ([f"This page does not look into {', '.join(unread)}."] if unread else [])


def nothing_to_show() -> MissingError:
    """Return what is said where there is nothing to show, or nothing that may be shown: the same words."""
    return MissingError(
        "nothing-to-show",
        NOTHING,
        why="There is nothing, or nothing that may be shown for what you work on: the two are said alike.",
        do="Search again; the answer says which sources were not searched.",
    )
