"""Contributions add up exactly, and nothing but the data decides: on whatever data comes."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.analyse.hotspots import run
from peelian.core.canonical import canonical_bytes
from tests.support import hotspot_town as town


def total(cell: dict) -> Decimal:
    """Add a cell's contributions as the decimals that are printed."""
    parts = [*cell["here"], *cell["nearby"], cell["anywhere"]]
    return sum((Decimal(str(p)) for p in parts), Decimal(0))


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    months=st.integers(13, 32),
    digits=st.integers(1, 6),
    lag=st.integers(0, 2),
    cell_m=st.sampled_from([150.0, 250.0, 400.0]),
)
def test_contributions_add_up_to_the_expected_count(seed, months, digits, lag, cell_m):
    """A reason that leaves a remainder unexplained is where a black box hides."""
    table = town.incidents(seed, months=months + lag, a_month=60)
    result = run(
        {"incident": table},
        town.parameters(
            target_month=town.FIRST_MONTH + months + lag, digits=digits, lag_months=lag, cell_m=cell_m, budgets=[0.05]
        ),
    )
    for cell in result["cells"]:
        assert total(cell) == Decimal(str(cell["expected"]))
        assert min([*cell["here"], *cell["nearby"], cell["anywhere"]]) >= 0


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000), shuffle=st.integers(0, 10_000))
def test_the_order_of_rows_does_not_matter(seed, shuffle):
    """Engines hand out rows in any order; the same records give the same bytes."""
    table = town.incidents(seed, months=20, a_month=60)
    order = np.random.default_rng(shuffle).permutation(table.num_rows)
    parameters = town.parameters(target_month=town.FIRST_MONTH + 20)
    results = [run({"incident": t}, parameters) for t in (table, table.take(pa.array(order)))]
    assert canonical_bytes(results[0]) == canonical_bytes(results[1])
