"""Fixtures that every kind of test may ask for."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from peelian.core.time import FixedClock

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Give the folder of real data sets, or skip where there is none (see CONTRIBUTING.md)."""
    folder = Path(os.environ.get("PEELIAN_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("no real data here: set PEELIAN_DATA to the folder that holds it")
    return folder


@pytest.fixture
def clock() -> FixedClock:
    """Give a clock that stands at nine o'clock on 22 November 2026 until the test moves it."""
    return FixedClock(datetime(2026, 11, 22, 9, tzinfo=UTC))
