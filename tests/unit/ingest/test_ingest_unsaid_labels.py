"""A report that does not say who may see it, or says it in a word nobody declared, is taken for nothing at all."""

from __future__ import annotations

import json

import pytest

from peelian.ingest.catalogue import FOLDER, open_source
from peelian.ingest.run import Reading
from peelian.ingest.safe_zip import list_memory
from tests.support.ingest import OPTIONS

REPORTS = FOLDER / "intelligence" / "sample" / "reports.jsonl"


@pytest.mark.parametrize("change", [{"sealed": None}, {"sealed": "maybe"}, {"handling": "X"}, {"handling": None}])
def test_a_report_that_does_not_say_who_may_see_it_comes_in_under_no_guess(change):
    """Taken for open, a sealed report and everybody in it would be seen by all."""
    few = [json.loads(line) for line in REPORTS.read_text(encoding="utf-8").splitlines()]
    lines = [row | {"urn": f"{row['urn']}-{i}"} for i in range(20) for row in few]  # one bad among many
    bad = next(row for row in lines if row["subjects"] and row["vehicles"])
    bad |= change
    data = "".join(json.dumps(row) + "\n" for row in lines).encode()
    parts = list(Reading(open_source("intelligence"), list_memory({"reports.jsonl": data}), OPTIONS))
    inside = 1 + len(bad["subjects"]) + len(bad["vehicles"])
    assert sum(part.counts.quarantined for part in parts) == inside
    tables = [row for part in parts for table in part.tables.values() for row in table.to_pylist()]
    assert tables
    assert bad["urn"] not in {row.get("event_ref") or row["source_ref"] for row in tables}
