"""Combining labels: the order does not matter, and nothing is opened by it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.model.label import Label, combine_labels, label_from_dict
from peelian.policy.rules import Actor
from tests.support.charters import circumstances, rulebook

PURPOSES = ["burglary-prevention", "method-assessment", "oversight"]

labels = st.builds(
    Label,
    purposes=st.frozensets(st.sampled_from(PURPOSES), min_size=1),
    markings=st.frozensets(st.sampled_from(["m1", "m2", "handling-c"]), max_size=2),
    source=st.sampled_from(["police_uk", "incidents"]),
    role_class=st.sampled_from(["none", "offender-side", "victim-side", "witness-side", "mixed"]),
    basis=st.sampled_from(["fact", "assessment", "mixed"]),
    handling=st.sampled_from(["none", "P", "C"]),
    force=st.sampled_from(["northmere", "elsewhere"]),
    operation=st.sampled_from(["", "op-any", "op-other"]),
)
actors = st.builds(
    Actor,
    id=st.just("analyst-1"),
    roles=st.just(frozenset({"analyst"})),
    force=st.sampled_from(["northmere", "elsewhere"]),
    markings=st.frozensets(st.sampled_from(["m1", "m2", "handling-c"])),
)


def combine(*parts: Label | None) -> Label | None:
    """Combine, where a combination without common purpose stays nothing."""
    return None if None in parts else combine_labels(p for p in parts if p is not None)


@given(labels, labels, labels)
def test_labels_combine_alike_in_any_order_and_grouping(a, b, c):
    """A join planned otherwise must not give its rows another label."""
    assert combine(a, b) == combine(b, a)
    assert combine(combine(a, b), c) == combine(a, combine(b, c)) == combine(a, b, c)
    assert combine(a, a) == a


@given(labels, labels)
def test_a_combination_serves_no_purpose_its_parts_do_not(a, b):
    """Purposes only ever shrink, markings only ever grow."""
    whole = combine(a, b)
    if whole is None:
        assert not a.purposes & b.purposes
    else:
        assert whole.purposes <= a.purposes
        assert whole.purposes <= b.purposes
        assert whole.markings >= a.markings | b.markings


@settings(max_examples=150, deadline=None)
@given(st.lists(labels, min_size=2, max_size=6), actors, st.sampled_from(PURPOSES))
def test_whoever_sees_a_combination_may_see_every_part(parts, who, purpose):
    """What is derived from a row somebody may not see must not be shown to them (asked of the rules themselves)."""
    now = circumstances(purpose=purpose) if purpose == "burglary-prevention" else circumstances("assess-hotspots")
    who = Actor(who.id, frozenset({"analyst", "model-owner"}), who.force, who.markings)
    whole = combine_labels(parts)
    if whole is None:
        return
    asked = dict(enumerate([whole, *parts]))
    seen = rulebook().allowed_labels(who, now, asked)
    assert 0 not in seen or seen == frozenset(asked)


@given(labels)
def test_a_label_survives_being_written_down(label):
    """Labels live in a database as plain data."""
    again = label_from_dict(label.as_dict())
    assert again == label
    assert again.label_id == label.label_id
    assert 0 < label.label_id < 2**31
