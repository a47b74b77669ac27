"""The lake: Delta tables, hash-bucketed by ``record_id``, read by DuckDB through one function.

Declared once in :mod:`peelian.model.record`, a table has here a pinned schema (domain and system columns and the
partition column ``bucket``), a folder, and a twin ``<table>_history`` for superseded versions. Readers never ask
Delta for "latest": they name the version that the last *done* entry in the ledger names.

Files hold every column but ``bucket`` and are clustered by ``label_id``, then ``slice_id``, so that a reader who may
see few labels, or a re-publication of one slice, skips most row groups.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable
from deltalake import Schema as DeltaSchema
from deltalake.exceptions import DeltaError, TableNotFoundError

from peelian.core.errors import InvalidError, MissingError, TamperedError
from peelian.model.record import HISTORY_COLUMN, SYSTEM_COLUMNS, TABLES, Column, TableSpec
from peelian.store.grant import READ, Grant, need

HISTORY = "_history"
BUCKET = "bucket"
LARGE_ROWS = 200_000
"""From so many rows on, records are looked for in the files of their own buckets alone."""

STATS_COLUMNS = ("label_id", "seq_from")
"""What Delta's log may keep minima and maxima of: surrogates. Anything else would outlive an erasure there [M]."""

_ARROW: Mapping[str, pa.DataType] = {
    "text": pa.string(),
    "int": pa.int64(),
    "float": pa.float64(),
    "bool": pa.bool_(),
    "day": pa.date32(),
    "instant": pa.int64(),
}
_SQL: Mapping[str, str] = {
    "text": "VARCHAR",
    "int": "BIGINT",
    "float": "DOUBLE",
    "bool": "BOOLEAN",
    "day": "DATE",
    "instant": "BIGINT",
}
_READER_FEATURES: frozenset[str] = frozenset()
"""Delta reader features we understand beyond the plain format: none. DuckDB reads the Parquet files directly, so a
deletion vector would show deleted rows and a column mapping would show other columns' values."""


@dataclass(frozen=True)
class Snapshot:
    """The files of one table at one version: what a reader may open, and nothing else."""

    table: str
    version: int
    uris: tuple[str, ...]
    paths: tuple[str, ...]  # relative to the table's folder, as Delta's log spells them
    rows: tuple[int, ...]


def columns_of(spec: TableSpec, *, history: bool = False) -> tuple[Column, ...]:
    """Return a table's columns as stored: domain, system, and ``seq_to`` for history; without the bucket."""
    return (*spec.columns, *SYSTEM_COLUMNS, *((HISTORY_COLUMN,) if history else ()))


def arrow_schema(spec: TableSpec, *, history: bool = False) -> pa.Schema:
    """Return the pinned Arrow schema of a table's files."""
    return pa.schema([pa.field(c.name, _ARROW[c.kind]) for c in columns_of(spec, history=history)])


