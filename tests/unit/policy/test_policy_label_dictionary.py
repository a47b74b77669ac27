"""Labels by number: no number with two meanings."""

from __future__ import annotations

import pytest

from peelian.core.errors import InvalidError, MissingError
from peelian.model.label import Label
from peelian.policy.labels import LabelDictionary

ONE = Label(frozenset({"a", "b"}), source="x")
TWO = Label(frozenset({"b"}), source="y")


def test_a_label_keeps_its_number_whoever_adds_it_and_when():
    """A rebuild that numbered labels otherwise would show rows under other rules."""
    first, second = LabelDictionary([ONE, TWO]), LabelDictionary([TWO, ONE])
    assert dict(first) == dict(second)
    assert first.add(ONE) == ONE.label_id
    assert len(first) == 2
    assert first[TWO.label_id] is TWO


def test_two_labels_with_one_number_are_refused(monkeypatch):
    """Rows of one would be seen under the rules of the other."""
    monkeypatch.setattr(Label, "label_id", property(lambda self: 7))
    labels = LabelDictionary([ONE])
    with pytest.raises(InvalidError) as caught:
        labels.add(TWO)
    assert caught.value.code == "label-collision"
    assert dict(labels) == {7: ONE}


def test_a_label_under_another_number_is_refused():
    """A changed desk database must not give rows other rights."""
    with pytest.raises(InvalidError) as caught:
        LabelDictionary().restore(ONE.label_id, TWO)
    assert caught.value.code == "label-misnumbered"


def test_labels_combine_by_number():
    """What is made from two rows serves only what both serve."""
    labels = LabelDictionary([ONE, TWO])
    combined = labels.combine([ONE.label_id, TWO.label_id])
    assert combined is not None
    assert combined.purposes == {"b"}


def test_an_unknown_number_is_an_error_and_never_a_free_label():
    """Rows whose label is lost may not be shown."""
    with pytest.raises(MissingError) as caught:
        LabelDictionary([ONE]).combine([ONE.label_id, 12345])
    assert caught.value.code == "label-unknown"
