"""Whoever connects a system starts from its export, and is told what is missing before anything comes in."""

from __future__ import annotations

import pytest

from peelian.app.intake.source_contracts import check, new_source
from tests.support.exports import write_export
from tests.support.fleet import FORMATS, LIKE, as_export, file_of, fleet, journey


def deliver(folder, form):
    """Write a fleet's export; one behind an address is a database beside it."""
    folder.mkdir()
    tables = dict(LIKE) | {"journeys": [journey(1), journey(2, note="x")]}
    for name, data in write_export(as_export(tables, form), as_export(dict(LIKE), form)).items():
        (folder / name).write_bytes(data)
    if form == "url":
        (folder / "fleet.url").write_text(f"sqlite:///{folder / file_of('journeys', form)[0]}", encoding="utf-8")
    return folder


@pytest.mark.parametrize("form", FORMATS)
def test_a_source_is_begun_from_an_export_of_any_format_and_checked_with_it(tmp_path, form):
    """The first contract lets in nothing but a row's own number, and stands up to every promise as it is."""
    export = deliver(tmp_path / "export", form)
    made = new_source("fleet", export, tmp_path / "sources")
    folder = tmp_path / "sources" / "fleet"
    assert "Nobody has said" in (folder / "source.yml").read_text(encoding="utf-8")
    empty = check(str(folder), None)["problems"]
    assert len(empty) == 1 and "holds no file" in empty[0]
    for path in export.iterdir():
        (folder / "sample" / path.name).write_bytes(path.read_bytes())
    assert check(str(folder), None) == {"source": "fleet", "problems": []}, made


def test_a_draft_says_which_columns_speak_of_what_should_not_come_in(tmp_path):
    """Who fills in a contract late in the day should stumble over religion, not slip past it."""
    (tmp_path / "e.csv").write_text("no,Religion,NI_Number,weather\n1,x,y,z\n", encoding="utf-8")
    new_source("sneak", tmp_path / "e.csv", tmp_path)
    drops = [line for line in (tmp_path / "sneak" / "source.yml").read_text().splitlines() if "{drop:" in line]
    assert ["special category" in d for d in drops] == [True, False, False]
    assert ["speaks of people" in d for d in drops] == [False, True, False]


def test_free_text_without_markings_for_privileged_words_is_a_problem(tmp_path):
    """What a solicitor said to a client, or a source to a journalist, is not for everybody who may read a call."""
    source = fleet(tmp_path, "csv")
    deliver(tmp_path / "fleet" / "sample", "csv")
    problems = check(str(source.contract.folder), None)["problems"][:2]
    assert [p.rpartition(" ")[2] for p in problems] == ["privileged-material.", "journalistic-material."]
