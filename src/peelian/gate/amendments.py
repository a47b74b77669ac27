"""What was said of records since their sources wrote them: reading it, and laying it over rows.

This is the gate's own bookkeeping: what is read here is shown to nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from peelian.gate.house import House
from peelian.model.amendment import AMENDMENT, HELD, Amendment, amended_label, amended_row
from peelian.model.label import Label
from peelian.store.lake import arrow_schema, quote

TABLE = AMENDMENT.name

HOLD = "hold"


def holds_in_force(house: House, on: date | None = None) -> frozenset[str]:
    """Return the mandates for holding that are adopted, not stopped, and not over on a day (today)."""
    house.head.follow()
    today = on or house.clock.now().date()
    found = set()
    for m in house.charter.mandates.values():
        adopted = house.head.adopted.get(m.id)
        stands = adopted is not None and adopted.digest == m.digest and house.stop_on(m.id) is None
        if (m.subject, m.target) == ("duty", HOLD) and stands and m.starts_at.date() <= today < m.ends_at.date():
            found.add(m.id)
    return frozenset(found)


def held_of(house: House, subject_id: str) -> frozenset[str]:
    """Return the mandates in force that hold a record about a subject."""
    done = house.head.follow().done
    if done is None or TABLE not in done.vector:
        return frozenset()
    rows = rows_of(house, TABLE, f"kind = {quote(HELD)} AND subject_id = {quote(subject_id)}")
    return holds_in_force(house) & {str(r["under"]) for r in rows}


def amendments_of(house: House, table: str, where: str = "true") -> dict[str, tuple[Amendment, ...]]:
    """Return what was said of records of a table, by record; the gate's own bookkeeping, shown to nobody."""
    done = house.head.follow().done
    if done is None or TABLE not in done.vector:
        return {}
    found: dict[str, tuple[Amendment, ...]] = {}
    for row in rows_of(house, TABLE, f'"of" = {quote(table)} AND {where}'):
        texts = {k: str(row[k]) for k in ("record", "kind", "source_hash", "under")}
        one = Amendment(subject=str(row["subject_id"]), column=str(row["column_name"]), value=row["value"], **texts)
        found[one.record] = (*found.get(one.record, ()), one)
    return found


def as_amended(house: House, table: str, rows: pa.Table) -> pa.Table:
    """Lay what was said of records over rows that a source delivers, so that it does not undo it.

    Parameters
    ----------
    rows : pa.Table
        Stamped, as they would be written.
    """
    said = amendments_of(house, table)
    concerned = pc.is_in(rows.column("record_id"), pa.array(sorted(said), pa.string())) if said else None
    if concerned is None or not pc.any(concerned).as_py():
        return rows
    names = rows.column_names
    changed = amended_rows(house, table, rows.filter(concerned).to_pylist(), said)
    fresh = pa.Table.from_pylist(changed, schema=rows.schema).select(names)
    return pa.concat_tables([rows.filter(pc.invert(concerned)), fresh])


def source_hash_of(row: Mapping[str, Any], before: Iterable[Amendment], kinds: Mapping[str, str]) -> str:
    """Return the hash of what the source said of a row, which has another one while something is corrected in it."""
    known = [a for a in before if a.subject == row["subject_id"]]
    for one in known:
        if amended_row(dict(row) | {"row_hash": one.source_hash}, known, kinds)["row_hash"] == row["row_hash"]:
            return one.source_hash
    return str(row["row_hash"])


def amended_rows(
    house: House,
    table: str,
    rows: Iterable[Mapping[str, Any]],
    amendments: Mapping[str, tuple[Amendment, ...]],
    before: tuple[Amendment, ...] = (),
) -> list[dict[str, Any]]:
    """Return rows as they are with what was said of them: values, hash and label.

    Parameters
    ----------
    before : tuple of Amendment
        What had been said of these rows already, if they come from the lake; a source's own rows know nothing of it.
    """
    kinds = {c.name: c.kind for c in house.lake.spec(table).columns}
    labels, made, found = house.labels(), {}, []
    for row in rows:
        own = [a for a in amendments.get(str(row["record_id"]), ()) if a.subject == row["subject_id"]]
        base = dict(row) | {"row_hash": source_hash_of(row, before, kinds)}
        label = amended_label(labels[row["label_id"]], (a.kind for a in own))
        made[label.label_id] = label
        found.append(amended_row(base, own, kinds) | {"label_id": label.label_id})
    put_labels(house, made)
    return found


def put_labels(house: House, labels: Mapping[int, Label]) -> None:
    """Put labels into the dictionary that are not in it yet."""
    fresh = {i: label for i, label in labels.items() if i not in house.labels()}
    if fresh:
        house.desk.put_labels(house.grant("write", "labels"), fresh)
        house.forget_labels()


def rows_of(house: House, table: str, where: str) -> list[dict[str, Any]]:
    """Return current rows of a table with every column, in the order of their keys."""
    name = house.engine.relation(house.grant("read", table), table, house.head.follow().done, None)
    ordered = "ORDER BY record_id, slice_id, subject_id"
    found: list[dict[str, Any]] = house.engine.run(f'SELECT * FROM "{name}" WHERE {where} {ordered}').to_pylist()
    return found


def as_stored(house: House, table: str, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Return rows in the form in which the store takes them."""
    schema = arrow_schema(house.lake.spec(table))
    schema = schema.remove(schema.get_field_index("seq_from"))
    return pa.Table.from_pylist([{n: row.get(n) for n in schema.names} for row in rows], schema=schema)
