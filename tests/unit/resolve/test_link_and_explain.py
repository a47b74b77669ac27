"""What links two records, and what never does."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from peelian.core.errors import InvalidError
from peelian.resolve.explain import explain_link
from peelian.resolve.features import make_features, stop_digest
from peelian.resolve.link import find_links
from peelian.resolve.release import ModelRelease
from peelian.resolve.things import resolve_things
from peelian.resolve.train import learn_terms, splink_settings, train
from tests.support.people_rows import made_up_people, row, small_release, table

HOME = {"address": "12 Quill Road", "postcode": "ZZ1 2AB"}
BORN = date(1980, 5, 17)


def reason_of(a, b, release=None):
    """Give the reason of the one edge between two rows, or None when there is none."""
    edges = find_links(table([a, b]), release or small_release()).to_pylist()
    return edges[0]["reason"] if edges else None


def test_the_same_person_by_a_short_form_and_a_slip_is_linked():
    """Bob born on the 17th and Robert born on the 16th, of one address, are one man."""
    a = row("a", forenames="Robert", surname="Kowalski", birth_on=BORN, **HOME)
    b = row("b", forenames="Bob", surname="Kowalsky", birth_on=BORN.replace(day=16), address="12 Quill Rd")
    assert reason_of(a, b) == ""


def test_a_name_alone_never_makes_two_records_one_person():
    """The rarest of names is still a name: somebody is always called that too."""
    a = row("a", forenames="Zebedee Aloysius", surname="Featherstonehaugh", birth_on=BORN)
    b = row("b", forenames="Zebedee Aloysius", surname="Featherstonehaugh", phones="07700 900123")
    assert reason_of(a, b) in (None, "name-alone")


def test_twins_of_one_home_are_not_joined():
    """Born on one day, in one home, on one telephone, of one surname: and two people."""
    shared = {"surname": "Okafor", "birth_on": BORN, "phones": "07700 900456", **HOME}
    assert reason_of(row("a", forenames="Chidi", **shared), row("b", forenames="Alice", **shared)) == "names-differ"


def test_a_date_written_for_want_of_one_is_no_agreement():
    """Half a system's people were born on 1 January 1900."""
    a = row("a", forenames="Thomas", surname="Evans", birth_on=date(1900, 1, 1))
    b = row("b", forenames="Thomas", surname="Evans", birth_on=date(1900, 1, 1))
    assert reason_of(a, b) in (None, "name-alone")


def test_an_explanation_adds_up_to_the_edge_it_explains():
    """A figure whose parts do not make the whole cannot be contested."""
    people, _ = made_up_people(30, 3)
    rows = {r["record_id"]: r for r in people.to_pylist()}
    for edge in find_links(people, small_release()).to_pylist()[:8]:
        told = explain_link(rows[edge["record_a"]], rows[edge["record_b"]], small_release())
        assert told.weight_mbit == edge["weight_mbit"] == told.waterfall()[-1][2]
        assert told.reason == edge["reason"]


def test_an_explanation_is_a_sentence_to_read_out():
    """A sergeant reads it to the person concerned."""
    a = row("a", forenames="Mohammed", surname="Khan", birth_on=BORN, phones="07700 900123")
    b = row("b", forenames="Muhammad", surname="Khan", birth_on=BORN, phones="+44 7700 900123")
    said = explain_link(a, b, small_release()).sentence
    assert said.startswith("One may be short for the other, same surname, same date of birth and a telephone number")
    assert "Not known of both: address" in said
    assert "that they are one person." in said


def test_a_release_read_back_is_the_same_release():
    """Two machines must link alike, or one of them is wrong about somebody."""
    release = small_release()
    again = ModelRelease.from_dict(json.loads(release.canonical))
    assert again == release
    assert again.hash == release.hash
    assert replace(release, accept_mbit=release.accept_mbit + 1).hash != release.hash


def test_a_release_of_another_code_is_refused():
    """Weights applied to something they were not learnt from link people for no reason."""
    ladders = (("given", "same", "true"), *small_release().ladders[1:])
    with pytest.raises(InvalidError) as raised:
        find_links(made_up_people(3, 1)[0], replace(small_release(), ladders=ladders))
    assert raised.value.code == "release-of-other-code"
    with pytest.raises(InvalidError) as raised:
        ModelRelease.from_dict({"format": 99})
    assert raised.value.code == "release-unreadable"


