"""How rows are written to and read from the desk database: grants, transactions, nouns and their columns."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DataError, IntegrityError

from peelian.core.canonical import canonical_bytes
from peelian.core.errors import InvalidError
from peelian.core.time import from_micros, to_micros
from peelian.store.grant import READ, WRITE, Grant, need

Noun = TypeVar("Noun")
_JSON = ("body", "vector", "receipt")


class Rows:
    """The part of the desk that every group of tables shares.

    Parameters
    ----------
    engine : sqlalchemy.Engine
        Made by :func:`peelian.store.desk.open_desk`, which sets up what both engines need to behave alike.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    # How rows are read and written

    @contextmanager
    def writing(self, grant: Grant, *names: str) -> Iterator[Connection]:
        """Open a writing transaction for the store's own modules."""
        need(grant, WRITE, *names)
        with self._writing() as con:
            yield con

    @contextmanager
    def reading(self, grant: Grant, *names: str) -> Iterator[Connection]:
        """Open a reading transaction for the store's own modules."""
        need(grant, READ, *names)
        with self._reading() as con:
            yield con

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self.engine.connect().execution_options(peelian_writes=True) as con, con.begin():
            yield con

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self.engine.connect() as con, con.begin():
            yield con

    def _insert(self, grant: Grant, table: sa.Table, noun: object) -> None:
        self._add(grant, table, {c.name: _stored(getattr(noun, c.name)) for c in table.columns})

    def _add(self, grant: Grant, table: sa.Table, row: Mapping[str, object]) -> None:
        need(grant, WRITE, table.name)
        try:
            with self._writing() as con:
                con.execute(sa.insert(table), [dict(row)])
        except (IntegrityError, DataError) as error:
            raise InvalidError(
                "desk-row-refused",
                f'The desk database refused a row for "{table.name}".',
                why="It is there already, names something that is not, or breaks a declared length or choice.",
                do="Check the ids and values; the database itself holds these rules.",
            ) from error

    def _update(self, grant: Grant, table: sa.Table, where: sa.ColumnElement[bool], **changes: object) -> None:
        need(grant, WRITE, table.name)
        with self._writing() as con:
            con.execute(sa.update(table).where(where).values(**changes))

    def _delete(self, grant: Grant, table: sa.Table, where: sa.ColumnElement[bool]) -> int:
        need(grant, WRITE, table.name)
        with self._writing() as con:
            return con.execute(sa.delete(table).where(where)).rowcount

    def _select(
        self,
        grant: Grant,
        table: sa.Table,
        where: sa.ColumnElement[bool],
        *,
        order: Sequence[sa.ColumnElement[Any]],
        limit: int | None = None,
    ) -> Sequence[sa.Row[Any]]:
        need(grant, READ, table.name)
        # Every ORDER BY ends in a unique key and says where NULLs go: the two engines differ on both by default.
        ordered = [o.nulls_last() for o in order]
        with self._reading() as con:
            return con.execute(sa.select(table).where(where).order_by(*ordered).limit(limit)).all()

    def _list(
        self,
        grant: Grant,
        noun: type[Noun],
        table: sa.Table,
        where: sa.ColumnElement[bool] | None = None,
        *,
        order: Sequence[sa.ColumnElement[Any]],
    ) -> list[Noun]:
        rows = self._select(grant, table, sa.true() if where is None else where, order=order)
        return [noun_of(noun, r) for r in rows]

    def _one(self, grant: Grant, noun: type[Noun], table: sa.Table, where: sa.ColumnElement[bool]) -> Noun | None:
        rows = self._select(grant, table, where, order=[c.asc() for c in table.primary_key.columns])
        return noun_of(noun, rows[0]) if rows else None


def json_text(value: object) -> str:
    """Return plain data as the desk keeps it: canonical JSON."""
    return canonical_bytes(value).decode()


def _stored(value: object) -> object:
    if isinstance(value, datetime):
        return to_micros(value)
    return json_text(value) if isinstance(value, Mapping) else value


def noun_of(noun: type[Noun], row: sa.Row[Any]) -> Noun:
    """Build a noun from a row: ``at`` and ``..._at`` are instants, :data:`_JSON` columns are JSON."""
    values: dict[str, object] = {}
    for name, value in row._mapping.items():
        instant = name == "at" or name.endswith("_at")
        if value is not None:
            value = from_micros(value) if instant else json.loads(value) if name in _JSON else value
        values[name] = value
    return noun(**values)
