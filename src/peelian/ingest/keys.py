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
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# Texts that reach this place hold no NUL (the door turns such rows away), so joining by NUL is injective.
_JOIN = "chr(0)"


@dataclass(frozen=True)
class Identified:
    """Which rows become records, and their ids.

    Parameters
    ----------
    stays : ndarray of bool, shape (n,)
        False for exact copies that are left out.
    repeats : ndarray of bool, shape (n,)
        True for rows whose natural key another row has as well, copies included.
    record_id : pyarrow.Array
        Ids of the rows that stay, in source order.
    """

    stays: np.ndarray
    repeats: np.ndarray
    record_id: pa.Array


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


def identify(
    con: duckdb.DuckDBPyConnection,
    key: pa.Table,
    content: pa.Table,
    drops_copies: np.ndarray,
    tags: pa.Array | str,
) -> Identified:
    """Give every row its id; leave out exact copies where the contract says they mean nothing.

    Parameters
    ----------
    con : DuckDBPyConnection
    key : pyarrow.Table
        The natural key's columns.
    content : pyarrow.Table
        Every kept column, the lasting ones first: ordinals follow this order.
    drops_copies : ndarray of bool, shape (n,)
        Rows of which exact copies are left out.
    tags : pyarrow.Array of str or str
        :func:`secret_tag` over source and slice, one a row or one for all.
    """
    n = content.num_rows
    record_id, low = _hash_keys(con, key, tags, np.zeros(n, np.int64))
    repeats = _repeated(low)
    stays = np.ones(n, bool)
    again = np.flatnonzero(repeats)
    if len(again):
        some = pa.array(again)
        ordinal, copy = _rank(con, record_id.take(some), content.take(some), drops_copies[again])
        stays[again] = ~copy
        later = ordinal * ~copy > 0
        record_id = _rename(con, key, tags, record_id, again[later], ordinal[later])
    return Identified(stays, repeats, record_id.filter(pa.array(stays)))


def _rename(
    con: duckdb.DuckDBPyConnection,
    key: pa.Table,
    tags: pa.Array | str,
    record_id: pa.Array,
    which: np.ndarray,
    ordinal: np.ndarray,
) -> pa.Array:
    """Give the second and later rows of a shared key ids of their own."""
    where = pa.array(which)
    renamed, _ = _hash_keys(con, key.take(where), tags if isinstance(tags, str) else tags.take(where), ordinal)
    mask = np.zeros(len(record_id), bool)
    mask[which] = True
    return pc.replace_with_mask(record_id, pa.array(mask), renamed)


def hash_rows(con: duckdb.DuckDBPyConnection, record_id: pa.Array, table: pa.Table, tag: str) -> pa.Array:
    """Hash the domain columns of a table together with each row's id."""
    names = [f"c{i}" for i in range(table.num_columns)]
    rows = pa.table([record_id, *table.columns], names=["record_id", *names])
    parts = [_as_text(name, field.type) for name, field in zip(names, table.schema, strict=True)]
    sql = f"SELECT left(sha256(concat_ws({_JOIN}, ?, record_id, {', '.join(parts)})), 32) AS h FROM rows_"
    return _run(con, rows, sql, [tag]).column("h").combine_chunks()


def _hash_keys(
    con: duckdb.DuckDBPyConnection, key: pa.Table, tags: pa.Array | str, ordinal: np.ndarray
) -> tuple[pa.Array, np.ndarray]:
    names = [f"c{i}" for i in range(key.num_columns)]
    columns = dict(zip(names, key.columns, strict=True)) | {"ordinal": pa.array(ordinal)}
    if not isinstance(tags, str):
        columns["tag"] = tags
    parts = [_as_text(name, field.type) for name, field in zip(names, key.schema, strict=True)]
    head = "?" if isinstance(tags, str) else "tag"
    sql = (
        f"SELECT h, hash(h) AS low FROM (SELECT left(sha256(concat_ws({_JOIN}, {head}, "
        f"{', '.join(parts)}, ordinal)), 32) AS h FROM rows_)"
    )
    out = _run(con, pa.table(columns), sql, [tags] if isinstance(tags, str) else [])
    return out.column("h").combine_chunks(), out.column("low").to_numpy()


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
    out = _run(con, rows, sql, [])
    return out.column("ordinal").to_numpy(), out.column("copy").to_numpy()


def _repeated(values: np.ndarray) -> np.ndarray:
    """Say which values occur more than once."""
    order = np.argsort(values, kind="stable")
    same = values[order][1:] == values[order][:-1]
    found = np.zeros(len(values), bool)
    found[order[1:][same]] = True
    found[order[:-1][same]] = True
    return found


def _as_text(name: str, kind: pa.DataType) -> str:
    """Write a column as text that is the same on every machine: metres as whole decimetres, missing as nothing."""
    if pa.types.is_floating(kind):
        return f"coalesce(CAST(CAST(round({name} * 10) AS BIGINT) AS VARCHAR), '')"
    if pa.types.is_boolean(kind):
        return f"CASE {name} WHEN true THEN 't' WHEN false THEN 'f' ELSE '' END"
    return f"coalesce(CAST({name} AS VARCHAR), '')"


def _run(con: duckdb.DuckDBPyConnection, rows: pa.Table, sql: str, values: Sequence[str]) -> pa.Table:
    con.register("rows_", rows)
    try:
        return con.sql(sql, params=list(values)).to_arrow_table()
    finally:
        con.unregister("rows_")
