"""The desk database's tables, written so that SQLite and PostgreSQL hold and order them alike.

Portable by rule: instants are integer microseconds UTC, text sorts by code point, lengths and choices are CHECKed by
the database itself, structured values are canonical JSON in a text column.
"""

from __future__ import annotations

import sqlalchemy as sa

METADATA = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def text_type(length: int | None = None) -> sa.types.TypeEngine[str]:
    """Return a text type that sorts by code point on both engines (SQLite does so by itself)."""
    plain = sa.String(length) if length else sa.Text()
    coded = sa.String(length, collation="C") if length else sa.Text(collation="C")
    return plain.with_variant(coded, "postgresql")


def _word(name: str, length: int = 64, *more: sa.ForeignKey, exactly: bool = False, **kwargs: bool) -> sa.Column[str]:
    """Declare a short text; :func:`_check_lengths` makes both engines hold its length."""
    kwargs.setdefault("nullable", False)
    info = {"length": f"{'=' if exactly else '<='} {length}"}
    return sa.Column(name, text_type(length), *more, info=info, **kwargs)  # type: ignore[arg-type]


def _ulid(name: str, *more: sa.ForeignKey, **kwargs: bool) -> sa.Column[str]:
    return _word(name, 26, *more, exactly=True, **kwargs)


def _hex64(name: str, **kwargs: bool) -> sa.Column[str]:
    return _word(name, 64, exactly=True, **kwargs)


def _body(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, text_type(), nullable=nullable)


def _number(name: str, *more: sa.ForeignKey, **kwargs: bool) -> sa.Column[int]:
    kwargs.setdefault("nullable", False)
    return sa.Column(name, sa.BigInteger(), *more, autoincrement=False, **kwargs)  # type: ignore[arg-type]


accounts = sa.Table(
    "accounts",  # who may sign in; what roles they have is in the charter
    METADATA,
    _word("id", primary_key=True),
    _hex64("public_key"),  # Ed25519, hex
    _number("created_at"),
    _number("disabled_at", nullable=True),
    sa.UniqueConstraint("public_key"),
)

sessions = sa.Table(
    "sessions",  # a key signed in for a while
    METADATA,
    _ulid("id", primary_key=True),
    _word("account_id", 64, sa.ForeignKey("accounts.id"), index=True),
    _hex64("session_public_key"),
    _number("opened_at"),
    _number("expires_at"),
    _number("closed_at", nullable=True),
    sa.CheckConstraint("expires_at > opened_at", name="ends_after_start"),
)

working_contexts = sa.Table(
    "working_contexts",  # a shift, an operation or an incident: where purpose and reference come from
    METADATA,
    _ulid("id", primary_key=True),
    _ulid("session_id", sa.ForeignKey("sessions.id"), index=True),
    _word("operation_id", nullable=True),
    _word("purpose"),
    _word("mandate", nullable=True),
    _number("opened_at"),
    _number("expires_at"),
    _number("closed_at", nullable=True),
    sa.Column("emergency", sa.Boolean(), nullable=False),
    _word("joined_operation", nullable=True),
    sa.CheckConstraint("expires_at > opened_at", name="ends_after_start"),
    sa.CheckConstraint("emergency OR operation_id IS NOT NULL", name="operation_unless_emergency"),
)

labels = sa.Table(
    "labels",
    METADATA,
    _number("label_id", primary_key=True),
    _body("body"),
    sa.CheckConstraint("label_id BETWEEN 1 AND 2147483647", name="label_id_range"),
)

findings = sa.Table(
    "findings",
    METADATA,
    _ulid("id", primary_key=True),
    _word("method"),
    _word("mandate"),
    _number("seq"),
    _hex64("digest"),
    _number("label_id", sa.ForeignKey("labels.label_id")),
    _body("body"),
    _word("state", 32),
    _number("made_at"),
    sa.Index("ix_findings_method_made_at", "method", "made_at"),
)

assessments = sa.Table(
    "assessments",
    METADATA,
    _ulid("id", primary_key=True),
    _word("method"),
    _word("mandate"),
    _number("seq"),
    _hex64("digest"),
    _hex64("registered"),
    _body("body"),
    _number("made_at"),
    sa.Index("ix_assessments_method_made_at", "method", "made_at"),
)

