"""From rows that were spotted to an answer: why each fits, in what order, and which are about the same person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from peelian.core.canonical_forms import canonical_firm
from peelian.find.answer import NOT_LINKED, SOME_MAY_BE_HIDDEN, Answer, Coverage, Fact, Found, Hit
from peelian.find.material import (
    Material,
    Row,
    after,
    between_bars,
    filed_apart,
    full_address,
    full_name,
    is_firm,
    plain,
)
from peelian.find.parse import Parsed
from peelian.find.ranking import Fit, fit_other, fit_person, fit_vehicle, points_possible
from peelian.model.pole import PERSON_TABLES

Edge = tuple[str, str]
"""Two record ids that are said to be about the same person or thing."""

ORGANISATION = "organisation"
_EXCERPT = 160


def find_hits(asked: Parsed, material: Material, spotted: Collection[tuple[str, str]]) -> list[Hit]:
    """Turn rows into hits, the strongest first. A row for which no reason is found is no hit."""
    possible, hits = points_possible(asked), []
    for table, rows in material.rows.items():
        for row in rows:
            if (table, row["record_id"]) not in spotted:
                continue
            fit = _fit(asked, table, row)
            if fit.reasons:
                hits.append(_hit(material, table, row, fit, possible))
    return sorted(hits, key=lambda h: (-h.strength, h.kind, h.title, h.table, h.record_id))


def _fit(asked: Parsed, table: str, row: Row) -> Fit:
    if table in PERSON_TABLES:
        return fit_person(asked, row)
    return fit_vehicle(asked, row) if table.endswith("_vehicle") else fit_other(asked, row)


def kind_of(table: str, row: Row) -> str:
    """Say what a record is about: a record about a person may be about a firm."""
    ends = {"_person": ORGANISATION if is_firm(row) else "person", "_vehicle": "vehicle", "_text": "words"}
    for end, kind in ends.items():
        if table.endswith(end):
            return kind
    return {"warning": "warning", "tenancy": "address"}.get(table, "event")


def _hit(material: Material, table: str, row: Row, fit: Fit, possible: float) -> Hit:
    fact = material.fact("record", "", table, row)
    return Hit(
        kind=kind_of(table, row),
        title=title_of(table, row, fact),
        table=table,
        record_id=str(row["record_id"]),
        why=fit.why,
        strength=fit.strength(possible),
        fact=fact,
        born_on=row.get("birth_on"),
        details=details_of(table, row),
    )


def title_of(table: str, row: Row, fact: Fact) -> str:
    """Say who or what a record is about."""
    if table in PERSON_TABLES:
        return full_name(row)
    if table.endswith("_vehicle"):
        look = " ".join(filter(None, (str(row.get(c) or "") for c in ("colour", "make", "model"))))
        return str(row.get("plate") or "(no plate)") + after(", ", look)
    if table == "warning":
        return f"Warning: {plain(row.get('kind'))}"
    return full_address(row) if table == "tenancy" else fact.event


def details_of(table: str, row: Row) -> tuple[tuple[str, str], ...]:
    """Return what else a record says, for showing."""
    said: tuple[tuple[str, str], ...]
    if table in PERSON_TABLES:
        born = row.get("birth_on")
        said = (
            ("born", born.isoformat() if born else ""),
            ("address", full_address(row)),
            ("phone", ", ".join(between_bars(row.get("phones")))),
            ("also known as", ", ".join(between_bars(row.get("aliases")))),
        )
    elif table.endswith("_text"):
        said = (("text", _excerpt(str(row.get("text") or ""))),)
    else:
        said = (("place", full_address(row)), ("part", plain(row.get("role"))))
    return tuple((label, value) for label, value in said if value)


def _excerpt(text: str) -> str:
    return text if len(text) <= _EXCERPT else text[:_EXCERPT].rsplit(" ", 1)[0] + " ..."


def group(hits: Sequence[Hit], edges: Iterable[Edge]) -> list[Found]:
    """Put hits together that edges say are about the same; without edges each record stands alone.

    Parameters
    ----------
    edges : iterable of (str, str)
        Record ids, two an edge: those this viewer may see. An edge to a record that was not found joins nothing.
    """
    parent = {h.record_id: h.record_id for h in hits}

    def root(record: str) -> str:
        while parent[record] != record:
            parent[record] = parent[parent[record]]
            record = parent[record]
        return record

    for a, b in edges:
        if a in parent and b in parent:
            low, high = sorted((root(a), root(b)))
            parent[high] = low
    groups: dict[tuple[str, str], list[Hit]] = {}
    for hit in hits:
        groups.setdefault((hit.kind, root(hit.record_id)), []).append(hit)
    found = [_found(members) for members in groups.values()]
    return sorted(found, key=lambda f: (-f.strength, f.kind, f.title, f.key))


def beside_each_other(found: Sequence[Found], maybe: Iterable[Edge]) -> list[Found]:
    """Say of what was found with what else in the answer it may be the same."""
    keys = {hit.record_id: one.key for one in found for hit in one.hits}
    beside: dict[str, set[str]] = {}
    for a, b in maybe:
        if a in keys and b in keys and keys[a] != keys[b]:
            beside.setdefault(keys[a], set()).add(keys[b])
            beside.setdefault(keys[b], set()).add(keys[a])
    return [replace(one, maybe_same=tuple(sorted(beside.get(one.key, ())))) for one in found]


def _found(members: Sequence[Hit]) -> Found:
    best = members[0]  # hits come strongest first
    births = Counter(h.born_on for h in members if h.born_on)
    born_on = min(births, key=lambda d: (-births[d], d)) if births else None  # what most records say
    why = tuple(dict.fromkeys(w for h in members for w in h.why))
    firm = best.kind == ORGANISATION  # its page is asked for by its name, and no link puts its records together
    key = best.title if firm else f"{best.table}:{best.record_id}"
    linked = len(members) > 1 and not firm
    return Found(best.kind, key, best.title, why, best.strength, tuple(members), born_on, linked=linked)


def firm_edges(hits: Sequence[Hit]) -> list[Edge]:
    """Return edges between records that name one firm, whichever way its legal form is written."""
    first: dict[str, str] = {}
    firms = [h for h in hits if h.kind == ORGANISATION]
    return [(first.setdefault(canonical_firm(h.title), h.record_id), h.record_id) for h in firms]


def own_number_edges(material: Material) -> list[Edge]:
    """Return edges between records that one system itself files under one person number, by a slip of it or not."""
    filed: dict[tuple[str, str], list[Row]] = {}
    edges = []
    for _, row in material.people():
        subject = str(row.get("subject_id") or "")
        if subject:
            before = filed.setdefault((str(row["_source"]), subject), [])
            same = next((one for one in before if not filed_apart(one, row)), None)
            edges += [(str(same["record_id"]), str(row["record_id"]))] if same is not None else []
            before.append(row)
    return edges


SLIPS = (
    "A system files somebody else under this person's number as well, of another birth date and name. Not shown here."
)


def leave_out_slips(material: Material, sure: Sequence[Row]) -> bool:
    """Leave out whom a system files under somebody's number by mistake; say whether there was anybody.

    Parameters
    ----------
    sure : sequence of rows
        Records of which it is known otherwise that they are of that person.
    """
    known, slips = {r["record_id"] for r in sure}, False
    for rows in (material.rows.get(table, []) for table in PERSON_TABLES):
        for row in [r for r in rows if r["record_id"] not in known]:
            filed = [one for one in sure if _filed(one) == _filed(row)]
            if filed and all(filed_apart(one, row) for one in filed):
                rows.remove(row)
                slips = True
    return slips


def _filed(row: Row) -> tuple[object, object]:
    return row["_source"], row.get("subject_id")


def compose_answer(
    asked: Parsed,
    material: Material,
    spotted: Collection[tuple[str, str]],
    coverage: Coverage,
    *,
    edges: Iterable[Edge] | None = None,
    maybe: Iterable[Edge] = (),
    more: bool = False,
) -> Answer:
    """Compose the answer to a search.

    Parameters
    ----------
    edges : iterable or None
        Links between records; None when nobody has linked any, which is then said.
    maybe : iterable
        Records, two and two, of whom nobody knows whether they are of one person: both are shown, and it is said.
    """
    hits = find_hits(asked, material, spotted)
    joined = [*own_number_edges(material), *firm_edges(hits), *(edges or ())]
    found = beside_each_other(group(hits, joined), maybe)
    return Answer(
        understood=asked.understood,
        found=tuple(found),
        coverage=coverage,
        more=more,
        linked=edges is not None,
        notes=notes_for(coverage, linked=edges is not None),
    )


def notes_for(coverage: Coverage, *, linked: bool) -> tuple[str, ...]:
    """Return the lines that stand under an answer, the same whatever there is."""
    behind = "Newer deliveries are not in the search index yet: what they brought is not found."
    return (SOME_MAY_BE_HIDDEN, *(() if linked else (NOT_LINKED,)), *((behind,) if coverage.index_behind else ()))
