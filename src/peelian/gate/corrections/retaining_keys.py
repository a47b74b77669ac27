"""Destroying the keys to what the record of use says of somebody, once the last row about them is over.

An erasure on request does it for the subject it names. Here nobody is named: whose rows go is known before they go, and
of whom none is left afterwards, current or past, held or in another system, is asked of the rows that remain. Section
62 of the Data Protection Act 2018 asks for a log and names no time to keep whom it is about, so nothing outlives the
rows: who looked, when and what for stays in the record, about whom is sealed under a key that is gone.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import product
from pathlib import Path

from peelian.gate.house import House
from peelian.store.grant import Grant
from peelian.store.lake import HISTORY, quote

_AT_ONCE = 5_000


def subjects_over(house: House, tables: Iterable[str], over: str) -> set[str]:
    """Return whose rows are over, among those of whom the record of use says anything.

    Parameters
    ----------
    over : str
        Condition under which a row is over.
    """
    if not house.keys.count():
        return set()
    found: set[str] = set()
    for scan in _scans(house, tables):
        rows = house.engine.run(f"SELECT DISTINCT subject_id FROM ({scan}) WHERE {over}")
        found |= house.keys.held(rows.column("subject_id").to_pylist())
    return found


def destroy_keys(house: House, subject_ids: Collection[str]) -> int:
    """Destroy the keys of those subjects of whom no row is left; return how many there were."""
    left: set[str] = set()
    for part in _parts(sorted(subject_ids)):
        listed = ", ".join(map(quote, part))
        for scan in _scans(house, house.lake.tables):
            rows = house.engine.run(f"SELECT DISTINCT subject_id FROM ({scan}) WHERE subject_id IN ({listed})")
            left |= set(rows.column("subject_id").to_pylist())
    return sum(house.keys.destroy(s) for s in sorted(set(subject_ids) - left))


def note_unfinished(path: Path, subject_ids: Iterable[str]) -> None:
    """Write down that a run is under way, and whose keys may have to go: a run that is stopped is gone on with."""
    fresh = path.with_suffix(".fresh")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as out:
        out.write("\n".join(sorted(subject_ids)))
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(path)


def read_unfinished(path: Path) -> set[str]:
    """Return whose keys a run that was stopped had still to look at."""
    return set(path.read_text(encoding="ascii").split()) if path.exists() else set()


def _parts(ids: list[str]) -> Iterator[list[str]]:
    yield from (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))


def _scans(house: House, tables: Iterable[str]) -> Iterator[str]:
    """Give statements for the current rows and for the earlier versions of some tables."""
    done = house.head.follow().done
    vector: Mapping[str, int] = done.vector if done else {}
    for table, past in product(sorted(tables), (False, True)):
        grant: Grant = house.grant("read", table)
        yield house.lake.scan_sql(grant, table, vector.get(table + HISTORY if past else table), history=past)
