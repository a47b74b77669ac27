"""The desk database as it first was."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _text(length: int | None = None) -> sa.types.TypeEngine[str]:
    plain = sa.String(length) if length else sa.Text()
    return plain.with_variant(sa.String(length, collation="C") if length else sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Go forward."""
    _accounts()
    _assessments()
    _commits()
    _erasures()
    _files_seen()
    _labels()
    _lineage()
    _registrations()
    _findings()
    _sessions()
    _working_contexts()


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", _text(64), nullable=False),
        sa.Column("public_key", _text(64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("disabled_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.CheckConstraint("length(id) <= 64", name=op.f("ck_accounts_id_length")),
        sa.CheckConstraint("length(public_key) = 64", name=op.f("ck_accounts_public_key_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("public_key", name=op.f("uq_accounts_public_key")),
    )


def _assessments() -> None:
    op.create_table(
        "assessments",
        sa.Column("id", _text(26), nullable=False),
        sa.Column("method", _text(64), nullable=False),
        sa.Column("mandate", _text(64), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("digest", _text(64), nullable=False),
        sa.Column("registered", _text(64), nullable=False),
        sa.Column("body", _text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.CheckConstraint("length(digest) = 64", name=op.f("ck_assessments_digest_length")),
        sa.CheckConstraint("length(id) = 26", name=op.f("ck_assessments_id_length")),
        sa.CheckConstraint("length(mandate) <= 64", name=op.f("ck_assessments_mandate_length")),
        sa.CheckConstraint("length(method) <= 64", name=op.f("ck_assessments_method_length")),
        sa.CheckConstraint("length(registered) = 64", name=op.f("ck_assessments_registered_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessments")),
    )
    op.create_index("ix_assessments_method_made_at", "assessments", ["method", "made_at"], unique=False)


def _commits() -> None:
    op.create_table(
        "commits",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("vector", _text(), nullable=False),
        sa.CheckConstraint("seq >= 1", name=op.f("ck_commits_seq_positive")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_commits")),
    )
    op.create_index("ix_commits_at", "commits", ["at"], unique=False)


def _erasures() -> None:
    op.create_table(
        "erasures",
        sa.Column("id", _text(26), nullable=False),
        sa.Column("reference", _text(64), nullable=False),
        sa.Column("state", _text(16), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("finished_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("receipt", _text(), nullable=True),
        sa.CheckConstraint("state IN ('asked', 'deleted', 'finished')", name=op.f("ck_erasures_state_known")),
        sa.CheckConstraint("length(id) = 26", name=op.f("ck_erasures_id_length")),
        sa.CheckConstraint("length(reference) <= 64", name=op.f("ck_erasures_reference_length")),
        sa.CheckConstraint("length(state) <= 16", name=op.f("ck_erasures_state_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
    )


def _files_seen() -> None:
    op.create_table(
        "files_seen",
        sa.Column("source", _text(64), nullable=False),
        sa.Column("file_sha256", _text(64), nullable=False),
        sa.Column("slice_id", _text(200), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.CheckConstraint("length(file_sha256) = 64", name=op.f("ck_files_seen_file_sha256_length")),
        sa.CheckConstraint("length(slice_id) <= 200", name=op.f("ck_files_seen_slice_id_length")),
        sa.CheckConstraint("length(source) <= 64", name=op.f("ck_files_seen_source_length")),
        sa.PrimaryKeyConstraint("source", "file_sha256", "slice_id", name=op.f("pk_files_seen")),
    )


def _labels() -> None:
    op.create_table(
        "labels",
        sa.Column("label_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("body", _text(), nullable=False),
        sa.CheckConstraint("label_id BETWEEN 1 AND 2147483647", name=op.f("ck_labels_label_id_range")),
        sa.PrimaryKeyConstraint("label_id", name=op.f("pk_labels")),
    )


def _lineage() -> None:
    op.create_table(
        "lineage",
        sa.Column("derived_kind", _text(32), nullable=False),
        sa.Column("derived_id", _text(128), nullable=False),
        sa.Column("source_kind", _text(32), nullable=False),
        sa.Column("source_id", _text(128), nullable=False),
        sa.CheckConstraint("length(derived_id) <= 128", name=op.f("ck_lineage_derived_id_length")),
        sa.CheckConstraint("length(derived_kind) <= 32", name=op.f("ck_lineage_derived_kind_length")),
        sa.CheckConstraint("length(source_id) <= 128", name=op.f("ck_lineage_source_id_length")),
        sa.CheckConstraint("length(source_kind) <= 32", name=op.f("ck_lineage_source_kind_length")),
        sa.PrimaryKeyConstraint("derived_kind", "derived_id", "source_kind", "source_id", name=op.f("pk_lineage")),
    )
    op.create_index("ix_lineage_source", "lineage", ["source_kind", "source_id"], unique=False)


def _registrations() -> None:
    op.create_table(
        "registrations",
        sa.Column("digest", _text(64), nullable=False),
        sa.Column("method", _text(64), nullable=False),
        sa.Column("body", _text(), nullable=False),
        sa.Column("entry", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.CheckConstraint("length(digest) = 64", name=op.f("ck_registrations_digest_length")),
        sa.CheckConstraint("length(method) <= 64", name=op.f("ck_registrations_method_length")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_registrations")),
    )


def _findings() -> None:
    op.create_table(
        "findings",
        sa.Column("id", _text(26), nullable=False),
        sa.Column("method", _text(64), nullable=False),
        sa.Column("mandate", _text(64), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("digest", _text(64), nullable=False),
        sa.Column("label_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("body", _text(), nullable=False),
        sa.Column("state", _text(32), nullable=False),
        sa.Column("made_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.CheckConstraint("length(digest) = 64", name=op.f("ck_findings_digest_length")),
        sa.CheckConstraint("length(id) = 26", name=op.f("ck_findings_id_length")),
        sa.CheckConstraint("length(mandate) <= 64", name=op.f("ck_findings_mandate_length")),
        sa.CheckConstraint("length(method) <= 64", name=op.f("ck_findings_method_length")),
        sa.CheckConstraint("length(state) <= 32", name=op.f("ck_findings_state_length")),
        sa.ForeignKeyConstraint(["label_id"], ["labels.label_id"], name=op.f("fk_findings_label_id_labels")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_findings")),
    )
    op.create_index("ix_findings_method_made_at", "findings", ["method", "made_at"], unique=False)


def _sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", _text(26), nullable=False),
        sa.Column("account_id", _text(64), nullable=False),
        sa.Column("session_public_key", _text(64), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("expires_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("closed_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.CheckConstraint("expires_at > opened_at", name=op.f("ck_sessions_ends_after_start")),
        sa.CheckConstraint("length(account_id) <= 64", name=op.f("ck_sessions_account_id_length")),
        sa.CheckConstraint("length(id) = 26", name=op.f("ck_sessions_id_length")),
        sa.CheckConstraint("length(session_public_key) = 64", name=op.f("ck_sessions_session_public_key_length")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_sessions_account_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
    )
    op.create_index(op.f("ix_sessions_account_id"), "sessions", ["account_id"], unique=False)


def _working_contexts() -> None:
    op.create_table(
        "working_contexts",
        sa.Column("id", _text(26), nullable=False),
        sa.Column("session_id", _text(26), nullable=False),
        sa.Column("operation_id", _text(64), nullable=True),
        sa.Column("purpose", _text(64), nullable=False),
        sa.Column("mandate", _text(64), nullable=True),
        sa.Column("opened_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("expires_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("closed_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("emergency", sa.Boolean(), nullable=False),
        sa.Column("joined_operation", _text(64), nullable=True),
        sa.CheckConstraint(
            "emergency OR operation_id IS NOT NULL", name=op.f("ck_working_contexts_operation_unless_emergency")
        ),
        sa.CheckConstraint("expires_at > opened_at", name=op.f("ck_working_contexts_ends_after_start")),
        sa.CheckConstraint("length(id) = 26", name=op.f("ck_working_contexts_id_length")),
        sa.CheckConstraint("length(joined_operation) <= 64", name=op.f("ck_working_contexts_joined_operation_length")),
        sa.CheckConstraint("length(mandate) <= 64", name=op.f("ck_working_contexts_mandate_length")),
        sa.CheckConstraint("length(operation_id) <= 64", name=op.f("ck_working_contexts_operation_id_length")),
        sa.CheckConstraint("length(purpose) <= 64", name=op.f("ck_working_contexts_purpose_length")),
        sa.CheckConstraint("length(session_id) = 26", name=op.f("ck_working_contexts_session_id_length")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_working_contexts_session_id_sessions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_working_contexts")),
    )
    op.create_index(op.f("ix_working_contexts_session_id"), "working_contexts", ["session_id"], unique=False)
