"""Errors tell what happened, why, what to do, and a code; each family has its exit code."""

from __future__ import annotations

import pytest

from peelian.core.errors import (
    FAMILIES,
    ExpiredError,
    InvalidError,
    PeelianError,
    Reason,
    RefusedError,
    TamperedError,
)


def test_an_error_reads_as_one_line_with_its_code_first():
    """Whoever rings the help desk reads out the code."""
    error = InvalidError("too-few-points", "There is one point.", why="Pairs need two.", do="Widen the area.")
    assert str(error) == "`too-few-points`: There is one point. Pairs need two. Widen the area."


def test_parts_that_are_not_given_leave_no_gap():
    """A message with holes in it looks broken."""
    assert str(InvalidError("too-few-points", "There is one point.")) == "`too-few-points`: There is one point."


def test_an_error_as_data_holds_what_was_said_and_nothing_empty():
    """`--json` is read by programs; an empty field would be taken for an answer."""
    error = InvalidError("row-broken", "Line 7 is broken.", facts={"line": 7})
    assert error.as_dict() == {
        "family": "invalid",
        "code": "row-broken",
        "what": "Line 7 is broken.",
        "facts": {"line": 7},
    }


def test_a_refusal_carries_every_reason():
    """Told one reason at a time, a person asks ten times and learns to work around the rules."""
    reasons = (Reason("mandate-expired", "It ended.", owner="sro"), Reason("not-trained", "No practice set passed."))
    refusal = RefusedError("refused-by-rule", "Stopped by a rule.", reasons=reasons)
    assert refusal.as_dict()["reasons"] == [
        {"code": "mandate-expired", "what": "It ended.", "owner": "sro"},
        {"code": "not-trained", "what": "No practice set passed."},
    ]


@pytest.mark.parametrize("family", FAMILIES)
def test_each_family_has_an_exit_code_of_its_own(family):
    """An operator who may not read logs still learns what kind of thing went wrong."""
    codes = [f.exit_code for f in FAMILIES]
    assert codes.count(family.exit_code) == 1
    assert family.exit_code not in (0, 1, 2), "0 is success, 1 any error, 2 a mistyped command"
    assert issubclass(family, PeelianError)


def test_an_ended_authority_is_a_refusal_too():
    """Code that handles refusals must not let an expiry through."""
    assert issubclass(ExpiredError, RefusedError)
    assert not issubclass(TamperedError, RefusedError)


def test_facts_are_a_copy():
    """A message that changes after it was raised cannot be evidence."""
    facts = {"line": 1}
    error = InvalidError("row-broken", "Broken.", facts=facts)
    facts["line"] = 2
    assert error.facts == {"line": 1}
