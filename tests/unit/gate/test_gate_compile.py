"""From a question to SQL: what is accepted, what is refused, and in which order things happen."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.core.errors import InvalidError, LimitError
from peelian.gate.compile import HIDDEN, check_question, compile_labels, compile_question
from peelian.gate.engine import settle
from peelian.model.question import OPERATORS, Measure, Question, Where, question_from_dict
from peelian.model.record import TABLES
from tests.support.gate import burglaries, record
from tests.support.gate_world import World

SPEC = TABLES["incident"]
TODAY = date(2026, 11, 23)
COUNT = Measure("n", "count")


def sql(question: Question, labels=frozenset({7}), **ties: bool) -> str:
    """Compile for an invented label."""
    return " ".join(compile_question(question, SPEC, "incident@1_none", labels, TODAY, **ties).split())


BAD = {
    "a text compared with a number": Question("incident", ("month",), (Where("offence", "==", 5),)),
    "a number compared with a text": Question("incident", ("month",), (Where("month", "==", "24300"),)),
    "a number compared with a truth": Question("incident", ("month",), (Where("month", "==", True),)),
    "a list with a stranger in it": Question("incident", ("month",), (Where("month", "in", (24300, "x")),)),
    "a list that is a word": Question("incident", ("month",), (Where("offence", "in", "burglary"),)),
    "equal to nothing": Question("incident", ("month",), (Where("month", "==", None),)),
    "nothing in a list": Question("incident", ("month",), (Where("month", "in", (1, None)),)),
    "is-null of a value": Question("incident", ("month",), (Where("month", "is-null", 1),)),
    "not a number": Question("incident", ("month",), (Where("easting_m", "<", float("nan")),)),
    "beyond what canonical JSON writes": Question("incident", ("month",), (Where("month", "<", 2**53),)),
    "a half month": Question("incident", ("month",), (Where("month", "<", 24300.5),)),
    "a zero byte": Question("incident", ("month",), (Where("place", "==", "a\0b"),)),
    "half a character": Question("incident", ("month",), (Where("place", "==", "\ud800"),)),
    "a day that is none": Question("incident", ("month",), (Where("expires_on", "<", "2026-02-30"),)),
    "an unknown operator": Question("incident", ("month",), (Where("month", "~", 1),)),
    "a column twice": Question("incident", ("month", "month")),
    "a measure named like a column": Question("incident", ("month",), measures=(Measure("offence", "count"),)),
    "a measure named twice": Question("incident", (), measures=(COUNT, Measure("n", "max", "month"))),
    "a measure named with a quote": Question("incident", (), measures=(Measure('n"', "count"),)),
    "a measure without a name": Question("incident", (), measures=(Measure("", "count"),)),
    "an unknown measure": Question("incident", (), measures=(Measure("n", "median", "month"),)),
    "a sum of floats": Question("incident", (), measures=(Measure("n", "sum", "easting_m"),)),
    "a sum of texts": Question("incident", (), measures=(Measure("n", "sum", "place"),)),
    "a sum of nothing": Question("incident", (), measures=(Measure("n", "sum"),)),
    "a count of a column": Question("incident", (), measures=(Measure("n", "count", "place"),)),
    "nothing asked": Question("incident", ()),
    "a negative limit": Question("incident", ("month",), limit=-1),
    "a limit that is a truth": Question("incident", ("month",), limit=True),
    "a limit in words": Question("incident", ("month",), limit="1"),  # type: ignore[arg-type]
    "a commit with a quote in it": Question("incident", ("month",), known_at_seq='1"; --'),  # type: ignore[arg-type]
    "a negative commit": Question("incident", ("month",), known_at_seq=-1),
    "columns in one word": Question("incident", "month"),  # type: ignore[arg-type]
    "order by what is not shown": Question("incident", ("month",), measures=(COUNT,), order_by=(("place", "asc"),)),
    "order sideways": Question("incident", ("month",), order_by=(("month", "sideways"),)),
}


@pytest.mark.parametrize("what", BAD)
def test_a_malformed_question_is_refused_before_anything_is_opened(what):
    """An engine's own complaint comes late, quotes data, and differs from engine to engine."""
    with pytest.raises(InvalidError) as refused:
        check_question(BAD[what], SPEC)
    assert refused.value.code == "question-malformed"


@pytest.mark.parametrize("where", ["columns", "where", "measures", "order_by"])
def test_a_column_that_nobody_declared_does_not_exist(where):
    """Undeclared data is not there to be asked for, wherever in the question it is named."""
    asked = {
        "columns": Question("incident", ("Ada Example",)),
        "where": Question("incident", ("month",), (Where("Ada Example", "not-null"),)),
        "measures": Question("incident", (), measures=(Measure("n", "max", "Ada Example"),)),
        "order_by": Question("incident", ("month",), order_by=(("Ada Example", "asc"),)),
    }
    with pytest.raises(InvalidError) as refused:
        check_question(asked[where], SPEC)
    assert refused.value.code == "column-unknown"
    assert "Ada" not in str(refused.value.as_dict()), "what a person typed may be a name"


def test_an_error_never_repeats_what_was_typed():
    """A name typed in the wrong place must not end in a log of errors."""
    question = Question("incident", (), measures=(Measure("Ada Example", "Ada"),), order_by=(("Ada Example", "Ada"),))
    with pytest.raises(InvalidError) as refused:
        check_question(question, SPEC)
    assert "Ada" not in str(refused.value.as_dict())


def test_the_restriction_comes_before_group_order_and_limit():
    """What may not be seen must not move what may: non-interference is decided by this order."""
    question = Question("incident", ("offence",), measures=(COUNT,), order_by=(("n", "desc"),), limit=3)
    text = sql(question)
    assert text.index("label_id") < text.index("GROUP BY") < text.index("ORDER BY") < text.index("LIMIT")
    assert "expires_on" in text


