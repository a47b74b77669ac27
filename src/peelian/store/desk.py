"""The desk database: accounts, sessions, working contexts, labels, findings, assessments, erasures, files seen.

SQLite by default, PostgreSQL in service: one code path, one behaviour. Writing transactions go one at a time on both
(IMMEDIATE on SQLite, an advisory lock on PostgreSQL), every listing has a total order, and SQLite overwrites what it
deletes. Each function takes a :class:`~peelian.store.grant.Grant` for the table it touches.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from peelian.core.time import from_micros, to_micros
from peelian.model.finding import Assessment, Finding
from peelian.model.label import Label, label_from_dict
from peelian.store import tables as t
from peelian.store.grant import ERASE, READ, WRITE, Grant, need
from peelian.store.paper_rows import PaperRows
from peelian.store.rows import json_text
from peelian.store.sqlite_log import truncate_log
from peelian.store.web_rows import WebRows

_ONE_WRITER = 0x7065656C  # "peel": the PostgreSQL advisory lock that stands for the one writer


@dataclass(frozen=True)
class Account:
    """Who may sign in. The id is given by the charter and never derives from a name; roles are in the charter."""

    id: str
    public_key: str
    created_at: datetime
    disabled_at: datetime | None = None


@dataclass(frozen=True)
class Session:
    """A key that an account has signed in with, for a while."""

    id: str
    account_id: str
    session_public_key: str
    opened_at: datetime
    expires_at: datetime
    closed_at: datetime | None = None


@dataclass(frozen=True)
class WorkingContext:
    """A shift, an operation or an incident: where a look-up's purpose, mandate and reference come from.

    In danger to life it may open without an operation: ``emergency`` is set, and ``joined_operation`` within a day.
    """

    id: str
    session_id: str
    operation_id: str | None
    purpose: str
    mandate: str | None
    opened_at: datetime
    expires_at: datetime
    emergency: bool = False
    joined_operation: str | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True)
class Registration:
    """What was promised before an assessment ran, and where the ledger has its digest."""

    digest: str
    method: str
    body: Mapping[str, object]
    entry: int
    at: datetime


@dataclass(frozen=True)
class CommitMade:
    """One finished commit: turns "as known on a day" into a commit number."""

    seq: int
    at: datetime
    vector: Mapping[str, int]


@dataclass(frozen=True)
class Erasure:
    """A request to erase and how far it is: ``asked``, ``deleted`` (gone from every answer), ``finished``."""

    id: str
    reference: str
    asked_at: datetime
    state: str = "asked"
    finished_at: datetime | None = None
    receipt: Mapping[str, object] | None = None


@dataclass(frozen=True)
class FileSeen:
    """One slice of one source file that has been ingested, so that a re-run can go on where it stopped."""

    source: str
    file_sha256: str
    slice_id: str
    seq: int
    at: datetime


class Desk(PaperRows, WebRows):
    """The desk database. Papers are in :mod:`~peelian.store.paper_rows`, the web's in :mod:`~peelian.store.web_rows`.

    Parameters
    ----------
    engine : sqlalchemy.Engine
        Made by :func:`open_desk`, which sets up what both engines need to behave alike.
    """

    # Accounts, sessions, working contexts

    def add_account(self, grant: Grant, account: Account) -> None:
        """Add an account."""
        self._insert(grant, t.accounts, account)

    def account(self, grant: Grant, id: str) -> Account | None:
        """Return an account."""
        return next(iter(self._find(grant, Account, t.accounts.c.id, id)), None)

    def accounts(self, grant: Grant) -> list[Account]:
        """List accounts by id."""
        return self._list(grant, Account, t.accounts, order=[t.accounts.c.id.asc()])

    def disable_account(self, grant: Grant, id: str, at: datetime) -> None:
        """Disable an account; sessions are refused from then on, nothing is deleted."""
        self._update(grant, t.accounts, t.accounts.c.id == id, disabled_at=to_micros(at))

    def open_session(self, grant: Grant, session: Session) -> None:
        """Enter a session that has been signed in."""
        self._insert(grant, t.sessions, session)

    def session(self, grant: Grant, id: str) -> Session | None:
        """Return a session."""
        return next(iter(self._find(grant, Session, t.sessions.c.id, id)), None)

    def sessions(self, grant: Grant, account_id: str) -> list[Session]:
        """List an account's sessions, newest first."""
        return self._find(grant, Session, t.sessions.c.account_id, account_id, order=("opened_at", "id"))

    def close_session(self, grant: Grant, id: str, at: datetime) -> None:
        """Close a session."""
        self._update(grant, t.sessions, t.sessions.c.id == id, closed_at=to_micros(at))

    def open_context(self, grant: Grant, context: WorkingContext) -> None:
        """Enter a working context."""
        self._insert(grant, t.working_contexts, context)

    def context(self, grant: Grant, id: str) -> WorkingContext | None:
        """Return a working context."""
        return self._one(grant, WorkingContext, t.working_contexts, t.working_contexts.c.id == id)

    def contexts(self, grant: Grant, session_id: str) -> list[WorkingContext]:
        """List a session's working contexts, newest first."""
        column = t.working_contexts.c.session_id
        return self._find(grant, WorkingContext, column, session_id, order=("opened_at", "id"))

    def close_context(self, grant: Grant, id: str, at: datetime) -> None:
        """Close a working context."""
        self._update(grant, t.working_contexts, t.working_contexts.c.id == id, closed_at=to_micros(at))

    def join_operation(self, grant: Grant, id: str, operation_id: str) -> None:
        """Join an emergency context to the operation it turned out to belong to."""
        self._update(grant, t.working_contexts, t.working_contexts.c.id == id, joined_operation=operation_id)

    # Labels

    def put_labels(self, grant: Grant, labels: Mapping[int, Label]) -> None:
        """Add labels that are not there yet; a label never changes."""
        need(grant, WRITE, "labels")
        with self._writing() as con:
            known = set(con.scalars(sa.select(t.labels.c.label_id)))
            new = [{"label_id": i, "body": json_text(b.as_dict())} for i, b in sorted(labels.items()) if i not in known]
            if new:
                con.execute(sa.insert(t.labels), new)

    def labels(self, grant: Grant) -> dict[int, Label]:
        """Return every label by its number."""
        need(grant, READ, "labels")
        with self._reading() as con:
            rows = con.execute(sa.select(t.labels).order_by(t.labels.c.label_id.asc())).all()
        return {r.label_id: label_from_dict(json.loads(r.body)) for r in rows}

    # Findings, assessments, registrations

    def add_finding(self, grant: Grant, finding: Finding, made_at: datetime) -> None:
        """Keep a finding."""
        columns = {k: getattr(finding, k) for k in ("id", "method", "mandate", "seq", "digest", "label_id", "state")}
        self._add(grant, t.findings, columns | {"body": json_text(finding.as_dict()), "made_at": to_micros(made_at)})

    def finding(self, grant: Grant, id: str) -> Finding | None:
        """Return a finding."""
        rows = self._select(grant, t.findings, t.findings.c.id == id, order=[t.findings.c.id.asc()])
        return _finding(rows[0]) if rows else None

    def findings(self, grant: Grant, *, method: str | None = None, limit: int = 100) -> list[Finding]:
        """List findings, newest first."""
        f = t.findings.c
        where = sa.true() if method is None else f.method == method
        rows = self._select(grant, t.findings, where, order=[f.made_at.desc(), f.id.desc()], limit=limit)
        return [_finding(r) for r in rows]

    def finding_states(self, grant: Grant, *, method: str | None = None) -> list[tuple[str, str, datetime]]:
        """List findings, newest first, without their bodies, which are large: id, state, when made."""
        need(grant, READ, "findings")
        of_one = method is not None
        values = {"method": method} if of_one else {}
        rows = self._answers(("finding states", of_one), partial(_finding_states, of_one), values)
        return [(r["id"], r["state"], from_micros(r["made_at"])) for r in rows]

    def set_finding_state(self, grant: Grant, id: str, state: str) -> None:
        """Change the state of a finding; its body never changes."""
        self._update(grant, t.findings, t.findings.c.id == id, state=state)

    def delete_finding(self, grant: Grant, id: str) -> None:
        """Delete a finding of whose rows none is left; that it was made, and its digest, stay in the ledger."""
        self._delete(grant, t.findings, t.findings.c.id == id)

    def add_assessment(self, grant: Grant, assessment: Assessment, made_at: datetime) -> None:
        """Keep an assessment."""
        columns = {k: getattr(assessment, k) for k in ("id", "method", "mandate", "seq", "digest", "registered")}
        body = {"body": json_text(assessment.as_dict()), "made_at": to_micros(made_at)}
        self._add(grant, t.assessments, columns | body)

    def assessment(self, grant: Grant, id: str) -> Assessment | None:
        """Return an assessment."""
        rows = self._select(grant, t.assessments, t.assessments.c.id == id, order=[t.assessments.c.id.asc()])
        return _assessment(rows[0]) if rows else None

    def assessments(self, grant: Grant, *, method: str | None = None, limit: int = 100) -> list[Assessment]:
        """List assessments, newest first, whether good or bad."""
        a = t.assessments.c
        where = sa.true() if method is None else a.method == method
        rows = self._select(grant, t.assessments, where, order=[a.made_at.desc(), a.id.desc()], limit=limit)
        return [_assessment(r) for r in rows]

    def add_registration(self, grant: Grant, registration: Registration) -> None:
        """Keep a pre-registration."""
        self._insert(grant, t.registrations, registration)

    def registration(self, grant: Grant, digest: str) -> Registration | None:
        """Return a pre-registration."""
        return self._one(grant, Registration, t.registrations, t.registrations.c.digest == digest)

    # Commits, erasures, files

    def add_commit(self, grant: Grant, commit: CommitMade) -> None:
        """Note a finished commit; the ledger's *done* entry is the authority, this is its index by time."""
        self._insert(grant, t.commits, commit)

    def commits(self, grant: Grant) -> list[CommitMade]:
        """List commits by number."""
        return self._list(grant, CommitMade, t.commits, order=[t.commits.c.seq.asc()])

    def seq_at(self, grant: Grant, at: datetime) -> int | None:
        """Return the newest commit made at or before an instant: what was known then."""
        need(grant, READ, "commits")
        with self._reading() as con:
            newest: int | None = con.scalar(
                sa.select(sa.func.max(t.commits.c.seq)).where(t.commits.c.at <= to_micros(at))
            )
        return newest

    def add_erasure(self, grant: Grant, erasure: Erasure) -> None:
        """Enter a request to erase."""
        self._insert(grant, t.erasures, erasure)

    def advance_erasure(
        self, grant: Grant, id: str, state: str, at: datetime | None = None, receipt: Mapping[str, object] | None = None
    ) -> None:
        """Say how far an erasure is."""
        changes = {"finished_at": to_micros(at) if at else None, "receipt": json_text(receipt) if receipt else None}
        self._update(grant, t.erasures, t.erasures.c.id == id, state=state, **changes)

    def erasures(self, grant: Grant) -> list[Erasure]:
        """List erasures in the order they were asked for."""
        e = t.erasures.c
        return self._list(grant, Erasure, t.erasures, order=[e.asked_at.asc(), e.id.asc()])

    def add_file_seen(self, grant: Grant, seen: FileSeen) -> None:
        """Note that one slice has been written from a file; noting it again makes it the latest once more."""
        if self.file_seen(grant, seen.source, seen.file_sha256, seen.slice_id) is None:
            self._insert(grant, t.files_seen, seen)
        else:
            self._update(grant, t.files_seen, _same_file(seen), seq=seen.seq, at=to_micros(seen.at))

    def file_seen(self, grant: Grant, source: str, file_sha256: str, slice_id: str) -> FileSeen | None:
        """Say whether one slice of a file has been ingested, and at which commit."""
        f = t.files_seen.c
        where = sa.and_(f.source == source, f.file_sha256 == file_sha256, f.slice_id == slice_id)
        return self._one(grant, FileSeen, t.files_seen, where)

    def slices_seen(self, grant: Grant, source: str, file_sha256: str) -> dict[str, int]:
        """Return the slices of a file that have been ingested, each with its commit."""
        f = t.files_seen.c
        where = sa.and_(f.source == source, f.file_sha256 == file_sha256)
        rows = self._select(grant, t.files_seen, where, order=[f.slice_id.asc()])
        return {r.slice_id: r.seq for r in rows}

    def last_seen(self, grant: Grant, source: str) -> dict[str, str]:
        """Return for each slice of a source the hash of what it was last written from."""
        f = t.files_seen.c
        order = [f.slice_id.asc(), f.seq.asc(), f.file_sha256.asc()]
        return {r.slice_id: r.file_sha256 for r in self._select(grant, t.files_seen, f.source == source, order=order)}

    def scrub(self, grant: Grant) -> list[str]:
        """Make deleted rows unreadable in the database's own files; returns what was done.

        SQLite overwrites deleted content (``secure_delete``), but its write-ahead log keeps it until truncated.
        PostgreSQL keeps dead row versions until the tables are rewritten, and its own log until that is recycled.
        """
        need(grant, ERASE)
        if self.engine.dialect.name == "sqlite":
            return _scrub_sqlite(self.engine)
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as con:
            for table in t.METADATA.sorted_tables:
                con.exec_driver_sql(f'VACUUM (FULL) "{table.name}"')
        return ["desk: tables rewritten"]

    @property
    def cannot_scrub(self) -> tuple[str, ...]:
        """What :meth:`scrub` does not reach."""
        server = "the database server's own log and archive, until they are recycled"
        return () if self.engine.dialect.name == "sqlite" else (server,)


