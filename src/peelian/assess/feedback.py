"""Would the method run away? Let it send patrols, let patrols find crime, and see where its attention drifts.

Ensign's urn shows the mechanism: where crime is recorded because police went there, attention feeds on itself. Here
the method itself is put into that loop, in made-up towns whose true rates are known and never change: the first half
of each has 55 % of the crime. With a share of the crime discovered by patrols only, does the forecast's share of the
first half stay at .55, in every town, and does it stay as concentrated as the truth?
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from peelian.assess.contest import PlaceMethod
from peelian.core.counts import Counts
from peelian.core.grid import Grid
from peelian.core.stats import ensign_urn

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TRUE_SHARE = 0.55
SHARES = (0.0, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0)
DRIFT_MAX = 0.05
SD_MAX = 0.05
CONCENTRATION_MAX = 1.25


@dataclass(frozen=True)
class LoopResult:
    """What became of the forecast after years of acting on it.

    Parameters
    ----------
    discovered_share : float
        Part of the crime that is recorded only where patrols go.
    share, sd : float
        The forecast's share of the first half (truth .55), mean and standard deviation over towns.
    above_four_fifths : float
        Part of the towns in which one half has over .8 of the forecast.
    concentration : float
        The forecast's share in the cells it would patrol, over the true share of as many of the worst cells.
    runaway : bool
        Whether any of the limits is crossed.
    """

    discovered_share: float
    share: float
    sd: float
    above_four_fifths: float
    concentration: float
    runaway: bool


@dataclass(frozen=True)
class Towns:
    """Many small towns on one grid, far enough apart not to lend to each other."""

    grid: Grid
    town: Ints
    first_half: NDArray[np.bool_]
    rate: Floats  # true incidents a month, by cell

    @classmethod
    def build(cls, n_towns: int, side: int, cell_m: float, crimes: float, rng: np.random.Generator) -> Towns:
        """Lay out square towns; crime is uneven between cells, and 55 % of it in each town's first half."""
        pitch = side + 12
        corners = [(i % 10 * pitch * cell_m, i // 10 * pitch * cell_m) for i in range(n_towns)]
        size = side * cell_m
        polygon = shapely.multipolygons([shapely.box(x, y, x + size, y + size) for x, y in corners])
        grid = Grid.from_polygon(polygon, cell_m)
        town = grid.rows // pitch * 10 + grid.columns // pitch
        first_half = grid.columns % pitch < side // 2
        rate = rng.gamma(0.5, 1.0, len(grid)) + 0.02
        for t in range(n_towns):
            for half, share in ((first_half, TRUE_SHARE), (~first_half, 1 - TRUE_SHARE)):
                cells = (town == t) & half
                rate[cells] *= crimes * share / rate[cells].sum()
        return cls(grid, town, first_half, rate)

    def choose(self, score: Floats, per_town: int) -> NDArray[np.bool_]:
        """Pick the best cells of every town."""
        order = np.lexsort((np.arange(len(score)), -np.round(score, 9), self.town))
        n_towns = int(self.town.max()) + 1
        size = len(score) // n_towns
        chosen = np.zeros(len(score), dtype=bool)
        chosen[order.reshape(n_towns, size)[:, :per_town].ravel()] = True
        return chosen

    def by_town(self, values: Floats) -> Floats:
        """Add up by town."""
        return np.asarray(np.bincount(self.town, weights=values), dtype=np.float64)


def simulate_loop(
    method: PlaceMethod,
    fitted: Any,
    discovered_share: float,
    *,
    rng: np.random.Generator,
    n_towns: int = 40,
    months: int = 36,
    history: int = 24,
    budget: float = 0.05,
) -> LoopResult:
    """Run the method for years on a record that its own patrols help to make.

    A crime is recorded by the public, or, for the discovered share, only in a patrolled cell: there the more, so that
    the total stays the same when patrols are spread at random. The history before comes from patrols sent at random.

    Parameters
    ----------
    method, fitted :
        The method, and a fitted one whose setting is used.
    discovered_share : float
        0: everything is reported; 1: only patrols find crime.
    rng : numpy.random.Generator
        Passed in.
    n_towns, months, history : int
        Towns; months in the loop; months before it.
    budget : float
        Share of the cells that is patrolled.
    """
    towns = Towns.build(n_towns, 12, 200.0, 60.0, rng)
    per_town = max(1, round(budget * 144))
    gain = 144 / per_town
    record: list[tuple[Ints, Ints, Ints]] = []
    score = np.zeros(len(towns.grid))
    for month in range(history + months):
        if month >= history:
            score = method.fit_like(fitted, towns.grid, _counts(towns, record), month).expected_
        else:
            score = rng.random(len(towns.grid))
        patrolled = towns.choose(score, per_town)
        found = rng.poisson(towns.rate * (1 - discovered_share + discovered_share * gain * patrolled))
        hit = np.flatnonzero(found)
        record.append((hit, np.full(len(hit), month), found[hit] * 1_000_000))
    return _judge(towns, score, per_town, discovered_share)


def _counts(towns: Towns, record: list[tuple[Ints, Ints, Ints]]) -> Counts:
    cell, month, millionths = (np.concatenate(column) for column in zip(*record, strict=True))
    return Counts.from_events(len(towns.grid), cell, month, month, millionths)


def _judge(towns: Towns, score: Floats, per_town: int, discovered_share: float) -> LoopResult:
    total = towns.by_town(score)
    share = towns.by_town(score * towns.first_half) / total
    chosen, worst = towns.choose(score, per_town), towns.choose(towns.rate, per_town)
    true = towns.by_town(towns.rate * worst) / towns.by_town(towns.rate)
    concentration = float((towns.by_town(score * chosen) / total).mean() / true.mean())
    mean, sd = float(share.mean()), float(share.std())
    runaway = abs(mean - TRUE_SHARE) > DRIFT_MAX or sd > SD_MAX or concentration > CONCENTRATION_MAX
    extreme = float(((share > 0.8) | (share < 0.2)).mean())
    return LoopResult(
        discovered_share, round(mean, 3), round(sd, 3), round(extreme, 3), round(concentration, 3), runaway
    )


def assess_feedback(method: PlaceMethod, fitted: Any, *, discovered_share: float, seed: int) -> dict[str, Any]:
    """Judge whether the method may be trusted with its own consequences.

    Returns
    -------
    dict
        ``verdict`` (``stable`` or ``runs-away``) at the stated share, ``loop`` for several shares, ``stable_up_to``
        (largest share tried that stayed stable), ``limits``, and ``urn``: Ensign's own figures from the same code
        base, so that a reader sees the instrument measure what is known.
    """
    shares = sorted({*SHARES, discovered_share})
    results = [simulate_loop(method, fitted, s, rng=np.random.default_rng(seed)) for s in shares]
    stable = [r.discovered_share for r in results if not r.runaway]
    at_stated = next(r for r in results if r.discovered_share == discovered_share)
    return {
        "verdict": "runs-away" if at_stated.runaway else "stable",
        "discovered_share": discovered_share,
        "stable_up_to": max(stable) if stable else None,
        "loop": [asdict(r) for r in results],
        "limits": {"drift": DRIFT_MAX, "sd": SD_MAX, "concentration": CONCENTRATION_MAX},
        "urn": _urn_table(seed),
        "data": "synthetic",
    }


def _urn_table(seed: int) -> list[dict[str, Any]]:
    rows = []
    for corrected in (False, True):
        urn = ensign_urn((0.55, 0.45), steps=3000, runs=300, rng=np.random.default_rng(seed), corrected=corrected)
        rows.append(
            {
                "corrected": corrected,
                "share": round(urn.mean, 3),
                "sd": round(urn.sd, 3),
                "above_four_fifths": round(urn.above(0.8), 3),
            }
        )
    return rows
