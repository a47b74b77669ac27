"""Databases -> the declared columns of a table: SQLite files, and any database that SQLAlchemy has a driver for.

A SQLite file is opened in memory from its bytes. Any other database is named by a small text file that ends in
``.url`` and holds a SQLAlchemy URL, so that no password stands in a command line, where other programs can read it.
Only the declared columns are asked for, in the order of the key. SQLite and PostgreSQL are held to reading; of any
other database the user in the address should be one who may do nothing else.

An address may come with a delivery, so it is believed no more than a file: it opens nothing that lies in a deployment,
makes no file, and carries no option but those of :data:`OPTIONS`.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa

from peelian.core.errors import InvalidError
from peelian.ingest.contract import ColumnRule, FileKind
from peelian.ingest.door import Door, match_header
from peelian.ingest.flat_rows import FlatRows

ADDRESS = ".url"
_ROWS_AT_ONCE = 10_000
DATABASES = (".db", ".sqlite", ".sqlite3", ADDRESS)

OPTIONS = frozenset("application_name charset connect_timeout host port sslmode sslrootcert ssl_ca unix_socket".split())
"""What may stand behind the question mark of an address. Others name files of this machine to be read, or let the
database ask for some."""


def read_database(name: str, data: bytes, rules: Sequence[ColumnRule], table: str) -> Door:
    """Read the declared columns of a table.

    Raises
    ------
    InvalidError
        ``database-unreadable``, ``database-unreachable``, ``table-missing``, ``header-mismatch``.
    """
    return _from_address(data, rules, table) if name.endswith(ADDRESS) else _from_file(data, rules, table)


def mark_of(data: bytes, kind: FileKind) -> bytes:
    """Return what tells whether a table behind an address has changed; nothing when it has no column of changes.

    It is a hash over the key and the time of change of every row, and over the whole of those rows that were changed
    last: a clock that ticks in seconds lets a row change twice under one time. So every row that comes or goes is
    seen, and every change that touches the column; a row that is changed behind its back is not.
    """
    with _connected(data) as con:
        found = _reflected(con, kind.part)
        header = match_header([c.name for c in found.columns], kind.columns)
        own = {name: found.c[header.cells[place]] for name, place in header.places.items()}
        if kind.changed not in own:
            return b""
        changed = own[kind.changed]
        latest = sa.or_(changed.is_(None), changed == sa.select(sa.func.max(changed)).scalar_subquery())
        told = hashlib.sha256()
        each = _ordered([*(own[name] for name in kind.key if name in own), changed])
        for query in (each, _ordered(list(own.values())).where(latest)):
            for row in con.execute(query.execution_options(yield_per=_ROWS_AT_ONCE)):
                told.update(repr(tuple(row)).encode("utf-8", "surrogatepass"))
            told.update(b"\0")
        return told.digest()


def _ordered(columns: Sequence[sa.ColumnClause[Any]]) -> sa.Select[Any]:
    return sa.select(*columns).order_by(*columns)


def table_names(name: str, data: bytes) -> list[str]:
    """Return the names of a database's tables."""
    if name.endswith(ADDRESS):
        with _connected(data) as con:
            return sorted(sa.inspect(con).get_table_names())
    with _opened(data) as con:
        return sorted(_tables(con))


def table_columns(name: str, data: bytes, table: str) -> list[str]:
    """Return the columns of a table."""
    if name.endswith(ADDRESS):
        with _connected(data) as con:
            return [c.name for c in _reflected(con, table).columns]
    with _opened(data) as con:
        return _columns(con, table)


def _from_file(data: bytes, rules: Sequence[ColumnRule], table: str) -> Door:
    with _opened(data) as con:
        columns = _columns(con, table)
        wanted = _wanted(columns, rules)
        chosen = ", ".join(_quoted(c) for c in wanted)
        order = ", ".join(str(i + 1) for i in range(len(wanted)))
        rows = con.execute(f"SELECT {chosen} FROM {_quoted(table)} ORDER BY {order}")
        return _door(columns, wanted, rows, rules)


@contextmanager
def _opened(data: bytes) -> Iterator[sqlite3.Connection]:
    """Open a SQLite file in memory, from its bytes, for reading alone."""
    try:
        with closing(sqlite3.connect(":memory:")) as con:
            con.deserialize(data)
            con.text_factory = _utf8
            con.execute("PRAGMA query_only = ON")
            con.execute("PRAGMA trusted_schema = OFF")
            yield con
    except sqlite3.Error as error:
        raise _unreadable() from error


