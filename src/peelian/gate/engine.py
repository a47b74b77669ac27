"""Two kinds of DuckDB connection: the gate's own, which reads the lake, and a view's, which reads only the view."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from peelian.core.errors import LimitError
from peelian.store.commit import Done
from peelian.store.grant import Grant
from peelian.store.lake import HISTORY, Lake

_KEPT = 8
"""How many earlier commits' relations of a table stay, for readers that are still at them."""


class Engine:
    """The gate's connection to the lake. It never leaves the gate: callers get Arrow.

    Parameters
    ----------
    lake : Lake
        Where the files are.
    spill : Path
        Folder inside the deployment for results larger than memory; a spill file anywhere else would outlive an
        erasure.
    threads : int
        Threads for one statement.
    """

    def __init__(self, lake: Lake, spill: Path, threads: int = 2) -> None:
        self.lake = lake
        self.lock = threading.Lock()
        self.known: dict[str, str] = {}
        config: dict[str, str | bool | int | float | list[str]] = {
            "threads": threads,
            "temp_directory": str(spill),
            "autoinstall_known_extensions": False,
        }
        self.connection = duckdb.connect(":memory:", config=config)
        self.connection.execute("SET parquet_metadata_cache = true")
        self.connection.execute("SET python_enable_replacements = false")
        # DuckDB 2.0.0 pushes the bound of a top-N into Parquet scans; with NULLS FIRST it lets values beyond the bound
        # through as nulls (its pull request 19744). A limited order is sorted in full instead.
        self.connection.execute("SET disabled_optimizers = 'top_n'")

    def relation(self, grant: Grant, table: str, done: Done | None, known_at_seq: int | None) -> str:
        """Name a relation that stands for a table at one commit, made on first use.

        Files of a version never change, so neither does what the name stands for.
        """
        vector: Mapping[str, int] = done.vector if done else {}
        versions = f"{vector.get(table, 'none')}_{vector.get(table + HISTORY, 'none')}"
        name = f"{table}@{versions}" + (f"@{known_at_seq}" if known_at_seq is not None else "")
        with self.lock:
            if name not in self.known:
                self._define(grant, name, table, vector, known_at_seq)
        return name

    def _define(self, grant: Grant, name: str, table: str, vector: Mapping[str, int], known_at_seq: int | None) -> None:
        if known_at_seq is None:
            sql = self.lake.scan_sql(grant, table, vector.get(table))
        else:
            sql = self.lake.known_at_sql(grant, table, vector, known_at_seq)
        same = [n for n in self.known if n.split("@")[0] == table]
        for old in same[:-_KEPT]:
            self.connection.execute(f'DROP VIEW "{old}"')
            del self.known[old]
        self.connection.execute(f'CREATE VIEW "{name}" AS {sql}')
        self.known[name] = sql

    def run(self, sql: str) -> pa.Table:
        """Run one compiled statement and return its rows.

        Raises
        ------
        LimitError
            ``sum-too-large``, ``engine-failed``.
        """
        with self.lock:
            cursor = self.connection.cursor()
        try:
            rows = cursor.sql(sql).to_arrow_table()
        except duckdb.Error as error:
            raise _engine_failed(type(error).__name__) from None  # its message quotes data: it goes no further
        return settle(rows)

    def forget(self) -> None:
        """Drop every relation, and whatever the engine has cached of files that are no more."""
        with self.lock:
            for name in self.known:
                self.connection.execute(f'DROP VIEW "{name}"')
            self.known.clear()

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()


def _engine_failed(kind: str) -> LimitError:
    return LimitError(
        "engine-failed",
        "The data engine gave up on a question that is well formed.",
        why=f"It ran out of memory or of disk, or a file could not be read ({kind}); its own words may quote data.",
        do="Ask for fewer rows or columns; if that does not help, check the disk and `peelian ledger verify`.",
    )


def settle(rows: pa.Table) -> pa.Table:
    """Give every value one form: sums, which the engine widens to 128 bits, as whole numbers of 64; one zero, not two.

    Minus zero equals zero, so which of the two stands for a group would depend on the order of rows; canonical JSON
    knows only one (RFC 8785, section 3.2.2.3).
    """
    for i, field in enumerate(rows.schema):
        if pa.types.is_decimal(field.type):
            rows = rows.set_column(i, field.name, _whole(rows.column(i)))
        elif pa.types.is_floating(field.type):
            rows = rows.set_column(i, field.name, pc.add(rows.column(i), 0.0))
    return rows


def _whole(sums: pa.ChunkedArray) -> pa.ChunkedArray:
    try:
        return sums.cast(pa.int64())
    except pa.ArrowInvalid:
        raise LimitError(
            "sum-too-large",
            "A sum is larger than 64 bits can hold.",
            why="It would have to be rounded, and then nobody could replay it exactly.",
            do="Ask for smaller groups.",
        ) from None


def narrow_connection(name: str, rows: pa.Table, threads: int = 2) -> duckdb.DuckDBPyConnection:
    """Open a connection that holds one materialised relation and can reach nothing else.

    No files, no network, no attached databases, no extensions, no Python variables; the configuration is locked.
    This guards against mistakes in our own process; hostile code runs in the worker
    (:mod:`peelian.gate.sandbox.lockdown`).
    """
    connection = duckdb.connect(":memory:", config={"threads": threads, "temp_directory": ""})
    connection.register("incoming", rows)
    connection.execute(f'CREATE TABLE "{name}" AS SELECT * FROM incoming')
    connection.unregister("incoming")
    for setting in (
        "python_enable_replacements = false",
        "autoinstall_known_extensions = false",
        "autoload_known_extensions = false",
        "allow_community_extensions = false",
        "enable_external_access = false",
        "lock_configuration = true",
    ):
        connection.execute(f"SET {setting}")
    return connection