def quote(text: str) -> str:
    """Quote a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


class Lake:
    """Delta tables in one folder.

    Parameters
    ----------
    folder : Path
        The lake's folder; one folder a table inside.
    n_buckets : int
        Power of two up to 65,536: files a table is cut into by ``record_id``. Fixed when the deployment is made.
    threads : int
        Threads for reading and writing.
    tables : mapping of str to TableSpec
        Declared tables; :data:`peelian.model.record.TABLES` unless a test declares its own.
    """

    def __init__(
        self, folder: Path, n_buckets: int = 16, threads: int = 2, tables: Mapping[str, TableSpec] = TABLES
    ) -> None:
        assert 1 <= n_buckets <= 65536 and n_buckets & (n_buckets - 1) == 0, "a power of two"
        self.folder = folder
        self.n_buckets = n_buckets
        self.threads = threads
        self.tables = tables
        self._seen: dict[tuple[str, int], Snapshot] = {}
        self._seen_lock = threading.Lock()
        self._as_declared: dict[str, bool] = {}

    def files(self, grant: Grant, table: str, version: int | None, *, history: bool = False) -> list[str]:
        """List the Parquet files of a table (or of its history) at a Delta version; none for version None."""
        need(grant, READ, table)
        name = table + HISTORY if history else table
        return [] if version is None else list(self.snapshot(name, version).uris)

    def scan_sql(self, grant: Grant, table: str, version: int | None, *, history: bool = False) -> str:
        """Write a DuckDB SELECT over exactly the files of one version, with the declared schema.

        A column that a file does not have yet (the table has evolved) reads as NULL; a column that nobody declares
        any more does not appear. Version None is a table nothing was ever committed to: the answer has no rows.
        """
        return self._scan(table, self.files(grant, table, version, history=history), history)

    def id_scans(
        self, grant: Grant, table: str, version: int | None, record_ids: Collection[str]
    ) -> list[tuple[str, list[str]]]:
        """Write the SELECTs that hold some records of a large table, each with the ids to look for in it.

        A record's bucket is known from its id. Asked of all files at once, an id falls between the bounds of one row
        group of every bucket, and all of those are read: sixteen times as many as hold anything [M]. For a small
        table one SELECT is quicker than several.
        """
        files, ids = self.files(grant, table, version), sorted(record_ids)
        if not ids or version is None or sum(self.snapshot(table, version).rows) < LARGE_ROWS:
            return [(self._scan(table, files, False), ids)]
        here: dict[int, list[str]] = {}
        for record_id in ids:
            here.setdefault(int(record_id[-8:], 16) % self.n_buckets, []).append(record_id)
        own: dict[int, list[str]] = {}
        for file in files:
            own.setdefault(_bucket_of(file), []).append(file)
        return [(self._scan(table, own.get(bucket, []), False), wanted) for bucket, wanted in sorted(here.items())]

    def part_sql(self, grant: Grant, table: str, version: int | None, part: int, n_parts: int) -> str:
        """Write a SELECT over the files that can hold one of ``n_parts`` parts of a table, by the end of record ids.

        Parameters
        ----------
        part, n_parts : int
            Which one, from 0, of how many: a power of two.
        """
        shared = min(n_parts, self.n_buckets)
        files = [f for f in self.files(grant, table, version) if _bucket_of(f) % shared == part % shared]
        return self._scan(table, files, False)

    def known_at_sql(self, grant: Grant, table: str, vector: Mapping[str, int], seq: int) -> str:
        """Write a DuckDB SELECT for a table as it was known at commit ``seq``.

        current(seq_from <= seq) UNION ALL history(seq_from <= seq < seq_to): an earlier answer, less what has been
        erased since.
        """
        current = self.scan_sql(grant, table, vector.get(table))
        past = self.scan_sql(grant, table, vector.get(table + HISTORY), history=True)
        names = ", ".join(f'"{c.name}"' for c in columns_of(self.spec(table)))
        return (
            f"SELECT {names} FROM ({current}) WHERE seq_from <= {int(seq)} UNION ALL "
            f"SELECT {names} FROM ({past}) WHERE seq_from <= {int(seq)} AND seq_to > {int(seq)}"
        )

    def _scan(self, table: str, files: list[str], history: bool) -> str:
        columns = columns_of(self.spec(table), history=history)
        listed = ", ".join(quote(f) for f in files)
        if files and all(self._is_as_declared(f, table, history) for f in files):
            # Half the time of what follows, for every statement: the engine need not work out a common schema [M].
            names = ", ".join(f'"{c.name}"' for c in columns)
            return f"SELECT {names} FROM read_parquet([{listed}], hive_partitioning = false)"
        typed = ", ".join(f'NULL::{_SQL[c.kind]} AS "{c.name}"' for c in columns)
        source = f"SELECT {typed} WHERE false"
        if files:
            # The empty typed relation declares the schema; without it and union_by_name a column that the first
            # file lacks would silently vanish from the answer [M]. The bucket is in the path only.
            source += (
                f" UNION ALL BY NAME SELECT * FROM read_parquet([{listed}], "
                "union_by_name = true, hive_partitioning = false)"
            )
        cast = ", ".join(f'CAST("{c.name}" AS {_SQL[c.kind]}) AS "{c.name}"' for c in columns)
        return f"SELECT {cast} FROM ({source})"

    def _is_as_declared(self, file: str, table: str, history: bool) -> bool:
        """Say whether a file has exactly the declared columns and types. Looked at once: a file never changes."""
        if file not in self._as_declared:
            wanted = arrow_schema(self.spec(table), history=history)
            try:
                self._as_declared[file] = pq.read_schema(file).equals(wanted)
            except (OSError, pa.ArrowInvalid):  # whoever reads it says what is wrong with it
                return False
        return self._as_declared[file]

    def spec(self, table: str) -> TableSpec:
        """Return the declaration of a table."""
        spec = self.tables.get(table)
        if spec is None:
            raise MissingError(
                "table-undeclared",
                f'There is no table "{table}".',
                why="Tables are declared in the model; undeclared data does not exist.",
                do="Check the name; `peelian why` lists the tables a purpose may open.",
            )
        return spec

    # What follows is for the store's own modules, which have checked a grant.

    def declared(self, name: str) -> tuple[TableSpec, bool]:
        """Take a stored table's name apart: its declaration, and whether it is the history twin."""
        if name not in self.tables and name.endswith(HISTORY):
            return self.spec(name.removesuffix(HISTORY)), True
        return self.spec(name), False

    def path(self, name: str) -> Path:
        """Return the folder of a table or of its history."""
        return self.folder / name

    def names(self) -> list[str]:
        """List the stored tables, history twins included."""
        return [n for t in self.tables for n in (t, t + HISTORY) if (self.path(n) / "_delta_log").exists()]

    def snapshot(self, name: str, version: int) -> Snapshot:
        """Read which files a version holds. Cached: a version's files never change."""
        with self._seen_lock:
            known = self._seen.get((name, version))
        if known is None:
            known = _snapshot(name, self.path(name), self.open(name, version))
            with self._seen_lock:
                self._seen[(name, version)] = known
        return known

    def forget_versions(self) -> None:
        """Forget which files versions held: an erasure has deleted the older ones."""
        with self._seen_lock:
            self._seen.clear()
            self._as_declared.clear()

    def open(self, name: str, version: int | None = None) -> DeltaTable:
        """Open a Delta table at a version (None: the newest, for the writer only) and check that we understand it."""
        try:
            table = DeltaTable(str(self.path(name)), version=version)
        except (DeltaError, TableNotFoundError, OSError) as error:
            raise TamperedError(
                "lake-damaged",
                f'Table "{name}" cannot be opened at version {version}.',
                why=f"The ledger says it was committed, and the lake does not have it ({type(error).__name__}).",
                do="Stop, keep the folder as it is, and restore the lake from a backup of the same commit.",
            ) from error
        _refuse_features(name, table)
        return table

    def ensure(self, name: str) -> DeltaTable:
        """Open the newest version of a table for writing; make it, or add newly declared columns, if need be."""
        spec, history = self.declared(name)
        wanted = arrow_schema(spec, history=history)
        if not (self.path(name) / "_delta_log").exists():
            return self._create(name, wanted)
        table = self.open(name)
        lacking = _lacking_columns(name, table, wanted)
        if lacking:
            table.alter.add_columns(list(DeltaSchema.from_arrow(pa.schema(lacking)).fields))
            table = self.open(name)
        return table

    def _create(self, name: str, schema: pa.Schema) -> DeltaTable:
        self.path(name).mkdir(mode=0o700, parents=True, exist_ok=True)
        return DeltaTable.create(
            str(self.path(name)),
            schema.append(pa.field(BUCKET, pa.int32())),
            partition_by=[BUCKET],
            name=name,
            configuration={
                "delta.dataSkippingStatsColumns": ",".join(STATS_COLUMNS),
                "delta.checkpointInterval": "20",
                # Old versions serve running readers and recovery only. The writer says when they go, not a clock.
                "delta.enableExpiredLogCleanup": "false",
                "delta.logRetentionDuration": "interval 0 seconds",
                "delta.deletedFileRetentionDuration": "interval 0 seconds",
            },
        )


