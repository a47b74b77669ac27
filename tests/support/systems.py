"""Exports of a force's systems for tests: made-up rows, and short ways to read them."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from peelian.app.caller import Place, at_door
from peelian.app.offices import act_on_mandate
from peelian.app.session import set_context, sign_in
from peelian.ingest.catalogue import FOLDER, open_source
from peelian.ingest.run import Reading
from peelian.ingest.safe_zip import list_memory
from peelian.ingest.shape import Options
from peelian.ingest.slice import Slice
from tests.support.walk import Walk

OPTIONS = Options(pepper=b"pepper", read_at=1_790_000_000_000_000, own_force="northmere", threads=1)
CRIMES = "crime_no,recorded,from,to,offence,mo,street,district,easting,northing,outcome,summary".split(",")
PERSONS = "crime_no,line,part,nominal,forenames,surname,alias,dob,address,postcode,tel".split(",")
VEHICLES = "crime_no,line,part,vrm,make,model,colour".split(",")


def sample(source: str) -> Path:
    """Return a source's own made-up sample."""
    return FOLDER / source / "sample"


def crime(no: str, **changes: str) -> dict[str, str]:
    """Make a crime."""
    row = dict.fromkeys(CRIMES, "") | {"crime_no": no, "recorded": "2026-05-02 18:30", "from": "2026-05-02 08:00"}
    row |= {"to": "2026-05-02 18:00", "offence": "BURG-DW", "mo": "FDR/JEM", "easting": "60000", "northing": "140000"}
    return row | changes


def person(no: str, line: str = "0", **changes: str) -> dict[str, str]:
    """Make a person in a crime."""
    row = dict.fromkeys(PERSONS, "") | {"crime_no": no, "line": line, "part": "VICT", "surname": "Owusu"}
    return row | {"dob": "04/03/1991", "tel": "06092 916500;06092 916501", "alias": "Em;Manny"} | changes


def vehicle(no: str, line: str = "0", **changes: str) -> dict[str, str]:
    """Make a vehicle in a crime."""
    return dict.fromkeys(VEHICLES, "") | {"crime_no": no, "line": line, "part": "SEEN", "vrm": "JO24 GLW"} | changes


def to_text(columns: Sequence[str], rows: Iterable[Mapping[str, str]], separator: str = ",") -> bytes:
    """Write rows as CSV."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, delimiter=separator, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def crime_files(
    crimes: Iterable[Mapping[str, str]],
    persons: Iterable[Mapping[str, str]] = (),
    vehicles: Iterable[Mapping[str, str]] = (),
) -> dict[str, bytes]:
    """Write an export of the crime system; files without rows are left out."""
    files = {"crimes.csv": to_text(CRIMES, crimes)}
    files |= {"crime_persons.csv": to_text(PERSONS, persons)} if (persons := list(persons)) else {}
    return files | ({"crime_vehicles.csv": to_text(VEHICLES, vehicles)} if (vehicles := list(vehicles)) else {})


def read_system(source: str, files: Mapping[str, bytes], options: Options = OPTIONS) -> list[Slice]:
    """Read an export."""
    return list(Reading(open_source(source), list_memory(files), options))


def rows_of(slices: Iterable[Slice], table: str) -> list[dict]:
    """Return the rows of a table."""
    return [row for part in slices if table in part.tables for row in part.tables[table].to_pylist()]


def set_aside(slices: Iterable[Slice]) -> list[tuple[str, str, int]]:
    """Return reason, column and line of each row in quarantine."""
    rows = [row for part in slices for row in part.quarantine.to_pylist()]
    return [(r["reason"], r["column_name"], r["line"]) for r in rows]


def report(urn: str, **changes: object) -> dict[str, object]:
    """Make an intelligence report."""
    row: dict[str, object] = {"urn": urn, "written": "2026-05-02T10:00:00+01:00", "source_eval": 2, "intel_eval": "B"}
    row |= {"handling": "P", "sealed": False, "topic": "BURG", "location": "Mill Road", "easting": 60000.0}
    row |= {"northing": 140000.0, "text": "Seen about.", "subjects": [subject()], "vehicles": []}
    return row | changes


def subject(**changes: object) -> dict[str, object]:
    """Make a subject of a report."""
    row = {
        "part": "SUBJECT",
        "name": "WHITE, Lenny Daniel",
        "dob": "2007-01-06",
        "address": None,
        "postcode": "NM2 6AA",
    }
    return row | {"phones": ["06412 501044"], "aliases": ["Len", "Lenny"]} | changes


def reports(*rows: Mapping[str, object]) -> dict[str, bytes]:
    """Write an export of the intelligence system."""
    return {"reports.jsonl": "".join(json.dumps(row) + "\n" for row in rows).encode()}


def orders_db(orders: Iterable[Sequence[object]], parties: Iterable[Sequence[object]]) -> bytes:
    """Write the court's database."""
    with sqlite3.connect(":memory:") as con:
        con.execute("CREATE TABLE orders (order_no, kind, court, conditions, state, from_date, until_date, updated)")
        con.execute(
            "CREATE TABLE parties (order_no, line, party, nominal, first, last, dob, address, postcode, updated)"
        )
        con.executemany(f"INSERT INTO orders VALUES ({','.join('?' * 8)})", list(orders))
        con.executemany(f"INSERT INTO parties VALUES ({','.join('?' * 10)})", list(parties))
        con.commit()
        data = con.serialize()
    con.close()
    return data


def order(
    no: str,
    kind: str = "NMO",
    until: str = "2027-05-02",
    updated: str = "2026-05-02 10:00:00",
    conditions: str = "NC;EX",
) -> tuple:
    """Make an order."""
    return (no, kind, "Northmere", conditions, "INF", "2026-05-02", until, updated)


def party(no: str, line: int = 0, part: str = "DEFENDANT", last: str = "White") -> tuple:
    """Make a party to an order."""
    return (no, line, part, "C1", "Lenny", last, "2007-01-06", "1 Mill Road", "NM1 1AA", "2026-05-02 10:00:00")


def rezipped(data: bytes, change: Mapping[str, bytes]) -> bytes:
    """Return a zip with some members changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change.get(name, old.read(name)))
    return out.getvalue()


def adopt(walk: Walk, mandate: str) -> None:
    """Have the approver adopt a mandate: a partner's agreement is not adopted with the rest."""
    with at_door(Place(walk.folder, walk.home, "approver-1")) as caller:
        sign_in(caller, "approver-1")
        set_context(caller, "op-oversight")
        act_on_mandate(caller, mandate, "adopt-mandate", "")
