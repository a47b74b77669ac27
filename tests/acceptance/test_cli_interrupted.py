"""Interruptions: a founding is whole or not at all, and an ingest goes on where it stopped."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from peelian.app import start
from peelian.app.intake import sources
from tests.support.ingest import to_csv, to_zip
from tests.support.walk import at_metres, call, clean_environment, found, new_walk, street_row

PEELIAN = Path(sys.executable).with_name("peelian")
ENGINEER = "data-engineer-1"


def many_months(path: Path, months: int = 6, rows: int = 30) -> Path:
    """Write an archive with a street file for each of some months."""
    files = {}
    for k in range(months):
        month = f"2024-{k + 1:02d}"
        files[f"{month}/{month}-northmere-street.csv"] = to_csv(
            street_row(1000 * k + i, Month=month, **at_metres(70.0 * i, 40.0 * i)) for i in range(rows)
        )
    return to_zip(path, files)


@pytest.mark.parametrize("where", ["write_example", "found_gate", "keep_charter", "_adopt_all"])
def test_a_founding_that_is_interrupted_leaves_nothing_and_can_be_done_again(tmp_path, monkeypatch, where):
    """A half-made deployment could be neither used nor made again."""
    whole = getattr(start, where)

    def interrupt(*args, **kwargs):
        if where in ("found_gate", "_adopt_all"):
            result = whole(*args, **kwargs)
            if hasattr(result, "close"):
                result.close()
        raise KeyboardInterrupt

    home, folder = tmp_path / "home", tmp_path / "d"
    with monkeypatch.context() as patch:
        patch.setattr(start, where, interrupt)
        assert call("init", folder, home=home).code == 130
    assert not any(folder.iterdir())
    assert not home.exists() or not any(home.iterdir())
    call("init", folder, home=home).ok()
    assert not (folder / "init-unfinished").exists()


def test_a_founding_that_was_killed_is_not_used_and_starts_over(tmp_path, monkeypatch):
    """A kill leaves no time to tidy up."""
    home, folder = tmp_path / "home", tmp_path / "d"

    class KilledError(BaseException):
        pass

    def kill(*args, **kwargs):
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(start, "_adopt_all", kill)
        patch.setattr(start, "clear_unfinished", lambda folder: None)
        patch.setattr(start.shutil, "rmtree", lambda *a, **k: None)
        with pytest.raises(KilledError):
            start.init(start.Place(folder, home), start.Founding())
    told = call("sign-in", ENGINEER, "--in", folder, "--json", home=home)
    assert (told.code, told.error["code"]) == (3, "deployment-unfinished")
    call("init", folder, home=home).ok()
    call("sign-in", ENGINEER, "--in", folder, home=home).ok()
    assert call("ledger", "verify", folder, "--json", home=home).ok().json["ok"] is True


def test_a_folder_with_something_in_it_is_never_cleared(tmp_path):
    """The one folder that a founding may empty is the one that it marked itself."""
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "thesis.txt").write_text("years of work")
    assert call("init", tmp_path / "d", home=tmp_path / "home").code == 3
    assert (tmp_path / "d" / "thesis.txt").read_text() == "years of work"
    walk = found(tmp_path / "w")
    before = (walk.folder / "ledger" / "vkey").read_bytes()
    assert call("init", walk.folder, home=walk.home).code == 3
    assert (walk.folder / "ledger" / "vkey").read_bytes() == before


@pytest.mark.parametrize("after", [1, 2, 4])
def test_an_interrupted_ingest_is_resumed_and_nothing_is_lost_or_doubled(tmp_path, monkeypatch, after):
    """A long load meets a closed lid sooner or later."""
    walk = new_walk(tmp_path / "w", ENGINEER)
    archive = many_months(tmp_path / "a.zip")
    whole, seen = sources._delivery, []

    def interrupted(part):
        if len(seen) == after:
            raise KeyboardInterrupt
        seen.append(part.slice_id)
        return whole(part)

    with monkeypatch.context() as patch:
        patch.setattr(sources, "_FIRST_BATCH_ROWS", 1)
        patch.setattr(sources, "_BATCH_ROWS", 1)  # a commit a file
        patch.setattr(sources, "_delivery", interrupted)
        told = walk.run("ingest", "police-uk", archive, as_=ENGINEER)
    assert told.code == 130
    assert "run the same command again" in told.err
    again = walk.ingest("police-uk", archive)
    assert again["skipped_slices"] == after
    assert again["added"] == (6 - after) * 30
    third = walk.ingest("police-uk", archive)
    assert (third["added"], third["changed"], third["deleted"], third["skipped_slices"]) == (0, 0, 0, 6)
    assert call("ledger", "verify", walk.folder, "--json", home=walk.home).ok().json["ok"] is True


@pytest.mark.parametrize("there", [False, True])
def test_a_demonstration_that_fails_leaves_no_half_made_folder(tmp_path, there):
    """The next try would be told that the folder is not empty, and a half of a deployment looks like a whole one."""
    into = tmp_path / "demo"
    if there:
        into.mkdir()
    broken = tmp_path / "a.zip"
    broken.write_bytes(many_months(tmp_path / "whole.zip").read_bytes()[:2000])
    assert call("demo", "--into", into, "--data", broken, home=tmp_path / "home").code != 0
    assert into.exists() is there and not (there and any(into.iterdir()))


def test_the_first_commits_of_a_loading_are_small():
    """Whoever is interrupted in the first second of a small archive should find something kept."""
    parts = [SimpleNamespace(counts=SimpleNamespace(read=10_000)) for _ in range(100)]
    sizes = [len(batch) for batch in sources._batches(parts)]
    assert sizes == [2, 6, 18, 30, 30, 14]


def test_ctrl_c_during_an_ingest_in_a_process_of_its_own_ends_with_130_and_resumes(tmp_path):
    """The same through a real signal, at whatever moment it comes."""
    walk = new_walk(tmp_path / "w", ENGINEER)
    archive = many_months(tmp_path / "a.zip", months=12, rows=3000)
    words = [PEELIAN, "ingest", "police-uk", archive, "--in", walk.folder, "--as", ENGINEER, "--json"]
    process = subprocess.Popen(
        words, env=clean_environment(walk.home), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    private = walk.folder / "ledger" / "journal"
    size = sum(p.stat().st_size for p in private.iterdir())
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        if sum(p.stat().st_size for p in private.iterdir()) != size:
            break  # the ingest has begun to write
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=120)
    assert process.returncode in (0, 130), err
    assert "Traceback" not in err
    walk.ingest("police-uk", archive)
    assert walk.ingest("police-uk", archive)["added"] == 0
    walk.enter("data-protection-officer-1")
    listed = walk.json("subjects", "--table", "incident", "--limit", 10000, as_="data-protection-officer-1")
    assert len(listed["subjects"]) == 10000
    assert call("ledger", "verify", walk.folder, "--json", home=walk.home).ok().json["ok"] is True
