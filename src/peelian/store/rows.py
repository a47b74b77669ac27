"""How rows are written to and read from the desk database: grants, transactions, nouns and their columns."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.sql.compiler import SQLCompiler

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
        self._asked: dict[object, _Asked] = {}

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

    def _find(
        self, grant: Grant, noun: type[Noun], column: sa.Column[Any], value: object, *, order: tuple[str, ...] = ()
    ) -> list[Noun]:
        """Return the nouns with one value in a column, by a statement that is put into words once.

        Who is there is asked for on every call, several times a page: building the same statement anew took ten times
        as long as the answer [M]. One statement by itself sees one state of the database and needs no transaction.

        Parameters
        ----------
        order : tuple of str
            Names of columns, newest first; the primary key where none is named.
        """
        need(grant, READ, column.table.name)
        rows = self._answers((column, order), partial(_one_value, column, order), {_VALUE: value})
        return [noun_from(noun, row) for row in rows]

    def _answers(
        self, name: object, select: Callable[[], sa.Select[Any]], values: Mapping[str, object]
    ) -> list[dict[str, Any]]:
        """Answer a statement that is put into the engine's words once, by its name; the caller has seen the grant."""
        asked = self._asked.get(name)
        if asked is None:
            asked = self._asked[name] = _ask(self.engine, select())
        raw = self.engine.raw_connection()
        try:
            cursor = raw.cursor()
            cursor.execute(asked.text, asked.given(values))
            found = cursor.fetchall()
            cursor.close()
        finally:
            raw.close()
        return [asked.read(row) for row in found]

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
    return noun_from(noun, row._asdict())


def noun_from(noun: type[Noun], stored: Mapping[str, Any]) -> Noun:
    """Build a noun from what a row holds, by column."""
    values: dict[str, object] = {}
    for name, value in stored.items():
        instant = name == "at" or name.endswith("_at")
        if value is not None:
            value = from_micros(value) if instant else json.loads(value) if name in _JSON else value
        values[name] = value
    return noun(**values)


_VALUE = "value"


@dataclass(frozen=True)
class _Asked:
    """A statement with one place for a value, in the engine's own words."""

    text: str
    places: tuple[str, ...] | None
    names: tuple[str, ...]
    booleans: frozenset[str]

    def given(self, values: Mapping[str, object]) -> Any:
        """Return the values in the way that the engine's driver takes them."""
        return dict(values) if self.places is None else tuple(values[name] for name in self.places)

    def read(self, row: Sequence[Any]) -> dict[str, Any]:
        """Name what a row holds; SQLite keeps a yes or no as a number."""
        held = dict(zip(self.names, row, strict=True))
        return held | {name: bool(held[name]) for name in self.booleans if held[name] is not None}


def _one_value(column: sa.Column[Any], order: tuple[str, ...]) -> sa.Select[Any]:
    columns = column.table.columns
    ordered = [columns[n].desc() for n in order] or [c.asc() for c in column.table.primary_key.columns]
    select = sa.select(column.table).where(column == sa.bindparam(_VALUE))
    return select.order_by(*(o.nulls_last() for o in ordered))


def _ask(engine: Engine, select: sa.Select[Any]) -> _Asked:
    compiled = select.compile(dialect=engine.dialect)
    assert isinstance(compiled, SQLCompiler), "a SELECT"
    places = tuple(compiled.positiontup or ()) if compiled.positional else None
    columns = list(select.selected_columns)
    booleans = frozenset(c.name for c in columns if isinstance(c.type, sa.Boolean))
    return _Asked(str(compiled), places, tuple(c.name for c in columns), booleans)