def _finding_states(of_one_method: bool) -> sa.Select[Any]:
    f = t.findings.c
    where = f.method == sa.bindparam("method") if of_one_method else sa.true()
    asked = sa.select(f.id, f.state, f.made_at).where(where)
    return asked.order_by(f.made_at.desc().nulls_last(), f.id.desc().nulls_last())


def _same_file(seen: FileSeen) -> sa.ColumnElement[bool]:
    f = t.files_seen.c
    return sa.and_(f.source == seen.source, f.file_sha256 == seen.file_sha256, f.slice_id == seen.slice_id)


def open_desk(url: str | Path) -> Desk:
    """Open a desk database and bring it to the newest form.

    Parameters
    ----------
    url : str or Path
        Path of an SQLite file, or an SQLAlchemy URL (``postgresql+psycopg://...``).
    """
    engine = sa.create_engine(f"sqlite:///{url}" if isinstance(url, Path) else url)
    _prepare(engine)
    if not _is_newest(engine):
        migrate(engine)
    return Desk(engine)


_NEWEST = "0002"
"""The last file in ``migrations/versions``. Alembic would find it too, and take a tenth of a second a command."""


def _is_newest(engine: Engine) -> bool:
    if not sa.inspect(engine).has_table("alembic_version"):
        return False
    with engine.connect() as con:
        return [v for (v,) in con.exec_driver_sql("SELECT version_num FROM alembic_version")] == [_NEWEST]


