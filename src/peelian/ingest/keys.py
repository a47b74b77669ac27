"""Ids and hashes that depend on a row's content alone, never on where it stands in the file.

* ``record_id`` = SHA-256(pepper, source, slice, natural key, ordinal), first 32 hex digits.
* ``row_hash`` = SHA-256(pepper, table, record_id, domain columns), first 32 hex digits. The record's id is in it, so
  that two people with equal characteristics do not share a hash.

A source's own reference is a natural key that may repeat or be empty. Rows that share one are told apart by an
*ordinal*: their rank among each other by content. So the set of (record_id, row_hash) is a function of a file's
content, and reading month after month gives what one reading of everything gives.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# Texts that reach this place hold no NUL (the door turns such rows away), so joining by NUL is injective.
_JOIN = "chr(0)"
_BATCH = 65_536


@dataclass(frozen=True)
class Identified:
    """Which rows become records, their ids and hashes.

    Parameters
    ----------
    stays : ndarray of bool, shape (n,)
        False for exact copies that are left out.
    repeats : ndarray of bool, shape (n,)
        True for rows whose natural key another row has as well, copies included.
    record_id : pyarrow.Array
        Of the rows that stay, in source order.
    row_hash : mapping of str to pyarrow.Array
        Table -> hash of each row that stays.
    """

    stays: np.ndarray
    repeats: np.ndarray
    record_id: pa.Array
    row_hash: Mapping[str, pa.Array]


@dataclass(frozen=True)
class Claim:
    """What identifies rows: natural key, content, and the columns of each table they feed.

    Parameters
    ----------
    key : pyarrow.Table
        The natural key's columns.
    content : pyarrow.Table
        Every kept column, the lasting ones first: ordinals follow this order.
    drops_copies : ndarray of bool, shape (n,)
        Rows of which exact copies are left out.
    tags : pyarrow.Array of str
        :func:`secret_tag` over source and slice of each row.
    tables : mapping of str to (str, pyarrow.Table)
        Table -> its :func:`secret_tag` and its domain columns.
    """

    key: pa.Table
    content: pa.Table
    drops_copies: np.ndarray
    tags: pa.Array
    tables: Mapping[str, tuple[str, pa.Table]]


def connect(threads: int) -> duckdb.DuckDBPyConnection:
    """Open an engine that can hold raw rows: in memory, unable to spill to disk or to reach files."""
    con = duckdb.connect(":memory:", config={"threads": threads, "temp_directory": "", "max_temp_directory_size": "0B"})
    con.execute("SET preserve_insertion_order = true")
    con.execute("SET enable_external_access = false")
    con.execute("SET lock_configuration = true")
    return con


def secret_tag(pepper: bytes, *words: str) -> str:
    """Return 32 hex digits that stand for pepper and words at the head of a hashed text."""
    text = b"\0".join([pepper.hex().encode(), *(w.encode() for w in words)])
    return hashlib.sha256(text).hexdigest()[:32]


def identify(con: duckdb.DuckDBPyConnection, claim: Claim) -> Identified:
    """Give every row its id and hashes; leave out exact copies where the contract says they mean nothing."""
    n = claim.content.num_rows
    hashed = _hash(con, claim, np.zeros(n, np.int64))
    repeats = _repeated(hashed["low"].to_numpy())
    stays = np.ones(n, bool)
    again = np.flatnonzero(repeats)
    if len(again):
        some = pa.array(again)
        ids = hashed["record_id"].combine_chunks().take(some)
        ordinal, copy = _rank(con, ids, claim.content.take(some), claim.drops_copies[again])
        stays[again] = ~copy
        later = (ordinal > 0) & ~copy
        hashed = _rename(con, claim, hashed, again[later], ordinal[later])
    if not stays.all():
        hashed = hashed.filter(pa.array(stays))
    columns = {name: hashed[name].combine_chunks() for name in ("record_id", *claim.tables)}
    return Identified(stays, repeats, columns.pop("record_id"), columns)


def _rename(
    con: duckdb.DuckDBPyConnection, claim: Claim, hashed: pa.Table, which: np.ndarray, ordinal: np.ndarray
) -> pa.Table:
    """Give the second and later rows of a shared key ids and hashes of their own."""
    where = pa.array(which)
    tables = {name: (tag, columns.take(where)) for name, (tag, columns) in claim.tables.items()}
    some = Claim(claim.key.take(where), claim.content, claim.drops_copies, claim.tags.take(where), tables)
    renamed = _hash(con, some, ordinal)
    mask = np.zeros(hashed.num_rows, bool)
    mask[which] = True
    columns = {
        name: pc.replace_with_mask(hashed[name].combine_chunks(), pa.array(mask), renamed[name].combine_chunks())
        for name in hashed.column_names
    }
    return pa.table(columns)


def _hash(con: duckdb.DuckDBPyConnection, claim: Claim, ordinal: np.ndarray) -> pa.Table:
    """Compute record_id and every table's row hash in one pass; ``low`` is a quick stand-in to find repeats by."""
    columns: dict[str, pa.ChunkedArray | pa.Array] = {"tag": claim.tags, "ordinal": pa.array(ordinal)}
    key = _add_columns(columns, "k", claim.key)
    sums = []
    for i, (name, (tag, table)) in enumerate(claim.tables.items()):
        parts = _add_columns(columns, f"t{i}_", table)
        sums.append(f"left(sha256(concat_ws({_JOIN}, '{tag}', record_id, {', '.join(parts)})), 32) AS {name}")
    sql = f"""
        SELECT record_id, hash(record_id) AS low, {", ".join(sums)}
        FROM (SELECT *, left(sha256(concat_ws({_JOIN}, tag, {", ".join(key)}, ordinal)), 32) AS record_id FROM rows_)"""
    return _run(con, pa.table(columns), sql)


