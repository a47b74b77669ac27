"""Table in, table out: the manual of what the police_uk source makes of a file, one case a quirk.

Read each case as: these lines in the file, these rows in the lake, these counts on the receipt.
"""

from __future__ import annotations

import pytest

from tests.support.ingest import read_one, street_row, to_csv

ID = {name: letter * 64 for letter, name in zip("abc", ("one", "two", "three"), strict=True)}

# Columns of a line: reference, month, offence, longitude, outcome; of a row: reference, month, offence, point, outcome.
CASES = {
    "a plain row": {
        "lines": "one   2024-05 Burglary -1.05 Under-investigation",
        "rows": "one   2024-05 burglary point Under-investigation",
        "counts": {"read": 1, "kept": 1},
    },
    "one reference twice, the same row: kept once": {
        "lines": """
            one   2024-05 Burglary -1.05 Under-investigation
            one   2024-05 Burglary -1.05 Under-investigation""",
        "rows": "one   2024-05 burglary point Under-investigation",
        "counts": {"read": 2, "kept": 1, "duplicate": 1},
        "quirks": {"repeated-reference": 2},
    },
    "one reference twice, rows that differ: both kept": {
        "lines": """
            one   2024-05 Burglary -1.05 Under-investigation
            one   2024-05 Burglary -1.05 Offender-fined""",
        "rows": """
            one   2024-05 burglary point Offender-fined
            one   2024-05 burglary point Under-investigation""",
        "counts": {"read": 2, "kept": 2},
        "quirks": {"repeated-reference": 2},
    },
    "no reference, the same row: both kept": {
        "lines": """
            -     2024-05 Burglary -1.05 -
            -     2024-05 Burglary -1.05 -""",
        "rows": """
            -     2024-05 burglary point -
            -     2024-05 burglary point -""",
        "counts": {"read": 2, "kept": 2},
        "quirks": {"empty-reference": 2},
    },
    "no coordinates: kept without a point": {
        "lines": "one   2024-05 Burglary - -",
        "rows": "one   2024-05 burglary - -",
        "counts": {"read": 1, "kept": 1},
        "quirks": {"half-point": 1},
    },
    "a point off the map: kept without it": {
        "lines": "one   2024-05 Burglary 100.0 -",
        "rows": "one   2024-05 burglary - -",
        "counts": {"read": 1, "kept": 1},
        "quirks": {"point-outside": 1},
    },
    "another month than the file's: kept under its own": {
        "lines": """
            one   2024-05 Burglary -1.05 -
            two   2024-04 Burglary -1.05 -""",
        "rows": """
            one   2024-05 burglary point -
            two   2024-04 burglary point -""",
        "counts": {"read": 2, "kept": 2},
        "quirks": {"month-differs": 1},
    },
    "an offence nobody declared: kept under an id made of its label": {
        "lines": "one   2024-05 Sheep-rustling -1.05 -",
        "rows": "one   2024-05 sheep-rustling point -",
        "counts": {"read": 1, "kept": 1},
        "quirks": {"offence-unknown": 1},
    },
}


def cells(text):
    """Split a case's text into rows of cells; - is an empty one."""
    return [["" if c == "-" else c.replace("-", " ") if c[0].isupper() else c for c in line.split()] for line in
            text.strip().splitlines()]  # fmt: skip


def file_of(lines):
    """Write the file of a case."""
    rows = []
    for reference, month, offence, longitude, outcome in cells(lines):
        changes = {"Crime ID": ID.get(reference, ""), "Month": month, "Crime type": offence, "Longitude": longitude}
        rows.append(street_row(0, **changes, **{"Last outcome category": outcome}))
    return to_csv(rows)


def rows_of(part):
    """Give the rows of a slice in a case's form."""
    names = {v: k for k, v in ID.items()}
    return sorted(
        [
            names.get(r["source_ref"], ""),
            f"{r['month'] // 12}-{r['month'] % 12 + 1:02d}",
            r["offence"],
            "" if r["easting_m"] is None else "point",
            r["outcome"] or "",
        ]
        for r in part.tables["incident"].to_pylist()
    )


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_file_becomes_the_rows_of_the_manual(case):
    """What the manual says of a quirk is what happens."""
    part = read_one(file_of(case["lines"]))
    assert rows_of(part) == sorted(cells(case["rows"]))
    counts = {k: v for k, v in part.counts.as_dict().items() if k in ("read", "kept", "duplicate") and v}
    assert counts == case["counts"]
    assert {k: v for k, v in part.counts.quirks.items() if k != "no-point"} == case.get("quirks", {})
