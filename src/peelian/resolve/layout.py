"""Records laid out in an engine for linking, a portion at a time: what many say alike is kept once for each portion.

Two records are compared by number: ``records`` has the number of each, what it is called by (a row of ``ways``), where
it is at home (a row of ``homes``), and the rest of what is compared as it stands. What is kept apart changes nothing
of what is compared, only how often and in how much memory.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import numpy as np
import pyarrow as pa

from peelian.resolve.features import digest_sql
from peelian.resolve.release import ModelRelease
from peelian.resolve.shape import LADDERS, NAMES, Ladder

HOME = "home"
"""The comparison of what ``homes`` keeps."""

_NARROW = {"birth_year": "SMALLINT", "birth_month": "TINYINT", "birth_day": "TINYINT"}


def columns_of(ladders: Sequence[Ladder]) -> tuple[str, ...]:
    """Return what some comparisons look at of a record, each column once."""
    return tuple(dict.fromkeys(c for x in ladders for c in x.columns))


def terms_of(ladders: Sequence[Ladder], release: ModelRelease) -> tuple[str, ...]:
    """Return the columns of which a shared term has a weight of its own in some comparisons."""
    named = dict.fromkeys(s.terms for x in ladders for s in x.steps)
    return tuple(c for c in named if c in release.terms)


_NAMES = [x for x in LADDERS if x.name in NAMES]
_HOMES = [x for x in LADDERS if x.name == HOME]
_WAYS = columns_of(_NAMES)
_PLACES = columns_of(_HOMES)
_REST = tuple(c for c in columns_of(LADDERS) if c not in (*_WAYS, *_PLACES))


def lay_out(con: duckdb.DuckDBPyConnection, features: pa.Table, release: ModelRelease, first: int = 0) -> None:
    """Put features into the engine beside those that are there, numbered from ``first``.

    Parameters
    ----------
    features : pyarrow.Table
        As :func:`peelian.resolve.features.make_features` gives them, by record id.
    first : int
        How many records are there already: 0 makes the tables. They stay as ``portion`` until the next.
    """
    # INVARIANT: the lower number is the lesser record id, so that a pair is told the same way round everywhere.
    numbers = np.arange(first, first + len(features), dtype=np.int32)
    con.register("portion", features.append_column("n", pa.array(numbers)))
    for column in release.terms:
        _lay_terms(con, column, release)
    called = " AND ".join(f"f.{c} IS NOT DISTINCT FROM w.{c}" for c in _WAYS)
    _lay_apart(con, "ways", "way", f"SELECT DISTINCT {', '.join(_WAYS)} FROM portion", terms_of(_NAMES, release), first)
    # The rest of a home follows from its address and its postcode.
    follows = ", ".join(f"any_value({c}) AS {c}" for c in _PLACES if c not in ("address", "postcode"))
    homes = f"SELECT address, postcode, {follows} FROM portion GROUP BY address, postcode"
    _lay_apart(con, "homes", "home", homes, terms_of(_HOMES, release), first)
    rest = ", ".join(f"f.{c}::{_NARROW[c]} AS {c}" if c in _NARROW else f"f.{c}" for c in _REST)
    _add(con, "records", f"SELECT f.n, w.way, h.home, {rest} FROM portion f JOIN portion_ways w ON {called}"
         " JOIN portion_homes h ON f.address IS NOT DISTINCT FROM h.address"
         " AND f.postcode IS NOT DISTINCT FROM h.postcode", first)  # fmt: skip
    con.execute("DROP TABLE portion_ways; DROP TABLE portion_homes")


def _lay_apart(
    con: duckdb.DuckDBPyConnection, table: str, key: str, rows: str, terms: Sequence[str], first: int
) -> None:
    """Give what a portion says numbers, and what sharing each term adds, and add it to the table."""
    ((before,),) = con.execute(f"SELECT count(*) FROM {table}").fetchall() if first else [(0,)]
    numbered = f"SELECT *, ({before} + row_number() OVER ())::INTEGER AS {key} FROM ({rows})"
    con.execute(f"CREATE TEMP TABLE portion_{table} AS {numbered}")
    mbits = "".join(f", coalesce(shares_{c}.mbit, 0) AS term_{c}" for c in terms)
    joins = " ".join(f"LEFT JOIN shares_{c} ON p.{c} = shares_{c}.value" for c in terms)
    _add(con, table, f"SELECT p.*{mbits} FROM portion_{table} p {joins}", first)


def _lay_terms(con: duckdb.DuckDBPyConnection, column: str, release: ModelRelease) -> None:
    """Look up, once for each value that occurs, what sharing it adds: terms stand in a release as digests."""
    mbits = release.terms[column]
    known = pa.table({"term": pa.array(mbits, pa.string()), "mbit": pa.array(mbits.values(), pa.int64())})
    con.register(f"terms_{column}", known)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE shares_{column} AS SELECT value, coalesce(mbit, {mbits.get('', 0)}) AS mbit"
        f" FROM (SELECT DISTINCT {column} AS value FROM portion WHERE {column} IS NOT NULL)"
        f" LEFT JOIN terms_{column} ON {digest_sql('value')} = term"
    )


def _add(con: duckdb.DuckDBPyConnection, table: str, query: str, first: int) -> None:
    con.execute(f"INSERT INTO {table} {query}" if first else f"CREATE TEMP TABLE {table} AS {query}")


def side_by_side(pairs: str, ladders: Sequence[Ladder]) -> str:
    """Return SQL for the two records of each pair of numbers, with what some comparisons look at."""
    kept = {c: where for where, columns in (("w", _WAYS), ("h", _PLACES)) for c in columns}
    wanted = {kept.get(c, "") for c in columns_of(ladders)}
    joins = [f"JOIN records {s} ON {s}.n = n_{s}" for s in "lr"]
    joins += [f"JOIN ways {s}w ON {s}w.way = {s}.way" for s in "lr" if "w" in wanted]
    joins += [f"JOIN homes {s}h ON {s}h.home = {s}.home" for s in "lr" if "h" in wanted]
    return f"{pairs} {' '.join(joins)}"


def compared(ladders: Sequence[Ladder], release: ModelRelease, *, alone: bool = False) -> str:
    """Return SQL for what comparisons look at of both records, and what a shared term of the left one would add.

    ``alone`` says that the sides are rows of one table; otherwise they are what :func:`side_by_side` joins.
    """
    kept = {c: "" if alone else where for where, columns in (("w", _WAYS), ("h", _PLACES)) for c in columns}
    sides = [f"{s}{kept.get(c, '')}.{c} AS {c}_{s}" for s in "lr" for c in columns_of(ladders)]
    return ", ".join([*sides, *(f"l{kept[c]}.term_{c} AS term_{c}_l" for c in terms_of(ladders, release))])
