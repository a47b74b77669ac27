"""The made-up city: every system in its own words, the truth apart."""

from __future__ import annotations

import csv
import json
import re
import sqlite3
import xml.etree.ElementTree as ET
import zipfile
from contextlib import closing
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import shapely

from peelian.app.synth import SEED
from peelian.core.errors import InvalidError, MissingError
from peelian.synth.city import make_city, name_words
from peelian.synth.city.calls import TYPES
from peelian.synth.city.codes import MO, OFFENCES, OUTCOMES, PARTS
from peelian.synth.city.errors import table_lines
from peelian.synth.city.intelligence import TOPICS
from peelian.synth.city.slips import misread, mistyped, wrong_digit

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "formats" / "synthetic-city.md"
TODAY = date(2026, 10, 15)

HEADERS = {
    "crime/crimes.csv": "crime_no,recorded,from,to,offence,mo,street,district,easting,northing,outcome,summary",
    "crime/crime_persons.csv": "crime_no,line,part,nominal,forenames,surname,alias,dob,address,postcode,tel,died",
    "crime/crime_vehicles.csv": "crime_no,line,part,vrm,make,model,colour",
    "command_control/calls.csv": "incident_no;opened;closed;grade;type;result;location;easting;northing;text",
    "command_control/call_people.csv": "incident_no;line;part;forename;surname;dob;phone;address;postcode",
    "command_control/call_vehicles.csv": "incident_no;line;part;vrm;make;colour",
    "stop_search/stops.csv": "stop_no,at,type,legislation,object,outcome,street,easting,northing,forenames,surname,dob,"
    "address,postcode,self_defined_ethnicity,officer_ethnicity,sex,vrm,make,colour",
    "housing/tenancies.csv": "tenancy_no,tenant,address,postcode,start,cuckooing,vulnerable,arrears,benefit,ethnicity",
}


@pytest.fixture(scope="module")
def city(tmp_path_factory) -> Path:
    """Give the village of the default seed with all its errors."""
    out = tmp_path_factory.mktemp("city") / "village"
    make_city(out, seed=SEED, size="village", today=TODAY)
    return out


