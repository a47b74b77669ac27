"""How people, the tool, and both together did: counted from decided plans by whoever has the duty to measure.

What is read here leaves as shares and never by officer. Whether a place was right is asked of the record of the
forecast's month, under the mandate for assessing the tool; a month that is not on record yet is not counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from peelian.app.caller import Caller
from peelian.app.decide import METHOD
from peelian.core.time import month_of
from peelian.decide.measures import Case, Measures, measure
from peelian.model.paper import Paper
from peelian.model.question import Measure, Question, Where
from peelian.publish.picture import corner_of

_PLANS_MAX = 100_000

Cells = frozenset[str]


@dataclass(frozen=True)
class Measured:
    """The measures, and what was left out of them."""

    measures: Measures
    not_blind: int
    not_on_record: int

    def as_dict(self) -> dict[str, object]:
        """Return plain data; counts of what was left out follow the floor of what was counted."""
        return self.measures.as_dict() | {"method": METHOD}


def measure_decisions(caller: Caller) -> Measured:
    """Measure every plan of the tool whose own view was blind and whose month is on record.

    The caller has the duty to measure and the mandate to assess: both are asked for, and both leave entries.
    """
    duty = caller.mandate("duty", "measure")
    plans = caller.gate.papers(caller.credential, duty.id, "plan", limit=_PLANS_MAX)
    blind = [p for p in plans if p.body["blind"]]
    hits = _Hits(caller)
    counted = [p for p in blind if hits.on_record(p)]
    rules = caller.gate.charter.publication
    measures = measure(
        [_case(p, hits.of(p)) for p in counted],
        people=len({p.author for p in counted}),
        suppress_below=rules.suppress_below,
        round_to=rules.round_to,
    )
    return Measured(measures, len(plans) - len(blind), len(blind) - len(counted))


def _case(plan: Paper, hit: Cells) -> Case:
    own, tool, chosen = (frozenset(plan.body[name]) for name in ("own", "tool_cells", "cells"))
    return Case(own, tool, chosen, hit & (own | tool | chosen))


def _month(plan: Paper) -> int:
    year, month = str(plan.body["month"]).split("-")
    return month_of(date(int(year), int(month), 1))


class _Hits:
    """Where offences were recorded, month by month; each month is asked for once."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.mandate = caller.mandate("assessment", METHOD)
        self._points: dict[tuple[int, tuple[str, ...]], list[tuple[float, float]]] = {}
        self._newest: dict[tuple[str, ...], int] = {}

    def on_record(self, plan: Paper) -> bool:
        """Say whether the plan's month is wholly on record: a later month is there too."""
        offences = tuple(plan.body["offences"])
        if offences not in self._newest:
            where = (Where("offence", "in", offences),)
            asked = Question("incident", ("month",), where, measures=(Measure("incidents", "count"),))
            months = self._view(asked).column("month").to_pylist()
            self._newest[offences] = max(months, default=-1)
        return self._newest[offences] > _month(plan)

    def of(self, plan: Paper) -> Cells:
        """Return which of a plan's cells had an offence of its kind in its month."""
        key = (_month(plan), tuple(plan.body["offences"]))
        if key not in self._points:
            self._points[key] = self._recorded(*key)
        cells = {*plan.body["own"], *plan.body["tool_cells"], *plan.body["cells"]}
        return frozenset(c for c in cells if _holds(c, self._points[key]))

    def _recorded(self, month: int, offences: Sequence[str]) -> list[tuple[float, float]]:
        where = (Where("offence", "in", tuple(offences)), Where("month", "==", month))
        columns = ("easting_m", "northing_m")
        rows = self._view(Question("incident", columns, where, measures=(Measure("incidents", "count"),)))
        x, y = (rows.column(c).to_numpy(zero_copy_only=False).astype(np.float64) for c in columns)
        known = np.isfinite(x) & np.isfinite(y)
        return list(zip(x[known].tolist(), y[known].tolist(), strict=True))

    def _view(self, question: Question) -> Any:
        return self.caller.gate.view(self.caller.credential, self.mandate.id, question).rows


def _holds(cell: str, points: Sequence[tuple[float, float]]) -> bool:
    west, south, side = corner_of(cell)
    return any(west <= x < west + side and south <= y < south + side for x, y in points)