registrations = sa.Table(
    "registrations",  # what was promised before an assessment ran
    METADATA,
    _hex64("digest", primary_key=True),
    _word("method"),
    _body("body"),
    _number("entry"),  # position in the ledger
    _number("at"),
)

lineage = sa.Table(
    "lineage",  # every derived thing names what it rests on
    METADATA,
    _word("derived_kind", 32, primary_key=True),
    _word("derived_id", 128, primary_key=True),
    _word("source_kind", 32, primary_key=True),
    _word("source_id", 128, primary_key=True),
    sa.Index("ix_lineage_source", "source_kind", "source_id"),
)

commits = sa.Table(
    "commits",  # when each commit was made: turns "as known on a day" into a seq
    METADATA,
    _number("seq", primary_key=True),
    _number("at"),
    _body("vector"),
    sa.Index("ix_commits_at", "at"),
    sa.CheckConstraint("seq >= 1", name="seq_positive"),
)

erasures = sa.Table(
    "erasures",  # what was asked and done; never whom it was about
    METADATA,
    _ulid("id", primary_key=True),
    _word("reference"),
    _word("state", 16),
    _number("asked_at"),
    _number("finished_at", nullable=True),
    _body("receipt", nullable=True),
    sa.CheckConstraint("state IN ('asked', 'deleted', 'finished')", name="state_known"),
)

files_seen = sa.Table(
    "files_seen",  # lets an interrupted ingest go on, and a repeated one do nothing
    METADATA,
    _word("source", primary_key=True),
    _hex64("file_sha256", primary_key=True),
    _word("slice_id", 200, primary_key=True),
    _number("seq"),
    _number("at"),
)

papers = sa.Table(
    "papers",  # what people wrote on the floor; that they wrote it, and when, is in the ledger under its digest
    METADATA,
    _hex64("digest", primary_key=True),
    _ulid("id"),
    _word("kind", 32),
    _word("about", 200),
    _word("tool"),
    _word("mandate"),
    _word("author"),
    _word("role"),
    _word("purpose"),
    _number("made_at"),
    _number("expires_at", nullable=True),
    sa.Column("public", sa.Boolean(), nullable=False),
    _body("body"),
    sa.UniqueConstraint("id"),
)

web_sessions = sa.Table(
    "web_sessions",  # a browser that is signed in; its secret is in its cookie alone
    METADATA,
    _hex64("id_hash", primary_key=True),
    _word("account_id", 64, sa.ForeignKey("accounts.id"), index=True),
    _ulid("session_id", sa.ForeignKey("sessions.id")),
    _word("sealed_key", 512),
    _word("csrf", 128),
    _number("created_at"),
    _number("seen_at"),
    _number("expires_at"),
    sa.CheckConstraint("expires_at > created_at", name="ends_after_start"),
)

sign_in_links = sa.Table(
    "sign_in_links",  # a link that signs somebody in once
    METADATA,
    _hex64("id_hash", primary_key=True),
    _word("account_id", 64, sa.ForeignKey("accounts.id")),
    _body("body"),
    _number("made_at"),
    _number("expires_at"),
    _number("used_at", nullable=True),
    sa.CheckConstraint("expires_at > made_at", name="ends_after_start"),
)

account_secrets = sa.Table(
    "account_secrets",  # an account's key, wrapped under its holder's passphrase
    METADATA,
    _word("account_id", 64, sa.ForeignKey("accounts.id"), primary_key=True),
    _body("body"),
    _number("made_at"),
)

sign_in_failures = sa.Table(
    "sign_in_failures",  # failed attempts, by a keyed hash of the account or the address; kept for minutes
    METADATA,
    _ulid("id", primary_key=True),
    _hex64("who_hash"),
    _number("at"),
    sa.Index("ix_sign_in_failures_who_hash_at", "who_hash", "at"),
)


def _check_lengths() -> None:
    """Add a CHECK for every declared length: SQLite keeps a longer text than ``VARCHAR(n)`` says."""
    for table in METADATA.tables.values():
        for column in table.columns:
            if bound := column.info.get("length"):
                table.append_constraint(
                    sa.CheckConstraint(f"length({column.name}) {bound}", name=f"{column.name}_length")
                )


_check_lengths()
