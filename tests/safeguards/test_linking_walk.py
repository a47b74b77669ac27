"""Linking through the gate: one walk over one deployment, in which each step is a promise."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from peelian.app.linking import resolve
from peelian.core.errors import InvalidError, MissingError, RefusedError
from peelian.gate.linking import linking
from peelian.gate.rooms.link_verdicts import Judgement, counting
from peelian.gate.rooms.searching import Asked
from peelian.gate.rooms.watching import Declared, watch_room
from peelian.model.pole import PERSON_TABLES
from peelian.store.residue import find_residue
from tests.support.gate import Built, codes, record, worker_that
from tests.support.linked import CUSTODY, ONLY_LINKING, PROGRAM, SEALED, edges, link, person, room, town
from tests.support.people import caller_of

WANTED = {table: ("record_id", "role", "person_ref") for table in PERSON_TABLES}
REASON = "The two dates of birth are of two sisters."


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Two systems that wrote of Amina Okafor, a sealed case that did, and somebody else."""
    other = {"forenames": "Ben", "surname": "Smith", "birth_on": date(1970, 1, 2), "address": "", "postcode": ""}
    tables = {
        "incident_person": [person(1, subject_id=record(91)), person(2, **other)],
        "custody_person": [person(11, CUSTODY, role="victim"), person(13, ONLY_LINKING)],
        "intelligence_person": [person(12, SEALED)],
    }
    with pytest.MonkeyPatch.context() as patch:
        yield town(tmp_path_factory.mktemp("linked"), patch, tables)


def linked(built: Built, *numbers: int, who: str = "analyst-1") -> set[frozenset[str]]:
    """Return the edges that somebody sees around some records."""
    credential = built.at_work(who, "op-investigation-1")
    found = room(built).linked(credential, "judge-links", [record(n) for n in numbers])
    return {
        frozenset(pair) for pair in zip(*(found.links[c].to_pylist() for c in ("record_a", "record_b")), strict=True)
    }


def judge(built: Built, found: str, one: tuple[int, ...], other: tuple[int, ...] = (), who: str = "analyst-1") -> str:
    """Enter a verdict and return its number."""
    credential = built.at_work(who, "op-investigation-1")
    ids = [tuple(record(n) for n in side) for side in (one, other)]
    with room(built).looking(credential, "judge-links", WANTED, Asked("review", ("",))) as look:
        return room(built).judge(credential, look, Judgement(found, ids[0], ids[1], (*ids[0], *ids[1]), REASON)).id


def verdicts(built: Built, who: str = "analyst-1"):
    """Return the verdicts that somebody sees around record 1."""
    credential = built.at_work(who, "op-investigation-1")
    return room(built).linked(credential, "judge-links", [record(1)]).verdicts


def withdraw(built: Built, verdict: str) -> None:
    """Take a verdict back."""
    credential = built.at_work("analyst-1", "op-investigation-1")
    with room(built).looking(credential, "judge-links", WANTED, Asked("review", ("",))) as look:
        room(built).withdraw(credential, look, verdict, "It was given for another page.")


def test_linking_is_entered_as_a_combination_and_shows_nobody_a_row(built):
    """Section 62 asks for it, and the person who starts the machine is not thereby let into every system."""
    made = link(built)
    assert (made.edges, made.accepted, made.whole) == (3, 3, True)
    [body] = [b for b in built.bodies("combination") if b.get("release") == made.release]
    assert body["actor"] == "data-engineer-1" and sorted(body["tables"]) == sorted(PERSON_TABLES)
    assert built.bodies("consultation") == []
    engineer = built.at_work("data-engineer-1", "op-linking")
    with pytest.raises(RefusedError) as refused:
        room(built).linked(engineer, "link-people", [record(1)])
    assert "replay-shows-nothing" in codes(refused.value)


def test_an_edge_carries_what_both_its_records_carry(built):
    """Else a link would be a way around the seal on a case, or outlive the record that it rests on."""
    ends = {frozenset((e["record_a"], e["record_b"])): e for e in edges(built)}
    sealed = ends[frozenset((record(1), record(12)))]
    assert built.house.labels()[sealed["label_id"]].markings == {"sealed"}
    assert built.house.labels()[sealed["label_id"]].source == "many"
    assert record(13) not in {r for pair in ends for r in pair}  # what serves linking alone would serve nobody


def test_a_viewer_is_shown_the_edges_between_what_they_may_see(built):
    """The sealed case is in the same widest cluster, and nothing of it shows."""
    assert linked(built, 1) == {frozenset((record(1), record(11)))}
    assert linked(built, 12) == set()


def test_an_edge_of_a_changed_record_is_not_shown_until_the_next_run(built):
    """It was found between records that are no longer what they were."""
    built.plant({"planted/custody_person": [person(11, CUSTODY, role="victim", phones="+447700900123"),
                                            person(13, ONLY_LINKING)]}, "custody_person")  # fmt: skip
    assert linked(built, 1) == set()
    again = link(built)
    assert (again.whole, again.compared) == (False, 1)
    assert linked(built, 1) == {frozenset((record(1), record(11)))}