def rows(path: Path) -> list[dict[str, str]]:
    """Read a file as a stranger would."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";" if "command" in str(path) else ","))


def truth(city: Path, name: str) -> list[dict]:
    """Read a table of the truth."""
    return pq.read_table(city / "truth" / f"{name}.parquet").to_pylist()


def sheet(city: Path, number: int) -> list[dict[str, str]]:
    """Read a sheet of the custody workbook with nothing but the standard library."""
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    with zipfile.ZipFile(city / "systems/custody/custody.xlsx") as book:
        root = ET.fromstring(book.read(f"xl/worksheets/sheet{number}.xml"))
    lines = [
        {c.attrib["r"].rstrip("0123456789"): "".join(c.itertext()) for c in row.iter(f"{space}c")}
        for row in root.iter(f"{space}row")
    ]
    return [{lines[0][k]: v for k, v in line.items()} for line in lines[1:]]


def test_city_writes_every_system_in_its_documented_columns(city):
    """Whoever writes a source reads the page, not the code."""
    for name, header in HEADERS.items():
        first = (city / "systems" / name).read_text(encoding="utf-8").partition("\n")[0]
        assert first.replace('"', "") == header
    assert len(list((city / "systems/anpr").glob("reads-*.parquet"))) == 12
    report = json.loads((city / "systems/intelligence/reports.jsonl").read_text().partition("\n")[0])
    assert {"urn", "written", "source_eval", "intel_eval", "handling", "sealed", "subjects", "vehicles"} <= set(report)
    assert ET.parse(city / "systems/safeguarding/reports.xml").getroot().tag == "reports"


def test_city_page_names_every_code_that_is_written(city):
    """A code that is on no page is quarantined by a source that never heard of it."""
    page = PAGE.read_text(encoding="utf-8")
    for code in (*OFFENCES, *PARTS, *OUTCOMES, *MO[1:], *TYPES, *TOPICS):
        assert f"`{code}`" in page
    assert {r["offence"] for r in rows(city / "systems/crime/crimes.csv")} <= set(OFFENCES)
    assert {r["type"] for r in rows(city / "systems/command_control/calls.csv")} <= set(TYPES)


def test_city_page_holds_the_error_rates_of_the_code(city):
    """Difficulty that is not written down cannot be honest."""
    page, notes = PAGE.read_text(encoding="utf-8"), (city / "truth/notes.md").read_text(encoding="utf-8")
    assert all(line in page and line in notes for line in table_lines())


def test_city_truth_knows_everybody_in_every_line_but_firms(city):
    """A line nobody knows the truth of can be scored neither right nor wrong."""
    known = {(m["system"], m["event_ref"], m["line"]) for m in truth(city, "mentions")}
    for system, name, key in (
        ("crime", "crime_persons", "crime_no"),
        ("command_control", "call_people", "incident_no"),
    ):
        for r in rows(city / "systems" / system / f"{name}.csv"):
            assert (system, r[key], int(r["line"])) in known or r["surname"].endswith(" LTD")
    assert all(("stop_search", r["stop_no"], 0) in known for r in rows(city / "systems/stop_search/stops.csv"))
    assert all(("custody", r["Custody no"], 0) in known for r in sheet(city, 2))


def test_city_names_nobody_who_exists(city):
    """A made-up record about a real number or plate would be a record about somebody."""
    for r in rows(city / "systems/crime/crime_persons.csv"):
        assert all(p.startswith(("06", "+44 6")) for p in r["tel"].split(";") if p)
        assert r["postcode"][:2] in {"", "NM"}
    for person in truth(city, "persons"):
        assert person["postcode"].startswith("NM") and person["phone"][:2] in {"", "06"}
    assert all(v["plate"][0] in "JTU" for v in truth(city, "vehicles"))
    reads = pq.read_table(city / "systems/anpr/reads-2026-09.parquet")["plate"].to_pylist()
    assert all(plate[0] in "JTU" for plate in reads)


def test_city_lies_within_its_study_area(city):
    """Places outside would be turned away at the door."""
    text = json.loads((city / "area.geojson").read_text())
    streets = json.loads((city / "geography/streets.geojson").read_text())["features"]
    outline = shapely.geometry.shape(text["geometry"]).buffer(0.001)
    assert all(outline.contains(shapely.geometry.shape(f["geometry"])) for f in streets)


def test_nobody_is_detained_twice_at_once(city):
    """Two suites at once tells a linker that two people were taken for one; the truth may not say so by itself."""
    of = {m["event_ref"]: m["person_id"] for m in truth(city, "mentions") if m["system"] == "custody"}
    stays = sorted((of[d["Custody no"]], float(d["Arrived"]), float(d["Released"])) for d in sheet(city, 1))
    for (who, _, until), (other, start, _) in pairwise(stays):
        assert who != other or start > until


def test_children_who_run_for_a_line_are_victims_in_the_truth(city):
    """The crime system says suspect; a tool that believes it harms a child twice."""
    born = {p["person_id"]: p["birth_on"] for p in truth(city, "persons")}
    runners = [g for g in truth(city, "groups") if g["part"] == "runner"]
    assert runners and all(g["victim"] and (TODAY - born[g["person_id"]]).days < 18.5 * 365 for g in runners)


def test_cuckooed_homes_are_among_the_partners_tenancies(city):
    """The sharing agreement is shown with something that it is for."""
    lets = {r["address"]: r for r in rows(city / "systems/housing/tenancies.csv")}
    assert truth(city, "cuckooed") and all(c["address"] in lets for c in truth(city, "cuckooed"))


def test_a_firearm_is_used_twice_and_a_payee_is_shared(city):
    """Links that no name gives away are what an analyst is for."""
    linked = truth(city, "linked_crimes")
    arms = [c["firearm"] for c in linked if c["firearm"]]
    payees = [c["payee"] for c in linked if c["payee"]]
    assert arms and all(arms.count(a) == 2 for a in arms)
    assert payees and all(payees.count(p) > 1 for p in payees)
    text = (city / "systems/crime/crimes.csv").read_text(encoding="utf-8")
    assert all(mark in text for mark in {*arms, *payees})


def _lines(city, system="crime", name="crime_persons", key="crime_no"):
    """Give each line about a person with that person's truth."""
    people = {p["person_id"]: p for p in truth(city, "persons")}
    of = {(m["event_ref"], m["line"]): people[m["person_id"]] for m in truth(city, "mentions") if m["system"] == system}
    told = ((r, of.get((r[key], int(r["line"])))) for r in rows(city / "systems" / system / f"{name}.csv"))
    return [(r, person) for r, person in told if person]


