"""A witness in a process of its own: it cosigns growth, and an outsider sees it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.test_walk_pages import blocks
from tests.support.walk import call, clean_environment, found

PEELIAN = Path(sys.executable).with_name("peelian")
PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "run-a-witness.md"
NAME = "witness.university.example"


@pytest.fixture
def witnessed(tmp_path):
    """Found a deployment, start a witness for its log, and name the witness in the settings."""
    walk = found(tmp_path / "w")
    vkey = (walk.folder / "ledger" / "vkey").read_text().strip()
    words = [PEELIAN, "witness", tmp_path / "witness", "--name", NAME, "--log", vkey, "--port", "0"]
    process = subprocess.Popen(
        [str(w) for w in words], env=clean_environment(tmp_path), stdout=subprocess.PIPE, text=True, bufsize=1
    )
    try:
        lines = [process.stdout.readline() for _ in range(2)]
        address = re.search(r"http://\S+", lines[0]).group()
        key = lines[1].split(": ", 1)[1].strip()
        yield walk, address, key
    finally:
        process.terminate()
        process.wait(timeout=20)
        process.stdout.close()


def test_a_witness_cosigns_what_the_log_publishes_and_an_outsider_sees_it(witnessed):
    """Without somebody outside, whoever holds the log's key could write another history."""
    walk, address, key = witnessed
    with (walk.folder / "peelian.toml").open("a", encoding="utf-8") as settings:
        [section] = blocks(PAGE, "toml")
        settings.write(section.replace("http://127.0.0.1:7380", address).replace("WITNESS-VKEY", key) + "\n")
    walk.run("sign-in", "analyst-1").ok()
    told = call("ledger", "verify", walk.folder, "--witness", key, "--json", home=walk.home).ok().json
    assert told["ok"] is True
    assert [w["name"] for w in told["witnesses"]] == [NAME]
    in_words = call("ledger", "verify", walk.folder, "--witness", key, home=walk.home).ok().out
    assert f"cosigned by {NAME}" in in_words


def test_a_log_without_the_witness_that_was_asked_for_is_not_verified(witnessed):
    """Asking for a witness and getting none must not pass."""
    walk, _, key = witnessed
    told = call("ledger", "verify", walk.folder, "--witness", key, "--json", home=walk.home)
    assert told.code == 8
    assert told.json["ok"] is False
