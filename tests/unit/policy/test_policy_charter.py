"""Loading a charter: what is right loads, what is wrong is named with file and line, all of it at once."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from peelian.core.errors import InvalidError, MissingError
from peelian.model.label import label_from_dict
from peelian.policy.charter import Person, load_charter
from peelian.policy.rules import actor_of
from tests.support.charters import charter, copy_charter

MISTAKES = [
    # file, what is there, what is written instead, words of the mistake
    ("mandates/hotspots.yml", "owner: senior-responsible-officer", "owner: nobody", "There is no office called nobody"),
    ("mandates/hotspots.yml", "approver: elected-approver", "approver: senior-responsible-officer", "may not approve"),
    ("mandates/hotspots.yml", "ends_on: 2027-11-16", "ends_on: 2027-11-19", "longer than twelve months"),
    ("mandates/hotspots.yml", "ends_on: 2027-11-16", "ends_on: 2027-11-15", "Tuesday, Wednesday or Thursday"),
    ("mandates/hotspots.yml", "ends_on: 2027-11-16", "ends_on: 2026-11-10", "ends before it starts"),
    ("mandates/hotspots.yml", "decided_on: 2026-11-16", "decided_on: 2026-12-16", "decided after it started"),
    ("mandates/hotspots.yml", "[burglary-prevention]", "[immigration-enforcement]", "refused to everybody"),
    ("mandates/hotspots.yml", "[burglary-prevention]", "[burglary-preventoin]", "no purpose called burglary-p"),
    ("mandates/hotspots.yml", "[burglary, robbery", "[drugs, robbery", "Police activity itself discovers drugs"),
    ("mandates/hotspots.yml", "[burglary, robbery", "[burglry, robbery", "no offence called burglry"),
    ("mandates/hotspots.yml", "severity_min: 1", "severity_min: 4", "below the mandate's seriousness floor"),
    ("mandates/hotspots.yml", "area: study-area", "area: everywhere", "no areas/everywhere.geojson"),
    ("mandates/hotspots.yml", "- incident.month", "- incident.suspect_name", "no column called incident.suspect_name"),
    ("mandates/hotspots.yml", "- incident.month", "- stop.month", "of a table outside the scope"),
    ("mandates/hotspots.yml", "roles: [analyst", "roles: [analist", "no role called analist"),
    ("mandates/hotspots.yml", "phase: pre-deployment", "phase: production", "needs published evidence"),
    ("mandates/hotspots.yml", "phase: pre-deployment", "phase: pilot", "phase: "),
    ("mandates/hotspots.yml", "area: study-area", "area: study-area\n  sealed: true", "Only an assessment"),
    ("mandates/hotspots.yml", "title: Patrol places", "title: Patrol places\nauto_renew: true", "auto_renew: extra"),
    ("mandates/hotspots.yml", "fallback: >-\n  Walk", "fallback_was: >-\n  Walk", "fallback"),
    ("mandates/hotspots.yml", "id: hotspots", "id: hot-spots", "should stand in mandates/hot-spots.yml"),
    ("mandates/erase-on-request.yml", "target: erase", "target: erase-log", "no duty called erase-log"),
    ("mandates/source-plans.yml", "retention_class: patrol-plans", "retention_class: forever", "no retention class"),
    ("mandates/source-plans.yml", "data_kinds: [patrol-plans]", "data_kinds: []", "A source needs data_kinds"),
    ("panel.yml", "held_by: panel-member-1", "held_by: nobody", "There is no person called nobody"),
    ("panel.yml", "held_by: panel-member-1", "held_by: official-1", "must be a panel member and nothing else"),
    ("panel.yml", "held_by: panel-member-1", "held_by: panel-member-2", "panel-member-2 holds two seats"),
    ("panel.yml", "    held_by: panel-member-1\n", "", "panel-member-1 holds no seat"),
    ("panel.yml", "stop_signatures: 2", "stop_signatures: 1", "stop_signatures: "),
    ("panel.yml", "stop_signatures: 2", "stop_signatures: 4", "could not stop a tool"),
    ("panel.yml", "quorum: 3", "quorum: 6", "6 members cannot be asked"),
    ("panel.yml", "answer_days: 28", "answer_days: 365", "answer_days: "),
    ("panel.yml", "answer_days: 28", "answer_days: 28\nveto: official", "veto: extra"),
    ("publication.yml", "value: 8", "value: 0", "suppress_below is at least 1"),
    ("publication.yml", "value: 2\n", "value: 1\n", "checkers is at least 2"),
    ("publication.yml", "\n  status: unchecked", "\n  status: checked", "does not say who checked it"),
    ("publication.yml", "round_to:", "round_two:", "round_to: "),
    ("practice.yml", "id: hotspots", "id: hotspot", "no method and no table about people called hotspot"),
    ("practice.yml", "id: hotspots", "id: stop_persons", "nobody could be trained"),
    ("practice.yml", "share_wrong: 0.3", "share_wrong: 0.01", "Some cases are wrong"),
    ("practice.yml", "share_wrong: 0.3", "share_wrong: 1.5", "share_wrong: "),
    ("practice.yml", "must_catch: 0.8", "must_catch: 0", "must_catch: "),
    ("tools/hotspots.yml", "id: hotspots", "id: linked-crime", "should stand in tools/linked-crime.yml"),
    ("tools/hotspots.yml", "id: hotspots", "id: linked-crime", "would be unpublished"),
    ("tools/hotspots.yml", "contact:", "phone:", "contact: "),
    ("people.yml", "id: analyst-1", "id: tamsin-1", "made from the person's name"),
    ("people.yml", "id: analyst-2", "id: analyst-1", "Two entries are called analyst-1"),
    ("people.yml", "roles: [system-administrator]", "roles: [system-administrator, analyst]", "holds no other role"),
    ("officials.yml", "held_by: official-1", "held_by: approver-1", "Whoever owns a mandate may not approve it"),
    ("operations.yml", "members: [data-engineer-1]", "members: [data-engineer-9]", "no person called data-engineer-9"),
    ("operations.yml", "purpose: burglary-prevention", "purpose: protest-monitoring", "refused to everybody"),
    ("operations.yml", "closes_at: 2027-11-16T10:00:00", "closes_at: 2025-11-16T10:00:00", "closes before it opens"),
    ("purposes.yml", "refused: true\n    red_line: 1", "refused: false", "names individual-offending-prediction"),
    ("purposes.yml", "- id: worship-monitoring", "- id: faith-monitoring", "does not name it"),
    ("offences.yml", "title: Drugs, police_initiated: true", "title: Drugs, police_initiated: false", "names drugs"),
    ("offences.yml", "title: Robbery, police_initiated: false", "title: Robbery, police_initiated: true", "not name"),
    ("red_lines.yml", "          - surname\n", "", "names surname"),
    ("red_lines.yml", "rules: [red-line-10-glass-box]", "rules: [red-line-10-transparent]", "no rule called"),
    ("red_lines.yml", "number: 10", "number: 12", "eleven red lines"),
    ("jurisdiction.yml", "regions: [GB-ENG, GB-WLS]", "regions: [GB-ENG, GB-WLS, US]", "US is among the regions"),
    ("jurisdiction.yml", "home: GB-ENG", "home: GB-SCT", "not among the regions"),
    ("jurisdiction.yml", "timezone: Europe/London", "timezone: Europe/Northmere", "no such time zone"),
    ("retention.yml", "\n    status: unchecked", "\n    status: checked", "does not say who checked it"),
    ("retention.yml", "period: P10Y", "period: ten years", "period: "),
    ("force.yml", "id: northmere", "id: many", 'may not be called "many"'),
]  # fmt: skip


def mistakes_of(folder: Path) -> list[str]:
    """Return every mistake of a broken charter, as printed."""
    with pytest.raises(InvalidError) as caught:
        load_charter(folder)
    assert caught.value.code == "charter-invalid"
    return str(caught.value.facts["all"]).split("\n")


@pytest.mark.parametrize(("file", "old", "new", "words"), MISTAKES, ids=[m[3][:40] for m in MISTAKES])
def test_a_mistake_is_named_with_file_and_line(tmp_path, file, old, new, words):
    """A charter that is almost right is what people write; each slip here would be an authority nobody gave."""
    folder = copy_charter(tmp_path / "charter")
    text = (folder / file).read_text()
    assert old in text, "the example changed; change this table"
    (folder / file).write_text(text.replace(old, new, 1))
    found = [m for m in mistakes_of(folder) if words in m]
    assert found, mistakes_of(folder)
    assert re.match(r"^[a-z_/-]+\.yml:\d+: ", found[0])


def test_the_line_is_the_line_of_the_mistake(tmp_path):
    """A wrong line sends people to the wrong place, and they change what was right."""
    folder = copy_charter(tmp_path / "charter")
    path = folder / "mandates/hotspots.yml"
    lines = path.read_text().split("\n")
    at = lines.index("ends_on: 2027-11-16")
    lines[at] = "ends_on: 2027-11-19"
    path.write_text("\n".join(lines))
    assert all(m.startswith(f"mandates/hotspots.yml:{at + 1}: ") for m in mistakes_of(folder))


def test_all_mistakes_are_reported_at_once(tmp_path):
    """Ten rounds of one mistake each is how people come to switch a check off."""
    folder = copy_charter(tmp_path / "charter")
    for file, old, new in (
        ("people.yml", "roles: [approver]", "roles: [aprover]"),
        ("people.yml", "roles: [official]", "roles: [oficial]"),
        ("mandates/read-log.yml", "ends_on: 2027-11-16", "ends_on: 2027-11-15"),
    ):
        path = folder / file
        path.write_text(path.read_text().replace(old, new))
    found = mistakes_of(folder)
    assert len(found) == 4
    assert {m.split(":")[0] for m in found} == {"people.yml", "mandates/read-log.yml"}


def test_a_mandate_may_not_end_on_a_holiday(tmp_path):
    """A mandate that ends when nobody is at work ends in the middle of somebody's night."""
    folder = copy_charter(tmp_path / "charter")
    (folder / "jurisdiction.yml").write_text(
        (folder / "jurisdiction.yml").read_text() + "  - { day: 2027-11-16, what: A new holiday }\n"
    )
    assert any("this one is a holiday" in m for m in mistakes_of(folder))


