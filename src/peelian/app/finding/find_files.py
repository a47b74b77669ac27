"""What leaves of a look-up as a file: an answer, a page, a checked list or a chart, with where it comes from in it.

Each file is a numbered copy (:mod:`peelian.gate.looking.copies`): entered before anybody has it, to one holder, with
an end, and recalled when a record that it rests on is erased or corrected. Every cell is safe to open in a spreadsheet.
Children, and people whose age nothing says, are in no file that leaves.

What the record keeps of a file's rows is a commitment, hiding and binding: a digest over them and a salt of the
file's own, which stands in the file and nowhere else. Whoever has the file shows by its salt that it is what was taken;
whoever has the record alone can try no value against it, not after an erasure and not with the deployment's keys.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from secrets import token_hex
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

from peelian.app.caller import Caller
from peelian.app.desk import working_on, zone_of
from peelian.app.finding.find_chart import Shown
from peelian.app.finding.find_view import loose_picture
from peelian.core.canonical import digest
from peelian.core.csv_safe import safe_cell
from peelian.core.errors import RefusedError
from peelian.core.local_time import instant_words
from peelian.core.time import iso
from peelian.core.workbook import Sheet, write_book, xml_text
from peelian.find.answer import Answer, CheckRow, CheckTable, Connection, Coverage, Fact, Found, Profile
from peelian.find.chart import Chart, Tie, to_leave
from peelian.find.material import ADULT_AT, age_on
from peelian.gate.looking.copies import NumberedCopy, Taken
from peelian.gate.rooms.copy_room import copy_room
from peelian.gate.rooms.searching import look_room
from peelian.publish.link_chart import captioned

TABLE_FORMS = ("xlsx", "csv", "json")
"""Forms of a table; a chart is taken as ``csv``, ``graphml`` or ``svg``."""

RECALL = "This copy can be recalled: My downloads says when. Delete it then, or when it has served, and say so there."

STAYED = "left out: under 18, or of an age that no birth date says."


@dataclass(frozen=True)
class File:
    """A file to hand over, and the copy that it is."""

    name: str
    kind: str
    body: bytes
    copy: NumberedCopy


@dataclass(frozen=True)
class Leaving:
    """What would leave, before it has a number.

    Parameters
    ----------
    what : str
        ``search``, ``profile``, ``check-list`` or ``link-chart``.
    title : str
        What it is, in words that name nobody.
    """

    what: str
    title: str
    coverage: Coverage
    notes: tuple[str, ...]
    head: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    records: frozenset[str] = field(repr=False)
    chart: Chart | None = field(default=None, repr=False)
    picture: str = field(default="", repr=False)


def hand_over(caller: Caller, leaving: Leaving, form: str) -> File:
    """Take a numbered copy and write it as a file.

    Raises
    ------
    RefusedError, ExpiredError
        With every reason; recorded.
    InvalidError
        ``copy-form-unknown``.
    LimitError
        ``copy-too-large``.
    """
    allowed = ("csv", "graphml", "svg") if leaving.chart is not None else TABLE_FORMS
    rows = [[_plain(cell) for cell in row] for row in leaving.rows]
    salt = token_hex(32)
    content = commitment(salt, leaving.head, rows)
    sources = {s.source: iso(s.loaded_at) if s.searched and s.loaded_at else "" for s in leaving.coverage.sources}
    taken = Taken(leaving.what, form if form in allowed else "", len(rows), content, leaving.coverage.entry, sources,
                  leaving.records)  # fmt: skip
    mandate = look_room(caller.gate).mandate_for(caller.credential)
    copy = copy_room(caller.gate).take(caller.credential, mandate, taken)
    kind, body = _WRITERS[form](leaving, provenance(caller, leaving, copy, salt))
    return File(f"{leaving.what}-{copy.number}.{form}", kind, body, copy)


def commitment(salt: str, head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return what the record keeps of a file's rows: 64 hex digits that tell nothing without the file's salt."""
    return digest({"salt": salt, "head": list(head), "rows": [list(row) for row in rows]})


def _plain(cell: object) -> object:
    return cell.isoformat() if isinstance(cell, date) else cell


