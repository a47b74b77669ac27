"""Linking as somebody at work uses it: an entity, why two records are linked, unmerging and taking that back."""

from __future__ import annotations

from datetime import date, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from peelian.app.caller import Caller, Place
from peelian.app.finding import find
from peelian.app.linking import resolve
from peelian.app.publishing.register_facts import gather
from peelian.app.workers import link_measure_plan
from peelian.core.errors import InvalidError, MissingError
from peelian.gate.linking import link_measuring
from peelian.people.keyring import HeldSession, OneSession
from peelian.publish.environment import make_environment
from peelian.publish.register.linking_tool import link_rates
from peelian.publish.register.site import build_site
from tests.support.gate import Built, record, worker_that
from tests.support.linked import CUSTODY, PROGRAM, SEALED, link, person, release, room, town

REASON = "They are cousins: I know both."


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Amina Okafor in two systems and in a sealed case, and her cousin."""
    cousin = {"forenames": "Adaeze", "birth_on": date(1991, 1, 30)}
    tables = {
        "incident_person": [person(1), person(2, **cousin)],
        "custody_person": [person(11, CUSTODY, forenames="Amena")],
        "intelligence_person": [person(12, SEALED)],
    }
    with pytest.MonkeyPatch.context() as patch:
        made = town(tmp_path_factory.mktemp("resolve"), patch, tables)
        patch.setattr(resolve, "LINKING", PROGRAM)
        patch.setattr(resolve, "MEASURING", PROGRAM)
        patch.setattr(link_measuring, "run_in_worker", worker_that(link_measure_plan.run))
        yield made


@pytest.fixture(scope="module")
def linked(built):
    """The same, linked with a release out of a file."""
    link(built)
    return built


def caller(built: Built, who: str = "analyst-1", operation: str = "op-investigation-1") -> Caller:
    """Return somebody at work."""
    held = built.at_work(who, operation)
    until = built.clock.now() + timedelta(hours=1)
    session = HeldSession(held.session_id, who, built.deployment.id, until, held.key)
    place = Place(built.deployment.folder, built.deployment.folder, clock=built.clock)
    return Caller(place, built.deployment, built.gate, OneSession(session))


def test_before_anybody_linked_every_answer_says_so(built):
    """Two records of one person then look like two people, and whoever reads must know."""
    answer = find.search(caller(built), "Amina Okafor")
    assert not answer.linked and any("not been linked" in note for note in answer.notes)


def test_a_release_out_of_a_file_is_frozen_and_links(linked, tmp_path):
    """A force may use a release that another trained and assessed, and the record says which."""
    file = tmp_path / "release.json"
    file.write_bytes(release().canonical)
    made = resolve.say_linked(resolve.resolve(caller(linked, "data-engineer-1", "op-linking"), release=file))
    assert made["release"] == release().hash == room(linked).release_in_use
    assert made["change"]["added"] == 0 and made["compared"] == 0


def test_an_entity_holds_what_its_viewer_may_see_under_an_id_of_it(linked):
    """The sealed record is one of three; neither count nor name tells of it."""
    told = resolve.entity(caller(linked), record(11))
    assert {r["record"] for r in told["records"]} == {record(1), record(11)}
    assert told["entity"] == min(record(1), record(11))
    with pytest.raises(MissingError, match="no-such-record"):
        resolve.entity(caller(linked), record(12))


def test_a_link_is_explained_in_a_sentence_and_weights_that_add_up(linked):
    """A sergeant reads the sentence out; an expert adds the column up."""
    told = resolve.explain(caller(linked), record(1), record(11))
    assert told["one_person"] and "same surname" in told["sentence"]
    assert told["waterfall"][-1]["total_mbit"] == told["weight_mbit"] == sum(r["mbit"] for r in told["waterfall"])
    for other in (12, 99):
        with pytest.raises(MissingError, match="records-missing"):
            resolve.explain(caller(linked), record(1), record(other))


def test_unmerging_parts_an_entity_at_once_and_taking_it_back_joins_it_exactly(linked):
    """Nothing stays merged that was wrong, and nothing stays parted that was not."""
    before = resolve.entity(caller(linked), record(1))
    told = resolve.unmerge(caller(linked), record(1), [record(11)], REASON)
    apart = resolve.entity(caller(linked), record(1))
    assert [r["record"] for r in apart["records"]] == [record(1)]
    assert apart["held"][0]["reasons"] == ["kept-apart"]
    found = find.search(caller(linked), "Amina Okafor")
    assert found.linked and not any(f.linked for f in found.found)
    assert resolve.withdraw(caller(linked), told["verdict"], "They are not.")["withdrawn"]
    assert resolve.entity(caller(linked), record(1)) == before
    with pytest.raises(MissingError, match="nothing-to-unmerge"):
        resolve.unmerge(caller(linked), record(1), [record(1), record(11)], REASON)


def test_a_search_and_a_profile_show_linked_records_as_one(linked):
    """That is what linking is for."""
    from peelian.gate.rooms.searching import look_room

    look_room(linked.gate).bring_up_to_date()
    [found] = [f for f in find.search(caller(linked), "Amina Okafor 12/04/1988").found if f.linked]
    assert {h.record_id for h in found.hits} == {record(1), record(11)}
    assert find.profile(caller(linked), "person", found.key).linked


def test_links_are_held_against_a_truth_and_only_figures_come_out(linked, tmp_path):
    """How often a machine is wrong, and about whom, is known before anybody relies on it; on made-up data alone."""
    engineer = caller(linked, "data-engineer-1", "op-linking")
    with pytest.raises(MissingError, match="truth-missing"):
        resolve.measure(engineer, tmp_path)
    about = [
        ("crime", "incident_person", 1, 7),
        ("crime", "incident_person", 2, 8),
        ("custody", "custody_person", 11, 7),
    ]
    mentions = [
        {"system": s, "table": t, "event_ref": f"NM/{n}/26", "line": 0, "person_id": who} for s, t, n, who in about
    ]
    persons = [
        {"person_id": who, "culture": "west-african", "sex": "F", "birth_on": date(1988, 4, 12)} for who in (7, 8)
    ]
    for name, rows in (("mentions", mentions), ("persons", persons)):
        pq.write_table(pa.Table.from_pylist(rows), tmp_path / f"{name}.parquet")
    told = resolve.measure(engineer, tmp_path)
    assert (told["synthetic"], told["known"], told["records"]) == (True, 3, 4)
    assert told["clustered"] == told["groups"]["name origin"]["west-african"]
    assert told["clustered"]["pairs_right"] == told["clustered"]["pairs_true"] == 1
    public = linked.gate.link_rates()
    assert (public["release"], public["figures"]["records"]) == (told["release"], 4)
    assert public["figures"]["all"] == {"pairs": 1, "false_merge_per_1000": 0, "missed_merge_per_1000": 0}
    assert public["figures"]["groups"] == [], "a group of one pair is no group"


def test_rates_by_group_stand_on_the_register_beside_everybodys():
    """A tool that is wrong about some more than about others must say so where everybody can read it."""
    rates = {"pairs_true": 400, "false_merge_rate": 0.0125, "missed_merge_rate": 0.25}
    found = {"records": 900, "questions": 3, "clustered": rates}
    found |= {"groups": {"sex": {"F": rates, "X": rates | {"pairs_true": 7}}}}
    figures = link_measuring.public_figures(found)
    assert link_rates(figures) == [["everybody", "1.2", "25.0", "400"], ["women and girls", "1.2", "25.0", "400"]]
    for wrong in (
        {"groups": {"<b>": {"F": rates}}},
        {"clustered": rates | {"false_merge_rate": 7}},
        {"records": "many"},
    ):
        with pytest.raises(InvalidError, match="links-unmeasured"):
            link_measuring.public_figures(found | wrong)


PAGE = "tools/link-people/index.html"


def test_linking_stands_on_the_register_as_any_tool_does(linked):
    """What joins people's records is the most powerful tool of all: everybody must find it where the tools are."""
    bundle = gather(caller(linked))
    rates = {"pairs": 4_000, "false_merge_per_1000": 4, "missed_merge_per_1000": 30}
    young = rates | {"group": "born", "value": "2020 to 2039", "false_merge_per_1000": 120}
    figures = {"records": 58_000, "questions": 3, "all": rates, "groups": [young]}
    before = {"release": "b" * 64, "measured_on": "2026-11-01", "figures": figures | {"groups": []}}
    bundle["linking"] = {"release": "a" * 64, "measured_on": "2026-11-20", "figures": figures, "before": before}
    site = build_site(bundle, make_environment(), {})
    front, listed, page = (site[f"{at}index.html"].decode() for at in ("", "tools/", "tools/link-people/"))
    assert 'href="tools/link-people/"' in front and "0.4 of 100 pairs" in front and "missed 3.0" in front
    assert "link-people/" in listed and "Finding records of the same person" in listed
    assert "born 2020 to 2039: 12.0 of 100 pairs wrongly put together (everybody: 0.4)" in page
    assert page.count("<svg") == 2 and "with the model before" in page
    assert "How do I challenge it?" in page and "made-up town" in page
    assert b"born,2020 to 2039,4000,120,30" in site["downloads/linking.csv"]
    assert "not locked in" not in page
    bundle["linking"] |= {"unlocked": True}
    assert b"the program that links is not locked in" in build_site(bundle, make_environment(), {})[PAGE]
    bundle["linking"] = {}
    assert b"has not been measured here" in build_site(bundle, make_environment(), {})[PAGE]
