"""A MySQL or MariaDB server for tests: one that is there, or one of the tests' own where its program is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from peelian.core.ids import new_ulid
from peelian.core.time import SystemClock

ADDRESS = "PEELIAN_MYSQL_URL"
"""Names a server whose user may make databases, e.g. ``mysql+pymysql://root@localhost/``."""

_START_S = 60


@pytest.fixture(scope="session")
def mysql() -> Iterator[str]:
    """Give the URL of a server; skips, and says so, where there is neither an address nor a program to start."""
    given = os.environ.get(ADDRESS, "")
    server, maker = (shutil.which(name) for name in ("mariadbd", "mariadb-install-db"))
    if given:
        yield given
    elif server and maker:
        yield from _own(server, maker)
    else:
        pytest.skip(f"no MySQL: neither {ADDRESS} nor a mariadbd on the path")


def _own(server: str, maker: str) -> Iterator[str]:
    """Start a server in a folder of its own, on a socket alone, as the user who runs the tests."""
    folder = Path(tempfile.mkdtemp(prefix="peelian-my-"))
    data, socket = folder / "data", folder / "s"
    user = ["--user=root"] if os.geteuid() == 0 else []
    subprocess.run(
        [maker, "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal", *user],
        check=True,
        capture_output=True,
    )
    words = [server, "--no-defaults", f"--datadir={data}", f"--socket={socket}", "--skip-networking", *user]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        url = f"mysql+pymysql://root@localhost/?unix_socket={socket}"
        _wait(url)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=_START_S)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(url: str) -> None:
    engine, deadline = sa.create_engine(url, poolclass=sa.NullPool), time.monotonic() + _START_S
    while True:
        try:
            with engine.connect():
                return
        except sa.exc.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


@contextmanager
def fresh_schema(server: str) -> Iterator[str]:
    """Make an empty database, give its URL, and drop it afterwards."""
    name = "test_" + new_ulid(SystemClock()).lower()
    admin = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as con:
        con.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        yield sa.make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as con:
            con.exec_driver_sql(f"DROP DATABASE {name}")
