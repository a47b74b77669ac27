"""Chance, one stream a kind: what one part draws does not move what another part draws."""

from __future__ import annotations

from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


def stream(seed: int, *kind: str) -> np.random.Generator:
    """Return the generator of one kind of thing, e.g. ``stream(7, "crime", "times")``."""
    return np.random.default_rng([seed, *(crc32(k.encode()) for k in kind)])


def chosen(rng: np.random.Generator, weights: npt.NDArray[Any], n: int) -> Ints:
    """Draw n positions with replacement, in proportion to weights (>= 0, not all 0). O(n log len)."""
    edges = np.cumsum(weights, dtype=float)
    return np.minimum(np.searchsorted(edges, rng.random(n) * edges[-1], side="right"), len(edges) - 1).astype(np.int64)


def coded(rng: np.random.Generator, shares: dict[str, float], n: int) -> Ints:
    """Draw n positions in a mapping of code to share."""
    return chosen(rng, np.array(list(shares.values()), dtype=float), n)


def spread(counts: Ints) -> tuple[Ints, Ints]:
    """Return, for groups of these sizes, each member's group and its number within it, from 0."""
    group = np.repeat(np.arange(len(counts)), counts)
    starts = np.cumsum(counts) - counts
    return group, np.arange(len(group)) - np.repeat(starts, counts)
