"""Whatever a user types wrong ends in a sentence and an exit code, never in a traceback."""

from __future__ import annotations

import json
import sys
import zipfile

import pytest

from peelian.app.intake import sources
from tests.support.walk import archive, at_metres, call, new_walk, small_town, stop_row, street_row

INVALID, MISSING, REFUSED, LIMIT = 3, 4, 5, 7


@pytest.fixture(scope="module")
def walk(tmp_path_factory):
    """Give one deployment with everybody signed in; nothing here changes it."""
    return new_walk(
        tmp_path_factory.mktemp("bad") / "w",
        "data-engineer-1",
        "analyst-1",
        "model-owner-1",
        "data-protection-officer-1",
    )


@pytest.fixture
def things(tmp_path, monkeypatch):
    """Put bad files into the current folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "damaged.zip").write_bytes(b"PK\x03\x04 cut off here")
    (tmp_path / "text.zip").write_text("not an archive")
    (tmp_path / "table.csv").write_text("a,b\n1,2\n")
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "broken.yml").write_text("mapping: [\n")
    (tmp_path / "thin.yml").write_text("mapping: x\ncolumns: {start: nowhere}\n")
    (tmp_path / "folder").mkdir()
    zipfile.ZipFile(tmp_path / "empty.zip", "w").close()
    return tmp_path


ENGINEER = "data-engineer-1"
CASES = [
    (("ingest", "police-uk", "nowhere.zip"), ENGINEER, MISSING, "archive-missing"),
    (("ingest", "police-uk", "damaged.zip"), ENGINEER, INVALID, "archive-damaged"),
    (("ingest", "police-uk", "text.zip"), ENGINEER, INVALID, "archive-damaged"),
    (("ingest", "police-uk", "empty.zip"), ENGINEER, INVALID, "nothing-to-read"),
    (("ingest", "police-uk", "folder"), ENGINEER, INVALID, "nothing-to-read"),
    (("ingest", "police-uk", "table.csv"), ENGINEER, INVALID, "nothing-to-read"),
    (("ingest", "police-uk", "empty.csv"), ENGINEER, INVALID, "nothing-to-read"),
    (("ingest", "no-such-source", "table.csv"), ENGINEER, MISSING, "source-unknown"),
    (("ingest", "incidents", "table.csv"), ENGINEER, INVALID, "mapping-needed"),
    (("ingest", "incidents", "table.csv", "--mapping", "nowhere.yml"), ENGINEER, MISSING, "declaration-missing"),
    (("ingest", "incidents", "table.csv", "--mapping", "folder"), ENGINEER, MISSING, "declaration-missing"),
    (("ingest", "incidents", "table.csv", "--mapping", "broken.yml"), ENGINEER, INVALID, "declaration-invalid"),
    (("ingest", "incidents", "table.csv", "--mapping", "thin.yml"), ENGINEER, INVALID, "declaration-invalid"),
    (("ingest", "plans", "table.csv", "--mapping", "thin.yml"), ENGINEER, INVALID, "mapping-needed"),
    (("ingest", "police-uk", "table.csv"), "nobody-1", REFUSED, "not-signed-in"),
    (("ingest", "police-uk", "table.csv"), "../../x", REFUSED, "not-signed-in"),
    (("sign-in", "nobody-1"), None, MISSING, "account-key-missing"),
    (("sign-in", "../../accounts/analyst-1"), None, MISSING, "account-key-missing"),
    (("context", "set", "op-nothing"), ENGINEER, REFUSED, "refused-by-rule"),
    (("context", "set", "op-erasure"), ENGINEER, REFUSED, "refused-by-rule"),
    (("analyse", "hotspots"), "analyst-1", INVALID, "nothing-on-record"),
    (("analyse", "hotspots", "--month", "2024-13"), "analyst-1", INVALID, "month-malformed"),
    (("analyse", "hotspots", "--month", "May"), "analyst-1", INVALID, "month-malformed"),
    (("analyse", "hotspots", "--area", "elsewhere"), "analyst-1", REFUSED, "refused-by-rule"),
    (("analyse", "hotspots", "--offence", "mischief"), "analyst-1", REFUSED, "refused-by-rule"),
    (("analyse", "hotspots"), ENGINEER, REFUSED, "refused-by-rule"),
    (("assess", "hotspots", "--test", "2024"), "model-owner-1", INVALID, "months-malformed"),
    (("assess", "hotspots", "--test", "2024-01..x"), "model-owner-1", INVALID, "month-malformed"),
    (("assess", "hotspots", "--test", "2024-05..2024-01"), "model-owner-1", INVALID, "months-out-of-order"),
    (("assess", "hotspots", "--test", "2024-01..2024-02"), "model-owner-1", INVALID, "months-missing"),
    (("assess", "hotspots", "--test", "2024-01..2024-02", "--rival", "magic"), "model-owner-1", INVALID, None),
    (("replay", "no-such-finding"), "analyst-1", MISSING, "finding-missing"),
    (("erase", "Jane Example"), "data-protection-officer-1", INVALID, "subject-malformed"),
    (("erase", "0" * 32), "data-protection-officer-1", MISSING, "subject-missing"),
    (("erase", "0" * 32), "analyst-1", REFUSED, "refused-by-rule"),
    (("subjects", "--table", "nothing"), "data-protection-officer-1", MISSING, "table-undeclared"),
    (("subjects", "--table", "stop_equality"), "data-protection-officer-1", REFUSED, "refused-by-rule"),
    (("why", "--purpose", "mischief", "--table", "incident"), "analyst-1", INVALID, "purpose-unknown"),
    (("why", "--purpose", "oversight", "--table", "nothing"), "analyst-1", MISSING, "table-undeclared"),
    (("mandate", "halt", "nothing", "--reason", "x"), "analyst-1", MISSING, "mandate-missing"),
    (("mandate", "halt", "hotspots", "--reason", "x"), "analyst-1", REFUSED, "refused-by-rule"),
]


@pytest.mark.parametrize(("words", "as_", "code", "name"), CASES, ids=lambda v: " ".join(v) if v is tuple else None)
def test_bad_input_to_a_deployment_is_told_in_one_sentence_with_its_exit_code(walk, things, words, as_, code, name):
    """Scripts branch on exit codes and people on sentences; a traceback serves neither."""
    told = walk.run(*words, "--json", as_=as_)
    assert told.raised is None
    assert (told.code, told.out) == (code, "")
    error = told.error
    assert error["what"] and error["code"] == (name or error["code"])
    if code == REFUSED and name == "refused-by-rule":
        assert all(r["code"] and r["what"] for r in error["reasons"])
    in_words = walk.run(*words, as_=as_)
    assert in_words.code == code
    assert f"`{error['code']}`" in in_words.err
    assert "Traceback" not in in_words.err


ALONE = [
    (("context", "show", "--in", "nowhere"), MISSING, "deployment-missing"),
    (("context", "show", "--in", "table.csv"), MISSING, "deployment-missing"),
    (("source", "preview", "nowhere.csv"), MISSING, "archive-missing"),
    (("source", "preview", "table.csv"), INVALID, "source-unclear"),
    (("source", "preview", "table.csv", "--source", "magic"), MISSING, "source-unknown"),
    (("ledger", "verify", "nowhere"), MISSING, "log-folder-missing"),
    (("ledger", "show", "--in", "nowhere"), MISSING, "ledger-missing"),
    (("ledger", "show", "--in", "folder"), MISSING, "ledger-missing"),
    (("ledger", "verify", "folder", "--policy", "nowhere"), MISSING, "file-missing"),
    (("ledger", "verify", "folder", "--policy", "folder"), INVALID, "system-said-no"),
    (("ledger", "verify", "folder", "--policy", "table.csv"), INVALID, "policy-file-malformed"),
    (("ledger", "verify", "folder", "--seen", "nowhere"), MISSING, None),
    (("area", "read", "nowhere.gpkg"), MISSING, "area-missing"),
    (("area", "read", "table.csv"), INVALID, "area-unreadable"),
    (("area", "derive", "nowhere.zip", "--before", "2024-01"), MISSING, "archive-missing"),
    (("area", "derive", "table.csv", "--before", "soon"), INVALID, "month-malformed"),
    (("area", "derive", "table.csv", "--before", "2024-01"), INVALID, "nothing-to-read"),
    (("demo", "--into", "."), INVALID, "demo-folder-used"),
    (("demo", "--into", "new", "--data", "nowhere.zip"), MISSING, "archive-missing"),
    (("fetch", "police-uk", "--force", "x", "--from", "2024-13", "--to", "2024-14"), INVALID, "fetch-asks-nothing"),
    (("init", "table.csv"), INVALID, "system-said-no"),
    (("init", "."), INVALID, "deployment-exists"),
    (("init", "new", "--area", "nowhere.geojson"), MISSING, "area-missing"),
    (("init", "new", "--area", "table.csv"), INVALID, "area-unreadable"),
    (("init", "new", "--force-id", "No Such Form!"), INVALID, "charter-invalid"),
]


@pytest.mark.parametrize(("words", "code", "name"), ALONE, ids=lambda v: " ".join(v) if v is tuple else None)
def test_bad_input_without_a_deployment_is_told_too(things, words, code, name):
    """The first commands are typed by people who do not know the program yet."""
    told = call(*words, "--json", home=things / "home")
    assert told.raised is None
    assert (told.code, told.out) == (code, "")
    assert told.error["code"] == (name or told.error["code"])
    assert not (things / "new").is_dir() or not any((things / "new").iterdir())


def test_a_witness_in_a_place_that_cannot_be_used_is_told(things):
    """A witness is run by somebody outside, with nobody to ask."""
    told = call("witness", "table.csv", "--port", 0, home=things)
    assert (told.code, told.raised) == (INVALID, None)
    assert call("witness", "w", "--port", 99999, home=things).code == 2
    assert call("witness", "w", "--log", "garbage", "--port", 0, home=things).code == INVALID


def test_a_folder_that_is_a_ledger_without_a_checkpoint_is_not_verified(things):
    """Taking the checkpoint away must not look like a mistyped path."""
    told = call("ledger", "verify", "folder", "--json", home=things)
    assert told.code == 8
    assert told.json["ok"] is False


def test_an_address_that_does_not_answer_is_not_verified(things):
    """No answer is no proof."""
    told = call("ledger", "verify", "http://127.0.0.1:9/", "--json", home=things)
    assert told.code == 8
    assert told.json["problems"][0]["code"] == "log-unreachable"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs a folder that nobody may write in")
def test_a_folder_without_permission_is_told(things):
    """Permissions are the commonest reason of all."""
    told = call("init", "/sys/peelian-test", "--json", home=things)
    assert (told.code, told.raised, told.error["code"]) == (INVALID, None, "system-said-no")


def test_an_archive_without_permission_is_told(walk, things, monkeypatch):
    """A file that belongs to somebody else is not a bug of ours."""

    def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied", "table.csv")

    monkeypatch.setattr(sources, "read_slices", refuse)
    told = walk.run("ingest", "police-uk", "table.csv", "--json", as_=ENGINEER)
    assert (told.code, told.error["code"]) == (INVALID, "system-said-no")
    assert "Permission denied" in told.error["what"]


def test_a_full_disk_is_told_as_a_disk_that_stopped(walk, things, monkeypatch):
    """Nothing that was promised is lost, and the reader is told so."""

    def refuse(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sources, "read_slices", refuse)
    told = walk.run("ingest", "police-uk", "table.csv", "--json", as_=ENGINEER)
    assert (told.code, told.error["code"]) == (9, "disk-said-no")


def test_a_bug_is_told_by_its_place_and_never_by_its_message(walk, things, monkeypatch):
    """The message of an unforeseen error often quotes the very value that caused it."""

    def fail(*args, **kwargs):
        raise ValueError("invalid literal: 'Jane Example, 4 Invented Street'")

    monkeypatch.setattr(sources, "read_slices", fail)
    for option in ((), ("--json",)):
        told = walk.run("ingest", "police-uk", "table.csv", *option, as_=ENGINEER)
        assert (told.code, told.out, told.raised) == (1, "", None)
        assert "ValueError" in told.err and "sources.py" in told.err
        assert "Jane" not in told.err and "Traceback" not in told.err


def test_an_error_is_one_line_of_json_when_json_was_asked_for(walk, things):
    """Programs read standard error too."""
    told = walk.run("ingest", "police-uk", "nowhere.zip", "--json", as_=ENGINEER)
    assert set(json.loads(told.err)) >= {"family", "code", "what"}


def test_one_bad_file_among_good_ones_is_refused_and_the_rest_is_taken_in(tmp_path):
    """One truncated month must not hold up thirty-five others, and must not be silent."""
    walk = new_walk(tmp_path / "w", ENGINEER)
    good = archive(tmp_path / "a.zip", [street_row(i, **at_metres(100.0 * i, 50)) for i in range(20)], [stop_row(1)])
    with zipfile.ZipFile(good, "a") as holder:
        holder.writestr("2024-06/2024-06-northmere-street.csv", "Crime ID,Month\nx,2024-06\n")
    told = walk.ingest("police-uk", good)
    assert told["added"] == 21
    assert [f["file"] for f in told["files_refused"]] == ["2024-06/2024-06-northmere-street.csv"]


def test_a_mapping_for_another_table_is_refused_before_anything_is_written(walk, tmp_path):
    """Columns that do not match are the likeliest mistake with a table of one's own."""
    town = small_town(tmp_path / "town", months=2, burglaries=40)
    town.mapping.write_text(town.mapping.read_text().replace("x: Easting", "x: Ostwert"))
    told = walk.run("ingest", "incidents", town.incidents, "--mapping", town.mapping, "--json", as_=ENGINEER)
    assert told.code == INVALID
    assert told.out == ""
