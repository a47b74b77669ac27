"""Somebody who is erased is erased from files that were brought along for a case, and nobody else is."""

from __future__ import annotations

from datetime import date

import pytest

from peelian.app.finding import case_files
from peelian.app.finding.uploads import read_upload
from peelian.cli.erase import say
from peelian.gate.corrections.case_erasing import OwnMarks
from peelian.gate.looking.case_contents import key_names, open_content, opened_files
from peelian.store.residue import find_residue
from tests.support.gate import Built, record
from tests.support.people import at_work, caller_of, person

DPO = "data-protection-officer-1"
WHO = {"forenames": "Zébedee", "surname": "Quillfeather", "birth_on": date(1988, 4, 12), "person_ref": "NQ/4711",
       "phones": "+447700900123"}  # fmt: skip
ROWS = (
    ("Zebedee QUILLFEATHER", "12/04/1988", "", "the first remark"),
    ("Quillfeather, Zebedee", "", "07700 900123", "the second remark"),
    ("", "", "nq/4711", "the third remark"),
    ("Zebedee Quillfeather", "01/02/1971", "", "a namesake"),
    ("Nobody Atall", "", "07700 900999", "somebody else"),
)
MEANS = ("name", "born", "phone", "other")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """One person on record, and files of a case."""
    own = person(1, subject_id=record(91), **WHO)
    made = at_work(tmp_path_factory.mktemp("case-erasing"), {"incident_person": [own]})
    yield made
    made.gate.close()


def keep(built: Built, *rows: tuple[str, ...]) -> str:
    """Keep a file with these rows for the sergeant's case."""
    data = "\n".join(['"Who","DOB","Tel","Remark"', *(",".join(f'"{c}"' for c in row) for row in rows)])
    return case_files.keep(caller_of(built), read_upload("list.csv", data.encode()), MEANS).id


def test_their_rows_go_under_a_new_key_and_what_may_be_anothers_is_named(built, capsys):
    """A spreadsheet beside the holdings is where an erased person would live on."""
    whole, mixed, other = keep(built, *ROWS[:2]), keep(built, *ROWS), keep(built, ROWS[4])
    before = (built.deployment.folder / "cases" / f"{mixed}.sealed").read_bytes()
    words = [row[3] for row in ROWS[:3]]
    traces = find_residue(built.deployment.folder, words, opened_files(built.house))
    assert {t.needle for t in traces} == {0, 1, 2}
    receipt = built.gate.erase(built.at_work(DPO), "erase-on-request", record(91))
    done = {one["file"]: (one["rows"], one["to_read"], one["gone"]) for one in receipt["case_files"]}
    assert done == {whole: (2, 0, True), mixed: (3, 1, False)}
    assert {one["operation"] for one in receipt["case_files"]} == {"op-safeguarding"}
    assert find_residue(built.deployment.folder, words, opened_files(built.house)) == []
    assert [row[3] for row in open_content(built.house, mixed)["rows"]] == ["a namesake", "somebody else"]
    assert [f.id for f in case_files.list_files(caller_of(built))] == [other, mixed]
    assert built.house.keys.get(key_names(mixed)[0]) is None and before not in (
        p.read_bytes() for p in (built.deployment.folder / "cases").iterdir()
    )
    say(receipt | {"relinked": None})
    assert "3 rows erased; 1 that may be another's" in capsys.readouterr().out


def test_a_row_is_somebodys_only_if_it_names_nobody_else():
    """An erasure that takes a namesake's row along is damage; one that keeps a row that says who it is, no erasure."""
    own = OwnMarks(frozenset({"person:quillfeather zebedee 1988-04-12"}), frozenset({"name:quillfeather zebedee"}),
                   frozenset({"phone:+447700900123"}), frozenset({"NQ/4711"}))  # fmt: skip
    columns = [{"means": m} for m in MEANS]
    assert [own.tell(columns, row) for row in ROWS] == ["about", "about", "about", "may-be", ""]
    assert own.tell([{"means": "other"}], ["seen with Zebedee Quillfeather born 12/04/1988"]) == "about"
    assert own.tell([{"means": "phone"}], ["+44 7700 900123"]) == "may-be"
