"""What a machine reads out of free text stays apart until a person confirms it, and is a tie with its source then."""

from __future__ import annotations

from datetime import date

import pytest

from peelian.app.corrections import amend
from peelian.app.finding import find, find_chart, suggestions
from peelian.app.finding.find_told import as_plain
from peelian.app.finding.suggestions import SpanRef
from peelian.app.suggestion_testing import measure_suggestions
from peelian.core.errors import InvalidError, MissingError, RefusedError
from peelian.model.label import Label
from peelian.store.residue import find_residue
from peelian.synth.city.folder import make_city
from tests.support.gate import record
from tests.support.people import CRIME, SEALED, at_work, caller_of, person, row, vehicle

WORDS = "Left in XY34 ZZZ with Jane Doe, past AB12 CDE. Rear Door open. Ring 07700 900456."
HELD = Label(frozenset({"crime-investigation"}), source="crime", force="northmere")
PLANTED = {
    "incident": [row(11, CRIME, source_ref="NM/1/26", offence="burglary", at_start=1_790_000_000_000_000)],
    "incident_person": [
        person(1, event_ref="NM/1/26"),
        person(3, HELD, forenames="Ann", surname="Oak", event_ref="NM/8/26", phones="+447700900456"),
        person(2, forenames="Jane", surname="Doe", birth_on=date(1990, 2, 1), event_ref="NM/9/26", phones=""),
    ],
    "incident_vehicle": [vehicle(21, event_ref="NM/1/26")],
    "incident_text": [
        row(61, CRIME, event_ref="NM/1/26", text=WORDS),
        row(62, SEALED, event_ref="NM/1/26", text="Sealed: QQ77 QQQ."),
    ],
}
PAGE = ("person", f"incident_person:{record(1)}")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Build a deployment with one report in words."""
    made = at_work(tmp_path_factory.mktemp("suggest"), PLANTED, more=(HELD,))
    yield made
    made.gate.close()


@pytest.fixture(scope="module")
def analyst(built):
    """Return an analyst who investigates."""
    return caller_of(built, "analyst-1", "op-investigation-1")


def said(caller):
    """Return what is suggested, by what stands in the text."""
    return {s.says: s for s in suggestions.suggest(caller, *PAGE).suggestions}


def test_each_suggestion_shows_its_span_and_why_and_repeats_nothing_known(analyst):
    """A plate without the sentence that it stands in tells an officer nothing, or the wrong thing."""
    found = said(analyst)
    assert sorted(found) == ["07700 900456", "Jane Doe", "XY34 ZZZ"]  # AB12 CDE is recorded in that event
    plate, name = found["XY34 ZZZ"], found["Jane Doe"]
    assert plate.before + plate.says + plate.after == WORDS and plate.why and not plate.known
    assert [f.title for f in name.known] == ["Jane DOE"] and name.judged is None
    assert not any("QQ77" in s for s in found)


def test_whoever_reads_them_has_looked_them_up(built, analyst):
    """What is matched for somebody is matched in their name."""
    before = len(built.leaves())
    said(analyst)
    assert sum(e["op"] == "consultation" for e in built.leaves()[before:]) > 4


def confirm(caller, says, who=""):
    """Say of a suggestion that it is so."""
    suggestions.judge(caller, said(caller)[says].ref, "confirmed", "named-clearly", who)


def ties(caller, kind="person", key=PAGE[1]):
    """Return what a page is tied to by its words."""
    page = find.profile(caller, kind, key)
    return {link.key: link for link in page.connections if link.fact.about == "named"}


def whole(caller):
    """Return everything that a page says."""
    told = as_plain(find.profile(caller, *PAGE))
    told["coverage"] = {}  # type: ignore[index]
    return told


def test_what_a_person_confirms_is_a_tie_that_says_where_it_comes_from_and_stays_out_of_search(built, analyst):
    """A plate that somebody has read twice belongs on the chart; a guess in a search result does not."""
    before, linked = as_plain(find.search(analyst, "xy34 zzz"))["found"], built.house.head.follow().links.made
    suggestions.judge(analyst, said(analyst)["XY34 ZZZ"].ref, "rejected", "misread")
    assert not ties(analyst)
    confirm(analyst, "XY34 ZZZ")
    confirm(analyst, "Jane Doe")
    told = said(analyst)["XY34 ZZZ"].judged
    assert told and (told.verdict, told.reason, told.author) == ("confirmed", "named-clearly", "analyst-1")
    car, jane = ties(analyst)["XY34ZZZ"], ties(analyst)[f"incident_person:{record(2)}"]
    assert car.because.startswith("read by machine in the words of burglary, NM/1/26, confirmed by a person on ")
    assert car.fact.record_id == record(61) and (jane.title, jane.born_on) == ("Jane DOE", date(1990, 2, 1))
    back = find.profile(analyst, "vehicle", "XY34 ZZZ")
    assert [link.title for link in back.connections if link.fact.about == "named"] == ["John SMITH", "Jane DOE"]
    shown = find_chart.draw(analyst, find_chart.Wanted.begin(PAGE))
    assert shown.chart.point(("vehicle", "XY34ZZZ")) and shown.chart.point(("person", f"incident_person:{record(2)}"))
    assert [m.fact.event for m in shown.line.moments if any("XY34" in s for p in m.parts for s in p.says)]
    assert as_plain(find.search(analyst, "xy34 zzz"))["found"] == before == []
    assert built.house.head.follow().links.made == linked, "linking knows nothing of it"
    [paper] = built.gate.papers(built.at_work("analyst-1", "op-investigation-1"), "", "suggestion", mine=True, limit=1)
    assert set(paper.body) == {"kind", "verdict", "reason", "seen", "is_one"} and record(2) not in str(paper.as_dict())
    assert record(61) not in paper.about and not find_residue(built.deployment.folder / "ledger", ["XY34"])


def test_a_tie_is_hidden_from_whoever_may_not_see_what_its_author_saw(built, analyst):
    """Else a verdict would tell somebody that there is a record that they may not know of."""
    sergeant = caller_of(built)
    before = whole(sergeant)
    confirm(analyst, "07700 900456")
    assert "+447700900456" in ties(analyst) and whole(sergeant) == before
    assert said(sergeant)["07700 900456"].judged is None
    assert not ties(sergeant).keys() - {"XY34ZZZ", f"incident_person:{record(2)}"}


def test_a_name_is_tied_to_somebody_on_record_or_to_nobody(analyst):
    """A name is no identity: whom it means is said by a person, of those who are shown."""
    with pytest.raises(InvalidError) as wrong:
        confirm(analyst, "Jane Doe", who=PAGE[1])
    assert wrong.value.code == "suggestion-of-nobody"


def test_a_judgement_is_refused_to_whoever_may_not_see_the_text(built, analyst):
    """Else judging would tell what a sealed report says."""
    seen, hidden, none = (SpanRef("incident_text", record(n), 8, 12, "plate") for n in (61, 62, 999))
    told = []
    for ref in (hidden, none):
        with pytest.raises(MissingError) as caught:
            suggestions.judge(analyst, ref, "confirmed", "named-clearly")
        told.append(caught.value.as_dict())
    assert told[0] == told[1] and told[0]["code"] == "suggestion-missing"
    with pytest.raises(RefusedError):
        suggestions.judge(caller_of(built, "data-engineer-1", "op-loading"), seen, "confirmed", "named-clearly")
    for verdict, reason in (("confirmed", "misread"), ("perhaps", "misread"), ("rejected", "because I say so")):
        with pytest.raises(InvalidError) as wrong:
            suggestions.judge(analyst, seen, verdict, reason)
        assert wrong.value.code == "suggestion-malformed"


def test_a_tie_goes_with_its_text(built, analyst):
    """What rests on words that are shut or put right must not outlive them."""
    officer, key = caller_of(built, "data-protection-officer-1", "op-erasure"), f"incident_text:{record(61)}"
    assert ties(analyst)
    amend.restrict(officer, key, "He says that he was never there.")
    assert not ties(analyst)
    with pytest.raises(MissingError):
        find.profile(analyst, "vehicle", "XY34 ZZZ")
    amend.lift(officer, key, "It was looked into, and stands.")
    assert "XY34ZZZ" in ties(analyst)
    amend.correct(officer, key, "text", "Left in a red car.", "The number was somebody else's.")
    assert not ties(analyst)


def test_recognising_is_measured_on_a_made_up_city(tmp_path):
    """A recogniser whose misses nobody has counted is trusted by how it reads."""
    make_city(tmp_path / "city", seed=3, size="village", today=date(2026, 11, 22))
    figures = measure_suggestions(tmp_path / "city")
    assert figures["synthetic"] and figures["texts"] > 1000
    for rates in figures["kinds"].values():
        assert rates["true"] > 20 and rates["precision"] >= 0.95 and rates["recall"] >= 0.95
    with pytest.raises(MissingError):
        measure_suggestions(tmp_path)
