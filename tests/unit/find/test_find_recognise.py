"""What patterns take for a plate, a number, an address or a name in words that nobody wrote for them."""

from __future__ import annotations

import pytest

from peelian.find.recognise import name_shaped, recognise, recognise_names, same_name


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Blue Fiesta AB12 CDE went off.", [("plate", "AB12CDE")]),
        ("Old van A123 BCD, then ABC 123D.", [("plate", "A123BCD"), ("plate", "ABC123D")]),
        ("Ring 07700 900123 or +44 7700 900456.", [("phone", "+447700900123"), ("phone", "+447700900456")]),
        ("Payee account 00-00-06 11400737.", []),  # a sort code and an account are no telephone
        ("Log 20261122 0930, crime NM00000199.", []),
        ("Went into Flat 3, 14 Mill Road and out again.", [("address", "flat 3 14 mill road")]),
        ("He had 3 Red Bags and 20 Pounds.", []),
        ("", []),
    ],
)
def test_a_form_is_recognised_and_nothing_that_only_looks_like_it(text, found):
    """A payee's account that turns up as somebody's telephone sends an officer to the wrong door."""
    assert [(s.kind, s.key) for s in recognise(text)] == found
    assert all(text[s.start : s.end] == s.says for s in recognise(text))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("May be Wayne McKenzie, not confirmed.", "Wayne McKenzie"),
        ("said Sean O'Brien was there", "Sean O'Brien"),
        ("with Maria de Souza at the till", "Maria de Souza"),
        ("and Anne-Marie Lloyd-Jones saw it", "Anne-Marie Lloyd-Jones"),
        ("Kwame Quaye.", "Kwame Quaye"),
        ("seen by Li Na", "Li Na"),
    ],
)
def test_a_name_is_asked_for_by_its_capitals_whatever_its_culture(text, name):
    """A pattern that knows English surnames alone finds English people alone."""
    assert name in name_shaped(text)
    assert [s.says for s in recognise_names(text, [name])] == [name]


def test_no_name_is_suggested_for_its_form_alone():
    """What is no name has capitals too: "Rear Door"."""
    assert "Rear Door" in name_shaped("Rear Door forced") and recognise_names("Rear Door forced", []) == ()
    assert same_name("Wayne McKenzie", "wayne John MCKENZIE") and not same_name("Wayne", "Wayne")
