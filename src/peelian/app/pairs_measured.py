"""Measuring how well pairs are found: people of a made-up city in, precision and recall out."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from peelian.assess.pairs import Setting, Somebody, measure_pairs
from peelian.core.errors import MissingError

WITHIN_DAYS, SEED = 14, 1829

BUSY = (0.2, 2.0, 10.0)
"""Ordinary look-ups a resident among which pairs are planted: what falls on the same by chance grows with them."""

_PERSONS = ("person_id", "forenames", "surname", "birth_on", "address", "postcode", "phone", "household")


def measure(truth: Path, *, within_days: int = WITHIN_DAYS, seed: int = SEED) -> dict[str, object]:
    """Plant pairs among the people of a made-up city, and say how many are found.

    Parameters
    ----------
    truth : Path
        The folder that `peelian synth city` wrote, or its ``truth``.

    Raises
    ------
    MissingError
        ``truth-missing``.
    """
    folder = truth / "truth" if (truth / "truth").is_dir() else truth
    people = _people(folder)
    rows = [
        measure_pairs(people, within_days=within_days, seed=seed, setting=Setting(looks_per_resident=b)) for b in BUSY
    ]
    return {"synthetic": True, "rows": rows}


def _people(folder: Path) -> list[Somebody]:
    try:
        persons = pq.read_table(folder / "persons.parquet", columns=list(_PERSONS)).to_pylist()
        vehicles = pq.read_table(folder / "vehicles.parquet", columns=["plate", "keeper"]).to_pylist()
    except (OSError, pa.ArrowInvalid) as error:
        raise MissingError(
            "truth-missing",
            "There is no truth of a made-up city there.",
            why="Pairs are planted among made-up people alone.",
            do="Name the folder that `peelian synth city` wrote.",
        ) from error
    plates = defaultdict(list)
    for one in vehicles:
        plates[one["keeper"]].append(one["plate"])
    return [_somebody(one, tuple(plates[one["person_id"]])) for one in persons]


def _somebody(one: dict[str, object], plates: tuple[str, ...]) -> Somebody:
    said = {name: str(one[name] or "") for name in ("forenames", "surname", "address", "postcode", "phone")}
    return Somebody(**said, born_on=one["birth_on"], household=int(str(one["household"])), plates=plates)  # type: ignore[arg-type]