def test_training_refuses_a_handful_of_records():
    """Frequencies of a handful are chance."""
    with pytest.raises(InvalidError) as raised:
        train(made_up_people(10, 1)[0])
    assert raised.value.code == "too-few-people"


def test_no_name_stands_in_a_release_and_a_rare_one_not_even_as_a_digest():
    """A release is published and outlives an erasure; a name of one person would publish that person."""
    rare = {"surname": "Featherstonehaugh", "birth_on": BORN}
    people = [*made_up_people(80, 1)[0].to_pylist(), *(row(f"z{i}", forenames="Zebedee", **rare) for i in range(12))]
    features = make_features(table(people), {})
    terms = learn_terms(features, small_release().weights)
    kept = {term for column in terms.values() for term in column}
    assert stop_digest("smith") in kept
    assert not {"smith", "zebedee", stop_digest("featherstonehaugh"), stop_digest("zebedee")} & kept


def test_two_first_names_in_one_home_are_two_people_and_nobody_is_asked():
    """A queue of husbands and wives is one that nobody reads."""
    shared = {"surname": "Quill", "phones": "07700 900456", **HOME}
    a, b = row("a", forenames="Wei", **shared), row("b", forenames="Olena", **shared)
    eager = replace(small_release(), prior_mbit=0)
    assert not find_links(table([a, b]), eager).num_rows
    assert explain_link(a, b, eager).reason == "other-name"


def test_a_surname_and_a_home_are_a_household_and_nobody_in_it():
    """The record that gives no first name may be of any of the family."""
    a = row("a", surname="Quill", **HOME)
    b = row("b", forenames="Olena", surname="Quill", **HOME)
    assert find_links(table([a, b]), replace(small_release(), accept_mbit=0))["reason"].to_pylist() == ["household"]


def test_a_name_and_a_home_of_two_records_without_a_date_of_birth_are_no_person_yet():
    """A father and a son of one name: nothing on record tells them apart, so a machine does not put them together."""
    shared = {"forenames": "Olena", "surname": "Quill", **HOME}
    a, b = row("a", **shared), row("b", **shared)
    assert reason_of(a, b) == "name-and-home"
    assert reason_of(a | {"phones": "07700 900123"}, b | {"phones": "07700 900123"}) == ""
    assert reason_of(a, b | {"birth_on": BORN}) == ""


def test_a_parent_and_a_child_of_one_name_are_two_people_unless_a_number_says_otherwise():
    """A child whose records are its mother's is a child whom nobody looks after."""
    a = row("a", forenames="Olena", surname="Quill", birth_on=BORN, person_ref="1", **HOME)
    b = row("b", forenames="Olena", surname="Quill", birth_on=date(2011, 2, 1), **HOME)
    eager = replace(small_release(), prior_mbit=0, accept_mbit=-60_000, review_mbit=-60_000)
    assert reason_of(a, b, eager) == "generation-apart"
    assert "a parent and a child" in explain_link(a, b, eager).sentence
    assert reason_of(a, b | {"person_ref": "1"}, eager) == ""


def test_a_surname_written_first_agrees_with_no_other_first_name_of_the_family():
    """Quill Olena is Olena Quill; she is not Thomas Quill, with whom she shares a surname however it is written."""
    a = row("a", forenames="Quill", surname="Olena", **HOME)
    own = row("b", forenames="Olena", surname="Quill", birth_on=BORN, **HOME)
    assert reason_of(a, own) == ""
    assert reason_of(a, own | {"forenames": "Thomas"}) is None


def test_the_same_model_is_had_as_settings_of_splink():
    """Whoever doubts our arithmetic runs the model in Splink itself, on an engine of theirs."""
    settings = splink_settings(small_release())
    given = settings["comparisons"][0]["comparison_levels"]
    assert given[0]["is_null_level"] is True
    assert given[1]["m_probability"] == small_release().weights["given"]["same"].m


def test_a_plate_is_one_thing_however_it_is_written_and_a_misreading_is_asked():
    """A misread plate is a question for a person, not another car and not the same one."""
    things = resolve_things("plate", ["AB12 CDE", "ab12cde", "A812 CDE", "", "XY34 ZZZ"])
    assert things.form_of["AB12 CDE"] == things.form_of["ab12cde"] == "AB12CDE"
    assert things.asked == (("A812CDE", "AB12CDE"),)
    with pytest.raises(InvalidError) as raised:
        resolve_things("boat", [])
    assert raised.value.code == "thing-unknown"
