"""Where the points of a chart go on paper: the same chart always looks the same.

Points repel each other, ties draw theirs together, and the step gets smaller until all is still (Fruchterman and
Reingold). Everybody starts on a ring as far out as they are steps from the first, so nothing is left to chance.

References
----------
Fruchterman and Reingold (1991), Graph Drawing by Force-directed Placement, Software: Practice and Experience 21(11).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from peelian.find.chart import Chart, Name, neighbours

SHAPES = ("spread", "rings")
"""How points can lie: apart from each other and near to whom they are tied, or in rings around the first."""

ROUNDS = 120
LONE = 3
"""Ring on which points start that nothing ties to the first."""


def lay_out(
    chart: Chart,
    width: float,
    height: float,
    *,
    shape: str = SHAPES[0],
    placed: Collection[tuple[Name, float, float]] = (),
) -> dict[Name, tuple[float, float]]:
    """Place each point of a chart within a width and a height, rounded to tenths.

    Parameters
    ----------
    shape : str
        One of :data:`SHAPES`.
    placed : collection of (Name, float, float)
        Points that were put somewhere by hand: there they stay.
    """
    names = [p.name for p in chart.points]
    if len(names) < 2:
        return {name: (width / 2, height / 2) for name in names}
    near = neighbours(chart)
    at = _rings(names, near)
    if shape == "spread":
        at = _settle(at, _ties(names, near), ROUNDS)
    low, high = at.min(axis=0), at.max(axis=0)
    fitted = (at - low) / np.maximum(high - low, 1e-9) * (width, height)
    found = {name: (round(float(x), 1), round(float(y), 1)) for name, (x, y) in zip(names, fitted, strict=True)}
    by_hand = {
        chart.goes_by.get(name, name): (min(max(x, 0.0), width), min(max(y, 0.0), height)) for name, x, y in placed
    }
    return {name: by_hand.get(name, at) for name, at in found.items()}


def _rings(names: Sequence[Name], near: Mapping[Name, Sequence[Name]]) -> NDArray[np.float64]:
    """Start everybody on a ring around the first, in the order in which a walk from there meets them."""
    depth = {names[0]: 0}
    met = [names[0]]
    for here in met:
        for there in near[here]:
            if there not in depth:
                depth[there] = depth[here] + 1
                met.append(there)
    met += [name for name in names if name not in depth]
    turn = {name: 2 * np.pi * i / len(met) for i, name in enumerate(met)}
    ring = np.array([depth.get(name, LONE) for name in names], float)
    angle = np.array([turn[name] for name in names])
    return np.stack([ring * np.cos(angle), ring * np.sin(angle)], axis=1)


def _ties(names: Sequence[Name], near: Mapping[Name, Sequence[Name]]) -> NDArray[np.float64]:
    rank = {name: i for i, name in enumerate(names)}
    tied = np.zeros((len(names), len(names)))
    for here, others in near.items():
        for there in others:
            tied[rank[here], rank[there]] = 1.0
    return tied


def _settle(at: NDArray[np.float64], tied: NDArray[np.float64], rounds: int) -> NDArray[np.float64]:
    """Let points repel and ties draw until all is still: O(rounds n^2) time, O(n^2) memory."""
    spread = 1.0
    for step in np.linspace(0.5, 0.01, rounds):
        apart = at[:, None, :] - at[None, :, :]
        far = np.maximum(np.hypot(apart[..., 0], apart[..., 1]), 0.01)
        push = spread**2 / far - tied * far**2 / spread
        move = (apart / far[..., None] * push[..., None]).sum(axis=1) - 0.05 * at
        length = np.maximum(np.hypot(move[:, 0], move[:, 1]), 1e-9)
        at = at + move / length[:, None] * np.minimum(length, step)[:, None]
    return at
