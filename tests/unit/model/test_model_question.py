"""A question is data: declared, hashed, and read back the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from peelian.model.question import OPERATORS, Measure, Question, Where, question_from_dict
from peelian.model.record import INCIDENT

COLUMNS = st.sampled_from(INCIDENT.column_names)
SCALARS = st.none() | st.booleans() | st.integers(-1000, 1000) | st.text(max_size=5)
QUESTIONS = st.builds(
    Question,
    table=st.just("incident"),
    columns=st.lists(COLUMNS, unique=True, max_size=3).map(tuple),
    where=st.lists(
        st.builds(Where, COLUMNS, st.sampled_from(OPERATORS), SCALARS | st.lists(SCALARS, max_size=3).map(tuple)),
        max_size=3,
    ).map(tuple),
    measures=st.lists(st.builds(Measure, st.just("n"), st.just("count")), max_size=1).map(tuple),
    order_by=st.lists(st.tuples(COLUMNS, st.sampled_from(["asc", "desc"])), max_size=2).map(tuple),
    limit=st.none() | st.integers(0, 10),
    known_at_seq=st.none() | st.integers(0, 10),
)


@given(QUESTIONS)
def test_a_question_survives_the_way_to_disk_and_back(question):
    """A finding holds its question; a replay asks it again years later."""
    again = question_from_dict(question.as_dict())
    assert again == question and again.digest == question.digest


@given(QUESTIONS, QUESTIONS)
def test_two_questions_with_one_digest_are_one_question(one, other):
    """The digest stands for the question in the ledger."""
    assert (one.digest == other.digest) == (one.as_dict() == other.as_dict())


def test_every_column_touched_counts_as_used():
    """Filtering or sorting by a column tells about it, so it must be allowed too."""
    question = Question(
        "incident",
        ("offence",),
        where=(Where("force", "==", "x"),),
        measures=(Measure("n", "count"), Measure("latest", "max", "month")),
        order_by=(("n", "desc"), ("outcome", "asc")),
    )
    assert question.columns_used == {"offence", "force", "month", "outcome"}
