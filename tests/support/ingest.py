"""Made-up files in the forms that data.police.uk publishes, and short ways to read them."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from peelian.ingest.catalogue import open_source
from peelian.ingest.contract import ColumnRule, FileKind
from peelian.ingest.run import Reading
from peelian.ingest.safe_zip import list_memory
from peelian.ingest.shape import Options
from peelian.ingest.slice import Slice

OPTIONS = Options(pepper=b"pepper", read_at=1_700_000_000_000_000, threads=1)
STREET = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,"
    "Last outcome category,Context"
).split(",")
OUTCOMES = [*STREET[:9], "Outcome type"]
STOP = (
    "Type,Date,Part of a policing operation,Policing operation,Latitude,Longitude,Gender,Age range,"
    "Self-defined ethnicity,Officer-defined ethnicity,Legislation,Object of search,Outcome,"
    "Outcome linked to object of search,Removal of more than just outer clothing"
).split(",")
STREET_FILE = "2024-05/2024-05-northmere-street.csv"
OUTCOMES_FILE = "2024-05/2024-05-northmere-outcomes.csv"
STOP_FILE = "2024-05/2024-05-northmere-stop-and-search.csv"


def street_row(i: int, **changes: str) -> dict[str, str]:
    """Make a whole street row; rows of different numbers differ in id and place."""
    row = {
        "Crime ID": hashlib.sha256(str(i).encode()).hexdigest(),
        "Month": "2024-05",
        "Reported by": "Northmere Police",
        "Falls within": "Northmere Police",
        "Longitude": f"{-1.1 + (i % 50) / 500:.6f}",
        "Latitude": f"{54 + (i % 31) / 300:.6f}",
        "Location": f"On or near Invented Street {i % 50}",
        "LSOA code": f"E0109{i % 7:04d}",
        "LSOA name": f"Northmere {i % 7:03d}A",
        "Crime type": "Burglary",
        "Last outcome category": "Under investigation",
        "Context": "",
    }
    return row | changes


def outcome_row(i: int, **changes: str) -> dict[str, str]:
    """Make a whole outcome row."""
    row = {k: v for k, v in street_row(i).items() if k in OUTCOMES}
    return row | {"Outcome type": "Suspect charged"} | changes


def stop_row(i: int, **changes: str) -> dict[str, str]:
    """Make a whole stop and search row; rows of different numbers differ in time."""
    row = dict.fromkeys(STOP, "") | {
        "Type": "Person search",
        "Date": f"2024-05-{1 + i % 28:02d}T{i % 24:02d}:{i % 60:02d}:00+00:00",
        "Latitude": "54.010000",
        "Longitude": "-1.050000",
        "Gender": "Female",
        "Age range": "18-24",
        "Self-defined ethnicity": "White - Irish",
        "Officer-defined ethnicity": "White",
        "Legislation": "Misuse of Drugs Act 1971 (section 23)",
        "Object of search": "Controlled drugs",
        "Outcome": "A no further action disposal",
    }
    return row | changes


def to_csv(rows: Iterable[Mapping[str, str]], header: Sequence[str] = STREET) -> bytes:
    """Write rows as a CSV file."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([row.get(name, "") for name in header] for row in rows)
    return out.getvalue().encode()


def street_csv(n: int, **changes: str) -> bytes:
    """Write a street file of so many rows."""
    return to_csv(street_row(i, **changes) for i in range(n))


def to_zip(path: Path, files: Mapping[str, bytes]) -> Path:
    """Write a zip archive."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as holder:
        for name, data in files.items():
            holder.writestr(name, data)
    return path


def read_files(files: Mapping[str, bytes], source: str = "police_uk", options: Options = OPTIONS) -> list[Slice]:
    """Read files that are in memory."""
    return list(Reading(open_source(source), list_memory(files), options))


def read_one(data: bytes, name: str = STREET_FILE, options: Options = OPTIONS) -> Slice:
    """Read one file of one slice."""
    (part,) = read_files({name: data}, options=options)
    return part


def incidents(part: Slice) -> list[dict[str, object]]:
    """Give the incident rows of a slice as plain data."""
    return part.tables["incident"].to_pylist()


def identities(slices: Iterable[Slice]) -> set[tuple[str, str, str]]:
    """Give table, record_id and row_hash of every row."""
    return {
        (name, *pair)
        for part in slices
        for name, table in part.tables.items()
        for pair in zip(table["record_id"].to_pylist(), table["row_hash"].to_pylist(), strict=True)
    }


def all_cells(table: pa.Table) -> set[str]:
    """Give every cell of a table, as text."""
    return {str(cell) for column in table.columns for cell in column.to_pylist()}


def kind_of(columns: Sequence[ColumnRule], part: str = "") -> FileKind:
    """Make a kind of file with some columns, for the doors alone."""
    return FileKind("people", "incident", (), "", "x/{kind}", "recorded-crime", "day of event", "drop",
                    tuple(columns), (), part=part)  # fmt: skip
