"""The first worker of an assessment: the race, with the method's own code in it. No sealed table comes here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from peelian.analyse.hotspots.plan import HOTSPOTS
from peelian.assess.hotspots import race_hotspots
from peelian.gate.sandbox.lockdown import tell_progress


def run(tables: Mapping[str, pa.Table], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Race the forecast; tables without rows are as good as none."""
    given = {name: rows for name, rows in tables.items() if rows.num_rows or name == "incident"}
    raced: dict[str, Any] = plain(race_hotspots(given, parameters, method=HOTSPOTS, progress=tell_progress))
    return raced


def plain(value: Any) -> Any:
    """Turn numpy scalars into numbers, and what is not a number into none: canonical JSON knows neither."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not np.isfinite(value) else value
