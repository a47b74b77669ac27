"""PostgreSQL for the tests that must behave alike on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from peelian.store.desk import Desk, open_desk
from tests.support.postgres import fresh_database, postgres

__all__ = ["postgres"]  # pytest finds it here


@pytest.fixture(params=["sqlite", "postgresql"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """Give an empty desk database, on each engine in turn."""
    if request.param == "sqlite":
        desk = open_desk(tmp_path / "desk.db")
        yield desk
        desk.close()
        return
    with fresh_database(request.getfixturevalue("postgres")) as url:
        desk = open_desk(url)
        yield desk
        desk.close()
