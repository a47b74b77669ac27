"""Contested, restricted, corrected: one walk over one deployment, in which each step is a promise."""

from __future__ import annotations

from datetime import date

import pytest

from peelian.cli.record import say_open
from peelian.core.errors import InvalidError, MissingError, RefusedError
from peelian.core.search_keys import name_keys_of
from peelian.gate.amendments import as_amended, as_stored, rows_of
from peelian.gate.judging import circumstances
from peelian.gate.rooms.amending import Said, amend_room
from peelian.gate.rooms.link_verdicts import Judgement
from peelian.gate.rooms.searching import Asked, look_room
from peelian.model.amendment import WITHHELD
from peelian.model.pole import PERSON_TABLES
from peelian.model.record import TABLES
from peelian.model.search import AnyOf, Sought, Step
from peelian.store.residue import find_residue
from tests.support.gate import Built, codes, record, whole
from tests.support.linked import CRIME, CUSTODY, edges, link, person, room, town

DPO, OTHER = "data-protection-officer-1", "data-protection-officer-2"
WANTED = {"incident_person": ("forenames", "surname", "birth_on"), "custody_person": ("surname",)}
KEY = f"incident_person:{record(1)}"
WHY = "She says that she was never there."
AMINA = person(1, subject_id=record(91))
OTHERS = [
    person(500 + n, forenames="", surname="", birth_on=None, address="", postcode="", person_ref=f"M/{n}")
    for n in range(60)
]
"""So many others that one record is a small part of the index, as in service."""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Somebody whom two systems wrote of, linked and found by name, and somebody else."""
    ben = person(2, forenames="Ben", surname="Smith", birth_on=date(1970, 1, 2), address="", postcode="")
    with pytest.MonkeyPatch.context() as patch:
        made = town(tmp_path_factory.mktemp("amended"), patch, {
            "incident_person": [AMINA, ben], "custody_person": [person(11, CUSTODY)], "missing_person": OTHERS,
        })  # fmt: skip
        link(made)
        look_room(made.gate).bring_up_to_date(whole=True)
        yield made


def say(built: Built, kind: str, key: str = KEY, *, who: str = DPO, **more: object) -> dict[str, object]:
    """Say something of a record, as the data protection officer."""
    credential = built.at_work(who)
    return amend_room(built.gate).amend(credential, "erase-on-request", key, Said(kind, WHY, **more))  # type: ignore[arg-type]


def seen(built: Built, number: int = 1, who: str = "analyst-1") -> list[dict[str, object]]:
    """Return the record as somebody reads it who looks it up."""
    with look_room(built.gate).look(
        built.at_work(who, "op-investigation-1"), "find-investigation", WANTED, Asked("profile", ("x",))
    ) as look:
        return look.read("incident_person", WANTED["incident_person"], [record(number)]).to_pylist()


def found(built: Built, key: str) -> set[str]:
    """Return the records that the index finds for somebody by a key."""
    with look_room(built.gate).look(
        built.at_work("analyst-1", "op-investigation-1"), "find-investigation", WANTED, Asked("search", ("x",))
    ) as look:
        return {
            s.record_id for s in look.search(Sought((Step("name", (AnyOf((key,)),)),), limit=20, enough=21)).spotted
        }


def surname_keys(name: str) -> str:
    """Return the key by which a surname is found as it is written."""
    return name_keys_of(name)[0]


def delivered(
    built: Built, row: dict[str, object], table: str = "incident_person", slice_id: str = "planted/incident_person"
) -> dict[str, object]:
    """Return a row as it would be written if its source delivered it now."""
    return as_amended(built.house, table, as_stored(built.house, table, [whole(row, slice_id)])).to_pylist()[0]


def test_nobody_amends_a_record_but_under_the_duty_to_answer_for_it(built):
    """An officer could otherwise make a record that is in their way disappear from every list."""
    with pytest.raises(RefusedError) as refused:
        say(built, "restricted", who="analyst-1")
    assert "role-not-in-mandate" in codes(refused.value)
    with pytest.raises(RefusedError) as refused:
        amend_room(built.gate).amend(built.at_work(DPO), "retain", KEY, Said("restricted", WHY))
    assert "mandate-not-for-this" in codes(refused.value)
    assert seen(built) != []


def test_what_makes_no_sense_is_refused_before_anything_is_touched(built):
    """A key is no name, a reason is a sentence, a day is a day."""
    for key in ("Amina Okafor", f"incident_person:{record(1)[:-1]}", f"person_link:{record(1)}"):
        with pytest.raises(InvalidError, match="record-key-malformed"):
            say(built, "contested", key)
    wrong = {"column": "birth_on", "value": "yesterday"}, {"column": "label_id", "value": "1"}, {}
    for given in wrong:
        with pytest.raises(InvalidError, match="amendment-malformed"):
            say(built, "corrected", **given)
    with pytest.raises(MissingError, match="record-missing"):
        say(built, "contested", f"incident_person:{record(99)}")
    assert built.bodies("alteration") == []


def test_a_contested_record_leaves_every_machine_at_once_and_is_shown_as_contested(built):
    """From that moment no tool and no link rests on it, and whoever looks it up reads that it is not decided."""
    assert len(edges(built)) == 1
    told = say(built, "contested")
    assert (told["links"], told["versions"]) == (1, 1)
    assert {"lake/incident_person: current and past versions"} < set(told["places"])
    assert edges(built) == []
    [row] = seen(built)
    assert row["_standing"] == "contested"
    assert link(built).records == len(OTHERS) + 2  # a machine may not compare it


def test_no_method_reads_a_contested_record(built):
    """A tool's findings must not rest on what may be false; the rules say so of every mandate for a tool."""
    labels = built.house.labels()
    contested = {i: label for i, label in labels.items() if label.standing == "contested"}
    assert contested
    for who, mandate in (
        ("analyst-1", "hotspots"),
        ("model-owner-1", "assess-hotspots"),
        ("data-engineer-1", "link-people"),
    ):
        met = built.gate.who(built.at_work(who))
        now = circumstances(built.house, met, mandate)
        assert not built.house.rulebook.allowed_labels(met.actor, now, contested)
        assert not built.house.rulebook.comparable_labels(met.actor, now, contested)