def _ways_of_series(city):
    done = {r["crime_no"]: r["mo"] for r in rows(city / "systems/crime/crimes.csv")}
    return {
        s: {(c["phase"], done[c["crime_no"]]) for c in truth(city, "series") if c["series_id"] == s and
            c["crime_no"] in done}
        for s in {c["series_id"] for c in truth(city, "series")}
    }  # fmt: skip


def _same_road(city):
    """Give, for each camera, how many cars of different keepers pass it on fifteen days or more."""
    days: dict[tuple, set] = {}
    for path in sorted((city / "systems/anpr").glob("*.parquet")):
        seen = zip(*(pq.read_table(path)[c].to_pylist() for c in ("camera", "plate", "at")), strict=True)
        for camera, plate, at in seen:
            days.setdefault((camera, plate), set()).add(at // 86_400_000)
    often = [camera for (camera, _), on in days.items() if len(on) >= 15]
    return [camera for camera in set(often) if often.count(camera) > 1]


TRAPS = {
    "twins": lambda c: [p for p in truth(c, "persons") if p["twin"]],
    "nine cultures of names": lambda c: len({p["culture"] for p in truth(c, "persons")}) == 9,
    "two people of one name": lambda c: _doubled((p["forenames"], p["surname"]) for p in truth(c, "persons")),
    "aliases": lambda c: [r for r, _ in _lines(c) if r["alias"]],
    "nicknames and short forms": lambda c: [
        r for r, p in _lines(c) if r["forenames"] and r["forenames"].split()[0] != p["forenames"].split()[0]
    ],
    "changes of name": lambda c: [
        r for r, p in _lines(c) if p["new_surname"] and r["surname"] == p["new_surname"] != p["surname"]
    ],
    "changes of address": lambda c: [r for r, p in _lines(c) if p["new_address"] and r["address"] == p["new_address"]],
    "changes of telephone": lambda c: [p for p in truth(c, "persons") if p["new_phone"]],
    "couples with abuse": lambda c: truth(c, "couples"),
    "repeat victims": lambda c: [p for p in truth(c, "repeat") if p["as_victim"] > 2],
    "repeat offenders": lambda c: [p for p in truth(c, "repeat") if p["as_suspect"] > 2],
    "a series whose way of doing it changes": lambda c: [
        ways for ways in _ways_of_series(c).values() if len({p for p, _ in ways}) > 1 and len({m for _, m in ways}) > 1
    ],
    **{
        kind: lambda c, kind=kind: [g for g in truth(c, "groups") if g["kind"] == kind]
        for kind in ("gang", "county-line", "phone-theft", "plant-theft", "vehicle-theft", "fraud")
    },
    "children who run": lambda c: [g for g in truth(c, "groups") if g["part"] == "runner"],
    "cuckooed homes": lambda c: truth(c, "cuckooed"),
    "a firearm used twice": lambda c: _doubled(x["firearm"] for x in truth(c, "linked_crimes") if x["firearm"]),
    "a payee shared": lambda c: _doubled(x["payee"] for x in truth(c, "linked_crimes") if x["payee"]),
    **{
        what: lambda c, what=what: [x for x in truth(c, "chance") if x["what"] == what]
        for what in ("known-to-all", "hostel", "delivers-everywhere")
    },
    "commuters on one road": _same_road,
    "cloned plates": lambda c: [
        x for path in (c / "truth/reads").glob("*.parquet") for x in pq.read_table(path)["wrong"].to_pylist() if x == 3
    ],
    "the dead": lambda c: truth(c, "deaths"),
    "a death that some systems know of": lambda c: [
        d for d in truth(c, "deaths") if 0 < sum(v for k, v in d.items() if k.startswith("known_to")) < 3
    ],
    "a namesake who lives on": lambda c: [d for d in truth(c, "deaths") if d["namesake"] >= 0],
    "sealed reports": lambda c: '"sealed":true' in (c / "systems/intelligence/reports.jsonl").read_text(),
}


def _doubled(values):
    seen = list(values)
    return len(set(seen)) < len(seen)


@pytest.mark.parametrize("trap", TRAPS)
def test_every_trap_is_in_the_village_of_the_default_seed(city, trap):
    """A trap that vanishes unseen makes every score look better than it is."""
    assert TRAPS[trap](city)


def test_nobody_is_met_after_death_but_in_fraud_and_hearsay(city):
    """A linker that keeps the dead apart from whoever is met later must be right by the truth."""
    died = {d["person_id"]: d["died_on"].isoformat() for d in truth(city, "deaths")}
    by = {(m["system"], m["event_ref"], m["line"]): m["person_id"] for m in truth(city, "mentions")}
    calls = {
        r["incident_no"]: "20{2}-{1}-{0}".format(*r["opened"][:8].split("/"))
        for r in rows(city / "systems/command_control/calls.csv")
    }
    for (system, ref, _), who in by.items():
        if who in died and system == "command_control" and ref in calls:
            assert calls[ref] <= died[who]
    crimes = {r["crime_no"]: r for r in rows(city / "systems/crime/crimes.csv")}
    for r in rows(city / "systems/crime/crime_persons.csv"):
        who = by.get(("crime", r["crime_no"], int(r["line"])))
        if who in died and crimes[r["crime_no"]]["to"][:10] > died[who]:
            assert (crimes[r["crime_no"]]["offence"], r["part"]) == ("FRAUD", "VICT")
    reports = map(json.loads, (city / "systems/intelligence/reports.jsonl").read_text().splitlines())
    written = {r["urn"]: r["written"][:10] for r in reports}
    told = [w for (s, ref, _), w in by.items() if s == "intelligence" and ref in written and w in died]
    assert told and any(
        written[ref] > died[w] for (s, ref, _), w in by.items() if s == "intelligence" and ref in written and w in died
    )


def test_nobody_is_met_before_they_are_born(city):
    """Rules against a meeting before birth would otherwise part a child's own records and be thought wrong."""
    born = {p["person_id"]: p["birth_on"] for p in truth(city, "persons")}
    by = {(m["system"], m["event_ref"], m["line"]): m["person_id"] for m in truth(city, "mentions")}
    crimes = {r["crime_no"]: r["to"][:10] for r in rows(city / "systems/crime/crimes.csv")}
    met = [(crimes[ref], who) for (system, ref, _), who in by.items() if system == "crime" and ref in crimes]
    assert met
    assert [who for day, who in met if who in born and day < born[who].isoformat()] == []


def test_a_death_is_on_every_line_of_a_system_that_has_heard_of_it(city):
    """Systems keep a death with the person, so an export tells it beside events long before it."""
    known = {d["person_id"]: d["died_on"] for d in truth(city, "deaths") if d["known_to_crime"]}
    for r, person in _lines(city):
        died = known.get(person["person_id"])
        assert r["died"] == (died.strftime("%d/%m/%Y") if died else "")
    assert {person["person_id"] for _, person in _lines(city)} & known.keys()


def test_a_month_later_rows_have_come_changed_and_gone(city):
    """Late, corrected and deleted rows are the daily bread of an incremental run."""
    now = {r["crime_no"]: r for r in rows(city / "systems/crime/crimes.csv")}
    later = {r["crime_no"]: r for r in rows(city / "later/systems/crime/crimes.csv")}
    assert later.keys() - now.keys() and now.keys() - later.keys()
    assert any(now[k]["outcome"] != later[k]["outcome"] for k in now.keys() & later.keys())
    people = [rows(city / where / "crime/crime_persons.csv") for where in ("systems", "later/systems")]
    lines = [{(r["crime_no"], r["line"]): (r["part"], r["dob"], r["surname"]) for r in some} for some in people]
    both = lines[0].keys() & lines[1].keys()
    changed = [k for k in both if lines[0][k] != lines[1][k]]
    assert 0 < len(changed) < 0.1 * len(both)
    assert all(lines[0][k][0] == lines[1][k][0] for k in both)


def test_plates_are_misread_as_often_as_documented(city):
    """Between 2 and 5 in a hundred: fewer would flatter a method, more would be a broken camera."""
    wrong = total = 0
    for path in sorted((city / "truth/reads").glob("*.parquet")):
        marks = pq.read_table(path)["wrong"]
        wrong, total = wrong + pc.sum(pc.equal(marks, 1)).as_py(), total + len(marks)
    assert 0.02 < wrong / total < 0.05
    reads = pq.read_table(city / "systems/anpr/reads-2026-09.parquet")
    assert reads.num_rows == pq.read_table(city / "truth/reads/reads-2026-09.parquet").num_rows


def test_orders_name_whom_they_protect(city):
    """At the door it is the protected person's address that counts."""
    with closing(sqlite3.connect(city / "systems/courts/orders.db")) as db:
        kinds = dict(db.execute("select kind, count(*) from orders group by kind"))
        protected = db.execute("select count(*) from parties where party = 'PROTECTED'").fetchone()[0]
    assert set(kinds) <= {"CB", "WOA", "NMO", "RO", "SPO", "CBO"} and protected > 5


def test_a_clean_city_writes_people_as_they_are(tmp_path):
    """With the errors switched off a score must rise, or the difficulty was elsewhere."""
    out = tmp_path / "clean"
    make_city(out, seed=7, size="village", today=TODAY, clean=True)
    people = {p["person_id"]: p for p in truth(out, "persons")}
    of = {(m["event_ref"], m["line"]): people[m["person_id"]] for m in truth(out, "mentions") if m["system"] == "crime"}
    for r in rows(out / "systems/crime/crime_persons.csv"):
        if person := of.get((r["crime_no"], int(r["line"]))):
            assert r["forenames"] == person["forenames"]
            assert r["surname"] in {person["surname"], person["new_surname"]}
            assert r["dob"] == person["birth_on_papers"].strftime("%d/%m/%Y")
            assert r["address"] in {person["address"], person["new_address"]}


def test_city_writes_nothing_over_and_leaves_nothing_half_done(tmp_path):
    """Half a city has no truth, and a used folder has somebody's work in it."""
    with pytest.raises(InvalidError) as refused:
        make_city(tmp_path, seed=7, size="hamlet", today=TODAY)
    assert refused.value.code == "city-size-unknown"
    with pytest.raises(MissingError) as nowhere:
        make_city(tmp_path / "no" / "city", seed=7, size="village", today=TODAY)
    assert nowhere.value.code == "city-folder-nowhere"

    def stop(done: int, of: int, what: str) -> None:
        if what == "intelligence":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_city(tmp_path / "city", seed=7, size="village", today=TODAY, tell=stop)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "work.txt").write_text("hours of it")
    with pytest.raises(InvalidError) as used:
        make_city(tmp_path / "used", seed=7, size="village", today=TODAY)
    assert used.value.code == "city-folder-used"