# Where it comes from


def provenance(caller: Caller, leaving: Leaving, copy: NumberedCopy, salt: str = "") -> list[tuple[str, str]]:
    """Say what a file is, whose it is, for what, out of which sources and until when: goes on top of every file."""
    zone, work, force = zone_of(caller), working_on(caller), caller.gate.charter.force
    coverage = leaving.coverage
    return [
        ("What", leaving.title),
        ("Copy number", str(copy.number)),
        ("Numbered to", copy.holder),
        ("Delete by", instant_words(copy.expires_at, zone)),
        ("Force", force.name + (" (demonstration: everyone and everything is made up)" if force.demonstration else "")),
        ("Made at", instant_words(copy.taken_at, zone)),
        ("Working on", work.title if work else ""),
        ("Looked up for", coverage.purpose),
        ("Mandate", copy.mandate),
        ("Entry of the look-up in the record", str(coverage.entry) if coverage.entry else ""),
        *((f"Searched: {s.title}", _age(s.loaded_at, zone)) for s in coverage.searched),
        *((f"Not searched: {s.title}", " ".join(s.why_not)) for s in coverage.not_searched),
        ("Newest delivery", instant_words(coverage.newest_at, zone) if coverage.newest_at else ""),
        *(("Note", note) for note in leaving.notes),
        ("Note", RECALL),
        *([("Salt of this file", salt)] if salt else []),
    ]


def _age(loaded_at: datetime | None, zone: ZoneInfo) -> str:
    return f"last taken in {instant_words(loaded_at, zone)}" if loaded_at else "nothing was ever taken in"


# How it is written

Origin = Sequence[tuple[str, str]]

_KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "graphml": "application/graphml+xml",
    "svg": "image/svg+xml",
}


def kind_of(form: str) -> str:
    """Return what a file of a form is called on its way, without its parameters."""
    return _KINDS[form].partition(";")[0]


def _csv(leaving: Leaving, origin: Origin) -> tuple[str, bytes]:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows([f"# {name}", safe_cell(value)] for name, value in origin)
    writer.writerow(leaving.head)
    writer.writerows([safe_cell(_plain(cell)) for cell in row] for row in leaving.rows)
    return _KINDS["csv"], out.getvalue().encode("utf-8-sig")


def _workbook(leaving: Leaving, origin: Origin) -> tuple[str, bytes]:
    rows = [[_plain(cell) for cell in row] for row in leaving.rows]
    sheets = [Sheet("Where this comes from", ("what", "says"), origin), Sheet("Found", leaving.head, rows)]
    return _KINDS["xlsx"], write_book(sheets)


def _json(leaving: Leaving, origin: Origin) -> tuple[str, bytes]:
    rows = [dict(zip(leaving.head, map(_plain, row), strict=True)) for row in leaving.rows]
    told = {"where_this_comes_from": [{"what": n, "says": v} for n, v in origin], "rows": rows}
    return _KINDS["json"], json.dumps(told, ensure_ascii=False, indent=1).encode()


def _graphml(leaving: Leaving, origin: Origin) -> tuple[str, bytes]:
    assert leaving.chart is not None, "only a chart is taken as GraphML"
    return _KINDS["graphml"], _drawn(leaving.chart, origin)


PICTURE_LINES = ("Copy number", "Numbered to", "Delete by", "Made at", "Looked up for", "Force")
"""What of where a picture comes from stands on it; the rest is in its description."""


def _svg(leaving: Leaving, origin: Origin) -> tuple[str, bytes]:
    said = dict(origin)
    lines = [f"{name}: {said[name]}" for name in PICTURE_LINES if said.get(name)]
    told = "\n".join(f"{name}: {value}" for name, value in origin)
    return _KINDS["svg"], captioned(leaving.picture, lines, xml_text(told)).encode()


_WRITERS = {"csv": _csv, "xlsx": _workbook, "json": _json, "graphml": _graphml, "svg": _svg}


# What a person may be in


def _may_leave(born_on: date | None, today: date) -> bool:
    return born_on is not None and age_on(born_on, today) >= ADULT_AT