def test_a_missing_and_a_strange_file_are_mistakes(tmp_path):
    """A file with a slip in its name is read by nobody, and its rules are not in force."""
    folder = copy_charter(tmp_path / "charter")
    (folder / "roles.yml").rename(folder / "rolls.yml")
    found = mistakes_of(folder)
    assert any("rolls.yml:1: This file does not belong" in m for m in found)
    assert any("roles.yml:1: This file is missing" in m for m in found)


def test_an_area_that_is_no_polygon_is_a_mistake(tmp_path):
    """A method without an area has no bounds."""
    folder = copy_charter(tmp_path / "charter")
    (folder / "areas/study-area.geojson").write_text('{"type": "Point", "coordinates": [0, 0]}')
    assert any("Polygon" in m for m in mistakes_of(folder))
    (folder / "areas/study-area.geojson").write_text("{\n")
    assert any("not JSON" in m for m in mistakes_of(folder))


def test_mistakes_hold_no_personal_value(tmp_path):
    """Error messages end in logs and tickets; a name in people.yml must not."""
    folder = copy_charter(tmp_path / "charter")
    path = folder / "people.yml"
    path.write_text(path.read_text().replace("display_name: Tamsin Hale", "display_name: [Tamsin, Hale]"))
    with pytest.raises(InvalidError) as caught:
        load_charter(folder)
    assert "Tamsin" not in str(caught.value)
    assert "Hale" not in str(caught.value.as_dict())