def _add_columns(columns: dict[str, pa.ChunkedArray | pa.Array], prefix: str, table: pa.Table) -> list[str]:
    """Put a table's columns among those to hash; return how each is written as text."""
    names = [f"{prefix}{i}" for i in range(table.num_columns)]
    columns |= dict(zip(names, table.columns, strict=True))
    return [_as_text(name, field.type) for name, field in zip(names, table.schema, strict=True)]


def _rank(
    con: duckdb.DuckDBPyConnection, record_id: pa.Array, content: pa.Table, drops: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Rank rows that share a key by their content, and say which are copies to leave out."""
    names = [f"c{i}" for i in range(content.num_columns)]
    columns = dict(zip(names, content.columns, strict=True))
    rows = pa.table({"k": record_id, "i": np.arange(len(drops)), "drops": drops, **columns})
    order = ", ".join(f"{name} ASC NULLS FIRST" for name in names)
    same = ", ".join(["k", "drops", *names])
    sql = f"""
        WITH marked AS (SELECT *, drops AND row_number() OVER (PARTITION BY {same} ORDER BY i) > 1 AS copy FROM rows_)
        SELECT copy, row_number() OVER (PARTITION BY k, copy ORDER BY {order}, i) - 1 AS ordinal
        FROM marked ORDER BY i"""
    out = _run(con, rows, sql)
    return out.column("ordinal").to_numpy(), out.column("copy").to_numpy()


def _repeated(values: np.ndarray) -> np.ndarray:
    """Say which values occur more than once."""
    ordered = np.sort(values)
    again = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    if len(again) == 0:
        return np.zeros(len(values), bool)
    return again[np.minimum(np.searchsorted(again, values), len(again) - 1)] == values


def _as_text(name: str, kind: pa.DataType) -> str:
    """Write a column as text that is the same on every machine: metres as whole decimetres, missing as nothing."""
    if pa.types.is_floating(kind):
        return f"coalesce(CAST(CAST(round({name} * 10) AS BIGINT) AS VARCHAR), '')"
    if pa.types.is_boolean(kind):
        return f"CASE {name} WHEN true THEN 't' WHEN false THEN 'f' ELSE '' END"
    return f"coalesce(CAST({name} AS VARCHAR), '')"


def _run(con: duckdb.DuckDBPyConnection, rows: pa.Table, sql: str) -> pa.Table:
    # The engine's threads take a batch each: one large batch would keep all but one waiting.
    con.register("rows_", pa.Table.from_batches(rows.to_batches(max_chunksize=_BATCH), rows.schema))
    try:
        return con.sql(sql).to_arrow_table()
    finally:
        con.unregister("rows_")
