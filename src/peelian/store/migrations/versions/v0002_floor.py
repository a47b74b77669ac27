"""Papers of the floor, and signing in on the web."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _text(length: int | None = None) -> sa.types.TypeEngine[str]:
    plain = sa.String(length) if length else sa.Text()
    return plain.with_variant(sa.String(length, collation="C") if length else sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Go forward."""
    _account_secrets()
    _papers()
    _sign_in_failures()
    _sign_in_links()
    _web_sessions()


def _account_secrets() -> None:
    op.create_table(
        "account_secrets",
        sa.Column("account_id", _text(64), nullable=False),
        sa.Column("body", _text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.CheckConstraint("length(account_id) <= 64", name=op.f("ck_account_secrets_account_id_length")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_account_secrets_account_id_accounts")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_account_secrets")),
    )


def _papers() -> None:
    op.create_table(
        "papers",
        sa.Column("digest", _text(64), nullable=False),
        sa.Column("id", _text(26), nullable=False),
        sa.Column("kind", _text(32), nullable=False),
        sa.Column("about", _text(200), nullable=False),
        sa.Column("tool", _text(64), nullable=False),
        sa.Column("mandate", _text(64), nullable=False),
        sa.Column("author", _text(64), nullable=False),
        sa.Column("role", _text(64), nullable=False),
        sa.Column("purpose", _text(64), nullable=False),
        sa.Column("made_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("expires_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("body", _text(), nullable=False),
        sa.CheckConstraint("length(about) <= 200", name=op.f("ck_papers_about_length")),
        sa.CheckConstraint("length(author) <= 64", name=op.f("ck_papers_author_length")),
        sa.CheckConstraint("length(digest) = 64", name=op.f("ck_papers_digest_length")),
        sa.CheckConstraint("length(id) = 26", name=op.f("ck_papers_id_length")),
        sa.CheckConstraint("length(kind) <= 32", name=op.f("ck_papers_kind_length")),
        sa.CheckConstraint("length(mandate) <= 64", name=op.f("ck_papers_mandate_length")),
        sa.CheckConstraint("length(purpose) <= 64", name=op.f("ck_papers_purpose_length")),
        sa.CheckConstraint("length(role) <= 64", name=op.f("ck_papers_role_length")),
        sa.CheckConstraint("length(tool) <= 64", name=op.f("ck_papers_tool_length")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_papers")),
        sa.UniqueConstraint("id", name=op.f("uq_papers_id")),
    )


def _sign_in_failures() -> None:
    op.create_table(
        "sign_in_failures",
        sa.Column("id", _text(26), nullable=False),
        sa.Column("who_hash", _text(64), nullable=False),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.CheckConstraint("length(id) = 26", name=op.f("ck_sign_in_failures_id_length")),
        sa.CheckConstraint("length(who_hash) = 64", name=op.f("ck_sign_in_failures_who_hash_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_failures")),
    )
    op.create_index("ix_sign_in_failures_who_hash_at", "sign_in_failures", ["who_hash", "at"], unique=False)


def _sign_in_links() -> None:
    op.create_table(
        "sign_in_links",
        sa.Column("id_hash", _text(64), nullable=False),
        sa.Column("account_id", _text(64), nullable=False),
        sa.Column("body", _text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("expires_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("used_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.CheckConstraint("length(account_id) <= 64", name=op.f("ck_sign_in_links_account_id_length")),
        sa.CheckConstraint("expires_at > made_at", name=op.f("ck_sign_in_links_ends_after_start")),
        sa.CheckConstraint("length(id_hash) = 64", name=op.f("ck_sign_in_links_id_hash_length")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_sign_in_links_account_id_accounts")),
        sa.PrimaryKeyConstraint("id_hash", name=op.f("pk_sign_in_links")),
    )


def _web_sessions() -> None:
    op.create_table(
        "web_sessions",
        sa.Column("id_hash", _text(64), nullable=False),
        sa.Column("account_id", _text(64), nullable=False),
        sa.Column("session_id", _text(26), nullable=False),
        sa.Column("sealed_key", _text(512), nullable=False),
        sa.Column("csrf", _text(128), nullable=False),
        sa.Column("created_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seen_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("expires_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.CheckConstraint("length(account_id) <= 64", name=op.f("ck_web_sessions_account_id_length")),
        sa.CheckConstraint("length(csrf) <= 128", name=op.f("ck_web_sessions_csrf_length")),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_web_sessions_ends_after_start")),
        sa.CheckConstraint("length(id_hash) = 64", name=op.f("ck_web_sessions_id_hash_length")),
        sa.CheckConstraint("length(sealed_key) <= 512", name=op.f("ck_web_sessions_sealed_key_length")),
        sa.CheckConstraint("length(session_id) = 26", name=op.f("ck_web_sessions_session_id_length")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_web_sessions_account_id_accounts")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_web_sessions_session_id_sessions")),
        sa.PrimaryKeyConstraint("id_hash", name=op.f("pk_web_sessions")),
    )
    op.create_index(op.f("ix_web_sessions_account_id"), "web_sessions", ["account_id"], unique=False)
