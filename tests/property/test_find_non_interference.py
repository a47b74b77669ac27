"""Two deployments, one with records that an analyst may not see, one without: every answer is the same, byte for byte.

Asked is what a person can ask: searches, pages, charts, ways, lists, links, questions, saved searches, files, by names,
numbers, references and the very ids of what is hidden. Compared is all that comes back, refusals among it, and which
entries were made; left out are places in the record, times, and numbers that are drawn by lot.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import date

import pytest

from peelian.app.caller import Caller
from peelian.app.finding import find, find_chart, find_files, find_view, find_ways, standing, suggestions
from peelian.app.finding.find_told import as_plain
from peelian.app.linking import resolve
from peelian.core.errors import PeelianError
from peelian.gate.rooms.searching import look_room
from peelian.model.label import Label
from tests.support.gate import Built, build, record
from tests.support.linked import PROGRAM, SERVES, fill, link
from tests.support.people import caller_of, person, row, vehicle

pytestmark = pytest.mark.soak

AT = 1_790_000_000_000_000
SEEN = Label(SERVES, source="crime", force="northmere")
HIDDEN = (
    Label(frozenset({"record-linking", "erasure-on-request"}), source="custody", force="northmere"),
    Label(SERVES, markings=frozenset({"sealed"}), source="intelligence", force="northmere"),
    Label(SERVES, markings=frozenset({"restricted"}), source="crime", force="northmere"),
    Label(SERVES, source="intelligence", force="northmere", operation="op-covert"),
    Label(frozenset({"victim-safeguarding", "record-linking"}), source="safeguarding", force="northmere"),
    Label(SERVES, source="crime", force="another"),
)
ANN = {"forenames": "Ann", "surname": "Lee", "birth_on": date(1990, 1, 1), "address": "2 Elm Road", "phones": ""}
KIM = {"forenames": "Kim", "surname": "Fox", "birth_on": date(1980, 2, 1), "address": "5 Oak Lane", "phones": ""}
JANE = {"forenames": "Jane", "surname": "Roe", "birth_on": date(2012, 2, 1)}
Rows = dict[str, list[dict[str, object]]]


def plain_rows() -> Rows:
    """Return what everybody may see."""
    return {
        "incident": [
            row(11, SEEN, source_ref="NM/1/26", offence="burglary", at_start=AT, place="14 Mill Road",
                easting_m=452300.0, northing_m=339100.0),
            row(12, SEEN, source_ref="NM/2/26", offence="robbery", at_start=AT + 9, place="2 Elm Road"),
        ],
        "incident_person": [
            person(1, SEEN, event_ref="NM/1/26", subject_id=record(801)),
            person(2, SEEN, event_ref="NM/1/26", person_no=1, role="victim", subject_id=record(802), **ANN),
            person(3, SEEN, event_ref="NM/2/26", forenames="Jon", subject_id=record(803)),
            person(4, SEEN, event_ref="NM/2/26", person_no=1, subject_id=record(804), **KIM),
        ],
        "incident_vehicle": [vehicle(21, SEEN, event_ref="NM/1/26"), vehicle(22, SEEN, event_ref="NM/2/26")],
        "incident_text": [row(61, SEEN, event_ref="NM/1/26", text="Left in QR34 STU with Kim Fox and Jane Roe.")],
        "call": [row(31, SEEN, source_ref="4471", at=AT, kind="domestic", grade="1", place="14 Mill Road")],
    }  # fmt: skip


def hidden_rows() -> Iterator[tuple[str, dict[str, object]]]:
    """Give what nobody may see: about the same people, events and things, and about others; once more what is over."""
    for n, label in enumerate((*HIDDEN, SEEN)):
        over = {"expires_on": date(2026, 11, 1)} if label is SEEN else {}
        at, number = 1000 + 50 * n, iter(range(1000 + 50 * n, 1050 + 50 * n))
        for table, ref in (("incident_person", "NM/1/26"), ("custody_person", "K/1"), ("call_person", "4471")):
            said = {"event_ref": ref, "person_no": at, **over}
            yield table, person(next(number), label, subject_id=record(801), **said)
            yield table, person(next(number), label, subject_id=record(900 + n), role="victim", **{**said, **KIM})
            yield table, person(next(number), label, subject_id=record(950 + n), **{**said, **JANE})
        yield "incident_vehicle", vehicle(next(number), label, event_ref="NM/1/26", plate="QR34STU", **over)
        yield "call_vehicle", vehicle(next(number), label, event_ref="4471", **over)
        yield "incident_text", row(next(number), label, event_ref="NM/1/26", text="A screwdriver. Jane Roe.", **over)
        yield "warning", row(next(number), label, source_ref=f"W{n}", about="address", kind="weapons", grade="2B",
                             address="14 Mill Road", from_on=date(2025, 5, 3), **over)  # fmt: skip
        yield "court_order_person", person(next(number), label, event_ref="O9", **over)
        yield "court_order", row(next(number), label, source_ref="O9", kind="non-molestation", state="in-force", **over)
        yield "plate_read", row(next(number), label, camera="C1", at=AT, plate="AB12CDE", **over)
        yield "custody", row(next(number), label, source_ref="K/1", suite="Northmere", at_arrival=AT, **over)
        yield "call", row(next(number), label, source_ref="4471", at=AT, kind="firearms", place="14 Mill Road", **over)
        yield "incident", row(next(number), label, source_ref="NM/1/26", offence="robbery", at_start=AT - 5,
                              place="99 Other Road", **over)  # fmt: skip


@pytest.fixture(scope="module")
def twins(tmp_path_factory):
    """Build both, linked and indexed alike."""
    made = []
    with pytest.MonkeyPatch.context() as patch:
        for hidden in (True, False):
            rows = plain_rows()
            for table, one in hidden_rows():
                rows.setdefault(table, []).extend([one] if hidden else [])
            built = build(tmp_path_factory.mktemp("twin"), code_hashes={"link-people": PROGRAM.code_hash})
            built.plant_labels([SEEN, *HIDDEN])
            link(fill(built, patch, rows))
            look_room(built.gate).bring_up_to_date(whole=True)
            made.append(built)
        yield made


WORDS = ("john smith", "smith 1988", "fox", "jane roe", "screwdriver", "ab12cde", "AB1*", "QR34STU", "07700900123",
         "900123", "14 mill road", "mill road", "NM1 4AB", "99 other road", "NM/1/26", "4471", "K/1", "O9",
         "kim fox 1/2/1980", "fox smith lee")  # fmt: skip
PLACES = ("14 mill road", "4471", "NM/1/26", "99 other road", "K/1", "O9")
PEOPLE = tuple(("person", f"incident_person:{record(n)}") for n in (1, 2, 3, 4, 1000, 1001, 1050, 1300))
THINGS = (*PEOPLE, ("person", f"custody_person:{record(1003)}"), ("vehicle", "AB12CDE"), ("vehicle", "QR34STU"),
          ("phone", "+447700900123"), ("address", "14 Mill Road"), ("address", "99 Other Road"))  # fmt: skip
JOHN, KIM_FOX, NOBODY = PEOPLE[0], PEOPLE[3], PEOPLE[4]
ONE, OTHER, UNSEEN = record(1), record(3), record(1000)
WHY = "They were seen in two places at once."


def chart(caller: Caller, *names: find_chart.Name) -> object:
    """Draw a chart: points, ties, where each lies, and what is said beside it."""
    shown = find_chart.draw(caller, find_chart.Wanted(tuple((name, find_chart.Around()) for name in names)))
    return {"drawn": find_view.loose_picture(shown, shown.chart), "chart": as_plain(shown.chart), "notes": shown.notes}


def way(caller: Caller, start: find_chart.Name, end: find_chart.Name) -> str:
    """Find a way between two."""
    return str(find_ways.find_way(caller, find_chart.Wanted(((start, find_chart.Around()),)), start, end))


def taken(caller: Caller) -> str:
    """Take the answer to a search as a file."""
    answer = find.search(caller, "smith")
    return find_files.hand_over(caller, find_files.leaving_answer(caller, answer), "csv").body.decode()


def asked(caller: Caller) -> dict[str, Callable[[], object]]:
    """Return everything that is asked."""
    c = caller
    wanted: dict[str, Callable[[], object]] = {f"search {w}": lambda w=w: find.search(c, w) for w in WORDS}
    wanted |= {f"incident page {w}": lambda w=w: find.incident_page(c, w) for w in PLACES}
    wanted |= {f"page {k} {v}": lambda k=k, v=v: find.profile(c, k, v) for k, v in THINGS}
    wanted |= {
        "chart": lambda: chart(c, JOHN, KIM_FOX), "chart of nobody": lambda: chart(c, NOBODY),
        "way": lambda: way(c, JOHN, KIM_FOX), "way to nobody": lambda: way(c, JOHN, NOBODY),
        "words": lambda: suggestions.suggest(c, *JOHN),
        "list": lambda: find.check_list(c, ["john smith 1988-04-12", "QR34 STU", "K/1", "jane roe"]),
        "entity": lambda: resolve.entity(c, ONE), "unseen": lambda: resolve.entity(c, UNSEEN),
        "explain": lambda: resolve.explain(c, ONE, OTHER), "explain unseen": lambda: resolve.explain(c, ONE, UNSEEN),
        "queue": lambda: resolve.questions(c), "question": lambda: resolve.hypothesis(c, ONE, OTHER),
        "unmerge unseen": lambda: resolve.unmerge(c, ONE, [UNSEEN], WHY),
        "save": lambda: standing.save_search(c, "smith", "x", date(2026, 12, 1)),
        "run": lambda: standing.run_search(c, standing.saved_searches(c)[0].id),
        "file": lambda: taken(c),
    }  # fmt: skip
    return wanted


_BY_LOT = (r'"(entry|seq|number|look)": \d+', r'"(\w+_at|at)": "[^"]*"', r'"(verdict|id)": "[0-9A-Z]{26}"')


def answers(built: Built) -> dict[str, tuple[str, object]]:
    """Ask everything; return what comes back, and which entries were made."""
    told = {}
    for name, ask in asked(caller_of(built, "analyst-1", "op-investigation-1")).items():
        before = len(built.leaves())
        try:
            plain = as_plain(ask())
        except PeelianError as error:
            plain = {"refused": error.as_dict()}
        text = json.dumps(plain, sort_keys=True, default=str)
        for pattern in _BY_LOT:
            text = re.sub(pattern, r'"\1": ""', text)
        entered = [(e["op"], e["tool"], e["decision"], e["purpose"]) for e in built.leaves()[before:]]
        told[name] = (re.sub(r"Salt of this file,\w+|\d\d:\d\d|(?<=[ ,])\d{3,4}(?=\\r)", "", text), entered)
    return told


def test_what_is_hidden_changes_no_byte_of_any_answer_and_no_entry(twins):
    """Whoever may not see a case must not be able to tell that there is one: by no page, and by no refusal."""
    with_hidden, without = map(answers, twins)
    assert {name for name in without if with_hidden[name] != without[name]} == set()
    found = [name for name, (text, _) in without.items() if '"refused"' not in text]
    assert len(found) > len(without) / 2, "most of what is asked has an answer"
