"""Lineage: what every derived thing rests on, so that a correction or an erasure finds what it touches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from peelian.store.desk import Desk
from peelian.store.grant import Grant
from peelian.store.tables import lineage

_CHUNK = 500  # ids a statement; engines bound the number of parameters


@dataclass(frozen=True, order=True)
class Thing:
    """Something that rests or is rested on: a kind (``finding``, ``record``, ``slice``, ``commit``, ...) and its id."""

    kind: str
    id: str


class Lineage:
    """Edges from derived things to their sources, in the desk database."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def rests_on(self, grant: Grant, derived: Thing, sources: Iterable[Thing]) -> None:
        """Enter what a derived thing rests on; entering it again changes nothing."""
        wanted = set(sources) - set(self.sources(grant, derived))
        rows = [
            {"derived_kind": derived.kind, "derived_id": derived.id, "source_kind": s.kind, "source_id": s.id}
            for s in sorted(wanted)
        ]
        if rows:
            with self.desk.writing(grant, "lineage") as con:
                con.execute(sa.insert(lineage), rows)

    def sources(self, grant: Grant, derived: Thing) -> list[Thing]:
        """List what a thing rests on directly."""
        where = sa.and_(lineage.c.derived_kind == derived.kind, lineage.c.derived_id == derived.id)
        with self.desk.reading(grant, "lineage") as con:
            rows = con.execute(sa.select(lineage.c.source_kind, lineage.c.source_id).where(where)).all()
        return sorted(Thing(*row) for row in rows)

    def dependants(self, grant: Grant, sources: Iterable[Thing]) -> list[Thing]:
        """List everything that rests on any of some things, directly or through others."""
        found: set[Thing] = set()
        frontier = set(sources)
        while frontier:
            reached = self._direct(grant, frontier) - found
            found |= reached
            frontier = reached
        return sorted(found)

    def named(self, grant: Grant, kind: str) -> list[str]:
        """List everything of a kind that anything rests on."""
        query = sa.select(lineage.c.source_id).where(lineage.c.source_kind == kind).distinct()
        with self.desk.reading(grant, "lineage") as con:
            return sorted(str(i) for i in con.scalars(query))

    def forget(self, grant: Grant, things: Iterable[Thing]) -> int:
        """Take some things out of lineage altogether, at both ends; returns the edges that are gone."""
        gone = 0
        with self.desk.writing(grant, "lineage") as con:
            for kind, ids in _by_kind(things):
                source = sa.and_(lineage.c.source_kind == kind, lineage.c.source_id.in_(ids))
                derived = sa.and_(lineage.c.derived_kind == kind, lineage.c.derived_id.in_(ids))
                gone += con.execute(sa.delete(lineage).where(sa.or_(source, derived))).rowcount
        return gone

    def _direct(self, grant: Grant, sources: set[Thing]) -> set[Thing]:
        found: set[Thing] = set()
        with self.desk.reading(grant, "lineage") as con:
            for kind, ids in _by_kind(sources):
                where = sa.and_(lineage.c.source_kind == kind, lineage.c.source_id.in_(ids))
                query = sa.select(lineage.c.derived_kind, lineage.c.derived_id).where(where).distinct()
                found |= {Thing(*row) for row in con.execute(query)}
        return found


def _by_kind(things: Iterable[Thing]) -> list[tuple[str, list[str]]]:
    grouped: dict[str, list[str]] = {}
    for thing in sorted(set(things)):
        grouped.setdefault(thing.kind, []).append(thing.id)
    return [(k, ids[i : i + _CHUNK]) for k, ids in grouped.items() for i in range(0, len(ids), _CHUNK)]
