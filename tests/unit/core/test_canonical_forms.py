"""One spelling for what is written in many: examples that officers would recognise, and laws."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.core import canonical_forms as forms


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("07700 900123", "+447700900123"),
        ("+44 (0)7700 900123", "+447700900123"),
        ("0044 7700-900-123", "+447700900123"),
        ("447700900123", "+447700900123"),
        ("020 7946 0000 ext 12", "+442079460000"),
        ("+33 1 23 45 67 89", "+33123456789"),
        ("999", "999"),
        ("n/k", ""),
    ],
)
def test_a_telephone_number_has_one_form(written, form):
    """The same phone rings in five systems, written five ways."""
    assert forms.canonical_phone(written) == form


@pytest.mark.parametrize(
    ("written", "form"),
    [("sw1a1aa", "SW1A 1AA"), ("M1 OAB", "M1 0AB"), (" b33  8th ", "B33 8TH"), ("LS 1", "LS1"), ("", "")],
)
def test_a_postcode_has_one_form(written, form):
    """The letter O for a nought is the commonest slip of all."""
    assert forms.canonical_postcode(written) == form


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("12 Elm Rd., Flat 3", "flat 3 12 elm road"),
        ("Flat 3/12 Elm Road", "flat 3 12 elm road"),
        ("Apt 3, 12 ELM ROAD, ZZ1 2AB", "flat 3 12 elm road"),
        ("7 St Mary's St", "7 saint marys street"),
        ("The Old Mill", "old mill"),
        ("no. 4a High St", "4a high street"),
        ("", ""),
    ],
)
def test_an_address_has_one_form(written, form):
    """An officer at the door needs what is known of it, however its clerk abbreviates."""
    assert forms.canonical_address(written) == form


def test_a_plate_and_its_misreading_share_a_key():
    """A camera in the rain reads B as 8."""
    assert forms.canonical_plate("ab12 cde") == "AB12CDE"
    assert forms.plate_confusion_key("AB12CDE") == forms.plate_confusion_key("A812 COE")
    assert forms.plate_confusion_key("AB12CDE") != forms.plate_confusion_key("AB13CDE")


def test_a_firm_is_known_without_its_legal_form():
    """Invoices say Ltd, drivers do not."""
    assert forms.canonical_firm("The Acme Trading Co. Ltd") == forms.canonical_firm("ACME Trading Limited")
    assert forms.canonical_firm("Smith & Sons") == "smith and sons"
    assert forms.canonical_firm("Company Ltd") == "company ltd"


FORMS = [forms.canonical_plate, forms.plate_confusion_key, forms.canonical_phone, forms.canonical_postcode]


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="0123456789+() ABCDOISZ-x", max_size=16), st.sampled_from(FORMS))
def test_a_form_taken_twice_is_the_same(text, form):
    """What is stored is put into its form again by every search."""
    assert form(form(text)) == form(text)