def test_a_source_that_delivers_the_record_again_does_not_undo_it(built):
    """Most systems export everything every night."""
    again = delivered(built, AMINA)
    assert built.house.labels()[again["label_id"]].standing == "contested"
    built.plant({"planted/incident_person": [again]}, "incident_person")
    assert seen(built)[0]["_standing"] == "contested"


def test_an_objection_has_a_day_and_is_decided_by_somebody_else_than_who_entered_it(built, capsys):
    """Whoever heard one side would mark their own work, and an objection without a day is left lying."""
    room, mine = amend_room(built.gate), built.at_work(DPO)
    [one] = room.objections(mine, "erase-on-request")
    assert (one.key, one.due_on, one.mine, one.late) == (KEY, date(2026, 12, 23), True, False)
    for kind, more in (("corrected", {"column": "surname", "value": "Okonkwo"}), ("lift", {})):
        with pytest.raises(RefusedError) as refused:
            say(built, kind, **more)
        assert codes(refused.value) == {"own-objection"}
    with pytest.raises(RefusedError):
        room.objections(built.at_work("analyst-1"), "erase-on-request")
    say_open({"objections": [{"key": one.key, "due_on": "2026-12-23", "late": True, "mine": True}]})
    assert "LATE; you entered it, somebody else decides it" in capsys.readouterr().out


def test_a_correction_decides_the_objection_and_is_found_by_the_right_name(built):
    """The wrong value is in no answer and no index any more, and the links are made anew from the right one."""
    told = say(built, "corrected", who=OTHER, column="surname", value="Okonkwo")
    assert amend_room(built.gate).objections(built.at_work(OTHER), "erase-on-request") == []
    assert told["index"] >= 1
    [row] = seen(built)
    assert (row["surname"], row["_standing"]) == ("Okonkwo", "")
    assert record(1) in found(built, surname_keys("Okonkwo"))
    assert record(1) not in found(built, surname_keys("Okafor"))
    assert link(built).compared == 1


def test_a_correction_outlasts_the_next_delivery_until_the_source_says_something_new(built):
    """A system that keeps its error must not bring it back; one that mends it is believed."""
    assert delivered(built, AMINA)["surname"] == "Okonkwo"
    assert delivered(built, AMINA | {"surname": "Okonkwu"})["surname"] == "Okonkwu"
    assert say(built, "corrected", column="birth_on", value="1988-04-21")["versions"] == 1
    again = delivered(built, AMINA)
    assert (again["surname"], again["birth_on"]) == ("Okonkwo", date(1988, 4, 21))


def test_a_restricted_record_is_read_by_nobody_who_looks_things_up(built):
    """Not by its finder, not through an earlier version, an edge or what a reviewer found of it."""
    judge(built)
    told = say(built, "restricted")
    assert told["verdicts"] == 1
    assert seen(built) == []
    assert record(1) not in found(built, surname_keys("Okonkwo"))
    credential = built.at_work("analyst-1", "op-investigation-1")
    around = room(built).linked(credential, "judge-links", [record(11)])
    assert (around.verdicts, around.links.num_rows) == ((), 0)
    past = built.house.engine.run(
        "SELECT DISTINCT label_id FROM (" + built.house.lake.scan_sql(
            built.house.grant("read", "incident_person"), "incident_person",
            built.house.head.done.vector["incident_person_history"], history=True,
        ) + f") WHERE record_id = '{record(1)}'"
    )  # fmt: skip
    assert {built.house.labels()[i].standing for i in past.column("label_id").to_pylist()} == {"restricted"}


def judge(built: Built) -> None:
    """Enter what a reviewer found about the record."""
    credential = built.at_work("analyst-1", "op-investigation-1")
    wanted = {t: ("record_id", "role") for t in WANTED}
    ids = (record(1), record(11))
    with room(built).looking(credential, "judge-links", wanted, Asked("review", ("",))) as look:
        room(built).judge(credential, look, Judgement("not-same", ids[:1], ids[1:], ids, "Born on other days."))


