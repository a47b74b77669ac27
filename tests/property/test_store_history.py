"""Whatever happened to a table, its content and every earlier answer are those of a plain rebuild."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from peelian.core.time import FixedClock
from peelian.model.record import Column, TableSpec
from peelian.store import draft
from peelian.store.grant import WRITE
from tests.support.store import Small, hex_id, make_rows

NOTE = TableSpec("note", (Column("n", "int"),))
SLICES = ("a", "b", "c")

publications = st.dictionaries(  # what one commit publishes: slice -> record -> version of its content
    st.sampled_from(SLICES), st.dictionaries(st.integers(0, 12), st.integers(0, 2), max_size=8), min_size=1
)
erasures = st.frozensets(st.integers(0, 12), min_size=1, max_size=3)
steps = st.lists(st.one_of(publications, erasures), min_size=1, max_size=6)


def rows_of(slice_id, content):
    """Make the rows of one slice from record -> version."""
    made = [make_rows(NOTE, [n], slice_id, version=v, values={"n": lambda i, v=v: v}) for n, v in content.items()]
    return pa.concat_tables(made) if made else make_rows(NOTE, [], slice_id)


def publish(small, publication, *, together):
    """Publish slices in one commit, in one call or one call a slice."""
    with small.writer.begin(small.grant(WRITE), small.journal, small.clock) as transaction:
        if together:
            rows = pa.concat_tables([rows_of(s, c) for s, c in publication.items()])
            return transaction.replace_slices("note", rows, set(publication))
        changes = [transaction.replace_slices("note", rows_of(s, c), {s}) for s, c in publication.items()]
        return sum(changes[1:], start=changes[0])


class Model:
    """What the table should hold, by the plainest means: a dictionary for each commit."""

    def __init__(self):
        self.at: list[dict] = [{}]

    def publish(self, publication):
        """Remember the state after a publication."""
        now = {k: v for k, v in self.at[-1].items() if k[0] not in publication}
        now |= {(s, n): v for s, content in publication.items() for n, v in content.items()}
        self.at.append(now)

    def erase(self, numbers):
        """Forget records in every state there was."""
        self.at.append(dict(self.at[-1]))
        self.at = [{k: v for k, v in state.items() if k[1] not in numbers} for state in self.at]

    def rows(self, seq):
        """Return the rows as the lake should give them for a commit."""
        return sorted((s, hex_id(n), v) for (s, n), v in self.at[seq].items())


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(steps=steps, together=st.booleans(), buffer_rows=st.sampled_from([3, 10**6]))
def test_incremental_equals_rebuild_now_and_as_known_at_every_commit(steps, together, buffer_rows):
    """A force re-publishes its months again and again; no order of that may change what is, or what was known."""
    model = Model()
    clock = FixedClock(datetime(2026, 11, 22, tzinfo=UTC))
    kept, draft.BUFFER_ROWS = draft.BUFFER_ROWS, buffer_rows
    with tempfile.TemporaryDirectory() as folder:
        small = Small(Path(folder), clock, tables={"note": NOTE}, n_buckets=2)
        try:
            for step in steps:
                before = model.at[-1]
                if isinstance(step, frozenset):
                    small.erase("note", record_ids=[hex_id(n) for n in step])
                    model.erase(step)
                    continue
                change = publish(small, step, together=together)
                model.publish(step)
                assert_counts(change, before, model.at[-1], step)
            for seq in range(len(model.at)):
                assert small.known_at("note", seq, "slice_id, record_id, n") == model.rows(seq)
            assert small.current("note", "slice_id, record_id, n") == model.rows(-1)
            assert_no_version_twice(small)
            rebuilt = Small(Path(folder) / "again", clock, tables={"note": NOTE}, n_buckets=4)
            final = {s: {n: v for (t, n), v in model.at[-1].items() if t == s} for s in SLICES}
            publish(rebuilt, final, together=True)
            columns = "slice_id, record_id, subject_id, row_hash, n, label_id, expires_on, recorded_at"
            assert rebuilt.current("note", columns) == small.current("note", columns)
        finally:
            draft.BUFFER_ROWS = kept


def assert_counts(change, before, after, published):
    """Check the counts a data engineer is shown."""
    touched = {k for k in before if k[0] in published}
    given_ = {k for k in after if k[0] in published}
    assert change.same == sum(before[k] == after[k] for k in touched & given_)
    assert change.changed == sum(before[k] != after[k] for k in touched & given_)
    assert change.added == len(given_ - touched)
    assert change.deleted == len(touched - given_)


def assert_no_version_twice(small):
    """INVARIANT: the versions of a row are visible in spans that do not overlap."""
    for seq in range(1, small.journal.last_done().seq + 1):
        rows = small.known_at("note", seq)
        assert len({r[:2] for r in rows}) == len(rows)
