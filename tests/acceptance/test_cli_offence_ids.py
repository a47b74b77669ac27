"""What a source calls an offence is what the example charter calls it."""

from __future__ import annotations

from peelian.ingest.catalogue import FOLDER
from peelian.ingest.located_yaml import load_located
from tests.support.charters import charter

RETIRED = {"public-disorder-and-weapons"}
"""Two kinds in one, published until 2013; no mandate can cover it, since the charter does not name it."""


def test_every_offence_that_a_source_writes_is_one_that_the_charter_names():
    """A mandate for an id that no row carries reads as permission and finds nothing."""
    written = load_located(FOLDER / "police_uk" / "source.yml").data["offences"]
    assert set(written) - set(charter().offences) == RETIRED
    for offence, labels in written.items():
        if offence not in RETIRED:
            assert set(labels) <= set(charter().offences[offence].stated_as), offence


def test_every_offence_that_a_mandate_names_is_one_that_the_charter_names():
    """A mistyped offence would be covered by nothing, quietly."""
    for mandate in charter().mandates.values():
        assert set(mandate.scope.offences) <= set(charter().offences), mandate.id


def test_what_police_activity_discovers_is_in_no_mandate_of_a_method():
    """Counts that follow patrols would send patrols after themselves (red line 3)."""
    initiated = {o.id for o in charter().offences.values() if o.police_initiated}
    assert {"drugs", "possession-of-weapons", "public-order"} <= initiated
    for mandate in charter().mandates.values():
        assert not (initiated | RETIRED) & set(mandate.scope.offences), mandate.id