def test_what_is_taken_back_is_as_it_was_but_for_what_was_corrected(built):
    """A restriction is for a time; what was wrong stays right."""
    say(built, "lift")
    [row] = seen(built)
    assert (row["surname"], row["_standing"]) == ("Okonkwo", "")
    credential = built.at_work("analyst-1", "op-investigation-1")
    assert len(room(built).linked(credential, "judge-links", [record(11)]).verdicts) == 1


def test_every_change_is_entered_without_a_value(built):
    """Section 62 asks for the alteration; the record of use is no second copy of what was altered."""
    bodies = built.bodies("alteration")
    assert [b["kind"] for b in bodies] == ["contested", "corrected", "corrected", "restricted", "lift"]
    assert find_residue(built.deployment.ledger, ["Okonkwo", WHY]) == []


def test_erasing_the_person_takes_along_what_was_said_of_their_record(built):
    """A correction holds the right value, a reason may hold more: neither outlives the record."""
    assert find_residue(built.deployment.folder, ["Okonkwo", WHY]) != []
    built.gate.erase(built.at_work(DPO), "erase-on-request", record(91))
    assert find_residue(built.deployment.folder, ["Okonkwo", WHY, record(1)]) == []


OWN = {
    "forenames": "Zqamina Yqlouise", "surname": "Xqokafor", "aliases": "Wqmina", "address": "77 Vqill Vqoad",
    "postcode": "ZQ9 9QZ", "phones": "+447700912345", "person_ref": "NQ/4711",
}  # fmt: skip
"""What every system says of somebody; none of it occurs by chance."""
SPELT = [w for value in OWN.values() for w in value.split() if len(w) > 3]


def in_every_system(built: Built) -> list[str]:
    """Plant somebody in every table of people, with warnings, words about their events, and words about others."""
    subjects = [record(1000 + n) for n in range(len(PERSON_TABLES))]
    for number, (table, subject) in enumerate(zip(PERSON_TABLES, subjects, strict=True)):
        one = person(1100 + number, subject_id=subject, **OWN)
        built.plant({f"every/{table}": [one]}, table)
        text_table = f"{table.removesuffix('_person')}_text"
        if text_table in TABLES:
            built.plant({f"every/{text_table}": [text(1200 + number, one, WORDS)]}, text_table)
    again = [text(1200, {"event_ref": "NM/1100/26"}, WORDS.upper())]  # the earlier version goes to history
    built.plant({"every/incident_text": again}, "incident_text")
    warning = {"record_id": record(1300), "subject_id": subjects[1], "label_id": CUSTODY.label_id, "about": "person"}
    built.plant({"every/warning": [warning | {"person_ref": OWN["person_ref"]}]}, "warning")
    built.plant({"every/elsewhere": [text(1400, {"event_ref": "other"}, ELSEWHERE)]}, "incident_text")
    return subjects


WORDS = "Zqamina XQOKAFOR (Wqmina) of 77  Vqill Vqoad ZQ9 9QZ rang on +447700912345. Ben Smith saw it."
ELSEWHERE = "Somebody called Ben met Amina near the Okafor shop."


def text(number: int, event: dict[str, object], words: str) -> dict[str, object]:
    """Write something about an event."""
    return {
        "record_id": record(number), "label_id": CRIME.label_id, "event_ref": event["event_ref"], "text": words,
    }  # fmt: skip


def test_somebody_in_every_system_is_erased_from_all_and_masked_in_what_was_written(built):
    """Names live on in summaries; what cannot be told by machine is named for a person to read."""
    subjects = in_every_system(built)
    look_room(built.gate).bring_up_to_date()
    assert len({t.needle for t in find_residue(built.deployment.folder, SPELT)}) == len(SPELT)
    receipt = built.gate.erase(built.at_work(DPO), "erase-on-request", *subjects)
    assert find_residue(built.deployment.folder, [*SPELT, *subjects]) == []
    assert (receipt["texts_masked"], receipt["texts_to_read"]) == (3, 0)
    kept = {r["text"] for r in rows_of(built.house, "incident_text", "true")}
    masked = next(t for t in kept if t != ELSEWHERE)
    assert masked.upper() == "[ERASED] [ERASED] ([ERASED]) OF [ERASED] [ERASED] RANG ON [ERASED]. BEN SMITH SAW IT."


def test_a_masked_text_that_comes_again_stays_masked_and_in_other_words_is_withheld(built):
    """A source that exports its summaries every night must not bring the name back, in whatever words."""
    [own] = [r for r in rows_of(built.house, "incident_text", "event_ref <> 'other'")]
    for words, there in ((WORDS.upper(), own["text"]), (f"{WORDS} Later.", WITHHELD)):
        given = text(1200, {"event_ref": own["event_ref"]}, words)
        assert delivered(built, given, "incident_text", "every/incident_text")["text"] == there
