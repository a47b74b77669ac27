"""Naming evidence in a mandate's file: a proposal, written so that a person can read what changed."""

from __future__ import annotations

import difflib
import shutil
from datetime import date

import pytest

from peelian.core.errors import InvalidError, MissingError
from peelian.policy.amend import name_evidence
from peelian.policy.charter import load_charter
from tests.support.charters import CHARTER

ASSESSMENT = "01M80Z0P1HMCAJEAJA0XY660Q8"


@pytest.fixture
def charter(tmp_path):
    """Give a copy of the example."""
    return shutil.copytree(CHARTER, tmp_path / "charter")


def test_only_the_lines_named_change_and_the_charter_stays_valid(charter):
    """Whoever approves the change reads the difference; a rewritten file hides it."""
    before = (charter / "mandates" / "hotspots.yml").read_text().splitlines()
    path = name_evidence(charter, "hotspots", ASSESSMENT, "private-beta", date(2026, 11, 20))
    changed = [d for d in difflib.ndiff(before, path.read_text().splitlines()) if d[0] in "+-"]
    assert {line[2:].split(":")[0] for line in changed} == {"phase", "evidence", "decided_on", "starts_on"}
    mandate = load_charter(charter).mandates["hotspots"]
    assert (mandate.phase, mandate.evidence) == ("private-beta", (ASSESSMENT,))


def test_evidence_is_named_anew_for_the_next_phase(charter):
    """A renewal takes fresh evidence: the old must not stay beside it unread."""
    for evidence, phase in ((ASSESSMENT, "private-beta"), ("0" * 26, "production")):
        name_evidence(charter, "hotspots", evidence, phase, date(2026, 11, 20))
    mandate = load_charter(charter).mandates["hotspots"]
    assert (mandate.phase, mandate.evidence) == ("production", ("0" * 26,))


@pytest.mark.parametrize(
    ("mandate", "evidence", "phase", "error", "code"),
    [
        ("nothing", ASSESSMENT, "production", MissingError, "mandate-file-missing"),
        ("../force", ASSESSMENT, "production", MissingError, "mandate-file-missing"),
        ("hotspots", "a']\nroles: [anybody", "production", InvalidError, "evidence-malformed"),
        ("hotspots", ASSESSMENT, "finished", InvalidError, "phase-unknown"),
    ],
)
def test_odd_wishes_are_refused_and_change_nothing(charter, mandate, evidence, phase, error, code):
    """A file of rules is edited by a program here: what it is given must not become a rule."""
    before = {p: p.read_bytes() for p in charter.rglob("*") if p.is_file()}
    with pytest.raises(error) as caught:
        name_evidence(charter, mandate, evidence, phase, date(2026, 11, 20))
    assert caught.value.code == code
    assert before == {p: p.read_bytes() for p in charter.rglob("*") if p.is_file()}
