"""After an upgrade: other code is refused until it was tested and approved, by the commands of the how-to."""

from __future__ import annotations

from pathlib import Path

import pytest

from peelian.app import methods
from tests.support.walk import call, found

HOW_TO = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "upgrade.md"


@pytest.fixture
def upgraded(tmp_path, monkeypatch):
    """Give a deployment whose mandates approve the code of before."""
    with monkeypatch.context() as patch:
        before = {name: "f" * 64 for name in methods.code_hashes()}
        patch.setattr("peelian.app.start.code_hashes", lambda: before)
        walk = found(tmp_path)
    walk.train()
    return walk


def test_new_code_runs_when_it_was_approved_and_not_before(upgraded):
    """Without a way that can be followed, a force would stay on old code or approve without reading."""
    walk = upgraded
    walk.enter("analyst-1")
    asked = ("analyse", "hotspots", "--month", "2026-11", "--in", walk.folder, "--as", "analyst-1", "--json")
    refused = call(*asked, home=walk.home)
    assert refused.code != 0 and "code-changed" in refused.err
    walk.run("sign-in", "approver-1").ok()
    walk.run("context", "set", "op-oversight", as_="approver-1").ok()
    for mandate in ("assess-hotspots", "hotspots"):
        assert f"peelian mandate code {mandate} --in DIR" in HOW_TO.read_text()
        told = call("mandate", "code", mandate, "--in", walk.folder, "--json", home=walk.home).ok().json
        assert told["code_hash"] == methods.code_hashes()[mandate]
        blocked = call("sign-in", "analyst-1", "--in", walk.folder, home=walk.home)
        assert "charter-not-in-force" in blocked.err
        call("charter", "adopt", "--in", walk.folder, "--as", "approver-1", home=walk.home).ok()
        call("mandate", "adopt", mandate, "--in", walk.folder, "--as", "approver-1", home=walk.home).ok()
    assert "code-changed" not in call(*asked, home=walk.home).err


def test_code_is_proposed_for_what_is_installed_alone(upgraded):
    """A hash of nothing in a mandate would approve whatever comes to be called so."""
    walk = upgraded
    error = call("mandate", "code", "source-plans", "--in", walk.folder, "--json", home=walk.home).error
    assert error["code"] == "code-not-installed"