def _bucket_of(file: str) -> int:
    return int(Path(file).parent.name.removeprefix(f"{BUCKET}="))


def _snapshot(name: str, root: Path, table: DeltaTable) -> Snapshot:
    actions = pa.table(table.get_add_actions(flatten=True))
    paths = tuple(actions["path"].to_pylist())
    return Snapshot(
        table=name,
        version=table.version(),
        uris=tuple(str(root / p) for p in paths),
        paths=paths,
        rows=tuple(actions["num_records"].to_pylist()),
    )


def _refuse_features(name: str, table: DeltaTable) -> None:
    """Refuse what a reader of plain Parquet files would get wrong: deletion vectors, column mapping, the unknown."""
    protocol = table.protocol()
    features = frozenset(protocol.reader_features or ()) - _READER_FEATURES
    mapped = table.metadata().configuration.get("delta.columnMapping.mode", "none") != "none"
    if features or mapped or protocol.min_reader_version not in (1, 3):
        raise InvalidError(
            "table-feature-unknown",
            f'Table "{name}" uses Delta features this reader refuses: '
            f"{', '.join(sorted(features)) or 'column mapping'}.",
            why="With deletion vectors deleted rows would come back; with column mapping columns would be mixed up.",
            do="Rewrite the table with those features off; Peelian itself never turns them on.",
        )


def _lacking_columns(name: str, table: DeltaTable, wanted: pa.Schema) -> list[pa.Field]:
    """Return declared columns the stored table does not have yet; refuse a column whose type has changed."""
    stored = pa.schema(table.schema().to_arrow())
    for field in wanted:
        if field.name in stored.names and stored.field(field.name).type != field.type:
            raise InvalidError(
                "column-type-changed",
                f'Column "{field.name}" of table "{name}" is stored as {stored.field(field.name).type} '
                f"and declared as {field.type}.",
                why="Reading old rows under a new type would change what was recorded.",
                do="Declare a column with a new name, and let the source re-publish into it.",
            )
    return [f for f in wanted if f.name not in stored.names]
