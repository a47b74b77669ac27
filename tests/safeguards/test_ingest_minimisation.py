"""PL-02, PL-03, PL-29 at the front door: what nobody declared never gets in, on disk, in memory or in words."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import textwrap
from datetime import date
from pathlib import Path

import pytest
import yaml

from peelian.core.errors import PeelianError
from peelian.ingest.catalogue import FOLDER, find_sources, open_source
from peelian.ingest.contract import load_contract
from peelian.ingest.keys import connect
from peelian.ingest.run import read_slices
from peelian.model.record import TABLES
from tests.support.ingest import (
    OPTIONS,
    STOP,
    STOP_FILE,
    STREET,
    STREET_FILE,
    all_cells,
    read_files,
    read_one,
    stop_row,
    street_row,
    to_csv,
    to_zip,
)

SECRET = "Zebedee-Quillfeather-0042"
SOURCE = Path(__file__).resolve().parents[2] / "src" / "peelian" / "ingest"


def test_an_undeclared_column_is_absent_and_the_receipt_says_so():
    """PL-02, word for word: a file with an extra column religion -> absent, receipt says dropped."""
    rows = [street_row(i, religion=SECRET) for i in range(3)]
    part = read_one(to_csv(rows, [*STREET, "religion"]))
    assert part.counts.dropped_columns["religion"] == 3
    assert "religion" not in part.tables["incident"].column_names
    assert not any(SECRET in cell for table in part.tables.values() for cell in all_cells(table))


def test_quarantine_keeps_no_value_declared_or_not():
    """What could not be understood may be a name in the wrong column."""
    rows = [street_row(i, religion=SECRET) for i in range(20)]
    rows += [street_row(20, Longitude=SECRET), street_row(21, Month=SECRET), street_row(22, Context=SECRET)]
    data = to_csv(rows, [*STREET, "religion"]) + f"{SECRET},{SECRET}\n".encode()
    part = read_one(data)
    assert part.counts.quarantined == 3
    assert not any(SECRET in cell for cell in all_cells(part.quarantine))
    assert set(TABLES["quarantine"].column_names) <= set(part.quarantine.column_names)


def test_reading_writes_nothing_to_any_disk(tmp_path):
    """Raw rows in a temporary file outlive every promise of erasure. The kernel is asked, not the code."""
    archive = to_zip(
        tmp_path / "a.zip",
        {
            STREET_FILE: to_csv([street_row(i, religion=SECRET) for i in range(3000)], [*STREET, "religion"]),
            STOP_FILE: to_csv([stop_row(i) for i in range(3000)], STOP),
        },
    )
    program = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        opened = []
        def watch(event, arguments):
            if event == "open" and isinstance(arguments[2], int) and arguments[2] & 0o3:
                opened.append(str(arguments[0]))
            if event in ("os.mkdir", "os.rename", "tempfile.mkstemp", "tempfile.mkdtemp", "socket.connect"):
                opened.append(event)
        from peelian.ingest.catalogue import open_source
        from peelian.ingest.run import read_slices
        from peelian.ingest.shape import Options
        sys.addaudithook(watch)
        source = open_source("police_uk")
        for part in read_slices(source, Path(sys.argv[1]), Options(pepper=b"p", read_at=0)):
            assert not part.refused
        print(opened)
        """
    )
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    environment = os.environ | {"TMPDIR": str(scratch), "HOME": str(scratch), "PYTHONDONTWRITEBYTECODE": "1"}
    # A limit of one block on the size of any file written: native code is caught as well.
    done = subprocess.run(
        ["bash", "-c", 'ulimit -f 0; exec "$@" 2>&1 | cat', "x", sys.executable, "-c", program, str(archive)],
        cwd=scratch, env=environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.stdout.strip() == "[]", done.stdout + done.stderr
    assert list(scratch.rglob("*")) == []


def test_the_engine_that_holds_raw_rows_cannot_reach_files():
    """A spill to disk under memory pressure would be a copy nobody knows of."""
    con = connect(1)
    settings = dict(
        con.execute(
            "SELECT name, value FROM duckdb_settings() WHERE name IN "
            "('temp_directory', 'enable_external_access', 'lock_configuration', 'max_temp_directory_size')"
        ).fetchall()
    )
    assert settings["temp_directory"] in ("", None)
    assert (settings["enable_external_access"], settings["lock_configuration"]) == ("false", "true")
    for statement in ("COPY (SELECT 1) TO 'x.csv'", "SELECT * FROM 'x.csv'", "SET temp_directory = '.'"):
        with pytest.raises(Exception, match=r"disabled|locked|Cannot"):
            con.execute(statement)
    con.close()


def test_no_module_of_ingest_but_the_download_opens_a_file_for_writing():
    """One careless open() would break the promise for all."""
    writers = []
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(getattr(node, "func", None), "attr", getattr(getattr(node, "func", None), "id", ""))
            if name in {"write_bytes", "write_text", "mkstemp", "NamedTemporaryFile", "write_table", "extract"}:
                writers.append(path.name)
            if name == "extractall" or (name == "open" and any(getattr(a, "value", "") == "wb" for a in node.args)):
                writers.append(path.name)
    assert set(writers) <= {"fetch.py"}


@pytest.mark.parametrize(
    "data",
    [
        f"{SECRET},1\n{SECRET},2\n".encode(),
        to_csv([street_row(1)])[:-40] + SECRET.encode(),
        to_csv([street_row(1, **{"Crime type": SECRET, "Month": SECRET})]),
        ('Crime ID,Month,Crime type\n"' + f"{SECRET}\n" * 99).encode(),
        to_csv([stop_row(1, Date=SECRET)], STOP),
    ],
)
def test_no_error_repeats_what_a_file_holds(data, tmp_path):
    """Errors go to logs, tickets and screenshots, which no retention rule reaches."""
    path = tmp_path / "2024-05-northmere-street.csv"
    path.write_bytes(data)
    with pytest.raises(PeelianError) as caught:
        list(read_slices(open_source("police_uk"), path, OPTIONS))
    chain, error = [], caught.value
    while error is not None:
        chain.append(f"{error} {getattr(error, 'facts', '')}")
        error = error.__cause__ or error.__context__
    assert SECRET not in " ".join(chain)


def test_no_warning_or_count_repeats_what_a_file_holds():
    """A receipt is shown to more people than the rows are."""
    rows = [street_row(i) for i in range(20)] + [street_row(20, **{"Crime type": SECRET}), street_row(21, Month=SECRET)]
    data = to_csv(rows).replace(b"Context", b"Mr Zebedee Quillfeather 07700 900123, 1 Mill Lane", 1)
    part = read_one(data)
    assert SECRET not in str(part.warnings) + str(part.counts)
    assert "Zebedee" not in str(part.warnings) + str(part.counts)


def test_persons_and_characteristics_live_in_tables_of_their_own():
    """PL-03, PL-18: the table a method reads has no column about a person."""
    part = read_one(to_csv([stop_row(1)], STOP), STOP_FILE)
    assert not any(c.personal or c.protected for c in TABLES["stop"].columns)
    assert TABLES["stop_equality"].sealed
    assert not {"Female", "White - Irish", "White", "18-24"} & all_cells(part.tables["stop"])
    assert part.tables["stop_person"]["role"].to_pylist() == ["other"]


def test_a_characteristic_cannot_be_guessed_from_an_id():
    """Ids travel further than the sealed table; they must not be a way round the seal."""
    changes = [{}, {"Gender": "Male"}, {"Self-defined ethnicity": "x"}, {"Age range": "10-17"}]
    ids = {
        read_one(to_csv([stop_row(1, **c)], STOP), STOP_FILE).tables["stop"]["record_id"][0].as_py() for c in changes
    }
    assert len(ids) == 1


def test_every_row_carries_the_day_its_retention_counts_from():
    """PL-29: a row without a trigger would never be reviewed."""
    parts = read_files({STREET_FILE: to_csv([street_row(1)]), STOP_FILE: to_csv([stop_row(1)], STOP)})
    days = {name: t["_event_on"].to_pylist() for p in parts for name, t in p.tables.items()}
    assert days == {
        "incident": [date(2024, 5, 31)],
        "stop": [date(2024, 5, 2)],
        "stop_person": [date(2024, 5, 2)],
        "stop_equality": [date(2024, 5, 2)],
    }
    for name in find_sources():
        assert all(kind.retention_class for kind in load_contract(FOLDER / name).files)


def test_contracts_name_purposes_and_retention_classes_that_the_charter_has():
    """A purpose that exists only in a source's file is a purpose nobody decided on."""
    charter = Path(__file__).resolve().parents[2] / "charter"
    purposes = {p["id"] for p in yaml.safe_load((charter / "purposes.yml").read_text())["purposes"]}
    classes = {c["id"] for c in yaml.safe_load((charter / "retention.yml").read_text())["classes"]}
    for kind in (k for name in find_sources() for k in load_contract(FOLDER / name).files):
        assert kind.retention_class in classes
        assert {p for rule in kind.kept for p in rule.purposes} <= purposes
