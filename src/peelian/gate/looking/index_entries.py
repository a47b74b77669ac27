"""What each kind of record is found by: from a table's columns to the keys under which the index knows its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path

import pyarrow as pa

from peelian.core import canonical_forms, name_keys, name_lists, search_keys
from peelian.core.search_keys import (
    CLUSTER,
    JOINED,
    SUBJECT,
    VERDICT,
    address_keys,
    born_keys,
    name_keys_of,
    phone_keys,
    plate_keys,
    postcode_keys,
    reference_keys,
    word_keys,
)
from peelian.gate.looking import row_packing
from peelian.gate.looking.row_packing import PACKED, shape_of
from peelian.model.links import LINK_VERDICT, PERSON_LINK
from peelian.model.pole import PERSON_TABLES
from peelian.store.index import IndexEntry

Keys = Callable[[str], tuple[str, ...]]


@lru_cache(1 << 17)
def _born(on: date) -> tuple[str, ...]:
    return born_keys(on)


_PERSON: Mapping[str, Callable[..., tuple[str, ...]]] = {
    "forenames": name_keys_of,
    "surname": name_keys_of,
    "aliases": name_keys_of,
    "birth_on": _born,
    "address": address_keys,
    "postcode": postcode_keys,
    "phones": phone_keys,
    "person_ref": reference_keys,
    "event_ref": reference_keys,
}
_VEHICLE: Mapping[str, Callable[..., tuple[str, ...]]] = {
    "plate": plate_keys,
    "make": word_keys,
    "model": word_keys,
    "colour": word_keys,
    "event_ref": reference_keys,
}
_TEXT: Mapping[str, Callable[..., tuple[str, ...]]] = {"text": word_keys, "event_ref": reference_keys}
_EVENT: Mapping[str, Callable[..., tuple[str, ...]]] = {"source_ref": reference_keys, "place": address_keys}
_REFERENCE: Mapping[str, Callable[..., tuple[str, ...]]] = {"source_ref": reference_keys}

INDEXED: Mapping[str, Mapping[str, Callable[..., tuple[str, ...]]]] = {
    **{t: _PERSON for t in PERSON_TABLES},
    **{f"{event}_vehicle": _VEHICLE for event in ("incident", "intelligence", "call", "stop")},
    **{f"{event}_text": _TEXT for event in ("incident", "intelligence", "call")},
    **{event: _EVENT for event in ("incident", "intelligence", "call", "stop", "missing")},
    "custody": _REFERENCE,
    "court_order": _REFERENCE,
    "warning": {
        "source_ref": reference_keys,
        "event_ref": reference_keys,
        "person_ref": reference_keys,
        "address": address_keys,
        "plate": plate_keys,
        "kind": word_keys,
    },
    "tenancy": {"source_ref": reference_keys, "address": address_keys, "postcode": postcode_keys},
}
"""Table -> column -> how its text becomes keys. Plate reads are not here: there are too many, and a vehicle's page
asks for them by plate."""


def _prefixed(prefix: str) -> Keys:
    return lambda value: (prefix + value,)


LINKS: Mapping[str, Mapping[str, Keys]] = {
    PERSON_LINK.name: dict.fromkeys(("record_a", "record_b"), _prefixed(JOINED))
    | dict.fromkeys(("widest_a", "widest_b"), _prefixed(CLUSTER)),
    LINK_VERDICT.name: {"record": _prefixed(JOINED), "verdict_id": _prefixed(VERDICT)},
}
"""What hangs together, by the records it names: no search looks here, a page about somebody reads it."""

KEPT: Mapping[str, Mapping[str, Callable[..., tuple[str, ...]]]] = {**INDEXED, **LINKS}
"""Every table whose rows the index keeps, with what they are found by."""

NUMBERS: Mapping[str, int] = {table: number for number, table in enumerate(sorted(KEPT))}
"""The number under which the index knows a table."""

TABLES_BY_NUMBER: Mapping[int, str] = {number: table for table, number in NUMBERS.items()}

_SYSTEM = ("record_id", "subject_id", "label_id", "expires_on")


def columns_of(table: str) -> tuple[str, ...]:
    """Return the columns from which entries are made."""
    return (*_SYSTEM, *KEPT[table])


def entries_of(table: str, rows: pa.Table) -> Iterator[IndexEntry]:
    """Turn rows into entries, each with its row as :mod:`peelian.gate.looking.row_packing` packs it."""
    number, makers, people = NUMBERS[table], tuple(KEPT[table].values()), table in PERSON_TABLES
    for batch in rows.to_batches(max_chunksize=65_536):
        columns = [batch.column(n).to_pylist() for n in KEPT[table]]
        ids, subjects, labels, expiries, packed = (batch.column(n).to_pylist() for n in (*_SYSTEM, PACKED))
        for i, values in enumerate(zip(*columns, strict=True)):
            keys = [k for make, value in zip(makers, values, strict=True) if value for k in make(value)]
            if people and subjects[i] and subjects[i] != ids[i]:
                keys.append(SUBJECT + subjects[i])
            spelt = " ".join(dict.fromkeys(keys))
            yield IndexEntry(ids[i], labels[i], spelt, number, day_number(expiries[i]), packed[i].encode())


def day_number(on: date) -> int:
    """Count days from 1970-01-01, as the index keeps expiries."""
    return on.toordinal() - _FIRST_DAY


_FIRST_DAY = date(1970, 1, 1).toordinal()


@cache
def form_of_keys() -> str:
    """Return a hash of the code that makes keys and packs rows: an index made by other code is built anew."""
    modules = (search_keys, name_keys, name_lists, canonical_forms, row_packing)
    paths = [Path(str(m.__file__)) for m in modules] + [Path(__file__)]
    shapes = repr([shape_of(table) for table in sorted(KEPT)]).encode()
    return sha256(b"".join(p.read_bytes() for p in paths) + shapes).hexdigest()