def _leave(found: Iterable[Found], today: date) -> list[Found]:
    """Return what of some finds may leave: no person under 18, none of whom no birth date says that they are not."""
    kept = []
    for one in found:
        born = {h.born_on for h in one.hits if h.born_on} | ({one.born_on} - {None})
        if one.kind != "person" or (born and all(_may_leave(day, today) for day in born)):
            kept.append(one)
    return kept


def _today(caller: Caller) -> date:
    return caller.gate.clock.now().astimezone(zone_of(caller)).date()


def _stayed(notes: Sequence[str], stayed: int) -> tuple[str, ...]:
    return (*notes, *([f"{stayed} {STAYED}"] if stayed else ()))


FACT_HEAD = ("source", "day", "until", "grade", "fact_or_assessment", "part_in_event", "event", "contested")


def _fact_cells(fact: Fact) -> tuple[object, ...]:
    said = (fact.source, fact.on or "", fact.until_on or "", fact.grade, fact.basis, fact.role, fact.event)
    return (*said, _yes(fact.contested))


def _yes(is_so: bool) -> str:
    return "yes" if is_so else ""


# An answer to a search

ANSWER_HEAD = ("number", "kind", "who_or_what", "born", "because", "record_says", "details", *FACT_HEAD)


def leaving_answer(caller: Caller, answer: Answer) -> Leaving:
    """Return an answer as a table: a row a record, numbered by what it was found to be about."""
    found = _leave(answer.found, _today(caller))
    rows = [cells for number, one in enumerate(found, start=1) for cells in _answer_rows(number, one)]
    notes = _stayed(answer.notes, len(answer.found) - len(found))
    records = frozenset(h.record_id for one in found for h in one.hits)
    return Leaving("search", "The answer to one search", answer.coverage, notes, ANSWER_HEAD, tuple(rows), records)


def _answer_rows(number: int, one: Found) -> Iterator[tuple[object, ...]]:
    for hit in one.hits:
        details = "; ".join(f"{label} {value}" for label, value in hit.details)
        said = (number, one.kind, one.title, hit.born_on or "", "; ".join(hit.why), hit.title, details)
        yield (*said, *_fact_cells(hit.fact))


# A page

PROFILE_HEAD = ("part", "says", "key", *FACT_HEAD)


def leaving_profile(caller: Caller, page: Profile) -> Leaving:
    """Return a page as a table: a row a fact, warnings first.

    Raises
    ------
    RefusedError
        ``child-stays`` for a person under 18, or of whom no birth date says that they are not; recorded.
    """
    today = _today(caller)
    if page.kind == "person" and (page.under_18 or not page.born):
        raise _child_stays(caller)
    ties = [c for c in page.connections if c.kind != "person" or _may_leave(c.born_on, today)]
    facts = [*(("warning", f) for f in page.warnings), *(("name", f) for f in page.names)]
    facts += [*(("born", f) for f in page.born), *((s.title, f) for s in page.sections for f in s.facts)]
    rows = [(part, fact.says, "", *_fact_cells(fact)) for part, fact in facts]
    rows += [_tie_row(tie) for tie in ties]
    records = frozenset(f.record_id for f in (*(f for _, f in facts), *(t.fact for t in ties)) if f.record_id)
    notes = _stayed(page.notes, len(page.connections) - len(ties))
    title = f"The page of one {page.kind}"
    return Leaving("profile", title, page.coverage, notes, PROFILE_HEAD, tuple(rows), records)


def _tie_row(tie: Connection) -> tuple[object, ...]:
    return (f"connected: {tie.kind}", f"{tie.title}: {tie.because}", tie.key, *_fact_cells(tie.fact))


def _child_stays(caller: Caller) -> RefusedError:
    error = RefusedError(
        "child-stays",
        "This page leaves in no file: it is of somebody under 18, or of whom no birth date says that they are not.",
        why="Children are in nothing that leaves the building; red line 9 and the force's promise on children.",
        do="Use the page here. What has to be shared for a child's safety goes under a sharing mandate.",
    )
    mandate = look_room(caller.gate).mandate_for(caller.credential)
    caller.gate.enter_stopped(caller.credential, mandate, "take a copy of a child's page", error)
    return error


