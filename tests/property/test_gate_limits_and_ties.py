"""The first rows of an order, where many are equal and most are hidden, on files as the lake has them.

A limit chooses, and what it chooses between equals must hang on the rows a session may see and on nothing else. Hidden
rows shift where visible ones lie: in which file, in which part of it, on which side of a thread's share. So each case
is laid out twice, with the hidden rows and without, shuffled anew, and both are held against an order made by hand.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cmp_to_key
from random import Random
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from peelian.gate import reading
from peelian.gate.compile import KEY
from peelian.gate.engine import Engine
from peelian.model.question import Question
from peelian.model.record import TABLES
from peelian.policy.rules import Actor
from peelian.store.commit import Done
from peelian.store.lake import arrow_schema
from tests.support.charters import circumstances, rulebook
from tests.support.gate import OPEN_LABEL, record, whole
from tests.support.gate_world import World, read

SPEC = TABLES["incident"]
SCHEMA = arrow_schema(SPEC)
GONE = date(2026, 11, 1)
VALUES = {"month": (None, 24300, 24301), "place": (None, "", "a", "b"), "easting_m": (None, 0.0, 1.5)}
HIDDEN_LABEL = 9
"""A number that stands in no dictionary: nobody may see its rows."""

SESSION = Actor("somebody", frozenset({"analyst"}), "northmere")


def draw_rows(random: Random) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Draw rows that a session may see, of few records with many subjects and slices, and rows that it may not."""
    keys = [(r, s, p) for r in range(4) for s in "st" for p in "xyz"]
    random.shuffle(keys)
    rows = [_row(random, *key) for key in keys[: random.randint(4, len(keys))]]
    cut = random.randint(2, len(rows))
    hidden = [
        row | (random.choice([{"label_id": HIDDEN_LABEL}, {"label_id": None}, {"expires_on": GONE}]))
        for row in rows[cut:] + [_row(random, random.randint(0, 4), "u", str(i)) for i in range(random.randint(1, 30))]
    ]
    return rows[:cut], hidden


def _row(random: Random, number: int, slice_id: str, subject: str) -> dict[str, object]:
    row: dict[str, object] = {"record_id": record(number), "subject_id": record(ord(subject[0]) + 7 * len(subject))}
    row |= {name: random.choice(values) for name, values in VALUES.items()}
    return whole(row | {"place": row["place"], "outcome": f"{slice_id}-{subject}"}, slice_id) | {"seq_from": 1}


def draw_limit(random: Random) -> Question:
    """Draw a question with a limit, in an order that leaves many rows equal."""
    order = random.sample([*VALUES, "record_id"], random.randint(0, 2))
    order_by = tuple((column, random.choice(("asc", "desc"))) for column in order)
    return Question("incident", ("record_id", "outcome", *VALUES), order_by=order_by, limit=random.randint(0, 9))


def by_hand(rows: list[dict[str, object]], question: Question) -> list[object]:
    """Order rows as the documentation says: nulls first ascending and last descending, equals by the whole key."""
    ordered = [c for c, _ in question.order_by]
    order = [*question.order_by, *((c, "asc") for c in KEY if c not in ordered)]

    def compared(a: dict[str, object], b: dict[str, object]) -> int:
        for column, direction in order:
            x, y = ((row[column] is not None, row[column]) for row in (a, b))
            if x != y:
                return (1 if x > y else -1) * (1 if direction == "asc" else -1)
        return 0

    return [row["outcome"] for row in sorted(rows, key=cmp_to_key(compared))][: question.limit]


def lay_out(folder, rows, random, n_files):
    """Write rows as files of a bucketed table, in an order and in shares that chance decides."""
    folder.mkdir()
    rows = random.sample(rows, len(rows))
    for number in range(n_files):
        part = pa.Table.from_pylist([{n: r.get(n) for n in SCHEMA.names} for r in rows[number::n_files]], SCHEMA)
        pq.write_table(part, folder / f"{number}.parquet", row_group_size=random.randint(1, 4))
    return str(folder / "*.parquet")


def ask(folder, rows, random, question):
    """Read as the gate does, through the gate's own engine."""
    scan = f"SELECT * FROM read_parquet('{lay_out(folder, rows, random, random.randint(1, 5))}')"
    lake = SimpleNamespace(scan_sql=lambda grant, table, version: scan)
    engine = Engine(lake, folder / "spill", threads=2)  # type: ignore[arg-type]
    house = World({}, {OPEN_LABEL.label_id: OPEN_LABEL}).house(rulebook())
    house.engine, house.head.done = engine, Done(1, {"incident": 1}, datetime(2026, 11, 23, tzinfo=UTC))
    try:
        return read(house, SESSION, circumstances("hotspots", purpose="burglary-prevention"), question)
    finally:
        engine.close()


def faults(seed: int, folder) -> list[str]:
    """Say where the two worlds differ from each other, or from the order by hand."""
    random = Random(seed)
    visible, hidden = draw_rows(random)
    question = draw_limit(random)
    both = ask(folder / f"{seed}-with", [*visible, *hidden], random, question)
    alone = ask(folder / f"{seed}-without", visible, random, question)
    expected = by_hand(visible, question)
    found = [] if both.rows.column("outcome").to_pylist() == expected else ["not the order by hand"]
    seen = [(v.rows.to_pylist(), v.rows_digest, v.rows_read, v.label, v.expires_on) for v in (both, alone)]
    return found + (["hidden rows moved the answer"] if seen[0] != seen[1] else [])


SLOW = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]


@settings(max_examples=20, deadline=None, suppress_health_check=SLOW)
@given(st.integers(0, 2**32))
def test_what_a_limit_keeps_among_equals_hangs_on_visible_rows_alone(tmp_path_factory, seed):
    """Whoever asks for the first hundred must not learn from which equals they get that others are hidden."""
    assert faults(seed, tmp_path_factory.mktemp("case")) == []


LEAKY = {
    "ties are left as they come": ("_has_ties", lambda records: False),
    "ties are looked for in the first rows only": ("_has_ties", lambda records: _real_ties(records[:1])),
}
_real_ties = reading._has_ties


@pytest.mark.parametrize("mutant", LEAKY)
def test_a_limit_that_cuts_ties_as_they_come_is_noticed(mutant, monkeypatch, tmp_path):
    """A property that cannot fail protects nobody."""
    monkeypatch.setattr(reading, *LEAKY[mutant])
    assert any(faults(seed, tmp_path) for seed in range(60))


def test_a_tie_that_lies_across_the_limit_is_noticed(monkeypatch, tmp_path):
    """The row beyond the limit is read for this alone; without it the last row kept is any of its equals."""
    real = reading.compile_question

    def one_too_few(question, *rest, ties=False):
        sql = real.__wrapped__(question, *rest, ties=ties)
        return sql if ties else sql.replace(f"LIMIT {question.limit + 1}", f"LIMIT {question.limit}")

    monkeypatch.setattr(reading, "compile_question", one_too_few)
    assert any(faults(seed, tmp_path) for seed in range(120))
