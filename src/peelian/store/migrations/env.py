"""Run by Alembic: applies the steps in the transaction that the store hands over."""

from __future__ import annotations

from alembic import context

from peelian.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transaction_per_migration=False,
    render_as_batch=True,  # SQLite changes a table by copying it
)
context.run_migrations()
