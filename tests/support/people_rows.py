"""Made-up people rows for tests of resolving: small, quick, and with the errors that systems make."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa

from peelian.resolve.release import ModelRelease
from peelian.resolve.train import train

_TEXTS = "record_id source person_ref forenames surname aliases address postcode phones suite".split()
_DAYS = ("birth_on", "died_on")
_INSTANTS = ("event_at", "at_arrival", "at_release")
SCHEMA = pa.schema(
    [
        *((c, pa.string()) for c in _TEXTS),
        *((c, pa.date32()) for c in _DAYS),
        *((c, pa.timestamp("us", "UTC")) for c in _INSTANTS),
    ]
)
GIVEN = (
    "Robert William Margaret Catherine Mohammed Fatima Yusuf Priya Olena Piotr Chidi Siobhan Thomas Alice Wei".split()
)
SURNAMES = "Smith Jones Khan Begum Ali Patel Kowalski Shevchenko Okafor Murphy Evans Harlow Tarn Quill Brandt".split()
SHORT = {"Robert": "Bob", "William": "Bill", "Margaret": "Peggy", "Catherine": "Kate", "Mohammed": "Muhammad"}


def row(record_id: str, **values: Any) -> dict[str, Any]:
    """Give one row; what is not said is empty."""
    empty = {f.name: "" if f.type == pa.string() else None for f in SCHEMA}
    return {**empty, "record_id": record_id, "source": "crime", **values}


def table(rows: list[dict[str, Any]]) -> pa.Table:
    """Give rows as a people table."""
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def made_up_people(n_people: int, seed: int) -> tuple[pa.Table, dict[str, int]]:
    """Give people written down one to four times each, with slips, and the truth: record id to person."""
    rng = np.random.default_rng(seed)
    rows, truth = [], {}
    for person in range(n_people):
        given, surname = GIVEN[rng.integers(len(GIVEN))], SURNAMES[rng.integers(len(SURNAMES))]
        born = date(1950, 1, 1) + timedelta(days=int(rng.integers(2, 20_000)))
        home = (
            f"{rng.integers(1, 90)} {SURNAMES[rng.integers(15)]} Road",
            f"ZZ{rng.integers(1, 9)} {rng.integers(1, 9)}AB",
        )
        phone = f"07700 {rng.integers(900_000, 999_999)}"
        for copy in range(rng.integers(1, 5)):
            record_id = f"p{person:04d}-{copy}"
            truth[record_id] = person
            rows.append(_slip(row(record_id, forenames=given, surname=surname, birth_on=born, address=home[0],
                                  postcode=home[1], phones=phone), rng))  # fmt: skip
    order = rng.permutation(len(rows))
    return table([rows[i] for i in order]), truth


def _slip(found: dict[str, Any], rng: np.random.Generator) -> dict[str, Any]:
    if rng.random() < 0.3:
        found["forenames"] = SHORT.get(found["forenames"], found["forenames"])
    if rng.random() < 0.2:
        at = int(rng.integers(1, len(found["surname"])))
        found["surname"] = found["surname"][:at] + "aeiou"[rng.integers(5)] + found["surname"][at + 1 :]
    if rng.random() < 0.1:
        found["birth_on"] = found["birth_on"].replace(day=1 + found["birth_on"].day % 28)
    for column in ("address", "postcode", "phones"):
        if rng.random() < 0.35:
            found[column] = ""
    return {**found, "birth_on": None} if rng.random() < 0.2 else found


@cache
def small_release() -> ModelRelease:
    """Give a release learnt from 300 made-up people; learnt once a process."""
    return train(made_up_people(300, 11)[0], random_pairs=40_000)