def test_name_words_are_different_and_plenty():
    """A search that is only tried on few words is not tried."""
    words = name_words(30_000)
    assert len(set(words)) == 30_000 and words == name_words(30_000)
    assert all(re.fullmatch(r"[A-Z][A-Za-z'-]*", w) for w in words[::97])


def test_slips_are_small_and_repeatable():
    """A slip that changes everything would be another name."""
    for luck in range(0, 4000, 7):
        assert mistyped("Kowalski", luck) == mistyped("Kowalski", luck)
        assert abs(len(mistyped("Kowalski", luck)) - 8) <= 1
        assert len(misread("JT73XMN", luck)) == 7
        assert len(wrong_digit("06510877278", luck)) == 11
    assert np.mean([misread("JT73XMN", k) != "JT73XMN" for k in range(500)]) > 0.9


@pytest.mark.soak
def test_a_metropolis_has_half_a_million_words_in_its_names():
    """The aim of search is stated over that many."""
    from peelian.synth.city.calendar import Calendar
    from peelian.synth.city.layout import lay_out
    from peelian.synth.city.people import settle
    from peelian.synth.city.sizes import SIZES

    size, calendar = SIZES["metropolis"], Calendar(date(2023, 10, 1), date(2026, 10, 1))
    people = settle(7, size, lay_out(size), calendar)
    used = np.unique(np.concatenate([people.forename, people.middle, people.surname, people.new_surname]))
    assert len(pc.unique(people.names.words.take(used[used >= 0]))) >= 500_000