def test_no_label_allowed_means_no_rows_rather_than_all():
    """An empty list must never turn into no condition."""
    world = World({"s": burglaries(3)}, {})
    assert world.run(compile_question(Question("incident", ("month",)), SPEC, world.name, frozenset(), TODAY)) == []


def test_rows_come_with_what_labels_and_orders_them_and_no_column_twice():
    """The gate needs label and expiry of every row it shows, whether or not they were asked for."""
    world = World({"s": burglaries(2)}, {})
    question = Question("incident", ("record_id", "month"))
    [first, _] = world.run(compile_question(question, SPEC, world.name, world.labels, TODAY))
    assert list(first) == [*HIDDEN, "month"]


@pytest.mark.parametrize("limit", [None, 1, 2])
def test_ties_are_broken_by_the_whole_key(limit):
    """A record with rows for two subjects must come in one order only, or no digest could be replayed."""
    rows = [*burglaries(1, subject_id="b", place="second"), *burglaries(1, subject_id="a", place="first")]
    question = Question("incident", ("place",), limit=limit)
    asked = compile_question(question, SPEC, "incident@1_none", World({"s": rows}, {}).labels, TODAY, ties=True)
    for order in (rows, rows[::-1]):
        found = [r["place"] for r in World({"s": order}, {}).run(asked)]
        assert found == ["first", "second"][:limit]


def test_a_limit_reads_one_row_more_to_see_whether_it_cuts_through_a_tie():
    """Which of two tied rows a limit keeps may not hang on where the engine met them."""
    asked = sql(Question("incident", ("month",), limit=5))
    assert "LIMIT 6" in asked and "subject_id" not in asked
    tied = sql(Question("incident", ("month",), limit=5), ties=True)
    assert "LIMIT 5" in tied and "subject_id" in tied
    assert "LIMIT 5" in sql(Question("incident", ("month",), measures=(COUNT,), limit=5))


def test_labels_are_told_for_the_rows_the_answer_rests_on_and_for_no_other():
    """A label or an expiry of a row outside the answer would tell that the row exists."""
    soon = date(2026, 12, 1)
    rows = [*burglaries(2), *burglaries(1, 50, offence="robbery", label_id=9, expires_on=soon)]
    world = World({"s": rows}, {})
    question = Question("incident", (), (Where("offence", "==", "burglary"),), measures=(COUNT,))
    [told] = world.run(compile_labels(question, SPEC, world.name, world.labels | {9}, TODAY))
    assert told["rows"] == 2 and told["expires_on"] > soon


def test_sums_are_whole_numbers_of_64_bits_and_an_overflow_says_no_value():
    """A sum that changes its type with its size could not be replayed; its value could be anybody's."""
    world = World({"s": burglaries(2, month=2**62)}, {})
    asked = Question("incident", (), measures=(Measure("n", "sum", "month"),))
    rows = world.table(compile_question(asked, SPEC, world.name, world.labels, TODAY))
    with pytest.raises(LimitError) as refused:
        settle(rows)
    assert refused.value.code == "sum-too-large" and str(2**63) not in str(refused.value)
    small = World({"s": burglaries(2, month=3)}, {})
    whole = settle(small.table(compile_question(asked, SPEC, small.name, small.labels, TODAY)))
    assert whole["n"].to_pylist() == [6] and str(whole.schema.field("n").type) == "int64"


@pytest.mark.parametrize("order", [1, -1])
def test_there_is_one_zero(order):
    """Which of two equal zeroes stood for a group would hang on the order of rows, and with it the digest."""
    rows = [*burglaries(1, easting_m=0.0), *burglaries(1, 9, easting_m=-0.0)][::order]
    world = World({"s": rows}, {})
    for question in (
        Question("incident", ("easting_m",)),
        Question("incident", ("easting_m",), measures=(COUNT,)),
        Question("incident", (), measures=(Measure("least", "min", "easting_m"),)),
    ):
        found = world.run(compile_question(question, SPEC, world.name, world.labels, TODAY))
        assert "-0.0" not in repr(found)


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.dates().map(str)
NAMES = st.sampled_from([c.name for c in SPEC.columns] + ["n", "label_id", "expires_on", "nobody"])
WHERE = st.builds(Where, NAMES, st.sampled_from([*OPERATORS, "~"]), VALUES | st.lists(VALUES, max_size=3).map(tuple))
MEASURE = st.builds(
    Measure, st.sampled_from(["n", "m", "N"]), st.sampled_from(["count", "sum", "max"]), NAMES | st.just("")
)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(NAMES, max_size=3).map(tuple),
    st.lists(WHERE, max_size=3).map(tuple),
    st.lists(MEASURE, max_size=2).map(tuple),
    st.lists(st.tuples(NAMES, st.sampled_from(["asc", "desc"])), max_size=2).map(tuple),
    st.none() | st.integers(-1, 5),
)
def test_any_question_either_has_an_answer_or_is_refused_by_name(columns, where, measures, order_by, limit):
    """There is no third case: an engine's error may quote rows that nobody may see."""
    question = Question("incident", columns, where, measures, order_by, limit)
    world = World({"s": burglaries(4) + burglaries(2, 40, month=None, place=None)}, {})
    try:
        world.run(compile_question(question, SPEC, world.name, world.labels, TODAY))
    except InvalidError as error:
        assert error.code in {"question-malformed", "column-unknown"}
    else:
        assert question_from_dict(question.as_dict()) == question


def test_a_record_id_in_tests_has_the_form_the_store_asks_for():
    """The helpers of these tests must plant what a source would."""
    assert len(record(1)) == 32 and record(1) != record(2)
