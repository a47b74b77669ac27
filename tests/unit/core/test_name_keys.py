"""Keys of names: what one would link the other must find, so the rules are held by examples and by laws."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peelian.core.name_keys import PHONETIC_LENGTH, fold_name, name_tokens, nickname_keys, phonetic_keys


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("O’Brien", "obrien"),
        ("O'BRIEN", "obrien"),
        ("Smith-Jones", "smith jones"),
        ("Łukasz Żółć", "lukasz zolc"),
        ("Søren  Müller", "soren muller"),
        ("Юлія", "yuliya"),
        ("Γιώργος", "giorgos"),
        ("محمد", "mhmd"),
        ("D. H.", "d h"),
        ("", ""),
    ],
)
def test_one_name_in_many_scripts_is_folded_to_plain_letters(written, folded):
    """A name typed from a foreign passport must meet the one that was typed from a British licence."""
    assert fold_name(written) == folded


@pytest.mark.parametrize(
    "spellings",
    [
        "Mohammed Muhammad Mohamed Mohammad",
        "Hussain Hussein Husayn",
        "Yusuf Youssef Yousef",
        "Catherine Kathryn Katherine",
        "Smith Smyth Smithe",
        "MacDonald McDonald",
        "Wright Rite",
        "Geoffrey Jeffrey",
        "Qasim Kasim",
        "Szymanski Shimanski",
        "Xavier Zavier",
        "Johann Yohan",
    ],
)
def test_spellings_that_sound_alike_share_a_key(spellings):
    """People are written down by ear, by a stranger, at night."""
    first, *others = [set(phonetic_keys(s.lower())) for s in spellings.split()]
    assert all(first & other for other in others)


@pytest.mark.parametrize("pair", [("bob", "robert"), ("peggy", "margaret"), ("mo", "muhammad"), ("jack", "jon")])
def test_short_forms_meet_their_full_names(pair):
    """A man charged as Robert is known to his neighbours as Bob."""
    assert set(nickname_keys(pair[0])) & set(nickname_keys(pair[1]))


def test_an_unlisted_name_has_no_short_form_key():
    """A list of common names must not make rare ones look alike."""
    assert nickname_keys("zyxwv") == ()


def test_forms_of_address_are_no_part_of_a_name():
    """Half a control room's callers would otherwise be named Mrs."""
    assert name_tokens("Mrs. Anne-Marie O’Neill") == ("anne", "marie", "oneill")
    assert name_tokens("Dr") == ("dr",)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=30))
def test_folding_twice_changes_nothing(text):
    """A record read back from the lake must give the keys it gave when it came in."""
    assert fold_name(fold_name(text)) == fold_name(text)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz'- ", max_size=20))
def test_sound_keys_are_few_and_short(text):
    """Each key is a row in an index of tens of millions."""
    keys = phonetic_keys(text)
    assert len(keys) <= 2
    assert all(0 < len(k) <= PHONETIC_LENGTH for k in keys)
