"""Nothing in the store runs without a Grant, and a Grant is not something one happens to have."""

from __future__ import annotations

import copy
import dataclasses
import pickle

import pytest

from peelian.core.errors import RefusedError
from peelian.model.record import INCIDENT
from peelian.store.grant import ERASE, READ, WRITE, Grant, Mint, need
from tests.support.store import Small, make_rows


def test_a_grant_put_together_by_hand_is_refused():
    """Whoever could write Grant(...) could read everything unrecorded."""
    with pytest.raises(RefusedError) as refusal:
        Grant(READ, frozenset({"incident"}))
    assert refusal.value.code == "grant-missing"


def test_a_grant_cannot_be_widened_copied_out_or_pickled():
    """A grant for one table must not become a grant for another, nor leave the process it was judged in."""
    grant = Mint().grant(READ, ["incident"])
    with pytest.raises(RefusedError):
        dataclasses.replace(grant, tables=frozenset({"stop_equality"}))
    with pytest.raises(dataclasses.FrozenInstanceError):
        grant.tables = frozenset({"stop_equality"})
    for leave in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            leave(grant)


def test_something_that_looks_like_a_grant_is_refused():
    """Duck typing is the usual way around a check like this one."""

    class Lookalike(Grant):
        def __init__(self) -> None:
            object.__setattr__(self, "what", ERASE)
            object.__setattr__(self, "tables", frozenset({"incident"}))

    for thing in (None, "read", Lookalike()):
        with pytest.raises(RefusedError) as refusal:
            need(thing, READ, "incident")
        assert refusal.value.code == "grant-missing"


@pytest.mark.parametrize(
    ("held", "asked", "fine"),
    [
        (READ, READ, True),
        (READ, WRITE, False),
        (READ, ERASE, False),
        (WRITE, READ, True),
        (WRITE, ERASE, False),
        (ERASE, READ, True),
        (ERASE, WRITE, True),
    ],
)
def test_a_grant_covers_its_own_act_and_what_that_implies(held, asked, fine):
    """Leave to read is not leave to write, and leave to write is not leave to erase."""
    grant = Mint().grant(held, ["incident"])
    if fine:
        need(grant, asked, "incident")
    else:
        with pytest.raises(RefusedError) as refusal:
            need(grant, asked, "incident")
        assert refusal.value.code == "grant-mismatch"


def test_every_function_of_the_lake_and_the_writer_wants_a_grant_for_that_table(tmp_path, clock):
    """One function that forgot to ask would be the way in."""
    small = Small(tmp_path, clock)
    other = Mint().grant(ERASE, ["outcome"])
    rows = make_rows(INCIDENT, [1], "s")
    for call in (
        lambda g: small.lake.files(g, "incident", None),
        lambda g: small.lake.scan_sql(g, "incident", None),
        lambda g: small.lake.known_at_sql(g, "incident", {}, 1),
    ):
        for grant, code in ((None, "grant-missing"), (other, "grant-mismatch")):
            with pytest.raises(RefusedError) as refusal:
                call(grant)
            assert refusal.value.code == code
    with pytest.raises(RefusedError), small.writer.begin(None, small.journal, clock):
        pass
    for act in (
        lambda t: t.replace_slices("incident", rows, {"s"}),
        lambda t: t.append("incident", rows),
        lambda t: t.erase("incident", record_ids=["0" * 32]),
    ):
        with pytest.raises(RefusedError) as refusal, small.writer.begin(other, small.journal, clock) as transaction:
            act(transaction)
        assert refusal.value.code == "grant-mismatch"
    assert small.lake.names() == []
