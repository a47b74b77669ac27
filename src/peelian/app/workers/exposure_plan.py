"""The second worker of an assessment: who is stopped where the method would send patrols. The method is not here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from peelian.assess.hotspots import conclude


def run(tables: Mapping[str, pa.Table], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Conclude the race that came before."""
    given = {name: rows for name, rows in tables.items() if rows.num_rows}
    return conclude(parameters["before"], given, parameters)
