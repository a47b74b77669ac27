"""Judge, record, open, in that order: what is on record before anything is opened, and what the record tells nobody."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from peelian.core.errors import InvalidError, RefusedError, StoppedError
from peelian.gate.findings import running
from peelian.gate.sandbox.worker import WorkerResult
from peelian.ledger.disk import Disk
from peelian.model.question import Measure, Question
from tests.support.gate import build, burglaries, codes, program, worker_that

ROOT = Path(__file__).resolve().parents[2]
MONTHS = Question("incident", ("month",))


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Give a deployment with a few rows, for tests that leave it as it was."""
    made = build(tmp_path_factory.mktemp("gate"))
    made.plant({"s": burglaries(20)})
    yield made
    made.gate.close()


class FullDisk(Disk):
    """A disk on which nothing can be written any more."""

    def write(self, file, data, at):
        """Fail as a full disk does."""
        raise OSError(28, "no space left")


def test_a_look_up_is_on_record_before_a_row_is_read(built, monkeypatch):
    """If the machine stops in between, the record says too much rather than too little."""
    who, happened, house = built.at_work("analyst-1"), [], built.house
    for owner, name in ((house.recorder, "record"), (house.engine, "run")):
        real = getattr(owner, name)
        monkeypatch.setattr(owner, name, lambda *a, _r=real, _n=name: happened.append(_n) or _r(*a))
    view = built.gate.view(who, "hotspots", MONTHS)
    assert happened == ["record", "run"]
    assert json.loads(next(house.ledger.read(view.entry))[1])["op"] == "consultation"


def test_if_the_entry_cannot_be_written_nothing_is_opened(tmp_path, monkeypatch):
    """A look-up that leaves no trace must not be had by filling the disk."""
    made = build(tmp_path)
    made.plant({"s": burglaries(5)})
    who, size = made.at_work("analyst-1"), made.house.ledger.size()
    monkeypatch.setattr(made.house.ledger._journal, "disk", FullDisk())
    monkeypatch.setattr(made.house.engine, "run", lambda sql: pytest.fail("data were opened"))
    for call in (
        lambda: made.gate.view(who, "hotspots", MONTHS),
        lambda: made.gate.run(who, "hotspots", program(), {"incident": MONTHS}, {}),
        lambda: made.gate.view(who, "assess-hotspots", MONTHS),  # a refusal that cannot be written is still one
    ):
        with pytest.raises(StoppedError) as error:
            call()
        assert error.value.code == "ledger-stopped"
    monkeypatch.undo()
    again = made.reopen()
    assert again._house.ledger.size() == size
    assert again.view(who, "hotspots", MONTHS).rows_read == 5
    again.close()


def test_the_private_part_says_who_what_for_under_what_and_which_question(built):
    """The record must answer a complaint years later."""
    view = built.gate.view(built.at_work("analyst-1"), "hotspots", MONTHS)
    body = built.bodies()[view.entry]
    assert body["actor"] == "analyst-1" and body["roles"] == ["analyst"] and body["emergency"] is False
    assert (body["mandate"], body["operation"], body["purpose"]) == (
        "hotspots",
        "op-patrol-planning",
        "burglary-prevention",
    )
    assert body["question"] == MONTHS.as_dict()


def test_the_public_log_names_nobody_no_record_and_no_hour(tmp_path, monkeypatch):
    """The log is published: it may not itself become a source about people."""
    made = build(tmp_path)
    planted = burglaries(3, place="Planted Lane 77", source_ref="PLANTED-REF", area_code="E0PLANTED")
    made.plant({"planted-slice": planted})
    who = made.at_work("analyst-1")
    made.gate.view(who, "hotspots", Question("incident", ("place", "record_id")))
    monkeypatch.setattr(running, "run_in_worker", worker_that(lambda tables, parameters: {}))
    made.gate.run(who, "hotspots", program(), {"incident": MONTHS}, {})
    with pytest.raises(RefusedError):
        made.gate.view(who, "hotspots", Question("incident", ("source_ref",)))
    made.gate.erase(made.at_work("data-protection-officer-1"), "erase-on-request", str(planted[0]["record_id"]))
    made.panel_stops("hotspots", "Planted reason.")
    made.house.ledger.publish()
    leaves = made.leaves()
    public = [made.deployment.ledger / "checkpoint", *(made.deployment.ledger / "tile").rglob("*")]
    text = b"\n".join(p.read_bytes() for p in public if p.is_file()).decode("latin-1")
    assert len(leaves) > 15 and '"op":"erasure"' in text.replace(" ", "")
    seeds = ["Planted", "PLANTED", "planted", *made.keys, *made.charter.operations, who.session_id]
    seeds += [str(r["record_id"]) for r in planted] + [p.display_name for p in made.charter.people.values()]
    assert [s for s in seeds if s in text] == []
    assert not re.search(r"\d{2}:\d{2}|T\d{2}|\d{13,}", re.sub(r"[0-9a-f]{64}", "", "".join(map(str, leaves))))
    assert {leaf["day"] for leaf in leaves} == {"2026-11-23"}
    made.gate.close()


