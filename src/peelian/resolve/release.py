"""The model release: everything that decides whether two records are linked, in one document with one hash.

Two machines with one release link the same two records with the same weight, whatever else they hold. A release is
trained, assessed and mandated as a unit; it is never adjusted in use. It holds no value of anybody: terms that many
share, and stop values, stand in it as digests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from peelian.core.canonical import canonical_bytes, digest
from peelian.core.errors import InvalidError

FORMAT = 2


@dataclass(frozen=True)
class StepWeight:
    """What a step of a comparison weighs: m and u as learnt, and the weight in thousandths of a bit."""

    m: float
    u: float
    mbit: int


@dataclass(frozen=True)
class ModelRelease:
    """A frozen model.

    Attributes
    ----------
    prior_mbit : int
        Weight before anything is compared: how rare it is that two random records are of one person.
    weights : mapping
        Ladder to step to :class:`StepWeight`.
    terms : mapping
        Column to the digest of a term to what sharing it adds, thousandths of a bit; ``""`` stands for all rarer ones.
    stops : mapping
        ``address``, ``phone``, ``key`` to digests of values that are no evidence, or no key.
    blocking, ladders : tuple
        Rules and comparisons word for word, so that changing one in code makes another release.
    accept_mbit, review_mbit : int
        An edge at least this heavy is accepted, or held for review.
    versions, training : mapping
        What it was made with, and how.
    """

    prior_mbit: int
    weights: Mapping[str, Mapping[str, StepWeight]]
    terms: Mapping[str, Mapping[str, int]]
    stops: Mapping[str, tuple[str, ...]]
    blocking: tuple[tuple[str, str], ...]
    ladders: tuple[tuple[str, str, str], ...]
    accept_mbit: int
    review_mbit: int
    versions: Mapping[str, str]
    training: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return the release as plain data, ready for canonical JSON."""
        return {"format": FORMAT, **asdict(self)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ModelRelease:
        """Read a release back.

        Raises
        ------
        InvalidError
            ``release-unreadable`` for another format or a missing part.
        """
        try:
            if data["format"] != FORMAT:
                raise KeyError("format")
            return cls(**_typed({k: v for k, v in data.items() if k != "format"}))
        except (KeyError, TypeError, AttributeError) as error:
            raise InvalidError(
                "release-unreadable",
                "This is no model release, or one of another format.",
                why="Linking with a release half understood would link people for reasons nobody assessed.",
                do="Use the release as it was written, with the version of Peelian that it names, or train anew.",
            ) from error

    @property
    def canonical(self) -> bytes:
        """Canonical bytes."""
        return canonical_bytes(self.to_dict())

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the canonical bytes, 64 hex digits."""
        return digest(self.to_dict())


def _typed(data: dict[str, Any]) -> dict[str, Any]:
    return data | {
        "weights": {k: {n: StepWeight(**w) for n, w in steps.items()} for k, steps in data["weights"].items()},
        "stops": {k: tuple(v) for k, v in data["stops"].items()},
        "blocking": tuple(tuple(pair) for pair in data["blocking"]),
        "ladders": tuple(tuple(row) for row in data["ladders"]),
    }