def test_no_charter_is_an_error_of_its_own(tmp_path):
    """Nothing runs without rules."""
    with pytest.raises(MissingError) as caught:
        load_charter(tmp_path / "nowhere")
    assert caught.value.code == "charter-missing"


def test_a_mandate_ends_at_ten_local_time_whatever_the_season():
    """PL-20: an hour lost to summer time is an hour of unlawful use."""
    assert charter().mandates["hotspots"].starts_at == datetime(2026, 11, 16, 0, tzinfo=UTC)
    assert charter().mandates["hotspots"].ends_at == datetime(2027, 11, 16, 10, tzinfo=UTC)


def test_a_summer_end_is_nine_o_clock_utc(tmp_path):
    """Ten in London in June is nine in UTC."""
    folder = copy_charter(tmp_path / "charter")
    path = folder / "mandates/hotspots.yml"
    path.write_text(path.read_text().replace("ends_on: 2027-11-16", "ends_on: 2027-06-15"))
    assert load_charter(folder).mandates["hotspots"].ends_at == datetime(2027, 6, 15, 9, tzinfo=UTC)


def test_the_hash_follows_every_byte_and_nothing_else(tmp_path):
    """The ledger says under which charter something was done; two charters must not share a name."""
    folder = copy_charter(tmp_path / "charter")
    assert load_charter(folder).hash == charter().hash
    (folder / "roles.yml").write_text((folder / "roles.yml").read_text() + "# a word\n")
    assert load_charter(folder).hash != charter().hash


def test_a_source_mandate_carries_the_label_of_its_rows():
    """The gate stamps rows with it; a row without a label would be seen by nobody or by everybody."""
    label = label_from_dict(charter().mandates["source-police-uk"].label)
    assert label.force == "northmere"
    assert label.source == "police_uk"
    assert "burglary-prevention" in label.purposes
    assert not label.purposes & {p.id for p in charter().purposes.values() if p.refused}


def test_nobody_is_trained_by_a_line_in_the_charter():
    """PL-16: a training record means a passed practice set; a charter that says otherwise is refused."""
    assert all(actor_of(charter(), person).trained == frozenset() for person in charter().people)
    assert not any("train" in name for name in Person.__dataclass_fields__)


def test_somebody_the_charter_does_not_name_is_nobody():
    """An account without a place in the charter holds no role."""
    with pytest.raises(MissingError) as caught:
        actor_of(charter(), "analyst-99")
    assert caught.value.code == "person-unknown"


@pytest.mark.parametrize(
    ("stated", "offence"),
    [
        ("Burglary", "burglary"),
        (" VEHICLE CRIME ", "vehicle-crime"),
        ("Public disorder and weapons", "possession-of-weapons"),
        ("burglary", "burglary"),
        ("Witchcraft", None),
    ],
)
def test_an_offence_is_known_by_the_words_of_its_source(stated, offence):
    """Sources word one offence in several ways, and change them."""
    found = charter().offence_for(stated)
    assert (found.id if found else None) == offence


def test_nothing_unchecked_is_called_checked():
    """Periods that nobody has looked up are settings, not law."""
    assert {c.status for c in charter().retention.values()} == {"unchecked"}
    assert all(c.citation for c in charter().retention.values())
