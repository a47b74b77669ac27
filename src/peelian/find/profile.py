"""What may be shown of a person, organisation or thing: warnings first, then what the purpose is about.

Pure composition of rows that the gate has let through. Every fact keeps its source, day, grade, whether it is a fact
or an assessment, and the role that the person had in that event.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from peelian.find.answer import Connection, Coverage, Fact, Profile, Section
from peelian.find.compose import notes_for
from peelian.find.material import (
    ADULT_AT,
    Material,
    Row,
    after,
    age_on,
    between_bars,
    full_address,
    full_name,
    name_of,
    newest_first,
    plain,
)

OFFENDER, VICTIM = ("suspect", "convicted"), ("victim",)
EXPLOITATION = frozenset({"missing-child", "exploitation-concern", "missing-adult", "adult-at-risk"})
NOT_CONFIRMED = "same name and birth date; not confirmed to be the same person"

_NOTHING = "None that you may see."

Facts = Callable[[Material, frozenset[str]], Iterator[Fact]]


def warning_facts(material: Material, note: str = "") -> tuple[Fact, ...]:
    """Return every warning, those due to be looked at again marked; the newest first."""
    found = []
    for table, row in material.of("warning"):
        review = row.get("review_on")
        due = "should have been looked at again by now" if review and review < material.today else ""
        says = plain(row.get("kind")) + after(", about the ", str(row.get("about") or ""))
        says += "".join(after("; ", part) for part in (due, note))
        found.append(material.fact("warning", says, table, row, until_on=review))
    return newest_first(found)


def order_facts(material: Material, persons: Mapping[str, str] | None = None) -> tuple[Fact, ...]:
    """Return court orders, bail and warrants, those in force first.

    Parameters
    ----------
    persons : mapping of str to str
        Event reference -> who it is about, in words; left out on a page about one person.
    """
    found = []
    for table, row in material.of("court_order"):
        who = (persons or {}).get(str(row.get("source_ref") or ""), "")
        conditions = plain(row.get("conditions"))
        says = (
            plain(row.get("kind")) + after(": ", who) + after("; ", plain(row.get("state"))) + after("; ", conditions)
        )
        found.append(material.fact("order", says, table, row, until_on=row.get("until_on")))
    live = [f for f in found if f.until_on is None or f.until_on >= material.today]
    return (*newest_first(live), *newest_first(f for f in found if f not in live))


def _names(material: Material, ids: frozenset[str]) -> Iterator[Fact]:
    for table, row in _own(material, ids):
        yield material.fact("name", full_name(row), table, row)
        for alias in between_bars(row.get("aliases")):
            yield material.fact("name", f"{alias} (other name)", table, row)


def _born(material: Material, ids: frozenset[str]) -> Iterator[Fact]:
    for table, row in _own(material, ids):
        if row.get("birth_on"):
            yield material.fact("born", row["birth_on"].isoformat(), table, row)


def _addresses(material: Material, ids: frozenset[str]) -> Iterator[Fact]:
    for table, row in _own(material, ids):
        if full_address(row):
            yield material.fact("address", full_address(row), table, row)


def _phones(material: Material, ids: frozenset[str]) -> Iterator[Fact]:
    for table, row in _own(material, ids):
        for phone in between_bars(row.get("phones")):
            yield material.fact("phone", phone, table, row)


def _events(roles: Iterable[str] | None, tables: Iterable[str] = ()) -> Facts:
    """Make a reader of events in which a person had one of some roles, or that are of some tables."""
    wanted, only = frozenset(roles or ()), frozenset(tables)

    def read(material: Material, ids: frozenset[str]) -> Iterator[Fact]:
        for table, row in _own(material, ids):
            event, said = material.event_of(table, row)
            if (roles is None or row.get("role") in wanted) and (not only or event in only):
                outcome = plain((said or {}).get("outcome") or (said or {}).get("result"))
                role = str(row.get("role") or "role not said")
                fact = material.fact("event", "", table, row)
                yield replace(fact, says=fact.event + after("; ", outcome) + f" ({role})")

    return read


def _texts(material: Material, ids: frozenset[str]) -> Iterator[Fact]:
    for table, row in material.of("incident_text", "intelligence_text", "call_text"):
        yield material.fact("words", str(row.get("text") or ""), table, row)


def concern_facts(material: Material) -> Iterator[Fact]:
    """Give what a partner shared to keep people safe."""
    for table, row in material.of("tenancy"):
        said = [w for w, c in (("concern that the home is taken over", "cuckooing_concern"),
                               ("tenant may be vulnerable", "vulnerable_tenant")) if row.get(c)]  # fmt: skip
        for words in said:
            yield material.fact("concern", words + after(", ", full_address(row)), table, row)


def _own(material: Material, ids: frozenset[str]) -> Iterator[tuple[str, Row]]:
    return ((t, r) for t, r in material.people() if r["record_id"] in ids)


_SECTIONS: Mapping[str, tuple[str, Facts]] = {
    "exploitation": ("Harm to this person, and where they went missing", _events(None, ("missing",))),
    "victim": ("Where this person was the victim", _events(VICTIM)),
    "offender": ("Where this person was suspected or convicted", _events(OFFENDER)),
    "custody": ("In custody", _events(None, ("custody",))),
    "intelligence": ("Intelligence", _events(None, ("intelligence",))),
    "other": ("Other events", _events(("witness", "other", ""))),
    "concerns": ("What a partner shared to keep people safe", lambda material, ids: concern_facts(material)),
    "address": ("Addresses", _addresses),
    "phone": ("Telephone numbers", _phones),
    "words": ("In the words of the reports", _texts),
}

_SAFETY = (
    "exploitation",
    "victim",
    "concerns",
    "offender",
    "custody",
    "intelligence",
    "address",
    "phone",
    "other",
    "words",
)
_CRIME = ("offender", "custody", "intelligence", "victim", "other", "exploitation", "address", "phone", "words")
ORDER: Mapping[str, tuple[str, ...]] = {
    "crime-investigation": _CRIME,
    "victim-safeguarding": _SAFETY,
    "danger-to-life": _SAFETY,
}
"""Which sections a purpose shows, in which order. Another purpose sees them as for keeping people safe."""


def compose_person(
    key: str, material: Material, ids: frozenset[str], purpose: str, coverage: Coverage, *, linked: bool = False
) -> Profile:
    """Compose the page of one person.

    Parameters
    ----------
    ids : frozenset of str
        Record ids of the rows that are about this person; other people's rows in the material are connections.
    """
    own = [row for _, row in _own(material, ids)]
    births = [r["birth_on"] for r in own if r.get("birth_on")]
    under_18 = any(age_on(b, material.today) < ADULT_AT for b in births)
    wanted = ORDER.get(purpose, _SAFETY)
    if under_18:
        wanted = ("exploitation", "victim", *(s for s in wanted if s not in ("exploitation", "victim")))
    doubtful = {str(r.get("event_ref")): NOT_CONFIRMED for t, r in material.of("court_order_person") if r not in own}
    sure = {str(r.get("event_ref")): "" for t, r in _own(material, ids) if t == "court_order_person"}
    orders = order_facts(material, doubtful | sure)
    first = Section("orders", "Court orders, bail and warrants", orders, _NOTHING)
    sections = [_section(s, material, ids) for s in wanted]
    if under_18:
        sections[0] = replace(sections[0], empty=_NOTHING)
    sections.insert(2 if under_18 else 0, first)
    return Profile(
        kind="person",
        key=key,
        title=full_name(own[0]) if own else "",
        coverage=coverage,
        warnings=warning_facts(material),
        under_18=under_18,
        names=_once(_names(material, ids)),
        born=_once(_born(material, ids)),
        sections=tuple(s for s in sections if s.facts or s.empty),
        connections=connections(material, ids),
        linked=linked,
        notes=notes_for(coverage, linked=linked),
    )


ONE_FIRM = "Records are put together here because they name one firm, whichever way its legal form is written."


def compose_organisation(
    key: str, material: Material, ids: frozenset[str], purpose: str, coverage: Coverage
) -> Profile:
    """Compose the page of an organisation: what it was in, where it is, who and what was in the same events."""
    made = compose_person(key, material, ids, purpose, coverage, linked=True)
    return replace(made, kind="organisation", under_18=False, notes=(*made.notes, ONE_FIRM))


def _section(id: str, material: Material, ids: frozenset[str]) -> Section:
    title, read = _SECTIONS[id]
    return Section(id, title, newest_first(_unique(read(material, ids))))


def _unique(facts: Iterable[Fact]) -> Iterator[Fact]:
    return iter(dict.fromkeys(facts))


def _once(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """Keep each thing said once a source, with the newest day on which it was; what most records say comes first."""
    kept: dict[tuple[str, str], Fact] = {}
    ordered = newest_first(facts)
    for fact in ordered:
        kept.setdefault((fact.says, fact.source), fact)
    often = Counter(fact.says for fact in ordered)
    return tuple(sorted(kept.values(), key=lambda fact: -often[fact.says]))


def connections(material: Material, ids: frozenset[str]) -> tuple[Connection, ...]:
    """Return other people and vehicles in the same events, each with the sentence that connects it.

    Somebody of the same name and birth date in another event is one too, and said to be not confirmed as the same.
    """
    found: dict[tuple[str, str], Connection] = {}
    events = {(material.event_of(t, r)[0], r["_source"], r.get("event_ref")) for t, r in _own(material, ids)}
    for table, row in material.people():
        if row["record_id"] not in ids:
            fact = material.fact("connection", "", table, row)
            together = (material.event_of(table, row)[0], row["_source"], row.get("event_ref")) in events
            because = f"in the same event ({fact.event}), as {row.get('role') or 'role not said'}"
            because = because if together else NOT_CONFIRMED
            kind, key = name_of(table, row)
            found.setdefault((kind, full_name(row) + str(row.get("birth_on"))),
                             Connection(kind, key, full_name(row), because, fact, row.get("birth_on")))  # fmt: skip
    for table, row in material.of("incident_vehicle", "intelligence_vehicle", "call_vehicle", "stop_vehicle"):
        if row["record_id"] not in ids:
            fact = material.fact("connection", "", table, row)
            plate = str(row.get("plate") or "(no plate)")
            because = f"{row.get('role') or 'seen'} in the same event ({fact.event})"
            found.setdefault(("vehicle", plate), Connection("vehicle", plate, plate, because, fact))
    return tuple(sorted(found.values(), key=lambda c: (c.kind, c.title, c.key)))


def compose_thing(
    kind: str, key: str, title: str, material: Material, ids: frozenset[str], coverage: Coverage
) -> Profile:
    """Compose the page of a vehicle, a phone or an address: people, events and sightings that its records name."""
    looks = [f for f in (_look(material, t, r) for t, r in _own_things(material, ids)) if f is not None]
    there = tuple(
        Connection(
            *name_of(t, r),
            full_name(r),
            _because(kind, r),
            material.fact("person", "", t, r),
            r.get("birth_on"),
        )
        for t, r in material.people()
        if r["record_id"] in ids or kind == "vehicle"
    )
    reads = [
        material.fact("seen", f"read by camera {r.get('camera') or '?'}", t, r) for t, r in material.of("plate_read")
    ]
    sections = (
        Section("events", "Events", newest_first(_unique(looks)), _NOTHING),
        Section("seen", "Where it was read by cameras", newest_first(reads)),
        Section("concerns", "What a partner shared to keep people safe", newest_first(concern_facts(material))),
        Section("words", "In the words of the reports", newest_first(_texts(material, ids))),
    )
    return Profile(
        kind=kind,
        key=key,
        title=title,
        coverage=coverage,
        warnings=warning_facts(material),
        sections=tuple(s for s in sections if s.facts or s.empty),
        connections=tuple(sorted(set(there), key=lambda c: (c.title, c.key))),
        notes=notes_for(coverage, linked=False),
    )


def _own_things(material: Material, ids: frozenset[str]) -> Iterator[tuple[str, Row]]:
    return ((t, r) for t, rows in material.rows.items() for r in rows if r["record_id"] in ids)


def _look(material: Material, table: str, row: Row) -> Fact | None:
    if table in ("warning", "tenancy", "plate_read"):
        return None
    fact = material.fact("event", "", table, row)
    look = " ".join(filter(None, (str(row.get(c) or "") for c in ("role", "colour", "make", "model"))))
    return replace(fact, says=fact.event + after("; ", look))


def _because(kind: str, row: Row) -> str:
    role = row.get("role") or "role not said"
    return f"in an event with this vehicle, as {role}" if kind == "vehicle" else f"gave this {kind}, as {role}"
