"""What leaves as CSV is opened in spreadsheets: no cell may become a formula there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peelian.core.csv_safe import plain_cell, safe_cell


@pytest.mark.parametrize(
    "cell", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", " =1", "|calc", "%0A=1", "\uff1d1+1", "'=1"]
)
def test_a_cell_that_begins_like_a_formula_opens_as_text(cell):
    """A crime's location is written by strangers; a spreadsheet would run it."""
    assert safe_cell(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["-0.106453", "+5", "12", "Mill Lane", "", None, 3, -4.5, True, "a=b"])
def test_numbers_and_plain_texts_stay_as_they_are(cell):
    """Longitudes west of Greenwich are negative, not formulas."""
    assert safe_cell(cell) == cell


@given(st.text())
def test_the_text_can_be_had_back_unchanged(text):
    """An export that cannot be read in again is a lock."""
    assert plain_cell(safe_cell(text)) == text or (text.startswith("'") and safe_cell(text) == text)