def test_rare_purposes_are_published_under_a_common_heading(built):
    """One look-up a day for danger to life would tell a story."""
    built.gate.view(built.at_work("neighbourhood-officer-1", "op-response"), "danger-to-life", MONTHS)
    assert built.leaves()[-1]["purpose"] == "other"
    assert built.bodies()[-1]["purpose"] == "danger-to-life"


# What a view holds


FORBIDDEN = [
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('{folder}/peelian.toml')",
    "SELECT * FROM read_parquet('{folder}/lake/incident/**/*.parquet')",
    "SELECT * FROM glob('{folder}/*')",
    "SELECT * FROM '{folder}/desk.db'",
    "ATTACH '{folder}/desk.db' AS desk",
    "ATTACH '{folder}/tmp/new.db' AS new",
    "COPY incident TO '{folder}/tmp/out.csv'",
    "EXPORT DATABASE '{folder}/tmp/out'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "LOAD sqlite_scanner",
    "SET enable_external_access = true",
    "SET lock_configuration = false",
    "SET temp_directory = '{folder}/tmp'",
    "SET threads = 64",
    "RESET enable_external_access",
    "PRAGMA enable_external_access = true",
    "SELECT * FROM secret_rows",
    "SELECT * FROM incident_history",
    "CREATE SECRET s (TYPE http, BEARER_TOKEN 'x')",
]


@pytest.mark.parametrize("sql", FORBIDDEN)
def test_a_views_connection_reaches_nothing_but_the_view(built, sql):
    """A mistake in a method must end in an error, not in another table or on the disk."""
    secret_rows = built.gate.view(built.at_work("analyst-1"), "hotspots", MONTHS).rows
    assert secret_rows.num_rows
    view = built.gate.view(built.at_work("analyst-1"), "hotspots", MONTHS)
    connection = view.connection(threads=1)
    with pytest.raises(duckdb.Error):
        connection.sql(sql.replace("{folder}", str(built.deployment.folder))).fetchall()
    assert connection.sql("SELECT count(*) FROM incident").fetchall() == [(20,)]
    connection.close()


def test_a_view_holds_the_columns_asked_for_and_no_other(built):
    """What the gate reads beside them, to order and to label, stays with the gate."""
    view = built.gate.view(built.at_work("analyst-1"), "hotspots", Question("incident", ("place", "month")))
    assert view.rows.column_names == ["place", "month"] and not view.rows.schema.metadata
    with view.connection(threads=1) as connection:
        assert [c[0] for c in connection.sql("DESCRIBE incident").fetchall()] == ["place", "month"]
        assert {t[0] for t in connection.sql("SHOW ALL TABLES").select("name").fetchall()} == {"incident"}
    grouped = Question("incident", ("month",), measures=(Measure("n", "count"),))
    assert built.gate.view(built.at_work("analyst-1"), "hotspots", grouped).rows.column_names == ["month", "n"]


def test_nothing_leads_from_a_view_back_to_the_gate(built):
    """A method that is handed a view by mistake, and not only its rows, holds no handle to anything else."""
    view = built.gate.view(built.at_work("analyst-1"), "hotspots", MONTHS)
    seen, todo = set(), [view]
    while todo:
        thing = todo.pop()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        module = type(thing).__module__
        assert not module.startswith("peelian.") or module in MAY_BE_IN_A_VIEW, type(thing)
        todo += list(getattr(thing, "__dict__", {}).values())
        todo += list(thing) if isinstance(thing, (list, tuple, set, frozenset)) else []


