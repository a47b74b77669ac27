"""What a machine reads out of free text stays apart from what is known, also once somebody has said what it is."""

from __future__ import annotations

from datetime import date

import pytest

from peelian.app import find, suggestions
from peelian.app.find_told import as_plain
from peelian.app.suggestion_testing import measure_suggestions
from peelian.app.suggestions import SpanRef
from peelian.core.errors import InvalidError, MissingError, RefusedError
from peelian.store.residue import find_residue
from peelian.synth.city.folder import make_city
from tests.support.gate import record
from tests.support.people import CRIME, SEALED, at_work, caller_of, person, row, vehicle

WORDS = "Left in XY34 ZZZ with Jane Doe, past AB12 CDE. Rear Door open. Ring 07700 900456."
PLANTED = {
    "incident": [row(11, CRIME, source_ref="NM/1/26", offence="burglary", at_start=1_790_000_000_000_000)],
    "incident_person": [
        person(1, event_ref="NM/1/26"),
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
    made = at_work(tmp_path_factory.mktemp("suggest"), PLANTED)
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


def test_a_judgement_changes_no_answer_and_quotes_nothing(built, analyst):
    """A guess that has been nodded at is still no record of anything."""
    pages = [as_plain(find.profile(analyst, *PAGE)), as_plain(find.search(analyst, "xy34 zzz"))]
    one = said(analyst)["XY34 ZZZ"]
    suggestions.judge(analyst, one.ref, "rejected", "misread")
    suggestions.judge(analyst, one.ref, "confirmed", "named-clearly")
    told = said(analyst)["XY34 ZZZ"].judged
    assert told and (told.verdict, told.reason, told.author) == ("confirmed", "named-clearly", "analyst-1")
    again = [as_plain(find.profile(analyst, *PAGE)), as_plain(find.search(analyst, "xy34 zzz"))]
    for page in (*pages, *again):
        page["coverage"]["entry"] = 0  # type: ignore[index]
    assert again == pages and not again[1]["found"]
    assert sum(e["op"] == "suggestion-judged" for e in built.leaves()) == 2
    [paper] = built.gate.papers(built.at_work("analyst-1", "op-investigation-1"), "", "suggestion", mine=True, limit=1)
    assert set(paper.body) == {"kind", "verdict", "reason"} and record(61) not in paper.about
    assert not find_residue(built.deployment.folder / "ledger", ["XY34"])


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


def test_recognising_is_measured_on_a_made_up_city(tmp_path):
    """A recogniser whose misses nobody has counted is trusted by how it reads."""
    make_city(tmp_path / "city", seed=3, size="village", today=date(2026, 11, 22))
    figures = measure_suggestions(tmp_path / "city")
    assert figures["synthetic"] and figures["texts"] > 1000
    for rates in figures["kinds"].values():
        assert rates["true"] > 20 and rates["precision"] >= 0.95 and rates["recall"] >= 0.95
    with pytest.raises(MissingError):
        measure_suggestions(tmp_path)
