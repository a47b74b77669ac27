"""A demonstration says on every page what is made up and what is not, and how to come by the program that checks it."""

from __future__ import annotations

import pytest

from peelian.policy.forms import ForceForm
from peelian.publish.environment import make_environment

REAL = "the crimes, outcomes and stops are open data from data.police.uk"


def test_a_demonstration_on_open_data_does_not_call_the_crimes_made_up():
    """Real burglaries called made up make a liar of the page; so would made-up people called real."""
    banner = make_environment().get_template("demonstration.html")
    assert "Everyone and everything here is made up." in banner.render()
    told = banner.render(real_parts=REAL)
    assert f"The people are made up; {REAL}." in told and "everything" not in told


def test_the_frame_of_every_page_carries_it():
    """Somebody will print one page and carry it away."""
    frame = make_environment().get_template("layout.html")
    assert REAL in frame.render(demonstration=True, real_parts=REAL)
    assert REAL not in frame.render(demonstration=False, real_parts=REAL)


@pytest.mark.parametrize("address", ["http://force.example/", "javascript:alert(1)", "https://a b"])
def test_where_the_source_is_can_only_be_a_safe_address(address):
    """It stands on a public page as a link."""
    force = {"id": "northmere", "name": "Northmere Police", "demonstration": True, "markings": []}
    assert ForceForm(**force, source_at="https://force.example/peelian").source_at
    with pytest.raises(ValueError, match="source_at"):
        ForceForm(**force, source_at=address)
