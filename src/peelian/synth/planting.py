"""Bad rows, planted on purpose, so that a demonstration shows what the door does with them and a test can count it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

Row = dict[str, str]

FAR_M = 400_000  # well outside any force


def plant_bad_rows(rows: list[Row], rng: np.random.Generator) -> tuple[list[Row], Mapping[str, tuple[int, ...]]]:
    """Spoil some rows and copy some others; return the rows and the line numbers of each kind.

    Line numbers count the header as line 1. Rows of the kinds in :data:`REJECTED` belong into quarantine; ``same-row``
    lines are exact copies; the others are odd but can be kept, those with an unusable point without it.
    """
    kinds = {k: v for k, v in SPOIL.items() if k != "ends-before-start" or "To" in rows[0]}
    wanted = [(kind, spoil) for kind, (n, spoil) in kinds.items() for _ in range(n)]
    chosen = rng.choice(len(rows), size=len(wanted) + COPIES, replace=False)
    marks: dict[int, str] = {}
    for at, (kind, spoil) in zip(chosen.tolist(), wanted, strict=False):
        rows[at] = spoil(dict(rows[at]))
        marks[at] = kind
    copied = set(chosen[len(wanted) :].tolist())
    out: list[Row] = []
    lines: dict[str, list[int]] = {kind: [] for kind in (*kinds, "same-row")}
    for at, row in enumerate(rows):
        out.append(row)
        if at in marks:
            lines[marks[at]].append(len(out) + 1)
        if at in copied:
            out.append(dict(row))
            lines["same-row"].append(len(out) + 1)
    return out, {kind: tuple(numbers) for kind, numbers in lines.items()}


def _without_point(row: Row) -> Row:
    return row | {"Easting": "", "Northing": ""}


def _with_impossible_date(row: Row) -> Row:
    column = "From" if "From" in row else "Month"
    return row | {column: row[column][:4] + "-13" + row[column][7:]}


def _without_date(row: Row) -> Row:
    return row | {("From" if "From" in row else "Month"): ""}


def _without_offence(row: Row) -> Row:
    return row | {"Offence": ""}


def _ending_before_start(row: Row) -> Row:
    return row | {"From": row["To"], "To": "2001" + row["From"][4:]}


def _far_away(row: Row) -> Row:
    return row | {"Easting": str(int(row["Easting"]) + FAR_M)}


def _of_unknown_offence(row: Row) -> Row:
    return row | {"Offence": "Mischief"}


def _without_reference(row: Row) -> Row:
    return row | {"Incident Ref": ""}


def _with_formula(row: Row) -> Row:
    return row | {"Street": "=HYPERLINK(A1)"}


COPIES = 8
SPOIL: Mapping[str, tuple[int, Callable[[Row], Row]]] = {
    "no-point": (7, _without_point),
    "impossible-date": (5, _with_impossible_date),
    "no-date": (4, _without_date),
    "no-offence": (3, _without_offence),
    "ends-before-start": (4, _ending_before_start),
    "far-away": (6, _far_away),
    "unknown-offence": (3, _of_unknown_offence),
    "no-reference": (9, _without_reference),
    "formula": (2, _with_formula),
}
"""Kind of planted row -> how many, and what is done to a good row to get one."""

REJECTED = frozenset({"impossible-date", "no-date", "no-offence"})
"""What no contract can keep: nobody knows which month or which offence it is."""
