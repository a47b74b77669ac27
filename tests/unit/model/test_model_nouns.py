"""The other nouns: tables, mandates, findings."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime

import pytest

from peelian.model.finding import Assessment, Finding
from peelian.model.mandate import Mandate, Scope
from peelian.model.record import KINDS, QUARANTINE, SYSTEM_COLUMNS, TABLES

MANDATE = Mandate(
    id="m",
    title="Patrol places",
    subject="method",
    target="hotspots",
    purposes=frozenset({"burglary-prevention"}),
    owner="sro",
    approver="board",
    lawful_basis="DPA 2018 s.35",
    starts_at=datetime(2026, 1, 1, tzinfo=UTC),
    ends_at=datetime(2026, 6, 1, tzinfo=UTC),
    phase="production",
    scope=Scope(),
    roles=frozenset({"analyst"}),
    fallback="Walk last year's map.",
)
FINDING = Finding(
    id="f1",
    method="hotspots",
    code_hash="c",
    mandate="m",
    purpose="burglary-prevention",
    seq=3,
    question={},
    rows_digest="d",
    rows_read=10,
    parameters={},
    seed=0,
    result={"cells": []},
    base_rate={},
    known_error={},
    label_id=1,
    phase="production",
    policy_hash="p",
    made_at="2026-02-01T00:00:00Z",
)


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda t: t.name)
def test_a_table_declares_each_column_once_with_a_known_kind(table):
    """Columns nobody declared do not exist; columns declared twice would hide one another."""
    names = [*table.column_names, *(c.name for c in SYSTEM_COLUMNS)]
    assert len(names) == len(set(names))
    assert {c.kind for c in table.columns} <= KINDS


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda t: t.name)
def test_protected_characteristics_live_in_sealed_tables_only(table):
    """A method that cannot open the table cannot use the characteristic, not even by mistake."""
    assert table.sealed == any(c.protected for c in table.columns)


ABOUT_PEOPLE_ALONE = {"plate_read", "warning", "tenancy", "link_verdict", "amendment"}
"""Tables of which nothing would be left to count if what is about people stood apart."""


@pytest.mark.parametrize("table", [t for t in TABLES.values() if t.has_personal], ids=lambda t: t.name)
def test_personal_columns_live_in_tables_of_their_own(table):
    """Erasing a person rewrites small tables, and the place of an offence stays countable."""
    parts = ("_person", "_equality", "_vehicle", "_text")
    assert table.name.endswith(parts) or table.name in ABOUT_PEOPLE_ALONE


def test_quarantine_holds_no_value_of_a_row():
    """A row that was refused at the door must not be kept behind it."""
    assert set(QUARANTINE.column_names) == {"source", "file_name", "file_sha256", "line", "reason", "column_name"}


def test_an_empty_scope_allows_nothing():
    """A forgotten line in a mandate must close a door, not open one."""
    scope = Scope()
    assert not scope.offences and not scope.tables and not scope.columns and not scope.sealed


def test_a_mandates_hash_changes_with_every_part_of_it():
    """The register pairs permission and hash; a quiet change must show."""
    changed = (
        replace(MANDATE, ends_at=datetime(2027, 6, 1, tzinfo=UTC)),
        replace(MANDATE, roles=frozenset({"analyst", "officer"})),
        replace(MANDATE, scope=Scope(sealed=True)),
    )
    assert len({m.digest for m in (MANDATE, *changed)}) == 4


def test_nouns_cannot_be_changed_after_they_were_made():
    """What a stage handed on is what the next one read."""
    with pytest.raises(FrozenInstanceError):
        MANDATE.fallback = ""  # type: ignore[misc]


def test_a_findings_hash_is_what_a_replay_must_reproduce():
    """Made again tomorrow under another id it must still be the same finding."""
    again = replace(FINDING, id="f2", made_at="2027-01-01T00:00:00Z", state="contested")
    assert again.digest == FINDING.digest
    assert replace(FINDING, result={"cells": [1]}).digest != FINDING.digest
    assert replace(FINDING, rows_digest="e").digest != FINDING.digest


def test_an_assessments_hash_covers_its_results():
    """Published good or bad, and not edited afterwards."""
    made = Assessment("a", "hotspots", "c", "m", 3, "r", 41, {"months": 12}, {"hit_rate": 0.3})
    assert replace(made, id="b", made_at="later").digest == made.digest
    assert replace(made, results={"hit_rate": 0.31}).digest != made.digest