def migrate(engine: Engine, revision: str = "head") -> None:
    """Apply the migrations that come with the package."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.connect().execution_options(peelian_writes=True) as con, con.begin():
        config.attributes["connection"] = con
        command.upgrade(config, revision)


def _prepare(engine: Engine) -> None:
    """Make both engines behave alike: one writer at a time, and what is said to be written is written."""
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _sqlite_connected)
        sa.event.listen(engine, "begin", _sqlite_begins)
    else:
        sa.event.listen(engine, "begin", _postgres_begins)


def _sqlite_connected(dbapi: Any, record: object) -> None:
    dbapi.isolation_level = None  # the driver opens no transactions of its own: _sqlite_begins does
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON", "busy_timeout=30000"):
        dbapi.execute(f"PRAGMA {pragma}").close()


def _sqlite_begins(con: Connection) -> None:
    # IMMEDIATE takes the write lock at once; a deferred transaction that turns to writing may fail half-way.
    writes = con.get_execution_options().get("peelian_writes")
    con.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _postgres_begins(con: Connection) -> None:
    if con.get_execution_options().get("peelian_writes"):
        con.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ONE_WRITER})")


def _scrub_sqlite(engine: Engine) -> list[str]:
    raw = engine.raw_connection()
    try:
        cursor = raw.cursor()
        cursor.execute("VACUUM")
        truncate_log(cursor)
    finally:
        raw.close()
    return ["desk: rewritten, log truncated"]


def _finding(row: sa.Row[Any]) -> Finding:
    return Finding(**{**json.loads(row.body), "state": row.state})


def _assessment(row: sa.Row[Any]) -> Assessment:
    body = json.loads(row.body)
    return Assessment(**{**body, "warnings": tuple(body["warnings"])})
