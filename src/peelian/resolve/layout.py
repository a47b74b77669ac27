"""Records laid out in an engine for linking, a portion at a time: what is compared is kept once, and has a number.

A record is the numbers of what it says: how somebody is called, when they were born, where they are at home. So two
records are put side by side by looking five numbers up, whatever is written behind them, and two ways of being called
that meet often are compared once. What is kept apart changes nothing of what is compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from peelian.resolve.features import digest_sql
from peelian.resolve.release import ModelRelease
from peelian.resolve.shape import LADDERS, NAMES, Ladder

Ints = NDArray[np.int32]


@dataclass(frozen=True)
class Facet:
    """What a record says that some comparisons look at, and nothing else does; its table is the name with an s.

    Attributes
    ----------
    name : str
        Also the column of its numbers.
    ladders : tuple of Ladder
        The comparisons.
    by : tuple of str
        Columns from which the rest of it follow.
    """

    name: str
    ladders: tuple[Ladder, ...]
    by: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column of it."""
        return columns_of(self.ladders)


def columns_of(ladders: Sequence[Ladder]) -> tuple[str, ...]:
    """Return what some comparisons look at of a record, each column once."""
    return tuple(dict.fromkeys(c for x in ladders for c in x.columns))


def terms_of(ladders: Sequence[Ladder], release: ModelRelease) -> tuple[str, ...]:
    """Return the columns of which a shared term has a weight of its own in some comparisons."""
    named = dict.fromkeys(s.terms for x in ladders for s in x.steps)
    return tuple(c for c in named if c in release.terms)


def _facet(name: str, *by: str, ladders: tuple[str, ...]) -> Facet:
    own = tuple(x for x in LADDERS if x.name in ladders)
    return Facet(name, own, by or columns_of(own))


FACETS = (
    _facet("way", ladders=NAMES),
    _facet("birth", "birth_on", ladders=("birth",)),
    _facet("home", "address", "postcode", ladders=("home",)),
    _facet("phone", ladders=("phone",)),
    _facet("number", ladders=("reference",)),
)
# INVARIANT: each column that is compared is kept in one place.
assert sorted(c for f in FACETS for c in f.columns) == sorted(columns_of(LADDERS))
_WHERE = {c: f.name for f in FACETS for c in f.columns}


def lay_out(con: duckdb.DuckDBPyConnection, features: pa.Table, release: ModelRelease, first: int = 0) -> pa.Table:
    """Put what is compared of some records into the engine, beside what is there; return the records' numbers.

    Parameters
    ----------
    features : pyarrow.Table
        As :func:`peelian.resolve.features.make_features` gives them, by record id; they stay as ``portion``.
    first : int
        How many records are there already: 0 makes the tables.

    Returns
    -------
    pyarrow.Table
        A column of numbers for each facet, a row for each record, in their order.
    """
    # INVARIANT: the lower number is the lesser record id, so that a pair is told the same way round everywhere.
    order = np.arange(first, first + len(features), dtype=np.int32)
    con.register("portion", features.append_column("n", pa.array(order)))
    for column in release.terms:
        _lay_terms(con, column, release)
    for facet in FACETS:
        _lay_facet(con, facet, release, first)
    joins = [
        f"JOIN portion_{f.name} ON {' AND '.join(f'p.{c} IS NOT DISTINCT FROM portion_{f.name}.{c}' for c in f.by)}"
        for f in FACETS
    ]
    names = ", ".join(f.name for f in FACETS)
    numbers = con.sql(f"SELECT {names} FROM portion p {' '.join(joins)} ORDER BY n").to_arrow_table()
    for facet in FACETS:
        con.execute(f"DROP TABLE portion_{facet.name}")
    return numbers


def _lay_facet(con: duckdb.DuckDBPyConnection, facet: Facet, release: ModelRelease, first: int) -> None:
    """Give what a portion says numbers, and what sharing each term adds, and add it to the facet's table."""
    table = f"{facet.name}s"
    ((before,),) = con.execute(f"SELECT count(*) FROM {table}").fetchall() if first else [(0,)]
    rest = "".join(f", any_value({c}) AS {c}" for c in facet.columns if c not in facet.by)
    by, terms = ", ".join(facet.by), terms_of(facet.ladders, release)
    con.execute(
        f"CREATE TEMP TABLE portion_{facet.name} AS SELECT *, ({before} + row_number() OVER ())::INTEGER"
        f" AS {facet.name} FROM (SELECT {by}{rest} FROM portion GROUP BY {by})"
    )
    mbits = "".join(f", coalesce(shares_{c}.mbit, 0) AS term_{c}" for c in terms)
    joins = " ".join(f"LEFT JOIN shares_{c} ON p.{c} = shares_{c}.value" for c in terms)
    rows = f"SELECT p.*{mbits} FROM portion_{facet.name} p {joins}"
    con.execute(f"INSERT INTO {table} {rows}" if first else f"CREATE TEMP TABLE {table} AS {rows}")


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


def lay_pairs(con: duckdb.DuckDBPyConnection, numbers: pa.Table, left: Ints, right: Ints) -> None:
    """Make the table ``candidates``: pairs of records, with the numbers of what each says."""
    columns = {"n_l": left, "n_r": right}
    for facet in FACETS:
        own = numbers[facet.name].to_numpy()
        columns |= {f"{facet.name}_l": own[left], f"{facet.name}_r": own[right]}
    con.register("pairs_in", pa.table(columns))
    con.execute("CREATE OR REPLACE TEMP TABLE candidates AS FROM pairs_in")
    con.unregister("pairs_in")


def side_by_side(pairs: str, ladders: Sequence[Ladder]) -> str:
    """Return SQL that puts beside pairs what some comparisons look at of both records."""
    wanted = dict.fromkeys(_WHERE[c] for c in columns_of(ladders))
    joins = [f"JOIN {f}s {s}_{f} ON {s}_{f}.{f} = {f}_{s}" for f in wanted for s in "lr"]
    return f"{pairs} {' '.join(joins)}"


def compared(ladders: Sequence[Ladder], release: ModelRelease) -> str:
    """Return SQL for what comparisons look at of both records, and what a shared term of the left one would add."""
    sides = [f"{s}_{_WHERE[c]}.{c} AS {c}_{s}" for s in "lr" for c in columns_of(ladders)]
    return ", ".join([*sides, *(f"l_{_WHERE[c]}.term_{c} AS term_{c}_l" for c in terms_of(ladders, release))])
