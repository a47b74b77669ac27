"""How people, the tool, and both together did: counted from decided plans by whoever has the duty to measure.

What is read here leaves as rounded counts and never by officer. Whether a place was right is asked of the record of the
forecast's month, under the mandate for assessing the tool; a month that is not on record yet is not counted. A plan is
counted in one release and in no other: each covers the months after the last one's, so that no two can be taken from
each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from peelian.app.caller import Caller
from peelian.app.patrol.decide import METHOD
from peelian.app.publishing.releases import DECISIONS, decisions_through, limits_of
from peelian.core.errors import InvalidError
from peelian.core.time import month_of, month_start
from peelian.decide.measures import GROUPS, SHARES, Case, Measures, measure
from peelian.model.paper import Paper
from peelian.model.question import Measure, Question, Where
from peelian.publish.disclosure_control import Limits, shown
from peelian.publish.picture import corner_of
from peelian.publish.register.decisions import figures

_PLANS_MAX = 100_000

Cells = frozenset[str]


@dataclass(frozen=True)
class Measured:
    """The measures of a stretch of months, and what was left out of them.

    Parameters
    ----------
    first, last : int
        The first and the last month of the plans that were counted; no meaning when there were none.
    """

    measures: Measures
    first: int
    last: int
    not_blind: int
    not_on_record: int
    limits: Limits

    @property
    def table(self) -> dict[str, object]:
        """Return what may leave: counts held back below the limit, and rounded; no true count is in it."""
        counts = self.measures.counts
        return {
            "caption": "Decided plans, and what came of them",
            "head": "Count",
            "rows": [[g.name, shown(counts[g.name], self.limits)] for g in GROUPS],
            "groups": {g.name: {"about": g.about, "of": sorted(g.of)} for g in GROUPS},
            "shares": [[name, *pair] for name, pair in SHARES.items()],
            "held": [],
        }

    def as_dict(self) -> dict[str, object]:
        """Return plain data: what would leave, or why nothing would. It never says more than a release could."""
        told: dict[str, object] = {"method": METHOD, "suppressed": self.measures.suppressed}
        if self.measures.suppressed:
            return told | {"why": self.measures.why_suppressed}
        months = {"first_month": _name(self.first), "last_month": _name(self.last)}
        return told | months | {"figures": figures(self.table, self.limits)}


def measure_decisions(caller: Caller) -> Measured:
    """Measure every plan of the tool whose own view was blind, whose month is on record and in no release yet.

    The caller has the duty to measure and the mandate to assess: both are asked for, and both leave entries.
    """
    duty = caller.mandate("duty", "measure")
    plans = caller.gate.papers(caller.credential, duty.id, "plan", limit=_PLANS_MAX)
    after = decisions_through(caller.gate, METHOD)
    fresh = [p for p in plans if after is None or _month(p) > after]
    blind = [p for p in fresh if p.body["blind"]]
    hits = _Hits(caller)
    counted = [p for p in blind if hits.on_record(p)]
    limits = limits_of(caller)
    people = len({p.author for p in counted})
    measures = measure([_case(p, hits.of(p)) for p in counted], people=people, suppress_below=limits.suppress_below)
    months = [_month(p) for p in counted]
    first, last = min(months, default=0), max(months, default=0)
    return Measured(measures, first, last, len(fresh) - len(blind), len(blind) - len(counted), limits)


def file_measure(caller: Caller) -> dict[str, object]:
    """Measure, and lay the rounded counts before those who publish; nothing is public by this.

    Raises
    ------
    InvalidError
        ``too-few-decisions``.
    """
    measured = measure_decisions(caller)
    if measured.measures.suppressed:
        raise InvalidError(
            "too-few-decisions",
            f"There are too few decided plans to publish anything: {measured.measures.why_suppressed}.",
            why="Figures of a few plans, or of two people, would tell how one of them decided.",
            do="Wait for more months on record. Until then the register says that nothing is known yet.",
        )
    duty = caller.mandate("duty", "measure")
    months = {"first_month": _name(measured.first), "last_month": _name(measured.last)}
    body: dict[str, object] = {"kind": DECISIONS, "tool": METHOD, "tables": [measured.table], **months}
    paper = caller.gate.post_paper(caller.credential, duty.id, "measure", METHOD, body)
    return measured.as_dict() | {"measure": paper.id}


def _case(plan: Paper, hit: Cells) -> Case:
    own, tool, chosen = (frozenset(plan.body[name]) for name in ("own", "tool_cells", "cells"))
    return Case(own, tool, chosen, hit & (own | tool | chosen))


def _name(month: int) -> str:
    return f"{month_start(month):%Y-%m}"


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