MAY_BE_IN_A_VIEW = {"peelian.gate.view", "peelian.model.question", "peelian.model.label"}


def test_the_store_refuses_whoever_comes_without_a_grant(built):
    """A stage that reaches past the gate by mistake holds no grant, and cannot make one."""
    lake, desk = built.house.lake, built.house.desk
    for call in (
        lambda: lake.files(None, "incident", 1),  # type: ignore[arg-type]
        lambda: lake.scan_sql("grant", "incident", 1),  # type: ignore[arg-type]
        lambda: desk.finding(None, "0" * 26),  # type: ignore[arg-type]
        lambda: lake.files(built.house.grant("read", "stop"), "incident", 1),
    ):
        with pytest.raises(RefusedError) as error:
            call()
        assert error.value.code in {"grant-missing", "grant-mismatch"}


# What comes back from a worker


@pytest.mark.parametrize(
    "output",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'["refused"]',
        b'{"result": 1}',
        b'{"result": [1]}',
        b'{"refused": "no"}',
        b'{"refused": {}}',
        b'{"refused": {"code": "x", "what": "y", "reasons": [{"owner_of": 1}]}}',
        b'{"refused": {"code": "x", "what": "y", "reasons": 7}}',
        b'{"other": {}}',
        b"[" * 100_000,
        b'{"result": {}} trailing',
    ],
)
def test_what_a_worker_says_is_never_trusted(built, output, monkeypatch):
    """A method that answers in another form is broken or hostile; both end the run."""
    monkeypatch.setattr(running, "run_in_worker", lambda *a, **k: WorkerResult(output, {}, 0, 0, 0, 0, 0))
    with pytest.raises(InvalidError) as error:
        built.gate.run(built.at_work("analyst-1"), "hotspots", program(), {"incident": MONTHS}, {})
    assert error.value.code == "result-garbled"


def test_a_methods_own_refusal_is_on_record(built, monkeypatch):
    """That a method declined to answer is part of how it is used."""
    said = {
        "code": "budget-too-small",
        "what": "The budget is too small.",
        "reasons": [{"code": "NOT A CODE", "what": ""}],
    }
    output = json.dumps({"refused": said}).encode()
    monkeypatch.setattr(running, "run_in_worker", lambda *a, **k: WorkerResult(output, {}, 0, 0, 0, 0, 0))
    with pytest.raises(RefusedError) as error:
        built.gate.run(built.at_work("analyst-1"), "hotspots", program(), {"incident": MONTHS}, {})
    assert codes(error.value) >= {"budget-too-small"}
    assert built.bodies("refusal")[-1]["reasons"] == ["method-refused", "budget-too-small"]


# Two processes


WRITE = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from peelian.core.time import SystemClock
from peelian.gate.opening import open_gate
from peelian.policy.charter import load_charter
from peelian.store.deployment import open_deployment
from tests.support.gate import burglaries, plant
charter = load_charter(Path({folder!r}) / "charter")
deployment = open_deployment(Path({folder!r}), allowed=charter.jurisdiction.regions)
gate = open_gate(deployment, charter, clock=SystemClock(), threads=1)
for n in range(1, 13):
    rows = burglaries(40, month=n)
    plant(gate, "incident", {{"a": rows[: n + 5], "b": rows[n + 5 : 2 * n + 10]}})
gate.close()
"""


def test_a_reader_beside_a_writer_always_sees_one_whole_commit(tmp_path):
    """Half of a commit would be a state that never was, and every finding on it would be wrong."""
    made = build(tmp_path)
    made.plant({"a": burglaries(5, month=0), "b": burglaries(5, 5, month=0)})
    who = made.at_work("analyst-1")
    script = WRITE.format(root=str(ROOT), folder=str(made.deployment.folder))
    question = Question("incident", ("month",), measures=(Measure("n", "count"),))
    seen = set()
    with subprocess.Popen([sys.executable, "-c", script]) as writer:
        while writer.poll() is None or len(seen) == 0:
            view = made.gate.view(who, "hotspots", question)
            [row] = view.rows.to_pylist()
            assert row["n"] == 2 * row["month"] + 10 == view.rows_read
            assert view.seq == row["month"] + 1
            seen.add(view.seq)
    assert writer.returncode == 0
    assert made.gate.view(who, "hotspots", question).seq == 13 and len(seen) > 2
    made.gate.close()
