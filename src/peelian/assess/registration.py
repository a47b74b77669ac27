"""Pre-registration: what will be measured, on what, against whom, fixed and hashed before anything is run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from peelian.core.canonical import digest
from peelian.core.counts import month_name
from peelian.core.errors import InvalidError, TamperedError
from peelian.core.grid import Grid, polygon_from_geojson

METRICS = ("hit_rate", "pai", "pei", "share_of_hindsight", "share_of_hindsight_two_sided", "log_score", "calibration")
PRIMARY = "difference in hit rate between the method and present practice, at every budget (Bonferroni)"
VERDICT = (
    "the method may be mandated when no budget is clearly worse than present practice, "
    "and the feedback simulation is stable at the stated share of crime that patrols discover"
)


@dataclass(frozen=True)
class Registration:
    """The plan of an assessment. Its digest goes into the ledger before the run; the run refuses any other plan.

    Parameters
    ----------
    method, code_hash : str
        What is assessed.
    metrics : tuple of str
        What is measured.
    primary : str
        The comparison that decides.
    verdict : str
        The rule that turns figures into a word.
    budgets : tuple of float
        Shares of the area.
    months : tuple of str
        Origins, in order.
    offences : tuple of str
        What is counted.
    lag_months : int
        Reporting delay.
    contestants : tuple of str
        Against whom.
    cell_m, grid_hash, polygon_hash :
        The frozen study area.
    seed, samples, block_months : int
        Of the bootstrap and the simulations.
    discovered_share : float
        Share of crime that patrols are said to discover, at which feedback must be stable.
    seen : str
        What of the test data was seen before; empty when none was.
    """

    method: str
    code_hash: str
    metrics: tuple[str, ...]
    primary: str
    verdict: str
    budgets: tuple[float, ...]
    months: tuple[str, ...]
    offences: tuple[str, ...]
    lag_months: int
    contestants: tuple[str, ...]
    cell_m: float
    grid_hash: str
    polygon_hash: str
    seed: int
    samples: int
    block_months: int
    discovered_share: float
    seen: str

    def as_dict(self) -> dict[str, Any]:
        """Return the registration as plain data."""
        return asdict(self)

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical form: what the ledger holds."""
        return digest(self.as_dict())


def register(parameters: Mapping[str, Any], *, method: str = "hotspots", grid: Grid | None = None) -> Registration:
    """Fix the plan of an assessment from its parameters; looks at no data.

    Parameters
    ----------
    parameters : mapping
        ``polygon cell_m offences months``; optional ``budgets lag_months contestants seed samples block_months
        discovered_share seen code_hash``.
    method : str
        Name of the method.
    grid : Grid, optional
        The grid, when it has been laid already.

    Raises
    ------
    InvalidError
        ``months-out-of-order``; what laying the grid raises.
    """
    months = check_months(parameters["months"])
    grid = grid or Grid.from_polygon(polygon_from_geojson(parameters["polygon"]), parameters["cell_m"])
    return Registration(
        method=method,
        code_hash=str(parameters.get("code_hash", "")),
        metrics=METRICS,
        primary=PRIMARY,
        verdict=VERDICT,
        budgets=tuple(sorted(float(b) for b in parameters.get("budgets", (0.01, 0.02, 0.05)))),
        months=tuple(month_name(m) for m in months),
        offences=tuple(sorted(parameters["offences"])),
        lag_months=int(parameters.get("lag_months", 0)),
        contestants=tuple(sorted(parameters.get("contestants", DEFAULT_CONTESTANTS))),
        cell_m=float(parameters["cell_m"]),
        grid_hash=grid.hash,
        polygon_hash=digest(parameters["polygon"]),
        seed=int(parameters.get("seed", 1)),
        samples=int(parameters.get("samples", 2000)),
        block_months=int(parameters.get("block_months", _block(len(months)))),
        discovered_share=float(parameters.get("discovered_share", 0.02)),
        seen=str(parameters.get("seen", "")),
    )


BLOCK_MONTHS = 3
"""Months that the bootstrap keeps together: crime of one season is alike."""


def _block(n_months: int) -> int:
    """Return the length of the bootstrap's blocks: one as long as the test would draw the same months every time."""
    return min(BLOCK_MONTHS, max(1, n_months // 2))


DEFAULT_CONTESTANTS = ("last-year", "kde", "promap", "gradient-boosting")


def check_months(months: Sequence[int]) -> list[int]:
    """Return the months to test, each once and in order.

    Raises
    ------
    InvalidError
        ``months-out-of-order``.
    """
    out = [int(m) for m in months]
    if not out or out != sorted(set(out)):
        raise InvalidError(
            "months-out-of-order",
            "The months to test are empty, repeat or are out of order.",
            why="The race goes forward in time, month by month; bootstrap blocks are runs of months.",
            do="Give them once each, earliest first, e.g. 2019-01..2019-12.",
        )
    return out


def check_registered(registration: Registration, registered: str) -> None:
    """Refuse to run a plan other than the one whose digest was recorded.

    Raises
    ------
    TamperedError
        ``registration-mismatch``.
    """
    if registered and registered != registration.digest:
        raise TamperedError(
            "registration-mismatch",
            "The assessment asked for is not the one that was registered.",
            why="Metrics, budgets, months, area or methods changed since; choosing after seeing is not a test.",
            do="Run what was registered, or register anew and say why.",
            facts={"registered": registered, "asked": registration.digest},
        )
