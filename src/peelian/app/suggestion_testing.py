"""Measuring what is recognised in free text, on a made-up city: against its people, vehicles and numbers.

The truth of a text is found another way than it is recognised: each plate and full name of the whole city that stands
in it word for word, and each word of eleven digits that begins with 06, which in a made-up city is a telephone number
and nothing else is. Which names are on record is what the systems' own files say, not the truth.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from peelian.core.canonical_forms import canonical_phone, canonical_plate
from peelian.core.errors import MissingError
from peelian.core.name_keys import fold_name
from peelian.find.recognise import name_shaped, recognise, recognise_names

MEASURED = ("plate", "phone", "name")
"""Kinds that stand in a made-up city's texts; no address does, so nothing is said of addresses."""

PHONE_DIGITS = 11

_EDGE = ".,;:()\"'"


@dataclass(frozen=True)
class CityTruth:
    """What the city's vehicles and people are called; a name has its culture beside it."""

    plates: frozenset[str]
    names: Mapping[tuple[str, str], str]


def measure_suggestions(city: Path) -> dict[str, object]:
    """Recognise in every text of a made-up city, and compare with its truth.

    Returns
    -------
    dict
        ``synthetic`` (true), ``texts``, ``kinds`` (each with ``true``, ``suggested``, ``right``, ``precision``,
        ``recall``), ``names_by_culture`` (each with ``true``, ``found``, ``recall``), ``not_measured``.

    Raises
    ------
    MissingError
        ``city-missing``.
    """
    truth, on_record = _truth(city), frozenset(_names_on_record(city))
    counted, culture, texts = Counter[tuple[str, str]](), Counter[tuple[str, str]](), 0
    for text in _texts(city):
        texts += 1
        true, said = _true_of(text, truth), _suggested(text, on_record)
        for kind, key in true | said:
            counted[kind, "true"] += (kind, key) in true
            counted[kind, "suggested"] += (kind, key) in said
            counted[kind, "right"] += (kind, key) in true & said
        for kind, key in true:
            if kind == "name":
                of = truth.names[_ends(key)]
                culture[of, "true"] += 1
                culture[of, "found"] += (kind, key) in said
    kinds = {
        kind: _rates(counted[kind, "true"], counted[kind, "suggested"], counted[kind, "right"]) for kind in MEASURED
    }
    by = {of: _recall(culture[of, "true"], culture[of, "found"]) for of in sorted({of for of, _ in culture})}
    return {"synthetic": True, "texts": texts, "kinds": kinds, "names_by_culture": by, "not_measured": ["address"]}


def _rates(true: int, suggested: int, right: int) -> dict[str, object]:
    precision, recall = (round(right / n, 4) if n else None for n in (suggested, true))
    return {"true": true, "suggested": suggested, "right": right, "precision": precision, "recall": recall}


def _recall(true: int, found: int) -> dict[str, object]:
    return {"true": true, "found": found, "recall": round(found / true, 4)}


def _ends(name: str) -> tuple[str, str]:
    words = name.split()
    return words[0], words[-1]


def _suggested(text: str, on_record: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return what would be suggested, each once: a thing that is named twice is one suggestion."""
    known = [n for n in name_shaped(text) if _ends(fold_name(n)) in on_record]
    named = {("name", " ".join(_ends(s.key))) for s in recognise_names(text, known)}
    return {(s.kind, s.key) for s in recognise(text) if s.kind in MEASURED} | named


def _true_of(text: str, truth: CityTruth) -> set[tuple[str, str]]:
    words = [w.strip(_EDGE) for w in text.split()]
    found = {("plate", canonical_plate(w)) for w in words if canonical_plate(w) in truth.plates}
    found |= {("phone", canonical_phone(w)) for w in words if len(w) == PHONE_DIGITS and w.isdigit() and w[:2] == "06"}
    for size in (2, 3, 4):
        for at in range(len(words) - size + 1):
            name = fold_name(" ".join(words[at : at + size])).split()
            capital = words[at][:1].isupper() and words[at + size - 1][:1].isupper()
            if capital and len(name) > 1 and (name[0], name[-1]) in truth.names and _fits(size, name):
                found.add(("name", f"{name[0]} {name[-1]}"))
    return found


def _fits(size: int, name: list[str]) -> bool:
    """Say whether a window of words is one name and no more: two words, or all those between are particles."""
    return size == 2 or all(len(w) <= 3 for w in name[1:-1])


def _truth(city: Path) -> CityTruth:
    folder = city / "truth"
    if not (folder / "persons.parquet").is_file():
        raise MissingError(
            "city-missing",
            "There is no made-up city with a truth here.",
            why="What is recognised is measured against what is so, which only a made-up city knows.",
            do="Make one with `peelian synth city`.",
        )
    people = pq.read_table(folder / "persons.parquet").to_pylist()
    plates = pq.read_table(folder / "vehicles.parquet", columns=["plate"]).column("plate").to_pylist()
    names = {}
    for p in people:
        for surname in filter(None, (p["surname"], p["new_surname"])):
            for forename in str(p["forenames"]).split()[:1]:
                names[_ends(fold_name(f"{forename} {surname}"))] = str(p["culture"])
    return CityTruth(frozenset(map(canonical_plate, plates)), names)


def _texts(city: Path) -> Iterator[str]:
    for name, column, separator in (("crime/crimes.csv", "summary", ","), ("command_control/calls.csv", "text", ";")):
        yield from (row[column] for row in _rows(city, name, separator) if row[column])
    for line in _lines(city, "intelligence/reports.jsonl"):
        if line.get("text"):
            yield str(line["text"])


def _names_on_record(city: Path) -> Iterator[tuple[str, str]]:
    """Give the first and the last word of every name that the systems' own files hold."""
    people = (("crime/crime_persons.csv", "forenames", ","), ("stop_search/stops.csv", "forenames", ","),
              ("command_control/call_people.csv", "forename", ";"))  # fmt: skip
    for name, forename, separator in people:
        for row in _rows(city, name, separator):
            if row[forename] and row["surname"]:
                yield _ends(fold_name(f"{row[forename]} {row['surname']}") or "? ?")
    for line in _lines(city, "intelligence/reports.jsonl"):
        for subject in line["subjects"]:
            last, _, first = str(subject.get("name") or "").partition(",")
            if first.strip() and last:
                yield _ends(fold_name(f"{first} {last}") or "? ?")


def _rows(city: Path, name: str, separator: str) -> Iterator[dict[str, str]]:
    with open(city / "systems" / name, encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter=separator)


def _lines(city: Path, name: str) -> Iterator[dict[str, Any]]:
    with open(city / "systems" / name, encoding="utf-8") as file:
        yield from (json.loads(line) for line in file if line.strip())
