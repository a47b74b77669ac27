"""Labels travel: what is derived from rows serves only what all of them may serve."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from peelian.model.label import Label, combine_labels, label_from_dict

WORDS = st.sampled_from(["a", "b", "c", "d"])
LABELS = st.builds(
    Label,
    purposes=st.frozensets(WORDS, min_size=1),
    markings=st.frozensets(WORDS),
    source=WORDS,
    role_class=st.sampled_from(["none", "offender-side", "victim-side", "witness-side"]),
    basis=st.sampled_from(["fact", "assessment"]),
    handling=st.sampled_from(["none", "P", "C"]),
    force=WORDS,
    operation=st.sampled_from(["", "op"]),
)


@given(LABELS, LABELS)
def test_a_combination_serves_no_purpose_that_a_part_does_not_serve(one, other):
    """Otherwise joining two tables would launder the stricter one."""
    both = combine_labels([one, other])
    common = one.purposes & other.purposes
    assert (both is None) == (not common)
    if both:
        assert both.purposes == common


@given(st.lists(LABELS, min_size=1, max_size=4))
def test_a_combination_asks_for_every_marking_of_its_parts(parts):
    """Whoever may see the result could have seen each row."""
    combined = combine_labels(parts)
    if combined:
        assert combined.markings == frozenset.union(*(p.markings for p in parts))


@given(LABELS, LABELS, LABELS)
def test_the_order_of_combining_does_not_count(a, b, c):
    """A result's label must not depend on how the engine happened to join."""
    together = combine_labels([a, b, c])
    ab = combine_labels([b, a])
    stepwise = combine_labels([c, ab]) if ab else None
    assert combine_labels([c, b, a]) == together
    if together:
        assert stepwise is not None and (stepwise.purposes, stepwise.markings) == (together.purposes, together.markings)


@given(LABELS)
def test_a_label_combined_with_itself_is_itself(label):
    """A view of one kind of row carries that row's label."""
    assert combine_labels([label, label]) == label


@given(LABELS)
def test_the_stricter_handling_code_wins(label):
    """A row that may be shared only under conditions taints what is made of it."""
    conditional = Label(purposes=label.purposes, handling="C")
    both = combine_labels([label, conditional])
    assert both is not None and both.handling == "C"


@given(LABELS)
def test_a_label_survives_the_way_to_disk_and_back(label):
    """The dictionary of labels is rebuilt from what was written."""
    assert label_from_dict(label.as_dict()) == label


@given(LABELS, LABELS)
def test_a_labels_number_follows_from_its_content_alone(one, other):
    """A counted number would tell how many labels exist that a viewer may not see."""
    assert (one.label_id == other.label_id) == (one == other)
    assert 0 < one.label_id < 2**31