# A checked list

LIST_HEAD = ("line", "asked", "taken_for", "outcome", "why", "found_kind", "found", "born", "because", *FACT_HEAD)


def leaving_list(caller: Caller, table: CheckTable) -> Leaving:
    """Return a checked list as a table: a row for each thing found, one for each line that found nothing."""
    today, rows, stayed, records = _today(caller), list[tuple[object, ...]](), 0, set[str]()
    for row in table.rows:
        found = _leave(row.found, today)
        stayed += len(row.found) - len(found)
        records |= {h.record_id for one in found for h in one.hits}
        rows += _list_rows(row, found)
    title = "A checked list, each line of it recorded as a look-up"
    notes = _stayed(table.notes, stayed)
    return Leaving("check-list", title, table.coverage, notes, LIST_HEAD, tuple(rows), frozenset(records))


def _list_rows(row: CheckRow, found: Sequence[Found]) -> Iterator[tuple[object, ...]]:
    begin = (row.number, row.text, row.kind, row.outcome, "; ".join(row.why))
    if not found:
        yield (*begin, *[""] * (len(LIST_HEAD) - len(begin)))
    for one in found:
        fact = one.hits[0].fact if one.hits else Fact("", "", "", basis="")
        yield (*begin, one.kind, one.title, one.born_on or "", "; ".join(one.why), *_fact_cells(fact))


# A chart

CHART_HEAD = ("one_kind", "one", "other_kind", "other", "how", *FACT_HEAD)


def leaving_chart(caller: Caller, shown: Shown) -> Leaving:
    """Return the ties of a chart as a table, a row each, and the chart itself for GraphML."""
    chart, stayed = to_leave(shown.chart)
    title = {p.name: p.title for p in chart.points}
    rows = tuple(
        (t.one[0], title[t.one], t.other[0], title[t.other], t.because, *_fact_cells(t.fact)) for t in chart.ties
    )
    records = frozenset(t.fact.record_id for t in chart.ties if t.fact.record_id)
    notes = _stayed([n for n in shown.notes if n], stayed)
    picture = xml_text(loose_picture(shown, chart))
    return Leaving("link-chart", "A chart of links", shown.coverage, notes, CHART_HEAD, rows, records, chart, picture)


def _drawn(chart: Chart, origin: Origin) -> bytes:
    """Write a chart as GraphML, which drawing programs read; points are numbered, their keys stay here."""
    number = {p.name: f"n{i}" for i, p in enumerate(chart.points, start=1)}
    root = ElementTree.Element("graphml", {"xmlns": "http://graphml.graphdrawing.org/xmlns"})
    ElementTree.SubElement(root, "desc").text = xml_text("\n".join(f"{name}: {value}" for name, value in origin))
    for name in ("kind", "label"):
        ElementTree.SubElement(root, "key", {"id": name, "for": "node", "attr.name": name, "attr.type": "string"})
    for name in EDGE_KEYS:
        ElementTree.SubElement(root, "key", {"id": name, "for": "edge", "attr.name": name, "attr.type": "string"})
    graph = ElementTree.SubElement(root, "graph", {"id": "chart", "edgedefault": "undirected"})
    for point in chart.points:
        node = ElementTree.SubElement(graph, "node", {"id": number[point.name]})
        _data(node, {"kind": point.kind, "label": point.title})
    for tie in chart.ties:
        edge = ElementTree.SubElement(graph, "edge", {"source": number[tie.one], "target": number[tie.other]})
        _data(edge, dict(zip(EDGE_KEYS, _edge_values(tie), strict=True)))
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


EDGE_KEYS = ("how", "from_source", "day", "until", "grade", "basis", "part", "event", "contested")


def _edge_values(tie: Tie) -> list[str]:
    return [tie.because, *(str(cell) for cell in _fact_cells(tie.fact))]


def _data(element: ElementTree.Element, values: dict[str, str]) -> None:
    for name, value in values.items():
        if value:
            ElementTree.SubElement(element, "data", {"key": name}).text = xml_text(value)
