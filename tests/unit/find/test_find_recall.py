"""However somebody is misremembered, the steps of a search lead to them."""

from __future__ import annotations

from collections import defaultdict

import duckdb
import pytest

from benchmarks.search_corpus import BENT, LABEL, rows_sql, typed_questions
from peelian.find.parse import parse_question
from peelian.find.ranking import fit_person
from peelian.find.steps import steps_for
from peelian.gate.looking.index_entries import NUMBERS, entries_of
from peelian.gate.looking.row_packing import PACKED, packing_sql
from peelian.store.grant import READ, WRITE, Mint
from peelian.store.index import SearchIndex, Visible

N = 1500
TABLE = "incident_person"
SEEN = Visible({LABEL.label_id}, {NUMBERS[TABLE]}, 20_000)


@pytest.fixture(scope="module")
def people():
    """Give made-up people by record, and the rows that an index is made of."""
    with duckdb.connect(config={"threads": 1}) as con:
        made = f"SELECT *, 0::BIGINT AS seq_from FROM ({rows_sql(0, N)})"
        rows = con.sql(f"SELECT *, {packing_sql(TABLE, NUMBERS[TABLE])} FROM ({made})").to_arrow_table()
    return {row["record_id"]: row for row in rows.drop([PACKED]).to_pylist()}, rows


@pytest.fixture
def index(people, tmp_path, clock):
    """Give an index of them."""
    made = SearchIndex(tmp_path / "index", clock, n_shards=1)
    made.build(Mint().grant(WRITE, ["index"]), 0, entries_of(TABLE, people[1]))
    return made


def spotted(index, text):
    """Ask the steps in turn, as a look does; return records."""
    asked, found, grant = parse_question(text), {}, Mint().grant(READ, ["index"])
    sought = steps_for(asked)
    for step in sought.steps:
        hits = index.search(grant, step.all_of, SEEN, sought.limit) if TABLE in (step.tables or {TABLE}) else []
        found |= dict.fromkeys(record for _, record in hits)
        if len(found) >= sought.enough:
            break
    return asked, found


def test_everybody_is_found_however_they_are_misremembered(people, index):
    """A search that misses by a letter, a sound, a short form, an alphabet or a digit sends nobody to the door."""
    missed = defaultdict(int)
    for one in typed_questions(N, 12):
        asked, found = spotted(index, one.text)
        meant = [people[0][r] for r in found]
        meant = [
            r
            for r in meant
            if (r["forenames"], r["surname"], r["birth_on"]) == (one.forenames, one.surname, one.birth_on)
        ]
        missed[one.kind] += not any(fit_person(asked, row).reasons for row in meant)
    assert set(missed) == set(BENT) and max(missed.values()) <= 1, dict(missed)