def test_what_was_never_released_or_is_garbled_links_nothing(built, monkeypatch):
    """Hostile code in the worker can name no record that it was not given, and no release that nobody froze."""
    engineer = built.at_work("data-engineer-1", "op-linking")
    with pytest.raises(MissingError, match="release-missing"):
        room(built).link(engineer, "link-people", PROGRAM, linking.Wanted(release="0" * 64))
    before = edges(built)
    for answer in ({"edges": "AAAA", "reasons": []}, {"edges": "AAAAAAkAAAAAAAAAAAAAAA==", "reasons": [""]}, {}):
        monkeypatch.setattr(linking, "run_in_worker", worker_that(lambda tables, parameters, said=answer: said))
        with pytest.raises(InvalidError, match="links-garbled"):
            link(built, whole=True)
    assert edges(built) == before


def test_a_verdict_counts_is_hidden_like_what_its_reviewer_saw_and_leaves_no_trace_when_taken_back(built):
    """To unmerge is to say so with a reason; to be wrong about it must cost nothing."""
    before = verdicts(built)
    given = judge(built, "not-same", (1,), (11,))
    [seen] = verdicts(built)
    assert (seen.id, seen.found, seen.records) == (given, "not-same", {record(1), record(11)})
    assert counting([seen]) == (seen,)
    withdraw(built, given)
    assert verdicts(built) == before == ()
    with pytest.raises(MissingError, match="verdict-missing"):
        withdraw(built, given)


def test_one_person_alone_makes_no_victim_of_a_suspect(built):
    """Joining somebody who was hurt with somebody who is suspected takes two people who found it."""
    first = judge(built, "same", (1, 11))
    assert counting(verdicts(built)) == ()
    built.train({"analyst-2": ("incident_person",)})
    second = judge(built, "same", (1, 11), who="analyst-2")
    assert {v.id for v in counting(verdicts(built))} == {first, second}
    withdraw(built, first)
    assert counting(verdicts(built)) == ()
    withdraw(built, second)


def test_nobody_judges_what_they_may_not_see_or_without_a_reason(built):
    """The answer about a sealed record is the same as about one that does not exist."""
    for hidden in (12, 99):
        with pytest.raises(MissingError, match="record-missing"):
            judge(built, "same", (1, hidden))
    credential = built.at_work("analyst-1", "op-investigation-1")
    with (
        room(built).looking(credential, "judge-links", WANTED, Asked("review", ("",))) as look,
        pytest.raises(InvalidError, match="verdict-malformed"),
    ):
        room(built).judge(credential, look, Judgement("same", (record(1),), (), (record(1),), REASON))


def test_erasing_a_record_takes_its_edges_and_verdicts_with_it(built):
    """Nothing derived outlives its source: no file of the lake names the record any more."""
    judge(built, "not-same", (1,), (11,))
    officer = built.at_work("data-protection-officer-1")
    receipt = built.gate.erase(officer, "erase-on-request", record(91))
    assert receipt["rows"]["person_link"] >= 2
    assert receipt["rows"]["link_verdict"] == 4  # three of them were taken back
    assert {frozenset((e["record_a"], e["record_b"])) for e in edges(built)} == {frozenset((record(11), record(12)))}
    assert find_residue(built.deployment.lake, [record(1)]) == []
    assert find_residue(built.deployment.lake, [record(11)]) != []


def test_a_linked_record_that_expires_takes_its_edges_from_sight(built):
    """An edge lives as long as the shorter-lived of its records."""
    built.plant({"planted/incident_person": [person(5), person(6, expires_on=date(2026, 12, 1))]}, "incident_person")
    link(built)
    assert frozenset((record(5), record(6))) in linked(built, 5)
    built.clock.at += timedelta(days=20)
    built.held.clear()
    assert record(6) not in {r for pair in linked(built, 5) for r in pair}


def test_ones_own_record_joins_nobody_and_is_no_crash(built):
    """A page that breaks, or a cluster that hangs together over one's own record, says that there is one."""
    zed = {"forenames": "Zed", "surname": "Quill", "birth_on": date(1971, 7, 7), "address": "", "postcode": ""}
    own = zed | {"phones": "+447700900999"}
    built.plant({"zed/custody": [person(32, CUSTODY, **own)]}, "custody_person")
    built.plant({"zed/incident": [person(31, **zed), person(33, **zed)]}, "incident_person")
    link(built)
    mine = Declared("", "", None, phones=("07700 900999",))
    standards = built.at_work("professional-standards-1", "op-standards")
    watch_room(built.gate).keep_details(standards, "watch-use", "analyst-2", mine)
    who = {name: caller_of(built, name, "op-investigation-1") for name in ("analyst-1", "analyst-2")}
    shown = {name: [r["record"] for r in resolve.entity(one, record(31))["records"]] for name, one in who.items()}
    assert shown["analyst-1"] == sorted(record(n) for n in (31, 32, 33))
    assert shown["analyst-2"] == sorted(record(n) for n in (31, 33))
    for ask in (
        lambda: resolve.entity(who["analyst-2"], record(32)),
        lambda: resolve.explain(who["analyst-2"], record(31), record(32)),
    ):
        with pytest.raises(MissingError) as caught:
            ask()
        assert caught.value.code in ("no-such-record", "records-missing")
