"""The map of a patrol plan: told by form, readable without colour, safe with any street name."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

from peelian.publish.patrol_map import Drawn, Ground, patrol_map, symbol

GROUND = Ground(
    rings=[[(0, 0), (3000, 0), (3000, 2000), (0, 2000)]],
    streets=[[(100, 100), (2900, 1900)]],
    parks=[[(500, 500), (700, 500), (700, 700)]],
)
PLACES = [Drawn("c150-3-3", "own", "A"), Drawn("c150-9-6", "tool", "2"), Drawn("c150-15-9", "both", "3")]


def drawn(**changed):
    """Draw the places and read the picture back."""
    given = {"title": "A <b> & c", "about": "Three places.", "name": "m"} | changed
    return ET.fromstring(str(patrol_map(GROUND, PLACES, **given)))


def count(picture, tag):
    """Count elements of a kind, outside definitions."""
    return len([e for g in picture.findall("{*}g") for e in g.iter() if e.tag.endswith("}" + tag)])


@pytest.mark.parametrize("near", [False, True])
def test_each_kind_has_a_form_of_its_own(near):
    """One in twelve men cannot tell the two colours apart; printers have none."""
    picture = drawn(near=near)
    assert count(picture, "rect") == 2, "the tool's and both: squares"
    assert count(picture, "circle") == 4, "yours and both: rings, each on a white one"
    hatched = [e for e in picture.iter() if e.get("fill") == "url(#m-hatch)"]
    assert len(hatched) == 2


def test_each_place_bears_the_letter_of_the_table():
    """A sign without a name sends people to the wrong street."""
    texts = {e.text for e in drawn().iter() if e.tag.endswith("}text")}
    assert {"A", "2", "3", "North is up"} <= texts


def test_the_picture_has_a_name_and_words_for_who_listens():
    """A picture is no use to who cannot see it, unless it says what it is."""
    picture = drawn()
    assert picture.get("role") == "img"
    named = {e.get("id"): e.text for e in picture if e.get("id")}
    assert named == {"m-title": "A <b> & c", "m-about": "Three places."}
    assert picture.get("aria-labelledby") == "m-title m-about"


def test_a_picture_holds_no_style_and_no_script():
    """The page's own security policy would stop them, and the picture would be black."""
    text = str(patrol_map(GROUND, PLACES, title="t", about="a", name="m"))
    assert not re.search(r"<style|<script|style=|on\w+=", text)


@pytest.mark.parametrize("kind", ["own", "tool", "both"])
def test_a_sign_of_the_legend_is_left_out_by_who_listens(kind):
    """The words beside it say it already."""
    assert ET.fromstring(str(symbol(kind, "s"))).get("aria-hidden") == "true"
