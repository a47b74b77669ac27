"""What somebody at a door needs to know, from an address or a call's number: warnings, people, orders, calls."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from peelian.core.canonical_forms import canonical_address, canonical_plate, canonical_postcode
from peelian.core.name_keys import fold_name
from peelian.find.answer import Connection, Coverage, Fact, IncidentPage, PersonThere
from peelian.find.compose import notes_for
from peelian.find.material import ADULT_AT, Material, Row, after, age_on, full_address, full_name, newest_first, plain
from peelian.find.profile import concern_facts, order_facts, warning_facts

CALLS_SHOWN = 10


def same_address(row: Row, address: str, postcode: str = "") -> bool:
    """Say whether a row is about an address: every word of it, and the postcode where both have one."""
    held = set(canonical_address(str(row.get("address") or row.get("place") or "")).split())
    code = canonical_postcode(str(row.get("postcode") or ""))
    wanted = set(address.split())
    return bool(wanted) and wanted <= held and (not postcode or not code or code == postcode)


def people_there(material: Material, address: str, postcode: str) -> list[list[tuple[str, Row]]]:
    """Gather rows about people at an address: those with one folded name and one birth date are shown together."""
    groups: dict[tuple[str, object], list[tuple[str, Row]]] = defaultdict(list)
    for table, row in material.people():
        if same_address(row, address, postcode):
            groups[fold_name(full_name(row)), row.get("birth_on")].append((table, row))
    return [rows for _, rows in sorted(groups.items(), key=lambda g: (g[0][0], str(g[0][1])))]


def compose_incident_page(
    asked: str,
    address: str,
    postcode: str,
    material: Material,
    coverage: Coverage,
    *,
    call_ids: Iterable[str] = (),
    orders_about: dict[str, str] | None = None,
) -> IncidentPage:
    """Compose the page.

    Parameters
    ----------
    call_ids : iterable of str
        Record ids of the call or report that was asked for by number.
    orders_about : dict of str to str
        Reference of a court order -> whom it is about, in words.
    """
    asked_for = frozenset(call_ids)
    people = [_person(material, rows) for rows in people_there(material, address, postcode)]
    calls = [
        _call(material, t, r)
        for t, r in material.of("call", "incident", "missing")
        if r["record_id"] not in asked_for and same_address(r, address)
    ]
    return IncidentPage(
        asked=asked,
        address=", ".join(filter(None, (address, postcode))),
        coverage=coverage,
        call=newest_first(
            _call(material, t, r) for t, r in material.of("call", "incident") if r["record_id"] in asked_for
        ),
        warnings=warning_facts(material),
        people=tuple(
            sorted(people, key=lambda p: (not p.child, -(p.last_on.toordinal() if p.last_on else 0), p.title))
        ),
        orders=order_facts(material, orders_about),
        concerns=newest_first(concern_facts(material)),
        calls=newest_first(calls)[:CALLS_SHOWN],
        vehicles=_vehicles(material),
        notes=notes_for(coverage, linked=False),
    )


def _call(material: Material, table: str, row: Row) -> Fact:
    words = plain(row.get("kind") or row.get("offence"))
    result = plain(row.get("result") or row.get("outcome"))
    said = (words, after("graded ", plain(row.get("grade"))), full_address(row), result)
    return material.fact("call", "; ".join(filter(None, said)), table, row)


def _person(material: Material, rows: list[tuple[str, Row]]) -> PersonThere:
    facts = newest_first(material.fact("address", full_address(r), t, r) for t, r in rows)
    row = rows[0][1]
    born = row.get("birth_on")
    days = [f.on for f in facts if f.on]
    sources = sorted({f.source for f in facts})
    how = "1 record says so" if len(rows) == 1 else f"{len(rows)} records with this name and birth date say so"
    return PersonThere(
        key=f"{rows[0][0]}:{row['record_id']}",
        title=full_name(row),
        born_on=born,
        child=born is not None and age_on(born, material.today) < ADULT_AT,
        last_on=max(days, default=None),
        records=len(rows),
        roles=tuple(sorted({f.role for f in facts if f.role})),
        says=f"{how} ({', '.join(sources)}){after(', last on ', max(days).isoformat() if days else '')}",
        facts=facts,
    )


def _vehicles(material: Material) -> tuple[Connection, ...]:
    found: dict[str, Connection] = {}
    for table, row in material.of("incident_vehicle", "intelligence_vehicle", "call_vehicle", "stop_vehicle"):
        plate = canonical_plate(str(row.get("plate") or ""))
        if plate:
            fact = material.fact("vehicle", "", table, row)
            look = " ".join(filter(None, (str(row.get(c) or "") for c in ("colour", "make", "model"))))
            because = f"{row.get('role') or 'seen'} in an event with somebody there ({fact.event})"
            found.setdefault(plate, Connection("vehicle", plate, plate + after(", ", look), because, fact))
    return tuple(sorted(found.values(), key=lambda c: c.key))