def _utf8(raw: bytes) -> str:
    """Decode a text; the engine's own message would quote one that is no UTF-8."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise _unreadable() from None


def _unreadable() -> InvalidError:
    return InvalidError(
        "database-unreadable",
        "The file is no whole SQLite database, or holds texts that are not UTF-8.",
        why="What is missing from it would look as if it had been withdrawn.",
        do="Copy it with SQLite's own backup command, while nobody writes to it.",
    )


def _tables(con: sqlite3.Connection) -> set[str]:
    """Return the names of true tables: a view or a virtual table is a program of whoever made the file."""
    rows = con.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
    return {name for name, sql in rows if str(sql).lstrip().upper().startswith("CREATE TABLE")}


def _columns(con: sqlite3.Connection, table: str) -> list[str]:
    if table not in _tables(con):
        raise _no_table(table)
    return [row[1] for row in con.execute(f"PRAGMA table_info({_quoted(table)})")]


def _from_address(data: bytes, rules: Sequence[ColumnRule], table: str) -> Door:
    with _connected(data) as con:
        found = _reflected(con, table)
        columns = [c.name for c in found.columns]
        chosen = [found.c[c] for c in _wanted(columns, rules)]
        rows = con.execute(_ordered(chosen))
        return _door(columns, [c.name for c in chosen], (tuple(row) for row in rows), rules)


@contextmanager
def _connected(data: bytes) -> Iterator[sa.Connection]:
    """Open the database behind an address; its URL is told to nobody, since it may hold a password."""
    try:
        engine = _engine(sa.make_url(data.decode("utf-8").strip()))
    except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ImportError, UnicodeDecodeError) as error:
        raise InvalidError(
            "database-driver-missing",
            "The address is no SQLAlchemy URL, or the driver that it names is not installed.",
            why="Each database is spoken to by a driver of its own.",
            do="Write e.g. postgresql+psycopg://user@host/name; install the driver for another database.",
        ) from error
    try:
        with engine.connect() as con:
            yield con
    except (sa.exc.SQLAlchemyError, sqlite3.Error):
        raise InvalidError(  # without the cause: it would quote the address
            "database-unreachable",
            "The database could not be read.",
            why="It is not there, refuses the user, or has no such column.",
            do="Try the address with the database's own client; the user needs to read this table and nothing else.",
        ) from None
    finally:
        engine.dispose()


def _engine(url: sa.URL) -> sa.Engine:
    kind = url.get_backend_name()
    if set(url.query) - OPTIONS or (kind == "sqlite" and url.query):
        raise _address_refused()
    if kind != "sqlite":
        only = {"postgresql_readonly": True} if kind == "postgresql" else {}
        first = {"init_command": "SET SESSION TRANSACTION READ ONLY"} if kind in ("mysql", "mariadb") else {}
        return sa.create_engine(url, poolclass=sa.NullPool, execution_options=only, connect_args=first)
    file = Path(url.database or "").resolve()
    if not file.is_file() or any((folder / "peelian.toml").exists() for folder in file.parents):
        raise _address_refused()
    return sa.create_engine("sqlite://", poolclass=sa.NullPool, creator=lambda: _read_only(file))


def _read_only(file: Path) -> sqlite3.Connection:
    """Open a SQLite file for reading alone; one that is not there is not made."""
    con = sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True)
    con.execute("PRAGMA trusted_schema = OFF")
    return con


def _address_refused() -> InvalidError:
    return InvalidError(
        "database-address-refused",
        "The address leads to no database that may be read: it names no file, one in a deployment, or an option that "
        "is not allowed.",
        why="Whoever can put a file into a delivery could otherwise have any file of this machine read, or made.",
        do=f"Name a server, or a SQLite file outside every deployment. Options: {', '.join(sorted(OPTIONS))}.",
    )


def _reflected(con: sa.Connection, table: str) -> sa.TableClause:
    """Ask for a table's columns and nothing else of it: keys and indexes take longer, and rights that it need not."""
    schema, _, name = table.rpartition(".")
    try:
        columns = sa.inspect(con).get_columns(name, schema or None)
    except sa.exc.NoSuchTableError as error:
        raise _no_table(table) from error
    return sa.table(name, *(sa.column(c["name"], c["type"]) for c in columns), schema=schema or None)


def _wanted(columns: Sequence[str], rules: Sequence[ColumnRule]) -> list[str]:
    """Return the columns to ask for: what the contract drops never leaves the database."""
    header = match_header(columns, rules)
    return [header.cells[place] for place in header.places.values()]


def _door(
    columns: Sequence[str], wanted: Sequence[str], rows: Iterator[tuple[object, ...]], rules: Sequence[ColumnRule]
) -> Door:
    flat = FlatRows(names=dict.fromkeys(columns))
    for number, row in enumerate(rows, start=1):
        flat.rows.append(dict(zip(wanted, row, strict=True)))
        flat.lines.append(number)
    return flat.door(rules)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _no_table(table: str) -> InvalidError:
    return InvalidError(
        "table-missing",
        f'The database has no table "{table}".',
        why="Its rows would look as if they had been withdrawn.",
        do="Check the export, or name the table in the contract (part).",
        facts={"table": table},
    )
